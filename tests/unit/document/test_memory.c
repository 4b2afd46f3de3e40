/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every allocation of a reading fails once: never a crash, never a wrong "nothing is wrong". Leaks show with RELAPSE_SANITIZE. */
#include "relapse/memory.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "document_test.h"
#include "relapse/parameters.h"

static const rlp_key_t KEYS[] = {
    {"birth", RLP_KEY_NUMBER, true, RLP_DIMENSION_RATE, 0, 10, NAN, NULL, "division rate"},
    {"death", RLP_KEY_NUMBER, false, RLP_DIMENSION_RATE, 0, 10, 0.5, NULL, "death rate"},
    {"law", RLP_KEY_WORD, false, RLP_DIMENSION_NUMBER, 0, 0, 0, "none|logistic", "law"},
};
#define N_KEYS (sizeof KEYS / sizeof *KEYS)

static const char WRONG[] = "b: &b {birth: 12 /d, brith: 1, law: x, death: 7 d, zzzz: 1}\nc: {<<: *b, birth: 1}\nd: *nowhere\nb: 2\n"
                            "l: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n";
static const char RIGHT[] = "b: &b {birth: 1 /d, death: 2 /d}\nc: {<<: *b, birth: 1}\ninclude: []\n";

/* All that a caller does with an input; the first code that is not 0. */
static int all(const char *path, const char *yaml, size_t *errors) {
    rlp_diagnostics_t *diagnostics = rlp_diagnostics_new();
    rlp_document_t *document = NULL;
    rlp_parameters_t table;
    rlp_text_t text;
    *errors = 0;
    if (!diagnostics) return RLP_ERROR_MEMORY;
    rlp_parameters_init(&table);
    rlp_text_init(&text);
    int rc =
        yaml ? rlp_document_parse("in.yaml", yaml, strlen(yaml), diagnostics, &document) : rlp_document_read(path, diagnostics, &document);
    if (!rc) rc = rlp_document_set(document, "b.death={x: [1, 2, 3, 4, 5]}", diagnostics);
    if (!rc) rc = rlp_document_set(document, "c.deth.x=3", diagnostics);
    if (!rc) rc = rlp_document_set(document, "b.death=2", diagnostics);
    if (!rc) {
        const rlp_node_t *map = rlp_node_member(rlp_document_root(document), "b");
        if (map && map->kind == RLP_NODE_MAP) {
            (void)rlp_map_check(map, KEYS, N_KEYS, "a type", diagnostics);
            (void)rlp_read_word(map, KEYS, N_KEYS, "law", diagnostics);
            (void)rlp_read_parameter(map, KEYS, N_KEYS, "birth", &table, diagnostics);
        }
        rlp_node_write(rlp_document_root(document), &text);
        rlp_node_write_json(rlp_document_root(document), &text);
        rlp_node_difference(rlp_document_root(document), map ? map : rlp_document_root(document), &text);
        rlp_diagnostics_text(diagnostics, &text);
        rc = text.error;
        if (text.bytes) assert_null(strstr(text.bytes, "(null)"));
    }
    *errors = rlp_diagnostics_errors(diagnostics);
    rlp_text_free(&text);
    rlp_parameters_free(&table);
    rlp_document_free(document);
    rlp_diagnostics_free(diagnostics);
    return rc;
}

static void sweep(const char *path, const char *yaml, bool is_wrong) {
    size_t errors, expected;
    (void)rlp_memory_fail_at(0);
    assert_int_equal(all(path, yaml, &expected), RLP_OK);
    assert_true(expected > 0); /* `c.deth.x` at least */
    size_t asked = rlp_memory_fail_at(0);
    assert_true(asked > 20);
    for (size_t n = 1; n <= asked; n++) {
        (void)rlp_memory_fail_at(n);
        int rc = all(path, yaml, &errors);
        if (rc != RLP_OK && rc != RLP_ERROR_MEMORY) fail_msg("allocation %zu: %s", n, rlp_error_name(rc));
        if (rc == RLP_OK && errors < (is_wrong ? 1 : expected)) fail_msg("allocation %zu: errors were lost", n);
    }
    (void)rlp_memory_fail_at(0);
}

/* Nodes share blocks of memory, so only some of them meet the failure: leading items move the borders of the blocks over all of them. */
#define PADDINGS 24

static void pad(rlp_text_t *yaml, int items, const char *rest) {
    rlp_text_init(yaml);
    rlp_text_add(yaml, "pad: [");
    for (int i = 0; i < items; i++) rlp_text_format(yaml, "%s%d", i ? ", " : "", i);
    rlp_text_format(yaml, "]\n%s", rest);
}

static void sweep_text(const char *rest, bool is_wrong) {
    for (int items = 0; items < PADDINGS; items++) {
        rlp_text_t yaml;
        pad(&yaml, items, rest);
        sweep(NULL, rlp_text_string(&yaml), is_wrong);
        rlp_text_free(&yaml);
    }
}

static void each_allocation_may_fail_on_a_wrong_input(void **state) {
    (void)state;
    sweep_text(WRONG, true);
}

static void each_allocation_may_fail_on_a_right_input(void **state) {
    (void)state;
    sweep_text(RIGHT, false);
}

static void each_allocation_may_fail_on_files(void **state) {
    (void)state;
    char path[] = "/tmp/relapse-memory-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    fprintf(file, "include: [nowhere.yaml, %s]\n%s", path, WRONG);
    fclose(file);
    sweep(path, NULL, true);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_may_fail_on_a_wrong_input),
        cmocka_unit_test(each_allocation_may_fail_on_a_right_input),
        cmocka_unit_test(each_allocation_may_fail_on_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
