/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The rows of the methods of `relapse reference`, in the order of the input: arm, time, type. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"
#include "relapse/memory.h"

#define CURVE_POINTS 60 /* of a curve at any instant, over follow-up, beside the record times */

/* ---- cells of a row --------------------------------------------------------------------------------------------------------------- */
static void begin_row(reference_job_t *job, reference_table_t table) { rlp_text_csv(&job->table[table], rlp_study_arm_name(job->study, job->arm)); }

static void add_word(reference_job_t *job, reference_table_t table, const char *word) {
    rlp_text_add(&job->table[table], ",");
    rlp_text_csv(&job->table[table], word);
}

static void add_number(reference_job_t *job, reference_table_t table, double value) {
    rlp_text_add(&job->table[table], ",");
    rlp_text_double(&job->table[table], value);
}

static void end_row(reference_job_t *job, reference_table_t table) { rlp_text_add(&job->table[table], "\n"); }

/* ---- sets of types ----------------------------------------------------------------------------------------------------------------- */
/* ln P(no cell of the set) at each record time: at that time, or at any time up to it. */
static int log_absent(const reference_job_t *job, const unsigned char *set, bool ever, double *value) {
    const rlp_study_t *study = job->study;
    double *u;
    int rc = RLP_NEW(u, job->process.n_types);
    for (size_t i = 0; i < job->process.n_types && !rc; i++) u[i] = set[i];
    if (!rc) rc = rlp_reference_survival(&job->process, study->record_days, study->n_records, u, ever ? set : NULL, value, NULL);
    free(u);
    return rc;
}

/* Of every type by itself, once an arm: moments.csv and extinction.csv both have it. */
static int absent_types(reference_job_t *job) {
    size_t n = job->process.n_types, records = job->study->n_records;
    unsigned char *set = NULL;
    double *column = NULL;
    if (job->type_absent) return RLP_OK;
    int rc = RLP_NEW(job->type_absent, records * n);
    if (!rc) rc = RLP_NEW(set, n);
    if (!rc) rc = RLP_NEW(column, records);
    for (size_t i = 0; i < n && !rc; i++) {
        set[i] = 1;
        rc = log_absent(job, set, false, column);
        set[i] = 0;
        for (size_t k = 0; k < records; k++) job->type_absent[k * n + i] = column[k];
    }
    free(column);
    free(set);
    return rc;
}

/* ---- moments ------------------------------------------------------------------------------------------------------------------------ */
int reference_accepts_moments(const reference_job_t *job) {
    (void)job;
    return RLP_OK;
}

static void write_moments(reference_job_t *job, double t_days, const double *mean, const double *covariance, const double *absent) {
    const rlp_process_t *p = &job->process;
    for (size_t i = 0; i < p->n_types; i++) {
        begin_row(job, REFERENCE_MOMENTS);
        add_number(job, REFERENCE_MOMENTS, t_days);
        add_word(job, REFERENCE_MOMENTS, p->type_names[i]);
        add_number(job, REFERENCE_MOMENTS, mean[i]);
        add_number(job, REFERENCE_MOMENTS, covariance[i * p->n_types + i]);
        add_number(job, REFERENCE_MOMENTS, absent ? exp(absent[i]) : NAN);
        add_word(job, REFERENCE_MOMENTS, rlp_reference_closure(p));
        end_row(job, REFERENCE_MOMENTS);
        for (size_t j = i; j < p->n_types; j++) {
            begin_row(job, REFERENCE_COVARIANCE);
            add_number(job, REFERENCE_COVARIANCE, t_days);
            add_word(job, REFERENCE_COVARIANCE, p->type_names[i]);
            add_word(job, REFERENCE_COVARIANCE, p->type_names[j]);
            add_number(job, REFERENCE_COVARIANCE, covariance[i * p->n_types + j]);
            add_word(job, REFERENCE_COVARIANCE, rlp_reference_closure(p));
            end_row(job, REFERENCE_COVARIANCE);
        }
    }
}

int reference_moments(reference_job_t *job) {
    const rlp_study_t *study = job->study;
    size_t n = job->process.n_types, records = study->n_records;
    bool apart = job->process.capacity_law == RLP_CAPACITY_NONE;
    double *means = NULL, *covariances = NULL;
    int rc = RLP_NEW(means, records * n);
    if (!rc) rc = RLP_NEW(covariances, records * n * n);
    if (!rc) rc = rlp_reference_moments(&job->process, study->record_days, records, means, covariances);
    if (!rc && apart) rc = absent_types(job);
    for (size_t k = 0; k < records && !rc; k++) write_moments(job, study->record_days[k], means + k * n, covariances + k * n * n, apart ? job->type_absent + k * n : NULL);
    if (!rc) {
        double mean = 0, variance = 0;
        for (size_t i = 0; i < n; i++) mean += means[(records - 1) * n + i];
        for (size_t i = 0; i < n * n; i++) variance += covariances[(records - 1) * n * n + i];
        rlp_text_format(&job->words, "  %-10s mean %.6g cells at day %g, standard deviation %.6g (%s)\n", "moments", mean, study->record_days[records - 1], sqrt(variance),
                        apart ? "exact" : "mean field and linear noise: an approximation where counts are small");
    }
    free(covariances);
    free(means);
    return rc;
}

/* ---- backward ------------------------------------------------------------------------------------------------------------------------ */
int reference_accepts_backward(const reference_job_t *job) { return rlp_reference_accepts_backward(&job->process); }

static void write_set(reference_job_t *job, const char *kind, const char *name, size_t k, double absent, double never) {
    begin_row(job, REFERENCE_EXTINCTION);
    add_number(job, REFERENCE_EXTINCTION, job->study->record_days[k]);
    add_word(job, REFERENCE_EXTINCTION, kind);
    add_word(job, REFERENCE_EXTINCTION, name);
    add_number(job, REFERENCE_EXTINCTION, exp(absent));
    add_number(job, REFERENCE_EXTINCTION, -expm1(absent));
    add_number(job, REFERENCE_EXTINCTION, exp(never));
    add_number(job, REFERENCE_EXTINCTION, -expm1(never));
    end_row(job, REFERENCE_EXTINCTION);
}

static void list_members(reference_job_t *job, const char *kind, const char *name, const unsigned char *set) {
    for (size_t i = 0; i < job->process.n_types; i++) {
        if (!set[i]) continue;
        begin_row(job, REFERENCE_SETS);
        add_word(job, REFERENCE_SETS, kind);
        add_word(job, REFERENCE_SETS, name);
        add_word(job, REFERENCE_SETS, job->process.type_names[i]);
        end_row(job, REFERENCE_SETS);
    }
}

/* `absent` ready made where it is known ([record], every stride doubles), else NULL. */
static int answer_set(reference_job_t *job, const char *kind, const char *name, const unsigned char *set, const double *absent, size_t stride) {
    size_t records = job->study->n_records;
    double *there = NULL, *ever = NULL;
    int rc = RLP_NEW(there, records);
    if (!rc) rc = RLP_NEW(ever, records);
    if (!rc && !absent) rc = log_absent(job, set, false, there);
    if (!rc) rc = log_absent(job, set, true, ever);
    for (size_t k = 0; k < records && !rc; k++) write_set(job, kind, name, k, absent ? absent[k * stride] : there[k], ever[k]);
    if (!rc && strcmp(kind, "type")) list_members(job, kind, name, set);
    if (!rc && !strcmp(kind, "all"))
        rlp_text_format(&job->words, "  %-10s no cell is left at day %g with probability %.8g\n", "backward", job->study->record_days[records - 1], exp(there[records - 1]));
    if (!rc && !strcmp(kind, "acquired"))
        rlp_text_format(&job->words, "  %-10s no cell of a type that was not there at the start with probability %.8g, and none ever with %.8g\n", "backward", exp(there[records - 1]), exp(ever[records - 1]));
    free(ever);
    free(there);
    return rc;
}

static size_t members(const unsigned char *set, size_t n) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) count += set[i];
    return count;
}

/* Types one by one, then what they stand for: trait sets (tumour floor), the types that progression counts, those that had no cell at the start, all. */
static int answer_sets(reference_job_t *job, unsigned char *set) {
    const rlp_process_t *p = &job->process;
    const rlp_progression_t *progression = &job->study->endpoints.progression;
    size_t n = p->n_types;
    int rc = RLP_OK;
    for (size_t i = 0; i < n && !rc; i++) {
        memset(set, 0, n);
        set[i] = 1;
        rc = answer_set(job, "type", p->type_names[i], set, job->type_absent + i, n);
    }
    for (size_t l = 0; l < p->n_labels && p->n_labels < n && !rc; l++) {
        for (size_t i = 0; i < n; i++) set[i] = p->label_of_type[i] == l;
        rc = answer_set(job, "label", p->label_names[l], set, NULL, 0);
    }
    if (!rc && progression->form != RLP_PROGRESSION_NONE && members(progression->of, n) < n) rc = answer_set(job, "endpoint", "progression", progression->of, NULL, 0);
    for (size_t i = 0; i < n; i++) set[i] = p->start_cells[i] == 0;
    if (!rc && members(set, n) && members(set, n) < n) rc = answer_set(job, "acquired", "acquired", set, NULL, 0);
    memset(set, 1, n);
    return rc ? rc : answer_set(job, "all", "all", set, NULL, 0);
}

int reference_backward(reference_job_t *job) {
    unsigned char *set;
    int rc = RLP_NEW(set, job->process.n_types);
    if (rc) return rc;
    rc = absent_types(job);
    if (!rc) rc = answer_sets(job, set);
    free(set);
    return rc;
}

/* ---- founders ------------------------------------------------------------------------------------------------------------------------ */
int reference_accepts_founders(const reference_job_t *job) {
    const rlp_progression_t *p = &job->study->endpoints.progression;
    if (p->form != RLP_PROGRESSION_BURDEN)
        return rlp_fail(RLP_ERROR_REFUSED, "the founders' law is that of reaching a burden: it needs `endpoints: {progression: {burden: ...}}`%s",
                        p->form == RLP_PROGRESSION_NONE ? "" : ", and this progression follows the nadir: `relapse run` has that");
    if (p->measure == RLP_MEASURE_SIZE && job->process.n_survive_rows)
        return rlp_fail(RLP_ERROR_REFUSED, "the founders' law counts living cells, and this progression measures size, with the dead tissue of survival events: `relapse run` can");
    return rlp_reference_accepts_backward(&job->process);
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Visits, or points of a curve: day 0, even parts of follow-up and the record times. */
static int times_of(const rlp_study_t *study, double **times, size_t *n) {
    double every = study->endpoints.progression.every_days, end = study->trial.follow_up_days;
    size_t visits = every > 0 ? (size_t)floor(end / every * (1 + 1e-12)) : 0;
    int rc = RLP_NEW(*times, visits + CURVE_POINTS + 1 + study->n_records);
    *n = 0;
    if (rc) return rc;
    for (size_t k = 1; k <= visits; k++) {
        double day = every * (double)k;
        (*times)[(*n)++] = fabs(day - end) <= 1e-12 * end ? end : day;
    }
    if (every > 0) return RLP_OK;
    for (size_t k = 0; k <= CURVE_POINTS; k++) (*times)[(*n)++] = end * (double)k / CURVE_POINTS;
    for (size_t k = 0; k < study->n_records; k++) (*times)[(*n)++] = study->record_days[k];
    qsort(*times, *n, sizeof **times, compare);
    size_t kept = 1;
    for (size_t k = 1; k < *n; k++)
        if ((*times)[k] > (*times)[kept - 1]) (*times)[kept++] = (*times)[k];
    *n = kept;
    return RLP_OK;
}

static void write_points(reference_job_t *job, const double *t_days, const rlp_reference_point_t *points, size_t n) {
    for (size_t k = 0; k < n; k++) {
        begin_row(job, REFERENCE_FOUNDERS);
        add_word(job, REFERENCE_FOUNDERS, "ttp");
        add_number(job, REFERENCE_FOUNDERS, t_days[k]);
        add_number(job, REFERENCE_FOUNDERS, points[k].survival);
        add_number(job, REFERENCE_FOUNDERS, points[k].exact);
        add_number(job, REFERENCE_FOUNDERS, points[k].founders);
        add_number(job, REFERENCE_FOUNDERS, points[k].living);
        add_number(job, REFERENCE_FOUNDERS, points[k].growing);
        end_row(job, REFERENCE_FOUNDERS);
    }
}

/* What came out and within which range it holds. */
static void say_points(reference_job_t *job, const double *t_days, const rlp_reference_point_t *points, size_t n, double lead_days) {
    size_t worst = 0, bound = n;
    for (size_t k = 0; k < n; k++) {
        if (fabs(points[k].survival - points[k].exact) > fabs(points[worst].survival - points[worst].exact)) worst = k;
        if (!points[k].growing && bound == n) bound = k;
    }
    rlp_text_format(&job->words, "  %-10s no progression by day %g with probability %.6g; %.4g lines founded, %.4g of them alive\n", "founders", t_days[n - 1],
                    points[n - 1].survival, points[n - 1].founders, points[n - 1].living);
    if (members(job->study->endpoints.progression.of, job->process.n_types) < job->process.n_types)
        rlp_text_format(&job->words, "  %-10s Poisson founders are off by at most %.1e (day %g)%s\n", "", fabs(points[worst].survival - points[worst].exact), t_days[worst],
                        fabs(points[worst].survival - points[worst].exact) > job->study->trial.error ? ": too few cells outside `of:` for them, take survival_exact" : "");
    if (lead_days > 0) rlp_text_format(&job->words, "  %-10s cells reach the burden some %.2g d (at most, on average) before the count's law says\n", "", lead_days);
    if (bound < n) rlp_text_format(&job->words, "  %-10s from day %g on the cells that count do not all grow: an upper bound of survival from there\n", "", t_days[bound]);
}

int reference_founders(reference_job_t *job) {
    const rlp_progression_t *progression = &job->study->endpoints.progression;
    rlp_reference_point_t *points = NULL;
    double *t_days = NULL, lead_days;
    size_t n;
    int rc = times_of(job->study, &t_days, &n);
    if (!rc && !n) rc = rlp_fail(RLP_ERROR_REFUSED, "the first visit lies beyond follow-up: nobody can progress");
    if (!rc) rc = RLP_NEW(points, n);
    if (!rc) rc = rlp_reference_progression(&job->process, progression->of, progression->level, progression->every_days > 0, t_days, n, points, &lead_days);
    if (!rc) write_points(job, t_days, points, n);
    if (!rc) say_points(job, t_days, points, n, lead_days);
    free(points);
    free(t_days);
    return rc;
}
