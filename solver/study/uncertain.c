/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What nobody knows: laws as of variability, but one draw for a whole cohort, S times over.
 *
 * Latin hypercube (McKay, Beckman & Conover 1979): u[d][k] = (pi_k(d) + U_kd) / S, pi_k a random order of 0 .. S - 1, so that each path has one draw in each of S equal slices
 * of probability, whatever S is. Order and U are of a stream keyed by (seed, path): a new path never shifts the draws of another. */
#include "uncertain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "relapse/stream.h"

#define ERROR(...) rlp_diagnose(wrong, RLP_DIAGNOSTIC_ERROR, __VA_ARGS__)
#define WARNING(...) rlp_diagnose(wrong, RLP_DIAGNOSTIC_WARNING, __VA_ARGS__)
#define NOBODY 0 /* patients are numbered from 1 */

/* ---- the hypercube --------------------------------------------------------------------------------------------------------------------- */
static void draw_path(uint64_t seed, uint64_t purpose, size_t draws, size_t *order, double *u, size_t stride) {
    rlp_stream_t stream;
    rlp_stream_init(&stream, seed, NOBODY, purpose);
    for (size_t d = 0; d < draws; d++) { /* Fisher & Yates, from the inside out */
        size_t at = (size_t)(rlp_stream_uniform(&stream) * (double)(d + 1));
        order[d] = order[at];
        order[at] = d;
    }
    for (size_t d = 0; d < draws; d++) {
        double low = (double)order[d] / (double)draws, high = (double)(order[d] + 1) / (double)draws;
        u[d * stride] = fmin(low + rlp_stream_uniform(&stream) * (high - low), nextafter(high, low));
    }
}

static int draw_all(rlp_uncertain_t *uncertain, uint64_t seed) {
    size_t n = uncertain->of.n, *order = NULL;
    int rc = RLP_NEW(uncertain->drawn, uncertain->draws * n);
    if (!rc) rc = RLP_NEW(order, uncertain->draws);
    for (size_t k = 0; k < n && !rc; k++) draw_path(seed, uncertain->of.spreads[k].purposes[0], uncertain->draws, order, uncertain->drawn + k, n);
    free(order);
    return rc;
}

/* ---- patterns with a draw for each number ---------------------------------------------------------------------------------------------- */
static int copy_one(const rlp_spread_t *from, size_t k, const rlp_parameters_t *parameters, rlp_spread_t *to) {
    *to = *from;
    to->path = NULL;
    to->rows = NULL;
    to->purposes = NULL;
    to->n = 1;
    int rc = rlp_memory_copy_text(&to->path, parameters->rows[from->rows[k]].path);
    if (!rc) rc = RLP_NEW(to->rows, 1);
    if (!rc) rc = RLP_NEW(to->purposes, 1);
    if (rc) return rc;
    to->rows[0] = from->rows[k];
    to->purposes[0] = from->purposes[k];
    return rc;
}

/* Each number of a pattern with `draw: each` is a path of its own. */
static int take_apart(rlp_variability_t *of, const rlp_parameters_t *parameters) {
    rlp_variability_t apart = {0};
    size_t n = 0;
    int rc = RLP_OK;
    for (size_t s = 0; s < of->n; s++) n += of->spreads[s].each ? of->spreads[s].n : 1;
    if (n == of->n) return RLP_OK;
    rc = RLP_NEW(apart.spreads, n);
    for (size_t s = 0; s < of->n && !rc; s++) {
        rlp_spread_t *spread = &of->spreads[s];
        for (size_t k = 0; spread->each && k < spread->n && !rc; k++) rc = copy_one(spread, k, parameters, &apart.spreads[apart.n++]);
        if (spread->each) continue;
        apart.spreads[apart.n++] = *spread;
        *spread = (rlp_spread_t){0};
    }
    rlp_variability_free(rc ? &apart : of);
    if (!rc) *of = apart;
    return rc;
}

/* ---- reading --------------------------------------------------------------------------------------------------------------------------- */
/* The path of variability that draws a row, or NULL. */
static const char *varied_by(const rlp_variability_t *v, size_t row) {
    for (size_t s = 0; s < v->n; s++)
        for (size_t k = 0; k < v->spreads[s].n; k++)
            if (v->spreads[s].rows[k] == row) return v->spreads[s].path;
    return NULL;
}

/* A number is drawn for each patient or for the cohort: what would its median be else? */
static void refuse_varied(const rlp_study_t *study, const rlp_node_t *cohort, const rlp_node_t *map, rlp_diagnostics_t *wrong) {
    const rlp_variability_t *of = &study->uncertain.of;
    const rlp_node_t *variability = rlp_node_member(cohort, "variability");
    for (size_t s = 0; s < of->n; s++)
        for (size_t k = 0; k < of->spreads[s].n; k++) {
            const char *path = study->parameters.rows[of->spreads[s].rows[k]].path, *by = varied_by(&study->variability, of->spreads[s].rows[k]);
            const rlp_node_t *there = by ? rlp_node_member(variability, by) : NULL;
            if (!there) continue;
            ERROR(map->items[s]->key_place, "'%s' is uncertain here, and `variability:` draws it for each patient ('%s', line %zu): a number is one or the other", path, by,
                  (size_t)there->key_place.line);
        }
}

int uncertain_read(rlp_study_t *study, const rlp_node_t *root, const rlp_key_t *keys, size_t n_keys, rlp_diagnostics_t *wrong) {
    rlp_uncertain_t *uncertain = &study->uncertain;
    const rlp_node_t *cohort = rlp_node_member(root, "cohort"), *map = cohort ? rlp_node_member(cohort, "uncertain") : NULL, *draws = cohort ? rlp_node_member(cohort, "draws") : NULL;
    size_t errors = rlp_diagnostics_errors(wrong);
    if (!map && !draws) return RLP_OK;
    size_t asked = draws ? (size_t)rlp_read_whole(cohort, keys, n_keys, "draws", wrong) : 0;
    int rc = rlp_variability_read(map, &study->parameters, wrong, &uncertain->of);
    if (rc) return rc;
    refuse_varied(study, cohort, map, wrong);
    if (draws && (!map || (map->kind == RLP_NODE_MAP && !map->n_items))) ERROR(draws->key_place, "`draws:` without `uncertain:`: there is nothing to draw");
    if (map && map->n_items && !draws) WARNING(map->key_place, "`uncertain:` without `draws:`: nothing is drawn, and every number is as written; say how often with `draws: 100`");
    if (rlp_diagnostics_errors(wrong) > errors) return RLP_OK;
    rc = take_apart(&uncertain->of, &study->parameters);
    uncertain->draws = asked;
    return rc || !asked ? rc : draw_all(uncertain, study->seed);
}

void uncertain_warn(const rlp_study_t *study, const rlp_node_t *root, rlp_diagnostics_t *wrong) {
    const rlp_node_t *draws = rlp_node_at(root, "cohort.draws");
    bool asked = study->n_arms > 1 || study->synergy.asked || study->attribution.asked || study->sweep.asked; /* strata compare arms */
    if (study->uncertain.draws && !asked) WARNING(draws ? draws->key_place : root->place, "one arm and no question: draws.csv will hold nothing; compare arms, or ask for a sweep");
}

void uncertain_free(rlp_study_t *study) {
    free(study->uncertain.drawn);
    rlp_variability_free(&study->uncertain.of);
}
