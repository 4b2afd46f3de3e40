/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Aalen & Johansen's cumulative incidence with the infinitesimal jackknife of R's multi-state survfit, in O(n causes^2) after the sort.
 *
 * Patient i has an influence u_i0 on S and u_ic on F_c. With q = S(t-)/n, b_c = d_c/n, a = 1 - sum_c b_c, one event time turns them into
 *     u_i0' = a u_i0 + [at risk] q (stays - a),      u_ic' = u_ic + b_c u_i0 + [at risk] q (moves to c - b_c).
 * R keeps u for all n patients and all times, n^2 work. But those still at risk have one and the same history, hence one u, and for those
 * gone the step is linear: the sums of u_0^2, u_0 u_c and u_c^2 over the gone follow it by themselves. */
#include <math.h>
#include <stdlib.h>

#include "observations.h"
#include "relapse/memory.h"

typedef struct {
    unsigned causes;
    double survival;
    double *incidence;                  /* [causes] F_c */
    double *events;                     /* [causes] d_c at the time at hand */
    double stay_0, *stay;               /* u of everybody still at risk; [causes] */
    double gone_00, *gone_0c, *gone_cc; /* sums over those gone; [causes] */
} state_t;

/* Those gone follow the linear part of the step. */
static void step_gone(state_t *s, double a, double n) {
    for (unsigned c = 0; c < s->causes; c++) {
        double b = s->events[c] / n;
        s->gone_cc[c] += b * (2 * s->gone_0c[c] + b * s->gone_00);
        s->gone_0c[c] = a * (s->gone_0c[c] + b * s->gone_00);
    }
    s->gone_00 *= a * a;
}

/* `count` patients with influences u_0 + extra_0 and u_c + extra (extra only for cause `own`; own = causes: none) leave. */
static void leave(state_t *s, double count, double u_0, unsigned own, double extra) {
    s->gone_00 += count * u_0 * u_0;
    for (unsigned c = 0; c < s->causes; c++) {
        double u = s->stay[c] + (c == own ? extra : 0);
        s->gone_0c[c] += count * u_0 * u;
        s->gone_cc[c] += count * u * u;
    }
}

static void step(state_t *s, double n, double events, double censored) {
    double a = (n - events) / n, q = s->survival / n;
    step_gone(s, a, n);
    for (unsigned c = 0; c < s->causes; c++) {
        double b = s->events[c] / n;
        s->stay[c] += b * (s->stay_0 - q);
        s->incidence[c] += s->survival * b;
    }
    double moved_0 = a * (s->stay_0 - q); /* of those who move now: they gain none of the q that staying keeps */
    s->stay_0 = moved_0 + q;
    for (unsigned c = 0; c < s->causes; c++)
        if (s->events[c] > 0) leave(s, s->events[c], moved_0, c, q);
    if (censored > 0) leave(s, censored, s->stay_0, s->causes, 0);
    s->survival *= a;
}

/* R's default interval for multi-state curves: conf.type = "log", cut at 1. */
static rlp_cuminc_point_t point(uint64_t events, double value, double variance) {
    double std_err = sqrt(fmax(variance, 0)), reach = exp(Z_95 * std_err / value);
    rlp_cuminc_point_t p = {.events = events, .value = value, .std_err = std_err, .lower95 = NAN, .upper95 = NAN};
    if (value > 0) {
        p.lower95 = value / reach;
        p.upper95 = fmin(value * reach, 1);
    }
    return p;
}

static void record(rlp_cuminc_t *curve, const state_t *s, double time, uint64_t at_risk, uint64_t events, uint64_t censored) {
    size_t row = curve->rows++;
    double remain = (double)(at_risk - events - censored);
    curve->time[row] = time;
    curve->at_risk[row] = at_risk;
    curve->censored[row] = censored;
    /* when everybody had an event nothing of S is left to be uncertain about; R says 0 too */
    curve->event_free[row] = point(events, s->survival, s->gone_00 + remain * s->stay_0 * s->stay_0);
    for (unsigned c = 0; c < s->causes; c++)
        curve->point[row * s->causes + c] =
            point((uint64_t)s->events[c], s->incidence[c], s->gone_cc[c] + remain * s->stay[c] * s->stay[c]);
}

static void walk(rlp_cuminc_t *curve, state_t *s, const observation_t *list, size_t n) {
    tie_t tie;
    for (size_t begin = 0; begin < n; begin = tie.end) {
        tie = rlp_observations_tie(list, n, begin);
        for (unsigned c = 0; c < s->causes; c++) s->events[c] = 0;
        for (size_t i = begin; i < tie.end; i++)
            if (list[i].cause) s->events[list[i].cause - 1]++;
        step(s, (double)(n - begin), (double)tie.events[0], (double)tie.censored[0]);
        record(curve, s, tie.time, n - begin, tie.events[0], tie.censored[0]);
    }
}

static int read_causes(observation_t *list, size_t n, const double *time, const unsigned *cause, unsigned causes) {
    for (size_t i = 0; i < n; i++) {
        int rc = rlp_observations_check_time(time[i], i);
        if (rc != RLP_OK) return rc;
        if (cause[i] > causes)
            return rlp_fail(RLP_ERROR_INPUT, "cause %u of patient row %zu is not among 0 .. %u", cause[i], i + 1, causes);
        list[i] = (observation_t){.time = time[i], .index = i, .cause = cause[i]};
    }
    rlp_observations_sort(list, n);
    return RLP_OK;
}

static int make_room(rlp_cuminc_t *curve, const observation_t *list, size_t n) {
    size_t rows = 0;
    for (size_t i = 0; i < n; i++) rows += i == 0 || list[i].time != list[i - 1].time;
    int rc = RLP_NEW(curve->time, rows);
    if (rc == RLP_OK) rc = RLP_NEW(curve->at_risk, rows);
    if (rc == RLP_OK) rc = RLP_NEW(curve->censored, rows);
    if (rc == RLP_OK) rc = RLP_NEW(curve->event_free, rows);
    if (rc == RLP_OK) rc = RLP_NEW(curve->point, rows * curve->causes);
    return rc;
}

int rlp_cuminc_init(rlp_cuminc_t *curve, size_t n, const double *time, const unsigned *cause, unsigned causes) {
    *curve = (rlp_cuminc_t){.causes = causes};
    observation_t *list = NULL;
    double *scratch = NULL;
    int rc = RLP_NEW(list, n);
    if (rc == RLP_OK) rc = read_causes(list, n, time, cause, causes);
    if (rc == RLP_OK) rc = make_room(curve, list, n);
    if (rc == RLP_OK) rc = RLP_NEW(scratch, 5 * (size_t)causes);
    if (rc != RLP_OK) goto out;
    state_t s = {.causes = causes, .survival = 1, .incidence = scratch, .events = scratch + causes, .stay = scratch + 2 * causes};
    s.gone_0c = scratch + 3 * causes;
    s.gone_cc = scratch + 4 * causes;
    walk(curve, &s, list, n);
out:
    free(list);
    free(scratch);
    if (rc != RLP_OK) rlp_cuminc_free(curve);
    return rc;
}

void rlp_cuminc_free(rlp_cuminc_t *curve) {
    free(curve->time);
    free(curve->at_risk);
    free(curve->censored);
    free(curve->event_free);
    free(curve->point);
    *curve = (rlp_cuminc_t){0};
}
