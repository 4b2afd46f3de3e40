/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `trial:` as it is read: who is in it, against whom, and what was printed, in days. */
#include "cohort.h"

#define INPUT(trial)                                                                                                                            \
    "process: {types: {T: {cells: 1000, birth: 0.14 /d, death: 0.12 /d}}}\narms: {none: {}, low: {}, high: {}}\ncompare: {reference: low}\n"     \
    "cohort: {patients: 100, follow_up: 3 y}\nendpoints: {progression: {burden: 10000, every: 28 d}}\ntrial: {accrual: 12 mo, after: 0.5 y, " trial "}\n"
enum { NO_DRUG, LOW, HIGH };

static rlp_study_t *read_with(const char *text, rlp_study_options_t options, size_t warnings) {
    rlp_study_t *study = NULL;
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    assert_int_equal(rlp_study_parse("study", text, strlen(text), &options, wrong, &study), RLP_OK);
    assert_non_null(study);
    assert_int_equal(rlp_diagnostics_warnings(wrong), warnings);
    rlp_diagnostics_free(wrong);
    return study;
}

static void a_trial_is_read_in_days(void **state) {
    (void)state;
    rlp_study_t *study = read_with(INPUT("per_arm: 30, dropout: 5 %/yr, published: [{arm: high, endpoint: os, median: 2 mo, lower: 50 d, upper: 0.5 y, source: here},\n"
                                         "  {arm: none, endpoint: pfs, hazard_ratio: 0.7}]"),
                                   (rlp_study_options_t){0}, 0);
    const rlp_printed_t *p = &study->printed;
    assert_true(p->asked && p->per_arm[NO_DRUG] == 30 && p->per_arm[LOW] == 30 && p->per_arm[HIGH] == 30);
    assert_int_equal(p->reference, LOW);
    assert_int_equal(p->repeats, 1000);
    assert_true(p->accrual_days == 365.25 && p->after_days == 182.625 && fabs(p->dropout_per_day - 0.05 / 365.25) < 1e-18);
    assert_int_equal(p->n_published, 2);
    const rlp_published_t *median = &p->published[0], *hazard = &p->published[1];
    assert_true(median->arm == HIGH && median->endpoint == RLP_TIME_OS && median->what == RLP_PUBLISHED_MEDIAN && median->value == 60.875);
    assert_true(median->lower95 == 50 && median->upper95 == 182.625);
    assert_true(fabs(median->rounding - 0.5 * 30.4375) < 1e-12 && fabs(hazard->rounding - 0.05) < 1e-12); /* of "2 mo" and "0.7" */
    assert_string_equal(median->source, "here");
    assert_true(hazard->arm == NO_DRUG && hazard->reference == LOW && hazard->what == RLP_PUBLISHED_HAZARD_RATIO && hazard->value == 0.7 && isnan(hazard->lower95));
    assert_string_equal(hazard->source, "");
    rlp_study_free(study);
}

static void arms_that_are_not_named_are_not_in_it(void **state) {
    (void)state;
    rlp_study_t *study = read_with(INPUT("per_arm: {none: 20, high: 40}, reference: none"), (rlp_study_options_t){0}, 0);
    assert_true(study->printed.per_arm[NO_DRUG] == 20 && study->printed.per_arm[LOW] == 0 && study->printed.per_arm[HIGH] == 40);
    assert_int_equal(study->printed.reference, NO_DRUG);
    rlp_study_free(study);
    study = read_with(INPUT("per_arm: {high: 40}"), (rlp_study_options_t){0}, 0); /* alone: against nobody */
    assert_int_equal(study->printed.reference, RLP_NONE);
    rlp_study_free(study);
}

static void what_is_left_out_by_arm_leaves_its_rows_out(void **state) {
    (void)state;
    static const char *const ARMS[] = {"none", "high"};
    rlp_study_t *study = read_with(INPUT("per_arm: 30, reference: low, published: [{arm: low, endpoint: pfs, median: 2 mo}, {arm: high, endpoint: pfs, median: 3 mo, source: kept}]"),
                                   (rlp_study_options_t){.arms = ARMS, .n_arms = 2}, 1);
    assert_int_equal(study->printed.reference, RLP_NONE);
    assert_int_equal(study->printed.n_published, 1);
    assert_int_equal(study->printed.published->arm, 1);
    assert_string_equal(study->printed.published->source, "kept");
    rlp_study_free(study);
}

static void a_trial_larger_than_the_cohort_is_warned_of(void **state) {
    (void)state;
    rlp_study_free(read_with(INPUT("per_arm: 100"), (rlp_study_options_t){0}, 0));
    rlp_study_free(read_with(INPUT("per_arm: {none: 101, low: 100}"), (rlp_study_options_t){0}, 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trial_is_read_in_days),
        cmocka_unit_test(arms_that_are_not_named_are_not_in_it),
        cmocka_unit_test(what_is_left_out_by_arm_leaves_its_rows_out),
        cmocka_unit_test(a_trial_larger_than_the_cohort_is_warned_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
