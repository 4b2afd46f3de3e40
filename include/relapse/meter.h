/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Meter: a hook by which work says what it is about to do, so that somebody outside, who has a clock, can tell where the time went.
 *
 * Whoever works knows no clock: it calls rlp_meter_enter(meter, phase) and, where it was called from another phase, enters that one again
 * when it is done. Without a meter (NULL) that costs one comparison. Nothing that is computed may depend on a meter.
 *
 * Phases exclude each other: each instant of a rank belongs to the phase entered last, so they add up to its wall time. */
#ifndef RELAPSE_METER_H
#define RELAPSE_METER_H

#include <stdint.h>

/* phase, its name in run.json, in words */
#define RLP_PHASE_LIST(X) \
    X(READING, "reading", "reading the input, starting up")                     \
    X(SIMULATING, "simulating", "simulating patients (engine)")                 \
    X(COMPILING, "compiling", "drawing patients, compiling treatments")         \
    X(STATISTICS, "statistics", "statistics (moments, curves, comparisons)")    \
    X(LEDGER, "ledger", "ledger (writing, syncing, reading)")                   \
    X(FILES, "files", "CSV files and run.json")                                 \
    X(PICTURE, "picture", "picture (gnuplot)")                                  \
    X(WAITING, "waiting", "waiting (for work, for other ranks)")                \
    X(OTHER, "other", "all else")

typedef enum {
#define X(phase, name, words) RLP_PHASE_##phase,
    RLP_PHASE_LIST(X)
#undef X
        RLP_PHASES
} rlp_phase_t;

typedef struct {
    rlp_phase_t (*enter)(void *context, rlp_phase_t); /* returns the phase that was left */
    void *context;
} rlp_meter_t;

/* The phase that was left, to be entered again; RLP_PHASE_OTHER without a meter. */
static inline rlp_phase_t rlp_meter_enter(const rlp_meter_t *meter, rlp_phase_t phase) {
    return meter ? meter->enter(meter->context, phase) : RLP_PHASE_OTHER;
}

const char *rlp_phase_name(rlp_phase_t);  /* "simulating" */
const char *rlp_phase_words(rlp_phase_t); /* "simulating patients (engine)" */

/* ---- what was measured, over ranks ------------------------------------------------------------------------------------------- */
typedef struct {
    double least, mean, most; /* over ranks */
} rlp_spread_of_ranks_t;

typedef struct {
    int ranks;
    double wall_seconds;                         /* from the start to now; each rank's phases add up to it */
    rlp_spread_of_ranks_t seconds[RLP_PHASES];
    double share[RLP_PHASES];                    /* of all ranks' time; the sum is 1 */
    double processor_seconds, patient_processor_seconds; /* of processors, summed over ranks: in all, and in work on patients. Where ranks share cores with others, wall time
                                                          * goes where they happen to lose the core (mostly: waiting); this does not */
    double patients, events, steps;              /* simulated in this run, by all ranks */
    rlp_spread_of_ranks_t patients_per_second, events_per_second, steps_per_second; /* of a rank's time for patients: simulating, compiling, moments */
} rlp_profile_t;

#endif
