/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files that include files. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "document_test.h"

static char folder[] = "/tmp/relapse-include-XXXXXX";
static char made[40][128];
static size_t n_made;

static void path_of(char out[128], const char *name) { snprintf(out, 128, "%s/%s", folder, name); }

static void make(const char *name, const char *yaml) {
    path_of(made[n_made], name);
    FILE *file = fopen(made[n_made++], "w");
    assert_non_null(file);
    fputs(yaml, file);
    fclose(file);
}

static int set_up(void **state) {
    (void)state;
    char sub[128];
    if (!mkdtemp(folder)) return -1;
    path_of(sub, "sub");
    return mkdir(sub, 0700);
}

static int tear_down(void **state) {
    (void)state;
    char sub[128];
    while (n_made) unlink(made[--n_made]);
    path_of(sub, "sub");
    return rmdir(sub) || rmdir(folder);
}

static void read_made(reading_t *reading, const char *name) {
    char path[128];
    path_of(path, name);
    reading->diagnostics = rlp_diagnostics_new();
    assert_int_equal(rlp_document_read(path, reading->diagnostics, &reading->document), RLP_OK);
    rlp_text_init(&reading->said);
}

static void assert_tree(reading_t *reading, const char *expected) {
    rlp_text_t text;
    rlp_text_init(&text);
    rlp_node_write(root_of(reading), &text);
    assert_string_equal(rlp_text_string(&text), expected);
    rlp_text_free(&text);
}

static void what_is_included_lies_below(void **state) {
    (void)state;
    make("library.yaml", "a: {x: 1, y: {p: 1, q: 2}, l: [1, 2]}\nb: old\n");
    make("one.yaml", "title: t\ninclude: library.yaml\na: {y: {q: 3, r: 4}, l: [9], z: 5}\nb: ~\n");
    reading_t reading;
    read_made(&reading, "one.yaml");
    assert_nothing_wrong(&reading);
    assert_tree(&reading, "{a: {x: 1, y: {p: 1, q: 3, r: 4}, l: [9], z: 5}, b: null, title: t}");
    const rlp_node_t *below = rlp_node_at(root_of(&reading), "a.x");
    assert_place(below->place, 1, 8);
    rlp_diagnose(reading.diagnostics, RLP_DIAGNOSTIC_ERROR, below->place, "in the library");
    rlp_diagnose(reading.diagnostics, RLP_DIAGNOSTIC_ERROR, rlp_node_at(root_of(&reading), "title")->place, "in the study");
    assert_says(&reading, "/library.yaml:1:8: error: in the library\n    1 | a: {x: 1,");
    assert_true(strstr(said(&reading), "in the study") < strstr(said(&reading), "in the library"));
    end_reading(&reading);
}

static void later_files_of_a_list_win_and_paths_are_relative_to_the_includer(void **state) {
    (void)state;
    make("sub/first.yaml", "include: deeper.yaml\na: 1\nb: 1\n");
    make("sub/deeper.yaml", "a: 0\nc: 0\n");
    make("second.yaml", "b: 2\n");
    make("list.yaml", "include: [sub/first.yaml, second.yaml]\nd: 3\n");
    reading_t reading;
    read_made(&reading, "list.yaml");
    assert_nothing_wrong(&reading);
    assert_tree(&reading, "{a: 1, c: 0, b: 2, d: 3}");
    end_reading(&reading);
}

static void absolute_paths_and_twice_the_same_file_are_fine(void **state) {
    (void)state;
    char yaml[400];
    make("leaf.yaml", "x: 1\n");
    make("left.yaml", "include: leaf.yaml\n");
    snprintf(yaml, sizeof yaml, "include: [left.yaml, %s/leaf.yaml]\n", folder);
    make("diamond.yaml", yaml);
    reading_t reading;
    read_made(&reading, "diamond.yaml");
    assert_nothing_wrong(&reading);
    assert_tree(&reading, "{x: 1}");
    end_reading(&reading);
}

static void cycles_and_missing_files_are_errors_at_the_include(void **state) {
    (void)state;
    make("self.yaml", "a: 1\ninclude: ./self.yaml\n");
    make("ping.yaml", "include: pong.yaml\np: 1\n");
    make("pong.yaml", "include: [leaf2.yaml, sub/../ping.yaml]\nq: 1\n");
    make("leaf2.yaml", "r: 1\n");
    make("lost.yaml", "a: 1\ninclude:\n  - nowhere.yaml\n  - sub\n  - {a: 1}\n  - \"\"\n");
    make("deep.yaml", "\ninclude: deeper.yaml\n");
    make("deeper.yaml", "d: 1\n\ninclude: nowhere.yaml\n");
    make("broken.yaml", "include: bad.yaml\na: 1\n");
    make("bad.yaml", "b: [\n");
    static const struct {
        const char *name, *says;
        size_t errors;
        const char *tree;
    } CASES[] = {{"self.yaml", "self.yaml:2:10: error: files that include each other have no end: ", 1, "{a: 1}"},
                 {"ping.yaml", "pong.yaml:1:23: error: files that include each other have no end: ", 1, "{r: 1, q: 1, p: 1}"},
                 {"ping.yaml", "pong.yaml (line 1), which includes ", 1, "{r: 1, q: 1, p: 1}"},
                 {"ping.yaml", "sub/../ping.yaml (line 1)", 1, "{r: 1, q: 1, p: 1}"},
                 {"deep.yaml", "deeper.yaml:3:10: error: cannot include ", 1, "{d: 1}"},
                 {"deep.yaml", "deeper.yaml (line 2), which includes ", 1, "{d: 1}"},
                 {"deep.yaml", "nowhere.yaml (line 3)", 1, "{d: 1}"},
                 {"lost.yaml", "lost.yaml:3:5: error: cannot include ", 4, "{a: 1}"},
                 {"lost.yaml", "is a folder", 4, "{a: 1}"},
                 {"lost.yaml", "include takes a path or a list of paths, this is a map", 4, "{a: 1}"},
                 {"broken.yaml", "bad.yaml:", 1, "{a: 1}"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        reading_t reading;
        read_made(&reading, CASES[i].name);
        assert_says(&reading, CASES[i].says);
        assert_int_equal(rlp_diagnostics_errors(reading.diagnostics), CASES[i].errors);
        assert_tree(&reading, CASES[i].tree);
        end_reading(&reading);
    }
}

/* 2^n ways through n pairs of files. */
static void includes_cannot_multiply_without_end(void **state) {
    (void)state;
    for (int i = 0; i < 12; i++) {
        char name[32], yaml[64];
        snprintf(name, sizeof name, "m%d.yaml", i);
        snprintf(yaml, sizeof yaml, "include: [m%d.yaml, m%d.yaml]\n", i + 1, i + 1);
        make(name, i < 11 ? yaml : "z: 1\n");
    }
    reading_t reading;
    read_made(&reading, "m0.yaml");
    assert_says(&reading, "more than 100 files are included");
    end_reading(&reading);
}

static void a_file_that_cannot_be_read_is_no_input(void **state) {
    (void)state;
    char path[128];
    rlp_document_t *document;
    rlp_diagnostics_t *diagnostics = rlp_diagnostics_new();
    path_of(path, "absent.yaml");
    assert_int_equal(rlp_document_read(path, diagnostics, &document), RLP_ERROR_NO_INPUT);
    assert_null(document);
    assert_int_equal(rlp_document_read(folder, diagnostics, &document), RLP_ERROR_NO_INPUT);
    assert_int_equal(rlp_diagnostics_errors(diagnostics), 0);
    rlp_diagnostics_free(diagnostics);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_included_lies_below),
        cmocka_unit_test(later_files_of_a_list_win_and_paths_are_relative_to_the_includer),
        cmocka_unit_test(absolute_paths_and_twice_the_same_file_are_fine),
        cmocka_unit_test(cycles_and_missing_files_are_errors_at_the_include),
        cmocka_unit_test(includes_cannot_multiply_without_end),
        cmocka_unit_test(a_file_that_cannot_be_read_is_no_input),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
