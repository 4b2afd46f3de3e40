/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "foresight.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kendall_law.h"
#include "relapse/memory.h"

#define STEP_CHANGE 0.5 /* a step of the way back is no longer than it takes a type to change by e^0.5 ... */
#define STEPS_MAX 64.0  /* ... nor more than so many in a segment: costs are wanted to some ten per cent */
#define EXPONENT_MAX 300.0
#define VALUE_MAX 1e250
#define CROWDED_BIRTHS 1.0 /* with a capacity: births a cell in one step of the mean map */
#define COUNTING_STEP_DAYS 4.0

int rlp_foresight_init(rlp_foresight_t *f, const rlp_process_t *p) {
    memset(f, 0, sizeof *f);
    f->process = p;
    bool crowded = p->capacity_law != RLP_CAPACITY_NONE;
    int rc = crowded ? rlp_mean_map_init(&f->map, p) : RLP_NEW(f->stretches, RLP_FORESIGHT_STRETCHES);
    if (!rc && crowded) rc = RLP_NEW(f->mean, p->n_types);
    if (!rc && !crowded) rc = RLP_NEW(f->net, p->n_types);
    if (!rc && !crowded) rc = RLP_NEW(f->growth, p->n_types);
    if (!rc && !crowded) rc = RLP_NEW(f->integral, p->n_types);
    if (!rc && !crowded) rc = RLP_NEW(f->inflow, p->n_types);
    if (!rc && !crowded) rc = RLP_NEW(f->next, p->n_types);
    if (rc) rlp_foresight_free(f);
    return rc;
}

void rlp_foresight_free(rlp_foresight_t *f) {
    for (size_t k = 0; f->stretches && k < RLP_FORESIGHT_STRETCHES; k++) free(f->stretches[k].v);
    if (f->mean) rlp_mean_map_free(&f->map);
    void *owned[] = {f->stretches, f->net, f->growth, f->integral, f->inflow, f->next, f->mean};
    for (size_t k = 0; k < sizeof owned / sizeof *owned; k++) free(owned[k]);
    memset(f, 0, sizeof *f);
}

/* ---- without capacity: backwards, for one cell of each type ------------------------------------------------------------------- */

/* Growth of each type by itself; returns how fast the fastest changes. */
static double set_net(rlp_foresight_t *f, size_t rates) {
    const rlp_process_t *p = f->process;
    const double *birth = rlp_process_birth(p, rates), *death = rlp_process_death(p, rates), *channel = rlp_process_channel(p, rates);
    double fastest = 0;
    for (size_t i = 0; i < p->n_types; i++) f->net[i] = birth[i] - death[i];
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].kind == RLP_CHANNEL_SWITCH || p->channels[c].kind == RLP_CHANNEL_DIVISION)
            f->net[p->channels[c].from] -= channel[c] * (p->channels[c].kind == RLP_CHANNEL_DIVISION ? birth[p->channels[c].from] : 1);
    for (size_t i = 0; i < p->n_types; i++) fastest = fmax(fastest, fabs(f->net[i]));
    return fastest;
}

static void set_growth(rlp_foresight_t *f, double h) {
    for (size_t i = 0; i < f->process->n_types; i++) {
        double grown = expm1(fmin(f->net[i] * h, EXPONENT_MAX));
        f->growth[i] = 1 + grown;
        f->integral[i] = grown == 0 ? h : grown / f->net[i];
    }
}

/* What happens to one cell a day, and what its transitions lead to by the values v of their targets. */
static void set_inflow(rlp_foresight_t *f, size_t rates, int what, const double *v) {
    const rlp_process_t *p = f->process;
    const double *birth = rlp_process_birth(p, rates), *death = rlp_process_death(p, rates), *channel = rlp_process_channel(p, rates);
    for (size_t i = 0; i < p->n_types; i++) f->inflow[i] = what == RLP_FORESEEN_EVENTS ? birth[i] + death[i] : 0;
    for (size_t c = 0; c < p->n_channels; c++) {
        const rlp_channel_t *k = &p->channels[c];
        if (k->kind == RLP_CHANNEL_IMMIGRATION || channel[c] <= 0) continue;
        bool division = k->kind == RLP_CHANNEL_DIVISION; /* a birth, counted there */
        double counted = what == RLP_FORESEEN_MARKS || (what == RLP_FORESEEN_EVENTS && !division) ? 1 : 0;
        f->inflow[k->from] += channel[c] * (division ? birth[k->from] : 1) * (v[k->to] + counted);
    }
}

/* One step back of h: types by themselves to the letter, transitions at the mean of their targets' values at both ends. */
static void step_back(rlp_foresight_t *f, size_t rates, double h, double *v, double *immigrants) {
    const rlp_process_t *p = f->process;
    const double *channel = rlp_process_channel(p, rates);
    size_t n = p->n_types;
    for (int what = 0; what < RLP_FORESEEN; what++) {
        double *old = v + (size_t)what * n;
        memcpy(f->next, old, n * sizeof *old);
        for (int turn = 0; turn < 2; turn++) {
            set_inflow(f, rates, what, f->next);
            for (size_t i = 0; i < n; i++) {
                double now = fmin(old[i] * f->growth[i] + f->inflow[i] * f->integral[i], VALUE_MAX);
                f->next[i] = turn ? now : (old[i] + now) / 2;
            }
        }
        for (size_t c = 0; c < p->n_channels; c++)
            if (p->channels[c].kind == RLP_CHANNEL_IMMIGRATION && channel[c] > 0)
                immigrants[what] += channel[c] * h * ((old[p->channels[c].to] + f->next[p->channels[c].to]) / 2 + (what == RLP_FORESEEN_EVENTS)); /* kendall does not pay for them one by one */
        memcpy(old, f->next, n * sizeof *old);
    }
}

static void foresee(rlp_foresight_t *f, rlp_foreseen_t *s) {
    const rlp_process_t *p = f->process;
    size_t n = p->n_types, last = s->segment;
    for (size_t k = 0; k < RLP_FORESEEN * n; k++) s->v[k] = k >= RLP_FORESEEN_CELLS * n;
    memset(s->immigrants, 0, sizeof s->immigrants);
    while (last + 1 < p->n_segments && p->segments[last + 1].start_days < s->to_days) last++;
    double end = s->to_days;
    for (size_t k = last + 1; k-- > s->segment;) {
        double start = fmax(p->segments[k].start_days, s->from_days);
        double steps = fmin(fmax(1, ceil((end - start) * set_net(f, p->segments[k].rates) / STEP_CHANGE)), STEPS_MAX);
        set_growth(f, (end - start) / steps);
        for (double done = 0; done < steps; done++) step_back(f, p->segments[k].rates, (end - start) / steps, s->v, s->immigrants);
        end = start;
    }
}

static int stretch_of(rlp_foresight_t *f, size_t segment, double from_days, double to_days, const rlp_foreseen_t **out) {
    uint64_t bits[2];
    memcpy(&bits[0], &from_days, sizeof *bits);
    memcpy(&bits[1], &to_days, sizeof *bits);
    rlp_foreseen_t *s = &f->stretches[(bits[0] + 3 * bits[1]) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - RLP_FORESIGHT_BITS)]; /* round days differ in high bits alone */
    *out = s;
    if (s->v && s->segment == segment && s->from_days == from_days && s->to_days == to_days) return RLP_OK;
    int rc = s->v ? RLP_OK : RLP_NEW(s->v, RLP_FORESEEN * f->process->n_types);
    if (rc) return rc;
    s->segment = segment;
    s->from_days = from_days;
    s->to_days = to_days;
    foresee(f, s);
    return RLP_OK;
}

/* ---- with a capacity: forward, from the state --------------------------------------------------------------------------------- */
static void go_forward(rlp_foresight_t *f, const rlp_state_t *state, size_t segment, double to_days, double foreseen[RLP_FORESEEN]) {
    const rlp_process_t *p = f->process;
    double t = state->t_days;
    memset(foreseen, 0, RLP_FORESEEN * sizeof *foreseen);
    for (size_t i = 0; i < p->n_types; i++) f->mean[i] = (double)state->cells[i];
    for (size_t s = segment; t < to_days; s++) {
        const double *birth = rlp_process_birth(p, p->segments[s].rates);
        double end = s + 1 < p->n_segments ? fmin(p->segments[s + 1].start_days, to_days) : to_days, fastest = 0;
        for (size_t i = 0; i < p->n_types; i++) fastest = fmax(fastest, birth[i]);
        double steps = fmin(fmax(1, ceil((end - t) * fastest / CROWDED_BIRTHS)), STEPS_MAX);
        rlp_mean_map_run(&f->map, p->segments[s].rates, end - t, (size_t)steps, f->mean, &foreseen[RLP_FORESEEN_EVENTS]);
        t = end;
    }
    foreseen[RLP_FORESEEN_MARKS] = NAN; /* kendall cannot do a capacity */
    for (size_t i = 0; i < p->n_types; i++) foreseen[RLP_FORESEEN_CELLS] += f->mean[i];
}

int rlp_foresight_of(rlp_foresight_t *f, const rlp_state_t *state, size_t segment, double to_days, double foreseen[RLP_FORESEEN]) {
    const rlp_foreseen_t *s;
    size_t n = f->process->n_types;
    if (f->mean) {
        go_forward(f, state, segment, to_days, foreseen);
        return RLP_OK;
    }
    int rc = stretch_of(f, segment, state->t_days, to_days, &s);
    if (rc) return rc;
    memcpy(foreseen, s->immigrants, sizeof s->immigrants);
    for (size_t i = 0; i < n; i++) {
        if (!state->cells[i]) continue;
        double cells = (double)state->cells[i];
        for (int what = 0; what < RLP_FORESEEN; what++) foreseen[what] += cells * s->v[(size_t)what * n + i];
    }
    return RLP_OK;
}

/* ---- over a whole timeline ------------------------------------------------------------------------------------------------------ */

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
