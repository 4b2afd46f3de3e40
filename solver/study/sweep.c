/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `sweep:`: one arm at each combination of the values of some numbers, on the same patients.
 *
 *     sweep: {arms.both.drug.from: [0 d, 7 d, 28 d], drugs.drug.dose: [125 mg, 250 mg], arm: both, horizon: 24 mo}
 *
 * makes 3 x 2 cells, the last path fastest. A cell is a task (rlp_study_task): that of the arm itself where the values are those written, one task where the arm cannot feel
 * what differs. A path is any number that is a row of the parameters; values are read in its dimension and range. */
#include "sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "survey.h"

#define CELLS_MAX 1000 /* half a million pairs of cells */
#define ERROR(...) rlp_diagnose(wrong, RLP_DIAGNOSTIC_ERROR, __VA_ARGS__)
#define WARNING(...) rlp_diagnose(wrong, RLP_DIAGNOSTIC_WARNING, __VA_ARGS__)

const rlp_key_t SWEEP_KEYS[N_SWEEP_KEYS] = {
    {.name = "arm", .kind = RLP_KEY_TEXT, .meaning = "which arm; default: the one that the paths are in (`arms.NAME...`), or the only one"},
    {.name = "measure", .kind = RLP_KEY_WORD, .words = "rmst", .meaning = "the restricted mean"},
    {.name = "endpoint", .kind = RLP_KEY_WORD, .words = SURVEY_ENDPOINT_WORDS, .meaning = "of which time"},
    {.name = "horizon", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_TIME, .low = 1e-6, .high = 1e6, .fallback = NAN,
     .meaning = "restricted means reach to this day; default: the end of follow-up"},
};

static bool is_path(const rlp_node_t *item) {
    for (size_t k = 0; k < N_SWEEP_KEYS; k++)
        if (!strcmp(item->key, SWEEP_KEYS[k].name)) return false;
    return true;
}

/* ---- the paths ---------------------------------------------------------------------------------------------------------------------- */
static void refuse_path(const rlp_study_t *study, const rlp_node_t *item, rlp_diagnostics_t *wrong) {
    const char *keys[N_SWEEP_KEYS], *near;
    const rlp_node_t *root = item;
    while (root->parent) root = root->parent;
    const rlp_node_t *there = rlp_node_at(root, item->key);
    for (size_t k = 0; k < N_SWEEP_KEYS; k++) keys[k] = SWEEP_KEYS[k].name;
    near = there ? NULL : rlp_nearest(item->key, keys, N_SWEEP_KEYS);
    if (!there && !near) near = rlp_variability_near(item->key, &study->parameters);
    if (there && there->kind == RLP_NODE_SCALAR)
        ERROR(item->key_place, "'%s' is '%s', which is no number of the model: there is nothing to sweep", item->key, there->text);
    else if (there)
        ERROR(item->key_place, "'%s' is %s and names no number of the model: there is nothing to sweep", item->key, there->kind == RLP_NODE_LIST ? "a list" : "a map");
    else if (near)
        ERROR(item->key_place, "no number of the input has the path '%s'; did you mean '%s'?", item->key, near);
    else
        ERROR(item->key_place, "no number of the input has the path '%s' (cohort, engine and record cannot be swept)", item->key);
}

/* The one row that the key names, or RLP_NONE and an error. */
static int find_parameter(const rlp_study_t *study, const rlp_node_t *item, rlp_diagnostics_t *wrong, size_t *parameter) {
    rlp_text_t path;
    rlp_text_init(&path);
    int rc = rlp_variability_path(item, &study->parameters, &path);
    size_t row = RLP_NO_PARAMETER, n = rc ? 0 : rlp_parameters_match(&study->parameters, rlp_text_string(&path), &row, 1);
    rlp_text_free(&path);
    *parameter = RLP_NONE;
    if (rc) return rc;
    if (!n)
        refuse_path(study, item, wrong);
    else if (n > 1 || strchr(item->key, '*'))
        ERROR(item->key_place, "'%s' names %zu number%s, '%s'%s: a sweep moves one number at a time, so name it in full", item->key, n, n == 1 ? "" : "s",
              study->parameters.rows[row].path, n == 1 ? "" : " and others");
    else
        *parameter = row;
    return RLP_OK;
}

static int find_paths(rlp_study_t *study, const rlp_node_t *map, rlp_diagnostics_t *wrong) {
    rlp_sweep_t *sweep = &study->sweep;
    int rc = RLP_NEW(sweep->paths, map->n_items);
    for (size_t i = 0; i < map->n_items && !rc; i++) {
        if (!is_path(map->items[i])) continue;
        rlp_swept_t *swept = &sweep->paths[sweep->n_paths++];
        rc = rlp_memory_copy_text(&swept->path, map->items[i]->key);
        if (!rc) rc = find_parameter(study, map->items[i], wrong, &swept->parameter);
        for (size_t p = 0; p + 1 < sweep->n_paths && !rc; p++)
            if (swept->parameter != RLP_NONE && sweep->paths[p].parameter == swept->parameter)
                ERROR(map->items[i]->key_place, "'%s' and '%s' are the same number", sweep->paths[p].path, swept->path);
    }
    return rc;
}

/* A key that is no path must be a known one, and what is swept a list. */
static int check_keys(const rlp_study_t *study, const rlp_node_t *map, rlp_diagnostics_t *wrong) {
    rlp_key_t *keys;
    size_t n = N_SWEEP_KEYS;
    int rc = RLP_NEW(keys, N_SWEEP_KEYS + study->sweep.n_paths);
    if (rc) return rc;
    memcpy(keys, SWEEP_KEYS, sizeof SWEEP_KEYS);
    for (size_t p = 0; p < study->sweep.n_paths; p++)
        keys[n++] = (rlp_key_t){.name = study->sweep.paths[p].path, .kind = study->sweep.paths[p].parameter == RLP_NONE ? RLP_KEY_ANY : RLP_KEY_LIST};
    (void)rlp_map_check(map, keys, n, "sweep", wrong);
    free(keys);
    return RLP_OK;
}

/* ---- the values --------------------------------------------------------------------------------------------------------------------- */
static int read_values(const rlp_study_t *study, const rlp_node_t *list, rlp_swept_t *swept, rlp_diagnostics_t *wrong) {
    const rlp_parameter_t *row = &study->parameters.rows[swept->parameter];
    rlp_key_t key = {.name = swept->path, .kind = RLP_KEY_NUMBER, .dimension = row->dimension, .low = row->low, .high = row->high, .fallback = NAN, .meaning = "a value"};
    if (!list->n_items) ERROR(list->place, "'%s' has no values: a sweep needs one or more", swept->path);
    int rc = RLP_NEW(swept->values, list->n_items);
    for (size_t i = 0; i < list->n_items && !rc; i++) {
        size_t errors = rlp_diagnostics_errors(wrong);
        double value = rlp_read_scalar(list->items[i], &key, wrong);
        if (rlp_diagnostics_errors(wrong) > errors) continue;
        if (row->whole && value != round(value)) ERROR(list->items[i]->place, "%s is %s; expected a whole number", swept->path, list->items[i]->text);
        for (size_t k = 0; k < swept->n; k++)
            if (swept->values[k] == value) {
                ERROR(list->items[i]->place, "%s has the value %g%s%s twice", swept->path, value, *rlp_dimension_unit(row->dimension) ? " " : "", rlp_dimension_unit(row->dimension));
                break;
            }
        swept->values[swept->n++] = value;
    }
    return rc;
}

/* A law around what is written follows the swept value; one with a centre or values of its own would hide it. */
static void refuse_drawn(const rlp_variability_t *drawn, const char *section, const rlp_node_t *item, const rlp_swept_t *swept, rlp_diagnostics_t *wrong) {
    for (size_t s = 0; s < drawn->n; s++) {
        const rlp_spread_t *spread = &drawn->spreads[s];
        bool own = isfinite(spread->centre) || spread->law == RLP_LAW_UNIFORM || spread->law == RLP_LAW_BERNOULLI;
        for (size_t k = 0; k < spread->n && own; k++)
            if (spread->rows[k] == swept->parameter)
                ERROR(item->key_place, "'%s' is drawn by `%s:` with values of its own, which a sweep would not move; a lognormal, normal or logitnormal law without `%s:` has the swept value for its centre",
                      swept->path, section, spread->law == RLP_LAW_NORMAL ? "mean" : "median");
    }
}

static int read_paths(rlp_study_t *study, const rlp_node_t *map, rlp_diagnostics_t *wrong) {
    int rc = RLP_OK;
    for (size_t p = 0; p < study->sweep.n_paths && !rc; p++) {
        rlp_swept_t *swept = &study->sweep.paths[p];
        const rlp_node_t *item = rlp_node_member(map, swept->path);
        if (swept->parameter == RLP_NONE) continue;
        refuse_drawn(&study->variability, "variability", item, swept, wrong);
        refuse_drawn(&study->uncertain.of, "uncertain", item, swept, wrong);
        if (item->kind == RLP_NODE_LIST) rc = read_values(study, item, swept, wrong);
    }
    return rc;
}

static void count_cells(rlp_study_t *study, const rlp_node_t *map, rlp_diagnostics_t *wrong) {
    rlp_sweep_t *sweep = &study->sweep;
    double cells = 1;
    for (size_t p = 0; p < sweep->n_paths; p++) cells *= (double)sweep->paths[p].n;
    if (cells > CELLS_MAX)
        ERROR(map->key_place, "%g cells are more than a sweep may have, %d: every one is lived by the whole cohort", cells, CELLS_MAX);
    else
        sweep->n_cells = (size_t)cells;
}

/* ---- the arm ------------------------------------------------------------------------------------------------------------------------- */
/* The name of the arm that a path is in ("arms.NAME.", where a name may hold points), or false. */
static bool arm_of_path(const rlp_study_t *study, const char *path, rlp_text_t *name) {
    if (strncmp(path, "arms.", 5)) return false;
    for (const char *at = strchr(path + 5, '.'); at; at = strchr(at + 1, '.')) {
        rlp_text_clear(name);
        rlp_text_add_bytes(name, path + 5, (size_t)(at - path - 5));
        if (!name->error && study_find_arm(study, rlp_text_string(name)) != RLP_NONE) return true;
    }
    return false;
}

/* The arm that all paths within arms are in; of each path that is in another one an error. False: no path is in an arm. */
static bool arm_of_paths(const rlp_study_t *study, const rlp_node_t *map, rlp_text_t *found, rlp_diagnostics_t *wrong) {
    rlp_text_t name;
    bool any = false;
    rlp_text_init(&name);
    for (size_t p = 0; p < study->sweep.n_paths; p++) {
        if (!arm_of_path(study, study->sweep.paths[p].path, &name)) continue;
        if (any && strcmp(rlp_text_string(found), rlp_text_string(&name)))
            ERROR(rlp_node_member(map, study->sweep.paths[p].path)->key_place, "paths are in arm '%s' and in arm '%s': say with `arm:` which one is swept", rlp_text_string(found),
                  rlp_text_string(&name));
        else if (!any)
            rlp_text_add(found, rlp_text_string(&name));
        any = true;
    }
    if (name.error) found->error = name.error;
    rlp_text_free(&name);
    return any;
}

static int find_arm(rlp_study_t *study, const rlp_node_t *map, rlp_diagnostics_t *wrong) {
    const rlp_node_t *given = rlp_node_member(map, "arm");
    size_t errors = rlp_diagnostics_errors(wrong);
    rlp_text_t name;
    rlp_text_init(&name);
    study->sweep.arm = RLP_NONE;
    if (given)
        study->sweep.arm = given->kind == RLP_NODE_SCALAR ? survey_task(study, given->text, given->place, wrong) : RLP_NONE;
    else if (arm_of_paths(study, map, &name, wrong))
        study->sweep.arm = survey_task(study, rlp_text_string(&name), map->key_place, wrong);
    else if (study->n_arms == 1)
        study->sweep.arm = 0;
    else
        ERROR(map->key_place, "no swept path is in an arm, and there are %zu arms: say with `arm:` which one is swept", study->n_arms);
    if (study->sweep.arm == RLP_NONE && rlp_diagnostics_errors(wrong) == errors) WARNING(map->key_place, "--arm leaves out the arm that is swept: there is no sweep");
    int rc = name.error;
    rlp_text_free(&name);
    return rc;
}

/* ---- the section ----------------------------------------------------------------------------------------------------------------------- */
int study_sweep_read(rlp_study_t *study, const rlp_node_t *map, rlp_diagnostics_t *wrong) {
    rlp_sweep_t *sweep = &study->sweep;
    size_t errors = rlp_diagnostics_errors(wrong);
    if (map->kind != RLP_NODE_MAP) return RLP_OK; /* complained of already */
    int rc = find_paths(study, map, wrong);
    if (!rc) rc = check_keys(study, map, wrong);
    if (!rc) rc = read_paths(study, map, wrong);
    if (!rc && !sweep->n_paths) ERROR(map->key_place, "a sweep names one or more numbers by their path, with a list of values each, as in `drugs.NAME.dose: [100 mg, 200 mg]`");
    if (!rc) rc = find_arm(study, map, wrong);
    if (rc) return rc;
    (void)rlp_read_word(map, SWEEP_KEYS, N_SWEEP_KEYS, "measure", wrong);
    sweep->endpoint = survey_endpoint(study, map, SWEEP_KEYS, N_SWEEP_KEYS, wrong);
    sweep->horizon_days = survey_horizon(study, map, SWEEP_KEYS, N_SWEEP_KEYS, study->trial.follow_up_days, wrong);
    if (rlp_diagnostics_errors(wrong) == errors) count_cells(study, map, wrong);
    sweep->asked = rlp_diagnostics_errors(wrong) == errors && sweep->arm != RLP_NONE;
    return RLP_OK;
}

size_t rlp_sweep_at(const rlp_sweep_t *sweep, size_t cell, size_t path) {
    for (size_t p = sweep->n_paths; --p > path;) cell /= sweep->paths[p].n;
    return cell % sweep->paths[path].n;
}

void rlp_sweep_words(const rlp_study_t *study, size_t cell, rlp_text_t *out) {
    const rlp_sweep_t *sweep = &study->sweep;
    for (size_t p = 0; p < sweep->n_paths; p++) {
        const char *unit = rlp_dimension_unit(study->parameters.rows[sweep->paths[p].parameter].dimension);
        rlp_text_format(out, "%s%s %.6g%s%s", p ? ", " : "", sweep->paths[p].path, sweep->paths[p].values[rlp_sweep_at(sweep, cell, p)], *unit ? " " : "", unit);
    }
}

/* ---- the cells --------------------------------------------------------------------------------------------------------------------------- */
/* Do all values of a path give one task, whatever the other values are? */
static bool is_felt(const rlp_sweep_t *sweep, size_t path) {
    size_t stride = 1;
    for (size_t p = path + 1; p < sweep->n_paths; p++) stride *= sweep->paths[p].n;
    for (size_t c = 0; c < sweep->n_cells; c++)
        if (sweep->cells[c] != sweep->cells[c - rlp_sweep_at(sweep, c, path) * stride]) return true;
    return sweep->paths[path].n == 1;
}

int study_sweep_expand(rlp_study_t *study, const rlp_node_t *map, rlp_diagnostics_t *wrong) {
    rlp_sweep_t *sweep = &study->sweep;
    size_t *number = NULL;
    double *value = NULL;
    if (!sweep->asked) return RLP_OK;
    int rc = RLP_NEW(sweep->cells, sweep->n_cells);
    if (!rc) rc = RLP_NEW(number, sweep->n_paths);
    if (!rc) rc = RLP_NEW(value, sweep->n_paths);
    for (size_t c = 0; c < sweep->n_cells && !rc; c++) {
        for (size_t p = 0; p < sweep->n_paths; p++) {
            number[p] = sweep->paths[p].parameter;
            value[p] = sweep->paths[p].values[rlp_sweep_at(sweep, c, p)];
        }
        rc = rlp_study_task(study, study->tasks[sweep->arm].arm, sweep->n_paths, number, value, 0, &sweep->cells[c]);
    }
    free(number);
    free(value);
    for (size_t p = 0; p < sweep->n_paths && !rc; p++)
        if (!is_felt(sweep, p))
            WARNING(rlp_node_member(map, sweep->paths[p].path)->key_place, "nobody in arm '%s' can feel '%s': all its values give the same lives", rlp_study_arm_name(study, sweep->arm),
                    sweep->paths[p].path);
    return rc;
}

static void refuse_cell(const rlp_study_t *study, const rlp_node_t *map, size_t cell, rlp_diagnostics_t *wrong) {
    rlp_text_t words;
    rlp_text_init(&words);
    rlp_sweep_words(study, cell, &words);
    ERROR(map->key_place, "a cell of the sweep (%s) makes no process: %s", rlp_text_string(&words), rlp_fail_message());
    rlp_text_free(&words);
}

/* Numbers that are in their ranges one by one may still make no treatment together, or a rate out of its range: said before anything runs, once. */
int study_sweep_compile(const rlp_study_t *study, const rlp_node_t *map, rlp_diagnostics_t *wrong) {
    const rlp_sweep_t *sweep = &study->sweep;
    double *values;
    if (!sweep->asked) return RLP_OK;
    int rc = RLP_NEW(values, study->parameters.n);
    for (size_t c = 0; c < sweep->n_cells && !rc; c++) {
        rlp_process_t process;
        rlp_trial_t trial = study->trial;
        rlp_study_written(study, study->tasks[sweep->cells[c]].setting, values);
        trial.written = values;
        rc = rlp_life_compile(&trial, study->tasks[sweep->arm].arm, 0, &process);
        if (!rc)
            rlp_process_free(&process);
        else if (rc != RLP_ERROR_MEMORY && rc != RLP_ERROR_INTERNAL) {
            refuse_cell(study, map, c, wrong);
            rc = RLP_OK;
            break;
        }
    }
    free(values);
    return rc;
}

void study_sweep_free(rlp_study_t *study) {
    rlp_sweep_t *sweep = &study->sweep;
    for (size_t p = 0; sweep->paths && p < sweep->n_paths; p++) {
        free(sweep->paths[p].path);
        free(sweep->paths[p].values);
    }
    free(sweep->paths);
    free(sweep->cells);
}
