/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Parts of the switching that commute: the factors of the graph of switches as a Cartesian product (Sabidussi 1960), as independent traits make it.
 *
 * From the graph alone: opposite switches are of one part; two switches i -> j, i -> k are of two only if a square closes, j -> l parallel to the second and k -> l
 * parallel to the first, and parallel switches are of one part. Whether the parts' generators commute, A B = B A, is then seen from a row of rates. */
#ifndef RELAPSE_ENGINE_SWITCH_PARTS_H
#define RELAPSE_ENGINE_SWITCH_PARTS_H

#include "relapse/process.h"

typedef struct {
    const rlp_process_t *process;
    size_t n_parts;
    size_t *part_of;     /* [n_channels] RLP_NONE for what is no switch */
    size_t *out, *first; /* switches by their source: out[first[i]] .. out[first[i + 1] - 1] */
    double *sum, *scale; /* work */
} rlp_switch_parts_t;

int rlp_switch_parts_init(rlp_switch_parts_t *, const rlp_process_t *) RLP_MUST_USE;
void rlp_switch_parts_free(rlp_switch_parts_t *); /* safe on zeros, and twice */
/* More than one part, and every two commute under a row of rates. */
bool rlp_switch_parts_commute(rlp_switch_parts_t *, size_t rates);

#endif
