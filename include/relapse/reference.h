/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reference: deterministic answers to the same process that the engines simulate, over its whole timeline. Plain arrays in, plain arrays out.
 *
 *   moments    m' = A m + nu,  C' = A C + C A' + sum over channels v v' rate(m)        (Bartlett 1949); at a survival event m -> q m,
 *              C -> q C q + diag(q (1 - q) m). Exact without capacity; with it mean field and linear noise (van Kampen 1961), an approximation
 *   backward   u_i(t) = 1 - E[prod_j (1 - u_j)^N_j(t) | one cell of type i]:
 *              u_i' = (1 - u_i) (b_i (1 - sum p) u_i + sum_j (b_i p_ij + r_ij) u_j) - d_i u_i + sum_j w_ij (u_j - u_i), backward in time; at a survival
 *              event u -> q u (Kolmogorov 1931; Athreya & Ney 1972, III). u itself is integrated, not 1 - u: a chance of 1e-14 keeps its digits
 *   founders   cells outside a set follow their means; what they found in the set comes as a Poisson process and each founder has its own line
 *              (Luria & Delbrueck 1943; Kendall 1948; Iwasa, Nowak & Michor 2006)
 * All by GSL's rk8pd (Prince & Dormand 1981) with a relative error of 1e-12 a step on every component.
 *
 * Which one: means, variances, covariances: rlp_reference_moments. Extinction, cure, "no resistant cell", any generating function:
 * rlp_reference_survival. The law of a count, P(N < M): rlp_reference_below. When a set of cells reaches a burden: rlp_reference_progression.
 *
 * Times are days, rising, >= 0; an observation at the time of an event sees the state after it. Sets are n_types flags. Arrays are the caller's, row by row.
 * RLP_ERROR_MEMORY; RLP_ERROR_REFUSED with a sentence: capacity, where cells do not live apart (all but the moments); RLP_ERROR_RATE: not finite.
 * No ranks, no files, no random numbers. */
#ifndef RELAPSE_REFERENCE_H
#define RELAPSE_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "relapse/process.h"

#define RLP_REFERENCE_TOLERANCE 1e-12

/* ---- means and covariances --------------------------------------------------------------------------------------------------------- */
/* means[time][type], covariances[time][type][type] (NULL: means alone, at a fraction of the cost). */
int rlp_reference_moments(const rlp_process_t *, const double *t_days, size_t n_times, double *means, double *covariances) RLP_MUST_USE;
/* What those are: "exact", or "linear noise" with capacity. */
const char *rlp_reference_closure(const rlp_process_t *);

/* ---- generating functions ---------------------------------------------------------------------------------------------------------- */
/* RLP_OK, or RLP_ERROR_REFUSED in words that name what can answer: cells that crowd each other have no backward equations. */
int rlp_reference_accepts_backward(const rlp_process_t *);
/* log_none[time] = ln E[prod_i (1 - u_i)^N_i(t); never a cell of a type in `never` up to t] from the process's start counts. u_i in [0, 1]:
 * u = 1 on a set gives the chance that none of its cells is there at t; `never` (NULL: none) that none ever was, and such types need no u.
 * lines[time][type] (NULL: not wanted) is 1 - the same from one cell of each type, without immigration. */
int rlp_reference_survival(const rlp_process_t *, const double *t_days, size_t n_times, const double *u, const unsigned char *never, double *log_none,
                           double *lines) RLP_MUST_USE;
/* P(cells of the set < level) at each time, from the generating function on a circle (Cauchy; Abate & Whitt 1992) up to 400 cells, above by Euler's
 * inversion of its Laplace transform with the count taken for a continuum (error of order 1/level^2), both to some 1e-8; where its standard
 * deviation is below 0.1 % of the mean, by the normal law. `set` may hold every type. founders: cells outside the set follow their means. */
int rlp_reference_below(const rlp_process_t *, const unsigned char *set, double level, bool founders, const double *t_days, size_t n_times,
                        double *below) RLP_MUST_USE;

/* ---- when a set of cells reaches a burden ------------------------------------------------------------------------------------------ */
typedef struct {
    double survival;  /* P(not reached by t), founders as a Poisson process */
    double exact;     /* the same with the cells outside the set at random too */
    double founders;  /* expected number of lines founded in the set by t: from outside, by immigration, and cells at the start */
    double living;    /* expected number of those that have cells at t */
    bool growing;     /* the set has grown since the burden came within reach, but for at most 0.1 % of it: `survival` is the law, else an upper bound */
} rlp_reference_point_t;
/* Visits at t_days (at_visits), or any instant with t_days as the points of a curve. The law is that of the count at t, and the least so far over
 * t: right where cells that reached the burden stay above it, that is while they grow; the maximum so far leads the count by some
 * d/(b - d) cells, *lead_days in time. level <= 1: exact, the first cell itself (any instant) or at visits. */
int rlp_reference_progression(const rlp_process_t *, const unsigned char *set, double level, bool at_visits, const double *t_days, size_t n_times,
                              rlp_reference_point_t *points, double *lead_days) RLP_MUST_USE;

#endif
