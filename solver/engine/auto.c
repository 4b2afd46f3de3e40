/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * auto: `direct` where the mean map expects fewer than a million events a patient, else `leap`; a trajectory that has spent twice as many
 * goes on by `leap`. A function of the process and the path alone, never of time or ranks. */
#include <math.h>
#include <stdlib.h>

#include "engines.h"
#include "mean_map.h"
#include "relapse/memory.h"

#define COUNTING_STEP_DAYS 4.0

typedef struct {
    const rlp_process_t *process;
    bool starts_direct;
    rlp_direct_t *direct;
    void *leap;
} auto_t;

/* Transitions in `days` that begin with these means. */
static double transitions(const rlp_process_t *p, size_t rates, double days, const double *mean) {
    const double *channel = rlp_process_channel(p, rates), *birth = rlp_process_birth(p, rates);
    double sum = 0;
    for (size_t c = 0; c < p->n_channels; c++) {
        size_t from = p->channels[c].from;
        sum += channel[c] * (from == RLP_NONE ? 1 : mean[from] * (p->channels[c].kind == RLP_CHANNEL_DIVISION ? birth[from] : 1));
    }
    return sum * days;
}

/* What is expected along the known timeline, all events or transitions alone. */
static int expect(const rlp_process_t *p, double horizon_days, double enough, bool transitions_alone, double *count) {
    rlp_mean_map_t map;
    double *mean = NULL;
    *count = 0;
    int rc = rlp_mean_map_init(&map, p);
    if (!rc) rc = RLP_NEW(mean, p->n_types);
    for (size_t i = 0; i < p->n_types && !rc; i++) mean[i] = (double)p->start_cells[i];
    for (size_t s = 0; s < p->n_segments && !rc && *count < enough; s++) {
        double start = p->segments[s].start_days, end = s + 1 < p->n_segments ? fmin(p->segments[s + 1].start_days, horizon_days) : horizon_days;
        if (p->segments[s].survive != RLP_NONE && start <= horizon_days)
            for (size_t i = 0; i < p->n_types; i++) mean[i] *= p->survive[p->segments[s].survive * p->n_types + i];
        for (double t = start; t < end && *count < enough;) {
            double days = fmin(COUNTING_STEP_DAYS, end - t);
            if (transitions_alone) *count += transitions(p, p->segments[s].rates, days, mean);
            rlp_mean_map_run(&map, p->segments[s].rates, days, 1, mean, transitions_alone ? NULL : count);
            t = days < COUNTING_STEP_DAYS ? end : t + days;
        }
    }
    rlp_mean_map_free(&map);
    free(mean);
    return rc;
}

int rlp_engine_expected_events(const rlp_process_t *p, double horizon_days, double enough, double *events) {
    return expect(p, horizon_days, enough, false, events);
}

int rlp_engine_expected_transitions(const rlp_process_t *p, double horizon_days, double enough, double *count) {
    return expect(p, horizon_days, enough, true, count);
}

static bool now_direct(const auto_t *self, const rlp_state_t *state) { return self->starts_direct && (double)state->events < 2 * RLP_DIRECT_EVENTS; }

const char *rlp_engine_auto_carrier(const void *self, const rlp_state_t *state) { return now_direct(self, state) ? "direct" : "leap"; }

static int direct_kernel(void *chosen, rlp_walk_t *walk, double end_days) {
    auto_t *self = chosen;
    int rc = rlp_direct_run(self->direct, walk, end_days, (uint64_t)(2 * RLP_DIRECT_EVENTS));
    if (!rc && walk->state->t_days < end_days && !walk->stop->fired) walk->until_days = walk->state->t_days; /* spent: end this walk here */
    return rc;
}

static int advance(void *chosen, rlp_state_t *state, double until_days, rlp_watch_t *watches, size_t n_watches, rlp_stream_t *stream,
                   const rlp_observer_t *observer, rlp_stop_t *stop) {
    auto_t *self = chosen;
    if (now_direct(self, state)) {
        rlp_walk_t walk = {.process = self->process, .state = state, .watches = watches, .n_watches = n_watches, .stream = stream, .observer = observer,
                           .stop = stop, .until_days = until_days};
        int rc = rlp_walk(&walk, direct_kernel, self);
        if (rc || stop->fired || walk.until_days == until_days) return rc;
    }
    return rlp_engine_leap.advance(self->leap, state, until_days, watches, n_watches, stream, observer, stop);
}

static int accepts(const rlp_process_t *p) {
    int rc = rlp_engine_direct.accepts(p);
    return rc ? rc : rlp_engine_leap.accepts(p);
}

static void release(void *chosen) {
    auto_t *self = chosen;
    if (!self) return;
    rlp_direct_free(self->direct);
    rlp_engine_leap.release(self->leap);
    free(self);
}

static int prepare(const rlp_process_t *p, const rlp_engine_settings_t *settings, void **out) {
    auto_t *self;
    double events;
    int rc = RLP_NEW(self, 1);
    if (rc) return rc;
    self->process = p;
    rc = rlp_engine_expected_events(p, settings->horizon_days, RLP_DIRECT_EVENTS, &events);
    self->starts_direct = events < RLP_DIRECT_EVENTS;
    if (!rc) rc = rlp_direct_new(p, &self->direct);
    if (!rc) rc = rlp_engine_leap.prepare(p, settings, &self->leap);
    if (rc) {
        release(self);
        return rc;
    }
    *out = self;
    return RLP_OK;
}

const rlp_engine_class_t rlp_engine_auto = {
    .name = "auto",
    .sentence = "direct where fewer than a million events a patient are expected, else leap",
    .exact = false,
    .accepts = accepts,
    .prepare = prepare,
    .advance = advance,
    .release = release,
};
