/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Urns: hypergeometric and Polya, the whole support at small sizes in every branch, moments and shape to 10^15, edges. */
#include "judge.h"

typedef struct {
    int64_t n, good, draws;
} law_t;
static int64_t draw(rlp_stream_t *stream, const void *law) {
    const law_t *l = law;
    return rlp_variate_hypergeometric(stream, l->n, l->good, l->draws);
}
static long double choose(long double n, long double k) { return lgammal(n + 1) - lgammal(k + 1) - lgammal(n - k + 1); }
static double pdf(unsigned k, const void *law) {
    const law_t *l = law;
    long double n = (long double)l->n, g = (long double)l->good, s = (long double)l->draws, x = k;
    if (x > g || x > s || s - x > n - g) return 0;
    return (double)expl(choose(g, x) + choose(n - g, s - x) - choose(n, s));
}

static void small_urns_match_the_law(void **state) {
    static const law_t laws[] = {
        {10, 3, 4},      {10, 8, 4},      {10, 8, 9},      {40, 20, 12},     {60, 30, 13},      {60, 31, 29},      {60, 30, 31},        {200, 13, 100},      {100, 50, 40},
        {400, 300, 200}, {400, 13, 17},   {1000, 40, 200}, {1000, 40, 700},  {1000, 500, 500},  {5000, 100, 400},  {1000000, 2000, 700}, {1000000, 2000, 5000}, {1000000, 999000, 3000},
        {2000, 300, 66}, {2000, 300, 67}, {4000000, 999, 8000}, {90, 45, 45},
    };
    (void)state;
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
        rlp_stream_t stream;
        char text[80];
        rlp_stream_init(&stream, 3, i, 311);
        snprintf(text, sizeof text, "hypergeometric %lld, %lld, %lld", (long long)laws[i].n, (long long)laws[i].good, (long long)laws[i].draws);
        judge_pmf(&stream, draw, pdf, &laws[i], text);
    }
}

static void large_urns_match_their_moments(void **state) {
    static const law_t laws[] = {{1000000, 400000, 300000}, {1000000000, 5000, 20000000}, {1000000000000, 300000000000, 1000000}, {1000000000000, 900000000000, 999999000000},
                                 {1000000000000000, 100000000000000, 400000000000000}, {4000000000000000, 2000, 2000000000000000}};
    (void)state;
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
        rlp_stream_t stream;
        char text[80];
        long double n = (long double)laws[i].n, g = (long double)laws[i].good, s = (long double)laws[i].draws, mean = g * s / n;
        double sd = sqrt((double)(mean * (1 - g / n) * (n - s) / (n - 1)));
        rlp_law_moments_t m = {(int64_t)mean, (double)(mean - (long double)(int64_t)mean), sd, (double)((n - 2 * g) * (n - 2 * s) / ((n - 2) * n)) / sd, -0.01 / sd};
        rlp_stream_init(&stream, 3, i, 312);
        snprintf(text, sizeof text, "hypergeometric %lld, %lld, %lld", (long long)laws[i].n, (long long)laws[i].good, (long long)laws[i].draws);
        judge_large(&stream, draw, &laws[i], m, text);
    }
}

typedef struct {
    int64_t n, weight, rest;
} urn_t;
static int64_t draw_polya(rlp_stream_t *stream, const void *law) {
    const urn_t *l = law;
    return rlp_variate_polya(stream, l->n, l->weight, l->rest);
}
static double pdf_polya(unsigned k, const void *law) {
    const urn_t *l = law;
    double n = (double)l->n, w = (double)l->weight, r = (double)l->rest, x = k;
    if (x > n) return 0;
    return exp(lgamma(x + w) - lgamma(w) - lgamma(x + 1) + lgamma(n - x + r) - lgamma(r) - lgamma(n - x + 1) - lgamma(n + w + r) + lgamma(w + r) + lgamma(n + 1));
}

static void polya_matches_the_law(void **state) {
    static const urn_t laws[] = {{1, 1, 1}, {1, 3, 1000}, {2, 1, 1}, {10, 1, 1}, {10, 2, 7}, {50, 1, 40}, {50, 40, 1}, {300, 30, 20}, {1000, 5, 5000}, {100, 1000000, 3000000}};
    (void)state;
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
        rlp_stream_t stream;
        char text[80];
        rlp_stream_init(&stream, 3, i, 313);
        snprintf(text, sizeof text, "Polya %lld, %lld, %lld", (long long)laws[i].n, (long long)laws[i].weight, (long long)laws[i].rest);
        judge_pmf(&stream, draw_polya, pdf_polya, &laws[i], text);
    }
}

static void edges_are_certain(void **state) {
    rlp_stream_t stream;
    (void)state;
    rlp_stream_init(&stream, 3, 1, 314);
    for (int64_t n = 0; n < 50; n++) {
        assert_true(rlp_variate_hypergeometric(&stream, n, n, n / 2) == n / 2 && rlp_variate_hypergeometric(&stream, n, 0, n) == 0 && rlp_variate_hypergeometric(&stream, n, n / 3, n) == n / 3);
        assert_true(rlp_variate_polya(&stream, n, 4, 0) == n && rlp_variate_polya(&stream, n, 0, 4) == 0 && rlp_variate_polya(&stream, 0, 4, 4) == 0);
        int64_t all = RLP_COUNT_MAX, k = rlp_variate_hypergeometric(&stream, all, all / 3, all - 1);
        assert_true(k == all / 3 || k == all / 3 - 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_urns_match_the_law),
        cmocka_unit_test(large_urns_match_their_moments),
        cmocka_unit_test(polya_matches_the_law),
        cmocka_unit_test(edges_are_certain),
        cmocka_unit_test(judge_verdicts_stay_within_their_number),
    };
    return cmocka_run_group_tests_name("urns", tests, NULL, NULL);
}
