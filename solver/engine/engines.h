/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The rows of the table of engines, and what engines lend each other. */
#ifndef RELAPSE_ENGINE_ENGINES_H
#define RELAPSE_ENGINE_ENGINES_H

#include <math.h>

#include "walk.h"

extern const rlp_engine_class_t rlp_engine_direct, rlp_engine_kendall, rlp_engine_leap, rlp_engine_tau, rlp_engine_auto;

/* Events that the handing over near thresholds gives to `direct` in one life. */
#define RLP_DIRECT_EVENTS 1e6

const char *rlp_engine_auto_carrier(void *self, const rlp_state_t *);

/* Leap's steps in a part of the timeline without survival events, by its rule. */
int rlp_leap_steps(void *leap, size_t segment, double from_days, double to_days, double *steps) RLP_MUST_USE;

/* Types that the cells of one may switch to, at once or in turn, on average. */
double rlp_leap_targets(const void *leap);

/* Book the days since before_days on an engine, less those that it gave to `direct`, which books its own: there were direct_days of them before. */
static inline void rlp_carry(rlp_state_t *state, rlp_carrier_t carrier, double before_days, double direct_days) {
    if (carrier != RLP_CARRIER_DIRECT && carrier != RLP_CARRIERS)
        state->carried_days[carrier] += fmax(0, state->t_days - before_days - (state->carried_days[RLP_CARRIER_DIRECT] - direct_days));
}

/* The direct kernel for engines that hand over a stretch: stops early, without a fired watch and with t_days before end_days, once the state has
 * seen `event_limit` events in its life. */
typedef struct rlp_direct rlp_direct_t;
int rlp_direct_new(const rlp_process_t *, rlp_direct_t **) RLP_MUST_USE;
void rlp_direct_free(rlp_direct_t *);
int rlp_direct_run(rlp_direct_t *, rlp_walk_t *, double end_days, uint64_t event_limit) RLP_MUST_USE;

#endif
