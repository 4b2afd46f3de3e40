/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the readers of the tumour floor share: numbers into parameters, names into indices, complaints that name the nearest known word. */
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "relapse/memory.h"

int tumour_keep(rlp_tumour_t *model, const char *text, const char **kept) {
    char *copy;
    *kept = "";
    int rc = RLP_GROW(model->kept, model->kept_capacity, model->n_kept + 1);
    if (rc || (rc = rlp_memory_copy_text(&copy, text))) return rc;
    *kept = model->kept[model->n_kept++] = copy;
    return RLP_OK;
}

/* ---- members of maps ---------------------------------------------------------------------------------------------------- */
static const rlp_key_section_t *section(tumour_keys_t keys) { return &RLP_TUMOUR_SECTIONS[keys]; }

bool tumour_map(tumour_reader_t *reader, const rlp_node_t *map, tumour_keys_t keys, const char *what) {
    return rlp_map_check(map, section(keys)->keys, section(keys)->n_keys, what, reader->diagnostics);
}

size_t tumour_parameter(tumour_reader_t *reader, const rlp_node_t *map, tumour_keys_t keys, const char *key) {
    return rlp_read_parameter(map, section(keys)->keys, section(keys)->n_keys, key, reader->parameters, reader->diagnostics);
}

size_t tumour_optional(tumour_reader_t *reader, const rlp_node_t *map, tumour_keys_t keys, const char *key) {
    return rlp_node_member(map, key) ? tumour_parameter(reader, map, keys, key) : NO_PARAMETER;
}

size_t tumour_parameter_as(tumour_reader_t *reader, const rlp_node_t *map, tumour_keys_t keys, const char *key, rlp_dimension_t dimension,
                           double low, double high, double molar_mass) {
    rlp_key_t row = *rlp_key_find(section(keys)->keys, section(keys)->n_keys, key);
    row.kind = RLP_KEY_NUMBER;
    row.dimension = dimension;
    row.low = low;
    row.high = high;
    return rlp_read_parameter_molar(map, &row, 1, key, molar_mass, reader->parameters, reader->diagnostics);
}

size_t tumour_scalar(tumour_reader_t *reader, const rlp_node_t *scalar, const char *prefix, const char *name, const rlp_key_t *row) {
    rlp_text_t path;
    size_t index = NO_PARAMETER;
    double value = rlp_read_scalar(scalar, row, reader->diagnostics);
    rlp_text_init(&path);
    rlp_text_format(&path, "%s%s%s", prefix, *prefix ? "." : "", name);
    int rc = path.error;
    if (!rc)
        rc = rlp_parameters_add(reader->parameters, rlp_text_string(&path), row->dimension, row->low, row->high, value,
                                scalar ? scalar->place : (rlp_place_t){0}, &index);
    if (!rc && row->kind == RLP_KEY_WHOLE) reader->parameters->rows[index].whole = true;
    if (rc) COMPLAIN(reader, scalar ? scalar->place : (rlp_place_t){0}, "no memory to keep '%s'", name);
    rlp_text_free(&path);
    return index;
}

size_t tumour_element(tumour_reader_t *reader, const rlp_node_t *scalar, const char *name, const rlp_key_t *row) {
    rlp_text_t path;
    size_t index = NO_PARAMETER;
    rlp_text_init(&path);
    rlp_node_path(scalar->parent, &path);
    if (path.error)
        COMPLAIN(reader, scalar->place, "no memory to keep '%s'", name);
    else
        index = tumour_scalar(reader, scalar, rlp_text_string(&path), name, row);
    rlp_text_free(&path);
    return index;
}

double tumour_number(tumour_reader_t *reader, const rlp_node_t *map, tumour_keys_t keys, const char *key) {
    return rlp_read_number(map, section(keys)->keys, section(keys)->n_keys, key, reader->diagnostics);
}

long long tumour_whole(tumour_reader_t *reader, const rlp_node_t *map, tumour_keys_t keys, const char *key) {
    return rlp_read_whole(map, section(keys)->keys, section(keys)->n_keys, key, reader->diagnostics);
}

const char *tumour_text(tumour_reader_t *reader, const rlp_node_t *map, tumour_keys_t keys, const char *key) {
    return rlp_read_text(map, section(keys)->keys, section(keys)->n_keys, key, reader->diagnostics);
}

size_t tumour_word(tumour_reader_t *reader, const rlp_node_t *map, tumour_keys_t keys, const char *key) {
    return rlp_read_word(map, section(keys)->keys, section(keys)->n_keys, key, reader->diagnostics);
}

bool tumour_flag(tumour_reader_t *reader, const rlp_node_t *map, tumour_keys_t keys, const char *key) {
    return rlp_read_flag(map, section(keys)->keys, section(keys)->n_keys, key, reader->diagnostics);
}

bool tumour_written_as_rate(const rlp_node_t *scalar) {
    double value;
    if (!scalar || scalar->kind != RLP_NODE_SCALAR) return false;
    return rlp_units_parse(scalar->text, RLP_DIMENSION_SHARE, &value, NULL) != RLP_OK &&
           rlp_units_parse(scalar->text, RLP_DIMENSION_RATE, &value, NULL) == RLP_OK;
}

/* ---- names -------------------------------------------------------------------------------------------------------------- */
bool tumour_name_fits(tumour_reader_t *reader, const rlp_node_t *member, const char *what) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t length = strlen(member->key);
    if (length && length <= 60 && strspn(member->key, allowed) == length) return true;
    COMPLAIN(reader, member->key_place, "'%s' cannot be the name of %s: letters, digits, _ and - only, at most 60", member->key, what);
    return false;
}

void tumour_unknown(tumour_reader_t *reader, rlp_place_t place, const char *kind, const char *word, const char *const *known, size_t n) {
    const char *near = rlp_nearest(word, known, n);
    if (near) {
        COMPLAIN(reader, place, "unknown %s '%s'; did you mean '%s'?", kind, word, near);
        return;
    }
    rlp_text_t list;
    rlp_text_init(&list);
    for (size_t i = 0; i < n && i < 24; i++) rlp_text_format(&list, "%s%s", i ? ", " : "", known[i]);
    if (n)
        COMPLAIN(reader, place, "unknown %s '%s'; known: %s%s", kind, word, rlp_text_string(&list), n > 24 ? ", ..." : "");
    else
        COMPLAIN(reader, place, "unknown %s '%s'; the input has none", kind, word);
    rlp_text_free(&list);
}

/* Finders and their complaining twins, one pair a table. */
#define FINDER(noun, table, count)                                           \
    size_t tumour_find_##noun(const rlp_tumour_t *model, const char *name) { \
        for (size_t i = 0; i < model->count; i++)                            \
            if (!strcmp(model->table[i].name, name)) return i;               \
        return RLP_NONE;                                                     \
    }
#define LOOKER(noun, table, count, words)                                                                      \
    size_t tumour_##noun##_of(tumour_reader_t *reader, const char *name, rlp_place_t place) {                  \
        const char *known[TUMOUR_NAMES_MAX];                                                                   \
        size_t n = 0, found = tumour_find_##noun(reader->model, name);                                         \
        if (found != RLP_NONE) return found;                                                                   \
        for (; n < reader->model->count && n < TUMOUR_NAMES_MAX; n++) known[n] = reader->model->table[n].name; \
        tumour_unknown(reader, place, words, name, known, n);                                                  \
        return RLP_NONE;                                                                                       \
    }
FINDER(site, sites, n_sites)
FINDER(trait, traits, n_traits)
FINDER(drug, drugs, n_drugs)
FINDER(intervention, interventions, n_interventions)
FINDER(signal, signals, n_signals)
FINDER(row, rows, n_rows)
FINDER(arm, arms, n_arms)
LOOKER(trait, traits, n_traits, "trait")
LOOKER(drug, drugs, n_drugs, "drug")
LOOKER(intervention, interventions, n_interventions, "intervention")
LOOKER(signal, signals, n_signals, "signal")
LOOKER(row, rows, n_rows, "row")

static size_t site_named(tumour_reader_t *reader, const char *name, rlp_place_t place) {
    const char *known[TUMOUR_SITES_MAX];
    size_t found = tumour_find_site(reader->model, name);
    if (found != RLP_NONE) return found;
    for (size_t i = 0; i < reader->model->n_sites; i++) known[i] = reader->model->sites[i].name;
    tumour_unknown(reader, place, "site", name, known, reader->model->n_sites);
    return RLP_NONE;
}

size_t tumour_site_of(tumour_reader_t *reader, const rlp_node_t *scalar) {
    if (scalar->kind == RLP_NODE_SCALAR) return site_named(reader, scalar->text, scalar->place);
    COMPLAIN(reader, scalar->place, "expected the name of a site");
    return RLP_NONE;
}

tumour_set_t tumour_sites_of(tumour_reader_t *reader, const rlp_node_t *node) {
    tumour_set_t set = 0;
    size_t n = node->kind == RLP_NODE_LIST ? node->n_items : 1;
    for (size_t i = 0; i < n; i++) {
        size_t site = tumour_site_of(reader, node->kind == RLP_NODE_LIST ? node->items[i] : node);
        if (site != RLP_NONE) set |= set_of(site);
    }
    return set;
}

bool tumour_trait_set_of(tumour_reader_t *reader, const char *text, rlp_place_t place, tumour_set_t *set) {
    char word[128];
    *set = 0;
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, "+");
        if (!length || length >= sizeof word) break;
        memcpy(word, at, length);
        word[length] = '\0';
        size_t trait = tumour_trait_of(reader, word, place);
        if (trait == RLP_NONE) return false;
        if (set_has(*set, trait)) {
            COMPLAIN(reader, place, "'%s' names %s twice", text, word);
            return false;
        }
        *set |= set_of(trait);
        at += length;
        if (!*at) return true;
        at++;
    }
    COMPLAIN(reader, place, "'%s' is no set of traits; expected trait or trait+trait", text);
    return false;
}

bool tumour_traits_known(const rlp_tumour_t *model, const char *text) {
    char word[128];
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, "+");
        snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word - 1), at);
        if (tumour_find_trait(model, word) == RLP_NONE) return false;
        at += length + (at[length] == '+');
    }
    return true;
}

void tumour_trait_set_name(const rlp_tumour_t *model, const tumour_rungs_t rungs, rlp_text_t *out) {
    bool any = false;
    for (size_t i = 0; i < model->n_traits; i++) {
        if (!rungs[i]) continue;
        rlp_text_format(out, "%s%s", any ? "+" : "", model->traits[i].name);
        if (model->traits[i].kind == TRAIT_LADDER) rlp_text_integer(out, rungs[i]);
        any = true;
    }
    if (!any) rlp_text_add(out, "none");
}
