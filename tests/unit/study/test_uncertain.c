/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is uncertain: a Latin hypercube in quantiles, a pure function of the input, and numbers as their laws say. */
#include <gsl/gsl_cdf.h>

#include "cohort.h"
#include "relapse/memory.h"

#define MODEL                                                                                                                                                     \
    "process: {types: {S: {cells: 1000, birth: 0.14 /d, death: 0.13 /d}, R: {cells: 5, birth: 0.12 /d, death: 0.10 /d}},\n"                                       \
    "          channels: [{kind: mutation, from: S, to: R, probability: 1.0e-4}]}\n"                                                                              \
    "endpoints: {progression: {burden: 3000}}\n"
#define INPUT(draws, rows) MODEL "cohort: {patients: 3, seed: 7, follow_up: 60 d, draws: " draws ", uncertain: {" rows "}}\n"
#define BIRTH "process.types.S.birth: {lognormal: {sigma: 0.2}}"
#define DEATH "process.types.S.death: {lognormal: {sigma: 0.1}}"
#define START "process.types.S.cells: {uniform: {low: 100, high: 10000}}"

static double drawn(const rlp_study_t *study, size_t draw, size_t path) { return study->uncertain.drawn[draw * study->uncertain.of.n + path]; }

/* McKay, Beckman & Conover's (1979) defining property, whatever S is. */
static void each_path_has_one_draw_in_each_slice(void **state) {
    (void)state;
    static const char *const INPUTS[] = {INPUT("2", BIRTH ", " DEATH), INPUT("7", BIRTH ", " DEATH ", " START), INPUT("1000", BIRTH ", " DEATH ", " START)};
    static const size_t DRAWS[] = {2, 7, 1000};
    for (size_t i = 0; i < 3; i++) {
        rlp_study_t *study = cohort_parse(INPUTS[i]);
        size_t s = study->uncertain.draws;
        assert_int_equal(s, DRAWS[i]);
        for (size_t k = 0; k < study->uncertain.of.n; k++) {
            unsigned char *seen = calloc(s, 1);
            assert_non_null(seen);
            for (size_t d = 0; d < s; d++) {
                double u = drawn(study, d, k);
                assert_true(u > 0 && u < 1);
                size_t slice = (size_t)(u * (double)s);
                assert_false(seen[slice]++);
            }
            free(seen);
        }
        rlp_study_free(study);
    }
}

/* Orders of different paths have nothing to do with each other, and draws lie anywhere in their slices: |correlation| of 1000 pairs stays below 4.4 / sqrt(999), and the mean
 * place within a slice within 4.4 of its standard errors: four looks, false alarm 5e-5. */
static void paths_are_independent_and_jittered(void **state) {
    (void)state;
    rlp_study_t *study = cohort_parse(INPUT("1000", BIRTH ", " DEATH ", " START));
    double jitter = 0;
    for (size_t a = 0; a < 3; a++) {
        size_t b = (a + 1) % 3;
        double sum = 0;
        for (size_t d = 0; d < 1000; d++) sum += (drawn(study, d, a) - 0.5) * (drawn(study, d, b) - 0.5) * 12 / 1000;
        assert_true(fabs(sum) < 4.4 / sqrt(999));
        for (size_t d = 0; d < 1000; d++) jitter += fmod(drawn(study, d, a) * 1000, 1) / 3000;
    }
    assert_true(fabs(jitter - 0.5) < 4.4 / sqrt(12.0 * 3000));
    rlp_study_free(study);
}

static void a_new_path_shifts_no_other_and_a_seed_shifts_all(void **state) {
    (void)state;
    rlp_study_t *one = cohort_parse(INPUT("20", DEATH)), *more = cohort_parse(INPUT("20", BIRTH ", " DEATH ", " START)), *again = cohort_parse(INPUT("20", DEATH));
    static const char *const SEED[] = {"cohort.seed=8"};
    rlp_study_t *other = study_parse_with(INPUT("20", DEATH), (rlp_study_options_t){.sets = SEED, .n_sets = 1});
    size_t moved = 0;
    for (size_t d = 0; d < 20; d++) {
        assert_true(drawn(one, d, 0) == drawn(more, d, 1));
        assert_true(drawn(one, d, 0) == drawn(again, d, 0));
        moved += drawn(one, d, 0) != drawn(other, d, 0);
    }
    assert_int_equal(moved, 20);
    rlp_study_free(one);
    rlp_study_free(more);
    rlp_study_free(again);
    rlp_study_free(other);
}

/* `draw: each`: a path of its own for each number, as if they had been written one by one; `draw: shared`: one. */
static void numbers_of_a_pattern_are_paths_or_one(void **state) {
    (void)state;
    rlp_study_t *each = cohort_parse(INPUT("10", "'process.types.*.birth': {lognormal: {sigma: 0.1}, draw: each}, " DEATH));
    rlp_study_t *shared = cohort_parse(INPUT("10", "'process.types.*.birth': {lognormal: {sigma: 0.1}, draw: shared}, " DEATH));
    rlp_study_t *apart = cohort_parse(INPUT("10", "process.types.S.birth: {lognormal: {sigma: 0.1}}, process.types.R.birth: {lognormal: {sigma: 0.1}}, " DEATH));
    assert_int_equal(each->uncertain.of.n, 3);
    assert_int_equal(shared->uncertain.of.n, 2);
    assert_int_equal(shared->uncertain.of.spreads[0].n, 2);
    assert_string_equal(each->uncertain.of.spreads[1].path, "process.types.R.birth");
    assert_int_equal(each->uncertain.of.spreads[1].n, 1);
    assert_memory_equal(each->uncertain.drawn, apart->uncertain.drawn, 30 * sizeof(double));
    rlp_study_free(each);
    rlp_study_free(shared);
    rlp_study_free(apart);
}

/* The number at u is the law's own quantile: GSL's inverse distributions, another road than the one taken. */
static void numbers_are_quantiles_of_their_laws(void **state) {
    (void)state;
    rlp_study_t *study = cohort_parse(INPUT("100", BIRTH ", process.types.S.death: {normal: {mean: 0.12 /d, sd: 0.01 /d}}, process.channels.1.probability: {logitnormal: {sigma: 1.5}}, "
                                                         "process.types.R.birth: {uniform: {low: 0.1 /d, high: 0.3 /d}}, process.types.R.death: {bernoulli: {share: 0.3, else: 0.2 /d}}, "
                                                         "process.types.S.cells: {lognormal: {median: 1000, sigma: 1}, truncate: [500, 2000]}"));
    double *values = calloc(study->parameters.n, sizeof *values), share = 0;
    assert_non_null(values);
    for (size_t d = 0; d < 100; d++) {
        double u[6], x[6];
        for (size_t k = 0; k < 6; k++) {
            u[k] = drawn(study, d, k);
            assert_int_equal(rlp_spread_value(&study->uncertain.of.spreads[k], &study->parameters, NULL, u[k], values), RLP_OK);
            x[k] = values[study->uncertain.of.spreads[k].rows[0]];
        }
        assert_true(fabs(x[0] / gsl_cdf_lognormal_Pinv(u[0], log(0.14), 0.2) - 1) < 1e-9);
        assert_true(fabs(x[1] - (0.12 + gsl_cdf_gaussian_Pinv(u[1], 0.01))) < 1e-9);
        assert_true(fabs(gsl_cdf_gaussian_P(log(x[2] / (1 - x[2])) - log(1e-4 / (1 - 1e-4)), 1.5) - u[2]) < 1e-9);
        assert_true(fabs((x[3] - 0.1) / 0.2 - u[3]) < 1e-9);
        assert_true(x[4] == (u[4] < 0.3 ? 0.10 : 0.2));
        share += x[4] == 0.10;
        double low = gsl_cdf_lognormal_P(499.5, log(1000), 1), high = gsl_cdf_lognormal_P(2000.5, log(1000), 1); /* what rounds into [500, 2000] */
        assert_true(x[5] >= 500 && x[5] <= 2000 && x[5] == round(x[5]));
        assert_true(fabs(x[5] - gsl_cdf_lognormal_Pinv(low + u[5] * (high - low), log(1000), 1)) <= 0.5 + 1e-6);
    }
    assert_true(share == 30); /* one draw in each slice: 30 slices of 100 */
    free(values);
    rlp_study_free(study);
}

static void without_draws_nothing_is_drawn_and_that_is_said(void **state) {
    (void)state;
    static const char TEXT[] = MODEL "cohort: {patients: 3, follow_up: 60 d, uncertain: {" BIRTH "}}\n";
    rlp_study_t *study = NULL;
    rlp_study_options_t options = {0};
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    assert_int_equal(rlp_study_parse("study", TEXT, strlen(TEXT), &options, wrong, &study), RLP_OK);
    assert_non_null(study);
    assert_int_equal(rlp_diagnostics_warnings(wrong), 1);
    assert_int_equal(study->uncertain.draws, 0);
    assert_int_equal(study->n_tasks, 1);
    rlp_diagnostics_free(wrong);
    rlp_study_free(study);
}

/* One number shared by all patients, at each draw in one task for each arm. */
static void each_task_is_lived_once_more_a_draw(void **state) {
    (void)state;
    rlp_study_t *study = cohort_parse(INPUT("20", BIRTH));
    assert_int_equal(study->uncertain.n_asked, 1);
    assert_int_equal(study->n_tasks, 21);
    assert_int_equal(rlp_study_drawn(study, 0, 0), 0);
    double *values = calloc(study->parameters.n, sizeof *values), *written = calloc(study->parameters.n, sizeof *written);
    assert_true(values && written);
    for (size_t d = 1; d <= 20; d++) {
        const rlp_task_t *task = &study->tasks[rlp_study_drawn(study, d, 0)];
        rlp_parameters_values(&study->parameters, values);
        assert_int_equal(rlp_spread_value(&study->uncertain.of.spreads[0], &study->parameters, NULL, drawn(study, d - 1, 0), values), RLP_OK);
        rlp_study_written(study, task->setting, written);
        assert_memory_equal(values, written, study->parameters.n * sizeof *values);
    }
    free(values);
    free(written);
    rlp_study_free(study);
}

static void reading_without_memory_says_so(void **state) {
    (void)state;
    static const char TEXT[] = INPUT("10", "'process.types.*.birth': {lognormal: {sigma: 0.1}, draw: each}, " DEATH) "arms: {one: {}, other: {}}\n"; /* no warning, which may get lost */
    size_t asked = 0;
    for (size_t n = 0; n <= asked; n++) { /* once without, to count */
        rlp_study_t *study = NULL;
        rlp_study_options_t options = {0};
        rlp_diagnostics_t *wrong = rlp_diagnostics_new();
        (void)rlp_memory_fail_at(n);
        int rc = rlp_study_parse("study", TEXT, strlen(TEXT), &options, wrong, &study);
        size_t had = rlp_memory_fail_at(0);
        if (!n) asked = had;
        if (!n) assert_true(!rc && study && asked > 50);
        if (n && rc && rc != RLP_ERROR_MEMORY) fail_msg("allocation %zu: %s", n, rlp_error_name(rc));
        if (n && !rc && study) fail_msg("allocation %zu: nothing was said", n);
        rlp_diagnostics_free(wrong);
        rlp_study_free(study);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_path_has_one_draw_in_each_slice),       cmocka_unit_test(paths_are_independent_and_jittered),
        cmocka_unit_test(a_new_path_shifts_no_other_and_a_seed_shifts_all), cmocka_unit_test(numbers_of_a_pattern_are_paths_or_one),
        cmocka_unit_test(numbers_are_quantiles_of_their_laws),        cmocka_unit_test(without_draws_nothing_is_drawn_and_that_is_said),
        cmocka_unit_test(each_task_is_lived_once_more_a_draw),        cmocka_unit_test(reading_without_memory_says_so),
    };
    return cmocka_run_group_tests_name("uncertain", tests, NULL, NULL);
}
