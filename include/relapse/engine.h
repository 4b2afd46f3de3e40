/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Engines: each simulates one trajectory of a process, behind one interface and one table. All sit the exam in tests/contract.
 *
 *   rlp_engine_open      refuses in words what the engine cannot do, prepares what does not depend on the trajectory
 *   rlp_engine_advance   takes a state as far as `until` or to the first instant at which a watch fires, says why it stopped, and can go on from there
 *   rlp_engine_close
 *
 * Advancing to `until` enters the segments (and their survival events) that start at or before it: an observation at the time of an event sees
 * the state after it. The process may gain segments between two calls; advance never passes what `until` says. An engine may be used for many
 * trajectories of one process, one after the other; a path is a function of (process, state, calls, stream) alone.
 * Which engine: `direct` exact, cost per event; `kendall` exact without capacity, cost per transition whatever the burden; `leap` second order, cost per
 * step; `tau` first order, the literature's standard, cost per leap; `auto` chooses. */
#ifndef RELAPSE_ENGINE_H
#define RELAPSE_ENGINE_H

#include "relapse/process.h"
#include "relapse/stream.h"
#include "relapse/watch.h"

typedef struct {
    double error;        /* relative bound on the bias of means and survival times that approximate engines keep */
    double horizon_days; /* follow-up: the last segment is taken to end here */
    double epsilon;      /* of tau-leaping; NaN or 0: not given, `tau` chooses it so that `error` holds */
} rlp_engine_settings_t;

/* Sees the path as it is made, without changing it: at every step end (leap, tau), wherever a jump ends (kendall), or at whole days and segment ends (direct). */
typedef struct {
    void (*see)(void *context, const rlp_process_t *, const rlp_state_t *);
    void *context;
} rlp_observer_t;

typedef struct {
    unsigned fired;                   /* bit w: watch w fired; 0: came as far as `until` */
    double t_days[RLP_WATCHES_MAX];   /* when each that fired did; a stepping engine's state may stand up to one step later */
} rlp_stop_t;

typedef struct rlp_engine rlp_engine_t;

typedef struct {
    const char *name;
    const char *sentence;
    bool exact; /* in law, for every process it accepts */
    bool clones; /* tells a state's book of clones what it does (clones.h) */
    rlp_carrier_t carrier; /* RLP_CARRIERS: others carry for it */
    /* RLP_OK, or RLP_ERROR_REFUSED with a sentence. */
    int (*accepts)(const rlp_process_t *);
    int (*prepare)(const rlp_process_t *, const rlp_engine_settings_t *, void **self);
    int (*advance)(void *self, rlp_state_t *, double until_days, rlp_watch_t *watches, size_t n_watches, rlp_stream_t *, const rlp_observer_t *,
                   rlp_stop_t *);
    void (*release)(void *self);
} rlp_engine_class_t;

extern const rlp_engine_class_t *const RLP_ENGINES[];
extern const size_t RLP_ENGINE_COUNT;
const rlp_engine_class_t *rlp_engine_find(const char *name); /* NULL: none */

/* The process is borrowed until close and may grow. RLP_ERROR_REFUSED, RLP_ERROR_MEMORY. */
int rlp_engine_open(const rlp_engine_class_t *, const rlp_process_t *, const rlp_engine_settings_t *, rlp_engine_t **) RLP_MUST_USE;
void rlp_engine_close(rlp_engine_t *); /* NULL is fine */
/* observer may be NULL. RLP_ERROR_OVERFLOW when a count passes 4e18. */
int rlp_engine_advance(rlp_engine_t *, rlp_state_t *, double until_days, rlp_watch_t *watches, size_t n_watches, rlp_stream_t *,
                       const rlp_observer_t *, rlp_stop_t *) RLP_MUST_USE;
/* Which engine carries a state now: itself, or what `auto` chooses for it. */
const char *rlp_engine_carrier(rlp_engine_t *, const rlp_state_t *);

/* Expected events (births, deaths, transitions) over the known timeline up to horizon_days from the process's start counts, by the mean map; stops
 * counting beyond `enough`. */
int rlp_engine_expected_events(const rlp_process_t *, double horizon_days, double enough, double *events) RLP_MUST_USE;
/* The same of transitions alone (mutations and switches; immigrants come in groups): what `kendall` pays for. */
int rlp_engine_expected_transitions(const rlp_process_t *, double horizon_days, double enough, double *count) RLP_MUST_USE;

#endif
