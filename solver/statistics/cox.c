/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Cox's proportional hazards for one binary covariate (1 in the arm, 0 in the reference), ties by Efron (1977), sandwich over patients by
 * Lin & Wei (1989).
 *
 * At an event time with n_k at risk and d_k events in arm k, d = d_0 + d_1, the l-th of the d tied events (l = 0 .. d-1) sees
 *     D_l = (n_0 - l d_0 / d) + e^beta (n_1 - l d_1 / d),   x_l = e^beta (n_1 - l d_1 / d) / D_l,
 *     score U = sum (d_1 - sum_l x_l),   information I = sum sum_l x_l (1 - x_l). */
#include <math.h>
#include <stdlib.h>

#include "observations.h"
#include "relapse/memory.h"

typedef struct {
    double at_risk[2], events[2];
} risk_set_t;

typedef struct {
    size_t n; /* event times */
    risk_set_t *set;
} risk_sets_t;

typedef struct {
    double score, information;
} slope_t;

/* Denominator and mean covariate that the l-th tied event sees. */
static inline double efron(const risk_set_t *set, double d, double l, double risk, double *x) {
    double treated = risk * (set->at_risk[1] - l / d * set->events[1]);
    double all = set->at_risk[0] - l / d * set->events[0] + treated;
    *x = treated / all;
    return all;
}

static slope_t slope_at(const risk_sets_t *sets, double beta) {
    slope_t slope = {0, 0};
    double risk = exp(beta), x;
    for (size_t k = 0; k < sets->n; k++) {
        const risk_set_t *set = &sets->set[k];
        double d = set->events[0] + set->events[1];
        slope.score += set->events[1];
        for (double l = 0; l < d; l++) {
            efron(set, d, l, risk, &x);
            slope.score -= x;
            slope.information += x * (1 - x);
        }
    }
    return slope;
}

/* The likelihood is concave, so U falls with beta and |U| has no minimum but the root: Newton, halving steps that do not lower |U|.
 * (Halving by the likelihood itself would stall in its rounding near the top.) Called only if U changes its sign. */
static slope_t maximise(const risk_sets_t *sets, double *beta) {
    *beta = 0;
    slope_t here = slope_at(sets, 0);
    for (int iteration = 0; iteration < 100 && here.score != 0; iteration++) {
        double step = here.score / here.information;
        slope_t there = slope_at(sets, *beta + step);
        for (int halving = 0; halving < 40 && !(fabs(there.score) < fabs(here.score)); halving++) {
            if (fabs(step) <= 1e-13 * (1 + fabs(*beta))) return here; /* as near as rounding lets us see */
            step /= 2;
            there = slope_at(sets, *beta + step);
        }
        *beta += step;
        here = there;
        if (fabs(step) <= 1e-13 * (1 + fabs(*beta))) break;
    }
    return here;
}

/* U runs from `up` events of the arm that had a rival (beta -> -Inf) to minus `down` events of the reference that had one (beta -> Inf). */
static double infinite_coefficient(const risk_sets_t *sets) {
    bool up = false, down = false;
    for (size_t k = 0; k < sets->n; k++) {
        up |= sets->set[k].events[1] > 0 && sets->set[k].at_risk[0] > 0;
        down |= sets->set[k].events[0] > 0 && sets->set[k].at_risk[1] > 0;
    }
    if (up && down) return 0;
    return up ? INFINITY : down ? -INFINITY : NAN;
}

static int make_risk_sets(risk_sets_t *sets, const observation_t *list, size_t n, const size_t size[2]) {
    int rc = RLP_NEW(sets->set, n);
    double at_risk[2] = {(double)size[0], (double)size[1]};
    tie_t tie;
    for (size_t begin = 0; begin < n && rc == RLP_OK; begin = tie.end) {
        tie = rlp_observations_tie(list, n, begin);
        if (tie.events[0] + tie.events[1] > 0)
            sets->set[sets->n++] = (risk_set_t){{at_risk[0], at_risk[1]}, {(double)tie.events[0], (double)tie.events[1]}};
        for (int k = 0; k < 2; k++) at_risk[k] -= (double)(tie.events[k] + tie.censored[k]);
    }
    return rc;
}

/* Score residual of each item: what it adds to U, less what its risk made others expect (Therneau, Grambsch & Fleming 1990). With the
 * hazard steps h_l = 1 / D_l: an item with covariate z and risk r has  [event] mean_l (z - x_l)  -  r sum over steps while at risk of h_l
 * (z - x_l), where at its own event step l counts with weight 1 - l/d. */
static void score_residuals(const risk_sets_t *sets, const observation_t *list, size_t n, double beta, double *const residual[2]) {
    const double risk[2] = {1, exp(beta)};
    double hazard = 0, moment = 0; /* sums of h_l and of h_l x_l over all event times so far */
    size_t k = 0;
    tie_t tie;
    for (size_t begin = 0; begin < n; begin = tie.end) {
        tie = rlp_observations_tie(list, n, begin);
        double own_hazard = hazard, own_moment = moment, mean = 0, x;
        if (tie.events[0] + tie.events[1] > 0) {
            const risk_set_t *set = &sets->set[k++];
            double d = set->events[0] + set->events[1];
            for (double l = 0; l < d; l++) {
                double h = 1 / efron(set, d, l, risk[1], &x);
                mean += x / d;
                hazard += h;
                moment += h * x;
                own_hazard += h * (1 - l / d);
                own_moment += h * x * (1 - l / d);
            }
        }
        for (size_t i = begin; i < tie.end; i++) {
            double z = list[i].arm, r = risk[list[i].arm];
            residual[list[i].arm][list[i].index] =
                list[i].cause ? z - mean - r * (z * own_hazard - own_moment) : -r * (z * hazard - moment);
        }
    }
}

static int sandwich(const rlp_survival_t *const arms[2], const double *const residual[2], double information, double *std_err) {
    scored_t *list = NULL;
    int rc = rlp_scores_new(&list, arms, residual);
    if (rc != RLP_OK) return rc;
    size_t n = arms[0]->n + arms[1]->n;
    double squares = 0, sum[2];
    uint64_t rows[2];
    for (size_t i = 0; i < n;) {
        i = rlp_scores_patient(list, n, i, sum, rows);
        squares += (sum[0] + sum[1]) * (sum[0] + sum[1]);
    }
    free(list);
    *std_err = sqrt(squares) / information;
    return RLP_OK;
}

int rlp_cox_fit(const rlp_survival_t *reference, const rlp_survival_t *arm, rlp_cox_t *fit) {
    *fit = (rlp_cox_t){NAN, NAN, NAN, NAN, NAN, NAN};
    const rlp_survival_t *arms[2] = {reference, arm};
    observation_t *list = NULL;
    risk_sets_t sets = {0};
    double *residual[2] = {NULL, NULL};
    size_t n;
    int rc = rlp_observations_new(&list, &n, arms, 2);
    if (rc == RLP_OK) rc = make_risk_sets(&sets, list, n, (size_t[2]){reference->n, arm->n});
    if (rc == RLP_OK) rc = RLP_NEW(residual[0], reference->n);
    if (rc == RLP_OK) rc = RLP_NEW(residual[1], arm->n);
    if (rc != RLP_OK) goto out;

    fit->coefficient = infinite_coefficient(&sets);
    if (fit->coefficient == 0) {
        double information = maximise(&sets, &fit->coefficient).information;
        fit->naive_std_err = 1 / sqrt(information);
        score_residuals(&sets, list, n, fit->coefficient, residual);
        rc = sandwich(arms, (const double *const[2]){residual[0], residual[1]}, information, &fit->robust_std_err);
    }
    fit->hazard_ratio = exp(fit->coefficient);
    fit->lower95 = exp(fit->coefficient - Z_95 * fit->robust_std_err);
    fit->upper95 = exp(fit->coefficient + Z_95 * fit->robust_std_err);
out:
    free(list);
    free(sets.set);
    free(residual[0]);
    free(residual[1]);
    return rc;
}
