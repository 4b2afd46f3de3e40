/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The same patients at other numbers and once more: who they are stays, their luck is new. A law's value at a quantile.
 *
 * (Missed doses: unit/tumour/test_missed.c.)
 *
 * Exact: one cell divides first after T = E / birth, E exponential of mean 1. With birth lognormal of sigma s, log T = log E - log birth: its variance is
 * pi^2/6 + s^2, and two lives of one patient have the covariance s^2, for only birth is theirs together. Four standard errors and a half: a false alarm once in 10^5. */
#include "cohort.h"

#define N 20000
#define SIGMA 0.8
#define YULE "process: {types: {S: {cells: 1, birth: 0.1, death: 0}}}\nendpoints: {progression: {burden: 2, every: 0 d}}\nengine: {name: direct}\n"
#define DRUG                                                                                                                                                            \
    "tumour: {cells: 3000, birth: 0.14 /d, growth: 0.02 /d, sites: {core: {share: 0.5}, far: {share: 0.5}}}\n"                                                           \
    "traits: {efflux: {kind: plastic, start: 0.1, gain: 0.01 /d, loss: 0.02 /d}}\n"                                                                                                         \
    "drugs: {drug: {dose: 250 mg, toxicity: 0.1 /d, pk: {half_life: 48 h, volume: 2370 L}, effect: {changes: death, max: 0.05 /d, half: 0.027 mg/L}}}\n"                 \
    "arms: {a: [{give: drug, every: 24 h, missed: 0.3}]}\nendpoints: {progression: {rule: recist, every: 5 d}, death: {hazard: 0.03 /d}}\n"

static void turn(rlp_life_t *life, const rlp_study_t *study, const double *written, uint32_t replicate) {
    rlp_trial_t trial = study->trial;
    trial.written = written;
    trial.replicate = replicate;
    assert_int_equal(rlp_life_turn(life, &trial), RLP_OK);
}

static double time_of(rlp_life_t *life, uint64_t patient) {
    rlp_outcome_t o;
    rlp_told_t told = {0};
    assert_int_equal(rlp_life_run(life, 0, patient, NULL, &o, &told), RLP_OK);
    assert_int_equal(o.failed, 0);
    assert_true(o.ttp_event);
    return o.ttp_days;
}

/* Mean of x against the law, in standard errors. */
static void judge_average(const char *what, const double *x, double law) {
    double mean = 0, square = 0;
    for (size_t k = 0; k < N; k++) mean += x[k] / N;
    for (size_t k = 0; k < N; k++) square += (x[k] - mean) * (x[k] - mean) / (N - 1);
    double z = (mean - law) / sqrt(square / N);
    if (fabs(z) > 4.5) fail_msg("%s is %g, the law says %g (z = %.1f)", what, mean, law, z);
}

static double covariance[N], variance[N];

static void judge_lives(const char *variability, double sigma) {
    const double mean = -0.57721566490153286 - log(0.1), own = M_PI * M_PI / 6;
    char text[1000];
    rlp_life_t *life;
    snprintf(text, sizeof text, YULE "cohort: {patients: 1, seed: 7, follow_up: 300000 d, until: progression%s}", variability);
    rlp_study_t *study = cohort_parse(text);
    assert_int_equal(rlp_life_new(&study->trial, &life), RLP_OK);
    for (uint64_t k = 0; k < N; k++) {
        turn(life, study, NULL, 0);
        double first = log(time_of(life, k + 1)) - mean;
        turn(life, study, NULL, 3);
        double again = log(time_of(life, k + 1)) - mean;
        covariance[k] = first * again;
        variance[k] = again * again;
    }
    judge_average("the covariance of two lives", covariance, sigma * sigma);
    judge_average("the variance of the other life", variance, own + sigma * sigma);
    rlp_life_free(life);
    rlp_study_free(study);
}

static void two_lives_share_the_patient_and_no_luck(void **state) {
    (void)state;
    judge_lives("", 0);
    judge_lives(", variability: {process.types.S.birth: {lognormal: {sigma: 0.8}}}", SIGMA);
}

/* Baseline the same; path, hazard, toxicity, missed doses new: no two of four lives agree in any. */
static void all_luck_is_new_and_the_baseline_is_not(void **state) {
    (void)state;
    enum { LIVES = 4 };
    double values[LIVES][64], hazard[LIVES], toxicity[LIVES];
    int64_t cells[LIVES][8];
    int64_t left[LIVES];
    rlp_life_t *life;
    rlp_study_t *study = cohort_parse(DRUG "cohort: {patients: 9, seed: 11, follow_up: 400 d, variability: {tumour.growth: {normal: {sd: 0.003 /d}}}}");
    assert_true(study->parameters.n < 64 && rlp_study_types(study) <= 8);
    assert_int_equal(rlp_life_new(&study->trial, &life), RLP_OK);
    rlp_event_t *told_events = calloc(rlp_life_most_events(&study->trial, 0), sizeof *told_events);
    assert_non_null(told_events);
    for (uint32_t r = 0; r < LIVES; r++) {
        rlp_outcome_t o;
        rlp_told_t told = {.events = told_events};
        turn(life, study, NULL, r);
        assert_int_equal(rlp_life_baseline(life, 3, values[r], cells[r]), RLP_OK);
        assert_int_equal(rlp_life_run(life, 0, 3, NULL, &o, &told), RLP_OK);
        hazard[r] = o.os_days;
        left[r] = o.burden_end;
        toxicity[r] = NAN;
        for (size_t e = told.n_events; e-- > 0;)
            if (told_events[e].kind == RLP_EVENT_TOXICITY) toxicity[r] = told_events[e].t_days;
        assert_memory_equal(values[r], values[0], study->parameters.n * sizeof **values);
        assert_memory_equal(cells[r], cells[0], rlp_study_types(study) * sizeof **cells);
        for (uint32_t q = 0; q < r; q++) assert_true(hazard[q] != hazard[r] && left[q] != left[r]);
    }
    int other_days = 0;
    for (int q = 0; q < LIVES; q++)
        for (int r = 0; r < q; r++) other_days += !isnan(toxicity[q]) && !isnan(toxicity[r]) && toxicity[q] != toxicity[r];
    assert_true(other_days > 0); /* who died before any has none */
    free(told_events);
    rlp_life_free(life);
    rlp_study_free(study);
}

/* Back in the first life after others, at other numbers between: the same bytes. */
static void a_life_turns_back(void **state) {
    (void)state;
    static const char *const INPUTS[] = {YULE "cohort: {patients: 9, seed: 5, follow_up: 400 d, until: progression}", DRUG "cohort: {patients: 9, seed: 5, follow_up: 200 d}"};
    for (size_t i = 0; i < 2; i++) {
        rlp_outcome_t first, other, again;
        rlp_told_t told = {0};
        rlp_life_t *life;
        double written[64];
        rlp_study_t *study = cohort_parse(INPUTS[i]);
        rlp_parameters_values(&study->parameters, written);
        size_t birth = rlp_parameters_find(&study->parameters, i ? "tumour.birth" : "process.types.S.birth");
        assert_int_not_equal(birth, RLP_NO_PARAMETER);
        written[birth] *= 1.5;
        assert_int_equal(rlp_life_new(&study->trial, &life), RLP_OK);
        assert_int_equal(rlp_life_run(life, 0, 2, NULL, &first, &told), RLP_OK);
        turn(life, study, written, 0);
        assert_int_equal(rlp_life_run(life, 0, 2, NULL, &other, &told), RLP_OK);
        turn(life, study, NULL, 0);
        assert_int_equal(rlp_life_run(life, 0, 2, NULL, &again, &told), RLP_OK);
        assert_memory_equal(&first, &again, sizeof first);
        assert_memory_not_equal(&first, &other, sizeof first);
        rlp_life_free(life);
        rlp_study_free(study);
    }
}

static void a_law_follows_what_is_written_unless_it_has_a_centre(void **state) {
    (void)state;
    double as_written[8], changed[8], written[8];
    rlp_study_t *study = cohort_parse("process: {types: {S: {cells: 9, birth: 0.2, death: 0.1}}}\n"
                                      "cohort: {follow_up: 1 d, variability: {process.types.S.birth: {lognormal: {sigma: 0.3}}, process.types.S.death: {lognormal: {median: 0.1, sigma: 0.3}}}}");
    size_t birth = rlp_parameters_find(&study->parameters, "process.types.S.birth"), death = rlp_parameters_find(&study->parameters, "process.types.S.death");
    rlp_parameters_values(&study->parameters, written);
    written[birth] *= 2;
    written[death] *= 2;
    for (uint64_t k = 1; k <= 50; k++) {
        assert_int_equal(rlp_variability_draw(&study->variability, &study->parameters, NULL, 1, k, as_written), RLP_OK);
        assert_int_equal(rlp_variability_draw(&study->variability, &study->parameters, written, 1, k, changed), RLP_OK);
        assert_true(changed[birth] == 2 * as_written[birth] && changed[death] == as_written[death]);
    }
    rlp_study_free(study);
}

/* F(value) = F(low) + u (F(high) - F(low)), F written anew. */
typedef struct {
    const char *law;
    double (*cdf)(double);
    double low, high;
} quantile_t;
static double lognormal(double x) { return gsl_cdf_ugaussian_P(log(x / 0.2) / 0.5); }
static double normal(double x) { return gsl_cdf_ugaussian_P((x - 0.25) / 0.03); }
static double uniform(double x) { return (x - 0.1) / 0.4; }

static void a_value_is_the_quantile_of_the_cut_law(void **state) {
    (void)state;
    static const quantile_t LAWS[] = {
        {"lognormal: {sigma: 0.5}", lognormal, 0, 1e300},
        {"lognormal: {sigma: 0.5}, truncate: [0.15, 0.3]", lognormal, 0.15, 0.3},
        {"lognormal: {sigma: 0.5}, truncate: [0.4, 3]", lognormal, 0.4, 3},
        {"normal: {mean: 0.25, sd: 0.03}, truncate: [0.2, 0.26]", normal, 0.2, 0.26},
        {"uniform: {low: 0.1, high: 0.5}", uniform, 0.1, 0.5},
    };
    for (size_t k = 0; k < sizeof LAWS / sizeof *LAWS; k++) {
        char text[600];
        double values[8], before = -1;
        snprintf(text, sizeof text, "process: {types: {S: {cells: 9, birth: 0.2, death: 0.1}}}\ncohort: {follow_up: 1 d, variability: {process.types.S.birth: {%s}}}", LAWS[k].law);
        rlp_study_t *study = cohort_parse(text);
        size_t birth = rlp_parameters_find(&study->parameters, "process.types.S.birth");
        for (double u = 0.001; u < 1; u += 0.037) {
            double low = LAWS[k].cdf(LAWS[k].low), high = LAWS[k].cdf(LAWS[k].high);
            rlp_parameters_values(&study->parameters, values);
            assert_int_equal(rlp_spread_value(&study->variability.spreads[0], &study->parameters, NULL, u, values), RLP_OK);
            assert_true(values[birth] >= LAWS[k].low && values[birth] <= LAWS[k].high && values[birth] > before);
            if (fabs(LAWS[k].cdf(values[birth]) - (low + u * (high - low))) > 1e-12) fail_msg("%s at %g: %.17g", LAWS[k].law, u, values[birth]);
            assert_true(values[birth + 1] == study->parameters.rows[birth + 1].value);
            before = values[birth];
        }
        rlp_study_free(study);
    }
}

/* As often as draws that are made again fall on them: whole numbers, two values, shares that stay, one draw for several rows. */
static void a_value_at_a_quantile_is_as_frequent_as_drawn(void **state) {
    (void)state;
    static const char *const LAWS[] = {"process.types.S.cells: {normal: {mean: 3, sd: 1}, truncate: [1, 4]}", "process.types.S.cells: {bernoulli: {share: 0.3, else: 2}}",
                                       "'process.types.*.death': {lognormal: {sigma: 0.4}, draw: shared, truncate: [0.05, 0.2]}"};
    enum { CUTS = 4 };
    static const double AT[][CUTS] = {{1, 2, 3, 4}, {2, 8, 9, 10}, {0.07, 0.1, 0.12, 0.19}};
    for (size_t k = 0; k < 3; k++) {
        char text[600];
        double values[16], below[2][CUTS] = {{0}};
        snprintf(text, sizeof text, "process: {types: {S: {cells: 9, birth: 0.2, death: 0.1}, R: {cells: 2, birth: 0.2, death: 0.15}}}\ncohort: {follow_up: 1 d, variability: {%s}}", LAWS[k]);
        rlp_study_t *study = cohort_parse(text);
        size_t row = study->variability.spreads[0].rows[0];
        for (uint64_t i = 1; i <= N; i++)
            for (int drawn = 0; drawn < 2; drawn++) {
                int rc = drawn ? rlp_variability_draw(&study->variability, &study->parameters, NULL, 1, i, values)
                               : rlp_spread_value(&study->variability.spreads[0], &study->parameters, NULL, ((double)i - 0.5) / N, values);
                assert_int_equal(rc, RLP_OK);
                for (size_t c = 0; c < CUTS; c++) below[drawn][c] += values[row] <= AT[k][c];
            }
        for (size_t c = 0; c < CUTS; c++) {
            double p = below[0][c] / N;
            if (fabs(below[1][c] / N - p) > 4.5 * sqrt(p * (1 - p) / N) + 1.0 / N) fail_msg("%s: below %g %g of the quantiles and %g of the draws", LAWS[k], AT[k][c], p, below[1][c] / N);
        }
        rlp_study_free(study);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_lives_share_the_patient_and_no_luck), cmocka_unit_test(all_luck_is_new_and_the_baseline_is_not),
        cmocka_unit_test(a_life_turns_back), cmocka_unit_test(a_law_follows_what_is_written_unless_it_has_a_centre),
        cmocka_unit_test(a_value_is_the_quantile_of_the_cut_law), cmocka_unit_test(a_value_at_a_quantile_is_as_frequent_as_drawn),
    };
    return cmocka_run_group_tests_name("replicates", tests, NULL, NULL);
}
