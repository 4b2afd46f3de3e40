/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A model for those who tell of it: how many there are of each thing, what they are called, and at most how much is planned. */
#include "model.h"

size_t rlp_tumour_drugs(const rlp_tumour_t *model) { return model->n_drugs; }
const char *rlp_tumour_drug_name(const rlp_tumour_t *model, size_t drug) { return model->drugs[drug].name; }
size_t rlp_tumour_interventions(const rlp_tumour_t *model) { return model->n_interventions; }
const char *rlp_tumour_intervention_name(const rlp_tumour_t *model, size_t intervention) { return model->interventions[intervention].name; }

/* A course begins and ends; an intervention is done at each of its times. */
size_t rlp_tumour_most_planned(const rlp_tumour_t *model, size_t arm) {
    size_t n = 0;
    for (size_t i = 0; i < model->arms[arm].n_items; i++) {
        const tumour_item_t *item = &model->items[model->arms[arm].items[i]];
        n += item->kind == ITEM_GIVE ? 2 : item->n_at;
    }
    return n;
}
