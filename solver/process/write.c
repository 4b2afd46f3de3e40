/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A process as an input of the process floor, so that what was compiled can be read, run again and compared. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "relapse/process.h"

/* 17 digits; YAML 1.1 readers take 3e-7 for text, so an exponent has a point before it. */
static void number(rlp_text_t *out, double value) {
    char digits[64];
    snprintf(digits, sizeof digits, "%.17g", value);
    char *exponent = strchr(digits, 'e');
    if (exponent && !strchr(digits, '.'))
        rlp_text_format(out, "%.*s.0%s", (int)(exponent - digits), digits, exponent);
    else
        rlp_text_add(out, digits);
}

static const char *plain(const char *name) { return name && name[0] ? name : "?"; }

/* In single quotes, in which YAML minds only the quote itself: it is doubled. */
static void quoted(rlp_text_t *out, const char *name) {
    rlp_text_add(out, "'");
    for (const char *c = plain(name); *c; c++) rlp_text_add_bytes(out, *c == '\'' ? "''" : c, *c == '\'' ? 2 : 1);
    rlp_text_add(out, "'");
}

static void write_types(const rlp_process_t *p, rlp_text_t *out) {
    const double *birth = rlp_process_birth(p, p->segments[0].rates), *death = rlp_process_death(p, p->segments[0].rates);
    rlp_text_add(out, "  types:\n");
    for (size_t i = 0; i < p->n_types; i++) {
        rlp_text_add(out, "    ");
        quoted(out, p->type_names[i]);
        rlp_text_format(out, ": {cells: %lld, birth: ", (long long)p->start_cells[i]);
        number(out, birth[i]);
        rlp_text_add(out, " /d, death: ");
        number(out, death[i]);
        rlp_text_add(out, " /d}\n");
    }
}

static void channel_name(const rlp_process_t *p, size_t c, rlp_text_t *out) {
    char name[64];
    snprintf(name, sizeof name, "channel_%zu", c + 1);
    quoted(out, p->channel_names[c] ? p->channel_names[c] : name);
}

static void write_channels(const rlp_process_t *p, rlp_text_t *out) {
    static const char *const KIND[] = {"mutation", "mutation", "switch", "immigration"};
    const double *value = rlp_process_channel(p, p->segments[0].rates);
    if (p->n_channels) rlp_text_add(out, "  channels:\n");
    for (size_t c = 0; c < p->n_channels; c++) {
        rlp_text_format(out, "    - {kind: %s, ", KIND[p->channels[c].kind]);
        if (p->channels[c].from != RLP_NONE) {
            rlp_text_add(out, "from: ");
            quoted(out, p->type_names[p->channels[c].from]);
            rlp_text_add(out, ", ");
        }
        rlp_text_add(out, "to: ");
        quoted(out, p->type_names[p->channels[c].to]);
        bool division = p->channels[c].kind == RLP_CHANNEL_DIVISION;
        rlp_text_add(out, division ? ", probability: " : ", rate: ");
        number(out, value[c]);
        rlp_text_add(out, division ? ", name: " : " /d, name: ");
        channel_name(p, c, out);
        rlp_text_add(out, "}\n");
    }
}

void rlp_process_write(const rlp_process_t *p, rlp_text_t *out) {
    static const char *const LAW[] = {"none", "logistic", "gompertz"};
    rlp_text_add(out, "process:\n");
    write_types(p, out);
    write_channels(p, out);
    if (p->capacity_law != RLP_CAPACITY_NONE) {
        rlp_text_format(out, "  capacity: {law: %s, cells: ", LAW[p->capacity_law]);
        number(out, p->capacity_cells);
        rlp_text_add(out, "}\n");
    }
    rlp_text_add(out, "  necrosis: {clearance: ");
    number(out, p->clearance_per_day);
    rlp_text_add(out, " /d}\n");
}

static void write_survive(const rlp_process_t *p, const double *survive, rlp_text_t *out) {
    const char *comma = "";
    rlp_text_add(out, ", survive: {");
    for (size_t i = 0; i < p->n_types; i++) {
        if (survive[i] == 1) continue;
        rlp_text_add(out, comma);
        quoted(out, p->type_names[i]);
        rlp_text_add(out, ": ");
        number(out, survive[i]);
        comma = ", ";
    }
    rlp_text_add(out, "}");
}

static void write_type_changes(const rlp_process_t *p, const double *row, const double *before, const char **comma, rlp_text_t *out) {
    for (size_t i = 0; i < p->n_types; i++) {
        bool birth = row[i] != before[i], death = row[p->n_types + i] != before[p->n_types + i];
        if (!birth && !death) continue;
        rlp_text_add(out, *comma);
        quoted(out, p->type_names[i]);
        rlp_text_add(out, ": {");
        if (birth) {
            rlp_text_add(out, "birth: ");
            number(out, row[i]);
            rlp_text_add(out, death ? " /d, " : " /d");
        }
        if (death) {
            rlp_text_add(out, "death: ");
            number(out, row[p->n_types + i]);
            rlp_text_add(out, " /d");
        }
        rlp_text_add(out, "}");
        *comma = ", ";
    }
}

static void write_set(const rlp_process_t *p, const double *row, const double *before, rlp_text_t *out) {
    const char *comma = "";
    rlp_text_add(out, ", set: {");
    write_type_changes(p, row, before, &comma, out);
    for (size_t c = 0; c < p->n_channels; c++) {
        double value = row[2 * p->n_types + c];
        if (value == before[2 * p->n_types + c]) continue;
        bool division = p->channels[c].kind == RLP_CHANNEL_DIVISION;
        rlp_text_add(out, comma);
        channel_name(p, c, out);
        rlp_text_add(out, division ? ": {probability: " : ": {rate: ");
        number(out, value);
        rlp_text_add(out, division ? "}" : " /d}");
        comma = ", ";
    }
    rlp_text_add(out, "}");
}

void rlp_process_write_arm(const rlp_process_t *p, const double *base, const char *arm, rlp_text_t *out) {
    const double *before = base;
    size_t rows = 0;
    rlp_text_add(out, "  ");
    quoted(out, arm);
    rlp_text_add(out, ":\n    timeline:");
    for (size_t s = 0; s < p->n_segments; s++) {
        const rlp_segment_t *segment = &p->segments[s];
        const double *row = p->rates + segment->rates * p->row_size;
        bool same = row == before || !memcmp(row, before, p->row_size * sizeof *row);
        if (same && segment->survive == RLP_NONE) continue;
        rlp_text_add(out, rows++ ? "      - {at: " : "\n      - {at: ");
        number(out, segment->start_days);
        rlp_text_add(out, " d");
        if (segment->survive != RLP_NONE) write_survive(p, p->survive + segment->survive * p->n_types, out);
        if (!same) write_set(p, row, before, out);
        rlp_text_add(out, "}\n");
        before = row;
    }
    if (!rows) rlp_text_add(out, " []\n");
}
