/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One life to the letter: visits, day 0, progression, death, censoring, records. Rates are chosen so that what happens is sure: nothing moves but by survival events and
 * by immigration of thousands where a few are asked for. Where luck is judged: false alarms below 1e-7 (judge.h). */
#define JUDGE_DECISIONS 50
#include "cohort.h"
#include "relapse/stream.h"

/* A still tumour, and a flood of 10 000 cells a day that a timeline can let in. */
#define STILL "process: {types: {S: {cells: %d, birth: 0, death: 0}, R: {cells: %d, birth: 0, death: 0}}, channels: [{kind: immigration, to: R, rate: 0, name: flood}]}\n"
#define FLOOD "{at: %g d, set: {flood: {rate: 10000 /d}}}"

static cohort_t c;

static void live(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void live(const char *format, ...) {
    char text[4000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    cohort_run(&c, text);
}
static const rlp_outcome_t *first(void) { return cohort_outcome(&c, 0, 1); }

static void expect(const rlp_outcome_t *o, double ttp, int ttp_event, double pfs, int pfs_event, double os, int os_event) {
    if (o->ttp_days != ttp || o->ttp_event != ttp_event || o->pfs_days != pfs || o->pfs_event != pfs_event || !(o->os_days == os || (isnan(os) && isnan(o->os_days))) ||
        o->os_event != os_event)
        fail_msg("ttp %.17g/%d pfs %.17g/%d os %.17g/%d, not ttp %.17g/%d pfs %.17g/%d os %.17g/%d", o->ttp_days, o->ttp_event, o->pfs_days, o->pfs_event, o->os_days,
                 o->os_event, ttp, ttp_event, pfs, pfs_event, os, os_event);
}

static void no_visit_at_day_zero(void **state) {
    (void)state;
    live(STILL "endpoints: {progression: {burden: 50, every: 7 d}}\ncohort: {patients: 1, follow_up: 30 d}", 100, 0);
    expect(first(), 7, 1, 7, 1, 30, 0);
    assert_int_equal(first()->reason, RLP_REASON_BURDEN);
    cohort_free(&c);
}

static void the_visit_at_follow_up_counts(void **state) {
    (void)state;
    live(STILL "arms: {a: {timeline: [" FLOOD "]}}\nendpoints: {progression: {burden: 1000, every: 10 d}}\ncohort: {patients: 1, follow_up: 30 d}", 100, 0, 25.);
    expect(first(), 30, 1, 30, 1, 30, 0);
    cohort_free(&c);
    live(STILL "arms: {a: {timeline: [" FLOOD "]}}\nendpoints: {progression: {burden: 1000, every: 10 d}}\ncohort: {patients: 1, follow_up: 29.5 d}", 100, 0, 25.);
    expect(first(), 29.5, 0, 29.5, 0, 29.5, 0);
    cohort_free(&c);
}

/* 3 x 0.1 is above 0.3 in binary: by integer index, and still the visit at follow-up. */
static void visits_go_by_integer_index(void **state) {
    (void)state;
    live(STILL "arms: {a: {timeline: [{at: 0.25 d, set: {flood: {rate: 1000000 /d}}}]}}\nendpoints: {progression: {burden: 1000, every: 0.1 d}}\ncohort: {patients: 1, follow_up: 0.3 d}", 100, 0);
    expect(first(), 0.3, 1, 0.3, 1, 0.3, 0);
    cohort_free(&c);
    live(STILL "arms: {a: {timeline: [" FLOOD "]}}\nendpoints: {progression: {burden: 1000, every: 0.1 d}}\ncohort: {patients: 1, follow_up: 300 d}", 100, 0, 250.);
    assert_true(first()->ttp_event && first()->ttp_days == 0.1 * round(first()->ttp_days / 0.1) && first()->ttp_days > 250 && first()->ttp_days < 250.5);
    cohort_free(&c);
}

static void a_threshold_reached_at_the_start_is_day_zero(void **state) {
    (void)state;
    live(STILL "endpoints: {progression: {burden: 100}}\ncohort: {patients: 1, follow_up: 30 d}", 100, 0);
    expect(first(), 0, 1, 0, 1, 30, 0);
    cohort_free(&c);
    live(STILL "endpoints: {progression: {burden: 101}, death: {burden: 100}}\ncohort: {patients: 1, follow_up: 30 d}", 100, 0);
    expect(first(), 0, 0, 0, 1, 0, 1);
    assert_int_equal(first()->death_cause, 1);
    cohort_free(&c);
    live(STILL "endpoints: {progression: {burden: 100}, death: {burden: 100}}\ncohort: {patients: 1, follow_up: 30 d}", 100, 0);
    expect(first(), 0, 1, 0, 1, 0, 1);
    cohort_free(&c);
}

/* An observation of day 0 sees the state after the event of day 0, but baseline and nadir start before it. */
static void baseline_comes_before_the_events_of_day_zero(void **state) {
    (void)state;
    live(STILL "arms: {a: {timeline: [{at: 0 d, survive: {S: 0.1}}]}}\nendpoints: {progression: {burden: 500}}\ncohort: {patients: 1, follow_up: 30 d}\nrecord: {times: [0 d], patients: 1}", 1000, 0);
    expect(first(), 30, 0, 30, 0, 30, 0);
    assert_true(first()->burden_start == 1000 && first()->burden_end < 300 && first()->burden_nadir == first()->burden_end);
    assert_int_equal(cohort_counts(&c, 0, 1, 0)[0], first()->burden_end);
    cohort_free(&c);
    /* Visits: start 10 000, day 0 leaves some 1000, 5000 more by day 10: the scan saw 10 000 and then 6000, no relapse; by day 20 it is 16 000 of 6000. */
    live(STILL "arms: {a: {timeline: [{at: 0 d, survive: {S: 0.1}, set: {flood: {rate: 500 /d}}}, {at: 10 d, set: {flood: {rate: 1000 /d}}}]}}\n"
               "endpoints: {progression: {relative_to_nadir: 1.5, every: 10 d}}\ncohort: {patients: 1, follow_up: 30 d}", 10000, 0);
    expect(first(), 20, 1, 20, 1, 30, 0);
    assert_true(first()->burden_nadir > 4000 && first()->burden_nadir < 8000 && first()->reason == RLP_REASON_GROWTH);
    cohort_free(&c);
    /* At any instant the nadir is that after the event: 1000, so 1500 are a relapse near day 1. */
    live(STILL "arms: {a: {timeline: [{at: 0 d, survive: {S: 0.1}, set: {flood: {rate: 500 /d}}}]}}\n"
               "endpoints: {progression: {relative_to_nadir: 1.5}}\ncohort: {patients: 1, follow_up: 30 d}", 10000, 0);
    assert_true(first()->ttp_event && first()->ttp_days > 0.5 && first()->ttp_days < 2 && first()->burden_nadir < 1300);
    cohort_free(&c);
}

/* Daily records see what every visit would: the least burden of the start and the visits is theirs, also where it comes long after progression (by deaths of two days, or by
 * an event on day 95) and few visits were looked at in between. */
static void the_nadir_of_visits_is_found_after_progression(void **state) {
    static const char *const LATE[] = {"{at: 60 d, set: {S: {death: 3}}}, {at: 62 d, set: {S: {death: 0.1, birth: 3}}}, {at: 63 d, set: {S: {birth: 0.2}}}", "{at: 95 d, survive: {S: 1.0e-5}}", "{at: 70 d, set: {S: {death: 0.26}}}"};
    static const char *const ENGINES[] = {"leap", "kendall", "direct"};
    (void)state;
    for (size_t k = 0; k < 9; k++) {
        char text[4000];
        int n = snprintf(text, sizeof text,
                         "process: {types: {S: {cells: 2000, birth: 0.2, death: 0.3}}}\n"
                         "arms: {all: {timeline: [{at: 5 d, set: {S: {death: 0.1}}}, %s]}}\nendpoints: {progression: {relative_to_nadir: 1.2, every: 1 d}}\n"
                         "cohort: {patients: 20, seed: 5, follow_up: 100 d}\nengine: {name: %s}\nrecord: {patients: 20, times: [1 d", LATE[k % 3], ENGINES[k / 3]);
        for (int day = 2; day <= 100; day++) n += snprintf(text + n, sizeof text - (size_t)n, ", %d d", day);
        snprintf(text + n, sizeof text - (size_t)n, "]}");
        live("%s", text);
        for (uint64_t patient = 1; patient <= 20; patient++) {
            const rlp_outcome_t *o = cohort_outcome(&c, 0, patient);
            int64_t least = o->burden_start;
            for (size_t r = 0; r < 100; r++) least = *cohort_counts(&c, 0, patient, r) < least ? *cohort_counts(&c, 0, patient, r) : least;
            assert_int_equal(o->ttp_event, 1);
            assert_int_equal(o->burden_nadir, least);
        }
        cohort_free(&c);
    }
}

static void until_progression_ends_a_patient_there(void **state) {
    (void)state;
    live(STILL "endpoints: {progression: {burden: 50, every: 7 d}, death: {burden: 1.0e9}}\ncohort: {patients: 1, follow_up: 30 d, until: progression}\nrecord: {times: [0 d, 7 d, 8 d], patients: 1}", 100, 0);
    expect(first(), 7, 1, 7, 1, NAN, 0);
    assert_true(first()->end_days == 7);
    assert_int_equal(c.n_seen[0], 2); /* the record of day 7 stands before the verdict; day 8 has no row */
    assert_int_equal(cohort_moments(&c, 0, 1, 0)->n, 1);
    assert_int_equal(cohort_moments(&c, 0, 2, 0)->n, 0);
    cohort_free(&c);
    live(STILL "endpoints: {progression: {burden: 50, every: 7 d}}\ncohort: {patients: 1, follow_up: 30 d, until: death}", 100, 0);
    expect(first(), 7, 1, 7, 1, 30, 0); /* an alias of follow_up */
    cohort_free(&c);
}

/* R floods in from day 10: progression of R cells at 1000 near day 10.1, death at 3000 of all near day 10.3. */
static void progression_then_death(void **state) {
    (void)state;
    live(STILL "arms: {a: {timeline: [" FLOOD "]}}\nendpoints: {progression: {burden: 1000, of: [R]}, death: {burden: 3000}}\ncohort: {patients: 20, follow_up: 30 d}\nrecord: {times: [10 d, 11 d], patients: 20}", 100, 0, 10.);
    for (uint64_t k = 1; k <= 20; k++) {
        const rlp_outcome_t *o = cohort_outcome(&c, 0, k);
        assert_true(o->ttp_event && o->os_event && o->pfs_event && o->pfs_days == o->ttp_days && o->ttp_days > 10.05 && o->ttp_days < 10.2);
        assert_true(o->os_days > 10.2 && o->os_days < 10.4 && o->end_days == o->os_days && o->burden_end == 3000 && o->death_cause == 1);
        assert_int_equal(o->cause, 1);
        assert_int_equal(c.n_seen[k - 1], 1);
    }
    cohort_free(&c);
}

static void death_before_progression_censors_it(void **state) {
    (void)state;
    live(STILL "arms: {a: {timeline: [" FLOOD "]}}\nendpoints: {progression: {burden: 1000, every: 28 d}, death: {burden: 3000}}\ncohort: {patients: 1, follow_up: 30 d}", 100, 0, 10.);
    double day = first()->os_days;
    assert_true(day > 10.2 && day < 10.4);
    expect(first(), day, 0, day, 1, day, 1);
    assert_int_equal(first()->cause, -1);
    cohort_free(&c);
}

static void two_endpoints_may_fall_on_one_event(void **state) {
    (void)state;
    for (int until = 0; until < 2; until++) {
        live(STILL "arms: {a: {timeline: [" FLOOD "]}}\nendpoints: {progression: {burden: 2900, of: [R]}, death: {burden: 3000}}\ncohort: {patients: 10, follow_up: 30 d, until: %s}", 100, 0, 10., until ? "progression" : "follow_up");
        for (uint64_t k = 1; k <= 10; k++) {
            const rlp_outcome_t *o = cohort_outcome(&c, 0, k);
            assert_true(o->ttp_event && o->os_event && o->end_days == o->ttp_days && o->pfs_days == o->ttp_days);
            assert_true(until ? isnan(o->os_days) : o->os_days == o->ttp_days);
        }
        cohort_free(&c);
    }
}

static void cured_patients_stay_at_risk(void **state) {
    (void)state;
    live(STILL "arms: {a: {timeline: [{at: 5 d, survive: {S: 0, R: 0}}]}}\nendpoints: {progression: {relative_to_nadir: 1.2, every: 10 d}}\ncohort: {patients: 3, follow_up: 30 d}\nrecord: {times: [4.9 d, 5 d, 30 d], patients: 3}", 100, 7);
    expect(first(), 30, 0, 30, 0, 30, 0);
    assert_true(first()->cured && first()->burden_end == 0 && first()->burden_nadir == 0);
    assert_int_equal(cohort_moments(&c, 0, 0, 0)->extinct, 0);
    assert_int_equal(cohort_moments(&c, 0, 1, 0)->extinct, 3);
    assert_int_equal(cohort_moments(&c, 0, 2, 1)->n, 3); /* the extinct stay in as 0 */
    assert_int_equal(c.n_seen[0], 3);
    cohort_free(&c);
}

static void cause_is_the_most_numerous_type(void **state) {
    static const int R[] = {49, 50, 51}, CAUSE[] = {0, 0, 1};
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        live(STILL "endpoints: {progression: {burden: 10, every: 1 d}}\ncohort: {patients: 1, follow_up: 3 d}", 50, R[k]);
        assert_int_equal(first()->cause, CAUSE[k]);
        cohort_free(&c);
    }
}

/* Exponential, the same draw in each arm, and the end of a patient who is otherwise well. */
static void hazard_is_exponential_and_shared(void **state) {
    static double u[3000];
    uint64_t late = 0;
    (void)state;
    live(STILL "arms: {a: {}, b: {timeline: [{at: 5 d, survive: {S: 0}}]}}\nendpoints: {progression: {burden: 1.0e9}, death: {hazard: 0.01 /d}}\ncohort: {patients: 3000, seed: 81, follow_up: 1000 d}\nrecord: {times: [50 d]}", 100, 0);
    for (uint64_t k = 1; k <= 3000; k++) {
        const rlp_outcome_t *a = cohort_outcome(&c, 0, k), *b = cohort_outcome(&c, 1, k);
        assert_true(a->os_days == b->os_days && a->os_event == b->os_event);
        if (a->os_event) expect(a, a->os_days, 0, a->os_days, 1, a->os_days, 1);
        if (!a->os_event) expect(a, 1000, 0, 1000, 0, 1000, 0);
        assert_int_equal(a->death_cause, a->os_event ? 2 : 0);
        late += a->os_days >= 50;
        u[k - 1] = a->os_event ? -expm1(-0.01 * a->os_days) : 1 - exp(-10) * 0.5;
    }
    assert_int_equal(cohort_moments(&c, 0, 0, 0)->n, late);
    judge_times("death by hazard", u, 3000, 1e-4);
    cohort_free(&c);
}

static void hazard_and_burden_whichever_comes_first(void **state) {
    size_t by[3] = {0};
    (void)state;
    live(STILL "arms: {a: {timeline: [" FLOOD "]}}\nendpoints: {death: {burden: 3000, hazard: 0.05 /d}}\ncohort: {patients: 500, follow_up: 30 d}", 100, 0, 10.);
    for (uint64_t k = 1; k <= 500; k++) {
        const rlp_outcome_t *o = cohort_outcome(&c, 0, k);
        by[o->death_cause]++;
        assert_true(o->os_event && (o->death_cause == 1 ? o->os_days > 10.2 : o->os_days < 10.4));
    }
    assert_true(by[0] == 0 && by[1] > 200 && by[2] > 100); /* 0.60 and 0.40 of 500 */
    cohort_free(&c);
}

/* A watch that fires at the end of a leap leaves the event of that instant to be done: a record of that day must see it. */
static void a_record_sees_the_event_even_where_a_watch_fired(void **state) {
    (void)state;
    live("process: {types: {S: {cells: 100000000, birth: 0.1, death: 0}}}\narms: {a: {timeline: [{at: 0.2 d, survive: {S: 0.5}}]}}\nengine: {name: leap}\n"
         "endpoints: {progression: {burden: 101920000}}\ncohort: {patients: 5, follow_up: 1 d}\nrecord: {times: [0.2 d], patients: 5}");
    for (uint64_t k = 1; k <= 5; k++) {
        assert_true(cohort_outcome(&c, 0, k)->ttp_event && cohort_outcome(&c, 0, k)->ttp_days < 0.2);
        assert_true(cohort_counts(&c, 0, k, 0)[0] < 60000000);
    }
    cohort_free(&c);
}

#define ALIVE "process: {types: {S: {cells: 60, birth: 0.3, death: 0.25}, R: {cells: 0, birth: 0.3, death: 0.1}}, channels: [{kind: mutation, from: S, to: R, probability: 0.01}]}\n" \
              "endpoints: {progression: {burden: 150, every: 10 d}, death: {burden: 600, hazard: 1.0e-3 /d}}\nrecord: {times: [5 d, 40 d], patients: 100}\n"

static void equal_arms_have_equal_lives(void **state) {
    (void)state;
    live(ALIVE "arms: {a: {}, b: {}, c: {timeline: [{at: 20 d, set: {S: {death: 0.5}}}]}}\ncohort: {patients: 100, seed: 82, follow_up: 60 d}");
    size_t other = 0;
    for (uint64_t k = 1; k <= 100; k++) {
        assert_memory_equal(cohort_outcome(&c, 0, k), cohort_outcome(&c, 1, k), sizeof(rlp_outcome_t));
        assert_memory_equal(cohort_counts(&c, 0, k, 0), cohort_counts(&c, 2, k, 0), 2 * sizeof(int64_t)); /* the same up to the day on which they part */
        other += memcmp(cohort_outcome(&c, 0, k), cohort_outcome(&c, 2, k), sizeof(rlp_outcome_t)) != 0;
    }
    assert_true(other > 50);
    cohort_free(&c);
}

typedef struct {
    size_t looks;
} looker_t;
static void look(void *context, const rlp_process_t *p, const rlp_state_t *state) {
    ((looker_t *)context)->looks += p->n_types == 2 && state->cells[0] >= 0;
}

/* In any order, alone, or watched: patient 17 is patient 17. */
static void a_life_depends_on_nothing_but_its_number(void **state) {
    (void)state;
    live(ALIVE "cohort: {patients: 100, seed: 83, follow_up: 60 d, variability: {process.types.S.birth: {lognormal: {sigma: 0.1}}}}");
    for (uint64_t k = 100; k > 9; k -= 9) {
        rlp_life_t *life;
        looker_t looker = {0};
        rlp_observer_t observer = {.see = look, .context = &looker};
        rlp_outcome_t o;
        int64_t counts[4] = {0};
        rlp_told_t told = {.counts = counts};
        assert_int_equal(rlp_life_new(&c.study->trial, &life), RLP_OK);
        if (k % 2) assert_int_equal(rlp_life_run(life, 0, 1000 + k, NULL, &o, &told), RLP_OK);
        memset(counts, 0, sizeof counts);
        assert_int_equal(rlp_life_run(life, 0, k, &observer, &o, &told), RLP_OK);
        assert_memory_equal(&o, cohort_outcome(&c, 0, k), sizeof o);
        assert_memory_equal(counts, cohort_counts(&c, 0, k, 0), sizeof counts);
        assert_true(told.n_seen == c.n_seen[k - 1] && looker.looks > 0);
        rlp_life_free(life);
    }
    cohort_free(&c);
}

/* Whoever carried it: a stepping engine may stand up to a step behind the day on which a life ends. */
static void carried_days_add_up_to_the_days_lived(void **state) {
    (void)state;
    static char text[2000];
    static const char *const ENGINES[] = {"direct", "kendall", "leap", "tau", "auto"};
    for (size_t e = 0; e < sizeof ENGINES / sizeof *ENGINES; e++) {
        snprintf(text, sizeof text, ALIVE "cohort: {patients: 100, seed: 84, follow_up: 60 d}\nengine: {name: %s}", ENGINES[e]);
        live(text);
        double by[RLP_CARRIERS] = {0};
        for (uint64_t k = 1; k <= 100; k++) {
            const rlp_outcome_t *o = cohort_outcome(&c, 0, k);
            double sum = 0;
            for (size_t w = 0; w < RLP_CARRIERS; w++) {
                assert_true(o->carried_days[w] >= 0);
                sum += o->carried_days[w];
                by[w] += o->carried_days[w];
            }
            assert_true(sum >= o->end_days - 1e-9 && sum <= o->end_days * (1 + c.study->trial.error) + 0.02);
            assert_true((o->epsilon > 0) == (strcmp(ENGINES[e], "tau") == 0));
        }
        if (e < RLP_CARRIER_TAU) assert_true(by[e] > 0); /* tau gives so few cells to direct */
        if (e == 0) assert_true(by[RLP_CARRIER_KENDALL] + by[RLP_CARRIER_LEAP] + by[RLP_CARRIER_TAU] == 0);
        cohort_free(&c);
    }
}

static void a_failed_patient_is_a_record(void **state) {
    size_t failed = 0;
    (void)state;
    live("process: {types: {S: {cells: 2, birth: 1, death: 0.5}}}\nengine: {name: leap}\ncohort: {patients: 100, seed: 84, follow_up: 150 d}\nrecord: {times: [1 d], patients: 100}");
    for (uint64_t k = 1; k <= 100; k++) {
        const rlp_outcome_t *o = cohort_outcome(&c, 0, k);
        assert_true(o->failed ? o->failed == RLP_ERROR_OVERFLOW && c.n_seen[k - 1] == 0 : o->cured);
        failed += o->failed != 0;
    }
    assert_true(failed > 50 && failed < 95); /* 3/4 */
    assert_int_equal(cohort_moments(&c, 0, 0, 0)->n, 100 - failed);
    assert_non_null(strstr(c.why, "pass 4e18"));
    cohort_free(&c);
}

static void compile_gives_the_process_of_an_arm(void **state) {
    rlp_process_t p;
    (void)state;
    live(STILL "arms: {a: {}, b: {timeline: [" FLOOD "]}}\ncohort: {patients: 1, follow_up: 30 d}", 100, 7, 25.);
    assert_int_equal(rlp_life_compile(&c.study->trial, 1, 0, &p), RLP_OK);
    assert_true(p.n_segments == 2 && p.segments[1].start_days == 25 && p.start_cells[1] == 7 && p.n_labels == 2 && p.label_of_type[1] == 1);
    assert_string_equal(p.label_names[1], "R");
    rlp_process_free(&p);
    cohort_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_visit_at_day_zero),
        cmocka_unit_test(the_visit_at_follow_up_counts),
        cmocka_unit_test(visits_go_by_integer_index),
        cmocka_unit_test(a_threshold_reached_at_the_start_is_day_zero),
        cmocka_unit_test(baseline_comes_before_the_events_of_day_zero),
        cmocka_unit_test(the_nadir_of_visits_is_found_after_progression),
        cmocka_unit_test(until_progression_ends_a_patient_there),
        cmocka_unit_test(progression_then_death),
        cmocka_unit_test(death_before_progression_censors_it),
        cmocka_unit_test(two_endpoints_may_fall_on_one_event),
        cmocka_unit_test(cured_patients_stay_at_risk),
        cmocka_unit_test(cause_is_the_most_numerous_type),
        cmocka_unit_test(hazard_is_exponential_and_shared),
        cmocka_unit_test(hazard_and_burden_whichever_comes_first),
        cmocka_unit_test(a_record_sees_the_event_even_where_a_watch_fired),
        cmocka_unit_test(equal_arms_have_equal_lives),
        cmocka_unit_test(a_life_depends_on_nothing_but_its_number),
        cmocka_unit_test(carried_days_add_up_to_the_days_lived),
        cmocka_unit_test(a_failed_patient_is_a_record),
        cmocka_unit_test(compile_gives_the_process_of_an_arm),
        cmocka_unit_test(judge_decisions_stay_within_their_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
