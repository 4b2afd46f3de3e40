/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tests of synergy.csv and attribution.csv share: a whole study lived and reported into a folder of its own, its files read back as rows, and the same answers
 * found from survival.csv and counts.csv alone, as plainly as can be. */
#ifndef SURVEY_TEST_H
#define SURVEY_TEST_H

#include "cohort.h"
#include "relapse/memory.h"
#include "relapse/report.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

/* ---- a table of text ------------------------------------------------------------------------------------------------------------------ */
typedef struct {
    char *bytes, **cells;
    size_t n_columns, n_rows; /* rows without the header */
} table_t;

static inline void table_read(table_t *table, const char *folder, const char *name) {
    char path[512];
    size_t length, n = 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    *table = (table_t){0};
    if (rlp_file_read_whole(path, &table->bytes, &length)) fail_msg("%s", rlp_fail_message());
    for (size_t i = 0; i < length; i++) n += table->bytes[i] == ',' || table->bytes[i] == '\n';
    table->cells = calloc(n + 1, sizeof *table->cells);
    assert_non_null(table->cells);
    n = 0;
    for (char *c = table->bytes; *c;) { /* no cell of these tests is quoted */
        assert_int_not_equal(*c, '"');
        table->cells[n++] = c;
        c += strcspn(c, ",\n");
        if (*c == '\n' && !table->n_columns) table->n_columns = n;
        if (*c) *c++ = '\0';
    }
    assert_true(table->n_columns && n % table->n_columns == 0);
    table->n_rows = n / table->n_columns - 1;
}

static inline void table_free(table_t *table) {
    free(table->cells);
    free(table->bytes);
}

static inline const char *table_cell(const table_t *table, size_t row, const char *column) {
    for (size_t c = 0; c < table->n_columns; c++)
        if (!strcmp(table->cells[c], column)) return table->cells[(row + 1) * table->n_columns + c];
    fail_msg("no column %s", column);
    return NULL;
}

static inline double table_number(const table_t *table, size_t row, const char *column) {
    char *after;
    const char *cell = table_cell(table, row, column);
    double value = strtod(cell, &after);
    if (after == cell || *after) fail_msg("%s of row %zu is '%s'", column, row, cell);
    return value;
}

/* The row whose first cells are these. */
static inline size_t table_find(const table_t *table, const char *const *first, size_t n) {
    for (size_t r = 0; r < table->n_rows; r++) {
        size_t c = 0;
        while (c < n && !strcmp(table->cells[(r + 1) * table->n_columns + c], first[c])) c++;
        if (c == n) return r;
    }
    fail_msg("no row %s,%s,...", first[0], n > 1 ? first[1] : "");
    return 0;
}

/* ---- a study as a run would do it ------------------------------------------------------------------------------------------------------ */
typedef struct {
    rlp_study_t *study;
    char folder[64];
    unsigned char **payloads; /* [block] */
    table_t survival, synergy, attribution, counts;
    rlp_text_t words; /* the closing ones */
} lived_t;

static inline int lived_read(void *context, uint64_t block, unsigned char *payload) {
    const lived_t *lived = context;
    memcpy(payload, lived->payloads[block], rlp_block_bytes(lived->study, block));
    return RLP_OK;
}

static inline void lived_blocks(lived_t *lived) {
    rlp_life_t *life;
    uint64_t n = rlp_study_blocks(lived->study);
    lived->payloads = calloc(n, sizeof *lived->payloads);
    assert_non_null(lived->payloads);
    assert_int_equal(rlp_life_new(&lived->study->trial, &life), RLP_OK);
    for (uint64_t b = 0; b < n; b++) {
        lived->payloads[b] = calloc(1, rlp_block_bytes(lived->study, b));
        assert_non_null(lived->payloads[b]);
        assert_int_equal(rlp_block_run(lived->study, life, b, lived->payloads[b], NULL, NULL), RLP_OK);
    }
    rlp_life_free(life);
}

/* gnuplot is not asked: a test needs no pictures. */
static inline void live(lived_t *lived, const char *text) {
    uint64_t failed;
    *lived = (lived_t){.study = cohort_parse(text), .folder = "/tmp/relapse-survey-XXXXXX"};
    assert_non_null(mkdtemp(lived->folder));
    lived_blocks(lived);
    rlp_text_init(&lived->words);
    rlp_report_t report = {.study = lived->study, .folder = lived->folder, .read = lived_read, .context = lived, .facts = {.input_path = "", .command_line = "", .started = "", .ranks = 1}};
    assert_int_equal(setenv("PATH", lived->folder, 1), 0);
    if (rlp_report_write(&report, &lived->words, &failed)) fail_msg("%s", rlp_fail_message());
    assert_int_equal(failed, 0);
    table_read(&lived->survival, lived->folder, "survival.csv");
    if (lived->study->synergy.asked) table_read(&lived->synergy, lived->folder, "synergy.csv");
    if (lived->study->attribution.asked) table_read(&lived->attribution, lived->folder, "attribution.csv");
    if (lived->study->n_records) table_read(&lived->counts, lived->folder, "counts.csv");
}

static inline void lived_end(lived_t *lived) {
    char path[512];
    DIR *stream = opendir(lived->folder);
    assert_non_null(stream);
    for (const struct dirent *entry; (entry = readdir(stream));) {
        snprintf(path, sizeof path, "%.100s/%.300s", lived->folder, entry->d_name);
        if (entry->d_name[0] != '.') unlink(path);
    }
    closedir(stream);
    rmdir(lived->folder);
    for (uint64_t b = 0; b < rlp_study_blocks(lived->study); b++) free(lived->payloads[b]);
    free(lived->payloads);
    table_free(&lived->survival);
    table_free(&lived->synergy);
    table_free(&lived->attribution);
    table_free(&lived->counts);
    rlp_text_free(&lived->words);
    rlp_study_free(lived->study);
}

/* ---- the same from survival.csv --------------------------------------------------------------------------------------------------------- */
#define MOST 2000
typedef struct {
    size_t n;
    double time[MOST];
    bool event[MOST];
} sample_t;

static inline sample_t sample_of(const lived_t *lived, const char *arm, const char *endpoint) {
    sample_t sample = {0};
    char days[32], event[32];
    snprintf(days, sizeof days, "%s_days", endpoint);
    snprintf(event, sizeof event, "%s_event", endpoint);
    for (size_t r = 0; r < lived->survival.n_rows; r++) {
        if (strcmp(table_cell(&lived->survival, r, "arm"), arm)) continue;
        assert_true(sample.n < MOST);
        assert_int_equal((int)table_number(&lived->survival, r, "patient"), (int)sample.n + 1);
        sample.time[sample.n] = table_number(&lived->survival, r, days);
        sample.event[sample.n++] = table_number(&lived->survival, r, event) == 1;
    }
    assert_true(sample.n > 0);
    return sample;
}

/* Kaplan and Meier's estimate just after t, from its definition. */
static inline double plain_curve(const sample_t *sample, double t) {
    double survival = 1;
    for (size_t i = 0; i < sample->n; i++) {
        size_t at_risk = 0, here = 0, first = i;
        if (!sample->event[i] || sample->time[i] > t) continue;
        for (size_t j = 0; j < sample->n; j++) {
            at_risk += sample->time[j] >= sample->time[i];
            here += sample->event[j] && sample->time[j] == sample->time[i];
            if (j < first && sample->event[j] && sample->time[j] == sample->time[i]) first = j;
        }
        if (first == i) survival *= 1 - (double)here / (double)at_risk;
    }
    return survival;
}

static int plain_order(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The area under `curve` from 0 to the end, which is flat between the times of these samples. */
static inline double plain_area(const sample_t *const *samples, size_t n, double end, double (*curve)(const sample_t *const *, double)) {
    static double t[4 * MOST + 2];
    size_t m = 0;
    double sum = 0;
    t[m++] = 0;
    t[m++] = end;
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < samples[k]->n; i++)
            if (samples[k]->time[i] < end) t[m++] = samples[k]->time[i];
    qsort(t, m, sizeof *t, plain_order);
    for (size_t i = 0; i + 1 < m; i++)
        if (t[i + 1] > t[i]) sum += curve(samples, t[i]) * (t[i + 1] - t[i]);
    return sum;
}

static inline double plain_survival(const sample_t *const *samples, double t) { return plain_curve(samples[0], t); }
static inline double plain_mean(const sample_t *sample, double horizon) { return plain_area(&sample, 1, horizon, plain_survival); }

/* The error of sum_k sign_k RMST_k where nobody is censored before the horizon: of each patient's sum of times. */
static inline double plain_error(const sample_t *const *samples, const double *sign, size_t n, double horizon) {
    double mean = 0, squares = 0;
    static double of[MOST];
    size_t patients = samples[0]->n;
    for (size_t i = 0; i < patients; i++) {
        of[i] = 0;
        for (size_t k = 0; k < n; k++) {
            assert_true(samples[k]->event[i] || samples[k]->time[i] >= horizon);
            of[i] += sign[k] * fmin(samples[k]->time[i], horizon);
        }
        mean += of[i] / (double)patients;
    }
    for (size_t i = 0; i < patients; i++) squares += (of[i] - mean) * (of[i] - mean);
    return sqrt(squares) / (double)patients;
}

static inline void assert_near(double ours, double theirs, const char *what) {
    if (!(fabs(ours - theirs) <= 1e-9 * (1 + fabs(theirs)))) fail_msg("%s is %.17g, and should be %.17g", what, ours, theirs);
}

#endif
