/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tau: adaptive explicit tau-leaping (Cao, Gillespie & Petzold, J. Chem. Phys. 124:044109, 2006), the field's standard. Bias of order 1 in epsilon.
 *
 *   until the stretch ends:
 *     tau'  from the bounds on the change of each type's mean and variance (reactions.h)
 *     if tau' < 10/a_0: a hundred events by `direct`
 *     tau'' Exp(a_0 of the critical reactions); tau = min(tau', tau'', end)
 *     each reaction that is not critical fires Poisson(a_j tau) times; one critical reaction if tau = tau''
 *     if a count would be negative: nothing of that, and again with tau' = tau/2
 *
 * tau is limited before anything is drawn; an end before tau'' means no critical firing before it, which is exact: the exponential has no memory. Counts are
 * never clipped. engine.epsilon is epsilon as in the literature; without it, epsilon is lowered from 0.03 until the mean map keeps its share of engine.error over each
 * span of the timeline, and the bound on lines (reactions.h) holds too. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engines.h"
#include "kendall_law.h"
#include "looks.h"
#include "reactions.h"
#include "relapse/memory.h"
#include "spans.h"

#define DIRECT_BELOW 10.0        /* leaps of fewer expected events do not pay ... */
#define DIRECT_EVENTS 100        /* ... and so many go one by one instead */
#define BIAS_GROWN 0.6           /* share of engine.error that the mean map may use over the whole follow-up ... */
#define BIAS_FRESH 0.3           /* ... and for what is founded or refilled within a span */

typedef struct {
    rlp_engine_settings_t settings;
    bool chosen;                 /* epsilon is chosen, not given */
    rlp_spans_t spans;
    rlp_reactions_t reactions, maps; /* of the path, and of the mean map */
    rlp_looks_t looks;
    rlp_direct_t *direct;
    int64_t *gained, *lost;
} tau_t;

/* ---- one leap ------------------------------------------------------------------------------------------------------------------ */
static int overflow(const tau_t *self, size_t type, double t_days) {
    const char *name = self->reactions.process->type_names[type];
    return rlp_fail(RLP_ERROR_OVERFLOW, "cells of type '%s' pass 4e18 about day %g", name ? name : "?", t_days);
}

static void fire(tau_t *self, const rlp_reaction_t *reaction, int64_t times) {
    if (reaction->gains != RLP_NONE) self->gained[reaction->gains] = rlp_count_sum(self->gained[reaction->gains], times);
    if (reaction->loses != RLP_NONE) self->lost[reaction->loses] = rlp_count_sum(self->lost[reaction->loses], times);
}

static void fire_one_critical(tau_t *self, rlp_stream_t *stream) {
    const rlp_reactions_t *r = &self->reactions;
    const rlp_reaction_t *chosen = NULL;
    double x = rlp_stream_uniform(stream) * r->critical;
    for (size_t k = 0; k < r->n_active && x >= 0; k++) {
        const rlp_reaction_t *reaction = &r->reactions[r->active[k]];
        if (!rlp_reaction_is_critical(r, reaction)) continue;
        chosen = reaction; /* rounding at the end falls back on the last */
        x -= r->propensity[r->active[k]];
    }
    fire(self, chosen, 1);
}

/* Draw what fires in `days`; false: a count would be negative. */
static bool draw(tau_t *self, const rlp_state_t *state, double days, bool with_critical, rlp_stream_t *stream) {
    const rlp_reactions_t *r = &self->reactions;
    size_t n = r->process->n_types;
    memset(self->gained, 0, n * sizeof *self->gained);
    memset(self->lost, 0, n * sizeof *self->lost);
    for (size_t k = 0; k < r->n_active; k++) {
        const rlp_reaction_t *reaction = &r->reactions[r->active[k]];
        double mean = r->propensity[r->active[k]] * days;
        if (!rlp_reaction_is_critical(r, reaction)) fire(self, reaction, mean < 4e18 ? rlp_variate_poisson(stream, mean) : RLP_COUNT_MAX + 1);
    }
    if (with_critical) fire_one_critical(self, stream);
    for (size_t i = 0; i < n; i++)
        if (state->cells[i] + self->gained[i] < self->lost[i]) return false;
    return true;
}

static int commit(tau_t *self, rlp_state_t *state) {
    const rlp_process_t *p = self->reactions.process;
    for (size_t i = 0; i < p->n_types; i++) {
        if (self->gained[i] > RLP_COUNT_MAX) return overflow(self, i, state->t_days);
        state->cells[i] += self->gained[i] - self->lost[i];
        if (state->cells[i] > RLP_COUNT_MAX) return overflow(self, i, state->t_days);
    }
    state->steps++;
    int64_t total = rlp_state_total(state, p);
    if (total > RLP_COUNT_MAX) return rlp_fail(RLP_ERROR_OVERFLOW, "all cells together pass 4e18 about day %g", state->t_days);
    if (total < state->nadir_cells) state->nadir_cells = total;
    return RLP_OK;
}

/* ---- the engine ------------------------------------------------------------------------------------------------------------------ */
static void weigh(tau_t *self, const rlp_state_t *state, size_t rates) {
    rlp_reactions_enter(&self->reactions, rates);
    for (size_t i = 0; i < self->reactions.process->n_types; i++) self->reactions.cells[i] = (double)state->cells[i];
    rlp_reactions_weigh(&self->reactions, true);
}

static bool near(tau_t *self, const rlp_walk_t *walk, double days) {
    if (!walk->n_watches) return false;
    rlp_looks_prepare(&self->looks, self->reactions.rates, days, self->reactions.crowding);
    return rlp_looks_near(&self->looks, walk);
}

static int leap(tau_t *self, rlp_walk_t *walk, double tau, double end_days) {
    const rlp_reactions_t *r = &self->reactions;
    rlp_state_t *state = walk->state;
    double t0 = state->t_days, measures[RLP_WATCHES_MAX], days;
    rlp_look_before(walk, measures);
    for (;; tau = days / 2) {
        double critical = r->critical > 0 ? rlp_variate_exponential(walk->stream) / r->critical : INFINITY;
        if (tau * r->total < DIRECT_BELOW) return rlp_direct_run(self->direct, walk, end_days, state->events + DIRECT_EVENTS);
        days = fmin(tau, end_days - t0);
        bool with_critical = critical < days;
        if (with_critical) days = critical;
        if (!draw(self, state, days, with_critical, walk->stream)) continue;
        state->t_days = !with_critical && tau >= end_days - t0 ? end_days : fmin(t0 + days, end_days);
        int rc = commit(self, state);
        if (!rc) rlp_look_after(walk, t0, state->t_days - t0, measures);
        return rc;
    }
}

static int advance_once(tau_t *self, rlp_walk_t *walk, double epsilon, double end_days) {
    rlp_state_t *state = walk->state;
    weigh(self, state, rlp_walk_rates(walk));
    double tau = rlp_reactions_step(&self->reactions, epsilon, RLP_TAU_MEANS | RLP_TAU_NOISE | (self->chosen ? RLP_TAU_LINE : 0));
    double days = fmin(tau, end_days - state->t_days);
    if (tau * self->reactions.total < DIRECT_BELOW && self->reactions.total > 0) return rlp_direct_run(self->direct, walk, end_days, state->events + DIRECT_EVENTS);
    if (near(self, walk, days)) {
        double until = days < end_days - state->t_days ? state->t_days + days : end_days;
        if (rlp_looks_afford(&self->looks, state)) return rlp_direct_run(self->direct, walk, until, (uint64_t)(2 * RLP_DIRECT_EVENTS));
        tau = fmin(tau, rlp_look_days(self->looks.error, state->t_days));
    }
    return leap(self, walk, tau, end_days);
}

static int kernel(void *tau, rlp_walk_t *walk, double end_days) {
    tau_t *self = tau;
    rlp_state_t *state = walk->state;
    while (state->t_days < end_days) {
        double epsilon = self->settings.epsilon, stretch_end = end_days;
        int rc = self->chosen ? rlp_spans_at(&self->spans, state->segment - 1, state->t_days, &epsilon, &stretch_end) : RLP_OK;
        if (!(state->epsilon > 0 && state->epsilon <= epsilon)) state->epsilon = epsilon;
        if (!rc) rc = advance_once(self, walk, epsilon, fmin(stretch_end, end_days));
        if (rc || walk->stop->fired) return rc;
        if (state->t_days < end_days) rlp_walk_show(walk);
    }
    return RLP_OK;
}

static void choose_epsilon(void *tau, rlp_span_t *span, const double *mean, const rlp_span_t *before) {
    tau_t *self = tau;
    double horizon = self->settings.horizon_days, end = span->start_days < horizon ? fmin(span->end_days, horizon) : span->end_days;
    double days = end - span->start_days, error = self->settings.error;
    (void)before;
    rlp_reactions_enter(&self->maps, self->maps.process->segments[span->segment].rates);
    span->step = span->best = rlp_tau_epsilon(&self->maps, days, mean, BIAS_GROWN * error * days / fmax(horizon, days), BIAS_FRESH * error);
}

static void carry_means(void *tau, const rlp_span_t *span, double days, double *mean) {
    tau_t *self = tau;
    rlp_reactions_enter(&self->maps, self->maps.process->segments[span->segment].rates);
    rlp_tau_means(&self->maps, days, span->step / 2, mean);
}

static int accepts(const rlp_process_t *p) {
    (void)p;
    return RLP_OK;
}

static void release(void *tau) {
    tau_t *self = tau;
    if (!self) return;
    rlp_spans_free(&self->spans);
    rlp_reactions_free(&self->reactions);
    rlp_reactions_free(&self->maps);
    rlp_looks_free(&self->looks);
    rlp_direct_free(self->direct);
    free(self->gained);
    free(self->lost);
    free(self);
}

static int prepare(const rlp_process_t *p, const rlp_engine_settings_t *settings, void **out) {
    tau_t *self;
    int rc = RLP_NEW(self, 1);
    if (rc) return rc;
    self->settings = *settings;
    self->chosen = !(settings->epsilon > 0);
    self->spans = (rlp_spans_t){.process = p, .engine = self, .choose = choose_epsilon, .carry = carry_means};
    rc = rlp_spans_init(&self->spans);
    if (!rc) rc = rlp_reactions_init(&self->reactions, p);
    if (!rc) rc = rlp_reactions_init(&self->maps, p);
    if (!rc) rc = rlp_looks_init(&self->looks, p, settings->error);
    if (!rc) rc = rlp_direct_new(p, &self->direct);
    if (!rc) rc = RLP_NEW(self->gained, p->n_types);
    if (!rc) rc = RLP_NEW(self->lost, p->n_types);
    if (rc) {
        release(self);
        return rc;
    }
    *out = self;
    return RLP_OK;
}

static int advance(void *tau, rlp_state_t *state, double until_days, rlp_watch_t *watches, size_t n_watches, rlp_stream_t *stream,
                   const rlp_observer_t *observer, rlp_stop_t *stop) {
    tau_t *self = tau;
    rlp_walk_t walk = {.process = self->reactions.process, .state = state, .watches = watches, .n_watches = n_watches, .stream = stream, .observer = observer,
                       .stop = stop, .until_days = until_days};
    return rlp_walk(&walk, kernel, self);
}

const rlp_engine_class_t rlp_engine_tau = {
    .name = "tau",
    .sentence = "adaptive explicit tau-leaping (Cao, Gillespie & Petzold 2006): bias of order 1; for comparison with the literature; cost grows with leaps",
    .exact = false,
    .carrier = RLP_CARRIER_TAU,
    .accepts = accepts,
    .prepare = prepare,
    .advance = advance,
    .release = release,
};
