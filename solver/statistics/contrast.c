/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Contrasts of many arms on shared patients: sums of c_k times a functional of arm k's curve. The influence of a patient on the sum is the sum of his influences, and
 * its squares over the patients sum to the variance (restricted_mean.c); so an arm's influences are found once, by patient, and serve every contrast it is in. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "observations.h"
#include "relapse/memory.h"

static const uint64_t BLISS_AT_RISK = 50; /* untreated; with fewer, or a lower curve, the quotient is noise */
static const double BLISS_SURVIVAL = 0.1;

rlp_contrast_t rlp_contrast_judge(double value, const double *scores, size_t patients) {
    double squares = 0;
    for (size_t i = 0; i < patients; i++) squares += scores[i] * scores[i];
    double error = patients >= 2 && isfinite(value) ? sqrt(squares) : NAN;
    return (rlp_contrast_t){.value = value, .std_err = error, .lower95 = value - Z_95 * error, .upper95 = value + Z_95 * error};
}

static int by_patient(const rlp_survival_t *arm, const double *influence, double coefficient, size_t patients, double *scores) {
    for (size_t i = 0; i < arm->n; i++) {
        uint64_t patient = arm->patient ? arm->patient[i] : i + 1;
        if (!patient || patient > patients) return rlp_fail(RLP_ERROR_INPUT, "patient %llu of %zu", (unsigned long long)patient, patients);
        scores[patient - 1] += coefficient * influence[i];
    }
    return RLP_OK;
}

int rlp_rmst_scores(const rlp_survival_t *arm, double horizon, size_t patients, double *rmst, double *scores) {
    double *influence;
    rlp_estimate_t estimate;
    int rc = RLP_NEW(influence, arm->n);
    if (!rc) rc = rlp_rmst_influence(arm, horizon, &estimate, influence);
    if (!rc) memset(scores, 0, patients * sizeof *scores);
    if (!rc) rc = by_patient(arm, influence, 1, patients, scores);
    if (!rc) *rmst = estimate.value;
    free(influence);
    return rc;
}

/* ---- Bliss on the curves --------------------------------------------------------------------------------------------------------------- */
enum { NONE, A, B, BOTH, ARMS };
typedef struct {
    rlp_km_t km[ARMS];
    double *area[ARMS]; /* [row] integral from the row to the end of d(excess)/d(log S) of the arm */
    double *t_days;     /* all steps up to the end, and the end */
    size_t n;
    double end_days;
} bliss_t;

/* The last time at which enough untreated are at risk, on a curve that is high enough up to it. */
static double bliss_end(const rlp_km_t *none, double horizon) {
    double end = NAN;
    for (size_t k = 0; k < none->rows; k++) {
        if (none->row[k].at_risk < BLISS_AT_RISK || (k && none->row[k - 1].survival < BLISS_SURVIVAL)) break;
        end = fmin(none->row[k].time, horizon);
    }
    return end;
}

static int compare_days(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static int lay_steps(bliss_t *bliss) {
    size_t n = 1;
    for (int k = 0; k < ARMS; k++) n += bliss->km[k].rows;
    int rc = RLP_NEW(bliss->t_days, n);
    for (int k = 0; k < ARMS && !rc; k++)
        for (size_t r = 0; r < bliss->km[k].rows; r++)
            if (bliss->km[k].row[r].time < bliss->end_days) bliss->t_days[bliss->n++] = bliss->km[k].row[r].time;
    if (!rc) bliss->t_days[bliss->n++] = bliss->end_days;
    if (!rc) qsort(bliss->t_days, bliss->n, sizeof *bliss->t_days, compare_days);
    return rc;
}

/* From the end to the left: on each stretch all four curves are flat. excess = integral of S_both - S_a S_b / S_none; its derivative by log S of an arm is S_both,
 * -S_a S_b / S_none of a and of b, and + that of none. */
static double integrate(bliss_t *bliss) {
    double sum[ARMS] = {0}, survival[ARMS];
    size_t next[ARMS]; /* rows from here on lie at or to the right of the stretch */
    for (int k = 0; k < ARMS; k++) next[k] = bliss->km[k].rows;
    for (size_t i = bliss->n; i-- > 0;) {
        double from = i ? bliss->t_days[i - 1] : 0, length = bliss->t_days[i] - from;
        for (int k = 0; k < ARMS; k++) {
            while (next[k] && bliss->km[k].row[next[k] - 1].time > from) bliss->area[k][--next[k]] = sum[k]; /* 0 of rows at the end and beyond */
            survival[k] = next[k] ? bliss->km[k].row[next[k] - 1].survival : 1;
        }
        double expected = survival[A] * survival[B] / survival[NONE];
        sum[NONE] += expected * length;
        sum[A] -= expected * length;
        sum[B] -= expected * length;
        sum[BOTH] += survival[BOTH] * length;
    }
    for (int k = 0; k < ARMS; k++)
        while (next[k]) bliss->area[k][--next[k]] = sum[k]; /* steps on day 0 */
    return sum[BOTH] + sum[A];
}

static int bliss_scores(const bliss_t *bliss, const rlp_survival_t *const arms[ARMS], size_t patients, double *scores) {
    int rc = RLP_OK;
    for (int k = 0; k < ARMS && !rc; k++) {
        observation_t *list = NULL;
        double *influence = NULL;
        size_t n;
        rc = rlp_observations_new(&list, &n, &arms[k], 1);
        if (!rc) rc = RLP_NEW(influence, n);
        if (!rc) rlp_curve_influences(&bliss->km[k], bliss->area[k], list, n, influence);
        if (!rc) rc = by_patient(arms[k], influence, 1, patients, scores);
        free(list);
        free(influence);
    }
    return rc;
}

int rlp_bliss_excess(const rlp_survival_t *const arms[ARMS], double horizon, size_t patients, rlp_contrast_t *excess, double *until) {
    bliss_t bliss = {0};
    double *scores = NULL;
    int rc = RLP_NEW(scores, patients);
    for (int k = 0; k < ARMS && !rc; k++) {
        rc = rlp_km_init(&bliss.km[k], arms[k]);
        if (!rc) rc = RLP_NEW(bliss.area[k], bliss.km[k].rows);
    }
    *excess = (rlp_contrast_t){NAN, NAN, NAN, NAN};
    *until = bliss.end_days = rc ? NAN : bliss_end(&bliss.km[NONE], horizon);
    if (!rc && isfinite(*until) && arms[A]->n && arms[B]->n && arms[BOTH]->n) {
        rc = lay_steps(&bliss);
        double value = rc ? NAN : integrate(&bliss);
        if (!rc) rc = bliss_scores(&bliss, arms, patients, scores);
        if (!rc) *excess = rlp_contrast_judge(value, scores, patients);
    }
    for (int k = 0; k < ARMS; k++) {
        rlp_km_free(&bliss.km[k]);
        free(bliss.area[k]);
    }
    free(bliss.t_days);
    free(scores);
    return rc;
}
