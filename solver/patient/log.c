/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The log of a life: its events in order of time, up to its end. At one instant what was planned and done comes first, then progression, then what rules do,
 * then death: so what is planned is told when something else happens, or at a visit, or at the end, and before it. */
#include <math.h>
#include <string.h>

#include "path.h"

/* Progression, second progression, death. */
#define ENDINGS 3

size_t rlp_life_most_events(const rlp_trial_t *trial, size_t arm) {
    if (trial->process) return ENDINGS + rlp_process_model_events(trial->process, arm, NULL, NULL, 0);
    return ENDINGS + rlp_tumour_most_planned(trial->tumour, arm) + life_rules_most_events(trial, arm);
}

size_t rlp_life_most_visits(const rlp_trial_t *trial) {
    const rlp_progression_t *p = &trial->endpoints->progression;
    if (p->form == RLP_PROGRESSION_NONE || !(p->every_days > 0)) return 0;
    double visits = floor(trial->follow_up_days / p->every_days * (1 + 1e-9)); /* one within rounding of the end is at it */
    return (size_t)visits * trial->endpoints->n_lesions;
}

void life_tell(life_path_t *path, double t_days, rlp_event_kind_t kind, size_t what, uint32_t reason) {
    rlp_told_t *told = path->told;
    RLP_INVARIANT(told->n_events < path->course->most_events);
    if (told->events) told->events[told->n_events] = (rlp_event_t){.t_days = t_days, .kind = kind, .what = (uint32_t)what, .reason = reason};
    path->outcome->n_events = (uint32_t)++told->n_events;
    if (kind != RLP_EVENT_DO) return;
    path->outcome->treatments++;
    life_rules_done(path, what, t_days);
}

/* A planned event names what it is about; the log numbers it. */
static size_t number_of(const rlp_tumour_t *model, const rlp_planned_t *planned) {
    size_t k = 0;
    if (!model) return 0;
    if (planned->kind == RLP_EVENT_DO)
        while (strcmp(rlp_tumour_intervention_name(model, k), planned->what)) k++;
    else
        while (strcmp(rlp_tumour_drug_name(model, k), planned->what)) k++;
    return k;
}

void life_tell_planned(life_path_t *path, double t_days) {
    size_t n;
    const rlp_planned_t *planned = life_course_planned(path->course, &n);
    for (; path->next_planned < n && planned[path->next_planned].t_days <= t_days; path->next_planned++) {
        const rlp_planned_t *p = &planned[path->next_planned];
        life_tell(path, p->t_days, p->kind, number_of(path->life->trial->tumour, p), life_rules_reason(path, p->act));
    }
}

void life_tell_visit(life_path_t *path, const rlp_look_t *look) {
    const rlp_life_t *life = path->life;
    const rlp_endpoints_t *e = life->trial->endpoints;
    rlp_told_t *told = path->told;
    for (size_t g = 0; g < e->n_lesions; g++) {
        rlp_group_t group;
        rlp_lesions_tell(e, g, &life->state, &path->course->process, &group);
        RLP_INVARIANT(told->n_visits < life->most_visits);
        told->visits[told->n_visits++] = (rlp_visit_t){.t_days = life->state.t_days, .viable_cells = group.viable_cells, .size_cells = group.size_cells,
                                                       .diameter_mm = group.diameter_mm, .lesions = (uint32_t)g, .response = look->response};
    }
}
