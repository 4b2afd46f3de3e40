/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What tau alone must show: the step rule of Cao, Gillespie & Petzold (2006), critical reactions, the fallback on single events, counts that are never clipped,
 * order 1 in epsilon, and an epsilon that keeps engine.error where none is given.
 *
 * False alarms: below 1e-7 for this program (judge.h); where burdens of 1e8 and more are held against a bound, noise is below a tenth of it. */
#define JUDGE_DECISIONS 100
#include "../../solver/engine/mean_map.h"
#include "../../solver/engine/reactions.h"
#include "exam.h"
#include "laws.h"

#define EVERY_CHANNEL                                                                                                            \
    "process: {types: {S: {cells: 1000000, birth: 0.3, death: 0.1}, Q: {cells: 1000, birth: 0, death: 0.02}, R: {cells: 10, birth: 0.3, death: 0.15}},\n" \
    "  channels: [{kind: switch, from: S, to: Q, rate: 0.2}, {kind: switch, from: Q, to: S, rate: 0.1},\n"                         \
    "    {kind: mutation, from: S, to: R, probability: 1.0e-3}, {kind: mutation, from: Q, to: R, rate: 1.0e-3},\n"                 \
    "    {kind: switch, from: R, to: Q, rate: 0.05}, {kind: immigration, to: Q, rate: 20}]"
#define LOGISTIC ", capacity: {law: logistic, cells: 4.0e6}}"
#define GOMPERTZ ", capacity: {law: gompertz, cells: 1.0e9}}"

/* error and epsilon (0: not given) as asked. */
static void open_tau(exam_t *exam, const char *text, double horizon_days, double error, double epsilon) {
    rlp_engine_settings_t settings = {.error = error, .horizon_days = horizon_days, .epsilon = epsilon > 0 ? epsilon : NAN};
    exam_process(text, &exam->process);
    exam->bias = error;
    assert_int_equal(rlp_engine_open(rlp_engine_find("tau"), &exam->process, &settings, &exam->engine), RLP_OK);
    assert_int_equal(rlp_state_init(&exam->state, &exam->process), RLP_OK);
}

/* ---- the step rule ------------------------------------------------------------------------------------------------------------- */
typedef struct {
    double mu[3], sigma2[3], total_mu, total_sigma2, critical;
} change_t;

static void change_by(change_t *x, size_t gains, size_t loses, double a, bool critical) {
    if (critical) {
        x->critical += a;
        return;
    }
    if (gains != RLP_NONE) x->mu[gains] += a, x->sigma2[gains] += a;
    if (loses != RLP_NONE) x->mu[loses] -= a, x->sigma2[loses] += a;
    if ((gains == RLP_NONE) != (loses == RLP_NONE)) x->total_mu += gains == RLP_NONE ? -a : a, x->total_sigma2 += a;
}

/* mu and sigma^2 from the process itself, as a reader would write them down. */
static change_t change_of(const rlp_process_t *p, const double *cells) {
    const double *birth = rlp_process_birth(p, 0), *death = rlp_process_death(p, 0), *channel = rlp_process_channel(p, 0);
    double c = rlp_process_crowding(p, cells[0] + cells[1] + cells[2]);
    change_t x = {0};
    for (size_t i = 0; i < 3; i++) {
        double mutated = 0;
        for (size_t k = 0; k < p->n_channels; k++)
            if (p->channels[k].kind == RLP_CHANNEL_DIVISION && p->channels[k].from == i) mutated += channel[k];
        change_by(&x, i, RLP_NONE, birth[i] * (1 - mutated) * c * cells[i], false);
        change_by(&x, RLP_NONE, i, death[i] * cells[i], cells[i] < 10);
    }
    for (size_t k = 0; k < p->n_channels; k++) {
        size_t from = p->channels[k].from;
        double source = from == RLP_NONE ? 1 : cells[from] * (p->channels[k].kind == RLP_CHANNEL_DIVISION ? birth[from] * c : 1);
        bool leaves = p->channels[k].kind == RLP_CHANNEL_SWITCH;
        change_by(&x, p->channels[k].to, leaves ? from : RLP_NONE, channel[k] * source, leaves && cells[from] < 10);
    }
    return x;
}

static double strain(double tau, double most, double mu, double sigma2) { return fmax(fabs(mu) * tau / most, sigma2 * tau / (most * most)); }

static void step_keeps_mean_and_variance_and_no_less(void **state) {
    static const char *const CAPACITY[] = {"}", LOGISTIC, GOMPERTZ};
    static const double CELLS[][3] = {{1e6, 1000, 10}, {1e6, 9, 3}, {5, 20000, 40}, {1e9, 1e7, 1}, {0, 0, 50}, {12, 0, 9}, {3.9e6, 1e5, 0}, {1e6, 499000, 0}};
    (void)state;
    for (size_t law = 0; law < 3; law++) {
        rlp_process_t p;
        rlp_reactions_t r;
        char text[2000];
        snprintf(text, sizeof text, "%s%s", EVERY_CHANNEL, CAPACITY[law]);
        exam_process(text, &p);
        assert_int_equal(rlp_reactions_init(&r, &p), RLP_OK);
        rlp_reactions_enter(&r, 0);
        for (size_t k = 0; k < sizeof CELLS / sizeof *CELLS; k++)
            for (double epsilon = 0.03; epsilon > 0.001; epsilon /= 3) {
                memcpy(r.cells, CELLS[k], sizeof CELLS[k]);
                rlp_reactions_weigh(&r, true);
                change_t x = change_of(&p, CELLS[k]);
                double tau = rlp_reactions_step(&r, epsilon, RLP_TAU_MEANS | RLP_TAU_NOISE), g = law ? 2 : 1, worst = 0;
                double n = CELLS[k][0] + CELLS[k][1] + CELLS[k][2], room = law == 1 ? fabs(4e6 - n) : n * log(1e9 / n);
                for (size_t i = 0; i < 3; i++) worst = fmax(worst, strain(tau, fmax(epsilon * CELLS[k][i] / g, 1), x.mu[i], x.sigma2[i]));
                if (law) worst = fmax(worst, strain(tau, fmax(epsilon * fabs(room) / g, 1), x.total_mu, x.total_sigma2));
                if (fabs(worst - 1) > 1e-9) fail_msg("law %zu, counts %zu, epsilon %g: strain %g", law, k, epsilon, worst);
                assert_true(fabs(r.critical - x.critical) <= 1e-12 * x.critical);
                double bound = rlp_reactions_step(&r, epsilon, RLP_TAU_LINE);
                for (size_t i = 0; i < 3 && !law; i++) /* net rates of a cell: S 0.2 - 0.2 - 0.3e-3, Q -0.12, R 0.1 */
                    if (CELLS[k][i] > 0) assert_true(bound <= epsilon / (i == 1 ? 0.12 : i == 2 ? 0.1 : 3e-4) * (1 + 1e-9));
            }
        rlp_reactions_free(&r);
        rlp_process_free(&p);
    }
}

/* Capacity: what births are multiplied by changes by epsilon at most in a step of the expected drift, also close to the house full. */
static void crowding_changes_by_epsilon_at_most(void **state) {
    static const char *const CAPACITY[] = {"capacity: {law: logistic, cells: 1.0e9}}", "capacity: {law: gompertz, cells: 1.0e9}}"};
    static const double CELLS[] = {1e6, 3e8, 9e8, 9.9e8};
    (void)state;
    for (size_t law = 0; law < 2; law++) {
        rlp_process_t p;
        rlp_reactions_t r;
        char text[400];
        snprintf(text, sizeof text, "process: {types: {S: {cells: 1, birth: 0.3, death: 0.05}}, %s", CAPACITY[law]);
        exam_process(text, &p);
        assert_int_equal(rlp_reactions_init(&r, &p), RLP_OK);
        rlp_reactions_enter(&r, 0);
        for (size_t k = 0; k < 4; k++) {
            r.cells[0] = CELLS[k];
            rlp_reactions_weigh(&r, true);
            double before = rlp_process_crowding(&p, CELLS[k]), after = rlp_process_crowding(&p, CELLS[k] + r.drift[0] * rlp_reactions_step(&r, 0.03, RLP_TAU_MEANS));
            assert_true(fabs(after / before - 1) < 0.03 / 2 * 1.05);
        }
        rlp_reactions_free(&r);
        rlp_process_free(&p);
    }
}

/* ---- critical reactions, fallback, counts ---------------------------------------------------------------------------------------- */
static int64_t counts[60000];

/* Nine cells that die or leave beside a crowd that forces leaps: each firing is critical, so their law is exact at any epsilon. */
static void critical_reactions_fire_one_by_one(void **state) {
    double p[10], stay = exp(-(0.1 + 0.15) * 4);
    size_t n = 20000;
    exam_t exam;
    (void)state;
    open_tau(&exam,
             "process: {types: {S: {cells: 1000000, birth: 0.1, death: 0.1}, T: {cells: 9, birth: 0, death: 0.1}, Q: {cells: 0, birth: 0, death: 0}},\n"
             "  channels: [{kind: switch, from: T, to: Q, rate: 0.15}]}", 4, 0.01, 0.3);
    exam_sample(&exam, 401, 4, n, counts);
    assert_int_equal(exam.state.events, 0);
    for (size_t k = 0; k < n; k++) counts[k] = counts[3 * k + 1];
    for (unsigned k = 0; k < 10; k++) p[k] = gsl_ran_binomial_pdf(k, stay, 9);
    judge_law("nine cells", counts, n, p, 10, 0);
    exam_close(&exam);
}

/* A leap that would overdraw a count is drawn anew with half the step: what leaves A is in B, to the cell, and A is never below 0. At epsilon 0.5 some of these
 * paths overdraw: P(Poisson(7.5) > 15) = 0.5 % in the first leap of 5/3 d. */
static void counts_are_never_negative_and_never_clipped(void **state) {
    exam_t exam;
    (void)state;
    open_tau(&exam,
             "process: {types: {C: {cells: 1000000, birth: 0.1, death: 0.1}, A: {cells: 15, birth: 0, death: 0}, B: {cells: 0, birth: 0, death: 0}},\n"
             "  channels: [{kind: switch, from: A, to: B, rate: 0.3}]}", 20, 0.01, 0.5);
    for (uint64_t k = 1; k <= 5000; k++) {
        exam_start(&exam, 402, k);
        for (double t = 5; t <= 20; t += 5) {
            exam_go(&exam, t);
            assert_true(exam.state.cells[1] >= 0 && exam.state.cells[1] + exam.state.cells[2] == 15);
        }
        assert_true(exam.state.steps > 0 && exam.state.events == 0);
    }
    exam_close(&exam);
}

static void small_populations_go_event_by_event(void **state) {
    exam_t exam;
    (void)state;
    for (int given = 0; given < 2; given++) {
        open_tau(&exam, "process: {types: {S: {cells: 20, birth: 0.3, death: 0.3}}}", 30, 0.01, given ? 0.03 : 0);
        exam_start(&exam, 403, 1);
        exam_go(&exam, 1);
        assert_true(exam.state.events > 0 && exam.state.steps == 0);
        exam_close(&exam);
        open_tau(&exam, "process: {types: {S: {cells: 20, birth: 0.3, death: 0}}}", 30, 0.01, given ? 0.03 : 0);
        exam_start(&exam, 403, 1);
        exam_go(&exam, 30); /* 160 000 cells: while epsilon x is below ten by events, whole stretches of a hundred, the rest by leaps */
        assert_true(exam.state.events >= 100 && exam.state.events % 100 == 0 && exam.state.events < (given ? 600u : 30000u) && exam.state.steps > 10);
        exam_close(&exam);
        open_tau(&exam, "process: {types: {S: {cells: 100000000, birth: 0.3, death: 0.2}}}", 30, 0.01, given ? 0.03 : 0);
        exam_start(&exam, 403, 1);
        exam_go(&exam, 30);
        assert_true(exam.state.events == 0 && exam.state.steps > 50);
        exam_close(&exam);
    }
}

/* ---- order and bias ---------------------------------------------------------------------------------------------------------------- */
static void bias_of_the_mean_map_falls_with_epsilon(void **state) {
    rlp_process_t p;
    rlp_reactions_t r;
    double error[3][3];
    (void)state;
    exam_process(EVERY_CHANNEL "}", &p);
    assert_int_equal(rlp_reactions_init(&r, &p), RLP_OK);
    rlp_reactions_enter(&r, 0);
    rlp_law_pair_t exact = laws_moments(&p, NULL, 10);
    for (size_t k = 0; k < 3; k++) {
        double mean[3] = {1e6, 1000, 10};
        assert_true(rlp_tau_means(&r, 10, 0.04 / (1 << k), mean) == 10);
        for (size_t i = 0; i < 3; i++) error[k][i] = mean[i] / exact.mean[i] - 1;
    }
    for (size_t i = 0; i < 3; i++) {
        assert_true(fabs(error[0][i]) > 1e-3 && fabs(error[0][i]) < 0.2);
        assert_true(fabs(error[0][i] / error[1][i] - 2) < 0.1 && fabs(error[1][i] / error[2][i] - 2) < 0.05);
    }
    rlp_reactions_free(&r);
    rlp_process_free(&p);
}

/* Of the engine itself, at a given epsilon: 1e9 cells that grow by e^3; to first order the mean is low by l T epsilon/2 = 4.5 %. */
static void bias_of_paths_falls_with_epsilon(void **state) {
    double bias[3];
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        double epsilon = 0.03 / (1 << k);
        rlp_moments_t sample = {0};
        exam_t exam;
        open_tau(&exam, "process: {types: {S: {cells: 1000000000, birth: 0.3, death: 0.2}}}", 30, 0.01, epsilon);
        for (uint64_t path = 1; path <= 50; path++) {
            exam_start(&exam, 404, path);
            exam_go(&exam, 30);
            rlp_moments_add(&sample, (double)exam.state.cells[0]);
        }
        bias[k] = sample.mean / (1e9 * exp(3)) - 1; /* standard error 1e-5 */
        assert_true(fabs(bias[k] / (-1.5 * epsilon) - 1) < 0.05);
        exam_close(&exam);
    }
    assert_true(fabs(bias[0] / bias[1] - 2) < 0.06 && fabs(bias[1] / bias[2] - 2) < 0.04);
}

static void chosen_epsilon_keeps_its_tolerance(void **state) {
    static const double TOLERANCE[] = {0.05, 1e-2, 1e-3};
    rlp_process_t p;
    rlp_reactions_t r;
    (void)state;
    exam_process(EVERY_CHANNEL "}", &p);
    assert_int_equal(rlp_reactions_init(&r, &p), RLP_OK);
    rlp_reactions_enter(&r, 0);
    rlp_law_pair_t exact = laws_moments(&p, NULL, 20);
    for (size_t k = 0; k < 3; k++) {
        double mean[3] = {1e6, 1000, 10}, worst = 0, epsilon = rlp_tau_epsilon(&r, 20, mean, TOLERANCE[k], TOLERANCE[k]);
        assert_true(mean[0] == 1e6 && epsilon <= RLP_TAU_EPSILON && epsilon > 1e-6);
        if (k) assert_true(rlp_tau_epsilon(&r, 20, mean, TOLERANCE[k], TOLERANCE[k] / 10) < epsilon / 5); /* Q is refilled from S */
        rlp_tau_means(&r, 20, epsilon, mean);
        for (size_t i = 0; i < 3; i++) worst = fmax(worst, fabs(mean[i] / exact.mean[i] - 1));
        assert_true(worst < 1.1 * TOLERANCE[k] && (worst > TOLERANCE[k] / 4 || epsilon == RLP_TAU_EPSILON));
    }
    rlp_reactions_free(&r);
    rlp_process_free(&p);
}

/* The shared studies W1 and W2 with 1e5 times the cells: noise is then far below the error asked for. */
static void judge_large(const char *what, const char *text, double t, double error, double epsilon, double least_bias, uint64_t seed) {
    exam_t exam;
    double worst = 0;
    open_tau(&exam, text, t, error, epsilon);
    rlp_law_pair_t law = laws_moments(&exam.process, NULL, t);
    rlp_moments_t sample[8] = {{0}};
    for (uint64_t path = 1; path <= 10; path++) {
        exam_start(&exam, seed, path);
        exam_go(&exam, t);
        for (size_t i = 0; i < exam.process.n_types; i++) rlp_moments_add(&sample[i], (double)exam.state.cells[i]);
    }
    for (size_t i = 0; i < exam.process.n_types; i++) {
        double noise = 7 * sqrt(law.covariance[i][i] / 10) / law.mean[i], off = fabs(sample[i].mean / law.mean[i] - 1);
        worst = fmax(worst, off - noise);
        if (!(epsilon > 0) && off > error + noise) fail_msg("%s, type %zu: mean off by %.3g, asked for %g (noise %.2g)", what, i, off, error, noise);
    }
    if (worst < least_bias) fail_msg("%s: bias %.3g at epsilon %g", what, worst, epsilon);
    exam_close(&exam);
}

#define W1_LARGE                                                                                                                 \
    "process: {types: {S: {cells: 1000000000, birth: 0.14, death: 0.13}, R: {cells: 0, birth: 0.14, death: 0.10}},\n"             \
    "  channels: [{kind: mutation, from: S, to: R, probability: 1.0e-4}]}"

static void error_asked_for_is_kept(void **state) {
    rlp_text_t text;
    (void)state;
    rlp_text_init(&text);
    rlp_text_add(&text, "process:\n  types:\n");
    for (int i = 0; i < 8; i++)
        rlp_text_format(&text, "    T%d: {cells: %d, birth: 0.14, death: %.3f}\n", i, i ? 0 : 200000000, 0.13 - 0.010 * (i & 1) - 0.015 * (i >> 1 & 1) - 0.005 * (i >> 2));
    rlp_text_add(&text, "  channels:\n");
    for (int i = 0; i < 8; i++) {
        rlp_text_format(&text, "    - {kind: switch, from: T%d, to: T%d, rate: %s}\n", i, i ^ 1, i & 1 ? "1.0e-2" : "2.0e-3");
        rlp_text_format(&text, "    - {kind: switch, from: T%d, to: T%d, rate: %s}\n", i, i ^ 4, i & 4 ? "5.0e-3" : "1.0e-3");
        if (!(i & 2)) rlp_text_format(&text, "    - {kind: mutation, from: T%d, to: T%d, probability: 1.0e-4}\n", i, i | 2);
    }
    judge_large("W1 at 0.01", W1_LARGE, 50, 0.01, 0, 0, 405);
    judge_large("W1 at 0.002", W1_LARGE, 50, 0.002, 0, 0, 406);
    judge_large("W2 at 0.01", rlp_text_string(&text), 80, 0.01, 0, 0, 407);
    judge_large("W2 at 0.002", rlp_text_string(&text), 80, 0.002, 0, 0, 408);
    judge_large("W1 at the literature's epsilon", W1_LARGE, 50, 0.01, 0.03, 0.01, 409); /* R is low by more than the error that nobody asked for */
    rlp_text_free(&text);
}

/* Stationary at the capacity: mean near K (1 - d/b), variance d K/b (Ornstein-Uhlenbeck), which the bound on lines keeps. */
static void noise_at_the_capacity_finds_back(void **state) {
    exam_t exam;
    rlp_moments_t sample = {0};
    (void)state;
    open_tau(&exam, "process: {types: {S: {cells: 1000000, birth: 0.3, death: 0.15}}, capacity: {law: logistic, cells: 2.0e6}}", 500, 0.01, 0);
    for (size_t k = 0; k < 200; k++) {
        exam_start(&exam, 410, k + 1);
        for (double t = 100; t <= 500; t += 100) {
            exam_go(&exam, t);
            rlp_moments_add(&sample, (double)exam.state.cells[0]);
        }
    }
    assert_true(fabs(sample.mean / 1e6 - 1) < 1e-3);
    assert_true(fabs(rlp_moments_variance(&sample) / 1e6 - 1) < 0.3); /* seven standard errors */
    exam_close(&exam);
}

/* From far below and from above the capacity, against leap's mean map at steps of 0.01 d. */
static void capacity_is_approached_as_the_means_say(void **state) {
    static const char *const TEXT[] = {
        "process: {types: {S: {cells: 10000000, birth: 0.3, death: 0.05}, R: {cells: 0, birth: 0.3, death: 0.02}}, capacity: {law: logistic, cells: 1.0e9},\n"
        "  channels: [{kind: switch, from: S, to: R, rate: 0.01}]}",
        "process: {types: {S: {cells: 10000000, birth: 0.3, death: 0.01}, R: {cells: 0, birth: 0.3, death: 0}}, capacity: {law: gompertz, cells: 1.0e9},\n"
        "  channels: [{kind: switch, from: S, to: R, rate: 0.01}]}",
        "process: {types: {S: {cells: 3000000000, birth: 0.3, death: 0.05}, R: {cells: 0, birth: 0.3, death: 0.02}}, capacity: {law: logistic, cells: 1.0e9},\n"
        "  channels: [{kind: switch, from: S, to: R, rate: 0.01}]}",
    };
    (void)state;
    for (size_t k = 0; k < 3; k++)
        for (double t = 10; t <= 40; t += 15) {
            exam_t exam;
            rlp_mean_map_t map;
            open_tau(&exam, TEXT[k], 40, 0.01, 0);
            double mean[2] = {(double)exam.process.start_cells[0], 0};
            assert_int_equal(rlp_mean_map_init(&map, &exam.process), RLP_OK);
            rlp_mean_map_run(&map, 0, t, (size_t)(100 * t), mean, NULL);
            exam_start(&exam, 411, k);
            exam_go(&exam, t);
            for (size_t i = 0; i < 2; i++)
                if (fabs((double)exam.state.cells[i] / mean[i] - 1) > 0.01) fail_msg("case %zu, day %g, type %zu: %lld, the means %.4g", k, t, i, (long long)exam.state.cells[i], mean[i]);
            rlp_mean_map_free(&map);
            exam_close(&exam);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(step_keeps_mean_and_variance_and_no_less),
        cmocka_unit_test(crowding_changes_by_epsilon_at_most),
        cmocka_unit_test(critical_reactions_fire_one_by_one),
        cmocka_unit_test(counts_are_never_negative_and_never_clipped),
        cmocka_unit_test(small_populations_go_event_by_event),
        cmocka_unit_test(bias_of_the_mean_map_falls_with_epsilon),
        cmocka_unit_test(bias_of_paths_falls_with_epsilon),
        cmocka_unit_test(chosen_epsilon_keeps_its_tolerance),
        cmocka_unit_test(error_asked_for_is_kept),
        cmocka_unit_test(noise_at_the_capacity_finds_back),
        cmocka_unit_test(capacity_is_approached_as_the_means_say),
        cmocka_unit_test(judge_decisions_stay_within_their_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
