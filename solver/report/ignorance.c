/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * draws.csv: each answer of each question at the numbers as written (draw 0) and at every draw of what is uncertain. */
#include "ignorance.h"

static const char DRAWS_HEADER[] = "draw,question,answer,endpoint,estimate,std_err,lower95,upper95";

static void write_draw(sheet_t *sheet, size_t draw, const char *question, const drawn_name_t *name, const rlp_contrast_t *c) {
    sheet_whole(sheet, (int64_t)draw);
    sheet_raw(sheet, question);
    sheet_word(sheet, name->answer ? name->answer : "");
    sheet_raw(sheet, name->endpoint ? name->endpoint : "");
    sheet_number(sheet, c->value);
    sheet_number(sheet, c->std_err);
    sheet_number(sheet, c->lower95);
    sheet_number(sheet, c->upper95);
    sheet_end_row(sheet);
}

int draws_keep(const job_t *job, const char *question, const drawn_t *drawn) {
    ignorance_t *kept = job->ignorance;
    if (drawn->error) return drawn->error;
    if (!kept || !drawn->n_draws) return RLP_OK;
    for (size_t r = 0; r < drawn->n_rows; r++)
        for (size_t d = 0; d <= drawn->n_draws; d++) write_draw(&kept->draws, d, question, &drawn->names[r], draws_row(drawn, d, r));
    return kept->draws.error;
}

int ignorance_open(ignorance_t *kept, job_t *job) {
    *kept = (ignorance_t){0};
    sheet_init(&kept->draws);
    if (!job->study->uncertain.draws) return RLP_OK;
    job->ignorance = kept;
    return sheet_open(&kept->draws, job->report->folder, "draws.csv", DRAWS_HEADER);
}

int ignorance_finish(ignorance_t *kept, const job_t *job) { return job->ignorance ? sheet_finish(&kept->draws) : RLP_OK; }

void ignorance_free(ignorance_t *kept) { sheet_free(&kept->draws); }
