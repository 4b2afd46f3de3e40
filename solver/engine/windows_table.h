/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table that the candidates of a window are drawn from: each action of type i with probability m_i rate / L, as an alias table (Walker, ACM Trans. Math. Softw.
 * 3:253, 1977).
 *
 * The word: its first bits choose a slot of the table; the rest, against the slot's cut, one of two outcomes; how far it lies within that part is the place.
 * Every probability is right to 2^-64. Rare actions of a type share one outcome and are told apart, and placed, by words of their own: a channel of
 * probability 1e-8 keeps its digits, and the table is as long as three times the types, however many the channels. */
#ifndef RELAPSE_ENGINE_WINDOWS_TABLE_H
#define RELAPSE_ENGINE_WINDOWS_TABLE_H

#include "candidates.h"
#include "menu.h"
#include "windows.h"

typedef struct {
    double places;         /* per 2^11 of the word: bound / length of the part */
    uint16_t type, gains, loses;
    uint16_t birth : 1;    /* a division */
    uint16_t rare : 15;    /* outcome + 1: told by words of its own; 0: by gains and loses */
} part_t;

typedef struct {
    uint64_t cut;
    part_t parts[2];       /* below the cut, and from it on */
} slot_t;

typedef struct {
    double rate;           /* per cell and day, of all its actions */
    size_t first, n;       /* in actions[] */
    part_t part;           /* a mould: its places stand for a part of length 1 */
    uint64_t delta;        /* the same, packed */
    rlp_candidate_t is;
    double lift;           /* of reach, in all: offset - 1; immigrants are always real, rare outcomes not by their reach */
} outcome_t;

typedef struct {
    double up_to;
    uint16_t gains, loses;
} rare_t;

typedef struct {
    const rlp_process_t *process;
    const rlp_menu_t *menus;
    size_t none;           /* type number of no type: n_types + 1; immigration's is n_types */
    /* of a row of rates; of few types several rows are kept, at row modulo n_rows */
    outcome_t *outcomes;
    size_t *first_outcome; /* n_types + 2 */
    rare_t *actions;
    struct rlp_windows_row {
        size_t row; /* of the process's table; RLP_NONE: none yet */
        outcome_t *outcomes;
        size_t *first_outcome;
        rare_t *actions;
    } *rows;
    size_t n_rows;
    /* of a window */
    double crowding;       /* that divisions are drawn with; set it before the bounds */
    int64_t *bound, *room; /* m_i, m_i - n_i */
    double *inflow;
    double rate;           /* of candidates: L */
    unsigned shift;        /* of a word, to the number of its slot */
    slot_t *slots;
    double *share, *cut;   /* of each slot's own outcome, 1 on average; its part of the slot */
    size_t *own, *other;   /* its number; the slot whose outcome has the other part */
    bool plain;            /* slots are wanted, whatever the types: the window will be told once more, candidate by candidate */
    bool packed;           /* few types, no crowding: candidates stand for slots, and counts for room, which is out of date until unpacked */
    rlp_candidates_t candidates;
    uint64_t counts;       /* room - offset of each type, eight bits each */
    int64_t offset[RLP_CANDIDATES_TYPES];
} rlp_windows_table_t;

bool rlp_windows_table_fits(const rlp_process_t *); /* its numbers of types and channels */
int rlp_windows_table_init(rlp_windows_table_t *, const rlp_process_t *, const rlp_menu_t *) RLP_MUST_USE;
void rlp_windows_table_free(rlp_windows_table_t *);
/* Outcomes from the menus, which stand for a row of rates; bounds for a window of about `days`; and the table. */
void rlp_windows_table_read(rlp_windows_table_t *, size_t rates);
void rlp_windows_table_bound(rlp_windows_table_t *, const int64_t *cells, const rlp_windows_settings_t *, double days);
void rlp_windows_table_make(rlp_windows_table_t *);
/* Between room[] and counts, where packed. Packing chooses the offsets anew. */
void rlp_windows_table_pack(rlp_windows_table_t *);
void rlp_windows_table_unpack(rlp_windows_table_t *);
uint64_t rlp_windows_table_delta(const rlp_windows_table_t *, size_t gains, size_t loses); /* of counts, by one event */

#endif
