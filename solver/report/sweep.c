/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sweep.csv: which values are best, and which of the others could be?
 *
 * Each cell's restricted mean to one horizon, on the same patients; the best is the largest at the numbers as written (the first of equals). Medians are no judges here:
 * they snap to scans. Behind the best lies
 *
 *     d_i = RMST(i) - RMST(best),   d_i +- c se_i,   se_i^2 = sum over patients of (influence on i - influence on the best)^2
 *
 * with c from all pairs of cells (rlp_simultaneous_pairs): the best was picked from the same data, and intervals around a best that is taken as given would forget that.
 * So in 95 of 100 studies all intervals hold at once, and the cells with 0 inside (`tied`) hold the truly best one. The price is wider intervals than those of cells
 * against one that was named beforehand: c = 2.95 in place of 2.6 or so for seven cells. */
#include "sweep.h"

#include <math.h>
#include <stdlib.h>

#include "draws.h"
#include "relapse/memory.h"
#include "survey.h"

static const double WORK = 4e9; /* multiplications that resampling may take: some seconds */
static const uint64_t RESAMPLES_LEAST = 1000, RESAMPLES_MOST = 10000;

typedef struct {
    const job_t *job;
    const rlp_sweep_t *asked;
    sweep_t *found;
    size_t patients, n_distinct;
    size_t *distinct; /* [n] which of the scores are the cell's: cells may share a task */
    double **scores;  /* [n_distinct][patients] as written */
    times_t times;
} work_t;

static rlp_survival_t times_at(work_t *w, size_t draw, size_t cell, int *rc) {
    *rc = survey_times(w->job, rlp_study_drawn(w->job->study, draw, w->asked->cells[cell]), &w->times);
    return times_of(&w->times, w->found->endpoint);
}

/* ---- means ---------------------------------------------------------------------------------------------------------------------------- */
static int find_mean(work_t *w, size_t cell) {
    rlp_km_t km;
    double rmst;
    int rc;
    rlp_survival_t times = times_at(w, 0, cell, &rc);
    if (!rc) rc = rlp_km_init(&km, &times);
    if (rc) return rc;
    w->found->cells[cell].rmst = rlp_km_rmst(&km, w->asked->horizon_days);
    rlp_km_free(&km);
    rc = RLP_NEW(w->scores[w->n_distinct], w->patients);
    w->distinct[cell] = w->n_distinct++;
    return rc ? rc : rlp_rmst_scores(&times, w->asked->horizon_days, w->patients, &rmst, w->scores[w->distinct[cell]]);
}

static int find_means(work_t *w) {
    int rc = RLP_OK;
    for (size_t c = 0; c < w->found->n && !rc; c++) {
        size_t same = 0;
        while (w->asked->cells[same] != w->asked->cells[c]) same++;
        w->distinct[c] = w->distinct[same];
        w->found->cells[c].rmst = w->found->cells[same].rmst;
        if (same == c) rc = find_mean(w, c);
    }
    return rc;
}

static size_t find_best(const sweep_t *found) {
    size_t best = RLP_NONE;
    for (size_t c = 0; c < found->n; c++)
        if (!isnan(found->cells[c].rmst.value) && (best == RLP_NONE || found->cells[c].rmst.value > found->cells[best].rmst.value)) best = c;
    return best;
}

/* ---- against the best ------------------------------------------------------------------------------------------------------------------ */
static uint64_t count_resamples(const work_t *w) {
    double n = (double)w->n_distinct, cost = n * ((double)w->patients + n / 2), may = floor(WORK / cost);
    return may < (double)RESAMPLES_LEAST ? RESAMPLES_LEAST : may > (double)RESAMPLES_MOST ? RESAMPLES_MOST : (uint64_t)may;
}

static rlp_contrast_t against(double difference, const double *scores, const double *of_best, size_t patients, double *room) {
    for (size_t i = 0; i < patients; i++) room[i] = scores[i] - of_best[i];
    return rlp_contrast_judge(difference, room, patients);
}

static int judge_cells(work_t *w) {
    sweep_t *found = w->found;
    const cell_t *best = &found->cells[found->best];
    double c, *room;
    int rc = RLP_NEW(room, w->patients);
    if (!rc) rc = rlp_simultaneous_pairs(w->n_distinct, (const double *const *)w->scores, w->patients, 0.95, w->job->study->seed, count_resamples(w), &c);
    for (size_t k = 0; k < found->n && !rc; k++) {
        cell_t *cell = &found->cells[k];
        rlp_contrast_t d = against(cell->rmst.value - best->rmst.value, w->scores[w->distinct[k]], w->scores[w->distinct[found->best]], w->patients, room);
        cell->difference = d.value;
        cell->lower95 = d.value - c * d.std_err;
        cell->upper95 = d.value + c * d.std_err;
        cell->tied = cell->lower95 <= 0 && cell->upper95 >= 0;
    }
    free(room);
    return rc;
}

static int find_crossings(work_t *w) {
    rlp_km_t best, km;
    int rc;
    rlp_survival_t times = times_at(w, 0, w->found->best, &rc);
    if (!rc) rc = rlp_km_init(&best, &times);
    if (rc) return rc;
    for (size_t c = 0; c < w->found->n && !rc; c++) {
        w->found->cells[c].crossing_days = NAN;
        if (w->distinct[c] == w->distinct[w->found->best]) continue;
        times = times_at(w, 0, c, &rc);
        if (!rc) rc = rlp_km_init(&km, &times);
        if (rc) break;
        w->found->cells[c].crossing_days = rlp_km_crossing(&km, &best, w->asked->horizon_days);
        rlp_km_free(&km);
    }
    rlp_km_free(&best);
    return rc;
}

/* The differences from the cell that is the best as written, at a draw of what is uncertain. */
static int answer(const job_t *job, size_t draw, void *context, rlp_contrast_t *rows) {
    work_t *w = context;
    double of_best, rmst, *best, *scores;
    for (size_t c = 0; c < w->found->n; c++) rows[c] = (rlp_contrast_t){NAN, NAN, NAN, NAN};
    if (w->found->best == RLP_NONE) return RLP_OK;
    int rc = RLP_NEW(best, 2 * w->patients), read = RLP_OK;
    if (rc) return rc;
    scores = best + w->patients;
    rlp_survival_t times = times_at(w, draw, w->found->best, &rc);
    if (!rc) rc = rlp_rmst_scores(&times, w->asked->horizon_days, w->patients, &of_best, best);
    for (size_t c = 0; c < w->found->n && !rc; c++) {
        times = times_at(w, draw, c, &read);
        rc = read ? read : rlp_rmst_scores(&times, w->asked->horizon_days, w->patients, &rmst, scores);
        if (!rc) rows[c] = against(rmst - of_best, scores, best, w->patients, scores);
    }
    (void)job;
    free(best);
    return rc;
}

/* ---- the file ---------------------------------------------------------------------------------------------------------------------------- */
static int open_sheet(const work_t *w, sheet_t *sheet) {
    rlp_text_t header;
    rlp_text_init(&header);
    for (size_t p = 0; p < w->asked->n_paths; p++) {
        rlp_text_csv(&header, w->asked->paths[p].path);
        rlp_text_add(&header, ",");
    }
    rlp_text_add(&header, "rmst_days,std_err,difference_from_best_days,lower95,upper95,tied,crossing_days,arm,endpoint,horizon_days,best" DRAWS_COLUMNS);
    int rc = header.error ? header.error : sheet_open(sheet, w->job->report->folder, "sweep.csv", rlp_text_string(&header));
    rlp_text_free(&header);
    return rc;
}

static void write_cell(const work_t *w, sheet_t *sheet, size_t c, const drawn_t *drawn) {
    const cell_t *cell = &w->found->cells[c];
    bool judged = !isnan(cell->difference);
    for (size_t p = 0; p < w->asked->n_paths; p++) sheet_number(sheet, w->asked->paths[p].values[rlp_sweep_at(w->asked, c, p)]);
    sheet_number(sheet, cell->rmst.value);
    sheet_number(sheet, cell->rmst.std_err);
    sheet_number(sheet, cell->difference);
    sheet_number(sheet, cell->lower95);
    sheet_number(sheet, cell->upper95);
    sheet_number(sheet, judged ? cell->tied : NAN);
    sheet_number(sheet, cell->crossing_days);
    sheet_raw(sheet, rlp_text_string(&w->job->arm_cells[w->asked->arm]));
    sheet_raw(sheet, ENDPOINT_NAMES[w->found->endpoint]);
    sheet_number(sheet, w->asked->horizon_days);
    sheet_whole(sheet, c == w->found->best);
    draws_columns(sheet, drawn, c);
    sheet_end_row(sheet);
}

static int keep_answers(const work_t *w, drawn_t *drawn) {
    int rc = RLP_OK;
    for (size_t c = 0; c < w->found->n && !rc; c++) {
        rlp_text_t name;
        rlp_text_init(&name);
        rlp_sweep_words(w->job->study, c, &name);
        draws_name(drawn, c, ENDPOINT_NAMES[w->found->endpoint], "%s", rlp_text_string(&name));
        rc = name.error;
        rlp_text_free(&name);
    }
    return rc ? rc : draws_keep(w->job, "sweep", drawn);
}

static int write_sheet(work_t *w) {
    drawn_t drawn = {0};
    sheet_t sheet;
    sheet_init(&sheet);
    int rc = draws_ask(w->job, w->found->n, answer, w, &drawn);
    if (!rc) rc = keep_answers(w, &drawn);
    if (!rc) rc = open_sheet(w, &sheet);
    for (size_t c = 0; c < w->found->n && !rc; c++) write_cell(w, &sheet, c, &drawn);
    if (!rc) rc = sheet_finish(&sheet);
    sheet_free(&sheet);
    draws_free(&drawn);
    return rc;
}

static int work_init(work_t *w, const job_t *job, sweep_t *found) {
    *w = (work_t){.job = job, .asked = &job->study->sweep, .found = found, .patients = (size_t)job->study->patients};
    *found = (sweep_t){.n = w->asked->n_cells, .endpoint = ENDPOINT_OF[w->asked->endpoint], .best = RLP_NONE};
    int rc = RLP_NEW(found->cells, found->n);
    if (!rc) rc = RLP_NEW(w->distinct, found->n);
    return rc ? rc : RLP_NEW(w->scores, found->n);
}

/* All patients failed. */
static void leave_unjudged(sweep_t *found) {
    for (size_t c = 0; c < found->n; c++) {
        cell_t *cell = &found->cells[c];
        cell->difference = cell->lower95 = cell->upper95 = cell->crossing_days = NAN;
    }
}

/* ---- what it says -------------------------------------------------------------------------------------------------------------------------- */
#define LINE_COLUMNS 84 /* the rest is for "and 999 more" */

typedef struct {
    double days; /* a unit of times in words */
    const char *name;
} unit_t;

static unit_t unit_of(double horizon_days) { return horizon_days > 180 ? (unit_t){RLP_DAYS_A_MONTH, "months"} : (unit_t){1, "days"}; }

void sweep_values(const rlp_study_t *study, size_t cell, rlp_text_t *out) {
    const rlp_sweep_t *sweep = &study->sweep;
    const char *between = "";
    for (size_t p = 0; p < sweep->n_paths; p++) {
        const char *unit = rlp_dimension_unit(study->parameters.rows[sweep->paths[p].parameter].dimension);
        if (sweep->paths[p].n == 1 && sweep->n_paths > 1) continue;
        rlp_text_format(out, "%s%.6g%s%s", between, sweep->paths[p].values[rlp_sweep_at(sweep, cell, p)], *unit ? " " : "", unit);
        between = " x ";
    }
}

/* The cells that are so, in order, behind `head`, as many as fit the line; nothing where there are none. `day`: with the day of the crossing. */
static void add_list(const rlp_study_t *study, const sweep_t *found, const char *head, bool (*is_so)(const sweep_t *, size_t), bool day, rlp_text_t *out) {
    unit_t unit = unit_of(study->sweep.horizon_days);
    size_t n = 0, column = words_columns(head) + 16, left_out = 0;
    for (size_t c = 0; c < found->n; c++) {
        rlp_text_t item;
        if (!is_so(found, c)) continue;
        rlp_text_init(&item);
        rlp_text_add(&item, n ? "; " : head);
        sweep_values(study, c, &item);
        if (day) rlp_text_format(&item, " (%.3g)", found->cells[c].crossing_days / unit.days);
        column += n ? words_columns(rlp_text_string(&item)) : 0;
        if (n && (left_out || column > LINE_COLUMNS))
            left_out++;
        else
            rlp_text_add(out, rlp_text_string(&item));
        n++;
        if (item.error) out->error = item.error;
        rlp_text_free(&item);
    }
    if (left_out) rlp_text_format(out, "; and %zu more", left_out);
    if (n) rlp_text_add(out, "\n");
}

static bool is_tied(const sweep_t *found, size_t cell) { return cell != found->best && found->cells[cell].tied; }
static bool crosses(const sweep_t *found, size_t cell) { return !isnan(found->cells[cell].crossing_days); }

static void add_worst(const rlp_study_t *study, const sweep_t *found, rlp_text_t *out) {
    unit_t unit = unit_of(study->sweep.horizon_days);
    size_t worst = found->best;
    for (size_t c = 0; c < found->n; c++)
        if (found->cells[c].difference < found->cells[worst].difference) worst = c;
    const cell_t *cell = &found->cells[worst];
    if (worst == found->best) {
        rlp_text_add(out, found->n > 1 ? "  all cells have the same mean\n" : "");
        return;
    }
    rlp_text_add(out, "  furthest behind: ");
    sweep_values(study, worst, out);
    rlp_text_format(out, ", by %.2f", -cell->difference / unit.days);
    if (!isnan(cell->lower95)) rlp_text_format(out, " (%.2f to %.2f)", -cell->upper95 / unit.days, -cell->lower95 / unit.days);
    rlp_text_format(out, " %s\n", unit.name);
}

static void add_words(const job_t *job, const sweep_t *found, rlp_text_t *out) {
    const rlp_study_t *study = job->study;
    unit_t unit = unit_of(study->sweep.horizon_days);
    size_t tied = 0;
    if (!found->n || found->best == RLP_NONE) return;
    for (size_t c = 0; c < found->n; c++) tied += is_tied(found, c);
    rlp_text_format(out, "\nsweep of %s, %zu cells (the same patients in each, mean %s to %.4g %s; 95 %%, all pairs at once)\n  best: ", rlp_study_arm_name(study, study->sweep.arm),
                    found->n, ENDPOINT_WORDS[found->endpoint], study->sweep.horizon_days / unit.days, unit.name);
    rlp_sweep_words(study, found->best, out);
    rlp_text_format(out, ", with %.2f %s\n", found->cells[found->best].rmst.value / unit.days, unit.name);
    if (found->n > 1 && !tied) rlp_text_add(out, "  no other cell is tied with it\n");
    add_list(study, found, "  tied with it: ", is_tied, false, out);
    add_worst(study, found, out);
    rlp_text_t head;
    rlp_text_init(&head);
    rlp_text_format(&head, "  curves cross the best's, so the horizon matters (last crossing, %s): ", unit.name);
    add_list(study, found, rlp_text_string(&head), crosses, true, out);
    if (head.error) out->error = head.error;
    rlp_text_free(&head);
}

/* ---- the whole ---------------------------------------------------------------------------------------------------------------------------- */
int sweep_write(const job_t *job, sweep_t *found, rlp_text_t *words) {
    work_t w;
    *found = (sweep_t){0};
    if (!job->study->sweep.asked) return RLP_OK;
    int rc = work_init(&w, job, found);
    if (!rc) rc = find_means(&w);
    if (!rc) found->best = find_best(found);
    if (!rc && found->best == RLP_NONE) leave_unjudged(found);
    if (!rc && found->best != RLP_NONE) rc = judge_cells(&w);
    if (!rc && found->best != RLP_NONE) rc = find_crossings(&w);
    if (!rc) rc = write_sheet(&w);
    for (size_t k = 0; w.scores && k < w.n_distinct; k++) free(w.scores[k]);
    free(w.scores);
    free(w.distinct);
    times_free(&w.times);
    if (!rc) add_words(job, found, words);
    return rc ? rc : words->error;
}

void sweep_free(sweep_t *found) {
    free(found->cells);
    *found = (sweep_t){0};
}
