/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * clones.csv: of each recorded patient, the clones that are alive at his end. The ledger does not keep them: a patient is a pure function of who he is, so he is lived
 * once more, with a book (relapse/clones.h) that does not change his path. */
#include <stdlib.h>
#include <string.h>

#include "parts.h"
#include "relapse/clones.h"
#include "relapse/memory.h"

typedef struct {
    double t_days;
    size_t clone;
} founded_t;

typedef struct {
    const job_t *job;
    rlp_life_t *life;
    rlp_clones_t book;
    int64_t *cells;  /* per clone */
    founded_t *order; /* clones by founding time */
    size_t *number;   /* the place of each there: what it is called */
    size_t cell_room, order_room, number_room;
    sheet_t sheet;
} clones_t;

/* Sizes over all types; they add up to the burden that the ledger knows. */
static int add_up(clones_t *c, const rlp_outcome_t *outcome) {
    int64_t sum = 0;
    int rc = RLP_GROW(c->cells, c->cell_room, c->book.n);
    if (rc) return rc;
    memset(c->cells, 0, c->book.n * sizeof *c->cells);
    for (size_t i = 0; i < c->book.n_types; i++)
        for (size_t k = 0; k < c->book.of_type[i].n; k++) c->cells[c->book.of_type[i].shares[k].clone] += c->book.of_type[i].shares[k].cells;
    for (size_t k = 0; k < c->book.n; k++) sum += c->cells[k];
    RLP_INVARIANT(sum == outcome->burden_end);
    return RLP_OK;
}

static int earlier(const void *a, const void *b) {
    const founded_t *x = a, *y = b;
    return x->t_days < y->t_days ? -1 : x->t_days > y->t_days ? 1 : x->clone < y->clone ? -1 : x->clone > y->clone;
}

/* Engines found clones in an order of their own; 0 stays 0. */
static int put_in_order(clones_t *c) {
    int rc = RLP_GROW(c->order, c->order_room, c->book.n);
    if (!rc) rc = RLP_GROW(c->number, c->number_room, c->book.n);
    if (rc) return rc;
    for (size_t k = 0; k < c->book.n; k++) c->order[k] = (founded_t){c->book.clones[k].founded_days, k};
    qsort(c->order + 1, c->book.n - 1, sizeof *c->order, earlier);
    for (size_t k = 0; k < c->book.n; k++) c->number[c->order[k].clone] = k;
    return RLP_OK;
}

/* Types of the tumour floor are named "site/traits". */
static void write_site(clones_t *c, size_t type) {
    char site[128] = "";
    const char *name = c->job->process.type_names[type], *slash = c->job->study->tumour ? strchr(name, '/') : NULL;
    if (slash && (size_t)(slash - name) < sizeof site) memcpy(site, name, (size_t)(slash - name));
    sheet_word(&c->sheet, site);
}

static void write_clone(clones_t *c, size_t arm, uint64_t patient, size_t clone) {
    const rlp_process_t *p = &c->job->process;
    const rlp_clone_t *founded = &c->book.clones[clone];
    sheet_raw(&c->sheet, rlp_text_string(&c->job->arm_cells[arm]));
    sheet_whole(&c->sheet, (int64_t)patient);
    sheet_whole(&c->sheet, (int64_t)c->number[clone]);
    sheet_whole(&c->sheet, (int64_t)c->number[founded->parent]);
    sheet_word(&c->sheet, p->label_names[p->label_of_type[founded->type]]);
    write_site(c, founded->type);
    sheet_number(&c->sheet, founded->founded_days);
    sheet_whole(&c->sheet, c->cells[clone]);
    sheet_end_row(&c->sheet);
}

static int write_patient(clones_t *c, size_t arm, uint64_t patient) {
    rlp_outcome_t outcome;
    rlp_told_t told = {0};
    int rc = rlp_life_run(c->life, c->job->study->tasks[arm].arm, patient, NULL, &outcome, &told);
    if (rc || outcome.failed) return rc;
    rc = add_up(c, &outcome);
    if (!rc) rc = put_in_order(c);
    for (size_t k = 1; k < c->book.n && !rc; k++)
        if (c->cells[c->order[k].clone]) write_clone(c, arm, patient, c->order[k].clone);
    return rc;
}

int clones_write(const job_t *job, uint64_t first, uint64_t last) {
    const rlp_study_t *study = job->study;
    clones_t c = {.job = job};
    if (!study->record_clones) return RLP_OK;
    sheet_init(&c.sheet);
    int rc = rlp_life_new(&study->trial, &c.life);
    if (!rc) rc = rlp_clones_init(&c.book, job->process.n_types);
    if (!rc) rc = sheet_open(&c.sheet, job->report->folder, "clones.csv", "arm,patient,clone,parent,trait,site,founded_days,cells");
    if (!rc) rlp_life_follow_clones(c.life, &c.book);
    for (size_t a = 0; a < study->n_arms; a++)
        for (uint64_t patient = first; patient <= last && !rc; patient++) rc = write_patient(&c, a, patient);
    if (!rc) rc = sheet_finish(&c.sheet);
    sheet_free(&c.sheet);
    rlp_clones_free(&c.book);
    rlp_life_free(c.life);
    free(c.cells);
    free(c.order);
    free(c.number);
    return rc;
}
