/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of a model's numbers. */
#include "relapse/parameters.h"

#include <math.h>

#include "document_test.h"

static const rlp_key_t KEYS[] = {
    {"cells", RLP_KEY_NUMBER, true, RLP_DIMENSION_COUNT, 0, 4e18, NAN, NULL, "cells"},
    {"rungs", RLP_KEY_WHOLE, false, RLP_DIMENSION_NUMBER, 1, 20, 4, NULL, "rungs"},
    {"found", RLP_KEY_NUMBER, false, RLP_DIMENSION_NUMBER, 0, 1, 1e-7, NULL, "probability"},
    {"half", RLP_KEY_NUMBER, false, RLP_DIMENSION_CONCENTRATION, 0, INFINITY, 1, NULL, "half"},
};
#define N_KEYS (sizeof KEYS / sizeof *KEYS)

static void members_become_rows_with_their_path(void **state) {
    (void)state;
    reading_t reading;
    read_yaml(&reading, "cells: 3.0e+10\ntraits: {met: {found: 7e-7}, stem: {}}\ndrugs:\n  - {half: 1 umol/L}\n");
    rlp_parameters_t table;
    rlp_parameters_init(&table);
    rlp_diagnostics_t *to = reading.diagnostics;
    const rlp_node_t *met = rlp_node_at(root_of(&reading), "traits.met"), *stem = rlp_node_at(root_of(&reading), "traits.stem");
    assert_int_equal(rlp_read_parameter(root_of(&reading), KEYS, N_KEYS, "cells", &table, to), 0);
    assert_int_equal(rlp_read_parameter(met, KEYS, N_KEYS, "found", &table, to), 1);
    assert_int_equal(rlp_read_parameter(stem, KEYS, N_KEYS, "found", &table, to), 2);
    assert_int_equal(rlp_read_parameter(stem, KEYS, N_KEYS, "rungs", &table, to), 3);
    assert_int_equal(rlp_read_parameter_molar(rlp_node_at(root_of(&reading), "drugs.1"), KEYS, N_KEYS, "half", 500, &table, to), 4);
    assert_nothing_wrong(&reading);
    static const struct {
        const char *path;
        double value;
        bool whole;
        int line;
    } ROWS[] = {{"cells", 3e10, true, 1},
                {"traits.met.found", 7e-7, false, 2},
                {"traits.stem.found", 1e-7, false, 2},
                {"traits.stem.rungs", 4, true, 2},
                {"drugs.1.half", 0.5, false, 4}};
    double values[5];
    rlp_parameters_values(&table, values);
    assert_int_equal(table.n, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(table.rows[i].path, ROWS[i].path);
        assert_true(values[i] == ROWS[i].value);
        assert_int_equal(table.rows[i].whole, ROWS[i].whole);
        assert_int_equal(table.rows[i].place.line, ROWS[i].line);
        assert_int_equal(rlp_parameters_find(&table, ROWS[i].path), i);
    }
    assert_true(table.rows[1].low == 0 && table.rows[1].high == 1 && table.rows[0].dimension == RLP_DIMENSION_COUNT);
    assert_int_equal(rlp_parameters_find(&table, "traits.met"), RLP_NO_PARAMETER);
    rlp_parameters_free(&table);
    rlp_parameters_free(&table);
    end_reading(&reading);
}

static void wrong_members_are_diagnosed_and_still_rows(void **state) {
    (void)state;
    reading_t reading;
    read_yaml(&reading, "found: 2\n");
    rlp_parameters_t table;
    rlp_parameters_init(&table);
    size_t row = rlp_read_parameter(root_of(&reading), KEYS, N_KEYS, "found", &table, reading.diagnostics);
    assert_int_equal(row, 0);
    assert_says(&reading, "in.yaml:1:8: error: found is 2; expected a plain number between 0 and 1\n");
    assert_true(table.rows[0].value == 1e-7);
    rlp_parameters_free(&table);
    end_reading(&reading);
}

static void patterns_name_rows(void **state) {
    (void)state;
    static const char *const PATHS[] = {"traits.a.found", "traits.b.found", "traits.b.gain",     "survive.core",
                                        "survive.margin", "survived",       "drugs.g.effect.max"};
    static const struct {
        const char *pattern;
        size_t n, first;
    } CASES[] = {
        {"traits.*.found", 2, 0},     {"traits.b.gain", 1, 2}, {"survive", 2, 3}, {"traits", 3, 0},          {"*.*.found", 2, 0},
        {"drugs.*.effect.max", 1, 6}, {"traits.b", 2, 1},      {"trait", 0, 0},   {"traits.*", 3, 0},        {"*", 7, 0},
        {"survive.core.x", 0, 0},     {"*.core", 1, 3},        {"", 0, 0},        {"traits.a.found.", 0, 0}, {"traits..found", 0, 0},
        {"tra*.a.found", 0, 0}};
    rlp_parameters_t table;
    size_t rows[8], index;
    rlp_parameters_init(&table);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(rlp_parameters_add(&table, PATHS[i], RLP_DIMENSION_NUMBER, 0, 1, 0.5, (rlp_place_t){NULL, 0, 0}, &index), RLP_OK);
        assert_int_equal(index, i);
    }
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        size_t n = rlp_parameters_match(&table, CASES[i].pattern, rows, 8);
        if (n != CASES[i].n || (n && rows[0] != CASES[i].first)) fail_msg("%s: %zu rows", CASES[i].pattern, n);
    }
    table.rows[1].shared = true; /* named by its whole path alone */
    assert_int_equal(rlp_parameters_match(&table, "traits.*.found", rows, 8), 1);
    assert_int_equal(rlp_parameters_match(&table, "traits.b", rows, 8), 1);
    assert_int_equal(rlp_parameters_match(&table, "*", rows, 8), 6);
    assert_int_equal(rlp_parameters_match(&table, "traits.b.found", rows, 8), 1);
    assert_int_equal(rows[0], 1);
    table.rows[1].shared = false;
    rows[1] = 77;
    assert_int_equal(rlp_parameters_match(&table, "traits", rows, 1), 3); /* says how many there are, writes what there is room for */
    assert_int_equal(rows[1], 77);
    rlp_parameters_free(&table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_become_rows_with_their_path),
        cmocka_unit_test(wrong_members_are_diagnosed_and_still_rows),
        cmocka_unit_test(patterns_name_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
