/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Do the 95 % intervals of what studies ask of several arms hold in 95 % of studies? Small ones, with ties, censoring and shared patients, whose truth is exact (frailty.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "frailty.h"

static void sum_of(const double *const *scores, const double *c, size_t n, double *sum) {
    memset(sum, 0, PATIENTS * sizeof *sum);
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < PATIENTS; i++) sum[i] += c[k] * scores[k][i];
}

static void scores_of(const frail_t *f, double rmst[MOST_ARMS], double scores[MOST_ARMS][PATIENTS]) {
    for (size_t k = 0; k < f->n_arms; k++) assert_int_equal(rlp_rmst_scores(&f->arm[k], HORIZON, PATIENTS, &rmst[k], scores[k]), RLP_OK);
}

static void differences_and_sums_of_restricted_means(void **state) {
    (void)state;
    static const double c[4] = {1, -1, -1, 1}; /* the excess of both over its parts */
    static frail_t f = {.n_arms = 4, .rate = {2.5, 1.6, 1.2, 0.7}};
    unsigned pair = 0, four = 0, unpaired = 0;
    double truth_pair = frail_rmst(1.6) - frail_rmst(2.5), truth = frail_rmst(2.5) - frail_rmst(1.6) - frail_rmst(1.2) + frail_rmst(0.7);
    for (uint64_t study = 0; study < STUDIES; study++) {
        double rmst[MOST_ARMS], sum[PATIENTS], value = 0;
        static double scores[MOST_ARMS][PATIENTS];
        const double *const row[4] = {scores[0], scores[1], scores[2], scores[3]};
        rlp_rmst_comparison_t two;
        frail_draw(&f, 101, study);
        assert_int_equal(rlp_rmst_compare(&f.arm[0], &f.arm[1], HORIZON, &two), RLP_OK);
        pair += covers(two.lower95, truth_pair, two.upper95);
        unpaired += fabs(two.difference - truth_pair) <= 1.959964 * two.independent_std_err;
        scores_of(&f, rmst, scores);
        sum_of(row, c, 4, sum);
        for (int k = 0; k < 4; k++) value += c[k] * rmst[k];
        rlp_contrast_t judged = rlp_contrast_judge(value, sum, PATIENTS);
        four += covers(judged.lower95, truth, judged.upper95);
    }
    assert_coverage("RMST difference, paired", pair);
    assert_coverage("RMST(both) - RMST(a) - RMST(b) + RMST(none)", four);
    assert_true(unpaired > 0.98 * STUDIES); /* as if independent: too wide by far */
}

/* RMST(both) - RMST(the later of a and b), and Bliss. */
static bool covers_later(const frail_t *f, double truth) {
    static double scores[PATIENTS], of_later[PATIENTS];
    double mean, mean_later;
    assert_int_equal(rlp_rmst_scores(&f->arm[3], HORIZON, PATIENTS, &mean, scores), RLP_OK);
    assert_int_equal(rlp_later_scores(&f->arm[1], &f->arm[2], HORIZON, PATIENTS, &mean_later, of_later), RLP_OK);
    for (int i = 0; i < PATIENTS; i++) scores[i] -= of_later[i];
    rlp_contrast_t judged = rlp_contrast_judge(mean - mean_later, scores, PATIENTS);
    return covers(judged.lower95, truth, judged.upper95);
}

static bool covers_bliss(const frail_t *f, double *until) {
    const rlp_survival_t *const four[4] = {&f->arm[0], &f->arm[1], &f->arm[2], &f->arm[3]};
    rlp_contrast_t excess;
    double truth = 0;
    assert_int_equal(rlp_bliss_excess(four, HORIZON, PATIENTS, &excess, until), RLP_OK);
    for (int j = 0; j * VISIT < *until; j++) {
        double t = j * VISIT, expected = frail_survival(f->rate[1], t) * frail_survival(f->rate[2], t) / frail_survival(f->rate[0], t);
        truth += (frail_survival(f->rate[3], t) - expected) * fmin(VISIT, *until - t);
    }
    return covers(excess.lower95, truth, excess.upper95);
}

/* Each arm loses patients of its own besides: one many, the other few. */
static void censor_arms_apart(frail_t *f) {
    static const double leaving[4] = {0, 0.8, 0.05, 0};
    for (int k = 1; k <= 2; k++)
        for (int i = 0; i < PATIENTS; i++) {
            double leaves = VISIT * floor(rlp_variate_exponential(&f->stream) / leaving[k] / VISIT);
            if (f->time[k][i] <= leaves) continue;
            f->time[k][i] = leaves;
            f->event[k][i] = false;
        }
}

static void what_two_treatments_do_beyond_themselves(void **state) {
    (void)state;
    static frail_t f = {.n_arms = 4, .rate = {2.2, 1.5, 1.1, 0.6}};
    unsigned later = 0, bliss = 0, cut = 0, apart = 0, bliss_apart = 0;
    double truth = frail_rmst(0.6) - frail_rmst_later(1.5, 1.1), until;
    for (uint64_t study = 0; study < STUDIES; study++) {
        frail_draw(&f, 102, study);
        later += covers_later(&f, truth);
        bliss += covers_bliss(&f, &until);
        cut += until < HORIZON;
        censor_arms_apart(&f);
        apart += covers_later(&f, truth);
        bliss_apart += covers_bliss(&f, &until);
    }
    assert_coverage("RMST(both) - RMST(the later of a and b)", later);
    assert_coverage("the same, arms censored apart", apart);
    assert_coverage("Bliss excess", bliss);
    assert_coverage("the same, arms censored apart", bliss_apart);
    assert_true(cut > STUDIES / 20); /* the end that follows from the data is among what is covered */
}

/* A sweep: six doses, of which the best is read off the same data. All differences at once, and those from the best, and is the truly best one among the tied? */
static void simultaneous_intervals_hold_all_at_once(void **state) {
    (void)state;
    enum { CELLS = 6, PAIRS = CELLS * (CELLS - 1) / 2 };
    static frail_t f = {.n_arms = CELLS, .rate = {1.3, 1.1, 1, 1, 1.05, 1.2}};
    unsigned named = 0, all = 0, behind_best = 0, picked = 0, alone = 0;
    for (uint64_t study = 0; study < STUDIES; study++) {
        static double scores[MOST_ARMS][PATIENTS], difference[PAIRS][PATIENTS];
        const double *const arm[CELLS] = {scores[0], scores[1], scores[2], scores[3], scores[4], scores[5]}, *row[PAIRS], *from_first[CELLS - 1], *from_best[CELLS - 1];
        double rmst[MOST_ARMS], c_named, c_all, c_picked;
        size_t n = 0, best = 0, m = 0;
        bool named_held = true, all_held = true, best_held = true, picked_held = true, alone_held = true;
        frail_draw(&f, 103, study);
        scores_of(&f, rmst, scores);
        for (size_t k = 1; k < CELLS; k++)
            if (rmst[k] > rmst[best]) best = k;
        for (size_t i = 0; i < CELLS; i++)
            for (size_t j = i + 1; j < CELLS; j++, n++) {
                row[n] = difference[n];
                for (size_t p = 0; p < PATIENTS; p++) difference[n][p] = scores[j][p] - scores[i][p];
                if (i == 0) from_first[j - 1] = row[n];
                if (i == best || j == best) from_best[m++] = row[n];
            }
        assert_int_equal(rlp_simultaneous_quantile(CELLS - 1, from_first, PATIENTS, 0.95, study, 1000, &c_named), RLP_OK);
        assert_int_equal(rlp_simultaneous_pairs(CELLS, arm, PATIENTS, 0.95, study, 1000, &c_all), RLP_OK);
        assert_int_equal(rlp_simultaneous_quantile(CELLS - 1, from_best, PATIENTS, 0.95, study, 1000, &c_picked), RLP_OK);
        n = 0;
        for (size_t i = 0; i < CELLS; i++)
            for (size_t j = i + 1; j < CELLS; j++, n++) {
                rlp_contrast_t d = rlp_contrast_judge(rmst[j] - rmst[i], row[n], PATIENTS);
                double off = fabs(d.value - frail_rmst(f.rate[j]) + frail_rmst(f.rate[i])) / d.std_err;
                all_held &= off <= c_all;
                if (i == 0) named_held &= off <= c_named;
                if (i == 0) alone_held &= off <= 1.959964;
                if (i == best || j == best) best_held &= off <= c_all;
                if (i == best || j == best) picked_held &= off <= c_picked;
            }
        named += named_held;
        all += all_held;
        behind_best += best_held;
        picked += picked_held;
        alone += alone_held;
    }
    assert_coverage("five differences from a named arm, all at once", named);
    assert_coverage("all 15 differences of six arms, all at once", all);
    print_message("with all pairs' c the five from the best hold in %.1f %%; with the c of those five in %.1f %%; with 1.96 those from a named one in %.1f %%\n", 100.0 * behind_best / STUDIES,
                  100.0 * picked / STUDIES, 100.0 * alone / STUDIES);
    assert_true(behind_best >= 0.93 * STUDIES && behind_best >= all);
    assert_true(alone < 0.93 * STUDIES); /* why 1.96 is not enough */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences_and_sums_of_restricted_means),
        cmocka_unit_test(what_two_treatments_do_beyond_themselves),
        cmocka_unit_test(simultaneous_intervals_hold_all_at_once),
    };
    return cmocka_run_group_tests_name("coverage of contrasts", tests, NULL, NULL);
}
