/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The walk along a timeline that event-by-event and stepping engines share: enter segments as they begin, and let a kernel carry the state
 * through a stretch of constant rates. */
#ifndef RELAPSE_ENGINE_WALK_H
#define RELAPSE_ENGINE_WALK_H

#include "relapse/engine.h"

typedef struct {
    const rlp_process_t *process;
    rlp_state_t *state;
    rlp_watch_t *watches;
    size_t n_watches;
    rlp_stream_t *stream;
    const rlp_observer_t *observer;
    rlp_stop_t *stop;
    double until_days;
    bool jumps; /* the kernel passes segments by itself: stretches end at survival events and at until_days only */
} rlp_walk_t;

/* Carry walk->state from its time to `end_days` under the rates of its segment (of all segments up to there if walk->jumps), or to the first instant at which a watch fires (then set
 * walk->stop->fired). Must leave t_days = end_days or the instant. */
typedef int (*rlp_kernel_t)(void *self, rlp_walk_t *, double end_days);

int rlp_walk(rlp_walk_t *, rlp_kernel_t kernel, void *self);
/* Enter segments without an event that have begun. */
void rlp_walk_pass(rlp_walk_t *);
/* The row of rates that holds now. */
size_t rlp_walk_rates(const rlp_walk_t *);
static inline void rlp_walk_fire(rlp_walk_t *walk, size_t watch, double t_days) {
    walk->stop->fired |= 1u << watch;
    walk->stop->t_days[watch] = t_days;
}
static inline void rlp_walk_show(const rlp_walk_t *walk) {
    if (walk->observer) walk->observer->see(walk->observer->context, walk->process, walk->state);
}

#endif
