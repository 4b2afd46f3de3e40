/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tree: an arena that owns it, and ways through it. Depth is bounded at parsing (RLP_DEPTH_MOST), so recursion is safe. */
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "tree.h"

#define FIRST_BLOCK_BYTES 512 /* each block is twice the last, up to the largest */
#define LARGEST_BLOCK_BYTES 65536

struct rlp_block {
    rlp_block_t *next;
    size_t used, size;
    union {
        long double widest;
        void *pointer;
        long long whole;
        char bytes[1];
    } room[1];
};

void *rlp_document_room(rlp_document_t *document, size_t bytes) {
    rlp_block_t *block = document->blocks;
    size_t need = (bytes + sizeof block->room[0] - 1) / sizeof block->room[0] * sizeof block->room[0];
    if (!block || block->size - block->used < need) {
        size_t size = block ? 2 * block->size : FIRST_BLOCK_BYTES;
        if (size > LARGEST_BLOCK_BYTES) size = LARGEST_BLOCK_BYTES;
        if (size < need) size = need;
        char *fresh = NULL;
        if (RLP_NEW(fresh, sizeof(rlp_block_t) + size)) return NULL;
        block = (rlp_block_t *)(void *)fresh;
        block->size = size;
        block->next = document->blocks;
        document->blocks = block;
    }
    char *room = (char *)block->room + block->used;
    block->used += need;
    return room;
}

void rlp_document_room_free(rlp_document_t *document) {
    while (document->blocks) {
        rlp_block_t *next = document->blocks->next;
        free(document->blocks);
        document->blocks = next;
    }
}

char *rlp_document_text(rlp_document_t *document, const char *bytes, size_t length) {
    char *text = rlp_document_room(document, length + 1);
    if (text && length) memcpy(text, bytes, length);
    return text;
}

rlp_node_t *rlp_document_node(rlp_document_t *document, rlp_node_kind_t kind, rlp_place_t place) {
    rlp_node_t *node = rlp_document_room(document, sizeof *node);
    if (!node) return NULL;
    node->kind = kind;
    node->place = place;
    document->n_nodes++;
    return node;
}

int rlp_node_append(rlp_document_t *document, rlp_node_t *parent, rlp_node_t *child) {
    if (parent->n_items == parent->item_capacity) {
        size_t capacity = parent->item_capacity ? 2 * parent->item_capacity : 4;
        rlp_node_t **items = rlp_document_room(document, capacity * sizeof *items);
        if (!items) return RLP_ERROR_MEMORY;
        if (parent->n_items) memcpy(items, parent->items, parent->n_items * sizeof *items);
        parent->items = items;
        parent->item_capacity = capacity;
    }
    child->parent = parent;
    parent->items[parent->n_items++] = child;
    return RLP_OK;
}

rlp_node_t *rlp_document_copy(rlp_document_t *document, const rlp_node_t *from) {
    rlp_node_t *node = rlp_document_node(document, from->kind, from->place);
    if (!node) return NULL;
    node->text = from->text; /* texts never change, so copies share them */
    node->quoted = from->quoted;
    for (size_t i = 0; i < from->n_items; i++) {
        rlp_node_t *item = rlp_document_copy(document, from->items[i]);
        if (!item) return NULL;
        item->key = from->items[i]->key;
        item->key_place = from->items[i]->key_place;
        if (rlp_node_append(document, node, item)) return NULL;
    }
    return node;
}

size_t rlp_node_size(const rlp_node_t *node) {
    size_t size = 1;
    for (size_t i = 0; i < node->n_items; i++) size += rlp_node_size(node->items[i]);
    return size;
}

size_t rlp_node_height(const rlp_node_t *node) {
    size_t most = 0;
    for (size_t i = 0; i < node->n_items; i++) {
        size_t height = rlp_node_height(node->items[i]);
        if (height > most) most = height;
    }
    return most + 1;
}

int rlp_node_merge_below(rlp_document_t *document, rlp_node_t *upper, rlp_node_t *lower, bool deep) {
    rlp_node_t merged = {0};
    for (size_t i = 0; i < lower->n_items; i++) {
        rlp_node_t *below = lower->items[i], *above = rlp_node_member(upper, below->key);
        int rc = RLP_OK;
        if (above && deep && above->kind == RLP_NODE_MAP && below->kind == RLP_NODE_MAP)
            rc = rlp_node_merge_below(document, above, below, true);
        if (rc || (rc = rlp_node_append(document, &merged, above ? above : below))) return rc;
    }
    for (size_t i = 0; i < upper->n_items; i++) {
        int rc = rlp_node_member(lower, upper->items[i]->key) ? RLP_OK : rlp_node_append(document, &merged, upper->items[i]);
        if (rc) return rc;
    }
    upper->items = merged.items;
    upper->n_items = merged.n_items;
    upper->item_capacity = merged.item_capacity;
    for (size_t i = 0; i < upper->n_items; i++) upper->items[i]->parent = upper;
    return RLP_OK;
}

rlp_node_t *rlp_node_member(const rlp_node_t *map, const char *key) {
    if (!map || map->kind != RLP_NODE_MAP) return NULL;
    for (size_t i = 0; i < map->n_items; i++)
        if (!strcmp(map->items[i]->key, key)) return map->items[i];
    return NULL;
}

static bool is(const char *text, const char *word, size_t length) { return text && strlen(text) == length && !memcmp(text, word, length); }

/* The child that one path element names: a key, or in a list a number from 1 or the item's own `name:`. */
static rlp_node_t *child(const rlp_node_t *node, const char *element, size_t length) {
    char digits[24];
    for (size_t i = 0; i < node->n_items; i++) {
        rlp_node_t *item = node->items[i];
        if (node->kind == RLP_NODE_MAP && is(item->key, element, length)) return item;
        if (node->kind != RLP_NODE_LIST) continue;
        const rlp_node_t *name = rlp_node_member(item, "name");
        if (name && name->kind == RLP_NODE_SCALAR && is(name->text, element, length)) return item;
        snprintf(digits, sizeof digits, "%zu", i + 1);
        if (is(digits, element, length)) return item;
    }
    return NULL;
}

/* Keys may hold points themselves ("tumour.cells" below `variability:`), so longer elements are tried where shorter ones lead nowhere. */
rlp_node_t *rlp_node_at(const rlp_node_t *from, const char *path) {
    if (!from || !*path) return NULL;
    for (size_t length = strcspn(path, ".");; length += 1 + strcspn(path + length + 1, ".")) {
        rlp_node_t *node = child(from, path, length);
        if (node && !path[length]) return node;
        if (node && (node = rlp_node_at(node, path + length + 1))) return node;
        if (!path[length]) return NULL;
    }
}

void rlp_node_path(const rlp_node_t *node, rlp_text_t *out) {
    const rlp_node_t *parent = node ? node->parent : NULL;
    if (!parent) return;
    size_t before = out->length;
    rlp_node_path(parent, out);
    if (out->length > before) rlp_text_add(out, ".");
    if (parent->kind == RLP_NODE_MAP) {
        rlp_text_add(out, node->key);
        return;
    }
    for (size_t i = 0; i < parent->n_items; i++)
        if (parent->items[i] == node) rlp_text_integer(out, (int64_t)i + 1);
}

const char *rlp_node_kind_words(const rlp_node_t *node) {
    switch (node->kind) {
    case RLP_NODE_NULL: return "nothing";
    case RLP_NODE_MAP: return "a map";
    case RLP_NODE_LIST: return "a list";
    default: return "text";
    }
}
