/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Do groups of patients that share nobody answer a treatment alike? Cochran (1954). */
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "relapse/statistics.h"

rlp_heterogeneity_t rlp_heterogeneity(size_t n, const double *difference, const double *std_err) {
    const rlp_heterogeneity_t unknown = {NAN, NAN};
    double weights = 0, mean = 0, q = 0;
    if (n < 2) return unknown;
    for (size_t k = 0; k < n; k++) {
        if (!(std_err[k] > 0 && isfinite(std_err[k]) && isfinite(difference[k]))) return unknown;
        weights += 1 / (std_err[k] * std_err[k]);
        mean += difference[k] / (std_err[k] * std_err[k]);
    }
    mean /= weights;
    for (size_t k = 0; k < n; k++) q += (difference[k] - mean) * (difference[k] - mean) / (std_err[k] * std_err[k]);
    return (rlp_heterogeneity_t){q, gsl_cdf_chisq_Q(q, (double)(n - 1))};
}
