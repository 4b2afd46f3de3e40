/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The timeline of one patient: units of time are computed one after the other and joined into segments of constant rates.
 *
 *   piece    from one break (something begins, ends or is done) to the next; segments never cross one
 *   unit     so short that its two halves change the integral of birth - death of no type by more than 0.06 error from half the whole's
 *   segment  as many units as the chord allows: at every unit's end the integral of each type's birth - death lies within 0.04 error of the
 *            segment's straight line (a funnel of slopes per type: each unit narrows it; the first that does not fit begins a new segment)
 * So a segment, too, differs between its halves by less than error/10, and its end is exact. The units do not depend on how the caller
 * asks, but for the days at which he holds: there segments end, for what comes then may be decided on the way. Nothing changes at a hold, so
 * that units go on as long as they were, on a grid that begins there. */
#include <math.h>
#include <string.h>

#include "compile.h"
#include "relapse/memory.h"

#define UNIT_MOST 32.0 /* days */
#define UNIT_LEAST TUMOUR_UNIT_LEAST
#define UNIT_AFTER_EVENT 0.25 /* for three days after an intervention */
#define DAYS_AFTER_EVENT 3.0
#define UNITS_UNTRIED 8       /* units after a period that was too uneven before a whole one is tried again */
#define NODE (0.5 - 0.28867513459481288225) /* Gauss-Legendre, two nodes */

/* ---- segments
 * --------------------------------------------------------------------------------------------------------------------------- */
static int add_to_process(rlp_environment_t *e, double start, const double *row, rlp_process_t *process) {
    size_t rates = e->last_rates, survive = RLP_NONE;
    int rc = RLP_OK;
    if (row) rc = rlp_process_add_rates(process, row, &rates);
    if (!rc && e->survive_pending) rc = rlp_process_add_survive(process, e->survive, &survive);
    if (!rc) rc = rlp_process_add_segment(process, start, rates, survive);
    e->survive_pending = false;
    e->last_rates = rates;
    if (rc || !e->recording) return rc;
    if ((rc = RLP_GROW(e->pattern, e->pattern_capacity, e->n_pattern + 1))) return rc;
    e->pattern[e->n_pattern++] = (tumour_repeat_t){start - e->repeat_start, rates};
    return RLP_OK;
}

static int close_segment(rlp_environment_t *e, double end, rlp_process_t *process) {
    if (!e->segment_open) return RLP_OK;
    double length = end - e->segment_start;
    if (!e->segment_even) {
        for (size_t k = 0; k < e->n_moving; k++) e->segment_row[e->moving[k]] = e->segment_sum[e->moving[k]] / length;
    }
    e->segment_open = false;
    e->closed_to = end;
    return add_to_process(e, e->segment_start, e->segment_row, process);
}

static void open_segment(rlp_environment_t *e, double start, const double *row) {
    size_t n = e->model->n_types;
    e->segment_open = e->segment_even = true;
    e->segment_start = start;
    memset(e->segment_sum, 0, e->row_size * sizeof *e->segment_sum);
    memcpy(e->segment_row, row, e->row_size * sizeof *row);
    for (size_t i = 0; i < n; i++) {
        e->funnel_low[i] = -INFINITY;
        e->funnel_high[i] = INFINITY;
        e->integral[i] = 0;
    }
}

static bool fits(const rlp_environment_t *e, double end, double h, const double *row) {
    size_t n = e->model->n_types;
    double per_length = 1 / (end - e->segment_start);
    for (size_t i = 0; i < n; i++) {
        double slope = (e->integral[i] + (row[i] - row[n + i]) * h) * per_length;
        if (!(slope >= e->funnel_low[i] && slope <= e->funnel_high[i])) return false;
    }
    return true;
}

static int join_unit(rlp_environment_t *e, double start, double h, double end, const double *row, rlp_process_t *process) {
    size_t n = e->model->n_types;
    if (e->segment_open && !fits(e, end, h, row)) {
        int rc = close_segment(e, start, process);
        if (rc) return rc;
    }
    if (!e->segment_open) open_segment(e, start, row);
    double per_length = 1 / (end - e->segment_start), slack = e->tolerance * per_length;
    for (size_t i = 0; i < n; i++) {
        e->integral[i] += (row[i] - row[n + i]) * h;
        double slope = e->integral[i] * per_length;
        if (slope - slack > e->funnel_low[i]) e->funnel_low[i] = slope - slack;
        if (slope + slack < e->funnel_high[i]) e->funnel_high[i] = slope + slack;
    }
    for (size_t k = 0; k < e->n_moving; k++) e->segment_sum[e->moving[k]] += row[e->moving[k]] * h;
    e->segment_even = e->segment_even && !memcmp(e->segment_row, row, e->row_size * sizeof *row);
    return RLP_OK;
}

/* ---- units
 * -------------------------------------------------------------------------------------------------------------------------------- */
static double swing(const rlp_environment_t *e, const double *a, const double *b) {
    size_t n = e->model->n_types;
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        double apart = fabs((a[i] - a[n + i]) - (b[i] - b[n + i]));
        if (apart > most) most = apart;
    }
    return most;
}

static void mean_of(const rlp_environment_t *e, const double *a, const double *b, double *out) {
    for (size_t k = 0; k < e->n_moving; k++) out[e->moving[k]] = 0.5 * (a[e->moving[k]] + b[e->moving[k]]);
}

typedef struct {
    double t, h, period; /* period: levels repeat so, and the unit is a whole number of periods; else 0 */
    double aligned;      /* the last h that was on the grid */
    bool good, crosses;  /* crosses: a row passes its threshold at the end */
} unit_t;

/* One node without drugs; one period where levels repeat; else the unit itself. */
static int make_levels(rlp_environment_t *e, const unit_t *u, bool any, const tumour_levels_t **levels) {
    bool repeats = any && u->period > 0, known = repeats && e->profile_known && !(e->expand && e->n_level_steps);
    tumour_levels_t *set = repeats ? &e->profile : &e->whole;
    *levels = set;
    if (known) return RLP_OK;
    int rc = tumour_cuts_find(e, u->t);
    if (rc) return rc;
    if (repeats) e->profile_known = true, e->profile_period = u->period;
    return tumour_levels_build(e, u->t, u->t + (repeats ? u->period : u->h), set);
}

/* Rates of the first and second half into row_a and row_b; over several periods the swing within one is looked at, too. */
static int halves(rlp_environment_t *e, const unit_t *u, const tumour_levels_t *set, double *unevenness) {
    bool several = u->period > 0 && u->h > u->period, split = !set->none && !several;
    double *y = e->y_within, ta = u->t + NODE * u->h, tb = u->t + (1 - NODE) * u->h, within = 0;
    tumour_signals_within(e, u->h, NODE, y);
    int rc = tumour_rates_at(e, ta, y, set, 0, split || several ? set->half : set->n, e->row_a);
    if (!rc && several) {
        rc = tumour_rates_at(e, ta, y, set, set->half, set->n, e->row_d);
        if (rc) return rc;
        within = swing(e, e->row_a, e->row_d) * u->period / 4;
        mean_of(e, e->row_a, e->row_d, e->row_a);
    }
    tumour_signals_within(e, u->h, 1 - NODE, y);
    if (!rc) rc = tumour_rates_at(e, tb, y, set, split ? set->half : 0, set->n, e->row_b);
    *unevenness = fmax(within, swing(e, e->row_a, e->row_b) * u->h / 4);
    return rc;
}

/* After a try that was too long: half of it, or up to where a row passes its threshold. Half of a crossing or of the rest before a break is not
 * taken: units keep to their grid. */
static void shorten(unit_t *u, double crossing) {
    u->good = false;
    u->crosses = crossing > 0;
    if (u->crosses) {
        u->h = crossing;
        return;
    }
    double h = u->h / 2;
    while (u->aligned > h) u->aligned /= 2;
    u->h = u->aligned;
}

/* Judges the unit; one that is too long is made shorter. */
static int try_unit(rlp_environment_t *e, unit_t *u) {
    bool any = tumour_levels_any(e, u->t, u->t + u->h);
    double unevenness, period = any && tumour_missed_next(e, u->t) >= u->t + u->h ? tumour_levels_period(e, u->t) : 0;
    const tumour_levels_t *set;
    u->period = period > 0 && fmod(u->h, period) == 0 ? period : 0;
    int rc = make_levels(e, u, any, &set);
    if (rc) return rc;
    u->good = tumour_signals_step(e, u->t, u->h, set) || u->h <= UNIT_LEAST;
    if (u->good && e->n_steps && !e->resting) {
        bool crosses;
        double left = tumour_bands_left(e, u->t, u->h, &crosses);
        if (left < u->h) {
            shorten(u, crosses ? left : 0);
            return RLP_OK;
        }
    }
    if (u->good) {
        rc = halves(e, u, set, &unevenness);
        if (rc) return rc;
        u->good = unevenness <= e->unit_tolerance || u->h <= UNIT_LEAST;
    }
    if (!u->good && u->period > 0 && u->h == u->period) e->untried = UNITS_UNTRIED, e->longest_untried = u->h / 2;
    if (u->good)
        mean_of(e, e->row_a, e->row_b, e->row_a);
    else
        shorten(u, 0);
    return RLP_OK;
}

/* Powers of two of a day that begin at multiples of themselves after the break, growing with the time since it. */
static double first_guess(const rlp_environment_t *e) {
    double least = e->resting ? UNIT_AFTER_EVENT : fmin(UNIT_AFTER_EVENT, e->tau_least / 4);
    double most = fmin(UNIT_MOST, fmin(e->longest, fmax(least, e->since / 4))), h = UNIT_MOST;
    if (e->now - e->last_event < DAYS_AFTER_EVENT) most = fmin(most, UNIT_AFTER_EVENT);
    if (e->untried) most = fmin(most, e->longest_untried);
    while (h > UNIT_LEAST && (h > most || fmod(e->grid, h) != 0)) h /= 2;
    return h;
}

/* How the time until the next break is: nothing moves (signals at rest, levels gone or the same in every period, no row that counts days),
 * and then within a period little (one unit is all) or much (one period is cut, and its segments repeat). */
typedef enum { MOVES, EVEN, REPEATS } course_of_things_t;

/* As before a hold, a whole number of periods later: at other times a rest of a period came between, and nothing is known. */
static bool known_before(const rlp_environment_t *e, double end, double period, course_of_things_t *how) {
    bool even = e->even_period == period && (period == 0 || e->profile_known);
    bool repeats = e->pattern_period == period && end - e->now >= 2 * period;
    if (even || repeats) *how = even ? EVEN : REPEATS;
    return even || repeats;
}

static int look_ahead(rlp_environment_t *e, double end, unit_t *u, course_of_things_t *how) {
    bool any = tumour_levels_any(e, e->now, end);
    double within = 0, period = any ? tumour_levels_period(e, e->now) : 0;
    const tumour_levels_t *set;
    *how = MOVES;
    if (!e->resting || (any && period == 0) || !tumour_schedule_even(e, e->now, end)) return RLP_OK;
    if (any && end - e->now < period) return RLP_OK;
    *u = (unit_t){.t = e->now, .h = end - e->now, .period = period};
    if (known_before(e, end, period, how)) return RLP_OK;
    int rc = make_levels(e, u, any, &set);
    memset(e->y_within, 0, e->n_copies * sizeof *e->y_within);
    if (!rc) rc = tumour_rates_at(e, e->now, e->y_within, set, 0, any ? set->half : set->n, e->row_a);
    if (!rc && any) {
        rc = tumour_rates_at(e, e->now, e->y_within, set, set->half, set->n, e->row_b);
        within = swing(e, e->row_a, e->row_b) * period / 4;
        mean_of(e, e->row_a, e->row_b, e->row_a);
    }
    *how = within <= e->unit_tolerance ? EVEN : end - e->now >= 2 * period ? REPEATS : MOVES;
    e->even_period = *how == EVEN ? period : -1;
    return rc;
}

/* The unit in row_a is done: join it and move on. */
static int take_unit(rlp_environment_t *e, double h, double end, rlp_process_t *process) {
    double next = h >= end - e->now ? end : e->now + h;
    bool cut = next == e->hold && e->longest < INFINITY; /* by the hold, not for the sake of accuracy */
    int rc = join_unit(e, e->now, h, next, e->row_a, process);
    e->since += h;
    e->grid += h;
    e->now = next;
    e->longest = cut ? fmax(e->longest, 2 * h) : 2 * h;
    if (e->untried) e->untried--;
    e->units++;
    return rc;
}

/* After a break or a crossing nothing is as it was: units begin short again, on a new grid. */
static void begin_afresh(rlp_environment_t *e) {
    e->since = e->grid = 0;
    e->pattern_period = e->even_period = -1;
    e->longest = INFINITY;
    e->profile_known = false;
    e->untried = 0;
}

static int one_unit(rlp_environment_t *e, double end, rlp_process_t *process) {
    unit_t u = {.t = e->now, .h = first_guess(e)};
    bool moves = !e->resting;
    if (!e->recording) e->pattern_period = -1;
    e->even_period = -1;
    u.aligned = u.h;
    if (u.h > (end - e->now) * (1 - 1e-9)) u.h = end - e->now; /* half of what is left would leave the grid */
    while (!u.good) {
        int rc = try_unit(e, &u);
        if (rc) return rc;
    }
    tumour_signals_accept(e);
    int rc = take_unit(e, u.h, end, process);
    if (moves && e->n_steps && (tumour_bands_pass(e, e->now) || u.crosses)) begin_afresh(e);
    return rc;
}

static int cut_period(rlp_environment_t *e, double period, rlp_process_t *process) {
    double end = e->now + period;
    int rc = RLP_OK;
    e->n_pattern = 0;
    e->repeat_start = e->now;
    e->recording = true;
    while (!rc && e->now < end) rc = one_unit(e, end, process);
    if (!rc) rc = close_segment(e, e->now, process);
    e->recording = false;
    e->pattern_period = period;
    return rc;
}

/* One period cut into segments, and then the same segments for every further period before `end`. */
static int repeat_period(rlp_environment_t *e, double period, double end, rlp_process_t *process) {
    double start = e->now, since = e->since, grid = e->grid, n = floor((end - start) / period);
    bool known = e->pattern_period == period; /* cut before a hold */
    int rc = close_segment(e, start, process);
    if (!rc && !known) rc = cut_period(e, period, process);
    for (double k = known ? 0 : 1; k < n && !rc; k++)
        for (size_t i = 0; i < e->n_pattern && !rc; i++)
            rc = rlp_process_add_segment(process, start + k * period + e->pattern[i].offset, e->pattern[i].rates, RLP_NONE);
    if (rc) return rc;
    e->last_rates = e->pattern[e->n_pattern - 1].rates;
    e->now = e->closed_to = fabs(end - (start + n * period)) < 1e-9 ? end : start + n * period;
    e->since = since + n * period;
    e->grid = grid + n * period;
    return RLP_OK;
}

static int advance(rlp_environment_t *e, double end, rlp_process_t *process) {
    unit_t u = {.t = e->now};
    course_of_things_t how = MOVES;
    double missed = tumour_missed_next(e, e->now), sight = missed < end ? e->now + floor(missed - e->now) : end; /* whole days: on the grid */
    int rc = sight > e->now ? look_ahead(e, sight, &u, &how) : RLP_OK;
    if (rc) return rc;
    if (how == EVEN) return take_unit(e, u.h, sight, process);
    return how == REPEATS ? repeat_period(e, u.period, sight, process) : one_unit(e, end, process);
}

/* ---- breaks
 * --------------------------------------------------------------------------------------------------------------------------------- */
static int intervene(rlp_environment_t *e, size_t intervention) {
    int rc = tumour_rates_survive(e, intervention, e->now, e->row_c);
    if (rc) return rc;
    for (size_t i = 0; i < e->model->n_types; i++) e->survive[i] = e->survive_pending ? e->survive[i] * e->row_c[i] : e->row_c[i];
    e->survive_pending = true;
    e->last_event = e->now;
    return tumour_signals_jump(e, intervention, e->now);
}

static int pass_breaks(rlp_environment_t *e, rlp_process_t *process) {
    int rc = close_segment(e, e->now, process);
    for (; !rc && e->next_break < e->n_breaks && e->breaks[e->next_break].t_days <= e->now; e->next_break++)
        if (e->breaks[e->next_break].intervention != RLP_NONE) rc = intervene(e, e->breaks[e->next_break].intervention);
    begin_afresh(e);
    tumour_schedule_open(e, e->now);
    return rc;
}

static int finish(rlp_environment_t *e, rlp_process_t *process) {
    int rc = close_segment(e, e->now, process);
    if (!rc && e->survive_pending && e->last_rates != RLP_NONE) rc = add_to_process(e, e->now, NULL, process); /* done on the last day */
    e->closed_to = INFINITY;
    e->finished = true;
    return rc;
}

/* The day held at: what is there now an engine may enter, also the survival event of an intervention planned for this day. */
static int wait_here(rlp_environment_t *e, rlp_process_t *process) {
    int rc = close_segment(e, e->now, process);
    if (!rc && e->survive_pending && e->last_rates != RLP_NONE) rc = add_to_process(e, e->now, NULL, process);
    process->sealed = process->n_segments;
    e->profile_known = e->profile_known && fmod(e->grid, e->profile_period) == 0;
    e->grid = 0;
    e->held = true;
    return rc;
}

static int move_on(rlp_environment_t *e, rlp_process_t *process) {
    double due = e->next_break < e->n_breaks ? e->breaks[e->next_break].t_days : INFINITY;
    if (due <= e->now) return pass_breaks(e, process);
    if (e->now >= e->follow_up) return finish(e, process);
    if (e->now >= e->hold) return wait_here(e, process);
    return advance(e, fmin(due, fmin(e->hold, e->follow_up)), process);
}

/* A rate out of range is the patient's failure from that day on, whoever asked for how much. */
static int fail_at(rlp_environment_t *e, int code, rlp_process_t *process) {
    e->failed = code;
    e->failed_at = e->now;
    e->finished = true;
    size_t length = strlen(rlp_fail_message());
    if (length >= sizeof e->failure) length = sizeof e->failure - 1;
    memcpy(e->failure, rlp_fail_message(), length);
    e->failure[length] = '\0';
    return close_segment(e, e->now, process);
}

int rlp_environment_extend(rlp_environment_t *e, double until_days, rlp_process_t *process) {
    int rc = RLP_OK;
    e->held = false;
    while (!rc && !e->finished && !e->held && e->closed_to <= until_days) {
        rc = move_on(e, process);
        if (rc == RLP_ERROR_RATE) rc = fail_at(e, rc, process);
    }
    if (!rc && e->failed && until_days >= e->failed_at) rc = rlp_fail(e->failed, "%s", e->failure);
    return rc;
}
