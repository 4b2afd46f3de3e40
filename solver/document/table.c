/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tables of keys: what a map may hold, and reading it. Each complaint names the key, what stands there and what was expected. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"

#define TABLE_MOST 128 /* keys of one table that "did you mean" looks at */

#define COMPLAIN(diagnostics, place, ...) rlp_diagnose(diagnostics, RLP_DIAGNOSTIC_ERROR, place, __VA_ARGS__)

/* ---- what a row expects, in words ------------------------------------------------------------------------------------- */
static void add_value(rlp_text_t *out, double value, rlp_dimension_t dimension) {
    rlp_text_double(out, value);
    if (*rlp_dimension_unit(dimension)) rlp_text_format(out, " %s", rlp_dimension_unit(dimension));
}

/* A range that starts at the smallest positive number means "above 0". */
static void add_range(rlp_text_t *out, const rlp_key_t *row) {
    bool low = isfinite(row->low), high = isfinite(row->high), open = low && row->low > 0 && row->low <= DBL_MIN;
    if (open)
        rlp_text_add(out, high ? " above 0 and at most " : " above 0");
    else if (low && high) {
        rlp_text_add(out, " between ");
        rlp_text_double(out, row->low);
        rlp_text_add(out, " and ");
    } else if (low) {
        rlp_text_add(out, " of at least ");
        add_value(out, row->low, row->dimension);
    } else if (high)
        rlp_text_add(out, " of at most ");
    if (high) add_value(out, row->high, row->dimension);
}

static void add_words(rlp_text_t *out, const char *words) {
    for (const char *word = words; *word;) {
        size_t length = strcspn(word, "|");
        if (word != words) rlp_text_add(out, strchr(word, '|') ? ", " : " or ");
        rlp_text_add_bytes(out, word, length);
        word += length + (word[length] == '|');
    }
}

static void add_expected(rlp_text_t *out, const rlp_key_t *row) {
    switch (row->kind) {
    case RLP_KEY_NUMBER: rlp_text_add(out, rlp_dimension_words(row->dimension)); break;
    case RLP_KEY_WHOLE: rlp_text_add(out, "a whole number"); break;
    case RLP_KEY_TEXT: rlp_text_add(out, "text"); break;
    case RLP_KEY_WORD: add_words(out, row->words); break;
    case RLP_KEY_FLAG: rlp_text_add(out, "true or false"); break;
    case RLP_KEY_MAP: rlp_text_add(out, "a map"); break;
    case RLP_KEY_LIST: rlp_text_add(out, "a list"); break;
    case RLP_KEY_ANY: break;
    }
}

/* ---- checking a map --------------------------------------------------------------------------------------------------- */
static bool kind_fits(rlp_node_kind_t node, rlp_key_kind_t key) {
    switch (key) {
    case RLP_KEY_ANY: return true;
    case RLP_KEY_MAP: return node == RLP_NODE_MAP;
    case RLP_KEY_LIST: return node == RLP_NODE_LIST;
    default: return node == RLP_NODE_SCALAR;
    }
}

/* False, and said (once, as diagnostics drop repeats), if the node is not of the row's kind. */
static bool check_kind(const rlp_node_t *node, const rlp_key_t *row, rlp_diagnostics_t *diagnostics) {
    if (kind_fits(node->kind, row->kind)) return true;
    rlp_text_t want;
    rlp_text_init(&want);
    add_expected(&want, row);
    if (node->kind == RLP_NODE_NULL)
        COMPLAIN(diagnostics, node->place, "%s has no value; expected %s", row->name, rlp_text_string(&want));
    else if (node->kind == RLP_NODE_SCALAR)
        COMPLAIN(diagnostics, node->place, "%s is '%s'; expected %s", row->name, node->text, rlp_text_string(&want));
    else
        COMPLAIN(diagnostics, node->place, "%s is %s; expected %s", row->name, rlp_node_kind_words(node), rlp_text_string(&want));
    rlp_text_free(&want);
    return false;
}

static const rlp_key_t *row_of(const rlp_key_t *keys, size_t n_keys, const char *name) {
    for (size_t i = 0; i < n_keys; i++)
        if (!strcmp(keys[i].name, name)) return &keys[i];
    return NULL;
}

static void complain_of_unknown(const rlp_node_t *member, const rlp_key_t *keys, size_t n_keys, const char *what,
                                rlp_diagnostics_t *diagnostics) {
    const char *names[TABLE_MOST] = {NULL};
    size_t n = n_keys < TABLE_MOST ? n_keys : TABLE_MOST;
    for (size_t i = 0; i < n; i++) names[i] = keys[i].name;
    const char *near = rlp_nearest(member->key, names, n);
    if (near) {
        COMPLAIN(diagnostics, member->key_place, "unknown key '%s' in %s; did you mean '%s'?", member->key, what, near);
        return;
    }
    if (member->kind == RLP_NODE_NULL && *member->key >= '0' && *member->key <= '9') { /* {birth: 0,14 /d} */
        COMPLAIN(diagnostics, member->key_place, "'%s' stands where a key of %s belongs; a comma parts keys, the decimal sign is a point",
                 member->key, what);
        return;
    }
    rlp_text_t list;
    rlp_text_init(&list);
    for (size_t i = 0; i < n_keys; i++) rlp_text_format(&list, "%s%s", i ? ", " : "", keys[i].name);
    COMPLAIN(diagnostics, member->key_place, "unknown key '%s' in %s; known keys: %s", member->key, what, rlp_text_string(&list));
    rlp_text_free(&list);
}

static rlp_place_t place_of_map(const rlp_node_t *map) { return map->key_place.source ? map->key_place : map->place; }

bool rlp_map_check(const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, const char *what, rlp_diagnostics_t *diagnostics) {
    if (!map) return false;
    if (map->kind != RLP_NODE_MAP) {
        if (map->kind == RLP_NODE_NULL)
            COMPLAIN(diagnostics, map->place, "%s%s%s has no value; expected a map ({} for an empty one)", what, map->key ? " " : "",
                     map->key ? map->key : "");
        else
            COMPLAIN(diagnostics, map->place, "expected a map for %s, this is %s", what, rlp_node_kind_words(map));
        return false;
    }
    for (size_t i = 0; i < map->n_items; i++) {
        const rlp_key_t *row = row_of(keys, n_keys, map->items[i]->key);
        if (row)
            (void)check_kind(map->items[i], row, diagnostics);
        else
            complain_of_unknown(map->items[i], keys, n_keys, what, diagnostics);
    }
    for (size_t i = 0; i < n_keys; i++)
        if (keys[i].required && !rlp_node_member(map, keys[i].name))
            COMPLAIN(diagnostics, place_of_map(map), "%s needs '%s'%s%s%s", what, keys[i].name, keys[i].meaning ? " (" : "",
                     keys[i].meaning ? keys[i].meaning : "", keys[i].meaning ? ")" : "");
    return true;
}

const rlp_key_t *rlp_key_find(const rlp_key_t *keys, size_t n_keys, const char *name) {
    const rlp_key_t *row = row_of(keys, n_keys, name);
    RLP_INVARIANT(row != NULL);
    return row;
}

/* ---- numbers ---------------------------------------------------------------------------------------------------------- */
static double nearest_end(double value, const rlp_key_t *row) {
    return value < row->low ? row->low : value > row->high ? row->high : value;
}
static double usable(const rlp_key_t *row, double value) { return isnan(row->fallback) ? nearest_end(value, row) : row->fallback; }

static void complain_of_range(const rlp_node_t *scalar, const rlp_key_t *row, double value, const char *noun,
                              rlp_diagnostics_t *diagnostics) {
    rlp_text_t shown, range;
    rlp_text_init(&shown);
    rlp_text_init(&range);
    rlp_text_add(&shown, scalar->text);
    double written = 0;
    const char *end;
    if (*rlp_dimension_unit(row->dimension) && rlp_number_read(scalar->text, &written, &end) &&
        (rlp_units_is_bare(scalar->text) || written != value)) {
        rlp_text_add(&shown, rlp_units_is_bare(scalar->text) ? "" : ", that is ");
        if (rlp_units_is_bare(scalar->text))
            rlp_text_format(&shown, " %s", rlp_dimension_unit(row->dimension));
        else
            add_value(&shown, value, row->dimension);
    }
    add_range(&range, row);
    int length = noun ? (int)strlen(noun) : rlp_dimension_noun(row->dimension);
    const char *words = noun ? noun : rlp_dimension_words(row->dimension);
    COMPLAIN(diagnostics, scalar->place, "%s is %s; expected %.*s%s", row->name, rlp_text_string(&shown), length, words,
             rlp_text_string(&range));
    rlp_text_free(&shown);
    rlp_text_free(&range);
}

static bool scalar_value(const rlp_node_t *scalar, const rlp_key_t *row, double molar_mass, double *value, rlp_diagnostics_t *diagnostics) {
    rlp_key_t as_number = *row;
    if (row->kind != RLP_KEY_WHOLE) as_number.kind = RLP_KEY_NUMBER;
    *value = 0;
    if (!check_kind(scalar, &as_number, diagnostics)) return false;
    rlp_text_t why;
    rlp_text_init(&why);
    int rc = rlp_units_parse_molar(scalar->text, row->dimension, molar_mass, value, &why);
    if (rc) COMPLAIN(diagnostics, scalar->place, "%s is '%s': %s", row->name, scalar->text, rlp_text_string(&why));
    rlp_text_free(&why);
    return rc == RLP_OK;
}

static double read_scalar(const rlp_node_t *scalar, const rlp_key_t *row, double molar_mass, rlp_diagnostics_t *diagnostics) {
    double value;
    if (!scalar) return row->fallback;
    if (!scalar_value(scalar, row, molar_mass, &value, diagnostics)) return usable(row, 0);
    if (value >= row->low && value <= row->high) return value;
    complain_of_range(scalar, row, value, NULL, diagnostics);
    return usable(row, value);
}

double rlp_read_scalar(const rlp_node_t *scalar, const rlp_key_t *row, rlp_diagnostics_t *diagnostics) {
    return read_scalar(scalar, row, 0, diagnostics);
}

double rlp_read_number_molar(const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, const char *name, double molar_mass,
                             rlp_diagnostics_t *diagnostics) {
    const rlp_key_t *row = rlp_key_find(keys, n_keys, name);
    const rlp_node_t *node = rlp_node_member(map, name);
    if (!node && row->required && isnan(row->fallback)) return nearest_end(0, row); /* rlp_map_check has said so */
    return read_scalar(node, row, molar_mass, diagnostics);
}

double rlp_read_number(const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, const char *name, rlp_diagnostics_t *diagnostics) {
    return rlp_read_number_molar(map, keys, n_keys, name, 0, diagnostics);
}

#define WHOLE_MOST 4000000000000000000LL

static long long to_whole(double value) {
    if (!(value > -4e18)) return isnan(value) ? 0 : -WHOLE_MOST;
    return value < 4e18 ? (long long)value : WHOLE_MOST;
}

/* Plain digits are read as such: a double would round them beyond 2^53. */
static bool plain_digits(const char *text, long long *value) {
    const char *c = text + (*text == '-' || *text == '+');
    size_t digits = strspn(c, "0123456789");
    if (!digits || digits > 18 || c[digits]) return false;
    *value = strtoll(text, NULL, 10);
    return true;
}

long long rlp_read_whole(const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, const char *name, rlp_diagnostics_t *diagnostics) {
    const rlp_key_t *row = rlp_key_find(keys, n_keys, name);
    const rlp_node_t *node = rlp_node_member(map, name);
    double value;
    long long whole = 0;
    if (!node) return to_whole(usable(row, 0));
    if (!scalar_value(node, row, 0, &value, diagnostics)) return to_whole(usable(row, 0));
    if (!plain_digits(node->text, &whole)) whole = to_whole(value);
    bool is_whole = value == floor(value), fits = value >= row->low && value <= row->high && fabs(value) <= 4e18;
    if (is_whole && fits) return whole;
    rlp_key_t bounded = *row;
    if (fabs(value) > 4e18) bounded.low = fmax(row->low, -4e18), bounded.high = fmin(row->high, 4e18);
    complain_of_range(node, &bounded, value, "a whole number", diagnostics);
    return to_whole(usable(row, floor(value)));
}

/* ---- words, flags, text ----------------------------------------------------------------------------------------------- */
bool rlp_read_flag(const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, const char *name, rlp_diagnostics_t *diagnostics) {
    const rlp_key_t *row = rlp_key_find(keys, n_keys, name);
    const rlp_node_t *node = rlp_node_member(map, name);
    bool fallback = row->fallback > 0;
    if (!node || !check_kind(node, row, diagnostics)) return fallback;
    if (!strcmp(node->text, "true")) return true;
    if (!strcmp(node->text, "false")) return false;
    COMPLAIN(diagnostics, node->place, "%s is '%s'; expected true or false", row->name, node->text);
    return fallback;
}

size_t rlp_read_word(const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, const char *name, rlp_diagnostics_t *diagnostics) {
    const rlp_key_t *row = rlp_key_find(keys, n_keys, name);
    const rlp_node_t *node = rlp_node_member(map, name);
    if (!node || !check_kind(node, row, diagnostics)) return 0;
    size_t index = 0;
    for (const char *word = row->words; *word; index++) {
        size_t length = strcspn(word, "|");
        if (strlen(node->text) == length && !memcmp(word, node->text, length)) return index;
        word += length + (word[length] == '|');
    }
    rlp_text_t want;
    rlp_text_init(&want);
    add_words(&want, row->words);
    COMPLAIN(diagnostics, node->place, "%s is '%s'; expected %s", row->name, node->text, rlp_text_string(&want));
    rlp_text_free(&want);
    return 0;
}

const char *rlp_read_text(const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, const char *name, rlp_diagnostics_t *diagnostics) {
    const rlp_key_t *row = rlp_key_find(keys, n_keys, name);
    const rlp_node_t *node = rlp_node_member(map, name);
    if (!node) return NULL;
    if (node->kind == RLP_NODE_SCALAR) return node->text;
    rlp_key_t as_text = *row;
    if (row->kind == RLP_KEY_ANY) as_text.kind = RLP_KEY_TEXT;
    (void)check_kind(node, &as_text, diagnostics);
    return NULL;
}
