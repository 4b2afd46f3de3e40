/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How mistakes are shown. */
#include "document_test.h"

#define ERROR RLP_DIAGNOSTIC_ERROR

static rlp_place_t at(reading_t *reading, const char *path) { return rlp_node_at(root_of(reading), path)->place; }

static void a_diagnostic_shows_line_and_caret(void **state) {
    (void)state;
    reading_t reading;
    read_yaml(&reading, "process:\n  types:\n    S: {cells: -3}\n");
    rlp_diagnose(reading.diagnostics, ERROR, at(&reading, "process.types.S.cells"), "cells is %d", -3);
    assert_string_equal(said(&reading), "in.yaml:3:16: error: cells is -3\n"
                                        "    3 |     S: {cells: -3}\n"
                                        "      |                ^\n");
    end_reading(&reading);
}

static void tabs_and_wide_characters_keep_the_caret_aligned(void **state) {
    (void)state;
    reading_t reading;
    read_yaml(&reading, "{\ta:\t1, \xc3\xa9: 2}\n");
    rlp_diagnose(reading.diagnostics, ERROR, at(&reading, "a"), "one");
    rlp_diagnose(reading.diagnostics, ERROR, at(&reading, "\xc3\xa9"), "two");
    assert_string_equal(said(&reading), "in.yaml:1:6: error: one\n"
                                        "    1 | {\ta:\t1, \xc3\xa9: 2}\n"
                                        "      |  \t  \t^\n"
                                        "in.yaml:1:12: error: two\n"
                                        "    1 | {\ta:\t1, \xc3\xa9: 2}\n"
                                        "      |  \t  \t      ^\n");
    end_reading(&reading);
}

static void order_is_that_of_the_file_and_repeats_are_dropped(void **state) {
    (void)state;
    reading_t reading;
    rlp_place_t nowhere = {NULL, 0, 0};
    read_yaml(&reading, "a: 1\nb: {c: 2, d: 3}\n");
    rlp_diagnose(reading.diagnostics, ERROR, nowhere, "nowhere");
    rlp_diagnose(reading.diagnostics, ERROR, at(&reading, "b.d"), "d");
    rlp_diagnose(reading.diagnostics, RLP_DIAGNOSTIC_WARNING, at(&reading, "b.c"), "c");
    rlp_diagnose(reading.diagnostics, ERROR, at(&reading, "b.d"), "d");
    rlp_diagnose(reading.diagnostics, ERROR, at(&reading, "b.d"), "d, too");
    rlp_diagnose(reading.diagnostics, ERROR, at(&reading, "a"), "a");
    assert_int_equal(rlp_diagnostics_errors(reading.diagnostics), 4);
    assert_int_equal(rlp_diagnostics_warnings(reading.diagnostics), 1);
    const char *text = said(&reading), *a = strstr(text, "1:4: error: a"), *c = strstr(text, "2:8: warning: c"),
               *d = strstr(text, "2:14: error: d\n"), *too = strstr(text, "2:14: error: d, too"), *last = strstr(text, "error: nowhere\n");
    assert_true(a && c && d && too && last && a < c && c < d && d < too && too < last);
    assert_null(strstr(d + strlen("2:14: error: d"), "error: d\n"));
    end_reading(&reading);
}

static void long_lines_are_shown_as_a_window(void **state) {
    (void)state;
    rlp_text_t yaml;
    rlp_text_init(&yaml);
    rlp_text_add(&yaml, "a: [");
    for (int i = 0; i < 300; i++) rlp_text_format(&yaml, "%d, ", 1000 + i);
    rlp_text_add(&yaml, "x]\n");
    reading_t reading;
    read_bytes(&reading, yaml.bytes, yaml.length);
    rlp_diagnose(reading.diagnostics, ERROR, at(&reading, "a.200"), "here");
    rlp_diagnose(reading.diagnostics, ERROR, at(&reading, "a.1"), "first");
    rlp_diagnose(reading.diagnostics, ERROR, at(&reading, "a.301"), "last");
    char *line = strdup(said(&reading));
    assert_non_null(line);
    static const char *const UNDER[] = {"1000", "1199", "x"};
    size_t i = 0;
    char *save = NULL, *shown = NULL;
    for (char *row = strtok_r(line, "\n", &save); row; row = strtok_r(NULL, "\n", &save)) {
        assert_true(strlen(row) < 180);
        if (strstr(row, "    1 | ")) shown = row;
        char *caret = strchr(row, '^');
        if (!caret) continue;
        assert_non_null(shown);
        assert_int_equal(strncmp(shown + (caret - row), UNDER[i], strlen(UNDER[i])), 0);
        i++;
    }
    assert_int_equal(i, 3);
    free(line);
    end_reading(&reading);
    rlp_text_free(&yaml);
}

static void diagnostics_outlive_their_document(void **state) {
    (void)state;
    reading_t reading;
    read_yaml(&reading, "a: 1\n");
    rlp_diagnose(reading.diagnostics, ERROR, at(&reading, "a"), "a");
    rlp_document_free(reading.document);
    reading.document = NULL;
    assert_string_equal(said(&reading), "in.yaml:1:4: error: a\n    1 | a: 1\n      |    ^\n");
    end_reading(&reading);
}

static void values_of_the_command_line_are_named_by_it(void **state) {
    (void)state;
    reading_t reading;
    read_yaml(&reading, "a: {b: 1}\n");
    assert_int_equal(rlp_document_set(reading.document, "a.b={c: [x]}", reading.diagnostics), RLP_OK);
    rlp_diagnose(reading.diagnostics, ERROR, at(&reading, "a.b.c.1"), "x is wrong");
    assert_string_equal(said(&reading), "--set a.b={c: [x]}: error: x is wrong\n");
    end_reading(&reading);
}

static void a_diagnostic_is_one_line_and_harmless_to_a_terminal(void **state) {
    (void)state;
    reading_t reading;
    read_yaml(&reading, "a: \x1b[31m\n");
    rlp_diagnose(reading.diagnostics, ERROR, (rlp_place_t){NULL, 0, 0}, "two\nlines\x1b");
    assert_null(strchr(said(&reading), '\x1b'));
    assert_says(&reading, "error: two lines ");
    end_reading(&reading);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_diagnostic_shows_line_and_caret),
        cmocka_unit_test(tabs_and_wide_characters_keep_the_caret_aligned),
        cmocka_unit_test(order_is_that_of_the_file_and_repeats_are_dropped),
        cmocka_unit_test(long_lines_are_shown_as_a_window),
        cmocka_unit_test(diagnostics_outlive_their_document),
        cmocka_unit_test(values_of_the_command_line_are_named_by_it),
        cmocka_unit_test(a_diagnostic_is_one_line_and_harmless_to_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
