/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/clones.h"
#include "relapse/memory.h"
#include "relapse/process.h"
#include "relapse/variates.h"

const char *const RLP_CARRIER_NAMES[RLP_CARRIERS] = {"direct", "kendall", "leap", "tau"};

int rlp_state_init(rlp_state_t *state, const rlp_process_t *p) {
    memset(state, 0, sizeof *state);
    int rc = RLP_NEW(state->cells, p->n_types);
    if (!rc) rc = RLP_NEW(state->dead, p->n_types);
    if (rc) {
        rlp_state_free(state);
        return rc;
    }
    rlp_state_reset(state, p);
    return RLP_OK;
}

void rlp_state_free(rlp_state_t *state) {
    free(state->cells);
    free(state->dead);
    memset(state, 0, sizeof *state);
}

void rlp_state_reset(rlp_state_t *state, const rlp_process_t *p) {
    memcpy(state->cells, p->start_cells, p->n_types * sizeof *state->cells);
    memset(state->dead, 0, p->n_types * sizeof *state->dead);
    state->t_days = state->dead_days = state->unpaired = 0;
    state->segment = 0;
    state->events = state->steps = 0;
    memset(state->carried_days, 0, sizeof state->carried_days);
    state->epsilon = 0;
    state->nadir_cells = rlp_state_total(state, p);
}

int64_t rlp_state_total(const rlp_state_t *state, const rlp_process_t *p) {
    int64_t total = 0;
    for (size_t i = 0; i < p->n_types; i++)
        if (__builtin_add_overflow(total, state->cells[i], &total)) return INT64_MAX;
    return total;
}

double rlp_state_dead(const rlp_state_t *state, const rlp_process_t *p, size_t type, double t_days) {
    double dead = state->dead[type];
    return dead > 0 ? dead * exp(-p->clearance_per_day * (t_days - state->dead_days)) : 0;
}

double rlp_state_next_segment(const rlp_state_t *state, const rlp_process_t *p) {
    return state->segment < p->n_segments ? p->segments[state->segment].start_days : INFINITY;
}

void rlp_state_enter(rlp_state_t *state, const rlp_process_t *p, rlp_stream_t *stream) {
    size_t row = p->segments[state->segment++].survive;
    if (row == RLP_NONE) return;
    const double *survive = p->survive + row * p->n_types;
    for (size_t i = 0; i < p->n_types; i++) {
        int64_t living = survive[i] < 1 ? rlp_variate_binomial(stream, state->cells[i], survive[i]) : state->cells[i];
        state->dead[i] = rlp_state_dead(state, p, i, state->t_days) + (double)(state->cells[i] - living);
        if (state->clones && living < state->cells[i]) rlp_clones_thin(state->clones, i, living);
        state->cells[i] = living;
    }
    state->dead_days = state->t_days;
    int64_t total = rlp_state_total(state, p);
    if (total < state->nadir_cells) state->nadir_cells = total;
}
