/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside study: `compare: {horizon:, landmarks:, strata:}`. */
#ifndef RELAPSE_STUDY_STRATA_H
#define RELAPSE_STUDY_STRATA_H

#include "relapse/study.h"

enum { N_COMPARE_KEYS = 5, N_STRATUM_KEYS = 3 };
extern const rlp_key_t COMPARE_KEYS[N_COMPARE_KEYS], STRATUM_KEYS[N_STRATUM_KEYS];

/* The horizon and the milestones, or their defaults; `compare` may be NULL. */
int milestones_read(rlp_study_t *, const rlp_node_t *compare, rlp_diagnostics_t *) RLP_MUST_USE;
/* What patients are parted by. */
int strata_read(rlp_study_t *, const rlp_node_t *compare, rlp_diagnostics_t *) RLP_MUST_USE;
/* Every patient in his level, once the study is whole; levels that hold too few are errors. */
int strata_fill(rlp_study_t *, const rlp_node_t *root, rlp_diagnostics_t *) RLP_MUST_USE;
void strata_free(rlp_study_t *);

#endif
