/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The law of a count by inversion, and the founders' law of progression, against closed forms and the analytic notes. Deterministic. */
#include "laws.h"
#include "reference_test.h"

static const unsigned char R[] = {0, 1};

static double below(const rlp_process_t *p, const unsigned char *set, double level, bool founders, double t) {
    double value;
    assert_int_equal(rlp_reference_below(p, set, level, founders, &t, 1, &value), RLP_OK);
    return value;
}

static void assert_near(const char *what, double found, double wanted, double bound) {
    if (!(fabs(found - wanted) <= bound)) fail_msg("%s: %.15g, not %.15g (difference %.2g)", what, found, wanted, fabs(found - wanted));
}

/* On the circle: sums of the negative binomial mixture. */
static void small_counts_have_kendalls_law(void **state) {
    static double law[400];
    rlp_process_t p;
    unsigned char all = 1;
    double sum = 0;
    (void)state;
    exam_process("process: {types: {S: {cells: 3, birth: 0.3, death: 0.2}}}", &p);
    rlp_moebius_law(rlp_moebius_growth(0.3, 0.2, 10), 3, law, 400);
    for (unsigned m = 0; m < 100; m++) {
        if (m < 5 || m % 31 == 0) assert_near("P(N < m)", below(&p, &all, m, false, 10), sum, 2e-9);
        sum += law[m];
    }
    assert_near("2.5 cells are 3", below(&p, &all, 2.5, false, 10), law[0] + law[1] + law[2], 2e-9);
    rlp_process_free(&p);
}

/* By Euler: one cell, geometric: P(N < m) = 1 - (1 - alpha) beta^(m - 1). */
static void large_counts_have_kendalls_law(void **state) {
    rlp_process_t p;
    unsigned char all = 1;
    double alpha = rlp_moebius_extinct(rlp_moebius_growth(0.2, 0.1, 140)), beta = rlp_moebius_ratio(rlp_moebius_growth(0.2, 0.1, 140));
    (void)state;
    exam_process("process: {types: {S: {cells: 1, birth: 0.2, death: 0.1}}}", &p);
    for (double m = 401; m < 1e8; m *= 7.3) assert_near("geometric", below(&p, &all, m, false, 140), 1 - (1 - alpha) * exp((ceil(m) - 1) * log(beta)), 2e-7);
    rlp_process_free(&p);
}

/* At 400 cells the circle ends: the chance of 400 itself, over the border, is the mean of its neighbours' up to curvature (1e-8 here). */
static void the_two_inversions_meet(void **state) {
    rlp_process_t p;
    (void)state;
    exam_process("process: {types: {S: {cells: 100000, birth: 0.14, death: 0.16}, R: {cells: 0, birth: 0.2, death: 0.1}}, channels: [{kind: mutation, from: S, to: R, probability: 0.0001}]}", &p);
    double before = below(&p, R, 399, false, 40), at = below(&p, R, 400, false, 40), next = below(&p, R, 401, false, 40), after = below(&p, R, 402, false, 40);
    assert_true(at > 0.05 && at < 0.95);
    assert_near("smooth over the border", next - at, (at - before + after - next) / 2, 2e-7);
    rlp_process_free(&p);
}

/* L30: P(R(50) >= M) from 10^5 cells; L24: a constant source gives the negative binomial exactly, so that there the founders' law is no approximation. */
static void founders_with_kendall_lines(void **state) {
    static const double M[] = {1000, 2000, 3000, 4000}, L30[] = {0.842478801081, 0.314360011164, 0.0605917735937, 0.00786594184556};
    rlp_process_t p;
    (void)state;
    exam_process("process: {types: {S: {cells: 100000, birth: 0.14, death: 0.16}, R: {cells: 0, birth: 0.2, death: 0.1}}, channels: [{kind: mutation, from: S, to: R, probability: 0.0001}]}", &p);
    for (size_t k = 0; k < 4; k++) {
        assert_near("L30", 1 - below(&p, R, M[k], false, 50), L30[k], 3e-7);
        assert_near("L30, founders", 1 - below(&p, R, M[k], true, 50), L30[k], 2e-3); /* 10^5 cells are nearly their mean */
    }
    rlp_process_free(&p);
    exam_process("process: {types: {A: {cells: 1, birth: 0, death: 0}, C: {cells: 0, birth: 0.2, death: 0.1}}, channels: [{kind: mutation, from: A, to: C, rate: 0.5}]}", &p);
    double beta = rlp_moebius_ratio(rlp_moebius_growth(0.2, 0.1, 20)), sum = 0;
    for (unsigned m = 0; m < 60; m++) {
        if (m % 13 == 1) {
            assert_near("L24, founders", below(&p, R, m, true, 20), sum, 2e-9);
            assert_near("L24", below(&p, R, m, false, 20), sum, 2e-9);
        }
        sum += gsl_ran_negative_binomial_pdf(m, 1 - beta, 2.5);
    }
    rlp_process_free(&p);
}

/* 10^9 cells that stay by their mean, and a law without width. */
static void narrow_laws_are_normal(void **state) {
    rlp_process_t p;
    unsigned char all = 1;
    (void)state;
    exam_process("process: {types: {S: {cells: 1000000000, birth: 0.1, death: 0.1}}}", &p);
    double sd = sqrt(2 * 0.1 * 10 * 1e9);
    assert_near("one sd below", below(&p, &all, 1e9 - sd, false, 10), gsl_cdf_ugaussian_P(-1), 1e-4);
    assert_near("at day 0", below(&p, &all, 1e9, false, 0), 0, 0);
    assert_near("at day 0", below(&p, &all, 1e9 + 1, false, 0), 1, 0);
    assert_near("out of reach", below(&p, &all, 4e18, false, 10), 1, 0);
    rlp_process_free(&p);
}

static void progression(const char *text, const unsigned char *set, double level, bool visits, const double *t, size_t n, rlp_reference_point_t *points, double *lead) {
    rlp_process_t p;
    exam_process(text, &p);
    assert_int_equal(rlp_reference_progression(&p, set, level, visits, t, n, points, lead), RLP_OK);
    rlp_process_free(&p);
}

/* L31, L19: the first cell at any instant; exact, and 10^6 cells make the founders' law the same to 1e-6 (the notes' Poisson limit). */
static void the_first_cell_is_exact(void **state) {
    static const double DAYS[] = {100, 150};
    rlp_reference_point_t at[2];
    double lead;
    (void)state;
    progression("process: {types: {S: {cells: 1000000, birth: 0.14, death: 0.19}, R: {cells: 0, birth: 0.2, death: 0.1}}, channels: [{kind: mutation, from: S, to: R, probability: 2.0e-7}]}",
                R, 1, false, DAYS, 2, at, &lead);
    assert_close("L31", at[0].exact, 0.573369175918, 1e-11);
    assert_close("L31", at[1].exact, 0.571386775013, 1e-11);
    /* Founders by their means, p b N0 (1 - e^(-a t))/a with a = d - b (1 - p). */
    double a = 0.19 - 0.14 * (1 - 2e-7), founders = 2e-7 * 0.14 * 1e6 * -expm1(-a * 150) / a;
    assert_close("expected founders", at[1].founders, founders, 1e-11);
    assert_close("founders' law", at[1].survival, exp(-founders), 1e-11);
    assert_close("the notes' limit", at[1].survival, 0.571386010261, 1e-6);
    assert_true(lead == 0 && at[1].growing);
    /* Half of them die out: at 150 d P(no R) is 0.7558, and their Poisson law says so within what N_S varies. */
    assert_close("lines alive", exp(-at[1].living), 0.755828187103, 2e-6);
}

/* At visits the first cell is seen only there: one type, by hand, with Kendall's maps: no cell at day 10 and none at day 20. */
static void the_first_cell_at_visits(void **state) {
    static const double DAYS[] = {10, 20};
    static const char TEXT[] = "process: {types: {A: {cells: 1, birth: 0, death: 0}, C: {cells: 0, birth: 0.2, death: 0.3}}, channels: [{kind: mutation, from: A, to: C, rate: 0.5}]}";
    rlp_reference_point_t at[2], instant[2];
    double lead, beta = rlp_moebius_ratio(rlp_moebius_growth(0.2, 0.3, 10)), none = pow(1 - beta, 2.5);
    (void)state;
    progression(TEXT, R, 1, true, DAYS, 2, at, &lead);
    assert_close("none at day 10", at[0].exact, none, 1e-11);
    assert_close("none at day 10 nor 20", at[1].exact, none * none, 1e-11); /* after an empty visit all begins anew */
    assert_close("the source is constant", at[1].survival, at[1].exact, 1e-11);
    progression(TEXT, R, 1, false, DAYS, 2, instant, &lead);
    assert_close("none ever", log(instant[1].exact), -10, 1e-10);
    assert_close("five founders", instant[0].founders, 5, 1e-11);
}

/* L28: one founder to 1000 cells. At any instant the exact law leads that of the count by d/(b - d) = 1 cell, 0.1 % of 1000, 0.01 d. */
static void growth_time_of_one_founder(void **state) {
    static const double DAYS[] = {50, 60, 80, 100}, L28[] = {0.0170926049738, 0.144987470992, 0.422985735006, 0.488810824212};
    unsigned char all = 1;
    rlp_reference_point_t at[4], later[4];
    double lead, shifted[4];
    (void)state;
    progression("process: {types: {S: {cells: 1, birth: 0.2, death: 0.1}}}", &all, 1000, false, DAYS, 4, at, &lead);
    assert_close("lead", lead, 0.1 / (0.1 * 0.1 * 1000), 1e-12);
    for (size_t k = 0; k < 4; k++) shifted[k] = DAYS[k] + lead;
    progression("process: {types: {S: {cells: 1, birth: 0.2, death: 0.1}}}", &all, 1000, false, shifted, 4, later, &lead);
    for (size_t k = 0; k < 4; k++) {
        assert_true(at[k].growing);
        assert_true(1 - at[k].exact <= L28[k] + 1e-8); /* never above the law of the maximum */
        assert_near("L28", 1 - later[k].exact, L28[k], 2e-5);
    }
}

/* L27: 20 cells are too few for Poisson founders, which shows in the difference; the exact law of the count is that of the first passage, behind it by
 * the lead that is told, to first order in 1/M. */
static void small_residual_disease(void **state) {
    static const char TEXT[] = "process: {types: {S: {cells: 20, birth: 0.14, death: 0.17}, R: {cells: 0, birth: 0.14, death: 0.05}}, channels: [{kind: mutation, from: S, to: R, probability: 0.02}]}";
    static const double DAYS[] = {30, 60, 120, 240}, L27[] = {0.0616608811884, 0.408634089419, 0.583764474801, 0.595541741947};
    rlp_reference_point_t at[4], later[4];
    double lead, shifted[4];
    (void)state;
    progression(TEXT, R, 30, false, DAYS, 4, at, &lead);
    for (size_t k = 0; k < 4; k++) shifted[k] = DAYS[k] + 1.25 * lead;
    progression(TEXT, R, 30, false, shifted, 4, later, &lead);
    for (size_t k = 0; k < 4; k++) {
        assert_true(at[k].growing);
        assert_true(1 - at[k].exact <= L27[k] + 1e-8);
        assert_true(1 - later[k].exact >= L27[k] - 1e-6);
        assert_near("L27", 1 - at[k].exact, L27[k], 0.004);
    }
    assert_true(fabs(at[3].survival - at[3].exact) > 0.05);
}

/* Resistant cells that shrink under a second drug: said to be a bound from there on, and never rises. */
static void shrinking_cells_are_said_to(void **state) {
    static const double DAYS[] = {20, 40, 60, 80};
    rlp_reference_point_t at[4];
    double lead;
    (void)state;
    progression("process: {types: {S: {cells: 100000, birth: 0.14, death: 0.16}, R: {cells: 0, birth: 0.2, death: 0.1}}, channels: [{kind: mutation, from: S, to: R, probability: 0.0001}]}\n"
                "arms: {all: {timeline: [{at: 50 d, set: {R: {death: 0.3}}}]}}",
                R, 500, false, DAYS, 4, at, &lead);
    assert_true(at[0].growing && at[1].growing && !at[2].growing && !at[3].growing);
    assert_true(at[2].survival <= at[1].survival && at[3].survival <= at[2].survival && at[3].survival > 0);
    progression("process: {types: {S: {cells: 100000, birth: 0.14, death: 0.16}, R: {cells: 0, birth: 0.2, death: 0.1}}, channels: [{kind: mutation, from: S, to: R, probability: 0.0001}]}\n"
                "arms: {all: {timeline: [{at: 50 d, survive: {S: 0.5}}]}}",
                R, 500, false, DAYS, 4, at, &lead);
    assert_true(at[3].growing);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_counts_have_kendalls_law),
        cmocka_unit_test(large_counts_have_kendalls_law),
        cmocka_unit_test(the_two_inversions_meet),
        cmocka_unit_test(founders_with_kendall_lines),
        cmocka_unit_test(narrow_laws_are_normal),
        cmocka_unit_test(the_first_cell_is_exact),
        cmocka_unit_test(the_first_cell_at_visits),
        cmocka_unit_test(growth_time_of_one_founder),
        cmocka_unit_test(small_residual_disease),
        cmocka_unit_test(shrinking_cells_are_said_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
