/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Contrasts of arms that share patients, by hand and against what they must agree with. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relapse/statistics.h"

#define N 240
static const uint64_t WHO[3] = {1, 2, 3};

static void scores_are_those_of_the_paired_difference(void **state) {
    (void)state;
    const double a[3] = {10, 20, 40}, b[3] = {15, 30, 30};
    const bool event[3] = {true, true, true};
    rlp_survival_t one = {3, a, event, WHO}, other = {3, b, event, WHO};
    double of_a[3], of_b[3], rmst[2];
    rlp_rmst_comparison_t pair;
    assert_int_equal(rlp_rmst_scores(&one, 35, 3, &rmst[0], of_a), RLP_OK);
    assert_int_equal(rlp_rmst_scores(&other, 35, 3, &rmst[1], of_b), RLP_OK);
    assert_int_equal(rlp_rmst_compare(&one, &other, 35, &pair), RLP_OK);
    for (int i = 0; i < 3; i++) of_b[i] -= of_a[i];
    rlp_contrast_t c = rlp_contrast_judge(rmst[1] - rmst[0], of_b, 3);
    assert_float_equal(c.value, 10.0 / 3, 1e-12); /* (15 + 30 + 30 - 10 - 20 - 35)/3 */
    assert_float_equal(c.std_err, pair.std_err, 1e-12);
    assert_float_equal(c.upper95, pair.upper95, 1e-12);
    /* without censoring a score is (time - mean) / n: differences 5, 10, -5 */
    assert_float_equal(c.std_err, sqrt((5 - 10 / 3.0) * (5 - 10 / 3.0) + (10 - 10 / 3.0) * (10 - 10 / 3.0) + (-5 - 10 / 3.0) * (-5 - 10 / 3.0)) / 3, 1e-12);
}

static void the_later_is_two_less_the_earlier(void **state) {
    (void)state;
    const double a[4] = {10, 20, 40, 7}, b[3] = {15, 12, 50};
    const bool event[4] = {true, true, true, true}, event_b[3] = {true, true, false};
    const uint64_t who_a[4] = {1, 2, 3, 4}, who_b[3] = {1, 2, 3};
    rlp_survival_t one = {4, a, event, who_a}, other = {3, b, event, who_b}, cut = {3, b, event_b, who_b};
    double rmst, scores[4], squares = 0;
    assert_int_equal(rlp_later_scores(&one, &other, 45, 4, &rmst, scores), RLP_OK); /* the fourth is in one arm only */
    assert_true(fabs(rmst - 80 / 3.0) < 1e-12); /* (15 + 20 + 45)/3 */
    for (int i = 0; i < 3; i++) {
        const double later[3] = {15, 20, 45};
        assert_true(fabs(scores[i] - (later[i] - rmst) / 3) < 1e-12); /* nobody is censored: (time - mean) / n */
        squares += scores[i] * scores[i];
    }
    assert_true(squares > 0 && scores[3] == 0);
    assert_int_equal(rlp_later_scores(&one, &cut, 45, 4, &rmst, scores), RLP_OK); /* censored beyond the horizon: as before */
    assert_true(fabs(rmst - 80 / 3.0) < 1e-12); /* (15 + 20 + 45)/3 */
    assert_int_equal(rlp_later_scores(&one, &other, 45, 3, &rmst, scores), RLP_ERROR_INPUT); /* patient 4 of 3 */
}

/* The third is censored in a on day 5 already, before anything happened: the earlier of his two is censored then, and only those curves know that. RMST to 45 by hand:
 * a: events 10, 20, one censored at 5: (10 + 20)/2 = 15; b: (15 + 12 + 45)/3 = 24; earlier: events 10 and 12 of the two left: 11. */
static void the_later_where_one_arm_is_censored_early(void **state) {
    (void)state;
    const double a[3] = {10, 20, 5}, b[3] = {15, 12, 50};
    const bool event_a[3] = {true, true, false}, event_b[3] = {true, true, true};
    rlp_survival_t one = {3, a, event_a, WHO}, other = {3, b, event_b, WHO};
    double rmst, scores[3];
    assert_int_equal(rlp_later_scores(&one, &other, 45, 3, &rmst, scores), RLP_OK);
    assert_true(fabs(rmst - (15 + 24 - 11)) < 1e-12);
    assert_int_equal(rlp_later_scores(&other, &one, 45, 3, &rmst, scores), RLP_OK);
    assert_true(fabs(rmst - (15 + 24 - 11)) < 1e-12); /* whichever comes first */
}

/* 60 untreated die one a day; a, b and both die at one time. S_none is 1 - k/60 in the k-th day; 50 are at risk up to day 11. */
static void bliss_by_hand(void **state) {
    (void)state;
    double time[4][60];
    bool event[60];
    uint64_t who[60];
    for (int i = 0; i < 60; i++) {
        time[0][i] = i + 1;
        time[1][i] = i < 30 ? 4 : 100; /* S_a = 1/2 from day 4 on */
        time[2][i] = 100;
        time[3][i] = i < 15 ? 6 : 100; /* S_both = 3/4 from day 6 on */
        event[i] = true;
        who[i] = (uint64_t)i + 1;
    }
    rlp_survival_t arms[4];
    for (int k = 0; k < 4; k++) arms[k] = (rlp_survival_t){60, time[k], event, who};
    const rlp_survival_t *const four[4] = {&arms[0], &arms[1], &arms[2], &arms[3]};
    rlp_contrast_t excess;
    double until, expected = 0;
    assert_int_equal(rlp_bliss_excess(four, 1000, 60, &excess, &until), RLP_OK);
    assert_true(until == 11);
    for (int day = 0; day < 11; day++) expected += (day < 6 ? 1 : 0.75) - (day < 4 ? 1 : 0.5) / (1 - day / 60.0);
    assert_float_equal(excess.value, expected, 1e-12);
    assert_true(excess.std_err > 0);
    assert_int_equal(rlp_bliss_excess(four, 5, 60, &excess, &until), RLP_OK);
    assert_true(until == 5); /* the horizon */
    for (int k = 0; k < 4; k++) arms[k].n = 49;
    assert_int_equal(rlp_bliss_excess(four, 1000, 60, &excess, &until), RLP_OK);
    assert_true(isnan(excess.value) && isnan(until) && isnan(excess.std_err));
}

/* The infinitesimal jackknife against leaving patients out one by one: the same variance to order 1/n. */
static void bliss_errors_are_those_of_the_jackknife(void **state) {
    (void)state;
    double time[4][N], left[4][N], value[N], until, sum = 0, squares = 0;
    bool event[N], kept[N];
    uint64_t who[N], others[N];
    const double stretch[4] = {1, 1.4, 1.7, 2.5};
    rlp_survival_t arms[4];
    const rlp_survival_t *const four[4] = {&arms[0], &arms[1], &arms[2], &arms[3]};
    rlp_contrast_t whole, part;
    for (int i = 0; i < N; i++) {
        double frailty = -log((i + 0.5) / N), shake = 1 + 0.5 * sin(17.0 * i);
        for (int k = 0; k < 4; k++) time[k][i] = 20 * stretch[k] * frailty * (k ? shake : 1.5 - shake / 2);
        event[i] = i % 7 != 3;
        who[i] = (uint64_t)i + 1;
    }
    for (int k = 0; k < 4; k++) arms[k] = (rlp_survival_t){N, time[k], event, who};
    assert_int_equal(rlp_bliss_excess(four, 12, N, &whole, &until), RLP_OK);
    assert_true(until > 11);
    double horizon = until - 0.5; /* so that leaving one out moves no end */
    assert_int_equal(rlp_bliss_excess(four, horizon, N, &whole, &until), RLP_OK);
    for (int i = 0; i < N; i++) {
        for (int j = 0, n = 0; j < N; j++) {
            if (j == i) continue;
            for (int k = 0; k < 4; k++) left[k][n] = time[k][j];
            kept[n] = event[j];
            others[n++] = who[j];
        }
        for (int k = 0; k < 4; k++) arms[k] = (rlp_survival_t){N - 1, left[k], kept, others};
        assert_int_equal(rlp_bliss_excess(four, horizon, N, &part, &until), RLP_OK);
        assert_true(until == horizon);
        sum += value[i] = part.value;
    }
    for (int i = 0; i < N; i++) squares += (value[i] - sum / N) * (value[i] - sum / N);
    double jackknife = sqrt(squares * (N - 1) / N);
    assert_true(fabs(whole.std_err / jackknife - 1) < 0.02);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_those_of_the_paired_difference),
        cmocka_unit_test(the_later_is_two_less_the_earlier),
        cmocka_unit_test(the_later_where_one_arm_is_censored_early),
        cmocka_unit_test(bliss_by_hand),
        cmocka_unit_test(bliss_errors_are_those_of_the_jackknife),
    };
    return cmocka_run_group_tests_name("contrasts", tests, NULL, NULL);
}
