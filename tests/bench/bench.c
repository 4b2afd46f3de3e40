/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The bench: what each engine costs on each workload, beside its twin, and how right it is.
 *
 *   bench_engines [SECONDS]      CPU seconds for each row of the table (default 1)
 *
 * Rounds are interleaved: twin, engine, engine, ..., and again, for clocks wander with the neighbours: of times only ratios within one run mean anything, and none is
 * asserted. Each row: CPU time over births, deaths and transitions represented (the same expected number for every engine), least and median of the rounds;
 * transitions (events and steps) a second; patients a second; times faster than the twin (least by least); z of the worst mean and variance against the moment equations over all
 * patients of the row (an approximate engine shows its bias there). Ends with 1 if an exact engine is off by more than Z_MOST. Where the twin cannot run
 * a workload, it takes one of TWIN_CELLS cells: its cost of an event follows the channels. */
#include <stdio.h>
#include <time.h>

#include "../../solver/engine/engines.h"
#include "../../solver/engine/windows.h"
#include "exam.h"
#include "laws.h"
#include "constants.h"
#include "twin.h"

#define ROUNDS 7
#define ENGINES 12
#define CLASSES 8         /* of types whose exact moments are known */
#define PROBE_SLICES 1000
#define TWIN_CELLS 5000.0
#define TWIN_DAYS 10.0
#define TWIN_EVENTS 3e6   /* more a patient: not for the twin */
#define VARIANCE_PATIENTS 100
#define Z_MOST 7.0
#define LOOSE_TAU 0.3 /* at 0.01 tau takes minutes for a patient of W3 */

static double row_seconds = 1;
static int failures;

static double now_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, size_t n) {
    qsort(x, n, sizeof *x, compare);
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

/* ---- workloads ------------------------------------------------------------------------------------------------------------- */
typedef struct {
    const char *name;
    double days, events; /* expected, a patient */
    rlp_process_t process;
    size_t n_classes, class_of[64];
    double mean[CLASSES], variance[CLASSES];
    double twin_ns;      /* least, an event */
    double loose_tau;    /* an error at which `tau` can be afforded, for one row more; 0: none */
} workload_t;

static void read_input(const char *file, rlp_process_t *p) {
    static char text[1 << 17];
    char path[600];
    snprintf(path, sizeof path, "%s/input/good/%s", TESTS_DIR, file);
    FILE *f = fopen(path, "r");
    if (!f) fail_msg("cannot open %s", path);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    exam_process(text, p);
}

/* Types by the number of their traits that are on: the law of 64 types, summed. */
#define TRAITS 6
#define ON 0.004
#define OFF 0.016
static double trait_death(int on) { return 0.135 - 0.004 * on; }

static void traits(rlp_process_t *p) {
    rlp_text_t text;
    rlp_text_init(&text);
    rlp_text_add(&text, "process:\n  types:\n");
    for (int i = 0; i < 1 << TRAITS; i++)
        rlp_text_format(&text, "    T%d: {cells: %d, birth: 0.14, death: %.3f}\n", i, i ? 0 : 2000, trait_death(__builtin_popcount((unsigned)i)));
    rlp_text_add(&text, "  channels:\n");
    for (int i = 0; i < 1 << TRAITS; i++)
        for (int k = 0; k < TRAITS; k++) rlp_text_format(&text, "    - {kind: switch, from: T%d, to: T%d, rate: %g}\n", i, i ^ 1 << k, i >> k & 1 ? OFF : ON);
    exam_process(rlp_text_string(&text), p);
    rlp_text_free(&text);
}

static void trait_classes(rlp_process_t *p) {
    rlp_text_t text;
    rlp_text_init(&text);
    rlp_text_add(&text, "process:\n  types:\n");
    for (int m = 0; m <= TRAITS; m++) rlp_text_format(&text, "    M%d: {cells: %d, birth: 0.14, death: %.3f}\n", m, m ? 0 : 2000, trait_death(m));
    rlp_text_add(&text, "  channels:\n");
    for (int m = 0; m <= TRAITS; m++) {
        if (m < TRAITS) rlp_text_format(&text, "    - {kind: switch, from: M%d, to: M%d, rate: %g}\n", m, m + 1, (TRAITS - m) * ON);
        if (m > 0) rlp_text_format(&text, "    - {kind: switch, from: M%d, to: M%d, rate: %g}\n", m, m - 1, m * OFF);
    }
    exam_process(rlp_text_string(&text), p);
    rlp_text_free(&text);
}

/* 10^9 cells with two irreversible traits, a drug that alternates every two weeks: some hundred transitions a patient among 10^10 births and deaths. */
static void genetic(rlp_process_t *p) {
    static const double RESISTS[] = {1, 0.1, 0.2, 0.05}; /* share of the kill that is left: none, MET, PI3K, both */
    rlp_text_t text;
    rlp_text_init(&text);
    rlp_text_add(&text, "process:\n  types:\n");
    for (int i = 0; i < 4; i++) rlp_text_format(&text, "    G%d: {cells: %s, birth: 0.14, death: %.5f}\n", i, i ? "0" : "1.0e+9", 0.10 + 0.095 * RESISTS[i]);
    rlp_text_add(&text, "  channels:\n");
    for (int i = 0; i < 4; i++)
        for (int bit = 1; bit < 4; bit *= 2)
            if (!(i & bit)) rlp_text_format(&text, "    - {kind: mutation, from: G%d, to: G%d, probability: 1.0e-7}\n", i, i | bit);
    rlp_text_add(&text, "arms:\n  all:\n    timeline:\n");
    for (int k = 1; k < 16; k++) {
        rlp_text_format(&text, "      - {at: %d d, set: {", 14 * k);
        for (int i = 0; i < 4; i++) rlp_text_format(&text, "%sG%d: {death: %.5f}", i ? ", " : "", i, 0.10 + (k % 2 ? 0.07 : 0.095) * RESISTS[i]);
        rlp_text_add(&text, "}}\n");
    }
    exam_process(rlp_text_string(&text), p);
    rlp_text_free(&text);
}

/* Another row of rates every day, so little apart that law and number of events stay: what the changing costs. */
static void change_daily(rlp_process_t *p, double days) {
    double *row = malloc(p->row_size * sizeof *row);
    size_t index;
    assert_non_null(row);
    for (int day = 1; day < days; day++) {
        memcpy(row, p->rates, p->row_size * sizeof *row);
        for (size_t i = 0; i < 2 * p->n_types; i++) row[i] *= 1 + 1e-9 * day;
        assert_int_equal(rlp_process_add_rates(p, row, &index), RLP_OK);
        assert_int_equal(rlp_process_add_segment(p, day, index, RLP_NONE), RLP_OK);
    }
    free(row);
}

static void know_moments(workload_t *work, const rlp_process_t *classes) {
    rlp_law_pair_t law = laws_moments(classes, NULL, work->days);
    work->n_classes = classes->n_types;
    for (size_t i = 0; i < work->n_classes; i++) {
        work->mean[i] = law.mean[i];
        work->variance[i] = law.covariance[i][i];
    }
}

static void open_genetic(workload_t *work, const char *name, double days) {
    *work = (workload_t){.name = name, .days = days};
    genetic(&work->process);
    for (size_t i = 0; i < work->process.n_types; i++) work->class_of[i] = i;
    know_moments(work, &work->process);
    assert_int_equal(rlp_engine_expected_events(&work->process, days, INFINITY, &work->events), RLP_OK);
}

static void open_workload(workload_t *work, const char *name, const char *file, double days, bool daily) {
    *work = (workload_t){.name = name, .days = days};
    if (file) read_input(file, &work->process);
    else traits(&work->process);
    for (size_t i = 0; i < work->process.n_types; i++) work->class_of[i] = file ? i : (size_t)__builtin_popcount((unsigned)i);
    if (file) {
        know_moments(work, &work->process);
    } else {
        rlp_process_t classes;
        trait_classes(&classes);
        know_moments(work, &classes);
        rlp_process_free(&classes);
    }
    assert_int_equal(rlp_engine_expected_events(&work->process, days, INFINITY, &work->events), RLP_OK);
    if (daily) change_daily(&work->process, days);
}

/* ---- rows ---------------------------------------------------------------------------------------------------------------- */
typedef struct {
    const rlp_engine_class_t *class; /* NULL: the twin */
    bool runs;
    double error;       /* that the engine is held to */
    double days, events; /* expected, a patient: less than the workload's for a twin that cannot run it */
    rlp_engine_t *engine;
    rlp_state_t state;
    rlp_process_t scaled;
    twin_t twin;
    gsl_rng *rng;
    uint64_t patients, each, done_events, done_steps;
    double seconds, ns[ROUNDS];
    rlp_moments_t moments[CLASSES];
    double fourth[CLASSES];
} row_t;

static void tally(row_t *row, const workload_t *work, const int64_t *cells) {
    double sum[CLASSES] = {0};
    for (size_t i = 0; i < work->process.n_types; i++) sum[work->class_of[i]] += (double)cells[i];
    for (size_t k = 0; k < work->n_classes; k++) {
        rlp_moments_add(&row->moments[k], sum[k]);
        row->fourth[k] += pow(sum[k] - work->mean[k], 4);
    }
}

static void run_patients(row_t *row, const workload_t *work, uint64_t n, uint64_t seed) {
    rlp_stream_t stream;
    rlp_stop_t stop;
    for (uint64_t k = 0; k < n; k++) {
        if (!row->class) {
            twin_start(&row->twin);
            twin_run(&row->twin, row->rng, row->days, 0);
            row->done_events += row->twin.events;
            if (row->days == work->days) tally(row, work, row->twin.cells);
        } else {
            rlp_stream_init(&stream, seed, ++row->patients, RLP_PURPOSE_PATH);
            rlp_state_reset(&row->state, &work->process);
            assert_int_equal(rlp_engine_advance(row->engine, &row->state, work->days, NULL, 0, &stream, NULL, &stop), RLP_OK);
            row->done_events += row->state.events;
            row->done_steps += row->state.steps;
            tally(row, work, row->state.cells);
        }
    }
}

/* How long one patient takes; in slices, so that an engine which cannot do the workload is found out early. Negative: too long. */
static double probe(row_t *row, const workload_t *work) {
    rlp_stream_t stream;
    rlp_stop_t stop;
    double started = now_seconds();
    if (!row->class) {
        twin_start(&row->twin);
        twin_run(&row->twin, row->rng, row->days, 0);
        return now_seconds() - started;
    }
    rlp_stream_init(&stream, 7, 0, RLP_PURPOSE_PATH);
    for (int slice = 1; slice <= PROBE_SLICES; slice++) {
        assert_int_equal(rlp_engine_advance(row->engine, &row->state, work->days * slice / PROBE_SLICES, NULL, 0, &stream, NULL, &stop), RLP_OK);
        double taken = now_seconds() - started;
        if (taken > row_seconds || taken * PROBE_SLICES / slice > 60 * row_seconds) return -1;
    }
    started = now_seconds(); /* again, as it will run */
    run_patients(row, work, 1, 7);
    return now_seconds() - started;
}

static void open_twin(row_t *row, const workload_t *work) {
    const rlp_process_t *p = &work->process;
    row->days = work->days;
    row->events = work->events;
    if (work->events > TWIN_EVENTS) {
        double total = 0;
        row->days = TWIN_DAYS;
        assert_int_equal(rlp_process_init(&row->scaled, p->n_types, p->n_channels), RLP_OK);
        memcpy(row->scaled.channels, p->channels, p->n_channels * sizeof *p->channels);
        size_t index;
        assert_int_equal(rlp_process_add_rates(&row->scaled, p->rates, &index), RLP_OK);
        assert_int_equal(rlp_process_add_segment(&row->scaled, 0, index, RLP_NONE), RLP_OK);
        for (size_t i = 0; i < p->n_types; i++) total += (double)p->start_cells[i];
        for (size_t i = 0; i < p->n_types; i++) row->scaled.start_cells[i] = (int64_t)((double)p->start_cells[i] * TWIN_CELLS / total);
        assert_int_equal(rlp_engine_expected_events(&row->scaled, row->days, INFINITY, &row->events), RLP_OK);
        p = &row->scaled;
    }
    assert_int_equal(twin_init(&row->twin, p), 0);
    row->rng = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(row->rng);
}

static void open_row(row_t *row, const workload_t *work, const rlp_engine_class_t *class, double error) {
    rlp_engine_settings_t settings = {.error = error, .horizon_days = work->days};
    *row = (row_t){.class = class, .runs = true, .error = error, .days = work->days, .events = work->events};
    if (!class) open_twin(row, work);
    else if (class->accepts(&work->process)) row->runs = false;
    else {
        assert_int_equal(rlp_engine_open(class, &work->process, &settings, &row->engine), RLP_OK);
        assert_int_equal(rlp_state_init(&row->state, &work->process), RLP_OK);
    }
    double each = row->runs ? probe(row, work) : -1;
    row->runs = each > 0;
    row->each = (uint64_t)fmax(1, fmin(1e6, row_seconds / ROUNDS / fmax(each, 1e-9)));
    row->done_events = row->done_steps = row->patients = 0;
    memset(row->moments, 0, sizeof row->moments);
    memset(row->fourth, 0, sizeof row->fourth);
}

static void close_row(row_t *row) {
    rlp_engine_close(row->engine);
    if (row->class) rlp_state_free(&row->state);
    else {
        twin_free(&row->twin);
        gsl_rng_free(row->rng);
        rlp_process_free(&row->scaled);
    }
}

static void worst(const row_t *row, const workload_t *work, double *z_mean, double *z_variance) {
    double n = (double)row->moments[0].n;
    *z_mean = *z_variance = n > 0 ? 0 : NAN;
    for (size_t k = 0; k < work->n_classes && n > 0; k++) {
        double z = (row->moments[k].mean - work->mean[k]) / sqrt(work->variance[k] / n);
        if (work->mean[k] * n < 100) continue;
        if (fabs(z) > fabs(*z_mean)) *z_mean = z;
        double kurtosis = row->fourth[k] / n / (work->variance[k] * work->variance[k]);
        z = log(rlp_moments_variance(&row->moments[k]) / work->variance[k]) / sqrt(fmax(kurtosis - 1, 1) / n);
        if (n < VARIANCE_PATIENTS || work->variance[k] > work->mean[k] * work->mean[k]) continue; /* rare types: tails too heavy for a normal law */
        if (fabs(z) > fabs(*z_variance)) *z_variance = z;
    }
    if (n < VARIANCE_PATIENTS) *z_variance = NAN;
}

static void print_row(row_t *row, workload_t *work) {
    double z_mean, z_variance;
    char name[24];
    snprintf(name, sizeof name, row->error != EXAM_ERROR ? "%s %g" : "%s", row->class ? row->class->name : "(twin)", row->error);
    if (!row->runs) {
        printf("%-16s %-9s  not run: refused, or more than %.3g s a patient\n", work->name, name, 60 * row_seconds);
        return;
    }
    worst(row, work, &z_mean, &z_variance);
    uint64_t patients = row->each * ROUNDS;
    double middle = median(row->ns, ROUNDS), least = row->ns[0];
    if (!row->class) work->twin_ns = least;
    printf("%-16s %-9s %11.4g %11.4g %11.3g %11.4g %11.5g %7.2f %7.2f %9llu\n", work->name, name, least, middle, (double)(row->done_events + row->done_steps) / row->seconds,
           1e9 / (middle * row->events), work->twin_ns / least, z_mean, z_variance, (unsigned long long)patients);
    if ((!row->class || row->class->exact) && fabs(z_mean) > Z_MOST) failures++;
}

/* Steps see how many types are occupied: what `auto` needs to foresee the cost of one. */
typedef struct {
    double steps, occupied;
} occupied_t;

static void count_occupied(void *context, const rlp_process_t *p, const rlp_state_t *state) {
    occupied_t *seen = context;
    seen->steps++;
    for (size_t i = 0; i < p->n_types; i++) seen->occupied += state->cells[i] > 0;
}

static void print_costs(row_t *row, const workload_t *work, char *out, size_t size) {
    out[0] = '\0';
    if (!row->class || !row->runs) return;
    if (row->done_steps * 100 > row->done_events * 99) {
        occupied_t seen = {0};
        rlp_observer_t observer = {.see = count_occupied, .context = &seen};
        rlp_stream_t stream;
        rlp_stop_t stop;
        rlp_stream_init(&stream, 7, 1, RLP_PURPOSE_PATH);
        rlp_state_reset(&row->state, &work->process);
        assert_int_equal(rlp_engine_advance(row->engine, &row->state, work->days, NULL, 0, &stream, &observer, &stop), RLP_OK);
        double step = 1e9 * row->seconds / (double)row->done_steps, types = seen.occupied / seen.steps;
        snprintf(out, size, "  %-16s %-9s %8.1f ns a step, %5.1f types occupied, %7.2f ns a step and occupied type\n", work->name, row->class->name, step, types, step / types);
    } else if (row->done_steps == 0) {
        snprintf(out, size, "  %-16s %-9s %8.2f ns an event\n", work->name, row->class->name, 1e9 * row->seconds / (double)row->done_events);
    }
}

static size_t bench_workload(workload_t *work, char (*costs)[160]) {
    static row_t rows[ENGINES];
    size_t n = 0, n_costs = 0;
    open_row(&rows[n++], work, NULL, EXAM_ERROR);
    for (size_t e = 0; e < RLP_ENGINE_COUNT && n < ENGINES; e++) open_row(&rows[n++], work, RLP_ENGINES[e], EXAM_ERROR);
    if (work->loose_tau > 0) open_row(&rows[n++], work, rlp_engine_find("tau"), work->loose_tau);
    for (uint64_t round = 0; round < ROUNDS; round++)
        for (size_t k = 0; k < n; k++) {
            if (!rows[k].runs) continue;
            double started = now_seconds();
            run_patients(&rows[k], work, rows[k].each, 1);
            double taken = now_seconds() - started;
            rows[k].seconds += taken;
            rows[k].ns[round] = 1e9 * taken / ((double)rows[k].each * rows[k].events);
        }
    for (size_t k = 0; k < n; k++) {
        print_row(&rows[k], work);
        print_costs(&rows[k], work, costs[n_costs], sizeof *costs);
        n_costs += costs[n_costs][0] != '\0';
        close_row(&rows[k]);
    }
    fflush(stdout);
    return n_costs;
}

/* ---- small populations, where windows begin to pay ------------------------------------------------------------------------------ */
static int run_direct(void *self, rlp_walk_t *walk, double end_days) { return rlp_direct_run(self, walk, end_days, UINT64_MAX); }

static double direct_ns(const rlp_process_t *p, double least_cells, double days, uint64_t patients) {
    rlp_windows_settings_t layout = RLP_WINDOWS_SETTINGS;
    rlp_direct_t *direct;
    rlp_state_t state;
    rlp_stream_t stream;
    rlp_stop_t stop;
    uint64_t events = 0;
    if (least_cells > 0) layout.least_cells = least_cells, layout.least_cells_per_type = 0;
    assert_int_equal(rlp_direct_new(p, &direct), RLP_OK);
    assert_int_equal(rlp_state_init(&state, p), RLP_OK);
    rlp_direct_lay_out(direct, &layout);
    double started = now_seconds();
    for (uint64_t k = 0; k < patients; k++) {
        rlp_walk_t walk = {.process = p, .state = &state, .stream = &stream, .stop = &stop, .until_days = days};
        rlp_stream_init(&stream, 3, k, RLP_PURPOSE_PATH);
        rlp_state_reset(&state, p);
        assert_int_equal(rlp_walk(&walk, run_direct, direct), RLP_OK);
        events += state.events;
    }
    double taken = now_seconds() - started;
    rlp_direct_free(direct);
    rlp_state_free(&state);
    return 1e9 * taken / (double)events;
}

static double twin_ns(const rlp_process_t *p, gsl_rng *rng, double days, uint64_t patients) {
    twin_t twin;
    uint64_t events = 0;
    assert_int_equal(twin_init(&twin, p), 0);
    double started = now_seconds();
    for (uint64_t k = 0; k < patients; k++) {
        twin_start(&twin);
        twin_run(&twin, rng, days, 0);
        events += twin.events;
    }
    double taken = now_seconds() - started;
    twin_free(&twin);
    return 1e9 * taken / (double)events;
}

static void bench_small(const char *name, rlp_process_t *p) {
    static const int64_t CELLS[] = {1, 10, 30, 100, 300, 1000, 10000};
    int64_t first = p->start_cells[0];
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(rng);
    for (size_t k = 0; k < sizeof CELLS / sizeof *CELLS; k++) {
        double least[4] = {INFINITY, INFINITY, INFINITY, INFINITY};
        uint64_t patients = (uint64_t)(20000 * row_seconds / (double)CELLS[k]) + 1;
        p->start_cells[0] = CELLS[k];
        for (int round = 0; round < ROUNDS; round++) {
            least[0] = fmin(least[0], twin_ns(p, rng, 10, patients));
            least[1] = fmin(least[1], direct_ns(p, 1e18, 10, patients));
            least[2] = fmin(least[2], direct_ns(p, 1, 10, patients));
            least[3] = fmin(least[3], direct_ns(p, 0, 10, patients));
        }
        printf("  %-12s %8lld %8.1f %14.1f %10.1f %10.1f %8.2f\n", name, (long long)CELLS[k], least[0], least[1], least[2], least[3], least[0] / least[3]);
    }
    p->start_cells[0] = first;
    gsl_rng_free(rng);
    fflush(stdout);
}

int main(int argc, char **argv) {
    enum { WORKS = 6 };
    static workload_t works[WORKS];
    static char costs[WORKS * ENGINES][160];
    size_t n_costs = 0;
    if (argc > 1) row_seconds = atof(argv[1]);
    if (!(row_seconds > 0)) {
        fprintf(stderr, "usage: %s [CPU SECONDS A ROW]\n", argv[0]);
        return 64;
    }
    open_workload(&works[0], "W1 two types", "w1.yaml", 50, false);
    open_workload(&works[1], "W2 phenotypes", "w2.yaml", 80, false);
    open_workload(&works[2], "W2 daily rates", "w2.yaml", 80, true);
    open_workload(&works[3], "64 types, 512 ch", NULL, 100, false);
    open_workload(&works[4], "W3 clinic", "w3.yaml", 742, false);
    works[4].loose_tau = LOOSE_TAU;
    open_genetic(&works[5], "genetic, 1e9", 224);
    printf("ns: CPU time over births, deaths and transitions represented, least and median of %d interleaved rounds\n\n", ROUNDS);
    printf("%-16s %-9s %11s %11s %11s %11s %11s %7s %7s %9s\n", "work", "engine", "ns least", "median", "transit./s", "patients/s", "x twin", "z mean", "z var", "patients");
    for (size_t w = 0; w < WORKS; w++) n_costs += bench_workload(&works[w], costs + n_costs);
    printf("\nCosts that foresee:\n");
    for (size_t k = 0; k < n_costs; k++) fputs(costs[k], stdout);
    printf("\nSmall populations, 10 days: ns an event\n  %-12s %8s %8s %14s %10s %10s %8s\n", "rates of", "cells", "twin", "event by event", "windows", "as chosen", "x twin");
    bench_small("W1", &works[0].process);
    bench_small("W2", &works[1].process);
    bench_small("64 types", &works[3].process);
    for (size_t w = 0; w < WORKS; w++) rlp_process_free(&works[w].process);
    bench_constants(2 * row_seconds);
    if (failures) printf("\nFAILED: an exact engine is off by more than %g standard errors\n", Z_MOST);
    return failures != 0;
}
