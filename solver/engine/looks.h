/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Looks: what engines that jump owe to their watches. A jump of h may be taken whole only where no watch can fire inside it in practice; else the
 * stretch goes to `direct` while a life can afford it, or the jumps shorten until the instant is known within engine.error.
 *
 *   growth of a type   l = b - d without mutations at division, E = e^(l h), I = (E - 1)/l, at a row of rates, an h and a crowding
 *   near               the burden, bounded by its mean, standard deviations and a few cells, could reach the threshold within h, or fall below the nadir */
#ifndef RELAPSE_ENGINE_LOOKS_H
#define RELAPSE_ENGINE_LOOKS_H

#include "walk.h"

typedef struct {
    const rlp_process_t *process;
    double error;
    double *pure, *l, *e, *integral; /* per type: births without mutation, then l, E, I */
    size_t rates;
    double h, crowding; /* what they stand for */
    double swing, dip;  /* by how much the logarithm of growth passes both ends of the step, above and below, where rates change within */
    double owed_days;   /* of switching that the counts do not show yet */
} rlp_looks_t;

int rlp_looks_init(rlp_looks_t *, const rlp_process_t *, double error) RLP_MUST_USE;
void rlp_looks_free(rlp_looks_t *); /* safe on zeros, and twice */
/* Growth over h; false: it was ready. */
bool rlp_looks_prepare(rlp_looks_t *, size_t rates, double h, double crowding);

/* Could any watch of the walk fire, or learn a nadir that engine.error would miss, within the prepared h? */
bool rlp_looks_near(const rlp_looks_t *, const rlp_walk_t *);
/* Could `direct` carry the prepared h within what a life may spend on it? */
bool rlp_looks_afford(const rlp_looks_t *, const rlp_state_t *);
/* The longest jump near a threshold that keeps its instant within the relative error. */
double rlp_look_days(double error, double t_days);
/* Events expected within h days under a row of rates if type i has growth[i] times its cells (NULL: those it has). */
double rlp_look_events(const rlp_process_t *, size_t rates, const int64_t *cells, const double *growth, double h);

/* Around a jump: the measures of all watches before it, then fire those that it carried over their thresholds; nadirs are kept. */
void rlp_look_before(const rlp_walk_t *, double measures[RLP_WATCHES_MAX]);
void rlp_look_after(rlp_walk_t *, double start_days, double h, const double measures[RLP_WATCHES_MAX]);

#endif
