/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which rows of mechanisms are in force in an arm: a mask, made once from the rows' own switches and the arm's.
 *
 *   enabled there = what the arm's last word on it is (`{rows: {M17: false}}`, also by `as:`), else the row's `enabled:`
 *                   and nothing that an `if_present` row names is missing
 *   in force      = enabled there, and no row that is enabled there stands `instead_of:` it */
#include <string.h>

#include "model.h"
#include "relapse/memory.h"

static int switched(rlp_tumour_t *model, size_t arm, unsigned char **out) {
    int rc = model->arms[arm].switched ? RLP_OK : RLP_NEW(model->arms[arm].switched, model->n_rows);
    *out = model->arms[arm].switched;
    return rc;
}

int tumour_read_switches(tumour_reader_t *reader, const rlp_node_t *item, size_t arm) {
    const rlp_node_t *rows = rlp_node_member(item, "rows");
    unsigned char *switches;
    int rc = switched(reader->model, arm, &switches);
    if (rc || !tumour_map(reader, item, KEYS_ROWS, "rows") || rows->kind != RLP_NODE_MAP) return rc;
    for (size_t i = 0; i < rows->n_items; i++) {
        rlp_key_t flag = {.name = rows->items[i]->key, .kind = RLP_KEY_FLAG};
        size_t row = tumour_row_of(reader, rows->items[i]->key, rows->items[i]->key_place);
        bool on = rlp_read_flag(rows, &flag, 1, flag.name, reader->diagnostics);
        if (row != RLP_NONE) switches[row] = on ? TUMOUR_SWITCHED_ON : TUMOUR_SWITCHED_OFF;
    }
    return RLP_OK;
}

int tumour_take_switches(rlp_tumour_t *model, size_t from, size_t arm) {
    unsigned char *switches;
    const unsigned char *others = model->arms[from].switched;
    int rc = others ? switched(model, arm, &switches) : RLP_OK;
    for (size_t r = 0; r < model->n_rows && others && !rc; r++)
        if (others[r] != TUMOUR_AS_WRITTEN) switches[r] = others[r];
    return rc;
}

bool tumour_row_enabled(const rlp_tumour_t *model, size_t arm, size_t row) {
    const unsigned char *switches = model->arms[arm].switched;
    unsigned char word = switches ? switches[row] : TUMOUR_AS_WRITTEN;
    if (model->rows[row].missing) return false;
    return word == TUMOUR_AS_WRITTEN ? model->rows[row].enabled : word == TUMOUR_SWITCHED_ON;
}

size_t tumour_row_replaced(const rlp_tumour_t *model, size_t arm, size_t row) {
    for (size_t i = 0; i < model->n_rows; i++)
        if (model->rows[i].instead_of == row && tumour_row_enabled(model, arm, i)) return i;
    return RLP_NONE;
}

int tumour_settle_rows(tumour_reader_t *reader) {
    rlp_tumour_t *model = reader->model;
    bool good = true;
    int rc = RLP_OK;
    for (size_t a = 0; a < model->n_arms && !rc; a++) {
        rc = RLP_NEW(model->arms[a].row_on, model->n_rows);
        for (size_t r = 0; r < model->n_rows && !rc; r++)
            model->arms[a].row_on[r] = tumour_row_enabled(model, a, r) && tumour_row_replaced(model, a, r) == RLP_NONE;
        if (!rc && good) rc = tumour_order_arrows(reader, a, &good); /* one circle is told once */
    }
    return rc;
}
