/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which rows cannot do anything in an arm, whoever the patient is: they are not evaluated there, and signals that nothing moves have no
 * equation. It is the least set of movers that is closed under
 *
 *   a drug moves that is given (or to whose level an arrow adds that acts), an intervention that is done
 *   a signal moves that such an intervention makes jump, or at which an arrow is aimed that acts
 *   an arrow changes whose source moves, or whose row is aimed at by an arrow that changes; but a factor on a summand that is 0 leaves it 0
 *   an arrow acts that changes; or that is not neutral at rest (0 as a summand, 1 as a factor), or whose row is aimed at by an arrow that
 *   acts, if it does not count above rest only
 *
 * Neutral at rest must hold for all values that the numbers may have: what is not sure acts. */
#include "compile.h"
#include "relapse/memory.h"

/* law(x) at rest is 0, or 1 of a factor. Ranges see to it for exp (floor at most 1) and hill (power above 0). */
static bool rests(const tumour_row_t *row, tumour_source_kind_t source) {
    bool has_unit = source == SOURCE_LEVEL || source == SOURCE_DAYS_ON;
    if (row->origin != NO_PARAMETER || source == SOURCE_ALWAYS) return false;
    switch (row->law) {
    case LAW_LINEAR:
    case LAW_FACTOR:
    case LAW_INVERSE:
    case LAW_EXP:
    case LAW_HILL: return true;
    case LAW_THRESHOLD: return has_unit; /* then `at` is above 0 */
    case LAW_WINDOW: return row->window != NO_PARAMETER;
    default: return false;
    }
}

/* Rows may add to the level of a drug that nobody is given. */
static bool level_moves(const rlp_environment_t *e, size_t drug) {
    const rlp_tumour_t *m = e->model;
    for (size_t a = 0; a < m->n_arrows; a++) {
        tumour_target_t target = m->arrows[a].target;
        if (e->arrow_on[a] && target.kind == TARGET_LEVEL && target.index == drug && !m->rows[m->arrows[a].row].multiplies) return true;
    }
    return e->drug_given[drug];
}

static bool source_moves(const rlp_environment_t *e, tumour_source_t source) {
    switch (source.kind) {
    case SOURCE_SIGNAL: return e->signal_moves[source.index];
    case SOURCE_INTERVENTION: return e->done[source.index];
    case SOURCE_ALWAYS: return false;
    case SOURCE_LEVEL:
    case SOURCE_OCCUPANCY: return level_moves(e, source.index);
    default: return e->drug_given[source.index];
    }
}

/* Is an arrow that `moves` aimed at the row, and can it be felt? A factor on a summand that is 0 cannot. */
static bool is_aimed_at(const rlp_environment_t *e, size_t arrow, const bool *moves) {
    const rlp_tumour_t *m = e->model;
    const tumour_arrow_t *a = &m->arrows[arrow];
    bool nothing = rests(&m->rows[a->row], a->source.kind) && !m->rows[a->row].is_factor && !source_moves(e, a->source);
    for (size_t b = 0; b < m->n_arrows; b++) {
        if (!moves[b] || m->arrows[b].target.kind != TARGET_ROW || m->arrows[b].target.index != a->row) continue;
        if (!(nothing && m->rows[m->arrows[b].row].multiplies)) return true;
    }
    return false;
}

static bool changes(const rlp_environment_t *e, size_t arrow) {
    return source_moves(e, e->model->arrows[arrow].source) || is_aimed_at(e, arrow, e->arrow_changes);
}

static bool acts(const rlp_environment_t *e, size_t arrow) {
    const tumour_arrow_t *a = &e->model->arrows[arrow];
    const tumour_row_t *row = &e->model->rows[a->row];
    if (a->target.kind == TARGET_JUMP) return e->done[a->source.index];
    return e->arrow_changes[arrow] || (!row->above_rest && (!rests(row, a->source.kind) || is_aimed_at(e, arrow, e->arrow_on)));
}

int tumour_silence(rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    int rc = RLP_NEW(e->signal_moves, m->n_signals);
    if (!rc) rc = RLP_NEW(e->arrow_changes, m->n_arrows);
    if (rc) return rc;
    for (size_t i = 0; i < m->n_interventions; i++)
        for (size_t k = 0; k < m->interventions[i].n_pushes && e->done[i]; k++) e->signal_moves[m->interventions[i].pushes[k].signal] = true;
    for (bool news = true; news;) {
        news = false;
        for (size_t a = 0; a < m->n_arrows; a++) {
            if (!e->row_on[m->arrows[a].row]) continue;
            if (!e->arrow_changes[a] && changes(e, a)) e->arrow_changes[a] = news = true;
            if (e->arrow_on[a] || !acts(e, a)) continue;
            e->arrow_on[a] = news = true;
            tumour_target_t target = m->arrows[a].target;
            if (target.kind == TARGET_SIGNAL || target.kind == TARGET_JUMP) e->signal_moves[target.index] = true;
        }
    }
    return RLP_OK;
}
