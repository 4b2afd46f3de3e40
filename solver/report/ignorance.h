/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside report: what is uncertain, as drawn; all answers at each draw; and what moves them. */
#ifndef RELAPSE_REPORT_IGNORANCE_H
#define RELAPSE_REPORT_IGNORANCE_H

#include "draws.h"

/* Draws by a path's value from low to high, in three parts as equal as equal values allow. */
typedef struct {
    size_t n;
    double from, to; /* of the path's first number */
    double mean;     /* of the estimates */
} third_t;

/* One answer over the draws in which it is defined. */
typedef struct {
    const char *question, *endpoint;    /* borrowed */
    char *answer;                       /* owned */
    double written, least, most;        /* estimate as written; least and most over the draws */
    size_t draws, defined, holds, clear; /* draws; with an estimate; with its sign as written; and of those with an interval without 0 */
    size_t path;                        /* that moves it most; RLP_NONE: nobody can tell */
    rlp_influence_of_t by;              /* that path */
    third_t thirds[3];
} judged_t;

typedef struct {
    double value, estimate;
} drawn_pair_t;

typedef struct ignorance {
    sheet_t draws, sensitivity;
    size_t n_judged, judged_room;
    judged_t *judged; /* owned, as all below */
    size_t *at;       /* [draw] work: the draws in which an answer is defined, from 0 */
    double *u, *y;
    double *values; /* [draw][path] of the path's first number */
    drawn_pair_t *pairs;
} ignorance_t;

/* Opens the files where something is drawn, and ties itself to the job: draws_keep() finds it there. */
int ignorance_open(ignorance_t *, job_t *) RLP_MUST_USE;
int ignorance_finish(ignorance_t *, const job_t *) RLP_MUST_USE;
void ignorance_free(ignorance_t *); /* safe after a failed open */
/* Of the main question: does it hold, what moves it, where is it largest. */
void ignorance_words(const job_t *, rlp_text_t *);

#endif
