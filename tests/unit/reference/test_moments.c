/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Means and covariances against closed forms and the analytic notes. Deterministic: the bounds are the solver's tolerance (1e-12 a step) over some
 * hundred steps, or the digits of the notes. */
#include "reference_test.h"

static void birth_death_mean_and_variance_are_kendalls(void **state) {
    static const double BIRTH[] = {0.3, 0.2, 0.25, 0.3, 0}, DEATH[] = {0.2, 0.3, 0.25, 0, 0.4}, CELLS[] = {3, 20, 10, 1, 7}, DAYS[] = {0, 1e-9, 3, 10, 12, 200};
    (void)state;
    for (size_t k = 0; k < 5; k++) {
        char text[200];
        rlp_process_t p;
        double mean[6], variance[6];
        snprintf(text, sizeof text, "process: {types: {S: {cells: %g, birth: %.17g, death: %.17g}}}", CELLS[k], BIRTH[k], DEATH[k]);
        exam_process(text, &p);
        assert_int_equal(rlp_reference_moments(&p, DAYS, 6, mean, variance), RLP_OK);
        for (size_t d = 0; d < 6; d++) {
            double l = BIRTH[k] - DEATH[k], e = exp(l * DAYS[d]);
            assert_close("mean", mean[d], CELLS[k] * e, 2e-11);
            assert_close("variance", variance[d], CELLS[k] * (l == 0 ? 2 * BIRTH[k] * DAYS[d] : (BIRTH[k] + DEATH[k]) / l * e * expm1(l * DAYS[d])), 4e-11);
        }
        rlp_process_free(&p);
    }
}

/* L10: Binomial(5, e) + Poisson((nu/d) (1 - e)), e = exp(-d t). */
static void immigration_and_death_is_binomial_and_poisson(void **state) {
    rlp_process_t p;
    double day = 6, mean, variance, e = exp(-0.25 * 6);
    (void)state;
    exam_process("process: {types: {S: {cells: 5, birth: 0, death: 0.25}}, channels: [{kind: immigration, to: S, rate: 2}]}", &p);
    assert_int_equal(rlp_reference_moments(&p, &day, 1, &mean, &variance), RLP_OK);
    assert_close("mean", mean, 5 * e + 8 * (1 - e), 1e-11);
    assert_close("variance", variance, 5 * e * (1 - e) + 8 * (1 - e), 1e-11);
    rlp_process_free(&p);
}

/* L11 and its like in closed form: growth, bottleneck q, growth. */
static void a_bottleneck_thins_mean_and_variance(void **state) {
    rlp_process_t p;
    double days[] = {5, 15}, mean[2], variance[2], e = exp(0.2 * 5), q = 0.05, at = 10 * e, before = 10 * 2 * e * (e - 1);
    (void)state;
    exam_process("process: {types: {S: {cells: 10, birth: 0.3, death: 0.1}}}\narms: {all: {timeline: [{at: 5 d, survive: {S: 0.05}}]}}", &p);
    assert_int_equal(rlp_reference_moments(&p, days, 2, mean, variance), RLP_OK);
    assert_close("mean at the event, after it", mean[0], at * q, 1e-11);
    assert_close("variance at the event, after it", variance[0], q * q * before + q * (1 - q) * at, 1e-11);
    assert_close("L11 mean", mean[1], 10.0427684616, 1e-11);
    assert_close("L11 variance", variance[1], 211.574654473, 1e-11);
    rlp_process_free(&p);
}

/* A mutation at division is no extra cell: S + R of equal rates is one birth-death process whatever p is. */
static void mutants_at_division_are_part_of_the_births(void **state) {
    rlp_process_t p;
    double day = 10, mean[2], c[4];
    (void)state;
    exam_process("process: {types: {S: {cells: 1, birth: 0.3, death: 0}, R: {cells: 0, birth: 0.3, death: 0}}, channels: [{kind: mutation, from: S, to: R, probability: 0.05}]}", &p);
    assert_int_equal(rlp_reference_moments(&p, &day, 1, mean, c), RLP_OK);
    assert_close("mean S + R", mean[0] + mean[1], exp(3), 1e-11);
    assert_close("variance S + R", c[0] + c[1] + c[2] + c[3], exp(6) - exp(3), 1e-11);
    assert_close("L13 mean R", mean[1], 2.79775508262, 1e-11);
    assert_close("L13 variance R", c[3], 38.0243382835, 1e-11);
    assert_true(c[1] == c[2]);
    rlp_process_free(&p);
}

/* L20: each cell is on with the chance of the telegraph, on its own. */
static void the_telegraph_is_two_binomials(void **state) {
    rlp_process_t p;
    double day = 5, mean[2], c[4], pi = 0.25 / 0.35, e = exp(-0.35 * 5), on = pi + (1 - pi) * e, off = pi * (1 - e);
    (void)state;
    exam_process("process: {types: {A: {cells: 30, birth: 0, death: 0}, B: {cells: 10, birth: 0, death: 0}}, channels: [\n"
                 "  {kind: switch, from: A, to: B, rate: 0.1}, {kind: switch, from: B, to: A, rate: 0.25}]}",
                 &p);
    assert_int_equal(rlp_reference_moments(&p, &day, 1, mean, c), RLP_OK);
    assert_close("mean A", mean[0], 30 * on + 10 * off, 1e-11);
    assert_close("variance A", c[0], 30 * on * (1 - on) + 10 * off * (1 - off), 1e-11);
    assert_close("variance B", c[3], c[0], 1e-11); /* 40 cells in all, always */
    assert_close("covariance", c[1], -c[0], 1e-11);
    rlp_process_free(&p);
}

static void every_kind_of_channel(void **state) {
    rlp_process_t p;
    double day = 50, mean[2], c[4], alone[2];
    (void)state;
    exam_process("process: {types: {S: {cells: 10000, birth: 0.14, death: 0.13}, R: {cells: 0, birth: 0.14, death: 0.1}}, channels: [\n"
                 "  {kind: mutation, from: S, to: R, probability: 1.0e-4}, {kind: mutation, from: S, to: R, rate: 1.0e-5}, {kind: switch, from: R, to: S, rate: 1.0e-3},\n"
                 "  {kind: immigration, to: S, rate: 2}]}",
                 &p);
    assert_int_equal(rlp_reference_moments(&p, &day, 1, mean, c), RLP_OK);
    assert_close("L21a mean S", mean[0], 16606.2257305, 1e-11);
    assert_close("L21a mean R", mean[1], 44.6608034579, 1e-11);
    assert_close("L21a variance S", c[0], 289776.900218, 1e-11);
    assert_close("L21a variance R", c[3], 937.236969389, 1e-11);
    assert_close("L21a covariance", c[1], 345.850385432, 1e-11);
    assert_int_equal(rlp_reference_moments(&p, &day, 1, alone, NULL), RLP_OK);
    assert_close("means alone", alone[0], mean[0], 1e-11);
    assert_close("means alone", alone[1], mean[1], 1e-11);
    assert_string_equal(rlp_reference_closure(&p), "exact");
    rlp_process_free(&p);
}

/* W1 and W2 of the shared studies. */
static void shared_studies(void **state) {
    static const double W2[] = {3797.8210, 630.0799, 8.2295, 1.3653, 312.8434, 51.9025, 0.6779, 0.1125};
    rlp_process_t p;
    double day = 50, mean[8], c[64];
    char text[4000] = "process: {types: {";
    (void)state;
    exam_process("process: {types: {S: {cells: 10000, birth: 0.14, death: 0.13}, R: {cells: 0, birth: 0.14, death: 0.1}}, channels: [{kind: mutation, from: S, to: R, probability: 1.0e-4}]}", &p);
    assert_int_equal(rlp_reference_moments(&p, &day, 1, mean, c), RLP_OK);
    assert_close("W1 S", mean[0], 16475.6757, 1e-8);
    assert_close("W1 R", mean[1], 26.7811, 2e-6);
    rlp_process_free(&p);
    size_t at = strlen(text);
    for (int i = 0; i < 8; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%sT%d: {cells: %d, birth: 0.14, death: %.3f}", i ? ", " : "", i, i ? 0 : 2000,
                               0.13 - 0.01 * (i & 1) - 0.015 * (i >> 1 & 1) - 0.005 * (i >> 2));
    at += (size_t)snprintf(text + at, sizeof text - at, "}, channels: [{kind: mutation, from: T0, to: T2, probability: 0}");
    for (int i = 0; i < 8; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, ", {kind: switch, from: T%d, to: T%d, rate: %s}", i, i ^ 1, i & 1 ? "1.0e-2" : "2.0e-3");
        at += (size_t)snprintf(text + at, sizeof text - at, ", {kind: switch, from: T%d, to: T%d, rate: %s}", i, i ^ 4, i & 4 ? "5.0e-3" : "1.0e-3");
        if (!(i & 2)) at += (size_t)snprintf(text + at, sizeof text - at, ", {kind: mutation, from: T%d, to: T%d, probability: 1.0e-4}", i, i | 2);
    }
    snprintf(text + at, sizeof text - at, "]}");
    exam_process(text, &p);
    day = 80;
    assert_int_equal(rlp_reference_moments(&p, &day, 1, mean, c), RLP_OK);
    for (size_t i = 0; i < 8; i++) assert_true(fabs(mean[i] - W2[i]) < 5.1e-5);
    rlp_process_free(&p);
}

/* With capacity the means are those of the mean field, in closed form here, and the linear noise about the plateau is the stationary one:
 * d ln C = 2 J + D/C = 0 with J = -(b - d), D = 2 d m. Below the threshold of crowding it is nearly a birth-death process. */
static void capacity_has_a_closure_with_its_name(void **state) {
    rlp_process_t p;
    double days[] = {20, 2000}, mean[2], variance[2], b = 0.4, d = 0.15, k = 1e6, r = b - d, plateau = k * r / b;
    (void)state;
    exam_process("process: {types: {S: {cells: 5000, birth: 0.4, death: 0.15}}, capacity: {law: logistic, cells: 1.0e+6}}", &p);
    assert_string_equal(rlp_reference_closure(&p), "linear noise");
    assert_int_equal(rlp_reference_moments(&p, days, 2, mean, variance), RLP_OK);
    assert_close("logistic mean", mean[0], plateau / (1 + (plateau / 5000 - 1) * exp(-r * 20)), 1e-11);
    assert_close("plateau", mean[1], plateau, 1e-11);
    assert_close("noise about the plateau", variance[1], d * plateau / r, 1e-9);
    rlp_process_free(&p);
    exam_process("process: {types: {S: {cells: 5000, birth: 0.4, death: 0.15}}, capacity: {law: gompertz, cells: 1.0e+6}}", &p);
    assert_int_equal(rlp_reference_moments(&p, days, 2, mean, variance), RLP_OK);
    double log_plateau = log(k) * r / b, m = exp(log_plateau);
    assert_close("gompertz mean", log(mean[0]), log_plateau + (log(5000) - log_plateau) * exp(-b / log(k) * 20), 1e-11);
    assert_close("gompertz plateau", mean[1], m, 1e-8);
    assert_close("gompertz noise", variance[1], d * m * log(k) / b, 1e-7); /* J = -b/ln K, D = 2 d m */
    rlp_process_free(&p);
}

/* Rates of an hour beside rates of a year, and 10^12 cells. */
static void fast_switching_and_large_burdens(void **state) {
    rlp_process_t p;
    double day = 100, mean[2], c[4];
    (void)state;
    exam_process("process: {types: {A: {cells: 1000000000000, birth: 0.1, death: 0.1}, B: {cells: 0, birth: 0.1, death: 0.1}}, channels: [\n"
                 "  {kind: switch, from: A, to: B, rate: 24}, {kind: switch, from: B, to: A, rate: 72}]}",
                 &p);
    assert_int_equal(rlp_reference_moments(&p, &day, 1, mean, c), RLP_OK);
    assert_close("A", mean[0], 0.75e12, 1e-10);
    assert_close("B", mean[1], 0.25e12, 1e-10);
    assert_close("all", c[0] + c[1] + c[2] + c[3], 1e12 * 2 * 0.1 * 100, 1e-8);
    rlp_process_free(&p);
}

/* A chain of mutations founds its end at a power of time that is beyond the solver's order: n (r t)^k/k!. */
static void the_end_of_a_long_chain(void **state) {
    enum { LINKS = 13 };
    rlp_process_t p;
    double days[] = {1e-3, 1, 50}, mean[3 * LINKS], c[3 * LINKS * LINKS];
    char text[3000] = "process: {types: {";
    (void)state;
    size_t at = strlen(text);
    for (int i = 0; i < LINKS; i++) at += (size_t)snprintf(text + at, sizeof text - at, "%sT%d: {cells: %d, birth: 0, death: 0}", i ? ", " : "", i, i ? 0 : 1000000);
    at += (size_t)snprintf(text + at, sizeof text - at, "}, channels: [");
    for (int i = 1; i < LINKS; i++) at += (size_t)snprintf(text + at, sizeof text - at, "%s{kind: mutation, from: T%d, to: T%d, rate: 1.0e-2}", i > 1 ? ", " : "", i - 1, i);
    snprintf(text + at, sizeof text - at, "]}");
    exam_process(text, &p);
    assert_int_equal(rlp_reference_moments(&p, days, 3, mean, c), RLP_OK);
    for (size_t d = 0; d < 3; d++)
        for (int i = 0; i < LINKS; i++)
            if (mean[d * LINKS + (size_t)i] > 1e-40) assert_close("chain", mean[d * LINKS + (size_t)i], 1e6 * pow(1e-2 * days[d], i) / tgamma(i + 1), 1e-10);
    assert_close("its second link is Poisson", c[2 * LINKS * LINKS + LINKS + 1], mean[2 * LINKS + 1], 1e-11);
    rlp_process_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(birth_death_mean_and_variance_are_kendalls),
        cmocka_unit_test(immigration_and_death_is_binomial_and_poisson),
        cmocka_unit_test(a_bottleneck_thins_mean_and_variance),
        cmocka_unit_test(mutants_at_division_are_part_of_the_births),
        cmocka_unit_test(the_telegraph_is_two_binomials),
        cmocka_unit_test(every_kind_of_channel),
        cmocka_unit_test(shared_studies),
        cmocka_unit_test(capacity_has_a_closure_with_its_name),
        cmocka_unit_test(fast_switching_and_large_burdens),
        cmocka_unit_test(the_end_of_a_long_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
