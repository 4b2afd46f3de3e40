/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * attribution.csv: which rows of mechanisms carry the benefit. Of each mark (a row, or a pair) and each arm, on the same patients,
 *
 *   last_out   RMST(full) - RMST(full without it)                first_in   RMST(no mark but it) - RMST(no mark)
 *
 * and of the excess, RMST(both) - RMST(a) - RMST(b) + RMST(none), the same with all four arms. The remainder is RMST(full) - RMST(no mark) less the sum over the rows:
 * contributions need not add up. A task's influences are found once a draw. The error is that of last_out, and last_out is what is answered again
 * at each draw of what is uncertain. */
#include "draws.h"
#include "survey.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"

/* One contrast in the making: a sum of differences of two tasks, so that what is alike cancels exactly. */
typedef struct {
    double value, *scores; /* [patient] */
} contrast_t;

/* An arm of its own, or with its sign one of the four of the excess. */
typedef struct {
    size_t n, arm[4];
    double sign[4];
    char name[300];
} quantity_t;

typedef struct {
    const job_t *job;
    const rlp_attribution_t *a;
    size_t patients, n_tasks, draw;
    double **scores; /* [task][patient] at this draw; NULL: not in any contrast */
    double *rmst;    /* [task] */
    contrast_t out, in; /* of the row at hand */
    quantity_t *quantities;
    size_t n_quantities;
    rlp_contrast_t *rows; /* where the next answer goes */
    double *first_in;     /* [row] as written */
} work_t;

static int find_scores(work_t *w, size_t task, times_t *times) {
    if (w->scores[task]) return RLP_OK;
    int rc = survey_times(w->job, rlp_study_drawn(w->job->study, w->draw, task), times);
    if (!rc) rc = RLP_NEW(w->scores[task], w->patients);
    rlp_survival_t survival = times_of(times, ENDPOINT_OF[w->a->endpoint]);
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

static void end_row(work_t *w) {
    *w->rows++ = rlp_contrast_judge(w->out.value, w->out.scores, w->patients);
    if (!w->draw) *w->first_in++ = w->in.value;
}

static void answer_mark(work_t *w, const rlp_mark_t *mark, const quantity_t *q) {
    begin_both(w);
    add_mark(w, q, mark, 1);
    end_row(w);
}

static void answer_remainder(work_t *w, const quantity_t *q) {
    begin_both(w);
    for (size_t k = 0; k < q->n; k++) {
        add_difference(w, &w->out, q->sign[k], w->a->full[q->arm[k]], w->a->none[q->arm[k]]);
        add_difference(w, &w->in, q->sign[k], w->a->full[q->arm[k]], w->a->none[q->arm[k]]);
    }
    for (size_t m = 0; m < w->a->n_marks; m++)
        if (w->a->marks[m].partner == RLP_NONE) add_mark(w, q, &w->a->marks[m], -1);
    end_row(w);
}

static void forget_scores(work_t *w) {
    for (size_t t = 0; w->scores && t < w->n_tasks; t++) {
        free(w->scores[t]);
        w->scores[t] = NULL;
    }
}

/* Mark after mark, each by all quantities, then the remainder; an answer_t. */
static int answer(const job_t *job, size_t draw, void *context, rlp_contrast_t *rows) {
    work_t *w = context;
    (void)job;
    w->draw = draw;
    w->rows = rows;
    forget_scores(w);
    int rc = find_all_scores(w);
    if (rc) return rc;
    for (size_t m = 0; m < w->a->n_marks; m++)
        for (size_t q = 0; q < w->n_quantities; q++) answer_mark(w, &w->a->marks[m], &w->quantities[q]);
    for (size_t q = 0; q < w->n_quantities; q++) answer_remainder(w, &w->quantities[q]);
    return RLP_OK;
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

/* ---- the file -------------------------------------------------------------------------------------------------------------------------- */
static void write_row(sheet_t *sheet, const char *mechanism, const char *partner, const quantity_t *q, const drawn_t *drawn, size_t row, double first_in) {
    const rlp_contrast_t *out = draws_row(drawn, 0, row);
    sheet_word(sheet, mechanism);
    sheet_word(sheet, partner);
    sheet_word(sheet, q->name);
    sheet_number(sheet, out->value);
    sheet_number(sheet, first_in);
    sheet_number(sheet, out->std_err);
    sheet_number(sheet, out->lower95);
    sheet_number(sheet, out->upper95);
    draws_columns(sheet, drawn, row);
    sheet_end_row(sheet);
}

static void write_rows(const work_t *w, sheet_t *sheet, drawn_t *drawn, const double *first_in) {
    const rlp_tumour_t *tumour = w->job->study->tumour;
    for (size_t row = 0; row < drawn->n_rows; row++) {
        size_t m = row / w->n_quantities;
        const quantity_t *q = &w->quantities[row % w->n_quantities];
        const rlp_mark_t *mark = m < w->a->n_marks ? &w->a->marks[m] : NULL;
        const char *mechanism = mark ? rlp_tumour_row_name(tumour, mark->row) : "remainder";
        const char *partner = mark && mark->partner != RLP_NONE ? rlp_tumour_row_name(tumour, mark->partner) : "";
        draws_name(drawn, row, ENDPOINT_NAMES[ENDPOINT_OF[w->a->endpoint]], "%s%s%s %s", mechanism, *partner ? "+" : "", partner, q->name);
        write_row(sheet, mechanism, partner, q, drawn, row, first_in[row]);
    }
}

/* ---- what is told of it ---------------------------------------------------------------------------------------------------------------- */
#define ROWS_TOLD 6 /* in words */

/* The excess, else the combined arm, else the last one. */
static size_t told_of(const work_t *w) {
    for (size_t k = 0; k < w->n_quantities && w->n_quantities == w->a->n_arms; k++)
        if (w->job->study->synergy.asked && w->a->full[k] == w->job->study->synergy.both) return k;
    return w->n_quantities - 1;
}

static int name_worth(const work_t *w, size_t m, worth_t *worth) {
    const rlp_tumour_t *tumour = w->job->study->tumour;
    const rlp_mark_t *mark = m < w->a->n_marks ? &w->a->marks[m] : NULL;
    rlp_text_t name;
    rlp_text_init(&name);
    words_name(mark ? rlp_tumour_row_name(tumour, mark->row) : "remainder", &name);
    if (mark && mark->partner != RLP_NONE) rlp_text_add(&name, " + "), words_name(rlp_tumour_row_name(tumour, mark->partner), &name);
    int rc = name.error ? name.error : rlp_memory_copy_text(&worth->name, rlp_text_string(&name));
    rlp_text_free(&name);
    return rc;
}

static bool changes_nobody(const worth_t *worth) { return worth->last_out.value == 0 && !(worth->last_out.std_err > 0) && worth->first_in == 0; }

/* The largest first. */
static void put_in_place(attribution_t *told, worth_t worth) {
    size_t at = told->n++;
    for (; at && fabs(told->worths[at - 1].last_out.value) < fabs(worth.last_out.value); at--) told->worths[at] = told->worths[at - 1];
    told->worths[at] = worth;
}

static int tell(const work_t *w, const drawn_t *drawn, const double *first_in, attribution_t *told) {
    size_t q = told_of(w);
    int rc = RLP_NEW(told->worths, w->a->n_marks + 1);
    told->of_excess = w->n_quantities > w->a->n_arms;
    told->task = told->of_excess ? RLP_NONE : w->a->full[q];
    for (size_t m = 0; m <= w->a->n_marks && !rc; m++) {
        size_t row = m * w->n_quantities + q;
        worth_t worth = {.last_out = *draws_row(drawn, 0, row), .first_in = first_in[row]};
        bool idle = m < w->a->n_marks && changes_nobody(&worth);
        told->idle += idle;
        if (!idle) rc = name_worth(w, m, &worth);
        if (m == w->a->n_marks) told->worths[told->n] = worth;
        else if (!idle) put_in_place(told, worth);
    }
    return rc;
}

static void add_words(const work_t *w, const attribution_t *told, rlp_text_t *out) {
    const rlp_study_t *study = w->job->study;
    const rlp_synergy_t *s = &study->synergy;
    const rlp_contrast_t *rest = &told->worths[told->n].last_out;
    rlp_text_format(out, "\nwhich rows of mechanisms carry it? (the same patients, mean %s to %.4g months, of ", ENDPOINT_WORDS[ENDPOINT_OF[w->a->endpoint]], w->a->horizon_days / RLP_DAYS_A_MONTH);
    if (told->of_excess)
        rlp_text_format(out, "%s - %s - %s + %s)\n", rlp_study_arm_name(study, s->both), rlp_study_arm_name(study, s->a), rlp_study_arm_name(study, s->b), rlp_study_arm_name(study, s->none));
    else
        rlp_text_format(out, "%s)\n", rlp_study_arm_name(study, told->task));
    for (size_t k = 0; k < told->n && k < ROWS_TOLD; k++) {
        rlp_text_format(out, "  %s: worth ", told->worths[k].name);
        survey_months(&told->worths[k].last_out, out);
        rlp_text_format(out, " beside all others, %+.2f alone\n", told->worths[k].first_in / RLP_DAYS_A_MONTH);
    }
    if (told->n > ROWS_TOLD) rlp_text_format(out, "  and %zu more, each worth less\n", told->n - ROWS_TOLD);
    if (told->idle) rlp_text_format(out, "  %zu row%s nobody\n", told->idle, told->idle == 1 ? " changes" : "s change");
    if (!(rest->lower95 > 0 || rest->upper95 < 0)) return;
    rlp_text_add(out, "  they do not add up: all together less the sum of the rows is ");
    survey_months(rest, out);
    rlp_text_add(out, "\n");
}

void attribution_free(attribution_t *told) {
    for (size_t k = 0; told->worths && k <= told->n; k++) free(told->worths[k].name);
    free(told->worths);
    *told = (attribution_t){0};
}

static int work_init(work_t *w, const job_t *job) {
    *w = (work_t){.job = job, .a = &job->study->attribution, .patients = (size_t)job->study->patients, .n_tasks = job->study->n_tasks};
    int rc = RLP_NEW(w->scores, w->n_tasks);
    if (!rc) rc = RLP_NEW(w->rmst, w->n_tasks);
    if (!rc) rc = RLP_NEW(w->out.scores, w->patients);
    if (!rc) rc = RLP_NEW(w->in.scores, w->patients);
    if (!rc) rc = RLP_NEW(w->quantities, w->a->n_arms + 1);
    if (!rc) w->n_quantities = list_quantities(w, w->quantities);
    return rc;
}

static void work_free(work_t *w) {
    forget_scores(w);
    free(w->scores);
    free(w->rmst);
    free(w->out.scores);
    free(w->in.scores);
    free(w->quantities);
}

static int write_all(work_t *w, sheet_t *sheet, attribution_t *told) {
    size_t n_rows = (w->a->n_marks + 1) * w->n_quantities;
    double *first_in = NULL;
    drawn_t drawn = {0};
    int rc = RLP_NEW(first_in, n_rows);
    w->first_in = first_in;
    if (!rc) rc = draws_ask(w->job, n_rows, answer, w, &drawn);
    if (!rc) write_rows(w, sheet, &drawn, first_in);
    if (!rc) rc = draws_keep(w->job, "attribution", &drawn);
    if (!rc) rc = tell(w, &drawn, first_in, told);
    draws_free(&drawn);
    free(first_in);
    return rc ? rc : sheet_finish(sheet);
}

int attribution_write(const job_t *job, attribution_t *told, rlp_text_t *words) {
    work_t w;
    sheet_t sheet;
    *told = (attribution_t){0};
    if (!job->study->attribution.asked) return RLP_OK;
    sheet_init(&sheet);
    int rc = work_init(&w, job);
    if (!rc) rc = sheet_open(&sheet, job->report->folder, "attribution.csv", "mechanism,partner,quantity,last_out,first_in,std_err,lower95,upper95" DRAWS_COLUMNS);
    if (!rc) rc = write_all(&w, &sheet, told);
    if (!rc) add_words(&w, told, words);
    work_free(&w);
    sheet_free(&sheet);
    return rc ? rc : words->error;
}
