/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * subgroups.csv: for whom? Within each level of each stratum, RMST(arm) - RMST(reference) of the patients of that level, each paired with himself.
 *
 *   interaction_p   Cochran's test that the differences of all levels of a stratum are one: levels share nobody, so they are independent, and the pairing is inside each
 *                   level's error. Once for each stratum, arm and endpoint; it stands on each of its rows
 *
 * Levels are those of the input as written, at any draw of what is uncertain: the same patients are asked again. */
#include <math.h>
#include <stdlib.h>

#include "draws.h"
#include "relapse/memory.h"
#include "survey.h"

#define CLEAR 0.05
#define LEAST_P 0.0001 /* in words */

/* Rows run by stratum, level, arm, endpoint. */
typedef struct {
    const rlp_study_t *study;
    endpoint_t endpoints[ENDPOINTS];
    size_t n_endpoints, n_rows;
    uint64_t *pairs; /* [n_rows] as written; owned */
    times_t reference, times;
    bool *event; /* work: one level of one arm, twice; owned */
    double *time;
    uint64_t *patient;
} work_t;

static size_t row_of(const work_t *w, size_t stratum, size_t level, size_t arm, size_t endpoint) {
    size_t levels = level;
    for (size_t s = 0; s < stratum; s++) levels += w->study->strata[s].n_levels;
    return (levels * (w->study->n_arms - 1) + arm - (arm > w->study->reference)) * w->n_endpoints + endpoint;
}

static rlp_survival_t within(const work_t *w, size_t half, const times_t *times, endpoint_t e, const rlp_stratum_t *stratum, size_t level) {
    rlp_survival_t all = times_of(times, e), part = {0};
    size_t at = half * (size_t)w->study->patients, n = 0;
    for (size_t i = 0; i < all.n; i++) {
        if (stratum->level[all.patient[i] - 1] != level) continue;
        w->time[at + n] = all.time[i];
        w->event[at + n] = all.event[i];
        w->patient[at + n++] = all.patient[i];
    }
    part = (rlp_survival_t){.n = n, .time = w->time + at, .event = w->event + at, .patient = w->patient + at};
    return part;
}

static int answer_arm(work_t *w, size_t arm, size_t draw, rlp_contrast_t *rows) {
    int rc = RLP_OK;
    for (size_t s = 0; s < w->study->n_strata; s++)
        for (size_t l = 0; l < w->study->strata[s].n_levels; l++)
            for (size_t k = 0; k < w->n_endpoints && !rc; k++) {
                rlp_survival_t theirs = within(w, 0, &w->reference, w->endpoints[k], &w->study->strata[s], l), ours = within(w, 1, &w->times, w->endpoints[k], &w->study->strata[s], l);
                size_t row = row_of(w, s, l, arm, k);
                rlp_rmst_comparison_t c;
                rc = rlp_rmst_compare(&theirs, &ours, w->study->horizon_days, &c);
                if (rc) break;
                rows[row] = (rlp_contrast_t){c.difference, c.std_err, c.lower95, c.upper95};
                if (!draw) w->pairs[row] = c.pairs;
            }
    return rc;
}

static int answer(const job_t *job, size_t draw, void *context, rlp_contrast_t *rows) {
    work_t *w = context;
    int rc = survey_times(job, rlp_study_drawn(job->study, draw, job->study->reference), &w->reference);
    for (size_t a = 0; a < job->study->n_arms && !rc; a++) {
        if (a == job->study->reference) continue;
        rc = survey_times(job, rlp_study_drawn(job->study, draw, a), &w->times);
        if (!rc) rc = answer_arm(w, a, draw, rows);
    }
    return rc;
}

/* p of one (stratum, arm, endpoint). */
static double interaction(const work_t *w, const drawn_t *drawn, size_t stratum, size_t arm, size_t endpoint) {
    size_t n = w->study->strata[stratum].n_levels;
    double difference[n], std_err[n];
    for (size_t l = 0; l < n; l++) {
        const rlp_contrast_t *c = draws_row(drawn, 0, row_of(w, stratum, l, arm, endpoint));
        difference[l] = c->value;
        std_err[l] = c->std_err;
    }
    return rlp_heterogeneity(n, difference, std_err).p;
}

static void write_row(sheet_t *sheet, const job_t *job, const work_t *w, drawn_t *drawn, const size_t at[4]) {
    const rlp_stratum_t *stratum = &w->study->strata[at[0]];
    size_t row = row_of(w, at[0], at[1], at[2], at[3]);
    const rlp_contrast_t *c = draws_row(drawn, 0, row);
    draws_name(drawn, row, ENDPOINT_NAMES[w->endpoints[at[3]]], "%s against %s, %s %s", rlp_study_arm_name(w->study, at[2]), rlp_study_arm_name(w->study, w->study->reference), stratum->name,
               stratum->levels[at[1]]);
    sheet_word(sheet, stratum->name);
    sheet_word(sheet, stratum->levels[at[1]]);
    sheet_raw(sheet, rlp_text_string(&job->arm_cells[at[2]]));
    sheet_raw(sheet, rlp_text_string(&job->arm_cells[w->study->reference]));
    sheet_raw(sheet, ENDPOINT_NAMES[w->endpoints[at[3]]]);
    sheet_whole(sheet, (int64_t)w->pairs[row]);
    sheet_number(sheet, c->value);
    sheet_number(sheet, c->lower95);
    sheet_number(sheet, c->upper95);
    sheet_number(sheet, interaction(w, drawn, at[0], at[2], at[3]));
    sheet_number(sheet, c->std_err);
    sheet_number(sheet, w->study->horizon_days);
    draws_columns(sheet, drawn, row);
    sheet_end_row(sheet);
}

static void write_rows(sheet_t *sheet, const job_t *job, const work_t *w, drawn_t *drawn) {
    for (size_t s = 0; s < w->study->n_strata; s++)
        for (size_t l = 0; l < w->study->strata[s].n_levels; l++)
            for (size_t a = 0; a < w->study->n_arms; a++)
                for (size_t k = 0; k < w->n_endpoints && a != w->study->reference; k++) write_row(sheet, job, w, drawn, (size_t[4]){s, l, a, k});
}

/* ---- what it says ----------------------------------------------------------------------------------------------------------------------- */
static void add_levels(const work_t *w, const drawn_t *drawn, size_t stratum, size_t arm, size_t endpoint, rlp_text_t *out) {
    const rlp_stratum_t *s = &w->study->strata[stratum];
    for (size_t l = 0; l < s->n_levels; l++) {
        size_t row = row_of(w, stratum, l, arm, endpoint);
        const rlp_contrast_t *c = draws_row(drawn, 0, row);
        rlp_text_format(out, "    %s (%llu patients): %+.2f months (%.2f to %.2f)\n", s->levels[l], (unsigned long long)w->pairs[row], c->value / RLP_DAYS_A_MONTH, c->lower95 / RLP_DAYS_A_MONTH,
                        c->upper95 / RLP_DAYS_A_MONTH);
    }
}

/* Of the main endpoint; all are in the file. */
static void add_words(const work_t *w, const drawn_t *drawn, rlp_text_t *out) {
    const rlp_study_t *study = w->study;
    bool clear = false;
    rlp_text_format(out, "\nfor whom? (against %s, within each level the same patients, means to %.4g months)\n", rlp_study_arm_name(study, study->reference), study->horizon_days / RLP_DAYS_A_MONTH);
    for (size_t s = 0; s < study->n_strata; s++)
        for (size_t a = 0; a < study->n_arms; a++)
            for (size_t k = 0; k < w->n_endpoints && a != study->reference; k++) {
                double p = interaction(w, drawn, s, a, k);
                if (w->endpoints[k] != words_main(study) || !(p < CLEAR)) continue;
                clear = true;
                rlp_text_format(out, "  %s of %s depends on %s (p of interaction ", ENDPOINT_WORDS[w->endpoints[k]], rlp_study_arm_name(study, a), study->strata[s].name);
                rlp_text_format(out, p < LEAST_P ? "below %.4f):\n" : "%.2g):\n", fmax(p, LEAST_P));
                add_levels(w, drawn, s, a, k, out);
            }
    if (clear)
        rlp_text_add(out, "  a p follows the number of virtual patients, which was chosen: read how large the differences are, not how small p is\n");
    else
        rlp_text_add(out, "  no difference between levels is clear with so many patients\n");
}

/* ---- the file --------------------------------------------------------------------------------------------------------------------------- */
static int work_init(work_t *w, const job_t *job) {
    size_t n = 2 * (size_t)job->study->patients;
    *w = (work_t){.study = job->study};
    for (size_t k = 0; k < sizeof ENDPOINT_OF / sizeof *ENDPOINT_OF; k++)
        if (has_endpoint(job->study, ENDPOINT_OF[k])) w->endpoints[w->n_endpoints++] = ENDPOINT_OF[k];
    for (size_t s = 0; s < job->study->n_strata; s++) w->n_rows += job->study->strata[s].n_levels * (job->study->n_arms - 1) * w->n_endpoints;
    int rc = RLP_NEW(w->pairs, w->n_rows);
    if (!rc) rc = RLP_NEW(w->time, n);
    if (!rc) rc = RLP_NEW(w->event, n);
    return rc ? rc : RLP_NEW(w->patient, n);
}

static void work_free(work_t *w) {
    times_free(&w->reference);
    times_free(&w->times);
    free(w->pairs);
    free(w->time);
    free(w->event);
    free(w->patient);
}

int subgroups_write(const job_t *job, rlp_text_t *words) {
    work_t w;
    sheet_t sheet;
    drawn_t drawn = {0};
    if (!job->study->n_strata) return RLP_OK;
    sheet_init(&sheet);
    int rc = work_init(&w, job);
    if (!rc)
        rc = sheet_open(&sheet, job->report->folder, "subgroups.csv",
                        "stratum,level,arm,reference,endpoint,patients,rmst_difference_days,lower95,upper95,interaction_p,std_err,horizon_days" DRAWS_COLUMNS);
    if (!rc && w.n_rows) rc = draws_ask(job, w.n_rows, answer, &w, &drawn);
    if (!rc && w.n_rows) write_rows(&sheet, job, &w, &drawn);
    if (!rc && w.n_rows) rc = draws_keep(job, "strata", &drawn);
    if (!rc) rc = sheet_finish(&sheet);
    if (!rc && w.n_rows) add_words(&w, &drawn, words);
    draws_free(&drawn);
    sheet_free(&sheet);
    work_free(&w);
    return rc ? rc : words->error;
}
