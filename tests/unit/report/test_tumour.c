/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tumour floor: shares of traits and rungs, untreated doubling times where every arm is treated from day 0, planned events. */
#include "report_test.h"

static const char YAML[] =
    "title: small tumour\n"
    "tumour:\n"
    "  cells: 1e6\n"
    "  birth: 0.1 /d\n"
    "  growth: 0.01 /d\n"
    "  sites: {core: {share: 0.9}, distant: {share: 0.1, lesions: 2}}\n"
    "traits:\n"
    "  met: {kind: ladder, rungs: 2, found: 1e-7, gain: 0.02, loss: 0}\n"
    "  efflux: {kind: plastic, gain: 1e-3 /d, loss: 0.02 /d, start: 25 %}\n"
    "drugs:\n"
    "  gef: {dose: 250 mg, pk: {ka: 1 /h, half_life: 37 h, volume: 405 L},\n"
    "        effect: {changes: growth, law: hill, max: -55 %, half: 0.1 mg/L, power: 1}}\n"
    "interventions:\n"
    "  'burn': {survive: {core: 0.5, distant: 1}}\n"
    "arms:\n"
    "  both: [{give: gef, every: 24 h, from: 0 d, until: 30 d, name: drug}, {do: burn, at: [0 d, 40 d]}]\n"
    "  untreated: [{give: gef, every: 24 h, from: 0 d}]\n"
    "endpoints:\n"
    "  progression: {rule: recist, every: 56 d, visible: 2 mm}\n"
    "cohort: {patients: 3, seed: 1, follow_up: 100 d, variability: {tumour.growth: {uniform: {low: 0.005, high: 0.02}}}}\n";

/* Two arms as in OUTCOMES, which do not ask what floor they came from; one type of each label is enough for `cause`. */
static void begin_tumour(cohort_t *cohort, const char *set) {
    setenv("PATH", "/nonexistent", 1);
    begin_of(cohort, study_of(YAML, &set, set ? 1 : 0));
}

static void shares_are_of_traits_and_doubling_is_without_treatment(void **state) {
    (void)state;
    cohort_t cohort;
    begin_tumour(&cohort, NULL);
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    char *bytes = content(&cohort, "patients.csv");
    static const char header[] = "patient,tumour.growth,baseline_cells,baseline_diameter_mm,baseline_share_efflux,baseline_share_met1,"
                                 "baseline_share_met2,doubling_days\n";
    const char *line = bytes;
    assert_memory_equal(line, header, strlen(header));
    for (int patient = 1; patient <= PATIENTS; patient++) {
        double number, growth, cells, diameter, efflux, met1, met2, days;
        line = strchr(line, '\n') + 1;
        assert_int_equal(sscanf(line, "%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf", &number, &growth, &cells, &diameter, &efflux, &met1, &met2, &days),
                         8);
        assert_true(number == patient && cells == 1e6 && fabs(efflux - 0.25) < 0.01 && met1 + met2 < 0.01);
        assert_true(fabs(days * growth / log(2) - 1) < 1e-9);
        /* 1e9 cells/cm3: the core's 9e5 cells are 1.2 mm across, below `visible`. */
        assert_true(diameter == 0);
    }
    free(bytes);
    end(&cohort);
}

/* The log of a real life, told by name. */
static void events_are_told_by_name(void **state) {
    (void)state;
    cohort_t cohort;
    rlp_life_t *life;
    rlp_outcome_t outcomes[2];
    rlp_event_t events[2][ROOM];
    rlp_told_t told[2] = {{.events = events[0]}, {.events = events[1]}};
    begin_tumour(&cohort, NULL);
    assert_int_equal(rlp_life_new(&cohort.study->trial, &life), RLP_OK);
    for (size_t arm = 0; arm < 2; arm++) {
        assert_true(rlp_life_most_events(&cohort.study->trial, arm) <= ROOM);
        assert_int_equal(rlp_life_run(life, arm, 2, NULL, &outcomes[arm], &told[arm]), RLP_OK);
    }
    assert_int_equal(rlp_report_write_patient(&cohort.report, 2, outcomes, told, NULL, 0, &cohort.words), RLP_OK);
    assert_content(&cohort, "events.csv",
                   "arm,patient,time_days,event,what,reason\nboth,2,0,start,gef,\nboth,2,0,do,burn,\nboth,2,30,stop,gef,\nboth,2,40,do,burn,\n"
                   "untreated,2,0,start,gef,\n");
    rlp_life_free(life);
    end(&cohort);
}

/* A quarter of the cells have efflux, none met: limits of 20 %, and of none, which a trait must be there to reach. */
static void tests_tell_what_they_could_find_at_baseline(void **state) {
    (void)state;
    cohort_t cohort;
    begin_tumour(&cohort, "tests={blood: {of: [met, efflux], limit: 20 %}, rim: {of: met, limit: 20 %}, all: {of: [met, efflux], limit: 0 %, site: distant}}");
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    char *bytes = content(&cohort, "patients.csv"), *line = strchr(bytes, '\n');
    assert_non_null(strstr(bytes, ",baseline_share_met2,baseline_test_blood,baseline_test_rim,baseline_test_all,doubling_days\n"));
    for (int patient = 1; patient <= PATIENTS; patient++, line = strchr(line + 1, '\n')) {
        const char *found = strstr(line, patient == 2 ? ",0.249408,2e-06,0,efflux,,met;efflux," : ",0,0,efflux,,efflux,"); /* two cells are enough for no limit */
        assert_true(found && found < strchr(line + 1, '\n'));
    }
    free(bytes);
    end(&cohort);
    static const char *const SETS[] = {"tumour.sites={core: {share: 1}, distant: {share: 0}}", "tests={far: {of: [met, efflux], limit: 0, site: distant}, near: {of: efflux, limit: 0.2, site: core}}"};
    begin_of(&cohort, study_of(YAML, SETS, 2)); /* where no cells are nothing is found */
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_contains(&cohort, "patients.csv", ",,efflux,");
    end(&cohort);
}

/* Short enough for the picture's second line. */
static void untreatable_is_said_in_words(void **state) {
    (void)state;
    cohort_t cohort;
    begin_tumour(&cohort, "endpoints.progression={rule: mrecist, measure: untreatable, every: 28 d}");
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_contains(&cohort, "run.json", "\"progression\": \"untreatable: a repetition is asked for and forbidden (responses by RECIST 1.1 on viable cells), at visits every 28 d\"");
    end(&cohort);
}

static void traits_found_and_sites_have_names(void **state) {
    (void)state;
    cohort_t cohort;
    begin_tumour(&cohort, "record.visits=true");
    rlp_visit_t visits[2] = {{.t_days = 56, .lesions = 0}, {.t_days = 56, .lesions = 1}};
    rlp_outcome_t outcomes[2] = {OUTCOMES[0][0], OUTCOMES[0][1]};
    const rlp_told_t told[2] = {{.visits = visits, .n_visits = 2}, {0}};
    outcomes[1].detected = 2;
    assert_int_equal(rlp_report_write_patient(&cohort.report, 2, outcomes, told, NULL, 0, &cohort.words), RLP_OK);
    assert_contains(&cohort, "survival.csv", ",tumour,PR,-35.5,2,met;efflux,,,15\n");
    assert_contains(&cohort, "survival.csv", ",,SD,2,0,efflux,,,\n");
    assert_contains(&cohort, "visits.csv", "both,2,56,core,0,0,0,NE\nboth,2,56,distant,0,0,0,NE\n");
    end(&cohort);
}

/* Every kind of event, each with what it is about and why. */
static void each_kind_of_event_has_its_words(void **state) {
    (void)state;
    static const char *const SETS[] = {
        "tests={blood: {of: [met, efflux], limit: 0.1}, tissue: {of: met, limit: 0.1}}",
        "arms={both: [{give: gef, every: 24 h, until: progression, name: 'the first'}, {do: burn, when: visit}, {pause: gef, for: 9 d, when: visit}], untreated: []}",
        "endpoints={progression: {measure: untreatable, every: 56 d}, second_progression: {after: progression, rule: recist, measure: size, every: 56 d}}"};
    static const rlp_event_t EVENTS[] = {
        {.t_days = 0, .kind = RLP_EVENT_START, .what = 0},
        {.t_days = 1, .kind = RLP_EVENT_DO, .what = 0, .reason = 2},
        {.t_days = 2, .kind = RLP_EVENT_REDUCE, .what = 0, .reason = 3},
        {.t_days = 3, .kind = RLP_EVENT_PAUSE, .what = 0, .reason = 3},
        {.t_days = 4, .kind = RLP_EVENT_RESUME, .what = 0, .reason = 1},
        {.t_days = 5, .kind = RLP_EVENT_TEST, .what = 0, .reason = 2},
        {.t_days = 6, .kind = RLP_EVENT_RESULT, .what = 0, .reason = 3},
        {.t_days = 6, .kind = RLP_EVENT_RESULT, .what = 1, .reason = 0},
        {.t_days = 7, .kind = RLP_EVENT_TOXICITY, .what = 0},
        {.t_days = 7, .kind = RLP_EVENT_TOXICITY, .what = 1},
        {.t_days = 8, .kind = RLP_EVENT_UNTREATABLE, .what = 0, .reason = RLP_FORBIDDEN_TOXICITY},
        {.t_days = 8, .kind = RLP_EVENT_UNTREATABLE, .what = 0, .reason = RLP_FORBIDDEN_AT_MOST},
        {.t_days = 8, .kind = RLP_EVENT_UNTREATABLE, .what = 0, .reason = RLP_FORBIDDEN_GAP},
        {.t_days = 8, .kind = RLP_EVENT_PROGRESSION, .reason = RLP_REASON_UNTREATABLE},
        {.t_days = 8, .kind = RLP_EVENT_STOP, .what = 0, .reason = 1},
        {.t_days = 9, .kind = RLP_EVENT_SECOND_PROGRESSION, .reason = RLP_REASON_NEW_LESION},
        {.t_days = 10, .kind = RLP_EVENT_DEATH, .reason = 2},
    };
    cohort_t cohort;
    setenv("PATH", "/nonexistent", 1);
    begin_of(&cohort, study_of(YAML, SETS, 3));
    rlp_outcome_t outcomes[2] = {OUTCOMES[0][1], OUTCOMES[1][2]};
    rlp_told_t told[2] = {{.events = (rlp_event_t *)(uintptr_t)EVENTS, .n_events = sizeof EVENTS / sizeof *EVENTS}, {0}};
    assert_int_equal(rlp_report_write_patient(&cohort.report, 1, outcomes, told, NULL, 0, &cohort.words), RLP_OK);
    assert_content(&cohort, "events.csv",
                   "arm,patient,time_days,event,what,reason\nboth,1,0,start,gef,\nboth,1,1,do,burn,rule 2\nboth,1,2,reduce,gef,rule 3\nboth,1,3,pause,gef,rule 3\n"
                   "both,1,4,resume,gef,the first\nboth,1,5,test,blood,rule 2\nboth,1,6,result,blood,met;efflux\nboth,1,6,result,tissue,negative\n"
                   "both,1,7,toxicity,gef,\nboth,1,7,toxicity,burn,\nboth,1,8,untreatable,burn,toxicity\nboth,1,8,untreatable,burn,at_most\nboth,1,8,untreatable,burn,gap\n"
                   "both,1,8,progression,untreatable,untreatable\nboth,1,8,stop,gef,the first\nboth,1,9,second progression,size,new lesion\nboth,1,10,death,,hazard\n");
    end(&cohort);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_are_of_traits_and_doubling_is_without_treatment),
        cmocka_unit_test(events_are_told_by_name),
        cmocka_unit_test(each_kind_of_event_has_its_words),
        cmocka_unit_test(tests_tell_what_they_could_find_at_baseline),
        cmocka_unit_test(untreatable_is_said_in_words),
        cmocka_unit_test(traits_found_and_sites_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
