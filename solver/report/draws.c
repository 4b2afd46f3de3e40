/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What nobody knows is drawn once for a whole cohort (`cohort: {uncertain:, draws:}`): every answer is given again at each draw, on the same patients, and said to hold in
 * so many of them. */
#include "draws.h"

#include <math.h>
#include <stdlib.h>

#include "relapse/memory.h"

int draws_ask(const job_t *job, size_t n_rows, answer_t answer, void *context, drawn_t *drawn) {
    *drawn = (drawn_t){.n_rows = n_rows, .n_draws = job->study->uncertain.draws};
    int rc = RLP_NEW(drawn->at, (1 + drawn->n_draws) * n_rows);
    for (size_t d = 0; d <= drawn->n_draws && !rc; d++) rc = answer(job, d, context, drawn->at + d * n_rows);
    return rc;
}

void draws_free(drawn_t *drawn) {
    free(drawn->at);
    *drawn = (drawn_t){0};
}

const rlp_contrast_t *draws_row(const drawn_t *drawn, size_t draw, size_t row) { return &drawn->at[draw * drawn->n_rows + row]; }

static int sign(double x) { return (x > 0) - (x < 0); }

void draws_columns(sheet_t *sheet, const drawn_t *drawn, size_t row) {
    double written = draws_row(drawn, 0, row)->value;
    size_t holds = 0;
    for (size_t d = 1; d <= drawn->n_draws; d++) holds += sign(draws_row(drawn, d, row)->value) == sign(written);
    bool told = drawn->n_draws && !isnan(written);
    sheet_number(sheet, told ? (double)drawn->n_draws : NAN);
    sheet_number(sheet, told ? (double)holds : NAN);
}
