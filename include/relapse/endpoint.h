/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Endpoints: progression and death as rules on counts and dead tissue, turned into watches for engines and verdicts at visits.
 *
 * Measures: viable = living cells; size = living cells + dead tissue not yet cleared. Forms of progression:
 *   burden    measure of the types `of` >= level
 *   relative  measure >= factor x nadir and >= minimum
 *   recist    sum of lesion diameters >= 1.2 x nadir and >= nadir + 5 mm; or a new lesion: one that was below `visible` at baseline and is at or above it.
 *             A group of n equal spheres of N cells in all has diameters n cbrt(6 (N/n) / (pi cells_per_mm3)). Groups below `visible` count
 *             in the sum once they were seen.
 * every_days = 0: at any instant (engines watch); else at visits every, 2 every, ... (judged here). Thresholds are reached at >=.
 * Baseline and nadir start from the state before any event of day 0. */
#ifndef RELAPSE_ENDPOINT_H
#define RELAPSE_ENDPOINT_H

#include "relapse/document.h"
#include "relapse/process.h"
#include "relapse/watch.h"

/* UNTREATABLE: no measure of cells, but a rule of the arm that asks for what is forbidden (tumour floor). */
typedef enum { RLP_MEASURE_VIABLE, RLP_MEASURE_SIZE, RLP_MEASURE_UNTREATABLE } rlp_measure_t;

/* Response at a visit, worst first: PD as progression (growth or a new lesion); CR: every lesion below `visible`; PR: the sum of diameters at most 0.7 of the
 * baseline's; else SD. NE: not evaluated (no visit). recist measures size, mrecist viable tissue. */
typedef enum { RLP_RESPONSE_NE, RLP_RESPONSE_PD, RLP_RESPONSE_SD, RLP_RESPONSE_PR, RLP_RESPONSE_CR } rlp_response_t;
const char *rlp_response_name(rlp_response_t); /* "NE", "PD", "SD", "PR", "CR" */

/* Cells of some types that a scan sees as `lesions` equal spheres. */
typedef struct {
    char *name;        /* owned; the site */
    unsigned char *of; /* n_types flags; owned */
    double lesions;    /* >= 1 */
} rlp_lesions_t;

typedef enum { RLP_PROGRESSION_NONE, RLP_PROGRESSION_BURDEN, RLP_PROGRESSION_RELATIVE, RLP_PROGRESSION_RECIST } rlp_progression_form_t;

typedef struct {
    rlp_progression_form_t form;
    rlp_measure_t measure;
    unsigned char *of; /* n_types flags; owned; all by default */
    double level;      /* burden: cells */
    double factor, minimum_cells;
    double every_days;
    double visible_mm; /* recist; 0: every lesion counts and none is new */
} rlp_progression_t;

typedef struct {
    bool present; /* a burden that kills */
    rlp_measure_t measure;
    unsigned char *of;
    double level;
    double hazard_per_day; /* 0: none */
} rlp_death_t;

typedef struct {
    size_t n_types;
    size_t n_lesions;
    rlp_lesions_t *lesions; /* owned */
    double cells_per_mm3;
    rlp_progression_t progression;
    rlp_death_t death;
} rlp_endpoints_t;

/* Room for types and lesions (of each: no types, one lesion, no name). */
int rlp_endpoints_init(rlp_endpoints_t *, size_t n_types, size_t n_lesions) RLP_MUST_USE;
void rlp_endpoints_free(rlp_endpoints_t *);
/* Read `endpoints:` (NULL: none). `type_names` resolves `of:`; NULL on the tumour floor, where `of:` is refused. Lesions and cells_per_mm3 are in. */
int rlp_endpoints_read(const rlp_node_t *endpoints, const char *const *type_names, rlp_diagnostics_t *, rlp_endpoints_t *) RLP_MUST_USE;
extern const rlp_key_section_t RLP_ENDPOINT_SECTIONS[];
extern const size_t RLP_ENDPOINT_SECTION_COUNT;

/* Watches for engines: progression (if it is judged at any instant) and death (if a burden kills). Return false if there is nothing to watch. */
bool rlp_endpoint_watch_progression(const rlp_endpoints_t *, rlp_watch_t *);
bool rlp_endpoint_watch_death(const rlp_endpoints_t *, rlp_watch_t *);

/* What a scan tells. */
typedef enum { RLP_REASON_NONE, RLP_REASON_BURDEN, RLP_REASON_GROWTH, RLP_REASON_NEW_LESION } rlp_reason_t;
const char *rlp_reason_name(rlp_reason_t); /* "burden", "growth", "new lesion" */

/* The scans of one patient: baseline, nadir over the start and the visits, lesions seen so far. */
typedef struct {
    const rlp_endpoints_t *endpoints; /* borrowed */
    rlp_watch_t watch;                /* burden and relative forms */
    double nadir_mm, baseline_mm;     /* recist */
    bool *seen;                       /* n_lesions; owned */
} rlp_scans_t;
int rlp_scans_init(rlp_scans_t *, const rlp_endpoints_t *) RLP_MUST_USE;
void rlp_scans_free(rlp_scans_t *);
/* The state before any event of day 0. */
void rlp_scans_baseline(rlp_scans_t *, const rlp_state_t *, const rlp_process_t *);
/* One visit: RLP_REASON_NONE, or why it is progression. */
rlp_reason_t rlp_scans_visit(rlp_scans_t *, const rlp_state_t *, const rlp_process_t *);
/* Sum of the diameters of the lesions of a site group, in the endpoint's measure. */
double rlp_lesions_diameter_mm(const rlp_endpoints_t *, size_t lesions, const rlp_state_t *, const rlp_process_t *);

#endif
