/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is in force, in words: the types, the table of rows and the calendar of an arm, for `relapse check`. */
#include <stdio.h>
#include <stdlib.h>

#include "model.h"
#include "relapse/memory.h"

static void add_number(rlp_text_t *out, const char *key, const double *values, size_t parameter) {
    if (parameter == NO_PARAMETER) return;
    rlp_text_format(out, " %s ", key);
    rlp_text_double(out, values[parameter]);
}

static void describe_types(const rlp_tumour_t *m, rlp_text_t *out) {
    rlp_text_format(out, "types        %zu: %zu sites x %zu genotypes x %zu plastic states; %zu channels\n", m->n_types, m->n_sites,
                    m->n_genotypes, m->n_plastics, m->n_channels);
    rlp_text_add(out, "  sites:");
    for (size_t s = 0; s < m->n_sites; s++) rlp_text_format(out, " %s", m->sites[s].name);
    rlp_text_add(out, "\n  genotypes:");
    for (size_t g = 0; g < m->n_genotypes; g++) {
        rlp_text_add(out, " ");
        tumour_trait_set_name(m, m->genotypes[g], out);
    }
    rlp_text_add(out, "\n  plastic states:");
    for (size_t p = 0; p < m->n_plastics; p++) {
        rlp_text_add(out, " ");
        tumour_trait_set_name(m, m->plastics[p], out);
    }
    rlp_text_add(out, "\n");
}

static void describe_item(const rlp_tumour_t *m, const double *values, const tumour_item_t *item, rlp_text_t *out) {
    if (item->kind == ITEM_DO) {
        rlp_text_format(out, "  do %s at", m->interventions[item->what].name);
        for (size_t i = 0; i < item->n_at; i++) {
            rlp_text_add(out, i ? ", " : " ");
            rlp_text_double(out, values[item->at[i]]);
        }
        rlp_text_add(out, " d\n");
        return;
    }
    rlp_text_format(out, "  give %s %g mg", m->drugs[item->what].name, tumour_dose_mg(m, values, item));
    if (item->every != NO_PARAMETER) rlp_text_format(out, " every %g d", values[item->every]);
    if (item->from != NO_PARAMETER) rlp_text_format(out, " from day %g", values[item->from]);
    if (item->until != NO_PARAMETER) rlp_text_format(out, " until day %g", values[item->until]);
    if (item->doses != NO_PARAMETER) rlp_text_format(out, ", %g doses", values[item->doses]);
    rlp_text_add(out, "\n");
}

static void describe_scope(const rlp_tumour_t *m, const double *values, const tumour_row_t *row, rlp_text_t *out) {
    if (row->sites != SET_ALL) {
        rlp_text_add(out, " in");
        for (size_t s = 0; s < m->n_sites; s++)
            if (set_has(row->sites, s)) rlp_text_format(out, " %s", m->sites[s].name);
    }
    for (size_t t = 0; t < m->n_traits && row->scope != SCOPE_ALL; t++) {
        if (!set_has(row->traits, t)) continue;
        rlp_text_format(out, row->scope == SCOPE_ONLY ? " only %s" : " %s x", m->traits[t].name);
        if (row->scope == SCOPE_FACTORS) rlp_text_double(out, values[row->trait_factor[t]]);
    }
}

static void describe_arrow(const rlp_tumour_t *m, const double *values, const tumour_arrow_t *arrow, rlp_text_t *out) {
    const tumour_row_t *row = &m->rows[arrow->row];
    static const char *const sizes[] = {"slope", "slope", "slope", "", "rate", "max", "max", "max", ""}, *const places[] = {"",   "",   "",
                                                                                                                        "",   "",   "half",
                                                                                                                        "at", "low", ""};
    rlp_text_format(out, "  %-6s ", row->name);
    tumour_source_name(m, arrow->source, out);
    rlp_text_add(out, " -> ");
    tumour_target_name(m, arrow->target, out);
    rlp_text_format(out, ": %s", tumour_law_name(row->law));
    add_number(out, sizes[row->law], values, row->strength);
    add_number(out, places[row->law], values, row->where);
    add_number(out, "high", values, row->high);
    if (row->power != NO_PARAMETER && values[row->power] != 1) add_number(out, "power", values, row->power);
    add_number(out, "floor", values, row->floor);
    add_number(out, "origin", values, row->origin);
    add_number(out, "window d", values, row->window);
    if (row->multiplies != row->is_factor) rlp_text_add(out, row->multiplies ? " as factor" : " as add");
    describe_scope(m, values, row, out);
    if (row->above_rest) rlp_text_add(out, ", above rest");
    if (row->interaction) rlp_text_add(out, ", interaction");
    if (*row->source_text) rlp_text_format(out, " [%s]", row->source_text);
    rlp_text_add(out, "\n");
}

int rlp_tumour_describe(const rlp_tumour_t *m, const double *values, rlp_text_t *out) {
    describe_types(m, out);
    rlp_text_add(out, m->n_arrows ? "mechanisms\n" : "mechanisms   none\n");
    for (size_t a = 0; a < m->n_arrows; a++)
        if (m->arms[0].row_on[m->arrows[a].row]) describe_arrow(m, values, &m->arrows[a], out);
    for (size_t r = 0; r < m->n_rows; r++)
        if (!m->arms[0].row_on[r]) rlp_text_format(out, "  %-6s switched off\n", m->rows[r].name);
    return out->error;
}

int rlp_tumour_describe_arm(const rlp_tumour_t *m, size_t arm, const double *values, rlp_text_t *out) {
    if (!m->arms[arm].n_items && !m->arms[arm].n_rules) rlp_text_add(out, "  nothing is given or done\n");
    for (size_t i = 0; i < m->arms[arm].n_items; i++) describe_item(m, values, &m->items[m->arms[arm].items[i]], out);
    for (size_t i = 0; i < m->arms[arm].n_rules; i++) tumour_describe_rule(m, values, &m->arms[arm].rules[i], out);
    return out->error;
}
