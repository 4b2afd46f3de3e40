/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside study: `trial:`. */
#ifndef RELAPSE_STUDY_PRINTED_H
#define RELAPSE_STUDY_PRINTED_H

#include "relapse/study.h"

enum { N_PRINTED_KEYS = 7, N_PUBLISHED_KEYS = 7 };
extern const rlp_key_t PRINTED_KEYS[N_PRINTED_KEYS], PUBLISHED_KEYS[N_PUBLISHED_KEYS];

/* Of a study whose arms and cohort are right. */
int printed_read(rlp_study_t *, const rlp_node_t *root, rlp_diagnostics_t *) RLP_MUST_USE;
void printed_free(rlp_study_t *);

#endif
