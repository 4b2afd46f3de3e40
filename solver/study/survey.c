/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Questions as tasks: synergy and attribution here, which are arms with rows out of force; sweeps, arms at other numbers, in sweep.c. A task is an arm with rows of mechanisms out of force, lived by the whole cohort like an arm: tasks have numbers behind the arms as
 * written, and blocks, ledger and ranks know nothing else of them. A variant that changes nothing in an arm is that arm's task (rlp_tumour_vary).
 *
 *   synergy      the combined arm without every row that is marked `interaction: true`
 *   attribution  of each arm: without all marked rows (none), for each mark without it (out), and without all others (in) */
#include "survey.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "sweep.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define ERROR(...) rlp_diagnose(wrong, RLP_DIAGNOSTIC_ERROR, __VA_ARGS__)
#define WARNING(...) rlp_diagnose(wrong, RLP_DIAGNOSTIC_WARNING, __VA_ARGS__)

const rlp_key_t SYNERGY_KEYS[N_SYNERGY_KEYS] = {
    {.name = "none", .kind = RLP_KEY_TEXT, .required = true, .meaning = "the arm without treatment"},
    {.name = "a", .kind = RLP_KEY_TEXT, .required = true, .meaning = "the arm with one treatment"},
    {.name = "b", .kind = RLP_KEY_TEXT, .required = true, .meaning = "the arm with the other"},
    {.name = "both", .kind = RLP_KEY_TEXT, .required = true, .meaning = "the arm with both"},
    {.name = "horizon", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_TIME, .low = 1e-6, .high = 1e6, .fallback = NAN,
     .meaning = "restricted means reach to this day; default: the end of follow-up"},
};
const rlp_key_t ATTRIBUTE_KEYS[N_ATTRIBUTE_KEYS] = {
    {.name = "rows", .kind = RLP_KEY_ANY, .meaning = "interaction (the rows so marked), or a list of rows"},
    {.name = "pairs", .kind = RLP_KEY_LIST, .meaning = "pairs of rows that are taken out and put in together"},
    {.name = "by", .kind = RLP_KEY_WORD, .words = "each", .meaning = "each row alone"},
    {.name = "arms", .kind = RLP_KEY_LIST, .meaning = "in which arms; default: the four of synergy, or all"},
    {.name = "measure", .kind = RLP_KEY_WORD, .words = "rmst", .meaning = "the restricted mean"},
    {.name = "endpoint", .kind = RLP_KEY_WORD, .words = SURVEY_ENDPOINT_WORDS, .meaning = "of which time"},
    {.name = "horizon", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_TIME, .low = 1e-6, .high = 1e6, .fallback = NAN,
     .meaning = "restricted means reach to this day; default: that of synergy, or the end of follow-up"},
};

/* ---- reading --------------------------------------------------------------------------------------------------------------------------- */
/* All that can be told of a section is told in one round with the other errors of the input. Where these make a model unusable, names are still known: arms and rows
 * by their keys, and what must be counted (rows in force, tasks) waits. */

/* The task of a written arm, or RLP_NONE: unknown (an error), or left out by --arm. */
size_t survey_task(const rlp_study_t *study, const char *name, rlp_place_t place, rlp_diagnostics_t *wrong) {
    size_t arm = study_find_arm(study, name);
    if (arm == RLP_NONE) study_unknown_arm(study, name, place, wrong);
    for (size_t a = 0; a < study->n_arms && arm != RLP_NONE; a++)
        if (study->tasks[a].arm == arm) return a;
    return RLP_NONE;
}

double survey_horizon(const rlp_study_t *study, const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, double otherwise, rlp_diagnostics_t *wrong) {
    size_t errors = rlp_diagnostics_errors(wrong);
    double end = study->trial.follow_up_days, day = map ? rlp_read_number(map, keys, n_keys, "horizon", wrong) : NAN;
    if (isnan(day) || rlp_diagnostics_errors(wrong) > errors || !(end > 0)) return otherwise; /* where no end is known nothing lies beyond it */
    if (day > end * (1 + 1e-4)) ERROR(rlp_node_member(map, "horizon")->place, "the horizon, day %g, lies beyond the end of follow-up, day %g: nothing is known there", day, end);
    return fmin(day, end); /* 24 mo are a quarter of an hour more than 2 y */
}

rlp_time_t survey_endpoint(const rlp_study_t *study, const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, rlp_diagnostics_t *wrong) {
    static const rlp_time_t OF[] = {RLP_TIME_PFS, RLP_TIME_TTP, RLP_TIME_OS}; /* SURVEY_ENDPOINT_WORDS */
    rlp_time_t time = OF[rlp_read_word(map, keys, n_keys, "endpoint", wrong)];
    if (time == RLP_TIME_OS && study->trial.until == RLP_UNTIL_PROGRESSION)
        ERROR(rlp_node_member(map, "endpoint")->place, "`until: progression` ends a patient at progression: there is no survival to ask about");
    return time;
}

static void read_synergy(rlp_study_t *study, const rlp_node_t *node, rlp_diagnostics_t *wrong) {
    static const char *const NAMES[] = {"none", "a", "b", "both"};
    size_t *const tasks[] = {&study->synergy.none, &study->synergy.a, &study->synergy.b, &study->synergy.both}, errors = rlp_diagnostics_errors(wrong);
    const char *arms[COUNT(NAMES)] = {NULL};
    if (study->process) ERROR(node->key_place, "synergy is judged by taking rows of mechanisms out, and an input with `process:` has none");
    if (node->kind != RLP_NODE_MAP || !rlp_map_check(node, SYNERGY_KEYS, N_SYNERGY_KEYS, "synergy", wrong)) return;
    study->synergy.asked = true;
    for (size_t k = 0; k < COUNT(NAMES); k++) {
        const rlp_node_t *arm = rlp_node_member(node, NAMES[k]);
        arms[k] = arm && arm->kind == RLP_NODE_SCALAR ? arm->text : NULL; /* else complained of already */
        *tasks[k] = arms[k] ? survey_task(study, arms[k], arm->place, wrong) : RLP_NONE;
        study->synergy.asked = study->synergy.asked && *tasks[k] != RLP_NONE;
        for (size_t j = 0; j < k; j++)
            if (arms[j] && arms[k] && !strcmp(arms[j], arms[k])) ERROR(arm->place, "`%s` and `%s` are one arm: synergy needs four", NAMES[j], NAMES[k]);
    }
    study->synergy.horizon_days = survey_horizon(study, node, SYNERGY_KEYS, N_SYNERGY_KEYS, study->trial.follow_up_days, wrong);
    study->synergy.asked = study->synergy.asked && rlp_diagnostics_errors(wrong) == errors;
    if (!study->synergy.asked && !rlp_diagnostics_errors(wrong)) WARNING(node->key_place, "--arm leaves out arms that synergy needs: it is not judged");
}

static size_t find_row(const rlp_study_t *study, const rlp_node_t *name, rlp_diagnostics_t *wrong) {
    const char *known[512], *near;
    size_t n = rlp_tumour_rows(study->tumour);
    if (name->kind != RLP_NODE_SCALAR) {
        ERROR(name->place, "a row of `mechanisms:` by its name is expected here");
        return RLP_NONE;
    }
    for (size_t r = 0; r < n; r++)
        if (!strcmp(rlp_tumour_row_name(study->tumour, r), name->text)) return r;
    if (study_is_written(study, "mechanisms", name->text)) return RLP_NONE; /* the model could not be read so far */
    for (size_t r = 0; r < n && r < COUNT(known); r++) known[r] = rlp_tumour_row_name(study->tumour, r);
    near = rlp_nearest(name->text, known, n < COUNT(known) ? n : COUNT(known));
    ERROR(name->place, "no row of mechanisms is named '%s'%s%s%s", name->text, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return RLP_NONE;
}

static int add_mark(rlp_attribution_t *a, size_t row, size_t partner, rlp_place_t place, rlp_diagnostics_t *wrong) {
    if (row == RLP_NONE) return RLP_OK;
    for (size_t k = 0; k < a->n_marks; k++)
        if (a->marks[k].row == row && a->marks[k].partner == partner) {
            ERROR(place, "the same row or pair twice");
            return RLP_OK;
        }
    int rc = RLP_GROW(a->marks, a->mark_room, a->n_marks + 1);
    if (!rc) a->marks[a->n_marks++] = (rlp_mark_t){.row = row, .partner = partner};
    return rc;
}

static bool in_force_somewhere(const rlp_study_t *study, size_t row) {
    const rlp_attribution_t *a = &study->attribution;
    for (size_t k = 0; k < a->n_arms; k++)
        if (rlp_tumour_row_on(study->tumour, study->tasks[a->full[k]].arm, row)) return true;
    return false;
}

static int read_rows(rlp_study_t *study, const rlp_node_t *map, rlp_place_t place, size_t errors, rlp_diagnostics_t *wrong) {
    rlp_attribution_t *a = &study->attribution;
    const rlp_node_t *rows = map ? rlp_node_member(map, "rows") : NULL, *pairs = map ? rlp_node_member(map, "pairs") : NULL;
    int rc = RLP_OK;
    bool listed = rows && rows->kind == RLP_NODE_LIST;
    if (rows && !listed && !(rows->kind == RLP_NODE_SCALAR && !strcmp(rows->text, "interaction")))
        ERROR(rows->place, "`rows` is `interaction`, or a list of rows of mechanisms");
    for (size_t i = 0; listed && i < rows->n_items && !rc; i++) rc = add_mark(a, find_row(study, rows->items[i], wrong), RLP_NONE, rows->items[i]->place, wrong);
    bool whole = rlp_tumour_is_whole(study->tumour); /* else nobody knows what is in force */
    for (size_t r = 0; !listed && whole && r < rlp_tumour_rows(study->tumour) && !rc; r++)
        if (rlp_tumour_row_interacts(study->tumour, r) && in_force_somewhere(study, r)) rc = add_mark(a, r, RLP_NONE, place, wrong);
    if (listed && !rows->n_items)
        ERROR(rows->place, "`rows` is empty: name rows of mechanisms, or leave it out for those marked `interaction: true`");
    else if (!a->n_marks && whole && a->n_arms && rlp_diagnostics_errors(wrong) == errors) ERROR(rows ? rows->place : place, "no row is marked `interaction: true` and in force, so there is nothing to attribute");
    for (size_t i = 0; pairs && pairs->kind == RLP_NODE_LIST && i < pairs->n_items && !rc; i++) {
        const rlp_node_t *pair = pairs->items[i];
        if (pair->kind != RLP_NODE_LIST || pair->n_items != 2) {
            ERROR(pair->place, "a pair is a list of two rows, as in [M08, M45]");
            continue;
        }
        const rlp_node_t *first = pair->items[0], *second = pair->items[1];
        size_t one = find_row(study, first, wrong), other = find_row(study, second, wrong);
        if (first->kind == RLP_NODE_SCALAR && second->kind == RLP_NODE_SCALAR && !strcmp(first->text, second->text)) ERROR(pair->place, "a pair is of two different rows");
        if (other != RLP_NONE) rc = add_mark(a, one, other, pair->place, wrong);
    }
    return rc;
}

/* Which arms: as listed, the four of synergy, or all that run. */
static int read_arms(rlp_study_t *study, const rlp_node_t *map, rlp_diagnostics_t *wrong) {
    rlp_attribution_t *a = &study->attribution;
    const rlp_synergy_t *s = &study->synergy;
    const rlp_node_t *list = map ? rlp_node_member(map, "arms") : NULL;
    const size_t four[] = {s->none, s->a, s->b, s->both};
    if (list && list->kind != RLP_NODE_LIST) list = NULL; /* complained of already */
    size_t n = list ? list->n_items : s->asked ? COUNT(four) : study->n_arms;
    int rc = RLP_NEW(a->full, n);
    for (size_t k = 0; k < n && !rc; k++) {
        size_t task = list ? list->items[k]->kind == RLP_NODE_SCALAR ? survey_task(study, list->items[k]->text, list->items[k]->place, wrong) : RLP_NONE : s->asked ? four[k] : k;
        if (list && list->items[k]->kind != RLP_NODE_SCALAR) ERROR(list->items[k]->place, "an arm by its name is expected here");
        if (task != RLP_NONE) a->full[a->n_arms++] = task;
        for (size_t j = 0; j + 1 < a->n_arms && task != RLP_NONE; j++)
            if (a->full[j] == task) ERROR(list->items[k]->place, "the arm '%s' twice", rlp_study_arm_name(study, task));
    }
    for (size_t f = 0; f < COUNT(four); f++) {
        a->excess[f] = RLP_NONE;
        for (size_t k = 0; k < a->n_arms && s->asked; k++)
            if (a->full[k] == four[f]) a->excess[f] = k;
    }
    return rc;
}

static int read_attribution(rlp_study_t *study, const rlp_node_t *node, rlp_place_t place, rlp_diagnostics_t *wrong) {
    rlp_attribution_t *a = &study->attribution;
    size_t errors = rlp_diagnostics_errors(wrong);
    if (node && node->kind != RLP_NODE_MAP) return RLP_OK; /* complained of already */
    if (node && !rlp_map_check(node, ATTRIBUTE_KEYS, N_ATTRIBUTE_KEYS, "attribute", wrong)) return RLP_OK;
    if (node) (void)rlp_read_word(node, ATTRIBUTE_KEYS, N_ATTRIBUTE_KEYS, "by", wrong), (void)rlp_read_word(node, ATTRIBUTE_KEYS, N_ATTRIBUTE_KEYS, "measure", wrong);
    a->endpoint = node ? survey_endpoint(study, node, ATTRIBUTE_KEYS, N_ATTRIBUTE_KEYS, wrong) : RLP_TIME_PFS;
    double otherwise = study->synergy.asked ? study->synergy.horizon_days : study->trial.follow_up_days;
    a->horizon_days = survey_horizon(study, node, ATTRIBUTE_KEYS, N_ATTRIBUTE_KEYS, otherwise, wrong);
    int rc = read_arms(study, node, wrong);
    if (!rc && !a->n_arms && !rlp_diagnostics_errors(wrong)) WARNING(place, "--arm leaves out every arm of `attribute:`: nothing is attributed");
    a->asked = a->n_arms;
    return rc ? rc : read_rows(study, node, place, errors, wrong);
}

/* ---- tasks ------------------------------------------------------------------------------------------------------------------------------- */
typedef struct {
    rlp_study_t *study;
    double *values;
    bool *varied, *without;
    size_t n_rows;
} expansion_t;

/* The task of an arm without the rows in x->without. */
static int vary(expansion_t *x, size_t task, const char *how, const char *row, size_t *out) {
    rlp_study_t *study = x->study;
    rlp_text_t name;
    size_t arm;
    rlp_text_init(&name);
    rlp_text_format(&name, "%s %s%s", rlp_study_arm_name(study, task), how, row);
    int rc = name.error ? name.error : rlp_tumour_vary(study->tumour, study->tasks[task].arm, x->without, x->values, x->varied, rlp_text_string(&name), &arm);
    rlp_text_free(&name);
    return rc ? rc : rlp_study_task(study, arm, 0, NULL, NULL, 0, out);
}

static int add_null(expansion_t *x) {
    for (size_t r = 0; r < x->n_rows; r++) x->without[r] = rlp_tumour_row_interacts(x->study->tumour, r);
    return vary(x, x->study->synergy.both, "without interactions", "", &x->study->synergy.without);
}

/* Out of force: all marked rows, or those of one mark, or all marked but those. */
static void take_out(expansion_t *x, const rlp_mark_t *mark, bool others) {
    const rlp_attribution_t *a = &x->study->attribution;
    memset(x->without, 0, x->n_rows * sizeof *x->without);
    for (size_t k = 0; k < a->n_marks && (!mark || others); k++) {
        x->without[a->marks[k].row] = true;
        if (a->marks[k].partner != RLP_NONE) x->without[a->marks[k].partner] = true;
    }
    if (!mark) return;
    x->without[mark->row] = !others;
    if (mark->partner != RLP_NONE) x->without[mark->partner] = !others;
}

static int add_attribution(expansion_t *x) {
    rlp_attribution_t *a = &x->study->attribution;
    int rc = RLP_NEW(a->none, a->n_arms);
    for (size_t k = 0; k < a->n_arms && !rc; k++) {
        take_out(x, NULL, false);
        rc = vary(x, a->full[k], "without the marked rows", "", &a->none[k]);
    }
    for (size_t m = 0; m < a->n_marks && !rc; m++) {
        rlp_mark_t *mark = &a->marks[m];
        rc = RLP_NEW(mark->out, a->n_arms);
        if (!rc) rc = RLP_NEW(mark->in, a->n_arms);
        for (size_t k = 0; k < a->n_arms && !rc; k++) {
            take_out(x, mark, false);
            rc = vary(x, a->full[k], "without ", rlp_tumour_row_name(x->study->tumour, mark->row), &mark->out[k]);
            take_out(x, mark, true);
            if (!rc) rc = vary(x, a->full[k], "with no marked row but ", rlp_tumour_row_name(x->study->tumour, mark->row), &mark->in[k]);
        }
    }
    return rc;
}

static int expand(rlp_study_t *study, rlp_place_t place, rlp_diagnostics_t *wrong) {
    expansion_t x = {.study = study, .n_rows = rlp_tumour_rows(study->tumour)};
    int rc = RLP_NEW(x.values, study->parameters.n);
    if (!rc) rc = RLP_NEW(x.varied, study->parameters.n);
    if (!rc) rc = RLP_NEW(x.without, x.n_rows);
    if (!rc) rlp_parameters_values(&study->parameters, x.values);
    for (size_t s = 0; s < study->variability.n && !rc; s++)
        for (size_t k = 0; k < study->variability.spreads[s].n; k++) x.varied[study->variability.spreads[s].rows[k]] = true;
    for (size_t s = 0; s < study->uncertain.of.n && !rc; s++) /* a number that changes from draw to draw must be felt in the variant, too */
        for (size_t k = 0; k < study->uncertain.of.spreads[s].n; k++) x.varied[study->uncertain.of.spreads[s].rows[k]] = true;
    if (!rc && study->synergy.asked) rc = add_null(&x);
    if (!rc && study->attribution.asked) rc = add_attribution(&x);
    if (rc == RLP_ERROR_RATE) {
        ERROR(rlp_tumour_blamed().source ? rlp_tumour_blamed() : place, "%s", rlp_fail_message());
        rc = RLP_OK;
    }
    free(x.values);
    free(x.varied);
    free(x.without);
    return rc;
}

int survey_judge(rlp_study_t *study, const rlp_node_t *root, const rlp_study_options_t *options, rlp_diagnostics_t *wrong) {
    const rlp_node_t *compare = rlp_node_member(root, "compare"), *synergy = compare ? rlp_node_member(compare, "synergy") : NULL, *node = rlp_node_member(root, "attribute");
    const rlp_node_t *sweep = rlp_node_member(root, "sweep");
    int rc = RLP_OK;
    if (synergy) read_synergy(study, synergy, wrong);
    if (options->attribute && study->process) ERROR(root->place, "--attribute takes rows of mechanisms out, and an input with `process:` has none");
    if (study->tumour && (node || options->attribute)) rc = read_attribution(study, node, node ? node->key_place : root->place, wrong);
    return !rc && sweep ? study_sweep_read(study, sweep, wrong) : rc;
}

int survey_read(rlp_study_t *study, const rlp_node_t *root, rlp_diagnostics_t *wrong) {
    const rlp_node_t *node = rlp_node_member(root, "attribute");
    rlp_place_t place = node ? node->key_place : root->place;
    int rc = study->synergy.asked || study->attribution.asked ? expand(study, place, wrong) : RLP_OK;
    return rc ? rc : study_sweep_expand(study, rlp_node_member(root, "sweep"), wrong);
}

void survey_free(rlp_study_t *study) {
    rlp_attribution_t *a = &study->attribution;
    for (size_t m = 0; m < a->n_marks; m++) {
        free(a->marks[m].out);
        free(a->marks[m].in);
    }
    free(a->marks);
    free(a->full);
    free(a->none);
    study_sweep_free(study);
}
