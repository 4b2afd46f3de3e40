/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What `check` says of models whose keys are all right, and the table that it prints. */
#include "tumour_test.h"

#define MODEL                                                                                                                             \
    TUMOUR_PLAIN "drugs: {x: {dose: 100 mg, pk: {half_life: 1 d, volume: 50 L}, effect: {changes: death, max: 0.01 /d, half: 2 mg/L}}}\n" \
                 "interventions: {cut: {survive: {core: 0.5}, signals: {s: {add: 1}}}}\nsignals: {s: {rest: 1, tau: 5 d}}\n"
#define ARMS "arms: {none: [], x: [{give: x, every: 1 d}], cut: [{do: cut, at: 0 d}], both: [{as: x}, {as: cut}]}\n"

static size_t warnings(const char *yaml, const char *word) {
    compiled_t c;
    rlp_text_t said;
    read_text(&c, yaml);
    must_be_right(&c);
    assert_int_equal(rlp_tumour_check(c.tumour, c.values, 0.01, 100, c.diagnostics), RLP_OK);
    size_t n = rlp_diagnostics_warnings(c.diagnostics);
    rlp_text_init(&said);
    rlp_diagnostics_text(c.diagnostics, &said);
    if (n && !strstr(rlp_text_string(&said), word)) fail_msg("'%s' is not in\n%s", word, rlp_text_string(&said));
    rlp_text_free(&said);
    compiled_free(&c);
    return n;
}

static void what_can_never_be_or_always_is_is_told(void **state) {
    (void)state;
    assert_int_equal(warnings(MODEL "arms: {a: [{give: x, every: 1 d, from: 20 d, until: 10 d}], b: [{as: a}]}\n", "x is never given in the arm a: from day 20 until day 10"), 1);
    assert_int_equal(warnings(MODEL "arms: {a: [{give: x, every: 1 d, doses: 0}]}\n", "x is never given"), 1);
    assert_int_equal(warnings(MODEL "arms: {a: [{give: x, every: 1 d, from: 20 d, until: 20.5 d}]}\n", ""), 0);
    assert_int_equal(warnings(MODEL "arms: {a: [{do: cut, when: {viable: 0 cells}}]}\n", "a rule of the arm a asks for a burden of 0 or more"), 1);
    assert_int_equal(warnings(MODEL "arms: {a: [{give: x, every: 1 d}, {stop: x, when: {exposure: {x: 0 mg}}}]}\n", "an exposure of 0 or more"), 1);
    assert_int_equal(warnings(MODEL "arms: {a: [{do: cut, when: {viable: 1 cells}}]}\n", ""), 0);
}

static void rows_that_act_at_rest_are_named(void **state) {
    (void)state;
    assert_int_equal(warnings(MODEL "mechanisms: {M: {from: s, to: death, law: hill, max: 0.01 /d, half: 1, origin: 0}}\n" ARMS,
                              "M changes death while every source is at rest"),
                     1);
    assert_int_equal(
        warnings(MODEL "mechanisms: {M: {from: s, to: death, law: hill, max: 0.01 /d, half: 1, origin: 0, above_rest: true}}\n" ARMS, ""),
        0);
    assert_int_equal(warnings(MODEL "mechanisms: {M: {from: s, to: birth, law: factor, slope: 1}}\n" ARMS, ""), 0);
}

static void rows_that_always_act_may_aim_at_what_needs_a_treatment(void **state) {
    (void)state;
#define WITH_TRAIT "traits: {a: {kind: genetic, found: 1.0e-6}}\n"
#define ALWAYS(to) MODEL WITH_TRAIT "mechanisms: {M: {from: always, to: " to ", law: factor, slope: 0.3}}\n" ARMS
    assert_int_equal(warnings(ALWAYS("[a.resistance, x.level, x.half, cut.survive]"), ""), 0);
    assert_int_equal(warnings(ALWAYS("birth"), "M changes birth while every source is at rest"), 1);
    assert_int_equal(warnings(ALWAYS("growth"), "M changes growth while every source is at rest"), 1);
    assert_int_equal(warnings(ALWAYS("s"), "M changes s while every source is at rest"), 1);
    assert_int_equal(warnings(MODEL "mechanisms: {M: {from: cut, to: s, law: impulse, times: 3}}\n" ARMS, ""), 0);
    assert_int_equal(warnings(MODEL "mechanisms: {M: {from: s, to: x.level, law: factor, slope: 1, origin: 0}}\n" ARMS, "M changes x.level"), 1);
}

static void rows_at_rest_are_looked_for_in_every_arm_that_switches_some(void **state) {
    (void)state;
#define REST "mechanisms: {M: {from: s, to: death, law: hill, max: 0.01 /d, half: 1, origin: 0, enabled: false}}\n"
    assert_int_equal(warnings(MODEL REST ARMS, ""), 0);
    assert_int_equal(warnings(MODEL REST "arms: {none: [], y: [{rows: {M: true}}]}\n", "M changes death"), 1);
}

static void an_interaction_that_acts_alone_is_named_with_its_arm(void **state) {
    (void)state;
    assert_int_equal(
        warnings(MODEL "mechanisms: {M: {from: s, to: birth, law: factor, slope: 1, interaction: true}}\n" ARMS, "changes the arm cut"), 1);
    assert_int_equal(warnings(MODEL "mechanisms: {M: {from: s, to: x.level, law: factor, slope: 1, interaction: true}}\n" ARMS, ""), 0);
    assert_int_equal(warnings(MODEL "mechanisms: {M: {from: x.level, to: s.speed, law: factor, slope: 1, interaction: true}, N: {from: s, "
                                    "to: birth, law: factor, slope: 1}}\n" ARMS,
                              ""),
                     0);
}

/* In an arm that is no single treatment, too; the place is that of the row or drug. */
static void a_rate_below_zero_is_an_error_at_the_place_of_the_row_or_drug(void **state) {
    static const char *const texts[] = {
        "drugs: {x: {dose: 100 mg, pk: {half_life: 1 d, volume: 50 L}},\n\n  bad: {dose: 100 mg, pk: {half_life: 1 d, volume: 50 L}, "
        "effect: "
        "{changes: birth, max: -3 /d, half: 1}}}\nmechanisms:\n  M: {from: bad.level, to: birth, law: linear, slope: -1.0e-3}\narms: {x: "
        "[{give: x, every: 1 d}, {give: bad, every: 1 d}]}\n",
        "drugs: {x: {dose: 100 mg, pk: {half_life: 1 d, volume: 50 L}, effect: {changes: birth, max: -1 %, half: 1}}}\nmechanisms:\n\n\n  "
        "M: {from: x.level, to: birth, law: linear, slope: -1}\narms: {x: [{give: x, every: 1 d}, {give: x, every: 2 d}]}\n"};
    static const char *const words[] = {"test.yaml:4:3: error: drug bad makes the rate of birth",
                                        "test.yaml:6:3: error: row M makes the rate of birth"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        compiled_t c;
        rlp_text_t said;
        char text[1024];
        snprintf(text, sizeof text, "%s%s", TUMOUR_PLAIN, texts[i]);
        read_text(&c, text);
        must_be_right(&c);
        assert_int_equal(rlp_tumour_check(c.tumour, c.values, 0.01, 100, c.diagnostics), RLP_OK);
        assert_int_equal(rlp_diagnostics_errors(c.diagnostics), 1);
        rlp_text_init(&said);
        rlp_diagnostics_text(c.diagnostics, &said);
        if (!strstr(rlp_text_string(&said), words[i])) fail_msg("'%s' is not in\n%s", words[i], rlp_text_string(&said));
        rlp_text_free(&said);
        compiled_free(&c);
    }
}

static void shipped_scenarios_have_no_warning(void **state) {
    static const char *const files[] = {"hcc-tace-sorafenib.yaml", "lung-gefitinib-mwa.yaml"};
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        compiled_t c;
        char path[512];
        memset(&c, 0, sizeof c);
        snprintf(path, sizeof path, "%s/inputs/%s", SOURCE_DIR, files[f]);
        c.diagnostics = rlp_diagnostics_new();
        assert_int_equal(rlp_document_read(path, c.diagnostics, &c.document), RLP_OK);
        rlp_parameters_init(&c.parameters);
        assert_int_equal(rlp_tumour_read(rlp_document_root(c.document), &c.parameters, c.diagnostics, &c.tumour), RLP_OK);
        must_be_right(&c);
        assert_int_equal(rlp_tumour_check(c.tumour, c.values, 0.01, 1826.25, c.diagnostics), RLP_OK);
        if (rlp_diagnostics_warnings(c.diagnostics)) rlp_diagnostics_print(c.diagnostics, stderr);
        assert_int_equal(rlp_diagnostics_warnings(c.diagnostics), 0);
        compiled_free(&c);
    }
}

static void the_table_of_rows_in_force_is_printed(void **state) {
    static const char *const words[] = {"types        1",         "give x 100 mg every 1 d from day 0",
                                        "do cut at 0 d",
                                        "\n  row  1234  from  to       law                         source\n  M    ...+  s     x.level  factor slope 1 interaction  somebody\n",
                                        "\n  not in force\n    switched off: N\n  not in force in none\n    nothing moves s: M\n",
                                        "  not in force in cut\n    x is not given: M\n"};
    compiled_t c;
    rlp_text_t out;
    (void)state;
    read_text(&c, MODEL "mechanisms:\n  M: {from: s, to: x.level, law: factor, slope: 1, interaction: true, source: somebody}\n  N: {from: "
                        "s, to: birth, law: factor, slope: 1, enabled: false}\n" ARMS);
    must_be_right(&c);
    rlp_text_init(&out);
    assert_int_equal(rlp_tumour_describe(c.tumour, c.values, (size_t[]){0, 1, 2, 3}, 4, &out), RLP_OK);
    assert_int_equal(rlp_tumour_describe_arm(c.tumour, 3, c.values, &out), RLP_OK);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strstr(rlp_text_string(&out), words[i])) fail_msg("'%s' is not in\n%s", words[i], rlp_text_string(&out));
    rlp_text_free(&out);
    compiled_free(&c);
}

static void the_table_says_why_a_row_is_not_in_force(void **state) {
    compiled_t c;
    rlp_text_t out;
    static const char *const words[] = {
        "\n  M    ...+  s", "\n  I    ..++  cut     s             impulse times 0.5\n  F    ..++  s       death, birth  factor slope 1\n",
        "in force\n    replaced by I: G\n    no trait stem: P\n    never is not given: V\n",
        "not in force in none\n    nothing moves s: M F\n    cut is not done: I\n    M is not in force: T\n    switched off in the arm: W\n",
        "not in force in cut\n    x is not given: M\n    M is not in force: T\n"};
    (void)state;
    read_text(&c, TUMOUR_PLAIN "drugs:\n  x: {dose: 100 mg, pk: {half_life: 1 d, volume: 50 L}, effect: {changes: death, max: 0.01 /d, half: 2 mg/L}}\n"
                               "  never: {dose: 100 mg, pk: {half_life: 1 d, volume: 50 L}}\n"
                               "interventions: {cut: {survive: {core: 0.5}, signals: {s: {add: 1}}}}\nsignals: {s: {rest: 1, tau: 5 d}}\nmechanisms:\n"
                               "  M: {from: s, to: x.level, law: linear, slope: 1 mg/L}\n  I: {from: cut, to: s, law: impulse, times: 0.5, instead_of: G}\n"
                               "  G: {from: cut, to: s, law: impulse, times: 0.25}\n  F: {from: s, to: [death, birth], law: factor, slope: 1}\n"
                               "  P: {from: s, to: stem.gain, law: factor, slope: 1, if_present: true}\n  V: {from: never.level, to: birth, law: linear, slope: 1}\n"
                               "  T: {from: always, to: M, law: factor, slope: 1}\n  W: {from: always, to: birth, law: factor, slope: 1}\n"
                               "arms: {none: [{rows: {W: false}}], x: [{give: x, every: 1 d}], cut: [{do: cut, at: 0 d}], both: [{as: x}, {as: cut}]}\n");
    must_be_right(&c);
    rlp_text_init(&out);
    assert_int_equal(rlp_tumour_describe(c.tumour, c.values, (size_t[]){0, 1, 2, 3}, 4, &out), RLP_OK);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strstr(rlp_text_string(&out), words[i])) fail_msg("'%s' is not in\n%s", words[i], rlp_text_string(&out));
    rlp_text_free(&out);
    compiled_free(&c);
}

static void drugs_that_no_arm_gives_do_not_lengthen_the_table(void **state) {
    compiled_t c;
    rlp_text_t out;
    (void)state;
    read_text(&c, TUMOUR_PLAIN "drugs:\n  x: {dose: 100 mg, pk: {half_life: 1 d, volume: 50 L}}\n  never: {dose: 100 mg, pk: {half_life: 1 d, volume: 50 L}}\n"
                               "signals: {s: {rest: 1, tau: 5 d}}\nmechanisms:\n  H: {from: [x.level, never.level], to: s, law: linear, slope: 1}\n"
                               "  L: {from: s, to: [never.level, x.level], law: factor, slope: 0.1}\narms: {x: [{give: x, every: 1 d}]}\n");
    must_be_right(&c);
    rlp_text_init(&out);
    assert_int_equal(rlp_tumour_describe(c.tumour, c.values, (size_t[]){0}, 1, &out), RLP_OK);
    assert_non_null(strstr(rlp_text_string(&out), "\n  H    +  x.level  s        linear slope 1\n  L    +  s        x.level  factor slope 0.1\n"));
    assert_null(strstr(rlp_text_string(&out), "never"));
    rlp_text_free(&out);
    compiled_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_never_be_or_always_is_is_told),
        cmocka_unit_test(rows_that_act_at_rest_are_named),
        cmocka_unit_test(rows_that_always_act_may_aim_at_what_needs_a_treatment),
        cmocka_unit_test(rows_at_rest_are_looked_for_in_every_arm_that_switches_some),
        cmocka_unit_test(an_interaction_that_acts_alone_is_named_with_its_arm),
        cmocka_unit_test(a_rate_below_zero_is_an_error_at_the_place_of_the_row_or_drug),
        cmocka_unit_test(shipped_scenarios_have_no_warning),
        cmocka_unit_test(the_table_of_rows_in_force_is_printed),
        cmocka_unit_test(the_table_says_why_a_row_is_not_in_force),
        cmocka_unit_test(drugs_that_no_arm_gives_do_not_lengthen_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
