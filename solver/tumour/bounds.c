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

static bool among(const rlp_act_t *acts, size_t n, rlp_act_kind_t kind, size_t what) {
    for (size_t i = 0; i < n; i++)
        if (acts[i].kind == kind && acts[i].what == what) return true;
    return false;
}

static bool in_arm(const rlp_tumour_t *model, size_t arm, tumour_item_kind_t kind, size_t what) {
    const tumour_arm_t *a = &model->arms[arm];
    rlp_act_kind_t act = kind == ITEM_GIVE ? RLP_ACT_GIVE : RLP_ACT_DO;
    for (size_t i = 0; i < a->n_items; i++)
        if (model->items[a->items[i]].kind == kind && model->items[a->items[i]].what == what) return true;
    for (size_t r = 0; r < a->n_rules; r++)
        if (among(a->rules[r].then, a->rules[r].n_then, act, what) || among(a->rules[r].otherwise, a->rules[r].n_otherwise, act, what)) return true;
    return false;
}

bool rlp_tumour_drug_may_harm(const rlp_tumour_t *model, size_t arm, size_t drug) {
    return model->drugs[drug].toxicity != NO_PARAMETER && in_arm(model, arm, ITEM_GIVE, drug);
}

bool rlp_tumour_intervention_may_harm(const rlp_tumour_t *model, size_t arm, size_t intervention) {
    return model->interventions[intervention].toxicity != NO_PARAMETER && in_arm(model, arm, ITEM_DO, intervention);
}
