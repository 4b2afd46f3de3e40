/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The laws of the limits against numbers that were computed elsewhere by two methods without a common path (forward generators, linear solves, 80-bit
 * extrapolation; the analytic notes behind tests/limits/README.md). No randomness here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "relapse/laws.h"
#include "relapse/limits.h"

static rlp_study_t *study;
static rlp_process_t process;

static void open_limit(const char *id) {
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    rlp_study_options_t options = {0};
    size_t l = 0;
    while (strcmp(RLP_LIMITS[l].id, id)) l++;
    assert_int_equal(rlp_study_parse(id, RLP_LIMITS[l].text, strlen(RLP_LIMITS[l].text), &options, wrong, &study), RLP_OK);
    assert_non_null(study);
    double *values = calloc(study->parameters.n, sizeof *values);
    rlp_parameters_values(&study->parameters, values);
    assert_int_equal(rlp_process_model_build(study->process, 0, values, &process), RLP_OK);
    free(values);
    rlp_diagnostics_free(wrong);
}

static void close_limit(void) {
    rlp_process_free(&process);
    rlp_study_free(study);
}

static void near(const char *what, double found, double expected, double tolerance) {
    if (!(fabs(found / expected - 1) <= tolerance)) fail_msg("%s: %.12g, elsewhere %.12g", what, found, expected);
}

static void counts_are_those_of_a_forward_generator(void **state) {
    static const struct {
        const char *id;
        size_t type, k;
        double days, p;
    } ROWS[] = {
        {"L01", 0, 10, 10, 0.0314416249535}, {"L02", 0, 0, 10, 0.174069112442},   {"L03", 0, 25, 15, 0.000333898089314}, {"L04", 0, 25, 12, 0.0080756601043},
        {"L05", 0, 15, 20, 0.0036846154295}, {"L09", 0, 20, 8, 0.0145946301167},  {"L10", 0, 12, 6, 0.0321071121545},    {"L11", 0, 30, 15, 0.00633207452983},
        {"L12", 1, 0, 46, 0.375301647374},   {"L12", 1, 20, 46, 0.00278786685101}, {"L13", 1, 0, 10, 0.511698228409},    {"L13", 1, 30, 10, 0.000834094851919},
        {"L14", 1, 10, 10, 0.00695109568854}, {"L15", 1, 10, 8, 0.00445067364318}, {"L20", 0, 25, 5, 0.054565201357},    {"L24", 1, 0, 20, 0.00141914152365},
        {"L24", 1, 50, 20, 0.00905245557335},
    };
    (void)state;
    for (size_t r = 0; r < sizeof ROWS / sizeof *ROWS; r++) {
        static double p[1024];
        open_limit(ROWS[r].id);
        assert_int_equal(rlp_law_counts(&process, ROWS[r].type, ROWS[r].days, p, 1024), RLP_OK);
        near(ROWS[r].id, p[ROWS[r].k], ROWS[r].p, 2e-6);
        close_limit();
    }
}

static void one_type_is_kendalls(void **state) {
    double p[700];
    (void)state;
    rlp_moebius_law(rlp_moebius_growth(0.3, 0.2, 10), 3, p, 700);
    near("L02 P(25)", p[25], 0.00652198392369, 1e-11);
    rlp_law_moments_t law = rlp_law_moments(p, 700);
    near("L02 mean", law.mean, 8.15484548538, 1e-11);
    near("L02 variance", law.variance, 70.0616140571, 1e-11);
    rlp_moebius_law(rlp_moebius_growth(0.25, 0.25, 12), 10, p, 700);
    near("L04 P(10)", p[10], 0.0485680907095, 1e-11);
}

static void a_crowded_population_is_its_generators(void **state) {
    double p[17] = {0}, up[17], down[17];
    (void)state;
    for (int k = 0; k <= 16; k++) up[k] = 0.4 * k * (1 - k / 16.0), down[k] = 0.15 * k;
    p[5] = 1;
    assert_int_equal(rlp_generator_run(up, down, 16, p, 20), RLP_OK);
    near("L22 P(10)", p[10], 0.140641396867, 1e-11);
    assert_int_equal(rlp_generator_run(up, down, 16, p, 480), RLP_OK);
    near("L22 extinct by 500 d", p[0], 0.313510009513, 1e-11);
}

static void moments_are_those_of_two_methods(void **state) {
    static const struct {
        const char *id;
        size_t type;
        double days, mean, variance;
    } ROWS[] = {
        {"L18", 1, 200, 0.312301383353, 13.7467751332},  {"L21a", 0, 50, 16606.2257305, 289776.900218}, {"L21a", 1, 50, 44.6608034579, 937.236969389},
        {"L21b", 0, 40, 441.457590103, 13488.756438},    {"L21b", 2, 40, 1165.13899501, 710227.557864}, {"L21c", 0, 30, 92.0462244545, 406.413951233},
        {"L21c", 7, 30, 59.0790772284, 1004.9069846},    {"L30", 1, 50, 1726.99644976, 555488.081431},  {"L18", 0, 200, 6.70588726573e-06, 8.79015400028e-05},
    };
    (void)state;
    for (size_t r = 0; r < sizeof ROWS / sizeof *ROWS; r++) {
        rlp_law_pair_t x;
        rlp_law_moments_t law;
        open_limit(ROWS[r].id);
        rlp_law_pair(&process, NULL, ROWS[r].days, &x);
        near(ROWS[r].id, x.mean[ROWS[r].type], ROWS[r].mean, 1e-8);
        near(ROWS[r].id, x.covariance[ROWS[r].type][ROWS[r].type], ROWS[r].variance, 1e-7);
        assert_int_equal(rlp_law_of_type(&process, ROWS[r].type, ROWS[r].days, &law), RLP_OK);
        assert_true(law.mean == x.mean[ROWS[r].type] && law.excess > 0);
        close_limit();
    }
}

/* Fast switching mixes the two types: the sum is a birth-death process at their mean rates, up to one part in the switching rate. */
static void fast_switching_is_followed(void **state) {
    static const char TEXT[] = "process: {types: {A: {cells: 200, birth: 0.14, death: 0.13}, B: {cells: 100, birth: 0.14, death: 0.11}}, channels: [{kind: switch, from: A, to: B, "
                               "rate: 200}, {kind: switch, from: B, to: A, rate: 200}]}\ncohort: {follow_up: 100 d}\n";
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    rlp_study_options_t options = {0};
    rlp_law_moments_t law;
    double values[16];
    (void)state;
    assert_int_equal(rlp_study_parse("fast", TEXT, strlen(TEXT), &options, wrong, &study), RLP_OK);
    assert_true(study && study->parameters.n <= 16);
    rlp_parameters_values(&study->parameters, values);
    assert_int_equal(rlp_process_model_build(study->process, 0, values, &process), RLP_OK);
    assert_int_equal(rlp_law_accepts(&process, 100), RLP_OK);
    assert_int_equal(rlp_law_of_type(&process, 0, 100, &law), RLP_OK);
    near("half of 300 e^(0.02 t)", law.mean, 150 * exp(2), 1e-3);
    assert_int_equal(rlp_law_accepts(&process, 1e6), RLP_ERROR_REFUSED); /* in words, rather than a wrong law or an hour */
    rlp_diagnostics_free(wrong);
    close_limit();
}

static void absence_is_that_of_long_doubles(void **state) {
    static const unsigned char R[] = {0, 1}, B[] = {0, 0, 1};
    (void)state;
    open_limit("L18");
    near("all extinct by 50 d", rlp_law_absent(&process, NULL, 50), 0.0026845324707, 2e-7);
    near("all extinct by 200 d", rlp_law_absent(&process, NULL, 200), 0.986220052271, 1e-9);
    near("R extinct by 200 d", rlp_law_absent(&process, R, 200), 0.986220989685, 1e-9);
    close_limit();
    open_limit("L31");
    near("no R ever by 150 d", rlp_law_never(&process, R, 150), 0.571386775013, 1e-9);
    near("no R at 100 d", rlp_law_absent(&process, R, 100), 0.756326279947, 1e-9);
    close_limit();
    open_limit("L19");
    near("no B ever by 400 d", rlp_law_never(&process, B, 400), 0.0880874980056, 1e-8);
    close_limit();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_those_of_a_forward_generator), cmocka_unit_test(one_type_is_kendalls),           cmocka_unit_test(a_crowded_population_is_its_generators),
        cmocka_unit_test(moments_are_those_of_two_methods),        cmocka_unit_test(absence_is_that_of_long_doubles),        cmocka_unit_test(fast_switching_is_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
