/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Signals over one unit of time: x' = (rest + pushes - x) speed / tau, for the departures y = x - rest.
 *
 * Exponential Runge-Kutta of order four (Krogstad 2005, ETDRK4-B): y' = L y + N(y, t), where the linear part L, each signal's own return
 * and linear rows between signals, is exact (coupling.c), and N holds all other pushes and what speed adds. Without N a unit of any length
 * is exact, so that signals with a short tau cost nothing. Levels enter as averages over the unit. */
#include <math.h>
#include <string.h>

#include "compile.h"
#include "relapse/memory.h"

#define STEP_ERROR 0.2 /* of the tolerance: h |4 phi3 - phi2| |N(y1) - Nc|, the step against one of order three */
#define AT_REST 1e-9

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

/* Copies with an N of their own. */
int tumour_forced_plan(rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    int rc = RLP_NEW(e->forced, e->n_copies);
    for (size_t j = 0; j < m->n_signals && !rc; j++) {
        bool aimed_at = false;
        for (size_t i = 0; i < e->n_for_signals; i++) {
            tumour_target_t target = m->arrows[e->for_signals[i]].target;
            bool to_signal = target.kind == TARGET_SIGNAL || target.kind == TARGET_SPEED;
            aimed_at = aimed_at || (to_signal && target.index == j && !tumour_arrow_coupled(e, e->for_signals[i]));
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
    memcpy(slope, n, e->n_copies * sizeof *slope);
    tumour_coupling_add(&e->coupling, e->coupling.generator, 1, y, slope);
}

/* ---- a step ---------------------------------------------------------------------------------------------------------------------- */
/* U2 = half0 y + h/2 half1 n0;  U3 = U2 + h half2 (n(U2) - n0);  U4 = whole0 y + h whole1 n0 + 2h whole2 (n(U3) - n0), and
 * y(t + h) = whole0 y + h (whole1 - 3 whole2 + 4 whole3) n0 + h (2 whole2 - 4 whole3) (n(U2) + n(U3)) + h (4 whole3 - whole2) n(U4). */
bool tumour_signals_step(rlp_environment_t *e, double t, double h, const tumour_levels_t *set) {
    const tumour_coupling_t *p = &e->coupling;
    size_t n = e->n_copies, bytes = n * sizeof(double);
    double *n0 = e->work, *na = n0 + n, *nb = na + n, *nc = nb + n, *stage = nc + n, *mix = stage + n, *ahead = mix + n, worst = 0;
    if (e->resting) return true;
    tumour_coupling_step(e, h);
    forcing(e, t, e->y, set, n0);
    slopes(e, e->y, n0, e->slope);
    memset(stage, 0, bytes);
    tumour_coupling_add(p, p->half[0], 1, e->y, stage);
    tumour_coupling_add(p, p->half[1], h / 2, n0, stage);
    forcing(e, t + h / 2, stage, set, na);
    for (size_t i = 0; i < n; i++) mix[i] = na[i] - n0[i];
    tumour_coupling_add(p, p->half[2], h, mix, stage);
    forcing(e, t + h / 2, stage, set, nb);
    memset(ahead, 0, bytes);
    tumour_coupling_add(p, p->whole[0], 1, e->y, ahead);
    tumour_coupling_add(p, p->whole[1], h, n0, ahead);
    for (size_t i = 0; i < n; i++) mix[i] = nb[i] - n0[i], stage[i] = ahead[i];
    tumour_coupling_add(p, p->whole[2], 2 * h, mix, stage);
    forcing(e, t + h, stage, set, nc);
    memcpy(e->y_next, ahead, bytes);
    for (size_t i = 0; i < n; i++) mix[i] = 2 * (na[i] + nb[i]) - 3 * n0[i] - nc[i];
    tumour_coupling_add(p, p->whole[2], h, mix, e->y_next);
    for (size_t i = 0; i < n; i++) mix[i] = 4 * (n0[i] - na[i] - nb[i] + nc[i]);
    tumour_coupling_add(p, p->whole[3], h, mix, e->y_next);
    forcing(e, t + h, e->y_next, set, na);
    for (size_t i = 0; i < n; i++) mix[i] = na[i] - nc[i];
    memset(stage, 0, bytes);
    tumour_coupling_add(p, p->whole[3], 4 * h, mix, stage);
    tumour_coupling_add(p, p->whole[2], -h, mix, stage);
    for (size_t i = 0; i < n; i++) worst = fmax(worst, fabs(stage[i]));
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
    e->pushed = e->may_be_pushed;
    for (size_t c = 0; c < e->n_copies; c++) e->tau[c] = e->values[e->model->signals[e->copy_signal[c]].tau];
    tumour_coupling_begin(e);
    forcing(e, 0, e->y, &e->one, e->work); /* without drug or event: is rest a fixed point? */
    for (size_t c = 0; c < e->n_copies; c++) e->pushed = e->pushed || fabs(e->work[c]) > 1e-12;
    e->resting = !e->pushed;
    e->tau_least = INFINITY;
    for (size_t c = 0; c < e->n_copies; c++) e->tau_least = fmin(e->tau_least, e->tau[c]);
}

static void jump(rlp_environment_t *e, size_t signal, size_t copy, double times, double add) {
    double rest = e->values[e->model->signals[signal].rest], x = rest + e->y[copy];
    e->y[copy] = x * times + add - rest;
}

static void jump_own(rlp_environment_t *e, const tumour_push_t *push) {
    bool once = e->model->signals[push->signal].per_patient;
    for (size_t s = 0; s < (once ? 1 : e->n_sites); s++) {
        size_t copy = e->copy_of[push->signal * e->n_sites + s];
        if (copy == RLP_NONE || !(once || set_has(push->sites, s))) continue;
        jump(e, push->signal, copy, value_or(e->values, push->times, 1), value_or(e->values, push->add, 0));
    }
}

/* A row's size at a site, its scale with the rows aimed at it; where the signal has one copy, the mean over the row's sites; elsewhere 0. */
static double impulse_size(const rlp_environment_t *e, size_t row, size_t site, bool once) {
    double sum = 0, scale = e->numbers[row].scale;
    size_t n = 0;
    for (size_t s = once ? 0 : site; s < (once ? e->n_sites : site + 1); s++) {
        if (!set_has(e->model->rows[row].sites, s)) continue;
        sum += scale * e->row_times[row * e->n_sites + s] + e->row_plus[row * e->n_sites + s];
        n++;
    }
    return n ? sum / (double)n : 0;
}

static void jump_by_row(rlp_environment_t *e, size_t arrow) {
    size_t r = e->model->arrows[arrow].row, signal = e->model->arrows[arrow].target.index;
    const tumour_row_t *row = &e->model->rows[r];
    bool once = e->model->signals[signal].per_patient;
    double times = value_or(e->values, row->times, 1), add = value_or(e->values, row->add, 0);
    for (size_t s = 0; s < (once ? 1 : e->n_sites); s++) {
        size_t copy = e->copy_of[signal * e->n_sites + s];
        double size = copy == RLP_NONE ? 0 : impulse_size(e, r, s, once);
        if (size != 0) jump(e, signal, copy, tumour_raised(times, size), add * size);
    }
}

/* times and add are jumps in the signal's own sites; a signal per patient jumps once. */
int tumour_signals_jump(rlp_environment_t *e, size_t intervention, double t) {
    const tumour_intervention_t *of = &e->model->interventions[intervention];
    bool any = of->n_pushes > 0;
    int rc = e->jumps_scaled ? tumour_levels_instant(e, t, &e->one) : RLP_OK;
    if (rc) return rc;
    if (e->jumps_scaled) tumour_rows_evaluate(e, &e->all, t, e->y, &e->one, 0, 1);
    for (size_t i = 0; i < of->n_pushes; i++) jump_own(e, &of->pushes[i]);
    for (size_t i = 0; i < e->n_jumps; i++) {
        if (e->model->arrows[e->jumps[i]].source.index != intervention) continue;
        jump_by_row(e, e->jumps[i]);
        any = true;
    }
    if (!any) return RLP_OK;
    e->resting = false;
    tumour_bands_find(e, e->y);
    return RLP_OK;
}
