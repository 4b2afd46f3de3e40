/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Clones: who descends from which mutation. A book that a state may carry (rlp_state_t.clones; NULL: nothing is kept and nothing costs).
 *
 *   clone 0   the cells of the start, and immigrants; every mutation founds one more (1, 2, ... as they are told to the book), a child of its carrier's clone
 *   switching changes a cell's type, never its clone
 *
 * Engines move counts of types; the book shares out what they did among the clones of a type, from a stream of its own (RLP_PURPOSE_CLONES), so that a path is the
 * same with and without it. Exact, since lines of one type are alike and independent: of N lines K live, hypergeometric over clones; their K + NegBin(K) offspring, of
 * which the sum is known, by Polya's urn; a line that mutates or switches is any of its type. The clones of a type always add up to its cells.
 * Owned: rlp_clones_free. Lack of memory is remembered in `error` (ask at the end); the book is then worth nothing, the path goes on. */
#ifndef RELAPSE_CLONES_H
#define RELAPSE_CLONES_H

#include "relapse/process.h"

typedef struct {
    uint64_t parent; /* clone; its own for clone 0 */
    size_t type;     /* of the founder */
    double founded_days;
} rlp_clone_t;

/* Cells of clones, by rising clone; none is 0. */
typedef struct {
    struct {
        uint64_t clone;
        int64_t cells;
    } *shares; /* owned */
    size_t n, capacity;
} rlp_shares_t;

struct rlp_clones {
    size_t n_types;
    rlp_shares_t *of_type; /* what the state holds; owned */
    rlp_clone_t *clones;   /* all ever founded, clones[0] too; owned */
    size_t n, capacity;
    rlp_stream_t stream;
    int error;
};

int rlp_clones_init(rlp_clones_t *, size_t n_types) RLP_MUST_USE;
void rlp_clones_free(rlp_clones_t *); /* safe after a failed init, and twice */
/* Time 0 of a patient: all cells are of clone 0. */
void rlp_clones_start(rlp_clones_t *, const int64_t *cells, uint64_t seed, uint64_t patient, uint32_t replicate);

/* ---- for engines that see every event ------------------------------------------------------------------------------------------ */
/* One event of a cell of type `actor` (RLP_NONE: an immigrant): a cell of `gains` comes, one of `loses` goes (RLP_NONE: none), as in a birth (actor, none), a death
 * (none, actor), a switch (to, actor), a mutation (another type, none). */
void rlp_clones_event(rlp_clones_t *, size_t actor, size_t gains, size_t loses, double t_days);
/* A survival event: `living` of the cells of a type. */
void rlp_clones_thin(rlp_clones_t *, size_t type, int64_t living);

/* ---- for engines that jump: any group of cells of one type ---------------------------------------------------------------------- */
/* Of the cells of a group `lines` live on, and have `more` offspring beyond themselves. */
void rlp_clones_carry(rlp_clones_t *, rlp_shares_t *, int64_t lines, int64_t more);
/* The same where one line, besides `lines`, is known to live and is twice as likely to have what is more (the one that carries a mark): any of the group. Returns its
 * clone. */
uint64_t rlp_clones_carry_marked(rlp_clones_t *, rlp_shares_t *, int64_t lines, int64_t more);
uint64_t rlp_clones_found(rlp_clones_t *, uint64_t parent, size_t type, double t_days);
void rlp_clones_add(rlp_clones_t *, rlp_shares_t *, uint64_t clone, int64_t cells); /* may be negative */
int64_t rlp_clones_sum(const rlp_shares_t *);

#endif
