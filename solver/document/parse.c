/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bytes to tree: the only file that knows libfyaml.
 *
 * Of libfyaml only the event parser is used; its events drive the small stack machine below. So duplicate keys, aliases, merge keys and
 * depth are ours to judge, each with its place, and no recursion depends on the input. Things that libfyaml 0.7.12 does and that are
 * guarded here: a byte that is not UTF-8 is the end of the input to it (sources are checked first); it can fail without a diagnostic. */
#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "tree.h"

typedef struct {
    rlp_node_t *node;
    const char *key; /* of the value to come; NULL: the value is built but hung nowhere, for its key was refused */
    rlp_place_t key_place;
    bool key_is_read, key_is_merge;
    rlp_node_t *merge; /* value of `<<` */
} level_t;

typedef struct {
    const char *name;
    rlp_node_t *node;
} anchor_t;

typedef struct {
    rlp_document_t *document;
    const rlp_source_t *source;
    rlp_cursor_t cursor;
    rlp_diagnostics_t *diagnostics;
    rlp_node_t *root;
    rlp_node_t *unresolved; /* the last alias that led nowhere: complained about already */
    level_t levels[RLP_DEPTH_MOST];
    size_t depth;
    anchor_t *anchors;
    size_t n_anchors, anchor_capacity;
    size_t n_documents;
    bool stop; /* nothing after this can be understood */
} builder_t;

#define COMPLAIN(builder, place, ...) rlp_diagnose((builder)->diagnostics, RLP_DIAGNOSTIC_ERROR, place, __VA_ARGS__)

static rlp_place_t place_of(builder_t *builder, const struct fy_mark *mark) {
    return mark ? rlp_source_place(builder->source, mark->input_pos, &builder->cursor) : (rlp_place_t){builder->source, 0, 0};
}

static bool is_null(const char *text) {
    return !*text || !strcmp(text, "~") || !strcmp(text, "null") || !strcmp(text, "Null") || !strcmp(text, "NULL");
}

/* ---- keys ------------------------------------------------------------------------------------------------------------- */
static const char *why_no_key(const rlp_node_t *key) {
    if (key->kind != RLP_NODE_SCALAR || !*key->text) return "a key must be plain text";
    if (strlen(key->text) > RLP_KEY_BYTES_MOST) return "a key has at most 200 bytes";
    for (const char *c = key->text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) return "a key must be plain text on one line";
    return NULL;
}

static void take_key(builder_t *builder, level_t *level, const rlp_node_t *key) {
    const char *why = key == builder->unresolved ? NULL : why_no_key(key);
    level->key = NULL;
    level->key_place = key->place;
    level->key_is_read = true;
    level->key_is_merge = false;
    if (why) COMPLAIN(builder, key->place, "%s", why);
    if (key->kind == RLP_NODE_MAP || key->kind == RLP_NODE_LIST) builder->stop = true; /* what follows would be keys of keys */
    if (why || key == builder->unresolved) return;
    level->key_is_merge = !key->quoted && !strcmp(key->text, "<<");
    const rlp_node_t *first = level->key_is_merge ? level->merge : rlp_node_member(level->node, key->text);
    if (first)
        COMPLAIN(builder, key->place, "the key '%s' stands twice in this map, first at line %d, column %d", key->text,
                 level->key_is_merge ? first->place.line : first->key_place.line,
                 level->key_is_merge ? first->place.column : first->key_place.column);
    else if (level->node->n_items >= RLP_MEMBERS_MOST) {
        COMPLAIN(builder, key->place, "a map has at most %d keys", RLP_MEMBERS_MOST);
        builder->stop = true;
    } else
        level->key = key->text;
}

/* ---- values ----------------------------------------------------------------------------------------------------------- */
static int hang(builder_t *builder, rlp_node_t *node) {
    if (!builder->depth) {
        builder->root = node;
        return RLP_OK;
    }
    level_t *level = &builder->levels[builder->depth - 1];
    if (level->node->kind == RLP_NODE_LIST) return rlp_node_append(builder->document, level->node, node);
    if (!level->key_is_read) {
        take_key(builder, level, node);
        return RLP_OK;
    }
    level->key_is_read = false;
    if (!node->place.line) node->place = level->key_place; /* an empty value stands where its key does */
    if (!level->key) return RLP_OK;
    if (level->key_is_merge) {
        level->merge = node;
        return RLP_OK;
    }
    node->key = level->key;
    node->key_place = level->key_place;
    return rlp_node_append(builder->document, level->node, node);
}

static bool room_left(builder_t *builder, rlp_place_t place, size_t nodes, size_t height) {
    if (builder->depth + height > RLP_DEPTH_MOST)
        COMPLAIN(builder, place, "nested more than %d deep", RLP_DEPTH_MOST);
    else if (builder->document->n_nodes + nodes > RLP_NODES_MOST)
        COMPLAIN(builder, place, "more than %d values (copies made by aliases count too)", RLP_NODES_MOST);
    else
        return true;
    builder->stop = true;
    return false;
}

static int name_anchor(builder_t *builder, struct fy_token *token, rlp_node_t *node) {
    size_t length = 0;
    const char *name = token ? fy_token_get_text(token, &length) : NULL;
    if (!name) return RLP_OK;
    int rc = RLP_GROW(builder->anchors, builder->anchor_capacity, builder->n_anchors + 1);
    const char *copy = rc ? NULL : rlp_document_text(builder->document, name, length);
    if (!copy) return RLP_ERROR_MEMORY;
    builder->anchors[builder->n_anchors++] = (anchor_t){copy, node};
    return RLP_OK;
}

static void refuse_tag(builder_t *builder, struct fy_token *tag) {
    if (tag) COMPLAIN(builder, place_of(builder, fy_token_start_mark(tag)), "tags (!) have no meaning here");
}

static int take_scalar(builder_t *builder, struct fy_event *event) {
    struct fy_token *token = event->scalar.value;
    size_t length = 0;
    const char *bytes = token ? fy_token_get_text(token, &length) : "";
    enum fy_scalar_style style = token ? fy_token_scalar_style(token) : FYSS_PLAIN;
    const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
    size_t offset = mark ? mark->input_pos : 0;
    if (offset && (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED)) offset--; /* the mark stands behind the quote */
    rlp_place_t place = mark ? rlp_source_place(builder->source, offset, &builder->cursor) : (rlp_place_t){builder->source, 0, 0};
    refuse_tag(builder, event->scalar.tag);
    if (!room_left(builder, place, 1, 0)) return RLP_OK;
    if (!bytes) return RLP_ERROR_MEMORY;
    if (memchr(bytes, 0, length)) COMPLAIN(builder, place, "text cannot hold the character 0");
    rlp_node_t *node = rlp_document_node(builder->document, RLP_NODE_SCALAR, place);
    if (!node || !(node->text = rlp_document_text(builder->document, bytes, length))) return RLP_ERROR_MEMORY;
    node->quoted = style != FYSS_PLAIN;
    if (!node->quoted && is_null(node->text)) {
        node->kind = RLP_NODE_NULL;
        node->text = NULL;
    }
    int rc = name_anchor(builder, event->scalar.anchor, node);
    return rc ? rc : hang(builder, node);
}

static int open_level(builder_t *builder, rlp_node_kind_t kind, struct fy_event *event, struct fy_token *anchor, struct fy_token *tag) {
    rlp_place_t place = place_of(builder, fy_event_start_mark(event));
    refuse_tag(builder, tag);
    if (!room_left(builder, place, 1, 1)) return RLP_OK;
    rlp_node_t *node = rlp_document_node(builder->document, kind, place);
    if (!node) return RLP_ERROR_MEMORY;
    int rc = name_anchor(builder, anchor, node);
    if (rc || (rc = hang(builder, node))) return rc;
    builder->levels[builder->depth++] = (level_t){.node = node};
    return RLP_OK;
}

/* ---- aliases and merge keys ------------------------------------------------------------------------------------------- */
static bool is_open(const builder_t *builder, const rlp_node_t *node) {
    for (size_t i = 0; i < builder->depth; i++)
        if (builder->levels[i].node == node) return true;
    return false;
}

static const anchor_t *find_anchor(const builder_t *builder, const char *name, size_t length) {
    for (size_t i = builder->n_anchors; i-- > 0;) /* a later anchor of the same name hides an earlier one */
        if (strlen(builder->anchors[i].name) == length && !memcmp(builder->anchors[i].name, name, length)) return &builder->anchors[i];
    return NULL;
}

static int take_alias(builder_t *builder, struct fy_event *event) {
    size_t length = 0;
    const char *name = fy_token_get_text(event->alias.anchor, &length);
    if (!name) return RLP_ERROR_MEMORY;
    const struct fy_mark *mark = fy_token_start_mark(event->alias.anchor);
    size_t offset = mark ? mark->input_pos : 0;
    if (offset && builder->source->text[offset - 1] == '*') offset--; /* the mark stands behind the star */
    rlp_place_t place = rlp_source_place(builder->source, offset, &builder->cursor);
    const anchor_t *anchor = find_anchor(builder, name, length);
    bool within = anchor && is_open(builder, anchor->node);
    rlp_node_t *node = NULL;
    if (!anchor)
        COMPLAIN(builder, place, "the alias '*%.*s' has no anchor before it", (int)length, name);
    else if (within)
        COMPLAIN(builder, place, "the alias '*%.*s' stands inside the anchor that it leads to", (int)length, name);
    else {
        if (!room_left(builder, place, rlp_node_size(anchor->node), rlp_node_height(anchor->node) - 1)) return RLP_OK;
        node = rlp_document_copy(builder->document, anchor->node);
        return node ? hang(builder, node) : RLP_ERROR_MEMORY;
    }
    node = builder->unresolved = rlp_document_node(builder->document, RLP_NODE_NULL, place);
    return node ? hang(builder, node) : RLP_ERROR_MEMORY;
}

static int merge_one(builder_t *builder, rlp_node_t *map, rlp_node_t *below) {
    if (below->kind == RLP_NODE_MAP) return rlp_node_merge_below(builder->document, map, below, false);
    if (below != builder->unresolved)
        COMPLAIN(builder, below->place, "'<<' takes a map or a list of maps, this is %s", rlp_node_kind_words(below));
    return RLP_OK;
}

static int close_level(builder_t *builder) {
    level_t *level = &builder->levels[--builder->depth];
    rlp_node_t *merge = level->merge;
    if (!merge) return RLP_OK;
    if (merge->kind != RLP_NODE_LIST) return merge_one(builder, level->node, merge);
    int rc = RLP_OK;
    for (size_t i = 0; i < merge->n_items && !rc; i++) rc = merge_one(builder, level->node, merge->items[i]); /* earlier ones win */
    return rc;
}

/* ---- libfyaml --------------------------------------------------------------------------------------------------------- */
static int take(builder_t *builder, struct fy_event *event) {
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (++builder->n_documents == 1) return RLP_OK;
        COMPLAIN(builder, place_of(builder, fy_event_start_mark(event)), "a second document starts here; an input is one document");
        builder->stop = true;
        return RLP_OK;
    case FYET_SCALAR: return take_scalar(builder, event);
    case FYET_ALIAS: return take_alias(builder, event);
    case FYET_MAPPING_START: return open_level(builder, RLP_NODE_MAP, event, event->mapping_start.anchor, event->mapping_start.tag);
    case FYET_SEQUENCE_START: return open_level(builder, RLP_NODE_LIST, event, event->sequence_start.anchor, event->sequence_start.tag);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END: return close_level(builder);
    default: return RLP_OK;
    }
}

/* The line's indentation holds a tab; libfyaml then speaks of "multiline plain keys". */
static bool tab_indents(const rlp_source_t *source, int line, rlp_place_t *place) {
    if (line < 1 || (size_t)line > source->n_lines) return false;
    size_t start = source->line_starts[line - 1], blanks = strspn(source->text + start, " ");
    if (source->text[start + blanks] != '\t') return false;
    size_t after = start + strspn(source->text + start, " \t");
    if (strchr("\r\n#", source->text[after])) return false; /* an empty line */
    *place = rlp_source_place(source, start + blanks, NULL);
    return true;
}

static void report(builder_t *builder, struct fy_diag *diag) {
    void *previous = NULL;
    size_t before = rlp_diagnostics_errors(builder->diagnostics);
    for (struct fy_diag_error *error; (error = fy_diag_errors_iterate(diag, &previous));) {
        if (error->type < FYET_WARNING) continue;
        rlp_severity_t severity = error->type == FYET_WARNING ? RLP_DIAGNOSTIC_WARNING : RLP_DIAGNOSTIC_ERROR;
        rlp_place_t place = {builder->source, error->line, error->column};
        if ((size_t)place.line > builder->source->n_lines) place = rlp_source_place(builder->source, builder->source->length, NULL);
        if (tab_indents(builder->source, error->line, &place) || tab_indents(builder->source, error->line + 1, &place))
            rlp_diagnose(builder->diagnostics, severity, place, "a tab in the indentation; YAML indents with spaces");
        else
            rlp_diagnose(builder->diagnostics, severity, place, "not YAML: %s%s", error->msg,
                         strstr(error->msg, "in flow") ? " (is a brace or bracket before this left open?)" : "");
    }
    if (before == rlp_diagnostics_errors(builder->diagnostics))
        COMPLAIN(builder, ((rlp_place_t){builder->source, 0, 0}), "not YAML (the parser gives no reason)");
}

static int pump(builder_t *builder, struct fy_parser *parser, struct fy_diag *diag) {
    int rc = RLP_OK;
    if (fy_parser_set_string(parser, builder->source->text, builder->source->length))
        return rlp_fail(RLP_ERROR_MEMORY, "no memory to parse YAML");
    for (struct fy_event *event; !rc && !builder->stop && (event = fy_parser_parse(parser));) {
        rc = take(builder, event);
        fy_parser_event_free(parser, event);
    }
    if (!rc && !builder->stop && fy_parser_get_stream_error(parser)) {
        builder->stop = true;
        report(builder, diag);
    }
    return rc;
}

int rlp_parse_source(rlp_document_t *document, const rlp_source_t *source, rlp_diagnostics_t *diagnostics, rlp_node_t **root) {
    builder_t builder = {.document = document, .source = source, .diagnostics = diagnostics};
    struct fy_diag_cfg diag_cfg;
    struct fy_diag *diag = NULL;
    struct fy_parser *parser = NULL;
    int rc = RLP_OK;
    *root = NULL;
    if (!rlp_source_is_text(source, diagnostics)) return RLP_OK;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL; /* collected, never printed */
    diag = fy_diag_create(&diag_cfg);
    if (diag) fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = diag};
    parser = diag ? fy_parser_create(&cfg) : NULL;
    rc = parser ? pump(&builder, parser, diag) : rlp_fail(RLP_ERROR_MEMORY, "no memory to parse YAML");
    if (!rc && !builder.stop) *root = builder.root;
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    free(builder.anchors);
    return rc;
}
