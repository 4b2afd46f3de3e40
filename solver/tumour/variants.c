/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Variants: an arm with rows taken out of force, as an arm of its own behind the written ones. What is taken out leaves a gap: no row that it stood `instead_of:` comes back.
 *
 * Most variants change nothing in most arms: an interaction is silent where one of the two treatments is missing. Two courses of one arm are the same if the same
 * arrows can be felt in them, whoever the patient is. An arrow is felt that silence.c lets act on something that is used (plan.c); but not one that no treatment
 * moves and that is neutral at rest (a factor 1, a summand 0) by numbers that do not vary between patients (delivery by perfusion^0.5 where nothing moves perfusion). */
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "relapse/memory.h"

size_t rlp_tumour_rows(const rlp_tumour_t *model) { return model->n_rows; }
const char *rlp_tumour_row_name(const rlp_tumour_t *model, size_t row) { return model->rows[row].name; }
bool rlp_tumour_row_interacts(const rlp_tumour_t *model, size_t row) { return model->rows[row].interaction; }
size_t rlp_tumour_base(const rlp_tumour_t *model, size_t arm) { return model->arms[arm].is_variant ? model->arms[arm].base : arm; }
bool rlp_tumour_row_on(const rlp_tumour_t *model, size_t arm, size_t row) { return model->arms[arm].row_on[row]; }

/* ---- what can be felt -------------------------------------------------------------------------------------------------------------- */
static bool is_varied(const bool *varied, size_t parameter) { return parameter != NO_PARAMETER && varied[parameter]; }

/* Do the numbers by which the arrow is neutral at rest vary between patients? */
static bool varies_at_rest(const rlp_environment_t *e, const tumour_arrow_t *arrow, const bool *varied) {
    const rlp_tumour_t *m = e->model;
    const tumour_row_t *row = &m->rows[arrow->row];
    const size_t numbers[] = {row->strength, row->where, row->high, row->power, row->floor, row->origin, row->window, row->scale, row->times, row->add};
    bool any = arrow->source.kind == SOURCE_SIGNAL && is_varied(varied, m->signals[arrow->source.index].rest);
    for (size_t k = 0; k < COUNT(numbers); k++) any = any || is_varied(varied, numbers[k]);
    for (size_t k = 0; k < m->n_traits && row->scope == SCOPE_FACTORS; k++) any = any || is_varied(varied, row->trait_factor[k]);
    for (size_t b = 0; b < m->n_arrows; b++) any = any || (e->arrow_on[b] && m->arrows[b].target.kind == TARGET_ROW && m->arrows[b].target.index == arrow->row);
    return any;
}

static bool is_neutral(const rlp_environment_t *e, size_t arrow, const bool *varied) {
    const rlp_tumour_t *m = e->model;
    const tumour_arrow_t *a = &m->arrows[arrow];
    if (e->arrow_changes[arrow] || a->target.kind == TARGET_JUMP || varies_at_rest(e, a, varied)) return false;
    for (size_t s = 0; s < m->n_sites; s++)
        if (e->arrow_value[arrow * m->n_sites + s] != (m->rows[a->row].multiplies ? 1 : 0)) return false;
    return true;
}

static int find_felt(rlp_tumour_t *m, size_t arm, const double *values, const bool *varied) {
    rlp_environment_t *e = NULL;
    int rc = RLP_NEW(m->arms[arm].felt, m->n_arrows);
    if (!rc) rc = tumour_environment_at_rest(m, arm, values, 0.01, &e);
    for (size_t a = 0; a < m->n_arrows && !rc; a++) {
        bool used = e->arrow_used[a] || m->arrows[a].target.kind == TARGET_JUMP;
        m->arms[arm].felt[a] = e->arrow_on[a] && used && !is_neutral(e, a, varied);
    }
    rlp_environment_free(e);
    return rc;
}

/* ---- an arm more ------------------------------------------------------------------------------------------------------------------- */
/* A copy of n items (NULL of none). */
static int copy(void *out, const void *from, size_t n, size_t size) {
    void *made = NULL;
    int rc = from && n ? rlp_memory_new(&made, n, size) : RLP_OK;
    if (!rc && made) memcpy(made, from, n * size);
    memcpy(out, &made, sizeof made);
    return rc;
}

static void drop_last(rlp_tumour_t *m) {
    tumour_arm_t *last = &m->arms[--m->n_arms];
    void *const blocks[] = {last->items, last->rules, last->uses, last->row_on, last->order, last->felt};
    for (size_t i = 0; i < COUNT(blocks); i++) free(blocks[i]);
    *last = (tumour_arm_t){0};
}

/* Items, rules and acts are the model's own; the switches are spent. */
static int append(rlp_tumour_t *m, size_t arm, const bool *without, const char *name) {
    int rc = RLP_GROW(m->arms, m->arm_capacity, m->n_arms + 1);
    if (rc) return rc;
    const tumour_arm_t *base = &m->arms[arm];
    tumour_arm_t *made = &m->arms[m->n_arms++];
    *made = (tumour_arm_t){.name = base->name, .place = base->place, .is_variant = true, .base = arm, .n_items = base->n_items, .n_rules = base->n_rules, .n_uses = base->n_uses};
    rc = copy(&made->items, base->items, base->n_items, sizeof *base->items);
    if (!rc) rc = copy(&made->rules, base->rules, base->n_rules, sizeof *base->rules);
    if (!rc) rc = copy(&made->uses, base->uses, base->n_uses, sizeof *base->uses);
    if (!rc) rc = copy(&made->row_on, base->row_on, m->n_rows, sizeof *base->row_on);
    if (!rc) rc = copy(&made->order, base->order, m->n_arrows, sizeof *base->order);
    for (size_t r = 0; r < m->n_rows && !rc; r++) made->row_on[r] = base->row_on[r] && !without[r];
    return rc ? rc : tumour_keep(m, name, &made->name);
}

int rlp_tumour_vary(rlp_tumour_t *m, size_t arm, const bool *without, const double *values, const bool *varied, const char *name, size_t *same) {
    RLP_INVARIANT(arm < m->n_arms && !m->arms[arm].is_variant);
    int rc = m->arms[arm].felt ? RLP_OK : find_felt(m, arm, values, varied);
    size_t made = m->n_arms;
    if (!rc) rc = append(m, arm, without, name);
    if (!rc) rc = find_felt(m, made, values, varied);
    for (*same = arm; *same < made && !rc; ++*same) {
        const tumour_arm_t *other = &m->arms[*same];
        bool related = *same == arm || (other->is_variant && other->base == arm);
        if (related && !memcmp(other->felt, m->arms[made].felt, m->n_arrows * sizeof *other->felt)) break;
    }
    if (m->n_arms > made && (rc || *same < made)) drop_last(m);
    return rc;
}
