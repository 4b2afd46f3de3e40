/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The joint law of small counts of several types, by uniformisation of the generator on a box (Jensen 1953) and thinning at survival events, against an engine's
 * paths by Pearson's chi-square at the level of judge.h. */
#ifndef RELAPSE_TESTS_BOX_H
#define RELAPSE_TESTS_BOX_H

#include <gsl/gsl_randist.h>

#include "exam.h"

#define BOX_TYPES 8

/* Counts 0 .. size-1 of each type; what leaves the box is lost to the tail. */
typedef struct {
    size_t types, size, states;
    double *p, *v, *next;
} box_t;

static inline void box_open(box_t *box, const rlp_process_t *p, size_t size) {
    *box = (box_t){.types = p->n_types, .size = size, .states = 1};
    size_t at = 0;
    for (size_t i = p->n_types; i-- > 0;) at = at * size + (size_t)p->start_cells[i];
    for (size_t i = 0; i < p->n_types; i++) box->states *= size;
    box->p = calloc(box->states, sizeof(double));
    box->v = calloc(box->states, sizeof(double));
    box->next = calloc(box->states, sizeof(double));
    assert_true(box->p && box->v && box->next);
    box->p[at] = 1;
}

static inline void box_close(box_t *box) {
    free(box->p);
    free(box->v);
    free(box->next);
}

static inline void box_flow(box_t *box, size_t at, const size_t *n, size_t gains, size_t loses, double chance) {
    if (chance == 0) return;
    size_t to = at, stride = 1;
    for (size_t i = 0; i < box->types; i++, stride *= box->size) {
        if (i == gains && i != loses) {
            if (n[i] + 1 >= box->size) return;
            to += stride;
        }
        if (i == loses && i != gains) to -= stride;
    }
    box->next[to] += chance;
}

/* next = v (1 + Q / fastest) */
static inline void box_step(box_t *box, const rlp_process_t *p, size_t row, double fastest) {
    const double *birth = rlp_process_birth(p, row), *death = rlp_process_death(p, row), *channel = rlp_process_channel(p, row);
    memset(box->next, 0, box->states * sizeof(double));
    for (size_t at = 0; at < box->states; at++) {
        if (box->v[at] == 0) continue;
        size_t n[BOX_TYPES], rest = at;
        double v = box->v[at] / fastest, stay = fastest, plain[BOX_TYPES];
        for (size_t i = 0; i < box->types; i++) {
            n[i] = rest % box->size;
            rest /= box->size;
            plain[i] = birth[i];
        }
        for (size_t c = 0; c < p->n_channels; c++) {
            const rlp_channel_t *k = &p->channels[c];
            double rate = channel[c] * (k->from == RLP_NONE ? 1 : (double)n[k->from]);
            if (k->kind == RLP_CHANNEL_DIVISION) {
                rate *= birth[k->from];
                plain[k->from] -= birth[k->from] * channel[c];
            }
            box_flow(box, at, n, k->to, k->kind == RLP_CHANNEL_SWITCH ? k->from : RLP_NONE, v * rate);
            stay -= rate;
        }
        for (size_t i = 0; i < box->types; i++) {
            box_flow(box, at, n, i, RLP_NONE, v * plain[i] * (double)n[i]);
            box_flow(box, at, n, RLP_NONE, i, v * death[i] * (double)n[i]);
            stay -= (plain[i] + death[i]) * (double)n[i];
        }
        assert_true(stay >= 0);
        box->next[at] += v * stay;
    }
}

static inline void box_run_short(box_t *box, const rlp_process_t *p, size_t row, double fastest, double x) {
    double weight = exp(-x);
    memcpy(box->v, box->p, box->states * sizeof(double));
    for (size_t k = 0; k < box->states; k++) box->p[k] = weight * box->v[k];
    for (int term = 1; term < x + 10 * sqrt(x) + 40; term++) {
        box_step(box, p, row, fastest);
        double *swap = box->v;
        box->v = box->next;
        box->next = swap;
        weight *= x / term;
        for (size_t k = 0; k < box->states; k++) box->p[k] += weight * box->v[k];
    }
}

/* In pieces, for exp(-x) is no number beyond 700. */
static inline void box_run(box_t *box, const rlp_process_t *p, size_t row, double days) {
    double fastest = 0;
    for (size_t i = 0; i < p->n_types; i++) fastest += (rlp_process_birth(p, row)[i] + rlp_process_death(p, row)[i]) * (double)box->size;
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].kind != RLP_CHANNEL_DIVISION) fastest += rlp_process_channel(p, row)[c] * (p->channels[c].from == RLP_NONE ? 1 : (double)box->size);
    double pieces = ceil(fastest * days / 500);
    for (double k = 0; k < pieces; k++) box_run_short(box, p, row, fastest, fastest * days / pieces);
}

static inline void box_thin(box_t *box, const double *survive) {
    size_t stride = 1;
    for (size_t i = 0; i < box->types; i++, stride *= box->size) {
        memset(box->next, 0, box->states * sizeof(double));
        for (size_t at = 0; at < box->states; at++) {
            unsigned n = (unsigned)(at / stride % box->size);
            for (unsigned k = 0; k <= n; k++) box->next[at - (n - k) * stride] += box->p[at] * gsl_ran_binomial_pdf(k, survive[i], n);
        }
        memcpy(box->p, box->next, box->states * sizeof(double));
    }
}

/* Pearson's chi-square over the box, states in order pooled until 60 are expected. */
static inline void box_judge_counts(const char *what, const box_t *box, const uint64_t *seen, size_t n) {
    double expected = 0, statistic = 0, whole = 0;
    uint64_t hits = 0, all = 0;
    unsigned bins = 0;
    for (size_t k = 0; k < box->states; k++) whole += box->p[k];
    assert_true(whole > 1 - 1e-4 && whole < 1 + 1e-9);
    double left = (double)n;
    for (size_t k = 0; k <= box->states; k++) {
        expected += k < box->states ? box->p[k] * (double)n : (1 - whole) * (double)n;
        hits += seen[k];
        if ((expected < 60 || left - expected < 60) && k < box->states) continue;
        statistic += ((double)hits - expected) * ((double)hits - expected) / expected;
        bins++;
        left -= expected;
        all += hits;
        expected = 0;
        hits = 0;
    }
    assert_true(bins > 30 && all == n);
    double tail = gsl_cdf_chisq_Q(statistic, bins - 1);
    if (tail < judge_level()) fail_msg("%s: chi-square %.1f of %u bins (tail %.2g)", what, statistic, bins, tail);
}

/* The law at t from the process's start counts. */
static inline void box_law(box_t *box, const rlp_process_t *p, size_t size, double t) {
    box_open(box, p, size);
    for (size_t s = 0; s < p->n_segments && p->segments[s].start_days <= t; s++) {
        double end = s + 1 < p->n_segments ? fmin(t, p->segments[s + 1].start_days) : t;
        if (p->segments[s].survive != RLP_NONE) box_thin(box, p->survive + p->segments[s].survive * p->n_types);
        if (end > p->segments[s].start_days) box_run(box, p, p->segments[s].rates, end - p->segments[s].start_days);
    }
}

/* The state of these counts; box->states where they leave the box. */
static inline size_t box_at(const box_t *box, const int64_t *cells) {
    size_t at = 0;
    for (size_t i = box->types; i-- > 0;) {
        if (cells[i] >= (int64_t)box->size) return box->states;
        at = at * box->size + (size_t)cells[i];
    }
    return at;
}

/* n paths of an engine through the stops, against the box at the last. */
static inline void box_judge(const rlp_engine_class_t *class, const char *what, const char *text, const double *stops, size_t n_stops, size_t size, size_t n, uint64_t seed) {
    exam_t exam;
    box_t box;
    exam_open(&exam, class, text, stops[n_stops - 1]);
    box_law(&box, &exam.process, size, stops[n_stops - 1]);
    uint64_t *seen = calloc(box.states + 1, sizeof *seen);
    assert_non_null(seen);
    for (size_t k = 0; k < n; k++) {
        exam_start(&exam, seed, k + 1);
        for (size_t s = 0; s < n_stops; s++) exam_go(&exam, stops[s]);
        seen[box_at(&box, exam.state.cells)]++;
    }
    box_judge_counts(what, &box, seen, n);
    free(seen);
    box_close(&box);
    exam_close(&exam);
}

#endif
