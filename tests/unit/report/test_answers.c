/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What visits and causes say of a cohort: cumulative incidence (R's survfit has the numbers), burden, visits, second progression, responses. */
#include "report_test.h"

#define INCIDENCE_HEADER "arm,endpoint,cause,time_days,cuminc,std_err,lower95,upper95\n"
#define HALF ",0.5,0.35355339059327379,0.12504882662995326,1\n"
#define THIRD ",0.33333333333333331,0.27216552697590868,0.067278390851922276,1\n"
#define BY_CAUSE(endpoint) "pulsed," endpoint ",S,20,0,0,,\npulsed," endpoint ",S,60" THIRD "pulsed," endpoint ",death,20" THIRD "pulsed," endpoint ",death,60" THIRD

static void incidence_is_aalen_and_johansens(void **state) {
    (void)state;
    cohort_t cohort;
    begin(&cohort, TINY("follow_up"));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_table(&cohort, "cuminc.csv",
                 INCIDENCE_HEADER ARM ",ttp," R ",20" HALF ARM ",pfs," R ",20" HALF ARM ",os,tumour,40.5" HALF BY_CAUSE("ttp") BY_CAUSE("pfs") "pulsed,os,hazard,20" THIRD);
    end(&cohort);
    begin(&cohort, TINY("progression"));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_table(&cohort, "cuminc.csv", INCIDENCE_HEADER ARM ",ttp," R ",20" HALF ARM ",pfs," R ",20" HALF BY_CAUSE("ttp") BY_CAUSE("pfs"));
    end(&cohort);
}

/* Type 7 by hand. Of 230 and 12 cells: 12 + 218 q. On day 50 the other is dead: above every quantile. Of 6, 60, 60 and of 0, 70 and a dead one. */
static void burden_counts_the_dead_above_every_quantile(void **state) {
    (void)state;
    cohort_t cohort;
    begin(&cohort, TINY("follow_up"));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_table(&cohort, "burden.csv",
                 "arm,time_days,measure,q05,q25,q50,q75,q95,followed,dead\n" ARM ",10,viable,22.9,66.5,121,175.5,219.1,2,0\n" ARM
                 ",10,size,122.9,166.5,221,275.5,319.1,2,0\n" ARM ",10,diameter,2.8625,8.3125,15.125,21.9375,27.3875,2,0\n" ARM
                 ",50,viable,,,,,,1,1\n" ARM ",50,size,,,,,,1,1\n" ARM ",50,diameter,,,,,,1,1\n"
                 "pulsed,10,viable,11.4,33,60,60,60,3,0\npulsed,10,size,111.4,133,160,160,160,3,0\npulsed,10,diameter,1.425,4.125,7.5,7.5,7.5,3,0\n"
                 "pulsed,50,viable,7,35,70,,,2,1\npulsed,50,size,107,135,170,,,2,1\npulsed,50,diameter,0.875,4.375,8.75,,,2,1\n");
    end(&cohort);
}

#define VISITED "endpoints.progression={rule: recist, every: 10 d}"
#define VISITS_HEADER "arm,patient,time_days,site,viable_cells,size_cells,diameter_mm,response\n"

static void visits_are_of_those_recorded_and_only_if_asked(void **state) {
    (void)state;
    static const char *const SETS[] = {VISITED, "record.visits=true"};
    cohort_t cohort;
    begin_of(&cohort, study_of(TINY("follow_up"), SETS, 2));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_content(&cohort, "visits.csv",
                   VISITS_HEADER ARM ",1,10,all,230,330.5,0.75,PR\n" ARM ",1,20,all,1000,1000,1.25,PD\n" ARM ",2,10,all,12,112,0.5,SD\npulsed,1,10,all,0,0,0,CR\n");
    rlp_visit_t visits[] = {VISITS[0][0].visits[0]};
    const rlp_outcome_t outcomes[] = {OUTCOMES[0][0], OUTCOMES[0][2]};
    const rlp_told_t told[] = {{.visits = visits, .n_visits = 1}, {.why = "it overflowed"}};
    assert_int_equal(rlp_report_write_patient(&cohort.report, 7, outcomes, told, NULL, 0, &cohort.words), RLP_OK);
    assert_content(&cohort, "visits.csv", VISITS_HEADER ARM ",7,10,all,230,330.5,0.75,PR\n");
    end(&cohort);
    begin_of(&cohort, study_of(TINY("follow_up"), SETS, 1));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_int_equal(names_in(cohort.folder, "visits.csv", false), 0);
    end(&cohort);
}

static void a_second_progression_has_its_column_and_its_curve(void **state) {
    (void)state;
    static const char *const SETS[] = {"endpoints={progression: {rule: recist, every: 10 d}, second_progression: {after: progression, rule: recist, every: 10 d}}"};
    cohort_t cohort;
    begin_of(&cohort, study_of(TINY("follow_up"), SETS, 1));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_contains(&cohort, "survival.csv", ",tumour,PR,-35.5,2,,30,1,15\n");
    assert_contains(&cohort, "survival.csv", ",100,7,12,,SD,2,0,,100,0,\n");
    assert_contains(&cohort, "km.csv", ARM ",pfs2,30,2,1,0,0.5,");
    assert_contains(&cohort, "summary.csv", ARM ",pfs2,2,1,30,30,,");
    assert_contains(&cohort, "summary.csv", "pulsed,pfs2,3,1,,20,,");
    assert_contains(&cohort, "compare.csv", ARM ",pulsed,pfs2,");
    assert_non_null(strstr(rlp_text_string(&cohort.words), "pfs2"));
    end(&cohort);
    begin(&cohort, TINY("follow_up"));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    char *km = content(&cohort, "km.csv");
    assert_null(strstr(km, "pfs2"));
    free(km);
    end(&cohort);
}

/* Wilson's interval of 1 of 2 is 9.5 to 90.5 %, of 2 of 2 34.2 to 100 %: as R's prop.test(correct = FALSE). */
static void responses_are_counted_over_all_who_did_not_fail(void **state) {
    (void)state;
    static const char *const SETS[] = {VISITED};
    cohort_t cohort;
    begin_of(&cohort, study_of(TINY("follow_up"), SETS, 1));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    const char *words = rlp_text_string(&cohort.words);
    const char *line = strstr(words, "best response at visits up to progression:\n");
    assert_non_null(line);
    if (!strstr(line, "50.0 % (9.5-90.5)") || !strstr(line, "100.0 % (34.2-100.0)") || !strstr(line, "0/1/1/0/0            1\n") || !strstr(line, "33.3 % (6.1-79.2)"))
        fail_msg("%s", line);
    assert_contains(&cohort, "run.json", "\"pulsed\": {\n      \"CR\": 1,\n      \"PR\": 0,\n      \"SD\": 0,\n      \"PD\": 1,\n      \"NE\": 1,\n      \"objective_response\": {\n        \"share\": 0.3333333333333333,");
    end(&cohort);
    begin(&cohort, TINY("follow_up")); /* at any instant: no visits, no responses */
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_null(strstr(rlp_text_string(&cohort.words), "best response"));
    char *json = content(&cohort, "run.json");
    assert_null(strstr(json, "\"responses\""));
    free(json);
    end(&cohort);
}

int main(void) {
    setenv("PATH", "/nonexistent", 1); /* no picture here: test_picture.c */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(incidence_is_aalen_and_johansens),
        cmocka_unit_test(burden_counts_the_dead_above_every_quantile),
        cmocka_unit_test(visits_are_of_those_recorded_and_only_if_asked),
        cmocka_unit_test(a_second_progression_has_its_column_and_its_curve),
        cmocka_unit_test(responses_are_counted_over_all_who_did_not_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
