/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What of the model one arm needs: which arrows, in which order, for signals and for rates; where signals live; which trait sets are
 * alike to a drug. */
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "relapse/memory.h"

/* ---- arrows ---------------------------------------------------------------------------------------------------------------------- */
static bool aims_at_rate(tumour_target_kind_t kind) { return kind <= TARGET_LOSS; }

static bool wanted_by_rates(const rlp_environment_t *e, const tumour_arrow_t *arrow) {
    switch (arrow->target.kind) {
    case TARGET_SIGNAL:
    case TARGET_SPEED:
    case TARGET_JUMP:
    case TARGET_ROW: return false;
    case TARGET_LEVEL:
    case TARGET_HALF: return e->drug_given[arrow->target.index];
    default: return true;
    }
}

static bool wanted_by_signals(const rlp_environment_t *e, const tumour_arrow_t *arrow) {
    return (arrow->target.kind == TARGET_SIGNAL || arrow->target.kind == TARGET_SPEED) && e->signal_moves[arrow->target.index];
}

/* Arrows that `wanted` names and all that these wait for, in order. */
static int choose(const rlp_environment_t *e, bool (*wanted)(const rlp_environment_t *, const tumour_arrow_t *), size_t *chosen,
                  size_t *n) {
    const rlp_tumour_t *m = e->model;
    unsigned char *need;
    int rc = RLP_NEW(need, m->n_arrows);
    if (rc) return rc;
    for (size_t i = m->n_arrows; i-- > 0;) { /* backwards: what an arrow waits for stands before it */
        size_t a = e->order[i];
        need[a] = (unsigned char)(e->arrow_on[a] && (need[a] || wanted(e, &m->arrows[a])));
        for (size_t b = 0; b < m->n_arrows && need[a]; b++)
            if (e->arrow_on[b] && tumour_arrow_before(m, &m->arrows[b], &m->arrows[a])) need[b] = 1;
    }
    *n = 0;
    for (size_t i = 0; i < m->n_arrows; i++)
        if (need[e->order[i]]) chosen[(*n)++] = e->order[i];
    free(need);
    return RLP_OK;
}

static void sort_out(rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    for (size_t i = 0; i < e->n_for_rates; i++) {
        size_t a = e->for_rates[i];
        tumour_target_kind_t kind = m->arrows[a].target.kind;
        if (aims_at_rate(kind)) e->on_rates[e->n_on_rates++] = a;
        if ((kind == TARGET_LEVEL || kind == TARGET_HALF) && m->rows[m->arrows[a].row].scope != SCOPE_ALL)
            e->on_levels[e->n_on_levels++] = a;
        e->survival_moves = e->survival_moves || kind == TARGET_SURVIVE;
        e->resistance_moves = e->resistance_moves || kind == TARGET_RESISTANCE;
        e->growth_moves = e->growth_moves || kind == TARGET_GROWTH;
    }
    for (size_t a = 0; a < m->n_arrows; a++) {
        if (!e->arrow_on[a] || m->arrows[a].target.kind != TARGET_JUMP) continue;
        e->jumps[e->n_jumps++] = a;
        for (size_t b = 0; b < m->n_arrows; b++)
            e->jumps_scaled = e->jumps_scaled || (e->arrow_on[b] && tumour_arrow_before(m, &m->arrows[b], &m->arrows[a]));
    }
}

/* ---- what is fast ------------------------------------------------------------------------------------------------------------------- */
static bool reads_level(const rlp_environment_t *e, const tumour_arrow_t *a) {
    return (a->source.kind == SOURCE_LEVEL || a->source.kind == SOURCE_OCCUPANCY) && e->drug_given[a->source.index];
}

/* Growth moves birth. */
static tumour_target_kind_t moved(tumour_target_kind_t kind) { return kind == TARGET_GROWTH ? TARGET_BIRTH : kind; }
static bool same_target(tumour_target_t a, tumour_target_t b) { return moved(a.kind) == moved(b.kind) && a.index == b.index; }

/* Averages of products are products of averages as long as no two factors of one target swing with a level; where they do, or where a level
 * moves another level, every node is evaluated apart. */
static bool must_expand(const rlp_environment_t *e, const bool *fast) {
    const rlp_tumour_t *m = e->model;
    size_t on_birth = 0, on_death = 0;
    for (size_t d = 0; d < m->n_drugs; d++) {
        if (!e->drug_given[d] || m->drugs[d].changes == EFFECT_NONE || m->drugs[d].effect_is_rate) continue;
        ++*(m->drugs[d].changes == EFFECT_DEATH ? &on_death : &on_birth);
    }
    if (on_birth > 1 || on_death > 1) return true;
    for (size_t i = 0; i < e->n_for_rates; i++) {
        const tumour_arrow_t *a = &m->arrows[e->for_rates[i]];
        if (!fast[e->for_rates[i]]) continue;
        tumour_target_kind_t kind = moved(a->target.kind);
        if (kind == TARGET_LEVEL || kind == TARGET_HALF || kind == TARGET_RESISTANCE) return true;
        bool factor = m->rows[a->row].multiplies;
        if (factor && ((kind == TARGET_BIRTH && on_birth) || (kind == TARGET_DEATH && on_death))) return true;
        for (size_t k = 0; k < e->n_for_rates && (factor || kind == TARGET_ROW); k++) {
            const tumour_arrow_t *b = &m->arrows[e->for_rates[k]];
            if (!fast[e->for_rates[k]]) continue;
            if (k != i && same_target(a->target, b->target) && factor && m->rows[b->row].multiplies) return true;
            if (kind == TARGET_ROW && b->row == a->target.index && reads_level(e, b)) return true;
        }
    }
    return false;
}

static int find_fast(rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    bool *fast;
    int rc = RLP_NEW(fast, m->n_arrows);
    if (rc) return rc;
    for (size_t i = 0; i < m->n_arrows; i++) {
        size_t a = e->order[i];
        fast[a] = e->arrow_on[a] && reads_level(e, &m->arrows[a]);
        for (size_t b = 0; b < m->n_arrows && e->arrow_on[a]; b++)
            if (fast[b] && m->arrows[b].target.kind == TARGET_ROW && m->arrows[b].target.index == m->arrows[a].row) fast[a] = true;
    }
    e->expand = must_expand(e, fast);
    for (size_t i = 0; i < e->n_for_signals; i++) e->signals_read_levels = e->signals_read_levels || fast[e->for_signals[i]];
    free(fast);
    return RLP_OK;
}

/* Can anything but signals move signals away from rest (a drug, its days, a stop, an intervention's window)? What changes only their
 * speed, or a level that such a row reads, does not. */
static bool find_pushed(const rlp_environment_t *e) {
    for (size_t i = 0; i < e->n_for_signals; i++) {
        const tumour_arrow_t *a = &e->model->arrows[e->for_signals[i]];
        bool of_drug = a->source.kind != SOURCE_SIGNAL && a->source.kind != SOURCE_INTERVENTION && a->source.kind != SOURCE_ALWAYS;
        bool pushes = a->target.kind == TARGET_SIGNAL || a->target.kind == TARGET_ROW;
        if (pushes && a->source.kind != SOURCE_SIGNAL && (!of_drug || e->drug_given[a->source.index])) return true;
    }
    return false;
}

/* ---- signals and classes
 * -------------------------------------------------------------------------------------------------------------- */
static int place_signals(rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    int rc = RLP_NEW(e->copy_of, m->n_signals * e->n_sites);
    if (!rc) rc = RLP_NEW(e->copy_signal, m->n_signals * e->n_sites);
    for (size_t j = 0; j < m->n_signals && !rc; j++) {
        for (size_t s = 0; s < e->n_sites; s++) {
            size_t *copy = &e->copy_of[j * e->n_sites + s];
            *copy = RLP_NONE;
            if (!e->signal_moves[j]) continue;
            if (m->signals[j].per_patient && s > 0)
                *copy = e->copy_of[j * e->n_sites];
            else if (m->signals[j].per_patient || set_has(m->signals[j].sites, s))
                *copy = e->n_copies++;
            if (*copy != RLP_NONE) e->copy_signal[*copy] = j;
        }
    }
    return rc;
}

static int find_means(rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    int rc = RLP_NEW(e->mean_over, m->n_arrows);
    for (size_t a = 0; a < m->n_arrows && !rc; a++) {
        tumour_source_t source = m->arrows[a].source;
        e->mean_over[a] = m->rows[m->arrows[a].row].sites;
        if (source.kind == SOURCE_SIGNAL && !m->signals[source.index].per_patient) e->mean_over[a] &= m->signals[source.index].sites;
    }
    return rc;
}

static bool alike(const rlp_tumour_t *m, tumour_set_t relevant, size_t a, size_t b) {
    for (size_t t = 0; t < m->n_traits; t++)
        if (set_has(relevant, t) && m->types[a].rungs[t] != m->types[b].rungs[t]) return false;
    return true;
}

static int find_classes(rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    int rc = RLP_NEW(e->class_of, e->n_drugs * e->n_sets);
    if (!rc) rc = RLP_NEW(e->class_set, e->n_drugs * e->n_sets);
    if (!rc) rc = RLP_NEW(e->n_classes, e->n_drugs);
    for (size_t d = 0; d < e->n_drugs && !rc; d++) {
        tumour_set_t relevant = m->drugs[d].named;
        for (size_t i = 0; i < e->n_on_levels; i++)
            if (m->arrows[e->on_levels[i]].target.index == d) relevant |= m->rows[m->arrows[e->on_levels[i]].row].traits;
        for (size_t q = 0; q < e->n_sets; q++) {
            size_t k = 0;
            while (k < e->n_classes[d] && !alike(m, relevant, q, e->class_set[d * e->n_sets + k])) k++;
            if (k == e->n_classes[d]) e->class_set[d * e->n_sets + e->n_classes[d]++] = q;
            e->class_of[d * e->n_sets + q] = k;
        }
    }
    return rc;
}

/* Slots of a row of rates that something is aimed at; all others hold what they are at rest. */
static int find_moving(rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    int rc = RLP_NEW(e->moving, e->row_size);
    if (!rc) rc = RLP_NEW(e->moving_channels, m->n_channels);
    if (rc) return rc;
    bool types[2] = {false, false}; /* birth, death */
    for (size_t i = 0; i < e->n_on_rates; i++) {
        tumour_target_kind_t kind = moved(m->arrows[e->on_rates[i]].target.kind);
        if (kind == TARGET_BIRTH || kind == TARGET_DEATH) types[kind == TARGET_DEATH] = true;
    }
    for (size_t d = 0; d < m->n_drugs; d++)
        if (e->drug_given[d] && m->drugs[d].changes != EFFECT_NONE) types[m->drugs[d].changes == EFFECT_DEATH] = true;
    for (size_t i = 0; i < 2 * m->n_types; i++)
        if (types[i / m->n_types]) e->moving[e->n_moving++] = i;
    for (size_t c = 0; c < m->n_channels; c++) {
        bool aimed_at = false;
        for (size_t i = 0; i < e->n_on_rates; i++) aimed_at = aimed_at || tumour_arrow_moves(&m->arrows[e->on_rates[i]], &m->channels[c]);
        if (!aimed_at) continue;
        e->moving_channels[e->n_moving_channels++] = c;
        e->moving[e->n_moving++] = 2 * m->n_types + c;
    }
    return RLP_OK;
}

int tumour_plan(rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    int rc = RLP_NEW(e->drug_given, m->n_drugs);
    if (!rc) rc = RLP_NEW(e->done, m->n_interventions);
    if (!rc) rc = RLP_NEW(e->arrow_on, m->n_arrows);
    if (!rc) rc = RLP_NEW(e->arrow_used, m->n_arrows);
    if (!rc) rc = RLP_NEW(e->jumps, m->n_arrows);
    if (!rc) rc = RLP_NEW(e->for_signals, m->n_arrows);
    if (!rc) rc = RLP_NEW(e->for_rates, m->n_arrows);
    if (!rc) rc = RLP_NEW(e->pushing, m->n_arrows);
    if (!rc) rc = RLP_NEW(e->on_rates, m->n_arrows);
    if (!rc) rc = RLP_NEW(e->on_levels, m->n_arrows);
    if (rc) return rc;
    for (size_t d = 0; d < m->n_drugs; d++) e->drug_given[d] = tumour_arm_gives(m, e->arm, d);
    for (size_t i = 0; i < m->n_interventions; i++) e->done[i] = tumour_arm_does(m, e->arm, i);
    rc = tumour_silence(e);
    if (!rc) rc = choose(e, wanted_by_signals, e->for_signals, &e->n_for_signals);
    if (!rc) rc = choose(e, wanted_by_rates, e->for_rates, &e->n_for_rates);
    if (rc) return rc;
    for (size_t i = 0; i < e->n_for_signals; i++) e->arrow_used[e->for_signals[i]] = true;
    for (size_t i = 0; i < e->n_for_rates; i++) e->arrow_used[e->for_rates[i]] = true;
    sort_out(e);
    e->may_be_pushed = find_pushed(e);
    rc = find_fast(e);
    e->rule_fits = tumour_rule_fits_rows(e);
    if (!rc) rc = tumour_crossings_plan(e);
    if (!rc) rc = place_signals(e);
    if (!rc) rc = find_means(e);
    if (!rc) rc = tumour_coupling_plan(e);
    if (!rc) rc = tumour_forced_plan(e);
    for (size_t i = 0; i < e->n_for_signals && !rc; i++)
        if (!tumour_arrow_coupled(e, e->for_signals[i])) e->pushing[e->n_pushing++] = e->for_signals[i];
    if (!rc) rc = find_moving(e);
    return rc ? rc : find_classes(e);
}

void tumour_plan_free(rlp_environment_t *e) {
    void *const blocks[] = {e->drug_given, e->done, e->signal_moves, e->arrow_changes, e->arrow_on, e->arrow_used,    e->jumps,       e->for_signals, e->for_rates, e->on_rates,  e->on_levels,
                            e->copy_of,    e->copy_signal, e->mean_over,   e->class_of,  e->class_set, e->n_classes,
                            e->steps,      e->level_steps, e->band,        e->crossed,   e->cuts,
                            e->forced,     e->pushing,     e->moving,    e->moving_channels};
    for (size_t i = 0; i < COUNT(blocks); i++) free(blocks[i]);
}
