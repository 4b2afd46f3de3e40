/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * u_i' = (1 - u_i) gain_i + loss_i, backward in time:
 *   gain_i = b_i (1 - sum p) u_i + sum over mutations i -> j of (b_i p or r) u_j;   loss_i = -d_i u_i + sum over switches w (u_j - u_i)
 * h' = -sum nu_j u_j for immigration;   ln E[...] = sum n_i ln(1 - u_i) + h.
 * A type that follows its mean has u_i' = gain_i + loss_i and adds -n_i u_i: the adjoint of the equation of the means, so that -n u is the integral of
 * what the means found, each founder with its chance u: Campbell's theorem for a Poisson process of founders. */
#include "backward.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "relapse/reference.h"

#define CHANCE_FLOOR 1e-60 /* 10^12 cells and a chance of 1e-40 keep their digits */

/* gain and loss of one real part of u; returns h'. */
static double parts(const backward_t *b, const double *u, double *gain, double *loss) {
    const rlp_process_t *p = b->process;
    const double *birth = rlp_process_birth(p, b->rates), *death = rlp_process_death(p, b->rates), *rate = rlp_process_channel(p, b->rates);
    double flow = 0;
    for (size_t i = 0; i < p->n_types; i++) gain[i] = birth[i] * b->rest[i] * u[i], loss[i] = -death[i] * u[i];
    for (size_t c = 0; c < p->n_channels; c++) {
        size_t i = p->channels[c].from, j = p->channels[c].to;
        switch (p->channels[c].kind) {
        case RLP_CHANNEL_DIVISION: gain[i] += birth[i] * rate[c] * u[j]; break;
        case RLP_CHANNEL_BESIDE: gain[i] += rate[c] * u[j]; break;
        case RLP_CHANNEL_SWITCH: loss[i] += rate[c] * (u[j] - u[i]); break;
        case RLP_CHANNEL_IMMIGRATION: flow -= rate[c] * u[j]; break;
        }
    }
    return flow;
}

static void slope(const double *y, double *out, void *context) {
    const backward_t *b = context;
    size_t n = b->process->n_types;
    const double *x = y, *z = y + n + 1; /* u = x + i z */
    double *gain = b->work, *loss = gain + n, *gain_z = loss + n, *loss_z = gain_z + n;
    out[n] = parts(b, x, gain, loss);
    if (b->complex_valued) out[2 * n + 1] = parts(b, z, gain_z, loss_z);
    for (size_t i = 0; i < n; i++) {
        bool held = b->never && b->never[i], mean = b->mean && b->mean[i];
        out[i] = held ? 0 : (mean ? gain[i] : (1 - x[i]) * gain[i]) + loss[i];
        if (!b->complex_valued) continue;
        out[n + 1 + i] = held ? 0 : (mean ? gain_z[i] : (1 - x[i]) * gain_z[i] - z[i] * gain[i]) + loss_z[i];
        if (!held && !mean) out[i] += z[i] * gain_z[i];
    }
}

int backward_init(backward_t *b, const rlp_process_t *p, const unsigned char *never, const unsigned char *mean, bool complex_valued) {
    memset(b, 0, sizeof *b);
    b->process = p;
    b->never = never;
    b->mean = mean;
    b->complex_valued = complex_valued;
    size_t half = p->n_types + 1;
    int rc = RLP_NEW(b->y, 2 * half);
    if (!rc) rc = RLP_NEW(b->rest, p->n_types);
    if (!rc) rc = RLP_NEW(b->work, 4 * p->n_types);
    if (!rc) rc = flow_init(&b->flow, complex_valued ? 2 * half : half, complex_valued ? half : 0, CHANCE_FLOOR, slope, b);
    if (rc) backward_free(b);
    return rc;
}

void backward_free(backward_t *b) {
    flow_free(&b->flow);
    free(b->y);
    free(b->rest);
    free(b->work);
    memset(b, 0, sizeof *b);
}

static void enter_rates(backward_t *b, size_t rates) {
    const rlp_process_t *p = b->process;
    const double *share = rlp_process_channel(p, rates);
    b->rates = rates;
    for (size_t i = 0; i < p->n_types; i++) b->rest[i] = 1;
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].kind == RLP_CHANNEL_DIVISION) b->rest[p->channels[c].from] = fmax(0, b->rest[p->channels[c].from] - share[c]);
}

static void hold(const unsigned char *set, size_t n, double *y) {
    for (size_t i = 0; set && i < n; i++)
        if (set[i]) y[i] = 1, y[n + 1 + i] = 0;
}

static void thin(const backward_t *b, size_t survive) {
    size_t n = b->process->n_types;
    if (survive == RLP_NONE) return;
    for (size_t i = 0; i < n; i++) {
        if (b->never && b->never[i]) continue;
        b->y[i] *= b->process->survive[survive * n + i];
        b->y[n + 1 + i] *= b->process->survive[survive * n + i];
    }
}

int backward_run(backward_t *b, double t_days, const unsigned char *visited, const double *visits, size_t n_visits) {
    const rlp_process_t *p = b->process;
    size_t k = p->n_segments;
    double now = t_days;
    while (k && p->segments[k - 1].start_days > t_days) k--;
    hold(b->never, p->n_types, b->y);
    while (n_visits && visits[n_visits - 1] >= t_days) n_visits--;
    for (; k-- > 0;) {
        const rlp_segment_t *segment = &p->segments[k];
        enter_rates(b, segment->rates);
        for (; n_visits && visits[n_visits - 1] >= segment->start_days; n_visits--) { /* a visit sees the state after the events of its time */
            int rc = flow_run(&b->flow, b->y, now - visits[n_visits - 1]);
            if (rc) return rc;
            hold(visited, p->n_types, b->y);
            now = visits[n_visits - 1];
        }
        int rc = flow_run(&b->flow, b->y, now - segment->start_days);
        if (rc) return rc;
        thin(b, segment->survive);
        now = segment->start_days;
    }
    return RLP_OK;
}

/* ln(1 - u), also where u is 1e-17 and 10^9 cells stand before it. */
static double complex log1m(double x, double z) {
    if (z == 0 && x <= 1) return log1p(-x);
    return CMPLX(fabs(x - 1) < 0.5 ? log(hypot(1 - x, z)) : log1p(x * x + z * z - 2 * x) / 2, atan2(-z, 1 - x));
}

double complex backward_log(const backward_t *b) {
    const rlp_process_t *p = b->process;
    size_t n = p->n_types;
    double complex sum = b->complex_valued ? CMPLX(b->y[n], b->y[2 * n + 1]) : b->y[n];
    for (size_t i = 0; i < n; i++) {
        double cells = (double)p->start_cells[i], x = b->y[i], z = b->complex_valued ? b->y[n + 1 + i] : 0;
        if (cells > 0) sum += b->mean && b->mean[i] ? -cells * CMPLX(x, z) : x >= 1 && z == 0 ? -INFINITY : cells * log1m(x, z);
    }
    return sum;
}

int rlp_reference_accepts_backward(const rlp_process_t *p) {
    if (p->capacity_law == RLP_CAPACITY_NONE) return RLP_OK;
    return rlp_fail(RLP_ERROR_REFUSED, "cells that share a capacity do not live apart, so there are no backward equations: --method projection has the answer for small "
                                       "populations, `relapse run` for any");
}

int rlp_reference_survival(const rlp_process_t *p, const double *t_days, size_t n_times, const double *u, const unsigned char *never, double *log_none,
                           double *lines) {
    backward_t b;
    int rc = rlp_reference_accepts_backward(p);
    if (!rc) rc = backward_init(&b, p, never, NULL, false);
    if (rc) return rc;
    for (size_t k = 0; k < n_times && !rc; k++) {
        memset(b.y, 0, (p->n_types + 1) * sizeof *b.y);
        for (size_t i = 0; i < p->n_types && u; i++) b.y[i] = u[i];
        rc = backward_run(&b, t_days[k], NULL, NULL, 0);
        log_none[k] = creal(backward_log(&b));
        if (lines) memcpy(lines + k * p->n_types, b.y, p->n_types * sizeof *b.y);
    }
    backward_free(&b);
    return rc;
}
