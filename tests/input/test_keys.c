/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * inputs/README.md is the reference of every key. Here it is held against the tables of keys that the program reads by: each section of them
 * has a heading there, each key a row below that heading, with the same unit, default and range; and no row names a key that does not exist. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/endpoint.h"
#include "relapse/patient.h"
#include "relapse/process_input.h"
#include "relapse/study.h"
#include "relapse/tumour.h"

#define CELL 512
enum { KEY, MEANING, UNIT, DEFAULT, RANGE, CELLS };
typedef struct {
    char cell[CELLS][CELL];
} row_t;

static char *page; /* the whole of inputs/README.md */

static int read_page(void **state) {
    (void)state;
    FILE *file = fopen(SOURCE_DIR "/inputs/README.md", "rb");
    if (!file) return -1;
    page = calloc(1, 1 << 20);
    size_t length = page ? fread(page, 1, (1 << 20) - 1, file) : 0;
    fclose(file);
    return length && length < (1 << 20) - 1 ? 0 : -1;
}

static int drop_page(void **state) {
    (void)state;
    free(page);
    return 0;
}

/* ---- the page ---------------------------------------------------------------------------------------------------------- */
/* The text below the heading "### `section`", or NULL. */
static const char *section_of(const char *section) {
    char heading[CELL];
    snprintf(heading, sizeof heading, "\n### `%s`\n", *section ? section : "root");
    const char *at = strstr(page, heading);
    return at ? at + strlen(heading) : NULL;
}

/* One line "| `key` | meaning | unit | default | range |" taken apart; false if it is no such line. A line must not have more cells. */
static bool take_apart(const char *line, const char *end, row_t *row) {
    memset(row, 0, sizeof *row);
    if (end - line < 4 || strncmp(line, "| `", 3)) return false;
    const char *at = line + 1;
    for (int c = 0; c < CELLS; c++) {
        const char *bar = memchr(at, '|', (size_t)(end - at));
        if (!bar) fail_msg("too few cells: %.*s", (int)(end - line), line);
        const char *from = at, *to = bar;
        while (from < to && *from == ' ') from++;
        while (to > from && to[-1] == ' ') to--;
        snprintf(row->cell[c], CELL, "%.*s", (int)(to - from), from);
        at = bar + 1;
    }
    if (at != end) fail_msg("too many cells: %.*s", (int)(end - line), line);
    return true;
}

/* The table of keys below a heading; tables of other things (laws) may follow it. */
static const char *table_below(const char *section, const char **end) {
    const char *table = strstr(section, "\n| key | meaning | unit | default | range |\n"), *next = strstr(section, "\n#");
    if (!table || (next && table > next)) fail_msg("no table of keys below the heading before: %.60s", section);
    *end = strstr(table, "\n\n");
    if (!*end) *end = table + strlen(table);
    return table;
}

static bool next_row(const char **at, const char *end, row_t *row) {
    while (*at < end) {
        const char *line = *at, *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop) stop = end;
        *at = stop + 1;
        if (take_apart(line, stop, row)) return true;
    }
    return false;
}

static bool find_row(const char *section, const char *key, row_t *row) {
    char quoted[CELL];
    snprintf(quoted, sizeof quoted, "`%s`", key);
    const char *end, *at = table_below(section, &end);
    while (next_row(&at, end, row))
        if (!strcmp(row->cell[KEY], quoted)) return true;
    return false;
}

/* ---- what a row must say ----------------------------------------------------------------------------------------------- */
/* 1e6, 0.01, 10000: as %g without the padding of exponents. */
static void number(double value, char out[CELL]) {
    char digits[64], *to = out;
    snprintf(digits, sizeof digits, "%g", value);
    for (const char *c = digits; *c; c++) {
        *to++ = *c;
        if (*c != 'e') continue;
        if (c[1] == '-') *to++ = '-';
        c += 1 + strspn(c + 1, "+-0");
        c--;
    }
    *to = '\0';
}

static bool is_number(const rlp_key_t *key) { return key->kind == RLP_KEY_NUMBER || key->kind == RLP_KEY_WHOLE; }

static const char *wanted_unit(const rlp_key_t *key) {
    const char *unit = rlp_dimension_unit(key->dimension);
    return key->dimension == RLP_DIMENSION_SHARE ? "share" : *unit ? unit : "\xe2\x80\x93";
}

static void wanted_range(const rlp_key_t *key, char out[3 * CELL]) {
    char low[CELL], high[CELL];
    number(key->low, low);
    number(key->high, high);
    bool open = key->low > 0 && key->low <= DBL_MIN;
    snprintf(out, 3 * CELL, "%s%s%s to %s", key->kind == RLP_KEY_WHOLE ? "whole, " : "", open ? "above " : "", open ? "0" : low, high);
}

static void wanted_words(const char *words, char out[3 * CELL]) {
    char *to = out;
    for (const char *c = words; *c; c++) {
        *to++ = *c == '|' ? ',' : *c;
        if (*c == '|') *to++ = ' ';
    }
    *to = '\0';
}

static void expect(const char *section, const rlp_key_t *key, const char *what, const char *said, const char *wanted) {
    if (!strcmp(said, wanted)) return;
    fail_msg("inputs/README.md, `%s`, key `%s`: the %s is '%s' there; the program has '%s'", *section ? section : "root", key->name, what,
             said, wanted);
}

static void expect_default(const char *section, const rlp_key_t *key, const char *said) {
    char wanted[CELL] = "\xe2\x80\x93";
    if (key->required) {
        expect(section, key, "default", said, "required");
    } else if (key->kind == RLP_KEY_FLAG) {
        expect(section, key, "default", said, key->fallback > 0 ? "true" : "false");
    } else if (is_number(key)) {
        if (key->fallback == 0 && !strcmp(said, wanted)) return; /* 0 where there is no default to speak of: one of several forms */
        if (isfinite(key->fallback)) number(key->fallback, wanted);
        expect(section, key, "default", said, wanted);
    }
}

static void check_key(const char *section, const char *text, const rlp_key_t *key) {
    row_t row;
    char wanted[3 * CELL];
    if (!find_row(text, key->name, &row))
        fail_msg("inputs/README.md, `%s`: no row for the key `%s`", *section ? section : "root", key->name);
    for (int c = 0; c < CELLS; c++)
        if (!row.cell[c][0]) fail_msg("inputs/README.md, `%s`, key `%s`: an empty cell", section, key->name);
    expect_default(section, key, row.cell[DEFAULT]);
    if (is_number(key)) {
        expect(section, key, "unit", row.cell[UNIT], wanted_unit(key));
        wanted_range(key, wanted);
        expect(section, key, "range", row.cell[RANGE], wanted);
    } else if (key->kind == RLP_KEY_WORD) {
        wanted_words(key->words, wanted);
        expect(section, key, "range", row.cell[RANGE], wanted);
    } else if (key->kind == RLP_KEY_MAP || key->kind == RLP_KEY_LIST || key->kind == RLP_KEY_TEXT) {
        expect(section, key, "range", row.cell[RANGE], key->kind == RLP_KEY_MAP ? "map" : key->kind == RLP_KEY_LIST ? "list" : "text");
    }
}

/* ---- all tables -------------------------------------------------------------------------------------------------------- */
typedef struct {
    const char *room;
    const rlp_key_section_t *sections;
    const size_t *n;
} tables_t;
static const tables_t TABLES[] = {
    {"study", RLP_STUDY_SECTIONS, &RLP_STUDY_SECTION_COUNT},          {"process", RLP_PROCESS_SECTIONS, &RLP_PROCESS_SECTION_COUNT},
    {"endpoint", RLP_ENDPOINT_SECTIONS, &RLP_ENDPOINT_SECTION_COUNT}, {"patient", RLP_PATIENT_SECTIONS, &RLP_PATIENT_SECTION_COUNT},
    {"tumour", RLP_TUMOUR_SECTIONS, &RLP_TUMOUR_SECTION_COUNT},
};
#define N_TABLES (sizeof TABLES / sizeof *TABLES)

static void every_key_is_described(void **state) {
    (void)state;
    size_t keys = 0;
    for (size_t t = 0; t < N_TABLES; t++)
        for (size_t s = 0; s < *TABLES[t].n; s++) {
            const rlp_key_section_t *section = &TABLES[t].sections[s];
            const char *text = section_of(section->section);
            if (!text)
                fail_msg("inputs/README.md has no heading '### `%s`' (room %s)", *section->section ? section->section : "root",
                         TABLES[t].room);
            for (size_t k = 0; k < section->n_keys; k++, keys++) check_key(section->section, text, &section->keys[k]);
        }
    assert_true(keys > 100);
}

static const rlp_key_section_t *table_of(const char *section) {
    for (size_t t = 0; t < N_TABLES; t++)
        for (size_t s = 0; s < *TABLES[t].n; s++)
            if (!strcmp(TABLES[t].sections[s].section, section)) return &TABLES[t].sections[s];
    return NULL;
}

static void nothing_else_is_described(void **state) {
    (void)state;
    static const char HEADING[] = "\n### `";
    for (const char *at = page; (at = strstr(at, HEADING));) {
        char section[CELL];
        row_t row;
        at += strlen(HEADING);
        snprintf(section, sizeof section, "%.*s", (int)strcspn(at, "`"), at);
        const rlp_key_section_t *table = table_of(strcmp(section, "root") ? section : "");
        if (!table) fail_msg("inputs/README.md describes `%s`, which the program does not know", section);
        const char *end, *line = table_below(at, &end);
        while (next_row(&line, end, &row)) {
            size_t k = 0;
            char *name = row.cell[KEY] + 1;
            name[strcspn(name, "`")] = '\0';
            while (k < table->n_keys && strcmp(table->keys[k].name, name)) k++;
            if (k == table->n_keys) fail_msg("inputs/README.md, `%s`: the program has no key `%s`", section, name);
        }
    }
}

/* ROOM.section is written as users write paths, so two tables of one name would hide each other. */
static void sections_are_told_apart(void **state) {
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++)
        for (size_t s = 0; s < *TABLES[t].n; s++)
            if (table_of(TABLES[t].sections[s].section) != &TABLES[t].sections[s])
                fail_msg("two tables are called `%s`", TABLES[t].sections[s].section);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_is_described),
        cmocka_unit_test(nothing_else_is_described),
        cmocka_unit_test(sections_are_told_apart),
    };
    return cmocka_run_group_tests_name("keys of inputs/README.md", tests, read_page, drop_page);
}
