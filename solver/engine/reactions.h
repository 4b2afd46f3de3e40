/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reactions: a process as tau-leaping sees it, and the step rule of Cao, Gillespie & Petzold (J. Chem. Phys. 124:044109, 2006).
 *
 *   reaction j   propensity a_j = rate x cells of its source (births times the crowding); v_ij = -1, 0, +1
 *   critical     would exhaust its source within n_c = 10 firings: fires alone, at an exponential time
 *   step         tau' = min over types i that some propensity depends on of max(epsilon x_i/g_i, 1)/|mu_i| and max(epsilon x_i/g_i, 1)^2/sigma_i^2  (eqs 32, 33)
 *                mu_i, sigma_i^2: sums of v_ij a_j and v_ij^2 a_j over the reactions that are not critical
 *   g_i          1 where all propensities are of first order. Under a capacity births are of second order, x_i times the crowding: g_i = 2, and the room
 *                |c/c'(N)| that is left (logistic |K - N|, gompertz N |ln(K/N)|) is held to the same bound as if it were a type
 *   line         the floor of one cell blinds the rule for types of fewer than 1/epsilon cells: what arrives within a step does not grow in it, and one cell may
 *                become two. Where engine.error is to be kept, also tau <= epsilon/r for every type that lives or may arrive: r = |net rate of a cell|, under a
 *                capacity plus b N |c'(N)|, the rate at which noise finds back. Not part of the literature's rule. */
#ifndef RELAPSE_ENGINE_REACTIONS_H
#define RELAPSE_ENGINE_REACTIONS_H

#include "relapse/process.h"

#define RLP_TAU_CRITICAL 10    /* n_c */
#define RLP_TAU_EPSILON 0.03   /* the literature's */

typedef struct {
    size_t from, gains, loses; /* types or RLP_NONE */
    double rate;               /* per cell and day; immigration: per day */
    bool division;             /* crowded */
} rlp_reaction_t;

typedef struct {
    const rlp_process_t *process;
    rlp_reaction_t *reactions; /* of type i: [first[i], first[i + 1]); immigration is that of type n_types */
    size_t *first, rates;      /* row of rates that they stand for */
    double *net, *birth;       /* per type: what one cell's line gains a day without crowding of births, and its births without mutation */
    /* at the counts of the last rlp_reactions_weigh */
    double *cells, *propensity, *drift, *spread, total_drift, total_spread; /* x, a_j, mu_i, sigma_i^2; the last two of all cells together */
    size_t *active, n_active;  /* reactions with a_j > 0 */
    double total, critical;    /* a_0, and its critical part */
    double all_cells, crowding;
    double *fine, *finest;     /* work of the mean map */
} rlp_reactions_t;

int rlp_reactions_init(rlp_reactions_t *, const rlp_process_t *) RLP_MUST_USE;
void rlp_reactions_free(rlp_reactions_t *); /* safe on zeros, and twice */
/* The row of rates that holds now. */
void rlp_reactions_enter(rlp_reactions_t *, size_t rates);
/* Weigh all reactions at the counts in cells[]; `critical`: tell those that may exhaust their source apart. */
void rlp_reactions_weigh(rlp_reactions_t *, bool critical);
static inline bool rlp_reaction_is_critical(const rlp_reactions_t *r, const rlp_reaction_t *reaction) {
    return reaction->loses != RLP_NONE && r->cells[reaction->loses] < RLP_TAU_CRITICAL;
}

typedef enum { RLP_TAU_MEANS = 1, RLP_TAU_NOISE = 2, RLP_TAU_LINE = 4 } rlp_tau_bounds_t;
/* tau' at the weights at hand under the bounds asked for; INFINITY: nothing that propensities depend on changes. */
double rlp_reactions_step(const rlp_reactions_t *, double epsilon, unsigned bounds);

/* The mean map: Euler's steps on mean counts, which is what leaps do to them (exactly, without capacity), under the bound on lines alone. No path takes longer steps
 * than the means do, and the bias is smooth in epsilon. Stops where all cells pass 1e19 (paths are an overflow before). Returns the days gone. */
double rlp_tau_means(rlp_reactions_t *, double days, double epsilon, double *mean);
/* The largest epsilon up to 0.03 that keeps the bias of all means after `days` below the tolerance: `fresh` for types of which less than half descends from what
 * they were at the start, for their errors do not add up from span to span, `grown` for the others. Relative to each type's mean, or to one cell where it is less.
 * The bias is of first order: twice the difference from the map at half of epsilon. Halved from 0.03 until that is below 10 %, then by proportion. Leaves `mean`
 * as it was. */
double rlp_tau_epsilon(rlp_reactions_t *, double days, const double *mean, double grown, double fresh);

#endif
