/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Under mpirun with any number of ranks: what the parallel room promises, checked by all ranks together. Prints one line per law and "N
 * passed, N failed". */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "relapse/parallel.h"

static rlp_parallel_t parallel;
static int passed, failed;

/* True on every rank counts as passed. */
static void judge(const char *law, bool held) {
    int mine = held, all = 0;
    MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_MIN, parallel.comm);
    if (all)
        passed++;
    else
        failed++;
    if (parallel.rank == 0) printf("%s %s\n", all ? "ok    " : "FAILED", law);
}

static bool every_number_once(uint64_t n, int slow_rank) {
    rlp_counter_t *counter = NULL;
    unsigned char *seen = calloc(n + 1, 1);
    if (!seen || rlp_counter_open(&parallel, n, &counter)) return false;
    bool good = true;
    for (uint64_t first, count; good; rlp_counter_progress(counter)) {
        good = !rlp_counter_next(counter, &first, &count) && count <= n && first <= n && first + count <= n;
        if (!good || !count) break;
        for (uint64_t i = first; i < first + count; i++) seen[i]++;
        if (parallel.rank == slow_rank) nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
    rlp_counter_close(counter);
    MPI_Allreduce(MPI_IN_PLACE, seen, (int)(n + 1), MPI_UNSIGNED_CHAR, MPI_SUM, parallel.comm);
    for (uint64_t i = 0; i < n; i++) good = good && seen[i] == 1;
    free(seen);
    return good;
}

/* All wait until they know of the stop that one of them asked for. Where it does not come, this hangs: the script has a time limit. */
static bool stop_reaches_all_from(int rank) {
    rlp_counter_t *counter = NULL;
    uint64_t first, count;
    if (rlp_counter_open(&parallel, 1000000, &counter)) return false;
    bool good = !rlp_counter_next(counter, &first, &count) && count > 0 && !rlp_counter_next(counter, &first, &count);
    MPI_Barrier(parallel.comm);
    if (parallel.rank == rank) rlp_counter_stop(counter);
    while (!rlp_counter_stopped(counter)) rlp_counter_progress(counter);
    good = good && !rlp_counter_next(counter, &first, &count) && count == 0;
    rlp_counter_close(counter);
    return good;
}

/* One asks, all close at once: no message is left over, for the next counter would take it for its own. */
static bool unseen_stop_leaves_nothing(int rank) {
    rlp_counter_t *counter = NULL;
    if (rlp_counter_open(&parallel, 10, &counter)) return false;
    if (parallel.rank == rank) rlp_counter_stop(counter);
    rlp_counter_close(counter);
    return every_number_once(999, -1);
}

/* Rank r hands in r x length bytes of its own number. */
static bool collected_in_order(size_t length) {
    size_t mine = length * (size_t)parallel.rank, total = 0, at = 0;
    char *bytes = malloc(mine + 1), *all;
    memset(bytes, 'a' + parallel.rank, mine);
    bool good = !rlp_parallel_collect(&parallel, bytes, mine, &all, &total) && (parallel.rank == 0) == (all != NULL);
    for (int r = 0; all && r < parallel.size; r++)
        for (size_t k = 0; k < length * (size_t)r; k++) good = good && all[at++] == 'a' + r;
    good = good && at == total;
    free(all);
    free(bytes);
    return good;
}

static bool share_reaches_all(size_t length) {
    char *bytes = NULL;
    size_t got = 0;
    if (parallel.rank == 0) {
        bytes = malloc(length + 1);
        if (!bytes) return false;
        for (size_t i = 0; i < length; i++) bytes[i] = (char)(i * 7);
        got = length;
    }
    bool good = !rlp_parallel_share(&parallel, &bytes, &got) && got == length;
    for (size_t i = 0; good && i < length; i++) good = bytes[i] == (char)(i * 7);
    if (good && parallel.rank != 0) good = bytes[length] == '\0';
    free(bytes);
    return good;
}

static bool worst_code_wins(void) {
    int last = parallel.size - 1, rc = RLP_OK;
    if (parallel.rank == last) rc = rlp_fail(RLP_ERROR_MEMORY, "no memory on the last rank");
    if (parallel.rank == 0 && last > 0) rc = rlp_fail(RLP_ERROR_STOPPED, "stopped on the first rank");
    char name[32];
    snprintf(name, sizeof name, "rank %d on ", last);
    bool good = rlp_parallel_agree(&parallel, rc) == RLP_ERROR_MEMORY && strstr(rlp_fail_message(), "no memory on the last rank");
    return good && (last == 0 || !strncmp(rlp_fail_message(), name, strlen(name))) && rlp_parallel_agree(&parallel, RLP_OK) == RLP_OK;
}

static bool same_sees_one_that_differs(void) {
    bool good = rlp_parallel_same(&parallel, 1u << 31) && rlp_parallel_same(&parallel, UINT64_MAX);
    for (int rank = 0; rank < parallel.size && parallel.size > 1; rank++)
        good = good && !rlp_parallel_same(&parallel, 77 + (parallel.rank == rank));
    return good;
}

static bool done_is_the_sum(bool exact) {
    rlp_counter_t *counter = NULL;
    if (rlp_counter_open(&parallel, 10, &counter)) return false;
    uint64_t size = (uint64_t)parallel.size, each = exact ? (uint64_t)parallel.rank + 1 : 5;
    (void)rlp_counter_done(counter, each);
    MPI_Barrier(parallel.comm);
    bool good = rlp_counter_done(counter, 0) == (exact ? size * (size + 1) / 2 : 5 * size);
    MPI_Barrier(parallel.comm);
    rlp_counter_close(counter);
    return good;
}

static bool cyclic_as_asked(bool cyclic) {
    rlp_counter_t *counter = NULL;
    if (rlp_counter_open(&parallel, 10, &counter)) return false;
    bool good = !strcmp(rlp_counter_kind(counter), "cyclic") == cyclic;
    rlp_counter_close(counter);
    return good;
}

int main(int argc, char **argv) {
    if (rlp_parallel_init(&parallel, &argc, &argv)) return 1;
    const char *kind = getenv("RELAPSE_COUNTER");
    bool cyclic = kind && !strcmp(kind, "cyclic");
    judge("ranks, hosts and cores are plausible", parallel.rank < parallel.size && parallel.hosts >= 1 && parallel.hosts <= parallel.size &&
                                                      parallel.cores >= parallel.hosts && parallel.ranks_here >= 1 &&
                                                      parallel.ranks_here <= parallel.size);
    judge("the counter is of the kind that was asked for", cyclic_as_asked(cyclic));
    static const uint64_t SIZES[] = {0, 1, 2, 3, 4, 5, 50, 999, 20000};
    bool good = true;
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) good = every_number_once(SIZES[i], -1) && good;
    judge("every number is handed out once", good);
    judge("every number is handed out once, rank 0 being slow", every_number_once(200, 0));
    judge("every number is handed out once, the last rank being slow", every_number_once(200, parallel.size - 1));
    good = true;
    for (int rank = 0; rank < parallel.size; rank++) good = stop_reaches_all_from(rank) && good;
    judge("a stop reaches all, whoever asks", good);
    judge("the counter after a stop is whole", every_number_once(999, -1));
    good = true;
    for (int rank = 0; rank < parallel.size; rank++) good = unseen_stop_leaves_nothing(rank) && good;
    judge("a stop that nobody saw leaves nothing behind", good);
    judge("reports of work done add up", done_is_the_sum(!cyclic));
    judge("bytes are collected in order of ranks", collected_in_order(0) && collected_in_order(1) && collected_in_order(3000000));
    judge("shared bytes arrive", share_reaches_all(0) && share_reaches_all(1) && share_reaches_all(3000000));
    judge("the worst code and its message reach all", worst_code_wins());
    judge("one differing value is seen", same_sees_one_that_differs());
    if (parallel.rank == 0) printf("%d passed, %d failed\n", passed, failed);
    rlp_parallel_finish(&parallel);
    return failed != 0;
}
