/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `arms:`: what is done to whom and when. An arm is a list of items: give a drug, do an intervention, everything of another arm, or a rule
 * (rules.c). Planned items are read here. */
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "relapse/memory.h"

/* ---- items ---------------------------------------------------------------------------------------------------------------- */
void tumour_item_path(const rlp_node_t *node, const char *prefix, size_t number, rlp_text_t *path) {
    const rlp_node_t *name = rlp_node_member(node, "name");
    rlp_text_format(path, "%s.", prefix);
    if (name && name->kind == RLP_NODE_SCALAR)
        rlp_text_add(path, name->text);
    else
        rlp_text_integer(path, (int64_t)number);
}

size_t tumour_item_number(tumour_reader_t *reader, const rlp_node_t *node, tumour_keys_t keys, const char *key, const char *path,
                          bool optional) {
    const rlp_node_t *member = rlp_node_member(node, key);
    const rlp_key_section_t *section = &RLP_TUMOUR_SECTIONS[keys];
    const rlp_key_t *row = rlp_key_find(section->keys, section->n_keys, key);
    if (!member && (optional || row->required)) return NO_PARAMETER;
    return tumour_scalar(reader, member, path, key, row);
}

static tumour_dose_t item_dose(tumour_reader_t *reader, const rlp_node_t *node, const char *path) {
    const rlp_node_t *member = rlp_node_member(node, "dose");
    const rlp_key_section_t *section = &RLP_TUMOUR_SECTIONS[KEYS_GIVE];
    rlp_key_t row = *rlp_key_find(section->keys, section->n_keys, "dose");
    tumour_dose_t dose = {NO_PARAMETER, tumour_dose_written(reader, member, &row.dimension)};
    if (member) dose.amount = tumour_scalar(reader, member, path, "dose", &row);
    return dose;
}

static int add_item(rlp_tumour_t *model, const tumour_item_t *item, size_t *index) {
    int rc = RLP_GROW(model->items, model->item_capacity, model->n_items + 1);
    if (rc) return rc;
    *index = model->n_items;
    model->items[model->n_items++] = *item;
    return RLP_OK;
}

/* "progression" where a time may stand. */
static bool is_word(const rlp_node_t *node) { return node && node->kind == RLP_NODE_SCALAR && node->text[0] >= 'a' && node->text[0] <= 'z'; }

int tumour_read_give(tumour_reader_t *reader, const rlp_node_t *node, const char *path, size_t *index, const rlp_node_t **ends) {
    const rlp_node_t *give = rlp_node_member(node, "give"), *until = rlp_node_member(node, "until"), *name = rlp_node_member(node, "name");
    tumour_item_t item = {.kind = ITEM_GIVE};
    *index = RLP_NONE;
    *ends = is_word(until) ? until : NULL;
    if (!tumour_map(reader, node, KEYS_GIVE, "give")) return RLP_OK;
    item.what = give->kind == RLP_NODE_SCALAR ? tumour_drug_of(reader, give->text, give->place) : RLP_NONE;
    item.every = tumour_item_number(reader, node, KEYS_GIVE, "every", path, false);
    item.from = tumour_item_number(reader, node, KEYS_GIVE, "from", path, false);
    item.until = *ends ? NO_PARAMETER : tumour_item_number(reader, node, KEYS_GIVE, "until", path, true);
    item.doses = tumour_item_number(reader, node, KEYS_GIVE, "doses", path, true);
    item.missed = tumour_item_number(reader, node, KEYS_GIVE, "missed", path, true);
    item.dose = item_dose(reader, node, path);
    int rc = name && name->kind == RLP_NODE_SCALAR ? tumour_keep(reader->model, name->text, &item.name) : RLP_OK;
    if (rc || item.what == RLP_NONE || item.every == NO_PARAMETER) return rc;
    return add_item(reader->model, &item, index);
}

/* Times of a planned `do`. */
static int read_times(tumour_reader_t *reader, const rlp_node_t *node, const char *path, tumour_item_t *item) {
    const rlp_node_t *at = rlp_node_member(node, "at");
    if (!at) {
        COMPLAIN(reader, node->place, "do needs `at` (a time or a list of times) or `when` (a condition)");
        return RLP_OK;
    }
    if (at->kind != RLP_NODE_LIST) {
        int rc = RLP_NEW(item->at, 1);
        if (!rc) item->at[item->n_at++] = tumour_item_number(reader, node, KEYS_DO, "at", path, false);
        return rc;
    }
    rlp_text_t list;
    const rlp_key_section_t *section = &RLP_TUMOUR_SECTIONS[KEYS_DO];
    rlp_text_init(&list);
    rlp_text_format(&list, "%s.at", path);
    int rc = list.error ? list.error : RLP_NEW(item->at, at->n_items);
    for (size_t i = 0; i < at->n_items && !rc; i++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i + 1);
        rlp_key_t row = *rlp_key_find(section->keys, section->n_keys, "at");
        item->at[item->n_at++] = tumour_scalar(reader, at->items[i], rlp_text_string(&list), number, &row);
    }
    rlp_text_free(&list);
    return rc;
}

static int read_do(tumour_reader_t *reader, const rlp_node_t *node, const char *path, size_t *index) {
    const rlp_node_t *what = rlp_node_member(node, "do"), *name = rlp_node_member(node, "name");
    tumour_item_t item = {.kind = ITEM_DO, .what = RLP_NONE};
    item.every = item.from = item.until = item.doses = item.missed = item.dose.amount = NO_PARAMETER;
    *index = RLP_NONE;
    if (!tumour_map(reader, node, KEYS_DO, "do")) return RLP_OK;
    if (what->kind == RLP_NODE_SCALAR) item.what = tumour_intervention_of(reader, what->text, what->place);
    int rc = name && name->kind == RLP_NODE_SCALAR ? tumour_keep(reader->model, name->text, &item.name) : RLP_OK;
    if (!rc) rc = read_times(reader, node, path, &item);
    if (!rc && item.what != RLP_NONE) rc = add_item(reader->model, &item, index);
    if (rc || *index == RLP_NONE) free(item.at);
    return rc;
}

static int plan_item(rlp_tumour_t *model, size_t arm, size_t item) {
    tumour_arm_t *a = &model->arms[arm];
    int rc = item == RLP_NONE ? RLP_OK : RLP_GROW(a->items, a->item_capacity, a->n_items + 1);
    if (!rc && item != RLP_NONE) a->items[a->n_items++] = item;
    return rc;
}

/* What only rules have. */
static void refuse_pace(tumour_reader_t *reader, const rlp_node_t *node) {
    static const char *const pace[] = {"gap", "at_most"};
    for (size_t i = 0; i < COUNT(pace); i++) {
        const rlp_node_t *member = rlp_node_member(node, pace[i]);
        if (member) COMPLAIN(reader, member->key_place, "`%s` belongs to a rule; this item has no `when`", pace[i]);
    }
}

static int read_planned(tumour_reader_t *reader, const rlp_node_t *node, size_t arm, const char *path) {
    const rlp_node_t *ends = NULL;
    size_t item;
    bool gives = rlp_node_member(node, "give") != NULL;
    int rc = gives ? tumour_read_give(reader, node, path, &item, &ends) : read_do(reader, node, path, &item);
    refuse_pace(reader, node);
    if (!rc) rc = plan_item(reader->model, arm, item);
    return rc ? rc : tumour_add_end(reader, arm, item, ends);
}

static int read_item(tumour_reader_t *reader, const rlp_node_t *node, size_t arm, size_t number) {
    rlp_text_t prefix, path;
    rlp_text_init(&prefix);
    rlp_text_init(&path);
    rlp_text_format(&prefix, "arms.%s", reader->model->arms[arm].name);
    tumour_item_path(node, rlp_text_string(&prefix), number, &path);
    int rc = prefix.error ? prefix.error : path.error;
    if (!rc)
        rc = tumour_is_rule(node) ? tumour_read_rule(reader, node, arm, rlp_text_string(&path))
                                  : read_planned(reader, node, arm, rlp_text_string(&path));
    rlp_text_free(&prefix);
    rlp_text_free(&path);
    return rc;
}

static void check_names(tumour_reader_t *reader, const rlp_node_t *list) {
    for (size_t i = 0; i < list->n_items; i++) {
        const rlp_node_t *name = rlp_node_member(list->items[i], "name");
        for (size_t k = 0; name && k < i; k++) {
            const rlp_node_t *other = rlp_node_member(list->items[k], "name");
            if (other && other->kind == RLP_NODE_SCALAR && name->kind == RLP_NODE_SCALAR && !strcmp(other->text, name->text))
                COMPLAIN(reader, name->place, "two items of the arm are called '%s'", name->text);
        }
    }
}

/* ---- arms ----------------------------------------------------------------------------------------------------------------- */
typedef struct {
    tumour_reader_t *reader;
    const rlp_node_t *arms;
    unsigned char *state; /* 0 not read, 1 being read, 2 read */
} arms_t;

static int read_arm(arms_t *arms, size_t index);

static int read_as(arms_t *arms, const rlp_node_t *node, size_t index) {
    tumour_reader_t *reader = arms->reader;
    rlp_tumour_t *model = reader->model;
    const rlp_node_t *as = rlp_node_member(node, "as");
    if (!tumour_map(reader, node, KEYS_AS, "as") || as->kind != RLP_NODE_SCALAR) return RLP_OK;
    size_t other = tumour_find_arm(model, as->text);
    if (other == RLP_NONE) {
        const char *known[TUMOUR_NAMES_MAX];
        size_t n = 0;
        for (; n < model->n_arms && n < TUMOUR_NAMES_MAX; n++) known[n] = model->arms[n].name;
        tumour_unknown(reader, as->place, "arm", as->text, known, n);
        return RLP_OK;
    }
    if (arms->state[other] == 1) {
        COMPLAIN(reader, as->place, "the arm %s is defined by itself (`as: %s`)", model->arms[index].name, as->text);
        return RLP_OK;
    }
    int rc = read_arm(arms, other);
    if (!rc) rc = tumour_take_switches(model, other, index);
    for (size_t i = 0; i < model->arms[other].n_items && !rc; i++) rc = plan_item(model, index, model->arms[other].items[i]);
    for (size_t i = 0; i < model->arms[other].n_rules && !rc; i++) rc = tumour_add_rule(model, index, &model->arms[other].rules[i]);
    return rc;
}

static int read_entry(arms_t *arms, const rlp_node_t *node, size_t index, size_t number) {
    tumour_reader_t *reader = arms->reader;
    if (node->kind != RLP_NODE_MAP) {
        COMPLAIN(reader, node->place, "expected an item of an arm: {give: DRUG, every: 12 h}, {do: INTERVENTION, at: 0 d} or {as: ARM}");
        return RLP_OK;
    }
    if (rlp_node_member(node, "as")) return read_as(arms, node, index);
    if (rlp_node_member(node, "rows")) return tumour_read_switches(reader, node, index);
    static const char *const known[] = {"give", "do", "stop", "reduce", "pause", "test", "as", "when", "rows"};
    for (size_t i = 0; i < COUNT(known); i++)
        if (rlp_node_member(node, known[i])) return read_item(reader, node, index, number);
    const char *near = node->n_items ? rlp_nearest(node->items[0]->key, known, COUNT(known)) : NULL;
    COMPLAIN(reader, node->place, "an item of an arm is one of give, do, stop, reduce, pause, test, as and rows%s%s%s", near ? "; did you mean '" : "",
             near ? near : "", near ? "'?" : "");
    return RLP_OK;
}

static int read_arm(arms_t *arms, size_t index) {
    const rlp_node_t *list = arms->arms->items[index];
    if (arms->state[index]) return RLP_OK;
    arms->state[index] = 1;
    bool empty = list->kind == RLP_NODE_NULL || (list->kind == RLP_NODE_MAP && !list->n_items);
    if (list->kind != RLP_NODE_LIST && !empty)
        COMPLAIN(arms->reader, list->place, "the arm %s must be a list of items ([] for no treatment)", list->key);
    int rc = RLP_OK;
    for (size_t i = 0; list->kind == RLP_NODE_LIST && i < list->n_items && !rc; i++) rc = read_entry(arms, list->items[i], index, i + 1);
    if (list->kind == RLP_NODE_LIST) check_names(arms->reader, list);
    tumour_check_uses(arms->reader, index);
    arms->state[index] = 2;
    return rc;
}

static int name_arm(rlp_tumour_t *model, const char *name, rlp_place_t place) {
    int rc = RLP_GROW(model->arms, model->arm_capacity, model->n_arms + 1);
    if (rc) return rc;
    model->arms[model->n_arms] = (tumour_arm_t){.place = place};
    rc = tumour_keep(model, name, &model->arms[model->n_arms].name);
    if (!rc) model->n_arms++;
    return rc;
}

int tumour_read_arms(tumour_reader_t *reader, const rlp_node_t *node) {
    rlp_tumour_t *model = reader->model;
    arms_t arms = {reader, node, NULL};
    if (!node || (node->kind == RLP_NODE_MAP && !node->n_items)) return name_arm(model, "all", reader->root->place);
    if (node->kind != RLP_NODE_MAP) {
        COMPLAIN(reader, node->place, "arms must be a map of arms by name");
        return name_arm(model, "all", node->place);
    }
    int rc = RLP_OK;
    for (size_t i = 0; i < node->n_items && !rc; i++) {
        (void)tumour_name_fits(reader, node->items[i], "an arm");
        rc = name_arm(model, node->items[i]->key, node->items[i]->key_place);
    }
    if (!rc) rc = RLP_NEW(arms.state, node->n_items);
    for (size_t i = 0; i < node->n_items && !rc; i++) rc = read_arm(&arms, i);
    free(arms.state);
    return rc;
}
