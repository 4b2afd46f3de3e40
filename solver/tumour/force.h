/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is in force where: inside the room, for what `relapse check` shows (sheet.c, graph.c). */
#ifndef RELAPSE_TUMOUR_FORCE_H
#define RELAPSE_TUMOUR_FORCE_H

#include "model.h"

typedef struct {
    const size_t *arms; /* borrowed */
    size_t n_arms, n_rows;
    rlp_text_t *why; /* [arm][row]: empty: in force */
} tumour_force_t;

int tumour_force_find(const rlp_tumour_t *, const double *values, const size_t *arms, size_t n_arms, tumour_force_t *) RLP_MUST_USE;
void tumour_force_free(tumour_force_t *);
bool tumour_row_in_force(const tumour_force_t *, size_t k, size_t row); /* k: place in `arms` */
bool tumour_row_in_force_anywhere(const tumour_force_t *, size_t row);
const char *tumour_row_why(const tumour_force_t *, size_t k, size_t row); /* "" where it is in force */

#endif
