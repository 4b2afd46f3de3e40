/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a life tells: its events in order of time up to its end, and its burden. Nothing moves but by survival events and by floods of immigrants: what happens is sure. */
#define JUDGE_DECISIONS 1
#include "cohort.h"
#include "relapse/memory.h"

#define STILL "process: {types: {S: {cells: 100, birth: 0, death: 0}, R: {cells: 20, birth: 0, death: 0}}, channels: [{kind: immigration, to: R, rate: 0, name: flood}], necrosis: {clearance: 0}}\n"

static cohort_t c;

static void expect_event(size_t arm, uint64_t patient, size_t k, double t_days, rlp_event_kind_t kind, size_t what, uint32_t reason) {
    const rlp_event_t *e = cohort_events(&c, arm, patient) + k;
    assert_true(k < cohort_outcome(&c, arm, patient)->n_events);
    if (e->t_days != t_days || e->kind != kind || e->what != what || e->reason != reason)
        fail_msg("event %zu: day %.17g kind %u what %u reason %u, not day %.17g kind %u what %zu reason %u", k, e->t_days, e->kind, e->what, e->reason, t_days, kind, what,
                 reason);
}

/* At one instant what was done, then progression, then death; what is planned for after the end is not told. */
static void events_come_in_order_up_to_the_end(void **state) {
    (void)state;
    cohort_run(&c, STILL "arms: {a: {timeline: [{at: 0 d, survive: {S: 0.9}}, {at: 7 d, set: {flood: {rate: 1e6 /d}}}, {at: 14 d, survive: {S: 1}, set: {flood: {rate: 0}}}, {at: 20 d, survive: {S: 1}}]},\n"
                         "       b: {timeline: [{at: 14 d, survive: {S: 1}}, {at: 30 d, survive: {S: 0.5}}, {at: 31 d, survive: {S: 0.5}}]}}\n"
                         "endpoints: {progression: {burden: 1000, every: 14 d}, death: {burden: 1e8}}\ncohort: {patients: 1, follow_up: 30 d}");
    assert_int_equal(rlp_life_most_events(&c.study->trial, 0), 6);
    assert_int_equal(cohort_outcome(&c, 0, 1)->n_events, 4);
    expect_event(0, 1, 0, 0, RLP_EVENT_DO, 0, 0);
    expect_event(0, 1, 1, 14, RLP_EVENT_DO, 0, 0);
    expect_event(0, 1, 2, 14, RLP_EVENT_PROGRESSION, 0, RLP_REASON_BURDEN);
    expect_event(0, 1, 3, 20, RLP_EVENT_DO, 0, 0);
    assert_int_equal(cohort_outcome(&c, 0, 1)->treatments, 3);
    assert_int_equal(cohort_outcome(&c, 1, 1)->n_events, 2); /* that of the last day is, that of the day after is not */
    expect_event(1, 1, 1, 30, RLP_EVENT_DO, 0, 0);
    cohort_free(&c);
    cohort_run(&c, STILL "arms: {a: {timeline: [{at: 3 d, set: {flood: {rate: 1e9 /d}}}, {at: 4 d, survive: {S: 1}}]}}\n"
                         "endpoints: {progression: {burden: 1000}, death: {burden: 1000}}\ncohort: {patients: 1, follow_up: 30 d}");
    const rlp_outcome_t *o = cohort_outcome(&c, 0, 1);
    assert_int_equal(o->n_events, 2); /* both by one immigrant */
    expect_event(0, 1, 0, o->ttp_days, RLP_EVENT_PROGRESSION, 0, RLP_REASON_BURDEN);
    expect_event(0, 1, 1, o->os_days, RLP_EVENT_DEATH, 0, 1);
    assert_true(o->ttp_days == o->os_days && o->os_days > 3);
    cohort_free(&c);
}

#define TUMOUR                                                                                                                                                            \
    "tumour: {cells: 1e5, birth: 0.1 /d, growth: 0.01 /d, sites: {core: {share: 0.9}, distant: {share: 0.1}}}\n"                                                      \
    "drugs: {one: {dose: 1 mg, pk: {ka: 1 /h, half_life: 37 h, volume: 405 L}, effect: {changes: growth, law: hill, max: -5 %, half: 0.1 mg/L, power: 1}},\n"     \
    "        gef: {dose: 250 mg, pk: {ka: 1 /h, half_life: 37 h, volume: 405 L}, effect: {changes: growth, law: hill, max: -55 %, half: 0.1 mg/L, power: 1}}}\n" \
    "interventions: {freeze: {survive: {core: 0.5}}, burn: {survive: {core: 0.5}}}\n"                                                                                   \
    "arms: {both: [{give: gef, every: 24 h, from: 1 d, until: 30 d, name: drug}, {do: burn, at: [0 d, 40 d]}], single: [{give: gef, every: 24 h, from: 0 d}]}\n"

/* A plan that differs from patient to patient is told as it is his. */
static void a_varied_start_is_each_patients_own(void **state) {
    (void)state;
    cohort_run(&c, TUMOUR "cohort: {patients: 3, seed: 1, follow_up: 100 d, variability: {arms.both.drug.from: {uniform: {low: 1, high: 9}}}}");
    double *values, before = 0;
    assert_int_equal(RLP_NEW(values, c.study->parameters.n), RLP_OK);
    for (uint64_t k = 1; k <= 3; k++) {
        assert_int_equal(rlp_variability_draw(&c.study->variability, &c.study->parameters, NULL, 1, k, values), RLP_OK);
        double from = values[rlp_parameters_find(&c.study->parameters, "arms.both.drug.from")];
        assert_true(from > 1 && from < 9 && from != before);
        assert_int_equal(cohort_outcome(&c, 0, k)->n_events, 4);
        expect_event(0, k, 0, 0, RLP_EVENT_DO, 1, 0);
        expect_event(0, k, 1, from, RLP_EVENT_START, 1, 0);
        expect_event(0, k, 2, 30, RLP_EVENT_STOP, 1, 0);
        expect_event(0, k, 3, 40, RLP_EVENT_DO, 1, 0);
        before = from;
    }
    assert_int_equal(cohort_outcome(&c, 1, 2)->n_events, 1);
    assert_int_equal(rlp_life_most_events(&c.study->trial, 0), 7);
    free(values);
    cohort_free(&c);
}

/* Of every patient, recorded or not: living cells, with them the dead that are not cleared, and the diameter. */
static void burden_is_told_of_everybody(void **state) {
    (void)state;
    rlp_block_t open;
    rlp_study_t *study = cohort_parse(STILL "arms: {a: {timeline: [{at: 5 d, survive: {S: 0}}]}}\ncohort: {patients: 3, follow_up: 30 d}\nrecord: {times: [0 d, 10 d], patients: 1}");
    rlp_life_t *life;
    unsigned char *payload = calloc(1, rlp_block_bytes(study, 0));
    assert_int_equal(rlp_life_new(&study->trial, &life), RLP_OK);
    assert_int_equal(rlp_block_run(study, life, 0, payload, NULL, NULL), RLP_OK);
    rlp_block_open(study, 0, payload, &open);
    for (size_t k = 0; k < 3; k++) {
        const double EXPECTED[2][RLP_BURDENS] = {{120, 120, cbrt(720 / (M_PI * 1e6))}, {20, 120, cbrt(120 / (M_PI * 1e6))}}; /* the sphere of the living */
        assert_int_equal(open.n_seen[k], 2);
        for (size_t b = 0; b < 2 * RLP_BURDENS; b++) assert_true(fabs(open.burden[k * 2 * RLP_BURDENS + b] - EXPECTED[b / RLP_BURDENS][b % RLP_BURDENS]) < 1e-12);
    }
    assert_true(open.counts[0] == 100 && open.counts[2] == 0);
    free(payload);
    rlp_life_free(life);
    rlp_study_free(study);
}

/* Nobody wants to hear it: the same life. */
static void what_is_told_does_not_change_a_life(void **state) {
    (void)state;
    cohort_run(&c, TUMOUR "endpoints: {progression: {rule: recist, measure: size, every: 14 d}}\ncohort: {patients: 20, seed: 1, follow_up: 100 d}\nrecord: {times: [50 d], patients: 20}");
    for (uint64_t k = 1; k <= 20; k++) {
        rlp_outcome_t o;
        rlp_told_t nothing = {0};
        assert_int_equal(rlp_life_run(c.life, 0, k, NULL, &o, &nothing), RLP_OK);
        assert_memory_equal(&o, cohort_outcome(&c, 0, k), sizeof o);
        assert_int_equal(nothing.n_events, o.n_events);
    }
    cohort_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_in_order_up_to_the_end),
        cmocka_unit_test(a_varied_start_is_each_patients_own),
        cmocka_unit_test(burden_is_told_of_everybody),
        cmocka_unit_test(what_is_told_does_not_change_a_life),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
