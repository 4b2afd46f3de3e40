/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Uniformisation on PETSc's MatMult: one sweep of powers P^k x serves the end of a span, every look at the whole vector and every point of the curve on its
 * way, each with Poisson weights of its own. */
#include <math.h>
#include <petscmat.h>
#include <petscvec.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

#include "failure.h"
#include "relapse/memory.h"
#include "relapse/projection.h"

#define GIVE_UP_EVERY 64 /* steps between looks at the truncated mass */

struct rlp_projector {
    rlp_parallel_t *parallel;
    const rlp_states_t *states;
    const rlp_process_t *process;
    rlp_entries_t entries;
    double *values; /* of the entries */
    double *clock;  /* of each row of rates; 0: not known yet */
    size_t filled;  /* row of rates that the matrix holds, or RLP_NONE */
    size_t n_rows;  /* own */
    size_t n_functions; /* side by side in every vector: those of a state are neighbours */
    Mat step, apply;    /* apply: step on every function */
    Vec now, next, ghosts; /* ghosts: what own rows need, in global order; NULL on one rank, where it is `now` */
    VecScatter bring;      /* now -> ghosts */
    Vec whole;             /* all of it on rank 0 */
    VecScatter gather;
    uint64_t products;
};

uint64_t rlp_projector_products(const rlp_projector_t *self) { return self->products; }

/* ---- set-up ----------------------------------------------------------------------------------------------------------------------------- */
/* Own rows: an even share of the states, and all sinks on the last rank. */
static void share_rows(const rlp_parallel_t *parallel, const rlp_states_t *states, size_t *first, size_t *n) {
    size_t size = (size_t)parallel->size, rank = (size_t)parallel->rank;
    *first = states->n / size * rank + (rank < states->n % size ? rank : states->n % size);
    *n = states->n / size + (rank < states->n % size);
    if (rank + 1 == size) *n += states->n_sinks;
}

/* The distinct columns of own entries, rising, and the entries' columns by their place among them. */
static int compact_columns(rlp_projector_t *self, size_t n_all, PetscInt **columns, PetscInt *n_columns) {
    rlp_entries_t *e = &self->entries;
    PetscInt *place;
    int rc = RLP_NEW(place, n_all);
    if (rc) return rc;
    *n_columns = 0;
    for (size_t k = 0; k < e->n; k++) place[e->column[k]] = 1;
    for (size_t c = 0; c < n_all; c++) *n_columns += place[c];
    rc = RLP_NEW(*columns, (size_t)*n_columns);
    PetscInt at = 0;
    for (size_t c = 0; !rc && c < n_all; c++) {
        if (!place[c]) continue;
        (*columns)[at] = (PetscInt)c;
        place[c] = at++;
    }
    for (size_t k = 0; !rc && k < e->n; k++) e->column[k] = place[e->column[k]];
    free(place);
    return rc;
}

static PetscErrorCode make_matrix(rlp_projector_t *self, PetscInt n_columns) {
    rlp_entries_t *e = &self->entries;
    PetscFunctionBeginUser;
    PetscCall(MatCreate(PETSC_COMM_SELF, &self->step));
    PetscCall(MatSetSizes(self->step, (PetscInt)self->n_rows, n_columns, (PetscInt)self->n_rows, n_columns));
    PetscCall(MatSetType(self->step, MATSEQAIJ));
    PetscCall(MatSetFromOptions(self->step));
    PetscCall(MatSetOption(self->step, MAT_USE_INODES, PETSC_FALSE)); /* they group rows, and groups end where a rank's rows do */
    for (size_t k = 0; k < e->n; k++) e->row[k] -= (PetscInt)e->first_row;
    PetscCall(MatSetPreallocationCOO(self->step, (PetscCount)e->n, e->row, e->column));
    PetscCall(MatCreateMAIJ(self->step, (PetscInt)self->n_functions, &self->apply)); /* step itself for one function */
    PetscFunctionReturn(0);
}

static PetscErrorCode make_vectors(rlp_projector_t *self, const PetscInt *columns, PetscInt n_columns) {
    IS set;
    PetscFunctionBeginUser;
    PetscCall(VecCreate(PETSC_COMM_WORLD, &self->now));
    PetscCall(VecSetSizes(self->now, (PetscInt)(self->n_rows * self->n_functions), PETSC_DETERMINE));
    PetscCall(VecSetBlockSize(self->now, (PetscInt)self->n_functions));
    PetscCall(VecSetFromOptions(self->now));
    PetscCall(VecDuplicate(self->now, &self->next));
    PetscCall(VecScatterCreateToZero(self->now, &self->gather, &self->whole));
    if (self->parallel->size == 1) PetscFunctionReturn(0);
    PetscCall(ISCreateBlock(PETSC_COMM_SELF, (PetscInt)self->n_functions, n_columns, columns, PETSC_COPY_VALUES, &set));
    PetscCall(VecCreateSeq(PETSC_COMM_SELF, n_columns * (PetscInt)self->n_functions, &self->ghosts));
    PetscCall(VecScatterCreate(self->now, set, self->ghosts, NULL, &self->bring));
    PetscCall(ISDestroy(&set));
    PetscFunctionReturn(0);
}

static int set_up(rlp_projector_t *self, bool backward) {
    size_t first, n_all = self->states->n + self->states->n_sinks;
    PetscInt *columns = NULL, n_columns = 0;
    share_rows(self->parallel, self->states, &first, &self->n_rows);
    int rc = rlp_entries_build(self->states, backward, first, self->n_rows, &self->entries);
    if (!rc) rc = RLP_NEW(self->values, self->entries.n);
    if (!rc) rc = RLP_NEW(self->clock, self->process->n_rate_rows);
    if (!rc) rc = compact_columns(self, n_all, &columns, &n_columns);
    rc = rlp_parallel_agree(self->parallel, rc);
    if (!rc) rc = petsc_code(make_matrix(self, n_columns));
    if (!rc) rc = petsc_code(make_vectors(self, columns, n_columns));
    free(columns);
    free(self->entries.row); /* PETSc has them now; from and code are for later fillings */
    free(self->entries.column);
    self->entries.row = self->entries.column = NULL;
    return rc;
}

int rlp_projector_open(rlp_parallel_t *parallel, const rlp_states_t *states, const rlp_process_t *process, bool backward, size_t n_functions,
                       rlp_projector_t **out) {
    rlp_projector_t *self;
    int rc = RLP_NEW(self, 1);
    *out = NULL;
    if (rc) return rc;
    *self = (rlp_projector_t){.parallel = parallel, .states = states, .process = process, .n_functions = n_functions, .filled = RLP_NONE};
#ifdef __SSE__
    _mm_setcsr(_mm_getcsr() | 0x8040); /* what is below 1e-308 counts as 0: far states hold nothing else, and arithmetic on it takes a hundred times as long */
#endif
    rc = set_up(self, backward);
    if (rc)
        rlp_projector_close(self);
    else
        *out = self;
    return rc;
}

void rlp_projector_close(rlp_projector_t *self) {
    if (!self) return;
    PetscErrorCode code = MatDestroy(&self->apply);
    if (!code) code = MatDestroy(&self->step);
    if (!code) code = VecDestroy(&self->now);
    if (!code) code = VecDestroy(&self->next);
    if (!code) code = VecDestroy(&self->ghosts);
    if (!code) code = VecDestroy(&self->whole);
    if (!code) code = VecScatterDestroy(&self->bring);
    if (!code) code = VecScatterDestroy(&self->gather);
    (void)code; /* nothing is lost but memory */
    rlp_entries_free(&self->entries);
    free(self->values);
    free(self->clock);
    free(self);
}

/* ---- one span ------------------------------------------------------------------------------------------------------------------------------ */
static PetscErrorCode one_step(rlp_projector_t *self) {
    Vec from = self->ghosts ? self->ghosts : self->now, into = self->next, spare;
    PetscFunctionBeginUser;
    if (self->ghosts) {
        PetscCall(VecScatterBegin(self->bring, self->now, self->ghosts, INSERT_VALUES, SCATTER_FORWARD));
        PetscCall(VecScatterEnd(self->bring, self->now, self->ghosts, INSERT_VALUES, SCATTER_FORWARD));
        PetscCall(VecCreateLocalVector(self->next, &into));
        PetscCall(VecGetLocalVector(self->next, into));
    }
    PetscCall(MatMult(self->apply, from, into));
    if (self->ghosts) {
        PetscCall(VecRestoreLocalVector(self->next, into));
        PetscCall(VecDestroy(&into));
    }
    spare = self->now, self->now = self->next, self->next = spare;
    self->products += self->n_functions;
    PetscFunctionReturn(0);
}

/* Sums over steps that are being made: of whole vectors (the end is the last), and of the sinks (on the last rank, which holds them). */
typedef struct {
    size_t n_sums, n_points, last_step;
    rlp_poisson_t *weights; /* [n_sums + n_points] */
    Vec *sums;
    double *points; /* [n_points][n_sinks] */
} sums_t;

static double weight_of(const rlp_poisson_t *p, size_t step) { return step >= p->first && step < p->first + p->n ? p->weight[step - p->first] : 0; }

static PetscErrorCode add_step(rlp_projector_t *self, sums_t *sums, size_t step) {
    PetscFunctionBeginUser;
    for (size_t j = 0; j < sums->n_sums; j++) {
        double weight = weight_of(&sums->weights[j], step);
        if (weight > 0) PetscCall(VecAXPY(sums->sums[j], weight, self->now));
    }
    if (!sums->n_points || self->parallel->rank + 1 != self->parallel->size) PetscFunctionReturn(0);
    const double *own;
    PetscCall(VecGetArrayRead(self->now, &own));
    const double *sinks = own + self->n_rows - self->states->n_sinks;
    for (size_t j = 0; j < sums->n_points; j++) {
        double weight = weight_of(&sums->weights[sums->n_sums + j], step);
        for (size_t s = 0; weight > 0 && s < self->states->n_sinks; s++) sums->points[j * self->states->n_sinks + s] += weight * sinks[s];
    }
    PetscCall(VecRestoreArrayRead(self->now, &own));
    PetscFunctionReturn(0);
}

/* Truncated mass only rises: once it is above the limit before the first step that counts, it is so at the end. */
static PetscErrorCode hopeless(rlp_projector_t *self, const rlp_propagation_t *span, const sums_t *sums, size_t step, bool *gave_up) {
    double truncated = 0;
    PetscFunctionBeginUser;
    if (isinf(span->give_up) || step % GIVE_UP_EVERY || step > sums->weights[sums->n_sums - 1].first) PetscFunctionReturn(0);
    if (self->parallel->rank + 1 == self->parallel->size) {
        const double *own;
        PetscCall(VecGetArrayRead(self->now, &own));
        for (size_t s = RLP_SINK_TRUNCATED; s < self->states->n_sinks; s++) truncated += own[self->n_rows - self->states->n_sinks + s];
        PetscCall(VecRestoreArrayRead(self->now, &own));
    }
    PetscCallMPI(MPI_Bcast(&truncated, 1, MPI_DOUBLE, self->parallel->size - 1, self->parallel->comm));
    *gave_up = truncated > span->give_up;
    PetscFunctionReturn(0);
}

static PetscErrorCode sweep(rlp_projector_t *self, const rlp_propagation_t *span, sums_t *sums, bool *gave_up) {
    PetscFunctionBeginUser;
    for (size_t step = 0; step <= sums->last_step; step++) {
        PetscCall(add_step(self, sums, step));
        PetscCall(hopeless(self, span, sums, step, gave_up));
        if (*gave_up) PetscCall(VecCopy(self->now, sums->sums[sums->n_sums - 1])); /* so that the sinks say where it went */
        if (*gave_up) break;
        if (step < sums->last_step) PetscCall(one_step(self));
    }
    PetscFunctionReturn(0);
}

/* ---- rank 0's vector and the distributed one --------------------------------------------------------------------------------------------------- */
static void interleave(const double *apart, double *together, size_t size, size_t n) {
    for (size_t f = 0; f < n; f++)
        for (size_t k = 0; k < size; k++) together[k * n + f] = apart[f * size + k];
}

static void separate(const double *together, double *apart, size_t size, size_t n) {
    for (size_t f = 0; f < n; f++)
        for (size_t k = 0; k < size; k++) apart[f * size + k] = together[k * n + f];
}

static PetscErrorCode spread_out(rlp_projector_t *self, const double *vector) {
    PetscFunctionBeginUser;
    if (vector) {
        double *whole;
        PetscCall(VecGetArray(self->whole, &whole));
        interleave(vector, whole, self->states->n + self->states->n_sinks, self->n_functions);
        PetscCall(VecRestoreArray(self->whole, &whole));
    }
    PetscCall(VecScatterBegin(self->gather, self->whole, self->now, INSERT_VALUES, SCATTER_REVERSE));
    PetscCall(VecScatterEnd(self->gather, self->whole, self->now, INSERT_VALUES, SCATTER_REVERSE));
    PetscFunctionReturn(0);
}

static PetscErrorCode collect(rlp_projector_t *self, Vec from, double *vector) {
    PetscFunctionBeginUser;
    PetscCall(VecScatterBegin(self->gather, from, self->whole, INSERT_VALUES, SCATTER_FORWARD));
    PetscCall(VecScatterEnd(self->gather, from, self->whole, INSERT_VALUES, SCATTER_FORWARD));
    if (vector) {
        const double *whole;
        PetscCall(VecGetArrayRead(self->whole, &whole));
        separate(whole, vector, self->states->n + self->states->n_sinks, self->n_functions);
        PetscCall(VecRestoreArrayRead(self->whole, &whole));
    }
    PetscFunctionReturn(0);
}

/* The sinks' points from the last rank to rank 0. */
static PetscErrorCode collect_points(rlp_projector_t *self, const rlp_propagation_t *span, const sums_t *sums) {
    int last = self->parallel->size - 1, rank = self->parallel->rank, count = (int)(sums->n_points * self->states->n_sinks);
    PetscFunctionBeginUser;
    if (!count) PetscFunctionReturn(0);
    if (!last)
        memcpy(span->curve, sums->points, (size_t)count * sizeof *span->curve);
    else if (rank == last)
        PetscCallMPI(MPI_Send(sums->points, count, MPI_DOUBLE, 0, 1, self->parallel->comm));
    else if (!rank)
        PetscCallMPI(MPI_Recv(span->curve, count, MPI_DOUBLE, last, 1, self->parallel->comm, MPI_STATUS_IGNORE));
    PetscFunctionReturn(0);
}

/* ---- carrying ----------------------------------------------------------------------------------------------------------------------------------- */
static PetscErrorCode use_rates(rlp_projector_t *self, size_t rates) {
    PetscFunctionBeginUser;
    if (!(self->clock[rates] > 0)) self->clock[rates] = rlp_states_fastest(self->states, self->process, rates);
    if (!(self->clock[rates] > 0) || self->filled == rates) PetscFunctionReturn(0);
    rlp_entries_fill(self->states, self->process, rates, self->clock[rates], &self->entries, self->values);
    PetscCall(MatSetValuesCOO(self->step, self->values, INSERT_VALUES));
    self->filled = rates;
    PetscFunctionReturn(0);
}

static int open_sums(rlp_projector_t *self, const rlp_propagation_t *span, sums_t *sums) {
    double clock = self->clock[span->rates];
    sums->n_sums = span->n_looks + 1;
    sums->n_points = span->n_curve;
    int rc = RLP_NEW(sums->weights, sums->n_sums + sums->n_points);
    if (!rc) rc = RLP_NEW(sums->sums, sums->n_sums);
    if (!rc) rc = RLP_NEW(sums->points, sums->n_points * self->states->n_sinks);
    for (size_t j = 0; j < sums->n_sums + sums->n_points && !rc; j++) {
        double days = j < span->n_looks ? span->look_days[j] : j == span->n_looks ? span->days : span->curve_days[j - sums->n_sums];
        rc = rlp_poisson_init(&sums->weights[j], clock * days);
        size_t last = rc ? 0 : sums->weights[j].first + sums->weights[j].n - 1;
        if (last > sums->last_step) sums->last_step = last;
    }
    for (size_t j = 0; j < sums->n_sums && !rc; j++) {
        rc = petsc_code(VecDuplicate(self->now, &sums->sums[j]));
        if (!rc) rc = petsc_code(VecSet(sums->sums[j], 0));
    }
    return rc;
}

static int close_sums(sums_t *sums, int rc) {
    for (size_t j = 0; sums->weights && j < sums->n_sums + sums->n_points; j++) rlp_poisson_free(&sums->weights[j]);
    for (size_t j = 0; sums->sums && j < sums->n_sums; j++) {
        int destroyed = petsc_code(VecDestroy(&sums->sums[j]));
        if (!rc) rc = destroyed;
    }
    free(sums->weights);
    free(sums->sums);
    free(sums->points);
    return rc;
}

static int carry(void *carrier, const rlp_propagation_t *span, double *vector, int (*see)(void *, size_t, const double *), void *context, bool *gave_up) {
    rlp_projector_t *self = carrier;
    sums_t sums = {0};
    int rc = petsc_code(use_rates(self, span->rates));
    *gave_up = false;
    if (!rc) rc = open_sums(self, span, &sums);
    rc = rlp_parallel_agree(self->parallel, rc);
    if (!rc) rc = petsc_code(spread_out(self, vector));
    if (!rc) rc = petsc_code(sweep(self, span, &sums, gave_up));
    int seen = RLP_OK; /* of rank 0 alone: the others must not wait for it elsewhere */
    for (size_t j = 0; j < span->n_looks && !rc && !*gave_up; j++) {
        rc = petsc_code(collect(self, sums.sums[j], vector));
        if (!rc && !seen && vector && see) seen = see(context, j, vector);
    }
    if (!rc) rc = petsc_code(collect(self, sums.sums[sums.n_sums - 1], vector));
    if (!rc && !*gave_up) rc = petsc_code(collect_points(self, span, &sums));
    return rlp_parallel_agree(self->parallel, close_sums(&sums, rc ? rc : seen));
}

rlp_propagator_t rlp_projector_propagator(rlp_projector_t *self) { return (rlp_propagator_t){.carry = carry, .carrier = self}; }
