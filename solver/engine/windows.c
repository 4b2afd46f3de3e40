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
 * The table of candidates, and how one word makes one: windows_table.h. */
#include "windows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/clones.h"
#include "relapse/memory.h"
#include "relapse/variates.h"
#include "windows_table.h"

/* Measured by tests/bench; all are flat within a factor of two. Windows beat event by event from 16 cells (two types) to 140 (64 types) on. */
const rlp_windows_settings_t RLP_WINDOWS_SETTINGS = {.slack_sigmas = 1.4, .slack_cells = 3, .slack_drift = 1, .fewest_candidates = 24, .most_candidates = 2048, .least_cells = 12,
                                                     .least_cells_per_type = 2};
#define SET_UP_CELLS 30.0      /* M = (30 N)^(2/3): a table costs as much as some 50 candidates, and room grows as sqrt(M) */
#define CELLS_MAX (INT64_C(1) << 50)

/* A count that something looks at: all cells (for the nadir and crowding), or those of a watch. */
typedef struct {
    int64_t now, least, alarm;
    int64_t low;           /* nothing to see above it, but the alarm */
    const signed char *in; /* types, and one 0 for none */
    rlp_watch_t *watch;    /* NULL: all cells */
    size_t index;
} look_t;

struct rlp_windows {
    rlp_windows_table_t table;
    bool stale;             /* the table's outcomes have old rates */
    double line, slope;     /* a lower bound of crowding / the table's: line - slope x cells; exact for the logistic law */
    int64_t fewest;         /* below, the table's crowding is no bound */
    look_t looks[RLP_WATCHES_MAX + 1];
    size_t n_looks;
    signed char *members;   /* (RLP_WATCHES_MAX + 1) x (n_types + 2) */
    int64_t *start, *final; /* room, for the observer */
    rlp_stream_t replayed, observed;
    /* what the candidates did */
    uint64_t unreal;
    bool stopped, full;     /* full: by a type that passed its bound, so that room[] is right and its packed form is not */
    unsigned fired;
};

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
static bool tell_rare(const rlp_windows_t *self, rlp_stream_t *stream, const part_t *part, bool crowded, size_t *gains, size_t *loses) {
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
static bool look(rlp_windows_t *self) {
    for (size_t k = 0; k < self->n_looks; k++) {
        look_t *look = &self->looks[k];
        if (!look->watch) continue;
        if ((double)look->least < look->watch->nadir) rlp_watch_lower(look->watch, (double)look->least);
        if ((double)look->now >= look->watch->threshold) self->fired |= 1u << look->index;
    }
    return self->fired;
}

/* So many events cannot bring a looked-at count to its alarm, nor below what it has been. */
static int64_t clearance(const rlp_windows_t *self) {
    int64_t clear = INT64_MAX;
    for (size_t k = 0; k < self->n_looks; k++) {
        const look_t *at = &self->looks[k];
        int64_t low = at->low < at->least ? at->low : at->least, above = at->now - low, below = at->alarm - at->now - 1;
        clear = above < clear ? above : clear;
        clear = below < clear ? below : clear;
    }
    return clear;
}

/* Counts that are looked at, after a stretch in which nobody looked. */
static void look_again(rlp_windows_t *self) {
    rlp_windows_table_unpack(&self->table);
    const int64_t *bound = self->table.bound, *room = self->table.room;
    for (size_t k = 0; k < self->n_looks; k++) {
        look_t *at = &self->looks[k];
        at->now = 0;
        for (size_t i = 0; i < self->table.process->n_types; i++) at->now += at->in[i] * (bound[i] - room[i]);
        at->least = at->now < at->least ? at->now : at->least;
    }
}

/* After an event: the counts that are looked at. True: stop. */
static inline bool count(rlp_windows_t *self, size_t gains, size_t loses, bool crowded) {
    bool alarm = false;
    for (size_t k = 0; k < self->n_looks; k++) {
        look_t *at = &self->looks[k];
        at->now += at->in[gains] - at->in[loses];
        at->least = at->now < at->least ? at->now : at->least;
        alarm |= at->now >= at->alarm;
    }
    return (alarm && look(self)) || (crowded && self->looks[0].now < self->fewest);
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
                if (!tell_rare(self, stream, part, crowded, &gains, &loses)) {
                    unreal++;
                    break;
                }
            } else if (crowded ? !crowded_real(self, place, part->type, part->birth) : (int64_t)place < room[part->type]) {
                unreal++;
                continue;
            }
            room[loses]++;
            bool full = --room[gains] < 0;
            if (tracked && count(self, gains, loses, crowded)) full = true;
            if (full) self->stopped = true;
            if (full || told) break;
        }
        done += (size_t)(word - first);
        if (!told) stream->next = (size_t)(word - stream->words);
    }
    self->unreal += unreal;
    return done;
}

/* ---- packed candidates --------------------------------------------------------------------------------------------------- */
#define DRAW 256            /* candidates at a time: what a stop or a rare one leaves over is drawn again */
#define TOGETHER 8
#define TRACKED 32         /* events that are looked at one by one, once a look is near */

/* Why a stretch of packed candidates ended before its last one. */
typedef enum { WENT_ON, ROOM, RARE, STOPPED } end_t;

/* Up to n candidates one by one; returns how many there were. */
static inline __attribute__((always_inline)) size_t act(rlp_windows_t *self, const uint8_t *parts, const uint8_t *reach, size_t n, end_t *end, bool tracked) {
    const rlp_candidates_t *const c = &self->table.candidates;
    size_t i = 0;
    while (i < n && *end == WENT_ON) {
        unsigned part = parts[i], far = reach[i++];
        if (far <= (uint8_t)(self->table.counts >> c->is[part].field)) {
            if (c->is[part].rare) *end = RARE;
            else self->unreal++;
            continue;
        }
        self->table.counts += c->delta[part];
        if (self->table.counts & RLP_CANDIDATES_FULL) {
            *end = ROOM;
        } else if (tracked && count(self, c->is[part].gains, c->is[part].loses, false)) {
            *end = STOPPED;
            self->stopped = true;
        }
    }
    return i;
}

/* The same where nobody looks, some at a time: the counts change by an addition to a register, so that nothing waits for a store. Where one of them ends the stretch,
 * they are gone through again one by one. */
static size_t act_unseen(rlp_windows_t *self, const uint8_t *parts, const uint8_t *reach, size_t n, end_t *end) {
    const rlp_candidates_t *const c = &self->table.candidates;
    size_t i = 0;
    for (uint64_t counts = self->table.counts, seen = 0; i + TOGETHER <= n; i += TOGETHER) {
        uint64_t unreal = 0;
#pragma GCC unroll 8
        for (size_t k = i; k < i + TOGETHER; k++) {
            unsigned part = parts[k];
            if (reach[k] > (uint8_t)(counts >> c->is[part].field)) counts += c->delta[part];
            else unreal++, seen |= -(uint64_t)(c->is[part].rare != 0);
            seen |= counts;
        }
        if (seen & RLP_CANDIDATES_FULL) break;
        self->table.counts = counts;
        self->unreal += unreal;
    }
    return i + act(self, parts + i, reach + i, n - i, end, false);
}

/* A room has left its bits at an event: this one by hand. A full type ends the window, else offsets are chosen anew. */
static void act_unpacked(rlp_windows_t *self, size_t gains, size_t loses) {
    int64_t *room = self->table.room;
    rlp_windows_table_unpack(&self->table);
    room[loses]++;
    self->full = --room[gains] < 0;
    if (self->full) self->stopped = true;
    else rlp_windows_table_pack(&self->table);
}

/* A candidate of a rare outcome. */
static void act_rare(rlp_windows_t *self, rlp_stream_t *stream, unsigned part, bool tracked) {
    const rlp_candidates_t *c = &self->table.candidates;
    const part_t rare = {.type = c->is[part].type, .rare = c->is[part].rare & 0x7fffU};
    size_t gains, loses;
    rlp_windows_table_unpack(&self->table);
    if (!tell_rare(self, stream, &rare, false, &gains, &loses)) {
        self->unreal++;
        return;
    }
    uint64_t counts = self->table.counts + rlp_windows_table_delta(&self->table, gains, loses);
    if (counts & RLP_CANDIDATES_FULL) act_unpacked(self, gains, loses);
    else self->table.counts = counts;
    if (tracked && count(self, gains, loses, false)) self->stopped = true;
}

/* What ended a stretch at a candidate of `part`. */
static void settle(rlp_windows_t *self, rlp_stream_t *stream, unsigned part, end_t end, bool tracked) {
    const rlp_candidates_t *c = &self->table.candidates;
    if (end == RARE) {
        act_rare(self, stream, part, tracked);
        return;
    }
    self->table.counts -= c->delta[part];
    act_unpacked(self, c->is[part].gains, c->is[part].loses);
    if (tracked && count(self, c->is[part].gains, c->is[part].loses, false)) self->stopped = true;
}

/* One draw of candidates; or as many of them as come before a rare one, for that takes words, or before offsets are chosen anew. Returns how many there were. */
static size_t act_on_draw(rlp_windows_t *self, rlp_stream_t *stream, size_t n) {
    uint8_t parts[DRAW], reach[DRAW];
    size_t done = 0;
    end_t end = WENT_ON;
    rlp_candidates_draw(&self->table.candidates, stream->words + stream->next, n, parts, reach);
    while (done < n && end == WENT_ON) {
        size_t stretch = n - done;
        int64_t clear = self->n_looks ? clearance(self) : INT64_MAX;
        bool tracked = clear < TRACKED && clear < (int64_t)stretch;
        if (clear < (int64_t)stretch) stretch = !tracked ? (size_t)clear : stretch < TRACKED ? stretch : TRACKED;
        done += tracked ? act(self, parts + done, reach + done, stretch, &end, true) : act_unseen(self, parts + done, reach + done, stretch, &end);
        if (end == ROOM || end == RARE) {
            stream->next += done;
            settle(self, stream, parts[done - 1], end, tracked);
        }
        if (self->n_looks && !tracked && !self->full) look_again(self);
    }
    if (end == WENT_ON || end == STOPPED) stream->next += done;
    return done;
}

/* Up to n candidates, as `candidates` does it. */
static size_t packed_candidates(rlp_windows_t *self, rlp_stream_t *stream, size_t n) {
    size_t done = 0;
    while (done < n && !self->stopped) {
        if (stream->next == stream->filled) rlp_stream_refill(stream);
        size_t left = stream->filled - stream->next, most = n - done < DRAW ? n - done : DRAW;
        done += act_on_draw(self, stream, left < most ? left : most);
    }
    if (!self->full) rlp_windows_table_unpack(&self->table);
    return done;
}

static size_t run(rlp_windows_t *self, rlp_stream_t *stream, size_t n) {
    if (self->table.packed) return packed_candidates(self, stream, n);
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
    if (self->stale) rlp_windows_table_read(&self->table);
    self->stale = false;
    bound_crowding(self, state, settings, cells, n, (double)n / rate);
    rlp_windows_table_bound(&self->table, state->cells, settings, (double)n / rate);
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
    rlp_stream_init(&self->observed, walk->stream->key[0], walk->stream->key[1], rlp_stream_purpose("observed days"));
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
    if (part->rare) return tell_rare(self, stream, part, crowded, gains, loses);
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
