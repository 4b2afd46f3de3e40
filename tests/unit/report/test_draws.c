/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Answers at draws of what is uncertain are what a run at those numbers answers; shares of variance are Sobol's; luck and frailty are told apart. */
#include "../../../solver/report/ignorance.h"
#include "report_test.h"
#include "study.h"

/* ---- whole runs, in memory --------------------------------------------------------------------------------------------------------------- */
typedef struct {
    cohort_t cohort;
    unsigned char **payloads; /* [block] */
} lived_t;

static int read_lived(void *context, uint64_t block, unsigned char *payload) {
    const lived_t *lived = context;
    memcpy(payload, lived->payloads[block], rlp_block_bytes(lived->cohort.study, block));
    return RLP_OK;
}

static void live(lived_t *lived, rlp_study_t *study) {
    rlp_life_t *life;
    uint64_t n = rlp_study_blocks(study);
    setenv("PATH", "/nonexistent", 1); /* no pictures */
    begin_of(&lived->cohort, study);
    lived->cohort.report.read = read_lived;
    lived->cohort.report.context = lived;
    lived->payloads = calloc(n, sizeof *lived->payloads);
    assert_non_null(lived->payloads);
    assert_int_equal(rlp_life_new(&study->trial, &life), RLP_OK);
    for (uint64_t b = 0; b < n; b++) {
        lived->payloads[b] = calloc(1, rlp_block_bytes(study, b));
        assert_non_null(lived->payloads[b]);
        assert_int_equal(rlp_block_run(study, life, b, lived->payloads[b], NULL, NULL), RLP_OK);
    }
    rlp_life_free(life);
    assert_int_equal(write_all_of(&lived->cohort), RLP_OK);
}

static void forget(lived_t *lived) {
    for (uint64_t b = 0; b < rlp_study_blocks(lived->cohort.study); b++) free(lived->payloads[b]);
    free(lived->payloads);
    end(&lived->cohort);
}

/* The rest of the line that starts so, in a file; "" if there is none. */
static void line_of(const lived_t *lived, const char *name, const char *start, char rest[400]) {
    char *bytes = content(&lived->cohort, name), *line = bytes;
    rest[0] = '\0';
    for (; *line; line = strchr(line, '\n') + 1)
        if (!strncmp(line, start, strlen(start))) {
            snprintf(rest, 400, "%.*s", (int)strcspn(line + strlen(start), "\n"), line + strlen(start));
            break;
        }
    free(bytes);
}

/* Cell `at` (from 0) of a line. */
static const char *cell_of(const char *line, int at, char cell[64]) {
    while (at--) line += strcspn(line, ",") + 1;
    snprintf(cell, 64, "%.*s", (int)strcspn(line, ","), line);
    return cell;
}

/* ---- brute force ------------------------------------------------------------------------------------------------------------------------- */
#define DRAWS 6
#define MODEL                                                                                                                                                              \
    "tumour: {cells: 3000, birth: 0.14 /d, growth: 0.02 /d, sites: {core: {share: 1}}}\n"                                                                                   \
    "drugs: {drug: {dose: 250 mg, pk: {half_life: 48 h, volume: 2370 L}, effect: {changes: death, max: 0.03 /d, half: 0.3 mg/L}}}\n"                                        \
    "interventions: {mwa: {survive: {core: 0.3}, signals: {heat: {add: 1}, perfusion: {times: 0.4}}}}\n"                                                                    \
    "signals: {heat: {rest: 0, tau: 20 d}, perfusion: {rest: 1, tau: 30 d}}\n"                                                                                               \
    "mechanisms:\n"                                                                                                                                                         \
    "  M1: {from: heat, to: drug.level, law: factor, slope: 2, interaction: true}\n"                                                                                        \
    "  M45: {from: perfusion, to: drug.level, law: power, power: 0.8, origin: 0, interaction: true}\n"                                                                      \
    "arms: {none: [], drug: [{give: drug, every: 24 h}], mwa: [{do: mwa, at: 3 d}], both: [{as: mwa}, {give: drug, every: 24 h}]}\n"                                        \
    "compare: {reference: drug, synergy: {none: none, a: drug, b: mwa, both: both}}\nendpoints: {progression: {burden: 6000}, death: {viable: 20000}}\n"
#define COHORT "patients: 70, seed: 5, follow_up: 300 d, variability: {tumour.growth: {lognormal: {sigma: 0.3}}}"
#define UNCERTAIN "uncertain: {mechanisms.M1.slope: {lognormal: {sigma: 1}}, mechanisms.M45.power: {uniform: {low: 0, high: 2}}, drugs.drug.effect.max: {normal: {sd: 0.003 /d}},\n" \
                  "  endpoints.progression.burden: {uniform: {low: 5000, high: 7000}}}, draws: 6"

static rlp_study_t *study_with(const char *text, const char *const *sets, size_t n_sets) {
    return study_parse_with(text, (rlp_study_options_t){.sets = sets, .n_sets = n_sets, .attribute = strstr(text, "tumour:") != NULL});
}

static int sign_of(const char *number) {
    double x = strtod(number, NULL);
    return (x > 0) - (x < 0);
}

/* One question's row: where it stands in its own file, and as what in draws.csv. */
typedef struct {
    const char *file, *start;
    int value, std_err, draws; /* cells behind `start` */
    const char *in_draws;
} asked_t;
static const asked_t ASKED[] = {
    {"compare.csv", "both,drug,pfs,", 5, 6, 10, "compare,both against drug,pfs,"},
    {"compare.csv", "mwa,drug,os,", 5, 6, 10, "compare,mwa against drug,os,"},
    {"synergy.csv", "interaction,pfs,", 0, 1, 5, "synergy,interaction,pfs,"},
    {"synergy.csv", "beyond_independent_action,pfs,", 0, 1, 5, "synergy,beyond_independent_action,pfs,"},
    {"synergy.csv", "bliss_excess,os,", 0, 1, 5, "synergy,bliss_excess,os,"},
    {"attribution.csv", "M1,,excess,", 0, 2, 5, "attribution,M1 excess,pfs,"},
    {"attribution.csv", "M45,,rmst:both,", 0, 2, 5, "attribution,M45 rmst:both,pfs,"},
    {"attribution.csv", "remainder,,excess,", 0, 2, 5, "attribution,remainder excess,pfs,"},
};
#define N_ASKED (sizeof ASKED / sizeof *ASKED)

/* Numbers of a draw, as uncertain.csv tells them, set by hand in an input that knows nothing of draws: the same answers to the letter, and as many signs as counted. */
static void a_draw_is_a_run_at_its_numbers(void **state) {
    (void)state;
    lived_t drawn;
    char line[400], ours[64], theirs[64], start[200];
    int holds[N_ASKED] = {0}, written[N_ASKED];
    live(&drawn, study_with(MODEL "cohort: {" COHORT ", " UNCERTAIN "}\n", NULL, 0));
    for (int d = 0; d <= DRAWS; d++) {
        lived_t alone;
        static const char *const PATHS[4] = {"mechanisms.M1.slope", "mechanisms.M45.power", "drugs.drug.effect.max", "endpoints.progression.burden"};
        char sets[4][100];
        const char *const given[4] = {sets[0], sets[1], sets[2], sets[3]};
        snprintf(start, sizeof start, "%d,", d);
        line_of(&drawn, "uncertain.csv", start, line);
        for (int k = 0; k < 4; k++) snprintf(sets[k], sizeof sets[k], "%s=%s%s", PATHS[k], cell_of(line, k, ours), k == 2 ? " /d" : ""); /* a bare one is another thing there */
        live(&alone, study_with(MODEL "cohort: {" COHORT "}\n", given, d ? 4 : 0));
        for (size_t k = 0; k < N_ASKED; k++) {
            const asked_t *asked = &ASKED[k];
            line_of(&alone, asked->file, asked->start, line);
            cell_of(line, asked->value, theirs);
            if (!d) written[k] = sign_of(theirs);
            holds[k] += d && sign_of(theirs) == written[k];
            snprintf(start, sizeof start, "%d,%s", d, asked->in_draws);
            char there[400];
            line_of(&drawn, "draws.csv", start, there);
            assert_string_equal(cell_of(there, 0, ours), theirs);
            assert_true(theirs[0]);
            char error[64];
            assert_string_equal(cell_of(there, 1, ours), cell_of(line, asked->std_err, error));
        }
        forget(&alone);
    }
    int mixed = 0;
    for (size_t k = 0; k < N_ASKED; k++) {
        line_of(&drawn, ASKED[k].file, ASKED[k].start, line);
        assert_int_equal(atoi(cell_of(line, ASKED[k].draws, ours)), DRAWS);
        assert_int_equal(atoi(cell_of(line, ASKED[k].draws + 1, ours)), holds[k]);
        mixed += holds[k] > 0 && holds[k] < DRAWS;
    }
    assert_true(mixed > 0); /* the input is one in which some sign depends on what nobody knows */
    forget(&drawn);
}

static void the_closing_words_tell_signs_and_what_moves_most(void **state) {
    (void)state;
    lived_t drawn;
    live(&drawn, study_with(MODEL "cohort: {" COHORT ", uncertain: {mechanisms.M1.slope: {lognormal: {sigma: 0.01}}, mechanisms.M45.power: {uniform: {low: 0, high: 2}}}, draws: 12}\n", NULL, 0));
    const char *words = rlp_text_string(&drawn.cohort.words);
    char line[400], cell[64], expected[200];
    line_of(&drawn, "synergy.csv", "interaction,pfs,", line);
    snprintf(expected, sizeof expected, "holds its sign in %s of 12 draws", cell_of(line, 6, cell));
    if (!strstr(words, expected)) fail_msg("no '%s' in %s", expected, words);
    if (!strstr(words, "what moves it most: mechanisms.M45.power (rank correlation -")) fail_msg("%s", words);
    forget(&drawn);
}

/* Without draws nothing of it is there. */
static void without_draws_there_are_no_files_of_them(void **state) {
    (void)state;
    lived_t lived;
    char line[400];
    live(&lived, study_with(MODEL "cohort: {" COHORT "}\n", NULL, 0));
    assert_int_equal(names_in(lived.cohort.folder, "draws.csv", false) + names_in(lived.cohort.folder, "uncertain.csv", false) + names_in(lived.cohort.folder, "sensitivity.csv", false) +
                         names_in(lived.cohort.folder, "luck.csv", false),
                     0);
    line_of(&lived, "synergy.csv", "interaction,pfs,", line);
    assert_string_equal(line + strlen(line) - 2, ",,");
    forget(&lived);
}

/* ---- sensitivity ------------------------------------------------------------------------------------------------------------------------- */
#define COMMON 50
/* y = 3 x1 + x2 + 6 (x3 - 1/2)^2 + the mean of errors of 50 patients that are the same at each draw but for a little: their std_err is as large as all that the draws move. */
static int answer_known(const job_t *job, size_t draw, void *context, rlp_contrast_t *rows) {
    const double *errors = context, *x = job->study->uncertain.drawn + (draw ? draw - 1 : 0) * 3;
    double sum = 0, squares = 0, value;
    for (int i = 0; i < COMMON; i++) {
        double e = 8 * errors[i] * (1 + 0.02 * x[0]);
        sum += e / COMMON;
        squares += e * e;
    }
    value = 3 * x[0] + x[1] + 6 * (x[2] - 0.5) * (x[2] - 0.5) + sum;
    double error = sqrt(squares) / COMMON;
    rows[0] = (rlp_contrast_t){value, error, value - 1.96 * error, value + 1.96 * error};
    return RLP_OK;
}

/* Sobol's (1993) first-order shares are known: variances 9/12, 1/12 and 36/180. A parabola on 400 draws leaves them within 0.03 (4 standard errors of R^2 at the largest);
 * taking std_err^2 off the total would lift each of them above its own. */
static void shares_are_sobols_where_patients_are_common(void **state) {
    (void)state;
    rlp_study_t *study = study_with("process: {types: {S: {cells: 10, birth: 0.5 /d, death: 0.4 /d}}}\n"
                                    "cohort: {patients: 3, seed: 11, follow_up: 9 d, draws: 400, uncertain: {process.types.S.birth: {uniform: {low: 0 /d, high: 1 /d}},\n"
                                    "  process.types.S.death: {uniform: {low: 0 /d, high: 1 /d}}, process.types.S.cells: {uniform: {low: 1, high: 1e6}}}}\n",
                                    (const char *const[]){"cohort.until=follow_up"}, 1);
    cohort_t cohort;
    begin_of(&cohort, study);
    job_t job = {.report = &cohort.report, .study = study};
    ignorance_t kept;
    drawn_t drawn;
    double errors[COMMON], y[400], u[400], noise = 0;
    for (int i = 0; i < COMMON; i++) errors[i] = ((i * 37) % COMMON - 24.5) / 14.4; /* standard deviation 1 */
    assert_int_equal(ignorance_open(&kept, &job), RLP_OK);
    assert_int_equal(draws_ask(&job, 1, answer_known, errors, &drawn), RLP_OK);
    draws_name(&drawn, 0, "pfs", "an \"answer\", known");
    assert_int_equal(draws_keep(&job, "sweep", &drawn), RLP_OK);
    assert_int_equal(ignorance_finish(&kept, &job), RLP_OK);
    const double total = 9.0 / 12 + 1.0 / 12 + 36.0 / 180, shares[3] = {9.0 / 12 / total, 1.0 / 12 / total, 36.0 / 180 / total};
    static const char *const PATHS[3] = {"birth", "death", "cells"};
    for (int k = 0; k < 3; k++) {
        char start[100], line[400], cell[64];
        lived_t view = {.cohort = cohort};
        snprintf(start, sizeof start, "sweep,\"an \"\"answer\"\", known\",pfs,process.types.S.%s,", PATHS[k]);
        line_of(&view, "sensitivity.csv", start, line);
        double share = strtod(cell_of(line, 3, cell), NULL), rank = strtod(cell_of(line, 0, cell), NULL);
        if (!(fabs(share - shares[k]) < 0.03)) fail_msg("%s: %g, not %g", PATHS[k], share, shares[k]);
        assert_true(k == 2 ? fabs(rank) < 0.2 : rank > 0.2);
    }
    for (size_t d = 0; d < 400; d++) {
        y[d] = draws_row(&drawn, d + 1, 0)->value;
        u[d] = study->uncertain.drawn[d * 3];
        noise += draws_row(&drawn, d + 1, 0)->std_err * draws_row(&drawn, d + 1, 0)->std_err / 400;
    }
    double corrected = rlp_influence_of(400, u, y, noise).first_order; /* what is not done, and why */
    assert_true(isnan(corrected) || corrected > shares[0] + 0.15);
    draws_free(&drawn);
    ignorance_free(&kept);
    end(&cohort);
}

/* A yes or no: its share is known, and its correlation goes with the number, not with the draw. */
static int answer_yes(const job_t *job, size_t draw, void *context, rlp_contrast_t *rows) {
    (void)context;
    double u = draw ? job->study->uncertain.drawn[(draw - 1) * 2] : 0, other = draw ? job->study->uncertain.drawn[(draw - 1) * 2 + 1] : 0.5;
    double value = (u < 0.25 ? 0.4 : 0.9) + other; /* the number itself: written 0.4 for a quarter, else 0.9 */
    rows[0] = (rlp_contrast_t){value, 0, value, value};
    return RLP_OK;
}

static void a_yes_or_no_is_judged_by_its_two_values(void **state) {
    (void)state;
    rlp_study_t *study = study_with("process: {types: {S: {cells: 10, birth: 0.4 /d, death: 0.4 /d}}}\n"
                                    "cohort: {patients: 3, seed: 12, follow_up: 9 d, draws: 400, uncertain: {process.types.S.birth: {bernoulli: {share: 0.25, else: 0.9 /d}},\n"
                                    "  process.types.S.death: {uniform: {low: 0 /d, high: 1 /d}}}}\n",
                                    NULL, 0);
    lived_t view;
    begin_of(&view.cohort, study);
    job_t job = {.report = &view.cohort.report, .study = study};
    ignorance_t kept;
    drawn_t drawn;
    char line[400], cell[64];
    assert_int_equal(ignorance_open(&kept, &job), RLP_OK);
    assert_int_equal(draws_ask(&job, 1, answer_yes, NULL, &drawn), RLP_OK);
    draws_name(&drawn, 0, "os", "yes");
    assert_int_equal(draws_keep(&job, "sweep", &drawn), RLP_OK);
    assert_int_equal(ignorance_finish(&kept, &job), RLP_OK);
    line_of(&view, "sensitivity.csv", "sweep,yes,os,process.types.S.birth,", line);
    double own = 0.25 * 0.25 * 0.75, share = strtod(cell_of(line, 3, cell), NULL);
    assert_true(fabs(share - own / (own + 1.0 / 12)) < 0.03);
    assert_true(strtod(cell_of(line, 0, cell), NULL) > 0.4);
    const third_t *thirds = kept.judged[0].thirds; /* moved most by the other: its thirds, whatever the two values do */
    assert_int_equal(kept.judged[0].path, 1);
    assert_int_equal(thirds[0].n + thirds[1].n + thirds[2].n, 400);
    assert_true(thirds[0].to <= thirds[1].from && thirds[1].to <= thirds[2].from && thirds[0].mean < thirds[1].mean && thirds[1].mean < thirds[2].mean);
    draws_free(&drawn);
    ignorance_free(&kept);
    end(&view.cohort);
}

/* ---- luck -------------------------------------------------------------------------------------------------------------------------------- */
#define LIVES 4
/* From one cell to two at rate b: T is exponential, and ln T = -ln b + ln E, with var(ln E) = pi^2/6 for luck and sigma^2 for b between patients. */
static void luck_of(const char *variability, size_t patients, double found[6]) {
    lived_t lived;
    char text[600], line[400], cell[64];
    snprintf(text, sizeof text,
             "process: {types: {S: {cells: 1, birth: 0.1 /d, death: 0}}}\nendpoints: {progression: {burden: 2}}\nengine: {name: direct}\n"
             "cohort: {patients: %zu, seed: 3, follow_up: 100000 d, until: progression, replicates: 4%s}\n",
             patients, variability);
    live(&lived, study_with(text, NULL, 0));
    line_of(&lived, "luck.csv", "all,pfs,", line);
    for (int k = 0; k < 6; k++) found[k] = strtod(cell_of(line, 2 + k, cell), NULL);
    assert_int_equal(atoi(cell_of(line, 0, cell)), patients);
    assert_int_equal(atoi(cell_of(line, 1, cell)), LIVES);
    line_of(&lived, "luck.csv", "all,os,", line);
    assert_string_equal(line, ""); /* with until: progression nobody knows */
    line_of(&lived, "luck.csv", "all,ttp,", line);
    assert_string_equal(line, "");
    forget(&lived);
}

/* 600 patients, 4 lives each: var(ln E) has excess kurtosis 12/5, so the mean square within is pi^2/6 +- 0.081; 4.4 of them: false alarm 1e-5. The interval of the share covers
 * 0 but once in 40 seeds. */
static void where_patients_are_alike_all_is_luck(void **state) {
    (void)state;
    double found[6];
    luck_of("", 600, found);
    assert_true(fabs(found[0] - M_PI * M_PI / 6) < 4.4 * 0.081);
    assert_true(found[3] == 0);
    assert_true(found[4] < 0.15);
    assert_true(found[5] == 0);
}

/* sigma = 1: share 1 / (1 + pi^2/6) = 0.378; the interval covers it but once in 20 seeds. */
static void a_known_frailty_is_found(void **state) {
    (void)state;
    double found[6], truth = 1 / (1 + M_PI * M_PI / 6);
    luck_of(", variability: {process.types.S.birth: {lognormal: {sigma: 1}}}", 600, found);
    assert_true(fabs(found[0] - M_PI * M_PI / 6) < 4.4 * 0.081);
    assert_true(fabs(found[1] - 1) < 4.4 * 0.09); /* sqrt(2/600) (1 + pi^2/24) */
    assert_true(found[3] < truth && truth < found[4] && found[4] - found[3] < 0.12);
}

/* ---- failures ---------------------------------------------------------------------------------------------------------------------------- */
static void live_all(lived_t *lived) {
    rlp_study_t *study = study_with("process: {types: {S: {cells: 1, birth: 0.1 /d, death: 0}}}\nendpoints: {progression: {burden: 2}}\n"
                                    "arms: {one: {}, two: {timeline: [{at: 3 d, set: {S: {birth: 0.2 /d}}}]}}\n"
                                    "cohort: {patients: 4, seed: 3, follow_up: 100 d, replicates: 3, draws: 11, uncertain: {'process.types.*.birth': {normal: {sd: 0.001 /d}, draw: each}}}\n",
                                    (const char *const[]){"cohort.until=progression"}, 1);
    live(lived, study);
}

static void a_name_that_is_taken_is_an_io_error(void **state) {
    (void)state;
    static const char *const FILES[] = {"uncertain.csv", "draws.csv", "sensitivity.csv", "luck.csv"};
    lived_t lived;
    live_all(&lived);
    for (size_t f = 0; f < sizeof FILES / sizeof *FILES; f++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", lived.cohort.folder, FILES[f]);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(write_all_of(&lived.cohort), RLP_ERROR_IO);
        assert_non_null(strstr(rlp_fail_message(), FILES[f]));
        assert_int_equal(names_in(lived.cohort.folder, ".part", false), 0);
        assert_int_equal(rmdir(path), 0);
    }
    assert_int_equal(write_all_of(&lived.cohort), RLP_OK);
    forget(&lived);
}

static void without_memory_nothing_is_half_done(void **state) {
    (void)state;
    lived_t lived;
    live_all(&lived);
    (void)rlp_memory_fail_at(0);
    assert_int_equal(write_all_of(&lived.cohort), RLP_OK);
    size_t asked = rlp_memory_fail_at(0);
    assert_true(asked > 100);
    for (size_t n = 1; n <= asked; n++) {
        (void)rlp_memory_fail_at(n);
        rlp_text_free(&lived.cohort.words);
        int rc = rlp_report_write(&lived.cohort.report, &lived.cohort.words, &lived.cohort.failed);
        if (rc != RLP_ERROR_MEMORY && !(rc == RLP_OK && lived.cohort.words.length)) fail_msg("allocation %zu of %zu: %s", n, asked, rlp_error_name(rc));
        assert_int_equal(names_in(lived.cohort.folder, ".part", false), 0);
    }
    (void)rlp_memory_fail_at(0);
    forget(&lived);
}

/* Where the estimate is 0 as written, a draw without an estimate is none in which that holds. */
static void what_is_undefined_holds_no_sign(void **state) {
    cohort_t cohort;
    rlp_contrast_t at[] = {{.value = 0}, {.value = NAN}, {.value = 0}, {.value = 1}};
    const drawn_t drawn = {.n_rows = 1, .n_draws = 3, .at = at};
    sheet_t sheet;
    (void)state;
    begin(&cohort, TINY("follow_up"));
    sheet_init(&sheet);
    assert_int_equal(sheet_open(&sheet, cohort.folder, "signs.csv", "draws,sign_holds"), RLP_OK);
    draws_columns(&sheet, &drawn, 0);
    sheet_end_row(&sheet);
    assert_int_equal(sheet_finish(&sheet), RLP_OK);
    sheet_free(&sheet);
    char *bytes = content(&cohort, "signs.csv");
    assert_string_equal(bytes, "draws,sign_holds\n3,1\n");
    free(bytes);
    end(&cohort);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_draw_is_a_run_at_its_numbers),
        cmocka_unit_test(the_closing_words_tell_signs_and_what_moves_most),
        cmocka_unit_test(without_draws_there_are_no_files_of_them),
        cmocka_unit_test(shares_are_sobols_where_patients_are_common),
        cmocka_unit_test(a_yes_or_no_is_judged_by_its_two_values),
        cmocka_unit_test(where_patients_are_alike_all_is_luck),
        cmocka_unit_test(a_known_frailty_is_found),
        cmocka_unit_test(what_is_undefined_holds_no_sign),
        cmocka_unit_test(a_name_that_is_taken_is_an_io_error),
        cmocka_unit_test(without_memory_nothing_is_half_done),
    };
    return cmocka_run_group_tests_name("draws", tests, NULL, NULL);
}
