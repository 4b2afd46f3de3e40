/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Luck and ignorance: published numbers, closed forms. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "relapse/statistics.h"
#include "relapse/variates.h"

#define assert_near(a, b, allowed) assert_true(fabs((a) - (b)) <= (allowed)) /* cmocka's compares floats */

/* Shrout & Fleiss (1979), table 2: four judges, six targets. Their table 3: mean squares 11.24 between and 6.26 within, ICC(1,1) 0.17;
 * R's psych::ICC: 0.166, -0.133 to 0.723. A share is at least 0. */
static void shrout_and_fleiss(void **state) {
    (void)state;
    static const double x[24] = {9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7};
    rlp_components_t c = rlp_variance_components(6, 4, x);
    assert_near(c.within, 6.2639, 5e-5);
    assert_near(c.between, (11.2417 - 6.2639) / 4, 5e-5);
    assert_near(c.share.value, 0.1657, 5e-5);
    assert_near(c.share.upper95, 0.7226, 5e-5);
    assert_true(c.share.lower95 == 0);
}

/* F on 1 and 2 degrees of freedom in closed form: P(F <= f) = sqrt(f / (f + 2)). */
static void two_patients_twice_by_hand(void **state) {
    (void)state;
    const double x[4] = {1, 3, 21, 23}; /* between 2 x 200 = 400 on 1, within 4 / 2 = 2: F = 200 */
    rlp_components_t c = rlp_variance_components(2, 2, x);
    double quantile[2];
    for (int k = 0; k < 2; k++) {
        double p = k ? 0.025 : 0.975;
        quantile[k] = 2 * p * p / (1 - p * p);
    }
    assert_near(c.within, 2, 1e-12);
    assert_near(c.between, 199, 1e-12);
    assert_near(c.share.value, 199.0 / 201, 1e-12);
    assert_near(c.share.lower95, (200 / quantile[0] - 1) / (200 / quantile[0] + 1), 1e-9);
    assert_near(c.share.upper95, (200 / quantile[1] - 1) / (200 / quantile[1] + 1), 1e-9);
}

static void components_at_their_edges(void **state) {
    (void)state;
    const double same_within[4] = {1, 1, 2, 2}, same_between[4] = {1, 3, 3, 1}, all_one[4] = {5, 5, 5, 5}, lost[4] = {1, NAN, 2, 3};
    rlp_components_t c = rlp_variance_components(2, 2, same_within);
    assert_true(c.within == 0 && c.between == 0.5 && c.share.value == 1 && c.share.lower95 == 1);
    c = rlp_variance_components(2, 2, same_between);
    assert_true(c.within == 2 && c.between == 0 && c.share.value == 0 && c.share.lower95 == 0 && c.share.upper95 == 0);
    assert_true(isnan(rlp_variance_components(2, 2, all_one).share.value) && isnan(rlp_variance_components(2, 2, lost).within));
    assert_true(isnan(rlp_variance_components(1, 4, all_one).share.value) && isnan(rlp_variance_components(4, 1, all_one).within));
}

/* 20000 patients three times: GSL's inverse of F fails there. The share is 1/3; its sd, to first order, is (1 - s) (1 + 2 s) sqrt(2 / (r (r - 1) n)) (Fisher 1925) = 0.0045 . */
static void components_of_many_patients(void **state) {
    (void)state;
    enum { N = 20000, R = 3 };
    double *x = malloc(N * R * sizeof *x), sd = 2 / 3.0 * 5 / 3 * sqrt(2.0 / (R * (R - 1) * (double)N));
    assert_non_null(x);
    for (int i = 0; i < N; i++) {
        rlp_stream_t stream;
        rlp_stream_init(&stream, 3, (uint64_t)i, rlp_stream_purpose("test"));
        double patient = rlp_variate_normal(&stream);
        for (int r = 0; r < R; r++) x[i * R + r] = 1000 + patient + sqrt(2) * rlp_variate_normal(&stream);
    }
    rlp_components_t c = rlp_variance_components(N, R, x);
    free(x);
    assert_true(fabs(c.share.value - 1 / 3.0) < 4.5 * sd);
    assert_true(fabs((c.share.upper95 - c.share.lower95) / (2 * 1.96 * sd) - 1) < 0.02);
    assert_true(c.share.lower95 < c.share.value && c.share.value < c.share.upper95);
    assert_true(fabs(c.within - 2) < 4.5 * 2 / sqrt(N));
}

/* IQ and hours of television of ten people (Wikipedia's example of Spearman's correlation): -29/165. */
static void spearman_by_hand(void **state) {
    (void)state;
    const double iq[10] = {106, 86, 100, 101, 99, 103, 97, 113, 112, 110}, hours[10] = {7, 0, 27, 50, 28, 29, 20, 12, 6, 17};
    double u[10];
    for (int i = 0; i < 10; i++) u[i] = iq[i] / 200;
    rlp_influence_of_t of = rlp_influence_of(10, u, hours, 0);
    double rho = -29 / 165.0, reach = 1.959963984540054 * sqrt((1 + rho * rho / 2) / 7);
    assert_near(of.rank_correlation.value, rho, 1e-12);
    assert_near(of.rank_correlation.lower95, tanh(atanh(rho) - reach), 1e-12);
    assert_near(of.rank_correlation.upper95, tanh(atanh(rho) + reach), 1e-12);
    assert_true(isnan(rlp_influence_of(9, u, hours, 0).rank_correlation.value));
    const double rising[10] = {1e6, 1, 30, 40, 20, 50, 10, 1e9, 1e8, 1e7}, flat[10] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2}, lost[10] = {2, 2, 2, 2, 2, 2, NAN, 2, 2, 1};
    of = rlp_influence_of(10, u, rising, 0);
    assert_true(of.rank_correlation.value == 1 && of.rank_correlation.lower95 == 1 && of.rank_correlation.upper95 == 1);
    assert_true(isnan(rlp_influence_of(10, u, flat, 0).rank_correlation.value) && isnan(rlp_influence_of(10, u, lost, 0).first_order));
}

static double first_order(size_t n, const double *u, double (*f)(double), double noise) {
    double y[4000];
    for (size_t i = 0; i < n; i++) y[i] = f(u[i]);
    return rlp_influence_of(n, u, y, noise).first_order;
}
static double line(double u) { return 3 - 7 * u; }
static double parabola(double u) { return 2 + 5 * u * (1 - u); }
static double cubic(double u) { return ((20 * u - 30) * u + 12) * u; } /* Legendre's third */
static double exponential(double u) { return exp(2 * u); }

/* On the midpoints of n parts polynomials are as orthogonal as on the line, to 1/n^2. exp(2u): variance (e^4 - 1)/4 - ((e^2 - 1)/2)^2, of which 1 and 2 explain
 * all but what is of degree 3 and more. */
static void first_order_shares_in_closed_form(void **state) {
    (void)state;
    enum { N = 4000 };
    static double u[N];
    for (int i = 0; i < N; i++) u[i] = (i + 0.5) / N;
    assert_near(first_order(N, u, line, 0), 1, 1e-12);
    assert_near(first_order(N, u, parabola, 0), 1, 1e-12);
    assert_true(first_order(N, u, cubic, 0) == 0); /* below 0 after the adjustment */
    double mean = expm1(2) / 2, variance = expm1(4) / 4 - mean * mean;
    double one = 1, two = 0; /* coefficients of exp(2u) on P1 and P2: with t = 2u - 1 it is e exp(t); int t e^t dt /2 = 1/e, int P2 e^t dt /2 = (e - 7/e)/2 */
    two = exp(1) * (exp(1) - 7 * exp(-1)) / 2;
    assert_near(first_order(N, u, exponential, 0), (3 * one * one + 5 * two * two) / variance, 1e-3);
    double y_variance = 49 / 12.0;
    assert_near(first_order(N, u, line, y_variance / 2), 1, 1e-12); /* 1 at most */
    assert_true(isnan(first_order(N, u, line, 1.01 * y_variance)));
}

/* y = a t_1 + b t_2 + (patients' noise): the noise taken off, the share of t_1 is a^2 / (a^2 + b^2) = 0.8. Without it is less; mean over 400 tables of 60 draws each, whose sd is
 * measured. By itself R^2 would be too large by 2 (1 - R^2)/(n - 1). */
static void first_order_is_unbiased_with_noise(void **state) {
    (void)state;
    enum { N = 60, TABLES = 400 };
    rlp_moments_t with = {0}, without = {0};
    for (uint64_t table = 0; table < TABLES; table++) {
        double u[N], y[N];
        rlp_stream_t stream;
        rlp_stream_init(&stream, 8, table, rlp_stream_purpose("test"));
        for (int i = 0; i < N; i++) {
            u[i] = rlp_stream_uniform(&stream);
            y[i] = 2 * (2 * u[i] - 1) + (2 * rlp_stream_uniform(&stream) - 1) + 0.8 * rlp_variate_normal(&stream); /* variances 4/3, 1/3, 0.64 */
        }
        rlp_moments_add(&with, rlp_influence_of(N, u, y, 0.64).first_order);
        rlp_moments_add(&without, rlp_influence_of(N, u, y, 0).first_order);
    }
    print_message("share %.4f +- %.4f (0.8), noise left in %.4f (0.578)\n", with.mean, rlp_moments_std_err(&with), without.mean);
    assert_true(fabs(without.mean - 4 / 3.0 / (5 / 3.0 + 0.64)) < 4.5 * rlp_moments_std_err(&without) + 0.002);
    assert_true(fabs(with.mean - 0.8) < 4.5 * rlp_moments_std_err(&with) + 0.01); /* a ratio of estimates, cut at 1 */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shrout_and_fleiss),
        cmocka_unit_test(two_patients_twice_by_hand),
        cmocka_unit_test(components_at_their_edges),
        cmocka_unit_test(components_of_many_patients),
        cmocka_unit_test(spearman_by_hand),
        cmocka_unit_test(first_order_shares_in_closed_form),
        cmocka_unit_test(first_order_is_unbiased_with_noise),
    };
    return cmocka_run_group_tests_name("luck and ignorance", tests, NULL, NULL);
}
