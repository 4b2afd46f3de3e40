/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where `threshold` and `window` laws switch: instants at which x passes `at`, `low` or `high` are found, not stepped over.
 *
 *   signals  within a unit every such row stays in its band (below, within, above), so that all that is integrated there is smooth; the
 *            unit ends where Hermite's cubic first leaves the band, and the next begins in the next band (event location as in Shampine &
 *            Thompson 2000). A band is left by more than a tolerance only, and the same row not twice within TUMOUR_UNIT_LEAST: a row
 *            that pushes its own source back over the threshold slides along it in such steps.
 *   levels   between two doses a level is slow exp(-ke s) - fast exp(-ka s), with one extremum at most: each node stands for a cell of
 *            time, and the share of the cell in which the row is on is exact. Where every node is evaluated apart (e->expand), panels are
 *            cut at the crossings as well, so that what multiplies the row is averaged over the right times. */
#include <math.h>
#include <string.h>

#include "compile.h"
#include "relapse/memory.h"

#define TOGETHER 1e-7 /* days: crossings closer than this are one */
#define TOLERANCE 1e-10
#define FINE 0.125 /* of tau: there Hermite's cubic is good to 1e-6 of the signal */

bool tumour_row_steps(const tumour_row_t *row) {
    return row->law == LAW_THRESHOLD || (row->law == LAW_WINDOW && row->window == NO_PARAMETER);
}

int tumour_crossings_plan(rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    int rc = RLP_NEW(e->steps, m->n_arrows);
    if (!rc) rc = RLP_NEW(e->level_steps, m->n_arrows);
    for (size_t a = 0; a < m->n_arrows && !rc; a++) {
        tumour_source_t source = m->arrows[a].source;
        if (!e->arrow_used[a] || !tumour_row_steps(&m->rows[m->arrows[a].row])) continue;
        bool level = source.kind == SOURCE_LEVEL || source.kind == SOURCE_OCCUPANCY;
        if (source.kind == SOURCE_SIGNAL) e->steps[e->n_steps++] = a;
        if (level && e->drug_given[source.index]) e->level_steps[e->n_level_steps++] = a;
    }
    if (!rc) rc = RLP_NEW(e->band, m->n_arrows * e->n_sites);
    if (!rc) rc = RLP_NEW(e->crossed, m->n_arrows * e->n_sites);
    if (!rc) rc = RLP_NEW(e->cuts, 2 * e->n_level_steps * e->n_sites);
    return rc;
}

/* Where f, of different signs at a and b and monotone between them, is 0 (regula falsi, Illinois). */
static double root(double (*f)(const void *, double), const void *of, double a, double b) {
    double fa = f(of, a), fb = f(of, b);
    for (int i = 0; i < 100 && fabs(b - a) > 1e-14 * (fabs(a) + fabs(b)) && fb != 0; i++) {
        double c = b - fb * (b - a) / (fb - fa), fc = f(of, c);
        if ((fc > 0) != (fb > 0))
            a = b, fa = fb;
        else
            fa /= 2;
        b = c, fb = fc;
    }
    return b;
}

/* ---- signals ---------------------------------------------------------------------------------------------------------------------- */
static double upper(const rlp_environment_t *e, const tumour_row_t *row) { return value_or(e->values, row->high, INFINITY); }

static unsigned char band_of(double x, double low, double high) { return x < low ? TUMOUR_BELOW : x < high ? TUMOUR_WITHIN : TUMOUR_ABOVE; }

void tumour_bands_find(rlp_environment_t *e, const double *y) {
    const rlp_tumour_t *m = e->model;
    for (size_t i = 0; i < e->n_steps; i++) {
        size_t a = e->steps[i];
        const tumour_row_t *row = &m->rows[m->arrows[a].row];
        for (size_t s = 0; s < e->n_sites; s++) {
            double x = tumour_row_x(e, row, m->arrows[a].source.index, s, y);
            e->band[a * e->n_sites + s] = band_of(x, e->values[row->where], upper(e, row));
            e->crossed[a * e->n_sites + s] = -INFINITY;
        }
    }
}

typedef struct {
    double a, b, slope, value, target; /* a u^3 + b u^2 + slope u + value - target */
} cubic_t;

static double cubic(const void *of, double u) {
    const cubic_t *c = of;
    return ((c->a * u + c->b) * u + c->slope) * u + (c->value - c->target);
}

/* Points between which the cubic is monotone: 0 or more inner ones, then 1. */
static size_t turns(const cubic_t *c, double *out) {
    size_t n = 0;
    double square = c->b * c->b - 3 * c->a * c->slope, q, u[2];
    if (square > 0) {
        q = -(c->b + copysign(sqrt(square), c->b));
        u[0] = q / (3 * c->a);
        u[1] = c->slope / q;
        if (u[0] > u[1]) q = u[0], u[0] = u[1], u[1] = q;
        for (size_t i = 0; i < 2; i++)
            if (u[i] > 0 && u[i] < 1) out[n++] = u[i];
    }
    out[n++] = 1;
    return n;
}

/* The first u at which the cubic leaves (low, high) by more than `tolerance`; INFINITY: it does not. `sure`: nor could one near it. */
static double leaves(double from, double slope_from, double to, double slope_to, double low, double high, double tolerance, bool *sure) {
    double first = from + slope_from / 3, last = to - slope_to / 3, turn[3], before = 0;
    *sure = fmax(fmax(from, to), fmax(first, last)) <= high && fmin(fmin(from, to), fmin(first, last)) >= low;
    if (*sure) return INFINITY;
    cubic_t c = {2 * (from - to) + slope_from + slope_to, 3 * (to - from) - 2 * slope_from - slope_to, slope_from, from, 0};
    if (from > high + tolerance || from < low - tolerance) return 0;
    for (size_t i = 0, n = turns(&c, turn); i < n; i++) {
        c.target = 0;
        double x = cubic(&c, turn[i]);
        if (x > high + tolerance || x < low - tolerance) {
            c.target = x > high ? high + tolerance / 2 : low - tolerance / 2;
            if ((cubic(&c, before) > 0) == (cubic(&c, turn[i]) > 0)) return before; /* it began there already */
            return root(cubic, &c, before, turn[i]);
        }
        before = turn[i];
    }
    return INFINITY;
}

static double tolerance_of(double bound, double x, double x_next) {
    return TOLERANCE * fmax(isinf(bound) ? 0 : fabs(bound), fmax(fabs(x), fabs(x_next))) + 1e-3 * TOLERANCE;
}

/* When within (t, t + h) a row leaves its band at a site: a time after t; h: not at all. */
static double left_by(const rlp_environment_t *e, size_t a, size_t s, double t, double h, bool *crosses) {
    const rlp_tumour_t *m = e->model;
    const tumour_row_t *row = &m->rows[m->arrows[a].row];
    size_t signal = m->arrows[a].source.index, copy = e->copy_of[signal * e->n_sites + s], at = a * e->n_sites + s;
    bool sure;
    *crosses = false;
    if (copy == RLP_NONE || !set_has(row->sites, s)) return h;
    double x = tumour_row_x(e, row, signal, s, e->y), x_next = tumour_row_x(e, row, signal, s, e->y_next), floor = e->values[row->where];
    double low = e->band[at] == TUMOUR_BELOW ? -INFINITY : e->band[at] == TUMOUR_WITHIN ? floor : upper(e, row);
    double high = e->band[at] == TUMOUR_BELOW ? floor : e->band[at] == TUMOUR_WITHIN ? upper(e, row) : INFINITY;
    double tolerance = fmax(tolerance_of(low, x, x_next), tolerance_of(high, x, x_next));
    double u = leaves(x, h * e->slope[copy], x_next, h * e->slope_next[copy], low, high, tolerance, &sure);
    if (!sure && h > FINE * e->values[m->signals[signal].tau]) return h / 2; /* closer, before it is believed */
    if (isinf(u)) return h;
    double after = fmax(fmax(u * h, TOGETHER), e->crossed[at] + TUMOUR_UNIT_LEAST - t);
    *crosses = after < h;
    return fmin(after, h);
}

double tumour_bands_left(const rlp_environment_t *e, double t, double h, bool *crosses) {
    double first = h;
    *crosses = false;
    for (size_t i = 0; i < e->n_steps; i++) {
        for (size_t s = 0; s < e->n_sites; s++) {
            bool here;
            double after = left_by(e, e->steps[i], s, t, h, &here);
            if (after < first) first = after, *crosses = here;
        }
    }
    return first;
}

/* After the unit that ended at t. */
bool tumour_bands_pass(rlp_environment_t *e, double t) {
    const rlp_tumour_t *m = e->model;
    bool any = false;
    for (size_t i = 0; i < e->n_steps; i++) {
        size_t a = e->steps[i];
        const tumour_row_t *row = &m->rows[m->arrows[a].row];
        double low = e->values[row->where], high = upper(e, row);
        for (size_t s = 0; s < e->n_sites; s++) {
            size_t at = a * e->n_sites + s;
            double x = tumour_row_x(e, row, m->arrows[a].source.index, s, e->y), slack = 0;
            if (!e->resting) slack = tolerance_of(e->band[at] == TUMOUR_ABOVE || x >= high ? high : low, x, x) / 4;
            unsigned char up = band_of(x - slack, low, high), down = band_of(x + slack, low, high);
            unsigned char now = up > e->band[at] ? up : down < e->band[at] ? down : e->band[at];
            if (now == e->band[at]) continue;
            e->band[at] = now;
            e->crossed[at] = t;
            any = any || set_has(row->sites, s);
        }
    }
    return any;
}

/* ---- levels ------------------------------------------------------------------------------------------------------------------------ */
typedef struct {
    double slow, fast, ke, ka, length, target; /* slow exp(-ke s) - fast exp(-ka s) - target */
} stretch_t;

static double stretch_level(const void *of, double s) {
    const stretch_t *c = of;
    return c->slow * exp(-c->ke * s) - (c->fast != 0 ? c->fast * exp(-c->ka * s) : 0) - c->target;
}

/* Its ends and, if it lies within, the one extremum. */
static size_t stretch_ends(const stretch_t *c, double *end) {
    size_t n = 0;
    end[n++] = 0;
    double ratio = c->fast != 0 && c->slow != 0 ? c->ka * c->fast / (c->ke * c->slow) : 0,
           top = ratio > 0 ? log(ratio) / (c->ka - c->ke) : 0;
    if (top > 0 && top < c->length) end[n++] = top;
    end[n++] = c->length;
    return n;
}

/* How much of the stretch the level is at `target` or above. */
static double time_above(stretch_t c, double target) {
    double end[3], sum = 0;
    if (isinf(target)) return target < 0 ? c.length : 0;
    c.target = target;
    size_t n = stretch_ends(&c, end);
    for (size_t i = 0; i + 1 < n; i++) {
        bool first = stretch_level(&c, end[i]) >= 0, second = stretch_level(&c, end[i + 1]) >= 0;
        double crossing = first == second ? end[i + 1] : root(stretch_level, &c, end[i], end[i + 1]);
        if (first || second) sum += first ? crossing - end[i] : end[i + 1] - crossing;
    }
    return sum;
}

/* The plasma level from which the source of the row is at x (after `origin`): -INFINITY always, INFINITY never. NAN: rows have turned the
 * level round. */
static double plasma_at(const rlp_environment_t *e, const tumour_row_t *row, tumour_source_t source, size_t site, double x) {
    size_t at = source.index * e->n_sites + site;
    double need = x + value_or(e->values, row->origin, 0), times = e->level_times[at], plus = e->level_plus[at];
    if (need <= 0) return -INFINITY;
    if (source.kind == SOURCE_OCCUPANCY) {
        const tumour_drug_t *drug = &e->model->drugs[source.index];
        if (!tumour_has_occupancy(drug) || need >= 1) return INFINITY;
        double half = e->values[drug->half] * e->half_times[at] + e->half_plus[at];
        need = half * pow(need / (1 - need), 1 / e->values[drug->power]);
    }
    if (need <= plus) return times < 0 ? NAN : -INFINITY;
    return times > 0 ? (need - plus) / times : times < 0 ? NAN : INFINITY;
}

bool tumour_levels_share(const rlp_environment_t *e, const tumour_row_t *row, tumour_source_t source, size_t site,
                         const tumour_levels_t *set, size_t k0, size_t k1, double *share) {
    double low = plasma_at(e, row, source, site, e->values[row->where]), high = INFINITY, sum = 0, weight = 0;
    if (row->high != NO_PARAMETER) high = plasma_at(e, row, source, site, e->values[row->high]);
    if (!e->n_level_steps || set->none || !(set->length[k0] > 0) || isnan(low) || isnan(high)) return false;
    for (size_t k = k0; k < k1; k++) {
        size_t at = source.index * set->capacity + k;
        stretch_t c = {set->slow[at], set->fast[at], e->pk[source.index].ke, e->pk[source.index].ka, set->length[k], 0};
        sum += set->weight[k] * fmax(0, time_above(c, low) - time_above(c, high)) / c.length;
        weight += set->weight[k];
    }
    *share = sum / weight;
    return true;
}

static void add_cut(rlp_environment_t *e, size_t drug, double level) {
    if (!isfinite(level) || level <= 0) return;
    for (size_t i = 0; i < e->n_cuts; i++)
        if (e->cuts[i].drug == drug && e->cuts[i].level == level) return;
    e->cuts[e->n_cuts++] = (tumour_cut_t){drug, level};
}

int tumour_cuts_find(rlp_environment_t *e, double t) {
    const rlp_tumour_t *m = e->model;
    e->n_cuts = 0;
    if (!e->expand || !e->n_level_steps) return RLP_OK;
    int rc = tumour_levels_instant(e, t, &e->one);
    if (rc) return rc;
    tumour_rows_evaluate(e, &e->all, t, e->y, &e->one, 0, 1);
    for (size_t i = 0; i < e->n_level_steps; i++) {
        const tumour_arrow_t *arrow = &m->arrows[e->level_steps[i]];
        const tumour_row_t *row = &m->rows[arrow->row];
        for (size_t s = 0; s < e->n_sites; s++) {
            if (!set_has(row->sites, s)) continue;
            add_cut(e, arrow->source.index, plasma_at(e, row, arrow->source, s, e->values[row->where]));
            if (row->high != NO_PARAMETER) add_cut(e, arrow->source.index, plasma_at(e, row, arrow->source, s, e->values[row->high]));
        }
    }
    return RLP_OK;
}

size_t tumour_cuts_within(const rlp_environment_t *e, double start, double length, double *out) {
    size_t n = 0;
    for (size_t i = 0; i < e->n_cuts; i++) {
        const tumour_pk_t *pk = &e->pk[e->cuts[i].drug];
        stretch_t c = {0, 0, pk->ke, pk->ka, length, e->cuts[i].level};
        double end[3];
        tumour_levels_parts(e, e->cuts[i].drug, start, start + 0.5 * length, &c.slow, &c.fast);
        size_t n_ends = stretch_ends(&c, end);
        for (size_t k = 0; k + 1 < n_ends; k++)
            if ((stretch_level(&c, end[k]) >= 0) != (stretch_level(&c, end[k + 1]) >= 0))
                out[n++] = start + root(stretch_level, &c, end[k], end[k + 1]);
    }
    return n;
}
