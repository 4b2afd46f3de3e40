/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "relapse/laws.h"

#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"

/* ---- one type -------------------------------------------------------------------------------------------------------------- */
void rlp_moebius_law(rlp_moebius_t m, unsigned founders, double *p, size_t size) {
    double alpha = rlp_moebius_extinct(m), ratio = rlp_moebius_ratio(m);
    memset(p, 0, size * sizeof *p);
    p[0] = pow(alpha, founders);
    for (unsigned j = 1; j <= founders; j++)
        for (size_t k = j; k < size; k++)
            p[k] += gsl_ran_binomial_pdf(j, 1 - alpha, founders) * (ratio > 0 ? gsl_ran_negative_binomial_pdf((unsigned)(k - j), 1 - ratio, j) : k == j ? 1 : 0);
}

/* ---- birth and death on 0..n -------------------------------------------------------------------------------------------------- */
/* In cuts of at most 200 expected jumps: exp(-x) stays far from underflow. */
int rlp_generator_run(const double *up, const double *down, size_t n, double *p, double days) {
    double fastest = 1e-300, *v = NULL, *next = NULL;
    int rc = RLP_NEW(v, n + 1);
    if (!rc) rc = RLP_NEW(next, n + 1);
    for (size_t k = 0; k <= n; k++) fastest = fmax(fastest, up[k] + down[k]);
    int cuts = (int)ceil(fastest * days / 200);
    double x = fastest * days / cuts;
    for (int cut = 0; cut < cuts && !rc; cut++) {
        double weight = exp(-x);
        memcpy(v, p, (n + 1) * sizeof *v);
        for (size_t k = 0; k <= n; k++) p[k] = weight * v[k];
        for (int term = 1; term < x + 12 * sqrt(x) + 40; term++) {
            for (size_t k = 0; k <= n; k++)
                next[k] = v[k] * (1 - (up[k] + down[k]) / fastest) + (k ? v[k - 1] * up[k - 1] / fastest : 0) + (k < n ? v[k + 1] * down[k + 1] / fastest : 0);
            double *swap = v;
            v = next;
            next = swap;
            weight *= x / term;
            for (size_t k = 0; k <= n; k++) p[k] += weight * v[k];
        }
    }
    free(v);
    free(next);
    return rc;
}

/* ---- moments ------------------------------------------------------------------------------------------------------------------- */
static const double AT[] = {0, 0.5, 0.5, 1}, WEIGHT[] = {1. / 6, 1. / 3, 1. / 3, 1. / 6}; /* classical Runge-Kutta */

static void add_jump(rlp_law_pair_t *d, const int *change, size_t k, double rate) {
    for (size_t i = 0; i < k; i++) {
        d->mean[i] += rate * change[i];
        for (size_t j = 0; j < k; j++) d->covariance[i][j] += rate * change[i] * change[j];
    }
}

/* d/dt of mean and covariance: every jump adds v rate(m) to the mean and v v' rate(m) + (v rate'(C) + its transpose) to the covariance. */
static void slope(const rlp_process_t *p, size_t rates, const rlp_law_pair_t *x, rlp_law_pair_t *d) {
    const double *birth = rlp_process_birth(p, rates), *death = rlp_process_death(p, rates), *channel = rlp_process_channel(p, rates);
    size_t k = p->n_types;
    memset(d, 0, sizeof *d);
    for (size_t c = 0; c < 2 * k + p->n_channels; c++) {
        int change[RLP_LAW_TYPES] = {0};
        size_t from = c < 2 * k ? c % k : p->channels[c - 2 * k].from;
        double rate = c < k ? birth[c] : c < 2 * k ? death[c - k] : channel[c - 2 * k];
        if (c < 2 * k) {
            change[from] = c < k ? 1 : -1;
            for (size_t m = 0; m < p->n_channels && c < k; m++)
                if (p->channels[m].kind == RLP_CHANNEL_DIVISION && p->channels[m].from == from) rate -= birth[from] * channel[m];
        } else {
            const rlp_channel_t *shape = &p->channels[c - 2 * k];
            change[shape->to] += 1;
            if (shape->kind == RLP_CHANNEL_SWITCH) change[from] -= 1;
            if (shape->kind == RLP_CHANNEL_DIVISION) rate *= birth[from];
        }
        add_jump(d, change, k, rate * (from == RLP_NONE ? 1 : x->mean[from]));
        for (size_t i = 0; i < k && from != RLP_NONE; i++)
            for (size_t j = 0; j < k; j++) {
                d->covariance[i][j] += change[i] * rate * x->covariance[from][j];
                d->covariance[j][i] += change[i] * rate * x->covariance[j][from];
            }
    }
}

static void shift(const rlp_law_pair_t *x, const rlp_law_pair_t *d, double h, size_t k, rlp_law_pair_t *out) {
    for (size_t i = 0; i < k; i++) {
        out->mean[i] = x->mean[i] + h * d->mean[i];
        for (size_t j = 0; j < k; j++) out->covariance[i][j] = x->covariance[i][j] + h * d->covariance[i][j];
    }
}

static void step(const rlp_process_t *p, size_t rates, double h, rlp_law_pair_t *x) {
    rlp_law_pair_t k[4], y = *x;
    for (int s = 0; s < 4; s++) {
        if (s) shift(x, &k[s - 1], AT[s] * h, p->n_types, &y);
        slope(p, rates, &y, &k[s]);
    }
    for (int s = 0; s < 4; s++) shift(x, &k[s], WEIGHT[s] * h, p->n_types, x);
}

static void thin(const rlp_process_t *p, size_t row, rlp_law_pair_t *x) {
    const double *q = p->survive + row * p->n_types;
    for (size_t i = 0; i < p->n_types; i++)
        for (size_t j = 0; j < p->n_types; j++) x->covariance[i][j] *= q[i] * q[j];
    for (size_t i = 0; i < p->n_types; i++) {
        x->covariance[i][i] += q[i] * (1 - q[i]) * x->mean[i];
        x->mean[i] *= q[i];
    }
}

/* Events of a cell of the type a day under a row of rates; mutations at division are among its births. */
static double events_per_day(const rlp_process_t *p, size_t row, size_t type) {
    double rate = rlp_process_birth(p, row)[type] + rlp_process_death(p, row)[type];
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].from == type && p->channels[c].kind != RLP_CHANNEL_DIVISION) rate += rlp_process_channel(p, row)[c];
    return rate;
}

/* Steps over the whole time, of which `wanted` an event of the fastest type, fewer where it holds few events a cell. At least 2 an event: Runge-Kutta is
 * stable up to 2.8 of the fastest decay, which is at most twice the fastest type's. */
static double steps_for(const rlp_process_t *p, double t, double wanted, double least, double most) {
    double fastest = 0;
    for (size_t r = 0; r < p->n_rate_rows; r++)
        for (size_t i = 0; i < p->n_types; i++) fastest = fmax(fastest, events_per_day(p, r, i));
    return fmax(fmin(most, fmax(least, wanted * fastest * t)), 2 * fastest * t);
}
static double fine_steps(const rlp_process_t *p, double t) { return steps_for(p, t, 60, 150, RLP_LAW_STEPS); }
static double rough_steps(const rlp_process_t *p, double t) { return steps_for(p, t, 0, 60, 60); }

int rlp_law_accepts(const rlp_process_t *p, double t) {
    if (p->capacity_law != RLP_CAPACITY_NONE)
        return rlp_fail(RLP_ERROR_REFUSED, "cells that share a capacity have no backward equations; `relapse reference --method projection` knows the law of small populations");
    if (p->n_types > RLP_LAW_TYPES) return rlp_fail(RLP_ERROR_REFUSED, "%zu types; the laws here are computed for up to %d", p->n_types, RLP_LAW_TYPES);
    if (!(fine_steps(p, t) <= RLP_LAW_STEPS_MOST))
        return rlp_fail(RLP_ERROR_REFUSED, "some cell has %.2g events by day %g, more than the laws here are computed for (%g); `relapse reference` follows faster rates", fine_steps(p, t) / 2, t,
                        RLP_LAW_STEPS_MOST / 2);
    return RLP_OK;
}

static double segment_end(const rlp_process_t *p, size_t s, double t) { return s + 1 < p->n_segments ? fmin(t, p->segments[s + 1].start_days) : t; }

static void pair(const rlp_process_t *p, const double *start, double t, double all, rlp_law_pair_t *x) {
    RLP_INVARIANT(p->n_types <= RLP_LAW_TYPES);
    memset(x, 0, sizeof *x);
    for (size_t i = 0; i < p->n_types; i++) x->mean[i] = start ? start[i] : (double)p->start_cells[i];
    for (size_t s = 0; s < p->n_segments && p->segments[s].start_days <= t; s++) {
        double from = p->segments[s].start_days, to = segment_end(p, s, t);
        if (p->segments[s].survive != RLP_NONE) thin(p, p->segments[s].survive, x);
        int steps = (int)ceil(all * (to - from) / t);
        for (int n = 0; n < steps; n++) step(p, p->segments[s].rates, (to - from) / steps, x);
    }
}

void rlp_law_pair(const rlp_process_t *p, const double *start, double t, rlp_law_pair_t *x) { pair(p, start, t, fine_steps(p, t), x); }

/* ---- the generating function ------------------------------------------------------------------------------------------------------ */
/* Types that are absorbed: once there, they stay and are seen (rlp_law_never); NULL: none. */
typedef const unsigned char *absorbed_t;

/* d/dt of g = 1 - generating function, and of the logarithm that immigration adds (at [n_types]). */
static void backward(const rlp_process_t *p, size_t rates, absorbed_t absorbed, const double complex *g, double complex *d) {
    const double *birth = rlp_process_birth(p, rates), *death = rlp_process_death(p, rates), *channel = rlp_process_channel(p, rates);
    for (size_t i = 0; i < p->n_types; i++) d[i] = birth[i] * g[i] * (1 - g[i]) - death[i] * g[i];
    d[p->n_types] = 0;
    for (size_t c = 0; c < p->n_channels; c++) {
        size_t i = p->channels[c].from, j = p->channels[c].to;
        switch (p->channels[c].kind) {
        case RLP_CHANNEL_DIVISION: d[i] += birth[i] * channel[c] * (g[j] - g[i]) * (1 - g[i]); break;
        case RLP_CHANNEL_BESIDE: d[i] += channel[c] * g[j] * (1 - g[i]); break;
        case RLP_CHANNEL_SWITCH: d[i] += channel[c] * (g[j] - g[i]); break;
        case RLP_CHANNEL_IMMIGRATION: d[p->n_types] -= channel[c] * g[j]; break;
        }
    }
    for (size_t i = 0; i < p->n_types && absorbed; i++)
        if (absorbed[i]) d[i] = 0;
}

static void backward_step(const rlp_process_t *p, size_t rates, absorbed_t absorbed, double h, double complex *g) {
    double complex k[4][RLP_LAW_TYPES + 1], y[RLP_LAW_TYPES + 1];
    for (int s = 0; s < 4; s++) {
        for (size_t i = 0; i <= p->n_types; i++) y[i] = g[i] + (s ? AT[s] * h * k[s - 1][i] : 0);
        backward(p, rates, absorbed, y, k[s]);
    }
    for (int s = 0; s < 4; s++)
        for (size_t i = 0; i <= p->n_types; i++) g[i] += WEIGHT[s] * h * k[s][i];
}

/* ln(1 - g), also where g is 1e-17 and 10^9 cells stand before it. */
static double complex log1m(double complex g) {
    double x = creal(g), y = cimag(g);
    return log1p(x * x + y * y - 2 * x) / 2 + I * atan2(-y, 1 - x);
}

static double complex log_pgf(const rlp_process_t *p, absorbed_t absorbed, double complex *g, double t) {
    double all = fine_steps(p, t);
    g[p->n_types] = 0;
    for (size_t s = p->n_segments; s-- > 0;) {
        double from = p->segments[s].start_days, to = segment_end(p, s, t);
        if (from > t) continue;
        int steps = (int)ceil(all * (to - from) / t);
        for (int n = 0; n < steps; n++) backward_step(p, p->segments[s].rates, absorbed, (to - from) / steps, g);
        for (size_t i = 0; i < p->n_types && p->segments[s].survive != RLP_NONE; i++)
            if (!absorbed || !absorbed[i]) g[i] *= p->survive[p->segments[s].survive * p->n_types + i];
    }
    double complex sum = g[p->n_types];
    for (size_t i = 0; i < p->n_types; i++)
        if (p->start_cells[i]) sum += (double)p->start_cells[i] * log1m(g[i]);
    return sum;
}

double complex rlp_law_log_pgf(const rlp_process_t *p, double complex *g, double t) {
    RLP_INVARIANT(p->n_types <= RLP_LAW_TYPES);
    return log_pgf(p, NULL, g, t);
}

static double absent(const rlp_process_t *p, const unsigned char *of, absorbed_t absorbed, double t) {
    double complex g[RLP_LAW_TYPES + 1] = {0};
    RLP_INVARIANT(p->n_types <= RLP_LAW_TYPES);
    for (size_t i = 0; i < p->n_types; i++) g[i] = !of || of[i] ? 1 : 0;
    return exp(creal(log_pgf(p, absorbed, g, t)));
}

double rlp_law_absent(const rlp_process_t *p, const unsigned char *of, double t) { return absent(p, of, NULL, t); }
double rlp_law_never(const rlp_process_t *p, const unsigned char *of, double t) { return absent(p, of, of, t); }

/* The variance over the mean from one cell: the scale on which the logarithm of the generating function is smooth. */
static double scale_of(const rlp_process_t *p, size_t type, double t) {
    double scale = 1;
    for (size_t i = 0; i < p->n_types; i++) {
        double one[RLP_LAW_TYPES] = {0};
        rlp_law_pair_t x;
        one[i] = 1;
        pair(p, one, t, rough_steps(p, t), &x); /* a scale: roughly will do */
        if (x.mean[type] > 0) scale = fmax(scale, x.covariance[type][type] / x.mean[type]);
    }
    return scale;
}

int rlp_law_of_type(const rlp_process_t *p, size_t type, double t, rlp_law_moments_t *law) {
    enum { POINTS = 16 };
    double radius = 0.1 / scale_of(p, type, t), cumulant[5] = {0};
    rlp_law_pair_t x;
    rlp_law_pair(p, NULL, t, &x);
    for (int m = 0; m < POINTS; m++) {
        double complex turn = cexp(2 * M_PI * I * m / POINTS), g[RLP_LAW_TYPES + 1] = {0}, theta = radius * turn;
        g[type] = 1 - cexp(theta);
        double complex value = rlp_law_log_pgf(p, g, t);
        for (int n = 1; n <= 4; n++) cumulant[n] += creal(value * cpow(turn, -n)) / POINTS * tgamma(n + 1) / pow(radius, n);
    }
    double mean = x.mean[type], variance = x.covariance[type][type];
    *law = (rlp_law_moments_t){.mean = mean, .variance = variance};
    if (!isfinite(mean) || !isfinite(variance)) return rlp_fail(RLP_ERROR_INTERNAL, "the moments of type %zu at day %g are not finite", type, t);
    if (!(variance > 0)) return RLP_OK;
    if (!(fabs(cumulant[1] / mean - 1) < 1e-5) || !(fabs(cumulant[2] / variance - 1) < 1e-4))
        return rlp_fail(RLP_ERROR_INTERNAL, "moment and backward equations differ for type %zu at day %g", type, t);
    law->skewness = cumulant[3] / pow(variance, 1.5);
    law->excess = cumulant[4] / (variance * variance);
    return RLP_OK;
}

/* p_k = r^-k / M sum_m F(r e^(2 pi i m / M)) e^(-2 pi i k m / M) (Cauchy's integral by the trapezoidal rule); what lies beyond M comes in at r^M = 1e-10. */
int rlp_law_counts(const rlp_process_t *p, size_t type, double t, double *law, size_t size) {
    size_t points = 1;
    double complex *f = NULL;
    while (points < 2 * size) points *= 2;
    double radius = pow(1e-10, 1 / (double)points);
    int rc = RLP_NEW(f, points);
    if (rc) return rc;
    for (size_t m = 0; m <= points / 2; m++) {
        double complex g[RLP_LAW_TYPES + 1] = {0};
        g[type] = 1 - radius * cexp(2 * M_PI * I * (double)m / (double)points);
        f[m] = cexp(rlp_law_log_pgf(p, g, t));
        if (m) f[points - m] = conj(f[m]);
    }
    for (size_t k = 0; k < size; k++) {
        double sum = 0;
        for (size_t m = 0; m < points; m++) {
            double angle = 2 * M_PI * (double)(k * m % points) / (double)points;
            sum += creal(f[m]) * cos(angle) + cimag(f[m]) * sin(angle);
        }
        law[k] = fmax(0, sum / (double)points * pow(radius, -(double)k));
    }
    free(f);
    return RLP_OK;
}
