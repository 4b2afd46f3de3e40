/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Signals: jumps, exact returns, chains, speed, leaks, copies; read off the integral of a death rate that one row ties to the signal. */
#include "tumour_test.h"

#define READ(signal) "mechanisms:\n  R: {from: " signal ", to: death, law: linear, slope: 0.01 /d}\n"
#define BASE 0.08
#define WITHIN 2e-6 /* of integrals of 0.01 x a signal of order 1 */

static double excess(const compiled_t *c, const char *type, double from, double to) {
    return (integral(c, death_of(c, type), from, to) - BASE * (to - from)) / 0.01;
}

static void a_jump_returns_as_exp(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN "interventions: {hit: {signals: {s: {add: 0.5, times: 0.6}}}}\nsignals: {s: {rest: 2, tau: 5 d}}\n" READ(
                     "s") "arms: {x: [{do: hit, at: [3 d, 13 d]}]}\n",
                 100);
    double y1 = 2 * 0.6 + 0.5 - 2, y2 = (2 + y1 * exp(-2)) * 0.6 + 0.5 - 2; /* times, then add, on the value itself */
    assert_near(excess(&c, "core/none", 0, 3), 0, 1e-12);
    assert_near(excess(&c, "core/none", 3, 13), y1 * 5 * (1 - exp(-2)), WITHIN / 0.01);
    assert_near(excess(&c, "core/none", 13, 100), y2 * 5 * (1 - exp(-87.0 / 5)), WITHIN / 0.01);
    compiled_free(&c);
}

static void an_event_at_a_broken_hour_and_a_short_tau(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN "interventions: {hit: {signals: {s: {add: 3}}}}\nsignals: {s: {rest: 0, tau: 0.05 d}}\n" READ(
                     "s") "arms: {x: [{do: hit, at: 3.337 d}]}\n",
                 50);
    assert_near(excess(&c, "core/none", 0, 50), 3 * 0.05, WITHIN / 0.01);
    compiled_free(&c);
}

static void chains_follow_their_convolution(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN "interventions: {hit: {signals: {a: {add: 1}}}}\nsignals: {a: {rest: 0, tau: 7 d}, d: {rest: 0, tau: 3 d}, "
                              "e: {rest: 0.1, tau: 24 d}}\n" READ("e") "  A: {from: a, to: d, law: linear, slope: 1}\n  D: {from: d, to: "
                                                                       "e, law: linear, slope: 3.6}\narms: {x: [{do: hit, at: 0 d}]}\n",
                 1000);
    /* the whole integral of the end of a chain is that of its beginning times the slopes, each over its tau: 1 x 7 x 3.6 */
    assert_near(excess(&c, "core/none", 0, 1000), 7 * 3.6, 1e-3);
    double t = 10, sum = 0, taus[3] = {7, 3, 24};
    for (int i = 0; i < 3; i++) { /* partial fractions of 1/prod(1 + tau s) */
        double f = 1;
        for (int k = 0; k < 3; k++)
            if (k != i) f *= taus[i] / (taus[i] - taus[k]);
        sum += f * (1 - exp(-t / taus[i]));
    }
    assert_near(excess(&c, "core/none", 0, t), 7 * 3.6 * sum, 0.06); /* a segment may straddle day 10: error/20 of its own */
    compiled_free(&c);
}

static void speed_multiplies_the_return(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN
                 "interventions: {hit: {signals: {s: {add: 1}, v: {add: 1}}}}\nsignals: {s: {rest: 0, tau: 30 d}, v: {rest: 1, tau: 1.0e+5 "
                 "d}}\n" READ("s") "  V: {from: v, to: s.speed, law: factor, slope: 1}\narms: {x: [{do: hit, at: 0 d}]}\n",
                 400);
    assert_near(excess(&c, "core/none", 0, 400), 15, 0.005); /* twice as fast */
    compiled_free(&c);
}

static void factors_move_the_value_returned_to(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN
                 "interventions: {hit: {signals: {v: {add: 1}}}}\nsignals: {s: {rest: 2, tau: 1 d}, v: {rest: 1, tau: 1.0e+5 d}}\n" READ(
                     "s") "  V: {from: v, to: s, law: factor, slope: 0.5}\n  W: {from: v, to: s, law: linear, slope: 0.25}\narms: {x: "
                          "[{do: hit, at: 0 d}]}\n",
                 60);
    assert_near(excess(&c, "core/none", 40, 60) / 20, 2 * 1.5 + 0.25 - 2, 2e-3);
    compiled_free(&c);
}

#define THREE "tumour: {cells: 1.0e+9, birth: 0.1 /d, growth: 0.02 /d, sites: {core: {share: 0.5}, rim: {share: 0.3}, far: {share: 0.2}}}\n"

static void a_signal_stays_at_rest_outside_its_sites_and_leaks_a_share(void **state) {
    compiled_t c;
    (void)state;
    compile_text(
        &c,
        THREE
        "interventions: {hit: {signals: {s: {add: 1}, v: {add: 1, in: [core, rim]}, w: {add: 1, in: rim}}}}\n"
        "signals: {s: {rest: 0, tau: 10 d, in: [core, rim]}, v: {rest: 0, tau: 1 d, leak: {far: 0.2}}, w: {rest: 0, tau: 10 d}}\n"
        "mechanisms:\n  S: {from: s, to: death, law: linear, slope: 0.01 /d}\n  V: {from: v, to: birth, law: linear, slope: 0.01 /d}\n"
        "  W: {from: w, to: birth, law: linear, slope: 0.1 /d}\n  P: {from: s, to: v, law: linear, slope: 2}\narms: {x: [{do: hit, at: 0 "
        "d}]}\n",
        300);
    assert_near(excess(&c, "core/none", 0, 300), 10, 1e-3);
    assert_near(excess(&c, "far/none", 0, 300), 0, 1e-9);
    double v = 1 + 2 * 10; /* integral of v in core: its own jump and its pushes */
    assert_near(integral(&c, birth_of(&c, "core/none"), 0, 300) - 30, 0.01 * v, 1e-4);
    assert_near(integral(&c, birth_of(&c, "far/none"), 0, 300) - 30, 0.01 * 0.2 * v, 1e-4);
    assert_near(integral(&c, birth_of(&c, "rim/none"), 0, 300) - 30, 0.01 * v + 0.1 * 10, 1e-4);
    compiled_free(&c);
}

static void a_patient_wide_signal_jumps_once_and_takes_the_mean_of_sites(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 THREE "interventions: {hit: {signals: {s: {add: 1, in: core}, a: {add: 1}}}}\nsignals: {s: {rest: 0, tau: 10 d, in: "
                       "[core, rim]}, a: {rest: 0, tau: 5 d, per: patient}}\n" READ(
                           "a") "  P: {from: s, to: a, law: linear, slope: 3}\narms: {x: [{do: hit, at: 0 d}]}\n",
                 300);
    assert_near(excess(&c, "far/none", 0, 300), 5 + 3 * 10 / 2.0, 1e-3); /* s lives at two sites, one of them was hit */
    assert_near(excess(&c, "core/none", 0, 300), excess(&c, "far/none", 0, 300), 1e-12);
    compiled_free(&c);
}

/* y' = (k f - 1) y/tau: an effector that keeps itself up (or exhausts itself, k < 0), by f where a row is aimed at that row. */
static void a_signal_may_push_itself_and_rows_may_scale_that(void **state) {
    static const struct {
        const char *k, *more;
        double kf;
    } cases[] = {
        {"0.5", "", 0.5},
        {"-1.5", "", -1.5},
        {"-1.5", "  B: {from: always, to: A, law: factor, slope: -0.6}\n", -0.6},
        {"-1.5", "  B: {from: x.occupancy, to: A, law: factor, slope: -1.2}\n", -0.6},
        {"-1.5", "  B: {from: x.occupancy, to: A, law: factor, slope: -0.6, scale: 2}\n", -0.6},
        {"-0.75", "  B: {from: never.occupancy, to: A, law: factor, slope: -1}\n", -0.75},
        {"-0.75", "  B: {from: always, to: A, law: linear, slope: 0.3, above_rest: true}\n", -0.75},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        compiled_t c;
        char text[2000];
        snprintf(text, sizeof text,
                 TUMOUR_PLAIN "drugs:\n  x: {dose: 1000 mg, pk: {half_life: 1.0e+5 d, volume: 100 L}, effect: {changes: death, max: 0, half: 10 mg/L}}\n"
                              "  never: {dose: 1000 mg, pk: {half_life: 1.0e+5 d, volume: 100 L}, effect: {changes: death, max: 0, half: 10 mg/L}}\n"
                              "interventions: {set: {signals: {e: {add: 0.8}}}}\nsignals: {e: {rest: 0.1, tau: 8 d}}\n"
                              "mechanisms:\n  A: {from: e, to: e, law: linear, slope: %s}\n%s  K: {from: e, to: death, law: linear, slope: 0.05 /d}\n"
                              "arms: {x: [{do: set, at: 0 d}, {give: x, every: 1 d, doses: 1}]}\n",
                 cases[i].k, cases[i].more);
        compile_text(&c, text, 60);
        assert_int_equal(compile_arm(&c, 0, 60, 1e-4), RLP_OK);
        double rate = (1 - cases[i].kf) / 8;
        assert_near(integral(&c, death_of(&c, "core/none"), 0, 7) - 0.56, 0.05 * 0.8 * (1 - exp(-7 * rate)) / rate, 2e-5);
        assert_near(integral(&c, death_of(&c, "core/none"), 0, 60) - 4.8, 0.05 * 0.8 * (1 - exp(-60 * rate)) / rate, 2e-5);
        compiled_free(&c);
    }
}

static void a_drug_pushes_a_signal_to_its_steady_mean(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN
                 "drugs: {x: {dose: 100 mg, pk: {ka: 1 /h, half_life: 1 d, volume: 100 L}}}\nsignals: {s: {rest: 1, tau: 4 d}}\n" READ(
                     "s") "  L: {from: x.level, to: s, law: linear, slope: 0.1}\narms: {x: [{give: x, every: 12 h}]}\n",
                 200);
    double mean = 100 / (100 * log(2) * 0.5); /* dose over (CL T) */
    assert_near(excess(&c, "core/none", 120, 200) / 80, 0.1 * mean, 1e-4);
    compiled_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_jump_returns_as_exp),
        cmocka_unit_test(an_event_at_a_broken_hour_and_a_short_tau),
        cmocka_unit_test(chains_follow_their_convolution),
        cmocka_unit_test(speed_multiplies_the_return),
        cmocka_unit_test(factors_move_the_value_returned_to),
        cmocka_unit_test(a_signal_stays_at_rest_outside_its_sites_and_leaks_a_share),
        cmocka_unit_test(a_patient_wide_signal_jumps_once_and_takes_the_mean_of_sites),
        cmocka_unit_test(a_signal_may_push_itself_and_rows_may_scale_that),
        cmocka_unit_test(a_drug_pushes_a_signal_to_its_steady_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
