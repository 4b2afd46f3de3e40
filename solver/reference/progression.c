/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * When a set of cells reaches a burden M: the cells outside found lines in the set, P(not by t) = P(N(t) < M) while lines grow.
 *
 *   founders   those outside follow their means: ln E[s^N] = -integral of founding rate x (1 - one line's generating function) + the start cells' lines
 *   exact      those outside at random too: what the approximation of the founders is worth, at every point
 * That N(t) < M stands for "never M so far" is right up to the lead of the maximum: a birth-death process with d < b never comes back below
 * where it was by more than a geometric number of cells with mean d/(b - d). M = 1 is the first cell, which the backward equations have exactly. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backward.h"
#include "relapse/memory.h"
#include "relapse/reference.h"

#define WITHIN_REACH 1e-6 /* the chance that the burden was reached from which on it matters whether cells grow */
#define NEGLIGIBLE 1e-3   /* of the burden */

typedef struct {
    const rlp_process_t *p;
    const unsigned char *set;
    unsigned char *outside;
    const double *t_days;
    size_t n_times;
} course_t;

static void fill(double *y, const unsigned char *set, size_t n) {
    memset(y, 0, (n + 1) * sizeof *y);
    for (size_t i = 0; i < n; i++) y[i] = set[i];
}

/* P(no cell of the set up to t), or at any visit up to t. */
static int first_cell(const course_t *course, bool founders, bool at_visits, double *none) {
    const unsigned char *never = at_visits ? NULL : course->set;
    backward_t b;
    int rc = backward_init(&b, course->p, never, founders ? course->outside : NULL, false);
    if (rc) return rc;
    for (size_t k = 0; k < course->n_times && !rc; k++) {
        fill(b.y, course->set, course->p->n_types);
        rc = backward_run(&b, course->t_days[k], at_visits ? course->set : NULL, course->t_days, at_visits ? k : 0);
        none[k] = exp(creal(backward_log(&b)));
    }
    backward_free(&b);
    return rc;
}

/* Expected lines founded in the set (held: all, else those that have cells at t): the sum that is the exponent of the Poisson law. */
static int expected_lines(const course_t *course, bool held, double *lines) {
    const rlp_process_t *p = course->p;
    backward_t b;
    int rc = backward_init(&b, p, held ? course->set : NULL, course->outside, false);
    if (rc) return rc;
    for (size_t k = 0; k < course->n_times && !rc; k++) {
        fill(b.y, course->set, p->n_types);
        rc = backward_run(&b, course->t_days[k], NULL, NULL, 0);
        lines[k] = -b.y[p->n_types];
        for (size_t i = 0; i < p->n_types; i++) lines[k] += (double)p->start_cells[i] * b.y[i];
    }
    backward_free(&b);
    return rc;
}

/* Net growth of a type within the set, per cell and day, and its deaths. */
static double net_growth(const course_t *course, size_t rates, size_t type, double *lost) {
    const rlp_process_t *p = course->p;
    const double *rate = rlp_process_channel(p, rates), birth = rlp_process_birth(p, rates)[type];
    *lost = rlp_process_death(p, rates)[type];
    double born = birth;
    for (size_t c = 0; c < p->n_channels; c++) {
        if (p->channels[c].from != type) continue;
        bool leaves = !course->set[p->channels[c].to];
        if (p->channels[c].kind == RLP_CHANNEL_DIVISION && leaves) born -= birth * rate[c];
        if (p->channels[c].kind == RLP_CHANNEL_BESIDE && !leaves) born += rate[c];
        if (p->channels[c].kind == RLP_CHANNEL_SWITCH && leaves) *lost += rate[c];
    }
    return born - *lost;
}

/* Has the set grown all through (from, to]? `most` are the most cells of each type by the means; types that shrink may have `negligible` cells in all.
 * The lead of the maximum over the count joins *lead_days. */
static bool grows(const course_t *course, const double *most, double from, double to, double level, double negligible, double *lead_days) {
    const rlp_process_t *p = course->p;
    double shrinking = 0;
    for (size_t i = 0; i < p->n_types; i++) {
        bool shrinks = false;
        for (size_t s = 0; s < p->n_segments && course->set[i] && most[i] > 0; s++) {
            const rlp_segment_t *segment = &p->segments[s];
            double lost, end = s + 1 < p->n_segments ? p->segments[s + 1].start_days : INFINITY;
            if (segment->start_days > to || end <= from) continue;
            if (segment->start_days > from && segment->survive != RLP_NONE && p->survive[segment->survive * p->n_types + i] < 1) shrinks = true;
            if (segment->start_days >= to) continue;
            double net = net_growth(course, segment->rates, i, &lost);
            if (net < 0 || (net == 0 && lost > 0)) shrinks = true;
            if (net > 0) *lead_days = fmax(*lead_days, lost / (net * net * level));
        }
        if (shrinks) shrinking += most[i];
    }
    return shrinking <= negligible;
}

/* Cells of a type among those that reached the burden are at most its mean over the chance to reach it (Markov). */
static int judge_growth(const course_t *course, double level, rlp_reference_point_t *points, double *lead_days) {
    size_t n = course->p->n_types;
    double *means, *most;
    bool grown = true;
    int rc = RLP_NEW(means, (course->n_times + 1) * n);
    if (rc) return rc;
    most = means + course->n_times * n;
    rc = rlp_reference_moments(course->p, course->t_days, course->n_times, means, NULL);
    for (size_t k = 0; k < course->n_times && !rc; k++) {
        double reached = 1 - points[k].exact;
        for (size_t i = 0; i < n; i++) most[i] = fmax(means[k * n + i], k ? means[(k - 1) * n + i] : (double)course->p->start_cells[i]);
        if (reached > WITHIN_REACH)
            grown = grows(course, most, k ? course->t_days[k - 1] : 0, course->t_days[k], level, NEGLIGIBLE * reached * level, lead_days) && grown;
        points[k].growing = grown;
    }
    free(means);
    return rc;
}

/* The count's law at each time, or the first cell's. */
static int survival(const course_t *course, double level, bool at_visits, bool founders, double *below) {
    if (ceil(level) <= 1) return first_cell(course, founders, at_visits, below);
    int rc = rlp_reference_below(course->p, course->set, level, founders, course->t_days, course->n_times, below);
    for (size_t k = 1; k < course->n_times && !rc; k++) below[k] = fmin(below[k], below[k - 1]);
    return rc;
}

int rlp_reference_progression(const rlp_process_t *p, const unsigned char *set, double level, bool at_visits, const double *t_days, size_t n_times,
                              rlp_reference_point_t *points, double *lead_days) {
    course_t course = {.p = p, .set = set, .t_days = t_days, .n_times = n_times};
    double *column[4] = {NULL};
    int rc = rlp_reference_accepts_backward(p);
    *lead_days = 0;
    if (!rc) rc = RLP_NEW(course.outside, p->n_types);
    for (size_t c = 0; c < 4 && !rc; c++) rc = RLP_NEW(column[c], n_times);
    for (size_t i = 0; i < p->n_types && !rc; i++) course.outside[i] = !set[i];
    if (!rc) rc = survival(&course, level, at_visits, true, column[0]);
    if (!rc && memchr(course.outside, 1, p->n_types)) rc = survival(&course, level, at_visits, false, column[1]);
    if (!rc && !memchr(course.outside, 1, p->n_types)) memcpy(column[1], column[0], n_times * sizeof *column[0]);
    if (!rc) rc = expected_lines(&course, true, column[2]);
    if (!rc) rc = expected_lines(&course, false, column[3]);
    for (size_t k = 0; k < n_times && !rc; k++)
        points[k] = (rlp_reference_point_t){.survival = column[0][k], .exact = column[1][k], .founders = column[2][k], .living = column[3][k], .growing = true};
    if (!rc && ceil(level) > 1) rc = judge_growth(&course, level, points, lead_days);
    for (size_t c = 0; c < 4; c++) free(column[c]);
    free(course.outside);
    return rc;
}
