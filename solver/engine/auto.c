/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * auto: the cheapest of direct, kendall and leap, chosen anew for every stretch of the way.
 *
 *   a stretch   from now to the next survival event or stop, or to where the burden is a hundred times, or a hundredth of, what it is; ends where segments do if one ends about there
 *   foresee     its events and transitions from the counts at hand (foresight.h), the steps that leap's own rule takes
 *   cost        direct: events; kendall: transitions, not with a capacity; leap: steps x types that live (costs.h)
 *   choose      an exact engine if it costs at most 1.2 times the cheapest, else the cheapest
 *   go          by that engine, which near thresholds hands over to `direct` by itself; `direct` gives back when it has spent four times what was expected
 *
 * A choice is a function of process, settings, counts and time alone, never of a clock, ranks, or what ran before; and stretches end where the path so far says, so
 * an exact engine stays exact. */
#include <math.h>
#include <stdlib.h>

#include "costs.h"
#include "engines.h"
#include "foresight.h"
#include "relapse/memory.h"
#include "windows.h"

#define EXACT_WORTH 1.2           /* times the cheapest that an exact engine may cost */
#define STRETCH_CHANGE 4.605170   /* a stretch ends where the burden is e^this = 100 times or a hundredth of what it is, by its rates now */
#define DIRECT_OVERDRAW 4.0       /* times the events expected that `direct` may spend on a stretch, ... */
#define DIRECT_LEAST 1000.0       /* ... and so many more */
#define LEAP_RULE_NS 20.0         /* leap's step rule is asked only where it may pay: it costs so much for each type and switch */

typedef enum { DIRECT, KENDALL, LEAP, ENGINES } choice_t;
static const rlp_engine_class_t *const CLASSES[ENGINES] = {&rlp_engine_direct, &rlp_engine_kendall, &rlp_engine_leap};

typedef struct {
    const rlp_process_t *process;
    rlp_engine_settings_t settings;
    rlp_foresight_t foresight;
    rlp_stretch_t outline;  /* what all stretches share */
    double switches;        /* channels */
    bool immigration;       /* some channel brings it */
    bool lonely;            /* no capacity, no transitions, so one jump of kendall whatever the counts */
    void *engines[ENGINES]; /* direct and leap from the start; kendall when it is first chosen */
} auto_t;

typedef struct {
    choice_t engine;
    double end_days;
    double events; /* expected */
} plan_t;

/* ---- stretches ------------------------------------------------------------------------------------------------------------------ */

/* How fast the burden changes a day by its rates now, without crowding. */
static double change_of(const rlp_process_t *p, const rlp_state_t *state, size_t segment, double *cells, double *occupied) {
    const double *birth = rlp_process_birth(p, p->segments[segment].rates), *death = rlp_process_death(p, p->segments[segment].rates);
    double change = 0;
    *cells = *occupied = 0;
    for (size_t i = 0; i < p->n_types; i++) {
        if (!state->cells[i]) continue;
        double n = (double)state->cells[i];
        *cells += n;
        ++*occupied;
        change += n * (birth[i] - death[i]);
    }
    return *cells > 0 ? change / *cells : 0;
}

/* At most `days` on: a power of two of days on the axis of time, so that many paths share their stretches, or where a segment ends about there. */
static double stretch_end(const rlp_process_t *p, double t, size_t segment, double days, double end) {
    if (!(days < end - t)) return end;
    int exponent;
    (void)frexp(days, &exponent);
    double length = ldexp(1, exponent - 1), until = (floor(t / length) + 1) * length;
    if (until - t < length / 4) until += length;
    for (size_t s = segment + 1; s < p->n_segments && p->segments[s].start_days <= t + 2 * length; s++)
        if (p->segments[s].start_days >= t + length / 2) return fmin(p->segments[s].start_days, end);
    return until > t ? fmin(until, end) : end;
}

static double next_survival(const rlp_process_t *p, size_t segment, double until_days) {
    size_t s = segment + 1;
    for (; s < p->n_segments && p->segments[s].start_days < until_days; s++)
        if (p->segments[s].survive != RLP_NONE) return p->segments[s].start_days;
    return until_days;
}

/* May a watch fire before the stretch ends? */
static bool near_watch(const rlp_watch_t *watches, size_t n_watches, double cells) {
    for (size_t w = 0; w < n_watches; w++)
        if (2 * cells >= watches[w].threshold) return true;
    return false;
}

/* What an exact engine pays at the least: for the first thing that befalls each cell, P = 1 - e^-x >= x/(1 + x), under the rates now. */
static double least_exact(const auto_t *self, const rlp_state_t *state, size_t segment, double end, rlp_stretch_t s) {
    const rlp_process_t *p = self->process;
    size_t rates = p->segments[segment].rates;
    const double *birth = rlp_process_birth(p, rates), *death = rlp_process_death(p, rates), *channel = rlp_process_channel(p, rates);
    double days = (segment + 1 < p->n_segments ? fmin(p->segments[segment + 1].start_days, end) : end) - state->t_days;
    s.events = s.marks = 0;
    for (size_t i = 0; i < p->n_types; i++) {
        double rate = (s.crowded ? 0 : birth[i]) + death[i];
        if (state->cells[i]) s.events += (double)state->cells[i] * rate * days / (1 + rate * days);
    }
    for (size_t c = 0; c < p->n_channels && !s.crowded; c++) {
        size_t from = p->channels[c].from;
        if (from == RLP_NONE || !state->cells[from] || channel[c] <= 0) continue;
        double rate = channel[c] * (p->channels[c].kind == RLP_CHANNEL_DIVISION ? birth[from] : 1), all = birth[from] + death[from] + rate;
        s.marks = fmax(s.marks, (double)state->cells[from] * rate * days / (1 + all * days)); /* of one channel alone: they share a cell's first */
    }
    s.near = false; /* a watch is checked once at the least */
    return fmin(rlp_cost_direct(&s), rlp_cost_kendall(&s));
}

/* Is leap the cheapest by far? Told without foresight, which large tumours of many types need not pay for. */
static int leap_by_far(auto_t *self, const rlp_state_t *state, size_t segment, double end, rlp_stretch_t s, bool *yes) {
    double exact = least_exact(self, state, segment, end, s);
    s.near = s.watches > 0;
    s.marks = INFINITY;
    s.steps = 1; /* at the least */
    *yes = exact > EXACT_WORTH * rlp_cost_leap(&s) && exact > s.types * self->switches * LEAP_RULE_NS;
    if (!*yes) return RLP_OK;
    int rc = rlp_leap_steps(self->engines[LEAP], segment, state->t_days, end, &s.steps);
    *yes = exact > EXACT_WORTH * rlp_cost_leap(&s);
    return rc;
}

/* With a capacity the noise of the burden, sqrt(N), must not move the crowding within a step by more than engine.error: leaps see its mean. */
static bool may_leap(const auto_t *self, double cells) {
    if (!self->outline.crowded) return true;
    double now = rlp_process_crowding(self->process, cells);
    return now - rlp_process_crowding(self->process, cells + sqrt(cells)) <= self->settings.error * now;
}

static int plan(auto_t *self, const rlp_state_t *state, double until_days, const rlp_watch_t *watches, size_t n_watches, plan_t *out) {
    const rlp_process_t *p = self->process;
    size_t segment = state->segment ? state->segment - 1 : 0;
    rlp_stretch_t s = self->outline;
    double foreseen[RLP_FORESEEN], now, leap_end, end = next_survival(p, segment, until_days);
    *out = (plan_t){.engine = KENDALL, .end_days = end};
    if (self->lonely && !n_watches) return RLP_OK;
    double change = change_of(p, state, segment, &now, &s.occupied);
    if (now == 0 && !self->immigration) { /* nothing will ever happen */
        out->engine = DIRECT;
        return RLP_OK;
    }
    double whole = end;
    if (change != 0) end = stretch_end(p, state->t_days, segment, STRETCH_CHANGE / fabs(change), end);
    double rates_end = segment + 1 < p->n_segments ? fmin(p->segments[segment + 1].start_days, whole) : whole;
    leap_end = change >= 0 ? fmax(end, rates_end) : end; /* what leap is cheapest for now it is when there are more cells */
    bool by_far = false, leaps = may_leap(self, now);
    s.cells = now;
    s.watches = (double)n_watches;
    *out = (plan_t){.engine = LEAP, .end_days = leap_end};
    int rc = leaps ? leap_by_far(self, state, segment, end, s, &by_far) : RLP_OK;
    if (rc || by_far) return rc;
    rc = rlp_foresight_of(&self->foresight, state, segment, end, foreseen);
    if (rc) return rc;
    s.events = foreseen[RLP_FORESEEN_EVENTS];
    s.marks = foreseen[RLP_FORESEEN_MARKS];
    s.cells = sqrt(fmax(now, 1) * fmax(foreseen[RLP_FORESEEN_CELLS], 1));
    s.near = n_watches && near_watch(watches, n_watches, fmax(now, foreseen[RLP_FORESEEN_CELLS]));
    *out = (plan_t){.engine = DIRECT, .end_days = end, .events = s.events};
    double exact = rlp_cost_direct(&s), kendall = rlp_cost_kendall(&s);
    if (kendall < exact) out->engine = KENDALL, exact = kendall;
    if (!leaps) return RLP_OK;
    s.steps = 1; /* at the least */
    if (exact <= EXACT_WORTH * rlp_cost_leap(&s) || exact <= s.types * self->switches * LEAP_RULE_NS) return RLP_OK;
    rc = rlp_leap_steps(self->engines[LEAP], segment, state->t_days, end, &s.steps);
    if (exact > EXACT_WORTH * rlp_cost_leap(&s)) *out = (plan_t){.engine = LEAP, .end_days = leap_end};
    return rc;
}

/* ---- the way -------------------------------------------------------------------------------------------------------------------- */
typedef struct {
    rlp_direct_t *direct;
    uint64_t event_limit;
} spending_t;

static int direct_kernel(void *spending, rlp_walk_t *walk, double end_days) {
    spending_t *self = spending;
    int rc = rlp_direct_run(self->direct, walk, end_days, self->event_limit);
    if (!rc && walk->state->t_days < end_days && !walk->stop->fired) walk->until_days = walk->state->t_days; /* spent: end this walk here */
    return rc;
}

static int go_direct(auto_t *self, rlp_walk_t *walk, double events) {
    spending_t spending = {.direct = self->engines[DIRECT]};
    double most = fmin(DIRECT_OVERDRAW * events + DIRECT_LEAST, 1e18);
    spending.event_limit = walk->state->events + (uint64_t)most;
    return rlp_walk(walk, direct_kernel, &spending);
}

static int go(auto_t *self, const plan_t *plan, rlp_walk_t walk) {
    const rlp_engine_class_t *class = CLASSES[plan->engine];
    walk.until_days = plan->end_days;
    if (plan->engine == DIRECT) return go_direct(self, &walk, plan->events);
    if (!self->engines[plan->engine]) {
        int rc = class->prepare(self->process, &self->settings, &self->engines[plan->engine]);
        if (rc) return rc;
    }
    return class->advance(self->engines[plan->engine], walk.state, walk.until_days, walk.watches, walk.n_watches, walk.stream, walk.observer, walk.stop);
}

static int advance(void *chosen, rlp_state_t *state, double until_days, rlp_watch_t *watches, size_t n_watches, rlp_stream_t *stream,
                   const rlp_observer_t *observer, rlp_stop_t *stop) {
    auto_t *self = chosen;
    rlp_walk_t walk = {.process = self->process, .state = state, .watches = watches, .n_watches = n_watches, .stream = stream, .observer = observer,
                       .stop = stop, .until_days = state->t_days};
    int rc = RLP_OK;
    stop->fired = 0;
    if (rlp_state_next_segment(state, self->process) <= state->t_days) rc = rlp_walk(&walk, NULL, NULL); /* enters what begins now, and goes nowhere */
    while (!rc && !stop->fired && state->t_days < until_days) {
        plan_t next;
        double before_days = state->t_days, direct_days = state->carried_days[RLP_CARRIER_DIRECT];
        rc = plan(self, state, until_days, watches, n_watches, &next);
        if (!rc) rc = go(self, &next, walk);
        rlp_carry(state, CLASSES[next.engine]->carrier, before_days, direct_days);
    }
    return rc;
}

const char *rlp_engine_auto_carrier(void *chosen, const rlp_state_t *state) {
    auto_t *self = chosen;
    plan_t next = {.engine = LEAP};
    if (plan(self, state, fmax(self->settings.horizon_days, state->t_days), NULL, 0, &next)) next.engine = LEAP;
    return CLASSES[next.engine]->name;
}

/* ---- one engine of the table ------------------------------------------------------------------------------------------------ */
static int accepts(const rlp_process_t *p) {
    int rc = rlp_engine_direct.accepts(p);
    return rc ? rc : rlp_engine_leap.accepts(p);
}

static void release(void *chosen) {
    auto_t *self = chosen;
    if (!self) return;
    for (int e = 0; e < ENGINES; e++)
        if (self->engines[e]) CLASSES[e]->release(self->engines[e]);
    rlp_foresight_free(&self->foresight);
    free(self);
}

static int prepare(const rlp_process_t *p, const rlp_engine_settings_t *settings, void **out) {
    auto_t *self;
    int rc = RLP_NEW(self, 1);
    if (rc) return rc;
    self->process = p;
    self->settings = *settings;
    for (size_t c = 0; c < p->n_channels; c++) self->switches += p->channels[c].kind == RLP_CHANNEL_SWITCH;
    for (size_t c = 0; c < p->n_channels; c++) self->immigration = self->immigration || p->channels[c].kind == RLP_CHANNEL_IMMIGRATION;
    self->lonely = p->capacity_law == RLP_CAPACITY_NONE && p->n_channels == 0;
    self->outline = (rlp_stretch_t){.types = (double)p->n_types, .channels = (double)p->n_channels, .crowded = p->capacity_law != RLP_CAPACITY_NONE,
                                    .least_cells = RLP_WINDOWS_SETTINGS.least_cells + RLP_WINDOWS_SETTINGS.least_cells_per_type * (double)p->n_types};
    rc = rlp_foresight_init(&self->foresight, p);
    if (!rc) rc = rlp_engine_direct.prepare(p, settings, &self->engines[DIRECT]);
    if (!rc) rc = rlp_engine_leap.prepare(p, settings, &self->engines[LEAP]);
    if (rc) {
        release(self);
        return rc;
    }
    self->outline.targets = rlp_leap_targets(self->engines[LEAP]);
    *out = self;
    return RLP_OK;
}

const rlp_engine_class_t rlp_engine_auto = {
    .name = "auto",
    .sentence = "for each stretch the cheapest of direct, kendall and leap that holds engine.error, exact ones first where they cost little more",
    .exact = false,
    .carrier = RLP_CARRIERS,
    .accepts = accepts,
    .prepare = prepare,
    .advance = advance,
    .release = release,
};
