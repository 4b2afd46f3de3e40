/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A study: a whole input file as one checked object, and its patients in blocks.
 *
 * Reading composes the tables of keys of the rooms below; every error is in the diagnostics, and the study is usable only if there are none.
 * Tasks are what the cohort lives through: the arms as written that run, and behind them those that synergy and attribution ask for, arms with rows of mechanisms out of
 * force. Of these only outcomes are kept.
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
    bool attribute; /* run what `attribute:` asks for */
} rlp_study_options_t;

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
typedef enum { RLP_ATTRIBUTED_TTP, RLP_ATTRIBUTED_PFS, RLP_ATTRIBUTED_OS } rlp_attributed_t;
typedef struct {
    bool asked; /* by --attribute; the section alone is read, and n_arms and n_marks say what it would take */
    rlp_attributed_t endpoint;
    double horizon_days;
    size_t n_arms, *full, *none; /* [n_arms] tasks; owned */
    size_t n_marks, mark_room;
    rlp_mark_t *marks; /* owned */
    size_t excess[4];  /* where in full[] none, a, b and both of synergy are; RLP_NONE: not there */
} rlp_attribution_t;

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
    size_t n_tasks, *arms, arm_room; /* [n_tasks] as numbers of the model's arms; owned */
    rlp_synergy_t synergy;
    rlp_attribution_t attribution;
    rlp_trial_t trial;
    rlp_text_t resolved; /* the whole input as one line of YAML, after --set; what fingerprints and ranks use */
} rlp_study_t;

/* Read a file. RLP_ERROR_NO_INPUT if it cannot be read; what is wrong inside is in the diagnostics. *out is NULL then. */
int rlp_study_read(const char *path, const rlp_study_options_t *, rlp_diagnostics_t *, rlp_study_t **out) RLP_MUST_USE;
/* The same from the resolved text of another rank's study. */
int rlp_study_parse(const char *name, const char *text, size_t length, const rlp_study_options_t *, rlp_diagnostics_t *, rlp_study_t **out) RLP_MUST_USE;
void rlp_study_free(rlp_study_t *); /* NULL is fine */

const char *rlp_study_arm_name(const rlp_study_t *, size_t arm); /* arm: index into arms[], a task */
size_t rlp_study_types(const rlp_study_t *);
const char *rlp_study_measure_words(const rlp_study_t *); /* "viable cells" or "size (viable cells and dead tissue)": what progression measures */
/* What identifies the results: resolved input, arms, version. YAML that rlp_node_difference can compare. */
void rlp_study_fingerprint(const rlp_study_t *, rlp_text_t *out);

/* ---- blocks ---------------------------------------------------------------------------------------------------------------- */
uint64_t rlp_study_blocks(const rlp_study_t *);
uint64_t rlp_study_blocks_per_arm(const rlp_study_t *); /* of task t: t times this, and on */
size_t rlp_block_arm(const rlp_study_t *, uint64_t block);          /* index into arms[], a task */
uint64_t rlp_block_first(const rlp_study_t *, uint64_t block);      /* first patient, from 1 */
uint64_t rlp_block_patients(const rlp_study_t *, uint64_t block);
size_t rlp_block_bytes(const rlp_study_t *, uint64_t block);
/* Live all patients of a block into its zeroed payload. between(context, patients done) is asked after each patient and at the stops within one (visits,
 * records, ends of compiled stretches); nonzero gives up (RLP_ERROR_STOPPED). */
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
