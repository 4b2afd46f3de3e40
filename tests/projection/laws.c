/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The laws of a course with PETSc's carrier, on any number of ranks. */
#include "passage_laws.h"
#include "relapse/projection.h"

static rlp_parallel_t parallel;

static rlp_propagator_t open_petsc(const rlp_states_t *states, const rlp_process_t *process, bool backward, size_t n_functions, void **handle) {
    rlp_projector_t *projector;
    assert_int_equal(rlp_projector_open(&parallel, states, process, backward, n_functions, &projector), 0);
    *handle = projector;
    return rlp_projector_propagator(projector);
}

static void close_petsc(void *handle) { rlp_projector_close(handle); }

int main(void) {
    const struct CMUnitTest tests[] = {PASSAGE_LAWS};
    if (rlp_parallel_init(&parallel, NULL, NULL) || rlp_petsc_start(NULL, 0)) return 70;
    bench = (bench_t){.open = open_petsc, .close = close_petsc, .holds = parallel.rank == 0};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rlp_petsc_finish();
    rlp_parallel_finish(&parallel);
    return failed;
}
