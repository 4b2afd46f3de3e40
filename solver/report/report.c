/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The order of things: the reference arm's times first, for every other arm is held against them; then arm after arm, block after block,
 * every file row by row; then who the patients are, the record of the run, the picture and the closing words. */
#include "relapse/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ignorance.h"
#include "parts.h"
#include "relapse/memory.h"
#include "survey.h"
#include "sweep.h"

/* ---- the job ------------------------------------------------------------------------------------------------------------- */
static void job_free(job_t *job) {
    for (size_t a = 0; job->arm_cells && a < job->study->n_arms; a++) rlp_text_free(&job->arm_cells[a]);
    free(job->arm_cells);
    free(job->summaries);
    free(job->comparisons);
    if (job->has_process) rlp_process_free(&job->process);
    totals_free(&job->totals);
}

static int job_init(job_t *job, const rlp_report_t *report) {
    const rlp_study_t *study = report->study;
    *job = (job_t){.report = report, .study = study};
    int rc = RLP_NEW(job->arm_cells, study->n_arms);
    if (!rc) rc = RLP_NEW(job->summaries, study->n_arms * ENDPOINTS);
    if (!rc) rc = RLP_NEW(job->comparisons, study->n_arms * ENDPOINTS);
    if (!rc) rc = rlp_life_compile(&study->trial, study->tasks[0].arm, 0, &job->process);
    job->has_process = !rc;
    for (size_t a = 0; a < study->n_arms && !rc; a++) {
        rlp_text_csv(&job->arm_cells[a], rlp_study_arm_name(study, a));
        rc = job->arm_cells[a].error;
    }
    return rc;
}

/* ---- counts.csv, moments.csv ---------------------------------------------------------------------------------------------- */
static const char COUNTS_HEADER[] = "arm,patient,time_days,type,cells";
static const char MOMENTS_HEADER[] = "arm,time_days,type,mean,variance,std_err,extinct_fraction,patients";

static void write_counts(sheet_t *sheet, const job_t *job, size_t arm, uint64_t patient, double t_days, const int64_t *cells) {
    for (size_t i = 0; i < job->process.n_types; i++) {
        sheet_raw(sheet, rlp_text_string(&job->arm_cells[arm]));
        sheet_whole(sheet, (int64_t)patient);
        sheet_number(sheet, t_days);
        sheet_word(sheet, job->process.type_names[i]);
        sheet_whole(sheet, cells[i]);
        sheet_end_row(sheet);
    }
}

static void write_moments(sheet_t *sheet, const job_t *job, size_t arm, const rlp_moments_t *moments) {
    for (size_t k = 0; k < job->study->n_records * job->process.n_types; k++) {
        const rlp_moments_t *m = &moments[k];
        sheet_raw(sheet, rlp_text_string(&job->arm_cells[arm]));
        sheet_number(sheet, job->study->record_days[k / job->process.n_types]);
        sheet_word(sheet, job->process.type_names[k % job->process.n_types]);
        sheet_number(sheet, m->n ? m->mean : NAN);
        sheet_number(sheet, rlp_moments_variance(m));
        sheet_number(sheet, rlp_moments_std_err(m));
        sheet_number(sheet, m->n ? (double)m->extinct / (double)m->n : NAN);
        sheet_whole(sheet, (int64_t)m->n);
        sheet_end_row(sheet);
    }
}

/* ---- the pass over the blocks -------------------------------------------------------------------------------------------- */
typedef struct {
    job_t *job;
    unsigned char *payload;
    size_t room;
    times_t reference, times;
    rlp_moments_t *moments; /* of the arm at hand */
    sheet_t survival, counts, moment_sheet, events, visits, incidence, burden;
    curves_t curves;
} pass_t;

static int read_block(pass_t *pass, uint64_t block, rlp_block_t *open) {
    const rlp_report_t *report = pass->job->report;
    int rc = RLP_GROW(pass->payload, pass->room, rlp_block_bytes(report->study, block));
    if (!rc) rc = report->read(report->context, block, pass->payload);
    if (!rc) rlp_block_open(report->study, block, pass->payload, open);
    return rc;
}

static int add_times(times_t *times, const rlp_block_t *block) {
    int rc = RLP_OK;
    for (uint64_t k = 0; k < block->patients && !rc; k++) rc = times_add(times, block->first + k, &block->outcomes[k]);
    return rc;
}

static int write_block(pass_t *pass, size_t arm, const rlp_block_t *block) {
    job_t *job = pass->job;
    size_t n_types = job->process.n_types, n_records = job->study->n_records;
    int rc = totals_add(&job->totals, arm, block);
    if (!rc) rc = add_times(&pass->times, block);
    for (uint64_t k = 0; k < block->patients && !rc; k++) {
        uint64_t patient = block->first + k;
        rc = survival_write(&pass->survival, job, arm, patient, &block->outcomes[k]);
        for (uint64_t r = 0; k < block->recorded && r < block->n_seen[k]; r++)
            write_counts(&pass->counts, job, arm, patient, job->study->record_days[r], block->counts + (k * n_records + r) * n_types);
        events_write_patient(&pass->events, job, arm, patient, block->events + k * block->most_events, block->outcomes[k].n_events);
        if (k < block->recorded && block->most_visits)
            visits_write_patient(&pass->visits, job, arm, patient, block->visits + k * block->most_visits, block->n_visits[k]);
    }
    for (size_t k = 0; k < n_records * n_types; k++) rlp_moments_merge(&pass->moments[k], &block->moments[k]);
    return rc;
}

static int write_arm(pass_t *pass, size_t arm) {
    job_t *job = pass->job;
    uint64_t n = rlp_study_blocks_per_task(job->study);
    memset(pass->moments, 0, job->study->n_records * job->process.n_types * sizeof *pass->moments);
    times_clear(&pass->times);
    int rc = RLP_OK;
    for (uint64_t b = 0; b < n && !rc; b++) {
        rlp_block_t block;
        rc = read_block(pass, arm * n + b, &block);
        if (!rc) rc = write_block(pass, arm, &block);
    }
    if (!rc) write_moments(&pass->moment_sheet, job, arm, pass->moments);
    rlp_phase_t before = rlp_meter_enter(job->study->trial.meter, RLP_PHASE_STATISTICS);
    if (!rc) rc = curves_write_arm(&pass->curves, job, arm, &pass->times, &pass->reference);
    if (!rc) rc = incidence_write_arm(&pass->incidence, job, arm, &pass->times);
    if (!rc) rc = burden_write_arm(&pass->burden, job, arm);
    (void)rlp_meter_enter(job->study->trial.meter, before);
    return rc;
}

static void pass_init(pass_t *pass, job_t *job) {
    *pass = (pass_t){.job = job};
    sheet_init(&pass->survival);
    sheet_init(&pass->counts);
    sheet_init(&pass->moment_sheet);
    curves_init(&pass->curves);
    sheet_init(&pass->events);
    sheet_init(&pass->visits);
    sheet_init(&pass->incidence);
    sheet_init(&pass->burden);
}

static int pass_open(pass_t *pass) {
    const job_t *job = pass->job;
    const char *folder = job->report->folder;
    int rc = RLP_NEW(pass->moments, job->study->n_records * job->process.n_types);
    if (!rc) rc = survival_open(&pass->survival, job);
    if (!rc) rc = sheet_open(&pass->counts, folder, "counts.csv", COUNTS_HEADER);
    if (!rc) rc = sheet_open(&pass->moment_sheet, folder, "moments.csv", MOMENTS_HEADER);
    if (!rc) rc = curves_open(&pass->curves, folder);
    if (!rc) rc = visits_open(&pass->visits, job);
    if (!rc) rc = incidence_open(&pass->incidence, job);
    if (!rc) rc = burden_open(&pass->burden, job);
    return rc ? rc : events_open(&pass->events, job);
}

static int pass_finish(pass_t *pass) {
    int rc = sheet_finish(&pass->survival);
    if (!rc) rc = curves_finish(&pass->curves, pass->job);
    if (!rc) rc = sheet_finish(&pass->moment_sheet);
    if (!rc) rc = sheet_finish(&pass->counts);
    if (!rc) rc = visits_finish(&pass->visits, pass->job);
    if (!rc) rc = sheet_finish(&pass->incidence);
    if (!rc) rc = sheet_finish(&pass->burden);
    return rc ? rc : sheet_finish(&pass->events);
}

static void pass_free(pass_t *pass) {
    sheet_free(&pass->survival);
    sheet_free(&pass->counts);
    sheet_free(&pass->moment_sheet);
    curves_free(&pass->curves);
    sheet_free(&pass->events);
    sheet_free(&pass->visits);
    sheet_free(&pass->incidence);
    sheet_free(&pass->burden);
    times_free(&pass->reference);
    times_free(&pass->times);
    free(pass->moments);
    free(pass->payload);
}

static int write_cohort(job_t *job) {
    pass_t pass;
    pass_init(&pass, job);
    int rc = pass_open(&pass);
    if (!rc && job->study->n_arms > 1) rc = survey_times(job, job->study->reference, &pass.reference);
    for (size_t a = 0; a < job->study->n_arms && !rc; a++) rc = write_arm(&pass, a);
    if (!rc) rc = pass_finish(&pass);
    pass_free(&pass);
    return rc;
}

int rlp_report_write(const rlp_report_t *report, rlp_text_t *words, uint64_t *failed_patients) {
    job_t job;
    ignorance_t ignorance;
    sweep_t sweep = {0};
    attribution_t attribution = {0};
    rlp_text_t answers; /* what the questions say, in their order */
    const rlp_meter_t *meter = report->study->trial.meter;
    *failed_patients = 0;
    rlp_phase_t before = rlp_meter_enter(meter, RLP_PHASE_FILES);
    rlp_text_init(&answers);
    int rc = job_init(&job, report);
    int opened = ignorance_open(&ignorance, &job);
    if (!rc) rc = opened;
    if (!rc) rc = write_cohort(&job);
    if (!rc) rc = patients_write(&job, 1, report->study->patients, &job.totals.capped);
    if (!rc) rc = clones_write(&job, 1, report->study->record_patients);
    (void)rlp_meter_enter(meter, RLP_PHASE_STATISTICS);
    if (!rc) rc = survey_count(&job);
    if (!rc) rc = synergy_write(&job, &answers);
    if (!rc) rc = attribution_write(&job, &attribution, &answers);
    if (!rc) rc = sweep_write(&job, &sweep, &answers);
    if (!rc) rc = subgroups_write(&job, &answers);
    if (!rc) rc = trial_write(&job, &answers);
    if (!rc) ignorance_words(&job, &answers);
    if (!rc) rc = answers.error;
    if (!rc) rc = luck_write(&job, &answers);
    (void)rlp_meter_enter(meter, RLP_PHASE_FILES);
    if (!rc) rc = ignorance_finish(&ignorance, &job);
    if (!rc) rc = record_write(&job, 0);
    if (!rc) words_closing(&job, rlp_text_string(&answers), words);
    (void)rlp_meter_enter(meter, RLP_PHASE_PICTURE);
    if (!rc) rc = picture_write(&job, words);
    if (!rc) rc = sweep_picture(&job, &sweep, words);
    if (!rc) rc = synergy_picture_write(&job, &attribution, words);
    (void)rlp_meter_enter(meter, before);
    *failed_patients = job.totals.failed;
    ignorance_free(&ignorance);
    sweep_free(&sweep);
    attribution_free(&attribution);
    rlp_text_free(&answers);
    job_free(&job);
    return rc ? rc : words->error;
}

/* ---- one patient alone --------------------------------------------------------------------------------------------------- */
static int write_path(pass_t *pass, uint64_t patient, const rlp_outcome_t *outcomes, const rlp_told_t *told, const rlp_point_t *points, size_t n_points) {
    const job_t *job = pass->job;
    const char *folder = job->report->folder;
    int rc = survival_open(&pass->survival, job);
    if (!rc) rc = sheet_open(&pass->counts, folder, "counts.csv", COUNTS_HEADER);
    if (!rc) rc = visits_open(&pass->visits, job);
    if (!rc) rc = events_open(&pass->events, job);
    for (size_t a = 0; a < job->study->n_arms && !rc; a++) {
        rc = survival_write(&pass->survival, job, a, patient, &outcomes[a]);
        events_write_patient(&pass->events, job, a, patient, told[a].events, told[a].n_events);
        visits_write_patient(&pass->visits, job, a, patient, told[a].visits, told[a].n_visits);
    }
    for (size_t k = 0; k < n_points && !rc; k++)
        write_counts(&pass->counts, job, points[k].arm, patient, points[k].t_days, points[k].cells);
    if (!rc) rc = sheet_finish(&pass->survival);
    if (!rc) rc = sheet_finish(&pass->counts);
    if (!rc) rc = visits_finish(&pass->visits, job);
    return rc ? rc : sheet_finish(&pass->events);
}

static int count_one(job_t *job, uint64_t patient, const rlp_outcome_t *outcomes, const rlp_told_t *told) {
    int rc = RLP_OK;
    for (size_t a = 0; a < job->study->n_arms && !rc; a++) {
        rlp_block_t alone = {.first = patient, .patients = 1, .outcomes = &outcomes[a], .why = told[a].why};
        rc = totals_add(&job->totals, a, &alone);
    }
    return rc;
}

/* His environment; on the process floor there is none. */
static int write_album(const job_t *job, uint64_t patient, const rlp_outcome_t *outcomes, const rlp_told_t *told, const rlp_point_t *points, size_t n_points,
                       album_t *album) {
    if (!job->study->tumour) return RLP_OK;
    int rc = album_make(job, patient, outcomes, told, points, n_points, album);
    return rc ? rc : signals_write(job, patient, album);
}

static int draw_album(const job_t *job, uint64_t patient, const rlp_outcome_t *outcomes, const rlp_told_t *told, const album_t *album, rlp_text_t *words) {
    if (job->study->tumour) return portrait_write(job, patient, outcomes, told, album, words);
    rlp_text_add(words, "\n");
    return RLP_OK;
}

int rlp_report_write_patient(const rlp_report_t *report, uint64_t patient, const rlp_outcome_t *outcomes, const rlp_told_t *told,
                             const rlp_point_t *points, size_t n_points, rlp_text_t *words) {
    job_t job;
    pass_t pass;
    album_t album = {0};
    rlp_phase_t before = rlp_meter_enter(report->study->trial.meter, RLP_PHASE_FILES);
    int rc = job_init(&job, report);
    pass_init(&pass, &job);
    if (!rc) rc = write_path(&pass, patient, outcomes, told, points, n_points);
    if (!rc) rc = patients_write(&job, patient, patient, &job.totals.capped);
    if (!rc) rc = clones_write(&job, patient, patient);
    if (!rc) rc = write_album(&job, patient, outcomes, told, points, n_points, &album);
    if (!rc) rc = count_one(&job, patient, outcomes, told);
    if (!rc) rc = record_write(&job, patient);
    if (!rc) words_patient(&job, patient, outcomes, told, words);
    (void)rlp_meter_enter(report->study->trial.meter, RLP_PHASE_PICTURE);
    if (!rc) rc = draw_album(&job, patient, outcomes, told, &album, words);
    album_free(&album);
    pass_free(&pass);
    job_free(&job);
    (void)rlp_meter_enter(report->study->trial.meter, before);
    return rc ? rc : words->error;
}
