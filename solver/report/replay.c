/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One patient's environment once more, to look at it: a second environment begins with his values and his luck, is held at each day of a grid, and does
 * again what rules did to the first. The life itself never knows.
 *
 *   grid  whole days, for 28 days after each treatment (start, stop, do, reduce, pause, resume), else every seventh day; a hundredth of a day before an
 *         intervention, and quarters of a day for three days after it; the instants of treatments; his end */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"
#include "relapse/memory.h"

#define CLOSE_DAYS 28.0
#define APART_DAYS 7.0
#define QUARTER_DAYS 3.0
#define JUST_DAYS 0.01

/* ---- the grid ------------------------------------------------------------------------------------------------------------ */
static bool treats(const rlp_event_t *e) { return e->kind <= RLP_EVENT_RESUME; }

static int add_day(replay_t *r, double t_days) {
    if (!(t_days <= r->end_days)) return RLP_OK;
    int rc = RLP_GROW(r->t_days, r->day_room, r->n_days + 1);
    if (!rc) r->t_days[r->n_days++] = t_days;
    return rc;
}

/* Is a treatment at most CLOSE_DAYS past? */
static bool is_close(const rlp_told_t *told, double t_days) {
    for (size_t k = 0; k < told->n_events; k++)
        if (treats(&told->events[k]) && told->events[k].t_days <= t_days && t_days <= told->events[k].t_days + CLOSE_DAYS) return true;
    return false;
}

static int rising(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int make_grid(replay_t *r, const rlp_told_t *told) {
    int rc = add_day(r, r->end_days);
    for (double t = 0; t <= r->end_days && !rc; t++)
        if (fmod(t, APART_DAYS) == 0 || is_close(told, t)) rc = add_day(r, t);
    for (size_t k = 0; k < told->n_events && !rc; k++) {
        const rlp_event_t *e = &told->events[k];
        if (treats(e)) rc = add_day(r, e->t_days);
        if (!rc && e->kind == RLP_EVENT_DO && e->t_days > JUST_DAYS) rc = add_day(r, e->t_days - JUST_DAYS);
        for (double h = 0.25; e->kind == RLP_EVENT_DO && h <= QUARTER_DAYS && !rc; h += 0.25) rc = add_day(r, e->t_days + h);
    }
    for (size_t k = 0; k < told->n_deeds && !rc; k++) rc = add_day(r, told->deeds[k].t_days); /* a course given may begin later than told to */
    if (rc) return rc;
    qsort(r->t_days, r->n_days, sizeof *r->t_days, rising);
    size_t n = 0;
    for (size_t k = 0; k < r->n_days; k++)
        if (!n || r->t_days[k] > r->t_days[n - 1]) r->t_days[n++] = r->t_days[k];
    r->n_days = n;
    return rc;
}

/* ---- the way ------------------------------------------------------------------------------------------------------------- */
typedef struct {
    rlp_environment_t *environment;
    rlp_process_t process;
    size_t next_deed;
} way_t;

static int go_to(way_t *way, double t_days) {
    rlp_environment_hold(way->environment, t_days);
    return rlp_environment_extend(way->environment, t_days, &way->process);
}

/* To the day, and what rules did on it. */
static int live_to(way_t *way, const rlp_told_t *told, double t_days) {
    int rc = go_to(way, t_days);
    bool any = false;
    for (; !rc && way->next_deed < told->n_deeds && told->deeds[way->next_deed].t_days <= t_days; any = true)
        rc = rlp_environment_act(way->environment, told->deeds[way->next_deed++].act, t_days, &way->process);
    return rc || !any ? rc : go_to(way, t_days);
}

static int begin(way_t *way, const rlp_study_t *study, size_t arm, uint64_t patient, const double *values) {
    const rlp_trial_t *trial = &study->trial;
    int rc = rlp_tumour_process(study->tumour, values, &way->process);
    if (!rc) rc = rlp_environment_new(study->tumour, study->tasks[arm].arm, trial->error, trial->follow_up_days, &way->environment);
    if (rc) return rc;
    rlp_environment_luck(way->environment, trial->seed, patient, 0);
    return rlp_environment_begin(way->environment, values, &way->process);
}

static int look(way_t *way, const rlp_told_t *told, replay_t *r) {
    r->n_series = rlp_environment_seen(way->environment, NULL);
    int rc = RLP_NEW(r->series, r->n_series);
    if (!rc) rc = RLP_NEW(r->values, r->n_series * r->n_days);
    if (!rc) (void)rlp_environment_seen(way->environment, r->series);
    for (size_t k = 0; k < r->n_days && !rc; k++) {
        rc = live_to(way, told, r->t_days[k]);
        if (!rc) rc = rlp_environment_see(way->environment, r->values + k * r->n_series);
    }
    return rc;
}

int replay_make(const rlp_study_t *study, size_t arm, uint64_t patient, const double *values, double end_days, const rlp_told_t *told, replay_t *r) {
    way_t way = {0};
    *r = (replay_t){.end_days = end_days};
    int rc = make_grid(r, told);
    if (!rc) rc = begin(&way, study, arm, patient, values);
    if (!rc) rc = look(&way, told, r);
    rlp_environment_free(way.environment);
    rlp_process_free(&way.process);
    return rc;
}

void replay_free(replay_t *r) {
    free(r->t_days);
    free(r->series);
    free(r->values);
    memset(r, 0, sizeof *r);
}
