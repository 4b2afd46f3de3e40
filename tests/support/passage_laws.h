/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Laws of a projected course, for any carrier: the same assertions hold PETSc's uniformisation and a plain one. Exact values by other means: Kendall's
 * closed form, the gambler's ruin, the spectrum of a tridiagonal generator, the backward equations of generating functions. */
#ifndef RELAPSE_TESTS_PASSAGE_LAWS_H
#define RELAPSE_TESTS_PASSAGE_LAWS_H

#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>

#include "laws.h"
#include "relapse/states.h"

/* A carrier for (states, process, direction, functions); whether this rank holds the vectors, and how to give a number to all. */
typedef struct {
    rlp_propagator_t (*open)(const rlp_states_t *, const rlp_process_t *, bool backward, size_t n_functions, void **handle);
    void (*close)(void *handle);
    bool holds;
} bench_t;
static bench_t bench;

typedef struct {
    rlp_process_t process;
    rlp_states_t states;
    rlp_passage_t passage;
    double *law, *curve; /* law: also of the functions, backward */
} passage_case_t;

static inline void open_case(passage_case_t *c, const rlp_shape_t *shape, double end_days, const double *curve_days, size_t n_curve) {
    assert_int_equal(rlp_states_init(&c->states, shape, &c->process), 0);
    c->passage = (rlp_passage_t){.states = &c->states, .process = &c->process, .end_days = end_days, .curve_days = curve_days, .n_curve = n_curve, .holds = bench.holds};
    c->law = bench.holds ? calloc(2 * (c->states.n + c->states.n_sinks), sizeof *c->law) : NULL;
    c->curve = calloc(n_curve * c->states.n_sinks + 1, sizeof *c->curve);
}

static inline void close_case(passage_case_t *c) {
    free(c->law);
    free(c->curve);
    rlp_states_free(&c->states);
    rlp_process_free(&c->process);
}

static inline void go_forward(passage_case_t *c, int (*record)(void *, size_t, const double *), void *context) {
    bool gave_up;
    void *handle;
    rlp_propagator_t carrier = bench.open(&c->states, &c->process, false, 1, &handle);
    if (bench.holds) assert_int_equal(rlp_passage_start(&c->passage, c->law), 0);
    assert_int_equal(rlp_passage_forward(&c->passage, &carrier, INFINITY, c->law, record, context, c->curve, &gave_up), 0);
    assert_false(gave_up);
    bench.close(handle);
}

static inline void go_backward(passage_case_t *c, size_t n_functions) {
    void *handle;
    rlp_propagator_t carrier = bench.open(&c->states, &c->process, true, n_functions, &handle);
    assert_int_equal(rlp_passage_backward(&c->passage, &carrier, c->law, n_functions, NULL, NULL), 0);
    bench.close(handle);
}

static inline size_t add_rates(rlp_process_t *p, const double *row) {
    size_t index;
    assert_int_equal(rlp_process_add_rates(p, row, &index), 0);
    return index;
}

static inline void add_segment(rlp_process_t *p, double day, const double *row, const double *survive) {
    size_t kill = RLP_NONE;
    if (survive) assert_int_equal(rlp_process_add_survive(p, survive, &kill), 0);
    assert_int_equal(rlp_process_add_segment(p, day, add_rates(p, row), kill), 0);
}

static inline void one_type(rlp_process_t *p, int64_t cells) {
    assert_int_equal(rlp_process_init(p, 1, 0), 0);
    assert_int_equal(rlp_process_name_type(p, 0, "S"), 0);
    p->start_cells[0] = cells;
}

/* ---- one type ------------------------------------------------------------------------------------------------------------------------------ */
static double at_look[800];
static int keep_look(void *context, size_t record, const double *law) {
    (void)record;
    memcpy(at_look, law, *(size_t *)context * sizeof *law);
    return 0;
}

/* Two segments and a survival event between them; a record inside the second. */
static void the_law_of_one_type_is_kendalls(void **unused) {
    (void)unused;
    passage_case_t c;
    const double grow[2] = {0.2, 0.15}, shrink[2] = {0.1, 0.25}, survive[1] = {0.4}, record_days[1] = {26.5};
    double exact[501];
    rlp_shape_t shape = {.n_types = 1, .bound = {500}, .total = INT64_MAX};
    one_type(&c.process, 10);
    add_segment(&c.process, 0, grow, NULL);
    add_segment(&c.process, 20, shrink, survive);
    open_case(&c, &shape, 30, NULL, 0);
    c.passage.record_days = record_days;
    c.passage.n_records = 1;
    size_t n = c.states.n;
    go_forward(&c, keep_look, &n);
    rlp_moebius_t course = rlp_moebius_then(rlp_moebius_growth(0.2, 0.15, 20), rlp_moebius_thin(0.4));
    if (bench.holds) {
        rlp_moebius_law(rlp_moebius_then(course, rlp_moebius_growth(0.1, 0.25, 10)), 10, exact, 501);
        for (size_t k = 0; k <= 500; k++) assert_true(fabs(c.law[k] - exact[k]) < 1e-12);
        rlp_moebius_law(rlp_moebius_then(course, rlp_moebius_growth(0.1, 0.25, 6.5)), 10, exact, 501);
        for (size_t k = 0; k <= 500; k++) assert_true(fabs(at_look[k] - exact[k]) < 1e-12);
    }
    close_case(&c);
}

/* Birth 0.3, death 0.2, 5 cells, 40 to reach: (1 - (2/3)^5)/(1 - (2/3)^40) = 0.8683128357 (Feller 1968, XIV). From every other start too, in one backward sweep. */
static void the_gambler_is_ruined_at_the_exact_rate(void **unused) {
    (void)unused;
    passage_case_t c;
    const double rates[2] = {0.3, 0.2};
    rlp_shape_t shape = {.n_types = 1, .bound = {1000}, .total = INT64_MAX, .progression = {.present = true, .of = {1}, .level = 40}};
    one_type(&c.process, 5);
    add_segment(&c.process, 0, rates, NULL);
    open_case(&c, &shape, 1500, NULL, 0);
    go_forward(&c, NULL, NULL);
    if (bench.holds) assert_true(fabs(c.law[40 + RLP_SINK_PROGRESSED] - 0.8683128357) < 5e-11);
    double forward = bench.holds ? c.law[40 + RLP_SINK_PROGRESSED] : 0;
    if (bench.holds) memset(c.law, 0, (40 + c.states.n_sinks) * sizeof *c.law);
    if (bench.holds) c.law[40 + RLP_SINK_PROGRESSED] = 1;
    go_backward(&c, 1);
    for (int n = 0; n < 40 && bench.holds; n++) assert_true(fabs(c.law[n] - (1 - pow(2. / 3, n)) / (1 - pow(2. / 3, 40))) < 1e-10);
    if (bench.holds) assert_true(fabs(c.law[5] - forward) < 1e-12);
    close_case(&c);
}

/* Birth 0.3, death 0.25, 3 cells, 50 to reach: by the eigenvalues of the tridiagonal generator (Karlin & McGregor 1957). The whole curve from one sweep. */
static void first_passage_has_the_spectral_law(void **unused) {
    (void)unused;
    passage_case_t c;
    const double rates[2] = {0.3, 0.25}, days[6] = {20, 40, 60, 80, 120, 400};
    const double exact[6] = {0.0193144761409, 0.18554416204, 0.32160477377, 0.383200255548, 0.416151792156, 0.421342591522};
    rlp_shape_t shape = {.n_types = 1, .bound = {1000}, .total = INT64_MAX, .progression = {.present = true, .of = {1}, .level = 50}};
    one_type(&c.process, 3);
    add_segment(&c.process, 0, rates, NULL);
    open_case(&c, &shape, 400, days, 6);
    go_forward(&c, NULL, NULL);
    for (size_t k = 0; k < 6 && bench.holds; k++) assert_true(fabs(c.curve[k * c.states.n_sinks + RLP_SINK_PROGRESSED] - exact[k]) < 1e-11);
    close_case(&c);
}

/* ---- two types, against the backward equations of the generating function --------------------------------------------------------------------- */
typedef struct {
    double b[2], d[2], mutation, back; /* S -> R at division with a probability; R -> S at a rate */
} pgf_t;

static int pgf_equations(double t, const double f[], double df[], void *context) {
    const pgf_t *g = context;
    (void)t;
    df[0] = g->d[0] - (g->b[0] + g->d[0]) * f[0] + g->b[0] * f[0] * ((1 - g->mutation) * f[0] + g->mutation * f[1]);
    df[1] = g->d[1] - (g->b[1] + g->d[1] + g->back) * f[1] + g->b[1] * f[1] * f[1] + g->back * f[0];
    return GSL_SUCCESS;
}

static inline void pgf_over(pgf_t *g, double days, double f[2]) {
    gsl_odeiv2_system system = {pgf_equations, NULL, 2, g};
    gsl_odeiv2_driver *driver = gsl_odeiv2_driver_alloc_y_new(&system, gsl_odeiv2_step_rk8pd, 1e-3, 1e-14, 1e-13);
    double t = 0;
    assert_int_equal(gsl_odeiv2_driver_apply(driver, &t, days, f), GSL_SUCCESS);
    gsl_odeiv2_driver_free(driver);
}

static inline void two_types(rlp_process_t *p, pgf_t *on, pgf_t *off) {
    *on = (pgf_t){.b = {0.2, 0.2}, .d = {0.35, 0.15}, .mutation = 0.02, .back = 0.01};
    *off = (pgf_t){.b = {0.2, 0.2}, .d = {0.1, 0.15}, .mutation = 0.02, .back = 0.01};
    const double survive[2] = {0.5, 0.9};
    assert_int_equal(rlp_process_init(p, 2, 2), 0);
    p->channels[0] = (rlp_channel_t){RLP_CHANNEL_DIVISION, 0, 1};
    p->channels[1] = (rlp_channel_t){RLP_CHANNEL_SWITCH, 1, 0};
    p->start_cells[0] = 6;
    p->start_cells[1] = 1;
    add_segment(p, 0, (double[]){0.2, 0.2, 0.35, 0.15, 0.02, 0.01}, NULL);
    add_segment(p, 12, (double[]){0.2, 0.2, 0.1, 0.15, 0.02, 0.01}, survive);
}

/* Extinction by day 20, through a survival event: from the pgf it lies within the truncated mass above what the projection says. The shape is small on
 * purpose, so that the bound is put to work. */
static void extinction_lies_within_the_truncated_mass(void **unused) {
    (void)unused;
    const int64_t bounds[] = {12, 60};
    for (size_t k = 0; k < 2; k++) {
        passage_case_t c;
        pgf_t on, off;
        rlp_shape_t shape = {.n_types = 2, .bound = {bounds[k], bounds[k]}, .total = INT64_MAX};
        two_types(&c.process, &on, &off);
        open_case(&c, &shape, 20, NULL, 0);
        go_forward(&c, NULL, NULL);
        double f[2] = {0, 0};
        pgf_over(&off, 8, f);
        f[0] = 1 - 0.5 * (1 - f[0]), f[1] = 1 - 0.9 * (1 - f[1]);
        pgf_over(&on, 12, f);
        double exact = pow(f[0], 6) * f[1], truncated = bench.holds ? rlp_states_truncated(&c.states, c.law) : 0;
        if (bench.holds) {
            assert_true(exact >= c.law[0] - 1e-12 && exact <= c.law[0] + truncated + 1e-12);
            assert_true(k ? truncated < 1e-4 && fabs(exact - c.law[0]) < 1e-12 : truncated < 0.1 && exact - c.law[0] > 1e-3);
        }
        close_case(&c);
    }
}

/* Visits, a survival event, a capacity, two functions at once: what comes backward to the start is what went forward. */
static void backward_is_forward_to_ten_digits(void **unused) {
    (void)unused;
    passage_case_t c;
    pgf_t on, off;
    rlp_shape_t shape = {.n_types = 2, .bound = {20, 18}, .total = INT64_MAX};
    rlp_threshold_t verdict = {.present = true, .of = {0, 1}, .level = 3};
    two_types(&c.process, &on, &off);
    c.process.capacity_law = RLP_CAPACITY_LOGISTIC;
    c.process.capacity_cells = 30;
    open_case(&c, &shape, 21, NULL, 0);
    c.passage.verdict = &verdict;
    c.passage.every_days = 6; /* 6, 12 (with the event), 18; none at 21 */
    go_forward(&c, NULL, NULL);
    size_t all = c.states.n + c.states.n_sinks, start = rlp_states_index(&c.states, c.process.start_cells);
    double progressed = bench.holds ? c.law[c.states.n + RLP_SINK_PROGRESSED] : 0, extinct = bench.holds ? c.law[0] : 0;
    if (bench.holds) {
        memset(c.law, 0, 2 * all * sizeof *c.law);
        c.law[c.states.n + RLP_SINK_PROGRESSED] = 1;
        c.law[all] = 1;
    }
    go_backward(&c, 2);
    if (bench.holds) {
        assert_true(progressed > 0.01 && fabs(c.law[start] - progressed) < 1e-12 && fabs(c.law[all + start] - extinct) < 1e-12);
        assert_true(c.law[rlp_states_index(&c.states, (const int64_t[]){0, 0})] == 0 && c.law[all] > 1 - 1e-14);
    }
    close_case(&c);
}

#define PASSAGE_LAWS                                                   \
    cmocka_unit_test(the_law_of_one_type_is_kendalls),                 \
        cmocka_unit_test(the_gambler_is_ruined_at_the_exact_rate),     \
        cmocka_unit_test(first_passage_has_the_spectral_law),          \
        cmocka_unit_test(extinction_lies_within_the_truncated_mass),   \
        cmocka_unit_test(backward_is_forward_to_ten_digits)

#endif
