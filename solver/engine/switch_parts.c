/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "switch_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"

#define ROUNDING 1e-13 /* of products of rates that were computed apart */

static size_t root(size_t *forest, size_t x) {
    while (forest[x] != x) x = forest[x] = forest[forest[x]];
    return x;
}

static void join(size_t *forest, size_t a, size_t b) {
    a = root(forest, a), b = root(forest, b);
    forest[a > b ? a : b] = a > b ? b : a;
}

static size_t find_switch(const rlp_switch_parts_t *g, size_t from, size_t to) {
    for (size_t k = g->first[from]; k < g->first[from + 1]; k++)
        if (g->process->channels[g->out[k]].to == to) return g->out[k];
    return RLP_NONE;
}

/* The far side of the square on e: i -> j and f: i -> k; else they are one part. */
static void join_pair(const rlp_switch_parts_t *g, size_t *forest, size_t e, size_t f) {
    size_t i = g->process->channels[e].from, j = g->process->channels[e].to, k = g->process->channels[f].to;
    for (size_t o = g->first[j]; o < g->first[j + 1] && j != k; o++) {
        size_t l = g->process->channels[g->out[o]].to, along = find_switch(g, k, l);
        if (l == i || along == RLP_NONE) continue;
        join(forest, e, along);
        join(forest, f, g->out[o]);
        return;
    }
    join(forest, e, f);
}

static void find_parts(rlp_switch_parts_t *g, size_t *forest) {
    const rlp_process_t *p = g->process;
    for (size_t c = 0; c < p->n_channels; c++) forest[c] = c;
    for (size_t i = 0; i < p->n_types; i++)
        for (size_t a = g->first[i]; a < g->first[i + 1]; a++) {
            size_t back = find_switch(g, p->channels[g->out[a]].to, i);
            if (back != RLP_NONE) join(forest, g->out[a], back);
            for (size_t b = g->first[i]; b < a; b++) join_pair(g, forest, g->out[a], g->out[b]);
        }
}

/* Numbers 0, 1, ... within each island of types that switches join: what never meets may share a number. A root is the least of its part. */
static void number_parts(rlp_switch_parts_t *g, size_t *forest, size_t *island, size_t *numbers) {
    const rlp_process_t *p = g->process;
    for (size_t i = 0; i < p->n_types; i++) island[i] = i, numbers[i] = 0;
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].kind == RLP_CHANNEL_SWITCH) join(island, p->channels[c].from, p->channels[c].to);
    for (size_t c = 0; c < p->n_channels; c++) {
        g->part_of[c] = RLP_NONE;
        if (p->channels[c].kind != RLP_CHANNEL_SWITCH) continue;
        g->part_of[c] = root(forest, c) == c ? numbers[root(island, p->channels[c].from)]++ : g->part_of[root(forest, c)];
        if (g->part_of[c] + 1 > g->n_parts) g->n_parts = g->part_of[c] + 1;
    }
}

int rlp_switch_parts_init(rlp_switch_parts_t *g, const rlp_process_t *p) {
    size_t *forest = NULL, *island = NULL, *numbers = NULL;
    *g = (rlp_switch_parts_t){.process = p};
    int rc = RLP_NEW(g->out, p->n_channels);
    if (!rc) rc = RLP_NEW(g->first, p->n_types + 1);
    if (!rc) rc = RLP_NEW(g->part_of, p->n_channels);
    if (!rc) rc = RLP_NEW(g->sum, p->n_types);
    if (!rc) rc = RLP_NEW(g->scale, p->n_types);
    if (!rc) rc = RLP_NEW(forest, p->n_channels);
    if (!rc) rc = RLP_NEW(island, p->n_types);
    if (!rc) rc = RLP_NEW(numbers, p->n_types);
    for (size_t i = 0, n = 0; i < p->n_types && !rc; i++) {
        for (size_t c = 0; c < p->n_channels; c++)
            if (p->channels[c].kind == RLP_CHANNEL_SWITCH && p->channels[c].from == i) g->out[n++] = c;
        g->first[i + 1] = n;
    }
    if (!rc) {
        find_parts(g, forest);
        number_parts(g, forest, island, numbers);
    } else
        rlp_switch_parts_free(g);
    free(forest);
    free(island);
    free(numbers);
    return rc;
}

void rlp_switch_parts_free(rlp_switch_parts_t *g) {
    free(g->out);
    free(g->first);
    free(g->part_of);
    free(g->sum);
    free(g->scale);
    memset(g, 0, sizeof *g);
}

static void add(rlp_switch_parts_t *g, size_t type, double x) {
    g->sum[type] += x;
    g->scale[type] += fabs(x);
}

/* Row i of the sum over parts a < b of w (A B - B A); the weights w, one a pair, keep pairs from cancelling. */
static void add_commutators(rlp_switch_parts_t *g, const double *rate, size_t i, size_t e, size_t f) {
    const rlp_channel_t *channels = g->process->channels;
    size_t a = g->part_of[e], b = g->part_of[f];
    if (a == b) return;
    double w = cos(1 + 7 * (double)(a < b ? a : b) + 13 * (double)(a < b ? b : a)), x = (a < b ? w : -w) * rate[e] * rate[f];
    if (channels[f].from != i) add(g, channels[f].to, x); /* e, then f */
    add(g, channels[e].to, channels[f].from == i ? x : -x); /* what leaves by f, before and after e */
}

bool rlp_switch_parts_commute(rlp_switch_parts_t *g, size_t rates) {
    const rlp_process_t *p = g->process;
    const double *rate = rlp_process_channel(p, rates);
    if (g->n_parts < 2) return false;
    for (size_t i = 0; i < p->n_types; i++) {
        memset(g->sum, 0, p->n_types * sizeof *g->sum);
        memset(g->scale, 0, p->n_types * sizeof *g->scale);
        for (size_t a = g->first[i]; a < g->first[i + 1]; a++) {
            size_t e = g->out[a], j = p->channels[e].to;
            for (size_t b = g->first[i]; b < g->first[i + 1]; b++) add_commutators(g, rate, i, e, g->out[b]);
            for (size_t b = g->first[j]; b < g->first[j + 1]; b++) add_commutators(g, rate, i, e, g->out[b]);
        }
        for (size_t k = 0; k < p->n_types; k++)
            if (fabs(g->sum[k]) > ROUNDING * g->scale[k]) return false;
    }
    return true;
}
