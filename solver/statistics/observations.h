/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside statistics: one sorted list of who left when, the common start of every estimator, and sums by patient. */
#ifndef RELAPSE_STATISTICS_OBSERVATIONS_H
#define RELAPSE_STATISTICS_OBSERVATIONS_H

#include "relapse/statistics.h"

#define Z_95 1.959963984540054 /* qnorm(0.975) */

typedef struct {
    double time;
    size_t index; /* item of its arm */
    unsigned arm;
    unsigned cause; /* 0: censored */
} observation_t;

/* What happens at one distinct time: items [begin, end) of the list, all with the same time. */
typedef struct {
    size_t begin, end;
    double time;
    uint64_t events[2], censored[2]; /* by arm */
} tie_t;

/* All items of `arms` arms by time (then arm, then index: the order is total, so sums are the same on every C library). Owned: free(). */
int rlp_observations_new(observation_t **list, size_t *n, const rlp_survival_t *const *arms, unsigned n_arms) RLP_MUST_USE;
int rlp_observations_check_time(double time, size_t index) RLP_MUST_USE;
void rlp_observations_sort(observation_t *list, size_t n);

/* The tie that starts at item `begin` < n. */
tie_t rlp_observations_tie(const observation_t *list, size_t n, size_t begin);

/* Influence of each item of an arm (`list`, sorted) on a functional of its curve: area[row] is what the functional's derivative by log S makes of a step of the curve
 * there (of a restricted mean: the integral of S from there on). */
void rlp_curve_influences(const rlp_km_t *, const double *area, const observation_t *list, size_t n, double *influence);

/* A patient's number beside a score, and which arm it is from; sorted by patient, then arm, then index. */
typedef struct {
    uint64_t patient;
    size_t index;
    unsigned arm;
    double score;
} scored_t;

/* scores[k][i] of item i of arm k, for both arms, sorted so that one patient's items stand together. Owned: free(). */
int rlp_scores_new(scored_t **list, const rlp_survival_t *const arms[2], const double *const scores[2]) RLP_MUST_USE;
/* Sum of one patient's scores, by arm, starting at item `begin`; returns where the next patient starts. rows[k]: items of arm k. */
size_t rlp_scores_patient(const scored_t *list, size_t n, size_t begin, double sum[2], uint64_t rows[2]);

#endif
