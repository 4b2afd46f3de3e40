/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Menus: what a cell of one type can do, as cumulative rates. Divisions (with and without mutation) stand apart from the rest, for crowding
 * scales divisions only. One more menu is for immigration. */
#ifndef RELAPSE_ENGINE_MENU_H
#define RELAPSE_ENGINE_MENU_H

#include "relapse/process.h"

typedef struct {
    double rate;         /* per cell and day */
    double up_to;        /* cumulative within the divisions or within the rest */
    size_t gains, loses; /* types, or RLP_NONE */
} rlp_action_t;

typedef struct {
    double birth, rest; /* sums, per cell and day */
    size_t first_rest;  /* actions [0, first_rest) are divisions */
    size_t n;
    rlp_action_t *actions;
    size_t n_own, *own; /* channels that leave this type, or bring immigrants */
} rlp_menu_t;

/* n_types + 1 menus, the last for immigration; empty until filled with the rates of a row. */
int rlp_menus_new(const rlp_process_t *, rlp_menu_t **menus) RLP_MUST_USE;
void rlp_menus_fill(rlp_menu_t *menus, const rlp_process_t *, size_t rates);
void rlp_menus_free(rlp_menu_t *menus, const rlp_process_t *); /* NULL is fine */

#endif
