/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One uniformised step P = I + Q / clock as a list of entries (Jensen 1953): the chance of each move out of each state, what is left on the diagonal. All
 * entries are >= 0 and the moves out of a state and its diagonal sum to 1, so nothing ever becomes negative and no probability is lost. */
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "relapse/states.h"

void rlp_states_rates(const rlp_states_t *states, const rlp_process_t *p, size_t rates, const int64_t *cells, double *rate) {
    const double *birth = rlp_process_birth(p, rates), *death = rlp_process_death(p, rates), *channel = rlp_process_channel(p, rates);
    double up[RLP_STATES_TYPES_MAX] = {0}, divide[RLP_STATES_TYPES_MAX], mutate[RLP_STATES_TYPES_MAX] = {0}, total = 0;
    for (size_t i = 0; i < p->n_types; i++) total += (double)cells[i];
    double crowding = rlp_process_crowding(p, total);
    for (size_t i = 0; i < p->n_types; i++) divide[i] = birth[i] * (double)cells[i] * crowding;
    memset(rate, 0, states->n_moves * sizeof *rate);
    for (size_t c = 0; c < p->n_channels; c++) {
        const rlp_channel_t *shape = &p->channels[c];
        if (shape->kind == RLP_CHANNEL_DIVISION) up[shape->to] += channel[c] * divide[shape->from], mutate[shape->from] += channel[c];
        if (shape->kind == RLP_CHANNEL_BESIDE) up[shape->to] += channel[c] * (double)cells[shape->from];
        if (shape->kind == RLP_CHANNEL_IMMIGRATION) up[shape->to] += channel[c];
    }
    for (size_t i = 0; i < p->n_types; i++) up[i] += mutate[i] < 1 ? divide[i] * (1 - mutate[i]) : 0;
    for (size_t m = 0; m < states->n_moves; m++) {
        const rlp_move_t *move = &states->moves[m];
        if (move->kind == RLP_MOVE_UP) rate[m] = up[move->to];
        if (move->kind == RLP_MOVE_DOWN) rate[m] = death[move->from] * (double)cells[move->from];
        if (move->kind != RLP_MOVE_SWITCH) continue;
        for (size_t c = 0; c < p->n_channels; c++)
            if (p->channels[c].kind == RLP_CHANNEL_SWITCH && p->channels[c].from == move->from && p->channels[c].to == move->to) rate[m] += channel[c] * (double)cells[move->from];
    }
}

static double sum(const double *values, size_t n) {
    double total = 0;
    for (size_t i = 0; i < n; i++) total += values[i];
    return total;
}

double rlp_states_fastest(const rlp_states_t *states, const rlp_process_t *p, size_t rates) {
    double rate[RLP_STATES_MOVES_MAX], fastest = 0;
    rlp_cursor_t at;
    rlp_cursor_start(states, &at);
    do {
        rlp_states_rates(states, p, rates, at.cells, rate);
        double total = sum(rate, states->n_moves);
        if (total > fastest) fastest = total;
    } while (rlp_cursor_next(states, &at));
    return fastest;
}

/* Where each move out of a state leads: a state's number, n + sink, or RLP_NONE where there is no cell to move. */
static void find_targets(const rlp_states_t *states, const rlp_cursor_t *at, size_t *target) {
    int64_t cells[RLP_STATES_TYPES_MAX];
    for (size_t m = 0; m < states->n_moves; m++) {
        const rlp_move_t *move = &states->moves[m];
        target[m] = RLP_NONE;
        if (move->from != RLP_NONE && !at->cells[move->from]) continue;
        memcpy(cells, at->cells, sizeof cells);
        if (move->from != RLP_NONE) cells[move->from]--;
        if (move->to != RLP_NONE) cells[move->to]++;
        target[m] = rlp_states_index(states, cells);
        if (target[m] == RLP_NONE) target[m] = states->n + rlp_states_sink(states, cells);
    }
}

static int add(rlp_entries_t *e, size_t from, size_t to, size_t code) {
    size_t row = e->backward ? from : to, column = e->backward ? to : from;
    if (row < e->first_row || row >= e->first_row + e->n_rows) return RLP_OK;
    int rc = RLP_GROW(e->row, e->capacity[0], e->n + 1);
    if (!rc) rc = RLP_GROW(e->column, e->capacity[1], e->n + 1);
    if (!rc) rc = RLP_GROW(e->from, e->capacity[2], e->n + 1);
    if (!rc) rc = RLP_GROW(e->code, e->capacity[3], e->n + 1);
    if (rc) return rc;
    e->row[e->n] = (int32_t)row;
    e->column[e->n] = (int32_t)column;
    e->from[e->n] = (int32_t)from;
    e->code[e->n++] = (uint16_t)code;
    return RLP_OK;
}

static int add_state(const rlp_states_t *states, const rlp_cursor_t *at, rlp_entries_t *e) {
    size_t target[RLP_STATES_MOVES_MAX];
    bool sinks[RLP_STATES_SINKS_MAX] = {false};
    int rc = add(e, at->index, at->index, states->n_moves + states->n_sinks);
    find_targets(states, at, target);
    for (size_t m = 0; m < states->n_moves && !rc; m++) {
        if (target[m] == RLP_NONE) continue;
        if (target[m] < states->n)
            rc = add(e, at->index, target[m], m);
        else
            sinks[target[m] - states->n] = true;
    }
    for (size_t s = 0; s < states->n_sinks && !rc; s++)
        if (sinks[s]) rc = add(e, at->index, states->n + s, states->n_moves + s);
    return rc;
}

int rlp_entries_build(const rlp_states_t *states, bool backward, size_t first_row, size_t n_rows, rlp_entries_t *e) {
    rlp_cursor_t at;
    memset(e, 0, sizeof *e);
    e->backward = backward;
    e->first_row = first_row;
    e->n_rows = n_rows;
    rlp_cursor_start(states, &at);
    int rc;
    do rc = add_state(states, &at, e);
    while (!rc && rlp_cursor_next(states, &at));
    for (size_t s = 0; s < states->n_sinks && !rc; s++) rc = add(e, states->n + s, states->n + s, states->n_moves + states->n_sinks);
    if (rc) rlp_entries_free(e);
    return rc;
}

void rlp_entries_free(rlp_entries_t *e) {
    free(e->row);
    free(e->column);
    free(e->from);
    free(e->code);
    memset(e, 0, sizeof *e);
}

static double into_sink(const rlp_states_t *states, const size_t *target, const double *rate, size_t sink) {
    double total = 0;
    for (size_t m = 0; m < states->n_moves; m++)
        if (target[m] == states->n + sink) total += rate[m];
    return total;
}

void rlp_entries_fill(const rlp_states_t *states, const rlp_process_t *p, size_t rates, double clock, const rlp_entries_t *e, double *values) {
    double rate[RLP_STATES_MOVES_MAX];
    size_t target[RLP_STATES_MOVES_MAX], k = 0, diagonal = states->n_moves + states->n_sinks;
    rlp_cursor_t at;
    rlp_cursor_start(states, &at);
    do {
        if (k < e->n && (size_t)e->from[k] != at.index) continue;
        rlp_states_rates(states, p, rates, at.cells, rate);
        bool known = false;
        for (; k < e->n && (size_t)e->from[k] == at.index; k++) {
            if (e->code[k] < states->n_moves) {
                values[k] = rate[e->code[k]] / clock;
            } else if (e->code[k] == diagonal) {
                double stay = 1 - sum(rate, states->n_moves) / clock;
                values[k] = stay > 0 ? stay : 0; /* rounding */
            } else {
                if (!known) find_targets(states, &at, target);
                known = true;
                values[k] = into_sink(states, target, rate, e->code[k] - states->n_moves) / clock;
            }
        }
    } while (rlp_cursor_next(states, &at));
    for (; k < e->n; k++) values[k] = 1; /* sinks keep what they have */
}
