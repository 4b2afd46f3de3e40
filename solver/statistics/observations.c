/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "observations.h"

#include <math.h>
#include <stdlib.h>

#include "relapse/memory.h"

tie_t rlp_observations_tie(const observation_t *list, size_t n, size_t begin) {
    tie_t tie = {.begin = begin, .end = begin, .time = list[begin].time};
    for (; tie.end < n && list[tie.end].time == tie.time; tie.end++) {
        const observation_t *item = &list[tie.end];
        if (item->cause)
            tie.events[item->arm]++;
        else
            tie.censored[item->arm]++;
    }
    return tie;
}

static int compare_observations(const void *left, const void *right) {
    const observation_t *a = left, *b = right;
    if (a->time != b->time) return a->time < b->time ? -1 : 1;
    if (a->arm != b->arm) return a->arm < b->arm ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

void rlp_observations_sort(observation_t *list, size_t n) { qsort(list, n, sizeof *list, compare_observations); }

int rlp_observations_check_time(double time, size_t index) {
    if (isfinite(time) && time >= 0) return RLP_OK;
    return rlp_fail(RLP_ERROR_INPUT, "time %g of patient row %zu must be finite and at least 0", time, index + 1);
}

int rlp_observations_new(observation_t **list, size_t *n, const rlp_survival_t *const *arms, unsigned n_arms) {
    *n = 0;
    for (unsigned k = 0; k < n_arms; k++) *n += arms[k]->n;
    int rc = RLP_NEW(*list, *n);
    observation_t *item = *list;
    for (unsigned k = 0; k < n_arms && rc == RLP_OK; k++) {
        for (size_t i = 0; i < arms[k]->n && rc == RLP_OK; i++) {
            rc = rlp_observations_check_time(arms[k]->time[i], i);
            *item++ = (observation_t){.time = arms[k]->time[i], .index = i, .arm = k, .cause = arms[k]->event[i]};
        }
    }
    if (rc == RLP_OK) {
        rlp_observations_sort(*list, *n);
    } else {
        free(*list);
        *list = NULL;
    }
    return rc;
}

static int compare_scores(const void *left, const void *right) {
    const scored_t *a = left, *b = right;
    if (a->patient != b->patient) return a->patient < b->patient ? -1 : 1;
    if (a->arm != b->arm) return a->arm < b->arm ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

int rlp_scores_new(scored_t **list, const rlp_survival_t *const arms[2], const double *const scores[2]) {
    size_t n = arms[0]->n + arms[1]->n;
    int rc = RLP_NEW(*list, n);
    if (rc != RLP_OK) return rc;
    scored_t *item = *list;
    for (unsigned k = 0; k < 2; k++) {
        for (size_t i = 0; i < arms[k]->n; i++) {
            uint64_t patient = arms[k]->patient ? arms[k]->patient[i] : i;
            *item++ = (scored_t){.patient = patient, .index = i, .arm = k, .score = scores[k][i]};
        }
    }
    qsort(*list, n, sizeof **list, compare_scores);
    return RLP_OK;
}

size_t rlp_scores_patient(const scored_t *list, size_t n, size_t begin, double sum[2], uint64_t rows[2]) {
    size_t i = begin;
    sum[0] = sum[1] = 0;
    rows[0] = rows[1] = 0;
    for (; i < n && list[i].patient == list[begin].patient; i++) {
        sum[list[i].arm] += list[i].score;
        rows[list[i].arm]++;
    }
    return i;
}
