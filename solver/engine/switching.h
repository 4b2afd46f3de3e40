/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Switching: where a cell of type i is after a time h when it only switches. Rows of exp(Q h), kept sparse and made when asked for.
 *
 * exp(Q h) by uniformisation (Jensen 1953): with L >= every total rate, exp(Qh) = sum_k e^(-Lh) (Lh)^k/k! (1 + Q/L)^k. All terms are non-negative, so nothing
 * cancels and a probability of 1e-12 keeps its digits; long steps are cut so that Lh <= 1 and the vector is carried through the cuts.
 * Types whose graphs of switches look alike (the same plastic states on another genotype) and have equal rates share one computation. */
#ifndef RELAPSE_ENGINE_SWITCHING_H
#define RELAPSE_ENGINE_SWITCHING_H

#include "relapse/process.h"

/* What one type can reach by switches, itself last, and the switches among these, by place in reach[]. */
typedef struct {
    size_t n_reach, *reach;
    size_t n_own;
    struct rlp_own_switch {
        size_t channel, from, to;
    } *own;
    double *probability; /* [n_reach] after the h of `stamp` */
    uint64_t stamp;
    size_t twin;         /* the first type of the same shape; itself if none */
} rlp_switch_row_t;

typedef struct {
    const rlp_process_t *process;
    bool any;               /* some channel switches */
    rlp_switch_row_t *rows; /* [n_types] */
    size_t rates;           /* what the current stamp stands for */
    double h;
    uint64_t stamp;
    double *vector, *next, *stay, *rate; /* work */
} rlp_switching_t;

int rlp_switching_init(rlp_switching_t *, const rlp_process_t *) RLP_MUST_USE;
void rlp_switching_free(rlp_switching_t *); /* safe on zeros, and twice */
/* The row of a type after h days under a row of rates; valid until another h or row of rates is asked for. */
const rlp_switch_row_t *rlp_switching_row(rlp_switching_t *, size_t type, size_t rates, double h);

#endif
