/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The methods behind `relapse reference`: each is a row of the table in reference.c. A method of the room reference accepts an arm's process and writes
 * its rows into tables; one that is a program of its own (it may know ranks and PETSc) is named, and is handed the command line. */
#ifndef RELAPSE_COMMAND_REFERENCE_H
#define RELAPSE_COMMAND_REFERENCE_H

#include "relapse/reference.h"
#include "relapse/study.h"

/* Tables that methods write; the same row of the list makes index, file name and header. */
#define REFERENCE_TABLE_LIST(X)                                                                                        \
    X(MOMENTS, "moments.csv", "arm,time_days,type,mean,variance,extinct_fraction,closure")                             \
    X(COVARIANCE, "covariance.csv", "arm,time_days,type,with,covariance,closure")                                      \
    X(EXTINCTION, "extinction.csv", "arm,time_days,kind,set,absent,present,never,ever")                                \
    X(SETS, "sets.csv", "arm,kind,set,type")                                                                           \
    X(FOUNDERS, "founders.csv", "arm,endpoint,time_days,survival,survival_exact,expected_founders,living_founders,growing")
typedef enum {
#define REFERENCE_TABLE_ENUM(name, file, header) REFERENCE_##name,
    REFERENCE_TABLE_LIST(REFERENCE_TABLE_ENUM)
#undef REFERENCE_TABLE_ENUM
        REFERENCE_TABLES
} reference_table_t;

/* One arm at hand, and where its rows go. */
typedef struct {
    const rlp_study_t *study;
    size_t arm;               /* a task as written */
    rlp_process_t process;
    double *type_absent;      /* [record][type]: ln P(no cell of the type), made when first asked for; owned */
    rlp_text_t table[REFERENCE_TABLES];
    rlp_text_t words;         /* the closing words */
} reference_job_t;

typedef struct {
    const char *name, *sentence;
    const char *program;      /* a program of its own beside this one; NULL: the two functions below */
    bool records;             /* answers at `record: {times}` */
    int (*accepts)(const reference_job_t *); /* RLP_OK, or RLP_ERROR_REFUSED with a sentence that names what can answer */
    int (*run)(reference_job_t *);
} reference_method_t;

int reference_accepts_moments(const reference_job_t *);
int reference_moments(reference_job_t *);
int reference_accepts_backward(const reference_job_t *);
int reference_backward(reference_job_t *);
int reference_accepts_founders(const reference_job_t *);
int reference_founders(reference_job_t *);

#endif
