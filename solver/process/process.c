/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "relapse/process.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"

/* How many of the last rows are searched for an equal one: a week of daily rows, on and off drug. */
#define ROWS_SEARCHED 32

int rlp_process_init(rlp_process_t *p, size_t n_types, size_t n_channels) {
    memset(p, 0, sizeof *p);
    p->n_types = n_types;
    p->n_channels = n_channels;
    p->row_size = 2 * n_types + n_channels;
    int rc = RLP_NEW(p->type_names, n_types);
    if (!rc) rc = RLP_NEW(p->channel_names, n_channels);
    if (!rc) rc = RLP_NEW(p->channels, n_channels);
    if (!rc) rc = RLP_NEW(p->start_cells, n_types);
    if (rc) rlp_process_free(p);
    return rc;
}

static void free_texts(char **texts, size_t n) {
    for (size_t i = 0; texts && i < n; i++) free(texts[i]);
    free(texts);
}

void rlp_process_free(rlp_process_t *p) {
    free_texts(p->type_names, p->n_types);
    free_texts(p->channel_names, p->n_channels);
    free_texts(p->label_names, p->n_labels);
    free(p->label_of_type);
    free(p->channels);
    free(p->start_cells);
    free(p->rates);
    free(p->survive);
    free(p->segments);
    memset(p, 0, sizeof *p);
}

void rlp_process_clear(rlp_process_t *p) { p->n_segments = p->n_rate_rows = p->n_survive_rows = p->sealed = 0; }

static int rename_text(char **slot, const char *name) {
    char *copy;
    int rc = rlp_memory_copy_text(&copy, name);
    if (rc) return rc;
    free(*slot);
    *slot = copy;
    return RLP_OK;
}

int rlp_process_name_type(rlp_process_t *p, size_t type, const char *name) { return rename_text(&p->type_names[type], name); }

int rlp_process_name_channel(rlp_process_t *p, size_t channel, const char *name) { return rename_text(&p->channel_names[channel], name); }

int rlp_process_set_labels(rlp_process_t *p, size_t n_labels, const char *const *names, const size_t *label_of_type) {
    RLP_INVARIANT(!p->label_names);
    int rc = RLP_NEW(p->label_names, n_labels);
    if (!rc) rc = RLP_NEW(p->label_of_type, p->n_types);
    if (rc) return rc;
    p->n_labels = n_labels;
    memcpy(p->label_of_type, label_of_type, p->n_types * sizeof *label_of_type);
    for (size_t i = 0; i < n_labels && !rc; i++) rc = rlp_memory_copy_text(&p->label_names[i], names[i]);
    return rc;
}

/* Find `row` among the last rows of a table of n rows, or append it. */
static int add_row(double **table, size_t *n, size_t *capacity, size_t size, const double *row, size_t *index) {
    size_t bytes = size * sizeof *row;
    for (size_t back = 1; back <= *n && back <= ROWS_SEARCHED; back++) {
        if (memcmp(*table + (*n - back) * size, row, bytes)) continue;
        *index = *n - back;
        return RLP_OK;
    }
    int rc = RLP_GROW(*table, *capacity, (*n + 1) * size);
    if (rc) return rc;
    memcpy(*table + *n * size, row, bytes);
    *index = (*n)++;
    return RLP_OK;
}

int rlp_process_add_rates(rlp_process_t *p, const double *row, size_t *index) {
    return add_row(&p->rates, &p->n_rate_rows, &p->rate_capacity, p->row_size, row, index);
}

int rlp_process_add_survive(rlp_process_t *p, const double *row, size_t *index) {
    return add_row(&p->survive, &p->n_survive_rows, &p->survive_capacity, p->n_types, row, index);
}

/* Two survival events at one instant are one event of the products. */
static int join_survive(rlp_process_t *p, rlp_segment_t *last, size_t survive) {
    if (survive == RLP_NONE) return RLP_OK;
    if (last->survive == RLP_NONE) {
        last->survive = survive;
        return RLP_OK;
    }
    double *both;
    int rc = RLP_NEW(both, p->n_types);
    if (rc) return rc;
    for (size_t i = 0; i < p->n_types; i++) both[i] = p->survive[last->survive * p->n_types + i] * p->survive[survive * p->n_types + i];
    rc = rlp_process_add_survive(p, both, &last->survive);
    free(both);
    return rc;
}

int rlp_process_add_segment(rlp_process_t *p, double start_days, size_t rates, size_t survive) {
    rlp_segment_t *last = p->n_segments ? &p->segments[p->n_segments - 1] : NULL;
    RLP_INVARIANT(!last || start_days >= last->start_days);
    if (last && start_days == last->start_days && p->n_segments > p->sealed) {
        last->rates = rates;
        return join_survive(p, last, survive);
    }
    if (last && last->rates == rates && survive == RLP_NONE) return RLP_OK;
    int rc = RLP_GROW(p->segments, p->segment_capacity, p->n_segments + 1);
    if (rc) return rc;
    p->segments[p->n_segments++] = (rlp_segment_t){.start_days = start_days, .rates = rates, .survive = survive};
    return RLP_OK;
}

double rlp_process_crowding(const rlp_process_t *p, double cells) {
    if (p->capacity_law == RLP_CAPACITY_NONE || cells <= 0) return 1;
    double filled = p->capacity_law == RLP_CAPACITY_LOGISTIC ? cells / p->capacity_cells : log(cells) / log(p->capacity_cells);
    return filled < 1 ? 1 - filled : 0;
}
