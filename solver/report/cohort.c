/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One arm's times, and what all patients together cost. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"
#include "relapse/memory.h"

void times_clear(times_t *times) { times->n = times->cured = 0; }

void times_free(times_t *times) {
    for (endpoint_t e = 0; e < ENDPOINTS; e++) {
        free(times->time[e]);
        free(times->event[e]);
    }
    free(times->patient);
    free(times->cause);
    free(times->death);
    memset(times, 0, sizeof *times);
}

int times_add(times_t *times, uint64_t patient, const rlp_outcome_t *o) {
    const double days[ENDPOINTS] = {o->ttp_days, o->pfs_days, o->second_days, o->os_days};
    const uint8_t event[ENDPOINTS] = {o->ttp_event, o->pfs_event, o->second_event, o->os_event};
    if (o->failed) return RLP_OK;
    int rc = RLP_GROW(times->patient, times->patient_room, times->n + 1);
    if (!rc) rc = RLP_GROW(times->cause, times->cause_room, times->n + 1);
    if (!rc) rc = RLP_GROW(times->death, times->death_room, times->n + 1);
    for (endpoint_t e = 0; e < ENDPOINTS && !rc; e++) {
        rc = RLP_GROW(times->time[e], times->time_room[e], times->n + 1);
        if (!rc) rc = RLP_GROW(times->event[e], times->event_room[e], times->n + 1);
        if (rc) break;
        times->time[e][times->n] = days[e];
        times->event[e][times->n] = event[e];
    }
    if (rc) return rc;
    times->cause[times->n] = o->cause;
    times->death[times->n] = o->death_cause;
    times->patient[times->n++] = patient;
    times->cured += o->cured;
    return RLP_OK;
}

rlp_survival_t times_of(const times_t *times, endpoint_t e) {
    return (rlp_survival_t){.n = times->n, .time = times->time[e], .event = times->event[e], .patient = times->patient};
}

void totals_free(totals_t *totals) {
    for (size_t k = 0; k < totals->n_failures; k++) free(totals->failures[k].why);
    free(totals->failures);
    free(totals->carried);
    free(totals->answers);
    memset(totals, 0, sizeof *totals);
}

static int add_failure(totals_t *totals, size_t arm, uint64_t patient, const char *why) {
    if (totals->n_failures == FAILURES_MAX) return RLP_OK;
    int rc = RLP_GROW(totals->failures, totals->failure_room, totals->n_failures + 1);
    failure_t failure = {.arm = arm, .patient = patient};
    if (!rc) rc = rlp_memory_copy_text(&failure.why, why);
    if (!rc) totals->failures[totals->n_failures++] = failure;
    return rc;
}

static void add_carried(carried_t *carried, const rlp_outcome_t *o) {
    for (size_t e = 0; e < RLP_CARRIERS && !o->failed; e++) carried->days[e] += o->carried_days[e];
    if (o->failed || !(o->epsilon > 0)) return;
    if (!(carried->least_epsilon > 0 && carried->least_epsilon <= o->epsilon)) carried->least_epsilon = o->epsilon;
    if (carried->most_epsilon < o->epsilon) carried->most_epsilon = o->epsilon;
}

static void add_answer(answers_t *answers, const rlp_outcome_t *o) {
    if (o->failed) return;
    answers->n++;
    answers->best[o->best_response]++;
    answers->untreatable += isnan(o->untreatable_days) ? 0 : 1;
}

/* Everybody counts, those who were never evaluated as well (as RECIST 1.1 asks). */
rlp_interval_t answers_objective(const answers_t *a) { return rlp_proportion(a->best[RLP_RESPONSE_CR] + a->best[RLP_RESPONSE_PR], a->n); }
rlp_interval_t answers_control(const answers_t *a) { return rlp_proportion(a->best[RLP_RESPONSE_CR] + a->best[RLP_RESPONSE_PR] + a->best[RLP_RESPONSE_SD], a->n); }

int totals_add(totals_t *totals, size_t arm, const rlp_block_t *block) {
    bool told = false;
    int rc = RLP_GROW(totals->carried, totals->carried_room, arm + 1);
    if (!rc) rc = RLP_GROW(totals->answers, totals->answers_room, arm + 1);
    for (; !rc && totals->n_carried <= arm; totals->n_carried++) {
        totals->carried[totals->n_carried] = (carried_t){0};
        totals->answers[totals->n_carried] = (answers_t){0};
    }
    for (uint64_t k = 0; k < block->patients && !rc; k++) {
        const rlp_outcome_t *o = &block->outcomes[k];
        totals->events += o->events;
        totals->steps += o->steps;
        totals->leapt += o->leapt != 0;
        add_carried(&totals->carried[arm], o);
        add_answer(&totals->answers[arm], o);
        if (!o->failed) continue;
        totals->failed++;
        if (!told) rc = add_failure(totals, arm, block->first + k, block->why);
        told = true;
    }
    return rc;
}
