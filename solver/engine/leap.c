/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * leap: steps by exact sub-flows, composed by Strang splitting (SIAM J. Numer. Anal. 5:506, 1968). Second order; never negative; exact without transitions.
 *
 *   a step of h:  each cell switches for h/2          multinomial from exp(Q h/2)
 *                 each type grows for h               Kendall's law, births at the crowding of mid-step
 *                 each mutation founds                Poisson(p b I (N + N')/(1 + E)) founders at times of density ~ e^(ls), each grown over the rest
 *                 each cell switches for h/2
 *
 * Steps come from the mean map (mean_map.h) and end at segments, looks and records. Where a watched burden could reach its threshold within the
 * step, the stretch is handed to `direct` while a life can afford it, else steps shorten until the instant is known within engine.error. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engines.h"
#include "kendall_law.h"
#include "looks.h"
#include "mean_map.h"
#include "relapse/memory.h"

#define SPAN_DAYS 64.0         /* stretch of constant rates for which one step is chosen */
#define STEP_SAFETY 0.5        /* share of engine.error that the steps may use */
#define FOUNDERS_ONE_BY_ONE 16 /* more are grown in two batches, at the nodes of Gauss's rule */
#define FOUNDERS_GROWTH 0.5    /* ... in each interval in which density and growth change by a factor e^0.5 at most */
#define CAPACITY_BIRTHS 0.5    /* births a cell in one step under a capacity: noise about the balance, which the means do not show, must find back */
#define LOOK_SIGMAS 8.0        /* a crossing within the step is impossible in practice beyond so many standard deviations */
#define LOOK_CELLS 20.0        /* ... and so many times the mean size of a line that lives: its tail is geometric */
#define DIP_SIGMAS 2.0         /* a nadir within the step lies no lower than the least mean less so many standard deviations */
#define LOOK_EVENTS 1e4        /* a look with fewer goes event by event, */
#define LOOK_SLICE_EVENTS 20000 /* ... so many at a time */

typedef struct {
    size_t segment;
    double start_days, end_days, step_days;
    double best_days; /* the step that would just keep the tolerance */
} span_t;

typedef struct {
    const rlp_process_t *process;
    rlp_engine_settings_t settings;
    /* the track of means that chooses steps; spans[] are kept for the next trajectory of the same process */
    rlp_mean_map_t map;
    double *mean;
    span_t *spans;
    size_t n_spans, span_capacity;
    /* one step */
    size_t *order, n_order;
    rlp_switching_t switching;
    double *pure, *l, *e, *integral; /* per type, at (rates, h, crowding): births without mutation, net rate, e^(lh), integral of e^(ls) */
    rlp_kendall_t *law;
    size_t rates;
    double h, crowding;
    int64_t *before, *after, *moved;
    int64_t *counted;         /* of the source of each mutation, in order[], when it had its turn */
    rlp_direct_t *direct;
} leap_t;

/* ---- the step's length --------------------------------------------------------------------------------------------------- */

/* Carry the means to `to_days`, which lies in or at the end of the last span. */
static void carry_means(leap_t *self, double to_days) {
    if (!self->n_spans) {
        for (size_t i = 0; i < self->process->n_types; i++) self->mean[i] = (double)self->process->start_cells[i];
        return;
    }
    const span_t *last = &self->spans[self->n_spans - 1];
    double days = to_days - last->start_days;
    if (days > 0) rlp_mean_map_run(&self->map, self->process->segments[last->segment].rates, days, (size_t)ceil(days / last->step_days), self->mean, NULL);
}

/* Survival events and rescaling: only ratios of means matter once they are large. */
static void enter_means(leap_t *self, size_t segment) {
    size_t row = self->process->segments[segment].survive, n = self->process->n_types;
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        if (row != RLP_NONE) self->mean[i] *= self->process->survive[row * n + i];
        most = fmax(most, self->mean[i]);
    }
    for (size_t i = 0; i < n && most > 1e100; i++) self->mean[i] *= 1e-80;
}

static int add_span(leap_t *self, size_t segment, double start_days) {
    const rlp_process_t *p = self->process;
    int rc = RLP_GROW(self->spans, self->span_capacity, self->n_spans + 1);
    if (rc) return rc;
    size_t guess = 1, rates = p->segments[segment].rates;
    double end = segment + 1 < p->n_segments ? p->segments[segment + 1].start_days : INFINITY;
    double days = fmin(end - start_days, SPAN_DAYS);
    carry_means(self, start_days);
    if (!self->n_spans || self->spans[self->n_spans - 1].segment != segment)
        for (size_t s = self->n_spans ? self->spans[self->n_spans - 1].segment + 1 : 0; s <= segment; s++) enter_means(self, s);
    if (self->n_spans) guess = (size_t)ceil(days / self->spans[self->n_spans - 1].best_days);
    double tolerance = STEP_SAFETY * self->settings.error * days / fmax(self->settings.horizon_days, days);
    double best_days;
    size_t steps = rlp_mean_map_steps(&self->map, rates, days, self->mean, tolerance, guess, &best_days);
    for (size_t i = 0; i < p->n_types && p->capacity_law != RLP_CAPACITY_NONE; i++)
        steps = (size_t)fmax((double)steps, ceil(days * rlp_process_birth(p, rates)[i] / CAPACITY_BIRTHS));
    self->spans[self->n_spans++] = (span_t){.segment = segment, .start_days = start_days, .end_days = start_days + days, .step_days = days / (double)steps, .best_days = best_days};
    return RLP_OK;
}

/* The step at a time in a segment and where the span it was chosen for ends; adds spans up to there. */
static int step_at(leap_t *self, size_t segment, double t_days, double *step_days, double *span_end_days) {
    const rlp_segment_t *segments = self->process->segments;
    for (;;) {
        size_t low = 0, high = self->n_spans; /* the last span that starts at or before (segment, t) */
        while (low < high) {
            size_t middle = (low + high) / 2;
            const span_t *span = &self->spans[middle];
            if (span->segment < segment || (span->segment == segment && span->start_days <= t_days))
                low = middle + 1;
            else
                high = middle;
        }
        const span_t *found = low ? &self->spans[low - 1] : NULL;
        if (found && found->segment == segment && (t_days < found->end_days || low < self->n_spans)) {
            *step_days = found->step_days;
            *span_end_days = found->end_days > t_days ? found->end_days : INFINITY;
            return RLP_OK;
        }
        RLP_INVARIANT(low == self->n_spans); /* spans are added in order and never skipped */
        size_t next = found ? found->segment : 0;
        double start = found ? found->end_days : segments[0].start_days;
        bool over = found && next + 1 < self->process->n_segments && segments[next + 1].start_days <= start;
        if (found && next < segment && !over) over = true; /* a segment was added inside the span */
        if (over) start = segments[++next].start_days;
        int rc = add_span(self, next, start);
        if (rc) return rc;
    }
}

/* ---- one step -------------------------------------------------------------------------------------------------------------- */
static void prepare_growth(leap_t *self, size_t rates, double h, double crowding) {
    const rlp_process_t *p = self->process;
    if (self->rates == rates && self->h == h && self->crowding == crowding) return;
    const double *death = rlp_process_death(p, rates);
    if (self->rates != rates) rlp_pure_births(p, rates, self->pure);
    for (size_t i = 0; i < p->n_types; i++) {
        double birth = self->pure[i] * crowding;
        self->l[i] = birth - death[i];
        double most = self->l[i] * h > RLP_GROWTH_MAX ? RLP_GROWTH_MAX / self->l[i] : h;
        self->e[i] = exp(self->l[i] * most);
        self->integral[i] = rlp_growth_integral(self->l[i], most);
        self->law[i] = rlp_kendall_law(birth, death[i], h);
    }
    self->h = h;
    self->crowding = crowding;
    self->rates = rates;
}

static double mid_crowding(const leap_t *self, const rlp_state_t *state, size_t rates, double h) {
    const rlp_process_t *p = self->process;
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

static void switch_cells(leap_t *self, rlp_state_t *state, double h, rlp_stream_t *stream) {
    size_t n_types = self->process->n_types;
    if (!self->switching.any) return;
    memset(self->after, 0, n_types * sizeof *self->after);
    for (size_t i = 0; i < n_types; i++) {
        if (!state->cells[i]) continue;
        const rlp_switch_row_t *row = rlp_switching_row(&self->switching, i, self->rates, h);
        self->after[i] += rlp_variate_multinomial(stream, state->cells[i], row->n_reach - 1, row->probability, self->moved);
        for (size_t k = 0; k + 1 < row->n_reach; k++) self->after[row->reach[k]] += self->moved[k];
    }
    memcpy(state->cells, self->after, n_types * sizeof *self->after);
}

/* Descendants of `founders` whose times have density ~ e^(l s) on an interval of h days that ends `rest` days before the step does. */
static int64_t grow_interval(leap_t *self, rlp_stream_t *stream, int64_t founders, double l, size_t to, double h, double rest) {
    double birth = self->pure[to] * self->crowding, death = rlp_process_death(self->process, self->rates)[to];
    int64_t grown = 0;
    if (founders <= FOUNDERS_ONE_BY_ONE) {
        for (int64_t k = 0; k < founders; k++) {
            double u = rlp_stream_uniform(stream), at = l * h == 0 ? u * h : log1p(u * expm1(l * h)) / l;
            rlp_kendall_t law = rlp_kendall_law(birth, death, fmax(0, h - at) + rest);
            grown = rlp_count_sum(grown, rlp_kendall_draw(stream, &law, 1));
        }
        return grown;
    }
    double node = h / 2 * (1 - 1 / sqrt(3.0)), early = 1 / (1 + exp(l * (h - 2 * node)));
    int64_t first = rlp_variate_binomial(stream, founders, early);
    rlp_kendall_t law = rlp_kendall_law(birth, death, h - node + rest);
    grown = rlp_kendall_draw(stream, &law, first);
    law = rlp_kendall_law(birth, death, node + rest);
    return rlp_count_sum(grown, rlp_kendall_draw(stream, &law, founders - first));
}

/* Descendants at the end of the step of `founders` whose times have density ~ e^(l s) on (0, h). A long step is cut, or the two nodes of Gauss's rule
 * would lose what the earliest become: -15 % where targets outgrow their source by e^6.4. */
static int64_t grow_founders(leap_t *self, rlp_stream_t *stream, int64_t founders, double l, size_t to, double h) {
    double n = fmin(ceil((fabs(l) + fabs(l - self->l[to])) * h / FOUNDERS_GROWTH), 1000), width = h / n;
    if (!(n > 1) || founders <= FOUNDERS_ONE_BY_ONE) return grow_interval(self, stream, founders, l, to, h, 0);
    int64_t grown = 0;
    for (double left = n; left >= 1 && founders; left--) {
        double share = l * h == 0 ? 1 / left : expm1(l * width) / expm1(l * width * left);
        int64_t here = left > 1 ? rlp_variate_binomial(stream, founders, fmin(1, share)) : founders;
        grown = rlp_count_sum(grown, grow_interval(self, stream, here, l, to, width, (left - 1) * width));
        founders -= here;
    }
    return grown;
}

static int overflow(const leap_t *self, size_t type, double t_days) {
    return rlp_fail(RLP_ERROR_OVERFLOW, "cells of type '%s' pass 4e18 about day %g", self->process->type_names[type] ? self->process->type_names[type] : "?", t_days);
}

/* Founders of one mutation from `from` cells, counted at both ends of the step. */
static int found(leap_t *self, size_t channel_index, double from, rlp_stream_t *stream, double t_days) {
    const rlp_channel_t *c = &self->process->channels[channel_index];
    double rate = rlp_process_channel(self->process, self->rates)[channel_index];
    if (from <= 0 || rate == 0) return RLP_OK;
    if (c->kind == RLP_CHANNEL_DIVISION) rate *= rlp_process_birth(self->process, self->rates)[c->from] * self->crowding;
    double mean = rate * self->integral[c->from] * from / (1 + self->e[c->from]);
    int64_t founders = mean < 4e18 ? rlp_variate_poisson(stream, mean) : RLP_COUNT_MAX + 1;
    if (!founders) return RLP_OK;
    if (founders > RLP_COUNT_MAX) return overflow(self, c->to, t_days);
    self->after[c->to] = rlp_count_sum(self->after[c->to], grow_founders(self, stream, founders, self->l[c->from], c->to, self->h));
    return self->after[c->to] > RLP_COUNT_MAX ? overflow(self, c->to, t_days) : RLP_OK;
}

/* A source that gains newcomers after its turn has a second one for them (mean_map.c, found_means). */
static int found_mutants(leap_t *self, const rlp_state_t *state, rlp_stream_t *stream) {
    const rlp_process_t *p = self->process;
    const double *channel = rlp_process_channel(p, self->rates);
    int rc = RLP_OK;
    for (int turn = 0; turn < 2; turn++)
        for (size_t k = 0; k < self->n_order && !rc; k++) {
            size_t source = p->channels[self->order[k]].from;
            int64_t now = self->after[source];
            rc = found(self, self->order[k], turn ? (double)(now - self->counted[k]) : (double)self->before[source] + (double)now, stream, state->t_days);
            self->counted[k] = now;
        }
    for (size_t c = 0; c < p->n_channels && !rc; c++) {
        if (p->channels[c].kind != RLP_CHANNEL_IMMIGRATION || channel[c] == 0) continue;
        size_t to = p->channels[c].to;
        int64_t arrivals = rlp_variate_poisson(stream, channel[c] * self->h);
        if (arrivals) self->after[to] = rlp_count_sum(self->after[to], grow_founders(self, stream, arrivals, 0, to, self->h));
        if (self->after[to] > RLP_COUNT_MAX) rc = overflow(self, to, state->t_days);
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
    int rc = found_mutants(self, state, stream);
    memcpy(state->cells, self->after, p->n_types * sizeof *self->after);
    return rc;
}

static int step(leap_t *self, rlp_state_t *state, double h, rlp_stream_t *stream) {
    switch_cells(self, state, h / 2, stream);
    int rc = grow_cells(self, state, stream);
    if (rc) return rc;
    switch_cells(self, state, h / 2, stream);
    state->steps++;
    int64_t total = rlp_state_total(state, self->process);
    if (total > RLP_COUNT_MAX) return overflow(self, 0, state->t_days);
    if (total < state->nadir_cells) state->nadir_cells = total;
    return RLP_OK;
}

/* ---- watches ----------------------------------------------------------------------------------------------------------------- */

/* Could a watch fire within the next h days? Bounds the living cells by their mean, standard deviations and a few cells. */
static bool near_threshold(const leap_t *self, const rlp_walk_t *walk, const rlp_watch_t *watch, double h) {
    const rlp_process_t *p = self->process;
    const double *channel = rlp_process_channel(p, self->rates), *birth = rlp_process_birth(p, self->rates), *death = rlp_process_death(p, self->rates);
    double mean = 0, variance = 0, growth = 1, line = 1;
    for (size_t i = 0; i < p->n_types; i++) {
        double cells = (double)walk->state->cells[i], e = fmax(1, self->e[i]);
        growth = fmax(growth, e);
        line = fmax(line, 1 + birth[i] * self->integral[i]);
        if (!watch->of[i]) continue;
        mean += cells * e;
        variance += cells * e * e * (birth[i] + death[i]) * h;
        if (watch->with_dead) mean += rlp_state_dead(walk->state, p, i, walk->state->t_days);
    }
    for (size_t c = 0; c < p->n_channels; c++) {
        const rlp_channel_t *k = &p->channels[c];
        if (!watch->of[k->to] || (k->from != RLP_NONE && watch->of[k->from] && self->e[k->to] <= fmax(1, self->e[k->from]))) continue;
        double cells = k->from == RLP_NONE ? 1 : (double)walk->state->cells[k->from] * growth;
        double arrivals = channel[c] * (k->kind == RLP_CHANNEL_DIVISION ? birth[k->from] : 1) * cells * h * growth;
        mean += arrivals;
        variance += arrivals * growth;
    }
    return mean + LOOK_SIGMAS * sqrt(variance) + LOOK_CELLS * line >= watch->threshold;
}

/* Could the burden fall below the nadir that the watch knows, by more than engine.error allows, and rise again within the next h days? */
static bool near_nadir(const leap_t *self, const rlp_walk_t *walk, const rlp_watch_t *watch, double h) {
    const rlp_process_t *p = self->process;
    const double *channel = rlp_process_channel(p, self->rates), *birth = rlp_process_birth(p, self->rates), *death = rlp_process_death(p, self->rates);
    double least = 0, variance = 0;
    if (watch->rule == RLP_WATCH_LEVEL) return false;
    for (size_t i = 0; i < p->n_types; i++) {
        double cells = (double)walk->state->cells[i], l = self->l[i];
        if (!watch->of[i]) continue;
        for (size_t c = 0; c < p->n_channels; c++)
            if (p->channels[c].kind == RLP_CHANNEL_SWITCH && p->channels[c].from == i) l -= channel[c];
        least += cells * exp(fmin(0, l * h));
        variance += cells * (birth[i] + death[i]) * h;
        if (watch->with_dead) least += rlp_state_dead(walk->state, p, i, walk->state->t_days + h);
    }
    return least - DIP_SIGMAS * sqrt(variance) < watch->nadir * (1 - self->settings.error / 2);
}

/* ---- the engine -------------------------------------------------------------------------------------------------------------- */

static bool any_near(const leap_t *self, const rlp_walk_t *walk, double h) {
    for (size_t w = 0; w < walk->n_watches; w++)
        if (near_threshold(self, walk, &walk->watches[w], h) || near_nadir(self, walk, &walk->watches[w], h)) return true;
    return false;
}

static int step_and_look(leap_t *self, rlp_walk_t *walk, double h, double end_days) {
    rlp_state_t *state = walk->state;
    double t0 = state->t_days, v0[RLP_WATCHES_MAX];
    size_t rates = rlp_walk_rates(walk);
    prepare_growth(self, rates, h, mid_crowding(self, state, rates, h));
    rlp_look_before(walk, v0);
    int rc = step(self, state, h, walk->stream);
    state->t_days = end_days;
    if (!rc) rlp_look_after(walk, t0, h, v0);
    return rc;
}

/* Near a threshold: by `direct` while a look would hold few events and the life can afford them, else looks short enough to know the instant. */
static int advance_near(leap_t *self, rlp_walk_t *walk, double end_days) {
    rlp_state_t *state = walk->state;
    size_t rates = rlp_walk_rates(walk);
    while (state->t_days < end_days && !walk->stop->fired) {
        double left = end_days - state->t_days, look_days = fmin(left, rlp_look_days(self->settings.error, state->t_days));
        int rc;
        prepare_growth(self, rates, look_days, mid_crowding(self, state, rates, look_days));
        if ((double)state->events < RLP_DIRECT_EVENTS && rlp_look_events(self->process, rates, state->cells, self->e, look_days) <= LOOK_EVENTS)
            rc = rlp_direct_run(self->direct, walk, end_days, state->events + LOOK_SLICE_EVENTS);
        else
            rc = step_and_look(self, walk, look_days, left > look_days * (1 + 1e-9) ? state->t_days + look_days : end_days);
        if (rc) return rc;
    }
    return RLP_OK;
}

/* One step of h to end_days. */
static int advance_once(leap_t *self, rlp_walk_t *walk, double h, double end_days) {
    size_t rates = rlp_walk_rates(walk);
    prepare_growth(self, rates, h, mid_crowding(self, walk->state, rates, h));
    return any_near(self, walk, h) ? advance_near(self, walk, end_days) : step_and_look(self, walk, h, end_days);
}

/* Nothing lives and nothing will come. */
static bool over(const leap_t *self, const rlp_state_t *state) {
    const double *channel = rlp_process_channel(self->process, self->process->segments[state->segment - 1].rates);
    if (rlp_state_total(state, self->process)) return false;
    for (size_t c = 0; c < self->process->n_channels; c++)
        if (self->process->channels[c].kind == RLP_CHANNEL_IMMIGRATION && channel[c] > 0) return false;
    return true;
}

static int kernel(void *leap, rlp_walk_t *walk, double end_days) {
    leap_t *self = leap;
    rlp_state_t *state = walk->state;
    while (state->t_days < end_days) {
        double step_days, stretch_end, t0 = state->t_days;
        if (over(self, state)) {
            state->t_days = end_days;
            break;
        }
        int rc = step_at(self, state->segment - 1, t0, &step_days, &stretch_end);
        if (rc) return rc;
        stretch_end = fmin(stretch_end, end_days);
        double n = fmax(1, ceil((stretch_end - t0) / step_days * (1 - 1e-12))), h = (stretch_end - t0) / n;
        for (double k = 1; k <= n; k++) {
            rc = advance_once(self, walk, h, k < n ? t0 + k * h : stretch_end);
            if (rc || walk->stop->fired) return rc;
            if (state->t_days < end_days) rlp_walk_show(walk);
        }
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
    rlp_mean_map_free(&self->map);
    rlp_switching_free(&self->switching);
    rlp_direct_free(self->direct);
    void *owned[] = {self->mean, self->spans, self->order, self->moved, self->pure, self->l, self->e, self->integral, self->law, self->before, self->after, self->counted};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
    free(self);
}

static int prepare(const rlp_process_t *p, const rlp_engine_settings_t *settings, void **out) {
    leap_t *self;
    int rc = RLP_NEW(self, 1);
    if (rc) return rc;
    self->process = p;
    self->settings = *settings;
    self->rates = RLP_NONE;
    rc = rlp_mean_map_init(&self->map, p);
    if (!rc) rc = rlp_switching_init(&self->switching, p);
    if (!rc) rc = rlp_direct_new(p, &self->direct);
    if (!rc) rc = RLP_NEW(self->mean, p->n_types);
    if (!rc) rc = RLP_NEW(self->order, p->n_channels);
    if (!rc) rc = RLP_NEW(self->moved, p->n_types);
    if (!rc) rc = RLP_NEW(self->pure, p->n_types);
    if (!rc) rc = RLP_NEW(self->l, p->n_types);
    if (!rc) rc = RLP_NEW(self->e, p->n_types);
    if (!rc) rc = RLP_NEW(self->integral, p->n_types);
    if (!rc) rc = RLP_NEW(self->law, p->n_types);
    if (!rc) rc = RLP_NEW(self->before, p->n_types);
    if (!rc) rc = RLP_NEW(self->after, p->n_types);
    if (!rc) rc = RLP_NEW(self->counted, p->n_channels);
    if (rc) {
        release(self);
        return rc;
    }
    memcpy(self->order, self->map.order, self->map.n_order * sizeof *self->order);
    self->n_order = self->map.n_order;
    *out = self;
    return RLP_OK;
}

static int advance(void *leap, rlp_state_t *state, double until_days, rlp_watch_t *watches, size_t n_watches, rlp_stream_t *stream,
                   const rlp_observer_t *observer, rlp_stop_t *stop) {
    leap_t *self = leap;
    rlp_walk_t walk = {.process = self->process, .state = state, .watches = watches, .n_watches = n_watches, .stream = stream, .observer = observer,
                       .stop = stop, .until_days = until_days};
    return rlp_walk(&walk, kernel, self);
}

const rlp_engine_class_t rlp_engine_leap = {
    .name = "leap",
    .sentence = "Kendall's law per step, transitions by Strang splitting: bias of order 2 below engine.error, none without transitions; cost grows with steps",
    .exact = false,
    .accepts = accepts,
    .prepare = prepare,
    .advance = advance,
    .release = release,
};
