/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One sitting: a cohort lived by one engine, and the decisions taken on it. */
#ifndef RELAPSE_LIMITS_SITTING_H
#define RELAPSE_LIMITS_SITTING_H

#include "relapse/laws.h"
#include "relapse/limits.h"

typedef struct {
    rlp_study_t *study;
    rlp_process_t process; /* of the arm at hand; the laws' own copy */
    size_t arm;            /* a task as written */
    double bias;           /* that the engine may have */
    uint64_t patients;
    size_t n_types, n_records;
    rlp_outcome_t *outcomes; /* [patient] */
    rlp_moments_t *moments;  /* [record][type] */
    int64_t *counts;         /* [patient][record][type] of those who lived to see it */
    uint64_t *n_seen;        /* [patient] */
    rlp_limit_result_t *result;
    int rc; /* first failure of a decision (memory) */
} rlp_sitting_t;

/* A row more. */
void rlp_sitting_row(rlp_sitting_t *, const char *quantity, const char *statistic, double expected, double found, double p, double power);

void rlp_sitting_share(rlp_sitting_t *, const char *quantity, uint64_t hits, uint64_t n, double p);
/* Cells of one type at a record time: all bins, none left, mean and variance, against p[0 .. size-1]; a mean that is too heavy-tailed to judge is left out. */
void rlp_sitting_law(rlp_sitting_t *, size_t record, size_t type, const double *p, size_t size, bool moments);
/* Mean and variance of one type against a law's moments. */
void rlp_sitting_moments(rlp_sitting_t *, size_t record, size_t type, const rlp_law_moments_t *);
/* Progressed by each day. */
void rlp_sitting_progressed(rlp_sitting_t *, const double *days, const double *p, size_t n);
/* Progression times of those who had it: Kolmogorov-Smirnov against P(T <= day[k]) = cdf[k], straight between, given T <= day[n - 1]. */
void rlp_sitting_times(rlp_sitting_t *, const double *days, const double *cdf, size_t n);
uint64_t rlp_sitting_cured(const rlp_sitting_t *);

#endif
