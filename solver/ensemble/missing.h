/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside the ensemble room: the set of blocks that are not in the ledger yet, one bit each, and its k-th member for growing k. */
#ifndef RELAPSE_ENSEMBLE_MISSING_H
#define RELAPSE_ENSEMBLE_MISSING_H

#include "relapse/parallel.h"

typedef struct {
    uint64_t n, left; /* blocks; how many are missing */
    uint64_t n_words;
    uint64_t *there;      /* bit set: in the ledger */
    uint64_t word, below; /* the cursor: `below` missing blocks lie before this word */
} missing_t;

int missing_init(missing_t *, uint64_t n) RLP_MUST_USE; /* all missing */
void missing_free(missing_t *);
bool missing_has(const missing_t *, uint64_t block);
void missing_remove(missing_t *, uint64_t block);
int missing_join(missing_t *, MPI_Comm) RLP_MUST_USE; /* collective: what any rank removed is removed everywhere */
uint64_t missing_find(missing_t *, uint64_t k);       /* k < left */

#endif
