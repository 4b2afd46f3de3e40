/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Segments, rows of rates, survival events and dead tissue. */
#include "exam.h"
#include "relapse/memory.h"
#include "relapse/variates.h"
#include "relapse/watch.h"

static void make(rlp_process_t *p, size_t n_types, size_t n_channels) { assert_int_equal(rlp_process_init(p, n_types, n_channels), RLP_OK); }

static size_t rates(rlp_process_t *p, const double *row) {
    size_t index;
    assert_int_equal(rlp_process_add_rates(p, row, &index), RLP_OK);
    return index;
}

static size_t survive(rlp_process_t *p, const double *row) {
    size_t index;
    assert_int_equal(rlp_process_add_survive(p, row, &index), RLP_OK);
    return index;
}

static void segment(rlp_process_t *p, double start, size_t row, size_t kill) { assert_int_equal(rlp_process_add_segment(p, start, row, kill), RLP_OK); }

static void equal_days_share_a_row(void **state) {
    static const double ON[] = {0.1, 0.2}, OFF[] = {0.1, 0.05};
    rlp_process_t p;
    (void)state;
    make(&p, 1, 0);
    for (int day = 0; day < 300; day++) segment(&p, day, rates(&p, day % 28 < 21 ? ON : OFF), RLP_NONE);
    assert_int_equal(p.n_rate_rows, 2);
    assert_int_equal(p.n_segments, 21); /* 21 on, 7 off: only the changes */
    for (size_t s = 0; s < p.n_segments; s++) {
        assert_true(p.segments[s].start_days == (s % 2 ? 21 : 0) + 28 * (double)(s / 2));
        assert_true(rlp_process_death(&p, p.segments[s].rates)[0] == (s % 2 ? 0.05 : 0.2));
    }
    rlp_process_free(&p);
}

static void an_event_is_a_segment_though_rates_stay(void **state) {
    static const double ROW[] = {0.1, 0.2}, HALF[] = {0.5};
    rlp_process_t p;
    (void)state;
    make(&p, 1, 0);
    segment(&p, 0, rates(&p, ROW), RLP_NONE);
    segment(&p, 3, rates(&p, ROW), RLP_NONE);
    assert_int_equal(p.n_segments, 1);
    segment(&p, 4, rates(&p, ROW), survive(&p, HALF));
    assert_int_equal(p.n_segments, 2);
    assert_true(p.segments[1].start_days == 4 && p.segments[1].rates == 0 && p.segments[1].survive == 0);
    rlp_process_free(&p);
}

static void events_of_one_instant_multiply(void **state) {
    static const double ROW[] = {0.1, 0, 0.2, 0}, NEXT[] = {0.1, 0, 0.3, 0}, A[] = {0.5, 1}, B[] = {0.25, 0.125};
    rlp_process_t p;
    (void)state;
    make(&p, 2, 0);
    segment(&p, 0, rates(&p, ROW), RLP_NONE);
    segment(&p, 7, rates(&p, ROW), survive(&p, A));
    segment(&p, 7, rates(&p, NEXT), RLP_NONE);
    segment(&p, 7, rates(&p, NEXT), survive(&p, B));
    assert_int_equal(p.n_segments, 2);
    const double *both = p.survive + p.segments[1].survive * 2;
    assert_true(both[0] == 0.125 && both[1] == 0.125);
    assert_true(rlp_process_death(&p, p.segments[1].rates)[0] == 0.3);
    segment(&p, 0 + 7, rates(&p, ROW), RLP_NONE); /* the last rates hold */
    assert_true(rlp_process_death(&p, p.segments[1].rates)[0] == 0.2);
    rlp_process_free(&p);
}

static void event_of_day_zero_joins_the_first_segment(void **state) {
    rlp_process_t p;
    (void)state;
    exam_process("process: {types: {S: {cells: 8, birth: 0.1, death: 0}}}\narms: {a: {timeline: [{at: 0 d, survive: {S: 0.5}, set: {S: {birth: 0.3}}}]}}", &p);
    assert_int_equal(p.n_segments, 1);
    assert_true(p.segments[0].survive == 0 && p.survive[0] == 0.5 && rlp_process_birth(&p, p.segments[0].rates)[0] == 0.3 && p.start_cells[0] == 8);
    rlp_process_free(&p);
}

static void each_set_holds_until_set_again(void **state) {
    rlp_process_t p;
    (void)state;
    exam_process(
        "process: {types: {S: {cells: 1, birth: 1, death: 2}, R: {cells: 0, birth: 3, death: 4}}, channels: [{kind: switch, from: R, to: S, rate: 5, name: loss}]}\n"
        "arms: {a: {timeline: [{at: 1 d, set: {S: {death: 20}}}, {at: 2 d, set: {R: {birth: 30}, loss: {rate: 50}}}, {at: 3 d, set: {S: {death: 2}}}]}}", &p);
    static const double WANT[4][5] = {{1, 3, 2, 4, 5}, {1, 3, 20, 4, 5}, {1, 30, 20, 4, 50}, {1, 30, 2, 4, 50}};
    assert_int_equal(p.n_segments, 4);
    for (size_t s = 0; s < 4; s++) assert_memory_equal(p.rates + p.segments[s].rates * p.row_size, WANT[s], sizeof WANT[s]);
    rlp_process_free(&p);
}

static void crowding_follows_its_law(void **state) {
    rlp_process_t p = {.capacity_law = RLP_CAPACITY_LOGISTIC, .capacity_cells = 200};
    (void)state;
    assert_true(rlp_process_crowding(&p, 0) == 1 && rlp_process_crowding(&p, 50) == 0.75 && rlp_process_crowding(&p, 200) == 0 && rlp_process_crowding(&p, 1e18) == 0);
    p.capacity_law = RLP_CAPACITY_GOMPERTZ;
    p.capacity_cells = 1e6;
    assert_true(rlp_process_crowding(&p, 0) == 1 && rlp_process_crowding(&p, 1) == 1 && fabs(rlp_process_crowding(&p, 1e3) - 0.5) < 1e-15 && rlp_process_crowding(&p, 1e6) == 0);
    p.capacity_law = RLP_CAPACITY_NONE;
    assert_true(rlp_process_crowding(&p, 1e18) == 1);
}

static void dead_tissue_decays_and_adds_up(void **state) {
    static const double ROW[] = {0, 0, 0, 0}, NONE[] = {0, 1}, ALL[] = {1, 0};
    rlp_process_t p;
    rlp_state_t s;
    rlp_stream_t stream;
    (void)state;
    rlp_stream_init(&stream, 1, 1, 1);
    make(&p, 2, 0);
    p.clearance_per_day = 0.1;
    p.start_cells[0] = 1000;
    p.start_cells[1] = 500;
    segment(&p, 0, rates(&p, ROW), RLP_NONE);
    segment(&p, 5, rates(&p, ROW), survive(&p, NONE));
    segment(&p, 9, rates(&p, ROW), survive(&p, ALL));
    assert_int_equal(rlp_state_init(&s, &p), RLP_OK);
    assert_true(rlp_state_next_segment(&s, &p) == 0 && s.nadir_cells == 1500);
    rlp_state_enter(&s, &p, &stream);
    assert_true(rlp_state_next_segment(&s, &p) == 5 && rlp_state_total(&s, &p) == 1500 && rlp_state_dead(&s, &p, 0, 4) == 0);
    s.t_days = 5;
    rlp_state_enter(&s, &p, &stream);
    assert_true(s.cells[0] == 0 && s.cells[1] == 500 && s.nadir_cells == 500 && rlp_state_dead(&s, &p, 0, 5) == 1000);
    assert_true(fabs(rlp_state_dead(&s, &p, 0, 12) - 1000 * exp(-0.7)) < 1e-9);
    s.cells[0] = 40; /* regrown meanwhile */
    s.t_days = 9;
    rlp_state_enter(&s, &p, &stream);
    assert_true(s.cells[0] == 40 && s.cells[1] == 0 && rlp_state_next_segment(&s, &p) == INFINITY);
    assert_true(fabs(rlp_state_dead(&s, &p, 0, 19) - 1000 * exp(-1.4)) < 1e-9); /* the second event moved nothing of the first */
    assert_true(fabs(rlp_state_dead(&s, &p, 1, 19) - 500 * exp(-1)) < 1e-9);
    rlp_state_reset(&s, &p);
    assert_true(s.t_days == 0 && s.segment == 0 && s.cells[0] == 1000 && s.dead[0] == 0 && s.nadir_cells == 1500 && s.events == 0);
    rlp_state_free(&s);
    rlp_state_free(&s);
    rlp_process_free(&p);
    rlp_process_free(&p);
}

static void without_clearance_dead_tissue_stays(void **state) {
    static const double ROW[] = {0, 0}, NONE[] = {0};
    rlp_process_t p;
    rlp_state_t s;
    rlp_stream_t stream;
    (void)state;
    rlp_stream_init(&stream, 1, 1, 1);
    make(&p, 1, 0);
    p.start_cells[0] = 10;
    segment(&p, 0, rates(&p, ROW), survive(&p, NONE));
    assert_int_equal(rlp_state_init(&s, &p), RLP_OK);
    rlp_state_enter(&s, &p, &stream);
    assert_true(rlp_state_dead(&s, &p, 0, 1e5) == 10);
    rlp_state_free(&s);
    rlp_process_free(&p);
}

static void totals_saturate(void **state) {
    static const double ROW[6] = {0};
    rlp_process_t p;
    rlp_state_t s;
    (void)state;
    make(&p, 3, 0);
    for (size_t i = 0; i < 3; i++) p.start_cells[i] = RLP_COUNT_MAX;
    segment(&p, 0, rates(&p, ROW), RLP_NONE);
    assert_int_equal(rlp_state_init(&s, &p), RLP_OK);
    assert_true(rlp_state_total(&s, &p) == INT64_MAX);
    rlp_state_free(&s);
    rlp_process_free(&p);
}

/* Survival of 1e12 cells at 1e-6, one binomial each: mean and spread. */
static void survival_is_one_binomial(void **state) {
    static const double ROW[] = {0, 0}, RARE[] = {1e-6};
    rlp_process_t p;
    rlp_state_t s;
    rlp_moments_t sample = {0};
    rlp_law_moments_t law = {.mean = 1e6, .variance = 1e6 * (1 - 1e-6), .skewness = 1e-3};
    (void)state;
    make(&p, 1, 0);
    p.start_cells[0] = 1000000000000;
    segment(&p, 0, rates(&p, ROW), survive(&p, RARE));
    assert_int_equal(rlp_state_init(&s, &p), RLP_OK);
    for (uint64_t k = 1; k <= 20000; k++) {
        rlp_stream_t stream;
        rlp_stream_init(&stream, 41, k, 1);
        rlp_state_reset(&s, &p);
        rlp_state_enter(&s, &p, &stream);
        rlp_moments_add(&sample, (double)s.cells[0]);
    }
    judge_mean("survivors", &sample, &law, 0);
    judge_variance("survivors", &sample, &law, 0);
    rlp_state_free(&s);
    rlp_process_free(&p);
}

static void running_out_of_memory_is_polite(void **state) {
    static const char TEXT[] = "process: {types: {S: {cells: 1, birth: 1, death: 2}}, channels: [{kind: immigration, to: S, rate: 5, name: in}]}\n"
                               "arms: {a: {timeline: [{at: 1 d, survive: {S: 0.5}, set: {S: {death: 20}}}, {at: 1 d, survive: {S: 0.5}}]}}";
    (void)state;
    for (size_t n = 1;; n++) {
        rlp_process_t p;
        static const double ROW[] = {1, 2, 5}, HALF[] = {0.5};
        size_t row, kill;
        rlp_memory_fail_at(n);
        int rc = rlp_process_init(&p, 1, 1);
        if (!rc) rc = rlp_process_name_type(&p, 0, "S");
        if (!rc) rc = rlp_process_add_rates(&p, ROW, &row);
        if (!rc) rc = rlp_process_add_survive(&p, HALF, &kill);
        if (!rc) rc = rlp_process_add_segment(&p, 0, row, kill);
        if (!rc) rc = rlp_process_add_segment(&p, 0, row, kill);
        rlp_process_free(&p);
        if (!rc) break;
        assert_int_equal(rc, RLP_ERROR_MEMORY);
        assert_true(n < 50);
    }
    rlp_memory_fail_at(0);
    rlp_process_t p;
    exam_process(TEXT, &p);
    assert_int_equal(p.n_segments, 2);
    assert_true(p.survive[p.segments[1].survive] == 0.25);
    rlp_process_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_days_share_a_row),
        cmocka_unit_test(an_event_is_a_segment_though_rates_stay),
        cmocka_unit_test(events_of_one_instant_multiply),
        cmocka_unit_test(event_of_day_zero_joins_the_first_segment),
        cmocka_unit_test(each_set_holds_until_set_again),
        cmocka_unit_test(crowding_follows_its_law),
        cmocka_unit_test(dead_tissue_decays_and_adds_up),
        cmocka_unit_test(without_clearance_dead_tissue_stays),
        cmocka_unit_test(totals_saturate),
        cmocka_unit_test(survival_is_one_binomial),
        cmocka_unit_test(running_out_of_memory_is_polite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
