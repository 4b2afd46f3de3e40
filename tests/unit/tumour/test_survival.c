/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who survives an intervention: by site, by heat, by traits, by rows. */
#include "tumour_test.h"

#define TRAITS                                                                                                                        \
    "traits:\n  combine: {genetic: 2, plastic: 1}\n  a: {kind: genetic, found: 1.0e-6}\n  b: {kind: genetic, found: 1.0e-6}\n"              \
    "  c: {kind: genetic, found: 1.0e-6}\n  q: {kind: plastic, gain: 0.01 /d, loss: 0.02 /d}\n"
#define DO "arms: {x: [{do: cut, at: 3 d}]}\n"
#define MARGIN "tumour: {cells: 1.0e+9, birth: 0.1 /d, growth: 0.02 /d, sites: {core: {share: 0.6}, margin: {share: 0.3}, far: {share: 0.1}}}\n"
#define ARRHENIUS "frequency_factor: 3.27e+91 /s, activation_energy: 578000 J/mol"
#define HEAT "{temperature: {core: 90, margin: 52 C}, duration: 5 min, sink: {margin: 3}, " ARRHENIUS "}"

static double arrhenius(double celsius, double seconds) {
    return exp(-3.27e91 * exp(-578000 / (8.31446261815324 * (celsius + 273.15))) * seconds);
}

static void a_power_hardens_and_softens(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c, TUMOUR_TWO TRAITS "interventions: {cut: {survive: {core: 0.16}, resisted: {q: {power: 0.5}, a: {power: 2}}}}\n" DO, 5);
    assert_near(survival_at(&c, "core/none", 3), 0.16, 1e-15);
    assert_near(survival_at(&c, "core/q", 3), 0.4, 1e-15);
    assert_near(survival_at(&c, "core/a", 3), 0.0256, 1e-15);
    assert_near(survival_at(&c, "core/b", 3), 0.16, 1e-15);
    assert_near(survival_at(&c, "far/q", 3), 1, 0);
    compiled_free(&c);
}

static void a_listed_set_counts_else_the_smallest_power(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_TWO TRAITS "interventions: {cut: {survive: {core: 0.01}, resisted: {a: {power: 0.5}, b: {power: 0.25}, q: {power: 2}, a+b: {power: "
                                   "0.75}, a+q: {power: 3}}}}\n" DO,
                 5);
    assert_near(survival_at(&c, "core/a+b", 3), pow(0.01, 0.75), 1e-15);
    assert_near(survival_at(&c, "core/a+q", 3), pow(0.01, 3), 1e-15);
    assert_near(survival_at(&c, "core/b+q", 3), pow(0.01, 0.25), 1e-15);
    assert_near(survival_at(&c, "core/a+b+q", 3), pow(0.01, 0.25), 1e-15); /* a+b, a+q, a, b, q: the smallest */
    assert_near(survival_at(&c, "core/b+c", 3), pow(0.01, 0.25), 1e-15);   /* c is in no row */
    assert_near(survival_at(&c, "core/a+c+q", 3), pow(0.01, 3), 1e-15);    /* so that a+q is the whole */
    assert_near(survival_at(&c, "core/c", 3), 0.01, 1e-15);
    compiled_free(&c);
}

static void rows_come_after_the_power(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_TWO TRAITS "interventions: {cut: {survive: {core: 0.16}, resisted: {q: {power: 0.5}}}}\n"
                                   "mechanisms: {M: {from: always, to: cut.survive, law: factor, slope: 0.5}}\n" DO,
                 5);
    assert_near(survival_at(&c, "core/q", 3), 0.4 * 1.5, 1e-15);
    assert_near(survival_at(&c, "core/none", 3), 0.16 * 1.5, 1e-15);
    assert_near(survival_at(&c, "far/q", 3), 1, 0); /* not above 1 */
    compiled_free(&c);
}

static void heat_kills_by_arrhenius_site_by_site(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c, MARGIN "interventions: {cut: {thermal: " HEAT "}}\n" DO, 5);
    assert_near(survival_at(&c, "core/none", 3), 0, 0);
    assert_near(survival_at(&c, "margin/none", 3) / arrhenius(49, 300), 1, 1e-12); /* 52 C less 3 K */
    assert_near(survival_at(&c, "far/none", 3), 1, 0);
    assert_true(arrhenius(49, 300) > 0.1 && arrhenius(49, 300) < 0.3);
    compiled_free(&c);
}

/* The rates that the notes of the biology give for 43, 50, 55 and 60 C, and 60 s at 50 C. */
static void heat_kills_as_fast_as_the_source_says(void **state) {
    compiled_t c;
    (void)state;
    assert_near(-log(arrhenius(43, 1)), 1e-4, 0.5e-4);
    read_text(&c, MARGIN "interventions: {cut: {thermal: {temperature: {margin: 50}, duration: 1 min, " ARRHENIUS "}}}\n" DO);
    must_be_right(&c);
    assert_int_equal(compile_arm(&c, 0, 5, 0.01), RLP_OK);
    assert_near(survival_at(&c, "margin/none", 3), 0.48, 0.01);
    set_value(&c, "interventions.cut.thermal.temperature.margin", 55);
    set_value(&c, "interventions.cut.thermal.duration", 1.0 / 86400);
    assert_int_equal(compile_arm(&c, 0, 5, 0.01), RLP_OK);
    assert_near(-log(survival_at(&c, "margin/none", 3)), 0.32, 0.01);
    compiled_free(&c);
}

static void survive_counts_where_it_names_the_site(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c, MARGIN TRAITS "interventions: {cut: {survive: {margin: 0.09}, thermal: " HEAT ", resisted: {q: {power: 0.5}}}}\n" DO, 5);
    assert_near(survival_at(&c, "margin/none", 3), 0.09, 1e-15);
    assert_near(survival_at(&c, "margin/q", 3), 0.3, 1e-15);
    assert_near(survival_at(&c, "core/q", 3), 0, 0);
    compiled_free(&c);
}

static void their_numbers_have_paths(void **state) {
    compiled_t c;
    (void)state;
    read_text(&c, MARGIN TRAITS "interventions: {cut: {thermal: " HEAT ", resisted: {q: {power: 0.5}}}}\n" DO);
    must_be_right(&c);
    set_value(&c, "interventions.cut.thermal.sink.margin", 1);
    set_value(&c, "interventions.cut.thermal.frequency_factor", 3.27e90);
    set_value(&c, "interventions.cut.thermal.activation_energy", 570000);
    set_value(&c, "interventions.cut.resisted.q.power", 0.25);
    assert_int_equal(compile_arm(&c, 0, 5, 0.01), RLP_OK);
    double s = exp(-3.27e90 * exp(-570000 / (8.31446261815324 * (51 + 273.15))) * 300);
    assert_near(survival_at(&c, "margin/none", 3) / s, 1, 1e-12);
    assert_near(survival_at(&c, "margin/q", 3) / pow(s, 0.25), 1, 1e-12);
    compiled_free(&c);
}

static void a_negative_survival_names_row_site_type_and_day(void **state) {
    compiled_t c;
    (void)state;
    read_text(&c, TUMOUR_TWO TRAITS "interventions: {cut: {survive: {core: 0.16}, resisted: {q: {power: 0.5}}}}\n"
                                    "mechanisms: {OK: {from: always, to: cut.survive, law: factor, slope: -0.5}, BAD: {from: always, to: cut.survive, law: "
                                    "linear, slope: -0.1, traits: [q]}, BEST: {from: always, to: cut.survive, law: factor, slope: -0.6, in: core}}\n" DO);
    must_be_right(&c);
    assert_int_equal(compile_arm(&c, 0, 5, 0.01), RLP_ERROR_RATE); /* 0.4 0.5 0.4 - 0.1 < 0 in core/q alone */
    const char *words[] = {"row BEST ", "of q ", "site core ", "at cut ", "-0.02 ", "day 3"};
    for (size_t i = 0; i < 6; i++)
        if (!strstr(rlp_fail_message(), words[i])) fail_msg("'%s' is not in '%s'", words[i], rlp_fail_message());
    assert_int_equal(rlp_tumour_blamed().line, 9);
    compiled_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_power_hardens_and_softens),
        cmocka_unit_test(a_listed_set_counts_else_the_smallest_power),
        cmocka_unit_test(rows_come_after_the_power),
        cmocka_unit_test(heat_kills_by_arrhenius_site_by_site),
        cmocka_unit_test(heat_kills_as_fast_as_the_source_says),
        cmocka_unit_test(survive_counts_where_it_names_the_site),
        cmocka_unit_test(a_negative_survival_names_row_site_type_and_day),
        cmocka_unit_test(their_numbers_have_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
