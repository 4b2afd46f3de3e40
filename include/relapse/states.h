/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * States: all counts that a small population can have, and how probability moves between them. Plain C; no PETSc, no ranks, no files.
 *
 *   state      n = (n_1 ... n_k), one whole number a type, within a shape: n_i <= bound_i, sum of all <= total, and below every threshold that ends a
 *              path at any instant. The shape is closed downwards, so survival events never leave it.
 *   move       n -> n + e_j (birth, mutation, immigration), n - e_i (death), n - e_i + e_j (switch); moves with one target are one move
 *   sink       what a path that leaves the shape falls into: PROGRESSED (a watch fires), DIED, or TRUNCATED (once for the total, once for each type)
 *
 * Truncation is a bound, not an error (Munsky & Khammash, J. Chem. Phys. 124:044104, 2006): what the projection says of an event A is p(A) <= P(A) <=
 * p(A) + truncated mass, whatever the process does outside. The sum over the TRUNCATED sinks is that mass.
 *
 * States are numbered in lexicographic order; sink s is number n + s of a vector of n + n_sinks doubles. Which function when: rlp_states_count before
 * rlp_states_init, for the number may not fit; rlp_states_index and rlp_cursor_t to go between counts and numbers; rlp_entries_* for the matrix of a
 * uniformised step; rlp_thinning_* for survival events; rlp_poisson_* for the weights of steps; rlp_passage_* for a whole course of treatment.
 * RLP_ERROR_MEMORY everywhere; RLP_ERROR_REFUSED, in words, from rlp_shape_of alone. */
#ifndef RELAPSE_STATES_H
#define RELAPSE_STATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relapse/endpoint.h"
#include "relapse/process.h"

#define RLP_STATES_TYPES_MAX 16
#define RLP_STATES_MAX 2147000000u /* PETSc counts rows in 32 bits */

/* A threshold that ends a path: the cells of the types `of` reach `level`. */
typedef struct {
    bool present;
    unsigned char of[RLP_STATES_TYPES_MAX];
    int64_t level;
} rlp_threshold_t;

typedef struct {
    size_t n_types;
    int64_t bound[RLP_STATES_TYPES_MAX]; /* most cells of a type */
    int64_t total;                       /* most cells in all; INT64_MAX: no such bound */
    rlp_threshold_t progression, death;  /* at any instant; judged in this order */
} rlp_shape_t;

enum { RLP_SINK_PROGRESSED, RLP_SINK_DIED, RLP_SINK_TRUNCATED }; /* TRUNCATED: the total; TRUNCATED + 1 + i: the bound of type i */
#define RLP_STATES_SINKS_MAX (RLP_SINK_TRUNCATED + 1 + RLP_STATES_TYPES_MAX)

typedef enum { RLP_MOVE_UP, RLP_MOVE_DOWN, RLP_MOVE_SWITCH } rlp_move_kind_t;
typedef struct {
    rlp_move_kind_t kind;
    size_t from, to; /* UP: to; DOWN: from */
} rlp_move_t;
#define RLP_STATES_MOVES_MAX (RLP_STATES_TYPES_MAX * (RLP_STATES_TYPES_MAX + 1))

/* Numbers of states by a tree: the children of a node are the values 0 ... of its next count, one after the other. */
typedef struct {
    rlp_shape_t shape;
    size_t n, n_sinks, n_moves;
    rlp_move_t moves[RLP_STATES_MOVES_MAX];
    size_t *first[RLP_STATES_TYPES_MAX]; /* first[l][node]: number of its child 0 among the nodes of level l + 1; one more at the end */
} rlp_states_t;

/* Do `endpoints` and the process allow a projection? Refuses in words (dead tissue, a nadir, several lesions, too many types). With `progression` the
 * threshold of progression joins the shape if it is judged at any instant; death by a burden always does. Bounds are left at 0, the total at the capacity
 * where nothing can pass it. */
int rlp_shape_of(const rlp_process_t *, const rlp_endpoints_t *, bool progression, rlp_shape_t *) RLP_MUST_USE;
/* How many states; stops counting beyond `enough` (then the number is an upper bound, and may be far above 2^64: a double). */
double rlp_states_count(const rlp_shape_t *, double enough);
/* Most cells of a type in any state. */
int64_t rlp_shape_greatest(const rlp_shape_t *, size_t type);
int rlp_states_init(rlp_states_t *, const rlp_shape_t *, const rlp_process_t *) RLP_MUST_USE;
void rlp_states_free(rlp_states_t *); /* safe after a failed init, and twice */
/* Bytes of the tree for so many states, at most. */
double rlp_states_bytes(const rlp_shape_t *, double n_states);

/* Number of a state, or RLP_NONE outside. */
size_t rlp_states_index(const rlp_states_t *, const int64_t *cells);
/* Where a path that left the shape fell. */
size_t rlp_states_sink(const rlp_states_t *, const int64_t *cells);
double rlp_states_truncated(const rlp_states_t *, const double *vector); /* sum of the TRUNCATED sinks */

/* All states in order. */
typedef struct {
    size_t index;
    int64_t cells[RLP_STATES_TYPES_MAX];
    size_t node[RLP_STATES_TYPES_MAX + 1];
} rlp_cursor_t;
void rlp_cursor_start(const rlp_states_t *, rlp_cursor_t *); /* state 0: no cells */
bool rlp_cursor_next(const rlp_states_t *, rlp_cursor_t *);  /* false after the last */

/* ---- one uniformised step as a sparse matrix ------------------------------------------------------------------------------------- */
/* rate[n_moves] per day at a state under a row of rates. */
void rlp_states_rates(const rlp_states_t *, const rlp_process_t *, size_t rates, const int64_t *cells, double *rate);
/* Greatest total rate over all states: the clock of uniformisation. */
double rlp_states_fastest(const rlp_states_t *, const rlp_process_t *, size_t rates);

/* Entries of the rows first_row ... first_row + n_rows - 1 of P = I + Q / clock acting on probabilities (forward: the row is where a move leads), or of its
 * transpose, acting on what is to come (backward: the row is where it starts). No place occurs twice. */
typedef struct {
    size_t first_row, n_rows;
    bool backward;
    size_t n, capacity[4];
    int32_t *row, *column; /* numbers of states and sinks */
    int32_t *from;         /* state where the move starts */
    uint16_t *code;        /* move, or n_moves + sink, or n_moves + n_sinks: the diagonal */
} rlp_entries_t;
int rlp_entries_build(const rlp_states_t *, bool backward, size_t first_row, size_t n_rows, rlp_entries_t *) RLP_MUST_USE;
void rlp_entries_fill(const rlp_states_t *, const rlp_process_t *, size_t rates, double clock_per_day, const rlp_entries_t *, double *values);
void rlp_entries_free(rlp_entries_t *);

/* ---- Poisson weights of the number of steps ---------------------------------------------------------------------------------------- */
#define RLP_POISSON_TAIL 1e-15 /* what the weights leave out of 1, at most */
typedef struct {
    size_t first, n; /* steps first ... first + n - 1 */
    double *weight;  /* owned */
} rlp_poisson_t;
int rlp_poisson_init(rlp_poisson_t *, double mean) RLP_MUST_USE; /* sums to 1 */
void rlp_poisson_free(rlp_poisson_t *);

/* ---- survival events ------------------------------------------------------------------------------------------------------------------ */
/* Each cell of type i lives with probability survive[i], on its own: a stochastic map from n to every m <= n, done one type after the other along the lines
 * of states that differ in that type alone. In place on the states of a vector; sinks keep what they have. backward: the transposed map. */
int rlp_states_thin(const rlp_states_t *, const double *survive, bool backward, double *vector) RLP_MUST_USE;
double rlp_thinning_bytes(const rlp_shape_t *);

/* ---- a course of treatment -------------------------------------------------------------------------------------------------------------- */
/* How probability is carried over a span of constant rates: the projection room does it with PETSc, tests with other means. `vectors` has n + n_sinks doubles
 * for each of n_functions (forward: one, the law); it is NULL on ranks that hold none, and then see() is not called. */
typedef struct {
    double days;            /* of the span */
    size_t rates;           /* row */
    size_t n_functions;
    size_t n_looks;         /* instants inside the span at which the whole vector is wanted */
    const double *look_days;
    size_t n_curve;         /* instants inside the span at which the sinks are */
    const double *curve_days;
    double *curve;          /* [n_curve][n_sinks] */
    double give_up;         /* the caller has no use for an answer with more truncated mass: the carrier may stop early */
} rlp_propagation_t;
typedef struct {
    /* Carry forward (probability) or backward (expectation). */
    int (*carry)(void *carrier, const rlp_propagation_t *, double *vectors, int (*see)(void *context, size_t look, const double *vector), void *context, bool *gave_up);
    void *carrier;
} rlp_propagator_t;

typedef struct {
    const rlp_states_t *states;
    const rlp_process_t *process;
    double end_days;
    const rlp_threshold_t *verdict; /* progression at visits, or NULL */
    double every_days;
    const double *record_days; /* rising, at most end_days */
    size_t n_records;
    const double *curve_days; /* rising, at most end_days */
    size_t n_curve;
    bool holds; /* this rank has the vectors */
} rlp_passage_t;

/* The law just after the events of day 0: exact whatever the counts at the start are, for survival is binomial. */
int rlp_passage_start(const rlp_passage_t *, double *vector) RLP_MUST_USE;
/* Forward from day 0. vector: in, the law after the events of day 0; out, at the end. record() gets the law at each record time (after the events of that
 * instant, before the verdict of a visit); curve[n_curve][n_sinks] the sinks at each curve time (after the verdict). *gave_up: truncated mass above give_up. */
int rlp_passage_forward(const rlp_passage_t *, const rlp_propagator_t *, double give_up, double *vector, int (*record)(void *context, size_t record, const double *vector),
                        void *context, double *curve, bool *gave_up) RLP_MUST_USE;
/* Backward to day 0, several functions at once, one after the other in `vectors` (n + n_sinks doubles each). In: functions of the state at the end (1 at a sink
 * or at states); out: their expectations from every state just after the events of day 0. after() gets them just after each later survival event too. */
int rlp_passage_backward(const rlp_passage_t *, const rlp_propagator_t *, double *vectors, size_t n_functions, int (*after)(void *context, double t_days, const double *vectors),
                         void *context) RLP_MUST_USE;
size_t rlp_passage_spans(const rlp_passage_t *); /* spans of constant rates between stops: each leaves out RLP_POISSON_TAIL at most */

#endif
