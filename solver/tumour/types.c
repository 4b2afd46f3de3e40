/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which types there are: site x genotype x plastic state, and the channels between them.
 *
 * `combine:` says which traits a cell may have at once: a number (so many), or a list of sets (singles, the sets listed, and what leads to
 * them). Both forms are closed downwards, so that every combination is reached one trait at a time. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "relapse/memory.h"

/* ---- what may be combined ----------------------------------------------------------------------------------------------- */
typedef struct {
    tumour_set_t of;    /* the traits that this rule is about: all genetic and ladder, or all plastic */
    size_t most;        /* so many at once */
    tumour_set_t *sets; /* and subsets of these */
    size_t n_sets, set_capacity;
} rule_t;

static size_t size_of(tumour_set_t set) {
    size_t n = 0;
    for (; set; set &= set - 1) n++;
    return n;
}

static bool allowed(const rule_t *rule, tumour_set_t set) {
    if (size_of(set) <= rule->most) return true;
    for (size_t i = 0; i < rule->n_sets; i++)
        if ((set & ~rule->sets[i]) == 0) return true;
    return false;
}

static int read_set(tumour_reader_t *reader, const rlp_node_t *item, rule_t *rule, const char *key) {
    tumour_set_t set;
    if (item->kind != RLP_NODE_SCALAR) {
        COMPLAIN(reader, item->place, "%s: expected trait+trait", key);
        return RLP_OK;
    }
    if (!tumour_trait_set_of(reader, item->text, item->place, &set)) return RLP_OK;
    if (set & ~rule->of) {
        COMPLAIN(reader, item->place, "'%s' names a trait that is not %s", item->text, key);
        return RLP_OK;
    }
    int rc = RLP_GROW(rule->sets, rule->set_capacity, rule->n_sets + 1);
    if (!rc) rule->sets[rule->n_sets++] = set;
    return rc;
}

static int read_rule(tumour_reader_t *reader, const rlp_node_t *combine, const char *key, rule_t *rule) {
    const rlp_node_t *node = rlp_node_member(combine, key);
    rule->most = 1;
    if (!node) return RLP_OK;
    if (node->kind == RLP_NODE_LIST) {
        for (size_t i = 0; i < node->n_items; i++) {
            int rc = read_set(reader, node->items[i], rule, key);
            if (rc) return rc;
        }
        return RLP_OK;
    }
    rlp_key_t row = {
        .name = key, .kind = RLP_KEY_WHOLE, .dimension = RLP_DIMENSION_NUMBER, .low = 0, .high = TUMOUR_TRAITS_MAX, .fallback = 1};
    rule->most = (size_t)rlp_read_whole(combine, &row, 1, key, reader->diagnostics);
    return RLP_OK;
}

/* ---- all trait sets of one rule ------------------------------------------------------------------------------------------ */
typedef struct {
    tumour_reader_t *reader;
    const rule_t *rule;
    tumour_rungs_t **list;
    size_t *n, *capacity;
    size_t size; /* sets of so many traits in this pass, so that singles come before pairs */
    bool full;
} listing_t;

static int add_sets(listing_t *listing, size_t trait, tumour_set_t set, tumour_rungs_t rungs) {
    const rlp_tumour_t *model = listing->reader->model;
    if (listing->full || !allowed(listing->rule, set)) return RLP_OK;
    if (size_of(set) == listing->size) {
        listing->full = *listing->n == TUMOUR_TYPES_MAX;
        int rc = listing->full ? RLP_OK : RLP_GROW(*listing->list, *listing->capacity, *listing->n + 1);
        if (!rc && !listing->full) memcpy((*listing->list)[(*listing->n)++], rungs, sizeof(tumour_rungs_t));
        return rc;
    }
    for (; trait < model->n_traits; trait++) {
        if (!set_has(listing->rule->of, trait)) continue;
        for (size_t k = 1; k <= model->traits[trait].rungs; k++) {
            rungs[trait] = (unsigned char)k;
            int rc = add_sets(listing, trait + 1, set | set_of(trait), rungs);
            if (rc) return rc;
        }
        rungs[trait] = 0;
    }
    return RLP_OK;
}

static int list_sets(tumour_reader_t *reader, const rule_t *rule, tumour_rungs_t **list, size_t *n, size_t *capacity) {
    listing_t listing = {reader, rule, list, n, capacity, 0, false};
    for (; listing.size <= size_of(rule->of); listing.size++) {
        tumour_rungs_t rungs = {0};
        int rc = add_sets(&listing, 0, 0, rungs);
        if (rc) return rc;
    }
    return RLP_OK;
}

/* ---- types --------------------------------------------------------------------------------------------------------------- */
static void fill_type(rlp_tumour_t *model, size_t site, size_t genotype, size_t plastic) {
    tumour_type_t *type = &model->types[tumour_type_index(model, site, genotype, plastic)];
    *type = (tumour_type_t){.site = site, .genotype = genotype, .plastic = plastic};
    for (size_t t = 0; t < model->n_traits; t++) {
        type->rungs[t] = (unsigned char)(model->genotypes[genotype][t] + model->plastics[plastic][t]);
        if (type->rungs[t]) type->traits |= set_of(t);
    }
}

static int fill_types(tumour_reader_t *reader, const rlp_node_t *combine) {
    rlp_tumour_t *model = reader->model;
    size_t n = model->n_sites * model->n_genotypes * model->n_plastics;
    rlp_place_t place = combine ? combine->key_place : reader->root->place;
    if (n > TUMOUR_TYPES_MAX || model->n_genotypes == TUMOUR_TYPES_MAX || model->n_plastics == TUMOUR_TYPES_MAX) {
        COMPLAIN(reader, place, "%zu sites x %zu genotypes x %zu plastic states are more than %d types; combine less", model->n_sites,
                 model->n_genotypes, model->n_plastics, TUMOUR_TYPES_MAX);
        model->n_genotypes = model->n_plastics = 1;
        n = model->n_sites;
    }
    int rc = RLP_NEW(model->types, n);
    if (rc) return rc;
    model->n_types = n;
    for (size_t s = 0; s < model->n_sites; s++)
        for (size_t g = 0; g < model->n_genotypes; g++)
            for (size_t p = 0; p < model->n_plastics; p++) fill_type(model, s, g, p);
    return RLP_OK;
}

/* ---- channels ------------------------------------------------------------------------------------------------------------ */
static size_t find_set(tumour_rungs_t *list, size_t n, const tumour_rungs_t rungs) {
    for (size_t i = 0; i < n; i++)
        if (!memcmp(list[i], rungs, sizeof(tumour_rungs_t))) return i;
    return RLP_NONE;
}

/* The type that `type` becomes when `trait` goes to `rung`, or RLP_NONE where that combination is not allowed. */
static size_t neighbour(const rlp_tumour_t *model, const tumour_type_t *type, size_t trait, size_t rung) {
    tumour_rungs_t rungs;
    bool plastic = model->traits[trait].kind == TRAIT_PLASTIC;
    memcpy(rungs, plastic ? model->plastics[type->plastic] : model->genotypes[type->genotype], sizeof rungs);
    rungs[trait] = (unsigned char)rung;
    size_t found = plastic ? find_set(model->plastics, model->n_plastics, rungs) : find_set(model->genotypes, model->n_genotypes, rungs);
    if (found == RLP_NONE) return RLP_NONE;
    return plastic ? tumour_type_index(model, type->site, type->genotype, found)
                   : tumour_type_index(model, type->site, found, type->plastic);
}

static int add_channel(rlp_tumour_t *model, tumour_channel_t channel) {
    if (channel.to == RLP_NONE) return RLP_OK;
    int rc = RLP_GROW(model->channels, model->channel_capacity, model->n_channels + 1);
    if (!rc) model->channels[model->n_channels++] = channel;
    return rc;
}

static int add_trait_channels(rlp_tumour_t *model, size_t from, size_t t) {
    const tumour_type_t *type = &model->types[from];
    const tumour_trait_t *trait = &model->traits[t];
    size_t rung = type->rungs[t];
    rlp_channel_kind_t kind = trait->kind == TRAIT_PLASTIC ? RLP_CHANNEL_SWITCH : RLP_CHANNEL_DIVISION;
    tumour_channel_t up = {CHANNEL_FOUND, t, from, RLP_NONE, trait->found, kind},
                     down = {CHANNEL_LOSS, t, from, RLP_NONE, trait->loss, kind};
    if (trait->kind == TRAIT_PLASTIC || rung > 0) up.role = CHANNEL_GAIN, up.parameter = trait->gain;
    if (rung < trait->rungs && up.parameter != NO_PARAMETER) up.to = neighbour(model, type, t, rung + 1);
    if (rung > 0 && trait->loss != NO_PARAMETER) down.to = neighbour(model, type, t, rung - 1);
    int rc = add_channel(model, up);
    return rc ? rc : add_channel(model, down);
}

/* All of them, those of probability 0 too: types and channels are the same in every arm and for every patient. */
static int list_channels(rlp_tumour_t *model) {
    for (size_t i = 0; i < model->n_types; i++) {
        const tumour_type_t *type = &model->types[i];
        for (size_t t = 0; t < model->n_traits; t++) {
            int rc = add_trait_channels(model, i, t);
            if (rc) return rc;
        }
        if (!model->seeds || !set_has(model->seeding.from, type->site)) continue;
        size_t to = tumour_type_index(model, model->seeding.to, type->genotype, type->plastic);
        int rc = add_channel(model, (tumour_channel_t){CHANNEL_SEEDING, RLP_NONE, i, to, model->seeding.rate, RLP_CHANNEL_SWITCH});
        if (rc) return rc;
    }
    return RLP_OK;
}

static int build(tumour_reader_t *reader, const rlp_node_t *combine, rule_t *genetic, rule_t *plastic) {
    rlp_tumour_t *model = reader->model;
    int rc = read_rule(reader, combine, "genetic", genetic);
    if (!rc) rc = read_rule(reader, combine, "plastic", plastic);
    if (!rc) rc = list_sets(reader, genetic, &model->genotypes, &model->n_genotypes, &model->genotype_capacity);
    if (!rc) rc = list_sets(reader, plastic, &model->plastics, &model->n_plastics, &model->plastic_capacity);
    if (!rc) rc = fill_types(reader, combine);
    return rc ? rc : list_channels(model);
}

int tumour_build_types(tumour_reader_t *reader, const rlp_node_t *combine) {
    rlp_tumour_t *model = reader->model;
    rule_t genetic = {0}, plastic = {0};
    for (size_t t = 0; t < model->n_traits; t++) {
        if (model->traits[t].kind == TRAIT_PLASTIC)
            plastic.of |= set_of(t);
        else
            genetic.of |= set_of(t);
    }
    if (combine && !tumour_map(reader, combine, KEYS_COMBINE, "combine")) combine = NULL;
    int rc = build(reader, combine, &genetic, &plastic);
    free(genetic.sets);
    free(plastic.sets);
    return rc;
}

/* ---- the process without its timeline ------------------------------------------------------------------------------------- */
static int name_types(const rlp_tumour_t *model, rlp_process_t *process) {
    rlp_text_t name;
    int rc = RLP_OK;
    rlp_text_init(&name);
    for (size_t i = 0; i < model->n_types && !rc; i++) {
        rlp_text_clear(&name);
        rlp_text_format(&name, "%s/", model->sites[model->types[i].site].name);
        tumour_trait_set_name(model, model->types[i].rungs, &name);
        rc = name.error ? name.error : rlp_process_name_type(process, i, rlp_text_string(&name));
    }
    rlp_text_free(&name);
    return rc;
}

static int fill_channels(const rlp_tumour_t *model, rlp_process_t *process) {
    rlp_text_t name;
    int rc = RLP_OK;
    rlp_text_init(&name);
    for (size_t c = 0; c < model->n_channels && !rc; c++) {
        const tumour_channel_t *channel = &model->channels[c];
        process->channels[c] = (rlp_channel_t){channel->kind, channel->from, channel->to};
        rlp_text_clear(&name);
        rlp_text_format(&name, "%s->%s", process->type_names[channel->from], process->type_names[channel->to]);
        rc = name.error ? name.error : rlp_process_name_channel(process, c, rlp_text_string(&name));
    }
    rlp_text_free(&name);
    return rc;
}

/* One label for each trait set, whatever the site. */
static int label_types(const rlp_tumour_t *model, rlp_process_t *process) {
    size_t n_labels = model->n_genotypes * model->n_plastics, *label = NULL;
    const char **names = NULL;
    int rc = RLP_NEW(label, model->n_types);
    if (!rc) rc = RLP_NEW(names, n_labels);
    for (size_t i = 0; i < model->n_types && !rc; i++) {
        label[i] = model->types[i].genotype * model->n_plastics + model->types[i].plastic;
        names[label[i]] = strchr(process->type_names[i], '/') + 1;
    }
    if (!rc) rc = rlp_process_set_labels(process, n_labels, names, label);
    free(label);
    free(names);
    return rc;
}

int rlp_tumour_process(const rlp_tumour_t *model, const double *values, rlp_process_t *out) {
    int rc = rlp_process_init(out, model->n_types, model->n_channels);
    if (!rc) rc = name_types(model, out);
    if (!rc) rc = fill_channels(model, out);
    if (!rc) rc = label_types(model, out);
    if (rc) {
        rlp_process_free(out);
        return rc;
    }
    out->capacity_law = RLP_CAPACITY_NONE;
    out->clearance_per_day = value_or(values, model->clearance, 0);
    return RLP_OK;
}

void rlp_tumour_process_again(const rlp_tumour_t *model, const double *values, rlp_process_t *process) {
    rlp_process_clear(process);
    process->clearance_per_day = value_or(values, model->clearance, 0);
}
