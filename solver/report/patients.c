/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * patients.csv: who each patient is before anything happens to him (relapse/baseline.h), the same in every arm.
 *
 *   varied parameters as drawn | cells | diameter of all visible lesions | shares | what tests could find | doubling time */
#include "parts.h"
#include "relapse/baseline.h"

typedef struct {
    const job_t *job;
    uint64_t capped;
    sheet_t sheet;
    rlp_baseline_t *baseline;
    const rlp_test_t *tests; /* borrowed from the model */
    size_t n_shares, n_tests;
} patients_t;

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
    for (size_t s = 0; s < p->n_shares; s++) add_column(&header, "baseline_share_", rlp_baseline_share_name(p->baseline, s));
    for (size_t k = 0; k < p->n_tests; k++) add_column(&header, "baseline_test_", p->tests[k].name);
    rlp_text_add(&header, ",doubling_days");
    int rc = header.error ? header.error : sheet_open(&p->sheet, p->job->report->folder, "patients.csv", rlp_text_string(&header));
    rlp_text_free(&header);
    return rc;
}

static int write_known(patients_t *p, const rlp_known_t *known) {
    const rlp_study_t *study = p->job->study;
    int rc = RLP_OK;
    for (size_t s = 0; s < study->variability.n; s++)
        for (size_t k = 0; k < study->variability.spreads[s].n; k++) sheet_number(&p->sheet, known->values[study->variability.spreads[s].rows[k]]);
    sheet_whole(&p->sheet, known->cells);
    sheet_number(&p->sheet, known->diameter_mm);
    for (size_t s = 0; s < p->n_shares; s++) sheet_number(&p->sheet, known->shares[s]);
    for (size_t k = 0; k < p->n_tests && !rc; k++) rc = survival_write_traits(&p->sheet, study->tumour, known->found[k]);
    sheet_number(&p->sheet, known->doubling_days);
    return rc;
}

static int write_patient(patients_t *p, uint64_t patient) {
    const rlp_study_t *study = p->job->study;
    rlp_known_t known;
    int rc = rlp_baseline_look(p->baseline, patient, &known);
    if (rc && !rlp_baseline_is_record(rc)) return rc;
    sheet_whole(&p->sheet, (int64_t)patient);
    if (rc) {
        for (size_t s = 0; s < study->variability.n; s++) sheet_empty(&p->sheet, study->variability.spreads[s].n);
        sheet_empty(&p->sheet, 3 + p->n_shares + p->n_tests);
        rc = RLP_OK;
    } else {
        p->capped += known.capped;
        rc = write_known(p, &known);
    }
    sheet_end_row(&p->sheet);
    return rc;
}

int patients_write(const job_t *job, uint64_t first, uint64_t last, uint64_t *capped) {
    patients_t p = {.job = job};
    sheet_init(&p.sheet);
    int rc = rlp_baseline_new(job->study, &p.baseline);
    if (!rc) {
        p.n_shares = rlp_baseline_shares(p.baseline);
        p.tests = rlp_baseline_tests(p.baseline, &p.n_tests);
        rc = open_file(&p);
    }
    for (uint64_t patient = first; patient <= last && !rc; patient++) rc = write_patient(&p, patient);
    if (!rc) rc = sheet_finish(&p.sheet);
    *capped = p.capped;
    sheet_free(&p.sheet);
    rlp_baseline_free(p.baseline);
    return rc;
}
