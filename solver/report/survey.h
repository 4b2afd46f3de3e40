/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside report: what synergy.c and attribution.c share: the times of any task, read again from the blocks. */
#ifndef RELAPSE_REPORT_SURVEY_H
#define RELAPSE_REPORT_SURVEY_H

#include "parts.h"

enum { SYNERGY_INTERACTION, SYNERGY_INDEPENDENT, SYNERGY_BLISS, SYNERGY_QUANTITIES };
typedef struct synergy {
    rlp_contrast_t rows[ENDPOINTS][SYNERGY_QUANTITIES]; /* at the numbers as written */
    double bliss_until[ENDPOINTS];
} synergy_t;

/* All patients of a task that did not fail, in order; times is cleared first. */
int survey_times(const job_t *, size_t task, times_t *) RLP_MUST_USE;
/* Of which draw of what is uncertain a task is (0: of none), and of which life of the patients (from 1). */
void survey_where(const rlp_study_t *, size_t task, size_t *draw, size_t *life);
/* Failed patients of the tasks behind the arms join the totals. */
int survey_count(job_t *) RLP_MUST_USE;

/* synergy.c, attribution.c: the file where the study asks for it, and sentences. */
int synergy_write(const job_t *, synergy_t *) RLP_MUST_USE;
void synergy_words(const job_t *, const synergy_t *, rlp_text_t *);
int attribution_write(const job_t *) RLP_MUST_USE;
/* subgroups.c: the file where the study has strata, and sentences for the closing words. */
int subgroups_write(const job_t *, rlp_text_t *words) RLP_MUST_USE;
/* trial.c: likewise, where the study has `trial:`. */
int trial_write(const job_t *, rlp_text_t *words) RLP_MUST_USE;
/* Where rows interact, the curve of the combined arm without them: a block $without of gnuplot's, per cent over time, for survival.gp. */
bool synergy_has_curve(const rlp_study_t *);
int synergy_curve(const job_t *, endpoint_t, double unit_days, rlp_text_t *out) RLP_MUST_USE;
/* synergy_picture.c: synergy.gp, then gnuplot; after attribution.csv. Nothing where neither is asked for. */
int synergy_picture_write(const job_t *, rlp_text_t *words) RLP_MUST_USE;

#endif
