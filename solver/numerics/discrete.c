/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Poisson and binomial variates: transformed rejection where the mean is 10 or more (Hoermann 1993), inversion below.
 *
 * Counts beyond 2^53 have gaps as doubles. A draw is therefore whole part + offset: the whole part of the mean is an int64, the offset
 * (of the size of the standard deviation, below 10^10) is exact as a double, and so is delta = k - mean, which the deviances need.
 * n p itself is rounded once, by what rounding p did already. */
#include <math.h>

#include "deviance.h"
#include "relapse/error.h"
#include "relapse/variates.h"

#define INVERSION_BELOW 10.0
#define INVERSION_STEPS 160 /* a mean of 10 passes them with probability below 1e-120 */
#define COUNT_MAX_AS_DOUBLE 4e18
#define SQUEEZE_FROM 20.0 /* from the mode; nearer by the bound would seldom tell */
#define OFFSET_MAX 1e18 /* 10^8 standard deviations and more, but within an int64 */

/* A point under Hoermann's table mountain hat: offset = (2 a/us + b) U + c, us = 1/2 - |U|; V scales the hat. */
typedef struct {
    double a, b, c, quick;
} mountain_t;
typedef struct {
    double offset, us, v;
} candidate_t;

static inline candidate_t propose(rlp_stream_t *stream, const mountain_t *hat) {
    double u = rlp_stream_uniform(stream) - 0.5, us = 0.5 - fabs(u);
    return (candidate_t){floor((2 * hat->a / us + hat->b) * u + hat->c), us, rlp_stream_uniform(stream)};
}
/* Inside the mountain's flat top: accepted without a look at the probability. */
static inline int is_quick(const candidate_t *x, const mountain_t *hat) { return x->us >= 0.07 && x->v <= hat->quick; }

/* PTRS: accept if V / (alpha (a/us^2 + b)) <= P(k). */
static int64_t poisson_ptrs(rlp_stream_t *stream, double mean) {
    double whole = floor(mean), part = mean - whole, b = 0.931 + 2.53 * sqrt(mean);
    mountain_t hat = {-0.059 + 0.02483 * b, b, part + 0.43, 0.9277 - 3.6224 / (b - 2)};
    double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    for (;;) {
        candidate_t x = propose(stream, &hat);
        if (is_quick(&x, &hat)) return (int64_t)whole + (int64_t)x.offset;
        if ((x.us < 0.013 && x.v > x.us) || fabs(x.offset) > OFFSET_MAX) continue;
        int64_t count = (int64_t)whole + (int64_t)x.offset;
        if (count < 0) continue;
        double left = x.v * inverse_alpha / (hat.a / (x.us * x.us) + hat.b);
        if (left <= deviance_poisson((double)count, mean, x.offset - part)) return count;
    }
}

/* Does V alpha / (a/us^2 + b) = `left` lie below P(k)/P(mode), `away` = |k - mode| from it? Told without either where a bound on its logarithm will do
 * (Kachitvichyanukul & Schmeiser, Commun. ACM 31:216, 1988, step 5.2): 1 yes, -1 no, 0 ask the deviance. */
static inline int squeeze(double left, double away, double variance) {
    if (away <= SQUEEZE_FROM || away >= variance / 2 - 1) return 0;
    double width = away / variance * ((away * (away / 3 + 0.625) + 1.0 / 6) / variance + 0.5), middle = -away * away / (2 * variance), log_left = log(left);
    return log_left < middle - width ? 1 : log_left > middle + width ? -1 : 0;
}

/* BTRS for p <= 1/2: accept if V alpha / (a/us^2 + b) <= P(k)/P(mode). */
static int64_t binomial_btrs(rlp_stream_t *stream, int64_t trials, double p) {
    double n = (double)trials, mean = n * p, rest_mean = n * (1 - p), sd = sqrt(mean * (1 - p)), b = 1.15 + 2.53 * sd;
    double whole = floor(mean), part = mean - whole;
    mountain_t hat = {-0.0873 + 0.0248 * b + 0.01 * p, b, part + 0.5, 0.92 - 4.2 / b};
    double alpha = (2.83 + 5.1 / b) * sd;
    for (;;) {
        candidate_t x = propose(stream, &hat);
        if (is_quick(&x, &hat)) return (int64_t)whole + (int64_t)x.offset;
        if (fabs(x.offset) > OFFSET_MAX) continue;
        int64_t count = (int64_t)whole + (int64_t)x.offset;
        if (count < 0 || count > trials) continue;
        double above = floor(part + p), top = whole + above; /* the mode is floor((n + 1) p) */
        double left = x.v * alpha / (hat.a / (x.us * x.us) + hat.b);
        int known = squeeze(left, fabs(x.offset - above), rest_mean * p);
        if (known > 0) return count;
        if (known < 0) continue;
        deviance_split_t here = {(double)count, (double)(trials - count), x.offset - part}, mode = {top, n - top, above - part};
        if (left <= deviance_binomial_ratio(here, mode, mean, rest_mean)) return count;
    }
}

/* Inversion for laws with P(k) = (a + b/k) P(k-1) (Panjer 1981): Poisson has a = 0, b = mean; binomial a = -p/q, b = (n+1) p/q.
 * `some` = P(K >= 1) comes from expm1: a small U means K >= 1, so that chances of 1e-18 keep their digits. */
static int64_t invert_from(rlp_stream_t *stream, double u, double some, double a, double b, int64_t limit) {
    for (;; u = rlp_stream_uniform_fine(stream)) {
        double probability = 1 - some;
        if (u >= some) return 0;
        for (int k = 1; k <= INVERSION_STEPS && k <= limit; k++) {
            probability *= a + b * (1.0 / k);
            if (u < probability) return k;
            u -= probability;
        }
        /* What is left of u is rounding, once in 10^15: draw again. */
    }
}

/* P(K >= 1) from log P(K = 0); exp is the faster one. */
static double some_of(double log_none) { return log_none > -0.1 ? -expm1(log_none) : 1 - exp(log_none); }

static int64_t clamp_count(int64_t count) { return count > RLP_COUNT_MAX ? RLP_COUNT_MAX + 1 : count; }

int64_t rlp_variate_poisson(rlp_stream_t *stream, double mean) {
    RLP_INVARIANT(mean >= 0 && mean <= COUNT_MAX_AS_DOUBLE);
    if (mean >= INVERSION_BELOW) return clamp_count(poisson_ptrs(stream, mean));
    if (mean <= 0) return 0;
    double u = rlp_stream_uniform_fine(stream);
    if (u >= mean) return 0; /* P(K >= 1) <= mean */
    return invert_from(stream, u, some_of(-mean), 0, mean, INVERSION_STEPS);
}

/* For p <= 1/2. */
static int64_t binomial_lower(rlp_stream_t *stream, int64_t n, double p) {
    if (p <= 0 || n == 0) return 0;
    if (n == 1) return rlp_stream_uniform_fine(stream) < p;
    if ((double)n * p >= INVERSION_BELOW) return binomial_btrs(stream, n, p);
    double u = rlp_stream_uniform_fine(stream);
    if (u >= (double)n * p * (1 + 0x1p-40)) return 0; /* P(K >= 1) <= n p */
    double odds = p / (1 - p), log_none = (double)n * (p > 0.01 ? log(1 - p) : log1p(-p));
    return invert_from(stream, u, some_of(log_none), -odds, ((double)n + 1) * odds, n);
}

int64_t rlp_variate_binomial(rlp_stream_t *stream, int64_t n, double p) {
    RLP_INVARIANT(n >= 0 && n <= RLP_COUNT_MAX && p >= 0 && p <= 1);
    return p <= 0.5 ? binomial_lower(stream, n, p) : n - binomial_lower(stream, n, 1 - p);
}

/* P(X >= j) = r^j: by counting where few steps are expected, else by the logarithm. */
static int64_t geometric(rlp_stream_t *stream, double r, double one_minus_r) {
    if (r < 0.75) {
        double u = rlp_stream_uniform_fine(stream), power = r;
        int64_t count = 0;
        for (; u < power; power *= r) count++;
        return count;
    }
    double log_r = r < 0.5 ? log(r) : log1p(-one_minus_r), x = rlp_variate_exponential(stream) / -log_r;
    return x < COUNT_MAX_AS_DOUBLE ? (int64_t)x : RLP_COUNT_MAX + 1;
}

int64_t rlp_variate_negative_binomial(rlp_stream_t *stream, int64_t k, double r, double one_minus_r) {
    RLP_INVARIANT(k >= 0 && k <= RLP_COUNT_MAX && r >= 0 && r <= 1 && one_minus_r > 0 && one_minus_r <= 1);
    if (k == 0 || r <= 0) return 0;
    if (k == 1) return geometric(stream, r, one_minus_r);
    double mean = rlp_variate_gamma(stream, (double)k) * (r / one_minus_r);
    return mean <= COUNT_MAX_AS_DOUBLE ? rlp_variate_poisson(stream, mean) : RLP_COUNT_MAX + 1;
}

/* Cell i takes Binomial(what is left, p[i] / (p[i] + ... + p[cells-1] + the rest)). A sum of p within rounding of 1 leaves no rest: the
 * last occupied cell then takes all that is left, where a conditional probability of 1 - 1e-16 would lose a cell of 10^12 now and then. */
int64_t rlp_variate_multinomial(rlp_stream_t *stream, int64_t n, size_t cells, const double *p, int64_t *counts) {
    rlp_sum_t total = {0, 0};
    size_t last = cells;
    for (size_t i = 0; i < cells; i++) {
        RLP_INVARIANT(p[i] >= 0);
        rlp_sum_add(&total, p[i]);
        if (p[i] > 0) last = i;
    }
    double rest = 1 - total.sum - total.compensation, rounding = 0x1p-53 * (double)(cells + 1);
    RLP_INVARIANT(rest >= -rounding);
    int closed = rest <= rounding;
    rlp_sum_t open = closed ? total : (rlp_sum_t){1, 0};
    for (size_t i = 0; i < cells; i++) {
        double share = p[i] / rlp_sum_value(&open);
        counts[i] = (closed && i == last) ? n : p[i] > 0 ? rlp_variate_binomial(stream, n, share < 1 ? share : 1) : 0;
        n -= counts[i];
        rlp_sum_add(&open, -p[i]);
    }
    return n;
}
