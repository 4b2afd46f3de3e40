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
 * The word: its first bits choose a slot of the table; the rest, against the slot's cut, one of two outcomes; how far it lies within that part is the place.
 * Every probability is right to 2^-64. Rare actions of a type share one outcome and are told apart, and placed, by words of their own: a channel of
 * probability 1e-8 keeps its digits, and the table is as long as three times the types, however many the channels. */
#include "windows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "relapse/variates.h"

/* Measured by tests/bench; all are flat within a factor of two. Windows beat event by event from 40 cells (two types) to 200 (64 types) on. */
const rlp_windows_settings_t RLP_WINDOWS_SETTINGS = {.slack_sigmas = 2.5, .slack_cells = 3, .slack_drift = 1, .fewest_candidates = 24, .most_candidates = 1024, .least_cells = 40,
                                                     .least_cells_per_type = 2.5};
#define SET_UP_CELLS 30.0      /* M = (30 N)^(2/3): a table costs as much as some 50 candidates, and room grows as sqrt(M) */
#define RARE_SHARE (1.0 / 12)  /* of the rates of a type: rarer actions share an outcome */
#define FINE_SHARE 0x1p-20     /* of all candidates: rarer outcomes take another word for the place */
#define INFLOW_LEAST 0.03      /* newcomers of an empty type in a window: fewer are not worth their room */
#define CELLS_MAX (INT64_C(1) << 50)
#define PLACE (1 - 0x1p-50)    /* a place never rounds up to the bound */

typedef struct {
    double places;         /* per 2^11 of the word: bound / length of the part */
    uint16_t type, gains, loses;
    uint16_t birth : 1;    /* a division */
    uint16_t rare : 15;    /* outcome + 1: told by words of its own; 0: by gains and loses */
} part_t;

typedef struct {
    uint64_t cut;
    part_t parts[2];       /* below the cut, and from it on */
} slot_t;

typedef struct {
    double rate;           /* per cell and day, of all its actions */
    size_t first, n;       /* in actions[] */
    part_t part;           /* a mould: its places stand for a part of length 1 */
} outcome_t;

typedef struct {
    double up_to;
    uint16_t gains, loses;
} rare_t;

/* A count that something looks at: all cells (for the nadir and crowding), or those of a watch. */
typedef struct {
    int64_t now, least, alarm;
    const signed char *in; /* types, and one 0 for none */
    rlp_watch_t *watch;    /* NULL: all cells */
    size_t index;
} look_t;

struct rlp_windows {
    const rlp_process_t *process;
    const rlp_menu_t *menus;
    bool stale;
    size_t none;           /* type number of no type: n_types + 1; immigration's is n_types */
    /* of a row of rates */
    outcome_t *outcomes;
    size_t *first_outcome; /* n_types + 2 */
    rare_t *actions;
    /* of a window */
    int64_t *bound, *room; /* m_i, m_i - n_i */
    double *inflow;
    slot_t *slots;
    double *share, *cut;   /* of each slot's own outcome, 1 on average; its part of the slot */
    size_t *own, *other;   /* its number; the slot whose outcome has the other part */
    unsigned shift;
    double rate;           /* of candidates: L */
    double crowding;       /* bound of the window */
    double line, slope;    /* a lower bound of crowding / bound: line - slope x cells; exact for the logistic law */
    int64_t fewest;        /* below, the bound of crowding does not hold */
    look_t looks[RLP_WATCHES_MAX + 1];
    size_t n_looks;
    signed char *members;  /* (RLP_WATCHES_MAX + 1) x (n_types + 2) */
    int64_t *start, *final; /* room, for the observer */
    rlp_stream_t replayed, observed;
    /* what the candidates did */
    uint64_t unreal;
    bool stopped;
    unsigned fired;
};

/* ---- candidates -------------------------------------------------------------------------------------------------------- */

/* Crowding at the burden of now over the bound of the window. */
static double crowd(const rlp_windows_t *self) {
    return rlp_process_crowding(self->process, (double)self->looks[0].now) / self->crowding;
}

/* Is there a cell at `place` on 0 .. m that may divide at this burden? The line below crowding settles all but a few, without a branch on what is being asked. */
static inline bool crowded_real(const rlp_windows_t *self, double place, size_t type, unsigned birth) {
    const double share[2] = {1, self->line - self->slope * (double)self->looks[0].now};
    double cells = (double)(self->bound[type] - self->room[type]);
    if (place < cells * share[birth]) return true;
    return birth && place < cells && place < cells * crowd(self);
}

/* A rare outcome: a place of its own, then which action. False: not real. */
static bool tell_rare(const rlp_windows_t *self, rlp_stream_t *stream, const part_t *part, bool crowded, size_t *gains, size_t *loses) {
    const outcome_t *outcome = &self->outcomes[part->rare - 1];
    double place = rlp_stream_uniform(stream) * (double)self->bound[part->type];
    if (crowded ? !crowded_real(self, place, part->type, part->birth) : place < (double)self->room[part->type]) return false;
    const rare_t *action = &self->actions[outcome->first], *last = action + outcome->n - 1;
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
    const slot_t *const slots = self->slots;
    int64_t *const room = self->room;
    const unsigned shift = self->shift, drop = 64 - shift;
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

static size_t run(rlp_windows_t *self, rlp_stream_t *stream, size_t n) {
    if (self->process->capacity_law != RLP_CAPACITY_NONE) return candidates(self, stream, n, true, true);
    return self->n_looks ? candidates(self, stream, n, true, false) : candidates(self, stream, n, false, false);
}

/* ---- the table ----------------------------------------------------------------------------------------------------------- */

/* Actions that share an outcome, or one alone. */
static void add_outcome(rlp_windows_t *self, size_t *n, size_t type, size_t from, size_t to, double least, double below, bool birth) {
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
    ++*n;
}

static void read_menus(rlp_windows_t *self) {
    size_t n = 0;
    for (size_t i = 0; i <= self->process->n_types; i++) {
        const rlp_menu_t *menu = &self->menus[i];
        double rare = RARE_SHARE * (menu->birth + menu->rest);
        self->first_outcome[i] = n;
        for (size_t k = 0; k < menu->n; k++)
            if (menu->actions[k].rate >= rare) add_outcome(self, &n, i, k, k + 1, rare, INFINITY, k < menu->first_rest);
        add_outcome(self, &n, i, 0, menu->first_rest, 0, rare, true);
        add_outcome(self, &n, i, menu->first_rest, menu->n, 0, rare, false);
    }
    self->first_outcome[self->process->n_types + 1] = n;
    self->stale = false;
}

/* Cells that others send to each type in `days`. */
static void expect_inflow(rlp_windows_t *self, const int64_t *cells, double days) {
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
static void choose_bounds(rlp_windows_t *self, const int64_t *cells, const rlp_windows_settings_t *settings, double days) {
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

/* Outcomes with their weights, one a slot; returns the number of slots, a power of two. */
static size_t weigh_outcomes(rlp_windows_t *self) {
    size_t n = 0, slots = 2;
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
    for (size_t s = 0; s < n; s++) {
        outcome_t *outcome = &self->outcomes[self->own[s]];
        bool rare = outcome->n > 1 || self->share[s] < FINE_SHARE * self->rate;
        outcome->part.rare = (rare ? self->own[s] + 1 : 0) & 0x7fff;
        self->share[s] *= (double)slots / self->rate;
    }
    for (size_t s = n; s < slots; s++) self->share[s] = 0, self->own[s] = 0;
    return slots;
}

static size_t next_slot(const rlp_windows_t *self, size_t s, size_t slots, bool heavy) {
    while (s < slots && (self->share[s] > 1) != heavy) s++;
    return s;
}

/* Vose's alias table by two cursors over light and heavy slots (Huebschle-Schneider & Sanders, ACM Trans. Model. Comput. Simul. 32, 2022): other[s] takes
 * what the cut leaves of slot s. Where rounding leaves light slots over, a heavy one takes what is missing. */
static void pair(rlp_windows_t *self, size_t slots) {
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

static inline part_t make_part(const rlp_windows_t *self, size_t slot, double length) {
    part_t part = self->outcomes[self->own[slot]].part;
    part.places = length > 0 ? part.places / length : 0;
    return part;
}

static void make_table(rlp_windows_t *self) {
    size_t slots = weigh_outcomes(self);
    pair(self, slots);
    self->shift = 64 - (unsigned)__builtin_ctzll(slots);
    for (size_t s = 0; s < slots; s++) {
        double cut = self->cut[s] < 1 ? self->cut[s] : 1;
        self->slots[s].cut = cut < 1 ? (uint64_t)(cut * 0x1p64) : UINT64_MAX;
        self->slots[s].parts[0] = make_part(self, s, cut * 0x1p53);
        self->slots[s].parts[1] = make_part(self, self->other[s], (1 - cut) * 0x1p53);
    }
}

/* ---- one window ------------------------------------------------------------------------------------------------------------ */

/* Divisions at the crowding of the least burden that the window allows, and a line below crowding / bound: its tangent at the burden of now (both laws are convex). */
static void bound_crowding(rlp_windows_t *self, const rlp_state_t *state, const rlp_windows_settings_t *settings, int64_t cells, size_t n, double days) {
    const rlp_process_t *p = self->process;
    self->crowding = 1;
    if (p->capacity_law == RLP_CAPACITY_NONE) return;
    double now = (double)cells, crowding = rlp_process_crowding(p, now), net = 0;
    for (size_t i = 0; i < p->n_types; i++) net += (double)state->cells[i] * (self->menus[i].rest - self->menus[i].birth * crowding);
    double falls = settings->slack_cells + settings->slack_sigmas * sqrt((double)n) + settings->slack_drift * fmax(0, net) * days;
    self->fewest = cells - (int64_t)fmin(falls, now);
    self->crowding = rlp_process_crowding(p, (double)self->fewest);
    if (!(self->crowding > 0)) return;
    double slope = p->capacity_law == RLP_CAPACITY_LOGISTIC ? 1 / p->capacity_cells : 1 / (now * log(p->capacity_cells));
    self->slope = slope / self->crowding;
    self->line = crowding / self->crowding + self->slope * now - 0x1p-48;
    if (crowding == 0) self->line = self->slope = 0;
}

static void add_look(rlp_windows_t *self, int64_t now, double alarm, rlp_watch_t *watch, size_t index) {
    size_t n_types = self->process->n_types;
    signed char *in = self->members + self->n_looks * (n_types + 2);
    for (size_t i = 0; i < n_types; i++) in[i] = !watch || watch->of[i];
    self->looks[self->n_looks++] =
        (look_t){.now = now, .least = INT64_MAX, .alarm = alarm < 0x1p62 ? (int64_t)ceil(alarm) : INT64_MAX, .in = in, .watch = watch, .index = index};
}

/* What n candidates could bring within reach of the nadir or of a threshold is looked at after every event. False: dead tissue moves a measure between events. */
static bool choose_looks(rlp_windows_t *self, const rlp_walk_t *walk, double end_days, int64_t cells, size_t n) {
    const rlp_state_t *state = walk->state;
    self->n_looks = 0;
    if (self->process->capacity_law != RLP_CAPACITY_NONE || cells - (int64_t)n < state->nadir_cells) add_look(self, cells, INFINITY, NULL, 0);
    for (size_t w = 0; w < walk->n_watches; w++) {
        rlp_watch_t *watch = &walk->watches[w], lowest = *watch;
        int64_t living = 0;
        double dead_now = 0, dead_end = 0;
        for (size_t i = 0; i < self->process->n_types; i++) {
            if (!watch->of[i]) continue;
            living += state->cells[i];
            if (!watch->with_dead || !(state->dead[i] > 0)) continue;
            dead_now += rlp_state_dead(state, self->process, i, state->t_days);
            dead_end += rlp_state_dead(state, self->process, i, end_days);
        }
        double most = (double)(living + (int64_t)n) + dead_now, least = (double)(living - (int64_t)n) + dead_end;
        if (least >= watch->nadir && most < watch->threshold) continue;
        if (dead_now > 0) return false;
        if (least < watch->nadir) rlp_watch_lower(&lowest, fmax(least, 0));
        add_look(self, living, fmin(lowest.threshold, watch->threshold), watch, w);
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
    for (size_t i = 0; i < self->process->n_types; i++) state->cells[i] = self->bound[i] - self->room[i];
}

/* How many candidates: few enough that room and set-up cost about the same, of equal windows to the end of the stretch, or to its last event. */
static size_t choose_number(const rlp_windows_settings_t *settings, int64_t cells, double expected, uint64_t events) {
    double x = cbrt(SET_UP_CELLS * (double)cells), most = fmin(settings->most_candidates, x * x), all = expected + 3 * sqrt(expected) + 8;
    double n = fmin(most, all);
    if (all < 1e9) n = ceil(all / ceil(all / n));
    return (size_t)fmin(n, (double)events);
}

static void show_days(rlp_windows_t *self, rlp_walk_t *walk, double from, double to, size_t n);

bool rlp_windows_run(rlp_windows_t *self, rlp_walk_t *walk, const rlp_windows_settings_t *settings, double end_days, uint64_t event_limit, int64_t cells, double rate,
                     rlp_windows_counts_t *counts) {
    rlp_state_t *state = walk->state;
    rlp_stream_t *stream = walk->stream;
    double from = state->t_days, rest = end_days - from, expected = rate * rest;
    if (cells > CELLS_MAX || !(expected >= settings->fewest_candidates) ||
        (double)(event_limit - state->events) < settings->fewest_candidates) return false;
    size_t n = choose_number(settings, cells, expected, event_limit - state->events);
    if (!choose_looks(self, walk, end_days, cells, n)) return false;
    if (self->stale) read_menus(self);
    bound_crowding(self, state, settings, cells, n, (double)n / rate);
    choose_bounds(self, state->cells, settings, (double)n / rate);
    make_table(self);

    double span = rlp_variate_gamma(stream, (double)n) / self->rate;
    bool last = span <= rest;
    if (!last) n = (size_t)rlp_variate_binomial(stream, (int64_t)n - 1, rest / span);
    if (walk->observer) {
        memcpy(self->start, self->room, (self->none + 1) * sizeof *self->room);
        self->replayed = *stream;
    }
    self->unreal = self->fired = 0;
    self->stopped = false;
    size_t done = run(self, stream, n);
    double to = last ? from + span : end_days;
    if (self->stopped) to = from + time_of(stream, last ? span : rest, done, n, last);
    to = fmin(to, end_days);
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
    size_t room = (self->none + 1) * sizeof *self->room;
    uint64_t unreal = self->unreal;
    look_t looks[RLP_WATCHES_MAX + 1];
    bool stopped = self->stopped;
    memcpy(self->final, self->room, room);
    memcpy(self->room, self->start, room);
    memcpy(looks, self->looks, sizeof looks);
    rlp_stream_init(&self->observed, walk->stream->key[0], walk->stream->key[1], rlp_stream_purpose("observed days"));
    self->observed.counter[2] = self->replayed.counter[0];
    self->observed.counter[3] = self->replayed.next;
    for (size_t k = 0; k < self->n_looks; k++) {
        self->looks[k].now = 0;
        for (size_t i = 0; i < self->process->n_types; i++) self->looks[k].now += self->looks[k].in[i] * state->cells[i];
        self->looks[k].least = self->looks[k].alarm = INT64_MAX;
    }
    self->stopped = false;
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
    memcpy(self->room, self->final, room);
    memcpy(self->looks, looks, sizeof looks);
}

/* ---- room for windows -------------------------------------------------------------------------------------------------------- */
int rlp_windows_new(const rlp_process_t *p, const rlp_menu_t *menus, rlp_windows_t **out) {
    rlp_windows_t *self;
    size_t outcomes = p->n_channels + 2 * p->n_types + 1, slots = 2, types = p->n_types + 2;
    *out = NULL;
    if (outcomes >= 0x7fff || types >= UINT16_MAX) return RLP_OK;
    while (slots < outcomes) slots *= 2;
    int rc = RLP_NEW(self, 1);
    if (rc) return rc;
    self->process = p;
    self->menus = menus;
    self->none = p->n_types + 1;
    self->stale = true;
    rc = RLP_NEW(self->outcomes, outcomes);
    if (!rc) rc = RLP_NEW(self->actions, outcomes);
    if (!rc) rc = RLP_NEW(self->first_outcome, types);
    if (!rc) rc = RLP_NEW(self->bound, types);
    if (!rc) rc = RLP_NEW(self->room, types);
    if (!rc) rc = RLP_NEW(self->inflow, types);
    if (!rc) rc = RLP_NEW(self->start, types);
    if (!rc) rc = RLP_NEW(self->final, types);
    if (!rc) rc = RLP_NEW(self->members, types * (RLP_WATCHES_MAX + 1));
    if (!rc) rc = RLP_NEW(self->slots, slots);
    if (!rc) rc = RLP_NEW(self->share, slots);
    if (!rc) rc = RLP_NEW(self->cut, slots);
    if (!rc) rc = RLP_NEW(self->own, slots);
    if (!rc) rc = RLP_NEW(self->other, slots);
    if (rc) {
        rlp_windows_free(self);
        return rc;
    }
    *out = self;
    return RLP_OK;
}

void rlp_windows_free(rlp_windows_t *self) {
    if (!self) return;
    free(self->outcomes);
    free(self->actions);
    free(self->first_outcome);
    free(self->bound);
    free(self->room);
    free(self->inflow);
    free(self->start);
    free(self->final);
    free(self->members);
    free(self->slots);
    free(self->share);
    free(self->cut);
    free(self->own);
    free(self->other);
    free(self);
}

void rlp_windows_read_menus(rlp_windows_t *self) { self->stale = true; }
