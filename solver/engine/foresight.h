/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Foresight: what a stretch of the timeline is expected to hold, from any state at its start, so cheaply that `auto` may ask at every stretch.
 *
 *   v_i = what one cell of type i at the start leads to: events (births, deaths, transitions), marks (transitions alone), cells alive at the end
 *   backwards from v = (0, 0, 1) at the end:   -dv_i/dt = source_i + l_i v_i + sum over channels of rate x v_target,   l_i = births without mutation - deaths - switches
 *   from a state: sum of n_i v_i, and what immigrants bring
 *
 * Without capacity cells are independent, so v depends on the stretch alone: it is kept, and a state costs one sum over its types. With a capacity the mean map goes
 * forward from the state. No random number enters, nor what was asked before. */
#ifndef RELAPSE_ENGINE_FORESIGHT_H
#define RELAPSE_ENGINE_FORESIGHT_H

#include "mean_map.h"

enum { RLP_FORESEEN_EVENTS, RLP_FORESEEN_MARKS, RLP_FORESEEN_CELLS, RLP_FORESEEN };
#define RLP_FORESIGHT_BITS 7
#define RLP_FORESIGHT_STRETCHES (1 << RLP_FORESIGHT_BITS) /* kept; a stretch is found by its ends */

typedef struct {
    double from_days, to_days;
    size_t segment;
    double *v;                       /* RLP_FORESEEN x n_types; made at first use */
    double immigrants[RLP_FORESEEN]; /* what they bring */
} rlp_foreseen_t;

typedef struct {
    const rlp_process_t *process;
    rlp_foreseen_t *stretches;
    double *net, *growth, *integral, *inflow, *next; /* n_types each: l, e^(l h), (e^(l h) - 1)/l, work */
    rlp_mean_map_t map;          /* with a capacity */
    double *mean;
} rlp_foresight_t;

int rlp_foresight_init(rlp_foresight_t *, const rlp_process_t *) RLP_MUST_USE;
void rlp_foresight_free(rlp_foresight_t *); /* safe on zeros, and twice */
/* Of a state in `segment` (which it has entered), from its time to to_days, with no survival event in between. */
int rlp_foresight_of(rlp_foresight_t *, const rlp_state_t *, size_t segment, double to_days, double foreseen[RLP_FORESEEN]) RLP_MUST_USE;

#endif
