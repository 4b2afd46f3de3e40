/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One engine at work on one process given as text, trajectory after trajectory. */
#ifndef RELAPSE_TESTS_EXAM_H
#define RELAPSE_TESTS_EXAM_H

#include "judge.h"
#include "relapse/document.h"
#include "relapse/engine.h"
#include "relapse/process_input.h"

typedef struct {
    rlp_process_t process;
    rlp_engine_t *engine;
    rlp_state_t state;
    rlp_stream_t stream;
    double bias; /* that the engine may have */
} exam_t;

#define EXAM_ERROR 0.01

/* The process of arm 0 of an input of the process floor. */
static inline void exam_process(const char *text, rlp_process_t *p) {
    rlp_document_t *document = NULL;
    rlp_process_model_t *model = NULL;
    rlp_parameters_t parameters;
    rlp_text_t words;
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    rlp_parameters_init(&parameters);
    rlp_text_init(&words);
    assert_int_equal(rlp_document_parse("exam", text, strlen(text), wrong, &document), RLP_OK);
    assert_int_equal(rlp_process_model_read(rlp_document_root(document), &parameters, wrong, &model), RLP_OK);
    rlp_diagnostics_text(wrong, &words);
    if (rlp_diagnostics_errors(wrong)) fail_msg("%s", rlp_text_string(&words));
    double *values = calloc(parameters.n, sizeof *values);
    assert_non_null(values);
    rlp_parameters_values(&parameters, values);
    assert_int_equal(rlp_process_model_build(model, 0, values, p), RLP_OK);
    free(values);
    rlp_text_free(&words);
    rlp_process_model_free(model);
    rlp_parameters_free(&parameters);
    rlp_document_free(document);
    rlp_diagnostics_free(wrong);
}

static inline void exam_open_process(exam_t *exam, const rlp_engine_class_t *class, double horizon_days) {
    rlp_engine_settings_t settings = {.error = EXAM_ERROR, .horizon_days = horizon_days};
    exam->bias = class->exact ? 0 : EXAM_ERROR;
    assert_int_equal(rlp_engine_open(class, &exam->process, &settings, &exam->engine), RLP_OK);
    assert_int_equal(rlp_state_init(&exam->state, &exam->process), RLP_OK);
}

static inline void exam_open(exam_t *exam, const rlp_engine_class_t *class, const char *text, double horizon_days) {
    exam_process(text, &exam->process);
    exam_open_process(exam, class, horizon_days);
}

/* False: the engine refuses the process, in words that name one that does not. */
static inline bool exam_opens(exam_t *exam, const rlp_engine_class_t *class, const char *text, double horizon_days) {
    exam_process(text, &exam->process);
    int rc = class->accepts(&exam->process);
    if (!rc) {
        exam_open_process(exam, class, horizon_days);
        return true;
    }
    assert_int_equal(rc, RLP_ERROR_REFUSED);
    assert_non_null(strstr(rlp_fail_message(), "'direct'"));
    rlp_engine_settings_t settings = {.error = EXAM_ERROR, .horizon_days = horizon_days};
    assert_int_equal(rlp_engine_open(class, &exam->process, &settings, &exam->engine), RLP_ERROR_REFUSED);
    rlp_process_free(&exam->process);
    return false;
}

/* Simulates each birth and death: 10^12 of them are out of its reach. */
static inline bool exam_every_event(const rlp_engine_class_t *class) { return !strcmp(class->name, "direct"); }

static inline void exam_close(exam_t *exam) {
    rlp_engine_close(exam->engine);
    rlp_state_free(&exam->state);
    rlp_process_free(&exam->process);
}

static inline void exam_start(exam_t *exam, uint64_t seed, uint64_t patient) {
    rlp_stream_init(&exam->stream, seed, patient, RLP_PURPOSE_PATH);
    rlp_state_reset(&exam->state, &exam->process);
}

static inline void exam_go(exam_t *exam, double until_days) {
    rlp_stop_t stop = {0};
    assert_int_equal(rlp_engine_advance(exam->engine, &exam->state, until_days, NULL, 0, &exam->stream, NULL, &stop), RLP_OK);
    assert_int_equal(stop.fired, 0);
    assert_true(exam->state.t_days == until_days);
}

/* As far as until_days or the first firing of the watches. */
static inline rlp_stop_t exam_watch(exam_t *exam, double until_days, rlp_watch_t *watches, size_t n) {
    rlp_stop_t stop = {0};
    assert_int_equal(rlp_engine_advance(exam->engine, &exam->state, until_days, watches, n, &exam->stream, NULL, &stop), RLP_OK);
    return stop;
}

/* counts[path * n_types + type] at t of n trajectories. */
static inline void exam_sample(exam_t *exam, uint64_t seed, double t, size_t n, int64_t *counts) {
    for (size_t k = 0; k < n; k++) {
        exam_start(exam, seed, k + 1);
        exam_go(exam, t);
        memcpy(counts + k * exam->process.n_types, exam->state.cells, exam->process.n_types * sizeof *counts);
    }
}

/* ---- every engine sits it ------------------------------------------------------------------------------------------------------- */
typedef struct {
    const char *name;
    CMUnitTestFunction run; /* its state is the engine's class */
} exam_question_t;
#define EXAM(name) {#name, name}

/* All questions to all engines of the table, as tests named "engine: question"; then that the judge kept his number of decisions. */
static inline int exam_every_engine(const char *group, const exam_question_t *questions, size_t n_questions) {
    size_t n = 0, all = RLP_ENGINE_COUNT * n_questions + 1;
    struct CMUnitTest *tests = calloc(all, sizeof *tests);
    char(*names)[96] = calloc(all, sizeof *names);
    if (!tests || !names) abort();
    for (size_t e = 0; e < RLP_ENGINE_COUNT; e++)
        for (size_t k = 0; k < n_questions; k++, n++) {
            snprintf(names[n], sizeof names[n], "%s: %s", RLP_ENGINES[e]->name, questions[k].name);
            tests[n] = (struct CMUnitTest){.name = names[n], .test_func = questions[k].run, .initial_state = (void *)(uintptr_t)RLP_ENGINES[e]};
        }
    tests[n++] = (struct CMUnitTest){.name = "judge_decisions_stay_within_their_number", .test_func = judge_decisions_stay_within_their_number};
    int failed = _cmocka_run_group_tests(group, tests, n, NULL, NULL);
    free(tests);
    free(names);
    return failed;
}

/* Watch on all cells, from the state at hand. */
static inline rlp_watch_t exam_level(const exam_t *exam, const unsigned char *of, double level) {
    rlp_watch_t watch = {.of = of, .rule = RLP_WATCH_LEVEL, .level = level, .cells_per_mm3 = 1e6};
    rlp_watch_start(&watch, rlp_watch_measure(&watch, &exam->state, &exam->process));
    return watch;
}

#endif
