/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What can go wrong beside the numbers: folders, disks, damaged blocks, memory. Never a part of a file, never a wrong "done". */
#include "report_test.h"

static void assert_no_parts(const cohort_t *cohort) { assert_int_equal(names_in(cohort->folder, ".part", false), 0); }

static void a_folder_that_is_gone_cannot_be_written(void **state) {
    (void)state;
    cohort_t cohort;
    begin(&cohort, TINY("follow_up"));
    rmdir(cohort.folder);
    assert_int_equal(write_all_of(&cohort), RLP_ERROR_CREATE);
    assert_non_null(strstr(rlp_fail_message(), cohort.folder));
    const rlp_told_t told[2] = {{0}, {0}};
    assert_int_equal(rlp_report_write_patient(&cohort.report, 1, OUTCOMES[0], told, NULL, 0, &cohort.words), RLP_ERROR_CREATE);
    end(&cohort);
}

static const char *const FILES[] = {"survival.csv", "km.csv",     "summary.csv",  "compare.csv", "moments.csv",
                                    "counts.csv",   "events.csv", "patients.csv", "run.json",    "cuminc.csv",
                                    "burden.csv",   "visits.csv", "survival.gp"};
#define N_FILES (sizeof FILES / sizeof *FILES)

/* A study that has them all. */
static void begin_all(cohort_t *cohort) {
    static const char *const SETS[] = {"endpoints.progression.every=10 d", "record.visits=true"};
    begin_of(cohort, study_of(TINY("follow_up"), SETS, 2));
}

/* A folder stands where the file should. */
static void a_name_that_is_taken_is_an_io_error(void **state) {
    (void)state;
    for (size_t f = 0; f < N_FILES; f++) {
        cohort_t cohort;
        char path[512];
        begin_all(&cohort);
        snprintf(path, sizeof path, "%s/%s", cohort.folder, FILES[f]);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(write_all_of(&cohort), RLP_ERROR_IO);
        assert_non_null(strstr(rlp_fail_message(), FILES[f]));
        assert_no_parts(&cohort);
        end(&cohort);
    }
}

/* /dev/full stands in for a disk without room. */
static void a_full_disk_is_an_io_error(void **state) {
    (void)state;
    if (access("/dev/full", W_OK)) skip();
    for (size_t f = 0; f + 1 < N_FILES; f++) {
        cohort_t cohort;
        char path[512];
        begin_all(&cohort);
        snprintf(path, sizeof path, "%s/%s.part", cohort.folder, FILES[f]);
        assert_int_equal(symlink("/dev/full", path), 0);
        assert_int_equal(write_all_of(&cohort), RLP_ERROR_IO);
        assert_non_null(strstr(rlp_fail_message(), "space"));
        snprintf(path, sizeof path, "%s/%s", cohort.folder, FILES[f]);
        assert_int_not_equal(access(path, F_OK), 0);
        assert_no_parts(&cohort);
        end(&cohort);
    }
}

static void a_damaged_block_leaves_nothing(void **state) {
    (void)state;
    for (int block = 0; block < 2; block++) {
        cohort_t cohort;
        begin(&cohort, TINY("follow_up"));
        cohort.failing_block = block;
        assert_int_equal(write_all_of(&cohort), RLP_ERROR_IO);
        assert_int_equal(names_in(cohort.folder, "", false), 0);
        end(&cohort);
    }
}

/* A report over an older one replaces its files. */
static void the_same_again_gives_the_same_bytes(void **state) {
    (void)state;
    cohort_t cohort;
    char *before[N_FILES];
    begin_all(&cohort);
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    for (size_t f = 0; f < N_FILES; f++) before[f] = content(&cohort, FILES[f]);
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    for (size_t f = 0; f < N_FILES; f++) {
        assert_content(&cohort, FILES[f], before[f]);
        free(before[f]);
    }
    end(&cohort);
}

static void each_allocation_may_fail(void **state) {
    (void)state;
    cohort_t cohort;
    begin_all(&cohort);
    (void)rlp_memory_fail_at(0);
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    size_t asked = rlp_memory_fail_at(0);
    char *whole[N_FILES];
    for (size_t f = 0; f < N_FILES; f++) whole[f] = content(&cohort, FILES[f]);
    assert_true(asked > 100);
    for (size_t n = 1; n <= asked; n++) {
        rlp_text_free(&cohort.words);
        (void)rlp_memory_fail_at(n);
        int rc = rlp_report_write(&cohort.report, &cohort.words, &cohort.failed);
        if (rc != RLP_ERROR_MEMORY && !(rc == RLP_OK && cohort.words.length))
            fail_msg("allocation %zu of %zu: %s", n, asked, rlp_error_name(rc));
        for (size_t f = 0; f < N_FILES && rc == RLP_OK; f++) assert_content(&cohort, FILES[f], whole[f]); /* what failed was not needed */
        assert_no_parts(&cohort);
    }
    (void)rlp_memory_fail_at(0);
    for (size_t f = 0; f < N_FILES; f++) free(whole[f]);
    end(&cohort);
}

int main(void) {
    setenv("PATH", "/nonexistent", 1); /* no picture here: test_picture.c */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_that_is_gone_cannot_be_written),
        cmocka_unit_test(a_name_that_is_taken_is_an_io_error),
        cmocka_unit_test(a_full_disk_is_an_io_error),
        cmocka_unit_test(a_damaged_block_leaves_nothing),
        cmocka_unit_test(the_same_again_gives_the_same_bytes),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
