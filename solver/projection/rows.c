/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows of the tables: columns as `run` has them, with `truncated` in place of standard errors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "rows.h"

void rows_headers(const rlp_study_t *study, rlp_projection_tables_t *t) {
    rlp_text_add(&t->km, "arm,endpoint,time_days,survival,truncated\n");
    rlp_text_add(&t->moments, "arm,time_days,type,mean,variance,extinct_fraction,followed,truncated\n");
    rlp_text_add(&t->law, "arm,time_days,type,cells,probability,truncated\n");
    rlp_text_add(&t->residual, "arm,time_days");
    for (size_t i = 0; i < rlp_study_types(study); i++) {
        rlp_text_t name;
        rlp_text_init(&name);
        rlp_text_format(&name, "cells_%s", rlp_process_model_type_names(study->process)[i]);
        rlp_text_add(&t->residual, ",");
        rlp_text_csv(&t->residual, rlp_text_string(&name));
        rlp_text_free(&name);
    }
    rlp_text_add(&t->residual, ",progression,death,extinct,truncated\n");
}

static void number(rlp_text_t *out, double value) {
    rlp_text_add(out, ",");
    rlp_text_double(out, value);
}

/* What the sums over Poisson weights leave out in all. */
static double tails(const projection_t *a) { return (double)rlp_passage_spans(&a->passage) * RLP_POISSON_TAIL; }

/* Share of patients whom the hazard of other causes has spared. */
static double spared(const projection_t *a, double t_days) { return exp(-a->study->endpoints.death.hazard_per_day * t_days); }

/* ---- laws at record times ------------------------------------------------------------------------------------------------------------ */
/* Marginal law of every type: marginal[i][cells], and the mass inside. */
static double marginals(const projection_t *a, const double *law, double **marginal) {
    double inside = 0;
    rlp_cursor_t at;
    rlp_cursor_start(&a->states, &at);
    do {
        inside += law[at.index];
        for (size_t i = 0; i < a->process.n_types; i++) marginal[i][at.cells[i]] += law[at.index];
    } while (rlp_cursor_next(&a->states, &at));
    return inside;
}

static void rows_of_type(projection_t *a, size_t type, double t_days, const double *marginal, double followed, double lost) {
    size_t last = (size_t)rlp_shape_greatest(&a->states.shape, type);
    double mean = 0, variance = 0, sum = 0;
    for (size_t n = 0; n <= last; n++) mean += (double)n * marginal[n] / followed, sum += marginal[n] / followed;
    for (size_t n = 0; n <= last; n++) variance += ((double)n - mean) * ((double)n - mean) * marginal[n] / followed;
    rlp_text_csv(&a->moments, a->arm);
    number(&a->moments, t_days);
    rlp_text_add(&a->moments, ",");
    rlp_text_csv(&a->moments, a->process.type_names[type]);
    number(&a->moments, mean);
    number(&a->moments, sum > 0 ? variance / sum : NAN);
    number(&a->moments, marginal[0] / followed);
    number(&a->moments, followed * spared(a, t_days));
    number(&a->moments, lost);
    rlp_text_add(&a->moments, "\n");
    for (size_t n = 0; n <= last; n++) {
        if (!(marginal[n] > 0)) continue;
        rlp_text_csv(&a->marginals, a->arm);
        number(&a->marginals, t_days);
        rlp_text_add(&a->marginals, ",");
        rlp_text_csv(&a->marginals, a->process.type_names[type]);
        rlp_text_format(&a->marginals, ",%zu", n);
        number(&a->marginals, marginal[n] / followed);
        number(&a->marginals, lost);
        rlp_text_add(&a->marginals, "\n");
    }
}

/* Given that a patient is still followed: p / f <= P / F <= (p + truncated) / f with f = mass inside and truncated. */
int rows_of_record(projection_t *a, size_t record, const double *law) {
    double *marginal[RLP_STATES_TYPES_MAX] = {NULL};
    int rc = RLP_OK;
    for (size_t i = 0; i < a->process.n_types && !rc; i++) rc = RLP_NEW(marginal[i], (size_t)rlp_shape_greatest(&a->states.shape, i) + 1);
    if (!rc) {
        double inside = marginals(a, law, marginal), lost = rlp_states_truncated(&a->states, law) + tails(a);
        for (size_t i = 0; i < a->process.n_types; i++) rows_of_type(a, i, a->study->record_days[record], marginal[i], fmin(inside + lost, 1), lost / (inside + lost));
    }
    for (size_t i = 0; i < a->process.n_types; i++) free(marginal[i]);
    return rc;
}

/* ---- curves -------------------------------------------------------------------------------------------------------------------------------- */
static void curve(projection_t *a, const char *endpoint, bool progressed, bool died, bool hazard) {
    rlp_text_t *out = &a->tables->km;
    for (size_t k = 0; k < a->passage.n_curve && a->passage.holds; k++) {
        const double *sinks = a->curve + k * a->states.n_sinks;
        double t_days = a->curve_days[k], lost = tails(a), left = 1;
        for (size_t s = RLP_SINK_TRUNCATED; s < a->states.n_sinks; s++) lost += sinks[s];
        if (progressed) left -= sinks[RLP_SINK_PROGRESSED];
        if (died) left -= sinks[RLP_SINK_DIED];
        double factor = hazard ? spared(a, t_days) : 1;
        rlp_text_csv(out, a->arm);
        rlp_text_format(out, ",%s", endpoint);
        number(out, t_days);
        number(out, fmax(left, 0) * factor);
        number(out, lost * factor);
        rlp_text_add(out, "\n");
    }
}

/* Death by a hazard censors at random and leaves the curve of ttp as it is; death by a burden does not: then pfs tells, and ttp has no law of its own. */
void rows_of_curves(projection_t *a, bool also_os) {
    const rlp_endpoints_t *e = &a->study->endpoints;
    bool progresses = e->progression.form != RLP_PROGRESSION_NONE, dies = e->death.present || e->death.hazard_per_day > 0;
    if (progresses && !e->death.present) curve(a, "ttp", true, false, false);
    if (progresses || dies) curve(a, "pfs", true, true, true);
    if (dies && also_os && a->study->trial.until != RLP_UNTIL_PROGRESSION) curve(a, "os", false, true, true);
}

void rows_of_survival(projection_t *a) { curve(a, "os", false, true, true); }

/* ---- what a surgeon leaves behind ------------------------------------------------------------------------------------------------------------ */
/* Written for every state: by printf once a number, at 12 digits. */
void rows_of_residual(const projection_t *a, double t_days, const double *vectors, rlp_text_t *out) {
    size_t size = a->states.n + a->states.n_sinks;
    bool progresses = a->study->endpoints.progression.form != RLP_PROGRESSION_NONE, dies = a->study->endpoints.death.present;
    rlp_text_t stem;
    rlp_cursor_t at;
    rlp_text_init(&stem);
    rlp_text_csv(&stem, a->arm);
    number(&stem, t_days);
    rlp_cursor_start(&a->states, &at);
    do {
        const double *chance = vectors + at.index;
        rlp_text_add(out, rlp_text_string(&stem));
        for (size_t i = 0; i < a->process.n_types; i++) {
            rlp_text_add(out, ",");
            rlp_text_integer(out, at.cells[i]);
        }
        rlp_text_format(out, progresses ? ",%.12g" : ",", chance[BACK_PROGRESSED * size]);
        rlp_text_format(out, dies ? ",%.12g" : ",", dies ? chance[BACK_DIED * size] : 0);
        rlp_text_format(out, ",%.12g,%.12g\n", chance[BACK_EXTINCT * size], chance[BACK_TRUNCATED * size] + tails(a));
    } while (rlp_cursor_next(&a->states, &at) && !out->error);
    rlp_text_free(&stem);
}

/* ---- the run's JSON -------------------------------------------------------------------------------------------------------------------------- */
void rows_json_string(rlp_text_t *out, const char *text) {
    rlp_text_add(out, "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            rlp_text_format(out, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            rlp_text_format(out, "\\u%04x", (unsigned)*text);
        else
            rlp_text_add_bytes(out, text, 1);
    }
    rlp_text_add(out, "\"");
}

void facts_begin(projection_t *a) {
    rlp_text_t *out = &a->tables->facts;
    rlp_text_add(out, out->length ? ",\n    {\"arm\": " : "    {\"arm\": ");
    rows_json_string(out, a->arm);
    rlp_text_format(out, ", \"states\": %zu, \"bounds\": {", a->states.n);
    for (size_t i = 0; i < a->process.n_types; i++) {
        rlp_text_add(out, i ? ", " : "");
        rows_json_string(out, a->process.type_names[i]);
        rlp_text_format(out, ": %lld", (long long)rlp_shape_greatest(&a->states.shape, i));
    }
    rlp_text_add(out, "}, \"truncated\": ");
    rlp_text_double(out, a->truncated + tails(a));
    rlp_text_add(out, ", \"progression\": ");
    rlp_text_double(out, a->sinks[RLP_SINK_PROGRESSED]);
}

void facts_end(projection_t *a) {
    rlp_text_t *out = &a->tables->facts;
    if (a->options->residual) {
        rlp_text_add(out, ", \"progression_backward\": ");
        rlp_text_double(out, a->adjoint);
    }
    rlp_text_format(out, ", \"products\": %llu}", (unsigned long long)a->products);
}
