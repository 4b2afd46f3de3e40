/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "relapse/judge.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#define BINS 12
#define LEAST_EXPECTED 25.0
#define VARIANCE_BIAS 5.0
#define SKEWED 0.005 /* squared standard error of ln S^2 beyond which its law is no longer near normal */

static double two_sided(double tail) { return fmin(1, 2 * tail); }

rlp_law_moments_t rlp_law_moments(const double *p, size_t size) {
    rlp_law_moments_t law = {0};
    double third = 0, fourth = 0;
    for (size_t k = 0; k < size; k++) law.mean += p[k] * (double)k;
    for (size_t k = 0; k < size; k++) law.variance += p[k] * ((double)k - law.mean) * ((double)k - law.mean);
    for (size_t k = 0; k < size; k++) {
        double x = ((double)k - law.mean) / sqrt(law.variance);
        third += p[k] * x * x * x;
        fourth += p[k] * x * x * x * x;
    }
    law.skewness = third;
    law.excess = fourth - 3;
    return law;
}

/* ---- shares ---------------------------------------------------------------------------------------------------------------- */
static double share_shift(double p, double bias) {
    double q = 1 - p;
    return bias > 0 ? bias * fmax(p > 0 ? -p * log(p) : 0, q > 0 ? -q * log(q) : 0) : 0;
}

double rlp_judge_share(uint64_t hits, uint64_t n, double p, double bias) {
    double shift = share_shift(p, bias), found = (double)hits / (double)n;
    unsigned k = (unsigned)hits, all = (unsigned)n;
    if (!(fabs(found - p) > shift)) return isnan(found) ? 0 : 1;
    if (found > p) {
        double edge = p + shift;
        return edge >= 1 ? 1 : edge <= 0 ? 0 : two_sided(gsl_cdf_binomial_Q(k - 1, edge, all));
    }
    double edge = p - shift;
    return edge <= 0 ? 1 : edge >= 1 ? 0 : two_sided(gsl_cdf_binomial_P(k, edge, all));
}

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void close_bin(rlp_judge_bins_t *all, int64_t from, int64_t to, uint64_t hits, uint64_t n, double p, double bias) {
    double tail = rlp_judge_share(hits, n, p, bias);
    all->bins++;
    if (all->bins > 1 && tail >= all->p) return;
    all->p = tail;
    all->from = from;
    all->to = to;
    all->expected = p;
    all->found = (double)hits / (double)n;
}

rlp_judge_bins_t rlp_judge_bins(int64_t *values, size_t n, const double *p, size_t size, double bias) {
    rlp_judge_bins_t all = {.p = 1};
    double expected = 0, whole = 0, least = fmax(LEAST_EXPECTED / (double)n, 1.0 / BINS);
    size_t at = 0, first = 0;
    int64_t from = 0;
    qsort(values, n, sizeof *values, by_value);
    for (size_t k = 0; k < size; k++) {
        expected += p[k];
        whole += p[k];
        bool zero_alone = k == 0 && expected * (double)n >= LEAST_EXPECTED;
        if (!zero_alone && (expected < least || 1 - whole < least)) continue;
        while (at < n && values[at] <= (int64_t)k) at++;
        close_bin(&all, from, (int64_t)k, at - first, n, expected, bias);
        first = at;
        from = (int64_t)k + 1;
        expected = 0;
    }
    close_bin(&all, from, -1, n - first, n, fmin(1, fmax(0, expected + 1 - whole)), bias);
    all.p = fmin(1, all.p * (double)all.bins);
    return all;
}

/* ---- moments ------------------------------------------------------------------------------------------------------------- */
/* The normal quantile z whose Cornish-Fisher threshold, z + (z^2 - 1) |g1| / (6 sqrt n) + (z^3 - 3 z) |g2| / (24 n), is x. The threshold rises
 * with z from 1 on; below that nothing is surprising. */
static double uncornish(double x, const rlp_law_moments_t *law, double n) {
    double skew = fabs(law->skewness) / (6 * sqrt(n)), excess = fabs(law->excess) / (24 * n), low = 0, high = fmax(x, 1);
    for (int k = 0; k < 200 && high - low > 1e-12 * high; k++) {
        double z = (low + high) / 2, widened = z + fmax(0, z * z - 1) * skew + fmax(0, z * z * z - 3 * z) * excess;
        if (widened < x) low = z;
        else high = z;
    }
    return low;
}

double rlp_judge_mean(const rlp_moments_t *sample, const rlp_law_moments_t *law, double bias) {
    double n = (double)sample->n, off = fabs(sample->mean - law->mean) - bias * fabs(law->mean), se = sqrt(law->variance / n);
    if (!sample->n || isnan(off)) return 0;
    if (off <= 0 || off <= 1e-14 * fabs(law->mean)) return 1;
    return se > 0 ? two_sided(gsl_cdf_ugaussian_Q(uncornish(off / se, law, n))) : 0;
}

double rlp_judge_variance(const rlp_moments_t *sample, const rlp_law_moments_t *law, double bias) {
    double n = (double)sample->n, se = sqrt((law->excess + 2) / n), off, found = rlp_moments_variance(sample);
    if (sample->n < 2) return 0;
    if (law->variance == 0) return found == 0 ? 1 : 0;
    if (found == 0) return two_sided(exp(-n / (law->excess + 6))); /* all alike: of two values with shares s and q, 1/(excess + 6) is s q, and q^n <= e^-nsq */
    off = fabs(log(found / law->variance)) - log1p(VARIANCE_BIAS * bias);
    return off <= 0 ? 1 : two_sided(gsl_cdf_ugaussian_Q(off / (se * (se * se > SKEWED ? 2 : 1))));
}

/* ---- times ------------------------------------------------------------------------------------------------------- */
double rlp_judge_times(double *u, size_t n, double bias, double *distance) {
    double d = 0;
    rlp_sample_sort(u, n);
    for (size_t i = 0; i < n; i++) d = fmax(d, fmax((double)(i + 1) / (double)n - u[i], u[i] - (double)i / (double)n));
    if (distance) *distance = d;
    d = fmax(0, d - bias);
    return n ? fmin(1, 2 * exp(-2 * (double)n * d * d)) : 0;
}

/* ---- power ----------------------------------------------------------------------------------------------------------------------- */
double rlp_judge_mean_power(const rlp_law_moments_t *law, uint64_t n, double level, double bias) {
    return bias + gsl_cdf_ugaussian_Qinv(level / 2) * sqrt(law->variance / (double)n) / fabs(law->mean);
}

double rlp_judge_share_power(double p, uint64_t n, double level, double bias) {
    return share_shift(p, bias) + gsl_cdf_ugaussian_Qinv(level / 2) * sqrt(fmax(p * (1 - p), 0) / (double)n);
}
