/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a trial of a given size would print: against the laws of trials with exponential times.
 *
 * Populations are 20001 quantiles of an exponential, so that what a trial draws is one. With follow-up a after accrual R and drop-out q an event is seen with probability
 *     P = h/(h+q) (1 - (e^{-(h+q) a} - e^{-(h+q)(R+a)}) / ((h+q) R)),
 * and the log-rank test of half the patients each has power Phi(|log HR| / sqrt(1/d0 + 1/d1) - 1.96) (Schoenfeld 1981). Repeats are 2000; 4.5 sd are allowed. */
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

#include "relapse/statistics.h"
#include "relapse/stream.h"

enum { POPULATION = 20001, REPEATS = 2000, EACH = 200 };

typedef struct {
    double time[POPULATION];
    bool event[POPULATION];
} population_t;

static rlp_survival_t exponential(population_t *p, double rate) {
    for (int i = 0; i < POPULATION; i++) {
        p->time[i] = -log1p(-(i + 0.5) / POPULATION) / rate;
        p->event[i] = true;
    }
    return (rlp_survival_t){POPULATION, p->time, p->event, NULL};
}

static double seen(double rate, const rlp_trial_plan_t *plan) {
    double sum = rate + plan->dropout;
    return rate / sum * (1 - (exp(-sum * plan->after) - exp(-sum * (plan->accrual + plan->after))) / (sum * plan->accrual));
}

static void assert_mean(const char *what, const rlp_moments_t *found, double expected, double slack) {
    double allowed = 4.5 * rlp_moments_std_err(found) + slack;
    print_message("%s: %.4f +- %.4f, law %.4f\n", what, found->mean, rlp_moments_std_err(found), expected);
    if (!(fabs(found->mean - expected) <= allowed)) fail_msg("%s: %g, not %g +- %g", what, found->mean, expected, allowed);
}

static void exponential_trials_obey_their_laws(void **state) {
    (void)state;
    static population_t a, b;
    const double rate[2] = {0.10, 0.07}; /* a month */
    const rlp_trial_plan_t plan = {.accrual = 12, .after = 6, .dropout = 0.01};
    rlp_survival_t reference = exponential(&a, rate[0]), arm = exponential(&b, rate[1]);
    rlp_moments_t log_ratio = {0}, events[2] = {{0}, {0}}, median = {0};
    double truth = log(rate[1] / rate[0]), variance = 0;
    unsigned significant = 0, covered = 0;
    for (uint64_t repeat = 0; repeat < REPEATS; repeat++) {
        rlp_trial_print_t print;
        assert_int_equal(rlp_trial_repeat(&reference, EACH, &arm, EACH, &plan, 4, repeat, &print), RLP_OK);
        rlp_moments_add(&log_ratio, log(print.hazard_ratio));
        rlp_moments_add(&median, print.median[0]);
        for (int k = 0; k < 2; k++) rlp_moments_add(&events[k], (double)print.events[k]);
        variance += (1.0 / (double)print.events[0] + 1.0 / (double)print.events[1]) / REPEATS;
        significant += print.p < 0.05;
        covered += log(print.lower95) <= truth && truth <= log(print.upper95);
    }
    assert_mean("events, reference", &events[0], EACH * seen(rate[0], &plan), 0);
    assert_mean("events, arm", &events[1], EACH * seen(rate[1], &plan), 0);
    assert_mean("log hazard ratio", &log_ratio, truth, 0.003); /* Cox's coefficient is off by some 1/events */
    assert_mean("median", &median, log(2) / rate[0], 0.06);    /* the first step below 1/2 lies 1/(2 h n S) too late on average, and one step is so long */
    double sd = sqrt(rlp_moments_variance(&log_ratio)), expected = sqrt(variance);
    assert_true(fabs(sd / expected - 1) < 4.5 / sqrt(2.0 * REPEATS) + 0.01);
    double power = significant / (double)REPEATS, schoenfeld = gsl_cdf_ugaussian_P(fabs(truth) / expected - 1.959964);
    print_message("sd of log hazard ratio %.4f, sqrt(1/d0 + 1/d1) %.4f; power %.3f, Schoenfeld %.3f; covered %.3f\n", sd, expected, power, schoenfeld, covered / (double)REPEATS);
    assert_true(fabs(power - schoenfeld) < 4.5 * sqrt(power * (1 - power) / REPEATS) + 0.01); /* Schoenfeld's is asymptotic */
    assert_true(fabs(covered / (double)REPEATS - 0.95) < 4.5 * sqrt(0.05 * 0.95 / REPEATS));
}

static void arms_that_are_one_population_are_significant_at_the_level(void **state) {
    (void)state;
    static population_t a;
    rlp_survival_t both = exponential(&a, 0.1);
    const rlp_trial_plan_t plan = {.accrual = 12, .after = 6};
    unsigned significant = 0;
    for (uint64_t repeat = 0; repeat < REPEATS; repeat++) {
        rlp_trial_print_t print;
        assert_int_equal(rlp_trial_repeat(&both, EACH, &both, EACH, &plan, 5, repeat, &print), RLP_OK);
        significant += print.p < 0.05; /* its two arms draw different patients: with the same ones p would be 1 */
    }
    assert_true(fabs(significant / (double)REPEATS - 0.05) < 4.5 * sqrt(0.05 * 0.95 / REPEATS));
}

static bool same(const rlp_trial_print_t *a, const rlp_trial_print_t *b) { return memcmp(a, b, sizeof *a) == 0; }

static void a_repeat_is_a_function_of_seed_and_number(void **state) {
    (void)state;
    static population_t a, b;
    rlp_survival_t reference = exponential(&a, 1), arm = exponential(&b, 2);
    rlp_trial_plan_t plan = {.accrual = 1, .after = 1, .dropout = 0.1};
    rlp_trial_print_t first, again, other;
    assert_int_equal(rlp_trial_repeat(&reference, 50, &arm, 60, &plan, 1, 7, &first), RLP_OK);
    assert_int_equal(rlp_trial_repeat(&reference, 50, &arm, 60, &plan, 1, 7, &again), RLP_OK);
    assert_true(same(&first, &again));
    assert_int_equal(rlp_trial_repeat(&reference, 50, &arm, 60, &plan, 1, 8, &other), RLP_OK);
    assert_false(same(&first, &other));
    assert_int_equal(rlp_trial_repeat(&reference, 50, &arm, 60, &plan, 2, 7, &other), RLP_OK);
    assert_false(same(&first, &other));
    assert_int_equal(rlp_trial_repeat(NULL, 50, &arm, 60, &plan, 1, 7, &other), RLP_OK); /* the arm draws the same whoever stands beside it */
    assert_true(other.median[1] == first.median[1] && other.events[1] == first.events[1] && other.events[0] == 0);
    assert_true(isnan(other.median[0]) && isnan(other.hazard_ratio) && isnan(other.p) && isnan(other.lower95));
}

/* The slow, obvious twin, in the same words: who, when he enters, when he drops out. */
static void a_trial_is_drawn_patient_by_patient(void **state) {
    (void)state;
    enum { N = 40 };
    static const char *const PURPOSES[2] = {"statistics.trial.reference", "statistics.trial.arm"};
    static population_t population[2];
    const rlp_survival_t from[2] = {exponential(&population[0], 1), exponential(&population[1], 0.6)};
    const rlp_trial_plan_t plan = {.accrual = 2, .after = 0.5, .dropout = 0.3};
    for (uint64_t repeat = 0; repeat < 20; repeat++) {
        double time[2][N];
        bool event[2][N];
        rlp_trial_print_t print;
        rlp_cox_t cox;
        rlp_logrank_t test;
        for (int k = 0; k < 2; k++) {
            rlp_stream_t stream;
            rlp_stream_init(&stream, 12, repeat, rlp_stream_purpose(PURPOSES[k]));
            for (int i = 0; i < N; i++) {
                double t = from[k].time[(int)(rlp_stream_uniform(&stream) * POPULATION)], looks = plan.accrual + plan.after - plan.accrual * rlp_stream_uniform(&stream);
                double leaves = fmin(looks, -log(rlp_stream_uniform(&stream)) / plan.dropout);
                time[k][i] = fmin(t, leaves);
                event[k][i] = t <= leaves;
            }
        }
        const rlp_survival_t drawn[2] = {{N, time[0], event[0], NULL}, {N, time[1], event[1], NULL}};
        assert_int_equal(rlp_cox_fit(&drawn[0], &drawn[1], &cox), RLP_OK);
        assert_int_equal(rlp_logrank(&drawn[0], &drawn[1], &test), RLP_OK);
        assert_int_equal(rlp_trial_repeat(&from[0], N, &from[1], N, &plan, 12, repeat, &print), RLP_OK);
        assert_true(print.hazard_ratio == cox.hazard_ratio && print.p == test.p && print.events[1] == (uint64_t)test.observed[1]);
        assert_true(fabs(log(print.upper95 / print.lower95) / (2 * 1.959963984540054) - cox.naive_std_err) < 1e-12);
    }
}

/* Nobody is censored, everybody is of the population: then a trial is a bootstrap, and its fit that of the drawn times. */
static void without_censoring_all_have_their_events(void **state) {
    (void)state;
    const double time[3] = {1, 2, 4}, late[2] = {8, 16};
    const bool event[3] = {true, true, true};
    rlp_survival_t reference = {3, time, event, NULL}, arm = {2, late, event, NULL};
    const rlp_trial_plan_t all = {.accrual = 1, .after = 100, .dropout = 0}, early = {.accrual = 0, .after = 5, .dropout = 0}, gone = {.accrual = 0, .after = 50, .dropout = 1e9};
    rlp_trial_print_t print;
    unsigned medians[3] = {0, 0, 0};
    for (uint64_t repeat = 0; repeat < 900; repeat++) {
        assert_int_equal(rlp_trial_repeat(&reference, 21, &arm, 20, &all, 6, repeat, &print), RLP_OK);
        assert_true(print.events[0] == 21 && print.events[1] == 20 && print.hazard_ratio == 0 && print.p < 1e-6 && isnan(print.upper95));
        for (int k = 0; k < 3; k++) medians[k] += print.median[0] == time[k];
        assert_int_equal(rlp_trial_repeat(&reference, 21, &arm, 20, &early, 6, repeat, &print), RLP_OK);
        assert_true(print.events[0] == 21 && print.events[1] == 0 && isnan(print.median[1])); /* looked at before anything happened in the arm */
        assert_int_equal(rlp_trial_repeat(&reference, 21, &arm, 20, &gone, 6, repeat, &print), RLP_OK);
        assert_true(print.events[0] == 0 && isnan(print.p));
    }
    /* the middle one of 21 draws is the first of three with P(11 or more of 21 at 1/3) = 0.0557 */
    double tail = gsl_cdf_binomial_Q(10, 1 / 3.0, 21);
    assert_int_equal(medians[0] + medians[1] + medians[2], 900);
    for (int k = 0; k < 3; k += 2) assert_true(fabs(medians[k] / 900.0 - tail) < 4.5 * sqrt(tail / 900));
    assert_int_equal(rlp_trial_repeat(&reference, 21, &(rlp_survival_t){0}, 20, &all, 6, 1, &print), RLP_OK); /* nobody to draw from */
    assert_true(print.events[0] == 21 && print.events[1] == 0 && isnan(print.median[1]) && isnan(print.hazard_ratio));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exponential_trials_obey_their_laws),
        cmocka_unit_test(arms_that_are_one_population_are_significant_at_the_level),
        cmocka_unit_test(a_repeat_is_a_function_of_seed_and_number),
        cmocka_unit_test(a_trial_is_drawn_patient_by_patient),
        cmocka_unit_test(without_censoring_all_have_their_events),
    };
    return cmocka_run_group_tests_name("a trial of that size", tests, NULL, NULL);
}
