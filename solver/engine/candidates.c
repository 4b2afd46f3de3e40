/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "candidates.h"

#include <stdbool.h>
#include <string.h>

#define SLOTS RLP_CANDIDATES_SLOTS
#define ONE UINT64_C(0x3ff0000000000000) /* the bits of 1.0: or-ed with 52 bits, a number on [1, 2) */

static inline int64_t bits_of(double x) {
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double of_bits(int64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* x held to 0 .. 255, as a whole number. On bits, which have the order of what they stand for: compilers make branches of the same on doubles, and those are
 * mispredicted. */
static inline uint8_t hold(double x) {
    int64_t bits = bits_of(x), most = bits_of(255);
    bits = bits > 0 ? bits : 0;
    bits = bits < most ? bits : most;
    return (uint8_t)(int)of_bits(bits);
}

void rlp_candidates_draw_plainly(const rlp_candidates_t *self, const uint64_t *words, size_t n, uint8_t *parts, uint8_t *reach) {
    const unsigned shift = self->shift, drop = 64 - shift;
    for (size_t i = 0; i < n; i++) {
        uint64_t slot = words[i] >> shift, within = words[i] << drop, cut = self->cut[slot], beyond = within >= cut;
        uint64_t part = slot + SLOTS * beyond;
        double u = of_bits((int64_t)(((within - (cut & -beyond)) >> 12) | ONE));
        parts[i] = (uint8_t)part;
        reach[i] = hold(u * self->places[part] - self->base[part]);
    }
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(RELAPSE_PLAIN_KERNELS)
#include <immintrin.h>
#define WIDE __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define INLINE static inline __attribute__((always_inline))

/* table[i] of eight i below `slots`: permutations of what registers hold, which take a fourth of the time of gathers. */
INLINE WIDE __m512i look_up(const __m512i *table, __m512i i, int slots) {
    if (slots == 8) return _mm512_permutexvar_epi64(i, table[0]);
    __m512i found = _mm512_permutex2var_epi64(table[0], i, table[1]);
    for (int first = 16; first < slots; first += 16) {
        __m512i next = _mm512_permutex2var_epi64(table[first / 8], i, table[first / 8 + 1]);
        found = _mm512_mask_mov_epi64(found, _mm512_cmpge_epu64_mask(i, _mm512_set1_epi64(first)), next);
    }
    return found;
}

INLINE WIDE void load(const void *table, __m512i *registers, int slots) {
    for (int k = 0; k < slots / 8; k++) registers[k] = _mm512_loadu_si512((const __m512i *)table + k);
}

INLINE WIDE void draw_wide(const rlp_candidates_t *self, const uint64_t *words, size_t n, uint8_t *parts, uint8_t *reach, const int slots) {
    const __m128i shift = _mm_cvtsi32_si128((int)self->shift), drop = _mm_cvtsi32_si128(64 - (int)self->shift);
    __m512i cuts[SLOTS / 8], places[2][SLOTS / 8], bases[2][SLOTS / 8]; /* below the cut, and from it on */
    load(self->cut, cuts, slots);
    for (int side = 0; side < 2; side++) load(self->places + SLOTS * side, places[side], slots), load(self->base + SLOTS * side, bases[side], slots);
    for (size_t i = 0; i < n; i += 8) {
        __mmask8 there = (__mmask8)(n - i < 8 ? (1u << (n - i)) - 1 : 255);
        __m512i word = _mm512_maskz_loadu_epi64(there, words + i), slot = _mm512_srl_epi64(word, shift), within = _mm512_sll_epi64(word, drop);
        __m512i cut = look_up(cuts, slot, slots);
        __mmask8 beyond = _mm512_cmpge_epu64_mask(within, cut);
        within = _mm512_mask_sub_epi64(within, beyond, within, cut);
        __m512d u = _mm512_castsi512_pd(_mm512_or_si512(_mm512_srli_epi64(within, 12), _mm512_set1_epi64((long long)ONE)));
        __m512i place = _mm512_mask_mov_epi64(look_up(places[0], slot, slots), beyond, look_up(places[1], slot, slots));
        __m512i base = _mm512_mask_mov_epi64(look_up(bases[0], slot, slots), beyond, look_up(bases[1], slot, slots));
        __m512d x = _mm512_sub_pd(_mm512_mul_pd(u, _mm512_castsi512_pd(place)), _mm512_castsi512_pd(base));
        x = _mm512_min_pd(_mm512_max_pd(x, _mm512_setzero_pd()), _mm512_set1_pd(255));
        __m512i far = _mm512_cvttpd_epi64(x), part = _mm512_mask_or_epi64(slot, beyond, slot, _mm512_set1_epi64(SLOTS));
        if (there == 255) {
            _mm_storel_epi64((__m128i *)(void *)(reach + i), _mm512_cvtepi64_epi8(far));
            _mm_storel_epi64((__m128i *)(void *)(parts + i), _mm512_cvtepi64_epi8(part));
        } else {
            _mm512_mask_cvtepi64_storeu_epi8(reach + i, there, far);
            _mm512_mask_cvtepi64_storeu_epi8(parts + i, there, part);
        }
    }
}

WIDE static void draw_8(const rlp_candidates_t *self, const uint64_t *words, size_t n, uint8_t *parts, uint8_t *reach) { draw_wide(self, words, n, parts, reach, 8); }
WIDE static void draw_16(const rlp_candidates_t *self, const uint64_t *words, size_t n, uint8_t *parts, uint8_t *reach) { draw_wide(self, words, n, parts, reach, 16); }
WIDE static void draw_32(const rlp_candidates_t *self, const uint64_t *words, size_t n, uint8_t *parts, uint8_t *reach) { draw_wide(self, words, n, parts, reach, 32); }
WIDE static void draw_64(const rlp_candidates_t *self, const uint64_t *words, size_t n, uint8_t *parts, uint8_t *reach) { draw_wide(self, words, n, parts, reach, 64); }

void rlp_candidates_draw(const rlp_candidates_t *self, const uint64_t *words, size_t n, uint8_t *parts, uint8_t *reach) {
    bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (!wide) rlp_candidates_draw_plainly(self, words, n, parts, reach);
    else if (self->shift >= 61) draw_8(self, words, n, parts, reach);
    else if (self->shift == 60) draw_16(self, words, n, parts, reach);
    else if (self->shift == 59) draw_32(self, words, n, parts, reach);
    else draw_64(self, words, n, parts, reach);
}
#else
void rlp_candidates_draw(const rlp_candidates_t *self, const uint64_t *words, size_t n, uint8_t *parts, uint8_t *reach) {
    rlp_candidates_draw_plainly(self, words, n, parts, reach);
}
#endif
