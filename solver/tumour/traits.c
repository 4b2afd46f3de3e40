/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `traits:`: what a cell can acquire. Genetic and ladder traits at division, plastic ones at rates per day. */
#include <math.h>
#include <string.h>

#include "model.h"

/* Which keys belong to which kind; the others are refused there. */
static const struct {
    const char *key;
    bool allowed[3], needed[3]; /* genetic, ladder, plastic */
} BELONGS[] = {
    {"found", {true, true, false}, {true, true, false}},    {"rungs", {false, true, false}, {false, true, false}},
    {"gain", {false, true, true}, {false, true, true}},     {"loss", {false, true, true}, {false, true, true}},
    {"start", {false, false, true}, {false, false, false}},
};

static void check_kind(tumour_reader_t *reader, const rlp_node_t *node, tumour_kind_t kind) {
    static const char *const NAMES[] = {"genetic", "ladder", "plastic"};
    for (size_t i = 0; i < COUNT(BELONGS); i++) {
        const rlp_node_t *member = rlp_node_member(node, BELONGS[i].key);
        if (member && !BELONGS[i].allowed[kind])
            COMPLAIN(reader, member->key_place, "%s has no meaning for the %s trait %s", BELONGS[i].key, NAMES[kind], node->key);
        if (!member && BELONGS[i].needed[kind])
            COMPLAIN(reader, node->key_place, "the %s trait %s needs '%s'", NAMES[kind], node->key, BELONGS[i].key);
    }
}

/* A bare number or a share is a factor, a number with a unit is the rate. */
static tumour_change_t read_change(tumour_reader_t *reader, const rlp_node_t *node, const char *key) {
    const rlp_node_t *member = rlp_node_member(node, key);
    tumour_change_t change = {NO_PARAMETER, tumour_written_as_rate(member)};
    if (member)
        change.parameter = tumour_parameter_as(reader, node, KEYS_TRAIT, key, change.is_rate ? RLP_DIMENSION_RATE : RLP_DIMENSION_SHARE, 0,
                                               change.is_rate ? 1e4 : 1e3, 0);
    return change;
}

static size_t read_step(tumour_reader_t *reader, const rlp_node_t *node, const char *key, tumour_kind_t kind) {
    if (kind == TRAIT_GENETIC || !rlp_node_member(node, key)) return NO_PARAMETER;
    if (kind == TRAIT_LADDER) return tumour_parameter_as(reader, node, KEYS_TRAIT, key, RLP_DIMENSION_SHARE, 0, 1, 0);
    return tumour_parameter_as(reader, node, KEYS_TRAIT, key, RLP_DIMENSION_RATE, 0, 1e4, 0);
}

static void read_members(tumour_reader_t *reader, const rlp_node_t *node, tumour_trait_t *trait) {
    trait->kind = (tumour_kind_t)tumour_word(reader, node, KEYS_TRAIT, "kind");
    check_kind(reader, node, trait->kind);
    if (trait->kind == TRAIT_LADDER) trait->rungs = (size_t)tumour_whole(reader, node, KEYS_TRAIT, "rungs");
    if (trait->kind == TRAIT_PLASTIC)
        trait->start = tumour_parameter(reader, node, KEYS_TRAIT, "start");
    else
        trait->found = tumour_parameter(reader, node, KEYS_TRAIT, "found");
    trait->gain = read_step(reader, node, "gain", trait->kind);
    trait->loss = read_step(reader, node, "loss", trait->kind);
    trait->cost = tumour_parameter(reader, node, KEYS_TRAIT, "cost");
    trait->birth = read_change(reader, node, "birth");
    trait->death = read_change(reader, node, "death");
}

static int read_trait(tumour_reader_t *reader, const rlp_node_t *node) {
    rlp_tumour_t *model = reader->model;
    if (model->n_traits == TUMOUR_TRAITS_MAX) {
        COMPLAIN(reader, node->key_place, "more than %d traits", TUMOUR_TRAITS_MAX);
        return RLP_OK;
    }
    tumour_trait_t *trait = &model->traits[model->n_traits];
    *trait = (tumour_trait_t){.rungs = 1,
                              .found = NO_PARAMETER,
                              .gain = NO_PARAMETER,
                              .loss = NO_PARAMETER,
                              .start = NO_PARAMETER,
                              .cost = NO_PARAMETER,
                              .birth = {NO_PARAMETER, false},
                              .death = {NO_PARAMETER, false}};
    int rc = tumour_keep(model, node->key, &trait->name);
    if (rc) return rc;
    (void)tumour_name_fits(reader, node, "a trait");
    if (!strcmp(node->key, "none"))
        COMPLAIN(reader, node->key_place, "a trait cannot be called none: that is the name of cells without any");
    if (tumour_map(reader, node, KEYS_TRAIT, "a trait")) read_members(reader, node, trait);
    model->n_traits++;
    return RLP_OK;
}

static void check_start(tumour_reader_t *reader, const rlp_node_t *traits) {
    double sum = 0;
    for (size_t i = 0; i < reader->model->n_traits; i++)
        if (reader->model->traits[i].start != NO_PARAMETER) sum += reader->parameters->rows[reader->model->traits[i].start].value;
    if (sum > 1) COMPLAIN(reader, traits->key_place, "the start shares of the plastic traits sum to %.10g, more than all cells", sum);
}

int tumour_read_traits(tumour_reader_t *reader, const rlp_node_t *traits) {
    if (!traits) return tumour_build_types(reader, NULL);
    if (traits->kind != RLP_NODE_MAP) {
        COMPLAIN(reader, traits->place, "traits must be a map of traits by name");
        return tumour_build_types(reader, NULL);
    }
    for (size_t i = 0; i < traits->n_items; i++) {
        int rc = strcmp(traits->items[i]->key, "combine") ? read_trait(reader, traits->items[i]) : RLP_OK;
        if (rc) return rc;
    }
    check_start(reader, traits);
    return tumour_build_types(reader, rlp_node_member(traits, "combine"));
}

/* ---- numbers of one patient --------------------------------------------------------------------------------------------- */
double tumour_growth(const rlp_tumour_t *model, const double *values) { return fmin(values[model->growth], 0.9 * values[model->birth]); }

static double changed(const rlp_tumour_t *model, const double *values, const tumour_type_t *type, double resting, bool is_birth) {
    double rate = resting;
    for (size_t t = 0; t < model->n_traits; t++) {
        const tumour_change_t *change = is_birth ? &model->traits[t].birth : &model->traits[t].death;
        if (type->rungs[t] && change->parameter != NO_PARAMETER && change->is_rate) rate = values[change->parameter];
    }
    for (size_t t = 0; t < model->n_traits; t++) {
        const tumour_change_t *change = is_birth ? &model->traits[t].birth : &model->traits[t].death;
        if (type->rungs[t] && change->parameter != NO_PARAMETER && !change->is_rate) rate *= values[change->parameter];
    }
    return rate;
}

/* Cost acts on birth, as a share of net growth: factor 1 - growth (1 - prod(1 - cost))/birth, with (1 - cost) k times on rung k. */
static double cost_factor(const rlp_tumour_t *model, const double *values, const tumour_type_t *type, double birth, double growth) {
    double left = 1;
    for (size_t t = 0; t < model->n_traits; t++)
        for (size_t k = 0; k < type->rungs[t]; k++) left *= 1 - values[model->traits[t].cost];
    return fmax(0, 1 - growth * (1 - left) / birth);
}

void tumour_resting_rates(const rlp_tumour_t *model, const double *values, size_t index, double *birth, double *death) {
    const tumour_type_t *type = &model->types[index];
    double b = values[model->birth], growth = tumour_growth(model, values);
    double lost_of = fmax(growth, 0); /* a tumour that shrinks by itself has no growth to lose */
    *birth = changed(model, values, type, b, true) * cost_factor(model, values, type, b, lost_of);
    *death = changed(model, values, type, b - growth, false);
}
