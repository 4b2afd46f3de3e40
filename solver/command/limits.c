/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * relapse limits: every limit with every engine, over the ranks; a table, limits.csv, and a verdict. With --input: the user's own process. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "relapse/command.h"
#include "relapse/limits.h"
#include "relapse/memory.h"
#include "relapse/parallel.h"

static const char USAGE[] =
    "relapse limits [options]     also under mpirun -n K or srun\n"
    "\n"
    "Holds this program, on this machine, to laws that are known exactly. A right program fails with probability below 1e-6.\n"
    "\n"
    "  --case NAME       only this limit (L01, L02, ...); may be repeated\n"
    "  --engine NAME     only this engine; may be repeated\n"
    "  --patients N      patients a limit and engine (default 10000, fewer where an engine would work long; N lifts that cap)\n"
    "  --seed S          another seed\n"
    "  --input FILE      judge your own process instead: means, variances and absence of every type at its record times, by its own\n"
    "                    engine or each --engine; one rank works\n"
    "  --set PATH=VALUE  with --input: change a number or a subtree of it; may be repeated\n"
    "  --out DIR         write limits.csv there\n"
    "  --quiet           say only the verdict\n"
    "\n"
    "The table has a line a limit and engine, its least likely decision, and each that fails; `n` are patients; `sees` is the error\n"
    "that would be found in half of all runs (of means, variances and numbers as a share of them). limits.csv has every decision.\n"
    "\n"
    "Exit status: 0 every law holds; 1 one does not; 64 usage; 65 the input is wrong or no law is known for it; 66 it cannot be read;\n"
    "70 internal; 73 the output cannot be created; 74 an I/O error.\n";

/* One limit with one engine. */
typedef struct {
    size_t limit, engine;
    rlp_limit_result_t result;
} task_t;

typedef struct {
    rlp_parallel_t parallel;
    rlp_arguments_t arguments;
    rlp_limit_options_t options;
    task_t *tasks;
    size_t n_tasks;
    bool speaks;
    uint64_t decisions, failed;
} exam_t;

/* ---- what to sit ------------------------------------------------------------------------------------------------------------------ */
static bool wanted(const char *name, const char **names, size_t n) {
    for (size_t k = 0; k < n; k++)
        if (!strcmp(name, names[k])) return true;
    return n == 0;
}

static int know_names(const rlp_arguments_t *a) {
    for (size_t k = 0; k < a->n_cases; k++) {
        size_t l = 0;
        while (l < RLP_LIMIT_COUNT && strcmp(RLP_LIMITS[l].id, a->cases[k])) l++;
        if (l == RLP_LIMIT_COUNT) return rlp_fail(RLP_ERROR_USAGE, "--case: no limit is named '%s' (%s to %s)", a->cases[k], RLP_LIMITS[0].id, RLP_LIMITS[RLP_LIMIT_COUNT - 1].id);
    }
    for (size_t k = 0; k < a->n_engines; k++)
        if (!rlp_engine_find(a->engines[k])) return rlp_fail(RLP_ERROR_USAGE, "--engine: no engine is named '%s' (direct, kendall, leap, tau, auto)", a->engines[k]);
    return RLP_OK;
}

static int list_tasks(exam_t *exam) {
    const rlp_arguments_t *a = &exam->arguments;
    int rc = RLP_NEW(exam->tasks, RLP_LIMIT_COUNT * RLP_ENGINE_COUNT);
    for (size_t l = 0; l < RLP_LIMIT_COUNT && !rc; l++)
        for (size_t e = 0; e < RLP_ENGINE_COUNT; e++)
            if (wanted(RLP_LIMITS[l].id, a->cases, a->n_cases) && wanted(RLP_ENGINES[e]->name, a->engines, a->n_engines))
                exam->tasks[exam->n_tasks++] = (task_t){.limit = l, .engine = e};
    return rc;
}

/* ---- over the ranks ----------------------------------------------------------------------------------------------------------------- */
static int sit_all(exam_t *exam) {
    rlp_counter_t *counter;
    int rc = rlp_counter_open(&exam->parallel, exam->n_tasks, &counter);
    if (rc) return rc;
    for (;;) {
        uint64_t first, count;
        rc = rlp_counter_next(counter, &first, &count);
        if (rc || !count) break;
        for (uint64_t k = first; k < first + count && !rc; k++) {
            task_t *task = &exam->tasks[k];
            rc = rlp_limit_sit(&RLP_LIMITS[task->limit], RLP_ENGINES[task->engine], &exam->options, &task->result);
            rlp_counter_progress(counter);
        }
        if (rc) break;
    }
    if (rc) rlp_counter_stop(counter);
    rlp_counter_close(counter);
    return rlp_parallel_agree(&exam->parallel, rc);
}

/* A task's result as bytes: the number of its rows, patients, why it was skipped, rows. A task that was not sat here has none of the three. */
static void pack(const exam_t *exam, rlp_text_t *bytes) {
    for (uint64_t k = 0; k < exam->n_tasks; k++) {
        const rlp_limit_result_t *r = &exam->tasks[k].result;
        if (!r->n && !r->skipped[0]) continue;
        rlp_text_add_bytes(bytes, &k, sizeof k);
        rlp_text_add_bytes(bytes, r, sizeof *r);
        rlp_text_add_bytes(bytes, r->rows, r->n * sizeof *r->rows);
    }
}

static int unpack(exam_t *exam, const char *bytes, size_t length) {
    for (size_t at = 0; at < length;) {
        uint64_t k;
        rlp_limit_result_t there;
        memcpy(&k, bytes + at, sizeof k);
        memcpy(&there, bytes + at + sizeof k, sizeof there);
        at += sizeof k + sizeof there;
        rlp_limit_result_t *here = &exam->tasks[k].result;
        there.rows = NULL;
        int rc = RLP_NEW(there.rows, there.n);
        if (rc) return rc;
        memcpy(there.rows, bytes + at, there.n * sizeof *there.rows);
        at += there.n * sizeof *there.rows;
        *here = there;
    }
    return RLP_OK;
}

static int gather(exam_t *exam) {
    rlp_text_t mine;
    char *all;
    size_t total;
    rlp_text_init(&mine);
    if (exam->parallel.rank) pack(exam, &mine);
    int rc = rlp_parallel_agree(&exam->parallel, mine.error);
    if (!rc) rc = rlp_parallel_collect(&exam->parallel, mine.bytes, mine.length, &all, &total);
    rlp_text_free(&mine);
    if (rc) return rc;
    if (all) rc = unpack(exam, all, total);
    free(all);
    return rlp_parallel_agree(&exam->parallel, rc);
}

/* ---- words ---------------------------------------------------------------------------------------------------------------------------- */
static const rlp_limit_row_t *worst(const rlp_limit_result_t *r) {
    const rlp_limit_row_t *row = r->rows;
    for (size_t k = 1; k < r->n; k++)
        if (r->rows[k].p < row->p) row = &r->rows[k];
    return row;
}

static size_t failures(const rlp_limit_result_t *r) {
    size_t n = 0;
    for (size_t k = 0; k < r->n; k++) n += !r->rows[k].passed;
    return n;
}

/* The table fits in 100 columns, so statistics have short names in it; limits.csv has those of tests/limits/README.md. */
static const char *short_name(const char *statistic) {
    static const char *const NAMES[][2] = {{"exact binomial", "binomial"}, {"worst of bins", "bins"}, {"z of ln S2", "z ln S2"}, {"Kolmogorov-Smirnov", "KS"}};
    for (size_t k = 0; k < sizeof NAMES / sizeof *NAMES; k++)
        if (!strcmp(statistic, NAMES[k][0])) return NAMES[k][1];
    return statistic;
}

/* Room for the longest quantity. */
static int quantity_width(const exam_t *exam) {
    size_t width = strlen("least likely quantity");
    for (size_t t = 0; t < exam->n_tasks; t++)
        for (size_t k = 0; k < exam->tasks[t].result.n; k++)
            if (strlen(exam->tasks[t].result.rows[k].quantity) > width) width = strlen(exam->tasks[t].result.rows[k].quantity);
    return (int)width;
}

static void say_row(int width, const char *head, const char *engine, const rlp_limit_row_t *row) {
    printf("%-5s %-7s %6llu %-*s %-8s %9.4g %9.4g %7.2g %7.2g %s\n", head, engine, (unsigned long long)row->patients, width, row->quantity, short_name(row->statistic), row->expected,
           row->found, row->p, row->power, row->passed ? "holds" : "FAILS");
}

static void say_head(int width, const char *quantity) {
    printf("%-5s %-7s %6s %-*s %-8s %9s %9s %7s %7s %s\n", "limit", "engine", "n", width, quantity, "test", "expected", "found", "p", "sees", "verdict");
}

static void say_task(const task_t *task, int width) {
    const rlp_limit_result_t *r = &task->result;
    const char *engine = RLP_ENGINES[task->engine]->name, *id = RLP_LIMITS[task->limit].id;
    if (!r->n) {
        printf("%-5s %-7s not sat: %s\n", id, engine, r->skipped);
        return;
    }
    if (!failures(r)) say_row(width, id, engine, worst(r));
    for (size_t k = 0; k < r->n; k++)
        if (!r->rows[k].passed) say_row(width, id, engine, &r->rows[k]);
}

static void say_title(const rlp_limit_t *limit) {
    bool fits = strlen(limit->title) + strlen(limit->law) + strlen(limit->source) + strlen("-- :  []") <= 100;
    printf("-- %s: %s%s[%s]\n", limit->title, limit->law, fits ? " " : "\n   ", limit->source);
}

static void say_table(const exam_t *exam) {
    size_t last = RLP_NONE;
    int width = quantity_width(exam);
    say_head(width, "least likely quantity");
    for (size_t k = 0; k < exam->n_tasks; k++) {
        const task_t *task = &exam->tasks[k];
        if (task->limit != last) say_title(&RLP_LIMITS[task->limit]);
        last = task->limit;
        say_task(task, width);
    }
}

/* Of one's own input every decision is told. */
static void say_input(const exam_t *exam) {
    int width = quantity_width(exam);
    say_head(width, "quantity");
    for (size_t t = 0; t < exam->n_tasks; t++)
        for (size_t k = 0; k < exam->tasks[t].result.n; k++) say_row(width, "input", RLP_ENGINES[exam->tasks[t].engine]->name, &exam->tasks[t].result.rows[k]);
}

static void count(exam_t *exam) {
    for (size_t k = 0; k < exam->n_tasks; k++) {
        exam->decisions += exam->tasks[k].result.n;
        exam->failed += failures(&exam->tasks[k].result);
    }
}

static void say_verdict(const exam_t *exam) {
    if (exam->failed)
        printf("%llu of %llu decisions FAIL (seed %llu); each is taken at p < %.2g, so a right program fails any with probability below %g\n", (unsigned long long)exam->failed,
               (unsigned long long)exam->decisions, (unsigned long long)exam->options.seed, RLP_LIMIT_LEVEL, RLP_LIMIT_FALSE_ALARM);
    else
        printf("all %llu decisions hold (seed %llu; each taken at p < %.2g: a right program fails any with probability below %g)\n", (unsigned long long)exam->decisions,
               (unsigned long long)exam->options.seed, RLP_LIMIT_LEVEL, RLP_LIMIT_FALSE_ALARM);
}

/* ---- limits.csv ------------------------------------------------------------------------------------------------------------------------ */
static const char HEADER[] = "case,law,engine,quantity,statistic,expected,found,p,verdict,level,sees,patients,source\n";

static void write_result(const char *id, const char *law, const char *engine, const char *source, const rlp_limit_result_t *r, rlp_text_t *out) {
    for (size_t k = 0; k < r->n; k++) {
        const rlp_limit_row_t *row = &r->rows[k];
        const char *texts[] = {id, law, engine, row->quantity, row->statistic};
        double numbers[] = {row->expected, row->found, row->p};
        for (size_t c = 0; c < 5; c++) rlp_text_csv(out, texts[c]), rlp_text_add(out, ",");
        for (size_t c = 0; c < 3; c++) rlp_text_double(out, numbers[c]), rlp_text_add(out, ",");
        rlp_text_format(out, "%s,", row->passed ? "holds" : "fails");
        rlp_text_double(out, RLP_LIMIT_LEVEL), rlp_text_add(out, ",");
        rlp_text_double(out, row->power);
        rlp_text_format(out, ",%llu,", (unsigned long long)row->patients);
        rlp_text_csv(out, source), rlp_text_add(out, "\n");
    }
    if (r->n) return;
    const char *texts[] = {id, law, engine};
    for (size_t c = 0; c < 3; c++) rlp_text_csv(out, texts[c]), rlp_text_add(out, ",");
    rlp_text_add(out, ",,,,,not sat,,,0,"), rlp_text_csv(out, r->skipped), rlp_text_add(out, "\n");
}

static int write_csv(const exam_t *exam, const char *folder) {
    rlp_text_t out;
    char path[4200];
    rlp_text_init(&out);
    rlp_text_add(&out, HEADER);
    for (size_t k = 0; k < exam->n_tasks; k++) {
        const task_t *task = &exam->tasks[k];
        const rlp_limit_t *limit = &RLP_LIMITS[task->limit];
        if (exam->arguments.input) write_result("input", "moment and backward equations", RLP_ENGINES[task->engine]->name, exam->arguments.input, &task->result, &out);
        else write_result(limit->id, limit->law, RLP_ENGINES[task->engine]->name, limit->source, &task->result, &out);
    }
    int rc = out.error;
    if (!rc && mkdir(folder, 0777) && errno != EEXIST) rc = rlp_fail(RLP_ERROR_CREATE, "%s: %s", folder, strerror(errno));
    snprintf(path, sizeof path, "%.4000s/limits.csv", folder);
    if (!rc) rc = rlp_file_write_whole(path, out.bytes, out.length);
    rlp_text_free(&out);
    return rc;
}

/* ---- one's own input --------------------------------------------------------------------------------------------------------------------- */
/* With what the command line changes; `engine` NULL: the input's. */
static int read_input(const exam_t *exam, const char *engine, rlp_study_t **study) {
    const rlp_arguments_t *a = &exam->arguments;
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    char cohort[3][64];
    const char **sets;
    if (!wrong) return RLP_ERROR_MEMORY;
    int rc = RLP_NEW(sets, a->n_sets + 3);
    rlp_study_options_t options = {.sets = sets, .n_sets = a->n_sets, .without_levels = true};
    for (size_t k = 0; k < a->n_sets && !rc; k++) sets[k] = a->sets[k];
    snprintf(cohort[0], 64, "cohort.patients=%llu", (unsigned long long)a->patients);
    snprintf(cohort[1], 64, "cohort.seed=%llu", (unsigned long long)a->seed);
    snprintf(cohort[2], 64, "engine.name=%s", engine ? engine : "");
    if (!rc && a->patients) sets[options.n_sets++] = cohort[0];
    if (!rc && a->seeded) sets[options.n_sets++] = cohort[1];
    if (!rc && engine) sets[options.n_sets++] = cohort[2];
    if (!rc) rc = rlp_study_read(a->input, &options, wrong, study);
    if (exam->n_tasks == 1 || rlp_diagnostics_errors(wrong)) rlp_diagnostics_print(wrong, stderr); /* warnings once */
    if (!rc && !*study) rc = rlp_fail(RLP_ERROR_INPUT, "%s has %zu error%s", a->input, rlp_diagnostics_errors(wrong), rlp_diagnostics_errors(wrong) == 1 ? "" : "s");
    rlp_diagnostics_free(wrong);
    free(sets);
    return rc;
}

/* By its own engine, or by those that were asked for. */
static int judge_input(exam_t *exam) {
    const rlp_arguments_t *a = &exam->arguments;
    int rc = RLP_NEW(exam->tasks, a->n_engines + 1);
    for (size_t e = 0; e < (a->n_engines ? a->n_engines : 1) && !rc; e++) {
        rlp_study_t *study = NULL;
        task_t *task = &exam->tasks[exam->n_tasks++];
        rc = read_input(exam, a->n_engines ? a->engines[e] : NULL, &study);
        if (!rc) {
            while (RLP_ENGINES[task->engine] != study->trial.engine) task->engine++;
            exam->options.seed = study->seed;
            rc = rlp_limit_sit_study(study, &task->result);
        }
        rlp_study_free(study);
    }
    return rc;
}

/* ---- the command --------------------------------------------------------------------------------------------------------------------------- */
static int sit(exam_t *exam) {
    const rlp_arguments_t *a = &exam->arguments;
    int rc = know_names(a);
    if (!rc && a->input && a->n_cases) rc = rlp_fail(RLP_ERROR_USAGE, "--case chooses among the program's own limits, --input judges your process: one at a time");
    if (!rc && !a->input && a->n_sets) rc = rlp_fail(RLP_ERROR_USAGE, "--set changes an input, and the program's own limits are fixed: give --input FILE too");
    exam->options = (rlp_limit_options_t){.patients = a->patients ? a->patients : RLP_LIMIT_PATIENTS, .seed = a->seeded ? a->seed : RLP_LIMIT_SEED, .lift_cap = a->patients > 0,
                                          .error = 0.01};
    if (!rc && !a->input) rc = list_tasks(exam);
    if (!rc && a->input) rc = rlp_parallel_agree(&exam->parallel, exam->parallel.rank == 0 ? judge_input(exam) : RLP_OK);
    if (!rc && !a->input) rc = sit_all(exam);
    if (!rc && !a->input) rc = gather(exam);
    if (rc || exam->parallel.rank) return rc;
    count(exam);
    if (exam->speaks && a->input) say_input(exam);
    if (exam->speaks && !a->input) say_table(exam);
    say_verdict(exam);
    return a->out ? write_csv(exam, a->out) : RLP_OK;
}

static int command(int argc, char **argv) {
    exam_t exam = {0};
    int status = rlp_arguments_read(&rlp_command_limits, "cENSIxoq", argc, argv, &exam.arguments);
    if (status || exam.arguments.help) goto out;
    int rc = rlp_parallel_init(&exam.parallel, NULL, NULL);
    if (rc) {
        status = rlp_command_fail(rc);
        goto out;
    }
    exam.speaks = exam.parallel.rank == 0 && !exam.arguments.quiet;
    rc = rlp_parallel_agree(&exam.parallel, sit(&exam));
    status = rlp_error_status(rc);
    if (rc && exam.parallel.rank == 0) fprintf(stderr, "relapse: error: %s\n", rlp_fail_message());
    MPI_Bcast(&exam.failed, 1, MPI_UINT64_T, 0, exam.parallel.comm);
    if (!status && exam.failed) status = 1;
    for (size_t k = 0; k < exam.n_tasks; k++) rlp_limit_result_free(&exam.tasks[k].result);
    free(exam.tasks);
    rlp_parallel_finish(&exam.parallel);
out:
    rlp_arguments_free(&exam.arguments);
    return status;
}

const rlp_command_t rlp_command_limits = {
    .name = "limits",
    .sentence = "hold this program to laws that are known exactly",
    .usage = USAGE,
    .run = command,
};
