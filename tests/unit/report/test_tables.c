/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every file of a cohort of three patients and two arms, worked out by hand (statistics: Greenwood's and log-log formulae, restricted
 * means as areas). */
#include "report_test.h"

static void survival_has_one_row_a_patient_and_a_failed_one_is_empty(void **state) {
    (void)state;
    cohort_t cohort;
    begin(&cohort, TINY("follow_up"));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_int_equal(cohort.failed, 1);
    assert_content(
        &cohort, "survival.csv",
        "arm,patient,ttp_days,ttp_event,pfs_days,pfs_event,os_days,os_event,cured,cause,burden_start,burden_nadir,burden_end,"
        "death_cause,best_response,best_change_percent,treatments,detected,pfs2_days,pfs2_event,untreatable_days\n" ARM
        ",1,20,1,20,1,40.5,1,0," R ",100,90,1000001,tumour,PR,-35.5,2,,,,15\n" ARM ",2,100,0,100,0,100,0,0,,100,7,12,,SD,2,0,,,,\n" ARM
        ",3,,,,,,,,,,,,,,,,,,,\n"
        "pulsed,1,60,1,60,1,100,0,0,S,100,50,5000,,CR,-100,0,,,,\n"
        "pulsed,2,20,0,20,1,20,1,0,,100,60,60,hazard,NE,,0,,,,\n"
        "pulsed,3,100,0,100,0,100,0,1,,100,0,0,,PD,20,0,,,,\n");
    end(&cohort);
}

static void counts_and_moments_end_with_the_patient(void **state) {
    (void)state;
    cohort_t cohort;
    begin(&cohort, TINY("follow_up"));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_content(&cohort, "counts.csv",
                   "arm,patient,time_days,type,cells\n" ARM ",1,10,S,200\n" ARM ",1,10," R ",30\n" ARM ",2,10,S,10\n" ARM ",2,10," R
                   ",2\n" ARM ",2,50,S,8\n" ARM ",2,50," R ",4\npulsed,1,10,S,40\npulsed,1,10," R ",20\npulsed,1,50,S,45\npulsed,1,50," R
                   ",25\npulsed,2,10,S,60\npulsed,2,10," R ",0\n");
    assert_table(&cohort, "moments.csv",
                 "arm,time_days,type,mean,variance,std_err,extinct_fraction,patients\n" ARM ",10,S,105,18050,95,0,2\n" ARM ",10," R
                 ",16,392,14,0,2\n" ARM ",50,S,8,,,0,1\n" ARM ",50," R ",4,,,0,1\n"
                 "pulsed,10,S,35,775,16.07275126832159,0,3\npulsed,10," R ",7,127,6.506407098647712,0.3333333333333333,3\n"
                 "pulsed,50,S,22.5,1012.5,22.5,0.5,2\npulsed,50," R ",12.5,312.5,12.5,0.5,2\n");
    end(&cohort);
}

static void events_come_in_order_of_time_up_to_the_end(void **state) {
    (void)state;
    cohort_t cohort;
    begin(&cohort, TINY("follow_up"));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_content(&cohort, "events.csv",
                   "arm,patient,time_days,event,what,reason\n" ARM ",1,20,progression,size,burden\n" ARM ",1,40.5,death,,tumour\n"
                   "pulsed,1,5,do,survive,\npulsed,1,60,do,survive,\npulsed,1,60,progression,size,burden\n"
                   "pulsed,2,5,do,survive,\npulsed,2,20,death,,hazard\n"
                   "pulsed,3,5,do,survive,\npulsed,3,60,do,survive,\n");
    end(&cohort);
}

#define HALF ",0.5,0.3535533905932738,0.005983087639145737,0.9104100848367374\n"
#define TWO_THIRDS ",0.6666666666666667,0.27216552697590873,0.05407342678651661,0.9452063872720471\n"
#define THIRD ",0.33333333333333337,0.27216552697590873,0.008961628330979068,0.7741486503608328\n"
#define KM_HEADER "arm,endpoint,time_days,at_risk,events,censored,survival,std_err,lower95,upper95\n"
#define SUMMARY_HEADER "arm,endpoint,patients,events,median_days,median_lower95,median_upper95,rmst_days,rmst_std_err,cured_fraction\n"

static void curves_are_kaplan_and_meiers(void **state) {
    (void)state;
    cohort_t cohort;
    begin(&cohort, TINY("follow_up"));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_table(&cohort, "km.csv",
                 KM_HEADER ARM ",ttp,20,2,1,0" HALF ARM ",ttp,100,1,0,1" HALF ARM ",pfs,20,2,1,0" HALF ARM ",pfs,100,1,0,1" HALF ARM
                               ",os,40.5,2,1,0" HALF ARM ",os,100,1,0,1" HALF "pulsed,ttp,20,3,0,1,1,0,,\npulsed,ttp,60,2,1,0" HALF
                               "pulsed,ttp,100,1,0,1" HALF "pulsed,pfs,20,3,1,0" TWO_THIRDS "pulsed,pfs,60,2,1,0" THIRD
                               "pulsed,pfs,100,1,0,1" THIRD "pulsed,os,20,3,1,0" TWO_THIRDS "pulsed,os,100,2,0,2" TWO_THIRDS);
    assert_table(&cohort, "summary.csv",
                 SUMMARY_HEADER ARM ",ttp,2,1,20,20,,60,28.284271247461902,0\n" ARM ",pfs,2,1,20,20,,60,28.284271247461902,0\n" ARM
                                    ",os,2,1,40.5,40.5,,70.25,21.03642674030063,0\n"
                                    "pulsed,ttp,3,1,60,60,,80,14.142135623730951,0.3333333333333333\n"
                                    "pulsed,pfs,3,2,60,20,,60,18.856180831641268,0.3333333333333333\n"
                                    "pulsed,os,3,1,,20,,73.33333333333334,21.773242158072694,0.3333333333333333\n");
    end(&cohort);
}

static void comparisons_are_against_the_reference_and_pair_who_is_in_both(void **state) {
    (void)state;
    cohort_t cohort;
    begin(&cohort, TINY("follow_up"));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    char *bytes = content(&cohort, "compare.csv"), *line = bytes;
    static const char *const STARTS[] = {
        "arm,reference,endpoint,logrank_chi2,logrank_p,hazard_ratio,hr_lower95,hr_upper95,rmst_difference_days,"
        "rmst_difference_std_err,pairs,paired_correlation,horizon_days,draws,sign_holds\n",
        ARM ",pulsed,ttp,", ARM ",pulsed,pfs,", ARM ",pulsed,os,"};
    static const double DIFFERENCES[] = {60 - 80, 0, 70.25 - 220.0 / 3};
    for (size_t k = 0; k < 4; k++) {
        char *next = strchr(line, '\n') + 1, *cell = line + strlen(STARTS[k]);
        assert_memory_equal(line, STARTS[k], strlen(STARTS[k]));
        for (int c = 0; k && c < 5; c++) cell = strchr(cell, ',') + 1;
        if (k) assert_true(fabs(strtod(cell, NULL) - DIFFERENCES[k - 1]) < 1e-12);
        for (int c = 0; k && c < 2; c++) cell = strchr(cell, ',') + 1;
        if (k) assert_memory_equal(cell, "2,", 2);
        if (k) assert_memory_equal(next - 7, ",100,,\n", 7);
        line = next;
    }
    assert_string_equal(line, "");
    free(bytes);
    end(&cohort);
}

static void without_survival_there_are_no_rows_for_it(void **state) {
    (void)state;
    cohort_t cohort;
    begin(&cohort, TINY("progression"));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    static const char *const FILES[] = {"km.csv", "summary.csv", "compare.csv"};
    for (size_t f = 0; f < 3; f++) {
        char *bytes = content(&cohort, FILES[f]);
        assert_null(strstr(bytes, ",os,"));
        assert_non_null(strstr(bytes, ",pfs,"));
        free(bytes);
    }
    assert_contains(&cohort, "survival.csv", "\npulsed,1,60,1,60,1,,,0,S,100,50,5000,,CR");
    end(&cohort);
}

static void patients_are_told_by_what_varies_and_by_their_state_at_baseline(void **state) {
    (void)state;
    cohort_t cohort;
    begin(&cohort, TINY("follow_up"));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_table(&cohort, "patients.csv",
                 "patient,baseline_cells,baseline_diameter_mm,baseline_share_S,\"baseline_share_R, \"\"q\"\"\",doubling_days\n"
                 "1,100,0.5758823822969721,0.75,0.25,1.3862943611198906\n2,100,0.5758823822969721,0.75,0.25,1.3862943611198906\n"
                 "3,100,0.5758823822969721,0.75,0.25,1.3862943611198906\n");
    end(&cohort);
}

static const char *next_line(const char *line) { return line + strcspn(line, "\n") + 1; }

static void each_varied_number_has_its_column(void **state) {
    (void)state;
    static const char *const SETS[] = {
        "cohort.variability={process.types.S.cells: {uniform: {low: 30, high: 40}}, process.types.S.birth: {lognormal: {sigma: 0.1}}}"};
    cohort_t cohort;
    begin_of(&cohort, study_of(TINY("follow_up"), SETS, 1));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    char *bytes = content(&cohort, "patients.csv");
    const char *line = next_line(bytes);
    assert_memory_equal(bytes, "patient,process.types.S.cells,process.types.S.birth,baseline_cells,", 67);
    for (uint64_t patient = 1; patient <= PATIENTS; patient++, line = next_line(line)) {
        double *values, cells, birth, total, number;
        assert_int_equal(RLP_NEW(values, cohort.study->parameters.n), RLP_OK);
        assert_int_equal(rlp_variability_draw(&cohort.study->variability, &cohort.study->parameters, NULL, 1, patient, values), RLP_OK);
        assert_int_equal(sscanf(line, "%lf,%lf,%lf,%lf", &number, &cells, &birth, &total), 4);
        assert_true(number == (double)patient && cells == values[rlp_parameters_find(&cohort.study->parameters, "process.types.S.cells")]);
        assert_true(birth == values[rlp_parameters_find(&cohort.study->parameters, "process.types.S.birth")]);
        assert_true(cells == floor(cells) && total == cells + 25);
        const char *last = next_line(line) - 1;
        while (last[-1] != ',') last--;
        assert_true(fabs(strtod(last, NULL) - log(2) / (birth - 0.25)) < 1e-12); /* S is the most numerous */
        free(values);
    }
    free(bytes);
    end(&cohort);
}

static void the_record_is_json_that_tells_failures(void **state) {
    (void)state;
    cohort_t cohort;
    begin(&cohort, TINY("follow_up"));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_contains(&cohort, "run.json", "\"command_line\": \"relapse run 'a \\\"b\\\"\\u000a\\ufffd'\"");
    assert_contains(&cohort, "run.json", "\"arms\": [\"say \\\"a, b\\\"\", \"pulsed\"]");
    assert_contains(
        &cohort, "run.json",
        "\"events_simulated\": 30,\n  \"steps_simulated\": 3,\n  \"patients_that_left_the_exact_engine\": 2,\n  \"patients_with_capped_growth\": 0,\n"
        "  \"failed_patients\": 1,\n"
        "  \"failures\": [\n    {\"arm\": \"say \\\"a, b\\\"\", \"patient\": 3, \"why\": \"a rate left its range\"}\n  ]");
    assert_contains(&cohort, "run.json", "\"mathematics_probe\": \"0000000000000abc\"");
    assert_contains(&cohort, "run.json", "\"resolved_input\": {\"title\": \"tiny\"");
    end(&cohort);
}

static void the_record_tells_who_carried_the_patients_that_did_not_fail(void **state) {
    (void)state;
    cohort_t cohort;
    begin(&cohort, TINY("follow_up"));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_contains(&cohort, "run.json",
                    "\"carried_days\": {\n    \"say \\\"a, b\\\"\": {\n      \"direct\": 60.5,\n      \"kendall\": 40,\n      \"leap\": 40,\n      \"tau\": 0\n    },\n"
                    "    \"pulsed\": {\n      \"direct\": 0,\n      \"kendall\": 0,\n      \"leap\": 0,\n      \"tau\": 100\n    }\n  }");
    assert_contains(&cohort, "run.json", "\"tau_epsilon\": {\n    \"pulsed\": {\n      \"least\": 0.001,\n      \"most\": 0.002\n    }\n  }");
    end(&cohort);
}

static void assert_narrow(const cohort_t *cohort) {
    for (const char *line = rlp_text_string(&cohort->words); line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
        if (strcspn(line, "\n") > 100 && !strstr(line, cohort->folder)) fail_msg("wider than 100 columns: %s", line);
}

static void the_closing_words_name_measure_failure_and_folder(void **state) {
    (void)state;
    cohort_t cohort;
    begin(&cohort, TINY("follow_up"));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    const char *words = rlp_text_string(&cohort.words);
    assert_non_null(strstr(words, "progression: size (viable cells and dead tissue not yet cleared) >= 1000, at any instant"));
    assert_non_null(strstr(words, "1 of 6 patients failed"));
    assert_non_null(strstr(words, "the first is patient 3 of arm say \"a, b\":\n  a rate left its range"));
    assert_non_null(strstr(words, cohort.folder));
    assert_narrow(&cohort);
    end(&cohort);
}

static void a_long_sentence_is_broken_before_column_100(void **state) {
    (void)state;
    cohort_t cohort;
    static const char *const SETS[] = {"endpoints.progression={rule: recist, measure: size, every: 56 d, visible: 10 mm}"};
    begin_of(&cohort, study_of(TINY("follow_up"), SETS, 1));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_non_null(
        strstr(rlp_text_string(&cohort.words),
               "progression: RECIST 1.1 on size (viable cells and dead tissue not yet cleared), diameters >= 1.2\n  x nadir and"));
    assert_narrow(&cohort);
    end(&cohort);
}

static void one_patient_alone_leaves_every_point_of_his_paths(void **state) {
    (void)state;
    cohort_t cohort;
    begin(&cohort, TINY("follow_up"));
    static const int64_t cells[] = {75, 25, 70, 30, 75, 25};
    const rlp_point_t points[] = {{0, 0, cells, NULL}, {0, 0.5, cells + 2, NULL}, {1, 0, cells + 4, NULL}};
    const rlp_outcome_t outcomes[] = {OUTCOMES[0][0], OUTCOMES[0][2]};
    rlp_event_t events[] = {{.t_days = 20, .kind = RLP_EVENT_PROGRESSION, .reason = 1}, {.t_days = 40.5, .kind = RLP_EVENT_DEATH, .reason = 1}};
    const rlp_told_t told[] = {{.events = events, .n_events = 2}, {.why = "it overflowed"}};
    assert_int_equal(rlp_report_write_patient(&cohort.report, 2, outcomes, told, points, 3, &cohort.words), RLP_OK);
    assert_content(&cohort, "counts.csv",
                   "arm,patient,time_days,type,cells\n" ARM ",2,0,S,75\n" ARM ",2,0," R ",25\n" ARM ",2,0.5,S,70\n" ARM ",2,0.5," R ",30\n"
                   "pulsed,2,0,S,75\npulsed,2,0," R ",25\n");
    assert_contains(&cohort, "survival.csv", ARM ",2,20,1,20,1,40.5,1,0," R ",100,90,1000001,tumour,PR,-35.5,2,,,,15\npulsed,2,,,,,,,,,,,,,,,,,,,\n");
    assert_contains(&cohort, "patients.csv", "doubling_days\n2,100,");
    assert_contains(&cohort, "events.csv", ARM ",2,40.5,death,,tumour\n");
    assert_contains(&cohort, "run.json", "\"only_patient\": 2");
    assert_non_null(strstr(rlp_text_string(&cohort.words), "pulsed: failed: it overflowed"));
    assert_int_equal(names_in(cohort.folder, "", false), 5);
    end(&cohort);
}

int main(void) {
    setenv("PATH", "/nonexistent", 1); /* no picture here: test_picture.c */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(survival_has_one_row_a_patient_and_a_failed_one_is_empty),
        cmocka_unit_test(counts_and_moments_end_with_the_patient),
        cmocka_unit_test(events_come_in_order_of_time_up_to_the_end),
        cmocka_unit_test(curves_are_kaplan_and_meiers),
        cmocka_unit_test(comparisons_are_against_the_reference_and_pair_who_is_in_both),
        cmocka_unit_test(without_survival_there_are_no_rows_for_it),
        cmocka_unit_test(patients_are_told_by_what_varies_and_by_their_state_at_baseline),
        cmocka_unit_test(each_varied_number_has_its_column),
        cmocka_unit_test(the_record_is_json_that_tells_failures),
        cmocka_unit_test(the_record_tells_who_carried_the_patients_that_did_not_fail),
        cmocka_unit_test(the_closing_words_name_measure_failure_and_folder),
        cmocka_unit_test(a_long_sentence_is_broken_before_column_100),
        cmocka_unit_test(one_patient_alone_leaves_every_point_of_his_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
