/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `signals:`: what the environment remembers. x' = (rest + pushes - x) speed / tau, one copy a site or one a patient. */
#include <string.h>

#include "model.h"
#include "relapse/memory.h"

static void read_leak(tumour_reader_t *reader, const rlp_node_t *node, tumour_signal_t *signal) {
    rlp_key_t row = {.kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_SHARE, .low = 0, .high = 1};
    if (!node || node->kind != RLP_NODE_MAP) return;
    if (signal->per_patient) COMPLAIN(reader, node->key_place, "%s has one copy per patient; there is no site to leak to", signal->name);
    for (size_t i = 0; i < node->n_items; i++) {
        rlp_node_t word = {.kind = RLP_NODE_SCALAR, .text = node->items[i]->key, .place = node->items[i]->key_place};
        size_t site = tumour_site_of(reader, &word);
        if (site == RLP_NONE) continue;
        if (!set_has(signal->sites, site))
            COMPLAIN(reader, node->items[i]->key_place, "%s does not live in %s, so it cannot leak to it", signal->name, word.text);
        row.name = word.text;
        signal->leak[site] = tumour_element(reader, node->items[i], word.text, &row);
        signal->leaks = true;
    }
}

static void read_members(tumour_reader_t *reader, const rlp_node_t *node, tumour_signal_t *signal) {
    const rlp_node_t *in = rlp_node_member(node, "in");
    signal->rest = tumour_parameter(reader, node, KEYS_SIGNAL, "rest");
    signal->tau = tumour_parameter(reader, node, KEYS_SIGNAL, "tau");
    signal->per_patient = tumour_word(reader, node, KEYS_SIGNAL, "per") == 1;
    if (in) signal->sites = tumour_sites_of(reader, in);
    if (in && signal->per_patient) COMPLAIN(reader, in->key_place, "%s has one copy per patient; `in` has no meaning", signal->name);
    read_leak(reader, rlp_node_member(node, "leak"), signal);
}

static int read_signal(tumour_reader_t *reader, const rlp_node_t *node) {
    rlp_tumour_t *model = reader->model;
    static const char *const taken[] = {"birth", "death", "seeding", "growth"};
    int rc = RLP_GROW(model->signals, model->signal_capacity, model->n_signals + 1);
    if (rc) return rc;
    tumour_signal_t *signal = &model->signals[model->n_signals];
    *signal = (tumour_signal_t){.rest = NO_PARAMETER, .tau = NO_PARAMETER, .sites = SET_ALL};
    for (size_t s = 0; s < TUMOUR_SITES_MAX; s++) signal->leak[s] = NO_PARAMETER;
    if (model->n_sites < 32) signal->sites = set_of(model->n_sites) - 1;
    if ((rc = tumour_keep(model, node->key, &signal->name))) return rc;
    model->n_signals++;
    (void)tumour_name_fits(reader, node, "a signal");
    for (size_t i = 0; i < COUNT(taken); i++)
        if (!strcmp(node->key, taken[i]))
            COMPLAIN(reader, node->key_place, "a signal cannot be called %s: rows aim at the rate of that name", taken[i]);
    if (!strcmp(node->key, "always")) COMPLAIN(reader, node->key_place, "a signal cannot be called always: that is the source that is always 1");
    if (tumour_map(reader, node, KEYS_SIGNAL, "a signal")) read_members(reader, node, signal);
    return RLP_OK;
}

int tumour_read_signals(tumour_reader_t *reader, const rlp_node_t *signals) {
    if (!signals) return RLP_OK;
    if (signals->kind != RLP_NODE_MAP) {
        COMPLAIN(reader, signals->place, "signals must be a map of signals by name");
        return RLP_OK;
    }
    for (size_t i = 0; i < signals->n_items; i++) {
        int rc = read_signal(reader, signals->items[i]);
        if (rc) return rc;
    }
    return RLP_OK;
}
