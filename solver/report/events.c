/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * events.csv: what was done to each patient and what became of him, as his life told it (patient/log.c): in order of time, up to his end. Here it gets names. */
#include <stdio.h>

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

static const char *measure_word(const rlp_study_t *study, bool second) {
    static const char *const MEASURES[] = {"viable", "size", "untreatable"};
    return MEASURES[second ? study->endpoints.second.measure : study->endpoints.progression.measure];
}

static const char *test_name(const rlp_tumour_t *model, size_t test) {
    size_t n;
    return rlp_tumour_tests(model, &n)[test].name;
}

/* Drug, intervention, test, or what progression measures. */
static void write_what(sheet_t *sheet, const rlp_study_t *study, const rlp_event_t *e) {
    const rlp_tumour_t *model = study->tumour;
    size_t what = e->what, n_drugs = model ? rlp_tumour_drugs(model) : 0;
    switch ((rlp_event_kind_t)e->kind) {
    case RLP_EVENT_PROGRESSION:
    case RLP_EVENT_SECOND_PROGRESSION: sheet_raw(sheet, measure_word(study, e->kind == RLP_EVENT_SECOND_PROGRESSION)); return;
    case RLP_EVENT_DEATH: sheet_raw(sheet, ""); return;
    case RLP_EVENT_TEST:
    case RLP_EVENT_RESULT: sheet_word(sheet, test_name(model, what)); return;
    case RLP_EVENT_DO:
    case RLP_EVENT_UNTREATABLE: sheet_word(sheet, model ? rlp_tumour_intervention_name(model, what) : "survive"); return;
    default: sheet_word(sheet, what < n_drugs ? rlp_tumour_drug_name(model, what) : rlp_tumour_intervention_name(model, what - n_drugs));
    }
}

/* "t790m;met", or "negative". */
static void write_found(sheet_t *sheet, const rlp_tumour_t *model, uint32_t found) {
    rlp_text_t words;
    rlp_text_init(&words);
    for (size_t t = 0; t < rlp_tumour_traits(model); t++)
        if (found >> t & 1) rlp_text_format(&words, "%s%s", words.length ? ";" : "", rlp_tumour_trait_name(model, t));
    sheet_word(sheet, words.length ? rlp_text_string(&words) : "negative");
    rlp_text_free(&words);
}

/* The rule that did it, by its name, or its number among the arm's; nothing for what was planned. */
static void write_rule(sheet_t *sheet, const job_t *job, size_t arm, uint32_t reason) {
    size_t n = 0;
    char number[24];
    const rlp_rule_t *rules = job->study->tumour ? rlp_tumour_rules(job->study->tumour, job->study->tasks[arm].arm, &n) : NULL;
    snprintf(number, sizeof number, "rule %u", reason);
    sheet_word(sheet, !reason || reason > n ? "" : rules[reason - 1].name ? rules[reason - 1].name : number);
}

static void write_reason(sheet_t *sheet, const job_t *job, size_t arm, const rlp_event_t *e) {
    static const char *const DEATHS[] = {"", "tumour", "hazard"};
    static const char *const FORBIDDEN[] = {"", "at_most", "gap", "toxicity"};
    switch ((rlp_event_kind_t)e->kind) {
    case RLP_EVENT_PROGRESSION:
    case RLP_EVENT_SECOND_PROGRESSION: sheet_raw(sheet, rlp_reason_name((rlp_reason_t)e->reason)); return;
    case RLP_EVENT_DEATH: sheet_raw(sheet, DEATHS[e->reason]); return;
    case RLP_EVENT_UNTREATABLE: sheet_raw(sheet, FORBIDDEN[e->reason]); return;
    case RLP_EVENT_RESULT: write_found(sheet, job->study->tumour, e->reason); return;
    default: write_rule(sheet, job, arm, e->reason);
    }
}

void events_write_patient(sheet_t *sheet, const job_t *job, size_t arm, uint64_t patient, const rlp_event_t *events, size_t n) {
    for (size_t k = 0; k < n; k++) {
        sheet_raw(sheet, rlp_text_string(&job->arm_cells[arm]));
        sheet_whole(sheet, (int64_t)patient);
        sheet_number(sheet, events[k].t_days);
        sheet_raw(sheet, EVENTS[events[k].kind]);
        write_what(sheet, job->study, &events[k]);
        write_reason(sheet, job, arm, &events[k]);
        sheet_end_row(sheet);
    }
}
