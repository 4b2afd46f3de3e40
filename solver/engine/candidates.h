/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From words to candidates, many at a time: for processes of up to eight types, whose room (bound - count) then lives in one 64-bit register, eight bits a type.
 *
 *   part    which of the table's parts (windows_table.h) a word falls into; what it does to the counts is then one addition, delta[part]
 *   reach   1 + the whole part of (place - offset of the type), held to 0 .. 255: a cell stands there iff reach > room - offset. An offset is what of a type's
 *           room is beyond its eight bits. Not real as far as this can tell: 0 (rare outcomes: told elsewhere); always real: 255
 *
 * Neither looks at the state, so that a processor with AVX-512 draws eight words at once; which kernel is chosen when the program runs, and all give the same
 * bits: integers, one product, one difference, a truncation. Measured (Zen 5): 1.6 ns a candidate word by word (AVX2 gains nothing), 0.4 with AVX-512 up to 32 slots; by gathers
 * 1.3. */
#ifndef RELAPSE_ENGINE_CANDIDATES_H
#define RELAPSE_ENGINE_CANDIDATES_H

#include <stddef.h>
#include <stdint.h>

#define RLP_CANDIDATES_TYPES 8
#define RLP_CANDIDATES_SLOTS 64
#define RLP_CANDIDATES_PARTS (2 * RLP_CANDIDATES_SLOTS) /* slot, + SLOTS from its cut on */
#define RLP_CANDIDATES_FULL UINT64_C(0x8080808080808080) /* a room that has left 0 .. 127 */

/* What a candidate of a part does. */
typedef struct {
    uint8_t field;         /* where the room of its type stands: a shift */
    uint8_t type, gains, loses;
    uint16_t rare;         /* outcome + 1: told elsewhere */
    uint16_t unused;
} rlp_candidate_t;

typedef struct {
    unsigned shift;                                                      /* of a word, to the number of its slot */
    uint64_t cut[RLP_CANDIDATES_SLOTS];
    double places[RLP_CANDIDATES_PARTS], base[RLP_CANDIDATES_PARTS];     /* reach = (1 + the word within the part x 2^-64) x places - base */
    uint64_t delta[RLP_CANDIDATES_PARTS];                                /* of the counts */
    rlp_candidate_t is[RLP_CANDIDATES_PARTS];
} rlp_candidates_t;

/* parts[] and reach[] of n words. */
void rlp_candidates_draw(const rlp_candidates_t *, const uint64_t *words, size_t n, uint8_t *parts, uint8_t *reach);
/* The same, word by word on any processor. */
void rlp_candidates_draw_plainly(const rlp_candidates_t *, const uint64_t *words, size_t n, uint8_t *parts, uint8_t *reach);

#endif
