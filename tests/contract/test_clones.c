/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every engine that follows clones: the path is the same with and without a book, clones add up to the types' cells, and the book's law is that of the process in
 * which clones are told apart from the start: two colours of cells are twice the types.
 *
 * False alarms: below 1e-7 for this program (judge.h). Power, at 30 000 paths: a carrier that is not size-biased, survivors shared out binomially, or offspring by share
 * of cells instead of lines move some pooled state of two colours by more than ten standard errors. */
#define JUDGE_DECISIONS 200
#include "../../solver/engine/engines.h"
#include "../../solver/engine/kendall.h"
#include "box.h"
#include "laws.h"
#include "relapse/clones.h"

#define PATHS 30000

/* kendall where groups merge: with room for no parent, and for two. */
static size_t may_wait;
static int prepare_tight(const rlp_process_t *p, const rlp_engine_settings_t *settings, void **self) {
    int rc = rlp_engine_kendall.prepare(p, settings, self);
    if (!rc) rlp_kendall_let_wait(*self, may_wait);
    return rc;
}

/* The k-th engine that follows clones; NULL: there is none. */
static const rlp_engine_class_t *candidate(size_t k) {
    static rlp_engine_class_t tight;
    for (size_t e = 0; e < RLP_ENGINE_COUNT; e++)
        if (RLP_ENGINES[e]->clones && k-- == 0) return RLP_ENGINES[e];
    if (k > 1) return NULL;
    tight = rlp_engine_kendall;
    tight.prepare = prepare_tight;
    may_wait = 2 * k;
    return &tight;
}

static void start(exam_t *exam, rlp_clones_t *book, uint64_t seed, uint64_t patient) {
    exam_start(exam, seed, patient);
    exam->state.clones = book;
    if (book) rlp_clones_start(book, exam->state.cells, seed, patient, 0);
}

static void add_up(const exam_t *exam, const rlp_clones_t *book) {
    assert_int_equal(book->error, RLP_OK);
    for (size_t i = 0; i < exam->process.n_types; i++) {
        assert_true(rlp_clones_sum(&book->of_type[i]) == exam->state.cells[i]);
        for (size_t k = 0; k < book->of_type[i].n; k++) {
            assert_true(book->of_type[i].shares[k].cells > 0 && book->of_type[i].shares[k].clone < book->n);
            assert_true(!k || book->of_type[i].shares[k].clone > book->of_type[i].shares[k - 1].clone);
        }
    }
    for (size_t c = 1; c < book->n; c++) {
        const rlp_clone_t *clone = &book->clones[c];
        assert_true(clone->parent < c && clone->founded_days >= book->clones[clone->parent].founded_days && clone->founded_days <= exam->state.t_days);
    }
}

/* ---- paths ------------------------------------------------------------------------------------------------------------------- */
static const char *const PROCESSES[] = {
    "process: {types: {S: {cells: 300, birth: 0.3, death: 0.25}, R: {cells: 5, birth: 0.2, death: 0.1}, E: {cells: 0, birth: 0.1, death: 0.1}}, channels: [\n"
    "  {kind: mutation, from: S, to: R, probability: 0.02}, {kind: mutation, from: R, to: S, rate: 0.01}, {kind: switch, from: S, to: E, rate: 0.05}, {kind: switch, from: E, to: S, rate: 0.1},\n"
    "  {kind: mutation, from: E, to: R, rate: 0.02}, {kind: immigration, to: S, rate: 20}, {kind: immigration, to: R, rate: 0.3}]}\n"
    "arms: {all: {timeline: [{at: 2 d, set: {S: {death: 0.5}}}, {at: 5 d, survive: {S: 0.3, E: 0.8}}, {at: 5.5 d, set: {S: {death: 0.1}, E: {birth: 0}}}]}}",
    "process: {types: {S: {cells: 400, birth: 0.4, death: 0.1}, R: {cells: 0, birth: 0.4, death: 0.05}}, channels: [\n"
    "  {kind: mutation, from: S, to: R, probability: 0.05}, {kind: mutation, from: R, to: S, probability: 0.001}, {kind: switch, from: R, to: S, rate: 0.02}], capacity: {law: logistic, cells: 2000}}"};

typedef struct {
    int64_t cells[3], nadir;
    uint64_t events, steps;
    double t_days, dead[3];
    unsigned fired;
} trace_t;

/* A path with records and a watch that fires, and goes on; the watch hands kendall over to direct. */
static void walk(exam_t *exam, rlp_clones_t *book, uint64_t patient, trace_t trace[8]) {
    static const unsigned char ALL[] = {1, 1, 1};
    start(exam, book, 601, patient);
    rlp_watch_t watch = exam_level(exam, ALL, 1.1 * (double)rlp_state_total(&exam->state, &exam->process));
    for (int k = 0; k < 8; k++) {
        rlp_stop_t stop = exam_watch(exam, 1.25 * (k + 1), &watch, watch.level < INFINITY);
        if (stop.fired) watch.level = watch.threshold = INFINITY;
        memset(&trace[k], 0, sizeof trace[k]);
        memcpy(trace[k].cells, exam->state.cells, exam->process.n_types * sizeof(int64_t));
        memcpy(trace[k].dead, exam->state.dead, exam->process.n_types * sizeof(double));
        trace[k].nadir = exam->state.nadir_cells;
        trace[k].events = exam->state.events;
        trace[k].steps = exam->state.steps;
        trace[k].t_days = exam->state.t_days;
        trace[k].fired = stop.fired;
        if (book) add_up(exam, book);
    }
}

static void paths_are_the_same_with_and_without_a_book(void **state) {
    rlp_clones_t book;
    size_t founded = 0, fired = 0;
    (void)state;
    for (size_t e = 0; candidate(e); e++)
        for (size_t k = 0; k < 2; k++) {
            exam_t exam;
            if (!exam_opens(&exam, candidate(e), PROCESSES[k], 10)) continue;
            assert_int_equal(rlp_clones_init(&book, exam.process.n_types), RLP_OK);
            for (uint64_t patient = 1; patient <= 40; patient++) {
                trace_t with[8], without[8];
                walk(&exam, &book, patient, with);
                founded += book.n - 1;
                walk(&exam, NULL, patient, without);
                assert_memory_equal(with, without, sizeof with);
                for (int s = 0; s < 8; s++) fired += with[s].fired;
            }
            rlp_clones_free(&book);
            exam_close(&exam);
        }
    assert_true(founded > 5000 && fired > 100);
}

/* ---- two colours --------------------------------------------------------------------------------------------------------------- */

/* Types S and R of colours 0 and 1 (S0, R0, S1, R1) as the types of one process, and S and R whose first clones are the colours. */
#define COLOURED                                                                                                                                                    \
    "process: {types: {S: {cells: %d, birth: 0.3, death: 0.2}, R: {cells: %d, birth: 0.2, death: 0.1}%s}, channels: [\n"                                        \
    "  {kind: mutation, from: S, to: R, probability: 0.3}, {kind: switch, from: S, to: R, rate: 0.2, name: on}, {kind: switch, from: R, to: S, rate: 0.4}, {kind: mutation, from: R, to: S, rate: 0.1}%s]}\n" \
    "arms: {all: {timeline: [{at: 0.8 d, set: {S: {death: 0.5}, on: {rate: 0.4}%s}}, {at: 1.2 d, survive: {S: 0.6, R: 0.8%s}}]}}"

static void coloured_text(char *out, size_t size, const int cells[4], bool apart) {
    char types[200] = "", channels[400] = "";
    if (apart) {
        snprintf(types, sizeof types, ", S1: {cells: %d, birth: 0.3, death: 0.2}, R1: {cells: %d, birth: 0.2, death: 0.1}", cells[2], cells[3]);
        snprintf(channels, sizeof channels, ", {kind: mutation, from: S1, to: R1, probability: 0.3}, {kind: switch, from: S1, to: R1, rate: 0.2, name: on1}, {kind: switch, from: R1, to: S1, rate: 0.4}, "
                                            "{kind: mutation, from: R1, to: S1, rate: 0.1}");
    }
    snprintf(out, size, COLOURED, cells[0] + (apart ? 0 : cells[2]), cells[1] + (apart ? 0 : cells[3]), types, channels, apart ? ", S1: {death: 0.5}, on1: {rate: 0.4}" : "",
             apart ? ", S1: 0.6, R1: 0.8" : "");
}

/* Clone 1 has the cells of colour 1 from the start. */
static void start_coloured(exam_t *exam, rlp_clones_t *book, const int cells[4], uint64_t seed, uint64_t patient) {
    start(exam, book, seed, patient);
    rlp_clones_found(book, 0, 0, 0);
    for (size_t i = 0; i < 2; i++) {
        rlp_clones_add(book, &book->of_type[i], 0, -cells[2 + i]);
        rlp_clones_add(book, &book->of_type[i], 1, cells[2 + i]);
    }
}

static void count_colours(const rlp_clones_t *book, int64_t out[4]) {
    memset(out, 0, 4 * sizeof *out);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < book->of_type[i].n; k++) {
            uint64_t clone = book->of_type[i].shares[k].clone;
            while (clone > 1) clone = book->clones[clone].parent;
            out[2 * clone + i] += book->of_type[i].shares[k].cells;
        }
}

/* Open S and R; `apart` gets the process of four types. */
static void open_coloured(exam_t *exam, rlp_clones_t *book, const rlp_engine_class_t *class, const int cells[4], double t, rlp_process_t *apart) {
    char text[2000];
    coloured_text(text, sizeof text, cells, true);
    exam_process(text, apart);
    coloured_text(text, sizeof text, cells, false);
    exam_open(exam, class, text, t);
    assert_int_equal(rlp_clones_init(book, 2), RLP_OK);
}

static void close_coloured(exam_t *exam, rlp_clones_t *book, rlp_process_t *apart) {
    rlp_clones_free(book);
    rlp_process_free(apart);
    exam_close(exam);
}

static void two_colours_have_the_joint_law_of_twice_the_types(void **state) {
    static const int CELLS[] = {2, 0, 1, 1};
    box_t box = {0};
    (void)state;
    for (size_t e = 0; candidate(e); e++) {
        rlp_clones_t book;
        rlp_process_t apart;
        exam_t exam;
        open_coloured(&exam, &book, candidate(e), CELLS, 2, &apart);
        if (!e) box_law(&box, &apart, 15, 2);
        uint64_t *seen = calloc(box.states + 1, sizeof *seen);
        assert_non_null(seen);
        for (uint64_t k = 1; k <= PATHS; k++) {
            int64_t colours[4];
            start_coloured(&exam, &book, CELLS, 611, k);
            if (k % 2) exam_go(&exam, 1); /* jumps and windows end here in every other path */
            exam_go(&exam, 2);
            count_colours(&book, colours);
            seen[box_at(&box, colours)]++;
        }
        box_judge_counts(candidate(e)->name, &box, seen, PATHS);
        free(seen);
        close_coloured(&exam, &book, &apart);
    }
    box_close(&box);
}

/* Hundreds of cells: windows of direct; many marks in one group of many clones. */
static void two_colours_have_the_moments_of_twice_the_types(void **state) {
    static const int CELLS[] = {200, 20, 60, 100};
    (void)state;
    for (size_t e = 0; candidate(e); e++) {
        rlp_clones_t book;
        rlp_process_t apart;
        exam_t exam;
        rlp_moments_t sample[4] = {{0}}, difference = {0};
        open_coloured(&exam, &book, candidate(e), CELLS, 2, &apart);
        for (uint64_t k = 1; k <= 4000; k++) {
            int64_t colours[4];
            start_coloured(&exam, &book, CELLS, 621, k);
            exam_go(&exam, 2);
            add_up(&exam, &book);
            count_colours(&book, colours);
            for (size_t i = 0; i < 4; i++) rlp_moments_add(&sample[i], (double)colours[i]);
            rlp_moments_add(&difference, (double)(colours[0] - colours[2]));
        }
        rlp_law_moments_t law[4];
        for (size_t i = 0; i < 4; i++) {
            law[i] = laws_of_type(&apart, i, 2);
            judge_mean(candidate(e)->name, &sample[i], &law[i], 0);
            judge_variance(candidate(e)->name, &sample[i], &law[i], 0);
        }
        rlp_law_moments_t apart_law = {law[0].mean - law[2].mean, law[0].variance + law[2].variance, 0, 0.1}; /* colours are independent */
        judge_mean("S of one colour less the other's", &difference, &apart_law, 0);
        judge_variance("S of one colour less the other's", &difference, &apart_law, 0);
        close_coloured(&exam, &book, &apart);
    }
}

/* ---- clones of a constant source (Kendall 1948) --------------------------------------------------------------------------------- */
#define SOURCE 5000
#define TIMES 100000

/* Numbers alive, and of size 1, 2 and 5, are Poisson; founding times are uniform, dead or alive. */
static void clones_of_a_constant_source_are_poisson(void **state) {
    static const double MU = 15, B = 0.2, D = 0.1, T = 10; /* 30 cells of rate 0.5: windows of direct begin at some 45 cells */
    double growth = exp((B - D) * T), beta = B * (growth - 1) / (B * growth - D), mean[4] = {MU / B * log((B * growth - D) / (B - D))};
    static const int SIZE[] = {0, 1, 2, 5};
    (void)state;
    for (size_t k = 1; k < 4; k++) mean[k] = MU / B * pow(beta, SIZE[k]) / SIZE[k];
    for (size_t e = 0; candidate(e); e++) {
        exam_t exam;
        rlp_clones_t book;
        int64_t *counts = calloc(4 * SOURCE, sizeof *counts);
        double *days = malloc(TIMES * sizeof *days), pdf[300];
        size_t n_days = 0;
        assert_true(counts && days);
        exam_open(&exam, candidate(e), "process: {types: {A: {cells: 30, birth: 0, death: 0}, C: {cells: 0, birth: 0.2, death: 0.1}}, channels: [{kind: mutation, from: A, to: C, rate: 0.5}]}", T);
        assert_int_equal(rlp_clones_init(&book, 2), RLP_OK);
        for (size_t p = 0; p < SOURCE; p++) {
            start(&exam, &book, 631, p + 1);
            exam_go(&exam, T);
            assert_true(book.of_type[0].n == 1);
            counts[p] = (int64_t)book.of_type[1].n;
            for (size_t k = 1; k < 4; k++)
                for (size_t c = 0; c < book.of_type[1].n; c++) counts[k * SOURCE + p] += book.of_type[1].shares[c].cells == SIZE[k];
            for (size_t c = 1; c < book.n && n_days < TIMES; c++) days[n_days++] = book.clones[c].founded_days / T;
        }
        for (size_t k = 0; k < 4; k++) {
            for (unsigned n = 0; n < 300; n++) pdf[n] = gsl_ran_poisson_pdf(n, mean[k]);
            judge_law("clones of a size", counts + k * SOURCE, SOURCE, pdf, 300, 0);
        }
        judge_times(candidate(e)->name, days, n_days, 0);
        free(counts);
        free(days);
        rlp_clones_free(&book);
        exam_close(&exam);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_the_same_with_and_without_a_book),
        cmocka_unit_test(two_colours_have_the_joint_law_of_twice_the_types),
        cmocka_unit_test(two_colours_have_the_moments_of_twice_the_types),
        cmocka_unit_test(clones_of_a_constant_source_are_poisson),
        cmocka_unit_test(judge_decisions_stay_within_their_number),
    };
    return cmocka_run_group_tests_name("clones", tests, NULL, NULL);
}
