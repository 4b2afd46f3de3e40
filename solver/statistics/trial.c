/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a trial of a given size would print. A finished cohort is the population: each arm of the trial draws its own patients from it with replacement, they enter evenly
 * over the accrual, and the trial looks once, `after` past its end. Of a patient it knows his time unless he entered too late for it, dropped out before, or was censored
 * in the cohort. */
#include <math.h>
#include <stdlib.h>

#include "observations.h"
#include "relapse/memory.h"
#include "relapse/stream.h"

typedef struct {
    double *time;
    bool *event;
} seen_t;

static const char *const PURPOSES[2] = {"statistics.trial.reference", "statistics.trial.arm"};

/* Three words a patient, whatever they are used for: changing the drop-out leaves patients and entries as they were. */
static uint64_t follow(const rlp_survival_t *from, uint64_t n, const rlp_trial_plan_t *plan, rlp_stream_t *stream, const seen_t *seen) {
    uint64_t events = 0;
    for (uint64_t i = 0; i < n; i++) {
        size_t who = (size_t)(rlp_stream_uniform(stream) * (double)from->n);
        double entry = plan->accrual * rlp_stream_uniform(stream), luck = -log(rlp_stream_uniform(stream));
        double until = fmin(plan->accrual + plan->after - entry, plan->dropout > 0 ? luck / plan->dropout : INFINITY);
        seen->event[i] = from->event[who] && from->time[who] <= until;
        seen->time[i] = fmin(from->time[who], until);
        events += seen->event[i];
    }
    return events;
}

static int median_of(const rlp_survival_t *arm, double *median) {
    rlp_km_t km;
    int rc = rlp_km_init(&km, arm);
    if (!rc) *median = rlp_km_quantile(&km, 0.5).value;
    rlp_km_free(&km);
    return rc;
}

static int print_both(const rlp_survival_t arm[2], rlp_trial_print_t *print) {
    rlp_cox_t cox;
    rlp_logrank_t test;
    int rc = rlp_cox_fit(&arm[0], &arm[1], &cox);
    if (!rc) rc = rlp_logrank(&arm[0], &arm[1], &test);
    if (rc) return rc;
    print->hazard_ratio = cox.hazard_ratio;
    print->lower95 = exp(cox.coefficient - Z_95 * cox.naive_std_err);
    print->upper95 = exp(cox.coefficient + Z_95 * cox.naive_std_err);
    print->p = test.p;
    return RLP_OK;
}

int rlp_trial_repeat(const rlp_survival_t *reference, uint64_t n_reference, const rlp_survival_t *arm, uint64_t n_arm, const rlp_trial_plan_t *plan, uint64_t seed,
                     uint64_t repeat, rlp_trial_print_t *print) {
    const rlp_survival_t *from[2] = {reference, arm};
    const uint64_t size[2] = {reference && reference->n ? n_reference : 0, arm->n ? n_arm : 0};
    rlp_survival_t drawn[2];
    seen_t seen = {NULL, NULL};
    *print = (rlp_trial_print_t){{NAN, NAN}, NAN, NAN, NAN, NAN, {0, 0}};
    int rc = RLP_NEW(seen.time, size[0] + size[1]);
    if (!rc) rc = RLP_NEW(seen.event, size[0] + size[1]);
    for (int k = 0; k < 2 && !rc; k++) {
        rlp_stream_t stream;
        seen_t own = k ? (seen_t){seen.time + size[0], seen.event + size[0]} : seen;
        rlp_stream_init(&stream, seed, repeat, rlp_stream_purpose(PURPOSES[k]));
        if (size[k]) print->events[k] = follow(from[k], size[k], plan, &stream, &own);
        drawn[k] = (rlp_survival_t){.n = size[k], .time = own.time, .event = own.event};
        rc = median_of(&drawn[k], &print->median[k]);
    }
    if (!rc && size[0] && size[1]) rc = print_both(drawn, print);
    free(seen.time);
    free(seen.event);
    return rc;
}
