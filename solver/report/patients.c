/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * patients.csv: who each patient is before anything happens to him, the same in every arm.
 *
 *   varied parameters as drawn | cells | diameter of all visible lesions | shares | what tests could find | doubling time ln 2 / (birth - death) of the main type
 *
 * Shares: on the tumour floor, of each trait (rung) that types carry; on the process floor, of each type. Of each test of the input: the traits whose
 * share, in truth and where the test looks, is at or above its limit. Rates are those that hold
 * before any treatment; crowding by a capacity is not in them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"
#include "relapse/memory.h"

/* Untreated rates at time 0. On the tumour floor: an arm without anything in it, added to a copy of the input. */
typedef struct {
    size_t *birth, *death; /* process floor: parameters of each type; owned */
    rlp_diagnostics_t *wrong;
    rlp_document_t *document;
    rlp_parameters_t parameters;
    rlp_tumour_t *tumour;
    rlp_environment_t *environment;
    rlp_process_t process;
    bool has_process, known;
} untreated_t;

typedef struct {
    const job_t *job;
    uint64_t capped;
    sheet_t sheet;
    rlp_life_t *life;
    double *values;
    int64_t *cells;
    char **shares;     /* names of the share columns; owned */
    unsigned char *in; /* [share][type] */
    size_t n_shares, share_room;
    const rlp_test_t *tests; /* borrowed from the model */
    size_t n_tests;
    untreated_t untreated;
} patients_t;

/* ---- the untreated process ----------------------------------------------------------------------------------------------- */
static void untreated_free(untreated_t *u) {
    free(u->birth);
    free(u->death);
    rlp_environment_free(u->environment);
    if (u->has_process) rlp_process_free(&u->process);
    rlp_tumour_free(u->tumour);
    rlp_parameters_free(&u->parameters);
    rlp_document_free(u->document);
    rlp_diagnostics_free(u->wrong);
}

static int find_rates(untreated_t *u, const job_t *job) {
    size_t n = job->process.n_types;
    int rc = RLP_NEW(u->birth, n);
    if (!rc) rc = RLP_NEW(u->death, n);
    for (size_t i = 0; i < n && !rc; i++) {
        rlp_text_t path;
        rlp_text_init(&path);
        rlp_text_format(&path, "process.types.%s.", job->process.type_names[i]);
        size_t stem = path.length;
        rlp_text_add(&path, "birth");
        u->birth[i] = rlp_parameters_find(&job->study->parameters, rlp_text_string(&path));
        if (!path.error) path.length = stem;
        rlp_text_add(&path, "death");
        u->death[i] = rlp_parameters_find(&job->study->parameters, rlp_text_string(&path));
        rc = path.error;
        rlp_text_free(&path);
    }
    return rc;
}

/* "arms.untreated=[]", by a name that no arm has. */
static int add_empty_arm(untreated_t *u) {
    const rlp_node_t *arms = rlp_node_member(rlp_document_root(u->document), "arms");
    rlp_text_t assignment;
    if (!arms || arms->kind != RLP_NODE_MAP || !arms->n_items) return RLP_OK; /* then the one arm is without treatment */
    rlp_text_init(&assignment);
    rlp_text_add(&assignment, "arms.untreated");
    while (!assignment.error && rlp_node_member(arms, rlp_text_string(&assignment) + strlen("arms."))) rlp_text_add(&assignment, "_");
    rlp_text_add(&assignment, "=[]");
    int rc = assignment.error ? assignment.error : rlp_document_set(u->document, rlp_text_string(&assignment), u->wrong);
    rlp_text_free(&assignment);
    return rc;
}

/* An arm adds parameters behind all others, and an empty one none: values of the study fit this model too. */
static int read_untreated(untreated_t *u, const job_t *job) {
    const rlp_study_t *study = job->study;
    u->wrong = rlp_diagnostics_new();
    if (!u->wrong) return RLP_ERROR_MEMORY;
    int rc = rlp_document_parse("input", rlp_text_string(&study->resolved), study->resolved.length, u->wrong, &u->document);
    if (!rc) rc = add_empty_arm(u);
    if (!rc) rc = rlp_tumour_read(rlp_document_root(u->document), &u->parameters, u->wrong, &u->tumour);
    if (!rc && rlp_diagnostics_errors(u->wrong)) rc = rlp_fail(RLP_ERROR_INTERNAL, "the resolved input does not read back");
    RLP_INVARIANT(rc || u->parameters.n == study->parameters.n);
    if (!rc)
        rc = rlp_environment_new(u->tumour, rlp_tumour_arms(u->tumour) - 1, study->trial.error, study->trial.follow_up_days,
                                 &u->environment);
    return rc;
}

static int compile_untreated(untreated_t *u, const job_t *job, const double *values) {
    int rc = RLP_OK;
    if (u->known && !job->study->variability.n) return rc;
    if (!u->has_process) rc = rlp_tumour_process(u->tumour, values, &u->process);
    u->has_process = !rc;
    u->process.n_segments = u->process.n_rate_rows = u->process.n_survive_rows = 0; /* names and channels are the same for all */
    if (!rc) rc = rlp_environment_begin(u->environment, values, &u->process);
    if (!rc) rc = rlp_environment_extend(u->environment, fmin(1, job->study->trial.follow_up_days), &u->process);
    u->known = !rc && u->process.n_segments;
    return rc;
}

/* ln 2 / (birth - death) of a type; NaN if it does not grow. */
static int doubling_days(untreated_t *u, const job_t *job, const double *values, size_t type, double *days) {
    double growth = NAN;
    int rc = RLP_OK;
    if (job->study->tumour) {
        rc = compile_untreated(u, job, values);
        if (!rc && u->known) {
            size_t row = u->process.segments[0].rates;
            growth = rlp_process_birth(&u->process, row)[type] - rlp_process_death(&u->process, row)[type];
        }
    } else if (u->birth[type] != RLP_NO_PARAMETER && u->death[type] != RLP_NO_PARAMETER) {
        growth = values[u->birth[type]] - values[u->death[type]];
    }
    *days = growth > 0 ? log(2) / growth : NAN;
    return rc;
}

/* ---- shares -------------------------------------------------------------------------------------------------------------- */
static int add_share(patients_t *p, const char *name, size_t length) {
    int rc = RLP_GROW(p->shares, p->share_room, p->n_shares + 1);
    if (rc) return rc;
    rc = rlp_memory_new((void **)&p->shares[p->n_shares], length + 1, 1);
    if (!rc) memcpy(p->shares[p->n_shares++], name, length);
    return rc;
}

static bool has_share(const patients_t *p, const char *name, size_t length) {
    for (size_t s = 0; s < p->n_shares; s++)
        if (strlen(p->shares[s]) == length && !memcmp(p->shares[s], name, length)) return true;
    return false;
}

/* Is `trait` one of the words of a label "met2+efflux"? */
static bool carries(const char *label, const char *trait) {
    size_t length = strlen(trait);
    for (const char *at = label; at; at = strchr(at, '+'), at = at ? at + 1 : NULL)
        if (!strncmp(at, trait, length) && (at[length] == '+' || !at[length])) return true;
    return false;
}

static int list_traits(patients_t *p, const char *label) {
    int rc = RLP_OK;
    if (!strcmp(label, "none")) return rc;
    for (const char *at = label; *at && !rc;) {
        size_t length = strcspn(at, "+");
        if (!has_share(p, at, length)) rc = add_share(p, at, length);
        at += length + (at[length] == '+');
    }
    return rc;
}

static int find_shares(patients_t *p) {
    const rlp_process_t *process = &p->job->process;
    bool tumour = p->job->study->tumour != NULL;
    int rc = RLP_OK;
    for (size_t l = 0; l < process->n_labels && !rc; l++)
        rc = tumour ? list_traits(p, process->label_names[l]) : add_share(p, process->label_names[l], strlen(process->label_names[l]));
    if (!rc) rc = RLP_NEW(p->in, p->n_shares * process->n_types);
    for (size_t s = 0; s < p->n_shares && !rc; s++)
        for (size_t i = 0; i < process->n_types; i++) {
            const char *label = process->label_names[process->label_of_type[i]];
            p->in[s * process->n_types + i] = tumour ? carries(label, p->shares[s]) : !strcmp(label, p->shares[s]);
        }
    return rc;
}

/* ---- the file ------------------------------------------------------------------------------------------------------------ */
static void add_column(rlp_text_t *header, const char *stem, const char *of) {
    rlp_text_t name;
    rlp_text_init(&name);
    rlp_text_format(&name, "%s%s", stem, of);
    rlp_text_add(header, ",");
    rlp_text_csv(header, rlp_text_string(&name));
    if (name.error) header->error = name.error;
    rlp_text_free(&name);
}

static int open_file(patients_t *p) {
    const rlp_study_t *study = p->job->study;
    rlp_text_t header;
    rlp_text_init(&header);
    rlp_text_add(&header, "patient");
    for (size_t s = 0; s < study->variability.n; s++)
        for (size_t k = 0; k < study->variability.spreads[s].n; k++) {
            rlp_text_add(&header, ",");
            rlp_text_csv(&header, study->parameters.rows[study->variability.spreads[s].rows[k]].path);
        }
    rlp_text_add(&header, ",baseline_cells,baseline_diameter_mm");
    for (size_t s = 0; s < p->n_shares; s++) add_column(&header, "baseline_share_", p->shares[s]);
    for (size_t k = 0; k < p->n_tests; k++) add_column(&header, "baseline_test_", p->tests[k].name);
    rlp_text_add(&header, ",doubling_days");
    int rc = header.error ? header.error : sheet_open(&p->sheet, p->job->report->folder, "patients.csv", rlp_text_string(&header));
    rlp_text_free(&header);
    return rc;
}

/* Sum of the diameters of the lesions that a scan would see. */
static double diameter_mm(const rlp_endpoints_t *e, const int64_t *cells) {
    double sum = 0;
    for (size_t g = 0; g < e->n_lesions; g++) {
        const rlp_lesions_t *group = &e->lesions[g];
        double inside = 0;
        for (size_t i = 0; i < e->n_types; i++) inside += group->of[i] ? (double)cells[i] : 0;
        double each = rlp_sphere_diameter_mm(inside / group->lesions, e->cells_per_mm3);
        if (each >= e->progression.visible_mm) sum += group->lesions * each;
    }
    return sum;
}

/* Traits at or above the limit among the living cells where the test looks; one that no cell has is below any limit. */
static uint32_t findable(const patients_t *p, const rlp_test_t *test) {
    const rlp_tumour_t *model = p->job->study->tumour;
    uint32_t found = 0;
    for (size_t t = 0; t < rlp_tumour_traits(model); t++) {
        double carrying = 0, all = 0;
        for (size_t i = 0; test->of >> t & 1 && i < p->job->process.n_types; i++) {
            if (!(test->sites >> rlp_tumour_type_site(model, i) & 1)) continue;
            all += (double)p->cells[i];
            if (rlp_tumour_type_traits(model, i) >> t & 1) carrying += (double)p->cells[i];
        }
        if (carrying > 0 && carrying / all >= p->values[test->limit]) found |= UINT32_C(1) << t;
    }
    return found;
}

static int write_tests(patients_t *p) {
    int rc = RLP_OK;
    for (size_t k = 0; k < p->n_tests && !rc; k++) rc = survival_write_traits(&p->sheet, p->job->study->tumour, findable(p, &p->tests[k]));
    return rc;
}

static int write_state(patients_t *p) {
    const job_t *job = p->job;
    size_t n = job->process.n_types, most = 0;
    int64_t total = 0;
    double days;
    for (size_t i = 0; i < n; i++) {
        total += p->cells[i];
        if (p->cells[i] > p->cells[most]) most = i;
    }
    sheet_whole(&p->sheet, total);
    sheet_number(&p->sheet, diameter_mm(&job->study->endpoints, p->cells));
    for (size_t s = 0; s < p->n_shares; s++) {
        double inside = 0;
        for (size_t i = 0; i < n; i++) inside += p->in[s * n + i] ? (double)p->cells[i] : 0;
        sheet_number(&p->sheet, total ? inside / (double)total : NAN);
    }
    int rc = write_tests(p);
    if (total && !rc) rc = doubling_days(&p->untreated, job, p->values, most, &days);
    if (total && !rc)
        sheet_number(&p->sheet, days);
    else
        sheet_empty(&p->sheet, 1);
    return rc;
}

static bool is_record(int rc) { return rc == RLP_ERROR_RATE || rc == RLP_ERROR_OVERFLOW; } /* a failure of this patient alone */

static int write_patient(patients_t *p, uint64_t patient) {
    const rlp_study_t *study = p->job->study;
    int rc = rlp_life_baseline(p->life, patient, p->values, p->cells);
    sheet_whole(&p->sheet, (int64_t)patient);
    if (rc) {
        for (size_t s = 0; s < study->variability.n; s++) sheet_empty(&p->sheet, study->variability.spreads[s].n);
        sheet_empty(&p->sheet, 3 + p->n_shares + p->n_tests);
    } else {
        if (study->tumour && rlp_tumour_capped(study->tumour, p->values)) p->capped++;
        for (size_t s = 0; s < study->variability.n; s++)
            for (size_t k = 0; k < study->variability.spreads[s].n; k++)
                sheet_number(&p->sheet, p->values[study->variability.spreads[s].rows[k]]);
        rc = write_state(p);
    }
    sheet_end_row(&p->sheet);
    return is_record(rc) ? RLP_OK : rc;
}

int patients_write(const job_t *job, uint64_t first, uint64_t last, uint64_t *capped) {
    patients_t p = {.job = job};
    sheet_init(&p.sheet);
    rlp_parameters_init(&p.untreated.parameters);
    int rc = rlp_life_new(&job->study->trial, &p.life);
    if (!rc) rc = RLP_NEW(p.values, job->study->parameters.n);
    if (!rc) rc = RLP_NEW(p.cells, job->process.n_types);
    if (!rc) rc = find_shares(&p);
    if (job->study->tumour) p.tests = rlp_tumour_tests(job->study->tumour, &p.n_tests);
    if (!rc) rc = job->study->tumour ? read_untreated(&p.untreated, job) : find_rates(&p.untreated, job);
    if (!rc) rc = open_file(&p);
    for (uint64_t patient = first; patient <= last && !rc; patient++) rc = write_patient(&p, patient);
    if (!rc) rc = sheet_finish(&p.sheet);
    *capped = p.capped;
    sheet_free(&p.sheet);
    for (size_t s = 0; s < p.n_shares; s++) free(p.shares[s]);
    free(p.shares);
    free(p.in);
    free(p.cells);
    free(p.values);
    rlp_life_free(p.life);
    untreated_free(&p.untreated);
    return rc;
}
