/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of a model's numbers, found by path. */
#include "relapse/parameters.h"

#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"

void rlp_parameters_init(rlp_parameters_t *parameters) { memset(parameters, 0, sizeof *parameters); }

void rlp_parameters_free(rlp_parameters_t *parameters) {
    for (size_t i = 0; i < parameters->n; i++) free(parameters->rows[i].path);
    free(parameters->rows);
    rlp_parameters_init(parameters);
}

int rlp_parameters_add(rlp_parameters_t *parameters, const char *path, rlp_dimension_t dimension, double low, double high, double value,
                       rlp_place_t place, size_t *index) {
    rlp_parameter_t row = {.dimension = dimension, .low = low, .high = high, .whole = dimension == RLP_DIMENSION_COUNT, .value = value, .place = place};
    *index = RLP_NO_PARAMETER;
    int rc = RLP_GROW(parameters->rows, parameters->capacity, parameters->n + 1);
    if (rc || (rc = rlp_memory_copy_text(&row.path, path))) return rc;
    *index = parameters->n;
    parameters->rows[parameters->n++] = row;
    return RLP_OK;
}

size_t rlp_read_parameter_molar(const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, const char *name, double molar_mass,
                                rlp_parameters_t *parameters, rlp_diagnostics_t *diagnostics) {
    const rlp_key_t *row = rlp_key_find(keys, n_keys, name);
    const rlp_node_t *node = rlp_node_member(map, name);
    double value = node && row->kind == RLP_KEY_WHOLE ? (double)rlp_read_whole(map, keys, n_keys, name, diagnostics)
                                                      : rlp_read_number_molar(map, keys, n_keys, name, molar_mass, diagnostics);
    rlp_place_t place = node ? node->place : map ? map->place : (rlp_place_t){0};
    size_t index = RLP_NO_PARAMETER;
    rlp_text_t path;
    rlp_text_init(&path);
    if (map) rlp_node_path(map, &path);
    rlp_text_format(&path, "%s%s", path.length ? "." : "", name);
    int rc = path.error;
    if (!rc) rc = rlp_parameters_add(parameters, rlp_text_string(&path), row->dimension, row->low, row->high, value, place, &index);
    if (rc)
        rlp_diagnose(diagnostics, RLP_DIAGNOSTIC_ERROR, place, "no memory to keep '%s'", name);
    else if (row->kind == RLP_KEY_WHOLE)
        parameters->rows[index].whole = true;
    rlp_text_free(&path);
    return index;
}

size_t rlp_read_parameter(const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, const char *name, rlp_parameters_t *parameters,
                          rlp_diagnostics_t *diagnostics) {
    return rlp_read_parameter_molar(map, keys, n_keys, name, 0, parameters, diagnostics);
}

size_t rlp_parameters_find(const rlp_parameters_t *parameters, const char *path) {
    for (size_t i = 0; i < parameters->n; i++)
        if (!strcmp(parameters->rows[i].path, path)) return i;
    return RLP_NO_PARAMETER;
}

/* Element by element; a pattern that ends before the path does is a prefix. */
static bool matches(const char *path, const char *pattern) {
    for (;;) {
        size_t n = strcspn(path, "."), m = strcspn(pattern, ".");
        bool any = m == 1 && *pattern == '*';
        if (!any && (n != m || memcmp(path, pattern, n))) return false;
        path += n;
        pattern += m;
        if (!*pattern) return true;
        if (!*path) return false;
        path++;
        pattern++;
    }
}

size_t rlp_parameters_match(const rlp_parameters_t *parameters, const char *pattern, size_t *rows, size_t room) {
    size_t found = 0;
    for (size_t i = 0; i < parameters->n; i++) {
        const rlp_parameter_t *row = &parameters->rows[i];
        if (row->shared ? strcmp(row->path, pattern) : !matches(row->path, pattern)) continue;
        if (found < room) rows[found] = i;
        found++;
    }
    return found;
}

void rlp_parameters_values(const rlp_parameters_t *parameters, double *values) {
    for (size_t i = 0; i < parameters->n; i++) values[i] = parameters->rows[i].value;
}
