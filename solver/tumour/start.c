/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The cells present at time 0: tumour.cells in all, split over sites by share, then over plastic states (multinomial), with the genetic
 * clones that arose while the tumour grew from one cell (Poisson founders in an exponentially growing population, every one with its own
 * birth-death line).
 *
 * While M cells grow at birth b and death d, delta = d/b, founders of a trait at probability u per division are Poisson(M u b/(b - d))
 * in number; one is founded when the tumour had x M cells, x uniform, has since grown by E = 1/x in the mean, lives with q = (1 -
 * delta)/(1 - delta x), and is then geometric with mean E/q. In L = -ln(1 - delta x) the living ones are a uniform Poisson scatter of
 * density M u/delta over (0, -ln(1 - delta)): only they are drawn. Where there are many, those of one narrow band of x share one mean
 * size (their sum is then negative binomial, exactly), which keeps mean, variance and tail; the few large old ones are always drawn one
 * by one. Rungs: a clone of age ln(E)/growth has climbed by the mean share of a line of division on each rung (gain and loss per
 * division), drawn as a multinomial. Clones with two genetic traits at the start are left out (of order u1 u2 M). Costs are left out, as
 * the notes say: sensitive rates. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "relapse/memory.h"
#include "relapse/variates.h"

#define BANDS 1024      /* down to x = 1e-23: more than the cells there can be */
#define BAND_RATIO 0.95 /* of x, from one band to the next */
#define ONE_BY_ONE 16

typedef struct {
    const rlp_tumour_t *model;
    const double *values;
    rlp_stream_t *stream; /* NULL: expected counts */
    double cells, birth, growth, delta;
    double *site_share;
    double *clone;                         /* [genotype][site] cells of clones */
    size_t genotype[TUMOUR_RUNGS_MAX + 1]; /* of the trait being founded, by rung */
} start_t;

/* ---- rungs
 * ---------------------------------------------------------------------------------------------------------------------------------- */
/* Advance the shares of a line of descent on rungs 0 (off) to `rungs` by `time`: up at b gain, down at b loss (uniformised: steps of a
 * Poisson number). */
static void climb(double *share, size_t rungs, double up, double down, double time) {
    double rate = up + down, total = rate * time, term = exp(-total), left = 1 - term;
    double now[TUMOUR_RUNGS_MAX + 1], next[TUMOUR_RUNGS_MAX + 1], sum[TUMOUR_RUNGS_MAX + 1];
    if (!(total > 0)) return;
    if (total > 20) { /* halves, so that exp does not vanish */
        climb(share, rungs, up, down, time / 2);
        climb(share, rungs, up, down, time / 2);
        return;
    }
    for (size_t k = 0; k <= rungs; k++) now[k] = share[k], sum[k] = term * share[k];
    for (int i = 1; i < 200 && left > 1e-12; i++) {
        for (size_t k = 0; k <= rungs; k++) next[k] = 0;
        next[0] += now[0];
        for (size_t k = 1; k <= rungs; k++) {
            next[k < rungs ? k + 1 : k] += now[k] * up / rate;
            next[k - 1] += now[k] * down / rate;
        }
        term *= total / i;
        left -= term;
        for (size_t k = 0; k <= rungs; k++) now[k] = next[k], sum[k] += term * next[k];
    }
    memcpy(share, sum, (rungs + 1) * sizeof *share);
}

/* ---- clones
 * ------------------------------------------------------------------------------------------------------------------------------------ */
static size_t site_of_clone(const start_t *s) {
    double u = rlp_stream_uniform(s->stream);
    for (size_t i = 0; i + 1 < s->model->n_sites; i++) {
        if (u < s->site_share[i]) return i;
        u -= s->site_share[i];
    }
    return s->model->n_sites - 1;
}

/* The genotype that has this rung and nothing else. */
static size_t genotype_with(const rlp_tumour_t *m, size_t trait, size_t rung) {
    for (size_t g = 0; g < m->n_genotypes; g++) {
        bool only = true;
        for (size_t t = 0; t < m->n_traits; t++) only = only && m->genotypes[g][t] == (t == trait ? rung : 0);
        if (only) return g;
    }
    return RLP_NONE;
}

/* `cells` of clones of one age at a site: over the rungs of their ladder. */
static void place(start_t *s, size_t trait, size_t site, double cells, const double *share) {
    const rlp_tumour_t *m = s->model;
    size_t rungs = m->traits[trait].rungs;
    int64_t counts[TUMOUR_RUNGS_MAX + 1];
    if (m->traits[trait].kind != TRAIT_LADDER) {
        s->clone[s->genotype[1] * m->n_sites + site] += cells;
        return;
    }
    if (s->stream) (void)rlp_variate_multinomial(s->stream, (int64_t)cells, rungs + 1, share, counts);
    for (size_t k = 1; k <= rungs; k++) {
        s->clone[s->genotype[k] * m->n_sites + site] += s->stream ? (double)counts[k] : cells * share[k];
    }
}

static double mean_size(const start_t *s, double x) { return (1 - s->delta * x) / (x * (1 - s->delta)); }

/* `n` living clones, each 1 + failures before a success of probability 1/mean. */
static double sizes(const start_t *s, int64_t n, double mean) {
    double r = fmax(0, 1 - 1 / mean);
    return (double)n + (double)rlp_variate_negative_binomial(s->stream, n, r, 1 - r);
}

static void draw_one(start_t *s, size_t trait, double low, double high, const double *share) {
    double L = low + (high - low) * rlp_stream_uniform(s->stream), x = fmax(-expm1(-L) / s->delta, 1 / s->cells);
    size_t site = site_of_clone(s);
    place(s, trait, site, sizes(s, 1, mean_size(s, x)), share);
}

/* n living clones with L in (low, high): one by one, or a site's worth together with the band's mean size. */
static void draw_band(start_t *s, size_t trait, double low, double high, int64_t n, const double *share) {
    const rlp_tumour_t *m = s->model;
    int64_t at[TUMOUR_SITES_MAX];
    if (n <= ONE_BY_ONE || low <= 0) {
        for (int64_t i = 0; i < n; i++) draw_one(s, trait, low, high, share);
        return;
    }
    double a = -expm1(-low) / s->delta,
           b = -expm1(-high) / s->delta; /* mean of E/q over the band: integral of dx/x, over integral of q dx */
    double mean = log(b / a) * s->delta / ((high - low) * (1 - s->delta));
    (void)rlp_variate_multinomial(s->stream, n, m->n_sites, s->site_share, at);
    for (size_t i = 0; i < m->n_sites; i++)
        if (at[i]) place(s, trait, i, sizes(s, at[i], mean), share);
}

static void expect_band(start_t *s, size_t trait, double a, double b, double u, const double *share) {
    double cells = s->cells * u * s->birth / s->growth * log(b / fmax(a, 1 / s->cells)); /* founders x E, over x */
    for (size_t i = 0; i < s->model->n_sites; i++) place(s, trait, i, cells * s->site_share[i], share);
}

static void found_trait(start_t *s, size_t trait) {
    const tumour_trait_t *t = &s->model->traits[trait];
    double u = s->values[t->found], density = s->cells * u / s->delta, high_x = 1, high = -log1p(-s->delta), age = 0;
    double share[TUMOUR_RUNGS_MAX + 1] = {0, 1};
    double up = s->birth * value_or(s->values, t->gain, 0), down = s->birth * value_or(s->values, t->loss, 0);
    for (size_t k = 1; k <= t->rungs; k++) s->genotype[k] = genotype_with(s->model, trait, k);
    if (s->genotype[1] == RLP_NONE || !(u > 0)) return; /* all rungs are there or none: combine: {genetic: 0} */
    for (size_t band = 0; band < BANDS && high_x > 1 / s->cells; band++) {
        double low_x = high_x * BAND_RATIO, low = -log1p(-s->delta * low_x);
        int64_t n = s->stream ? rlp_variate_poisson(s->stream, density * (high - low)) : 1;
        if (n > 0 && t->kind == TRAIT_LADDER) { /* nobody climbs in an empty band */
            double middle = -log(high_x * sqrt(BAND_RATIO)) / s->growth;
            climb(share, t->rungs, up, down, middle - age);
            age = middle;
        }
        if (s->stream)
            draw_band(s, trait, low, high, n, share);
        else
            expect_band(s, trait, fmax(low_x, 1 / s->cells), high_x, u, share);
        high_x = low_x;
        high = low;
    }
}

/* ---- the rest
 * ------------------------------------------------------------------------------------------------------------------------------------ */
/* Share of each plastic state: those with one trait keep its `start` in all, so that each trait's share holds whatever may be combined. */
static void plastic_shares(const rlp_tumour_t *m, const double *values, double *share) {
    double rest = 1;
    for (size_t p = 0; p < m->n_plastics; p++) {
        size_t n = 0, last = 0;
        share[p] = 1;
        for (size_t t = 0; t < m->n_traits; t++)
            if (m->plastics[p][t]) share[p] *= values[m->traits[t].start], n++, last = t;
        if (n == 0) share[p] = 0;
        if (n != 1) continue;
        for (size_t q = 0; q < m->n_plastics; q++) {
            double both = 1;
            size_t k = 0;
            for (size_t t = 0; t < m->n_traits; t++)
                if (m->plastics[q][t]) both *= values[m->traits[t].start], k++;
            if (k > 1 && m->plastics[q][last]) share[p] -= both;
        }
        share[p] = fmax(0, share[p]);
    }
    for (size_t p = 1; p < m->n_plastics; p++) rest -= share[p];
    share[0] = fmax(0, rest);
    for (size_t p = 0; p < m->n_plastics && rest < 0; p++) share[p] /= 1 - rest; /* shares drawn beyond all cells */
}

static void split_plastic(const start_t *s, const double *share, int64_t cells, int64_t *out) {
    size_t n = s->model->n_plastics;
    int64_t left = cells;
    if (s->stream) {
        left = rlp_variate_multinomial(s->stream, cells, n, share, out);
        out[0] += left;
        return;
    }
    for (size_t p = 1; p < n; p++) left -= out[p] = (int64_t)llround((double)cells * share[p]);
    out[0] = left > 0 ? left : 0;
}

/* A site's cells: its clones, and the sensitive ones as the rest. Clones beyond the site's cells are cut. */
static void fill_site(start_t *s, size_t site, int64_t cells, const double *share, int64_t *out) {
    const rlp_tumour_t *m = s->model;
    int64_t left = cells;
    for (size_t g = 1; g < m->n_genotypes; g++) {
        double n = fmin(round(s->clone[g * m->n_sites + site]), (double)left);
        left -= (int64_t)n;
        split_plastic(s, share, (int64_t)n, &out[tumour_type_index(m, site, g, 0)]);
    }
    split_plastic(s, share, left, &out[tumour_type_index(m, site, 0, 0)]);
}

static void fill_sites(start_t *s, const double *share, int64_t *cells) {
    const rlp_tumour_t *m = s->model;
    int64_t total = (int64_t)llround(s->cells), given = 0;
    double sum = 0;
    for (size_t i = 0; i < m->n_sites; i++) {
        sum += s->site_share[i];
        int64_t upto = i + 1 == m->n_sites ? total : (int64_t)llround(fmin(sum, 1) * s->cells);
        fill_site(s, i, upto - given, share, cells);
        given = upto;
    }
}

static int make_room(start_t *s, double **share) {
    const rlp_tumour_t *m = s->model;
    double sum = 0;
    int rc = RLP_NEW(s->site_share, m->n_sites);
    if (!rc) rc = RLP_NEW(s->clone, m->n_genotypes * m->n_sites);
    if (!rc) rc = RLP_NEW(*share, m->n_plastics);
    for (size_t i = 0; i < m->n_sites && !rc; i++) sum += s->site_share[i] = s->values[m->sites[i].share];
    for (size_t i = 0; i < m->n_sites && !rc; i++) s->site_share[i] = sum > 0 ? s->site_share[i] / sum : 1.0 / (double)m->n_sites;
    return rc;
}

int rlp_tumour_start(const rlp_tumour_t *model, const double *values, rlp_stream_t *stream, int64_t *cells) {
    start_t s = {.model = model, .values = values, .stream = stream};
    double *share = NULL;
    s.cells = values[model->cells];
    s.birth = values[model->birth];
    s.growth = fmax(tumour_growth(model, values), 1e-6 * s.birth); /* a tumour that does not grow now must have grown once */
    s.delta = (s.birth - s.growth) / s.birth;
    int rc = make_room(&s, &share);
    if (rc) goto out;
    memset(cells, 0, model->n_types * sizeof *cells);
    for (size_t t = 0; t < model->n_traits; t++)
        if (model->traits[t].kind != TRAIT_PLASTIC) found_trait(&s, t);
    plastic_shares(model, values, share);
    fill_sites(&s, share, cells);
out:
    free(s.site_share);
    free(s.clone);
    free(share);
    return rc;
}
