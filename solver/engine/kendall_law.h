/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Kendall's law of the linear birth-death process over a time h with constant rates (Kendall, Ann. Math. Stat. 19:1, 1948).
 *
 * From one cell: alive at h with probability `alive`, and then 1 + geometric: P(N = k | alive) = (1 - ratio) ratio^(k-1).
 * With l = b - d, E = e^(lh), I = (E - 1)/l (h at l = 0): alive = E/(1 + bI), ratio = bI/(1 + bI), 1 - ratio = 1/(1 + bI): no differences, so every
 * digit is kept at b = d, at b = 0 and at d = 0. Growth beyond e^600 is taken as e^600: whatever lives has long passed 4e18, an overflow either way. */
#ifndef RELAPSE_ENGINE_KENDALL_LAW_H
#define RELAPSE_ENGINE_KENDALL_LAW_H

#include <math.h>
#include <stdint.h>

#include "relapse/variates.h"

#define RLP_GROWTH_MAX 600.0

typedef struct {
    double alive, ratio, one_minus_ratio;
} rlp_kendall_t;

/* (e^(l h) - 1)/l, h at l = 0: the time integral of e^(l s) over (0, h). */
static inline double rlp_growth_integral(double l, double h) { return l * h == 0 ? h : expm1(l * h) / l; }

static inline rlp_kendall_t rlp_kendall_law(double birth, double death, double h) {
    double l = birth - death;
    if (l * h > RLP_GROWTH_MAX) h = RLP_GROWTH_MAX / l;
    double integral = rlp_growth_integral(l, h), one_minus_ratio = 1 / (1 + birth * integral);
    double growth = l * h > -0.5 ? 1 + l * integral : exp(l * h); /* a sum of which no digit is lost is the faster one */
    return (rlp_kendall_t){.alive = fmin(1, growth * one_minus_ratio), .ratio = birth * integral * one_minus_ratio, .one_minus_ratio = one_minus_ratio};
}

/* Sum of two counts of at most RLP_COUNT_MAX + 1, which stands for an overflow. */
static inline int64_t rlp_count_sum(int64_t a, int64_t b) { return a > RLP_COUNT_MAX - b ? RLP_COUNT_MAX + 1 : a + b; }

/* Descendants after h of n cells: K ~ Binomial(n, alive) lines, K + NegativeBinomial(K, ratio) cells. RLP_COUNT_MAX + 1: an overflow. */
static inline int64_t rlp_kendall_draw(rlp_stream_t *stream, const rlp_kendall_t *law, int64_t n) {
    if (n == 0) return 0;
    int64_t lines = rlp_variate_binomial(stream, n, law->alive);
    return rlp_count_sum(lines, rlp_variate_negative_binomial(stream, lines, law->ratio, law->one_minus_ratio));
}

#endif
