/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Documents: a YAML input as a tree that remembers where everything stands, read through tables of keys.
 *
 * libfyaml parses; the tree below is ours, so no other room knows the library. Refused at parsing: a second document, duplicate keys,
 * aliases (anchors and `<<` too) that lead to themselves, keys that are not plain text, non-UTF-8. Aliases to elsewhere are resolved to copies.
 * Errors in an input are data: every reader adds to a rlp_diagnostics_t and goes on with a usable value, so that all errors of a
 * file are shown at once, in file order. `rlp_diagnostics_errors() > 0` means the input is wrong (exit 65). */
#ifndef RELAPSE_DOCUMENT_H
#define RELAPSE_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "relapse/error.h"
#include "relapse/text.h"

/* ---- where ------------------------------------------------------------------------------------------------------------ */
typedef struct rlp_source rlp_source_t; /* one file's name and text, kept for messages; owned by its document */
typedef struct {
    const rlp_source_t *source; /* NULL: from the command line or nowhere */
    int line, column;           /* from 1; 0: unknown */
} rlp_place_t;

/* ---- diagnostics ------------------------------------------------------------------------------------------------------ */
typedef enum { RLP_DIAGNOSTIC_ERROR, RLP_DIAGNOSTIC_WARNING } rlp_severity_t;
typedef struct rlp_diagnostics rlp_diagnostics_t;
rlp_diagnostics_t *rlp_diagnostics_new(void); /* NULL: no memory */
void rlp_diagnostics_free(rlp_diagnostics_t *);
/* Add one, printf style: a sentence without full stop or line end that says what is wrong and what was expected. */
void rlp_diagnose(rlp_diagnostics_t *, rlp_severity_t, rlp_place_t, const char *format, ...) RLP_PRINTF(4, 5);
size_t rlp_diagnostics_errors(const rlp_diagnostics_t *);
size_t rlp_diagnostics_warnings(const rlp_diagnostics_t *);
/* Print sorted by place, the same sentence at the same place once, each as
 *     file:line:column: error: sentence
 *        12 |   S: {cells: -3}
 *           |              ^
 * (--set values as `--set path=value: error: ...`), then nothing. */
void rlp_diagnostics_print(const rlp_diagnostics_t *, FILE *);
void rlp_diagnostics_text(const rlp_diagnostics_t *, rlp_text_t *);

/* ---- the tree --------------------------------------------------------------------------------------------------------- */
typedef enum { RLP_NODE_NULL, RLP_NODE_SCALAR, RLP_NODE_MAP, RLP_NODE_LIST } rlp_node_kind_t;
typedef struct rlp_node rlp_node_t;
struct rlp_node {
    rlp_node_kind_t kind;
    const char *key;       /* NULL unless a member of a map */
    const char *text;      /* scalars: as written, without quotes */
    bool quoted;           /* scalars: stood in quotes */
    rlp_place_t place;     /* of the value */
    rlp_place_t key_place; /* of the key, members of a map only */
    rlp_node_t *parent;    /* NULL at the root */
    rlp_node_t **items;    /* members or elements, in file order */
    size_t n_items, item_capacity;
};

typedef struct rlp_document rlp_document_t;
/* Read and parse a file, with its `include:` (a path or a list of paths, relative to the including file; merged below the
 * including file: maps merge key by key, anything else in the including file replaces). Include cycles are errors.
 * RLP_ERROR_NO_INPUT if the file itself cannot be read; anything wrong inside goes to the diagnostics (returns RLP_OK, *out may then
 * hold a partial tree or an empty map). */
int rlp_document_read(const char *path, rlp_diagnostics_t *, rlp_document_t **out) RLP_MUST_USE;
/* The same from memory; `name` stands for the file in messages. `include:` is resolved relative to the working directory. */
int rlp_document_parse(const char *name, const char *bytes, size_t length, rlp_diagnostics_t *, rlp_document_t **out) RLP_MUST_USE;
void rlp_document_free(rlp_document_t *);        /* NULL is fine */
rlp_node_t *rlp_document_root(rlp_document_t *); /* a map (an empty one if the file was empty); borrowed */

/* `--set PATH=VALUE`: VALUE is parsed as YAML and put at PATH ("drugs.sorafenib.dose", "arms.x.drug.from"; list items by number from 1
 * or by their `name:`). The path must exist or its parent must be a map (readers then find unknown keys). Mistakes go to diagnostics. */
int rlp_document_set(rlp_document_t *, const char *assignment, rlp_diagnostics_t *) RLP_MUST_USE;

/* The member `key` of a map, or NULL. */
rlp_node_t *rlp_node_member(const rlp_node_t *map, const char *key);
/* The node at a dotted path from `from` (list items by number from 1 or `name:`), or NULL. */
rlp_node_t *rlp_node_at(const rlp_node_t *from, const char *path);
/* "process.types.S.birth", "arms.pulsed.timeline.2"; appended to `out`. */
void rlp_node_path(const rlp_node_t *, rlp_text_t *out);
/* The whole tree as YAML flow text without positions, keys in file order, scalars as written (quoted where needed): parses back to the same
 * tree. This is what rank 0 sends to the others and what the ledger keeps. */
void rlp_node_write(const rlp_node_t *, rlp_text_t *out);
/* The same as JSON: scalars that are JSON numbers or true/false stay bare, all others are strings. */
void rlp_node_write_json(const rlp_node_t *, rlp_text_t *out);
/* Paths at which two trees differ, one per line "path: old -> new" (whole subtrees that exist on one side only are one line). */
void rlp_node_difference(const rlp_node_t *old_tree, const rlp_node_t *new_tree, rlp_text_t *out);

/* The known word nearest to `word` (Damerau-Levenshtein distance <= max(1, length/3)), or NULL. */
const char *rlp_nearest(const char *word, const char *const *known, size_t n);

/* ---- units ------------------------------------------------------------------------------------------------------------ */
/* A dimension fixes the unit that a bare number is in, and which units are allowed. UDUNITS-2 converts. */
#define RLP_DIMENSION_LIST(X)                                                                                               \
    X(NUMBER, "", "a plain number")                                                                                         \
    X(SHARE, "", "a share (0.05 or 5 %)")                                                                                   \
    X(COUNT, "cells", "a number of cells (cells)")                                                                          \
    X(TIME, "d", "a time (d, h, min, wk, mo, yr or y)")                                                                     \
    X(RATE, "/d", "a rate (/d, /h, /min, /wk, /mo, /yr or /y)")                                                             \
    X(LENGTH, "mm", "a length (mm, cm, um)")                                                                                \
    X(MASS, "mg", "a mass (mg, g, ug)")                                                                                     \
    X(VOLUME, "L", "a volume (L, mL)")                                                                                      \
    X(CONCENTRATION, "mg/L", "a concentration (mg/L, ug/mL, ng/mL, ug/L, mg/mL; umol/L, nmol/L where molar_mass is given)") \
    X(MOLAR_MASS, "g/mol", "a molar mass (g/mol)")                                                                          \
    X(CLEARANCE, "L/h", "a clearance (L/h, L/d, mL/min)")                                                                   \
    X(CELL_DENSITY, "/cm3", "cells per volume (/cm3, /mm3, /mL)")                                                           \
    X(WEIGHT, "kg", "a body weight (kg)")                                                                                   \
    X(AREA, "m2", "a body surface area (m2)")                                                                               \
    X(DOSE_PER_WEIGHT, "mg/kg", "a dose per body weight (mg/kg, g/kg, ug/kg)")                                              \
    X(DOSE_PER_AREA, "mg/m2", "a dose per body surface area (mg/m2, g/m2, ug/m2)")                                          \
    X(TEMPERATURE, "C", "a temperature in degrees Celsius (C)")                                                             \
    X(COOLING, "K", "a difference of temperatures (K)")                                                                     \
    X(FREQUENCY, "/s", "a frequency (/s)")                                                                                  \
    X(MOLAR_ENERGY, "J/mol", "a molar energy (J/mol, kJ/mol)")
typedef enum {
#define RLP_DIMENSION_ENUM(name, unit, words) RLP_DIMENSION_##name,
    RLP_DIMENSION_LIST(RLP_DIMENSION_ENUM)
#undef RLP_DIMENSION_ENUM
        RLP_DIMENSIONS
} rlp_dimension_t;
#define RLP_DAYS_A_MONTH 30.4375 /* a `mo` */
const char *rlp_dimension_unit(rlp_dimension_t);  /* "d" */
const char *rlp_dimension_words(rlp_dimension_t); /* "a time (d, h, min, wk, mo, yr or y)" */

/* "0.14 /d", "12 h", "5 %", "3.0e+10", "250 mg" -> value in the dimension's own unit. Number and unit are split here and UDUNITS converts; the
 * dimension is checked by the quotient being dimensionless ("7 d" is no rate). RLP_ERROR_INPUT with the reason in `why` (why may be NULL). */
int rlp_units_parse(const char *text, rlp_dimension_t, double *value, rlp_text_t *why) RLP_MUST_USE;
/* The same with a molar mass in g/mol (0 or NaN: none), by which concentrations may be in umol/L, nmol/L, mmol/L, uM, nM or mM too. */
int rlp_units_parse_molar(const char *text, rlp_dimension_t, double molar_mass, double *value, rlp_text_t *why) RLP_MUST_USE;
bool rlp_units_is_molar(const char *text); /* "0.06 umol/L": a number in such a unit */
bool rlp_units_is_bare(const char *text);  /* a number without unit (trait `birth: 0.5` is a factor, `birth: 0.5 /d` a rate) */

/* ---- tables of keys --------------------------------------------------------------------------------------------------- */
typedef enum {
    RLP_KEY_NUMBER,
    RLP_KEY_WHOLE,
    RLP_KEY_TEXT,
    RLP_KEY_WORD,
    RLP_KEY_FLAG,
    RLP_KEY_MAP,
    RLP_KEY_LIST,
    RLP_KEY_ANY
} rlp_key_kind_t;
typedef struct {
    const char *name;
    rlp_key_kind_t kind;
    bool required;
    rlp_dimension_t dimension; /* numbers */
    double low, high;          /* numbers: the closed range, in the dimension's unit; -INFINITY, INFINITY for none */
    double fallback;           /* numbers: value when absent (NAN: none; the reader must ask rlp_node_member first) */
    const char *words;         /* RLP_KEY_WORD: the allowed words, "none|logistic|gompertz"; the first is the default */
    const char *meaning;       /* one line, also for the reference of keys */
} rlp_key_t;

/* Complain about members of `map` that no row names (with the nearest known key), about missing required rows, and about members of the
 * wrong kind. False if `map` is not a map (said once). Call once per map, before reading its members. `what`: "a type", "process". */
bool rlp_map_check(const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, const char *what, rlp_diagnostics_t *);
/* The row of a name; the name must be in the table (invariant). */
const rlp_key_t *rlp_key_find(const rlp_key_t *keys, size_t n_keys, const char *name);

/* Read one member; absent gives the row's fallback. Wrong ones are diagnosed (key, value, what was expected: unit and range) and give
 * the fallback or, where there is none, the nearest end of the range (or 0). `map` may be NULL (then: fallback). */
double rlp_read_number(const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, const char *name, rlp_diagnostics_t *);
/* As rlp_read_number, with a molar mass in g/mol (0 or NaN: none) for concentrations. */
double rlp_read_number_molar(const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, const char *name, double molar_mass,
                             rlp_diagnostics_t *);
/* As rlp_read_number but whole (diagnosed otherwise), |value| <= 4e18. */
long long rlp_read_whole(const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, const char *name, rlp_diagnostics_t *);
/* true|false (yes/no/on/off are diagnosed: YAML 1.1 readers disagree on them). */
bool rlp_read_flag(const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, const char *name, rlp_diagnostics_t *);
/* Index of the word in the row's `words` (0 = first = default when absent). */
size_t rlp_read_word(const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, const char *name, rlp_diagnostics_t *);
/* Text of a scalar member, or NULL when absent. Borrowed from the tree. */
const char *rlp_read_text(const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, const char *name, rlp_diagnostics_t *);
/* One scalar node as a number of a dimension within a range, for list items and the like; `name` for the message. */
double rlp_read_scalar(const rlp_node_t *scalar, const rlp_key_t *row, rlp_diagnostics_t *);

/* Every table of keys registers its section here so that the reference of keys can be checked against them: see rlp_key_section_t arrays
 * exported by the rooms that own the concepts. */
typedef struct {
    const char *section; /* "process.types.TYPE" */
    const rlp_key_t *keys;
    size_t n_keys;
} rlp_key_section_t;

#endif
