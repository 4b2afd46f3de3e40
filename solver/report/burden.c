/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * burden.csv: quantiles of the burden at the record times, over those who are followed and the dead, who count above every quantile. Those who left
 * otherwise (until: progression) do not count. Record times are gone through in batches, the blocks read again for each, so that memory stays bounded. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"
#include "relapse/memory.h"

#define BATCH_VALUES ((size_t)1 << 24) /* 128 MB */

static const double QUANTILES[] = {0.05, 0.25, 0.5, 0.75, 0.95};
static const char *const MEASURES[RLP_BURDENS] = {"viable", "size", "diameter"};

typedef struct {
    const job_t *job;
    size_t arm, first, records; /* the batch */
    double *values;             /* [records][RLP_BURDENS][patients] */
    size_t *followed, *dead;    /* [records] */
    unsigned char *payload;
    size_t room;
} burden_t;

int burden_open(sheet_t *sheet, const job_t *job) {
    return sheet_open(sheet, job->report->folder, "burden.csv", "arm,time_days,measure,q05,q25,q50,q75,q95,followed,dead");
}

static void add_block(burden_t *b, const rlp_block_t *block) {
    const rlp_study_t *study = b->job->study;
    for (uint64_t k = 0; k < block->patients; k++) {
        if (block->outcomes[k].failed) continue;
        for (size_t r = 0; r < b->records; r++) {
            const double *burden = block->burden + (k * study->n_records + b->first + r) * RLP_BURDENS;
            if (b->first + r >= block->n_seen[k]) {
                b->dead[r] += block->outcomes[k].death_cause != 0;
                continue;
            }
            for (size_t m = 0; m < RLP_BURDENS; m++) b->values[(r * RLP_BURDENS + m) * study->patients + b->followed[r]] = burden[m];
            b->followed[r]++;
        }
    }
}

static void write_row(sheet_t *sheet, burden_t *b, size_t r, size_t m) {
    const rlp_study_t *study = b->job->study;
    double *values = b->values + (r * RLP_BURDENS + m) * study->patients;
    size_t n = b->followed[r];
    while (n < b->followed[r] + b->dead[r]) values[n++] = INFINITY;
    rlp_sample_sort(values, n);
    sheet_raw(sheet, rlp_text_string(&b->job->arm_cells[b->arm]));
    sheet_number(sheet, study->record_days[b->first + r]);
    sheet_raw(sheet, MEASURES[m]);
    for (size_t q = 0; q < sizeof QUANTILES / sizeof *QUANTILES; q++) {
        double value = rlp_sample_quantile(values, n, QUANTILES[q]);
        sheet_number(sheet, isinf(value) ? NAN : value); /* among the dead */
    }
    sheet_whole(sheet, (int64_t)b->followed[r]);
    sheet_whole(sheet, (int64_t)b->dead[r]);
    sheet_end_row(sheet);
}

static int write_batch(sheet_t *sheet, burden_t *b) {
    const rlp_report_t *report = b->job->report;
    uint64_t n = rlp_study_blocks_per_task(report->study);
    int rc = RLP_OK;
    memset(b->followed, 0, b->records * sizeof *b->followed);
    memset(b->dead, 0, b->records * sizeof *b->dead);
    for (uint64_t k = b->arm * n; k < (b->arm + 1) * n && !rc; k++) {
        rlp_block_t block;
        rc = RLP_GROW(b->payload, b->room, rlp_block_bytes(report->study, k));
        if (!rc) rc = report->read(report->context, k, b->payload);
        if (rc) break;
        rlp_block_open(report->study, k, b->payload, &block);
        add_block(b, &block);
    }
    for (size_t r = 0; r < b->records && !rc; r++)
        for (size_t m = 0; m < RLP_BURDENS; m++) write_row(sheet, b, r, m);
    return rc;
}

int burden_write_arm(sheet_t *sheet, const job_t *job, size_t arm) {
    const rlp_study_t *study = job->study;
    size_t at_once = BATCH_VALUES / (RLP_BURDENS * study->patients);
    burden_t b = {.job = job, .arm = arm};
    if (!study->n_records) return RLP_OK;
    if (at_once < 1) at_once = 1;
    if (at_once > study->n_records) at_once = study->n_records;
    int rc = RLP_NEW(b.values, at_once * RLP_BURDENS * study->patients);
    if (!rc) rc = RLP_NEW(b.followed, at_once);
    if (!rc) rc = RLP_NEW(b.dead, at_once);
    for (b.first = 0; b.first < study->n_records && !rc; b.first += at_once) {
        b.records = study->n_records - b.first < at_once ? study->n_records - b.first : at_once;
        rc = write_batch(sheet, &b);
    }
    free(b.values);
    free(b.followed);
    free(b.dead);
    free(b.payload);
    return rc;
}
