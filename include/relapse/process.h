/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The process: the mathematics alone. A multi-type birth-death process with transitions, over a timeline of constant rates.
 *
 *   type i:      i -> 2i  at birth b_i;   i -> 0  at death d_i                                     (per cell and day)
 *   mutation:    at a division, with probability p: i -> i + j instead of 2i; or beside division at a rate per cell: i -> i + j
 *   switch:      i -> j at a rate per cell;     immigration: 0 -> j at a rate (cells per day)
 *   capacity:    births times max(0, 1 - N/K) (logistic) or max(0, 1 - ln N / ln K) (gompertz), N = all cells just before the event
 *   survive:     at an instant, each cell of type i lives with probability s_i; what dies becomes dead tissue that clears at a rate
 *
 * Timeline: segments in order of time; segment k holds from start_days[k] to the next start. At its start an optional survival event acts first
 * (on the state just before), then the segment's rates hold. Rates are rows of one table; equal days share a row.
 * A row is birth[n_types], death[n_types], channel[n_channels] (a probability for mutation at division, else a rate).
 * The timeline may be extended between two calls of an engine (rlp_process_add_segment), never changed behind the present.
 * Engines know nothing else. No biology, no files, no ranks here. All times in days. */
#ifndef RELAPSE_PROCESS_H
#define RELAPSE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relapse/error.h"
#include "relapse/stream.h"
#include "relapse/text.h"

#define RLP_NONE ((size_t)-1)

typedef enum { RLP_CHANNEL_DIVISION, RLP_CHANNEL_BESIDE, RLP_CHANNEL_SWITCH, RLP_CHANNEL_IMMIGRATION } rlp_channel_kind_t;
typedef struct {
    rlp_channel_kind_t kind;
    size_t from; /* RLP_NONE for immigration */
    size_t to;
} rlp_channel_t;

typedef enum { RLP_CAPACITY_NONE, RLP_CAPACITY_LOGISTIC, RLP_CAPACITY_GOMPERTZ } rlp_capacity_law_t;

typedef struct {
    double start_days;
    size_t rates;   /* row of the table of rates */
    size_t survive; /* row of the table of survival probabilities, or RLP_NONE */
} rlp_segment_t;

typedef struct {
    size_t n_types, n_channels;
    char **type_names;    /* owned */
    char **channel_names; /* owned; NULL where a channel has no name */
    size_t n_labels;      /* what `cause` names: the type itself on the process floor, its trait set on the tumour floor */
    char **label_names;   /* owned */
    size_t *label_of_type;
    rlp_channel_t *channels;
    rlp_capacity_law_t capacity_law;
    double capacity_cells;
    double clearance_per_day; /* of dead tissue; 0: it stays */
    int64_t *start_cells;     /* counts at time 0, before any event of day 0 */
    /* timeline */
    double *rates;   /* n_rate_rows x row_size */
    double *survive; /* n_survive_rows x n_types */
    rlp_segment_t *segments;
    size_t row_size; /* 2 n_types + n_channels */
    size_t n_rate_rows, rate_capacity, n_survive_rows, survive_capacity, n_segments, segment_capacity;
    size_t sealed; /* segments that an engine may have entered: what is added at the start of the last of them is a segment of its own */
} rlp_process_t;

/* Room for types and channels; everything zero, names NULL, labels absent. */
int rlp_process_init(rlp_process_t *, size_t n_types, size_t n_channels) RLP_MUST_USE;
void rlp_process_free(rlp_process_t *); /* safe after a failed init, and twice */
void rlp_process_clear(rlp_process_t *); /* drop the timeline, keep its room */
int rlp_process_name_type(rlp_process_t *, size_t type, const char *name) RLP_MUST_USE;
int rlp_process_name_channel(rlp_process_t *, size_t channel, const char *name) RLP_MUST_USE;
/* Label `label` (< n_labels after the call grows it) of a type. Without labels each type is its own. */
int rlp_process_set_labels(rlp_process_t *, size_t n_labels, const char *const *names, const size_t *label_of_type) RLP_MUST_USE;

/* Add a row of rates (row_size doubles, copied), or find the equal one among the last rows. */
int rlp_process_add_rates(rlp_process_t *, const double *row, size_t *index) RLP_MUST_USE;
int rlp_process_add_survive(rlp_process_t *, const double *row, size_t *index) RLP_MUST_USE;
/* Append a segment. Starts must not decrease; a segment with the same rates as the last and no event is left out; one at the same start as
 * the last replaces its rates and multiplies its survival probabilities (each cell on its own: the law of both in turn), unless that one is
 * sealed: then it follows it, and the sealed one has no length. */
int rlp_process_add_segment(rlp_process_t *, double start_days, size_t rates, size_t survive) RLP_MUST_USE;

static inline const double *rlp_process_birth(const rlp_process_t *p, size_t rates) { return p->rates + rates * p->row_size; }
static inline const double *rlp_process_death(const rlp_process_t *p, size_t rates) { return p->rates + rates * p->row_size + p->n_types; }
static inline const double *rlp_process_channel(const rlp_process_t *p, size_t rates) { return p->rates + rates * p->row_size + 2 * p->n_types; }

/* The factor on every birth rate at a total burden (1 without capacity). */
double rlp_process_crowding(const rlp_process_t *, double cells);

/* The process as an input of the process floor: types, channels, capacity, necrosis with the rates of its first segment (rlp_process_write); then an
 * arm's timeline, as changes from a row of rates (rlp_process_write_arm: that first row, the same for all arms). Rates at 17 digits, only what
 * changes at each row. Running what they print gives the same environment. */
void rlp_process_write(const rlp_process_t *, rlp_text_t *out);
void rlp_process_write_arm(const rlp_process_t *, const double *base, const char *arm, rlp_text_t *out);

typedef struct rlp_clones rlp_clones_t; /* clones.h */

/* ---- the state of one trajectory ---------------------------------------------------------------------------------------- */
/* Who carries a state: engines keep for how long each did. */
typedef enum { RLP_CARRIER_DIRECT, RLP_CARRIER_KENDALL, RLP_CARRIER_LEAP, RLP_CARRIER_TAU, RLP_CARRIERS } rlp_carrier_t;
extern const char *const RLP_CARRIER_NAMES[RLP_CARRIERS];

typedef struct {
    double t_days;
    size_t segment;      /* segments entered so far: the events of segments < segment have acted; 0 at the start */
    int64_t *cells;      /* n_types */
    double *dead;        /* n_types: dead tissue in cells, as of dead_days; it decays from there */
    double dead_days;
    int64_t nadir_cells; /* least total burden since time 0, as finely as the engine looks; kept by engines */
    uint64_t events;     /* births, deaths and transitions simulated one by one */
    uint64_t steps;      /* leaps (leap), transitions jumped to (kendall) */
    rlp_clones_t *clones; /* borrowed; NULL: clones are not followed. A reset leaves it alone */
    double unpaired;     /* days^2 by which leap's steps so far had more switching before growth than after it; kept by leap */
    double carried_days[RLP_CARRIERS]; /* simulated days by who carried them; `direct` also for engines that hand it a stretch */
    double epsilon;      /* the least that `tau` took; 0: none */
} rlp_state_t;

int rlp_state_init(rlp_state_t *, const rlp_process_t *) RLP_MUST_USE; /* room, then rlp_state_reset */
void rlp_state_reset(rlp_state_t *, const rlp_process_t *);           /* time 0, the process's start counts, nothing dead */
void rlp_state_free(rlp_state_t *);
int64_t rlp_state_total(const rlp_state_t *, const rlp_process_t *);
/* Dead tissue of one type at time t_days >= dead_days (cells). */
double rlp_state_dead(const rlp_state_t *, const rlp_process_t *, size_t type, double t_days);
/* Enter segment state->segment, which starts now: its survival event acts on the counts, what dies joins the dead tissue. */
void rlp_state_enter(rlp_state_t *, const rlp_process_t *, rlp_stream_t *);
/* Start of the segment after the ones entered, or INFINITY. */
double rlp_state_next_segment(const rlp_state_t *, const rlp_process_t *);

#endif
