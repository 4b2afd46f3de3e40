/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A life inside its room: what is kept between lives, and where one stands on its way.
 *
 *   life.c      the way: from stop to stop until progression, death or the end
 *   course.c    one arm's process, engine and environment, for one patient after the other
 *   log.c       what is told of a patient, in order of time
 *   rules.c     what the arm decides on the way: rules, tests, toxicities
 *   variability.c  who patients are */
#ifndef RELAPSE_PATIENT_PATH_H
#define RELAPSE_PATIENT_PATH_H

#include "relapse/patient.h"

/* A planned course is compiled this far ahead: patients who die early never pay for the rest. */
#define LIFE_AHEAD_DAYS 64.0

/* One arm's process, engine and environment, kept between lives. */
typedef struct {
    bool ready;
    rlp_process_t process;
    rlp_engine_t *engine;
    rlp_environment_t *environment; /* tumour floor */
    rlp_planned_t *survivals;       /* process floor: the patient's survival events; owned */
    size_t n_survivals, most_events;
} life_course_t;

typedef struct life_rules life_rules_t; /* of the tumour floor; for one life after the other */

struct rlp_life {
    const rlp_trial_t *trial; /* `own` */
    rlp_trial_t own;
    rlp_endpoints_t endpoints; /* its endpoints; types and lesions borrowed from the study's */
    double *written;           /* [parameters->n] its numbers, where it has any */
    life_rules_t *rules; /* NULL on the process floor */
    life_course_t *courses; /* one an arm */
    size_t arm;             /* of the last life */
    double *values;         /* parameters of the patient at hand */
    rlp_state_t state;
    bool state_ready;
    rlp_clones_t *clones; /* NULL, or whom they are told to */
    rlp_scans_t scans;
    size_t n_types, most_visits;
    int (*give_up)(void *); /* asked at stops; NULL: nobody is */
    void *give_up_context;
};

/* Where a life stands on its way. */
typedef struct {
    rlp_life_t *life;
    life_course_t *course;
    rlp_outcome_t *outcome;
    rlp_told_t *told;
    rlp_stream_t *stream;
    const rlp_observer_t *observer;
    rlp_watch_t watches[RLP_WATCHES_MAX];
    size_t n_watches, progression_watch, death_watch; /* RLP_NONE: not watched (any more) */
    double end_days, hazard_days;
    size_t next_visit;
    size_t next_planned; /* what is planned up to here has been told */
    uint64_t patient;
    int64_t least_seen; /* burden over the start and the visits */
    bool over;
} life_path_t;

/* ---- course.c -------------------------------------------------------------------------------------------------------------- */
/* The course of patient in arm at day 0, compiled some days ahead; his values are life->values then. */
int life_course_open(rlp_life_t *, size_t arm, uint64_t patient) RLP_MUST_USE;
void life_course_forget(const rlp_trial_t *, life_course_t *);
void life_course_free(const rlp_trial_t *, life_course_t *);
const rlp_planned_t *life_course_planned(const life_course_t *, size_t *n);

/* ---- log.c ----------------------------------------------------------------------------------------------------------------- */
void life_tell(life_path_t *, double t_days, rlp_event_kind_t, size_t what, uint32_t reason);
/* What is planned up to and including t_days and not told yet. */
void life_tell_planned(life_path_t *, double t_days);
/* The rows of a visit, as the state is now. */
void life_tell_visit(life_path_t *, const rlp_look_t *);

/* ---- life.c ---------------------------------------------------------------------------------------------------------------- */
/* The patient has just become untreatable: is that his progression? */
bool life_untreatable(life_path_t *);

/* ---- rules.c --------------------------------------------------------------------------------------------------------------- */
int life_rules_new(const rlp_trial_t *, life_rules_t **) RLP_MUST_USE;
void life_rules_free(life_rules_t *);
/* The rooms that its rules need at the numbers of a trial; NULL: none. */
int life_rules_make_room(life_rules_t *, const rlp_trial_t *) RLP_MUST_USE;
size_t life_rules_most_events(const rlp_trial_t *, size_t arm);
/* The state before any event of day 0. */
void life_rules_begin(life_path_t *);
/* Does a visit matter to them at all? */
bool life_rules_wait(const life_path_t *);
/* The next instant at which they may decide, given that of the next visit; INFINITY: never again. The timeline is held there. */
double life_rules_hold_days(const life_path_t *, double next_visit_days);
double life_rules_due_days(const life_path_t *); /* of the next result; INFINITY: none is due */
/* The state is at a visit, its verdict told; or at a result. */
int life_rules_visit(life_path_t *, const rlp_look_t *) RLP_MUST_USE;
int life_rules_results(life_path_t *) RLP_MUST_USE;
void life_rules_done(life_path_t *, size_t intervention, double t_days); /* planned, or by a rule */
uint32_t life_rules_reason(const life_path_t *, size_t act);             /* of what an act brought: 1 + its rule; act 0, planned: 0 */
uint32_t life_rules_detected(const life_path_t *);                       /* traits at or above the limit of some test now */

#endif
