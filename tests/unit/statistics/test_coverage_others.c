/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Coverage in 1000 studies of the hazard ratio with ties, of shares of variance and of rank correlations; and how often groups without a difference are told apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "frailty.h"

/* Where Cox's coefficient goes as patients become many: Efron's score of the expected risk sets, whose l runs evenly over the tied events. */
static double expected_score(const double rate[2], double beta) {
    double score = 0;
    enum { PARTS = 200 };
    for (int j = 1; j <= END_VISIT; j++) {
        double stays = exp(-LEAVING * VISIT * j), at_risk[2], events[2]; /* seen at visit j, as all are who are at risk of an event there */
        for (int k = 0; k < 2; k++) {
            at_risk[k] = stays * frail_survival(rate[k], (j - 1) * VISIT);
            events[k] = at_risk[k] - stays * frail_survival(rate[k], j * VISIT);
        }
        score += events[1];
        for (int l = 0; l < PARTS; l++) {
            double done = (l + 0.5) / PARTS, treated = exp(beta) * (at_risk[1] - done * events[1]);
            score -= (events[0] + events[1]) / PARTS * treated / (treated + at_risk[0] - done * events[0]);
        }
    }
    return score;
}

static double expected_coefficient(const double rate[2]) {
    double low = -5, high = 5;
    for (int k = 0; k < 60; k++) {
        double middle = (low + high) / 2;
        if (expected_score(rate, middle) > 0) low = middle;
        else high = middle;
    }
    return low;
}

static void the_hazard_ratio_of_shared_patients(void **state) {
    (void)state;
    static frail_t f = {.n_arms = 2, .rate = {2, 1}};
    double truth = exp(expected_coefficient(f.rate)); /* 0.61, not 1/2: who is frail goes first */
    unsigned robust = 0, naive = 0;
    rlp_moments_t off = {0};
    for (uint64_t study = 0; study < STUDIES; study++) {
        rlp_cox_t cox;
        frail_draw(&f, 201, study);
        assert_int_equal(rlp_cox_fit(&f.arm[0], &f.arm[1], &cox), RLP_OK);
        robust += covers(cox.lower95, truth, cox.upper95);
        naive += fabs(cox.coefficient - log(truth)) <= 1.959964 * cox.naive_std_err;
        rlp_moments_add(&off, cox.coefficient - log(truth));
    }
    print_message("hazard ratio of ever so many patients %.4f; log ratios off by %.4f +- %.4f\n", truth, off.mean, rlp_moments_std_err(&off));
    assert_coverage("hazard ratio, clustered", robust);
    assert_true(naive > 0.97 * STUDIES);
}

/* Patients of three groups that answer alike, each paired with himself in two arms: 5 % of studies may tell them apart. The label is independent of frailty, for RMST differences
 * of the frail are others than those of the robust, and that is an interaction. */
static void groups_that_answer_alike_are_told_apart_by_chance_only(void **state) {
    (void)state;
    enum { GROUPS = 3 };
    static frail_t f = {.n_arms = 2, .rate = {2, 1}};
    unsigned told = 0;
    for (uint64_t study = 0; study < STUDIES; study++) {
        double difference[GROUPS], std_err[GROUPS];
        unsigned char group[PATIENTS];
        frail_draw(&f, 202, study);
        for (int i = 0; i < PATIENTS; i++) group[i] = (unsigned char)(GROUPS * rlp_stream_uniform(&f.stream));
        for (int g = 0; g < GROUPS; g++) {
            double time[2][PATIENTS];
            bool event[2][PATIENTS];
            size_t n = 0;
            for (int i = 0; i < PATIENTS; i++) {
                if (group[i] != g) continue;
                for (int k = 0; k < 2; k++) time[k][n] = f.time[k][i], event[k][n] = f.event[k][i];
                n++;
            }
            rlp_rmst_comparison_t c;
            assert_int_equal(rlp_rmst_compare(&(rlp_survival_t){n, time[0], event[0], NULL}, &(rlp_survival_t){n, time[1], event[1], NULL}, HORIZON, &c), RLP_OK);
            difference[g] = c.difference;
            std_err[g] = c.std_err;
        }
        told += rlp_heterogeneity(GROUPS, difference, std_err).p < 0.05;
    }
    assert_coverage("groups alike: not told apart at 5 %", STUDIES - told);
}

/* Log times normal between and within patients: exact there. */
static void the_share_between_patients(void **state) {
    (void)state;
    static const double SHARES[3] = {0.1, 0.5, 0.9};
    for (int s = 0; s < 3; s++) {
        enum { N = 60, R = 4 };
        char what[60];
        unsigned covered = 0;
        for (uint64_t study = 0; study < STUDIES; study++) {
            double x[N * R];
            rlp_stream_t stream;
            rlp_stream_init(&stream, 203 + (uint64_t)s, study, rlp_stream_purpose("test"));
            for (int i = 0; i < N; i++) {
                double patient = 5 + sqrt(SHARES[s]) * rlp_variate_normal(&stream);
                for (int r = 0; r < R; r++) x[i * R + r] = patient + sqrt(1 - SHARES[s]) * rlp_variate_normal(&stream);
            }
            rlp_components_t c = rlp_variance_components(N, R, x);
            covered += covers(c.share.lower95, SHARES[s], c.share.upper95);
        }
        snprintf(what, sizeof what, "share of variance between patients, %g", SHARES[s]);
        assert_coverage(what, covered);
    }
}

/* Normal pairs with correlation r have the rank correlation 6/pi asin(r/2); ranks know nothing of the exponential on top. */
static void rank_correlations(void **state) {
    (void)state;
    static const double CORRELATIONS[4] = {0, 0.5, -0.8, 0.95};
    for (int s = 0; s < 4; s++) {
        enum { N = 60 };
        double r = CORRELATIONS[s], truth = 6 / 3.141592653589793 * asin(r / 2);
        char what[60];
        unsigned covered = 0;
        for (uint64_t study = 0; study < STUDIES; study++) {
            double u[N], y[N];
            rlp_stream_t stream;
            rlp_stream_init(&stream, 206 + (uint64_t)s, study, rlp_stream_purpose("test"));
            for (int i = 0; i < N; i++) {
                double a = rlp_variate_normal(&stream), b = rlp_variate_normal(&stream);
                u[i] = erfc(-a / sqrt(2)) / 2;
                y[i] = exp(r * a + sqrt(1 - r * r) * b);
            }
            rlp_interval_t rank = rlp_influence_of(N, u, y, 0).rank_correlation;
            covered += covers(rank.lower95, truth, rank.upper95);
        }
        snprintf(what, sizeof what, "rank correlation, %.3f", truth);
        assert_coverage(what, covered);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hazard_ratio_of_shared_patients),
        cmocka_unit_test(groups_that_answer_alike_are_told_apart_by_chance_only),
        cmocka_unit_test(the_share_between_patients),
        cmocka_unit_test(rank_correlations),
    };
    return cmocka_run_group_tests_name("coverage of the others", tests, NULL, NULL);
}
