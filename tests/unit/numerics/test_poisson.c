/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Poisson: the whole support at small means on both sides of the switch at 10, moments and shape to 4e18, tiny means, the clamp. */
#include "judge.h"

static int64_t draw(rlp_stream_t *stream, const void *law) { return rlp_variate_poisson(stream, *(const double *)law); }
static double pdf(unsigned k, const void *law) { return gsl_ran_poisson_pdf(k, *(const double *)law); }

static void small_means_match_the_law(void **state) {
    static const double means[] = {0.001, 0.09, 0.11, 0.7, 1, 3.3, 7, 9.999, 10, 10.5, 11.3, 14, 20, 33.7, 60, 150, 700.25};
    (void)state;
    for (size_t i = 0; i < sizeof means / sizeof *means; i++) {
        rlp_stream_t stream;
        char text[80];
        rlp_stream_init(&stream, 2, i, 201);
        snprintf(text, sizeof text, "poisson of mean %g", means[i]);
        judge_pmf(&stream, draw, pdf, &means[i], text);
    }
}

static void large_means_match_the_law(void **state) {
    static const double means[] = {1e3, 31415.9, 1e6, 1e9 + 0.5, 1e12, 1e15 + 0.25, 9007199254740993.0, 3e17, 3.9e18};
    (void)state;
    for (size_t i = 0; i < sizeof means / sizeof *means; i++) {
        rlp_stream_t stream;
        char text[80];
        double m = means[i];
        rlp_stream_init(&stream, 2, i, 202);
        snprintf(text, sizeof text, "poisson of mean %g", m);
        judge_large(&stream, draw, &m, (rlp_law_moments_t){(int64_t)m, m - floor(m), sqrt(m), 1 / sqrt(m), 1 / m}, text);
    }
}

/* The sum over 4e6 draws of mean 1e-5 and below is Poisson; at 1e-18 nothing comes. U = 1e-18 and what it must give is scripted below. */
static void tiny_means_match_the_law(void **state) {
    rlp_stream_t stream;
    (void)state;
    rlp_stream_init(&stream, 2, 1, 203);
    int64_t sum = 0;
    for (int i = 0; i < 4000000; i++) {
        sum += rlp_variate_poisson(&stream, 1e-4);
        assert_int_equal(rlp_variate_poisson(&stream, 1e-18), 0);
        assert_int_equal(rlp_variate_poisson(&stream, 0), 0);
    }
    judge_z(((double)sum - 400) / 20, "poisson of mean 1e-4");
}

/* Five words of 0.35 x 2^-11 and one of 0.5: U = 2^-56 to the fine uniform; a mean of 2e-17 lies above it, one of 1e-17 below. */
static void chances_of_1e_17_keep_their_digits(void **state) {
    (void)state;
    const double means[2] = {2e-17, 1e-17};
    for (int i = 0; i < 2; i++) {
        rlp_stream_t stream;
        rlp_stream_init(&stream, 0, 0, 0);
        for (int j = 0; j < 5; j++) stream.words[j] = UINT64_C(1) << 50;
        stream.words[5] = UINT64_C(1) << 63;
        stream.filled = 6;
        assert_int_equal(rlp_variate_poisson(&stream, means[i]), i == 0);
    }
}

static void counts_beyond_the_largest_are_seen(void **state) {
    rlp_stream_t stream;
    int above = 0;
    (void)state;
    rlp_stream_init(&stream, 2, 1, 204);
    for (int i = 0; i < 10000; i++) {
        int64_t k = rlp_variate_poisson(&stream, 4e18);
        assert_true(k > 0 && k <= RLP_COUNT_MAX + 1);
        above += k == RLP_COUNT_MAX + 1;
    }
    judge_z((above - 5000) / 50.0, "clamped half of poisson of mean 4e18");
}

static rlp_stream_t any;
static void draw_negative(void) { rlp_variate_poisson(&any, -1e-300); }
static void draw_nan(void) { rlp_variate_poisson(&any, NAN); }
static void draw_too_large(void) { rlp_variate_poisson(&any, 4.1e18); }
static void means_outside_their_range_are_broken_invariants(void **state) {
    (void)state;
    rlp_stream_init(&any, 1, 1, 1);
    assert_true(judge_aborts(draw_negative));
    assert_true(judge_aborts(draw_nan));
    assert_true(judge_aborts(draw_too_large));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_means_match_the_law),
        cmocka_unit_test(large_means_match_the_law),
        cmocka_unit_test(tiny_means_match_the_law),
        cmocka_unit_test(chances_of_1e_17_keep_their_digits),
        cmocka_unit_test(counts_beyond_the_largest_are_seen),
        cmocka_unit_test(means_outside_their_range_are_broken_invariants),
        cmocka_unit_test(judge_verdicts_stay_within_their_number),
    };
    return cmocka_run_group_tests_name("poisson", tests, NULL, NULL);
}
