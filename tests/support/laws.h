/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Exact laws, by ways that share nothing with the engines.
 *
 *   one type      Kendall (1948): the generating function from one cell is a Moebius map; segments and survival events compose as 2x2 matrices
 *   birth-death   on 0..n with any rates: uniformisation of the generator (Jensen 1953)
 *   any process   without capacity: mean and covariance by the moment equations (Bartlett 1949), cumulants 3 and 4 from the backward equation on a
 *                 small circle (Cauchy); classical Runge-Kutta in fixed steps for both */
#ifndef RELAPSE_TESTS_LAWS_H
#define RELAPSE_TESTS_LAWS_H

#include <complex.h>
#include <gsl/gsl_randist.h>
#include <stdbool.h>

#include "judge.h"
#include "relapse/process.h"

/* ---- one type -------------------------------------------------------------------------------------------------------------- */
/* s -> (a s + b)/(c s + d). */
typedef struct {
    double a, b, c, d;
} moebius_t;

static inline moebius_t moebius_growth(double birth, double death, double t) {
    double l = birth - death, alpha, beta;
    if (fabs(l) < 1e-14) {
        alpha = beta = birth * t / (1 + birth * t);
    } else {
        double e = expm1(l * t), below = birth * e + l;
        alpha = death * e / below;
        beta = birth * e / below;
    }
    return (moebius_t){1 - alpha - beta, alpha, -beta, 1};
}
static inline moebius_t moebius_thin(double survive) { return (moebius_t){survive, 1 - survive, 0, 1}; }
/* `first` happens first. */
static inline moebius_t moebius_then(moebius_t first, moebius_t next) {
    return (moebius_t){first.a * next.a + first.b * next.c, first.a * next.b + first.b * next.d, first.c * next.a + first.d * next.c, first.c * next.b + first.d * next.d};
}
static inline double moebius_extinct(moebius_t m) { return m.b / m.d; }
static inline double moebius_ratio(moebius_t m) { return -m.c / m.d; }

/* p[0 .. size-1] of the descendants of `founders` cells: j lines live, then j + NegativeBinomial(j, ratio). */
static inline void moebius_law(moebius_t m, unsigned founders, double *p, size_t size) {
    double alpha = moebius_extinct(m), ratio = moebius_ratio(m);
    memset(p, 0, size * sizeof *p);
    p[0] = pow(alpha, founders);
    for (unsigned j = 1; j <= founders; j++)
        for (size_t k = j; k < size; k++)
            p[k] += gsl_ran_binomial_pdf(j, 1 - alpha, founders) *
                    (ratio > 0 ? gsl_ran_negative_binomial_pdf((unsigned)(k - j), 1 - ratio, j) : k == j ? 1 : 0);
}

/* ---- birth and death on 0..n -------------------------------------------------------------------------------------------------- */
/* p <- p exp(Q t): state k goes up at up[k], down at down[k]. */
static inline void generator_run(const double *up, const double *down, size_t n, double *p, double t) {
    double fastest = 1e-300, *v = malloc((n + 1) * sizeof *v), *next = malloc((n + 1) * sizeof *next);
    assert_true(v && next);
    for (size_t k = 0; k <= n; k++) fastest = fmax(fastest, up[k] + down[k]);
    int cuts = (int)ceil(fastest * t / 200);
    double x = fastest * t / cuts;
    for (int cut = 0; cut < cuts; cut++) {
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
}

/* ---- any process without capacity ---------------------------------------------------------------------------------------------- */
#define LAWS_TYPES 16
#define LAWS_STEPS 1500 /* over the whole time; halving them changes the ninth digit */

typedef struct {
    double mean[LAWS_TYPES], covariance[LAWS_TYPES][LAWS_TYPES];
} laws_pair_t;

static inline void laws_add_jump(laws_pair_t *d, const int *change, size_t k, double rate) {
    for (size_t i = 0; i < k; i++) {
        d->mean[i] += rate * change[i];
        for (size_t j = 0; j < k; j++) d->covariance[i][j] += rate * change[i] * change[j];
    }
}

/* d/dt of mean and covariance: every jump adds v rate(m) to the mean and v v' rate(m) + (v rate'(C) + its transpose) to the covariance. */
static inline void laws_slope(const rlp_process_t *p, size_t rates, const laws_pair_t *x, laws_pair_t *d) {
    const double *birth = rlp_process_birth(p, rates), *death = rlp_process_death(p, rates), *channel = rlp_process_channel(p, rates);
    size_t k = p->n_types;
    memset(d, 0, sizeof *d);
    for (size_t c = 0; c < 2 * k + p->n_channels; c++) {
        int change[LAWS_TYPES] = {0};
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
        laws_add_jump(d, change, k, rate * (from == RLP_NONE ? 1 : x->mean[from]));
        for (size_t i = 0; i < k && from != RLP_NONE; i++)
            for (size_t j = 0; j < k; j++) {
                d->covariance[i][j] += change[i] * rate * x->covariance[from][j];
                d->covariance[j][i] += change[i] * rate * x->covariance[j][from];
            }
    }
}

static inline void laws_shift(const laws_pair_t *x, const laws_pair_t *d, double h, size_t k, laws_pair_t *out) {
    for (size_t i = 0; i < k; i++) {
        out->mean[i] = x->mean[i] + h * d->mean[i];
        for (size_t j = 0; j < k; j++) out->covariance[i][j] = x->covariance[i][j] + h * d->covariance[i][j];
    }
}

static inline void laws_step(const rlp_process_t *p, size_t rates, double h, laws_pair_t *x) {
    laws_pair_t k[4], y = *x;
    static const double AT[] = {0, 0.5, 0.5, 1}, WEIGHT[] = {1. / 6, 1. / 3, 1. / 3, 1. / 6};
    for (int s = 0; s < 4; s++) {
        if (s) laws_shift(x, &k[s - 1], AT[s] * h, p->n_types, &y);
        laws_slope(p, rates, &y, &k[s]);
    }
    for (int s = 0; s < 4; s++) laws_shift(x, &k[s], WEIGHT[s] * h, p->n_types, x);
}

static inline void laws_thin(const rlp_process_t *p, size_t row, laws_pair_t *x) {
    const double *q = p->survive + row * p->n_types;
    for (size_t i = 0; i < p->n_types; i++)
        for (size_t j = 0; j < p->n_types; j++) x->covariance[i][j] *= q[i] * q[j];
    for (size_t i = 0; i < p->n_types; i++) {
        x->covariance[i][i] += q[i] * (1 - q[i]) * x->mean[i];
        x->mean[i] *= q[i];
    }
}

/* Mean and covariance at t from `start` cells (NULL: the process's). */
static inline laws_pair_t laws_moments(const rlp_process_t *p, const double *start, double t) {
    laws_pair_t x;
    memset(&x, 0, sizeof x);
    assert_true(p->n_types <= LAWS_TYPES);
    for (size_t i = 0; i < p->n_types; i++) x.mean[i] = start ? start[i] : (double)p->start_cells[i];
    for (size_t s = 0; s < p->n_segments && p->segments[s].start_days <= t; s++) {
        double from = p->segments[s].start_days, to = s + 1 < p->n_segments ? fmin(t, p->segments[s + 1].start_days) : t;
        if (p->segments[s].survive != RLP_NONE) laws_thin(p, p->segments[s].survive, &x);
        int steps = (int)ceil(LAWS_STEPS * (to - from) / t);
        for (int n = 0; n < steps; n++) laws_step(p, p->segments[s].rates, (to - from) / steps, &x);
    }
    return x;
}

/* d/dt of g = 1 - generating function, and of the logarithm that immigration adds (at [n_types]). */
static inline void laws_backward(const rlp_process_t *p, size_t rates, const double complex *g, double complex *d) {
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
}

static inline void laws_backward_step(const rlp_process_t *p, size_t rates, double h, double complex *g) {
    double complex k[4][LAWS_TYPES + 1], y[LAWS_TYPES + 1];
    static const double AT[] = {0, 0.5, 0.5, 1}, WEIGHT[] = {1. / 6, 1. / 3, 1. / 3, 1. / 6};
    for (int s = 0; s < 4; s++) {
        for (size_t i = 0; i <= p->n_types; i++) y[i] = g[i] + (s ? AT[s] * h * k[s - 1][i] : 0);
        laws_backward(p, rates, y, k[s]);
    }
    for (int s = 0; s < 4; s++)
        for (size_t i = 0; i <= p->n_types; i++) g[i] += WEIGHT[s] * h * k[s][i];
}

/* ln(1 - g), also where g is 1e-17 and 10^9 cells stand before it. */
static inline double complex laws_log1m(double complex g) {
    double x = creal(g), y = cimag(g);
    return log1p(x * x + y * y - 2 * x) / 2 + I * atan2(-y, 1 - x);
}

/* log E[prod (1 - g_i)^N_i(t)]; g is used up. */
static inline double complex laws_log_pgf(const rlp_process_t *p, double complex *g, double t) {
    double complex sum;
    g[p->n_types] = 0;
    for (size_t s = p->n_segments; s-- > 0;) {
        double from = p->segments[s].start_days, to = s + 1 < p->n_segments ? fmin(t, p->segments[s + 1].start_days) : t;
        if (from > t) continue;
        int steps = (int)ceil(LAWS_STEPS * (to - from) / t);
        for (int n = 0; n < steps; n++) laws_backward_step(p, p->segments[s].rates, (to - from) / steps, g);
        for (size_t i = 0; i < p->n_types && p->segments[s].survive != RLP_NONE; i++) g[i] *= p->survive[p->segments[s].survive * p->n_types + i];
    }
    sum = g[p->n_types];
    for (size_t i = 0; i < p->n_types; i++)
        if (p->start_cells[i]) sum += (double)p->start_cells[i] * laws_log1m(g[i]);
    return sum;
}

/* The variance over the mean from one cell: the scale on which the logarithm of the generating function is smooth. */
static inline void laws_scales(const rlp_process_t *p, double t, double *scale) {
    for (size_t i = 0; i < p->n_types; i++) scale[i] = 1;
    for (size_t i = 0; i < p->n_types; i++) {
        double one[LAWS_TYPES] = {0};
        one[i] = 1;
        laws_pair_t x = laws_moments(p, one, t);
        for (size_t type = 0; type < p->n_types; type++)
            if (x.mean[type] > 0) scale[type] = fmax(scale[type], x.covariance[type][type] / x.mean[type]);
    }
}

/* All four moments of the cells of one type. Mean and variance come both ways and must agree. */
static inline judge_moments_t laws_of_type_anew(const rlp_process_t *p, size_t type, double t, double scale, const laws_pair_t *both) {
    enum { POINTS = 16 };
    double radius = 0.1 / scale, cumulant[5] = {0};
    const laws_pair_t x = *both;
    for (int m = 0; m < POINTS; m++) {
        double complex turn = cexp(2 * M_PI * I * m / POINTS), g[LAWS_TYPES + 1] = {0}, theta = radius * turn;
        g[type] = 1 - cexp(theta);
        double complex value = laws_log_pgf(p, g, t);
        for (int n = 1; n <= 4; n++) cumulant[n] += creal(value * cpow(turn, -n)) / POINTS * tgamma(n + 1) / pow(radius, n);
    }
    assert_true(fabs(cumulant[1] / x.mean[type] - 1) < 1e-5 && fabs(cumulant[2] / x.covariance[type][type] - 1) < 1e-4);
    double variance = x.covariance[type][type];
    return (judge_moments_t){x.mean[type], variance, cumulant[3] / pow(variance, 1.5), cumulant[4] / (variance * variance)};
}

/* FNV-1a of all that the law of a process depends on. */
static inline uint64_t laws_hash(uint64_t hash, const void *bytes, size_t n) {
    for (size_t i = 0; i < n; i++) hash = (hash ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3u;
    return hash;
}
static inline uint64_t laws_key(const rlp_process_t *p, double t) {
    uint64_t key = laws_hash(0xcbf29ce484222325u, &t, sizeof t);
    key = laws_hash(key, p->start_cells, p->n_types * sizeof *p->start_cells);
    key = laws_hash(key, p->rates, p->n_rate_rows * p->row_size * sizeof *p->rates);
    key = laws_hash(key, p->survive, p->n_survive_rows * p->n_types * sizeof *p->survive);
    for (size_t s = 0; s < p->n_segments; s++) {
        const double segment[] = {p->segments[s].start_days, (double)p->segments[s].rates, (double)p->segments[s].survive};
        key = laws_hash(key, segment, sizeof segment);
    }
    for (size_t c = 0; c < p->n_channels; c++) {
        const size_t channel[] = {(size_t)p->channels[c].kind, p->channels[c].from, p->channels[c].to};
        key = laws_hash(key, channel, sizeof channel);
    }
    return key;
}

/* The same, remembered: every engine is held against the law of the same few processes, and the law costs more than the engine. */
static inline judge_moments_t laws_of_type(const rlp_process_t *p, size_t type, double t) {
    enum { REMEMBERED = 32 };
    static struct {
        uint64_t key;
        laws_pair_t both;
        double scale[LAWS_TYPES];
        bool has[LAWS_TYPES];
        judge_moments_t law[LAWS_TYPES];
    } known[REMEMBERED];
    static size_t n;
    uint64_t key = laws_key(p, t);
    size_t at = 0, full = n < REMEMBERED ? n : REMEMBERED;
    while (at < full && known[at].key != key) at++;
    if (at == full) {
        at = n++ % REMEMBERED;
        memset(&known[at], 0, sizeof known[at]);
        known[at].key = key;
        known[at].both = laws_moments(p, NULL, t);
        laws_scales(p, t, known[at].scale);
    }
    if (!known[at].has[type]) known[at].law[type] = laws_of_type_anew(p, type, t, known[at].scale[type], &known[at].both);
    known[at].has[type] = true;
    return known[at].law[type];
}

#endif
