/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Groups of patients against each other, and where two curves cross: by hand, and against looking at every time. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relapse/statistics.h"
#include "relapse/variates.h"

#define assert_near(a, b, allowed) assert_true(fabs((a) - (b)) <= (allowed)) /* cmocka's compares floats */

static void heterogeneity_by_hand(void **state) {
    (void)state;
    rlp_heterogeneity_t two = rlp_heterogeneity(2, (double[]){1, 3}, (double[]){1, 1});
    assert_near(two.q, 2, 1e-14);
    assert_near(two.p, erfc(1), 1e-14); /* 0.1573: a normal of sqrt(2) */
    /* weights 1, 1/4, 1/4: mean (0 + 1 + 3/2)/1.5 = 5/3; Q = 25/9 + (7/3)^2/4 + (13/3)^2/4 = (100 + 49 + 169)/36 */
    rlp_heterogeneity_t three = rlp_heterogeneity(3, (double[]){0, 4, 6}, (double[]){1, 2, 2});
    assert_near(three.q, 318 / 36.0, 1e-12);
    assert_near(three.p, exp(-318 / 72.0), 1e-12); /* chi squared on 2 degrees is exponential */
    assert_near(rlp_heterogeneity(3, (double[]){7, 7, 7}, (double[]){1, 2, 3}).p, 1, 1e-14);
}

static void heterogeneity_is_unknown_without_errors(void **state) {
    (void)state;
    const double d[3] = {1, NAN, 3}, none[2] = {1, 0}, lost[2] = {1, NAN};
    assert_true(isnan(rlp_heterogeneity(1, d, (double[]){1}).p) && isnan(rlp_heterogeneity(0, d, none).q));
    assert_true(isnan(rlp_heterogeneity(3, d, (double[]){1, 1, 1}).p));
    assert_true(isnan(rlp_heterogeneity(2, (double[]){1, 2}, none).p) && isnan(rlp_heterogeneity(2, (double[]){1, 2}, lost).q));
}

static double crossing(size_t n_a, const double *a, size_t n_b, const double *b, const bool *event, double horizon) {
    rlp_km_t of_a, of_b;
    assert_int_equal(rlp_km_init(&of_a, &(rlp_survival_t){n_a, a, event, NULL}), RLP_OK);
    assert_int_equal(rlp_km_init(&of_b, &(rlp_survival_t){n_b, b, event, NULL}), RLP_OK);
    double at = rlp_km_crossing(&of_a, &of_b, horizon);
    assert_true(at == rlp_km_crossing(&of_b, &of_a, horizon) || isnan(at));
    rlp_km_free(&of_a);
    rlp_km_free(&of_b);
    return at;
}

static void crossings_by_hand(void **state) {
    (void)state;
    static const bool all[6] = {true, true, true, true, true, true};
    static const bool but_last[4] = {true, true, true, false};
    /* a: 3/4 from 1, 1/2 from 5, 1/4 from 9, 0 from 10; b: 3/4 from 2, 1/2 from 3, 1/4 from 4, 0 from 20. b is below from 3 on, above from 10 on */
    assert_true(crossing(4, (double[]){1, 5, 9, 10}, 4, (double[]){2, 3, 4, 20}, all, 100) == 10);
    /* equal on [2, 3): a was below before, b after: the end of that while, and at an earlier horizon no crossing */
    assert_true(crossing(4, (double[]){1, 5, 9, 10}, 4, (double[]){2, 3, 4, 20}, all, 9.9) == 3);
    assert_true(crossing(4, (double[]){1, 5, 9, 10}, 4, (double[]){2, 3, 4, 20}, all, 3) == 3);
    assert_true(isnan(crossing(4, (double[]){1, 5, 9, 10}, 4, (double[]){2, 3, 4, 20}, all, 2.5)));
    /* touching is no crossing: equal on [2, 3), the same one below before and after */
    assert_true(isnan(crossing(4, (double[]){1, 3, 9, 10}, 4, (double[]){2, 4, 11, 12}, all, 100)));
    assert_true(isnan(crossing(3, (double[]){1, 2, 3}, 3, (double[]){1, 2, 3}, all, 100))); /* one curve */
    assert_true(isnan(crossing(3, (double[]){1, 2, 3}, 0, (double[]){0}, all, 100)));
    /* thirds reached by another way: 2/3 against 4/6 is equal, whatever rounding says */
    assert_true(isnan(crossing(3, (double[]){1, 4, 7}, 6, (double[]){1, 1, 4, 4, 7, 7}, all, 100)));
    /* b is censored at 4 with 1/4 left: beyond, nobody knows; a falls to 0 at 10 */
    assert_true(crossing(4, (double[]){1, 5, 9, 10}, 4, (double[]){2, 3, 3.5, 4}, but_last, 100) == 3);
}

/* On any curves: the last of all times of events at which the sign is another than the last one before. */
static void crossings_are_where_signs_change(void **state) {
    (void)state;
    enum { N = 12, ROUNDS = 3000 };
    unsigned crossed = 0;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        double time[2][N], horizon = 14, last[2], expected = NAN;
        bool event[2][N];
        rlp_stream_t stream;
        rlp_km_t km[2];
        rlp_stream_init(&stream, 11, round, rlp_stream_purpose("test"));
        for (int k = 0; k < 2; k++) {
            for (int i = 0; i < N; i++) {
                time[k][i] = floor(20 * rlp_stream_uniform(&stream));
                event[k][i] = rlp_stream_uniform(&stream) < 0.8;
            }
            assert_int_equal(rlp_km_init(&km[k], &(rlp_survival_t){N, time[k], event[k], NULL}), RLP_OK);
            last[k] = km[k].row[km[k].rows - 1].time;
        }
        int sign = 0;
        for (double t = 0; t <= horizon; t++) {
            double s[2];
            for (int k = 0; k < 2; k++) s[k] = rlp_km_at(&km[k], t).survival;
            if (isnan(s[0]) || isnan(s[1])) break;
            int now = fabs(s[0] - s[1]) < 1e-9 ? 0 : s[0] > s[1] ? 1 : -1;
            if (now && sign && now != sign) expected = t;
            if (now) sign = now;
        }
        double found = rlp_km_crossing(&km[0], &km[1], horizon);
        if (!(found == expected || (isnan(found) && isnan(expected)))) fail_msg("round %d: %g, not %g (%g %g)", (int)round, found, expected, last[0], last[1]);
        if (!isnan(found)) crossed++;
        for (int k = 0; k < 2; k++) rlp_km_free(&km[k]);
    }
    assert_true(crossed > ROUNDS / 4 && crossed < ROUNDS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heterogeneity_by_hand),
        cmocka_unit_test(heterogeneity_is_unknown_without_errors),
        cmocka_unit_test(crossings_by_hand),
        cmocka_unit_test(crossings_are_where_signs_change),
    };
    return cmocka_run_group_tests_name("groups and crossings", tests, NULL, NULL);
}
