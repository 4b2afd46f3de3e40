/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Groups: the cells of one type that are followed together from mark to mark, until a jump ends (see kendall.c for the algorithm).
 *
 * Depth first: each newcomer is followed to the end of the jump before its parent goes on, so that parents wait, one below the other, in order of their times.
 * Room for them is made once. Where it does not last (frequent switching, ladders, mutation and back), all that wait are merged: one group a type, and the clock goes
 * from mark to mark of any type. A newcomer then joins the group of its type, which is brought to that moment given that its own pending mark has not come yet:
 * all that was known of the mark is this, so that it is drawn afresh. Both ways are exact; neither needs memory that grows with burden or marks. */
#ifndef RELAPSE_ENGINE_GROUPS_H
#define RELAPSE_ENGINE_GROUPS_H

#include "course.h"
#include "relapse/clones.h"

#define RLP_GROUPS_WAITING 256

typedef struct {
    size_t type;
    int64_t cells;
    double t_days;
    size_t segment;
    rlp_shares_t *shares; /* its clones, where they are followed: a list of the jump, taken and given back */
} rlp_group_t;

typedef struct {
    const rlp_process_t *process;
    size_t *leaving;       /* channels in order of their source; each course borrows its own */
    rlp_course_t *courses; /* per type */
    rlp_group_t *waiting;  /* parents, by rising time; room for most_waiting + 2 */
    size_t n_waiting, most_waiting;
    rlp_group_t *merged; /* per type */
    rlp_landing_t *next; /* their pending marks; at INFINITY: none before the jump ends */
    int64_t *after;      /* per type: cells at the end of the jump so far */
    /* lists for clones, made at first need: one for each group that there can be at once, and what the types have at the end of the jump */
    rlp_shares_t *lists, **unused, *after_shares;
    size_t n_lists, n_unused;
    /* the jump at hand; borrowed */
    const rlp_span_t *span;
    rlp_state_t *state;
    rlp_stream_t *stream;
} rlp_groups_t;

int rlp_groups_init(rlp_groups_t *, const rlp_process_t *) RLP_MUST_USE;
void rlp_groups_free(rlp_groups_t *); /* safe on zeros */
/* All cells of the state, and immigrants, to the end of the span: no survival event in between. RLP_ERROR_OVERFLOW, RLP_ERROR_MEMORY. */
int rlp_groups_jump(rlp_groups_t *, const rlp_span_t *, rlp_state_t *, rlp_stream_t *) RLP_MUST_USE;
/* The same to the first newcomer of a type in `of`, where there are no cells yet: the state then stands at that instant. Nobody immigrates. */
int rlp_groups_arrive(rlp_groups_t *, const rlp_span_t *, const unsigned char *of, rlp_state_t *, rlp_stream_t *) RLP_MUST_USE;

#endif
