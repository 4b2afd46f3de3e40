/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cuminc.csv: how many had progressed by each cause, or died, by when (Aalen & Johansen 1978; statistics.h).
 *
 *   ttp, pfs   progression by what led then (survival.csv's `cause`), and `death` before it: the same numbers under both names, for an event of one is a
 *              competing event, or an event, of the other
 *   os         death by `tumour` and by `hazard`
 *
 * F_c and its error depend on the other causes only by their sum: each cause is told apart from all others as one, which bounds memory whatever their number. */
#include <stdlib.h>
#include <string.h>

#include "parts.h"
#include "relapse/memory.h"

typedef struct {
    sheet_t *sheet;
    const rlp_meter_t *meter;
    const char *arm;
    const times_t *times;
    const double *days;
    unsigned *own; /* [n] 1: this cause, 2: another, 0: censored */
} incidence_t;

int incidence_open(sheet_t *sheet, const job_t *job) {
    return sheet_open(sheet, job->report->folder, "cuminc.csv", "arm,endpoint,cause,time_days,cuminc,std_err,lower95,upper95");
}

/* A row at each time at which anybody had an event, of this cause or another. */
static void write_rows(const incidence_t *job, endpoint_t endpoint, const char *cause, const rlp_cuminc_t *curve) {
    for (size_t row = 0; row < curve->rows; row++) {
        const rlp_cuminc_point_t *point = &curve->point[row * curve->causes];
        if (!curve->event_free[row].events) continue;
        sheet_raw(job->sheet, job->arm);
        sheet_raw(job->sheet, ENDPOINT_NAMES[endpoint]);
        sheet_word(job->sheet, cause);
        sheet_number(job->sheet, curve->time[row]);
        sheet_number(job->sheet, point->value);
        sheet_number(job->sheet, point->std_err);
        sheet_number(job->sheet, point->lower95);
        sheet_number(job->sheet, point->upper95);
        sheet_end_row(job->sheet);
    }
}

/* own[] is filled; a cause that took nobody has no rows. */
static int write_cause(const incidence_t *job, endpoint_t endpoint, const char *cause) {
    rlp_cuminc_t curve = {0};
    bool any = false;
    for (size_t i = 0; i < job->times->n; i++) any = any || job->own[i] == 1;
    if (!any) return RLP_OK;
    int rc = rlp_cuminc_init(&curve, job->times->n, job->days, job->own, 2);
    rlp_phase_t before = rlp_meter_enter(job->meter, RLP_PHASE_FILES);
    if (!rc) write_rows(job, endpoint, cause, &curve);
    (void)rlp_meter_enter(job->meter, before);
    rlp_cuminc_free(&curve);
    return rc;
}

/* label: of the process; its number: no cell was left to say what led; one more: death. */
static int write_progression(incidence_t *job, const rlp_process_t *process, endpoint_t endpoint) {
    int rc = RLP_OK;
    job->days = job->times->time[ENDPOINT_PFS];
    for (size_t c = 0; c < process->n_labels + 2 && !rc; c++) {
        for (size_t i = 0; i < job->times->n; i++) {
            int32_t cause = job->times->cause[i];
            size_t mine = !job->times->event[ENDPOINT_TTP][i] ? process->n_labels + 1 : cause < 0 ? process->n_labels : (size_t)cause;
            job->own[i] = !job->times->event[ENDPOINT_PFS][i] ? 0 : mine == c ? 1 : 2;
        }
        rc = write_cause(job, endpoint, c < process->n_labels ? process->label_names[c] : c == process->n_labels ? "" : "death");
    }
    return rc;
}

static int write_death(incidence_t *job) {
    int rc = RLP_OK;
    job->days = job->times->time[ENDPOINT_OS];
    for (unsigned c = 1; c < DEATH_CAUSES && !rc; c++) {
        for (size_t i = 0; i < job->times->n; i++) job->own[i] = !job->times->event[ENDPOINT_OS][i] ? 0 : job->times->death[i] == c ? 1 : 2;
        rc = write_cause(job, ENDPOINT_OS, DEATH_NAMES[c]);
    }
    return rc;
}

int incidence_write_arm(sheet_t *sheet, const job_t *job, size_t arm, const times_t *times) {
    incidence_t incidence = {.sheet = sheet, .meter = job->study->trial.meter, .arm = rlp_text_string(&job->arm_cells[arm]), .times = times};
    int rc = RLP_NEW(incidence.own, times->n);
    if (!rc) rc = write_progression(&incidence, &job->process, ENDPOINT_TTP);
    if (!rc) rc = write_progression(&incidence, &job->process, ENDPOINT_PFS);
    if (!rc && has_endpoint(job->study, ENDPOINT_OS)) rc = write_death(&incidence);
    free(incidence.own);
    return rc;
}
