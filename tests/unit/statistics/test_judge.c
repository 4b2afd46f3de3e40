/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The judge: p values that say what they mean. Under the law P(p <= a) <= a (simulated, fixed seed); off the law they vanish. A test here fails by chance
 * with probability below 1e-6 over seeds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "relapse/judge.h"

#define ROUNDS 1500

static gsl_rng *rng;
static int start(void **state) {
    (void)state;
    rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 7);
    return rng ? 0 : -1;
}
static int finish(void **state) {
    (void)state;
    gsl_rng_free(rng);
    return 0;
}

/* Of ROUNDS p values, no more below a than a binomial of a has at 1e-7; and not a tenth of it: a judge that never speaks is none. */
static void speaks_at_its_level(const double *p, double least_share) {
    static const double LEVELS[] = {0.2, 0.05, 0.01};
    for (size_t l = 0; l < 3; l++) {
        unsigned below = 0;
        for (size_t k = 0; k < ROUNDS; k++) below += p[k] <= LEVELS[l];
        if (gsl_cdf_binomial_Q(below, LEVELS[l], ROUNDS) < 1e-7) fail_msg("%u of %d p values below %g", below, ROUNDS, LEVELS[l]);
        if (below < least_share * LEVELS[l] * ROUNDS) fail_msg("only %u of %d p values below %g", below, ROUNDS, LEVELS[l]);
    }
}

static void a_share_has_its_exact_tail(void **state) {
    double p[ROUNDS];
    (void)state;
    assert_true(fabs(rlp_judge_share(9, 10, 0.5, 0) - 2 * 11 / 1024.0) < 1e-15);
    assert_true(rlp_judge_share(5, 10, 0.5, 0) == 1);
    assert_true(rlp_judge_share(1, 10, 0, 0) == 0 && rlp_judge_share(0, 10, 0, 0) == 1 && rlp_judge_share(9, 10, 1, 0) == 0);
    assert_true(rlp_judge_share(5300, 10000, 0.5, 0) < 1e-8 && rlp_judge_share(5300, 10000, 0.5, 0.09) == 1); /* 0.09 x 0.3466 = 0.0312 allowed */
    for (size_t k = 0; k < ROUNDS; k++) p[k] = rlp_judge_share(gsl_ran_binomial(rng, 0.03, 2000), 2000, 0.03, 0);
    speaks_at_its_level(p, 0.5);
}

static void the_mean_of_a_skewed_law_is_not_condemned(void **state) {
    double p[ROUNDS];
    rlp_law_moments_t law = {.mean = 20, .variance = 380, .skewness = 2.0, .excess = 6}; /* geometric from 1 */
    (void)state;
    for (size_t k = 0; k < ROUNDS; k++) {
        rlp_moments_t sample = {0};
        for (int i = 0; i < 300; i++) rlp_moments_add(&sample, (double)gsl_ran_geometric(rng, 0.05));
        p[k] = rlp_judge_mean(&sample, &law, 0);
    }
    speaks_at_its_level(p, 0.3);
    rlp_moments_t off = {.n = 10000, .mean = 21.5, .m2 = 380 * 9999.};
    assert_true(rlp_judge_mean(&off, &law, 0) < 1e-10 && rlp_judge_mean(&off, &law, 0.08) == 1);
    off.n = 0;
    assert_true(rlp_judge_mean(&off, &law, 0) == 0); /* nobody was seen */
}

static void the_variance_of_a_skewed_law_is_not_condemned(void **state) {
    double p[ROUNDS];
    rlp_law_moments_t law = {.mean = 20, .variance = 380, .skewness = 2.0, .excess = 6};
    (void)state;
    for (size_t k = 0; k < ROUNDS; k++) {
        rlp_moments_t sample = {0};
        for (int i = 0; i < 2500; i++) rlp_moments_add(&sample, (double)gsl_ran_geometric(rng, 0.05));
        p[k] = rlp_judge_variance(&sample, &law, 0);
    }
    speaks_at_its_level(p, 0.3);
    rlp_moments_t off = {.n = 10000, .mean = 20, .m2 = 500 * 9999.};
    assert_true(rlp_judge_variance(&off, &law, 0) < 1e-10 && rlp_judge_variance(&off, &law, 0.1) == 1);
}

static void rare_counts_that_did_not_come_are_no_surprise(void **state) { /* 200 times 0 where one in 10^5 is 1; but not where each second is */
    rlp_moments_t none = {0};
    (void)state;
    for (int k = 0; k < 200; k++) rlp_moments_add(&none, 0);
    for (double s = 1e-5; s < 0.6; s *= 10) {
        double p[] = {1 - s, s};
        rlp_law_moments_t law = rlp_law_moments(p, 2);
        double found = rlp_judge_variance(&none, &law, 0), right = fmin(1, 2 * pow(1 - s, 200));
        if (!(found >= right * (1 - 1e-9) && found <= 2 * exp(-200 * s * (1 - s)) * (1 + 1e-6))) fail_msg("share %g: p %g, and P(none) is %g", s, found, right / 2);
    }
    double even[] = {0.5, 0.5};
    rlp_law_moments_t law = rlp_law_moments(even, 2);
    assert_true(rlp_judge_variance(&none, &law, 0) < 1e-20);
}

static void bins_see_the_whole_law(void **state) {
    double p[ROUNDS], law[200];
    int64_t values[3000];
    (void)state;
    for (unsigned k = 0; k < 200; k++) law[k] = gsl_ran_poisson_pdf(k, 12);
    for (size_t r = 0; r < ROUNDS; r++) {
        for (size_t i = 0; i < 3000; i++) values[i] = gsl_ran_poisson(rng, 12);
        p[r] = rlp_judge_bins(values, 3000, law, 200, 0).p;
    }
    speaks_at_its_level(p, 0.3);
    for (size_t i = 0; i < 3000; i++) values[i] = gsl_ran_binomial(rng, 0.5, 24); /* the same mean, half the variance */
    rlp_judge_bins_t seen = rlp_judge_bins(values, 3000, law, 200, 0);
    assert_true(seen.p < 1e-10 && seen.bins > 6 && seen.bins <= 13);
    for (size_t i = 0; i < 3000; i++) values[i] = 1000; /* beyond the table is the tail, not a fault of memory */
    assert_true(rlp_judge_bins(values, 3000, law, 200, 0).p == 0);
}

static void times_are_judged_by_their_distribution(void **state) {
    double p[ROUNDS], u[400];
    (void)state;
    for (size_t r = 0; r < ROUNDS; r++) {
        for (size_t i = 0; i < 400; i++) u[i] = gsl_rng_uniform(rng);
        p[r] = rlp_judge_times(u, 400, 0, NULL);
    }
    speaks_at_its_level(p, 0.5);
    for (size_t i = 0; i < 400; i++) u[i] = sqrt(gsl_rng_uniform(rng));
    assert_true(rlp_judge_times(u, 400, 0, NULL) < 1e-10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_share_has_its_exact_tail),    cmocka_unit_test(the_mean_of_a_skewed_law_is_not_condemned), cmocka_unit_test(the_variance_of_a_skewed_law_is_not_condemned),
        cmocka_unit_test(rare_counts_that_did_not_come_are_no_surprise),
        cmocka_unit_test(bins_see_the_whole_law),        cmocka_unit_test(times_are_judged_by_their_distribution),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
