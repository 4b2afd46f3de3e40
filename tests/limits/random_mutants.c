/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The power of the random processes: the same engines with one thing wrong, put in at the link (ld --wrap), on the same processes, must lose their uniformity. One
 * program for all mutants, so that a process is projected once; each is told to one exact engine. Prints the p value that gave each away. */
#define JUDGE_DECISIONS 20
#include "random_verdict.h"
#include "relapse/variates.h"

#define PROCESSES 200
#define PATIENTS 5000
#define SEED 20260100
#define LEVEL (1e-7 / 20) /* of one decision of test_random_processes.c */

typedef enum {
    MUTANT_NONE, MUTANT_BIRTH, MUTANT_DEATH, MUTANT_BESIDE, MUTANT_BINOMIAL, MUTANT_SURVIVE, MUTANT_SET, MUTANT_SWITCH, MUTANT_IMMIGRATION, MUTANT_CROWDING, MUTANTS
} mutant_t;
static const struct {
    const char *name, *engine;
} MUTANT[MUTANTS] = {[MUTANT_NONE] = {"nothing wrong", "direct"},
                     [MUTANT_BIRTH] = {"births 2 % too fast", "direct"},
                     [MUTANT_DEATH] = {"deaths 2 % too slow", "kendall"},
                     [MUTANT_BESIDE] = {"a mutation beside the births in place of inside", "direct"},
                     [MUTANT_BINOMIAL] = {"binomials of 1.02 p", "kendall"},
                     [MUTANT_SURVIVE] = {"the last survival event lost", "direct"},
                     [MUTANT_SET] = {"the last `set` lost", "kendall"},
                     [MUTANT_SWITCH] = {"a switch that leaves its cell where it was", "kendall"},
                     [MUTANT_IMMIGRATION] = {"immigration a third too slow", "direct"},
                     [MUTANT_CROWDING] = {"crowding by the burden after the birth", "direct"}};
static mutant_t at_work;

int __real_rlp_engine_open(const rlp_engine_class_t *, const rlp_process_t *, const rlp_engine_settings_t *, rlp_engine_t **);
int __wrap_rlp_engine_open(const rlp_engine_class_t *, const rlp_process_t *, const rlp_engine_settings_t *, rlp_engine_t **);
int64_t __real_rlp_variate_binomial(rlp_stream_t *, int64_t, double);
int64_t __wrap_rlp_variate_binomial(rlp_stream_t *, int64_t, double);
double __real_rlp_process_crowding(const rlp_process_t *, double);
double __wrap_rlp_process_crowding(const rlp_process_t *, double);

static void change_rates(rlp_process_t *p) {
    for (size_t r = 0; r < p->n_rate_rows; r++) {
        double *row = p->rates + r * p->row_size;
        for (size_t i = 0; i < p->n_types; i++) {
            if (at_work == MUTANT_BIRTH) row[i] *= 1.02;
            if (at_work == MUTANT_DEATH) row[p->n_types + i] *= 0.98;
        }
        for (size_t c = 0; c < p->n_channels; c++) {
            if (at_work == MUTANT_BESIDE && p->channels[c].kind == RLP_CHANNEL_DIVISION) row[2 * p->n_types + c] *= row[p->channels[c].from];
            if (at_work == MUTANT_IMMIGRATION && p->channels[c].kind == RLP_CHANNEL_IMMIGRATION) row[2 * p->n_types + c] *= 2.0 / 3;
        }
    }
}

static void change_channels(rlp_process_t *p) {
    for (size_t c = 0; c < p->n_channels; c++) {
        if (at_work == MUTANT_BESIDE && p->channels[c].kind == RLP_CHANNEL_DIVISION) p->channels[c].kind = RLP_CHANNEL_BESIDE;
        if (at_work == MUTANT_SWITCH && p->channels[c].kind == RLP_CHANNEL_SWITCH) p->channels[c].kind = RLP_CHANNEL_BESIDE;
    }
}

static void change_timeline(rlp_process_t *p) {
    size_t last = RLP_NONE;
    for (size_t s = 0; s < p->n_segments; s++)
        if (p->segments[s].survive != RLP_NONE) last = s;
    if (at_work == MUTANT_SURVIVE && last != RLP_NONE) p->segments[last].survive = RLP_NONE;
    if (at_work == MUTANT_SET && p->n_segments > 1) p->segments[p->n_segments - 1].rates = p->segments[p->n_segments - 2].rates;
}

int __wrap_rlp_engine_open(const rlp_engine_class_t *class, const rlp_process_t *borrowed, const rlp_engine_settings_t *settings, rlp_engine_t **out) {
    rlp_process_t *p = (rlp_process_t *)(uintptr_t)borrowed;
    change_rates(p);
    change_channels(p);
    change_timeline(p);
    return __real_rlp_engine_open(class, p, settings, out);
}

int64_t __wrap_rlp_variate_binomial(rlp_stream_t *stream, int64_t n, double p) {
    return __real_rlp_variate_binomial(stream, n, at_work == MUTANT_BINOMIAL ? fmin(1, 1.02 * p) : p);
}

double __wrap_rlp_process_crowding(const rlp_process_t *p, double cells) {
    return __real_rlp_process_crowding(p, at_work == MUTANT_CROWDING ? cells + 1 : cells);
}

/* ---- the sample, once for all ---------------------------------------------------------------------------------------------------------------- */
static finding_t findings[MUTANTS][PROCESSES];
static size_t n_findings[MUTANTS];

static int draw_all(void **state) {
    (void)state;
    for (size_t k = 0; k < PROCESSES; k++) {
        static random_process_t r;
        at_work = MUTANT_NONE;
        random_process_draw(&r, SEED, k + 1);
        for (mutant_t m = 0; m < MUTANTS; m++) {
            const rlp_engine_class_t *class = rlp_engine_find(MUTANT[m].engine);
            at_work = m;
            if (random_process_allows(&r, class)) findings[m][n_findings[m]++] = random_process_judge(&r, class, SEED, PATIENTS);
        }
        rlp_process_free(&r.process);
    }
    return 0;
}

static void it_is_seen(void **state) {
    mutant_t m = *(const mutant_t *)*state;
    uniformity_t u = uniformity_of(findings[m], n_findings[m], true);
    printf("| %-48s | %-7s | %4zu | %-7.2g | %-7.2g | %-7.2g | %-7.2g | %+6.2f | %+6.2f |\n", MUTANT[m].name, MUTANT[m].engine, u.n, u.p, u.directed_p, u.least_p, u.greatest_p,
           u.z[0], u.z[1]);
    assert_true((uniformity_least(&u) < LEVEL) == (m != MUTANT_NONE));
}

int main(void) {
    static const mutant_t EACH[MUTANTS] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct CMUnitTest tests[MUTANTS] = {{0}};
    for (size_t m = 0; m < MUTANTS; m++) tests[m] = (struct CMUnitTest){.name = MUTANT[m].name, .test_func = it_is_seen, .initial_state = (void *)(uintptr_t)&EACH[m]};
    return _cmocka_run_group_tests("random_mutants", tests, MUTANTS, draw_all, NULL);
}
