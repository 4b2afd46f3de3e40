/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which rows are in force in which arm, and why the others are not: for the table and the picture of `relapse check`. What silence.c finds
 * for the compiler is asked, not found again; here it gets its words. */
#include <stdlib.h>

#include "compile.h"
#include "force.h"
#include "relapse/memory.h"

static const char *switched_off(const rlp_tumour_t *m, size_t arm, size_t row) {
    return m->rows[row].enabled && m->arms[arm].switched ? "switched off in the arm" : "switched off";
}

static void why_still(const rlp_environment_t *e, const tumour_arrow_t *a, rlp_text_t *why) {
    const rlp_tumour_t *m = e->model;
    switch (a->source.kind) {
    case SOURCE_SIGNAL: rlp_text_format(why, "nothing moves %s", m->signals[a->source.index].name); break;
    case SOURCE_INTERVENTION: rlp_text_format(why, "%s is not done", m->interventions[a->source.index].name); break;
    case SOURCE_ALWAYS: rlp_text_add(why, "nothing above rest"); break;
    default: rlp_text_format(why, "%s is not given", m->drugs[a->source.index].name);
    }
}

/* Has what the arrow is aimed at a meaning in the arm? */
static bool target_is_used(const rlp_environment_t *e, const tumour_force_t *f, size_t k, const tumour_arrow_t *a, rlp_text_t *why) {
    const rlp_tumour_t *m = e->model;
    size_t of = a->target.index;
    switch (a->target.kind) {
    case TARGET_LEVEL:
    case TARGET_HALF:
        if (!e->drug_given[of]) rlp_text_format(why, "%s is not given", m->drugs[of].name);
        return e->drug_given[of];
    case TARGET_SPEED:
        if (!e->signal_moves[of]) rlp_text_format(why, "nothing moves %s", m->signals[of].name);
        return e->signal_moves[of];
    case TARGET_SURVIVE:
        if (!e->done[of]) rlp_text_format(why, "%s is not done", m->interventions[of].name);
        return e->done[of];
    case TARGET_ROW:
        if (!tumour_row_in_force(f, k, of)) rlp_text_format(why, "%s is not in force", m->rows[of].name);
        return tumour_row_in_force(f, k, of);
    default: return true;
    }
}

/* The words that the row and the arm's switches have for it; false: none. */
static bool is_off(const rlp_tumour_t *m, size_t arm, size_t row, rlp_text_t *why) {
    size_t other = tumour_row_replaced(m, arm, row);
    if (m->rows[row].missing)
        rlp_text_add(why, m->rows[row].missing);
    else if (!tumour_row_enabled(m, arm, row))
        rlp_text_add(why, switched_off(m, arm, row));
    else if (other != RLP_NONE)
        rlp_text_format(why, "replaced by %s", m->rows[other].name);
    return rlp_text_string(why)[0];
}

/* Nothing moves it, and with these values what it does at rest is nothing. */
static bool stays_neutral(const rlp_environment_t *e, size_t arrow) {
    const rlp_tumour_t *m = e->model;
    if (e->arrow_changes[arrow] || m->arrows[arrow].target.kind == TARGET_JUMP) return false;
    for (size_t s = 0; s < m->n_sites; s++)
        if (e->arrow_value[arrow * m->n_sites + s] != (m->rows[m->arrows[arrow].row].multiplies ? 1 : 0)) return false;
    return true;
}

/* Of a row that is on: does any of its arrows act, on something that is used? */
static bool finds_nothing(const rlp_environment_t *e, const tumour_force_t *f, size_t k, size_t row, rlp_text_t *why) {
    const rlp_tumour_t *m = e->model;
    rlp_text_t first;
    rlp_text_init(&first);
    bool used = false;
    for (size_t a = 0; a < m->n_arrows && !used; a++) {
        if (m->arrows[a].row != row) continue;
        rlp_text_t *to = rlp_text_string(&first)[0] ? NULL : &first, spare;
        rlp_text_init(&spare);
        if (!e->arrow_on[a] || stays_neutral(e, a))
            why_still(e, &m->arrows[a], to ? to : &spare);
        else
            used = target_is_used(e, f, k, &m->arrows[a], to ? to : &spare);
        rlp_text_free(&spare);
    }
    if (!used) rlp_text_add(why, rlp_text_string(&first));
    rlp_text_free(&first);
    return !used;
}

static int find_in_arm(const rlp_tumour_t *m, const double *values, size_t k, tumour_force_t *f) {
    rlp_environment_t *e = NULL;
    int rc = tumour_environment_at_rest(m, f->arms[k], values, 0.01, &e);
    for (size_t r = 0; r < m->n_rows && !rc; r++) (void)is_off(m, f->arms[k], r, &f->why[k * m->n_rows + r]);
    for (bool news = true; news && !rc;) { /* a row that finds nothing takes those that are aimed at it with it */
        news = false;
        for (size_t r = 0; r < m->n_rows; r++)
            if (tumour_row_in_force(f, k, r)) news = finds_nothing(e, f, k, r, &f->why[k * m->n_rows + r]) || news;
    }
    for (size_t r = 0; r < m->n_rows && !rc; r++) rc = f->why[k * m->n_rows + r].error;
    rlp_environment_free(e);
    return rc;
}

int tumour_force_find(const rlp_tumour_t *m, const double *values, const size_t *arms, size_t n_arms, tumour_force_t *f) {
    *f = (tumour_force_t){.arms = arms, .n_arms = n_arms, .n_rows = m->n_rows};
    int rc = RLP_NEW(f->why, n_arms * m->n_rows);
    for (size_t i = 0; i < n_arms * m->n_rows && !rc; i++) rlp_text_init(&f->why[i]);
    for (size_t k = 0; k < n_arms && !rc; k++) rc = find_in_arm(m, values, k, f);
    if (rc) tumour_force_free(f);
    return rc;
}

void tumour_force_free(tumour_force_t *f) {
    for (size_t i = 0; f->why && i < f->n_arms * f->n_rows; i++) rlp_text_free(&f->why[i]);
    free(f->why);
    f->why = NULL;
}

bool tumour_row_in_force(const tumour_force_t *f, size_t k, size_t row) { return !rlp_text_string(&f->why[k * f->n_rows + row])[0]; }

const char *tumour_row_why(const tumour_force_t *f, size_t k, size_t row) { return rlp_text_string(&f->why[k * f->n_rows + row]); }

bool tumour_row_in_force_anywhere(const tumour_force_t *f, size_t row) {
    for (size_t k = 0; k < f->n_arms; k++)
        if (tumour_row_in_force(f, k, row)) return true;
    return false;
}
