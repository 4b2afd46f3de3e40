/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rules and tests as they are read: what a condition, an act and a test of the input become, their parameters and paths, and what `as:` takes over.
 * How each mistake is said: tests/input/malformed. */
#include "tumour_test.h"

#define HEAD                                                                                                                    \
    TUMOUR_TWO                                                                                                                  \
    "traits: {t790m: {kind: genetic, found: 1.0e-7}, met: {kind: ladder, rungs: 2, found: 1.0e-7, gain: 0.01, loss: 0}, stem: {kind: plastic, gain: 0.01 /d, loss: 0.1 /d}}\n" \
    "drugs:\n"                                                                                                                  \
    "  gef: {dose: 250 mg, toxicity: 0.001 /d, pk: {half_life: 48 h, volume: 2000 L}}\n"                                          \
    "  osi: {dose: 80 mg, pk: {half_life: 48 h, volume: 2000 L}}\n"                                                              \
    "interventions: {tace: {survive: {core: 0.1}, toxicity: 2 %}, rfa: {survive: {core: 0.01}}}\n"                                \
    "tests:\n"                                                                                                                  \
    "  tissue: {of: [t790m, met], limit: 0.14 %, sensitivity: 0.9, specificity: 98 %, turnaround: 2 wk, site: [far]}\n"             \
    "  blood: {of: stem, limit: 1 %}\n"

static compiled_t c;

static void read_arms(const char *arms) {
    char text[8192];
    snprintf(text, sizeof text, "%sarms:\n%s", HEAD, arms);
    read_text(&c, text);
    must_be_right(&c);
}

static const rlp_rule_t *rule_of(size_t arm, size_t k) {
    size_t n;
    const rlp_rule_t *rules = rlp_tumour_rules(c.tumour, arm, &n);
    if (k >= n) fail_msg("arm %zu has %zu rules", arm, n);
    return &rules[k];
}

static size_t rules_of(size_t arm) {
    size_t n;
    (void)rlp_tumour_rules(c.tumour, arm, &n);
    return n;
}

static double value(const char *path) {
    size_t i = rlp_parameters_find(&c.parameters, path);
    if (i == RLP_NO_PARAMETER) fail_msg("no parameter %s", path);
    return c.values[i];
}

static void must_act(const rlp_act_t *act, rlp_act_kind_t kind, size_t what) {
    assert_int_equal(act->kind, kind);
    assert_int_equal(act->what, what);
}

static void tests_have_their_numbers(void **state) {
    (void)state;
    size_t n;
    read_arms("  a: []\n");
    const rlp_test_t *tests = rlp_tumour_tests(c.tumour, &n);
    assert_int_equal(n, 2);
    assert_string_equal(tests[0].name, "tissue");
    assert_int_equal(tests[0].of, 3);
    assert_int_equal(tests[0].sites, 2);
    assert_near(c.values[tests[0].limit], 0.0014, 1e-15);
    assert_near(c.values[tests[0].specificity], 0.98, 1e-15);
    assert_near(c.values[tests[0].turnaround], 14, 0);
    assert_int_equal(tests[0].sensitivity, rlp_parameters_find(&c.parameters, "tests.tissue.sensitivity"));
    assert_int_equal(tests[1].of, 4);
    assert_int_equal(tests[1].sites, 3);
    assert_near(c.values[tests[1].sensitivity], 1, 0);
    assert_near(c.values[tests[1].turnaround], 0, 0);
    compiled_free(&c);
}

static void conditions_are_what_they_say(void **state) {
    (void)state;
    read_arms("  a:\n"
              "    - {give: gef, every: 24 h}\n"
              "    - {do: tace, when: {viable: 50 % of start}, gap: 42 d, at_most: 2, name: again}\n"
              "    - {do: tace, when: {size: 120 % of nadir}}\n"
              "    - {do: tace, when: {viable: 2.0e+10}, name: many}\n"
              "    - {do: rfa, when: {response: PR}}\n"
              "    - {stop: gef, when: {toxicity: gef}}\n"
              "    - {stop: gef, when: {toxicity: tace}}\n"
              "    - {stop: gef, when: {exposure: {gef: 20 g}}, name: much}\n"
              "    - {stop: gef, when: visit}\n"
              "    - {stop: gef, when: second_progression}\n");
    const rlp_rule_t *r = rule_of(0, 0);
    assert_int_equal(rules_of(0), 9);
    assert_string_equal(r->name, "again");
    assert_int_equal(r->when, RLP_WHEN_BURDEN);
    assert_int_equal(r->measure, RLP_MEASURE_VIABLE);
    assert_int_equal(r->share_of, RLP_OF_START);
    assert_near(value("arms.a.again.when.viable"), 0.5, 0);
    assert_near(c.values[r->amount], 0.5, 0);
    assert_near(value("arms.a.again.gap"), 42, 0);
    assert_int_equal(r->gap, rlp_parameters_find(&c.parameters, "arms.a.again.gap"));
    assert_near(value("arms.a.again.at_most"), 2, 0);
    assert_int_equal(r->at_most, rlp_parameters_find(&c.parameters, "arms.a.again.at_most"));
    assert_true(c.parameters.rows[r->at_most].shared && c.parameters.rows[r->at_most].whole);
    assert_true(r->repeats && r->test == RLP_NONE);
    r = rule_of(0, 1);
    assert_true(r->measure == RLP_MEASURE_SIZE && r->share_of == RLP_OF_NADIR && c.values[r->at_most] == 1 && r->gap == RLP_NO_PARAMETER && !r->name);
    assert_near(value("arms.a.3.when.size"), 1.2, 1e-15);
    assert_int_equal(rule_of(0, 2)->share_of, RLP_OF_CELLS);
    assert_near(value("arms.a.many.when.viable"), 2e10, 0);
    assert_true(rule_of(0, 3)->when == RLP_WHEN_RESPONSE && rule_of(0, 3)->response == RLP_RESPONSE_PR);
    assert_true(rule_of(0, 4)->when == RLP_WHEN_TOXICITY && !rule_of(0, 4)->of_intervention && rule_of(0, 4)->what == 0);
    assert_true(rule_of(0, 5)->when == RLP_WHEN_TOXICITY && rule_of(0, 5)->of_intervention && rule_of(0, 5)->what == 0);
    r = rule_of(0, 6);
    assert_true(r->when == RLP_WHEN_EXPOSURE && r->what == 0 && !r->repeats);
    assert_near(value("arms.a.much.when.exposure.gef"), 20000, 1e-9);
    assert_int_equal(rule_of(0, 7)->when, RLP_WHEN_VISIT);
    assert_int_equal(rule_of(0, 8)->when, RLP_WHEN_SECOND_PROGRESSION);
    compiled_free(&c);
}

static void acts_are_what_they_say(void **state) {
    (void)state;
    read_arms("  a:\n"
              "    - {give: gef, every: 24 h}\n"
              "    - {give: osi, every: 24 h, from: 7 d, dose: 160 mg, when: progression, name: next}\n"
              "    - {stop: gef, when: progression}\n"
              "    - {reduce: gef, to: 50 %, when: visit, at_most: 1000, name: less}\n"
              "    - {pause: osi, for: 2 wk, when: visit, name: rest}\n");
    must_act(rule_of(0, 0)->then, RLP_ACT_GIVE, 1);
    assert_true(rule_of(0, 0)->then->item != RLP_NONE);
    assert_near(value("arms.a.next.from"), 7, 0);
    assert_near(value("arms.a.next.dose"), 160, 0);
    must_act(rule_of(0, 1)->then, RLP_ACT_STOP, 0);
    assert_true(rule_of(0, 1)->then->item == RLP_NONE); /* all courses */
    must_act(rule_of(0, 2)->then, RLP_ACT_REDUCE, 0);
    assert_int_equal(rule_of(0, 2)->then->amount, rlp_parameters_find(&c.parameters, "arms.a.less.to"));
    assert_near(c.values[rule_of(0, 2)->at_most], 1000, 0);
    must_act(rule_of(0, 3)->then, RLP_ACT_PAUSE, 1); /* given by a rule only */
    assert_near(c.values[rule_of(0, 3)->then->amount], 14, 0);
    compiled_free(&c);
}

static void a_test_decides_between_lists(void **state) {
    (void)state;
    read_arms("  a:\n"
              "    - {give: gef, every: 24 h, until: progression, name: first}\n"
              "    - when: progression\n"
              "      test: tissue\n"
              "      positive: t790m\n"
              "      name: switch\n"
              "      then: [{stop: gef}, {give: osi, every: 24 h, dose: 40 mg, until: second_progression}]\n"
              "      else: [{give: gef, every: 24 h, name: on}, {do: rfa}, {stop: osi}]\n"
              "    - {when: visit, test: blood, then: [{do: tace}]}\n");
    assert_int_equal(rules_of(0), 4); /* the end of the first course, the test, the end of osi after it, the other test */
    const rlp_rule_t *end = rule_of(0, 0), *r = rule_of(0, 1), *later = rule_of(0, 2), *other = rule_of(0, 3);
    assert_true(end->when == RLP_WHEN_PROGRESSION && end->n_then == 1 && end->at_most == RLP_NO_PARAMETER);
    must_act(end->then, RLP_ACT_STOP, 0);
    assert_string_equal(end->name, "first");
    assert_true(end->then->item != RLP_NONE); /* its own course only */
    assert_true(r->test == 0 && r->positive == 1 && !r->repeats && r->n_then == 2 && r->n_otherwise == 3);
    must_act(&r->then[0], RLP_ACT_STOP, 0);
    must_act(&r->then[1], RLP_ACT_GIVE, 1);
    must_act(&r->otherwise[0], RLP_ACT_GIVE, 0);
    must_act(&r->otherwise[1], RLP_ACT_DO, 1);
    must_act(&r->otherwise[2], RLP_ACT_STOP, 1);
    assert_true(r->otherwise[0].item != end->then->item);
    assert_near(value("arms.a.switch.then.2.dose"), 40, 0);
    assert_near(value("arms.a.switch.else.on.every"), 1, 0);
    assert_int_equal(later->when, RLP_WHEN_SECOND_PROGRESSION);
    must_act(later->then, RLP_ACT_STOP, 1);
    assert_int_equal(later->then->item, r->then[1].item);
    assert_true(other->test == 1 && other->positive == 4 && other->n_otherwise == 0); /* all that it looks for */
    compiled_free(&c);
}

/* In place, and with the numbers of the arm that it is taken from. */
static void as_takes_rules_over_in_place(void **state) {
    (void)state;
    read_arms("  b: [{do: rfa, when: progression}, {as: a}, {stop: gef, when: visit}]\n"
              "  a: [{give: gef, every: 24 h, until: progression}, {do: tace, when: {viable: 50 % of start}, name: again}]\n");
    assert_int_equal(rules_of(0), 4);
    assert_int_equal(rules_of(1), 2);
    must_act(rule_of(0, 0)->then, RLP_ACT_DO, 1);
    assert_true(rule_of(0, 1)->then == rule_of(1, 0)->then && rule_of(0, 2)->amount == rule_of(1, 1)->amount);
    must_act(rule_of(0, 3)->then, RLP_ACT_STOP, 0);
    assert_near(value("arms.a.again.when.viable"), 0.5, 0);
    assert_int_equal(rlp_parameters_find(&c.parameters, "arms.b.again.when.viable"), RLP_NO_PARAMETER);
    compiled_free(&c);
}

/* What only a rule gives is not given until it acts; the arm is compiled for it, though. */
static void nothing_of_a_rule_is_planned(void **state) {
    (void)state;
    size_t n;
    read_arms("  a: [{give: osi, every: 24 h, when: progression}, {do: rfa, when: progression}]\n");
    assert_int_equal(compile_arm(&c, 0, 100, 0.01), RLP_OK);
    (void)rlp_environment_planned(c.environment, &n);
    assert_int_equal(n, 0);
    assert_int_equal(c.process.n_segments, 1);
    assert_false(rlp_environment_on_drug(c.environment, 1, 50));
    compiled_free(&c);
}

static void toxicities_are_rates_and_probabilities(void **state) {
    (void)state;
    read_arms("  a: []\n");
    assert_near(rlp_tumour_drug_toxicity(c.tumour, c.values, 0), 0.001, 0);
    assert_near(rlp_tumour_drug_toxicity(c.tumour, c.values, 1), 0, 0);
    assert_near(rlp_tumour_intervention_toxicity(c.tumour, c.values, 0), 0.02, 0);
    assert_near(rlp_tumour_intervention_toxicity(c.tumour, c.values, 1), 0, 0);
    assert_near(value("drugs.gef.toxicity"), 0.001, 0);
    compiled_free(&c);
}

static void things_have_names(void **state) {
    (void)state;
    read_arms("  a: []\n");
    assert_int_equal(rlp_tumour_traits(c.tumour), 3);
    assert_string_equal(rlp_tumour_trait_name(c.tumour, 1), "met");
    assert_int_equal(rlp_tumour_drugs(c.tumour), 2);
    assert_string_equal(rlp_tumour_drug_name(c.tumour, 1), "osi");
    assert_int_equal(rlp_tumour_interventions(c.tumour), 2);
    assert_string_equal(rlp_tumour_intervention_name(c.tumour, 1), "rfa");
    assert_int_equal(rlp_tumour_sites(c.tumour), 2);
    assert_string_equal(rlp_tumour_site_name(c.tumour, 1), "far");
    assert_int_equal(rlp_tumour_process(c.tumour, c.values, &c.process), RLP_OK);
    size_t type = type_of(&c, "far/met2+stem");
    assert_int_equal(rlp_tumour_type_traits(c.tumour, type), 6);
    assert_int_equal(rlp_tumour_type_site(c.tumour, type), 1);
    compiled_free(&c);
}

static void check_says_rules_in_words(void **state) {
    (void)state;
    rlp_text_t words;
    rlp_text_init(&words);
    read_arms("  a: [{give: gef, every: 24 h, until: progression}, {do: tace, when: {viable: 50 % of start}, gap: 42 d, at_most: 2},\n"
              "      {when: progression, test: tissue, positive: t790m, then: [{give: osi, every: 24 h}], else: [{reduce: gef, to: 50 %}, {pause: gef, for: 14 d}]},\n"
              "      {stop: gef, when: {exposure: {gef: 20 g}}}, {stop: gef, when: {toxicity: gef}}, {do: rfa, when: {response: CR}}]\n");
    assert_int_equal(rlp_tumour_describe_arm(c.tumour, 0, c.values, &words), RLP_OK);
    assert_string_equal(rlp_text_string(&words), "  give gef 250 mg every 1 d from day 0\n"
                                                 "  at progression: stop gef\n"
                                                 "  when viable >= 50 % of start: do tace; at most 2 times; 42 d apart\n"
                                                 "  at progression: test tissue; 14 d later, if it finds t790m: give osi 80 mg every 1 d, else reduce gef to 50 % and pause gef for 14 d\n"
                                                 "  when 20000 mg of gef were given: stop gef\n"
                                                 "  after a toxicity of gef: stop gef\n"
                                                 "  when the response is CR or better: do rfa\n");
    rlp_text_free(&words);
    compiled_free(&c);
}

/* All errors of a file at once, and nothing is lost or freed twice whatever was wrong. */
static void wrong_rules_leave_nothing(void **state) {
    (void)state;
    static const char *const ITEMS[] = {"{stop: gef, when: [visit]}",
                                        "{stop: [gef], when: visit}",
                                        "{do: tace, when: {viable: [1]}}",
                                        "{do: tace, when: {toxicity: [tace]}}",
                                        "{do: tace, when: {exposure: {}}}",
                                        "{do: tace, when: {}}",
                                        "{give: gef, when: visit}",
                                        "{give: [gef], every: 1 d, when: visit}",
                                        "{when: visit, test: [tissue], then: []}",
                                        "{when: visit, test: tissue, then: {}}",
                                        "{when: visit, test: tissue, then: [gef, {as: a}, {rows: {}}]}",
                                        "{when: visit, test: tissue, positive: [[t790m]], then: [{do: tace}]}",
                                        "{when: visit, test: tissue, positive: [], then: [{do: tace}]}",
                                        "{do: tace, at: 3 d, when: visit, at_most: 2000}",
                                        "{do: tace, when: visit, gap: 7 /d}",
                                        "{do: tace, when: visit, at_most: 1.5}",
                                        "{stop: gef, to: 50 %, when: visit}",
                                        "{give: gef, every: 24 h, until: progression, when: second_progression}"};
    for (size_t i = 0; i < sizeof ITEMS / sizeof *ITEMS; i++) {
        char text[8192];
        snprintf(text, sizeof text, "%sarms:\n  a: [{give: gef, every: 24 h}, %s]\n", HEAD, ITEMS[i]);
        read_text(&c, text);
        if (!rlp_diagnostics_errors(c.diagnostics)) fail_msg("no word on %s", ITEMS[i]);
        compiled_free(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tests_have_their_numbers),
        cmocka_unit_test(conditions_are_what_they_say),
        cmocka_unit_test(acts_are_what_they_say),
        cmocka_unit_test(a_test_decides_between_lists),
        cmocka_unit_test(as_takes_rules_over_in_place),
        cmocka_unit_test(nothing_of_a_rule_is_planned),
        cmocka_unit_test(toxicities_are_rates_and_probabilities),
        cmocka_unit_test(things_have_names),
        cmocka_unit_test(check_says_rules_in_words),
        cmocka_unit_test(wrong_rules_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
