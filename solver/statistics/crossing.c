/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where two curves cross. Both are flat between their rows, so only the rows of either can change which one is above. */
#include <math.h>

#include "relapse/statistics.h"

static const double EQUAL = 1.4901161193847656e-08; /* products of fractions that are equal on paper (kaplan_meier.c) */

static int which_is_above(const rlp_km_t *const curve[2], const size_t rows[2]) {
    double survival[2];
    for (int k = 0; k < 2; k++) survival[k] = rows[k] ? curve[k]->row[rows[k] - 1].survival : 1;
    return (survival[0] - survival[1] > EQUAL) - (survival[1] - survival[0] > EQUAL);
}

/* Beyond its last row a curve is not known, or 0: nothing goes below that. */
static double end_of(const rlp_km_t *curve) { return curve->rows ? curve->row[curve->rows - 1].time : -INFINITY; }

double rlp_km_crossing(const rlp_km_t *a, const rlp_km_t *b, double horizon) {
    const rlp_km_t *const curve[2] = {a, b};
    size_t rows[2] = {0, 0}; /* of each, at or before the time reached */
    double end = fmin(horizon, fmin(end_of(a), end_of(b))), crossing = NAN;
    int above = 0;
    for (;;) {
        double next = INFINITY;
        for (int k = 0; k < 2; k++)
            if (rows[k] < curve[k]->rows) next = fmin(next, curve[k]->row[rows[k]].time);
        if (!(next <= end) || isinf(next)) return crossing;
        for (int k = 0; k < 2; k++)
            while (rows[k] < curve[k]->rows && curve[k]->row[rows[k]].time <= next) rows[k]++;
        int now = which_is_above(curve, rows);
        if (now && above && now != above) crossing = next;
        if (now) above = now;
    }
}
