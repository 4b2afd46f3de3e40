/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Documents: reading with includes, and `--set`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "relapse/memory.h"
#include "tree.h"

/* The files that are being read now, innermost first: one of them again would be a cycle. */
typedef struct file file_t;
struct file {
    dev_t device;
    ino_t inode;
    const char *path;
    const file_t *includer;
    int line; /* of the includer, on which it is included */
};

static int document_new(rlp_document_t **out) {
    int rc = RLP_NEW(*out, 1);
    if (rc) *out = NULL;
    return rc;
}

void rlp_document_free(rlp_document_t *document) {
    if (!document) return;
    for (size_t i = 0; i < document->n_sources; i++) rlp_source_free(document->sources[i]);
    free(document->sources);
    rlp_document_room_free(document);
    free(document);
}

rlp_node_t *rlp_document_root(rlp_document_t *document) { return document->root; }

bool rlp_source_add(rlp_document_t *document, rlp_source_t *source) {
    if (RLP_GROW(document->sources, document->source_capacity, document->n_sources + 1)) {
        rlp_source_free(source);
        return false;
    }
    document->sources[document->n_sources++] = source;
    return true;
}

/* ---- include ---------------------------------------------------------------------------------------------------------- */
static int read_text(rlp_document_t *, const char *name, char *text, size_t length, const file_t *, rlp_diagnostics_t *, rlp_node_t **root);

static int read_file(rlp_document_t *document, const file_t *file, rlp_diagnostics_t *diagnostics, rlp_node_t **root) {
    char *text;
    size_t length;
    int rc = rlp_file_read_whole(file->path, &text, &length);
    return rc ? rc : read_text(document, file->path, text, length, file, diagnostics, root);
}

static bool is_being_read(const file_t *file) {
    for (const file_t *up = file->includer; up; up = up->includer)
        if (up->device == file->device && up->inode == file->inode) return true;
    return false;
}

/* Paths are relative to the folder of the including file. */
static void join(rlp_text_t *out, const char *includer, const char *path) {
    const char *slash = includer && *path != '/' ? strrchr(includer, '/') : NULL;
    if (slash) rlp_text_add_bytes(out, includer, (size_t)(slash - includer) + 1);
    rlp_text_add(out, path);
}

/* "a.yaml includes b.yaml (line 2), which includes c.yaml (line 1)", from the outermost file on. */
static void add_chain(const file_t *file, rlp_text_t *out) {
    if (!file->includer) {
        rlp_text_add(out, file->path);
        return;
    }
    add_chain(file->includer, out);
    rlp_text_format(out, "%s includes %s (line %d)", file->includer->includer ? ", which" : "", file->path, file->line);
}

static void complain_of(const file_t *file, const rlp_node_t *item, const char *what, bool with_chain, rlp_diagnostics_t *diagnostics) {
    rlp_text_t chain;
    rlp_text_init(&chain);
    if (with_chain) add_chain(file, &chain);
    rlp_diagnose(diagnostics, RLP_DIAGNOSTIC_ERROR, item->place, "%s%s%s", what, with_chain ? ": " : "", rlp_text_string(&chain));
    rlp_text_free(&chain);
}

static int include_one(rlp_document_t *document, const rlp_node_t *item, const file_t *includer, rlp_diagnostics_t *diagnostics,
                       rlp_node_t *root) {
    if (item->kind != RLP_NODE_SCALAR || !*item->text) {
        rlp_diagnose(diagnostics, RLP_DIAGNOSTIC_ERROR, item->place, "include takes a path or a list of paths, this is %s",
                     item->kind == RLP_NODE_SCALAR ? "empty" : rlp_node_kind_words(item));
        return RLP_OK;
    }
    rlp_text_t path;
    rlp_text_init(&path);
    join(&path, includer ? includer->path : NULL, item->text);
    int rc = path.error;
    struct stat info = {0};
    rlp_node_t *below = NULL;
    file_t file = {.path = rlp_text_string(&path), .includer = includer, .line = item->place.line};
    if (!rc && !stat(file.path, &info)) {
        file.device = info.st_dev;
        file.inode = info.st_ino;
        if (is_being_read(&file)) {
            complain_of(&file, item, "files that include each other have no end", true, diagnostics);
            goto out;
        }
    }
    if (!rc && document->n_sources >= RLP_INCLUDES_MOST) {
        rlp_diagnose(diagnostics, RLP_DIAGNOSTIC_ERROR, item->place, "more than %d files are included", RLP_INCLUDES_MOST);
        goto out;
    }
    if (!rc) rc = read_file(document, &file, diagnostics, &below);
    if (rc == RLP_ERROR_NO_INPUT) {
        char what[512];
        snprintf(what, sizeof what, "cannot include %s", rlp_fail_message());
        complain_of(&file, item, what, includer && includer->includer, diagnostics);
        rc = RLP_OK;
    } else if (!rc)
        rc = rlp_node_merge_below(document, root, below, true);
out:
    rlp_text_free(&path);
    return rc;
}

static rlp_node_t *take_out(rlp_node_t *map, const char *key) {
    rlp_node_t *found = rlp_node_member(map, key);
    size_t kept = 0;
    for (size_t i = 0; i < map->n_items; i++)
        if (map->items[i] != found) map->items[kept++] = map->items[i];
    map->n_items = kept;
    return found;
}

static int resolve_includes(rlp_document_t *document, const file_t *file, rlp_diagnostics_t *diagnostics, rlp_node_t *root) {
    const rlp_node_t *include = take_out(root, "include");
    int rc = RLP_OK;
    if (!include) return RLP_OK;
    if (include->kind != RLP_NODE_LIST) return include_one(document, include, file, diagnostics, root);
    for (size_t i = include->n_items; i-- > 0 && !rc;)
        rc = include_one(document, include->items[i], file, diagnostics, root); /* later files win */
    return rc;
}

/* Takes `text` over. *root becomes a map whatever happens (but for no memory). */
static int read_text(rlp_document_t *document, const char *name, char *text, size_t length, const file_t *file,
                     rlp_diagnostics_t *diagnostics, rlp_node_t **root) {
    rlp_source_t *source;
    int rc = rlp_source_new(&source, name, text, length, (int)document->n_sources);
    if (rc) return rc;
    if (!rlp_source_add(document, source)) return RLP_ERROR_MEMORY;
    if ((rc = rlp_parse_source(document, source, diagnostics, root))) return rc;
    if (*root && (*root)->kind == RLP_NODE_MAP) return resolve_includes(document, file, diagnostics, *root);
    if (*root && (*root)->kind != RLP_NODE_NULL)
        rlp_diagnose(diagnostics, RLP_DIAGNOSTIC_ERROR, (*root)->place, "an input is a map of keys, this is %s",
                     rlp_node_kind_words(*root));
    *root = rlp_document_node(document, RLP_NODE_MAP, (rlp_place_t){source, 0, 0});
    return *root ? RLP_OK : RLP_ERROR_MEMORY;
}

int rlp_document_read(const char *path, rlp_diagnostics_t *diagnostics, rlp_document_t **out) {
    rlp_document_t *document;
    struct stat info = {0};
    int rc = document_new(&document);
    *out = NULL;
    if (rc) return rc;
    file_t file = {.path = path};
    if (!stat(path, &info)) {
        file.device = info.st_dev;
        file.inode = info.st_ino;
    }
    if ((rc = read_file(document, &file, diagnostics, &document->root)))
        rlp_document_free(document);
    else
        *out = document;
    return rc;
}

int rlp_document_parse(const char *name, const char *bytes, size_t length, rlp_diagnostics_t *diagnostics, rlp_document_t **out) {
    rlp_document_t *document;
    char *text = NULL;
    int rc = document_new(&document);
    *out = NULL;
    if (rc) return rc;
    if ((rc = RLP_NEW(text, length + 1))) goto out;
    if (length) memcpy(text, bytes, length);
    rc = read_text(document, name, text, length, NULL, diagnostics, &document->root);
out:
    if (rc)
        rlp_document_free(document);
    else
        *out = document;
    return rc;
}

/* ---- --set ------------------------------------------------------------------------------------------------------------ */
/* The longest part of `path` (whole elements, the last left out) that exists; its length in *length. */
static rlp_node_t *deepest(rlp_node_t *root, char *path, size_t *length) {
    rlp_node_t *best = root;
    *length = 0;
    for (char *dot = strchr(path, '.'); dot; dot = strchr(dot + 1, '.')) {
        *dot = '\0';
        rlp_node_t *node = rlp_node_at(root, path);
        *dot = '.';
        if (!node) continue;
        best = node;
        *length = (size_t)(dot - path) + 1;
    }
    return best;
}

static const char *nearest_key(rlp_document_t *document, const rlp_node_t *map, const char *word) {
    const char **keys = map->kind == RLP_NODE_MAP ? rlp_document_room(document, (map->n_items + 1) * sizeof *keys) : NULL;
    if (!keys) return NULL;
    for (size_t i = 0; i < map->n_items; i++) keys[i] = map->items[i]->key;
    return rlp_nearest(word, keys, map->n_items);
}

static void complain_of_path(rlp_document_t *document, const rlp_node_t *parent, rlp_place_t place, const char *path, size_t length,
                             rlp_diagnostics_t *diagnostics) {
    const char *rest = path + length;
    size_t n = strcspn(rest, ".");
    char *element = rlp_document_text(document, rest, n);
    const char *near = element ? nearest_key(document, parent, element) : NULL;
    rlp_text_t where;
    rlp_text_init(&where);
    if (length)
        rlp_text_format(&where, "'%.*s'", (int)length - 1, path);
    else
        rlp_text_add(&where, "the input");
    const char *in = rlp_text_string(&where);
    if (near)
        rlp_diagnose(diagnostics, RLP_DIAGNOSTIC_ERROR, place, "there is no '%.*s' in %s; did you mean '%s'?", (int)n, rest, in, near);
    else if (parent->kind == RLP_NODE_LIST)
        rlp_diagnose(diagnostics, RLP_DIAGNOSTIC_ERROR, place,
                     "there is no '%.*s' in %s, a list of %zu (items go by number from 1 or by their name)", (int)n, rest, in,
                     parent->n_items);
    else
        rlp_diagnose(diagnostics, RLP_DIAGNOSTIC_ERROR, place, "there is no '%.*s' in %s%s%s", (int)n, rest, in,
                     parent->kind == RLP_NODE_MAP ? "" : ", which is ", parent->kind == RLP_NODE_MAP ? "" : rlp_node_kind_words(parent));
    rlp_text_free(&where);
}

static int put(rlp_document_t *document, char *path, rlp_node_t *value, rlp_place_t place, rlp_diagnostics_t *diagnostics) {
    rlp_node_t *old = rlp_node_at(document->root, path);
    value->key_place = value->place = place;
    if (old) {
        rlp_node_t *parent = old->parent;
        value->key = old->key;
        value->parent = parent;
        for (size_t i = 0; i < parent->n_items; i++)
            if (parent->items[i] == old) parent->items[i] = value;
        return RLP_OK;
    }
    size_t length;
    rlp_node_t *parent = deepest(document->root, path, &length);
    const char *key = path + length;
    if (parent->kind != RLP_NODE_MAP || !*key || strchr(key, '.')) {
        complain_of_path(document, parent, place, path, length, diagnostics);
        return RLP_OK;
    }
    value->key = key;
    return rlp_node_append(document, parent, value);
}

int rlp_document_set(rlp_document_t *document, const char *assignment, rlp_diagnostics_t *diagnostics) {
    const char *equals = strchr(assignment, '=');
    size_t length = equals ? strlen(equals + 1) : 0;
    rlp_source_t *source;
    rlp_node_t *value = NULL;
    char *text = NULL;
    rlp_text_t name;
    rlp_text_init(&name);
    rlp_text_format(&name, "--set %s", assignment);
    int rc = name.error ? name.error : RLP_NEW(text, length + 1);
    if (!rc) {
        if (length) memcpy(text, equals + 1, length);
        rc = rlp_source_new(&source, rlp_text_string(&name), text, length, (1 << 20) + (int)document->n_sources);
    }
    rlp_text_free(&name);
    if (rc) return rc;
    if (!rlp_source_add(document, source)) return RLP_ERROR_MEMORY;
    source->command_line = true;
    rlp_place_t place = {source, 1, 1};
    char *path = rlp_document_text(document, assignment, equals ? (size_t)(equals - assignment) : 0);
    if (!path) return RLP_ERROR_MEMORY;
    size_t before = rlp_diagnostics_errors(diagnostics);
    if (!*path) {
        rlp_diagnose(diagnostics, RLP_DIAGNOSTIC_ERROR, place, "expected PATH=VALUE");
        return RLP_OK;
    }
    if (!strcmp(path, "include")) {
        rlp_diagnose(diagnostics, RLP_DIAGNOSTIC_ERROR, place, "include works in files only");
        return RLP_OK;
    }
    if ((rc = rlp_parse_source(document, source, diagnostics, &value))) return rc;
    if (rlp_diagnostics_errors(diagnostics) > before) return RLP_OK;
    if (!value && !(value = rlp_document_node(document, RLP_NODE_NULL, place))) return RLP_ERROR_MEMORY;
    return put(document, path, value, place, diagnostics);
}
