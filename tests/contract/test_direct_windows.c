/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The thinning windows of `direct`, under stress: room so tight that most windows are interrupted, and windows of a few candidates on a few cells, where whole laws
 * are known. Their stop rule is where exactness would die. False alarms: judge.h. Power, besides that of the contract: a time of the stop drawn as Beta(i, M - i + 1) or
 * a window that goes on at its end instead of the stop shifts W1 by several per cent. */
#define JUDGE_DECISIONS 1000
#include "../../solver/engine/engines.h"
#include "../../solver/engine/windows.h"
#include "exam.h"
#include "laws.h"

#define MANY 20000
static int64_t counts[MANY * RLP_LAW_TYPES];

typedef struct {
    rlp_process_t process;
    rlp_direct_t *direct;
    rlp_state_t state;
    rlp_stream_t stream;
    uint64_t event_limit;
} bench_t;

/* Room in standard deviations and cells; a window of at most so many candidates; always by windows. */
static void set_up(bench_t *bench, const char *text, double sigmas, double cells, double most) {
    const rlp_windows_settings_t layout = {.slack_sigmas = sigmas, .slack_cells = cells, .slack_drift = sigmas >= 1 ? 1 : 0, .most_candidates = most, .least_cells = 1};
    exam_process(text, &bench->process);
    assert_int_equal(rlp_direct_new(&bench->process, &bench->direct), RLP_OK);
    rlp_direct_lay_out(bench->direct, &layout);
    assert_int_equal(rlp_state_init(&bench->state, &bench->process), RLP_OK);
    bench->event_limit = UINT64_MAX;
}

static void clear(bench_t *bench) {
    assert_true(rlp_direct_windows(bench->direct).windows > 0);
    rlp_direct_free(bench->direct);
    rlp_state_free(&bench->state);
    rlp_process_free(&bench->process);
}

static void start(bench_t *bench, uint64_t seed, uint64_t patient) {
    rlp_stream_init(&bench->stream, seed, patient, RLP_PURPOSE_PATH);
    rlp_state_reset(&bench->state, &bench->process);
}

static int kernel(void *self, rlp_walk_t *walk, double end_days) {
    bench_t *bench = self;
    int rc = rlp_direct_run(bench->direct, walk, end_days, bench->event_limit);
    if (walk->state->events >= bench->event_limit) walk->until_days = walk->state->t_days;
    return rc;
}

static rlp_stop_t go(bench_t *bench, double until_days, rlp_watch_t *watches, size_t n_watches, const rlp_observer_t *observer) {
    rlp_stop_t stop = {0};
    rlp_walk_t walk = {.process = &bench->process, .state = &bench->state, .watches = watches, .n_watches = n_watches, .stream = &bench->stream,
                       .observer = observer, .stop = &stop, .until_days = until_days};
    assert_int_equal(rlp_walk(&walk, kernel, bench), RLP_OK);
    return stop;
}

static void sample(bench_t *bench, uint64_t seed, double t, size_t n) {
    for (size_t k = 0; k < n; k++) {
        start(bench, seed, k + 1);
        go(bench, t, NULL, 0, NULL);
        memcpy(counts + k * bench->process.n_types, bench->state.cells, bench->process.n_types * sizeof *counts);
    }
}

static double interrupted(const bench_t *bench) {
    rlp_windows_counts_t spent = rlp_direct_windows(bench->direct);
    return (double)spent.interrupted / (double)spent.windows;
}

static void judge_all_moments(const char *what, const bench_t *bench, size_t n, double t) {
    size_t k = bench->process.n_types;
    for (size_t i = 0; i < k; i++) {
        rlp_law_moments_t law = laws_of_type(&bench->process, i, t);
        rlp_moments_t moments = {0};
        for (size_t path = 0; path < n; path++) rlp_moments_add(&moments, (double)counts[path * k + i]);
        judge_mean(what, &moments, &law, 0);
        if (law.mean > 1) judge_variance(what, &moments, &law, 0);
    }
}

#define W1 "process: {types: {S: {cells: 10000, birth: 0.14, death: 0.13}, R: {cells: 0, birth: 0.14, death: 0.10}},\n" \
           "  channels: [{kind: mutation, from: S, to: R, probability: 1.0e-4}]}"

static void w2(rlp_text_t *text) {
    rlp_text_add(text, "process:\n  types:\n");
    for (int i = 0; i < 8; i++)
        rlp_text_format(text, "    T%d: {cells: %d, birth: 0.14, death: %.3f}\n", i, i ? 0 : 2000, 0.13 - 0.010 * (i & 1) - 0.015 * (i >> 1 & 1) - 0.005 * (i >> 2));
    rlp_text_add(text, "  channels:\n");
    for (int i = 0; i < 8; i++) {
        rlp_text_format(text, "    - {kind: switch, from: T%d, to: T%d, rate: %s}\n", i, i ^ 1, i & 1 ? "1.0e-2" : "2.0e-3");
        rlp_text_format(text, "    - {kind: switch, from: T%d, to: T%d, rate: %s}\n", i, i ^ 4, i & 4 ? "5.0e-3" : "1.0e-3");
        if (!(i & 2)) rlp_text_format(text, "    - {kind: mutation, from: T%d, to: T%d, probability: 1.0e-4}\n", i, i | 2);
    }
}

/* Sigmas and cells of room: 60 to 98 % of windows are interrupted. */
static const double TIGHT[][2] = {{0.8, 3}, {0.1, 8}};

static void tight_windows_keep_the_moments_of_w1(void **state) {
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        bench_t bench;
        set_up(&bench, W1, TIGHT[k][0], TIGHT[k][1], 1024);
        sample(&bench, 401 + k, 50, 500);
        judge_all_moments("W1", &bench, 500, 50);
        assert_true(interrupted(&bench) > 0.6 && interrupted(&bench) < 0.98);
        clear(&bench);
    }
}

static void tight_windows_keep_the_moments_of_w2(void **state) {
    (void)state;
    rlp_text_t text;
    rlp_text_init(&text);
    w2(&text);
    for (size_t k = 0; k < 2; k++) {
        bench_t bench;
        set_up(&bench, rlp_text_string(&text), TIGHT[k][0], TIGHT[k][1], k ? 1024 : 256);
        sample(&bench, 403 + k, 80, 1000);
        judge_all_moments("W2", &bench, 1000, 80);
        assert_true(interrupted(&bench) > 0.6 && interrupted(&bench) < 0.98);
        clear(&bench);
    }
    rlp_text_free(&text);
}

static void windows_on_a_few_cells_keep_the_whole_law(void **state) {
    (void)state;
    static const double LAYOUT[][3] = {{0, 0, 8}, {0, 1, 3}, {1, 2, 64}, {3, 3, 1}};
    static double p[600];
    for (size_t k = 0; k < 4; k++) {
        bench_t bench;
        set_up(&bench, "process: {types: {S: {cells: 4, birth: 0.3, death: 0.2}}}\narms: {all: {timeline: [{at: 3 d, set: {S: {birth: 0.25, death: 0.25}}}, {at: 6 d, survive: {S: 0.5}}]}}",
               LAYOUT[k][0], LAYOUT[k][1], LAYOUT[k][2]);
        sample(&bench, 405 + k, 10, MANY);
        rlp_moebius_law(rlp_moebius_then(rlp_moebius_then(rlp_moebius_growth(0.3, 0.2, 3), rlp_moebius_growth(0.25, 0.25, 3)), rlp_moebius_then(rlp_moebius_thin(0.5), rlp_moebius_growth(0.25, 0.25, 4))), 4, p, 600);
        judge_law("birth and death", counts, MANY, p, 600, 0);
        clear(&bench);
    }
}

/* Stretches so short that each is part of one window: what falls into it, and the instants of stops there. Yule, in the whole law. */
static void windows_cut_short_keep_the_law(void **state) {
    (void)state;
    static const double LAYOUT[][3] = {{0, 0, 64}, {0, 0, 1}, {2.5, 3, 1024}};
    static double p[900];
    for (size_t k = 0; k < 3; k++) {
        bench_t bench;
        set_up(&bench, "process: {types: {S: {cells: 10, birth: 0.3, death: 0}}}", LAYOUT[k][0], LAYOUT[k][1], LAYOUT[k][2]);
        for (size_t path = 0; path < MANY; path++) {
            start(&bench, 415 + k, path + 1);
            for (int part = 1; part <= 32; part++) go(&bench, part / 4.0, NULL, 0, NULL);
            counts[path] = bench.state.cells[0];
        }
        rlp_moebius_law(rlp_moebius_growth(0.3, 0, 8), 10, p, 900);
        judge_law("Yule in short stretches", counts, MANY, p, 900, 0);
        clear(&bench);
    }
}

static void windows_keep_every_channel(void **state) {
    (void)state;
    static const double LAYOUT[][3] = {{0, 0, 16}, {0.5, 1, 100}, {2.5, 3, 1024}};
    for (size_t k = 0; k < 3; k++) {
        bench_t bench;
        set_up(&bench,
               "process:\n"
               "  types: {S: {cells: 50, birth: 0.14, death: 0.13}, R: {cells: 0, birth: 0.14, death: 0.1}, Q: {cells: 3, birth: 0.05, death: 0.3}}\n"
               "  channels: [{kind: mutation, from: S, to: R, probability: 3.0e-3}, {kind: mutation, from: S, to: Q, probability: 0.2}, {kind: mutation, from: S, to: R, rate: 3.0e-4},\n"
               "    {kind: switch, from: R, to: S, rate: 0.01}, {kind: switch, from: Q, to: R, rate: 0.1}, {kind: switch, from: Q, to: S, rate: 0.002},\n"
               "    {kind: mutation, from: R, to: Q, rate: 0.02}, {kind: immigration, to: S, rate: 2}, {kind: immigration, to: Q, rate: 0.05}]",
               LAYOUT[k][0], LAYOUT[k][1], LAYOUT[k][2]);
        sample(&bench, 410 + k, 20, 10000);
        judge_all_moments("every channel", &bench, 10000, 20);
        clear(&bench);
    }
}

static void judge_crowded(const char *what, const char *text, const double *factor, size_t top, size_t founders, const double *layout, uint64_t seed) {
    double up[80], down[80], p[80] = {0};
    bench_t bench;
    set_up(&bench, text, layout[0], layout[1], layout[2]);
    for (size_t k = 0; k <= top; k++) up[k] = 0.4 * (double)k * factor[k], down[k] = 0.15 * (double)k;
    sample(&bench, seed, 20, MANY);
    p[founders] = 1;
    laws_run_generator(up, down, top, p, 20);
    judge_law(what, counts, MANY, p, top + 1, 0);
    clear(&bench);
}

static void crowded_windows_match_the_generator(void **state) {
    (void)state;
    static const double LAYOUT[][3] = {{0, 0, 16}, {1, 1, 32}, {2.5, 3, 1024}};
    for (size_t k = 0; k < 3; k++) {
        double factor[80] = {0};
        for (size_t n = 0; n <= 60; n++) factor[n] = 1 - (double)n / 60;
        judge_crowded("logistic", "process: {types: {S: {cells: 5, birth: 0.4, death: 0.15}}, capacity: {law: logistic, cells: 60}}", factor, 60, 5, LAYOUT[k], 420 + k);
        judge_crowded("logistic, from above", "process: {types: {S: {cells: 70, birth: 0.4, death: 0.15}}, capacity: {law: logistic, cells: 60}}", factor, 70, 70, LAYOUT[k], 423 + k);
        for (size_t n = 1; n <= 60; n++) factor[n] = fmax(0, 1 - log((double)n) / log(60.0));
        factor[0] = 1;
        judge_crowded("gompertz", "process: {types: {S: {cells: 5, birth: 0.4, death: 0.15}}, capacity: {law: gompertz, cells: 60}}", factor, 60, 5, LAYOUT[k], 426 + k);
    }
}

/* First passage within windows, from the generator with both ends absorbing; the count at the stop is the level to the cell. */
static void first_passage_stops_inside_windows(void **state) {
    (void)state;
    static const double LAYOUT[][3] = {{0, 0, 16}, {2.5, 3, 1024}, {1, 1, 2}};
    static const double DAYS[] = {20, 40, 80};
    static const unsigned char ALL[] = {1};
    for (size_t k = 0; k < 3; k++) {
        double up[51] = {0}, down[51] = {0}, p[51] = {0};
        uint64_t by[3] = {0}, n = 10000;
        bench_t bench;
        set_up(&bench, "process: {types: {S: {cells: 20, birth: 0.3, death: 0.27}}}", LAYOUT[k][0], LAYOUT[k][1], LAYOUT[k][2]);
        for (uint64_t patient = 1; patient <= n; patient++) {
            rlp_watch_t watch = {.of = ALL, .rule = RLP_WATCH_LEVEL, .level = 50};
            rlp_watch_start(&watch, 20);
            start(&bench, 430 + k, patient);
            rlp_stop_t stop = go(&bench, 80, &watch, 1, NULL);
            assert_true(stop.fired ? bench.state.cells[0] == 50 && stop.t_days[0] == bench.state.t_days : bench.state.cells[0] < 50 && bench.state.t_days == 80);
            assert_true(watch.nadir == (double)bench.state.nadir_cells);
            for (size_t d = 0; d < 3; d++) by[d] += stop.fired && stop.t_days[0] <= DAYS[d];
        }
        for (size_t c = 1; c < 50; c++) up[c] = 0.3 * (double)c, down[c] = 0.27 * (double)c;
        p[20] = 1;
        for (size_t d = 0; d < 3; d++) {
            laws_run_generator(up, down, 50, p, DAYS[d] - (d ? DAYS[d - 1] : 0));
            judge_share("50 cells by then", by[d], n, p[50], 0);
        }
        clear(&bench);
    }
}

/* Relapse over the nadir, both within one window: from a nadir m, reach ceil(1.5 m) before m - 1, by gambler's ruin. */
static void relapse_is_seen_inside_windows(void **state) {
    (void)state;
    enum { START = 60 };
    static const double LAYOUT[][3] = {{0, 0, 16}, {2.5, 3, 1024}};
    static const unsigned char ALL[] = {1, 1};
    double relapse = 0, ratio = 0.25 / 0.2;
    for (int m = 1; m <= START; m++) {
        int top = (int)ceil(1.5 * m);
        double up = (1 - ratio) / (1 - pow(ratio, top - m + 1));
        relapse = m == 1 && top == 1 ? 1 : up + (1 - up) * relapse;
    }
    for (size_t k = 0; k < 2; k++) {
        uint64_t hits = 0, n = 10000;
        bench_t bench;
        set_up(&bench, "process: {types: {S: {cells: 60, birth: 0.2, death: 0.25}}}", LAYOUT[k][0], LAYOUT[k][1], LAYOUT[k][2]);
        for (uint64_t patient = 1; patient <= n; patient++) {
            rlp_watch_t watch = {.of = ALL, .rule = RLP_WATCH_RELATIVE, .factor = 1.5};
            rlp_watch_start(&watch, START);
            start(&bench, 440 + k, patient);
            bool fired = go(&bench, 2000, &watch, 1, NULL).fired;
            assert_true(watch.nadir == (double)bench.state.nadir_cells);
            if (fired) assert_true((double)bench.state.cells[0] == ceil(1.5 * watch.nadir));
            else assert_int_equal(bench.state.cells[0], 0);
            hits += fired;
        }
        judge_share("relapse over the nadir", hits, n, relapse, 0);
        clear(&bench);
    }
}

/* At the k-th birth of a Yule process: P(T <= t) = P(N(t) >= n + k). */
static void event_limit_stops_at_its_event(void **state) {
    (void)state;
    static const double LAYOUT[][3] = {{0, 0, 16}, {2.5, 3, 1024}, {1, 2, 40}};
    static double u[MANY / 4];
    for (size_t k = 0; k < 3; k++) {
        bench_t bench;
        set_up(&bench, "process: {types: {S: {cells: 30, birth: 0.3, death: 0}}}", LAYOUT[k][0], LAYOUT[k][1], LAYOUT[k][2]);
        bench.event_limit = 100;
        for (size_t patient = 0; patient < MANY / 4; patient++) {
            start(&bench, 450 + k, patient + 1);
            go(&bench, 1000, NULL, 0, NULL);
            assert_true(bench.state.events == 100 && bench.state.cells[0] == 130);
            u[patient] = gsl_cdf_negative_binomial_Q(99, exp(-0.3 * bench.state.t_days), 30);
        }
        judge_times("time of the hundredth birth", u, MANY / 4, 0);
        clear(&bench);
    }
}

typedef struct {
    int64_t at[16];
    uint64_t events[16];
    int n;
} seen_t;

static void see(void *context, const rlp_process_t *p, const rlp_state_t *state) {
    seen_t *seen = context;
    (void)p;
    assert_true(seen->n < 16 && state->nadir_cells <= state->cells[0]);
    if (seen->n) assert_true(state->t_days == seen->n && state->events >= seen->events[seen->n - 1]);
    seen->events[seen->n] = state->events;
    seen->at[seen->n++] = state->cells[0];
}

/* Days inside a window have the law of those days, and looking changes no path. */
static void observer_sees_days_inside_windows(void **state) {
    (void)state;
    static const double LAYOUT[][3] = {{0, 0, 16}, {2.5, 3, 1024}, {0, 0, 1}};
    static double p[900];
    static int64_t at[2][MANY / 2];
    for (size_t k = 0; k < 3; k++) {
        bench_t bench;
        set_up(&bench, "process: {types: {S: {cells: 10, birth: 0.3, death: 0.05}}}", LAYOUT[k][0], LAYOUT[k][1], LAYOUT[k][2]);
        for (size_t patient = 0; patient < MANY / 2; patient++) {
            seen_t seen = {.n = 0};
            rlp_observer_t observer = {.see = see, .context = &seen};
            start(&bench, 460 + k, patient + 1);
            go(&bench, 8, NULL, 0, NULL);
            int64_t cells = bench.state.cells[0], nadir = bench.state.nadir_cells;
            uint64_t events = bench.state.events, next = bench.stream.next;
            start(&bench, 460 + k, patient + 1);
            go(&bench, 8, NULL, 0, &observer);
            assert_true(cells == bench.state.cells[0] && nadir == bench.state.nadir_cells && events == bench.state.events && next == bench.stream.next);
            assert_true(seen.n == 9 && seen.at[0] == 10 && seen.at[8] == cells);
            at[0][patient] = seen.at[2];
            at[1][patient] = seen.at[7];
        }
        rlp_moebius_law(rlp_moebius_growth(0.3, 0.05, 2), 10, p, 900);
        judge_law("day 2", at[0], MANY / 2, p, 900, 0);
        rlp_moebius_law(rlp_moebius_growth(0.3, 0.05, 7), 10, p, 900);
        judge_law("day 7", at[1], MANY / 2, p, 900, 0);
        clear(&bench);
    }
}

/* Up to eight types are packed (candidates.h); types that nobody ever joins make a process too long for that and change no other number: both ways must walk one path to
 * the last bit, whatever interrupts windows, with someone watching or not. */
#define PACKED \
    "process: {types: {A: {cells: 200, birth: 0.3, death: 0.27}, B: {cells: 5, birth: 0.2, death: 0.15}%s},\n" \
    "  channels: [{kind: switch, from: A, to: B, rate: 0.08}, {kind: switch, from: B, to: A, rate: 0.05}, {kind: immigration, to: A, rate: 0.4}]}"

#define NOBODY(type) ", " type ": {cells: 0, birth: 0, death: 0}"

static void open_packed(bench_t *bench, bool packed, const double *layout) {
    rlp_text_t text;
    rlp_text_init(&text);
    rlp_text_format(&text, PACKED, packed ? "" : NOBODY("C") NOBODY("D") NOBODY("E") NOBODY("F") NOBODY("G") NOBODY("H") NOBODY("I"));
    set_up(bench, rlp_text_string(&text), layout[0], layout[1], layout[2]);
    rlp_text_free(&text);
}

static rlp_stop_t watch_packed(bench_t *bench, uint64_t patient, double days, rlp_watch_t watches[2]) {
    static const unsigned char SECOND[9] = {0, 1}, ALL[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    watches[0] = (rlp_watch_t){.of = SECOND, .rule = RLP_WATCH_LEVEL, .level = 60};
    watches[1] = (rlp_watch_t){.of = ALL, .rule = RLP_WATCH_RELATIVE, .factor = 1.15};
    rlp_watch_start(&watches[0], 5);
    rlp_watch_start(&watches[1], 205);
    start(bench, 480, patient);
    return go(bench, days, watches, patient % 3, NULL);
}

static void packed_windows_walk_the_path_of_plain_ones(void **state) {
    (void)state;
    static const double LAYOUT[][3] = {{0, 0, 16}, {0.8, 3, 1024}, {0.1, 8, 256}, {2.5, 3, 1024}, {9, 40, 1024}};
    for (size_t k = 0; k < 5; k++) {
        bench_t bench[2];
        uint64_t fired = 0;
        open_packed(&bench[0], true, LAYOUT[k]);
        open_packed(&bench[1], false, LAYOUT[k]);
        for (uint64_t patient = 1; patient <= 300; patient++) {
            rlp_watch_t watches[2][2];
            rlp_stop_t stop[2];
            for (size_t b = 0; b < 2; b++) stop[b] = watch_packed(&bench[b], patient, 15, watches[b]);
            const rlp_state_t *a = &bench[0].state, *b = &bench[1].state;
            assert_true(a->cells[0] == b->cells[0] && a->cells[1] == b->cells[1] && a->events == b->events && a->nadir_cells == b->nadir_cells && a->t_days == b->t_days);
            assert_true(bench[0].stream.next == bench[1].stream.next && bench[0].stream.counter[0] == bench[1].stream.counter[0]);
            assert_true(stop[0].fired == stop[1].fired);
            for (size_t w = 0; w < patient % 3; w++) assert_true(watches[0][w].nadir == watches[1][w].nadir);
            fired += stop[0].fired != 0;
        }
        assert_true(fired > 30);
        assert_true(rlp_direct_windows(bench[0].direct).interrupted == rlp_direct_windows(bench[1].direct).interrupted);
        clear(&bench[0]);
        clear(&bench[1]);
    }
}

/* What a window does is a function of the state alone: another trajectory in between changes nothing. */
static void windows_remember_nothing(void **state) {
    (void)state;
    bench_t bench;
    int64_t cells;
    set_up(&bench, W1, 2.5, 3, 1024);
    start(&bench, 470, 1);
    go(&bench, 20, NULL, 0, NULL);
    cells = bench.state.cells[0];
    start(&bench, 470, 2);
    go(&bench, 33, NULL, 0, NULL);
    start(&bench, 470, 1);
    go(&bench, 20, NULL, 0, NULL);
    assert_int_equal(cells, bench.state.cells[0]);
    clear(&bench);
}

/* More rows of rates than are kept: day d and day d + 128 share a place, and have other deaths. The same twice, for the second trajectory finds rows there. */
static void rows_of_rates_give_way(void **state) {
    char text[16000];
    exam_t exam;
    rlp_moments_t seen = {0};
    (void)state;
    int n = snprintf(text, sizeof text, "process: {types: {S: {cells: 1000, birth: 0.14, death: 0.1}, R: {cells: 300, birth: 0.1, death: 0.1}}, channels: [{kind: switch, from: R, to: S, rate: 0.01}]}\n"
                     "arms: {all: {timeline: [");
    for (int day = 1; day < 256; day++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%s{at: %d d, set: {S: {death: %.9f}}}", day > 1 ? ", " : "", day, (day < 128 ? 0.12 : 0.16) + 1e-6 * day);
    snprintf(text + n, sizeof text - (size_t)n, "]}}");
    exam_open(&exam, rlp_engine_find("direct"), text, 256);
    for (uint64_t patient = 1; patient <= 100; patient++) {
        int64_t first = 0;
        for (int turn = 0; turn < 2; turn++) {
            exam_start(&exam, 812, patient);
            exam_go(&exam, 256);
            if (turn) assert_int_equal(exam.state.cells[0], first);
            first = exam.state.cells[0];
        }
        rlp_moments_add(&seen, (double)first);
    }
    rlp_law_moments_t law = laws_of_type(&exam.process, 0, 256);
    judge_mean("rows that give way", &seen, &law, 0);
    exam_close(&exam);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tight_windows_keep_the_moments_of_w1), cmocka_unit_test(tight_windows_keep_the_moments_of_w2),
        cmocka_unit_test(windows_on_a_few_cells_keep_the_whole_law), cmocka_unit_test(windows_cut_short_keep_the_law),
        cmocka_unit_test(windows_keep_every_channel),
        cmocka_unit_test(crowded_windows_match_the_generator), cmocka_unit_test(first_passage_stops_inside_windows),
        cmocka_unit_test(relapse_is_seen_inside_windows), cmocka_unit_test(event_limit_stops_at_its_event),
        cmocka_unit_test(observer_sees_days_inside_windows), cmocka_unit_test(windows_remember_nothing), cmocka_unit_test(packed_windows_walk_the_path_of_plain_ones),
        cmocka_unit_test(rows_of_rates_give_way),
        cmocka_unit_test(judge_decisions_stay_within_their_number),
    };
    return cmocka_run_group_tests_name("direct_windows", tests, NULL, NULL);
}
