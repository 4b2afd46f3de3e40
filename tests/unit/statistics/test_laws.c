/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Laws of relapse/statistics.h that need no other program. Deterministic. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "relapse/memory.h"
#include "relapse/statistics.h"

#define N 60

/* A cohort with ties, three causes and censoring from Weyl sequences; `shift` makes others. */
typedef struct {
    double time[N];
    bool event[N];
    unsigned cause[N];
    rlp_survival_t survival;
} cohort_t;

static double weyl(size_t i, double step) { return fmod((double)(i + 1) * step, 1); }

static void make_cohort(cohort_t *cohort, double shift) {
    for (size_t i = 0; i < N; i++) {
        cohort->time[i] = floor(20 * -log(1 - weyl(i, 0.6180339887498949 + shift))) + (i % 3 == 0 ? 0.5 : 0);
        cohort->cause[i] = (unsigned)(4 * weyl(i, 1.4142135623730951 + shift));
        cohort->event[i] = cohort->cause[i] > 0;
    }
    cohort->survival = (rlp_survival_t){N, cohort->time, cohort->event, NULL};
}

static void assert_close(double a, double b, double tolerance) {
    if (!(fabs(a - b) <= tolerance * fmax(1, fabs(b)))) fail_msg("%.17g is not %.17g", a, b);
}

/* ---- curves --------------------------------------------------------------------------------------------------------------- */
static void order_of_patients_does_not_matter(void **state) {
    (void)state;
    cohort_t a, b;
    make_cohort(&a, 0);
    b = a;
    for (size_t i = 0; i < N; i++) {
        b.time[i] = a.time[(i * 37 + 11) % N];
        b.event[i] = a.event[(i * 37 + 11) % N];
    }
    b.survival = (rlp_survival_t){N, b.time, b.event, NULL};
    rlp_km_t km_a, km_b;
    assert_int_equal(rlp_km_init(&km_a, &a.survival), 0);
    assert_int_equal(rlp_km_init(&km_b, &b.survival), 0);
    assert_int_equal(km_a.rows, km_b.rows);
    assert_memory_equal(km_a.row, km_b.row, km_a.rows * sizeof *km_a.row);
    rlp_km_free(&km_a);
    rlp_km_free(&km_b);
}

static void causes_and_survivors_sum_to_one(void **state) {
    (void)state;
    cohort_t c;
    make_cohort(&c, 0);
    rlp_cuminc_t curve;
    rlp_km_t km;
    assert_int_equal(rlp_cuminc_init(&curve, N, c.time, c.cause, 3), 0);
    assert_int_equal(rlp_km_init(&km, &c.survival), 0);
    assert_int_equal(curve.rows, km.rows);
    for (size_t row = 0; row < curve.rows; row++) {
        double sum = curve.event_free[row].value;
        for (size_t k = 0; k < 3; k++) sum += curve.point[3 * row + k].value;
        assert_close(sum, 1, 1e-14);
        assert_close(curve.event_free[row].value, km.row[row].survival, 1e-14);
        assert_int_equal(curve.event_free[row].events, km.row[row].events);
    }
    rlp_cuminc_free(&curve);
    rlp_cuminc_free(&curve);
    rlp_km_free(&km);
}

/* The infinitesimal jackknife of a single cause is Greenwood's variance, exactly. */
static void one_cause_has_greenwoods_error(void **state) {
    (void)state;
    cohort_t c;
    make_cohort(&c, 0.1);
    unsigned one[N];
    for (size_t i = 0; i < N; i++) one[i] = c.event[i];
    rlp_cuminc_t curve;
    rlp_km_t km;
    assert_int_equal(rlp_cuminc_init(&curve, N, c.time, one, 1), 0);
    assert_int_equal(rlp_km_init(&km, &c.survival), 0);
    for (size_t row = 0; row < curve.rows; row++) {
        assert_close(curve.point[row].value, 1 - km.row[row].survival, 1e-14);
        if (km.row[row].survival > 0) assert_close(curve.point[row].std_err, km.row[row].std_err, 1e-12);
    }
    rlp_cuminc_free(&curve);
    rlp_km_free(&km);
}

static void nobody_gives_no_rows_and_nan(void **state) {
    (void)state;
    rlp_survival_t nobody = {0, NULL, NULL, NULL};
    cohort_t c;
    make_cohort(&c, 0);
    rlp_km_t km;
    assert_int_equal(rlp_km_init(&km, &nobody), 0);
    assert_int_equal(km.rows, 0);
    assert_true(isnan(rlp_km_quantile(&km, 0.5).value) && isnan(rlp_km_rmst(&km, 10).value) && isnan(rlp_km_at(&km, 1).survival));
    rlp_km_free(&km);
    rlp_cox_t cox;
    assert_int_equal(rlp_cox_fit(&c.survival, &nobody, &cox), 0);
    assert_true(isnan(cox.coefficient) && isnan(cox.hazard_ratio) && isnan(cox.lower95));
    rlp_logrank_t test;
    assert_int_equal(rlp_logrank(&nobody, &c.survival, &test), 0);
    assert_true(test.chi2 == 0 && isnan(test.p));
    rlp_rmst_comparison_t pairs;
    assert_int_equal(rlp_rmst_compare(&c.survival, &nobody, 30, &pairs), 0);
    assert_true(isnan(pairs.difference) && isnan(pairs.std_err) && pairs.pairs == 0);
}

static void after_the_last_row_nothing_is_known_unless_all_had_the_event(void **state) {
    (void)state;
    rlp_survival_t open = {2, (const double[]){3, 5}, (const bool[]){true, false}, NULL};
    rlp_survival_t closed = {2, (const double[]){3, 5}, (const bool[]){true, true}, NULL};
    rlp_km_t km;
    assert_int_equal(rlp_km_init(&km, &open), 0);
    assert_true(rlp_km_at(&km, 5).survival == 0.5 && isnan(rlp_km_at(&km, 5.1).survival) && rlp_km_at(&km, 5.1).at_risk == 0);
    rlp_km_free(&km);
    assert_int_equal(rlp_km_init(&km, &closed), 0);
    assert_true(rlp_km_at(&km, 4).survival == 0.5 && rlp_km_at(&km, 4).at_risk == 1 && rlp_km_at(&km, 6).survival == 0);
    rlp_km_free(&km);
}

/* ---- influence and pairs ------------------------------------------------------------------------------------------------------ */
static void influences_sum_to_zero_and_their_squares_to_greenwood(void **state) {
    (void)state;
    cohort_t c;
    make_cohort(&c, 0.2);
    for (double horizon = 5; horizon < 100; horizon *= 1.7) {
        double influence[N], sum = 0, squares = 0;
        rlp_estimate_t rmst;
        assert_int_equal(rlp_rmst_influence(&c.survival, horizon, &rmst, influence), 0);
        for (size_t i = 0; i < N; i++) {
            sum += influence[i];
            squares += influence[i] * influence[i];
        }
        assert_close(sum, 0, 1e-12);
        assert_close(sqrt(squares), rmst.std_err, 1e-12);
    }
}

/* An influence is a derivative: with every patient 2000 times, one more copy of patient i moves the restricted mean by phi_i / 2000. */
static void influence_is_the_effect_of_one_more_copy(void **state) {
    (void)state;
    enum { COPIES = 2000, SOME = 12 };
    static double time[COPIES * SOME + 1];
    static bool event[COPIES * SOME + 1];
    cohort_t c;
    make_cohort(&c, 0);
    c.survival.n = SOME;
    double influence[SOME];
    rlp_estimate_t rmst;
    assert_int_equal(rlp_rmst_influence(&c.survival, 25, &rmst, influence), 0);
    for (size_t i = 0; i < COPIES * SOME; i++) {
        time[i] = c.time[i % SOME];
        event[i] = c.event[i % SOME];
    }
    for (size_t i = 0; i < SOME; i++) {
        time[COPIES * SOME] = c.time[i];
        event[COPIES * SOME] = c.event[i];
        rlp_survival_t more = {COPIES * SOME + 1, time, event, NULL};
        rlp_km_t km;
        assert_int_equal(rlp_km_init(&km, &more), 0);
        assert_close(COPIES * (rlp_km_rmst(&km, 25).value - rmst.value), influence[i], 3e-3);
        rlp_km_free(&km);
    }
}

static void an_arm_against_itself_leaves_no_doubt(void **state) {
    (void)state;
    cohort_t c;
    make_cohort(&c, 0.3);
    rlp_rmst_comparison_t pairs;
    assert_int_equal(rlp_rmst_compare(&c.survival, &c.survival, 30, &pairs), 0);
    assert_true(pairs.difference == 0 && pairs.std_err == 0 && pairs.pairs == N);
    assert_close(pairs.correlation, 1, 1e-14);
    assert_true(pairs.independent_std_err > 0);
    rlp_cox_t cox;
    assert_int_equal(rlp_cox_fit(&c.survival, &c.survival, &cox), 0);
    assert_close(cox.hazard_ratio, 1, 1e-14);
    assert_close(cox.robust_std_err, 0, 1e-14);
    assert_true(cox.naive_std_err > 0.1);
}

static void strangers_are_independent_arms(void **state) {
    (void)state;
    cohort_t a, b;
    make_cohort(&a, 0);
    make_cohort(&b, 0.4);
    uint64_t others[N];
    for (size_t i = 0; i < N; i++) others[i] = 1000 + i;
    b.survival.patient = others;
    rlp_rmst_comparison_t pairs;
    assert_int_equal(rlp_rmst_compare(&a.survival, &b.survival, 30, &pairs), 0);
    assert_close(pairs.std_err, pairs.independent_std_err, 1e-12);
    assert_true(pairs.pairs == 0 && isnan(pairs.correlation));
}

/* ---- hazards ---------------------------------------------------------------------------------------------------------------------- */
static void swapping_arms_inverts_the_ratio(void **state) {
    (void)state;
    cohort_t a, b;
    make_cohort(&a, 0);
    make_cohort(&b, 0.25);
    rlp_cox_t there, back;
    rlp_logrank_t test, reverse;
    assert_int_equal(rlp_cox_fit(&a.survival, &b.survival, &there), 0);
    assert_int_equal(rlp_cox_fit(&b.survival, &a.survival, &back), 0);
    assert_close(there.coefficient, -back.coefficient, 1e-12);
    assert_close(there.robust_std_err, back.robust_std_err, 1e-11);
    assert_close(there.lower95 * back.upper95, 1, 1e-11);
    assert_int_equal(rlp_logrank(&a.survival, &b.survival, &test), 0);
    assert_int_equal(rlp_logrank(&b.survival, &a.survival, &reverse), 0);
    assert_close(test.chi2, reverse.chi2, 1e-12);
}

/* One patient in the arm among n in the reference, one event in the reference and then hers: the maximum is at the ratio sqrt(n (n - 1)),
 * and the first Newton step from 1 leads n / 2 beyond it, where exp() overflows. */
static void steep_ratios_are_found(void **state) {
    (void)state;
    enum { MANY = 10000 };
    static double time[MANY];
    static bool event[MANY];
    for (size_t i = 0; i < MANY; i++) {
        time[i] = i == 0 ? 1 : 3;
        event[i] = i == 0;
    }
    rlp_survival_t reference = {MANY, time, event, NULL}, arm = {1, (const double[]){2}, (const bool[]){true}, NULL};
    rlp_cox_t cox;
    assert_int_equal(rlp_cox_fit(&reference, &arm, &cox), 0);
    assert_close(cox.coefficient, log(MANY * (MANY - 1.0)) / 2, 1e-12);
    assert_close(cox.naive_std_err, sqrt(2), 1e-8); /* two steps of x (1 - x) = 1/4 */
}

static void a_ratio_without_maximum_is_said_to_be_so(void **state) {
    (void)state;
    const double early[] = {1, 2, 3}, late[] = {4, 5, 6};
    const bool all[] = {true, true, true}, none[] = {false, false, false};
    rlp_survival_t early_all = {3, early, all, NULL}, late_all = {3, late, all, NULL}, early_none = {3, early, none, NULL},
                   late_none = {3, late, none, NULL};
    rlp_cox_t cox;
    assert_int_equal(rlp_cox_fit(&late_none, &early_all, &cox), 0); /* events in the arm alone */
    assert_true(cox.coefficient == INFINITY && cox.hazard_ratio == INFINITY && isnan(cox.robust_std_err) && isnan(cox.lower95) &&
                isnan(cox.upper95));
    assert_int_equal(rlp_cox_fit(&late_all, &early_all, &cox), 0); /* events in both, but apart */
    assert_true(cox.hazard_ratio == INFINITY);
    assert_int_equal(rlp_cox_fit(&early_all, &late_none, &cox), 0); /* in the reference alone */
    assert_true(cox.coefficient == -INFINITY && cox.hazard_ratio == 0 && isnan(cox.naive_std_err) && isnan(cox.lower95));
    assert_int_equal(rlp_cox_fit(&late_none, &early_none, &cox), 0); /* nowhere */
    assert_true(isnan(cox.coefficient) && isnan(cox.hazard_ratio));
    assert_int_equal(rlp_cox_fit(&late_all, &early_none, &cox), 0); /* only after the other arm has gone */
    assert_true(isnan(cox.coefficient));
}

static void all_events_at_one_time_say_nothing(void **state) {
    (void)state;
    rlp_survival_t both = {2, (const double[]){7, 7}, (const bool[]){true, true}, NULL};
    rlp_logrank_t test;
    assert_int_equal(rlp_logrank(&both, &both, &test), 0);
    assert_true(isnan(test.chi2) && isnan(test.p) && test.expected[0] == 2);
}

/* ---- samples ----------------------------------------------------------------------------------------------------------------------- */
static double draw(size_t i) { return i % 7 == 0 ? 0 : 1e9 + 1000 * weyl(i, 0.6180339887498949); }

static void merging_blocks_is_adding(void **state) {
    (void)state;
    rlp_moments_t whole = {0}, merged = {0}, again = {0};
    for (size_t i = 0; i < 1000; i++) rlp_moments_add(&whole, draw(i));
    for (size_t i = 0; i < 1000;) {
        rlp_moments_t block = {0};
        for (size_t j = 0; j < 64 && i < 1000; j++, i++) rlp_moments_add(&block, draw(i));
        rlp_moments_merge(&merged, &block);
        rlp_moments_merge(&again, &block);
    }
    assert_memory_equal(&merged, &again, sizeof merged);
    assert_true(merged.n == 1000 && whole.extinct == 143 && merged.extinct == 143);
    assert_close(merged.mean, whole.mean, 1e-14);
    assert_close(rlp_moments_variance(&merged) / rlp_moments_variance(&whole), 1, 1e-12);
}

static void nothing_merged_changes_nothing(void **state) {
    (void)state;
    rlp_moments_t none = {0}, block = {0}, into = {0};
    for (size_t i = 1; i < 20; i++) rlp_moments_add(&block, draw(i) / 3);
    rlp_moments_merge(&into, &block);
    assert_memory_equal(&into, &block, sizeof into);
    rlp_moments_merge(&into, &none);
    assert_memory_equal(&into, &block, sizeof into);
    assert_true(isnan(rlp_moments_variance(&none)) && isnan(rlp_moments_std_err(&none)));
}

/* Small spread on a large mean: sums of squares would have lost it all. */
static void spread_on_a_large_mean_is_kept(void **state) {
    (void)state;
    rlp_moments_t a = {0}, b = {0};
    for (int i = 0; i < 1000; i++) rlp_moments_add(i < 300 ? &a : &b, 1e12 + (i % 2 ? 1 : -1));
    rlp_moments_merge(&a, &b);
    assert_close(rlp_moments_variance(&a), 1000.0 / 999, 1e-6);
}

static void infinite_values_count_above_every_quantile(void **state) {
    (void)state;
    double v[] = {INFINITY, 3, 1, INFINITY, 2};
    rlp_sample_sort(v, 5);
    assert_true(rlp_sample_quantile(v, 5, 0.5) == 3 && rlp_sample_quantile(v, 5, 0.25) == 2);
    assert_true(isinf(rlp_sample_quantile(v, 5, 0.6)) && isinf(rlp_sample_quantile(v, 5, 0.75)) && isinf(rlp_sample_quantile(v, 5, 1)));
    assert_true(isnan(rlp_sample_quantile(v, 0, 0.5)) && isnan(rlp_sample_quantile(v, 5, 1.1)) && isnan(rlp_sample_quantile(v, 5, NAN)));
}

/* ---- failures ------------------------------------------------------------------------------------------------------------------------ */
/* prop.test(k, 50, correct = FALSE) of R 4.2. */
static void shares_have_wilsons_interval(void **state) {
    (void)state;
    static const double R[4][3] = {{0, 0, 0.071347599133358683}, {1, 0.0035392592716462297, 0.1049544358963781093}, {15, 0.19103553500880949, 0.43750350464453397}, {50, 0.92865240086664136, 1}};
    for (size_t k = 0; k < 4; k++) {
        rlp_interval_t share = rlp_proportion((uint64_t)R[k][0], 50);
        assert_true(share.value == R[k][0] / 50 && fabs(share.lower95 - R[k][1]) < 1e-12 && fabs(share.upper95 - R[k][2]) < 1e-12);
    }
    rlp_interval_t none = rlp_proportion(0, 0);
    assert_true(isnan(none.value) && isnan(none.lower95) && isnan(none.upper95));
}

static void times_and_causes_out_of_range_are_refused(void **state) {
    (void)state;
    const bool event[] = {true, true};
    const double bad[] = {-1, NAN, INFINITY};
    for (size_t i = 0; i < 3; i++) {
        const double time[] = {1, bad[i]};
        rlp_survival_t arm = {2, time, event, NULL};
        rlp_km_t km;
        rlp_cuminc_t curve;
        rlp_cox_t cox;
        assert_int_equal(rlp_km_init(&km, &arm), RLP_ERROR_INPUT);
        assert_non_null(strstr(rlp_fail_message(), "row 2"));
        rlp_km_free(&km);
        assert_int_equal(rlp_cox_fit(&arm, &arm, &cox), RLP_ERROR_INPUT);
        assert_int_equal(rlp_cuminc_init(&curve, 2, time, (const unsigned[]){1, 1}, 1), RLP_ERROR_INPUT);
    }
    rlp_cuminc_t curve;
    assert_int_equal(rlp_cuminc_init(&curve, 2, (const double[]){1, 2}, (const unsigned[]){1, 3}, 2), RLP_ERROR_INPUT);
    assert_null(curve.point);
}

static int everything(const cohort_t *c) {
    rlp_km_t km;
    rlp_cuminc_t curve = {0};
    rlp_logrank_t test;
    rlp_cox_t cox;
    rlp_rmst_comparison_t pairs;
    rlp_trial_print_t print;
    double scores[N], rmst;
    int rc = rlp_km_init(&km, &c->survival);
    if (rc == 0) rc = rlp_cuminc_init(&curve, N, c->time, c->cause, 3);
    if (rc == 0) rc = rlp_logrank(&c->survival, &c->survival, &test);
    if (rc == 0) rc = rlp_cox_fit(&c->survival, &c->survival, &cox);
    if (rc == 0) rc = rlp_rmst_compare(&c->survival, &c->survival, 10, &pairs);
    if (rc == 0) rc = rlp_later_scores(&c->survival, &c->survival, 10, N, &rmst, scores);
    if (rc == 0) rc = rlp_trial_repeat(&c->survival, 20, &c->survival, 20, &(rlp_trial_plan_t){1, 1, 1}, 1, 1, &print);
    rlp_km_free(&km);
    rlp_cuminc_free(&curve);
    return rc;
}

/* Leaks show in a sanitised build. */
static void every_allocation_may_fail(void **state) {
    (void)state;
    cohort_t c;
    make_cohort(&c, 0);
    rlp_memory_fail_at(0);
    assert_int_equal(everything(&c), 0);
    size_t asked = rlp_memory_fail_at(0);
    assert_true(asked > 20);
    for (size_t i = 1; i <= asked; i++) {
        rlp_memory_fail_at(i);
        assert_int_equal(everything(&c), RLP_ERROR_MEMORY);
    }
    rlp_memory_fail_at(0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_of_patients_does_not_matter),
        cmocka_unit_test(causes_and_survivors_sum_to_one),
        cmocka_unit_test(one_cause_has_greenwoods_error),
        cmocka_unit_test(nobody_gives_no_rows_and_nan),
        cmocka_unit_test(after_the_last_row_nothing_is_known_unless_all_had_the_event),
        cmocka_unit_test(influences_sum_to_zero_and_their_squares_to_greenwood),
        cmocka_unit_test(influence_is_the_effect_of_one_more_copy),
        cmocka_unit_test(an_arm_against_itself_leaves_no_doubt),
        cmocka_unit_test(strangers_are_independent_arms),
        cmocka_unit_test(swapping_arms_inverts_the_ratio),
        cmocka_unit_test(steep_ratios_are_found),
        cmocka_unit_test(a_ratio_without_maximum_is_said_to_be_so),
        cmocka_unit_test(all_events_at_one_time_say_nothing),
        cmocka_unit_test(merging_blocks_is_adding),
        cmocka_unit_test(nothing_merged_changes_nothing),
        cmocka_unit_test(spread_on_a_large_mean_is_kept),
        cmocka_unit_test(infinite_values_count_above_every_quantile),
        cmocka_unit_test(shares_have_wilsons_interval),
        cmocka_unit_test(times_and_causes_out_of_range_are_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
