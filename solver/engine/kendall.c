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
 * Lines are independent, so groups need no common clock: each newcomer is followed to the end of the jump before its parent goes on (groups.h). Immigrants found
 * groups at Poisson times; where they are many, those without a mark are one group. Jumps end at records, survival events and looks; there the groups of a type,
 * of which no more is known than that no mark is pending, are one.
 * A watch on types without cells (the first resistant one) waits for a newcomer there: groups then share a clock and stop at that mark. Else a watched burden is jumped over only where it cannot matter (safe_jump.h); near a threshold the stretch is handed to `direct` while a life can afford it,
 * else looks are so near each other that the instant is known within engine.error. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engines.h"
#include "groups.h"
#include "kendall.h"
#include "looks.h"
#include "relapse/memory.h"
#include "safe_jump.h"

#define DIRECT_STRETCH 5000.0 /* events of one stretch given to `direct`; then a jump may be safe again */

typedef struct {
    const rlp_process_t *process;
    rlp_engine_settings_t settings;
    rlp_groups_t groups;
    bool immigration;       /* some channel brings cells from outside */
    unsigned char *awaited; /* types into which the first newcomer is waited for */
    rlp_watch_t others[RLP_WATCHES_MAX]; /* watches that do not wait */
    /* for watches; made at first need */
    bool watches;
    rlp_safe_jump_t safe;
    rlp_direct_t *direct;
} kendall_t;

static int count_all(const kendall_t *self, rlp_state_t *state) {
    int64_t total = rlp_state_total(state, self->process);
    if (total > RLP_COUNT_MAX) return rlp_fail(RLP_ERROR_OVERFLOW, "all cells together pass 4e18 about day %g", state->t_days);
    if (total < state->nadir_cells) state->nadir_cells = total;
    return RLP_OK;
}

/* All cells to end_days, with no survival event and no look in between. */
static int jump(kendall_t *self, rlp_state_t *state, double end_days, rlp_stream_t *stream) {
    rlp_span_t span = rlp_span_to(self->process, state->segment - 1, end_days);
    int rc = rlp_groups_jump(&self->groups, &span, state, stream);
    return rc ? rc : count_all(self, state);
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

/* Where a watch looks there is no cell yet, and one comes only by a mark: until then that watch cannot fire. */
static bool waits_for_arrival(const rlp_walk_t *walk, const rlp_watch_t *watch) {
    if (watch->rule != RLP_WATCH_LEVEL || watch->with_dead) return false;
    for (size_t i = 0; i < walk->process->n_types; i++)
        if (watch->of[i] && walk->state->cells[i]) return false;
    return true;
}

/* The walk without the watches that wait for a first newcomer, and the types into which it would come. False: none waits, or cells may also immigrate there. */
static bool leave_waiting(kendall_t *self, const rlp_walk_t *walk, rlp_walk_t *others) {
    size_t kept = 0;
    memset(self->awaited, 0, self->process->n_types);
    for (size_t w = 0; w < walk->n_watches; w++) {
        if (!waits_for_arrival(walk, &walk->watches[w])) {
            self->others[kept++] = walk->watches[w];
            continue;
        }
        for (size_t i = 0; i < self->process->n_types; i++) self->awaited[i] |= walk->watches[w].of[i];
    }
    *others = *walk;
    if (self->immigration || kept == walk->n_watches) return false;
    others->watches = self->others;
    others->n_watches = kept;
    return true;
}

/* To the first newcomer that a watch waits for: that mark is its instant. */
static int jump_to_arrival(kendall_t *self, rlp_walk_t *walk, double end_days) {
    rlp_state_t *state = walk->state;
    rlp_span_t span = rlp_span_to(self->process, state->segment - 1, end_days);
    int rc = rlp_groups_arrive(&self->groups, &span, self->awaited, state, walk->stream);
    if (!rc) rc = count_all(self, state);
    for (size_t w = 0; w < walk->n_watches && !rc; w++)
        if (rlp_watch_sees(&walk->watches[w], rlp_watch_measure(&walk->watches[w], state, self->process))) rlp_walk_fire(walk, w, state->t_days);
    return rc;
}

/* Halve the jump until it is safe. What is not goes event by event once it is short, while a life can afford it; else look by look. */
static int advance_once(kendall_t *self, rlp_walk_t *walk, double end_days) {
    rlp_state_t *state = walk->state;
    rlp_walk_t others;
    bool waits = leave_waiting(self, walk, &others);
    double t0 = state->t_days, segment_end = fmin(end_days, rlp_state_next_segment(state, walk->process)), look_days = rlp_look_days(self->settings.error, t0);
    double rate = rlp_look_events(walk->process, rlp_walk_rates(walk), state->cells, NULL, 1);
    bool affordable = (double)state->events + rate * fmin(look_days, segment_end - t0) <= RLP_DIRECT_EVENTS;
    for (double end = end_days;; end = t0 + (end - t0) / 2) {
        if (rlp_safe_jump(&self->safe, &others, end)) return waits ? jump_to_arrival(self, walk, end) : jump_and_look(self, walk, end);
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
    return rlp_fail(RLP_ERROR_REFUSED, "engine 'kendall' cannot do a capacity, under which cells are not independent; 'direct', 'leap', 'tau' and 'auto' can");
}

static void release(void *kendall) {
    kendall_t *self = kendall;
    if (!self) return;
    rlp_groups_free(&self->groups);
    if (self->watches) rlp_safe_jump_free(&self->safe);
    rlp_direct_free(self->direct);
    free(self->awaited);
    free(self);
}

static int prepare(const rlp_process_t *p, const rlp_engine_settings_t *settings, void **out) {
    kendall_t *self;
    int rc = RLP_NEW(self, 1);
    if (rc) return rc;
    self->process = p;
    self->settings = *settings;
    for (size_t c = 0; c < p->n_channels; c++) self->immigration |= p->channels[c].kind == RLP_CHANNEL_IMMIGRATION;
    rc = rlp_groups_init(&self->groups, p);
    if (!rc) rc = RLP_NEW(self->awaited, p->n_types);
    if (rc) {
        release(self);
        return rc;
    }
    *out = self;
    return RLP_OK;
}

void rlp_kendall_let_wait(void *kendall, size_t groups) {
    kendall_t *self = kendall;
    self->groups.most_waiting = groups < RLP_GROUPS_WAITING ? groups : RLP_GROUPS_WAITING;
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
    .clones = true,
    .carrier = RLP_CARRIER_KENDALL,
    .accepts = accepts,
    .prepare = prepare,
    .advance = advance,
    .release = release,
};
