/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * signals.csv of one patient alone: his environment (replay.c), and his burden by site at points of his path, at most one between two days of the grid. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "parts.h"
#include "relapse/memory.h"

static const char *const KINDS[] = {[RLP_SEEN_SIGNAL] = "signal", [RLP_SEEN_LEVEL] = "level", [RLP_SEEN_OCCUPANCY] = "occupancy"};

const char *seen_name(const rlp_tumour_t *model, const rlp_seen_t *seen) {
    return seen->kind == RLP_SEEN_SIGNAL ? rlp_tumour_signal_name(model, seen->what) : rlp_tumour_drug_name(model, seen->what);
}
const char *seen_site(const rlp_tumour_t *model, const rlp_seen_t *seen) { return seen->site == RLP_NONE ? "" : rlp_tumour_site_name(model, seen->site); }

/* ---- burden by site ------------------------------------------------------------------------------------------------------ */
static int sum_sites(const rlp_tumour_t *model, size_t n_types, const rlp_point_t *point, burdens_t *b) {
    int rc = RLP_GROW(b->t_days, b->day_room, b->n + 1);
    if (!rc) rc = RLP_GROW(b->cells, b->cell_room, (b->n + 1) * b->n_sites * 2);
    if (rc) return rc;
    double *cells = b->cells + b->n * b->n_sites * 2;
    for (size_t s = 0; s < 2 * b->n_sites; s++) cells[s] = 0;
    for (size_t i = 0; i < n_types; i++) {
        size_t at = 2 * rlp_tumour_type_site(model, i);
        cells[at] += (double)point->cells[i];
        cells[at + 1] += (double)point->cells[i] + (point->dead ? point->dead[i] : 0);
    }
    b->t_days[b->n++] = point->t_days;
    return RLP_OK;
}

/* The last point after each day of the grid up to the next, and the first of all; of two at one instant, before and after what was done then, both. A path
 * may have been computed a little past his end. */
int burdens_make(const job_t *job, const replay_t *r, const rlp_point_t *points, size_t n_points, burdens_t *b) {
    const rlp_tumour_t *model = job->study->tumour;
    size_t day = 0;
    int rc = RLP_OK;
    *b = (burdens_t){.n_sites = rlp_tumour_sites(model)};
    while (n_points && points[n_points - 1].t_days > r->end_days) n_points--;
    for (size_t k = 0; k < n_points && !rc; k++) {
        while (day < r->n_days && r->t_days[day] < points[k].t_days) day++;
        bool last = k + 1 == n_points || points[k + 1].t_days > r->t_days[day];
        if (!k || last || points[k + 1].t_days == points[k].t_days) rc = sum_sites(model, job->process.n_types, &points[k], b);
    }
    return rc;
}

void burdens_free(burdens_t *b) {
    free(b->t_days);
    free(b->cells);
    *b = (burdens_t){0};
}

/* ---- the file ------------------------------------------------------------------------------------------------------------ */
/* To six digits: it is for looking at, and a year of days has many rows. */
static void write_value(sheet_t *sheet, double value) {
    char digits[32];
    snprintf(digits, sizeof digits, "%.6g", value);
    sheet_number(sheet, strtod(digits, NULL));
}

static void write_row(sheet_t *sheet, const char *arm_cell, uint64_t patient, double t_days, const char *kind, const char *name, const char *site, double value) {
    sheet_raw(sheet, arm_cell);
    sheet_whole(sheet, (int64_t)patient);
    sheet_number(sheet, t_days);
    sheet_raw(sheet, kind);
    sheet_word(sheet, name);
    sheet_word(sheet, site);
    write_value(sheet, value);
    sheet_end_row(sheet);
}

static void write_arm(sheet_t *sheet, const job_t *job, size_t arm, uint64_t patient, const replay_t *r, const burdens_t *b) {
    static const char *const MEASURES[] = {"viable", "size"};
    const rlp_tumour_t *model = job->study->tumour;
    const char *cell = rlp_text_string(&job->arm_cells[arm]);
    for (size_t k = 0; k < r->n_days; k++)
        for (size_t i = 0; i < r->n_series; i++)
            write_row(sheet, cell, patient, r->t_days[k], KINDS[r->series[i].kind], seen_name(model, &r->series[i]), seen_site(model, &r->series[i]),
                      r->values[k * r->n_series + i]);
    for (size_t k = 0; k < b->n; k++)
        for (size_t c = 0; c < 2 * b->n_sites; c++)
            write_row(sheet, cell, patient, b->t_days[k], "cells", MEASURES[c % 2], rlp_tumour_site_name(model, c / 2), b->cells[k * 2 * b->n_sites + c]);
}

int signals_write(const job_t *job, uint64_t patient, const album_t *album) {
    sheet_t sheet;
    sheet_init(&sheet);
    int rc = sheet_open(&sheet, job->report->folder, "signals.csv", "arm,patient,time_days,kind,name,site,value");
    for (size_t a = 0; a < job->study->n_arms && !rc; a++) write_arm(&sheet, job, a, patient, &album->replays[a], &album->burdens[a]);
    if (!rc) rc = sheet_finish(&sheet);
    sheet_free(&sheet);
    return rc;
}

/* ---- all arms of the patient --------------------------------------------------------------------------------------------- */
/* Of the points, in order of arm, those of one. */
static size_t points_of(const rlp_point_t *points, size_t n_points, size_t arm, size_t *first) {
    size_t n = 0;
    for (*first = 0; *first < n_points && points[*first].arm != arm;) ++*first;
    while (*first + n < n_points && points[*first + n].arm == arm) n++;
    return n;
}

int album_make(const job_t *job, uint64_t patient, const rlp_outcome_t *outcomes, const rlp_told_t *told, const rlp_point_t *points, size_t n_points, album_t *album) {
    const rlp_study_t *study = job->study;
    *album = (album_t){.n_arms = study->n_arms};
    int rc = RLP_NEW(album->replays, study->n_arms);
    if (!rc) rc = RLP_NEW(album->burdens, study->n_arms);
    if (!rc) rc = RLP_NEW(album->values, study->parameters.n);
    bool lived = false;
    for (size_t a = 0; a < study->n_arms; a++) lived = lived || !outcomes[a].failed;
    if (!rc && lived) rc = rlp_variability_draw(&study->variability, &study->parameters, NULL, study->seed, patient, album->values);
    for (size_t a = 0; a < study->n_arms && !rc; a++) {
        size_t first, n = points_of(points, n_points, a, &first);
        if (outcomes[a].failed) continue;
        rc = replay_make(study, a, patient, album->values, outcomes[a].end_days, &told[a], &album->replays[a]);
        if (!rc) rc = burdens_make(job, &album->replays[a], points + first, n, &album->burdens[a]);
    }
    return rc;
}

void album_free(album_t *album) {
    for (size_t a = 0; a < album->n_arms; a++) {
        if (album->replays) replay_free(&album->replays[a]);
        if (album->burdens) burdens_free(&album->burdens[a]);
    }
    free(album->replays);
    free(album->burdens);
    free(album->values);
    *album = (album_t){0};
}
