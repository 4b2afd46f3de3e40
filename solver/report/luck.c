/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * luck.csv: each patient lives `replicates:` times in each arm, the same person with other luck. One-way analysis of variance of ln(days), patients as groups:
 *
 *   variance_within   luck: what one and the same patient may have         variance_between   who patients are        share_between = between / (between + within)
 *
 * Of pfs and os. A time that is censored counts as the end of follow-up, which hides spread; the last column says how many do. There is no row of ttp: it is censored by
 * death too, at days that are no end of follow-up. A patient counts if no life of his failed and none ended on day 0, whose logarithm nobody has. */
#include <math.h>
#include <stdlib.h>

#include "relapse/memory.h"
#include "survey.h"

typedef struct {
    const job_t *job;
    size_t lives, patients; /* per patient; of the cohort */
    double *days;           /* [judged][patient][life]; NaN: none */
    bool *event;
    double *x; /* [patient][life] work */
    sheet_t sheet;
} work_t;

static const endpoint_t JUDGED[] = {ENDPOINT_PFS, ENDPOINT_OS};
#define N_JUDGED (sizeof JUDGED / sizeof *JUDGED)

static size_t at(const work_t *w, size_t judged, size_t patient, size_t life) { return (judged * w->patients + patient) * w->lives + life; }

static int read_arm(work_t *w, size_t arm) {
    const rlp_study_t *study = w->job->study;
    times_t times = {0};
    int rc = RLP_OK;
    for (size_t k = 0; k < N_JUDGED * w->patients * w->lives; k++) w->days[k] = NAN;
    for (size_t life = 0; life < w->lives && !rc; life++) {
        rc = survey_times(w->job, life ? study->replicas[(life - 1) * study->n_arms + arm] : arm, &times);
        for (size_t j = 0; j < N_JUDGED && !rc; j++)
            for (size_t i = 0; i < times.n; i++) {
                size_t k = at(w, j, (size_t)times.patient[i] - 1, life);
                w->days[k] = times.time[JUDGED[j]][i];
                w->event[k] = times.event[JUDGED[j]][i];
            }
    }
    times_free(&times);
    return rc;
}

/* ln(days) of the patients who count, one after the other; how many they are. */
static size_t gather(work_t *w, size_t judged, uint64_t *censored) {
    size_t n = 0;
    *censored = 0;
    for (size_t i = 0; i < w->patients; i++) {
        uint64_t of_him = 0;
        bool counts = true;
        for (size_t life = 0; life < w->lives; life++) {
            size_t k = at(w, judged, i, life);
            counts = counts && w->days[k] > 0;
            of_him += !w->event[k];
            w->x[n * w->lives + life] = log(w->days[k]);
        }
        if (!counts) continue;
        n++;
        *censored += of_him;
    }
    return n;
}

static void write_row(work_t *w, size_t arm, size_t judged, rlp_components_t *of) {
    sheet_t *sheet = &w->sheet;
    uint64_t censored;
    size_t n = gather(w, judged, &censored);
    *of = rlp_variance_components(n, w->lives, w->x);
    sheet_raw(sheet, rlp_text_string(&w->job->arm_cells[arm]));
    sheet_raw(sheet, ENDPOINT_NAMES[JUDGED[judged]]);
    sheet_whole(sheet, (int64_t)n);
    sheet_whole(sheet, (int64_t)w->lives);
    sheet_number(sheet, of->within);
    sheet_number(sheet, of->between);
    sheet_number(sheet, of->share.value);
    sheet_number(sheet, of->share.lower95);
    sheet_number(sheet, of->share.upper95);
    sheet_number(sheet, n ? (double)censored / (double)(n * w->lives) : NAN);
    sheet_end_row(sheet);
}

static int write_arms(work_t *w, rlp_components_t *of) {
    const rlp_study_t *study = w->job->study;
    int rc = sheet_open(&w->sheet, w->job->report->folder, "luck.csv",
                        "arm,endpoint,patients,replicates,variance_within,variance_between,share_between,lower95,upper95,censored_fraction");
    for (size_t a = 0; a < study->n_arms && !rc; a++) {
        rc = read_arm(w, a);
        for (size_t j = 0; j < N_JUDGED && !rc; j++)
            if (has_endpoint(study, JUDGED[j])) write_row(w, a, j, &of[a * N_JUDGED + j]);
    }
    return rc ? rc : sheet_finish(&w->sheet);
}

static void add_words(const rlp_study_t *study, const rlp_components_t *of, rlp_text_t *out) {
    rlp_text_format(out, "\nwho they are, or luck? Of the spread of log PFS (%u lives of each patient)\n", (unsigned)study->replicates);
    for (size_t a = 0; a < study->n_arms; a++) {
        rlp_interval_t share = of[a * N_JUDGED].share;
        rlp_text_format(out, "  %s: ", rlp_study_arm_name(study, a));
        if (isnan(share.value))
            rlp_text_add(out, study->patients > 1 ? "there is none\n" : "one patient does not tell\n");
        else
            rlp_text_format(out, "%.0f %% (%.0f to %.0f) is between patients, %.0f %% is luck\n", 100 * share.value, 100 * share.lower95, 100 * share.upper95, 100 - 100 * share.value);
    }
}

int luck_write(const job_t *job, rlp_text_t *words) {
    work_t w = {.job = job, .lives = job->study->replicates, .patients = (size_t)job->study->patients};
    rlp_components_t *of = NULL; /* [arm][judged] */
    if (w.lives < 2) return RLP_OK;
    sheet_init(&w.sheet);
    int rc = RLP_NEW(of, job->study->n_arms * N_JUDGED);
    if (!rc) rc = RLP_NEW(w.days, N_JUDGED * w.patients * w.lives);
    if (!rc) rc = RLP_NEW(w.event, N_JUDGED * w.patients * w.lives);
    if (!rc) rc = RLP_NEW(w.x, (w.patients + 1) * w.lives);
    if (!rc) rc = write_arms(&w, of);
    sheet_free(&w.sheet);
    free(w.days);
    free(w.event);
    free(w.x);
    if (!rc) add_words(job->study, of, words);
    free(of);
    return rc ? rc : words->error;
}
