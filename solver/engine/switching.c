/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "switching.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"

#define TAIL 1e-20 /* of the uniformisation series, absolute: a probability of 1e-12 keeps eight digits */

/* ---- structure: once for a process ------------------------------------------------------------------------------------------ */
static void mark_reach(const rlp_process_t *p, size_t type, unsigned char *marks) {
    memset(marks, 0, p->n_types);
    marks[type] = 1;
    for (bool more = true; more;) {
        more = false;
        for (size_t c = 0; c < p->n_channels; c++) {
            const rlp_channel_t *channel = &p->channels[c];
            if (channel->kind == RLP_CHANNEL_SWITCH && marks[channel->from] && !marks[channel->to]) marks[channel->to] = more = true;
        }
    }
}

static int find_row(const rlp_process_t *p, size_t type, unsigned char *marks, size_t *place, rlp_switch_row_t *row) {
    mark_reach(p, type, marks);
    size_t n = 0, n_own = 0;
    for (size_t i = 0; i < p->n_types; i++)
        if (marks[i]) place[i] = i == type ? RLP_NONE : n++;
    place[type] = n++;
    for (size_t c = 0; c < p->n_channels; c++) n_own += p->channels[c].kind == RLP_CHANNEL_SWITCH && marks[p->channels[c].from];
    int rc = RLP_NEW(row->reach, n);
    if (!rc) rc = RLP_NEW(row->probability, n);
    if (!rc) rc = RLP_NEW(row->own, n_own);
    if (rc) return rc;
    for (size_t i = 0; i < p->n_types; i++)
        if (marks[i]) row->reach[place[i]] = i;
    row->n_reach = n;
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].kind == RLP_CHANNEL_SWITCH && marks[p->channels[c].from])
            row->own[row->n_own++] = (struct rlp_own_switch){.channel = c, .from = place[p->channels[c].from], .to = place[p->channels[c].to]};
    return RLP_OK;
}

static bool alike(const rlp_switch_row_t *a, const rlp_switch_row_t *b) {
    if (a->n_reach != b->n_reach || a->n_own != b->n_own) return false;
    for (size_t k = 0; k < a->n_own; k++)
        if (a->own[k].from != b->own[k].from || a->own[k].to != b->own[k].to) return false;
    return true;
}

int rlp_switching_init(rlp_switching_t *s, const rlp_process_t *p) {
    unsigned char *marks = NULL;
    size_t *place = NULL;
    memset(s, 0, sizeof *s);
    s->process = p;
    s->rates = RLP_NONE;
    int rc = RLP_NEW(s->rows, p->n_types);
    if (!rc) rc = RLP_NEW(s->vector, p->n_types);
    if (!rc) rc = RLP_NEW(s->next, p->n_types);
    if (!rc) rc = RLP_NEW(s->stay, p->n_types);
    if (!rc) rc = RLP_NEW(s->rate, p->n_channels);
    if (!rc) rc = RLP_NEW(marks, p->n_types);
    if (!rc) rc = RLP_NEW(place, p->n_types);
    for (size_t i = 0; i < p->n_types && !rc; i++) {
        rc = find_row(p, i, marks, place, &s->rows[i]);
        s->any = s->any || s->rows[i].n_own;
        s->rows[i].twin = i;
        for (size_t j = 0; j < i && !rc && s->rows[i].twin == i; j++)
            if (alike(&s->rows[i], &s->rows[j])) s->rows[i].twin = j;
    }
    free(marks);
    free(place);
    if (rc) rlp_switching_free(s);
    return rc;
}

void rlp_switching_free(rlp_switching_t *s) {
    for (size_t i = 0; s->rows && i < s->process->n_types; i++) {
        free(s->rows[i].reach);
        free(s->rows[i].own);
        free(s->rows[i].probability);
    }
    free(s->rows);
    free(s->vector);
    free(s->next);
    free(s->stay);
    free(s->rate);
    memset(s, 0, sizeof *s);
}

/* ---- probabilities: for a row of rates and a time ---------------------------------------------------------------------------- */

/* out = vector exp(Q h) for Lh <= 1; s->rate holds q/L of each own switch, s->stay 1 - sum of them. */
static void carry(rlp_switching_t *s, const rlp_switch_row_t *row, double fastest_h, double *out) {
    double weight = exp(-fastest_h);
    size_t n = row->n_reach;
    for (size_t k = 0; k < n; k++) out[k] = weight * s->vector[k];
    for (double term = 1; weight > TAIL; term++) {
        for (size_t k = 0; k < n; k++) s->next[k] = s->vector[k] * s->stay[k];
        for (size_t o = 0; o < row->n_own; o++) s->next[row->own[o].to] += s->vector[row->own[o].from] * s->rate[o];
        double *swap = s->vector;
        s->vector = s->next;
        s->next = swap;
        weight *= fastest_h / term;
        for (size_t k = 0; k < n; k++) out[k] += weight * s->vector[k];
    }
}

static void compute(rlp_switching_t *s, rlp_switch_row_t *row) {
    const double *rate = rlp_process_channel(s->process, s->rates);
    size_t n = row->n_reach;
    double fastest = 0;
    for (size_t k = 0; k < n; k++) s->stay[k] = 0, row->probability[k] = k + 1 == n;
    for (size_t o = 0; o < row->n_own; o++) s->stay[row->own[o].from] += rate[row->own[o].channel];
    for (size_t k = 0; k < n; k++) fastest = fmax(fastest, s->stay[k]);
    if (fastest * s->h <= 0) return;
    for (size_t k = 0; k < n; k++) s->stay[k] = fmax(0, 1 - s->stay[k] / fastest);
    for (size_t o = 0; o < row->n_own; o++) s->rate[o] = rate[row->own[o].channel] / fastest;
    double cuts = ceil(fastest * s->h);
    for (double cut = 0; cut < cuts; cut++) {
        memcpy(s->vector, row->probability, n * sizeof *s->vector);
        carry(s, row, fastest * s->h / cuts, row->probability);
    }
}

static bool same_rates(const rlp_switching_t *s, const rlp_switch_row_t *a, const rlp_switch_row_t *b) {
    const double *rate = rlp_process_channel(s->process, s->rates);
    for (size_t o = 0; o < a->n_own; o++)
        if (rate[a->own[o].channel] != rate[b->own[o].channel]) return false;
    return true;
}

const rlp_switch_row_t *rlp_switching_row(rlp_switching_t *s, size_t type, size_t rates, double h) {
    rlp_switch_row_t *row = &s->rows[type], *twin = &s->rows[row->twin];
    if (s->rates != rates || s->h != h) {
        s->rates = rates;
        s->h = h;
        s->stamp++;
    }
    if (row->stamp == s->stamp) return row;
    if (row != twin && twin->stamp == s->stamp && same_rates(s, row, twin))
        memcpy(row->probability, twin->probability, row->n_reach * sizeof *row->probability);
    else
        compute(s, row);
    row->stamp = s->stamp;
    return row;
}
