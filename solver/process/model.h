/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The process model inside its room: row numbers of parameters where a process has numbers. */
#ifndef RELAPSE_PROCESS_MODEL_H
#define RELAPSE_PROCESS_MODEL_H

#include "relapse/process_input.h"

typedef struct {
    size_t cells, birth, death; /* parameters */
} model_type_t;

typedef struct {
    rlp_channel_t shape;
    size_t value; /* parameter: a probability or a rate */
    rlp_place_t place;
} model_channel_t;

typedef struct {
    size_t slot;      /* of a row of rates (set), or a type (survive) */
    size_t parameter;
} model_assignment_t;

typedef struct {
    size_t at; /* parameter */
    size_t n_survive, n_assignments, assignment_capacity;
    model_assignment_t *survive, *assignments;
} model_row_t;

typedef struct {
    char *name;
    size_t n_rows;
    model_row_t *rows;
} model_arm_t;

struct rlp_process_model {
    size_t n_types, n_channels, n_arms;
    model_type_t *types;
    char **type_names;
    model_channel_t *channels;
    char **channel_names;
    rlp_capacity_law_t capacity_law;
    size_t capacity_cells, clearance, cells_per_cm3; /* parameters */
    model_arm_t *arms;
};

#endif
