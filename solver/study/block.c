/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A block's payload: outcomes | n_seen and counts of the recorded | moments | why. Every part starts at a multiple of 8 bytes. */
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "relapse/study.h"

#define WHY_BYTES 160

static uint64_t blocks_per_arm(const rlp_study_t *study) { return (study->patients + RLP_BLOCK_PATIENTS - 1) / RLP_BLOCK_PATIENTS; }

uint64_t rlp_study_blocks(const rlp_study_t *study) { return study->n_arms * blocks_per_arm(study); }
size_t rlp_block_arm(const rlp_study_t *study, uint64_t block) { return (size_t)(block / blocks_per_arm(study)); }
uint64_t rlp_block_first(const rlp_study_t *study, uint64_t block) { return block % blocks_per_arm(study) * RLP_BLOCK_PATIENTS + 1; }

uint64_t rlp_block_patients(const rlp_study_t *study, uint64_t block) {
    uint64_t left = study->patients + 1 - rlp_block_first(study, block);
    return left < RLP_BLOCK_PATIENTS ? left : RLP_BLOCK_PATIENTS;
}

static uint64_t recorded_in(const rlp_study_t *study, uint64_t block) {
    uint64_t first = rlp_block_first(study, block), all = rlp_block_patients(study, block);
    if (!study->n_records || first > study->record_patients) return 0;
    return study->record_patients + 1 - first < all ? study->record_patients + 1 - first : all;
}

static size_t counts_of_one(const rlp_study_t *study) { return study->n_records * rlp_study_types(study); }

size_t rlp_block_bytes(const rlp_study_t *study, uint64_t block) {
    uint64_t recorded = recorded_in(study, block);
    return rlp_block_patients(study, block) * sizeof(rlp_outcome_t) + recorded * (sizeof(uint64_t) + counts_of_one(study) * sizeof(int64_t)) +
           counts_of_one(study) * sizeof(rlp_moments_t) + WHY_BYTES;
}

void rlp_block_open(const rlp_study_t *study, uint64_t block, const unsigned char *payload, rlp_block_t *open) {
    open->first = rlp_block_first(study, block);
    open->patients = rlp_block_patients(study, block);
    open->recorded = recorded_in(study, block);
    const unsigned char *at = payload;
    open->outcomes = (const void *)at;
    at += open->patients * sizeof(rlp_outcome_t);
    open->n_seen = (const void *)at;
    at += open->recorded * sizeof(uint64_t);
    open->counts = (const void *)at;
    at += open->recorded * counts_of_one(study) * sizeof(int64_t);
    open->moments = (const void *)at;
    at += counts_of_one(study) * sizeof(rlp_moments_t);
    open->why = (const char *)at;
}

static void add_moments(rlp_moments_t *moments, const int64_t *counts, size_t n_seen, size_t n_types) {
    for (size_t k = 0; k < n_seen * n_types; k++) rlp_moments_add(&moments[k], (double)counts[k]);
}

/* Within a patient the same is asked as after one. */
typedef struct {
    int (*between)(void *, uint64_t);
    void *context;
    uint64_t done;
} asked_t;

static int within(void *context) {
    asked_t *asked = context;
    return asked->between(asked->context, asked->done);
}

int rlp_block_run(const rlp_study_t *study, rlp_life_t *life, uint64_t block, unsigned char *payload, int (*between)(void *, uint64_t), void *between_context) {
    rlp_block_t open;
    asked_t asked = {.between = between, .context = between_context};
    rlp_phase_t before = rlp_meter_enter(study->trial.meter, RLP_PHASE_STATISTICS);
    int64_t *counts;
    size_t arm = study->arms[rlp_block_arm(study, block)], n_types = rlp_study_types(study);
    rlp_block_open(study, block, payload, &open);
    rlp_life_ask(life, between ? within : NULL, &asked);
    int rc = RLP_NEW(counts, counts_of_one(study));
    for (uint64_t k = 0; k < open.patients && !rc; k++) {
        size_t n_seen;
        char why[WHY_BYTES];
        rlp_outcome_t *outcome = (rlp_outcome_t *)&open.outcomes[k];
        memset(counts, 0, counts_of_one(study) * sizeof *counts);
        rc = rlp_life_run(life, arm, open.first + k, NULL, outcome, counts, &n_seen, why);
        if (rc) break;
        if (outcome->failed && !open.why[0]) memcpy((char *)open.why, why, sizeof why);
        add_moments((rlp_moments_t *)open.moments, counts, n_seen, n_types);
        if (k < open.recorded) {
            memcpy((int64_t *)open.counts + k * counts_of_one(study), counts, counts_of_one(study) * sizeof *counts);
            ((uint64_t *)open.n_seen)[k] = n_seen;
        }
        asked.done = k + 1;
        if (between && within(&asked)) rc = RLP_ERROR_STOPPED;
    }
    rlp_life_ask(life, NULL, NULL);
    free(counts);
    (void)rlp_meter_enter(study->trial.meter, before);
    return rc;
}
