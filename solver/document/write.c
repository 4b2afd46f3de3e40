/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tree as text: YAML flow (reads back the same), JSON, and the difference of two trees. */
#include <string.h>

#include "tree.h"

/* ---- quoting ---------------------------------------------------------------------------------------------------------- */
static bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/* Text that YAML reads back as the same text without quotes, wherever it stands in flow style. Stricter than YAML need be. */
static bool is_plain(const char *text) {
    static const char *const NULLS[] = {"null", "Null", "NULL"};
    size_t length = strlen(text);
    char first = *text;
    if (!length || text[length - 1] == ' ') return false;
    if (!is_alnum(first) && first != '_' && first != '/' && !(strchr("+-.", first) && is_alnum(text[1]))) return false;
    for (const char *c = text; *c; c++)
        if (!is_alnum(*c) && !strchr("_/+-.%()*^ ", *c)) return false;
    for (size_t i = 0; i < sizeof NULLS / sizeof *NULLS; i++)
        if (!strcmp(text, NULLS[i])) return false;
    return true;
}

/* Double quotes; every escape used is YAML's and, with `json`, JSON's too. */
static void add_quoted(rlp_text_t *out, const char *text, bool json) {
    rlp_text_add(out, "\"");
    for (const char *c = text; *c; c++) {
        unsigned char byte = (unsigned char)*c;
        size_t length = rlp_utf8_length(c, strlen(c) < 4 ? strlen(c) : 4);
        if (*c == '"' || *c == '\\')
            rlp_text_format(out, "\\%c", *c);
        else if (*c == '\n')
            rlp_text_add(out, "\\n");
        else if (*c == '\t')
            rlp_text_add(out, "\\t");
        else if (*c == '\r')
            rlp_text_add(out, "\\r");
        else if (byte < 0x20 || byte == 0x7f)
            rlp_text_format(out, json ? "\\u%04x" : "\\x%02x", byte);
        else if (length == 2 && byte == 0xc2 && (unsigned char)c[1] < 0xa0) /* C1 controls, NEL among them */
            rlp_text_format(out, "\\u00%02x", (unsigned char)c[1]);
        else if (length == 3 && (!memcmp(c, "\xe2\x80\xa8", 3) || !memcmp(c, "\xe2\x80\xa9", 3)))
            rlp_text_add(out, (unsigned char)c[2] == 0xa8 ? "\\u2028" : "\\u2029");
        else if (length == 3 && !memcmp(c, "\xef\xbb\xbf", 3))
            rlp_text_add(out, "\\ufeff");
        else
            rlp_text_add_bytes(out, c, length ? length : 1);
        if (length > 1) c += length - 1;
    }
    rlp_text_add(out, "\"");
}

/* ---- YAML ------------------------------------------------------------------------------------------------------------- */
static void add_yaml_text(rlp_text_t *out, const char *text, bool quoted) {
    if (!quoted && is_plain(text))
        rlp_text_add(out, text);
    else
        add_quoted(out, text, false);
}

void rlp_node_write(const rlp_node_t *node, rlp_text_t *out) {
    switch (node->kind) {
    case RLP_NODE_NULL: rlp_text_add(out, "null"); return;
    case RLP_NODE_SCALAR: add_yaml_text(out, node->text, node->quoted); return;
    default: break;
    }
    bool map = node->kind == RLP_NODE_MAP;
    rlp_text_add(out, map ? "{" : "[");
    for (size_t i = 0; i < node->n_items; i++) {
        if (i) rlp_text_add(out, ", ");
        if (map) {
            add_yaml_text(out, node->items[i]->key, false);
            rlp_text_add(out, ": ");
        }
        rlp_node_write(node->items[i], out);
    }
    rlp_text_add(out, map ? "}" : "]");
}

/* ---- JSON ------------------------------------------------------------------------------------------------------------- */
static size_t digits(const char *text) { return strspn(text, "0123456789"); }

/* RFC 8259: -? (0 | [1-9][0-9]*) (. digits)? ([eE] [+-]? digits)? */
static bool is_json_number(const char *text) {
    const char *c = text + (*text == '-');
    size_t n = digits(c);
    if (!n || (*c == '0' && n > 1)) return false;
    c += n;
    if (*c == '.') {
        if (!(n = digits(c + 1))) return false;
        c += 1 + n;
    }
    if (*c == 'e' || *c == 'E') {
        c += 1 + (c[1] == '+' || c[1] == '-');
        if (!(n = digits(c))) return false;
        c += n;
    }
    return !*c;
}

void rlp_node_write_json(const rlp_node_t *node, rlp_text_t *out) {
    bool map = node->kind == RLP_NODE_MAP;
    if (node->kind == RLP_NODE_NULL) {
        rlp_text_add(out, "null");
        return;
    }
    if (node->kind == RLP_NODE_SCALAR) {
        if (!node->quoted && (is_json_number(node->text) || !strcmp(node->text, "true") || !strcmp(node->text, "false")))
            rlp_text_add(out, node->text);
        else
            add_quoted(out, node->text, true);
        return;
    }
    rlp_text_add(out, map ? "{" : "[");
    for (size_t i = 0; i < node->n_items; i++) {
        if (i) rlp_text_add(out, ", ");
        if (map) {
            add_quoted(out, node->items[i]->key, true);
            rlp_text_add(out, ": ");
        }
        rlp_node_write_json(node->items[i], out);
    }
    rlp_text_add(out, map ? "}" : "]");
}

/* ---- difference ------------------------------------------------------------------------------------------------------- */
static void add_side(rlp_text_t *out, const rlp_node_t *node) {
    if (node)
        rlp_node_write(node, out);
    else
        rlp_text_add(out, "absent");
}

static void add_line(rlp_text_t *out, const rlp_node_t *old, const rlp_node_t *new) {
    size_t before = out->length;
    rlp_node_path(old ? old : new, out);
    if (out->length == before) rlp_text_add(out, "the whole input");
    rlp_text_add(out, ": ");
    add_side(out, old);
    rlp_text_add(out, " -> ");
    add_side(out, new);
    rlp_text_add(out, "\n");
}

static void compare_maps(const rlp_node_t *old, const rlp_node_t *new, rlp_text_t *out) {
    bool same_keys = old->n_items == new->n_items, same_order = same_keys;
    for (size_t i = 0; i < old->n_items; i++) {
        const rlp_node_t *other = rlp_node_member(new, old->items[i]->key);
        same_keys = same_keys && other;
        same_order = same_order && other == new->items[i];
        if (other)
            rlp_node_difference(old->items[i], other, out);
        else
            add_line(out, old->items[i], NULL);
    }
    for (size_t i = 0; i < new->n_items; i++)
        if (!rlp_node_member(old, new->items[i]->key)) add_line(out, NULL, new->items[i]);
    if (!same_keys || same_order) return;
    size_t before = out->length; /* results come in input order, so the order of keys counts */
    rlp_node_path(old, out);
    rlp_text_format(out, "%s: the keys stand in another order\n", out->length > before ? "" : "the whole input");
}

void rlp_node_difference(const rlp_node_t *old, const rlp_node_t *new, rlp_text_t *out) {
    if (old->kind != new->kind || (old->kind == RLP_NODE_SCALAR && strcmp(old->text, new->text))) {
        add_line(out, old, new);
        return;
    }
    if (old->kind == RLP_NODE_MAP) {
        compare_maps(old, new, out);
        return;
    }
    for (size_t i = 0; i < old->n_items || i < new->n_items; i++) {
        const rlp_node_t *a = i < old->n_items ? old->items[i] : NULL, *b = i < new->n_items ? new->items[i] : NULL;
        if (a && b)
            rlp_node_difference(a, b, out);
        else
            add_line(out, a, b);
    }
}
