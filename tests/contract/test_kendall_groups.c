/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * kendall's groups: memory that knows neither burden nor marks, the law where groups merge, and immigrants in great numbers.
 *
 * False alarms: below 1e-7 for this program (judge.h). Power, at 60 000 paths: a pending mark that is kept instead of drawn afresh, a group that joins without being
 * brought to its moment, or immigrants of one age only move some pooled state by more than ten standard errors. */
#define JUDGE_DECISIONS 100
#include "../../solver/engine/engines.h"
#include "../../solver/engine/kendall.h"
#include "box.h"
#include "laws.h"
#include "relapse/memory.h"

#define PATHS 60000

static size_t may_wait;

static int prepare(const rlp_process_t *p, const rlp_engine_settings_t *settings, void **self) {
    int rc = rlp_engine_kendall.prepare(p, settings, self);
    if (!rc) rlp_kendall_let_wait(*self, may_wait);
    return rc;
}

/* kendall with room for so many parents. */
static rlp_engine_class_t tight(size_t groups) {
    rlp_engine_class_t class = rlp_engine_kendall;
    class.prepare = prepare;
    may_wait = groups;
    return class;
}

static const char SWITCHES[] =
    "process: {types: {S: {cells: 5, birth: 0.3, death: 0.1}, R: {cells: 0, birth: 0.2, death: 0.1}}, channels: [\n"
    "  {kind: mutation, from: S, to: R, probability: 0.3, name: gain}, {kind: switch, from: S, to: R, rate: 0.3, name: on}, {kind: switch, from: R, to: S, rate: 0.5, name: off},\n"
    "  {kind: mutation, from: R, to: S, rate: 0.1}]}\n"
    "arms: {all: {timeline: [{at: 0.5 d, set: {S: {death: 0.6}}}, {at: 1 d, set: {on: {rate: 1.5}}}, {at: 2 d, set: {on: {rate: 0.1}, gain: {probability: 0.6}}},\n"
    "  {at: 3.5 d, set: {off: {rate: 0.9}}}, {at: 4 d, survive: {S: 0.4, R: 0.7}}, {at: 4.5 d, set: {R: {death: 0.4}, off: {rate: 0.05}}}, {at: 5.25 d, set: {S: {death: 0.1}}}]}}";

/* Every mark of the cap 0, most of the cap 2, joins groups. */
static void merged_groups_keep_the_joint_law(void **state) {
    static const double STOPS[] = {2.5, 6};
    (void)state;
    for (size_t cap = 0; cap <= 2; cap += 2) {
        rlp_engine_class_t class = tight(cap);
        box_judge(&class, "two types", SWITCHES, STOPS, 2, 44, PATHS, 501 + cap);
        box_judge(&class, "three types",
                  "process: {types: {S: {cells: 3, birth: 0.2, death: 0.15}, E: {cells: 1, birth: 0.1, death: 0.05}, R: {cells: 0, birth: 0.25, death: 0.1}}, channels: [\n"
                  "  {kind: switch, from: S, to: E, rate: 0.6}, {kind: switch, from: E, to: S, rate: 0.9}, {kind: mutation, from: S, to: R, probability: 0.2},\n"
                  "  {kind: mutation, from: E, to: R, rate: 0.1}, {kind: mutation, from: E, to: R, probability: 0.3}, {kind: switch, from: R, to: S, rate: 0.4},\n"
                  "  {kind: immigration, to: E, rate: 0.3}]}",
                  STOPS, 1, 20, PATHS, 511 + cap);
    }
}

static void judge_moments_of(const rlp_engine_class_t *class, const char *what, const char *text, size_t n, double t, uint64_t seed) {
    exam_t exam;
    rlp_moments_t sample[RLP_LAW_TYPES] = {{0}};
    exam_open(&exam, class, text, t);
    for (size_t k = 0; k < n; k++) {
        exam_start(&exam, seed, k + 1);
        exam_go(&exam, t);
        for (size_t i = 0; i < exam.process.n_types; i++) rlp_moments_add(&sample[i], (double)exam.state.cells[i]);
    }
    for (size_t i = 0; i < exam.process.n_types; i++) {
        rlp_law_moments_t law = laws_of_type(&exam.process, i, t);
        judge_mean(what, &sample[i], &law, 0);
        judge_variance(what, &sample[i], &law, 0);
    }
    exam_close(&exam);
}

static void merged_groups_keep_means_and_variances(void **state) {
    rlp_engine_class_t class = tight(2);
    (void)state;
    judge_moments_of(&class, "ladder of three rungs",
                     "process: {types: {A: {cells: 300, birth: 0.14, death: 0.13}, B: {cells: 10, birth: 0.14, death: 0.1}, C: {cells: 0, birth: 0.2, death: 0.1}}, channels: [\n"
                     "  {kind: mutation, from: A, to: B, probability: 0.05}, {kind: mutation, from: B, to: C, probability: 0.05}, {kind: mutation, from: B, to: A, probability: 0.02},\n"
                     "  {kind: switch, from: C, to: B, rate: 0.1}, {kind: switch, from: A, to: C, rate: 0.02}]}",
                     20000, 20, 521);
}

/* ---- memory ------------------------------------------------------------------------------------------------------------------ */

/* Allocations of one trajectory after a first one. */
static size_t allocations(const char *text, double t, uint64_t *steps) {
    exam_t exam;
    exam_open(&exam, &rlp_engine_kendall, text, t);
    exam_start(&exam, 531, 1);
    exam_go(&exam, t / 1000);
    exam_go(&exam, t);
    exam_start(&exam, 532, 1);
    rlp_memory_fail_at(0);
    exam_go(&exam, t);
    size_t n = rlp_memory_fail_at(0);
    *steps = exam.state.steps;
    exam_close(&exam);
    return n;
}

/* 10^9 cells that switch 10^12 times a day; cells that found others to and fro, in lines hundreds of generations deep, far beyond the room for parents. */
static void memory_knows_neither_burden_nor_marks(void **state) {
    uint64_t steps;
    (void)state;
    assert_int_equal(allocations("process: {types: {S: {cells: 1000000000, birth: 0.3, death: 0.2}, R: {cells: 0, birth: 0.2, death: 0.3}}, channels: [\n"
                                 "  {kind: switch, from: S, to: R, rate: 1000}, {kind: switch, from: R, to: S, rate: 1000}]}", 5e-7, &steps), 0);
    assert_in_range(steps, 480000, 520000);
    assert_int_equal(allocations("process: {types: {S: {cells: 1000, birth: 0, death: 20}, R: {cells: 0, birth: 0, death: 20}}, channels: [\n"
                                 "  {kind: mutation, from: S, to: R, rate: 20}, {kind: mutation, from: R, to: S, rate: 20}]}", 25, &steps), 0);
    assert_in_range(steps, 100000, 2000000);
}

/* ---- immigrants -------------------------------------------------------------------------------------------------------------- */
static void judge_one_type(const char *what, const char *text, double t, const double *p, size_t size, uint64_t seed) {
    exam_t exam;
    int64_t *counts = malloc(PATHS * sizeof *counts);
    assert_non_null(counts);
    exam_open(&exam, &rlp_engine_kendall, text, t);
    exam_sample(&exam, seed, t, PATHS, counts);
    judge_law(what, counts, PATHS, p, size, 0);
    free(counts);
    exam_close(&exam);
}

/* Poisson where nothing is born, negative binomial of size nu/b where cells divide (Kendall 1948); few, who come one by one, and many. */
static void immigrants_have_their_laws(void **state) {
    static const double RATE[] = {2, 20, 60}, DEATH[] = {0.15, 0.3, 0.5}; /* birth 0.3 */
    double p[400];
    (void)state;
    for (size_t r = 0; r < 3; r++) {
        char text[200];
        for (unsigned k = 0; k < 400; k++) p[k] = gsl_ran_poisson_pdf(k, 3 * RATE[r]);
        snprintf(text, sizeof text, "process: {types: {S: {cells: 0, birth: 0, death: 0}}, channels: [{kind: immigration, to: S, rate: %g}]}", RATE[r]);
        judge_one_type("immigrants that stay", text, 3, p, 400, 541 + r);
        for (unsigned k = 0; k < 400; k++) p[k] = gsl_ran_poisson_pdf(k, RATE[r] * -expm1(-3 * DEATH[r]) / DEATH[r]);
        snprintf(text, sizeof text, "process: {types: {S: {cells: 0, birth: 0, death: %g}}, channels: [{kind: immigration, to: S, rate: %g}]}", DEATH[r], RATE[r]);
        judge_one_type("immigrants that die", text, 3, p, 400, 551 + r);
        double growth = DEATH[r] == 0.3 ? 3 : expm1(3 * (0.3 - DEATH[r])) / (0.3 - DEATH[r]);
        for (unsigned k = 0; k < 400; k++) p[k] = gsl_ran_negative_binomial_pdf(k, 1 / (1 + 0.3 * growth), RATE[r] / 0.3);
        snprintf(text, sizeof text, "process: {types: {S: {cells: 0, birth: 0.3, death: %g}}, channels: [{kind: immigration, to: S, rate: %g}]}", DEATH[r], RATE[r]);
        judge_one_type("immigrants that divide", text, 3, p, 400, 561 + r);
    }
}

/* Waves with marks, through changes of all rates, into two types at once. */
static void many_immigrants_keep_the_joint_law(void **state) {
    static const double ONCE[] = {5}, TWICE[] = {2.5, 5};
    static const char TEXT[] =
        "process: {types: {S: {cells: 1, birth: 0.4, death: 2.5}, R: {cells: 0, birth: 0.5, death: 1}}, channels: [{kind: immigration, to: S, rate: 9, name: seeding},\n"
        "  {kind: mutation, from: S, to: R, probability: 0.3}, {kind: switch, from: S, to: R, rate: 0.4, name: on}, {kind: switch, from: R, to: S, rate: 0.2}, {kind: mutation, from: R, to: S, rate: 0.1}%s]}\n"
        "arms: {all: {timeline: [{at: 2 d, set: {S: {death: 3.5, birth: 1}, seeding: {rate: 15}}}, {at: 3 d, set: {on: {rate: 0}}}, {at: 4 d, set: {on: {rate: 0.9}, seeding: {rate: 6}}}]}}";
    char text[1200];
    (void)state;
    snprintf(text, sizeof text, TEXT, "");
    box_judge(&rlp_engine_kendall, "a wave into one type", text, ONCE, 1, 44, PATHS, 571);
    snprintf(text, sizeof text, TEXT, ", {kind: immigration, to: R, rate: 4.5}");
    box_judge(&rlp_engine_kendall, "waves into two types", text, TWICE, 2, 44, PATHS, 572);
}

/* 10^6 immigrants a day: moments of all types, and a step for each mark alone. */
static void a_million_immigrants_a_day_cost_their_marks(void **state) {
    static const char TEXT[] =
        "process: {types: {S: {cells: 0, birth: 0.14, death: 0.4}, R: {cells: 0, birth: 0.14, death: 0.1}}, channels: [{kind: immigration, to: S, rate: 1000000}, \n"
        "  {kind: mutation, from: S, to: R, probability: 1.0e-5}, {kind: switch, from: R, to: S, rate: 0.01}]}\n"
        "arms: {all: {timeline: [{at: 5 d, set: {S: {death: 0.1}}}, {at: 12 d, survive: {S: 0.1}}, {at: 15 d, set: {S: {birth: 0}}}]}}";
    exam_t exam;
    (void)state;
    judge_moments_of(&rlp_engine_kendall, "a million a day", TEXT, 10000, 20, 581);
    exam_open(&exam, &rlp_engine_kendall, TEXT, 20);
    exam_start(&exam, 582, 1);
    exam_go(&exam, 20);
    assert_true(exam.state.steps < 200 && exam.state.cells[0] > 1000000);
    exam_close(&exam);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merged_groups_keep_the_joint_law),
        cmocka_unit_test(merged_groups_keep_means_and_variances),
        cmocka_unit_test(memory_knows_neither_burden_nor_marks),
        cmocka_unit_test(immigrants_have_their_laws),
        cmocka_unit_test(many_immigrants_keep_the_joint_law),
        cmocka_unit_test(a_million_immigrants_a_day_cost_their_marks),
        cmocka_unit_test(judge_decisions_stay_within_their_number),
    };
    return cmocka_run_group_tests_name("kendall_groups", tests, NULL, NULL);
}
