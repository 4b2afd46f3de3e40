/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One rank's stopwatch: every instant belongs to one phase. tests/ranks has the same with several ranks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "relapse/parallel.h"

static rlp_parallel_t parallel;

static void spend(double seconds) {
    const struct timespec pause = {(time_t)seconds, (long)(seconds * 1e9)};
    (void)nanosleep(&pause, NULL);
}

/* Sleeps are never shorter than asked; how much longer is the machine's affair. */
static void phases_add_up_to_the_wall_time(void **state) {
    (void)state;
    rlp_stopwatch_t watch;
    rlp_profile_t profile;
    double seconds = 0, share = 0;
    rlp_stopwatch_start(&watch);
    rlp_meter_t meter = rlp_stopwatch_meter(&watch);
    assert_int_equal(rlp_meter_enter(&meter, RLP_PHASE_SIMULATING), RLP_PHASE_READING);
    spend(0.02);
    rlp_phase_t before = rlp_meter_enter(&meter, RLP_PHASE_COMPILING);
    spend(0.01);
    assert_int_equal(rlp_meter_enter(&meter, before), RLP_PHASE_COMPILING);
    spend(0.01);
    assert_int_equal(rlp_meter_enter(&meter, RLP_PHASE_OTHER), RLP_PHASE_SIMULATING);
    assert_int_equal(rlp_stopwatch_join(&parallel, &watch), RLP_OK);
    spend(0.01);
    rlp_stopwatch_profile(&parallel, &watch, &profile);
    for (int p = 0; p < RLP_PHASES; p++) {
        assert_true(profile.seconds[p].least == profile.seconds[p].most && profile.seconds[p].least == profile.seconds[p].mean);
        seconds += profile.seconds[p].mean;
        share += profile.share[p];
    }
    assert_true(fabs(seconds - profile.wall_seconds) < 1e-9 && fabs(share - 1) < 1e-12);
    assert_true(profile.seconds[RLP_PHASE_SIMULATING].mean >= 0.03 && profile.seconds[RLP_PHASE_COMPILING].mean >= 0.01);
    assert_true(profile.seconds[RLP_PHASE_OTHER].mean >= 0.01 && profile.seconds[RLP_PHASE_FILES].mean == 0);
    spend(0.01); /* a second look sees what came since */
    double then = profile.wall_seconds, other = profile.seconds[RLP_PHASE_OTHER].mean;
    rlp_stopwatch_profile(&parallel, &watch, &profile);
    assert_true(profile.wall_seconds >= then + 0.01 && profile.seconds[RLP_PHASE_OTHER].mean >= other + 0.01);
    rlp_stopwatch_free(&watch);
    rlp_stopwatch_free(&watch);
}

static void rates_are_per_second_of_work_on_patients(void **state) {
    (void)state;
    rlp_stopwatch_t watch;
    rlp_profile_t profile;
    rlp_stopwatch_start(&watch);
    rlp_stopwatch_patients(&watch, true);
    spend(0.01);
    rlp_stopwatch_patients(&watch, false);
    spend(0.01);
    watch.patients = 3, watch.events = 3e10, watch.steps = 0;
    assert_int_equal(rlp_stopwatch_join(&parallel, &watch), RLP_OK);
    rlp_stopwatch_profile(&parallel, &watch, &profile);
    assert_true(profile.patients == 3 && profile.events == 3e10 && profile.steps == 0 && profile.steps_per_second.most == 0);
    assert_true(profile.patients_per_second.mean == 3 / watch.patient_seconds && watch.patient_seconds >= 0.01);
    assert_true(profile.patients_per_second.mean > 3 / profile.wall_seconds);
    assert_true(fabs(profile.events_per_second.mean / profile.patients_per_second.mean - 1e10) < 1);
    rlp_stopwatch_free(&watch);
    rlp_stopwatch_start(&watch); /* nobody lived: no rate, and no division by zero */
    assert_int_equal(rlp_stopwatch_join(&parallel, &watch), RLP_OK);
    rlp_stopwatch_profile(&parallel, &watch, &profile);
    assert_true(profile.patients_per_second.mean == 0 && profile.events_per_second.most == 0);
    rlp_stopwatch_free(&watch);
}

/* Asleep nobody needs a processor; what is needed for patients is part of all. */
static void processors_are_counted_where_they_work(void **state) {
    (void)state;
    rlp_stopwatch_t watch;
    rlp_profile_t profile;
    volatile double sum = 0;
    rlp_stopwatch_start(&watch);
    spend(0.05);
    rlp_stopwatch_patients(&watch, true);
    for (int i = 1; i < 10000000; i++) sum += 1.0 / i;
    rlp_stopwatch_patients(&watch, false);
    assert_int_equal(rlp_stopwatch_join(&parallel, &watch), RLP_OK);
    rlp_stopwatch_profile(&parallel, &watch, &profile);
    assert_true(profile.patient_processor_seconds > 0.001 && profile.patient_processor_seconds <= watch.patient_seconds + 1e-3);
    assert_true(profile.processor_seconds >= profile.patient_processor_seconds);
    double before = profile.processor_seconds;
    spend(0.05);
    rlp_stopwatch_profile(&parallel, &watch, &profile);
    assert_true(profile.processor_seconds < before + 0.04);
    rlp_stopwatch_free(&watch);
}

static void every_phase_has_a_name_and_words(void **state) {
    (void)state;
    for (rlp_phase_t p = 0; p < RLP_PHASES; p++) {
        assert_true(strlen(rlp_phase_name(p)) > 3 && strlen(rlp_phase_words(p)) > 5 && strlen(rlp_phase_words(p)) <= 42);
        for (rlp_phase_t q = 0; q < p; q++) assert_string_not_equal(rlp_phase_name(p), rlp_phase_name(q));
    }
    assert_int_equal(rlp_meter_enter(NULL, RLP_PHASE_FILES), RLP_PHASE_OTHER); /* nobody listens */
}

static int set_up(void **state) {
    (void)state;
    return rlp_parallel_init(&parallel, NULL, NULL);
}

static int tear_down(void **state) {
    (void)state;
    rlp_parallel_finish(&parallel);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phases_add_up_to_the_wall_time),
        cmocka_unit_test(rates_are_per_second_of_work_on_patients),
        cmocka_unit_test(processors_are_counted_where_they_work),
        cmocka_unit_test(every_phase_has_a_name_and_words),
    };
    return cmocka_run_group_tests_name("where the time goes", tests, set_up, tear_down);
}
