/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The judge: how surprising a sample would be if a law held. Every function returns a two-sided p value in [0, 1]; who decides compares it with a level
 * fixed beforehand (family-wise rate / number of decisions, Bonferroni).
 *
 *   share     exact binomial, twice the smaller tail
 *   bins      values pooled into about a dozen bins of 25 or more expected, one exact binomial a bin, the smallest p times their number
 *   mean      z with the exact variance, widened by Cornish & Fisher (1937) for skewness and excess
 *   variance  z of ln S^2, standard error sqrt((kurtosis - 1)/n), doubled where that exceeds 0.07: the sample variance is skewed itself there; S^2 = 0 by exp(-n/(kurtosis + 3))
 *   times     Kolmogorov-Smirnov, P(D > d) <= 2 exp(-2 n d^2) (Massart 1990)
 * An approximate engine has a stated relative bias e (exact: 0), and is judged from the edge of what it allows: a mean may be off by e times itself, a
 * probability p by e max(p |ln p|, q |ln q|), a variance by 5 e of itself (only means and times are promised; this keeps leaps honest about noise). */
#ifndef RELAPSE_JUDGE_H
#define RELAPSE_JUDGE_H

#include "relapse/statistics.h"

/* Mean, variance, skewness and excess kurtosis of a law. */
typedef struct {
    double mean, variance, skewness, excess;
} rlp_law_moments_t;

/* Of a law p[0 .. size-1] on 0 .. size-1. */
rlp_law_moments_t rlp_law_moments(const double *p, size_t size);

double rlp_judge_share(uint64_t hits, uint64_t n, double p, double bias);

/* What the worst bin looked like. */
typedef struct {
    size_t bins;
    int64_t from, to; /* values of the worst bin; to < 0: and more */
    double expected, found; /* shares */
    double p;         /* over all bins: smallest p times their number, at most 1 */
} rlp_judge_bins_t;
/* values[n] (all >= 0; sorted by the call) against p[0 .. size-1]; what is left of 1 is the tail beyond. */
rlp_judge_bins_t rlp_judge_bins(int64_t *values, size_t n, const double *p, size_t size, double bias);

double rlp_judge_mean(const rlp_moments_t *sample, const rlp_law_moments_t *law, double bias);
double rlp_judge_variance(const rlp_moments_t *sample, const rlp_law_moments_t *law, double bias);
/* u[n]: the law's distribution function at the times seen; sorted by the call. `distance` may be NULL. */
double rlp_judge_times(double *u, size_t n, double bias, double *distance);

/* The smallest relative error of a mean, and error of a share, that these tests see at `level` in half of all runs. */
double rlp_judge_mean_power(const rlp_law_moments_t *law, uint64_t n, double level, double bias);
double rlp_judge_share_power(double p, uint64_t n, double level, double bias);

#endif
