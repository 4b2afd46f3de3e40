/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The judge of the samplers: chi-square against a probability function, chi-square of standardised draws, moments, Kolmogorov-Smirnov.
 *
 * A file's tests raise a false alarm with probability 1e-6 at most (over seeds; the seeds are fixed): each verdict fails at a p-value below
 * 1e-6 / JUDGE_VERDICTS, and judge_verdicts_stay_within_their_number, the last test of each file, counts them. */
#ifndef RELAPSE_TESTS_NUMERICS_JUDGE_H
#define RELAPSE_TESTS_NUMERICS_JUDGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "relapse/variates.h"

#define JUDGE_VERDICTS 400
#define JUDGE_FILE_FALSE_ALARM 1e-6
#define JUDGE_SUPPORT 4096
#define JUDGE_LEAST_EXPECTED 20.0

static int judge_verdicts;

static inline void judge_p(double p, const char *what, double statistic) {
    judge_verdicts++;
    if (!(p >= JUDGE_FILE_FALSE_ALARM / JUDGE_VERDICTS)) fail_msg("%s: p = %g (statistic %g)", what, p, statistic);
}
static inline void judge_z(double z, const char *what) { judge_p(2 * gsl_cdf_ugaussian_Q(fabs(z)), what, z); }

static inline void judge_verdicts_stay_within_their_number(void **state) {
    (void)state;
    assert_in_range(judge_verdicts, 1, JUDGE_VERDICTS);
}

/* Observed counts against expected ones; neighbours are pooled until 20 are expected. `cells` covers the whole law (the last one its
 * tail). */
static inline void judge_chi_square(size_t cells, const double *probability, const int64_t *observed, double draws, const char *what) {
    double chi2 = 0, expected = 0, seen = 0, left = draws;
    int freedom = -1;
    for (size_t i = 0; i < cells; i++) {
        expected += draws * probability[i];
        seen += (double)observed[i];
        left -= draws * probability[i];
        if (i + 1 < cells && (expected < JUDGE_LEAST_EXPECTED || left < JUDGE_LEAST_EXPECTED)) continue;
        if (expected > 0) {
            chi2 += (seen - expected) * (seen - expected) / expected;
            freedom++;
        } else if (seen > 0) {
            fail_msg("%s: a value of probability 0 was drawn", what);
        }
        expected = seen = 0;
    }
    if (freedom > 0) judge_p(gsl_cdf_chisq_Q(chi2, freedom), what, chi2);
}

/* A law on 0, 1, 2, ... drawn 1e6 times against its probabilities over the whole support. */
typedef int64_t judge_draw_t(rlp_stream_t *, const void *);
typedef double judge_pdf_t(unsigned, const void *);
static inline void judge_pmf(rlp_stream_t *stream, judge_draw_t *draw, judge_pdf_t *pdf, const void *law, const char *what) {
    static double probability[JUDGE_SUPPORT + 1];
    static int64_t observed[JUDGE_SUPPORT + 1];
    const int draws = 1000000;
    memset(observed, 0, sizeof observed);
    rlp_sum_t sum = {0, 0};
    for (unsigned k = 0; k < JUDGE_SUPPORT; k++) {
        probability[k] = pdf(k, law);
        rlp_sum_add(&sum, probability[k]);
    }
    double rest = 1 - rlp_sum_value(&sum);
    assert_true(fabs(rest) < 1e-7); /* what a probability function of GSL may be off by at n = 4e6 */
    probability[JUDGE_SUPPORT] = rest > 0 ? rest : 0;
    for (int i = 0; i < draws; i++) {
        int64_t k = draw(stream, law);
        assert_true(k >= 0);
        observed[k < JUDGE_SUPPORT ? k : JUDGE_SUPPORT]++;
    }
    judge_chi_square(JUDGE_SUPPORT + 1, probability, observed, draws, what);
}

/* Mean, standard deviation, skewness and excess kurtosis of a law. The mean is whole + part, since at 1e18 a double has no room for
 * both. */
typedef struct {
    int64_t whole;
    double part, sd, skewness, excess;
} rlp_law_moments_t;

/* Edgeworth's distribution function to second order (Cramer 1946, 17.6). */
static inline double judge_edgeworth(const rlp_law_moments_t *m, double z) {
    double z2 = z * z, g = m->skewness;
    double he = g / 6 * (z2 - 1) + m->excess / 24 * z * (z2 - 3) + g * g / 72 * z * (z2 * z2 - 10 * z2 + 15);
    return gsl_cdf_ugaussian_P(z) - gsl_ran_ugaussian_pdf(z) * he;
}

/* Draws so large that they are as good as continuous (variance 200 or more): mean, variance, shape in 100 equal cells after a uniform
 * jitter of one count (its variance of 1/12 and the error of Edgeworth's form are below what 5e5 draws show), and the low eight bits,
 * which rounding would spoil. */
static inline void judge_large(rlp_stream_t *stream, judge_draw_t *draw, const void *law, rlp_law_moments_t m, const char *what) {
    enum { DRAWS = 500000, CELLS = 100, LOW = 256 };
    double cell[CELLS], low[LOW], sum = 0, squares = 0;
    int64_t seen[CELLS] = {0}, bits[LOW] = {0};
    char text[160];
    for (int i = 0; i < DRAWS; i++) {
        int64_t k = draw(stream, law);
        double z = ((double)(k - m.whole) - m.part) / m.sd;
        sum += z;
        squares += z * z;
        int at = (int)(CELLS * judge_edgeworth(&m, z + (rlp_stream_uniform(stream) - 0.5) / m.sd));
        seen[at < 0 ? 0 : at < CELLS ? at : CELLS - 1]++;
        bits[k & (LOW - 1)]++;
    }
    for (int i = 0; i < CELLS; i++) cell[i] = 1.0 / CELLS;
    for (int i = 0; i < LOW; i++) low[i] = 1.0 / LOW;
    snprintf(text, sizeof text, "mean of %s", what);
    judge_z(sum / sqrt(DRAWS), text);
    snprintf(text, sizeof text, "variance of %s", what);
    judge_z((squares / DRAWS - 1) / sqrt((2 + m.excess) / DRAWS), text);
    snprintf(text, sizeof text, "shape of %s", what);
    judge_chi_square(CELLS, cell, seen, DRAWS, text);
    snprintf(text, sizeof text, "low bits of %s", what);
    if (m.sd > 1000) judge_chi_square(LOW, low, bits, DRAWS, text);
}

static inline int judge_compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
/* Kolmogorov-Smirnov: `u` are the distribution function's values at the draws. Two-sided tail by Kolmogorov's series. */
static inline void judge_uniform(double *u, size_t n, const char *what) {
    double d = 0, p = 0, root = sqrt((double)n);
    qsort(u, n, sizeof *u, judge_compare);
    for (size_t i = 0; i < n; i++) d = fmax(d, fmax((double)(i + 1) / (double)n - u[i], u[i] - (double)i / (double)n));
    double t = d * (root + 0.12 + 0.11 / root); /* Stephens 1970 */
    for (int j = 1; j <= 100; j++) p += (j & 1 ? 2 : -2) * exp(-2.0 * j * j * t * t);
    judge_p(t < 0.3 ? 1 : p, what, d);
}

/* Does `action` stop the program as a broken invariant does? */
static inline int judge_aborts(void (*action)(void)) {
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr)) _exit(2);
        action();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

#endif
