/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `direct` and its slow, obvious twin (tests/bench/twin.c), which share no line and no random generator, have one law: everything that a process can have at once.
 *
 * Two samples: Kolmogorov-Smirnov at a level of 1e-7 / 100 a decision (Smirnov's limit, conservative on integers), z of means and of log variances with
 * sampled moments at 6.5 standard errors. False alarms below 1e-7 for this program. Power: a mean off by 0.1 standard deviations; a lost survival event or capacity. */
#define JUDGE_DECISIONS 100
#include "exam.h"
#include "twin.h"

#define PATHS 8000
#define ROWS 5 /* three types, all cells, events */

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double distance(double *a, double *b, size_t n) {
    double d = 0;
    qsort(a, n, sizeof *a, compare_doubles);
    qsort(b, n, sizeof *b, compare_doubles);
    for (size_t i = 0, j = 0; i < n || j < n;) {
        double x = j == n || (i < n && a[i] <= b[j]) ? a[i] : b[j];
        while (i < n && a[i] <= x) i++;
        while (j < n && b[j] <= x) j++;
        d = fmax(d, fabs((double)i - (double)j) / (double)n);
    }
    return d;
}

static double fourth_about(const double *x, size_t n, double mean) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += pow(x[i] - mean, 4) / (double)n;
    return sum;
}

static void judge_samples(const char *what, double *a, double *b, size_t n) {
    rlp_moments_t m[2] = {{0}, {0}};
    for (size_t i = 0; i < n; i++) {
        rlp_moments_add(&m[0], a[i]);
        rlp_moments_add(&m[1], b[i]);
    }
    double size = (double)n, v0 = rlp_moments_variance(&m[0]), v1 = rlp_moments_variance(&m[1]);
    double z = (m[0].mean - m[1].mean) / sqrt((v0 + v1) / size), threshold = gsl_cdf_ugaussian_Qinv(judge_level() / 2);
    if (!(fabs(z) < threshold)) fail_msg("%s: means %.6g and %.6g, z = %.2f", what, m[0].mean, m[1].mean, z);
    double k = fourth_about(a, n, m[0].mean) / (v0 * v0) + fourth_about(b, n, m[1].mean) / (v1 * v1) - 2;
    z = log(v0 / v1) / sqrt(k / size);
    threshold = 1.3 * gsl_cdf_ugaussian_Qinv(judge_level() / 2); /* the fourth moment is itself a sample's */
    if (!(fabs(z) < threshold)) fail_msg("%s: variances %.6g and %.6g, z = %.2f", what, v0, v1, z);
    double d = distance(a, b, n), tail = 2 * exp(-d * d * size);
    if (tail < judge_level()) fail_msg("%s: Kolmogorov-Smirnov distance %.4g of twice %zu", what, d, n);
}

static void agree(const char *text, double t, uint64_t seed) {
    static double mine[ROWS][PATHS], twins[ROWS][PATHS];
    exam_t exam;
    twin_t twin;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(rng);
    gsl_rng_set(rng, (unsigned long)seed);
    exam_open(&exam, rlp_engine_find("direct"), text, t);
    size_t n_types = exam.process.n_types;
    assert_true(n_types <= ROWS - 2);
    assert_int_equal(twin_init(&twin, &exam.process), 0);
    for (size_t k = 0; k < PATHS; k++) {
        exam_start(&exam, seed, k + 1);
        exam_go(&exam, t);
        twin_start(&twin);
        twin_run(&twin, rng, t, 0);
        mine[n_types][k] = twins[n_types][k] = 0;
        for (size_t i = 0; i < n_types; i++) {
            mine[n_types][k] += mine[i][k] = (double)exam.state.cells[i];
            twins[n_types][k] += twins[i][k] = (double)twin.cells[i];
        }
        mine[n_types + 1][k] = (double)exam.state.events;
        twins[n_types + 1][k] = (double)twin.events;
    }
    for (size_t i = 0; i < n_types + 2; i++)
        judge_samples(i < n_types ? exam.process.type_names[i] : i == n_types ? "all cells" : "events", mine[i], twins[i], PATHS);
    twin_free(&twin);
    gsl_rng_free(rng);
    exam_close(&exam);
}

#define EVERYTHING(cells, capacity) \
    "process:\n" \
    "  types: {S: {cells: " cells ", birth: 0.3, death: 0.2}, E: {cells: 20, birth: 0.1, death: 0.05}, R: {cells: 0, birth: 0.25, death: 0.1}}\n" \
    "  channels: [{kind: switch, from: S, to: E, rate: 0.02}, {kind: switch, from: E, to: S, rate: 0.2}, {kind: mutation, from: S, to: R, probability: 0.01},\n" \
    "    {kind: mutation, from: E, to: R, probability: 0.1}, {kind: mutation, from: E, to: R, rate: 0.001}, {kind: immigration, to: R, rate: 0.5}]\n" \
    capacity \
    "arms: {all: {timeline: [{at: 4 d, set: {S: {death: 0.5}}}, {at: 7 d, survive: {S: 0.3, E: 0.5}}, {at: 9 d, set: {S: {birth: 0.35, death: 0.15}}}]}}"

static void twins_agree_without_capacity(void **state) {
    (void)state;
    agree(EVERYTHING("300", ""), 14, 501);
}
static void twins_agree_under_logistic_crowding(void **state) {
    (void)state;
    agree(EVERYTHING("300", "  capacity: {law: logistic, cells: 400}\n"), 14, 502);
}
static void twins_agree_under_gompertz_crowding(void **state) {
    (void)state;
    agree(EVERYTHING("300", "  capacity: {law: gompertz, cells: 1000}\n"), 14, 503);
}
static void twins_agree_on_few_cells(void **state) {
    (void)state;
    agree(EVERYTHING("20", ""), 14, 504);
}

/* The times at which all cells first reach a level, and whether they do. */
static void twins_stop_at_one_instant_in_law(void **state) {
    (void)state;
    static const unsigned char ALL[] = {1, 1, 1};
    static double mine[PATHS], twins[PATHS];
    exam_t exam;
    twin_t twin;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(rng);
    gsl_rng_set(rng, 505);
    exam_open(&exam, rlp_engine_find("direct"), EVERYTHING("300", ""), 30);
    assert_int_equal(twin_init(&twin, &exam.process), 0);
    for (size_t k = 0; k < PATHS; k++) {
        exam_start(&exam, 505, k + 1);
        rlp_watch_t watch = exam_level(&exam, ALL, 380);
        rlp_stop_t stop = exam_watch(&exam, 30, &watch, 1);
        mine[k] = stop.fired ? stop.t_days[0] : 30;
        twin_start(&twin);
        twins[k] = twin_run(&twin, rng, 30, 380) ? twin.t_days : 30;
    }
    judge_samples("time of 380 cells", mine, twins, PATHS);
    twin_free(&twin);
    gsl_rng_free(rng);
    exam_close(&exam);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twins_agree_without_capacity), cmocka_unit_test(twins_agree_under_logistic_crowding), cmocka_unit_test(twins_agree_under_gompertz_crowding),
        cmocka_unit_test(twins_agree_on_few_cells), cmocka_unit_test(twins_stop_at_one_instant_in_law), cmocka_unit_test(judge_decisions_stay_within_their_number),
    };
    return cmocka_run_group_tests_name("direct_twin", tests, NULL, NULL);
}
