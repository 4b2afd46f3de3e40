/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "leap_steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"

#define STEP_SHARE 0.5         /* of engine.error that the bias of means may reach: spreads and times, which the mean map does not show, have the rest */
#define STEP_STANDING 0.25     /* ... of it this share at any time, the rest in proportion to time */
#define UNPAIRED_SHARE 0.25    /* of engine.error: what a look between the two halves of the switches may be off */
#define VARIANCE_SHARE 4.0     /* of engine.error: what variances within a total may be off, */
#define VARIANCE_MOST 32.0     /* ... and where there are so many cells that they do not show: */
#define VARIANCE_CELLS 1e6     /* from here on in proportion to them */
#define SPAN_SHORT 0.15        /* of the step that would be best, and of the fastest time: one step, unseen */
#define CROWDED_BIRTHS 1.0     /* births a cell in one step under a capacity, times sqrt(engine.error): noise about the balance, which means do not show, must find back */

static void bias_means(rlp_leap_steps_t *self, const double *mean) {
    for (size_t i = 0; i < self->process->n_types; i++) self->biased[i] = mean[i] * self->ratio[i];
}

static rlp_mean_part_t part_rows(void *course, double from_days, double to_days) {
    struct rlp_leap_course *c = course;
    const rlp_segment_t *segments = c->averages->process->segments;
    size_t segment = c->segment;
    double from = c->start_days + from_days, to = c->start_days + to_days;
    while (segment + 1 < c->averages->process->n_segments && segments[segment + 1].start_days <= from) segment++;
    size_t row = rlp_averages_over(c->averages, segment, from, to);
    if (c->averages->failed) return (rlp_mean_part_t){0, 0, 0, 0.5};
    return (rlp_mean_part_t){row, rlp_averages_first(c->averages, row), rlp_averages_second(c->averages, row), c->averages->about[row].centre};
}

/* `days` of a span, from its start. */
static rlp_mean_course_t course_of(rlp_leap_steps_t *self, const rlp_span_t *span, double days) {
    const rlp_process_t *p = self->process;
    struct rlp_leap_course *c = &self->pieces;
    rlp_mean_course_t course = {.rates = c->rates, .days = c->days, .all_days = days, .rows = c, .part = span->last > span->segment ? part_rows : NULL};
    c->averages = &self->averages;
    c->segment = span->segment;
    c->start_days = span->start_days;
    double t = span->start_days;
    for (size_t s = span->segment; s <= span->last; s++) {
        double end = fmin(s < span->last ? p->segments[s + 1].start_days : INFINITY, span->start_days + days);
        if (!(end > t)) continue;
        c->rates[course.n] = rlp_averages_own(&self->averages, p->segments[s].rates);
        c->days[course.n++] = end - t;
        t = end;
    }
    return course;
}

/* The row that is nearest to all of a span. */
static size_t span_row(rlp_leap_steps_t *self, const rlp_span_t *span, double days) {
    return rlp_averages_over(&self->averages, span->segment, span->start_days, span->start_days + days);
}

static void carry_means(void *steps_of, const rlp_span_t *span, double days, double *mean) {
    rlp_leap_steps_t *self = steps_of;
    rlp_mean_course_t course = course_of(self, span, days);
    size_t n = self->process->n_types, steps = (size_t)ceil(days / span->step * (1 - 1e-12));
    const double *from = self->end, *exact = self->true_end;
    if (span->seen_short) {
        rlp_mean_course_exact(&self->map, &course, 8, mean);
        return;
    }
    if (days != self->end_known) {
        bias_means(self, mean);
        rlp_mean_course_run(&self->map, &course, steps, self->biased);
        rlp_mean_course_exact(&self->map, &course, 8 * steps, mean);
        from = self->biased;
        exact = mean;
    }
    for (size_t i = 0; i < n; i++) {
        self->ratio[i] = exact[i] > 0 ? from[i] / exact[i] : 1;
        mean[i] = exact[i];
    }
    self->end_known = NAN;
}

/* Pairs of cells that part within a step switch together for half a step too little or too much: what still remembers its state is off by (rate h)^2/6 in
 * variance and low, unless switching is so fast that pairs hardly count. */
static double variance_step(const rlp_leap_steps_t *self, size_t rates, const double *mean) {
    const double *birth = rlp_process_birth(self->map.process, rates);
    double rate = rlp_switching_rate(&self->map.switching, rates), most = 0, total = 0;
    for (size_t i = 0; i < self->process->n_types; i++) most = fmax(most, birth[i]), total += mean[i];
    double share = fmin(fmax(VARIANCE_SHARE, VARIANCE_SHARE * total / VARIANCE_CELLS), VARIANCE_MOST);
    return rate > 0 ? sqrt(6 * share * self->settings.error * fmax(1, rate / (2 * most))) / rate : INFINITY;
}

/* Far shorter than the step that would just do, and than anything takes: days of a dose, hours after an embolisation. */
static bool is_short(const rlp_leap_steps_t *self, const rlp_span_t *before, size_t rates, double days) {
    return before && days <= SPAN_SHORT * before->best && days * rlp_mean_map_fastest(&self->map, rates) <= SPAN_SHORT;
}

static void choose_step(void *steps_of, rlp_span_t *span, const double *mean, const rlp_span_t *before) {
    rlp_leap_steps_t *self = steps_of;
    const rlp_process_t *p = self->process;
    double horizon = self->settings.horizon_days, end = span->start_days < horizon ? fmin(span->end_days, horizon) : span->end_days; /* what nobody sees judges no step */
    double days = end - span->start_days, error = self->settings.error, most = 0;
    size_t rates = span_row(self, span, days), n = p->n_types;
    rlp_mean_course_t course = course_of(self, span, days);
    if (course.n == 1 && is_short(self, before, rates, days)) {
        span->seen_short = true;
        span->step = days;
        span->best = before->best;
        span->unpaired = before->unpaired;
        return;
    }
    double tolerance = STEP_SHARE * error * (STEP_STANDING + (1 - STEP_STANDING) * fmin(1, end / horizon));
    bias_means(self, mean);
    size_t steps = rlp_mean_course_steps(&self->map, &course, mean, self->biased, tolerance, before ? (size_t)ceil(days / before->best) : 1, &span->best), chosen = steps;
    memcpy(self->true_end, self->map.fine, n * sizeof *mean);
    memcpy(self->end, self->map.coarse, n * sizeof *mean);
    if (self->map.switching.any) {
        steps = (size_t)fmax((double)steps, ceil(days / variance_step(self, rates, mean)));
        double off = rlp_mean_map_unpaired(&self->map, rates, days / (double)steps, self->true_end);
        span->unpaired = days / (double)steps * sqrt(UNPAIRED_SHARE * error / fmax(off, 1e-6 * error));
    }
    for (size_t i = 0; i < n && p->capacity_law != RLP_CAPACITY_NONE; i++) most = fmax(most, rlp_process_birth(self->map.process, rates)[i]);
    steps = (size_t)fmax((double)steps, ceil(days * most / (CROWDED_BIRTHS * sqrt(error))));
    span->step = days / (double)steps;
    self->end_known = steps == chosen ? days : NAN;
}

int rlp_leap_steps_init(rlp_leap_steps_t *self, const rlp_process_t *p, const rlp_engine_settings_t *settings) {
    *self = (rlp_leap_steps_t){.process = p, .settings = *settings, .end_known = NAN};
    self->spans = (rlp_spans_t){.process = p, .engine = self, .choose = choose_step, .carry = carry_means, .joins = p->capacity_law == RLP_CAPACITY_NONE};
    int rc = rlp_averages_init(&self->averages, p);
    if (!rc) rc = rlp_mean_map_init(&self->map, &self->averages.rows);
    if (!rc) rc = rlp_spans_init(&self->spans);
    if (!rc) rc = RLP_NEW(self->ratio, p->n_types);
    if (!rc) rc = RLP_NEW(self->true_end, p->n_types);
    if (!rc) rc = RLP_NEW(self->end, p->n_types);
    if (!rc) rc = RLP_NEW(self->biased, p->n_types);
    for (size_t i = 0; i < p->n_types && !rc; i++) self->ratio[i] = 1;
    if (rc) rlp_leap_steps_free(self);
    return rc;
}

void rlp_leap_steps_tidy(rlp_leap_steps_t *self) {
    if (!rlp_averages_full(&self->averages)) return;
    rlp_averages_forget(&self->averages);
    rlp_mean_map_forget(&self->map);
}

void rlp_leap_steps_free(rlp_leap_steps_t *self) {
    if (!self->process) return;
    rlp_mean_map_free(&self->map);
    rlp_averages_free(&self->averages);
    rlp_spans_free(&self->spans);
    free(self->ratio);
    free(self->true_end);
    free(self->end);
    free(self->biased);
    memset(self, 0, sizeof *self);
}
