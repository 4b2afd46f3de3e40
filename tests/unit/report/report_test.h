/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tests of this room share: a cohort so small that its files are known by hand, in a folder of its own. */
#ifndef REPORT_TEST_H
#define REPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h> /* wants the four first of these */

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "relapse/memory.h"
#include "relapse/report.h"

#define PATIENTS 3
#define TINY(until)                                                                 \
    "title: tiny\n"                                                                 \
    "process:\n"                                                                    \
    "  types:\n"                                                                    \
    "    S: {cells: 75, birth: 0.75 /d, death: 0.25 /d}\n"                          \
    "    'R, \"q\"': {cells: 25, birth: 0.5 /d, death: 0.5 /d}\n"                   \
    "  cells_per_cm3: 1e6\n"                                                        \
    "arms:\n"                                                                       \
    "  'say \"a, b\"': {}\n"                                                        \
    "  pulsed:\n"                                                                   \
    "    timeline: [{at: 5 d, survive: {S: 0.5}}, {at: 60 d, survive: {S: 0.5}}]\n" \
    "compare: {reference: pulsed}\n"                                                \
    "endpoints:\n"                                                                  \
    "  progression: {burden: 1000, measure: size}\n"                                \
    "  death: {burden: 1e6, hazard: 0.001 /d}\n"                                    \
    "cohort: {patients: 3, seed: 1, follow_up: 100 d, until: " until "}\n"          \
    "record: {times: [10 d, 50 d], patients: 2}\n"

/* [arm][patient] */
static const rlp_outcome_t OUTCOMES[2][PATIENTS] = {
    {{.ttp_days = 20,
      .pfs_days = 20,
      .os_days = 40.5,
      .end_days = 40.5,
      .ttp_event = 1,
      .pfs_event = 1,
      .os_event = 1,
      .cause = 1,
      .reason = 1,
      .death_cause = 1,
      .burden_start = 100,
      .burden_nadir = 90,
      .burden_end = 1000001,
      .best_response = RLP_RESPONSE_PR,
      .best_change_percent = -35.5,
      .untreatable_days = 15,
      .treatments = 2,
      .detected = 3,
      .second_days = 30,
      .second_event = 1,
      .carried_days = {[RLP_CARRIER_DIRECT] = 0.5, [RLP_CARRIER_LEAP] = 40},
      .events = 10},
     {.ttp_days = 100,
      .pfs_days = 100,
      .os_days = 100,
      .end_days = 100,
      .cause = -1,
      .burden_start = 100,
      .burden_nadir = 7,
      .burden_end = 12,
      .best_response = RLP_RESPONSE_SD,
      .best_change_percent = 2,
      .untreatable_days = NAN,
      .second_days = 100,
      .carried_days = {[RLP_CARRIER_DIRECT] = 60, [RLP_CARRIER_KENDALL] = 40},
      .events = 20},
     {.carried_days = {7, 7, 7, 7}, .epsilon = 1e-9, .failed = RLP_ERROR_RATE}},
    {{.ttp_days = 60,
      .pfs_days = 60,
      .os_days = 100,
      .end_days = 100,
      .ttp_event = 1,
      .pfs_event = 1,
      .cause = 0,
      .reason = 1,
      .burden_start = 100,
      .burden_nadir = 50,
      .burden_end = 5000,
      .best_response = RLP_RESPONSE_CR,
      .best_change_percent = -100,
      .untreatable_days = NAN,
      .second_days = 100,
      .carried_days = {[RLP_CARRIER_TAU] = 100},
      .epsilon = 0.002,
      .steps = 3,
      .leapt = 1},
     {.ttp_days = 20,
      .pfs_days = 20,
      .os_days = 20,
      .end_days = 20,
      .pfs_event = 1,
      .os_event = 1,
      .cause = -1,
      .leapt = 1,
      .best_change_percent = NAN,
      .untreatable_days = NAN,
      .second_days = 20,
      .second_event = 1,
      .death_cause = 2,
      .burden_start = 100,
      .burden_nadir = 60,
      .epsilon = 0.001,
      .burden_end = 60},
     {.ttp_days = 100,
      .pfs_days = 100,
      .os_days = 100,
      .end_days = 100,
      .cause = -1,
      .cured = 1,
      .best_response = RLP_RESPONSE_PD,
      .best_change_percent = 20,
      .untreatable_days = NAN,
      .second_days = 100,
      .burden_start = 100,
      .burden_nadir = 0,
      .burden_end = 0}},
};
/* Counts at days 10 and 50, and how many of them the patient lived to see. */
static const int64_t COUNTS[2][PATIENTS][4] = {{{200, 30, 0, 0}, {10, 2, 8, 4}, {0}}, {{40, 20, 45, 25}, {60, 0, 0, 0}, {5, 1, 0, 0}}};
static const uint64_t SEEN[2][PATIENTS] = {{1, 2, 0}, {2, 1, 2}};

/* What the lives of OUTCOMES told, as they tell it (patient/log.c); of the tumour floor when `study->tumour`. */
#define ROOM 8
typedef struct {
    size_t n;
    rlp_event_t events[ROOM];
} log_t;
#define PROGRESSED(day) {.t_days = (day), .kind = RLP_EVENT_PROGRESSION, .reason = 1}
#define DIED(day, cause) {.t_days = (day), .kind = RLP_EVENT_DEATH, .reason = (cause)}
#define DONE(day) {.t_days = (day), .kind = RLP_EVENT_DO}
static const log_t LOGS[2][PATIENTS] = {
    {{2, {PROGRESSED(20), DIED(40.5, 1)}}, {0}, {0}},
    {{3, {DONE(5), DONE(60), PROGRESSED(60)}}, {2, {DONE(5), DIED(20, 2)}}, {2, {DONE(5), DONE(60)}}},
};

typedef struct {
    size_t n;
    rlp_visit_t visits[2];
} visited_t;
static const visited_t VISITS[2][PATIENTS] = {
    {{2, {{10, 230, 330.5, 0.75, 0, RLP_RESPONSE_PR}, {20, 1000, 1000, 1.25, 0, RLP_RESPONSE_PD}}}, {1, {{10, 12, 112, 0.5, 0, RLP_RESPONSE_SD}}}, {0}},
    {{1, {{10, 0, 0, 0, 0, RLP_RESPONSE_CR}}}, {0}, {0}},
};

typedef struct {
    rlp_study_t *study;
    char folder[64];
    rlp_report_t report;
    rlp_text_t words;
    uint64_t failed;
    int failing_block; /* reading it fails; -1: none */
} cohort_t;

static inline int read_tiny(void *context, uint64_t block, unsigned char *payload) {
    const cohort_t *cohort = context;
    rlp_block_t open;
    memset(payload, 0, rlp_block_bytes(cohort->study, block));
    if ((int)block == cohort->failing_block) return rlp_fail(RLP_ERROR_IO, "block %d is damaged", (int)block);
    rlp_block_open(cohort->study, block, payload, &open);
    size_t arm = rlp_block_task(cohort->study, block), n = cohort->study->n_records * 2;
    for (uint64_t k = 0; k < open.patients; k++) {
        ((rlp_outcome_t *)open.outcomes)[k] = OUTCOMES[arm][k];
        if (cohort->study->trial.until == RLP_UNTIL_PROGRESSION) ((rlp_outcome_t *)open.outcomes)[k].os_days = NAN;
        if (OUTCOMES[arm][k].failed) strcpy((char *)open.why, "a rate left its range");
        for (size_t c = 0; c < SEEN[arm][k] * 2 && c < n; c++)
            rlp_moments_add((rlp_moments_t *)&open.moments[c], (double)COUNTS[arm][k][c]);
        ((rlp_outcome_t *)open.outcomes)[k].n_events = (uint32_t)LOGS[arm][k].n;
        assert_true(LOGS[arm][k].n <= open.most_events);
        memcpy((rlp_event_t *)open.events + k * open.most_events, LOGS[arm][k].events, LOGS[arm][k].n * sizeof(rlp_event_t));
        ((uint64_t *)open.n_seen)[k] = SEEN[arm][k];
        double *burden = (double *)open.burden + k * cohort->study->n_records * RLP_BURDENS;
        for (size_t r = 0; r < SEEN[arm][k] && r < cohort->study->n_records; r++, burden += RLP_BURDENS) {
            burden[0] = (double)(COUNTS[arm][k][2 * r] + COUNTS[arm][k][2 * r + 1]);
            burden[1] = burden[0] + 100;
            burden[2] = burden[0] / 8;
        }
        if (k >= open.recorded) continue;
        memcpy((int64_t *)open.counts + k * n, COUNTS[arm][k], n * sizeof(int64_t));
        if (!open.most_visits) continue;
        ((uint64_t *)open.n_visits)[k] = VISITS[arm][k].n;
        memcpy((rlp_visit_t *)open.visits + k * open.most_visits, VISITS[arm][k].visits, VISITS[arm][k].n * sizeof(rlp_visit_t));
    }
    return RLP_OK;
}

static inline rlp_study_t *study_of(const char *yaml, const char *const *sets, size_t n_sets) {
    rlp_study_t *study;
    rlp_text_t said;
    rlp_study_options_t options = {.sets = sets, .n_sets = n_sets};
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    assert_int_equal(rlp_study_parse("tiny.yaml", yaml, strlen(yaml), &options, wrong, &study), RLP_OK);
    rlp_text_init(&said);
    rlp_diagnostics_text(wrong, &said);
    if (!study) fail_msg("%s", rlp_text_string(&said));
    rlp_text_free(&said);
    rlp_diagnostics_free(wrong);
    return study;
}

static inline void begin_of(cohort_t *cohort, rlp_study_t *study) {
    *cohort = (cohort_t){.study = study, .folder = "/tmp/relapse-report-XXXXXX", .failing_block = -1};
    assert_non_null(mkdtemp(cohort->folder));
    cohort->report = (rlp_report_t){.study = study,
                                    .folder = cohort->folder,
                                    .read = read_tiny,
                                    .context = cohort,
                                    .facts = {.input_path = "tiny.yaml",
                                              .command_line = "relapse run 'a \"b\"\n\xff'",
                                              .started = "2026-01-02T03:04:05+0000",
                                              .seconds = 1.5,
                                              .ranks = 2,
                                              .hosts = 1,
                                              .cores = 4,
                                              .probe = 0xabc,
                                              .mpi_library = NULL,
                                              .blocks_found = 1}};
    rlp_text_init(&cohort->words);
}

static inline void begin(cohort_t *cohort, const char *yaml) { begin_of(cohort, study_of(yaml, NULL, 0)); }

static inline int write_all_of(cohort_t *cohort) {
    rlp_text_clear(&cohort->words);
    return rlp_report_write(&cohort->report, &cohort->words, &cohort->failed);
}

/* How many names in the folder end so; all of them go if `away`. */
static inline int names_in(const char *folder, const char *end, bool away) {
    DIR *stream = opendir(folder);
    int n = 0;
    if (!stream) return 0;
    for (struct dirent *entry; (entry = readdir(stream));) {
        size_t length = strlen(entry->d_name), wanted = strlen(end);
        char path[512];
        if (entry->d_name[0] == '.' || length < wanted || strcmp(entry->d_name + length - wanted, end)) continue;
        n++;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (away && unlink(path)) rmdir(path);
    }
    closedir(stream);
    return n;
}

static inline void end(cohort_t *cohort) {
    names_in(cohort->folder, "", true);
    rmdir(cohort->folder);
    rlp_text_free(&cohort->words);
    rlp_study_free(cohort->study);
}

/* Not inline: gcc 12 would see dangling pointers where there are none. */
__attribute__((noinline, unused)) static char *content(const cohort_t *cohort, const char *name) {
    char path[512], *bytes = NULL;
    size_t length;
    snprintf(path, sizeof path, "%s/%s", cohort->folder, name);
    if (rlp_file_read_whole(path, &bytes, &length)) fail_msg("%s", rlp_fail_message());
    return bytes;
}

static inline void assert_content(const cohort_t *cohort, const char *name, const char *expected) {
    char *bytes = content(cohort, name);
    assert_string_equal(bytes, expected);
    free(bytes);
}

static inline void assert_contains(const cohort_t *cohort, const char *name, const char *part) {
    char *bytes = content(cohort, name);
    if (!strstr(bytes, part)) fail_msg("expected in %s\n%s\nbut it holds\n%s", name, part, bytes);
    free(bytes);
}

/* Names of TINY as cells. */
#define ARM "\"say \"\"a, b\"\"\""
#define R "\"R, \"\"q\"\"\""

/* Numbers within 1e-12, all else to the letter. */
__attribute__((noinline, unused)) static void assert_table(const cohort_t *cohort, const char *name, const char *expected) {
    char *bytes = content(cohort, name), *ours = bytes;
    const char *theirs = expected;
    while (*ours && *theirs) {
        char *after_ours, *after_theirs;
        bool starts = ours == bytes || strchr(",\n", ours[-1]);
        double a = strtod(ours, &after_ours), b = strtod(theirs, &after_theirs);
        if (starts && after_ours > ours && after_theirs > theirs && fabs(a - b) <= 1e-12 * fabs(b)) {
            ours = after_ours;
            theirs = after_theirs;
        } else if (*ours++ != *theirs++) {
            break;
        }
    }
    if (*ours || *theirs) fail_msg("%s differs at\n%s\nexpected\n%s", name, ours, theirs);
    free(bytes);
}

/* A study that asks no question has no file of it. */
static inline void assert_unasked(const char *name) {
    cohort_t cohort;
    char path[128];
    begin(&cohort, TINY("follow_up"));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    snprintf(path, sizeof path, "%s/%s", cohort.folder, name);
    assert_int_not_equal(access(path, F_OK), 0);
    end(&cohort);
}

#endif
