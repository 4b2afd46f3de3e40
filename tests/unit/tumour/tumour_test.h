/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tests of the tumour room share: an input as text becomes a compiled process, and questions about it. */
#ifndef RELAPSE_TUMOUR_TEST_H
#define RELAPSE_TUMOUR_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "relapse/memory.h"
#include "relapse/tumour.h"

/* One site, no traits, birth 0.1, growth 0.02 /d: tests add to it. */
#define TUMOUR_PLAIN "tumour: {cells: 1.0e+9, birth: 0.1 /d, growth: 0.02 /d, sites: {core: {share: 1}}}\n"
#define TUMOUR_TWO "tumour: {cells: 1.0e+9, birth: 0.1 /d, growth: 0.02 /d, sites: {core: {share: 0.6}, far: {share: 0.4}}}\n"

typedef struct {
    rlp_diagnostics_t *diagnostics;
    rlp_document_t *document;
    rlp_parameters_t parameters;
    rlp_tumour_t *tumour;
    double *values;
    double follow_up;
    rlp_process_t process;
    rlp_environment_t *environment;
} compiled_t;

static inline void read_text(compiled_t *c, const char *yaml) {
    memset(c, 0, sizeof *c);
    c->diagnostics = rlp_diagnostics_new();
    assert_non_null(c->diagnostics);
    assert_int_equal(rlp_document_parse("test.yaml", yaml, strlen(yaml), c->diagnostics, &c->document), RLP_OK);
    rlp_parameters_init(&c->parameters);
    assert_int_equal(rlp_tumour_read(rlp_document_root(c->document), &c->parameters, c->diagnostics, &c->tumour), RLP_OK);
}

static inline void must_be_right(compiled_t *c) {
    if (rlp_diagnostics_errors(c->diagnostics)) rlp_diagnostics_print(c->diagnostics, stderr);
    assert_int_equal(rlp_diagnostics_errors(c->diagnostics), 0);
    c->values = malloc((c->parameters.n + 1) * sizeof *c->values);
    assert_non_null(c->values);
    rlp_parameters_values(&c->parameters, c->values);
}

static inline void set_value(compiled_t *c, const char *path, double value) {
    size_t i = rlp_parameters_find(&c->parameters, path);
    if (i == RLP_NO_PARAMETER) fail_msg("no parameter %s", path);
    c->values[i] = value;
}

static inline int compile_arm(compiled_t *c, size_t arm, double follow_up, double error) {
    rlp_environment_free(c->environment);
    rlp_process_free(&c->process);
    c->environment = NULL;
    c->follow_up = follow_up;
    assert_int_equal(rlp_tumour_process(c->tumour, c->values, &c->process), RLP_OK);
    assert_int_equal(rlp_environment_new(c->tumour, arm, error, follow_up, &c->environment), RLP_OK);
    int rc = rlp_environment_begin(c->environment, c->values, &c->process);
    return rc ? rc : rlp_environment_extend(c->environment, follow_up, &c->process);
}

static inline void compile_text(compiled_t *c, const char *yaml, double follow_up) {
    read_text(c, yaml);
    must_be_right(c);
    assert_int_equal(compile_arm(c, 0, follow_up, 0.01), RLP_OK);
}

static inline void compiled_free(compiled_t *c) {
    rlp_environment_free(c->environment);
    rlp_process_free(&c->process);
    rlp_tumour_free(c->tumour);
    rlp_parameters_free(&c->parameters);
    rlp_document_free(c->document);
    rlp_diagnostics_free(c->diagnostics);
    free(c->values);
    memset(c, 0, sizeof *c);
}

static inline size_t type_of(const compiled_t *c, const char *name) {
    for (size_t i = 0; i < c->process.n_types; i++)
        if (!strcmp(c->process.type_names[i], name)) return i;
    fail_msg("no type %s", name);
    return 0;
}

static inline size_t channel_of(const compiled_t *c, const char *name) {
    for (size_t i = 0; i < c->process.n_channels; i++)
        if (!strcmp(c->process.channel_names[i], name)) return i;
    fail_msg("no channel %s", name);
    return 0;
}

/* Slots of a row of rates. */
static inline size_t birth_of(const compiled_t *c, const char *type) { return type_of(c, type); }
static inline size_t death_of(const compiled_t *c, const char *type) { return c->process.n_types + type_of(c, type); }
static inline size_t rate_of(const compiled_t *c, const char *channel) { return 2 * c->process.n_types + channel_of(c, channel); }

static inline double integral(const compiled_t *c, size_t slot, double from, double to) {
    double sum = 0;
    for (size_t k = 0; k < c->process.n_segments; k++) {
        double start = c->process.segments[k].start_days,
               end = k + 1 < c->process.n_segments ? c->process.segments[k + 1].start_days : c->follow_up;
        double overlap = fmin(end, to) - fmax(start, from);
        if (overlap > 0) sum += overlap * c->process.rates[c->process.segments[k].rates * c->process.row_size + slot];
    }
    return sum;
}

static inline double rate_at(const compiled_t *c, size_t slot, double t) {
    size_t k = 0;
    while (k + 1 < c->process.n_segments && c->process.segments[k + 1].start_days <= t) k++;
    return c->process.rates[c->process.segments[k].rates * c->process.row_size + slot];
}

static inline double mean_of(const compiled_t *c, size_t slot, double from, double to) { return integral(c, slot, from, to) / (to - from); }

/* Survival probability of a type at the event at t, 1 where there is none. */
static inline double survival_at(const compiled_t *c, const char *type, double t) {
    for (size_t k = 0; k < c->process.n_segments; k++)
        if (c->process.segments[k].start_days == t && c->process.segments[k].survive != RLP_NONE)
            return c->process.survive[c->process.segments[k].survive * c->process.n_types + type_of(c, type)];
    return 1;
}

#define assert_near(a, b, within)                                                                                          \
    do {                                                                                                                   \
        double a_ = (a), b_ = (b);                                                                                         \
        if (!(fabs(a_ - b_) <= (within))) fail_msg("%s is %.12g, expected %.12g within %g", #a, a_, b_, (double)(within)); \
    } while (0)

#endif
