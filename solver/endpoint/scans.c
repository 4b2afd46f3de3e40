/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Endpoints at work: watches for engines, verdicts at visits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/endpoint.h"
#include "relapse/memory.h"

/* RECIST 1.1 (Eisenhauer et al., Eur. J. Cancer 45:228, 2009). */
#define RECIST_FACTOR 1.2
#define RECIST_MORE_MM 5.0

const char *rlp_reason_name(rlp_reason_t reason) {
    static const char *const NAMES[] = {"", "burden", "growth", "new lesion"};
    return NAMES[reason];
}

static rlp_watch_t progression_watch(const rlp_endpoints_t *e) {
    static const rlp_watch_rule_t RULES[] = {RLP_WATCH_LEVEL, RLP_WATCH_LEVEL, RLP_WATCH_RELATIVE, RLP_WATCH_SPHERE};
    const rlp_progression_t *p = &e->progression;
    return (rlp_watch_t){.of = p->of, .with_dead = p->measure == RLP_MEASURE_SIZE, .rule = RULES[p->form], .level = p->level, .factor = p->factor,
                         .minimum = p->minimum_cells, .cells_per_mm3 = e->cells_per_mm3};
}

bool rlp_endpoint_watch_progression(const rlp_endpoints_t *e, rlp_watch_t *watch) {
    if (e->progression.form == RLP_PROGRESSION_NONE || e->progression.every_days > 0) return false;
    *watch = progression_watch(e);
    return true;
}

bool rlp_endpoint_watch_death(const rlp_endpoints_t *e, rlp_watch_t *watch) {
    if (!e->death.present) return false;
    *watch = (rlp_watch_t){.of = e->death.of, .with_dead = e->death.measure == RLP_MEASURE_SIZE, .rule = RLP_WATCH_LEVEL, .level = e->death.level};
    return true;
}

int rlp_scans_init(rlp_scans_t *scans, const rlp_endpoints_t *e) {
    memset(scans, 0, sizeof *scans);
    scans->endpoints = e;
    scans->watch = progression_watch(e);
    return RLP_NEW(scans->seen, e->n_lesions);
}

void rlp_scans_free(rlp_scans_t *scans) {
    free(scans->seen);
    memset(scans, 0, sizeof *scans);
}

double rlp_lesions_diameter_mm(const rlp_endpoints_t *e, size_t group, const rlp_state_t *state, const rlp_process_t *p) {
    const rlp_lesions_t *lesions = &e->lesions[group];
    double cells = 0;
    for (size_t i = 0; i < p->n_types; i++) {
        if (!lesions->of[i] || !e->progression.of[i]) continue;
        cells += (double)state->cells[i];
        if (e->progression.measure == RLP_MEASURE_SIZE) cells += rlp_state_dead(state, p, i, state->t_days);
    }
    return lesions->lesions * rlp_sphere_diameter_mm(cells / lesions->lesions, e->cells_per_mm3);
}

/* Sum of the diameters of lesions seen so far; a group is seen from `visible` per lesion on. *is_new: one was seen for the first time. */
static double sum_of_diameters(rlp_scans_t *scans, const rlp_state_t *state, const rlp_process_t *p, bool *is_new) {
    const rlp_endpoints_t *e = scans->endpoints;
    double sum = 0;
    *is_new = false;
    for (size_t g = 0; g < e->n_lesions; g++) {
        double diameter = rlp_lesions_diameter_mm(e, g, state, p);
        if (!scans->seen[g] && diameter >= e->progression.visible_mm * e->lesions[g].lesions) scans->seen[g] = *is_new = true;
        if (scans->seen[g]) sum += diameter;
    }
    return sum;
}

void rlp_scans_baseline(rlp_scans_t *scans, const rlp_state_t *state, const rlp_process_t *p) {
    bool is_new;
    memset(scans->seen, 0, scans->endpoints->n_lesions * sizeof *scans->seen);
    if (scans->endpoints->progression.form == RLP_PROGRESSION_NONE) return;
    scans->nadir_mm = scans->baseline_mm = sum_of_diameters(scans, state, p, &is_new);
    rlp_watch_start(&scans->watch, rlp_watch_measure(&scans->watch, state, p));
}

rlp_reason_t rlp_scans_visit(rlp_scans_t *scans, const rlp_state_t *state, const rlp_process_t *p) {
    rlp_progression_form_t form = scans->endpoints->progression.form;
    bool is_new;
    if (form == RLP_PROGRESSION_NONE) return RLP_REASON_NONE;
    if (form != RLP_PROGRESSION_RECIST) {
        if (!rlp_watch_sees(&scans->watch, rlp_watch_measure(&scans->watch, state, p))) return RLP_REASON_NONE;
        return form == RLP_PROGRESSION_BURDEN ? RLP_REASON_BURDEN : RLP_REASON_GROWTH;
    }
    double sum = sum_of_diameters(scans, state, p, &is_new);
    if (is_new) return RLP_REASON_NEW_LESION;
    if (sum < scans->nadir_mm) scans->nadir_mm = sum;
    return sum >= RECIST_FACTOR * scans->nadir_mm && sum >= scans->nadir_mm + RECIST_MORE_MM ? RLP_REASON_GROWTH : RLP_REASON_NONE;
}
