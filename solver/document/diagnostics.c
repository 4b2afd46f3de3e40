/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Diagnostics: collected in any order, shown in file order. Each keeps its own copy of name, line and caret, so that it outlives its
 * document. Memory that runs out here loses sentences, never the fact that something is wrong. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "tree.h"

#define KEEP_MOST 10000 /* a file wrong in more places is no nearer to being right */
#define WINDOW 160      /* characters of a line that are shown */

typedef struct {
    rlp_severity_t severity;
    int order, line, column;
    size_t sequence;
    char *file; /* NULL: no place */
    char *sentence;
    char *excerpt; /* the line and the caret, or NULL */
} diagnostic_t;

struct rlp_diagnostics {
    diagnostic_t *rows;
    size_t n, capacity;
    size_t errors, warnings, lost;
};

rlp_diagnostics_t *rlp_diagnostics_new(void) {
    rlp_diagnostics_t *diagnostics = NULL;
    return RLP_NEW(diagnostics, 1) ? NULL : diagnostics;
}

static void free_row(diagnostic_t *row) {
    free(row->file);
    free(row->sentence);
    free(row->excerpt);
}

void rlp_diagnostics_free(rlp_diagnostics_t *diagnostics) {
    if (!diagnostics) return;
    for (size_t i = 0; i < diagnostics->n; i++) free_row(&diagnostics->rows[i]);
    free(diagnostics->rows);
    free(diagnostics);
}

size_t rlp_diagnostics_errors(const rlp_diagnostics_t *diagnostics) { return diagnostics->errors; }
size_t rlp_diagnostics_warnings(const rlp_diagnostics_t *diagnostics) { return diagnostics->warnings; }

/* One character of the line, made fit for a terminal; returns the bytes used. */
static size_t add_character(rlp_text_t *out, const char *line, size_t left) {
    size_t length = rlp_utf8_length(line, left);
    unsigned char c = (unsigned char)*line;
    bool plain = length && c != 0x7f && (c >= 0x20 || c == '\t') && !(c == 0xc2 && (unsigned char)line[1] < 0xa0);
    rlp_text_add_bytes(out, plain ? line : "?", plain ? length : 1);
    return length ? length : 1;
}

/* The line with a caret under `column`; of a long line a window around it. Tabs before the caret are kept, so that both lines align. */
static void draw(rlp_text_t *out, const rlp_source_t *source, int line, int column) {
    const char *text = source->text + source->line_starts[line - 1];
    size_t length = strcspn(text, "\r\n"), end = source->length - source->line_starts[line - 1];
    if (length > end) length = end;
    size_t characters = 0, at = (size_t)(column > 0 ? column - 1 : 0);
    for (size_t i = 0; i < length; i++) characters += ((unsigned char)text[i] & 0xc0) != 0x80;
    size_t first = characters > WINDOW && at > WINDOW / 2 ? at - WINDOW / 2 : 0;
    rlp_text_t caret;
    rlp_text_init(&caret);
    rlp_text_format(out, "%5d | %s", line, first ? "..." : "");
    rlp_text_add(&caret, first ? "      |    " : "      | ");
    for (size_t i = 0, n = 0; i < length && n < first + WINDOW; n++) {
        size_t start = out->length;
        i += add_character(out, text + i, length - i);
        if (n < first) { /* left of the window */
            if (out->error) break;
            out->length = start;
            out->bytes[start] = '\0';
        } else if (n < at)
            rlp_text_add(&caret, out->length == start + 1 && out->bytes[start] == '\t' ? "\t" : " ");
    }
    rlp_text_add(out, characters > first + WINDOW ? "...\n" : "\n");
    rlp_text_format(out, "%s^\n", rlp_text_string(&caret));
    if (caret.error && !out->error) out->error = caret.error;
    rlp_text_free(&caret);
}

static bool known_already(const rlp_diagnostics_t *diagnostics, const diagnostic_t *new) {
    for (size_t i = 0; i < diagnostics->n; i++) {
        const diagnostic_t *old = &diagnostics->rows[i];
        if (old->line == new->line && old->column == new->column && old->order == new->order && old->severity == new->severity &&
            !strcmp(old->sentence, new->sentence) && !strcmp(old->file ? old->file : "", new->file ? new->file : ""))
            return true;
    }
    return false;
}

static int fill(diagnostic_t *row, rlp_place_t place, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again), rc = RLP_OK;
    va_end(again);
    if (length < 0) length = 0;
    if ((rc = RLP_NEW(row->sentence, (size_t)length + 1))) return rc;
    vsnprintf(row->sentence, (size_t)length + 1, format, arguments);
    for (char *c = row->sentence; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = ' '; /* one diagnostic, one line */
    if (!place.source) return RLP_OK;
    row->order = place.source->order;
    row->line = place.line;
    row->column = place.column;
    if ((rc = rlp_memory_copy_text(&row->file, place.source->name))) return rc;
    if (place.source->command_line || place.line < 1 || (size_t)place.line > place.source->n_lines) return RLP_OK;
    rlp_text_t excerpt;
    rlp_text_init(&excerpt);
    draw(&excerpt, place.source, place.line, place.column);
    rc = excerpt.error;
    if (rc)
        rlp_text_free(&excerpt);
    else
        row->excerpt = excerpt.bytes;
    return rc;
}

void rlp_diagnose(rlp_diagnostics_t *diagnostics, rlp_severity_t severity, rlp_place_t place, const char *format, ...) {
    diagnostic_t row = {.severity = severity, .order = place.source ? 0 : 1 << 30};
    va_list arguments;
    va_start(arguments, format);
    int rc = fill(&row, place, format, arguments);
    va_end(arguments);
    if (place.source && place.source->command_line) row.line = row.column = 0;
    if (!rc && known_already(diagnostics, &row)) {
        free_row(&row);
        return;
    }
    if (severity == RLP_DIAGNOSTIC_ERROR)
        diagnostics->errors++;
    else
        diagnostics->warnings++;
    if (rc || diagnostics->n >= KEEP_MOST || RLP_GROW(diagnostics->rows, diagnostics->capacity, diagnostics->n + 1)) {
        free_row(&row);
        diagnostics->lost++;
        return;
    }
    row.sequence = diagnostics->n;
    diagnostics->rows[diagnostics->n++] = row;
}

static int by_place(const void *left, const void *right) {
    const diagnostic_t *a = left, *b = right;
    if (a->order != b->order) return a->order < b->order ? -1 : 1;
    if (a->line != b->line) return a->line < b->line ? -1 : 1;
    if (a->column != b->column) return a->column < b->column ? -1 : 1;
    return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

/* Sorting in place is no change that a reader can see: `sequence` keeps the order of arrival. */
void rlp_diagnostics_text(const rlp_diagnostics_t *diagnostics, rlp_text_t *out) {
    if (diagnostics->n) qsort(diagnostics->rows, diagnostics->n, sizeof *diagnostics->rows, by_place);
    for (size_t i = 0; i < diagnostics->n; i++) {
        const diagnostic_t *row = &diagnostics->rows[i];
        if (row->file && row->line > 0)
            rlp_text_format(out, "%s:%d:%d: ", row->file, row->line, row->column);
        else if (row->file)
            rlp_text_format(out, "%s: ", row->file);
        rlp_text_format(out, "%s: %s\n", row->severity == RLP_DIAGNOSTIC_ERROR ? "error" : "warning", row->sentence);
        if (row->excerpt) rlp_text_add(out, row->excerpt);
    }
    if (diagnostics->lost) rlp_text_format(out, "... and %zu more\n", diagnostics->lost);
}

void rlp_diagnostics_print(const rlp_diagnostics_t *diagnostics, FILE *file) {
    rlp_text_t text;
    rlp_text_init(&text);
    rlp_diagnostics_text(diagnostics, &text);
    fputs(rlp_text_string(&text), file);
    if (text.error) fputs("error: no memory to show what is wrong\n", file);
    rlp_text_free(&text);
}
