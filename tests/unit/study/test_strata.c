/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Patients in levels: who is where is what patients.csv would say, by whoever's rule; the horizon and the milestones. */
#include "cohort.h"
#include "relapse/baseline.h"
#include "relapse/memory.h"

#define PATIENTS 200
#define INPUT(compare, more)                                                                                                                                          \
    "tumour: {cells: 1e6, birth: 0.14 /d, growth: 0.02 /d, sites: {a: {share: 0.5}, b: {share: 0.5}}}\n"                                                                \
    "traits: {mutated: {kind: genetic, found: 1e-5}}\n"                                                                                                                 \
    "drugs: {drug: {dose: 1 mg, pk: {half_life: 24 h, volume: 1 L}, effect: {changes: death, max: 0.06 /d, half: 0.3 mg/L}}}\n"                                         \
    "signals: {heat: {rest: 1, tau: 5 d}}\nmechanisms: {M1: {from: heat, to: birth, law: factor, slope: 0.5, above_rest: true}}\n"                                      \
    "tests: {tissue: {of: mutated, limit: 0.1 %}}\narms: {none: [], drug: [{give: drug, every: 24 h}]}\ncompare: {" compare "}\n"                                       \
    "cohort: {patients: 200, seed: 3, follow_up: 2 y, variability: {tumour.growth: {lognormal: {sigma: 0.4}}, traits.mutated.found: {lognormal: {sigma: 2}},\n"         \
    "  mechanisms.M1.slope: {bernoulli: {share: 0.25, else: 0}}" more "}}\n"

/* What is known of all patients, by their own looks. */
typedef struct {
    double growth[PATIENTS], slope[PATIENTS], cells[PATIENTS], share[PATIENTS], doubling[PATIENTS];
    bool found[PATIENTS];
} known_t;

static void look(const rlp_study_t *study, known_t *all) {
    rlp_baseline_t *baseline;
    rlp_known_t known;
    size_t growth = rlp_parameters_find(&study->parameters, "tumour.growth"), slope = rlp_parameters_find(&study->parameters, "mechanisms.M1.slope");
    assert_int_equal(rlp_baseline_new(study, &baseline), RLP_OK);
    assert_int_equal(rlp_baseline_shares(baseline), 1);
    assert_string_equal(rlp_baseline_share_name(baseline, 0), "mutated");
    for (uint64_t i = 0; i < PATIENTS; i++) {
        assert_int_equal(rlp_baseline_look(baseline, i + 1, &known), RLP_OK);
        all->growth[i] = known.values[growth];
        all->slope[i] = known.values[slope];
        all->cells[i] = (double)known.cells;
        all->share[i] = known.shares[0];
        all->doubling[i] = known.doubling_days;
        all->found[i] = known.found[0] != 0;
    }
    rlp_baseline_free(baseline);
}

static void assert_counted(const rlp_stratum_t *s) {
    uint64_t n[8] = {0}, all = 0;
    for (size_t i = 0; i < PATIENTS; i++) n[s->level[i]]++;
    for (size_t l = 0; l < s->n_levels; l++) assert_int_equal(s->n[l], n[l]), all += n[l];
    assert_int_equal(all, PATIENTS);
}

static void the_median_parts_in_two_and_the_name_of_a_level_parts_patients_csv(void **state) {
    (void)state;
    known_t all;
    rlp_study_t *study = cohort_parse(INPUT("strata: [tumour.growth, baseline.doubling]", ""));
    look(study, &all);
    for (size_t s = 0; s < 2; s++) {
        const rlp_stratum_t *stratum = &study->strata[s];
        const double *value = s ? all.doubling : all.growth;
        double cut, above;
        assert_int_equal(stratum->n_levels, 2);
        assert_int_equal(sscanf(stratum->levels[0], "< %lf", &cut), 1);
        assert_int_equal(sscanf(stratum->levels[1], ">= %lf", &above), 1);
        assert_true(cut == above && strlen(stratum->levels[0]) < 10); /* few digits */
        for (size_t i = 0; i < PATIENTS; i++) assert_int_equal(stratum->level[i], value[i] >= cut);
        assert_true(stratum->n[0] >= 98 && stratum->n[0] <= 102); /* one in fifty of a level may be moved */
        assert_counted(stratum);
    }
    rlp_study_free(study);
}

/* 1e+06 and 2.41e+06, not 2410000: cells are as many as nobody can count at a glance. */
static void names_of_levels_of_many_cells_are_short(void **state) {
    (void)state;
    rlp_study_t *study = cohort_parse(INPUT("strata: [tumour.cells, {by: baseline.cells, cuts: [1234567]}]", ", tumour.cells: {lognormal: {median: 1e6, sigma: 1}}"));
    const rlp_stratum_t *drawn = &study->strata[0], *given = &study->strata[1];
    double cut;
    assert_int_equal(sscanf(drawn->levels[1], ">= %lf", &cut), 1);
    assert_true(cut == drawn->cuts[0]);
    assert_string_equal(given->levels[0], "< 1.234567e+06"); /* no digit is lost */
    if (cut >= 1e6 && !strstr(drawn->levels[1], "e+06")) fail_msg("%s", drawn->levels[1]);
    assert_true(strlen(drawn->levels[1]) < 12);
    rlp_study_free(study);
}

/* The slope is 0 in three of four: not below and above a median of 0, but 0 and above. */
static void what_most_do_not_have_parts_those_who_have_it(void **state) {
    (void)state;
    known_t all;
    rlp_study_t *study = cohort_parse(INPUT("strata: [mechanisms.M1.slope]", ""));
    const rlp_stratum_t *stratum = study->strata;
    look(study, &all);
    assert_string_equal(stratum->levels[0], "0");
    assert_string_equal(stratum->levels[1], "> 0");
    for (size_t i = 0; i < PATIENTS; i++) assert_int_equal(stratum->level[i], all.slope[i] > 0);
    assert_counted(stratum);
    rlp_study_free(study);
}

static void cuts_are_where_levels_begin(void **state) {
    (void)state;
    known_t all;
    rlp_study_t *study = cohort_parse(INPUT("strata: [{by: baseline.mutated, cuts: [0.01 %, 0.1 %]}, {by: tumour.growth, cuts: [6.0 /yr]}]", ""));
    const rlp_stratum_t *share = &study->strata[0], *growth = &study->strata[1];
    look(study, &all);
    assert_string_equal(share->levels[0], "< 0.0001");
    assert_string_equal(share->levels[1], ">= 0.0001 and < 0.001");
    assert_string_equal(share->levels[2], ">= 0.001");
    for (size_t i = 0; i < PATIENTS; i++) {
        assert_int_equal(share->level[i], (all.share[i] >= 1e-4) + (all.share[i] >= 1e-3));
        assert_int_equal(growth->level[i], all.growth[i] >= growth->cuts[0]);
    }
    assert_true(fabs(growth->cuts[0] - 6.0 / 365.25) < 1e-15); /* in the unit of patients.csv */
    assert_counted(share);
    rlp_study_free(study);
}

static void parts_are_of_one_size(void **state) {
    (void)state;
    rlp_study_t *study = cohort_parse(INPUT("strata: [{by: tumour.growth, parts: 4}]", ""));
    assert_int_equal(study->strata->n_levels, 4);
    for (size_t l = 0; l < 4; l++) assert_true(study->strata->n[l] >= 46 && study->strata->n[l] <= 54);
    assert_counted(study->strata);
    rlp_study_free(study);
}

static void a_test_is_positive_by_the_truth_at_baseline(void **state) {
    (void)state;
    known_t all;
    size_t positive = 0;
    rlp_study_t *study = cohort_parse(INPUT("strata: [test.tissue]", ""));
    look(study, &all);
    assert_string_equal(study->strata->levels[0], "negative");
    assert_string_equal(study->strata->levels[1], "positive");
    for (size_t i = 0; i < PATIENTS; i++) {
        assert_int_equal(study->strata->level[i], all.found[i]);
        assert_int_equal(all.found[i], all.share[i] >= 0.001);
        positive += all.found[i];
    }
    assert_true(positive >= 20);
    rlp_study_free(study);
}

static void the_process_floor_has_strata_too(void **state) {
    (void)state;
    rlp_study_t *study = cohort_parse("process: {types: {S: {cells: 100, birth: 0.2 /d, death: 0.1 /d}, R: {cells: 100, birth: 0.15 /d, death: 0.1 /d}}}\n"
                                      "compare: {strata: [baseline.R, {by: baseline.cells, parts: 2}, baseline.doubling]}\narms: {a: {}, b: {}}\n"
                                      "cohort: {patients: 100, follow_up: 1 y, variability: {process.types.R.cells: {uniform: {low: 10, high: 90}},\n"
                                      "  process.types.S.death: {uniform: {low: 0.1 /d, high: 0.29 /d}}}}\n");
    size_t grows_not = 0;
    rlp_baseline_t *baseline;
    rlp_known_t known;
    assert_int_equal(rlp_baseline_new(study, &baseline), RLP_OK);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(rlp_baseline_look(baseline, i + 1, &known), RLP_OK);
        assert_int_equal(study->strata[0].level[i], known.shares[1] >= study->strata[0].cuts[0]);
        assert_int_equal(study->strata[1].level[i], (double)known.cells >= study->strata[1].cuts[0]);
        if (isnan(known.doubling_days)) grows_not++, assert_int_equal(study->strata[2].level[i], 1); /* doubles last */
    }
    assert_true(grows_not > 20 && grows_not < 80);
    rlp_baseline_free(baseline);
    rlp_study_free(study);
}

/* Another rank knows what is asked, not who is where: the draws and looks of a whole cohort are rank 0's alone. */
static void another_rank_puts_nobody_in_a_level(void **state) {
    (void)state;
    rlp_study_t *study = study_parse_with(INPUT("strata: [baseline.doubling]", ""), (rlp_study_options_t){.without_levels = true});
    assert_int_equal(study->n_strata, 1);
    assert_null(study->strata->level);
    rlp_study_free(study);
}

static void errors(const char *text, size_t expected, const char *words) {
    rlp_study_t *study = NULL;
    rlp_text_t said;
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    rlp_study_options_t options = {0};
    rlp_text_init(&said);
    assert_int_equal(rlp_study_parse("study", text, strlen(text), &options, wrong, &study), RLP_OK);
    rlp_diagnostics_text(wrong, &said);
    assert_int_equal(rlp_diagnostics_errors(wrong), expected);
    assert_null(study);
    if (!strstr(rlp_text_string(&said), words)) fail_msg("expected '%s' in\n%s", words, rlp_text_string(&said));
    rlp_text_free(&said);
    rlp_diagnostics_free(wrong);
}

static void twenty_patients_are_a_level_and_nineteen_are_none(void **state) {
    (void)state;
    rlp_study_t *study = cohort_parse(INPUT("strata: [{by: tumour.growth, parts: 10}]", "")); /* 20 each: not moved by the rounding of cuts */
    for (size_t l = 0; l < 10; l++) assert_int_equal(study->strata->n[l], 20);
    rlp_study_free(study);
    errors(INPUT("strata: [{by: tumour.growth, parts: 11}, {by: baseline.cells, parts: 2}]", ""), 2, "fewer than 20");
}

static void milestones_reach_as_far_as_follow_up(void **state) {
    (void)state;
    static const double MONTHS[] = {6, 12, 24};
    rlp_study_t *study = cohort_parse(INPUT("reference: none", ""));
    assert_int_equal(study->n_landmarks, 3);
    for (size_t k = 0; k < 3; k++) assert_true(study->landmark_days[k] == MONTHS[k] * 30.4375);
    assert_true(study->horizon_days == study->trial.follow_up_days);
    rlp_study_free(study);
    study = cohort_parse(INPUT("landmarks: [10 d, 24 mo], horizon: 1 y", ""));
    assert_int_equal(study->n_landmarks, 2);
    assert_true(study->landmark_days[0] == 10 && study->landmark_days[1] == 730.5 && study->horizon_days == 365.25);
    rlp_study_free(study);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_median_parts_in_two_and_the_name_of_a_level_parts_patients_csv),
        cmocka_unit_test(names_of_levels_of_many_cells_are_short),
        cmocka_unit_test(what_most_do_not_have_parts_those_who_have_it),
        cmocka_unit_test(cuts_are_where_levels_begin),
        cmocka_unit_test(parts_are_of_one_size),
        cmocka_unit_test(a_test_is_positive_by_the_truth_at_baseline),
        cmocka_unit_test(the_process_floor_has_strata_too),
        cmocka_unit_test(another_rank_puts_nobody_in_a_level),
        cmocka_unit_test(twenty_patients_are_a_level_and_nineteen_are_none),
        cmocka_unit_test(milestones_reach_as_far_as_follow_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
