/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside the room: a patient as a picture, what of him is drawn (portrait_choice.c) and how (portrait.c). */
#ifndef RELAPSE_REPORT_PORTRAIT_H
#define RELAPSE_REPORT_PORTRAIT_H

#include "parts.h"

typedef struct {
    rlp_seen_t seen;
    double rest, span; /* drawn: (value - rest) / span */
    double farthest;   /* of a signal */
} curve_t;

/* Sizes are pixels, counted from the top left. */
typedef struct {
    const job_t *job;
    const rlp_tumour_t *model;
    const rlp_told_t *told;
    const rlp_outcome_t *outcomes;
    const album_t *album;
    rlp_text_t *out;
    curve_t *curves; /* signals, then levels; owned */
    size_t n_curves, n_signals, curve_room;
    size_t *drugs; /* given in some arm; owned */
    size_t n_drugs;
    double end_days, unit, least_cells, most_cells;
    double width, height, left, column, gap, key; /* key: where it begins */
    double tops[4], bottoms[4];                   /* of panels */
} portrait_t;
enum { BURDEN, GIVEN, SIGNALS, LEVELS };

/* Which signals and levels are drawn, where, and on which scale; sizes are not in yet. Owned: curves and drugs. */
int portrait_choose(portrait_t *) RLP_MUST_USE;
bool portrait_has_dead(const portrait_t *, size_t site);
size_t portrait_series(const replay_t *, const rlp_seen_t *what); /* RLP_NONE: there is none */

#endif
