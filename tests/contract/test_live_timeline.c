/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A timeline that is decided on the way has the law of one that was known from the start, in every engine. At each hold what there is is sealed:
 * what is then done at that instant follows as segments of its own, and the sealed one before them has no length (process.h).
 *
 * False alarms: below 1e-7 for this program (judge.h). */
#define JUDGE_DECISIONS 300
#include "exam.h"
#include "laws.h"

#define MANY 3000
#define END 45.0
static int64_t counts[MANY * 3];

#define TYPES(s, e)                                                                                                              \
    "process: {types: {S: {cells: " s ", birth: 0.2, death: 0.1}, E: {cells: " e ", birth: 0.1, death: 0.1}, R: {cells: 0, birth: 0.25, death: 0.2}},\n" \
    "  channels: [{kind: switch, from: S, to: E, rate: 0.02}, {kind: switch, from: E, to: S, rate: 0.05},\n"                          \
    "    {kind: mutation, from: S, to: R, probability: 0.01}]}\n"
/* Day 10: an event planned for the visit's own day, then two done by rules there, with new rates. Day 20: rates alone. Day 30: planned alone. Day 36: a
 * rule's event and no new rates. */
#define COURSE                                                                                                                   \
    "arms: {all: {timeline: [{at: 10 d, survive: {S: 0.5, E: 0.9}}, {at: 10 d, survive: {S: 0.6, E: 0.8}},\n"                            \
    "  {at: 10 d, survive: {S: 0.9, R: 0.7}, set: {S: {birth: 0.3, death: 0.1}, E: {death: 0.05}}},\n"                                     \
    "  {at: 20 d, set: {S: {birth: 0.15, death: 0.2}}}, {at: 30 d, survive: {S: 0.4, E: 0.7}}, {at: 36 d, survive: {E: 0.5}}]}}"

typedef struct {
    double t_days;
    size_t rates; /* row of the planned process; RLP_NONE: as before */
    double survive[3];
    bool planned; /* known when the visit comes, else done after it */
} step_t;

static void append(rlp_process_t *p, const rlp_process_t *planned, const step_t *step, size_t *rates) {
    size_t survive = RLP_NONE;
    if (step->rates != RLP_NONE)
        assert_int_equal(rlp_process_add_rates(p, planned->rates + planned->segments[step->rates].rates * planned->row_size, rates), RLP_OK);
    if (step->survive[0] < 1 || step->survive[1] < 1 || step->survive[2] < 1)
        assert_int_equal(rlp_process_add_survive(p, step->survive, &survive), RLP_OK);
    assert_int_equal(rlp_process_add_segment(p, step->t_days, *rates, survive), RLP_OK);
}

/* One path, with a hold on each of the days; `watch`: with a level that is never reached, so that engines look. */
static void live(exam_t *exam, const rlp_process_t *planned, bool watch, uint64_t path) {
    static const unsigned char ALL[] = {1, 1, 1};
    static const step_t STEPS[] = {{0, 0, {1, 1, 1}, true},         {10, RLP_NONE, {0.5, 0.9, 1}, true}, {10, RLP_NONE, {0.6, 0.8, 1}, false},
                                   {10, 1, {0.9, 1, 0.7}, false},   {20, 2, {1, 1, 1}, false},           {30, RLP_NONE, {0.4, 0.7, 1}, true},
                                   {36, RLP_NONE, {1, 0.5, 1}, false}};
    static const double HOLDS[] = {10, 20, 25.3, 30, 36, END};
    size_t next = 0, rates = 0, n = sizeof STEPS / sizeof *STEPS;
    rlp_watch_t level = exam_level(exam, ALL, 1e15);
    rlp_process_clear(&exam->process);
    for (; next < n && STEPS[next].t_days == 0; next++) append(&exam->process, planned, &STEPS[next], &rates);
    exam_start(exam, 501, path);
    for (size_t h = 0; h < sizeof HOLDS / sizeof *HOLDS; h++) {
        for (; next < n && STEPS[next].planned && STEPS[next].t_days <= HOLDS[h]; next++) append(&exam->process, planned, &STEPS[next], &rates);
        exam->process.sealed = exam->process.n_segments;
        if (watch)
            assert_int_equal(exam_watch(exam, HOLDS[h], &level, 1).fired, 0);
        else
            exam_go(exam, HOLDS[h]);
        assert_int_equal(exam->state.segment, exam->process.n_segments); /* all of it was entered */
        for (; next < n && STEPS[next].t_days <= HOLDS[h]; next++) append(&exam->process, planned, &STEPS[next], &rates);
    }
    assert_int_equal(next, n);
}

static void judge_course(const rlp_engine_class_t *class, const char *text, size_t n, bool watch, const char *what) {
    rlp_process_t planned;
    char words[80];
    exam_process(text, &planned);
    assert_int_equal(planned.n_segments, 5); /* the three of day 10 are one */
    for (size_t k = 0; k < n; k++) {
        exam_t exam; /* as a life: the timeline is a patient's, the engine prepared for it */
        exam_open(&exam, class, text, END);
        live(&exam, &planned, watch, k + 1);
        for (size_t i = 0; i < 3; i++) counts[3 * k + i] = exam.state.cells[i];
        if (k == n - 1) {
            for (size_t i = 0; i < 3; i++) {
                rlp_law_moments_t law = laws_of_type(&planned, i, END);
                rlp_moments_t sample = {0};
                for (size_t path = 0; path < n; path++) rlp_moments_add(&sample, (double)counts[3 * path + i]);
                snprintf(words, sizeof words, "%s, %s", what, planned.type_names[i]);
                judge_mean(words, &sample, &law, exam.bias * fmax(1, 1 / law.mean));
                judge_variance(words, &sample, &law, exam.bias);
            }
        }
        exam_close(&exam);
    }
    rlp_process_free(&planned);
}

static void decided_on_the_way_is_as_planned(void **state) {
    judge_course(*state, TYPES("40", "10") COURSE, MANY, false, "few cells");
    judge_course(*state, TYPES("40", "10") COURSE, MANY / 3, true, "few cells, watched");
}

static void many_cells_decided_on_the_way_are_as_planned(void **state) {
    judge_course(*state, TYPES("40000", "10000") COURSE, 60, false, "many cells");
    judge_course(*state, TYPES("40000", "10000") COURSE, 40, true, "many cells, watched");
}

/* What an engine has entered stays: neither rates nor survival of a sealed segment change. */
static void a_sealed_segment_is_not_joined(void **state) {
    (void)state;
    rlp_process_t p;
    size_t row, kill;
    exam_process("process: {types: {S: {cells: 40, birth: 0.2, death: 0.1}}}", &p);
    assert_int_equal(rlp_process_add_rates(&p, (const double[]){0.3, 0.1}, &row), RLP_OK);
    assert_int_equal(rlp_process_add_survive(&p, (const double[]){0.5}, &kill), RLP_OK);
    assert_int_equal(rlp_process_add_segment(&p, 5, row, kill), RLP_OK);
    assert_int_equal(rlp_process_add_segment(&p, 5, row, kill), RLP_OK);
    assert_int_equal(p.n_segments, 2);
    p.sealed = 2;
    assert_int_equal(rlp_process_add_segment(&p, 5, row, RLP_NONE), RLP_OK);
    assert_int_equal(p.n_segments, 2); /* nothing new */
    assert_int_equal(rlp_process_add_segment(&p, 5, 0, kill), RLP_OK);
    assert_int_equal(rlp_process_add_segment(&p, 5, row, kill), RLP_OK);
    assert_int_equal(p.n_segments, 3); /* the new one is open to more */
    assert_int_equal(p.segments[1].rates, row);
    assert_true(p.survive[p.segments[1].survive] == 0.25 && p.survive[p.segments[2].survive] == 0.25);
    rlp_process_clear(&p);
    assert_int_equal(p.sealed, 0);
    rlp_process_free(&p);
}

int main(void) {
    static const exam_question_t EXAMS[] = {
        EXAM(decided_on_the_way_is_as_planned),
        EXAM(many_cells_decided_on_the_way_are_as_planned),
        EXAM(a_sealed_segment_is_not_joined),
    };
    return exam_every_engine("live_timeline", EXAMS, sizeof EXAMS / sizeof *EXAMS);
}
