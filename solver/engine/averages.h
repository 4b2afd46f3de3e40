/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Averages: rows of rates that stand for a stretch of several segments, so that a step may be longer than a segment.
 *
 *   a step from t to t + h     each rate is its mean over the step; a mutation at division the mean of p b over that of b, so that founders keep their number
 *   growth                     E = e^(int l) is exact as it is; births that live on at the end, J = int b(s) e^(int_s l) ds, are composed segment by segment,
 *                              which gives Kendall's law over the stretch (Kendall 1948, eq. 10-12): alive E/(1 + J), ratio J/(1 + J)
 *   switches and founders      see means: the first term of Magnus's series; of the second what growth early or late does to switches is met by where the step
 *                              puts its growth, `centre`: the mean time, weighted by the spread of net rates over types, and by rates of switches of their own before it
 *                              and after it, the means over the stretch by how much of that spread is still to come or has been. The rest the mean map sees
 *
 * `rows` is the process with a table of rates of its own: rows of the process as they were first asked for, and averages. Rows stay until rlp_averages_forget. */
#ifndef RELAPSE_ENGINE_AVERAGES_H
#define RELAPSE_ENGINE_AVERAGES_H

#include "relapse/process.h"

#define RLP_AVERAGES_SLOTS 1024
#define RLP_AVERAGES_PIECES 66 /* segments in one average, at the most */

typedef struct {
    double from_days, to_days; /* of an average; of a row of the process both are NaN */
    double centre;             /* where growth tells types apart, as a share of the stretch: so much of the switching comes before it. 1/2 under constant rates */
    double swing, dip;         /* by how much the logarithm of growth passes both ends of the stretch, above and below */
} rlp_average_t;

typedef struct {
    const rlp_process_t *process;
    rlp_process_t rows;
    rlp_average_t *about;  /* [rows.n_rate_rows] */
    double *living;        /* [rows.n_rate_rows * n_types]: J of averages */
    size_t *own, n_own;    /* where rows of the process are, or RLP_NONE */
    double *sum, *dipping, *peak, *trough; /* work */
    size_t about_capacity, living_capacity, own_capacity;
    size_t slot[RLP_AVERAGES_SLOTS]; /* averages by their ends; RLP_NONE */
    int failed;            /* RLP_OK, or what the last failure was: the row returned then is good for nothing */
} rlp_averages_t;

int rlp_averages_init(rlp_averages_t *, const rlp_process_t *) RLP_MUST_USE;
void rlp_averages_free(rlp_averages_t *); /* safe on zeros, and twice */
/* The row that stands for a row of the process. */
size_t rlp_averages_own(rlp_averages_t *, size_t rates);
/* The row that stands for from_days .. to_days, of which the first lies in `segment`. */
size_t rlp_averages_over(rlp_averages_t *, size_t segment, double from_days, double to_days);
static inline bool rlp_averages_is(const rlp_averages_t *a, size_t row) { return a->about[row].from_days == a->about[row].from_days; }
/* The rows of the switches before growth and after it. */
static inline size_t rlp_averages_first(const rlp_averages_t *a, size_t row) { return rlp_averages_is(a, row) ? row + 1 : row; }
static inline size_t rlp_averages_second(const rlp_averages_t *a, size_t row) { return rlp_averages_is(a, row) ? row + 2 : row; }
/* Are there so many rows that whoever holds none should forget them? */
bool rlp_averages_full(const rlp_averages_t *);
void rlp_averages_forget(rlp_averages_t *);

#endif
