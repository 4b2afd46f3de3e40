/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside study: `cohort: {uncertain:, draws:}`, numbers that nobody knows, drawn once for a whole cohort. */
#ifndef RELAPSE_STUDY_UNCERTAIN_H
#define RELAPSE_STUDY_UNCERTAIN_H

#include "relapse/study.h"

/* Of a study whose numbers and variability are read; `keys` are those of `cohort:`. Patterns with `draw: each` are taken apart: afterwards each path has one draw. */
int uncertain_read(rlp_study_t *, const rlp_node_t *root, const rlp_key_t *keys, size_t n_keys, rlp_diagnostics_t *) RLP_MUST_USE;
/* Draws that no question asks for: legal, but hardly meant. After all questions are read. */
void uncertain_warn(const rlp_study_t *, const rlp_node_t *root, rlp_diagnostics_t *);
void uncertain_free(rlp_study_t *);

#endif
