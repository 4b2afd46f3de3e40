/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Draws from urns: what is known of a whole, shared out among its parts.
 *
 * Hypergeometric, with m the smaller class, s the smaller sample: card by card where either is small, inversion for a mean below 10, else the ratio of uniforms
 * (Stadlober, J. Comput. Appl. Math. 31:181, 1990): k = mean + 1/2 + h (V - 1/2)/U, h = sqrt(8/e (var + 1/2)) + 3 - 2 sqrt(3/e), accepted if U^2 <= P(k)/P(mode).
 *   P(k) = Binomial(k; m, q) Binomial(s - k; N - m, q) / Binomial(s; N, q),  q = s/N, each in Loader's form (deviance.h).
 * Polya: Binomial(n, B) with B ~ Beta(weight, rest), by two gammas; the smaller share is drawn, for 1 - B may round. */
#include <math.h>

#include "deviance.h"
#include "relapse/error.h"
#include "relapse/variates.h"

#define CARD_BY_CARD 12
#define INVERSION_BELOW 10.0
#define HAT_SLOPE 1.7155277699214135     /* sqrt(8/e) */
#define HAT_OFFSET 0.8989161620588988    /* 3 - 2 sqrt(3/e) */

/* N things of which m are good; s are drawn; m, s <= N/2. */
typedef struct {
    double n, m, s;
} urn_t;

static int64_t card_by_card(rlp_stream_t *stream, int64_t n, int64_t good, int64_t draws) {
    int64_t found = 0;
    for (; draws > 0 && good > found; draws--, n--) found += rlp_stream_uniform_fine(stream) * (double)n < (double)(good - found);
    return found;
}

/* P(k)/P(mode), k - mean = delta. */
static double ratio(const urn_t *urn, double k, double delta, double mode, double mode_delta) {
    double q = urn->s / urn->n, rest = urn->n - urn->m;
    deviance_split_t in = {k, urn->m - k, delta}, in_mode = {mode, urn->m - mode, mode_delta};
    deviance_split_t out = {urn->s - k, rest - urn->s + k, -delta}, out_mode = {urn->s - mode, rest - urn->s + mode, -mode_delta};
    return deviance_binomial_ratio(in, in_mode, urn->m * q, urn->m * (1 - q)) * deviance_binomial_ratio(out, out_mode, rest * q, rest * (1 - q));
}

/* Binomial(0; m, q) Binomial(s; N - m, q) / Binomial(s; N, q). */
static double probability_of_none(const urn_t *urn) {
    double q = urn->s / urn->n, bad = urn->n - urn->m, delta = urn->m * q; /* s - (N - m) q */
    deviance_split_t from = {urn->s, bad - urn->s, delta}, all = {urn->s, urn->n - urn->s, 0};
    double fall = deviance_binomial_fall(from, bad * q, bad * (1 - q)) - deviance_binomial_fall(all, urn->s, urn->n - urn->s);
    double stirling = deviance_stirling(bad) - deviance_stirling(urn->n);
    double sizes = bad * deviance_size(urn->n - urn->s) / (urn->n * deviance_size(bad - urn->s));
    return exp(urn->m * log1p(-q) + stirling - fall) * sqrt(sizes);
}

static int64_t by_inversion(rlp_stream_t *stream, const urn_t *urn) {
    double none = probability_of_none(urn), limit = fmin(urn->m, urn->s);
    for (;;) {
        double u = rlp_stream_uniform_fine(stream), p = none;
        for (double k = 0; k <= limit; k++) {
            if (u < p) return (int64_t)k;
            u -= p;
            p *= (urn->m - k) * (urn->s - k) / ((k + 1) * (urn->n - urn->m - urn->s + k + 1));
            if (p <= 0) break;
        }
        /* What is left of u is rounding: draw again. */
    }
}

static int64_t by_ratio(rlp_stream_t *stream, const urn_t *urn) {
    double q = urn->s / urn->n, mean = urn->m * q, whole = floor(mean), part = mean - whole;
    double variance = mean * (1 - q) * (1 - urn->m / urn->n) * (urn->n / (urn->n - 1)), h = HAT_SLOPE * sqrt(variance + 0.5) + HAT_OFFSET;
    double mode = floor((urn->s + 1) * ((urn->m + 1) / (urn->n + 2)));
    for (;;) {
        double u = rlp_stream_uniform(stream), offset = floor(part + 0.5 + h * (rlp_stream_uniform(stream) - 0.5) / u), k = whole + offset;
        if (!(k >= 0 && k <= urn->m && k <= urn->s)) continue;
        if (u * u <= ratio(urn, k, offset - part, mode, mode - whole - part)) return (int64_t)k;
    }
}

int64_t rlp_variate_hypergeometric(rlp_stream_t *stream, int64_t n, int64_t good, int64_t draws) {
    RLP_INVARIANT(n >= 0 && n <= RLP_COUNT_MAX && good >= 0 && good <= n && draws >= 0 && draws <= n);
    if (good > n - good) return draws - rlp_variate_hypergeometric(stream, n, n - good, draws);
    if (draws > n - draws) return good - rlp_variate_hypergeometric(stream, n, good, n - draws);
    if (good == 0 || draws == 0) return 0;
    if (draws <= CARD_BY_CARD) return card_by_card(stream, n, good, draws);
    if (good <= CARD_BY_CARD) return card_by_card(stream, n, draws, good);
    urn_t urn = {(double)n, (double)good, (double)draws};
    return urn.m * (urn.s / urn.n) < INVERSION_BELOW ? by_inversion(stream, &urn) : by_ratio(stream, &urn);
}

int64_t rlp_variate_polya(rlp_stream_t *stream, int64_t n, int64_t weight, int64_t rest) {
    RLP_INVARIANT(n >= 0 && n <= RLP_COUNT_MAX && weight >= 0 && rest >= 0);
    if (n == 0 || weight == 0) return 0;
    if (rest == 0) return n;
    if (n == 1) return rlp_stream_uniform_fine(stream) * ((double)weight + (double)rest) < (double)weight;
    double a = rlp_variate_gamma(stream, (double)weight), b = rlp_variate_gamma(stream, (double)rest);
    return a <= b ? rlp_variate_binomial(stream, n, a / (a + b)) : n - rlp_variate_binomial(stream, n, b / (a + b));
}
