/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside report: what questions share: the times of any task, read again from the blocks. */
#ifndef RELAPSE_REPORT_SURVEY_H
#define RELAPSE_REPORT_SURVEY_H

#include "parts.h"

/* What is told of attribution, in words and in the picture: of one quantity (the excess; else the combined arm; else the last one) the marks that change somebody, the
 * largest first, and the remainder. */
typedef struct {
    char *name; /* "M08", "M08 + M45"; owned */
    rlp_contrast_t last_out;
    double first_in;
} worth_t;
typedef struct {
    bool of_excess;
    size_t task;     /* of the arm, where it is not the excess */
    size_t n, idle;  /* marks in `worths`; those that change nobody */
    worth_t *worths; /* [n + 1]: the last is the remainder; owned. NULL: nothing is attributed */
} attribution_t;

/* All patients of a task that did not fail, in order; times is cleared first. */
int survey_times(const job_t *, size_t task, times_t *) RLP_MUST_USE;
/* Of which draw of what is uncertain a task is (0: of none), and of which life of the patients (from 1). */
void survey_where(const rlp_study_t *, size_t task, size_t *draw, size_t *life);
/* Failed patients of the tasks behind the arms join the totals. */
int survey_count(job_t *) RLP_MUST_USE;
/* "+2.34 (2.25 to 2.42) months" */
void survey_months(const rlp_contrast_t *, rlp_text_t *);

/* A question each: its file where the study asks for it, and its sentences at the end of `words`, for the closing words. */
int synergy_write(const job_t *, rlp_text_t *words) RLP_MUST_USE;
int attribution_write(const job_t *, attribution_t *, rlp_text_t *words) RLP_MUST_USE;
void attribution_free(attribution_t *);
int subgroups_write(const job_t *, rlp_text_t *words) RLP_MUST_USE;
int trial_write(const job_t *, rlp_text_t *words) RLP_MUST_USE;
int luck_write(const job_t *, rlp_text_t *words) RLP_MUST_USE;
/* Where rows interact, the curve of the combined arm without them: a block $without of gnuplot's, per cent over time, for survival.gp. */
bool synergy_has_curve(const rlp_study_t *);
int synergy_curve(const job_t *, endpoint_t, double unit_days, rlp_text_t *out) RLP_MUST_USE;
/* synergy_picture.c: synergy.gp, then gnuplot; after attribution.csv. Nothing where neither is asked for. */
int synergy_picture_write(const job_t *, const attribution_t *, rlp_text_t *words) RLP_MUST_USE;

#endif
