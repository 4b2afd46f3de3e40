/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The later of two times of one patient: what he would have if two treatments acted independently.
 *
 * Of two times one is the later and one the earlier, so   RMST(later) = RMST(a) + RMST(b) - RMST(earlier),
 * and Kaplan and Meier's curve knows each of the three also where the arms are censored at times of their own (progression by the death that comes first in one arm). Of the
 * later time itself it does not: who has had one of his events and waits for the other is censored in one arm only, who waits for both in either, so those at risk are no fair
 * sample of those who wait, and means come out too long (by a tenth in ../../tests/unit/statistics/test_coverage_contrasts.c). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "observations.h"
#include "relapse/memory.h"

enum { A, B, EARLIER, CURVES };

/* Those who are in both arms: their times in a, in b, and the earlier of the two; an event where one is the first of all that happens. */
typedef struct {
    size_t n;
    double *time[CURVES];
    bool *event[CURVES];
    uint64_t *patient;
} pairs_t;

static int check_patient(uint64_t patient, size_t patients) {
    return patient && patient <= patients ? RLP_OK : rlp_fail(RLP_ERROR_INPUT, "patient %llu of %zu", (unsigned long long)patient, patients);
}

static void add_pair(pairs_t *pairs, const rlp_survival_t *a, size_t i, const rlp_survival_t *b, size_t j, uint64_t patient) {
    const double time[2] = {a->time[i], b->time[j]}, first = fmin(time[0], time[1]);
    const bool event[2] = {a->event[i], b->event[j]};
    for (int k = 0; k < 2; k++) {
        pairs->time[k][pairs->n] = time[k];
        pairs->event[k][pairs->n] = event[k];
    }
    pairs->time[EARLIER][pairs->n] = first;
    pairs->event[EARLIER][pairs->n] = (time[0] == first && event[0]) || (time[1] == first && event[1]); /* events before censorings */
    pairs->patient[pairs->n++] = patient;
}

static int pair_up(pairs_t *pairs, const rlp_survival_t *a, const rlp_survival_t *b, size_t patients) {
    size_t *where; /* 1 + item of b, by patient */
    int rc = RLP_NEW(where, patients);
    if (!rc) rc = RLP_NEW(pairs->patient, a->n);
    for (int k = 0; k < CURVES && !rc; k++) {
        rc = RLP_NEW(pairs->time[k], a->n);
        if (!rc) rc = RLP_NEW(pairs->event[k], a->n);
    }
    for (size_t j = 0; j < b->n && !rc; j++) {
        uint64_t patient = b->patient ? b->patient[j] : j + 1;
        rc = check_patient(patient, patients);
        if (!rc) where[patient - 1] = j + 1;
    }
    for (size_t i = 0; i < a->n && !rc; i++) {
        uint64_t patient = a->patient ? a->patient[i] : i + 1;
        rc = check_patient(patient, patients);
        if (!rc && where[patient - 1]) add_pair(pairs, a, i, b, where[patient - 1] - 1, patient);
    }
    free(where);
    return rc;
}

int rlp_later_scores(const rlp_survival_t *a, const rlp_survival_t *b, double horizon, size_t patients, double *rmst, double *scores) {
    static const double SIGN[CURVES] = {[A] = 1, [B] = 1, [EARLIER] = -1};
    pairs_t pairs = {0};
    double *own = NULL, value;
    int rc = pair_up(&pairs, a, b, patients);
    if (!rc) rc = RLP_NEW(own, patients);
    if (!rc) memset(scores, 0, patients * sizeof *scores);
    *rmst = 0;
    for (int k = 0; k < CURVES && !rc; k++) {
        rc = rlp_rmst_scores(&(rlp_survival_t){pairs.n, pairs.time[k], pairs.event[k], pairs.patient}, horizon, patients, &value, own);
        if (!rc) *rmst += SIGN[k] * value;
        for (size_t i = 0; i < patients && !rc; i++) scores[i] += SIGN[k] * own[i];
    }
    for (int k = 0; k < CURVES; k++) {
        free(pairs.time[k]);
        free(pairs.event[k]);
    }
    free(pairs.patient);
    free(own);
    return rc;
}
