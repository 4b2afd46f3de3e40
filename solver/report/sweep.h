/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside report: what a sweep found, for its file, its words and its picture. */
#ifndef RELAPSE_REPORT_SWEEP_H
#define RELAPSE_REPORT_SWEEP_H

#include "parts.h"

typedef struct {
    rlp_estimate_t rmst;
    double difference, lower95, upper95; /* from the best, simultaneous over all pairs of cells */
    double crossing_days;                /* last crossing of the two curves; NaN: none */
    bool tied;                           /* 0 lies inside: it may be the best */
} cell_t;

typedef struct {
    size_t n;      /* 0: nothing was swept */
    cell_t *cells; /* [n] in the order of the study; owned */
    size_t best;   /* cell; RLP_NONE: no cell has a mean */
    endpoint_t endpoint;
} sweep_t;

/* The file where the study asks for it, and its sentences at the end of `words`; safe to free then, and after a failure. */
int sweep_write(const job_t *, sweep_t *, rlp_text_t *words) RLP_MUST_USE;
void sweep_free(sweep_t *);
void sweep_values(const rlp_study_t *, size_t cell, rlp_text_t *); /* "7 d x 250 mg": only what differs between cells */
/* sweep.gp, then gnuplot; nothing where there are not two cells to tell apart. What came of it is added to the list of files in `words`. */
int sweep_picture(const job_t *, const sweep_t *, rlp_text_t *words) RLP_MUST_USE;

#endif
