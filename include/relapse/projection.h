/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The finite state projection: the whole law of a small population, its first passage to progression, and the chance that it comes back from every residual
 * state. With PETSc, and therefore in a program of its own (relapse-projection, behind `relapse reference INPUT --method projection`).
 *
 *   forward    dp/dt = Q p over states (relapse/states.h) by uniformisation: p(t) = sum_k Poisson(k; clock t) P^k p(0), P = I + Q / clock. Non-negative,
 *              and the error is known beforehand: what is cut off the Poisson sum (1e-15 a span) and the truncated mass.
 *   backward   u(n) = P(progression by the end | n) for every n: one sweep with the transpose. At the start it equals the forward answer, which is checked.
 *
 * Rows are distributed over ranks. Each rank holds its rows as a sequential AIJ matrix over its own columns and its ghosts in global order (COO assembly,
 * VecScatter, MatMult): a row is summed in one order whatever the number of ranks, so results are the same bytes; MPIAIJ (diagonal block first) and
 * MatMultTranspose (sums of rows elsewhere) would not be. Survival events, verdicts and output work on the whole vector on rank 0.
 *
 * PETSc: rlp_petsc_start reads neither PETSC_OPTIONS nor any petscrc file and installs no signal handler; its failures come back as codes with a sentence. */
#ifndef RELAPSE_PROJECTION_H
#define RELAPSE_PROJECTION_H

#include "relapse/parallel.h"
#include "relapse/states.h"
#include "relapse/study.h"

/* After rlp_parallel_init. `options` are what the user gave after --petsc. */
int rlp_petsc_start(char **options, int n_options) RLP_MUST_USE;
/* Options that nothing has asked for, in words; RLP_ERROR_USAGE if there are any. Call when all solvers have been set up. */
int rlp_petsc_check_unused(void) RLP_MUST_USE;
void rlp_petsc_version(char text[32]);
void rlp_petsc_finish(void); /* safe if it never started */

/* Carries vectors over spans of constant rates, backward several functions at once (the matrix is read once for all). Collective. The process is borrowed. */
typedef struct rlp_projector rlp_projector_t;
int rlp_projector_open(rlp_parallel_t *, const rlp_states_t *, const rlp_process_t *, bool backward, size_t n_functions, rlp_projector_t **) RLP_MUST_USE;
void rlp_projector_close(rlp_projector_t *); /* NULL is fine */
rlp_propagator_t rlp_projector_propagator(rlp_projector_t *);
uint64_t rlp_projector_products(const rlp_projector_t *); /* matrix-vector products so far */

/* ---- memory ------------------------------------------------------------------------------------------------------------------------- */
/* Bytes that this host can still give: free memory, the cgroup's limit, the limit on address space, whichever is least. */
double rlp_memory_at_hand(void);
/* Bytes that the ranks of one host need together for a projection. */
double rlp_projection_bytes(const rlp_shape_t *, const rlp_process_t *, double n_states, size_t n_looks, int ranks, int ranks_here);

/* ---- a whole study ------------------------------------------------------------------------------------------------------------------ */
typedef struct {
    double state_limit;   /* most states */
    double truncation;    /* bounds that were not given grow until the truncated mass is at most this */
    char **bounds;        /* TYPE=CELLS, as given */
    size_t n_bounds;
    bool residual;        /* the backward sweep */
    bool speaks;          /* rank 0: words on standard error */
} rlp_projection_options_t;

/* What came out, for the files; on rank 0. */
typedef struct {
    rlp_text_t km, moments, law, residual, facts; /* facts: members of the run's JSON, one object an arm */
} rlp_projection_tables_t;
void rlp_projection_tables_init(rlp_projection_tables_t *);
void rlp_projection_tables_free(rlp_projection_tables_t *);
/* All arms of a study. RLP_ERROR_REFUSED (in words) where the process or its endpoints cannot be projected, where bounds that were given make more states
 * than the limit or the memory allow. */
int rlp_projection_run(rlp_parallel_t *, const rlp_study_t *, const rlp_projection_options_t *, rlp_projection_tables_t *) RLP_MUST_USE;

#endif
