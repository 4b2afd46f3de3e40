/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "safe_jump.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"

#define LOG_IMPOSSIBLE 27.631021115928547 /* -ln 1e-12 */
#define DIP_SIGMAS 2.0
#define DIP_GROWTH 0.1 /* the mean path is looked at so often that no type changes by more than a factor e^0.1 in between */
#define DIP_LOOKS_MAX 1000

int rlp_safe_jump_init(rlp_safe_jump_t *self, const rlp_process_t *p, double error) {
    memset(self, 0, sizeof *self);
    self->process = p;
    self->error = error;
    int rc = RLP_NEW(self->birth, p->n_types);
    if (!rc) rc = RLP_NEW(self->events, p->n_types);
    if (!rc) rc = RLP_NEW(self->net, p->n_types);
    if (!rc) rc = RLP_NEW(self->channel, p->n_channels);
    if (!rc) rc = RLP_NEW(self->v, p->n_types);
    if (!rc) rc = RLP_NEW(self->guess, p->n_types);
    if (!rc) rc = RLP_NEW(self->gain, p->n_types);
    if (!rc) rc = RLP_NEW(self->mean, p->n_types);
    if (!rc) rc = rlp_mean_map_init(&self->map, p);
    return rc;
}

void rlp_safe_jump_free(rlp_safe_jump_t *self) {
    void *owned[] = {self->birth, self->events, self->net, self->channel, self->v, self->guess, self->gain, self->mean};
    for (size_t k = 0; k < sizeof owned / sizeof *owned; k++) free(owned[k]);
    rlp_mean_map_free(&self->map);
    memset(self, 0, sizeof *self);
}

/* The worst of one row of rates: births, net growth and channels at their largest. */
static void add_row(rlp_safe_jump_t *self, size_t row) {
    const rlp_process_t *p = self->process;
    const double *birth = rlp_process_birth(p, row), *death = rlp_process_death(p, row), *channel = rlp_process_channel(p, row);
    double *net = self->mean; /* of this row */
    for (size_t i = 0; i < p->n_types; i++) net[i] = birth[i] - death[i];
    for (size_t c = 0; c < p->n_channels; c++) {
        const rlp_channel_t *k = &p->channels[c];
        double rate = channel[c] * (k->kind == RLP_CHANNEL_DIVISION ? birth[k->from] : 1);
        self->channel[c] = fmax(self->channel[c], rate);
        if (k->kind == RLP_CHANNEL_DIVISION || k->kind == RLP_CHANNEL_SWITCH) net[k->from] -= rate; /* division without mutation; a switch leaves */
    }
    for (size_t i = 0; i < p->n_types; i++) {
        self->birth[i] = fmax(self->birth[i], birth[i]);
        self->events[i] = fmax(self->events[i], birth[i] + death[i]);
        self->net[i] = fmax(self->net[i], net[i]);
    }
}

static void gather_rates(rlp_safe_jump_t *self, const rlp_walk_t *walk, double end_days) {
    const rlp_process_t *p = self->process;
    for (size_t i = 0; i < p->n_types; i++) {
        self->birth[i] = self->events[i] = 0;
        self->net[i] = -INFINITY;
    }
    memset(self->channel, 0, p->n_channels * sizeof *self->channel);
    size_t seen = RLP_NONE;
    for (size_t s = walk->state->segment - 1; s < p->n_segments && (s < walk->state->segment || p->segments[s].start_days < end_days); s++) {
        if (p->segments[s].rates != seen) add_row(self, p->segments[s].rates);
        seen = p->segments[s].rates;
    }
}

/* v(h) from the guess V. False: some v(h) > V. */
static bool certify(rlp_safe_jump_t *self, const rlp_watch_t *watch, double z_minus_1, double h) {
    const rlp_process_t *p = self->process;
    bool certain = true;
    for (size_t i = 0; i < p->n_types; i++) {
        self->gain[i] = 0;
        self->v[i] = self->net[i] + self->birth[i] * self->guess[i]; /* the linear rate */
    }
    for (size_t c = 0; c < p->n_channels; c++) {
        const rlp_channel_t *k = &p->channels[c];
        if (k->kind == RLP_CHANNEL_IMMIGRATION) continue;
        double gain = self->channel[c] * self->guess[k->to];
        self->gain[k->from] += gain;
        if (k->kind != RLP_CHANNEL_SWITCH) self->v[k->from] += gain;
    }
    for (size_t i = 0; i < p->n_types; i++) {
        double rate = self->v[i], start = watch->of[i] ? z_minus_1 : 0, slope = self->gain[i] + rate * start, grown = expm1(rate * h);
        self->v[i] = slope <= 0 ? start : start + slope * (rate == 0 ? h : grown / rate);
        certain = certain && self->v[i] <= self->guess[i];
    }
    return certain;
}

/* ln of the bound at z; *rise: the rise of the watched count that the bound allows for, in cells. INFINITY: no v certified. */
static double log_bound(rlp_safe_jump_t *self, const rlp_walk_t *walk, const rlp_watch_t *watch, double z_minus_1, double h, double cells, double *rise) {
    const rlp_process_t *p = self->process;
    double fastest = 0, sum = 0, started = 0;
    for (size_t i = 0; i < p->n_types; i++) fastest = fmax(fastest, self->net[i]);
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].from != RLP_NONE) fastest = fmax(fastest, self->net[p->channels[c].from] + self->channel[c]);
    for (size_t i = 0; i < p->n_types; i++) self->guess[i] = 4 * z_minus_1 * exp(fastest * h);
    bool certain = certify(self, watch, z_minus_1, h);
    for (int turn = 0; turn < 2 && certain; turn++) { /* the map from V to v(h) is monotone: a certified v is a better guess */
        memcpy(self->guess, self->v, p->n_types * sizeof *self->guess);
        certify(self, watch, z_minus_1, h);
    }
    if (!certain) return INFINITY;
    for (size_t i = 0; i < p->n_types; i++) {
        double n = (double)walk->state->cells[i];
        if (n > 0) sum += n * log1p(self->v[i]);
        if (watch->of[i]) started += n;
    }
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].from == RLP_NONE) sum += self->channel[c] * h * self->guess[p->channels[c].to];
    *rise = sum / log1p(z_minus_1) - started;
    return sum - cells * log1p(z_minus_1);
}

/* Can the watched count not reach its threshold? z is the best one where normal deviates would be just far enough: 2 ln(1e12)/(distance). */
static bool below_threshold(rlp_safe_jump_t *self, const rlp_walk_t *walk, const rlp_watch_t *watch, double h) {
    const rlp_process_t *p = self->process;
    double cells = watch->threshold, gap, rise = 0;
    for (size_t i = 0; i < p->n_types; i++) {
        if (!watch->of[i]) continue;
        cells -= watch->with_dead ? rlp_state_dead(walk->state, p, i, walk->state->t_days) : 0; /* which only clears */
    }
    gap = cells;
    for (size_t i = 0; i < p->n_types; i++) gap -= watch->of[i] ? (double)walk->state->cells[i] : 0;
    for (int turn = 0; turn < 3; turn++) {
        if (!(gap - rise > 0)) return false;
        double bound = log_bound(self, walk, watch, 2 * LOG_IMPOSSIBLE / (gap - rise), h, cells, &rise);
        if (bound <= -LOG_IMPOSSIBLE) return true;
        if (bound == INFINITY) return false;
    }
    return false;
}

static double living(const rlp_safe_jump_t *self, const rlp_watch_t *watch) {
    double sum = 0;
    for (size_t i = 0; i < self->process->n_types; i++) sum += watch->of[i] ? self->mean[i] : 0;
    return sum;
}

/* The least of the mean path, living and dead, over the jump, and its end. */
static double least_mean(rlp_safe_jump_t *self, const rlp_walk_t *walk, const rlp_watch_t *watch, double end_days, double *last) {
    const rlp_process_t *p = self->process;
    double t = walk->state->t_days, least = INFINITY;
    for (size_t i = 0; i < p->n_types; i++) self->mean[i] = (double)walk->state->cells[i];
    for (size_t s = walk->state->segment - 1; t < end_days; s++) {
        double end = fmin(end_days, s + 1 < p->n_segments ? p->segments[s + 1].start_days : INFINITY), fastest = 0;
        const double *birth = rlp_process_birth(p, p->segments[s].rates), *death = rlp_process_death(p, p->segments[s].rates);
        for (size_t i = 0; i < p->n_types; i++)
            if (watch->of[i] && self->mean[i] > 0) fastest = fmax(fastest, fabs(birth[i] - death[i]));
        double n = fmin(fmax(1, ceil(fmax(fastest, watch->with_dead ? p->clearance_per_day : 0) * (end - t) / DIP_GROWTH)), DIP_LOOKS_MAX), h = (end - t) / n;
        for (double k = 1; k <= n; k++) {
            double now = k < n ? t + k * h : end;
            rlp_mean_map_run(&self->map, p->segments[s].rates, h, 1, self->mean, NULL);
            *last = living(self, watch);
            for (size_t i = 0; i < p->n_types && watch->with_dead; i++) *last += watch->of[i] ? rlp_state_dead(walk->state, p, i, now) : 0;
            least = fmin(least, *last);
        }
        t = end;
    }
    return least;
}

static bool above_nadir(rlp_safe_jump_t *self, const rlp_walk_t *walk, const rlp_watch_t *watch, double end_days) {
    double last = 0, variance = 0, h = end_days - walk->state->t_days;
    if (watch->rule == RLP_WATCH_LEVEL) return true;
    double least = least_mean(self, walk, watch, end_days, &last), sum = fmax(living(self, watch), 1);
    for (size_t i = 0; i < self->process->n_types; i++)
        if (watch->of[i]) variance += self->events[i] * h * self->mean[i] / sum;
    variance *= least; /* of what lives about the lowest point */
    return least - DIP_SIGMAS * sqrt(variance) >= fmin(watch->nadir, last) * (1 - self->error / 2);
}

bool rlp_safe_jump(rlp_safe_jump_t *self, const rlp_walk_t *walk, double end_days) {
    gather_rates(self, walk, end_days);
    for (size_t w = 0; w < walk->n_watches; w++)
        if (!below_threshold(self, walk, &walk->watches[w], end_days - walk->state->t_days) || !above_nadir(self, walk, &walk->watches[w], end_days)) return false;
    return true;
}
