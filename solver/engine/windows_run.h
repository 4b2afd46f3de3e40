/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One window on its way, shared by windows.c (which opens it, and draws candidates one by one) and windows_packed.c (many at a time). */
#ifndef RELAPSE_ENGINE_WINDOWS_RUN_H
#define RELAPSE_ENGINE_WINDOWS_RUN_H

#include "windows.h"
#include "windows_table.h"

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

/* Watches whose threshold a count that is looked at has reached: now look closely. True if one fires. */
bool rlp_windows_look(rlp_windows_t *);
/* After an event: the counts that are looked at. True: stop. */
static inline bool rlp_windows_count(rlp_windows_t *self, size_t gains, size_t loses, bool crowded) {
    bool alarm = false;
    for (size_t k = 0; k < self->n_looks; k++) {
        look_t *at = &self->looks[k];
        at->now += at->in[gains] - at->in[loses];
        at->least = at->now < at->least ? at->now : at->least;
        alarm |= at->now >= at->alarm;
    }
    return (alarm && rlp_windows_look(self)) || (crowded && self->looks[0].now < self->fewest);
}

/* A rare outcome: a place of its own, then which action. False: not real. */
bool rlp_windows_tell_rare(const rlp_windows_t *, rlp_stream_t *, const part_t *, bool crowded, size_t *gains, size_t *loses);
/* Up to n candidates of a packed table; returns how many there were, the last being the one that stopped the window where self->stopped. */
size_t rlp_windows_run_packed(rlp_windows_t *, rlp_stream_t *, size_t n);

#endif
