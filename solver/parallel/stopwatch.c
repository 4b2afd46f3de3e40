/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where the time goes, over ranks. Every phase ends where the next begins, by one reading of the clock: a rank's phases add up to its wall time
 * but for rounding. After the join rank 0 goes on alone (CSV files, picture), and the other ranks do nothing but wait for it, so it can tell their
 * times at any later moment without asking. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "relapse/memory.h"
#include "relapse/parallel.h"

/* What of each rank rank 0 holds: seconds of each phase, then these. */
enum { PATIENTS = RLP_PHASES, EVENTS, STEPS, PATIENT_SECONDS, PROCESSOR, PATIENT_PROCESSOR, WORDS };

static double read_clock(clockid_t clock) {
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double now(void) { return read_clock(CLOCK_MONOTONIC); }
static double processor(void) { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }

static rlp_phase_t enter(void *context, rlp_phase_t phase) {
    rlp_stopwatch_t *watch = context;
    rlp_phase_t before = watch->phase;
    double t = now();
    watch->seconds[before] += t - watch->entered;
    watch->entered = t;
    watch->phase = phase;
    return before;
}

void rlp_stopwatch_start(rlp_stopwatch_t *watch) {
    memset(watch, 0, sizeof *watch);
    watch->begun = watch->entered = now();
    watch->phase = RLP_PHASE_READING;
}

rlp_meter_t rlp_stopwatch_meter(rlp_stopwatch_t *watch) { return (rlp_meter_t){.enter = enter, .context = watch}; }

void rlp_stopwatch_patients(rlp_stopwatch_t *watch, bool begin) {
    if (begin) {
        watch->patients_begun = now();
        watch->patient_processor_begun = processor();
    } else {
        watch->patient_seconds += now() - watch->patients_begun;
        watch->patient_processor += processor() - watch->patient_processor_begun;
    }
}

static void tell(const rlp_stopwatch_t *watch, double *words) {
    memcpy(words, watch->seconds, sizeof watch->seconds);
    words[PATIENTS] = watch->patients;
    words[EVENTS] = watch->events;
    words[STEPS] = watch->steps;
    words[PATIENT_SECONDS] = watch->patient_seconds;
    words[PROCESSOR] = processor();
    words[PATIENT_PROCESSOR] = watch->patient_processor;
}

int rlp_stopwatch_join(rlp_parallel_t *parallel, rlp_stopwatch_t *watch) {
    double mine[WORDS];
    rlp_phase_t before = enter(watch, RLP_PHASE_WAITING);
    free(watch->of_ranks);
    watch->of_ranks = NULL;
    int rc = parallel->rank == 0 ? rlp_memory_new((void **)&watch->of_ranks, (size_t)parallel->size * WORDS, sizeof(double)) : RLP_OK;
    rc = rlp_parallel_agree(parallel, rc); /* also where the ranks meet: who came first has waited */
    if (rc) return rc;
    (void)enter(watch, before);
    tell(watch, mine);
    if (MPI_Gather(mine, WORDS, MPI_DOUBLE, watch->of_ranks, WORDS, MPI_DOUBLE, 0, parallel->comm))
        return rlp_fail(RLP_ERROR_INTERNAL, "the ranks could not tell where their time went");
    watch->joined = watch->entered;
    return RLP_OK;
}

static rlp_spread_of_ranks_t spread(const double *of_ranks, int ranks, int word, int per) {
    rlp_spread_of_ranks_t s = {0};
    for (int r = 0; r < ranks; r++) {
        double value = of_ranks[r * WORDS + word], over = per < 0 ? 1 : of_ranks[r * WORDS + per];
        if (per >= 0) value = over > 0 ? value / over : 0;
        s.least = r && s.least < value ? s.least : value;
        s.most = r && s.most > value ? s.most : value;
        s.mean += value / ranks;
    }
    return s;
}

static double sum(const double *of_ranks, int ranks, int word) {
    double all = 0;
    for (int r = 0; r < ranks; r++) all += of_ranks[r * WORDS + word];
    return all;
}

void rlp_stopwatch_profile(const rlp_parallel_t *parallel, rlp_stopwatch_t *watch, rlp_profile_t *profile) {
    double *of_ranks = watch->of_ranks, all = 0;
    int ranks = parallel->size;
    (void)enter(watch, watch->phase);
    tell(watch, of_ranks);
    for (int r = 1; r < ranks; r++) of_ranks[r * WORDS + RLP_PHASE_WAITING] += watch->entered - watch->joined;
    watch->joined = watch->entered;
    *profile = (rlp_profile_t){.ranks = ranks, .wall_seconds = watch->entered - watch->begun};
    for (int p = 0; p < RLP_PHASES; p++) all += sum(of_ranks, ranks, p);
    for (int p = 0; p < RLP_PHASES; p++) {
        profile->seconds[p] = spread(of_ranks, ranks, p, -1);
        profile->share[p] = all > 0 ? sum(of_ranks, ranks, p) / all : 0;
    }
    profile->processor_seconds = sum(of_ranks, ranks, PROCESSOR);
    profile->patient_processor_seconds = sum(of_ranks, ranks, PATIENT_PROCESSOR);
    profile->patients = sum(of_ranks, ranks, PATIENTS);
    profile->events = sum(of_ranks, ranks, EVENTS);
    profile->steps = sum(of_ranks, ranks, STEPS);
    profile->patients_per_second = spread(of_ranks, ranks, PATIENTS, PATIENT_SECONDS);
    profile->events_per_second = spread(of_ranks, ranks, EVENTS, PATIENT_SECONDS);
    profile->steps_per_second = spread(of_ranks, ranks, STEPS, PATIENT_SECONDS);
}

void rlp_stopwatch_free(rlp_stopwatch_t *watch) {
    free(watch->of_ranks);
    watch->of_ranks = NULL;
}
