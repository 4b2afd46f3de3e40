/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The order of leap, shown: bias at h, h/2, h/4 on switching, mutation and capacity, by the mean map and by Monte Carlo; what results of engine.error on W3 and on 64 types.
 *
 *   bench_order [PATHS]      Monte Carlo paths a row (default 200)
 *
 * Truth: the moment equations by Runge-Kutta (laws.h), which shares nothing with leap; under a capacity leap's own map at steps of h/64 and their extrapolation. Monte Carlo
 * takes 10^13 cells, so that a bias of 1e-7 stands out of the noise; leap is asked for an error that lets it take any step, and looked at every h, which cuts its steps to
 * h; where types switch every h/2, since there two such steps are one of h. W3 runs with 10^4 times its cells for the same reason.
 * Ends with 1 if a mean falls by less than 3.5 or more than 4.6 where h is halved, or a mean is off by more than engine.error. */
#include <stdio.h>

#include "../../solver/engine/engines.h"
#include "../../solver/engine/mean_map.h"
#include "exam.h"
#include "laws.h"

#define HALVINGS 3
#define RATIO_LEAST 3.5
#define RATIO_MOST 4.6
#define ANY_ERROR 1e6

typedef struct {
    const char *name, *text;
    double days, h;
} work_t;

static const work_t WORKS[] = {
    {"switching",
     "process: {types: {S: {cells: 10000000000000, birth: 0.3, death: 0.15}, Q: {cells: 1000000000000, birth: 0, death: 0.02}},\n"
     "  channels: [{kind: switch, from: S, to: Q, rate: 0.2}, {kind: switch, from: Q, to: S, rate: 0.1}]}",
     16, 2},
    {"mutation",
     "process: {types: {S: {cells: 10000000000000, birth: 0.3, death: 0.2}, R: {cells: 0, birth: 0.3, death: 0.1}, Q: {cells: 0, birth: 0.3, death: 0.25}},\n"
     "  channels: [{kind: mutation, from: S, to: R, probability: 0.05}, {kind: mutation, from: R, to: Q, rate: 0.02}, {kind: mutation, from: Q, to: S, probability: 0.1}]}",
     32, 4},
    {"capacity",
     "process: {types: {S: {cells: 10000000000000, birth: 0.4, death: 0.1}, R: {cells: 100000000000, birth: 0.5, death: 0.1}},\n"
     "  capacity: {law: logistic, cells: 4.0e+13}}",
     8, 1},
};

static int failures;

static void judge_ratio(double coarse, double fine) {
    double ratio = coarse / fine;
    printf("  %5.2f", ratio);
    if (!(ratio > RATIO_LEAST && ratio < RATIO_MOST)) failures++;
}

static void map_means(rlp_mean_map_t *map, const work_t *work, double h, double *mean) {
    for (size_t i = 0; i < map->process->n_types; i++) mean[i] = (double)map->process->start_cells[i];
    rlp_mean_map_run(map, 0, work->days, (size_t)lround(work->days / h), mean, NULL);
}

static void know_truth(rlp_mean_map_t *map, const work_t *work, double *truth) {
    double half[4];
    if (map->process->capacity_law == RLP_CAPACITY_NONE) {
        rlp_law_pair_t exact = laws_moments(map->process, NULL, work->days);
        memcpy(truth, exact.mean, map->process->n_types * sizeof *truth);
        return;
    }
    map_means(map, work, work->h / 64, truth);
    map_means(map, work, work->h / 128, half);
    for (size_t i = 0; i < map->process->n_types; i++) truth[i] = (4 * half[i] - truth[i]) / 3;
}

static bool switches(const rlp_process_t *p) {
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].kind == RLP_CHANNEL_SWITCH) return true;
    return false;
}

static void sample(const work_t *work, double h, size_t paths, rlp_moments_t *moments) {
    exam_t exam;
    exam_process(work->text, &exam.process);
    if (switches(&exam.process)) h /= 2;
    rlp_engine_settings_t settings = {.error = ANY_ERROR, .horizon_days = work->days};
    assert_int_equal(rlp_engine_open(&rlp_engine_leap, &exam.process, &settings, &exam.engine), RLP_OK);
    assert_int_equal(rlp_state_init(&exam.state, &exam.process), RLP_OK);
    memset(moments, 0, exam.process.n_types * sizeof *moments);
    for (size_t k = 0; k < paths; k++) {
        exam_start(&exam, 1, k + 1);
        for (double step = 1; step * h <= work->days * (1 + 1e-9); step++) exam_go(&exam, step * h);
        for (size_t i = 0; i < exam.process.n_types; i++) rlp_moments_add(&moments[i], (double)exam.state.cells[i]);
    }
    exam_close(&exam);
}

static void print_order(const work_t *work, size_t paths) {
    rlp_process_t p;
    rlp_mean_map_t map;
    rlp_moments_t moments[HALVINGS][4];
    double truth[4], mean[HALVINGS][4];
    exam_process(work->text, &p);
    assert_int_equal(rlp_mean_map_init(&map, &p), RLP_OK);
    know_truth(&map, work, truth);
    for (size_t k = 0; k < HALVINGS; k++) {
        map_means(&map, work, work->h / (double)(1u << k), mean[k]);
        sample(work, work->h / (double)(1u << k), paths, moments[k]);
    }
    for (size_t i = 0; i < p.n_types; i++) {
        printf("%-10s %-3s map         ", work->name, p.type_names[i]);
        for (size_t k = 0; k < HALVINGS; k++) printf("  %10.3e          ", mean[k][i] / truth[i] - 1);
        for (size_t k = 1; k < HALVINGS; k++) judge_ratio(mean[k - 1][i] / truth[i] - 1, mean[k][i] / truth[i] - 1);
        printf("\n%-10s %-3s Monte Carlo ", "", "");
        for (size_t k = 0; k < HALVINGS; k++)
            printf("  %10.3e +- %.0e", moments[k][i].mean / truth[i] - 1, sqrt(rlp_moments_variance(&moments[k][i]) / (double)paths) / truth[i]);
        for (size_t k = 1; k < HALVINGS; k++) judge_ratio(moments[k - 1][i].mean / truth[i] - 1, moments[k][i].mean / truth[i] - 1);
        printf("\n");
    }
    fflush(stdout);
    rlp_mean_map_free(&map);
    rlp_process_free(&p);
}

/* ---- what comes of engine.error ---------------------------------------------------------------------------------------------------- */
typedef struct {
    rlp_process_t process;
    double days, mean[8], variance[8]; /* exact, of classes of types; variance 0: not known */
    size_t n_classes, class_of[64];
} study_t;

static void read_w3(study_t *study) {
    static char text[1 << 17];
    char path[600];
    snprintf(path, sizeof path, "%s/input/good/w3.yaml", TESTS_DIR);
    FILE *f = fopen(path, "r");
    if (!f) fail_msg("cannot open %s", path);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    *study = (study_t){.days = 742, .n_classes = 8};
    exam_process(text, &study->process);
    rlp_process_t *p = &study->process;
    p->start_cells[0] *= 10000;
    for (size_t i = 0; i < 8; i++) study->class_of[i] = i, study->mean[i] = (double)p->start_cells[i];
    rlp_mean_map_t map;
    assert_int_equal(rlp_mean_map_init(&map, p), RLP_OK);
    for (size_t s = 0; s < p->n_segments; s++)
        rlp_mean_map_exact(&map, p->segments[s].rates, (s + 1 < p->n_segments ? p->segments[s + 1].start_days : 742) - p->segments[s].start_days, 1, study->mean);
    rlp_mean_map_free(&map);
}

/* n binary traits, on at ON and off at OFF, each of which lowers death; its types if `by_type`, else the numbers of traits that are on. */
static void make_traits(rlp_process_t *p, unsigned n, bool by_type) {
    const double ON = 0.004, OFF = 0.016;
    size_t types = by_type ? (size_t)1 << n : n + 1, c = 0, index;
    double row[2 * 64 + 64 * 6] = {0};
    assert_int_equal(rlp_process_init(p, types, by_type ? types * n : 2 * n), RLP_OK);
    for (size_t i = 0; i < types; i++) {
        unsigned on = by_type ? (unsigned)__builtin_popcount((unsigned)i) : (unsigned)i;
        row[i] = 0.14;
        row[types + i] = 0.135 - 0.004 * on;
        for (unsigned k = 0; k < n && by_type; k++, c++) {
            p->channels[c] = (rlp_channel_t){RLP_CHANNEL_SWITCH, i, i ^ (size_t)1 << k};
            row[2 * types + c] = i >> k & 1 ? OFF : ON;
        }
        if (!by_type && on < n) p->channels[c] = (rlp_channel_t){RLP_CHANNEL_SWITCH, i, i + 1}, row[2 * types + c++] = (n - on) * ON;
        if (!by_type && on > 0) p->channels[c] = (rlp_channel_t){RLP_CHANNEL_SWITCH, i, i - 1}, row[2 * types + c++] = on * OFF;
    }
    p->start_cells[0] = 2000;
    assert_int_equal(rlp_process_add_rates(p, row, &index), RLP_OK);
    assert_int_equal(rlp_process_add_segment(p, 0, index, RLP_NONE), RLP_OK);
}

static void make_w64(study_t *study) {
    rlp_process_t classes;
    *study = (study_t){.days = 100, .n_classes = 7};
    make_traits(&study->process, 6, true);
    make_traits(&classes, 6, false);
    rlp_law_pair_t law = laws_moments(&classes, NULL, study->days);
    for (size_t k = 0; k < 7; k++) study->mean[k] = law.mean[k], study->variance[k] = law.covariance[k][k];
    for (size_t i = 0; i < 64; i++) study->class_of[i] = (size_t)__builtin_popcount((unsigned)i);
    rlp_process_free(&classes);
}

static void print_results(const char *name, const study_t *study, double error, size_t paths) {
    exam_t exam = {.process = study->process};
    rlp_moments_t moments[8], total = {0};
    double fourth[8] = {0}, steps = 0, worst = 0, worst_se = 0, variance = NAN, variance_se = NAN, whole = 0;
    rlp_engine_settings_t settings = {.error = error, .horizon_days = study->days};
    assert_int_equal(rlp_engine_open(&rlp_engine_leap, &exam.process, &settings, &exam.engine), RLP_OK);
    assert_int_equal(rlp_state_init(&exam.state, &exam.process), RLP_OK);
    memset(moments, 0, sizeof moments);
    for (size_t n = 0; n < paths; n++) {
        double sum[8] = {0}, all = 0;
        exam_start(&exam, 2, n + 1);
        exam_go(&exam, study->days);
        for (size_t i = 0; i < exam.process.n_types; i++) sum[study->class_of[i]] += (double)exam.state.cells[i];
        for (size_t k = 0; k < study->n_classes; k++) rlp_moments_add(&moments[k], sum[k]), fourth[k] += pow(sum[k] - study->mean[k], 4), all += sum[k];
        rlp_moments_add(&total, all);
        steps += (double)exam.state.steps / (double)paths;
    }
    for (size_t k = 0; k < study->n_classes; k++) {
        double off = moments[k].mean / study->mean[k] - 1, se = sqrt(rlp_moments_variance(&moments[k]) / (double)paths) / study->mean[k];
        whole += study->mean[k];
        if (fabs(off) > fabs(worst)) worst = off, worst_se = se;
        if (study->variance[k] == 0 || study->variance[k] > study->mean[k] * study->mean[k] / 4) continue;
        double ratio = rlp_moments_variance(&moments[k]) / study->variance[k] - 1;
        if (variance != variance || fabs(ratio) > fabs(variance))
            variance = ratio, variance_se = sqrt((fourth[k] / (double)paths / (study->variance[k] * study->variance[k]) - 1) / (double)paths);
    }
    printf("%-9s %8g %7.0f  %10.2e +- %.0e  %10.2e +- %.0e", name, error, steps, total.mean / whole - 1, sqrt(rlp_moments_variance(&total) / (double)paths) / whole, worst, worst_se);
    if (variance == variance) printf("  %10.2e +- %.0e", variance, variance_se);
    printf("\n");
    fflush(stdout);
    failures += fabs(worst) > error + 6 * worst_se;
    rlp_engine_close(exam.engine);
    rlp_state_free(&exam.state);
}

static void print_errors(size_t paths) {
    static const double ERRORS[] = {0.03, 0.01, 0.003, 0.001};
    study_t w3, w64;
    read_w3(&w3);
    make_w64(&w64);
    printf("\nWhat comes of engine.error: steps, bias of the mean total, of the worst mean, of the worst variance\n%-9s %8s %7s  %10s          %10s          %10s\n", "work", "error",
           "steps", "total", "worst", "variance");
    for (size_t k = 0; k < sizeof ERRORS / sizeof *ERRORS; k++) print_results("W3", &w3, ERRORS[k], paths);
    for (size_t k = 0; k < 3; k++) print_results("64 types", &w64, ERRORS[k], 50 * paths);
    rlp_process_free(&w3.process);
    rlp_process_free(&w64.process);
}

int main(int argc, char **argv) {
    size_t paths = argc > 1 ? (size_t)atol(argv[1]) : 200;
    if (!paths) {
        fprintf(stderr, "usage: %s [PATHS]\n", argv[0]);
        return 64;
    }
    printf("Bias of leap's means at h, h/2, h/4, and what it falls by: order 2 is 4\n%-10s %-3s %-11s  %10s          ", "work", "", "by", "h");
    printf("  %10s            %10s            %s\n", "h/2", "h/4", "ratios");
    for (size_t k = 0; k < sizeof WORKS / sizeof *WORKS; k++) print_order(&WORKS[k], paths);
    print_errors(paths);
    if (failures) printf("FAILED: %d figures; ratios must be in %g .. %g, means within engine.error\n", failures, RATIO_LEAST, RATIO_MOST);
    return failures != 0;
}
