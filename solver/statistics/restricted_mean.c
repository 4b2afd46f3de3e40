/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Restricted means of arms that share patients, by influence functions.
 *
 * Give patient i the weight w_i: log S changes at t_k by  d log(1 - d_k/n_k) / d w_i = -(dN_ik - Y_ik d_k/n_k) / (n_k - d_k),  and the
 * restricted mean by that times A_k, the integral of S from t_k to the horizon. So, with K the row at which i leaves,
 *     phi_i = sum_{k <= K} A_k d_k / (n_k (n_k - d_k))  -  [event] A_K / (n_K - d_K).
 * A row that leaves nobody (d = n) has A = 0 and contributes nothing. The squares of phi sum to Greenwood's variance. */
#include <math.h>
#include <stdlib.h>

#include "observations.h"
#include "relapse/memory.h"

/* area[k] = A_k for the rows of the curve; 0 beyond the horizon. */
static void areas_to_the_right(const rlp_km_t *km, double horizon, double *area) {
    double sum = 0, until = horizon;
    for (size_t k = km->rows; k-- > 0;) {
        area[k] = 0;
        if (km->row[k].time > horizon) continue;
        area[k] = sum += km->row[k].survival * (until - km->row[k].time);
        until = km->row[k].time;
    }
}

void rlp_curve_influences(const rlp_km_t *km, const double *area, const observation_t *list, size_t n, double *influence) {
    double drift = 0;
    size_t k = 0;
    tie_t tie;
    for (size_t begin = 0; begin < n; begin = tie.end, k++) {
        tie = rlp_observations_tie(list, n, begin);
        double at_risk = (double)km->row[k].at_risk, left = (double)(km->row[k].at_risk - km->row[k].events);
        double jump = left > 0 ? area[k] / left : 0;
        drift += jump * (double)km->row[k].events / at_risk;
        for (size_t i = begin; i < tie.end; i++) influence[list[i].index] = drift - (list[i].cause ? jump : 0);
    }
}

int rlp_rmst_influence(const rlp_survival_t *arm, double horizon, rlp_estimate_t *rmst, double *influence) {
    rlp_km_t km = {0};
    observation_t *list = NULL;
    double *area = NULL;
    size_t n;
    int rc = rlp_km_init(&km, arm);
    if (rc == RLP_OK) rc = rlp_observations_new(&list, &n, &arm, 1);
    if (rc == RLP_OK) rc = RLP_NEW(area, km.rows);
    if (rc != RLP_OK) goto out;
    *rmst = rlp_km_rmst(&km, horizon);
    areas_to_the_right(&km, horizon, area);
    rlp_curve_influences(&km, area, list, n, influence);
out:
    rlp_km_free(&km);
    free(list);
    free(area);
    return rc;
}

static void contrast(const scored_t *list, size_t n, rlp_rmst_comparison_t *comparison) {
    double squares = 0, product = 0, square[2] = {0, 0}, sum[2];
    uint64_t rows[2], patients = 0;
    for (size_t i = 0; i < n; patients++) {
        i = rlp_scores_patient(list, n, i, sum, rows);
        squares += (sum[1] - sum[0]) * (sum[1] - sum[0]);
        if (rows[0] == 0 || rows[1] == 0) continue;
        comparison->pairs++;
        product += sum[0] * sum[1];
        for (int k = 0; k < 2; k++) square[k] += sum[k] * sum[k];
    }
    bool enough = patients >= 2 && comparison->reference.std_err >= 0 && comparison->arm.std_err >= 0; /* false for an empty arm too */
    comparison->std_err = enough ? sqrt(squares) : NAN;
    comparison->independent_std_err = !enough ? NAN : hypot(comparison->reference.std_err, comparison->arm.std_err);
    comparison->correlation = square[0] > 0 && square[1] > 0 ? product / sqrt(square[0] * square[1]) : NAN;
}

int rlp_rmst_compare(const rlp_survival_t *reference, const rlp_survival_t *arm, double horizon, rlp_rmst_comparison_t *comparison) {
    *comparison = (rlp_rmst_comparison_t){0};
    const rlp_survival_t *arms[2] = {reference, arm};
    double *influence[2] = {NULL, NULL};
    scored_t *list = NULL;
    int rc = RLP_NEW(influence[0], reference->n);
    if (rc == RLP_OK) rc = RLP_NEW(influence[1], arm->n);
    if (rc == RLP_OK) rc = rlp_rmst_influence(reference, horizon, &comparison->reference, influence[0]);
    if (rc == RLP_OK) rc = rlp_rmst_influence(arm, horizon, &comparison->arm, influence[1]);
    if (rc == RLP_OK) rc = rlp_scores_new(&list, arms, (const double *const[2]){influence[0], influence[1]});
    if (rc != RLP_OK) goto out;
    contrast(list, reference->n + arm->n, comparison);
    comparison->difference = comparison->arm.value - comparison->reference.value;
    comparison->lower95 = comparison->difference - Z_95 * comparison->std_err;
    comparison->upper95 = comparison->difference + Z_95 * comparison->std_err;
out:
    free(influence[0]);
    free(influence[1]);
    free(list);
    return rc;
}
