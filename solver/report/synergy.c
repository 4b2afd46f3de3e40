/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * synergy.csv: is the combination more than its parts?
 *
 *   interaction                 RMST(both) - RMST(both without the rows marked `interaction: true`): the only one that is 0 where nothing interacts
 *   beyond_independent_action   RMST(both) - RMST of the later of each patient's times in a and b (statistics/later.c)
 *   bliss_excess                area between S_both and S_a S_b / S_none, up to the day in horizon_days
 *   log_kill_excess             mean over patients of L(both) - L(a) - L(b), L = ln(burden in none / burden in the arm), viable cells at a record; patients who are
 *                               followed then, with a cell or more, in all four arms
 *
 * Each with the error of its patients' sums of influences: arms share patients. All but the last are answered again at each draw of what is uncertain; burdens are kept of
 * the arms as written alone. */
#include "draws.h"
#include "survey.h"

#include <math.h>
#include <stdlib.h>

#include "relapse/memory.h"

enum { NONE, A, B, BOTH, WITHOUT, FIVE };
enum { SYNERGY_INTERACTION, SYNERGY_INDEPENDENT, SYNERGY_BLISS, SYNERGY_QUANTITIES };
typedef struct {
    rlp_contrast_t rows[ENDPOINTS][SYNERGY_QUANTITIES]; /* at the numbers as written */
    double bliss_until[ENDPOINTS];
} synergy_t;
static const char *const QUANTITIES[SYNERGY_QUANTITIES] = {"interaction", "beyond_independent_action", "bliss_excess"};

static bool is_asked(endpoint_t e, const rlp_study_t *study) { return e != ENDPOINT_PFS2 && has_endpoint(study, e); }

static void write_row(sheet_t *sheet, const char *quantity, const char *endpoint, const rlp_contrast_t *c, double horizon) {
    sheet_raw(sheet, quantity);
    sheet_raw(sheet, endpoint);
    sheet_number(sheet, c->value);
    sheet_number(sheet, c->std_err);
    sheet_number(sheet, c->lower95);
    sheet_number(sheet, c->upper95);
    sheet_number(sheet, horizon);
}

/* ---- times --------------------------------------------------------------------------------------------------------------------------- */
/* RMST(arm) - RMST(other), or, where there is a second other, less that of the later of each patient's two. */
static int difference(const rlp_survival_t *arm, const rlp_survival_t *other, const rlp_survival_t *second, double horizon, size_t patients, rlp_contrast_t *out) {
    double *scores = NULL, *others = NULL, value, of_other;
    int rc = RLP_NEW(scores, patients);
    if (!rc) rc = RLP_NEW(others, patients);
    if (!rc) rc = rlp_rmst_scores(arm, horizon, patients, &value, scores);
    if (!rc) rc = second ? rlp_later_scores(other, second, horizon, patients, &of_other, others) : rlp_rmst_scores(other, horizon, patients, &of_other, others);
    for (size_t i = 0; i < patients && !rc; i++) scores[i] -= others[i];
    if (!rc) *out = rlp_contrast_judge(value - of_other, scores, patients);
    free(scores);
    free(others);
    return rc;
}

/* One endpoint's quantities. */
static int judge_endpoint(const job_t *job, const times_t times[FIVE], endpoint_t e, rlp_contrast_t *rows, double *bliss_until) {
    size_t patients = (size_t)job->study->patients;
    double horizon = job->study->synergy.horizon_days;
    rlp_survival_t of[FIVE];
    for (int k = 0; k < FIVE; k++) of[k] = times_of(&times[k], e);
    const rlp_survival_t *const four[4] = {&of[NONE], &of[A], &of[B], &of[BOTH]};
    int rc = difference(&of[BOTH], &of[WITHOUT], NULL, horizon, patients, &rows[SYNERGY_INTERACTION]);
    if (!rc) rc = difference(&of[BOTH], &of[A], &of[B], horizon, patients, &rows[SYNERGY_INDEPENDENT]);
    if (!rc) rc = rlp_bliss_excess(four, horizon, patients, &rows[SYNERGY_BLISS], bliss_until);
    return rc;
}

/* All endpoints that are asked for, one after the other; an answer_t. Of Bliss, how far it reaches is told at the numbers as written. */
static int answer(const job_t *job, size_t draw, void *context, rlp_contrast_t *rows) {
    const rlp_synergy_t *s = &job->study->synergy;
    const size_t tasks[FIVE] = {s->none, s->a, s->b, s->both, s->without};
    synergy_t *found = context;
    times_t times[FIVE] = {0};
    double until;
    int rc = RLP_OK;
    for (int k = 0; k < FIVE && !rc; k++) rc = survey_times(job, rlp_study_drawn(job->study, draw, tasks[k]), &times[k]);
    for (endpoint_t e = 0; e < ENDPOINTS && !rc; e++) {
        if (!is_asked(e, job->study)) continue;
        rc = judge_endpoint(job, times, e, rows, draw ? &until : &found->bliss_until[e]);
        rows += SYNERGY_QUANTITIES;
    }
    for (int k = 0; k < FIVE; k++) times_free(&times[k]);
    return rc;
}

static int judge_times(const job_t *job, sheet_t *sheet, synergy_t *found) {
    const rlp_study_t *study = job->study;
    drawn_t drawn;
    size_t n = 0, row = 0;
    for (endpoint_t e = 0; e < ENDPOINTS; e++) n += is_asked(e, study) ? SYNERGY_QUANTITIES : 0;
    int rc = draws_ask(job, n, answer, found, &drawn);
    for (endpoint_t e = 0; e < ENDPOINTS && !rc; e++)
        for (size_t q = 0; q < SYNERGY_QUANTITIES && is_asked(e, study); q++, row++) {
            found->rows[e][q] = *draws_row(&drawn, 0, row);
            draws_name(&drawn, row, ENDPOINT_NAMES[e], "%s", QUANTITIES[q]);
            write_row(sheet, QUANTITIES[q], ENDPOINT_NAMES[e], &found->rows[e][q], q == SYNERGY_BLISS ? found->bliss_until[e] : study->synergy.horizon_days);
            draws_columns(sheet, &drawn, row);
            sheet_end_row(sheet);
        }
    if (!rc) rc = draws_keep(job, "synergy", &drawn);
    draws_free(&drawn);
    return rc;
}

/* ---- log kill ------------------------------------------------------------------------------------------------------------------------ */
typedef struct {
    unsigned char *payload[4];
    size_t room[4];
    rlp_block_t block[4];
    rlp_moments_t *at; /* [n_records] */
} kills_t;

static void add_patient(const job_t *job, kills_t *kills, uint64_t k) {
    size_t n_records = job->study->n_records;
    for (size_t r = 0; r < n_records; r++) {
        double log_burden[4];
        for (int a = 0; a < 4; a++) {
            const rlp_block_t *block = &kills->block[a];
            double cells = block->outcomes[k].failed || r >= block->n_seen[k] ? 0 : block->burden[(k * n_records + r) * RLP_BURDENS];
            if (!(cells > 0)) return; /* nor later: nobody comes back */
            log_burden[a] = log(cells);
        }
        rlp_moments_add(&kills->at[r], log_burden[A] + log_burden[B] - log_burden[BOTH] - log_burden[NONE]);
    }
}

static int read_kills(const job_t *job, kills_t *kills) {
    const rlp_synergy_t *s = &job->study->synergy;
    const size_t tasks[4] = {s->none, s->a, s->b, s->both};
    uint64_t n = rlp_study_blocks_per_task(job->study);
    int rc = RLP_OK;
    for (uint64_t b = 0; b < n && !rc; b++) {
        for (int a = 0; a < 4 && !rc; a++) {
            uint64_t block = tasks[a] * n + b;
            rc = RLP_GROW(kills->payload[a], kills->room[a], rlp_block_bytes(job->study, block));
            if (!rc) rc = job->report->read(job->report->context, block, kills->payload[a]);
            if (!rc) rlp_block_open(job->study, block, kills->payload[a], &kills->block[a]);
        }
        for (uint64_t k = 0; !rc && k < kills->block[NONE].patients; k++) add_patient(job, kills, k);
    }
    return rc;
}

static int judge_kills(const job_t *job, sheet_t *sheet) {
    kills_t kills = {0};
    int rc = RLP_NEW(kills.at, job->study->n_records);
    if (!rc) rc = read_kills(job, &kills);
    for (size_t r = 0; r < job->study->n_records && !rc; r++) {
        const rlp_moments_t *m = &kills.at[r];
        double day = job->study->record_days[r], error = rlp_moments_std_err(m), mean = m->n ? m->mean : NAN;
        rlp_contrast_t c = {mean, error, mean - 1.959963984540054 * error, mean + 1.959963984540054 * error};
        if (!(day > 0 && day <= job->study->synergy.horizon_days)) continue;
        write_row(sheet, "log_kill_excess", "", &c, day);
        sheet_empty(sheet, 2);
        sheet_end_row(sheet);
    }
    for (int a = 0; a < 4; a++) free(kills.payload[a]);
    free(kills.at);
    return rc;
}

/* ---- the file, and what it says --------------------------------------------------------------------------------------------------------- */
static void add_words(const job_t *job, const synergy_t *found, rlp_text_t *out) {
    const rlp_study_t *study = job->study;
    const rlp_synergy_t *s = &study->synergy;
    rlp_text_format(out, "\nis %s more than %s and %s? (the same patients, means to %.4g months)\n", rlp_study_arm_name(study, s->both), rlp_study_arm_name(study, s->a),
                    rlp_study_arm_name(study, s->b), s->horizon_days / RLP_DAYS_A_MONTH);
    for (endpoint_t e = 0; e < ENDPOINTS; e++) {
        const rlp_contrast_t *c = &found->rows[e][SYNERGY_INTERACTION];
        if (!is_asked(e, study) || isnan(c->value)) continue;
        if (s->without == s->both)
            rlp_text_format(out, "  no row makes one treatment depend on the other, so interaction is worth 0 months of %s", ENDPOINT_WORDS[e]);
        else {
            rlp_text_add(out, "  rows that make one treatment depend on the other are worth ");
            survey_months(c, out);
            rlp_text_format(out, " of %s", ENDPOINT_WORDS[e]);
            if (c->lower95 <= 0 && c->upper95 >= 0) rlp_text_add(out, ", which may be nothing");
        }
        rlp_text_add(out, ";\n    against the later of the two times of each patient, both have ");
        survey_months(&found->rows[e][SYNERGY_INDEPENDENT], out);
        rlp_text_add(out, "\n");
    }
}

int synergy_write(const job_t *job, rlp_text_t *words) {
    sheet_t sheet;
    synergy_t found = {0};
    if (!job->study->synergy.asked) return RLP_OK;
    sheet_init(&sheet);
    int rc = sheet_open(&sheet, job->report->folder, "synergy.csv", "quantity,endpoint,estimate,std_err,lower95,upper95,horizon_days" DRAWS_COLUMNS);
    if (!rc) rc = judge_times(job, &sheet, &found);
    if (!rc) rc = judge_kills(job, &sheet);
    if (!rc) rc = sheet_finish(&sheet);
    sheet_free(&sheet);
    if (!rc) add_words(job, &found, words);
    return rc ? rc : words->error;
}
