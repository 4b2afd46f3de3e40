/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tests of inputs/library.yaml share: a small study that includes it, in which only the named rows are in force.
 *
 * Signals that a case sets stand still (tau 1e5 d), and so do the levels of drugs: dose and level are the same number, for the volume is
 * 1 L. A row's law is then one line of arithmetic. */
#ifndef RELAPSE_LIBRARY_TEST_H
#define RELAPSE_LIBRARY_TEST_H

#include "tumour_test.h"

#define BIRTH 0.14
#define DEATH 0.12
#define GROWTH 0.02
#define PROBED (0.5 * DEATH) /* deaths a day for each unit of a signal above its rest, by the row PROBE */

#define STUDY                                                                                                                      \
    "include: " SOURCE_DIR "/inputs/library.yaml\n"                                                                                \
    "tumour:\n"                                                                                                                    \
    "  {cells: 1.0e+9, birth: 0.14 /d, growth: 0.02 /d, sites: {core: {share: 0.8}, margin: {share: 0.15, part_of: core}, distant: " \
    "{share: 0.05}}, seeding: {from: [core, margin], to: distant, rate: 0.001 /d}}\n"                                              \
    "traits:\n"                                                                                                                    \
    "  t790m: {kind: genetic, found: 1.0e-6}\n  c797s: {kind: genetic, found: 1.0e-9}\n  target: {kind: genetic, found: 1.0e-7}\n"  \
    "  met: {kind: ladder, rungs: 4, found: 1.0e-6, gain: 0.02, loss: 0}\n  bypass: {kind: genetic, found: 1.0e-9}\n"              \
    "  unknown: {kind: genetic, found: 5.0e-9}\n  efflux: {kind: plastic, gain: 1.0e-3 /d, loss: 0.02 /d}\n"                       \
    "  stem: {kind: plastic, gain: 2.0e-4 /d, loss: 0.01 /d, birth: 0.5, death: 0.5}\n"                                            \
    "  quiet: {kind: plastic, gain: 3.0e-5 /d, loss: 0.01 /d, birth: 0, death: 0.003 /d}\n"                                        \
    "  combine: {genetic: [t790m+c797s], plastic: 1}\n"
#define STILL_BOLUS "{ka: 1.0e+5 /d, half_life: 1.0e+5 d, volume: 1 L}"
#define STILL_CLEARED "{ka: 1.0e+5 /d, clearance: 2.9e-7 L/h, volume: 1 L}"
#define STILL_VEIN "{half_life: 1.0e+5 d, volume: 1 L}"
#define STILL_DRUGS                                                                                                                   \
    "drugs: {gefitinib: {pk: " STILL_BOLUS "}, erlotinib: {pk: " STILL_CLEARED "}, osimertinib: {pk: " STILL_CLEARED                  \
    "}, capmatinib: {pk: " STILL_CLEARED "}, sorafenib: {pk: " STILL_BOLUS "}, lenvatinib: {pk: " STILL_CLEARED                       \
    "}, apatinib: {pk: " STILL_CLEARED "}, bevacizumab: {pk: " STILL_VEIN "}, pembrolizumab: {pk: " STILL_VEIN                        \
    "}, notch_wnt: {pk: " STILL_VEIN "}}\n"
#define SETTING "interventions: {set: {survive: {core: 1}}}\n"

#define ONCE(drug, mg) "{give: " drug ", every: 1 d, doses: 1, dose: " mg " mg}"
/* Levels at which a drug has half of its effect. */
#define GEFITINIB "0.026814" /* 0.06 umol/L */
#define TEN_GEFITINIB ONCE("gefitinib", "0.26814") /* ten times that */
#define SORAFENIB "1.4"
#define LENVATINIB "0.03"

/* The library alone, for its rows. */
static inline const rlp_node_t *library_rows(rlp_diagnostics_t **diagnostics, rlp_document_t **document) {
    *diagnostics = rlp_diagnostics_new();
    assert_non_null(*diagnostics);
    assert_int_equal(rlp_document_read(SOURCE_DIR "/inputs/library.yaml", *diagnostics, document), RLP_OK);
    const rlp_node_t *rows = rlp_node_member(rlp_document_root(*document), "mechanisms");
    assert_non_null(rows);
    return rows;
}

static inline bool is_listed(const char *list, const char *name) { /* words between blanks */
    size_t n = strlen(name);
    for (const char *at = list ? strstr(list, name) : NULL; at; at = strstr(at + 1, name))
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || !at[n])) return true;
    return false;
}

/* "{enabled: true}" for the rows of `on`, "{enabled: false}" for all others. */
static inline void only_rows(rlp_text_t *out, const rlp_node_t *rows, const char *on) {
    for (size_t i = 0; i < rows->n_items; i++)
        rlp_text_format(out, "  %s: {enabled: %s}\n", rows->items[i]->key, is_listed(on, rows->items[i]->key) ? "true" : "false");
}

/* `how` goes below the root: drugs, interventions, mechanisms of the case; `on`: the rows in force. */
static inline void compile_study(compiled_t *c, const char *on, const char *how, const char *arms, double days) {
    rlp_diagnostics_t *diagnostics;
    rlp_document_t *library;
    rlp_text_t text;
    rlp_text_init(&text);
    rlp_text_add(&text, STUDY);
    if (on) {
        rlp_text_add(&text, "mechanisms:\n");
        only_rows(&text, library_rows(&diagnostics, &library), on);
        rlp_document_free(library);
        rlp_diagnostics_free(diagnostics);
    }
    rlp_text_format(&text, "%sarms: {%s}\n", how, arms);
    read_text(c, rlp_text_string(&text));
    must_be_right(c);
    assert_int_equal(compile_arm(c, 0, days, 0.01), RLP_OK);
    rlp_text_free(&text);
}

#endif
