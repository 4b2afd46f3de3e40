/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * leap: steps by exact sub-flows, composed by Strang splitting (SIAM J. Numer. Anal. 5:506, 1968). Second order; never negative; exact without transitions.
 *
 *   a step of h:  each cell switches for h/2          multinomial from exp(Q h/2)
 *                 each type grows for h               Kendall's law, births at the crowding of mid-step
 *                 immigrants arrive                   at uniform times, each grown over the rest
 *                 each mutation founds                Poisson(p b I (N + N')/(1 + E)) founders at times of density ~ e^(ls), each grown over the rest
 *                 each cell switches for h/2
 *
 * Steps come from the mean map (mean_map.h) and end at segments, looks and records. Where a watched burden could reach its threshold within the
 * step, the stretch is handed to `direct` while a life can afford it, else steps shorten until the instant is known within engine.error. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engines.h"
#include "founders.h"
#include "kendall_law.h"
#include "looks.h"
#include "leap_steps.h"
#include "relapse/memory.h"

#define CROWDED_CELLS 2000      /* under a capacity fewer cells go event by event: within a step their noise moves the crowding */
#define LOOK_EVENTS 1e4         /* a look with fewer goes event by event, */
#define LOOK_SLICE_EVENTS 20000 /* ... so many at a time */

typedef struct {
    const rlp_process_t *process;
    const rlp_process_t *rows; /* the same with the rows of rates that steps take (averages.h) */
    rlp_engine_settings_t settings;
    rlp_leap_steps_t steps;
    /* one step */
    size_t *order, n_order;
    rlp_looks_t looks;        /* growth of each type over the step, at its crowding */
    rlp_kendall_t *law;
    int64_t *before, *after;
    int64_t *counted;         /* of the source of each mutation, in order[], when it had its turn */
    rlp_direct_t *direct;
    rlp_switch_span_t owed;   /* switching that the counts do not show yet: the second half of a step at which nothing looked */
    bool settles;             /* a watch sees switches: each step shows them */
    /* what an observer is shown */
    const rlp_observer_t *observer;
    rlp_stream_t *stream;
    int64_t *shown;
} leap_t;

/* ---- one step -------------------------------------------------------------------------------------------------------------- */
static void prepare_growth(leap_t *self, size_t rates, double h, double crowding) {
    const rlp_averages_t *a = &self->steps.averages;
    size_t n = self->process->n_types;
    if (!rlp_looks_prepare(&self->looks, rates, h, crowding)) return;
    bool average = rlp_averages_is(a, rates);
    self->looks.swing = average ? a->about[rates].swing : 0;
    self->looks.dip = average ? a->about[rates].dip : 0;
    for (size_t i = 0; i < n; i++) {
        double living = average ? a->living[rates * n + i] : self->looks.pure[i] * crowding * self->looks.integral[i], rest = 1 / (1 + living);
        self->law[i] = (rlp_kendall_t){.alive = fmin(1, self->looks.e[i] * rest), .ratio = living * rest, .one_minus_ratio = rest};
    }
}

static double mid_crowding(const leap_t *self, const rlp_state_t *state, size_t rates, double h) {
    const rlp_process_t *p = self->rows;
    if (p->capacity_law == RLP_CAPACITY_NONE) return 1;
    double now = rlp_process_crowding(p, (double)rlp_state_total(state, p)), middle = 0;
    const double *birth = rlp_process_birth(p, rates), *death = rlp_process_death(p, rates), *channel = rlp_process_channel(p, rates);
    for (size_t i = 0; i < p->n_types; i++)
        if (state->cells[i]) middle += (double)state->cells[i] * exp((birth[i] * now - death[i]) * h / 2);
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].kind == RLP_CHANNEL_BESIDE || p->channels[c].kind == RLP_CHANNEL_IMMIGRATION)
            middle += channel[c] * (p->channels[c].from == RLP_NONE ? 1 : (double)state->cells[p->channels[c].from]) * h / 2;
    return rlp_process_crowding(p, middle);
}

/* The switching owed, and then `days` more. */
static void switch_cells(leap_t *self, rlp_state_t *state, size_t rates, double days, rlp_stream_t *stream) {
    rlp_switch_span_t more = {rates, days};
    if (!self->steps.map.switching.any || self->owed.days + days <= 0) return;
    if (self->owed.days > 0) rlp_switching_set(&self->steps.map.switching, self->owed, days > 0 ? &more : NULL);
    else rlp_switching_set(&self->steps.map.switching, more, NULL);
    rlp_switching_draw(&self->steps.map.switching, stream, state->cells);
    self->owed.days = 0;
}

static void settle(leap_t *self, rlp_state_t *state, rlp_stream_t *stream) { switch_cells(self, state, self->owed.rates, 0, stream); }

static int overflow(const leap_t *self, size_t type, double t_days) {
    return rlp_fail(RLP_ERROR_OVERFLOW, "cells of type '%s' pass 4e18 about day %g", self->process->type_names[type] ? self->process->type_names[type] : "?", t_days);
}

/* Founders of one mutation from `from` cells, counted at both ends of the step. */
static int found(leap_t *self, size_t channel_index, double from, rlp_stream_t *stream, double t_days) {
    const rlp_channel_t *c = &self->process->channels[channel_index];
    double rate = rlp_process_channel(self->rows, self->looks.rates)[channel_index];
    if (from <= 0 || rate == 0) return RLP_OK;
    if (c->kind == RLP_CHANNEL_DIVISION) rate *= rlp_process_birth(self->rows, self->looks.rates)[c->from] * self->looks.crowding;
    double mean = rate * self->looks.integral[c->from] * from / (1 + self->looks.e[c->from]);
    int64_t founders = mean < 4e18 ? rlp_variate_poisson(stream, mean) : RLP_COUNT_MAX + 1;
    if (!founders) return RLP_OK;
    if (founders > RLP_COUNT_MAX) return overflow(self, c->to, t_days);
    self->after[c->to] = rlp_count_sum(self->after[c->to], rlp_founders_grow(&self->looks, stream, founders, self->looks.l[c->from], c->to));
    return self->after[c->to] > RLP_COUNT_MAX ? overflow(self, c->to, t_days) : RLP_OK;
}

/* Before mutants are founded: immigrants of a step found some in it. */
static int immigrate(leap_t *self, const rlp_state_t *state, rlp_stream_t *stream) {
    const rlp_process_t *p = self->rows;
    const double *channel = rlp_process_channel(p, self->looks.rates);
    int rc = RLP_OK;
    for (size_t c = 0; c < p->n_channels && !rc; c++) {
        if (p->channels[c].kind != RLP_CHANNEL_IMMIGRATION || channel[c] == 0) continue;
        size_t to = p->channels[c].to;
        int64_t arrivals = rlp_variate_poisson(stream, channel[c] * self->looks.h);
        if (arrivals) self->after[to] = rlp_count_sum(self->after[to], rlp_founders_grow(&self->looks, stream, arrivals, 0, to));
        if (self->after[to] > RLP_COUNT_MAX) rc = overflow(self, to, state->t_days);
    }
    return rc;
}

/* A source that gains newcomers after its turn has a second one for them (mean_map.c, found_means). */
static int found_mutants(leap_t *self, const rlp_state_t *state, rlp_stream_t *stream) {
    const rlp_process_t *p = self->process;
    int rc = RLP_OK;
    for (int turn = 0; turn < 2; turn++)
        for (size_t k = 0; k < self->n_order && !rc; k++) {
            size_t source = p->channels[self->order[k]].from;
            int64_t now = self->after[source];
            rc = found(self, self->order[k], turn ? (double)(now - self->counted[k]) : (double)self->before[source] + (double)now, stream, state->t_days);
            self->counted[k] = now;
        }
    return rc;
}

static int grow_cells(leap_t *self, rlp_state_t *state, rlp_stream_t *stream) {
    const rlp_process_t *p = self->process;
    memcpy(self->before, state->cells, p->n_types * sizeof *self->before);
    for (size_t i = 0; i < p->n_types; i++) {
        self->after[i] = rlp_kendall_draw(stream, &self->law[i], self->before[i]);
        if (self->after[i] > RLP_COUNT_MAX) return overflow(self, i, state->t_days);
    }
    int rc = immigrate(self, state, stream);
    if (!rc) rc = found_mutants(self, state, stream);
    memcpy(state->cells, self->after, p->n_types * sizeof *self->after);
    return rc;
}

/* One step of which the first `before` days of switching come before growth. */
static int step(leap_t *self, rlp_state_t *state, double h, double before, rlp_stream_t *stream) {
    const rlp_averages_t *a = &self->steps.averages;
    size_t rates = self->looks.rates;
    bool parted = before == h * a->about[rates].centre;
    switch_cells(self, state, parted ? rlp_averages_first(a, rates) : rates, before, stream);
    int rc = grow_cells(self, state, stream);
    if (rc) return rc;
    self->owed = (rlp_switch_span_t){parted ? rlp_averages_second(a, rates) : rates, h - before};
    if (self->settles) settle(self, state, stream);
    state->steps++;
    int64_t total = rlp_state_total(state, self->process);
    if (total > RLP_COUNT_MAX) return overflow(self, 0, state->t_days);
    if (total < state->nadir_cells) state->nadir_cells = total;
    return RLP_OK;
}

/* How much of a step's switching comes first. Half of it (of an average, its `centre`); but where looks cut steps short anyway, all of it, and none in the next: two such steps are one of twice
 * the length, seen in the middle of its growth, and draw half as much. Whatever is unpaired (in days^2) the next step makes good. */
static double switch_first(rlp_state_t *state, const rlp_span_t *span, double h, double centre, bool alone) {
    double part = h * centre, before = state->unpaired == 0 ? (alone && h <= span->unpaired && 2 * h <= span->step ? h : part) : fmin(h, fmax(0, part - state->unpaired / h));
    state->unpaired += (before - part) * h;
    if (fabs(state->unpaired) < 1e-9 * h * h) state->unpaired = 0;
    return before;
}

/* ---- the engine -------------------------------------------------------------------------------------------------------------- */

static int step_and_look(leap_t *self, rlp_walk_t *walk, size_t rates, double h, double before, double end_days) {
    rlp_state_t *state = walk->state;
    double t0 = state->t_days, v0[RLP_WATCHES_MAX];
    prepare_growth(self, rates, h, mid_crowding(self, state, rates, h));
    rlp_look_before(walk, v0);
    int rc = self->steps.averages.failed;
    if (!rc) rc = step(self, state, h, before, walk->stream);
    state->t_days = end_days;
    if (!rc) rlp_look_after(walk, t0, h, v0);
    return rc;
}

/* Near a threshold: by `direct` while a look would hold few events and the life can afford them, else looks short enough to know the instant. */
static int advance_near(leap_t *self, rlp_walk_t *walk, double end_days) {
    rlp_state_t *state = walk->state;
    size_t rates = rlp_averages_own(&self->steps.averages, rlp_walk_rates(walk));
    settle(self, state, walk->stream);
    while (state->t_days < end_days && !walk->stop->fired) {
        double left = end_days - state->t_days, look_days = fmin(left, rlp_look_days(self->settings.error, state->t_days));
        int rc;
        prepare_growth(self, rates, look_days, mid_crowding(self, state, rates, look_days));
        if ((double)state->events < RLP_DIRECT_EVENTS && rlp_look_events(self->rows, rates, state->cells, self->looks.e, look_days) <= LOOK_EVENTS)
            settle(self, state, walk->stream), rc = rlp_direct_run(self->direct, walk, end_days, state->events + LOOK_SLICE_EVENTS);
        else
            rc = step_and_look(self, walk, rates, look_days, look_days / 2, left > look_days * (1 + 1e-9) ? state->t_days + look_days : end_days);
        if (rc) return rc;
    }
    return RLP_OK;
}

/* Few cells under a capacity. */
static bool crowded_few(const leap_t *self, const rlp_state_t *state) {
    return self->process->capacity_law != RLP_CAPACITY_NONE && rlp_state_total(state, self->process) < CROWDED_CELLS;
}

static int advance_by_segments(leap_t *, rlp_walk_t *, const rlp_span_t *, double end_days);

/* One step of h to end_days. */
static int advance_once(leap_t *self, rlp_walk_t *walk, const rlp_span_t *span, double h, bool alone, double end_days) {
    size_t rates = rlp_averages_over(&self->steps.averages, walk->state->segment - 1, walk->state->t_days, end_days);
    if (crowded_few(self, walk->state)) {
        settle(self, walk->state, walk->stream);
        return rlp_direct_run(self->direct, walk, end_days, UINT64_MAX);
    }
    prepare_growth(self, rates, h, mid_crowding(self, walk->state, rates, h));
    self->looks.owed_days = self->owed.days;
    if (rlp_looks_near(&self->looks, walk)) return rlp_averages_is(&self->steps.averages, rates) ? advance_by_segments(self, walk, span, end_days) : advance_near(self, walk, end_days);
    return step_and_look(self, walk, rates, h, switch_first(walk->state, span, h, self->steps.averages.about[rates].centre, alone), end_days);
}

/* Near a threshold, segment by segment. */
static int advance_by_segments(leap_t *self, rlp_walk_t *walk, const rlp_span_t *span, double end_days) {
    rlp_state_t *state = walk->state;
    int rc = RLP_OK;
    while (!rc && state->t_days < end_days && !walk->stop->fired) {
        double until = fmin(end_days, rlp_state_next_segment(state, self->process));
        rc = advance_once(self, walk, span, until - state->t_days, false, until);
        rlp_walk_pass(walk);
    }
    return rc;
}

/* Does what comes at end_days see which type a cell is? */
static bool seen_at(const rlp_walk_t *walk, double end_days) {
    const rlp_process_t *p = walk->process;
    size_t next = walk->state->segment;
    return end_days >= walk->until_days || (next < p->n_segments && p->segments[next].start_days <= end_days && p->segments[next].survive != RLP_NONE);
}

/* Nothing lives and nothing will come. */
static bool over(const leap_t *self, const rlp_state_t *state) {
    const double *channel = rlp_process_channel(self->process, self->process->segments[state->segment - 1].rates);
    if (rlp_state_total(state, self->process)) return false;
    for (size_t c = 0; c < self->process->n_channels; c++)
        if (self->process->channels[c].kind == RLP_CHANNEL_IMMIGRATION && channel[c] > 0) return false;
    return true;
}

static int stretch(leap_t *self, rlp_walk_t *walk, double end_days) {
    rlp_state_t *state = walk->state;
    const rlp_span_t *span;
    double t0 = state->t_days;
    int rc = rlp_spans_find(&self->steps.spans, state->segment - 1, t0, &span);
    if (!rc) rc = self->steps.averages.failed;
    if (rc) return rc;
    double until = span->end_days > t0 ? fmin(span->end_days, end_days) : end_days;
    if (span->last + 1 < self->process->n_segments) until = fmin(until, self->process->segments[span->last + 1].start_days);
    double n = fmax(1, ceil((until - t0) / span->step * (1 - 1e-12))), h = (until - t0) / n;
    for (double k = 1; k <= n && !rc && !walk->stop->fired; k++) {
        rc = advance_once(self, walk, span, h, n == 1, k < n ? t0 + k * h : until);
        rlp_walk_pass(walk);
        if (!rc && !walk->stop->fired && state->t_days < end_days) rlp_walk_show(walk);
    }
    return rc;
}

static int kernel(void *leap, rlp_walk_t *walk, double end_days) {
    leap_t *self = leap;
    rlp_state_t *state = walk->state;
    while (state->t_days < end_days) {
        if (over(self, state)) {
            state->t_days = fmin(end_days, rlp_state_next_segment(state, self->process));
            rlp_walk_pass(walk);
            self->owed.days = 0;
            continue;
        }
        int rc = stretch(self, walk, end_days);
        if (rc) return rc;
        if (walk->stop->fired) break;
    }
    if (walk->stop->fired || seen_at(walk, end_days)) settle(self, state, walk->stream);
    return RLP_OK;
}

double rlp_leap_targets(const void *leap) {
    const leap_t *self = leap;
    const rlp_switch_plan_t *plan = self->steps.map.switching.split.n_parts > 1 ? &self->steps.map.switching.split : &self->steps.map.switching.whole;
    double sum = 0;
    for (size_t r = 0; r < plan->n_parts * self->process->n_types && self->steps.map.switching.any; r++) sum += (double)plan->rows[r].n_reach - 1;
    return sum / fmax(1, (double)self->process->n_types);
}

int rlp_leap_steps(void *leap, size_t segment, double from_days, double to_days, double *steps) {
    leap_t *self = leap;
    const rlp_process_t *p = self->process;
    *steps = 0;
    const rlp_span_t *span;
    for (double t = from_days, span_end; t < to_days; t = span_end) {
        while (segment + 1 < p->n_segments && p->segments[segment + 1].start_days <= t) segment++;
        int rc = rlp_spans_find(&self->steps.spans, segment, t, &span);
        if (!rc) rc = self->steps.averages.failed;
        if (rc) return rc;
        span_end = fmin(span->end_days > t ? span->end_days : INFINITY, to_days);
        if (span->last + 1 < p->n_segments) span_end = fmin(span_end, p->segments[span->last + 1].start_days);
        *steps += ceil((span_end - t) / span->step * (1 - 1e-12));
    }
    return RLP_OK;
}

static int accepts(const rlp_process_t *p) {
    (void)p;
    return RLP_OK;
}

static void release(void *leap) {
    leap_t *self = leap;
    if (!self) return;
    rlp_leap_steps_free(&self->steps);
    rlp_direct_free(self->direct);
    rlp_looks_free(&self->looks);
    void *owned[] = {self->order, self->law, self->before, self->after, self->counted, self->shown};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
    free(self);
}

static int prepare(const rlp_process_t *p, const rlp_engine_settings_t *settings, void **out) {
    leap_t *self;
    int rc = RLP_NEW(self, 1);
    if (rc) return rc;
    self->process = p;
    self->settings = *settings;
    rc = rlp_leap_steps_init(&self->steps, p, settings);
    if (!rc) rc = rlp_direct_new(p, &self->direct);
    self->rows = &self->steps.averages.rows;
    if (!rc) rc = rlp_looks_init(&self->looks, self->rows, settings->error);
    if (!rc) rc = RLP_NEW(self->order, p->n_channels);
    if (!rc) rc = RLP_NEW(self->shown, p->n_types);
    if (!rc) rc = RLP_NEW(self->law, p->n_types);
    if (!rc) rc = RLP_NEW(self->before, p->n_types);
    if (!rc) rc = RLP_NEW(self->after, p->n_types);
    if (!rc) rc = RLP_NEW(self->counted, p->n_channels);
    if (rc) {
        release(self);
        return rc;
    }
    memcpy(self->order, self->steps.map.order, self->steps.map.n_order * sizeof *self->order);
    self->n_order = self->steps.map.n_order;
    *out = self;
    return RLP_OK;
}

/* An observer sees counts with the switching that is owed, drawn aside: the path is the same whether it looks or not. */
static void show(void *leap, const rlp_process_t *p, const rlp_state_t *state) {
    leap_t *self = leap;
    rlp_state_t copy = *state;
    rlp_stream_t aside = *self->stream;
    memcpy(self->shown, state->cells, p->n_types * sizeof *self->shown);
    copy.cells = self->shown;
    if (self->owed.days > 0) {
        rlp_switching_set(&self->steps.map.switching, self->owed, NULL);
        rlp_switching_draw(&self->steps.map.switching, &aside, self->shown);
    }
    self->observer->see(self->observer->context, p, &copy);
}

/* Do switches move cells into or out of what a watch counts? */
static bool sees_switches(const rlp_process_t *p, const rlp_watch_t *watch) {
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].kind == RLP_CHANNEL_SWITCH && !watch->of[p->channels[c].from] != !watch->of[p->channels[c].to]) return true;
    return false;
}

static int advance(void *leap, rlp_state_t *state, double until_days, rlp_watch_t *watches, size_t n_watches, rlp_stream_t *stream,
                   const rlp_observer_t *observer, rlp_stop_t *stop) {
    leap_t *self = leap;
    rlp_observer_t wrapped = {.see = show, .context = self};
    rlp_walk_t walk = {.process = self->process, .state = state, .watches = watches, .n_watches = n_watches, .stream = stream, .observer = observer ? &wrapped : NULL,
                       .stop = stop, .until_days = until_days, .jumps = true};
    if (rlp_averages_full(&self->steps.averages)) self->looks.rates = RLP_NONE;
    rlp_leap_steps_tidy(&self->steps);
    self->observer = observer;
    self->stream = stream;
    self->owed.days = 0;
    self->settles = false;
    for (size_t w = 0; w < n_watches; w++) self->settles = self->settles || sees_switches(self->process, &watches[w]);
    return rlp_walk(&walk, kernel, self);
}

const rlp_engine_class_t rlp_engine_leap = {
    .name = "leap",
    .sentence = "Kendall's law per step, transitions by Strang splitting: bias of order 2 below engine.error, none without transitions; cost grows with steps",
    .exact = false,
    .carrier = RLP_CARRIER_LEAP,
    .accepts = accepts,
    .prepare = prepare,
    .advance = advance,
    .release = release,
};
