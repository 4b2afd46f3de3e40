/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"

#define NEVER 2.0 /* a probability that no mark reaches */
#define IMMIGRANTS_APART 8.0 /* where more are expected in a segment, those without a mark are one group */

static int overflow(const rlp_groups_t *self, size_t type, double t_days) {
    return rlp_fail(RLP_ERROR_OVERFLOW, "cells of type '%s' pass 4e18 about day %g", self->process->type_names[type] ? self->process->type_names[type] : "?", t_days);
}

/* ---- clones of a group; all of this does nothing where the state carries no book --------------------------------------------- */
static int make_lists(rlp_groups_t *self) {
    size_t n = RLP_GROUPS_WAITING + 4 + self->process->n_types;
    int rc = self->lists ? RLP_OK : RLP_NEW(self->lists, n);
    if (!rc && !self->unused) rc = RLP_NEW(self->unused, n);
    if (!rc && !self->after_shares) rc = RLP_NEW(self->after_shares, self->process->n_types);
    self->n_lists = self->n_unused = rc ? 0 : n;
    for (size_t k = 0; k < self->n_lists; k++) self->unused[k] = &self->lists[k];
    return rc;
}

static rlp_shares_t *take_list(rlp_groups_t *self) {
    if (!self->state->clones) return NULL;
    RLP_INVARIANT(self->n_unused);
    rlp_shares_t *list = self->unused[--self->n_unused];
    list->n = 0;
    return list;
}

static void give_list(rlp_groups_t *self, rlp_shares_t *list) {
    if (list) self->unused[self->n_unused++] = list;
}

static void swap_lists(rlp_shares_t *a, rlp_shares_t *b) {
    rlp_shares_t keep = *a;
    *a = *b;
    *b = keep;
}

static void pour(rlp_groups_t *self, const rlp_shares_t *from, rlp_shares_t *into) {
    for (size_t k = 0; k < from->n; k++) rlp_clones_add(self->state->clones, into, from->shares[k].clone, from->shares[k].cells);
}

static rlp_shares_t *list_of_one(rlp_groups_t *self, uint64_t clone, int64_t cells) {
    rlp_shares_t *list = take_list(self);
    if (list && cells) rlp_clones_add(self->state->clones, list, clone, cells);
    return list;
}

/* ---- one group --------------------------------------------------------------------------------------------------------------- */

/* 1 - V^(1/N): a uniform itself for one cell, and by its series where N is large. */
static inline double draw_target(rlp_stream_t *stream, int64_t cells) {
    if (cells == 1) return rlp_stream_uniform_fine(stream);
    double x = rlp_variate_exponential(stream) / (double)cells;
    return x < 1e-4 ? x * (1 - x * (1.0 / 2 - x * (1.0 / 6 - x * (1.0 / 24)))) : -expm1(-x);
}

/* Where the first mark of the group falls; false: not before the end of the span, and the landing is there. */
static inline bool reach(rlp_groups_t *self, const rlp_group_t *group, rlp_landing_t *landing) {
    rlp_course_t *course = &self->courses[group->type];
    double target = course->n_channels ? draw_target(self->stream, group->cells) : NEVER;
    return rlp_course_jump(course, group->t_days, group->segment, self->span, target, landing);
}

/* The transition of a mark, in proportion to the rates of its moment. */
static inline const rlp_channel_t *pick_channel(const rlp_groups_t *self, size_t type, size_t row) {
    const rlp_course_t *course = &self->courses[type];
    const rlp_channel_t *picked = NULL;
    double x = rlp_stream_uniform(self->stream) * rlp_course_marks(course, row);
    for (size_t k = 0; k < course->n_channels; k++) {
        double rate = rlp_course_rate(course, row, k);
        if (rate <= 0) continue;
        picked = &self->process->channels[course->channels[k]];
        if (x < rate) break;
        x -= rate;
    }
    return picked;
}

/* A switch takes a cell of the carrier's clone along; a mutation founds a clone. */
static rlp_shares_t *mark_clones(rlp_groups_t *self, rlp_group_t *group, const rlp_group_t *newcomer, int64_t lines, int64_t more, bool leaves) {
    rlp_clones_t *book = self->state->clones;
    uint64_t clone = rlp_clones_carry_marked(book, group->shares, lines, more);
    if (leaves)
        rlp_clones_add(book, group->shares, clone, -1);
    else
        clone = rlp_clones_found(book, clone, newcomer->type, newcomer->t_days);
    return list_of_one(self, clone, 1);
}

/* Carry the group to its first mark, and let that happen. The line that carries it is size-biased: 1 + NegBin(2). */
static inline int mark(rlp_groups_t *self, rlp_group_t *group, const rlp_landing_t *landing, rlp_group_t *newcomer) {
    rlp_kendall_t law = rlp_marks_law(&landing->law);
    int64_t lines = rlp_variate_binomial(self->stream, group->cells - 1, law.alive); /* of which none carries the mark */
    if (lines > RLP_COUNT_MAX - 2) return overflow(self, group->type, landing->t_days);
    int64_t cells = rlp_count_sum(lines + 1, rlp_variate_negative_binomial(self->stream, lines + 2, law.ratio, law.one_minus_ratio));
    if (cells > RLP_COUNT_MAX) return overflow(self, group->type, landing->t_days);
    const rlp_channel_t *channel = pick_channel(self, group->type, self->process->segments[landing->segment].rates);
    bool leaves = channel->kind == RLP_CHANNEL_SWITCH;
    *newcomer = (rlp_group_t){channel->to, 1, landing->t_days, landing->segment, NULL};
    if (group->shares) newcomer->shares = mark_clones(self, group, newcomer, lines, cells - 1 - lines, leaves);
    *group = (rlp_group_t){group->type, leaves ? cells - 1 : cells, landing->t_days, landing->segment, group->shares};
    self->state->steps++;
    return RLP_OK;
}

/* Carry the group to a landing before which it has had no mark. */
static inline int carry(rlp_groups_t *self, rlp_group_t *group, const rlp_landing_t *landing) {
    rlp_kendall_t law = rlp_marks_law(&landing->law);
    int64_t lines = rlp_variate_binomial(self->stream, group->cells, law.alive), more = rlp_variate_negative_binomial(self->stream, lines, law.ratio, law.one_minus_ratio);
    group->cells = rlp_count_sum(lines, more);
    group->t_days = landing->t_days;
    if (group->cells > RLP_COUNT_MAX) return overflow(self, group->type, landing->t_days);
    if (group->shares) rlp_clones_carry(self->state->clones, group->shares, lines, more);
    return RLP_OK;
}

/* At the end of the jump. */
static inline int settle(rlp_groups_t *self, const rlp_group_t *group) {
    self->after[group->type] = rlp_count_sum(self->after[group->type], group->cells);
    if (group->shares) pour(self, group->shares, &self->after_shares[group->type]);
    give_list(self, group->shares);
    return self->after[group->type] > RLP_COUNT_MAX ? overflow(self, group->type, group->t_days) : RLP_OK;
}

/* ---- one group a type -------------------------------------------------------------------------------------------------------- */
static void draw_next(rlp_groups_t *self, size_t type) {
    if (!self->merged[type].cells || !reach(self, &self->merged[type], &self->next[type])) self->next[type].t_days = INFINITY;
}

/* The group joins that of its type. */
static int join(rlp_groups_t *self, const rlp_group_t *group) {
    rlp_group_t *host = &self->merged[group->type];
    rlp_landing_t here;
    int rc = rlp_course_extend(&self->courses[group->type], self->span);
    if (!rc && host->cells && host->t_days < group->t_days) {
        rlp_span_t until = rlp_span_to(self->process, host->segment, group->t_days);
        rlp_course_jump(&self->courses[group->type], host->t_days, host->segment, &until, NEVER, &here);
        rc = carry(self, host, &here);
    }
    if (rc) return rc;
    int64_t cells = rlp_count_sum(host->cells, group->cells);
    if (cells > RLP_COUNT_MAX) return overflow(self, group->type, group->t_days);
    rlp_shares_t *shares = host->shares ? host->shares : group->shares;
    if (shares != group->shares) {
        pour(self, group->shares, shares);
        give_list(self, group->shares);
    }
    *host = (rlp_group_t){group->type, cells, group->t_days, group->segment, shares};
    draw_next(self, group->type);
    return RLP_OK;
}

static size_t earliest(const rlp_groups_t *self) {
    size_t first = 0;
    for (size_t i = 1; i < self->process->n_types; i++)
        if (self->next[i].t_days < self->next[first].t_days) first = i;
    return first;
}

static void clear_merged(rlp_groups_t *self) {
    for (size_t i = 0; i < self->process->n_types; i++) {
        self->merged[i] = (rlp_group_t){.type = i};
        self->next[i].t_days = INFINITY;
    }
}

/* To `t_days`, before which no mark is pending. */
static int settle_merged(rlp_groups_t *self, double t_days) {
    int rc = RLP_OK;
    for (size_t i = 0; i < self->process->n_types && !rc; i++) {
        rlp_group_t *group = &self->merged[i];
        rlp_landing_t landing;
        if (!group->cells) {
            give_list(self, group->shares);
            continue;
        }
        if (group->t_days < t_days) {
            rlp_span_t until = rlp_span_to(self->process, group->segment, t_days);
            rlp_course_jump(&self->courses[i], group->t_days, group->segment, &until, NEVER, &landing);
            rc = carry(self, group, &landing);
        }
        if (!rc) rc = settle(self, group);
    }
    return rc;
}

/* From mark to mark of any type, with those that wait, which come in order of their times, to the end of the jump; or to the first newcomer of a type in
 * `stop_at` (NULL: none). *t_days: where. */
static int run_merged(rlp_groups_t *self, const unsigned char *stop_at, double *t_days) {
    size_t come = 0;
    for (*t_days = self->span->end_days;;) {
        size_t type = earliest(self);
        rlp_group_t newcomer;
        int rc = RLP_OK;
        bool marked = come >= self->n_waiting || self->waiting[come].t_days > self->next[type].t_days;
        if (!marked) {
            newcomer = self->waiting[come++];
        } else {
            if (self->next[type].t_days == INFINITY) break;
            rc = mark(self, &self->merged[type], &self->next[type], &newcomer);
            if (!rc) draw_next(self, type);
        }
        if (!rc) rc = join(self, &newcomer);
        if (rc) return rc;
        if (!marked || !stop_at || !stop_at[newcomer.type]) continue;
        *t_days = newcomer.t_days;
        break;
    }
    self->n_waiting = 0;
    return settle_merged(self, *t_days);
}

/* ---- depth first ------------------------------------------------------------------------------------------------------------- */

static inline void wait(rlp_groups_t *self, const rlp_group_t *group) {
    if (group->cells)
        self->waiting[self->n_waiting++] = *group;
    else
        give_list(self, group->shares);
}

/* Follow a group, every group that descends from it and all that wait to the end of the jump. */
static int follow(rlp_groups_t *self, rlp_group_t group) {
    for (;;) {
        rlp_landing_t landing;
        int rc = rlp_course_extend(&self->courses[group.type], self->span);
        if (rc) return rc;
        if (reach(self, &group, &landing)) {
            rlp_group_t newcomer;
            rc = mark(self, &group, &landing, &newcomer);
            if (rc) return rc;
            wait(self, &group);
            group = newcomer;
            if (self->n_waiting <= self->most_waiting) continue;
            self->waiting[self->n_waiting++] = newcomer;
            clear_merged(self);
            return run_merged(self, NULL, &landing.t_days);
        }
        rc = carry(self, &group, &landing);
        if (!rc) rc = settle(self, &group);
        if (rc || !self->n_waiting) return rc;
        group = self->waiting[--self->n_waiting];
    }
}

/* ---- immigrants -------------------------------------------------------------------------------------------------------------- */

/* Cells of immigrants without a mark at the end of a stretch of constant rates: exp(-nu int U(u) - U(0)) = (1 + shape u)^(-nu/b) with U of mark_law.h, for
 * (ln(D + C u))' = b U - l/2: negative binomial of size nu/b, Poisson where nothing is born. */
static double mean_of_unmarked(const rlp_mark_rates_t *rates, double per_day, double days, rlp_stream_t *stream) {
    double birth = rates->twice_q > 0 ? rates->birth * rates->twice_q : rates->birth, size = per_day / birth;
    if (isfinite(size)) return rlp_variate_gamma(stream, size) * rlp_marks_over(rates, days).shape;
    return per_day * (rates->twice_q > 0 ? -expm1(-rates->twice_q * days) / rates->twice_q : days);
}

typedef struct {
    size_t type, segment;
    double per_day, t_days, days, end_days; /* within the segment */
} wave_t;

static rlp_group_t immigrants(rlp_groups_t *self, const wave_t *wave, int64_t cells, double t_days, size_t segment) {
    return (rlp_group_t){wave->type, cells, t_days, segment, list_of_one(self, 0, cells)};
}

/* Lines that have a mark within the stretch come one by one: arrival s and age a at the mark have the density nu dmark(a) ds on s + a < days, a part of the
 * square on which they are drawn. */
static int follow_marked(rlp_groups_t *self, const wave_t *wave, const rlp_mark_rates_t *rates, double marked) {
    const rlp_marks_t none = rlp_marks_none();
    int rc = RLP_OK;
    for (int64_t n = rlp_variate_poisson(self->stream, wave->per_day * wave->days * marked); n > 0 && !rc; n--) {
        rlp_landing_t landing = {.segment = wave->segment};
        double arrival = wave->days * rlp_stream_uniform(self->stream);
        double age = rlp_marks_reach(&none, rates, marked * rlp_stream_uniform_fine(self->stream), wave->days, &landing.law);
        if (arrival + age >= wave->days) continue;
        rlp_group_t newcomer, group = immigrants(self, wave, 1, wave->t_days + arrival, wave->segment);
        landing.t_days = fmin(group.t_days + age, wave->end_days);
        rc = mark(self, &group, &landing, &newcomer);
        if (rc) break;
        wait(self, &group);
        rc = follow(self, newcomer);
    }
    return rc;
}

static int follow_wave(rlp_groups_t *self, const wave_t *wave) {
    rlp_course_t *course = &self->courses[wave->type];
    int rc = rlp_course_extend(course, self->span);
    if (rc) return rc;
    const rlp_mark_rates_t rates = *rlp_course_rates(course, wave->segment);
    double marked = rlp_marks_over(&rates, wave->days).mark, mean = mean_of_unmarked(&rates, wave->per_day, wave->days, self->stream);
    if (!(fmax(mean, wave->per_day * wave->days * marked) <= (double)RLP_COUNT_MAX)) return overflow(self, wave->type, wave->end_days);
    int64_t cells = rlp_variate_poisson(self->stream, mean);
    if (cells > RLP_COUNT_MAX) return overflow(self, wave->type, wave->end_days);
    rlp_group_t group = immigrants(self, wave, cells, wave->end_days, wave->segment + 1);
    if (!cells)
        give_list(self, group.shares);
    else
        rc = wave->end_days < self->span->end_days ? follow(self, group) : settle(self, &group);
    return rc ? rc : follow_marked(self, wave, &rates, marked);
}

/* Immigrants of one channel: a Poisson process of a rate that each segment sets. */
static int follow_immigrants(rlp_groups_t *self, size_t c) {
    const rlp_process_t *p = self->process;
    wave_t wave = {.type = p->channels[c].to, .segment = self->state->segment - 1, .t_days = self->state->t_days};
    int rc = RLP_OK;
    for (; wave.t_days < self->span->end_days && !rc; wave.segment++, wave.t_days = wave.end_days) {
        wave.per_day = rlp_process_channel(p, p->segments[wave.segment].rates)[c];
        wave.end_days = wave.segment + 1 < p->n_segments ? fmin(p->segments[wave.segment + 1].start_days, self->span->end_days) : self->span->end_days;
        wave.days = wave.end_days - wave.t_days;
        if (wave.per_day * wave.days > IMMIGRANTS_APART)
            rc = follow_wave(self, &wave);
        else
            for (double t = wave.t_days; wave.per_day > 0 && !rc && (t += rlp_variate_exponential(self->stream) / wave.per_day) < wave.end_days;)
                rc = follow(self, immigrants(self, &wave, 1, t, wave.segment));
    }
    return rc;
}

static rlp_group_t cells_of(rlp_groups_t *self, size_t type) {
    rlp_shares_t *list = take_list(self);
    if (list) swap_lists(list, &self->state->clones->of_type[type]);
    return (rlp_group_t){type, self->state->cells[type], self->state->t_days, self->state->segment - 1, list};
}

static int begin(rlp_groups_t *self, const rlp_span_t *span, rlp_state_t *state, rlp_stream_t *stream) {
    self->span = span;
    self->state = state;
    self->stream = stream;
    self->n_waiting = 0;
    memset(self->after, 0, self->process->n_types * sizeof *self->after);
    return state->clones ? make_lists(self) : RLP_OK;
}

static void finish(rlp_groups_t *self, double t_days) {
    rlp_state_t *state = self->state;
    state->t_days = t_days;
    memcpy(state->cells, self->after, self->process->n_types * sizeof *self->after);
    for (size_t i = 0; i < self->process->n_types && state->clones; i++) {
        swap_lists(&state->clones->of_type[i], &self->after_shares[i]);
        self->after_shares[i].n = 0;
    }
}

int rlp_groups_jump(rlp_groups_t *self, const rlp_span_t *span, rlp_state_t *state, rlp_stream_t *stream) {
    const rlp_process_t *p = self->process;
    int rc = begin(self, span, state, stream);
    for (size_t i = 0; i < p->n_types && !rc; i++)
        if (state->cells[i]) rc = follow(self, cells_of(self, i));
    for (size_t c = 0; c < p->n_channels && !rc; c++)
        if (p->channels[c].kind == RLP_CHANNEL_IMMIGRATION) rc = follow_immigrants(self, c);
    if (!rc) finish(self, span->end_days);
    return rc;
}

int rlp_groups_arrive(rlp_groups_t *self, const rlp_span_t *span, const unsigned char *of, rlp_state_t *state, rlp_stream_t *stream) {
    double t_days = span->end_days;
    int rc = begin(self, span, state, stream);
    clear_merged(self);
    for (size_t i = 0; i < self->process->n_types && !rc; i++) {
        if (!state->cells[i]) continue;
        rlp_group_t group = cells_of(self, i);
        rc = join(self, &group);
    }
    if (!rc) rc = run_merged(self, of, &t_days);
    if (!rc) finish(self, t_days);
    return rc;
}

/* ---- room -------------------------------------------------------------------------------------------------------------------- */
void rlp_groups_free(rlp_groups_t *self) {
    for (size_t i = 0; self->courses && i < self->process->n_types; i++) rlp_course_free(&self->courses[i]);
    for (size_t k = 0; self->lists && k < self->n_lists; k++) free(self->lists[k].shares);
    for (size_t i = 0; self->after_shares && i < self->process->n_types; i++) free(self->after_shares[i].shares);
    void *owned[] = {self->leaving, self->courses, self->waiting, self->merged, self->next, self->after, self->lists, self->unused, self->after_shares};
    for (size_t k = 0; k < sizeof owned / sizeof *owned; k++) free(owned[k]);
    memset(self, 0, sizeof *self);
}

static void sort_channels(rlp_groups_t *self) {
    const rlp_process_t *p = self->process;
    size_t n = 0;
    for (size_t i = 0; i < p->n_types; i++) {
        size_t first = n;
        for (size_t c = 0; c < p->n_channels; c++)
            if (p->channels[c].from == i) self->leaving[n++] = c;
        rlp_course_init(&self->courses[i], p, i, self->leaving + first, n - first);
    }
}

int rlp_groups_init(rlp_groups_t *self, const rlp_process_t *p) {
    *self = (rlp_groups_t){.process = p, .most_waiting = RLP_GROUPS_WAITING};
    int rc = RLP_NEW(self->leaving, p->n_channels);
    if (!rc) rc = RLP_NEW(self->courses, p->n_types);
    if (!rc) rc = RLP_NEW(self->waiting, RLP_GROUPS_WAITING + 2);
    if (!rc) rc = RLP_NEW(self->merged, p->n_types);
    if (!rc) rc = RLP_NEW(self->next, p->n_types);
    if (!rc) rc = RLP_NEW(self->after, p->n_types);
    if (rc)
        rlp_groups_free(self);
    else
        sort_channels(self);
    return rc;
}
