/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * events.csv: what was done to each patient and what became of him, in order of time, up to his end. At one instant what is done comes
 * first, then progression, then death. The plan is the same for all patients unless a number under `arms:` varies. */
#include <stdlib.h>
#include <string.h>

#include "parts.h"
#include "relapse/memory.h"

void events_init(events_t *events) {
    memset(events, 0, sizeof *events);
    sheet_init(&events->sheet);
}

static bool arms_vary(const rlp_study_t *study) {
    for (size_t s = 0; s < study->variability.n; s++)
        for (size_t k = 0; k < study->variability.spreads[s].n; k++)
            if (!strncmp(study->parameters.rows[study->variability.spreads[s].rows[k]].path, "arms.", 5)) return true;
    return false;
}

int events_open(events_t *events, const job_t *job) {
    events->job = job;
    events->varies = arms_vary(job->study);
    int rc = RLP_NEW(events->values, job->study->parameters.n);
    return rc ? rc : sheet_open(&events->sheet, job->report->folder, "events.csv", "arm,patient,time_days,event,what,reason");
}

static void drop_arm(events_t *events) {
    rlp_environment_free(events->environment);
    events->environment = NULL;
    if (events->has_process) rlp_process_free(&events->process);
    events->has_process = false;
    events->n = 0;
}

void events_free(events_t *events) {
    drop_arm(events);
    for (size_t k = 0; k < events->line_room; k++) rlp_text_free(&events->lines[k]);
    free(events->lines);
    free(events->t_days);
    free(events->values);
    sheet_free(&events->sheet);
    memset(events, 0, sizeof *events);
    sheet_init(&events->sheet);
}

/* ---- the plan ------------------------------------------------------------------------------------------------------------ */
static int add_planned(events_t *events, double t_days, const char *event, const char *what) {
    int rc = RLP_GROW(events->t_days, events->time_room, events->n + 1);
    if (!rc) rc = RLP_GROW(events->lines, events->line_room, events->n + 1);
    if (rc) return rc;
    rlp_text_t *line = &events->lines[events->n];
    events->t_days[events->n++] = t_days;
    rlp_text_clear(line);
    rlp_text_double(line, t_days);
    rlp_text_format(line, ",%s,", event);
    rlp_text_csv(line, what);
    rlp_text_add(line, ",");
    return line->error;
}

static int plan_tumour(events_t *events) {
    static const char *const WORDS[] = {[RLP_EVENT_START] = "start", [RLP_EVENT_STOP] = "stop", [RLP_EVENT_DO] = "do"};
    size_t n = 0;
    events->process.n_segments = events->process.n_rate_rows = events->process.n_survive_rows = 0; /* begin wants an empty timeline */
    int rc = rlp_environment_begin(events->environment, events->values, &events->process);
    const rlp_planned_t *planned = rc ? NULL : rlp_environment_planned(events->environment, &n);
    for (size_t k = 0; k < n && !rc; k++) rc = add_planned(events, planned[k].t_days, WORDS[planned[k].kind], planned[k].what);
    return rc;
}

static int plan_process(events_t *events, size_t arm) {
    const rlp_study_t *study = events->job->study;
    double *t_days;
    size_t n = rlp_process_model_events(study->process, study->arms[arm], events->values, NULL, 0);
    int rc = RLP_NEW(t_days, n);
    if (rc) return rc;
    rlp_process_model_events(study->process, study->arms[arm], events->values, t_days, n);
    for (size_t k = 0; k < n && !rc; k++) rc = add_planned(events, t_days[k], "do", "survive");
    free(t_days);
    return rc;
}

static int plan(events_t *events, size_t arm) {
    events->n = 0;
    return events->job->study->tumour ? plan_tumour(events) : plan_process(events, arm);
}

int events_begin_arm(events_t *events, size_t arm) {
    const rlp_study_t *study = events->job->study;
    int rc = RLP_OK;
    drop_arm(events);
    rlp_parameters_values(&study->parameters, events->values);
    if (study->tumour) {
        rc = rlp_tumour_process(study->tumour, events->values, &events->process);
        events->has_process = !rc;
        if (!rc)
            rc =
                rlp_environment_new(study->tumour, study->arms[arm], study->trial.error, study->trial.follow_up_days, &events->environment);
    }
    return rc ? rc : plan(events, arm);
}

/* ---- one patient --------------------------------------------------------------------------------------------------------- */
static void begin_row(events_t *events, size_t arm, uint64_t patient) {
    sheet_raw(&events->sheet, rlp_text_string(&events->job->arm_cells[arm]));
    sheet_whole(&events->sheet, (int64_t)patient);
}

static void write_ending(events_t *events, size_t arm, uint64_t patient, double t_days, const char *event, const char *what,
                         const char *reason) {
    begin_row(events, arm, patient);
    sheet_number(&events->sheet, t_days);
    sheet_raw(&events->sheet, event);
    sheet_raw(&events->sheet, what);
    sheet_raw(&events->sheet, reason);
    sheet_end_row(&events->sheet);
}

static void write_planned(events_t *events, size_t arm, uint64_t patient, double until_days, size_t *next) {
    for (; *next < events->n && events->t_days[*next] <= until_days; (*next)++) {
        begin_row(events, arm, patient);
        sheet_raw(&events->sheet, rlp_text_string(&events->lines[*next]));
        sheet_end_row(&events->sheet);
    }
}

int events_write_patient(events_t *events, size_t arm, uint64_t patient, const rlp_outcome_t *o) {
    static const char *const DEATHS[] = {"", "tumour", "hazard"};
    const rlp_study_t *study = events->job->study;
    size_t next = 0;
    int rc = RLP_OK;
    if (o->failed) return rc;
    if (events->varies) {
        rc = rlp_variability_draw(&study->variability, &study->parameters, study->seed, patient, events->values);
        if (!rc) rc = plan(events, arm);
        if (rc) return rc;
    }
    if (o->ttp_event) {
        write_planned(events, arm, patient, o->ttp_days, &next);
        write_ending(events, arm, patient, o->ttp_days, "progression",
                     study->endpoints.progression.measure == RLP_MEASURE_SIZE ? "size" : "viable",
                     rlp_reason_name((rlp_reason_t)o->reason));
    }
    write_planned(events, arm, patient, o->end_days, &next);
    if (o->death_cause) write_ending(events, arm, patient, o->end_days, "death", "", DEATHS[o->death_cause]);
    return rc;
}
