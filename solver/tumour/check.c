/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What can be wrong with a model whose every key is right: rows that do not rest at rest, and interactions that act alone. */
#include <math.h>
#include <string.h>

#include "compile.h"

#define WARN(diagnostics, place, ...) rlp_diagnose(diagnostics, RLP_DIAGNOSTIC_WARNING, place, __VA_ARGS__)

static int compile(const rlp_tumour_t *model, size_t arm, size_t without, const double *values, double error, double follow_up,
                   rlp_process_t *process) {
    rlp_environment_t *e = NULL;
    int rc = rlp_tumour_process(model, values, process);
    if (!rc) rc = tumour_environment_without(model, arm, without, error, follow_up, &e);
    if (!rc) rc = rlp_environment_begin(e, values, process);
    if (!rc) rc = rlp_environment_extend(e, follow_up, process);
    rlp_environment_free(e);
    return rc;
}

/* A row that always acts, on what does nothing without treatment. */
static bool only_under_treatment(const tumour_arrow_t *arrow) {
    tumour_target_kind_t kind = arrow->target.kind;
    return arrow->source.kind == SOURCE_ALWAYS &&
           (kind == TARGET_RESISTANCE || kind == TARGET_LEVEL || kind == TARGET_HALF || kind == TARGET_SURVIVE);
}

/* ---- at rest ---------------------------------------------------------------------------------------------------------------------- */
static void warn_of_restless(const rlp_environment_t *e, rlp_diagnostics_t *diagnostics) {
    const rlp_tumour_t *m = e->model;
    for (size_t a = 0; a < m->n_arrows; a++) {
        const tumour_row_t *row = &m->rows[m->arrows[a].row];
        double most = 0;
        if (!e->arrow_on[a] || m->arrows[a].target.kind == TARGET_ROW || only_under_treatment(&m->arrows[a])) continue; /* rows aimed at rows are judged by what these do */
        for (size_t s = 0; s < e->n_sites; s++) most = fmax(most, fabs(e->arrow_value[a * e->n_sites + s] - (row->multiplies ? 1 : 0)));
        if (most <= 1e-12) continue;
        rlp_text_t target;
        rlp_text_init(&target);
        tumour_target_name(m, m->arrows[a].target, &target);
        WARN(diagnostics, row->place,
             "%s changes %s while every source is at rest (by %g), so that untreated patients are not what the input says; `above_rest: "
             "true` or another origin helps",
             row->name, rlp_text_string(&target), most);
        rlp_text_free(&target);
    }
}

static int check_rest(const rlp_tumour_t *model, size_t arm, const double *values, double error, rlp_diagnostics_t *diagnostics) {
    rlp_environment_t *e;
    int rc = tumour_environment_at_rest(model, arm, values, error, &e);
    if (!rc) warn_of_restless(e, diagnostics);
    rlp_environment_free(e);
    return rc;
}

/* ---- interactions ------------------------------------------------------------------------------------------------------------------- */
static bool is_single(const rlp_tumour_t *m, const tumour_arm_t *arm) {
    for (size_t i = 1; i < arm->n_items; i++) {
        const tumour_item_t *first = &m->items[arm->items[0]], *item = &m->items[arm->items[i]];
        if (item->kind != first->kind || item->what != first->what) return false;
    }
    return arm->n_items > 0;
}

static double rate_integral(const rlp_process_t *p, size_t slot, double follow_up) {
    double sum = 0;
    for (size_t k = 0; k < p->n_segments; k++) {
        double end = k + 1 < p->n_segments ? p->segments[k + 1].start_days : follow_up;
        sum += (end - p->segments[k].start_days) * p->rates[p->segments[k].rates * p->row_size + slot];
    }
    return sum;
}

/* The largest difference of any rate's integral, as a share of the larger one (rates of 1e-9 count as much as births). */
static double difference(const rlp_process_t *a, const rlp_process_t *b, double follow_up) {
    double most = 0;
    for (size_t i = 0; i < a->row_size; i++) {
        double x = rate_integral(a, i, follow_up), y = rate_integral(b, i, follow_up);
        if (x != y) most = fmax(most, fabs(x - y) / fmax(fabs(x), fabs(y)));
    }
    if (a->n_survive_rows != b->n_survive_rows) return INFINITY;
    for (size_t i = 0; i < a->n_survive_rows * a->n_types; i++) most = fmax(most, fabs(a->survive[i] - b->survive[i]));
    return most;
}

static int check_interaction(const rlp_tumour_t *m, size_t arm, size_t row, const rlp_process_t *with, const double *values, double error,
                             double follow_up, rlp_diagnostics_t *diagnostics) {
    rlp_process_t without;
    int rc = compile(m, arm, row, values, error, follow_up, &without);
    if (!rc && difference(with, &without, follow_up) > 1e-3 * error)
        WARN(diagnostics, m->rows[row].place,
             "%s is marked `interaction: true` and yet changes the arm %s, in which there is a single treatment", m->rows[row].name,
             m->arms[arm].name);
    rlp_process_free(&without);
    return rc;
}

/* ---- what can never be, or always is ------------------------------------------------------------------------------------------------ */
static bool in_earlier_arm(const rlp_tumour_t *m, size_t arm, size_t item) {
    for (size_t a = 0; a < arm; a++)
        for (size_t i = 0; i < m->arms[a].n_items; i++)
            if (m->arms[a].items[i] == item) return true;
    return false;
}

static void warn_of_idle_items(const rlp_tumour_t *m, size_t arm, const double *values, rlp_diagnostics_t *diagnostics) {
    for (size_t i = 0; i < m->arms[arm].n_items; i++) {
        const tumour_item_t *item = &m->items[m->arms[arm].items[i]];
        if (item->kind != ITEM_GIVE || in_earlier_arm(m, arm, m->arms[arm].items[i])) continue;
        double from = values[item->from], until = value_or(values, item->until, INFINITY), doses = value_or(values, item->doses, INFINITY);
        if (until > from && doses >= 1) continue;
        WARN(diagnostics, m->arms[arm].place, "%s is never given in the arm %s: from day %g until day %g, %g doses", m->drugs[item->what].name, m->arms[arm].name,
             from, until, doses);
    }
}

static void warn_of_constant_rules(const rlp_tumour_t *m, size_t arm, const double *values, rlp_diagnostics_t *diagnostics) {
    for (size_t i = 0; i < m->arms[arm].n_rules; i++) {
        const rlp_rule_t *rule = &m->arms[arm].rules[i];
        bool measures = rule->when == RLP_WHEN_BURDEN || rule->when == RLP_WHEN_EXPOSURE;
        if (measures && !(values[rule->amount] > 0))
            WARN(diagnostics, m->arms[arm].place, "a rule of the arm %s asks for %s of 0 or more, which is so at every visit; `when: visit` says that", m->arms[arm].name,
                 rule->when == RLP_WHEN_BURDEN ? "a burden" : "an exposure");
    }
}

static int check_arm(const rlp_tumour_t *m, size_t arm, const double *values, double error, double follow_up,
                     rlp_diagnostics_t *diagnostics) {
    rlp_process_t with;
    bool single = is_single(m, &m->arms[arm]);
    warn_of_idle_items(m, arm, values, diagnostics);
    warn_of_constant_rules(m, arm, values, diagnostics);
    int rc = compile(m, arm, RLP_NONE, values, error, follow_up, &with); /* every arm: a rate out of range is told */
    for (size_t r = 0; r < m->n_rows && single && !rc; r++)
        if (m->rows[r].interaction && m->arms[arm].row_on[r]) rc = check_interaction(m, arm, r, &with, values, error, follow_up, diagnostics);
    rlp_process_free(&with);
    return rc;
}

int rlp_tumour_check(const rlp_tumour_t *model, const double *values, double error, double follow_up_days, rlp_diagnostics_t *diagnostics) {
    int rc = RLP_OK;
    for (size_t arm = 0; arm < model->n_arms && !rc; arm++)
        if (!arm || model->arms[arm].switched) rc = check_rest(model, arm, values, error, diagnostics);
    for (size_t arm = 0; arm < model->n_arms && !model->arms[arm].is_variant && !rc; arm++) rc = check_arm(model, arm, values, error, follow_up_days, diagnostics);
    if (rc != RLP_ERROR_RATE) return rc;
    rlp_diagnose(diagnostics, RLP_DIAGNOSTIC_ERROR, rlp_tumour_blamed(), "%s", rlp_fail_message());
    return RLP_OK;
}
