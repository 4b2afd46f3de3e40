/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Looks: how engines that do not see every event watch a burden. They step, look, and place the crossing within the step as if the measure grew exponentially. */
#ifndef RELAPSE_ENGINE_LOOKS_H
#define RELAPSE_ENGINE_LOOKS_H

#include "walk.h"

/* The longest step that knows an instant within the relative error. */
double rlp_look_days(double error, double t_days);
/* What the watches measure now. */
void rlp_look_before(const rlp_walk_t *, double measures[RLP_WATCHES_MAX]);
/* After a step of h from t0: nadirs are kept, watches that have crossed their threshold fire. */
void rlp_look_after(rlp_walk_t *, double t0_days, double h, const double before[RLP_WATCHES_MAX]);
/* Events expected within h days under a row of rates if type i has growth[i] times its cells (NULL: those it has). */
double rlp_look_events(const rlp_process_t *, size_t rates, const int64_t *cells, const double *growth, double h);

#endif
