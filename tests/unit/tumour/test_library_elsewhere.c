/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Arrows of the library's list that are no rows: survival of interventions (M01, M14, M15, M36, M37), drugs and what resists them (M16, M24 to
 * M26, M31), seeding (M35), rules and tests of arms (M42, M43). M44, which has to come out by itself, is in test_library_whole.c. */
#include "library_test.h"

/* ---- interventions ------------------------------------------------------------------------------------------------------------- */
static double lives(const char *how, const char *intervention, const char *type) {
    compiled_t c;
    char arms[64];
    snprintf(arms, sizeof arms, "x: [{do: %s, at: 3 d}]", intervention);
    compile_study(&c, "", how, arms, 5);
    double share = survival_at(&c, type, 3);
    compiled_free(&c);
    return share;
}

static void M01_TACE_kills_by_ischaemia(void **state) {
    (void)state;
    assert_near(lives("", "tace", "core/none"), 0.10, 1e-15);
    assert_near(lives("", "tace", "margin/none"), 0.35, 1e-15);
    assert_near(lives("interventions: {tace: {survive: {core: 1}}}\n", "tace", "core/none"), 1, 1e-15);          /* off */
    assert_near(lives("interventions: {tace: {survive: {margin: 0.2}}}\n", "tace", "margin/none"), 0.2, 1e-15); /* another size */
}

static double arrhenius(double celsius, double seconds) {
    return exp(-3.27e91 * exp(-578000 / (8.31446261815324 * (celsius + 273.15))) * seconds);
}

static void M14_heat_kills_by_the_Arrhenius_law(void **state) {
    (void)state;
    assert_near(lives("", "mwa", "core/none"), 1e-9, 1e-20);
    assert_near(lives("", "mwa", "margin/none"), 3e-4, 1e-15);
    assert_near(lives("", "rfa", "core/none"), 0, 1e-20);
    assert_near(lives("", "rfa", "margin/none"), arrhenius(51, 300), 1e-9);
    assert_in_range((int)(1e5 * arrhenius(51, 300)), 50, 200); /* near 1e-3 */
    assert_near(lives("interventions: {rfa: {thermal: {duration: 1 min}}}\n", "rfa", "margin/none"), arrhenius(51, 60), 1e-9);
    assert_near(lives("interventions: {rfa: {survive: {margin: 0.3}}}\n", "rfa", "margin/none"), 0.3, 1e-15); /* what is said goes first */
}

static void M15_a_vessel_takes_heat_from_the_margin(void **state) {
    (void)state;
    assert_near(lives("interventions: {rfa: {thermal: {sink: {margin: 0}}}}\n", "rfa", "margin/none"), arrhenius(54, 300), 1e-20);
    assert_near(lives("interventions: {rfa: {thermal: {sink: {margin: 6}}}}\n", "rfa", "margin/none"), arrhenius(48, 300), 1e-9);
}

static void M36_local_treatment_does_not_reach_distant_sites(void **state) {
    static const char *const all[] = {"tace", "rfa", "mwa"};
    (void)state;
    for (size_t i = 0; i < 3; i++) assert_near(lives("", all[i], "distant/none"), 1, 0);
}

static void M37_resistant_clones_die_like_the_others(void **state) {
    static const char *const all[] = {"tace", "rfa", "mwa"}, *const clones[] = {"margin/t790m", "margin/met4", "margin/bypass", "margin/efflux"};
    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 4; k++) assert_near(lives("", all[i], clones[k]), lives("", all[i], "margin/none"), 0);
}

static void M31_resting_cells_escape_TACE_and_not_heat(void **state) {
    (void)state;
    assert_near(lives("", "tace", "core/quiet"), sqrt(0.10), 1e-12);
    assert_near(lives("", "mwa", "margin/quiet"), 3e-4, 1e-15);
    assert_near(lives("interventions: {tace: {resisted: {quiet: {power: 1}}}}\n", "tace", "core/quiet"), 0.10, 1e-15);
    assert_near(lives("interventions: {mwa: {resisted: {quiet: {power: 0.5}}}}\n", "mwa", "margin/quiet"), sqrt(3e-4), 1e-12); /* the review */
}

/* ---- drugs ------------------------------------------------------------------------------------------------------------------------ */
static double kill(const char *given, const char *type) {
    compiled_t c;
    char arms[128];
    snprintf(arms, sizeof arms, "x: [%s]", given);
    compile_study(&c, "", STILL_DRUGS, arms, 10);
    double rate = mean_of(&c, death_of(&c, type), 0, 10);
    compiled_free(&c);
    return rate - (strstr(type, "quiet") ? 0.003 : strstr(type, "stem") ? DEATH / 2 : DEATH);
}

static double emax(double level_over_half) { return 0.05 * pow(level_over_half, 1.5) / (1 + pow(level_over_half, 1.5)); }
#define TEN_OSIMERTINIB ONCE("osimertinib", "0.07494")
#define WITHIN_RATE 2e-6 /* levels stand still but for 7e-6 a day */

static void M16_a_drug_reaches_every_site_by_its_hill(void **state) {
    static const char *const sites[] = {"core/none", "margin/none", "distant/none"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_near(kill(TEN_GEFITINIB, sites[i]), emax(10), WITHIN_RATE);
        assert_near(kill(ONCE("erlotinib", "0.0236040"), sites[i]), emax(1), WITHIN_RATE);
        assert_near(kill(TEN_OSIMERTINIB, sites[i]), emax(10), WITHIN_RATE);
        assert_near(kill(ONCE("lenvatinib", "0.06"), sites[i]), emax(2) * 0.006 / 0.05, WITHIN_RATE);
        assert_near(kill(ONCE("apatinib", "1"), sites[i]), 0, 1e-15); /* through mechanisms only */
    }
}

static void M24_target_mutations_shift_the_half_level(void **state) {
    (void)state;
    assert_near(kill(TEN_GEFITINIB, "core/t790m"), emax(0.1), WITHIN_RATE);
    assert_near(kill(TEN_GEFITINIB, "core/c797s"), emax(10), WITHIN_RATE); /* C797S alone leaves gefitinib active */
    assert_near(kill(TEN_GEFITINIB, "core/t790m+c797s"), emax(0.1), WITHIN_RATE);
    assert_near(kill(TEN_OSIMERTINIB, "core/t790m"), emax(10), WITHIN_RATE);
    assert_near(kill(TEN_OSIMERTINIB, "core/c797s"), emax(0.1), WITHIN_RATE);
    assert_near(kill(TEN_OSIMERTINIB, "core/t790m+c797s"), emax(0.1), WITHIN_RATE);
}

static void M25_copies_of_MET_shift_it_rung_by_rung(void **state) {
    static const char *const rungs[] = {"core/met1", "core/met2", "core/met3", "core/met4"};
    static const double egfr[] = {1, 5, 30, 100}, vegfr[] = {1, 1.5, 3, 6};
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        assert_near(kill(TEN_GEFITINIB, rungs[k]), emax(10 / egfr[k]), WITHIN_RATE);
        assert_near(kill(ONCE("lenvatinib", "0.06"), rungs[k]), emax(2 / vegfr[k]) * 0.006 / 0.05, WITHIN_RATE);
    }
}

static void M26_bypass_takes_a_share_of_the_effect(void **state) {
    (void)state;
    assert_near(kill(TEN_GEFITINIB, "core/bypass"), 0.2 * emax(10), WITHIN_RATE);
    assert_near(kill(TEN_OSIMERTINIB, "core/bypass"), 0.2 * emax(10), WITHIN_RATE);
    assert_near(kill(TEN_GEFITINIB, "core/unknown"), 0.1 * emax(10), WITHIN_RATE);
}

static void M31_resting_cells_survive_drugs(void **state) {
    (void)state;
    assert_near(kill(TEN_GEFITINIB, "core/quiet"), 0.1 * emax(10), WITHIN_RATE);
    assert_near(kill(TEN_GEFITINIB, "core/stem"), 0.3 * emax(10), WITHIN_RATE);
    assert_near(kill(TEN_GEFITINIB, "core/efflux"), emax(5), WITHIN_RATE);
}

/* Each of these numbers is a parameter: set to 1 it is off, set to another it is another. */
static void M16_to_M31_are_switched_and_sized_by_their_numbers(void **state) {
    static const struct {
        const char *path, *type;
        double off, other, expected;
    } of[] = {
        {"drugs.gefitinib.effect.max", "core/none", 0, 0.025, 0.5},           {"drugs.gefitinib.resisted.t790m.half", "core/t790m", 1, 50, 0},
        {"drugs.gefitinib.resisted.met.half.4", "core/met4", 1, 50, 0},       {"drugs.gefitinib.resisted.bypass.effect", "core/bypass", 1, 0.4, 0.4},
        {"drugs.gefitinib.resisted.quiet.effect", "core/quiet", 1, 0.4, 0.4}, {"drugs.gefitinib.resisted.stem.effect", "core/stem", 1, 0.4, 0.4},
    };
    compiled_t c;
    (void)state;
    compile_study(&c, "", STILL_DRUGS, "x: [" TEN_GEFITINIB "]", 10);
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        double base = strstr(of[i].type, "quiet") ? 0.003 : strstr(of[i].type, "stem") ? DEATH / 2 : DEATH;
        set_value(&c, of[i].path, of[i].off);
        assert_int_equal(compile_arm(&c, 0, 10, 0.01), RLP_OK);
        assert_near(mean_of(&c, death_of(&c, of[i].type), 0, 10) - base, of[i].off == 0 ? 0 : emax(10), WITHIN_RATE);
        set_value(&c, of[i].path, of[i].other);
        assert_int_equal(compile_arm(&c, 0, 10, 0.01), RLP_OK);
        assert_near(mean_of(&c, death_of(&c, of[i].type), 0, 10) - base, of[i].expected > 0 ? of[i].expected * emax(10) : emax(10.0 / 50), WITHIN_RATE);
        rlp_parameters_values(&c.parameters, c.values);
    }
    compiled_free(&c);
}

/* ---- seeding -------------------------------------------------------------------------------------------------------------------- */
static void M35_cells_of_core_and_margin_seed_distant_sites(void **state) {
    compiled_t c;
    (void)state;
    compile_study(&c, NULL, "", "x: []", 10);
    assert_near(rate_at(&c, rate_of(&c, "core/none->distant/none"), 0), 1e-3, 0); /* the study's own number */
    assert_near(rate_at(&c, rate_of(&c, "margin/met2->distant/met2"), 0), 1e-3, 0);
    set_value(&c, "tumour.seeding.rate", 0);
    assert_int_equal(compile_arm(&c, 0, 10, 0.01), RLP_OK);
    assert_near(rate_at(&c, rate_of(&c, "core/none->distant/none"), 0), 0, 0);
    compiled_free(&c);
}

/* ---- rules and tests of the shipped arms ----------------------------------------------------------------------------------------------- */
static void read_shipped(compiled_t *c, const char *name) {
    char text[512];
    snprintf(text, sizeof text, "include: %s/inputs/%s\n", SOURCE_DIR, name);
    read_text(c, text);
    must_be_right(c);
}

static const rlp_rule_t *rule_called(const compiled_t *c, const char *arm, const char *name) {
    size_t n, a = 0;
    while (strcmp(rlp_tumour_arm_name(c->tumour, a), arm)) a++;
    const rlp_rule_t *rules = rlp_tumour_rules(c->tumour, a, &n);
    for (size_t i = 0; i < n; i++)
        if (rules[i].name && !strcmp(rules[i].name, name)) return &rules[i];
    fail_msg("arm %s has no rule %s", arm, name);
    return NULL;
}

/* Treatment on demand ends: after two repetitions, or with a toxicity, whose chance is a number of the library. What rules do is tested in
 * tests/unit/patient. */
static void M42_toxicity_and_a_limit_end_repetition(void **state) {
    static const char *const arms[] = {"tace", "tace_then_sorafenib"};
    compiled_t c;
    (void)state;
    read_shipped(&c, "hcc-tace-sorafenib.yaml");
    for (size_t i = 0; i < 2; i++) {
        const rlp_rule_t *again = rule_called(&c, arms[i], "again");
        assert_int_equal(again->when, RLP_WHEN_BURDEN);
        assert_int_equal(again->share_of, RLP_OF_START);
        assert_near(c.values[again->amount], 0.5, 0);
        assert_near(c.values[again->gap], 42, 0);
        assert_near(c.values[again->at_most], 2, 0);
        assert_true(again->repeats && again->n_then == 1 && again->then[0].kind == RLP_ACT_DO);
        assert_near(rlp_tumour_intervention_toxicity(c.tumour, c.values, again->then[0].what), 0, 0); /* off as shipped */
        set_value(&c, "interventions.tace.toxicity", 0.1);
        assert_near(rlp_tumour_intervention_toxicity(c.tumour, c.values, again->then[0].what), 0.1, 0);
        rlp_parameters_values(&c.parameters, c.values);
    }
    compiled_free(&c);
}

static void M43_a_gene_test_chooses_the_drug(void **state) {
    compiled_t c;
    size_t n;
    (void)state;
    read_shipped(&c, "lung-gefitinib-mwa.yaml");
    const rlp_rule_t *change = rule_called(&c, "by_gene_test", "switch");
    const rlp_test_t *tests = rlp_tumour_tests(c.tumour, &n), *tissue = &tests[change->test];
    assert_int_equal(n, 1);
    assert_int_equal(change->when, RLP_WHEN_PROGRESSION);
    assert_string_equal(tissue->name, "tissue");
    assert_near(c.values[tissue->limit], 0.0014, 1e-15);
    assert_near(c.values[tissue->turnaround], 14, 0);
    for (size_t t = 0; t < rlp_tumour_traits(c.tumour); t++) {
        const char *trait = rlp_tumour_trait_name(c.tumour, t);
        assert_int_equal((tissue->of >> t) & 1u, !strcmp(trait, "t790m") || !strcmp(trait, "met"));
        assert_int_equal((change->positive >> t) & 1u, !strcmp(trait, "t790m"));
    }
    assert_true(change->n_then == 1 && change->then[0].kind == RLP_ACT_GIVE && change->n_otherwise == 1);
    assert_string_equal(rlp_tumour_drug_name(c.tumour, change->then[0].what), "osimertinib");
    assert_string_equal(rlp_tumour_drug_name(c.tumour, change->otherwise[0].what), "gefitinib");
    set_value(&c, "tests.tissue.limit", 0.01); /* another limit */
    compiled_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(M01_TACE_kills_by_ischaemia),
        cmocka_unit_test(M14_heat_kills_by_the_Arrhenius_law),
        cmocka_unit_test(M15_a_vessel_takes_heat_from_the_margin),
        cmocka_unit_test(M16_a_drug_reaches_every_site_by_its_hill),
        cmocka_unit_test(M24_target_mutations_shift_the_half_level),
        cmocka_unit_test(M25_copies_of_MET_shift_it_rung_by_rung),
        cmocka_unit_test(M26_bypass_takes_a_share_of_the_effect),
        cmocka_unit_test(M31_resting_cells_survive_drugs),
        cmocka_unit_test(M31_resting_cells_escape_TACE_and_not_heat),
        cmocka_unit_test(M16_to_M31_are_switched_and_sized_by_their_numbers),
        cmocka_unit_test(M35_cells_of_core_and_margin_seed_distant_sites),
        cmocka_unit_test(M36_local_treatment_does_not_reach_distant_sites),
        cmocka_unit_test(M37_resistant_clones_die_like_the_others),
        cmocka_unit_test(M42_toxicity_and_a_limit_end_repetition),
        cmocka_unit_test(M43_a_gene_test_chooses_the_drug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
