/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tumour floor: sites, traits, drugs, interventions, signals, mechanisms and arms, compiled into a process.
 *
 * A model is read once (every number a row of rlp_parameters_t). Per arm and patient an *environment* runs forward in time, without
 * randomness and without cell counts, and appends segments of time-averaged rates to a process: a pure function of (model, arm, values).
 *
 *   types    site x genotype x plastic state; label = trait set ("none", "met2", "efflux", "target+efflux")
 *   signals  x' = (rest + pushes - x) speed / tau, one copy a site or one a patient; products held over a grid step
 *   drugs    one-compartment oral PK, level = plasma level x rows aimed at `drug.level`; effect by Emax (hill) on death, birth or growth
 *   rows     mechanisms: source -> target by a law; data, never named in code
 *   segments hold time averages; a segment splits until its two halves change the integral of birth - death by less than error/10 */
#ifndef RELAPSE_TUMOUR_H
#define RELAPSE_TUMOUR_H

#include "relapse/document.h"
#include "relapse/endpoint.h"
#include "relapse/parameters.h"
#include "relapse/process.h"
#include "relapse/stream.h"

typedef struct rlp_tumour rlp_tumour_t;

/* Read tumour:, traits:, drugs:, interventions:, signals:, mechanisms:, arms: from the root map of an input. All errors go to the diagnostics; the
 * model is usable only if there were none. Owned: rlp_tumour_free. */
int rlp_tumour_read(const rlp_node_t *root, rlp_parameters_t *, rlp_diagnostics_t *, rlp_tumour_t **out) RLP_MUST_USE;
void rlp_tumour_free(rlp_tumour_t *);

size_t rlp_tumour_arms(const rlp_tumour_t *);
const char *rlp_tumour_arm_name(const rlp_tumour_t *, size_t arm);
/* Is this patient's growth capped at 0.9 of birth? (growth varies through death: death = birth - growth) */
bool rlp_tumour_capped(const rlp_tumour_t *, const double *values);
/* The scan's view: lesions per site (`part_of` joined), cells per mm3. Fills n_types, lesions and cells_per_mm3 of fresh endpoints. */
int rlp_tumour_lesions(const rlp_tumour_t *, rlp_endpoints_t *) RLP_MUST_USE;
/* Types, channels, names, labels, capacity none, clearance: everything but the timeline and start counts. */
int rlp_tumour_process(const rlp_tumour_t *, const double *values, rlp_process_t *out) RLP_MUST_USE;
/* The same for another patient, from the process of an earlier one: its timeline is dropped. */
void rlp_tumour_process_again(const rlp_tumour_t *, const double *values, rlp_process_t *);
/* Draw the cells present at time 0 into cells[n_types] (plastic shares multinomial, pre-existing genetic clones one by one or by their mean
 * where thousands; a clone sits in one site): total = tumour.cells. stream NULL: the expected counts, rounded. */
int rlp_tumour_start(const rlp_tumour_t *, const double *values, rlp_stream_t *, int64_t *cells) RLP_MUST_USE;

/* What is planned in an arm and will be told in events.csv. */
typedef enum { RLP_EVENT_START, RLP_EVENT_STOP, RLP_EVENT_DO } rlp_event_kind_t;
typedef struct {
    double t_days;
    rlp_event_kind_t kind;
    const char *what; /* drug or intervention; borrowed from the model */
} rlp_planned_t;

typedef struct rlp_environment rlp_environment_t;
/* The environment of one arm, reusable for many patients. `error` is engine.error. */
int rlp_environment_new(const rlp_tumour_t *, size_t arm, double error, double follow_up_days, rlp_environment_t **) RLP_MUST_USE;
void rlp_environment_free(rlp_environment_t *);
/* Start a patient at time 0 with his values (borrowed until the next begin); process must come from rlp_tumour_process with the same values and
 * hold no segments yet. */
int rlp_environment_begin(rlp_environment_t *, const double *values, rlp_process_t *) RLP_MUST_USE;
/* Append segments and survival events to the process, up to and including `until_days` (events at exactly until_days are in). RLP_ERROR_RATE with row, site, type and
 * day when a rate becomes negative. */
int rlp_environment_extend(rlp_environment_t *, double until_days, rlp_process_t *) RLP_MUST_USE;
/* Planned events of the arm for these values, sorted by time, up to follow-up. Borrowed until the next begin. */
const rlp_planned_t *rlp_environment_planned(const rlp_environment_t *, size_t *n);

/* For `relapse check`: the types and the table of rows in force; and what one arm gives and does. */
int rlp_tumour_describe(const rlp_tumour_t *, const double *values, rlp_text_t *out) RLP_MUST_USE;
int rlp_tumour_describe_arm(const rlp_tumour_t *, size_t arm, const double *values, rlp_text_t *out) RLP_MUST_USE;

/* For `check`: warn of rows that act while nothing has happened (growth without treatment is then not tumour.growth), and of rows marked
 * `interaction: true` that change an arm with a single treatment; the arm is compiled with and without the row. A rate out of range is an
 * error at the place of the row or drug that makes it so. */
int rlp_tumour_check(const rlp_tumour_t *, const double *values, double error, double follow_up_days, rlp_diagnostics_t *) RLP_MUST_USE;

/* Where the input says what made the last RLP_ERROR_RATE of an environment (a row, a drug); its source is NULL where no single one did. */
rlp_place_t rlp_tumour_blamed(void);

extern const rlp_key_section_t RLP_TUMOUR_SECTIONS[];
extern const size_t RLP_TUMOUR_SECTION_COUNT;

#endif
