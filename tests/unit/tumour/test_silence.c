/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows that can do nothing in an arm are not evaluated there; all that can do something must be. Each case is a way in which a row whose
 * own source stands still acts all the same. */
#include "tumour_test.h"

#define MODEL                                                                                                                        \
    TUMOUR_TWO "drugs:\n  x: {dose: 1000 mg, pk: {half_life: 1.0e+5 d, volume: 100 L}, effect: {changes: death, max: 0, half: 10 mg/L}}\n" \
               "  never: {dose: 1000 mg, pk: {half_life: 1 d, volume: 100 L}, effect: {changes: death, max: 0, half: 10 mg/L}}\n"          \
               "interventions: {set: {signals: {s: {add: 0.5}}}, plain: {}, undone: {signals: {u: {add: 9}}}}\n"                           \
               "signals: {s: {rest: 1, tau: 1.0e+5 d}, z: {rest: 0, tau: 1.0e+5 d}, u: {rest: 1, tau: 3 d}, w: {rest: 0, tau: 0.5 d, per: patient}}\n"
#define ARMS "arms: {x: [{do: set, at: 0 d}, {do: plain, at: 0 d}, {give: x, every: 1 d, doses: 1}]}\n"
#define WITHIN 1e-4

static double added(const char *text) {
    compiled_t c;
    compile_text(&c, text, 2);
    double rate = rate_at(&c, death_of(&c, "core/none"), 1);
    compiled_free(&c);
    return rate - 0.08;
}
#define ADDED(rows) added(MODEL "mechanisms:\n" rows ARMS)
#define A(of) "  A: {to: death, " of "}\n"

static void what_stands_still_does_nothing(void **state) {
    (void)state;
    assert_near(ADDED(A("from: u, law: linear, slope: 0.04 /d")), 0, 0);
    assert_near(ADDED(A("from: never.level, law: hill, max: 0.04 /d, half: 1")), 0, 0);
    assert_near(ADDED(A("from: never.days_on, law: threshold, max: 0.04 /d, at: 1 d")), 0, 0);
    assert_near(ADDED(A("from: undone, law: window, max: 0.04 /d, window: 5 d")), 0, 0);
    assert_near(ADDED(A("from: never.stop, law: linear, slope: 0.04 /d, window: 5 d")), 0, 0);
    assert_near(ADDED(A("from: u, law: hill, max: 0.04 /d, half: 1, origin: 0, above_rest: true")), 0, 0);
    assert_near(ADDED(A("from: u, law: hill, max: 0.04 /d, half: 1, origin: 0, above_rest: true") "  B: {from: z, to: A, law: inverse, slope: 1, origin: -1}\n"), 0, 0);
    assert_near(ADDED(A("from: always, law: linear, slope: 0.04 /d, above_rest: true")), 0, 0);
    assert_near(ADDED(A("from: w, law: linear, slope: 0.04 /d") "  B: {from: u, to: w, law: linear, slope: 1}\n"), 0, 0);
    assert_near(ADDED(A("from: u, law: linear, slope: 0.04 /d") "  B: {from: s, to: A, law: factor, slope: 1}\n"), 0, 0); /* twice nothing */
    assert_near(ADDED(A("from: u, law: linear, slope: 0.04 /d") "  B: {from: s, to: u.speed, law: factor, slope: 1}\n"), 0, 0);
}

static size_t segments(const char *text) {
    compiled_t c;
    compile_text(&c, text, 2);
    size_t n = c.process.n_segments;
    compiled_free(&c);
    return n;
}

/* A threshold of a row cuts segments; not so where the row that it is aimed at does nothing. */
static void what_nobody_asks_for_cuts_nothing(void **state) {
    (void)state;
#define STEP "  B: {from: x.days_on, to: A, law: threshold, as: factor, max: 1, at: 0.31 d}\n"
    assert_int_equal(segments(MODEL "mechanisms:\n" A("from: u, law: linear, slope: 0.04 /d") STEP ARMS),
                     segments(MODEL "mechanisms:\n" A("from: u, law: linear, slope: 0.04 /d") ARMS));
    assert_true(segments(MODEL "mechanisms:\n" A("from: s, law: linear, slope: 0.04 /d") STEP ARMS) >
                segments(MODEL "mechanisms:\n" A("from: s, law: linear, slope: 0.04 /d") ARMS));
}

static void what_is_not_neutral_at_rest_acts(void **state) {
    (void)state;
    assert_near(ADDED(A("from: u, law: linear, slope: 0.04 /d, origin: 0")), 0.04, 1e-15);
    assert_near(ADDED(A("from: u, law: threshold, max: 0.04 /d, at: -1")), 0.04, 1e-15);
    assert_near(ADDED(A("from: never.occupancy, law: threshold, max: 0.04 /d, at: 0")), 0.04, 1e-15);
    assert_near(ADDED(A("from: u, law: linear, slope: 0.04 /d") "  B: {from: always, to: A, law: linear, slope: 0.04}\n"), 0.04, 1e-15);
    assert_near(ADDED(A("from: u, law: power, power: 2")), -0.08, 0); /* 0 to a power is 0 */
}

static void chains_of_signals_are_followed(void **state) {
    (void)state;
    assert_near(ADDED(A("from: z, law: linear, slope: 0.04 /d, above_rest: true") "  B: {from: u, to: z, law: linear, slope: 1.0e+5}\n  C: {from: always, to: u, law: linear, slope: 0.1}\n") > 1e-4, 1, 0);
    assert_near(ADDED(A("from: z, law: linear, slope: 0.04 /d") "  B: {from: plain, to: z, law: impulse, add: 0.5}\n"), 0.02, WITHIN);
    assert_near(ADDED(A("from: z, law: linear, slope: 0.04 /d") "  B: {from: plain, to: z, law: impulse, add: 0.5, enabled: false}\n"), 0, 0);
}

static void rows_aimed_at_a_row_wake_it(void **state) {
    (void)state;
    assert_near(ADDED(A("from: u, law: linear, slope: 0.04 /d") "  B: {from: s, to: A, law: linear, slope: 0.04}\n"), 0.02, WITHIN);
    assert_near(ADDED(A("from: u, law: factor, slope: 1") "  B: {from: s, to: A, law: factor, slope: 1}\n"), 0.04, WITHIN); /* 0.08 x 1.5 */
    assert_near(ADDED(A("from: u, law: hill, max: 0.04 /d, half: 1, origin: 0, above_rest: true") "  B: {from: s, to: A, law: factor, slope: 1}\n"), 0.01, WITHIN);
    assert_near(ADDED(A("from: u, law: linear, slope: 0.04 /d") "  B: {from: u, to: A, law: linear, slope: 0.04}\n  C: {from: s, to: B, law: linear, slope: 0.08}\n"), 0.04, WITHIN);
}

static void levels_without_doses_may_be_added_to(void **state) {
    (void)state;
    assert_near(ADDED(A("from: never.level, law: linear, slope: 0.01") "  B: {from: s, to: never.level, law: linear, slope: 4 mg/L}\n"), 0.02, WITHIN);
}

static void each_arm_is_looked_at_alone(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c, MODEL "mechanisms:\n" A("from: u, law: linear, slope: 0.01 /d") "arms: {none: [], x: [{do: undone, at: 0 d}], y: [{as: x}, {rows: {A: false}}]}\n", 4);
    const double expected[] = {0, 0.09 * 3 * (1 - exp(-4.0 / 3)), 0};
    for (size_t arm = 0; arm < 3; arm++) {
        assert_int_equal(compile_arm(&c, arm, 4, 0.01), RLP_OK);
        assert_near(integral(&c, death_of(&c, "core/none"), 0, 4) - 0.32, expected[arm], 1e-5);
    }
    compiled_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stands_still_does_nothing),
        cmocka_unit_test(what_nobody_asks_for_cuts_nothing),
        cmocka_unit_test(what_is_not_neutral_at_rest_acts),
        cmocka_unit_test(chains_of_signals_are_followed),
        cmocka_unit_test(rows_aimed_at_a_row_wake_it),
        cmocka_unit_test(levels_without_doses_may_be_added_to),
        cmocka_unit_test(each_arm_is_looked_at_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
