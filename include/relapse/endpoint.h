/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Endpoints: progression and death as rules on counts and dead tissue, turned into watches for engines and verdicts at visits.
 *
 * Measures: viable = living cells; size = living cells + dead tissue not yet cleared. Forms of progression:
 *   burden    measure of the types `of` >= level
 *   relative  measure >= factor x nadir and >= minimum
 *   recist    sum of lesion diameters >= 1.2 x nadir and >= nadir + 5 mm; or a new lesion: one that was below `visible` at baseline and is at or above it.
 *             A group of n equal spheres of N cells in all has diameters n cbrt(6 (N/n) / (pi cells_per_mm3)). Groups below `visible` count
 *             in the sum once they were seen. mrecist is recist on viable tissue (Lencioni & Llovet, Semin. Liver Dis. 30:52, 2010).
 *   measure untreatable: a rule of the arm decides (patient.h); the scans tell responses by recist or mrecist alone.
 * A second progression is judged like a first one whose baseline is the visit of the first (second line of treatment).
 * every_days = 0: at any instant (engines watch); else at visits every, 2 every, ... (judged here). Thresholds are reached at >=.
 * Baseline and nadir start from the state before any event of day 0. */
#ifndef RELAPSE_ENDPOINT_H
#define RELAPSE_ENDPOINT_H

#include "relapse/document.h"
#include "relapse/parameters.h"
#include "relapse/process.h"
#include "relapse/watch.h"

/* UNTREATABLE: no measure of cells, but a rule of the arm that asks for what is forbidden (tumour floor). */
typedef enum { RLP_MEASURE_VIABLE, RLP_MEASURE_SIZE, RLP_MEASURE_UNTREATABLE } rlp_measure_t;

/* Response at a visit, worst first: PD where the form of progression says so (of untreatable: growth or a new lesion by recist); CR: every lesion below
 * `visible` (visible 0: nothing is left); PR: the sum of diameters is at most 0.7 of the baseline's; else SD. NE: not evaluated (no visit, or nothing to see
 * at baseline). After the first progression: PD, or where a second one is asked for, the response since the visit of the first. */
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
    rlp_measure_t diameters; /* viable or size: as measure; of untreatable, what its rule measures (mrecist: viable, else size) */
    unsigned char *of; /* n_types flags; owned; all by default */
    double level;      /* burden: cells */
    double factor, minimum_cells;
    double every_days;
    double visible_mm; /* recist; 0: every lesion counts and none is new */
    size_t level_of, factor_of, minimum_of, every_of, visible_of; /* parameters of these; RLP_NO_PARAMETER: not asked for. The visits of the second are those of the first */
} rlp_progression_t;

typedef struct {
    bool present; /* a burden that kills */
    rlp_measure_t measure;
    unsigned char *of;
    double level;
    double hazard_per_day; /* 0: none */
    size_t level_of, hazard_of; /* parameters, as above */
} rlp_death_t;

typedef struct {
    size_t n_types;
    size_t n_lesions;
    rlp_lesions_t *lesions; /* owned */
    double cells_per_mm3;
    size_t density_of; /* parameter, cells per cm3 */
    rlp_progression_t progression;
    rlp_progression_t second; /* form RECIST, or NONE: not asked for */
    rlp_death_t death;
} rlp_endpoints_t;

/* Room for types and lesions (of each: no types, one lesion, no name). */
int rlp_endpoints_init(rlp_endpoints_t *, size_t n_types, size_t n_lesions) RLP_MUST_USE;
void rlp_endpoints_free(rlp_endpoints_t *);
/* Read `endpoints:` (NULL: none). `type_names` resolves `of:`; NULL on the tumour floor, where `of:` is refused. Lesions and cells_per_mm3 are in. Numbers become
 * shared rows of the parameters, where they mean something: not every form has a burden, and what is judged at any instant has no days between visits. */
int rlp_endpoints_read(const rlp_node_t *endpoints, const char *const *type_names, rlp_parameters_t *, rlp_diagnostics_t *, rlp_endpoints_t *) RLP_MUST_USE;
/* Their numbers as they are at values[parameters->n]. */
void rlp_endpoints_settle(rlp_endpoints_t *, const double *values);
extern const rlp_key_section_t RLP_ENDPOINT_SECTIONS[];
extern const size_t RLP_ENDPOINT_SECTION_COUNT;

/* Watches for engines: progression (if it is judged at any instant) and death (if a burden kills). Return false if there is nothing to watch. */
bool rlp_endpoint_watch_progression(const rlp_endpoints_t *, rlp_watch_t *);
bool rlp_endpoint_watch_death(const rlp_endpoints_t *, rlp_watch_t *);

/* Why it is progression. UNTREATABLE is never told by scans, but by who judges the rules. */
typedef enum { RLP_REASON_NONE, RLP_REASON_BURDEN, RLP_REASON_GROWTH, RLP_REASON_NEW_LESION, RLP_REASON_UNTREATABLE } rlp_reason_t;
const char *rlp_reason_name(rlp_reason_t); /* "burden", "growth", "new lesion", "untreatable" */

/* What one visit tells. */
typedef struct {
    rlp_reason_t reason;   /* first progression at this visit, or NONE */
    rlp_reason_t second;   /* second progression at this visit, or NONE */
    rlp_response_t response;
    double diameter_mm;    /* sum over the lesions seen so far */
    double change_percent; /* of diameter_mm against the baseline that the response is against; NaN where that is 0 */
} rlp_look_t;

/* The scans of one patient: baseline, nadir over the start and the visits, lesions seen so far.
 *   rlp_scans_baseline     before any event of day 0
 *   rlp_scans_visit        at each visit; it finds the first progression by itself and begins the second there
 *   rlp_scans_progressed   after a visit that its caller makes the first progression (untreatable)
 * With progression at any instant (every 0) there are no visits and nothing is told. */
typedef struct rlp_scans {
    const rlp_endpoints_t *endpoints; /* borrowed */
    const rlp_progression_t *by;      /* the rule that these scans judge: the first progression's, or the second's */
    rlp_watch_t watch;                /* burden and relative forms */
    double nadir_mm, baseline_mm;
    bool *seen;                       /* n_lesions; owned */
    bool progressed;
    rlp_response_t best_response;     /* over the visits up to the first progression, it included; NE: no visit */
    double best_change_percent;       /* least of them; NaN: none */
    struct rlp_scans *second;         /* owned; NULL: not asked for */
} rlp_scans_t;
int rlp_scans_init(rlp_scans_t *, const rlp_endpoints_t *) RLP_MUST_USE;
void rlp_scans_free(rlp_scans_t *);
/* The numbers of the endpoints that they borrow have changed; before the next baseline. */
void rlp_scans_turn(rlp_scans_t *);
/* The state before any event of day 0. */
void rlp_scans_baseline(rlp_scans_t *, const rlp_state_t *, const rlp_process_t *);
/* One visit. `look` may be NULL. Returns the reason of the first progression if it is at this visit, else NONE. */
rlp_reason_t rlp_scans_visit(rlp_scans_t *, const rlp_state_t *, const rlp_process_t *, rlp_look_t *look);
/* The visit just made is the first progression. */
void rlp_scans_progressed(rlp_scans_t *, const rlp_state_t *, const rlp_process_t *);

/* A site group now: its cells, and the sum of its lesions' diameters in the measure of the first progression (of the types that it counts). */
typedef struct {
    double viable_cells, size_cells, diameter_mm;
} rlp_group_t;
void rlp_lesions_tell(const rlp_endpoints_t *, size_t lesions, const rlp_state_t *, const rlp_process_t *, rlp_group_t *);
double rlp_lesions_diameter_mm(const rlp_endpoints_t *, size_t lesions, const rlp_state_t *, const rlp_process_t *);

#endif
