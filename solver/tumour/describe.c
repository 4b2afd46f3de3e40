/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a model is, in words: the types, the table of rows (sheet.c) and the calendar of an arm, for `relapse check`. */
#include <stdio.h>
#include <stdlib.h>

#include "model.h"
#include "relapse/memory.h"

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
    if (item->missed != NO_PARAMETER) rlp_text_format(out, ", %g %% of them missed", 100 * values[item->missed]);
    rlp_text_add(out, "\n");
}

int rlp_tumour_describe(const rlp_tumour_t *m, const double *values, const size_t *arms, size_t n_arms, rlp_text_t *out) {
    describe_types(m, out);
    return tumour_sheet(m, values, arms, n_arms, out);
}

int rlp_tumour_describe_arm(const rlp_tumour_t *m, size_t arm, const double *values, rlp_text_t *out) {
    if (!m->arms[arm].n_items && !m->arms[arm].n_rules) rlp_text_add(out, "  nothing is given or done\n");
    for (size_t i = 0; i < m->arms[arm].n_items; i++) describe_item(m, values, &m->items[m->arms[arm].items[i]], out);
    for (size_t i = 0; i < m->arms[arm].n_rules; i++) tumour_describe_rule(m, values, &m->arms[arm].rules[i], out);
    return out->error;
}
