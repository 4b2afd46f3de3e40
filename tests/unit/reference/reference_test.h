/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Processes from text, and numbers held against values with so many digits. Values are of the analytic notes (L numbers): each was found there by two
 * ways that share no code (closed forms, generators, 80-bit extrapolation). */
#ifndef RELAPSE_TESTS_REFERENCE_H
#define RELAPSE_TESTS_REFERENCE_H

#include "exam.h"
#include "relapse/reference.h"

/* Relative difference at most `bound`. */
static inline void assert_close(const char *what, double found, double wanted, double bound) {
    if (!(fabs(found - wanted) <= bound * fabs(wanted))) fail_msg("%s: %.15g, not %.15g (relative difference %.2g)", what, found, wanted, fabs(found / wanted - 1));
}

/* ln of P(no cell of the set at t) from the start counts. */
static inline double log_absent(const rlp_process_t *p, const unsigned char *set, bool ever, double t) {
    double u[16] = {0}, value;
    for (size_t i = 0; i < p->n_types; i++) u[i] = set[i];
    assert_int_equal(rlp_reference_survival(p, &t, 1, u, ever ? set : NULL, &value, NULL), RLP_OK);
    return value;
}

#endif
