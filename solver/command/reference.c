/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * relapse reference: deterministic answers to an input, by each method of one table that accepts it. One rank works: the answers take seconds. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reference.h"
#include "relapse/command.h"
#include "relapse/memory.h"

static const char USAGE[] =
    "relapse reference INPUT.yaml [options]\n"
    "\n"
    "  --out DIR         where the CSV files go (default: the input's name + .reference, in this folder)\n"
    "  --arm NAME        only this arm; may be repeated\n"
    "  --set PATH=VALUE  change a number or a subtree of the input; may be repeated\n"
    "  --method NAME     only this method; may be repeated (default: each of the first three that accepts the input)\n"
    "      moments       means, variances and covariances at the record times: exact; with `capacity` mean field and linear noise\n"
    "      backward      extinction, cure and \"no resistance\" over time, by the backward equations: exact; no capacity\n"
    "      founders      when resistant cells reach a burden: Poisson founders with their own lines, beside the exact law; no capacity\n"
    "      projection    the whole law of a small population, with capacity too: a program of its own with options of its own, alone or under\n"
    "                    mpirun; `relapse reference INPUT.yaml --method projection --help`\n"
    "  --force           replace the results in DIR\n"
    "  --quiet           say nothing but errors\n"
    "\n"
    "The answers are those of the values as written (no `variability:`) and of everybody, whether followed or not (no death, no `until:`).\n"
    "Exit status: 0 done; 64 usage; 65 the input is wrong, or a method refuses it; 66 it cannot be read; 73 the output cannot be created;\n"
    "74 an I/O error.\n";

/* One row a method. A row with `program` is handed the command line (hand_over below) and stands alone. */
static const reference_method_t METHODS[] = {
    {.name = "moments", .sentence = "means and covariances", .records = true, .accepts = reference_accepts_moments, .run = reference_moments},
    {.name = "backward", .sentence = "backward equations", .records = true, .accepts = reference_accepts_backward, .run = reference_backward},
    {.name = "founders", .sentence = "Poisson founders", .accepts = reference_accepts_founders, .run = reference_founders},
    {.name = "projection", .sentence = "finite state projection", .program = "relapse-projection"},
};
#define N_METHODS (sizeof METHODS / sizeof *METHODS)

#define RECORD "reference.json" /* what made them */
static const char *const FILES[] = {
#define FILE_NAME(name, file, header) file,
    REFERENCE_TABLE_LIST(FILE_NAME)
#undef FILE_NAME
};
static const char *const HEADERS[] = {
#define FILE_HEADER(name, file, header) header "\n",
    REFERENCE_TABLE_LIST(FILE_HEADER)
#undef FILE_HEADER
};

static const reference_method_t *find(const char *name) {
    for (size_t m = 0; m < N_METHODS; m++)
        if (!strcmp(METHODS[m].name, name)) return &METHODS[m];
    return NULL;
}

/* ---- methods that are programs of their own ------------------------------------------------------------------------------------------- */
/* The value of option `at`, if it is --method. */
static const char *method_named(int argc, char **argv, int at) {
    if (!strncmp(argv[at], "--method=", 9)) return argv[at] + 9;
    return !strcmp(argv[at], "--method") && at + 1 < argc ? argv[at + 1] : NULL;
}

static const reference_method_t *program_asked_for(int argc, char **argv) {
    for (int at = 0; at < argc; at++) {
        const char *name = method_named(argc, argv, at);
        const reference_method_t *method = name ? find(name) : NULL;
        if (method && method->program) return method;
    }
    return NULL;
}

/* Becomes the program beside this one, or on the PATH, with the command line less --method. Every rank of a launcher does the same. */
static int hand_over(const reference_method_t *method, int argc, char **argv) {
    char path[4096], **words;
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    int n = 1, rc = RLP_NEW(words, (size_t)argc + 2);
    if (rc) return rlp_command_fail(rc);
    for (int at = 0; at < argc; at++) {
        const char *name = method_named(argc, argv, at);
        if (name && strcmp(name, method->name)) {
            free(words);
            return rlp_command_fail(rlp_fail(RLP_ERROR_USAGE, "--method %s stands alone: it is a program of its own; run `relapse reference` again for %s", method->name, name));
        }
        if (!name) words[n++] = argv[at];
        if (name && argv[at][8] == '\0') at++;
    }
    path[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(path, '/');
    if (slash && (size_t)(slash + 1 - path) + strlen(method->program) < sizeof path) {
        strcpy(slash + 1, method->program);
        words[0] = path;
        execv(path, words);
    }
    words[0] = (char *)method->program;
    execvp(method->program, words);
    rc = rlp_fail(RLP_ERROR_NO_INPUT, "%s, the program of --method %s, is neither beside this one nor on the PATH (%s): this build lacks it, for PETSc was not found when it was made; install it (Debian: apt-get install libpetsc-real-dev) and build again", method->program,
                  method->name, strerror(errno));
    free(words);
    return rlp_command_fail(rc);
}

/* ---- the folder ------------------------------------------------------------------------------------------------------------------------- */
/* Asked before anything is worked out: of an earlier answer nothing is overwritten unasked. Other files, a projection's among them, are left alone. */
static int check_folder(const rlp_arguments_t *a, const char *folder) {
    struct stat info;
    char path[4200];
    if (stat(folder, &info)) return RLP_OK;
    if (!S_ISDIR(info.st_mode)) return rlp_fail(RLP_ERROR_CREATE, "%s exists and is no folder", folder);
    for (size_t t = 0; t <= REFERENCE_TABLES && !a->force; t++) {
        snprintf(path, sizeof path, "%s/%s", folder, t < REFERENCE_TABLES ? FILES[t] : RECORD);
        if (!access(path, F_OK)) return rlp_fail(RLP_ERROR_CREATE, "%s exists; use --out for another folder, or --force to replace it", path);
    }
    return RLP_OK;
}

/* Tables without rows are not written; an earlier one in their place goes. */
static int write_tables(const reference_job_t *job, const char *folder) {
    char path[4200];
    int rc = RLP_OK;
    if (mkdir(folder, 0777) && errno != EEXIST) return rlp_fail(RLP_ERROR_CREATE, "%s: %s", folder, strerror(errno));
    for (size_t t = 0; t < REFERENCE_TABLES && !rc; t++) {
        const rlp_text_t *table = &job->table[t];
        snprintf(path, sizeof path, "%s/%s", folder, FILES[t]);
        if (table->error) rc = table->error;
        if (!rc && table->length == strlen(HEADERS[t])) unlink(path);
        if (!rc && table->length > strlen(HEADERS[t])) rc = rlp_file_write_whole(path, table->bytes, table->length);
    }
    return rc;
}

static bool asked(const rlp_arguments_t *a, const reference_method_t *method) {
    for (size_t k = 0; k < a->n_methods; k++)
        if (!strcmp(a->methods[k], method->name)) return true;
    return !a->n_methods && !method->program;
}

/* What made the tables: written last. */
static int write_record(const rlp_study_t *study, const bool *answered, const char *folder) {
    char path[4200];
    const char *comma = "";
    rlp_text_t out;
    rlp_text_init(&out);
    rlp_text_format(&out, "{\n  \"program\": \"relapse reference\",\n  \"version\": \"%s\",\n  \"methods\": [", RELAPSE_VERSION);
    for (size_t m = 0; m < N_METHODS; m++)
        if (answered[m]) rlp_text_format(&out, "%s\"%s\"", comma, METHODS[m].name), comma = ", ";
    rlp_text_format(&out, "],\n  \"step_tolerance\": %g,\n  \"resolved_input\": ", RLP_REFERENCE_TOLERANCE);
    rlp_node_write_json(rlp_document_root(study->document), &out);
    while (out.length && out.bytes[out.length - 1] == '\n') out.bytes[--out.length] = '\0';
    rlp_text_add(&out, "\n}\n");
    snprintf(path, sizeof path, "%s/%s", folder, RECORD);
    int rc = out.error ? out.error : rlp_file_write_whole(path, out.bytes, out.length);
    rlp_text_free(&out);
    return rc;
}

/* ---- methods over arms -------------------------------------------------------------------------------------------------------------------- */
/* Unknown names, and methods that answer at record times where there are none. */
static int check_methods(const rlp_arguments_t *a, const rlp_study_t *study) {
    const char *names[N_METHODS];
    for (size_t m = 0; m < N_METHODS; m++) names[m] = METHODS[m].name;
    for (size_t k = 0; k < a->n_methods; k++) {
        if (find(a->methods[k])) continue;
        const char *near = rlp_nearest(a->methods[k], names, N_METHODS);
        return rlp_fail(RLP_ERROR_USAGE, "no method is named '%s'%s%s%s; there are moments, backward, founders and projection", a->methods[k], near ? "; did you mean '" : "",
                        near ? near : "", near ? "'?" : "");
    }
    for (size_t m = 0; m < N_METHODS; m++)
        if (asked(a, &METHODS[m]) && METHODS[m].records && !study->n_records)
            return rlp_fail(RLP_ERROR_REFUSED, "%s: --method %s answers at record times and there are none: add `record: {times: [50 d]}`, or --set 'record.times=[50 d]'", a->input,
                            METHODS[m].name);
    return RLP_OK;
}

/* A method that was not asked for by name may refuse: that is said, and the others go on. */
static int run_arm(reference_job_t *job, const rlp_arguments_t *a, bool *answered, bool *any) {
    int rc = rlp_life_compile(&job->study->trial, job->study->tasks[job->arm].arm, 0, &job->process);
    if (rc) return rc;
    rlp_text_format(&job->words, "arm %s\n", rlp_study_arm_name(job->study, job->arm));
    for (size_t m = 0; m < N_METHODS && !rc; m++) {
        if (!asked(a, &METHODS[m])) continue;
        rc = METHODS[m].accepts(job);
        if (rc == RLP_ERROR_REFUSED && !a->n_methods) {
            rlp_text_format(&job->words, "  %-10s %s, not here: %s\n", METHODS[m].name, METHODS[m].sentence, rlp_fail_message());
            rc = RLP_OK;
        } else if (!rc) {
            rc = METHODS[m].run(job);
            answered[m] = *any = true;
        }
    }
    free(job->type_absent);
    job->type_absent = NULL;
    rlp_process_free(&job->process);
    return rc;
}

static void say_range(const rlp_study_t *study, rlp_text_t *words) {
    if (study->variability.n)
        rlp_text_format(words, "of the patient as written: the cohort's %zu varied path%s %s not in it\n", study->variability.n, study->variability.n == 1 ? "" : "s",
                        study->variability.n == 1 ? "is" : "are");
    if (study->endpoints.death.present || study->endpoints.death.hazard_per_day > 0 || study->trial.until == RLP_UNTIL_PROGRESSION)
        rlp_text_add(words, "of everybody: moments.csv of `run` leaves out who has died or ended before (its column `patients` counts who is left)\n");
}

static int answer(const rlp_study_t *study, const rlp_arguments_t *a) {
    reference_job_t job = {.study = study};
    char folder[RLP_FOLDER_BYTES];
    bool answered[N_METHODS] = {false}, any = false;
    rlp_text_init(&job.words);
    for (size_t t = 0; t < REFERENCE_TABLES; t++) {
        rlp_text_init(&job.table[t]);
        rlp_text_add(&job.table[t], HEADERS[t]);
    }
    rlp_folder_name(a, ".reference", folder);
    int rc = check_methods(a, study);
    if (!rc) rc = check_folder(a, folder);
    for (job.arm = 0; job.arm < study->n_arms && !rc; job.arm++) rc = run_arm(&job, a, answered, &any);
    if (!rc && !any) rc = rlp_fail(RLP_ERROR_REFUSED, "no method accepts this input");
    if (!rc) rc = write_tables(&job, folder);
    if (!rc) rc = write_record(study, answered, folder);
    say_range(study, &job.words);
    if (!rc && !a->quiet) printf("%s%s/:", rlp_text_string(&job.words), folder);
    for (size_t t = 0; t < REFERENCE_TABLES; t++) {
        if (!rc && !a->quiet && job.table[t].length > strlen(HEADERS[t])) printf(" %s", FILES[t]);
        rlp_text_free(&job.table[t]);
    }
    if (!rc && !a->quiet) printf(" " RECORD "\n");
    rlp_text_free(&job.words);
    return rc;
}

/* ---- the command --------------------------------------------------------------------------------------------------------------------------- */
static int reference(const rlp_arguments_t *a) {
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    rlp_study_t *study = NULL;
    if (!wrong) return rlp_command_fail(RLP_ERROR_MEMORY);
    rlp_study_options_t options = {.sets = (const char *const *)a->sets, .n_sets = a->n_sets, .arms = (const char *const *)a->arms, .n_arms = a->n_arms, .without_levels = true};
    int rc = rlp_study_read(a->input, &options, wrong, &study);
    size_t errors = rlp_diagnostics_errors(wrong);
    if (!a->quiet || errors) rlp_diagnostics_print(wrong, stderr);
    rlp_diagnostics_free(wrong);
    if (!rc && errors) rc = rlp_fail(RLP_ERROR_INPUT, "%s has %zu error%s", a->input, errors, errors == 1 ? "" : "s");
    if (!rc) rc = answer(study, a);
    rlp_study_free(study);
    return rc ? rlp_command_fail(rc) : 0;
}

static int command(int argc, char **argv) {
    const reference_method_t *program = program_asked_for(argc, argv);
    if (program) return hand_over(program, argc, argv);
    rlp_arguments_t arguments;
    int status = rlp_arguments_read(&rlp_command_reference, "oaxfqm", argc, argv, &arguments);
    if (!status && !arguments.help && rlp_launched_rank() == 0) status = reference(&arguments);
    rlp_arguments_free(&arguments);
    return status;
}

const rlp_command_t rlp_command_reference = {
    .name = "reference",
    .sentence = "answer an input without chance: moments, extinction, the curve of progression",
    .usage = USAGE,
    .run = command,
};
