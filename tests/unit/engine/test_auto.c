/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * auto: who carries what, what it foresees, and that a choice is a function of the path alone. That its law is right is for the exam of all engines. */
#include "../../../solver/engine/costs.h"
#include "../../../solver/engine/engines.h"
#include "../../../solver/engine/foresight.h"
#include "exam.h"
#include "relapse/memory.h"

#define W1 "process: {types: {S: {cells: 10000, birth: 0.14, death: 0.13}, R: {cells: 0, birth: 0.14, death: 0.10}},\n" \
           "  channels: [{kind: mutation, from: S, to: R, probability: 1.0e-4}]}\n"
#define RARE "process: {types: {S: {cells: 10000, birth: 0.14, death: 0.13}, R: {cells: 0, birth: 0.14, death: 0.10}},\n" \
             "  channels: [{kind: mutation, from: S, to: R, probability: 1.0e-6}]}\n"
#define SWITCHING(cells) "process: {types: {S: {cells: " cells ", birth: 0.14, death: 0.10}, E: {cells: 0, birth: 0.14, death: 0.12}},\n" \
                         "  channels: [{kind: switch, from: S, to: E, rate: 0.1}, {kind: switch, from: E, to: S, rate: 0.2}]}\n"
#define EVERYTHING "process: {types: {S: {cells: 300, birth: 0.14, death: 0.13}, E: {cells: 40, birth: 0.1, death: 0.05}, R: {cells: 2, birth: 0.2, death: 0.1}},\n" \
                   "  channels: [{kind: mutation, from: S, to: R, probability: 3.0e-2}, {kind: mutation, from: E, to: R, rate: 3.0e-3},\n" \
                   "    {kind: switch, from: S, to: E, rate: 0.02}, {kind: switch, from: E, to: S, rate: 0.3, name: back}, {kind: immigration, to: S, rate: 2}]}\n"

static double share(const rlp_state_t *state, rlp_carrier_t carrier) { return state->carried_days[carrier] / state->t_days; }

static double carried(const rlp_state_t *state) {
    double sum = 0;
    for (size_t e = 0; e < RLP_CARRIERS; e++) sum += state->carried_days[e];
    return sum;
}

/* Each engine carries what it is made for, and nothing else. */
static void each_engine_carries_what_it_is_cheapest_for(void **state) {
    static const struct {
        const char *text;
        double days;
        rlp_carrier_t carrier;
    } CASES[] = {
        {RARE, 50, RLP_CARRIER_KENDALL},                                                                               /* 175 000 events, a transition in ten patients */
        {"process: {types: {S: {cells: 1000000000, birth: 0.14, death: 0.10}}}", 100, RLP_CARRIER_KENDALL},            /* none at all */
        {SWITCHING("1000000000"), 100, RLP_CARRIER_LEAP},                                                              /* 10^10 of each */
        {SWITCHING("3"), 20, RLP_CARRIER_DIRECT},                                                                      /* a handful of each */
        {"process: {types: {S: {cells: 100, birth: 0.14, death: 0.10}}, capacity: {law: logistic, cells: 200}}", 100, RLP_CARRIER_DIRECT},
        {"process: {types: {S: {cells: 100000000, birth: 0.14, death: 0.10}}, capacity: {law: logistic, cells: 2.0e+8}}", 100, RLP_CARRIER_LEAP},
    };
    (void)state;
    for (size_t k = 0; k < sizeof CASES / sizeof *CASES; k++) {
        exam_t exam;
        exam_open(&exam, rlp_engine_find("auto"), CASES[k].text, CASES[k].days);
        exam_start(&exam, 61, k);
        const char *begins = rlp_engine_carrier(exam.engine, &exam.state);
        exam_go(&exam, CASES[k].days);
        if (share(&exam.state, CASES[k].carrier) < 1 - 1e-12)
            fail_msg("case %zu: %s carried %.3g of it", k, RLP_CARRIER_NAMES[CASES[k].carrier], share(&exam.state, CASES[k].carrier));
        assert_string_equal(begins, RLP_CARRIER_NAMES[CASES[k].carrier]);
        exam_close(&exam);
    }
}

/* 10^9 cells are leapt; a handful survives and goes event by event until it is large again. */
static void engines_change_within_a_life(void **state) {
    exam_t exam;
    size_t grown = 0;
    (void)state;
    exam_open(&exam, rlp_engine_find("auto"), SWITCHING("1000000000") "arms: {all: {timeline: [{at: 50 d, survive: {S: 3.0e-9, E: 3.0e-9}}]}}", 500);
    for (uint64_t patient = 1; patient <= 20; patient++) {
        exam_start(&exam, 62, patient);
        exam_go(&exam, 50);
        assert_true(exam.state.carried_days[RLP_CARRIER_LEAP] == 50);
        int64_t left = rlp_state_total(&exam.state, &exam.process);
        assert_in_range(left, 3, 40);
        exam_go(&exam, 60);
        assert_true(exam.state.carried_days[RLP_CARRIER_DIRECT] == 10 && exam.state.events > 0);
        exam_go(&exam, 500);
        grown += rlp_state_total(&exam.state, &exam.process) > 100000 && exam.state.carried_days[RLP_CARRIER_DIRECT] >= 10 && exam.state.carried_days[RLP_CARRIER_LEAP] > 150;
        assert_true(fabs(carried(&exam.state) - 500) < 1e-9);
        assert_true(exam.state.events < 1000000); /* 10^5 cells would be more */
    }
    assert_true(grown >= 10);
    exam_close(&exam);
}

/* One cell in a thousand founds a line of 10^4: foreseen nowhere near, it is seen when it is there. */
static void jackpots_are_not_made_event_by_event(void **state) {
    exam_t exam;
    uint64_t most = 0, jackpots = 0;
    (void)state; /* one cell in a thousand lives and then has e^12 descendants and 10^6 switches */
    exam_open(&exam, rlp_engine_find("auto"),
              "process: {types: {S: {cells: 1, birth: 0, death: 1}, R: {cells: 0, birth: 0.6, death: 0}, Q: {cells: 0, birth: 0.6, death: 0}},\n"
              "  channels: [{kind: mutation, from: S, to: R, rate: 1.0e-3}, {kind: switch, from: R, to: Q, rate: 1}, {kind: switch, from: Q, to: R, rate: 1}]}", 20);
    for (uint64_t patient = 1; patient <= 8000; patient++) {
        exam_start(&exam, 63, patient);
        exam_go(&exam, 20);
        if (exam.state.events > most) most = exam.state.events;
        jackpots += rlp_state_total(&exam.state, &exam.process) > 10000;
    }
    assert_true(jackpots >= 1 && most < 5000); /* event by event a jackpot of 10^4 cells is 4 x 10^4 events */
    exam_close(&exam);
}

static void carried_days_add_up_with_watches_and_stops(void **state) {
    static const unsigned char ALL[] = {1, 1, 1};
    (void)state;
    for (size_t e = 0; e < RLP_ENGINE_COUNT; e++) {
        exam_t exam;
        exam_open(&exam, RLP_ENGINES[e], EVERYTHING "arms: {all: {timeline: [{at: 15 d, survive: {S: 0.1}}, {at: 22.5 d, set: {back: {rate: 1}}}]}}", 60);
        for (uint64_t patient = 1; patient <= 10; patient++) {
            exam_start(&exam, 64, patient);
            rlp_watch_t watch = exam_level(&exam, ALL, 1.0e3);
            exam_go(&exam, 0);
            exam_go(&exam, 7.3);
            rlp_stop_t stop = exam_watch(&exam, 40, &watch, 1);
            assert_true(fabs(carried(&exam.state) - exam.state.t_days) < 1e-9);
            if (stop.fired && exam.state.t_days < 60) exam_go(&exam, 60);
            else exam_go(&exam, 60);
            assert_true(fabs(carried(&exam.state) - 60) < 1e-9);
            if (RLP_ENGINES[e]->carrier == RLP_CARRIER_DIRECT) assert_true(exam.state.carried_days[RLP_CARRIER_DIRECT] == carried(&exam.state));
        }
        exam_close(&exam);
    }
}

/* What was asked before fills the memory of stretches, never a choice. */
static void a_path_depends_on_nothing_that_ran_before(void **state) {
    enum { N = 30 };
    int64_t first[N][2];
    double days[N][RLP_CARRIERS];
    exam_t exam, fresh;
    (void)state;
    const char *text = SWITCHING("100000") "arms: {all: {timeline: [{at: 50 d, survive: {S: 1.0e-3, E: 1.0e-3}}]}}";
    exam_open(&exam, rlp_engine_find("auto"), text, 300);
    for (uint64_t patient = 1; patient <= N; patient++) {
        exam_start(&exam, 65, patient);
        for (double t = 10; t <= 300; t += 58) exam_go(&exam, t);
        memcpy(first[patient - 1], exam.state.cells, sizeof first[0]);
        memcpy(days[patient - 1], exam.state.carried_days, sizeof days[0]);
        exam_start(&exam, 66, patient);
        for (double t = 10; t <= 300; t += 29) exam_go(&exam, t); /* the same starts of stretches with other ends */
    }
    for (uint64_t patient = N; patient >= 1; patient -= 7) {
        exam_open(&fresh, rlp_engine_find("auto"), text, 300);
        exam_t *both[] = {&exam, &fresh};
        for (size_t k = 0; k < 2; k++) {
            exam_start(both[k], 65, patient);
            for (double t = 10; t <= 300; t += 58) exam_go(both[k], t);
            assert_memory_equal(first[patient - 1], both[k]->state.cells, sizeof first[0]);
            assert_memory_equal(days[patient - 1], both[k]->state.carried_days, sizeof days[0]);
        }
        exam_close(&fresh);
        if (patient < 8) break;
    }
    exam_close(&exam);
}

/* ---- foresight ---------------------------------------------------------------------------------------------------------------------- */
static void foresee(const char *text, double from_days, double to_days, double seen[RLP_FORESEEN], double by_map[RLP_FORESEEN]) {
    rlp_process_t p;
    rlp_state_t state;
    rlp_foresight_t foresight;
    rlp_mean_map_t map;
    double mean[3];
    exam_process(text, &p);
    assert_int_equal(rlp_state_init(&state, &p), RLP_OK);
    assert_int_equal(rlp_foresight_init(&foresight, &p), RLP_OK);
    assert_int_equal(rlp_mean_map_init(&map, &p), RLP_OK);
    state.t_days = from_days;
    size_t segment = 0;
    while (segment + 1 < p.n_segments && p.segments[segment + 1].start_days <= from_days) segment++;
    for (int turn = 0; turn < 2; turn++) assert_int_equal(rlp_foresight_of(&foresight, &state, segment, to_days, seen), RLP_OK);
    memset(by_map, 0, RLP_FORESEEN * sizeof *by_map);
    for (size_t i = 0; i < p.n_types; i++) mean[i] = (double)p.start_cells[i];
    for (double t = from_days; t < to_days; segment++) {
        double end = segment + 1 < p.n_segments ? fmin(p.segments[segment + 1].start_days, to_days) : to_days;
        const double *channel = rlp_process_channel(&p, p.segments[segment].rates), *birth = rlp_process_birth(&p, p.segments[segment].rates);
        for (int k = 0; k < 4000; k++) {
            double old[3];
            memcpy(old, mean, sizeof old);
            rlp_mean_map_run(&map, p.segments[segment].rates, (end - t) / 4000, 1, mean, &by_map[RLP_FORESEEN_EVENTS]);
            for (size_t c = 0; c < p.n_channels; c++) {
                size_t from = p.channels[c].from;
                if (from == RLP_NONE) continue;
                double cells = (old[from] + mean[from]) / 2;
                by_map[RLP_FORESEEN_MARKS] += channel[c] * cells * (p.channels[c].kind == RLP_CHANNEL_DIVISION ? birth[from] : 1) * (end - t) / 4000;
            }
        }
        t = end;
    }
    for (size_t i = 0; i < p.n_types; i++) by_map[RLP_FORESEEN_CELLS] += mean[i];
    rlp_mean_map_free(&map);
    rlp_foresight_free(&foresight);
    rlp_state_free(&state);
    rlp_process_free(&p);
}

/* Immigrants are no marks: kendall takes many as one group. */
static void foresight_agrees_with_the_mean_map(void **state) {
    double seen[RLP_FORESEEN], map[RLP_FORESEEN];
    (void)state;
    foresee(W1, 0, 50, seen, map);
    assert_true(fabs(seen[RLP_FORESEEN_EVENTS] / 175194 - 1) < 1e-3);
    static const struct {
        const char *text;
        double from, to, within;
    } CASES[] = {{W1, 0, 50, 1e-3}, {W1, 10, 300, 0.1}, {EVERYTHING, 0, 1, 0.01}, {EVERYTHING, 3, 40, 0.1}, {SWITCHING("1000"), 0, 100, 0.15},
                 {EVERYTHING "arms: {all: {timeline: [{at: 9 d, set: {S: {death: 0.3}, back: {rate: 0.01}}}, {at: 16 d, set: {E: {birth: 0.3}}}]}}", 5, 30, 0.1}};
    for (size_t k = 0; k < sizeof CASES / sizeof *CASES; k++) {
        foresee(CASES[k].text, CASES[k].from, CASES[k].to, seen, map);
        for (int what = 0; what < RLP_FORESEEN; what++)
            if (!(fabs(seen[what] / map[what] - 1) < CASES[k].within)) fail_msg("case %zu, %d: %g foreseen, %g by the mean map", k, what, seen[what], map[what]);
    }
    foresee("process: {types: {S: {cells: 100, birth: 0.14, death: 0.10}}, capacity: {law: logistic, cells: 20000}}", 0, 300, seen, map);
    assert_true(fabs(seen[RLP_FORESEEN_EVENTS] / map[RLP_FORESEEN_EVENTS] - 1) < 0.1 && fabs(seen[RLP_FORESEEN_CELLS] / map[RLP_FORESEEN_CELLS] - 1) < 0.02);
}

/* More stretches than there is room for, with common starts and common ends, in two orders: each is what a fresh foresight says. */
static void foresight_keeps_stretches_apart(void **state) {
    rlp_process_t p;
    rlp_state_t at;
    rlp_foresight_t used, fresh;
    double seen[RLP_FORESEEN], again[RLP_FORESEEN];
    (void)state;
    exam_process(EVERYTHING, &p);
    assert_int_equal(rlp_state_init(&at, &p), RLP_OK);
    assert_int_equal(rlp_foresight_init(&used, &p), RLP_OK);
    for (int k = 0; k < 1000; k++) {
        at.t_days = k % 8;
        double to = 8 + (k < 500 ? k : 1000 - k) % 100;
        assert_int_equal(rlp_foresight_of(&used, &at, 0, to, seen), RLP_OK);
        assert_int_equal(rlp_foresight_init(&fresh, &p), RLP_OK);
        assert_int_equal(rlp_foresight_of(&fresh, &at, 0, to, again), RLP_OK);
        assert_memory_equal(seen, again, sizeof seen);
        rlp_foresight_free(&fresh);
    }
    rlp_foresight_free(&used);
    rlp_state_free(&at);
    rlp_process_free(&p);
}

/* Growth that passes every number is foreseen as much, not as none. */
static void foresight_of_what_overflows_is_large(void **state) {
    double seen[RLP_FORESEEN], map[RLP_FORESEEN];
    (void)state;
    foresee("process: {types: {S: {cells: 3, birth: 50, death: 0.1}, R: {cells: 0, birth: 90, death: 0}}, channels: [{kind: mutation, from: S, to: R, rate: 1}]}", 0, 200, seen, map);
    for (int what = 0; what < RLP_FORESEEN; what++) assert_true(seen[what] > 1e100);
}

static void costs_are_positive(void **state) {
    (void)state;
#define POSITIVE(name, words) assert_true(RLP_COSTS.name > 0);
    RLP_COSTS_LIST(POSITIVE)
}

/* Memory that kendall and stretches take when they are first needed. */
static void a_choice_without_memory_fails_politely(void **state) {
    (void)state;
    for (size_t n = 1;; n++) {
        exam_t exam;
        rlp_stop_t stop;
        exam_open(&exam, rlp_engine_find("auto"), W1, 50);
        exam_start(&exam, 67, 1);
        rlp_memory_fail_at(n);
        int rc = rlp_engine_advance(exam.engine, &exam.state, 50, NULL, 0, &exam.stream, NULL, &stop);
        rlp_memory_fail_at(0);
        exam_close(&exam);
        if (!rc) break;
        assert_true(rc == RLP_ERROR_MEMORY && n < 100);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_engine_carries_what_it_is_cheapest_for),
        cmocka_unit_test(engines_change_within_a_life),
        cmocka_unit_test(jackpots_are_not_made_event_by_event),
        cmocka_unit_test(carried_days_add_up_with_watches_and_stops),
        cmocka_unit_test(a_path_depends_on_nothing_that_ran_before),
        cmocka_unit_test(foresight_agrees_with_the_mean_map),
        cmocka_unit_test(foresight_keeps_stretches_apart),
        cmocka_unit_test(foresight_of_what_overflows_is_large),
        cmocka_unit_test(costs_are_positive),
        cmocka_unit_test(a_choice_without_memory_fails_politely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
