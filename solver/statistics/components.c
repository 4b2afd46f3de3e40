/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How much of the spread is between patients, how much is luck within one: one-way analysis of variance, random effects.
 *
 * F = (mean square between) / (mean square within) has expectation 1 + r between / within, so share = (F - 1) / (F + r - 1), r the replicates. For normal x
 * F / (1 + r between / within) is Fisher's F on n - 1 and n (r - 1) degrees of freedom exactly: the interval of the share is that formula at F over the upper and F over
 * the lower 2.5 % point (Searle 1971, p. 414; Shrout & Fleiss 1979, ICC(1,1)). */
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "relapse/statistics.h"

/* Where F's distribution reaches p. GSL's own inverse (2.7) does not converge at some 10^4 degrees of freedom, its distribution function does. */
static double f_quantile(double p, double above, double below) {
    double low = log(1e-12), high = log(1e12);
    for (int k = 0; k < 70; k++) {
        double middle = (low + high) / 2;
        if (gsl_cdf_fdist_P(exp(middle), above, below) < p) low = middle;
        else high = middle;
    }
    return exp((low + high) / 2);
}

/* within [0, 1], NaN stays */
static double share_at(double f, double replicates) { return isinf(f) ? 1 : f < 1 ? 0 : (f - 1) / (f + replicates - 1); }

rlp_components_t rlp_variance_components(size_t patients, size_t replicates, const double *x) {
    const double r = (double)replicates;
    rlp_moments_t means = {0};
    double squares = 0;
    if (patients < 2 || replicates < 2) return (rlp_components_t){NAN, NAN, {NAN, NAN, NAN}};
    for (size_t i = 0; i < patients; i++) {
        rlp_moments_t one = {0};
        for (size_t j = 0; j < replicates; j++) rlp_moments_add(&one, x[i * replicates + j]);
        rlp_moments_add(&means, one.mean);
        squares += one.m2;
    }
    const double of_between = (double)(patients - 1), of_within = (double)patients * (r - 1);
    double within = squares / of_within, between = r * means.m2 / of_between, f = between / within; /* mean squares; 0/0: all x are one */
    rlp_components_t found = {.within = within, .between = fmax(0, (between - within) / r)};
    found.share.value = share_at(f, r);
    found.share.lower95 = share_at(f / f_quantile(0.975, of_between, of_within), r);
    found.share.upper95 = share_at(f / f_quantile(0.025, of_between, of_within), r);
    return found;
}
