/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * trial.csv: what a trial of that size would print (statistics/trial.c), and where what was printed lies in it.
 *
 *   median_days    of each arm; a median that a trial does not reach counts as later than any
 *   hazard_ratio   of each arm over the reference, with the share of trials whose log-rank test has p < 0.05: the power
 *
 * One draw of patients a repeat: medians and ratios of all endpoints of one repeat are of the same trial, and so is the reference against each arm. The scatter is that of
 * who entered a trial of that size, and of nothing else: what the model has wrong is in the place of the whole range. */
#include <math.h>
#include <stdlib.h>

#include "relapse/memory.h"
#include "survey.h"

#define SIGNIFICANT 0.05

#define N_ASKED (sizeof ENDPOINT_OF / sizeof *ENDPOINT_OF)

/* What the repeats printed of one arm and endpoint. */
typedef struct {
    double *median, *ratio; /* [repeats] rising; owned. Infinite: not reached */
    size_t n_ratios;        /* repeats that have one */
    double power;
} prints_t;

typedef struct {
    const job_t *job;
    const rlp_printed_t *asked;
    prints_t *prints; /* [arm][endpoint]; owned */
    times_t reference, times;
    sheet_t sheet;
    rlp_text_t outside; /* sentences */
    size_t n_inside, n_published;
} work_t;

static prints_t *prints_of(const work_t *w, size_t arm, size_t time) { return &w->prints[arm * N_ASKED + time]; }

/* ---- repeats ---------------------------------------------------------------------------------------------------------------------------- */
/* Repeats of one arm and endpoint; of the reference alone where `arm` is it. */
static int repeat_all(work_t *w, size_t arm, size_t time) {
    const rlp_printed_t *asked = w->asked;
    const rlp_trial_plan_t plan = {.accrual = asked->accrual_days, .after = asked->after_days, .dropout = asked->dropout_per_day};
    bool alone = arm == asked->reference || asked->reference == RLP_NONE;
    rlp_survival_t ours = times_of(&w->times, ENDPOINT_OF[time]), theirs = times_of(&w->reference, ENDPOINT_OF[time]);
    prints_t *p = prints_of(w, arm, time);
    uint64_t significant = 0, told = 0;
    int rc = RLP_NEW(p->median, (size_t)asked->repeats);
    if (!rc) rc = RLP_NEW(p->ratio, (size_t)asked->repeats);
    for (uint64_t r = 0; r < asked->repeats && !rc; r++) {
        rlp_trial_print_t print;
        bool as_reference = arm == asked->reference; /* with the draws of its place: the same patients as where it is compared */
        if (as_reference) rc = rlp_trial_repeat(&ours, asked->per_arm[arm], &ours, 0, &plan, w->job->study->seed, r, &print);
        else rc = rlp_trial_repeat(alone ? NULL : &theirs, alone ? 0 : asked->per_arm[asked->reference], &ours, asked->per_arm[arm], &plan, w->job->study->seed, r, &print);
        double median = print.median[as_reference ? 0 : 1];
        p->median[r] = isnan(median) ? INFINITY : median;
        if (alone || rc) continue;
        if (!isnan(print.hazard_ratio)) p->ratio[p->n_ratios++] = print.hazard_ratio;
        told += isnan(print.p) ? 0 : 1;
        significant += print.p < SIGNIFICANT ? 1 : 0;
    }
    if (rc) return rc;
    rlp_sample_sort(p->median, (size_t)asked->repeats);
    rlp_sample_sort(p->ratio, p->n_ratios);
    p->power = told ? (double)significant / (double)asked->repeats : NAN;
    return RLP_OK;
}

static int repeat_arms(work_t *w) {
    const rlp_study_t *study = w->job->study;
    int rc = w->asked->reference == RLP_NONE ? RLP_OK : survey_times(w->job, w->asked->reference, &w->reference);
    for (size_t a = 0; a < study->n_arms && !rc; a++) {
        if (!w->asked->per_arm[a]) continue;
        rc = survey_times(w->job, a, &w->times);
        for (size_t k = 0; k < N_ASKED && !rc; k++)
            if (has_endpoint(study, ENDPOINT_OF[k]) && w->times.n) rc = repeat_all(w, a, k);
    }
    return rc;
}

/* ---- rows ------------------------------------------------------------------------------------------------------------------------------- */
static double or_empty(double x) { return isfinite(x) ? x : NAN; }

/* NULL: nothing was printed of it. */
static void add_row(work_t *w, size_t arm, size_t time, bool ratio, const rlp_published_t *published) {
    static const double AT[] = {0.025, 0.25, 0.5, 0.75, 0.975};
    const prints_t *p = prints_of(w, arm, time);
    const double *values = ratio ? p->ratio : p->median;
    size_t n = ratio ? p->n_ratios : (size_t)w->asked->repeats;
    double low = rlp_sample_quantile(values, n, AT[0]), high = rlp_sample_quantile(values, n, AT[4]);
    bool inside = published && published->value + published->rounding >= low && published->value - published->rounding <= high; /* some number that is printed so is inside */
    sheet_raw(&w->sheet, rlp_text_string(&w->job->arm_cells[arm]));
    sheet_raw(&w->sheet, ratio ? rlp_text_string(&w->job->arm_cells[w->asked->reference]) : "");
    sheet_raw(&w->sheet, ENDPOINT_NAMES[ENDPOINT_OF[time]]);
    sheet_raw(&w->sheet, ratio ? "hazard_ratio" : "median_days");
    sheet_whole(&w->sheet, (int64_t)w->asked->per_arm[arm]);
    sheet_whole(&w->sheet, (int64_t)w->asked->repeats);
    for (size_t k = 0; k < sizeof AT / sizeof *AT; k++) sheet_number(&w->sheet, or_empty(rlp_sample_quantile(values, n, AT[k])));
    sheet_number(&w->sheet, published ? published->value : NAN);
    sheet_number(&w->sheet, published ? published->lower95 : NAN);
    sheet_number(&w->sheet, published ? published->upper95 : NAN);
    sheet_raw(&w->sheet, !published || !n ? "" : inside ? "yes" : "no");
    sheet_number(&w->sheet, ratio ? p->power : NAN);
    sheet_word(&w->sheet, published ? published->source : "");
    sheet_end_row(&w->sheet);
    if (!published || !n) return;
    w->n_published++;
    w->n_inside += inside ? 1 : 0;
    if (inside) return;
    double unit = ratio ? 1 : RLP_DAYS_A_MONTH;
    const char *of = ratio ? "" : " months";
    rlp_text_format(&w->outside, "  outside: %s, %s of %s: %.3g%s %s printed, and 95 in 100 such trials print %.3g to ", rlp_study_arm_name(w->job->study, arm), ratio ? "hazard ratio" : "median",
                    ENDPOINT_NAMES[ENDPOINT_OF[time]], published->value / unit, of, ratio ? "was" : "were", low / unit);
    if (isfinite(high)) rlp_text_format(&w->outside, "%.3g%s\n", high / unit, of);
    else rlp_text_add(&w->outside, "not reached\n");
}

/* A row a published number, or one without. */
static void add_rows(work_t *w, size_t arm, size_t time, bool ratio) {
    size_t rows = 0;
    for (size_t k = 0; k < w->asked->n_published; k++) {
        const rlp_published_t *p = &w->asked->published[k];
        if (p->arm != arm || p->endpoint != (rlp_time_t)time || (p->what == RLP_PUBLISHED_HAZARD_RATIO) != ratio) continue;
        add_row(w, arm, time, ratio, p);
        rows++;
    }
    if (!rows) add_row(w, arm, time, ratio, NULL);
}

static void add_words(const work_t *w, rlp_text_t *out) {
    const rlp_printed_t *asked = w->asked;
    rlp_text_format(out, "\na trial of that size, %.4g months of accrual and %.4g after (%llu drawn from the cohort):\n", asked->accrual_days / RLP_DAYS_A_MONTH, asked->after_days / RLP_DAYS_A_MONTH,
                    (unsigned long long)asked->repeats);
    for (size_t a = 0; a < w->job->study->n_arms && asked->reference != RLP_NONE; a++)
        for (size_t k = 0; k < N_ASKED; k++) {
            const prints_t *p = prints_of(w, a, k);
            if (!p->n_ratios || (ENDPOINT_OF[k] != ENDPOINT_OS && ENDPOINT_OF[k] != words_main(w->job->study))) continue;
            rlp_text_format(out, "  %s against %s, %s: prints a hazard ratio of %.2f to %.2f", rlp_study_arm_name(w->job->study, a),
                            rlp_study_arm_name(w->job->study, asked->reference), ENDPOINT_NAMES[ENDPOINT_OF[k]], rlp_sample_quantile(p->ratio, p->n_ratios, 0.025), rlp_sample_quantile(p->ratio, p->n_ratios, 0.975));
            if (!isnan(p->power)) rlp_text_format(out, ", and p < 0.05 in %.0f of 100", 100 * p->power);
            rlp_text_add(out, "\n");
        }
    if (w->n_published) rlp_text_format(out, "  of %zu published numbers %zu lie where 95 in 100 such trials print\n", w->n_published, w->n_inside);
    rlp_text_add(out, rlp_text_string(&w->outside));
}

/* ---- the file --------------------------------------------------------------------------------------------------------------------------- */
static void work_free(work_t *w) {
    for (size_t k = 0; w->prints && k < w->job->study->n_arms * N_ASKED; k++) {
        free(w->prints[k].median);
        free(w->prints[k].ratio);
    }
    free(w->prints);
    times_free(&w->reference);
    times_free(&w->times);
    sheet_free(&w->sheet);
    rlp_text_free(&w->outside);
}

int trial_write(const job_t *job, rlp_text_t *words) {
    work_t w = {.job = job, .asked = &job->study->printed};
    if (!w.asked->asked) return RLP_OK;
    sheet_init(&w.sheet);
    rlp_text_init(&w.outside);
    int rc = RLP_NEW(w.prints, job->study->n_arms * N_ASKED);
    if (!rc)
        rc = sheet_open(&w.sheet, job->report->folder, "trial.csv",
                        "arm,reference,endpoint,quantity,per_arm,repeats,q025,q25,q50,q75,q975,published,published_lower95,published_upper95,inside,power,source");
    if (!rc) rc = repeat_arms(&w);
    for (size_t a = 0; a < job->study->n_arms && !rc; a++)
        for (size_t k = 0; k < N_ASKED; k++) {
            if (!prints_of(&w, a, k)->median) continue;
            add_rows(&w, a, k, false);
            if (w.asked->reference != RLP_NONE && a != w.asked->reference) add_rows(&w, a, k, true);
        }
    if (!rc) rc = sheet_finish(&w.sheet);
    if (!rc) add_words(&w, words);
    if (!rc) rc = w.outside.error ? w.outside.error : words->error;
    work_free(&w);
    return rc;
}
