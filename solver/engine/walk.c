/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "walk.h"

#include <math.h>

size_t rlp_walk_rates(const rlp_walk_t *walk) { return walk->process->segments[walk->state->segment - 1].rates; }

/* A survival event never raises a measure: watches only learn of a new nadir. */
static void enter(rlp_walk_t *walk) {
    rlp_state_enter(walk->state, walk->process, walk->stream);
    for (size_t w = 0; w < walk->n_watches; w++) {
        double measure = rlp_watch_measure(&walk->watches[w], walk->state, walk->process);
        if (measure < walk->watches[w].nadir) rlp_watch_lower(&walk->watches[w], measure);
    }
}

void rlp_walk_pass(rlp_walk_t *walk) {
    const rlp_process_t *p = walk->process;
    rlp_state_t *state = walk->state;
    while (rlp_state_next_segment(state, p) <= state->t_days && p->segments[state->segment].survive == RLP_NONE) state->segment++;
}

/* Where the kernel must stop for the sake of the timeline. */
static double stretch_end(const rlp_walk_t *walk) {
    const rlp_process_t *p = walk->process;
    size_t next = walk->state->segment;
    while (walk->jumps && next < p->n_segments && p->segments[next].survive == RLP_NONE && p->segments[next].start_days < walk->until_days) next++;
    return fmin(walk->until_days, next < p->n_segments ? p->segments[next].start_days : INFINITY);
}

/* The observer sees each instant once, after its events. */
int rlp_walk(rlp_walk_t *walk, rlp_kernel_t kernel, void *self) {
    rlp_state_t *state = walk->state;
    bool unseen = state->segment == 0;
    walk->stop->fired = 0;
    for (;;) {
        for (; rlp_state_next_segment(state, walk->process) <= state->t_days; unseen = true) enter(walk);
        if (unseen) rlp_walk_show(walk);
        if (state->t_days >= walk->until_days) return RLP_OK;
        int rc = kernel(self, walk, stretch_end(walk));
        if (rc) return rc;
        if (walk->stop->fired) {
            rlp_walk_show(walk);
            return RLP_OK;
        }
        unseen = true;
    }
}
