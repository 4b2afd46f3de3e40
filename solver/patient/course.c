/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Courses: the process of a patient in an arm, the engine that runs on it and, on the tumour floor, the environment that goes on writing it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "relapse/memory.h"

static bool shared_course(const rlp_trial_t *trial) { return trial->process && trial->variability->n == 0; }

static int open_engine(const rlp_trial_t *trial, life_course_t *course) {
    rlp_engine_settings_t settings = {.error = trial->error, .horizon_days = trial->follow_up_days, .epsilon = trial->epsilon};
    return rlp_engine_open(trial->engine, &course->process, &settings, &course->engine);
}

/* On the tumour floor types and channels are the same for every patient: the process stays, and only its timeline begins again. */
static void drop_course(const rlp_trial_t *trial, life_course_t *course) {
    rlp_engine_close(course->engine);
    course->engine = NULL;
    if (course->ready && trial->process) rlp_process_free(&course->process);
    course->ready = false;
}

static int set_labels(rlp_process_t *p) {
    size_t *own, n = p->n_types;
    int rc = p->label_of_type ? RLP_OK : RLP_NEW(own, n);
    if (rc || p->label_of_type) return rc;
    for (size_t i = 0; i < n; i++) own[i] = i;
    rc = rlp_process_set_labels(p, n, (const char *const *)p->type_names, own);
    free(own);
    return rc;
}

/* The process of the tumour floor for the values at hand, with the cells at start, compiled up to `ahead_days` but not past `hold_days`; p is another patient's, or
 * zeroed. */
static int compile_tumour(const rlp_trial_t *trial, rlp_environment_t *environment, const double *values, rlp_stream_t *start, double ahead_days,
                          double hold_days, rlp_process_t *p) {
    int rc = RLP_OK;
    if (p->n_types)
        rlp_tumour_process_again(trial->tumour, values, p);
    else
        rc = rlp_tumour_process(trial->tumour, values, p);
    if (rc) return rc;
    rc = rlp_tumour_start(trial->tumour, values, start, p->start_cells);
    if (!rc) rc = rlp_environment_begin(environment, values, p);
    if (!rc) rlp_environment_hold(environment, hold_days);
    if (!rc) rc = rlp_environment_extend(environment, ahead_days, p);
    if (rc) rlp_process_free(p);
    return rc;
}

/* The first visit, where the arm has rules. */
static double first_decision_days(const rlp_trial_t *trial, size_t arm) {
    size_t n;
    (void)rlp_tumour_rules(trial->tumour, arm, &n);
    return n ? trial->endpoints->progression.every_days : INFINITY;
}

/* Survival events of the process floor, as the tumour floor tells what it does. */
static int plan_survivals(const rlp_trial_t *trial, size_t arm, const double *values, life_course_t *course) {
    size_t n = rlp_process_model_events(trial->process, arm, values, NULL, 0);
    double *t_days;
    int rc = course->survivals ? RLP_OK : RLP_NEW(course->survivals, n);
    if (!rc) rc = RLP_NEW(t_days, n);
    if (rc) return rc;
    rlp_process_model_events(trial->process, arm, values, t_days, n);
    for (size_t k = 0; k < n; k++) course->survivals[k] = (rlp_planned_t){.t_days = t_days[k], .kind = RLP_EVENT_DO, .what = "survive"};
    course->n_survivals = n;
    free(t_days);
    return RLP_OK;
}

static int new_course(rlp_life_t *life, size_t arm, uint64_t patient) {
    const rlp_trial_t *trial = life->trial;
    life_course_t *course = &life->courses[arm];
    rlp_stream_t start;
    drop_course(trial, course);
    int rc = rlp_variability_draw(trial->variability, trial->parameters, trial->written, trial->seed, patient, life->values);
    if (rc) return rc;
    rlp_stream_init(&start, trial->seed, patient, RLP_PURPOSE_START);
    if (trial->process) {
        rc = plan_survivals(trial, arm, life->values, course);
        if (!rc) rc = rlp_process_model_build(trial->process, arm, life->values, &course->process);
    } else {
        if (!course->environment) rc = rlp_environment_new(trial->tumour, arm, trial->error, trial->follow_up_days, &course->environment);
        if (!rc) rlp_environment_luck(course->environment, trial->seed, patient, trial->replicate);
        if (!rc)
            rc = compile_tumour(trial, course->environment, life->values, &start, fmin(LIFE_AHEAD_DAYS, trial->follow_up_days), first_decision_days(trial, arm), &course->process);
    }
    if (rc) return rc;
    course->ready = true;
    return set_labels(&course->process);
}

void life_course_free(const rlp_trial_t *trial, life_course_t *course) {
    drop_course(trial, course);
    rlp_process_free(&course->process);
    rlp_environment_free(course->environment);
    free(course->survivals);
}

const rlp_planned_t *life_course_planned(const life_course_t *course, size_t *n) {
    if (course->environment) return rlp_environment_planned(course->environment, n);
    *n = course->n_survivals;
    return course->survivals;
}

/* The numbers are others: a course that patients share is built again. */
void life_course_forget(const rlp_trial_t *trial, life_course_t *course) {
    if (trial->process) drop_course(trial, course);
}

int life_course_open(rlp_life_t *life, size_t arm, uint64_t patient) {
    const rlp_trial_t *trial = life->trial;
    life_course_t *course = &life->courses[arm];
    if (course->ready && shared_course(trial)) return RLP_OK;
    rlp_phase_t before = rlp_meter_enter(trial->meter, RLP_PHASE_COMPILING);
    int rc = new_course(life, arm, patient);
    (void)rlp_meter_enter(trial->meter, before);
    return rc ? rc : open_engine(trial, course);
}

void rlp_trial_written(const rlp_trial_t *trial, double *values) {
    if (trial->written)
        memcpy(values, trial->written, trial->parameters->n * sizeof *values);
    else
        rlp_parameters_values(trial->parameters, values);
}

double rlp_trial_number(const rlp_trial_t *trial, size_t parameter) { return trial->written ? trial->written[parameter] : trial->parameters->rows[parameter].value; }

int rlp_life_compile(const rlp_trial_t *trial, size_t arm, uint64_t patient, rlp_process_t *out) {
    double *values;
    rlp_environment_t *environment = NULL;
    rlp_stream_t start;
    int rc = RLP_NEW(values, trial->parameters->n);
    if (rc) return rc;
    memset(out, 0, sizeof *out);
    rlp_trial_written(trial, values);
    if (patient) rc = rlp_variability_draw(trial->variability, trial->parameters, trial->written, trial->seed, patient, values);
    rlp_stream_init(&start, trial->seed, patient, RLP_PURPOSE_START);
    if (!rc && trial->process) rc = rlp_process_model_build(trial->process, arm, values, out);
    if (!rc && trial->tumour) {
        rc = rlp_environment_new(trial->tumour, arm, trial->error, trial->follow_up_days, &environment);
        if (!rc) rlp_environment_luck(environment, trial->seed, patient, trial->replicate);
        if (!rc) rc = compile_tumour(trial, environment, values, patient ? &start : NULL, trial->follow_up_days, INFINITY, out);
    }
    rlp_environment_free(environment);
    free(values);
    if (rc) return rc;
    rc = set_labels(out);
    if (rc) rlp_process_free(out);
    return rc;
}

int rlp_life_baseline(rlp_life_t *life, uint64_t patient, double *values, int64_t *cells) {
    const rlp_trial_t *trial = life->trial;
    rlp_stream_t start;
    int rc = rlp_variability_draw(trial->variability, trial->parameters, trial->written, trial->seed, patient, values);
    if (rc) return rc;
    rlp_stream_init(&start, trial->seed, patient, RLP_PURPOSE_START);
    if (trial->tumour) return rlp_tumour_start(trial->tumour, values, &start, cells);
    rlp_process_t p;
    rc = rlp_process_model_build(trial->process, 0, values, &p);
    if (rc) return rc;
    memcpy(cells, p.start_cells, p.n_types * sizeof *cells);
    rlp_process_free(&p);
    return RLP_OK;
}
