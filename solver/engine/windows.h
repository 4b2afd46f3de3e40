/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Thinning windows: the direct method for hundreds of cells and more, exact, without a clock, a logarithm or a table update at every event.
 * `direct` opens one window after the other (windows.c says how) and falls back on event by event where a window does not pay. */
#ifndef RELAPSE_ENGINE_WINDOWS_H
#define RELAPSE_ENGINE_WINDOWS_H

#include "menu.h"
#include "walk.h"

/* How windows are laid out: any values give the same law. Others than the defaults are for tests of the stop rule. */
typedef struct {
    double slack_sigmas;   /* room above each count, in standard deviations of its change in a window */
    double slack_cells;    /* ... and cells */
    double slack_drift;    /* ... and times what it is expected to gain */
    double fewest_candidates, most_candidates; /* fewer expected before the stretch ends: event by event */
    double least_cells, least_cells_per_type;  /* fewer: event by event */
} rlp_windows_settings_t;
extern const rlp_windows_settings_t RLP_WINDOWS_SETTINGS;

typedef struct {
    uint64_t windows, interrupted, candidates, unreal;
} rlp_windows_counts_t;

typedef struct rlp_windows rlp_windows_t;
/* Process and menus are borrowed. *out is NULL where the process has too many types for windows. */
int rlp_windows_new(const rlp_process_t *, const rlp_menu_t *menus, rlp_windows_t **out) RLP_MUST_USE;
void rlp_windows_free(rlp_windows_t *); /* NULL is fine */
/* The menus have new rates. */
void rlp_windows_read_menus(rlp_windows_t *);
/* One window from the present: as far as end_days, the last candidate, or where something stops; at most event_limit events in the life. `cells` in all, `rate`
 * of all events now. Returns false, and nothing has happened, where the state must go event by event. */
bool rlp_windows_run(rlp_windows_t *, rlp_walk_t *, const rlp_windows_settings_t *, double end_days, uint64_t event_limit, int64_t cells, double rate,
                     rlp_windows_counts_t *);

/* For tests and the bench: another layout of windows, and what windows have done so far. */
struct rlp_direct;
void rlp_direct_lay_out(struct rlp_direct *, const rlp_windows_settings_t *);
rlp_windows_counts_t rlp_direct_windows(const struct rlp_direct *);

#endif
