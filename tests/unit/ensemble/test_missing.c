/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The set of missing blocks agrees with a plain array of flags, for sizes around the word boundaries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "../../../solver/ensemble/ledger.h"
#include "../../../solver/ensemble/missing.h"

static void agrees_with_flags(uint64_t n, unsigned keep_of_8) {
    missing_t missing;
    bool *there = calloc(n + 1, sizeof *there);
    assert_non_null(there);
    assert_int_equal(missing_init(&missing, n), RLP_OK);
    uint64_t left = n, k = 0;
    for (uint64_t block = 0; block < n; block++) {
        there[block] = (block * 2654435761u >> 7) % 8 >= keep_of_8;
        if (!there[block]) continue;
        missing_remove(&missing, block);
        missing_remove(&missing, block); /* twice is once */
        left--;
    }
    assert_true(missing.left == left);
    assert_int_equal(missing_join(&missing, MPI_COMM_SELF), RLP_OK);
    assert_true(missing.left == left);
    for (uint64_t block = 0; block < n; block++) {
        assert_true(missing_has(&missing, block) == !there[block]);
        if (!there[block]) assert_true(missing_find(&missing, k++) == block);
    }
    for (k = left; k-- > 0;) { /* and backwards */
        uint64_t block = missing_find(&missing, k);
        assert_true(block < n && !there[block]);
    }
    missing_free(&missing);
    free(there);
}

static void kth_missing_block_agrees_with_flags(void **state) {
    (void)state;
    static const uint64_t SIZES[] = {0, 1, 63, 64, 65, 127, 128, 129, 1000};
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++)
        for (unsigned keep = 0; keep <= 8; keep++) agrees_with_flags(SIZES[i], keep);
}

static size_t odd_bytes(void *context, uint64_t slot) {
    (void)context;
    return (size_t)(slot * 7919 % 101);
}

/* Offsets by marks and cursor, forwards, backwards and by leaps, are the plain running sum. */
static void slot_offsets_are_running_sums(void **state) {
    (void)state;
    enum { N = 5000 };
    ledger_layout_t layout;
    uint64_t *offset = calloc(N, sizeof *offset), at = LEDGER_HEADER_BYTES + 16;
    assert_non_null(offset);
    assert_int_equal(ledger_layout_init(&layout, N, odd_bytes, NULL, 13), RLP_OK);
    for (uint64_t slot = 0; slot < N; slot++) {
        offset[slot] = at;
        at += LEDGER_SLOT_BYTES + (odd_bytes(NULL, slot) + 7) / 8 * 8;
    }
    assert_true(layout.total_bytes == at);
    for (uint64_t slot = 0; slot < N; slot++) assert_true(ledger_layout_offset(&layout, slot) == offset[slot]);
    for (uint64_t slot = N; slot-- > 0;) assert_true(ledger_layout_offset(&layout, slot) == offset[slot]);
    for (uint64_t leap = 0, slot = 0; leap < 3000; leap++, slot = (slot * 31 + 1237) % N)
        assert_true(ledger_layout_offset(&layout, slot) == offset[slot]);
    ledger_layout_free(&layout);
    free(offset);
}

static size_t vast_bytes(void *context, uint64_t slot) {
    (void)context;
    (void)slot;
    return (size_t)1 << 62;
}

static void a_ledger_beyond_63_bits_is_refused(void **state) {
    (void)state;
    ledger_layout_t layout;
    assert_int_equal(ledger_layout_init(&layout, 3, vast_bytes, NULL, 0), RLP_ERROR_INPUT);
    ledger_layout_free(&layout);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kth_missing_block_agrees_with_flags),
        cmocka_unit_test(slot_offsets_are_running_sums),
        cmocka_unit_test(a_ledger_beyond_63_bits_is_refused),
    };
    rlp_parallel_t parallel;
    if (rlp_parallel_init(&parallel, &argc, &argv)) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rlp_parallel_finish(&parallel);
    return failed;
}
