/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Poisson weights (Fox & Glynn, Commun. ACM 31:440, 1988): ratios outwards from the mode, so that no exponential or factorial of a large number is taken,
 * then divided by their sum. Each side is cut where a geometric series bounds what is left. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "relapse/states.h"

/* Against the weight of the mode, which is at least 1/(1 + 3 sqrt(mean)): half the tail for each side. */
static size_t reach_up(double mean, size_t mode) {
    double weight = 1, least = 0.1 * RLP_POISSON_TAIL;
    size_t k = mode;
    for (;;) {
        double ratio = mean / (double)(k + 1);
        weight *= ratio;
        if (ratio < 1 && weight / (1 - ratio) < least) return k;
        k++;
    }
}

static size_t reach_down(double mean, size_t mode) {
    double weight = 1, least = 0.1 * RLP_POISSON_TAIL;
    for (size_t k = mode; k > 0; k--) {
        double ratio = (double)k / mean;
        weight *= ratio;
        if (ratio < 1 && weight / (1 - ratio) < least) return k;
    }
    return 0;
}

int rlp_poisson_init(rlp_poisson_t *poisson, double mean) {
    size_t mode = (size_t)mean, last;
    memset(poisson, 0, sizeof *poisson);
    poisson->first = mean > 0 ? reach_down(mean, mode) : 0;
    last = mean > 0 ? reach_up(mean, mode) : 0;
    poisson->n = last - poisson->first + 1;
    int rc = RLP_NEW(poisson->weight, poisson->n);
    if (rc) return rc;
    double *weight = poisson->weight, sum = 0;
    size_t at = mode - poisson->first;
    weight[at] = 1;
    for (size_t k = at; k-- > 0;) weight[k] = weight[k + 1] * (double)(poisson->first + k + 1) / mean;
    for (size_t k = at + 1; k < poisson->n; k++) weight[k] = weight[k - 1] * mean / (double)(poisson->first + k);
    for (size_t k = 0; k < at; k++) sum += weight[k]; /* small ones first */
    double upper = 0;
    for (size_t k = poisson->n; k-- > at;) upper += weight[k];
    sum += upper;
    for (size_t k = 0; k < poisson->n; k++) weight[k] /= sum;
    return RLP_OK;
}

void rlp_poisson_free(rlp_poisson_t *poisson) {
    free(poisson->weight);
    memset(poisson, 0, sizeof *poisson);
}
