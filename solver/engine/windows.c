/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Thinning windows: the law of the direct method, by candidates at a constant rate (thinning: Lewis & Shedler, Nav. Res. Logist. Q. 26:403, 1979).
 *
 *   at the start of a window   a bound m_i >= n_i for each type; L = sum of m_i x rates (and immigration)
 *   a candidate                an action of type i with probability m_i rate / L (alias table: Walker 1977), and a place j uniform on 0 .. m_i - 1;
 *                              it is real iff a cell stands there (j >= m_i - n_i). One word makes both; only the last comparison looks at the state.
 *   time                       M candidates last S ~ Gamma(M)/L. Where S passes the stretch, Binomial(M - 1, rest/S) of them fall into it.
 *   stop                       when a count passes its bound or a watch fires, at candidate i: at S Beta(i, M - i), or rest Beta(i, M' - i + 1) where
 *                              M' fall into the stretch. Exact, for i depends on what candidates are, not on when they come. A new window goes on from there.
 *   crowding                   divisions at the rate of the least burden that the window allows; a place counts only up to n_i x crowding / that crowding
 *
 * The table of candidates, and how one word makes one: windows_table.h. Up to eight types without crowding run by windows_packed.c. */
#include "windows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/clones.h"
#include "relapse/memory.h"
#include "relapse/variates.h"
#include "windows_run.h"

/* Measured by tests/bench; all are flat within a factor of two. Windows beat event by event from 16 cells (two types) to 140 (64 types) on. */
const rlp_windows_settings_t RLP_WINDOWS_SETTINGS = {.slack_sigmas = 1.4, .slack_cells = 3, .slack_drift = 1, .fewest_candidates = 24, .most_candidates = 2048, .least_cells = 12,
                                                     .least_cells_per_type = 2};
#define SET_UP_CELLS 30.0      /* M = (30 N)^(2/3): a table costs as much as some 50 candidates, and room grows as sqrt(M) */
#define CELLS_MAX (INT64_C(1) << 50)

/* ---- candidates -------------------------------------------------------------------------------------------------------- */

/* Crowding at the burden of now over the bound of the window. */
static double crowd(const rlp_windows_t *self) {
    return rlp_process_crowding(self->table.process, (double)self->looks[0].now) / self->table.crowding;
}

/* Is there a cell at `place` on 0 .. m that may divide at this burden? The line below crowding settles all but a few, without a branch on what is being asked. */
static inline bool crowded_real(const rlp_windows_t *self, double place, size_t type, unsigned birth) {
    const double share[2] = {1, self->line - self->slope * (double)self->looks[0].now};
    double cells = (double)(self->table.bound[type] - self->table.room[type]);
    if (place < cells * share[birth]) return true;
    return birth && place < cells && place < cells * crowd(self);
}

/* A rare outcome: a place of its own, then which action. False: not real. */
bool rlp_windows_tell_rare(const rlp_windows_t *self, rlp_stream_t *stream, const part_t *part, bool crowded, size_t *gains, size_t *loses) {
    const outcome_t *outcome = &self->table.outcomes[part->rare - 1];
    double place = rlp_stream_uniform(stream) * (double)self->table.bound[part->type];
    if (crowded ? !crowded_real(self, place, part->type, part->birth) : place < (double)self->table.room[part->type]) return false;
    const rare_t *action = &self->table.actions[outcome->first], *last = action + outcome->n - 1;
    if (action < last)
        for (double x = rlp_stream_uniform(stream) * last->up_to; action < last && x >= action->up_to;) action++;
    *gains = action->gains;
    *loses = action->loses;
    return true;
}

/* A watched count has reached the least threshold that the window could bring: now look closely. */
bool rlp_windows_look(rlp_windows_t *self) {
    for (size_t k = 0; k < self->n_looks; k++) {
        look_t *look = &self->looks[k];
        if (!look->watch) continue;
        if ((double)look->least < look->watch->nadir) rlp_watch_lower(look->watch, (double)look->least);
        if ((double)look->now >= look->watch->threshold) self->fired |= 1u << look->index;
    }
    return self->fired;
}

/* Up to n candidates; returns how many there were, the last being the one that stopped the window where self->stopped. */
static inline __attribute__((always_inline)) size_t candidates(rlp_windows_t *self, rlp_stream_t *stream, size_t n, bool tracked, bool crowded) {
    const slot_t *const slots = self->table.slots;
    int64_t *const room = self->table.room;
    const unsigned shift = self->table.shift, drop = 64 - shift;
    size_t done = 0;
    uint64_t unreal = 0;
    while (done < n && !self->stopped) {
        if (stream->next == stream->filled) rlp_stream_refill(stream);
        size_t left = stream->filled - stream->next;
        const uint64_t *word = stream->words + stream->next, *const first = word, *const end = word + (left < n - done ? left : n - done);
        bool told = false;
        while (word < end) {
            uint64_t drawn = *word++, within = drawn << drop;
            const slot_t *slot = &slots[drawn >> shift];
            uint64_t beyond = -(uint64_t)(within >= slot->cut);
            const part_t *part = &slot->parts[beyond & 1];
            double place = (double)(int64_t)((within - (slot->cut & beyond)) >> 11) * part->places;
            size_t gains = part->gains, loses = part->loses;
            told = part->rare;
            if (told) { /* takes words: go on with what the stream then has */
                stream->next = (size_t)(word - stream->words);
                if (!rlp_windows_tell_rare(self, stream, part, crowded, &gains, &loses)) {
                    unreal++;
                    break;
                }
            } else if (crowded ? !crowded_real(self, place, part->type, part->birth) : (int64_t)place < room[part->type]) {
                unreal++;
                continue;
            }
            room[loses]++;
            bool full = --room[gains] < 0;
            if (tracked && rlp_windows_count(self, gains, loses, crowded)) full = true;
            if (full) self->stopped = true;
            if (full || told) break;
        }
        done += (size_t)(word - first);
        if (!told) stream->next = (size_t)(word - stream->words);
    }
    self->unreal += unreal;
    return done;
}

static size_t run(rlp_windows_t *self, rlp_stream_t *stream, size_t n) {
    if (self->table.packed) return rlp_windows_run_packed(self, stream, n);
    if (self->table.process->capacity_law != RLP_CAPACITY_NONE) return candidates(self, stream, n, true, true);
    return self->n_looks ? candidates(self, stream, n, true, false) : candidates(self, stream, n, false, false);
}

/* ---- one window ------------------------------------------------------------------------------------------------------------ */

/* Divisions at the crowding of the least burden that the window allows, and a line below crowding / bound: its tangent at the burden of now (both laws are convex). */
static void bound_crowding(rlp_windows_t *self, const rlp_state_t *state, const rlp_windows_settings_t *settings, int64_t cells, size_t n, double days) {
    const rlp_process_t *p = self->table.process;
    self->table.crowding = 1;
    if (p->capacity_law == RLP_CAPACITY_NONE) return;
    double now = (double)cells, crowding = rlp_process_crowding(p, now), net = 0;
    for (size_t i = 0; i < p->n_types; i++) net += (double)state->cells[i] * (self->table.menus[i].rest - self->table.menus[i].birth * crowding);
    double falls = settings->slack_cells + settings->slack_sigmas * sqrt((double)n) + settings->slack_drift * fmax(0, net) * days;
    self->fewest = cells - (int64_t)fmin(falls, now);
    self->table.crowding = rlp_process_crowding(p, (double)self->fewest);
    if (!(self->table.crowding > 0)) return;
    double slope = p->capacity_law == RLP_CAPACITY_LOGISTIC ? 1 / p->capacity_cells : 1 / (now * log(p->capacity_cells));
    self->slope = slope / self->table.crowding;
    self->line = crowding / self->table.crowding + self->slope * now - 0x1p-48;
    if (crowding == 0) self->line = self->slope = 0;
}

static void add_look(rlp_windows_t *self, int64_t now, double low, double alarm, rlp_watch_t *watch, size_t index) {
    size_t n_types = self->table.process->n_types;
    signed char *in = self->members + self->n_looks * (n_types + 2);
    for (size_t i = 0; i < n_types; i++) in[i] = !watch || watch->of[i];
    self->looks[self->n_looks++] =
        (look_t){.now = now, .least = INT64_MAX, .alarm = alarm < 0x1p62 ? (int64_t)ceil(alarm) : INT64_MAX, .low = low < 0x1p62 ? (int64_t)ceil(low) : INT64_MAX, .in = in,
                 .watch = watch, .index = index};
}

/* What n candidates could bring within reach of the nadir or of a threshold is looked at after every event. False: dead tissue moves a measure between events. */
static bool choose_looks(rlp_windows_t *self, const rlp_walk_t *walk, double end_days, int64_t cells, size_t n) {
    const rlp_state_t *state = walk->state;
    self->n_looks = 0;
    if (self->table.process->capacity_law != RLP_CAPACITY_NONE || cells - (int64_t)n < state->nadir_cells) add_look(self, cells, (double)state->nadir_cells, INFINITY, NULL, 0);
    for (size_t w = 0; w < walk->n_watches; w++) {
        rlp_watch_t *watch = &walk->watches[w], lowest = *watch;
        int64_t living = 0;
        double dead_now = 0, dead_end = 0;
        for (size_t i = 0; i < self->table.process->n_types; i++) {
            if (!watch->of[i]) continue;
            living += state->cells[i];
            if (!watch->with_dead || !(state->dead[i] > 0)) continue;
            dead_now += rlp_state_dead(state, self->table.process, i, state->t_days);
            dead_end += rlp_state_dead(state, self->table.process, i, end_days);
        }
        double most = (double)(living + (int64_t)n) + dead_now, least = (double)(living - (int64_t)n) + dead_end;
        if (least >= watch->nadir && most < watch->threshold) continue;
        if (dead_now > 0) return false;
        if (least < watch->nadir) rlp_watch_lower(&lowest, fmax(least, 0));
        add_look(self, living, watch->nadir, fmin(lowest.threshold, watch->threshold), watch, w);
    }
    return true;
}

/* When within `span` the i-th of n candidates came that are uniform on it; `last`: and one more at its end. */
static double time_of(rlp_stream_t *stream, double span, size_t i, size_t n, bool last) {
    size_t after = n - i + (last ? 0 : 1);
    if (!after) return span;
    double before = rlp_variate_gamma(stream, (double)i);
    return span * (before / (before + rlp_variate_gamma(stream, (double)after)));
}

static void write_counts(const rlp_windows_t *self, rlp_state_t *state) {
    for (size_t i = 0; i < self->table.process->n_types; i++) state->cells[i] = self->table.bound[i] - self->table.room[i];
}

/* How many candidates: few enough that room and set-up cost about the same, of equal windows to the end of the stretch, or to its last event. */
static size_t choose_number(const rlp_windows_settings_t *settings, int64_t cells, double expected, uint64_t events) {
    double x = cbrt(SET_UP_CELLS * (double)cells), most = fmin(settings->most_candidates, x * x), all = expected + 3 * sqrt(expected) + 8;
    double n = fmin(most, all);
    if (all < 1e9) n = ceil(all / ceil(all / n));
    return (size_t)fmin(n, (double)events);
}

static void show_days(rlp_windows_t *self, rlp_walk_t *walk, double from, double to, size_t n);
static void tell_clones(rlp_windows_t *self, const rlp_state_t *state, double to, size_t n, bool ends);

bool rlp_windows_run(rlp_windows_t *self, rlp_walk_t *walk, const rlp_windows_settings_t *settings, double end_days, uint64_t event_limit, int64_t cells, double rate,
                     rlp_windows_counts_t *counts) {
    rlp_state_t *state = walk->state;
    rlp_stream_t *stream = walk->stream;
    double from = state->t_days, rest = end_days - from, expected = rate * rest;
    if (cells > CELLS_MAX || !(expected >= settings->fewest_candidates) ||
        (double)(event_limit - state->events) < settings->fewest_candidates) return false;
    size_t n = choose_number(settings, cells, expected, event_limit - state->events);
    if (!choose_looks(self, walk, end_days, cells, n)) return false;
    if (self->stale) rlp_windows_table_read(&self->table, rlp_walk_rates(walk));
    self->stale = false;
    bound_crowding(self, state, settings, cells, n, (double)n / rate);
    rlp_windows_table_bound(&self->table, state->cells, settings, (double)n / rate);
    self->table.plain = state->clones;
    rlp_windows_table_make(&self->table);

    double span = rlp_variate_gamma(stream, (double)n) / self->table.rate;
    bool last = span <= rest;
    if (!last) n = (size_t)rlp_variate_binomial(stream, (int64_t)n - 1, rest / span);
    if (walk->observer || state->clones) {
        memcpy(self->start, self->table.room, (self->table.none + 1) * sizeof *self->table.room);
        self->replayed = *stream;
    }
    self->unreal = self->fired = 0;
    self->stopped = self->full = false;
    size_t done = run(self, stream, n);
    double to = last ? from + span : end_days;
    if (self->stopped) to = from + time_of(stream, last ? span : rest, done, n, last);
    to = fmin(to, end_days);
    if (state->clones) tell_clones(self, state, to, done, self->stopped || last);
    if (walk->observer) show_days(self, walk, from, to, self->stopped || last ? done - 1 : done);

    write_counts(self, state);
    state->events += done - self->unreal;
    state->t_days = to;
    for (size_t k = 0; k < self->n_looks; k++) {
        look_t *look = &self->looks[k];
        if (!look->watch && look->least < state->nadir_cells) state->nadir_cells = look->least;
        if (look->watch && (double)look->least < look->watch->nadir) rlp_watch_lower(look->watch, (double)look->least);
    }
    for (size_t w = 0; w < walk->n_watches; w++)
        if (self->fired & 1u << w) rlp_walk_fire(walk, w, to);
    counts->windows++;
    counts->interrupted += self->stopped;
    counts->candidates += done;
    counts->unreal += self->unreal;
    return true;
}

/* The path at the whole days inside (from, to), over which n candidates are spread evenly: the window once more, with the same words, in as many parts. How many fall
 * into each day is drawn from a stream of its own, so that looking takes no random number of the path. */
static void show_days(rlp_windows_t *self, rlp_walk_t *walk, double from, double to, size_t n) {
    double day = floor(from) + 1;
    if (!(day < to)) return;
    rlp_state_t *state = walk->state, before = *state;
    size_t room = (self->table.none + 1) * sizeof *self->table.room;
    uint64_t unreal = self->unreal;
    look_t looks[RLP_WATCHES_MAX + 1];
    bool stopped = self->stopped;
    memcpy(self->final, self->table.room, room);
    memcpy(self->table.room, self->start, room);
    memcpy(looks, self->looks, sizeof looks);
    rlp_stream_init_again(&self->observed, walk->stream->key[0], walk->stream->key[1], walk->stream->key[2], rlp_stream_purpose("observed days"));
    self->observed.counter[2] = self->replayed.counter[0];
    self->observed.counter[3] = self->replayed.next;
    for (size_t k = 0; k < self->n_looks; k++) {
        self->looks[k].now = 0;
        for (size_t i = 0; i < self->table.process->n_types; i++) self->looks[k].now += self->looks[k].in[i] * state->cells[i];
        self->looks[k].least = self->looks[k].alarm = INT64_MAX;
    }
    if (self->table.packed) rlp_windows_table_pack(&self->table);
    self->stopped = self->full = false;
    self->unreal = 0;
    size_t done = 0;
    for (double at = from; day < to; at = day++) {
        done += run(self, &self->replayed, (size_t)rlp_variate_binomial(&self->observed, (int64_t)(n - done), (day - at) / (to - at)));
        write_counts(self, state);
        state->t_days = day;
        state->events = before.events + done - self->unreal;
        if (self->n_looks && !self->looks[0].watch && self->looks[0].least < state->nadir_cells) state->nadir_cells = self->looks[0].least;
        rlp_walk_show(walk);
    }
    *state = before; /* counts follow */
    self->stopped = stopped;
    self->unreal = unreal;
    memcpy(self->table.room, self->final, room);
    memcpy(self->looks, looks, sizeof looks);
}

/* One candidate, as in candidates(); false: not real. */
static bool tell_one(rlp_windows_t *self, rlp_stream_t *stream, bool crowded, size_t *actor, size_t *gains, size_t *loses) {
    uint64_t drawn = rlp_stream_word(stream), within = drawn << (64 - self->table.shift);
    const slot_t *slot = &self->table.slots[drawn >> self->table.shift];
    uint64_t beyond = -(uint64_t)(within >= slot->cut);
    const part_t *part = &slot->parts[beyond & 1];
    double place = (double)(int64_t)((within - (slot->cut & beyond)) >> 11) * part->places;
    *actor = part->type;
    *gains = part->gains;
    *loses = part->loses;
    if (part->rare) return rlp_windows_tell_rare(self, stream, part, crowded, gains, loses);
    return crowded ? crowded_real(self, place, part->type, part->birth) : (int64_t)place >= self->table.room[part->type];
}

/* The window once more, with the same words, for the book of clones: n candidates up to `to`, the last of them at `to` itself where it ends the window. The others
 * are uniform; when a mutation was is drawn from the stream of the clones. */
static void tell_clones(rlp_windows_t *self, const rlp_state_t *state, double to, size_t n, bool ends) {
    rlp_stream_t stream = self->replayed;
    size_t types = self->table.process->n_types, room = (self->table.none + 1) * sizeof *self->table.room, told = 0;
    int64_t now = self->looks[0].now;
    bool crowded = self->table.process->capacity_law != RLP_CAPACITY_NONE;
    double t = state->t_days;
    memcpy(self->final, self->table.room, room);
    memcpy(self->table.room, self->start, room);
    self->looks[0].now = rlp_state_total(state, self->table.process); /* what crowds */
    for (size_t i = 1; i <= n; i++) {
        size_t actor, gains, loses;
        if (!tell_one(self, &stream, crowded, &actor, &gains, &loses)) continue;
        self->table.room[loses]++;
        self->table.room[gains]--;
        self->looks[0].now += (gains < types) - (loses < types);
        if (gains < types && gains != actor && actor < types && loses >= types) {
            t += time_of(&state->clones->stream, to - t, i - told, n - told, ends);
            told = i;
        }
        rlp_clones_event(state->clones, actor < types ? actor : RLP_NONE, gains < types ? gains : RLP_NONE, loses < types ? loses : RLP_NONE, t);
    }
    memcpy(self->table.room, self->final, room);
    self->looks[0].now = now;
}

/* ---- room for windows -------------------------------------------------------------------------------------------------------- */
int rlp_windows_new(const rlp_process_t *p, const rlp_menu_t *menus, rlp_windows_t **out) {
    rlp_windows_t *self;
    size_t types = p->n_types + 2;
    *out = NULL;
    if (!rlp_windows_table_fits(p)) return RLP_OK;
    int rc = RLP_NEW(self, 1);
    if (rc) return rc;
    self->stale = true;
    rc = rlp_windows_table_init(&self->table, p, menus);
    if (!rc) rc = RLP_NEW(self->start, types);
    if (!rc) rc = RLP_NEW(self->final, types);
    if (!rc) rc = RLP_NEW(self->members, types * (RLP_WATCHES_MAX + 1));
    if (rc) {
        rlp_windows_free(self);
        return rc;
    }
    *out = self;
    return RLP_OK;
}

void rlp_windows_free(rlp_windows_t *self) {
    if (!self) return;
    rlp_windows_table_free(&self->table);
    free(self->start);
    free(self->final);
    free(self->members);
    free(self);
}

void rlp_windows_read_menus(rlp_windows_t *self) { self->stale = true; }
