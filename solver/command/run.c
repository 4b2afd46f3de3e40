/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * relapse run: read, live all patients over the ranks, report. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "relapse/command.h"
#include "relapse/ensemble.h"
#include "relapse/memory.h"
#include "relapse/report.h"

#define LEDGER "ledger.rlp"
#define PATIENCE_SECONDS 5.0 /* RELAPSE_PATIENCE says otherwise */

static const char USAGE[] =
    "relapse run INPUT.yaml [options]     also under mpirun -n K or srun\n"
    "\n"
    "  --out DIR         where the CSV files go (default: the input's name + .out, in this folder)\n"
    "  --patients N      patients in each arm\n"
    "  --seed S          another cohort\n"
    "  --engine NAME     direct, kendall, leap, tau or auto\n"
    "  --arm NAME        only this arm; may be repeated\n"
    "  --set PATH=VALUE  change a number or a subtree of the input; may be repeated\n"
    "  --only N          patient N alone, the same as in the batch, with every point of the path in counts.csv; on the tumour floor\n"
    "                    signals.csv and a picture of his burden, treatments, signals and drug levels, too\n"
    "  --resume          go on with what an interrupted run left in DIR\n"
    "  --attribute       which rows of mechanisms carry the benefit, as `attribute:` in the input does: without one each row marked as an interaction; attribution.csv\n"
    "  --force           replace the results in DIR\n"
    "  --quiet           say nothing but errors\n"
    "  --profile         say where the time went: simulating, compiling, statistics, files, waiting; also in run.json\n"
    "\n"
    "Exit status: 0 done; 64 usage; 65 the input is wrong; 66 it cannot be read; 70 internal, or some patients failed;\n"
    "73 the output cannot be created; 74 an I/O error; 75 stopped by a signal with everything finished so far kept (--resume).\n";

/* All that one rank holds of a run. */
typedef struct {
    rlp_parallel_t parallel;
    rlp_arguments_t arguments;
    rlp_study_t *study;
    rlp_life_t *life;
    rlp_stopwatch_t stopwatch;
    rlp_meter_t meter; /* of the stopwatch; nobody is given it without --profile */
    char folder[RLP_FOLDER_BYTES];
    char ledger[4200];
    rlp_text_t fingerprint;
    bool speaks; /* rank 0 and not quiet */
    bool terminal, drew_bar;
} run_t;

/* ---- the study on every rank --------------------------------------------------------------------------------------------- */
static rlp_study_options_t options_of(const rlp_arguments_t *a, bool with_sets) {
    return (rlp_study_options_t){.sets = (const char *const *)a->sets, .n_sets = with_sets ? a->n_sets : 0, .arms = (const char *const *)a->arms, .n_arms = a->n_arms, .attribute = a->attribute,
                                 .without_levels = a->only > 0}; /* one patient has no subgroups */
}

static int read_on_rank_0(run_t *run) {
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    rlp_study_options_t options = options_of(&run->arguments, true);
    if (!wrong) return RLP_ERROR_MEMORY;
    int rc = rlp_study_read(run->arguments.input, &options, wrong, &run->study);
    if (!run->arguments.quiet || rlp_diagnostics_errors(wrong)) rlp_diagnostics_print(wrong, stderr);
    if (!rc && rlp_diagnostics_errors(wrong))
        rc = rlp_fail(RLP_ERROR_INPUT, "%s has %zu error%s", run->arguments.input, rlp_diagnostics_errors(wrong), rlp_diagnostics_errors(wrong) == 1 ? "" : "s");
    rlp_diagnostics_free(wrong);
    if (!rc && run->arguments.only > run->study->patients)
        rc = rlp_fail(RLP_ERROR_USAGE, "--only %llu: the cohort has %llu patients", (unsigned long long)run->arguments.only, (unsigned long long)run->study->patients);
    return rc;
}

static int parse_elsewhere(run_t *run, const char *text, size_t length) {
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    rlp_study_options_t options = options_of(&run->arguments, false);
    options.without_levels = true;
    if (!wrong) return RLP_ERROR_MEMORY;
    int rc = rlp_study_parse(run->arguments.input, text, length, &options, wrong, &run->study);
    if (!rc && !run->study) rc = rlp_fail(RLP_ERROR_INTERNAL, "rank %d reads the resolved input otherwise than rank 0", run->parallel.rank);
    rlp_diagnostics_free(wrong);
    return rc;
}

static int study_everywhere(run_t *run) {
    bool first = run->parallel.rank == 0;
    int rc = rlp_parallel_agree(&run->parallel, first ? read_on_rank_0(run) : RLP_OK);
    if (rc) return rc;
    char *text = first ? run->study->resolved.bytes : NULL;
    size_t length = first ? run->study->resolved.length : 0;
    rc = rlp_parallel_share(&run->parallel, &text, &length);
    if (!rc && !first) rc = parse_elsewhere(run, text, length);
    if (!first) free(text);
    rc = rlp_parallel_agree(&run->parallel, rc);
    if (!rc) rlp_study_fingerprint(run->study, &run->fingerprint);
    return rc ? rc : run->fingerprint.error;
}

/* ---- the folder ------------------------------------------------------------------------------------------------------------ */
/* Only files that a run writes are removed: a folder may hold the user's own. */
static void remove_results(const char *folder) {
    static const char *const NAMES[] = {LEDGER, "survival.csv", "km.csv", "curves.csv", "summary.csv", "compare.csv", "moments.csv", "counts.csv", "clones.csv", "patients.csv",
                                        "events.csv", "visits.csv", "burden.csv", "cuminc.csv", "signals.csv", "synergy.csv", "attribution.csv", "subgroups.csv", "landmark.csv", "trial.csv",
                                        "uncertain.csv", "draws.csv", "sensitivity.csv", "luck.csv", "run.json", "survival.gp", "survival.png", "survival.svg", "sweep.csv",
                                        "sweep.gp", "sweep.png", "sweep.svg", "synergy.gp", "synergy.png", "synergy.svg", "patient.gp", "patient.png", "patient.svg"};
    char path[4200];
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, NAMES[i]);
        unlink(path);
    }
}

/* A resumed run may be held against no trial where it was held against one before (rlp_study_fingerprint). */
static void remove_trial(const char *folder) {
    char path[4200];
    snprintf(path, sizeof path, "%s/trial.csv", folder);
    unlink(path);
}

static int make_folder(run_t *run, bool *resume) {
    struct stat info;
    *resume = false;
    if (!stat(run->folder, &info)) {
        bool ledger = !access(run->ledger, F_OK);
        if (!S_ISDIR(info.st_mode)) return rlp_fail(RLP_ERROR_CREATE, "%s exists and is no folder", run->folder);
        if (rlp_folder_is_empty(run->folder)) return RLP_OK;
        if (run->arguments.force) {
            remove_results(run->folder);
            return RLP_OK;
        }
        if (!run->arguments.resume)
            return rlp_fail(RLP_ERROR_CREATE, "the output folder %s exists; use --out for another, --resume to go on with it, or --force to replace it", run->folder);
        if (!ledger) return rlp_fail(RLP_ERROR_CREATE, "%s holds no %s to resume from; --force replaces what is there", run->folder, LEDGER);
        *resume = true;
        if (!run->study->printed.asked) remove_trial(run->folder);
        return RLP_OK;
    }
    if (mkdir(run->folder, 0777)) return rlp_fail(RLP_ERROR_CREATE, "%s: %s", run->folder, strerror(errno));
    return RLP_OK;
}

/* ---- words ------------------------------------------------------------------------------------------------------------------- */
static void say_header(const run_t *run) {
    const rlp_study_t *study = run->study;
    const rlp_parallel_t *p = &run->parallel;
    if (!run->speaks) return;
    fprintf(stderr, "relapse %s: %s, %zu arm%s x %llu patient%s, engine %s, %d rank%s on %d host%s with %d core%s\n", RELAPSE_VERSION, run->arguments.input,
            study->n_arms, study->n_arms == 1 ? "" : "s", (unsigned long long)study->patients, study->patients == 1 ? "" : "s", study->trial.engine->name, p->size,
            p->size == 1 ? "" : "s", p->hosts, p->hosts == 1 ? "" : "s", p->cores, p->cores == 1 ? "" : "s");
    if (p->size > p->cores)
        fprintf(stderr, "relapse: warning: %d ranks share %d core%s: more ranks than cores make a run slower, not faster\n", p->size, p->cores, p->cores == 1 ? "" : "s");
}

static void format_seconds(double seconds, char out[32]) {
    if (!(seconds < 3.6e6))
        snprintf(out, 32, "?");
    else if (seconds < 3600)
        snprintf(out, 32, "%d:%02d", (int)seconds / 60, (int)seconds % 60);
    else
        snprintf(out, 32, "%d:%02d:%02d", (int)seconds / 3600, (int)seconds / 60 % 60, (int)seconds % 60);
}

static void progress(void *context, uint64_t done, uint64_t all, double seconds, double rate) {
    run_t *run = context;
    char left[32], spent[32];
    format_seconds(rate > 0 ? (double)(all - done) / rate : 1e9, left);
    format_seconds(seconds, spent);
    int filled = all ? (int)(30 * done / all) : 30;
    if (!run->terminal) {
        fprintf(stderr, "relapse: %llu of %llu patients after %s, %.3g/s, %s left\n", (unsigned long long)done, (unsigned long long)all, spent, rate, left);
        return;
    }
    fprintf(stderr, "\r[%.*s%.*s] %llu/%llu patients  %.3g/s  %s left \033[K", filled, "##############################", 30 - filled,
            "..............................", (unsigned long long)done, (unsigned long long)all, rate, left);
    if (done >= all) fputc('\n', stderr);
    run->drew_bar = done < all;
}

/* ---- the ensemble's view of blocks ----------------------------------------------------------------------------------------- */
static size_t payload_bytes(void *context, uint64_t block) { return rlp_block_bytes(((run_t *)context)->study, block); }
static uint64_t block_patients(void *context, uint64_t block) { return rlp_block_patients(((run_t *)context)->study, block); }
static void count(run_t *run, const rlp_outcome_t *outcomes, uint64_t n) {
    run->stopwatch.patients += (double)n;
    for (uint64_t k = 0; k < n; k++) {
        run->stopwatch.events += (double)outcomes[k].events;
        run->stopwatch.steps += (double)outcomes[k].steps;
    }
}

static int run_block(void *context, uint64_t block, unsigned char *payload, int (*between)(void *, uint64_t), void *between_context) {
    run_t *run = context;
    rlp_block_t done;
    if (!run->arguments.profile) return rlp_block_run(run->study, run->life, block, payload, between, between_context);
    rlp_stopwatch_patients(&run->stopwatch, true);
    int rc = rlp_block_run(run->study, run->life, block, payload, between, between_context);
    rlp_stopwatch_patients(&run->stopwatch, false);
    rlp_block_open(run->study, block, payload, &done);
    if (!rc) count(run, done.outcomes, done.patients);
    return rc;
}

/* ---- reporting ---------------------------------------------------------------------------------------------------------------- */
typedef struct {
    rlp_ledger_t *ledger;
    const rlp_meter_t *meter;
} source_t;

static int read_block(void *context, uint64_t block, unsigned char *payload) {
    const source_t *source = context;
    bool whole;
    rlp_phase_t before = rlp_meter_enter(source->meter, RLP_PHASE_LEDGER);
    int rc = rlp_ledger_read(source->ledger, block, payload, &whole);
    (void)rlp_meter_enter(source->meter, before);
    if (!rc && !whole) rc = rlp_fail(RLP_ERROR_IO, "block %llu of the ledger is damaged; run again with --resume", (unsigned long long)block);
    return rc;
}

static void iso_time(time_t when, char out[40]) {
    struct tm local;
    localtime_r(&when, &local);
    strftime(out, 40, "%Y-%m-%dT%H:%M:%S%z", &local);
}

static void profile_now(void *context, rlp_profile_t *profile) {
    run_t *run = context;
    rlp_stopwatch_profile(&run->parallel, &run->stopwatch, profile);
}

static void say_profile(run_t *run) {
    rlp_profile_t profile;
    rlp_text_t words;
    if (!run->arguments.profile || !run->speaks) return;
    profile_now(run, &profile);
    rlp_text_init(&words);
    rlp_report_profile(&profile, &words);
    fputs(rlp_text_string(&words), stdout);
    rlp_text_free(&words);
}

static rlp_run_facts_t facts_of(run_t *run, const rlp_ensemble_result_t *result, const char *started, const char *command_line, const char *mpi) {
    rlp_run_facts_t facts = {.input_path = run->arguments.input, .command_line = command_line, .started = started, .ranks = run->parallel.size,
                             .hosts = run->parallel.hosts, .cores = run->parallel.cores, .probe = rlp_stream_probe(), .mpi_library = mpi, .profile = run->arguments.profile ? profile_now : NULL, .profile_context = run};
    if (result) {
        facts.seconds = result->seconds;
        facts.blocks_found = result->blocks_found;
        facts.busy_min = result->busy_min;
        facts.busy_mean = result->busy_mean;
        facts.busy_max = result->busy_max;
    }
    return facts;
}

static int report(run_t *run, const rlp_run_facts_t *facts, uint64_t *failed) {
    source_t source = {.meter = run->study->trial.meter};
    rlp_text_t words;
    rlp_text_init(&words);
    int rc = rlp_ledger_open(run->ledger, rlp_study_blocks(run->study), payload_bytes, run, &source.ledger);
    if (rc) return rc;
    rlp_report_t what = {.study = run->study, .folder = run->folder, .read = read_block, .context = &source, .facts = *facts};
    rc = rlp_report_write(&what, &words, failed);
    if (!rc && run->speaks) fputs(rlp_text_string(&words), stdout);
    rlp_text_free(&words);
    rlp_ledger_close(source.ledger);
    return rc;
}

/* A ledger of another input: say which keys differ. */
static int explain_mismatch(run_t *run, int rc) {
    char *old_text = NULL;
    rlp_document_t *before = NULL, *now = NULL;
    rlp_text_t lines;
    char said[1024];
    snprintf(said, sizeof said, "%s", rlp_fail_message());
    rlp_text_init(&lines);
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    if (wrong && !rlp_ledger_fingerprint(run->ledger, &old_text) && strcmp(old_text, rlp_text_string(&run->fingerprint)) &&
        !rlp_document_parse("ledger", old_text, strlen(old_text), wrong, &before) &&
        !rlp_document_parse("input", run->fingerprint.bytes, run->fingerprint.length, wrong, &now))
        rlp_node_difference(rlp_document_root(before), rlp_document_root(now), &lines);
    if (lines.length)
        rlp_fail(rc, "%s was made by another input; to resume, undo what changed (or use --out or --force):\n%s", run->folder, rlp_text_string(&lines));
    else
        rlp_fail(rc, "%s", said);
    rlp_text_free(&lines);
    rlp_document_free(before);
    rlp_document_free(now);
    rlp_diagnostics_free(wrong);
    free(old_text);
    return rc;
}

static const char *signal_name(int number) { return number == SIGINT ? "SIGINT" : number == SIGTERM ? "SIGTERM" : number == SIGUSR1 ? "SIGUSR1" : "a signal"; }

/* How long a stop request may wait for the block at hand. */
static double patience_seconds(void) {
    const char *wish = getenv("RELAPSE_PATIENCE");
    char *end = NULL;
    double seconds = wish ? strtod(wish, &end) : PATIENCE_SECONDS;
    return wish && (end == wish || *end || !(seconds >= 0)) ? PATIENCE_SECONDS : seconds;
}

/* All arms and patients, over all ranks. */
static int run_cohort(run_t *run, const char *started, const char *command_line, const char *mpi, uint64_t *failed) {
    bool resume = false, first = run->parallel.rank == 0;
    int rc = first ? make_folder(run, &resume) : RLP_OK;
    rc = rlp_parallel_agree(&run->parallel, rc);
    if (rc) return rc;
    MPI_Bcast(&resume, 1, MPI_C_BOOL, 0, run->parallel.comm);
    rlp_ensemble_job_t job = {.n_blocks = rlp_study_blocks(run->study), .context = run, .payload_bytes = payload_bytes, .patients = block_patients, .run = run_block,
                              .progress = run->speaks ? progress : NULL, .report_seconds = run->terminal ? 0.2 : 30, .patience_seconds = patience_seconds(), .meter = run->study->trial.meter};
    rlp_ensemble_result_t result = {0};
    rc = rlp_ensemble_run(&run->parallel, &job, run->ledger, rlp_text_string(&run->fingerprint), rlp_stream_probe(), resume, &result);
    if (run->drew_bar) fputc('\n', stderr);
    if (rc == RLP_ERROR_STOPPED && first)
        return rlp_fail(rc, "stopped by %s; what is finished is kept in %s (%llu of %llu blocks): run the same command again with --resume", signal_name(result.signal),
                        run->ledger, (unsigned long long)(result.blocks_found + result.blocks_run), (unsigned long long)job.n_blocks);
    if (rc == RLP_ERROR_INPUT && first) return explain_mismatch(run, rc);
    if (!rc && run->arguments.profile) rc = rlp_stopwatch_join(&run->parallel, &run->stopwatch);
    if (rc) return rc;
    if (first) {
        rlp_run_facts_t facts = facts_of(run, &result, started, command_line, mpi);
        rc = report(run, &facts, failed);
    }
    return rlp_parallel_agree(&run->parallel, rc);
}

/* ---- one patient alone ------------------------------------------------------------------------------------------------------- */
typedef struct {
    rlp_point_t *points;
    int64_t *cells; /* n_points x n_types */
    double *dead;   /* likewise */
    size_t n, capacity, cell_capacity, dead_capacity, arm;
    int rc;
} trail_t;

static void see(void *context, const rlp_process_t *p, const rlp_state_t *state) {
    trail_t *trail = context;
    if (!trail->rc) trail->rc = RLP_GROW(trail->points, trail->capacity, trail->n + 1);
    if (!trail->rc) trail->rc = RLP_GROW(trail->cells, trail->cell_capacity, (trail->n + 1) * p->n_types);
    if (!trail->rc) trail->rc = RLP_GROW(trail->dead, trail->dead_capacity, (trail->n + 1) * p->n_types);
    if (trail->rc) return;
    trail->points[trail->n] = (rlp_point_t){.arm = trail->arm, .t_days = state->t_days};
    memcpy(trail->cells + trail->n * p->n_types, state->cells, p->n_types * sizeof *state->cells);
    for (size_t i = 0; i < p->n_types; i++) trail->dead[trail->n * p->n_types + i] = rlp_state_dead(state, p, i, state->t_days);
    trail->n++;
}

/* Room for what is told of the patient in each arm. */
static int told_room(const rlp_study_t *study, rlp_told_t *told) {
    size_t most_visits = study->record_visits ? rlp_life_most_visits(&study->trial) : 0;
    int rc = RLP_OK;
    for (size_t a = 0; a < study->n_arms && !rc; a++) {
        rc = RLP_NEW(told[a].events, rlp_life_most_events(&study->trial, study->tasks[a].arm));
        if (!rc) rc = RLP_NEW(told[a].burden, study->n_records * RLP_BURDENS);
        if (!rc) rc = RLP_NEW(told[a].deeds, rlp_life_most_deeds(&study->trial, study->tasks[a].arm));
        if (!rc && most_visits) rc = RLP_NEW(told[a].visits, most_visits);
    }
    return rc;
}

static void told_free(const rlp_study_t *study, rlp_told_t *told) {
    for (size_t a = 0; told && a < study->n_arms; a++) {
        free(told[a].events);
        free(told[a].burden);
        free(told[a].deeds);
        free(told[a].visits);
    }
    free(told);
}

static int run_one(run_t *run, const char *started, const char *command_line, const char *mpi) {
    rlp_study_t *study = run->study;
    size_t n_types = rlp_study_types(study);
    trail_t trail = {0};
    rlp_outcome_t *outcomes = NULL;
    rlp_told_t *told = NULL;
    rlp_text_t words;
    bool resume;
    rlp_text_init(&words);
    int rc = make_folder(run, &resume);
    if (!rc) rc = RLP_NEW(outcomes, study->n_arms);
    if (!rc) rc = RLP_NEW(told, study->n_arms);
    if (!rc) rc = told_room(study, told);
    rlp_observer_t observer = {.see = see, .context = &trail};
    for (size_t a = 0; a < study->n_arms && !rc; a++) {
        trail.arm = a;
        rlp_stopwatch_patients(&run->stopwatch, true);
        rc = rlp_life_run(run->life, study->tasks[a].arm, run->arguments.only, &observer, &outcomes[a], &told[a]);
        rlp_stopwatch_patients(&run->stopwatch, false);
        count(run, &outcomes[a], 1);
        if (!rc) rc = trail.rc;
    }
    for (size_t k = 0; k < trail.n; k++) {
        trail.points[k].cells = trail.cells + k * n_types;
        trail.points[k].dead = trail.dead + k * n_types;
    }
    rlp_report_t what = {.study = study, .folder = run->folder, .facts = facts_of(run, NULL, started, command_line, mpi)};
    if (!rc) rc = rlp_report_write_patient(&what, run->arguments.only, outcomes, told, trail.points, trail.n, &words);
    if (!rc && run->speaks) fputs(rlp_text_string(&words), stdout);
    rlp_text_free(&words);
    told_free(study, told);
    free(trail.points);
    free(trail.cells);
    free(trail.dead);
    free(outcomes);
    return rc;
}

/* ---- the command --------------------------------------------------------------------------------------------------------------- */
static void join_command_line(int argc, char **argv, rlp_text_t *out) {
    rlp_text_add(out, "relapse run");
    for (int i = 0; i < argc; i++) rlp_text_format(out, strpbrk(argv[i], " \t") ? " '%s'" : " %s", argv[i]);
}

static int run_everything(run_t *run, int argc, char **argv, uint64_t *failed) {
    char started[40], mpi[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length;
    rlp_text_t command_line;
    iso_time(time(NULL), started);
    MPI_Get_library_version(mpi, &length);
    int rc = study_everywhere(run);
    if (rc) return rc;
    if (run->arguments.profile) run->study->trial.meter = &run->meter;
    rlp_folder_name(&run->arguments, ".out", run->folder);
    snprintf(run->ledger, sizeof run->ledger, "%s/%s", run->folder, LEDGER);
    say_header(run);
    rc = rlp_parallel_agree(&run->parallel, rlp_life_new(&run->study->trial, &run->life));
    if (rc) return rc;
    rlp_text_init(&command_line);
    join_command_line(argc, argv, &command_line);
    if (run->arguments.only && run->arguments.profile) rc = rlp_stopwatch_join(&run->parallel, &run->stopwatch);
    if (rc) goto out;
    if (!run->arguments.only)
        rc = run_cohort(run, started, rlp_text_string(&command_line), mpi, failed);
    else
        rc = rlp_parallel_agree(&run->parallel, run->parallel.rank == 0 ? run_one(run, started, rlp_text_string(&command_line), mpi) : RLP_OK);
    if (!rc) say_profile(run);
out:
    rlp_text_free(&command_line);
    return rc;
}

static int command(int argc, char **argv) {
    run_t run = {0};
    uint64_t failed = 0;
    int status = rlp_arguments_read(&rlp_command_run, "onseax1rfqtA", argc, argv, &run.arguments);
    if (status || run.arguments.help) goto out;
    rlp_stop_watch();
    rlp_stopwatch_start(&run.stopwatch);
    run.meter = rlp_stopwatch_meter(&run.stopwatch);
    int rc = rlp_parallel_init(&run.parallel, NULL, NULL);
    if (rc) {
        status = rlp_command_fail(rc);
        goto out;
    }
    run.speaks = run.parallel.rank == 0 && !run.arguments.quiet;
    run.terminal = isatty(STDERR_FILENO);
    rlp_text_init(&run.fingerprint);
    rc = run_everything(&run, argc, argv, &failed);
    status = rlp_error_status(rc);
    if (rc && run.parallel.rank == 0) fprintf(stderr, "relapse: %s: %s\n", rc == RLP_ERROR_STOPPED ? "note" : "error", rlp_fail_message());
    MPI_Bcast(&failed, 1, MPI_UINT64_T, 0, run.parallel.comm);
    if (!status && failed) status = 70;
    rlp_stopwatch_free(&run.stopwatch);
    rlp_life_free(run.life);
    rlp_study_free(run.study);
    rlp_text_free(&run.fingerprint);
    rlp_parallel_finish(&run.parallel);
out:
    rlp_arguments_free(&run.arguments);
    return status;
}

const rlp_command_t rlp_command_run = {
    .name = "run",
    .sentence = "simulate the cohort of an input and write its survival as CSV",
    .usage = USAGE,
    .run = command,
};
