/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Switching: where cells are after a time in which they only switch. Rows of exp(Q h), kept sparse, made when asked for and kept for the last few times.
 *
 * exp(Q h) by uniformisation (Jensen 1953): with L >= every total rate, exp(Qh) = sum_k e^(-Lh) (Lh)^k/k! (1 + Q/L)^k. All terms are non-negative, so nothing
 * cancels and a probability of 1e-12 keeps its digits; long steps are cut so that Lh <= 1 and the vector is carried through the cuts.
 * Independent traits: Q is a sum of parts that commute (a Kronecker sum), exp(Qh) the product of their exponentials, and cells switch in one part after the
 * other: six binary traits are 6 binomials a type instead of 63. Parts come from the graph of switches, and stand where rates of parallel switches are equal.
 * Types whose graphs look alike (the same plastic states on another genotype) and have equal rates share one computation.
 * Who leaves is drawn first and then dealt out, likeliest first: where few leave, few draws are made. */
#ifndef RELAPSE_ENGINE_SWITCHING_H
#define RELAPSE_ENGINE_SWITCHING_H

#include "switch_parts.h"

#define RLP_SWITCHING_SLOTS 4

/* What one type can reach by switches of one part, itself last, and the switches among these, by place in reach[]. */
typedef struct {
    size_t n_reach, *reach;
    size_t n_own;
    struct rlp_own_switch {
        size_t channel, from, to;
    } *own;
    double *numbers; /* what the laws hold */
    size_t *places;
    size_t twin;     /* the row before it of the same shape in the same part; itself if none */
    struct rlp_switch_law {
        double *probability; /* [n_reach] */
        double *share;       /* [n_reach - 1] in the order deal[]: of the leavers not dealt yet */
        size_t *deal;        /* places in reach[], likeliest first */
        double leave;
        uint64_t stamp;
        size_t as; /* the numbers are those of this type's row; itself where it made them */
    } law[RLP_SWITCHING_SLOTS];
} rlp_switch_row_t;

/* One way to write Q: as it is (n_parts = 1) or as a sum of parts that commute. */
typedef struct {
    size_t n_parts;
    const size_t *part_of;  /* [n_channels], RLP_NONE for what is no switch */
    const size_t *out, *first; /* switches by the type they leave (switch_parts.h) */
    rlp_switch_row_t *rows; /* [n_parts * n_types] */
} rlp_switch_plan_t;

typedef struct {
    size_t rates;
    double days;
} rlp_switch_span_t;

typedef struct {
    const rlp_process_t *process;
    bool any;                   /* some channel switches */
    rlp_switch_plan_t whole, split;
    rlp_switch_parts_t parts;
    size_t *one_part;
    const rlp_switch_plan_t *plan; /* that holds for the times asked for last */
    size_t slot;
    struct rlp_switch_key {
        rlp_switch_span_t spans[2];
        size_t n_spans;
        uint64_t stamp;
    } keys[RLP_SWITCHING_SLOTS];
    uint64_t stamp;
    size_t oldest;
    size_t like, like_of;       /* row `like_of` of rates switches as row `like` does */
    bool commutes;              /* under row `like` */
    double *vector, *next, *stay, *rate; /* work */
    int64_t *before;
} rlp_switching_t;

int rlp_switching_init(rlp_switching_t *, const rlp_process_t *) RLP_MUST_USE;
void rlp_switching_free(rlp_switching_t *); /* safe on zeros, and twice */
/* Rows of rates may be others under the same numbers from now on. */
void rlp_switching_forget(rlp_switching_t *);
/* What follows switches for first.days under first.rates and then, if `then` is not NULL, for then->days under then->rates. */
void rlp_switching_set(rlp_switching_t *, rlp_switch_span_t first, const rlp_switch_span_t *then);
/* Each cell on its own. */
void rlp_switching_draw(rlp_switching_t *, rlp_stream_t *, int64_t *cells);
/* The same of means; work: n_types. */
void rlp_switching_means(rlp_switching_t *, double *mean, double *work);
/* How fast the slowest mixture of states forgets where it was: sqrt(sum over parts of (largest sum of the rates out of both ends of a switch)^2). */
double rlp_switching_rate(const rlp_switching_t *, size_t rates);

#endif
