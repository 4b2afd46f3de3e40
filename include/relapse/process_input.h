/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The process floor as users write it: `process:` and the timelines of `arms:`, read into a model whose every number is a parameter.
 *
 * A model becomes a process for one arm and one vector of values (rlp_process_model_build): a pure function. */
#ifndef RELAPSE_PROCESS_INPUT_H
#define RELAPSE_PROCESS_INPUT_H

#include "relapse/document.h"
#include "relapse/parameters.h"
#include "relapse/process.h"

typedef struct rlp_process_model rlp_process_model_t;

/* Read `process:` (required) and `arms:` (NULL: one arm named `all`) of an input's root. Errors go to the diagnostics; the model is usable
 * only if there were none. Owned: rlp_process_model_free. */
int rlp_process_model_read(const rlp_node_t *root, rlp_parameters_t *, rlp_diagnostics_t *, rlp_process_model_t **out) RLP_MUST_USE;
void rlp_process_model_free(rlp_process_model_t *);

size_t rlp_process_model_arms(const rlp_process_model_t *);
const char *rlp_process_model_arm_name(const rlp_process_model_t *, size_t arm);
size_t rlp_process_model_types(const rlp_process_model_t *);
const char *const *rlp_process_model_type_names(const rlp_process_model_t *);
double rlp_process_model_cells_per_mm3(const rlp_process_model_t *, const double *values);

/* The whole process of an arm: types, channels, start counts and timeline. RLP_ERROR_RATE in words where drawn values clash (times out of order,
 * probabilities of mutation that sum above 1). */
int rlp_process_model_build(const rlp_process_model_t *, size_t arm, const double *values, rlp_process_t *out) RLP_MUST_USE;

/* Instants of survival events in an arm, in order, for events.csv. Writes up to `room` times; returns how many there are. */
size_t rlp_process_model_events(const rlp_process_model_t *, size_t arm, const double *values, double *t_days, size_t room);

extern const rlp_key_section_t RLP_PROCESS_SECTIONS[];
extern const size_t RLP_PROCESS_SECTION_COUNT;

#endif
