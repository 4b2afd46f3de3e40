/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What leap must keep where a step passes over many short segments (averages.h).
 *
 * False alarms: below 1e-7 for this program (judge.h). */
#define JUDGE_DECISIONS 20
#include "exam.h"
#include "laws.h"

enum { SEGMENTS = 40, MANY = 40000, TEXT = 12000 };
#define HOURS6 0.25

/* A drug that is given at once and fades with a half-life of 1.4 d: death = rest + top e^(-t/2). */
static double fading(double rest, double top, size_t k) { return rest + top * exp(-HOURS6 * ((double)k + 0.5) / 2); }

static void write_course(char *text, const char *head, const char *const *types, size_t n_types, double rest, double top) {
    size_t at = (size_t)snprintf(text, TEXT, "%s\narms: {all: {timeline: [", head);
    for (size_t k = 0; k < SEGMENTS; k++) {
        at += (size_t)snprintf(text + at, TEXT - at, "%s{at: %g d, set: {", k ? ", " : "", HOURS6 * (double)k);
        for (size_t i = 0; i < n_types; i++) at += (size_t)snprintf(text + at, TEXT - at, "%s%s: {death: %.15g}", i ? ", " : "", types[i], fading(rest, top * (i ? 0.3 : 1), k));
        at += (size_t)snprintf(text + at, TEXT - at, "}}");
    }
    snprintf(text + at, TEXT - at, "]}}");
}

/* The whole law of three cells: with means of rates alone too few would die out, for most deaths come early. */
static void law_over_many_segments_is_exact_without_transitions(void **state) {
    static const char *const S[] = {"S"};
    static int64_t counts[MANY];
    static double p[400];
    char text[TEXT];
    exam_t exam;
    write_course(text, "process: {types: {S: {cells: 3, birth: 0.2, death: 0.1}}}", S, 1, 0.05, 0.6);
    exam_open(&exam, *state, text, SEGMENTS * HOURS6);
    rlp_moebius_t law = rlp_moebius_growth(0.2, fading(0.05, 0.6, 0), HOURS6);
    for (size_t k = 1; k < SEGMENTS; k++) law = rlp_moebius_then(law, rlp_moebius_growth(0.2, fading(0.05, 0.6, k), HOURS6));
    rlp_moebius_law(law, 3, p, 400);
    exam_sample(&exam, 301, SEGMENTS * HOURS6, MANY, counts);
    assert_true(exam.state.steps < SEGMENTS / 4);
    judge_law("three cells", counts, MANY, p, 400, 0);
    exam_close(&exam);
}

/* Large counts show the bias: below engine.error, by steps that are far fewer than segments. */
static void means_over_many_segments_stay_within_the_error(void **state) {
    static const char *const TYPES[] = {"S", "E", "R"};
    enum { PATHS = 50 };
    char text[TEXT];
    double sum[3] = {0};
    exam_t exam;
    write_course(text,
                 "process: {types: {S: {cells: 1000000000000, birth: 0.2, death: 0.1}, E: {cells: 10000000000, birth: 0.1, death: 0.1}, R: {cells: 0, birth: 0.2, death: 0.1}},\n"
                 "  channels: [{kind: switch, from: S, to: E, rate: 0.01}, {kind: switch, from: E, to: S, rate: 0.05}, {kind: mutation, from: S, to: R, probability: 1.0e-5},\n"
                 "    {kind: mutation, from: E, to: R, rate: 1.0e-6}, {kind: immigration, to: R, rate: 1000}]}",
                 TYPES, 3, 0.05, 0.6);
    exam_open(&exam, *state, text, SEGMENTS * HOURS6);
    for (uint64_t k = 0; k < PATHS; k++) {
        exam_start(&exam, 302, k + 1);
        exam_go(&exam, SEGMENTS * HOURS6);
        for (size_t i = 0; i < 3; i++) sum[i] += (double)exam.state.cells[i] / PATHS;
    }
    rlp_law_pair_t law = laws_moments(&exam.process, NULL, SEGMENTS * HOURS6);
    for (size_t i = 0; i < 3; i++) {
        print_message("%s off by %.2g in %d steps\n", TYPES[i], sum[i] / law.mean[i] - 1, (int)exam.state.steps);
        assert_true(fabs(sum[i] / law.mean[i] - 1) < EXAM_ERROR);
    }
    assert_true(exam.state.steps < SEGMENTS / 2);
    exam_close(&exam);
}

/* Up by e^0.5 and down again within a step: who watches a level in between must see it. */
static void a_peak_within_a_step_is_not_missed(void **state) {
    static const unsigned char ALL[] = {1};
    exam_t exam;
    exam_open(&exam, *state,
              "process: {types: {S: {cells: 1000000, birth: 0.2, death: 0.2}}}\n"
              "arms: {all: {timeline: [{at: 4 d, set: {S: {birth: 0.6, death: 0.1}}}, {at: 5 d, set: {S: {birth: 0.1, death: 0.6}}}, {at: 6 d, set: {S: {birth: 0.2, death: 0.2}}},\n"
              "  {at: 7 d, set: {S: {birth: 0.2, death: 0.21}}}]}}", 10);
    for (uint64_t k = 1; k <= 20; k++) {
        exam_start(&exam, 303, k);
        rlp_watch_t watch = exam_level(&exam, ALL, 1.3e6);
        rlp_stop_t stop = exam_watch(&exam, 10, &watch, 1);
        assert_true(stop.fired && fabs(stop.t_days[0] - 4 - log(1.3) / 0.5) < 0.1);
    }
    exam_close(&exam);
}

int main(void) {
    rlp_engine_class_t *leap = (rlp_engine_class_t *)(uintptr_t)rlp_engine_find("leap");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(law_over_many_segments_is_exact_without_transitions, leap),
        cmocka_unit_test_prestate(means_over_many_segments_stay_within_the_error, leap),
        cmocka_unit_test_prestate(a_peak_within_a_step_is_not_missed, leap),
        cmocka_unit_test(judge_decisions_stay_within_their_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
