/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sweep.csv of cohorts that live: one cell divides at rate b, and progression is the first division (two cells), so its time is exponential and the restricted mean to h is
 * (1 - exp(-b h)) / b. Arms share luck: with half a per cent more of b every patient has the same time but half a per cent, and the difference is told. W takes random numbers from S and
 * is not counted: another b of W is another luck of S, by the same law. */
#include "report_test.h"

#include "relapse/statistics.h"

/* Q is empty: its numbers change nothing. */
#define YULE(patients, sweep)                                                                                                                  \
    "title: first division\nprocess:\n  types: {S: {cells: 1, birth: 0.02 /d, death: 0}, Q: {cells: 0, birth: 0.01 /d, death: 0}, W: {cells: 1, birth: 0.01 /d, death: 0}}\n" \
    "arms: {plain: {}, later: {timeline: [{at: 30 d, set: {S: {birth: 0.03 /d}}}]}}\n"                                                         \
    "endpoints: {progression: {burden: 2, of: [S]}}\ncohort: {patients: " patients ", seed: 9, follow_up: 90 d, until: progression}\nengine: {name: direct}\nsweep: {" sweep "}\n"

/* A patient is a pure function: blocks are lived when they are read. */
typedef struct {
    cohort_t cohort;
    rlp_life_t *life;
} living_t;

static int read_living(void *context, uint64_t block, unsigned char *payload) {
    living_t *living = context;
    memset(payload, 0, rlp_block_bytes(living->cohort.study, block));
    return rlp_block_run(living->cohort.study, living->life, block, payload, NULL, NULL);
}

static void run(living_t *living, const char *yaml) {
    begin(&living->cohort, yaml);
    living->cohort.report.read = read_living;
    living->cohort.report.context = living;
    assert_int_equal(rlp_life_new(&living->cohort.study->trial, &living->life), RLP_OK);
    assert_int_equal(write_all_of(&living->cohort), RLP_OK);
}

static void stop(living_t *living) {
    rlp_life_free(living->life);
    end(&living->cohort);
}

/* Row `row` (from 1) of a file as numbers; words and empty fields are NaN. */
static void row_of(const cohort_t *cohort, const char *name, int row, size_t n, double *fields) {
    char *bytes = content(cohort, name), *at = bytes;
    for (int k = 0; k < row; k++) at = strchr(at, '\n') + 1;
    for (size_t k = 0; k < n; k++) {
        char *after;
        fields[k] = strtod(at, &after);
        if (*at == '\n' || after == at || !strchr(",\n", *after)) fields[k] = NAN; /* strtod skips line ends */
        at += strcspn(at, ",\n") + 1;
    }
    free(bytes);
}

static double truth(double birth, double horizon) { return (1 - exp(-birth * horizon)) / birth; }

enum { BIRTH, RMST, ERROR, DIFFERENCE, LOWER, UPPER, TIED, CROSSING, ARM_NAME, ENDPOINT, HORIZON, BEST, DRAWS, HOLDS, FIELDS };

static void means_are_those_of_the_law_and_the_slowest_is_best(void **state) {
    (void)state;
    static const double BIRTHS[] = {0.05, 0.05, 0.02, 0.02, 0.1, 0.1};
    living_t living;
    double f[FIELDS + 1], best[FIELDS + 1] = {0}, second = 0;
    run(&living, YULE("1500", "process.types.S.birth: [0.05 /d, 0.02 /d, 0.1 /d], process.types.W.birth: [0.01 /d, 0.03 /d], arm: plain, endpoint: ttp, horizon: 60 d"));
    for (int row = 1; row <= 6; row++) {
        row_of(&living.cohort, "sweep.csv", row, FIELDS + 1, f);
        if (f[1 + BEST] == 1) second = row == 3 ? 4 : 3, memcpy(best, f, sizeof f);
    }
    assert_true(best[1 + DIFFERENCE] == 0 && best[1 + LOWER] == 0 && best[1 + UPPER] == 0 && best[1 + TIED] == 1 && isnan(best[1 + CROSSING]));
    for (int row = 1; row <= 6; row++) {
        const double *cell = f + 1;
        row_of(&living.cohort, "sweep.csv", row, FIELDS + 1, f);
        assert_true(f[BIRTH] == BIRTHS[row - 1]);
        assert_true(fabs(cell[RMST] - truth(BIRTHS[row - 1], 60)) < 4.5 * cell[ERROR]); /* 7e-6 each */
        assert_true(cell[ERROR] > 0 && cell[HORIZON] == 60);
        assert_true(cell[DIFFERENCE] == cell[RMST] - best[1 + RMST]);
        assert_true(cell[TIED] == (cell[LOWER] <= 0 && cell[UPPER] >= 0));
        assert_true(cell[TIED] == (row == 3 || row == 4)); /* one law, other luck */
        assert_true(fabs(cell[DIFFERENCE] - truth(BIRTHS[row - 1], 60) + truth(0.02, 60)) <= (cell[UPPER] - cell[LOWER]) / 2);
        assert_true(isnan(cell[DRAWS]) && isnan(cell[HOLDS]));
        if (row == second) assert_true(cell[CROSSING] > 0 && cell[CROSSING] <= 60); /* curves of one law cross over and over */
        if (row >= 5) assert_true(!(cell[CROSSING] > 5));
    }
    assert_true(second > 0);
    stop(&living);
}

static void shared_luck_tells_half_a_per_cent(void **state) {
    (void)state;
    living_t living;
    double f[FIELDS];
    run(&living, YULE("200", "process.types.S.birth: [0.0201 /d, 0.02 /d], arm: plain, endpoint: ttp"));
    row_of(&living.cohort, "sweep.csv", 1, FIELDS, f);
    assert_true(f[TIED] == 0 && f[UPPER] < 0 && f[LOWER] > -1 && f[BEST] == 0);
    stop(&living);
}

/* Days without progression up to the end of follow-up; nobody leaves before. */
static void times_at_draw(living_t *living, size_t draw, size_t cell, double *time) {
    const rlp_study_t *study = living->cohort.study;
    uint64_t n = rlp_study_blocks_per_task(study);
    for (uint64_t b = 0; b < n; b++) {
        rlp_block_t open;
        uint64_t number = rlp_study_drawn(study, draw, study->sweep.cells[cell]) * n + b;
        unsigned char *payload = malloc(rlp_block_bytes(study, number));
        assert_non_null(payload);
        assert_int_equal(read_living(living, number, payload), RLP_OK);
        rlp_block_open(study, number, payload, &open);
        for (uint64_t k = 0; k < open.patients; k++) time[open.first - 1 + k] = open.outcomes[k].ttp_days;
        free(payload);
    }
}

static void times_of_cell(living_t *living, size_t cell, double *time) { times_at_draw(living, 0, cell, time); }

/* One c for all cells: half the interval over the paired error. Tukey's for four independent means is 2.57; of means that share some luck it is less, Bonferroni's of six pairs is
 * 2.64, that of one difference by itself 1.96. */
static void intervals_are_paired_and_simultaneous(void **state) {
    (void)state;
    enum { N = 900 };
    static double best[N], time[N];
    living_t living;
    double f[FIELDS + 1], c[5], bests = 0;
    run(&living, YULE("900", "process.types.S.birth: [0.02 /d], process.types.W.birth: [0.01 /d, 0.02 /d, 0.03 /d, 0.04 /d], arm: plain, endpoint: ttp"));
    for (int row = 1; row <= 4; row++) {
        row_of(&living.cohort, "sweep.csv", row, FIELDS + 1, f);
        if (f[1 + BEST] == 1) bests = row, times_of_cell(&living, (size_t)row - 1, best);
    }
    assert_true(bests > 0);
    for (int row = 1; row <= 4; row++) {
        double mean = 0, squares = 0;
        row_of(&living.cohort, "sweep.csv", row, FIELDS + 1, f);
        times_of_cell(&living, (size_t)row - 1, time);
        for (int i = 0; i < N; i++) mean += (time[i] - best[i]) / N;
        for (int i = 0; i < N; i++) squares += (time[i] - best[i] - mean) * (time[i] - best[i] - mean);
        assert_true(fabs(f[1 + DIFFERENCE] - mean) < 1e-9);
        c[row] = row == bests ? NAN : (f[1 + UPPER] - f[1 + LOWER]) / 2 / (sqrt(squares) / N);
        if (row != bests) assert_true(c[row] > 2.4 && c[row] < 2.68);
        if (row != bests && row > 1 && row - 1 != bests) assert_true(fabs(c[row] - c[row - 1]) < 1e-6);
    }
    stop(&living);
}

/* What is uncertain is another rate of W for all: another luck of S, and cells of one law change places. */
static void signs_are_counted_over_the_draws(void **state) {
    (void)state;
    enum { N = 100, DRAWN = 10 };
    static double best[N], time[N];
    living_t living;
    double f[FIELDS + 1];
    const char *const uncertain[] = {"cohort.uncertain={process.types.W.death: {uniform: {low: 0 /d, high: 0.02 /d}}}", "cohort.draws=10"};
    begin_of(&living.cohort, study_of(YULE("100", "process.types.S.birth: [0.02 /d, 0.1 /d], process.types.W.birth: [0.01 /d, 0.02 /d], arm: plain, endpoint: ttp"), uncertain, 2));
    living.cohort.report.read = read_living;
    living.cohort.report.context = &living;
    assert_int_equal(rlp_life_new(&living.cohort.study->trial, &living.life), RLP_OK);
    assert_int_equal(write_all_of(&living.cohort), RLP_OK);
    row_of(&living.cohort, "sweep.csv", 1, FIELDS + 1, f);
    size_t first = f[1 + BEST] == 1 ? 0 : 1, holds[4] = {0};
    for (size_t d = 1; d <= DRAWN; d++) {
        times_at_draw(&living, d, first, best);
        for (size_t c = 0; c < 4; c++) {
            double sum = 0;
            times_at_draw(&living, d, c, time);
            for (int i = 0; i < N; i++) sum += time[i] - best[i];
            holds[c] += c == first ? sum == 0 : sum < 0;
        }
    }
    for (int c = 0; c < 4; c++) {
        row_of(&living.cohort, "sweep.csv", c + 1, FIELDS + 1, f);
        assert_true(f[1 + DRAWS] == DRAWN && f[1 + HOLDS] == (double)holds[c]);
    }
    assert_true(holds[1 - first] > 0 && holds[1 - first] < DRAWN && holds[2] == DRAWN); /* luck, and what is so */
    stop(&living);
}

static void the_cell_as_written_is_the_arm_of_summary_csv(void **state) {
    (void)state;
    living_t living;
    double f[FIELDS], summary[10];
    run(&living, YULE("200", "process.types.S.birth: [0.05 /d, 0.02 /d], arm: plain, endpoint: ttp"));
    row_of(&living.cohort, "sweep.csv", 2, FIELDS, f);
    row_of(&living.cohort, "summary.csv", 1, 10, summary); /* arm,endpoint,patients,events,median_days,median_lower95,median_upper95,rmst_days,rmst_std_err,... */
    assert_true(f[RMST] == summary[7] && f[ERROR] == summary[8]);
    assert_true(f[HORIZON] == 90);
    assert_int_equal(living.cohort.study->n_tasks, 3);
    stop(&living);
}

/* Values of the second path do not matter here: cells share their mean, the first of equals is the best, and all three of them are tied to the letter. */
static void of_equals_the_first_is_best_and_paths_are_in_order(void **state) {
    (void)state;
    living_t living;
    double f[FIELDS + 1];
    static const double BIRTHS[] = {0.04, 0.04, 0.02, 0.02}, QUIET[] = {0.3, 0.01, 0.3, 0.01};
    run(&living, YULE("100", "process.types.S.birth: [0.04 /d, 0.02 /d], process.types.Q.birth: [0.3 /d, 0.01 /d], arm: plain, endpoint: ttp"));
    for (int row = 1; row <= 4; row++) {
        row_of(&living.cohort, "sweep.csv", row, FIELDS + 1, f);
        assert_true(f[0] == BIRTHS[row - 1] && f[1] == QUIET[row - 1]);
        assert_true(f[BEST + 1] == (row == 3));
        assert_true(f[TIED + 1] == (row >= 3));
        if (row >= 3) assert_true(f[DIFFERENCE + 1] == 0 && f[LOWER + 1] == 0 && f[UPPER + 1] == 0);
    }
    assert_contains(&living.cohort, "sweep.csv", "process.types.S.birth,process.types.Q.birth,rmst_days,std_err,difference_from_best_days,lower95,upper95,tied,crossing_days,arm,endpoint,horizon_days,best,draws,sign_holds\n");
    stop(&living);
}

static void words_say_which_is_best_and_what_is_tied(void **state) {
    (void)state;
    living_t living;
    run(&living, YULE("600", "process.types.S.birth: [0.1 /d, 0.02 /d], process.types.W.birth: [0.01 /d, 0.03 /d], arm: plain, endpoint: ttp"));
    const char *words = rlp_text_string(&living.cohort.words);
    assert_non_null(strstr(words, "\nsweep of plain, 4 cells (the same patients in each, mean time to progression to 90 days; 95 %, all pairs at once)\n  best: process.types.S.birth 0.02 /d, process.types.W.birth "));
    bool first = strstr(words, "best: process.types.S.birth 0.02 /d, process.types.W.birth 0.01 /d, with ");
    assert_non_null(strstr(words, first ? "\n  tied with it: 0.02 /d x 0.03 /d\n" : "\n  tied with it: 0.02 /d x 0.01 /d\n"));
    assert_non_null(strstr(words, "\n  furthest behind: 0.1 /d x 0.0"));
    assert_non_null(strstr(words, "\n  curves cross the best's, so the horizon matters (last crossing, days): "));
    assert_non_null(strstr(words, ", counts,\n  sweep (.csv)"));
    stop(&living);
}

/* One curve, two, and a line a cell; titles and paths may hold quotes. */
static void pictures_are_drawn(void **state) {
    (void)state;
    static const char *const SWEEPS[] = {
        YULE("100", "process.types.S.birth: [0.04 /d, 0.02 /d, 0.9 /d], arm: plain, endpoint: ttp"),
        YULE("100", "process.types.S.birth: [0.04 /d, 0.02 /d], process.types.Q.birth: [0.3 /d, 0.01 /d], arm: plain, endpoint: ttp"),
        YULE("100", "process.types.S.birth: [0.04 /d, 0.02 /d], process.types.Q.birth: [0.3 /d, 0.01 /d], process.types.S.death: [0, 0.01 /d], process.types.Q.cells: [0], arm: plain, endpoint: ttp"),
    };
    static const char *const PARTS[] = {"$curve_1 << end\n0.02 ", "$curve_2 << end\n0.02 ", "$lines << end\n1 "};
    for (size_t k = 0; k < 3; k++) {
        living_t living;
        run(&living, SWEEPS[k]);
        assert_contains(&living.cohort, "sweep.gp", PARTS[k]);
        if (!strstr(rlp_text_string(&living.cohort.words), "gnuplot is not installed")) {
            if (!strstr(rlp_text_string(&living.cohort.words), "\n  sweep.png, .svg\n")) fail_msg("%s", rlp_text_string(&living.cohort.words));
            assert_int_equal(names_in(living.cohort.folder, "sweep.png", false), 1);
            assert_int_equal(names_in(living.cohort.folder, "sweep.svg", false), 1);
        }
        stop(&living);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_are_those_of_the_law_and_the_slowest_is_best),
        cmocka_unit_test(intervals_are_paired_and_simultaneous),
        cmocka_unit_test(signs_are_counted_over_the_draws),
        cmocka_unit_test(the_cell_as_written_is_the_arm_of_summary_csv),
        cmocka_unit_test(of_equals_the_first_is_best_and_paths_are_in_order),
        cmocka_unit_test(shared_luck_tells_half_a_per_cent),
        cmocka_unit_test(words_say_which_is_best_and_what_is_tied),
        cmocka_unit_test(pictures_are_drawn),
    };
    return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
