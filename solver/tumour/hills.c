/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What drugs do to the rates of cells, averaged over the levels of a stretch of time.
 *
 *   E = max x share left x mean of z/(1 + z),   z = (level/(half x shift))^power
 * a summand where max is a rate, else a factor 1 + E; `changes: growth` takes a share of the patient's own net growth, through birth: a
 * factor 1 + E growth/birth. Trait sets that are alike to a drug are one class. The power is taken apart: level^power once a node, that of
 * the site (rows aimed at the level and the half) once a site, shift^power once a patient. So what is left for a class is its mean over the nodes,
 * and for a class that meets the drug as another one does (its *leader*), or for a site that is reached as one before, nothing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "relapse/memory.h"

#define SMALL 1e-300
#define LARGE 1e300

/* ---- protection ----------------------------------------------------------------------------------------------------------------- */
/* The row that lists the whole combination; else all rows that list a part of it. */
static bool shields(const tumour_drug_t *drug, tumour_set_t traits, size_t row) {
    bool whole = false;
    for (size_t i = 0; i < drug->n_resisted; i++) whole = whole || drug->resisted[i].traits == traits;
    return whole ? drug->resisted[row].traits == traits : (drug->resisted[row].traits & ~traits) == 0;
}

/* Traits whose resistance some row moves. */
static tumour_set_t moving_traits(const rlp_environment_t *e) {
    tumour_set_t set = 0;
    for (size_t i = 0; i < e->n_for_rates; i++) {
        tumour_target_t target = e->model->arrows[e->for_rates[i]].target;
        if (target.kind == TARGET_RESISTANCE) set |= set_of(target.index);
    }
    return set;
}

static void find_shields(rlp_environment_t *e, size_t d, size_t k, size_t *n) {
    const tumour_drug_t *drug = &e->model->drugs[d];
    tumour_class_t *class = &e->classes[d * e->n_sets + k];
    tumour_set_t traits = e->model->types[e->class_set[d * e->n_sets + k]].traits & drug->named;
    class->first = *n;
    for (size_t i = 0; i < drug->n_resisted; i++) {
        if (!shields(drug, traits, i)) continue;
        class->moves = class->moves || (drug->resisted[i].traits & e->moving_resistance) != 0;
        e->shields[(*n)++].row = i;
    }
    class->n = *n - class->first;
}

int tumour_hills_plan(rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    size_t classes = e->n_drugs * e->n_sets, most = 0, most_rows = 0, n = 0;
    e->moving_resistance = moving_traits(e);
    for (size_t d = 0; d < e->n_drugs; d++) {
        most += e->n_classes[d] * m->drugs[d].n_resisted;
        if (m->drugs[d].n_resisted > most_rows) most_rows = m->drugs[d].n_resisted;
    }
    int rc = RLP_NEW(e->classes, classes);
    if (!rc) rc = RLP_NEW(e->shields, most);
    if (!rc) rc = RLP_NEW(e->weak, most_rows);
    if (!rc) rc = RLP_NEW(e->hills, e->n_sets * e->n_sites);
    if (!rc) rc = RLP_NEW(e->hill_raw, e->n_sets);
    if (!rc) rc = RLP_NEW(e->hill_keys, e->n_sets);
    if (!rc) rc = RLP_NEW(e->hill_values, e->n_sets);
    for (size_t d = 0; d < e->n_drugs && !rc; d++)
        for (size_t k = 0; k < e->n_classes[d]; k++) find_shields(e, d, k, &n);
    return rc;
}

void tumour_hills_free(rlp_environment_t *e) {
    void *const blocks[] = {e->classes, e->shields, e->weak, e->hills, e->hill_raw, e->hill_keys, e->hill_values};
    for (size_t i = 0; i < COUNT(blocks); i++) free(blocks[i]);
}

/* The largest half and the smallest effect over the class's shields; weak[row]: how much of a row's protection is there (NULL: all). */
static void protect(const rlp_environment_t *e, const tumour_class_t *class, const double *weak, double *half, double *effect) {
    double most = -INFINITY, least = INFINITY;
    for (size_t i = class->first; i < class->first + class->n; i++) {
        const tumour_shield_t *shield = &e->shields[i];
        double f = weak ? weak[shield->row] : 1, h = f == 1 ? shield->half : 1 + (shield->half - 1) * f,
               left = f == 1 ? shield->effect : 1 + (shield->effect - 1) * f;
        if (shield->shifts && h > most) most = h;
        if (shield->weakens && left < least) least = left;
    }
    *half = isinf(most) ? 1 : most > 0 ? most : 0;
    *effect = isinf(least) ? 1 : least > 0 ? least : 0;
}

/* ---- one patient's tables ---------------------------------------------------------------------------------------------------------- */
static void fill_shields(rlp_environment_t *e, size_t d, size_t k) {
    const tumour_class_t *class = &e->classes[d * e->n_sets + k];
    const tumour_type_t *type = &e->model->types[e->class_set[d * e->n_sets + k]];
    for (size_t i = class->first; i < class->first + class->n; i++) {
        tumour_shield_t *shield = &e->shields[i];
        const tumour_resisted_t *row = &e->model->drugs[d].resisted[shield->row];
        size_t rung = row->ladder == RLP_NONE ? 0 : type->rungs[row->ladder] - 1u;
        shield->shifts = row->half[rung] != NO_PARAMETER;
        shield->weakens = row->effect[rung] != NO_PARAMETER;
        shield->half = value_or(e->values, row->half[rung], 1);
        shield->effect = value_or(e->values, row->effect[rung], 1);
    }
}

/* shift^-power */
static double own_scale(double shift, double power) { return fmin(LARGE, tumour_raised(1 / fmax(SMALL, shift), power)); }

static bool scoped_alike(const rlp_environment_t *e, size_t d, size_t j, size_t k) {
    const size_t *set = &e->class_set[d * e->n_sets];
    for (size_t i = 0; i < e->n_on_levels; i++) {
        const double *scope = &e->scope[e->on_levels[i] * e->n_sets];
        if (e->model->arrows[e->on_levels[i]].target.index == d && scope[set[j]] != scope[set[k]]) return false;
    }
    return true;
}

static bool is_scoped(const rlp_environment_t *e, size_t d, size_t k) {
    size_t set = e->class_set[d * e->n_sets + k];
    for (size_t i = 0; i < e->n_on_levels; i++)
        if (e->model->arrows[e->on_levels[i]].target.index == d && e->scope[e->on_levels[i] * e->n_sets + set] != 0) return true;
    return false;
}

/* The first class to which the drug does the same whatever the signals, while no resistance moves; and where some may: `apart`. */
static size_t leader_of(const rlp_environment_t *e, size_t d, size_t k, bool apart) {
    const tumour_class_t *class = &e->classes[d * e->n_sets];
    if (apart && class[k].moves) return k;
    for (size_t j = 0; j < k; j++)
        if (class[j].half == class[k].half && scoped_alike(e, d, j, k) && !(apart && class[j].moves)) return j;
    return k;
}

void tumour_hills_begin(rlp_environment_t *e) {
    for (size_t d = 0; d < e->n_drugs; d++) {
        const tumour_drug_t *drug = &e->model->drugs[d];
        tumour_class_t *class = &e->classes[d * e->n_sets];
        if (drug->changes == EFFECT_NONE) continue;
        for (size_t k = 0; k < e->n_classes[d]; k++) {
            fill_shields(e, d, k);
            protect(e, &class[k], NULL, &class[k].half, &class[k].effect);
            class[k].scale = own_scale(class[k].half, e->values[drug->power]);
            class[k].scoped = is_scoped(e, d, k);
            class[k].leader = leader_of(e, d, k, false);
            class[k].leader_apart = leader_of(e, d, k, true);
        }
    }
}

/* ---- a site ------------------------------------------------------------------------------------------------------------------------- */
/* What cells feel at a site: level x times + plus, against half; their own protection shifts half further. */
typedef struct {
    double times, plus, half_times, half_plus;
} exposure_t;

/* One drug at one site, and the nodes of levels from `from` on to `to`. */
typedef struct {
    size_t drug, site, from, to;
    const double *level, *powered, *weight;
    double power, half, per_weight;
    exposure_t exposure;
    double scale; /* (times/half)^power of cells that no scoped row meets */
} place_t;

static exposure_t exposure_at(const rlp_environment_t *e, size_t d, size_t s) {
    size_t at = d * e->n_sites + s;
    return (exposure_t){e->level_times[at], e->level_plus[at], e->half_times[at], e->half_plus[at]};
}

static void add_scoped(const rlp_environment_t *e, const place_t *p, size_t set, exposure_t *x) {
    const rlp_tumour_t *m = e->model;
    for (size_t i = 0; i < e->n_on_levels; i++) {
        const tumour_arrow_t *arrow = &m->arrows[e->on_levels[i]];
        if (arrow->target.index != p->drug) continue;
        double value = e->arrow_value[e->on_levels[i] * e->n_sites + p->site], f = e->scope[e->on_levels[i] * e->n_sets + set];
        bool level = arrow->target.kind == TARGET_LEVEL;
        double *times = level ? &x->times : &x->half_times, *plus = level ? &x->plus : &x->half_plus;
        if (m->rows[arrow->row].multiplies)
            *times *= 1 + (value - 1) * f;
        else
            *plus += value * f;
    }
}

/* (times/half)^power */
static double scale_of(const place_t *p, const exposure_t *x) {
    return tumour_raised(fmax(0, x->times) / fmax(SMALL, p->half * x->half_times + x->half_plus), p->power);
}

/* Mean of z/(1 + z) over the nodes, z = scale x level^power. */
static double mean_hill(const place_t *p, double scale) {
    double sum = 0;
    for (size_t k = p->from; k < p->to; k++) {
        double z = p->powered[k] * scale;
        sum += p->weight[k] * (z < LARGE ? z / (1 + z) : 1);
    }
    return sum * p->per_weight;
}

/* The same where a row adds to the level. */
static double mean_hill_plus(const place_t *p, const exposure_t *x, double shift) {
    double sum = 0, times = fmax(0, x->times), half = fmax(SMALL, (p->half * x->half_times + x->half_plus) * shift);
    for (size_t k = p->from; k < p->to; k++) {
        double z = tumour_raised(fmax(0, p->level[k] * times + x->plus) / half, p->power);
        sum += p->weight[k] * (z < LARGE ? z / (1 + z) : 1);
    }
    return sum * p->per_weight;
}

/* How much of the protection of each row of `resisted:` is there at a site; false: all of it. */
static bool weaken(rlp_environment_t *e, const place_t *p) {
    const tumour_drug_t *drug = &e->model->drugs[p->drug];
    bool moved = false;
    for (size_t i = 0; i < drug->n_resisted && e->resistance_moves; i++) {
        tumour_set_t traits = drug->resisted[i].traits & e->moving_resistance;
        e->weak[i] = 1;
        for (size_t t = 0; t < e->model->n_traits && traits; t++)
            if (set_has(traits, t)) e->weak[i] *= e->resistance_times[t * e->n_sites + p->site] + e->resistance_plus[t * e->n_sites + p->site];
        moved = moved || e->weak[i] != 1;
    }
    return moved;
}

/* Mean hill of a class that follows no other, before the share that its protection leaves. What has this scale is computed once. */
static double hill_of(rlp_environment_t *e, const place_t *p, size_t k, double shift, double own, size_t *n_keys) {
    double scale = p->scale;
    exposure_t x = p->exposure;
    if (e->classes[p->drug * e->n_sets + k].scoped) {
        add_scoped(e, p, e->class_set[p->drug * e->n_sets + k], &x);
        scale = scale_of(p, &x);
    }
    if (x.plus != 0) return mean_hill_plus(p, &x, shift);
    double key = fmin(LARGE, scale * own);
    size_t i = 0;
    while (i < *n_keys && e->hill_keys[i] != key) i++;
    if (i == *n_keys) {
        e->hill_keys[i] = key;
        e->hill_values[i] = mean_hill(p, key);
        ++*n_keys;
    }
    return e->hill_values[i];
}

/* Mean hill of every class at a site, times the share left. */
static void fill_site(rlp_environment_t *e, place_t *p, double *hill) {
    bool moved = weaken(e, p);
    size_t n_keys = 0;
    p->exposure = exposure_at(e, p->drug, p->site);
    p->scale = scale_of(p, &p->exposure);
    for (size_t k = 0; k < e->n_classes[p->drug]; k++) {
        const tumour_class_t *class = &e->classes[p->drug * e->n_sets + k];
        size_t leader = moved ? class->leader_apart : class->leader;
        double half = class->half, effect = class->effect, own = class->scale;
        if (moved && class->moves) {
            protect(e, class, e->weak, &half, &effect);
            own = own_scale(half, p->power);
        }
        e->hill_raw[k] = leader != k ? e->hill_raw[leader] : hill_of(e, p, k, half, own, &n_keys);
        hill[k] = e->hill_raw[k] * effect;
    }
}

/* Does the drug reach both sites alike? */
static bool reaches_alike(const rlp_environment_t *e, size_t d, size_t a, size_t b) {
    exposure_t x = exposure_at(e, d, a), y = exposure_at(e, d, b);
    bool same = x.times == y.times && x.plus == y.plus && x.half_times == y.half_times && x.half_plus == y.half_plus;
    for (size_t i = 0; i < e->n_on_levels && same; i++) {
        const double *value = &e->arrow_value[e->on_levels[i] * e->n_sites];
        same = e->model->arrows[e->on_levels[i]].target.index != d || value[a] == value[b];
    }
    for (size_t t = 0; t < e->model->n_traits && same && e->resistance_moves; t++) {
        const double *times = &e->resistance_times[t * e->n_sites], *plus = &e->resistance_plus[t * e->n_sites];
        same = times[a] == times[b] && plus[a] == plus[b];
    }
    return same;
}

void tumour_hills_apply(rlp_environment_t *e, size_t d, const tumour_levels_t *set, size_t k0, size_t k1) {
    const tumour_drug_t *drug = &e->model->drugs[d];
    const size_t *class_of = &e->class_of[d * e->n_sets];
    double max = e->values[drug->max], share = drug->changes == EFFECT_GROWTH ? e->growth / e->birth : 1, weight = 0;
    size_t offset = drug->changes == EFFECT_DEATH ? e->model->n_types : 0;
    place_t p = {.drug = d, .from = k0, .to = k1, .level = &set->level[d * set->capacity], .powered = &set->powered[d * set->capacity],
                 .weight = set->weight, .power = e->values[drug->power], .half = e->values[drug->half]};
    for (size_t k = k0; k < k1; k++) weight += set->weight[k];
    p.per_weight = 1 / weight;
    for (size_t s = 0; s < e->n_sites; s++) {
        size_t like = 0;
        while (like < s && !reaches_alike(e, d, like, s)) like++;
        double *hill = &e->hills[like * e->n_sets], *plus = &e->plus[offset + s * e->n_sets], *times = &e->times[offset + s * e->n_sets];
        p.site = s;
        if (like == s) fill_site(e, &p, hill);
        if (drug->effect_is_rate)
            for (size_t q = 0; q < e->n_sets; q++) plus[q] += max * hill[class_of[q]];
        else
            for (size_t q = 0; q < e->n_sets; q++) times[q] *= 1 + max * hill[class_of[q]] * share;
    }
}
