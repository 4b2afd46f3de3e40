/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows at one instant: each arrow's value at every site, in an order in which all that it reads is already known.
 *
 *   x = source less its rest (or origin);  v = law(x) x product(rows aimed at it) + sum(rows aimed at it);
 *   scale: v scale, of a factor 1 + (v - 1) scale;
 *   above_rest: v less the same at rest;  as: factor on an additive law 1 + v, as: add on a factor v - 1.
 * A target collects base x product(factors) + sum(summands). Where the source is a level, v is the mean over the nodes of a stretch of
 * time.
 *
 * What is evaluated thousands of times a patient is a *program*: a flat list of terms, one an arrow and site, with the places that they read
 * and write looked up once an arm, and their numbers once a patient. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "compile.h"
#include "relapse/memory.h"

double tumour_row_law(const tumour_numbers_t *v, double x) {
    double z;
    switch (v->law) {
    case LAW_LINEAR: return v->strength * x;
    case LAW_FACTOR: return 1 + v->strength * x;
    case LAW_INVERSE: return 1 + v->strength * x > 0 ? 1 / (1 + v->strength * x) : INFINITY;
    case LAW_POWER: return tumour_raised(x > 0 ? x : 0, v->power);
    case LAW_EXP: z = exp(v->strength * x); return z > v->floor ? z : v->floor;
    case LAW_HILL: z = tumour_raised((x > 0 ? x : 0) / v->where, v->power); return isinf(z) ? v->strength : v->strength * z / (1 + z);
    case LAW_THRESHOLD: return x >= v->where ? v->strength : 0;
    case LAW_WINDOW: return x >= v->where && x < v->high ? v->strength : 0;
    case LAW_IMPULSE: break; /* no term: dynamics.c */
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
    double scale = tumour_raised(times / e->values[row->where], e->values[row->power]), sum = 0, weight = 0;
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
           (tumour_has_occupancy(&e->model->drugs[drug]) && e->values[row->power] == e->values[e->model->drugs[drug].power]);
}

/* Mean of the law over the nodes: the level at a site is plasma level x rows aimed at `drug.level`. */
static double mean_over_levels(const rlp_environment_t *e, const tumour_term_t *term, const tumour_levels_t *set, size_t k0, size_t k1) {
    const tumour_row_t *row = term->row;
    tumour_source_t source = term->source;
    size_t site = term->site, at = source.index * e->n_sites + site;
    const double *c = &set->level[source.index * set->capacity];
    const tumour_drug_t *drug = &e->model->drugs[source.index];
    double times = e->level_times[at], plus = e->level_plus[at], origin = value_or(e->values, row->origin, 0), half = 0, sum = 0,
           weight = 0;
    if (tumour_row_steps(row) && tumour_levels_share(e, row, source, site, set, k0, k1, &sum)) return e->values[row->strength] * sum;
    if (source.kind == SOURCE_OCCUPANCY) {
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
        sum += set->weight[k] * tumour_row_law(term->numbers, x - origin);
        weight += set->weight[k];
    }
    return k1 - k0 == 1 ? sum / set->weight[k0] : sum / weight;
}

static double departure(const tumour_term_t *term, const double *y) { return term->copy == RLP_NONE ? 0 : y[term->copy]; }

static double law_value(const rlp_environment_t *e, const tumour_term_t *term, double t, const double *y, const tumour_levels_t *set, size_t k0,
                        size_t k1) {
    size_t of = term->source.index;
    switch (term->source.kind) {
    case SOURCE_SIGNAL:
        if (term->steps) return e->band[term->at] == TUMOUR_WITHIN ? term->numbers->strength : 0;
        return tumour_row_law(term->numbers, term->rest + departure(term, y) - term->origin);
    case SOURCE_LEVEL:
    case SOURCE_OCCUPANCY: return mean_over_levels(e, term, set, k0, k1);
    case SOURCE_DAYS_ON: {
        double when = term->steps ? e->inside : t, days = e->days_running[of] ? when - e->days_from[of] : 0;
        return tumour_row_law(term->numbers, days - term->origin);
    }
    case SOURCE_STOP:
    case SOURCE_INTERVENTION: return tumour_row_law(term->numbers, (e->window_open[term->arrow] ? 1 : 0) - term->origin);
    case SOURCE_ALWAYS: return tumour_row_law(term->numbers, 1 - term->origin);
    }
    return 0;
}

/* Does the arrow read the same at this site as at the site of the term before? Sites often are alike. */
static bool reads_the_same(const rlp_environment_t *e, const tumour_term_t *term, const double *y) {
    if (!term->again) return false;
    const tumour_term_t *before = term - 1;
    size_t a = term->source.index * e->n_sites + term->site, b = before->source.index * e->n_sites + before->site;
    switch (term->source.kind) {
    case SOURCE_SIGNAL: return !term->steps && departure(term, y) == departure(before, y);
    case SOURCE_LEVEL:
    case SOURCE_OCCUPANCY:
        return e->level_times[a] == e->level_times[b] && e->level_plus[a] == e->level_plus[b] && e->half_times[a] == e->half_times[b] &&
               e->half_plus[a] == e->half_plus[b];
    default: return true;
    }
}

/* A signal with one copy a patient takes the mean over the sites where the source lives. */
static void collect(const rlp_environment_t *e, const tumour_term_t *term, double value) {
    if (term->mean_over) {
        double sum = 0;
        size_t n = 0;
        for (size_t s = 0; s < e->n_sites; s++)
            if (set_has(term->mean_over, s)) sum += e->arrow_value[term->arrow * e->n_sites + s], n++;
        value = sum / (double)n;
    }
    if (term->row->multiplies)
        *term->into *= value;
    else
        *term->into += value;
}

void tumour_rows_evaluate(rlp_environment_t *e, const tumour_program_t *program, double t, const double *y, const tumour_levels_t *set, size_t k0,
                          size_t k1) {
    double law = 0;
    for (size_t i = 0; i < program->n_ones; i++) *program->ones[i] = 1;
    for (size_t i = 0; i < program->n_zeros; i++) *program->zeros[i] = 0;
    for (size_t i = 0; i < program->n_terms; i++) {
        const tumour_term_t *term = &program->terms[i];
        const tumour_row_t *row = term->row;
        if (!reads_the_same(e, term, y)) law = law_value(e, term, t, y, set, k0, k1);
        double v = law * *term->times + *term->plus, nothing = row->is_factor ? 1 : 0, scale = term->numbers->scale;
        if (scale != 1) v = nothing + (v - nothing) * scale;
        if (row->above_rest) v = nothing + (v - e->rest_value[term->at]);
        if (row->multiplies != row->is_factor) v += row->multiplies ? 1 : -1;
        e->arrow_value[term->at] = v;
        if (term->into) collect(e, term, v);
    }
}

/* ---- programs ------------------------------------------------------------------------------------------------------------------ */
/* Where a target collects factors (`multiplies`) or summands. NULL: rates.c reads arrow_value, there the cell's traits matter too. */
static double *collected_at(const rlp_environment_t *e, const tumour_arrow_t *a, bool multiplies, size_t s) {
    bool for_all = e->model->rows[a->row].scope == SCOPE_ALL;
    size_t at = a->target.index * e->n_sites + s;
    switch (a->target.kind) {
    case TARGET_ROW: return &(multiplies ? e->row_times : e->row_plus)[at];
    case TARGET_LEVEL: return for_all ? &(multiplies ? e->level_times : e->level_plus)[at] : NULL;
    case TARGET_HALF: return for_all ? &(multiplies ? e->half_times : e->half_plus)[at] : NULL;
    case TARGET_RESISTANCE: return &(multiplies ? e->resistance_times : e->resistance_plus)[at];
    case TARGET_SIGNAL: return &(multiplies ? e->push_times : e->push_plus)[at];
    case TARGET_SPEED: return &(multiplies ? e->speed_times : e->speed_plus)[at];
    default: return NULL;
    }
}

static void add_reset(double **list, size_t *n, double *slot) {
    for (size_t i = 0; i < *n; i++)
        if (list[i] == slot) return;
    list[(*n)++] = slot;
}

static void add_term(const rlp_environment_t *e, size_t arrow, size_t s, bool first, tumour_program_t *program) {
    const tumour_arrow_t *a = &e->model->arrows[arrow];
    const tumour_row_t *row = &e->model->rows[a->row];
    size_t at = a->row * e->n_sites + s, copy = RLP_NONE;
    bool to_signal = a->target.kind == TARGET_SIGNAL || a->target.kind == TARGET_SPEED;
    bool mean = to_signal && e->model->signals[a->target.index].per_patient, last = true;
    for (size_t k = s + 1; k < e->n_sites; k++) last = last && !set_has(row->sites, k);
    if (a->source.kind == SOURCE_SIGNAL) copy = e->copy_of[a->source.index * e->n_sites + s];
    tumour_term_t term = {.row = row, .numbers = &e->numbers[a->row], .source = a->source, .arrow = arrow, .site = s, .copy = copy, .again = !first};
    term.at = arrow * e->n_sites + s;
    term.steps = tumour_row_steps(row);
    term.times = &e->row_times[at];
    term.plus = &e->row_plus[at];
    if (!mean) term.into = collected_at(e, a, row->multiplies, s);
    if (mean && last && e->mean_over[arrow]) term.mean_over = e->mean_over[arrow], term.into = collected_at(e, a, row->multiplies, 0);
    if (term.into && row->multiplies) add_reset(program->ones, &program->n_ones, term.into);
    if (term.into && !row->multiplies) add_reset(program->zeros, &program->n_zeros, term.into);
    program->terms[program->n_terms++] = term;
}

int tumour_program_build(const rlp_environment_t *e, const size_t *arrows, size_t n, tumour_program_t *program) {
    const rlp_tumour_t *m = e->model;
    int rc = RLP_NEW(program->terms, n * e->n_sites);
    if (!rc) rc = RLP_NEW(program->ones, n * e->n_sites);
    if (!rc) rc = RLP_NEW(program->zeros, n * e->n_sites);
    for (size_t i = 0; i < n && !rc; i++) {
        bool first = true;
        if (!e->arrow_on[arrows[i]] || m->arrows[arrows[i]].target.kind == TARGET_JUMP) continue;
        for (size_t s = 0; s < e->n_sites; s++) {
            if (!set_has(m->rows[m->arrows[arrows[i]].row].sites, s)) continue;
            add_term(e, arrows[i], s, first, program);
            first = false;
        }
    }
    return rc;
}

void tumour_program_free(tumour_program_t *program) {
    free(program->terms);
    free(program->ones);
    free(program->zeros);
}

static void fill_numbers(const rlp_environment_t *e, const tumour_row_t *row, tumour_numbers_t *out) {
    const double *v = e->values;
    *out = (tumour_numbers_t){row->law,
                              value_or(v, row->strength, 0),
                              value_or(v, row->where, 0),
                              value_or(v, row->high, 0),
                              value_or(v, row->power, 1),
                              value_or(v, row->floor, 0),
                              value_or(v, row->scale, 1)};
    if (row->law == LAW_WINDOW && row->window != NO_PARAMETER) out->where = DBL_TRUE_MIN, out->high = INFINITY; /* x > 0: the window is open */
}

void tumour_rows_begin(rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    tumour_program_t *const programs[] = {&e->all, &e->of_signals, &e->of_rates};
    for (size_t r = 0; r < m->n_rows; r++) fill_numbers(e, &m->rows[r], &e->numbers[r]);
    e->rule_power = tumour_rule_power(e);
    for (size_t p = 0; p < COUNT(programs); p++) {
        for (size_t i = 0; i < programs[p]->n_terms; i++) {
            tumour_term_t *term = &programs[p]->terms[i];
            bool shifted = term->row->origin != NO_PARAMETER;
            term->origin = shifted ? e->values[term->row->origin] : 0;
            term->rest = shifted && term->source.kind == SOURCE_SIGNAL ? e->values[m->signals[term->source.index].rest] : 0;
        }
    }
}
