/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `tumour:`: how many cells, how they turn over, and the sites where they sit. */
#include <math.h>
#include <string.h>

#include "model.h"

#define SHARES_WITHIN 1e-6

static int read_site(tumour_reader_t *reader, const rlp_node_t *node) {
    rlp_tumour_t *model = reader->model;
    if (model->n_sites == TUMOUR_SITES_MAX) {
        COMPLAIN(reader, node->key_place, "more than %d sites", TUMOUR_SITES_MAX);
        return RLP_OK;
    }
    tumour_site_t *site = &model->sites[model->n_sites];
    int rc = tumour_keep(model, node->key, &site->name);
    if (rc) return rc;
    (void)tumour_name_fits(reader, node, "a site");
    if (!tumour_map(reader, node, KEYS_SITE, "a site")) return RLP_OK;
    site->share = tumour_parameter(reader, node, KEYS_SITE, "share");
    site->lesions = (double)tumour_whole(reader, node, KEYS_SITE, "lesions");
    site->part_of = RLP_NONE;
    model->n_sites++;
    return RLP_OK;
}

/* `part_of` needs the names of all sites, so it is read when they are known. */
static void read_part_of(tumour_reader_t *reader, const rlp_node_t *node) {
    const rlp_node_t *part_of = rlp_node_member(node, "part_of");
    size_t index = tumour_find_site(reader->model, node->key);
    if (!part_of || index == RLP_NONE) return;
    tumour_site_t *site = &reader->model->sites[index];
    site->part_of = tumour_site_of(reader, part_of);
    if (site->part_of == index) COMPLAIN(reader, part_of->place, "%s is part of itself", site->name);
    if (rlp_node_member(node, "lesions"))
        COMPLAIN(reader, part_of->place, "%s is part of %s and so has no lesions of its own; leave out one of part_of and lesions",
                 site->name, part_of->text);
}

static void check_part_of(tumour_reader_t *reader, const rlp_node_t *sites) {
    for (size_t i = 0; i < reader->model->n_sites; i++) {
        size_t whole = reader->model->sites[i].part_of;
        if (whole == RLP_NONE || whole == i || reader->model->sites[whole].part_of == RLP_NONE) continue;
        const rlp_node_t *node = rlp_node_member(sites, reader->model->sites[i].name);
        COMPLAIN(reader, node->key_place, "%s is part of %s, which is part of another site; name the outermost", node->key,
                 reader->model->sites[whole].name);
    }
}

static void check_shares(tumour_reader_t *reader, const rlp_node_t *sites) {
    double sum = 0;
    for (size_t i = 0; i < reader->model->n_sites; i++) {
        if (reader->model->sites[i].share == NO_PARAMETER) return;
        sum += reader->parameters->rows[reader->model->sites[i].share].value;
    }
    if (fabs(sum - 1) > SHARES_WITHIN) COMPLAIN(reader, sites->key_place, "the shares of the sites sum to %.10g; they must make 1", sum);
}

static void read_seeding(tumour_reader_t *reader, const rlp_node_t *node) {
    tumour_seeding_t *seeding = &reader->model->seeding;
    if (!node || !tumour_map(reader, node, KEYS_SEEDING, "seeding")) return;
    const rlp_node_t *from = rlp_node_member(node, "from"), *to = rlp_node_member(node, "to");
    seeding->rate = tumour_parameter(reader, node, KEYS_SEEDING, "rate");
    seeding->from = from ? tumour_sites_of(reader, from) : 0;
    seeding->to = to ? tumour_site_of(reader, to) : RLP_NONE;
    reader->model->seeds = seeding->to != RLP_NONE && seeding->from;
    if (reader->model->seeds && set_has(seeding->from, seeding->to))
        COMPLAIN(reader, to->place, "seeding leads from %s to itself", to->text);
}

static int read_site_table(tumour_reader_t *reader, const rlp_node_t *sites) {
    if (!sites || sites->kind != RLP_NODE_MAP) return RLP_OK;
    if (!sites->n_items) COMPLAIN(reader, sites->place, "sites is empty; a tumour needs at least one site");
    for (size_t i = 0; i < sites->n_items; i++) {
        int rc = read_site(reader, sites->items[i]);
        if (rc) return rc;
    }
    for (size_t i = 0; i < sites->n_items; i++) read_part_of(reader, sites->items[i]);
    check_part_of(reader, sites);
    check_shares(reader, sites);
    return RLP_OK;
}

int tumour_read_sites(tumour_reader_t *reader, const rlp_node_t *tumour) {
    rlp_tumour_t *model = reader->model;
    const rlp_node_t *necrosis = rlp_node_member(tumour, "necrosis");
    model->cells = tumour_parameter(reader, tumour, KEYS_TUMOUR, "cells");
    model->birth = tumour_parameter(reader, tumour, KEYS_TUMOUR, "birth");
    model->growth = tumour_parameter(reader, tumour, KEYS_TUMOUR, "growth");
    model->cells_per_cm3 = tumour_number(reader, tumour, KEYS_TUMOUR, "cells_per_cm3");
    model->clearance = NO_PARAMETER;
    if (necrosis && tumour_map(reader, necrosis, KEYS_NECROSIS, "necrosis"))
        model->clearance = tumour_parameter(reader, necrosis, KEYS_NECROSIS, "clearance");
    int rc = read_site_table(reader, rlp_node_member(tumour, "sites"));
    if (!rc) read_seeding(reader, rlp_node_member(tumour, "seeding"));
    return rc;
}
