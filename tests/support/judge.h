/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The judge: verdicts with a false-alarm rate.
 *
 * A program makes at most JUDGE_DECISIONS decisions, each at level JUDGE_FALSE_ALARM / JUDGE_DECISIONS (Bonferroni), so that a correct build fails it with
 * probability below JUDGE_FALSE_ALARM = 1e-7 over seeds; the contract and the limits are fewer than ten programs: family-wise below 1e-6. Seeds are fixed; a
 * seed that fails is reported, never retried. judge_decisions_stay_within_their_number, the last test of a program, counts.
 *
 *   share     exact binomial, two-sided (twice the smaller tail)
 *   law       values pooled into about a dozen bins of 25 or more expected, one exact binomial a bin
 *   mean      z with the exact variance, threshold widened by Cornish-Fisher (1937) for skewness and excess
 *   variance  z on ln S^2, standard error sqrt((kurtosis - 1)/n); threshold doubled where that exceeds 0.07
 *   times     Kolmogorov-Smirnov, P(D > d) <= 2 exp(-2 n d^2) (Massart 1990)
 * An approximate engine has a stated relative bias e (exact: 0): a mean may be off by e times itself, a probability p by e max(p |ln p|, q |ln q|), a variance by
 * 5 e of itself (only means and times are promised; this keeps leaps honest about noise). */
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

#include "relapse/statistics.h"

#define JUDGE_FALSE_ALARM 1e-7
#ifndef JUDGE_DECISIONS
#define JUDGE_DECISIONS 1000
#endif
#define JUDGE_BINS 12
#define JUDGE_LEAST_EXPECTED 25.0
#define JUDGE_VARIANCE_BIAS 5.0

static int judge_decisions;

static inline double judge_level(void) {
    judge_decisions++;
    return JUDGE_FALSE_ALARM / JUDGE_DECISIONS;
}

static inline void judge_decisions_stay_within_their_number(void **state) {
    (void)state;
    assert_in_range(judge_decisions, 1, JUDGE_DECISIONS);
}

static inline double judge_shift(double p, double bias) {
    double q = 1 - p;
    return bias > 0 ? bias * fmax(p > 0 ? -p * log(p) : 0, q > 0 ? -q * log(q) : 0) : 0;
}

static inline void judge_share(const char *what, uint64_t hits, uint64_t n, double p, double bias) {
    double level = judge_level(), shift = judge_shift(p, bias), observed = (double)hits / (double)n, tail;
    if (fabs(observed - p) <= shift) return;
    unsigned k = (unsigned)hits, all = (unsigned)n;
    if (observed > p)
        tail = p + shift >= 1 || k == 0 ? 1 : gsl_cdf_binomial_Q(k - 1, fmax(p + shift, 0), all);
    else
        tail = p - shift <= 0 ? 1 : gsl_cdf_binomial_P(k, fmin(p - shift, 1), all);
    if (p + shift <= 0 && hits) tail = 0;
    if (2 * tail < level) fail_msg("%s: %llu of %llu is %.6g, the law says %.6g (tail %.2g)", what, (unsigned long long)hits, (unsigned long long)n, observed, p, tail);
}

/* Values against probabilities p[0 .. size-1] of 0 .. size-1; what is left of 1 is the tail. */
static inline void judge_law(const char *what, const int64_t *values, size_t n, const double *p, size_t size, double bias) {
    uint64_t *seen = calloc(size + 1, sizeof *seen), hits = 0;
    double expected = 0, whole = 0, least = fmax(JUDGE_LEAST_EXPECTED, (double)n / JUDGE_BINS);
    assert_non_null(seen);
    for (size_t i = 0; i < n; i++) {
        assert_true(values[i] >= 0);
        seen[values[i] < (int64_t)size ? (size_t)values[i] : size]++;
    }
    for (size_t k = 0; k < size; k++) {
        expected += p[k] * (double)n;
        whole += p[k];
        hits += seen[k];
        bool zero_alone = k == 0 && expected >= JUDGE_LEAST_EXPECTED;
        if (!zero_alone && (expected < least || (1 - whole) * (double)n < least)) continue;
        judge_share(what, hits, n, expected / (double)n, bias);
        expected = 0;
        hits = 0;
    }
    expected += (1 - whole) * (double)n;
    judge_share(what, hits + seen[size], n, fmax(0, expected / (double)n), bias);
    free(seen);
}

/* Mean, variance, skewness and excess kurtosis of a law. */
typedef struct {
    double mean, variance, skewness, excess;
} judge_moments_t;

static inline double judge_threshold(const judge_moments_t *law, double n) {
    double z = gsl_cdf_ugaussian_Qinv(judge_level() / 2);
    return z + (z * z - 1) * fabs(law->skewness) / (6 * sqrt(n)) + (z * z * z - 3 * z) * fabs(law->excess) / (24 * n);
}

static inline void judge_mean(const char *what, const rlp_moments_t *sample, const judge_moments_t *law, double bias) {
    double n = (double)sample->n, se = sqrt(law->variance / n), off = fabs(sample->mean - law->mean);
    if (off > bias * fabs(law->mean) + judge_threshold(law, n) * se)
        fail_msg("mean of %s is %.8g, the law says %.8g (z = %+.2f)", what, sample->mean, law->mean, (sample->mean - law->mean) / se);
}

static inline void judge_variance(const char *what, const rlp_moments_t *sample, const judge_moments_t *law, double bias) {
    double n = (double)sample->n, se = sqrt((law->excess + 2) / n), off = fabs(log(rlp_moments_variance(sample) / law->variance));
    double z = gsl_cdf_ugaussian_Qinv(judge_level() / 2) * (se * se > 0.005 ? 2 : 1);
    if (!(off <= log1p(JUDGE_VARIANCE_BIAS * bias) + z * se))
        fail_msg("variance of %s is %.6g, the law says %.6g (z of its logarithm %.2f)", what, rlp_moments_variance(sample), law->variance, off / se);
}

/* Sorted values of a distribution function at the draws. */
static inline void judge_times(const char *what, double *u, size_t n, double bias) {
    double level = judge_level(), d = 0;
    rlp_sample_sort(u, n);
    for (size_t i = 0; i < n; i++) d = fmax(d, fmax((double)(i + 1) / (double)n - u[i], u[i] - (double)i / (double)n));
    d -= bias;
    if (d > 0 && 2 * exp(-2 * (double)n * d * d) < level) fail_msg("%s: Kolmogorov-Smirnov distance %.4g of %zu times", what, d, n);
}

#endif
