/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A study projected, arm by arm: bounds that grow until the truncated mass is small, the forward pass, the backward sweep, rows for the files. All ranks walk
 * this together; rank 0 has the vectors and the words. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "relapse/projection.h"
#include "rows.h"

#define SHAPES_MOST 60       /* attempts at a shape: each grows a bound by half at least */
#define COUNT_ENOUGH 1e7     /* states are counted out up to here at least */
#define LONG_WORK 5e9        /* states times steps: from here on a user is told what he waits for */
#define CURVE_POINTS 256     /* of a curve at any instant, over follow-up */
#define RESIDUAL_ROWS 1e6    /* tables after later survival events, as far as these go */

/* ---- shapes ------------------------------------------------------------------------------------------------------------------------------ */
static int find_type(const rlp_process_t *p, const char *name, size_t length, size_t *type) {
    const char *names[RLP_STATES_TYPES_MAX];
    char word[128];
    for (*type = 0; *type < p->n_types; (*type)++)
        if (strlen(p->type_names[*type]) == length && !strncmp(p->type_names[*type], name, length)) return RLP_OK;
    for (size_t i = 0; i < p->n_types; i++) names[i] = p->type_names[i];
    snprintf(word, sizeof word, "%.*s", (int)length, name);
    const char *near = rlp_nearest(word, names, p->n_types);
    if (near) return rlp_fail(RLP_ERROR_USAGE, "--bound: no type is named '%s'; did you mean '%s'?", word, near);
    return rlp_fail(RLP_ERROR_USAGE, "--bound: no type is named '%s'", word);
}

/* TYPE=CELLS. given[i]: the user's word stands. */
static int read_bounds(const projection_t *a, rlp_shape_t *shape, bool *given) {
    for (size_t k = 0; k < a->options->n_bounds; k++) {
        const char *text = a->options->bounds[k], *equals = strrchr(text, '=');
        char *end;
        double cells = equals ? strtod(equals + 1, &end) : -1;
        size_t type = 0;
        if (!equals || equals[1] == '\0' || *end || !(cells >= 0 && cells <= 4e18) || cells != floor(cells))
            return rlp_fail(RLP_ERROR_USAGE, "--bound takes TYPE=CELLS with a whole number of cells; '%s' is none", text);
        int rc = find_type(&a->process, text, (size_t)(equals - text), &type);
        if (rc) return rc;
        shape->bound[type] = (int64_t)cells;
        given[type] = true;
    }
    return RLP_OK;
}

/* A first guess: what the events of day 0 leave, with room to fluctuate. */
static void guess_bounds(const projection_t *a, rlp_shape_t *shape, const bool *given) {
    const rlp_process_t *p = &a->process;
    const double *survive = p->segments[0].survive == RLP_NONE || p->segments[0].start_days > 0 ? NULL : p->survive + p->segments[0].survive * p->n_types;
    for (size_t i = 0; i < p->n_types; i++) {
        double mean = (double)p->start_cells[i] * (survive ? survive[i] : 1);
        if (!given[i]) shape->bound[i] = (int64_t)fmin(ceil(mean + 6 * sqrt(mean) + 16), 1e15);
    }
}

static void describe_shape(const projection_t *a, const rlp_shape_t *shape, rlp_text_t *out) {
    for (size_t i = 0; i < shape->n_types; i++)
        rlp_text_format(out, "%s%s up to %lld", i ? ", " : "", a->process.type_names[i], (long long)rlp_shape_greatest(shape, i));
    if (shape->total != INT64_MAX) rlp_text_format(out, ", together up to %lld", (long long)shape->total);
}

static void say_bytes(double bytes, char out[32]) { snprintf(out, 32, bytes < 1e9 ? "%.0f MB" : "%.3g GB", bytes < 1e9 ? bytes / 1e6 : bytes / 1e9); }

/* RLP_OK, or a refusal: too many states for the limit, for 32 bits or for the memory at hand. */
static int check_size(const projection_t *a, const rlp_shape_t *shape, double *n) {
    char need[32], have[32];
    rlp_text_t words;
    int rc = RLP_OK;
    *n = rlp_states_count(shape, fmax(2 * a->options->state_limit, COUNT_ENOUGH));
    double bytes = rlp_projection_bytes(shape, &a->process, *n, a->study->n_records, a->parallel->size, a->parallel->ranks_here);
    bool large = *n > a->options->state_limit, fits = bytes <= a->at_hand && *n < RLP_STATES_MAX;
    if (!large && fits) return RLP_OK;
    say_bytes(bytes, need);
    say_bytes(a->at_hand, have);
    rlp_text_init(&words);
    describe_shape(a, shape, &words);
    if (!fits)
        rc = rlp_fail(RLP_ERROR_REFUSED, "arm '%s': %.6g states (%s) need %s of memory and this host has %s at hand: lower --bound or --state-limit, the burden of progression, or the cells at the start, or take more hosts",
                      a->arm, *n, rlp_text_string(&words), need, have);
    else
        rc = rlp_fail(RLP_ERROR_REFUSED, "arm '%s': %.6g states (%s), and --state-limit is %.6g: raise it (%s of memory would be needed, %s are at hand), or lower --bound, the burden of progression, or the cells at the start",
                      a->arm, *n, rlp_text_string(&words), a->options->state_limit, need, have);
    rlp_text_free(&words);
    return rc;
}

/* Widen what lost most: every bound whose sink holds its share of the tolerance, or else the worst. False: nothing that may grow can help. */
static bool widen(const projection_t *a, rlp_shape_t *shape, const bool *given, const double *sinks) {
    double share = a->options->truncation / (2 * (double)shape->n_types), most = 0;
    bool grew = false;
    for (size_t i = 0; i < shape->n_types; i++)
        if (!given[i]) most = fmax(most, sinks[RLP_SINK_TRUNCATED + 1 + i]);
    for (size_t i = 0; i < shape->n_types; i++) {
        double lost = sinks[RLP_SINK_TRUNCATED + 1 + i];
        if (given[i] || !(lost > 0) || (lost < share && lost < most)) continue;
        shape->bound[i] = shape->bound[i] + shape->bound[i] / 2 + 8;
        grew = true;
    }
    return grew;
}

/* ---- one pass over one shape ------------------------------------------------------------------------------------------------------------------ */
static void close_shape(projection_t *a) {
    rlp_projector_close(a->projector);
    a->projector = NULL;
    rlp_states_free(&a->states);
    free(a->law);
    a->law = NULL;
}

static int open_shape(projection_t *a, const rlp_shape_t *shape) {
    close_shape(a);
    int rc = rlp_states_init(&a->states, shape, &a->process);
    if (!rc && a->passage.holds) rc = RLP_NEW(a->law, a->states.n + a->states.n_sinks);
    free(a->curve);
    a->curve = NULL;
    if (!rc) rc = RLP_NEW(a->curve, a->passage.n_curve * a->states.n_sinks);
    rc = rlp_parallel_agree(a->parallel, rc);
    if (!rc) rc = rlp_projector_open(a->parallel, &a->states, &a->process, false, 1, &a->projector);
    a->passage.states = &a->states;
    a->passage.process = &a->process;
    return rc;
}

static int see_record(void *context, size_t record, const double *law) {
    projection_t *a = context;
    return a->records_here ? rows_of_record(a, record, law) : RLP_OK;
}

/* sinks[n_sinks] at the end, the same on all ranks. */
static int forward(projection_t *a, double give_up, double *sinks, bool *gave_up) {
    rlp_propagator_t carrier = rlp_projector_propagator(a->projector);
    rlp_text_clear(&a->moments);
    rlp_text_clear(&a->marginals);
    *gave_up = false;
    int rc = rlp_parallel_agree(a->parallel, a->passage.holds ? rlp_passage_start(&a->passage, a->law) : RLP_OK);
    if (!rc) rc = rlp_passage_forward(&a->passage, &carrier, give_up, a->law, see_record, a, a->curve, gave_up);
    rc = rlp_parallel_agree(a->parallel, rc);
    if (rc) return rc;
    if (a->passage.holds) memcpy(sinks, a->law + a->states.n, a->states.n_sinks * sizeof *sinks);
    return MPI_Bcast(sinks, (int)a->states.n_sinks, MPI_DOUBLE, 0, a->parallel->comm) ? rlp_fail(RLP_ERROR_INTERNAL, "MPI_Bcast failed") : RLP_OK;
}

static double truncated_of(const double *sinks, size_t n_sinks) {
    double sum = 0;
    for (size_t s = RLP_SINK_TRUNCATED; s < n_sinks; s++) sum += sinks[s];
    return sum;
}

/* Steps of a forward pass: the clock of each segment times its days. */
static double expected_steps(const projection_t *a) {
    const rlp_process_t *p = &a->process;
    double steps = 0;
    for (size_t s = 0; s < p->n_segments; s++) {
        double from = fmax(p->segments[s].start_days, 0), to = s + 1 < p->n_segments ? fmin(p->segments[s + 1].start_days, a->passage.end_days) : a->passage.end_days;
        if (to > from) steps += rlp_states_fastest(&a->states, p, p->segments[s].rates) * (to - from);
    }
    return steps;
}

static void say_long_work(const projection_t *a, const rlp_shape_t *shape) {
    rlp_text_t words;
    if (!a->options->speaks || a->states.n < 10000) return;
    double steps = expected_steps(a);
    if ((double)a->states.n * steps < LONG_WORK) return;
    rlp_text_init(&words);
    describe_shape(a, shape, &words);
    fprintf(stderr, "relapse: arm '%s': %zu states (%s), some %.2g products of a matrix with a vector: --truncation, --bound or a shorter follow-up make it less\n", a->arm, a->states.n,
            rlp_text_string(&words), steps);
    rlp_text_free(&words);
}

/* Shapes that grow until the truncated mass is small enough; where they may grow no more, the last one as it is. */
static int settle(projection_t *a, rlp_shape_t *shape) {
    bool given[RLP_STATES_TYPES_MAX] = {false}, gave_up = true, last = false;
    double sinks[RLP_STATES_SINKS_MAX], n;
    int rc = read_bounds(a, shape, given);
    if (rc) return rc;
    guess_bounds(a, shape, given);
    rc = check_size(a, shape, &n);
    for (size_t attempt = 0; !rc; attempt++) {
        rc = open_shape(a, shape);
        if (!rc) say_long_work(a, shape);
        if (!rc) rc = forward(a, last ? INFINITY : a->options->truncation, sinks, &gave_up);
        if (rc || last || (!gave_up && truncated_of(sinks, a->states.n_sinks) <= a->options->truncation)) break;
        rlp_shape_t wider = *shape;
        last = !widen(a, &wider, given, sinks) || attempt > SHAPES_MOST || check_size(a, &wider, &n) != RLP_OK;
        if (!last) *shape = wider;
        if (last && !gave_up) break;
    }
    a->truncated = rc ? NAN : truncated_of(sinks, a->states.n_sinks);
    memcpy(a->sinks, sinks, sizeof a->sinks);
    if (!rc && a->truncated > a->options->truncation && a->options->speaks)
        fprintf(stderr, "relapse: warning: arm '%s': the truncated mass is %.2g with %zu states: every row says so; raise --state-limit or --bound for less\n", a->arm, a->truncated, a->states.n);
    return rc;
}

/* ---- the backward sweep ---------------------------------------------------------------------------------------------------------------------- */
typedef struct {
    projection_t *arm;
    size_t n_events, n_shown; /* survival events after day 0; of them the first so many get a table */
    size_t left;              /* not yet come to */
    rlp_text_t *tables;
} back_t;

static int see_after(void *context, double t_days, const double *vectors) {
    back_t *back = context;
    back->left--;
    if (back->left >= back->n_shown) return RLP_OK;
    rows_of_residual(back->arm, t_days, vectors, &back->tables[back->left]);
    return back->tables[back->left].error;
}

static size_t later_events(const projection_t *a) {
    size_t n = 0;
    for (size_t s = 0; s < a->process.n_segments; s++) {
        const rlp_segment_t *segment = &a->process.segments[s];
        n += segment->survive != RLP_NONE && segment->start_days > 0 && segment->start_days <= a->passage.end_days;
    }
    return n;
}

static void set_ends(const projection_t *a, double *vectors) {
    size_t size = a->states.n + a->states.n_sinks;
    vectors[BACK_PROGRESSED * size + a->states.n + RLP_SINK_PROGRESSED] = 1;
    if (a->n_functions > BACK_DIED) vectors[BACK_DIED * size + a->states.n + RLP_SINK_DIED] = 1;
    vectors[BACK_EXTINCT * size] = 1; /* state 0 has no cells */
    for (size_t s = RLP_SINK_TRUNCATED; s < a->states.n_sinks; s++) vectors[BACK_TRUNCATED * size + a->states.n + s] = 1;
}

/* The backward answer for the law of the start, which must be the forward one. */
static int compare_with_forward(projection_t *a, const double *vectors) {
    size_t size = a->states.n + a->states.n_sinks;
    int rc = rlp_passage_start(&a->passage, a->law);
    if (rc) return rc;
    a->adjoint = 0;
    for (size_t k = 0; k < size; k++) a->adjoint += a->law[k] * vectors[BACK_PROGRESSED * size + k];
    double difference = fabs(a->adjoint - a->sinks[RLP_SINK_PROGRESSED]);
    if (difference <= 1e-10) return RLP_OK;
    return rlp_fail(RLP_ERROR_INTERNAL, "arm '%s': the chance of progression is %.15g forward and %.15g backward: they must agree to 1e-10", a->arm, a->sinks[RLP_SINK_PROGRESSED], a->adjoint);
}

static int backward(projection_t *a) {
    size_t size = a->states.n + a->states.n_sinks;
    double *vectors = NULL;
    back_t back = {.arm = a, .n_events = later_events(a)};
    back.left = back.n_events;
    back.n_shown = (size_t)fmin((double)back.n_events, fmax(RESIDUAL_ROWS / (double)a->states.n - 1, 0));
    a->n_functions = a->study->endpoints.death.present ? BACK_DIED + 1 : BACK_DIED;
    rlp_projector_close(a->projector);
    a->projector = NULL;
    int rc = RLP_NEW(back.tables, back.n_shown);
    if (!rc && a->passage.holds) rc = RLP_NEW(vectors, a->n_functions * size);
    rc = rlp_parallel_agree(a->parallel, rc);
    if (!rc && a->passage.holds) set_ends(a, vectors);
    if (!rc) rc = rlp_projector_open(a->parallel, &a->states, &a->process, true, a->n_functions, &a->projector);
    if (rc) goto out;
    rlp_propagator_t carrier = rlp_projector_propagator(a->projector);
    rc = rlp_passage_backward(&a->passage, &carrier, vectors, a->n_functions, see_after, &back);
    if (!rc && a->passage.holds) rc = compare_with_forward(a, vectors);
    if (!rc && a->passage.holds) {
        rows_of_residual(a, 0, vectors, &a->tables->residual);
        for (size_t k = 0; k < back.n_shown; k++) rlp_text_add(&a->tables->residual, rlp_text_string(&back.tables[k]));
    }
    a->products += rlp_projector_products(a->projector);
out:
    for (size_t k = 0; back.tables && k < back.n_shown; k++) rlp_text_free(&back.tables[k]);
    free(back.tables);
    free(vectors);
    return rlp_parallel_agree(a->parallel, rc);
}

/* ---- one arm ---------------------------------------------------------------------------------------------------------------------------------- */
/* Curve times: visits where progression is judged at them, else an even grid; with the record times and the end. */
static int list_curve(projection_t *a) {
    const rlp_study_t *study = a->study;
    double end = study->trial.follow_up_days, every = study->endpoints.progression.every_days;
    bool visits = study->endpoints.progression.form != RLP_PROGRESSION_NONE && every > 0;
    size_t n = visits ? (size_t)(end / every + 1e-9) : CURVE_POINTS, record = 0;
    int rc = RLP_NEW(a->curve_days, n + 2 + study->n_records);
    for (size_t k = 0; k <= n && !rc; k++) {
        double day = visits ? every * (double)k : end * (double)k / (double)n;
        if (fabs(day - end) <= 1e-12 * end) day = end;
        for (; record < study->n_records && study->record_days[record] <= day; record++)
            if (study->record_days[record] < day) a->curve_days[a->passage.n_curve++] = study->record_days[record];
        a->curve_days[a->passage.n_curve++] = day;
    }
    for (; record < study->n_records && !rc; record++) a->curve_days[a->passage.n_curve++] = study->record_days[record];
    if (!rc && a->curve_days[a->passage.n_curve - 1] < end) a->curve_days[a->passage.n_curve++] = end;
    a->passage.curve_days = a->curve_days;
    return rc;
}

static void say_shape(const projection_t *a, const char *what) {
    rlp_text_t words;
    if (!a->options->speaks) return;
    rlp_text_init(&words);
    describe_shape(a, &a->states.shape, &words);
    fprintf(stderr, "relapse: arm '%s', %s: %zu states (%s), truncated mass %.2g\n", a->arm, what, a->states.n, rlp_text_string(&words), a->truncated);
    rlp_text_free(&words);
}

/* The law to first progression (or death); then, where paths go on after progression, the law without it. */
static int project(projection_t *a) {
    const rlp_study_t *study = a->study;
    const rlp_progression_t *progression = &study->endpoints.progression;
    bool progresses = progression->form != RLP_PROGRESSION_NONE, visits = progresses && progression->every_days > 0;
    bool go_on = progresses && study->trial.until == RLP_UNTIL_FOLLOW_UP && (study->n_records || study->endpoints.death.present);
    rlp_threshold_t verdict = {.present = true, .level = (int64_t)ceil(progression->level)};
    rlp_shape_t shape;
    memcpy(verdict.of, progression->of, a->process.n_types);
    int rc = rlp_shape_of(&a->process, &study->endpoints, true, &shape);
    if (visits) a->passage.verdict = &verdict, a->passage.every_days = progression->every_days;
    a->records_here = !go_on;
    if (!rc) rc = settle(a, &shape);
    if (rc) return rc;
    say_shape(a, progresses ? "to progression" : "to the end");
    rows_of_curves(a, !go_on);
    facts_begin(a);
    a->products += rlp_projector_products(a->projector);
    if (a->options->residual) rc = backward(a);
    if (!rc) facts_end(a);
    if (rc || !go_on) return rc;
    a->passage.verdict = NULL;
    a->records_here = true;
    rc = rlp_shape_of(&a->process, &study->endpoints, false, &shape);
    if (!rc) rc = settle(a, &shape);
    if (rc) return rc;
    say_shape(a, "beyond progression");
    if (study->endpoints.death.present || study->endpoints.death.hazard_per_day > 0) rows_of_survival(a);
    return rc;
}

static int project_arm(rlp_parallel_t *parallel, const rlp_study_t *study, const rlp_projection_options_t *options, size_t arm, double at_hand, rlp_projection_tables_t *tables) {
    projection_t a = {.parallel = parallel, .study = study, .options = options, .arm = rlp_study_arm_name(study, arm), .at_hand = at_hand, .tables = tables};
    rlp_text_init(&a.moments);
    rlp_text_init(&a.marginals);
    a.passage = (rlp_passage_t){.end_days = study->trial.follow_up_days, .record_days = study->record_days, .n_records = study->n_records, .holds = parallel->rank == 0};
    int rc = rlp_parallel_agree(parallel, rlp_life_compile(&study->trial, study->tasks[arm].arm, 0, &a.process));
    if (rc) return rc;
    rc = list_curve(&a);
    if (!rc) rc = project(&a);
    if (!rc) rlp_text_add(&tables->moments, rlp_text_string(&a.moments));
    if (!rc) rlp_text_add(&tables->law, rlp_text_string(&a.marginals));
    close_shape(&a);
    free(a.curve);
    free(a.curve_days);
    rlp_text_free(&a.moments);
    rlp_text_free(&a.marginals);
    rlp_process_free(&a.process);
    return rc;
}

/* ---- the study ---------------------------------------------------------------------------------------------------------------------------------- */
void rlp_projection_tables_init(rlp_projection_tables_t *t) { memset(t, 0, sizeof *t); }

void rlp_projection_tables_free(rlp_projection_tables_t *t) {
    rlp_text_free(&t->km);
    rlp_text_free(&t->moments);
    rlp_text_free(&t->law);
    rlp_text_free(&t->residual);
    rlp_text_free(&t->facts);
}

int rlp_projection_run(rlp_parallel_t *parallel, const rlp_study_t *study, const rlp_projection_options_t *options, rlp_projection_tables_t *tables) {
    double at_hand = rlp_memory_at_hand(), least = at_hand;
    if (study->tumour)
        return rlp_fail(RLP_ERROR_REFUSED, "the projection is for the process floor and small populations; `relapse check --process` prints this input's compiled process as an input of that floor");
    if (study->variability.n && options->speaks)
        fprintf(stderr, "relapse: note: the projection is of the values as written; what `cohort: {variability: ...}` spreads between patients is not in it\n");
    if (MPI_Allreduce(&at_hand, &least, 1, MPI_DOUBLE, MPI_MIN, parallel->comm)) return rlp_fail(RLP_ERROR_INTERNAL, "MPI_Allreduce failed");
    int rc = RLP_OK;
    rows_headers(study, tables);
    for (size_t arm = 0; arm < study->n_arms && !rc; arm++) rc = project_arm(parallel, study, options, arm, least, tables);
    if (!rc) rc = tables->km.error ? tables->km.error : tables->moments.error ? tables->moments.error : tables->law.error ? tables->law.error : tables->residual.error;
    return rlp_parallel_agree(parallel, rc);
}
