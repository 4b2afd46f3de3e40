/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is done on the way: rules change the calendar from the day held at, and the environment goes on from there.
 *
 * A course that is stopped, reduced or paused at t keeps the doses that it gave before t, and what is left of them decays in closed form. A
 * reduced or paused course goes on as another course that takes over the doses left; levels of courses add up. */
#include <math.h>
#include <string.h>

#include "compile.h"
#include "relapse/memory.h"

void rlp_environment_hold(rlp_environment_t *e, double t_days) {
    RLP_INVARIANT(t_days >= e->now); /* nothing is taken back */
    e->hold = t_days;
}

/* ---- the calendar, corrected ------------------------------------------------------------------------------------------------- */
/* Take back what was told, and a drug's stop: of equal ones any. */
static void untell(rlp_environment_t *e, double t, rlp_event_kind_t kind, size_t drug) {
    const char *what = e->model->drugs[drug].name;
    for (size_t i = 0; i < e->n_planned; i++) {
        if (e->planned[i].t_days != t || e->planned[i].kind != kind || e->planned[i].what != what) continue;
        memmove(&e->planned[i], &e->planned[i + 1], (--e->n_planned - i) * sizeof *e->planned);
        return;
    }
}

static void unbreak(rlp_environment_t *e, double t, size_t drug) {
    for (size_t i = e->next_break; i < e->n_breaks; i++) {
        if (e->breaks[i].t_days != t || e->breaks[i].stopped != drug) continue;
        memmove(&e->breaks[i], &e->breaks[i + 1], (--e->n_breaks - i) * sizeof *e->breaks);
        return;
    }
}

/* The course will not stop as planned, */
static void unstop(rlp_environment_t *e, const tumour_course_t *c) {
    untell(e, c->stop, RLP_EVENT_STOP, c->drug);
    unbreak(e, c->stop, c->drug);
}

/* nor begin, after t: what is told of t itself stays told. */
static void unstart(rlp_environment_t *e, const tumour_course_t *c, double t) {
    if (c->from > t && !c->seamless) untell(e, c->from, c->continues ? RLP_EVENT_RESUME : RLP_EVENT_START, c->drug);
    unstop(e, c);
}

static int tell(rlp_environment_t *e, double t, rlp_event_kind_t kind, size_t drug) {
    return tumour_schedule_tell(e, t, kind, e->model->drugs[drug].name);
}

static double doses_before(const tumour_course_t *c, double t) { return fmin(c->doses, fmax(0, ceil((t - c->from) / c->every))); }

/* Of the course the doses before t are left, and it ends at t. */
static void cut(rlp_environment_t *e, tumour_course_t *c, double doses, double t) {
    c->doses = doses;
    c->stop = t;
    c->steady = tumour_course_steady(&e->pk[c->drug], c);
    c->gone = doses < 1 ? c->from : tumour_course_gone(&e->pk[c->drug], c);
}

/* What of the course comes from its next dose at or after t on. */
static tumour_course_t rest_of(const tumour_course_t *c, double t) {
    double k = doses_before(c, t);
    tumour_course_t rest = *c;
    rest.from = fmax(t, c->from + k * c->every);
    rest.doses = c->doses - k;
    rest.continues = c->continues || c->from < t;
    return rest;
}

/* Was the drug taken until now by this course, or by the one that it takes over from at this instant? */
static bool begun(const tumour_course_t *c, double t) { return course_running(c, t) && (c->from < t || c->seamless); }
static bool waits(const tumour_course_t *c, double t) { return c->from >= t && c->doses >= 1; }
/* It waits, but its beginning at this instant is told, though no dose is given yet: whatever ends or delays it is told, too. */
static bool told(const tumour_course_t *c, double t) { return waits(c, t) && c->from == t; }

/* ---- acts ------------------------------------------------------------------------------------------------------------------------ */
static int give(rlp_environment_t *e, size_t item, double t) {
    tumour_course_t c;
    if (!tumour_schedule_course(e, item, t, &c)) return RLP_OK;
    int rc = tumour_schedule_add(e, c);
    if (!rc) rc = tell(e, c.from, RLP_EVENT_START, c.drug);
    return rc ? rc : tell(e, c.stop, RLP_EVENT_STOP, c.drug);
}

static int do_now(rlp_environment_t *e, size_t intervention, double t) {
    int rc = tumour_schedule_break(e, t, intervention, RLP_NONE);
    return rc ? rc : tumour_schedule_tell(e, t, RLP_EVENT_DO, e->model->interventions[intervention].name);
}

/* Told once, whether the drug is running, paused or begins at this instant; a pause has opened its windows already. */
static int stop(rlp_environment_t *e, size_t drug, size_t item, double t) {
    bool running = false, known = false;
    for (size_t i = 0; i < e->n_courses; i++) {
        tumour_course_t *c = &e->courses[i];
        if (c->drug != drug || (item != RLP_NONE && c->item != item)) continue;
        if (begun(c, t)) {
            running = true;
            unstop(e, c);
            cut(e, c, doses_before(c, t), t);
        } else if (waits(c, t)) {
            known = known || c->continues || told(c, t);
            unstart(e, c, t);
            cut(e, c, 0, c->from);
        }
    }
    int rc = running ? tumour_schedule_break(e, t, RLP_NONE, drug) : RLP_OK;
    return rc || !(running || known) ? rc : tell(e, t, RLP_EVENT_STOP, drug);
}

static int reduce(rlp_environment_t *e, size_t drug, double share, double t) {
    size_t n = e->n_courses;
    bool any = false;
    int rc = RLP_OK;
    for (size_t i = 0; i < n && !rc; i++) {
        tumour_course_t *c = &e->courses[i], rest = rest_of(c, t);
        if (c->drug != drug || rest.doses < 1 || !(begun(c, t) || waits(c, t))) continue;
        any = true;
        rest.dose *= share;
        rest.share *= share;
        if (waits(c, t)) {
            *c = rest;
            continue;
        }
        unbreak(e, c->stop, drug); /* tumour_schedule_add makes it anew; it is told as before */
        rest.seamless = true;
        cut(e, c, doses_before(c, t), rest.from);
        rc = tumour_schedule_add(e, rest);
    }
    return rc || !any ? rc : tell(e, t, RLP_EVENT_REDUCE, drug);
}

/* The next dose comes at its time or at the end of the pause, whichever is later; the doses left and a fixed last day stay. */
static tumour_course_t delayed(const tumour_course_t *c, double t, double end) {
    tumour_course_t rest = rest_of(c, t);
    rest.continues = rest.continues || told(c, t);
    rest.zero = fmax(end, rest.from) - ((c->seamless ? t : fmax(t, c->from)) - c->zero); /* days on the drug go on from where they were */
    rest.from = fmax(end, rest.from);
    rest.seamless = false;
    rest.doses = fmin(rest.doses, ceil((rest.until - rest.from) / rest.every));
    rest.stop = fmin(rest.from + rest.doses * rest.every, rest.until);
    return rest;
}

typedef struct {
    bool running, known, held, goes_on; /* was the drug taken, was its beginning told, was it paused already, and will it go on */
} paused_t;

static int pause_course(rlp_environment_t *e, size_t i, double t, double end, paused_t *paused) {
    tumour_course_t *c = &e->courses[i], rest = delayed(c, t, end);
    bool runs = begun(c, t);
    size_t drug = c->drug;
    if (!runs && (!waits(c, t) || (c->from >= end && !c->seamless))) {
        paused->goes_on = paused->goes_on || (waits(c, t) && c->continues);
        return RLP_OK;
    }
    paused->held = paused->held || c->continues;
    paused->running = paused->running || runs;
    paused->known = paused->known || runs || told(c, t);
    if (runs) {
        unstop(e, c);
        cut(e, c, doses_before(c, t), t);
    } else {
        unstart(e, c, t);
        cut(e, c, 0, c->from);
    }
    if (rest.doses < 1) return RLP_OK;
    paused->goes_on = true;
    int rc = tumour_schedule_add(e, rest);
    if (!rc) rc = tell(e, rest.from, rest.continues ? RLP_EVENT_RESUME : RLP_EVENT_START, drug);
    return rc ? rc : tell(e, rest.stop, RLP_EVENT_STOP, drug);
}

static int pause(rlp_environment_t *e, size_t drug, double days, double t) {
    size_t n = e->n_courses;
    paused_t paused = {false, false, false, false};
    int rc = RLP_OK;
    for (size_t i = 0; i < n && !rc; i++)
        if (e->courses[i].drug == drug) rc = pause_course(e, i, t, t + days, &paused);
    if (!rc && paused.running) rc = tumour_schedule_break(e, t, RLP_NONE, drug);
    if (!rc && !paused.goes_on && (paused.known || paused.held)) return tell(e, t, RLP_EVENT_STOP, drug);
    return rc || !paused.known ? rc : tell(e, t, RLP_EVENT_PAUSE, drug);
}

static int perform(rlp_environment_t *e, const rlp_act_t *act, double t) {
    switch (act->kind) {
    case RLP_ACT_GIVE: return give(e, act->item, t);
    case RLP_ACT_STOP: return stop(e, act->what, act->item, t);
    case RLP_ACT_REDUCE: return reduce(e, act->what, e->values[act->amount], t);
    case RLP_ACT_PAUSE: return pause(e, act->what, e->values[act->amount], t);
    case RLP_ACT_DO: return do_now(e, act->what, t);
    }
    return RLP_OK;
}

int rlp_environment_act(rlp_environment_t *e, const rlp_act_t *act, double t_days, rlp_process_t *process) {
    if (e->failed) return RLP_OK; /* told by the next extend */
    RLP_INVARIANT(e->now == t_days && !e->segment_open);
    e->acts++;
    process->sealed = process->n_segments;
    int rc = perform(e, act, t_days);
    if (!rc) rc = tumour_schedule_break(e, t_days, RLP_NONE, RLP_NONE); /* nothing is as it was */
    tumour_schedule_sort(e);
    e->finished = false; /* on the last day: what is done then is in, too */
    e->closed_to = t_days;
    return rc;
}

/* ---- questions ------------------------------------------------------------------------------------------------------------------- */
/* Of overlapping courses a day counts once, by the fullest. */
double rlp_environment_days_on(const rlp_environment_t *e, size_t drug, double t_days) {
    double sum = 0, at = 0;
    while (at < t_days) {
        double next = t_days, share = 0;
        for (size_t i = 0; i < e->n_courses; i++) {
            const tumour_course_t *c = &e->courses[i];
            if (c->drug != drug) continue;
            if (course_running(c, at)) share = fmax(share, c->share);
            if (c->from > at) next = fmin(next, c->from);
            if (c->stop > at) next = fmin(next, c->stop);
        }
        sum += share * (next - at);
        at = next;
    }
    return sum;
}

double rlp_environment_given_mg(const rlp_environment_t *e, size_t drug, double t_days) {
    double sum = 0;
    for (size_t i = 0; i < e->n_courses; i++) {
        const tumour_course_t *c = &e->courses[i];
        if (c->drug == drug && c->doses >= 1 && c->from <= t_days)
            sum += c->dose * (fmin(c->doses, floor((t_days - c->from) / c->every) + 1) - tumour_missed_doses(e, c, t_days));
    }
    return sum;
}

bool rlp_environment_on_drug(const rlp_environment_t *e, size_t drug, double t_days) {
    for (size_t i = 0; i < e->n_courses; i++)
        if (e->courses[i].drug == drug && course_running(&e->courses[i], t_days)) return true;
    return false;
}
