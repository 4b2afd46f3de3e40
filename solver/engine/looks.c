/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "looks.h"

#include <math.h>

#define LOOK_SHORTEST_DAYS 0.02

double rlp_look_days(double error, double t_days) { return fmax(error * t_days, LOOK_SHORTEST_DAYS); }

void rlp_look_before(const rlp_walk_t *walk, double measures[RLP_WATCHES_MAX]) {
    for (size_t w = 0; w < walk->n_watches; w++) measures[w] = rlp_watch_measure(&walk->watches[w], walk->state, walk->process);
}

/* When within the step a measure that went from v0 to v1 passed the threshold: as if it grew exponentially. */
static double crossing(double t0, double h, double v0, double v1, double threshold) {
    if (v0 >= threshold || v1 <= v0) return v0 >= threshold ? t0 : t0 + h;
    double share = v0 > 0 ? log(threshold / v0) / log(v1 / v0) : (threshold - v0) / (v1 - v0);
    return t0 + h * fmin(1, fmax(0, share));
}

void rlp_look_after(rlp_walk_t *walk, double t0_days, double h, const double before[RLP_WATCHES_MAX]) {
    for (size_t w = 0; w < walk->n_watches; w++) {
        rlp_watch_t *watch = &walk->watches[w];
        double now = rlp_watch_measure(watch, walk->state, walk->process), threshold = watch->threshold;
        if (rlp_watch_sees(watch, now)) rlp_walk_fire(walk, w, crossing(t0_days, h, before[w], now, threshold));
    }
}

double rlp_look_events(const rlp_process_t *p, size_t rates, const int64_t *cells, const double *growth, double h) {
    const double *channel = rlp_process_channel(p, rates), *birth = rlp_process_birth(p, rates), *death = rlp_process_death(p, rates);
    double rate = 0;
    for (size_t i = 0; i < p->n_types; i++) rate += (double)cells[i] * (growth ? fmax(1, growth[i]) : 1) * (birth[i] + death[i]);
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].kind != RLP_CHANNEL_DIVISION) rate += channel[c] * (p->channels[c].from == RLP_NONE ? 1 : (double)cells[p->channels[c].from]);
    return rate * h;
}
