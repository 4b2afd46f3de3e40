/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "windows_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"

#define RARE_SHARE (1.0 / 12)  /* of the rates of a type: rarer actions share an outcome */
#define RARE_SHARE_FEW 0x1p-9  /* ... where types are few: telling a shared outcome apart costs some 10 ns, and a slot one */
#define FINE_SHARE 0x1p-20     /* of all candidates: rarer outcomes take another word for the place */
#define INFLOW_LEAST 0.03      /* newcomers of an empty type in a window: fewer are not worth their room */
#define PLACE (1 - 0x1p-50)    /* a place never rounds up to the bound */

static bool few_types(const rlp_windows_table_t *self) {
    return self->process->n_types <= RLP_CANDIDATES_TYPES && self->process->capacity_law == RLP_CAPACITY_NONE;
}

#define ROWS_KEPT 128      /* of rates: days of a course, each read once */
#define FIELD 8            /* bits of a room, where packed */
#define HALF 63            /* where an offset begins */
static uint64_t one_of(const rlp_windows_table_t *self, size_t type) { return type < self->process->n_types ? UINT64_C(1) << FIELD * type : 0; }

uint64_t rlp_windows_table_delta(const rlp_windows_table_t *self, size_t gains, size_t loses) { return one_of(self, loses) - one_of(self, gains); }

static void pack_outcome(const rlp_windows_table_t *self, outcome_t *outcome) {
    const part_t *part = &outcome->part;
    outcome->delta = rlp_windows_table_delta(self, part->gains, part->loses);
    outcome->is = (rlp_candidate_t){.field = (uint8_t)(part->type < self->process->n_types ? FIELD * part->type : 0), .type = (uint8_t)part->type, .gains = (uint8_t)part->gains,
                                    .loses = (uint8_t)part->loses};
}

/* Actions that share an outcome, or one alone. */
static void add_outcome(rlp_windows_table_t *self, size_t *n, size_t type, size_t from, size_t to, double least, double below, bool birth) {
    const rlp_menu_t *menu = &self->menus[type];
    outcome_t *outcome = &self->outcomes[*n];
    *outcome = (outcome_t){.first = *n ? outcome[-1].first + outcome[-1].n : 0};
    for (size_t k = from; k < to; k++) {
        const rlp_action_t *a = &menu->actions[k];
        if (a->rate < least || a->rate >= below) continue;
        outcome->rate += a->rate;
        self->actions[outcome->first + outcome->n++] = (rare_t){outcome->rate, (uint16_t)(a->gains == RLP_NONE ? self->none : a->gains),
                                                                (uint16_t)(a->loses == RLP_NONE ? self->none : a->loses)};
    }
    if (!outcome->n) return;
    const rare_t *action = &self->actions[outcome->first];
    outcome->part = (part_t){.type = (uint16_t)type, .gains = action->gains, .loses = action->loses, .birth = birth};
    if (few_types(self)) pack_outcome(self, outcome);
    ++*n;
}

void rlp_windows_table_read(rlp_windows_table_t *self, size_t rates) {
    struct rlp_windows_row *kept = &self->rows[rates % self->n_rows];
    size_t n = 0;
    self->outcomes = kept->outcomes;
    self->first_outcome = kept->first_outcome;
    self->actions = kept->actions;
    if (kept->row == rates) return;
    kept->row = rates;
    double share = few_types(self) ? RARE_SHARE_FEW : RARE_SHARE;
    for (size_t i = 0; i <= self->process->n_types; i++) {
        const rlp_menu_t *menu = &self->menus[i];
        double rare = share * (menu->birth + menu->rest);
        self->first_outcome[i] = n;
        for (size_t k = 0; k < menu->n; k++)
            if (menu->actions[k].rate >= rare) add_outcome(self, &n, i, k, k + 1, rare, INFINITY, k < menu->first_rest);
        add_outcome(self, &n, i, 0, menu->first_rest, 0, rare, true);
        add_outcome(self, &n, i, menu->first_rest, menu->n, 0, rare, false);
    }
    self->first_outcome[self->process->n_types + 1] = n;
}

/* Cells that others send to each type in `days`. */
static void expect_inflow(rlp_windows_table_t *self, const int64_t *cells, double days) {
    memset(self->inflow, 0, self->process->n_types * sizeof *self->inflow);
    for (size_t i = 0; i < self->process->n_types; i++) {
        const rlp_menu_t *menu = &self->menus[i];
        double n = (double)cells[i] * days;
        for (size_t k = 0; k < menu->n && cells[i]; k++)
            if (menu->actions[k].gains != RLP_NONE && menu->actions[k].gains != i) self->inflow[menu->actions[k].gains] += n * menu->actions[k].rate;
    }
}

/* Bounds for a window of about `days`: room for the drift and for so many standard deviations. An empty type that hardly anyone joins has none, and stops
 * the window when someone does. */
void rlp_windows_table_bound(rlp_windows_table_t *self, const int64_t *cells, const rlp_windows_settings_t *settings, double days) {
    size_t n_types = self->process->n_types;
    expect_inflow(self, cells, days);
    for (size_t i = 0; i < n_types; i++) {
        double n = (double)cells[i] * days, up = self->menus[i].birth * self->crowding * n + self->inflow[i], down = self->menus[i].rest * n;
        double room = settings->slack_sigmas * sqrt(up + down) + settings->slack_drift * fmax(0, up - down) + (cells[i] ? settings->slack_cells : settings->slack_cells / 3);
        self->room[i] = cells[i] || up > INFLOW_LEAST ? (int64_t)room : 0;
        self->bound[i] = cells[i] + self->room[i];
    }
    self->bound[n_types] = 1; /* immigration: always real */
    self->room[n_types] = 0;
    self->room[self->none] = INT64_MAX / 2;
}

/* An offset changes only what reach is counted from. */
static inline double lift_of(const rlp_windows_table_t *self, const rlp_candidate_t *is) {
    if (is->rare) return 1e300;
    return is->type < self->process->n_types ? (double)(self->offset[is->type] - 1) : -1e300;
}

static void pack_counts(rlp_windows_table_t *self) {
    self->counts = 0;
    for (size_t i = 0; i < self->process->n_types; i++) {
        self->offset[i] = self->room[i] > HALF ? self->room[i] - HALF : 0;
        self->counts |= (uint64_t)(self->room[i] - self->offset[i]) << FIELD * i;
    }
}

/* Outcomes with their weights, one a slot; returns the number of slots, a power of two. */
static size_t weigh_outcomes(rlp_windows_table_t *self) {
    size_t n = 0, slots = 2;
    bool few = few_types(self);
    self->rate = 0;
    for (size_t i = 0; i <= self->process->n_types; i++) {
        if (!self->bound[i]) continue;
        for (size_t o = self->first_outcome[i]; o < self->first_outcome[i + 1]; o++) {
            outcome_t *outcome = &self->outcomes[o];
            double rate = (double)self->bound[i] * outcome->rate * (outcome->part.birth ? self->crowding : 1);
            if (!(rate > 0)) continue;
            outcome->part.places = PLACE * (double)self->bound[i];
            self->own[n] = o;
            self->share[n++] = rate;
            self->rate += rate;
        }
    }
    while (slots < n) slots *= 2;
    double scale = (double)slots / self->rate, fine = FINE_SHARE * self->rate;
    for (size_t s = 0; s < n; s++) {
        outcome_t *outcome = &self->outcomes[self->own[s]];
        bool rare = outcome->n > 1 || self->share[s] < fine;
        outcome->part.rare = (rare ? self->own[s] + 1 : 0) & 0x7fff;
        self->share[s] *= scale;
        if (!few) continue;
        outcome->is.rare = outcome->part.rare;
        outcome->lift = lift_of(self, &outcome->is);
    }
    for (size_t s = n; s < slots; s++) self->share[s] = 0, self->own[s] = 0;
    return slots;
}

static size_t next_slot(const rlp_windows_table_t *self, size_t s, size_t slots, bool heavy) {
    while (s < slots && (self->share[s] > 1) != heavy) s++;
    return s;
}

/* Vose's alias table by two cursors over light and heavy slots (Huebschle-Schneider & Sanders, ACM Trans. Model. Comput. Simul. 32, 2022): other[s] takes
 * what the cut leaves of slot s. Where rounding leaves light slots over, a heavy one takes what is missing. */
static void pair(rlp_windows_table_t *self, size_t slots) {
    size_t light = next_slot(self, 0, slots, false), heavy = next_slot(self, 0, slots, true), last = heavy < slots ? heavy : 0;
    double left = heavy < slots ? self->share[heavy] : 0;
    while (heavy < slots) {
        if (left > 1 && light < slots) {
            self->cut[light] = self->share[light];
            self->other[light] = heavy;
            left -= 1 - self->share[light];
            light = next_slot(self, light + 1, slots, false);
            continue;
        }
        size_t next = next_slot(self, heavy + 1, slots, true);
        self->cut[heavy] = left;
        self->other[heavy] = next < slots ? next : heavy;
        left = next < slots ? self->share[next] - (1 - left) : 0;
        last = heavy;
        heavy = next;
    }
    for (; light < slots; light = next_slot(self, light + 1, slots, false)) {
        self->cut[light] = self->share[light];
        self->other[light] = last;
    }
}

static inline part_t make_part(const rlp_windows_table_t *self, size_t slot, double length) {
    part_t part = self->outcomes[self->own[slot]].part;
    part.places = length > 0 ? part.places / length : 0;
    return part;
}

/* ---- packed ------------------------------------------------------------------------------------------------------------------ */
void rlp_windows_table_pack(rlp_windows_table_t *self) {
    rlp_candidates_t *c = &self->candidates;
    size_t slots = (size_t)1 << (64 - c->shift);
    pack_counts(self);
    for (size_t side = 0; side < RLP_CANDIDATES_PARTS; side += RLP_CANDIDATES_SLOTS)
        for (size_t part = side; part < side + slots; part++) c->base[part] = c->places[part] + lift_of(self, &c->is[part]);
}

void rlp_windows_table_unpack(rlp_windows_table_t *self) {
    for (size_t i = 0; i < self->process->n_types; i++) self->room[i] = self->offset[i] + (int64_t)(self->counts >> FIELD * i & 255);
}

static inline void set_part(rlp_candidates_t *c, size_t part, const outcome_t *outcome, double length) {
    double places = length > 0 ? outcome->part.places / length : 0;
    c->places[part] = places;
    c->base[part] = places + outcome->lift;
    c->delta[part] = outcome->delta;
    c->is[part] = outcome->is;
}

static void make_candidates(rlp_windows_table_t *self, size_t slots) {
    rlp_candidates_t *c = &self->candidates;
    c->shift = self->shift;
    for (size_t s = 0; s < slots; s++) {
        double cut = self->cut[s] < 1 ? self->cut[s] : 1;
        c->cut[s] = cut < 1 ? (uint64_t)(cut * 0x1p64) : UINT64_MAX;
        set_part(c, s, &self->outcomes[self->own[s]], cut);
        set_part(c, RLP_CANDIDATES_SLOTS + s, &self->outcomes[self->own[self->other[s]]], 1 - cut);
    }
}

void rlp_windows_table_make(rlp_windows_table_t *self) {
    if (few_types(self)) pack_counts(self);
    size_t slots = weigh_outcomes(self);
    pair(self, slots);
    self->shift = 64 - (unsigned)__builtin_ctzll(slots);
    self->packed = !self->plain && few_types(self) && slots <= RLP_CANDIDATES_SLOTS;
    if (self->packed) {
        make_candidates(self, slots);
        return;
    }
    for (size_t s = 0; s < slots; s++) {
        double cut = self->cut[s] < 1 ? self->cut[s] : 1;
        self->slots[s].cut = cut < 1 ? (uint64_t)(cut * 0x1p64) : UINT64_MAX;
        self->slots[s].parts[0] = make_part(self, s, cut * 0x1p53);
        self->slots[s].parts[1] = make_part(self, self->other[s], (1 - cut) * 0x1p53);
    }
}

static size_t most_outcomes(const rlp_process_t *p) { return p->n_channels + 2 * p->n_types + 1; }

bool rlp_windows_table_fits(const rlp_process_t *p) { return most_outcomes(p) < 0x7fff && p->n_types + 2 < UINT16_MAX; }

int rlp_windows_table_init(rlp_windows_table_t *self, const rlp_process_t *p, const rlp_menu_t *menus) {
    size_t outcomes = most_outcomes(p), slots = 2, types = p->n_types + 2;
    while (slots < outcomes) slots *= 2;
    self->process = p;
    self->menus = menus;
    self->none = p->n_types + 1;
    self->crowding = 1;
    self->n_rows = few_types(self) && p->n_rate_rows > 1 ? p->n_rate_rows < ROWS_KEPT ? p->n_rate_rows : ROWS_KEPT : 1;
    int rc = RLP_NEW(self->rows, self->n_rows);
    if (!rc) rc = RLP_NEW(self->rows->outcomes, self->n_rows * outcomes);
    if (!rc) rc = RLP_NEW(self->rows->actions, self->n_rows * outcomes);
    if (!rc) rc = RLP_NEW(self->rows->first_outcome, self->n_rows * types);
    for (size_t r = 0; r < self->n_rows && !rc; r++)
        self->rows[r] = (struct rlp_windows_row){.row = RLP_NONE, .outcomes = self->rows->outcomes + r * outcomes, .actions = self->rows->actions + r * outcomes,
                                                 .first_outcome = self->rows->first_outcome + r * types};
    if (!rc) rc = RLP_NEW(self->bound, types);
    if (!rc) rc = RLP_NEW(self->room, types);
    if (!rc) rc = RLP_NEW(self->inflow, types);
    if (!rc) rc = RLP_NEW(self->slots, slots);
    if (!rc) rc = RLP_NEW(self->share, slots);
    if (!rc) rc = RLP_NEW(self->cut, slots);
    if (!rc) rc = RLP_NEW(self->own, slots);
    if (!rc) rc = RLP_NEW(self->other, slots);
    return rc;
}

void rlp_windows_table_free(rlp_windows_table_t *self) {
    if (self->rows) {
        free(self->rows->outcomes);
        free(self->rows->actions);
        free(self->rows->first_outcome);
    }
    free(self->rows);
    free(self->bound);
    free(self->room);
    free(self->inflow);
    free(self->slots);
    free(self->share);
    free(self->cut);
    free(self->own);
    free(self->other);
}
