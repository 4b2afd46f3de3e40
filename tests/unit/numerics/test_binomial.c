/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Binomial: the whole support on both sides of the switch at n min(p, 1-p) = 10, both halves of p, moments and shape to n = 4e18, edges. */
#include "judge.h"

typedef struct {
    int64_t n;
    double p;
} law_t;
static int64_t draw(rlp_stream_t *stream, const void *law) {
    return rlp_variate_binomial(stream, ((const law_t *)law)->n, ((const law_t *)law)->p);
}
static double pdf(unsigned k, const void *law) {
    return gsl_ran_binomial_pdf(k, ((const law_t *)law)->p, (unsigned)((const law_t *)law)->n);
}

static void small_counts_match_the_law(void **state) {
    static const law_t laws[] = {
        {1, 0.3},     {2, 0.5},    {5, 0.1},     {19, 0.4999},    {20, 0.5},       {21, 0.49},      {25, 0.6},   {40, 0.2499},
        {40, 0.25},   {40, 0.751}, {100, 0.005}, {100, 0.0999},   {100, 0.1},      {100, 0.7},      {100, 0.93}, {1000, 0.0101},
        {1000, 0.37}, {3000, 0.5}, {4000, 0.9},  {1000000, 5e-6}, {1000000, 2e-5}, {4000000, 1e-4},
    };
    (void)state;
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
        rlp_stream_t stream;
        char text[80];
        rlp_stream_init(&stream, 3, i, 301);
        snprintf(text, sizeof text, "binomial of %g, %g", (double)laws[i].n, laws[i].p);
        judge_pmf(&stream, draw, pdf, &laws[i], text);
    }
}

static void large_counts_match_the_law(void **state) {
    static const law_t laws[] = {
        {1000, 0.4},
        {100000, 0.01},
        {1000000, 0.97},
        {1000000000, 0.5},
        {1000000000000, 0.123},
        {1000000000000, 1e-7},
        {1000000000000000, 0.875},
        {9007199254740993, 0.5},
        {4000000000000000000, 0.3},
        {4000000000000000000, 0.5},
        {3999999999999999999, 0.9990234375},
        {4000000000000000000, 1e-15},
    };
    (void)state;
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
        rlp_stream_t stream;
        char text[80];
        law_t law = laws[i];
        double variance = (double)law.n * law.p * (1 - law.p), sd = sqrt(variance);
        long double mean = (long double)law.n * (long double)law.p;
        rlp_law_moments_t m = {(int64_t)mean, (double)(mean - (long double)(int64_t)mean), sd, (1 - 2 * law.p) / sd,
                             (1 - 6 * law.p * (1 - law.p)) / variance};
        rlp_stream_init(&stream, 3, i, 302);
        snprintf(text, sizeof text, "binomial of %g, %g", (double)law.n, law.p);
        judge_large(&stream, draw, &law, m, text);
    }
}

/* n p = 1, 4 and 40 at n = 1e18: the Poisson law to 1e-17. */
static double poisson_pdf(unsigned k, const void *law) {
    return gsl_ran_poisson_pdf(k, (double)((const law_t *)law)->n * ((const law_t *)law)->p);
}
static double mirrored_pdf(unsigned k, const void *law) {
    return gsl_ran_poisson_pdf(k, (double)((const law_t *)law)->n * (1 - ((const law_t *)law)->p));
}
static int64_t mirrored_draw(rlp_stream_t *stream, const void *law) { return ((const law_t *)law)->n - draw(stream, law); }
static void tiny_chances_of_huge_numbers_match_the_law(void **state) {
    static const law_t laws[] = {{1000000000000000000, 1e-18}, {4000000000000000000, 1e-18}, {4000000000000000000, 1e-17}};
    static const law_t mirrored = {36028797018963968, 1 - 0x1p-53}, mirrored_more = {360287970189639680, 1 - 0x1p-53};
    rlp_stream_t stream;
    (void)state;
    rlp_stream_init(&stream, 3, 1, 303);
    for (size_t i = 0; i < 3; i++) judge_pmf(&stream, draw, poisson_pdf, &laws[i], "binomial of tiny p");
    judge_pmf(&stream, mirrored_draw, mirrored_pdf, &mirrored, "binomial of p = 1 - 2^-53, mean of the rest 4");
    judge_pmf(&stream, mirrored_draw, mirrored_pdf, &mirrored_more, "binomial of p = 1 - 2^-53, mean of the rest 40");
}

static void certain_cases_are_certain(void **state) {
    rlp_stream_t stream;
    (void)state;
    rlp_stream_init(&stream, 3, 1, 304);
    const double p[] = {0, 1e-300, 0.5, 1};
    for (int i = 0; i < 4; i++) assert_int_equal(rlp_variate_binomial(&stream, 0, p[i]), 0);
    for (int64_t n = 1; n <= RLP_COUNT_MAX / 10; n *= 10) {
        assert_true(rlp_variate_binomial(&stream, n, 0) == 0);
        assert_true(rlp_variate_binomial(&stream, n, 1) == n);
        assert_true(rlp_variate_binomial(&stream, n, 1e-300) == 0);
        assert_true(rlp_variate_binomial(&stream, n, 0x1p-1074) == 0);
    }
    assert_true(rlp_variate_binomial(&stream, RLP_COUNT_MAX, 1) == RLP_COUNT_MAX);
}

static rlp_stream_t any;
static void draw_above_1(void) { rlp_variate_binomial(&any, 10, 1 + 0x1p-52); }
static void draw_below_0(void) { rlp_variate_binomial(&any, 10, -0x1p-1074); }
static void draw_nan(void) { rlp_variate_binomial(&any, 10, NAN); }
static void draw_negative(void) { rlp_variate_binomial(&any, -1, 0.5); }
static void draw_too_many(void) { rlp_variate_binomial(&any, RLP_COUNT_MAX + 1, 0.5); }
static void arguments_outside_their_range_are_broken_invariants(void **state) {
    (void)state;
    rlp_stream_init(&any, 1, 1, 1);
    assert_true(judge_aborts(draw_above_1));
    assert_true(judge_aborts(draw_below_0));
    assert_true(judge_aborts(draw_nan));
    assert_true(judge_aborts(draw_negative));
    assert_true(judge_aborts(draw_too_many));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_counts_match_the_law),
        cmocka_unit_test(large_counts_match_the_law),
        cmocka_unit_test(tiny_chances_of_huge_numbers_match_the_law),
        cmocka_unit_test(certain_cases_are_certain),
        cmocka_unit_test(arguments_outside_their_range_are_broken_invariants),
        cmocka_unit_test(judge_verdicts_stay_within_their_number),
    };
    return cmocka_run_group_tests_name("binomial", tests, NULL, NULL);
}
