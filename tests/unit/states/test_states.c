/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * States, steps, weights and survival events, each against the definition by other means. Nothing here is statistical. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

#include "relapse/states.h"

/* Three types, every kind of channel, two rows of rates, one survival event. */
static void make_process(rlp_process_t *p, rlp_capacity_law_t law) {
    const double row[11] = {0.2, 0.1, 0.3, 0.1, 0.05, 0.2, 0.1, 0.2, 0.03, 0.02, 0.5}, survive[3] = {0.5, 0.9, 0};
    const rlp_channel_t channels[5] = {{RLP_CHANNEL_DIVISION, 0, 1}, {RLP_CHANNEL_DIVISION, 0, 2}, {RLP_CHANNEL_BESIDE, 1, 2}, {RLP_CHANNEL_SWITCH, 2, 0}, {RLP_CHANNEL_IMMIGRATION, RLP_NONE, 1}};
    size_t index, kill;
    assert_int_equal(rlp_process_init(p, 3, 5), 0);
    memcpy(p->channels, channels, sizeof channels);
    for (size_t i = 0; i < 3; i++) assert_int_equal(rlp_process_name_type(p, i, (const char *[]){"A", "B", "C"}[i]), 0);
    p->capacity_law = law;
    p->capacity_cells = 12;
    p->start_cells[0] = 3;
    assert_int_equal(rlp_process_add_rates(p, row, &index), 0);
    assert_int_equal(rlp_process_add_survive(p, survive, &kill), 0);
    assert_int_equal(rlp_process_add_segment(p, 0, index, RLP_NONE), 0);
    assert_int_equal(rlp_process_add_segment(p, 5, index, kill), 0);
}

static rlp_shape_t make_shape(void) {
    return (rlp_shape_t){.n_types = 3, .bound = {7, 5, 6}, .total = 11, .progression = {.present = true, .of = {0, 1, 1}, .level = 8}, .death = {.present = true, .of = {1, 1, 0}, .level = 10}};
}

static bool inside(const rlp_shape_t *s, const int64_t *n) {
    return n[0] <= s->bound[0] && n[1] <= s->bound[1] && n[2] <= s->bound[2] && n[0] + n[1] + n[2] <= s->total && n[1] + n[2] < s->progression.level && n[0] + n[1] < s->death.level;
}

static void states_are_the_points_of_the_shape_in_order(void **unused) {
    (void)unused;
    rlp_process_t p;
    rlp_states_t states;
    rlp_shape_t shape = make_shape();
    make_process(&p, RLP_CAPACITY_NONE);
    assert_int_equal(rlp_states_init(&states, &shape, &p), 0);
    rlp_cursor_t at;
    rlp_cursor_start(&states, &at);
    size_t n = 0;
    for (int64_t a = 0; a <= 12; a++)
        for (int64_t b = 0; b <= 12; b++)
            for (int64_t c = 0; c <= 12; c++) {
                int64_t cells[3] = {a, b, c};
                if (!inside(&shape, cells)) {
                    assert_true(rlp_states_index(&states, cells) == RLP_NONE);
                    continue;
                }
                assert_int_equal(rlp_states_index(&states, cells), n);
                assert_int_equal(at.index, n);
                assert_memory_equal(at.cells, cells, sizeof cells);
                n++;
                rlp_cursor_next(&states, &at);
            }
    assert_int_equal(states.n, n);
    assert_false(rlp_cursor_next(&states, &at));
    assert_true(rlp_states_count(&shape, 1e6) == (double)n);
    assert_true(rlp_states_count(&shape, 10) >= (double)n); /* not counted out: an upper bound */
    assert_int_equal(rlp_states_sink(&states, (const int64_t[]){9, 2, 6}), RLP_SINK_PROGRESSED);
    assert_int_equal(rlp_states_sink(&states, (const int64_t[]){8, 2, 0}), RLP_SINK_DIED);
    assert_int_equal(rlp_states_sink(&states, (const int64_t[]){8, 0, 0}), RLP_SINK_TRUNCATED + 1);
    assert_int_equal(rlp_states_sink(&states, (const int64_t[]){5, 1, 6}), RLP_SINK_TRUNCATED);
    rlp_states_free(&states);
    rlp_process_free(&p);
}

/* The generator's own words: what happens to 3 A, 2 B, 1 C with the rates above. */
static void rates_are_those_of_the_process(void **unused) {
    (void)unused;
    rlp_process_t p;
    rlp_states_t states;
    rlp_shape_t shape = make_shape();
    make_process(&p, RLP_CAPACITY_LOGISTIC);
    assert_int_equal(rlp_states_init(&states, &shape, &p), 0);
    double rate[RLP_STATES_MOVES_MAX], room = 0.5; /* 1 - 6/12 */
    rlp_states_rates(&states, &p, 0, (const int64_t[]){3, 2, 1}, rate);
    const double expected[7] = {
        3 * 0.2 * room * 0.7,                                 /* A -> 2 A: neither mutation */
        2 * 0.1 * room + 3 * 0.2 * room * 0.1 + 0.5,          /* B: its births, the daughters of A, immigrants */
        1 * 0.3 * room + 3 * 0.2 * room * 0.2 + 2 * 0.03,     /* C: its births, daughters of A, mutants beside division of B */
        3 * 0.1, 2 * 0.05, 1 * 0.2, 1 * 0.02};
    assert_int_equal(states.n_moves, 7);
    for (size_t m = 0; m < 7; m++) assert_true(fabs(rate[m] - expected[m]) < 1e-15);
    rlp_states_free(&states);
    rlp_process_free(&p);
}

static void a_step_keeps_probability_and_backward_is_its_transpose(void **unused) {
    (void)unused;
    rlp_process_t p;
    rlp_states_t states;
    rlp_entries_t forward, backward, part[2];
    rlp_shape_t shape = make_shape();
    make_process(&p, RLP_CAPACITY_GOMPERTZ);
    assert_int_equal(rlp_states_init(&states, &shape, &p), 0);
    size_t all = states.n + states.n_sinks;
    double clock = rlp_states_fastest(&states, &p, 0), *matrix = calloc(all * all, sizeof *matrix), *values = calloc(all * 20, sizeof *values);
    assert_int_equal(rlp_entries_build(&states, false, 0, all, &forward), 0);
    assert_int_equal(rlp_entries_build(&states, true, 0, all, &backward), 0);
    rlp_entries_fill(&states, &p, 0, clock, &forward, values);
    for (size_t k = 0; k < forward.n; k++) {
        assert_true(values[k] >= 0);
        assert_true(matrix[(size_t)forward.row[k] * all + (size_t)forward.column[k]] == 0); /* no place twice */
        matrix[(size_t)forward.row[k] * all + (size_t)forward.column[k]] = values[k];
    }
    for (size_t c = 0; c < all; c++) {
        double sum = 0;
        for (size_t r = 0; r < all; r++) sum += matrix[r * all + c];
        assert_true(fabs(sum - 1) < 1e-14);
    }
    rlp_entries_fill(&states, &p, 0, clock, &backward, values);
    assert_int_equal(backward.n, forward.n);
    for (size_t k = 0; k < backward.n; k++) assert_true(matrix[(size_t)backward.column[k] * all + (size_t)backward.row[k]] == values[k]);
    size_t halves = 0;
    for (size_t h = 0; h < 2; h++) { /* two ranks hold the same entries as one */
        assert_int_equal(rlp_entries_build(&states, false, h ? all / 2 : 0, h ? all - all / 2 : all / 2, &part[h]), 0);
        rlp_entries_fill(&states, &p, 0, clock, &part[h], values);
        for (size_t k = 0; k < part[h].n; k++) assert_true(matrix[(size_t)part[h].row[k] * all + (size_t)part[h].column[k]] == values[k]);
        halves += part[h].n;
        rlp_entries_free(&part[h]);
    }
    assert_int_equal(halves, forward.n);
    free(matrix);
    free(values);
    rlp_entries_free(&forward);
    rlp_entries_free(&backward);
    rlp_states_free(&states);
    rlp_process_free(&p);
}

static void poisson_weights_are_poisson_and_leave_out_what_they_say(void **unused) {
    (void)unused;
    const double means[] = {0, 1e-9, 0.3, 1, 7.5, 400, 2e5};
    for (size_t k = 0; k < sizeof means / sizeof *means; k++) {
        rlp_poisson_t poisson;
        double sum = 0, worst = 0;
        assert_int_equal(rlp_poisson_init(&poisson, means[k]), 0);
        for (size_t j = 0; j < poisson.n; j++) {
            double exact = gsl_ran_poisson_pdf((unsigned)(poisson.first + j), means[k]);
            worst = fmax(worst, fabs(poisson.weight[j] - exact));
            sum += poisson.weight[j];
        }
        assert_true(worst < 1e-12 && fabs(sum - 1) < 1e-13);
        if (means[k] > 0) {
            double above = gsl_cdf_poisson_Q((unsigned)(poisson.first + poisson.n - 1), means[k]), below = poisson.first ? gsl_cdf_poisson_P((unsigned)poisson.first - 1, means[k]) : 0;
            assert_true(above + below < RLP_POISSON_TAIL);
        }
        rlp_poisson_free(&poisson);
    }
}

static void survival_is_binomial_type_by_type(void **unused) {
    (void)unused;
    rlp_process_t p;
    rlp_states_t states;
    rlp_shape_t shape = make_shape();
    make_process(&p, RLP_CAPACITY_NONE);
    assert_int_equal(rlp_states_init(&states, &shape, &p), 0);
    size_t all = states.n + states.n_sinks;
    double *law = calloc(all, sizeof *law), *function = calloc(all, sizeof *function), forward = 0, backward = 0;
    size_t from = rlp_states_index(&states, (const int64_t[]){5, 3, 2});
    rlp_cursor_t at;
    law[from] = 1;
    assert_int_equal(rlp_states_thin(&states, p.survive, false, law), 0);
    rlp_cursor_start(&states, &at);
    do {
        double exact = gsl_ran_binomial_pdf((unsigned)at.cells[0], 0.5, 5) * gsl_ran_binomial_pdf((unsigned)at.cells[1], 0.9, 3) * (at.cells[2] == 0);
        assert_true(fabs(law[at.index] - exact) < 1e-14);
        function[at.index] = sin((double)at.index);
        forward += law[at.index] * function[at.index];
    } while (rlp_cursor_next(&states, &at));
    assert_int_equal(rlp_states_thin(&states, p.survive, true, function), 0);
    backward = function[from];
    assert_true(fabs(forward - backward) < 1e-14);
    free(law);
    free(function);
    rlp_states_free(&states);
    rlp_process_free(&p);
}

/* 10^6 cells of which each survives with probability 1e-5: the start lies far outside the shape, its law after the event does not. */
static void what_a_surgeon_leaves_of_many_cells_is_binomial(void **unused) {
    (void)unused;
    rlp_process_t p;
    rlp_states_t states;
    rlp_shape_t shape = {.n_types = 1, .bound = {100}, .total = INT64_MAX, .progression = {.present = true, .of = {1}, .level = 16}};
    const double rates[2] = {0.1, 0.1}, survive[1] = {1e-5};
    size_t index, kill;
    assert_int_equal(rlp_process_init(&p, 1, 0), 0);
    p.start_cells[0] = 1000000;
    assert_int_equal(rlp_process_add_rates(&p, rates, &index), 0);
    assert_int_equal(rlp_process_add_survive(&p, survive, &kill), 0);
    assert_int_equal(rlp_process_add_segment(&p, 0, index, kill), 0);
    assert_int_equal(rlp_states_init(&states, &shape, &p), 0);
    assert_int_equal(states.n, 16);
    double law[20];
    rlp_passage_t passage = {.states = &states, .process = &p, .end_days = 1, .holds = true};
    assert_int_equal(rlp_passage_start(&passage, law), 0);
    long double exact = powl(1 - 1e-5L, 1000000), below = 0; /* GSL's pdf has lost nine digits here to differences of lgamma */
    for (unsigned n = 0; n < 16; n++) {
        assert_true(fabsl(law[n] - exact) < 1e-14L);
        below += exact;
        exact *= (1000000 - n) / (n + 1.0L) * (1e-5L / (1 - 1e-5L));
    }
    assert_true(fabsl(law[16 + RLP_SINK_PROGRESSED] - (1 - below)) < 1e-13L);
    assert_true(rlp_states_truncated(&states, law) < 1e-12);
    rlp_states_free(&states);
    rlp_process_free(&p);
}

static void what_cannot_be_projected_is_refused_in_words(void **unused) {
    (void)unused;
    rlp_process_t p;
    rlp_endpoints_t e;
    rlp_shape_t shape;
    make_process(&p, RLP_CAPACITY_NONE);
    assert_int_equal(rlp_endpoints_init(&e, 3, 1), 0);
    memset(e.progression.of, 1, 3);
    memset(e.death.of, 1, 3);
    e.progression.form = RLP_PROGRESSION_RELATIVE;
    assert_int_equal(rlp_shape_of(&p, &e, true, &shape), RLP_ERROR_REFUSED);
    assert_non_null(strstr(rlp_fail_message(), "nadir"));
    e.progression.form = RLP_PROGRESSION_BURDEN;
    e.progression.level = 9.5;
    e.progression.measure = RLP_MEASURE_SIZE;
    assert_int_equal(rlp_shape_of(&p, &e, true, &shape), RLP_ERROR_REFUSED);
    assert_non_null(strstr(rlp_fail_message(), "dead tissue"));
    e.progression.measure = RLP_MEASURE_VIABLE;
    assert_int_equal(rlp_shape_of(&p, &e, true, &shape), RLP_OK);
    assert_true(shape.progression.present && shape.progression.level == 10 && !shape.death.present && shape.total == INT64_MAX);
    e.progression.every_days = 7; /* judged at visits: no threshold of the shape */
    assert_int_equal(rlp_shape_of(&p, &e, true, &shape), RLP_OK);
    assert_false(shape.progression.present);
    rlp_endpoints_free(&e);
    rlp_process_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_are_the_points_of_the_shape_in_order),
        cmocka_unit_test(rates_are_those_of_the_process),
        cmocka_unit_test(a_step_keeps_probability_and_backward_is_its_transpose),
        cmocka_unit_test(poisson_weights_are_poisson_and_leave_out_what_they_say),
        cmocka_unit_test(survival_is_binomial_type_by_type),
        cmocka_unit_test(what_a_surgeon_leaves_of_many_cells_is_binomial),
        cmocka_unit_test(what_cannot_be_projected_is_refused_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
