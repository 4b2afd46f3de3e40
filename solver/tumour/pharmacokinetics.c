/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Levels: one compartment with first-order absorption, in closed form.
 *
 * One dose D at time 0:  c(s) = D/V ka/(ka - ke) (exp(-ke s) - exp(-ka s))   (Bateman; D/V exp(-ke s) where the dose enters the blood at
 * once). n doses every T, s after the last of them:  sum over j < n of c(s + j T), in which exp(-k j T) sums to (1 - exp(-k n T))/(1 -
 * exp(-k T)). Averages over a stretch: four Gauss nodes in each panel; panels begin at doses and double in length after them (T/2^j), as
 * absorption asks. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "relapse/memory.h"

#define STEADY 1e-7
#define GONE 1e-14
#define PANELS_MAX 10
#define PERIOD_MAX 8.0

#define GAUSS TUMOUR_NODES
#define GAUSS_OUTER 0.43056815579702628761 /* half of sqrt(3/7 + 2/7 sqrt(6/5)), and so on */
#define GAUSS_INNER 0.16999052179242813344
static const double GAUSS_NODE[GAUSS] = {0.5 - GAUSS_OUTER, 0.5 - GAUSS_INNER, 0.5 + GAUSS_INNER, 0.5 + GAUSS_OUTER};
static const double GAUSS_WEIGHT[GAUSS] = {0.17392742256872692869, 0.32607257743127307131, 0.32607257743127307131, 0.17392742256872692869};

/* ---- one course ------------------------------------------------------------------------------------------------------------- */
/* sum over j < n of exp(-k (s + j T)); the end of the geometric series is dropped once it is below STEADY, so that steady days are equal.
 * */
static double superposed(double k, double s, double T, double n) {
    double missing = k * T * n > 17 ? 0 : exp(-k * T * n); /* exp(-17) < STEADY */
    return exp(-k * s) * (missing < STEADY ? 1 : 1 - missing) / -expm1(-k * T);
}

double tumour_course_level(const tumour_pk_t *pk, const tumour_course_t *c, double t) {
    if (t < c->from || c->doses < 1) return 0;
    double n = fmin(c->doses, floor((t - c->from) / c->every) + 1), s = t - c->from - (n - 1) * c->every;
    if (n == 1)
        return c->dose / pk->volume *
               (isinf(pk->ka) ? exp(-pk->ke * s) : pk->ka / (pk->ka - pk->ke) * (exp(-pk->ke * s) - exp(-pk->ka * s)));
    double slow = superposed(pk->ke, s, c->every, n);
    if (isinf(pk->ka)) return c->dose / pk->volume * slow;
    return fmax(0, c->dose / pk->volume * pk->ka / (pk->ka - pk->ke) * (slow - superposed(pk->ka, s, c->every, n)));
}

void tumour_levels_parts(const rlp_environment_t *e, size_t drug, double t, double counted, double *slow, double *fast) {
    *slow = *fast = 0;
    for (size_t i = 0; i < e->n_courses; i++) {
        const tumour_course_t *c = &e->courses[i];
        const tumour_pk_t *pk = &e->pk[drug];
        if (c->drug != drug || counted < c->from || c->doses < 1) continue;
        double n = fmin(c->doses, floor((counted - c->from) / c->every) + 1), s = fmax(0, t - c->from - (n - 1) * c->every);
        double scale = c->dose / pk->volume * (isinf(pk->ka) ? 1 : pk->ka / (pk->ka - pk->ke));
        *slow += scale * (n == 1 ? exp(-pk->ke * s) : superposed(pk->ke, s, c->every, n));
        if (!isinf(pk->ka)) *fast += scale * (n == 1 ? exp(-pk->ka * s) : superposed(pk->ka, s, c->every, n));
        tumour_missed_parts(e, c, t, counted, scale, slow, fast);
    }
}

static double slowest(const tumour_pk_t *pk) { return fmin(pk->ka, pk->ke); }

double tumour_course_steady(const tumour_pk_t *pk, const tumour_course_t *c) {
    double n = ceil(-log(STEADY) / (slowest(pk) * c->every)) + 1;
    return n < c->doses ? c->from + n * c->every : INFINITY;
}

double tumour_course_gone(const tumour_pk_t *pk, const tumour_course_t *c) {
    if (isinf(c->doses)) return INFINITY;
    double sum = 1 / -expm1(-slowest(pk) * c->every); /* at most so many doses at once */
    return c->from + (c->doses - 1) * c->every + (log(sum) - log(GONE)) / slowest(pk);
}

static bool in_blood(const tumour_course_t *c, double from, double to) {
    return to > c->from && c->doses >= 1 && from < c->gone;
}

bool tumour_levels_any(const rlp_environment_t *e, double from, double to) {
    for (size_t i = 0; i < e->n_courses; i++)
        if (in_blood(&e->courses[i], from, to)) return true;
    return false;
}

double tumour_levels_period(const rlp_environment_t *e, double t) {
    double longest = 0;
    for (size_t i = 0; i < e->n_courses; i++) {
        const tumour_course_t *c = &e->courses[i];
        if (!in_blood(c, t, t + 1e-9)) continue;
        if (!course_running(c, t) || t < c->steady || tumour_missed_lately(e, c, t)) return 0;
        longest = fmax(longest, c->every);
    }
    double period = longest > 0 && longest < 1 && fmod(1, longest) == 0 ? 1 : longest; /* a day where whole days are periods */
    for (size_t i = 0; i < e->n_courses && period > 0; i++) {
        const tumour_course_t *c = &e->courses[i];
        if (in_blood(c, t, t + 1e-9) && fmod(period, c->every) != 0) return 0;
    }
    return period <= PERIOD_MAX ? period : 0;
}

/* ---- nodes ------------------------------------------------------------------------------------------------------------------ */
static int rising(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int levels_room(const rlp_environment_t *e, tumour_levels_t *set, size_t need) {
    if (need <= set->capacity) return RLP_OK;
    size_t room = need < 64 ? 64 : 2 * need;
    tumour_levels_free(set);
    int rc = RLP_NEW(set->weight, room);
    if (!rc) rc = RLP_NEW(set->at, 2 * room); /* the second half: ends of panels while building */
    if (!rc) rc = RLP_NEW(set->level, room * (e->n_drugs ? e->n_drugs : 1));
    if (!rc) rc = RLP_NEW(set->powered, room * (e->n_drugs ? e->n_drugs : 1));
    if (!rc) rc = RLP_NEW(set->work, 2 * room);
    if (!rc && e->n_level_steps) rc = RLP_NEW(set->length, room);
    if (!rc && e->n_level_steps) rc = RLP_NEW(set->slow, room * e->n_drugs);
    if (!rc && e->n_level_steps) rc = RLP_NEW(set->fast, room * e->n_drugs);
    if (rc) {
        tumour_levels_free(set);
        return rc;
    }
    set->capacity = room;
    return RLP_OK;
}

void tumour_levels_free(tumour_levels_t *set) {
    free(set->weight);
    free(set->at);
    free(set->level);
    free(set->powered);
    free(set->work);
    free(set->length);
    free(set->slow);
    free(set->fast);
    memset(set, 0, sizeof *set);
}

/* Panels after each dose: T/2, T/4, ... down to a quarter of the time of absorption: effects with a mean error of 1e-8, 1e-6 for short
 * steep ones. */
static size_t panels_of(const tumour_pk_t *pk, const tumour_course_t *c) {
    size_t panels = 2;
    double shortest = isinf(pk->ka) ? 0.5 / pk->ke : 0.25 / pk->ka;
    for (double length = c->every / 4; length > shortest && panels < PANELS_MAX; length /= 2) panels++;
    return panels;
}

static double last_dose_before(const tumour_course_t *c, double t) {
    return fmin(c->doses, fmax(1, floor((t - c->from) / c->every) + 1)) - 1;
}

static size_t most_ends(const rlp_environment_t *e, double from, double to) {
    double n = 3;
    for (size_t i = 0; i < e->n_courses; i++) n += ((to - from) / e->courses[i].every + 3) * (PANELS_MAX + 1);
    return (size_t)n;
}

static void add_end(double *ends, size_t *n, double from, double to, double at) {
    if (at > from && at < to) ends[(*n)++] = at;
}

static void add_course_ends(const rlp_environment_t *e, const tumour_course_t *c, double from, double to, double *ends, size_t *n) {
    size_t panels = panels_of(&e->pk[c->drug], c);
    for (double k = last_dose_before(c, from); k < c->doses && c->from + k * c->every < to; k++) {
        double dose = c->from + k * c->every, length = c->every;
        add_end(ends, n, from, to, dose);
        for (size_t j = 1; j <= panels; j++) add_end(ends, n, from, to, dose + (length /= 2));
    }
}

/* begin, length: the time for which the node stands. */
static void fill_cell(const rlp_environment_t *e, tumour_levels_t *set, size_t k, double begin, double length) {
    if (!e->n_level_steps) return;
    set->length[k] = length;
    for (size_t d = 0; d < e->n_drugs; d++)
        tumour_levels_parts(e, d, begin, set->at[k], &set->slow[d * set->capacity + k], &set->fast[d * set->capacity + k]);
}

static void fill_powers(const rlp_environment_t *e, tumour_levels_t *set) {
    for (size_t d = 0; d < e->n_drugs; d++) {
        const tumour_drug_t *drug = &e->model->drugs[d];
        const double *c = &set->level[d * set->capacity];
        double *powered = &set->powered[d * set->capacity];
        for (size_t k = 0; k < set->n; k++)
            powered[k] = c[k] > 0 && tumour_has_occupancy(drug) ? tumour_raised(c[k], e->values[drug->power]) : 0;
    }
}

static const tumour_decay_t *decay_over(tumour_pk_t *pk, double length) {
    size_t i = 0;
    while (i < pk->n_decays && fabs(pk->decays[i].length - length) > 1e-12 * length) i++;
    if (i < pk->n_decays) return &pk->decays[i];
    if (i == TUMOUR_DECAYS) i = pk->n_decays = 0; /* begin anew */
    tumour_decay_t *d = &pk->decays[i];
    pk->n_decays++;
    d->length = length;
    for (size_t g = 0; g <= GAUSS; g++) {
        double s = g < GAUSS ? length * GAUSS_NODE[g] : length;
        d->slow[g] = exp(-pk->ke * s);
        d->fast[g] = isinf(pk->ka) ? 0 : exp(-pk->ka * s);
    }
    return d;
}

static double doses_by(const tumour_course_t *c, double t) { return t < c->from ? 0 : fmin(c->doses, floor((t - c->from) / c->every) + 1); }

/* What is in the blood where the stretch begins, in closed form; from there on panel by panel. */
static void begin_panels(rlp_environment_t *e, double start, double inside) {
    for (size_t d = 0; d < e->n_drugs; d++) {
        e->pk[d].slow = e->pk[d].fast = 0;
        if (e->drug_given[d]) tumour_levels_parts(e, d, start, inside, &e->pk[d].slow, &e->pk[d].fast);
    }
    for (size_t i = 0; i < e->n_courses; i++) e->courses[i].seen = doses_by(&e->courses[i], inside);
}

/* Doses between the panel before and a time within the next, which begins at `start`. */
static void take_doses(rlp_environment_t *e, double start, double inside) {
    for (size_t i = 0; i < e->n_courses; i++) {
        tumour_course_t *c = &e->courses[i];
        tumour_pk_t *pk = &e->pk[c->drug];
        if (c->seen >= c->doses) continue;
        double n = doses_by(c, inside), scale = c->dose / pk->volume * (isinf(pk->ka) ? 1 : pk->ka / (pk->ka - pk->ke));
        for (; c->seen < n; c->seen++) {
            double s = fmax(0, start - c->from - c->seen * c->every);
            if (tumour_missed_dose(e, c, c->seen)) continue;
            pk->slow += scale * (s > 0 ? exp(-pk->ke * s) : 1);
            if (!isinf(pk->ka)) pk->fast += scale * (s > 0 ? exp(-pk->ka * s) : 1);
        }
    }
}

/* Nodes of a panel, which no dose divides: each level is a difference of two exponentials. */
static void fill_panel(rlp_environment_t *e, tumour_levels_t *set, double start, double length, double weight) {
    for (size_t g = 0; g < GAUSS; g++) {
        set->at[set->n + g] = start + length * GAUSS_NODE[g];
        set->weight[set->n + g] = GAUSS_WEIGHT[g] * weight;
    }
    if (set->n == 0)
        begin_panels(e, start, set->at[0]);
    else
        take_doses(e, start, set->at[set->n]);
    for (size_t d = 0; d < e->n_drugs; d++) {
        double *c = &set->level[d * set->capacity + set->n];
        tumour_pk_t *pk = &e->pk[d];
        bool any = pk->slow > 0;
        const tumour_decay_t *left = any ? decay_over(pk, length) : NULL;
        for (size_t g = 0; g < GAUSS; g++) c[g] = any ? fmax(0, pk->slow * left->slow[g] - pk->fast * left->fast[g]) : 0;
        if (any) pk->slow *= left->slow[GAUSS], pk->fast *= left->fast[GAUSS];
    }
    set->n += GAUSS;
}

/* The one drug in the blood, or RLP_NONE. */
static size_t only_drug(const rlp_environment_t *e, double from, double to) {
    size_t drug = RLP_NONE;
    for (size_t i = 0; i < e->n_courses; i++) {
        if (!in_blood(&e->courses[i], from, to)) continue;
        if (drug != RLP_NONE && drug != e->courses[i].drug) return RLP_NONE;
        drug = e->courses[i].drug;
    }
    return drug;
}

/* The ends of panels lie in the second half of set->at until their panel is filled; nodes never catch up with them. */
static void fill_panels(rlp_environment_t *e, tumour_levels_t *set, double from, double to, const double *ends, size_t n_ends) {
    double middle = 0.5 * (from + to);
    set->n = set->half = 0;
    for (size_t p = 0; p + 1 < n_ends; p++) {
        double start = ends[p], length = ends[p + 1] - start;
        if (length <= 1e-12 * (to - from)) continue;
        double begin = start;
        fill_panel(e, set, start, length, length / (to - from));
        for (size_t g = 0; g < GAUSS; g++) {
            fill_cell(e, set, set->n - GAUSS + g, begin, GAUSS_WEIGHT[g] * length);
            begin += GAUSS_WEIGHT[g] * length;
        }
        if (start + 0.5 * length < middle) set->half = set->n; /* no panel crosses the middle */
    }
    size_t drug = e->rule_fits ? only_drug(e, from, to) : RLP_NONE;
    if (drug != RLP_NONE) tumour_rule_shorten(e, drug, set);
    fill_powers(e, set);
}

int tumour_levels_build(rlp_environment_t *e, double from, double to, tumour_levels_t *set) {
    bool any = tumour_levels_any(e, from, to);
    size_t most = any ? most_ends(e, from, to) * (1 + 2 * e->n_cuts) : 1, n = 0;
    int rc = levels_room(e, set, GAUSS * most);
    if (rc) return rc;
    set->none = !any;
    if (!any) {
        set->n = 0;
        for (size_t d = 0; d < e->n_drugs; d++) set->level[d * set->capacity] = set->powered[d * set->capacity] = 0;
        set->at[0] = 0.5 * (from + to);
        set->weight[0] = 1;
        set->n = 1;
        set->half = 0;
        fill_cell(e, set, 0, set->at[0], 0);
        return RLP_OK;
    }
    double *ends = set->at + set->capacity;
    ends[n++] = from;
    ends[n++] = 0.5 * (from + to);
    ends[n++] = to;
    for (size_t i = 0; i < e->n_courses; i++)
        if (in_blood(&e->courses[i], from, to)) add_course_ends(e, &e->courses[i], from, to, ends, &n);
    qsort(ends, n, sizeof *ends, rising);
    for (size_t p = 0, panels = n - 1; p < panels && e->n_cuts; p++)
        n += ends[p + 1] - ends[p] > 1e-12 * (to - from) ? tumour_cuts_within(e, ends[p], ends[p + 1] - ends[p], &ends[n]) : 0;
    if (e->n_cuts) qsort(ends, n, sizeof *ends, rising);
    fill_panels(e, set, from, to, ends, n);
    return RLP_OK;
}

static double level_of(const rlp_environment_t *e, const tumour_course_t *c, double t) {
    const tumour_pk_t *pk = &e->pk[c->drug];
    double slow = 0, fast = 0, level = tumour_course_level(pk, c, t);
    tumour_missed_parts(e, c, t, t, c->dose / pk->volume * (isinf(pk->ka) ? 1 : pk->ka / (pk->ka - pk->ke)), &slow, &fast);
    return fmax(0, level + slow - fast);
}

int tumour_levels_instant(rlp_environment_t *e, double t, tumour_levels_t *set) {
    int rc = levels_room(e, set, 1);
    if (rc) return rc;
    set->n = set->half = 0;
    set->none = !tumour_levels_any(e, t, t);
    set->n = 1;
    set->at[0] = t;
    set->weight[0] = 1;
    for (size_t d = 0; d < e->n_drugs; d++) set->level[d * set->capacity] = 0;
    for (size_t i = 0; i < e->n_courses; i++)
        set->level[e->courses[i].drug * set->capacity] += level_of(e, &e->courses[i], t);
    fill_powers(e, set);
    fill_cell(e, set, 0, t, 0);
    return RLP_OK;
}
