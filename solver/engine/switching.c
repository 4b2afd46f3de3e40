/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "switching.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "relapse/variates.h"

#define TAIL 1e-20 /* of the uniformisation series, absolute: a probability of 1e-12 keeps eight digits */

/* ---- structure: once for a process ------------------------------------------------------------------------------------------ */
static bool in_part(const rlp_switch_plan_t *plan, size_t part, size_t channel) { return plan->part_of[channel] == part; }

static void mark_reach(const rlp_process_t *p, const rlp_switch_plan_t *plan, size_t part, size_t type, unsigned char *marks) {
    memset(marks, 0, p->n_types);
    marks[type] = 1;
    for (bool more = plan->first[type] < plan->first[type + 1]; more;) {
        more = false;
        for (size_t i = 0; i < p->n_types; i++)
            for (size_t o = plan->first[i]; o < plan->first[i + 1] && marks[i] == 1; o++) {
                size_t to = p->channels[plan->out[o]].to;
                if (in_part(plan, part, plan->out[o]) && !marks[to]) marks[to] = 1, more = more || to < i;
            }
    }
}

static int row_room(rlp_switch_row_t *row, size_t n_reach, size_t n_own) {
    int rc = RLP_NEW(row->reach, n_reach);
    if (!rc) rc = RLP_NEW(row->own, n_own);
    if (!rc) rc = RLP_NEW(row->numbers, 2 * RLP_SWITCHING_SLOTS * n_reach);
    if (!rc) rc = RLP_NEW(row->places, RLP_SWITCHING_SLOTS * n_reach);
    for (size_t s = 0; s < RLP_SWITCHING_SLOTS && !rc; s++)
        row->law[s] = (struct rlp_switch_law){row->numbers + 2 * s * n_reach, row->numbers + (2 * s + 1) * n_reach, row->places + s * n_reach, 0, 0, 0};
    return rc;
}

static int find_row(const rlp_process_t *p, const rlp_switch_plan_t *plan, size_t part, size_t type, unsigned char *marks, size_t *place, rlp_switch_row_t *row) {
    size_t n = 0, n_own = 0;
    mark_reach(p, plan, part, type, marks);
    for (size_t i = 0; i < p->n_types; i++)
        if (marks[i]) place[i] = i == type ? RLP_NONE : n++;
    place[type] = n++;
    for (size_t i = 0; i < p->n_types; i++)
        for (size_t o = plan->first[i]; o < plan->first[i + 1] && marks[i]; o++) n_own += in_part(plan, part, plan->out[o]);
    int rc = row_room(row, n, n_own);
    if (rc) return rc;
    for (size_t i = 0; i < p->n_types; i++)
        if (marks[i]) row->reach[place[i]] = i;
    row->n_reach = n;
    for (size_t i = 0; i < p->n_types; i++)
        for (size_t o = plan->first[i]; o < plan->first[i + 1] && marks[i]; o++)
            if (in_part(plan, part, plan->out[o])) row->own[row->n_own++] = (struct rlp_own_switch){.channel = plan->out[o], .from = place[i], .to = place[p->channels[plan->out[o]].to]};
    return RLP_OK;
}

static bool alike(const rlp_switch_row_t *a, const rlp_switch_row_t *b) {
    if (a->n_reach != b->n_reach || a->n_own != b->n_own) return false;
    for (size_t k = 0; k < a->n_own; k++)
        if (a->own[k].from != b->own[k].from || a->own[k].to != b->own[k].to) return false;
    return true;
}

static int make_plan(const rlp_process_t *p, rlp_switch_plan_t *plan) {
    unsigned char *marks = NULL;
    size_t *place = NULL, n = p->n_types;
    int rc = RLP_NEW(plan->rows, plan->n_parts * n);
    if (!rc) rc = RLP_NEW(marks, n);
    if (!rc) rc = RLP_NEW(place, n);
    for (size_t part = 0; part < plan->n_parts && !rc; part++)
        for (size_t i = 0; i < n && !rc; i++) {
            rlp_switch_row_t *rows = plan->rows + part * n;
            rc = find_row(p, plan, part, i, marks, place, &rows[i]);
            rows[i].twin = i;
            for (size_t j = i; j-- > 0 && !rc && rows[i].n_own && rows[i].twin == i;)
                if (alike(&rows[i], &rows[j])) rows[i].twin = j;
        }
    free(marks);
    free(place);
    return rc;
}

static void free_plan(rlp_switch_plan_t *plan, size_t n_types) {
    for (size_t k = 0; plan->rows && k < plan->n_parts * n_types; k++) {
        rlp_switch_row_t *row = &plan->rows[k];
        free(row->reach);
        free(row->own);
        free(row->numbers);
        free(row->places);
    }
    free(plan->rows);
}

int rlp_switching_init(rlp_switching_t *s, const rlp_process_t *p) {
    memset(s, 0, sizeof *s);
    s->process = p;
    s->like = s->like_of = RLP_NONE;
    int rc = RLP_NEW(s->vector, p->n_types);
    if (!rc) rc = RLP_NEW(s->next, p->n_types);
    if (!rc) rc = RLP_NEW(s->stay, p->n_types);
    if (!rc) rc = RLP_NEW(s->rate, p->n_channels);
    if (!rc) rc = RLP_NEW(s->before, p->n_types);
    if (!rc) rc = RLP_NEW(s->one_part, p->n_channels);
    for (size_t c = 0; c < p->n_channels && !rc; c++) {
        bool switches = p->channels[c].kind == RLP_CHANNEL_SWITCH;
        s->any = s->any || switches;
        s->one_part[c] = switches ? 0 : RLP_NONE;
    }
    if (!rc) rc = rlp_switch_parts_init(&s->parts, p);
    s->whole = (rlp_switch_plan_t){.n_parts = s->any, .part_of = s->one_part, .out = s->parts.out, .first = s->parts.first};
    s->split = (rlp_switch_plan_t){.n_parts = s->parts.n_parts, .part_of = s->parts.part_of, .out = s->parts.out, .first = s->parts.first};
    if (!rc) rc = make_plan(p, &s->whole);
    if (!rc && s->split.n_parts > 1) rc = make_plan(p, &s->split);
    s->plan = &s->whole;
    if (rc) rlp_switching_free(s);
    return rc;
}

void rlp_switching_free(rlp_switching_t *s) {
    if (s->process) {
        free_plan(&s->whole, s->process->n_types);
        free_plan(&s->split, s->process->n_types);
    }
    rlp_switch_parts_free(&s->parts);
    free(s->one_part);
    free(s->vector);
    free(s->next);
    free(s->stay);
    free(s->rate);
    free(s->before);
    memset(s, 0, sizeof *s);
}

/* ---- which rates, which times -------------------------------------------------------------------------------------------------- */
static bool switch_alike(const rlp_switching_t *s, size_t a, size_t b) {
    const double *x = rlp_process_channel(s->process, a), *y = rlp_process_channel(s->process, b);
    for (size_t c = 0; c < s->process->n_channels; c++)
        if (s->whole.part_of[c] == 0 && x[c] != y[c]) return false;
    return true;
}

/* Rows of rates that differ in births and deaths alone are one for switching. */
static size_t like(rlp_switching_t *s, size_t rates) {
    if (rates == s->like_of) return s->like;
    if (s->like == RLP_NONE || !switch_alike(s, s->like, rates)) {
        s->like = rates;
        s->commutes = rlp_switch_parts_commute(&s->parts, rates);
    }
    s->like_of = rates;
    return s->like;
}

void rlp_switching_forget(rlp_switching_t *s) {
    s->like = s->like_of = RLP_NONE;
    for (size_t k = 0; k < RLP_SWITCHING_SLOTS; k++) s->keys[k].stamp = 0;
}

void rlp_switching_set(rlp_switching_t *s, rlp_switch_span_t first, const rlp_switch_span_t *then) {
    struct rlp_switch_key key = {.spans = {first}, .n_spans = 1};
    if (!s->any) return;
    key.spans[0].rates = like(s, first.rates);
    bool commutes = s->commutes;
    if (then) {
        size_t rates = like(s, then->rates);
        if (rates == key.spans[0].rates) key.spans[0].days += then->days;
        else key.spans[key.n_spans++] = (rlp_switch_span_t){rates, then->days};
        commutes = commutes && s->commutes;
    }
    s->plan = commutes ? &s->split : &s->whole;
    for (size_t k = 0; k < RLP_SWITCHING_SLOTS; k++) {
        const struct rlp_switch_key *known = &s->keys[k];
        bool same = known->stamp && known->n_spans == key.n_spans;
        for (size_t i = 0; i < key.n_spans && same; i++) same = known->spans[i].rates == key.spans[i].rates && known->spans[i].days == key.spans[i].days;
        s->slot = k;
        if (same) return;
    }
    s->slot = s->oldest++ % RLP_SWITCHING_SLOTS;
    s->keys[s->slot] = key;
    s->keys[s->slot].stamp = ++s->stamp;
}

/* ---- probabilities ---------------------------------------------------------------------------------------------------------------- */

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

static void carry_span(rlp_switching_t *s, const rlp_switch_row_t *row, const rlp_switch_span_t *span, double *probability) {
    const double *rate = rlp_process_channel(s->process, span->rates);
    size_t n = row->n_reach;
    double fastest = 0;
    for (size_t k = 0; k < n; k++) s->stay[k] = 0;
    for (size_t o = 0; o < row->n_own; o++) s->stay[row->own[o].from] += rate[row->own[o].channel];
    for (size_t k = 0; k < n; k++) fastest = fmax(fastest, s->stay[k]);
    if (fastest * span->days <= 0) return;
    for (size_t k = 0; k < n; k++) s->stay[k] = fmax(0, 1 - s->stay[k] / fastest);
    for (size_t o = 0; o < row->n_own; o++) s->rate[o] = rate[row->own[o].channel] / fastest;
    double cuts = ceil(fastest * span->days);
    for (double cut = 0; cut < cuts; cut++) {
        memcpy(s->vector, probability, n * sizeof *s->vector);
        carry(s, row, fastest * span->days / cuts, probability);
    }
}

/* Leavers in falling order, and of those not dealt yet the share of each. */
static void deal(const rlp_switch_row_t *row, struct rlp_switch_law *law) {
    size_t n = row->n_reach - 1;
    double left = 0;
    for (size_t k = 0; k < n; k++) {
        size_t at = k;
        for (; at > 0 && law->probability[law->deal[at - 1]] < law->probability[k]; at--) law->deal[at] = law->deal[at - 1];
        law->deal[at] = k;
    }
    for (size_t k = n; k-- > 0;) {
        left += law->probability[law->deal[k]];
        law->share[k] = left > 0 ? fmin(1, law->probability[law->deal[k]] / left) : 0;
    }
    law->leave = fmin(1, left);
}

static bool same_rates(const rlp_switching_t *s, const rlp_switch_row_t *a, const rlp_switch_row_t *b) {
    const struct rlp_switch_key *key = &s->keys[s->slot];
    for (size_t i = 0; i < key->n_spans; i++) {
        const double *rate = rlp_process_channel(s->process, key->spans[i].rates);
        for (size_t o = 0; o < a->n_own; o++)
            if (rate[a->own[o].channel] != rate[b->own[o].channel]) return false;
    }
    return true;
}

static void make_law(rlp_switching_t *s, rlp_switch_row_t *rows, size_t type) {
    const struct rlp_switch_key *key = &s->keys[s->slot];
    rlp_switch_row_t *row = &rows[type];
    struct rlp_switch_law *law = &row->law[s->slot];
    size_t n = row->n_reach;
    law->stamp = key->stamp;
    law->as = type;
    for (size_t j = type, tried = type; rows[j].twin != j;) {
        j = rows[j].twin;
        const struct rlp_switch_law *known = &rows[j].law[s->slot];
        if (known->stamp != key->stamp || known->as == tried) continue;
        tried = known->as;
        if (!same_rates(s, row, &rows[tried])) continue;
        law->as = tried;
        return;
    }
    for (size_t k = 0; k < n; k++) law->probability[k] = k + 1 == n;
    for (size_t i = 0; i < key->n_spans; i++) carry_span(s, row, &key->spans[i], law->probability);
    deal(row, law);
}

static const struct rlp_switch_law *law_of(rlp_switching_t *s, rlp_switch_row_t *rows, size_t type) {
    struct rlp_switch_law *law = &rows[type].law[s->slot];
    if (law->stamp != s->keys[s->slot].stamp) make_law(s, rows, type);
    return &rows[law->as].law[s->slot];
}

void rlp_switching_draw(rlp_switching_t *s, rlp_stream_t *stream, int64_t *cells) {
    size_t n = s->process->n_types;
    for (size_t part = 0; part < s->plan->n_parts; part++) {
        rlp_switch_row_t *rows = s->plan->rows + part * n;
        memcpy(s->before, cells, n * sizeof *cells);
        for (size_t i = 0; i < n; i++) {
            if (!s->before[i] || !rows[i].n_own) continue;
            const struct rlp_switch_law *law = law_of(s, rows, i);
            int64_t left = law->leave > 0 ? rlp_variate_binomial(stream, s->before[i], law->leave) : 0;
            cells[i] -= left;
            for (size_t k = 0; left; k++) {
                int64_t here = k + 2 < rows[i].n_reach ? rlp_variate_binomial(stream, left, law->share[k]) : left;
                cells[rows[i].reach[law->deal[k]]] += here;
                left -= here;
            }
        }
    }
}

void rlp_switching_means(rlp_switching_t *s, double *mean, double *work) {
    size_t n = s->process->n_types;
    for (size_t part = 0; s->any && part < s->plan->n_parts; part++) {
        rlp_switch_row_t *rows = s->plan->rows + part * n;
        memset(work, 0, n * sizeof *work);
        for (size_t i = 0; i < n; i++) {
            if (mean[i] == 0) continue;
            if (!rows[i].n_own) {
                work[i] += mean[i];
                continue;
            }
            const struct rlp_switch_law *law = law_of(s, rows, i);
            for (size_t k = 0; k < rows[i].n_reach; k++) work[rows[i].reach[k]] += mean[i] * law->probability[k];
        }
        memcpy(mean, work, n * sizeof *mean);
    }
}

double rlp_switching_rate(const rlp_switching_t *s, size_t rates) {
    const rlp_process_t *p = s->process;
    const double *rate = rlp_process_channel(p, rates);
    double squares = 0;
    for (size_t part = 0; part < s->plan->n_parts; part++) {
        double most = 0;
        memset(s->next, 0, p->n_types * sizeof *s->next);
        for (size_t c = 0; c < p->n_channels; c++)
            if (in_part(s->plan, part, c)) s->next[p->channels[c].from] += rate[c];
        for (size_t c = 0; c < p->n_channels; c++)
            if (in_part(s->plan, part, c)) most = fmax(most, s->next[p->channels[c].from] + s->next[p->channels[c].to]);
        squares += most * most;
    }
    return sqrt(squares);
}
