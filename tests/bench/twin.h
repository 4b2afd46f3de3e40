/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The twin of `direct`: the textbook direct method (Gillespie 1977) as anyone would write it, on GSL's Mersenne twister. Every event sums the propensities of
 * all channels anew and finds the channel by a linear scan. Slow and obvious: what engines must agree with in law, and the yardstick of the bench. */
#ifndef RELAPSE_TESTS_TWIN_H
#define RELAPSE_TESTS_TWIN_H

#include <gsl/gsl_rng.h>

#include "relapse/process.h"

typedef struct {
    const rlp_process_t *process;
    size_t rates, n;
    struct reaction {
        double rate;
        size_t of;           /* a cell of this type; RLP_NONE: nobody's */
        int division;
        size_t gains, loses; /* RLP_NONE: none */
    } *reactions;
    double *propensity;
    int64_t *cells, total;
    double t_days;
    uint64_t events;
    size_t segment;
} twin_t;

/* 0, or -1 without memory. */
int twin_init(twin_t *, const rlp_process_t *);
void twin_free(twin_t *);
void twin_start(twin_t *);
/* To until_days, or to the event that makes the total burden `level` or more (0: no such). True if it did. */
int twin_run(twin_t *, gsl_rng *, double until_days, int64_t level);

#endif
