/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Words of Threefry4x64-20 by the hundred: for streams. Kernels of several widths, all with the same bits; the widest that the processor runs is taken at every call.
 * Built with -DRELAPSE_PLAIN_KERNELS there is none but the last, here and in engine/candidates.c: what a processor without vectors would run. */
#ifndef RELAPSE_NUMERICS_WORDS_H
#define RELAPSE_NUMERICS_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Word 4 i + j is word j of the block at counter + i (in its first 64 bits). */
void rlp_words_make(const uint64_t key[4], const uint64_t counter[4], size_t blocks, uint64_t *words);

typedef struct {
    const char *name;
    bool (*runs)(void); /* on this processor */
    void (*make)(const uint64_t *key, const uint64_t *counter, size_t blocks, uint64_t *words);
} rlp_words_kernel_t;
extern const rlp_words_kernel_t rlp_words_kernels[];
extern const size_t rlp_words_kernel_count;

#endif
