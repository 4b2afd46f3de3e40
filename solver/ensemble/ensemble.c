/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Blocks over ranks: find out what the ledger lacks, fetch numbers of missing blocks from the counter, run each in place in the writer's
 * buffer, and look up between patients, and at the stops within long ones, for stop requests, other ranks' stops and the time to report. A rank with an error stops the
 * others and joins them at the end, where all agree; no rank leaves early. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "ledger.h"
#include "missing.h"
#include "relapse/memory.h"

/* A call into MPI may give the core away where ranks share it with others (Open MPI yields when it finds nothing), so nobody calls more often than he is needed. */
static const double LOOK_UP_SECONDS = 2e-4; /* rank 0 between patients: what another rank's request may wait */
static const double LOOK_UP_WITHIN = 5e-2;  /* within a patient, and of ranks that nobody asks */
static const double REPORT_EVERY = 0.5;     /* patients done, to rank 0's window: more rarely on many ranks */
static const double REPORT_PER_RANK = 1e-4;

typedef struct {
    rlp_parallel_t *parallel;
    const rlp_ensemble_job_t *job;
    const char *path;
    ledger_layout_t layout;
    ledger_writer_t writer;
    rlp_counter_t *counter;
    missing_t missing;
    uint64_t blocks_run, patients_run; /* by this rank */
    double started, busy;
    double look_up_at, tell_at, report_at;                /* when next */
    double stop_seen;                                     /* < 0: not yet */
    uint64_t untold;                                      /* patients done that the counter has not been told */
    uint64_t patients_all, patients_found, patients_seen; /* rank 0: for progress */
    double block_started, patient_started;
    uint64_t block_patients, block_done;
} run_t;

/* ---- between and within patients --------------------------------------------------------------------------------------------------------- */

static void report(run_t *run, double now, uint64_t done) {
    double seconds = now - run->started;
    if (done > run->patients_all - run->patients_found) done = run->patients_all - run->patients_found;
    if (!run->job->progress || run->parallel->rank != 0) return;
    rlp_phase_t before = rlp_meter_enter(run->job->meter, RLP_PHASE_OTHER);
    run->job->progress(run->job->context, run->patients_found + done, run->patients_all, seconds, seconds > 0 ? (double)done / seconds : 0);
    (void)rlp_meter_enter(run->job->meter, before);
}

static void look_up(run_t *run, double now) {
    rlp_phase_t before = rlp_meter_enter(run->job->meter, RLP_PHASE_WAITING);
    run->look_up_at = now + (run->parallel->rank == 0 && run->parallel->size > 1 ? LOOK_UP_SECONDS : LOOK_UP_WITHIN);
    rlp_counter_progress(run->counter);
    if (run->stop_seen < 0 && (rlp_stop_requested() || rlp_counter_stopped(run->counter))) {
        run->stop_seen = now;
        rlp_counter_stop(run->counter);
    }
    if (now >= run->tell_at) {
        run->patients_seen = rlp_counter_done(run->counter, run->untold);
        run->untold = 0;
        run->tell_at = now + REPORT_EVERY + REPORT_PER_RANK * run->parallel->size;
    }
    if (now >= run->report_at) {
        report(run, now, run->patients_seen);
        run->report_at = now + run->job->report_seconds;
    }
    (void)rlp_meter_enter(run->job->meter, before);
}

/* After a stop: is the block at hand to be given up? Its rest is expected to take as long per patient as what is done of it; the first patient, at
 * least as long as until now, and a patient who took longer than that already, not much longer. */
static bool hopeless(const run_t *run, double now) {
    if (run->stop_seen < 0 || run->block_done >= run->block_patients) return false;
    double spent = now - run->patient_started, each = run->block_done ? (run->patient_started - run->block_started) / (double)run->block_done : spent;
    double rest = (each > spent ? each - spent : 0) + each * (double)(run->block_patients - run->block_done - 1);
    return now - run->stop_seen + rest >= run->job->patience_seconds;
}

static int between(void *context, uint64_t done) {
    run_t *run = context;
    double now = MPI_Wtime(), wait = done > run->block_done ? 0 : LOOK_UP_WITHIN;
    if (done > run->block_done) {
        run->untold += done - run->block_done;
        run->block_done = done;
        run->patient_started = now;
    }
    if (now >= run->look_up_at + wait || (rlp_stop_requested() && run->stop_seen < 0)) look_up(run, now);
    return hopeless(run, now);
}

/* ---- the work ------------------------------------------------------------------------------------------------------------------ */

static int one_block(run_t *run, uint64_t block) {
    unsigned char *payload = NULL;
    (void)rlp_meter_enter(run->job->meter, RLP_PHASE_LEDGER);
    int rc = ledger_writer_begin(&run->writer, block, &payload);
    if (rc) return rc;
    (void)rlp_meter_enter(run->job->meter, RLP_PHASE_OTHER);
    run->block_started = run->patient_started = MPI_Wtime();
    run->block_patients = run->job->patients(run->job->context, block);
    run->block_done = 0;
    rc = run->job->run(run->job->context, block, payload, between, run);
    run->busy += MPI_Wtime() - run->block_started;
    if (rc) return rc;
    run->blocks_run++;
    run->patients_run += run->block_patients;
    (void)rlp_meter_enter(run->job->meter, RLP_PHASE_LEDGER);
    return ledger_writer_commit(&run->writer, block);
}

static int work(run_t *run) {
    for (;;) {
        uint64_t first, count;
        (void)rlp_meter_enter(run->job->meter, RLP_PHASE_WAITING);
        int rc = rlp_counter_next(run->counter, &first, &count);
        if (rc || !count) return rc;
        for (uint64_t number = first; number < first + count; number++) {
            look_up(run, MPI_Wtime());
            if (run->stop_seen >= 0) return RLP_ERROR_STOPPED;
            rc = one_block(run, missing_find(&run->missing, number));
            if (rc) return rc;
        }
    }
}

/* Wait for all without holding anybody up: the stop must go on through this rank, rank 0 hosts the counter and reports. */
static void wait_for_all(run_t *run) {
    const struct timespec nap = {0, 100000};
    MPI_Request request = MPI_REQUEST_NULL;
    int here = MPI_Ibarrier(run->parallel->comm, &request) != MPI_SUCCESS;
    while (!here) {
        look_up(run, MPI_Wtime());
        if (MPI_Test(&request, &here, MPI_STATUS_IGNORE)) return;
        if (!here) nanosleep(&nap, NULL);
    }
}

static int finish_message(const run_t *run, const rlp_ensemble_result_t *result) {
    uint64_t there = result->blocks_found + result->blocks_run;
    if (result->complete) return RLP_OK;
    if (result->signal)
        return rlp_fail(RLP_ERROR_STOPPED,
                        "stopped by signal %d with %" PRIu64 " of %" PRIu64 " blocks kept in %s: run again with --resume", result->signal,
                        there, run->job->n_blocks, run->path);
    return rlp_fail(RLP_ERROR_INTERNAL, "%s: only %" PRIu64 " of %" PRIu64 " blocks were run", run->path, there, run->job->n_blocks);
}

/* Sums over ranks; the verdict on the run. */
static int add_up(run_t *run, int rc, rlp_ensemble_result_t *result) {
    MPI_Comm comm = run->parallel->comm;
    uint64_t mine[2] = {run->blocks_run, run->patients_run}, sum[2] = {0, 0};
    double times[2] = {run->busy, -run->busy}, most[2] = {0, 0}, busy = 0;
    int signal_seen = rlp_stop_requested();
    rc = rlp_parallel_agree(run->parallel, rc == RLP_ERROR_STOPPED ? RLP_OK : rc);
    int bad = MPI_Allreduce(mine, sum, 2, MPI_UINT64_T, MPI_SUM, comm) || MPI_Allreduce(times, most, 2, MPI_DOUBLE, MPI_MAX, comm) ||
              MPI_Allreduce(&run->busy, &busy, 1, MPI_DOUBLE, MPI_SUM, comm) ||
              MPI_Allreduce(&signal_seen, &result->signal, 1, MPI_INT, MPI_MAX, comm);
    if (bad && !rc) rc = rlp_fail(RLP_ERROR_INTERNAL, "the ranks could not add up what they did");
    result->blocks_run = sum[0];
    result->seconds = MPI_Wtime() - run->started;
    result->busy_max = most[0];
    result->busy_min = -most[1];
    result->busy_mean = busy / run->parallel->size;
    result->complete = !rc && result->blocks_found + result->blocks_run == run->job->n_blocks;
    if (!rc) report(run, MPI_Wtime(), sum[1]);
    return rc ? rc : finish_message(run, result);
}

static int simulate(run_t *run, rlp_ensemble_result_t *result) {
    int rc = rlp_counter_open(run->parallel, run->missing.left, &run->counter);
    if (rc) return rc;
    run->started = MPI_Wtime();
    run->report_at = run->started + run->job->report_seconds;
    run->tell_at = run->started + REPORT_EVERY;
    rc = work(run);
    if (rc && rc != RLP_ERROR_STOPPED) rlp_counter_stop(run->counter);
    (void)rlp_meter_enter(run->job->meter, RLP_PHASE_LEDGER);
    int closed = ledger_writer_close(&run->writer);
    if (closed && (!rc || rc == RLP_ERROR_STOPPED)) rc = closed;
    (void)rlp_meter_enter(run->job->meter, RLP_PHASE_WAITING);
    wait_for_all(run);
    rc = add_up(run, rc, result);
    rlp_counter_close(run->counter);
    return rc;
}

/* ---- before the work: one ledger, the same for all ------------------------------------------------------------------------------ */

static uint64_t hash_text(const char *text) { /* FNV-1a */
    uint64_t hash = 14695981039346656037u;
    for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

/* A build or a C library that differs between ranks would make a patient's result depend on where it ran. */
static int check_ranks(const run_t *run, const char *fingerprint, uint64_t probe) {
    uint64_t root = probe;
    int rc = RLP_OK;
    if (MPI_Bcast(&root, 1, MPI_UINT64_T, 0, run->parallel->comm))
        rc = rlp_fail(RLP_ERROR_INTERNAL, "the ranks cannot compare their builds");
    if (!rc && root != probe)
        rc = rlp_fail(RLP_ERROR_INPUT,
                      "exp and log of this host's C library give other bits than on rank 0's host (probe %016" PRIx64 ", there %016" PRIx64
                      "): results would depend on the host; run on hosts of one kind",
                      probe, root);
    rc = rlp_parallel_agree(run->parallel, rc);
    if (rc) return rc;
    if (!rlp_parallel_same(run->parallel, hash_text(fingerprint)) || !rlp_parallel_same(run->parallel, run->job->n_blocks) ||
        !rlp_parallel_same(run->parallel, run->layout.total_bytes))
        return rlp_fail(RLP_ERROR_INTERNAL, "the ranks do not hold the same input: is one of them another build?");
    return RLP_OK;
}

/* Rank 0: the ledger that is there must be of this input, build and library. */
static int check_ledger(const run_t *run, const char *fingerprint, uint64_t probe) {
    char *text = NULL;
    rlp_ledger_t *ledger = NULL;
    int rc = rlp_ledger_fingerprint(run->path, &text);
    if (!rc && strcmp(text, fingerprint) != 0) rc = rlp_fail(RLP_ERROR_INPUT, "%s: the results there belong to another input", run->path);
    if (!rc) rc = rlp_ledger_open(run->path, run->job->n_blocks, run->job->payload_bytes, run->job->context, &ledger);
    if (!rc && ledger_probe(ledger) != probe)
        rc = rlp_fail(RLP_ERROR_INPUT,
                      "%s: the results there were made where exp and log of the C library give other bits (probe %016" PRIx64
                      ", here %016" PRIx64 "): resume on a host of that kind, or start anew",
                      run->path, ledger_probe(ledger), probe);
    rlp_ledger_close(ledger);
    free(text);
    return rc;
}

/* Nothing at the path: a run that was killed before it began; `resume` then begins. */
static int ready_ledger(run_t *run, const char *fingerprint, uint64_t probe, bool resume, int *created) {
    struct stat info;
    *created = 0;
    if (run->parallel->rank != 0) return RLP_OK;
    if (resume && (!stat(run->path, &info) || errno != ENOENT)) return check_ledger(run, fingerprint, probe);
    *created = 1;
    return ledger_create(run->path, &run->layout, fingerprint, probe);
}

/* Each rank reads a share of the slots. Only a checksum makes one whole. */
static int find_whole(run_t *run) {
    uint64_t n = run->job->n_blocks, rank = (uint64_t)run->parallel->rank, size = (uint64_t)run->parallel->size;
    uint64_t from = n / size * rank + (rank < n % size ? rank : n % size), count = n / size + (rank < n % size);
    rlp_ledger_t *ledger = NULL;
    unsigned char *payload = NULL;
    int rc = rlp_memory_new((void **)&payload, run->layout.largest, 1);
    if (!rc) rc = rlp_ledger_open(run->path, n, run->job->payload_bytes, run->job->context, &ledger);
    for (uint64_t block = from; !rc && block < from + count; block++) {
        bool whole = false;
        rc = rlp_ledger_read(ledger, block, payload, &whole);
        if (whole) missing_remove(&run->missing, block);
    }
    rlp_ledger_close(ledger);
    free(payload);
    rc = rlp_parallel_agree(run->parallel, rc);
    return rc ? rc : rlp_parallel_agree(run->parallel, missing_join(&run->missing, run->parallel->comm));
}

static void count_patients(run_t *run) {
    for (uint64_t block = 0; block < run->job->n_blocks; block++) {
        uint64_t patients = run->job->patients(run->job->context, block);
        run->patients_all += patients;
        if (!missing_has(&run->missing, block)) run->patients_found += patients;
    }
}

static int prepare(run_t *run, const char *fingerprint, uint64_t probe, bool resume, rlp_ensemble_result_t *result) {
    const rlp_ensemble_job_t *job = run->job;
    int created = 0, rc = ledger_layout_init(&run->layout, job->n_blocks, job->payload_bytes, job->context, strlen(fingerprint));
    if (!rc) rc = missing_init(&run->missing, job->n_blocks);
    if ((rc = rlp_parallel_agree(run->parallel, rc))) return rc;
    if ((rc = check_ranks(run, fingerprint, probe))) return rc;
    if ((rc = rlp_parallel_agree(run->parallel, ready_ledger(run, fingerprint, probe, resume, &created)))) return rc;
    if (MPI_Bcast(&created, 1, MPI_INT, 0, run->parallel->comm)) return rlp_fail(RLP_ERROR_INTERNAL, "rank 0 cannot be heard");
    if (!created && (rc = find_whole(run))) return rc;
    result->blocks_found = job->n_blocks - run->missing.left;
    if (run->parallel->rank == 0) count_patients(run);
    return rlp_parallel_agree(run->parallel, ledger_writer_open(&run->writer, run->path, &run->layout));
}

int rlp_ensemble_run(rlp_parallel_t *parallel, const rlp_ensemble_job_t *job, const char *path, const char *fingerprint, uint64_t probe,
                     bool resume, rlp_ensemble_result_t *result) {
    run_t run = {.parallel = parallel, .job = job, .path = path, .stop_seen = -1, .writer = {.file = MPI_FILE_NULL}};
    memset(result, 0, sizeof *result);
    rlp_phase_t before = rlp_meter_enter(job->meter, RLP_PHASE_LEDGER);
    int rc = prepare(&run, fingerprint, probe, resume, result);
    if (!rc) rc = simulate(&run, result);
    int closed = ledger_writer_close(&run.writer); /* after a failed beginning; else closed already */
    missing_free(&run.missing);
    ledger_layout_free(&run.layout);
    (void)rlp_meter_enter(job->meter, before);
    return rc ? rc : closed;
}
