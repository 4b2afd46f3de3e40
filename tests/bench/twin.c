/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "twin.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int twin_init(twin_t *twin, const rlp_process_t *p) {
    memset(twin, 0, sizeof *twin);
    twin->process = p;
    twin->reactions = calloc(2 * p->n_types + p->n_channels, sizeof *twin->reactions);
    twin->propensity = calloc(2 * p->n_types + p->n_channels, sizeof *twin->propensity);
    twin->cells = calloc(p->n_types, sizeof *twin->cells);
    if (!twin->reactions || !twin->propensity || !twin->cells) return -1;
    twin_start(twin);
    return 0;
}

void twin_free(twin_t *twin) {
    free(twin->reactions);
    free(twin->propensity);
    free(twin->cells);
}

void twin_start(twin_t *twin) {
    twin->total = 0;
    for (size_t i = 0; i < twin->process->n_types; i++) twin->total += twin->cells[i] = twin->process->start_cells[i];
    twin->t_days = 0;
    twin->events = 0;
    twin->segment = 0;
    twin->rates = RLP_NONE;
}

/* One reaction for each birth, each death and each channel. */
static void set_rates(twin_t *twin, size_t rates) {
    const rlp_process_t *p = twin->process;
    const double *birth = rlp_process_birth(p, rates), *death = rlp_process_death(p, rates), *channel = rlp_process_channel(p, rates);
    size_t n = p->n_types;
    if (twin->rates == rates) return;
    twin->rates = rates;
    for (size_t i = 0; i < n; i++) {
        twin->reactions[i] = (struct reaction){.rate = birth[i], .of = i, .division = 1, .gains = i, .loses = RLP_NONE};
        twin->reactions[n + i] = (struct reaction){.rate = death[i], .of = i, .gains = RLP_NONE, .loses = i};
    }
    for (size_t c = 0; c < p->n_channels; c++) {
        const rlp_channel_t *k = &p->channels[c];
        struct reaction *r = &twin->reactions[2 * n + c];
        *r = (struct reaction){.rate = channel[c], .of = k->from, .gains = k->to, .loses = k->kind == RLP_CHANNEL_SWITCH ? k->from : RLP_NONE};
        if (k->kind != RLP_CHANNEL_DIVISION) continue;
        r->division = 1;
        r->rate *= birth[k->from];
        twin->reactions[k->from].rate -= r->rate;
    }
    for (size_t i = 0; i < n; i++) twin->reactions[i].rate = fmax(0, twin->reactions[i].rate);
    twin->n = 2 * n + p->n_channels;
}

static double sum_propensities(twin_t *twin) {
    double sum = 0, crowding = rlp_process_crowding(twin->process, (double)twin->total);
    for (size_t k = 0; k < twin->n; k++) {
        const struct reaction *r = &twin->reactions[k];
        twin->propensity[k] = r->rate * (r->of == RLP_NONE ? 1 : (double)twin->cells[r->of]) * (r->division ? crowding : 1);
        sum += twin->propensity[k];
    }
    return sum;
}

static void react(twin_t *twin, double x) {
    size_t k = 0;
    while (k + 1 < twin->n && x >= twin->propensity[k]) x -= twin->propensity[k++];
    while (k && twin->propensity[k] <= 0) k--; /* rounding at the end */
    const struct reaction *r = &twin->reactions[k];
    if (r->gains != RLP_NONE) twin->cells[r->gains]++, twin->total++;
    if (r->loses != RLP_NONE) twin->cells[r->loses]--, twin->total--;
    twin->events++;
}

static void survive(twin_t *twin, gsl_rng *rng, size_t row) {
    for (size_t i = 0; i < twin->process->n_types; i++) {
        double p = twin->process->survive[row * twin->process->n_types + i];
        int64_t living = 0;
        for (int64_t cell = 0; cell < twin->cells[i]; cell++) living += gsl_rng_uniform(rng) < p;
        twin->total += living - twin->cells[i];
        twin->cells[i] = living;
    }
}

int twin_run(twin_t *twin, gsl_rng *rng, double until_days, int64_t level) {
    const rlp_process_t *p = twin->process;
    for (;;) {
        for (; twin->segment < p->n_segments && p->segments[twin->segment].start_days <= twin->t_days; twin->segment++) {
            if (p->segments[twin->segment].survive != RLP_NONE) survive(twin, rng, p->segments[twin->segment].survive);
            set_rates(twin, p->segments[twin->segment].rates);
        }
        double end = twin->segment < p->n_segments ? fmin(until_days, p->segments[twin->segment].start_days) : until_days;
        for (;;) {
            double sum = sum_propensities(twin);
            double t = sum > 0 ? twin->t_days + gsl_ran_exponential(rng, 1 / sum) : INFINITY;
            if (t >= end) break;
            twin->t_days = t;
            react(twin, gsl_rng_uniform(rng) * sum);
            if (level && twin->total >= level) return 1;
        }
        twin->t_days = end;
        if (end >= until_days) return 0;
    }
}
