/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Statistics of finished cohorts: plain arrays in, plain arrays out. The numbers are those of R's package `survival` (3.5).
 *
 * At the distinct times t_k with n_k at risk and d_k events:   S(t) = prod_{t_k <= t} (1 - d_k / n_k)              (Kaplan & Meier 1958)
 *     var log S(t) = sum_{t_k <= t} d_k / (n_k (n_k - d_k))                                                        (Greenwood 1926)
 * Which one when:
 *     one arm      how many still without the event at t      rlp_km_init, rlp_km_at     by when half of them               rlp_km_quantile
 *                  mean time without it up to a horizon       rlp_km_rmst                which cause took how many          rlp_cuminc_init
 *     two arms     patients shared: mean time, hazards        rlp_rmst_compare, rlp_cox_fit (sandwich)
 *                  as if independent trials                   rlp_logrank                where their curves cross           rlp_km_crossing
 *                  what a trial of a given size would print   rlp_trial_repeat
 *     many arms    patients shared: any sum of restricted means    rlp_rmst_scores, rlp_contrast_judge
 *                  many such sums, to be right in all at once      rlp_simultaneous_quantile in place of 1.96
 *                  the later of two arms; Bliss                    rlp_later_scores, rlp_bliss_excess
 *     groups       patients not shared: is the difference one and the same?                rlp_heterogeneity
 *     spread       how much is luck within a patient          rlp_variance_components    which uncertain number matters     rlp_influence_of
 *     samples      moments, block by block                    rlp_moments_add, _merge    quantiles; a share of patients     rlp_sample_quantile, rlp_proportion
 *
 * Arms share patients: the log-rank test and naive standard errors are wrong there, the paired and the clustered ones are right. And since
 * the number of virtual patients is chosen, a p value follows it and is no evidence.
 *
 * Times are finite, >= 0, in any one unit; at equal times events come before censorings. Ties are equal doubles and nothing else: R's
 * `timefix = TRUE` merges times closer than about 1e-8 of their mean, which suits times that were measured; visits here are integer
 * multiples and tie exactly, so this is `timefix = FALSE`. NaN stands where R has NA. Intervals are two-sided 95 %. An arm without
 * patients gives no rows and NaN. Inputs are borrowed for the call. Everything costs O(n log n) time and O(n) memory. RLP_ERROR_MEMORY;
 * RLP_ERROR_INPUT: a time or cause is out of range. */
#ifndef RELAPSE_STATISTICS_H
#define RELAPSE_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relapse/error.h"

/* One arm and one endpoint: arrays of n, one item for each patient. */
typedef struct {
    size_t n;
    const double *time;
    const bool *event; /* true: the event at `time`; false: censored then */
    const uint64_t *patient; /* who: equal numbers in two arms are one person; NULL: item i is person i. Only comparisons read it */
} rlp_survival_t;

typedef struct {
    double value, lower95, upper95;
} rlp_interval_t;

/* ---- one arm ------------------------------------------------------------------------------------------------------------- */
/* A row for each distinct event or censoring time (one at 0 only if somebody's time is 0). `std_err` is that of S itself, NaN where S is 0;
 * the interval is survfit(conf.type = "log-log"): exp(-exp(log(-log S) +- 1.96 se(log S) / log S)), NaN where S is 0 or 1. */
typedef struct {
    double time;
    uint64_t at_risk, events, censored;
    double survival, std_err, lower95, upper95;
} rlp_km_row_t;

typedef struct {
    size_t rows;
    rlp_km_row_t *row; /* owned */
} rlp_km_t;

int rlp_km_init(rlp_km_t *, const rlp_survival_t *) RLP_MUST_USE;
void rlp_km_free(rlp_km_t *); /* safe twice and after a failed init */

/* The curve at any time, as summary(survfit, times =): time, survival, std_err and interval (S = 1, std_err 0, interval 1 to 1 before the
 * first row), at_risk just before `time`; events and censored are 0. After the last row S is unknown (NaN), or 0 where the curve has
 * reached 0. */
rlp_km_row_t rlp_km_at(const rlp_km_t *, double time);

/* The time by which a fraction p in (0, 1) had the event, as print(survfit) does for p = 1/2: the first time with S < 1 - p, but where S
 * is exactly 1 - p (to 1.5e-8) the middle of that flat stretch, or its start if the curve ends on it; NaN where not reached. The interval
 * reads the curve's two bands by the same rule. (R's quantile() differs only where the curve ends on the flat stretch: it takes the last
 * time for its end.) */
rlp_interval_t rlp_km_quantile(const rlp_km_t *, double p);

/* Restricted mean: the integral of S from 0 to the horizon, as print(survfit, rmean = horizon); var = sum_k A_k^2 d_k / (n_k (n_k - d_k))
 * with A_k the integral of S from t_k to the horizon. Beyond the last row S stays where it was (R too): ask only for horizons within
 * follow-up. */
typedef struct {
    double value, std_err;
} rlp_estimate_t;
rlp_estimate_t rlp_km_rmst(const rlp_km_t *, double horizon);

/* Influence of each patient on the restricted mean, d RMST / d w_i at equal weights w (the infinitesimal jackknife): sums to 0; its
 * squares sum to the variance above, exactly. influence[n] in the order of the input. The building stone of all contrasts on shared
 * patients. */
int rlp_rmst_influence(const rlp_survival_t *, double horizon, rlp_estimate_t *rmst, double *influence) RLP_MUST_USE;

/* ---- competing risks ----------------------------------------------------------------------------------------------------- */
/* Aalen & Johansen (1978): F_c(t) = sum_{t_k <= t} S(t_k-) d_ck / n_k. Standard errors are survfit's for Surv(time, factor(cause)): the
 * infinitesimal jackknife (for a single cause this is Greenwood's). The interval is survfit's default, on the log scale: F exp(+- 1.96
 * std_err / F), cut at 1, NaN where F is 0. */
typedef struct {
    uint64_t events;
    double value, std_err, lower95, upper95;
} rlp_cuminc_point_t;

typedef struct {
    size_t rows, causes;
    double *time;                   /* [rows] distinct times, as in rlp_km_t; owned */
    uint64_t *at_risk;              /* [rows]; owned */
    uint64_t *censored;             /* [rows]; owned */
    rlp_cuminc_point_t *event_free; /* [rows] still without any event: value = S, events = those of all causes; owned */
    rlp_cuminc_point_t *point;      /* [row * causes + cause - 1]; owned */
} rlp_cuminc_t;

/* cause[n]: 0 censored, 1 .. causes. */
int rlp_cuminc_init(rlp_cuminc_t *, size_t n, const double *time, const unsigned *cause, unsigned causes) RLP_MUST_USE;
void rlp_cuminc_free(rlp_cuminc_t *); /* safe twice */

/* ---- two arms -------------------------------------------------------------------------------------------------------------- */
/* survdiff(rho = 0): Mantel's log-rank test as if two independent trials. `p` is from chi squared with 1 degree of freedom. When one arm
 * has nobody at risk at any event chi2 is 0 and p NaN; when no event leaves a choice (variance 0) both are NaN. */
typedef struct {
    double chi2, p;
    double observed[2], expected[2]; /* [0] reference, [1] arm */
} rlp_logrank_t;
int rlp_logrank(const rlp_survival_t *reference, const rlp_survival_t *arm, rlp_logrank_t *) RLP_MUST_USE;

/* coxph(Surv(time, event) ~ arm + cluster(patient), ties = "efron"). The hazard ratio is the arm's over the reference's; its interval is
 * exp(coefficient +- 1.96 robust_std_err), the sandwich over patients (Lin & Wei 1989). A maximum exists if some event in each arm
 * happened while the other arm had somebody at risk. If that holds for the arm alone: coefficient Inf, ratio Inf; for the reference
 * alone: -Inf and 0; for none: NaN. Then standard errors and interval are NaN (R stops anywhere, with a warning). */
typedef struct {
    double coefficient, naive_std_err, robust_std_err;
    double hazard_ratio, lower95, upper95;
} rlp_cox_t;
int rlp_cox_fit(const rlp_survival_t *reference, const rlp_survival_t *arm, rlp_cox_t *) RLP_MUST_USE;

/* RMST(arm) - RMST(reference) at one horizon, patients shared. With the influences phi of each patient,
 *     var = sum_patients (phi_arm - phi_reference)^2,
 * right under censoring and for patients that are in one arm only (they count alone). No factor n / (n - 1), as in R's robust errors.
 * `correlation` is that of the influences over the pairs, `independent_std_err` what two separate trials would have had. Fewer than 2
 * patients: NaN errors. */
typedef struct {
    rlp_estimate_t reference, arm; /* each arm's own */
    double difference, std_err, lower95, upper95;
    double independent_std_err, correlation;
    uint64_t pairs;
} rlp_rmst_comparison_t;
int rlp_rmst_compare(const rlp_survival_t *reference, const rlp_survival_t *arm, double horizon, rlp_rmst_comparison_t *) RLP_MUST_USE;

/* ---- many arms ------------------------------------------------------------------------------------------------------------- */
/* A contrast sum_k c_k RMST(arm k) on shared patients: value from the restricted means, error from the scores, each patient's sum of c_k times his influence on arm k
 * (0 where he is not in the arm). Patients are numbered from 1. */
typedef struct {
    double value, std_err, lower95, upper95;
} rlp_contrast_t;
/* scores[patients]: influence of each patient on the arm's restricted mean. */
int rlp_rmst_scores(const rlp_survival_t *, double horizon, size_t patients, double *rmst, double *scores) RLP_MUST_USE;
rlp_contrast_t rlp_contrast_judge(double value, const double *scores, size_t patients);

/* Simultaneous intervals of contrasts that share patients: the quantile c such that max_k |estimate_k - truth_k| / std_err_k <= c with probability `level` (max-t; Hothorn,
 * Bretz & Westfall 2008), by drawing the patients of the cohort with replacement `resamples` times (of each drawn cohort the sum of its scores). scores[k] is the
 * array [patients] of contrast k; contrasts without error (0, NaN) are left away. c is never below the normal quantile of one contrast, and is
 * that where fewer than two are left. 100 contrasts of 5000 patients in 2000 resamples: a third of a second; it grows with the product. */
int rlp_simultaneous_quantile(size_t n, const double *const *scores, size_t patients, double level, uint64_t seed, uint64_t resamples, double *c) RLP_MUST_USE;

/* The same for all n (n - 1) / 2 differences of n estimates, where any of them may have been picked for what the data say (the best of them): scores[i] is the array
 * [patients] of estimate i, pairs without error are left away. Costs resamples x n (patients + n / 2); no array of pairs' scores is made. */
int rlp_simultaneous_pairs(size_t n, const double *const *scores, size_t patients, double level, uint64_t seed, uint64_t resamples, double *c) RLP_MUST_USE;

/* Differences between disjoint groups of patients: Cochran's (1954) Q = sum w (d - mean)^2, w = 1/std_err^2, chi squared on n - 1 degrees of freedom if all are one.
 * A difference without error or NaN, or fewer than two: NaN. */
typedef struct {
    double q, p;
} rlp_heterogeneity_t;
rlp_heterogeneity_t rlp_heterogeneity(size_t n, const double *difference, const double *std_err);

/* Last time up to the horizon at which two curves cross: S_a - S_b is of one sign before and of the other after it (where they are equal for a while: the
 * end of that while). Only where both are known (rlp_km_at). NaN: they do not. */
double rlp_km_crossing(const rlp_km_t *a, const rlp_km_t *b, double horizon);

/* ---- luck and ignorance ------------------------------------------------------------------------------------------------------ */
/* One-way analysis of variance of x[patient * replicates + r]: within = mean square within patients, between = (mean square between - within) / replicates, at
 * least 0 as `share` = between / (between + within), the intraclass correlation with its exact interval for normal x (Searle 1971; Shrout & Fleiss 1979). */
typedef struct {
    double within, between;
    rlp_interval_t share;
} rlp_components_t;
rlp_components_t rlp_variance_components(size_t patients, size_t replicates, const double *x); /* fewer than 2 of either: NaN */

/* What an input moves an answer by: Spearman's rank correlation with its interval (Fisher's z with variance (1 + r^2/2) / (n - 3), Bonett & Wright 2000: it covers in 94 % or
 * more up to 0.95, where the older 1.06 / (n - 3) does in 91 %), and the share of the answer's variance that the input alone explains (first order, Sobol 1993), by
 * regression on Legendre polynomials of degrees 1 and 2 of u, adjusted for their number: 1 - (1 - R^2)(n - 1)/(n - 3), after the variance `noise` that the answers have
 * from their patients is taken off the total; kept within [0, 1]. u[n]: standard draws in (0, 1) of the input; y[n] answers. NaN: fewer than 10, answers all alike or not
 * finite; of the share, too, where `noise` is all there is. */
typedef struct {
    rlp_interval_t rank_correlation;
    double first_order;
} rlp_influence_of_t;
rlp_influence_of_t rlp_influence_of(size_t n, const double *u, const double *y, double noise);

/* ---- a trial of that size -------------------------------------------------------------------------------------------------------- */
/* What one trial would print: patients drawn from each finished arm with replacement (of each arm others), entering evenly over `accrual`, followed until `after` past
 * its end or until they drop out (exponential, `dropout` per unit time); times beyond are censored. */
typedef struct {
    double accrual, after, dropout;
} rlp_trial_plan_t;
typedef struct {
    double median[2]; /* [0] reference, [1] arm; NaN: not reached */
    double hazard_ratio, lower95, upper95; /* Cox, arm over reference, as of two independent groups */
    double p;         /* log-rank */
    uint64_t events[2];
} rlp_trial_print_t;
/* Repeat number `repeat` of a plan: a pure function of (arms, plan, seed, repeat). reference may be NULL. */
int rlp_trial_repeat(const rlp_survival_t *reference, uint64_t n_reference, const rlp_survival_t *arm, uint64_t n_arm, const rlp_trial_plan_t *, uint64_t seed,
                     uint64_t repeat, rlp_trial_print_t *) RLP_MUST_USE;

/* The later of two times of each patient who is in both arms: what he would have if two treatments acted independently (Palmer & Sorger 2017), known here for one and
 * the same person. Its restricted mean and each patient's score, as rlp_rmst_scores, by RMST(a) + RMST(b) - RMST(the earlier): right also where censoring is another in each arm. */
int rlp_later_scores(const rlp_survival_t *a, const rlp_survival_t *b, double horizon, size_t patients, double *rmst, double *scores) RLP_MUST_USE;

/* Bliss (1939) on the curves: the integral of S_both - S_a S_b / S_none from 0 to *until, the last time, at most the horizon, with at least 50 of the untreated at risk
 * and S_none at least 0.1 up to it (held fixed by the error). NaN where there is none. arms: none, a, b, both. */
int rlp_bliss_excess(const rlp_survival_t *const arms[4], double horizon, size_t patients, rlp_contrast_t *, double *until) RLP_MUST_USE;

/* ---- samples ---------------------------------------------------------------------------------------------------------------- */
/* Moments that merge (Chan, Golub & LeVeque 1983). Adding within blocks and merging the blocks in order gives the same bytes whoever ran
 * which block. Start from {0}. */
typedef struct {
    uint64_t n;
    double mean, m2;  /* m2: sum of squared deviations from the mean */
    uint64_t extinct; /* how many were exactly 0 */
} rlp_moments_t;
void rlp_moments_add(rlp_moments_t *, double x);
void rlp_moments_merge(rlp_moments_t *into, const rlp_moments_t *from);
double rlp_moments_variance(const rlp_moments_t *); /* m2 / (n - 1); NaN for n < 2 */
double rlp_moments_std_err(const rlp_moments_t *);  /* of the mean: sqrt(variance / n) */

/* Hyndman & Fan's (1996) type 7, R's default, of values sorted upwards: h = (n - 1) p, linear between the two neighbours. Infinite values
 * are allowed (the dead counted above every quantile); between a finite and an infinite one the answer is infinite. NaN for n = 0 or p
 * outside [0, 1]. */
double rlp_sample_quantile(const double *sorted, size_t n, double p);
void rlp_sample_sort(double *values, size_t n); /* upwards; no NaN among them */

/* k of n with Wilson's (1927) score interval, as prop.test(k, n, correct = FALSE). n = 0: NaN. */
rlp_interval_t rlp_proportion(uint64_t k, uint64_t n);

#endif
