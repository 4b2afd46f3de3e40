/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an arm cannot feel (rlp_tumour_feels), by brute force on the shipped inputs: all numbers that an arm is said not to feel are changed by a tenth (and threefold) at once, and the processes of
 * some patients and the lives of some are the same bit by bit. Where they are not, each is changed alone, and the culprit named. What can be felt in no patient is not
 * demanded to be known: but most of what the two large studies hold must be. */
#include "cohort.h"

typedef struct {
    rlp_study_t *study;
    bool *felt;
    double *written;
} case_t;

static rlp_study_t *study_at(const char *input) {
    char path[500];
    rlp_study_t *study = NULL;
    rlp_text_t words;
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    const rlp_study_options_t options = {.attribute = !!strstr(input, "hcc-tace") || !!strstr(input, "lung-gef")};
    rlp_text_init(&words);
    snprintf(path, sizeof path, "%s/inputs/%s", SOURCE_DIR, input);
    assert_int_equal(rlp_study_read(path, &options, wrong, &study), RLP_OK);
    rlp_diagnostics_text(wrong, &words);
    if (!study) fail_msg("%s", rlp_text_string(&words));
    rlp_text_free(&words);
    rlp_diagnostics_free(wrong);
    return study;
}

/* By a factor, or less where the range ends; 0 and 1 to something within. */
static double changed(const rlp_parameter_t *row, double factor) {
    double value = row->value;
    if (isnan(value)) return value;
    double x = value ? value * factor : isfinite(row->high) ? row->low + 0.1 * (row->high - row->low) : 0.1;
    if (x > row->high || x < row->low) x = value / factor;
    return row->whole ? value + (value < row->high ? 1 : -1) : x;
}

static bool same_timeline(const rlp_process_t *a, const rlp_process_t *b) {
    return a->n_types == b->n_types && a->n_channels == b->n_channels && a->n_segments == b->n_segments && a->n_rate_rows == b->n_rate_rows && a->n_survive_rows == b->n_survive_rows &&
           a->clearance_per_day == b->clearance_per_day && !memcmp(a->start_cells, b->start_cells, a->n_types * sizeof *a->start_cells) &&
           !memcmp(a->segments, b->segments, a->n_segments * sizeof *a->segments) && !memcmp(a->rates, b->rates, a->n_rate_rows * a->row_size * sizeof *a->rates) &&
           (!a->n_survive_rows || !memcmp(a->survive, b->survive, a->n_survive_rows * a->n_types * sizeof *a->survive));
}

static bool same_process(const case_t *c, size_t arm, uint64_t patient) {
    rlp_process_t one, other;
    rlp_trial_t there = c->study->trial;
    there.written = c->written;
    assert_int_equal(rlp_life_compile(&c->study->trial, arm, patient, &one), RLP_OK);
    int rc = rlp_life_compile(&there, arm, patient, &other);
    bool same = !rc && same_timeline(&one, &other);
    rlp_process_free(&one);
    if (!rc) rlp_process_free(&other);
    return same;
}

static bool same_life(const case_t *c, rlp_life_t *life, size_t arm, uint64_t patient) {
    rlp_outcome_t one, other;
    rlp_told_t told = {0};
    rlp_trial_t there = c->study->trial;
    there.written = c->written;
    assert_int_equal(rlp_life_turn(life, &c->study->trial), RLP_OK);
    assert_int_equal(rlp_life_run(life, arm, patient, NULL, &one, &told), RLP_OK);
    assert_int_equal(rlp_life_turn(life, &there), RLP_OK);
    assert_int_equal(rlp_life_run(life, arm, patient, NULL, &other, &told), RLP_OK);
    return !memcmp(&one, &other, sizeof one);
}

static bool all_same(const case_t *c, rlp_life_t *life, size_t arm, uint64_t patients) {
    for (uint64_t k = 1; k <= patients; k++)
        if (!same_process(c, arm, k) || !same_life(c, life, arm, k)) return false;
    return true;
}

static void name_culprits(const case_t *c, rlp_life_t *life, size_t arm, double factor, uint64_t patients) {
    const rlp_parameters_t *p = &c->study->parameters;
    for (size_t i = 0; i < p->n; i++) {
        if (c->felt[i]) continue;
        rlp_parameters_values(p, c->written);
        c->written[i] = changed(&p->rows[i], factor);
        if (!all_same(c, life, arm, patients)) print_message("felt: %s\n", p->rows[i].path);
    }
    fail_msg("the arm %s feels what it is said not to feel", rlp_tumour_arm_name(c->study->tumour, arm));
}

/* Share of (number, arm) that need not be lived again. */
static double judge_input(const char *input, double factor, uint64_t patients) {
    case_t c = {.study = study_at(input)};
    const rlp_parameters_t *p = &c.study->parameters;
    size_t unfelt = 0, n_arms = rlp_tumour_arms(c.study->tumour);
    rlp_life_t *life;
    c.felt = calloc(p->n, sizeof *c.felt);
    c.written = calloc(p->n, sizeof *c.written);
    assert_true(c.felt && c.written);
    assert_int_equal(rlp_life_new(&c.study->trial, &life), RLP_OK);
    for (size_t arm = 0; arm < n_arms; arm++) {
        assert_int_equal(rlp_tumour_feels(c.study->tumour, arm, p, c.felt), RLP_OK);
        for (size_t i = 0; i < p->n; i++) {
            c.written[i] = c.felt[i] ? p->rows[i].value : changed(&p->rows[i], factor);
            unfelt += !c.felt[i];
        }
        if (!all_same(&c, life, arm, patients)) name_culprits(&c, life, arm, factor, patients);
    }
    double share = (double)unfelt / ((double)p->n * (double)n_arms);
    print_message("%s: %zu numbers, %zu arms, %.0f %% of their pairs are not lived again\n", input, p->n, n_arms, 100 * share);
    rlp_life_free(life);
    free(c.felt);
    free(c.written);
    rlp_study_free(c.study);
    return share;
}

static void what_is_not_felt_changes_no_bit(void **state) {
    (void)state;
    static const char *const TWO[] = {"hcc-tace-sorafenib.yaml", "lung-gefitinib-mwa.yaml"};
    for (size_t k = 0; k < 2; k++) {
        assert_true(judge_input(TWO[k], 1.1, 2) > 0.3);
        (void)judge_input(TWO[k], 3, 1);
    }
    static const char *const OTHERS[] = {"opposite-signs.yaml", "own-mechanism.yaml", "trials/leap-012.yaml", "trials/tactics.yaml", "trials/flaura.yaml"};
    for (size_t k = 0; k < sizeof OTHERS / sizeof *OTHERS; k++) (void)judge_input(OTHERS[k], 1.1, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_not_felt_changes_no_bit)};
    return cmocka_run_group_tests_name("felt", tests, NULL, NULL);
}
