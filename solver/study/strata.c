/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For whom: patients in levels by something that is known of them at baseline.
 *
 *   level of a patient = how many cuts lie at or below his value
 *   cuts: as given | quantiles (`parts: k`) | the median; where fewer than half lie above the least value, that value against all above it
 *
 * Cuts that nobody gave are rounded to as few digits as move at most one patient in fifty of a level, so that who reads `< 0.0071` in subgroups.csv can part patients.csv in the same way.
 * Levels are those of the input as written, on rank 0 of a whole run alone: all others do without (rlp_study_options_t.without_levels). Numbers that vary need the draw of a patient,
 * words like baseline.cells a look at him (relapse/baseline.h). */
#include "strata.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/baseline.h"
#include "relapse/memory.h"
#include "survey.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define ERROR(...) rlp_diagnose(wrong, RLP_DIAGNOSTIC_ERROR, __VA_ARGS__)
#define FEWEST 20 /* patients in a level: fewer give no error that could be believed */

const rlp_key_t COMPARE_KEYS[N_COMPARE_KEYS] = {
    {.name = "reference", .kind = RLP_KEY_TEXT, .meaning = "the arm that the others are compared with; default the first"},
    {.name = "horizon", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_TIME, .low = 1e-6, .high = 1e6, .fallback = NAN,
     .meaning = "restricted means of compare.csv and subgroups.csv reach to this day; default: the end of follow-up"},
    {.name = "landmarks", .kind = RLP_KEY_LIST, .meaning = "milestones of landmark.csv, rising"},
    {.name = "strata", .kind = RLP_KEY_LIST, .meaning = "what patients are parted by, for whom a treatment is"},
    {.name = "synergy", .kind = RLP_KEY_MAP, .meaning = "four arms: is the combination more than its parts (tumour floor)"},
};
const rlp_key_t STRATUM_KEYS[N_STRATUM_KEYS] = {
    {.name = "by", .kind = RLP_KEY_TEXT, .required = true, .meaning = "a path that varies, baseline.cells, .diameter, .doubling or a share, test.NAME"},
    {.name = "cuts", .kind = RLP_KEY_LIST, .meaning = "where levels begin, rising; default: the median"},
    {.name = "parts", .kind = RLP_KEY_WHOLE, .dimension = RLP_DIMENSION_NUMBER, .low = 2, .high = 20, .fallback = 2, .meaning = "so many levels, about as many patients in each"},
};

/* ---- horizon and landmarks ------------------------------------------------------------------------------------------------------------- */
static void default_landmarks(rlp_study_t *study) {
    static const double MONTHS[] = {6, 12, 24, 36, 60};
    for (size_t k = 0; k < COUNT(MONTHS); k++)
        if (MONTHS[k] * RLP_DAYS_A_MONTH <= study->trial.follow_up_days * (1 + 1e-4)) study->landmark_days[study->n_landmarks++] = fmin(MONTHS[k] * RLP_DAYS_A_MONTH, study->trial.follow_up_days);
}

static void read_landmarks(rlp_study_t *study, const rlp_node_t *list, rlp_diagnostics_t *wrong) {
    rlp_key_t key = {.name = "landmarks", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_TIME, .low = 1e-6, .high = 1e6, .meaning = "day"};
    double before = 0, end = study->trial.follow_up_days;
    for (size_t k = 0; k < list->n_items; k++) {
        size_t errors = rlp_diagnostics_errors(wrong);
        double day = rlp_read_scalar(list->items[k], &key, wrong);
        if (rlp_diagnostics_errors(wrong) > errors) continue;
        if (day <= before) ERROR(list->items[k]->place, "landmarks rise: day %g comes after day %g", day, before);
        if (end > 0 && day > end * (1 + 1e-4)) ERROR(list->items[k]->place, "the landmark, day %g, lies beyond the end of follow-up, day %g: nothing is known there", day, end);
        study->landmark_days[study->n_landmarks++] = fmin(day, end);
        before = day;
    }
}

int milestones_read(rlp_study_t *study, const rlp_node_t *compare, rlp_diagnostics_t *wrong) {
    const rlp_node_t *list = compare ? rlp_node_member(compare, "landmarks") : NULL;
    bool given = list && list->kind == RLP_NODE_LIST;
    int rc = RLP_NEW(study->landmark_days, given ? list->n_items : 5);
    if (rc) return rc;
    if (given) read_landmarks(study, list, wrong);
    else default_landmarks(study);
    study->horizon_days = survey_horizon(study, study->trial.follow_up_days > 0 ? compare : NULL, COMPARE_KEYS, N_COMPARE_KEYS, study->trial.follow_up_days, wrong);
    return RLP_OK;
}

/* ---- what patients are parted by ------------------------------------------------------------------------------------------------------- */
static bool varies(const rlp_study_t *study, size_t parameter) {
    for (size_t s = 0; s < study->variability.n; s++)
        for (size_t k = 0; k < study->variability.spreads[s].n; k++)
            if (study->variability.spreads[s].rows[k] == parameter) return true;
    return false;
}

static bool known_word(rlp_stratum_t *stratum, const char *after, rlp_stratum_by_t by, const char *of) {
    if (!after || strcmp(after, of)) return false;
    stratum->by = by;
    return true;
}

static bool find_word(const rlp_study_t *study, const rlp_baseline_t *baseline, rlp_stratum_t *stratum) {
    const char *name = stratum->name, *of = !strncmp(name, "baseline.", 9) ? name + 9 : NULL, *test = !strncmp(name, "test.", 5) ? name + 5 : NULL;
    size_t n_tests;
    const rlp_test_t *tests = rlp_baseline_tests(baseline, &n_tests);
    if (known_word(stratum, of, RLP_STRATUM_CELLS, "cells") || known_word(stratum, of, RLP_STRATUM_DIAMETER, "diameter") || known_word(stratum, of, RLP_STRATUM_DOUBLING, "doubling"))
        return true;
    for (stratum->index = 0; of && stratum->index < rlp_baseline_shares(baseline); stratum->index++)
        if (known_word(stratum, of, RLP_STRATUM_SHARE, rlp_baseline_share_name(baseline, stratum->index))) return true;
    for (stratum->index = 0; test && stratum->index < n_tests; stratum->index++)
        if (known_word(stratum, test, RLP_STRATUM_TEST, tests[stratum->index].name)) return true;
    stratum->by = RLP_STRATUM_PARAMETER;
    stratum->index = rlp_parameters_find(&study->parameters, name);
    return stratum->index != RLP_NO_PARAMETER;
}

/* The nearest of all words that there are, for who wrote another. */
static int unknown_word(const rlp_study_t *study, const rlp_baseline_t *baseline, const char *name, rlp_place_t place, rlp_diagnostics_t *wrong) {
    rlp_text_t words[256];
    const char *known[COUNT(words)];
    size_t n = 0, n_tests;
    const rlp_test_t *tests = rlp_baseline_tests(baseline, &n_tests);
    static const char *const ALWAYS[] = {"cells", "diameter", "doubling"};
    int rc = RLP_OK;
    for (size_t k = 0; k < COUNT(ALWAYS); k++) rlp_text_init(&words[n]), rlp_text_format(&words[n++], "baseline.%s", ALWAYS[k]);
    for (size_t k = 0; k < rlp_baseline_shares(baseline) && n < COUNT(words); k++) rlp_text_init(&words[n]), rlp_text_format(&words[n++], "baseline.%s", rlp_baseline_share_name(baseline, k));
    for (size_t k = 0; k < n_tests && n < COUNT(words); k++) rlp_text_init(&words[n]), rlp_text_format(&words[n++], "test.%s", tests[k].name);
    for (size_t p = 0; p < study->parameters.n && n < COUNT(words); p++)
        if (varies(study, p)) rlp_text_init(&words[n]), rlp_text_add(&words[n++], study->parameters.rows[p].path);
    for (size_t k = 0; k < n; k++) known[k] = rlp_text_string(&words[k]), rc = words[k].error ? words[k].error : rc;
    const char *near = rc ? NULL : rlp_nearest(name, known, n);
    ERROR(place, "'%s' is nothing that is known of a patient at baseline: a path that varies, baseline.cells, .diameter, .doubling, baseline.SHARE or test.NAME%s%s%s", name,
          near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    for (size_t k = 0; k < n; k++) rlp_text_free(&words[k]);
    return rc;
}

static rlp_dimension_t dimension_of(const rlp_study_t *study, const rlp_stratum_t *stratum) {
    static const rlp_dimension_t OF[] = {[RLP_STRATUM_CELLS] = RLP_DIMENSION_COUNT, [RLP_STRATUM_DIAMETER] = RLP_DIMENSION_LENGTH, [RLP_STRATUM_SHARE] = RLP_DIMENSION_SHARE,
                                         [RLP_STRATUM_DOUBLING] = RLP_DIMENSION_TIME, [RLP_STRATUM_TEST] = RLP_DIMENSION_NUMBER};
    return stratum->by == RLP_STRATUM_PARAMETER ? study->parameters.rows[stratum->index].dimension : OF[stratum->by];
}

static int read_cuts(const rlp_study_t *study, rlp_stratum_t *stratum, const rlp_node_t *list, rlp_diagnostics_t *wrong) {
    rlp_key_t key = {.name = "cuts", .kind = RLP_KEY_NUMBER, .dimension = dimension_of(study, stratum), .low = -INFINITY, .high = INFINITY, .meaning = "where a level begins"};
    if (!list->n_items) ERROR(list->place, "`cuts` is empty");
    int rc = RLP_NEW(stratum->cuts, list->n_items);
    stratum->n_levels = list->n_items + 1;
    for (size_t k = 0; k < list->n_items && !rc; k++) {
        size_t errors = rlp_diagnostics_errors(wrong);
        stratum->cuts[k] = rlp_read_scalar(list->items[k], &key, wrong);
        if (k && rlp_diagnostics_errors(wrong) == errors && stratum->cuts[k] <= stratum->cuts[k - 1])
            ERROR(list->items[k]->place, "cuts rise: %g comes after %g", stratum->cuts[k], stratum->cuts[k - 1]);
    }
    return rc;
}

static int read_levels(const rlp_study_t *study, rlp_stratum_t *stratum, const rlp_node_t *item, rlp_diagnostics_t *wrong) {
    const rlp_node_t *cuts = item->kind == RLP_NODE_MAP ? rlp_node_member(item, "cuts") : NULL, *parts = item->kind == RLP_NODE_MAP ? rlp_node_member(item, "parts") : NULL;
    stratum->n_levels = parts ? (size_t)rlp_read_whole(item, STRATUM_KEYS, N_STRATUM_KEYS, "parts", wrong) : 2;
    if (cuts && parts) ERROR(parts->key_place, "a stratum has `cuts` or `parts`, not both");
    if ((cuts || parts) && stratum->by == RLP_STRATUM_TEST) ERROR((cuts ? cuts : parts)->key_place, "a test is positive or negative: it has no `cuts` and no `parts`");
    return cuts && cuts->kind == RLP_NODE_LIST && stratum->by != RLP_STRATUM_TEST ? read_cuts(study, stratum, cuts, wrong) : RLP_OK;
}

static int read_stratum(rlp_study_t *study, const rlp_baseline_t *baseline, const rlp_node_t *item, rlp_diagnostics_t *wrong) {
    rlp_stratum_t *stratum = &study->strata[study->n_strata++];
    const rlp_node_t *by = item;
    if (item->kind == RLP_NODE_MAP && !rlp_map_check(item, STRATUM_KEYS, N_STRATUM_KEYS, "a stratum", wrong)) return RLP_OK;
    if (item->kind == RLP_NODE_MAP) by = rlp_node_member(item, "by");
    if (by == item && by->kind != RLP_NODE_SCALAR) ERROR(by->place, "what patients are parted by is one word, as tumour.growth or baseline.cells");
    int rc = rlp_memory_copy_text(&stratum->name, by && by->kind == RLP_NODE_SCALAR ? by->text : "");
    if (rc || !stratum->name[0]) return rc;
    for (size_t k = 0; k + 1 < study->n_strata; k++)
        if (study->strata[k].name && !strcmp(study->strata[k].name, stratum->name)) ERROR(by->place, "'%s' twice", stratum->name);
    if (!find_word(study, baseline, stratum)) return unknown_word(study, baseline, stratum->name, by->place, wrong);
    if (stratum->by == RLP_STRATUM_PARAMETER && !varies(study, stratum->index))
        ERROR(by->place, "%s is the same in all patients: let it vary with `cohort: {variability:}`, or part them by something else", stratum->name);
    return read_levels(study, stratum, item, wrong);
}

int strata_read(rlp_study_t *study, const rlp_node_t *compare, rlp_diagnostics_t *wrong) {
    const rlp_node_t *list = compare ? rlp_node_member(compare, "strata") : NULL;
    rlp_baseline_t *baseline = NULL;
    if (!list || list->kind != RLP_NODE_LIST) return RLP_OK;
    int rc = RLP_NEW(study->strata, list->n_items);
    if (!rc) rc = rlp_baseline_new(study, &baseline);
    for (size_t k = 0; k < list->n_items && !rc; k++) rc = read_stratum(study, baseline, list->items[k], wrong);
    rlp_baseline_free(baseline);
    if (!rc && study->n_arms < 2) rlp_diagnose(wrong, RLP_DIAGNOSTIC_WARNING, list->place, "strata compare arms, and there is one: subgroups.csv has no rows");
    return rc;
}

/* ---- levels ---------------------------------------------------------------------------------------------------------------------------- */
static size_t below(double cut, const double *sorted, size_t n) {
    size_t k = 0;
    while (k < n && sorted[k] < cut) k++;
    return k;
}

static double rounded(double cut, const double *sorted, size_t n, size_t n_levels) {
    size_t exact = below(cut, sorted, n);
    for (int digits = 3; digits < 17 && isfinite(cut); digits++) {
        char text[40];
        snprintf(text, sizeof text, "%.*e", digits - 1, cut);
        double shorter = strtod(text, NULL);
        size_t moved = below(shorter, sorted, n);
        if ((moved > exact ? moved - exact : exact - moved) <= n / (50 * n_levels)) return shorter;
    }
    return cut;
}

/* Cuts of a stratum that has none, and whether the first level is the least value alone. */
static int make_cuts(rlp_stratum_t *stratum, const double *sorted, size_t n, bool parts, bool *alone) {
    int rc = RLP_NEW(stratum->cuts, stratum->n_levels - 1);
    if (rc || !n) return rc;
    *alone = !parts && stratum->by != RLP_STRATUM_TEST && 2 * below(nextafter(sorted[0], INFINITY), sorted, n) > n;
    if (*alone) stratum->cuts[0] = nextafter(sorted[0], INFINITY);
    for (size_t k = 0; k + 1 < stratum->n_levels && !*alone; k++)
        stratum->cuts[k] = stratum->by == RLP_STRATUM_TEST ? 0.5 : rounded(rlp_sample_quantile(sorted, n, (double)(k + 1) / (double)stratum->n_levels), sorted, n, stratum->n_levels);
    return rc;
}

/* The shortest number that reads back the same; 1.89e+10 rather than 18900000000. */
static void add_cut(double cut, rlp_text_t *out) {
    char digits[32] = "";
    if (!(fabs(cut) >= 1e6 && isfinite(cut))) {
        rlp_text_double(out, cut);
        return;
    }
    for (int n = 0; n < 17 && strtod(digits, NULL) != cut; n++) snprintf(digits, sizeof digits, "%.*e", n, cut);
    rlp_text_add(out, digits);
}

static int name_level(rlp_stratum_t *stratum, size_t level, bool alone, double least) {
    rlp_text_t name;
    rlp_text_init(&name);
    if (stratum->by == RLP_STRATUM_TEST) {
        rlp_text_add(&name, level ? "positive" : "negative");
    } else if (alone) {
        rlp_text_add(&name, level ? "> " : "");
        add_cut(least, &name);
    } else {
        if (level) rlp_text_add(&name, ">= "), add_cut(stratum->cuts[level - 1], &name);
        if (level && level + 1 < stratum->n_levels) rlp_text_add(&name, " and ");
        if (level + 1 < stratum->n_levels) rlp_text_add(&name, "< "), add_cut(stratum->cuts[level], &name);
    }
    int rc = name.error ? name.error : rlp_memory_copy_text(&stratum->levels[level], rlp_text_string(&name));
    rlp_text_free(&name);
    return rc;
}

static void refuse_few(const rlp_stratum_t *stratum, uint64_t patients, rlp_place_t place, rlp_diagnostics_t *wrong) {
    rlp_text_t list;
    bool few = false;
    rlp_text_init(&list);
    for (size_t l = 0; l < stratum->n_levels; l++) {
        few = few || stratum->n[l] < FEWEST;
        rlp_text_format(&list, "%s'%s' %llu", l ? ", " : "", stratum->levels[l], (unsigned long long)stratum->n[l]);
    }
    if (few)
        ERROR(place, "%s parts %llu patient%s into levels of fewer than %d, which say nothing (%s): take more patients, or other levels", stratum->name, (unsigned long long)patients,
              patients == 1 ? "" : "s", FEWEST, rlp_text_string(&list));
    rlp_text_free(&list);
}

/* values[patients] of one stratum; NaN: not known, so in no level. */
static int fill_stratum(rlp_stratum_t *stratum, const double *values, double *sorted, size_t patients, bool parts) {
    size_t n = 0;
    bool alone = false;
    for (size_t i = 0; i < patients; i++)
        if (!isnan(values[i])) sorted[n++] = values[i];
    rlp_sample_sort(sorted, n);
    int rc = stratum->cuts ? RLP_OK : make_cuts(stratum, sorted, n, parts, &alone);
    if (!rc) rc = RLP_NEW(stratum->levels, stratum->n_levels);
    if (!rc) rc = RLP_NEW(stratum->n, stratum->n_levels);
    if (!rc) rc = RLP_NEW(stratum->level, patients);
    for (size_t l = 0; l < stratum->n_levels && !rc; l++) rc = name_level(stratum, l, alone, n ? sorted[0] : NAN);
    for (size_t i = 0; i < patients && !rc; i++) {
        stratum->level[i] = isnan(values[i]) ? RLP_NO_LEVEL : 0;
        for (size_t c = 0; c + 1 < stratum->n_levels; c++) stratum->level[i] += values[i] >= stratum->cuts[c];
        if (!isnan(values[i])) stratum->n[stratum->level[i]]++;
    }
    return rc;
}

static double value_of(const rlp_stratum_t *stratum, const double *drawn, const rlp_known_t *known) {
    switch (stratum->by) {
    case RLP_STRATUM_PARAMETER: return drawn[stratum->index];
    case RLP_STRATUM_CELLS: return (double)known->cells;
    case RLP_STRATUM_DIAMETER: return known->diameter_mm;
    case RLP_STRATUM_SHARE: return known->shares[stratum->index];
    case RLP_STRATUM_DOUBLING: return isnan(known->doubling_days) && known->cells ? INFINITY : known->doubling_days; /* what does not grow doubles last */
    case RLP_STRATUM_TEST: return known->found[stratum->index] ? 1 : 0;
    }
    return NAN;
}

/* values[stratum][patient]. */
static int look_at_all(const rlp_study_t *study, double *values) {
    size_t n = (size_t)study->patients;
    rlp_baseline_t *baseline = NULL;
    double *own = NULL;
    bool look = false;
    for (size_t s = 0; s < study->n_strata; s++) look = look || study->strata[s].by != RLP_STRATUM_PARAMETER;
    int rc = look ? rlp_baseline_new(study, &baseline) : RLP_NEW(own, study->parameters.n);
    for (size_t i = 0; i < n && !rc; i++) {
        rlp_known_t known = {0};
        int found = look ? rlp_baseline_look(baseline, i + 1, &known) : rlp_variability_draw(&study->variability, &study->parameters, NULL, study->seed, i + 1, own);
        if (found && !rlp_baseline_is_record(found)) rc = found;
        for (size_t s = 0; s < study->n_strata && !rc; s++) values[s * n + i] = found ? NAN : value_of(&study->strata[s], look ? known.values : own, &known);
    }
    rlp_baseline_free(baseline);
    free(own);
    return rc;
}

int strata_fill(rlp_study_t *study, const rlp_node_t *root, rlp_diagnostics_t *wrong) {
    const rlp_node_t *list = study->n_strata ? rlp_node_at(root, "compare.strata") : NULL;
    size_t n = (size_t)study->patients;
    double *values = NULL, *sorted = NULL;
    if (!list) return RLP_OK;
    int rc = RLP_NEW(values, n * study->n_strata);
    if (!rc) rc = RLP_NEW(sorted, n);
    if (!rc) rc = look_at_all(study, values);
    for (size_t s = 0; s < study->n_strata && !rc; s++) {
        const rlp_node_t *item = list->items[s];
        rc = fill_stratum(&study->strata[s], values + s * n, sorted, n, item->kind == RLP_NODE_MAP && rlp_node_member(item, "parts"));
        if (!rc) refuse_few(&study->strata[s], study->patients, item->place, wrong);
    }
    free(values);
    free(sorted);
    return rc;
}

void strata_free(rlp_study_t *study) {
    for (size_t s = 0; s < study->n_strata; s++) {
        rlp_stratum_t *stratum = &study->strata[s];
        for (size_t l = 0; stratum->levels && l < stratum->n_levels; l++) free(stratum->levels[l]);
        free(stratum->levels);
        free(stratum->cuts);
        free(stratum->level);
        free(stratum->n);
        free(stratum->name);
    }
    free(study->strata);
    free(study->landmark_days);
}
