/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * subgroups.csv and landmark.csv of a cohort whose times are chosen, so that each number is known by hand. */
#include "report_test.h"

/* Two levels of 20 patients by tumour growth; arms none and drug. */
#define COHORT                                                                                                      \
    "process: {types: {S: {cells: 100, birth: 0.2 /d, death: 0.1 /d}}}\n"                                           \
    "arms: {none: {}, drug: {}, 'a, b': {}}\n"                                                                      \
    "compare: {reference: none, horizon: 200 d, landmarks: [50 d, 100 d, 200 d], strata: [process.types.S.birth]}\n" \
    "cohort: {patients: 40, seed: 1, follow_up: 300 d, variability: {process.types.S.birth: {uniform: {low: 0.15 /d, high: 0.25 /d}}}}\n" \
    "endpoints: {progression: {burden: 1000, every: 1 d}, death: {burden: 1e6}}\n"
enum { NONE, DRUG, COMMA };
#define GAIN_OF(arm, level, patient) ((arm) == NONE ? 0. : (arm) == DRUG ? (level) ? 40. : 10. + (double)((patient) % 2) : 5. + (double)((patient) % 3))

static rlp_study_t *reading; /* of the block that is read */

/* Times of none: 60 + patient. What an arm adds depends on the patient's level; with a constant error within it. */
static double time_of(size_t arm, uint64_t patient) {
    return 60 + (double)patient + GAIN_OF(arm, reading->strata->level[patient - 1], patient) + (arm == DRUG ? 4. * (double)(patient % 5) : 0.);
}

static int read_chosen(void *context, uint64_t block, unsigned char *payload) {
    rlp_block_t open;
    (void)context;
    memset(payload, 0, rlp_block_bytes(reading, block));
    rlp_block_open(reading, block, payload, &open);
    for (uint64_t k = 0; k < open.patients; k++) {
        uint64_t patient = open.first + k;
        double t = time_of(rlp_block_task(reading, block), patient);
        ((rlp_outcome_t *)open.outcomes)[k] = (rlp_outcome_t){.ttp_days = t, .pfs_days = t, .os_days = 300, .end_days = 300, .ttp_event = 1, .pfs_event = 1, .cause = 0, .reason = 1,
                                                              .best_change_percent = NAN, .untreatable_days = NAN, .second_days = NAN};
    }
    return RLP_OK;
}

static void write_chosen(cohort_t *cohort) {
    begin(cohort, COHORT);
    reading = cohort->study;
    cohort->report.read = read_chosen;
    assert_int_equal(reading->strata->n_levels, 2);
    assert_int_equal(write_all_of(cohort), RLP_OK);
}

typedef struct {
    char stratum[64], level[64], arm[64], reference[64], endpoint[8];
    double patients, difference, lower, upper, p, std_err, horizon;
} row_t;

/* Rows of subgroups.csv without quotes. */
static size_t rows_of(const cohort_t *cohort, row_t rows[32]) {
    char *bytes = content(cohort, "subgroups.csv"), *line = strchr(bytes, '\n') + 1;
    size_t n = 0;
    assert_memory_equal(bytes, "stratum,level,arm,reference,endpoint,patients,rmst_difference_days,lower95,upper95,interaction_p,std_err,horizon_days,draws,sign_holds\n", 134);
    for (; *line && n < 32; line = strchr(line, '\n') + 1) {
        char *cells[14] = {0}, *at = line;
        for (int c = 0; c < 14; c++) {
            cells[c] = at;
            bool quoted = *at == '"';
            if (quoted) at = strchr(at + 1, '"') + 1;
            at += strcspn(at, ",\n") + 1;
        }
        row_t *r = &rows[n++];
        sscanf(cells[0], "%63[^,]", r->stratum);
        sscanf(cells[1], "%63[^,]", r->level);
        sscanf(cells[2], cells[2][0] == '"' ? "\"%63[^\"]" : "%63[^,]", r->arm);
        sscanf(cells[3], "%63[^,]", r->reference);
        sscanf(cells[4], "%7[^,]", r->endpoint);
        double *numbers[] = {&r->patients, &r->difference, &r->lower, &r->upper, &r->p, &r->std_err, &r->horizon};
        for (int c = 0; c < 7; c++) *numbers[c] = *cells[5 + c] == ',' ? NAN : strtod(cells[5 + c], NULL);
        assert_memory_equal(cells[12], ",\n", 2); /* nothing is uncertain */
    }
    free(bytes);
    return n;
}

static double mean_gain(size_t arm, uint32_t level, double *std_err) {
    double sum = 0, squares = 0;
    for (uint64_t i = 1; i <= 40; i++)
        if (reading->strata->level[i - 1] == level) sum += time_of(arm, i) - time_of(NONE, i);
    for (uint64_t i = 1; i <= 40; i++)
        if (reading->strata->level[i - 1] == level) squares += pow(time_of(arm, i) - time_of(NONE, i) - sum / 20, 2);
    *std_err = sqrt(squares) / 20;
    return sum / 20;
}

/* Nobody is censored: the restricted mean is the mean, its error that of the paired differences (no n - 1, as everywhere), Cochran's Q on one degree of freedom. */
static void within_a_level_each_patient_is_paired_with_himself(void **state) {
    (void)state;
    cohort_t cohort;
    row_t rows[32];
    write_chosen(&cohort);
    assert_int_equal(rows_of(&cohort, rows), 12); /* levels x arms x endpoints */
    for (size_t k = 0; k < 12; k++) {
        const row_t *r = &rows[k];
        size_t level = k / 6, arm = k / 3 % 2 ? COMMA : DRUG;
        double error, other, wanted = mean_gain(arm, (uint32_t)level, &error), of_other = mean_gain(arm, (uint32_t)!level, &other);
        assert_string_equal(r->stratum, "process.types.S.birth");
        assert_string_equal(r->level, cohort.study->strata->levels[level]);
        assert_string_equal(r->arm, arm == COMMA ? "a, b" : "drug");
        assert_string_equal(r->reference, "none");
        assert_true(r->patients == 20 && r->horizon == 200);
        if (!strcmp(r->endpoint, "os")) { /* alike in all: no error, so no test */
            assert_true(r->difference == 0 && isnan(r->p));
            continue;
        }
        assert_true(fabs(r->difference - wanted) < 1e-9 && fabs(r->std_err - error) < 1e-9);
        assert_true(fabs(r->lower - (wanted - 1.959963984540054 * error)) < 1e-9 && fabs(r->upper - (wanted + 1.959963984540054 * error)) < 1e-9);
        assert_true(fabs(r->p / erfc(fabs(wanted - of_other) / sqrt(error * error + other * other) / sqrt(2)) - 1) < 1e-6);
    }
    end(&cohort);
}

static void only_a_clear_interaction_is_told_and_with_its_caution(void **state) {
    (void)state;
    cohort_t cohort;
    write_chosen(&cohort);
    const char *words = rlp_text_string(&cohort.words);
    assert_non_null(strstr(words, "PFS of drug depends on process.types.S.birth"));
    assert_null(strstr(words, "a, b depends on"));
    assert_non_null(strstr(words, "a p follows the number of virtual patients"));
    assert_non_null(strstr(words, "\n  subgroups (.csv)"));
    end(&cohort);
}

static void nobody_asked_nothing_is_written(void **state) {
    (void)state;
    assert_unasked("subgroups.csv");
}

/* compare.csv reaches to the horizon, summary.csv to the end of follow-up. */
static void the_horizon_is_of_comparisons(void **state) {
    (void)state;
    cohort_t cohort;
    begin_of(&cohort, study_of(TINY("follow_up"), (const char *[]){"compare.horizon=50 d"}, 1));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    /* to day 50: 20 and 50 of two patients against 60, 20 and 100 of three: ttp 35 and 50, for the one at 20 is censored */
    char *bytes = content(&cohort, "compare.csv"), *line = strchr(bytes, '\n') + 1, *cell = line + strlen(ARM ",pulsed,ttp,");
    for (int c = 0; c < 5; c++) cell = strchr(cell, ',') + 1;
    assert_true(fabs(strtod(cell, NULL) - (35 - 50)) < 1e-12);
    for (int c = 0; c < 4; c++) cell = strchr(cell, ',') + 1;
    assert_memory_equal(cell, "50,,\n", 5);
    free(bytes);
    assert_contains(&cohort, "summary.csv", ",ttp,2,1,20,20,,60,");
    end(&cohort);
}

#define HALF "0.5,0.3535533905932738,0.005983087639145737,0.9104100848367374"
static void landmarks_are_the_curve_at_milestones(void **state) {
    (void)state;
    cohort_t cohort;
    begin_of(&cohort, study_of(TINY("follow_up"), (const char *[]){"compare.landmarks=[10 d, 20 d, 50 d]"}, 1));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    char *bytes = content(&cohort, "landmark.csv");
    assert_memory_equal(bytes, "arm,endpoint,time_days,survival,std_err,lower95,upper95,at_risk\n", 64);
    free(bytes);
    assert_contains(&cohort, "landmark.csv", ARM ",ttp,10,1,0,1,1,2\n" ARM ",ttp,20," HALF ",2\n" ARM ",ttp,50," HALF ",1\n");
    assert_contains(&cohort, "landmark.csv", "pulsed,os,10,1,0,1,1,3\n");
    end(&cohort);
    begin(&cohort, TINY("follow_up")); /* a hundred days: no default milestone lies within */
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_content(&cohort, "landmark.csv", "arm,endpoint,time_days,survival,std_err,lower95,upper95,at_risk\n");
    end(&cohort);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(within_a_level_each_patient_is_paired_with_himself),
        cmocka_unit_test(only_a_clear_interaction_is_told_and_with_its_caution),
        cmocka_unit_test(nobody_asked_nothing_is_written),
        cmocka_unit_test(the_horizon_is_of_comparisons),
        cmocka_unit_test(landmarks_are_the_curve_at_milestones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
