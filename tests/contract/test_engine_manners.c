/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The exam that every engine of the table sits: what holds on every path, whatever the luck. Nothing here can raise a false alarm but where it says so. */
#define JUDGE_DECISIONS 100
#include "exam.h"
#include "relapse/variates.h"

static const unsigned char ALL[] = {1, 1}, FIRST[] = {1, 0}, SECOND[] = {0, 1};

#define TWO "process: {types: {S: {cells: 400, birth: 0.14, death: 0.13}, R: {cells: 20, birth: 0.14, death: 0.10}}, channels: [\n" \
            "  {kind: mutation, from: S, to: R, probability: 1.0e-2}, {kind: switch, from: R, to: S, rate: 1.0e-2, name: loss}, {kind: immigration, to: S, rate: 1}]}\n"
#define TWO_ARMS "arms: {all: {timeline: [{at: 3 d, set: {S: {death: 0.3}}}, {at: 9.5 d, survive: {S: 0.3, R: 0.6}, set: {loss: {rate: 0.1}}}]}}"

static void same_seed_gives_the_same_path(void **state) {
    exam_t exam;
    int64_t first[2], other[2] = {0};
    exam_open(&exam, *state, TWO TWO_ARMS, 20);
    exam_start(&exam, 301, 7);
    exam_go(&exam, 20);
    memcpy(first, exam.state.cells, sizeof first);
    uint64_t events = exam.state.events, steps = exam.state.steps;
    for (uint64_t other_patient = 1; other_patient < 4; other_patient++) { /* an engine keeps nothing of the trajectories before */
        exam_start(&exam, 301, other_patient);
        exam_go(&exam, 20);
        other[0] += exam.state.cells[0] != first[0];
    }
    assert_true(other[0] > 0);
    exam_start(&exam, 301, 7);
    exam_go(&exam, 20);
    assert_memory_equal(first, exam.state.cells, sizeof first);
    assert_true(events == exam.state.events && steps == exam.state.steps);
    exam_close(&exam);
}

typedef struct {
    double last_days;
    size_t looks;
} looker_t;
static void look(void *context, const rlp_process_t *p, const rlp_state_t *state) {
    looker_t *looker = context;
    assert_true(state->t_days >= looker->last_days);
    for (size_t i = 0; i < p->n_types; i++) assert_true(state->cells[i] >= 0);
    looker->last_days = state->t_days;
    looker->looks++;
}

static void observer_never_changes_the_path(void **state) {
    for (uint64_t patient = 1; patient <= 20; patient++) {
        exam_t exam;
        looker_t looker = {0};
        rlp_observer_t observer = {.see = look, .context = &looker};
        rlp_stop_t stop;
        int64_t unseen[2];
        exam_open(&exam, *state, TWO TWO_ARMS, 20);
        exam_start(&exam, 302, patient);
        exam_go(&exam, 20);
        memcpy(unseen, exam.state.cells, sizeof unseen);
        uint64_t words = exam.stream.counter[0] * 4 + exam.stream.next - exam.stream.filled;
        int64_t nadir = exam.state.nadir_cells;
        exam_start(&exam, 302, patient);
        assert_int_equal(rlp_engine_advance(exam.engine, &exam.state, 20, NULL, 0, &exam.stream, &observer, &stop), RLP_OK);
        assert_memory_equal(unseen, exam.state.cells, sizeof unseen);
        assert_true(words == exam.stream.counter[0] * 4 + exam.stream.next - exam.stream.filled && nadir == exam.state.nadir_cells);
        assert_true(exam.state.t_days == 20 && looker.looks >= 3);
        exam_close(&exam);
    }
}

static void event_at_until_has_acted(void **state) {
    exam_t exam;
    exam_open(&exam, *state,
              "process: {types: {S: {cells: 1000, birth: 0, death: 0}}}\n"
              "arms: {all: {timeline: [{at: 0 d, survive: {S: 0.9}}, {at: 5 d, survive: {S: 0.5}}, {at: 8 d, survive: {S: 0}}]}}", 10);
    exam_start(&exam, 303, 1);
    exam_go(&exam, 0);
    int64_t start = exam.state.cells[0];
    assert_in_range(start, 800, 980); /* 900 +- 10 standard deviations */
    exam_go(&exam, 4.999);
    assert_int_equal(exam.state.cells[0], start);
    exam_go(&exam, 5);
    int64_t half = exam.state.cells[0];
    assert_in_range(half, start / 2 - 160, start / 2 + 160);
    assert_true(exam.state.dead[0] == (double)(1000 - half));
    exam_go(&exam, 5); /* no event acts twice */
    assert_int_equal(exam.state.cells[0], half);
    exam_go(&exam, 10);
    assert_true(exam.state.cells[0] == 0 && exam.state.dead[0] == 1000 && exam.state.nadir_cells == 0);
    exam_close(&exam);
}

/* Rows may share a day: both act, in turn, and the last `set` holds. */
static void rows_of_one_day_act_in_turn(void **state) {
    exam_t exam;
    exam_open(&exam, *state,
              "process: {types: {S: {cells: 100, birth: 0, death: 0}, R: {cells: 100, birth: 0, death: 0}}}\n"
              "arms: {all: {timeline: [{at: 2 d, survive: {S: 0}, set: {R: {death: 1000}}}, {at: 2 d, survive: {R: 1}, set: {R: {death: 0}}}]}}", 10);
    exam_start(&exam, 304, 1);
    exam_go(&exam, 10);
    assert_true(exam.state.cells[0] == 0 && exam.state.cells[1] == 100);
    exam_close(&exam);
}

static void nothing_happens_at_rates_of_zero(void **state) {
    exam_t exam;
    exam_open(&exam, *state,
              "process: {types: {S: {cells: 5, birth: 0, death: 0}, R: {cells: 0, birth: 1, death: 1}},\n"
              "  channels: [{kind: switch, from: S, to: R, rate: 0}, {kind: mutation, from: S, to: R, probability: 1}, {kind: immigration, to: R, rate: 0},\n"
              "    {kind: mutation, from: S, to: R, rate: 0}]}", 1000);
    exam_start(&exam, 305, 1);
    exam_go(&exam, 1000);
    assert_true(exam.state.cells[0] == 5 && exam.state.cells[1] == 0);
    exam_close(&exam);
}

static void extinct_stays_extinct(void **state) {
    exam_t exam;
    exam_open(&exam, *state,
              "process: {types: {S: {cells: 0, birth: 3, death: 0.1}, R: {cells: 0, birth: 3, death: 0}},\n"
              "  channels: [{kind: mutation, from: S, to: R, probability: 0.5}, {kind: switch, from: R, to: S, rate: 1}]}", 500);
    exam_start(&exam, 306, 1);
    exam_go(&exam, 500);
    assert_true(exam.state.cells[0] == 0 && exam.state.cells[1] == 0 && exam.state.events == 0);
    exam_close(&exam);
    exam_open(&exam, *state, "process: {types: {S: {cells: 3, birth: 0, death: 5}}}", 500); /* P(alive at 20 d) = 3 e^-100 */
    for (double t = 20; t <= 500; t += 60) {
        if (t == 20) exam_start(&exam, 306, 2);
        exam_go(&exam, t);
        assert_int_equal(exam.state.cells[0], 0);
    }
    exam_close(&exam);
}

/* What has died out may come again from outside: also where the burden was 0 at the end of a stretch. */
static void immigration_fills_what_was_empty(void **state) {
    exam_t exam;
    exam_open(&exam, *state,
              "process: {types: {S: {cells: 0, birth: 0, death: 0}}, channels: [{kind: immigration, to: S, rate: 0, name: seed}]}\n"
              "arms: {all: {timeline: [{at: 100 d, set: {seed: {rate: 5}}}]}}", 200);
    exam_start(&exam, 307, 1);
    exam_go(&exam, 100);
    assert_int_equal(exam.state.cells[0], 0);
    exam_go(&exam, 200);
    assert_in_range(exam.state.cells[0], 250, 800); /* Poisson(500) */
    exam_close(&exam);
}

static void mutation_probabilities_zero_and_one(void **state) {
    exam_t exam;
    exam_open(&exam, *state,
              "process: {types: {S: {cells: 10, birth: 0.5, death: 0}, R: {cells: 0, birth: 0, death: 0}}, channels: [{kind: mutation, from: S, to: R, probability: 1}]}", 20);
    exam_start(&exam, 308, 1);
    exam_go(&exam, 20);
    assert_int_equal(exam.state.cells[0], 10);     /* S -> S + R: no division adds to S */
    assert_in_range(exam.state.cells[1], 30, 200); /* Poisson(100) */
    exam_close(&exam);
    exam_open(&exam, *state,
              "process: {types: {S: {cells: 10, birth: 0.5, death: 0}, R: {cells: 0, birth: 0, death: 0}}, channels: [{kind: mutation, from: S, to: R, probability: 0}]}", 10);
    exam_start(&exam, 308, 2);
    exam_go(&exam, 10);
    assert_true(exam.state.cells[1] == 0 && exam.state.cells[0] > 10);
    exam_close(&exam);
}

static void full_house_has_no_births(void **state) {
    exam_t exam;
    if (!exam_opens(&exam, *state,
                    "process: {types: {S: {cells: 50, birth: 100, death: 0}, R: {cells: 0, birth: 0, death: 0}}, capacity: {law: logistic, cells: 50},\n"
                    "  channels: [{kind: mutation, from: S, to: R, rate: 0.1}]}", 20))
        return;
    exam_start(&exam, 309, 1);
    exam_go(&exam, 20);
    assert_int_equal(exam.state.cells[0], 50);
    assert_in_range(exam.state.cells[1], 30, 200); /* Poisson(100): a rate beside division is not crowded */
    exam_close(&exam);
}

/* 1e15 cells and some fifty deaths: every one counts. */
static void large_counts_are_whole(void **state) {
    exam_t exam;
    exam_open(&exam, *state, "process: {types: {S: {cells: 1000000000000001, birth: 0, death: 1.0e-15}, R: {cells: 3000000000, birth: 0, death: 0}}}", 50);
    exam_start(&exam, 310, 1);
    exam_go(&exam, 50);
    assert_in_range(1000000000000001 - exam.state.cells[0], 5, 120); /* Poisson(50) */
    assert_int_equal(exam.state.cells[1], 3000000000);
    exam_close(&exam);
}

static void large_counts_grow_by_their_mean(void **state) {
    exam_t exam;
    if (((const rlp_engine_class_t *)*state)->exact) return; /* 1e16 events, 1e14 transitions */
    exam_open(&exam, *state, TWO, 50);
    exam.process.start_cells[0] = 1000000000000000;
    exam_start(&exam, 311, 1);
    exam_go(&exam, 50);
    double mean = 1e15 * exp((0.14 * 0.99 - 0.13) * 50);
    assert_true(exam.state.cells[0] > 0 && fabs((double)exam.state.cells[0] / mean - 1) < 0.05); /* and what R gives back */
    exam_close(&exam);
}

static int fails(exam_t *exam, double until_days) {
    rlp_stop_t stop;
    int rc = RLP_OK;
    for (double t = 1; t <= until_days && !rc; t++) {
        rc = rlp_engine_advance(exam->engine, &exam->state, t, NULL, 0, &exam->stream, NULL, &stop);
        if (!rc)
            for (size_t i = 0; i < exam->process.n_types; i++) assert_in_range(exam->state.cells[i], 0, RLP_COUNT_MAX);
    }
    return rc;
}

static void overflow_is_an_error_and_never_a_wrap(void **state) {
    static const char *const SLOW[] = {
        "process: {types: {S: {cells: 3999999999999999000, birth: 1.0e-16, death: 0}}}",
        "process: {types: {S: {cells: 3999999999999999000, birth: 0, death: 0}}, channels: [{kind: immigration, to: S, rate: 400}]}",
        "process: {types: {S: {cells: 3999999999999999000, birth: 0, death: 0}, R: {cells: 0, birth: 0, death: 0}}, channels: [{kind: mutation, from: S, to: R, rate: 1.0e-16}]}",
        "process: {types: {S: {cells: 3000000000000000000, birth: 1.0e-16, death: 0}, R: {cells: 3000000000000000000, birth: 0, death: 0}, Q: {cells: 4000000000000000000, birth: 0, death: 0}}}",
    };
    static const char *const FAST[] = {
        "process: {types: {S: {cells: 1000000000000000000, birth: 0.2, death: 0.01}}}",
        "process: {types: {S: {cells: 1, birth: 50, death: 0}}}",
        "process: {types: {S: {cells: 1000000, birth: 0, death: 0}, R: {cells: 0, birth: 40, death: 0}}, channels: [{kind: mutation, from: S, to: R, rate: 1}]}",
        "process: {types: {S: {cells: 0, birth: 40, death: 0}}, channels: [{kind: immigration, to: S, rate: 1.0e9}]}",
    };
    const rlp_engine_class_t *class = *state;
    exam_t exam;
    for (size_t k = 0; k < sizeof SLOW / sizeof *SLOW; k++) {
        exam_open(&exam, class, SLOW[k], 20);
        exam_start(&exam, 312, k);
        assert_int_equal(fails(&exam, 20), RLP_ERROR_OVERFLOW);
        assert_non_null(strstr(rlp_fail_message(), "4e18"));
        exam_close(&exam);
    }
    for (size_t k = 0; k < sizeof FAST / sizeof *FAST && !exam_every_event(class); k++) {
        exam_open(&exam, class, FAST[k], 200);
        exam_start(&exam, 313, k);
        assert_int_equal(fails(&exam, 200), RLP_ERROR_OVERFLOW);
        exam_close(&exam);
        exam_open(&exam, class, FAST[k], 200); /* in one jump */
        exam_start(&exam, 313, k);
        rlp_stop_t stop;
        assert_int_equal(rlp_engine_advance(exam.engine, &exam.state, 200, NULL, 0, &exam.stream, NULL, &stop), RLP_ERROR_OVERFLOW);
        exam_close(&exam);
    }
}

/* The first immigrant makes both one cell in all and one cell of S. */
static void two_watches_fire_on_one_event(void **state) {
    for (uint64_t patient = 1; patient <= 50; patient++) {
        exam_t exam;
        exam_open(&exam, *state, "process: {types: {S: {cells: 0, birth: 0, death: 0}, R: {cells: 0, birth: 0, death: 0}}, channels: [{kind: immigration, to: S, rate: 0.1}]}", 1000);
        exam_start(&exam, 314, patient);
        rlp_watch_t watches[] = {exam_level(&exam, ALL, 1), exam_level(&exam, SECOND, 1), exam_level(&exam, FIRST, 1), exam_level(&exam, ALL, 2)};
        rlp_stop_t stop = exam_watch(&exam, 1000, watches, 4);
        assert_int_equal(stop.fired, 5);
        assert_true(stop.t_days[0] == stop.t_days[2] && stop.t_days[0] > 0 && exam.state.cells[0] == 1);
        stop = exam_watch(&exam, 1000, watches + 3, 1); /* and go on from there */
        assert_true(stop.fired == 1 && exam.state.cells[0] == 2);
        exam_close(&exam);
    }
}

/* A threshold is reached at >=, and the path stops there: never a cell more where events come one by one; where they do not, the instant lies before the state. */
static void watch_fires_at_its_level_and_not_below(void **state) {
    bool exact = ((const rlp_engine_class_t *)*state)->exact;
    for (uint64_t patient = 1; patient <= 200; patient++) {
        exam_t exam;
        exam_open(&exam, *state, "process: {types: {S: {cells: 1, birth: 0.3, death: 0}}}", 100);
        exam_start(&exam, 315, patient);
        rlp_watch_t watch = exam_level(&exam, FIRST, 8);
        rlp_stop_t stop = exam_watch(&exam, 100, &watch, 1);
        assert_true(stop.fired == 1 && stop.t_days[0] > 0);
        if (exact)
            assert_true(exam.state.cells[0] == 8 && stop.t_days[0] == exam.state.t_days);
        else
            assert_true(exam.state.cells[0] >= 8 && stop.t_days[0] <= exam.state.t_days && stop.t_days[0] >= exam.state.t_days * (1 - EXAM_ERROR) - 0.02);
        exam_close(&exam);
    }
}

/* Excursions between the ends of a stretch count: 10 cells that die out reach 12 far more often than they stand at 12 after a year (never). */
static void watch_looks_between_the_ends(void **state) {
    size_t n = 4000;
    uint64_t hits = 0;
    exam_t exam;
    exam_open(&exam, *state, "process: {types: {S: {cells: 10, birth: 0.2, death: 0.25}}}", 1000);
    for (size_t k = 0; k < n; k++) {
        exam_start(&exam, 316, k + 1);
        rlp_watch_t watch = exam_level(&exam, FIRST, 12);
        hits += exam_watch(&exam, 1000, &watch, 1).fired;
    }
    judge_share("12 cells before none", hits, n, (pow(1.25, 10) - 1) / (pow(1.25, 12) - 1), exam.bias);
    exam_close(&exam);
}

/* A watch knows the nadir that a survival event makes, and a relapse is measured from there. */
static void watch_learns_the_nadir_of_an_event(void **state) {
    static const unsigned char ONE[] = {1};
    for (uint64_t patient = 1; patient <= 20; patient++) {
        exam_t exam;
        exam_open(&exam, *state, "process: {types: {S: {cells: 1000, birth: 0.2, death: 0}}}\narms: {all: {timeline: [{at: 1 d, survive: {S: 0.1}}]}}", 50);
        exam_start(&exam, 317, patient);
        rlp_watch_t watch = {.of = ONE, .rule = RLP_WATCH_RELATIVE, .factor = 2, .minimum = 0};
        rlp_watch_start(&watch, 1000);
        rlp_stop_t stop = exam_watch(&exam, 1, &watch, 1);
        assert_true(!stop.fired && watch.nadir == (double)exam.state.cells[0] && watch.threshold == 2 * watch.nadir);
        stop = exam_watch(&exam, 50, &watch, 1);
        double cells = (double)exam.state.cells[0];
        assert_true(stop.fired && cells >= 2 * watch.nadir && cells <= 2 * watch.nadir * (1 + 5 * exam.bias));
        exam_close(&exam);
    }
}

/* Size: dead tissue of an event counts until it clears, at any instant. 50 % of 1e6 cells die; viable cells double back while the dead half clears. */
static void size_counts_dead_tissue(void **state) {
    static const unsigned char ONE[] = {1};
    exam_t exam;
    exam_open(&exam, *state,
              "process: {types: {S: {cells: 1000, birth: 0.1, death: 0}}, necrosis: {clearance: 0.2 /d}}\narms: {all: {timeline: [{at: 0 d, survive: {S: 0.5}}]}}", 50);
    double least = INFINITY, at_least = 0, relapse = 0;
    for (double t = 0; t < 30; t += 1e-3) { /* fluid */
        double size = 500 * exp(0.1 * t) + 500 * exp(-0.2 * t);
        if (size < least) least = size, at_least = t;
        if (t > at_least && size >= 1.5 * least && relapse == 0) relapse = t;
    }
    rlp_moments_t when = {0}, nadir = {0};
    for (uint64_t patient = 1; patient <= 200; patient++) {
        exam_start(&exam, 318, patient);
        rlp_watch_t watch = {.of = ONE, .with_dead = true, .rule = RLP_WATCH_RELATIVE, .factor = 1.5, .minimum = 0};
        rlp_watch_start(&watch, 1000);
        rlp_stop_t stop = exam_watch(&exam, 50, &watch, 1);
        assert_int_equal(stop.fired, 1);
        rlp_moments_add(&when, stop.t_days[0]);
        rlp_moments_add(&nadir, watch.nadir);
    }
    assert_true(fabs(nadir.mean / least - 1) < 0.01 && fabs(when.mean / relapse - 1) < 0.03);
    exam_close(&exam);
}

/* nadir_cells is the least burden since time 0, also of a dip that has passed. */
static void nadir_is_kept(void **state) {
    exam_t exam;
    exam_open(&exam, *state, "process: {types: {S: {cells: 1000, birth: 0.1, death: 0}}}\narms: {all: {timeline: [{at: 5 d, survive: {S: 0.2}}]}}", 30);
    exam_start(&exam, 319, 1);
    exam_go(&exam, 5);
    int64_t low = exam.state.cells[0];
    exam_go(&exam, 30);
    assert_true(exam.state.cells[0] > 2 * low && exam.state.nadir_cells == low);
    exam_close(&exam);
}

int main(void) {
    static const exam_question_t EXAMS[] = {
        EXAM(same_seed_gives_the_same_path),
        EXAM(observer_never_changes_the_path),
        EXAM(event_at_until_has_acted),
        EXAM(rows_of_one_day_act_in_turn),
        EXAM(nothing_happens_at_rates_of_zero),
        EXAM(extinct_stays_extinct),
        EXAM(immigration_fills_what_was_empty),
        EXAM(mutation_probabilities_zero_and_one),
        EXAM(full_house_has_no_births),
        EXAM(large_counts_are_whole),
        EXAM(large_counts_grow_by_their_mean),
        EXAM(overflow_is_an_error_and_never_a_wrap),
        EXAM(two_watches_fire_on_one_event),
        EXAM(watch_fires_at_its_level_and_not_below),
        EXAM(watch_looks_between_the_ends),
        EXAM(watch_learns_the_nadir_of_an_event),
        EXAM(size_counts_dead_tissue),
        EXAM(nadir_is_kept),
    };
    return exam_every_engine("engine_manners", EXAMS, sizeof EXAMS / sizeof *EXAMS);
}
