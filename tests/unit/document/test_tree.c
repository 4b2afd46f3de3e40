/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tree: paths, --set, writing and reading back, differences. */
#include "document_test.h"

static const char ARMS[] = "arms:\n  x:\n    - {give: a, from: 0 d}\n    - {give: b, from: 3 d, name: drug}\nvariability: {tumour.cells: "
                           "{median: 1}, tumour: {birth: 2}}\n";

static void paths_lead_to_nodes_and_back(void **state) {
    (void)state;
    static const struct {
        const char *path, *text, *back;
    } CASES[] = {{"arms.x.1.give", "a", "arms.x.1.give"},
                 {"arms.x.2.from", "3 d", "arms.x.2.from"},
                 {"arms.x.drug.from", "3 d", "arms.x.2.from"},
                 {"variability.tumour.cells.median", "1", "variability.tumour.cells.median"},
                 {"variability.tumour.birth", "2", "variability.tumour.birth"}};
    static const char *const NOWHERE[] = {
        "", ".", "arms.", "arms..x", "arms.x.0", "arms.x.3", "arms.x.01", "arms.x.drug.to", "arm", "arms.x.1.give.more", "arms.x.-1"};
    reading_t reading;
    read_yaml(&reading, ARMS);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const rlp_node_t *node = rlp_node_at(root_of(&reading), CASES[i].path);
        if (!node) fail_msg("nothing at %s", CASES[i].path);
        rlp_text_t back;
        rlp_text_init(&back);
        rlp_node_path(node, &back);
        assert_string_equal(node->text, CASES[i].text);
        assert_string_equal(rlp_text_string(&back), CASES[i].back);
        rlp_text_free(&back);
    }
    for (size_t i = 0; i < sizeof NOWHERE / sizeof *NOWHERE; i++) assert_null(rlp_node_at(root_of(&reading), NOWHERE[i]));
    assert_null(rlp_node_at(NULL, "arms"));
    end_reading(&reading);
}

static char *written(const rlp_node_t *node) {
    rlp_text_t text;
    rlp_text_init(&text);
    rlp_node_write(node, &text);
    assert_int_equal(text.error, 0);
    return text.bytes;
}

static void set_puts_values_at_paths(void **state) {
    (void)state;
    static const struct {
        const char *assignment, *path, *value;
    } CASES[] = {{"arms.x.drug.from=14 d", "arms.x.2.from", "14 d"},
                 {"arms.x.1={give: c, at: [1 d, {y: 2}]}", "arms.x.1", "{give: c, at: [1 d, {y: 2}]}"},
                 {"arms.y={}", "arms.y", "{}"},
                 {"cohort={patients: 5}", "cohort", "{patients: 5}"},
                 {"arms.x.drug.note=a=b", "arms.x.2.note", "\"a=b\""},
                 {"variability.tumour.cells.median=7", "variability.tumour.cells.median", "7"},
                 {"title=", "title", "null"},
                 {"title=\"\"", "title", "\"\""},
                 {"title=a: b", "title", "{a: b}"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        reading_t reading;
        read_yaml(&reading, ARMS);
        assert_int_equal(rlp_document_set(reading.document, CASES[i].assignment, reading.diagnostics), RLP_OK);
        assert_nothing_wrong(&reading);
        const rlp_node_t *node = rlp_node_at(root_of(&reading), CASES[i].path);
        if (!node) fail_msg("nothing at %s", CASES[i].path);
        char *text = written(node);
        assert_string_equal(text, CASES[i].value);
        free(text);
        end_reading(&reading);
    }
}

static void set_refuses_what_leads_nowhere(void **state) {
    (void)state;
    static const struct {
        const char *assignment, *says;
    } CASES[] = {{"arm.x=1", "--set arm.x=1: error: there is no 'arm' in the input; did you mean 'arms'?\n"},
                 {"arms.z.from=1", "there is no 'z' in 'arms'"},
                 {"arms.x.7=1", "there is no '7' in 'arms.x', a list of 2 (items go by number from 1 or by their name)"},
                 {"arms.x.1.give.deeper=1", "there is no 'deeper' in 'arms.x.1.give', which is text"},
                 {"arms", "expected PATH=VALUE"},
                 {"=5", "expected PATH=VALUE"},
                 {"arms.=5", "there is no '' in 'arms'"},
                 {"include=x.yaml", "include works in files only"},
                 {"arms=[1", "--set arms=[1: error: not YAML"},
                 {"arms={a: 1, a: 2}", "the key 'a' stands twice"},
                 {"arms=\xff", "is not UTF-8"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        reading_t reading;
        read_yaml(&reading, ARMS);
        char *before = written(root_of(&reading));
        assert_int_equal(rlp_document_set(reading.document, CASES[i].assignment, reading.diagnostics), RLP_OK);
        assert_says(&reading, CASES[i].says);
        assert_int_equal(rlp_diagnostics_errors(reading.diagnostics), 1);
        char *after = written(root_of(&reading));
        assert_string_equal(before, after);
        free(before);
        free(after);
        end_reading(&reading);
    }
}

/* Write, read, compare; the second writing must be the same bytes. */
static void assert_reads_back(reading_t *reading) {
    char *once = written(root_of(reading));
    reading_t again;
    read_yaml(&again, once);
    assert_nothing_wrong(&again);
    rlp_text_t difference;
    rlp_text_init(&difference);
    rlp_node_difference(root_of(reading), root_of(&again), &difference);
    char *twice = written(root_of(&again));
    if (*rlp_text_string(&difference) || strcmp(once, twice))
        fail_msg("%s\ncame back as\n%s\n%s", once, twice, rlp_text_string(&difference));
    rlp_text_free(&difference);
    free(once);
    free(twice);
    end_reading(&again);
}

static void awkward_texts_read_back_the_same(void **state) {
    (void)state;
    static const char *const CASES[] = {
        "a: '5'\nb: 5\nc: \"0x10\"\nd: 'null'\ne: null\nf: ''\ng: ~\nh: 'true'\ni: true\n",
        "a: 'x: y'\nb: 'it''s'\nc: \"say \\\"hi\\\"\"\nd: '# no comment'\ne: x #y\nf: x#y\n",
        "a: |\n  two\n  lines\n\n\nb: >\n  folded\n  text\n\n  more\nc: \"tab\\tcr\\rnul-ish\\x01\\x7f\\x85\\u2028\\ufeff\"\n",
        "a: '- b'\nb: '---'\nc: '...'\nd: '[x'\ne: '{x}'\nf: '&x'\ng: '*x'\nh: '!x'\ni: '%x'\nj: '@x'\nk: '|'\nl: '>'\nm: '?'\nn: '? "
        "x'\no: '-'\np: ','\nq: 'a,b'\nr: ':'\ns: 'a:'\nt: '`x'\n",
        "a: ' lead'\nb: 'trail '\nc: ' '\nd: \"\\n\"\ne: x y  z\nf: +5\ng: -5\nh: .5\ni: '.'\nj: '+'\nk: -x\n",
        "\"a b\": 1\n\"a: b\": 2\n\"a.b\": 3\n'*': 4\ndrugs.*.half: 5\n'<<': 6\n'null': 7\n'5': 8\n'#': 9\n\xc3\xa9t\xc3\xa9: \xe2\x82\xac "
        "5\n",
        "a: {}\nb: []\nc: [[], {}, [[{x: []}]]]\nd: [~, '', \" \", [null]]\n",
        "a: 50 % of start\nb: 5 %\nc: 0.14 /d\nd: 3.0e+10\ne: t790m+met\nf: a/b\ng: http://x.y/z?q=1&r=2\nh: \"C:\\\\dir\"\n",
        "a: one\n  two\n  three\nb: 'one\n\n  two'\n",
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        reading_t reading;
        read_yaml(&reading, CASES[i]);
        assert_nothing_wrong(&reading);
        assert_true(root_of(&reading)->n_items > 0);
        assert_reads_back(&reading);
        end_reading(&reading);
    }
}

/* Texts of random characters as keys and values. Fixed seed. */
static void random_texts_read_back_the_same(void **state) {
    (void)state;
    static const char *const PIECES[] = {
        "a",    "1",   ".",   " ", ":",        "#",     ",",       "[",       "]",           "{",     "}", "'",  "\\\"", "\\\\",
        "\\n",  "\\t", "\\r", "-", "?",        "*",     "&",       "!",       "|",           ">",     "%", "@",  "`",    "~",
        "null", "e5",  "+",   "=", "\xc3\xa9", "\\x85", "\\u2028", "\\ufeff", "\\U0001F600", "\\x1b", "/", "<<", "0x",   "\\x7f"};
    uint64_t seed = 7;
    for (int round = 0; round < 1500; round++) {
        rlp_text_t yaml;
        rlp_text_init(&yaml);
        for (int row = 0; row < 3; row++) {
            rlp_text_format(&yaml, "k%d: \"", row);
            for (int k = 0; k < 5; k++) {
                seed = seed * 6364136223846793005u + 1442695040888963407u;
                rlp_text_add(&yaml, PIECES[(seed >> 33) % (sizeof PIECES / sizeof *PIECES)]);
            }
            rlp_text_add(&yaml, "\"\n");
        }
        reading_t reading;
        read_yaml(&reading, rlp_text_string(&yaml));
        assert_nothing_wrong(&reading);
        for (size_t i = 0; i < root_of(&reading)->n_items; i++) root_of(&reading)->items[i]->quoted = round & 1; /* plain where it may be */
        assert_reads_back(&reading);
        end_reading(&reading);
        rlp_text_free(&yaml);
    }
}

static void json_keeps_numbers_bare_and_quotes_the_rest(void **state) {
    (void)state;
    reading_t reading;
    read_yaml(&reading, "a: 5\nb: -0.5e+3\nc: 007\nd: .5\ne: '5'\nf: true\ng: yes\nh: null\ni: 5 d\nj: \"q\\\"\\n\\x01\\x7f\"\nk: [1, {l: "
                        "1.}]\nm: +1\nn: 1e5\no: 0\np: -x\n");
    rlp_text_t json;
    rlp_text_init(&json);
    rlp_node_write_json(root_of(&reading), &json);
    assert_string_equal(
        rlp_text_string(&json),
        "{\"a\": 5, \"b\": -0.5e+3, \"c\": \"007\", \"d\": \".5\", \"e\": \"5\", \"f\": true, \"g\": \"yes\", \"h\": null, \"i\": \"5 d\", "
        "\"j\": \"q\\\"\\n\\u0001\\u007f\", \"k\": [1, {\"l\": \"1.\"}], \"m\": \"+1\", \"n\": 1e5, \"o\": 0, \"p\": \"-x\"}");
    rlp_text_free(&json);
    end_reading(&reading);
}

static void differences_are_listed_by_path(void **state) {
    (void)state;
    static const struct {
        const char *old, *new, *says;
    } CASES[] = {{"a: 1\nb: [1, {c: 2}]\n", "a: 1\nb: [1, {c: 2}]\n", ""},
                 {"a: 1\n", "a: '1'\n", ""},
                 {"a: 1\n", "a: 2\n", "a: 1 -> 2\n"},
                 {"a: 1\n", "a: null\n", "a: 1 -> null\n"},
                 {"a: {b: 1}\n", "a: {b: 1, c: {d: 2, e: 3}}\n", "a.c: absent -> {d: 2, e: 3}\n"},
                 {"a: {b: {x: 1}}\nz: 1\n", "a: {}\nz: 1\n", "a.b: {x: 1} -> absent\n"},
                 {"a: [1, 2]\n", "a: [1]\n", "a.2: 2 -> absent\n"},
                 {"a: [1]\n", "a: [3, 2]\n", "a.1: 1 -> 3\na.2: absent -> 2\n"},
                 {"a: [1]\n", "a: {x: 1}\n", "a: [1] -> {x: 1}\n"},
                 {"a: 1\nb: 2\n", "b: 2\na: 1\n", "the whole input: the keys stand in another order\n"},
                 {"q: {a: 1, b: 2}\n", "q: {b: 2, a: 1}\n", "q: the keys stand in another order\n"},
                 {"a: 1\nb: 2\n", "c: 1\na: 5\n", "a: 1 -> 5\nb: 2 -> absent\nc: absent -> 1\n"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        reading_t old, new;
        read_yaml(&old, CASES[i].old);
        read_yaml(&new, CASES[i].new);
        rlp_text_t difference;
        rlp_text_init(&difference);
        rlp_node_difference(root_of(&old), root_of(&new), &difference);
        assert_string_equal(rlp_text_string(&difference), CASES[i].says);
        rlp_text_free(&difference);
        end_reading(&old);
        end_reading(&new);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_lead_to_nodes_and_back),    cmocka_unit_test(set_puts_values_at_paths),
        cmocka_unit_test(set_refuses_what_leads_nowhere),  cmocka_unit_test(awkward_texts_read_back_the_same),
        cmocka_unit_test(random_texts_read_back_the_same), cmocka_unit_test(json_keeps_numbers_bare_and_quotes_the_rest),
        cmocka_unit_test(differences_are_listed_by_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
