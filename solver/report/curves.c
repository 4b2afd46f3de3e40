/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the times of an arm say: curves, milestones, one line of summary an endpoint, and each arm against the reference. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "draws.h"
#include "parts.h"
#include "survey.h"

#define PICTURE_ROWS 20000 /* gnuplot reads so many in about a second */
#define PICTURE_STEPS 1000 /* finer than a pixel */

const char *const ENDPOINT_NAMES[ENDPOINTS] = {"ttp", "pfs", "pfs2", "os"};
const char *const ENDPOINT_WORDS[ENDPOINTS] = {"time to progression", "PFS", "PFS2", "OS"};
const char *const ENDPOINT_AXES[ENDPOINTS] = {"time to progression", "progression-free survival", "", "overall survival"};
const endpoint_t ENDPOINT_OF[] = {[RLP_TIME_TTP] = ENDPOINT_TTP, [RLP_TIME_PFS] = ENDPOINT_PFS, [RLP_TIME_OS] = ENDPOINT_OS};

static const char KM_HEADER[] = "arm,endpoint,time_days,at_risk,events,censored,survival,std_err,lower95,upper95";

void curves_init(curves_t *curves) {
    sheet_init(&curves->km);
    sheet_init(&curves->summary);
    sheet_init(&curves->compare);
    sheet_init(&curves->thinned);
    sheet_init(&curves->landmark);
}

int curves_open(curves_t *curves, const char *folder) {
    int rc = sheet_open(&curves->km, folder, "km.csv", KM_HEADER);
    if (!rc)
        rc = sheet_open(&curves->summary, folder, "summary.csv",
                        "arm,endpoint,patients,events,median_days,median_lower95,median_upper95,rmst_days,rmst_std_err,cured_fraction");
    if (!rc)
        rc = sheet_open(
            &curves->compare, folder, "compare.csv",
            "arm,reference,endpoint,logrank_chi2,logrank_p,hazard_ratio,hr_lower95,hr_upper95,rmst_difference_days,rmst_difference_std_err,"
            "pairs,paired_correlation,horizon_days" DRAWS_COLUMNS);
    if (!rc) rc = landmark_open(&curves->landmark, folder);
    return rc ? rc : sheet_open(&curves->thinned, folder, THINNED_NAME, KM_HEADER);
}

void curves_free(curves_t *curves) {
    sheet_free(&curves->km);
    sheet_free(&curves->summary);
    sheet_free(&curves->compare);
    sheet_free(&curves->thinned);
    sheet_free(&curves->landmark);
}

/* gnuplot's reader of tables cuts a quoted field at a comma, does not know doubled quotes and drops blanks, and a # begins a comment: names that are
 * more than letters, digits, a few signs and inner blanks stand as numbers in a table of their own. */
static bool is_plain(const char *name) {
    size_t n = strlen(name);
    if (!n || name[0] == ' ' || name[n - 1] == ' ') return false;
    for (size_t k = 0; k < n; k++)
        if (!((unsigned char)name[k] >= 0x80 || isalnum((unsigned char)name[k]) || strchr(" _-.+()/:;=%'", name[k]))) return false;
    return true;
}

bool curves_are_thinned(const job_t *job) {
    bool plain = true;
    for (size_t a = 0; a < job->study->n_arms; a++) plain = plain && is_plain(rlp_study_arm_name(job->study, a));
    return !plain || job->curve_rows > PICTURE_ROWS;
}

int curves_finish(curves_t *curves, const job_t *job) {
    int rc = sheet_finish(&curves->km);
    if (!rc) rc = sheet_finish(&curves->summary);
    if (!rc) rc = sheet_finish(&curves->compare);
    if (!rc) rc = sheet_finish(&curves->landmark);
    return rc || !curves_are_thinned(job) ? rc : sheet_finish(&curves->thinned);
}

/* ---- one arm, one endpoint ----------------------------------------------------------------------------------------------- */
static void write_row(sheet_t *sheet, const char *arm, endpoint_t endpoint, const rlp_km_row_t *row) {
    sheet_raw(sheet, arm);
    sheet_raw(sheet, ENDPOINT_NAMES[endpoint]);
    sheet_number(sheet, row->time);
    sheet_whole(sheet, (int64_t)row->at_risk);
    sheet_whole(sheet, (int64_t)row->events);
    sheet_whole(sheet, (int64_t)row->censored);
    sheet_number(sheet, row->survival);
    sheet_number(sheet, row->std_err);
    sheet_number(sheet, row->lower95);
    sheet_number(sheet, row->upper95);
    sheet_end_row(sheet);
}

static void write_curve(curves_t *curves, const char *arm, size_t number, endpoint_t endpoint, const rlp_km_t *km, double horizon_days) {
    double time = -INFINITY, survival = 1;
    char digits[24];
    snprintf(digits, sizeof digits, "%zu", number);
    for (size_t k = 0; k < km->rows; k++) {
        const rlp_km_row_t *row = &km->row[k];
        write_row(&curves->km, arm, endpoint, row);
        if (k + 1 < km->rows && row->time - time < horizon_days / PICTURE_STEPS && survival - row->survival < 1.0 / PICTURE_STEPS) continue;
        write_row(&curves->thinned, digits, endpoint, row);
        time = row->time;
        survival = row->survival;
    }
}

static void write_summary(sheet_t *sheet, const char *arm, endpoint_t endpoint, const summary_t *summary) {
    sheet_raw(sheet, arm);
    sheet_raw(sheet, ENDPOINT_NAMES[endpoint]);
    sheet_whole(sheet, (int64_t)summary->n);
    sheet_whole(sheet, (int64_t)summary->events);
    sheet_number(sheet, summary->median.value);
    sheet_number(sheet, summary->median.lower95);
    sheet_number(sheet, summary->median.upper95);
    sheet_number(sheet, summary->rmst.value);
    sheet_number(sheet, summary->rmst.std_err);
    sheet_number(sheet, summary->cured_fraction);
    sheet_end_row(sheet);
}

static int summarise(curves_t *curves, job_t *job, size_t arm, endpoint_t endpoint, const times_t *times) {
    rlp_survival_t survival = times_of(times, endpoint);
    summary_t *summary = &job->summaries[arm * ENDPOINTS + endpoint];
    const char *cell = rlp_text_string(&job->arm_cells[arm]);
    double horizon = job->study->trial.follow_up_days, ticks[TICKS_MAX];
    rlp_km_t km = {0};
    int rc = rlp_km_init(&km, &survival);
    if (rc) return rc;
    *summary = (summary_t){.n = times->n, .median = rlp_km_quantile(&km, 0.5), .rmst = rlp_km_rmst(&km, horizon)};
    summary->cured_fraction = times->n ? (double)times->cured / (double)times->n : NAN;
    for (size_t k = 0; k < km.rows; k++) summary->events += km.row[k].events;
    size_t n_ticks = picture_ticks(job->study, ticks);
    for (size_t k = 0; k < n_ticks; k++) summary->at_risk[k] = rlp_km_at(&km, ticks[k]).at_risk;
    for (size_t k = 0; k < SAMPLES; k++) {
        rlp_km_row_t at = rlp_km_at(&km, horizon * (double)k / (SAMPLES - 1));
        summary->upper[k] = isnan(at.upper95) ? at.survival : at.upper95;
        summary->lower[k] = isnan(at.lower95) ? at.survival : at.lower95;
    }
    rlp_phase_t before = rlp_meter_enter(job->study->trial.meter, RLP_PHASE_FILES);
    write_curve(curves, cell, arm + 1, endpoint, &km, horizon);
    write_summary(&curves->summary, cell, endpoint, summary);
    landmark_write(&curves->landmark, job, arm, endpoint, &km);
    (void)rlp_meter_enter(job->study->trial.meter, before);
    job->curve_rows += km.rows;
    rlp_km_free(&km);
    return RLP_OK;
}

/* ---- two arms ------------------------------------------------------------------------------------------------------------ */
static void write_comparison(sheet_t *sheet, const job_t *job, size_t arm, endpoint_t endpoint, const drawn_t *drawn, size_t row) {
    const comparison_t *c = comparison_of(job, arm, endpoint);
    sheet_raw(sheet, rlp_text_string(&job->arm_cells[arm]));
    sheet_raw(sheet, rlp_text_string(&job->arm_cells[job->study->reference]));
    sheet_raw(sheet, ENDPOINT_NAMES[endpoint]);
    sheet_number(sheet, c->logrank.chi2);
    sheet_number(sheet, c->logrank.p);
    sheet_number(sheet, c->cox.hazard_ratio);
    sheet_number(sheet, c->cox.lower95);
    sheet_number(sheet, c->cox.upper95);
    sheet_number(sheet, c->rmst.difference);
    sheet_number(sheet, c->rmst.std_err);
    sheet_whole(sheet, (int64_t)c->rmst.pairs);
    sheet_number(sheet, c->rmst.correlation);
    sheet_number(sheet, job->study->horizon_days);
    draws_columns(sheet, drawn, row);
    sheet_end_row(sheet);
}

static int compare(job_t *job, size_t arm, endpoint_t endpoint, const times_t *times, const times_t *reference) {
    rlp_survival_t ours = times_of(times, endpoint), theirs = times_of(reference, endpoint);
    comparison_t *c = &job->comparisons[arm * ENDPOINTS + endpoint];
    int rc = rlp_logrank(&theirs, &ours, &c->logrank);
    if (!rc) rc = rlp_cox_fit(&theirs, &ours, &c->cox);
    return rc ? rc : rlp_rmst_compare(&theirs, &ours, job->study->horizon_days, &c->rmst);
}

/* The differences of restricted means again, at a draw of what is uncertain; an answer_t of the arm in the context. As written they are known. */
static int answer(const job_t *job, size_t draw, void *context, rlp_contrast_t *rows) {
    const size_t *arm = context, asked[2] = {job->study->reference, *arm};
    times_t times[2] = {0};
    int rc = RLP_OK;
    for (size_t k = 0; k < 2 && draw && !rc; k++) rc = survey_times(job, rlp_study_drawn(job->study, draw, asked[k]), &times[k]);
    for (endpoint_t e = 0; e < ENDPOINTS && !rc; e++) {
        if (!has_endpoint(job->study, e)) continue;
        rlp_rmst_comparison_t c = comparison_of(job, *arm, e)->rmst;
        rlp_survival_t theirs = times_of(&times[0], e), ours = times_of(&times[1], e);
        if (draw) rc = rlp_rmst_compare(&theirs, &ours, job->study->horizon_days, &c);
        *rows++ = (rlp_contrast_t){c.difference, c.std_err, c.lower95, c.upper95};
    }
    for (size_t k = 0; k < 2; k++) times_free(&times[k]);
    return rc;
}

static int write_comparisons(curves_t *curves, const job_t *job, size_t arm) {
    drawn_t drawn;
    size_t n = 0, row = 0;
    for (endpoint_t e = 0; e < ENDPOINTS; e++) n += has_endpoint(job->study, e);
    int rc = draws_ask(job, n, answer, &arm, &drawn);
    for (endpoint_t e = 0; e < ENDPOINTS && !rc; e++) {
        if (!has_endpoint(job->study, e)) continue;
        draws_name(&drawn, row, ENDPOINT_NAMES[e], "%s against %s", rlp_study_arm_name(job->study, arm), rlp_study_arm_name(job->study, job->study->reference));
        write_comparison(&curves->compare, job, arm, e, &drawn, row++);
    }
    if (!rc) rc = draws_keep(job, "compare", &drawn);
    draws_free(&drawn);
    return rc;
}

int curves_write_arm(curves_t *curves, job_t *job, size_t arm, const times_t *times, const times_t *reference) {
    int rc = RLP_OK;
    for (endpoint_t e = 0; e < ENDPOINTS && !rc; e++)
        if (has_endpoint(job->study, e)) rc = summarise(curves, job, arm, e, times);
    if (arm == job->study->reference) return rc;
    for (endpoint_t e = 0; e < ENDPOINTS && !rc; e++)
        if (has_endpoint(job->study, e)) rc = compare(job, arm, e, times, reference);
    return rc ? rc : write_comparisons(curves, job, arm);
}
