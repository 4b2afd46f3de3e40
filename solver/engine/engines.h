/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The rows of the table of engines, and what engines lend each other. */
#ifndef RELAPSE_ENGINE_ENGINES_H
#define RELAPSE_ENGINE_ENGINES_H

#include "walk.h"

extern const rlp_engine_class_t rlp_engine_direct, rlp_engine_kendall, rlp_engine_leap, rlp_engine_tau, rlp_engine_auto;

/* Events that `auto` and the handing over near thresholds give to `direct` in one life. */
#define RLP_DIRECT_EVENTS 1e6

const char *rlp_engine_auto_carrier(const void *self, const rlp_state_t *);

/* The direct kernel for engines that hand over a stretch: stops early, without a fired watch and with t_days before end_days, once the state has
 * seen `event_limit` events in its life. */
typedef struct rlp_direct rlp_direct_t;
int rlp_direct_new(const rlp_process_t *, rlp_direct_t **) RLP_MUST_USE;
void rlp_direct_free(rlp_direct_t *);
int rlp_direct_run(rlp_direct_t *, rlp_walk_t *, double end_days, uint64_t event_limit) RLP_MUST_USE;

#endif
