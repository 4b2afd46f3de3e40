/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One input file's bytes: what is text, and where a byte stands. Columns count characters, not bytes. */
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "tree.h"

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
size_t rlp_utf8_length(const char *bytes, size_t left) {
    const unsigned char *b = (const unsigned char *)bytes;
    if (!left) return 0;
    if (b[0] < 0x80) return 1;
    size_t length = b[0] >= 0xf0 ? 4 : b[0] >= 0xe0 ? 3 : 2;
    if (b[0] < 0xc2 || b[0] > 0xf4 || left < length) return 0;
    for (size_t i = 1; i < length; i++)
        if ((b[i] & 0xc0) != 0x80) return 0;
    if ((b[0] == 0xe0 && b[1] < 0xa0) || (b[0] == 0xed && b[1] > 0x9f)) return 0;
    if ((b[0] == 0xf0 && b[1] < 0x90) || (b[0] == 0xf4 && b[1] > 0x8f)) return 0;
    return length;
}

static int add_line(rlp_source_t *source, size_t start) {
    int rc = RLP_GROW(source->line_starts, source->line_capacity, source->n_lines + 1);
    if (rc == RLP_OK) source->line_starts[source->n_lines++] = start;
    return rc;
}

/* YAML's line breaks: LF, CR LF, CR. */
static int find_lines(rlp_source_t *source) {
    int rc = add_line(source, 0);
    for (size_t i = 0; !rc && i < source->length; i++) {
        char c = source->text[i];
        if (c == '\n' || (c == '\r' && source->text[i + 1] != '\n')) rc = add_line(source, i + 1);
    }
    return rc;
}

int rlp_source_new(rlp_source_t **out, const char *name, char *text, size_t length, int order) {
    rlp_source_t *source = NULL;
    *out = NULL;
    int rc = RLP_NEW(source, 1);
    if (rc) {
        free(text);
        return rc;
    }
    source->text = text;
    source->length = length;
    source->order = order;
    if (length >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) { /* a byte order mark says nothing here */
        memmove(text, text + 3, length - 3 + 1);
        source->length -= 3;
    }
    if ((rc = rlp_memory_copy_text(&source->name, name)) || (rc = find_lines(source))) {
        rlp_source_free(source);
        return rc;
    }
    *out = source;
    return RLP_OK;
}

void rlp_source_free(rlp_source_t *source) {
    if (!source) return;
    free(source->name);
    free(source->text);
    free(source->line_starts);
    free(source);
}

rlp_place_t rlp_source_place(const rlp_source_t *source, size_t offset, rlp_cursor_t *cursor) {
    size_t low = 0, high = source->n_lines;
    if (offset > source->length) offset = source->length;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (source->line_starts[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    rlp_place_t place = {source, (int)low + 1, 1};
    size_t from = source->line_starts[low];
    if (cursor && cursor->place.line == place.line && cursor->offset <= offset) {
        place.column = cursor->place.column;
        from = cursor->offset;
    }
    for (; from < offset; from++) place.column += ((unsigned char)source->text[from] & 0xc0) != 0x80;
    if (cursor) *cursor = (rlp_cursor_t){offset, place};
    return place;
}

bool rlp_source_is_text(const rlp_source_t *source, rlp_diagnostics_t *diagnostics) {
    if (source->length > RLP_SOURCE_BYTES_MOST) {
        rlp_diagnose(diagnostics, RLP_DIAGNOSTIC_ERROR, (rlp_place_t){source, 0, 0}, "has %zu bytes; an input has at most %zu",
                     source->length, RLP_SOURCE_BYTES_MOST);
        return false;
    }
    for (size_t i = 0, step; i < source->length; i += step) {
        unsigned char c = (unsigned char)source->text[i];
        step = rlp_utf8_length(source->text + i, source->length - i);
        bool control = step && (c < 0x20 || c == 0x7f) && c != '\t' && c != '\n' && c != '\r';
        if (step && !control) continue;
        const char *what = control ? "is a control character, not text" : i == 0 && c >= 0xfe ? "is not UTF-8 (UTF-16?)" : "is not UTF-8";
        rlp_diagnose(diagnostics, RLP_DIAGNOSTIC_ERROR, rlp_source_place(source, i, NULL),
                     "the byte 0x%02x %s; save the input as UTF-8 text", c, what);
        return false;
    }
    return true;
}
