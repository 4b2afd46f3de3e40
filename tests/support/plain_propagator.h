/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A carrier for courses over states (relapse/states.h), forward, without PETSc: sum_k Poisson(k) P^k x, from instant to instant. A step scatters from states in
 * order and leaves out those that hold less than PLAIN_LEAST: of a small population most states do, most of the time; what that loses is summed in `lost`. */
#ifndef RELAPSE_TESTS_PLAIN_PROPAGATOR_H
#define RELAPSE_TESTS_PLAIN_PROPAGATOR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/states.h"

#define PLAIN_LEAST 1e-18

typedef struct {
    const rlp_states_t *states;
    const rlp_process_t *process;
    rlp_entries_t entries; /* by the state where a move starts */
    size_t rates;          /* row that `values` are of, or RLP_NONE */
    double clock, lost;
    double *values, *now, *next, *sum;
} plain_t;

static inline void plain_open(plain_t *self, const rlp_states_t *states, const rlp_process_t *process) {
    size_t all = states->n + states->n_sinks;
    *self = (plain_t){.states = states, .process = process, .rates = RLP_NONE};
    assert_int_equal(rlp_entries_build(states, true, 0, all, &self->entries), 0);
    self->values = malloc(self->entries.n * sizeof(double));
    self->now = malloc(all * sizeof(double));
    self->next = malloc(all * sizeof(double));
    self->sum = malloc(all * sizeof(double));
    assert_true(self->values && self->now && self->next && self->sum);
}

static inline void plain_close(plain_t *self) {
    rlp_entries_free(&self->entries);
    free(self->values);
    free(self->now);
    free(self->next);
    free(self->sum);
}

/* next = P now. */
static inline void plain_step(plain_t *self) {
    const rlp_entries_t *e = &self->entries;
    memset(self->next, 0, (self->states->n + self->states->n_sinks) * sizeof(double));
    for (size_t k = 0; k < e->n;) {
        int32_t from = e->row[k];
        double mass = self->now[from];
        if (mass < PLAIN_LEAST && (size_t)from < self->states->n) {
            self->lost += mass;
            while (k < e->n && e->row[k] == from) k++;
            continue;
        }
        for (; k < e->n && e->row[k] == from; k++) self->next[e->column[k]] += self->values[k] * mass;
    }
    double *spare = self->now;
    self->now = self->next;
    self->next = spare;
}

/* vector <- its law `days` on; true: it is clear that more than give_up of it ends truncated. */
static inline bool plain_run(plain_t *self, double days, double give_up, double *vector) {
    size_t all = self->states->n + self->states->n_sinks;
    rlp_poisson_t poisson;
    double left = 1;
    bool gave_up = false;
    if (!(days > 0) || !(self->clock > 0)) return false;
    assert_int_equal(rlp_poisson_init(&poisson, self->clock * days), 0);
    memcpy(self->now, vector, all * sizeof(double));
    memset(self->sum, 0, all * sizeof(double));
    for (size_t k = 0; k < poisson.first + poisson.n && !gave_up; k++) {
        double weight = k >= poisson.first ? poisson.weight[k - poisson.first] : 0;
        for (size_t i = 0; weight > 0 && i < all; i++) self->sum[i] += weight * self->now[i];
        left -= weight;
        gave_up = rlp_states_truncated(self->states, self->now) * left > give_up;
        if (k + 1 < poisson.first + poisson.n) plain_step(self);
    }
    memcpy(vector, self->sum, all * sizeof(double));
    rlp_poisson_free(&poisson);
    return gave_up;
}

static inline int plain_carry(void *carrier, const rlp_propagation_t *span, double *vector, int (*see)(void *, size_t, const double *), void *context, bool *gave_up) {
    plain_t *self = carrier;
    size_t look = 0, curve = 0;
    double at = 0;
    if (self->rates != span->rates) {
        self->clock = rlp_states_fastest(self->states, self->process, span->rates);
        if (self->clock > 0) rlp_entries_fill(self->states, self->process, span->rates, self->clock, &self->entries, self->values);
        self->rates = span->rates;
    }
    *gave_up = false;
    while (!*gave_up && (look < span->n_looks || curve < span->n_curve)) {
        double look_days = look < span->n_looks ? span->look_days[look] : INFINITY, curve_days = curve < span->n_curve ? span->curve_days[curve] : INFINITY;
        double to = fmin(look_days, curve_days);
        *gave_up = plain_run(self, to - at, span->give_up, vector);
        at = to;
        if (look_days == to) assert_int_equal(see(context, look++, vector), 0);
        if (curve_days == to) memcpy(span->curve + curve++ * self->states->n_sinks, vector + self->states->n, self->states->n_sinks * sizeof(double));
    }
    if (!*gave_up) *gave_up = plain_run(self, span->days - at, span->give_up, vector);
    return 0;
}

#endif
