/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Against trials: `trial:` says how large a trial was, how its patients came, how long they were followed and what was printed. Nobody is simulated for it: the finished
 * cohort is the population that such a trial draws its patients from (report/trial.c). */
#include "printed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "survey.h"

#define ERROR(...) rlp_diagnose(wrong, RLP_DIAGNOSTIC_ERROR, __VA_ARGS__)
#define WARNING(...) rlp_diagnose(wrong, RLP_DIAGNOSTIC_WARNING, __VA_ARGS__)

const rlp_key_t PRINTED_KEYS[N_PRINTED_KEYS] = {
    {.name = "per_arm", .kind = RLP_KEY_ANY, .required = true, .meaning = "patients in each arm of the trial, or a map of arms to patients"},
    {.name = "reference", .kind = RLP_KEY_TEXT, .meaning = "the arm that the others are compared with; default that of compare"},
    {.name = "accrual", .kind = RLP_KEY_NUMBER, .required = true, .dimension = RLP_DIMENSION_TIME, .low = 0, .high = 1e5, .meaning = "patients enter evenly over so long"},
    {.name = "after", .kind = RLP_KEY_NUMBER, .required = true, .dimension = RLP_DIMENSION_TIME, .low = 0, .high = 1e5, .meaning = "and are followed so much longer after the last one entered"},
    {.name = "dropout", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_RATE, .low = 0, .high = 10, .fallback = 0, .meaning = "rate at which patients are lost"},
    {.name = "repeats", .kind = RLP_KEY_WHOLE, .dimension = RLP_DIMENSION_NUMBER, .low = 100, .high = 1e6, .fallback = 1000, .meaning = "trials that are drawn"},
    {.name = "published", .kind = RLP_KEY_LIST, .meaning = "what was printed"},
};
const rlp_key_t PUBLISHED_KEYS[N_PUBLISHED_KEYS] = {
    {.name = "arm", .kind = RLP_KEY_TEXT, .required = true, .meaning = "of which arm"},
    {.name = "endpoint", .kind = RLP_KEY_WORD, .required = true, .words = "ttp|pfs|os", .meaning = "of which time"},
    {.name = "median", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_TIME, .low = 1e-6, .high = 1e6, .fallback = NAN, .meaning = "the median; this or hazard_ratio"},
    {.name = "hazard_ratio", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_NUMBER, .low = 1e-6, .high = 1e6, .fallback = NAN, .meaning = "against the reference"},
    {.name = "lower", .kind = RLP_KEY_ANY, .meaning = "of its 95 % interval, as printed"},
    {.name = "upper", .kind = RLP_KEY_ANY, .meaning = "of its 95 % interval, as printed"},
    {.name = "source", .kind = RLP_KEY_TEXT, .meaning = "where it was printed"},
};

/* ---- who is in the trial ----------------------------------------------------------------------------------------------------------------- */
static uint64_t read_size(const rlp_node_t *scalar, rlp_diagnostics_t *wrong) {
    const rlp_key_t key = {.name = "per_arm", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_NUMBER, .low = 2, .high = 1e6, .meaning = "patients"};
    size_t errors = rlp_diagnostics_errors(wrong);
    double n = rlp_read_scalar(scalar, &key, wrong);
    if (rlp_diagnostics_errors(wrong) == errors && n != floor(n)) ERROR(scalar->place, "per_arm is '%s': patients come whole", scalar->text);
    return (uint64_t)n;
}

static int read_sizes(rlp_study_t *study, const rlp_node_t *node, rlp_diagnostics_t *wrong) {
    uint64_t *per_arm;
    size_t errors = rlp_diagnostics_errors(wrong);
    int rc = RLP_NEW(study->printed.per_arm, study->n_arms);
    if (rc) return rc;
    per_arm = study->printed.per_arm;
    if (node->kind != RLP_NODE_SCALAR && node->kind != RLP_NODE_MAP) ERROR(node->place, "`per_arm` is a number of patients, or a map of arms to patients");
    uint64_t all = node->kind == RLP_NODE_SCALAR ? read_size(node, wrong) : 0;
    for (size_t a = 0; a < study->n_arms; a++) per_arm[a] = all;
    for (size_t k = 0; node->kind == RLP_NODE_MAP && k < node->n_items; k++) {
        size_t task = survey_task(study, node->items[k]->key, node->items[k]->key_place, wrong);
        uint64_t n = node->items[k]->kind == RLP_NODE_SCALAR ? read_size(node->items[k], wrong) : 0;
        if (node->items[k]->kind != RLP_NODE_SCALAR) ERROR(node->items[k]->place, "a number of patients is expected here");
        if (task != RLP_NONE) per_arm[task] = n;
    }
    for (size_t a = 0; rlp_diagnostics_errors(wrong) > errors && a < study->n_arms; a++) per_arm[a] = 1; /* unknown, so nobody's absence is complained of */
    for (size_t a = 0; a < study->n_arms; a++)
        if (per_arm[a] > study->patients)
            WARNING(node->place, "the trial has %llu patients in arm '%s', and the cohort %llu: too few to stand for all whom it might have taken", (unsigned long long)per_arm[a],
                    rlp_study_arm_name(study, a), (unsigned long long)study->patients);
    return RLP_OK;
}

/* RLP_NONE: nothing is compared. */
static void read_reference(rlp_study_t *study, const rlp_node_t *node, rlp_diagnostics_t *wrong) {
    const char *name = rlp_read_text(node, PRINTED_KEYS, N_PRINTED_KEYS, "reference", wrong);
    rlp_printed_t *printed = &study->printed;
    size_t errors = rlp_diagnostics_errors(wrong), others = 0;
    printed->reference = name ? survey_task(study, name, rlp_node_member(node, "reference")->place, wrong) : study->reference;
    for (size_t a = 0; a < study->n_arms; a++) others += a != printed->reference && printed->per_arm[a];
    if (rlp_diagnostics_errors(wrong) > errors) return;
    if (printed->reference != RLP_NONE && !printed->per_arm[printed->reference] && (name || others > 1))
        ERROR(name ? rlp_node_member(node, "reference")->place : node->key_place, "the reference '%s' is not in the trial: name another, or give it patients in `per_arm`",
              rlp_study_arm_name(study, printed->reference));
    if (name && printed->reference == RLP_NONE) WARNING(rlp_node_member(node, "reference")->place, "--arm leaves out the reference of the trial: no arm is compared with it");
    if (printed->reference != RLP_NONE && (!printed->per_arm[printed->reference] || !others)) printed->reference = RLP_NONE;
}

static void refuse_beyond(const rlp_study_t *study, const rlp_node_t *node, rlp_diagnostics_t *wrong) {
    double end = study->trial.follow_up_days, asked = study->printed.accrual_days + study->printed.after_days;
    if (!(asked > 0)) ERROR(node->key_place, "a trial that looks on the day on which its patients enter sees nothing: give `accrual` or `after` some time");
    if (asked > end * (1 + 1e-4))
        ERROR(rlp_node_member(node, "after")->place, "the trial follows its first patients to day %g (`accrual` and `after`), and the cohort is followed to day %g: nothing is known there", asked, end);
}

/* ---- what was printed --------------------------------------------------------------------------------------------------------------------- */
static double read_end(const rlp_node_t *row, const char *name, bool ratio, rlp_diagnostics_t *wrong) {
    const rlp_key_t key = {.name = name, .kind = RLP_KEY_NUMBER, .dimension = ratio ? RLP_DIMENSION_NUMBER : RLP_DIMENSION_TIME, .low = 0, .high = 1e6, .meaning = "end of the interval"};
    const rlp_node_t *end = rlp_node_member(row, name);
    if (end && end->kind != RLP_NODE_SCALAR) ERROR(end->place, "`%s` is one number", name);
    return end && end->kind == RLP_NODE_SCALAR ? rlp_read_scalar(end, &key, wrong) : NAN;
}

/* Half of the last digit of "12.3 mo", whose value in days is known; 0 of one with an exponent. */
static double rounding_of(const char *text, double value) {
    size_t digits = strspn(text, "+-0123456789.");
    const char *point = memchr(text, '.', digits);
    double number = strtod(text, NULL), half = 0.5;
    if (text[digits] == 'e' || text[digits] == 'E' || !(number > 0)) return 0;
    for (const char *at = point; at && at + 1 < text + digits; at++) half /= 10;
    return half * value / number;
}

static void judge_published(const rlp_study_t *study, const rlp_node_t *row, const rlp_published_t *p, rlp_diagnostics_t *wrong) {
    if (p->endpoint == RLP_TIME_OS && study->trial.until == RLP_UNTIL_PROGRESSION)
        ERROR(rlp_node_member(row, "endpoint")->place, "`until: progression` ends a patient at progression: there is no survival to hold against what was printed");
    if (p->lower95 > p->value || p->upper95 < p->value) ERROR(row->place, "what was printed lies outside its own interval");
    if (p->arm == RLP_NONE) return;
    if (!study->printed.per_arm[p->arm]) ERROR(rlp_node_member(row, "arm")->place, "arm '%s' is not in the trial: give it patients in `per_arm`", rlp_study_arm_name(study, p->arm));
    if (p->what == RLP_PUBLISHED_HAZARD_RATIO && p->arm == study->printed.reference) ERROR(rlp_node_member(row, "arm")->place, "the reference has no hazard ratio against itself");
    if (p->what == RLP_PUBLISHED_HAZARD_RATIO && p->arm != study->printed.reference && study->printed.reference == RLP_NONE)
        WARNING(row->place, "nothing is compared in this trial: the hazard ratio stands beside nothing");
}

static int read_published(rlp_study_t *study, const rlp_node_t *row, rlp_diagnostics_t *wrong) {
    static const rlp_time_t OF[] = {RLP_TIME_TTP, RLP_TIME_PFS, RLP_TIME_OS};
    rlp_published_t *p = &study->printed.published[study->printed.n_published];
    size_t errors = rlp_diagnostics_errors(wrong);
    if (!rlp_map_check(row, PUBLISHED_KEYS, N_PUBLISHED_KEYS, "what was printed", wrong) || rlp_diagnostics_errors(wrong) > errors) return RLP_OK;
    bool median = rlp_node_member(row, "median"), ratio = rlp_node_member(row, "hazard_ratio");
    if (median == ratio) {
        ERROR(row->place, "what was printed is a `median` or a `hazard_ratio`");
        return RLP_OK;
    }
    const char *source = rlp_read_text(row, PUBLISHED_KEYS, N_PUBLISHED_KEYS, "source", wrong);
    *p = (rlp_published_t){.what = ratio ? RLP_PUBLISHED_HAZARD_RATIO : RLP_PUBLISHED_MEDIAN, .reference = study->printed.reference};
    p->value = rlp_read_number(row, PUBLISHED_KEYS, N_PUBLISHED_KEYS, ratio ? "hazard_ratio" : "median", wrong);
    p->rounding = rounding_of(rlp_node_member(row, ratio ? "hazard_ratio" : "median")->text, p->value);
    p->lower95 = read_end(row, "lower", ratio, wrong);
    p->upper95 = read_end(row, "upper", ratio, wrong);
    p->endpoint = OF[rlp_read_word(row, PUBLISHED_KEYS, N_PUBLISHED_KEYS, "endpoint", wrong)];
    p->arm = survey_task(study, rlp_read_text(row, PUBLISHED_KEYS, N_PUBLISHED_KEYS, "arm", wrong), rlp_node_member(row, "arm")->place, wrong);
    if (rlp_diagnostics_errors(wrong) == errors) judge_published(study, row, p, wrong);
    if (p->arm == RLP_NONE) return RLP_OK; /* unknown, or left out by --arm: its row goes with it */
    study->printed.n_published++;
    return rlp_memory_copy_text(&p->source, source ? source : "");
}

int printed_read(rlp_study_t *study, const rlp_node_t *root, rlp_diagnostics_t *wrong) {
    const rlp_node_t *node = rlp_node_member(root, "trial"), *list = node ? rlp_node_member(node, "published") : NULL;
    rlp_printed_t *printed = &study->printed;
    size_t errors = rlp_diagnostics_errors(wrong);
    if (!node || !rlp_map_check(node, PRINTED_KEYS, N_PRINTED_KEYS, "trial", wrong)) return RLP_OK;
    printed->asked = true;
    printed->accrual_days = rlp_read_number(node, PRINTED_KEYS, N_PRINTED_KEYS, "accrual", wrong);
    printed->after_days = rlp_read_number(node, PRINTED_KEYS, N_PRINTED_KEYS, "after", wrong);
    printed->dropout_per_day = rlp_read_number(node, PRINTED_KEYS, N_PRINTED_KEYS, "dropout", wrong);
    printed->repeats = (uint64_t)rlp_read_whole(node, PRINTED_KEYS, N_PRINTED_KEYS, "repeats", wrong);
    if (!rlp_node_member(node, "per_arm")) return RLP_OK; /* said */
    int rc = read_sizes(study, rlp_node_member(node, "per_arm"), wrong);
    if (rc) return rc;
    if (rlp_diagnostics_errors(wrong) == errors) refuse_beyond(study, node, wrong);
    read_reference(study, node, wrong);
    if (list && list->kind == RLP_NODE_LIST) rc = RLP_NEW(printed->published, list->n_items);
    for (size_t k = 0; printed->published && k < list->n_items && !rc; k++) rc = read_published(study, list->items[k], wrong);
    return rc;
}

void printed_free(rlp_study_t *study) {
    for (size_t k = 0; k < study->printed.n_published; k++) free(study->printed.published[k].source);
    free(study->printed.published);
    free(study->printed.per_arm);
}
