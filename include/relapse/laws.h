/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Exact laws of small or linear processes, by ways that share nothing with the engines: what the limits are judged against.
 *
 *   one type      Kendall (1948): the generating function from one cell is a Moebius map; segments and survival events compose as 2x2 matrices
 *   birth-death   on 0..n with any rates: uniformisation of the generator (Jensen 1953)
 *   any process   without capacity, up to RLP_LAW_TYPES types: mean and covariance by the moment equations (Bartlett 1949), the generating function by the
 *                 backward equations; cumulants 3 and 4 and the whole law of one type from it on a circle (Cauchy). Classical Runge-Kutta in
 *                 fixed steps, 60 an event of the fastest type and RLP_LAW_STEPS at most (halving them changes the ninth digit), but never fewer than
 *                 keep fast switching stable, 2 an event: where that is more than RLP_LAW_STEPS_MOST, rlp_law_accepts refuses
 *
 * Times in days; g = 1 - s throughout, so that chances near 1 keep their digits. */
#ifndef RELAPSE_LAWS_H
#define RELAPSE_LAWS_H

#include <complex.h>
#include <math.h>

#include "relapse/judge.h"
#include "relapse/process.h"

/* ---- one type -------------------------------------------------------------------------------------------------------------- */
/* s -> (a s + b)/(c s + d). */
typedef struct {
    double a, b, c, d;
} rlp_moebius_t;

static inline rlp_moebius_t rlp_moebius_growth(double birth, double death, double days) {
    double l = birth - death, alpha, beta;
    if (fabs(l) < 1e-14) {
        alpha = beta = birth * days / (1 + birth * days);
    } else {
        double e = expm1(l * days), below = birth * e + l;
        alpha = death * e / below;
        beta = birth * e / below;
    }
    return (rlp_moebius_t){1 - alpha - beta, alpha, -beta, 1};
}
static inline rlp_moebius_t rlp_moebius_thin(double survive) { return (rlp_moebius_t){survive, 1 - survive, 0, 1}; }
/* `first` happens first. */
static inline rlp_moebius_t rlp_moebius_then(rlp_moebius_t first, rlp_moebius_t next) {
    return (rlp_moebius_t){first.a * next.a + first.b * next.c, first.a * next.b + first.b * next.d, first.c * next.a + first.d * next.c,
                           first.c * next.b + first.d * next.d};
}
static inline double rlp_moebius_extinct(rlp_moebius_t m) { return m.b / m.d; }
static inline double rlp_moebius_ratio(rlp_moebius_t m) { return -m.c / m.d; }
/* p[0 .. size-1] of the descendants of `founders` cells: j lines live, then j + NegativeBinomial(j, ratio). */
void rlp_moebius_law(rlp_moebius_t, unsigned founders, double *p, size_t size);

/* ---- birth and death on 0..n -------------------------------------------------------------------------------------------------- */
/* p <- p exp(Q days): state k goes up at up[k], down at down[k]; p[n + 1]. RLP_ERROR_MEMORY. */
int rlp_generator_run(const double *up, const double *down, size_t n, double *p, double days) RLP_MUST_USE;

/* ---- any process without capacity ---------------------------------------------------------------------------------------------- */
#define RLP_LAW_TYPES 16
#define RLP_LAW_STEPS 6000
#define RLP_LAW_STEPS_MOST 1e6

/* RLP_OK, or RLP_ERROR_REFUSED in words: capacity, too many types, rates that are too fast for so many days. Ask first. */
int rlp_law_accepts(const rlp_process_t *, double t_days) RLP_MUST_USE;

typedef struct {
    double mean[RLP_LAW_TYPES], covariance[RLP_LAW_TYPES][RLP_LAW_TYPES];
} rlp_law_pair_t;
/* Mean and covariance at t from `start` cells (NULL: the process's). */
void rlp_law_pair(const rlp_process_t *, const double *start, double t_days, rlp_law_pair_t *);

/* log E[prod (1 - g_i)^N_i(t)]; g[RLP_LAW_TYPES + 1] is used up. */
double complex rlp_law_log_pgf(const rlp_process_t *, double complex *g, double t_days);

/* All four moments of the cells of one type. Mean and variance come both ways; RLP_ERROR_INTERNAL where these differ. */
int rlp_law_of_type(const rlp_process_t *, size_t type, double t_days, rlp_law_moments_t *) RLP_MUST_USE;

/* P(every type of which of[i] is set is absent at t); of NULL: all types. */
double rlp_law_absent(const rlp_process_t *, const unsigned char *of, double t_days);
/* P(no cell of those types was ever there by t): they are taken out of the process as soon as they come. */
double rlp_law_never(const rlp_process_t *, const unsigned char *of, double t_days);

/* p[0 .. size-1] of the cells of one type at t, from the generating function on a circle (Cauchy), to about 1e-9. RLP_ERROR_MEMORY. */
int rlp_law_counts(const rlp_process_t *, size_t type, double t_days, double *p, size_t size) RLP_MUST_USE;

#endif
