/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sitting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"

/* ---- decisions ----------------------------------------------------------------------------------------------------------------- */
void rlp_sitting_row(rlp_sitting_t *s, const char *quantity, const char *statistic, double expected, double found, double p, double power) {
    rlp_limit_result_t *r = s->result;
    if (!s->rc) s->rc = RLP_GROW(r->rows, r->capacity, r->n + 1);
    if (s->rc) return;
    rlp_limit_row_t *row = &r->rows[r->n++];
    *row = (rlp_limit_row_t){.expected = expected, .found = found, .p = p, .power = power, .patients = s->patients, .passed = isfinite(expected) && p >= RLP_LIMIT_LEVEL};
    snprintf(row->quantity, sizeof row->quantity, "%s", quantity);
    snprintf(row->statistic, sizeof row->statistic, "%s", statistic);
}

void rlp_sitting_share(rlp_sitting_t *s, const char *quantity, uint64_t hits, uint64_t n, double p) {
    double found = n ? (double)hits / (double)n : NAN;
    rlp_sitting_row(s, quantity, "exact binomial", p, found, n ? rlp_judge_share(hits, n, p, s->bias) : 0, n ? rlp_judge_share_power(p, n, RLP_LIMIT_LEVEL, s->bias) : NAN);
}

static const char *type_name(const rlp_sitting_t *s, size_t type) { return s->process.type_names[type]; }

void rlp_sitting_moments(rlp_sitting_t *s, size_t record, size_t type, const rlp_law_moments_t *law) {
    const rlp_moments_t *sample = &s->moments[record * s->n_types + type];
    char what[96];
    double power = rlp_judge_mean_power(law, s->patients, RLP_LIMIT_LEVEL, s->bias);
    snprintf(what, sizeof what, "mean %.24s, %g d", type_name(s, type), s->study->record_days[record]);
    rlp_sitting_row(s, what, "z", law->mean, sample->mean, rlp_judge_mean(sample, law, s->bias), power);
    snprintf(what, sizeof what, "variance %.24s, %g d", type_name(s, type), s->study->record_days[record]);
    power = 5 * s->bias + 6.3 * sqrt((law->excess + 2) / (double)s->patients); /* 6.3: normal quantile of the level */
    rlp_sitting_row(s, what, "z of ln S2", law->variance, rlp_moments_variance(sample), rlp_judge_variance(sample, law, s->bias), power);
}

static void judge_bins(rlp_sitting_t *s, size_t record, size_t type, const double *p, size_t size) {
    int64_t *values = NULL;
    size_t n = 0;
    char what[96];
    if (!s->rc) s->rc = RLP_NEW(values, s->patients);
    for (uint64_t k = 0; k < s->patients && !s->rc; k++)
        if (s->n_seen[k] > record) values[n++] = s->counts[(k * s->n_records + record) * s->n_types + type];
    if (!s->rc) {
        rlp_judge_bins_t bins = n ? rlp_judge_bins(values, n, p, size, s->bias) : (rlp_judge_bins_t){0};
        if (bins.to < 0) snprintf(what, sizeof what, "%.20s >= %lld, %g d", type_name(s, type), (long long)bins.from, s->study->record_days[record]);
        else snprintf(what, sizeof what, "%.20s in %lld..%lld, %g d", type_name(s, type), (long long)bins.from, (long long)bins.to, s->study->record_days[record]);
        rlp_sitting_row(s, what, "worst of bins", bins.expected, bins.found, n == s->patients ? bins.p : 0,
                        rlp_judge_share_power(bins.expected, s->patients, RLP_LIMIT_LEVEL / fmax(1, (double)bins.bins), s->bias));
    }
    free(values);
}

void rlp_sitting_law(rlp_sitting_t *s, size_t record, size_t type, const double *p, size_t size, bool moments) {
    const rlp_moments_t *sample = &s->moments[record * s->n_types + type];
    char what[96];
    judge_bins(s, record, type, p, size);
    snprintf(what, sizeof what, "P(%.24s = 0), %g d", type_name(s, type), s->study->record_days[record]);
    rlp_sitting_share(s, what, sample->extinct, sample->n, p[0]);
    rlp_law_moments_t law = rlp_law_moments(p, size);
    if (moments) rlp_sitting_moments(s, record, type, &law);
}

void rlp_sitting_progressed(rlp_sitting_t *s, const double *days, const double *p, size_t n) {
    for (size_t d = 0; d < n; d++) {
        uint64_t by = 0;
        char what[96];
        for (uint64_t k = 0; k < s->patients; k++) by += s->outcomes[k].ttp_event && s->outcomes[k].ttp_days <= days[d];
        snprintf(what, sizeof what, "P(progressed by %g d)", days[d]);
        rlp_sitting_share(s, what, by, s->patients, p[d]);
    }
}

static double between(const double *days, const double *cdf, size_t n, double t) {
    size_t k = 1;
    while (k < n - 1 && days[k] < t) k++;
    return cdf[k - 1] + (cdf[k] - cdf[k - 1]) * (t - days[k - 1]) / (days[k] - days[k - 1]);
}

void rlp_sitting_times(rlp_sitting_t *s, const double *days, const double *cdf, size_t n) {
    double *u = NULL, distance = NAN;
    size_t events = 0;
    if (!s->rc) s->rc = RLP_NEW(u, s->patients);
    for (uint64_t k = 0; k < s->patients && !s->rc; k++)
        if (s->outcomes[k].ttp_event && s->outcomes[k].ttp_days <= days[n - 1]) u[events++] = between(days, cdf, n, s->outcomes[k].ttp_days) / cdf[n - 1];
    if (!s->rc) {
        double p = rlp_judge_times(u, events, s->bias, &distance);
        rlp_sitting_row(s, "progression times", "Kolmogorov-Smirnov", 0, distance, p, s->bias + sqrt(log(2 / RLP_LIMIT_LEVEL) / 2 / fmax(1, (double)events)));
    }
    free(u);
}

uint64_t rlp_sitting_cured(const rlp_sitting_t *s) {
    uint64_t cured = 0;
    for (uint64_t k = 0; k < s->patients; k++) cured += s->outcomes[k].cured;
    return cured;
}

/* ---- the cohort -------------------------------------------------------------------------------------------------------------------- */
static int make_room(rlp_sitting_t *s) {
    size_t each = s->n_records * s->n_types;
    int rc = RLP_NEW(s->outcomes, s->patients);
    if (!rc) rc = RLP_NEW(s->n_seen, s->patients);
    if (!rc) rc = RLP_NEW(s->counts, s->patients * each);
    if (!rc) rc = RLP_NEW(s->moments, each);
    return rc;
}

static void take_block(rlp_sitting_t *s, uint64_t number, const unsigned char *payload) {
    rlp_block_t open;
    size_t each = s->n_records * s->n_types;
    rlp_block_open(s->study, number, payload, &open);
    for (uint64_t k = 0; k < open.patients; k++) {
        uint64_t at = open.first - 1 + k;
        s->outcomes[at] = open.outcomes[k];
        if (k >= open.recorded) continue;
        s->n_seen[at] = open.n_seen[k];
        memcpy(s->counts + at * each, open.counts + k * each, each * sizeof *s->counts);
    }
    for (size_t k = 0; k < each; k++) rlp_moments_merge(&s->moments[k], &open.moments[k]);
    if (open.why[0] && !s->rc) s->rc = rlp_fail(RLP_ERROR_INTERNAL, "a patient of the exam failed: %s", open.why);
}

static int live_block(rlp_sitting_t *s, rlp_life_t *life, uint64_t number) {
    unsigned char *payload;
    int rc = RLP_NEW(payload, rlp_block_bytes(s->study, number));
    if (rc) return rc;
    rc = rlp_block_run(s->study, life, number, payload, NULL, NULL);
    if (!rc) take_block(s, number, payload);
    free(payload);
    return rc ? rc : s->rc;
}

static int live(rlp_sitting_t *s) {
    rlp_life_t *life = NULL;
    int rc = rlp_life_new(&s->study->trial, &life);
    for (uint64_t b = 0; b < rlp_study_blocks(s->study) && !rc; b++)
        if (rlp_block_task(s->study, b) == s->arm) rc = live_block(s, life, b);
    rlp_life_free(life);
    return rc;
}

/* What a patient of an engine that pays for each event (or each transition) costs at least, by the mean map: known before any is lived. */
static int expected_work(const rlp_sitting_t *s, const rlp_engine_class_t *engine, double *work) {
    double days = s->study->trial.follow_up_days;
    *work = 0;
    if (s->study->trial.until == RLP_UNTIL_PROGRESSION || s->study->endpoints.death.present) return RLP_OK; /* who knows when it ends */
    if (!strcmp(engine->name, "direct")) return rlp_engine_expected_events(&s->process, days, RLP_LIMIT_WORK, work);
    if (strcmp(engine->name, "kendall")) return RLP_OK;
    int rc = rlp_engine_expected_transitions(&s->process, days, RLP_LIMIT_WORK, work);
    *work *= RLP_LIMIT_STEP_WORK;
    return rc;
}

/* What one did cost: the mean over the first block. */
static double measured_work(const rlp_sitting_t *s) {
    double sum = 0;
    for (uint64_t k = 0; k < s->patients; k++) sum += (double)s->outcomes[k].events + RLP_LIMIT_STEP_WORK * (double)s->outcomes[k].steps;
    return sum / (double)s->patients;
}

static void free_cohort(rlp_sitting_t *s) {
    free(s->outcomes);
    free(s->n_seen);
    free(s->counts);
    free(s->moments);
    s->outcomes = NULL;
    s->n_seen = NULL;
    s->counts = NULL;
    s->moments = NULL;
}

static void drop(rlp_sitting_t *s) {
    rlp_process_free(&s->process);
    free_cohort(s);
}

static int parse(const char *name, const char *text, const char *const *sets, size_t n_sets, rlp_study_t **study) {
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    rlp_study_options_t options = {.sets = sets, .n_sets = n_sets};
    rlp_text_t words;
    if (!wrong) return RLP_ERROR_MEMORY;
    int rc = rlp_study_parse(name, text, strlen(text), &options, wrong, study);
    if (!rc && !*study) {
        rlp_text_init(&words);
        rlp_diagnostics_text(wrong, &words);
        rc = rlp_fail(RLP_ERROR_INTERNAL, "limit %s: %.800s", name, rlp_text_string(&words));
        rlp_text_free(&words);
    }
    rlp_diagnostics_free(wrong);
    return rc;
}

/* The limit's input with the exam's cohort. */
static int open_study(const rlp_limit_t *limit, const rlp_engine_class_t *engine, const rlp_limit_options_t *options, uint64_t patients, rlp_study_t **study) {
    char cohort[5][64];
    const char *sets[5] = {cohort[0], cohort[1], cohort[2], cohort[3], cohort[4]};
    bool records = strstr(limit->text, "record:");
    snprintf(cohort[0], 64, "cohort.patients=%llu", (unsigned long long)patients);
    snprintf(cohort[1], 64, "cohort.seed=%llu", (unsigned long long)options->seed);
    snprintf(cohort[2], 64, "engine.name=%s", engine->name);
    snprintf(cohort[3], 64, "engine.error=%.17g", limit->error > 0 ? limit->error : options->error);
    snprintf(cohort[4], 64, "record.patients=%llu", (unsigned long long)patients);
    return parse(limit->id, limit->text, sets, records ? 5 : 4, study);
}

static int prepare(rlp_sitting_t *s, size_t arm) {
    double *values;
    s->arm = arm;
    s->n_types = rlp_study_types(s->study);
    s->n_records = s->study->n_records;
    int rc = RLP_NEW(values, s->study->parameters.n);
    if (rc) return rc;
    rlp_parameters_values(&s->study->parameters, values);
    rc = rlp_process_model_build(s->study->process, s->study->tasks[arm].arm, values, &s->process);
    free(values);
    return rc;
}

/* Live so many patients. */
static int live_cohort(rlp_sitting_t *s, const rlp_limit_t *limit, const rlp_engine_class_t *engine, const rlp_limit_options_t *options, uint64_t patients) {
    free_cohort(s);
    rlp_study_free(s->study);
    s->study = NULL;
    s->patients = patients;
    int rc = open_study(limit, engine, options, patients, &s->study);
    if (!rc) rc = make_room(s);
    return rc ? rc : live(s);
}

static bool too_dear(rlp_limit_result_t *result, double work, const rlp_limit_options_t *options) {
    if (options->lift_cap || work * RLP_LIMIT_LEAST <= RLP_LIMIT_WORK) return false;
    snprintf(result->skipped, sizeof result->skipped, "a patient costs more than %.2g events (--patients lifts the cap)", RLP_LIMIT_WORK / RLP_LIMIT_LEAST);
    return true;
}

int rlp_limit_sit(const rlp_limit_t *limit, const rlp_engine_class_t *engine, const rlp_limit_options_t *options, rlp_limit_result_t *result) {
    rlp_sitting_t s = {.result = result, .bias = engine->exact ? 0 : limit->error > 0 ? limit->error : options->error};
    uint64_t patients = options->patients;
    double work;
    memset(result, 0, sizeof *result);
    int rc = open_study(limit, rlp_engine_find("leap"), options, 1, &s.study); /* it takes every process: this one is looked at first */
    if (!rc) rc = prepare(&s, 0);
    if (!rc && engine->accepts(&s.process)) {
        snprintf(result->skipped, sizeof result->skipped, "%.150s", rlp_fail_message());
        goto out;
    }
    if (!rc) rc = expected_work(&s, engine, &work);
    if (rc || too_dear(result, work, options)) goto out;
    if (!options->lift_cap && patients > RLP_BLOCK_PATIENTS) {
        rc = live_cohort(&s, limit, engine, options, RLP_BLOCK_PATIENTS);
        if (rc) goto out;
        work = measured_work(&s);
        if (too_dear(result, work, options)) goto out;
        if (work * (double)patients > RLP_LIMIT_WORK) patients = (uint64_t)(RLP_LIMIT_WORK / work);
    }
    rc = live_cohort(&s, limit, engine, options, patients);
    if (!rc) rc = limit->judge(&s);
    if (!rc) rc = s.rc;
    result->patients = s.patients;
out:
    drop(&s);
    rlp_study_free(s.study);
    return rc;
}

void rlp_limit_result_free(rlp_limit_result_t *result) {
    free(result->rows);
    memset(result, 0, sizeof *result);
}

/* ---- a user's own input ------------------------------------------------------------------------------------------------------------ */
static int judge_arm(rlp_sitting_t *s, size_t *named) {
    for (size_t r = 0; r < s->n_records && !s->rc; r++)
        for (size_t i = 0; i < s->n_types && !s->rc; i++) {
            double t = s->study->record_days[r];
            unsigned char of[RLP_LAW_TYPES] = {0};
            rlp_law_moments_t law;
            char what[96];
            if (t <= 0) continue;
            s->rc = rlp_law_of_type(&s->process, i, t, &law);
            if (s->rc) break;
            const rlp_moments_t *sample = &s->moments[r * s->n_types + i];
            rlp_sitting_moments(s, r, i, &law);
            of[i] = 1;
            snprintf(what, sizeof what, "P(%.24s = 0), %g d", type_name(s, i), t);
            rlp_sitting_share(s, what, sample->extinct, sample->n, rlp_law_absent(&s->process, of, t));
        }
    for (; *named < s->result->n && s->study->n_arms > 1; (*named)++) { /* rows of several arms say which */
        char *q = s->result->rows[*named].quantity, old[96];
        snprintf(old, sizeof old, "%s", q);
        snprintf(q, 96, "%.16s: %.70s", rlp_study_arm_name(s->study, s->arm), old);
    }
    return s->rc;
}

static int can_judge(const rlp_study_t *study) {
    if (study->tumour) return rlp_fail(RLP_ERROR_REFUSED, "--input judges processes; write the compiled one with `relapse check --process` and give that");
    if (study->variability.n) return rlp_fail(RLP_ERROR_REFUSED, "patients differ here (cohort.variability): no law is known for the mixture; --set cohort.variability={} judges the patient as written");
    if (study->trial.until == RLP_UNTIL_PROGRESSION || study->endpoints.death.present || study->endpoints.death.hazard_per_day > 0)
        return rlp_fail(RLP_ERROR_REFUSED, "patients leave before the end here (until: progression, or death): those still followed have another law; --set endpoints={} (and --set cohort.until=follow_up) judges the process without it");
    if (!study->n_records) return rlp_fail(RLP_ERROR_REFUSED, "there is nothing to judge: give record.times, at which means, variances and absence are compared");
    size_t decisions = 3 * study->n_arms * study->n_records * rlp_study_types(study);
    if (decisions > RLP_LIMIT_DECISIONS)
        return rlp_fail(RLP_ERROR_REFUSED, "%zu decisions, and the false-alarm rate is stated for %d: judge fewer record times or arms at once", decisions, RLP_LIMIT_DECISIONS);
    return RLP_OK;
}

int rlp_limit_sit_study(rlp_study_t *study, rlp_limit_result_t *result) {
    size_t named = 0;
    memset(result, 0, sizeof *result);
    int rc = can_judge(study);
    for (size_t a = 0; a < study->n_arms && !rc; a++) {
        rlp_sitting_t s = {.study = study, .result = result, .bias = study->trial.engine->exact ? 0 : study->trial.error, .patients = study->patients};
        rc = prepare(&s, a);
        if (!rc) rc = rlp_law_accepts(&s.process, study->record_days[study->n_records - 1]);
        if (!rc) rc = make_room(&s);
        if (!rc) rc = live(&s);
        if (!rc) rc = judge_arm(&s, &named);
        result->patients += s.patients;
        drop(&s);
    }
    return rc;
}
