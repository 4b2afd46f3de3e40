/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every line of tests/r/reference.csv (R's package survival; tests/r/reference.R made it) against relapse/statistics.h, to 1e-9 relative.
 * */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "relapse/memory.h"
#include "relapse/statistics.h"
#include "relapse/text.h"

#define HORIZON 300.0
#define MAX_ROWS 400

static char *cases_text, *reference_text; /* the two files */

/* ---- one cohort ---------------------------------------------------------------------------------------------------------- */
typedef struct {
    char name[64];
    struct {
        size_t n;
        double time[MAX_ROWS], sorted[MAX_ROWS];
        bool event[MAX_ROWS];
        unsigned cause[MAX_ROWS];
        uint64_t patient[MAX_ROWS];
        rlp_survival_t survival;
    } arm[2];
    rlp_km_t km;
    rlp_cuminc_t cuminc;
    rlp_moments_t moments;
    rlp_logrank_t logrank;
    rlp_cox_t cox;
    rlp_rmst_comparison_t pairs;
} cohort_t;

static cohort_t cohort;

static void read_case(const char *name) {
    memset(&cohort, 0, sizeof cohort);
    snprintf(cohort.name, sizeof cohort.name, "%s", name);
    for (const char *line = strchr(cases_text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
        char its[64], time[40];
        unsigned arm, cause;
        unsigned long patient;
        if (sscanf(line + 1, "%63[^,],%u,%lu,%39[^,],%u", its, &arm, &patient, time, &cause) != 5) fail_msg("cases.csv: %s", line);
        if (strcmp(its, name) != 0) continue;
        assert_true(arm < 2 && cohort.arm[arm].n < MAX_ROWS);
        size_t i = cohort.arm[arm].n++;
        cohort.arm[arm].time[i] = cohort.arm[arm].sorted[i] = strtod(time, NULL);
        cohort.arm[arm].event[i] = cause > 0;
        cohort.arm[arm].cause[i] = cause;
        cohort.arm[arm].patient[i] = patient;
    }
    assert_true(cohort.arm[0].n > 0);
    for (int k = 0; k < 2; k++)
        cohort.arm[k].survival = (rlp_survival_t){cohort.arm[k].n, cohort.arm[k].time, cohort.arm[k].event, cohort.arm[k].patient};
}

static void open_case(const char *name) {
    if (strcmp(cohort.name, name) == 0) return;
    rlp_km_free(&cohort.km);
    rlp_cuminc_free(&cohort.cuminc);
    read_case(name);
    const rlp_survival_t *reference = &cohort.arm[0].survival, *arm = &cohort.arm[1].survival;
    assert_int_equal(rlp_km_init(&cohort.km, reference), 0);
    assert_int_equal(rlp_cuminc_init(&cohort.cuminc, reference->n, reference->time, cohort.arm[0].cause, 2), 0);
    for (size_t i = 0; i < reference->n; i++) rlp_moments_add(&cohort.moments, reference->time[i]);
    rlp_sample_sort(cohort.arm[0].sorted, reference->n);
    assert_int_equal(rlp_logrank(reference, arm, &cohort.logrank), 0);
    assert_int_equal(rlp_cox_fit(reference, arm, &cohort.cox), 0);
    assert_int_equal(rlp_rmst_compare(reference, arm, HORIZON, &cohort.pairs), 0);
}

/* ---- the answer to one line ----------------------------------------------------------------------------------------------- */
static double km_answer(const char *what, size_t row) {
    if (strcmp(what, "rows") == 0) return (double)cohort.km.rows;
    assert_true(row < cohort.km.rows);
    const rlp_km_row_t *r = &cohort.km.row[row];
    if (strcmp(what, "time") == 0) return r->time;
    if (strcmp(what, "at_risk") == 0) return (double)r->at_risk;
    if (strcmp(what, "events") == 0) return (double)r->events;
    if (strcmp(what, "censored") == 0) return (double)r->censored;
    if (strcmp(what, "survival") == 0) return r->survival;
    if (strcmp(what, "std_err") == 0) return r->std_err;
    if (strcmp(what, "lower95") == 0) return r->lower95;
    if (strcmp(what, "upper95") == 0) return r->upper95;
    fail_msg("km.%s", what);
    return NAN;
}

static double at_answer(const char *what, size_t row) {
    static const double times[] = {0, 56, 100, 168.5, 300};
    rlp_km_row_t at = rlp_km_at(&cohort.km, times[row]);
    if (strcmp(what, "survival") == 0) return at.survival;
    if (strcmp(what, "std_err") == 0) return at.std_err;
    if (strcmp(what, "lower95") == 0) return at.lower95;
    if (strcmp(what, "upper95") == 0) return at.upper95;
    if (strcmp(what, "at_risk") == 0) return (double)at.at_risk;
    fail_msg("at.%s", what);
    return NAN;
}

static double cuminc_answer(const char *what, size_t row) {
    assert_true(row < cohort.cuminc.rows);
    const char *dot = strchr(what, '.');
    const rlp_cuminc_point_t *point = strncmp(what, "free", 4) == 0     ? &cohort.cuminc.event_free[row]
                                      : strncmp(what, "cause1", 6) == 0 ? &cohort.cuminc.point[2 * row]
                                                                        : &cohort.cuminc.point[2 * row + 1];
    if (strcmp(dot, ".value") == 0) return point->value;
    if (strcmp(dot, ".std_err") == 0) return point->std_err;
    if (strcmp(dot, ".lower95") == 0) return point->lower95;
    if (strcmp(dot, ".upper95") == 0) return point->upper95;
    fail_msg("cuminc.%s", what);
    return NAN;
}

static double sample_answer(const char *what, size_t row) {
    static const double levels[] = {0, 0.05, 0.25, 0.5, 0.75, 0.95, 1};
    if (strcmp(what, "quantile") == 0) return rlp_sample_quantile(cohort.arm[0].sorted, cohort.arm[0].n, levels[row]);
    const double moments[] = {cohort.moments.mean, rlp_moments_variance(&cohort.moments), rlp_moments_std_err(&cohort.moments)};
    return moments[row];
}

static double answer(const char *quantity, size_t row) {
    static const double levels[] = {0.25, 0.75};
    const rlp_logrank_t *t = &cohort.logrank;
    const rlp_cox_t *c = &cohort.cox;
    const rlp_rmst_comparison_t *p = &cohort.pairs;
    rlp_interval_t median = rlp_km_quantile(&cohort.km, 0.5);
    rlp_estimate_t rmst = rlp_km_rmst(&cohort.km, HORIZON);
    if (strncmp(quantity, "km.", 3) == 0) return km_answer(quantity + 3, row);
    if (strncmp(quantity, "at.", 3) == 0) return at_answer(quantity + 3, row);
    if (strncmp(quantity, "cuminc.", 7) == 0) return cuminc_answer(quantity + 7, row);
    if (strncmp(quantity, "sample.", 7) == 0) return sample_answer(quantity + 7, row);
    if (strcmp(quantity, "median") == 0) return (const double[]){median.value, median.lower95, median.upper95}[row];
    if (strcmp(quantity, "quantile") == 0) return rlp_km_quantile(&cohort.km, levels[row]).value;
    if (strcmp(quantity, "rmst") == 0) return (const double[]){rmst.value, rmst.std_err}[row];
    if (strcmp(quantity, "logrank") == 0)
        return (const double[]){t->chi2, t->p, t->observed[0], t->observed[1], t->expected[0], t->expected[1]}[row];
    if (strcmp(quantity, "cox") == 0)
        return (const double[]){c->coefficient, c->naive_std_err, c->robust_std_err, c->hazard_ratio, c->lower95, c->upper95}[row];
    if (strcmp(quantity, "pairs") == 0)
        return (const double[]){
            p->difference, p->std_err, p->lower95, p->upper95, p->independent_std_err, p->correlation, (double)p->pairs}[row];
    fail_msg("reference.csv has an unknown quantity: %s", quantity);
    return NAN;
}

/* ---- the comparison --------------------------------------------------------------------------------------------------------- */
static void agree(const char *prefix, size_t at_least, double tolerance) {
    size_t lines = 0, wrong = 0;
    for (const char *line = strchr(reference_text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
        char name[64], quantity[64], text[40];
        size_t row;
        if (sscanf(line + 1, "%63[^,],%63[^,],%zu,%39s", name, quantity, &row, text) != 4) fail_msg("reference.csv: %s", line);
        if (strncmp(quantity, prefix, strlen(prefix)) != 0) continue;
        open_case(name);
        double theirs = strcmp(text, "NA") == 0 ? NAN : strtod(text, NULL), ours = answer(quantity, row - 1);
        bool same = isnan(theirs) ? isnan(ours) : fabs(ours - theirs) <= tolerance * fabs(theirs) + 1e-12;
        if (!same && wrong++ < 10) print_error("%s %s[%zu]: R %.17g, relapse %.17g\n", name, quantity, row, theirs, ours);
        lines++;
    }
    assert_int_equal(wrong, 0);
    assert_true(lines >= at_least);
}

static void kaplan_meier_is_survfit(void **state) {
    (void)state;
    agree("km.", 900, 1e-9);
}
static void curve_at_a_time_is_summary_survfit(void **state) {
    (void)state;
    agree("at.", 200, 1e-9);
}
static void median_is_what_survfit_prints(void **state) {
    (void)state;
    agree("median", 60, 1e-9);
}
static void quantiles_are_survfits_inside_the_curve(void **state) {
    (void)state;
    agree("quantile", 30, 1e-9);
}
static void restricted_mean_is_what_survfit_prints(void **state) {
    (void)state;
    agree("rmst", 40, 1e-9);
}
static void cumulative_incidence_is_multistate_survfit(void **state) {
    (void)state;
    agree("cuminc.", 1200, 1e-9);
}
static void log_rank_is_survdiff(void **state) {
    (void)state;
    agree("logrank", 40, 1e-9);
}
static void cox_is_coxph_with_efron_and_cluster(void **state) {
    (void)state;
    agree("cox", 36, 1e-9);
}
static void paired_restricted_mean_is_the_sum_of_influences(void **state) {
    (void)state;
    agree("pairs", 40, 1e-9);
}
static void sample_quantiles_and_moments_are_rs(void **state) {
    (void)state;
    agree("sample.", 200, 1e-9);
}

static int read_files(void **state) {
    (void)state;
    size_t length;
    if (rlp_file_read_whole(TESTS_DIR "/r/cases.csv", &cases_text, &length) != 0) return -1;
    return rlp_file_read_whole(TESTS_DIR "/r/reference.csv", &reference_text, &length);
}

static int forget_files(void **state) {
    (void)state;
    rlp_km_free(&cohort.km);
    rlp_cuminc_free(&cohort.cuminc);
    free(cases_text);
    free(reference_text);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kaplan_meier_is_survfit),
        cmocka_unit_test(curve_at_a_time_is_summary_survfit),
        cmocka_unit_test(median_is_what_survfit_prints),
        cmocka_unit_test(quantiles_are_survfits_inside_the_curve),
        cmocka_unit_test(restricted_mean_is_what_survfit_prints),
        cmocka_unit_test(cumulative_incidence_is_multistate_survfit),
        cmocka_unit_test(log_rank_is_survdiff),
        cmocka_unit_test(cox_is_coxph_with_efron_and_cluster),
        cmocka_unit_test(paired_restricted_mean_is_the_sum_of_influences),
        cmocka_unit_test(sample_quantiles_and_moments_are_rs),
    };
    return cmocka_run_group_tests(tests, read_files, forget_files);
}
