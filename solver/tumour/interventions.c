/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `interventions:`: at an instant each cell lives with a probability of its site, and signals jump: x becomes times x + add.
 * How a site's survival comes about, by `survive` or by heat, and who resists it: survival.c. */
#include <string.h>

#include "model.h"
#include "relapse/memory.h"

/* SITE: number; a parameter for each site that is named. */
static void read_by_site(tumour_reader_t *reader, const rlp_node_t *node, const rlp_key_t *key, size_t parameters[TUMOUR_SITES_MAX]) {
    rlp_key_t row = *key;
    for (size_t s = 0; s < TUMOUR_SITES_MAX; s++) parameters[s] = NO_PARAMETER;
    if (!node || node->kind != RLP_NODE_MAP) return;
    for (size_t i = 0; i < node->n_items; i++) {
        rlp_node_t word = {.kind = RLP_NODE_SCALAR, .text = node->items[i]->key, .place = node->items[i]->key_place};
        size_t site = tumour_site_of(reader, &word);
        if (site == RLP_NONE) continue;
        row.name = node->items[i]->key;
        parameters[site] = tumour_element(reader, node->items[i], row.name, &row);
    }
}

static void read_survive(tumour_reader_t *reader, const rlp_node_t *node, tumour_intervention_t *intervention) {
    rlp_key_t row = {.kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_SHARE, .low = 0, .high = 1, .fallback = 1};
    read_by_site(reader, node, &row, intervention->survive);
}

static void read_thermal(tumour_reader_t *reader, const rlp_node_t *node, tumour_thermal_t *thermal) {
    rlp_key_t temperature = {.kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_TEMPERATURE, .low = 0, .high = 500, .fallback = 37};
    rlp_key_t sink = {.kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_COOLING, .low = 0, .high = 500, .fallback = 0};
    if (!node || !tumour_map(reader, node, KEYS_THERMAL, "thermal")) return;
    const rlp_node_t *sinks = rlp_node_member(node, "sink");
    read_by_site(reader, rlp_node_member(node, "temperature"), &temperature, thermal->temperature);
    read_by_site(reader, sinks, &sink, thermal->sink);
    for (size_t s = 0; s < reader->model->n_sites; s++)
        if (thermal->sink[s] != NO_PARAMETER && thermal->temperature[s] == NO_PARAMETER)
            COMPLAIN(reader, rlp_node_member(sinks, reader->model->sites[s].name)->key_place, "%s has a sink and no temperature",
                     reader->model->sites[s].name);
    thermal->duration = tumour_parameter(reader, node, KEYS_THERMAL, "duration");
    thermal->frequency_factor = tumour_parameter(reader, node, KEYS_THERMAL, "frequency_factor");
    thermal->activation_energy = tumour_parameter(reader, node, KEYS_THERMAL, "activation_energy");
}

/* `if_present`: an intervention of a library names the traits of many studies. */
static int read_resisted(tumour_reader_t *reader, const rlp_node_t *node, bool if_present, tumour_intervention_t *intervention) {
    if (!node || node->kind != RLP_NODE_MAP) return RLP_OK;
    int rc = RLP_NEW(intervention->resisted, node->n_items);
    for (size_t i = 0; i < node->n_items && !rc; i++) {
        const rlp_node_t *item = node->items[i];
        if (if_present && !tumour_traits_known(reader->model, item->key)) continue;
        tumour_hardened_t *row = &intervention->resisted[intervention->n_resisted];
        if (!tumour_trait_set_of(reader, item->key, item->key_place, &row->traits)) continue;
        for (size_t k = 0; k < intervention->n_resisted; k++)
            if (intervention->resisted[k].traits == row->traits)
                COMPLAIN(reader, item->key_place, "'%s' names the same traits as another row of resisted", item->key);
        if (!tumour_map(reader, item, KEYS_HARDENED, "resisted")) continue;
        row->power = tumour_parameter(reader, item, KEYS_HARDENED, "power");
        intervention->named |= row->traits;
        intervention->n_resisted++;
    }
    return rc;
}

static void read_push(tumour_reader_t *reader, const rlp_node_t *node, tumour_intervention_t *intervention) {
    tumour_push_t *push = &intervention->pushes[intervention->n_pushes];
    const rlp_node_t *in = rlp_node_member(node, "in");
    push->signal = tumour_signal_of(reader, node->key, node->key_place);
    if (!tumour_map(reader, node, KEYS_PUSH, "a signal's jump") || push->signal == RLP_NONE) return;
    const tumour_signal_t *signal = &reader->model->signals[push->signal];
    push->add = tumour_optional(reader, node, KEYS_PUSH, "add");
    push->times = tumour_optional(reader, node, KEYS_PUSH, "times");
    push->sites = in ? tumour_sites_of(reader, in) : SET_ALL;
    if (push->add == NO_PARAMETER && push->times == NO_PARAMETER)
        COMPLAIN(reader, node->key_place, "the jump of %s needs add or times", node->key);
    if (in && signal->per_patient) COMPLAIN(reader, in->key_place, "%s has one copy per patient; `in` has no meaning", node->key);
    if (in && !signal->per_patient && push->sites & ~signal->sites)
        COMPLAIN(reader, in->place, "%s does not live in all of these sites (see its own `in`)", node->key);
    intervention->n_pushes++;
}

static int read_intervention(tumour_reader_t *reader, const rlp_node_t *node) {
    rlp_tumour_t *model = reader->model;
    int rc = RLP_GROW(model->interventions, model->intervention_capacity, model->n_interventions + 1);
    if (rc) return rc;
    tumour_intervention_t *intervention = &model->interventions[model->n_interventions];
    *intervention = (tumour_intervention_t){.toxicity = NO_PARAMETER};
    for (size_t s = 0; s < TUMOUR_SITES_MAX; s++)
        intervention->survive[s] = intervention->thermal.temperature[s] = intervention->thermal.sink[s] = NO_PARAMETER;
    if ((rc = tumour_keep(model, node->key, &intervention->name))) return rc;
    model->n_interventions++;
    (void)tumour_name_fits(reader, node, "an intervention");
    if (!strcmp(node->key, "always"))
        COMPLAIN(reader, node->key_place, "an intervention cannot be called always: that is the source that is always 1");
    if (!tumour_map(reader, node, KEYS_INTERVENTION, "an intervention")) return RLP_OK;
    intervention->toxicity = tumour_optional(reader, node, KEYS_INTERVENTION, "toxicity");
    read_survive(reader, rlp_node_member(node, "survive"), intervention);
    read_thermal(reader, rlp_node_member(node, "thermal"), &intervention->thermal);
    bool if_present = tumour_flag(reader, node, KEYS_INTERVENTION, "if_present");
    if ((rc = read_resisted(reader, rlp_node_member(node, "resisted"), if_present, intervention))) return rc;
    const rlp_node_t *signals = rlp_node_member(node, "signals");
    if (!signals || signals->kind != RLP_NODE_MAP) return RLP_OK;
    if ((rc = RLP_NEW(intervention->pushes, signals->n_items))) return rc;
    for (size_t i = 0; i < signals->n_items; i++) read_push(reader, signals->items[i], intervention);
    return RLP_OK;
}

int tumour_read_interventions(tumour_reader_t *reader, const rlp_node_t *interventions) {
    if (!interventions) return RLP_OK;
    if (interventions->kind != RLP_NODE_MAP) {
        COMPLAIN(reader, interventions->place, "interventions must be a map of interventions by name");
        return RLP_OK;
    }
    for (size_t i = 0; i < interventions->n_items; i++) {
        int rc = read_intervention(reader, interventions->items[i]);
        if (rc) return rc;
    }
    return RLP_OK;
}
