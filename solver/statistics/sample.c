/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Samples: moments that merge, quantiles and shares. */
#include <math.h>
#include <stdlib.h>

#include "observations.h"

/* Chan, Golub & LeVeque (1983), eq. 2.1 with one sample of size 1: no difference of large sums. */
void rlp_moments_add(rlp_moments_t *moments, double x) {
    double delta = x - moments->mean;
    moments->n++;
    moments->mean += delta / (double)moments->n;
    moments->m2 += delta * (x - moments->mean);
    moments->extinct += x == 0;
}

void rlp_moments_merge(rlp_moments_t *into, const rlp_moments_t *from) {
    if (from->n == 0) return;
    double a = (double)into->n, b = (double)from->n, delta = from->mean - into->mean;
    into->mean = into->n ? into->mean + delta * (b / (a + b)) : from->mean; /* the first block comes through unchanged, to the bit */
    into->m2 += from->m2 + delta * delta * (a / (a + b)) * b;
    into->n += from->n;
    into->extinct += from->extinct;
}

double rlp_moments_variance(const rlp_moments_t *moments) { return moments->n < 2 ? NAN : moments->m2 / (double)(moments->n - 1); }

double rlp_moments_std_err(const rlp_moments_t *moments) { return sqrt(rlp_moments_variance(moments) / (double)moments->n); }

double rlp_sample_quantile(const double *sorted, size_t n, double p) {
    if (n == 0 || !(p >= 0 && p <= 1)) return NAN;
    double h = (double)(n - 1) * p, low = floor(h);
    double below = sorted[(size_t)low], above = sorted[(size_t)ceil(h)];
    if (below == above) return below; /* two infinities too */
    return (1 - (h - low)) * below + (h - low) * above;
}

static int compare_doubles(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

rlp_interval_t rlp_proportion(uint64_t k, uint64_t n) {
    double p = (double)k / (double)n, z2 = Z_95 * Z_95 / (double)n, centre = (p + z2 / 2) / (1 + z2);
    double reach = sqrt(p * (1 - p) * z2 + z2 * z2 / 4) / (1 + z2);
    rlp_interval_t share = {p, centre - reach, centre + reach};
    if (k == 0 && n > 0) share.lower95 = 0; /* what rounding leaves */
    if (k == n && n > 0) share.upper95 = 1;
    return share;
}

void rlp_sample_sort(double *values, size_t n) { qsort(values, n, sizeof *values, compare_doubles); }
