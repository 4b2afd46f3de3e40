/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What there may be of an arm, whatever the values: for those who need room before they know. */
#include "model.h"

/* A course begins and ends; an intervention is done at each of its times. */
size_t rlp_tumour_most_planned(const rlp_tumour_t *model, size_t arm) {
    size_t n = 0;
    for (size_t i = 0; i < model->arms[arm].n_items; i++) {
        const tumour_item_t *item = &model->items[model->arms[arm].items[i]];
        n += item->kind == ITEM_GIVE ? 2 : item->n_at;
    }
    return n;
}

bool rlp_tumour_drug_may_harm(const rlp_tumour_t *model, size_t arm, size_t drug) {
    return model->drugs[drug].toxicity != NO_PARAMETER && tumour_arm_gives(model, arm, drug);
}

bool rlp_tumour_intervention_may_harm(const rlp_tumour_t *model, size_t arm, size_t intervention) {
    return model->interventions[intervention].toxicity != NO_PARAMETER && tumour_arm_does(model, arm, intervention);
}
