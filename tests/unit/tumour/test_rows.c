/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows of mechanisms: direction and size of every law on every target, on the compiled process. A signal of tau 1e5 d that an
 * intervention sets stands still for a test: its rows then give one number. */
#include "tumour_test.h"

#define HOLD "interventions: {set: {signals: {s: {add: 0.5}}}}\nsignals: {s: {rest: 1, tau: 1.0e+5 d}}\n"
#define DO "arms: {x: [{do: set, at: 0 d}], none: []}\n"
#define TRAITS                                                                                                                         \
    "traits:\n  a: {kind: genetic, found: 1.0e-6}\n  p: {kind: plastic, gain: 0.01 /d, loss: 0.02 /d}\n  m: {kind: ladder, rungs: 2, " \
    "found: 0, gain: 0.1, loss: 0}\n"
#define DRUG                                                                                                                      \
    "drugs: {x: {dose: 1000 mg, pk: {half_life: 1.0e+5 d, volume: 100 L}, effect: {changes: death, max: 0.1 /d, half: 10 mg/L}, " \
    "resisted: {a: {half: 5}, m: {effect: 0.5}}}}\n"
#define DRUG_PLAIN "drugs: {x: {dose: 10 mg, pk: {half_life: 1 d, volume: 100 L}}}\n"
#define GIVE_ONCE "arms: {x: [{do: set, at: 0 d}, {give: x, every: 1 d, doses: 1}]}\n" /* 10 mg/L that stays */
#define WITHIN 1e-5 /* the signal and the level lose a hundred-thousandth a day */

static double one_rate(const char *text, const char *what, bool death) {
    compiled_t c;
    compile_text(&c, text, 2);
    double rate = mean_of(&c, death ? death_of(&c, what) : birth_of(&c, what), 0, 0.01);
    compiled_free(&c);
    return rate;
}

#define WITH(row) (TUMOUR_PLAIN HOLD "mechanisms: {M: {from: s, " row "}}\n" DO)
#define BIRTH(row) one_rate(WITH("to: birth, " row), "core/none", false)
#define DEATH(row) one_rate(WITH("to: death, " row), "core/none", true)

static void each_law_has_its_size(void **state) {
    (void)state;
    assert_near(DEATH("law: linear, slope: 0.04 /d"), 0.08 + 0.02, WITHIN);
    assert_near(BIRTH("law: factor, slope: 0.4"), 0.1 * 1.2, WITHIN);
    assert_near(BIRTH("law: inverse, slope: 0.5"), 0.1 / 1.25, WITHIN);
    assert_near(BIRTH("law: power, power: 2, origin: 0"), 0.1 * 2.25, WITHIN);
    assert_near(BIRTH("law: exp, rate: -1"), 0.1 * exp(-0.5), WITHIN);
    assert_near(BIRTH("law: exp, rate: -10, floor: 0.25"), 0.1 * 0.25, WITHIN);
    assert_near(DEATH("law: hill, max: 0.02 /d, half: 0.25"), 0.08 + 0.02 * 2 / 3, WITHIN);
    assert_near(DEATH("law: hill, max: 0.02 /d, half: 0.25, power: 2"), 0.08 + 0.02 * 4 / 5, WITHIN);
    assert_near(DEATH("law: threshold, max: 0.02 /d, at: 0.4"), 0.1, WITHIN);
    assert_near(DEATH("law: threshold, max: 0.02 /d, at: 0.6"), 0.08, WITHIN);
    assert_near(DEATH("law: window, max: 0.02 /d, low: 0.4, high: 0.6"), 0.1, WITHIN);
    assert_near(DEATH("law: window, max: 0.02 /d, low: 0.6, high: 0.9"), 0.08, WITHIN);
}

static void as_turns_a_summand_into_a_factor_and_back(void **state) {
    (void)state;
    assert_near(BIRTH("law: linear, slope: 0.4, as: factor"), 0.1 * 1.2, WITHIN);
    assert_near(BIRTH("law: hill, max: -50 %, half: 0.5, as: factor"), 0.1 * 0.75, WITHIN);
    assert_near(DEATH("law: factor, slope: 0.1, as: add"), 0.08 + 0.05, WITHIN);
}

static void x_counts_from_rest_or_from_origin(void **state) {
    (void)state;
    assert_near(BIRTH("law: factor, slope: 0.4, origin: 1.25"), 0.1 * 1.1, WITHIN);
    assert_near(DEATH("law: linear, slope: 0.04 /d, origin: 0"), 0.08 + 0.06, WITHIN);
}

static void above_rest_takes_off_what_is_there_at_rest(void **state) {
    (void)state;
    double hill = 1.5 / 2.5 - 1.0 / 2.0;
    assert_near(DEATH("law: hill, max: 0.02 /d, half: 1, origin: 0, above_rest: true"), 0.08 + 0.02 * hill, WITHIN);
    assert_near(BIRTH("law: power, power: 1, origin: -1, above_rest: true"), 0.1 * 1.5, WITHIN); /* a factor: 1 + (2.5 - 2) */
    compiled_t c;
    compile_text(
        &c, TUMOUR_PLAIN HOLD "mechanisms: {M: {from: s, to: death, law: hill, max: 0.02 /d, half: 1, origin: 0, above_rest: true}}\n" DO,
        2);
    assert_int_equal(compile_arm(&c, 1, 2, 0.01), RLP_OK);
    assert_true(rate_at(&c, death_of(&c, "core/none"), 0) == 0.1 - 0.02); /* exactly */
    compiled_free(&c);
}

static void factors_multiply_the_base_and_summands_are_added(void **state) {
    (void)state;
    assert_near(
        one_rate(TUMOUR_PLAIN HOLD
                 "mechanisms:\n  A: {from: s, to: birth, law: factor, slope: 0.4}\n  B: {from: s, to: birth, law: inverse, slope: 2}\n"
                 "  C: {from: s, to: birth, law: linear, slope: 0.02 /d}\n" DO,
                 "core/none", false),
        0.1 * 1.2 / 2 + 0.01, WITHIN);
}

static void rows_aim_at_rows_with_all_that_aims_at_them(void **state) {
    (void)state;
    assert_near(
        one_rate(TUMOUR_PLAIN HOLD
                 "mechanisms:\n  A: {from: s, to: death, law: linear, slope: 0.04 /d}\n  B: {from: s, to: A, law: factor, slope: 1}\n"
                 "  C: {from: s, to: B, law: inverse, slope: 2}\n" DO,
                 "core/none", true),
        0.08 + 0.02 * (1.5 * 0.5), WITHIN);
    double now = 1.5 / 2.5 / (1 + 1.5), rest = 0.5 / 2;
    assert_near(one_rate(TUMOUR_PLAIN HOLD
                         "mechanisms:\n  A: {from: s, to: death, law: hill, max: 0.1 /d, half: 1, origin: 0, above_rest: true}\n"
                         "  B: {from: s, to: A, law: inverse, slope: 1, origin: 0}\n" DO,
                         "core/none", true),
                0.08 + 0.1 * (now - rest), WITHIN);
}

static void switched_off_rows_and_those_replaced_do_nothing(void **state) {
    (void)state;
    assert_near(DEATH("law: linear, slope: 0.04 /d, enabled: false"), 0.08, 1e-15);
    assert_near(one_rate(TUMOUR_PLAIN HOLD "mechanisms:\n  A: {from: s, to: death, law: linear, slope: 0.04 /d}\n  B: {from: s, to: death, "
                                           "law: linear, slope: 0.1 /d, instead_of: A}\n" DO,
                         "core/none", true),
                0.08 + 0.05, WITHIN);
}

static void an_arm_switches_rows_for_itself(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN HOLD "mechanisms:\n  A: {from: s, to: death, law: linear, slope: 0.04 /d}\n  B: {from: s, to: death, law: linear, "
                                   "slope: 0.1 /d, instead_of: A, enabled: false}\n"
                                   "arms:\n  plain: [{do: set, at: 0 d}]\n  none: [{rows: {A: false}}, {as: plain}]\n  other: [{as: none}, {rows: {B: true}}]\n"
                                   "  both: [{as: other}, {rows: {A: true, B: false}}, {rows: {B: true}}]\n  again: [{as: none}]\n",
                 2);
    const double expected[] = {0.02, 0, 0.05, 0.05, 0}; /* instead_of is judged with the arm's own switches */
    for (size_t arm = 0; arm < 5; arm++) {
        assert_int_equal(compile_arm(&c, arm, 2, 0.01), RLP_OK);
        assert_near(mean_of(&c, death_of(&c, "core/none"), 0, 0.01), 0.08 + expected[arm], WITHIN);
    }
    compiled_free(&c);
}

static void rows_in_a_circle_are_legal_where_an_arm_breaks_it(void **state) {
    compiled_t c;
    (void)state;
    read_text(&c, TUMOUR_PLAIN HOLD "mechanisms:\n  A: {from: s, to: B, law: factor, slope: 1}\n  B: {from: s, to: A, law: factor, slope: 1}\n"
                                    "  D: {from: s, to: death, law: linear, slope: 0.04 /d}\n  E: {from: s, to: D, law: factor, slope: 1}\n"
                                    "arms: {x: [{do: set, at: 0 d}, {rows: {A: false}}], y: [{do: set, at: 0 d}, {rows: {B: false}}]}\n");
    must_be_right(&c); /* each arm has an order of its own */
    for (size_t arm = 0; arm < 2; arm++) {
        assert_int_equal(compile_arm(&c, arm, 2, 0.01), RLP_OK);
        assert_near(rate_at(&c, death_of(&c, "core/none"), 0), 0.08 + 0.02 * 1.5, WITHIN);
    }
    compiled_free(&c);
}

static void scale_makes_a_row_larger_or_smaller(void **state) {
    (void)state;
    assert_near(DEATH("law: linear, slope: 0.04 /d, scale: 0.5"), 0.08 + 0.01, WITHIN);
    assert_near(DEATH("law: hill, max: 0.02 /d, half: 0.25, scale: 2"), 0.08 + 2 * 0.02 * 2 / 3, WITHIN);
    assert_near(BIRTH("law: inverse, slope: 0.5, scale: 0.5"), 0.1 * (1 - 0.5 * 0.2), WITHIN); /* 1 + (1/1.25 - 1) scale */
    assert_near(BIRTH("law: exp, rate: -1, scale: 0"), 0.1, 1e-15);
    assert_near(BIRTH("law: linear, slope: 0.4, as: factor, scale: 3"), 0.1 * 1.6, WITHIN);
    assert_near(DEATH("law: factor, slope: 0.1, as: add, scale: 2"), 0.08 + 0.1, WITHIN);
    double hill = 1.5 / 2.5 - 1.0 / 2.0;
    assert_near(DEATH("law: hill, max: 0.02 /d, half: 1, origin: 0, above_rest: true, scale: 3"), 0.08 + 3 * 0.02 * hill, WITHIN);
    assert_near(BIRTH("law: power, power: 1, origin: -1, above_rest: true, scale: 0.5"), 0.1 * 1.25, WITHIN);
    assert_near(one_rate(TUMOUR_PLAIN HOLD "mechanisms:\n  A: {from: s, to: death, law: linear, slope: 0.04 /d, scale: 2}\n"
                                           "  B: {from: s, to: A, law: factor, slope: 1, scale: 0.5}\n" DO,
                         "core/none", true),
                0.08 + 2 * 0.02 * 1.25, WITHIN);
}

static void scale_is_a_number_with_a_path_written_or_not(void **state) {
    compiled_t c;
    (void)state;
    read_text(&c, WITH("to: death, law: linear, slope: 0.04 /d"));
    must_be_right(&c);
    set_value(&c, "mechanisms.M.scale", 2.5);
    assert_int_equal(compile_arm(&c, 0, 2, 0.01), RLP_OK);
    assert_near(mean_of(&c, death_of(&c, "core/none"), 0, 0.01), 0.08 + 0.05, WITHIN);
    compiled_free(&c);
}

/* x' = (slope scale y - x)/tau with y held: coupled rows are part of the exact linear step (coupling.c). */
static void scale_reaches_rows_between_signals(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN "interventions: {set: {signals: {s: {add: 0.5}}}}\nsignals: {s: {rest: 1, tau: 1.0e+5 d}, z: {rest: 0, tau: 2 d}}\n"
                              "mechanisms: {A: {from: s, to: z, law: linear, slope: 0.4, scale: 3}, B: {from: z, to: death, law: linear, slope: 0.1 /d}}\n" DO,
                 40);
    double mean = 0.6 * (1 - 2.0 / 10 * (1 - exp(-5))); /* of 0.6 (1 - exp(-t/2)) over ten days */
    assert_near(mean_of(&c, death_of(&c, "core/none"), 0, 10), 0.08 + 0.1 * mean, 1e-4);
    compiled_free(&c);
}

static void always_is_a_source_of_one(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_TWO TRAITS "mechanisms:\n  A: {from: always, to: death, law: linear, slope: 0.01 /d, in: far}\n"
                                   "  B: {from: always, to: birth, law: factor, slope: 0.5, traits: [a]}\n"
                                   "  C: {from: always, to: death, law: hill, max: 0.02 /d, half: 3}\n"
                                   "  D: {from: always, to: birth, law: factor, slope: 1, above_rest: true}\narms: {x: []}\n",
                 5);
    assert_near(rate_at(&c, death_of(&c, "core/none"), 0), 0.08 + 0.005, 1e-15);
    assert_near(rate_at(&c, death_of(&c, "far/none"), 0), 0.08 + 0.005 + 0.01, 1e-15);
    assert_near(rate_at(&c, birth_of(&c, "far/a"), 0), 0.15, 1e-15);
    assert_near(rate_at(&c, birth_of(&c, "far/p"), 0), 0.1, 1e-15); /* above rest: at rest it is 1, too */
    assert_near(integral(&c, death_of(&c, "far/none"), 0, 5), 5 * 0.095, 1e-13);
    compiled_free(&c);
}

/* Always onto a signal is a new rest: x' = (rest + push - x)/tau from rest. */
static void always_pushes_a_signal(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN "signals: {z: {rest: 1, tau: 2 d}}\nmechanisms: {A: {from: always, to: z, law: linear, slope: 0.5}, B: {from: z, to: death, "
                              "law: linear, slope: 0.02 /d}}\narms: {x: []}\n",
                 200);
    assert_int_equal(compile_arm(&c, 0, 200, 1e-4), RLP_OK);
    assert_near(mean_of(&c, death_of(&c, "core/none"), 0, 10), 0.08 + 0.02 * 0.5 * (1 - 0.2 * (1 - exp(-5))), 1e-6);
    assert_near(rate_at(&c, death_of(&c, "core/none"), 150), 0.09, 1e-6);
    compiled_free(&c);
}

/* birth (1 + (f - 1) growth/birth): the patient's own net growth is what is taken, through birth; cells that do not divide stay so. */
static void growth_is_the_net_growth_through_birth(void **state) {
    compiled_t c;
    (void)state;
#define GROWS "to: growth, law: factor, slope: -1"
    assert_near(one_rate(WITH(GROWS), "core/none", false), 0.1 * (1 - 0.5 * 0.2), WITHIN); /* f 0.5: growth 0.02 -> 0.01 */
    assert_near(one_rate(WITH(GROWS), "core/none", true), 0.08, 1e-15);
    assert_near(one_rate(WITH("to: growth, law: linear, slope: 0.01 /d"), "core/none", false), 0.1 + 0.005, WITHIN);
    compile_text(&c,
                 TUMOUR_TWO "traits:\n  a: {kind: genetic, found: 1.0e-6}\n  q: {kind: plastic, gain: 0.01 /d, loss: 0.02 /d, birth: 0}\n" HOLD
                            "mechanisms:\n  A: {from: s, to: growth, law: factor, slope: -1, in: core, traits: {a: 0.5}}\n"
                            "  B: {from: s, to: growth, law: inverse, slope: 2}\n  C: {from: s, to: birth, law: factor, slope: 0.2}\n" DO,
                 2);
    assert_near(rate_at(&c, birth_of(&c, "far/none"), 0), 0.11 * (1 - 0.5 * 0.2), WITHIN);
    assert_near(rate_at(&c, birth_of(&c, "core/none"), 0), 0.11 * (1 - 0.75 * 0.2), WITHIN); /* factors multiply: f = 0.5 0.5 */
    assert_near(rate_at(&c, birth_of(&c, "core/a"), 0), 0.11 * (1 + (0.75 * 0.5 - 1) * 0.2), WITHIN);
    assert_near(rate_at(&c, birth_of(&c, "core/q"), 0), 0, 0);
    set_value(&c, "tumour.growth", 0.04);
    assert_int_equal(compile_arm(&c, 0, 2, 0.01), RLP_OK);
    assert_near(rate_at(&c, birth_of(&c, "core/none"), 0), 0.11 * (1 - 0.75 * 0.4), WITHIN);
    compiled_free(&c);
}

/* From a level: mean over the nodes, and where another factor swings with it, node by node. */
static void growth_follows_levels(void **state) {
    (void)state;
    assert_near(one_rate(TUMOUR_PLAIN TRAITS HOLD DRUG "mechanisms: {M: {from: x.occupancy, to: growth, law: factor, slope: -1}}\n" GIVE_ONCE, "core/none", false),
                0.1 * (1 - 0.5 * 0.2), 1e-4);
    compiled_t c;
    compile_text(&c,
                 TUMOUR_PLAIN "drugs: {x: {dose: 1000 mg, pk: {half_life: 0.25 d, volume: 100 L}}}\nmechanisms: {M: {from: x.level, to: growth, law: factor, slope: -0.1}, "
                              "B: {from: x.level, to: birth, law: factor, slope: 0.1}}\narms: {x: [{give: x, every: 1 d, doses: 1}]}\n",
                 20);
    double u = 0.25 / log(2), first = 10 * u, second = 100 * u / 2; /* integrals of the level and of its square */
    assert_near(integral(&c, birth_of(&c, "core/none"), 0, 20), 2 + 0.1 * (0.1 * first - 0.1 * 0.2 * first - 0.01 * 0.2 * second), 1e-5);
    compiled_free(&c);
}

static void a_negative_birth_by_growth_names_its_row(void **state) {
    compiled_t c;
    (void)state;
    read_text(&c, TUMOUR_TWO TRAITS HOLD
              "mechanisms: {OK: {from: s, to: birth, law: factor, slope: -0.2}, BAD: {from: s, to: growth, law: factor, slope: -20, in: far}}\narms: {x: [{do: set, at: 7 d}]}\n");
    must_be_right(&c);
    assert_int_equal(compile_arm(&c, 0, 30, 0.01), RLP_ERROR_RATE);
    const char *words[] = {"row BAD", "site far", "birth", "day 7"};
    for (size_t i = 0; i < 4; i++)
        if (!strstr(rlp_fail_message(), words[i])) fail_msg("'%s' is not in '%s'", words[i], rlp_fail_message());
    compiled_free(&c);
}

static void traits_scope_a_row(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN TRAITS HOLD "mechanisms:\n  A: {from: s, to: death, law: linear, slope: 0.04 /d, traits: {a: 0.25, p: 0.5}}\n"
                                          "  B: {from: s, to: birth, law: factor, slope: 0.4, traits: [a]}\n  C: {from: s, to: birth, law: "
                                          "factor, slope: 1, traits: {p: 0}}\n" DO,
                 2);
    assert_near(rate_at(&c, death_of(&c, "core/none"), 0), 0.08 + 0.02, WITHIN);
    assert_near(rate_at(&c, death_of(&c, "core/a"), 0), 0.08 + 0.02 * 0.25, WITHIN);
    assert_near(rate_at(&c, death_of(&c, "core/a+p"), 0), 0.08 + 0.02 * 0.125, WITHIN);
    assert_near(rate_at(&c, birth_of(&c, "core/none"), 0), 0.1 * 1.5, WITHIN);
    assert_near(rate_at(&c, birth_of(&c, "core/a"), 0), 0.1 * 1.5 * 1.2, WITHIN);
    assert_near(rate_at(&c, birth_of(&c, "core/a+p"), 0), 0.1 * 1.2, WITHIN);
    compiled_free(&c);
}

static void rows_reach_gain_loss_and_seeding(void **state) {
    compiled_t c;
    (void)state;
    compile_text(
        &c,
        "tumour: {cells: 1000, birth: 0.1 /d, growth: 0.02 /d, sites: {core: {share: 0.5}, far: {share: 0.5}}, seeding: {from: core, to: "
        "far, rate: 1.0e-3 /d}}\n" TRAITS HOLD
        "mechanisms:\n  A: {from: s, to: p.gain, law: factor, slope: 2, in: core}\n  B: {from: s, to: p.loss, law: linear, slope: 0.1 /d}\n"
        "  C: {from: s, to: seeding, law: factor, slope: 4}\n  D: {from: s, to: m.gain, law: factor, slope: -1, traits: [p]}\n" DO,
        2);
    assert_near(rate_at(&c, rate_of(&c, "core/none->core/p"), 0), 0.02, WITHIN);
    assert_near(rate_at(&c, rate_of(&c, "far/none->far/p"), 0), 0.01, WITHIN);
    assert_near(rate_at(&c, rate_of(&c, "far/a+p->far/a"), 0), 0.07, WITHIN);
    assert_near(rate_at(&c, rate_of(&c, "core/a->far/a"), 0), 3e-3, WITHIN);
    assert_near(rate_at(&c, rate_of(&c, "core/m1->core/m2"), 0), 0.1, WITHIN);
    assert_near(rate_at(&c, rate_of(&c, "core/p+m1->core/p+m2"), 0), 0.05, WITHIN);
    compiled_free(&c);
}

#define KILL_WITH(row) (one_rate(TUMOUR_PLAIN TRAITS HOLD DRUG "mechanisms: {M: {from: s, " row "}}\n" GIVE_ONCE, "core/none", true) - 0.08)

static void rows_reach_level_half_and_resistance(void **state) {
    compiled_t c;
    (void)state;
    assert_near(KILL_WITH("to: birth, law: factor, slope: 0"), 0.05, 1e-4);
    assert_near(KILL_WITH("to: x.level, law: factor, slope: 2"), 0.1 * 2 / 3, 1e-4);
    assert_near(KILL_WITH("to: x.level, law: linear, slope: 20 mg/L"), 0.1 * 2 / 3, 1e-4);
    assert_near(KILL_WITH("to: x.half, law: factor, slope: 2"), 0.1 / 3, 1e-4);
    compile_text(&c,
                 TUMOUR_PLAIN TRAITS HOLD DRUG "mechanisms:\n  A: {from: s, to: a.resistance, law: factor, slope: 1}\n  B: {from: s, to: "
                                               "m.resistance, law: factor, slope: -1}\n" GIVE_ONCE,
                 2);
    assert_near(rate_at(&c, death_of(&c, "core/a"), 0) - 0.08, 0.1 / (1 + 1 + 4 * 1.5), 1e-4); /* shift 1 + (5 - 1) 1.5 */
    assert_near(rate_at(&c, death_of(&c, "core/m1"), 0) - 0.08, 0.05 * (1 - 0.5 * 0.5), 1e-4); /* effect 1 - (1 - 0.5) 0.5 */
    assert_near(rate_at(&c, death_of(&c, "core/none"), 0) - 0.08, 0.05, 1e-4);
    compiled_free(&c);
}

static void a_scoped_level_row_acts_in_those_cells_only(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN TRAITS HOLD DRUG "mechanisms:\n  A: {from: s, to: x.level, law: factor, slope: 2, traits: [p]}\n"
                                               "  B: {from: x.level, to: birth, law: factor, slope: 0.01}\n" GIVE_ONCE,
                 2);
    assert_near(rate_at(&c, death_of(&c, "core/none"), 0) - 0.08, 0.05, 1e-4);
    assert_near(rate_at(&c, death_of(&c, "core/p"), 0) - 0.08, 0.1 * 2 / 3, 1e-4);
    assert_near(rate_at(&c, birth_of(&c, "core/p"), 0), 0.1 * 1.1, 1e-4); /* rows that read the level do not see it */
    compiled_free(&c);
}

static void levels_and_occupancy_are_sources(void **state) {
    (void)state;
    assert_near(one_rate(TUMOUR_PLAIN TRAITS HOLD DRUG
                         "mechanisms: {M: {from: x.level, to: birth, law: hill, as: factor, max: -0.5, half: 30 mg/L}}\n" GIVE_ONCE,
                         "core/none", false),
                0.1 * (1 - 0.5 * 0.25), 1e-4);
    assert_near(one_rate(TUMOUR_PLAIN TRAITS HOLD DRUG "mechanisms: {M: {from: x.occupancy, to: birth, law: factor, slope: 0.4}, H: {from: "
                                                       "s, to: x.half, law: factor, slope: 2}}\n" GIVE_ONCE,
                         "core/none", false),
                0.1 * (1 + 0.4 / 3), 1e-4);
    assert_near(one_rate(TUMOUR_PLAIN TRAITS HOLD DRUG "mechanisms: {M: {from: x.level, to: birth, law: factor, slope: 0.01}, H: {from: s, "
                                                       "to: x.level, law: factor, slope: 2}}\n" GIVE_ONCE,
                         "core/none", false),
                0.1 * 1.2, 1e-4);
}

static void days_on_count_the_running_course(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN DRUG_PLAIN "mechanisms: {M: {from: x.days_on, to: birth, law: exp, rate: -0.1 /d, floor: 0.5}}\n"
                                         "arms: {x: [{give: x, every: 1 d, from: 5 d, until: 25 d}, {give: x, every: 1 d, from: 30 d}]}\n",
                 40);
    size_t birth = birth_of(&c, "core/none");
    assert_near(integral(&c, birth, 0, 5), 0.5, 1e-12);
    assert_near(integral(&c, birth, 5, 25), 0.1 * (10 * (1 - exp(-0.6931472)) + (20 - 6.931472) * 0.5), 2e-3);
    assert_near(integral(&c, birth, 25, 30), 0.5, 1e-12);
    assert_near(integral(&c, birth, 30, 40), 0.1 * (10 * (1 - exp(-0.6931472)) + (10 - 6.931472) * 0.5), 2e-3);
    compiled_free(&c);
}

static void days_on_of_overlapping_courses_count_from_the_later(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN DRUG_PLAIN "mechanisms: {M: {from: x.days_on, to: death, law: linear, slope: 0.001}}\narms: {x: [{give: x, "
                                         "every: 1 d}, {give: x, every: 1 d, from: 10 d}]}\n",
                 20);
    assert_near(integral(&c, death_of(&c, "core/none"), 0, 20) - 1.6, 0.001 * (50 + 50), 1e-9);
    compiled_free(&c);
}

static void a_stop_and_an_intervention_open_a_window(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN DRUG_PLAIN HOLD "mechanisms:\n  A: {from: x.stop, to: birth, law: factor, slope: 0.2, window: 21 d}\n  B: "
                                              "{from: set, to: death, law: window, max: 0.01 /d, window: 14 d}\n"
                                              "arms: {x: [{give: x, every: 1 d, until: 10 d}, {do: set, at: 50 d}]}\n",
                 100);
    size_t birth = birth_of(&c, "core/none"), death = death_of(&c, "core/none");
    assert_near(integral(&c, birth, 0, 10), 1, 1e-12);
    assert_near(integral(&c, birth, 10, 31), 21 * 0.12, 1e-12);
    assert_near(integral(&c, birth, 31, 100), 6.9, 1e-12);
    assert_near(integral(&c, death, 0, 100), 8 + 0.14, 1e-12);
    assert_near(integral(&c, death, 50, 64), 14 * 0.09, 1e-12);
    compiled_free(&c);
}

static void thresholds_of_days_are_met_on_the_day(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN DRUG_PLAIN "mechanisms: {A: {from: x.days_on, to: death, law: window, max: 0.1 /d, low: 7.3 d, high: 9.1 "
                                         "d}}\narms: {x: [{give: x, every: 1 d, from: 2 d}]}\n",
                 30);
    assert_near(integral(&c, death_of(&c, "core/none"), 0, 9.3), 9.3 * 0.08, 1e-12);
    assert_near(integral(&c, death_of(&c, "core/none"), 0, 30), 2.4 + 0.18, 1e-12);
    compiled_free(&c);
}

static void rows_reach_survival_with_the_state_just_before(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN TRAITS "interventions: {set: {signals: {s: {add: 0.5}}}, cut: {survive: {core: 0.4}, signals: {s: {add: "
                                     "5}}}}\nsignals: {s: {rest: 1, tau: 1.0e+5 d}}\n"
                                     "mechanisms: {M: {from: s, to: cut.survive, law: factor, slope: -1, traits: {p: 0.5}}}\narms: {x: "
                                     "[{do: set, at: 0 d}, {do: cut, at: 3 d}]}\n",
                 5);
    assert_near(survival_at(&c, "core/none", 3), 0.2, WITHIN);
    assert_near(survival_at(&c, "core/p", 3), 0.4 * 0.75, WITHIN);
    compiled_free(&c);
}

static void lists_make_arrows_that_share_numbers(void **state) {
    (void)state;
    assert_near(
        one_rate(TUMOUR_PLAIN HOLD "mechanisms: {M: {from: [s, s], to: [birth, death], law: factor, slope: 0.4}}\n" DO, "core/none", false),
        0.1 * 1.44, WITHIN);
    assert_near(
        one_rate(TUMOUR_PLAIN HOLD "mechanisms: {M: {from: [s, s], to: [birth, death], law: factor, slope: 0.4}}\n" DO, "core/none", true),
        0.08 * 1.44, WITHIN);
}

static void a_negative_rate_names_row_site_type_and_day(void **state) {
    compiled_t c;
    (void)state;
    read_text(
        &c, TUMOUR_TWO TRAITS HOLD
        "mechanisms: {BAD: {from: s, to: death, law: linear, slope: -1 /d, in: far, traits: [a]}}\narms: {x: [{do: set, at: 7 d}]}\n");
    must_be_right(&c);
    assert_int_equal(compile_arm(&c, 0, 30, 0.01), RLP_ERROR_RATE);
    const char *words[] = {"BAD", "far", "death", " a ", "day 7"};
    for (size_t i = 0; i < 5; i++)
        if (!strstr(rlp_fail_message(), words[i])) fail_msg("'%s' is not in '%s'", words[i], rlp_fail_message());
    rlp_process_free(&c.process);
    assert_int_equal(rlp_tumour_process(c.tumour, c.values, &c.process), RLP_OK);
    assert_int_equal(rlp_environment_begin(c.environment, c.values, &c.process), RLP_OK);
    assert_int_equal(rlp_environment_extend(c.environment, 6.5, &c.process), RLP_OK); /* no failure before its day */
    compiled_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_law_has_its_size),
        cmocka_unit_test(as_turns_a_summand_into_a_factor_and_back),
        cmocka_unit_test(x_counts_from_rest_or_from_origin),
        cmocka_unit_test(above_rest_takes_off_what_is_there_at_rest),
        cmocka_unit_test(factors_multiply_the_base_and_summands_are_added),
        cmocka_unit_test(rows_aim_at_rows_with_all_that_aims_at_them),
        cmocka_unit_test(switched_off_rows_and_those_replaced_do_nothing),
        cmocka_unit_test(an_arm_switches_rows_for_itself),
        cmocka_unit_test(rows_in_a_circle_are_legal_where_an_arm_breaks_it),
        cmocka_unit_test(scale_makes_a_row_larger_or_smaller),
        cmocka_unit_test(scale_is_a_number_with_a_path_written_or_not),
        cmocka_unit_test(scale_reaches_rows_between_signals),
        cmocka_unit_test(always_is_a_source_of_one),
        cmocka_unit_test(always_pushes_a_signal),
        cmocka_unit_test(growth_is_the_net_growth_through_birth),
        cmocka_unit_test(growth_follows_levels),
        cmocka_unit_test(a_negative_birth_by_growth_names_its_row),
        cmocka_unit_test(traits_scope_a_row),
        cmocka_unit_test(rows_reach_gain_loss_and_seeding),
        cmocka_unit_test(rows_reach_level_half_and_resistance),
        cmocka_unit_test(a_scoped_level_row_acts_in_those_cells_only),
        cmocka_unit_test(levels_and_occupancy_are_sources),
        cmocka_unit_test(days_on_count_the_running_course),
        cmocka_unit_test(days_on_of_overlapping_courses_count_from_the_later),
        cmocka_unit_test(a_stop_and_an_intervention_open_a_window),
        cmocka_unit_test(thresholds_of_days_are_met_on_the_day),
        cmocka_unit_test(rows_reach_survival_with_the_state_just_before),
        cmocka_unit_test(lists_make_arrows_that_share_numbers),
        cmocka_unit_test(a_negative_rate_names_row_site_type_and_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
