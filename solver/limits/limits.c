/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of limits, at the end; above it what each decides. Numbers of the L rows are of the project's analytic notes, each computed there by two methods that share
 * no code path (tests/limits/README.md says which, and to how many digits they agree); laws are computed here (laws.h) and a test holds
 * them to the same numbers. */
#include "sitting.h"

#include <gsl/gsl_randist.h>
#include <stdio.h>
#include <string.h>

#include "relapse/memory.h"

#define SIZE 700 /* of the laws of small populations */

#define GROWTH(birth, death, days) rlp_moebius_growth(birth, death, days)

/* ---- one type (Kendall 1948) -------------------------------------------------------------------------------------------------------- */
static int one_type(rlp_sitting_t *s, rlp_moebius_t map, bool moments) {
    double p[SIZE];
    rlp_moebius_law(map, (unsigned)s->process.start_cells[0], p, SIZE);
    rlp_sitting_law(s, 0, 0, p, SIZE, moments);
    return s->rc;
}

static int yule(void *s) { return one_type(s, GROWTH(0.3, 0, 10), true); }
static int supercritical(void *s) { return one_type(s, GROWTH(0.3, 0.2, 10), true); }
static int subcritical(void *s) { return one_type(s, GROWTH(0.2, 0.3, 15), true); }
static int critical(void *s) { return one_type(s, GROWTH(0.25, 0.25, 12), true); }
static int piecewise(void *s) { return one_type(s, rlp_moebius_then(rlp_moebius_then(GROWTH(0.3, 0.1, 5), GROWTH(0.1, 0.4, 7)), GROWTH(0.25, 0.2, 8)), true); }
static int bottleneck(void *s) { return one_type(s, rlp_moebius_then(rlp_moebius_then(GROWTH(0.3, 0.1, 5), rlp_moebius_thin(0.05)), GROWTH(0.3, 0.1, 10)), true); }

static int extinction(void *sitting) {
    rlp_sitting_t *s = sitting;
    for (size_t r = 0; r < s->n_records; r++) {
        char what[64];
        snprintf(what, sizeof what, "P(extinct by %g d)", s->study->record_days[r]);
        rlp_sitting_share(s, what, s->moments[r].extinct, s->moments[r].n, pow(rlp_moebius_extinct(GROWTH(0.3, 0.2, s->study->record_days[r])), 3));
    }
    rlp_sitting_share(s, "cured", rlp_sitting_cured(s), s->patients, pow(rlp_moebius_extinct(GROWTH(0.3, 0.2, 40)), 3));
    return s->rc;
}

static int immigration_and_birth(void *sitting) { /* NB(nu/b, beta), beta = b (E - 1)/(b E - d) */
    rlp_sitting_t *s = sitting;
    double p[SIZE], beta = rlp_moebius_ratio(GROWTH(0.2, 0.3, 8));
    for (unsigned k = 0; k < SIZE; k++) p[k] = gsl_ran_negative_binomial_pdf(k, 1 - beta, 2 / 0.2);
    rlp_sitting_law(s, 0, 0, p, SIZE, true);
    return s->rc;
}

static int immigration_and_death(void *sitting) { /* Bin(n0, e^-dt) + Poisson(nu/d (1 - e^-dt)) */
    rlp_sitting_t *s = sitting;
    double p[SIZE] = {0}, e = exp(-0.25 * 6);
    for (unsigned j = 0; j <= 5; j++)
        for (unsigned k = j; k < 200; k++) p[k] += gsl_ran_binomial_pdf(j, e, 5) * gsl_ran_poisson_pdf(k - j, 2 / 0.25 * (1 - e));
    rlp_sitting_law(s, 0, 0, p, SIZE, true);
    return s->rc;
}

static int telegraph(void *sitting) {
    rlp_sitting_t *s = sitting;
    double p[SIZE] = {0}, e = exp(-0.35 * 5), on = 0.25 / 0.35;
    for (unsigned j = 0; j <= 30; j++)
        for (unsigned k = 0; k <= 10; k++) p[j + k] += gsl_ran_binomial_pdf(j, on + (1 - on) * e, 30) * gsl_ran_binomial_pdf(k, on * (1 - e), 10);
    rlp_sitting_law(s, 0, 0, p, SIZE, true);
    return s->rc;
}

static int crowded(void *sitting) { /* capacity: e^{Qt} on 0..K */
    rlp_sitting_t *s = sitting;
    double p[SIZE] = {0}, up[64], down[64], birth = rlp_process_birth(&s->process, 0)[0], death = rlp_process_death(&s->process, 0)[0];
    size_t top = (size_t)s->process.capacity_cells;
    bool logistic = s->process.capacity_law == RLP_CAPACITY_LOGISTIC;
    for (size_t k = 0; k <= top; k++) {
        double n = (double)k, full = logistic ? n / (double)top : k ? log(n) / log((double)top) : 0;
        up[k] = k == top ? 0 : n * birth * fmax(0, 1 - full);
        down[k] = n * death;
    }
    p[s->process.start_cells[0]] = 1;
    s->rc = rlp_generator_run(up, down, top, p, s->study->record_days[0]);
    if (s->rc) return s->rc;
    rlp_sitting_law(s, 0, 0, p, SIZE, true);
    for (size_t r = 1; r < s->n_records && !s->rc; r++) {
        char what[64];
        s->rc = rlp_generator_run(up, down, top, p, s->study->record_days[r] - s->study->record_days[r - 1]);
        snprintf(what, sizeof what, "P(extinct by %g d)", s->study->record_days[r]);
        rlp_sitting_share(s, what, s->moments[r * s->n_types].extinct, s->moments[r * s->n_types].n, p[0]);
    }
    return s->rc;
}

/* Of 2e4 cells among 1e6: the deterministic curve; fluctuations move the mean by about 1/K of itself. */
static int saturating(void *sitting) {
    rlp_sitting_t *s = sitting;
    double birth = 0.4, death = 0.15, l = birth - death, level = 1e6 * (1 - death / birth), start = 2e4;
    for (size_t r = 0; r < s->n_records; r++) {
        double e = exp(l * s->study->record_days[r]), mean = level * start * e / (level + start * (e - 1));
        /* variance of the linear noise, over its mean about 2 (b + d)/l: enough for a standard error */
        rlp_law_moments_t law = {.mean = mean, .variance = mean * mean / start * 2 * (birth + death) / l, .skewness = 0, .excess = 0};
        const rlp_moments_t *sample = &s->moments[r];
        char what[64];
        snprintf(what, sizeof what, "mean S, %g d", s->study->record_days[r]);
        rlp_sitting_row(s, what, "z", mean, sample->mean, rlp_judge_mean(sample, &law, s->bias + 1e-4), rlp_judge_mean_power(&law, s->patients, RLP_LIMIT_LEVEL, s->bias + 1e-4));
    }
    return s->rc;
}

/* ---- mutation: whole laws by the generating function ------------------------------------------------------------------------------------ */
static int law_of(rlp_sitting_t *s, size_t type, bool moments) {
    static double p[SIZE];
    s->rc = rlp_law_counts(&s->process, type, s->study->record_days[0], p, SIZE);
    if (!s->rc) rlp_sitting_law(s, 0, type, p, SIZE, moments);
    return s->rc;
}

static int luria_delbrueck(void *s) { return law_of(s, 1, false); } /* tail ~ m/n^2: the mean cannot be judged */
static int mutants(void *s) { return law_of(s, 1, true); }

static int moments_of_all(void *sitting) {
    rlp_sitting_t *s = sitting;
    for (size_t r = 0; r < s->n_records && !s->rc; r++)
        for (size_t i = 0; i < s->n_types && !s->rc; i++) {
            rlp_law_moments_t law;
            s->rc = rlp_law_of_type(&s->process, i, s->study->record_days[r], &law);
            if (!s->rc) rlp_sitting_moments(s, r, i, &law);
        }
    return s->rc;
}

static int bartlett(void *sitting) { /* a mutation is part of a division and adds no cell: S + R is Yule's whatever p is */
    rlp_sitting_t *s = sitting;
    law_of(s, 1, true);
    rlp_moments_t all = {0};
    double p[SIZE];
    for (uint64_t k = 0; k < s->patients; k++)
        if (s->n_seen[k]) rlp_moments_add(&all, (double)(s->counts[k * 2] + s->counts[k * 2 + 1]));
    rlp_moebius_law(GROWTH(0.3, 0, 10), 1, p, SIZE);
    rlp_law_moments_t law = rlp_law_moments(p, SIZE);
    rlp_sitting_row(s, "mean S + R, 10 d", "z", law.mean, all.mean, rlp_judge_mean(&all, &law, s->bias), rlp_judge_mean_power(&law, s->patients, RLP_LIMIT_LEVEL, s->bias));
    return s->rc;
}

static int cure(void *sitting) {
    rlp_sitting_t *s = sitting;
    static const unsigned char R[] = {0, 1};
    for (size_t r = 0; r < s->n_records; r++) {
        char what[64];
        double t = s->study->record_days[r];
        snprintf(what, sizeof what, "P(R = 0), %g d", t);
        rlp_sitting_share(s, what, s->moments[r * 2 + 1].extinct, s->moments[r * 2 + 1].n, rlp_law_absent(&s->process, R, t));
    }
    rlp_sitting_share(s, "cured", rlp_sitting_cured(s), s->patients, rlp_law_absent(&s->process, NULL, s->study->trial.follow_up_days));
    return s->rc;
}

static int relapse_law(void *sitting) { /* R = 0 at t, and no R ever */
    rlp_sitting_t *s = sitting;
    static const unsigned char R[] = {0, 1};
    double days[2], ever[2];
    for (size_t r = 0; r < s->n_records; r++) {
        char what[64];
        days[r] = s->study->record_days[r];
        ever[r] = 1 - rlp_law_never(&s->process, R, days[r]);
        snprintf(what, sizeof what, "P(R = 0), %g d", days[r]);
        rlp_sitting_share(s, what, s->moments[r * 2 + 1].extinct, s->moments[r * 2 + 1].n, rlp_law_absent(&s->process, R, days[r]));
    }
    rlp_sitting_progressed(s, days, ever, s->n_records);
    return s->rc;
}

/* ---- first passage -------------------------------------------------------------------------------------------------------------------------- */
static int two_hits(void *sitting) {
    enum { N = 41 };
    rlp_sitting_t *s = sitting;
    static const unsigned char B[] = {0, 0, 1};
    double days[N], cdf[N];
    for (size_t k = 0; k < N; k++) {
        days[k] = 10.0 * (double)k;
        cdf[k] = k ? 1 - rlp_law_never(&s->process, B, days[k]) : 0;
    }
    for (size_t k = 5; k < N; k *= 2) rlp_sitting_progressed(s, &days[k], &cdf[k], 1);
    rlp_sitting_times(s, days, cdf, N);
    return s->rc;
}

/* P(T <= day[k]) of a birth-death process from n0 cells to `top`, absorbed at both ends, on a grid. */
static int passage(double birth, double death, size_t n0, size_t top, double every_days, size_t n, double *days, double *cdf) {
    double p[1001] = {0}, up[1001] = {0}, down[1001] = {0};
    int rc = RLP_OK;
    for (size_t k = 1; k < top; k++) up[k] = birth * (double)k, down[k] = death * (double)k;
    p[n0] = 1;
    days[0] = cdf[0] = 0;
    for (size_t k = 1; k < n && !rc; k++) {
        rc = rlp_generator_run(up, down, top, p, every_days);
        days[k] = every_days * (double)k;
        cdf[k] = p[top];
    }
    return rc;
}

static int first_passage(void *sitting) {
    enum { N = 201 };
    rlp_sitting_t *s = sitting;
    double days[N], cdf[N];
    s->rc = passage(0.3, 0.25, 3, 50, 2, N, days, cdf);
    for (size_t k = 10; k <= 160 && !s->rc; k *= 2) rlp_sitting_progressed(s, &days[k], &cdf[k], 1);
    if (!s->rc) rlp_sitting_times(s, days, cdf, N);
    return s->rc;
}

static int growth_time(void *sitting) { /* near Gumbel's law; judged against the exact one */
    enum { N = 15 };
    rlp_sitting_t *s = sitting;
    double days[N], cdf[N];
    s->rc = passage(0.2, 0.1, 1, 1000, 10, N, days, cdf);
    if (!s->rc) rlp_sitting_progressed(s, &days[5], &cdf[5], 4);
    if (!s->rc) rlp_sitting_progressed(s, &days[10], &cdf[10], 1);
    return s->rc;
}

static uint64_t progressed(const rlp_sitting_t *s) {
    uint64_t n = 0;
    for (uint64_t k = 0; k < s->patients; k++) n += s->outcomes[k].ttp_event;
    return n;
}

static int gamblers_ruin(void *sitting) {
    rlp_sitting_t *s = sitting;
    double r = 0.25 / 0.3, p = (1 - pow(r, 3)) / (1 - pow(r, 50));
    rlp_sitting_share(s, "P(50 cells before none)", progressed(s), s->patients, p);
    rlp_sitting_share(s, "cured", rlp_sitting_cured(s), s->patients, 1 - p);
    return s->rc;
}

static int resistance_before(void *sitting) { /* Iwasa, Nowak & Michor 2006, exact recursion */
    rlp_sitting_t *s = sitting;
    double q = 0, all = 1;
    uint64_t without = 0;
    for (int n = 1; n < 200; n++) all *= q = 0.3 * 0.99 / (0.45 - 0.15 * q);
    for (uint64_t k = 0; k < s->patients; k++) without += s->outcomes[k].os_event && !s->outcomes[k].ttp_event;
    rlp_sitting_share(s, "P(200 cells, no mutant ever)", without, s->patients, all);
    rlp_sitting_share(s, "P(a mutant before 200 cells)", progressed(s), s->patients, 0.494870982266);
    return s->rc;
}

static int resistant_at_size(void *sitting) {
    rlp_sitting_t *s = sitting;
    uint64_t most = 0;
    for (uint64_t k = 0; k < s->patients; k++) most += s->outcomes[k].ttp_event && s->outcomes[k].cause == 1;
    rlp_sitting_share(s, "P(60 cells before none)", progressed(s), s->patients, 0.5 / (1 - pow(0.5, 60)));
    rlp_sitting_share(s, "P(60 cells, most of them R)", most, s->patients, 0.5 * 0.0616842812053);
    return s->rc;
}

static int progressed_by(rlp_sitting_t *s, const double *days, const double *p, size_t n) {
    rlp_sitting_progressed(s, days, p, n);
    return s->rc;
}
#define PROGRESSED(name, ...)                                                     \
    static int name(void *s) {                                                    \
        static const double AT[][2] = {__VA_ARGS__};                              \
        enum { N = sizeof AT / sizeof *AT };                                      \
        double days[N], p[N];                                                     \
        for (size_t k = 0; k < N; k++) days[k] = AT[k][0], p[k] = AT[k][1];       \
        return progressed_by(s, days, p, N);                                      \
    }
PROGRESSED(two_types_all, {30, 0.0779059205879}, {60, 0.396435623373}, {120, 0.583358003998}, {240, 0.596527172884})
PROGRESSED(two_types_resistant, {30, 0.0616608811884}, {60, 0.408634089419}, {120, 0.583764474801}, {240, 0.595541741947})
PROGRESSED(at_visits, {9.99, 0}, {10, 0.245261169827}, {20, 0.62057614387}, {30, 0.777269177324}, {40, 0.835002598224})
PROGRESSED(at_one_visit, {50, 0.314360011164})
PROGRESSED(above_nadir, {5, 0.370316142564}, {10, 0.682098495008}, {20, 0.796329734702}, {60, 0.813863514862})

/* ---- the table ---------------------------------------------------------------------------------------------------------------------------------- */
#define PROCESS(types) "process: {types: {" types "}}\n"
#define S(cells, birth, death) "S: {cells: " #cells ", birth: " #birth ", death: " #death "}"
#define R(cells, birth, death) "R: {cells: " #cells ", birth: " #birth ", death: " #death "}"
#define TYPES(types, channels) "process: {types: {" types "}, channels: [" channels "]}\n"
#define MUTATION(p) "{kind: mutation, from: S, to: R, probability: " #p "}"
#define RECORD(...) "record: {times: [" #__VA_ARGS__ "]}\n"
#define FOLLOW(days) "cohort: {follow_up: " #days " d}\n"
#define UNTIL(days, what) "cohort: {follow_up: " #days " d, until: " #what "}\n"
#define ARM(timeline) "arms: {all: {timeline: [" timeline "]}}\n"
#define PROGRESSION(rule) "endpoints: {progression: {" rule "}}\n"
#define KENDALL "Kendall 1948"

const rlp_limit_t RLP_LIMITS[] = {
    {"L01", "Yule: pure birth from one cell", "geometric, P(N = k) = e^-bt (1 - e^-bt)^(k-1)", "Yule 1925; Bailey 1964 ch. 8",
     PROCESS(S(1, 0.3, 0)) FOLLOW(10) RECORD(10), yule, 0},
    {"L02", "birth and death, supercritical", "each founder 0 with alpha, else geometric(beta)", KENDALL, PROCESS(S(3, 0.3, 0.2)) FOLLOW(10) RECORD(10), supercritical, 0},
    {"L03", "birth and death, subcritical", "as L02", KENDALL, PROCESS(S(20, 0.2, 0.3)) FOLLOW(15) RECORD(15), subcritical, 0},
    {"L04", "birth and death, critical", "alpha = beta = bt/(1 + bt)", KENDALL, PROCESS(S(10, 0.25, 0.25)) FOLLOW(12) RECORD(12), critical, 0},
    {"L04b", "birth and death, critical but for rounding", "as L04", KENDALL, PROCESS(S(10, 0.25, 0.2500000000000001)) FOLLOW(12) RECORD(12), critical, 0},
    {"L05", "rates that change twice", "Moebius maps of the segments, composed", "Kendall 1948 sec. 3",
     PROCESS(S(4, 0.3, 0.1)) ARM("{at: 5 d, set: {S: {birth: 0.1, death: 0.4}}}, {at: 12 d, set: {S: {birth: 0.25, death: 0.2}}}") FOLLOW(20) RECORD(20), piecewise, 0},
    {"L06", "extinction by t", "alpha(t)^n0", "Kendall 1948; Feller 1968 XVII", PROCESS(S(3, 0.3, 0.2)) FOLLOW(40) RECORD(5, 10, 20, 40), extinction, 0},
    {"L07", "gambler's ruin: 50 cells before none", "(1 - (d/b)^n0)/(1 - (d/b)^M)", "Feller 1968 XIV",
     PROCESS(S(3, 0.3, 0.25)) PROGRESSION("burden: 50") UNTIL(5000, progression), gamblers_ruin, 0},
    {"L08", "first passage to 50 cells", "generator on 0..M, absorbing ends", "Karlin & McGregor 1957", PROCESS(S(3, 0.3, 0.25)) PROGRESSION("burden: 50") UNTIL(400, progression),
     first_passage, 0},
    {"L09", "immigration, birth and death", "negative binomial, r = nu/b", "Kendall 1949", TYPES(S(0, 0.2, 0.3), "{kind: immigration, to: S, rate: 2}") FOLLOW(8) RECORD(8),
     immigration_and_birth, 0},
    {"L10", "immigration and death", "binomial + Poisson", "Bartlett 1955", TYPES(S(5, 0, 0.25), "{kind: immigration, to: S, rate: 2}") FOLLOW(6) RECORD(6),
     immigration_and_death, 0},
    {"L11", "a binomial bottleneck between two growths", "Moebius maps with thinning", "Wahl, Gerrish & Saika-Voivod 2002",
     PROCESS(S(10, 0.3, 0.1)) ARM("{at: 5 d, survive: {S: 0.05}}") FOLLOW(15) RECORD(15), bottleneck, 0},
    {"L12", "Luria-Delbrueck, many founders", "Bartlett's generating function, power 100", "Luria & Delbrueck 1943; Lea & Coulson 1949; Zheng 1999",
     TYPES(S(100, 0.1, 0) ", " R(0, 0.1, 0), MUTATION(0.0001)) FOLLOW(46) RECORD(46), luria_delbrueck, 0},
    {"L13", "Luria-Delbrueck, one founder, equal growth", "Bartlett's generating function; S + R is Yule's", "Bartlett 1955",
     TYPES(S(1, 0.3, 0) ", " R(0, 0.3, 0), MUTATION(0.05)) FOLLOW(10) RECORD(10), bartlett, 0},
    {"L14", "Luria-Delbrueck, slower mutants", "backward equations", "Mandelbrot 1974; Koch 1982", TYPES(S(1, 0.3, 0) ", " R(0, 0.2, 0), MUTATION(0.05)) FOLLOW(10) RECORD(10),
     mutants, 0},
    {"L15", "Luria-Delbrueck with death", "backward equations", "Tlsty, Margolin & Lum 1989; Antal & Krapivsky 2011",
     TYPES(S(10, 0.3, 0.1) ", " R(0, 0.25, 0.15), MUTATION(0.02)) FOLLOW(8) RECORD(8), mutants, 0},
    {"L16", "resistance before the tumour has 200 cells", "product of q_n", "Iwasa, Nowak & Michor 2006",
     TYPES(S(1, 0.3, 0.15) ", " R(0, 0.3, 0.15), MUTATION(0.01)) "endpoints: {progression: {burden: 1, of: [R]}, death: {burden: 200}}\n" UNTIL(5000, death), resistance_before, 0},
    {"L17", "who is most when the tumour has 60 cells", "jump chain on S + R < 60", "Iwasa et al. 2006; Bozic & Nowak 2014",
     TYPES(S(1, 0.3, 0.15) ", " R(0, 0.3, 0.15), MUTATION(0.02)) PROGRESSION("burden: 60") UNTIL(5000, progression), resistant_at_size, 0},
    {"L18", "cure by ablation, then a drug 21 days on and 7 off", "backward equations through the segments", "Komarova & Wodarz 2005; Bozic et al. 2013",
     TYPES(S(1000000, 0.14, 0.13) ", " R(40, 0.14, 0.13), MUTATION(0.00001))
         ARM("{at: 7 d, survive: {S: 0.001, R: 0.02}}, {at: 14 d, set: {S: {death: 0.3}, R: {death: 0.16}}}, {at: 35 d, set: {S: {death: 0.12}, R: {death: 0.12}}},"
             "{at: 42 d, set: {S: {death: 0.3}, R: {death: 0.16}}}, {at: 63 d, set: {S: {death: 0.12}, R: {death: 0.12}}}, {at: 70 d, set: {S: {death: 0.3}, R: {death: 0.16}}},"
             "{at: 91 d, set: {S: {death: 0.12}, R: {death: 0.12}}}, {at: 98 d, set: {S: {death: 0.3}, R: {death: 0.16}}}, {at: 119 d, set: {S: {death: 0.12}, R: {death: 0.12}}},"
             "{at: 126 d, set: {S: {death: 0.3}, R: {death: 0.16}}}, {at: 147 d, set: {S: {death: 0.12}, R: {death: 0.12}}}, {at: 154 d, set: {S: {death: 0.3}, R: {death: 0.16}}},"
             "{at: 175 d, set: {S: {death: 0.12}, R: {death: 0.12}}}") FOLLOW(200) RECORD(100, 200),
     cure, 0},
    {"L19", "two hits: the first doubly mutated cell", "backward equations, that cell absorbed", "Moolgavkar & Venzon 1979; Iwasa, Michor & Nowak 2004",
     TYPES(S(1000, 0.14, 0.14) ", A: {cells: 0, birth: 0.15, death: 0.14}, B: {cells: 0, birth: 0.2, death: 0.1}",
           "{kind: mutation, from: S, to: A, probability: 0.001}, {kind: mutation, from: A, to: B, probability: 0.001}") PROGRESSION("burden: 1, of: [B]") UNTIL(400, progression),
     two_hits, 0},
    {"L20", "cells that switch on and off", "sum of two binomials", "Bailey 1964",
     TYPES("A: {cells: 30, birth: 0, death: 0}, B: {cells: 10, birth: 0, death: 0}", "{kind: switch, from: A, to: B, rate: 0.1}, {kind: switch, from: B, to: A, rate: 0.25}")
         FOLLOW(5) RECORD(5),
     telegraph, 0},
    {"L21a", "moments: two types, every kind of channel", "moment and backward equations", "Bartlett 1949; Athreya & Ney 1972 ch. V",
     TYPES(S(10000, 0.14, 0.13) ", " R(0, 0.14, 0.1), MUTATION(0.0001) ", {kind: mutation, from: S, to: R, rate: 0.00001}, {kind: switch, from: R, to: S, rate: 0.001},"
           "{kind: immigration, to: S, rate: 2}") FOLLOW(50) RECORD(50),
     moments_of_all, 0},
    {"L21b", "moments: three types, a timeline and a bottleneck", "as L21a", "as L21a",
     TYPES(S(500, 0.2, 0.15) ", E: {cells: 50, birth: 0.1, death: 0.05}, " R(0, 0.25, 0.1),
           "{kind: switch, from: S, to: E, rate: 0.02}, {kind: switch, from: E, to: S, rate: 0.05}, {kind: mutation, from: S, to: R, probability: 0.002},"
           "{kind: mutation, from: E, to: R, probability: 0.01}, {kind: mutation, from: E, to: R, rate: 0.001}")
         ARM("{at: 10 d, set: {S: {death: 0.4}}}, {at: 20 d, survive: {S: 0.1, E: 0.5}}, {at: 25 d, set: {S: {birth: 0.3, death: 0.15}}}") FOLLOW(40) RECORD(40),
     moments_of_all, 0},
    {"L21c", "moments: a chain of eight with switching and immigration", "as L21a", "as L21a",
     TYPES("T0: {cells: 200, birth: 0.1, death: 0.12}, T1: {cells: 0, birth: 0.12, death: 0.125}, T2: {cells: 50, birth: 0.14, death: 0.13},"
           "T3: {cells: 0, birth: 0.16, death: 0.135}, T4: {cells: 0, birth: 0.18, death: 0.14}, T5: {cells: 10, birth: 0.2, death: 0.145},"
           "T6: {cells: 0, birth: 0.22, death: 0.15}, T7: {cells: 0, birth: 0.24, death: 0.155}",
           "{kind: mutation, from: T0, to: T1, probability: 0.01}, {kind: mutation, from: T1, to: T2, probability: 0.02}, {kind: mutation, from: T2, to: T3, probability: 0.03},"
           "{kind: mutation, from: T3, to: T4, probability: 0.04}, {kind: mutation, from: T4, to: T5, probability: 0.05}, {kind: mutation, from: T5, to: T6, probability: 0.06},"
           "{kind: mutation, from: T6, to: T7, probability: 0.07}, {kind: switch, from: T0, to: T3, rate: 0.01}, {kind: switch, from: T1, to: T4, rate: 0.012},"
           "{kind: switch, from: T2, to: T5, rate: 0.014}, {kind: switch, from: T3, to: T6, rate: 0.016}, {kind: switch, from: T4, to: T7, rate: 0.018},"
           "{kind: switch, from: T5, to: T0, rate: 0.02}, {kind: switch, from: T6, to: T1, rate: 0.022}, {kind: switch, from: T7, to: T2, rate: 0.024},"
           "{kind: mutation, from: T2, to: T7, rate: 0.005}, {kind: immigration, to: T4, rate: 1.5}") FOLLOW(30) RECORD(30),
     moments_of_all, 0},
    {"L22", "logistic capacity of 16 cells", "generator on 0..K", "Norden 1982; Nasell 2001",
     "process: {types: {" S(5, 0.4, 0.15) "}, capacity: {law: logistic, cells: 16}}\n" FOLLOW(500) RECORD(20, 50, 500), crowded, 0},
    {"L23", "Gompertz capacity of 30 cells", "generator on 0..K", "as L22",
     "process: {types: {" S(5, 0.5, 0.2) "}, capacity: {law: gompertz, cells: 30}}\n" FOLLOW(200) RECORD(20, 50, 200), crowded, 0},
    {"L24", "mutants from a constant source", "negative binomial, r = mu/b", "Karlin & McGregor 1967; Tavare 1987",
     TYPES("A: {cells: 1, birth: 0, death: 0}, C: {cells: 0, birth: 0.2, death: 0.1}", "{kind: mutation, from: A, to: C, rate: 0.5}") FOLLOW(20) RECORD(20), mutants, 0},
    {"L26", "progression of a two-type tumour to 40 cells", "generator on S + R < 40", "finite generator",
     TYPES(S(20, 0.14, 0.17) ", " R(0, 0.14, 0.05), MUTATION(0.02)) PROGRESSION("burden: 40") UNTIL(240, progression), two_types_all, 0},
    {"L27", "progression of its resistant cells to 30", "generator on S <= 160, R < 30", "finite generator",
     TYPES(S(20, 0.14, 0.17) ", " R(0, 0.14, 0.05), MUTATION(0.02)) PROGRESSION("burden: 30, of: [R]") UNTIL(240, progression), two_types_resistant, 0},
    {"L28", "growth of one cell to 1000", "generator on 0..M; Gumbel's law in the limit", "Durrett & Moseley 2010; Bozic & Nowak 2014",
     PROCESS(S(1, 0.2, 0.1)) PROGRESSION("burden: 1000") UNTIL(140, progression), growth_time, 0},
    {"L29", "progression seen only at visits", "generator, stopped at visits", "Kendall 1948", PROCESS(S(5, 0.3, 0.2)) PROGRESSION("burden: 20, every: 10 d") UNTIL(45, progression),
     at_visits, 0},
    {"L30", "a large threshold at one visit", "law of R by the generating function", "Kessler & Levine 2013; Durrett & Moseley 2010",
     TYPES(S(100000, 0.14, 0.16) ", " R(0, 0.2, 0.1), MUTATION(0.0001)) PROGRESSION("burden: 2000, of: [R], every: 50 d") UNTIL(60, progression), at_one_visit, 0},
    {"L31", "the first resistant cell, and the first that stays", "backward equations", "Iwasa et al. 2006; Komarova & Wodarz 2005",
     TYPES(S(1000000, 0.14, 0.19) ", " R(0, 0.2, 0.1), MUTATION(0.0000002)) PROGRESSION("burden: 1, of: [R]") FOLLOW(150) RECORD(100, 150), relapse_law, 0},
    {"L32", "progression above the nadir", "generator on (n, running minimum)", "finite generator",
     PROCESS(S(20, 0.3, 0.35)) PROGRESSION("relative_to_nadir: 1.5, minimum: 10") UNTIL(60, progression), above_nadir, 0},
    {"L33", "logistic growth of a large population", "the logistic curve, up to 1/K", "Verhulst 1838; Kurtz 1970",
     "process: {types: {" S(20000, 0.4, 0.15) "}, capacity: {law: logistic, cells: 1e6}}\n" FOLLOW(40) RECORD(5, 10, 15, 20), saturating, 0.001},
};
const size_t RLP_LIMIT_COUNT = sizeof RLP_LIMITS / sizeof *RLP_LIMITS;
