/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * relapse-projection: what `relapse reference INPUT --method projection` becomes, a program of its own so that `relapse` never loads PETSc. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "relapse/command.h"
#include "relapse/memory.h"
#include "relapse/projection.h"
#include "rows.h"

static const char USAGE[] =
    "relapse reference INPUT.yaml --method projection [options]     also under mpirun -n K or srun\n"
    "\n"
    "The finite state projection: the law of a small population of the process floor, the exact curve of first progression, and the chance of\n"
    "progression from every residual state. Every row holds the truncated mass, a bound on its error.\n"
    "\n"
    "  --out DIR           where the files go (default: the input's name + .reference, in this folder)\n"
    "  --arm NAME          only this arm; may be repeated\n"
    "  --set PATH=VALUE    change a number or a subtree of the input; may be repeated\n"
    "  --bound TYPE=CELLS  most cells of a type; may be repeated (default: as many as the truncated mass asks for)\n"
    "  --truncation P      bounds that are not given grow until the truncated mass is at most P (default 1e-5)\n"
    "  --state-limit N     most states (default 500000)\n"
    "  --no-residual       without the backward sweep and its table\n"
    "  --force             replace the files of an earlier projection in DIR\n"
    "  --quiet             say nothing but errors\n"
    "  --petsc OPTION...   all that follows goes to PETSc (-log_view, -mat_type ...); what it does not use is refused\n"
    "\n"
    "PETSC_OPTIONS and petscrc files are not read. Exit status: 0 done; 64 usage; 65 the input is wrong, cannot be projected or has too many states;\n"
    "66 it cannot be read; 70 internal; 73 the output cannot be created; 74 an I/O error.\n";

/* Only for its name, usage and manners on the command line. */
static const rlp_command_t COMMAND = {.name = "reference --method projection", .sentence = "", .usage = USAGE, .run = NULL};

static const char *const FILES[] = {"projection-km.csv", "projection-moments.csv", "projection-law.csv", "projection-residual.csv", "projection.json"};
enum { N_FILES = sizeof FILES / sizeof *FILES };

typedef struct {
    rlp_parallel_t parallel;
    rlp_arguments_t arguments;
    rlp_projection_options_t options;
    char **rest; /* for rlp_arguments_read; owned */
    int n_rest;
    char **petsc; /* borrowed */
    int n_petsc;
    rlp_study_t *study;
    char folder[RLP_FOLDER_BYTES];
    bool made_folder;
} job_t;

/* ---- the command line ---------------------------------------------------------------------------------------------------------------------- */
static int wrong(const char *what, const char *value) {
    if (rlp_launched_rank() == 0) fprintf(stderr, "relapse reference: error: %s%s; see `relapse reference --method projection --help`\n", what, value);
    return 64;
}

static int read_number(const char *name, const char *value, double low, double high, double *out) {
    char *end;
    *out = strtod(value, &end);
    if (!value[0] || *end || !(*out >= low && *out <= high)) {
        if (rlp_launched_rank() == 0) fprintf(stderr, "relapse reference: error: %s takes a number from %g to %g; '%s' is none\n", name, low, high, value);
        return 64;
    }
    return 0;
}

static int take(job_t *job, const char *name, char *value) {
    if (!strcmp(name, "--state-limit")) return read_number(name, value, 1, RLP_STATES_MAX, &job->options.state_limit);
    if (!strcmp(name, "--truncation")) return read_number(name, value, 0, 1, &job->options.truncation);
    if (!strcmp(name, "--method")) return strcmp(value, "projection") ? wrong("this program knows one method, projection, not ", value) : 0;
    job->options.bounds[job->options.n_bounds++] = value;
    return 0;
}

/* Own options out, the rest to rlp_arguments_read. */
static int read_arguments(job_t *job, int argc, char **argv) {
    static const char *const OWN[] = {"--state-limit", "--truncation", "--bound", "--method"};
    job->options = (rlp_projection_options_t){.state_limit = 5e5, .truncation = 1e-5, .residual = true};
    int rc = RLP_NEW(job->rest, (size_t)argc + 1);
    if (!rc) rc = RLP_NEW(job->options.bounds, (size_t)argc + 1);
    if (rc) return rlp_command_fail(rc);
    for (int at = 0; at < argc; at++) {
        const char *equals = strchr(argv[at], '='), *own = NULL;
        size_t length = equals ? (size_t)(equals - argv[at]) : strlen(argv[at]);
        for (size_t k = 0; k < sizeof OWN / sizeof *OWN; k++)
            if (strlen(OWN[k]) == length && !strncmp(OWN[k], argv[at], length)) own = OWN[k];
        if (!strcmp(argv[at], "--petsc")) {
            job->petsc = argv + at + 1;
            job->n_petsc = argc - at - 1;
            break;
        }
        if (!strcmp(argv[at], "--no-residual")) {
            job->options.residual = false;
        } else if (!own) {
            job->rest[job->n_rest++] = argv[at];
        } else {
            char *value = equals ? argv[at] + length + 1 : at + 1 < argc ? argv[++at] : NULL;
            int status = value ? take(job, own, value) : wrong(own, " needs a value");
            if (status) return status;
        }
    }
    return rlp_arguments_read(&COMMAND, "oaxfq", job->n_rest, job->rest, &job->arguments);
}

/* ---- the study on every rank ------------------------------------------------------------------------------------------------------------------ */
static rlp_study_options_t options_of(const rlp_arguments_t *a, bool with_sets) {
    return (rlp_study_options_t){.sets = (const char *const *)a->sets, .n_sets = with_sets ? a->n_sets : 0, .arms = (const char *const *)a->arms, .n_arms = a->n_arms, .without_levels = true};
}

static int read_study(job_t *job) {
    rlp_diagnostics_t *diagnostics = rlp_diagnostics_new();
    rlp_study_options_t options = options_of(&job->arguments, true);
    if (!diagnostics) return RLP_ERROR_MEMORY;
    int rc = rlp_study_read(job->arguments.input, &options, diagnostics, &job->study);
    if (!job->arguments.quiet || rlp_diagnostics_errors(diagnostics)) rlp_diagnostics_print(diagnostics, stderr);
    if (!rc && rlp_diagnostics_errors(diagnostics)) rc = rlp_fail(RLP_ERROR_INPUT, "%s has %zu error%s", job->arguments.input, rlp_diagnostics_errors(diagnostics), rlp_diagnostics_errors(diagnostics) == 1 ? "" : "s");
    rlp_diagnostics_free(diagnostics);
    return rc;
}

static int parse_study(job_t *job, const char *text, size_t length) {
    rlp_diagnostics_t *diagnostics = rlp_diagnostics_new();
    rlp_study_options_t options = options_of(&job->arguments, false);
    if (!diagnostics) return RLP_ERROR_MEMORY;
    int rc = rlp_study_parse(job->arguments.input, text, length, &options, diagnostics, &job->study);
    if (!rc && !job->study) rc = rlp_fail(RLP_ERROR_INTERNAL, "rank %d reads the resolved input otherwise than rank 0", job->parallel.rank);
    rlp_diagnostics_free(diagnostics);
    return rc;
}

static int study_everywhere(job_t *job) {
    bool first = job->parallel.rank == 0;
    int rc = rlp_parallel_agree(&job->parallel, first ? read_study(job) : RLP_OK);
    if (rc) return rc;
    char *text = first ? job->study->resolved.bytes : NULL;
    size_t length = first ? job->study->resolved.length : 0;
    rc = rlp_parallel_share(&job->parallel, &text, &length);
    if (!rc && !first) rc = parse_study(job, text, length);
    if (!first) free(text);
    return rlp_parallel_agree(&job->parallel, rc);
}

/* ---- the folder ---------------------------------------------------------------------------------------------------------------------------------- */
/* Nothing that stands there is overwritten unasked: it is looked at before the work, not after. */
static int make_folder(job_t *job) {
    char path[4200];
    job->made_folder = !mkdir(job->folder, 0777);
    if (!job->made_folder && errno != EEXIST) return rlp_fail(RLP_ERROR_CREATE, "%s: %s", job->folder, strerror(errno));
    DIR *folder = opendir(job->folder);
    if (!folder) return rlp_fail(RLP_ERROR_CREATE, "%s: %s", job->folder, strerror(errno));
    closedir(folder);
    for (int k = 0; k < N_FILES; k++) {
        snprintf(path, sizeof path, "%s/%s", job->folder, FILES[k]);
        if (access(path, F_OK)) continue;
        if (!job->arguments.force) return rlp_fail(RLP_ERROR_CREATE, "%s exists; use --out for another folder, or --force to replace it", path);
        if (unlink(path)) return rlp_fail(RLP_ERROR_CREATE, "%s: %s", path, strerror(errno));
    }
    return RLP_OK;
}

static int write_facts(const job_t *job, const rlp_projection_tables_t *tables, rlp_text_t *out) {
    char version[32];
    rlp_petsc_version(version);
    rlp_text_format(out, "{\n  \"program\": \"relapse reference\",\n  \"version\": \"%s\",\n  \"method\": \"projection\",\n  \"input\": ", RELAPSE_VERSION);
    rows_json_string(out, job->arguments.input);
    rlp_text_add(out, ",\n  \"resolved_input\": ");
    rlp_node_write_json(rlp_document_root(job->study->document), out);
    while (out->length && out->bytes[out->length - 1] == '\n') out->bytes[--out->length] = '\0';
    rlp_text_format(out, ",\n  \"petsc\": \"%s\",\n  \"petsc_options\": [", version);
    for (int k = 0; k < job->n_petsc; k++) {
        if (k) rlp_text_add(out, ", ");
        rows_json_string(out, job->petsc[k]);
    }
    rlp_text_add(out, "],\n  \"truncation\": ");
    rlp_text_double(out, job->options.truncation);
    rlp_text_add(out, ",\n  \"state_limit\": ");
    rlp_text_double(out, job->options.state_limit);
    rlp_text_format(out, ",\n  \"arms\": [\n%s\n  ]\n}\n", rlp_text_string(&tables->facts));
    return out->error;
}

static int write_files(const job_t *job, const rlp_projection_tables_t *tables) {
    const rlp_text_t *texts[N_FILES] = {&tables->km, &tables->moments, &tables->law, &tables->residual, NULL};
    rlp_text_t facts;
    char path[4200];
    rlp_text_init(&facts);
    int rc = write_facts(job, tables, &facts);
    texts[N_FILES - 1] = &facts; /* last: where it stands, the others are whole */
    for (int k = 0; k < N_FILES && !rc; k++) {
        if (texts[k] == &tables->residual && !job->options.residual) continue;
        snprintf(path, sizeof path, "%s/%s", job->folder, FILES[k]);
        rc = rlp_file_write_whole(path, texts[k]->bytes, texts[k]->length);
    }
    rlp_text_free(&facts);
    return rc;
}

/* ---- the whole ------------------------------------------------------------------------------------------------------------------------------------ */
static int project(job_t *job) {
    rlp_projection_tables_t tables;
    bool first = job->parallel.rank == 0;
    rlp_projection_tables_init(&tables);
    int rc = study_everywhere(job);
    if (rc) return rc;
    rlp_folder_name(&job->arguments, ".reference", job->folder);
    rc = rlp_parallel_agree(&job->parallel, first ? make_folder(job) : RLP_OK);
    if (!rc) rc = rlp_parallel_agree(&job->parallel, rlp_petsc_start(job->petsc, job->n_petsc));
    if (!rc) rc = rlp_projection_run(&job->parallel, job->study, &job->options, &tables);
    if (!rc) rc = rlp_parallel_agree(&job->parallel, rlp_petsc_check_unused());
    if (!rc) rc = rlp_parallel_agree(&job->parallel, first ? write_files(job, &tables) : RLP_OK);
    if (!rc && job->options.speaks) printf("%s/: projection-km, -moments, -law%s (.csv), projection.json\n", job->folder, job->options.residual ? ", -residual" : "");
    if (rc && job->made_folder) (void)rmdir(job->folder); /* what is refused leaves none */
    rlp_projection_tables_free(&tables);
    return rc;
}

int main(int argc, char **argv) {
    job_t job = {0};
    int status = read_arguments(&job, argc - 1, argv + 1);
    if (!status && !job.arguments.help) {
        int rc = rlp_parallel_init(&job.parallel, NULL, NULL);
        job.options.speaks = job.parallel.rank == 0 && !job.arguments.quiet;
        if (!rc) rc = project(&job);
        status = rlp_error_status(rc);
        if (rc && job.parallel.rank == 0) fprintf(stderr, "relapse: error: %s\n", rlp_fail_message());
        rlp_petsc_finish();
        rlp_study_free(job.study);
        rlp_parallel_finish(&job.parallel);
    }
    free(job.rest);
    free(job.options.bounds);
    rlp_arguments_free(&job.arguments);
    return status;
}
