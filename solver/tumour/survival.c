/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who survives an intervention: each cell lives with the probability of its site and its traits, at that instant.
 *
 *   site      `survive`, or by heat exp(-A exp(-E/(R T)) t), T the site's temperature less what vessels take off: first-order Arrhenius
 *             kinetics at a temperature that is held (Mouratidis et al. 2019), or 1
 *   traits    site^power
 *   rows      site^power x product(factors) + sum(summands), not above 1 */
#include <math.h>

#include "compile.h"

#define GAS_CONSTANT 8.31446261815324 /* J/(mol K), exact since 2019 */
#define ZERO_CELSIUS 273.15
#define SECONDS_A_DAY 86400.0

static double survival_of_heat(const rlp_environment_t *e, const tumour_thermal_t *heat, size_t site) {
    const double *v = e->values;
    if (heat->temperature[site] == NO_PARAMETER) return 1;
    double kelvin = v[heat->temperature[site]] + ZERO_CELSIUS - value_or(v, heat->sink[site], 0);
    if (kelvin <= 0) return 1;
    double per_second = v[heat->frequency_factor] * exp(-v[heat->activation_energy] / (GAS_CONSTANT * kelvin));
    return exp(-per_second * v[heat->duration] * SECONDS_A_DAY);
}

static double survival_at_site(const rlp_environment_t *e, const tumour_intervention_t *of, size_t site) {
    if (of->survive[site] != NO_PARAMETER) return e->values[of->survive[site]];
    return survival_of_heat(e, &of->thermal, site);
}

/* As drugs' tables: the row that lists the whole combination; else the smallest power over the rows that list a part of it. */
static double power_of(const rlp_environment_t *e, const tumour_intervention_t *of, tumour_set_t traits) {
    double least = INFINITY;
    traits &= of->named;
    for (size_t i = 0; i < of->n_resisted; i++) {
        double power = e->values[of->resisted[i].power];
        if (of->resisted[i].traits == traits) return power;
        if (!(of->resisted[i].traits & ~traits)) least = fmin(least, power);
    }
    return isinf(least) ? 1 : least;
}

/* What the rows aimed at the intervention make of a type's survival; the one that takes most is in *worst. */
static double changed_by_rows(const rlp_environment_t *e, size_t intervention, size_t type, double survive, const tumour_row_t **worst) {
    const rlp_tumour_t *m = e->model;
    double times = 1, plus = 0, least = INFINITY;
    for (size_t k = 0; k < e->n_for_rates; k++) {
        size_t a = e->for_rates[k];
        const tumour_row_t *row = &m->rows[m->arrows[a].row];
        if (m->arrows[a].target.kind != TARGET_SURVIVE || m->arrows[a].target.index != intervention) continue;
        double value = e->arrow_value[a * e->n_sites + type / e->n_sets], f = e->scope[a * e->n_sets + type % e->n_sets];
        double change = row->multiplies ? (value - 1) * f : value * f;
        if (row->multiplies)
            times *= 1 + change;
        else
            plus += change;
        double pull = row->multiplies ? change * survive : change;
        if (pull < least) least = pull, *worst = row;
    }
    return survive * times + plus;
}

static int complain(const rlp_environment_t *e, size_t intervention, size_t type, double t, double survive, const tumour_row_t *row) {
    const rlp_tumour_t *m = e->model;
    rlp_text_t name;
    rlp_text_init(&name);
    tumour_trait_set_name(m, m->types[type].rungs, &name);
    if (row) tumour_blame(row->place);
    int rc = rlp_fail(RLP_ERROR_RATE, "row %s makes the survival of %s at site %s at %s %g on day %g; a probability cannot be negative",
                      row ? row->name : "", rlp_text_string(&name), m->sites[m->types[type].site].name, m->interventions[intervention].name,
                      survive, t);
    rlp_text_free(&name);
    return rc;
}

int tumour_rates_survive(rlp_environment_t *e, size_t intervention, double t, double *survive) {
    const rlp_tumour_t *m = e->model;
    const tumour_intervention_t *of = &m->interventions[intervention];
    for (size_t i = 0; i < m->n_types; i++)
        survive[i] = tumour_raised(survival_at_site(e, of, m->types[i].site), power_of(e, of, m->types[i].traits));
    if (!e->survival_moves) return RLP_OK;
    int rc = tumour_levels_instant(e, t, &e->one);
    if (rc) return rc;
    tumour_rows_evaluate(e, &e->of_rates, t, e->y, &e->one, 0, 1);
    for (size_t i = 0; i < m->n_types; i++) {
        const tumour_row_t *worst = NULL;
        double s = changed_by_rows(e, intervention, i, survive[i], &worst);
        if (!(s >= 0)) return complain(e, intervention, i, t, s, worst);
        survive[i] = fmin(1, s);
    }
    return RLP_OK;
}
