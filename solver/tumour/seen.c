/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What there is on a day, for people to read: signals at that instant; levels and occupancies as means over the day that ends then,
 *
 *   level     = mean of max(0, plasma level x product(rows aimed at it) + sum(rows aimed at it))
 *   occupancy = mean of level^power / (half^power + level^power)
 *
 * with the rows as they are at that instant. The timeline is left alone: levels are computed into a set of their own. */
#include <math.h>

#include "compile.h"

static void list(rlp_seen_t *out, size_t *n, rlp_seen_kind_t kind, size_t what, size_t site) {
    if (out) out[*n] = (rlp_seen_t){kind, what, site};
    ++*n;
}

static void list_signals(const rlp_environment_t *e, rlp_seen_t *out, size_t *n) {
    const rlp_tumour_t *m = e->model;
    for (size_t j = 0; j < m->n_signals; j++) {
        bool once = m->signals[j].per_patient;
        for (size_t s = 0; s < (once ? 1 : e->n_sites); s++)
            if (e->copy_of[j * e->n_sites + s] != RLP_NONE) list(out, n, RLP_SEEN_SIGNAL, j, once ? RLP_NONE : s);
    }
}

size_t rlp_environment_seen(const rlp_environment_t *e, rlp_seen_t *out) {
    static const rlp_seen_kind_t OF_DRUGS[] = {RLP_SEEN_LEVEL, RLP_SEEN_OCCUPANCY};
    size_t n = 0;
    list_signals(e, out, &n);
    for (size_t k = 0; k < COUNT(OF_DRUGS); k++)
        for (size_t d = 0; d < e->n_drugs; d++) {
            if (!e->drug_given[d] || (OF_DRUGS[k] == RLP_SEEN_OCCUPANCY && !tumour_has_occupancy(&e->model->drugs[d]))) continue;
            for (size_t s = 0; s < e->n_sites; s++) list(out, &n, OF_DRUGS[k], d, s);
        }
    return n;
}

static double signal_at(const rlp_environment_t *e, const rlp_seen_t *what) {
    size_t site = what->site == RLP_NONE ? 0 : what->site;
    return e->values[e->model->signals[what->what].rest] + e->y[e->copy_of[what->what * e->n_sites + site]];
}

static double mean_at(const rlp_environment_t *e, const rlp_seen_t *what, const tumour_levels_t *set) {
    const tumour_drug_t *drug = &e->model->drugs[what->what];
    size_t at = what->what * e->n_sites + what->site;
    double sum = 0, weight = 0;
    for (size_t k = 0; k < set->n; k++) {
        double x = fmax(0, set->level[what->what * set->capacity + k] * e->level_times[at] + e->level_plus[at]);
        if (what->kind == RLP_SEEN_OCCUPANCY) {
            double z = pow(x / (e->values[drug->half] * e->half_times[at] + e->half_plus[at]), e->values[drug->power]);
            x = isinf(z) ? 1 : z / (1 + z);
        }
        sum += set->weight[k] * x;
        weight += set->weight[k];
    }
    return sum / weight;
}

int rlp_environment_see(rlp_environment_t *e, double *values) {
    tumour_levels_t day = {0};
    size_t n = rlp_environment_seen(e, NULL);
    rlp_seen_t seen[n ? n : 1];
    (void)rlp_environment_seen(e, seen);
    int rc = tumour_levels_build(e, e->now - 1, e->now, &day);
    if (!rc) tumour_rows_evaluate(e, &e->all, e->now, e->y, &day, 0, day.n);
    for (size_t i = 0; i < n && !rc; i++) values[i] = seen[i].kind == RLP_SEEN_SIGNAL ? signal_at(e, &seen[i]) : mean_at(e, &seen[i], &day);
    tumour_levels_free(&day);
    return rc;
}

size_t rlp_tumour_signals(const rlp_tumour_t *m) { return m->n_signals; }
const char *rlp_tumour_signal_name(const rlp_tumour_t *m, size_t signal) { return m->signals[signal].name; }
double rlp_tumour_signal_rest(const rlp_tumour_t *m, const double *values, size_t signal) { return values[m->signals[signal].rest]; }
