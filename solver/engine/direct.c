/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * direct: Gillespie's direct method (J. Phys. Chem. 81:2340, 1977), event by event. Exact for any process.
 *
 *   until the stretch ends:
 *     total = sum over occupied types of cells x (birth x crowding + rest) + immigration
 *     wait Exp(total); pick a type in proportion to its share; pick what it does in proportion to its rates
 *
 * The total is summed anew at every event: it never drifts and is exactly zero at extinction. Type (where there is a choice) and action take a 53-bit word each, so that
 * a channel of probability 1e-8 in a rare type still has its digits. From some hundred cells on the same law is made faster by thinning windows
 * (windows.c). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engines.h"
#include "menu.h"
#include "relapse/clones.h"
#include "relapse/memory.h"
#include "relapse/variates.h"
#include "windows.h"

struct rlp_direct {
    const rlp_process_t *process;
    rlp_menu_t *menus;        /* n_types, then one for immigration */
    size_t rates;             /* row that the menus stand for */
    double *weights;          /* n_types + 1: cells x rate */
    size_t *occupied, n_occupied;
    double *counts;           /* measure of each watch: living cells */
    rlp_windows_t *windows;   /* NULL: none */
    rlp_windows_settings_t layout;
    double least_cells;       /* from so many on by windows */
    rlp_windows_counts_t spent;
};

static void fill_menus(rlp_direct_t *self, size_t rates) {
    const rlp_process_t *p = self->process;
    if (self->rates == rates) return;
    rlp_menus_fill(self->menus, p, rates);
    if (self->windows) rlp_windows_read_menus(self->windows);
    self->rates = rates;
}

static void list_occupied(rlp_direct_t *self, const rlp_state_t *state) {
    self->n_occupied = 0;
    for (size_t i = 0; i < self->process->n_types; i++)
        if (state->cells[i] > 0) self->occupied[self->n_occupied++] = i;
}

/* Weights of the occupied types and of immigration; returns their sum. */
static double weigh(rlp_direct_t *self, const rlp_state_t *state, double crowding) {
    double total = 0;
    for (size_t k = 0; k < self->n_occupied; k++) {
        const rlp_menu_t *menu = &self->menus[self->occupied[k]];
        self->weights[k] = (double)state->cells[self->occupied[k]] * (menu->birth * crowding + menu->rest);
        total += self->weights[k];
    }
    self->weights[self->n_occupied] = self->menus[self->process->n_types].rest;
    return total + self->weights[self->n_occupied];
}

/* The menu that the event comes from: x uniform on (0, total); rounding at the end falls back on the last with any weight. Takes no word where there is one type only. */
static const rlp_menu_t *pick_menu(const rlp_direct_t *self, rlp_stream_t *stream, double total) {
    size_t last = self->n_occupied;
    if (last == 1 && !(self->weights[1] > 0)) return &self->menus[self->occupied[0]];
    double x = rlp_stream_uniform(stream) * total;
    for (size_t k = 0; k <= self->n_occupied; k++) {
        if (self->weights[k] <= 0) continue;
        last = k;
        if (x < self->weights[k]) break;
        x -= self->weights[k];
    }
    return &self->menus[last == self->n_occupied ? self->process->n_types : self->occupied[last]];
}

static const rlp_action_t *pick_action(const rlp_menu_t *menu, double crowding, double u) {
    double birth = menu->birth * crowding, x = u * (birth + menu->rest);
    bool division = x < birth;
    size_t k = division ? 0 : menu->first_rest, end = division ? menu->first_rest : menu->n;
    x = division ? x / crowding : x - birth;
    while (k + 1 < end && x >= menu->actions[k].up_to) k++;
    return &menu->actions[k];
}

/* Change the counts; keep the list of occupied types, the watches' counts and the total. */
static void act(rlp_direct_t *self, rlp_walk_t *walk, const rlp_action_t *action, int64_t *total) {
    int64_t *cells = walk->state->cells;
    if (action->loses != RLP_NONE) {
        cells[action->loses]--;
        --*total;
        for (size_t w = 0; w < walk->n_watches; w++) self->counts[w] -= walk->watches[w].of[action->loses];
    }
    if (action->gains != RLP_NONE) {
        cells[action->gains]++;
        ++*total;
        for (size_t w = 0; w < walk->n_watches; w++) self->counts[w] += walk->watches[w].of[action->gains];
    }
    if ((action->loses != RLP_NONE && !cells[action->loses]) || (action->gains != RLP_NONE && cells[action->gains] == 1))
        list_occupied(self, walk->state);
    if (*total < walk->state->nadir_cells) walk->state->nadir_cells = *total;
    walk->state->events++;
}

static void tell_clones(const rlp_direct_t *self, const rlp_state_t *state, const rlp_menu_t *menu, const rlp_action_t *action) {
    size_t type = (size_t)(menu - self->menus);
    rlp_clones_event(state->clones, type < self->process->n_types ? type : RLP_NONE, action->gains, action->loses, state->t_days);
}

/* Living cells of a watch plus its dead tissue at t. */
static double measure(const rlp_direct_t *self, const rlp_walk_t *walk, size_t w, double t_days) {
    double sum = self->counts[w];
    if (!walk->watches[w].with_dead) return sum;
    for (size_t i = 0; i < self->process->n_types; i++)
        if (walk->watches[w].of[i]) sum += rlp_state_dead(walk->state, self->process, i, t_days);
    return sum;
}

/* Dead tissue clears between events: the least size of the wait is at its end. */
static void see_end_of_wait(const rlp_direct_t *self, rlp_walk_t *walk, double t_days) {
    for (size_t w = 0; w < walk->n_watches; w++) {
        if (!walk->watches[w].with_dead) continue;
        double size = measure(self, walk, w, t_days);
        if (size < walk->watches[w].nadir) rlp_watch_lower(&walk->watches[w], size);
    }
}

static void look(const rlp_direct_t *self, rlp_walk_t *walk) {
    for (size_t w = 0; w < walk->n_watches; w++)
        if (rlp_watch_sees(&walk->watches[w], measure(self, walk, w, walk->state->t_days))) rlp_walk_fire(walk, w, walk->state->t_days);
}

/* Show the constant path at the whole days inside (from, to): looking takes no random number. */
static void show_days(const rlp_walk_t *walk, double from, double to) {
    if (!walk->observer) return;
    for (double day = floor(from) + 1; day < to; day++) {
        walk->state->t_days = day;
        rlp_walk_show(walk);
    }
}

static void start_counts(rlp_direct_t *self, const rlp_walk_t *walk) {
    list_occupied(self, walk->state);
    for (size_t w = 0; w < walk->n_watches; w++) {
        self->counts[w] = 0;
        for (size_t k = 0; k < self->n_occupied; k++)
            if (walk->watches[w].of[self->occupied[k]]) self->counts[w] += (double)walk->state->cells[self->occupied[k]];
    }
}

static int run(rlp_direct_t *self, rlp_walk_t *walk, double end_days, uint64_t event_limit) {
    rlp_state_t *state = walk->state;
    fill_menus(self, rlp_walk_rates(walk));
    start_counts(self, walk);
    int64_t cells = rlp_state_total(state, self->process);
    while (state->events < event_limit) {
        if (cells > RLP_COUNT_MAX) return rlp_fail(RLP_ERROR_OVERFLOW, "all cells together pass 4e18 about day %g", state->t_days);
        double crowding = self->process->capacity_law == RLP_CAPACITY_NONE ? 1 : rlp_process_crowding(self->process, (double)cells);
        double total = weigh(self, state, crowding);
        if ((double)cells >= self->least_cells && self->windows &&
            rlp_windows_run(self->windows, walk, &self->layout, end_days, event_limit, cells, total, &self->spent)) {
            if (walk->stop->fired || state->t_days >= end_days) return RLP_OK;
            start_counts(self, walk);
            cells = rlp_state_total(state, self->process);
            continue;
        }
        double t = total > 0 ? state->t_days + rlp_variate_exponential(walk->stream) / total : INFINITY;
        double now = t < end_days ? t : end_days;
        show_days(walk, state->t_days, now);
        see_end_of_wait(self, walk, now);
        state->t_days = now;
        if (t >= end_days) return RLP_OK;
        const rlp_menu_t *menu = pick_menu(self, walk->stream, total);
        const rlp_action_t *action = pick_action(menu, crowding, rlp_stream_uniform(walk->stream));
        if (state->clones) tell_clones(self, state, menu, action);
        act(self, walk, action, &cells);
        look(self, walk);
        if (walk->stop->fired) return RLP_OK;
    }
    return RLP_OK;
}

int rlp_direct_run(rlp_direct_t *self, rlp_walk_t *walk, double end_days, uint64_t event_limit) {
    double before_days = walk->state->t_days;
    int rc = run(self, walk, end_days, event_limit);
    walk->state->carried_days[RLP_CARRIER_DIRECT] += walk->state->t_days - before_days;
    return rc;
}

void rlp_direct_lay_out(rlp_direct_t *self, const rlp_windows_settings_t *layout) {
    self->layout = *layout;
    self->least_cells = layout->least_cells + layout->least_cells_per_type * (double)self->process->n_types;
}

rlp_windows_counts_t rlp_direct_windows(const rlp_direct_t *self) { return self->spent; }

/* ---- one engine of the table ------------------------------------------------------------------------------------------- */
int rlp_direct_new(const rlp_process_t *p, rlp_direct_t **out) {
    int rc = RLP_NEW(*out, 1);
    if (rc) return rc;
    rlp_direct_t *self = *out;
    self->process = p;
    self->rates = RLP_NONE;
    rlp_direct_lay_out(self, &RLP_WINDOWS_SETTINGS);
    rc = rlp_menus_new(p, &self->menus);
    if (!rc) rc = RLP_NEW(self->weights, p->n_types + 1);
    if (!rc) rc = RLP_NEW(self->occupied, p->n_types);
    if (!rc) rc = RLP_NEW(self->counts, RLP_WATCHES_MAX);
    if (!rc) rc = rlp_windows_new(p, self->menus, &self->windows);
    if (rc) {
        rlp_direct_free(self);
        *out = NULL;
    }
    return rc;
}

void rlp_direct_free(rlp_direct_t *self) {
    if (!self) return;
    rlp_windows_free(self->windows);
    rlp_menus_free(self->menus, self->process);
    free(self->weights);
    free(self->occupied);
    free(self->counts);
    free(self);
}

static int accepts(const rlp_process_t *p) {
    (void)p;
    return RLP_OK;
}

static int prepare(const rlp_process_t *p, const rlp_engine_settings_t *settings, void **self) {
    (void)settings;
    return rlp_direct_new(p, (rlp_direct_t **)self);
}

static int kernel(void *self, rlp_walk_t *walk, double end_days) { return rlp_direct_run(self, walk, end_days, UINT64_MAX); }

static int advance(void *self, rlp_state_t *state, double until_days, rlp_watch_t *watches, size_t n_watches, rlp_stream_t *stream,
                   const rlp_observer_t *observer, rlp_stop_t *stop) {
    rlp_walk_t walk = {.process = ((rlp_direct_t *)self)->process, .state = state, .watches = watches, .n_watches = n_watches, .stream = stream,
                       .observer = observer, .stop = stop, .until_days = until_days};
    return rlp_walk(&walk, kernel, self);
}

static void release(void *self) { rlp_direct_free(self); }

const rlp_engine_class_t rlp_engine_direct = {
    .name = "direct",
    .sentence = "Gillespie's direct method, event by event: exact for any process; cost grows with births and deaths",
    .exact = true,
    .clones = true,
    .carrier = RLP_CARRIER_DIRECT,
    .accepts = accepts,
    .prepare = prepare,
    .advance = advance,
    .release = release,
};
