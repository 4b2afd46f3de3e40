/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random small processes, each with one question, and the answer of the finite state projection.
 *
 *   process    2 to 5 types, any births and deaths (also none, and equal ones), one to six channels of every kind, in a third of them a capacity, one to four
 *              segments that set some of the rates again, survival events (also on day 0, also of chance 0), few cells at the start
 *   question   LAW       all of the law of the cells of some types at some time (`level` halves it)
 *              SHARE     the chance that they are `level` or more
 *              PASSAGE   the chance that they were so at any instant by then
 *              VISIT     the same, looked at every so many days
 *   score      by how many standard errors of one patient its chance moves where births (deaths) are a hundredth faster, by a second projection: what a small error
 *              of these would do to many processes at once
 *   redrawn    what has more than STATES states, a truncated mass above TRUNCATED, or a chance outside LEAST .. 1 - LEAST (nothing to see): the next one from
 *              the same stream. So process k is a function of (seed, k). */
#ifndef RELAPSE_TESTS_RANDOM_PROCESS_H
#define RELAPSE_TESTS_RANDOM_PROCESS_H

#include <complex.h>

#include "cohort.h"
#include "plain_propagator.h"
#include "relapse/laws.h"
#include "relapse/stream.h"

#define RANDOM_TYPES 5
#define RANDOM_CHANNELS 6
#define RANDOM_TRUNCATED 1e-9
#define RANDOM_LEAST 0.04
#define RANDOM_CELLS 80 /* greater than any total of a shape */
#define RANDOM_ERROR 0.01

typedef enum { QUESTION_LAW, QUESTION_SHARE, QUESTION_PASSAGE, QUESTION_VISIT, QUESTIONS } question_kind_t;
static const char *const QUESTION_NAMES[QUESTIONS] = {"law", "share", "passage", "visits"};

typedef struct {
    uint64_t number;
    rlp_process_t process;
    question_kind_t kind;
    unsigned char of[RANDOM_TYPES];
    int64_t level;
    double t_days, follow_up_days, every_days;
    bool watched; /* LAW, SHARE: a progression at any instant that nobody asks about */
    /* the answer */
    double law[RANDOM_CELLS]; /* of the cells of those types */
    double chance;            /* of `level` or more; PASSAGE, VISIT: ever so by then */
    double score[2];          /* of births, of deaths */
    double sooner, later;     /* PASSAGE: by t (1 - error), t (1 + error) */
    double truncated;
    size_t states, redrawn;
} random_process_t;

/* Most cells in all, by the number of types: some 2 to 12 thousand states. */
static const int64_t RANDOM_TOTAL[RANDOM_TYPES + 1] = {0, 0, 60, 32, 20, 14};

/* ---- drawing ---------------------------------------------------------------------------------------------------------------------- */
static inline bool draw_chance(rlp_stream_t *s, double p) { return rlp_stream_uniform(s) < p; }
static inline double draw_between(rlp_stream_t *s, double low, double high) { return low + (high - low) * rlp_stream_uniform(s); }
static inline size_t draw_below(rlp_stream_t *s, size_t n) { return (size_t)(rlp_stream_uniform(s) * (double)n); }

static inline double draw_channel(rlp_stream_t *s, rlp_channel_kind_t kind) {
    static const double MOST[] = {[RLP_CHANNEL_DIVISION] = 0.5, [RLP_CHANNEL_BESIDE] = 0.2, [RLP_CHANNEL_SWITCH] = 0.8, [RLP_CHANNEL_IMMIGRATION] = 0.4};
    return draw_chance(s, 0.1) ? 0 : draw_between(s, 0, MOST[kind]);
}

/* A row of rates: all of it, or some of a row again. */
static inline void draw_row(rlp_stream_t *s, const rlp_process_t *p, double again, double *row) {
    for (size_t i = 0; i < p->n_types; i++) {
        if (draw_chance(s, again)) row[i] = draw_chance(s, 0.1) ? 0 : draw_between(s, 0, 0.5);
        if (draw_chance(s, again)) row[p->n_types + i] = draw_chance(s, 0.1) ? 0 : draw_chance(s, 0.1) ? row[i] : draw_between(s, 0, 0.6);
    }
    for (size_t c = 0; c < p->n_channels; c++)
        if (draw_chance(s, again)) row[2 * p->n_types + c] = draw_channel(s, p->channels[c].kind);
    for (size_t i = 0; i < p->n_types; i++) { /* mutations of one type exclude each other */
        double sum = 0;
        for (size_t c = 0; c < p->n_channels; c++) sum += p->channels[c].kind == RLP_CHANNEL_DIVISION && p->channels[c].from == i ? row[2 * p->n_types + c] : 0;
        for (size_t c = 0; c < p->n_channels && sum > 0.999; c++)
            if (p->channels[c].kind == RLP_CHANNEL_DIVISION && p->channels[c].from == i) row[2 * p->n_types + c] *= 0.999 / sum;
    }
}

static inline void draw_segment(rlp_stream_t *s, rlp_process_t *p, double day, const double *row) {
    double survive[RANDOM_TYPES];
    size_t rates, kill = RLP_NONE;
    bool some = false;
    for (size_t i = 0; i < p->n_types; i++) {
        survive[i] = draw_chance(s, 0.3) ? 1 : draw_chance(s, 0.1) ? 0 : rlp_stream_uniform(s);
        some = some || survive[i] < 1;
    }
    if (draw_chance(s, day > 0 ? 0.5 : 0.15) && some) assert_int_equal(rlp_process_add_survive(p, survive, &kill), 0);
    assert_int_equal(rlp_process_add_rates(p, row, &rates), 0);
    assert_int_equal(rlp_process_add_segment(p, day, rates, kill), 0);
}

static inline void draw_timeline(rlp_stream_t *s, random_process_t *r) {
    rlp_process_t *p = &r->process;
    double row[2 * RANDOM_TYPES + RANDOM_CHANNELS] = {0}, start[4] = {0};
    size_t segments = 1 + draw_below(s, 4);
    for (size_t k = 1; k < segments; k++) start[k] = draw_chance(s, 0.5) ? floor(draw_between(s, 0, r->follow_up_days)) : draw_between(s, 0, r->follow_up_days);
    rlp_sample_sort(start, segments);
    for (size_t k = 0; k < segments; k++) {
        draw_row(s, p, k ? 0.4 : 1, row);
        draw_segment(s, p, start[k], row);
    }
}

static inline void draw_channels(rlp_stream_t *s, rlp_process_t *p) {
    for (size_t c = 0; c < p->n_channels; c++) {
        rlp_channel_t *channel = &p->channels[c];
        double u = rlp_stream_uniform(s);
        channel->kind = u < 0.4 ? RLP_CHANNEL_DIVISION : u < 0.6 ? RLP_CHANNEL_BESIDE : u < 0.9 ? RLP_CHANNEL_SWITCH : RLP_CHANNEL_IMMIGRATION;
        channel->to = draw_below(s, p->n_types);
        channel->from = channel->kind == RLP_CHANNEL_IMMIGRATION ? RLP_NONE : (channel->to + 1 + draw_below(s, p->n_types - 1)) % p->n_types;
    }
}

/* What is settled before anything can be redrawn, so that it keeps its share. */
typedef struct {
    size_t types;
    rlp_capacity_law_t crowding;
    question_kind_t kind;
} random_plan_t;

static inline random_plan_t draw_plan(rlp_stream_t *s) {
    random_plan_t plan = {.types = 2 + draw_below(s, RANDOM_TYPES - 1), .kind = (question_kind_t)draw_below(s, QUESTIONS)};
    if (draw_chance(s, 1.0 / 3)) plan.crowding = draw_chance(s, 0.5) ? RLP_CAPACITY_LOGISTIC : RLP_CAPACITY_GOMPERTZ;
    return plan;
}

static inline void draw_process(rlp_stream_t *s, const random_plan_t *plan, random_process_t *r) {
    static const char *const NAMES[] = {"A", "B", "C", "D", "E"}, *const CHANNELS[] = {"first", "second", "third", "fourth", "fifth", "sixth"};
    rlp_process_t *p = &r->process;
    size_t types = plan->types, channels = 1 + draw_below(s, RANDOM_CHANNELS);
    assert_int_equal(rlp_process_init(p, types, channels), 0);
    for (size_t i = 0; i < types; i++) {
        assert_int_equal(rlp_process_name_type(p, i, NAMES[i]), 0);
        p->start_cells[i] = (int64_t)draw_below(s, types < 4 ? 6 : 3);
    }
    for (size_t c = 0; c < channels; c++) assert_int_equal(rlp_process_name_channel(p, c, CHANNELS[c]), 0);
    draw_channels(s, p);
    p->capacity_law = plan->crowding;
    if (plan->crowding) p->capacity_cells = draw_chance(s, 0.5) ? (double)(3 + draw_below(s, 10)) : draw_between(s, 2, 20);
    r->follow_up_days = exp(draw_between(s, log(1.5), log(16))) * fmax(pow(0.85, (double)r->redrawn), 0.2); /* what will not fit is tried shorter */
    draw_timeline(s, r);
}

static inline void draw_question(rlp_stream_t *s, random_process_t *r) {
    const rlp_process_t *p = &r->process;
    bool all = draw_chance(s, 0.4), any = false;
    for (size_t i = 0; i < p->n_types; i++) any = (r->of[i] = all || draw_chance(s, 0.4)) || any;
    if (!any) r->of[draw_below(s, p->n_types)] = 1;
    r->level = 1 + (int64_t)draw_below(s, 12);
    r->t_days = draw_chance(s, 0.4) ? r->follow_up_days : draw_between(s, 0.3, 1) * r->follow_up_days;
    if (draw_chance(s, 0.2)) r->t_days = p->segments[p->n_segments - 1].start_days > 0 ? p->segments[p->n_segments - 1].start_days : r->t_days; /* at an event */
    r->every_days = r->kind == QUESTION_VISIT ? (draw_chance(s, 0.5) && r->t_days > 2 ? (double)(1 + draw_below(s, 2)) : draw_between(s, 0.15, 0.6) * r->t_days) : 0;
    r->watched = r->kind <= QUESTION_SHARE && draw_chance(s, 0.5);
}

/* ---- the answer ---------------------------------------------------------------------------------------------------------------------- */
static inline void shape_of(const random_process_t *r, rlp_shape_t *shape) {
    rlp_endpoints_t endpoints;
    assert_int_equal(rlp_endpoints_init(&endpoints, r->process.n_types, 1), 0);
    if (r->kind >= QUESTION_PASSAGE) endpoints.progression.form = RLP_PROGRESSION_BURDEN;
    memcpy(endpoints.progression.of, r->of, r->process.n_types);
    endpoints.progression.level = (double)r->level;
    endpoints.progression.every_days = r->every_days;
    assert_int_equal(rlp_shape_of(&r->process, &endpoints, true, shape), 0);
    rlp_endpoints_free(&endpoints);
    int64_t most = RANDOM_TOTAL[r->process.n_types];
    if (most < shape->total) shape->total = most;
    for (size_t i = 0; i < r->process.n_types; i++) shape->bound[i] = shape->total;
}

static inline void read_law(random_process_t *r, const rlp_states_t *states, const double *vector) {
    rlp_cursor_t at;
    memset(r->law, 0, sizeof r->law);
    rlp_cursor_start(states, &at);
    do {
        size_t cells = 0;
        for (size_t i = 0; i < r->process.n_types; i++) cells += r->of[i] ? (size_t)at.cells[i] : 0;
        r->law[cells] += vector[at.index];
    } while (rlp_cursor_next(states, &at));
}

/* Chernoff: P(N > M) <= E[z^N] z^-(M+1), by the generating function at t. Without a capacity, where that is far above what may be truncated, a projection would be in
 * vain. It decides what is redrawn, never what is answered. */
static inline bool hopeless(const random_process_t *r) {
    static const double Z[] = {2, 4, 1.5};
    if (r->process.capacity_law) return false;
    for (size_t k = 0; k < sizeof Z / sizeof *Z; k++) {
        double complex g[RLP_LAW_TYPES + 1];
        for (size_t i = 0; i < RLP_LAW_TYPES + 1; i++) g[i] = 1 - Z[k];
        double bound = creal(rlp_law_log_pgf(&r->process, g, r->t_days)) - log(Z[k]) * (double)(RANDOM_TOTAL[r->process.n_types] + 1);
        if (bound < log(100 * RANDOM_TRUNCATED)) return false;
    }
    return true;
}

/* False: truncated. */
static inline bool project(random_process_t *r, plain_t *plain) {
    const rlp_states_t *states = plain->states;
    rlp_threshold_t verdict = {.present = true, .level = r->level};
    double curve_days[3] = {r->t_days * (1 - RANDOM_ERROR), r->t_days, r->t_days * (1 + RANDOM_ERROR)}, curve[3 * RLP_STATES_SINKS_MAX] = {0};
    bool gave_up, passage = r->kind == QUESTION_PASSAGE;
    rlp_passage_t course = {.states = states, .process = &r->process, .end_days = passage ? curve_days[2] : r->t_days, .verdict = r->kind == QUESTION_VISIT ? &verdict : NULL,
                            .every_days = r->every_days, .curve_days = curve_days, .n_curve = passage ? 3 : 0, .holds = true};
    double *vector = calloc(states->n + states->n_sinks, sizeof *vector);
    rlp_propagator_t carrier = {.carry = plain_carry, .carrier = plain};
    assert_non_null(vector);
    memcpy(verdict.of, r->of, r->process.n_types);
    plain->rates = RLP_NONE;
    plain->lost = 0;
    assert_int_equal(rlp_passage_start(&course, vector), 0);
    assert_int_equal(rlp_passage_forward(&course, &carrier, 2 * RANDOM_TRUNCATED, vector, NULL, NULL, curve, &gave_up), 0);
    r->truncated = rlp_states_truncated(states, vector) + plain->lost;
    if (passage) r->sooner = curve[RLP_SINK_PROGRESSED], r->chance = curve[states->n_sinks + RLP_SINK_PROGRESSED], r->later = curve[2 * states->n_sinks + RLP_SINK_PROGRESSED];
    if (r->kind == QUESTION_VISIT) r->chance = vector[states->n + RLP_SINK_PROGRESSED];
    if (r->kind <= QUESTION_SHARE) read_law(r, states, vector);
    free(vector);
    return !gave_up && r->truncated < RANDOM_TRUNCATED; /* given up at twice that: a score lets births be faster */
}

static inline double chance_of(const random_process_t *r) {
    double below = 0;
    for (int64_t n = 0; n < r->level; n++) below += r->law[n];
    return r->kind <= QUESTION_SHARE ? 1 - below : r->chance;
}

/* The level that halves the law best. */
static inline int64_t halving_level(const random_process_t *r) {
    double below = 0, best = 0;
    int64_t level = 1;
    for (int64_t n = 1; n < RANDOM_CELLS; n++) {
        below += r->law[n - 1];
        if (fmin(below, 1 - below) > best) best = fmin(below, 1 - below), level = n;
    }
    return level;
}

/* With births (part 0) or deaths (part 1) a hundredth faster. */
static inline double score_of(random_process_t *r, plain_t *plain, size_t part) {
    random_process_t faster = *r; /* shares its process */
    size_t bytes = r->process.n_rate_rows * r->process.row_size * sizeof(double);
    double *kept = malloc(bytes);
    assert_non_null(kept);
    memcpy(kept, r->process.rates, bytes);
    for (size_t row = 0; row < r->process.n_rate_rows; row++)
        for (size_t i = 0; i < r->process.n_types; i++) r->process.rates[row * r->process.row_size + part * r->process.n_types + i] *= 1.01;
    (void)project(&faster, plain);
    memcpy(r->process.rates, kept, bytes);
    free(kept);
    return (chance_of(&faster) - r->chance) / sqrt(r->chance * (1 - r->chance));
}

static inline bool answered(random_process_t *r) {
    rlp_shape_t shape;
    rlp_states_t states;
    plain_t plain;
    shape_of(r, &shape);
    assert_int_equal(rlp_states_init(&states, &shape, &r->process), 0);
    plain_open(&plain, &states, &r->process);
    r->states = states.n;
    bool held = project(r, &plain);
    if (r->kind == QUESTION_LAW) r->level = halving_level(r);
    r->chance = chance_of(r);
    held = held && r->chance > RANDOM_LEAST && r->chance < 1 - RANDOM_LEAST;
    for (size_t part = 0; part < 2 && held; part++) r->score[part] = score_of(r, &plain, part);
    plain_close(&plain);
    rlp_states_free(&states);
    return held;
}

static inline void random_process_draw(random_process_t *r, uint64_t seed, uint64_t number) {
    rlp_stream_t stream;
    rlp_stream_init(&stream, seed, number, rlp_stream_purpose("random process"));
    random_plan_t plan = draw_plan(&stream);
    for (size_t redrawn = 0;; redrawn++) {
        *r = (random_process_t){.number = number, .redrawn = redrawn, .kind = plan.kind};
        draw_process(&stream, &plan, r);
        draw_question(&stream, r);
        if (!hopeless(r) && answered(r)) return;
        rlp_process_free(&r->process);
        assert_true(redrawn < 1000);
    }
}

/* ---- as an input of the program ------------------------------------------------------------------------------------------------------------ */
static inline void write_endpoints(const random_process_t *r, rlp_text_t *out) {
    const char *comma = "";
    if (r->kind <= QUESTION_SHARE && !r->watched) return;
    rlp_text_format(out, "endpoints:\n  progression: {burden: %lld, of: [", (long long)r->level);
    for (size_t i = 0; i < r->process.n_types; i++) {
        if (!r->of[i]) continue;
        rlp_text_format(out, "%s%s", comma, r->process.type_names[i]);
        comma = ", ";
    }
    rlp_text_format(out, "], every: %.17g d}\n", r->every_days);
}

static inline void random_process_write(const random_process_t *r, uint64_t seed, uint64_t patients, const char *engine, rlp_text_t *out) {
    rlp_process_write(&r->process, out);
    rlp_text_add(out, "arms:\n");
    rlp_process_write_arm(&r->process, r->process.rates + r->process.segments[0].rates * r->process.row_size, "all", out);
    write_endpoints(r, out);
    rlp_text_format(out, "cohort: {patients: %llu, seed: %llu, follow_up: %.17g d}\nrecord: {times: [%.17g d], patients: %llu}\nengine: {name: %s, error: %g}\n",
                    (unsigned long long)patients, (unsigned long long)(seed + r->number), r->follow_up_days, r->t_days, (unsigned long long)patients, engine, RANDOM_ERROR);
}

/* ---- what engines answer ---------------------------------------------------------------------------------------------------------------------- */
/* seen[n]: patients with n cells of those types (LAW, SHARE; the last: as many or more); returns those that progressed by then. */
static inline uint64_t random_process_live(const random_process_t *r, uint64_t seed, uint64_t patients, const char *engine, uint64_t seen[RANDOM_CELLS]) {
    rlp_text_t text;
    cohort_t c;
    uint64_t hits = 0;
    rlp_text_init(&text);
    random_process_write(r, seed, patients, engine, &text);
    cohort_run(&c, rlp_text_string(&text));
    rlp_text_free(&text);
    if (c.why[0]) fail_msg("process %llu, %s: %s", (unsigned long long)r->number, engine, c.why);
    memset(seen, 0, RANDOM_CELLS * sizeof *seen);
    for (uint64_t k = 1; k <= patients; k++) {
        const rlp_outcome_t *o = cohort_outcome(&c, 0, k);
        const int64_t *cells = cohort_counts(&c, 0, k, 0);
        size_t sum = 0;
        for (size_t i = 0; i < c.n_types; i++) sum += r->of[i] ? (size_t)cells[i] : 0;
        seen[sum < RANDOM_CELLS ? sum : RANDOM_CELLS - 1]++;
        hits += o->ttp_event && o->ttp_days <= r->t_days;
    }
    cohort_free(&c);
    if (r->kind == QUESTION_SHARE) {
        hits = 0;
        for (size_t n = (size_t)r->level; n < RANDOM_CELLS; n++) hits += seen[n];
    }
    return hits;
}

#endif
