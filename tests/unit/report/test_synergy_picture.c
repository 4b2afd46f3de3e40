/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * synergy.gp: the means and the bars that it draws are those of survival.csv and attribution.csv; gnuplot draws it without a word. */
#include "survey_test.h"

#define HORIZON 150.0
#define STUDY(interact, attribute)                                                                                                                       \
    "title: 'it''s a picture'\n"                                                                                                                         \
    "tumour: {cells: 10000, birth: 0.14 /d, growth: 0.03 /d, sites: {core: {share: 1}}}\n"                                                               \
    "drugs: {drug: {dose: 250 mg, pk: {half_life: 48 h, volume: 2370 L}, effect: {changes: death, max: 0.025 /d, half: 0.2 mg/L}}}\n"                    \
    "interventions: {mwa: {survive: {core: 0.2}, signals: {heat: {add: 1}, scar: {add: 1}}}}\n"                                                          \
    "signals: {heat: {rest: 0, tau: 40 d}, scar: {rest: 0, tau: 80 d}}\n"                                                                                \
    "mechanisms:\n"                                                                                                                                      \
    "  SMALL: {from: heat, to: drug.level, law: factor, slope: 0.5, interaction: " interact "}\n"                                                        \
    "  A_ROW_WITH_A_NAME_THAT_IS_VERY_LONG: {from: scar, to: drug.level, law: factor, slope: 1.5, interaction: " interact "}\n"                          \
    "  AGAINST: {from: scar, to: drug.level, law: factor, slope: -0.5, interaction: " interact "}\n"                                                     \
    "arms: {none: [], drug: [{give: drug, every: 24 h, from: 5 d}], mwa: [{do: mwa, at: 3 d}], both: [{as: mwa}, {give: drug, every: 24 h, from: 5 d}]}\n" \
    "compare: {synergy: {none: none, a: drug, b: mwa, both: both, horizon: 150 d}}\n"                                                                    \
    "endpoints: {progression: {burden: 20000, every: 1 d}, death: {viable: 50000}}\n"                                                                    \
    "cohort: {patients: 100, seed: 4, follow_up: 200 d, variability: {tumour.growth: {lognormal: {sigma: 0.3}}}}\n" attribute
#define MONTH 30.4375

static char *script_of(const lived_t *lived) {
    char path[512], *bytes = NULL;
    size_t length;
    snprintf(path, sizeof path, "%s/synergy.gp", lived->folder);
    if (rlp_file_read_whole(path, &bytes, &length)) fail_msg("%s", rlp_fail_message());
    return bytes;
}

/* Numbers of a block of the script, rows of four at most. */
static size_t block_of(const char *script, const char *name, double rows[][4]) {
    char head[64];
    size_t n = 0;
    snprintf(head, sizeof head, "$%s << EOD\n", name);
    const char *at = strstr(script, head);
    if (!at) return 0;
    for (at += strlen(head); strncmp(at, "EOD", 3); at = strchr(at, '\n') + 1, n++) {
        double row;
        assert_int_equal(sscanf(at, "%lf %lf %lf %lf %lf", &row, &rows[n][0], &rows[n][1], &rows[n][2], &rows[n][3]) >= 4, 1);
        assert_int_equal((int)row, (int)n + 1);
    }
    return n;
}

static void gnuplot_draws_it(const lived_t *lived, const char *path) {
    char command[600];
    assert_int_equal(setenv("PATH", path, 1), 0);
    if (system("command -v gnuplot >/dev/null")) return; /* not installed: nobody draws */
    snprintf(command, sizeof command, "cd %s && [ -z \"$(gnuplot synergy.gp 2>&1)\" ] && [ -s synergy.png ] && [ -s synergy.svg ]", lived->folder);
    assert_int_equal(system(command), 0);
}

static void means_are_those_of_the_arms(void **state) {
    lived_t lived;
    double rows[10][4];
    live(&lived, STUDY("true", ""));
    char *script = script_of(&lived);
    assert_int_equal(block_of(script, "points", rows), 6);
    assert_int_equal(block_of(script, "bars", rows + 6), 0);
    static const char *const ARMS[] = {"both", NULL, NULL, "drug", "mwa", "none"};
    sample_t both = sample_of(&lived, "both", "pfs");
    for (int k = 0; k < 6; k++) {
        sample_t arm = ARMS[k] ? sample_of(&lived, ARMS[k], "pfs") : both;
        if (!ARMS[k]) continue;
        assert_true(fabs(rows[k][0] - plain_mean(&arm, HORIZON) / MONTH) < 1e-7);
        double half = 1.959963984540054 * plain_error((const sample_t *const[]){&both, &arm}, (const double[]){1, -1}, 2, HORIZON) / MONTH;
        assert_true(fabs(rows[k][2] - rows[k][0] - half) < 1e-7 && fabs(rows[k][0] - rows[k][1] - half) < 1e-7);
    }
    for (int k = 1; k < 3; k++) { /* without interactions, and the later of the two: as synergy.csv has them */
        size_t row = table_find(&lived.synergy, (const char *const[]){k == 1 ? "interaction" : "beyond_independent_action", "pfs"}, 2);
        assert_true(fabs(rows[0][0] - rows[k][0] - table_number(&lived.synergy, row, "estimate") / MONTH) < 1e-7);
        assert_true(fabs((rows[k][2] - rows[k][0]) * MONTH - 1.959963984540054 * table_number(&lived.synergy, row, "std_err")) < 1e-6);
        char label[64];
        snprintf(label, sizeof label, "set label '+%.2f (+%.2f to", table_number(&lived.synergy, row, "estimate") / MONTH, table_number(&lived.synergy, row, "lower95") / MONTH);
        assert_non_null(strstr(script, label));
    }
    gnuplot_draws_it(&lived, *state);
    free(script);
    lived_end(&lived);
}

static void bars_are_the_rows_by_size(void **state) {
    static const char *const ORDER[] = {"A_ROW_WITH_A_NAME_THAT_IS_VERY_LONG", "AGAINST", "SMALL", "remainder"};
    lived_t lived;
    double rows[10][4];
    live(&lived, STUDY("true", "attribute: {rows: interaction}\n"));
    char *script = script_of(&lived);
    assert_int_equal(block_of(script, "bars", rows), 4);
    for (int k = 0; k < 4; k++) {
        size_t row = table_find(&lived.attribution, (const char *const[]){ORDER[k], "", "excess"}, 3);
        static const char *const NUMBERS[] = {"last_out", "lower95", "upper95", "first_in"};
        for (int c = 0; c < 4; c++) assert_true(fabs(rows[k][c] * MONTH - table_number(&lived.attribution, row, NUMBERS[c])) < 1e-6);
    }
    assert_true(rows[0][0] > -rows[1][0] && rows[1][0] < 0 && -rows[1][0] > rows[2][0] && rows[2][0] > 0);
    gnuplot_draws_it(&lived, *state);
    free(script);
    lived_end(&lived);
}

/* Rows that nobody feels are counted, not drawn; and of nothing there is no picture but the means. */
static void rows_that_change_nobody_are_left_away(void **state) {
    lived_t lived;
    double rows[10][4];
    live(&lived, STUDY("true", "attribute: {rows: [SMALL, AGAINST], arms: [none, drug, mwa]}\n"));
    char *script = script_of(&lived);
    assert_int_equal(block_of(script, "points", rows), 6);
    assert_int_equal(block_of(script, "bars", rows), 0);
    assert_null(strstr(script, "plot $bars"));
    gnuplot_draws_it(&lived, *state);
    free(script);
    lived_end(&lived);
}

int main(void) {
    static char path[4096];
    snprintf(path, sizeof path, "%s", getenv("PATH"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(means_are_those_of_the_arms, path),
        cmocka_unit_test_prestate(bars_are_the_rows_by_size, path),
        cmocka_unit_test_prestate(rows_that_change_nobody_are_left_away, path),
    };
    return cmocka_run_group_tests_name("synergy_picture", tests, NULL, NULL);
}
