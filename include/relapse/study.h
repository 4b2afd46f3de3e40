/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A study: a whole input file as one checked object, and its patients in blocks.
 *
 * Reading composes the tables of keys of the rooms below; every error is in the diagnostics, and the study is usable only if there are none.
 * Tasks are what the cohort lives through: an arm (as written, or with rows of mechanisms out of force) in a setting (numbers other than written, for all patients)
 * for the n-th time (replicate: the same patients with other luck). The first tasks are the arms as written that run; of all others only outcomes are kept.
 * Questions (synergy, attribution, sweep, strata) name tasks; `draws: S` asks each question S times more, at numbers drawn for the whole cohort: what stands for a
 * task then is rlp_study_drawn(). Tasks that cannot differ are one task (tasks.c).
 * Blocks: RLP_BLOCK_PATIENTS patients of one task, whatever the number of ranks. A block's payload holds each patient's outcome, events and burden, the
 * counts and visits of recorded patients and partial moments, and is a pure function of (study, block); doubles and integers stand in it as they stand in memory. */
#ifndef RELAPSE_STUDY_H
#define RELAPSE_STUDY_H

#include "relapse/document.h"
#include "relapse/patient.h"
#include "relapse/statistics.h"

#define RLP_BLOCK_PATIENTS 64

/* From the command line; all optional. */
typedef struct {
    const char *const *sets; /* PATH=VALUE */
    size_t n_sets;
    const char *const *arms; /* only these */
    size_t n_arms;
    bool attribute; /* as an empty `attribute:` where the input has none */
    bool without_levels; /* of who reports no subgroups (ranks but 0, a patient alone, limits, references): strata are read, but nobody is put in a level */
} rlp_study_options_t;

/* Numbers other than written: values of `number[n]`, rows of the parameters, rising. Setting 0 changes nothing. */
typedef struct {
    size_t n, *number; /* owned, as value */
    double *value;
} rlp_setting_t;

typedef struct {
    size_t arm; /* of the model */
    size_t setting;
    uint32_t replicate; /* 0: the first life */
} rlp_task_t;

/* An open table of what is numbered from 0: slots[] hold 1 + its number. */
typedef struct {
    size_t room, n, *slots; /* owned */
} rlp_found_t;

/* Which time a question is about. */
typedef enum { RLP_TIME_TTP, RLP_TIME_PFS, RLP_TIME_OS } rlp_time_t;

/* `compare: {synergy:}`: five tasks, the last is both without the rows marked `interaction: true` (both itself where nothing interacts). */
typedef struct {
    bool asked;
    size_t none, a, b, both, without;
    double horizon_days;
} rlp_synergy_t;

/* `attribute:`: marked rows, and of each arm the tasks with all of them (full), without them (none), without one mark (out) and without all but one (in). */
typedef struct {
    size_t row, partner; /* of the tumour; partner: of a pair, else RLP_NONE */
    size_t *out, *in;    /* [n_arms] tasks; owned */
} rlp_mark_t;
typedef struct {
    bool asked; /* by `attribute:` or --attribute */
    rlp_time_t endpoint;
    double horizon_days;
    size_t n_arms, *full, *none; /* [n_arms] tasks; owned */
    size_t n_marks, mark_room;
    rlp_mark_t *marks; /* owned */
    size_t excess[4];  /* where in full[] none, a, b and both of synergy are; RLP_NONE: not there */
} rlp_attribution_t;

/* `sweep:`: an arm at each combination of the values of some numbers. Cells are in the order of the input, the last path fastest. */
typedef struct {
    char *path;       /* as written; owned */
    size_t parameter;
    size_t n;
    double *values;   /* [n] in the parameter's unit; owned */
} rlp_swept_t;
typedef struct {
    bool asked;
    rlp_time_t endpoint;
    double horizon_days;
    size_t arm; /* the task as written */
    size_t n_paths, n_cells;
    rlp_swept_t *paths; /* owned */
    size_t *cells;      /* [n_cells] tasks; owned */
} rlp_sweep_t;

/* `cohort: {uncertain:, draws:}`: laws as of variability, but one draw for a whole cohort. */
typedef struct {
    rlp_variability_t of;
    size_t draws;    /* S; 0: none */
    double *drawn;   /* [S][of.n] the standard draw in (0, 1) of each path, a Latin hypercube; owned */
    size_t *tasks;   /* [S][n_asked] the task that stands for a task at a draw; owned */
    size_t n_asked;  /* tasks 0 .. n_asked - 1 are those without a draw or a replicate */
} rlp_uncertain_t;

/* `compare: {strata:}`: patients in levels by something that is known of them at baseline. */
typedef enum { RLP_STRATUM_PARAMETER, RLP_STRATUM_CELLS, RLP_STRATUM_DIAMETER, RLP_STRATUM_SHARE, RLP_STRATUM_DOUBLING, RLP_STRATUM_TEST } rlp_stratum_by_t;
typedef struct {
    char *name; /* as written; owned */
    rlp_stratum_by_t by;
    size_t index;      /* parameter, trait or test */
    size_t n_levels;
    double *cuts;      /* [n_levels - 1] rising: level k has values from cuts[k - 1] on and below cuts[k]; owned */
    char **levels;     /* names of the levels, as in subgroups.csv; owned */
    uint32_t *level;   /* [patients] from 0; RLP_NO_LEVEL: nothing is known of him; owned. Of the input as written, at any draw; NULL with without_levels */
    uint64_t *n;       /* [n_levels] patients; owned */
} rlp_stratum_t;
#define RLP_NO_LEVEL UINT32_MAX

/* `trial:`: what a trial of that size would print. */
typedef struct {
    size_t arm, reference; /* tasks as written; reference RLP_NONE where nothing is compared */
    rlp_time_t endpoint;
    enum { RLP_PUBLISHED_MEDIAN, RLP_PUBLISHED_HAZARD_RATIO } what;
    double value, lower95, upper95; /* days or a ratio; NaN: not published */
    double rounding;                /* of the value as written: half of its last digit */
    char *source;                   /* owned; "" */
} rlp_published_t;
typedef struct {
    bool asked;
    uint64_t *per_arm;    /* [n_arms] patients of each arm that runs; 0: the arm is not in the trial; owned */
    size_t reference;     /* task */
    double accrual_days;  /* patients enter evenly over so many days */
    double after_days;    /* and are followed for so many more after the last one entered */
    double dropout_per_day;
    uint64_t repeats;
    size_t n_published;
    rlp_published_t *published; /* owned */
} rlp_printed_t;

typedef struct {
    char *title; /* owned */
    rlp_document_t *document;
    rlp_parameters_t parameters;
    rlp_process_model_t *process; /* exactly one of the two */
    rlp_tumour_t *tumour;
    rlp_endpoints_t endpoints;
    rlp_variability_t variability;
    double *record_days;
    size_t n_records;
    uint64_t record_patients; /* the first so many have their counts written */
    bool record_clones;       /* and their clones */
    bool record_visits;       /* and their visits */
    uint64_t patients, seed;
    size_t reference; /* arm of comparisons: index into arms[] */
    size_t n_arms;  /* as written, that run: the first tasks */
    size_t n_tasks, task_room;
    rlp_task_t *tasks; /* owned */
    size_t n_settings, setting_room;
    rlp_setting_t *settings; /* owned */
    rlp_found_t task_found, setting_found; /* where one is, by what it is */
    size_t n_felt, felt_room;
    bool **felt; /* [arm of the model][parameters.n], NULL: not asked yet; owned */
    uint32_t replicates;     /* lives of a patient in each arm, 1 or more */
    size_t *replicas;        /* [replicates - 1][n_arms] tasks; owned */
    double horizon_days;     /* `compare: {horizon:}`: of restricted means in compare.csv and subgroups.csv; default the end of follow-up */
    double *landmark_days;   /* `compare: {landmarks:}`: milestones of landmark.csv, rising; owned */
    size_t n_landmarks;
    size_t n_strata;
    rlp_stratum_t *strata; /* owned */
    rlp_synergy_t synergy;
    rlp_attribution_t attribution;
    rlp_sweep_t sweep;
    rlp_uncertain_t uncertain;
    rlp_printed_t printed;
    rlp_trial_t trial;
    rlp_text_t resolved; /* the whole input as one line of YAML, after --set; what fingerprints and ranks use */
} rlp_study_t;

/* Read a file. RLP_ERROR_NO_INPUT if it cannot be read; what is wrong inside is in the diagnostics. *out is NULL then. */
int rlp_study_read(const char *path, const rlp_study_options_t *, rlp_diagnostics_t *, rlp_study_t **out) RLP_MUST_USE;
/* The same from the resolved text of another rank's study. */
int rlp_study_parse(const char *name, const char *text, size_t length, const rlp_study_options_t *, rlp_diagnostics_t *, rlp_study_t **out) RLP_MUST_USE;
void rlp_study_free(rlp_study_t *); /* NULL is fine */

const char *rlp_study_arm_name(const rlp_study_t *, size_t task);
/* The task that stands for `task` (one of the first uncertain.n_asked) at draw 1 .. draws; draw 0: the task itself. */
size_t rlp_study_drawn(const rlp_study_t *, size_t draw, size_t task);
/* values[parameters.n] of a setting before patients differ. */
void rlp_study_written(const rlp_study_t *, size_t setting, double *values);
/* The trial of a task: the study's, at the task's numbers and with its luck. To be freed; `trial` points into it: it is not to be copied. */
typedef struct {
    rlp_trial_t trial;
    rlp_endpoints_t endpoints; /* types and lesions borrowed from the study's */
    double *written;           /* owned; NULL: as written */
} rlp_task_trial_t;
int rlp_task_trial_init(const rlp_study_t *, size_t task, rlp_task_trial_t *) RLP_MUST_USE;
void rlp_task_trial_free(rlp_task_trial_t *);
/* The task of an arm of the model at these numbers (changes that the arm cannot feel are left away), for the n-th time; a new one if there is none. */
int rlp_study_task(rlp_study_t *, size_t arm, size_t n, const size_t *number, const double *value, uint32_t replicate, size_t *task) RLP_MUST_USE;
/* Which of the values of a swept path a cell has. */
size_t rlp_sweep_at(const rlp_sweep_t *, size_t cell, size_t path);
void rlp_sweep_words(const rlp_study_t *, size_t cell, rlp_text_t *out); /* "arms.both.drug.from 7 d, drugs.drug.dose 250 mg" */
size_t rlp_study_types(const rlp_study_t *);
const char *rlp_study_measure_words(const rlp_study_t *); /* "viable cells" or "size (viable cells and dead tissue)": what progression measures */
/* What identifies the lives: resolved input without `trial:`, arms, version. YAML that rlp_node_difference can compare. */
void rlp_study_fingerprint(const rlp_study_t *, rlp_text_t *out);

/* What living all tasks costs, by a few patients of each arm lived in about `seconds` of this processor. */
typedef struct {
    double core_hours;
    uint64_t patients; /* lived for it */
    bool at_least;     /* of some arm not one was done in the time */
} rlp_cost_t;
int rlp_study_cost(const rlp_study_t *, double seconds, rlp_cost_t *) RLP_MUST_USE;

/* ---- blocks ---------------------------------------------------------------------------------------------------------------- */
uint64_t rlp_study_blocks(const rlp_study_t *);
uint64_t rlp_study_blocks_per_task(const rlp_study_t *); /* of task t: t times this, and on */
size_t rlp_block_task(const rlp_study_t *, uint64_t block);          /* a task */
uint64_t rlp_block_first(const rlp_study_t *, uint64_t block);      /* first patient, from 1 */
uint64_t rlp_block_patients(const rlp_study_t *, uint64_t block);
size_t rlp_block_bytes(const rlp_study_t *, uint64_t block);
/* Live all patients of a block, whatever its task, into its zeroed payload. between(context, patients done) is asked after each patient and at the stops within one (visits,
 * records, ends of compiled stretches); nonzero gives up (RLP_ERROR_STOPPED). The life is of the task's trial then. */
int rlp_block_run(const rlp_study_t *, rlp_life_t *, uint64_t block, unsigned char *payload, int (*between)(void *, uint64_t), void *between_context) RLP_MUST_USE;

/* A payload taken apart; pointers into it. Of n rooms for events or visits the first so many are filled as n_events (of the outcome) and n_visits say. */
typedef struct {
    uint64_t first, patients, recorded;
    size_t most_events, most_visits;
    const rlp_outcome_t *outcomes;  /* [patients] */
    const rlp_event_t *events;      /* [patients][most_events] in order */
    const uint64_t *n_seen;         /* [patients] record times that the patient lived to see */
    const double *burden;           /* [patients][n_records][RLP_BURDENS] */
    const int64_t *counts;          /* [recorded][n_records][n_types] */
    const uint64_t *n_visits;       /* [recorded] */
    const rlp_visit_t *visits;      /* [recorded][most_visits]; none without record.visits */
    const rlp_moments_t *moments;   /* [n_records][n_types] */
    const char *why;                /* sentence of the first failed patient, "" if none */
} rlp_block_t;
void rlp_block_open(const rlp_study_t *, uint64_t block, const unsigned char *payload, rlp_block_t *);

extern const rlp_key_section_t RLP_STUDY_SECTIONS[];
extern const size_t RLP_STUDY_SECTION_COUNT;

#endif
