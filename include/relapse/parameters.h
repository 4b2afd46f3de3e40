/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Parameters: every number of a model that a patient may have his own value of, as one row of one table.
 *
 * A model (process or tumour floor) keeps row numbers, not doubles. A patient is then a copy of the vector of values, with the varied
 * rows replaced, and `process = compile(model, values, arm)` is a pure function. Rows are found by their dotted path
 * ("traits.met.found", "mechanisms.M41.slope"), which is how `variability:`, `uncertain:`, `sweep:` and `--set` name them. */
#ifndef RELAPSE_PARAMETERS_H
#define RELAPSE_PARAMETERS_H

#include "relapse/document.h"

typedef struct {
    char *path; /* owned */
    rlp_dimension_t dimension;
    double low, high; /* closed range of the value, in the dimension's unit */
    bool whole;       /* rounded to whole after a draw (cells) */
    bool shared;      /* one value for all patients (endpoints, at_most): may be swept or uncertain, but does not vary between patients */
    double value;     /* as written in the input (or the fallback), in the dimension's unit */
    rlp_place_t place;
} rlp_parameter_t;

typedef struct {
    rlp_parameter_t *rows;
    size_t n, capacity;
} rlp_parameters_t;

#define RLP_NO_PARAMETER ((size_t)-1)

void rlp_parameters_init(rlp_parameters_t *);
void rlp_parameters_free(rlp_parameters_t *);
/* Add a row, path given; *index gets its number. RLP_ERROR_MEMORY. */
int rlp_parameters_add(rlp_parameters_t *, const char *path, rlp_dimension_t, double low, double high, double value, rlp_place_t,
                       size_t *index) RLP_MUST_USE;
/* Read member `name` of `map` as rlp_read_number does and add it as a row whose path is that of `map` + "." + name (an absent member too, with
 * its fallback, so that it can be varied). Out of memory: RLP_NO_PARAMETER and a diagnostic. */
size_t rlp_read_parameter(const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, const char *name, rlp_parameters_t *,
                          rlp_diagnostics_t *);
/* The same with a molar mass in g/mol (0 or NaN: none) for concentrations. */
size_t rlp_read_parameter_molar(const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, const char *name, double molar_mass,
                                rlp_parameters_t *, rlp_diagnostics_t *);
/* Row of a path, or RLP_NO_PARAMETER. */
size_t rlp_parameters_find(const rlp_parameters_t *, const char *path);
/* Rows that a pattern names: exact path, `*` for one path element, or a prefix of whole elements ("interventions.tace.survive" names
 * its sites). Shared rows are named by their exact path alone. Writes up to `room` row numbers, returns how many there are. */
size_t rlp_parameters_match(const rlp_parameters_t *, const char *pattern, size_t *rows, size_t room);
/* values[i] = rows[i].value. */
void rlp_parameters_values(const rlp_parameters_t *, double *values);

#endif
