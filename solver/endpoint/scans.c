/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Endpoints at work: watches for engines; verdicts and responses at visits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/endpoint.h"
#include "relapse/memory.h"

/* RECIST 1.1 (Eisenhauer et al., Eur. J. Cancer 45:228, 2009). */
#define RECIST_FACTOR 1.2
#define RECIST_MORE_MM 5.0
#define PARTIAL_RESPONSE 0.7

const char *rlp_reason_name(rlp_reason_t reason) {
    static const char *const NAMES[] = {"", "burden", "growth", "new lesion", "untreatable"};
    return NAMES[reason];
}

const char *rlp_response_name(rlp_response_t response) {
    static const char *const NAMES[] = {"NE", "PD", "SD", "PR", "CR"};
    return NAMES[response];
}

static rlp_watch_t progression_watch(const rlp_endpoints_t *e, const rlp_progression_t *p) {
    static const rlp_watch_rule_t RULES[] = {RLP_WATCH_LEVEL, RLP_WATCH_LEVEL, RLP_WATCH_RELATIVE, RLP_WATCH_SPHERE};
    return (rlp_watch_t){.of = p->of, .with_dead = p->diameters == RLP_MEASURE_SIZE, .rule = RULES[p->form], .level = p->level, .factor = p->factor,
                         .minimum = p->minimum_cells, .cells_per_mm3 = e->cells_per_mm3};
}

bool rlp_endpoint_watch_progression(const rlp_endpoints_t *e, rlp_watch_t *watch) {
    if (e->progression.form == RLP_PROGRESSION_NONE || e->progression.every_days > 0) return false;
    *watch = progression_watch(e, &e->progression);
    return true;
}

bool rlp_endpoint_watch_death(const rlp_endpoints_t *e, rlp_watch_t *watch) {
    if (!e->death.present) return false;
    *watch = (rlp_watch_t){.of = e->death.of, .with_dead = e->death.measure == RLP_MEASURE_SIZE, .rule = RLP_WATCH_LEVEL, .level = e->death.level};
    return true;
}

/* ---- one patient's scans --------------------------------------------------------------------------------------------------- */
static int init_by(rlp_scans_t *scans, const rlp_endpoints_t *e, const rlp_progression_t *by) {
    memset(scans, 0, sizeof *scans);
    scans->endpoints = e;
    scans->by = by;
    scans->watch = progression_watch(e, by);
    return RLP_NEW(scans->seen, e->n_lesions);
}

int rlp_scans_init(rlp_scans_t *scans, const rlp_endpoints_t *e) {
    int rc = init_by(scans, e, &e->progression);
    if (rc || e->second.form == RLP_PROGRESSION_NONE) return rc;
    rc = RLP_NEW(scans->second, 1);
    return rc ? rc : init_by(scans->second, e, &e->second);
}

void rlp_scans_free(rlp_scans_t *scans) {
    if (scans->second) rlp_scans_free(scans->second);
    free(scans->second);
    free(scans->seen);
    memset(scans, 0, sizeof *scans);
}

void rlp_scans_turn(rlp_scans_t *scans) {
    scans->watch = progression_watch(scans->endpoints, scans->by);
    if (scans->second) rlp_scans_turn(scans->second);
}

static double group_mm(const rlp_endpoints_t *e, const rlp_progression_t *by, size_t group, const rlp_state_t *state, const rlp_process_t *p) {
    const rlp_lesions_t *lesions = &e->lesions[group];
    double cells = 0;
    for (size_t i = 0; i < p->n_types; i++) {
        if (!lesions->of[i] || !by->of[i]) continue;
        cells += (double)state->cells[i];
        if (by->diameters == RLP_MEASURE_SIZE) cells += rlp_state_dead(state, p, i, state->t_days);
    }
    return lesions->lesions * rlp_sphere_diameter_mm(cells / lesions->lesions, e->cells_per_mm3);
}

double rlp_lesions_diameter_mm(const rlp_endpoints_t *e, size_t group, const rlp_state_t *state, const rlp_process_t *p) {
    return group_mm(e, &e->progression, group, state, p);
}

void rlp_lesions_tell(const rlp_endpoints_t *e, size_t group, const rlp_state_t *state, const rlp_process_t *p, rlp_group_t *told) {
    double dead = 0;
    *told = (rlp_group_t){.diameter_mm = rlp_lesions_diameter_mm(e, group, state, p)};
    for (size_t i = 0; i < p->n_types; i++) {
        if (!e->lesions[group].of[i]) continue;
        told->viable_cells += (double)state->cells[i];
        dead += rlp_state_dead(state, p, i, state->t_days);
    }
    told->size_cells = told->viable_cells + dead;
}

/* What a look at all lesions finds; a group is seen from `visible` per lesion on. */
typedef struct {
    double sum_mm; /* of the lesions seen so far */
    bool is_new;   /* one was seen for the first time */
    bool gone;     /* every lesion is below `visible` now; visible 0: nothing is left */
} found_t;

static found_t look_at_lesions(rlp_scans_t *scans, const rlp_state_t *state, const rlp_process_t *p) {
    const rlp_endpoints_t *e = scans->endpoints;
    found_t found = {.gone = true};
    for (size_t g = 0; g < e->n_lesions; g++) {
        double diameter = group_mm(e, scans->by, g, state, p), visible = scans->by->visible_mm * e->lesions[g].lesions;
        if (!scans->seen[g] && diameter >= visible) scans->seen[g] = found.is_new = true;
        if (scans->seen[g]) found.sum_mm += diameter;
        if (diameter > 0 && diameter >= visible) found.gone = false;
    }
    return found;
}

/* As if nothing had been seen before. */
static void begin(rlp_scans_t *scans, const rlp_state_t *state, const rlp_process_t *p) {
    memset(scans->seen, 0, scans->endpoints->n_lesions * sizeof *scans->seen);
    scans->progressed = false;
    scans->best_response = RLP_RESPONSE_NE;
    scans->best_change_percent = NAN;
    if (scans->by->form == RLP_PROGRESSION_NONE) return;
    scans->nadir_mm = scans->baseline_mm = look_at_lesions(scans, state, p).sum_mm;
    rlp_watch_start(&scans->watch, rlp_watch_measure(&scans->watch, state, p));
}

void rlp_scans_baseline(rlp_scans_t *scans, const rlp_state_t *state, const rlp_process_t *p) { begin(scans, state, p); }

/* Has the disease grown by the rule of these scans? */
static rlp_reason_t verdict(rlp_scans_t *scans, const found_t *found, const rlp_state_t *state, const rlp_process_t *p) {
    rlp_progression_form_t form = scans->by->form;
    if (form != RLP_PROGRESSION_RECIST) {
        if (!rlp_watch_sees(&scans->watch, rlp_watch_measure(&scans->watch, state, p))) return RLP_REASON_NONE;
        return form == RLP_PROGRESSION_BURDEN ? RLP_REASON_BURDEN : RLP_REASON_GROWTH;
    }
    if (found->is_new) return RLP_REASON_NEW_LESION;
    if (found->sum_mm < scans->nadir_mm) scans->nadir_mm = found->sum_mm;
    return found->sum_mm >= RECIST_FACTOR * scans->nadir_mm && found->sum_mm >= scans->nadir_mm + RECIST_MORE_MM ? RLP_REASON_GROWTH : RLP_REASON_NONE;
}

static rlp_response_t response_of(const rlp_scans_t *scans, const found_t *found, bool grown) {
    if (scans->progressed || grown) return RLP_RESPONSE_PD;
    if (!(scans->baseline_mm > 0)) return RLP_RESPONSE_NE;
    if (found->gone) return RLP_RESPONSE_CR;
    return found->sum_mm <= PARTIAL_RESPONSE * scans->baseline_mm ? RLP_RESPONSE_PR : RLP_RESPONSE_SD;
}

/* One look by the rule of these scans alone. */
static rlp_look_t look_by_rule(rlp_scans_t *scans, const rlp_state_t *state, const rlp_process_t *p) {
    found_t found = look_at_lesions(scans, state, p);
    rlp_reason_t grown = verdict(scans, &found, state, p);
    rlp_look_t look = {.response = response_of(scans, &found, grown != RLP_REASON_NONE), .diameter_mm = found.sum_mm,
                       .change_percent = scans->baseline_mm > 0 ? 100 * (found.sum_mm / scans->baseline_mm - 1) : NAN};
    if (scans->progressed) return look;
    if (look.response > scans->best_response) scans->best_response = look.response;
    scans->best_change_percent = fmin(scans->best_change_percent, look.change_percent); /* fmin leaves NaN aside */
    if (scans->by->measure != RLP_MEASURE_UNTREATABLE) look.reason = grown;
    return look;
}

void rlp_scans_progressed(rlp_scans_t *scans, const rlp_state_t *state, const rlp_process_t *p) {
    scans->progressed = true;
    if (scans->second) begin(scans->second, state, p);
}

rlp_reason_t rlp_scans_visit(rlp_scans_t *scans, const rlp_state_t *state, const rlp_process_t *p, rlp_look_t *out) {
    rlp_look_t look = {.change_percent = NAN};
    if (scans->by->form != RLP_PROGRESSION_NONE) {
        if (scans->progressed && scans->second) {
            look = look_by_rule(scans->second, state, p);
            look.second = look.reason;
            look.reason = RLP_REASON_NONE;
            if (look.second != RLP_REASON_NONE) scans->second->progressed = true;
        } else {
            look = look_by_rule(scans, state, p);
            if (look.reason != RLP_REASON_NONE) rlp_scans_progressed(scans, state, p);
        }
    }
    if (out) *out = look;
    return look.reason;
}
