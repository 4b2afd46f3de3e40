/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One look at a patient: his numbers are drawn, his cells at the start counted, and one day of nothing compiled for the rates of the main type. */
#include "relapse/baseline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

struct rlp_baseline {
    const rlp_study_t *study;
    size_t n_types;
    rlp_life_t *life; /* NULL: nobody was looked at yet */
    double *values, *share;
    int64_t *cells;
    uint32_t *found;
    char **shares;     /* names; owned */
    unsigned char *in; /* [share][type] */
    size_t n_shares, share_room;
    const rlp_test_t *tests; /* borrowed from the model */
    size_t n_tests;
    untreated_t untreated;
};

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

static int find_rates(untreated_t *u, const rlp_study_t *study) {
    size_t n = rlp_study_types(study);
    int rc = RLP_NEW(u->birth, n);
    if (!rc) rc = RLP_NEW(u->death, n);
    for (size_t i = 0; i < n && !rc; i++) {
        rlp_text_t path;
        rlp_text_init(&path);
        rlp_text_format(&path, "process.types.%s.", rlp_process_model_type_names(study->process)[i]);
        size_t stem = path.length;
        rlp_text_add(&path, "birth");
        u->birth[i] = rlp_parameters_find(&study->parameters, rlp_text_string(&path));
        if (!path.error) path.length = stem;
        rlp_text_add(&path, "death");
        u->death[i] = rlp_parameters_find(&study->parameters, rlp_text_string(&path));
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
static int read_untreated(untreated_t *u, const rlp_study_t *study) {
    u->wrong = rlp_diagnostics_new();
    if (!u->wrong) return RLP_ERROR_MEMORY;
    int rc = rlp_document_parse("input", rlp_text_string(&study->resolved), study->resolved.length, u->wrong, &u->document);
    if (!rc) rc = add_empty_arm(u);
    if (!rc) rc = rlp_tumour_read(rlp_document_root(u->document), &u->parameters, u->wrong, &u->tumour);
    if (!rc && rlp_diagnostics_errors(u->wrong)) rc = rlp_fail(RLP_ERROR_INTERNAL, "the resolved input does not read back");
    RLP_INVARIANT(rc || u->parameters.n <= study->parameters.n); /* the endpoints' come last */
    if (!rc)
        rc = rlp_environment_new(u->tumour, rlp_tumour_arms(u->tumour) - 1, study->trial.error, study->trial.follow_up_days,
                                 &u->environment);
    return rc;
}

static int compile_untreated(untreated_t *u, const rlp_study_t *study, const double *values) {
    int rc = RLP_OK;
    if (u->known && !study->variability.n) return rc;
    if (!u->has_process) rc = rlp_tumour_process(u->tumour, values, &u->process);
    u->has_process = !rc;
    u->process.n_segments = u->process.n_rate_rows = u->process.n_survive_rows = 0; /* names and channels are the same for all */
    if (!rc) rc = rlp_environment_begin(u->environment, values, &u->process);
    if (!rc) rc = rlp_environment_extend(u->environment, fmin(1, study->trial.follow_up_days), &u->process);
    u->known = !rc && u->process.n_segments;
    return rc;
}

/* ln 2 / (birth - death) of a type; NaN if it does not grow. */
static int doubling_days(untreated_t *u, const rlp_study_t *study, const double *values, size_t type, double *days) {
    double growth = NAN;
    int rc = RLP_OK;
    if (study->tumour) {
        rc = compile_untreated(u, study, values);
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
static int add_share(rlp_baseline_t *b, const char *name, size_t length) {
    int rc = RLP_GROW(b->shares, b->share_room, b->n_shares + 1);
    if (rc) return rc;
    rc = rlp_memory_new((void **)&b->shares[b->n_shares], length + 1, 1);
    if (!rc) memcpy(b->shares[b->n_shares++], name, length);
    return rc;
}

static bool has_share(const rlp_baseline_t *b, const char *name, size_t length) {
    for (size_t s = 0; s < b->n_shares; s++)
        if (strlen(b->shares[s]) == length && !memcmp(b->shares[s], name, length)) return true;
    return false;
}

/* Is `trait` one of the words of a label "met2+efflux"? */
static bool carries(const char *label, const char *trait) {
    size_t length = strlen(trait);
    for (const char *at = label; at; at = strchr(at, '+'), at = at ? at + 1 : NULL)
        if (!strncmp(at, trait, length) && (at[length] == '+' || !at[length])) return true;
    return false;
}

static int list_traits(rlp_baseline_t *b, const char *label) {
    int rc = RLP_OK;
    if (!strcmp(label, "none")) return rc;
    for (const char *at = label; *at && !rc;) {
        size_t length = strcspn(at, "+");
        if (!has_share(b, at, length)) rc = add_share(b, at, length);
        at += length + (at[length] == '+');
    }
    return rc;
}

/* Types of the tumour floor carry their traits in their labels; those of the process floor are what they are. */
static int find_shares_in(rlp_baseline_t *b, size_t n_labels, char *const *labels, const size_t *label_of_type) {
    bool tumour = b->study->tumour != NULL;
    int rc = RLP_OK;
    for (size_t l = 0; l < n_labels && !rc; l++) rc = tumour ? list_traits(b, labels[l]) : add_share(b, labels[l], strlen(labels[l]));
    if (!rc) rc = RLP_NEW(b->in, b->n_shares * b->n_types);
    for (size_t s = 0; s < b->n_shares && !rc; s++)
        for (size_t i = 0; i < b->n_types; i++) {
            const char *label = labels[label_of_type ? label_of_type[i] : i];
            b->in[s * b->n_types + i] = tumour ? carries(label, b->shares[s]) : !strcmp(label, b->shares[s]);
        }
    return rc;
}

static int find_shares(rlp_baseline_t *b) {
    if (b->study->process) return find_shares_in(b, b->n_types, (char *const *)rlp_process_model_type_names(b->study->process), NULL);
    rlp_process_t process;
    rlp_parameters_values(&b->study->parameters, b->values);
    int rc = rlp_tumour_process(b->study->tumour, b->values, &process);
    if (rc) return rc;
    rc = find_shares_in(b, process.n_labels, process.label_names, process.label_of_type);
    rlp_process_free(&process);
    return rc;
}

/* ---- one patient -------------------------------------------------------------------------------------------------------- */
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
static uint32_t findable(const rlp_baseline_t *b, const rlp_test_t *test) {
    const rlp_tumour_t *model = b->study->tumour;
    uint32_t found = 0;
    for (size_t t = 0; t < rlp_tumour_traits(model); t++) {
        double carrying = 0, all = 0;
        for (size_t i = 0; test->of >> t & 1 && i < b->n_types; i++) {
            if (!(test->sites >> rlp_tumour_type_site(model, i) & 1)) continue;
            all += (double)b->cells[i];
            if (rlp_tumour_type_traits(model, i) >> t & 1) carrying += (double)b->cells[i];
        }
        if (carrying > 0 && carrying / all >= b->values[test->limit]) found |= UINT32_C(1) << t;
    }
    return found;
}

static int look_at_state(rlp_baseline_t *b, rlp_known_t *known) {
    const rlp_study_t *study = b->study;
    size_t most = 0;
    int rc = RLP_OK;
    for (size_t i = 0; i < b->n_types; i++) {
        known->cells += b->cells[i];
        if (b->cells[i] > b->cells[most]) most = i;
    }
    known->diameter_mm = diameter_mm(&study->endpoints, b->cells);
    for (size_t s = 0; s < b->n_shares; s++) {
        double inside = 0;
        for (size_t i = 0; i < b->n_types; i++) inside += b->in[s * b->n_types + i] ? (double)b->cells[i] : 0;
        b->share[s] = known->cells ? inside / (double)known->cells : NAN;
    }
    for (size_t k = 0; k < b->n_tests; k++) b->found[k] = findable(b, &b->tests[k]);
    if (known->cells) rc = doubling_days(&b->untreated, study, b->values, most, &known->doubling_days);
    if (rlp_baseline_is_record(rc)) known->doubling_days = NAN;
    return rlp_baseline_is_record(rc) ? RLP_OK : rc;
}

bool rlp_baseline_is_record(int rc) { return rc == RLP_ERROR_RATE || rc == RLP_ERROR_OVERFLOW; }

static int open_eyes(rlp_baseline_t *b) {
    int rc = rlp_life_new(&b->study->trial, &b->life);
    return rc ? rc : b->study->tumour ? read_untreated(&b->untreated, b->study) : find_rates(&b->untreated, b->study);
}

int rlp_baseline_look(rlp_baseline_t *b, uint64_t patient, rlp_known_t *known) {
    *known = (rlp_known_t){.values = b->values, .shares = b->share, .found = b->found, .doubling_days = NAN};
    int rc = b->life ? RLP_OK : open_eyes(b);
    if (!rc) rc = rlp_life_baseline(b->life, patient, b->values, b->cells);
    if (rc) return rc;
    known->capped = b->study->tumour && rlp_tumour_capped(b->study->tumour, b->values);
    return look_at_state(b, known);
}

/* ---- the whole ------------------------------------------------------------------------------------------------------------ */
int rlp_baseline_new(const rlp_study_t *study, rlp_baseline_t **out) {
    rlp_baseline_t *b;
    int rc = RLP_NEW(b, 1);
    if (rc) return rc;
    b->study = study;
    b->n_types = rlp_study_types(study);
    rlp_parameters_init(&b->untreated.parameters);
    if (study->tumour) b->tests = rlp_tumour_tests(study->tumour, &b->n_tests);
    rc = RLP_NEW(b->values, study->parameters.n);
    if (!rc) rc = RLP_NEW(b->cells, b->n_types);
    if (!rc) rc = RLP_NEW(b->found, b->n_tests);
    if (!rc) rc = find_shares(b);
    if (!rc) rc = RLP_NEW(b->share, b->n_shares);
    if (rc) {
        rlp_baseline_free(b);
        return rc;
    }
    *out = b;
    return RLP_OK;
}

void rlp_baseline_free(rlp_baseline_t *b) {
    if (!b) return;
    for (size_t s = 0; s < b->n_shares; s++) free(b->shares[s]);
    free(b->shares);
    free(b->share);
    free(b->in);
    free(b->found);
    free(b->cells);
    free(b->values);
    rlp_life_free(b->life);
    untreated_free(&b->untreated);
    free(b);
}

size_t rlp_baseline_shares(const rlp_baseline_t *b) { return b->n_shares; }
const char *rlp_baseline_share_name(const rlp_baseline_t *b, size_t share) { return b->shares[share]; }
const rlp_test_t *rlp_baseline_tests(const rlp_baseline_t *b, size_t *n) {
    *n = b->n_tests;
    return b->tests;
}
