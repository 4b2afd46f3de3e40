/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The backward equations of one process, for u real or complex, with types that may be held at 1 (no cell of theirs may ever be) and types
 * that follow their means (the equation is linear there: what they found comes as a Poisson process). */
#ifndef RELAPSE_REFERENCE_BACKWARD_H
#define RELAPSE_REFERENCE_BACKWARD_H

#include <complex.h>

#include "flow.h"
#include "relapse/process.h"

typedef struct {
    const rlp_process_t *process;
    size_t rates;               /* row in force */
    const unsigned char *never; /* or NULL */
    const unsigned char *mean;  /* types that follow their means; or NULL */
    bool complex_valued;
    flow_t flow;
    double *y;    /* u and the logarithm that immigration adds: n + 1 real parts, then n + 1 imaginary ones */
    double *rest; /* n: 1 - sum of the probabilities of mutation, of the row in force */
    double *work; /* 4 n: gains and losses */
} backward_t;

int backward_init(backward_t *, const rlp_process_t *, const unsigned char *never, const unsigned char *mean, bool complex_valued) RLP_MUST_USE;
void backward_free(backward_t *);
/* From u at t (in y, where the caller has put it) to time 0, before any event of day 0. At each of the n_visits times before t (rising) the types of
 * `visited` must have no cell: u = 1 there. */
int backward_run(backward_t *, double t_days, const unsigned char *visited, const double *visits, size_t n_visits) RLP_MUST_USE;
/* ln E[prod (1 - u_i)^N_i] from the start counts; -INFINITY where it is 0. */
double complex backward_log(const backward_t *);

#endif
