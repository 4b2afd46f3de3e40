/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rules of arms: a condition, how often it may act, perhaps a test, and what is then done.
 *
 *   {do: tace, when: {viable: 50 % of start}, gap: 42 d, at_most: 2}            a condition and one act
 *   {when: progression, test: tissue, positive: t790m, then: [ACT], else: [ACT]}   the test's result decides between lists of acts
 *   {give: gefitinib, every: 24 h, until: progression}                          a planned item, and the rule that ends its courses
 * Numbers are parameters below the item's path: arms.ARM.NAME.gap, .to, .for, .when.viable, .then.1.dose. */
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "relapse/memory.h"

static const char *const ACTS[] = {"give", "stop", "reduce", "pause", "do"};
static const tumour_keys_t KEYS_OF_ACT[] = {KEYS_GIVE, KEYS_STOP, KEYS_REDUCE, KEYS_PAUSE, KEYS_DO};

/* Which act an item names, or RLP_NONE. */
static size_t act_of(const rlp_node_t *node) {
    for (size_t k = 0; k < COUNT(ACTS); k++)
        if (rlp_node_member(node, ACTS[k])) return k;
    return RLP_NONE;
}

bool tumour_is_rule(const rlp_node_t *node) {
    static const char *const words[] = {"when", "stop", "reduce", "pause", "test"};
    for (size_t i = 0; i < COUNT(words); i++)
        if (rlp_node_member(node, words[i])) return true;
    return false;
}

/* ---- what a rule presupposes ---------------------------------------------------------------------------------------------- */
static int add_use(rlp_tumour_t *model, size_t arm, bool of_intervention, size_t what, rlp_place_t place, const char *key) {
    tumour_arm_t *a = &model->arms[arm];
    int rc = RLP_GROW(a->uses, a->use_capacity, a->n_uses + 1);
    if (!rc) a->uses[a->n_uses++] = (tumour_use_t){of_intervention, what, place, key};
    return rc;
}

static bool acts_on(const rlp_act_t *acts, size_t n, rlp_act_kind_t kind, size_t what) {
    for (size_t i = 0; i < n; i++)
        if (acts[i].kind == kind && acts[i].what == what) return true;
    return false;
}

static bool arm_has(const rlp_tumour_t *model, size_t arm, tumour_item_kind_t kind, size_t what) {
    const tumour_arm_t *a = &model->arms[arm];
    rlp_act_kind_t act = kind == ITEM_GIVE ? RLP_ACT_GIVE : RLP_ACT_DO;
    for (size_t i = 0; i < a->n_items; i++)
        if (model->items[a->items[i]].kind == kind && model->items[a->items[i]].what == what) return true;
    for (size_t r = 0; r < a->n_rules; r++)
        if (acts_on(a->rules[r].then, a->rules[r].n_then, act, what) || acts_on(a->rules[r].otherwise, a->rules[r].n_otherwise, act, what))
            return true;
    return false;
}

bool tumour_arm_gives(const rlp_tumour_t *model, size_t arm, size_t drug) { return arm_has(model, arm, ITEM_GIVE, drug); }
bool tumour_arm_does(const rlp_tumour_t *model, size_t arm, size_t intervention) { return arm_has(model, arm, ITEM_DO, intervention); }

void tumour_check_uses(tumour_reader_t *reader, size_t arm) {
    const rlp_tumour_t *m = reader->model;
    for (size_t i = 0; i < m->arms[arm].n_uses; i++) {
        const tumour_use_t *use = &m->arms[arm].uses[i];
        if (arm_has(m, arm, use->of_intervention ? ITEM_DO : ITEM_GIVE, use->what)) continue;
        const char *what = use->of_intervention ? m->interventions[use->what].name : m->drugs[use->what].name;
        COMPLAIN(reader, use->place, "`%s: %s` in the arm %s, which never %s %s", use->key, what, m->arms[arm].name,
                 use->of_intervention ? "does" : "gives", what);
    }
}

/* ---- conditions ------------------------------------------------------------------------------------------------------------- */
typedef struct {
    tumour_reader_t *reader;
    size_t arm;
    const char *path; /* of the rule */
} place_t;

/* A parameter at PATH.when[.more].name. */
static size_t amount(const place_t *at, const rlp_node_t *scalar, const char *more, const char *name, const rlp_key_t *row) {
    rlp_text_t path;
    size_t index = NO_PARAMETER;
    rlp_text_init(&path);
    rlp_text_format(&path, "%s.when%s", at->path, more);
    if (path.error)
        COMPLAIN(at->reader, scalar->place, "no memory to keep '%s'", name);
    else
        index = tumour_scalar(at->reader, scalar, rlp_text_string(&path), name, row);
    rlp_text_free(&path);
    return index;
}

/* "50 % of start": the number and what it is a share of; a number of cells without " of ". */
static void read_burden(const place_t *at, const rlp_node_t *node, rlp_rule_t *rule) {
    rlp_key_t row = {.name = node->key, .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_SHARE, .low = 0, .high = 1e6, .fallback = 1};
    char number[64];
    rlp_node_t share = *node;
    rule->when = RLP_WHEN_BURDEN;
    rule->measure = strcmp(node->key, "size") ? RLP_MEASURE_VIABLE : RLP_MEASURE_SIZE;
    const char *of = node->kind == RLP_NODE_SCALAR ? strstr(node->text, " of ") : NULL;
    if (!of) {
        row.dimension = RLP_DIMENSION_COUNT, row.high = 4e18;
        rule->share_of = RLP_OF_CELLS;
        rule->amount = amount(at, node, "", node->key, &row);
        return;
    }
    if (strcmp(of, " of start") && strcmp(of, " of nadir")) {
        COMPLAIN(at->reader, node->place, "%s is '%s'; expected a number of cells, or a share: `50 %% of start`, `120 %% of nadir`", node->key, node->text);
        return;
    }
    rule->share_of = strcmp(of, " of start") ? RLP_OF_NADIR : RLP_OF_START;
    snprintf(number, sizeof number, "%.*s", (int)(of - node->text), node->text);
    share.text = number;
    rule->amount = amount(at, &share, "", node->key, &row);
}

static int read_toxicity(const place_t *at, const rlp_node_t *node, rlp_rule_t *rule) {
    const rlp_tumour_t *m = at->reader->model;
    if (node->kind != RLP_NODE_SCALAR) return RLP_OK; /* the table of keys has complained */
    size_t drug = tumour_find_drug(m, node->text), intervention = tumour_find_intervention(m, node->text);
    rule->when = RLP_WHEN_TOXICITY;
    rule->of_intervention = drug == RLP_NONE;
    rule->what = rule->of_intervention ? intervention : drug;
    if (rule->what == RLP_NONE) {
        const char *known[TUMOUR_NAMES_MAX];
        size_t n = 0;
        for (size_t i = 0; i < m->n_drugs && n < TUMOUR_NAMES_MAX; i++) known[n++] = m->drugs[i].name;
        for (size_t i = 0; i < m->n_interventions && n < TUMOUR_NAMES_MAX; i++) known[n++] = m->interventions[i].name;
        tumour_unknown(at->reader, node->place, "drug or intervention", node->text, known, n);
        return RLP_OK;
    }
    size_t rate = rule->of_intervention ? m->interventions[intervention].toxicity : m->drugs[drug].toxicity;
    if (rate == NO_PARAMETER)
        COMPLAIN(at->reader, node->place, "%s has no `toxicity`: the condition would never hold (see %s.%s)", node->text,
                 rule->of_intervention ? "interventions" : "drugs", node->text);
    return add_use(at->reader->model, at->arm, rule->of_intervention, rule->what, node->place, "toxicity");
}

static int read_exposure(const place_t *at, const rlp_node_t *node, rlp_rule_t *rule) {
    rlp_key_t row = {.kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_MASS, .low = 0, .high = 1e9, .fallback = 0};
    rule->when = RLP_WHEN_EXPOSURE;
    rule->what = RLP_NONE;
    if (node->kind != RLP_NODE_MAP) return RLP_OK;
    if (node->n_items != 1) {
        COMPLAIN(at->reader, node->place, "exposure names one drug: {exposure: {DRUG: 20000 mg}}");
        return RLP_OK;
    }
    const rlp_node_t *mass = node->items[0];
    rule->what = tumour_drug_of(at->reader, mass->key, mass->key_place);
    row.name = mass->key;
    rule->amount = amount(at, mass, ".exposure", mass->key, &row);
    return rule->what == RLP_NONE ? RLP_OK : add_use(at->reader->model, at->arm, false, rule->what, mass->key_place, "exposure");
}

static void read_word(const place_t *at, const rlp_node_t *node, rlp_rule_t *rule) {
    static const char *const words[] = {"visit", "progression", "second_progression", "viable", "size", "response", "toxicity", "exposure"};
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(node->text, words[i])) continue;
        rule->when = (rlp_when_t)(RLP_WHEN_VISIT + i);
        return;
    }
    const char *near = rlp_nearest(node->text, words, COUNT(words));
    COMPLAIN(at->reader, node->place,
             "when is '%s'; expected visit, progression, second_progression, or a map of one of viable, size, response, toxicity, exposure%s%s%s",
             node->text, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int read_condition(const place_t *at, const rlp_node_t *node, rlp_rule_t *rule) {
    tumour_reader_t *reader = at->reader;
    if (node->kind == RLP_NODE_SCALAR) {
        read_word(at, node, rule);
        return RLP_OK;
    }
    if (!tumour_map(reader, node, KEYS_WHEN, "when")) return RLP_OK;
    if (node->n_items != 1) {
        COMPLAIN(reader, node->place, "when has %zu conditions; a rule has one (another condition is another rule)", node->n_items);
        return RLP_OK;
    }
    const rlp_node_t *one = node->items[0];
    if (!strcmp(one->key, "viable") || !strcmp(one->key, "size")) read_burden(at, one, rule);
    if (!strcmp(one->key, "toxicity")) return read_toxicity(at, one, rule);
    if (!strcmp(one->key, "exposure")) return read_exposure(at, one, rule);
    if (strcmp(one->key, "response")) return RLP_OK;
    static const rlp_response_t responses[] = {RLP_RESPONSE_CR, RLP_RESPONSE_PR, RLP_RESPONSE_SD};
    rule->when = RLP_WHEN_RESPONSE;
    rule->response = responses[tumour_word(reader, node, KEYS_WHEN, "response")];
    return RLP_OK;
}

/* ---- acts -------------------------------------------------------------------------------------------------------------------- */
/* Reads one act; act->what is RLP_NONE if something was wrong. */
static int read_act(const place_t *at, const rlp_node_t *node, const char *path, rlp_act_t *act, const rlp_node_t **ends) {
    tumour_reader_t *reader = at->reader;
    size_t kind = act_of(node);
    const rlp_node_t *what = rlp_node_member(node, ACTS[kind]);
    *act = (rlp_act_t){.kind = (rlp_act_kind_t)kind, .what = RLP_NONE, .item = RLP_NONE, .amount = NO_PARAMETER};
    *ends = NULL;
    if (kind == RLP_ACT_GIVE) {
        int rc = tumour_read_give(reader, node, path, &act->item, ends);
        if (act->item != RLP_NONE) act->what = reader->model->items[act->item].what;
        return rc;
    }
    if (!tumour_map(reader, node, KEYS_OF_ACT[kind], ACTS[kind]) || what->kind != RLP_NODE_SCALAR) return RLP_OK;
    if (kind == RLP_ACT_REDUCE) act->amount = tumour_item_number(reader, node, KEYS_REDUCE, "to", path, false);
    if (kind == RLP_ACT_PAUSE) act->amount = tumour_item_number(reader, node, KEYS_PAUSE, "for", path, false);
    if (kind == RLP_ACT_DO) {
        act->what = tumour_intervention_of(reader, what->text, what->place);
        return RLP_OK;
    }
    act->what = tumour_drug_of(reader, what->text, what->place);
    return act->what == RLP_NONE ? RLP_OK : add_use(reader->model, at->arm, false, act->what, what->place, ACTS[kind]);
}

/* Room for n acts that the model owns. */
static int new_acts(rlp_tumour_t *model, size_t n, rlp_act_t **acts) {
    int rc = RLP_GROW(model->acts, model->act_capacity, model->n_acts + 1);
    if (!rc) rc = RLP_NEW(*acts, n);
    if (!rc) model->acts[model->n_acts++] = *acts;
    return rc;
}

int tumour_add_rule(rlp_tumour_t *model, size_t arm, const rlp_rule_t *rule) {
    tumour_arm_t *a = &model->arms[arm];
    int rc = RLP_GROW(a->rules, a->rule_capacity, a->n_rules + 1);
    if (!rc) a->rules[a->n_rules++] = *rule;
    return rc;
}

int tumour_add_end(tumour_reader_t *reader, size_t arm, size_t item, const rlp_node_t *ends) {
    rlp_act_t *act;
    if (!ends || item == RLP_NONE) return RLP_OK;
    bool second = !strcmp(ends->text, "second_progression");
    if (!second && strcmp(ends->text, "progression")) {
        COMPLAIN(reader, ends->place, "until is '%s'; expected a time (84 d), progression or second_progression", ends->text);
        return RLP_OK;
    }
    int rc = new_acts(reader->model, 1, &act);
    if (rc) return rc;
    const tumour_item_t *course = &reader->model->items[item];
    *act = (rlp_act_t){.kind = RLP_ACT_STOP, .what = course->what, .item = item, .amount = NO_PARAMETER};
    rlp_rule_t rule = {.name = course->name,
                       .when = second ? RLP_WHEN_SECOND_PROGRESSION : RLP_WHEN_PROGRESSION,
                       .amount = NO_PARAMETER,
                       .gap = NO_PARAMETER,
                       .at_most = NO_PARAMETER,
                       .test = RLP_NONE,
                       .then = act,
                       .n_then = 1};
    return tumour_add_rule(reader->model, arm, &rule);
}

/* What comes with a condition has none of its own, and is done at once. */
static void refuse_own_terms(tumour_reader_t *reader, const rlp_node_t *node, const char *list) {
    static const char *const terms[] = {"when", "at", "gap", "at_most"};
    for (size_t i = 0; i < COUNT(terms); i++) {
        const rlp_node_t *member = rlp_node_member(node, terms[i]);
        if (member)
            COMPLAIN(reader, member->key_place, "`%s` has no place in `%s`: its items are done as soon as the result of the test is there", terms[i], list);
    }
}

/* A course that begins at the progression at which it ends is none. */
static bool ends_at_once(tumour_reader_t *reader, const rlp_rule_t *rule, const rlp_node_t *ends) {
    bool second = ends && !strcmp(ends->text, "second_progression");
    bool at_once = ends && rule->when == (second ? RLP_WHEN_SECOND_PROGRESSION : RLP_WHEN_PROGRESSION);
    at_once = at_once || (ends && !second && rule->when == RLP_WHEN_SECOND_PROGRESSION);
    if (at_once) COMPLAIN(reader, ends->place, "until: %s: that is over when the rule acts; the course would never end", ends->text);
    return at_once;
}

/* The items of `then` or `else`; rules that end their courses follow the rule. */
static int read_list(const place_t *at, const rlp_node_t *node, const char *list, rlp_rule_t *rule, const rlp_act_t **acts, size_t *n_acts,
                     const rlp_node_t **ends) {
    const rlp_node_t *items = rlp_node_member(node, list);
    rlp_act_t *out;
    *n_acts = 0;
    if (!items || items->kind != RLP_NODE_LIST || !items->n_items) return RLP_OK;
    int rc = new_acts(at->reader->model, items->n_items, &out);
    *acts = out;
    for (size_t i = 0; i < items->n_items && !rc; i++) {
        const rlp_node_t *item = items->items[i];
        if (item->kind != RLP_NODE_MAP || act_of(item) == RLP_NONE) {
            COMPLAIN(at->reader, item->place, "an item of `%s` begins with give, stop, reduce, pause or do", list);
            continue;
        }
        rlp_text_t prefix, path;
        rlp_text_init(&prefix);
        rlp_text_init(&path);
        rlp_text_format(&prefix, "%s.%s", at->path, list);
        tumour_item_path(item, rlp_text_string(&prefix), i + 1, &path);
        rc = prefix.error ? prefix.error : path.error;
        refuse_own_terms(at->reader, item, list);
        if (!rc) rc = read_act(at, item, rlp_text_string(&path), &out[*n_acts], &ends[*n_acts]);
        if (!rc && out[*n_acts].what != RLP_NONE && !ends_at_once(at->reader, rule, ends[*n_acts])) ++*n_acts;
        rlp_text_free(&prefix);
        rlp_text_free(&path);
    }
    return rc;
}

/* ---- rules --------------------------------------------------------------------------------------------------------------------- */
static int add_ends(const place_t *at, const rlp_act_t *acts, size_t n, const rlp_node_t **ends) {
    int rc = RLP_OK;
    for (size_t i = 0; i < n && !rc; i++) rc = tumour_add_end(at->reader, at->arm, acts[i].item, ends[i]);
    return rc;
}

static size_t test_of(tumour_reader_t *reader, const rlp_node_t *node) {
    const rlp_tumour_t *m = reader->model;
    const char *known[TUMOUR_NAMES_MAX];
    size_t n = 0;
    for (size_t i = 0; i < m->n_tests; i++)
        if (!strcmp(m->tests[i].name, node->text)) return i;
    for (; n < m->n_tests && n < TUMOUR_NAMES_MAX; n++) known[n] = m->tests[n].name;
    tumour_unknown(reader, node->place, "test", node->text, known, n);
    return RLP_NONE;
}

static void read_positive(tumour_reader_t *reader, const rlp_node_t *node, rlp_rule_t *rule) {
    const rlp_test_t *test = &reader->model->tests[rule->test];
    const rlp_node_t *positive = rlp_node_member(node, "positive");
    size_t n = !positive ? 0 : positive->kind == RLP_NODE_LIST ? positive->n_items : 1;
    rule->positive = positive ? 0 : test->of;
    for (size_t i = 0; i < n; i++) {
        const rlp_node_t *one = positive->kind == RLP_NODE_LIST ? positive->items[i] : positive;
        if (one->kind != RLP_NODE_SCALAR) {
            COMPLAIN(reader, one->place, "expected the name of a trait");
            continue;
        }
        size_t trait = tumour_trait_of(reader, one->text, one->place);
        if (trait == RLP_NONE) continue;
        rule->positive |= set_of(trait);
        if (set_has(test->of, trait)) continue;
        COMPLAIN(reader, one->place, "the test %s does not look for %s (see tests.%s.of)", test->name, one->text, test->name);
    }
    if (positive && !n) COMPLAIN(reader, positive->place, "positive names no trait: the test could never decide for `then`");
}

static int read_by_test(const place_t *at, const rlp_node_t *node, rlp_rule_t *rule) {
    tumour_reader_t *reader = at->reader;
    const rlp_node_t *test = rlp_node_member(node, "test"), *then = rlp_node_member(node, "then"), *otherwise = rlp_node_member(node, "else");
    const rlp_node_t **ends;
    size_t n_then = then ? then->n_items : 0, n_else = otherwise ? otherwise->n_items : 0;
    if (!tumour_map(reader, node, KEYS_BY_TEST, "test") || test->kind != RLP_NODE_SCALAR) return RLP_OK;
    rule->test = test_of(reader, test);
    if (rule->test != RLP_NONE) read_positive(reader, node, rule);
    if (!n_then && !n_else) COMPLAIN(reader, test->key_place, "a test needs `then` or `else`: what is done with its result");
    int rc = RLP_NEW(ends, n_then + n_else + 1);
    if (!rc) rc = read_list(at, node, "then", rule, &rule->then, &rule->n_then, ends);
    if (!rc) rc = read_list(at, node, "else", rule, &rule->otherwise, &rule->n_otherwise, ends + n_then);
    if (!rc && rule->test != RLP_NONE) rc = tumour_add_rule(reader->model, at->arm, rule);
    if (!rc) rc = add_ends(at, rule->then, rule->n_then, ends);
    if (!rc) rc = add_ends(at, rule->otherwise, rule->n_otherwise, ends + n_then);
    free(ends);
    return rc;
}

static int read_one_act(const place_t *at, const rlp_node_t *node, rlp_rule_t *rule) {
    const rlp_node_t *ends = NULL, *given_at = rlp_node_member(node, "at");
    rlp_act_t *act;
    int rc = new_acts(at->reader->model, 1, &act);
    if (!rc) rc = read_act(at, node, at->path, act, &ends);
    if (rc) return rc;
    if (given_at && act->kind == RLP_ACT_DO)
        COMPLAIN(at->reader, given_at->key_place, "do has both `at` (planned) and `when` (a rule); two items say both");
    if (act->what == RLP_NONE || ends_at_once(at->reader, rule, ends)) return RLP_OK;
    rule->then = act;
    rule->n_then = 1;
    rule->repeats = act->kind == RLP_ACT_DO;
    rc = tumour_add_rule(at->reader->model, at->arm, rule);
    return rc ? rc : add_ends(at, act, 1, &ends);
}

/* Two acts in one item, or none. */
static bool acts_once(tumour_reader_t *reader, const rlp_node_t *node) {
    const char *first = rlp_node_member(node, "test") ? "test" : NULL;
    for (size_t k = 0; k < COUNT(ACTS); k++) {
        const rlp_node_t *member = rlp_node_member(node, ACTS[k]);
        if (member && first) {
            COMPLAIN(reader, member->key_place, "an item does one thing; this one has both `%s` and `%s`", first, ACTS[k]);
            return false;
        }
        if (member) first = ACTS[k];
    }
    if (!first) COMPLAIN(reader, node->place, "an item with `when` needs what it does: give, do, stop, reduce, pause or test");
    return first != NULL;
}

/* Whole, and the same for all patients: a fixed room holds what is told of each. */
static size_t read_at_most(tumour_reader_t *reader, const rlp_node_t *node, tumour_keys_t keys, const char *path) {
    size_t errors = rlp_diagnostics_errors(reader->diagnostics);
    if (rlp_node_member(node, "at_most")) (void)tumour_whole(reader, node, keys, "at_most");
    if (rlp_diagnostics_errors(reader->diagnostics) > errors) return NO_PARAMETER;
    size_t row = tumour_item_number(reader, node, keys, "at_most", path, false);
    if (row != NO_PARAMETER) reader->parameters->rows[row].shared = true;
    return row;
}

int tumour_read_rule(tumour_reader_t *reader, const rlp_node_t *node, size_t arm, const char *path) {
    const place_t at = {reader, arm, path};
    const rlp_node_t *name = rlp_node_member(node, "name"), *when = rlp_node_member(node, "when");
    rlp_rule_t rule = {.amount = NO_PARAMETER, .what = RLP_NONE, .gap = NO_PARAMETER, .at_most = NO_PARAMETER, .test = RLP_NONE};
    if (!acts_once(reader, node)) return RLP_OK;
    bool tests = rlp_node_member(node, "test") != NULL;
    int rc = name && name->kind == RLP_NODE_SCALAR ? tumour_keep(reader->model, name->text, &rule.name) : RLP_OK;
    if (!when) COMPLAIN(reader, node->place, "%s needs `when`: the condition on which it is done", tests ? "test" : ACTS[act_of(node)]);
    if (!rc && when) rc = read_condition(&at, when, &rule);
    tumour_keys_t keys = tests ? KEYS_BY_TEST : KEYS_OF_ACT[act_of(node)];
    rule.at_most = read_at_most(reader, node, keys, path);
    rule.gap = tumour_item_number(reader, node, keys, "gap", path, true);
    if (rc) return rc;
    return tests ? read_by_test(&at, node, &rule) : read_one_act(&at, node, &rule);
}

const rlp_rule_t *rlp_tumour_rules(const rlp_tumour_t *model, size_t arm, size_t *n) {
    *n = model->arms[arm].n_rules;
    return model->arms[arm].rules;
}
