/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "switching.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"

#define TAIL 1e-20 /* of the uniformisation series, absolute: a probability of 1e-12 keeps eight digits */

/* Types that `type` can reach by switches, in index order, itself last; marks[] is work. Returns how many. */
static size_t find_reach(const rlp_switching_t *s, size_t type, unsigned char *marks, size_t *reach) {
    const rlp_process_t *p = s->process;
    memset(marks, 0, p->n_types);
    marks[type] = 1;
    for (bool more = true; more;) {
        more = false;
        for (size_t k = 0; k < s->n_switches; k++) {
            const rlp_channel_t *channel = &p->channels[s->switches[k]];
            if (marks[channel->from] && !marks[channel->to]) marks[channel->to] = more = true;
        }
    }
    size_t n = 0;
    for (size_t i = 0; i < p->n_types; i++)
        if (marks[i] && i != type) reach[n++] = i;
    reach[n++] = type;
    return n;
}

static int find_structure(rlp_switching_t *s, unsigned char *marks, size_t *reach) {
    size_t n_types = s->process->n_types, n_reach = 0, n_own = 0, reach_capacity = 0, own_capacity = 0;
    for (size_t i = 0; i < n_types; i++) {
        size_t n = find_reach(s, i, marks, reach);
        int rc = RLP_GROW(s->reach, reach_capacity, n_reach + n);
        if (!rc) rc = RLP_GROW(s->own, own_capacity, n_own + s->n_switches);
        if (rc) return rc;
        memcpy(s->reach + n_reach, reach, n * sizeof *reach);
        s->reach_start[i + 1] = n_reach += n;
        for (size_t k = 0; k < s->n_switches; k++)
            if (marks[s->process->channels[s->switches[k]].from]) s->own[n_own++] = s->switches[k];
        s->own_start[i + 1] = n_own;
    }
    return RLP_NEW(s->probability, n_reach);
}

int rlp_switching_init(rlp_switching_t *s, const rlp_process_t *p) {
    unsigned char *marks = NULL;
    size_t *reach = NULL;
    memset(s, 0, sizeof *s);
    s->process = p;
    int rc = RLP_NEW(s->switches, p->n_channels);
    for (size_t c = 0; c < p->n_channels && !rc; c++)
        if (p->channels[c].kind == RLP_CHANNEL_SWITCH) s->switches[s->n_switches++] = c;
    if (!rc) rc = RLP_NEW(s->reach_start, p->n_types + 1);
    if (!rc) rc = RLP_NEW(s->own_start, p->n_types + 1);
    if (!rc) rc = RLP_NEW(s->vector, p->n_types);
    if (!rc) rc = RLP_NEW(s->next, p->n_types);
    if (!rc) rc = RLP_NEW(marks, p->n_types);
    if (!rc) rc = RLP_NEW(reach, p->n_types);
    if (!rc) rc = find_structure(s, marks, reach);
    free(marks);
    free(reach);
    if (rc) rlp_switching_free(s);
    return rc;
}

void rlp_switching_free(rlp_switching_t *s) {
    free(s->switches);
    free(s->reach_start);
    free(s->reach);
    free(s->probability);
    free(s->own_start);
    free(s->own);
    free(s->vector);
    free(s->next);
    memset(s, 0, sizeof *s);
}

/* next = vector (1 + Q/L) over the reach; every entry a sum of non-negative terms. */
static void jump(const rlp_switching_t *s, const size_t *reach, size_t n, const size_t *own, size_t n_own, const double *rate, double fastest) {
    for (size_t k = 0; k < n; k++) s->next[reach[k]] = 0;
    for (size_t k = 0; k < n; k++) {
        size_t i = reach[k];
        double leaves = 0;
        if (s->vector[i] == 0) continue;
        for (size_t o = 0; o < n_own; o++) {
            const rlp_channel_t *channel = &s->process->channels[own[o]];
            if (channel->from != i) continue;
            leaves += rate[own[o]];
            s->next[channel->to] += s->vector[i] * (rate[own[o]] / fastest);
        }
        s->next[i] += s->vector[i] * fmax(0, 1 - leaves / fastest);
    }
}

/* out = start exp(Q h), Lh <= 1. */
static void carry(rlp_switching_t *s, const size_t *reach, size_t n, const size_t *own, size_t n_own, const double *rate, double fastest, double h,
                  double *out) {
    double weight = exp(-fastest * h);
    for (size_t k = 0; k < n; k++) out[k] = weight * s->vector[reach[k]];
    for (size_t term = 1; weight > TAIL || term < 4; term++) {
        jump(s, reach, n, own, n_own, rate, fastest);
        double *swap = s->vector;
        s->vector = s->next;
        s->next = swap;
        weight *= fastest * h / (double)term;
        for (size_t k = 0; k < n; k++) out[k] += weight * s->vector[reach[k]];
    }
}

void rlp_switching_set(rlp_switching_t *s, size_t type, size_t rates, double h) {
    const size_t *reach = s->reach + s->reach_start[type], *own = s->own + s->own_start[type];
    size_t n = s->reach_start[type + 1] - s->reach_start[type], n_own = s->own_start[type + 1] - s->own_start[type];
    const double *rate = rlp_process_channel(s->process, rates);
    double *out = s->probability + s->reach_start[type], fastest = 0;
    for (size_t k = 0; k < n; k++) {
        double leaves = 0;
        for (size_t o = 0; o < n_own; o++)
            if (s->process->channels[own[o]].from == reach[k]) leaves += rate[own[o]];
        fastest = fmax(fastest, leaves);
        s->vector[reach[k]] = reach[k] == type;
        out[k] = reach[k] == type;
    }
    if (fastest * h <= 0) return;
    double cuts = ceil(fastest * h);
    for (double cut = 0; cut < cuts; cut++) {
        for (size_t k = 0; k < n && cut > 0; k++) s->vector[reach[k]] = out[k];
        carry(s, reach, n, own, n_own, rate, fastest, h / cuts, out);
    }
}
