/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the visits of a life tell: rows of recorded patients, responses, a second progression. Nothing moves but by survival events and by floods of immigrants: what happens
 * is sure. */
#include "cohort.h"
#include "relapse/memory.h"

/* 1e6 cells per mm3: 1e9 cells are 12.407 mm across. */
#define STILL                                                                                                                                                       \
    "process: {types: {S: {cells: 1e9, birth: 0, death: 0}, R: {cells: 0, birth: 0, death: 0}}, channels: [{kind: immigration, to: R, rate: 0, name: flood}], necrosis: {clearance: 0}}\n" \
    "arms: {a: {timeline: [{at: 0 d, survive: {S: 0.1}}, {at: 21 d, set: {flood: {rate: 1e8 /d}}}, {at: 28 d, set: {flood: {rate: 0}}}, {at: 63 d, set: {flood: {rate: 1e9 /d}}}]}}\n"
#define SECOND "endpoints: {progression: {rule: %s, every: 14 d}, second_progression: {after: progression, rule: mrecist, every: 14 d}%s}\n"

static cohort_t c;
static rlp_visit_t visits[200];

#define live(...) cohort_live(&c, __VA_ARGS__)

/* 7e8 cells come between days 21 and 28, and floods from day 63 on: a partial response at day 14, progression at day 28 (1.28 nadirs of the diameter would do, it is
 * 2), stable since, and a second one at day 70. */
static void a_second_progression_is_since_the_first(void **state) {
    static const struct {
        double t_days, cells;
        rlp_response_t response;
    } ROWS[] = {{14, 1e8, RLP_RESPONSE_PR}, {28, 8e8, RLP_RESPONSE_PD}, {42, 8e8, RLP_RESPONSE_SD}, {56, 8e8, RLP_RESPONSE_SD}, {70, 7.8e9, RLP_RESPONSE_PD}};
    (void)state;
    rlp_outcome_t o;
    rlp_told_t told = {.visits = visits};
    live(STILL SECOND "cohort: {patients: 1, follow_up: 77 d}\nrecord: {patients: 1, visits: true}", "mrecist", "");
    assert_int_equal(rlp_life_most_visits(&c.study->trial), 5);
    assert_int_equal(rlp_life_run(c.life, 0, 1, NULL, &o, &told), RLP_OK);
    assert_int_equal(told.n_visits, 5);
    for (size_t k = 0; k < 5; k++) {
        assert_true(visits[k].t_days == ROWS[k].t_days && visits[k].lesions == 0);
        assert_int_equal(visits[k].response, ROWS[k].response);
        assert_true(fabs(visits[k].viable_cells / ROWS[k].cells - 1) < 1e-3);
        assert_true(fabs(visits[k].size_cells - visits[k].viable_cells - 9e8) < 1e6); /* nothing clears */
        assert_true(fabs(visits[k].diameter_mm / cbrt(6 * visits[k].viable_cells / (M_PI * 1e6)) - 1) < 1e-12);
    }
    assert_true(o.ttp_days == 28 && o.second_days == 70 && o.second_event == 1 && o.best_response == RLP_RESPONSE_PR);
    assert_true(fabs(o.best_change_percent - 100 * (cbrt(0.1) - 1)) < 0.1);
    const rlp_event_t *e = cohort_events(&c, 0, 1);
    assert_true(o.n_events == 3 && e[1].kind == RLP_EVENT_PROGRESSION && e[2].kind == RLP_EVENT_SECOND_PROGRESSION && e[2].t_days == 70 && e[2].reason == RLP_REASON_GROWTH);
    cohort_free(&c);
}

/* By death, or not before the end; without a second progression there is none of it. */
static void a_second_progression_is_also_death(void **state) {
    (void)state;
    live(STILL SECOND "cohort: {patients: 1, follow_up: 77 d}", "mrecist", ", death: {viable: 2e9}");
    const rlp_outcome_t *o = cohort_outcome(&c, 0, 1);
    assert_true(o->os_event && o->os_days < 66 && o->second_days == o->os_days && o->second_event == 1 && o->n_events == 3);
    cohort_free(&c);
    live(STILL SECOND "cohort: {patients: 1, follow_up: 69 d}", "mrecist", "");
    o = cohort_outcome(&c, 0, 1);
    assert_true(o->ttp_days == 28 && o->second_days == 69 && o->second_event == 0);
    cohort_free(&c);
    live(STILL "endpoints: {progression: {rule: mrecist, every: 14 d}}\ncohort: {patients: 1, follow_up: 77 d}");
    o = cohort_outcome(&c, 0, 1);
    assert_true(isnan(o->second_days) && o->second_event == 0 && o->n_events == 2);
    cohort_free(&c);
}

/* Of size there is no response where nothing clears, and without visits none is told. */
static void responses_are_those_of_visits(void **state) {
    (void)state;
    live(STILL "endpoints: {progression: {rule: recist, measure: size, every: 14 d}}\ncohort: {patients: 1, follow_up: 77 d}");
    assert_int_equal(cohort_outcome(&c, 0, 1)->best_response, RLP_RESPONSE_SD);
    assert_true(fabs(cohort_outcome(&c, 0, 1)->best_change_percent) < 1e-9);
    cohort_free(&c);
    live(STILL "endpoints: {progression: {burden: 5e9}}\ncohort: {patients: 1, follow_up: 77 d}");
    assert_int_equal(cohort_outcome(&c, 0, 1)->best_response, RLP_RESPONSE_NE);
    assert_true(isnan(cohort_outcome(&c, 0, 1)->best_change_percent) && cohort_outcome(&c, 0, 1)->ttp_event);
    assert_int_equal(rlp_life_most_visits(&c.study->trial), 0);
    cohort_free(&c);
}

/* With `record: {visits: true}` each visit is told to the end: none is skipped after progression, whoever is recorded; and who is does not change a path. */
static void recorded_visits_go_to_the_end(void **state) {
    static const char INPUT[] =
        "process: {types: {S: {cells: 5000, birth: 0.06 /d, death: 0.05 /d}}}\nendpoints: {progression: {burden: 5100, every: 2 d}}\n"
        "cohort: {patients: 40, seed: 3, follow_up: 101 d}\nengine: {name: leap}\nrecord: {patients: %d, visits: %s}\n";
    cohort_t other;
    (void)state;
    char text[1000];
    live(INPUT, 40, "true");
    snprintf(text, sizeof text, INPUT, 1, "true");
    cohort_run(&other, text);
    for (uint64_t k = 1; k <= 40; k++) {
        rlp_outcome_t o;
        rlp_told_t told = {.visits = visits};
        assert_int_equal(rlp_life_run(c.life, 0, k, NULL, &o, &told), RLP_OK);
        assert_int_equal(told.n_visits, 50);
        for (size_t v = 0; v < 50; v++) assert_true(visits[v].t_days == 2. * (double)(v + 1));
        assert_memory_equal(&o, cohort_outcome(&other, 0, k), sizeof o);
        assert_memory_equal(&o, cohort_outcome(&c, 0, k), sizeof o);
    }
    /* the payload holds those of the recorded alone */
    for (uint64_t recorded = 1; recorded <= 40; recorded += 39) {
        rlp_block_t open;
        const cohort_t *of = recorded == 1 ? &other : &c;
        unsigned char *payload = calloc(1, rlp_block_bytes(of->study, 0));
        assert_int_equal(rlp_block_run(of->study, of->life, 0, payload, NULL, NULL), RLP_OK);
        rlp_block_open(of->study, 0, payload, &open);
        assert_int_equal(open.recorded, recorded);
        assert_int_equal(open.most_visits, 50);
        for (uint64_t k = 0; k < recorded; k++) assert_true(open.n_visits[k] == 50 && open.visits[50 * k + 49].t_days == 100);
        free(payload);
    }
    cohort_free(&c);
    cohort_free(&other);
}

/* One row a site group. */
static void each_site_has_its_row(void **state) {
    rlp_outcome_t o;
    rlp_told_t told = {.visits = visits};
    (void)state;
    live("tumour: {cells: 1e6, birth: 0.03 /d, growth: 0.02 /d, sites: {core: {share: 0.75}, margin: {share: 0.05, part_of: core}, distant: {share: 0.2, lesions: 2}}}\narms: {a: []}\n"
         "endpoints: {progression: {rule: mrecist, every: 10 d}}\ncohort: {patients: 1, follow_up: 30 d}\nrecord: {patients: 1, visits: true}");
    assert_int_equal(rlp_life_run(c.life, 0, 1, NULL, &o, &told), RLP_OK);
    assert_int_equal(told.n_visits, 6);
    for (size_t k = 0; k < 6; k++) {
        assert_true(visits[k].lesions == k % 2 && visits[k].t_days == 10. * (double)(k / 2 + 1));
        assert_true(fabs(visits[k].viable_cells / ((k % 2 ? 2e5 : 8e5) * exp(0.02 * visits[k].t_days)) - 1) < 0.02);
    }
    cohort_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_progression_is_since_the_first),
        cmocka_unit_test(a_second_progression_is_also_death),
        cmocka_unit_test(responses_are_those_of_visits),
        cmocka_unit_test(recorded_visits_go_to_the_end),
        cmocka_unit_test(each_site_has_its_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
