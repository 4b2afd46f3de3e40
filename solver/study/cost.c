/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a study's lives cost: a few patients of each arm are lived as written, spread over the cohort by the golden ratio, and every task of that arm is taken to cost as much. A
 * patient who is not done when the time is up is left there: the cost is then at least so much. */
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "relapse/memory.h"
#include "relapse/study.h"

#define PATIENTS_MOST 64 /* of an arm */
#define GOLDEN 0.6180339887498949

typedef struct {
    double until; /* seconds of this process */
} deadline_t;

static double seconds_now(void) { return (double)clock() / CLOCKS_PER_SEC; }
static int is_over(void *context) { return seconds_now() > ((const deadline_t *)context)->until; }

/* Seconds a patient of an arm takes. */
static int measure_arm(const rlp_study_t *study, rlp_life_t *life, size_t task, double seconds, rlp_cost_t *cost, double *each) {
    double begin = seconds_now(), place = 0.5;
    deadline_t deadline = {begin + seconds};
    uint64_t most = study->patients < PATIENTS_MOST ? study->patients : PATIENTS_MOST, n = 0;
    int rc = RLP_OK;
    rlp_life_ask(life, is_over, &deadline);
    for (; n < most && !rc && (!n || !is_over(&deadline)); n++) {
        rlp_outcome_t outcome;
        rlp_told_t told = {0};
        place = fmod(place + GOLDEN, 1);
        uint64_t patient = study->patients <= PATIENTS_MOST ? n + 1 : 1 + (uint64_t)(place * (double)study->patients);
        rc = rlp_life_run(life, study->tasks[task].arm, patient, NULL, &outcome, &told);
    }
    rlp_life_ask(life, NULL, NULL);
    cost->at_least = cost->at_least || (rc == RLP_ERROR_STOPPED && n == 1);
    cost->patients += n;
    *each = (seconds_now() - begin) / (double)n;
    return rc == RLP_ERROR_STOPPED ? RLP_OK : rc;
}

/* What a variant costs is taken from the arm that it is made of. */
static double cost_of(const rlp_study_t *study, size_t task, const double *each) {
    size_t arm = study->tasks[task].arm, written = study->tumour ? rlp_tumour_base(study->tumour, arm) : arm;
    double sum = 0;
    for (size_t a = 0; a < study->n_arms; a++) {
        if (study->tasks[a].arm == written) return each[a];
        sum += each[a];
    }
    return sum / (double)study->n_arms;
}

int rlp_study_cost(const rlp_study_t *study, double seconds, rlp_cost_t *cost) {
    rlp_life_t *life = NULL;
    double *each = NULL;
    *cost = (rlp_cost_t){0};
    int rc = rlp_life_new(&study->trial, &life);
    if (!rc) rc = RLP_NEW(each, study->n_arms);
    for (size_t a = 0; a < study->n_arms && !rc; a++) rc = measure_arm(study, life, a, seconds / (double)study->n_arms, cost, &each[a]);
    for (size_t t = 0; t < study->n_tasks && !rc; t++) cost->core_hours += cost_of(study, t, each) * (double)study->patients / 3600;
    rlp_life_free(life);
    free(each);
    return rc;
}
