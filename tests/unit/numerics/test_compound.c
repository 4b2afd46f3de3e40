/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Negative binomial and multinomial: the whole support at small sizes, moments and shape at large ones, the overflow that callers must
 * see. */
#include "judge.h"

typedef struct {
    int64_t k;
    double r, one_minus_r;
} law_t;
static int64_t draw(rlp_stream_t *stream, const void *law) {
    const law_t *l = law;
    return rlp_variate_negative_binomial(stream, l->k, l->r, l->one_minus_r);
}
static double pdf(unsigned x, const void *law) {
    return gsl_ran_negative_binomial_pdf(x, ((const law_t *)law)->one_minus_r, (double)((const law_t *)law)->k);
}

static void small_counts_match_the_law(void **state) {
    static const law_t laws[] = {
        {1, 0.001, 0.999}, {1, 0.3, 0.7},      {1, 0.5, 0.5},    {1, 0.75, 0.25},         {1, 0.99, 0.01},
        {2, 0.2, 0.8},     {2, 0.9, 0.1},      {10, 0.01, 0.99}, {10, 0.4, 0.6},          {100, 0.05, 0.95},
        {100, 0.5, 0.5},   {1000, 0.01, 0.99}, {1000, 0.4, 0.6}, {100000, 1e-5, 0.99999},
    };
    (void)state;
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
        rlp_stream_t stream;
        char text[80];
        rlp_stream_init(&stream, 4, i, 401);
        snprintf(text, sizeof text, "negative binomial of %g, %g", (double)laws[i].k, laws[i].r);
        judge_pmf(&stream, draw, pdf, &laws[i], text);
    }
}

static void large_counts_match_the_law(void **state) {
    static const law_t laws[] = {
        {1000, 0.5, 0.5},
        {1000000, 0.01, 0.99},
        {1000000000, 0.3, 0.7},
        {1000000000000, 0.5, 0.5},
        {1000000000000, 1 - 1e-5, 1e-5},
        {1000000000000000, 0.75, 0.25},
        {1000000000000000, 1e-9, 1 - 1e-9},
        {3900000000000000000, 0.5, 0.5},
    };
    (void)state;
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
        rlp_stream_t stream;
        char text[80];
        law_t law = laws[i];
        double k = (double)law.k, s = law.one_minus_r;
        long double mean = (long double)law.k * (long double)law.r / (long double)s;
        rlp_law_moments_t m = {(int64_t)mean, (double)(mean - (long double)(int64_t)mean), sqrt(k * law.r) / s, (1 + law.r) / sqrt(k * law.r),
                             6 / k + s * s / (k * law.r)};
        rlp_stream_init(&stream, 4, i, 402);
        snprintf(text, sizeof text, "negative binomial of %g, %g", k, law.r);
        judge_large(&stream, draw, &law, m, text);
    }
}

/* r so near 1 that only one_minus_r knows it: (1-r) X tends to Gamma(k). */
static void r_near_1_keeps_its_digits(void **state) {
    enum { DRAWS = 100000 };
    static double u[DRAWS];
    static const int64_t k[3] = {1, 2, 7};
    (void)state;
    for (int j = 0; j < 3; j++) {
        rlp_stream_t stream;
        rlp_stream_init(&stream, 4, (uint64_t)j, 403);
        for (int i = 0; i < DRAWS; i++) {
            u[i] = gsl_cdf_gamma_P((double)rlp_variate_negative_binomial(&stream, k[j], 1 - 1.3e-16, 1.3e-16) * 1.3e-16, (double)k[j], 1);
        }
        judge_uniform(u, DRAWS, "negative binomial of r near 1");
    }
}

static void edges_of_the_negative_binomial_hold(void **state) {
    rlp_stream_t stream;
    (void)state;
    rlp_stream_init(&stream, 4, 1, 404);
    assert_int_equal(rlp_variate_negative_binomial(&stream, 0, 0.9, 0.1), 0);
    assert_int_equal(rlp_variate_negative_binomial(&stream, RLP_COUNT_MAX, 0, 1), 0);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(rlp_variate_negative_binomial(&stream, 1, 1e-300, 1), 0);
        assert_int_equal(rlp_variate_negative_binomial(&stream, 5, 1e-300, 1), 0);
        assert_true(rlp_variate_negative_binomial(&stream, RLP_COUNT_MAX, 0.6, 0.4) == RLP_COUNT_MAX + 1);
        assert_true(rlp_variate_negative_binomial(&stream, 1000, 1, 1e-20) == RLP_COUNT_MAX + 1);
        assert_true(rlp_variate_negative_binomial(&stream, 1, 1, 1e-40) == RLP_COUNT_MAX + 1);
        assert_true(rlp_variate_negative_binomial(&stream, RLP_COUNT_MAX, 1, 0x1p-1074) == RLP_COUNT_MAX + 1);
    }
}

/* All ways to place 6 in 3 cells and the rest, against GSL's probabilities. */
static void small_multinomials_match_the_law(void **state) {
    static const double all[][4] = {{0.2, 0.3, 0.1, 0.4}, {0.05, 0, 0.9, 0.05}, {0.25, 0.5, 0.25, 0}, {0, 0, 0.4, 0.6}, {0.1, 0.7, 0.2, 0}};
    enum { N = 6, BASE = N + 1, CELLS = BASE * BASE * BASE, DRAWS = 500000 };
    (void)state;
    for (size_t law = 0; law < sizeof all / sizeof *all; law++) {
        static double probability[CELLS];
        static int64_t seen[CELLS];
        rlp_stream_t stream;
        memset(seen, 0, sizeof seen);
        for (unsigned i = 0; i < CELLS; i++) {
            unsigned place[4] = {i % BASE, i / BASE % BASE, i / (BASE * BASE), 0};
            unsigned placed = place[0] + place[1] + place[2];
            place[3] = N - placed;
            probability[i] = placed <= N ? gsl_ran_multinomial_pdf(4, all[law], place) : 0;
        }
        rlp_stream_init(&stream, 4, law, 405);
        for (int i = 0; i < DRAWS; i++) {
            int64_t counts[3], rest = rlp_variate_multinomial(&stream, N, 3, all[law], counts);
            assert_int_equal(counts[0] + counts[1] + counts[2] + rest, N);
            seen[counts[0] + BASE * (counts[1] + BASE * counts[2])]++;
        }
        judge_chi_square(CELLS, probability, seen, DRAWS, "multinomial");
    }
}

/* Ten times 0.1 and three thirds sum to 1 only within rounding; no cell may be lost, and none of a cell without probability found. */
static void closed_multinomials_lose_no_cell(void **state) {
    double tenths[12], thirds[4] = {1.0 / 3, 1.0 / 3, 1.0 / 3, 0};
    int64_t counts[12], n = RLP_COUNT_MAX;
    rlp_stream_t stream;
    (void)state;
    rlp_stream_init(&stream, 4, 1, 406);
    for (int i = 0; i < 12; i++) tenths[i] = i < 10 ? 0.1 : 0;
    for (int i = 0; i < 20000; i++) {
        int64_t sum = 0;
        assert_int_equal(rlp_variate_multinomial(&stream, n, 12, tenths, counts), 0);
        for (int j = 0; j < 12; j++) sum += counts[j];
        assert_true(sum == n && counts[10] == 0 && counts[11] == 0);
        assert_int_equal(rlp_variate_multinomial(&stream, n, 4, thirds, counts), 0);
        assert_true(counts[0] + counts[1] + counts[2] == n && counts[3] == 0);
    }
    assert_int_equal(rlp_variate_multinomial(&stream, 7, 0, tenths, counts), 7);
    assert_int_equal(rlp_variate_multinomial(&stream, 0, 12, tenths, counts), 0);
}

static int64_t third_cell(rlp_stream_t *stream, const void *law) {
    const double p[3] = {0.3, 0.25, 0.125};
    int64_t counts[3];
    rlp_variate_multinomial(stream, *(const int64_t *)law, 3, p, counts);
    return counts[2];
}
static void margins_of_large_multinomials_are_binomial(void **state) {
    int64_t n = 1000000000000000000;
    rlp_stream_t stream;
    (void)state;
    double variance = 1e18 * 0.125 * 0.875, sd = sqrt(variance);
    rlp_stream_init(&stream, 4, 1, 407);
    judge_large(&stream, third_cell, &n, (rlp_law_moments_t){n / 8, 0, sd, 0.75 / sd, (1 - 6 * 0.125 * 0.875) / variance},
                "third cell of 1e18");
}

static rlp_stream_t any;
static void draw_open_r(void) { rlp_variate_negative_binomial(&any, 3, 1, 0); }
static void draw_negative(void) { rlp_variate_negative_binomial(&any, -3, 0.5, 0.5); }
static void draw_above_1(void) {
    const double p[2] = {0.6, 0.5};
    int64_t counts[2];
    rlp_variate_multinomial(&any, 10, 2, p, counts);
}
static void arguments_outside_their_range_are_broken_invariants(void **state) {
    (void)state;
    rlp_stream_init(&any, 1, 1, 1);
    assert_true(judge_aborts(draw_open_r));
    assert_true(judge_aborts(draw_negative));
    assert_true(judge_aborts(draw_above_1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_counts_match_the_law),
        cmocka_unit_test(large_counts_match_the_law),
        cmocka_unit_test(r_near_1_keeps_its_digits),
        cmocka_unit_test(edges_of_the_negative_binomial_hold),
        cmocka_unit_test(small_multinomials_match_the_law),
        cmocka_unit_test(closed_multinomials_lose_no_cell),
        cmocka_unit_test(margins_of_large_multinomials_are_binomial),
        cmocka_unit_test(arguments_outside_their_range_are_broken_invariants),
        cmocka_unit_test(judge_verdicts_stay_within_their_number),
    };
    return cmocka_run_group_tests_name("compound", tests, NULL, NULL);
}
