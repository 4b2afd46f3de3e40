/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Patients: who one is (drawn parameters) and one life, from start to endpoint.
 *
 * A life is a pure function of (trial, seed, arm, patient number). Streams: one for each varied path (who the patient is, the same in every arm), one for
 * the cells present at the start, one for the path, one for death by hazard (the same draw in each arm). In another replicate who the patient is and the cells at
 * the start are the same, and all other luck is new.
 * No ranks, no files, no other patients. */
#ifndef RELAPSE_PATIENT_H
#define RELAPSE_PATIENT_H

#include "relapse/clones.h"
#include "relapse/document.h"
#include "relapse/endpoint.h"
#include "relapse/engine.h"
#include "relapse/meter.h"
#include "relapse/parameters.h"
#include "relapse/process_input.h"
#include "relapse/tumour.h"

/* ---- who ----------------------------------------------------------------------------------------------------------------- */
/* One distribution over one or more parameters. Laws: lognormal, normal, logitnormal, uniform, bernoulli. */
typedef enum { RLP_LAW_LOGNORMAL, RLP_LAW_NORMAL, RLP_LAW_LOGITNORMAL, RLP_LAW_UNIFORM, RLP_LAW_BERNOULLI } rlp_law_t;
typedef struct {
    char *path;          /* as written; owned */
    size_t n, *rows;     /* parameters that it moves; owned */
    bool each;           /* one draw a parameter (true) or one for all */
    uint64_t *purposes;  /* n: hash of the path (of the pattern, if one draw is shared); owned */
    rlp_law_t law;
    double centre;       /* median or mean; NaN: each parameter's own value */
    double spread;       /* sigma, sd; bernoulli: the share that keeps the value */
    double low, high;    /* uniform; bernoulli: low is the value of the others */
    bool truncated;
    double from, to;     /* truncate: */
} rlp_spread_t;
typedef struct {
    rlp_spread_t *spreads;
    size_t n;
} rlp_variability_t;

/* Read `cohort.variability:`. A law that leaves a parameter's range more often than once in 10^4 is refused unless truncated; rarer
 * draws are made again. */
int rlp_variability_read(const rlp_node_t *map, const rlp_parameters_t *, rlp_diagnostics_t *, rlp_variability_t *) RLP_MUST_USE;
void rlp_variability_free(rlp_variability_t *);
/* values[] of one patient: the written ones ([parameters->n]; NULL: as in the input), with the varied rows drawn. A law without a centre of its own follows what is written. */
int rlp_variability_draw(const rlp_variability_t *, const rlp_parameters_t *, const double *written, uint64_t seed, uint64_t patient, double *values) RLP_MUST_USE;
/* The rows of one law at the standard draw u in (0, 1) into values[] (others stay): the law's own quantile within its range and cut, u being mapped into [F(low), F(high)]. One
 * draw for all rows of the law, within the range of each. RLP_ERROR_RATE: no draw falls into the range. */
int rlp_spread_value(const rlp_spread_t *, const rlp_parameters_t *, const double *written, double u, double *values) RLP_MUST_USE;
/* The path of rows that a user means by the key of a node: list items may go by their `name:` ("arms.x.drug.from"), rows have them as read. Appended to `path`; what
 * nothing in the input has stays as it is. */
int rlp_variability_path(const rlp_node_t *named, const rlp_parameters_t *, rlp_text_t *path) RLP_MUST_USE;
const char *rlp_variability_near(const char *path, const rlp_parameters_t *); /* of the rows' paths the one nearest to a wrong one, or NULL */
extern const rlp_key_section_t RLP_PATIENT_SECTIONS[];
extern const size_t RLP_PATIENT_SECTION_COUNT;

/* ---- one life -------------------------------------------------------------------------------------------------------------- */
typedef enum { RLP_UNTIL_FOLLOW_UP, RLP_UNTIL_PROGRESSION } rlp_until_t; /* death always ends a patient */

/* All that lives share; borrowed from the study. Exactly one of process and tumour is set. */
typedef struct {
    const rlp_process_model_t *process;
    const rlp_tumour_t *tumour;
    const rlp_parameters_t *parameters;
    const rlp_variability_t *variability;
    const rlp_endpoints_t *endpoints;
    size_t n_arms;
    double follow_up_days;
    rlp_until_t until;
    uint64_t seed;
    uint32_t replicate;    /* the n-th life of the same patients: who they are and what they have at the start stays, all other luck is new; 0: the first */
    const double *written; /* [parameters->n] numbers before patients differ; NULL: as in the input */
    const double *record_days; /* rising */
    size_t n_records;
    bool every_visit; /* visits are told (of whomever): none is skipped because it could change nothing. Part of the input, as record times are */
    const rlp_engine_class_t *engine;
    double error, epsilon; /* of the engine; epsilon NaN: not given */
    const rlp_meter_t *meter; /* told what lives do; NULL: nobody */
} rlp_trial_t;

typedef struct {
    double ttp_days, pfs_days, os_days; /* os NaN with until: progression */
    double end_days;                    /* of the patient */
    int64_t burden_start, burden_nadir, burden_end;
    uint64_t events, steps;
    double carried_days[RLP_CARRIERS]; /* simulated days by the engine that carried them; a stepping engine may end up to a step behind end_days */
    double epsilon; /* the least that `tau` took; 0: none */
    double second_days;    /* pfs2: second progression or end; NaN where it is not asked for */
    double untreatable_days; /* first visit at which a repetition was asked for and forbidden; NaN: never */
    double best_change_percent; /* of the sum of diameters against baseline, least over the visits up to progression; NaN: no visit */
    uint32_t treatments;   /* interventions done */
    uint32_t detected;     /* traits (bits) above some test's limit at progression; without tests 0 */
    uint32_t n_events;     /* told in the log */
    int32_t cause;  /* label of the process, -1: none */
    int32_t failed; /* 0, or the error code of a failed patient (then nothing else holds) */
    uint8_t ttp_event, pfs_event, os_event, cured;
    uint8_t reason;        /* rlp_reason_t of progression */
    uint8_t death_cause;   /* 0 alive, 1 tumour, 2 hazard */
    uint8_t leapt;         /* the path left the exact engine */
    uint8_t best_response; /* rlp_response_t, over the visits up to progression */
    uint8_t second_event;  /* second progression or death */
    uint8_t spare[6];
} rlp_outcome_t;

/* One line of events.csv. what: START, STOP, REDUCE, PAUSE, RESUME: drug; DO, UNTREATABLE: intervention (0 on the process floor: `survive`); TEST, RESULT: test;
 * TOXICITY: drug, or number of drugs + intervention. reason: PROGRESSION, SECOND_PROGRESSION: rlp_reason_t; DEATH: death_cause; RESULT: traits found (bits);
 * UNTREATABLE: rlp_forbidden_t; of what a rule did (TEST, too) 1 + number of the rule within its arm, 0: planned. */
typedef enum { RLP_FORBIDDEN_NOT, RLP_FORBIDDEN_AT_MOST, RLP_FORBIDDEN_GAP, RLP_FORBIDDEN_TOXICITY } rlp_forbidden_t; /* what forbade a repetition */
typedef struct {
    double t_days;
    uint32_t kind; /* rlp_event_kind_t */
    uint32_t what;
    uint32_t reason;
    uint32_t spare;
} rlp_event_t;

/* What a rule did: rlp_environment_act was told so. */
typedef struct {
    double t_days;
    const rlp_act_t *act; /* borrowed from the model */
} rlp_deed_t;

/* One line of visits.csv: a visit of a recorded patient at one site group. */
typedef struct {
    double t_days, viable_cells, size_cells, diameter_mm;
    uint32_t lesions;  /* group of endpoints->lesions */
    uint32_t response; /* rlp_response_t of the visit */
} rlp_visit_t;

#define RLP_BURDENS 3
/* What of a life is kept beside its outcome. All arrays are the caller's; NULL where he does not want them. */
typedef struct {
    int64_t *counts; /* [n_records][n_types] */
    size_t n_seen;   /* record times that the patient lived to see */
    double *burden;  /* [n_records][RLP_BURDENS] viable cells; size in cells (living and dead not yet cleared); sum of the diameters of all lesions, mm */
    rlp_event_t *events; /* room for rlp_life_most_events(trial, arm) */
    size_t n_events;
    rlp_visit_t *visits; /* room for rlp_life_most_visits(trial) */
    size_t n_visits;
    rlp_deed_t *deeds; /* room for rlp_life_most_deeds(trial, arm); in order */
    size_t n_deeds;
    char why[160];       /* of a failed patient */
} rlp_told_t;
size_t rlp_life_most_events(const rlp_trial_t *, size_t arm); /* an upper bound from the input alone */
size_t rlp_life_most_deeds(const rlp_trial_t *, size_t arm);
size_t rlp_life_most_visits(const rlp_trial_t *);             /* lines: visits x site groups */

/* values[parameters->n] of the trial before patients differ; and one of them. */
void rlp_trial_written(const rlp_trial_t *, double *values);
double rlp_trial_number(const rlp_trial_t *, size_t parameter);

typedef struct rlp_life rlp_life_t; /* work for lives of one trial, one after the other */
int rlp_life_new(const rlp_trial_t *, rlp_life_t **) RLP_MUST_USE;
void rlp_life_free(rlp_life_t *);
/* From now on lives are of this trial (copied): the life's own, or the same at other numbers (`written`, with `endpoints` as they are at them), or another replicate. */
int rlp_life_turn(rlp_life_t *, const rlp_trial_t *) RLP_MUST_USE;
size_t rlp_life_types(const rlp_life_t *);
/* The process that the last life ran on (types, names, labels); of arm 0 and the nominal values before any. */
const rlp_process_t *rlp_life_process(const rlp_life_t *);

/* Live patient `patient` (from 1) in arm `arm`. observer may be NULL; told holds the caller's arrays (any of them NULL), its numbers are set here: n_seen record
 * times are in counts and burden, and so on. A patient that fails (overflow, a rate out of range) is an outcome with `failed` set, the sentence in why[] and
 * nothing told; only lack of memory and broken invariants are errors. */
int rlp_life_run(rlp_life_t *, size_t arm, uint64_t patient, const rlp_observer_t *, rlp_outcome_t *, rlp_told_t *) RLP_MUST_USE;

/* Ask give_up(context) at every stop of the way (visits, records, ends of compiled stretches) whether to leave the patient unfinished: nonzero, and
 * rlp_life_run returns RLP_ERROR_STOPPED, its outcome means nothing, and the next life is as if this one had not been. NULL: nobody is asked. */
void rlp_life_ask(rlp_life_t *, int (*give_up)(void *context), void *context);
/* Lives to come fill this book (borrowed; NULL: none). The engine must follow clones. A path is the same with and without. */
void rlp_life_follow_clones(rlp_life_t *, rlp_clones_t *);

/* The process of a patient (0: the nominal values) in an arm with its whole planned course and start counts, for `check`. */
int rlp_life_compile(const rlp_trial_t *, size_t arm, uint64_t patient, rlp_process_t *out) RLP_MUST_USE;

/* Drawn values and state at baseline of a patient, for patients.csv: values[parameters->n] and cells[n_types]. */
int rlp_life_baseline(rlp_life_t *, uint64_t patient, double *values, int64_t *cells) RLP_MUST_USE;

#endif
