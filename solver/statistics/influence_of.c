/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an uncertain input moves an answer by. The input is known as u, uniform; Legendre's polynomials in 2u - 1 are orthogonal under it, so a regression of the answer
 * on degrees 1 and 2 estimates the first terms of Sobol's (1993) variance of the conditional mean, and is one line and one parabola in the input's own quantiles. */
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "observations.h"
#include "relapse/memory.h"

enum { LEAST_DRAWS = 10 };

/* R^2 of y on two regressors, all about their means: the plane's normal equations. */
typedef struct {
    double xx[2][2], xy[2], yy;
} normal_equations_t;

static normal_equations_t gather(size_t n, const double *u, const double *y) {
    normal_equations_t sums = {0};
    double mean[3] = {0, 0, 0};
    for (int pass = 0; pass < 2; pass++) /* means, then products about them */
        for (size_t i = 0; i < n; i++) {
            double t = 2 * u[i] - 1, x[3] = {t, (3 * t * t - 1) / 2, y[i]};
            for (int k = 0; k < 3 && !pass; k++) mean[k] += x[k] / (double)n;
            for (int k = 0; k < 3; k++) x[k] -= mean[k];
            for (int k = 0; k < 2 && pass; k++) {
                for (int l = 0; l < 2; l++) sums.xx[k][l] += x[k] * x[l];
                sums.xy[k] += x[k] * x[2];
            }
            sums.yy += pass ? x[2] * x[2] : 0;
        }
    return sums;
}

/* Degree 1 alone where u takes two values only (a yes or no): there degree 2 is the same. */
static double explained(const normal_equations_t *s, double *regressors) {
    double determinant = s->xx[0][0] * s->xx[1][1] - s->xx[0][1] * s->xx[0][1];
    *regressors = 2;
    if (determinant > 1e-10 * s->xx[0][0] * s->xx[1][1])
        return (s->xy[0] * (s->xx[1][1] * s->xy[0] - s->xx[0][1] * s->xy[1]) + s->xy[1] * (s->xx[0][0] * s->xy[1] - s->xx[0][1] * s->xy[0])) / determinant;
    *regressors = 1;
    return s->xx[0][0] > 0 ? s->xy[0] * s->xy[0] / s->xx[0][0] : 0;
}

static double first_order(size_t n, const double *u, const double *y, double noise) {
    normal_equations_t sums = gather(n, u, y);
    double regressors, r2 = explained(&sums, &regressors) / sums.yy, total = sums.yy / (double)(n - 1);
    double adjusted = 1 - (1 - r2) * (double)(n - 1) / ((double)(n - 1) - regressors);
    return total - noise > 0 ? fmin(1, fmax(0, adjusted * total / (total - noise))) : NAN;
}

rlp_influence_of_t rlp_influence_of(size_t n, const double *u, const double *y, double noise) {
    rlp_influence_of_t of = {{NAN, NAN, NAN}, NAN};
    double *work = NULL, least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(y[i])) return of;
        least = fmin(least, y[i]);
        most = fmax(most, y[i]);
    }
    if (n < LEAST_DRAWS || !(least < most) || RLP_NEW(work, 2 * n)) return of;
    double rank = fmax(-1, fmin(1, gsl_stats_spearman(u, 1, y, 1, n, work))), z = atanh(rank), reach = Z_95 * sqrt((1 + rank * rank / 2) / (double)(n - 3));
    of.rank_correlation = (rlp_interval_t){rank, tanh(z - reach), tanh(z + reach)};
    of.first_order = first_order(n, u, y, noise);
    free(work);
    return of;
}
