/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Helper of the ranks and fault scripts: an ensemble of blocks whose payloads are a hash of (block, position), of unequal sizes and durations.
 *     ensemble_job LEDGER [blocks=N] [us=MICROSECONDS] [patients=PER_BLOCK] [resume] [patience=SECONDS] [slices=N] [input=TEXT]
 *                  [alien=RANK] [fail=RANK] [kill=RANK] [full=RANK]
 * us: time of a patient on the mean, in as many slices, between which the ensemble is asked; alien: this rank's probe differs; fail: this rank's second block fails; kill: this rank asks itself to stop
 * (SIGUSR1) after its third patient; full: this rank finds the disk full beyond 16 KiB.
 * Rank 0 prints "begun" when MPI is up, and at the end one line: code, found, run, blocks, complete, signal. The exit status is that of the code. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "relapse/ensemble.h"

typedef struct {
    int rank;
    uint64_t blocks, patients, slices;
    double us, patience;
    long alien, fail, kill, full;
    bool resume;
    const char *input;
    uint64_t blocks_begun, patients_done, reports;
} settings_t;

static uint64_t mix(uint64_t x) {
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint64_t patients_of(void *context, uint64_t block) {
    const settings_t *s = context;
    return block + 1 == s->blocks ? s->patients / 2 + 1 : s->patients; /* the last block is short, as in a study */
}

static size_t bytes_of(void *context, uint64_t block) { return (size_t)(8 * patients_of(context, block) + mix(block) % 50); }

static void spend(double us) {
    struct timespec pause = {(time_t)(us / 1e6), (long)(us * 1e3) % 1000000000};
    if (us > 0) nanosleep(&pause, NULL);
}

static void fill_disk(void) {
    const struct rlimit limit = {16384, 16384};
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit)) abort();
}

static int run_block(void *context, uint64_t block, unsigned char *payload, int (*between)(void *, uint64_t), void *between_context) {
    settings_t *s = context;
    uint64_t patients = patients_of(s, block);
    if (s->blocks_begun++ == 0 && s->rank == s->full) fill_disk(); /* not earlier: MPI's shared memory is files too */
    for (uint64_t p = 0; p < patients; p++) {
        uint64_t value = mix(block * 1000003 + p);
        for (int i = 0; i < 8; i++) payload[8 * p + (uint64_t)i] = (unsigned char)(value >> (8 * i));
        double us = s->us * 2 * (double)(mix(value) >> 11) / 9007199254740992.0;
        for (uint64_t slice = 0; slice < s->slices; slice++) {
            spend(us / (double)s->slices);
            if (slice + 1 < s->slices && between(between_context, p)) return RLP_ERROR_STOPPED;
        }
        if (s->rank == s->fail && s->blocks_begun == 2) return rlp_fail(RLP_ERROR_IO, "this block was told to fail");
        if (++s->patients_done == 3 && s->rank == s->kill) raise(SIGUSR1);
        if (between(between_context, p + 1)) return RLP_ERROR_STOPPED;
    }
    for (size_t i = (size_t)(8 * patients); i < bytes_of(s, block); i++) payload[i] = (unsigned char)i;
    return RLP_OK;
}

static void progress(void *context, uint64_t done, uint64_t all, double seconds, double per_second) {
    settings_t *s = context;
    s->reports++;
    if (done > all || seconds < 0 || per_second < 0) abort();
}

static void read_settings(settings_t *s, int argc, char **argv) {
    for (int i = 2; i < argc; i++) {
        char *equals = strchr(argv[i], '='), *value = equals ? equals + 1 : argv[i];
        if (!strcmp(argv[i], "resume")) s->resume = true;
        if (!strncmp(argv[i], "blocks=", 7)) s->blocks = strtoull(value, NULL, 10);
        if (!strncmp(argv[i], "patients=", 9)) s->patients = strtoull(value, NULL, 10);
        if (!strncmp(argv[i], "slices=", 7)) s->slices = strtoull(value, NULL, 10);
        if (!strncmp(argv[i], "us=", 3)) s->us = strtod(value, NULL);
        if (!strncmp(argv[i], "patience=", 9)) s->patience = strtod(value, NULL);
        if (!strncmp(argv[i], "input=", 6)) s->input = value;
        if (!strncmp(argv[i], "alien=", 6)) s->alien = strtol(value, NULL, 10);
        if (!strncmp(argv[i], "fail=", 5)) s->fail = strtol(value, NULL, 10);
        if (!strncmp(argv[i], "full=", 5)) s->full = strtol(value, NULL, 10);
        if (!strncmp(argv[i], "kill=", 5)) s->kill = strtol(value, NULL, 10);
    }
}

int main(int argc, char **argv) {
    settings_t s = {
        .blocks = 500, .patients = 16, .slices = 1, .us = 20, .patience = 5, .alien = -1, .fail = -1, .kill = -1, .full = -1, .input = "the input"};
    rlp_parallel_t parallel;
    rlp_ensemble_result_t result;
    if (argc < 2) return 64;
    rlp_stop_watch();
    read_settings(&s, argc, argv);
    int rc = rlp_parallel_init(&parallel, &argc, &argv);
    if (rc) return rlp_error_status(rc);
    s.rank = parallel.rank;
    if (s.rank == 0 && puts("begun") >= 0) fflush(stdout);
    rlp_ensemble_job_t job = {s.blocks, &s, bytes_of, patients_of, run_block, progress, 0.1, s.patience, NULL};
    rc = rlp_ensemble_run(&parallel, &job, argv[1], s.input, 1234 + (s.rank == s.alien), s.resume, &result);
    if (parallel.rank == 0) {
        printf("code=%s found=%" PRIu64 " run=%" PRIu64 " blocks=%" PRIu64
               " complete=%d signal=%d ranks=%d hosts=%d cores=%d seconds=%.3f\n",
               rlp_error_name(rc), result.blocks_found, result.blocks_run, s.blocks, result.complete, result.signal, parallel.size,
               parallel.hosts, parallel.cores, result.seconds);
        if (rc) fprintf(stderr, "%s\n", rlp_fail_message());
        if (!rc && !s.reports) abort();
    }
    rlp_parallel_finish(&parallel);
    return rlp_error_status(rc);
}
