/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which numbers an arm can feel, by what the arm is and never by values or luck: a life there is the same whatever the others are.
 *
 *   mechanisms.ROW.*     where an arrow of the row acts (silence.c) and something asks for it (plan.c)
 *   drugs.DRUG.*         where the drug is given, by plan or by a rule, or rows add to its level
 *   interventions.NAME.* where it is done, by plan or by a rule
 *   tests.NAME.*         where a rule asks for it; its limit everywhere, for what is detected at progression is told
 *   arms.*               where an item or a rule holds the number: of the arm itself, or one that it takes `as:`
 * Everything else is felt everywhere. So is, where a drug is in the blood, the steepness of every hill: the steepest one decides how finely levels are taken. */
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "relapse/memory.h"

typedef struct {
    const rlp_environment_t *e;
    const rlp_parameters_t *parameters;
    bool *felt;
} feeling_t;

/* All numbers below SECTION.NAME. */
static void set_below(const feeling_t *f, const char *section, const char *name, bool felt) {
    size_t n = strlen(section), m = strlen(name);
    for (size_t i = 0; i < f->parameters->n; i++) {
        const char *path = f->parameters->rows[i].path;
        if (!strncmp(path, section, n) && path[n] == '.' && !strncmp(path + n + 1, name, m) && path[n + 1 + m] == '.') f->felt[i] = felt;
    }
}

static void feel(const feeling_t *f, size_t parameter) {
    if (parameter != NO_PARAMETER) f->felt[parameter] = true;
}

static bool row_acts(const rlp_environment_t *e, size_t row) {
    const rlp_tumour_t *m = e->model;
    for (size_t a = 0; a < m->n_arrows; a++)
        if (m->arrows[a].row == row && e->arrow_on[a] && (e->arrow_used[a] || m->arrows[a].target.kind == TARGET_JUMP)) return true;
    return false;
}

static bool in_blood(const rlp_environment_t *e, size_t drug) {
    const rlp_tumour_t *m = e->model;
    for (size_t a = 0; a < m->n_arrows; a++)
        if (e->arrow_on[a] && m->arrows[a].target.kind == TARGET_LEVEL && m->arrows[a].target.index == drug) return true;
    return e->drug_given[drug];
}

/* ---- arms ------------------------------------------------------------------------------------------------------------------------- */
static void feel_item(const feeling_t *f, size_t number) {
    const tumour_item_t *item = &f->e->model->items[number];
    const size_t numbers[] = {item->every, item->from, item->until, item->doses, item->missed, item->dose.amount};
    for (size_t k = 0; k < COUNT(numbers); k++) feel(f, numbers[k]);
    for (size_t k = 0; k < item->n_at; k++) feel(f, item->at[k]);
}

static void feel_acts(const feeling_t *f, const rlp_act_t *acts, size_t n) {
    for (size_t i = 0; i < n; i++) {
        feel(f, acts[i].amount);
        if (acts[i].item != RLP_NONE) feel_item(f, acts[i].item);
    }
}

static void feel_arm(const feeling_t *f) {
    const rlp_tumour_t *m = f->e->model;
    const tumour_arm_t *arm = &m->arms[f->e->arm];
    for (size_t i = 0; i < f->parameters->n; i++)
        if (!strncmp(f->parameters->rows[i].path, "arms.", 5)) f->felt[i] = false;
    for (size_t i = 0; i < arm->n_items; i++) feel_item(f, arm->items[i]);
    for (size_t r = 0; r < arm->n_rules; r++) {
        const rlp_rule_t *rule = &arm->rules[r];
        feel(f, rule->amount);
        feel(f, rule->gap);
        feel(f, rule->at_most);
        feel_acts(f, rule->then, rule->n_then);
        feel_acts(f, rule->otherwise, rule->n_otherwise);
    }
}

static bool asks_for(const tumour_arm_t *arm, size_t test) {
    for (size_t r = 0; r < arm->n_rules; r++)
        if (arm->rules[r].test == test) return true;
    return false;
}

/* ---- the whole -------------------------------------------------------------------------------------------------------------------- */
static void feel_steepness(const feeling_t *f) {
    const rlp_tumour_t *m = f->e->model;
    bool any = false;
    for (size_t d = 0; d < m->n_drugs; d++) any = any || in_blood(f->e, d);
    for (size_t d = 0; d < m->n_drugs && any; d++) feel(f, m->drugs[d].power);
    for (size_t r = 0; r < m->n_rows && any; r++)
        if (m->rows[r].law == LAW_HILL) feel(f, m->rows[r].power);
}

int rlp_tumour_feels(const rlp_tumour_t *m, size_t arm, const rlp_parameters_t *parameters, bool *felt) {
    rlp_environment_t *e;
    int rc = rlp_environment_new(m, arm, 0.01, 1, &e);
    if (rc) return rc;
    const feeling_t f = {e, parameters, felt};
    for (size_t i = 0; i < parameters->n; i++) felt[i] = true;
    for (size_t r = 0; r < m->n_rows; r++) set_below(&f, "mechanisms", m->rows[r].name, row_acts(e, r));
    for (size_t d = 0; d < m->n_drugs; d++) set_below(&f, "drugs", m->drugs[d].name, in_blood(e, d));
    for (size_t i = 0; i < m->n_interventions; i++) set_below(&f, "interventions", m->interventions[i].name, e->done[i]);
    for (size_t t = 0; t < m->n_tests; t++) {
        set_below(&f, "tests", m->tests[t].name, asks_for(&m->arms[arm], t));
        feel(&f, m->tests[t].limit);
    }
    feel_arm(&f);
    feel_steepness(&f);
    rlp_environment_free(e);
    return RLP_OK;
}
