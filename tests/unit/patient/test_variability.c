/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who a patient is: each law by Kolmogorov-Smirnov and moments, truncation, shared and own draws, the same patient in every arm. False alarms below 1e-7 (judge.h). */
#define JUDGE_DECISIONS 50
#include "cohort.h"

#define N 20000

#define INPUT                                                                                                                                             \
    "process: {types: {S: {cells: 1000, birth: 0.2, death: 0.1}, R: {cells: 500, birth: 0.3, death: 0.25}}, channels: [{kind: mutation, from: S, to: R, probability: 0.02, name: met}]}\n" \
    "arms: {a: {timeline: [{at: 10 d, survive: {S: 0.3, R: 0.6}}]}}\n"

static rlp_study_t *study_of(const char *variability) {
    char text[3000];
    snprintf(text, sizeof text, INPUT "cohort: {patients: 100, seed: 91, follow_up: 10 d, variability: {%s}}", variability);
    return cohort_parse(text);
}

static size_t row_of(const rlp_study_t *study, const char *path) {
    size_t row = rlp_parameters_find(&study->parameters, path);
    if (row == RLP_NO_PARAMETER) fail_msg("no parameter has the path %s", path);
    return row;
}

/* Column `path` of N patients. */
static void draw(const rlp_study_t *study, const char *path, double *out) {
    size_t row = row_of(study, path);
    double *values = calloc(study->parameters.n, sizeof *values);
    assert_non_null(values);
    for (uint64_t k = 1; k <= N; k++) {
        assert_int_equal(rlp_variability_draw(&study->variability, &study->parameters, NULL, study->seed, k, values), RLP_OK);
        out[k - 1] = values[row];
    }
    free(values);
}

static double x[N], y[N], u[N];

static void judge_column(const char *variability, const char *path, double (*cdf)(double)) {
    rlp_study_t *study = study_of(variability);
    draw(study, path, x);
    for (size_t k = 0; k < N; k++) u[k] = cdf(x[k]);
    judge_times(variability, u, N, 0);
    rlp_study_free(study);
}

static double lognormal_own(double v) { return gsl_cdf_ugaussian_P(log(v / 0.2) / 0.3); }
static double lognormal_other(double v) { return gsl_cdf_ugaussian_P(log(v / 0.5) / 0.3); }
static double normal_own(double v) { return gsl_cdf_ugaussian_P((v - 0.2) / 0.02); }
static double normal_other(double v) { return gsl_cdf_ugaussian_P((v - 0.9) / 0.02); }
static double logit(double v) { return log(v / (1 - v)); }
static double logitnormal_own(double v) { return gsl_cdf_ugaussian_P((logit(v) - logit(0.02)) / 0.8); }
static double logitnormal_other(double v) { return gsl_cdf_ugaussian_P((logit(v) - logit(0.5)) / 2); }
static double uniform(double v) { return (v - 0.1) / 0.4; }
static double cut(double v) {
    double low = gsl_cdf_ugaussian_P(-0.5), high = gsl_cdf_ugaussian_P(1);
    return v < 0.19 || v > 0.22 ? -1 : (gsl_cdf_ugaussian_P((v - 0.2) / 0.02) - low) / (high - low);
}

static void laws_are_what_they_say(void **state) {
    (void)state;
    judge_column("process.types.S.birth: {lognormal: {sigma: 0.3}}", "process.types.S.birth", lognormal_own);
    judge_column("process.types.S.birth: {lognormal: {median: 0.5 /d, sigma: 0.3}}", "process.types.S.birth", lognormal_other);
    judge_column("process.types.S.birth: {normal: {sd: 0.02 /d}}", "process.types.S.birth", normal_own);
    judge_column("process.types.S.birth: {normal: {mean: 0.9 /d, sd: 0.02 /d}}", "process.types.S.birth", normal_other);
    judge_column("process.channels.met.probability: {logitnormal: {sigma: 0.8}}", "process.channels.1.probability", logitnormal_own);
    judge_column("process.channels.met.probability: {logitnormal: {median: 0.5, sigma: 2}}", "process.channels.1.probability", logitnormal_other);
    judge_column("process.types.S.birth: {uniform: {low: 0.1 /d, high: 0.5 /d}}", "process.types.S.birth", uniform);
}

static void truncated_laws_are_drawn_again(void **state) {
    (void)state;
    judge_column("process.types.S.birth: {normal: {sd: 0.02}, truncate: [0.19, 0.22 /d]}", "process.types.S.birth", cut);
    for (size_t k = 0; k < N; k++) assert_true(x[k] >= 0.19 && x[k] <= 0.22);
}

static void bernoulli_keeps_its_share(void **state) {
    uint64_t kept = 0;
    rlp_study_t *study = study_of("process.types.S.birth: {bernoulli: {share: 30 %, else: 0.05 /d}}");
    (void)state;
    draw(study, "process.types.S.birth", x);
    for (size_t k = 0; k < N; k++) {
        assert_true(x[k] == 0.2 || x[k] == 0.05);
        kept += x[k] == 0.2;
    }
    judge_share("bernoulli", kept, N, 0.3, 0);
    rlp_study_free(study);
}

static void cells_are_whole(void **state) {
    rlp_moments_t sample = {0};
    rlp_law_moments_t law = {.mean = 1000 * exp(0.125), .variance = 1e6 * exp(0.25) * expm1(0.25), .skewness = 1.75, .excess = 5.9};
    rlp_study_t *study = study_of("process.types.S.cells: {lognormal: {sigma: 0.5}}");
    (void)state;
    draw(study, "process.types.S.cells", x);
    for (size_t k = 0; k < N; k++) {
        assert_true(x[k] == floor(x[k]));
        rlp_moments_add(&sample, x[k]);
    }
    judge_mean("cells", &sample, &law, 0);
    judge_variance("cells", &sample, &law, 0);
    rlp_study_free(study);
}

static double correlation(void) {
    double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
    for (size_t k = 0; k < N; k++) mx += x[k] / N, my += y[k] / N;
    for (size_t k = 0; k < N; k++) xx += (x[k] - mx) * (x[k] - mx), yy += (y[k] - my) * (y[k] - my), xy += (x[k] - mx) * (y[k] - my);
    return xy / sqrt(xx * yy);
}

static void shared_draws_move_together_and_own_draws_do_not(void **state) {
    rlp_study_t *study = study_of("process.types.*.death: {lognormal: {sigma: 0.2}, draw: shared}");
    (void)state;
    draw(study, "process.types.S.death", x);
    draw(study, "process.types.R.death", y);
    for (size_t k = 0; k < N; k++) assert_true(fabs(y[k] / x[k] - 2.5) < 1e-12); /* one factor for all */
    rlp_study_free(study);
    study = study_of("process.types.*.death: {lognormal: {sigma: 0.2}, draw: each}");
    draw(study, "process.types.S.death", x);
    draw(study, "process.types.R.death", y);
    double r = correlation() * sqrt(N);
    assert_true(fabs(r) < 6.5); /* 8e-11 */
    rlp_study_free(study);
}

/* A row more, or a law on another path, shifts no draw. */
static void paths_have_luck_of_their_own(void **state) {
    rlp_study_t *one = study_of("process.types.S.birth: {lognormal: {sigma: 0.3}}");
    rlp_study_t *two = study_of("process.types.R.birth: {normal: {sd: 0.01}}, process.types.S.cells: {lognormal: {sigma: 1}}, process.types.S.birth: {lognormal: {sigma: 0.3}}");
    (void)state;
    draw(one, "process.types.S.birth", x);
    draw(two, "process.types.S.birth", y);
    assert_memory_equal(x, y, sizeof x);
    draw(two, "process.types.R.birth", x);
    assert_true(fabs(correlation() * sqrt(N)) < 6.5);
    rlp_study_free(one);
    rlp_study_free(two);
}

static void what_does_not_vary_stays(void **state) {
    rlp_study_t *study = study_of("process.types.S.birth: {lognormal: {sigma: 0.3}}");
    (void)state;
    draw(study, "process.types.S.death", x);
    for (size_t k = 0; k < N; k++) assert_true(x[k] == 0.1);
    rlp_study_free(study);
}

static void seeds_and_patients_differ(void **state) {
    rlp_study_t *study = study_of("process.types.S.birth: {lognormal: {sigma: 0.3}}");
    (void)state;
    draw(study, "process.types.S.birth", x);
    study->seed++;
    draw(study, "process.types.S.birth", y);
    assert_true(fabs(correlation() * sqrt(N)) < 6.5);
    memcpy(y, x + 1, (N - 1) * sizeof *y); /* the next patient of the same seed */
    y[N - 1] = x[0];
    assert_true(fabs(correlation() * sqrt(N)) < 6.5);
    rlp_study_free(study);
}

/* The same person in each arm: the drawn cells at the start are those that each arm starts from. */
static void a_patient_is_the_same_in_each_arm(void **state) {
    cohort_t c;
    (void)state;
    cohort_run(&c, "process: {types: {S: {cells: 1000, birth: 0, death: 0}}}\narms: {a: {}, b: {timeline: [{at: 1 d, survive: {S: 0.5}}]}}\n"
                   "cohort: {patients: 200, seed: 92, follow_up: 10 d, variability: {process.types.S.cells: {lognormal: {sigma: 1}}, arms.b.timeline.1.survive.S: {logitnormal: {sigma: 1}}}}");
    double *values = calloc(c.study->parameters.n, sizeof *values);
    int64_t cells;
    for (uint64_t k = 1; k <= 200; k++) {
        assert_int_equal(cohort_outcome(&c, 0, k)->burden_start, cohort_outcome(&c, 1, k)->burden_start);
        assert_int_equal(rlp_life_baseline(c.life, k, values, &cells), RLP_OK);
        assert_int_equal(cells, cohort_outcome(&c, 0, k)->burden_start);
        double share = values[row_of(c.study, "arms.b.timeline.1.survive.S")], left = (double)cohort_outcome(&c, 1, k)->burden_end;
        assert_true(fabs(left - share * (double)cells) < 7 * sqrt((double)cells * share * (1 - share)) + 7);
        assert_int_equal(cohort_outcome(&c, 0, k)->burden_end, cells);
    }
    free(values);
    cohort_free(&c);
}

static void refused(const char *variability, const char *words) {
    char text[3000];
    rlp_study_t *study = NULL;
    rlp_text_t said;
    rlp_study_options_t options = {0};
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    snprintf(text, sizeof text, INPUT "cohort: {patients: 100, follow_up: 10 d, variability: {%s}}", variability);
    assert_int_equal(rlp_study_parse("study", text, strlen(text), &options, wrong, &study), RLP_OK);
    rlp_text_init(&said);
    rlp_diagnostics_text(wrong, &said);
    if (study || !strstr(rlp_text_string(&said), words)) fail_msg("'%s' is not refused with '%s' but: %s", variability, words, rlp_text_string(&said));
    rlp_text_free(&said);
    rlp_diagnostics_free(wrong);
}

static void what_cannot_vary_is_refused(void **state) {
    (void)state;
    refused("process.types.S.birt: {lognormal: {sigma: 0.3}}", "did you mean");
    refused("cohort.patients: {lognormal: {sigma: 0.3}}", "no number of the input has the path");
    refused("process.types.S.birth: {lognormal: {sigma: 0.3}, normal: {sd: 1}}", "exactly one");
    refused("process.types.S.birth: {truncate: [0, 1]}", "exactly one");
    refused("process.types.*.birth: {lognormal: {sigma: 0.3}}", "needs `draw: shared` or `draw: each`");
    refused("process.types.S.birth: {normal: {sd: 0.1}}", "leaves the range");
    refused("process.types.S.birth: {normal: {sd: 0.1}, truncate: [-1, 1]}", "truncate");
    refused("process.types.S.birth: {normal: {sd: 0.1}, truncate: [0.5, 0.1]}", "wrong way round");
    refused("process.types.S.birth: {normal: {sd: 0.1}, truncate: [0.1]}", "two numbers");
    refused("process.types.S.birth: {uniform: {low: 2, high: 1}}", "above");
    refused("process.types.S.birth: {logitnormal: {sigma: 1}}", "for shares");
    refused("process.types.*.birth: {lognormal: {median: 1, sigma: 1}, draw: each}", "keeps its own value");
    refused("process.types.S.birth: {lognormal: {sigma: 0.3}}, process.types.*.birth: {lognormal: {sigma: 0.1}, draw: each}", "varied by");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(laws_are_what_they_say),
        cmocka_unit_test(truncated_laws_are_drawn_again),
        cmocka_unit_test(bernoulli_keeps_its_share),
        cmocka_unit_test(cells_are_whole),
        cmocka_unit_test(shared_draws_move_together_and_own_draws_do_not),
        cmocka_unit_test(paths_have_luck_of_their_own),
        cmocka_unit_test(what_does_not_vary_stays),
        cmocka_unit_test(seeds_and_patients_differ),
        cmocka_unit_test(a_patient_is_the_same_in_each_arm),
        cmocka_unit_test(what_cannot_vary_is_refused),
        cmocka_unit_test(judge_decisions_stay_within_their_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
