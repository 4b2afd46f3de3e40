/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A course over states with a plain carrier, without PETSc: every power of the step by a loop over its entries. */
#include "passage_laws.h"

typedef struct {
    const rlp_states_t *states;
    const rlp_process_t *process;
    bool backward;
} plain_t;

static void step(const rlp_entries_t *e, const double *values, const double *from, double *into, size_t all) {
    memset(into, 0, all * sizeof *into);
    for (size_t k = 0; k < e->n; k++) into[e->row[k]] += values[k] * from[e->column[k]];
}

/* sum_k Poisson(k) P^k x. */
static void sum_steps(const rlp_entries_t *e, const double *values, double mean, const double *x, double *sum, size_t all) {
    rlp_poisson_t poisson;
    double *now = malloc(all * sizeof *now), *next = malloc(all * sizeof *next), *spare;
    assert_int_equal(rlp_poisson_init(&poisson, mean), 0);
    memcpy(now, x, all * sizeof *now);
    memset(sum, 0, all * sizeof *sum);
    for (size_t k = 0; k < poisson.first + poisson.n; k++) {
        for (size_t i = 0; k >= poisson.first && i < all; i++) sum[i] += poisson.weight[k - poisson.first] * now[i];
        step(e, values, now, next, all);
        spare = now, now = next, next = spare;
    }
    free(now);
    free(next);
    rlp_poisson_free(&poisson);
}

static int carry(void *carrier, const rlp_propagation_t *span, double *vectors, int (*see)(void *, size_t, const double *), void *context, bool *gave_up) {
    plain_t *self = carrier;
    rlp_entries_t e;
    size_t all = self->states->n + self->states->n_sinks;
    double clock = rlp_states_fastest(self->states, self->process, span->rates), *sum = malloc(all * sizeof *sum);
    assert_int_equal(rlp_entries_build(self->states, self->backward, 0, all, &e), 0);
    double *values = malloc(e.n * sizeof *values);
    rlp_entries_fill(self->states, self->process, span->rates, clock, &e, values);
    *gave_up = false;
    for (size_t k = 0; k < span->n_looks; k++) {
        sum_steps(&e, values, clock * span->look_days[k], vectors, sum, all);
        assert_int_equal(see(context, k, sum), 0);
    }
    for (size_t k = 0; k < span->n_curve; k++) {
        sum_steps(&e, values, clock * span->curve_days[k], vectors, sum, all);
        memcpy(span->curve + k * self->states->n_sinks, sum + self->states->n, self->states->n_sinks * sizeof *sum);
    }
    for (size_t f = 0; f < span->n_functions; f++) {
        sum_steps(&e, values, clock * span->days, vectors + f * all, sum, all);
        memcpy(vectors + f * all, sum, all * sizeof *sum);
    }
    free(sum);
    free(values);
    rlp_entries_free(&e);
    return 0;
}

static rlp_propagator_t open_plain(const rlp_states_t *states, const rlp_process_t *process, bool backward, size_t n_functions, void **handle) {
    plain_t *self = malloc(sizeof *self);
    (void)n_functions;
    *self = (plain_t){states, process, backward};
    *handle = self;
    return (rlp_propagator_t){.carry = carry, .carrier = self};
}

int main(void) {
    const struct CMUnitTest tests[] = {PASSAGE_LAWS};
    bench = (bench_t){.open = open_plain, .close = free, .holds = true};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
