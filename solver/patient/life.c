/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One life: draw who it is, then go from stop to stop (visit, record, end) until progression, death or the end of follow-up.
 *
 *   day 0: baseline and nadir from the state before any event; then the events of day 0; a threshold already reached is an event at day 0
 *   at each stop the state is seen after the events of that instant; at a record before the verdict of a visit on the same day */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "relapse/memory.h"
#include "relapse/variates.h"

#define QUIET_CELLS 300.0 /* a binomial of this mean is below half of it once in 10^16 (visits_without_news) */

/* The rooms that visits and rules need at the life's numbers. */
static int make_room(rlp_life_t *life) {
    life->most_visits = rlp_life_most_visits(&life->own);
    for (size_t a = 0; a < life->own.n_arms; a++) life->courses[a].most_events = rlp_life_most_events(&life->own, a);
    return life_rules_make_room(life->rules, &life->own);
}

static bool same_numbers(const rlp_life_t *life, const rlp_trial_t *trial) {
    if (!life->own.written || !trial->written) return life->own.written == trial->written;
    return !memcmp(life->written, trial->written, trial->parameters->n * sizeof *life->written);
}

int rlp_life_turn(rlp_life_t *life, const rlp_trial_t *trial) {
    RLP_INVARIANT(trial->parameters == life->own.parameters && trial->n_arms == life->own.n_arms);
    bool same = same_numbers(life, trial);
    if (!same && trial->written) memcpy(life->written, trial->written, trial->parameters->n * sizeof *life->written);
    life->endpoints = *trial->endpoints;
    life->own = *trial;
    life->own.endpoints = &life->endpoints;
    if (trial->written) life->own.written = life->written;
    rlp_scans_turn(&life->scans);
    if (same) return RLP_OK;
    for (size_t a = 0; a < trial->n_arms; a++) life_course_forget(trial, &life->courses[a]);
    return make_room(life);
}

int rlp_life_new(const rlp_trial_t *trial, rlp_life_t **out) {
    rlp_life_t *life;
    int rc = RLP_NEW(life, 1);
    if (rc) return rc;
    life->trial = &life->own;
    life->own = *trial;
    life->own.written = NULL;
    life->endpoints = *trial->endpoints;
    life->own.endpoints = &life->endpoints;
    life->n_types = trial->endpoints->n_types;
    rc = RLP_NEW(life->courses, trial->n_arms);
    if (!rc) rc = RLP_NEW(life->values, trial->parameters->n);
    if (!rc) rc = RLP_NEW(life->written, trial->parameters->n);
    if (!rc) rc = rlp_scans_init(&life->scans, &life->endpoints);
    if (!rc) rc = life_rules_new(trial, &life->rules);
    if (!rc) rc = make_room(life);
    if (!rc) rc = rlp_life_turn(life, trial);
    if (rc) {
        rlp_life_free(life);
        return rc;
    }
    *out = life;
    return RLP_OK;
}

void rlp_life_free(rlp_life_t *life) {
    if (!life) return;
    for (size_t a = 0; life->courses && a < life->own.n_arms; a++) life_course_free(&life->own, &life->courses[a]);
    free(life->courses);
    free(life->values);
    free(life->written);
    if (life->state_ready) rlp_state_free(&life->state);
    rlp_scans_free(&life->scans);
    life_rules_free(life->rules);
    free(life);
}

void rlp_life_ask(rlp_life_t *life, int (*give_up)(void *), void *context) {
    life->give_up = give_up;
    life->give_up_context = context;
}

void rlp_life_follow_clones(rlp_life_t *life, rlp_clones_t *clones) {
    RLP_INVARIANT(!clones || (life->trial->engine->clones && clones->n_types == life->n_types));
    life->clones = clones;
}

size_t rlp_life_types(const rlp_life_t *life) { return life->n_types; }
const rlp_process_t *rlp_life_process(const rlp_life_t *life) { return &life->courses[life->arm].process; }

/* ---- endings ----------------------------------------------------------------------------------------------------------------- */

/* The most numerous label; the first in the input where several tie. */
static int32_t dominant_label(const life_path_t *path) {
    const rlp_process_t *p = &path->course->process;
    const rlp_state_t *state = &path->life->state;
    int64_t most = 0;
    int32_t label = -1;
    for (size_t l = 0; l < p->n_labels; l++) {
        int64_t cells = 0;
        for (size_t i = 0; i < p->n_types; i++) cells += p->label_of_type[i] == l ? state->cells[i] : 0;
        if (cells > most) most = cells, label = (int32_t)l;
    }
    return label;
}

static void progress(life_path_t *path, double t_days, rlp_reason_t reason) {
    rlp_outcome_t *o = path->outcome;
    o->ttp_days = t_days;
    o->ttp_event = 1;
    o->reason = (uint8_t)reason;
    o->cause = dominant_label(path);
    o->detected = life_rules_detected(path);
    life_tell_planned(path, t_days);
    life_tell(path, t_days, RLP_EVENT_PROGRESSION, 0, reason);
    path->progression_watch = RLP_NONE;
    if (path->life->trial->until != RLP_UNTIL_PROGRESSION) return;
    path->over = true;
    path->end_days = t_days;
}

static void progress_again(life_path_t *path, double t_days, rlp_reason_t reason) {
    path->outcome->second_days = t_days;
    path->outcome->second_event = 1;
    life_tell_planned(path, t_days);
    life_tell(path, t_days, RLP_EVENT_SECOND_PROGRESSION, 0, reason);
}

static void die(life_path_t *path, double t_days, uint8_t cause) {
    path->outcome->os_event = 1;
    path->outcome->death_cause = cause;
    path->end_days = t_days;
    path->over = true;
}

static void see_fired(life_path_t *path, const rlp_stop_t *stop) {
    const rlp_endpoints_t *e = path->life->trial->endpoints;
    bool progressed = path->progression_watch != RLP_NONE && stop->fired & 1u << path->progression_watch;
    bool died = path->death_watch != RLP_NONE && stop->fired & 1u << path->death_watch;
    double death_days = died ? stop->t_days[path->death_watch] : INFINITY;
    if (progressed && stop->t_days[path->progression_watch] <= death_days)
        progress(path, stop->t_days[path->progression_watch], e->progression.form == RLP_PROGRESSION_BURDEN ? RLP_REASON_BURDEN : RLP_REASON_GROWTH);
    if (died && !(path->over && path->end_days < death_days)) die(path, death_days, 1);
    /* A fired watch is looked at no more: the others move up. */
    path->n_watches = 0;
    rlp_watch_t watches[2];
    size_t kept = 0, progression = path->progression_watch, death = path->death_watch;
    if (progression != RLP_NONE) watches[kept] = path->watches[progression], path->progression_watch = kept++;
    if (death != RLP_NONE && !died) watches[kept] = path->watches[death], path->death_watch = kept++;
    memcpy(path->watches, watches, kept * sizeof *watches);
    path->n_watches = kept;
}

/* ---- the way ----------------------------------------------------------------------------------------------------------------- */
/* By integer index; a visit within rounding of the end of follow-up (3 x 0.1 d) is at it. */
static double next_visit_days(const life_path_t *path) {
    const rlp_trial_t *trial = path->life->trial;
    double every = trial->endpoints->progression.every_days, day = every * (double)path->next_visit;
    if (!(every > 0)) return INFINITY;
    return fabs(day - trial->follow_up_days) <= 1e-12 * trial->follow_up_days ? trial->follow_up_days : day;
}

static int extend(const life_path_t *path, double until_days) {
    life_course_t *course = path->course;
    const rlp_meter_t *meter = path->life->trial->meter;
    if (!course->environment) return RLP_OK;
    rlp_phase_t before = rlp_meter_enter(meter, RLP_PHASE_COMPILING);
    if (life_rules_wait(path)) rlp_environment_hold(course->environment, life_rules_hold_days(path, next_visit_days(path)));
    int rc = rlp_environment_extend(course->environment, until_days, &course->process);
    (void)rlp_meter_enter(meter, before);
    return rc;
}

static int advance(life_path_t *path, double until_days) {
    rlp_life_t *life = path->life;
    life_course_t *course = path->course;
    int rc = extend(path, until_days);
    if (rc) return rc;
    rlp_stop_t stop;
    do {
        stop = (rlp_stop_t){0};
        rc = rlp_engine_advance(course->engine, &life->state, until_days, path->watches, path->n_watches, path->stream, path->observer, &stop);
        if (!rc && stop.fired) see_fired(path, &stop);
    } while (!rc && !path->over && (stop.fired || life->state.t_days < until_days)); /* a stop at until_days leaves its events to the next call */
    return rc;
}

/* Watches that are over their threshold once the events of day 0 have acted fire at day 0. */
static void look_at_start(life_path_t *path) {
    rlp_stop_t stop = {0};
    for (size_t w = 0; w < path->n_watches; w++)
        if (rlp_watch_sees(&path->watches[w], rlp_watch_measure(&path->watches[w], &path->life->state, &path->course->process))) stop.fired |= 1u << w;
    if (stop.fired) see_fired(path, &stop);
}

static int begin(life_path_t *path) {
    rlp_life_t *life = path->life;
    const rlp_trial_t *trial = life->trial;
    const rlp_process_t *p = &path->course->process;
    rlp_watch_t watch;
    int rc = life->state_ready ? RLP_OK : rlp_state_init(&life->state, p);
    if (rc) return rc;
    life->state_ready = true;
    rlp_state_reset(&life->state, p);
    life->state.clones = life->clones;
    if (life->clones) rlp_clones_start(life->clones, life->state.cells, trial->seed, path->patient, trial->replicate);
    path->progression_watch = path->death_watch = RLP_NONE;
    if (rlp_endpoint_watch_progression(trial->endpoints, &watch)) {
        path->progression_watch = path->n_watches;
        path->watches[path->n_watches++] = watch;
    }
    if (rlp_endpoint_watch_death(trial->endpoints, &watch)) {
        path->death_watch = path->n_watches;
        path->watches[path->n_watches++] = watch;
    }
    for (size_t w = 0; w < path->n_watches; w++) rlp_watch_start(&path->watches[w], rlp_watch_measure(&path->watches[w], &life->state, p));
    rlp_scans_baseline(&life->scans, &life->state, p);
    life_rules_begin(path);
    path->outcome->burden_start = path->least_seen = rlp_state_total(&life->state, p);
    rc = advance(path, 0);
    if (!rc) look_at_start(path);
    return rc;
}

/* After progression a visit matters only by a burden below all that was seen. Of N cells at least Binomial(N, e^(-d h)) are there after h days, d the largest death
 * rate, as long as no survival event comes: while its mean is twice the least seen, and QUIET_CELLS, a lower one has a probability below 1e-16 (Chernoff: e^(-mean/8)).
 * So many visits from now on need no look. Of a tumour the rates to come are not all known yet. */
static size_t visits_without_news(const life_path_t *path, int64_t burden) {
    const rlp_process_t *p = &path->course->process;
    const rlp_state_t *state = &path->life->state;
    double enough = fmax(2 * (double)path->least_seen, QUIET_CELLS), most = 0, end_days = INFINITY;
    if (path->course->environment || !((double)burden > enough)) return 0;
    for (size_t r = 0; r < p->n_rate_rows; r++)
        for (size_t i = 0; i < p->n_types; i++) most = fmax(most, rlp_process_death(p, r)[i]);
    for (size_t s = p->n_segments; s-- > state->segment;)
        if (p->segments[s].survive != RLP_NONE) end_days = p->segments[s].start_days;
    double quiet_days = fmin(log((double)burden / enough) / most, fmin(end_days, path->end_days) - state->t_days);
    double visits = quiet_days / path->life->trial->endpoints->progression.every_days;
    return visits >= 2 ? (size_t)visits - 1 : 0; /* the last one may fall on the event */
}

static bool awaits_second(const life_path_t *path) {
    return path->life->trial->endpoints->second.form != RLP_PROGRESSION_NONE && path->outcome->ttp_event && !path->outcome->second_event;
}

static int visit(life_path_t *path) {
    rlp_life_t *life = path->life;
    rlp_look_t look;
    int64_t burden = rlp_state_total(&life->state, &path->course->process);
    if (burden < path->least_seen) path->least_seen = burden;
    path->next_visit++;
    if (path->outcome->ttp_event && !awaits_second(path) && !life->trial->every_visit && !life_rules_wait(path)) {
        path->next_visit += visits_without_news(path, burden);
        return RLP_OK;
    }
    rlp_scans_visit(&life->scans, &life->state, &path->course->process, &look);
    if (path->told->visits) life_tell_visit(path, &look);
    if (look.reason != RLP_REASON_NONE) progress(path, life->state.t_days, look.reason);
    if (look.second != RLP_REASON_NONE) progress_again(path, life->state.t_days, look.second);
    return life_rules_visit(path, &look);
}

/* Measure untreatable: a rule that asks for what is forbidden is the progression. */
bool life_untreatable(life_path_t *path) {
    rlp_life_t *life = path->life;
    if (life->trial->endpoints->progression.measure != RLP_MEASURE_UNTREATABLE || path->outcome->ttp_event) return false;
    rlp_scans_progressed(&life->scans, &life->state, &path->course->process);
    progress(path, life->state.t_days, RLP_REASON_UNTREATABLE);
    return true;
}

static void record(life_path_t *path) {
    rlp_life_t *life = path->life;
    rlp_told_t *told = path->told;
    const rlp_process_t *p = &path->course->process;
    size_t k = told->n_seen++;
    if (told->counts) memcpy(told->counts + k * life->n_types, life->state.cells, life->n_types * sizeof *told->counts);
    if (!told->burden) return;
    const rlp_endpoints_t *endpoints = life->trial->endpoints;
    double *burden = told->burden + k * RLP_BURDENS;
    burden[0] = burden[1] = burden[2] = 0;
    for (size_t g = 0; g < endpoints->n_lesions; g++) {
        rlp_group_t group;
        rlp_lesions_tell(endpoints, g, &life->state, p, &group);
        burden[0] += group.viable_cells;
        burden[1] += group.size_cells;
        burden[2] += group.diameter_mm;
    }
}

static int live(life_path_t *path) {
    rlp_life_t *life = path->life;
    const rlp_trial_t *trial = life->trial;
    int rc = begin(path);
    if (!rc && path->over && trial->n_records && trial->record_days[0] == 0) record(path); /* who ends on day 0 was seen on day 0 */
    while (!rc && !path->over) {
        double visit_days = next_visit_days(path);
        double record_days = path->told->n_seen < trial->n_records ? trial->record_days[path->told->n_seen] : INFINITY;
        double due_days = life_rules_due_days(path), stop_days = fmin(fmin(visit_days, record_days), fmin(due_days, path->end_days));
        if (path->course->environment && stop_days - life->state.t_days > LIFE_AHEAD_DAYS) stop_days = (floor(life->state.t_days / LIFE_AHEAD_DAYS) + 1) * LIFE_AHEAD_DAYS; /* a stop of its own only where no other is near: each costs a step */
        rc = advance(path, stop_days);
        if (rc || path->over) break;
        if (record_days == stop_days) record(path);
        if (visit_days == stop_days)
            rc = visit(path);
        else if (due_days == stop_days)
            rc = life_rules_results(path);
        if (rc) break;
        if (stop_days >= path->end_days && !path->over) {
            if (path->hazard_days <= trial->follow_up_days) die(path, path->hazard_days, 2);
            path->over = true;
        }
        if (!path->over && life->give_up && life->give_up(life->give_up_context)) rc = RLP_ERROR_STOPPED;
    }
    return rc;
}

static void conclude(life_path_t *path) {
    const rlp_trial_t *trial = path->life->trial;
    rlp_state_t *state = &path->life->state;
    rlp_outcome_t *o = path->outcome;
    bool visits = trial->endpoints->progression.form != RLP_PROGRESSION_NONE && trial->endpoints->progression.every_days > 0;
    life_tell_planned(path, path->end_days);
    if (o->death_cause) life_tell(path, path->end_days, RLP_EVENT_DEATH, 0, o->death_cause);
    o->end_days = path->end_days;
    if (!o->ttp_event) o->ttp_days = path->end_days;
    o->pfs_event = o->ttp_event || o->os_event;
    o->pfs_days = o->ttp_event ? o->ttp_days : path->end_days;
    o->os_days = trial->until == RLP_UNTIL_PROGRESSION ? NAN : path->end_days;
    o->best_response = (uint8_t)path->life->scans.best_response;
    o->best_change_percent = path->life->scans.best_change_percent;
    if (trial->endpoints->second.form != RLP_PROGRESSION_NONE && !o->second_event) { /* progression-free survival 2: or death */
        o->second_days = path->end_days;
        o->second_event = o->os_event;
    }
    o->burden_end = rlp_state_total(state, &path->course->process);
    o->cured = o->burden_end == 0;
    o->burden_nadir = visits ? path->least_seen : state->nadir_cells;
    o->events = state->events;
    o->steps = state->steps;
    memcpy(o->carried_days, state->carried_days, sizeof o->carried_days);
    o->epsilon = state->epsilon;
    o->leapt = state->steps > 0 && state->carried_days[RLP_CARRIER_LEAP] + state->carried_days[RLP_CARRIER_TAU] > 0;
}

/* A failure of this patient, not of the program. */
static bool is_record(int rc) { return rc == RLP_ERROR_OVERFLOW || rc == RLP_ERROR_RATE; }

int rlp_life_run(rlp_life_t *life, size_t arm, uint64_t patient, const rlp_observer_t *observer, rlp_outcome_t *outcome, rlp_told_t *told) {
    const rlp_trial_t *trial = life->trial;
    rlp_stream_t stream, death;
    memset(outcome, 0, sizeof *outcome);
    outcome->cause = -1;
    life->arm = arm;
    outcome->second_days = outcome->untreatable_days = outcome->best_change_percent = NAN;
    told->n_seen = told->n_events = told->n_visits = told->n_deeds = 0;
    told->why[0] = '\0';
    life_path_t path = {.life = life, .course = &life->courses[arm], .outcome = outcome, .told = told, .stream = &stream, .observer = observer, .next_visit = 1, .patient = patient,
                        .hazard_days = INFINITY};
    rlp_stream_init_again(&stream, trial->seed, patient, trial->replicate, RLP_PURPOSE_PATH);
    rlp_stream_init_again(&death, trial->seed, patient, trial->replicate, RLP_PURPOSE_DEATH);
    if (trial->endpoints->death.hazard_per_day > 0) path.hazard_days = rlp_variate_exponential(&death) / trial->endpoints->death.hazard_per_day;
    path.end_days = fmin(trial->follow_up_days, path.hazard_days);
    rlp_phase_t before = rlp_meter_enter(trial->meter, RLP_PHASE_SIMULATING);
    int rc = life_course_open(life, arm, patient);
    if (!rc) rc = live(&path);
    if (!rc && life->clones) rc = life->clones->error;
    (void)rlp_meter_enter(trial->meter, before);
    if (!rc) conclude(&path);
    if (!is_record(rc)) return rc;
    outcome->failed = rc;
    outcome->n_events = 0;
    told->n_seen = told->n_events = told->n_visits = told->n_deeds = 0;
    strncat(told->why, rlp_fail_message(), sizeof told->why - 1);
    return RLP_OK;
}
