/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Survival events. Each cell lives on its own, so the map from n to m <= n is a product over types: it is done one type after the other along lines (states
 * that differ in that type alone), each a triangular product with binomial probabilities. A matrix of the whole map would be all but full. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "relapse/states.h"

#define LEAST 1e-25 /* against the greatest probability of a row: what is left out is far below RLP_POISSON_TAIL */

/* Binomial(n, survive) for n = 0 ... last, each over the window that matters. */
typedef struct {
    size_t last;
    size_t *low, *offset; /* of row n: low[n], and weights offset[n] ... offset[n + 1] - 1 */
    double *weight;
    size_t capacity;
} table_t;

static void free_table(table_t *t) {
    free(t->low);
    free(t->offset);
    free(t->weight);
}

/* One row outwards from its mode by ratios, divided by its sum. */
static int fill_row(table_t *t, size_t n, double survive) {
    double odds = survive / (1 - survive), sum = 0;
    size_t mode = (size_t)(((double)n + 1) * survive), begin = t->offset[n];
    if (mode > n) mode = n;
    double below = 1;
    size_t low = mode;
    while (low > 0) {
        below *= (double)low / ((double)(n - low + 1) * odds);
        if (below < LEAST) break;
        low--;
    }
    int rc = RLP_GROW(t->weight, t->capacity, begin + n - low + 1);
    if (rc) return rc;
    double *row = t->weight + begin;
    size_t at = mode - low, high = mode;
    row[at] = 1;
    for (size_t k = at; k-- > 0;) row[k] = row[k + 1] * (double)(low + k + 1) / ((double)(n - low - k) * odds);
    for (; high < n; high++) {
        double next = row[high - low] * (double)(n - high) / (double)(high + 1) * odds;
        if (next < LEAST) break;
        row[high + 1 - low] = next;
    }
    for (size_t k = 0; k <= high - low; k++) sum += row[k];
    for (size_t k = 0; k <= high - low; k++) row[k] /= sum;
    t->low[n] = low;
    t->offset[n + 1] = begin + high - low + 1;
    return RLP_OK;
}

static int make_table(table_t *t, size_t last, double survive) {
    memset(t, 0, sizeof *t);
    t->last = last;
    int rc = RLP_NEW(t->low, last + 1);
    if (!rc) rc = RLP_NEW(t->offset, last + 2);
    for (size_t n = 0; n <= last && !rc; n++) rc = fill_row(t, n, survive);
    if (rc) free_table(t);
    return rc;
}

double rlp_thinning_bytes(const rlp_shape_t *shape) {
    double most = 0;
    for (size_t i = 0; i < shape->n_types; i++) {
        double last = (double)rlp_shape_greatest(shape, i), width = fmin(last / 2 + 1, 20 + 11 * sqrt(last));
        most = fmax(most, (last + 1) * (2 * sizeof(double) * width + 2 * sizeof(size_t))); /* twice: the array grows by doubling */
    }
    return most;
}

/* Probability: what survives of n is r; backward: expectation from n of a function of r. */
static void thin_line(const table_t *t, bool backward, const double *before, size_t width, double *after) {
    if (!backward) memset(after, 0, width * sizeof *after);
    for (size_t n = 0; n < width; n++) {
        const double *row = t->weight + t->offset[n];
        size_t count = t->offset[n + 1] - t->offset[n], low = t->low[n];
        double sum = 0;
        if (backward) {
            for (size_t k = 0; k < count; k++) sum += row[k] * before[low + k];
            after[n] = sum;
        } else if (before[n] > 0) {
            for (size_t k = 0; k < count; k++) after[low + k] += row[k] * before[n];
        }
    }
}

static int thin_type(const rlp_states_t *states, size_t type, double survive, bool backward, double *vector) {
    size_t last = (size_t)rlp_shape_greatest(&states->shape, type), *number = NULL;
    double *before = NULL, *after = NULL;
    table_t table;
    rlp_cursor_t at;
    int rc = make_table(&table, last, survive);
    if (rc) return rc;
    rc = RLP_NEW(number, last + 1);
    if (!rc) rc = RLP_NEW(before, last + 1);
    if (!rc) rc = RLP_NEW(after, last + 1);
    if (rc) goto out;
    rlp_cursor_start(states, &at);
    do {
        if (at.cells[type]) continue; /* every state lies on the line of one that has none of this type */
        int64_t cells[RLP_STATES_TYPES_MAX];
        size_t width = 0, index = at.index;
        memcpy(cells, at.cells, sizeof cells);
        for (; index != RLP_NONE; index = rlp_states_index(states, cells)) {
            number[width] = index;
            before[width++] = vector[index];
            cells[type]++;
        }
        thin_line(&table, backward, before, width, after);
        for (size_t k = 0; k < width; k++) vector[number[k]] = after[k];
    } while (rlp_cursor_next(states, &at));
out:
    free(number);
    free(before);
    free(after);
    free_table(&table);
    return rc;
}

int rlp_states_thin(const rlp_states_t *states, const double *survive, bool backward, double *vector) {
    int rc = RLP_OK;
    for (size_t i = 0; i < states->shape.n_types && !rc; i++)
        if (survive[i] < 1) rc = thin_type(states, i, survive[i], backward, vector);
    return rc;
}
