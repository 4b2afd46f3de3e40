/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From model and values to a process: rates that hold from day 0, then each row of the arm's timeline. */
#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"

void rlp_process_model_free(rlp_process_model_t *model) {
    if (!model) return;
    for (size_t i = 0; i < model->n_types; i++) free(model->type_names[i]);
    for (size_t i = 0; i < model->n_channels; i++) free(model->channel_names[i]);
    for (size_t a = 0; a < model->n_arms; a++) {
        for (size_t r = 0; r < model->arms[a].n_rows; r++) {
            free(model->arms[a].rows[r].survive);
            free(model->arms[a].rows[r].assignments);
        }
        free(model->arms[a].rows);
        free(model->arms[a].name);
    }
    free(model->types);
    free(model->type_names);
    free(model->channels);
    free(model->channel_names);
    free(model->arms);
    free(model);
}

size_t rlp_process_model_arms(const rlp_process_model_t *model) { return model->n_arms; }
const char *rlp_process_model_arm_name(const rlp_process_model_t *model, size_t arm) { return model->arms[arm].name; }
size_t rlp_process_model_types(const rlp_process_model_t *model) { return model->n_types; }
const char *const *rlp_process_model_type_names(const rlp_process_model_t *model) { return (const char *const *)model->type_names; }
double rlp_process_model_cells_per_mm3(const rlp_process_model_t *model, const double *values) {
    return model->cells_per_cm3 == RLP_NO_PARAMETER ? 1e6 : values[model->cells_per_cm3] / 1000;
}

static int build_shape(const rlp_process_model_t *model, const double *values, rlp_process_t *p) {
    int rc = rlp_process_init(p, model->n_types, model->n_channels);
    for (size_t i = 0; i < model->n_types && !rc; i++) {
        p->start_cells[i] = (int64_t)llround(values[model->types[i].cells]);
        rc = rlp_process_name_type(p, i, model->type_names[i]);
    }
    for (size_t c = 0; c < model->n_channels && !rc; c++) {
        p->channels[c] = model->channels[c].shape;
        if (model->channel_names[c]) rc = rlp_process_name_channel(p, c, model->channel_names[c]);
    }
    if (rc) return rc;
    p->capacity_law = model->capacity_law;
    if (model->capacity_cells != RLP_NO_PARAMETER) p->capacity_cells = values[model->capacity_cells];
    if (model->clearance != RLP_NO_PARAMETER) p->clearance_per_day = values[model->clearance];
    return RLP_OK;
}

static int check_row(const rlp_process_t *p, const double *row, double day) {
    const double *channel = row + 2 * p->n_types;
    for (size_t i = 0; i < p->n_types; i++) {
        double sum = 0;
        for (size_t c = 0; c < p->n_channels; c++)
            if (p->channels[c].kind == RLP_CHANNEL_DIVISION && p->channels[c].from == i) sum += channel[c];
        if (sum > 1 + 1e-12)
            return rlp_fail(RLP_ERROR_RATE, "the mutation probabilities of type '%s' sum to %g from day %g; they exclude each other, so at most 1",
                            p->type_names[i], sum, day);
    }
    return RLP_OK;
}

static int add_row(rlp_process_t *p, const double *row, double day, size_t survive) {
    size_t rates;
    int rc = check_row(p, row, day);
    if (!rc) rc = rlp_process_add_rates(p, row, &rates);
    if (!rc) rc = rlp_process_add_segment(p, day, rates, survive);
    return rc;
}

static int build_timeline(const rlp_process_model_t *model, const model_arm_t *arm, const double *values, double *row, double *survive,
                          rlp_process_t *p) {
    for (size_t i = 0; i < p->n_types; i++) {
        row[i] = values[model->types[i].birth];
        row[p->n_types + i] = values[model->types[i].death];
    }
    for (size_t c = 0; c < p->n_channels; c++) row[2 * p->n_types + c] = values[model->channels[c].value];
    int rc = add_row(p, row, 0, RLP_NONE);
    double before = 0;
    for (size_t r = 0; r < arm->n_rows && !rc; r++) {
        const model_row_t *event = &arm->rows[r];
        double day = values[event->at];
        size_t kill = RLP_NONE;
        if (day < before) return rlp_fail(RLP_ERROR_RATE, "rows of the timeline of arm '%s' are out of order: day %g after day %g", arm->name, day, before);
        before = day;
        if (event->n_survive) {
            for (size_t i = 0; i < p->n_types; i++) survive[i] = 1;
            for (size_t k = 0; k < event->n_survive; k++) survive[event->survive[k].slot] = values[event->survive[k].parameter];
            rc = rlp_process_add_survive(p, survive, &kill);
        }
        for (size_t k = 0; k < event->n_assignments; k++) row[event->assignments[k].slot] = values[event->assignments[k].parameter];
        if (!rc) rc = add_row(p, row, day, kill);
    }
    return rc;
}

int rlp_process_model_build(const rlp_process_model_t *model, size_t arm, const double *values, rlp_process_t *p) {
    double *row = NULL, *survive = NULL;
    int rc = build_shape(model, values, p);
    if (!rc) rc = RLP_NEW(row, p->row_size);
    if (!rc) rc = RLP_NEW(survive, p->n_types);
    if (!rc) rc = build_timeline(model, &model->arms[arm], values, row, survive, p);
    free(row);
    free(survive);
    if (rc) rlp_process_free(p);
    return rc;
}

size_t rlp_process_model_events(const rlp_process_model_t *model, size_t arm, const double *values, double *t_days, size_t room) {
    size_t n = 0;
    for (size_t r = 0; r < model->arms[arm].n_rows; r++) {
        if (!model->arms[arm].rows[r].n_survive) continue;
        if (n < room) t_days[n] = values[model->arms[arm].rows[r].at];
        n++;
    }
    return n;
}
