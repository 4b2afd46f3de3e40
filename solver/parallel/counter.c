/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Work by number, without a master.
 *
 * The counter hands out tickets 0, 1, 2, ...; ticket t stands for one run of numbers, and every rank knows which: the guided rule
 *     length = max(1, left / (4 ranks))                  (Polychronopoulos and Kuck 1987, doi:10.1109/TC.1987.5009495, with a factor 4)
 * walked from number 0. So one atomic addition per request is enough and the chunks are exactly guided however stale a rank's view is.
 * Ticket r is rank r's without asking.
 *
 * A stop travels over a binary tree of ranks as empty messages: whoever has it passes it once to each neighbour. At most two messages per
 * edge, no shared word to poll, and it works without a window. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "relapse/parallel.h"

enum { STOP_TAG = 7001, NEIGHBOURS = 3, WORD_TICKET = 0, WORD_DONE = 1, WORDS = 2 };

struct rlp_counter {
    rlp_parallel_t *parallel;
    uint64_t n;
    uint64_t requests; /* of this rank */
    uint64_t ticket;   /* the guided walk: `ticket` starts at number `at` */
    uint64_t at;
    MPI_Win window; /* rank 0's words; MPI_WIN_NULL: the cyclic rule */
    uint64_t *words;
    uint64_t done; /* reported by this rank */
    int neighbours;
    int neighbour[NEIGHBOURS];
    MPI_Request heard[NEIGHBOURS], told[NEIGHBOURS];
    bool stopped, passed_on;
};

static int mpi_failed(const char *what, int mpi_code) {
    char text[MPI_MAX_ERROR_STRING + 1] = "";
    int length = 0;
    MPI_Error_string(mpi_code, text, &length);
    return rlp_fail(RLP_ERROR_INTERNAL, "the work counter: %s: %s", what, text);
}

/* ---- the guided walk ---------------------------------------------------------------------------------------------------- */

static uint64_t guided_length(const rlp_counter_t *counter) {
    uint64_t length = (counter->n - counter->at) / (4 * (uint64_t)counter->parallel->size);
    return length ? length : 1;
}

/* A rank's tickets only grow, so the walk never turns back. */
static void walk_to(rlp_counter_t *counter, uint64_t ticket) {
    for (; counter->ticket < ticket && counter->at < counter->n; counter->ticket++) counter->at += guided_length(counter);
}

static int fetch_add(rlp_counter_t *counter, int word, uint64_t amount, uint64_t *before) {
    int code = MPI_Fetch_and_op(&amount, before, MPI_UINT64_T, 0, word, MPI_SUM, counter->window);
    if (!code) code = MPI_Win_flush(0, counter->window);
    return code ? mpi_failed("MPI_Fetch_and_op", code) : RLP_OK;
}

int rlp_counter_next(rlp_counter_t *counter, uint64_t *first, uint64_t *count) {
    uint64_t rank = (uint64_t)counter->parallel->rank, size = (uint64_t)counter->parallel->size, ticket = rank;
    *first = counter->n;
    *count = 0;
    if (rlp_counter_stopped(counter)) return RLP_OK;
    if (counter->window == MPI_WIN_NULL) {
        ticket += size * counter->requests++;
        if (ticket >= counter->n) return RLP_OK;
        *first = ticket;
        *count = 1;
        return RLP_OK;
    }
    if (counter->requests++) {
        int rc = fetch_add(counter, WORD_TICKET, 1, &ticket);
        if (rc) return rc;
    }
    walk_to(counter, ticket);
    if (counter->at >= counter->n) return RLP_OK;
    *first = counter->at;
    *count = guided_length(counter);
    return RLP_OK;
}

uint64_t rlp_counter_done(rlp_counter_t *counter, uint64_t more) {
    uint64_t before = 0;
    counter->done += more;
    if (counter->window == MPI_WIN_NULL) return counter->done * (uint64_t)counter->parallel->size;
    return fetch_add(counter, WORD_DONE, more, &before) ? counter->done : before + more;
}

void rlp_counter_progress(rlp_counter_t *counter) {
    int flag;
    (void)MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, counter->parallel->comm, &flag, MPI_STATUS_IGNORE);
}

/* ---- the stop -------------------------------------------------------------------------------------------------------------- */

static void pass_on(rlp_counter_t *counter) {
    if (counter->passed_on) return;
    counter->passed_on = true;
    for (int i = 0; i < counter->neighbours; i++)
        (void)MPI_Isend(NULL, 0, MPI_BYTE, counter->neighbour[i], STOP_TAG, counter->parallel->comm, &counter->told[i]);
}

void rlp_counter_stop(rlp_counter_t *counter) {
    counter->stopped = true;
    pass_on(counter);
}

bool rlp_counter_stopped(rlp_counter_t *counter) {
    int which = MPI_UNDEFINED, flag = 0;
    if (!counter->stopped && counter->neighbours) {
        (void)MPI_Testany(counter->neighbours, counter->heard, &which, &flag, MPI_STATUS_IGNORE);
        if (flag && which != MPI_UNDEFINED) rlp_counter_stop(counter);
    }
    return counter->stopped;
}

static int listen_to_neighbours(rlp_counter_t *counter) {
    int rank = counter->parallel->rank, size = counter->parallel->size, of[NEIGHBOURS] = {(rank - 1) / 2, 2 * rank + 1, 2 * rank + 2};
    for (int i = 0; i < NEIGHBOURS; i++) {
        counter->heard[i] = counter->told[i] = MPI_REQUEST_NULL;
        if ((i == 0 && rank == 0) || of[i] >= size) continue;
        counter->neighbour[counter->neighbours++] = of[i];
    }
    for (int i = 0; i < counter->neighbours; i++) {
        int code = MPI_Irecv(NULL, 0, MPI_BYTE, counter->neighbour[i], STOP_TAG, counter->parallel->comm, &counter->heard[i]);
        if (code) return mpi_failed("MPI_Irecv", code);
    }
    return RLP_OK;
}

/* No message may be left for the next counter: after a stop every edge carries one each way, else none. */
static void hang_up(rlp_counter_t *counter) {
    int mine = counter->stopped, any = mine;
    (void)MPI_Allreduce(&mine, &any, 1, MPI_INT, MPI_MAX, counter->parallel->comm);
    if (any) pass_on(counter);
    for (int i = 0; i < counter->neighbours; i++) {
        if (!any && counter->heard[i] != MPI_REQUEST_NULL) (void)MPI_Cancel(&counter->heard[i]);
        (void)MPI_Wait(&counter->heard[i], MPI_STATUS_IGNORE);
        (void)MPI_Wait(&counter->told[i], MPI_STATUS_IGNORE);
    }
}

/* ---- opening and closing ------------------------------------------------------------------------------------------------- */

static bool cyclic_wanted(rlp_parallel_t *parallel) {
    const char *wish = getenv("RELAPSE_COUNTER");
    int cyclic = wish && strcmp(wish, "cyclic") == 0; /* rank 0's environment counts for all */
    (void)MPI_Bcast(&cyclic, 1, MPI_INT, 0, parallel->comm);
    return cyclic;
}

/* A window on all ranks or on none. One that not all could make is left as it is, since freeing it needs all. */
static void make_window(rlp_counter_t *counter) {
    rlp_parallel_t *parallel = counter->parallel;
    MPI_Win window = MPI_WIN_NULL;
    MPI_Aint bytes = parallel->rank == 0 ? (MPI_Aint)(WORDS * sizeof(uint64_t)) : 0;
    int made = !MPI_Win_allocate(bytes, (int)sizeof(uint64_t), MPI_INFO_NULL, parallel->comm, &counter->words, &window), all = 0;
    if (made) MPI_Win_set_errhandler(window, MPI_ERRORS_RETURN);
    if (made && parallel->rank == 0) {
        counter->words[WORD_TICKET] = (uint64_t)parallel->size; /* the first ones are taken without asking */
        counter->words[WORD_DONE] = 0;
    }
    made = made && !MPI_Win_lock_all(MPI_MODE_NOCHECK, window) && !MPI_Win_sync(window);
    if (!MPI_Allreduce(&made, &all, 1, MPI_INT, MPI_MIN, parallel->comm) && all) counter->window = window;
}

int rlp_counter_open(rlp_parallel_t *parallel, uint64_t n, rlp_counter_t **out) {
    rlp_counter_t *counter = NULL;
    *out = NULL;
    int rc = rlp_parallel_agree(parallel, RLP_NEW(counter, 1));
    if (rc) goto out;
    counter->parallel = parallel;
    counter->n = n;
    counter->window = MPI_WIN_NULL;
    rc = rlp_parallel_agree(parallel, listen_to_neighbours(counter));
    if (rc) goto out;
    if (!cyclic_wanted(parallel)) make_window(counter);
    *out = counter;
    counter = NULL;
out:
    free(counter);
    return rc;
}

const char *rlp_counter_kind(const rlp_counter_t *counter) { return counter->window == MPI_WIN_NULL ? "cyclic" : "one-sided"; }

void rlp_counter_close(rlp_counter_t *counter) {
    if (!counter) return;
    hang_up(counter);
    if (counter->window != MPI_WIN_NULL) {
        (void)MPI_Win_unlock_all(counter->window);
        (void)MPI_Win_free(&counter->window);
    }
    free(counter);
}
