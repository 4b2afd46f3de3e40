/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Loader's form keeps its digits from 1 to 4e18: against 60-digit arithmetic, and against GSL's probabilities where those are good. */
#include "judge.h"

#include "../../../solver/numerics/deviance.h"

static void assert_close(double value, double truth, double relative) {
    if (!(fabs(value - truth) <= relative * fabs(truth))) fail_msg("%.17g is not %.17g", value, truth);
}

static void stirling_error_has_all_its_digits(void **state) {
    static const double known[][2] = {
        {1, 0.0810614667953272582},   {2, 0.0413406959554092941},     {15, 0.00555473355196280137},  {16, 0.00520765591960964044},
        {17, 0.00490139594843473786}, {100, 0.000833330555634914683}, {1e6, 8.33333333333305556e-8}, {1e12, 8.33333333333333333e-14},
    };
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) assert_close(deviance_stirling(known[i][0]), known[i][1], 1e-12);
    for (int k = 1; k < 60; k++) {
        double direct = lgamma(k + 1.0) - (k + 0.5) * log(k) + k - 0.91893853320467274;
        if (fabs(deviance_stirling(k) - direct) > 1e-13) fail_msg("at %d: %.17g is not %.17g", k, deviance_stirling(k), direct);
    }
}

static void deviance_has_its_digits_at_any_size(void **state) {
    static const double known[][3] = {
        {10, -9, 6.69741490700595432},        {10, -3, 0.503275392428873348},   {10, -1, 0.051755359079563289},
        {10, 2, 0.187858681527455515},        {10, 2.4, 0.26738110725012414},   {10, 30, 25.4517744447956248},
        {1000, -250, 34.2384456611643044},    {1000, 99.5, 4.793656348440365},  {0x1p50, 0x1p26, 1.99999996026357133},
        {1e12, -3e6, 4.50000450000675001},    {1e15, 1e8, 4.99999983333334167}, {0x1p61, -4e9, 3.46944695395979122},
        {0x1p61, 1, 2.16840434497100887e-19}, {0.5, 0.5, 0.193147180559945309}, {0.25, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double m = known[i][0], delta = known[i][1];
        assert_close(deviance_bd0(m + delta, m, delta), known[i][2], 1e-13);
    }
    assert_close(deviance_bd0(0, 7, -7), 7, 1e-15);
}

static void poisson_probabilities_agree_with_gsl(void **state) {
    (void)state;
    for (int m = 0; m < 40; m++) {
        double mean = 0.37 * exp(0.2 * m);
        for (int i = 0; i < 400; i++) {
            double k = i, q = gsl_ran_poisson_pdf((unsigned)i, mean);
            if (q > 1e-200) assert_close(deviance_poisson(k, mean, k - mean), q, 1e-10);
        }
    }
}

static void binomial_ratios_agree_with_gsl(void **state) {
    static const unsigned sizes[] = {20, 21, 40, 100, 1000, 20000};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (double p = 10.0 / sizes[i]; p <= 0.5; p *= 1.37) {
            unsigned n = sizes[i], mode = (unsigned)((n + 1) * p);
            double mean = n * p, at_mode = gsl_ran_binomial_pdf(mode, p, n);
            deviance_split_t y = {mode, n - mode, mode - mean};
            for (unsigned k = 0; k <= n && k < 6 * (mode + 1); k++) {
                deviance_split_t x = {k, n - k, k - mean};
                double ratio = gsl_ran_binomial_pdf(k, p, n) / at_mode;
                if (ratio > 1e-200) assert_close(deviance_binomial_ratio(x, y, mean, n * (1 - p)), ratio, 1e-9);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stirling_error_has_all_its_digits),
        cmocka_unit_test(deviance_has_its_digits_at_any_size),
        cmocka_unit_test(poisson_probabilities_agree_with_gsl),
        cmocka_unit_test(binomial_ratios_agree_with_gsl),
    };
    return cmocka_run_group_tests_name("deviance", tests, NULL, NULL);
}
