/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Signals over one unit of time: x' = (rest + pushes - x) speed / tau, for the departures y = x - rest.
 *
 * Exponential Runge-Kutta of order four (Cox & Matthews 2002, ETDRK4): y' = -y/tau + N(y, t), where each signal's own return is exact and
 * N holds pushes and what speed adds to it. Without pushes a unit of any length is exact, so that signals with a short tau cost nothing.
 * Levels enter as averages over the unit. */
#include <math.h>
#include <string.h>

#include "compile.h"
#include "relapse/memory.h"

#define STEP_ERROR 0.2 /* of the tolerance: h |4 phi3 - phi2| |N(y1) - Nc|, the step against one of order three */
#define AT_REST 1e-9

/* ---- phi functions -------------------------------------------------------------------------------------------------------------- */
static void phis(double c, double *phi1, double *phi2, double *phi3) {
    if (fabs(c) < 0.05) { /* series: the differences below lose digits */
        *phi1 = 1 + c / 2 * (1 + c / 3 * (1 + c / 4 * (1 + c / 5 * (1 + c / 6))));
        *phi2 = 0.5 * (1 + c / 3 * (1 + c / 4 * (1 + c / 5 * (1 + c / 6))));
        *phi3 = (1 + c / 4 * (1 + c / 5 * (1 + c / 6))) / 6;
        return;
    }
    *phi1 = expm1(c) / c;
    *phi2 = (*phi1 - 1) / c;
    *phi3 = (*phi2 - 0.5) / c;
}

static void phi_table(rlp_environment_t *e, double h) {
    if (e->phi_h == h) return;
    for (size_t j = 0; j < e->model->n_signals; j++) {
        double *p = &e->phi[6 * j], tau = e->values[e->model->signals[j].tau], phi1, phi2, phi3, ignored;
        phis(-h / (2 * tau), &phi1, &ignored, &ignored);
        p[0] = exp(-h / tau);
        p[1] = exp(-h / (2 * tau));
        p[2] = h / 2 * phi1;
        phis(-h / tau, &phi1, &phi2, &phi3);
        p[3] = h * (phi1 - 3 * phi2 + 4 * phi3);
        p[4] = h * (2 * phi2 - 4 * phi3);
        p[5] = h * (4 * phi3 - phi2);
    }
    e->phi_h = h;
}

/* ---- pushes ---------------------------------------------------------------------------------------------------------------------- */
/* leak: {site: share} adds share x the mean departure at the other sites. */
static double leak(const rlp_environment_t *e, const tumour_signal_t *signal, size_t j, size_t site, const double *y) {
    double sum = 0;
    size_t n = 0;
    if (!signal->leaks || signal->leak[site] == NO_PARAMETER) return 0;
    for (size_t s = 0; s < e->n_sites; s++) {
        size_t copy = e->copy_of[j * e->n_sites + s];
        if (s == site || copy == RLP_NONE) continue;
        sum += y[copy];
        n++;
    }
    return n ? e->values[signal->leak[site]] * sum / (double)n : 0;
}

/* Copies that something is aimed at; N of the others is 0. */
int tumour_forced_plan(rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    int rc = RLP_NEW(e->forced, e->n_copies);
    for (size_t j = 0; j < m->n_signals && !rc; j++) {
        bool aimed_at = false;
        for (size_t i = 0; i < e->n_for_signals; i++) {
            tumour_target_t target = m->arrows[e->for_signals[i]].target;
            aimed_at = aimed_at || ((target.kind == TARGET_SIGNAL || target.kind == TARGET_SPEED) && target.index == j);
        }
        for (size_t s = 0; s < (m->signals[j].per_patient ? 1 : e->n_sites); s++) {
            size_t copy = e->copy_of[j * e->n_sites + s];
            if (copy == RLP_NONE || (!aimed_at && !m->signals[j].leaks)) continue;
            e->forced[e->n_forced++] = (tumour_forced_t){j, s, j * e->n_sites + s, copy};
        }
    }
    return rc;
}

/* N(y, t) of every copy. */
static void forcing(rlp_environment_t *e, double t, const double *y, const tumour_levels_t *set, double *out) {
    tumour_rows_evaluate(e, &e->of_signals, t, y, set, 0, set->n);
    memset(out, 0, e->n_copies * sizeof *out);
    for (size_t i = 0; i < e->n_forced; i++) {
        tumour_forced_t f = e->forced[i];
        const tumour_signal_t *signal = &e->model->signals[f.signal];
        double target = e->values[signal->rest] * (e->push_times[f.at] - 1) + e->push_plus[f.at] + leak(e, signal, f.signal, f.site, y);
        double speed = e->speed_times[f.at] + e->speed_plus[f.at];
        out[f.copy] = (speed * target + (1 - speed) * y[f.copy]) / e->tau[f.copy];
    }
}

static void slopes(const rlp_environment_t *e, const double *y, const double *n, double *slope) {
    for (size_t c = 0; c < e->n_copies; c++) slope[c] = n[c] - y[c] / e->tau[c];
}

/* ---- a step ---------------------------------------------------------------------------------------------------------------------- */
static void stage(const rlp_environment_t *e, const double *from, const double *n, double *out) {
    for (size_t c = 0; c < e->n_copies; c++) {
        const double *p = &e->phi[6 * e->copy_signal[c]];
        out[c] = p[1] * from[c] + p[2] * n[c];
    }
}

bool tumour_signals_step(rlp_environment_t *e, double t, double h, const tumour_levels_t *set) {
    size_t n = e->n_copies;
    double *n0 = e->work, *a = n0 + n, *na = a + n, *b = na + n, *nb = b + n, *c = nb + n, *nc = c + n, *mix = nc + n, worst = 0;
    if (e->resting) return true;
    phi_table(e, h);
    forcing(e, t, e->y, set, n0);
    slopes(e, e->y, n0, e->slope);
    stage(e, e->y, n0, a);
    forcing(e, t + h / 2, a, set, na);
    stage(e, e->y, na, b);
    forcing(e, t + h / 2, b, set, nb);
    for (size_t i = 0; i < n; i++) mix[i] = 2 * nb[i] - n0[i];
    stage(e, a, mix, c);
    forcing(e, t + h, c, set, nc);
    for (size_t i = 0; i < n; i++) {
        const double *p = &e->phi[6 * e->copy_signal[i]];
        e->y_next[i] = p[0] * e->y[i] + p[3] * n0[i] + p[4] * (na[i] + nb[i]) + p[5] * nc[i];
    }
    forcing(e, t + h, e->y_next, set, na);
    for (size_t i = 0; i < n; i++) worst = fmax(worst, fabs(e->phi[6 * e->copy_signal[i] + 5] * (na[i] - nc[i])));
    slopes(e, e->y_next, na, e->slope_next);
    return worst <= STEP_ERROR * e->tolerance;
}

void tumour_signals_accept(rlp_environment_t *e) {
    bool quiet = !e->pushed;
    if (e->resting) return;
    memcpy(e->y, e->y_next, e->n_copies * sizeof *e->y);
    for (size_t c = 0; c < e->n_copies && quiet; c++)
        quiet = fabs(e->y[c]) <= AT_REST * fmax(1, fabs(e->values[e->model->signals[e->copy_signal[c]].rest]));
    if (!quiet) return;
    memset(e->y, 0, e->n_copies * sizeof *e->y);
    e->resting = true;
}

void tumour_signals_within(const rlp_environment_t *e, double h, double theta, double *y) {
    if (e->resting) {
        memset(y, 0, e->n_copies * sizeof *y);
        return;
    }
    double u = 1 - theta, h00 = (1 + 2 * theta) * u * u, h10 = theta * u * u * h, h01 = theta * theta * (3 - 2 * theta),
           h11 = -theta * theta * u * h;
    for (size_t c = 0; c < e->n_copies; c++) y[c] = h00 * e->y[c] + h10 * e->slope[c] + h01 * e->y_next[c] + h11 * e->slope_next[c];
}

/* ---- beginnings and jumps ---------------------------------------------------------------------------------------------------------- */
void tumour_signals_begin(rlp_environment_t *e) {
    memset(e->y, 0, e->n_copies * sizeof *e->y);
    memset(e->slope, 0, e->n_copies * sizeof *e->slope);
    e->phi_h = 0;
    e->pushed = e->may_be_pushed;
    for (size_t c = 0; c < e->n_copies; c++) e->tau[c] = e->values[e->model->signals[e->copy_signal[c]].tau];
    forcing(e, 0, e->y, &e->one, e->work); /* without drug or event: is rest a fixed point? */
    for (size_t c = 0; c < e->n_copies; c++) e->pushed = e->pushed || fabs(e->work[c]) > 1e-12;
    e->resting = !e->pushed;
    e->tau_least = INFINITY;
    for (size_t j = 0; j < e->model->n_signals; j++) e->tau_least = fmin(e->tau_least, e->values[e->model->signals[j].tau]);
}

static void jump(rlp_environment_t *e, const tumour_push_t *push, size_t copy) {
    double rest = e->values[e->model->signals[push->signal].rest], x = rest + e->y[copy];
    if (push->times != NO_PARAMETER) x *= e->values[push->times];
    if (push->add != NO_PARAMETER) x += e->values[push->add];
    e->y[copy] = x - rest;
}

/* times and add are jumps in the signal's own sites; a signal per patient jumps once. */
void tumour_signals_jump(rlp_environment_t *e, const tumour_intervention_t *intervention) {
    for (size_t i = 0; i < intervention->n_pushes; i++) {
        const tumour_push_t *push = &intervention->pushes[i];
        bool once = e->model->signals[push->signal].per_patient;
        for (size_t s = 0; s < (once ? 1 : e->n_sites); s++) {
            size_t copy = e->copy_of[push->signal * e->n_sites + s];
            if (copy != RLP_NONE && (once || set_has(push->sites, s))) jump(e, push, copy);
        }
        e->resting = false;
    }
    if (intervention->n_pushes) tumour_bands_find(e, e->y);
}
