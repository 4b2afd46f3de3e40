/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `drugs:`: dose, one-compartment kinetics, the effect on cells, and the table of what resists it.
 *
 * Protection is a table per drug: trait, or trait+trait, to a change of `half` or of `effect`; never a product over traits. */
#include <math.h>
#include <string.h>

#include "model.h"
#include "relapse/memory.h"

/* ---- dose ------------------------------------------------------------------------------------------------------------------ */
int tumour_read_patient(tumour_reader_t *reader, const rlp_node_t *patient) {
    rlp_tumour_t *model = reader->model;
    model->weight = model->bsa = NO_PARAMETER;
    if (!patient || !tumour_map(reader, patient, KEYS_PATIENT, "patient")) return RLP_OK;
    model->weight = tumour_optional(reader, patient, KEYS_PATIENT, "weight");
    model->bsa = tumour_optional(reader, patient, KEYS_PATIENT, "bsa");
    return RLP_OK;
}

tumour_per_t tumour_dose_written(tumour_reader_t *reader, const rlp_node_t *scalar, rlp_dimension_t *dimension) {
    static const struct {
        rlp_dimension_t dimension;
        const char *per, *needs;
    } ways[] = {[DOSE_PER_WEIGHT] = {RLP_DIMENSION_DOSE_PER_WEIGHT, "kg of body weight", "weight: 70 kg"},
                [DOSE_PER_AREA] = {RLP_DIMENSION_DOSE_PER_AREA, "m2 of body surface", "bsa: 1.8 m2"}};
    const size_t of_patient[] = {[DOSE_PER_WEIGHT] = reader->model->weight, [DOSE_PER_AREA] = reader->model->bsa};
    double ignored;
    *dimension = RLP_DIMENSION_MASS;
    if (!scalar || scalar->kind != RLP_NODE_SCALAR || rlp_units_is_bare(scalar->text)) return DOSE_AS_IT_IS;
    for (size_t way = DOSE_PER_WEIGHT; way <= DOSE_PER_AREA; way++) {
        if (rlp_units_parse(scalar->text, ways[way].dimension, &ignored, NULL)) continue;
        *dimension = ways[way].dimension;
        if (of_patient[way] == NO_PARAMETER)
            COMPLAIN(reader, scalar->place, "dose is '%s', a dose for each %s: the input needs `patient: {%s}` at its root", scalar->text, ways[way].per,
                     ways[way].needs);
        return (tumour_per_t)way;
    }
    return DOSE_AS_IT_IS;
}

static tumour_dose_t read_dose(tumour_reader_t *reader, const rlp_node_t *map, tumour_keys_t keys) {
    rlp_dimension_t dimension;
    tumour_dose_t dose = {NO_PARAMETER, tumour_dose_written(reader, rlp_node_member(map, "dose"), &dimension)};
    dose.amount = tumour_parameter_as(reader, map, keys, "dose", dimension, 0, 1e6, 0);
    return dose;
}

static void read_light(tumour_reader_t *reader, const rlp_node_t *node, tumour_drug_t *drug) {
    if (!node || !tumour_map(reader, node, KEYS_LIGHT, "light")) return;
    drug->light_below = tumour_parameter(reader, node, KEYS_LIGHT, "below");
    drug->light = read_dose(reader, node, KEYS_LIGHT);
    if (reader->model->weight == NO_PARAMETER)
        COMPLAIN(reader, node->key_place, "light of %s asks for the weight: the input needs `patient: {weight: 70 kg}` at its root", drug->name);
}

double tumour_dose_mg(const rlp_tumour_t *m, const double *values, const tumour_item_t *item) {
    const tumour_drug_t *drug = &m->drugs[item->what];
    bool light = drug->light_below != NO_PARAMETER && values[m->weight] < values[drug->light_below];
    tumour_dose_t dose = item->dose.amount != NO_PARAMETER ? item->dose : light ? drug->light : drug->dose;
    return values[dose.amount] * (dose.per == DOSE_PER_WEIGHT ? values[m->weight] : dose.per == DOSE_PER_AREA ? values[m->bsa] : 1);
}

/* ---- kinetics and effect -------------------------------------------------------------------------------------------------- */
static void read_pk(tumour_reader_t *reader, const rlp_node_t *node, tumour_drug_t *drug) {
    if (!node || !tumour_map(reader, node, KEYS_PK, "pk")) return;
    drug->ka = tumour_optional(reader, node, KEYS_PK, "ka");
    drug->half_life = tumour_optional(reader, node, KEYS_PK, "half_life");
    drug->clearance = tumour_optional(reader, node, KEYS_PK, "clearance");
    drug->volume = tumour_parameter(reader, node, KEYS_PK, "volume");
    bool both = drug->half_life != NO_PARAMETER && drug->clearance != NO_PARAMETER;
    bool neither = drug->half_life == NO_PARAMETER && drug->clearance == NO_PARAMETER;
    if (both) COMPLAIN(reader, node->key_place, "pk of %s has both half_life and clearance; with volume one of them says all", drug->name);
    if (neither) COMPLAIN(reader, node->key_place, "pk of %s needs half_life or clearance", drug->name);
}

static void read_max(tumour_reader_t *reader, const rlp_node_t *node, tumour_drug_t *drug) {
    const rlp_node_t *max = rlp_node_member(node, "max");
    if (!max) {
        COMPLAIN(reader, node->key_place, "effect needs 'max' (with /d: added to the rate; else a share); an occupancy alone is `changes: none`");
        return;
    }
    drug->effect_is_rate = tumour_written_as_rate(max);
    if (drug->effect_is_rate && drug->changes == EFFECT_GROWTH) {
        COMPLAIN(reader, max->place, "max is '%s'; `changes: growth` takes a share of the patient's own net growth (-55 %%)", max->text);
        drug->effect_is_rate = false;
    }
    rlp_dimension_t dimension = drug->effect_is_rate ? RLP_DIMENSION_RATE : RLP_DIMENSION_SHARE;
    drug->max = tumour_parameter_as(reader, node, KEYS_EFFECT, "max", dimension, -1e4, 1e4, 0);
}

/* `changes: none` is an occupancy for rows to read, without an effect of its own. */
static void read_effect(tumour_reader_t *reader, const rlp_node_t *node, tumour_drug_t *drug) {
    static const tumour_effect_t effects[] = {EFFECT_DEATH, EFFECT_BIRTH, EFFECT_GROWTH, EFFECT_NONE}; /* as the words of `changes` */
    if (!node || !tumour_map(reader, node, KEYS_EFFECT, "effect")) return;
    drug->changes = effects[tumour_word(reader, node, KEYS_EFFECT, "changes")];
    (void)tumour_word(reader, node, KEYS_EFFECT, "law");
    const rlp_node_t *max = rlp_node_member(node, "max"), *resisted = rlp_node_member(node->parent, "resisted");
    if (drug->changes != EFFECT_NONE) read_max(reader, node, drug);
    if (drug->changes == EFFECT_NONE && max) COMPLAIN(reader, max->key_place, "`changes: none` has no effect of its own, and so no max");
    if (drug->changes == EFFECT_NONE && resisted)
        COMPLAIN(reader, resisted->key_place, "`changes: none` has no effect of its own that traits could resist");
    drug->half = tumour_parameter_as(reader, node, KEYS_EFFECT, "half", RLP_DIMENSION_CONCENTRATION, 1e-12, 1e9, drug->molar_mass);
    drug->power = tumour_parameter(reader, node, KEYS_EFFECT, "power");
    if (drug->half == NO_PARAMETER || drug->power == NO_PARAMETER) drug->half = NO_PARAMETER, drug->changes = EFFECT_NONE;
    if (drug->max == NO_PARAMETER) drug->changes = EFFECT_NONE;
}

/* ---- resisted ------------------------------------------------------------------------------------------------------------- */
static void find_ladder(const rlp_tumour_t *model, tumour_resisted_t *row, size_t *ladders) {
    row->ladder = RLP_NONE;
    *ladders = 0;
    for (size_t t = 0; t < model->n_traits; t++) {
        if (!set_has(row->traits, t) || model->traits[t].kind != TRAIT_LADDER) continue;
        row->ladder = t;
        ++*ladders;
    }
}

/* A list: one number per rung of the ladder that the row names. */
static void read_list(tumour_reader_t *reader, const rlp_node_t *list, const tumour_resisted_t *row, const rlp_key_t *key,
                      size_t *parameters) {
    size_t ladders, rungs;
    tumour_resisted_t copy = *row;
    find_ladder(reader->model, &copy, &ladders);
    if (ladders != 1) {
        COMPLAIN(reader, list->place, "%s of '%s' is a list; a list has one number per rung, and '%s' names %s ladder", key->name,
                 list->parent->key, list->parent->key, ladders ? "more than one" : "no");
        return;
    }
    rungs = reader->model->traits[row->ladder].rungs;
    if (list->n_items != rungs) {
        COMPLAIN(reader, list->place, "%s of '%s' has %zu numbers; the ladder %s has %zu rungs", key->name, list->parent->key,
                 list->n_items, reader->model->traits[row->ladder].name, rungs);
        return;
    }
    for (size_t k = 0; k < rungs; k++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", k + 1);
        parameters[k] = tumour_element(reader, list->items[k], number, key);
    }
}

static void read_change(tumour_reader_t *reader, const rlp_node_t *node, const tumour_resisted_t *row, const char *name,
                        rlp_dimension_t dimension, double low, double high, size_t *parameters) {
    const rlp_node_t *member = rlp_node_member(node, name);
    rlp_key_t key = {.name = name, .kind = RLP_KEY_NUMBER, .dimension = dimension, .low = low, .high = high, .fallback = 1};
    for (size_t k = 0; k < TUMOUR_RUNGS_MAX; k++) parameters[k] = NO_PARAMETER;
    if (!member) return;
    if (member->kind == RLP_NODE_LIST) {
        read_list(reader, member, row, &key, parameters);
        return;
    }
    size_t one = tumour_parameter_as(reader, node, KEYS_RESISTED, name, dimension, low, high, 0);
    for (size_t k = 0; k < TUMOUR_RUNGS_MAX; k++) parameters[k] = one;
}

static void read_resisted_row(tumour_reader_t *reader, const rlp_node_t *node, tumour_drug_t *drug) {
    tumour_resisted_t *row = &drug->resisted[drug->n_resisted];
    size_t ladders;
    if (!tumour_trait_set_of(reader, node->key, node->key_place, &row->traits)) return;
    for (size_t i = 0; i < drug->n_resisted; i++)
        if (drug->resisted[i].traits == row->traits)
            COMPLAIN(reader, node->key_place, "'%s' names the same traits as another row of resisted", node->key);
    find_ladder(reader->model, row, &ladders);
    if (!tumour_map(reader, node, KEYS_RESISTED, "resisted")) return;
    if (!node->n_items) COMPLAIN(reader, node->place, "resisted '%s' needs half or effect", node->key);
    read_change(reader, node, row, "half", RLP_DIMENSION_NUMBER, 1e-6, 1e9, row->half);
    read_change(reader, node, row, "effect", RLP_DIMENSION_SHARE, 0, 1e3, row->effect);
    drug->named |= row->traits;
    drug->n_resisted++;
}

/* `if_present`: a drug of a library names the traits of many studies. */
static int read_resisted(tumour_reader_t *reader, const rlp_node_t *node, bool if_present, tumour_drug_t *drug) {
    if (!node || node->kind != RLP_NODE_MAP) return RLP_OK;
    int rc = RLP_NEW(drug->resisted, node->n_items);
    for (size_t i = 0; i < node->n_items && !rc; i++)
        if (!if_present || tumour_traits_known(reader->model, node->items[i]->key)) read_resisted_row(reader, node->items[i], drug);
    return rc;
}

/* ---- the table of drugs --------------------------------------------------------------------------------------------------- */
static int read_drug(tumour_reader_t *reader, const rlp_node_t *node) {
    rlp_tumour_t *model = reader->model;
    int rc = RLP_GROW(model->drugs, model->drug_capacity, model->n_drugs + 1);
    if (rc) return rc;
    tumour_drug_t *drug = &model->drugs[model->n_drugs];
    *drug = (tumour_drug_t){.place = node->key_place,
                            .dose = {NO_PARAMETER, DOSE_AS_IT_IS},
                            .light_below = NO_PARAMETER,
                            .toxicity = NO_PARAMETER,
                            .ka = NO_PARAMETER,
                            .half_life = NO_PARAMETER,
                            .clearance = NO_PARAMETER,
                            .volume = NO_PARAMETER,
                            .max = NO_PARAMETER,
                            .half = NO_PARAMETER,
                            .power = NO_PARAMETER};
    if ((rc = tumour_keep(model, node->key, &drug->name))) return rc;
    model->n_drugs++;
    (void)tumour_name_fits(reader, node, "a drug");
    if (!tumour_map(reader, node, KEYS_DRUG, "a drug")) return RLP_OK;
    drug->dose = read_dose(reader, node, KEYS_DRUG);
    read_light(reader, rlp_node_member(node, "light"), drug);
    drug->toxicity = tumour_optional(reader, node, KEYS_DRUG, "toxicity");
    if (rlp_node_member(node, "molar_mass")) drug->molar_mass = tumour_number(reader, node, KEYS_DRUG, "molar_mass");
    read_pk(reader, rlp_node_member(node, "pk"), drug);
    read_effect(reader, rlp_node_member(node, "effect"), drug);
    return read_resisted(reader, rlp_node_member(node, "resisted"), tumour_flag(reader, node, KEYS_DRUG, "if_present"), drug);
}

int tumour_read_drugs(tumour_reader_t *reader, const rlp_node_t *drugs) {
    if (!drugs) return RLP_OK;
    if (drugs->kind != RLP_NODE_MAP) {
        COMPLAIN(reader, drugs->place, "drugs must be a map of drugs by name");
        return RLP_OK;
    }
    for (size_t i = 0; i < drugs->n_items; i++) {
        int rc = read_drug(reader, drugs->items[i]);
        if (rc) return rc;
    }
    return RLP_OK;
}
