/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "looks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engines.h"
#include "kendall_law.h"
#include "mean_map.h"
#include "relapse/memory.h"

#define LOOK_SIGMAS 8.0 /* a crossing within the step is impossible in practice beyond so many standard deviations */
#define LOOK_CELLS 20.0 /* ... and so many times the mean size of a line that lives: its tail is geometric */
#define DIP_SIGMAS 2.0  /* a nadir within the step lies no lower than the least mean less so many standard deviations */
#define LOOK_SHORTEST_DAYS 0.02

int rlp_looks_init(rlp_looks_t *looks, const rlp_process_t *p, double error) {
    memset(looks, 0, sizeof *looks);
    looks->process = p;
    looks->error = error;
    looks->rates = RLP_NONE;
    int rc = RLP_NEW(looks->pure, p->n_types);
    if (!rc) rc = RLP_NEW(looks->l, p->n_types);
    if (!rc) rc = RLP_NEW(looks->e, p->n_types);
    if (!rc) rc = RLP_NEW(looks->integral, p->n_types);
    if (rc) rlp_looks_free(looks);
    return rc;
}

void rlp_looks_free(rlp_looks_t *looks) {
    free(looks->pure);
    free(looks->l);
    free(looks->e);
    free(looks->integral);
    memset(looks, 0, sizeof *looks);
}

bool rlp_looks_prepare(rlp_looks_t *looks, size_t rates, double h, double crowding) {
    const rlp_process_t *p = looks->process;
    if (looks->rates == rates && looks->h == h && looks->crowding == crowding) return false;
    const double *death = rlp_process_death(p, rates);
    if (looks->rates != rates) rlp_pure_births(p, rates, looks->pure);
    for (size_t i = 0; i < p->n_types; i++) {
        looks->l[i] = looks->pure[i] * crowding - death[i];
        double most = looks->l[i] * h > RLP_GROWTH_MAX ? RLP_GROWTH_MAX / looks->l[i] : h;
        looks->e[i] = exp(looks->l[i] * most);
        looks->integral[i] = rlp_growth_integral(looks->l[i], most);
    }
    looks->h = h;
    looks->crowding = crowding;
    looks->rates = rates;
    return true;
}

/* Could a watch fire within the next h days? Bounds the living cells by their mean, standard deviations and a few cells. */
static bool near_threshold(const rlp_looks_t *looks, const rlp_walk_t *walk, const rlp_watch_t *watch) {
    const rlp_process_t *p = looks->process;
    const double *channel = rlp_process_channel(p, looks->rates), *birth = rlp_process_birth(p, looks->rates), *death = rlp_process_death(p, looks->rates);
    double mean = 0, variance = 0, growth = 1, line = 1, h = looks->h, lift = looks->swing > 0 ? exp(looks->swing) : 1;
    for (size_t i = 0; i < p->n_types; i++) {
        double cells = (double)walk->state->cells[i], e = fmax(1, looks->e[i]) * lift;
        growth = fmax(growth, e);
        line = fmax(line, 1 + birth[i] * looks->integral[i] * lift);
        if (!watch->of[i]) continue;
        mean += cells * e;
        variance += cells * e * e * (birth[i] + death[i]) * h;
        if (watch->with_dead) mean += rlp_state_dead(walk->state, p, i, walk->state->t_days);
    }
    for (size_t c = 0; c < p->n_channels; c++) {
        const rlp_channel_t *k = &p->channels[c];
        if (!watch->of[k->to] || (k->from != RLP_NONE && watch->of[k->from] && looks->e[k->to] <= fmax(1, looks->e[k->from]))) continue;
        double cells = k->from == RLP_NONE ? 1 : (double)walk->state->cells[k->from] * growth, days = k->kind == RLP_CHANNEL_SWITCH ? h + looks->owed_days : h;
        double arrivals = channel[c] * (k->kind == RLP_CHANNEL_DIVISION ? birth[k->from] : 1) * cells * days * growth;
        mean += arrivals;
        variance += arrivals * growth;
    }
    return mean + LOOK_SIGMAS * sqrt(variance) + LOOK_CELLS * line >= watch->threshold;
}

/* Could the burden fall below the nadir that the watch knows, by more than engine.error allows, and rise again within the next h days? */
static bool near_nadir(const rlp_looks_t *looks, const rlp_walk_t *walk, const rlp_watch_t *watch) {
    const rlp_process_t *p = looks->process;
    const double *channel = rlp_process_channel(p, looks->rates), *birth = rlp_process_birth(p, looks->rates), *death = rlp_process_death(p, looks->rates);
    double least = 0, variance = 0, h = looks->h;
    if (watch->rule == RLP_WATCH_LEVEL) return false;
    for (size_t i = 0; i < p->n_types; i++) {
        double cells = (double)walk->state->cells[i], l = looks->l[i];
        if (!watch->of[i]) continue;
        for (size_t c = 0; c < p->n_channels; c++)
            if (p->channels[c].kind == RLP_CHANNEL_SWITCH && p->channels[c].from == i) l -= channel[c];
        least += cells * exp(fmin(0, l * h) - looks->dip);
        variance += cells * (birth[i] + death[i]) * h;
        if (watch->with_dead) least += rlp_state_dead(walk->state, p, i, walk->state->t_days + h);
    }
    return least - DIP_SIGMAS * sqrt(variance) < watch->nadir * (1 - looks->error / 2);
}

bool rlp_looks_near(const rlp_looks_t *looks, const rlp_walk_t *walk) {
    for (size_t w = 0; w < walk->n_watches; w++)
        if (near_threshold(looks, walk, &walk->watches[w]) || near_nadir(looks, walk, &walk->watches[w])) return true;
    return false;
}

double rlp_look_events(const rlp_process_t *p, size_t rates, const int64_t *cells, const double *growth, double h) {
    const double *channel = rlp_process_channel(p, rates), *birth = rlp_process_birth(p, rates), *death = rlp_process_death(p, rates);
    double rate = 0;
    for (size_t i = 0; i < p->n_types; i++) rate += (double)cells[i] * (growth ? fmax(1, growth[i]) : 1) * (birth[i] + death[i]);
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].kind != RLP_CHANNEL_DIVISION) rate += channel[c] * (p->channels[c].from == RLP_NONE ? 1 : (double)cells[p->channels[c].from]);
    return rate * h;
}

bool rlp_looks_afford(const rlp_looks_t *looks, const rlp_state_t *state) {
    return (double)state->events + rlp_look_events(looks->process, looks->rates, state->cells, looks->e, looks->h) <= RLP_DIRECT_EVENTS;
}

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

void rlp_look_after(rlp_walk_t *walk, double start_days, double h, const double measures[RLP_WATCHES_MAX]) {
    for (size_t w = 0; w < walk->n_watches; w++) {
        rlp_watch_t *watch = &walk->watches[w];
        double now = rlp_watch_measure(watch, walk->state, walk->process), threshold = watch->threshold;
        if (rlp_watch_sees(watch, now)) rlp_walk_fire(walk, w, crossing(start_days, h, measures[w], now, threshold));
    }
}
