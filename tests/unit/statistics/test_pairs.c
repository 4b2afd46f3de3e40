/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Simultaneous intervals of all pairs hold for the estimate that came out best, and the set of those tied with it holds the truly best one.
 *
 * Arms share a frailty Z ~ Exp(1): in arm k a time is exponential with rate Z r_k, censored at 2. Then S_k(t) = 1 / (1 + r_k t), and the restricted mean to 1 is
 * log(1 + r_k) / r_k: exact. 1500 cohorts of 200 patients; a share of 0.95 has standard deviation 0.0056, and each band below leaves that out with probability below 1e-3 (over 6000 cohorts all pairs
 * are covered in 0.948 and, where all are alike, 0.944).
 * The seed is fixed, so the verdict is the same every time. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "relapse/statistics.h"

enum { COHORTS = 1500, PATIENTS = 200, CELLS = 6, PAIRS = CELLS * (CELLS - 1) / 2, RESAMPLES = 480 };

typedef struct {
    double rmst[CELLS], scores[CELLS][PATIENTS];
    const double *row[CELLS];
} cells_t;

static void draw_cells(gsl_rng *rng, const double *rate, cells_t *cells) {
    static double time[CELLS][PATIENTS];
    static bool event[CELLS][PATIENTS];
    for (int i = 0; i < PATIENTS; i++) {
        double frailty = gsl_ran_exponential(rng, 1);
        for (int k = 0; k < CELLS; k++) {
            double t = gsl_ran_exponential(rng, 1) / (frailty * rate[k]);
            time[k][i] = fmin(t, 2);
            event[k][i] = t <= 2;
        }
    }
    for (int k = 0; k < CELLS; k++) {
        rlp_survival_t arm = {PATIENTS, time[k], event[k], NULL};
        assert_int_equal(rlp_rmst_scores(&arm, 1, PATIENTS, &cells->rmst[k], cells->scores[k]), RLP_OK);
        cells->row[k] = cells->scores[k];
    }
}

static double error_of(const cells_t *cells, int i, int j) {
    double squares = 0;
    for (int p = 0; p < PATIENTS; p++) squares += (cells->scores[i][p] - cells->scores[j][p]) * (cells->scores[i][p] - cells->scores[j][p]);
    return sqrt(squares);
}

typedef struct {
    int all;   /* cohorts in which every pair's difference was covered */
    int best;  /* in which every difference from the cell that came out best was */
    int holds; /* in which the tied ones held the truly best */
    int given; /* the second, with the quantile of cells against a best as if it had been given */
    int tied;  /* cells tied with the best, all cohorts */
} covered_t;

static double given_quantile(const cells_t *cells, int best, uint64_t seed) {
    static double scores[CELLS][PATIENTS];
    const double *row[CELLS];
    double c;
    for (int k = 0; k < CELLS; k++) {
        row[k] = scores[k];
        for (int p = 0; p < PATIENTS; p++) scores[k][p] = cells->scores[k][p] - cells->scores[best][p];
    }
    assert_int_equal(rlp_simultaneous_quantile(CELLS, row, PATIENTS, 0.95, seed, RESAMPLES, &c), RLP_OK);
    return c;
}

static void judge(const cells_t *cells, const double *truth, int truly_best, uint64_t seed, covered_t *sum) {
    int best = 0;
    double c;
    bool all = true, of_best = true, of_given = true;
    assert_int_equal(rlp_simultaneous_pairs(CELLS, cells->row, PATIENTS, 0.95, seed, RESAMPLES, &c), RLP_OK);
    for (int k = 1; k < CELLS; k++)
        if (cells->rmst[k] > cells->rmst[best]) best = k;
    double given = given_quantile(cells, best, seed);
    for (int i = 0; i < CELLS; i++)
        for (int j = 0; j < i; j++) {
            double error = error_of(cells, i, j), off = fabs(cells->rmst[i] - cells->rmst[j] - truth[i] + truth[j]);
            all = all && off <= c * error;
            if (i != best && j != best) continue;
            of_best = of_best && off <= c * error;
            of_given = of_given && off <= given * error;
        }
    for (int i = 0; i < CELLS; i++) sum->tied += i == best || cells->rmst[best] - cells->rmst[i] <= c * error_of(cells, i, best);
    sum->all += all;
    sum->best += of_best;
    sum->given += of_given;
    sum->holds += best == truly_best || cells->rmst[best] - cells->rmst[truly_best] <= c * error_of(cells, truly_best, best);
}

static covered_t study(const double *rate, int truly_best, unsigned long seed) {
    static cells_t cells;
    double truth[CELLS];
    covered_t sum = {0};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, seed);
    for (int k = 0; k < CELLS; k++) truth[k] = log(1 + rate[k]) / rate[k];
    for (int cohort = 0; cohort < COHORTS; cohort++) {
        draw_cells(rng, rate, &cells);
        judge(&cells, truth, truly_best, (uint64_t)cohort, &sum);
    }
    gsl_rng_free(rng);
    print_message("all pairs %.3f, from the best %.3f (as if it had been given: %.3f), the truly best among the tied %.3f, tied %.2f of %d\n", sum.all / (double)COHORTS,
                  sum.best / (double)COHORTS, sum.given / (double)COHORTS, sum.holds / (double)COHORTS, sum.tied / (double)COHORTS, CELLS);
    return sum;
}

/* Near its best a sweep is flat: differences that these patients hardly tell. */
static void the_truly_best_is_among_the_tied_and_all_differences_are_covered(void **state) {
    (void)state;
    const double rate[CELLS] = {1.3, 1.1, 1.02, 1, 1.05, 1.6};
    covered_t sum = study(rate, 3, 20261124);
    assert_true(sum.all >= 0.925 * COHORTS && sum.all <= 0.972 * COHORTS);
    assert_true(sum.best >= 0.95 * COHORTS);
    assert_true(sum.holds >= 0.95 * COHORTS);
    assert_true(sum.tied < 5.5 * COHORTS); /* and it is no empty promise: not all are tied */
}

/* All alike: whichever came out best did so by luck, and forgetting that costs. */
static void a_best_that_is_taken_as_given_is_covered_too_rarely(void **state) {
    (void)state;
    const double rate[CELLS] = {1, 1, 1, 1, 1, 1};
    covered_t sum = study(rate, 0, 20261125);
    assert_true(sum.all >= 0.925 * COHORTS && sum.all <= 0.972 * COHORTS);
    assert_true(sum.best >= 0.925 * COHORTS); /* the widest difference from the best is the widest of all: the same number */
    assert_true(sum.given < 0.93 * COHORTS);
}

/* All pairs written out as contrasts, in the same drawn cohorts. */
static void pairs_are_contrasts(void **state) {
    (void)state;
    static cells_t cells;
    static double written[PAIRS][PATIENTS];
    const double rate[CELLS] = {1, 2, 3, 1, 2, 3}, *row[PAIRS];
    double pairs, contrasts;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    draw_cells(rng, rate, &cells);
    gsl_rng_free(rng);
    for (int round = 0; round < 2; round++) { /* then with two cells alike: their pair does not count */
        for (int i = 1, n = 0; i < CELLS; i++)
            for (int j = 0; j < i; j++, n++) {
                row[n] = written[n];
                for (int p = 0; p < PATIENTS; p++) written[n][p] = cells.scores[i][p] - cells.scores[j][p];
            }
        assert_int_equal(rlp_simultaneous_pairs(CELLS, cells.row, PATIENTS, 0.9, 7, 333, &pairs), RLP_OK);
        assert_int_equal(rlp_simultaneous_quantile(PAIRS, row, PATIENTS, 0.9, 7, 333, &contrasts), RLP_OK);
        assert_true(fabs(pairs - contrasts) < 1e-10);
        assert_true(pairs > 2);
        memcpy(cells.scores[4], cells.scores[1], sizeof cells.scores[1]);
    }
}

static void one_pair_has_the_normal_quantile(void **state) {
    (void)state;
    static double a[3] = {1, -2, 1}, b[3] = {0, 1, -1};
    const double *const row[3] = {a, b, a};
    double c;
    assert_int_equal(rlp_simultaneous_pairs(2, row, 3, 0.95, 1, 100, &c), RLP_OK);
    assert_true(c == gsl_cdf_ugaussian_Pinv(0.975));
    for (size_t n = 0; n < 2; n++) assert_int_equal(rlp_simultaneous_pairs(n, row, 3, 0.95, 1, 100, &c), RLP_OK);
    assert_true(c == gsl_cdf_ugaussian_Pinv(0.975));
    assert_int_equal(rlp_simultaneous_pairs(3, row, 3, 1, 1, 100, &c), RLP_ERROR_INPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_truly_best_is_among_the_tied_and_all_differences_are_covered),
        cmocka_unit_test(a_best_that_is_taken_as_given_is_covered_too_rarely),
        cmocka_unit_test(pairs_are_contrasts),
        cmocka_unit_test(one_pair_has_the_normal_quantile),
    };
    return cmocka_run_group_tests_name("all pairs", tests, NULL, NULL);
}
