/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * survival.csv: what became of each patient; visits.csv: what each visit of the recorded ones saw. */
#include <math.h>

#include "parts.h"

static const char SURVIVAL_HEADER[] =
    "arm,patient,ttp_days,ttp_event,pfs_days,pfs_event,os_days,os_event,cured,cause,burden_start,burden_nadir,burden_end,"
    "death_cause,best_response,best_change_percent,treatments,detected,pfs2_days,pfs2_event,untreatable_days";
static const char VISITS_HEADER[] = "arm,patient,time_days,site,viable_cells,size_cells,diameter_mm,response";
#define OUTCOME_CELLS 19 /* behind arm and patient */

const char *const DEATH_NAMES[DEATH_CAUSES] = {"", "tumour", "hazard"};

int survival_open(sheet_t *sheet, const job_t *job) { return sheet_open(sheet, job->report->folder, "survival.csv", SURVIVAL_HEADER); }

/* A time and its event; both empty where the time is not known. */
static void write_time(sheet_t *sheet, double days, uint8_t event) {
    sheet_number(sheet, days);
    if (isnan(days))
        sheet_empty(sheet, 1);
    else
        sheet_whole(sheet, event);
}

/* Traits as their bits say, joined by ';'. */
int survival_write_traits(sheet_t *sheet, const rlp_tumour_t *model, uint32_t traits) {
    rlp_text_t words;
    rlp_text_init(&words);
    for (size_t t = 0; model && t < rlp_tumour_traits(model); t++)
        if (traits >> t & 1) rlp_text_format(&words, "%s%s", words.length ? ";" : "", rlp_tumour_trait_name(model, t));
    sheet_word(sheet, rlp_text_string(&words));
    int rc = words.error;
    rlp_text_free(&words);
    return rc;
}

static int write_outcome(sheet_t *sheet, const job_t *job, const rlp_outcome_t *o) {
    write_time(sheet, o->ttp_days, o->ttp_event);
    write_time(sheet, o->pfs_days, o->pfs_event);
    write_time(sheet, o->os_days, o->os_event);
    sheet_whole(sheet, o->cured);
    sheet_word(sheet, o->ttp_event && o->cause >= 0 ? job->process.label_names[o->cause] : "");
    sheet_whole(sheet, o->burden_start);
    sheet_whole(sheet, o->burden_nadir);
    sheet_whole(sheet, o->burden_end);
    sheet_raw(sheet, DEATH_NAMES[o->death_cause]);
    sheet_raw(sheet, rlp_response_name((rlp_response_t)o->best_response));
    sheet_number(sheet, o->best_change_percent);
    sheet_whole(sheet, o->treatments);
    int rc = survival_write_traits(sheet, job->study->tumour, o->detected);
    write_time(sheet, has_endpoint(job->study, ENDPOINT_PFS2) ? o->second_days : NAN, o->second_event);
    sheet_number(sheet, o->untreatable_days);
    return rc;
}

int survival_write(sheet_t *sheet, const job_t *job, size_t arm, uint64_t patient, const rlp_outcome_t *o) {
    int rc = RLP_OK;
    sheet_raw(sheet, rlp_text_string(&job->arm_cells[arm]));
    sheet_whole(sheet, (int64_t)patient);
    if (o->failed)
        sheet_empty(sheet, OUTCOME_CELLS);
    else
        rc = write_outcome(sheet, job, o);
    sheet_end_row(sheet);
    return rc;
}

/* ---- visits -------------------------------------------------------------------------------------------------------------- */
int visits_open(sheet_t *sheet, const job_t *job) {
    return job->study->record_visits ? sheet_open(sheet, job->report->folder, "visits.csv", VISITS_HEADER) : RLP_OK;
}

int visits_finish(sheet_t *sheet, const job_t *job) { return job->study->record_visits ? sheet_finish(sheet) : RLP_OK; }

void visits_write_patient(sheet_t *sheet, const job_t *job, size_t arm, uint64_t patient, const rlp_visit_t *visits, size_t n) {
    for (size_t k = 0; k < n; k++) {
        const char *site = job->study->endpoints.lesions[visits[k].lesions].name;
        sheet_raw(sheet, rlp_text_string(&job->arm_cells[arm]));
        sheet_whole(sheet, (int64_t)patient);
        sheet_number(sheet, visits[k].t_days);
        sheet_word(sheet, site ? site : "all");
        sheet_number(sheet, visits[k].viable_cells);
        sheet_number(sheet, visits[k].size_cells);
        sheet_number(sheet, visits[k].diameter_mm);
        sheet_raw(sheet, rlp_response_name((rlp_response_t)visits[k].response));
        sheet_end_row(sheet);
    }
}
