/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Manners of the room: lack of memory is an error and nothing else, answers do not depend on what else is asked, GSL's error handler stays as it was. */
#include <gsl/gsl_errno.h>

#include "reference_test.h"
#include "relapse/memory.h"

static const char TEXT[] =
    "process: {types: {S: {cells: 2000, birth: 0.14, death: 0.16}, E: {cells: 10, birth: 0.1, death: 0.1}, R: {cells: 0, birth: 0.2, death: 0.1}}, channels: [\n"
    "  {kind: mutation, from: S, to: R, probability: 0.001}, {kind: switch, from: S, to: E, rate: 0.01}, {kind: mutation, from: E, to: R, rate: 0.001},\n"
    "  {kind: immigration, to: E, rate: 0.2}]}\n"
    "arms: {all: {timeline: [{at: 0 d, survive: {S: 0.9}}, {at: 20 d, set: {S: {death: 0.2}}}, {at: 30 d, survive: {S: 0.1, R: 0.5}}]}}";
static const unsigned char RESISTANT[] = {0, 0, 1};

static int everything(const rlp_process_t *p) {
    static const double DAYS[] = {0, 20, 50};
    double mean[9], covariance[27], value[3], lines[9], lead;
    rlp_reference_point_t at[3];
    int rc = rlp_reference_moments(p, DAYS, 3, mean, covariance);
    if (!rc) rc = rlp_reference_survival(p, DAYS, 3, (const double[]){1, 0, 0.5}, RESISTANT, value, lines);
    if (!rc) rc = rlp_reference_below(p, RESISTANT, 20, true, DAYS, 3, value);
    if (!rc) rc = rlp_reference_progression(p, RESISTANT, 20, false, DAYS, 3, at, &lead);
    return rc ? rc : rlp_reference_progression(p, RESISTANT, 1, true, DAYS, 3, at, &lead);
}

static void no_memory_is_an_error(void **state) {
    rlp_process_t p;
    size_t n = 1;
    int rc;
    (void)state;
    exam_process(TEXT, &p);
    do {
        rlp_memory_fail_at(n++);
        rc = everything(&p);
        rlp_memory_fail_at(0);
        assert_true(rc == RLP_OK || rc == RLP_ERROR_MEMORY);
    } while (rc);
    assert_in_range(n, 20, 200);
    rlp_process_free(&p);
}

static void an_answer_does_not_depend_on_the_others(void **state) {
    enum { MANY = 51 };
    rlp_process_t p;
    double days[MANY], mean[MANY * 3], covariance[MANY * 9], value[MANY], day = 50, mean_alone[3], covariance_alone[9], value_alone;
    (void)state;
    exam_process(TEXT, &p);
    for (size_t k = 0; k < MANY; k++) days[k] = (double)k;
    assert_int_equal(rlp_reference_moments(&p, days, MANY, mean, covariance), RLP_OK);
    assert_int_equal(rlp_reference_moments(&p, &day, 1, mean_alone, covariance_alone), RLP_OK);
    for (size_t i = 0; i < 3; i++) assert_close("mean", mean[3 * 50 + i], mean_alone[i], 1e-11);
    for (size_t i = 0; i < 9; i++) assert_close("covariance", covariance[9 * 50 + i], covariance_alone[i], 1e-10);
    assert_int_equal(rlp_reference_below(&p, RESISTANT, 20, false, days, MANY, value), RLP_OK);
    assert_int_equal(rlp_reference_below(&p, RESISTANT, 20, false, &day, 1, &value_alone), RLP_OK);
    assert_close("below", value[50], value_alone, 1e-9);
    assert_close("mean at day 0, after its event", mean[0], 1800, 1e-14);
    rlp_process_free(&p);
}

static void gsl_keeps_its_handler(void **state) {
    rlp_process_t p;
    (void)state;
    exam_process(TEXT, &p);
    gsl_error_handler_t *before = gsl_set_error_handler_off(), *mine = gsl_set_error_handler(before);
    (void)mine;
    assert_int_equal(everything(&p), RLP_OK);
    gsl_error_handler_t *after = gsl_set_error_handler(before);
    assert_true(after == before);
    rlp_process_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_memory_is_an_error),
        cmocka_unit_test(an_answer_does_not_depend_on_the_others),
        cmocka_unit_test(gsl_keeps_its_handler),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
