/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "costs.h"

#include <math.h>

/* Measured by `tests/run.sh bench`, which prints them beside what it finds now: put those here when they have moved by more than a third.
 * Of kendall_check three times what a jump far from any threshold shows: with 30 auto was 1.4 x leap on inputs/two-type.yaml, arm drug, where jumps are halved. */
const rlp_costs_t RLP_COSTS = {
    .direct_event = 2, .direct_event_type = 0.07, .direct_root = 42, .direct_root_type = 10, .direct_single = 18, .direct_single_type = 1.2, .direct_crowded = 3.3,
    .kendall_mark = 230, .kendall_group = 150, .kendall_check = 90,
    .leap_step = 90, .leap_type = 80, .leap_switching = 25, .leap_founder = 28,
};

#define NEAR_EVENTS 5000.0  /* one by one, before a threshold is reached (kendall.c) ... */
#define NEAR_CHECKS 40.0    /* ... and checks of shorter and shorter jumps */
#define NEAR_STEPS 10.0     /* leap: looks */
#define FOUNDERS_MOST 16.0  /* more founders of one mutation in a step are grown as a batch (leap.c) */

static double direct_event(const rlp_stretch_t *s) {
    const rlp_costs_t *c = &RLP_COSTS;
    double crowded = s->crowded ? c->direct_crowded : 0;
    if (s->cells < s->least_cells) return c->direct_single + s->occupied * c->direct_single_type + crowded;
    return c->direct_event + s->occupied * c->direct_event_type + crowded + (c->direct_root + s->occupied * c->direct_root_type) / sqrt(s->cells);
}

double rlp_cost_direct(const rlp_stretch_t *s) { return s->events * direct_event(s); }

double rlp_cost_kendall(const rlp_stretch_t *s) {
    const rlp_costs_t *c = &RLP_COSTS;
    if (s->crowded) return INFINITY;
    double checks = s->watches * (s->near ? NEAR_CHECKS : 1) * (4 + s->types + s->channels) * c->kendall_check;
    double events = s->near ? fmin(NEAR_EVENTS, s->events) * direct_event(s) : 0;
    return s->marks * c->kendall_mark + s->occupied * c->kendall_group + checks + events;
}

double rlp_cost_leap(const rlp_stretch_t *s) {
    const rlp_costs_t *c = &RLP_COSTS;
    double steps = s->steps + (s->near ? NEAR_STEPS : 0);
    double founders = s->targets > 0 || s->crowded ? 0 : fmin(s->marks, FOUNDERS_MOST * steps * s->channels); /* beside switches they do not matter */
    double occupied = fmin(fmin(s->occupied * (1 + s->targets), s->types), fmax(s->cells, 1)); /* soon */
    return steps * (c->leap_step + occupied * (c->leap_type + s->targets * c->leap_switching)) + founders * c->leap_founder;
}
