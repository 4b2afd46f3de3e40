/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Loader's saddle-point form (2000) of Poisson and binomial probabilities, in which nothing large cancels:
 *   Poisson   P(k) = exp(-S(k) - D(k, mu)) / sqrt(2 pi k)
 *   binomial  P(k) = exp(S(n) - S(k) - S(n-k) - D(k, np) - D(n-k, nq)) sqrt(n / (2 pi k (n-k)))
 * with S the error of Stirling's formula and D(k, m) = k log(k/m) + m - k. Differences of lgamma lose every digit at counts of 10^12. */
#ifndef RELAPSE_NUMERICS_DEVIANCE_H
#define RELAPSE_NUMERICS_DEVIANCE_H

#include <math.h>

/* S(k) = log k! - (k + 1/2) log k + k - log(2 pi)/2 for whole k; S(0) := 0, with deviance_size(0) to match. */
static inline double deviance_stirling(double k) {
    static const double small[16] = {
        0,
        0.081061466795327258,
        0.041340695955409294,
        0.027677925684998339,
        0.020790672103765093,
        0.016644691189821193,
        0.013876128823070747,
        0.01189670994589177,
        0.010411265261972097,
        0.0092554621827127343,
        0.0083305634333628723,
        0.0075736754879518412,
        0.0069428401072095305,
        0.0064089941880042077,
        0.005951370112758849,
        0.0055547335519627999,
    };
    if (k < 16) return small[(int)k];
    double i = 1 / k, w = i * i;
    return i * (1.0 / 12 - w * (1.0 / 360 - w * (1.0 / 1260 - w * (1.0 / 1680 - w * (1.0 / 1188)))));
}

/* The k under the square root; 1/(2 pi) stands for 0, so that P(0) = exp(-D(0, mu)). */
static inline double deviance_size(double k) { return k > 0 ? k : 0.15915494309189535; }

/* D(k, m), given delta = k - m apart, because at 10^18 the difference of the two doubles is noise.
 * With v = delta/(k + m): log(k/m) = 2 artanh v, so D = delta v + 2 k (v^3/3 + v^5/5 + ...). */
static inline double deviance_bd0(double k, double m, double delta) {
    if (fabs(delta) > 0.1 * (k + m)) return k > 0 ? k * log(k / m) - delta : m;
    double v = delta / (k + m), w = v * v;
    double high = 1.0 / 11 + w * (1.0 / 13 + w * (1.0 / 15 + w * (1.0 / 17)));
    double tail = 1.0 / 3 + w * (1.0 / 5 + w * (1.0 / 7 + w * (1.0 / 9 + w * high)));
    return delta * v + 2 * k * v * w * tail;
}

/* P(k) of Poisson; delta = k - mean. */
static inline double deviance_poisson(double k, double mean, double delta) {
    return exp(-deviance_stirling(k) - deviance_bd0(k, mean, delta)) / sqrt(6.283185307179586 * deviance_size(k));
}

/* k of n trials succeed and `rest` = n - k do not; delta = k - np. */
typedef struct {
    double k, rest, delta;
} deviance_split_t;

static inline double deviance_binomial_fall(deviance_split_t x, double mean, double rest_mean) {
    double stirling = deviance_stirling(x.k) + deviance_stirling(x.rest);
    return stirling + deviance_bd0(x.k, mean, x.delta) + deviance_bd0(x.rest, rest_mean, -x.delta);
}
/* P(x)/P(y) of a binomial with mean np and rest_mean n(1-p). */
static inline double deviance_binomial_ratio(deviance_split_t x, deviance_split_t y, double mean, double rest_mean) {
    double sizes = deviance_size(y.k) / deviance_size(x.k) * (deviance_size(y.rest) / deviance_size(x.rest));
    return sqrt(sizes) * exp(deviance_binomial_fall(y, mean, rest_mean) - deviance_binomial_fall(x, mean, rest_mean));
}

#endif
