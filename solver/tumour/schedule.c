/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The calendar of one patient in one arm: courses of doses, the days on which something begins, ends or is done, and what will be told of
 * it. */
#include <math.h>
#include <stdlib.h>

#include "compile.h"
#include "relapse/memory.h"

static void fill_pk(rlp_environment_t *e, size_t d) {
    const tumour_drug_t *drug = &e->model->drugs[d];
    tumour_pk_t *pk = &e->pk[d];
    pk->volume = e->values[drug->volume];
    pk->n_decays = 0;
    pk->ke = drug->clearance != NO_PARAMETER ? 24 * e->values[drug->clearance] / pk->volume : log(2) / e->values[drug->half_life];
    pk->ka = drug->ka == NO_PARAMETER ? INFINITY : e->values[drug->ka];
    if (fabs(pk->ka - pk->ke) < 1e-6 * pk->ke) pk->ka = pk->ke * (1 + 1e-6); /* Bateman's 0/0; a millionth is nothing */
}

static int add_break(rlp_environment_t *e, double t, size_t intervention, size_t stopped) {
    if (!(t >= 0 && t <= e->follow_up)) return RLP_OK;
    int rc = RLP_GROW(e->breaks, e->break_capacity, e->n_breaks + 1);
    if (!rc) e->breaks[e->n_breaks++] = (tumour_break_t){t, intervention, stopped};
    return rc;
}

static bool opens(const tumour_break_t *b, const tumour_arrow_t *a) {
    if (a->source.kind == SOURCE_STOP) return b->stopped == a->source.index;
    return a->source.kind == SOURCE_INTERVENTION && b->intervention == a->source.index;
}

/* Rows change abruptly where a window opens and where it closes, */
int tumour_schedule_break(rlp_environment_t *e, double t, size_t intervention, size_t stopped) {
    const rlp_tumour_t *m = e->model;
    const tumour_break_t b = {t, intervention, stopped};
    int rc = add_break(e, t, intervention, stopped);
    for (size_t a = 0; a < m->n_arrows && !rc && t >= 0 && t <= e->follow_up; a++) {
        size_t window = m->rows[m->arrows[a].row].window;
        if (e->arrow_used[a] && window != NO_PARAMETER && opens(&b, &m->arrows[a])) rc = add_break(e, t + e->values[window], RLP_NONE, RLP_NONE);
    }
    return rc;
}

/* and where days_on passes a threshold. */
static int add_thresholds(rlp_environment_t *e, const tumour_course_t *course) {
    const rlp_tumour_t *m = e->model;
    int rc = RLP_OK;
    for (size_t i = 0; i < m->n_arrows && !rc; i++) {
        const tumour_arrow_t *a = &m->arrows[i];
        const tumour_row_t *row = &m->rows[a->row];
        bool steps = a->source.kind == SOURCE_DAYS_ON && (row->law == LAW_THRESHOLD || row->law == LAW_WINDOW);
        if (!e->arrow_used[i] || !steps || a->source.index != course->drug) continue;
        double zero = course->zero + value_or(e->values, row->origin, 0);
        rc = add_break(e, zero + e->values[row->where], RLP_NONE, RLP_NONE);
        if (!rc && row->law == LAW_WINDOW) rc = add_break(e, zero + e->values[row->high], RLP_NONE, RLP_NONE);
    }
    return rc;
}

int tumour_schedule_tell(rlp_environment_t *e, double t, rlp_event_kind_t kind, const char *what) {
    if (!(t >= 0 && t <= e->follow_up)) return RLP_OK;
    int rc = RLP_GROW(e->planned, e->planned_capacity, e->n_planned + 1);
    if (!rc) e->planned[e->n_planned++] = (rlp_planned_t){t, kind, what, e->acts};
    return rc;
}

bool tumour_schedule_course(const rlp_environment_t *e, size_t index, double t, tumour_course_t *out) {
    const double *v = e->values;
    const tumour_item_t *item = &e->model->items[index];
    tumour_course_t c = {.drug = item->what, .item = index, .from = t + v[item->from], .every = v[item->every], .share = 1};
    c.stop = c.doses = c.until = INFINITY;
    c.zero = c.from;
    c.dose = tumour_dose_mg(e->model, v, item);
    if (item->doses != NO_PARAMETER) c.doses = v[item->doses], c.stop = c.from + c.doses * c.every;
    if (item->until != NO_PARAMETER) {
        c.until = t + v[item->until];
        c.stop = fmin(c.stop, c.until);
        c.doses = fmin(c.doses, ceil((c.until - c.from) / c.every));
    }
    *out = c;
    return !(c.doses < 1 || c.from > e->follow_up);
}

int tumour_schedule_add(rlp_environment_t *e, tumour_course_t c) {
    int rc = RLP_GROW(e->courses, e->course_capacity, e->n_courses + 1);
    if (rc) return rc;
    c.steady = tumour_course_steady(&e->pk[c.drug], &c);
    c.gone = tumour_course_gone(&e->pk[c.drug], &c);
    if ((rc = tumour_missed_draw(e, &c))) return rc;
    e->courses[e->n_courses++] = c;
    rc = add_break(e, c.from, RLP_NONE, RLP_NONE);
    if (!rc) rc = tumour_schedule_break(e, c.stop, RLP_NONE, c.drug);
    return rc ? rc : add_thresholds(e, &c);
}

static int plan_course(rlp_environment_t *e, size_t item) {
    tumour_course_t c;
    if (!tumour_schedule_course(e, item, 0, &c)) return RLP_OK;
    int rc = tumour_schedule_add(e, c);
    if (!rc) rc = tumour_schedule_tell(e, c.from, RLP_EVENT_START, e->model->drugs[c.drug].name);
    return rc ? rc : tumour_schedule_tell(e, c.stop, RLP_EVENT_STOP, e->model->drugs[c.drug].name);
}

static int plan_interventions(rlp_environment_t *e, const tumour_item_t *item) {
    int rc = RLP_OK;
    for (size_t i = 0; i < item->n_at && !rc; i++) {
        double t = e->values[item->at[i]];
        rc = tumour_schedule_break(e, t, item->what, RLP_NONE);
        if (!rc) rc = tumour_schedule_tell(e, t, RLP_EVENT_DO, e->model->interventions[item->what].name);
    }
    return rc;
}

/* Insertion keeps those of one day in the order of the input. */
void tumour_schedule_sort(rlp_environment_t *e) {
    for (size_t i = 1; i < e->n_breaks; i++) {
        tumour_break_t moved = e->breaks[i];
        size_t k = i;
        for (; k > 0 && e->breaks[k - 1].t_days > moved.t_days; k--) e->breaks[k] = e->breaks[k - 1];
        e->breaks[k] = moved;
    }
    for (size_t i = 1; i < e->n_planned; i++) {
        rlp_planned_t moved = e->planned[i];
        size_t k = i;
        for (; k > 0 && e->planned[k - 1].t_days > moved.t_days; k--) e->planned[k] = e->planned[k - 1];
        e->planned[k] = moved;
    }
}

int tumour_schedule(rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    const tumour_arm_t *arm = &m->arms[e->arm];
    int rc = RLP_OK;
    e->n_courses = e->n_missed = e->n_breaks = e->n_planned = e->next_break = e->acts = 0;
    for (size_t d = 0; d < e->n_drugs; d++) fill_pk(e, d);
    for (size_t i = 0; i < arm->n_items && !rc; i++) {
        const tumour_item_t *item = &m->items[arm->items[i]];
        rc = item->kind == ITEM_GIVE ? plan_course(e, arm->items[i]) : plan_interventions(e, item);
    }
    tumour_schedule_sort(e);
    return rc;
}

static bool opened(const rlp_environment_t *e, const tumour_arrow_t *a, double window, double t) {
    for (size_t i = 0; i < e->n_breaks; i++)
        if (opens(&e->breaks[i], a) && e->breaks[i].t_days <= t && t < e->breaks[i].t_days + window) return true;
    return false;
}

void tumour_schedule_open(rlp_environment_t *e, double t) {
    const rlp_tumour_t *m = e->model;
    double next = t + 1;
    for (size_t i = 0; i < e->n_breaks; i++)
        if (e->breaks[i].t_days > t) next = fmin(next, e->breaks[i].t_days);
    e->inside = 0.5 * (t + next);
    for (size_t d = 0; d < e->n_drugs; d++) e->days_running[d] = false;
    for (size_t i = 0; i < e->n_courses; i++) {
        const tumour_course_t *c = &e->courses[i];
        if (!course_running(c, t)) continue;
        if (!e->days_running[c->drug] || c->zero > e->days_from[c->drug]) e->days_from[c->drug] = c->zero;
        e->days_running[c->drug] = true;
    }
    for (size_t a = 0; a < m->n_arrows; a++) {
        tumour_source_kind_t kind = m->arrows[a].source.kind;
        size_t window = m->rows[m->arrows[a].row].window;
        e->window_open[a] = (kind == SOURCE_STOP || kind == SOURCE_INTERVENTION) && window != NO_PARAMETER &&
                            opened(e, &m->arrows[a], e->values[window], t);
    }
}

bool tumour_schedule_even(const rlp_environment_t *e, double from, double to) {
    const rlp_tumour_t *m = e->model;
    for (size_t a = 0; a < m->n_arrows; a++) {
        size_t d = m->arrows[a].source.index;
        if (!e->arrow_used[a] || m->arrows[a].source.kind != SOURCE_DAYS_ON || !e->days_running[d]) continue;
        const tumour_row_t *row = &m->rows[m->arrows[a].row];
        const tumour_numbers_t *numbers = &e->numbers[m->arrows[a].row];
        double zero = e->days_from[d] + value_or(e->values, row->origin, 0), v = tumour_row_law(numbers, from - zero);
        if (v != tumour_row_law(numbers, 0.5 * (from + to) - zero) || v != tumour_row_law(numbers, to - zero - 1e-9)) return false;
    }
    return true;
}
