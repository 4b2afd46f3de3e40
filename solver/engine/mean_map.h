/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The mean map: what one leap does to mean counts. It is deterministic, so the step that it chooses is the same on every rank.
 *
 * One step of h (Strang splitting): half the switches; births and deaths by Kendall's law with the crowding of mid-step; founders
 *   p b I (x + x')/(1 + E) of each mutation, I = (e^(lh) - 1)/l, E = e^(lh), l the net rate of the source, each grown over the rest of the step; half the switches.
 * Step rule: the deviation of leap's means from the moment equations is carried along, and h is the longest equal division of a span for which
 * max_i |deviation_i| / max(x_i, 1e-6 cells) at its end stays below what engine.error allows by then. The moment equations are solved by uniformisation
 * (all terms non-negative); under a capacity the map itself stands for them, at steps of h/4 or less and no longer than the fastest time of the process. */
#ifndef RELAPSE_ENGINE_MEAN_MAP_H
#define RELAPSE_ENGINE_MEAN_MAP_H

#include "relapse/engine.h"
#include "switching.h"

typedef double rlp_mean_pair_t __attribute__((vector_size(16))); /* two means carried by the same equations */

typedef struct {
    size_t from, to;
    double rate;
} rlp_mean_flow_t;

typedef struct {
    const rlp_process_t *process;
    rlp_switching_t switching;
    size_t *order, n_order;        /* mutation channels, sources before their targets */
    double *counted;               /* of the source of each mutation, in order[], when it had its turn */
    double *before, *work;         /* n_types and one more */
    rlp_mean_pair_t *pairs;        /* work of the moment equations, 3 (n_types + 1) */
    double *coarse, *fine, *middle; /* n_types each: what rlp_mean_map_steps leaves, and the moment equations from where leap's means are */
    double *diagonal;              /* the moment equations: what stays in a type, */
    rlp_mean_flow_t *flows;        /* ... and what flows between types */
    size_t n_flows;
    double *pure;                  /* births without mutation under row pure_rates */
    size_t pure_rates;
    double *net, *growth, *gain;   /* per type: net rate, e^(net h); per mutation in order[]: what it adds; all at the three values below */
    size_t grown_rates;
    double grown_h, grown_crowding;
    bool immigration;
} rlp_mean_map_t;

/* Which rows of rates a step takes: `centre` of its switches under `first`, growth under `rates`, the rest of the switches under `second`. */
typedef struct {
    size_t rates, first, second;
    double centre;
} rlp_mean_part_t;

/* A stretch of time: pieces in turn, each under a row of rates, which the moment equations follow; and the rows that stand for its parts, which steps take. */
typedef struct {
    size_t n;
    const size_t *rates;
    const double *days;
    double all_days;
    void *rows;
    /* Days since its start. NULL: one piece, one row. */
    rlp_mean_part_t (*part)(void *rows, double from_days, double to_days);
} rlp_mean_course_t;

int rlp_mean_map_init(rlp_mean_map_t *, const rlp_process_t *) RLP_MUST_USE;
void rlp_mean_map_free(rlp_mean_map_t *);
/* Take means through `steps` equal steps that fill `days` under a row of rates. Adds the expected events to *events if it is not NULL. */
void rlp_mean_map_run(rlp_mean_map_t *, size_t rates, double days, size_t steps, double *mean, double *events);
/* The moment equations over `days`; under a capacity at least `steps` steps of the map. */
void rlp_mean_map_exact(rlp_mean_map_t *, size_t rates, double days, size_t steps, double *mean);
/* The number of equal steps in `days` after which leap's means, `biased` now (NULL: as `mean`), are within `tolerance` of the true ones, `mean` now; from a first
 * guess. *best_days is the step that would just keep it, by order 2: the guess for what follows. Leaves both as they were, in map->coarse and map->fine what they become. */
size_t rlp_mean_map_steps(rlp_mean_map_t *, size_t rates, double days, const double *mean, const double *biased, double tolerance, size_t guess, double *best_days);
/* The same over a course. */
void rlp_mean_course_run(rlp_mean_map_t *, const rlp_mean_course_t *, size_t steps, double *mean);
void rlp_mean_course_exact(rlp_mean_map_t *, const rlp_mean_course_t *, size_t steps, double *mean);
size_t rlp_mean_course_steps(rlp_mean_map_t *, const rlp_mean_course_t *, const double *mean, const double *biased, double tolerance, size_t guess, double *best_days);
/* Whoever gave out rows of rates gives out others under the same numbers from now on. */
void rlp_mean_map_forget(rlp_mean_map_t *);
/* The fastest that anything changes by itself, per day: switches out of a type, growth. Beyond one such time the scheme may look converged and not be. */
double rlp_mean_map_fastest(const rlp_mean_map_t *, size_t rates);
/* By how much counts shown before the second half of the switches of a step of h would be off, relative to means: half of what switching and growth do not commute. */
double rlp_mean_map_unpaired(rlp_mean_map_t *, size_t rates, double h, const double *mean);

/* Divisions without mutation per cell and day, of every type. */
void rlp_pure_births(const rlp_process_t *, size_t rates, double *pure);
/* Mutation channels so that a source stands before its targets where the graph allows it. */
size_t rlp_mutation_order(const rlp_process_t *, size_t *order);

#endif
