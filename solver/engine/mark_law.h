/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Kendall's law with marks: births and deaths of one type between two of its transitions (the *marks*), in closed form.
 *
 * b = divisions without mutation, d = deaths, m = all transitions of a cell (mutations at division and beside it, switches), per cell and day.
 * From one cell, U(u, t) = 1 - E[(1-u)^N(t), no mark before t] solves U' = m + l U - b U^2, l = b - d - m, U(u, 0) = u: linear-fractional in u (Kendall 1948),
 *
 *   U = mark + mean u / (1 + shape u)        mark  = P(a mark before t)
 *                                            mean  = E[N(t), no mark before t]
 *                                            shape = odds of one more cell: N is geometric with ratio shape/(1 + shape) where the line lives unmarked
 *
 * This is the matrix [[A,B],[C,D]] = exp(t [[l/2, m],[b, -l/2]]) of U = (B + A u)/(D + C u), brought to D = 1: mark = B, shape = C, mean = det, A = mean + mark shape.
 * In this form everything is non-negative and stretches of time compose by sums and products alone (rlp_marks_then): nothing cancels, and a mean of 1e-12
 * keeps its digits. Over one stretch of constant rates, with q = sqrt(l^2/4 + m b), e = exp(-2qt): D = keep + lose e, keep + lose = 1,
 *   mark = (m/2q) (1-e)/D,  shape = (b/2q) (1-e)/D,  mean = e/D^2. */
#ifndef RELAPSE_ENGINE_MARK_LAW_H
#define RELAPSE_ENGINE_MARK_LAW_H

#include <stdbool.h>

#include "kendall_law.h"

typedef struct {
    double mark, mean, shape;
    bool mortal; /* some line may die out: where none can, counts that only switch are kept to the cell at any size */
} rlp_marks_t;

/* Growth beyond e^300 is taken as e^300, and products beyond 1e140 as 1e140: whatever lives has long passed 4e18, an overflow either way. */
#define RLP_MARKS_EXPONENT_MAX 300.0
#define RLP_MARKS_SHAPE_MAX 1e140

static inline rlp_marks_t rlp_marks_none(void) { return (rlp_marks_t){.mean = 1}; }

/* What does not depend on the time. */
typedef struct {
    double twice_q, keep, lose; /* D = keep + lose e */
    double birth, marks;        /* over 2q; at q = 0 (no marks, no net growth) the birth rate itself */
    bool mortal;
} rlp_mark_rates_t;

/* keep and lose are (1 + |l|/2q)/2 and m b/(2q (q + |l|/2)): the smaller never as a difference. */
static inline rlp_mark_rates_t rlp_mark_rates(double birth, double death, double marks) {
    double l = birth - death - marks, half = fabs(l) / 2, q = sqrt(half * half + marks * birth);
    if (q == 0) return (rlp_mark_rates_t){.keep = 1, .birth = birth, .mortal = death > 0};
    double large = (1 + half / q) / 2, small = marks * birth / (2 * q * (q + half));
    return (rlp_mark_rates_t){.twice_q = 2 * q, .keep = l >= 0 ? small : large, .lose = l >= 0 ? large : small, .birth = birth / (2 * q), .marks = marks / (2 * q),
                              .mortal = death > 0};
}

/* At e, with one_minus_e given apart. */
static inline rlp_marks_t rlp_marks_at(const rlp_mark_rates_t *rates, double e, double one_minus_e) {
    double inverse = 1 / (rates->keep + rates->lose * e);
    return (rlp_marks_t){.mark = rates->marks * one_minus_e * inverse, .mean = e * inverse * inverse, .shape = rates->birth * one_minus_e * inverse, .mortal = rates->mortal};
}

static inline rlp_marks_t rlp_marks_over(const rlp_mark_rates_t *rates, double days) {
    if (rates->twice_q == 0) return (rlp_marks_t){.mean = 1, .shape = rates->birth * days, .mortal = rates->mortal};
    double x = fmin(rates->twice_q * days, RLP_MARKS_EXPONENT_MAX);
    if (x < 0.1) { /* below, 1 - exp(-x) would lose more than a digit; exp is the faster */
        double one_minus_e = -expm1(-x);
        return rlp_marks_at(rates, 1 - one_minus_e, one_minus_e);
    }
    double e = exp(-x);
    return rlp_marks_at(rates, e, 1 - e);
}

/* `first` happens first. */
static inline rlp_marks_t rlp_marks_then(const rlp_marks_t *first, const rlp_marks_t *next) {
    double inverse = 1 / (1 + first->shape * next->mark);
    rlp_marks_t both = {.mark = first->mark + first->mean * next->mark * inverse, .mean = first->mean * inverse * next->mean * inverse,
                        .shape = next->shape + first->shape * next->mean * inverse, .mortal = first->mortal || next->mortal};
    if (both.shape > RLP_MARKS_SHAPE_MAX) {
        both.mean *= RLP_MARKS_SHAPE_MAX / both.shape;
        both.shape = RLP_MARKS_SHAPE_MAX;
    }
    return both;
}

/* Days into a stretch of at most `longest` days at which the mark probability, `before` having passed, reaches `target`; and the law up to there.
 * w = (target - mark)/(mean - shape (target - mark)) is what the stretch itself must reach, B/D = w; solved for 1 - e. */
static inline double rlp_marks_reach(const rlp_marks_t *before, const rlp_mark_rates_t *rates, double target, double longest, rlp_marks_t *law) {
    double delta = fmax(0, target - before->mark), w = delta / (before->mean - before->shape * delta), one_minus_e = w / (rates->marks + w * rates->lose);
    double days = one_minus_e >= 0 && one_minus_e < 1 ? -log1p(-one_minus_e) / rates->twice_q : longest;
    rlp_marks_t within = days < longest ? rlp_marks_at(rates, 1 - one_minus_e, one_minus_e) : rlp_marks_over(rates, longest);
    *law = rlp_marks_then(before, &within);
    return fmin(days, longest);
}

/* Of lines known to have had no mark. */
static inline rlp_kendall_t rlp_marks_law(const rlp_marks_t *m) {
    double one_minus_ratio = 1 / (1 + m->shape), none = fmax(1 - m->mark, 1e-300);
    return (rlp_kendall_t){.alive = m->mortal ? fmin(1, m->mean * one_minus_ratio / none) : 1, .ratio = m->shape * one_minus_ratio, .one_minus_ratio = one_minus_ratio};
}

#endif
