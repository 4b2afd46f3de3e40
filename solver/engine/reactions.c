/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reactions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mean_map.h"
#include "relapse/memory.h"

#define CELLS_MAX 1e19    /* means beyond: a path would have been an overflow */
#define CROWDED_PARTS 32     /* of a span, at whose ends the bias is looked at under a capacity */
#define HALVINGS_MAX 16   /* from 0.03 to 4.6e-7 */
#define PROPORTIONAL 0.1  /* a bias that is proportional to epsilon within some 10 % of itself */

/* ---- the table --------------------------------------------------------------------------------------------------------------- */
static size_t own_reactions(const rlp_process_t *p, size_t type) {
    size_t n = type < p->n_types ? 2 : 0;
    for (size_t c = 0; c < p->n_channels; c++) n += p->channels[c].from == (type < p->n_types ? type : RLP_NONE);
    return n;
}

int rlp_reactions_init(rlp_reactions_t *r, const rlp_process_t *p) {
    size_t n = 2 * p->n_types + p->n_channels;
    memset(r, 0, sizeof *r);
    r->process = p;
    r->rates = RLP_NONE;
    int rc = RLP_NEW(r->reactions, n);
    if (!rc) rc = RLP_NEW(r->first, p->n_types + 2);
    if (!rc) rc = RLP_NEW(r->net, p->n_types);
    if (!rc) rc = RLP_NEW(r->birth, p->n_types);
    if (!rc) rc = RLP_NEW(r->cells, p->n_types);
    if (!rc) rc = RLP_NEW(r->propensity, n);
    if (!rc) rc = RLP_NEW(r->drift, p->n_types);
    if (!rc) rc = RLP_NEW(r->spread, p->n_types);
    if (!rc) rc = RLP_NEW(r->active, n);
    if (!rc) rc = RLP_NEW(r->fine, p->n_types);
    if (!rc) rc = RLP_NEW(r->finest, p->n_types);
    if (rc) {
        rlp_reactions_free(r);
        return rc;
    }
    for (size_t i = 0; i <= p->n_types; i++) r->first[i + 1] = r->first[i] + own_reactions(p, i);
    return RLP_OK;
}

void rlp_reactions_free(rlp_reactions_t *r) {
    void *owned[] = {r->reactions, r->first, r->net, r->birth, r->cells, r->propensity, r->drift, r->spread, r->active, r->fine, r->finest};
    for (size_t k = 0; k < sizeof owned / sizeof *owned; k++) free(owned[k]);
    memset(r, 0, sizeof *r);
}

static rlp_reaction_t of_channel(const rlp_process_t *p, size_t rates, size_t c) {
    const rlp_channel_t *k = &p->channels[c];
    double rate = rlp_process_channel(p, rates)[c];
    bool division = k->kind == RLP_CHANNEL_DIVISION;
    if (division) rate *= rlp_process_birth(p, rates)[k->from];
    return (rlp_reaction_t){.from = k->from, .gains = k->to, .loses = k->kind == RLP_CHANNEL_SWITCH ? k->from : RLP_NONE, .rate = rate, .division = division};
}

void rlp_reactions_enter(rlp_reactions_t *r, size_t rates) {
    const rlp_process_t *p = r->process;
    size_t next[p->n_types + 1];
    if (r->rates == rates) return;
    r->rates = rates;
    rlp_pure_births(p, rates, r->birth);
    for (size_t i = 0; i < p->n_types; i++) {
        double death = rlp_process_death(p, rates)[i];
        next[i] = r->first[i];
        r->reactions[next[i]++] = (rlp_reaction_t){.from = i, .gains = i, .loses = RLP_NONE, .rate = r->birth[i], .division = true};
        r->reactions[next[i]++] = (rlp_reaction_t){.from = i, .gains = RLP_NONE, .loses = i, .rate = death};
        r->net[i] = -death;
    }
    next[p->n_types] = r->first[p->n_types];
    for (size_t c = 0; c < p->n_channels; c++) {
        rlp_reaction_t reaction = of_channel(p, rates, c);
        r->reactions[next[reaction.from == RLP_NONE ? p->n_types : reaction.from]++] = reaction;
        if (reaction.loses != RLP_NONE) r->net[reaction.loses] -= reaction.rate;
    }
}

/* ---- propensities ------------------------------------------------------------------------------------------------------------- */
static void weigh_reaction(rlp_reactions_t *r, size_t j, double cells, bool critical) {
    const rlp_reaction_t *reaction = &r->reactions[j];
    double a = reaction->rate * cells * (reaction->division ? r->crowding : 1);
    if (!(a > 0)) return;
    r->propensity[j] = a;
    r->active[r->n_active++] = j;
    r->total += a;
    if (critical && rlp_reaction_is_critical(r, reaction)) {
        r->critical += a;
        return;
    }
    if (reaction->gains != RLP_NONE) {
        r->drift[reaction->gains] += a;
        r->spread[reaction->gains] += a;
        r->total_drift += a;
        r->total_spread += a;
    }
    if (reaction->loses != RLP_NONE) {
        r->drift[reaction->loses] -= a;
        r->spread[reaction->loses] += a;
        r->total_drift -= a;
        r->total_spread += reaction->gains == RLP_NONE ? a : -a; /* a switch changes no total */
    }
}

void rlp_reactions_weigh(rlp_reactions_t *r, bool critical) {
    size_t n = r->process->n_types;
    r->n_active = 0;
    r->total = r->critical = r->total_drift = r->total_spread = r->all_cells = 0;
    for (size_t i = 0; i < n; i++) {
        r->drift[i] = r->spread[i] = 0;
        r->all_cells += r->cells[i];
    }
    r->crowding = rlp_process_crowding(r->process, r->all_cells);
    for (size_t i = 0; i <= n; i++) {
        double cells = i < n ? r->cells[i] : 1;
        for (size_t j = r->first[i]; j < r->first[i + 1] && cells > 0; j++) weigh_reaction(r, j, cells, critical);
    }
}

/* ---- the step rule -------------------------------------------------------------------------------------------------------------- */
static double bounded(double tau, double most, double drift, double spread, unsigned bounds) {
    if (bounds & RLP_TAU_MEANS && drift != 0) tau = fmin(tau, most / fabs(drift));
    if (bounds & RLP_TAU_NOISE && spread > 0) tau = fmin(tau, most * most / spread);
    return tau;
}

/* |c/c'| at the burden at hand: how far births are from stopping, or from starting again, as a count of cells. */
static double room(const rlp_reactions_t *r) {
    double k = r->process->capacity_cells, n = r->all_cells;
    return r->process->capacity_law == RLP_CAPACITY_LOGISTIC ? fabs(k - n) : n * fabs(log(k / n));
}

/* N |c'(N)|: 0 where the house is full. */
static double crowding_slope(const rlp_reactions_t *r) {
    if (r->process->capacity_law == RLP_CAPACITY_NONE || r->crowding <= 0) return 0;
    return r->process->capacity_law == RLP_CAPACITY_LOGISTIC ? r->all_cells / r->process->capacity_cells : 1 / log(r->process->capacity_cells);
}

double rlp_reactions_step(const rlp_reactions_t *r, double epsilon, unsigned bounds) {
    const rlp_process_t *p = r->process;
    bool crowded = p->capacity_law != RLP_CAPACITY_NONE;
    double tau = INFINITY, g = crowded ? 2 : 1, slope = crowding_slope(r);
    for (size_t i = 0; i < p->n_types; i++) {
        if (r->birth[i] == 0 && r->net[i] == 0 && r->first[i + 1] == r->first[i] + 2) continue; /* inert: no propensity depends on it */
        tau = bounded(tau, fmax(epsilon * r->cells[i] / g, 1), r->drift[i], r->spread[i], bounds);
        double line = fabs(r->birth[i] * r->crowding + r->net[i]) + r->birth[i] * slope;
        if (bounds & RLP_TAU_LINE && (r->cells[i] > 0 || r->spread[i] > 0) && line > 0) tau = fmin(tau, epsilon / line);
    }
    if (crowded && r->all_cells > 0) tau = bounded(tau, fmax(epsilon * room(r) / g, 1), r->total_drift, r->total_spread, bounds);
    return tau;
}

/* ---- the mean map ---------------------------------------------------------------------------------------------------------------- */
static double run_means(rlp_reactions_t *r, double days, double epsilon, double most, double *mean) {
    size_t n = r->process->n_types;
    double t = 0;
    while (t < days) {
        memcpy(r->cells, mean, n * sizeof *mean);
        rlp_reactions_weigh(r, false);
        if (r->all_cells > most) return t;
        double tau = rlp_reactions_step(r, epsilon, RLP_TAU_LINE);
        bool last = tau >= days - t;
        if (last) tau = days - t;
        for (size_t i = 0; i < n; i++) mean[i] = fmax(0, mean[i] + r->drift[i] * tau);
        t = last ? days : t + tau;
    }
    return days;
}

double rlp_tau_means(rlp_reactions_t *r, double days, double epsilon, double *mean) { return run_means(r, days, epsilon, CELLS_MAX, mean); }

/* The bias of the map from `mean` to fine[] against finest[], and how often it exceeds what it may be. */
static double bias_of(const rlp_reactions_t *r, double days, const double *mean, double grown, double fresh, double *excess) {
    double worst = 0;
    *excess = 0;
    for (size_t i = 0; i < r->process->n_types; i++) {
        double bias = 2 * fabs(r->fine[i] - r->finest[i]) / fmax(r->finest[i], 1);
        double descends = mean[i] * exp((r->birth[i] * r->crowding + r->net[i]) * days);
        worst = fmax(worst, bias);
        *excess = fmax(*excess, bias / (descends < r->finest[i] / 2 ? fresh : grown));
    }
    return worst;
}

/* The worst along the way: under a capacity a bias of the rise is forgotten at the balance. */
static double bias_along(rlp_reactions_t *r, double days, double epsilon, const double *mean, double grown, double fresh, double *excess) {
    size_t bytes = r->process->n_types * sizeof *mean, parts = r->process->capacity_law == RLP_CAPACITY_NONE ? 1 : CROWDED_PARTS;
    double worst = 0, here;
    *excess = 0;
    memcpy(r->fine, mean, bytes);
    memcpy(r->finest, mean, bytes);
    for (size_t k = 1; k <= parts; k++) {
        run_means(r, days / (double)parts, epsilon, INFINITY, r->fine);
        run_means(r, days / (double)parts, epsilon / 2, INFINITY, r->finest);
        worst = fmax(worst, bias_of(r, days * (double)k / (double)parts, mean, grown, fresh, &here));
        *excess = fmax(*excess, here);
    }
    return worst;
}

double rlp_tau_epsilon(rlp_reactions_t *r, double days, const double *mean, double grown, double fresh) {
    double epsilon = RLP_TAU_EPSILON, excess;
    memcpy(r->fine, mean, r->process->n_types * sizeof *mean);
    days = rlp_tau_means(r, days, epsilon, r->fine);
    for (int halvings = 0; halvings < HALVINGS_MAX; halvings++, epsilon /= 2)
        if (bias_along(r, days, epsilon, mean, grown, fresh, &excess) <= PROPORTIONAL) return epsilon / fmax(1, excess);
    return epsilon;
}
