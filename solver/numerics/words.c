/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Threefry4x64 with 20 rounds (Salmon, Moraes, Dror & Shaw, SC 2011): adds, rotations and xors, so that it runs in vectors of any width. */
#include "words.h"

#include <Random123/threefry.h>
#include <string.h>

#define ROUNDS 20

/* Integers only, so every kernel gives the same bits; which one is chosen when the program runs. Measured (Zen 5, ns a word): AVX-512 0.7, AVX2 1.6 (two vectors
 * at a time; one 2.3), word by word 2.8; in vectors of plain SSE2, which has no rotations either, 4.4. */
#define INLINE static inline __attribute__((always_inline))
#if defined(__GNUC__) && !defined(__clang__)
#define ONE_BY_ONE __attribute__((optimize("no-tree-vectorize")))
#else
#define ONE_BY_ONE
#endif

/* A plain loop over counters. Word 4 i + j is word j of block i, however many are made at a time. */
INLINE void make_words_in_a_loop(const uint64_t key[4], const uint64_t counter[4], size_t blocks, uint64_t *words) {
    threefry4x64_key_t k = {{key[0], key[1], key[2], key[3]}};
    uint64_t first = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    for (size_t i = 0; i < blocks; i++) {
        threefry4x64_ctr_t c = {{first + i, c1, c2, c3}};
        c = threefry4x64_R(ROUNDS, c, k);
        for (size_t j = 0; j < 4; j++) words[4 * i + j] = c.v[j];
    }
}

ONE_BY_ONE static void make_words_one_by_one(const uint64_t *key, const uint64_t *counter, size_t blocks, uint64_t *words) {
    make_words_in_a_loop(key, counter, blocks, words);
}

#if defined(__x86_64__) && defined(__has_builtin) && !defined(RELAPSE_PLAIN_KERNELS)
#if __has_builtin(__builtin_shufflevector) && __has_builtin(__builtin_cpu_supports)
#define CHOOSES_WIDTH
#endif
#endif

#ifdef CHOOSES_WIDTH
static bool has_avx512(void) { return __builtin_cpu_supports("avx512f"); }
static bool has_avx2(void) { return __builtin_cpu_supports("avx2"); }

__attribute__((target("avx512f"))) static void make_words_512(const uint64_t *key, const uint64_t *counter, size_t blocks, uint64_t *words) {
    make_words_in_a_loop(key, counter, blocks, words);
}

/* Two vectors of four blocks at a time: one alone waits for its own results. */
typedef uint64_t lanes_t __attribute__((vector_size(32)));
#define MIX(a, b, turn) (a += b, b = (b << turn | b >> (64 - turn)) ^ a)
#define ROUND(b, d, first, second) (MIX(x[0][0], x[0][b], first), MIX(x[1][0], x[1][b], first), MIX(x[0][2], x[0][d], second), MIX(x[1][2], x[1][d], second))

/* Word j of block k from x[j][k] to words[4 k + j]. */
#define SHUFFLE(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
INLINE void write_lanes(const lanes_t x[4], uint64_t *words) {
    lanes_t even01 = SHUFFLE(x[0], x[1], 0, 4, 2, 6), odd01 = SHUFFLE(x[0], x[1], 1, 5, 3, 7), even23 = SHUFFLE(x[2], x[3], 0, 4, 2, 6), odd23 = SHUFFLE(x[2], x[3], 1, 5, 3, 7);
    const lanes_t blocks[4] = {SHUFFLE(even01, even23, 0, 1, 4, 5), SHUFFLE(odd01, odd23, 0, 1, 4, 5), SHUFFLE(even01, even23, 2, 3, 6, 7), SHUFFLE(odd01, odd23, 2, 3, 6, 7)};
    memcpy(words, blocks, sizeof blocks);
}

/* Eight blocks, as Random123 makes one: Skein's rotations, and the key again after every fourth round. */
INLINE void make_eight(const uint64_t key[5], const uint64_t counter[4], uint64_t *words) {
    lanes_t x[2][4] = {{{0, 1, 2, 3}, {0}, {0}, {0}}, {{4, 5, 6, 7}, {0}, {0}, {0}}};
    for (size_t j = 0; j < 4; j++) x[0][j] += counter[j] + key[j], x[1][j] += counter[j] + key[j];
    for (size_t four = 1; four <= ROUNDS / 4; four++) {
        if (four % 2) ROUND(1, 3, 14, 16), ROUND(3, 1, 52, 57), ROUND(1, 3, 23, 40), ROUND(3, 1, 5, 37);
        else ROUND(1, 3, 25, 33), ROUND(3, 1, 46, 12), ROUND(1, 3, 58, 22), ROUND(3, 1, 32, 32);
        for (size_t k = 0; k < 2; k++)
            for (size_t j = 0; j < 4; j++) x[k][j] += key[(four + j) % 5] + (j == 3 ? four : 0);
    }
    write_lanes(x[0], words);
    write_lanes(x[1], words + 16);
}

__attribute__((target("avx2"))) static void make_words_256(const uint64_t *key, const uint64_t *counter, size_t blocks, uint64_t *words) {
    const uint64_t keys[5] = {key[0], key[1], key[2], key[3], SKEIN_KS_PARITY64 ^ key[0] ^ key[1] ^ key[2] ^ key[3]};
    uint64_t at[4] = {counter[0], counter[1], counter[2], counter[3]};
    for (; blocks >= 8; blocks -= 8, words += 32, at[0] += 8) make_eight(keys, at, words);
    make_words_in_a_loop(key, at, blocks, words);
}
#endif

static bool always(void) { return true; }

const rlp_words_kernel_t rlp_words_kernels[] = {
#ifdef CHOOSES_WIDTH
    {"AVX-512", has_avx512, make_words_512},
    {"AVX2", has_avx2, make_words_256},
#endif
    {"one by one", always, make_words_one_by_one},
};
const size_t rlp_words_kernel_count = sizeof rlp_words_kernels / sizeof *rlp_words_kernels;

void rlp_words_make(const uint64_t key[4], const uint64_t counter[4], size_t blocks, uint64_t *words) {
    const rlp_words_kernel_t *kernel = rlp_words_kernels;
    while (!kernel->runs()) kernel++;
    kernel->make(key, counter, blocks, words);
}
