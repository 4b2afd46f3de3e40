/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Switching: where a cell of type i is after a time h when it only switches. Rows of exp(Q h), kept sparse.
 *
 * exp(Q h) by uniformisation (Jensen 1953): with L >= every total rate, exp(Qh) = sum_k e^(-Lh) (Lh)^k/k! (1 + Q/L)^k. All terms are non-negative, so nothing
 * cancels and a probability of 1e-12 keeps its digits; long steps are cut so that Lh <= 1 and the vector is carried through the cuts. */
#ifndef RELAPSE_ENGINE_SWITCHING_H
#define RELAPSE_ENGINE_SWITCHING_H

#include "relapse/process.h"

typedef struct {
    const rlp_process_t *process;
    size_t n_switches;
    size_t *switches;      /* channels that switch */
    /* For each type the types that it can reach, itself last; probabilities beside them. */
    size_t *reach_start;   /* n_types + 1 */
    size_t *reach;
    double *probability;   /* of the step that rlp_switching_set prepared */
    size_t n_own_total;
    size_t *own_start;     /* n_types + 1: switches among each type's reach (by type) */
    size_t *own;
    double *vector, *next; /* work, n_types */
} rlp_switching_t;

int rlp_switching_init(rlp_switching_t *, const rlp_process_t *) RLP_MUST_USE;
void rlp_switching_free(rlp_switching_t *);
/* Prepare the probabilities of type `type` after h days under a row of rates. */
void rlp_switching_set(rlp_switching_t *, size_t type, size_t rates, double h);

#endif
