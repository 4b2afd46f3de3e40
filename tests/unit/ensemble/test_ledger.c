/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The ledger on one rank: its format to the byte, every kind of damage, stop and resume, disks that fail. The law of all of it: whatever
 * happened to the file, a resume either refuses in words or ends in the very bytes of an undisturbed run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "relapse/ensemble.h"
#include "relapse/memory.h"
#include "relapse/text.h"

enum { BLOCKS = 7, PATIENTS = 4, HEAD = 56, SLOT_HEAD = 24 };
static const char TEXT[] = "seed: 1\npatients: 28\n"; /* 21 bytes, filled up to 24 */
static const uint64_t PROBE = 0x0123456789abcdefu;

static rlp_parallel_t parallel;
static char folder[] = "/dev/shm/relapse-ledger-XXXXXX", path[256]; /* in memory: hundreds of ledgers are synced here */

typedef struct {
    uint64_t stop_at, fail_at; /* the n-th patient asks for a stop / the block of the n-th patient fails; 0: none */
    uint64_t patients_seen, blocks_begun, last_done, last_all;
    bool ask_within; /* a patient, too */
    size_t extra; /* payload bytes more than usual */
} job_state_t;

static size_t bytes_of(void *context, uint64_t block) { return 8 * PATIENTS + (size_t)block % 5 + ((job_state_t *)context)->extra; }
static uint64_t patients_of(void *context, uint64_t block) {
    (void)context;
    (void)block;
    return PATIENTS;
}

static unsigned char byte_of(uint64_t block, size_t i) { return (unsigned char)(block * 37 + i * 11 + 5); }

static int run_block(void *context, uint64_t block, unsigned char *payload, int (*between)(void *, uint64_t), void *between_context) {
    job_state_t *state = context;
    state->blocks_begun++;
    assert_int_equal((uintptr_t)payload % 8, 0);
    for (size_t i = 0; i < bytes_of(context, block); i++) assert_int_equal(payload[i], 0);
    for (size_t i = 0; i < bytes_of(context, block); i++) payload[i] = byte_of(block, i);
    for (int p = 0; p < PATIENTS; p++) {
        state->patients_seen++;
        if (state->patients_seen == state->stop_at) raise(SIGUSR1);
        if (state->patients_seen == state->fail_at) return rlp_fail(RLP_ERROR_RATE, "a block that cannot be run");
        if (state->ask_within && between(between_context, (uint64_t)p)) return RLP_ERROR_STOPPED;
        if (between(between_context, (uint64_t)p + 1)) return RLP_ERROR_STOPPED;
    }
    return RLP_OK;
}

static void progress(void *context, uint64_t done, uint64_t all, double seconds, double per_second) {
    job_state_t *state = context;
    assert_true(done <= all && seconds >= 0 && per_second >= 0);
    state->last_done = done;
    state->last_all = all;
}

static int run(job_state_t *state, double patience, const char *text, uint64_t probe, bool resume, rlp_ensemble_result_t *result) {
    rlp_ensemble_job_t job = {.n_blocks = BLOCKS, .context = state, .payload_bytes = bytes_of, .patients = patients_of, .run = run_block, .progress = progress,
                              .patience_seconds = patience};
    return rlp_ensemble_run(&parallel, &job, path, text, probe, resume, result);
}

static void read_file(char **bytes, size_t *length) { assert_int_equal(rlp_file_read_whole(path, bytes, length), RLP_OK); }

static void write_file(const char *bytes, size_t length) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* The bytes of an undisturbed run; owned by the caller. */
static char *good_ledger(size_t *length) {
    job_state_t state = {0};
    rlp_ensemble_result_t result;
    char *bytes = NULL;
    assert_int_equal(run(&state, 0, TEXT, PROBE, false, &result), RLP_OK);
    assert_true(result.complete && result.blocks_found == 0 && result.blocks_run == BLOCKS);
    read_file(&bytes, length);
    return bytes;
}

/* Resume what is at `path`: refused in words (true), or the good bytes again, `again` blocks having been run. */
static bool refused_or_good(const char *good, size_t length, uint64_t *again) {
    job_state_t state = {0};
    rlp_ensemble_result_t result;
    char *bytes = NULL;
    size_t got = 0;
    rlp_fail(RLP_OK, "%s", "");
    int rc = run(&state, 0, TEXT, PROBE, true, &result);
    *again = result.blocks_run;
    if (rc) {
        assert_int_equal(rc, RLP_ERROR_INPUT);
        assert_non_null(strstr(rlp_fail_message(), path));
        assert_int_equal(state.blocks_begun, 0);
        return true;
    }
    assert_true(result.complete && result.blocks_found + result.blocks_run == BLOCKS);
    assert_true(state.last_done == BLOCKS * PATIENTS && state.last_all == BLOCKS * PATIENTS);
    read_file(&bytes, &got);
    assert_int_equal(got, length);
    assert_memory_equal(bytes, good, length);
    free(bytes);
    return false;
}

/* ---- format ---------------------------------------------------------------------------------------------------------------------- */

static uint64_t little(const char *at, int bytes) {
    uint64_t value = 0;
    for (int i = bytes; i-- > 0;) value = value << 8 | (unsigned char)at[i];
    return value;
}

static uint64_t crc(const char *bytes, size_t length) { return crc32(0, (const unsigned char *)bytes, (unsigned)length); }

static void format_is_as_the_door_says(void **unused) {
    (void)unused;
    size_t length = 0, at = HEAD + 24;
    char *good = good_ledger(&length);
    assert_memory_equal(good, "RLPLEDG1", 8);
    assert_true(little(good + 8, 4) == 2 && little(good + 12, 4) == crc(TEXT, strlen(TEXT)));
    assert_true(little(good + 16, 8) == PROBE && little(good + 24, 8) == BLOCKS && little(good + 32, 8) == length &&
                little(good + 40, 8) == strlen(TEXT));
    assert_true(little(good + 48, 4) == crc(good, 48));
    assert_memory_equal(good + HEAD, TEXT, strlen(TEXT));
    for (uint64_t block = 0; block < BLOCKS; block++) {
        size_t bytes = 8 * PATIENTS + block % 5;
        assert_memory_equal(good + at, "RSLT", 4);
        assert_true(little(good + at + 4, 4) == crc(good + at + 8, 16 + bytes));
        assert_true(little(good + at + 8, 8) == block && little(good + at + 16, 8) == bytes);
        for (size_t i = 0; i < bytes; i++) assert_int_equal((unsigned char)good[at + SLOT_HEAD + i], byte_of(block, i));
        at += SLOT_HEAD + (bytes + 7) / 8 * 8;
    }
    assert_int_equal(at, length);
    free(good);
}

static void reader_gives_payloads_and_text(void **unused) {
    (void)unused;
    size_t length = 0;
    job_state_t state = {0};
    free(good_ledger(&length));
    char *text = NULL;
    assert_int_equal(rlp_ledger_fingerprint(path, &text), RLP_OK);
    assert_string_equal(text, TEXT);
    free(text);
    rlp_ledger_t *ledger = NULL;
    assert_int_equal(rlp_ledger_open(path, BLOCKS, bytes_of, &state, &ledger), RLP_OK);
    for (uint64_t block = BLOCKS; block-- > 0;) {
        unsigned char payload[8 * PATIENTS + 5];
        bool whole = false;
        assert_int_equal(rlp_ledger_read(ledger, block, payload, &whole), RLP_OK);
        assert_true(whole);
        for (size_t i = 0; i < bytes_of(&state, block); i++) assert_int_equal(payload[i], byte_of(block, i));
    }
    bool whole = true;
    assert_int_equal(rlp_ledger_read(ledger, BLOCKS, NULL, &whole), RLP_ERROR_INTERNAL);
    rlp_ledger_close(ledger);
    assert_int_equal(rlp_ledger_open(path, BLOCKS + 1, bytes_of, &state, &ledger), RLP_ERROR_INPUT);
    assert_null(ledger);
}

/* ---- damage ---------------------------------------------------------------------------------------------------------------------- */

/* What a flipped byte at `at` must lead to: 'r' refused, 's' its slot is run again, 'n' nothing (filling of header and text). */
static char expected_of(size_t at) {
    if (at < 52) return 'r';
    if (at < HEAD) return 'n';
    if (at < HEAD + strlen(TEXT)) return 'r';
    size_t slot_at = HEAD + 24;
    if (at < slot_at) return 'n';
    for (uint64_t block = 0; block < BLOCKS; block++) {
        size_t bytes = 8 * PATIENTS + block % 5, all = SLOT_HEAD + (bytes + 7) / 8 * 8;
        if (at < slot_at + all) return 's';
        slot_at += all;
    }
    return '?';
}

static void every_flipped_byte_is_refused_or_mended(void **unused) {
    (void)unused;
    size_t length = 0;
    char *good = good_ledger(&length), *bad = malloc(length);
    assert_non_null(bad);
    for (size_t at = 0; at < length; at++) {
        uint64_t again = 0;
        char expected = expected_of(at);
        memcpy(bad, good, length);
        bad[at] = (char)(bad[at] ^ (1 << at % 8));
        write_file(bad, length);
        if (expected == 'n') continue; /* filling is not read */
        bool refused = refused_or_good(good, length, &again);
        if (refused != (expected == 'r') || (!refused && again != 1))
            fail_msg("byte %zu: refused %d, run again %d", at, refused, (int)again);
    }
    free(bad);
    free(good);
}

static void every_truncation_is_refused_or_mended(void **unused) {
    (void)unused;
    size_t length = 0;
    uint64_t before = BLOCKS + 1;
    char *good = good_ledger(&length);
    for (size_t kept = 0; kept <= length; kept++) {
        uint64_t again = 0;
        write_file(good, kept);
        bool refused = refused_or_good(good, length, &again);
        assert_true(refused == (kept < HEAD + strlen(TEXT)));
        if (!refused) assert_true(again <= before);
        if (!refused) before = again;
    }
    assert_true(before == 0);
    free(good);
}

static void damaged_text_is_not_given_out(void **unused) {
    (void)unused;
    size_t length = 0;
    char *good = good_ledger(&length), *text = NULL;
    for (size_t at = HEAD; at < HEAD + strlen(TEXT); at++) {
        good[at] ^= 1;
        write_file(good, length);
        good[at] ^= 1;
        assert_int_equal(rlp_ledger_fingerprint(path, &text), RLP_ERROR_INPUT);
        assert_non_null(strstr(rlp_fail_message(), "text is damaged"));
        assert_null(text);
    }
    free(good);
}

static void rewrite_header(char *bytes) {
    uint64_t sum = crc(bytes, 48);
    for (int i = 0; i < 4; i++) bytes[48 + i] = (char)(sum >> (8 * i));
}

/* A header that is consistent in itself and lies: vast lengths are compared with the file, not allocated. */
static void lying_headers_are_refused(void **unused) {
    (void)unused;
    static const struct {
        int at, bytes;
        const char *word;
    } LIES[] = {{8, 4, "version"}, {16, 8, "exp and log"}, {24, 8, "another build"}, {32, 8, "another build"}, {40, 8, "cut short"}};
    size_t length = 0;
    char *good = good_ledger(&length), *bad = malloc(length);
    assert_non_null(bad);
    for (size_t i = 0; i < sizeof LIES / sizeof *LIES; i++) {
        uint64_t again = 0;
        memcpy(bad, good, length);
        memset(bad + LIES[i].at, 0xff, (size_t)LIES[i].bytes);
        rewrite_header(bad);
        write_file(bad, length);
        assert_true(refused_or_good(good, length, &again));
        assert_non_null(strstr(rlp_fail_message(), LIES[i].word));
    }
    free(bad);
    free(good);
}

/* Slots that are whole but in another's place do not count. */
static void exchanged_slots_are_run_again(void **unused) {
    (void)unused;
    size_t length = 0, first = HEAD + 24, all = SLOT_HEAD + 8 * PATIENTS;
    char *good = good_ledger(&length), *bad = malloc(length);
    assert_non_null(bad);
    size_t sixth = first; /* blocks 0 and 5 have the same length */
    for (uint64_t block = 0; block < 5; block++) sixth += SLOT_HEAD + (8 * PATIENTS + block % 5 + 7) / 8 * 8;
    memcpy(bad, good, length);
    for (size_t i = 0; i < all; i++) {
        char one = bad[first + i];
        bad[first + i] = bad[sixth + i];
        bad[sixth + i] = one;
    }
    write_file(bad, length);
    uint64_t again = 0;
    assert_false(refused_or_good(good, length, &again));
    assert_true(again == 2);
    free(bad);
    free(good);
}

static void foreign_ledgers_are_refused_in_words(void **unused) {
    (void)unused;
    size_t length = 0, after = 0;
    char *good = good_ledger(&length), *bytes = NULL;
    job_state_t state = {0}, larger = {.extra = 8};
    rlp_ensemble_result_t result;
    assert_int_equal(run(&state, 0, "seed: 2\n", PROBE, true, &result), RLP_ERROR_INPUT);
    assert_non_null(strstr(rlp_fail_message(), "another input"));
    assert_int_equal(run(&state, 0, TEXT, PROBE + 1, true, &result), RLP_ERROR_INPUT);
    assert_non_null(strstr(rlp_fail_message(), "exp and log"));
    assert_int_equal(run(&larger, 0, TEXT, PROBE, true, &result), RLP_ERROR_INPUT);
    assert_non_null(strstr(rlp_fail_message(), "another build"));
    assert_true(result.blocks_run == 0 && state.blocks_begun == 0);
    read_file(&bytes, &after); /* and left as they are */
    assert_int_equal(after, length);
    assert_memory_equal(bytes, good, length);
    free(bytes);
    free(good);
}

/* ---- stop and resume -------------------------------------------------------------------------------------------------------------- */

static void resume_of_nothing_begins_and_of_all_runs_nothing(void **unused) {
    (void)unused;
    size_t length = 0;
    uint64_t again = 0;
    char *good = good_ledger(&length);
    assert_int_equal(unlink(path), 0);
    assert_false(refused_or_good(good, length, &again));
    assert_true(again == BLOCKS);
    assert_false(refused_or_good(good, length, &again));
    assert_true(again == 0);
    free(good);
}

static void a_stop_at_any_patient_keeps_what_is_finished(void **unused) {
    (void)unused;
    size_t length = 0;
    char *good = good_ledger(&length);
    for (uint64_t at = 1; at <= BLOCKS * PATIENTS; at++)
        for (int patient = 0; patient <= 2; patient++) { /* no patience, much, none and asked within the patient */
            job_state_t state = {.stop_at = at, .ask_within = patient == 2};
            rlp_ensemble_result_t result;
            uint64_t again = 0, finished = (at + (patient == 0 ? 0 : patient == 1 ? PATIENTS - 1 : (uint64_t)-1)) / PATIENTS;
            rlp_stop_forget();
            int rc = run(&state, patient == 1 ? 100 : 0, TEXT, PROBE, false, &result);
            rlp_stop_forget();
            assert_int_equal(rc, finished == BLOCKS ? RLP_OK : RLP_ERROR_STOPPED);
            assert_true(result.blocks_run == finished && result.complete == (finished == BLOCKS) && result.signal == SIGUSR1);
            if (rc) assert_non_null(strstr(rlp_fail_message(), "--resume"));
            assert_false(refused_or_good(good, length, &again));
            assert_true(again == BLOCKS - finished);
        }
    free(good);
}

static void a_failing_block_ends_the_run_and_keeps_the_others(void **unused) {
    (void)unused;
    size_t length = 0;
    uint64_t again = 0;
    char *good = good_ledger(&length);
    job_state_t state = {.fail_at = 3 * PATIENTS + 2};
    rlp_ensemble_result_t result;
    assert_int_equal(run(&state, 0, TEXT, PROBE, false, &result), RLP_ERROR_RATE);
    assert_string_equal(rlp_fail_message(), "a block that cannot be run");
    assert_true(!result.complete && result.blocks_run == 3);
    assert_false(refused_or_good(good, length, &again));
    assert_true(again == BLOCKS - 3);
    free(good);
}

/* ---- trouble with the disk and with memory ------------------------------------------------------------------------------------------ */

/* A file that may not grow further answers like a full disk. */
static void a_full_disk_is_an_error_in_words(void **unused) {
    (void)unused;
    size_t length = 0;
    char *good = good_ledger(&length);
    struct rlimit before, limit;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    for (size_t room = 0; room < length; room += 13) {
        job_state_t state = {0};
        rlp_ensemble_result_t result;
        uint64_t again = 0;
        assert_true(unlink(path) == 0 || room == 0);
        limit = before;
        limit.rlim_cur = room;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        int rc = run(&state, 0, TEXT, PROBE, false, &result);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(rc, RLP_ERROR_IO);
        assert_non_null(strstr(rlp_fail_message(), "File too large"));
        assert_false(result.complete);
        assert_false(refused_or_good(good, length, &again));
    }
    free(good);
}

static void a_missing_folder_and_a_folder_as_ledger_are_errors(void **unused) {
    (void)unused;
    job_state_t state = {0};
    rlp_ensemble_result_t result;
    char before[sizeof path];
    memcpy(before, path, sizeof path);
    snprintf(path, sizeof path, "%s/nowhere/ledger", folder);
    assert_int_equal(run(&state, 0, TEXT, PROBE, false, &result), RLP_ERROR_CREATE);
    assert_int_equal(run(&state, 0, TEXT, PROBE, true, &result), RLP_ERROR_CREATE);
    snprintf(path, sizeof path, "%s", folder);
    assert_int_equal(run(&state, 0, TEXT, PROBE, true, &result), RLP_ERROR_IO);
    char *text = NULL;
    assert_int_equal(rlp_ledger_fingerprint("/nonexistent/ledger", &text), RLP_ERROR_NO_INPUT);
    memcpy(path, before, sizeof path);
    assert_int_equal(state.blocks_begun, 0);
}

static void every_failing_allocation_is_an_error(void **unused) {
    (void)unused;
    size_t length = 0, n = 1;
    char *good = good_ledger(&length);
    for (int rc = RLP_ERROR_MEMORY; rc; n++) {
        job_state_t state = {0};
        rlp_ensemble_result_t result;
        rlp_memory_fail_at(n);
        rc = run(&state, 0, TEXT, PROBE, true, &result);
        rlp_memory_fail_at(0);
        assert_true(rc == RLP_OK || rc == RLP_ERROR_MEMORY);
        assert_true(n < 100);
    }
    assert_true(n > 8);
    free(good);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(format_is_as_the_door_says),
        cmocka_unit_test(reader_gives_payloads_and_text),
        cmocka_unit_test(every_flipped_byte_is_refused_or_mended),
        cmocka_unit_test(every_truncation_is_refused_or_mended),
        cmocka_unit_test(damaged_text_is_not_given_out),
        cmocka_unit_test(lying_headers_are_refused),
        cmocka_unit_test(exchanged_slots_are_run_again),
        cmocka_unit_test(foreign_ledgers_are_refused_in_words),
        cmocka_unit_test(resume_of_nothing_begins_and_of_all_runs_nothing),
        cmocka_unit_test(a_stop_at_any_patient_keeps_what_is_finished),
        cmocka_unit_test(a_failing_block_ends_the_run_and_keeps_the_others),
        cmocka_unit_test(a_full_disk_is_an_error_in_words),
        cmocka_unit_test(a_missing_folder_and_a_folder_as_ledger_are_errors),
        cmocka_unit_test(every_failing_allocation_is_an_error),
    };
    rlp_stop_watch();
    if (access("/dev/shm", W_OK)) strcpy(folder, "/tmp/relapse-ledger-XXXXXX");
    if (rlp_parallel_init(&parallel, &argc, &argv) || !mkdtemp(folder)) return 1;
    snprintf(path, sizeof path, "%s/ledger", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    rmdir(folder);
    rlp_parallel_finish(&parallel);
    return failed;
}
