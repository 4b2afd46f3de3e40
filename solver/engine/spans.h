/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Spans: a timeline that may grow, cut into stretches of constant rates, or of several short segments, for each of which an engine chooses its step from mean counts.
 *
 * Spans are made in order of time, when a path first comes there, and kept: the next path of the same process takes the same steps. No random number
 * enters. The means are carried from span to span by the engine's own mean map; survival events act on them. */
#ifndef RELAPSE_ENGINE_SPANS_H
#define RELAPSE_ENGINE_SPANS_H

#include "relapse/process.h"

#define RLP_SPAN_SEGMENTS 64 /* in one span, at the most */

typedef struct {
    size_t segment, last; /* from the start of which to the end of which, or as far as it is */
    double start_days, end_days;
    double step; /* what was chosen: days (leap), epsilon (tau) */
    double best; /* what would just keep the tolerance: a guess for the next span */
    bool seen_short; /* so short that it was taken unseen (leap) */
    double unpaired; /* the longest step that may end without the other half of its switches (leap) */
} rlp_span_t;

typedef struct {
    const rlp_process_t *process;
    double *mean; /* at the start of the last span */
    rlp_span_t *spans;
    size_t n_spans, capacity;
    bool joins;   /* spans may go over several short segments */
    void *engine;
    /* Set step and best of a span from the means at its start; `before` is the span before it or NULL. */
    void (*choose)(void *engine, rlp_span_t *, const double *mean, const rlp_span_t *before);
    /* Take the means from the start of a span `days` further. */
    void (*carry)(void *engine, const rlp_span_t *, double days, double *mean);
} rlp_spans_t;

/* Everything but process, engine, choose and carry is zero before. */
int rlp_spans_init(rlp_spans_t *) RLP_MUST_USE;
void rlp_spans_free(rlp_spans_t *); /* safe on zeros, and twice */
/* The step at a time in a segment and where the span it was chosen for ends; adds spans up to there. RLP_ERROR_MEMORY. */
int rlp_spans_at(rlp_spans_t *, size_t segment, double t_days, double *step, double *span_end_days) RLP_MUST_USE;

/* The span itself; borrowed until the next call. */
int rlp_spans_find(rlp_spans_t *, size_t segment, double t_days, const rlp_span_t **) RLP_MUST_USE;

#endif
