/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows with if_present: what the input does not have is left out; what is wrong stays wrong. A signal of tau 1e5 d stands at 0.5 above rest. */
#include "tumour_test.h"

#define HOLD "interventions: {set: {signals: {s: {add: 0.5}}}}\nsignals: {s: {rest: 1, tau: 1.0e+5 d}}\n"
#define TRAITS "traits:\n  a: {kind: genetic, found: 1.0e-6}\n  p: {kind: plastic, gain: 0.01 /d, loss: 0.02 /d}\n"
#define DO "arms: {x: [{do: set, at: 0 d}]}\n"
#define WITH(row) (TUMOUR_TWO TRAITS HOLD "mechanisms:\n  M: {law: linear, slope: 0.04 /d, if_present: true, " row "}\n" DO)
#define WITHIN 1e-5

static double added(const char *text, const char *type) {
    compiled_t c;
    compile_text(&c, text, 2);
    double rate = rate_at(&c, death_of(&c, type), 0);
    compiled_free(&c);
    return rate - 0.08;
}

static void rows_of_what_is_missing_are_not_in_force(void **state) {
    (void)state;
    const char *absent[] = {WITH("from: t, to: death"),           WITH("from: x.level, to: death"),         WITH("from: x.stop, to: death, window: 3 d"),
                            WITH("from: s, to: stem.gain"),       WITH("from: s, to: stem.resistance"),     WITH("from: s, to: x.half"),
                            WITH("from: s, to: t"),               WITH("from: s, to: t.speed"),             WITH("from: s, to: cut.survive"),
                            WITH("from: s, to: seeding"),         WITH("from: s, to: death, in: margin"),   WITH("from: s, to: death, in: [margin, rim]"),
                            WITH("from: s, to: death, traits: [stem]"), WITH("from: [t, u], to: [death, birth]")};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) assert_near(added(absent[i], "core/a"), 0, 0);
    assert_near(added(WITH("from: s, to: death"), "core/a"), 0.02, WITHIN);
}

static void of_lists_only_what_is_missing_is_left_out(void **state) {
    (void)state;
    assert_near(added(WITH("from: [t, s, x.level], to: [stem.loss, death]"), "core/a"), 0.02, WITHIN);
    assert_near(added(WITH("from: s, to: death, in: [margin, far]"), "core/a"), 0, 0);
    assert_near(added(WITH("from: s, to: death, in: [margin, far]"), "far/a"), 0.02, WITHIN);
    assert_near(added(WITH("from: s, to: death, traits: [stem, a]"), "core/a"), 0.02, WITHIN);
    assert_near(added(WITH("from: s, to: death, traits: [stem, a]"), "core/p"), 0, 0);
    assert_near(added(WITH("from: s, to: death, traits: {stem: 0.5, a: 0.25}"), "core/a"), 0.005, WITHIN);
    assert_near(added(WITH("from: s, to: death, traits: {stem: 0.5}"), "core/a"), 0.02, WITHIN); /* acts in all cells that are there */
}

static void a_row_that_is_not_there_replaces_nothing(void **state) {
    (void)state;
#define TWO(b) (TUMOUR_TWO TRAITS HOLD "mechanisms:\n  A: {from: s, to: death, law: linear, slope: 0.04 /d}\n  B: {from: s, to: death, law: linear, slope: 0.1 /d, if_present: true, " b "}\n" DO)
    assert_near(added(TWO("instead_of: A"), "core/a"), 0.05, WITHIN);
    assert_near(added(TWO("instead_of: A, traits: [stem]"), "core/a"), 0.02, WITHIN);
    assert_near(added(TWO("instead_of: Z"), "core/a"), 0.07, WITHIN);
    assert_near(added(TUMOUR_TWO TRAITS HOLD "mechanisms:\n  A: {from: s, to: death, law: linear, slope: 0.04 /d, if_present: true, traits: [stem]}\n"
                                             "arms: {x: [{do: set, at: 0 d}, {rows: {A: true}}]}\n", "core/a"), 0, 0); /* nor can an arm switch it on */
}

static void numbers_of_what_is_not_there_keep_their_paths(void **state) {
    compiled_t c;
    (void)state;
    read_text(&c, TUMOUR_TWO TRAITS HOLD "mechanisms:\n  A: {from: x.level, to: stem.gain, law: hill, as: factor, max: 50 %, half: 0.06 umol/L, power: 2, if_present: true}\n"
                                         "  B: {from: s, to: death, law: linear, slope: 0.01 /d, traits: {stem: 0.5}, if_present: true}\n"
                                         "  C: {from: x.stop, to: birth, law: factor, slope: 20 %, window: 21 d, if_present: true}\n" DO);
    must_be_right(&c);
    set_value(&c, "mechanisms.A.max", 0.1);
    set_value(&c, "mechanisms.A.half", 1);
    set_value(&c, "mechanisms.A.power", 1);
    set_value(&c, "mechanisms.A.scale", 2);
    set_value(&c, "mechanisms.B.traits.stem", 0.2);
    set_value(&c, "mechanisms.C.window", 7);
    assert_int_equal(compile_arm(&c, 0, 2, 0.01), RLP_OK);
    compiled_free(&c);
}

static void what_is_wrong_stays_wrong(void **state) {
    (void)state;
    const char *wrong[] = {WITH("from: x.levl, to: death"), WITH("from: s, to: a.gain"), WITH("from: s, to: stem.gian"), WITH("from: s, to: death, half: 3"),
                           TUMOUR_TWO TRAITS HOLD "mechanisms:\n  M: {law: linear, slope: 0.04 /d, from: s, to: death, in: margin}\n" DO,
                           TUMOUR_TWO TRAITS HOLD "mechanisms:\n  M: {law: linear, slope: 0.04 /d, from: s, to: death, in: margin, if_present: false}\n" DO,
                           TUMOUR_TWO TRAITS HOLD "mechanisms:\n  M: {law: linear, slope: 4 furlong, from: t, to: death, if_present: true}\n" DO};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        compiled_t c;
        read_text(&c, wrong[i]);
        if (rlp_diagnostics_errors(c.diagnostics) != 1) fail_msg("%zu errors: %s", rlp_diagnostics_errors(c.diagnostics), wrong[i]);
        compiled_free(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_what_is_missing_are_not_in_force),
        cmocka_unit_test(of_lists_only_what_is_missing_is_left_out),
        cmocka_unit_test(a_row_that_is_not_there_replaces_nothing),
        cmocka_unit_test(numbers_of_what_is_not_there_keep_their_paths),
        cmocka_unit_test(what_is_wrong_stays_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
