/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Simultaneous intervals of contrasts that share patients, by resampling the patients (max-t; Hothorn, Bretz & Westfall 2008; Efron & Tibshirani 1993, ch. 6).
 *
 * A cohort drawn from this one with replacement holds patient i w_i times. To first order its contrast k lies off this one's by T_k = sum_i (w_i - 1) s_ki, s the
 * scores: all contrasts of one drawn cohort move together, as far as they share patients. c is the quantile of max_k |T_k| / se_k over the drawn cohorts.
 *
 * K contrasts of N patients in B cohorts cost K N B multiplications. A score is read once for LANES cohorts, whose weights lie side by side. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "relapse/statistics.h"
#include "relapse/stream.h"

enum { LANES = 16 };

/* weight[patient][lane] = how often the patient is in the cohort `first + lane`, less 1. */
static void draw_cohorts(double *weight, size_t patients, uint64_t seed, uint64_t first) {
    const uint64_t purpose = rlp_stream_purpose("statistics.simultaneous");
    for (size_t i = 0; i < patients * LANES; i++) weight[i] = -1;
    for (size_t lane = 0; lane < LANES; lane++) {
        rlp_stream_t stream;
        rlp_stream_init(&stream, seed, first + lane, purpose);
        for (size_t i = 0; i < patients; i++) weight[(size_t)(rlp_stream_uniform(&stream) * (double)patients) * LANES + lane] += 1;
    }
}

/* largest[lane] = max(itself, |T| / se) of one contrast. */
static void raise_largest(const double *restrict weight, const double *restrict scores, size_t patients, double std_err, double *largest) {
    double sum[LANES] = {0};
    for (size_t i = 0; i < patients; i++)
        for (size_t lane = 0; lane < LANES; lane++) sum[lane] += weight[i * LANES + lane] * scores[i];
    for (size_t lane = 0; lane < LANES; lane++) largest[lane] = fmax(largest[lane], fabs(sum[lane]) / std_err);
}

/* The smallest order statistic that a further cohort stays below with probability `level`: number level (B + 1). */
static double quantile_of(double *largest, uint64_t resamples, double level) {
    double rank = ceil(level * ((double)resamples + 1) - 1e-9);
    rlp_sample_sort(largest, resamples);
    return largest[(size_t)fmin(fmax(rank, 1), (double)resamples) - 1];
}

int rlp_simultaneous_quantile(size_t n, const double *const *scores, size_t patients, double level, uint64_t seed, uint64_t resamples, double *c) {
    double *weight = NULL, *largest = NULL, *std_err = NULL;
    size_t judged = 0;
    uint64_t rounds = resamples / LANES + (resamples % LANES > 0);
    if (!(level > 0 && level < 1)) return rlp_fail(RLP_ERROR_INPUT, "level %g of simultaneous intervals must lie between 0 and 1", level);
    *c = gsl_cdf_ugaussian_Pinv((1 + level) / 2); /* of one contrast; of more it is never less */
    int rc = RLP_NEW(std_err, n);
    for (size_t k = 0; k < n && !rc; k++) judged += (std_err[k] = rlp_contrast_judge(0, scores[k], patients).std_err) > 0;
    if (rc || judged < 2 || !resamples) goto out;
    rc = RLP_NEW(weight, patients * LANES);
    if (!rc) rc = RLP_NEW(largest, rounds * LANES);
    for (uint64_t round = 0; round < rounds && !rc; round++) {
        draw_cohorts(weight, patients, seed, round * LANES);
        for (size_t k = 0; k < n; k++)
            if (std_err[k] > 0) raise_largest(weight, scores[k], patients, std_err[k], largest + round * LANES);
    }
    if (!rc) *c = fmax(*c, quantile_of(largest, resamples, level));
out:
    free(weight);
    free(largest);
    free(std_err);
    return rc;
}

/* ---- all pairs ----------------------------------------------------------------------------------------------------------------------- */
/* Why all pairs, where the question is how far each lies behind the best: which one is best was read off the same data. Intervals of (i - j) for every j hold for the one
 * that came out best, whichever that is; and then 0 lies in the interval of the truly best one, for its estimate is not above the best's, and its truth not below. So those
 * with 0 inside are a set that holds the truly best one with probability `level` or more. Intervals against a best that is taken as given (n - 1 contrasts) promise neither;
 * Hsu's (1984) one-sided, constrained ones promise the set, and a smaller one, but no interval of a difference.
 *
 * n sums a cohort give all n (n - 1) / 2 differences, T_i - T_j. */
typedef struct {
    size_t n, patients;
    const double *const *scores;
    double *std_err; /* [i (i - 1) / 2 + j], j < i */
    double *weight;  /* [patient][lane] */
    double *off;     /* [i][lane]: T_i */
} pairs_t;

static double std_err_of(const double *a, const double *b, size_t patients) {
    double squares = 0;
    for (size_t p = 0; p < patients; p++) squares += (a[p] - b[p]) * (a[p] - b[p]);
    return sqrt(squares);
}

static size_t find_errors(pairs_t *x) {
    size_t judged = 0;
    for (size_t i = 1, k = 0; i < x->n; i++)
        for (size_t j = 0; j < i; j++, k++) judged += (x->std_err[k] = std_err_of(x->scores[i], x->scores[j], x->patients)) > 0;
    return judged;
}

static void move_estimates(pairs_t *x) {
    for (size_t i = 0; i < x->n; i++) {
        double sum[LANES] = {0};
        for (size_t p = 0; p < x->patients; p++)
            for (size_t lane = 0; lane < LANES; lane++) sum[lane] += x->weight[p * LANES + lane] * x->scores[i][p];
        memcpy(x->off + i * LANES, sum, sizeof sum);
    }
}

static void raise_by_pairs(const pairs_t *x, double *largest) {
    for (size_t i = 1, k = 0; i < x->n; i++)
        for (size_t j = 0; j < i; j++, k++)
            for (size_t lane = 0; lane < LANES && x->std_err[k] > 0; lane++)
                largest[lane] = fmax(largest[lane], fabs(x->off[i * LANES + lane] - x->off[j * LANES + lane]) / x->std_err[k]);
}

int rlp_simultaneous_pairs(size_t n, const double *const *scores, size_t patients, double level, uint64_t seed, uint64_t resamples, double *c) {
    pairs_t x = {.n = n, .patients = patients, .scores = scores};
    double *largest = NULL;
    uint64_t rounds = resamples / LANES + (resamples % LANES > 0);
    if (!(level > 0 && level < 1)) return rlp_fail(RLP_ERROR_INPUT, "level %g of simultaneous intervals must lie between 0 and 1", level);
    *c = gsl_cdf_ugaussian_Pinv((1 + level) / 2);
    int rc = RLP_NEW(x.std_err, n * (n + 1) / 2);
    if (rc || find_errors(&x) < 2 || !resamples) goto out;
    rc = RLP_NEW(x.weight, patients * LANES);
    if (!rc) rc = RLP_NEW(x.off, n * LANES);
    if (!rc) rc = RLP_NEW(largest, rounds * LANES);
    for (uint64_t round = 0; round < rounds && !rc; round++) {
        draw_cohorts(x.weight, patients, seed, round * LANES);
        move_estimates(&x);
        raise_by_pairs(&x, largest + round * LANES);
    }
    if (!rc) *c = fmax(*c, quantile_of(largest, resamples, level));
out:
    free(x.std_err);
    free(x.weight);
    free(x.off);
    free(largest);
    return rc;
}
