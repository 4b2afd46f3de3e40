/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * P(N < M) from the generating function f(s) = E[s^N] of the cells of a set.
 *
 *   few cells    the coefficient of s^(M-1) in f(s)/(1 - s) by the trapezoid rule on a circle of radius r (Abate & Whitt 1992, eq. 5.2); what
 *                folds over is below r^(2n) = 1e-10
 *   many cells   the Laplace transform E[exp(-theta N)]/theta at x = M - 1/2, inverted by Abate & Whitt's EULER (1995): the discretisation error is
 *                exp(-A); the alternating series is summed until twice as many terms say the same
 *   narrow laws  the series would need some M/sd terms: the normal law instead */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backward.h"
#include "relapse/memory.h"
#include "relapse/reference.h"

#define CIRCLE_CELLS 400
#define CIRCLE_FOLD 1e-10
#define EULER_A 20.0
#define EULER_TERMS_LEAST 32
#define EULER_TERMS_MOST 8192
#define EULER_EXTRA 12 /* terms that the binomial average takes */
#define EULER_AGREE 1e-8
#define NARROW 1e-3
#define NEVER_BELOW 1e-12 /* by Markov's inequality: level beyond 1e12 means */

typedef struct {
    backward_t backward;
    const unsigned char *set;
    double t_days;
} law_t;

/* ln f at 1 - s = g. */
static int log_pgf(law_t *law, double complex g, double complex *value) {
    backward_t *b = &law->backward;
    size_t n = b->process->n_types;
    memset(b->y, 0, 2 * (n + 1) * sizeof *b->y);
    for (size_t i = 0; i < n; i++)
        if (law->set[i]) b->y[i] = creal(g), b->y[n + 1 + i] = cimag(g);
    int rc = backward_run(b, law->t_days, NULL, NULL, 0);
    *value = backward_log(b);
    return rc;
}

static double complex expm1_complex(double x, double z) {
    double s = sin(z / 2);
    return CMPLX(expm1(x) * cos(z) - 2 * s * s, exp(x) * sin(z));
}

/* P(N < m), m >= 2: the coefficient of s^n, n = m - 1. */
static int on_circle(law_t *law, size_t n, double *below) {
    double log_radius = log(CIRCLE_FOLD) / (2 * (double)n), sum = 0;
    for (size_t j = 0; j <= n; j++) {
        double angle = M_PI * (double)j / (double)n;
        double complex value, g = -expm1_complex(log_radius, j == n ? M_PI : angle); /* 1 - s, with its digits near s = 1 */
        if (j == 0 || j == n) g = creal(g);
        int rc = log_pgf(law, g, &value);
        if (rc) return rc;
        double part = creal(cexp(value) / g);
        sum += (j == 0 || j == n ? 1 : 2) * (j % 2 ? -part : part);
    }
    *below = sum / (2 * (double)n * exp((double)n * log_radius));
    return RLP_OK;
}

/* The binomial average of the partial sums from `terms` on. */
static double averaged(const double *sums, size_t terms) {
    double mean = 0, weight = pow(0.5, EULER_EXTRA);
    for (size_t k = 0; k <= EULER_EXTRA; k++) {
        mean += weight * sums[terms + k];
        weight *= (double)(EULER_EXTRA - k) / (double)(k + 1);
    }
    return mean;
}

static int by_euler(law_t *law, double x, double *sums, double *below) {
    double scale = exp(EULER_A / 2) / x, sum = 0, last = NAN;
    size_t done = 0;
    for (size_t terms = EULER_TERMS_LEAST; terms <= EULER_TERMS_MOST; terms *= 2) {
        for (; done <= terms + EULER_EXTRA; done++) {
            double complex theta = CMPLX(EULER_A, 2 * M_PI * (double)done) / (2 * x), value;
            int rc = log_pgf(law, done ? -expm1_complex(-creal(theta), -cimag(theta)) : -expm1(-creal(theta)), &value);
            if (rc) return rc;
            double part = scale * creal(cexp(value) / theta);
            sum += done == 0 ? part / 2 : done % 2 ? -part : part;
            sums[done] = sum;
        }
        *below = averaged(sums, terms);
        if (fabs(*below - last) < EULER_AGREE) return RLP_OK;
        last = *below;
    }
    return rlp_fail(RLP_ERROR_RATE, "the law of the count at day %g is too narrow for its generating function to be inverted", law->t_days);
}

/* Mean and variance of the cells of the set. */
static void of_set(const rlp_process_t *p, const unsigned char *set, const double *means, const double *covariances, double *mean, double *variance) {
    *mean = *variance = 0;
    for (size_t i = 0; i < p->n_types; i++) {
        if (!set[i]) continue;
        *mean += means[i];
        for (size_t j = 0; j < p->n_types; j++) *variance += set[j] ? covariances[i * p->n_types + j] : 0;
    }
}

static int at_one_time(law_t *law, double level, double mean, double variance, double *sums, double *below) {
    double complex value;
    double cells = ceil(level);
    int rc = RLP_OK;
    if (cells <= 0) {
        *below = 0;
    } else if (mean <= NEVER_BELOW * cells) {
        *below = 1;
    } else if (cells <= 1) {
        rc = log_pgf(law, 1, &value);
        *below = exp(creal(value));
    } else if (sqrt(variance) <= NARROW * mean) {
        *below = variance > 0 ? gsl_cdf_gaussian_P(cells - 0.5 - mean, sqrt(variance)) : mean < cells;
    } else if (cells <= CIRCLE_CELLS) {
        rc = on_circle(law, (size_t)cells - 1, below);
    } else {
        rc = by_euler(law, cells - 0.5, sums, below);
    }
    *below = fmin(1, fmax(0, *below));
    return rc;
}

int rlp_reference_below(const rlp_process_t *p, const unsigned char *set, double level, bool founders, const double *t_days, size_t n_times, double *below) {
    size_t n = p->n_types;
    law_t law = {.set = set};
    unsigned char *outside = NULL;
    double *means = NULL, *covariances = NULL, *sums = NULL;
    int rc = rlp_reference_accepts_backward(p);
    if (!rc) rc = RLP_NEW(outside, n);
    if (!rc) rc = RLP_NEW(means, n_times * n);
    if (!rc) rc = RLP_NEW(covariances, n_times * n * n);
    if (!rc) rc = RLP_NEW(sums, EULER_TERMS_MOST + EULER_EXTRA + 1);
    for (size_t i = 0; i < n && !rc; i++) outside[i] = founders && !set[i];
    if (!rc) rc = rlp_reference_moments(p, t_days, n_times, means, covariances);
    if (!rc) rc = backward_init(&law.backward, p, NULL, outside, true);
    for (size_t k = 0; k < n_times && !rc; k++) {
        double mean, variance;
        of_set(p, set, means + k * n, covariances + k * n * n, &mean, &variance);
        law.t_days = t_days[k];
        rc = at_one_time(&law, level, mean, variance, sums, &below[k]);
    }
    if (law.backward.process) backward_free(&law.backward);
    free(sums);
    free(covariances);
    free(means);
    free(outside);
    return rc;
}
