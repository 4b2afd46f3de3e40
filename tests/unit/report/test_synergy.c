/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The rows of synergy.csv: 0 where nothing interacts, and elsewhere what survival.csv and counts.csv of separate runs say. */
#include "survey_test.h"

#define HORIZON 150.0
/* Two treatments that meet in one row; the drug is gone by then where it is not given. `row` says what is in it. */
#define TUMOUR(cells) "tumour: {cells: " cells ", birth: 0.14 /d, growth: 0.03 /d, sites: {core: {share: 1}}}\n"
#define TREATMENTS                                                                                                                                     \
    "drugs: {drug: {dose: 250 mg, pk: {half_life: 48 h, volume: 2370 L}, effect: {changes: death, max: 0.025 /d, half: 0.2 mg/L}}}\n"                     \
    "interventions: {mwa: {survive: {core: 0.2}, signals: {heat: {add: 1}}}}\nsignals: {heat: {rest: 0, tau: 40 d}}\n"
#define ARMS                                                                                                                                           \
    "arms: {none: [], drug: [{give: drug, every: 24 h, from: 5 d}], mwa: [{do: mwa, at: 3 d}], both: [{as: mwa}, {give: drug, every: 24 h, from: 5 d}]}\n" \
    "compare: {synergy: {none: none, a: drug, b: mwa, both: both, horizon: 150 d}}\n"
#define ROW(more) "mechanisms:\n  M1: {from: heat, to: drug.level, law: factor, interaction: true, " more "}\n"
#define ENDPOINTS_AND_PATIENTS                                                                                                                          \
    "endpoints: {progression: {burden: 20000, every: 1 d}, death: {viable: 50000}}\n"                                                                   \
    "cohort: {patients: 200, seed: 3, follow_up: 200 d, variability: {tumour.growth: {lognormal: {sigma: 0.3}}}}\n"
#define STUDY(mechanisms) TUMOUR("10000") TREATMENTS mechanisms ARMS ENDPOINTS_AND_PATIENTS

static const char *const TIMES[] = {"ttp", "pfs", "os"};

static size_t row_of(const lived_t *lived, const char *quantity, const char *endpoint) { return table_find(&lived->synergy, (const char *const[]){quantity, endpoint}, 2); }

static void assert_no_interaction(const char *text, size_t tasks) {
    static const char *const NUMBERS[] = {"estimate", "std_err", "lower95", "upper95"};
    lived_t lived;
    live(&lived, text);
    assert_int_equal(lived.study->n_tasks, tasks);
    for (size_t e = 0; e < 3; e++)
        for (size_t c = 0; c < 4; c++) assert_string_equal(table_cell(&lived.synergy, row_of(&lived, "interaction", TIMES[e]), NUMBERS[c]), "0");
    assert_true(table_number(&lived.synergy, row_of(&lived, "beyond_independent_action", "pfs"), "lower95") > 0); /* and yet longer than either */
    lived_end(&lived);
}

/* No row; a row that is not felt, not lived again; a row that multiplies by 1, lived again. */
static void where_nothing_interacts_the_interaction_is_exactly_0(void **state) {
    (void)state;
    assert_no_interaction(STUDY(""), 4);
    assert_no_interaction(STUDY(ROW("slope: 1, enabled: false")), 4);
    assert_no_interaction(STUDY(ROW("slope: 0")), 5);
}

static void the_interaction_is_the_difference_of_two_runs(void **state) {
    (void)state;
    lived_t whole, with, without;
    live(&whole, STUDY(ROW("slope: 2")));
    live(&with, STUDY(ROW("slope: 2")));
    live(&without, STUDY(ROW("slope: 2, enabled: false")));
    for (size_t e = 0; e < 3; e++) {
        sample_t on = sample_of(&with, "both", TIMES[e]), off = sample_of(&without, "both", TIMES[e]);
        size_t row = row_of(&whole, "interaction", TIMES[e]);
        double value = plain_mean(&on, HORIZON) - plain_mean(&off, HORIZON), error = table_number(&whole.synergy, row, "std_err");
        assert_true(value > 1);
        assert_near(table_number(&whole.synergy, row, "estimate"), value, "the interaction");
        if (strcmp(TIMES[e], "ttp")) assert_near(error, plain_error((const sample_t *const[]){&on, &off}, (const double[]){1, -1}, 2, HORIZON), "its error");
        assert_near(table_number(&whole.synergy, row, "lower95"), value - 1.959963984540054 * error, "its lower end");
        assert_near(table_number(&whole.synergy, row, "upper95"), value + 1.959963984540054 * error, "its upper end");
        assert_near(table_number(&whole.synergy, row, "horizon_days"), HORIZON, "the horizon");
    }
    lived_end(&whole);
    lived_end(&with);
    lived_end(&without);
}

static void independent_action_is_the_later_of_a_patients_times(void **state) {
    (void)state;
    lived_t lived;
    live(&lived, STUDY(ROW("slope: 2")));
    for (size_t e = 0; e < 3; e++) {
        sample_t a = sample_of(&lived, "drug", TIMES[e]), b = sample_of(&lived, "mwa", TIMES[e]), both = sample_of(&lived, "both", TIMES[e]), later = a;
        for (size_t i = 0; i < a.n; i++) {
            later.time[i] = a.time[i] > b.time[i] ? a.time[i] : b.time[i];
            later.event[i] = a.event[i] && b.event[i];
        }
        size_t row = row_of(&lived, "beyond_independent_action", TIMES[e]);
        assert_true(plain_mean(&later, HORIZON) > fmax(plain_mean(&a, HORIZON), plain_mean(&b, HORIZON)));
        assert_near(table_number(&lived.synergy, row, "estimate"), plain_mean(&both, HORIZON) - plain_mean(&later, HORIZON), "what is beyond independent action");
        if (strcmp(TIMES[e], "ttp"))
            assert_near(table_number(&lived.synergy, row, "std_err"), plain_error((const sample_t *const[]){&both, &later}, (const double[]){1, -1}, 2, HORIZON), "its error");
    }
    lived_end(&lived);
}

static double bliss(const sample_t *const *of, double t) { return plain_curve(of[3], t) - plain_curve(of[1], t) * plain_curve(of[2], t) / plain_curve(of[0], t); }

/* The last time with 50 untreated at risk and a curve of 0.1 or more before it. */
static double bliss_end(const sample_t *none) {
    double end = 0;
    for (size_t i = 0; i < none->n; i++) {
        size_t at_risk = 0;
        for (size_t j = 0; j < none->n; j++) at_risk += none->time[j] >= none->time[i];
        if (at_risk >= 50 && plain_curve(none, nextafter(none->time[i], 0)) >= 0.1) end = fmax(end, none->time[i]);
    }
    return fmin(end, HORIZON);
}

static void bliss_is_the_area_between_curves(void **state) {
    (void)state;
    lived_t lived;
    live(&lived, STUDY(ROW("slope: 2")));
    for (size_t e = 0; e < 3; e++) {
        sample_t of[4] = {sample_of(&lived, "none", TIMES[e]), sample_of(&lived, "drug", TIMES[e]), sample_of(&lived, "mwa", TIMES[e]), sample_of(&lived, "both", TIMES[e])};
        const sample_t *const four[4] = {&of[0], &of[1], &of[2], &of[3]};
        size_t row = row_of(&lived, "bliss_excess", TIMES[e]);
        double end = bliss_end(&of[0]);
        assert_true(end > 20 && end < HORIZON);
        assert_near(table_number(&lived.synergy, row, "horizon_days"), end, "the end of Bliss");
        assert_near(table_number(&lived.synergy, row, "estimate"), plain_area(four, 4, end, bliss), "Bliss");
    }
    lived_end(&lived);
}

/* ---- log kill --------------------------------------------------------------------------------------------------------------------------- */
#define RECORDS "record: {times: [0 d, 10 d, 30 d, 60 d], patients: 200}\n"
static const char *const FOUR[] = {"none", "drug", "mwa", "both"};

/* ln of cells of a patient in an arm at a record, from counts.csv: one type. */
static double log_cells(const lived_t *lived, const char *arm, const char *patient, const char *day) {
    size_t row = table_find(&lived->counts, (const char *const[]){arm, patient, day}, 3);
    return log(table_number(&lived->counts, row, "cells"));
}

typedef struct {
    double mean, error;
} excess_t;
static excess_t plain_excess(const lived_t *lived, const char *day) {
    double of[200], mean = 0, squares = 0;
    for (int i = 0; i < 200; i++) {
        char patient[16];
        snprintf(patient, sizeof patient, "%d", i + 1);
        double none = log_cells(lived, "none", patient, day);
        of[i] = (none - log_cells(lived, "both", patient, day)) - (none - log_cells(lived, "drug", patient, day)) - (none - log_cells(lived, "mwa", patient, day));
        mean += of[i] / 200;
    }
    for (int i = 0; i < 200; i++) squares += (of[i] - mean) * (of[i] - mean);
    return (excess_t){mean, sqrt(squares / (199 * 200.0))};
}

static char *large(const char *mechanisms) {
    static char text[4000];
    snprintf(text, sizeof text, "%s%s%s%s%s%s", TUMOUR("100000000"), TREATMENTS, mechanisms,
             "arms: {none: [], drug: [{give: drug, every: 24 h, from: 5 d}], mwa: [{do: mwa, at: 3 d}], both: [{as: mwa}, {give: drug, every: 24 h, from: 5 d}]}\n"
             "compare: {synergy: {none: none, a: drug, b: mwa, both: both}}\n",
             "cohort: {patients: 200, seed: 3, follow_up: 60 d, variability: {tumour.growth: {lognormal: {sigma: 0.3}}}}\n", RECORDS);
    return text;
}

static size_t kill_row(const lived_t *lived, const char *day) {
    for (size_t r = 0; r < lived->synergy.n_rows; r++)
        if (!strcmp(table_cell(&lived->synergy, r, "quantity"), "log_kill_excess") && !strcmp(table_cell(&lived->synergy, r, "horizon_days"), day)) return r;
    fail_msg("no log kill of day %s", day);
    return 0;
}

static void log_kill_is_what_the_counts_say(void **state) {
    (void)state;
    static const char *const DAYS[] = {"10", "30", "60"};
    lived_t lived;
    live(&lived, large(ROW("slope: 2")));
    for (size_t d = 0; d < 3; d++) {
        excess_t plain = plain_excess(&lived, DAYS[d]);
        size_t row = kill_row(&lived, DAYS[d]);
        assert_true(plain.mean > 0.01);
        assert_near(table_number(&lived.synergy, row, "estimate"), plain.mean, "the excess of log kill");
        assert_near(table_number(&lived.synergy, row, "std_err"), plain.error, "its error");
    }
    lived_end(&lived);
}

/* Of one type whose rates add, ln of the *mean* has no excess at all, patient by patient. The mean of the logs of single realisations is off by -1/2 of a squared
 * coefficient of variation, (b + d)/(b - d)/cells = 1e-7 here, under a thousandth of its standard error; three records at |z| < 4.4: false alarms below 4e-5. */
static void log_kill_of_one_type_has_no_excess_where_nothing_interacts(void **state) {
    (void)state;
    static const char *const DAYS[] = {"10", "30", "60"};
    lived_t lived;
    live(&lived, large(""));
    for (size_t d = 0; d < 3; d++) {
        size_t row = kill_row(&lived, DAYS[d]);
        double error = table_number(&lived.synergy, row, "std_err");
        assert_true(error > 0 && error < 1e-3); /* so that the 0.01 of an interaction would be seen */
        if (!(fabs(table_number(&lived.synergy, row, "estimate")) < 4.4 * error)) fail_msg("%s +- %g", table_cell(&lived.synergy, row, "estimate"), error);
    }
    lived_end(&lived);
}

/* ln of the mean burden of a patient's process at a day: one type, a timeline of rates and survival. */
static double log_mean(const rlp_process_t *p, double day) {
    double sum = 0;
    assert_int_equal(p->n_types, 1);
    for (size_t k = 0; k < p->n_segments && p->segments[k].start_days <= day; k++) {
        double end = k + 1 < p->n_segments && p->segments[k + 1].start_days < day ? p->segments[k + 1].start_days : day;
        if (p->segments[k].survive != RLP_NONE) sum += log(p->survive[p->segments[k].survive]);
        sum += (rlp_process_birth(p, p->segments[k].rates)[0] - rlp_process_death(p, p->segments[k].rates)[0]) * (end - p->segments[k].start_days);
    }
    return sum;
}

static double mean_excess(const rlp_study_t *study, uint64_t patient, double day) {
    static const double SIGN[] = {-1, 1, 1, -1};
    double excess = 0;
    for (size_t a = 0; a < 4; a++) {
        rlp_process_t process;
        assert_string_equal(rlp_study_arm_name(study, a), FOUR[a]);
        assert_int_equal(rlp_life_compile(&study->trial, study->tasks[a].arm, patient, &process), RLP_OK);
        excess += SIGN[a] * log_mean(&process, day);
        rlp_process_free(&process);
    }
    return excess;
}

static void the_log_of_means_has_no_excess_but_by_the_row(void **state) {
    (void)state;
    rlp_study_t *without = cohort_parse(large("")), *with = cohort_parse(large(ROW("slope: 2")));
    for (uint64_t patient = 1; patient <= 5; patient++)
        for (double day = 10; day <= 60; day += 25) {
            if (!(fabs(mean_excess(without, patient, day)) < 1e-12)) fail_msg("%g", mean_excess(without, patient, day));
            assert_true(mean_excess(with, patient, day) > 0.01);
        }
    rlp_study_free(without);
    rlp_study_free(with);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_nothing_interacts_the_interaction_is_exactly_0),
        cmocka_unit_test(the_interaction_is_the_difference_of_two_runs),
        cmocka_unit_test(independent_action_is_the_later_of_a_patients_times),
        cmocka_unit_test(bliss_is_the_area_between_curves),
        cmocka_unit_test(log_kill_is_what_the_counts_say),
        cmocka_unit_test(log_kill_of_one_type_has_no_excess_where_nothing_interacts),
        cmocka_unit_test(the_log_of_means_has_no_excess_but_by_the_row),
    };
    return cmocka_run_group_tests_name("synergy", tests, NULL, NULL);
}
