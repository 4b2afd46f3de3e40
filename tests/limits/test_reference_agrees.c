/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `run` and `reference` on one input agree: each input below is lived by a cohort (text -> study -> blocks) and answered by the equations, and every
 * number that both have is judged: means by z and variances by the z of their logarithms with the reference's own variance, shares (extinct, progressed) by
 * exact binomial tests.
 *
 * False alarms: below 1e-7 for this program (judge.h), seeds fixed. Power at 4000 patients: a mean that is off by 0.11 of its standard deviation shows
 * in half of all cases (5.3e-10 a decision, |z| > 6.2 and Cornish-Fisher's part); births 1 % faster move the mean of W1 by 7 % and show always. */
#define JUDGE_DECISIONS 200
#include "cohort.h"
#include "laws.h"
#include "relapse/reference.h"

/* The process of an arm as the reference sees it, and its moments and extinct shares at the record times. */
typedef struct {
    cohort_t cohort;
    rlp_process_t process;
    double mean[8 * 8], covariance[8 * 64], absent[8];
} both_t;

static void live_and_answer(both_t *b, const char *text, size_t arm) {
    cohort_run(&b->cohort, text);
    const rlp_study_t *study = b->cohort.study;
    for (size_t k = 0; k < b->cohort.n_arms * b->cohort.patients; k++) assert_int_equal(b->cohort.outcomes[k].failed, 0);
    assert_int_equal(rlp_life_compile(&study->trial, study->tasks[arm].arm, 0, &b->process), RLP_OK);
    assert_true(b->process.n_types <= 8 && study->n_records <= 8);
    assert_int_equal(rlp_reference_moments(&b->process, study->record_days, study->n_records, b->mean, b->covariance), RLP_OK);
}

static void judge_type(both_t *b, const char *what, size_t arm, size_t record, size_t i) {
    size_t n = b->process.n_types, at = record * n;
    double u[8] = {0}, absent, t = b->cohort.study->record_days[record];
    rlp_law_moments_t law = laws_of_type(&b->process, i, t); /* skewness and excess, which the equations of the moments do not have */
    law.mean = b->mean[at + i];
    law.variance = b->covariance[at * n + i * n + i];
    const rlp_moments_t *sample = cohort_moments(&b->cohort, arm, record, i);
    judge_mean(what, sample, &law, 0);
    judge_variance(what, sample, &law, 0);
    u[i] = 1;
    assert_int_equal(rlp_reference_survival(&b->process, &t, 1, u, NULL, &absent, NULL), RLP_OK);
    judge_share(what, sample->extinct, sample->n, exp(absent), 0);
}

static void let_go(both_t *b) {
    rlp_process_free(&b->process);
    cohort_free(&b->cohort);
}

static void w1_two_types(void **state) {
    both_t b;
    (void)state;
    live_and_answer(&b, "process: {types: {S: {cells: 10000, birth: 0.14 /d, death: 0.13 /d}, R: {cells: 0, birth: 0.14 /d, death: 0.10 /d}},\n"
                        "  channels: [{kind: mutation, from: S, to: R, probability: 1.0e-4}]}\n"
                        "cohort: {patients: 4000, seed: 11, follow_up: 50 d}\nrecord: {times: [10 d, 50 d]}\nengine: {name: kendall}",
                    0);
    for (size_t r = 0; r < 2; r++)
        for (size_t i = 0; i < 2; i++) judge_type(&b, "W1", 0, r, i);
    let_go(&b);
}

/* W2 with a tenth of its cells and ten times its mutations. */
static void w2_eight_phenotypes(void **state) {
    both_t b;
    char text[4000] = "process: {types: {";
    (void)state;
    size_t at = strlen(text);
    for (int i = 0; i < 8; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%sT%d: {cells: %d, birth: 0.14, death: %.3f}", i ? ", " : "", i, i ? 0 : 200,
                               0.13 - 0.01 * (i & 1) - 0.015 * (i >> 1 & 1) - 0.005 * (i >> 2));
    at += (size_t)snprintf(text + at, sizeof text - at, "}, channels: [{kind: immigration, to: T0, rate: 0.1}");
    for (int i = 0; i < 8; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, ", {kind: switch, from: T%d, to: T%d, rate: %s}", i, i ^ 1, i & 1 ? "1.0e-2" : "2.0e-3");
        at += (size_t)snprintf(text + at, sizeof text - at, ", {kind: switch, from: T%d, to: T%d, rate: %s}", i, i ^ 4, i & 4 ? "5.0e-3" : "1.0e-3");
        if (!(i & 2)) at += (size_t)snprintf(text + at, sizeof text - at, ", {kind: mutation, from: T%d, to: T%d, probability: 1.0e-3}", i, i | 2);
    }
    snprintf(text + at, sizeof text - at, "]}\ncohort: {patients: 4000, seed: 12, follow_up: 80 d}\nrecord: {times: [80 d]}\nengine: {name: kendall}");
    live_and_answer(&b, text, 0);
    for (size_t i = 0; i < 8; i++) judge_type(&b, "W2", 0, 0, i);
    let_go(&b);
}

/* Ablation, drug on and off, every kind of channel; and when resistant cells reach 500, at visits, where the founders' law claims to be exact: the
 * resistant cells grow all along. */
static void a_treated_tumour(void **state) {
    static const double VISITS[] = {20, 40, 60, 80};
    rlp_reference_point_t point[4];
    both_t b;
    double lead;
    uint64_t by[4] = {0}, cured = 0;
    char text[2000];
    snprintf(text, sizeof text,
             "process: {types: {S: {cells: 3000, birth: 0.14 /d, death: 0.12 /d}, R: {cells: 0, birth: 0.2 /d, death: 0.1 /d}}, channels: [\n"
             "  {kind: mutation, from: S, to: R, probability: 2.0e-4}, {kind: mutation, from: S, to: R, rate: 1.0e-5}, {kind: switch, from: R, to: S, rate: 1.0e-3}]}\n"
             "arms: {treated: {timeline: [{at: 7 d, survive: {S: 0.05, R: 0.2}}, {at: 14 d, set: {S: {death: 0.4 /d}}},\n"
             "  {at: 35 d, set: {S: {death: 0.11 /d}}}, {at: 42 d, set: {S: {death: 0.4 /d}}}]}}\n"
             "endpoints: {progression: {burden: 500, of: [R], every: 20 d}}\n"
             "cohort: {patients: 5000, seed: 13, follow_up: 80 d}\nrecord: {times: [7 d, 20 d, 80 d]}\nengine: {name: %s}",
             (const char *)*state);
    live_and_answer(&b, text, 0);
    for (size_t r = 0; r < 3; r++)
        for (size_t i = 0; i < 2; i++) judge_type(&b, "treated", 0, r, i);
    for (uint64_t k = 1; k <= b.cohort.patients; k++) {
        const rlp_outcome_t *o = cohort_outcome(&b.cohort, 0, k);
        cured += o->cured;
        for (size_t v = 0; v < 4; v++) by[v] += o->ttp_event && o->ttp_days <= VISITS[v];
    }
    assert_int_equal(rlp_reference_progression(&b.process, (const unsigned char[]){0, 1}, 500, true, VISITS, 4, point, &lead), RLP_OK);
    for (size_t v = 0; v < 4; v++) {
        judge_share("progressed by a visit", by[v], b.cohort.patients, 1 - point[v].exact, 0);
        assert_true(point[v].growing && fabs(point[v].survival - point[v].exact) < 0.01);
    }
    assert_true(point[3].exact > 0.2 && point[3].exact < 0.98); /* there is something to see */
    double u[2] = {1, 1}, all;
    assert_int_equal(rlp_reference_survival(&b.process, &VISITS[3], 1, u, NULL, &all, NULL), RLP_OK);
    judge_share("cured", cured, b.cohort.patients, exp(all), 0);
    let_go(&b);
}

/* With capacity the closure is an approximation, and near at a plateau of 10^4 cells: mean to 0.1 %, variance to 5 %. */
static void a_crowded_tumour_is_near_its_closure(void **state) {
    both_t b;
    (void)state;
    live_and_answer(&b, "process: {types: {S: {cells: 2000, birth: 0.3 /d, death: 0.1 /d}}, capacity: {law: logistic, cells: 15000}}\n"
                        "cohort: {patients: 300, seed: 14, follow_up: 40 d}\nrecord: {times: [10 d, 40 d]}\nengine: {name: direct}",
                    0);
    for (size_t r = 0; r < 2; r++) {
        rlp_law_moments_t law = {.mean = b.mean[r], .variance = b.covariance[r]};
        judge_mean("crowded", cohort_moments(&b.cohort, 0, r, 0), &law, 0.001);
        judge_variance("crowded", cohort_moments(&b.cohort, 0, r, 0), &law, 0.01);
    }
    let_go(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(w1_two_types),
        cmocka_unit_test(w2_eight_phenotypes),
        {"a_treated_tumour, kendall", a_treated_tumour, NULL, NULL, (void *)"kendall"},
        {"a_treated_tumour, direct", a_treated_tumour, NULL, NULL, (void *)"direct"},
        cmocka_unit_test(a_crowded_tumour_is_near_its_closure),
        cmocka_unit_test(judge_decisions_stay_within_their_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
