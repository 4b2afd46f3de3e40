/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A block's payload, part after part, each at a multiple of 8 bytes. Of what is told of a patient the rooms are as large as the input lets it become: a block's
 * bytes are known before it is lived. */
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "relapse/study.h"

#define WHY_BYTES 160

uint64_t rlp_study_blocks_per_task(const rlp_study_t *study) { return (study->patients + RLP_BLOCK_PATIENTS - 1) / RLP_BLOCK_PATIENTS; }

uint64_t rlp_study_blocks(const rlp_study_t *study) { return study->n_tasks * rlp_study_blocks_per_task(study); }
size_t rlp_block_task(const rlp_study_t *study, uint64_t block) { return (size_t)(block / rlp_study_blocks_per_task(study)); }
uint64_t rlp_block_first(const rlp_study_t *study, uint64_t block) { return block % rlp_study_blocks_per_task(study) * RLP_BLOCK_PATIENTS + 1; }

uint64_t rlp_block_patients(const rlp_study_t *study, uint64_t block) {
    uint64_t left = study->patients + 1 - rlp_block_first(study, block);
    return left < RLP_BLOCK_PATIENTS ? left : RLP_BLOCK_PATIENTS;
}

static uint64_t recorded_in(const rlp_study_t *study, uint64_t block) {
    uint64_t first = rlp_block_first(study, block), all = rlp_block_patients(study, block);
    if ((!study->n_records && !study->record_visits) || first > study->record_patients) return 0;
    return study->record_patients + 1 - first < all ? study->record_patients + 1 - first : all;
}

static size_t counts_of_one(const rlp_study_t *study) { return study->n_records * rlp_study_types(study); }

/* The next part of a payload (NULL: only its size is asked for): n things of `size` bytes, all of them multiples of 8. */
static const void *part(const unsigned char *payload, size_t *at, size_t n, size_t size) {
    size_t begin = *at;
    *at += n * size;
    return payload ? payload + begin : NULL;
}

/* Pointers into the payload, and its bytes. */
static size_t lay_out(const rlp_study_t *study, uint64_t block, const unsigned char *payload, rlp_block_t *open) {
    size_t at = 0;
    uint64_t n = rlp_block_patients(study, block), recorded = recorded_in(study, block);
    if (rlp_block_task(study, block) >= study->n_arms) { /* behind the arms as written: outcomes alone */
        *open = (rlp_block_t){.first = rlp_block_first(study, block), .patients = n};
        open->outcomes = part(payload, &at, n, sizeof(rlp_outcome_t));
        open->why = part(payload, &at, 1, WHY_BYTES);
        return at;
    }
    *open = (rlp_block_t){.first = rlp_block_first(study, block), .patients = n, .recorded = recorded};
    open->most_events = rlp_life_most_events(&study->trial, study->tasks[rlp_block_task(study, block)].arm);
    open->most_visits = study->record_visits ? rlp_life_most_visits(&study->trial) : 0;
    open->outcomes = part(payload, &at, n, sizeof(rlp_outcome_t));
    open->events = part(payload, &at, n * open->most_events, sizeof(rlp_event_t));
    open->n_seen = part(payload, &at, n, sizeof(uint64_t));
    open->burden = part(payload, &at, n * study->n_records * RLP_BURDENS, sizeof(double));
    open->counts = part(payload, &at, recorded * counts_of_one(study), sizeof(int64_t));
    open->n_visits = part(payload, &at, recorded, sizeof(uint64_t));
    open->visits = part(payload, &at, recorded * open->most_visits, sizeof(rlp_visit_t));
    open->moments = part(payload, &at, counts_of_one(study), sizeof(rlp_moments_t));
    open->why = part(payload, &at, 1, WHY_BYTES);
    return at;
}

size_t rlp_block_bytes(const rlp_study_t *study, uint64_t block) {
    rlp_block_t open;
    return lay_out(study, block, NULL, &open);
}

void rlp_block_open(const rlp_study_t *study, uint64_t block, const unsigned char *payload, rlp_block_t *open) { (void)lay_out(study, block, payload, open); }

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

/* Where patient k of the block is told: in the payload, but for counts of those who are not recorded. */
static rlp_told_t told_of(const rlp_study_t *study, const rlp_block_t *open, uint64_t k, int64_t *counts) {
    rlp_told_t told = {.counts = counts};
    if (!open->n_seen) return told;
    if (study->n_records) told.burden = (double *)open->burden + k * study->n_records * RLP_BURDENS;
    told.events = (rlp_event_t *)open->events + k * open->most_events;
    if (k < open->recorded && open->most_visits) told.visits = (rlp_visit_t *)open->visits + k * open->most_visits;
    if (k < open->recorded) told.counts = (int64_t *)open->counts + k * counts_of_one(study);
    return told;
}

static void keep(const rlp_study_t *study, const rlp_block_t *open, uint64_t k, const rlp_told_t *told) {
    if (open->outcomes[k].failed && !open->why[0]) memcpy((char *)open->why, told->why, sizeof told->why);
    if (!open->n_seen) return;
    add_moments((rlp_moments_t *)open->moments, told->counts, told->n_seen, rlp_study_types(study));
    ((uint64_t *)open->n_seen)[k] = told->n_seen;
    if (k < open->recorded) ((uint64_t *)open->n_visits)[k] = told->n_visits;
}

int rlp_block_run(const rlp_study_t *study, rlp_life_t *life, uint64_t block, unsigned char *payload, int (*between)(void *, uint64_t), void *between_context) {
    rlp_block_t open;
    asked_t asked = {.between = between, .context = between_context};
    rlp_phase_t before = rlp_meter_enter(study->trial.meter, RLP_PHASE_STATISTICS);
    int64_t *counts = NULL;
    rlp_task_trial_t of;
    size_t arm = study->tasks[rlp_block_task(study, block)].arm;
    rlp_block_open(study, block, payload, &open);
    rlp_life_ask(life, between ? within : NULL, &asked);
    int rc = rlp_task_trial_init(study, rlp_block_task(study, block), &of);
    if (!rc) rc = rlp_life_turn(life, &of.trial);
    if (!rc) rc = RLP_NEW(counts, counts_of_one(study));
    for (uint64_t k = 0; k < open.patients && !rc; k++) {
        rlp_told_t told = told_of(study, &open, k, counts);
        rc = rlp_life_run(life, arm, open.first + k, NULL, (rlp_outcome_t *)&open.outcomes[k], &told);
        if (rc) break;
        keep(study, &open, k, &told);
        asked.done = k + 1;
        if (between && within(&asked)) rc = RLP_ERROR_STOPPED;
    }
    rlp_life_ask(life, NULL, NULL);
    free(counts);
    rlp_task_trial_free(&of);
    (void)rlp_meter_enter(study->trial.meter, before);
    return rc;
}
