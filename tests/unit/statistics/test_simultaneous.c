/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The quantile of simultaneous intervals, where it is known: of K contrasts on patients of their own it is that of the largest of K normals, of K copies that of one.
 * Scores are normal, so sums are, too, and c misses by its resamples alone: the sd of an estimated level is sqrt(0.05 x 0.95 / B). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>

#include "relapse/memory.h"
#include "relapse/statistics.h"
#include "relapse/variates.h"

#define assert_near(a, b, allowed) assert_true(fabs((a) - (b)) <= (allowed)) /* cmocka's compares floats */

enum { MANY = 8, PATIENTS = 4000, RESAMPLES = 8000 };

typedef struct {
    double value[MANY][PATIENTS];
    const double *row[MANY];
} scores_t;

static void draw_scores(scores_t *s, uint64_t seed) {
    rlp_stream_t stream;
    rlp_stream_init(&stream, seed, 0, rlp_stream_purpose("test"));
    for (int k = 0; k < MANY; k++) {
        s->row[k] = s->value[k];
        for (int i = 0; i < PATIENTS; i++) s->value[k][i] = rlp_variate_normal(&stream) * (k + 1); /* of any size: only shares of errors count */
    }
}

static double quantile(const scores_t *s, size_t n, double level) {
    double c;
    assert_int_equal(rlp_simultaneous_quantile(n, s->row, PATIENTS, level, 5, RESAMPLES, &c), RLP_OK);
    return c;
}

/* P(all hold) at c is (2 Phi(c) - 1)^K; 4.5 sd of it are allowed (7e-6, were the seed free). */
static void assert_level(double c, double k, double level) {
    double held = pow(2 * gsl_cdf_ugaussian_P(c) - 1, k), allowed = 4.5 * sqrt(level * (1 - level) / RESAMPLES);
    if (fabs(held - level) > allowed) fail_msg("c = %g: %g of %g held", c, held, level);
}

static void contrasts_on_patients_of_their_own_are_independent(void **state) {
    (void)state;
    static scores_t s;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        draw_scores(&s, seed);
        assert_level(quantile(&s, MANY, 0.95), MANY, 0.95);
        assert_level(quantile(&s, 3, 0.8), 3, 0.8);
    }
}

static void copies_of_one_contrast_are_one(void **state) {
    (void)state;
    static scores_t s;
    draw_scores(&s, 3);
    for (int k = 1; k < MANY; k++)
        for (int i = 0; i < PATIENTS; i++) s.value[k][i] = s.value[0][i] * (k % 2 ? -2.5 : 0.1);
    assert_level(quantile(&s, MANY, 0.95), 1, 0.95);
    for (uint64_t seed = 0; seed < 20; seed++) { /* never below that of one, though one of two drawn quantiles is */
        double c;
        assert_int_equal(rlp_simultaneous_quantile(2, s.row, 400, 0.95, seed, 100, &c), RLP_OK);
        assert_true(c >= gsl_cdf_ugaussian_Pinv(0.975));
    }
}

/* Two normals with correlation 1/2 (a shared half): P(both within c) by integration over what they share. */
static void half_shared_lies_between(void **state) {
    (void)state;
    static scores_t s;
    draw_scores(&s, 4);
    for (int i = 0; i < PATIENTS; i++) {
        double shared = s.value[3][i] / 4;
        s.value[0][i] = s.value[0][i] + shared;
        s.value[1][i] = s.value[1][i] / 2 + shared;
    }
    double c = quantile(&s, 2, 0.95), held = 0, step = 0.01;
    for (double x = -8; x <= 8; x += step) {
        double own = gsl_cdf_ugaussian_P(sqrt(2) * c - x) - gsl_cdf_ugaussian_P(-sqrt(2) * c - x);
        held += step * exp(-x * x / 2) / sqrt(2 * 3.141592653589793) * own * own;
    }
    assert_true(fabs(held - 0.95) < 4.5 * sqrt(0.05 * 0.95 / RESAMPLES) + 0.003); /* the drawn correlation is 1/2 to 0.014, worth 0.0004 of the level; skew of sums */
}

static void contrasts_without_error_do_not_count(void **state) {
    (void)state;
    static scores_t s;
    draw_scores(&s, 5);
    double three = quantile(&s, 3, 0.95), one;
    memset(s.value[3], 0, sizeof s.value[3]);
    s.value[4][17] = NAN;
    assert_true(quantile(&s, 5, 0.95) == three);
    s.row[0] = s.value[3];
    one = gsl_cdf_ugaussian_Pinv(0.95);
    assert_true(quantile(&s, 1, 0.9) == one && quantile(&s, 0, 0.9) == one);
    s.row[1] = s.value[4];
    assert_true(quantile(&s, 3, 0.9) == one); /* the third alone is left */
}

/* The slow, obvious twin: draws patients one by one, in the same words. */
static void a_cohort_is_drawn_patient_by_patient(void **state) {
    (void)state;
    enum { N = 7, K = 3, B = 37 };
    static const double score[K][N] = {{1, -2, 3, -2, 4, -5, 1}, {0, 0, 2, -1, -1, 3, -3}, {5, -1, -1, -1, -1, -1, 0}};
    const double *const row[K] = {score[0], score[1], score[2]};
    double largest[B] = {0}, c;
    for (uint64_t b = 0; b < B; b++) {
        rlp_stream_t stream;
        double sum[K] = {0};
        rlp_stream_init(&stream, 99, b, rlp_stream_purpose("statistics.simultaneous"));
        for (int draw = 0; draw < N; draw++) {
            size_t who = (size_t)(N * rlp_stream_uniform(&stream));
            for (int k = 0; k < K; k++) sum[k] += score[k][who];
        }
        for (int k = 0; k < K; k++) {
            double squares = 0, all = 0;
            for (int i = 0; i < N; i++) squares += score[k][i] * score[k][i], all += score[k][i];
            largest[b] = fmax(largest[b], fabs(sum[k] - all) / sqrt(squares));
        }
    }
    rlp_sample_sort(largest, B);
    assert_int_equal(rlp_simultaneous_quantile(K, row, N, 0.99, 99, B, &c), RLP_OK);
    assert_near(c, fmax(largest[B - 1], gsl_cdf_ugaussian_Pinv(0.995)), 1e-12); /* number ceil(0.99 x 38) = 38 is beyond: the largest */
    assert_int_equal(rlp_simultaneous_quantile(K, row, N, 34.2 / 38, 99, B, &c), RLP_OK);
    assert_near(c, largest[34], 1e-12); /* number ceil(34.2) */
    assert_true(c > gsl_cdf_ugaussian_Pinv((1 + 34.2 / 38) / 2)); /* so that the line above says something */
    assert_int_equal(rlp_simultaneous_quantile(K, row, N, 1, 99, B, &c), RLP_ERROR_INPUT);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    static scores_t s;
    double c;
    draw_scores(&s, 6);
    rlp_memory_fail_at(0);
    assert_int_equal(rlp_simultaneous_quantile(3, s.row, 50, 0.95, 1, 20, &c), RLP_OK);
    size_t asked = rlp_memory_fail_at(0);
    assert_true(asked == 3);
    for (size_t i = 1; i <= asked; i++) {
        rlp_memory_fail_at(i);
        assert_int_equal(rlp_simultaneous_quantile(3, s.row, 50, 0.95, 1, 20, &c), RLP_ERROR_MEMORY);
    }
    rlp_memory_fail_at(0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contrasts_on_patients_of_their_own_are_independent),
        cmocka_unit_test(copies_of_one_contrast_are_one),
        cmocka_unit_test(half_shared_lies_between),
        cmocka_unit_test(contrasts_without_error_do_not_count),
        cmocka_unit_test(a_cohort_is_drawn_patient_by_patient),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("simultaneous intervals", tests, NULL, NULL);
}
