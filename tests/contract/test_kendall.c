/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * kendall beyond the exam of all engines: its matrices against closed forms, its tree against naive products, the joint law of several types against a
 * truncated generator, and clinical burdens.
 *
 * False alarms: below 1e-7 for this program (judge.h, and chi-square at the same level per decision). Power, at 200 000 paths: a size bias of 1 instead of 2, a mark
 * that waits for all cells instead of the first, or rates of the wrong segment move some pooled state of the joint law by more than ten standard errors. */
#define JUDGE_DECISIONS 100
#include "../../solver/engine/course.h"
#include "../../solver/engine/safe_jump.h"
#include "box.h"
#include "exam.h"
#include "laws.h"

static void close_to(double a, double b, double relative) {
    if (!(fabs(a - b) <= relative * fabs(b))) fail_msg("%.17g is not %.17g", a, b);
}

/* ---- one stretch ------------------------------------------------------------------------------------------------------------- */

/* exp(t [[l/2, m],[b, -l/2]]) brought to D = 1, by cosh and sinh in long doubles. */
static void matrix(long double b, long double d, long double m, long double t, long double *mark, long double *mean, long double *shape) {
    long double l = b - d - m, q = sqrtl(l * l / 4 + m * b), c = coshl(q * t), s = q > 0 ? sinhl(q * t) / q : t, below = c - l / 2 * s;
    *mark = m * s / below;
    *shape = b * s / below;
    *mean = 1 / (below * below);
}

static void marks_match_their_closed_forms(void **state) {
    static const double RATE[] = {0, 1e-9, 0.13, 0.14, 2};
    (void)state;
    for (size_t b = 0; b < 5; b++)
        for (size_t d = 0; d < 5; d++)
            for (size_t m = 0; m < 5; m++)
                for (double t = 1e-3; t < 5; t *= 3) {
                    rlp_mark_rates_t rates = rlp_mark_rates(RATE[b], RATE[d], RATE[m]);
                    rlp_marks_t law = rlp_marks_over(&rates, t);
                    long double mark, mean, shape;
                    matrix(RATE[b], RATE[d], RATE[m], t, &mark, &mean, &shape);
                    close_to(law.mark, (double)mark, 1e-13);
                    close_to(law.mean, (double)mean, 1e-13);
                    close_to(law.shape, (double)shape, 1e-13);
                    assert_true(law.mortal == (RATE[d] > 0));
                }
    rlp_mark_rates_t critical = rlp_mark_rates(0.25, 0.25, 0);
    rlp_marks_t law = rlp_marks_over(&critical, 12);
    assert_true(law.mark == 0 && law.mean == 1 && law.shape == 3);
}

/* Decades of growth or decline: nothing under- or overflows into NaN, and what has a limit reaches it. */
static void very_long_times_reach_their_limits(void **state) {
    static const double RATE[][3] = {{0.3, 0, 0}, {0.3, 0.1, 1e-9}, {0.14, 0.3, 1e-4}, {0, 0.2, 1e-3}, {0.2, 0.2, 1e-8}, {5, 0, 1e-12}, {0, 0, 2}};
    (void)state;
    for (size_t k = 0; k < sizeof RATE / sizeof *RATE; k++) {
        double b = RATE[k][0], d = RATE[k][1], m = RATE[k][2], l = b - d - m, root = sqrt(l * l + 4 * m * b);
        rlp_mark_rates_t rates = rlp_mark_rates(b, d, m);
        rlp_marks_t whole = rlp_marks_over(&rates, 36500), year = rlp_marks_over(&rates, 365), product = rlp_marks_none();
        for (int n = 0; n < 100; n++) product = rlp_marks_then(&product, &year);
        double limit = m == 0 ? 0 : l < 0 ? 2 * m / (root - l) : (l + root) / (2 * b); /* U = m + l U - b U^2 at rest */
        if (root * 36500 > 100) close_to(whole.mark, limit, 1e-12);
        close_to(product.mark, whole.mark, 1e-11);
        assert_true(whole.mean >= 0 && whole.mean < 1e300 && whole.shape >= 0 && product.mean >= 0 && product.mean < 1e300 && product.shape >= 0 && product.shape < 1e300);
        rlp_kendall_t law = rlp_marks_law(&product), at_once = rlp_marks_law(&whole);
        assert_true(law.alive >= 0 && law.alive <= 1 && law.ratio >= 0 && law.ratio <= 1 && fabs(law.alive - at_once.alive) < 1e-12);
        if (d == 0 && m == 0) assert_true(law.alive == 1);
        if (m == 0 && d > 0) close_to(law.alive, 1 - d / b, 1e-12);
    }
}

/* 1e-12 of the lines live through four drugs: to all digits, and so does what grows back. */
static void extreme_decline_keeps_its_digits(void **state) {
    static const double DEATH[] = {0.5, 0.9, 0.3, 1.1};
    long double exponent = 0;
    rlp_marks_t law = rlp_marks_none();
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        rlp_mark_rates_t rates = rlp_mark_rates(0, DEATH[k], 1e-9);
        rlp_marks_t next = rlp_marks_over(&rates, 10);
        law = rlp_marks_then(&law, &next);
        exponent -= ((long double)DEATH[k] + 1e-9L) * 10;
    }
    close_to(law.mean, (double)expl(exponent), 1e-13);
    rlp_mark_rates_t rates = rlp_mark_rates(0.3, 0.1, 0);
    rlp_marks_t growth = rlp_marks_over(&rates, 100), both = rlp_marks_then(&law, &growth);
    close_to(both.mean, (double)expl(exponent + 20), 1e-13);
    close_to(rlp_marks_law(&both).alive * (1 - both.mark), (double)(expl(exponent + 20) / (1 + 0.3L * expm1l(20) / 0.2L)), 1e-13);
}

/* ---- many stretches ------------------------------------------------------------------------------------------------------------ */

/* One type with marks; segment k has a rate row of its own, one of three, or the one before. */
static void timeline(rlp_process_t *p, size_t segments, uint64_t seed) {
    rlp_stream_t stream;
    assert_int_equal(rlp_process_init(p, 2, 2), RLP_OK);
    p->channels[0] = (rlp_channel_t){RLP_CHANNEL_DIVISION, 0, 1};
    p->channels[1] = (rlp_channel_t){RLP_CHANNEL_SWITCH, 0, 1};
    rlp_stream_init(&stream, seed, segments, 9);
    double t = 0;
    while (p->n_segments < segments) {
        double row[6] = {0.1 + 0.01 * floor(3 * rlp_stream_uniform(&stream)), 0.1, 0.08 + (rlp_stream_uniform(&stream) < 0.5 ? 0.1 : 0.1 * rlp_stream_uniform(&stream)), 0, 1e-3, 1e-4};
        size_t index;
        assert_int_equal(rlp_process_add_rates(p, row, &index), RLP_OK);
        assert_int_equal(rlp_process_add_segment(p, t, index, RLP_NONE), RLP_OK);
        t += rlp_stream_uniform(&stream) < 0.5 ? 1 : 3 * rlp_stream_uniform(&stream);
    }
}

static const size_t LEAVING[] = {0, 1};

/* The law over (from, to) by one factor after the other; the mean of every factor by its own closed form in the end. */
static rlp_marks_t naive(const rlp_process_t *p, double from, double to) {
    rlp_marks_t law = rlp_marks_none();
    for (size_t s = 0; s < p->n_segments; s++) {
        double start = fmax(from, p->segments[s].start_days), end = s + 1 < p->n_segments ? fmin(to, p->segments[s + 1].start_days) : to;
        if (end <= start) continue;
        const double *row = p->rates + p->segments[s].rates * p->row_size;
        rlp_mark_rates_t rates = rlp_mark_rates(row[0] * (1 - row[4]), row[2], row[0] * row[4] + row[5]);
        rlp_marks_t next = rlp_marks_over(&rates, end - start);
        law = rlp_marks_then(&law, &next);
    }
    return law;
}

static size_t segment_at(const rlp_process_t *p, double t) {
    size_t s = 0;
    while (s + 1 < p->n_segments && p->segments[s + 1].start_days <= t) s++;
    return s;
}

static void judge_jump(rlp_course_t *course, const rlp_process_t *p, double from, double to, double share) {
    size_t segment = segment_at(p, from);
    rlp_span_t span = rlp_span_to(p, segment, to);
    rlp_landing_t place;
    assert_int_equal(rlp_course_extend(course, &span), RLP_OK);
    rlp_marks_t law = naive(p, from, to);
    assert_false(rlp_course_jump(course, from, segment, &span, 1, &place));
    assert_true(place.t_days == to);
    close_to(place.law.mark, law.mark, 1e-12);
    close_to(place.law.mean, law.mean, 1e-12);
    close_to(place.law.shape, law.shape, 1e-12);
    double t = from + share * (to - from);
    rlp_marks_t until = naive(p, from, t);
    if (!(until.mark < law.mark)) return;
    assert_true(rlp_course_jump(course, from, segment, &span, until.mark, &place)); /* the target is reached where it belongs */
    assert_true(fabs(place.t_days - t) < 1e-9 * (1 + t));
    assert_true(place.segment == segment_at(p, t) || fabs(p->segments[segment_at(p, t)].start_days - t) < 1e-9);
    close_to(place.law.mean, until.mean, 1e-9);
    close_to(place.law.shape, until.shape, 1e-9);
}

static void tree_equals_the_naive_product(void **state) {
    rlp_stream_t stream;
    (void)state;
    rlp_stream_init(&stream, 5, 5, 5);
    for (size_t n = 1; n <= 140; n += n < 36 ? 1 : 13) {
        rlp_process_t p;
        rlp_course_t course;
        timeline(&p, n, 3);
        rlp_course_init(&course, &p, 0, LEAVING, 2);
        double last = p.segments[p.n_segments - 1].start_days + 2;
        for (int k = 0; k < 200; k++) {
            double from = last * rlp_stream_uniform(&stream), to = from + (last - from) * rlp_stream_uniform(&stream);
            if (k % 3 == 0) from = p.segments[(size_t)((double)p.n_segments * rlp_stream_uniform(&stream))].start_days;
            if (k % 4 == 0) to = p.segments[(size_t)((double)p.n_segments * rlp_stream_uniform(&stream))].start_days;
            if (to > from) judge_jump(&course, &p, from, to, rlp_stream_uniform(&stream));
        }
        judge_jump(&course, &p, 0, last, 0.999);
        rlp_course_free(&course);
        rlp_process_free(&p);
    }
}

/* Segments that become known one by one give the tree of a timeline known at once; a stretch cut a thousand times is one stretch. */
static void tree_grows_with_the_process(void **state) {
    rlp_process_t whole, growing;
    rlp_course_t course;
    (void)state;
    timeline(&whole, 70, 4);
    assert_int_equal(rlp_process_init(&growing, 2, 2), RLP_OK);
    memcpy(growing.channels, whole.channels, 2 * sizeof *growing.channels);
    rlp_course_init(&course, &growing, 0, LEAVING, 2);
    for (size_t s = 0; s < whole.n_segments; s++) {
        size_t row;
        assert_int_equal(rlp_process_add_rates(&growing, whole.rates + whole.segments[s].rates * whole.row_size, &row), RLP_OK);
        assert_int_equal(rlp_process_add_segment(&growing, whole.segments[s].start_days, row, RLP_NONE), RLP_OK);
        judge_jump(&course, &growing, growing.segments[growing.n_segments / 2].start_days / 2, whole.segments[s].start_days + 0.3, 0.8);
    }
    rlp_course_free(&course);
    rlp_process_free(&whole);
    rlp_process_free(&growing);
    rlp_mark_rates_t rates = rlp_mark_rates(0.14, 0.2, 1e-4);
    rlp_marks_t one = rlp_marks_over(&rates, 100), cut = rlp_marks_none();
    for (int k = 0; k < 1000; k++) {
        rlp_marks_t next = rlp_marks_over(&rates, 0.1);
        cut = rlp_marks_then(&cut, &next);
    }
    close_to(cut.mark, one.mark, 1e-11);
    close_to(cut.mean, one.mean, 1e-11);
    close_to(cut.shape, one.shape, 1e-11);
}

/* ---- joint laws ------------------------------------------------------------------------------------------------------------------ */

#define PATHS 200000

static void joint_law_of_two_types(void **state) {
    static const double ONCE[] = {5}, TWICE[] = {2.2, 5};
    static const char *const CHANNELS[] = {"{kind: mutation, from: S, to: R, probability: 0.3}", "{kind: mutation, from: S, to: R, rate: 0.1}", "{kind: switch, from: S, to: R, rate: 0.15}",
                                           "{kind: immigration, to: S, rate: 0.5}, {kind: switch, from: S, to: R, rate: 0.1}",
                                           "{kind: switch, from: S, to: R, rate: 0.2}, {kind: switch, from: R, to: S, rate: 0.3}, {kind: mutation, from: R, to: S, probability: 0.2}"};
    (void)state;
    for (size_t k = 0; k < sizeof CHANNELS / sizeof *CHANNELS; k++) {
        char text[800];
        snprintf(text, sizeof text, "process: {types: {S: {cells: 4, birth: 0.25, death: 0.2}, R: {cells: 1, birth: 0.2, death: 0.3}}, channels: [%s]}", CHANNELS[k]);
        box_judge(rlp_engine_find("kendall"), CHANNELS[k], text, k % 2 ? TWICE : ONCE, k % 2 ? 2 : 1, 40, PATHS, 401 + k);
    }
}

/* Rates that jump within the stretch, by whole blocks of the tree and by parts; a survival event; a record in between. */
static void joint_law_through_segments_and_events(void **state) {
    static const double ONCE[] = {6}, TWICE[] = {2.5, 6};
    static const char TEXT[] =
        "process: {types: {S: {cells: 5, birth: 0.3, death: 0.1}, R: {cells: 0, birth: 0.2, death: 0.1}}, channels: [\n"
        "  {kind: mutation, from: S, to: R, probability: 0.1, name: gain}, {kind: switch, from: S, to: R, rate: 0.05, name: on}, {kind: switch, from: R, to: S, rate: 0.02, name: off}]}\n"
        "arms: {all: {timeline: [{at: 0.5 d, set: {S: {death: 0.6}}}, {at: 1 d, set: {on: {rate: 0.5}}}, {at: 2 d, set: {on: {rate: 0}, gain: {probability: 0.6}}},\n"
        "  {at: 2.5 d, set: {S: {birth: 0.5}}}, {at: 3.5 d, set: {off: {rate: 0.4}}}%s, {at: 4.5 d, set: {R: {death: 0}, off: {rate: 0.05}}}, {at: 5.25 d, set: {S: {death: 0.1}}}]}}";
    char text[1200];
    (void)state;
    snprintf(text, sizeof text, TEXT, "");
    box_judge(rlp_engine_find("kendall"), "segments", text, ONCE, 1, 44, PATHS, 411);
    snprintf(text, sizeof text, TEXT, ", {at: 4 d, survive: {S: 0.4, R: 0.7}}");
    box_judge(rlp_engine_find("kendall"), "segments, event, record", text, TWICE, 2, 44, PATHS, 412);
}

static void joint_law_of_three_types(void **state) {
    static const double ONCE[] = {4};
    (void)state;
    box_judge(rlp_engine_find("kendall"), "three types",
               "process: {types: {S: {cells: 3, birth: 0.2, death: 0.15}, E: {cells: 1, birth: 0.1, death: 0.05}, R: {cells: 0, birth: 0.25, death: 0.1}}, channels: [\n"
               "  {kind: switch, from: S, to: E, rate: 0.1}, {kind: switch, from: E, to: S, rate: 0.2}, {kind: mutation, from: S, to: R, probability: 0.2},\n"
               "  {kind: mutation, from: E, to: R, rate: 0.05}, {kind: mutation, from: E, to: R, probability: 0.3}, {kind: immigration, to: E, rate: 0.2}]}\n"
               "arms: {all: {timeline: [{at: 1 d, set: {S: {death: 0.4}}}, {at: 2 d, survive: {S: 0.7, E: 0.9}}, {at: 3 d, set: {E: {birth: 0.3}}}]}}",
               ONCE, 1, 20, PATHS, 421);
}

/* ---- clinical burdens -------------------------------------------------------------------------------------------------------- */
static void judge_moments_of(exam_t *exam, const char *what, size_t n, double t, uint64_t seed) {
    rlp_moments_t sample[RLP_LAW_TYPES] = {{0}};
    for (size_t k = 0; k < n; k++) {
        exam_start(exam, seed, k + 1);
        exam_go(exam, t);
        for (size_t i = 0; i < exam->process.n_types; i++) rlp_moments_add(&sample[i], (double)exam->state.cells[i]);
    }
    for (size_t i = 0; i < exam->process.n_types; i++) {
        rlp_law_moments_t law = laws_of_type(&exam->process, i, t);
        judge_mean(what, &sample[i], &law, 0);
        judge_variance(what, &sample[i], &law, 0);
    }
}

static void two_types_w1(void **state) {
    exam_t exam;
    (void)state;
    exam_open(&exam, rlp_engine_find("kendall"),
              "process: {types: {S: {cells: 10000, birth: 0.14, death: 0.13}, R: {cells: 0, birth: 0.14, death: 0.10}},\n"
              "  channels: [{kind: mutation, from: S, to: R, probability: 1.0e-4}]}", 50);
    judge_moments_of(&exam, "W1", 100000, 50, 431);
    exam_close(&exam);
}

/* 10^9 cells, rates that change every day, a bottleneck, mutation 1e-8. The start is big and the second day small: rates of the wrong day show. */
static void burdens_of_the_clinic(void **state) {
    exam_t exam;
    rlp_text_t text;
    (void)state;
    rlp_text_init(&text);
    rlp_text_add(&text, "process: {types: {S: {cells: 1000000000, birth: 0.14, death: 0.13}, R: {cells: 0, birth: 0.14, death: 0.10}, Q: {cells: 0, birth: 0.15, death: 0.1}}, channels: [\n"
                        "  {kind: mutation, from: S, to: R, probability: 1.0e-8}, {kind: mutation, from: R, to: Q, probability: 1.0e-3}]}\narms: {all: {timeline: [");
    for (int day = 1; day < 90; day++)
        rlp_text_format(&text, "{at: %d d, set: {S: {death: %.4f}, R: {death: %.4f}}%s}%s", day, 0.13 + 0.05 * (day * 7 % 5), 0.1 + 0.01 * (day * 3 % 4), day == 30 ? ", survive: {S: 0.05, R: 0.3, Q: 0.5}" : "",
                        day < 89 ? ", " : "]}}");
    exam_open(&exam, rlp_engine_find("kendall"), rlp_text_string(&text), 90);
    rlp_text_free(&text);
    judge_moments_of(&exam, "clinic", 20000, 90, 441);
    exam_close(&exam);
}

/* Cells that only switch, one way: every one that did is a step, and none is lost, also of 10^15. */
static void steps_count_marks_and_no_cell_is_lost(void **state) {
    exam_t exam;
    (void)state;
    exam_open(&exam, rlp_engine_find("kendall"),
              "process: {types: {A: {cells: 1000000000000001, birth: 0, death: 0}, B: {cells: 0, birth: 0, death: 0}}, channels: [{kind: switch, from: A, to: B, rate: 1.0e-15}]}\n"
              "arms: {all: {timeline: [{at: 5 d, set: {A: {death: 0}}}, {at: 20 d, survive: {B: 1}}]}}", 50);
    exam_start(&exam, 451, 1);
    for (double t = 0; t <= 50; t += 10) exam_go(&exam, t);
    assert_int_equal(exam.state.cells[0] + exam.state.cells[1], 1000000000000001);
    assert_true(exam.state.steps == (uint64_t)exam.state.cells[1] && exam.state.events == 0);
    assert_in_range(exam.state.cells[1], 5, 120); /* Poisson(50) */
    exam_close(&exam);
}

/* ---- watches ------------------------------------------------------------------------------------------------------------------ */

/* What is called safe is below 1e-12 by the generator with the threshold absorbing; and jumps that matter are called safe. */
static void safe_jumps_are_safe(void **state) {
    static const double RATE[][2] = {{0.3, 0.25}, {0.25, 0.3}, {0.14, 0.1}, {0.2, 0}, {0.1, 0.6}};
    static const unsigned char ONE[] = {1};
    size_t safe = 0;
    (void)state;
    for (size_t k = 0; k < 5; k++) {
        char text[200];
        exam_t exam;
        rlp_safe_jump_t jump;
        rlp_stop_t stop;
        snprintf(text, sizeof text, "process: {types: {S: {cells: 1, birth: %g, death: %g}}}", RATE[k][0], RATE[k][1]);
        exam_open(&exam, rlp_engine_find("kendall"), text, 50);
        exam_start(&exam, 461, 1);
        exam_go(&exam, 0);
        assert_int_equal(rlp_safe_jump_init(&jump, &exam.process, EXAM_ERROR), RLP_OK);
        for (size_t n = 1; n <= 320; n *= 4)
            for (double h = 0.01; h < 30; h *= 3) {
                double up[701], down[701], p[701];
                size_t limit = n, top = 700;
                rlp_watch_t watch = {.of = ONE, .rule = RLP_WATCH_LEVEL};
                exam.state.cells[0] = (int64_t)n;
                rlp_walk_t walk = {.process = &exam.process, .state = &exam.state, .watches = &watch, .n_watches = 1, .stop = &stop};
                do { /* the least level that counts as safe */
                    watch.level = (double)++limit;
                    rlp_watch_start(&watch, (double)n);
                } while (limit < top && !rlp_safe_jump(&jump, &walk, h));
                if (limit == top) continue;
                memset(p, 0, sizeof p);
                for (size_t i = 0; i <= limit; i++) {
                    up[i] = i < limit ? RATE[k][0] * (double)i : 0;
                    down[i] = i < limit ? RATE[k][1] * (double)i : 0;
                }
                p[n] = 1;
                laws_run_generator(up, down, limit, p, h);
                if (p[limit] > 1e-12) fail_msg("%zu cells reach %zu within %g d with probability %g", n, limit, h, p[limit]);
                if (n == 256 && h < 1) safe++;
            }
        rlp_safe_jump_free(&jump);
        exam_close(&exam);
    }
    assert_true(safe >= 20);
}

/* Times of a burden of 10^7 .. 10^9, where events are too many and looks give the instant: a level; a relapse over a nadir between two far ends, where S falls and
 * R grows within a segment and where a drug stops; by the path of means, within engine.error. */
static void instants_of_large_burdens_are_known(void **state) {
    static const unsigned char ALL[] = {1, 1};
    exam_t exam;
    (void)state;
    exam_open(&exam, rlp_engine_find("kendall"),
              "process: {types: {S: {cells: 100000000, birth: 0.14, death: 0.24}, R: {cells: 1000000, birth: 0.14, death: 0.09}}}\n"
              "arms: {all: {timeline: [{at: 100 d, set: {R: {death: 0.3}}}, {at: 140 d, set: {R: {death: 0.1}}}]}}", 400);
    double nadir = INFINITY, relapse = 0, level = 0;
    for (double t = 0; t < 100; t += 1e-3) {
        double size = 1e8 * exp(-0.1 * t) + 1e6 * exp(0.05 * t);
        nadir = fmin(nadir, size);
        if (!(relapse > 0) && size >= 1.2 * nadir) relapse = t;
        if (!(level > 0) && t > 60 && size >= 2.5e7) level = t;
    }
    for (uint64_t patient = 1; patient <= 20; patient++) {
        exam_start(&exam, 471, patient);
        rlp_watch_t watches[] = {{.of = ALL, .rule = RLP_WATCH_RELATIVE, .factor = 1.2}, {.of = ALL, .rule = RLP_WATCH_LEVEL, .level = 2e8}};
        for (size_t w = 0; w < 2; w++) rlp_watch_start(&watches[w], 1.01e8);
        rlp_stop_t stop = exam_watch(&exam, 400, watches, 2);
        assert_int_equal(stop.fired, 1);
        assert_true(fabs(stop.t_days[0] / relapse - 1) < EXAM_ERROR && fabs(watches[0].nadir / nadir - 1) < EXAM_ERROR);
        assert_true(exam.state.events < 4000000);
        watches[1].level = 2.5e7;
        rlp_watch_start(&watches[1], (double)exam.state.cells[0] + (double)exam.state.cells[1]);
        stop = exam_watch(&exam, 400, watches + 1, 1);
        assert_true(stop.fired == 1 && fabs(stop.t_days[0] / level - 1) < EXAM_ERROR);
        exam_go(&exam, 140); /* R: 1e6 e^(5 - 6.4): seen from afar, the way down and up again within one stretch */
        exam_start(&exam, 472, patient);
        exam.state.cells[0] = 0;
        exam_go(&exam, 100);
        rlp_watch_start(&watches[0], (double)exam.state.cells[1]);
        stop = exam_watch(&exam, 400, watches, 1);
        assert_true(stop.fired == 1 && fabs(stop.t_days[0] / (140 + log(1.2) / 0.04) - 1) < EXAM_ERROR);
    }
    exam_close(&exam);
}

/* A watch on a type without cells fires at the first mark into it, whatever else is watched, and no cell is simulated one by one for it: P(none by 100 d) by the backward
 * equations with such a cell absorbed. 3000 paths see 6 % of it. */
static void a_first_newcomer_is_waited_for(void **state) {
    static const unsigned char ALL[] = {1, 1}, R[] = {0, 1};
    exam_t exam;
    uint64_t came = 0, events = 0, n = 3000;
    (void)state;
    exam_open(&exam, rlp_engine_find("kendall"),
              "process: {types: {S: {cells: 1000000, birth: 0.14, death: 0.19}, R: {cells: 0, birth: 0.2, death: 0.1}},\n"
              "  channels: [{kind: mutation, from: S, to: R, probability: 2.0e-7}]}\narms: {all: {timeline: [{at: 20 d, set: {S: {death: 0.16}}}]}}", 250);
    for (uint64_t patient = 1; patient <= n; patient++) {
        exam_start(&exam, 88, patient);
        rlp_watch_t watches[] = {exam_level(&exam, R, 1), exam_level(&exam, ALL, 3e6)};
        rlp_stop_t stop = exam_watch(&exam, 100, watches, 2);
        came += stop.fired;
        events += exam.state.events;
        if (stop.fired) assert_true(stop.fired == 1 && exam.state.cells[1] == 1 && stop.t_days[0] == exam.state.t_days && exam.state.t_days > 0);
    }
    assert_int_equal(events, 0);
    judge_share("a first newcomer", came, n, 1 - rlp_law_never(&exam.process, R, 100), 0);
    exam_close(&exam);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_match_their_closed_forms),
        cmocka_unit_test(very_long_times_reach_their_limits),
        cmocka_unit_test(extreme_decline_keeps_its_digits),
        cmocka_unit_test(tree_equals_the_naive_product),
        cmocka_unit_test(tree_grows_with_the_process),
        cmocka_unit_test(joint_law_of_two_types),
        cmocka_unit_test(joint_law_through_segments_and_events),
        cmocka_unit_test(joint_law_of_three_types),
        cmocka_unit_test(two_types_w1),
        cmocka_unit_test(burdens_of_the_clinic),
        cmocka_unit_test(steps_count_marks_and_no_cell_is_lost),
        cmocka_unit_test(safe_jumps_are_safe),
        cmocka_unit_test(instants_of_large_burdens_are_known),
        cmocka_unit_test(a_first_newcomer_is_waited_for),
        cmocka_unit_test(judge_decisions_stay_within_their_number),
    };
    return cmocka_run_group_tests_name("kendall", tests, NULL, NULL);
}
