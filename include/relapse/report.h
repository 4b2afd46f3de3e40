/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Report: what a run leaves behind. Tidy CSV (RFC 4180, header row, '.', doubles the shortest that reads back, undefined empty), run.json, a survival
 * plot (gnuplot; PNG and SVG), and the closing words on the terminal.
 *
 * Reads a finished cohort block by block through a callback, in block order, and holds at most one arm's times at once. Every file appears
 * whole, run.json after all CSV files. Columns: README.md and inputs/README.md of the project. One rank only.
 *
 * Picture: survival.gp reads km.csv, or curves.csv (its thinned copy, with arms by number) where km.csv has more than 20000 rows or arms have
 * names that gnuplot cannot read (a comma, a quote, ...); gnuplot that is missing or fails is told
 * in the words and is no error. RLP_ERROR_CREATE, RLP_ERROR_IO, RLP_ERROR_MEMORY, and what read() says. */
#ifndef RELAPSE_REPORT_H
#define RELAPSE_REPORT_H

#include "relapse/study.h"

/* Facts about the run itself, for run.json. Strings are borrowed. */
typedef struct {
    const char *input_path;
    const char *command_line;
    const char *started; /* ISO 8601 with offset */
    double seconds;      /* wall time of the simulation */
    int ranks, hosts, cores;
    uint64_t probe;
    const char *mpi_library; /* version string of the MPI library, or NULL */
    uint64_t blocks_found; /* taken over from an earlier run */
    double busy_min, busy_mean, busy_max;
    void (*profile)(void *context, rlp_profile_t *); /* where the time went up to now; NULL: not measured */
    void *profile_context;
} rlp_run_facts_t;

typedef struct {
    const rlp_study_t *study;
    const char *folder; /* exists; borrowed */
    /* Fill `payload` (rlp_block_bytes) of a block. */
    int (*read)(void *context, uint64_t block, unsigned char *payload);
    void *context;
    rlp_run_facts_t facts;
} rlp_report_t;

/* Write everything; append the closing words (medians with intervals per arm and endpoint, what progression measures, failed patients, where the files are)
 * to `words`. *failed_patients is how many patients were failed records. */
int rlp_report_write(const rlp_report_t *, rlp_text_t *words, uint64_t *failed_patients) RLP_MUST_USE;

/* `profile` as a table for people. */
void rlp_report_profile(const rlp_profile_t *, rlp_text_t *words);

/* One patient alone (`run --only N`): on the tumour floor also signals.csv and the picture patient.gp, .png, .svg (told[a].deeds is needed for them);
 * survival.csv, patients.csv, events.csv, visits.csv where the input asks, counts.csv with every point that the path visited, run.json. outcomes[a] and told[a] for each arm that
 * runs; points are in order of (arm, time). */
typedef struct {
    size_t arm; /* a task as written */
    double t_days;
    const int64_t *cells; /* n_types */
    const double *dead;   /* n_types: dead tissue in cells; NULL: not told */
} rlp_point_t;
int rlp_report_write_patient(const rlp_report_t *, uint64_t patient, const rlp_outcome_t *outcomes, const rlp_told_t *told, const rlp_point_t *points,
                             size_t n_points, rlp_text_t *words) RLP_MUST_USE;

#endif
