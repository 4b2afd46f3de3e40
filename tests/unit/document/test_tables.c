/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tables of keys: what is said about a map, and what is read from it. */
#include <float.h>
#include <math.h>

#include "document_test.h"

static const rlp_key_t KEYS[] = {
    {"cells", RLP_KEY_WHOLE, true, RLP_DIMENSION_COUNT, 0, 4e18, NAN, NULL, "cells at the start"},
    {"birth", RLP_KEY_NUMBER, true, RLP_DIMENSION_RATE, 0, 10, NAN, NULL, "division rate"},
    {"death", RLP_KEY_NUMBER, false, RLP_DIMENSION_RATE, 0, 10, 0.5, NULL, "death rate"},
    {"share", RLP_KEY_NUMBER, false, RLP_DIMENSION_SHARE, 0, 1, NAN, NULL, "a share"},
    {"delay", RLP_KEY_NUMBER, false, RLP_DIMENSION_TIME, DBL_MIN, INFINITY, 1, NULL, "a delay"},
    {"until", RLP_KEY_NUMBER, false, RLP_DIMENSION_TIME, -INFINITY, 5, 1, NULL, "an end"},
    {"from", RLP_KEY_NUMBER, false, RLP_DIMENSION_TIME, 2, INFINITY, 3, NULL, "a start"},
    {"half", RLP_KEY_NUMBER, false, RLP_DIMENSION_CONCENTRATION, 0, INFINITY, 1, NULL, "half effect"},
    {"law", RLP_KEY_WORD, false, RLP_DIMENSION_NUMBER, 0, 0, 0, "none|logistic|gompertz", "law of growth"},
    {"flag", RLP_KEY_FLAG, false, RLP_DIMENSION_NUMBER, 0, 0, 1, NULL, "a switch"},
    {"title", RLP_KEY_TEXT, false, RLP_DIMENSION_NUMBER, 0, 0, 0, NULL, "a title"},
    {"sites", RLP_KEY_MAP, false, RLP_DIMENSION_NUMBER, 0, 0, 0, NULL, "sites"},
    {"rows", RLP_KEY_LIST, false, RLP_DIMENSION_NUMBER, 0, 0, 0, NULL, "rows"},
    {"any", RLP_KEY_ANY, false, RLP_DIMENSION_NUMBER, 0, 0, 0, NULL, "anything"},
};
#define N_KEYS (sizeof KEYS / sizeof *KEYS)

static const rlp_node_t *first(reading_t *reading) { return root_of(reading)->items[0]; }

static void whatever_is_wrong_with_a_map_is_said(void **state) {
    (void)state;
    static const struct {
        const char *yaml, *says;
    } CASES[] = {
        {"T: {cells: 1, brith: 2, birth: 1}", "in.yaml:1:15: error: unknown key 'brith' in a type; did you mean 'birth'?\n"},
        {"T: {cells: 1, zzzzzz: 2, birth: 1}",
         "in.yaml:1:15: error: unknown key 'zzzzzz' in a type; known keys: cells, birth, death, share,"},
        {"T: {cells: 1}", "in.yaml:1:1: error: a type needs 'birth' (division rate)\n"},
        {"T: {}", "a type needs 'cells' (cells at the start)"},
        {"T:", "in.yaml:1:1: error: a type T has no value; expected a map ({} for an empty one)"},
        {"T: 5", "in.yaml:1:4: error: expected a map for a type, this is text"},
        {"T: [a]", "expected a map for a type, this is a list"},
        {"T: {cells: 1, birth: {a: 1}}", "in.yaml:1:22: error: birth is a map; expected a rate (/d, "},
        {"T: {cells: [1], birth: 1}", "cells is a list; expected a whole number"},
        {"T: {cells: 1, birth: }", "birth has no value; expected a rate"},
        {"T: {cells: 1, birth: 1, sites: 3}", "sites is '3'; expected a map"},
        {"T: {cells: 1, birth: 1, rows: {}}", "rows is a map; expected a list"},
        {"T: {cells: 1, birth: 1, title: []}", "title is a list; expected text"},
        {"T: {cells: 1, birth: 1, law: {}}", "law is a map; expected none, logistic or gompertz"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        reading_t reading;
        read_yaml(&reading, CASES[i].yaml);
        bool is_map = rlp_map_check(first(&reading), KEYS, N_KEYS, "a type", reading.diagnostics);
        assert_int_equal(is_map, first(&reading)->kind == RLP_NODE_MAP);
        assert_says(&reading, CASES[i].says);
        end_reading(&reading);
    }
}

static void a_right_map_is_passed_in_silence(void **state) {
    (void)state;
    reading_t reading;
    read_yaml(&reading, "T: {cells: 3e9, birth: 0.14 /d, law: gompertz, flag: false, title: 5, sites: {}, rows: [], any: , share: 5 %}");
    const rlp_node_t *map = first(&reading);
    rlp_diagnostics_t *to = reading.diagnostics;
    assert_true(rlp_map_check(map, KEYS, N_KEYS, "a type", to));
    assert_true(rlp_read_whole(map, KEYS, N_KEYS, "cells", to) == 3000000000LL);
    assert_true(rlp_read_number(map, KEYS, N_KEYS, "birth", to) == 0.14);
    assert_true(rlp_read_number(map, KEYS, N_KEYS, "death", to) == 0.5);
    assert_true(rlp_read_number(map, KEYS, N_KEYS, "share", to) == 0.05);
    assert_int_equal(rlp_read_word(map, KEYS, N_KEYS, "law", to), 2);
    assert_false(rlp_read_flag(map, KEYS, N_KEYS, "flag", to));
    assert_string_equal(rlp_read_text(map, KEYS, N_KEYS, "title", to), "5");
    assert_nothing_wrong(&reading);
    end_reading(&reading);
}

static void absent_members_give_the_fallback(void **state) {
    (void)state;
    reading_t reading;
    read_yaml(&reading, "T: {}");
    const rlp_node_t *maps[] = {first(&reading), NULL};
    rlp_diagnostics_t *to = reading.diagnostics;
    for (int i = 0; i < 2; i++) {
        assert_true(rlp_read_number(maps[i], KEYS, N_KEYS, "death", to) == 0.5);
        assert_true(isnan(rlp_read_number(maps[i], KEYS, N_KEYS, "share", to)));
        assert_true(rlp_read_number(maps[i], KEYS, N_KEYS, "birth", to) == 0);
        assert_true(rlp_read_whole(maps[i], KEYS, N_KEYS, "cells", to) == 0);
        assert_int_equal(rlp_read_word(maps[i], KEYS, N_KEYS, "law", to), 0);
        assert_true(rlp_read_flag(maps[i], KEYS, N_KEYS, "flag", to));
        assert_null(rlp_read_text(maps[i], KEYS, N_KEYS, "title", to));
    }
    assert_nothing_wrong(&reading);
    end_reading(&reading);
}

/* What a number reads as, and what is said of it: NULL, nothing. */
typedef struct {
    const char *yaml, *name, *says;
    double gives;
    long long whole; /* of `cells`, exactly */
} number_t;

static void judge_number(const number_t *number) {
    reading_t reading;
    bool whole = !strcmp(number->name, "cells");
    read_yaml(&reading, number->yaml);
    rlp_diagnostics_t *to = reading.diagnostics;
    for (int turn = 0; turn < 2; turn++) { /* read again after the check of the map: the same, and nothing is said twice */
        size_t errors = rlp_diagnostics_errors(to);
        if (whole && rlp_read_whole(first(&reading), KEYS, N_KEYS, number->name, to) != number->whole) fail_msg("%s", number->yaml);
        if (!whole && rlp_read_number(first(&reading), KEYS, N_KEYS, number->name, to) != number->gives) fail_msg("%s", number->yaml);
        if (turn) assert_int_equal(rlp_diagnostics_errors(to), errors);
        if (number->says)
            assert_says(&reading, number->says);
        else if (!turn)
            assert_nothing_wrong(&reading);
        if (!turn) (void)rlp_map_check(first(&reading), KEYS, N_KEYS, "a type", to);
    }
    end_reading(&reading);
}

static void wrong_numbers_name_value_unit_and_range(void **state) {
    (void)state;
    static const number_t NUMBERS[] = {
        {"T: {birth: 12 /d}", "birth", "in.yaml:1:12: error: birth is 12 /d; expected a rate between 0 and 10 /d\n", 10, 0},
        {"T: {birth: 12}", "birth", "birth is 12 /d; expected a rate between 0 and 10 /d\n", 10, 0},
        {"T: {birth: -1 /h}", "birth", "birth is -1 /h, that is -24 /d; expected a rate between 0 and 10 /d\n", 0, 0},
        {"T: {birth: 7 d}", "birth", "birth is '7 d': 'd' is the unit of a time; expected a rate (/d,", 0, 0},
        {"T: {death: -1}", "death", "death is -1 /d; expected a rate between 0 and 10 /d\n", 0.5, 0},
        {"T: {share: 120 %}", "share", "share is 120 %; expected a share between 0 and 1\n", 1, 0},
        {"T: {delay: 0}", "delay", "delay is 0 d; expected a time above 0\n", 1, 0},
        {"T: {until: 2 wk}", "until", "until is 2 wk, that is 14 d; expected a time of at most 5 d\n", 1, 0},
        {"T: {from: 1}", "from", "from is 1 d; expected a time of at least 2 d\n", 3, 0},
        {"T: {half: 1 umol/L}", "half", "half is '1 umol/L': 'umol/L' needs a molar_mass; expected a concentration (", 1, 0},
        {"T: {death: x}", "death", "death is 'x': it is not a number; expected a rate (", 0.5, 0},
        {"T: {death: \"\"}", "death", "death is '': it is empty", 0.5, 0},
        {"T: {death: [1]}", "death", "death is a list; expected a rate (", 0.5, 0},
    };
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) judge_number(&NUMBERS[i]);
}

static void whole_numbers_are_exact_and_bounded(void **state) {
    (void)state;
    static const number_t NUMBERS[] = {
        {"T: {cells: 9007199254740993}", "cells", NULL, 0, 9007199254740993LL},
        {"T: {cells: 123456789012345678}", "cells", NULL, 0, 123456789012345678LL},
        {"T: {cells: 3.0e+10}", "cells", NULL, 0, 30000000000LL},
        {"T: {cells: 4e18}", "cells", NULL, 0, 4000000000000000000LL},
        {"T: {cells: 10 cells}", "cells", NULL, 0, 10},
        {"T: {cells: 10.5}", "cells", "cells is 10.5 cells; expected a whole number between 0 and 4e+18 cells\n", 0, 10},
        {"T: {cells: 1e30}", "cells", "expected a whole number between", 0, 4000000000000000000LL},
        {"T: {cells: -1}", "cells", "cells is -1 cells; expected a whole number", 0, 0},
        {"T: {cells: many}", "cells", "cells is 'many': it is not a number", 0, 0},
    };
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) judge_number(&NUMBERS[i]);
}

static void words_and_flags_are_what_the_table_says(void **state) {
    (void)state;
    reading_t reading;
    read_yaml(&reading, "T: {law: logistik, flag: yes}\n");
    assert_int_equal(rlp_read_word(first(&reading), KEYS, N_KEYS, "law", reading.diagnostics), 0);
    assert_true(rlp_read_flag(first(&reading), KEYS, N_KEYS, "flag", reading.diagnostics));
    assert_says(&reading, "in.yaml:1:10: error: law is 'logistik'; expected none, logistic or gompertz\n");
    assert_says(&reading, "in.yaml:1:26: error: flag is 'yes'; expected true or false\n");
    end_reading(&reading);
    static const char *const WORDS[] = {"none", "logistic", "gompertz"};
    for (size_t i = 0; i < 3; i++) {
        char yaml[64];
        snprintf(yaml, sizeof yaml, "T: {law: %s}", WORDS[i]);
        read_yaml(&reading, yaml);
        assert_int_equal(rlp_read_word(first(&reading), KEYS, N_KEYS, "law", reading.diagnostics), i);
        assert_nothing_wrong(&reading);
        end_reading(&reading);
    }
}

static void molar_masses_open_molar_units(void **state) {
    (void)state;
    reading_t reading;
    read_yaml(&reading, "T: {half: 0.06 umol/L}\n");
    double value = rlp_read_number_molar(first(&reading), KEYS, N_KEYS, "half", 446.9, reading.diagnostics);
    assert_true(fabs(value - 0.026814) < 1e-15);
    assert_nothing_wrong(&reading);
    end_reading(&reading);
}

static void the_nearest_word_is_near(void **state) {
    (void)state;
    static const char *const KNOWN[] = {"birth", "death", "cells", "at", "probability", "progression"};
    static const struct {
        const char *word, *nearest;
    } CASES[] = {{"brith", "birth"},
                 {"deaths", "death"},
                 {"cell", "cells"},
                 {"probabilty", "probability"},
                 {"porbabilty", "probability"},
                 {"ta", "at"},
                 {"birth", "birth"},
                 {"a", "at"},
                 {"Birth", "birth"},
                 {"xyz", NULL},
                 {"", NULL},
                 {"x", NULL},
                 {"mirage", NULL},
                 {"bt", "at"},
                 {"progresion", "progression"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const char *found = rlp_nearest(CASES[i].word, KNOWN, sizeof KNOWN / sizeof *KNOWN);
        if ((found == NULL) != (CASES[i].nearest == NULL) || (found && strcmp(found, CASES[i].nearest)))
            fail_msg("%s: %s", CASES[i].word, found ? found : "none");
    }
    char longest[300];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_null(rlp_nearest(longest, KNOWN, 6));
    assert_null(rlp_nearest("a", KNOWN, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_wrong_with_a_map_is_said), cmocka_unit_test(a_right_map_is_passed_in_silence),
        cmocka_unit_test(absent_members_give_the_fallback),     cmocka_unit_test(wrong_numbers_name_value_unit_and_range),
        cmocka_unit_test(whole_numbers_are_exact_and_bounded),  cmocka_unit_test(words_and_flags_are_what_the_table_says),
        cmocka_unit_test(molar_masses_open_molar_units),        cmocka_unit_test(the_nearest_word_is_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
