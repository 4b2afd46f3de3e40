/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A window of up to eight types, many candidates at a time (candidates.h): the same path as one by one.
 *
 *   draw     64 bits of room in one register; 256 words at most become parts and reaches, which do not look at the state
 *   act      real iff reach > room: then one addition. A bit that no room may have tells when a type is full, or when its eight bits no longer hold it
 *   looks    a stretch of events too short to bring any count to its alarm, or below what it has been, needs no look; near there events are looked at one by one */
#include "windows_run.h"

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
        } else if (tracked && rlp_windows_count(self, c->is[part].gains, c->is[part].loses, false)) {
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
    if (!rlp_windows_tell_rare(self, stream, &rare, false, &gains, &loses)) {
        self->unreal++;
        return;
    }
    uint64_t counts = self->table.counts + rlp_windows_table_delta(&self->table, gains, loses);
    if (counts & RLP_CANDIDATES_FULL) act_unpacked(self, gains, loses);
    else self->table.counts = counts;
    if (tracked && rlp_windows_count(self, gains, loses, false)) self->stopped = true;
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
    if (tracked && rlp_windows_count(self, c->is[part].gains, c->is[part].loses, false)) self->stopped = true;
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

size_t rlp_windows_run_packed(rlp_windows_t *self, rlp_stream_t *stream, size_t n) {
    size_t done = 0;
    while (done < n && !self->stopped) {
        if (stream->next == stream->filled) rlp_stream_refill(stream);
        size_t left = stream->filled - stream->next, most = n - done < DRAW ? n - done : DRAW;
        done += act_on_draw(self, stream, left < most ? left : most);
    }
    if (!self->full) rlp_windows_table_unpack(&self->table);
    return done;
}

