/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tests of this room share: a document from a string, and what was said about it. */
#ifndef DOCUMENT_TEST_H
#define DOCUMENT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h> /* wants the four first of these */

#include "relapse/document.h"

typedef struct {
    rlp_diagnostics_t *diagnostics;
    rlp_document_t *document;
    rlp_text_t said;
} reading_t;

static inline void read_bytes(reading_t *reading, const char *bytes, size_t length) {
    reading->diagnostics = rlp_diagnostics_new();
    assert_non_null(reading->diagnostics);
    assert_int_equal(rlp_document_parse("in.yaml", bytes, length, reading->diagnostics, &reading->document), RLP_OK);
    assert_non_null(rlp_document_root(reading->document));
    assert_int_equal(rlp_document_root(reading->document)->kind, RLP_NODE_MAP);
    rlp_text_init(&reading->said);
}

static inline void read_yaml(reading_t *reading, const char *yaml) { read_bytes(reading, yaml, strlen(yaml)); }

static inline rlp_node_t *root_of(reading_t *reading) { return rlp_document_root(reading->document); }

/* All that was said so far. */
static inline const char *said(reading_t *reading) {
    rlp_text_clear(&reading->said);
    rlp_diagnostics_text(reading->diagnostics, &reading->said);
    return rlp_text_string(&reading->said);
}

static inline void end_reading(reading_t *reading) {
    rlp_document_free(reading->document);
    rlp_diagnostics_free(reading->diagnostics);
    rlp_text_free(&reading->said);
}

static inline void assert_says(reading_t *reading, const char *part) {
    if (!strstr(said(reading), part)) fail_msg("expected to read\n  %s\nbut it said\n%s", part, said(reading));
}

static inline void assert_nothing_wrong(reading_t *reading) { assert_string_equal(said(reading), ""); }

static inline void assert_place(rlp_place_t place, int line, int column) {
    if (place.line != line || place.column != column) fail_msg("expected %d:%d, found %d:%d", line, column, place.line, place.column);
}

#endif
