/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows by the law impulse: a signal x becomes times x + add at the instant of an intervention. Signals of tau 1e5 d stand still for a
 * test, and a linear row shows their departure from rest as a rate of death. */
#include "tumour_test.h"

#define SIGNALS "signals: {s: {rest: 1, tau: 1.0e+5 d}, z: {rest: 2, tau: 1.0e+5 d, in: far}, w: {rest: 0, tau: 1.0e+5 d, per: patient}}\n"
#define ACTS "interventions: {cut: {}, heat: {}, own: {signals: {s: {times: 2}}}}\n"
#define SHOW "  S: {from: s, to: death, law: linear, slope: 0.1 /d}\n"
#define WITHIN 2e-5 /* a departure loses a hundred-thousandth a day */
#define BASE 0.18   /* 0.08 + 0.1, so that s may fall */
#define TUMOUR "tumour: {cells: 1.0e+9, birth: 0.2 /d, growth: 0.02 /d, sites: {core: {share: 0.6}, far: {share: 0.4}}}\n"

static void departures(const char *text, double t, double *core, double *far) {
    compiled_t c;
    compile_text(&c, text, 2);
    *core = (rate_at(&c, death_of(&c, "core/none"), t) - BASE) / 0.1;
    *far = (rate_at(&c, death_of(&c, "far/none"), t) - BASE) / 0.1;
    compiled_free(&c);
}

#define AFTER(rows, arm, in_core, in_far)                                                                                     \
    do {                                                                                                                      \
        double core_, far_;                                                                                                   \
        departures(TUMOUR SIGNALS ACTS "mechanisms:\n" SHOW rows "arms: {x: [" arm "]}\n", 0.05, &core_, &far_);              \
        assert_near(core_, in_core, 5e-5);                                                                             \
        assert_near(far_, in_far, 5e-5);                                                                               \
    } while (0)

static void times_comes_before_add_and_each_alone_is_enough(void **state) {
    (void)state;
    AFTER("  A: {from: cut, to: s, law: impulse, times: 0.39}\n", "{do: cut, at: 0 d}", -0.61, -0.61);
    AFTER("  A: {from: cut, to: s, law: impulse, add: 0.3}\n", "{do: cut, at: 0 d}", 0.3, 0.3);
    AFTER("  A: {from: cut, to: s, law: impulse, times: 0.5, add: 0.3}\n", "{do: cut, at: 0 d}", -0.2, -0.2);
}

static void it_acts_in_its_sites_and_at_its_intervention_only(void **state) {
    (void)state;
    AFTER("  A: {from: cut, to: s, law: impulse, add: 0.3, in: core}\n", "{do: cut, at: 0 d}", 0.3, 0);
    AFTER("  A: {from: cut, to: s, law: impulse, add: 0.3}\n", "{do: heat, at: 0 d}", 0, 0);
    AFTER("  A: {from: [cut, heat], to: s, law: impulse, add: 0.3}\n", "{do: heat, at: 0 d}, {do: cut, at: 0 d}", 0.6, 0.6);
    AFTER("  A: {from: cut, to: s, law: impulse, add: 0.3, enabled: false}\n", "{do: cut, at: 0 d}", 0, 0);
    AFTER("  A: {from: cut, to: s, law: impulse, add: 0.3}\n", "{do: cut, at: 0 d}, {rows: {A: false}}", 0, 0);
    AFTER("  A: {from: cut, to: s, law: impulse, add: 0.3}\n  B: {from: cut, to: s, law: impulse, add: -0.2, instead_of: A}\n", "{do: cut, at: 0 d}", -0.2, -0.2);
}

static void it_follows_the_interventions_own_jumps_in_the_order_of_rows(void **state) {
    (void)state;
    AFTER("  A: {from: own, to: s, law: impulse, add: 0.5}\n", "{do: own, at: 0 d}", 1.5, 1.5); /* 2 x 1 + 0.5, not 2 x 1.5 */
    AFTER("  A: {from: cut, to: s, law: impulse, add: 1}\n  B: {from: cut, to: s, law: impulse, times: 0.5}\n", "{do: cut, at: 0 d}", 0, 0);
    AFTER("  B: {from: cut, to: s, law: impulse, times: 0.5}\n  A: {from: cut, to: s, law: impulse, add: 1}\n", "{do: cut, at: 0 d}", 0.5, 0.5);
}

static void scale_is_an_exponent_of_times_and_a_factor_of_add(void **state) {
    (void)state;
    AFTER("  A: {from: cut, to: s, law: impulse, times: 0.36, add: 0.3, scale: 0.5}\n", "{do: cut, at: 0 d}", 0.6 + 0.15 - 1, 0.6 + 0.15 - 1);
    AFTER("  A: {from: cut, to: s, law: impulse, times: 0.36, add: 0.3, scale: 0}\n", "{do: cut, at: 0 d}", 0, 0);
    AFTER("  A: {from: cut, to: s, law: impulse, times: 0, scale: 3}\n", "{do: cut, at: 0 d}", -1, -1);
}

/* The state just before: the intervention's own jump (s doubles) is not seen. */
static void rows_aimed_at_it_change_its_scale(void **state) {
    (void)state;
    AFTER("  A: {from: cut, to: s, law: impulse, add: 0.3}\n  B: {from: always, to: A, law: factor, slope: 1, in: far}\n", "{do: cut, at: 0 d}", 0.3, 0.6);
    AFTER("  A: {from: own, to: s, law: impulse, add: 0.3}\n  B: {from: s, to: A, law: factor, slope: 4}\n", "{do: own, at: 0 d}", 1.3, 1.3);
    AFTER("  A: {from: own, to: s, law: impulse, add: 0.3}\n  B: {from: s, to: A, law: factor, slope: 4}\n  C: {from: cut, to: s, law: impulse, add: 0.5, in: far}\n",
          "{do: cut, at: 0 d}, {do: own, at: 0 d}", 1.3, 3 + 0.3 * 3 - 1);
}

static void a_signal_a_patient_jumps_once(void **state) {
    (void)state;
#define PATIENT(rows) "  P: {from: w, to: death, law: linear, slope: 0.1 /d}\n" rows
    AFTER(PATIENT("  A: {from: cut, to: w, law: impulse, add: 0.7}\n"), "{do: cut, at: 0 d}", 0.7, 0.7);
    AFTER(PATIENT("  A: {from: cut, to: w, law: impulse, add: 0.7, in: core}\n"), "{do: cut, at: 0 d}", 0.7, 0.7);
    AFTER(PATIENT("  A: {from: cut, to: w, law: impulse, add: 0.6}\n  B: {from: always, to: A, law: factor, slope: 1, in: far}\n"), "{do: cut, at: 0 d}", 0.9, 0.9);
}

static void a_signal_jumps_only_where_it_lives(void **state) {
    (void)state;
    AFTER("  Z: {from: z, to: death, law: linear, slope: 0.1 /d}\n  A: {from: cut, to: z, law: impulse, times: 1.5}\n", "{do: cut, at: 0 d}", 0, 1);
}

/* The same process, bit for bit, as the intervention's own `signals:`. */
static void it_is_what_signals_of_an_intervention_are(void **state) {
    compiled_t a, b;
    (void)state;
#define REST "signals: {s: {rest: 1, tau: 3 d}}\narms: {x: [{do: cut, at: [2 d, 9 d]}]}\nmechanisms:\n  S: {from: s, to: death, law: linear, slope: 0.05 /d}\n"
    compile_text(&a, TUMOUR REST "interventions: {cut: {signals: {s: {times: 0.39, add: 0.2}}}}\n", 60);
    compile_text(&b, TUMOUR REST "  A: {from: cut, to: s, law: impulse, times: 0.39, add: 0.2}\ninterventions: {cut: {}}\n", 60);
    assert_int_equal(a.process.n_segments, b.process.n_segments);
    assert_true(a.process.n_segments > 5);
    assert_int_equal(a.process.n_rate_rows, b.process.n_rate_rows);
    assert_memory_equal(a.process.rates, b.process.rates, a.process.n_rate_rows * a.process.row_size * sizeof(double));
    for (size_t k = 0; k < a.process.n_segments; k++) assert_true(a.process.segments[k].start_days == b.process.segments[k].start_days);
    compiled_free(&a);
    compiled_free(&b);
}

static void its_numbers_have_paths(void **state) {
    compiled_t c;
    (void)state;
    read_text(&c, TUMOUR SIGNALS ACTS "mechanisms:\n" SHOW "  A: {from: cut, to: s, law: impulse, times: 0.39, add: 0.1}\narms: {x: [{do: cut, at: 0 d}]}\n");
    must_be_right(&c);
    set_value(&c, "mechanisms.A.times", 0.5);
    set_value(&c, "mechanisms.A.add", 0.2);
    set_value(&c, "mechanisms.A.scale", 2);
    assert_int_equal(compile_arm(&c, 0, 30, 0.01), RLP_OK);
    assert_near(rate_at(&c, death_of(&c, "core/none"), 0), BASE + 0.1 * (0.25 + 0.4 - 1), WITHIN);
    compiled_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_comes_before_add_and_each_alone_is_enough),
        cmocka_unit_test(it_acts_in_its_sites_and_at_its_intervention_only),
        cmocka_unit_test(it_follows_the_interventions_own_jumps_in_the_order_of_rows),
        cmocka_unit_test(scale_is_an_exponent_of_times_and_a_factor_of_add),
        cmocka_unit_test(rows_aimed_at_it_change_its_scale),
        cmocka_unit_test(a_signal_a_patient_jumps_once),
        cmocka_unit_test(a_signal_jumps_only_where_it_lives),
        cmocka_unit_test(it_is_what_signals_of_an_intervention_are),
        cmocka_unit_test(its_numbers_have_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
