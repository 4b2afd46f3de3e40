/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "missing.h"

#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"

enum { BITS = 64 };
static const uint64_t PIECE_WORDS = (uint64_t)1 << 24; /* MPI counts are int */

static uint64_t count_bits(uint64_t word) {
    uint64_t count = 0;
    for (; word; word &= word - 1) count++;
    return count;
}

static uint64_t missing_in(const missing_t *missing, uint64_t word) {
    uint64_t bits = ~missing->there[word], last = missing->n % BITS;
    if (word + 1 == missing->n_words && last) bits &= ((uint64_t)1 << last) - 1;
    return bits;
}

int missing_init(missing_t *missing, uint64_t n) {
    memset(missing, 0, sizeof *missing);
    missing->n = missing->left = n;
    missing->n_words = (n + BITS - 1) / BITS;
    return RLP_NEW(missing->there, (size_t)missing->n_words);
}

void missing_free(missing_t *missing) {
    free(missing->there);
    missing->there = NULL;
}

bool missing_has(const missing_t *missing, uint64_t block) { return !(missing->there[block / BITS] >> (block % BITS) & 1); }

void missing_remove(missing_t *missing, uint64_t block) {
    if (!missing_has(missing, block)) return;
    missing->there[block / BITS] |= (uint64_t)1 << (block % BITS);
    missing->left--;
    missing->word = missing->below = 0;
}

int missing_join(missing_t *missing, MPI_Comm comm) {
    for (uint64_t at = 0; at < missing->n_words; at += PIECE_WORDS) {
        int piece = (int)(missing->n_words - at < PIECE_WORDS ? missing->n_words - at : PIECE_WORDS);
        if (MPI_Allreduce(MPI_IN_PLACE, missing->there + at, piece, MPI_UINT64_T, MPI_BOR, comm))
            return rlp_fail(RLP_ERROR_INTERNAL, "the ranks cannot join what they found in the ledger");
    }
    missing->left = missing->word = missing->below = 0;
    for (uint64_t word = 0; word < missing->n_words; word++) missing->left += count_bits(missing_in(missing, word));
    return RLP_OK;
}

uint64_t missing_find(missing_t *missing, uint64_t k) {
    if (k < missing->below) missing->word = missing->below = 0;
    for (uint64_t here; k >= missing->below + (here = count_bits(missing_in(missing, missing->word))); missing->word++)
        missing->below += here;
    uint64_t bits = missing_in(missing, missing->word);
    for (k -= missing->below; k; k--) bits &= bits - 1;
    uint64_t bit = 0;
    while (!(bits >> bit & 1)) bit++;
    return missing->word * BITS + bit;
}
