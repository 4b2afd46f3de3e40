/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Does the paired 95 % interval of the difference of restricted means cover it in 95 % of cohorts, and the clustered one of the hazard
 * ratio too?
 *
 * A pair shares a frailty Z ~ Exp(1); in arm k its time is exponential with rate Z r_k, censored at random and at 2. Then S_k(t) = 1 / (1
 * + r_k t), and the restricted mean to 1 is log(1 + r_k) / r_k: exact. For the hazard ratio both arms have one rate, so the truth is 1
 * whatever the frailty. 2000 cohorts of 200 pairs: if the coverage is 95 %, the share covered has standard deviation 0.0049, and [0.93,
 * 0.965] leaves it with probability 1e-3 at most (binomial; 4.1 SD below, 3.1 above). The seed is fixed, so the verdict is the same every
 * time. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "relapse/statistics.h"

enum { COHORTS = 2000, PAIRS = 200 };

typedef struct {
    double time[2][PAIRS];
    bool event[2][PAIRS];
} pairs_t;

static void draw_pairs(gsl_rng *rng, const double rate[2], pairs_t *pairs) {
    for (int i = 0; i < PAIRS; i++) {
        double frailty = gsl_ran_exponential(rng, 1), luck = gsl_ran_exponential(rng, 1);
        for (int k = 0; k < 2; k++) {
            double censored = fmin(2, gsl_ran_exponential(rng, k ? 1.5 : 4));        /* the arms are censored differently */
            if (k && gsl_rng_uniform(rng) < 0.5) luck = gsl_ran_exponential(rng, 1); /* half of the pairs share their luck too */
            double time = luck / (frailty * rate[k]);
            pairs->time[k][i] = fmin(time, censored);
            pairs->event[k][i] = time <= censored;
        }
    }
}

static void assert_covered(int covered) {
    print_message("covered: %.4f\n", covered / (double)COHORTS);
    assert_true(covered >= 0.93 * COHORTS && covered <= 0.965 * COHORTS);
}

static void paired_interval_covers_the_difference_of_restricted_means(void **state) {
    (void)state;
    const double rate[2] = {2, 1}, truth = log(2) - log(3) / 2;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 20240501);
    static pairs_t pairs;
    int covered = 0, as_if_independent = 0;
    for (int cohort = 0; cohort < COHORTS; cohort++) {
        draw_pairs(rng, rate, &pairs);
        rlp_survival_t arms[2] = {{PAIRS, pairs.time[0], pairs.event[0], NULL}, {PAIRS, pairs.time[1], pairs.event[1], NULL}};
        rlp_rmst_comparison_t c;
        assert_int_equal(rlp_rmst_compare(&arms[0], &arms[1], 1, &c), 0);
        covered += c.lower95 <= truth && truth <= c.upper95;
        as_if_independent += fabs(c.difference - truth) <= 1.959964 * c.independent_std_err;
    }
    gsl_rng_free(rng);
    assert_covered(covered);
    assert_true(as_if_independent > 0.975 * COHORTS); /* the reason for pairing: unpaired intervals are far too wide */
}

static void clustered_interval_covers_the_hazard_ratio(void **state) {
    (void)state;
    const double rate[2] = {1, 1};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 20240502);
    static pairs_t pairs;
    int covered = 0;
    for (int cohort = 0; cohort < COHORTS; cohort++) {
        draw_pairs(rng, rate, &pairs);
        rlp_survival_t arms[2] = {{PAIRS, pairs.time[0], pairs.event[0], NULL}, {PAIRS, pairs.time[1], pairs.event[1], NULL}};
        rlp_cox_t cox;
        assert_int_equal(rlp_cox_fit(&arms[0], &arms[1], &cox), 0);
        covered += cox.lower95 <= 1 && 1 <= cox.upper95;
    }
    gsl_rng_free(rng);
    assert_covered(covered);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paired_interval_covers_the_difference_of_restricted_means),
        cmocka_unit_test(clustered_interval_covers_the_hazard_ratio),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
