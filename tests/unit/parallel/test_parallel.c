/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One rank, started without mpirun: who is where, sharing, agreeing, and the counter's numbers. tests/ranks has the same with several
 * ranks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "relapse/parallel.h"

static rlp_parallel_t parallel;

static void starts_without_mpirun(void **state) {
    (void)state;
    assert_int_equal(parallel.rank, 0);
    assert_int_equal(parallel.size, 1);
    assert_int_equal(parallel.hosts, 1);
    assert_int_equal(parallel.ranks_here, 1);
    assert_true(parallel.cores >= 1);
    assert_true(strlen(parallel.host) > 0);
    rlp_parallel_t again; /* a second user in the process does not start MPI twice */
    assert_int_equal(rlp_parallel_init(&again, NULL, NULL), RLP_OK);
    assert_int_equal(MPI_Comm_free(&again.comm), MPI_SUCCESS);
}

static void slurm_has_the_word_on_cores(void **state) {
    (void)state;
    rlp_parallel_t other;
    setenv("SLURM_CPUS_ON_NODE", "37", 1);
    assert_int_equal(rlp_parallel_init(&other, NULL, NULL), RLP_OK);
    unsetenv("SLURM_CPUS_ON_NODE");
    assert_int_equal(other.cores, 37);
    MPI_Comm_free(&other.comm);
}

static void copies_under_srun_are_refused(void **state) {
    (void)state;
    rlp_parallel_t other;
    setenv("SLURM_STEP_NUM_TASKS", "4", 1);
    int rc = rlp_parallel_init(&other, NULL, NULL);
    unsetenv("SLURM_STEP_NUM_TASKS");
    assert_int_equal(rc, RLP_ERROR_USAGE);
    assert_non_null(strstr(rlp_fail_message(), "--mpi=pmix"));
    MPI_Comm_free(&other.comm);
}

static void sharing_alone_changes_nothing(void **state) {
    (void)state;
    char text[] = "input", *bytes = text;
    size_t length = 5;
    assert_int_equal(rlp_parallel_share(&parallel, &bytes, &length), RLP_OK);
    assert_ptr_equal(bytes, text);
    assert_int_equal(length, 5);
}

static void agreement_keeps_code_and_message(void **state) {
    (void)state;
    assert_int_equal(rlp_parallel_agree(&parallel, RLP_OK), RLP_OK);
    int rc = rlp_fail(RLP_ERROR_IO, "the disk is full");
    assert_int_equal(rlp_parallel_agree(&parallel, rc), RLP_ERROR_IO);
    assert_string_equal(rlp_fail_message(), "the disk is full");
    assert_true(rlp_parallel_same(&parallel, 0));
    assert_true(rlp_parallel_same(&parallel, UINT64_MAX));
}

/* Every number once and in order; chunks never grow; at most 4 P ln(n / 4 P) + 4 P + 1 of them (P = 1: 4 ln n + 5). */
static void count_all(uint64_t n, bool guided) {
    rlp_counter_t *counter = NULL;
    uint64_t first, count, expected = 0, last = UINT64_MAX, chunks = 0;
    assert_int_equal(rlp_counter_open(&parallel, n, &counter), RLP_OK);
    assert_string_equal(rlp_counter_kind(counter), guided ? "one-sided" : "cyclic");
    for (;;) {
        assert_int_equal(rlp_counter_next(counter, &first, &count), RLP_OK);
        if (!count) break;
        assert_true(first == expected && count <= last && count <= n - first);
        expected = first + count;
        last = count;
        chunks++;
        rlp_counter_progress(counter);
    }
    assert_true(expected == n);
    if (guided && n >= 100) assert_true(chunks < 80 && last == 1);
    assert_int_equal(rlp_counter_next(counter, &first, &count), RLP_OK); /* and it stays empty */
    assert_true(count == 0);
    rlp_counter_close(counter);
}

static void counter_hands_out_every_number_once(void **state) {
    (void)state;
    static const uint64_t SIZES[] = {0, 1, 2, 3, 7, 100, 12345, 1000003};
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) count_all(SIZES[i], true);
    setenv("RELAPSE_COUNTER", "cyclic", 1);
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) count_all(SIZES[i], false);
    unsetenv("RELAPSE_COUNTER");
}

static void stopped_counter_is_empty_and_the_next_one_is_not(void **state) {
    (void)state;
    rlp_counter_t *counter = NULL;
    uint64_t first, count;
    assert_int_equal(rlp_counter_open(&parallel, 10, &counter), RLP_OK);
    assert_false(rlp_counter_stopped(counter));
    rlp_counter_stop(counter);
    rlp_counter_stop(counter);
    assert_true(rlp_counter_stopped(counter));
    assert_int_equal(rlp_counter_next(counter, &first, &count), RLP_OK);
    assert_true(count == 0);
    rlp_counter_close(counter);
    count_all(10, true);
}

static void done_adds_up(void **state) {
    (void)state;
    rlp_counter_t *counter = NULL;
    assert_int_equal(rlp_counter_open(&parallel, 10, &counter), RLP_OK);
    assert_true(rlp_counter_done(counter, 3) == 3);
    assert_true(rlp_counter_done(counter, 0) == 3);
    assert_true(rlp_counter_done(counter, 4) == 7);
    rlp_counter_close(counter);
    rlp_counter_close(NULL);
}

static void failed_allocation_is_an_error(void **state) {
    (void)state;
    rlp_counter_t *counter = NULL;
    rlp_memory_fail_at(1);
    assert_int_equal(rlp_counter_open(&parallel, 10, &counter), RLP_ERROR_MEMORY);
    rlp_memory_fail_at(0);
    assert_null(counter);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_without_mpirun),
        cmocka_unit_test(slurm_has_the_word_on_cores),
        cmocka_unit_test(copies_under_srun_are_refused),
        cmocka_unit_test(sharing_alone_changes_nothing),
        cmocka_unit_test(agreement_keeps_code_and_message),
        cmocka_unit_test(counter_hands_out_every_number_once),
        cmocka_unit_test(stopped_counter_is_empty_and_the_next_one_is_not),
        cmocka_unit_test(done_adds_up),
        cmocka_unit_test(failed_allocation_is_an_error),
    };
    unsetenv("SLURM_CPUS_ON_NODE"); /* the test may itself run in a job */
    unsetenv("SLURM_STEP_NUM_TASKS");
    unsetenv("RELAPSE_COUNTER");
    if (rlp_parallel_init(&parallel, &argc, &argv)) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rlp_parallel_finish(&parallel);
    rlp_parallel_finish(&parallel);
    return failed;
}
