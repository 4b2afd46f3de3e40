/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One patient's environment replayed: what rules did on the way is done again, the grid is to the letter, signals.csv and the picture are there. */
#include "../../../solver/report/parts.h"
#include "report_test.h"

/* 1e7 cells that double in 35 days; recist at 20 % of a diameter: day 42 of visits every 14 days in both arms, so that they are the same. */
static const char YAML[] =
    "title: small tumour\n"
    "tumour: {cells: 1e7, birth: 0.03 /d, growth: 0.02 /d, sites: {core: {share: 0.9}, far: {share: 0.1}}}\n"
    "drugs: {d: {dose: 200 mg, pk: {half_life: 24 h, volume: 100 L}, effect: {changes: death, max: 0.001 /d, half: 1 mg/L, power: 1}}}\n"
    "interventions: {hit: {survive: {core: 1, far: 1}, signals: {s: {add: 2, in: core}}}}\n"
    "signals: {s: {rest: 1, tau: 6 d}}\n"
    "mechanisms:\n  S: {from: s, to: birth, law: factor, slope: 0.001}\n"
    "arms:\n"
    "  live: [{give: d, every: 12 h, until: progression}, {do: hit, when: progression}, {give: d, every: 24 h, from: 3 d, doses: 2, when: progression}]\n"
    "  plan: [{give: d, every: 12 h, until: 42 d}, {do: hit, at: 42 d}, {give: d, every: 24 h, from: 45 d, doses: 2}]\n"
    "endpoints: {progression: {relative_to_nadir: 2, every: 14 d}}\n"
    "cohort: {patients: 3, seed: 1, follow_up: 100 d}\n";

typedef struct {
    rlp_outcome_t outcomes[2];
    rlp_told_t told[2];
    rlp_event_t events[2][64];
    rlp_deed_t deeds[2][16];
} lives_t;

static void live(const rlp_study_t *study, lives_t *l) {
    rlp_life_t *life;
    memset(l, 0, sizeof *l);
    assert_int_equal(rlp_life_new(&study->trial, &life), RLP_OK);
    for (size_t a = 0; a < 2; a++) {
        assert_true(rlp_life_most_events(&study->trial, a) <= 64 && rlp_life_most_deeds(&study->trial, a) <= 16);
        l->told[a].events = l->events[a];
        l->told[a].deeds = l->deeds[a];
        assert_int_equal(rlp_life_run(life, a, 1, NULL, &l->outcomes[a], &l->told[a]), RLP_OK);
        assert_false(l->outcomes[a].failed);
    }
    assert_true(l->outcomes[0].ttp_event && l->outcomes[0].ttp_days == 42);
    rlp_life_free(life);
}

static size_t day_of(const replay_t *r, double t_days) {
    for (size_t k = 0; k < r->n_days; k++)
        if (r->t_days[k] == t_days) return k;
    fail_msg("day %g is not on the grid", t_days);
    return 0;
}

static void what_rules_did_is_done_again(void **state) {
    (void)state;
    rlp_study_t *study = study_of(YAML, NULL, 0);
    lives_t l;
    replay_t replays[2];
    double *values;
    live(study, &l);
    assert_int_equal(RLP_NEW(values, study->parameters.n), RLP_OK);
    rlp_parameters_values(&study->parameters, values);
    assert_int_equal(l.told[0].n_deeds, 3); /* stop, hit, give */
    assert_int_equal(l.told[1].n_deeds, 0);
    for (size_t a = 0; a < 2; a++) assert_int_equal(replay_make(study, a, 1, values, 100, &l.told[a], &replays[a]), RLP_OK);
    const replay_t *r = &replays[0], *plan = &replays[1];
    assert_int_equal(r->n_series, 6); /* s, the level and the occupancy at two sites each */
    assert_int_equal(plan->n_series, 6);
    assert_int_equal(r->n_days, plan->n_days);
    for (size_t k = 0; k < r->n_days; k++) {
        assert_true(r->t_days[k] == plan->t_days[k]);
        for (size_t i = 0; i < 6; i++) assert_true(fabs(r->values[k * 6 + i] - plan->values[k * 6 + i]) <= 1e-9);
    }
    assert_true(fabs(r->values[day_of(r, 42) * 6] - 3) < 1e-9); /* just done */
    assert_true(fabs(r->values[day_of(r, 41.99) * 6] - 1) < 1e-9);
    assert_true(fabs(r->values[day_of(r, 48) * 6] - 1 - 2 * exp(-1)) < 1e-9);
    for (size_t a = 0; a < 2; a++) replay_free(&replays[a]);
    free(values);
    rlp_study_free(study);
}

/* Nothing is planned or done between day 0 and day 42, the last stop is on day 47. */
static void the_grid_is_close_after_treatments(void **state) {
    (void)state;
    rlp_study_t *study = study_of(YAML, NULL, 0);
    lives_t l;
    replay_t r;
    double *values;
    live(study, &l);
    assert_int_equal(RLP_NEW(values, study->parameters.n), RLP_OK);
    rlp_parameters_values(&study->parameters, values);
    assert_int_equal(replay_make(study, 0, 1, values, 99.5, &l.told[0], &r), RLP_OK);
    size_t k = 0;
    for (double t = 0; t <= 28; t++) assert_true(r.t_days[k++] == t);
    assert_true(r.t_days[k++] == 35);
    assert_true(r.t_days[k++] == 42 - 0.01);
    for (double t = 42; t <= 45; t += 0.25) assert_true(r.t_days[k++] == t);
    for (double t = 46; t <= 47 + 28; t++) assert_true(r.t_days[k++] == t);
    for (double t = 77; t <= 98; t += 7) assert_true(r.t_days[k++] == t);
    assert_true(r.t_days[k++] == 99.5);
    assert_int_equal(r.n_days, k);
    replay_free(&r);
    free(values);
    rlp_study_free(study);
}

static void one_patient_leaves_signals_and_a_picture(void **state) {
    (void)state;
    cohort_t cohort;
    lives_t l;
    begin_of(&cohort, study_of(YAML, NULL, 0));
    live(cohort.study, &l);
    static const int64_t cells[] = {9000, 1000, 900, 100, 90, 10, 9, 1, 7, 7};
    static const double dead[] = {0, 0, 50, 0.25, 0, 0, 0, 0, 0, 0};
    const rlp_point_t points[] = {{0, 0, cells, dead}, {0, 42, cells + 2, dead + 2}, {0, 42, cells + 4, dead + 4}, {0, 42.1, cells + 4, NULL}, {0, 42.2, cells + 6, NULL},
                                  {0, 100.5, cells + 8, NULL}};
    assert_int_equal(rlp_report_write_patient(&cohort.report, 1, l.outcomes, l.told, points, 6, &cohort.words), RLP_OK);
    assert_contains(&cohort, "signals.csv", "arm,patient,time_days,kind,name,site,value\nlive,1,0,signal,s,core,1\nlive,1,0,signal,s,far,1\nlive,1,0,level,d,core,0\n");
    assert_contains(&cohort, "signals.csv", "live,1,42,signal,s,core,3\nlive,1,42,signal,s,far,1\nlive,1,42,level,d,core,5.77078\n"); /* 2 / (ln 2 x 0.5) */
    assert_contains(&cohort, "signals.csv",
                    "\nlive,1,0,cells,viable,core,9000\nlive,1,0,cells,size,core,9000\nlive,1,0,cells,viable,far,1000\nlive,1,0,cells,size,far,1000\n"
                    "live,1,42,cells,viable,core,900\nlive,1,42,cells,size,core,950\nlive,1,42,cells,viable,far,100\nlive,1,42,cells,size,far,100.25\n"
                    "live,1,42,cells,viable,core,90\nlive,1,42,cells,size,core,90\nlive,1,42,cells,viable,far,10\nlive,1,42,cells,size,far,10\n"
                    "live,1,42.2,cells,viable,core,9\nlive,1,42.2,cells,size,core,9\nlive,1,42.2,cells,viable,far,1\nlive,1,42.2,cells,size,far,1\n"
                    "plan,1,0,signal,s,core,1\n"); /* what lies past his end is not his */
    assert_contains(&cohort, "patient.gp", "set label 'progression' at screen");
    const char *words = rlp_text_string(&cohort.words);
    if (!strstr(words, "patient.gp (no picture: gnuplot is not installed here") && !strstr(words, "run.json, patient.png, .svg\n")) fail_msg("%s", words);
    if (strstr(words, "patient.png")) assert_contains(&cohort, "patient.svg", "s, core: 1 \xe2\x86\x92 3");
    end(&cohort);
}

static void without_gnuplot_there_is_a_script_and_a_word(void **state) {
    (void)state;
    cohort_t cohort;
    lives_t l;
    char *path = strdup(getenv("PATH"));
    begin_of(&cohort, study_of(YAML, NULL, 0));
    live(cohort.study, &l);
    l.outcomes[1].failed = RLP_ERROR_RATE; /* who failed in an arm has no environment there */
    setenv("PATH", "/nonexistent", 1);
    assert_int_equal(rlp_report_write_patient(&cohort.report, 1, l.outcomes, l.told, NULL, 0, &cohort.words), RLP_OK);
    setenv("PATH", path, 1);
    free(path);
    assert_non_null(strstr(rlp_text_string(&cohort.words), "patient.gp (no picture: gnuplot is not installed here"));
    assert_contains(&cohort, "patient.gp", "set label 'failed'");
    char *bytes = content(&cohort, "signals.csv");
    assert_null(strstr(bytes, "plan,"));
    free(bytes);
    end(&cohort);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_rules_did_is_done_again),
        cmocka_unit_test(the_grid_is_close_after_treatments),
        cmocka_unit_test(one_patient_leaves_signals_and_a_picture),
        cmocka_unit_test(without_gnuplot_there_is_a_script_and_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
