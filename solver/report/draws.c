/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What nobody knows is drawn once for a whole cohort (`cohort: {uncertain:, draws:}`): every answer is given again at each draw, on the same patients, and said to hold in
 * so many of them. */
#include "draws.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "relapse/memory.h"

int draws_ask(const job_t *job, size_t n_rows, answer_t answer, void *context, drawn_t *drawn) {
    *drawn = (drawn_t){.n_rows = n_rows, .n_draws = job->study->uncertain.draws};
    int rc = RLP_NEW(drawn->at, (1 + drawn->n_draws) * n_rows);
    if (!rc) rc = RLP_NEW(drawn->names, n_rows);
    for (size_t d = 0; d <= drawn->n_draws && !rc; d++) rc = answer(job, d, context, drawn->at + d * n_rows);
    return rc;
}

void draws_free(drawn_t *drawn) {
    for (size_t r = 0; drawn->names && r < drawn->n_rows; r++) free(drawn->names[r].answer);
    free(drawn->names);
    free(drawn->at);
    *drawn = (drawn_t){0};
}

void draws_name(drawn_t *drawn, size_t row, const char *endpoint, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = drawn->names ? vsnprintf(NULL, 0, format, arguments) : -1;
    va_end(arguments);
    if (length < 0) return;
    int rc = rlp_memory_new((void **)&drawn->names[row].answer, (size_t)length + 1, 1);
    if (rc) {
        drawn->error = rc;
        return;
    }
    va_start(arguments, format);
    vsnprintf(drawn->names[row].answer, (size_t)length + 1, format, arguments);
    va_end(arguments);
    drawn->names[row].endpoint = endpoint;
}

const rlp_contrast_t *draws_row(const drawn_t *drawn, size_t draw, size_t row) { return &drawn->at[draw * drawn->n_rows + row]; }

static int sign(double x) { return (x > 0) - (x < 0); }

bool draws_holds(const drawn_t *drawn, size_t draw, size_t row) {
    double x = draws_row(drawn, draw, row)->value;
    return !isnan(x) && sign(x) == sign(draws_row(drawn, 0, row)->value);
}

void draws_columns(sheet_t *sheet, const drawn_t *drawn, size_t row) {
    double written = draws_row(drawn, 0, row)->value;
    size_t holds = 0;
    for (size_t d = 1; d <= drawn->n_draws; d++) holds += draws_holds(drawn, d, row);
    bool told = drawn->n_draws && !isnan(written);
    sheet_number(sheet, told ? (double)drawn->n_draws : NAN);
    sheet_number(sheet, told ? (double)holds : NAN);
}
