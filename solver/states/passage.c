/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A course of treatment, forward and backward. Stops are the starts of segments, the visits and the end; between two stops the rates are constant and the
 * carrier moves the vector. At a stop, in this order: the survival event, the record, the verdict of a visit; backward the same in reverse, transposed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "relapse/states.h"

/* ---- where to stop ------------------------------------------------------------------------------------------------------------------- */
typedef struct {
    double t_days;
    size_t segment; /* that starts here, or RLP_NONE */
    bool visit;
} stop_t;

/* By integer index; a visit within rounding of the end is at it, as in a simulated life. */
static double visit_days(const rlp_passage_t *a, size_t visit) {
    if (!a->verdict) return INFINITY;
    double day = a->every_days * (double)visit;
    return fabs(day - a->end_days) <= 1e-12 * a->end_days ? a->end_days : day;
}

/* The stop after t_days (before it: segment and visit numbers to go on from); false: none up to the end. */
static bool next_stop(const rlp_passage_t *a, double t_days, size_t *segment, size_t *visit, stop_t *stop) {
    const rlp_process_t *p = a->process;
    if (t_days >= a->end_days) return false;
    double segment_days = *segment < p->n_segments ? p->segments[*segment].start_days : INFINITY, visited = visit_days(a, *visit);
    *stop = (stop_t){.t_days = fmin(fmin(segment_days, visited), a->end_days), .segment = RLP_NONE};
    if (segment_days == stop->t_days) stop->segment = (*segment)++;
    if (visited == stop->t_days) stop->visit = true, (*visit)++;
    return true;
}

static size_t segments_at_start(const rlp_process_t *p) {
    size_t n = 0;
    while (n < p->n_segments && p->segments[n].start_days <= 0) n++;
    return n;
}

static int list_stops(const rlp_passage_t *a, stop_t **stops, size_t *n) {
    size_t segment = segments_at_start(a->process), visit = 1, capacity = 0;
    double t_days = 0;
    stop_t stop;
    int rc = RLP_OK;
    *stops = NULL;
    *n = 0;
    while (!rc && next_stop(a, t_days, &segment, &visit, &stop)) {
        rc = RLP_GROW(*stops, capacity, *n + 1);
        if (!rc) (*stops)[(*n)++] = stop;
        t_days = stop.t_days;
    }
    return rc;
}

size_t rlp_passage_spans(const rlp_passage_t *a) {
    size_t segment = segments_at_start(a->process), visit = 1, n = 0;
    double t_days = 0;
    stop_t stop;
    for (; next_stop(a, t_days, &segment, &visit, &stop); n++) t_days = stop.t_days;
    return n;
}

/* Row of rates that holds just after a stop. */
static size_t rates_after(const rlp_passage_t *a, const stop_t *stops, size_t n) {
    size_t segment = segments_at_start(a->process) - 1;
    for (size_t k = 0; k < n; k++)
        if (stops[k].segment != RLP_NONE) segment = stops[k].segment;
    return a->process->segments[segment].rates;
}

static const double *survive_at(const rlp_passage_t *a, size_t segment) {
    size_t row = segment == RLP_NONE ? RLP_NONE : a->process->segments[segment].survive;
    return row == RLP_NONE ? NULL : a->process->survive + row * a->process->n_types;
}

/* ---- what a visit says ----------------------------------------------------------------------------------------------------------------- */
static bool over(const rlp_passage_t *a, const int64_t *cells) {
    int64_t sum = 0;
    for (size_t i = 0; i < a->process->n_types; i++) sum += a->verdict->of[i] ? cells[i] : 0;
    return sum >= a->verdict->level;
}

static void judge(const rlp_passage_t *a, bool backward, double *vector) {
    double *progressed = vector + a->states->n + RLP_SINK_PROGRESSED, found = 0;
    rlp_cursor_t at;
    rlp_cursor_start(a->states, &at);
    do {
        if (!over(a, at.cells)) continue;
        found += vector[at.index];
        vector[at.index] = backward ? *progressed : 0;
    } while (rlp_cursor_next(a->states, &at));
    if (!backward) *progressed += found;
}

/* ---- the law after the events of day 0 ----------------------------------------------------------------------------------------------------- */
/* P(Binomial(n, survive) = m) for m = 0 ... room - 1, whatever n is. */
static void binomial(int64_t n, double survive, double *chance, size_t room) {
    memset(chance, 0, room * sizeof *chance);
    if (survive >= 1 || survive <= 0) {
        int64_t left = survive <= 0 ? 0 : n;
        if ((uint64_t)left < room) chance[left] = 1;
        return;
    }
    double logarithm = (double)n * log1p(-survive), step = log(survive) - log1p(-survive);
    for (size_t m = 0; m < room && (int64_t)m <= n; m++) {
        chance[m] = exp(logarithm);
        logarithm += log((double)(n - (int64_t)m) / (double)(m + 1)) + step;
    }
}

static double *after_day_0(const rlp_passage_t *a, double *survive) {
    for (size_t i = 0; i < a->process->n_types; i++) survive[i] = 1;
    for (size_t s = 0; s < segments_at_start(a->process); s++) {
        const double *row = survive_at(a, s);
        for (size_t i = 0; row && i < a->process->n_types; i++) survive[i] *= row[i];
    }
    return survive;
}

/* P(the cells of a threshold's types are below its level) when each type is binomial. */
static int chance_below(const rlp_passage_t *a, const rlp_threshold_t *t, const double *survive, double *below) {
    size_t room = (size_t)t->level;
    double *law = NULL, *one = NULL, *next = NULL;
    int rc = RLP_NEW(law, room);
    if (!rc) rc = RLP_NEW(one, room);
    if (!rc) rc = RLP_NEW(next, room);
    if (!rc) law[0] = 1;
    for (size_t i = 0; i < a->process->n_types && !rc; i++) {
        if (!t->of[i]) continue;
        binomial(a->process->start_cells[i], survive[i], one, room);
        memset(next, 0, room * sizeof *next);
        for (size_t m = 0; m < room; m++)
            for (size_t k = 0; one[m] > 1e-30 && k + m < room; k++) next[m + k] += one[m] * law[k];
        memcpy(law, next, room * sizeof *law);
    }
    *below = 0;
    for (size_t m = 0; m < room && !rc; m++) *below += law[m];
    free(law);
    free(one);
    free(next);
    return rc;
}

static int spread_start(const rlp_passage_t *a, const double *survive, double *vector) {
    const rlp_states_t *states = a->states;
    double *chance[RLP_STATES_TYPES_MAX] = {NULL}, inside = 0, below = 1;
    rlp_cursor_t at;
    int rc = RLP_OK;
    for (size_t i = 0; i < a->process->n_types && !rc; i++) {
        size_t room = (size_t)rlp_shape_greatest(&states->shape, i) + 1;
        rc = RLP_NEW(chance[i], room);
        if (!rc) binomial(a->process->start_cells[i], survive[i], chance[i], room);
    }
    if (!rc && states->shape.progression.present) rc = chance_below(a, &states->shape.progression, survive, &below);
    if (rc) goto out;
    rlp_cursor_start(states, &at);
    do {
        double p = 1;
        for (size_t i = 0; i < a->process->n_types && p > 0; i++) p *= chance[i][at.cells[i]];
        vector[at.index] = p;
        inside += p;
    } while (rlp_cursor_next(states, &at));
    vector[states->n + RLP_SINK_PROGRESSED] = fmax(1 - below, 0);
    vector[states->n + RLP_SINK_TRUNCATED] = fmax(fmin(below, 1) - inside, 0);
out:
    for (size_t i = 0; i < a->process->n_types; i++) free(chance[i]);
    return rc;
}

int rlp_passage_start(const rlp_passage_t *a, double *vector) {
    double survive[RLP_STATES_TYPES_MAX];
    bool whole = true;
    memset(vector, 0, (a->states->n + a->states->n_sinks) * sizeof *vector);
    after_day_0(a, survive);
    for (size_t i = 0; i < a->process->n_types; i++) whole = whole && survive[i] == 1;
    if (!whole) return spread_start(a, survive, vector);
    size_t index = rlp_states_index(a->states, a->process->start_cells);
    vector[index != RLP_NONE ? index : a->states->n + rlp_states_sink(a->states, a->process->start_cells)] = 1;
    return RLP_OK;
}

/* ---- forward -------------------------------------------------------------------------------------------------------------------------------- */
/* Where a forward pass stands in its lists of times. */
typedef struct {
    const rlp_passage_t *passage;
    size_t record, curve;
    int (*tell)(void *context, size_t record, const double *vector);
    void *context;
    double *curves;
} forward_t;

static int see(void *context, size_t look, const double *vector) {
    forward_t *f = context;
    return f->tell ? f->tell(f->context, f->record + look, vector) : RLP_OK;
}

static int carry_to(forward_t *f, const rlp_propagator_t *carrier, double from_days, double to_days, size_t rates, double give_up, double *vector, bool *gave_up) {
    const rlp_passage_t *a = f->passage;
    size_t n_looks = 0, n_curve = 0;
    double *look = NULL, *curve = NULL;
    int rc = RLP_NEW(look, a->n_records);
    if (!rc) rc = RLP_NEW(curve, a->n_curve);
    for (size_t k = f->record; !rc && k < a->n_records && a->record_days[k] < to_days; k++) look[n_looks++] = a->record_days[k] - from_days;
    for (size_t k = f->curve; !rc && k < a->n_curve && a->curve_days[k] < to_days; k++) curve[n_curve++] = a->curve_days[k] - from_days;
    rlp_propagation_t span = {.days = to_days - from_days, .rates = rates, .n_functions = 1, .n_looks = n_looks, .look_days = look, .n_curve = n_curve, .curve_days = curve,
                       .curve = f->curves + f->curve * a->states->n_sinks, .give_up = give_up};
    if (!rc) rc = carrier->carry(carrier->carrier, &span, vector, see, f, gave_up);
    f->record += n_looks;
    f->curve += n_curve;
    free(look);
    free(curve);
    return rc;
}

/* The record and the curve's point at an instant, around the verdict. */
static int at_instant(forward_t *f, double t_days, bool visit, double *vector) {
    const rlp_passage_t *a = f->passage;
    int rc = RLP_OK;
    if (f->record < a->n_records && a->record_days[f->record] == t_days) {
        if (a->holds) rc = see(f, 0, vector);
        f->record++;
    }
    if (visit && a->holds) judge(a, false, vector);
    if (f->curve < a->n_curve && a->curve_days[f->curve] == t_days) {
        if (a->holds) memcpy(f->curves + f->curve * a->states->n_sinks, vector + a->states->n, a->states->n_sinks * sizeof *vector);
        f->curve++;
    }
    return rc;
}

int rlp_passage_forward(const rlp_passage_t *a, const rlp_propagator_t *carrier, double give_up, double *vector, int (*record)(void *, size_t, const double *), void *context,
                        double *curve, bool *gave_up) {
    forward_t f = {.passage = a, .tell = record, .context = context, .curves = curve};
    stop_t *stops;
    size_t n;
    double t_days = 0;
    *gave_up = false;
    int rc = list_stops(a, &stops, &n);
    if (!rc) rc = at_instant(&f, 0, false, vector);
    for (size_t k = 0; k < n && !rc && !*gave_up; k++) {
        rc = carry_to(&f, carrier, t_days, stops[k].t_days, rates_after(a, stops, k), give_up, vector, gave_up);
        t_days = stops[k].t_days;
        const double *survive = survive_at(a, stops[k].segment);
        if (!rc && !*gave_up && survive && a->holds) rc = rlp_states_thin(a->states, survive, false, vector);
        if (!rc && !*gave_up) rc = at_instant(&f, t_days, stops[k].visit, vector);
    }
    free(stops);
    return rc;
}

/* ---- backward ------------------------------------------------------------------------------------------------------------------------------- */
/* The stop in reverse: verdict, then what the table shows, then the survival event. */
static int back_over(const rlp_passage_t *a, const stop_t *stop, double *vectors, size_t n_functions, int (*after)(void *, double, const double *), void *context) {
    size_t size = a->states->n + a->states->n_sinks;
    const double *survive = survive_at(a, stop->segment);
    int rc = RLP_OK;
    for (size_t f = 0; f < n_functions && stop->visit; f++) judge(a, true, vectors + f * size);
    if (!survive) return RLP_OK;
    if (after) rc = after(context, stop->t_days, vectors);
    for (size_t f = 0; f < n_functions && !rc; f++) rc = rlp_states_thin(a->states, survive, true, vectors + f * size);
    return rc;
}

int rlp_passage_backward(const rlp_passage_t *a, const rlp_propagator_t *carrier, double *vectors, size_t n_functions, int (*after)(void *, double, const double *),
                         void *context) {
    stop_t *stops;
    size_t n;
    int rc = list_stops(a, &stops, &n);
    for (size_t k = n; k-- > 0 && !rc;) {
        int back = a->holds ? back_over(a, &stops[k], vectors, n_functions, after, context) : RLP_OK;
        rlp_propagation_t span = {.days = stops[k].t_days - (k ? stops[k - 1].t_days : 0), .rates = rates_after(a, stops, k), .n_functions = n_functions, .give_up = INFINITY};
        bool gave_up;
        rc = carrier->carry(carrier->carrier, &span, vectors, NULL, NULL, &gave_up); /* all ranks, whatever became of rank 0's part */
        if (!rc) rc = back;
    }
    free(stops);
    return rc;
}
