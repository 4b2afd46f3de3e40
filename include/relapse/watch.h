/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Watches: what an engine must stop at, and how a burden is measured. An endpoint becomes one watch.
 *
 *   measure    living cells of the types `of`, plus (with_dead) their dead tissue not yet cleared
 *   threshold  LEVEL level; RELATIVE max(factor x nadir, minimum); SPHERE the size whose diameter is 1.2 x that at the nadir and 5 mm more
 * A watch fires when measure >= threshold. Its nadir is the least measure seen; whoever observes keeps it: the engine at any instant
 * (watches given to rlp_engine_advance), or the life at visits. */
#ifndef RELAPSE_WATCH_H
#define RELAPSE_WATCH_H

#include "relapse/process.h"

typedef enum { RLP_WATCH_LEVEL, RLP_WATCH_RELATIVE, RLP_WATCH_SPHERE } rlp_watch_rule_t;

typedef struct {
    const unsigned char *of; /* n_types flags; borrowed */
    bool with_dead;
    rlp_watch_rule_t rule;
    double level;           /* LEVEL: cells */
    double factor, minimum; /* RELATIVE: times the nadir, and cells */
    double cells_per_mm3;   /* SPHERE */
    double nadir;           /* cells */
    double threshold;       /* cells; follows the nadir */
} rlp_watch_t;

#define RLP_WATCHES_MAX 4

double rlp_watch_measure(const rlp_watch_t *, const rlp_state_t *, const rlp_process_t *);
/* Start the nadir at `measure` and set the threshold. */
void rlp_watch_start(rlp_watch_t *, double measure);
void rlp_watch_lower(rlp_watch_t *, double measure); /* measure < nadir: a new nadir */
/* Observe a measure: keeps the nadir; true if the watch fires. */
static inline bool rlp_watch_sees(rlp_watch_t *watch, double measure) {
    if (measure < watch->nadir) rlp_watch_lower(watch, measure);
    return measure >= watch->threshold;
}

/* Diameter in mm of a sphere of cells, and back. */
double rlp_sphere_diameter_mm(double cells, double cells_per_mm3);
double rlp_sphere_cells(double diameter_mm, double cells_per_mm3);

#endif
