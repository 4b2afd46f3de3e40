/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fewer nodes for the same averages over levels.
 *
 * All that a mean over a stretch of time needs of a level is how long it stays where: a measure on [a, b], its least and its greatest. Dozens
 * of nodes in time are replaced by the Gauss rule of that measure (orthogonal polynomials by Stieltjes' procedure, nodes and weights from
 * their Jacobi matrix: Golub & Welsch 1969; Gautschi 2004, section 2.2). A rule of m nodes is exact up to degree 2m - 1; for an f that is
 * analytic within the ellipse about [a, b] whose axes sum to rho (in half lengths of [a, b]) the error falls as rho^-2m (Trefethen 2008).
 *
 *   hill of power p has its branch at 0 and its poles at half x exp(+-i pi/p): whatever half is, they lie on two rays, and
 *   rho + 1/rho = 2 |a - b exp(2 i pi/p)|/(b - a)   where p > 2;   2 (a + b)/(b - a) else
 * m is the least with rho^-2m < 1e-8; where that is no gain (the first doses: a is 0), and where a law has kinks, nothing is replaced. */
#include <math.h>

#include "compile.h"

#define RULE_ERROR 1e-8
#define RULE_MOST 8

/* ---- may it be done? -------------------------------------------------------------------------------------------------------------- */
static bool smooth(const tumour_arrow_t *a, const tumour_row_t *row) {
    switch (row->law) {
    case LAW_LINEAR:
    case LAW_FACTOR: return true;
    case LAW_POWER:
    case LAW_HILL: return a->source.kind == SOURCE_LEVEL && row->origin == NO_PARAMETER;
    default: return false;
    }
}

bool tumour_rule_fits_rows(const rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    for (size_t a = 0; a < m->n_arrows; a++) {
        const tumour_arrow_t *arrow = &m->arrows[a];
        const tumour_row_t *row = &m->rows[arrow->row];
        bool reads = arrow->source.kind == SOURCE_LEVEL || arrow->source.kind == SOURCE_OCCUPANCY;
        if (e->arrow_on[a] && reads && !smooth(arrow, row)) return false;
        if (e->arrow_on[a] && arrow->target.kind == TARGET_LEVEL && !row->multiplies) return false; /* cut off at 0 */
    }
    return !e->expand;
}

double tumour_rule_power(const rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    double power = 1;
    for (size_t d = 0; d < m->n_drugs; d++)
        if (tumour_has_occupancy(&m->drugs[d])) power = fmax(power, e->values[m->drugs[d].power]);
    for (size_t r = 0; r < m->n_rows; r++)
        if (m->rows[r].law == LAW_HILL) power = fmax(power, e->numbers[r].power);
    return power;
}

static size_t nodes_needed(double a, double b, double power) {
    double angle = 2 * M_PI / power, across = power > 2 ? sqrt(a * a + b * b - 2 * a * b * cos(angle)) : a + b, w = across / (b - a);
    double log_rho = log(w + sqrt(w * w - 1));
    if (!(a > 0 && w > 1)) return RULE_MOST + 1;
    return (size_t)fmin(RULE_MOST + 1, fmax(1, ceil(-log(RULE_ERROR) / (2 * log_rho))));
}

/* ---- the rule --------------------------------------------------------------------------------------------------------------------- */
typedef struct {
    double diagonal[RULE_MOST], beside[RULE_MOST + 1]; /* beside[j]: between j - 1 and j; [0]: the measure's mass */
} jacobi_t;

/* Recurrence of the polynomials that are orthogonal for the weights at x (scaled to [-1, 1]); `now` and `before` hold two of them at the nodes. */
static void stieltjes(const double *x, const double *weight, size_t n, double centre, double scale, size_t m, double *now, double *before,
                      jacobi_t *out) {
    double norm = 0, first = 0, last = 1;
    for (size_t k = 0; k < n; k++) now[k] = 1, before[k] = 0;
    for (size_t j = 0; j < m; j++, last = norm) {
        norm = first = 0;
        for (size_t k = 0; k < n; k++) {
            double t = (x[k] - centre) * scale, square = weight[k] * now[k] * now[k];
            norm += square;
            first += square * t;
        }
        double diagonal = first / norm, beside = j ? norm / last : 0;
        out->diagonal[j] = diagonal;
        out->beside[j] = j ? sqrt(beside) : norm;
        for (size_t k = 0; k < n && j + 1 < m; k++) {
            double next = ((x[k] - centre) * scale - diagonal) * now[k] - beside * before[k];
            before[k] = now[k], now[k] = next;
        }
    }
}

/* Eigenvalues of the Jacobi matrix into its diagonal, first components of its eigenvectors into z: implicit QL (Wilkinson's shift). */
static void diagonalise(double *d, double *off, double *z, size_t m) {
    for (size_t i = 0; i < m; i++) z[i] = i == 0;
    for (size_t l = 0; l < m; l++) {
        for (int turn = 0; turn < 60; turn++) {
            size_t k = l;
            while (k + 1 < m && fabs(off[k]) > 1e-17 * (fabs(d[k]) + fabs(d[k + 1]) + 1)) k++;
            if (k == l) break;
            double g = (d[l + 1] - d[l]) / (2 * off[l]), r = hypot(g, 1), s = 1, c = 1, p = 0;
            g = d[k] - d[l] + off[l] / (g + copysign(r, g));
            for (size_t i = k; i-- > l;) {
                double f = s * off[i], b = c * off[i];
                r = hypot(f, g);
                if (i + 1 < m) off[i + 1] = r;
                if (r == 0) {
                    d[i + 1] -= p;
                    break;
                }
                s = f / r, c = g / r;
                g = d[i + 1] - p;
                r = (d[i] - g) * s + 2 * c * b;
                p = s * r;
                d[i + 1] = g + p;
                g = c * r - b;
                f = z[i + 1];
                z[i + 1] = s * z[i] + c * f;
                z[i] = c * z[i] - s * f;
            }
            d[l] -= p;
            off[l] = g;
            if (k < m) off[k] = 0;
        }
    }
}

/* Replaces n nodes at x by the rule; returns how many there are now. Means come out first, so that they may be written over. */
static size_t replace(double *x, double *weight, size_t n, double power, double *work) {
    double a = x[0], b = x[0], z[RULE_MOST];
    for (size_t k = 1; k < n; k++) a = x[k] < a ? x[k] : a, b = x[k] > b ? x[k] : b;
    size_t m = b > a ? nodes_needed(a, b, power) : 1;
    jacobi_t jacobi;
    if (m > RULE_MOST || 2 * m >= n) return n;
    double centre = 0.5 * (a + b), scale = b > a ? 2 / (b - a) : 1;
    stieltjes(x, weight, n, centre, scale, m, work, work + n, &jacobi);
    diagonalise(jacobi.diagonal, &jacobi.beside[1], z, m);
    for (size_t j = 0; j < m; j++) {
        x[j] = centre + jacobi.diagonal[j] / scale;
        weight[j] = jacobi.beside[0] * z[j] * z[j];
    }
    return m;
}

void tumour_rule_shorten(const rlp_environment_t *e, size_t drug, tumour_levels_t *set) {
    double *x = &set->level[drug * set->capacity], power = e->rule_power;
    size_t first = replace(x, set->weight, set->half, power, set->work), rest = set->n - set->half;
    size_t second = replace(x + set->half, set->weight + set->half, rest, power, set->work);
    for (size_t k = 0; k < second; k++) {
        x[first + k] = x[set->half + k];
        set->weight[first + k] = set->weight[set->half + k];
    }
    set->half = first;
    set->n = first + second;
}
