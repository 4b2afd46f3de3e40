/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Limits: the program's own exam. Each limit is a small input, a law that is known exactly and the tests that hold one to the other; an engine sits it through the
 * whole way of a run (input text, study, lives, endpoints, moments), without ledger and files.
 *
 * False alarms: one decision is taken at RLP_LIMIT_FALSE_ALARM / RLP_LIMIT_DECISIONS, a number fixed beforehand that covers every limit, engine and
 * statistic of the table (a test counts them): a correct program fails its exam with probability below 1e-6 over seeds, whatever part of it is run. A seed
 * that fails is reported, never retried. What each statistic is: relapse/judge.h. Which laws, from where, how sharp: tests/limits/README.md.
 *
 * Patients: as many as asked for, but no more than a stated work a limit and engine allows (RLP_LIMIT_WORK births, deaths and transitions, a step or a jump counted
 * as RLP_LIMIT_STEP_WORK of them; what a patient costs is seen on the first block) unless the cap is lifted; fewer than RLP_LIMIT_LEAST are not worth a
 * verdict, and that is said. */
#ifndef RELAPSE_LIMITS_H
#define RELAPSE_LIMITS_H

#include "relapse/study.h"

#define RLP_LIMIT_FALSE_ALARM 1e-6
#define RLP_LIMIT_DECISIONS 4000
#define RLP_LIMIT_LEVEL (RLP_LIMIT_FALSE_ALARM / RLP_LIMIT_DECISIONS)
#define RLP_LIMIT_PATIENTS 10000
#define RLP_LIMIT_SEED 20200101
#define RLP_LIMIT_WORK 1e8
#define RLP_LIMIT_STEP_WORK 100.0
#define RLP_LIMIT_LEAST 400

/* One decision. */
typedef struct {
    char quantity[96];
    char statistic[24];
    double expected, found, p;
    double power; /* the error of the quantity that is seen in half of all runs: relative for means, variances and numbers, absolute for shares and times */
    uint64_t patients;
    bool passed;
} rlp_limit_row_t;

typedef struct {
    rlp_limit_row_t *rows; /* owned */
    size_t n, capacity;
    uint64_t patients;     /* lived */
    char skipped[160];     /* why there are no rows, "" if there are */
} rlp_limit_result_t;
void rlp_limit_result_free(rlp_limit_result_t *);

typedef struct {
    const char *id, *title, *law, *source;
    const char *text; /* the input; cohort and engine settings are added */
    int (*judge)(void *sitting);
    double error; /* of engines that approximate, here; 0: the exam's */
} rlp_limit_t;

extern const rlp_limit_t RLP_LIMITS[];
extern const size_t RLP_LIMIT_COUNT;

typedef struct {
    uint64_t patients, seed;
    bool lift_cap;
    double error; /* engine.error of engines that approximate */
} rlp_limit_options_t;

/* Sit one limit with one engine. Failed laws are rows; errors are of the program (memory, internal). */
int rlp_limit_sit(const rlp_limit_t *, const rlp_engine_class_t *, const rlp_limit_options_t *, rlp_limit_result_t *) RLP_MUST_USE;
/* The same for a user's own study of the process floor without capacity: mean, variance and absence of every type at every record time, in every arm.
 * RLP_ERROR_REFUSED in words where no law is known. */
int rlp_limit_sit_study(rlp_study_t *, rlp_limit_result_t *) RLP_MUST_USE;

#endif
