/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A life inside its room: what is kept between lives, and where one stands on its way.
 *
 *   life.c      the way: from stop to stop until progression, death or the end
 *   course.c    one arm's process, engine and environment, for one patient after the other
 *   log.c       what is told of a patient, in order of time
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

struct rlp_life {
    const rlp_trial_t *trial;
    life_course_t *courses; /* one an arm */
    size_t arm;             /* of the last life */
    double *values;         /* parameters of the patient at hand */
    rlp_state_t state;
    bool state_ready;
    rlp_clones_t *clones; /* NULL, or whom they are told to */
    rlp_scans_t scans;
    size_t n_types;
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
void life_course_free(const rlp_trial_t *, life_course_t *);
const rlp_planned_t *life_course_planned(const life_course_t *, size_t *n);

/* ---- log.c ----------------------------------------------------------------------------------------------------------------- */
void life_tell(life_path_t *, double t_days, rlp_event_kind_t, size_t what, uint32_t reason);
/* What is planned up to and including t_days and not told yet. */
void life_tell_planned(life_path_t *, double t_days);

#endif
