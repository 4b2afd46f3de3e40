/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows at one instant: each arrow's value at every site, in an order in which all that it reads is already known.
 *
 *   x = source less its rest (or origin);  v = law(x) x product(rows aimed at it) + sum(rows aimed at it);
 *   above_rest: v less the same at rest;  as: factor on an additive law 1 + v, as: add on a factor v - 1.
 * A target collects base x product(factors) + sum(summands). Where the source is a level, v is the mean over the nodes of a stretch of
 * time. */
#include <math.h>

#include "compile.h"

static double raised(double x, double power) { return power == 1 ? x : power == 0.5 ? sqrt(x) : pow(x, power); }

double tumour_row_law(const rlp_environment_t *e, const tumour_row_t *row, double x) {
    const double *v = e->values;
    double strength = value_or(v, row->strength, 0), z;
    switch (row->law) {
    case LAW_LINEAR: return strength * x;
    case LAW_FACTOR: return 1 + strength * x;
    case LAW_INVERSE: return 1 + strength * x > 0 ? 1 / (1 + strength * x) : INFINITY;
    case LAW_POWER: return raised(fmax(x, 0), v[row->power]);
    case LAW_EXP: return fmax(v[row->floor], exp(strength * x));
    case LAW_HILL: z = raised(fmax(x, 0) / v[row->where], v[row->power]); return isinf(z) ? strength : strength * z / (1 + z);
    case LAW_THRESHOLD: return x >= v[row->where] ? strength : 0;
    case LAW_WINDOW:
        if (row->window != NO_PARAMETER) return x > 0 ? strength : 0;
        return x >= v[row->where] && x < v[row->high] ? strength : 0;
    }
    return 0;
}

double tumour_row_scope(const rlp_environment_t *e, size_t arrow, size_t set) {
    const tumour_row_t *row = &e->model->rows[e->model->arrows[arrow].row];
    const tumour_type_t *type = &e->model->types[set]; /* of the first site */
    double strength = 1;
    if (row->scope == SCOPE_ALL) return 1;
    if (row->scope == SCOPE_ONLY) return type->traits & row->traits ? 1 : 0;
    for (size_t t = 0; t < e->model->n_traits; t++)
        if (set_has(type->traits & row->traits, t)) strength *= e->values[row->trait_factor[t]];
    return strength;
}

/* ---- what an arrow reads ------------------------------------------------------------------------------------------------------ */
double tumour_row_x(const rlp_environment_t *e, const tumour_row_t *row, size_t signal, size_t site, const double *y) {
    size_t copy = e->copy_of[signal * e->n_sites + site];
    double departure = copy == RLP_NONE ? 0 : y[copy];
    return row->origin == NO_PARAMETER ? departure : e->values[e->model->signals[signal].rest] + departure - e->values[row->origin];
}

/* Hill of a level that is plasma level x times; the plasma levels to the power of the drug's effect are at hand. */
static double mean_hill(const rlp_environment_t *e, const tumour_row_t *row, size_t drug, double times, const tumour_levels_t *set,
                        size_t k0, size_t k1) {
    const double *powered = &(e->values[row->power] == 1 ? set->level : set->powered)[drug * set->capacity];
    double scale = raised(times / e->values[row->where], e->values[row->power]), sum = 0, weight = 0;
    for (size_t k = k0; k < k1; k++) {
        double z = powered[k] * scale;
        sum += set->weight[k] * (z / (1 + z));
        weight += set->weight[k];
    }
    return e->values[row->strength] * sum / weight;
}

static bool powers_at_hand(const rlp_environment_t *e, const tumour_row_t *row, size_t drug) {
    if (row->law != LAW_HILL || row->origin != NO_PARAMETER) return false;
    return e->values[row->power] == 1 ||
           (e->model->drugs[drug].changes != EFFECT_NONE && e->values[row->power] == e->values[e->model->drugs[drug].power]);
}

/* Mean of the law over the nodes: the level at a site is plasma level x rows aimed at `drug.level`. */
static double mean_over_levels(const rlp_environment_t *e, const tumour_row_t *row, tumour_source_t source, size_t site,
                               const tumour_levels_t *set, size_t k0, size_t k1) {
    size_t at = source.index * e->n_sites + site;
    const double *c = &set->level[source.index * set->capacity];
    const tumour_drug_t *drug = &e->model->drugs[source.index];
    double times = e->level_times[at], plus = e->level_plus[at], origin = value_or(e->values, row->origin, 0), half = 0, sum = 0,
           weight = 0;
    if (tumour_row_steps(row) && tumour_levels_share(e, row, source, site, set, k0, k1, &sum)) return e->values[row->strength] * sum;
    if (source.kind == SOURCE_OCCUPANCY) {
        if (drug->changes == EFFECT_NONE) return tumour_row_law(e, row, -origin);
        half = e->values[drug->half] * e->half_times[at] + e->half_plus[at];
    } else if (plus == 0 && times > 0 && powers_at_hand(e, row, source.index)) {
        return mean_hill(e, row, source.index, times, set, k0, k1);
    }
    for (size_t k = k0; k < k1; k++) {
        double x = fmax(0, c[k] * times + plus);
        if (source.kind == SOURCE_OCCUPANCY) {
            double z = pow(x / half, e->values[drug->power]);
            x = z / (1 + z);
        }
        sum += set->weight[k] * tumour_row_law(e, row, x - origin);
        weight += set->weight[k];
    }
    return k1 - k0 == 1 ? sum / set->weight[k0] : sum / weight;
}

static double law_value(const rlp_environment_t *e, size_t arrow, size_t site, double t, const double *y, const tumour_levels_t *set,
                        size_t k0, size_t k1) {
    tumour_source_t source = e->model->arrows[arrow].source;
    const tumour_row_t *row = &e->model->rows[e->model->arrows[arrow].row];
    switch (source.kind) {
    case SOURCE_SIGNAL:
        if (tumour_row_steps(row)) return e->band[arrow * e->n_sites + site] == TUMOUR_WITHIN ? e->values[row->strength] : 0;
        return tumour_row_law(e, row, tumour_row_x(e, row, source.index, site, y));
    case SOURCE_LEVEL:
    case SOURCE_OCCUPANCY: return mean_over_levels(e, row, source, site, set, k0, k1);
    case SOURCE_DAYS_ON: {
        double when = tumour_row_steps(row) ? e->inside : t, days = e->days_running[source.index] ? when - e->days_from[source.index] : 0;
        return tumour_row_law(e, row, days - value_or(e->values, row->origin, 0));
    }
    case SOURCE_STOP:
    case SOURCE_INTERVENTION: return tumour_row_law(e, row, (e->window_open[arrow] ? 1 : 0) - value_or(e->values, row->origin, 0));
    }
    return 0;
}

/* ---- what a target collects ----------------------------------------------------------------------------------------------------- */
static void collect(double *times, double *plus, size_t at, bool multiplies, double value) {
    if (multiplies)
        times[at] *= value;
    else
        plus[at] += value;
}

/* A signal with one copy a patient takes the mean over the sites where the source lives. */
static void collect_mean(rlp_environment_t *e, size_t arrow, double *times, double *plus, size_t signal, bool multiplies) {
    double sum = 0;
    size_t n = 0;
    for (size_t s = 0; s < e->n_sites; s++) {
        if (!set_has(e->mean_over[arrow], s)) continue;
        sum += e->arrow_value[arrow * e->n_sites + s];
        n++;
    }
    if (n) collect(times, plus, signal * e->n_sites, multiplies, sum / (double)n);
}

static void deliver(rlp_environment_t *e, size_t arrow, size_t s) {
    const tumour_arrow_t *a = &e->model->arrows[arrow];
    const tumour_row_t *row = &e->model->rows[a->row];
    size_t at = a->target.index * e->n_sites + s;
    double value = e->arrow_value[arrow * e->n_sites + s];
    switch (a->target.kind) {
    case TARGET_ROW: collect(e->row_times, e->row_plus, at, row->multiplies, value); break;
    case TARGET_LEVEL:
        if (row->scope == SCOPE_ALL) collect(e->level_times, e->level_plus, at, row->multiplies, value);
        break;
    case TARGET_HALF:
        if (row->scope == SCOPE_ALL) collect(e->half_times, e->half_plus, at, row->multiplies, value);
        break;
    case TARGET_RESISTANCE: collect(e->resistance_times, e->resistance_plus, at, row->multiplies, value); break;
    case TARGET_SIGNAL: collect(e->push_times, e->push_plus, at, row->multiplies, value); break;
    case TARGET_SPEED: collect(e->speed_times, e->speed_plus, at, row->multiplies, value); break;
    default: break; /* rates.c reads arrow_value: there the cell's traits matter too */
    }
}

static void fill(double *table, size_t n, double value) {
    for (size_t i = 0; i < n; i++) table[i] = value;
}

static void clear(rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    size_t s = e->n_sites;
    fill(e->row_times, m->n_rows * s, 1);
    fill(e->row_plus, m->n_rows * s, 0);
    fill(e->level_times, m->n_drugs * s, 1);
    fill(e->level_plus, m->n_drugs * s, 0);
    fill(e->half_times, m->n_drugs * s, 1);
    fill(e->half_plus, m->n_drugs * s, 0);
    if (e->resistance_moves) {
        fill(e->resistance_times, m->n_traits * s, 1);
        fill(e->resistance_plus, m->n_traits * s, 0);
    }
    fill(e->push_times, m->n_signals * s, 1);
    fill(e->push_plus, m->n_signals * s, 0);
    fill(e->speed_times, m->n_signals * s, 1);
    fill(e->speed_plus, m->n_signals * s, 0);
}

void tumour_rows_evaluate(rlp_environment_t *e, const size_t *order, size_t n, double t, const double *y, const tumour_levels_t *set,
                          size_t k0, size_t k1) {
    clear(e);
    for (size_t i = 0; i < n; i++) {
        const tumour_arrow_t *a = &e->model->arrows[order[i]];
        const tumour_row_t *row = &e->model->rows[a->row];
        if (!e->arrow_on[order[i]]) continue;
        bool mean = (a->target.kind == TARGET_SIGNAL || a->target.kind == TARGET_SPEED) && e->model->signals[a->target.index].per_patient;
        for (size_t s = 0; s < e->n_sites; s++) {
            double *value = &e->arrow_value[order[i] * e->n_sites + s];
            *value = row->multiplies ? 1 : 0;
            if (!set_has(row->sites, s)) continue;
            double v =
                law_value(e, order[i], s, t, y, set, k0, k1) * e->row_times[a->row * e->n_sites + s] + e->row_plus[a->row * e->n_sites + s];
            if (row->above_rest) v = (row->is_factor ? 1 : 0) + (v - e->rest_value[order[i] * e->n_sites + s]);
            if (row->multiplies != row->is_factor) v += row->multiplies ? 1 : -1;
            *value = v;
            if (!mean) deliver(e, order[i], s);
        }
        if (mean && a->target.kind == TARGET_SIGNAL)
            collect_mean(e, order[i], e->push_times, e->push_plus, a->target.index, row->multiplies);
        if (mean && a->target.kind == TARGET_SPEED)
            collect_mean(e, order[i], e->speed_times, e->speed_plus, a->target.index, row->multiplies);
    }
}
