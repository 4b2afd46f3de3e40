/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * events.csv: what was done to each patient and what became of him, as his life told it (patient/log.c): in order of time, up to his end. Here it gets names. */
#include <string.h>

#include "parts.h"

static const char *const EVENTS[] = {
    [RLP_EVENT_START] = "start",
    [RLP_EVENT_STOP] = "stop",
    [RLP_EVENT_DO] = "do",
    [RLP_EVENT_REDUCE] = "reduce",
    [RLP_EVENT_PAUSE] = "pause",
    [RLP_EVENT_RESUME] = "resume",
    [RLP_EVENT_TEST] = "test",
    [RLP_EVENT_RESULT] = "result",
    [RLP_EVENT_TOXICITY] = "toxicity",
    [RLP_EVENT_UNTREATABLE] = "untreatable",
    [RLP_EVENT_PROGRESSION] = "progression",
    [RLP_EVENT_SECOND_PROGRESSION] = "second progression",
    [RLP_EVENT_DEATH] = "death",
};

int events_open(sheet_t *sheet, const job_t *job) {
    return sheet_open(sheet, job->report->folder, "events.csv", "arm,patient,time_days,event,what,reason");
}

/* Drug, intervention, or what progression measures. */
static void write_what(sheet_t *sheet, const rlp_study_t *study, const rlp_event_t *e) {
    const rlp_tumour_t *model = study->tumour;
    switch ((rlp_event_kind_t)e->kind) {
    case RLP_EVENT_PROGRESSION:
    case RLP_EVENT_SECOND_PROGRESSION: sheet_raw(sheet, study->endpoints.progression.measure == RLP_MEASURE_SIZE ? "size" : "viable"); return;
    case RLP_EVENT_DEATH: sheet_raw(sheet, ""); return;
    case RLP_EVENT_DO:
    case RLP_EVENT_UNTREATABLE: sheet_word(sheet, model ? rlp_tumour_intervention_name(model, e->what) : "survive"); return;
    default: sheet_word(sheet, rlp_tumour_drug_name(model, e->what));
    }
}

static void write_reason(sheet_t *sheet, const rlp_event_t *e) {
    static const char *const DEATHS[] = {"", "tumour", "hazard"};
    switch ((rlp_event_kind_t)e->kind) {
    case RLP_EVENT_PROGRESSION:
    case RLP_EVENT_SECOND_PROGRESSION: sheet_raw(sheet, rlp_reason_name((rlp_reason_t)e->reason)); return;
    case RLP_EVENT_DEATH: sheet_raw(sheet, DEATHS[e->reason]); return;
    default: sheet_raw(sheet, "");
    }
}

void events_write_patient(sheet_t *sheet, const job_t *job, size_t arm, uint64_t patient, const rlp_event_t *events, size_t n) {
    for (size_t k = 0; k < n; k++) {
        sheet_raw(sheet, rlp_text_string(&job->arm_cells[arm]));
        sheet_whole(sheet, (int64_t)patient);
        sheet_number(sheet, events[k].t_days);
        sheet_raw(sheet, EVENTS[events[k].kind]);
        write_what(sheet, job->study, &events[k]);
        write_reason(sheet, &events[k]);
        sheet_end_row(sheet);
    }
}
