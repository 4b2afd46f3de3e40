/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * attribution.csv: which rows of mechanisms carry the benefit. Of each mark (a row, or a pair) and each arm, on the same patients,
 *
 *   last_out   RMST(full) - RMST(full without it)                first_in   RMST(no mark but it) - RMST(no mark)
 *
 * and of the excess, RMST(both) - RMST(a) - RMST(b) + RMST(none), the same with all four arms. The remainder is RMST(full) - RMST(no mark) less the sum over the rows:
 * contributions need not add up. An arm's influences are found once. The error is that of last_out. */
#include "survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"

/* One contrast in the making: a sum of differences of two tasks, so that what is alike cancels exactly. */
typedef struct {
    double value, *scores; /* [patient] */
} contrast_t;

typedef struct {
    const job_t *job;
    const rlp_attribution_t *a;
    size_t patients, n_tasks;
    double **scores; /* [task][patient]; NULL: not in any contrast */
    double *rmst;    /* [task] */
    contrast_t out, in; /* of the row at hand */
    sheet_t sheet;
} work_t;

static int find_scores(work_t *w, size_t task, times_t *times) {
    static const endpoint_t OF[] = {[RLP_TIME_TTP] = ENDPOINT_TTP, [RLP_TIME_PFS] = ENDPOINT_PFS, [RLP_TIME_OS] = ENDPOINT_OS};
    if (w->scores[task]) return RLP_OK;
    int rc = survey_times(w->job, task, times);
    if (!rc) rc = RLP_NEW(w->scores[task], w->patients);
    rlp_survival_t survival = times_of(times, OF[w->a->endpoint]);
    return rc ? rc : rlp_rmst_scores(&survival, w->a->horizon_days, w->patients, &w->rmst[task], w->scores[task]);
}

static int find_all_scores(work_t *w) {
    times_t times = {0};
    int rc = RLP_OK;
    for (size_t k = 0; k < w->a->n_arms && !rc; k++) {
        rc = find_scores(w, w->a->full[k], &times);
        if (!rc) rc = find_scores(w, w->a->none[k], &times);
        for (size_t m = 0; m < w->a->n_marks && !rc; m++) {
            rc = find_scores(w, w->a->marks[m].out[k], &times);
            if (!rc) rc = find_scores(w, w->a->marks[m].in[k], &times);
        }
    }
    times_free(&times);
    return rc;
}

static void begin(const work_t *w, contrast_t *c) {
    c->value = 0;
    memset(c->scores, 0, w->patients * sizeof *c->scores);
}

static void add_difference(const work_t *w, contrast_t *c, double sign, size_t task, size_t less) {
    if (task == less) return;
    c->value += sign * (w->rmst[task] - w->rmst[less]);
    for (size_t i = 0; i < w->patients; i++) c->scores[i] += sign * (w->scores[task][i] - w->scores[less][i]);
}

/* ---- a quantity ------------------------------------------------------------------------------------------------------------------------ */
/* An arm of its own, or with its sign one of the four of the excess. */
typedef struct {
    size_t n, arm[4];
    double sign[4];
    char name[300];
} quantity_t;

static void begin_both(work_t *w) {
    begin(w, &w->out);
    begin(w, &w->in);
}

static void add_mark(work_t *w, const quantity_t *q, const rlp_mark_t *mark, double times) {
    for (size_t k = 0; k < q->n; k++) {
        size_t arm = q->arm[k];
        add_difference(w, &w->out, times * q->sign[k], w->a->full[arm], mark->out[arm]);
        add_difference(w, &w->in, times * q->sign[k], mark->in[arm], w->a->none[arm]);
    }
}

static void write_row(work_t *w, const char *mechanism, const char *partner, const quantity_t *q) {
    rlp_contrast_t out = rlp_contrast_judge(w->out.value, w->out.scores, w->patients);
    sheet_word(&w->sheet, mechanism);
    sheet_word(&w->sheet, partner);
    sheet_word(&w->sheet, q->name);
    sheet_number(&w->sheet, out.value);
    sheet_number(&w->sheet, w->in.value);
    sheet_number(&w->sheet, out.std_err);
    sheet_number(&w->sheet, out.lower95);
    sheet_number(&w->sheet, out.upper95);
    sheet_end_row(&w->sheet);
}

static void write_mark(work_t *w, const rlp_mark_t *mark, const quantity_t *q) {
    const rlp_tumour_t *tumour = w->job->study->tumour;
    begin_both(w);
    add_mark(w, q, mark, 1);
    write_row(w, rlp_tumour_row_name(tumour, mark->row), mark->partner == RLP_NONE ? "" : rlp_tumour_row_name(tumour, mark->partner), q);
}

static void write_remainder(work_t *w, const quantity_t *q) {
    begin_both(w);
    for (size_t k = 0; k < q->n; k++) {
        add_difference(w, &w->out, q->sign[k], w->a->full[q->arm[k]], w->a->none[q->arm[k]]);
        add_difference(w, &w->in, q->sign[k], w->a->full[q->arm[k]], w->a->none[q->arm[k]]);
    }
    for (size_t m = 0; m < w->a->n_marks; m++)
        if (w->a->marks[m].partner == RLP_NONE) add_mark(w, q, &w->a->marks[m], -1);
    write_row(w, "remainder", "", q);
}

/* Arms in their order, then the excess, where all four are there. */
static size_t list_quantities(const work_t *w, quantity_t *list) {
    static const double SIGN[4] = {1, -1, -1, 1}; /* none, a, b, both */
    const rlp_attribution_t *a = w->a;
    size_t n = 0;
    for (size_t k = 0; k < a->n_arms; k++) {
        list[n] = (quantity_t){.n = 1, .arm = {k}, .sign = {1}};
        snprintf(list[n++].name, sizeof list->name, "rmst:%s", rlp_study_arm_name(w->job->study, a->full[k]));
    }
    list[n] = (quantity_t){.n = 4, .name = "excess"};
    for (size_t f = 0; f < 4; f++) {
        if (a->excess[f] == RLP_NONE) return n;
        list[n].arm[f] = a->excess[f];
        list[n].sign[f] = SIGN[f];
    }
    return n + 1;
}

static int write_all(work_t *w) {
    quantity_t *list;
    int rc = RLP_NEW(list, w->a->n_arms + 1);
    if (rc) return rc;
    size_t n = list_quantities(w, list);
    for (size_t m = 0; m < w->a->n_marks; m++)
        for (size_t q = 0; q < n; q++) write_mark(w, &w->a->marks[m], &list[q]);
    for (size_t q = 0; q < n; q++) write_remainder(w, &list[q]);
    free(list);
    return sheet_finish(&w->sheet);
}

static int work_init(work_t *w, const job_t *job) {
    *w = (work_t){.job = job, .a = &job->study->attribution, .patients = (size_t)job->study->patients, .n_tasks = job->study->n_tasks};
    sheet_init(&w->sheet);
    int rc = RLP_NEW(w->scores, w->n_tasks);
    if (!rc) rc = RLP_NEW(w->rmst, w->n_tasks);
    if (!rc) rc = RLP_NEW(w->out.scores, w->patients);
    return rc ? rc : RLP_NEW(w->in.scores, w->patients);
}

static void work_free(work_t *w) {
    for (size_t t = 0; w->scores && t < w->n_tasks; t++) free(w->scores[t]);
    free(w->scores);
    free(w->rmst);
    free(w->out.scores);
    free(w->in.scores);
    sheet_free(&w->sheet);
}

int attribution_write(const job_t *job) {
    work_t w;
    if (!job->study->attribution.asked) return RLP_OK;
    int rc = work_init(&w, job);
    if (!rc) rc = sheet_open(&w.sheet, job->report->folder, "attribution.csv", "mechanism,partner,quantity,last_out,first_in,std_err,lower95,upper95");
    if (!rc) rc = find_all_scores(&w);
    if (!rc) rc = write_all(&w);
    work_free(&w);
    return rc;
}
