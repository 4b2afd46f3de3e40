/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * trial.csv of cohorts whose times are chosen, so that what a trial would print is known. */
#include "report_test.h"

#define INPUT(patients, trial)                                                                                                                                \
    "process: {types: {S: {cells: 100, birth: 0.2 /d, death: 0.1 /d}}}\n"                                                                                     \
    "arms: {none: {}, drug: {}}\ncohort: {patients: " patients ", seed: 1, follow_up: 300 d}\n"                                                               \
    "endpoints: {progression: {burden: 1000, every: 1 d}, death: {burden: 1e6}}\ntrial: {" trial "}\n"
#define HEADER "arm,reference,endpoint,quantity,per_arm,repeats,q025,q25,q50,q75,q975,published,published_lower95,published_upper95,inside,power,source\n"

static rlp_study_t *reading;
static double (*time_of)(size_t arm, uint64_t patient); /* of progression; death at 280 */

static int read_chosen(void *context, uint64_t block, unsigned char *payload) {
    rlp_block_t open;
    (void)context;
    memset(payload, 0, rlp_block_bytes(reading, block));
    rlp_block_open(reading, block, payload, &open);
    for (uint64_t k = 0; k < open.patients; k++) {
        double t = time_of(rlp_block_task(reading, block), open.first + k);
        ((rlp_outcome_t *)open.outcomes)[k] = (rlp_outcome_t){.ttp_days = t, .pfs_days = t, .os_days = 280, .end_days = 280, .ttp_event = 1, .pfs_event = 1, .os_event = 1, .reason = 1,
                                                              .death_cause = 1, .best_change_percent = NAN, .untreatable_days = NAN, .second_days = NAN};
    }
    return RLP_OK;
}

static void write_chosen(cohort_t *cohort, const char *yaml, double (*times)(size_t, uint64_t)) {
    begin(cohort, yaml);
    reading = cohort->study;
    time_of = times;
    cohort->report.read = read_chosen;
    assert_int_equal(write_all_of(cohort), RLP_OK);
}

/* Everybody of an arm alike: every trial prints the same. */
static double alike(size_t arm, uint64_t patient) { return patient ? arm ? 100 : 50 : 0; }

static void where_all_are_alike_every_trial_prints_the_same(void **state) {
    (void)state;
    cohort_t cohort;
    write_chosen(&cohort, INPUT("64", "per_arm: {none: 20, drug: 30}, accrual: 60 d, after: 120 d, repeats: 100, published: [{arm: none, endpoint: pfs, median: 50 d, lower: 40 d, upper: 60 d, source: 'one, two'},"
                                      " {arm: none, endpoint: pfs, median: 51 d}, {arm: none, endpoint: pfs, median: 50.4 d}, {arm: none, endpoint: pfs, median: 49.6 d}, {arm: drug, endpoint: pfs, median: 3.3 mo}, {arm: none, endpoint: os, median: 250 d}]"),
                 alike);
    /* all progress before the look at 120 to 180 days; nobody dies before it: not reached, so later than any; all of one arm before any of the other: a ratio of 0 */
    assert_content(&cohort, "trial.csv",
                   HEADER "none,,ttp,median_days,20,100,50,50,50,50,50,,,,,,\n"
                          "none,,pfs,median_days,20,100,50,50,50,50,50,50,40,60,yes,,\"one, two\"\n"
                          "none,,pfs,median_days,20,100,50,50,50,50,50,51,,,no,,\n"
                          "none,,pfs,median_days,20,100,50,50,50,50,50,50.4,,,no,,\n"
                          "none,,pfs,median_days,20,100,50,50,50,50,50,49.6,,,no,,\n"
                          "none,,os,median_days,20,100,,,,,,250,,,no,,\n"
                          "drug,,ttp,median_days,30,100,100,100,100,100,100,,,,,,\n"
                          "drug,none,ttp,hazard_ratio,30,100,0,0,0,0,0,,,,,1,\n"
                          "drug,,pfs,median_days,30,100,100,100,100,100,100,100.44375,,,yes,,\n" /* 3.25 to 3.35 months */
                          "drug,none,pfs,hazard_ratio,30,100,0,0,0,0,0,,,,,1,\n"
                          "drug,,os,median_days,30,100,,,,,,,,,,,\n"
                          "drug,none,os,hazard_ratio,30,100,,,,,,,,,,,\n");
    const char *words = rlp_text_string(&cohort.words);
    assert_non_null(strstr(words, "of 6 published numbers 2 lie"));
    assert_non_null(strstr(words, "outside: none, median of os"));
    assert_non_null(strstr(words, "\n  trial (.csv)"));
    end(&cohort);
}

static void an_arm_alone_is_compared_with_nothing(void **state) {
    (void)state;
    cohort_t cohort;
    write_chosen(&cohort, INPUT("64", "per_arm: {drug: 30}, accrual: 0 d, after: 300 d, repeats: 100"), alike);
    assert_content(&cohort, "trial.csv",
                   HEADER "drug,,ttp,median_days,30,100,100,100,100,100,100,,,,,,\ndrug,,pfs,median_days,30,100,100,100,100,100,100,,,,,,\ndrug,,os,median_days,30,100,280,280,280,280,280,,,,,,\n");
    end(&cohort);
}

/* Exponential quantiles; the drug's hazard is `ratio` times the other's. */
static double ratio;
static double exponential(size_t arm, uint64_t patient) { return -60 * log(((double)patient - 0.5) / 1000) / (arm ? ratio : 1); }

typedef struct {
    double q[5], power;
} printed_t;

static printed_t printed_of(const cohort_t *cohort, const char *start) {
    printed_t p;
    char *bytes = content(cohort, "trial.csv"), *at = strstr(bytes, start);
    assert_non_null(at);
    at += strlen(start);
    for (int k = 0; k < 5; k++) p.q[k] = strtod(at, &at), at++;
    for (int k = 0; k < 4; k++) at = strchr(at, ',') + 1;
    p.power = strtod(at, NULL);
    free(bytes);
    return p;
}

/* 1000 trials: a power of 0.05 within 0.05 +- 3.3 sqrt(0.05 0.95/1000) (false alarm 1e-3), the ranges of log ratios within some of 1.96 sqrt(2/100). */
static void a_drug_that_does_nothing_is_found_in_five_of_a_hundred(void **state) {
    (void)state;
    cohort_t cohort;
    ratio = 1;
    write_chosen(&cohort, INPUT("1000", "per_arm: 100, accrual: 0 d, after: 300 d"), exponential);
    printed_t p = printed_of(&cohort, "\ndrug,none,pfs,hazard_ratio,100,1000,");
    assert_true(fabs(p.power - 0.05) < 0.023);
    assert_true(fabs(log(p.q[2])) < 0.03);
    assert_true(fabs(-log(p.q[0]) / (1.96 * sqrt(2. / 100)) - 1) < 0.15 && fabs(log(p.q[4]) / (1.96 * sqrt(2. / 100)) - 1) < 0.15);
    end(&cohort);
}

/* Schoenfeld (1981): power = Phi(|ln ratio| sqrt(events/4) - 1.96), here 200 events and ratio 0.7: 0.71. */
static void the_power_is_schoenfelds(void **state) {
    (void)state;
    cohort_t cohort;
    ratio = 0.7;
    write_chosen(&cohort, INPUT("1000", "per_arm: 100, accrual: 0 d, after: 300 d"), exponential);
    printed_t p = printed_of(&cohort, "\ndrug,none,pfs,hazard_ratio,100,1000,");
    assert_true(fabs(p.power - 0.5 * erfc(-(-log(0.7) * sqrt(50) - 1.96) / sqrt(2))) < 0.06);
    assert_true(fabs(p.q[2] / 0.7 - 1) < 0.03);
    end(&cohort);
}

static void nobody_asked_nothing_is_written(void **state) {
    (void)state;
    assert_unasked("trial.csv");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_all_are_alike_every_trial_prints_the_same), cmocka_unit_test(an_arm_alone_is_compared_with_nothing),
        cmocka_unit_test(a_drug_that_does_nothing_is_found_in_five_of_a_hundred), cmocka_unit_test(the_power_is_schoenfelds),
        cmocka_unit_test(nobody_asked_nothing_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
