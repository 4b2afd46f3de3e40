/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * kendall: from mark to mark. Exact without capacity; births and deaths in between by Kendall's law in closed form (mark_law.h), over any number of segments
 * (course.h): 10^9 cells cost as little as 10^3.
 *
 *   a group of N cells of one type at t, until the jump ends:
 *     target = 1 - V^(1/N)                                           P(a mark from one cell) at the first mark of N cells, V uniform
 *     the course passes the target nowhere:  N <- K + NegBin(K, r)   K ~ Binomial(N, lines that live, given no mark); the group is done
 *     at t':  N <- 1 + NegBin(2, r) + K' + NegBin(K', r)             K' ~ Binomial(N - 1, .): the line that carries the mark is size-biased
 *             one transition in proportion to the rates of t'; its newcomer is a group of its own; a switch takes the carrier away
 *
 * Lines are independent, so groups need no common clock: each newcomer is followed to the end of the jump before its parent goes on. Immigrants found groups
 * at Poisson times. Jumps end at records, survival events and looks; there the groups of a type, of which no more is known than that no mark is pending, are one.
 * A watched burden is jumped over only where it cannot matter (safe_jump.h); near a threshold the stretch is handed to `direct` while a life can afford it,
 * else looks are so near each other that the instant is known within engine.error. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "course.h"
#include "engines.h"
#include "looks.h"
#include "relapse/memory.h"
#include "safe_jump.h"

#define DIRECT_STRETCH 5000.0 /* events of one stretch given to `direct`; then a jump may be safe again */

typedef struct {
    size_t type;
    int64_t cells;
    double t_days;
    size_t segment;
} group_t;

typedef struct {
    const rlp_process_t *process;
    rlp_engine_settings_t settings;
    size_t *leaving;             /* channels in order of their source; each course borrows its own */
    rlp_course_t *courses;       /* per type */
    group_t *groups;             /* parents that wait for a newcomer and its kin */
    size_t n_groups, group_capacity;
    int64_t *after;
    /* for watches; made at first need */
    bool watches;
    rlp_safe_jump_t safe;
    rlp_direct_t *direct;
} kendall_t;

static int overflow(const kendall_t *self, size_t type, double t_days) {
    return rlp_fail(RLP_ERROR_OVERFLOW, "cells of type '%s' pass 4e18 about day %g", self->process->type_names[type] ? self->process->type_names[type] : "?", t_days);
}

/* The transition of a mark, in proportion to the rates of its moment. */
static const rlp_channel_t *pick_channel(const kendall_t *self, size_t type, size_t row, rlp_stream_t *stream) {
    const rlp_course_t *course = &self->courses[type];
    const rlp_channel_t *picked = NULL;
    double x = rlp_stream_uniform(stream) * rlp_course_marks(course, row);
    for (size_t k = 0; k < course->n_channels; k++) {
        double rate = rlp_course_rate(course, row, k);
        if (rate <= 0) continue;
        picked = &self->process->channels[course->channels[k]];
        if (x < rate) break;
        x -= rate;
    }
    return picked;
}

/* Follow a group, and every group that descends from it, to the end of the jump. */
static int follow(kendall_t *self, group_t group, const rlp_span_t *span, rlp_state_t *state, rlp_stream_t *stream) {
    self->n_groups = 0;
    for (;;) {
        rlp_course_t *course = &self->courses[group.type];
        rlp_landing_t landing;
        int rc = rlp_course_extend(course, span);
        if (rc) return rc;
        double target = course->n_channels ? -expm1(-rlp_variate_exponential(stream) / (double)group.cells) : 1;
        if (rlp_course_jump(course, group.t_days, group.segment, span, target, &landing)) {
            rlp_kendall_t law = rlp_marks_law(&landing.law);
            int64_t lines = rlp_variate_binomial(stream, group.cells - 1, law.alive); /* of which none carries the mark */
            if (lines > RLP_COUNT_MAX - 2) return overflow(self, group.type, landing.t_days);
            int64_t cells = rlp_count_sum(lines + 1, rlp_variate_negative_binomial(stream, lines + 2, law.ratio, law.one_minus_ratio));
            if (cells > RLP_COUNT_MAX) return overflow(self, group.type, landing.t_days);
            const rlp_channel_t *channel = pick_channel(self, group.type, self->process->segments[landing.segment].rates, stream);
            if (channel->kind == RLP_CHANNEL_SWITCH) cells--;
            state->steps++;
            if (cells) {
                rc = RLP_GROW(self->groups, self->group_capacity, self->n_groups + 1);
                if (rc) return rc;
                self->groups[self->n_groups++] = (group_t){group.type, cells, landing.t_days, landing.segment};
            }
            group = (group_t){channel->to, 1, landing.t_days, landing.segment};
            continue;
        }
        rlp_kendall_t law = rlp_marks_law(&landing.law);
        int64_t cells = rlp_kendall_draw(stream, &law, group.cells);
        self->after[group.type] = cells > RLP_COUNT_MAX ? cells : rlp_count_sum(self->after[group.type], cells);
        if (self->after[group.type] > RLP_COUNT_MAX) return overflow(self, group.type, span->end_days);
        if (!self->n_groups) return RLP_OK;
        group = self->groups[--self->n_groups];
    }
}

/* Immigrants of one channel: a Poisson process of a rate that each segment sets. */
static int follow_immigrants(kendall_t *self, size_t c, const rlp_span_t *span, rlp_state_t *state, rlp_stream_t *stream) {
    const rlp_segment_t *segments = self->process->segments;
    double t = state->t_days;
    for (size_t s = state->segment - 1; t < span->end_days; s++) {
        double rate = rlp_process_channel(self->process, segments[s].rates)[c];
        double end = s + 1 < self->process->n_segments ? fmin(segments[s + 1].start_days, span->end_days) : span->end_days;
        while (rate > 0 && (t += rlp_variate_exponential(stream) / rate) < end) {
            int rc = follow(self, (group_t){self->process->channels[c].to, 1, t, s}, span, state, stream);
            if (rc) return rc;
        }
        t = end;
    }
    return RLP_OK;
}

/* All cells to end_days, with no survival event and no look in between. */
static int jump(kendall_t *self, rlp_state_t *state, double end_days, rlp_stream_t *stream) {
    const rlp_process_t *p = self->process;
    rlp_span_t span = rlp_span_to(p, state->segment - 1, end_days);
    int rc = RLP_OK;
    memset(self->after, 0, p->n_types * sizeof *self->after);
    for (size_t i = 0; i < p->n_types && !rc; i++)
        if (state->cells[i]) rc = follow(self, (group_t){i, state->cells[i], state->t_days, state->segment - 1}, &span, state, stream);
    for (size_t c = 0; c < p->n_channels && !rc; c++)
        if (p->channels[c].kind == RLP_CHANNEL_IMMIGRATION) rc = follow_immigrants(self, c, &span, state, stream);
    if (rc) return rc;
    memcpy(state->cells, self->after, p->n_types * sizeof *self->after);
    state->t_days = end_days;
    int64_t total = rlp_state_total(state, p);
    if (total > RLP_COUNT_MAX) return rlp_fail(RLP_ERROR_OVERFLOW, "all cells together pass 4e18 about day %g", end_days);
    if (total < state->nadir_cells) state->nadir_cells = total;
    return RLP_OK;
}

/* ---- watches ----------------------------------------------------------------------------------------------------------------- */
static int prepare_watches(kendall_t *self) {
    if (self->watches) return RLP_OK;
    int rc = rlp_safe_jump_init(&self->safe, self->process, self->settings.error);
    if (!rc) rc = rlp_direct_new(self->process, &self->direct);
    self->watches = !rc;
    if (rc) rlp_safe_jump_free(&self->safe);
    return rc;
}

static int jump_and_look(kendall_t *self, rlp_walk_t *walk, double end_days) {
    double before[RLP_WATCHES_MAX], t0 = walk->state->t_days;
    rlp_look_before(walk, before);
    int rc = jump(self, walk->state, end_days, walk->stream);
    if (!rc) rlp_look_after(walk, t0, end_days - t0, before);
    return rc;
}

/* Halve the jump until it is safe. What is not goes event by event once it is short, while a life can afford it; else look by look. */
static int advance_once(kendall_t *self, rlp_walk_t *walk, double end_days) {
    rlp_state_t *state = walk->state;
    double t0 = state->t_days, segment_end = fmin(end_days, rlp_state_next_segment(state, walk->process)), look_days = rlp_look_days(self->settings.error, t0);
    double rate = rlp_look_events(walk->process, rlp_walk_rates(walk), state->cells, NULL, 1);
    bool affordable = (double)state->events + rate * fmin(look_days, segment_end - t0) <= RLP_DIRECT_EVENTS;
    for (double end = end_days;; end = t0 + (end - t0) / 2) {
        if (rlp_safe_jump(&self->safe, walk, end)) return jump_and_look(self, walk, end);
        if (affordable && rate * (end - t0) <= DIRECT_STRETCH) return rlp_direct_run(self->direct, walk, fmin(end, segment_end), (uint64_t)(2 * RLP_DIRECT_EVENTS));
        if (!affordable && end - t0 <= look_days) return jump_and_look(self, walk, end);
    }
}

static int kernel(void *kendall, rlp_walk_t *walk, double end_days) {
    kendall_t *self = kendall;
    rlp_state_t *state = walk->state;
    if (!walk->n_watches) return jump(self, state, end_days, walk->stream);
    int rc = prepare_watches(self);
    while (!rc && !walk->stop->fired && state->t_days < end_days) {
        rc = advance_once(self, walk, end_days);
        if (rc || walk->stop->fired || state->t_days >= end_days) break;
        rlp_walk_pass(walk);
        rlp_walk_show(walk);
    }
    return rc;
}

/* ---- one engine of the table ------------------------------------------------------------------------------------------- */
static int accepts(const rlp_process_t *p) {
    if (p->capacity_law == RLP_CAPACITY_NONE) return RLP_OK;
    return rlp_fail(RLP_ERROR_REFUSED, "engine 'kendall' cannot do a capacity, under which cells are not independent; engines 'direct' and 'leap' can");
}

static void release(void *kendall) {
    kendall_t *self = kendall;
    if (!self) return;
    for (size_t i = 0; self->courses && i < self->process->n_types; i++) rlp_course_free(&self->courses[i]);
    if (self->watches) rlp_safe_jump_free(&self->safe);
    rlp_direct_free(self->direct);
    void *owned[] = {self->leaving, self->courses, self->groups, self->after};
    for (size_t k = 0; k < sizeof owned / sizeof *owned; k++) free(owned[k]);
    free(self);
}

static void sort_channels(kendall_t *self) {
    const rlp_process_t *p = self->process;
    size_t n = 0;
    for (size_t i = 0; i < p->n_types; i++) {
        size_t first = n;
        for (size_t c = 0; c < p->n_channels; c++)
            if (p->channels[c].from == i) self->leaving[n++] = c;
        rlp_course_init(&self->courses[i], p, i, self->leaving + first, n - first);
    }
}

static int prepare(const rlp_process_t *p, const rlp_engine_settings_t *settings, void **out) {
    kendall_t *self;
    int rc = RLP_NEW(self, 1);
    if (rc) return rc;
    self->process = p;
    self->settings = *settings;
    rc = RLP_NEW(self->leaving, p->n_channels);
    if (!rc) rc = RLP_NEW(self->courses, p->n_types);
    if (!rc) rc = RLP_GROW(self->groups, self->group_capacity, 64);
    if (!rc) rc = RLP_NEW(self->after, p->n_types);
    if (rc) {
        release(self);
        return rc;
    }
    sort_channels(self);
    *out = self;
    return RLP_OK;
}

static int advance(void *kendall, rlp_state_t *state, double until_days, rlp_watch_t *watches, size_t n_watches, rlp_stream_t *stream,
                   const rlp_observer_t *observer, rlp_stop_t *stop) {
    kendall_t *self = kendall;
    rlp_walk_t walk = {.process = self->process, .state = state, .watches = watches, .n_watches = n_watches, .stream = stream, .observer = observer,
                       .stop = stop, .until_days = until_days, .jumps = true};
    return rlp_walk(&walk, kernel, self);
}

const rlp_engine_class_t rlp_engine_kendall = {
    .name = "kendall",
    .sentence = "from one transition to the next, births and deaths in between by Kendall's law: exact without capacity; cost grows with transitions, not with cells",
    .exact = true,
    .accepts = accepts,
    .prepare = prepare,
    .advance = advance,
    .release = release,
};
