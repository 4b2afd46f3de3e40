/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A whole study from its text to outcomes and moments: the way of a run without ranks, ledger and files. */
#ifndef RELAPSE_TESTS_COHORT_H
#define RELAPSE_TESTS_COHORT_H

#include "judge.h"
#include "study.h"

typedef struct {
    rlp_study_t *study;
    rlp_life_t *life;
    size_t n_arms, n_records, n_types;
    uint64_t patients;
    rlp_outcome_t *outcomes;  /* [arm][patient] */
    rlp_moments_t *moments;   /* [arm][record][type], merged in block order */
    int64_t *counts;          /* [arm][patient][record][type]; recorded patients only */
    uint64_t *n_seen;         /* [arm][patient] */
    rlp_event_t *events;      /* [arm][patient][most_events] */
    size_t most_events;       /* of the arm that may have most */
    uint64_t recorded;
    char why[200];
} cohort_t;

static inline rlp_study_t *cohort_parse(const char *text) { return study_parse_with(text, (rlp_study_options_t){0}); }

static inline void cohort_block(cohort_t *c, uint64_t number) {
    rlp_block_t open;
    size_t arm = rlp_block_task(c->study, number), each = c->n_records * c->n_types;
    unsigned char *payload = calloc(1, rlp_block_bytes(c->study, number));
    assert_non_null(payload);
    assert_int_equal(rlp_block_run(c->study, c->life, number, payload, NULL, NULL), RLP_OK);
    rlp_block_open(c->study, number, payload, &open);
    for (uint64_t k = 0; k < open.patients; k++) {
        uint64_t at = arm * c->patients + open.first - 1 + k;
        c->outcomes[at] = open.outcomes[k];
        c->n_seen[at] = open.n_seen[k];
        memcpy(c->events + at * c->most_events, open.events + k * open.most_events, open.most_events * sizeof *c->events);
        if (k >= open.recorded) continue;
        memcpy(c->counts + at * each, open.counts + k * each, each * sizeof *c->counts);
    }
    for (size_t k = 0; k < each; k++) rlp_moments_merge(&c->moments[arm * each + k], &open.moments[k]);
    if (open.why[0] && !c->why[0]) snprintf(c->why, sizeof c->why, "%s", open.why);
    free(payload);
}

static inline void cohort_run(cohort_t *c, const char *text) {
    memset(c, 0, sizeof *c);
    c->study = cohort_parse(text);
    c->n_arms = c->study->n_arms;
    c->patients = c->study->patients;
    c->n_records = c->study->n_records;
    c->n_types = rlp_study_types(c->study);
    size_t all = c->n_arms * c->patients, each = c->n_records * c->n_types;
    c->outcomes = calloc(all, sizeof *c->outcomes);
    c->moments = calloc(c->n_arms * each + 1, sizeof *c->moments);
    c->counts = calloc(all * each + 1, sizeof *c->counts);
    c->n_seen = calloc(all, sizeof *c->n_seen);
    for (size_t a = 0; a < c->n_arms; a++) {
        size_t most = rlp_life_most_events(&c->study->trial, c->study->tasks[a].arm);
        c->most_events = most > c->most_events ? most : c->most_events;
    }
    c->events = calloc(all * c->most_events, sizeof *c->events);
    assert_true(c->outcomes && c->moments && c->counts && c->n_seen && c->events);
    assert_int_equal(rlp_life_new(&c->study->trial, &c->life), RLP_OK);
    for (uint64_t b = 0; b < rlp_study_blocks(c->study); b++) cohort_block(c, b);
}

static inline void cohort_free(cohort_t *c) {
    rlp_life_free(c->life);
    rlp_study_free(c->study);
    free(c->outcomes);
    free(c->moments);
    free(c->counts);
    free(c->n_seen);
    free(c->events);
}

static inline const rlp_outcome_t *cohort_outcome(const cohort_t *c, size_t arm, uint64_t patient) { return &c->outcomes[arm * c->patients + patient - 1]; }
static inline const rlp_event_t *cohort_events(const cohort_t *c, size_t arm, uint64_t patient) { return c->events + (arm * c->patients + patient - 1) * c->most_events; }
static inline const rlp_moments_t *cohort_moments(const cohort_t *c, size_t arm, size_t record, size_t type) {
    return &c->moments[(arm * c->n_records + record) * c->n_types + type];
}
static inline const int64_t *cohort_counts(const cohort_t *c, size_t arm, uint64_t patient, size_t record) {
    return c->counts + ((arm * c->patients + patient - 1) * c->n_records + record) * c->n_types;
}

/* The cohort of an input written as for printf. */
static inline void cohort_live(cohort_t *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline void cohort_live(cohort_t *c, const char *format, ...) {
    char text[6000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    cohort_run(c, text);
}

#endif
