/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The rows of attribution.csv against separate runs in which the user switches rows off himself (`enabled: false`), from their survival.csv alone.
 *
 * M1 and M2 are interactions that overlap (both raise the drug's level), M9 acts in two of the four arms. */
#include "survey_test.h"

#define HORIZON 150.0
#define STUDY(m1, m2, m9, attribute)                                                                                                                     \
    "tumour: {cells: 10000, birth: 0.14 /d, growth: 0.03 /d, sites: {core: {share: 1}}}\n"                                                               \
    "drugs: {drug: {dose: 250 mg, pk: {half_life: 48 h, volume: 2370 L}, effect: {changes: death, max: 0.025 /d, half: 0.2 mg/L}}}\n"                    \
    "interventions: {mwa: {survive: {core: 0.2}, signals: {heat: {add: 1}, scar: {add: 1}}}}\n"                                                          \
    "signals: {heat: {rest: 0, tau: 40 d}, scar: {rest: 0, tau: 80 d}}\n"                                                                                \
    "mechanisms:\n"                                                                                                                                      \
    "  M1: {from: heat, to: drug.level, law: factor, slope: 2, interaction: true, enabled: " m1 "}\n"                                                    \
    "  M2: {from: scar, to: drug.level, law: factor, slope: 1.5, interaction: true, enabled: " m2 "}\n"                                                  \
    "  M9: {from: heat, to: death, law: linear, slope: 0.01, enabled: " m9 "}\n"                                                                         \
    "arms: {none: [], drug: [{give: drug, every: 24 h, from: 5 d}], mwa: [{do: mwa, at: 3 d}], both: [{as: mwa}, {give: drug, every: 24 h, from: 5 d}]}\n" \
    "compare: {synergy: {none: none, a: drug, b: mwa, both: both, horizon: 150 d}}\n"                                                                    \
    "endpoints: {progression: {burden: 20000, every: 1 d}, death: {viable: 50000}}\n"                                                                    \
    "cohort: {patients: 150, seed: 4, follow_up: 200 d, variability: {tumour.growth: {lognormal: {sigma: 0.3}}}}\n" attribute
#define ON "true"
#define OFF "false"

static size_t row_of(const lived_t *lived, const char *mechanism, const char *partner, const char *quantity) {
    return table_find(&lived->attribution, (const char *const[]){mechanism, partner, quantity}, 3);
}

/* RMST of an arm in a run of its own. */
static sample_t run_arm(const char *text, const char *arm, const char *endpoint) {
    lived_t lived;
    live(&lived, text);
    sample_t sample = sample_of(&lived, arm, endpoint);
    lived_end(&lived);
    return sample;
}

static void assert_row(const lived_t *lived, const char *mechanism, const char *partner, const char *quantity, double last_out, double first_in, double error) {
    size_t row = row_of(lived, mechanism, partner, quantity);
    assert_near(table_number(&lived->attribution, row, "last_out"), last_out, "last_out");
    assert_near(table_number(&lived->attribution, row, "first_in"), first_in, "first_in");
    assert_near(table_number(&lived->attribution, row, "std_err"), error, "the error of last_out");
    assert_near(table_number(&lived->attribution, row, "lower95"), last_out - 1.959963984540054 * error, "its lower end");
    assert_near(table_number(&lived->attribution, row, "upper95"), last_out + 1.959963984540054 * error, "its upper end");
}

/* The closing words have the row with its two numbers, behind `before`. */
static void assert_words(const lived_t *lived, double last_out, double first_in, const char *row, const char *before) {
    char line[200], end[60];
    const char *words = rlp_text_string(&lived->words), *at;
    snprintf(line, sizeof line, "%s  %s: worth %+.2f (", before, row, last_out / (365.25 / 12));
    snprintf(end, sizeof end, " months beside all others, %+.2f alone\n", first_in / (365.25 / 12));
    at = strstr(words, line);
    if (!at || !strstr(at + 1, end) || strchr(at + strlen(before), '\n') < strstr(at + 1, end)) fail_msg("no '%s...%s' in: %s", line, end, words);
}

static double difference_error(const sample_t *one, const sample_t *other) {
    return plain_error((const sample_t *const[]){one, other}, (const double[]){1, -1}, 2, HORIZON);
}

/* One row: what it brings last is what it brings first, and the interaction; nothing remains. */
static void of_one_row_out_in_and_interaction_are_one(void **state) {
    (void)state;
    lived_t lived;
    live(&lived, STUDY(ON, OFF, OFF, "attribute: {rows: [M1]}\n"));
    sample_t on = run_arm(STUDY(ON, OFF, OFF, ""), "both", "pfs"), off = run_arm(STUDY(OFF, OFF, OFF, ""), "both", "pfs");
    double value = plain_mean(&on, HORIZON) - plain_mean(&off, HORIZON), error = difference_error(&on, &off);
    assert_true(value > 1);
    assert_near(table_number(&lived.synergy, table_find(&lived.synergy, (const char *const[]){"interaction", "pfs"}, 2), "estimate"), value, "the interaction");
    assert_row(&lived, "M1", "", "rmst:both", value, value, error);
    assert_row(&lived, "M1", "", "excess", value, value, error); /* silent in the three other arms */
    static const char *const SILENT[] = {"rmst:none", "rmst:drug", "rmst:mwa"};
    for (size_t a = 0; a < 3; a++) assert_row(&lived, "M1", "", SILENT[a], 0, 0, 0);
    for (size_t a = 0; a < 3; a++) assert_row(&lived, "remainder", "", SILENT[a], 0, 0, 0);
    assert_row(&lived, "remainder", "", "rmst:both", 0, 0, 0);
    assert_row(&lived, "remainder", "", "excess", 0, 0, 0);
    assert_words(&lived, value, value, "M1", ", of both - drug - mwa + none)\n");
    assert_null(strstr(rlp_text_string(&lived.words), "they do not add up"));
    lived_end(&lived);
}

/* Two rows, four runs: full, without one, without the other, without both. The remainder is the interaction of the pair, with the sign of the order. */
static void of_two_rows_the_interaction_of_the_pair_remains(void **state) {
    (void)state;
    lived_t lived;
    live(&lived, STUDY(ON, ON, OFF, "attribute: {rows: interaction, pairs: [[M2, M1]], arms: [both], endpoint: os}\n"));
    sample_t full = run_arm(STUDY(ON, ON, OFF, ""), "both", "os"), no1 = run_arm(STUDY(OFF, ON, OFF, ""), "both", "os"), no2 = run_arm(STUDY(ON, OFF, OFF, ""), "both", "os"),
             none = run_arm(STUDY(OFF, OFF, OFF, ""), "both", "os");
    double f = plain_mean(&full, HORIZON), m1 = plain_mean(&no1, HORIZON), m2 = plain_mean(&no2, HORIZON), n = plain_mean(&none, HORIZON), pair = f - m1 - m2 + n;
    assert_true(f > m1 && f > m2 && m1 > n && m2 > n && fabs(m1 - m2) > 0.1 && pair < -0.1);
    assert_row(&lived, "M1", "", "rmst:both", f - m1, m2 - n, difference_error(&full, &no1));
    assert_row(&lived, "M2", "", "rmst:both", f - m2, m1 - n, difference_error(&full, &no2));
    assert_row(&lived, "M2", "M1", "rmst:both", f - n, f - n, difference_error(&full, &none));
    const sample_t *const four[] = {&full, &no1, &no2, &none};
    assert_row(&lived, "remainder", "", "rmst:both", -pair, pair, plain_error(four, (const double[]){-1, 1, 1, -1}, 4, HORIZON));
    assert_int_equal(lived.attribution.n_rows, 4); /* one arm: there is no excess */
    assert_words(&lived, f - n, f - n, "M2 + M1", "\nwhich rows of mechanisms carry it? (the same patients, mean OS to 4.928 months, of both)\n");
    assert_words(&lived, fmax(f - m1, f - m2), f - m1 > f - m2 ? m2 - n : m1 - n, f - m1 > f - m2 ? "M1" : "M2", " alone\n"); /* the pair, then the larger row */
    lived_end(&lived);
}

/* M9 acts in two arms: the excess is their signed sum, row by row, and the error knows that they share patients. */
static void the_excess_is_the_signed_sum_of_four_arms(void **state) {
    (void)state;
    static const char *const ARMS[] = {"none", "drug", "mwa", "both"}, *const MARKS[] = {"M1", "M9", "remainder"};
    static const double SIGN[] = {1, -1, -1, 1, -1, 1, 1, -1};
    lived_t lived;
    live(&lived, STUDY(ON, ON, ON, "attribute: {rows: [M9, M1], pairs: [[M1, M9]]}\n"));
    sample_t of[8];
    const sample_t *list[8];
    for (size_t a = 0; a < 4; a++) {
        of[a] = run_arm(STUDY(ON, ON, ON, ""), ARMS[a], "pfs");
        of[4 + a] = run_arm(STUDY(ON, ON, OFF, ""), ARMS[a], "pfs");
    }
    for (size_t k = 0; k < 8; k++) list[k] = &of[k];
    double value = 0;
    for (size_t k = 0; k < 8; k++) value += SIGN[k] * plain_mean(list[k], HORIZON);
    size_t row = row_of(&lived, "M9", "", "excess");
    assert_true(fabs(value) > 0.1);
    assert_near(table_number(&lived.attribution, row, "last_out"), value, "M9 in the excess");
    assert_near(table_number(&lived.attribution, row, "std_err"), plain_error(list, SIGN, 8, HORIZON), "its error");
    for (size_t m = 0; m < 3; m++) {
        double out = 0, in = 0;
        for (size_t a = 0; a < 4; a++) {
            char quantity[32];
            snprintf(quantity, sizeof quantity, "rmst:%s", ARMS[a]);
            size_t r = row_of(&lived, MARKS[m], "", quantity);
            out += SIGN[a] * table_number(&lived.attribution, r, "last_out");
            in += SIGN[a] * table_number(&lived.attribution, r, "first_in");
        }
        row = row_of(&lived, MARKS[m], "", "excess");
        assert_near(table_number(&lived.attribution, row, "last_out"), out, "last_out of the excess");
        assert_near(table_number(&lived.attribution, row, "first_in"), in, "first_in of the excess");
    }
    lived_end(&lived);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_one_row_out_in_and_interaction_are_one),
        cmocka_unit_test(of_two_rows_the_interaction_of_the_pair_remains),
        cmocka_unit_test(the_excess_is_the_signed_sum_of_four_arms),
    };
    return cmocka_run_group_tests_name("attribution", tests, NULL, NULL);
}
