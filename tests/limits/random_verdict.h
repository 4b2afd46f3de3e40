/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One p value for one engine on one random process, and the verdict over many.
 *
 *   tails      of h hits among n at chance p: upper = P(> h) + v P(= h), lower = P(< h) + (1 - v) P(= h), v uniform from a stream of its own: upper is exactly uniform
 *              if p is right, whatever n and p are, and lower = 1 - upper (Lancaster, JASA 56:223, 1961)
 *   SHARE, PASSAGE, VISIT    u = upper (births too fast: near 0 in all of them), p = 2 min(u, 1 - u)
 *   LAW        counts are halved: the share above a middle (its u too), then the same within either half, while LAW_EXPECTED are expected on each side and LAW_DEPTH allows.
 *              Given what stands above, each is binomial, so their p are independent: one p by Fisher's -2 sum ln p ~ chi square
 *   engines with a stated bias are judged from the edge of what it allows (relapse/judge.h: e max(p |ln p|, q |ln q|) of a share; a passage also 1 % sooner or
 *              later): p is then uniform or greater
 *   score      z = -Phi^-1(u) is normal, so sum s z / sqrt(sum s^2) is, whatever the scores s: the most powerful sum against births (deaths) slightly off in all
 *   over all   p (and u) uniform by Kolmogorov & Smirnov (Massart 1990; one-sided where p may be greater), and the smallest and the greatest of n */
#ifndef RELAPSE_TESTS_RANDOM_VERDICT_H
#define RELAPSE_TESTS_RANDOM_VERDICT_H

#include <gsl/gsl_randist.h>

#include "random_process.h"

#define LAW_EXPECTED 20.0
#define LAW_DEPTH 3

typedef struct {
    double p;              /* small: surprising */
    double u;              /* near 0: many hits, near 1: few */
    double score[2];       /* by how many standard errors births, deaths a hundredth faster move the hits */
    double expected, found; /* what was seen least likely: a share */
    int64_t from, to;      /* LAW: cells that it is of, those of which from: `within` */
    int64_t within[2];
} finding_t;

static inline double allowance(double p, double bias) {
    double q = 1 - p;
    return bias * fmax(p > 0 ? -p * log(p) : 0, q > 0 ? -q * log(q) : 0);
}

static inline double upper_tail(uint64_t hits, uint64_t n, double p, double v) {
    if (!(p < 1)) return hits < n ? 1 : v;
    return p > 0 ? gsl_cdf_binomial_Q((unsigned)hits, p, (unsigned)n) + v * gsl_ran_binomial_pdf((unsigned)hits, p, (unsigned)n) : hits ? 0 : v;
}

static inline double lower_tail(uint64_t hits, uint64_t n, double p, double v) {
    if (!(p < 1)) return hits < n ? 0 : 1 - v;
    double below = hits && p > 0 ? gsl_cdf_binomial_P((unsigned)hits - 1, p, (unsigned)n) : 0;
    return p > 0 ? below + (1 - v) * gsl_ran_binomial_pdf((unsigned)hits, p, (unsigned)n) : hits ? 1 : 1 - v;
}

/* The chance is known to lie within low .. high. */
static inline finding_t judge_hits(uint64_t hits, uint64_t n, double low, double high, rlp_stream_t *luck) {
    double v = rlp_stream_uniform(luck), up = upper_tail(hits, n, fmin(high, 1), v), down = lower_tail(hits, n, fmax(low, 0), v);
    return (finding_t){.p = fmin(1, 2 * fmin(up, down)), .u = up, .expected = (low + high) / 2, .found = (double)hits / (double)n};
}

/* ---- a whole law ------------------------------------------------------------------------------------------------------------------------- */
typedef struct {
    const double *law;
    const uint64_t *seen;
    double bias, patients, logarithms;
    rlp_stream_t *luck;
    int splits;
    double first; /* u of the first split */
    finding_t worst;
} halving_t;

static inline double law_of(const halving_t *h, int64_t from, int64_t to) {
    double sum = 0;
    for (int64_t n = from; n < to; n++) sum += h->law[n];
    return sum;
}

static inline uint64_t seen_of(const halving_t *h, int64_t from, int64_t to) {
    uint64_t sum = 0;
    for (int64_t n = from; n < to; n++) sum += h->seen[n];
    return sum;
}

/* Counts from .. to - 1: where they are cut best in two, or `from`. */
static inline int64_t middle(const halving_t *h, int64_t from, int64_t to) {
    double whole = law_of(h, from, to), below = 0, best = 0;
    int64_t cut = from;
    for (int64_t n = from; n + 1 < to; n++) {
        below += h->law[n];
        double least = fmin(below, whole - below);
        if (least * h->patients >= LAW_EXPECTED && least > best) best = least, cut = n + 1;
    }
    return cut;
}

static inline void halve(halving_t *h, int64_t from, int64_t to, int depth) {
    int64_t cut = depth ? middle(h, from, to) : from;
    if (cut == from) return;
    double whole = law_of(h, from, to), above = law_of(h, cut, to), p = above / whole;
    /* a share among those of a part: both may be off */
    double edge = (allowance(above, h->bias) + (from || to < RANDOM_CELLS ? p * allowance(whole, h->bias) : 0)) / whole;
    uint64_t n = seen_of(h, from, to);
    if (n) {
        finding_t one = judge_hits(seen_of(h, cut, to), n, p - edge, p + edge, h->luck);
        one.from = cut, one.to = to - 1, one.within[0] = from, one.within[1] = to - 1;
        if (!h->splits) h->first = one.u;
        h->logarithms += log(fmax(one.p, 1e-300));
        if (!h->splits++ || one.p < h->worst.p) h->worst = one;
    }
    halve(h, from, cut, depth - 1);
    halve(h, cut, to, depth - 1);
}

static inline finding_t judge_whole_law(const double *law, const uint64_t *seen, uint64_t patients, double bias, rlp_stream_t *luck) {
    halving_t h = {.law = law, .seen = seen, .bias = bias, .patients = (double)patients, .luck = luck};
    halve(&h, 0, RANDOM_CELLS, LAW_DEPTH);
    h.worst.u = h.splits ? h.first : rlp_stream_uniform(luck);
    h.worst.p = h.splits ? gsl_cdf_chisq_Q(-2 * h.logarithms, 2 * h.splits) : h.worst.u;
    return h.worst;
}

/* ---- one engine, one process ---------------------------------------------------------------------------------------------------------------- */
static inline bool random_process_allows(const random_process_t *r, const rlp_engine_class_t *class) { return class->accepts(&r->process) == RLP_OK; }

static inline finding_t random_process_judge(const random_process_t *r, const rlp_engine_class_t *class, uint64_t seed, uint64_t patients) {
    uint64_t seen[RANDOM_CELLS], hits = random_process_live(r, seed, patients, class->name, seen);
    double bias = class->exact ? 0 : RANDOM_ERROR, low = r->chance, high = r->chance;
    rlp_stream_t luck;
    rlp_stream_init(&luck, seed, r->number, rlp_stream_purpose(class->name));
    if (r->kind == QUESTION_PASSAGE && bias > 0) low = r->sooner, high = r->later;
    finding_t f = r->kind == QUESTION_LAW ? judge_whole_law(r->law, seen, patients, bias, &luck)
                                          : judge_hits(hits, patients, low - allowance(low, bias), high + allowance(high, bias), &luck);
    if (r->kind != QUESTION_LAW) f.expected = r->chance;
    for (size_t part = 0; part < 2; part++) f.score[part] = sqrt((double)patients) * r->score[part];
    return f;
}

/* ---- over all processes -------------------------------------------------------------------------------------------------------------------------- */
typedef struct {
    size_t n;
    double distance, p;                   /* of p from uniform */
    double directed_distance, directed_p; /* of u */
    double least, greatest;               /* of p */
    double least_p, greatest_p;           /* chance that the least, the greatest of n is so */
    double z[2], z_p[2], z_power[2];      /* of births, of deaths; z_power: z where they are a hundredth faster */
    size_t worst;                         /* position of the least */
} uniformity_t;

static inline double kolmogorov(double *u, size_t n, bool one_sided, double *distance) {
    if (!one_sided) return rlp_judge_times(u, n, 0, distance);
    *distance = 0;
    rlp_sample_sort(u, n);
    for (size_t i = 0; i < n; i++) *distance = fmax(*distance, (double)(i + 1) / (double)n - u[i]);
    return fmin(1, exp(-2 * (double)n * *distance * *distance));
}

static inline void judge_scores(const finding_t *findings, size_t n, size_t part, uniformity_t *all) {
    double sum = 0, squares = 0;
    for (size_t k = 0; k < n; k++) {
        sum -= findings[k].score[part] * gsl_cdf_ugaussian_Pinv(fmin(fmax(findings[k].u, 1e-300), 1 - 1e-16));
        squares += findings[k].score[part] * findings[k].score[part];
    }
    all->z_power[part] = sqrt(squares);
    all->z[part] = squares > 0 ? sum / sqrt(squares) : 0;
    all->z_p[part] = 2 * gsl_cdf_ugaussian_Q(fabs(all->z[part]));
}

/* An engine with a bias has p that may be greater than uniform: then only small ones count. */
static inline uniformity_t uniformity_of(const finding_t *findings, size_t n, bool exact) {
    uniformity_t all = {.n = n, .least = 1, .directed_p = 1, .greatest_p = 1, .z_p = {1, 1}};
    double *p = malloc((n + 1) * sizeof *p), *u = malloc((n + 1) * sizeof *u);
    assert_true(p && u);
    for (size_t k = 0; k < n; k++) {
        p[k] = findings[k].p;
        u[k] = findings[k].u;
        if (p[k] < all.least) all.least = p[k], all.worst = k;
        all.greatest = fmax(all.greatest, p[k]);
    }
    all.p = kolmogorov(p, n, !exact, &all.distance);
    all.least_p = -expm1((double)n * log1p(-all.least));
    if (exact) {
        all.directed_p = kolmogorov(u, n, false, &all.directed_distance);
        all.greatest_p = -expm1((double)n * log(fmin(all.greatest, 1 - 1e-16)));
        for (size_t part = 0; part < 2; part++) judge_scores(findings, n, part, &all);
    }
    free(p);
    free(u);
    return all;
}

/* The smallest p value of the verdict, as if alone. */
static inline double uniformity_least(const uniformity_t *u) { return fmin(fmin(fmin(u->p, u->directed_p), fmin(u->least_p, u->greatest_p)), fmin(u->z_p[0], u->z_p[1])); }

#endif
