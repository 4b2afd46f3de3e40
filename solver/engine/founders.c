/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "founders.h"

#include <math.h>

#include "kendall_law.h"

#define FOUNDERS_ONE_BY_ONE 4 /* more are grown in two batches, at the nodes of Gauss's rule, */
#define FOUNDERS_GROWTH 0.5   /* ... in each interval in which density and growth change by a factor e^0.5 at most, */
#define FOUNDERS_MANY 64      /* ... and more than these in one, with the mean and the variance of the two: what else tells them apart falls with the root of their number */

/* The law of Kendall's kind with the mean and variance of a cell that has one law with chance `share`, else the other: a mean E = alive/(1 - ratio), and E (1 + 2 J)
 * that of squares, J = ratio/(1 - ratio). */
static rlp_kendall_t mix(double share, const rlp_kendall_t *a, const rlp_kendall_t *b) {
    double of_a = share * a->alive / a->one_minus_ratio, of_b = (1 - share) * b->alive / b->one_minus_ratio, mean = of_a + of_b;
    if (!(mean > 0)) return *a;
    double living = of_a / mean * (a->ratio / a->one_minus_ratio) + of_b / mean * (b->ratio / b->one_minus_ratio), rest = 1 / (1 + living);
    return (rlp_kendall_t){.alive = fmin(1, mean * rest), .ratio = living * rest, .one_minus_ratio = rest};
}

/* Descendants of `founders` whose times have density ~ e^(l s) on an interval of h days that ends `rest` days before the step does. */
static int64_t grow_interval(const rlp_looks_t *looks, rlp_stream_t *stream, int64_t founders, double l, size_t to, double h, double rest) {
    double birth = looks->pure[to] * looks->crowding, death = rlp_process_death(looks->process, looks->rates)[to];
    int64_t grown = 0;
    if (founders <= FOUNDERS_ONE_BY_ONE) {
        double grows = expm1(l * h);
        for (int64_t k = 0; k < founders; k++) {
            double u = rlp_stream_uniform(stream), at = fabs(l * h) < 1e-9 ? u * h : log1p(u * grows) / l;
            rlp_kendall_t law = rlp_kendall_law(birth, death, fmax(0, h - at) + rest);
            grown = rlp_count_sum(grown, rlp_kendall_draw(stream, &law, 1));
        }
        return grown;
    }
    double node = h / 2 * (1 - 1 / sqrt(3.0)), early = 1 / (1 + exp(l * (h - 2 * node)));
    rlp_kendall_t law = rlp_kendall_law(birth, death, h - node + rest), late = rlp_kendall_law(birth, death, node + rest);
    if (founders > FOUNDERS_MANY) {
        law = mix(early, &law, &late);
        return rlp_kendall_draw(stream, &law, founders);
    }
    int64_t first = rlp_variate_binomial(stream, founders, early);
    grown = rlp_kendall_draw(stream, &law, first);
    return rlp_count_sum(grown, rlp_kendall_draw(stream, &late, founders - first));
}

/* Descendants at the end of the step of `founders` whose times have density ~ e^(l s) on (0, h). A long step is cut, or the two nodes of Gauss's rule
 * would lose what the earliest become: -15 % where targets outgrow their source by e^6.4. */
int64_t rlp_founders_grow(const rlp_looks_t *looks, rlp_stream_t *stream, int64_t founders, double l, size_t to) {
    double h = looks->h, n = fmin(ceil((fabs(l) + fabs(l - looks->l[to])) * h / FOUNDERS_GROWTH), 1000), width = h / n;
    if (!(n > 1) || founders <= FOUNDERS_ONE_BY_ONE) return grow_interval(looks, stream, founders, l, to, h, 0);
    int64_t grown = 0;
    for (double left = n; left >= 1 && founders; left--) {
        double share = l * h == 0 ? 1 / left : expm1(l * width) / expm1(l * width * left);
        int64_t here = left > 1 ? rlp_variate_binomial(stream, founders, fmin(1, share)) : founders;
        grown = rlp_count_sum(grown, grow_interval(looks, stream, here, l, to, width, (left - 1) * width));
        founders -= here;
    }
    return grown;
}
