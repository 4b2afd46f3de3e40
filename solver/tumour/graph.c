/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who moves whom, as a picture: Graphviz dot text of signals (ellipses), drugs (boxes), interventions (octagons), traits (diamonds), what
 * cells do (double circles) and rows at which rows are aimed (plain text). An edge is a row, + where more of its source makes more of its
 * target, - where less, dashed and grey where it is in force in none of the arms; a row of which this input has nothing is a dashed note. */
#include <string.h>

#include "force.h"

/* ---- names ------------------------------------------------------------------------------------------------------------------------ */
/* Within quotes; a backslash would begin an escape of dot's own. */
static void add_escaped(rlp_text_t *out, const char *text) {
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') rlp_text_add(out, "\\");
        if (*text == '\n' || *text == '\r' || *text == '\t')
            rlp_text_add(out, " ");
        else
            rlp_text_add_bytes(out, text, 1);
    }
}

/* "signal heat": the kind keeps a drug and a signal of one name apart. */
static void add_id(rlp_text_t *out, const char *kind, const char *name) {
    rlp_text_format(out, "\"%s ", kind);
    add_escaped(out, name);
    rlp_text_add(out, "\"");
}

static void add_source_id(const rlp_tumour_t *m, tumour_source_t source, rlp_text_t *out) {
    switch (source.kind) {
    case SOURCE_SIGNAL: add_id(out, "signal", m->signals[source.index].name); break;
    case SOURCE_INTERVENTION: add_id(out, "intervention", m->interventions[source.index].name); break;
    case SOURCE_ALWAYS: add_id(out, "source", "always"); break;
    default: add_id(out, "drug", m->drugs[source.index].name);
    }
}

static void add_target_id(const rlp_tumour_t *m, tumour_target_t target, rlp_text_t *out) {
    static const char *const rates[] = {"birth", "death", "seeding", "growth"};
    switch (target.kind) {
    case TARGET_GAIN:
    case TARGET_LOSS:
    case TARGET_RESISTANCE: add_id(out, "trait", m->traits[target.index].name); break;
    case TARGET_LEVEL:
    case TARGET_HALF: add_id(out, "drug", m->drugs[target.index].name); break;
    case TARGET_SIGNAL:
    case TARGET_SPEED:
    case TARGET_JUMP: add_id(out, "signal", m->signals[target.index].name); break;
    case TARGET_ROW: add_id(out, "row", m->rows[target.index].name); break;
    case TARGET_SURVIVE: add_id(out, "intervention", m->interventions[target.index].name); break;
    default: add_id(out, "cells", rates[target.kind - TARGET_BIRTH]);
    }
}

static const char *property_of(tumour_target_kind_t kind) {
    switch (kind) {
    case TARGET_GAIN: return " gain";
    case TARGET_LOSS: return " loss";
    case TARGET_RESISTANCE: return " resistance";
    case TARGET_LEVEL: return " level";
    case TARGET_HALF: return " half";
    case TARGET_SPEED: return " speed";
    case TARGET_SURVIVE: return " survive";
    default: return "";
    }
}

/* ---- signs ------------------------------------------------------------------------------------------------------------------------ */
static const char *sign_of(double x) { return x > 0 ? "+" : x < 0 ? "-" : "0"; }

static const char *sign_of_jump(const double *values, size_t times, size_t add) {
    double f = value_or(values, times, 1) - 1, a = value_or(values, add, 0);
    return f * a < 0 ? "+-" : sign_of(f + a);
}

static const char *sign_of_row(const double *values, const tumour_row_t *row) {
    switch (row->law) {
    case LAW_INVERSE: return sign_of(-value_or(values, row->strength, 0));
    case LAW_POWER: return sign_of(value_or(values, row->power, 1));
    case LAW_IMPULSE: return sign_of_jump(values, row->times, row->add);
    default: return sign_of(value_or(values, row->strength, 0));
    }
}

/* What cells do that a drug changes; NULL: nothing. */
static const char *changed_by(const tumour_drug_t *drug) {
    switch (drug->changes) {
    case EFFECT_DEATH: return "death";
    case EFFECT_BIRTH: return "birth";
    case EFFECT_GROWTH: return "growth";
    default: return NULL;
    }
}

/* ---- nodes ------------------------------------------------------------------------------------------------------------------------ */
static void add_node(rlp_text_t *out, const char *kind, const char *name, const char *shape) {
    rlp_text_add(out, "  ");
    add_id(out, kind, name);
    rlp_text_format(out, " [shape=%s, label=\"", shape);
    add_escaped(out, name);
    rlp_text_add(out, "\"];\n");
}

static bool is_aimed_at(const rlp_tumour_t *m, tumour_target_kind_t first, tumour_target_kind_t last, size_t index) {
    for (size_t a = 0; a < m->n_arrows; a++) {
        tumour_target_t target = m->arrows[a].target;
        if (target.kind >= first && target.kind <= last && target.index == index) return true;
    }
    return false;
}

static void add_nodes(const rlp_tumour_t *m, rlp_text_t *out) {
    static const char *const rates[] = {"birth", "death", "seeding", "growth"};
    bool always = false;
    for (size_t a = 0; a < m->n_arrows; a++) always = always || m->arrows[a].source.kind == SOURCE_ALWAYS;
    if (always) add_node(out, "source", "always", "circle");
    for (size_t i = 0; i < m->n_interventions; i++) add_node(out, "intervention", m->interventions[i].name, "octagon");
    for (size_t i = 0; i < m->n_drugs; i++) add_node(out, "drug", m->drugs[i].name, "box");
    for (size_t i = 0; i < m->n_signals; i++) add_node(out, "signal", m->signals[i].name, "ellipse");
    for (size_t i = 0; i < m->n_traits; i++)
        if (is_aimed_at(m, TARGET_GAIN, TARGET_RESISTANCE, i)) add_node(out, "trait", m->traits[i].name, "diamond");
    for (size_t i = 0; i < COUNT(rates); i++) {
        bool by_drug = false;
        for (size_t d = 0; d < m->n_drugs; d++) by_drug = by_drug || (changed_by(&m->drugs[d]) && !strcmp(changed_by(&m->drugs[d]), rates[i]));
        tumour_target_kind_t kind = (tumour_target_kind_t)(TARGET_BIRTH + i);
        if (by_drug || is_aimed_at(m, kind, kind, 0)) add_node(out, "cells", rates[i], "doublecircle");
    }
    for (size_t r = 0; r < m->n_rows; r++)
        if (is_aimed_at(m, TARGET_ROW, TARGET_ROW, r)) add_node(out, "row", m->rows[r].name, "plaintext");
}

/* ---- edges ------------------------------------------------------------------------------------------------------------------------ */
static void add_style(const rlp_tumour_t *m, const tumour_force_t *f, size_t row, rlp_text_t *out) {
    bool in_force = tumour_row_in_force_anywhere(f, row);
    rlp_text_add(out, "tooltip=\"");
    add_escaped(out, in_force || !f->n_arms ? m->rows[row].source_text : tumour_row_why(f, 0, row));
    rlp_text_add(out, in_force ? "\"" : "\", style=dashed, color=grey, fontcolor=grey");
}

/* Where rows are aimed at the row, it is a node with an edge in and an edge out. */
static void add_arrow(const rlp_tumour_t *m, const double *values, const tumour_force_t *f, const tumour_arrow_t *a, rlp_text_t *out) {
    const tumour_row_t *row = &m->rows[a->row];
    bool is_node = is_aimed_at(m, TARGET_ROW, TARGET_ROW, a->row);
    rlp_text_add(out, "  ");
    add_source_id(m, a->source, out);
    rlp_text_add(out, " -> ");
    if (is_node) {
        add_id(out, "row", row->name);
        rlp_text_add(out, " [arrowhead=none, ");
        add_style(m, f, a->row, out);
        rlp_text_add(out, "];\n  ");
        add_id(out, "row", row->name);
        rlp_text_add(out, " -> ");
    }
    add_target_id(m, a->target, out);
    rlp_text_add(out, " [label=\"");
    add_escaped(out, row->name);
    rlp_text_format(out, " %s%s\", ", sign_of_row(values, row), property_of(a->target.kind));
    add_style(m, f, a->row, out);
    rlp_text_add(out, "];\n");
}

static void add_rows(const rlp_tumour_t *m, const double *values, const tumour_force_t *f, rlp_text_t *out) {
    for (size_t a = 0; a < m->n_arrows; a++) add_arrow(m, values, f, &m->arrows[a], out);
    for (size_t r = 0; r < m->n_rows; r++) {
        bool any = false;
        for (size_t a = 0; a < m->n_arrows; a++) any = any || m->arrows[a].row == r;
        if (any) continue;
        rlp_text_add(out, "  ");
        add_id(out, "missing", m->rows[r].name);
        rlp_text_add(out, " [shape=note, style=dashed, color=grey, fontcolor=grey, label=\"");
        add_escaped(out, m->rows[r].name);
        rlp_text_add(out, ": ");
        add_escaped(out, m->rows[r].missing ? m->rows[r].missing : "");
        rlp_text_add(out, "\"];\n");
    }
}

static void add_effects(const rlp_tumour_t *m, const double *values, rlp_text_t *out) {
    for (size_t d = 0; d < m->n_drugs; d++) {
        const char *changed = changed_by(&m->drugs[d]);
        if (!changed) continue;
        rlp_text_add(out, "  ");
        add_id(out, "drug", m->drugs[d].name);
        rlp_text_format(out, " -> \"cells %s\" [label=\"effect %s\", style=bold];\n", changed, sign_of(values[m->drugs[d].max]));
    }
    for (size_t i = 0; i < m->n_interventions; i++) {
        for (size_t k = 0; k < m->interventions[i].n_pushes; k++) {
            const tumour_push_t *push = &m->interventions[i].pushes[k];
            rlp_text_add(out, "  ");
            add_id(out, "intervention", m->interventions[i].name);
            rlp_text_add(out, " -> ");
            add_id(out, "signal", m->signals[push->signal].name);
            rlp_text_format(out, " [label=\"%s\", style=bold];\n", sign_of_jump(values, push->times, push->add));
        }
    }
}

int rlp_tumour_graph(const rlp_tumour_t *m, const double *values, const char *title, const size_t *arms, size_t n_arms, rlp_text_t *out) {
    tumour_force_t f;
    int rc = tumour_force_find(m, values, arms, n_arms, &f);
    if (rc) return rc;
    rlp_text_add(out, "digraph mechanisms {\n  rankdir=LR;\n  label=\"");
    add_escaped(out, title);
    rlp_text_add(out, "\\nin force in");
    for (size_t k = 0; k < n_arms; k++) {
        rlp_text_add(out, k ? ", " : " ");
        add_escaped(out, m->arms[arms[k]].name);
    }
    rlp_text_add(out, "; dashed: in none of them\";\n  node [fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n");
    add_nodes(m, out);
    add_rows(m, values, &f, out);
    add_effects(m, values, out);
    rlp_text_add(out, "}\n");
    tumour_force_free(&f);
    return out->error;
}
