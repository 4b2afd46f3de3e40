/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Drugs on the compiled process: levels by superposition, effects averaged over days, and the table of protection. */
#include "tumour_test.h"

#define KA 24.0
#define KE (0.69314718055994531 / 1.5)
#define DRUG(effect, resisted) \
    "drugs: {x: {dose: 100 mg, pk: {ka: 1 /h, half_life: 36 h, volume: 50 L}, effect: {" effect "}, resisted: {" resisted "}}}\n"
#define KILL "changes: death, max: 0.05 /d, half: 2 mg/L, power: 1.5"
#define TRAITS                                                                                                                         \
    "traits:\n  a: {kind: genetic, found: 0}\n  b: {kind: genetic, found: 0}\n  m: {kind: ladder, rungs: 3, found: 0, gain: 0, loss: " \
    "0}\n  s: {kind: plastic, gain: 0 /d, loss: 0 /d}\n"                                                                               \
    "  combine: {genetic: [a+b, a+m], plastic: 1}\n"
#define GIVE "arms: {x: [{give: x, every: 12 h}]}\n"

/* Level after doses at 0, T, 2T, ... < until, dose by dose. */
static double level(double t, double every, double until, bool oral) {
    double sum = 0;
    for (int k = 0; k * every <= t && k * every < until; k++) {
        double s = t - k * every;
        sum += oral ? 100 / 50.0 * KA / (KA - KE) * (exp(-KE * s) - exp(-KA * s)) : 2 * exp(-KE * s);
    }
    return sum;
}

static double hill(double x, double half, double power) { return pow(x / half, power) / (1 + pow(x / half, power)); }

/* Integral of the hill effect over (from, to), by a fine midpoint rule. */
static double brute(double from, double to, double every, double until, double half, bool oral) {
    double sum = 0, step = 1.0 / 4096;
    for (long i = 0; i < (long)((to - from) / step); i++)
        sum += step * 0.05 * hill(level(from + ((double)i + 0.5) * step, every, until, oral), half, 1.5);
    return sum;
}

static void kill_is_the_time_average_of_hill_over_superposed_doses(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c, TUMOUR_PLAIN DRUG(KILL, "") GIVE, 60);
    size_t death = death_of(&c, "core/none");
    for (double t = 0; t < 60; t += 20) assert_near(integral(&c, death, t, t + 20) - 20 * 0.08, brute(t, t + 20, 0.5, 1e9, 2, true), 1e-3);
    assert_near(integral(&c, death, 0, 60) - 60 * 0.08, brute(0, 60, 0.5, 1e9, 2, true), 2e-5);
    compiled_free(&c);
}

static void a_course_that_ends_washes_out(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c, TUMOUR_PLAIN DRUG(KILL, "") "arms: {x: [{give: x, every: 12 h, until: 7 d}]}\n", 60);
    assert_near(integral(&c, death_of(&c, "core/none"), 0, 60) - 60 * 0.08, brute(0, 60, 0.5, 7, 2, true), 2e-5);
    compiled_free(&c);
    compile_text(&c, TUMOUR_PLAIN DRUG(KILL, "") "arms: {x: [{give: x, every: 12 h, doses: 14}]}\n", 60);
    assert_near(integral(&c, death_of(&c, "core/none"), 0, 60) - 60 * 0.08, brute(0, 60, 0.5, 7, 2, true), 2e-5);
    size_t n;
    const rlp_planned_t *planned = rlp_environment_planned(c.environment, &n);
    assert_int_equal(n, 2);
    assert_true(planned[0].kind == RLP_EVENT_START && planned[1].kind == RLP_EVENT_STOP && planned[1].t_days == 7);
    compiled_free(&c);
}

static void without_ka_the_dose_enters_the_blood_at_once(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN "drugs: {x: {dose: 100 mg, pk: {clearance: 0.96270441744436932 L/h, volume: 50 L}, effect: {" KILL
                              "}}}\narms: {x: [{give: x, every: 3 d}]}\n",
                 60);
    assert_near(integral(&c, death_of(&c, "core/none"), 0, 60) - 60 * 0.08, brute(0, 60, 3, 1e9, 2, false), 1e-4);
    compiled_free(&c);
}

static void growth_is_lost_as_a_share_of_the_patients_own(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN "traits: {s: {kind: plastic, gain: 0 /d, loss: 0 /d, birth: 0.5, death: 0.5}}\n" DRUG(
                     "changes: growth, max: -55 %, half: 2 mg/L, power: 1.5", "") GIVE,
                 200);
    double e = brute(100, 110, 0.5, 1e9, 2, true) / 10 / 0.05;
    assert_near(mean_of(&c, birth_of(&c, "core/none"), 100, 110), 0.1 - 0.55 * e * 0.02, 2e-6);
    assert_near(mean_of(&c, birth_of(&c, "core/s"), 100, 110), 0.5 * (0.1 - 0.55 * e * 0.02), 2e-6);
    set_value(&c, "tumour.growth", 0.01);
    assert_int_equal(compile_arm(&c, 0, 200, 0.01), RLP_OK);
    assert_near(mean_of(&c, birth_of(&c, "core/none"), 100, 110), 0.1 - 0.55 * e * 0.01, 2e-6);
    compiled_free(&c);
}

static void a_share_multiplies_and_a_rate_adds(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c, TUMOUR_PLAIN DRUG("changes: birth, max: -50 %, half: 1 ug/L, power: 3", "") GIVE, 300);
    assert_near(rate_at(&c, birth_of(&c, "core/none"), 200), 0.05, 1e-7); /* far above half: all of max */
    compiled_free(&c);
    compile_text(&c, TUMOUR_PLAIN DRUG("changes: birth, max: -0.02 /d, half: 1 ug/L, power: 3", "") GIVE, 300);
    assert_near(rate_at(&c, birth_of(&c, "core/none"), 200), 0.08, 1e-7);
    compiled_free(&c);
}

/* Kill on steady days of a type, as a share of max. */
static double killed(const compiled_t *c, const char *type) { return (mean_of(c, death_of(c, type), 100, 101) - 0.08) / 0.05; }

static void protection_is_a_table_and_never_a_product(void **state) {
    compiled_t c;
    (void)state;
    compile_text(
        &c,
        TUMOUR_PLAIN TRAITS DRUG(
            KILL, "a: {half: 10}, a+b: {half: 100}, b: {effect: 0.1}, m: {half: [1, 3, 30], effect: 0.9}, s: {effect: 0.3, half: 2}") GIVE,
        200);
    double day = brute(100, 101, 0.5, 1e9, 2, true) / 0.05, by10 = brute(100, 101, 0.5, 1e9, 20, true) / 0.05,
           by100 = brute(100, 101, 0.5, 1e9, 200, true) / 0.05, by30 = brute(100, 101, 0.5, 1e9, 60, true) / 0.05,
           by2 = brute(100, 101, 0.5, 1e9, 4, true) / 0.05;
    assert_near(killed(&c, "core/none"), day, 1e-4);
    assert_near(killed(&c, "core/a"), by10, 1e-4);
    assert_near(killed(&c, "core/b"), 0.1 * day, 1e-4);
    assert_near(killed(&c, "core/b+s"), 0.1 * by2, 1e-4);
    assert_near(killed(&c, "core/a+b"), by100, 1e-4);
    assert_near(killed(&c, "core/m1"), 0.9 * day, 1e-4);
    assert_near(killed(&c, "core/m3"), 0.9 * by30, 1e-4);
    assert_near(killed(&c, "core/s"), 0.3 * by2, 1e-4);
    assert_near(killed(&c, "core/a+m3"), 0.9 * by30, 1e-4); /* not listed: the largest half, the smallest effect */
    assert_near(killed(&c, "core/a+m2+s"), 0.3 * by10, 1e-4);
    assert_near(killed(&c, "core/a+b+s"), 0.1 * by100, 1e-4);
    compiled_free(&c);
    compile_text(&c, TUMOUR_PLAIN TRAITS DRUG(KILL, "a: {half: 10}, a+b: {half: 100}") GIVE, 200);
    assert_near(killed(&c, "core/b"), day, 1e-4); /* as C797S: alone it leaves the drug active */
    assert_near(killed(&c, "core/a+b"), by100, 1e-4);
    compiled_free(&c);
}

static void traits_that_a_study_lacks_are_left_out_where_the_drug_says_so(void **state) {
    compiled_t c, plain;
    (void)state;
    compile_text(&plain, TUMOUR_PLAIN TRAITS DRUG(KILL, "a: {half: 10}") GIVE, 200);
    compile_text(&c, TUMOUR_PLAIN TRAITS "drugs: {x: {dose: 100 mg, pk: {ka: 1 /h, half_life: 36 h, volume: 50 L}, effect: {" KILL "}, if_present: true, "
                     "resisted: {a: {half: 10}, a+gone: {half: 100}, gone: {effect: 0}}}}\n" GIVE,
                 200);
    assert_near(killed(&c, "core/a"), killed(&plain, "core/a"), 0);
    compiled_free(&plain);
    compiled_free(&c);
    read_text(&c, TUMOUR_PLAIN TRAITS DRUG(KILL, "a: {half: 10}, a+gone: {half: 100}") GIVE);
    assert_int_equal(rlp_diagnostics_errors(c.diagnostics), 1); /* without the word a slip of the pen is an error */
    compiled_free(&c);
}

static void a_listed_combination_stands_for_itself(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c, TUMOUR_PLAIN TRAITS DRUG(KILL, "a: {half: 100}, a+b: {half: 1}") GIVE, 200);
    assert_near(killed(&c, "core/a+b"), killed(&c, "core/none"), 1e-12);
    assert_near(killed(&c, "core/a+b+s"), killed(&c, "core/none"), 1e-12); /* s has no word in this table */
    compiled_free(&c);
}

static void half_in_molar_units_needs_and_uses_the_molar_mass(void **state) {
    compiled_t c;
    (void)state;
    read_text(&c, TUMOUR_PLAIN "drugs: {x: {dose: 1 mg, molar_mass: 446.9 g/mol, pk: {half_life: 1 d, volume: 1 L}, effect: {changes: "
                               "death, max: 0.1 /d, half: 0.06 umol/L}}}\n");
    must_be_right(&c);
    assert_near(c.values[rlp_parameters_find(&c.parameters, "drugs.x.effect.half")], 0.026814, 1e-9);
    compiled_free(&c);
}

static void two_shares_on_one_rate_are_averaged_together(void **state) {
    compiled_t c;
    double sum = 0, step = 1.0 / 4096;
    (void)state;
    compile_text(
        &c,
        TUMOUR_PLAIN
        "drugs:\n  x: {dose: 100 mg, pk: {ka: 1 /h, half_life: 3 h, volume: 50 L}, effect: {changes: birth, max: -90 %, half: 0.5 mg/L}}\n"
        "  y: {dose: 100 mg, pk: {ka: 1 /h, half_life: 3 h, volume: 50 L}, effect: {changes: birth, max: -90 %, half: 0.5 mg/L}}\n"
        "arms: {x: [{give: x, every: 24 h}, {give: y, every: 24 h}]}\n",
        30);
    for (int i = 0; i < 4096; i++) {
        double t = (i + 0.5) * step, x = 0;
        for (int k = 0; k < 20; k++)
            x += 2 * KA / (KA - 8 * 0.69314718055994531) * (exp(-8 * 0.69314718055994531 * (t + k)) - exp(-KA * (t + k)));
        sum += step * 0.1 * pow(1 - 0.9 * x / (0.5 + x), 2);
    }
    assert_near(mean_of(&c, birth_of(&c, "core/none"), 20, 21), sum, 1e-5);
    compiled_free(&c);
}

/* Three traits that protect alike at rest; rows weaken the first and the last at one site, and one raises the level in the cells of a fourth. */
#define WEAKENED(more)                                                                                                                     \
    TUMOUR_TWO "traits: {a: {kind: genetic, found: 0}, b: {kind: genetic, found: 0}, c: {kind: genetic, found: 0}, q: {kind: genetic, found: 0}}\n" DRUG( \
        KILL, "a: {half: 10}, b: {half: 10}, c: {half: 10}, q: {half: 10, effect: 0.5}")                                                   \
    "interventions: {i: {survive: {core: 1}}}\n"                                                                                          \
    "mechanisms: {A: {from: i, to: [a.resistance, c.resistance], law: factor, slope: -0.5, window: 1000 d, in: [far]}" more "}\n"           \
    "arms: {x: [{give: x, every: 12 h}, {do: i, at: 0 d}]}\n"

static void resistance_is_weakened_for_its_own_trait_and_site(void **state) {
    compiled_t c;
    (void)state;
    double by1 = brute(100, 101, 0.5, 1e9, 2, true) / 0.05, by5 = brute(100, 101, 0.5, 1e9, 10, true) / 0.05,
           by5half = brute(100, 101, 0.5, 1e9, 11, true) / 0.05, by10 = brute(100, 101, 0.5, 1e9, 20, true) / 0.05;
    static const char *const rows[] = {WEAKENED(""), WEAKENED(", B: {from: i, to: x.level, law: factor, slope: 2, window: 1000 d, in: [core], traits: {q: 0.5, a: 0, b: 0, c: 0}}, "
                                                             "C: {from: i, to: q.resistance, law: factor, slope: -1, window: 1000 d, in: [far]}")};
    for (size_t k = 0; k < 2; k++) {
        compile_text(&c, rows[k], 200);
        assert_near(killed(&c, "core/a"), by10, 1e-4);
        assert_near(killed(&c, "core/b"), by10, 1e-4);
        assert_near(killed(&c, "core/c"), by10, 1e-4);
        assert_near(killed(&c, "far/a"), by5half, 1e-4);
        assert_near(killed(&c, "far/b"), by10, 1e-4);
        assert_near(killed(&c, "far/c"), by5half, 1e-4);
        assert_near(killed(&c, "core/q"), k ? 0.5 * by5 : 0.5 * by10, 1e-4); /* B: twice the level inside */
        assert_near(killed(&c, "far/q"), k ? by1 : 0.5 * by10, 1e-4);        /* C: nothing is left of its protection */
        compiled_free(&c);
    }
}

/* ---- doses ---- */
#define PATIENT "patient: {weight: 80 kg, bsa: 1.6 m2}\n"
#define DOSED(dose, more) \
    "drugs: {x: {dose: " dose ", " more "pk: {half_life: 480 h, volume: 6 L}, effect: {changes: death, max: 0.05 /d, half: 100 mg/L}}}\n"

/* Kill just after the first dose into the blood: of `mg` in 6 L with half at 100 mg/L, over the first hour. */
static double first_hour(double mg) {
    double sum = 0;
    for (int i = 0; i < 1000; i++) sum += 0.05 * hill(mg / 6 * exp(-log(2) / 20 * ((i + 0.5) / 1000 / 24)), 100, 1) / 1000;
    return sum / 24;
}

static double killed_in_an_hour(const compiled_t *c) { return integral(c, death_of(c, "core/none"), 0, 1.0 / 24) - 0.08 / 24; }

static void doses_go_by_weight_or_by_surface(void **state) {
    static const struct {
        const char *yaml;
        double mg;
    } cases[] = {{DOSED("400 mg", "") "arms: {x: [{give: x, every: 21 d}]}\n", 400},
                 {DOSED("15 mg/kg", "") "arms: {x: [{give: x, every: 21 d}]}\n", 1200},
                 {DOSED("0.05 g/m2", "") "arms: {x: [{give: x, every: 21 d}]}\n", 80},
                 {DOSED("400 mg", "") "arms: {x: [{give: x, every: 21 d, dose: 5 mg/kg}]}\n", 400},
                 {DOSED("15 mg/kg", "") "arms: {x: [{give: x, every: 21 d, dose: 50 mg/m2}]}\n", 80},
                 {DOSED("15 mg/kg", "") "arms: {x: [{give: x, every: 21 d, dose: 300}]}\n", 300}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        compiled_t c;
        char yaml[1024];
        snprintf(yaml, sizeof yaml, TUMOUR_PLAIN PATIENT "%s", cases[i].yaml);
        compile_text(&c, yaml, 1.0 / 24);
        assert_near(killed_in_an_hour(&c), first_hour(cases[i].mg), 1e-9);
        compiled_free(&c);
    }
}

static void each_patient_has_his_own_dose(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c, TUMOUR_PLAIN PATIENT DOSED("15 mg/kg", "light: {below: 60 kg, dose: 10 mg/kg}, ") "arms: {x: [{give: x, every: 21 d}]}\n", 1.0 / 24);
    static const double weights[] = {100, 60, 59.99, 45}, doses[] = {1500, 900, 599.9, 450};
    for (size_t i = 0; i < 4; i++) {
        set_value(&c, "patient.weight", weights[i]);
        assert_int_equal(compile_arm(&c, 0, 1.0 / 24, 0.01), RLP_OK);
        assert_near(killed_in_an_hour(&c), first_hour(doses[i]), 1e-9);
    }
    compiled_free(&c);
    compile_text(&c, TUMOUR_PLAIN PATIENT DOSED("12 mg", "light: {below: 85 kg, dose: 8 mg}, ") "arms: {x: [{give: x, every: 1 d, dose: 10 mg}]}\n",
                 1.0 / 24);
    assert_near(killed_in_an_hour(&c), first_hour(10), 1e-9); /* what an arm says stands over both */
    compiled_free(&c);
}

/* Occupancy of a drug without an effect: rows read it and move its half, cells are not touched otherwise. */
static void an_occupancy_needs_no_effect_of_its_own(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN "drugs: {x: {dose: 1 mg, pk: {half_life: 24 h, volume: 1 L}, effect: {changes: none, half: 0.5 mg/L, power: 2}}}\n"
                              "signals: {h: {rest: 0, tau: 1 d}}\ninterventions: {i: {signals: {h: {add: 1}}}}\n"
                              "mechanisms: {A: {from: x.occupancy, to: birth, law: factor, slope: -0.4}, B: {from: h, to: x.half, law: factor, slope: 0}}\n"
                              "arms: {x: [{give: x, every: 24 h}]}\n",
                 100);
    double sum = 0;
    for (int i = 0; i < 10000; i++) sum += hill(2 * pow(0.5, (i + 0.5) / 10000), 0.5, 2) / 10000;
    assert_near(mean_of(&c, birth_of(&c, "core/none"), 60, 61), 0.1 * (1 - 0.4 * sum), 2e-6);
    assert_near(mean_of(&c, death_of(&c, "core/none"), 60, 61), 0.08, 0);
    compiled_free(&c);
    compile_text(&c,
                 TUMOUR_PLAIN "drugs: {x: {dose: 1 mg, pk: {half_life: 24 h, volume: 1 L}, effect: {changes: none, half: 0.5 mg/L, power: 2}}, y: "
                              "{dose: 1 mg, pk: {half_life: 1 d, volume: 1 L}}}\n"
                              "mechanisms: {A: {from: x.occupancy, to: birth, law: factor, slope: -0.4}, B: {from: y.stop, window: 1000 d, to: x.half, "
                              "law: factor, slope: 3}}\narms: {x: [{give: x, every: 24 h}, {give: y, every: 1 d, until: 1 d}]}\n",
                 100);
    sum = 0;
    for (int i = 0; i < 10000; i++) sum += hill(2 * pow(0.5, (i + 0.5) / 10000), 2, 2) / 10000;
    assert_near(mean_of(&c, birth_of(&c, "core/none"), 60, 61), 0.1 * (1 - 0.4 * sum), 2e-6);
    compiled_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kill_is_the_time_average_of_hill_over_superposed_doses),
        cmocka_unit_test(a_course_that_ends_washes_out),
        cmocka_unit_test(without_ka_the_dose_enters_the_blood_at_once),
        cmocka_unit_test(growth_is_lost_as_a_share_of_the_patients_own),
        cmocka_unit_test(a_share_multiplies_and_a_rate_adds),
        cmocka_unit_test(protection_is_a_table_and_never_a_product),
        cmocka_unit_test(traits_that_a_study_lacks_are_left_out_where_the_drug_says_so),
        cmocka_unit_test(a_listed_combination_stands_for_itself),
        cmocka_unit_test(half_in_molar_units_needs_and_uses_the_molar_mass),
        cmocka_unit_test(two_shares_on_one_rate_are_averaged_together),
        cmocka_unit_test(resistance_is_weakened_for_its_own_trait_and_site),
        cmocka_unit_test(doses_go_by_weight_or_by_surface),
        cmocka_unit_test(each_patient_has_his_own_dose),
        cmocka_unit_test(an_occupancy_needs_no_effect_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
