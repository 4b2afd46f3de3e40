/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Is a jump safe? An engine that does not see the path within a jump may take it only if no watched burden can matter there.
 *
 * Threshold. Let f_i(s) = 1 + v_i(s) with f_i(0) = z for watched types (1 else) satisfy f' >= the backward equation of E_i[z^N] and f >= f(0). Then
 * prod f_i(h - s)^N_i(s) is a supermartingale, and P(the watched count reaches M within h) <= prod f_i(h)^N_i / z^M (Chernoff, Doob); a jump is safe if that
 * is below 1e-12. v_i(h) comes from the linear equation v' = sum_c r_c V_c + (b - d - sw + sum_c r_c V_c + b V_i) v with a guess V of v(h): if v(h) <= V
 * for all types then v certifies itself. Rates are the worst of the segments that the jump passes; where v would fall (d > b) it is held at v(0).
 * Nadir. A watch with a threshold over its nadir must not miss a lower one: the mean path must not dip below the least of its ends and of the nadir known, by more
 * than half of engine.error, a few standard deviations included. */
#ifndef RELAPSE_ENGINE_SAFE_JUMP_H
#define RELAPSE_ENGINE_SAFE_JUMP_H

#include "mean_map.h"
#include "walk.h"

typedef struct {
    const rlp_process_t *process;
    double error;
    /* the worst rates within the jump, per type and channel */
    double *birth, *events, *net, *channel;
    double *v, *guess, *gain; /* per type: at the end, as guessed, and what transitions bring */
    double *mean;
    rlp_mean_map_t map;
} rlp_safe_jump_t;

int rlp_safe_jump_init(rlp_safe_jump_t *, const rlp_process_t *, double error) RLP_MUST_USE;
void rlp_safe_jump_free(rlp_safe_jump_t *); /* safe on zeros */
/* Without events until then. */
bool rlp_safe_jump(rlp_safe_jump_t *, const rlp_walk_t *, double end_days);

#endif
