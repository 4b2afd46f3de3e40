/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside report: one question's answers at the numbers as written and at every draw of what is uncertain. */
#ifndef RELAPSE_REPORT_DRAWS_H
#define RELAPSE_REPORT_DRAWS_H

#include "parts.h"

/* Fill rows[n] with the answers of a question at a draw (0: as written), always in the same order. A task of the question is read as
 * rlp_study_drawn(study, draw, task). */
typedef int (*answer_t)(const job_t *, size_t draw, void *context, rlp_contrast_t *rows);

typedef struct {
    size_t n_rows, n_draws;
    rlp_contrast_t *at; /* [1 + n_draws][n_rows]; owned */
} drawn_t;

int draws_ask(const job_t *, size_t n_rows, answer_t, void *context, drawn_t *) RLP_MUST_USE;
void draws_free(drawn_t *); /* safe twice */
const rlp_contrast_t *draws_row(const drawn_t *, size_t draw, size_t row);

/* The last two columns of every file of answers: how many draws there are, and in how many of them the estimate has the sign that it has as written; both empty
 * where nothing is uncertain, or the estimate is undefined. */
#define DRAWS_COLUMNS ",draws,sign_holds"
void draws_columns(sheet_t *, const drawn_t *, size_t row);

#endif
