/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Exponential, normal and gamma variates. */
#include <math.h>

#include "exponential_table.h"
#include "normal_table.h"
#include "relapse/error.h"
#include "relapse/variates.h"

/* Ziggurat (Marsaglia & Tsang 2000) of 256 layers: layer (8 bits) and place in the layer (53) from one word, apart, the place never 0. No logarithm: what lies beyond
 * the last layer is as far again from there, for an exponential time forgets. */
double rlp_variate_exponential(rlp_stream_t *stream) {
    for (double from = 0;;) {
        uint64_t word = rlp_stream_word(stream);
        unsigned layer = (unsigned)(word & 255);
        double x = ((double)(int64_t)(word >> 11) + 0.5) * 0x1p-53 * exponential_x[layer];
        if (x < exponential_x[layer + 1]) return from + x;
        if (layer == 0) {
            from += exponential_x[1];
            continue;
        }
        double low = exp(-exponential_x[layer]), high = exp(-exponential_x[layer + 1]);
        if (low + rlp_stream_uniform(stream) * (high - low) < exp(-x)) return from + x;
    }
}

/* Marsaglia's tail (1964): x beyond r with density proportional to exp(-x^2/2). */
static double normal_tail(rlp_stream_t *stream) {
    double x, y;
    do {
        x = rlp_variate_exponential(stream) / ZIGGURAT_TAIL;
        y = rlp_variate_exponential(stream);
    } while (2 * y < x * x);
    return ZIGGURAT_TAIL + x;
}

/* Ziggurat (Marsaglia & Tsang 2000) of 256 layers. One word gives layer (8 bits), sign (1) and place in the layer (53), all apart:
 * a layer drawn from bits that the place uses too is the fault that Doornik (2005) found in the original. */
static inline double draw_normal(rlp_stream_t *stream) {
    for (;;) {
        uint64_t word = rlp_stream_word(stream);
        unsigned layer = (unsigned)(word & 255);
        double sign = (word & 256) ? -1.0 : 1.0;
        double x = (double)(int64_t)(word >> 11) * 0x1p-53 * ziggurat_x[layer];
        if (x < ziggurat_x[layer + 1]) return sign * x;
        if (layer == 0) return sign * normal_tail(stream);
        double low = exp(-0.5 * ziggurat_x[layer] * ziggurat_x[layer]), high = exp(-0.5 * ziggurat_x[layer + 1] * ziggurat_x[layer + 1]);
        if (low + rlp_stream_uniform(stream) * (high - low) < exp(-0.5 * x * x)) return sign * x;
    }
}

double rlp_variate_normal(rlp_stream_t *stream) { return draw_normal(stream); }

/* log(1+t) - t + t^2/2 - t^3/3; the series where the difference would lose its digits. */
static double log1p_beyond_cubic(double t) {
    if (fabs(t) > 0.05) return log1p(t) - t * (1 - t * (0.5 - t * (1.0 / 3)));
    double sum = 0;
    for (int j = 15; j >= 4; j--) sum = 1.0 / j - t * sum;
    return -t * t * t * t * sum;
}

/* Marsaglia & Tsang (2000): d v with v = (1 + c x)^3, d = shape - 1/3, c = 1/sqrt(9 d), x normal, accepted with probability
 * exp(x^2/2 + d - d v + d log v). With t = c x the exponent is 3 d (log(1+t) - t + t^2/2 - t^3/3), which keeps its digits at any shape. */
static double draw_gamma(rlp_stream_t *stream, double shape) {
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = draw_normal(stream), t = c * x;
        if (t <= -1) continue;
        double u = rlp_stream_uniform(stream), x2 = x * x;
        if (u < 1 - 0.0331 * x2 * x2 || log(u) < 3 * d * log1p_beyond_cubic(t)) return d * (1 + t) * (1 + t) * (1 + t);
    }
}

double rlp_variate_gamma(rlp_stream_t *stream, double shape) {
    RLP_INVARIANT(shape > 0 && shape <= 1e300);
    if (shape >= 1) return draw_gamma(stream, shape);
    double power = exp(-rlp_variate_exponential(stream) / shape); /* U^(1/shape) */
    return draw_gamma(stream, shape + 1) * power;
}
