/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Baseline: what is known of a patient before anything happens to him, the same in every arm. patients.csv tells it, strata are made of it.
 *
 *   cells | diameter of all visible lesions | shares | what tests could find | doubling time ln 2 / (birth - death) of the main type
 *
 * Shares: on the tumour floor, of each trait (rung) that types carry; on the process floor, of each type. Of each test of the input: the traits whose share, in truth
 * and where the test looks, is at or above its limit. Rates are those that hold before any treatment; crowding by a capacity is not in them.
 *
 * What is known is a pure function of (study, patient); a look costs a draw of who he is and, on the tumour floor, the compilation of one untreated day. The study is
 * borrowed. Names may be asked for as soon as the floors are read; looks need a study that is right. */
#ifndef RELAPSE_BASELINE_H
#define RELAPSE_BASELINE_H

#include "relapse/study.h"

typedef struct {
    const double *values;  /* [parameters.n] as drawn; borrowed until the next look, as all arrays here */
    int64_t cells;
    double diameter_mm;
    const double *shares;  /* [rlp_baseline_shares] NaN without a cell */
    const uint32_t *found; /* [tests] traits (bits) at or above the test's limit */
    double doubling_days;  /* NaN: no cell, or none that grows */
    bool capped;           /* growth is capped at 0.9 of birth (tumour floor) */
} rlp_known_t;

typedef struct rlp_baseline rlp_baseline_t;
int rlp_baseline_new(const rlp_study_t *, rlp_baseline_t **) RLP_MUST_USE;
void rlp_baseline_free(rlp_baseline_t *); /* NULL is fine */
size_t rlp_baseline_shares(const rlp_baseline_t *);
const char *rlp_baseline_share_name(const rlp_baseline_t *, size_t share);
const rlp_test_t *rlp_baseline_tests(const rlp_baseline_t *, size_t *n);
/* RLP_ERROR_RATE, RLP_ERROR_OVERFLOW: a failure of this patient alone; nothing is known of him. */
int rlp_baseline_look(rlp_baseline_t *, uint64_t patient, rlp_known_t *) RLP_MUST_USE;
bool rlp_baseline_is_record(int rc); /* such a failure */

#endif
