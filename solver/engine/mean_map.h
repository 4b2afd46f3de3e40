/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The mean map: what one leap does to mean counts. It is deterministic, so the step that it chooses is the same on every rank.
 *
 * One step of h (Strang splitting): half the switches; births and deaths by Kendall's law with the crowding of mid-step; founders
 *   p b I (x + x')/(1 + E) of each mutation, I = (e^(lh) - 1)/l, E = e^(lh), l the net rate of the source, each grown over the rest of the step; half the switches.
 * Step rule: the error of a span under steps of h is that against a reference of steps of h/2 or less, times 4/3 (order 2), the reference no longer than
 * the fastest time of the process; h is the largest equal division of the span for which
 * max_i |error_i| / max(x_i, 1e-6 cells) stays below the share of engine.error that falls to the span. */
#ifndef RELAPSE_ENGINE_MEAN_MAP_H
#define RELAPSE_ENGINE_MEAN_MAP_H

#include "relapse/engine.h"
#include "switching.h"

typedef struct {
    const rlp_process_t *process;
    rlp_switching_t switching;
    size_t *order, n_order;        /* mutation channels, sources before their targets */
    double *counted;               /* of the source of each mutation, in order[], when it had its turn */
    double *before, *work, *coarse, *fine; /* n_types each */
    size_t fine_steps;             /* of the reference in fine[] */
    double *pure;                  /* births without mutation under row pure_rates */
    size_t pure_rates;
    double *net, *growth, *gain;   /* per type: net rate, e^(net h); per mutation in order[]: what it adds; all at the three values below */
    size_t grown_rates;
    double grown_h, grown_crowding;
    bool immigration;
} rlp_mean_map_t;

int rlp_mean_map_init(rlp_mean_map_t *, const rlp_process_t *) RLP_MUST_USE;
void rlp_mean_map_free(rlp_mean_map_t *);
/* Take means through `steps` equal steps that fill `days` under a row of rates. Adds the expected events to *events if it is not NULL. */
void rlp_mean_map_run(rlp_mean_map_t *, size_t rates, double days, size_t steps, double *mean, double *events);
/* The number of equal steps in `days` that keeps the error below `tolerance`, from a first guess. *best_days is the step that would just keep it, by
 * order 2: the guess for what follows. Leaves `mean` as it was. */
size_t rlp_mean_map_steps(rlp_mean_map_t *, size_t rates, double days, const double *mean, double tolerance, size_t guess, double *best_days);

/* Divisions without mutation per cell and day, of every type. */
void rlp_pure_births(const rlp_process_t *, size_t rates, double *pure);
/* Mutation channels so that a source stands before its targets where the graph allows it. */
size_t rlp_mutation_order(const rlp_process_t *, size_t *order);

#endif
