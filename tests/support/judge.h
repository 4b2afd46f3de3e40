/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The judge of relapse/judge.h in tests: verdicts with a false-alarm rate.
 *
 * A program makes at most JUDGE_DECISIONS decisions, each at level JUDGE_FALSE_ALARM / JUDGE_DECISIONS (Bonferroni), so that a correct build fails it with
 * probability below JUDGE_FALSE_ALARM = 1e-7 over seeds; the contract and the limits are fewer than ten programs: family-wise below 1e-6. Seeds are fixed; a
 * seed that fails is reported, never retried. judge_decisions_stay_within_their_number, the last test of a program, counts. */
#ifndef RELAPSE_TESTS_JUDGE_H
#define RELAPSE_TESTS_JUDGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/judge.h"

#define JUDGE_FALSE_ALARM 1e-7
#ifndef JUDGE_DECISIONS
#define JUDGE_DECISIONS 1000
#endif

static int judge_decisions;

static inline double judge_level(void) {
    judge_decisions++;
    return JUDGE_FALSE_ALARM / JUDGE_DECISIONS;
}

static inline void judge_decisions_stay_within_their_number(void **state) {
    (void)state;
    assert_in_range(judge_decisions, 1, JUDGE_DECISIONS);
}

static inline void judge_share(const char *what, uint64_t hits, uint64_t n, double p, double bias) {
    double found = rlp_judge_share(hits, n, p, bias);
    if (found < judge_level())
        fail_msg("%s: %llu of %llu is %.6g, the law says %.6g (p = %.2g)", what, (unsigned long long)hits, (unsigned long long)n, (double)hits / (double)n, p, found);
}

/* Values against probabilities p[0 .. size-1] of 0 .. size-1; what is left of 1 is the tail. */
static inline void judge_law(const char *what, const int64_t *values, size_t n, const double *p, size_t size, double bias) {
    int64_t *sorted = malloc(n * sizeof *sorted);
    assert_non_null(sorted);
    memcpy(sorted, values, n * sizeof *sorted);
    rlp_judge_bins_t bins = rlp_judge_bins(sorted, n, p, size, bias);
    free(sorted);
    if (bins.p < judge_level())
        fail_msg("%s: of %lld .. %lld there is %.6g, the law says %.6g (p = %.2g over %zu bins)", what, (long long)bins.from, (long long)bins.to, bins.found, bins.expected,
                 bins.p, bins.bins);
}

static inline void judge_mean(const char *what, const rlp_moments_t *sample, const rlp_law_moments_t *law, double bias) {
    double p = rlp_judge_mean(sample, law, bias);
    if (p < judge_level())
        fail_msg("mean of %s is %.8g, the law says %.8g (z = %+.2f)", what, sample->mean, law->mean, (sample->mean - law->mean) / sqrt(law->variance / (double)sample->n));
}

static inline void judge_variance(const char *what, const rlp_moments_t *sample, const rlp_law_moments_t *law, double bias) {
    double p = rlp_judge_variance(sample, law, bias);
    if (p < judge_level()) fail_msg("variance of %s is %.6g, the law says %.6g (p = %.2g)", what, rlp_moments_variance(sample), law->variance, p);
}

/* Sorted values of a distribution function at the draws. */
static inline void judge_times(const char *what, double *u, size_t n, double bias) {
    double distance, p = rlp_judge_times(u, n, bias, &distance);
    if (p < judge_level()) fail_msg("%s: Kolmogorov-Smirnov distance %.4g of %zu times", what, distance, n);
}

#endif
