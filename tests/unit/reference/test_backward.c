/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Extinction, cure and "no resistance" by the backward equations against closed forms and the analytic notes. Deterministic. */
#include "laws.h"
#include "reference_test.h"

static void extinction_is_kendalls(void **state) {
    static const double DAYS[] = {5, 10, 20, 40, 200}, L06[] = {0.0854070515057, 0.174069112442, 0.25436966836, 0.290836243323, 0.296296295686};
    rlp_process_t p;
    double u = 1, value[5], lines[5];
    (void)state;
    exam_process("process: {types: {S: {cells: 3, birth: 0.3, death: 0.2}}}", &p);
    assert_int_equal(rlp_reference_survival(&p, DAYS, 5, &u, NULL, value, lines), RLP_OK);
    for (size_t d = 0; d < 5; d++) {
        assert_close("L06", exp(value[d]), L06[d], 1e-11);
        assert_close("from one cell", 1 - lines[d], rlp_moebius_extinct(rlp_moebius_growth(0.3, 0.2, DAYS[d])), 1e-11);
    }
    rlp_process_free(&p);
    exam_process("process: {types: {S: {cells: 10, birth: 0.25, death: 0.25}}}", &p);
    double day = 12;
    assert_int_equal(rlp_reference_survival(&p, &day, 1, &u, NULL, value, NULL), RLP_OK);
    assert_close("L04", exp(value[0]), 0.0563135147095, 1e-11);
    rlp_process_free(&p);
}

/* A cure so near 1 that 1 - cure has no digits in 1 - f: from one cell under a strong drug (b - d) e/(b e - d), e = exp((b - d) t). */
static void cures_near_one_keep_their_digits(void **state) {
    static const double DAYS[] = {20, 60, 200};
    rlp_process_t p;
    double u = 1, value[3], lines[3];
    (void)state;
    exam_process("process: {types: {S: {cells: 1000, birth: 0.1, death: 0.6}}}", &p);
    assert_int_equal(rlp_reference_survival(&p, DAYS, 3, &u, NULL, value, lines), RLP_OK);
    for (size_t d = 0; d < 3; d++) {
        double e = exp(-0.5 * DAYS[d]), alive = 0.5 * e / (0.6 - 0.1 * e);
        assert_close("one line alive", lines[d], alive, 1e-10);
        assert_close("not cured", -expm1(value[d]), -expm1(1000 * log1p(-alive)), 1e-10);
    }
    assert_true(-expm1(value[2]) < 1e-39);
    rlp_process_free(&p);
}

static void segments_compose_in_reverse(void **state) {
    rlp_process_t p;
    unsigned char all = 1;
    (void)state;
    exam_process("process: {types: {S: {cells: 4, birth: 0.3, death: 0.1}}}\n"
                 "arms: {all: {timeline: [{at: 5 d, set: {S: {birth: 0.1, death: 0.4}}}, {at: 12 d, set: {S: {birth: 0.25, death: 0.2}}}]}}",
                 &p);
    assert_close("L05", exp(log_absent(&p, &all, false, 20)), 0.616970482426, 1e-11);
    rlp_process_free(&p);
    exam_process("process: {types: {S: {cells: 10, birth: 0.3, death: 0.1}}}\narms: {all: {timeline: [{at: 5 d, survive: {S: 0.05}}]}}", &p);
    assert_close("L11", exp(log_absent(&p, &all, false, 15)), 0.402193840521, 1e-11);
    double kept = rlp_moebius_extinct(rlp_moebius_then(rlp_moebius_growth(0.3, 0.1, 5), rlp_moebius_thin(0.05)));
    assert_close("at the event, after it", exp(log_absent(&p, &all, false, 5)), pow(kept, 10), 1e-11);
    assert_close("just before it", exp(log_absent(&p, &all, false, 5 - 1e-9)), pow(rlp_moebius_extinct(rlp_moebius_growth(0.3, 0.1, 5)), 10), 1e-7);
    rlp_process_free(&p);
    exam_process("process: {types: {S: {cells: 10, birth: 0.3, death: 0.1}}}\narms: {all: {timeline: [{at: 0 d, survive: {S: 0.05}}]}}", &p);
    assert_close("an event of day 0, seen at day 0", exp(log_absent(&p, &all, false, 0)), pow(0.95, 10), 1e-12);
    rlp_process_free(&p);
}

static void immigrants_add_an_integral(void **state) {
    rlp_process_t p;
    unsigned char all = 1;
    (void)state;
    exam_process("process: {types: {S: {cells: 0, birth: 0.2, death: 0.3}}, channels: [{kind: immigration, to: S, rate: 2}]}", &p);
    assert_close("L09", exp(log_absent(&p, &all, false, 8)), 0.000595706641712, 1e-11);
    assert_close("no immigrant ever", log_absent(&p, &all, true, 8), -16, 1e-11);
    rlp_process_free(&p);
    exam_process("process: {types: {A: {cells: 1, birth: 0, death: 0}, C: {cells: 0, birth: 0.2, death: 0.1}}, channels: [{kind: mutation, from: A, to: C, rate: 0.5}]}", &p);
    assert_close("L24", exp(log_absent(&p, (const unsigned char[]){0, 1}, false, 20)), 0.00141914152365, 1e-10);
    rlp_process_free(&p);
}

static void resistance_is_there_or_ever_was(void **state) {
    static const unsigned char R[] = {0, 1}, B[] = {0, 0, 1};
    static const double DAYS[] = {50, 100, 200, 400}, L19[] = {0.969831818043, 0.869170333041, 0.517447392229, 0.0880874980056};
    rlp_process_t p;
    (void)state;
    exam_process("process: {types: {S: {cells: 100, birth: 0.1, death: 0}, R: {cells: 0, birth: 0.1, death: 0}}, channels: [{kind: mutation, from: S, to: R, probability: 0.0001}]}", &p);
    assert_close("L12", exp(log_absent(&p, R, false, 46)), 0.375301647374, 1e-10);
    assert_close("without death there is what ever was", log_absent(&p, R, true, 46), log_absent(&p, R, false, 46), 1e-11);
    rlp_process_free(&p);
    exam_process("process: {types: {S: {cells: 10, birth: 0.3, death: 0.1}, R: {cells: 0, birth: 0.25, death: 0.15}}, channels: [{kind: mutation, from: S, to: R, probability: 0.02}]}", &p);
    assert_close("L15", exp(log_absent(&p, R, false, 8)), 0.43552095593, 1e-10);
    rlp_process_free(&p);
    exam_process("process: {types: {S: {cells: 1000000, birth: 0.14, death: 0.19}, R: {cells: 0, birth: 0.2, death: 0.1}}, channels: [{kind: mutation, from: S, to: R, probability: 2.0e-7}]}", &p);
    assert_close("L31 no R ever", exp(log_absent(&p, R, true, 100)), 0.573369175918, 1e-11);
    assert_close("L31 no R there", exp(log_absent(&p, R, false, 100)), 0.756326279947, 1e-11);
    assert_close("L31 no R ever", exp(log_absent(&p, R, true, 150)), 0.571386775013, 1e-11);
    assert_close("L31 no R there", exp(log_absent(&p, R, false, 150)), 0.755828187103, 1e-11);
    rlp_process_free(&p);
    exam_process("process: {types: {S: {cells: 1000, birth: 0.14, death: 0.14}, A: {cells: 0, birth: 0.15, death: 0.14}, B: {cells: 0, birth: 0.2, death: 0.1}}, channels: [\n"
                 "  {kind: mutation, from: S, to: A, probability: 0.001}, {kind: mutation, from: A, to: B, probability: 0.001}]}",
                 &p);
    for (size_t d = 0; d < 4; d++) assert_close("L19", exp(log_absent(&p, B, true, DAYS[d])), L19[d], 1e-11);
    rlp_process_free(&p);
}

/* L18: ablation, then a drug 21 days on and 7 off. */
static void cure_through_a_whole_course(void **state) {
    static const double DAYS[] = {50, 100, 150, 200}, ALL[] = {0.0026845324707, 0.935456821186, 0.977173458517, 0.986220052271};
    char text[4000] = "process: {types: {S: {cells: 1000000, birth: 0.14, death: 0.13}, R: {cells: 40, birth: 0.14, death: 0.13}}, channels: [\n"
                      "  {kind: mutation, from: S, to: R, probability: 1.0e-5}]}\narms: {all: {timeline: [{at: 7 d, survive: {S: 0.001, R: 0.02}}";
    rlp_process_t p;
    double u[2] = {1, 1}, value[4];
    (void)state;
    size_t at = strlen(text);
    for (int c = 0; c < 6; c++)
        at += (size_t)snprintf(text + at, sizeof text - at, ", {at: %d d, set: {S: {death: 0.3}, R: {death: 0.16}}}, {at: %d d, set: {S: {death: 0.12}, R: {death: 0.12}}}",
                               14 + 28 * c, 35 + 28 * c);
    snprintf(text + at, sizeof text - at, "]}}");
    exam_process(text, &p);
    assert_int_equal(rlp_reference_survival(&p, DAYS, 4, u, NULL, value, NULL), RLP_OK);
    for (size_t d = 0; d < 4; d++) assert_close("L18", exp(value[d]), ALL[d], 1e-11);
    assert_close("L18 S", -expm1(log_absent(&p, (const unsigned char[]){1, 0}, false, 200)), 1 - 0.999999049358, 1e-6);
    assert_close("L18 R", exp(log_absent(&p, (const unsigned char[]){0, 1}, false, 200)), 0.986220989685, 1e-11);
    double mean[2], c[4];
    assert_int_equal(rlp_reference_moments(&p, &DAYS[3], 1, mean, c), RLP_OK);
    assert_close("L18 mean S", mean[0], 6.70588726573e-06, 1e-11);
    assert_close("L18 variance S", c[0], 8.79015400028e-05, 1e-10);
    assert_close("L18 mean R", mean[1], 0.312301383353, 1e-11);
    assert_close("L18 variance R", c[3], 13.7467751332, 1e-11);
    rlp_process_free(&p);
}

/* Two ways that share only the process: the derivative of the generating function at 1 is the mean. */
static void the_generating_function_has_the_means(void **state) {
    rlp_process_t p;
    double day = 30, mean[3], value, u[3] = {0}, h = 1e-9;
    (void)state;
    exam_process("process: {types: {S: {cells: 500, birth: 0.2, death: 0.15}, E: {cells: 50, birth: 0.1, death: 0.05}, R: {cells: 0, birth: 0.25, death: 0.1}}, channels: [\n"
                 "  {kind: switch, from: S, to: E, rate: 0.02}, {kind: switch, from: E, to: S, rate: 0.05}, {kind: mutation, from: S, to: R, probability: 0.002},\n"
                 "  {kind: mutation, from: E, to: R, probability: 0.01}, {kind: mutation, from: E, to: R, rate: 0.001}, {kind: immigration, to: E, rate: 1}]}\n"
                 "arms: {all: {timeline: [{at: 10 d, set: {S: {death: 0.4}}}, {at: 20 d, survive: {S: 0.1, E: 0.5}}, {at: 25 d, set: {S: {birth: 0.3, death: 0.15}}}]}}",
                 &p);
    assert_int_equal(rlp_reference_moments(&p, &day, 1, mean, NULL), RLP_OK);
    for (size_t i = 0; i < 3; i++) {
        memset(u, 0, sizeof u);
        u[i] = h;
        assert_int_equal(rlp_reference_survival(&p, &day, 1, u, NULL, &value, NULL), RLP_OK);
        assert_close("-d ln E/du", -value / h, mean[i], 1e-5);
    }
    rlp_process_free(&p);
}

static void crowded_cells_are_refused_with_a_way_out(void **state) {
    rlp_process_t p;
    double u = 1, day = 1, value;
    (void)state;
    exam_process("process: {types: {S: {cells: 5, birth: 0.4, death: 0.15}}, capacity: {law: logistic, cells: 16}}", &p);
    assert_int_equal(rlp_reference_survival(&p, &day, 1, &u, NULL, &value, NULL), RLP_ERROR_REFUSED);
    assert_non_null(strstr(rlp_fail_message(), "projection"));
    assert_non_null(strstr(rlp_fail_message(), "relapse run"));
    rlp_process_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extinction_is_kendalls),
        cmocka_unit_test(cures_near_one_keep_their_digits),
        cmocka_unit_test(segments_compose_in_reverse),
        cmocka_unit_test(immigrants_add_an_integral),
        cmocka_unit_test(resistance_is_there_or_ever_was),
        cmocka_unit_test(cure_through_a_whole_course),
        cmocka_unit_test(the_generating_function_has_the_means),
        cmocka_unit_test(crowded_cells_are_refused_with_a_way_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
