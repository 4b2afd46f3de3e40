/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What of a patient is drawn: signals that moved, at the site where they moved most; levels of drugs that were given, sites that are alike once. */
#include <math.h>
#include <stdlib.h>

#include "portrait.h"
#include "relapse/memory.h"

#define MOVED 1e-3       /* of max(1, rest): what departs less is not drawn */
#define SAME 0.02        /* of the highest level */
#define ROW 19.0         /* pixels from line to line of a key */

size_t portrait_series(const replay_t *r, const rlp_seen_t *what) {
    for (size_t i = 0; i < r->n_series; i++)
        if (r->series[i].kind == what->kind && r->series[i].what == what->what && r->series[i].site == what->site) return i;
    return RLP_NONE;
}

static int add_curve(portrait_t *p, const rlp_seen_t *seen, double rest, double farthest) {
    int rc = RLP_GROW(p->curves, p->curve_room, p->n_curves + 1);
    if (!rc) p->curves[p->n_curves++] = (curve_t){*seen, rest, fabs(farthest - rest), farthest};
    return rc;
}

/* The value of series i of an arm that is farthest from rest. */
static double farthest_of(const replay_t *r, size_t i, double rest) {
    double far = rest;
    for (size_t k = 0; k < r->n_days; k++) {
        double value = r->values[k * r->n_series + i];
        if (fabs(value - rest) > fabs(far - rest)) far = value;
    }
    return far;
}

/* One curve a signal: where it departs most, in any arm. */
static int choose_signal(portrait_t *p, size_t signal) {
    double rest = rlp_tumour_signal_rest(p->model, p->album->values, signal), most = rest;
    rlp_seen_t where = {0};
    for (size_t a = 0; a < p->album->n_arms; a++) {
        const replay_t *r = &p->album->replays[a];
        for (size_t i = 0; i < r->n_series; i++) {
            if (r->series[i].kind != RLP_SEEN_SIGNAL || r->series[i].what != signal) continue;
            double far = farthest_of(r, i, rest);
            if (fabs(far - rest) > fabs(most - rest)) most = far, where = r->series[i];
        }
    }
    return fabs(most - rest) > MOVED * fmax(1, fabs(rest)) ? add_curve(p, &where, rest, most) : RLP_OK;
}

static bool same_levels(const portrait_t *p, const rlp_seen_t *one, const rlp_seen_t *other, double most) {
    for (size_t a = 0; a < p->album->n_arms; a++) {
        const replay_t *r = &p->album->replays[a];
        size_t i = portrait_series(r, one), j = portrait_series(r, other);
        for (size_t k = 0; k < r->n_days && i != RLP_NONE; k++)
            if (fabs(r->values[k * r->n_series + i] - r->values[k * r->n_series + j]) > SAME * most) return false;
    }
    return true;
}

static int choose_levels(portrait_t *p, size_t drug) {
    size_t first = p->n_curves;
    double most = 0;
    int rc = RLP_OK;
    for (size_t a = 0; a < p->album->n_arms; a++) {
        const replay_t *r = &p->album->replays[a];
        for (size_t i = 0; i < r->n_series; i++)
            if (r->series[i].kind == RLP_SEEN_LEVEL && r->series[i].what == drug) most = fmax(most, farthest_of(r, i, 0));
    }
    for (size_t s = 0; s < rlp_tumour_sites(p->model) && most > 0 && !rc; s++) {
        rlp_seen_t seen = {RLP_SEEN_LEVEL, drug, s};
        bool known = false;
        for (size_t c = first; c < p->n_curves; c++) known = known || same_levels(p, &p->curves[c].seen, &seen, most);
        if (!known) rc = add_curve(p, &seen, 0, most);
    }
    if (p->n_curves > first) p->drugs[p->n_drugs++] = drug;
    return rc;
}

int portrait_choose(portrait_t *p) {
    int rc = RLP_NEW(p->drugs, rlp_tumour_drugs(p->model));
    for (size_t j = 0; j < rlp_tumour_signals(p->model) && !rc; j++) rc = choose_signal(p, j);
    p->n_signals = p->n_curves;
    for (size_t d = 0; d < rlp_tumour_drugs(p->model) && !rc; d++) rc = choose_levels(p, d);
    p->least_cells = INFINITY;
    for (size_t a = 0; a < p->album->n_arms; a++) {
        const burdens_t *b = &p->album->burdens[a];
        p->end_days = fmax(p->end_days, p->album->replays[a].end_days);
        for (size_t k = 0; k < b->n * 2 * b->n_sites; k++) {
            if (b->cells[k] >= 1) p->least_cells = fmin(p->least_cells, b->cells[k]);
            p->most_cells = fmax(p->most_cells, b->cells[k]);
        }
    }
    return rc;
}

bool portrait_has_dead(const portrait_t *p, size_t site) {
    for (size_t a = 0; a < p->album->n_arms; a++) {
        const burdens_t *b = &p->album->burdens[a];
        for (size_t k = 0; k < b->n; k++) {
            const double *cells = &b->cells[2 * (k * b->n_sites + site)];
            if (cells[1] > 1.02 * cells[0] + 1) return true;
        }
    }
    return false;
}
