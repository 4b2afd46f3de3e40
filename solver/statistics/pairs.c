/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Simultaneous intervals of all differences between estimates that share patients, by resampling the patients (max-t; Hothorn, Bretz & Westfall 2008, with all pairs
 * for contrasts: Tukey's).
 *
 * A cohort drawn from this one with replacement holds patient p w_p times; to first order its estimate i lies off this one's by T_i = sum_p (w_p - 1) s_ip, s the scores.
 * So n sums a cohort give all n (n - 1) / 2 differences, and c is the quantile of max_ij |T_i - T_j| / se_ij over the drawn cohorts.
 *
 * Why all pairs, where the question is how far each lies behind the best: which one is best was read off the same data. Intervals for (i - j) at every j hold for the one
 * that came out best, whichever that is; and then 0 lies in the interval of the truly best one: its estimate is not above the best's, its truth not below. So those with
 * 0 inside are a set that holds the truly best one with probability `level` or more. Intervals against a best that is taken as fixed (n - 1 contrasts) promise neither;
 * Hsu's (1984) one-sided constrained ones promise the set, and a smaller one, but no interval of a difference. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "relapse/memory.h"
#include "relapse/statistics.h"
#include "relapse/stream.h"

enum { LANES = 16 }; /* drawn cohorts at a time: a score is read once for so many */

typedef struct {
    size_t n, patients;
    const double *const *scores;
    double *std_err; /* [i (i - 1) / 2 + j], j < i */
    double *weight;  /* [patient][lane], less 1 */
    double *off;     /* [i][lane] */
    double *largest; /* [resample], in whole rounds */
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

static void draw_cohorts(pairs_t *x, uint64_t seed, uint64_t first) {
    const uint64_t purpose = rlp_stream_purpose("statistics.pairs");
    for (size_t p = 0; p < x->patients * LANES; p++) x->weight[p] = -1;
    for (size_t lane = 0; lane < LANES; lane++) {
        rlp_stream_t stream;
        rlp_stream_init(&stream, seed, first + lane, purpose);
        for (size_t p = 0; p < x->patients; p++) x->weight[(size_t)(rlp_stream_uniform(&stream) * (double)x->patients) * LANES + lane] += 1;
    }
}

static void move_estimates(pairs_t *x) {
    for (size_t i = 0; i < x->n; i++) {
        double sum[LANES] = {0};
        for (size_t p = 0; p < x->patients; p++)
            for (size_t lane = 0; lane < LANES; lane++) sum[lane] += x->weight[p * LANES + lane] * x->scores[i][p];
        for (size_t lane = 0; lane < LANES; lane++) x->off[i * LANES + lane] = sum[lane];
    }
}

static void judge_pairs(const pairs_t *x, double *largest) {
    for (size_t i = 1, k = 0; i < x->n; i++)
        for (size_t j = 0; j < i; j++, k++) {
            if (!(x->std_err[k] > 0)) continue;
            for (size_t lane = 0; lane < LANES; lane++)
                largest[lane] = fmax(largest[lane], fabs(x->off[i * LANES + lane] - x->off[j * LANES + lane]) / x->std_err[k]);
        }
}

int rlp_simultaneous_pairs(size_t n, const double *const *scores, size_t patients, double level, uint64_t seed, uint64_t resamples, double *c) {
    pairs_t x = {.n = n, .patients = patients, .scores = scores};
    uint64_t rounds = resamples / LANES + (resamples % LANES > 0);
    if (!(level > 0 && level < 1)) return rlp_fail(RLP_ERROR_INPUT, "level %g of simultaneous intervals must lie between 0 and 1", level);
    *c = gsl_cdf_ugaussian_Pinv((1 + level) / 2); /* of one pair; of more it is never less */
    int rc = RLP_NEW(x.std_err, n * (n + 1) / 2);
    if (rc || find_errors(&x) < 2 || !resamples) goto out;
    rc = RLP_NEW(x.weight, patients * LANES);
    if (!rc) rc = RLP_NEW(x.off, n * LANES);
    if (!rc) rc = RLP_NEW(x.largest, rounds * LANES);
    for (uint64_t round = 0; round < rounds && !rc; round++) {
        draw_cohorts(&x, seed, round * LANES);
        move_estimates(&x);
        judge_pairs(&x, x.largest + round * LANES);
    }
    if (rc) goto out;
    rlp_sample_sort(x.largest, rounds * LANES);
    *c = fmax(*c, rlp_sample_quantile(x.largest, rounds * LANES, level));
out:
    free(x.std_err);
    free(x.weight);
    free(x.off);
    free(x.largest);
    return rc;
}
