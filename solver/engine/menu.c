/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "menu.h"

#include <math.h>
#include <stdlib.h>

#include "relapse/memory.h"

static void add_action(rlp_menu_t *menu, double rate, size_t gains, size_t loses) {
    double before = menu->n == menu->first_rest ? 0 : menu->actions[menu->n - 1].up_to;
    if (rate > 0) menu->actions[menu->n++] = (rlp_action_t){.rate = rate, .up_to = before + rate, .gains = gains, .loses = loses};
}

static void fill_menu(rlp_menu_t *menu, const rlp_process_t *p, size_t rates, size_t type) {
    const double *channel = rlp_process_channel(p, rates);
    double birth = rlp_process_birth(p, rates)[type], mutated = 0;
    menu->n = menu->first_rest = 0;
    for (size_t k = 0; k < menu->n_own; k++) {
        const rlp_channel_t *c = &p->channels[menu->own[k]];
        if (c->kind != RLP_CHANNEL_DIVISION) continue;
        add_action(menu, birth * channel[menu->own[k]], c->to, RLP_NONE);
        mutated += channel[menu->own[k]];
    }
    add_action(menu, birth * fmax(0, 1 - mutated), type, RLP_NONE);
    menu->birth = menu->n ? menu->actions[menu->n - 1].up_to : 0;
    menu->first_rest = menu->n;
    add_action(menu, rlp_process_death(p, rates)[type], RLP_NONE, type);
    for (size_t k = 0; k < menu->n_own; k++) {
        const rlp_channel_t *c = &p->channels[menu->own[k]];
        if (c->kind != RLP_CHANNEL_DIVISION) add_action(menu, channel[menu->own[k]], c->to, c->kind == RLP_CHANNEL_SWITCH ? type : RLP_NONE);
    }
    menu->rest = menu->n > menu->first_rest ? menu->actions[menu->n - 1].up_to : 0;
}

static void fill_immigration(rlp_menu_t *menu, const rlp_process_t *p, size_t rates) {
    const double *channel = rlp_process_channel(p, rates);
    menu->n = menu->first_rest = 0;
    menu->birth = 0;
    for (size_t k = 0; k < menu->n_own; k++) add_action(menu, channel[menu->own[k]], p->channels[menu->own[k]].to, RLP_NONE);
    menu->rest = menu->n ? menu->actions[menu->n - 1].up_to : 0;
}

void rlp_menus_fill(rlp_menu_t *menus, const rlp_process_t *p, size_t rates) {
    for (size_t i = 0; i < p->n_types; i++) fill_menu(&menus[i], p, rates, i);
    fill_immigration(&menus[p->n_types], p, rates);
}

static int init_menu(rlp_menu_t *menu, const rlp_process_t *p, size_t type) {
    size_t n = 0;
    for (size_t c = 0; c < p->n_channels; c++) n += p->channels[c].from == type;
    int rc = RLP_NEW(menu->own, n);
    if (!rc) rc = RLP_NEW(menu->actions, n + 2); /* and a plain division, and a death */
    if (rc) return rc;
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].from == type) menu->own[menu->n_own++] = c;
    return RLP_OK;
}

int rlp_menus_new(const rlp_process_t *p, rlp_menu_t **menus) {
    int rc = RLP_NEW(*menus, p->n_types + 1);
    for (size_t i = 0; i <= p->n_types && !rc; i++) rc = init_menu(&(*menus)[i], p, i < p->n_types ? i : RLP_NONE);
    if (rc && *menus) {
        rlp_menus_free(*menus, p);
        *menus = NULL;
    }
    return rc;
}

void rlp_menus_free(rlp_menu_t *menus, const rlp_process_t *p) {
    for (size_t i = 0; menus && i <= p->n_types; i++) {
        free(menus[i].actions);
        free(menus[i].own);
    }
    free(menus);
}
