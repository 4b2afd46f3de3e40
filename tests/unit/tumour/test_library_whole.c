/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the rows of inputs/library.yaml owe together: an untreated tumour grows as the input says; without the rows marked `interaction` two
 * treatments add (M44: nothing else makes a combination better); of two signs one is in force; inputs/README.md says what there is. */
#include "library_test.h"

/* ---- all rows together -------------------------------------------------------------------------------------------------------------- */
static void an_untreated_tumour_grows_as_the_input_says(void **state) {
    compiled_t c, plain;
    (void)state;
    compile_study(&c, NULL, "", "x: []", 1826.25);
    compile_study(&plain, "", "", "x: []", 1826.25);
    assert_int_equal(c.process.n_segments, 1);
    assert_int_equal(c.process.row_size, plain.process.row_size);
    for (size_t i = 0; i < c.process.row_size; i++) assert_near(rate_at(&c, i, 0), rate_at(&plain, i, 0), 1e-15);
    assert_near(rate_at(&c, birth_of(&c, "core/none"), 0) - rate_at(&c, death_of(&c, "core/none"), 0), GROWTH, 1e-15);
    compiled_free(&plain);
    compiled_free(&c);
}

static double net_integral(const char *on, const char *arm, const char *type) {
    compiled_t c;
    rlp_text_t text;
    rlp_text_init(&text);
    rlp_text_format(&text, "x: [%s]", arm);
    compile_study(&c, on, "", rlp_text_string(&text), 90);
    double net = integral(&c, birth_of(&c, type), 0, 90) - integral(&c, death_of(&c, type), 0, 90);
    rlp_text_free(&text);
    compiled_free(&c);
    return net;
}

/* ln of what the combination leaves beyond the product of what each leaves: 0 means that they merely add. */
static double excess(const char *on, const char *a, const char *b, const char *type) {
    char both[256];
    snprintf(both, sizeof both, "%s, %s", a, b);
    return net_integral(on, both, type) - net_integral(on, a, type) - net_integral(on, b, type) + net_integral(on, "", type);
}

/* No row says that a combination is better: without rows marked `interaction` two treatments add, and what is beyond comes from those. */
static void M44_the_gain_of_a_combination_comes_out_and_is_not_put_in(void **state) {
    rlp_diagnostics_t *diagnostics;
    rlp_document_t *library;
    const rlp_node_t *rows = library_rows(&diagnostics, &library);
    rlp_text_t apart;
    (void)state;
    rlp_text_init(&apart);
    for (size_t i = 0; i < rows->n_items; i++) {
        const rlp_node_t *interaction = rlp_node_member(rows->items[i], "interaction"), *enabled = rlp_node_member(rows->items[i], "enabled");
        bool on = !enabled || !strcmp(enabled->text, "true");
        if (on && !(interaction && !strcmp(interaction->text, "true"))) rlp_text_format(&apart, "%s ", rows->items[i]->key);
    }
    const char *mwa = "{do: mwa, at: 7 d}", *drug = "{give: gefitinib, every: 1 d}";
    double alone = excess(rlp_text_string(&apart), mwa, drug, "margin/none"), shipped = excess(NULL, mwa, drug, "margin/none");
    assert_near(alone, 0, 0.005);
    assert_true(shipped < alone - 0.005); /* the looser matrix lets more of the drug through */
    rlp_text_free(&apart);
    rlp_document_free(library);
    rlp_diagnostics_free(diagnostics);
}

/* ---- pairs -------------------------------------------------------------------------------------------------------------------------- */
static double deaths_with(const char *on, const char *set, const char *arm, const char *type) {
    compiled_t c;
    rlp_text_t how, arms;
    rlp_text_init(&how);
    rlp_text_init(&arms);
    rlp_text_format(&how, "%s" STILL_DRUGS SETTING "signals: {hypoxia: {tau: 1.0e+5 d}, heat: {tau: 1.0e+5 d}, expression: {tau: 1 d}}\n", set);
    rlp_text_format(&arms, "x: [%s]", arm);
    compile_study(&c, on, rlp_text_string(&how), rlp_text_string(&arms), 20);
    double rate = mean_of(&c, death_of(&c, type), 0, 20);
    rlp_text_free(&how);
    rlp_text_free(&arms);
    compiled_free(&c);
    return rate;
}

#define HYPOXIA "  SET: {from: set, to: hypoxia, law: impulse, add: 0.6}\n"
#define HEAT "  SET: {from: set, to: heat, law: impulse, add: 0.5}\n"
#define PUMP "  PROBE: {from: efflux_activity, to: death, law: factor, slope: 0.5}\n"
#define GEFITINIB_SET "{do: set, at: 0 d}, " TEN_GEFITINIB

/* One switch turns the sign round: where both are enabled, the second stands in the place of the first. */
static void of_two_signs_one_is_in_force(void **state) {
    static const struct {
        const char *review, *published, *set, *arm, *type;
        double sign; /* of the published row: more (+1) or fewer (-1) deaths than with the review's */
    } pairs[] = {
        {"M05", "M05b", HYPOXIA, GEFITINIB_SET, "core/none", -1},
        {"M12", "M12b", PUMP, "{do: tace, at: 0 d}", "core/none", +1},
        {"M12", "M12c", PUMP, "{do: tace, at: 0 d}", "core/none", +1},
        {"M12", "M12d", PUMP, "{do: tace, at: 0 d}", "core/none", +1},
        {"M12", "M12e", PUMP, "{do: tace, at: 0 d}", "core/none", -1},
        {"M12h", "M12i", HYPOXIA PUMP, "{do: set, at: 0 d}", "core/none", +1},
        {"M17", "M17b", HEAT, GEFITINIB_SET, "margin/met4", -1},
        {"M51", "M51b", "", GEFITINIB_SET, "core/quiet", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char both[32], review[32], published[32];
        snprintf(both, sizeof both, "%s %s M04", pairs[i].review, pairs[i].published);
        snprintf(review, sizeof review, "%s M04", pairs[i].review);
        snprintf(published, sizeof published, "%s M04", pairs[i].published);
        double r = deaths_with(review, pairs[i].set, pairs[i].arm, pairs[i].type),
               p = deaths_with(published, pairs[i].set, pairs[i].arm, pairs[i].type),
               b = deaths_with(both, pairs[i].set, pairs[i].arm, pairs[i].type);
        assert_near(b, p, 0);
        if (!((p - r) * pairs[i].sign > 0)) fail_msg("%s against %s: %g and %g", pairs[i].published, pairs[i].review, p, r);
    }
}

/* ---- the table of inputs/README.md -------------------------------------------------------------------------------------------------- */
static void add_words(rlp_text_t *out, const rlp_node_t *node) { /* a word, a list, or a map of numbers */
    if (node->kind == RLP_NODE_SCALAR) rlp_text_add(out, node->text);
    for (size_t i = 0; i < node->n_items; i++)
        rlp_text_format(out, "%s%s%s%s", i ? ", " : "", node->kind == RLP_NODE_MAP ? node->items[i]->key : "", node->kind == RLP_NODE_MAP ? " " : "",
                        node->items[i]->text);
}

static const char *replaced_by(const rlp_node_t *rows, const char *name) {
    for (size_t i = 0; i < rows->n_items; i++) {
        const rlp_node_t *of = rlp_node_member(rows->items[i], "instead_of"), *enabled = rlp_node_member(rows->items[i], "enabled");
        if (of && !strcmp(of->text, name) && !(enabled && !strcmp(enabled->text, "false"))) return rows->items[i]->key;
    }
    return NULL;
}

/* The beginning of a row's line: what it is, what it says in numbers, and whether it is shipped on. */
static void line_of(rlp_text_t *out, const rlp_node_t *rows, const rlp_node_t *row) {
    static const char *const numbers[] = {"slope", "rate", "max", "half", "at", "power", "times", "add", "floor", "window", "origin", "in", "traits"};
    const rlp_node_t *enabled = rlp_node_member(row, "enabled"), *interaction = rlp_node_member(row, "interaction");
    const char *by = replaced_by(rows, row->key);
    rlp_text_format(out, "| `%s` | ", row->key);
    add_words(out, rlp_node_member(row, "from"));
    rlp_text_add(out, " → ");
    add_words(out, rlp_node_member(row, "to"));
    rlp_text_format(out, " | %s", rlp_node_member(row, "law")->text);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const rlp_node_t *member = rlp_node_member(row, numbers[i]);
        if (!member) continue;
        rlp_text_format(out, ", %s ", numbers[i]);
        add_words(out, member);
    }
    bool off = enabled && !strcmp(enabled->text, "false");
    rlp_text_format(out, " | %s%s%s |", off ? "off" : by ? "off: " : "on", !off && by ? by : "", interaction ? " ×" : "");
}

static void the_readme_says_what_the_library_has(void **state) {
    rlp_diagnostics_t *diagnostics;
    rlp_document_t *library;
    const rlp_node_t *rows = library_rows(&diagnostics, &library);
    size_t capacity = 1 << 20;
    char *readme = malloc(capacity);
    FILE *file = fopen(SOURCE_DIR "/inputs/README.md", "r");
    (void)state;
    assert_non_null(readme);
    assert_non_null(file);
    readme[fread(readme, 1, capacity - 1, file)] = '\0';
    fclose(file);
    for (size_t i = 0; i < rows->n_items; i++) {
        rlp_text_t line;
        rlp_text_init(&line);
        line_of(&line, rows, rows->items[i]);
        if (!strstr(readme, rlp_text_string(&line))) fail_msg("inputs/README.md has no line that begins with\n%s", rlp_text_string(&line));
        rlp_text_free(&line);
    }
    free(readme);
    rlp_document_free(library);
    rlp_diagnostics_free(diagnostics);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(M44_the_gain_of_a_combination_comes_out_and_is_not_put_in),
        cmocka_unit_test(an_untreated_tumour_grows_as_the_input_says),
        cmocka_unit_test(of_two_signs_one_is_in_force),
        cmocka_unit_test(the_readme_says_what_the_library_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
