/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of this room share and nobody else sees: sources, the arena that owns every node of a document, building of trees. */
#ifndef RELAPSE_DOCUMENT_TREE_H
#define RELAPSE_DOCUMENT_TREE_H

#include "relapse/document.h"

/* Bounds that no honest input meets; they keep a hostile one from eating stack, memory or time. */
#define RLP_DEPTH_MOST 60      /* maps and lists inside each other; libfyaml promises 64 */
#define RLP_NODES_MOST 300000  /* nodes of a document, copies made by aliases included */
#define RLP_MEMBERS_MOST 10000 /* members of one map: duplicate keys are looked for one by one */
#define RLP_KEY_BYTES_MOST 200 /* YAML allows 1024 characters before the colon */
#define RLP_SOURCE_BYTES_MOST ((size_t)64 << 20)
#define RLP_INCLUDES_MOST 100

struct rlp_source {
    char *name; /* as printed */
    char *text; /* without byte order mark, NUL-terminated */
    size_t length;
    size_t *line_starts; /* offset of each line */
    size_t n_lines, line_capacity;
    int order;         /* files are reported in the order in which they were read */
    bool command_line; /* a --set value: no lines to show */
};

/* Takes `text` (malloc'd) over, also on failure. */
int rlp_source_new(rlp_source_t **out, const char *name, char *text, size_t length, int order) RLP_MUST_USE;
void rlp_source_free(rlp_source_t *);
typedef struct { /* where the last place was: counting on from there keeps one long line from costing its square */
    size_t offset;
    rlp_place_t place;
} rlp_cursor_t;
rlp_place_t rlp_source_place(const rlp_source_t *, size_t offset, rlp_cursor_t *cursor); /* cursor may be NULL */
/* Complain about the first byte that is not UTF-8 text (NUL and control characters too); false if there is one. */
bool rlp_source_is_text(const rlp_source_t *, rlp_diagnostics_t *);
/* Length of the UTF-8 sequence at `bytes` (1 to 4), or 0 if it is none. */
size_t rlp_utf8_length(const char *bytes, size_t left);

typedef struct rlp_block rlp_block_t;
struct rlp_document {
    rlp_block_t *blocks; /* nodes, keys, texts and item arrays live until the document dies */
    rlp_source_t **sources;
    size_t n_sources, source_capacity;
    size_t n_nodes;
    rlp_node_t *root;
};

/* Zeroed room from the arena, or NULL. */
void *rlp_document_room(rlp_document_t *, size_t bytes);
void rlp_document_room_free(rlp_document_t *); /* all of it */
char *rlp_document_text(rlp_document_t *, const char *bytes, size_t length);
/* A new node, or NULL (no memory). */
rlp_node_t *rlp_document_node(rlp_document_t *, rlp_node_kind_t, rlp_place_t);
/* Hang `child` (whose key is already set if `parent` is a map) below `parent`. */
int rlp_node_append(rlp_document_t *, rlp_node_t *parent, rlp_node_t *child) RLP_MUST_USE;
/* A deep copy without parent and key; NULL without memory. */
rlp_node_t *rlp_document_copy(rlp_document_t *, const rlp_node_t *);
size_t rlp_node_size(const rlp_node_t *);   /* nodes in the tree */
size_t rlp_node_height(const rlp_node_t *); /* 1 for a leaf */
/* Members of `lower` that `upper` lacks move into `upper`; the order is that of `lower`, then what only `upper` has. With `deep`, maps that
 * both have are merged in the same way. `lower` is used up. */
int rlp_node_merge_below(rlp_document_t *, rlp_node_t *upper, rlp_node_t *lower, bool deep) RLP_MUST_USE;
bool rlp_source_add(rlp_document_t *, rlp_source_t *); /* the document owns it from now on; false (and freed) without memory */

/* Parse one source into *root (NULL if there is nothing in it or it is not YAML). RLP_ERROR_MEMORY only. */
int rlp_parse_source(rlp_document_t *, const rlp_source_t *, rlp_diagnostics_t *, rlp_node_t **root) RLP_MUST_USE;

const char *rlp_node_kind_words(const rlp_node_t *); /* "a map", "a list", "nothing", "text" */

/* Length of "a time" in rlp_dimension_words()'s "a time (d, h, ...)". */
int rlp_dimension_noun(rlp_dimension_t);

/* A decimal number at the start of `text` (blanks before it are fine), read in the C locale; *end is where it stops. False: none there.
 * Too large for a double: infinity. */
bool rlp_number_read(const char *text, double *value, const char **end);

#endif
