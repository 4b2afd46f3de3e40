/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tasks behind the arms as written: their times, and their failures, which are failures of the run. */
#include "survey.h"

#include <math.h>

#include <stdlib.h>

#include "relapse/memory.h"

/* Each block of a task to see(). */
static int each_block(const job_t *job, size_t task, int (*see)(void *context, const rlp_block_t *), void *context) {
    const rlp_report_t *report = job->report;
    uint64_t n = rlp_study_blocks_per_task(job->study);
    unsigned char *payload = NULL;
    size_t room = 0;
    int rc = RLP_OK;
    for (uint64_t b = task * n; b < (task + 1) * n && !rc; b++) {
        rlp_block_t block;
        rc = RLP_GROW(payload, room, rlp_block_bytes(job->study, b));
        if (!rc) rc = report->read(report->context, b, payload);
        if (rc) break;
        rlp_block_open(job->study, b, payload, &block);
        rc = see(context, &block);
    }
    free(payload);
    return rc;
}

static int add_times(void *context, const rlp_block_t *block) {
    int rc = RLP_OK;
    for (uint64_t k = 0; k < block->patients && !rc; k++) rc = times_add(context, block->first + k, &block->outcomes[k]);
    return rc;
}

int survey_times(const job_t *job, size_t task, times_t *times) {
    times_clear(times);
    return each_block(job, task, add_times, times);
}

void survey_where(const rlp_study_t *study, size_t task, size_t *draw, size_t *life) {
    const rlp_uncertain_t *u = &study->uncertain;
    *draw = 0;
    *life = study->tasks[task].replicate + 1;
    for (size_t k = 0; k < u->draws * u->n_asked && task >= u->n_asked && !*draw; k++)
        if (u->tasks[k] == task) *draw = k / u->n_asked + 1;
}

typedef struct {
    job_t *job;
    size_t task;
} counting_t;

static int count_block(void *context, const rlp_block_t *block) {
    counting_t *counting = context;
    return totals_add(&counting->job->totals, counting->task, block);
}

int survey_count(job_t *job) {
    int rc = RLP_OK;
    for (counting_t c = {job, job->study->n_arms}; c.task < job->study->n_tasks && !rc; c.task++) rc = each_block(job, c.task, count_block, &c);
    return rc;
}

/* Without an error (one patient) the value alone. */
void survey_months(const rlp_contrast_t *c, rlp_text_t *out) {
    rlp_text_format(out, "%+.2f", c->value / RLP_DAYS_A_MONTH);
    if (!isnan(c->std_err)) rlp_text_format(out, " (%.2f to %.2f)", c->lower95 / RLP_DAYS_A_MONTH, c->upper95 / RLP_DAYS_A_MONTH);
    rlp_text_add(out, " months");
}
