/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whole studies, their files read back: do the 95 % intervals of compare.csv, synergy.csv and attribution.csv hold the truth in 95 % of studies? Each study has a seed of its own
 * and few patients; the truth is one study of 100 000 patients, whose own error adds 0.2 % to the variance of a small study's answer.
 *
 * Few, but not too few: an interaction is 0 for most patients and long for some, and a normal interval's coverage falls by about 0.25 g^2 / n for scores of skewness g (Hall
 * 1992, chapter 2: the Edgeworth expansion of a studentised mean); that of the interaction of overall survival here was 93.5 % with 100 patients a study.
 *
 * If an interval covers in 95 %, the share covered of n studies has sd sqrt(0.05 x 0.95 / n): 0.69 % of 1000. Allowed are 2.9 sd, of 1000 studies 93 % to 97 %: a right
 * interval leaves that with probability 0.004 over seeds; the seeds are fixed.
 *
 *   RELAPSE_COVERAGE_STUDIES=1000   the test unit/report/coverage_long (label long); by default some */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h> /* wants the four first of these */

#include "survey_test.h"

/* Resistant cells among few, seen each five days; a pulse that kills; death by burden or of something else, which censors progression. */
#define PROCESS                                                                                                            \
    "process:\n  types:\n    S: {cells: 60, birth: 0.30 /d, death: 0.22 /d}\n    R: {cells: 2, birth: 0.28 /d, death: 0.22 /d}\n" \
    "arms: {control: {}, pulsed: {timeline: [{at: 5 d, survive: {S: 0.3}}, {at: 15 d, survive: {S: 0.3}}]}}\n"              \
    "compare: {reference: control}\nendpoints: {progression: {burden: 100, every: 5 d}, death: {burden: 400, hazard: 0.01 /d}}\n"

/* An ablation that makes the drug stronger where it heated. */
#define HEATED(more)                                                                                                                                    \
    "tumour: {cells: 300, birth: 0.14 /d, growth: 0.04 /d, sites: {core: {share: 1}}}\n"                                                               \
    "drugs: {drug: {dose: 250 mg, pk: {half_life: 48 h, volume: 2370 L}, effect: {changes: death, max: 0.12 /d, half: 0.3 mg/L}}}\n"                   \
    "interventions: {mwa: {survive: {core: 0.3}, signals: {heat: {add: 1}}}}\nsignals: {heat: {rest: 0, tau: 20 d}}\n"                                 \
    "mechanisms: {M1: {from: heat, to: drug.level, law: factor, slope: 4, interaction: true}}\n"                                                       \
    "endpoints: {progression: {burden: 600, every: 7 d}, death: {viable: 1500, hazard: 0.005 /d}}\n" more
#define TUMOUR                                                                                                                                          \
    HEATED("arms: {none: [], drug: [{give: drug, every: 4 d, from: 5 d, until: 29 d}], mwa: [{do: mwa, at: 3 d}], both: [{as: mwa}, {as: drug}]}\n"    \
           "compare: {reference: none, synergy: {none: none, a: drug, b: mwa, both: both, horizon: 80 d}}\nattribute: {rows: interaction, endpoint: pfs}\n")
/* When should the ablation be? The means of these days lie so close that a study may well take another one for the best. */
#define SWEEP                                                                                                                                           \
    HEATED("arms: {both: [{do: mwa, at: 3 d, name: mwa}, {give: drug, every: 4 d, from: 5 d, until: 29 d}]}\n"                                         \
           "sweep: {arms.both.mwa.at: [2 d, 4 d, 6 d, 8 d, 10 d], endpoint: pfs, horizon: 80 d}\n")
#define HORIZON 80.0
#define COHORT "cohort: {patients: %llu, seed: %llu, follow_up: 80 d, variability: {%s: {lognormal: {sigma: 0.3}}}}\n"

/* ---- the truth ------------------------------------------------------------------------------------------------------------------------- */
enum { TTP, PFS, OS, TIMES, MANY = 100000 };
static const char *const TIME_NAMES[TIMES] = {"ttp", "pfs", "os"};
typedef struct {
    rlp_study_t *study;
    size_t n;
    double *time[TIMES]; /* [task][patient] */
    bool *event[TIMES];
} many_t;

static char *input(const char *model, uint64_t patients, uint64_t seed, const char *varies) {
    char *text = malloc(strlen(model) + 400);
    assert_non_null(text);
    sprintf(text, "%s" COHORT, model, (unsigned long long)patients, (unsigned long long)seed, varies);
    return text;
}

static void many_live(many_t *many, const char *model, uint64_t patients, uint64_t seed, const char *varies) {
    rlp_life_t *life;
    size_t done = 0;
    char *text = input(model, patients, seed, varies);
    many->study = cohort_parse(text);
    free(text);
    many->n = many->study->patients;
    assert_int_equal(rlp_life_new(&many->study->trial, &life), RLP_OK);
    for (int e = 0; e < TIMES; e++) {
        many->time[e] = malloc(many->study->n_tasks * many->n * sizeof(double));
        many->event[e] = malloc(many->study->n_tasks * many->n * sizeof(bool));
    }
    for (uint64_t b = 0; b < rlp_study_blocks(many->study); b++) {
        unsigned char *payload = calloc(1, rlp_block_bytes(many->study, b));
        rlp_block_t open;
        assert_int_equal(rlp_block_run(many->study, life, b, payload, NULL, NULL), RLP_OK);
        rlp_block_open(many->study, b, payload, &open);
        for (uint64_t k = 0; k < open.patients; k++, done++) {
            const rlp_outcome_t *o = &open.outcomes[k];
            const double times[TIMES] = {o->ttp_days, o->pfs_days, o->os_days};
            const uint8_t events[TIMES] = {o->ttp_event, o->pfs_event, o->os_event};
            assert_int_equal(o->failed, 0);
            for (int e = 0; e < TIMES; e++) {
                many->time[e][done] = times[e];
                many->event[e][done] = events[e];
            }
        }
        free(payload);
    }
    assert_int_equal(done, many->study->n_tasks * many->n);
    rlp_life_free(life);
}

static void many_free(many_t *many) {
    rlp_study_free(many->study);
    for (int e = 0; e < TIMES; e++) {
        free(many->time[e]);
        free(many->event[e]);
    }
}

static rlp_survival_t many_times(const many_t *many, size_t task, int endpoint) {
    return (rlp_survival_t){many->n, many->time[endpoint] + task * many->n, many->event[endpoint] + task * many->n, NULL};
}

static double many_rmst(const many_t *many, size_t task, int endpoint) {
    rlp_survival_t sample = many_times(many, task, endpoint);
    rlp_km_t km;
    assert_int_equal(rlp_km_init(&km, &sample), RLP_OK);
    double mean = rlp_km_rmst(&km, HORIZON).value;
    rlp_km_free(&km);
    return mean;
}

static double many_later(const many_t *many, size_t one, size_t other, int endpoint) {
    rlp_survival_t a = many_times(many, one, endpoint), b = many_times(many, other, endpoint);
    double mean, *scores = malloc(many->n * sizeof *scores);
    assert_int_equal(rlp_later_scores(&a, &b, HORIZON, many->n, &mean, scores), RLP_OK);
    free(scores);
    return mean;
}

/* ---- what is covered --------------------------------------------------------------------------------------------------------------------- */
typedef struct {
    const char *file, *first[3]; /* the first cells of its row */
    size_t n_first;
    const char *lower, *upper; /* columns; NULL: of compare.csv, which has the error */
    double truth;
    unsigned covered;
    rlp_moments_t widths; /* of the intervals */
} interval_t;

static unsigned studies(void) {
    const char *text = getenv("RELAPSE_COVERAGE_STUDIES");
    return text && text[0] ? (unsigned)strtoul(text, NULL, 10) : 25;
}

static void look(interval_t *i, const char *folder) {
    table_t table;
    table_read(&table, folder, i->file);
    size_t row = table_find(&table, i->first, i->n_first);
    double lower, upper;
    if (i->upper) {
        lower = table_number(&table, row, i->lower);
        upper = table_number(&table, row, i->upper);
    } else {
        double value = table_number(&table, row, "rmst_difference_days"), error = table_number(&table, row, "rmst_difference_std_err");
        lower = value - 1.959963984540054 * error;
        upper = value + 1.959963984540054 * error;
    }
    i->covered += lower <= i->truth && i->truth <= upper;
    rlp_moments_add(&i->widths, upper - lower);
    table_free(&table);
}

static void assert_all_covered(const interval_t *list, size_t n) {
    double all = studies(), allowed = 2.9 * sqrt(0.05 * 0.95 / all);
    size_t outside = 0;
    for (size_t k = 0; k < n; k++) {
        double share = list[k].covered / all;
        bool out = fabs(share - 0.95) > allowed;
        print_message("%-16s %s %s %s: truth %8.4f d, mean width %7.4f d, covered in %.1f %% of %g studies%s\n", list[k].file, list[k].first[0], list[k].n_first > 1 ? list[k].first[1] : "",
                      list[k].n_first > 2 ? list[k].first[2] : "", list[k].truth, list[k].widths.mean, 100 * share, all, out ? " (outside)" : "");
        outside += out;
    }
    assert_int_equal(outside, 0);
}

static void cover(const char *model, uint64_t patients, const char *varies, uint64_t first_seed, interval_t *list, size_t n) {
    for (unsigned s = 0; s < studies(); s++) {
        char *text = input(model, patients, first_seed + s, varies);
        lived_t lived;
        live(&lived, text);
        for (size_t k = 0; k < n; k++) look(&list[k], lived.folder);
        lived_end(&lived);
        free(text);
    }
    assert_all_covered(list, n);
}

/* ---- the two floors ------------------------------------------------------------------------------------------------------------------------ */
/* The truths below are what 100 000 patients said. A long run asks as many others: their errors are those of a small study over the square root of how many more they are. */
static void check_truth(const interval_t *i, double found, double patients, double of) {
    double error = i->widths.mean / (2 * 1.96) * sqrt(patients / of);
    print_message("%-16s %s %s: %.4f of %g patients, %.4f here\n", i->file, i->first[0], i->first[1], found, of, i->truth);
    if (fabs(found - i->truth) > 4.5 * sqrt(2) * error) fail_msg("the truth is %g, not %g", found, i->truth);
}

static bool is_long(void) { return studies() >= 500; }

static void compare_covers_the_difference_of_restricted_means(void **state) {
    (void)state;
    static const double TRUTH[TIMES] = {22.5212, 16.0533, 11.0620};
    interval_t list[TIMES];
    for (int e = 0; e < TIMES; e++) list[e] = (interval_t){.file = "compare.csv", .first = {"pulsed", "control", TIME_NAMES[e]}, .n_first = 3, .truth = TRUTH[e]};
    cover(PROCESS, 150, "process.types.S.birth", 1000, list, TIMES);
    if (!is_long()) return;
    many_t many;
    many_live(&many, PROCESS, MANY, 7, "process.types.S.birth");
    for (int e = 0; e < TIMES; e++) check_truth(&list[e], many_rmst(&many, 1, e) - many_rmst(&many, 0, e), 150, MANY);
    many_free(&many);
}

static void synergy_and_attribution_cover_what_they_ask_for(void **state) {
    (void)state;
    static const double INTERACTION[TIMES] = {8.3000, 6.0529, 2.6555}, INDEPENDENT[TIMES] = {19.8186, 14.7025, 7.2635};
    interval_t list[2 * TIMES + 2];
    size_t n = 0;
    for (int e = 0; e < TIMES; e++) {
        const interval_t row = {.file = "synergy.csv", .first = {"interaction", TIME_NAMES[e]}, .n_first = 2, .lower = "lower95", .upper = "upper95", .truth = INTERACTION[e]};
        list[n++] = row;
        list[n] = row;
        list[n].first[0] = "beyond_independent_action";
        list[n++].truth = INDEPENDENT[e];
    }
    list[n] = list[2 * PFS];
    list[n].file = "attribution.csv";
    list[n].n_first = 3;
    memcpy(list[n].first, (const char *[]){"M1", "", "rmst:both"}, sizeof list[n].first);
    list[n + 1] = list[n];
    list[n + 1].first[2] = "excess"; /* the other arms do not feel the row */
    n += 2;
    cover(TUMOUR, 200, "tumour.growth", 5000, list, n);
    if (!is_long()) return;
    many_t many;
    many_live(&many, TUMOUR, MANY, 8, "tumour.growth");
    const rlp_synergy_t *s = &many.study->synergy;
    for (int e = 0; e < TIMES; e++) {
        double both = many_rmst(&many, s->both, e);
        check_truth(&list[2 * e], both - many_rmst(&many, s->without, e), 200, MANY);
        check_truth(&list[2 * e + 1], both - many_later(&many, s->a, s->b, e), 200, MANY);
    }
    many_free(&many);
}

/* All intervals of sweep.csv at once, around the cell that is the best of its study; and the tied cells hold the truly best one. Both by all pairs of cells, so in 95 % or more. */
enum { CELLS = 5 };
typedef struct {
    unsigned held, kept, right, tied; /* all intervals hold; the truly best one is tied; it is the best; tied cells */
} swept_t;

static void look_at_sweep(const char *folder, const double truth[CELLS], swept_t *swept) {
    table_t table;
    size_t best = 0, truly = 0;
    bool held = true;
    table_read(&table, folder, "sweep.csv");
    assert_int_equal(table.n_rows, CELLS);
    for (size_t c = 0; c < CELLS; c++) {
        if (table_number(&table, c, "best") == 1) best = c;
        if (truth[c] > truth[truly]) truly = c;
        swept->tied += table_number(&table, c, "tied") == 1;
    }
    for (size_t c = 0; c < CELLS; c++) {
        double off = truth[c] - truth[best];
        if (c != best) held &= table_number(&table, c, "lower95") <= off && off <= table_number(&table, c, "upper95");
    }
    swept->held += held;
    swept->kept += table_number(&table, truly, "tied") == 1;
    swept->right += best == truly;
    table_free(&table);
}

static void a_sweeps_intervals_hold_all_at_once(void **state) {
    (void)state;
    static const double TRUTH[CELLS] = {60.5250, 60.8310, 60.8800, 60.6763, 60.4630}; /* their differences are right to 0.013 */
    swept_t swept = {0};
    double all = studies(), least = 0.95 - 2.9 * sqrt(0.05 * 0.95 / all);
    for (unsigned s = 0; s < studies(); s++) {
        char *text = input(SWEEP, 200, 9000 + s, "tumour.growth");
        lived_t lived;
        live(&lived, text);
        look_at_sweep(lived.folder, TRUTH, &swept);
        lived_end(&lived);
        free(text);
    }
    print_message("sweep.csv: all %d intervals hold in %.1f %% of %g studies, the truly best cell is tied in %.1f %%, the best in %.1f %%; %.2f cells are tied\n", CELLS - 1,
                  100 * swept.held / all, all, 100 * swept.kept / all, 100 * swept.right / all, swept.tied / all);
    if (is_long()) {
        many_t many;
        many_live(&many, SWEEP, MANY, 9, "tumour.growth");
        const size_t *cell = many.study->sweep.cells;
        for (int c = 0; c < CELLS; c++) {
            double found = many_rmst(&many, cell[c], PFS) - many_rmst(&many, cell[0], PFS);
            print_message("cell %d: %.4f of %d patients, %.4f here\n", c, found, MANY, TRUTH[c] - TRUTH[0]);
            assert_true(fabs(found - TRUTH[c] + TRUTH[0]) < 4.5 * sqrt(2) * 0.013);
        }
        many_free(&many);
    }
    assert_true(swept.held >= least * all && swept.kept >= least * all);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compare_covers_the_difference_of_restricted_means),
        cmocka_unit_test(a_sweeps_intervals_hold_all_at_once),
        cmocka_unit_test(synergy_and_attribution_cover_what_they_ask_for),
    };
    return cmocka_run_group_tests_name("coverage of whole studies", tests, NULL, NULL);
}
