/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Parallel: ranks, the counter that hands out work, bytes sent to all, and stop requests. The only room (with ensemble and command) that knows MPI.
 *
 * No master rank: ranks fetch the next number from a one-sided counter; where MPI_Win_allocate or the counter is not to be had, rank r takes
 * r, r + ranks, r + 2 ranks ...: the same bytes, less balance. Rank 0 hosts the counter and makes a progress call between patients. */
#ifndef RELAPSE_PARALLEL_H
#define RELAPSE_PARALLEL_H

#include <mpi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relapse/error.h"
#include "relapse/meter.h"

typedef struct {
    MPI_Comm comm; /* a duplicate of MPI_COMM_WORLD, errors return */
    int rank, size;
    int hosts;        /* distinct hosts */
    int cores;        /* cores allotted to this job, summed over hosts (affinity mask, or SLURM's word) */
    int ranks_here;   /* ranks on this rank's host */
    char host[256];   /* of this rank */
} rlp_parallel_t;

/* MPI_Init (once per process) and who is where. */
int rlp_parallel_init(rlp_parallel_t *, int *argc, char ***argv) RLP_MUST_USE;
void rlp_parallel_finish(rlp_parallel_t *); /* MPI_Finalize; safe twice */

/* Rank 0's bytes on every rank. On rank 0 `*bytes` is borrowed input, elsewhere it becomes an owned, NUL-terminated block. */
int rlp_parallel_share(rlp_parallel_t *, char **bytes, size_t *length) RLP_MUST_USE;
/* All ranks' bytes on rank 0, one after the other in order of ranks: there `*all` becomes an owned block, elsewhere NULL. */
int rlp_parallel_collect(rlp_parallel_t *, const char *bytes, size_t length, char **all, size_t *total) RLP_MUST_USE;
/* The worst (least) code over ranks: everybody returns the same; a failing rank's message reaches rank 0's rlp_fail_message(). */
int rlp_parallel_agree(rlp_parallel_t *, int code) RLP_MUST_USE;
/* True everywhere iff `value` is the same on all ranks. */
bool rlp_parallel_same(rlp_parallel_t *, uint64_t value);

/* ---- work by number --------------------------------------------------------------------------------------------------- */
typedef struct rlp_counter rlp_counter_t;
int rlp_counter_open(rlp_parallel_t *, uint64_t n, rlp_counter_t **) RLP_MUST_USE; /* collective; numbers 0 .. n-1 */
/* The next run of numbers for this rank: [*first, *first + *count), guided (large while much is left, never below 1); count 0: none left. */
int rlp_counter_next(rlp_counter_t *, uint64_t *first, uint64_t *count) RLP_MUST_USE;
void rlp_counter_progress(rlp_counter_t *); /* let MPI move; cheap; rank 0 calls it between patients */
void rlp_counter_close(rlp_counter_t *);    /* collective */
/* Every rank soon gets count 0, whoever asked; safe any number of times. */
void rlp_counter_stop(rlp_counter_t *);
bool rlp_counter_stopped(rlp_counter_t *); /* some rank asked; also passes it on, so a rank that waits goes on asking */
/* Report `more` items done; returns the sum over all ranks so far (under the cyclic rule a guess from this rank's own). */
uint64_t rlp_counter_done(rlp_counter_t *, uint64_t more);
const char *rlp_counter_kind(const rlp_counter_t *); /* "one-sided" or "cyclic" */

/* ---- where the time goes ---------------------------------------------------------------------------------------------- */
/* A rank's monotonic clock, read through a meter. */
typedef struct {
    double begun, entered, seconds[RLP_PHASES]; /* of this rank; entered: when the phase at hand was */
    rlp_phase_t phase;
    double patients, events, steps, patient_seconds; /* the caller counts the first three; of rlp_stopwatch_patients() */
    double patients_begun, patient_processor, patient_processor_begun;
    double *of_ranks; /* rank 0, once joined: [size][RLP_PHASES + 6]; owned */
    double joined;
} rlp_stopwatch_t;
void rlp_stopwatch_start(rlp_stopwatch_t *);                      /* in RLP_PHASE_READING */
rlp_meter_t rlp_stopwatch_meter(rlp_stopwatch_t *);               /* borrows the stopwatch */
void rlp_stopwatch_patients(rlp_stopwatch_t *, bool begin);       /* a block of patients begins or ends */
/* All ranks' times to rank 0, which may go on alone: the others then wait for it. Collective. */
int rlp_stopwatch_join(rlp_parallel_t *, rlp_stopwatch_t *) RLP_MUST_USE;
/* Rank 0, after the join: the profile up to now. */
void rlp_stopwatch_profile(const rlp_parallel_t *, rlp_stopwatch_t *, rlp_profile_t *);
void rlp_stopwatch_free(rlp_stopwatch_t *); /* safe twice */

/* ---- stop requests ---------------------------------------------------------------------------------------------------- */
/* SIGINT, SIGTERM, SIGUSR1 set a flag, and may come any number of times; nothing else happens in the handler. */
void rlp_stop_watch(void);
int rlp_stop_requested(void); /* 0, or the first signal's number */
void rlp_stop_forget(void);   /* as if none had come (tests) */

#endif
