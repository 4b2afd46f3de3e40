/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of mechanisms that `relapse check` prints: a line a row of those in force anywhere, a column an arm (`+` in force, `.` not), then
 * by arm and reason the rows that are not. */
#include <stdlib.h>
#include <string.h>

#include "force.h"
#include "relapse/memory.h"

enum { CELL_ROW, CELL_ARMS, CELL_FROM, CELL_TO, CELL_LAW, CELL_WHERE, CELL_SOURCE, CELLS };
/* ---- cells ------------------------------------------------------------------------------------------------------------------------ */
static void add_number(rlp_text_t *out, const char *key, const double *values, size_t parameter) {
    if (parameter == NO_PARAMETER) return;
    rlp_text_format(out, " %s ", key);
    rlp_text_double(out, values[parameter]);
}

static void add_law(const double *values, const tumour_row_t *row, rlp_text_t *out) {
    static const struct {
        const char *size, *place;
    } keys[] = {[LAW_LINEAR] = {"slope", ""}, [LAW_FACTOR] = {"slope", ""}, [LAW_INVERSE] = {"slope", ""},   [LAW_POWER] = {"", ""},
                [LAW_EXP] = {"rate", ""},     [LAW_HILL] = {"max", "half"}, [LAW_THRESHOLD] = {"max", "at"}, [LAW_WINDOW] = {"max", "low"},
                [LAW_IMPULSE] = {"", ""}};
    rlp_text_add(out, tumour_law_name(row->law));
    add_number(out, keys[row->law].size, values, row->strength);
    add_number(out, keys[row->law].place, values, row->where);
    add_number(out, "high", values, row->high);
    if (row->power != NO_PARAMETER && (row->law == LAW_POWER || values[row->power] != 1)) add_number(out, "power", values, row->power);
    if (row->floor != NO_PARAMETER && values[row->floor] > 0) add_number(out, "floor", values, row->floor);
    add_number(out, "origin", values, row->origin);
    add_number(out, "times", values, row->times);
    add_number(out, "add", values, row->add);
    add_number(out, "window", values, row->window);
    if (row->scale != NO_PARAMETER && values[row->scale] != 1) add_number(out, "scale", values, row->scale);
    if (row->multiplies != row->is_factor) rlp_text_add(out, row->multiplies ? " as factor" : " as add");
    if (row->above_rest) rlp_text_add(out, " above rest");
    if (row->interaction) rlp_text_add(out, " interaction");
}

static void add_where(const rlp_tumour_t *m, const double *values, const tumour_row_t *row, rlp_text_t *out) {
    const char *comma = "";
    for (size_t s = 0; s < m->n_sites && row->sites != SET_ALL; s++)
        if (set_has(row->sites, s)) rlp_text_format(out, "%s%s", comma, m->sites[s].name), comma = ", ";
    comma = *comma ? "; " : "";
    for (size_t t = 0; t < m->n_traits && row->scope != SCOPE_ALL; t++) {
        if (!set_has(row->traits, t)) continue;
        rlp_text_format(out, row->scope == SCOPE_ONLY ? "%sonly %s" : "%s%s x", comma, m->traits[t].name);
        if (row->scope == SCOPE_FACTORS) rlp_text_double(out, values[row->trait_factor[t]]);
        comma = ", ";
    }
}

static bool any_arm(const rlp_tumour_t *m, const tumour_force_t *f, bool (*has)(const rlp_tumour_t *, size_t arm, size_t what), size_t what) {
    bool any = false;
    for (size_t k = 0; k < f->n_arms; k++) any = any || has(m, f->arms[k], what);
    return any;
}

/* Rows of a library name many drugs: those that none of these arms gives, and what none does, would only make the line long. */
static bool is_used(const rlp_tumour_t *m, const tumour_force_t *f, const tumour_arrow_t *a) {
    bool of_drug = a->source.kind == SOURCE_LEVEL || a->source.kind == SOURCE_OCCUPANCY || a->source.kind == SOURCE_DAYS_ON || a->source.kind == SOURCE_STOP;
    if (of_drug && !any_arm(m, f, tumour_arm_gives, a->source.index)) return false;
    if (a->source.kind == SOURCE_INTERVENTION && !any_arm(m, f, tumour_arm_does, a->source.index)) return false;
    bool to_drug = a->target.kind == TARGET_LEVEL || a->target.kind == TARGET_HALF;
    if (to_drug && !any_arm(m, f, tumour_arm_gives, a->target.index)) return false;
    return a->target.kind != TARGET_SURVIVE || any_arm(m, f, tumour_arm_does, a->target.index);
}

/* The sources, or targets, of a row: each once. */
static void add_ends(const rlp_tumour_t *m, const tumour_force_t *f, size_t row, bool sources, rlp_text_t *out) {
    size_t n = 0;
    for (size_t a = 0; a < m->n_arrows; a++) {
        bool again = false;
        if (m->arrows[a].row != row || !is_used(m, f, &m->arrows[a])) continue;
        for (size_t b = 0; b < a; b++) {
            const tumour_arrow_t *x = &m->arrows[a], *y = &m->arrows[b];
            bool same = sources ? x->source.kind == y->source.kind && x->source.index == y->source.index
                                : x->target.kind == y->target.kind && x->target.index == y->target.index;
            again = again || (y->row == row && same && is_used(m, f, y));
        }
        if (again) continue;
        if (n++) rlp_text_add(out, ", ");
        if (sources)
            tumour_source_name(m, m->arrows[a].source, out);
        else
            tumour_target_name(m, m->arrows[a].target, out);
    }
}

static int fill_line(const rlp_tumour_t *m, const double *values, const tumour_force_t *f, size_t row, rlp_text_t *cells) {
    rlp_text_add(&cells[CELL_ROW], m->rows[row].name);
    for (size_t k = 0; k < f->n_arms; k++) rlp_text_add(&cells[CELL_ARMS], tumour_row_in_force(f, k, row) ? "+" : ".");
    add_ends(m, f, row, true, &cells[CELL_FROM]);
    add_ends(m, f, row, false, &cells[CELL_TO]);
    add_law(values, &m->rows[row], &cells[CELL_LAW]);
    add_where(m, values, &m->rows[row], &cells[CELL_WHERE]);
    rlp_text_add(&cells[CELL_SOURCE], m->rows[row].source_text);
    int rc = RLP_OK;
    for (size_t c = 0; c < CELLS && !rc; c++) rc = cells[c].error;
    return rc;
}

/* ---- the table -------------------------------------------------------------------------------------------------------------------- */
static void add_line(const rlp_text_t *cells, const size_t *width, rlp_text_t *out) {
    size_t last = CELLS;
    while (last > 0 && (!width[last - 1] || !rlp_text_string(&cells[last - 1])[0])) last--;
    rlp_text_add(out, "  ");
    for (size_t c = 0; c < last; c++) {
        if (!width[c]) continue;
        if (c + 1 < last)
            rlp_text_format(out, "%-*s  ", (int)width[c], rlp_text_string(&cells[c]));
        else
            rlp_text_add(out, rlp_text_string(&cells[c]));
    }
    rlp_text_add(out, "\n");
}

/* Arms are columns of one sign; their heads are numbers, 1 to 9 and then again from 0. */
static void fill_heads(const tumour_force_t *f, rlp_text_t *heads) {
    static const char *const HEADS[CELLS] = {"row", "", "from", "to", "law", "where", "source"};
    for (size_t c = 0; c < CELLS; c++) rlp_text_add(&heads[c], HEADS[c]);
    for (size_t k = 0; k < f->n_arms; k++) rlp_text_integer(&heads[CELL_ARMS], (int64_t)((k + 1) % 10));
}

static void add_lines(const tumour_force_t *f, const rlp_text_t *cells, rlp_text_t *out) {
    size_t width[CELLS] = {0}, shown = 0;
    for (size_t r = 0; r < f->n_rows; r++) {
        if (!tumour_row_in_force_anywhere(f, r)) continue;
        shown++;
        for (size_t c = 0; c < CELLS; c++) {
            size_t length = strlen(rlp_text_string(&cells[(r + 1) * CELLS + c]));
            if (length > width[c]) width[c] = length;
        }
    }
    if (!shown) return;
    for (size_t c = 0; c < CELLS; c++)
        if (width[c] && width[c] < strlen(rlp_text_string(&cells[c]))) width[c] = strlen(rlp_text_string(&cells[c]));
    add_line(cells, width, out);
    for (size_t r = 0; r < f->n_rows; r++)
        if (tumour_row_in_force_anywhere(f, r)) add_line(&cells[(r + 1) * CELLS], width, out);
}

/* ---- and what is not in it -------------------------------------------------------------------------------------------------------- */
static bool same_in_all(const tumour_force_t *f, size_t row) {
    for (size_t k = 1; k < f->n_arms; k++)
        if (strcmp(tumour_row_why(f, k, row), tumour_row_why(f, 0, row))) return false;
    return true;
}

/* Rows of one arm (or, `everywhere`, those with one reason in all) under their reasons. */
static void add_reasons(const rlp_tumour_t *m, const tumour_force_t *f, size_t k, bool everywhere, rlp_text_t *out) {
    bool headed = false;
    for (size_t r = 0; r < m->n_rows; r++) {
        const char *why = tumour_row_why(f, k, r);
        bool told = false;
        if (!*why || same_in_all(f, r) != everywhere) continue;
        for (size_t q = 0; q < r; q++) told = told || (same_in_all(f, q) == everywhere && !strcmp(why, tumour_row_why(f, k, q)));
        if (told) continue;
        if (!headed) rlp_text_format(out, "  not in force%s%s\n", everywhere ? "" : " in ", everywhere ? "" : m->arms[f->arms[k]].name);
        headed = true;
        rlp_text_format(out, "    %s:", why);
        for (size_t q = r; q < m->n_rows; q++)
            if (same_in_all(f, q) == everywhere && !strcmp(why, tumour_row_why(f, k, q))) rlp_text_format(out, " %s", m->rows[q].name);
        rlp_text_add(out, "\n");
    }
}

int tumour_sheet(const rlp_tumour_t *m, const double *values, const size_t *arms, size_t n_arms, rlp_text_t *out) {
    tumour_force_t f;
    rlp_text_t *cells;
    size_t n = (m->n_rows + 1) * CELLS;
    int rc = tumour_force_find(m, values, arms, n_arms, &f);
    if (rc) return rc;
    if ((rc = RLP_NEW(cells, n))) goto out;
    for (size_t i = 0; i < n; i++) rlp_text_init(&cells[i]);
    fill_heads(&f, cells);
    for (size_t r = 0; r < m->n_rows && !rc; r++) rc = fill_line(m, values, &f, r, &cells[(r + 1) * CELLS]);
    rlp_text_add(out, m->n_rows ? "mechanisms   +: in force in arm" : "mechanisms   none");
    for (size_t k = 0; k < n_arms && m->n_rows; k++) rlp_text_format(out, "%s %zu %s", k ? "," : "", k + 1, m->arms[arms[k]].name);
    rlp_text_add(out, "\n");
    add_lines(&f, cells, out);
    if (n_arms) add_reasons(m, &f, 0, true, out);
    for (size_t k = 0; k < n_arms; k++) add_reasons(m, &f, k, false, out);
    for (size_t i = 0; i < n; i++) rlp_text_free(&cells[i]);
    free(cells);
out:
    tumour_force_free(&f);
    return rc ? rc : out->error;
}
