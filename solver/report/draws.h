/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside report: one question's answers at the numbers as written and at every draw of what is uncertain. */
#ifndef RELAPSE_REPORT_DRAWS_H
#define RELAPSE_REPORT_DRAWS_H

#include "parts.h"

/* Fill rows[n] with the answers of a question at a draw (0: as written), always in the same order. A task of the question is read as
 * rlp_study_drawn(study, draw, task). */
typedef int (*answer_t)(const job_t *, size_t draw, void *context, rlp_contrast_t *rows);

/* What a row is called in draws.csv and sensitivity.csv. */
typedef struct {
    char *answer;         /* owned */
    const char *endpoint; /* borrowed; "": none */
} drawn_name_t;

typedef struct {
    size_t n_rows, n_draws;
    rlp_contrast_t *at;  /* [1 + n_draws][n_rows]; owned */
    drawn_name_t *names; /* [n_rows]; owned */
    int error;           /* of naming */
} drawn_t;

/* In this order: ask, name each row, keep; then columns row by row as the question's own file is written; free.
 *
 *     rc = draws_ask(job, n, answer, context, &drawn);
 *     for (row...) draws_name(&drawn, row, ENDPOINT_NAMES[e], "%s against %s", one, other);
 *     if (!rc) rc = draws_keep(job, "sweep", &drawn);
 *     ... sheet_number(...), draws_columns(&sheet, &drawn, row), sheet_end_row(&sheet);
 *     draws_free(&drawn); */
int draws_ask(const job_t *, size_t n_rows, answer_t, void *context, drawn_t *) RLP_MUST_USE;
void draws_free(drawn_t *); /* safe twice, and after a failed ask */
const rlp_contrast_t *draws_row(const drawn_t *, size_t draw, size_t row);
/* Names are short, unique within (question, endpoint), and may hold any letter: they are quoted where needed. */
void draws_name(drawn_t *, size_t row, const char *endpoint, const char *format, ...) RLP_PRINTF(4, 5);
/* The rows join draws.csv and sensitivity.csv under the question's name (compare, synergy, attribution, sweep, strata). Nothing to do where nothing is uncertain. */
int draws_keep(const job_t *, const char *question, const drawn_t *) RLP_MUST_USE;

/* Has the estimate at a draw the sign that it has as written? One that is undefined has none. */
bool draws_holds(const drawn_t *, size_t draw, size_t row);
/* The last two columns of every file of answers: how many draws there are, and in how many of them the estimate has the sign that it has as written; both empty
 * where nothing is uncertain, or the estimate is undefined. */
#define DRAWS_COLUMNS ",draws,sign_holds"
void draws_columns(sheet_t *, const drawn_t *, size_t row);

#endif
