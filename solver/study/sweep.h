/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside study: what `sweep:` asks for. */
#ifndef RELAPSE_STUDY_SWEEP_H
#define RELAPSE_STUDY_SWEEP_H

#include "relapse/study.h"

enum { N_SWEEP_KEYS = 4 };
extern const rlp_key_t SWEEP_KEYS[N_SWEEP_KEYS];

/* The section, of a study that is right up to here; then its cells as tasks; then, of a study whose lives could begin, whether each cell's numbers make a treatment. */
int study_sweep_read(rlp_study_t *, const rlp_node_t *, rlp_diagnostics_t *) RLP_MUST_USE;
int study_sweep_expand(rlp_study_t *, const rlp_node_t *, rlp_diagnostics_t *) RLP_MUST_USE;
int study_sweep_compile(const rlp_study_t *, const rlp_node_t *, rlp_diagnostics_t *) RLP_MUST_USE;
void study_sweep_free(rlp_study_t *);

#endif
