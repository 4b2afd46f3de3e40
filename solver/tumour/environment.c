/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An environment: room for one arm, and the beginning of a patient. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "relapse/memory.h"

static int room_for_patient(rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    int rc = RLP_NEW(e->pk, e->n_drugs);
    if (!rc) rc = RLP_NEW(e->base, e->row_size);
    if (!rc) rc = RLP_NEW(e->scope, m->n_arrows * e->n_sets);
    if (!rc) rc = RLP_NEW(e->rest_value, m->n_arrows * e->n_sites);
    if (!rc) rc = RLP_NEW(e->days_running, e->n_drugs);
    if (!rc) rc = RLP_NEW(e->days_from, e->n_drugs);
    if (!rc) rc = RLP_NEW(e->window_open, m->n_arrows);
    return rc;
}

static int room_for_signals(rlp_environment_t *e) {
    int rc = RLP_NEW(e->y, e->n_copies);
    if (!rc) rc = RLP_NEW(e->slope, e->n_copies);
    if (!rc) rc = RLP_NEW(e->y_next, e->n_copies);
    if (!rc) rc = RLP_NEW(e->slope_next, e->n_copies);
    if (!rc) rc = RLP_NEW(e->work, 8 * e->n_copies);
    if (!rc) rc = RLP_NEW(e->y_within, e->n_copies);
    if (!rc) rc = RLP_NEW(e->tau, e->n_copies);
    return rc;
}

static int room_for_values(rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    const struct {
        double **table;
        size_t n;
    } tables[] = {{&e->arrow_value, m->n_arrows}, {&e->row_times, m->n_rows},          {&e->row_plus, m->n_rows},
                  {&e->level_times, m->n_drugs},  {&e->level_plus, m->n_drugs},        {&e->half_times, m->n_drugs},
                  {&e->half_plus, m->n_drugs},    {&e->resistance_times, m->n_traits}, {&e->resistance_plus, m->n_traits},
                  {&e->push_times, m->n_signals}, {&e->push_plus, m->n_signals},       {&e->speed_times, m->n_signals},
                  {&e->speed_plus, m->n_signals}};
    int rc = RLP_OK;
    for (size_t i = 0; i < COUNT(tables) && !rc; i++) rc = RLP_NEW(*tables[i].table, tables[i].n * e->n_sites);
    if (!rc) rc = RLP_NEW(e->times, e->row_size);
    if (!rc) rc = RLP_NEW(e->plus, e->row_size);
    if (!rc) rc = RLP_NEW(e->growth_times, m->n_types);
    return rc;
}

static void fill(double *table, size_t n, double value) {
    for (size_t i = 0; i < n; i++) table[i] = value;
}

/* What nothing is aimed at stays as it is here. */
static void fill_values(rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    size_t s = e->n_sites;
    fill(e->row_times, m->n_rows * s, 1);
    fill(e->level_times, m->n_drugs * s, 1);
    fill(e->half_times, m->n_drugs * s, 1);
    fill(e->resistance_times, m->n_traits * s, 1);
    fill(e->push_times, m->n_signals * s, 1);
    fill(e->speed_times, m->n_signals * s, 1);
    for (size_t a = 0; a < m->n_arrows; a++)
        if (e->arrow_on[a]) fill(&e->arrow_value[a * s], s, m->rows[m->arrows[a].row].multiplies ? 1 : 0);
}

static int build_programs(rlp_environment_t *e) {
    int rc = RLP_NEW(e->numbers, e->model->n_rows);
    if (!rc) rc = tumour_program_build(e, e->order, e->model->n_arrows, &e->all);
    if (!rc) rc = tumour_program_build(e, e->pushing, e->n_pushing, &e->of_signals);
    return rc ? rc : tumour_program_build(e, e->for_rates, e->n_for_rates, &e->of_rates);
}

static int room_for_segments(rlp_environment_t *e) {
    size_t n = e->model->n_types;
    double **rows[] = {&e->segment_sum, &e->segment_row, &e->row_a, &e->row_b, &e->row_c, &e->row_d};
    double **of_types[] = {&e->funnel_low, &e->funnel_high, &e->integral, &e->survive};
    int rc = RLP_OK;
    for (size_t i = 0; i < COUNT(rows) && !rc; i++) rc = RLP_NEW(*rows[i], e->row_size);
    for (size_t i = 0; i < COUNT(of_types) && !rc; i++) rc = RLP_NEW(*of_types[i], n);
    return rc;
}

int rlp_environment_new(const rlp_tumour_t *model, size_t arm, double error, double follow_up_days, rlp_environment_t **out) {
    return tumour_environment_without(model, arm, RLP_NONE, error, follow_up_days, out);
}

int tumour_environment_without(const rlp_tumour_t *model, size_t arm, size_t row, double error, double follow_up_days,
                               rlp_environment_t **out) {
    rlp_environment_t *e;
    *out = NULL;
    int rc = RLP_NEW(e, 1);
    if (rc) return rc;
    e->model = model;
    e->arm = arm;
    e->order = model->arms[arm].order;
    e->n_sites = model->n_sites;
    e->n_sets = model->n_genotypes * model->n_plastics;
    e->n_drugs = model->n_drugs;
    e->row_size = 2 * model->n_types + model->n_channels;
    e->unit_tolerance = 0.06 * error;
    e->tolerance = 0.04 * error;
    e->follow_up = follow_up_days;
    rc = RLP_NEW(e->row_on, model->n_rows);
    for (size_t r = 0; r < model->n_rows && !rc; r++) e->row_on[r] = r != row && model->arms[arm].row_on[r];
    if (!rc) rc = tumour_plan(e);
    if (!rc) rc = tumour_hills_plan(e);
    if (!rc) rc = tumour_missed_plan(e);
    if (!rc) rc = room_for_patient(e);
    if (!rc) rc = room_for_signals(e);
    if (!rc) rc = room_for_values(e);
    if (!rc) rc = build_programs(e);
    if (!rc) rc = room_for_segments(e);
    if (rc) {
        rlp_environment_free(e);
        return rc;
    }
    fill_values(e);
    *out = e;
    return RLP_OK;
}

void rlp_environment_free(rlp_environment_t *e) {
    if (!e) return;
    void *const blocks[] = {e->row_on,
                            e->pk,
                            e->courses,
                            e->missed,
                            e->missing,
                            e->breaks,
                            e->planned,
                            e->base,
                            e->scope,
                            e->rest_value,
                            e->days_running,
                            e->days_from,
                            e->window_open,
                            e->y,
                            e->slope,
                            e->y_next,
                            e->slope_next,
                            e->work,
                            e->y_within,
                            e->tau,
                            e->arrow_value,
                            e->row_times,
                            e->row_plus,
                            e->level_times,
                            e->level_plus,
                            e->half_times,
                            e->half_plus,
                            e->resistance_times,
                            e->resistance_plus,
                            e->push_times,
                            e->push_plus,
                            e->speed_times,
                            e->speed_plus,
                            e->times,
                            e->plus,
                            e->growth_times,
                            e->segment_sum,
                            e->segment_row,
                            e->row_a,
                            e->row_b,
                            e->row_c,
                            e->row_d,
                            e->funnel_low,
                            e->funnel_high,
                            e->integral,
                            e->survive,
                            e->pattern,
                            e->numbers};
    tumour_program_t *const programs[] = {&e->all, &e->of_signals, &e->of_rates};
    tumour_levels_t *const sets[] = {&e->whole, &e->profile, &e->one};
    for (size_t i = 0; i < COUNT(blocks); i++) free(blocks[i]);
    for (size_t i = 0; i < COUNT(sets); i++) tumour_levels_free(sets[i]);
    for (size_t i = 0; i < COUNT(programs); i++) tumour_program_free(programs[i]);
    tumour_coupling_free(&e->coupling);
    tumour_hills_free(e);
    tumour_plan_free(e);
    free(e);
}

/* ---- a patient begins --------------------------------------------------------------------------------------------------------------- */
/* Every row with all sources at rest: what `above_rest` takes off. Nothing runs before day 0. */
static int find_rest(rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    memset(e->rest_value, 0, m->n_arrows * e->n_sites * sizeof *e->rest_value);
    for (size_t d = 0; d < e->n_drugs; d++) e->days_running[d] = false;
    for (size_t a = 0; a < m->n_arrows; a++) e->window_open[a] = false;
    int rc = tumour_levels_instant(e, -1, &e->one);
    if (rc) return rc;
    for (size_t i = 0; i < m->n_arrows; i++) { /* in order: a row above rest may be aimed at by another */
        size_t a = e->order[i];
        const tumour_row_t *row = &m->rows[m->arrows[a].row];
        if (!e->arrow_on[a] || !row->above_rest) continue;
        tumour_rows_evaluate(e, &e->all, 0, e->y, &e->one, 0, 1);
        for (size_t s = 0; s < e->n_sites; s++) {
            if (!set_has(row->sites, s)) continue;
            double turned = row->multiplies == row->is_factor ? 0 : row->multiplies ? 1 : -1;
            e->rest_value[a * e->n_sites + s] = e->arrow_value[a * e->n_sites + s] - turned - (row->is_factor ? 1 : 0);
        }
    }
    return RLP_OK;
}

int rlp_environment_begin(rlp_environment_t *e, const double *values, rlp_process_t *process) {
    RLP_INVARIANT(process->n_types == e->model->n_types && process->n_channels == e->model->n_channels && process->n_segments == 0);
    e->values = values;
    tumour_blame((rlp_place_t){0});
    e->now = e->since = e->grid = e->closed_to = e->segment_start = 0;
    e->pattern_period = e->even_period = -1;
    e->hold = INFINITY;
    e->last_event = -INFINITY;
    e->longest = INFINITY;
    e->untried = 0;
    e->segment_open = e->survive_pending = e->finished = e->profile_known = e->recording = e->held = false;
    e->last_rates = RLP_NONE;
    e->failed = RLP_OK;
    e->units = e->evaluations = 0;
    tumour_rows_begin(e);
    int rc = tumour_schedule(e);
    memset(e->y, 0, e->n_copies * sizeof *e->y);
    tumour_bands_find(e, e->y);
    if (!rc) rc = find_rest(e);
    if (!rc) rc = tumour_rates_begin(e);
    if (rc) return rc;
    tumour_signals_begin(e);
    tumour_schedule_open(e, 0);
    return RLP_OK;
}

int tumour_environment_at_rest(const rlp_tumour_t *model, size_t arm, const double *values, double error, rlp_environment_t **out) {
    rlp_process_t process;
    *out = NULL;
    int rc = rlp_tumour_process(model, values, &process);
    if (!rc) rc = rlp_environment_new(model, arm, error, 1, out);
    if (!rc) rc = rlp_environment_begin(*out, values, &process);
    if (!rc) rc = tumour_levels_instant(*out, -1, &(*out)->one);
    rlp_process_free(&process);
    if (rc) return rc;
    rlp_environment_t *e = *out;
    memset(e->y, 0, e->n_copies * sizeof *e->y);
    for (size_t d = 0; d < e->n_drugs; d++) e->days_running[d] = false;
    for (size_t a = 0; a < model->n_arrows; a++) e->window_open[a] = false;
    tumour_rows_evaluate(e, &e->all, 0, e->y, &e->one, 0, 1);
    return RLP_OK;
}

const rlp_planned_t *rlp_environment_planned(const rlp_environment_t *e, size_t *n) {
    *n = e->n_planned;
    return e->planned;
}
