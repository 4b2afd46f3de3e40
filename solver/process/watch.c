/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "relapse/watch.h"

#include <math.h>

/* RECIST 1.1 (Eisenhauer et al. 2009): at least 20 % above the nadir and at least 5 mm. */
#define RECIST_FACTOR 1.2
#define RECIST_MORE_MM 5.0

double rlp_sphere_diameter_mm(double cells, double cells_per_mm3) { return cells > 0 ? cbrt(6 * cells / (M_PI * cells_per_mm3)) : 0; }

double rlp_sphere_cells(double diameter_mm, double cells_per_mm3) {
    return M_PI / 6 * diameter_mm * diameter_mm * diameter_mm * cells_per_mm3;
}

double rlp_watch_measure(const rlp_watch_t *watch, const rlp_state_t *state, const rlp_process_t *p) {
    double measure = 0;
    for (size_t i = 0; i < p->n_types; i++) {
        if (!watch->of[i]) continue;
        measure += (double)state->cells[i];
        if (watch->with_dead) measure += rlp_state_dead(state, p, i, state->t_days);
    }
    return measure;
}

static double threshold(const rlp_watch_t *watch) {
    if (watch->rule == RLP_WATCH_LEVEL) return watch->level;
    if (watch->rule == RLP_WATCH_RELATIVE) return fmax(watch->factor * watch->nadir, fmax(watch->minimum, 1)); /* none is not a relapse */
    double nadir_mm = rlp_sphere_diameter_mm(watch->nadir, watch->cells_per_mm3);
    return rlp_sphere_cells(fmax(RECIST_FACTOR * nadir_mm, nadir_mm + RECIST_MORE_MM), watch->cells_per_mm3);
}

void rlp_watch_lower(rlp_watch_t *watch, double measure) {
    watch->nadir = measure;
    if (watch->rule != RLP_WATCH_LEVEL) watch->threshold = threshold(watch);
}

void rlp_watch_start(rlp_watch_t *watch, double measure) {
    watch->nadir = measure;
    watch->threshold = threshold(watch);
}
