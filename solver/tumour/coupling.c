/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The linear part of the signals: y' = L y + N(y, t). L holds each signal's return to rest and every row from a signal to a signal that is
 * linear whatever happens (law linear; its own size and the target's speed moved by no other row), so that a chain of signals, however
 * short their tau, is exact over a unit of any length; N holds the rest.
 *
 * Steps need exp(z), phi1(z), phi2(z), phi3(z) of z = h L and h L/2: by Taylor for a small z, then doubled (Skaflestad & Wright 2009):
 *   exp(2z) = exp(z)^2              phi1(2z) = (exp(z) + 1) phi1(z)/2
 *   phi2(2z) = (phi1(z)^2 + 2 phi2(z))/4      phi3(2z) = (phi1(z) phi2(z) + phi2(z) + 2 phi3(z))/8
 * All of them have the pattern of who is moved by whom, near or far; only these entries are kept, and products run along a list of them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "relapse/memory.h"

#define SMALL 0.0625 /* of z: eight terms of phi3 leave 1e-17 */
#define TERMS 8

/* ---- of the arm -------------------------------------------------------------------------------------------------------------------- */
bool tumour_arrow_coupled(const rlp_environment_t *e, size_t arrow) {
    const rlp_tumour_t *m = e->model;
    const tumour_arrow_t *a = &m->arrows[arrow];
    const tumour_row_t *row = &m->rows[a->row];
    if (a->source.kind != SOURCE_SIGNAL || a->target.kind != TARGET_SIGNAL || row->law != LAW_LINEAR) return false;
    if (row->multiplies || row->above_rest || row->origin != NO_PARAMETER) return false;
    for (size_t b = 0; b < m->n_arrows; b++) {
        tumour_target_t target = m->arrows[b].target;
        if (!e->arrow_on[b]) continue;
        if (target.kind == TARGET_ROW && target.index == a->row) return false;
        if (target.kind == TARGET_SPEED && target.index == a->target.index) return false;
    }
    return true;
}

typedef void (*link_t)(rlp_environment_t *, size_t to, size_t from, double share, size_t arrow);

/* Calls `link` for every pair of copies that a coupled arrow joins, with the share of the source's value that arrives. */
static void visit_links(rlp_environment_t *e, link_t link) {
    const rlp_tumour_t *m = e->model;
    for (size_t i = 0; i < e->n_for_signals; i++) {
        size_t a = e->for_signals[i], source = m->arrows[a].source.index, target = m->arrows[a].target.index, places = 0;
        if (!tumour_arrow_coupled(e, a)) continue;
        bool mean = m->signals[target].per_patient;
        for (size_t s = 0; s < e->n_sites; s++) places += set_has(e->mean_over[a], s);
        for (size_t s = 0; s < e->n_sites; s++) {
            size_t from = e->copy_of[source * e->n_sites + s], to = e->copy_of[target * e->n_sites + s];
            if (from == RLP_NONE || to == RLP_NONE || !set_has(m->rows[m->arrows[a].row].sites, s)) continue;
            if (mean && !set_has(e->mean_over[a], s)) continue;
            link(e, to, from, mean ? 1 / (double)places : 1, a);
        }
    }
}

static size_t entry(const rlp_environment_t *e, size_t to, size_t from) { return e->coupling.at[to * e->n_copies + from]; }

static void mark(rlp_environment_t *e, size_t to, size_t from, double share, size_t arrow) {
    (void)share;
    (void)arrow;
    e->coupling.at[to * e->n_copies + from] = 0;
}

/* Warshall: who is moved by whom over any number of links. */
static void close_pattern(rlp_environment_t *e) {
    size_t n = e->n_copies, *at = e->coupling.at;
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n && at[i * n + k] != RLP_NONE; j++)
                if (at[k * n + j] != RLP_NONE) at[i * n + j] = 0;
}

static int list_entries(rlp_environment_t *e) {
    tumour_coupling_t *c = &e->coupling;
    size_t n = e->n_copies, capacity = 0;
    int rc = RLP_NEW(c->entries, n * n);
    for (size_t i = 0; i < n && !rc; i++)
        for (size_t j = 0; j < n; j++)
            if (c->at[i * n + j] != RLP_NONE) {
                c->at[i * n + j] = c->n;
                c->entries[c->n++] = (tumour_entry_t){i, j};
            }
    for (size_t a = 0; a < c->n && !rc; a++)
        for (size_t j = 0; j < n && !rc; j++) {
            size_t b = entry(e, c->entries[a].from, j);
            if (b == RLP_NONE) continue;
            if ((rc = RLP_GROW(c->products, capacity, c->n_products + 1))) break;
            c->products[c->n_products++] = (tumour_product_t){entry(e, c->entries[a].to, j), a, b};
        }
    return rc;
}

int tumour_coupling_plan(rlp_environment_t *e) {
    tumour_coupling_t *c = &e->coupling;
    size_t n = e->n_copies;
    int rc = RLP_NEW(c->at, n * n);
    for (size_t i = 0; i < n * n && !rc; i++) c->at[i] = i % (n + 1) == 0 ? 0 : RLP_NONE;
    if (rc) return rc;
    visit_links(e, mark);
    close_pattern(e);
    rc = list_entries(e);
    double **const tables[] = {&c->generator, &c->whole[0], &c->whole[1], &c->whole[2], &c->whole[3],
                               &c->half[0],   &c->half[1],  &c->half[2],  &c->half[3],  &c->work};
    for (size_t i = 0; i < COUNT(tables) && !rc; i++) rc = RLP_NEW(*tables[i], c->n);
    return rc;
}

void tumour_coupling_free(tumour_coupling_t *c) {
    void *const blocks[] = {c->at,      c->entries, c->products, c->generator, c->whole[0], c->whole[1], c->whole[2],
                            c->whole[3], c->half[0], c->half[1],  c->half[2],   c->half[3],  c->work};
    for (size_t i = 0; i < COUNT(blocks); i++) free(blocks[i]);
}

/* ---- of the patient ---------------------------------------------------------------------------------------------------------------- */
static void couple(rlp_environment_t *e, size_t to, size_t from, double share, size_t arrow) {
    const tumour_numbers_t *of = &e->numbers[e->model->arrows[arrow].row];
    e->coupling.generator[entry(e, to, from)] += share * of->strength * of->scale / e->tau[to];
}

void tumour_coupling_begin(rlp_environment_t *e) {
    tumour_coupling_t *c = &e->coupling;
    memset(c->generator, 0, c->n * sizeof *c->generator);
    c->h = 0;
    for (size_t i = 0; i < e->n_copies; i++) c->generator[entry(e, i, i)] = -1 / e->tau[i];
    visit_links(e, couple);
    c->norm = 0;
    for (size_t i = 0; i < e->n_copies; i++) {
        double sum = 0;
        for (size_t j = 0; j < e->n_copies; j++) sum += entry(e, i, j) == RLP_NONE ? 0 : fabs(c->generator[entry(e, i, j)]);
        if (sum > c->norm) c->norm = sum;
    }
}

/* ---- of a step --------------------------------------------------------------------------------------------------------------------- */
static void multiply(const tumour_coupling_t *c, const double *a, const double *b, double *out) {
    memset(out, 0, c->n * sizeof *out);
    for (size_t i = 0; i < c->n_products; i++) out[c->products[i].into] += a[c->products[i].a] * b[c->products[i].b];
}

static void add_identity(const rlp_environment_t *e, double *a, double times) {
    for (size_t i = 0; i < e->n_copies; i++) a[entry(e, i, i)] += times;
}

/* phi[0..3] of z = h L for a small z: phi3 by Horner, and phi_k = z phi_{k+1} + 1/k!. */
static void phi_small(rlp_environment_t *e, double h, double *const phi[4]) {
    static const double FACTORIAL[] = {1, 1, 2};
    tumour_coupling_t *c = &e->coupling;
    double *sum = phi[3], *z = phi[0];
    for (size_t i = 0; i < c->n; i++) z[i] = h * c->generator[i], sum[i] = 0;
    for (int k = TERMS; k > 0; k--) { /* sum = (1 + z sum/(k + 3)) */
        multiply(c, z, sum, c->work);
        for (size_t i = 0; i < c->n; i++) sum[i] = c->work[i] / (k + 3);
        add_identity(e, sum, 1);
    }
    for (size_t i = 0; i < c->n; i++) sum[i] /= 6;
    for (size_t k = 3; k-- > 0;) {
        multiply(c, z, phi[k + 1], c->work);
        memcpy(phi[k], c->work, c->n * sizeof *c->work); /* k = 0 comes last, and writes over z */
        add_identity(e, phi[k], 1 / FACTORIAL[k]);
    }
}

static void phi_double(rlp_environment_t *e, double *const from[4], double *const to[4]) {
    tumour_coupling_t *c = &e->coupling;
    multiply(c, from[1], from[2], c->work);
    for (size_t i = 0; i < c->n; i++) to[3][i] = (c->work[i] + from[2][i] + 2 * from[3][i]) / 8;
    multiply(c, from[1], from[1], c->work);
    for (size_t i = 0; i < c->n; i++) to[2][i] = (c->work[i] + 2 * from[2][i]) / 4;
    multiply(c, from[0], from[1], c->work);
    for (size_t i = 0; i < c->n; i++) to[1][i] = (c->work[i] + from[1][i]) / 2;
    multiply(c, from[0], from[0], c->work);
    memcpy(to[0], c->work, c->n * sizeof *c->work);
}

/* The tables for steps of h; from h/2 by one doubling, if those are at hand. */
void tumour_coupling_step(rlp_environment_t *e, double h) {
    tumour_coupling_t *c = &e->coupling;
    if (c->h == h) return;
    if (c->h == h / 2) {
        for (size_t k = 0; k < 4; k++) memcpy(c->half[k], c->whole[k], c->n * sizeof *c->work);
    } else {
        int doublings = 0;
        double small = h / 2;
        for (; small * c->norm > SMALL; small /= 2) doublings++;
        phi_small(e, small, c->half);
        for (; doublings > 0; doublings--) phi_double(e, c->half, c->half);
    }
    phi_double(e, c->half, c->whole);
    c->h = h;
}

/* out += factor x table x y */
void tumour_coupling_add(const tumour_coupling_t *c, const double *table, double factor, const double *y, double *out) {
    for (size_t i = 0; i < c->n; i++) out[c->entries[i].to] += factor * table[i] * y[c->entries[i].from];
}
