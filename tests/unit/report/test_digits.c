/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The quick way to write a double against the slow and obvious one, where the two could part: 15, 16 and 17 digits, powers of two and
 * ten and their neighbours, ties, both ends of the quick range. No randomness in the verdict: the values are fixed. */
#include "../../../solver/report/digits.h"

#include "relapse/stream.h"
#include "report_test.h"

static void assert_same(double x) {
    char quick[RLP_DOUBLE_TEXT], slow[RLP_DOUBLE_TEXT];
    rlp_double_shortest(x, slow);
    size_t length = digits_shortest(x, quick);
    if (strcmp(slow, quick) || length != strlen(slow)) fail_msg("%.17g: %s, expected %s", x, quick, slow);
}

static void values_all_over_the_range(void **state) {
    (void)state;
    rlp_stream_t stream;
    rlp_stream_init(&stream, 1, 1, 99);
    for (int k = 0; k < 200000; k++) {
        double u = rlp_stream_uniform(&stream);
        assert_same(u); /* 16 and 17 digits */
        assert_same(730 * u);
        assert_same(exp(60 * u - 20));      /* beyond both ends */
        assert_same(floor(1e7 * u) / 1e4);  /* few digits */
        assert_same(floor(1e15 * u) / 1e9); /* 15 digits */
    }
}

static void neighbours_of_powers(void **state) {
    (void)state;
    for (int k = -30; k < 60; k++)
        for (int step = -40; step <= 40; step++) {
            assert_same(ldexp(1, k) * (1 + step * 0x1p-53));
            assert_same(pow(10, k) * (1 + step * 0x1p-52));
            assert_same(pow(10, k) * (0.5 + step * 0x1p-52));
        }
}

static void fractions_and_ties(void **state) {
    (void)state;
    for (int n = 1; n < 3000; n++) assert_same(1.0 / n);
    for (int n = 1; n < 2000; n++) assert_same(n + 0x1p-40);
    for (int n = 1; n < 2000; n += 2) assert_same(n * 0x1p-12); /* exact in decimal, with a 5 at the end */
    const double odd[] = {0,    -0.0, 1e-4, 9.9999999999999e-5, 1e15, 999999999999999.9, -0.25, NAN < 0, 5e-324, 1.7976931348623157e308,
                          1e22, 0.1,  0.3,  99.99999999999999};
    for (size_t k = 0; k < sizeof odd / sizeof *odd; k++) assert_same(odd[k]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_all_over_the_range),
        cmocka_unit_test(neighbours_of_powers),
        cmocka_unit_test(fractions_and_ties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
