/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "relapse/clones.h"

#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "relapse/variates.h"

int rlp_clones_init(rlp_clones_t *book, size_t n_types) {
    memset(book, 0, sizeof *book);
    book->n_types = n_types;
    int rc = RLP_NEW(book->of_type, n_types);
    if (!rc) rc = RLP_GROW(book->clones, book->capacity, 64);
    if (rc) rlp_clones_free(book);
    return rc;
}

void rlp_clones_free(rlp_clones_t *book) {
    for (size_t i = 0; book->of_type && i < book->n_types; i++) free(book->of_type[i].shares);
    free(book->of_type);
    free(book->clones);
    memset(book, 0, sizeof *book);
}

void rlp_clones_start(rlp_clones_t *book, const int64_t *cells, uint64_t seed, uint64_t patient, uint32_t replicate) {
    rlp_stream_init_again(&book->stream, seed, patient, replicate, RLP_PURPOSE_CLONES);
    book->error = RLP_OK;
    book->clones[0] = (rlp_clone_t){0};
    book->n = 1;
    for (size_t i = 0; i < book->n_types; i++) {
        book->of_type[i].n = 0;
        if (cells[i]) rlp_clones_add(book, &book->of_type[i], 0, cells[i]);
    }
}

int64_t rlp_clones_sum(const rlp_shares_t *list) {
    int64_t sum = 0;
    for (size_t k = 0; k < list->n; k++) sum += list->shares[k].cells;
    return sum;
}

/* Where the clone stands, or would. */
static size_t place_of(const rlp_shares_t *list, uint64_t clone) {
    size_t low = 0, high = list->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (list->shares[middle].clone < clone)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void rlp_clones_add(rlp_clones_t *book, rlp_shares_t *list, uint64_t clone, int64_t cells) {
    size_t at = list->n && list->shares[list->n - 1].clone < clone ? list->n : place_of(list, clone);
    bool found = at < list->n && list->shares[at].clone == clone;
    if (found) {
        list->shares[at].cells += cells;
        if (list->shares[at].cells) return;
        memmove(&list->shares[at], &list->shares[at + 1], (--list->n - at) * sizeof *list->shares);
        return;
    }
    int rc = RLP_GROW(list->shares, list->capacity, list->n + 1);
    if (rc) {
        book->error = rc;
        return;
    }
    memmove(&list->shares[at + 1], &list->shares[at], (list->n++ - at) * sizeof *list->shares);
    list->shares[at].clone = clone;
    list->shares[at].cells = cells;
}

uint64_t rlp_clones_found(rlp_clones_t *book, uint64_t parent, size_t type, double t_days) {
    int rc = RLP_GROW(book->clones, book->capacity, book->n + 1);
    if (rc) {
        book->error = rc;
        return 0;
    }
    book->clones[book->n] = (rlp_clone_t){parent, type, t_days};
    return book->n++;
}

/* Any cell of the list; RLP_NONE if there is none. */
static size_t pick(rlp_clones_t *book, const rlp_shares_t *list) {
    if (list->n <= 1) return list->n ? 0 : RLP_NONE;
    double x = rlp_stream_uniform(&book->stream) * (double)rlp_clones_sum(list);
    size_t k = 0;
    while (k + 1 < list->n && x >= (double)list->shares[k].cells) x -= (double)list->shares[k++].cells;
    return k;
}

/* One clone after the other takes its share of what is left. `marked`: the place of the line that is known to live, or RLP_NONE. */
static void share_out(rlp_clones_t *book, rlp_shares_t *list, size_t marked, int64_t lines, int64_t more) {
    int64_t cells = rlp_clones_sum(list) - (marked != RLP_NONE), weight = lines + (marked != RLP_NONE ? 2 : 0);
    size_t kept = 0;
    for (size_t k = 0; k < list->n; k++) {
        int64_t known = k == marked, own = list->shares[k].cells - known, living = rlp_variate_hypergeometric(&book->stream, cells, own, lines);
        int64_t own_weight = living + 2 * known, offspring = rlp_variate_polya(&book->stream, more, own_weight, weight - own_weight);
        cells -= own;
        lines -= living;
        weight -= own_weight;
        more -= offspring;
        list->shares[kept].clone = list->shares[k].clone;
        list->shares[kept].cells = living + known + offspring;
        kept += list->shares[kept].cells > 0;
    }
    list->n = kept;
}

void rlp_clones_carry(rlp_clones_t *book, rlp_shares_t *list, int64_t lines, int64_t more) {
    if (book->error) return;
    share_out(book, list, RLP_NONE, lines, more);
}

uint64_t rlp_clones_carry_marked(rlp_clones_t *book, rlp_shares_t *list, int64_t lines, int64_t more) {
    size_t marked = book->error ? RLP_NONE : pick(book, list);
    if (marked == RLP_NONE) return 0;
    uint64_t clone = list->shares[marked].clone;
    share_out(book, list, marked, lines, more);
    return clone;
}

void rlp_clones_thin(rlp_clones_t *book, size_t type, int64_t living) { rlp_clones_carry(book, &book->of_type[type], living, 0); }

void rlp_clones_event(rlp_clones_t *book, size_t actor, size_t gains, size_t loses, double t_days) {
    bool mutation = actor != RLP_NONE && gains != RLP_NONE && gains != actor && loses == RLP_NONE;
    size_t at = actor == RLP_NONE || book->error ? RLP_NONE : pick(book, &book->of_type[actor]);
    uint64_t clone = at == RLP_NONE ? 0 : book->of_type[actor].shares[at].clone;
    if (book->error) return;
    if (mutation) clone = rlp_clones_found(book, clone, gains, t_days);
    if (loses != RLP_NONE) rlp_clones_add(book, &book->of_type[loses], clone, -1);
    if (gains != RLP_NONE) rlp_clones_add(book, &book->of_type[gains], clone, 1);
}
