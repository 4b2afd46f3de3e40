/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Variates: exact random numbers at any size. GSL's discrete ones stop at 32 bits; burdens pass 10^12.
 *
 * Counts are int64 in 0 .. 4e18. No normal approximation anywhere. Accepted by Loader's saddle-point deviance form (2000), never by differences of lgamma.
 * Arguments outside their range are broken invariants. Which one when:
 *   binomial      how many of n survive                      BTRS (Hoermann 1993) for n min(p,1-p) >= 10, inversion below
 *   poisson       founders, arrivals                         PTRS (Hoermann 1993) for mean >= 10, inversion or product below
 *   gamma         waiting times of k events                  Marsaglia & Tsang 2000 (shape < 1 by the power of a uniform)
 *   negative_binomial  offspring beyond the first of k lines: failures before the k-th success, P(X=0) = (1-r)^k, mean k r/(1-r)
 *   multinomial   n over m cells, by conditional binomials
 *   hypergeometric  which of those that live belong to a part: draws without replacement     ratio of uniforms (Stadlober 1990)
 *   polya         the share of a part in offspring of which only the sum is known: an urn that gains what is drawn */
#ifndef RELAPSE_VARIATES_H
#define RELAPSE_VARIATES_H

#include <stddef.h>
#include <stdint.h>

#include "relapse/stream.h"

#define RLP_COUNT_MAX ((int64_t)4000000000000000000)

double rlp_variate_exponential(rlp_stream_t *); /* mean 1 */
double rlp_variate_normal(rlp_stream_t *);      /* mean 0, variance 1 */
double rlp_variate_gamma(rlp_stream_t *, double shape);
int64_t rlp_variate_poisson(rlp_stream_t *, double mean); /* mean in [0, 4e18]; results above 4e18 are clamped to RLP_COUNT_MAX + 1: an overflow the caller must see */
int64_t rlp_variate_binomial(rlp_stream_t *, int64_t n, double p);
/* k in 0..4e18 (0 gives 0); r in [0,1). Poisson(Gamma(k) r/(1-r)); k = 1 by inversion. `one_minus_r` is given apart so that r near 1 keeps its digits. */
int64_t rlp_variate_negative_binomial(rlp_stream_t *, int64_t k, double r, double one_minus_r);
/* counts[i] of n in cells of probability p[i] (p need not sum to 1: the rest is dropped and returned). */
int64_t rlp_variate_multinomial(rlp_stream_t *, int64_t n, size_t cells, const double *p, int64_t *counts);

/* Good ones among `draws` of n without replacement, `good` of n being good. */
int64_t rlp_variate_hypergeometric(rlp_stream_t *, int64_t n, int64_t good, int64_t draws);
/* X of X + Y = n, X and Y negative binomial of sizes `weight` and `rest` and any common r: of n draws from Polya's urn. */
int64_t rlp_variate_polya(rlp_stream_t *, int64_t n, int64_t weight, int64_t rest);

/* Compensated sum (Neumaier 1974): add in any order of magnitudes. */
typedef struct {
    double sum, compensation;
} rlp_sum_t;
static inline void rlp_sum_add(rlp_sum_t *sum, double x) {
    double t = sum->sum + x;
    double big = sum->sum, small = x;
    if ((big < 0 ? -big : big) < (small < 0 ? -small : small)) big = x, small = sum->sum;
    sum->compensation += (big - t) + small;
    sum->sum = t;
}
static inline double rlp_sum_value(const rlp_sum_t *sum) { return sum->sum + sum->compensation; }

#endif
