/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From bytes to the tree: places, what is refused, what must not crash. */
#include "document_test.h"

static const char *text_at(reading_t *reading, const char *path) {
    const rlp_node_t *node = rlp_node_at(root_of(reading), path);
    if (!node || node->kind != RLP_NODE_SCALAR) fail_msg("no text at %s", path);
    return node->text;
}

static void places_are_exact(void **state) {
    (void)state;
    static const struct {
        const char *path;
        int line, column, key_line, key_column;
    } CASES[] = {{"title", 1, 8, 1, 1},           {"types", 3, 3, 2, 1}, {"types.S", 3, 6, 3, 3},          {"types.S.cells", 3, 14, 3, 7},
                 {"types.S.birth", 3, 25, 3, 18}, {"list", 5, 3, 4, 1},  {"list.1", 5, 5, 0, 0},           {"list.2.a", 6, 9, 6, 6},
                 {"empty", 7, 1, 7, 1},           {"tab", 8, 6, 8, 1},   {"\xc3\xa9t\xc3\xa9", 9, 7, 9, 1}};
    reading_t reading;
    read_yaml(&reading,
              "title: \"x\"\ntypes:\n  S: {cells: 10, birth: 'a' }\nlist:\n  - one\n  - {a: 2}\nempty:\ntab:\t3\n\xc3\xa9t\xc3\xa9:  4\n");
    assert_nothing_wrong(&reading);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const rlp_node_t *node = rlp_node_at(root_of(&reading), CASES[i].path);
        if (!node) fail_msg("nothing at %s", CASES[i].path);
        assert_place(node->place, CASES[i].line, CASES[i].column);
        assert_place(node->key_place, CASES[i].key_line, CASES[i].key_column);
    }
    end_reading(&reading);
}

static void line_ends_and_byte_order_mark_do_not_matter(void **state) {
    (void)state;
    static const char *const CASES[] = {"a: 1\nb:\n  c: x\n", "a: 1\r\nb:\r\n  c: x\r\n", "a: 1\rb:\r  c: x\r",
                                        "\xef\xbb\xbf"
                                        "a: 1\nb:\n  c: x",
                                        "--- \na: 1\nb:\n  c: x\n...\n"};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        reading_t reading;
        read_yaml(&reading, CASES[i]);
        assert_nothing_wrong(&reading);
        assert_string_equal(text_at(&reading, "a"), "1");
        assert_string_equal(text_at(&reading, "b.c"), "x");
        assert_place(rlp_node_at(root_of(&reading), "b.c")->key_place, i == 4 ? 4 : 3, 3);
        end_reading(&reading);
    }
}

static void nothing_is_an_empty_map(void **state) {
    (void)state;
    static const char *const CASES[] = {"", "\n\n", "# only a comment\n", "---\n", "~", "\xef\xbb\xbf"};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        reading_t reading;
        read_yaml(&reading, CASES[i]);
        assert_nothing_wrong(&reading);
        assert_int_equal(root_of(&reading)->n_items, 0);
        end_reading(&reading);
    }
}

static void nulls_quotes_and_blocks_are_told_apart(void **state) {
    (void)state;
    reading_t reading;
    read_yaml(&reading,
              "a: ~\nb: null\nc:\nd: \"null\"\ne: ''\nf: |\n  one\n  two\ng: >-\n  one\n  two\nh: \"x\\n\\\"y\\u00e9\"\ni: none\n");
    assert_nothing_wrong(&reading);
    for (const char *name = "abc"; *name; name++) {
        char key[2] = {*name, '\0'};
        assert_int_equal(rlp_node_member(root_of(&reading), key)->kind, RLP_NODE_NULL);
    }
    assert_string_equal(text_at(&reading, "d"), "null");
    assert_true(rlp_node_member(root_of(&reading), "d")->quoted);
    assert_string_equal(text_at(&reading, "e"), "");
    assert_string_equal(text_at(&reading, "f"), "one\ntwo\n");
    assert_string_equal(text_at(&reading, "g"), "one two");
    assert_string_equal(text_at(&reading, "h"), "x\n\"y\xc3\xa9");
    assert_false(rlp_node_member(root_of(&reading), "i")->quoted);
    end_reading(&reading);
}

typedef struct {
    const char *bytes;
    size_t length; /* 0: strlen */
    const char *says;
} refused_t;

static void malformed_inputs_are_refused_with_their_place(void **state) {
    (void)state;
    static const refused_t CASES[] = {
        {"a: 1\nb: 2\na: 3\n", 0, "in.yaml:3:1: error: the key 'a' stands twice in this map, first at line 1, column 1\n"},
        {"a: {x: 1, \"x\": 2}\n", 0, "in.yaml:1:11: error: the key 'x' stands twice in this map, first at line 1, column 5\n"},
        {"a: 1\n---\nb: 2\n", 0, "in.yaml:2:1: error: a second document starts here"},
        {"a: 1\n...\nb: 2\n", 0, "a second document starts here"},
        {"a: &x {b: *x}\n", 0, "in.yaml:1:11: error: the alias '*x' stands inside the anchor that it leads to"},
        {"a: &x\n  - b: {c: [*x]}\n", 0, "in.yaml:2:13: error: the alias '*x' stands inside"},
        {"a: &x\n  <<: *x\n  b: 1\n", 0, "in.yaml:2:7: error: the alias '*x' stands inside"},
        {"a: *nowhere\n", 0, "in.yaml:1:4: error: the alias '*nowhere' has no anchor before it"},
        {"? [1, 2]\n: 3\n", 0, "in.yaml:1:3: error: a key must be plain text"},
        {"? {a: 1}\n: 3\n", 0, "in.yaml:1:3: error: a key must be plain text"},
        {"a: 1\n: 3\n", 0, "error: a key must be plain text"},
        {"a: 1\n~: 3\n", 0, "in.yaml:2:1: error: a key must be plain text"},
        {"\"a\\nb\": 3\n", 0, "in.yaml:1:1: error: a key must be plain text on one line"},
        {"a: !!int 5\n", 0, "in.yaml:1:4: error: tags (!) have no meaning here"},
        {"a: b\n<<: 3\n", 0, "in.yaml:2:5: error: '<<' takes a map or a list of maps, this is text"},
        {"a: 1\nb: \xff\n", 0, "in.yaml:2:4: error: the byte 0xff is not UTF-8"},
        {"a: \xc0\xaf\n", 0, "in.yaml:1:4: error: the byte 0xc0 is not UTF-8"},
        {"a: \xed\xa0\x80\n", 0, "in.yaml:1:4: error: the byte 0xed is not UTF-8"},
        {"a: \xf4\x90\x80\x80\n", 0, "in.yaml:1:4: error: the byte 0xf4 is not UTF-8"},
        {"a: caf\xc3", 0, "in.yaml:1:7: error: the byte 0xc3 is not UTF-8"},
        {"\xff\xfe"
         "a\0:\0",
         6, "in.yaml:1:1: error: the byte 0xff is not UTF-8 (UTF-16?)"},
        {"a: 1\nb: \0x\n", 11, "in.yaml:2:4: error: the byte 0x00 is a control character"},
        {"a: \x07\n", 0, "in.yaml:1:4: error: the byte 0x07 is a control character"},
        {"a: \"\\0\"\n", 0, "in.yaml:1:4: error: text cannot hold the character 0"},
        {"a: \"\\ud800\"\n", 0, "in.yaml:1:"},
        {"a: 1\n\tb: 2\n", 0, "in.yaml:2:1: error: a tab in the indentation; YAML indents with spaces"},
        {"a: [1, 2\nb: 3\n", 0, "error: not YAML: "},
        {"a: 'b\n", 0, "in.yaml:1:"},
        {"a: b: c\n", 0, "in.yaml:1:"},
        {"a: @b\n", 0, "in.yaml:1:4: error: not YAML: plain scalar cannot start with '@'"},
        {"a: }\n", 0, "error: not YAML: "},
        {"%YAML 9.9\n---\na: 1\n", 0, "error: not YAML"},
        {"just text\n", 0, "in.yaml:1:1: error: an input is a map of keys, this is text"},
        {"- a\n- b\n", 0, "in.yaml:1:1: error: an input is a map of keys, this is a list"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        reading_t reading;
        read_bytes(&reading, CASES[i].bytes, CASES[i].length ? CASES[i].length : strlen(CASES[i].bytes));
        assert_true(rlp_diagnostics_errors(reading.diagnostics) > 0);
        assert_says(&reading, CASES[i].says);
        end_reading(&reading);
    }
}

static void several_faults_are_said_at_once(void **state) {
    (void)state;
    reading_t reading;
    read_yaml(&reading, "a: 1\na: 2\nb: *x\nc: !t 1\nd: 4\n");
    assert_int_equal(rlp_diagnostics_errors(reading.diagnostics), 3);
    assert_string_equal(text_at(&reading, "a"), "1");
    assert_string_equal(text_at(&reading, "d"), "4");
    end_reading(&reading);
}

static void aliases_are_copies_and_merge_keys_fill_gaps(void **state) {
    (void)state;
    reading_t reading;
    read_yaml(&reading, "base: &b {x: 1, y: {z: 2}}\nuse: *b\nmore: {<<: *b, x: 9}\nlist: &l [{p: 1}, {p: 2, q: 3}]\nboth: {<<: "
                        "*l}\n\"<<\": plain\n&k key: *k\n");
    assert_nothing_wrong(&reading);
    assert_string_equal(text_at(&reading, "use.y.z"), "2");
    assert_true(rlp_node_at(root_of(&reading), "use.y") != rlp_node_at(root_of(&reading), "base.y"));
    assert_ptr_equal(rlp_node_at(root_of(&reading), "more.y")->parent, rlp_node_at(root_of(&reading), "more"));
    assert_string_equal(text_at(&reading, "more.x"), "9");
    assert_string_equal(text_at(&reading, "more.y.z"), "2");
    assert_string_equal(text_at(&reading, "both.p"), "1");
    assert_string_equal(text_at(&reading, "both.q"), "3");
    assert_string_equal(text_at(&reading, "<<"), "plain");
    assert_string_equal(text_at(&reading, "key"), "key");
    end_reading(&reading);
}

static void depth_is_bounded(void **state) {
    (void)state;
    static const char *const CASES[] = {"[", "{a: ", "[a: ", "- ", "? ", "{", "a:\n"};
    enum { TIMES = 100000 };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        size_t unit = strlen(CASES[i]);
        char *bytes = malloc(unit * TIMES + 1);
        assert_non_null(bytes);
        for (size_t k = 0; k < TIMES; k++) memcpy(bytes + k * unit, CASES[i], unit);
        reading_t reading;
        read_bytes(&reading, bytes, unit * TIMES);
        assert_true(rlp_diagnostics_errors(reading.diagnostics) > 0);
        end_reading(&reading);
        free(bytes);
    }
}

static void aliases_cannot_multiply_without_end(void **state) {
    (void)state;
    rlp_text_t yaml;
    rlp_text_init(&yaml);
    rlp_text_add(&yaml, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++) {
        rlp_text_format(&yaml, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++) rlp_text_format(&yaml, "%s*a%d", k ? ", " : "", i - 1);
        rlp_text_add(&yaml, "]\n");
    }
    reading_t reading;
    read_bytes(&reading, yaml.bytes, yaml.length);
    assert_says(&reading, "copies made by aliases count too");
    end_reading(&reading);
    rlp_text_free(&yaml);
}

/* Any bytes: no crash, a map, and either nothing wrong or something said. Fixed seed. */
static void random_bytes_never_crash(void **state) {
    (void)state;
    static const char *const PIECES[] = {"a",  ": ",   "\n",       "  ",    "- ",    "[",  "]",   "{", "}",  ",", "\"",
                                         "'",  "&x ",  "*x",       "<<: ",  "|",     ">",  "#",   "?", "!",  "%", "@",
                                         "\t", "\xff", "\xc3\xa9", "---\n", "...\n", "\\", "1e3", "~", "\r", "\0"};
    uint64_t seed = 12345;
    for (int round = 0; round < 4000; round++) {
        char bytes[200];
        size_t length = 0;
        for (int k = 0; k < 40; k++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            const char *piece = PIECES[(seed >> 33) % (sizeof PIECES / sizeof *PIECES)];
            size_t n = *piece ? strlen(piece) : 1;
            memcpy(bytes + length, piece, n);
            length += n;
        }
        reading_t reading;
        read_bytes(&reading, bytes, length);
        if (rlp_diagnostics_errors(reading.diagnostics)) assert_true(*said(&reading));
        end_reading(&reading);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_exact),
        cmocka_unit_test(line_ends_and_byte_order_mark_do_not_matter),
        cmocka_unit_test(nothing_is_an_empty_map),
        cmocka_unit_test(nulls_quotes_and_blocks_are_told_apart),
        cmocka_unit_test(malformed_inputs_are_refused_with_their_place),
        cmocka_unit_test(several_faults_are_said_at_once),
        cmocka_unit_test(aliases_are_copies_and_merge_keys_fill_gaps),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(aliases_cannot_multiply_without_end),
        cmocka_unit_test(random_bytes_never_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
