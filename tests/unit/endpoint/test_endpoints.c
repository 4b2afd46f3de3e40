/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every form of progression and death: read, watched at any instant, judged at visits. */
#include "exam.h"
#include "relapse/endpoint.h"

static const char *const NAMES[] = {"S", "R", "M"};

static rlp_parameters_t parameters; /* of the endpoints read last */

/* Read `endpoints:` over three types in `n_lesions` groups; the words of what is wrong, or NULL. */
static char *read_with(const char *text, const char *const *names, size_t n_lesions, rlp_endpoints_t *e) {
    rlp_document_t *document = NULL;
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    rlp_text_t words;
    assert_int_equal(rlp_document_parse("endpoints", text, strlen(text), wrong, &document), RLP_OK);
    assert_int_equal(rlp_diagnostics_errors(wrong), 0);
    assert_int_equal(rlp_endpoints_init(e, 3, n_lesions), RLP_OK);
    rlp_parameters_free(&parameters);
    assert_int_equal(rlp_endpoints_read(rlp_node_member(rlp_document_root(document), "endpoints"), names, &parameters, wrong, e), RLP_OK);
    rlp_text_init(&words);
    rlp_diagnostics_text(wrong, &words);
    char *out = rlp_diagnostics_errors(wrong) ? strdup(rlp_text_string(&words)) : NULL;
    rlp_text_free(&words);
    rlp_diagnostics_free(wrong);
    rlp_document_free(document);
    return out;
}

static void read_well(const char *text, size_t n_lesions, rlp_endpoints_t *e) {
    char *wrong = read_with(text, NAMES, n_lesions, e);
    if (wrong) fail_msg("%s", wrong);
}

static void refused(const char *text, const char *const *names, size_t n_lesions, const char *words) {
    rlp_endpoints_t e;
    char *wrong = read_with(text, names, n_lesions, &e);
    if (!wrong || !strstr(wrong, words)) fail_msg("'%s' is not refused with '%s' but: %s", text, words, wrong ? wrong : "nothing");
    free(wrong);
    rlp_endpoints_free(&e);
}

/* A patient of three types with what stands in cells[] and dead[]. */
typedef struct {
    rlp_process_t process;
    rlp_state_t state;
    rlp_endpoints_t endpoints;
    rlp_scans_t scans;
    rlp_look_t look; /* of the last visit */
} bed_t;

static void bed_open(bed_t *bed, const char *endpoints, size_t n_lesions) {
    exam_process("process: {types: {S: {cells: 0, birth: 0, death: 0}, R: {cells: 0, birth: 0, death: 0}, M: {cells: 0, birth: 0, death: 0}}, necrosis: {clearance: 0.1 /d}}", &bed->process);
    assert_int_equal(rlp_state_init(&bed->state, &bed->process), RLP_OK);
    read_well(endpoints, n_lesions, &bed->endpoints);
    for (size_t g = 0; g < n_lesions; g++) /* S and R are the core; M, where there are two groups, the micrometastases */
        for (size_t i = 0; i < 3; i++) bed->endpoints.lesions[g].of[i] = n_lesions == 1 || (g == 0 ? i < 2 : i == 2);
    assert_int_equal(rlp_scans_init(&bed->scans, &bed->endpoints), RLP_OK);
}

static void bed_close(bed_t *bed) {
    rlp_scans_free(&bed->scans);
    rlp_scans_free(&bed->scans);
    rlp_endpoints_free(&bed->endpoints);
    rlp_state_free(&bed->state);
    rlp_process_free(&bed->process);
}

static void cells(bed_t *bed, double day, double s, double r, double m) {
    bed->state.t_days = day;
    bed->state.cells[0] = (int64_t)llround(s);
    bed->state.cells[1] = (int64_t)llround(r);
    bed->state.cells[2] = (int64_t)llround(m);
}

static void baseline(bed_t *bed, double s, double r, double m) {
    cells(bed, 0, s, r, m);
    rlp_scans_baseline(&bed->scans, &bed->state, &bed->process);
}

static rlp_reason_t visit(bed_t *bed, double day, double s, double r, double m) {
    cells(bed, day, s, r, m);
    return rlp_scans_visit(&bed->scans, &bed->state, &bed->process, &bed->look);
}

static double mm(double diameter) { return rlp_sphere_cells(diameter, 1e6); }

static void burden_at_visits(void **state) {
    bed_t bed;
    rlp_watch_t watch;
    (void)state;
    bed_open(&bed, "endpoints: {progression: {burden: 1000, of: [R, M], every: 28 d}}", 1);
    assert_true(bed.endpoints.progression.every_days == 28 && !rlp_endpoint_watch_progression(&bed.endpoints, &watch) && !rlp_endpoint_watch_death(&bed.endpoints, &watch));
    baseline(&bed, 5000, 10, 0);
    assert_int_equal(visit(&bed, 28, 1e9, 600, 399), RLP_REASON_NONE);
    assert_int_equal(visit(&bed, 56, 0, 600, 400), RLP_REASON_BURDEN);
    bed_close(&bed);
}

static void burden_at_any_instant(void **state) {
    rlp_endpoints_t e;
    rlp_watch_t watch;
    (void)state;
    read_well("endpoints: {progression: {burden: 1000, of: [R]}, death: {size: 1.0e12}}", 1, &e);
    assert_true(rlp_endpoint_watch_progression(&e, &watch) && watch.rule == RLP_WATCH_LEVEL && watch.level == 1000 && !watch.with_dead);
    assert_true(!watch.of[0] && watch.of[1] && !watch.of[2]);
    assert_true(rlp_endpoint_watch_death(&e, &watch) && watch.rule == RLP_WATCH_LEVEL && watch.level == 1e12 && watch.with_dead && watch.of[0] && watch.of[2]);
    rlp_endpoints_free(&e);
}

/* over the start and the visits: what a scan saw */
static void relative_over_the_nadir_of_scans(void **state) {
    bed_t bed;
    (void)state;
    bed_open(&bed, "endpoints: {progression: {relative_to_nadir: 1.5, minimum: 500, every: 10 d}}", 1);
    baseline(&bed, 1000, 0, 0);
    assert_int_equal(visit(&bed, 10, 1499, 0, 0), RLP_REASON_NONE);
    assert_int_equal(visit(&bed, 20, 100, 0, 0), RLP_REASON_NONE);
    assert_int_equal(visit(&bed, 30, 300, 0, 0), RLP_REASON_NONE); /* 3 x the nadir, but below the minimum */
    assert_int_equal(visit(&bed, 40, 250, 249, 0), RLP_REASON_NONE);
    assert_int_equal(visit(&bed, 50, 250, 250, 0), RLP_REASON_GROWTH);
    baseline(&bed, 1000, 0, 0); /* the next patient starts anew */
    assert_int_equal(visit(&bed, 10, 1400, 0, 0), RLP_REASON_NONE);
    assert_int_equal(visit(&bed, 20, 1500, 0, 0), RLP_REASON_GROWTH);
    bed_close(&bed);
}

static void relative_to_the_start_where_it_is_the_nadir(void **state) {
    bed_t bed;
    (void)state;
    bed_open(&bed, "endpoints: {progression: {relative_to_nadir: 1.2, every: 10 d}}", 1);
    baseline(&bed, 1000, 0, 0);
    assert_int_equal(visit(&bed, 10, 1200, 0, 0), RLP_REASON_GROWTH);
    bed_close(&bed);
}

static void size_counts_the_dead(void **state) {
    bed_t bed;
    (void)state;
    bed_open(&bed, "endpoints: {progression: {relative_to_nadir: 1.5, measure: size, every: 10 d}}", 1);
    baseline(&bed, 1000, 0, 0);
    bed.state.dead[0] = 900; /* day 0: 900 of 1000 died; their tissue clears at 0.1 a day */
    bed.state.dead_days = 0;
    assert_int_equal(visit(&bed, 10, 100, 0, 0), RLP_REASON_NONE); /* 100 + 331 */
    assert_true(fabs(bed.scans.watch.nadir - (100 + 900 * exp(-1))) < 1e-9);
    assert_int_equal(visit(&bed, 20, 400, 0, 0), RLP_REASON_NONE); /* 4 times the viable nadir, 522 in size */
    assert_int_equal(visit(&bed, 30, 700, 0, 0), RLP_REASON_GROWTH);
    bed_close(&bed);
}

/* Baseline 100 mm, nadir 20 mm: 1.2 x is 24, + 5 mm is 25. */
static void recist_needs_both(void **state) {
    bed_t bed;
    (void)state;
    bed_open(&bed, "endpoints: {progression: {rule: recist, every: 56 d}}", 1);
    baseline(&bed, mm(100), 0, 0);
    assert_true(fabs(bed.scans.baseline_mm - 100) < 1e-6);
    assert_int_equal(visit(&bed, 56, mm(119.9), 0, 0), RLP_REASON_NONE); /* + 19.9 mm, not a fifth */
    assert_int_equal(visit(&bed, 112, mm(20), 0, 0), RLP_REASON_NONE);
    assert_true(fabs(bed.scans.nadir_mm - 20) < 1e-6);
    assert_int_equal(visit(&bed, 168, mm(24.9), 0, 0), RLP_REASON_NONE); /* a fifth, not 5 mm */
    assert_int_equal(visit(&bed, 224, mm(25.01), 0, 0), RLP_REASON_GROWTH);
    baseline(&bed, mm(100), 0, 0);
    assert_int_equal(visit(&bed, 56, mm(120.001), 0, 0), RLP_REASON_GROWTH);
    bed_close(&bed);
}

static void recist_at_any_instant_is_a_sphere(void **state) {
    rlp_endpoints_t e;
    rlp_watch_t watch;
    (void)state;
    read_well("endpoints: {progression: {rule: recist, measure: size, cells_per_cm3: 2.0e8}}", 1, &e);
    assert_true(rlp_endpoint_watch_progression(&e, &watch) && watch.rule == RLP_WATCH_SPHERE && watch.with_dead && watch.cells_per_mm3 == 2e5);
    rlp_watch_start(&watch, rlp_sphere_cells(50, 2e5));
    assert_true(fabs(rlp_sphere_diameter_mm(watch.threshold, 2e5) - 60) < 1e-9);
    rlp_endpoints_free(&e);
}

static void equal_spheres_share_the_cells_of_a_group(void **state) {
    bed_t bed;
    (void)state;
    bed_open(&bed, "endpoints: {progression: {rule: recist, every: 56 d}}", 2);
    bed.endpoints.lesions[1].lesions = 4;
    cells(&bed, 0, mm(30) / 2, mm(30) / 2, 4 * mm(10));
    assert_true(fabs(rlp_lesions_diameter_mm(&bed.endpoints, 0, &bed.state, &bed.process) - 30) < 1e-5);
    assert_true(fabs(rlp_lesions_diameter_mm(&bed.endpoints, 1, &bed.state, &bed.process) - 40) < 1e-5);
    rlp_scans_baseline(&bed.scans, &bed.state, &bed.process);
    assert_true(fabs(bed.scans.nadir_mm - 70) < 1e-4);
    bed_close(&bed);
}

/* A group that was below `visible` at baseline and reaches it is new, whatever the sum; one that was seen and shrank below is not new again and counts on. */
static void new_lesions_are_new_once(void **state) {
    bed_t bed;
    (void)state;
    bed_open(&bed, "endpoints: {progression: {rule: recist, visible: 10 mm, every: 56 d}}", 2);
    bed.endpoints.lesions[1].lesions = 2;
    baseline(&bed, mm(50), 0, 2 * mm(9.99));
    assert_true(fabs(bed.scans.baseline_mm - 50) < 1e-6); /* what is not seen does not count */
    assert_int_equal(visit(&bed, 56, mm(20), 0, 2 * mm(9.99)), RLP_REASON_NONE);
    assert_int_equal(visit(&bed, 112, mm(20), 0, 2 * mm(10.01)), RLP_REASON_NEW_LESION);
    baseline(&bed, mm(50), 0, 2 * mm(10.01));
    assert_true(fabs(bed.scans.baseline_mm - 70.02) < 1e-5);
    assert_int_equal(visit(&bed, 56, mm(50), 0, 2 * mm(2)), RLP_REASON_NONE);
    assert_true(fabs(bed.scans.nadir_mm - 54) < 1e-5);
    assert_int_equal(visit(&bed, 112, mm(50), 0, 2 * mm(7)), RLP_REASON_NONE);   /* 64 of 64.8 */
    assert_int_equal(visit(&bed, 168, mm(50), 0, 2 * mm(7.5)), RLP_REASON_GROWTH); /* 65: growth, not a new lesion */
    bed_close(&bed);
}

/* `of:` takes cells out of the lesions that a scan measures. */
static void lesions_count_only_what_of_names(void **state) {
    bed_t bed;
    (void)state;
    bed_open(&bed, "endpoints: {progression: {rule: recist, of: [R], every: 56 d}}", 1);
    cells(&bed, 0, mm(80), mm(10), mm(50));
    assert_true(fabs(rlp_lesions_diameter_mm(&bed.endpoints, 0, &bed.state, &bed.process) - 10) < 1e-5);
    bed_close(&bed);
}

static void extinct_is_no_relapse(void **state) {
    static const char *const FORMS[] = {"endpoints: {progression: {relative_to_nadir: 1, every: 10 d}}", "endpoints: {progression: {relative_to_nadir: 1.5, every: 10 d}}",
                                        "endpoints: {progression: {rule: recist, every: 10 d}}", "endpoints: {progression: {burden: 1, every: 10 d}}"};
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        bed_t bed;
        bed_open(&bed, FORMS[k], 1);
        baseline(&bed, mm(30), 0, 0);
        assert_int_equal(visit(&bed, 10, 0, 0, 0), RLP_REASON_NONE);
        assert_int_equal(visit(&bed, 20, 0, 0, 0), RLP_REASON_NONE);
        assert_int_equal(visit(&bed, 30, 0, 0, 0), RLP_REASON_NONE);
        bed_close(&bed);
    }
}

static void without_progression_no_scan_tells_anything(void **state) {
    bed_t bed;
    rlp_watch_t watch;
    (void)state;
    bed_open(&bed, "endpoints: {death: {hazard: 1.0e-3 /d}}", 1);
    baseline(&bed, 10, 0, 0);
    assert_int_equal(visit(&bed, 10, 1e15, 0, 0), RLP_REASON_NONE);
    assert_true(!rlp_endpoint_watch_progression(&bed.endpoints, &watch) && !rlp_endpoint_watch_death(&bed.endpoints, &watch));
    assert_true(bed.endpoints.death.hazard_per_day == 1e-3);
    bed_close(&bed);
}

/* One look at a visit, by hand: response, sum and change to a thousandth. */
static void looks(const bed_t *bed, rlp_response_t response, double diameter_mm, double change_percent) {
    assert_string_equal(rlp_response_name(bed->look.response), rlp_response_name(response));
    if (fabs(bed->look.diameter_mm - diameter_mm) > 1e-3) fail_msg("%g mm, not %g", bed->look.diameter_mm, diameter_mm);
    if (isnan(change_percent) ? !isnan(bed->look.change_percent) : !(fabs(bed->look.change_percent - change_percent) <= 1e-3))
        fail_msg("change of %g %%, not %g", bed->look.change_percent, change_percent);
}

/* Baseline 50 + 2 x 20 = 90 mm, `visible` 10 mm. PR from 63 mm on; CR where each lesion is below 10 mm, though they sum to 27 mm. */
static void responses_by_recist(void **state) {
    bed_t bed;
    (void)state;
    bed_open(&bed, "endpoints: {progression: {rule: recist, visible: 10 mm, every: 56 d}}", 2);
    bed.endpoints.lesions[1].lesions = 2;
    baseline(&bed, mm(50), 0, 2 * mm(20));
    assert_true(bed.scans.best_response == RLP_RESPONSE_NE && isnan(bed.scans.best_change_percent));
    visit(&bed, 56, mm(40), 0, 2 * mm(12));
    looks(&bed, RLP_RESPONSE_SD, 64, 100 * (64 / 90.0 - 1));
    visit(&bed, 112, mm(38.99), 0, 2 * mm(12));
    looks(&bed, RLP_RESPONSE_PR, 62.99, 100 * (62.99 / 90 - 1));
    visit(&bed, 168, mm(9.9), 0, 2 * mm(9));
    looks(&bed, RLP_RESPONSE_CR, 27.9, -69);
    visit(&bed, 224, mm(10.1), 0, 2 * mm(9));
    looks(&bed, RLP_RESPONSE_PR, 28.1, 100 * (28.1 / 90 - 1));
    assert_int_equal(visit(&bed, 280, mm(30), 0, 2 * mm(9)), RLP_REASON_GROWTH); /* against the nadir of 27.9 */
    looks(&bed, RLP_RESPONSE_PD, 48, 100 * (48 / 90.0 - 1));
    assert_int_equal(visit(&bed, 336, mm(1), 0, 0), RLP_REASON_NONE); /* progression is told once, and what shrinks later stays progressed */
    looks(&bed, RLP_RESPONSE_PD, 1, 100 * (1 / 90.0 - 1));
    assert_int_equal(bed.scans.best_response, RLP_RESPONSE_CR);
    assert_true(fabs(bed.scans.best_change_percent + 69) < 1e-3); /* up to progression, not of day 336 */
    bed_close(&bed);
}

static void a_new_lesion_is_progression_however_small_the_sum(void **state) {
    bed_t bed;
    (void)state;
    bed_open(&bed, "endpoints: {progression: {rule: recist, visible: 10 mm, every: 56 d}}", 2);
    baseline(&bed, mm(50), 0, mm(5));
    assert_int_equal(visit(&bed, 56, mm(20), 0, mm(10.01)), RLP_REASON_NEW_LESION);
    looks(&bed, RLP_RESPONSE_PD, 30.01, 100 * (30.01 / 50 - 1));
    assert_int_equal(bed.scans.best_response, RLP_RESPONSE_PD);
    bed_close(&bed);
}

/* Without `visible` a complete response leaves nothing; dead tissue counts in size. */
static void complete_without_visible_leaves_nothing(void **state) {
    bed_t bed;
    (void)state;
    bed_open(&bed, "endpoints: {progression: {rule: recist, measure: size, every: 10 d}}", 1);
    baseline(&bed, mm(50), 0, 0);
    bed.state.dead[0] = mm(30) * exp(1); /* clears at 0.1 a day */
    bed.state.dead_days = 0;
    visit(&bed, 10, 0, 0, 0);
    looks(&bed, RLP_RESPONSE_PR, 30, -40);
    bed.state.dead[0] = 0;
    visit(&bed, 20, 0, 0, 0);
    looks(&bed, RLP_RESPONSE_CR, 0, -100);
    bed_close(&bed);
}

static void nothing_seen_at_baseline_is_not_evaluated(void **state) {
    bed_t bed;
    (void)state;
    bed_open(&bed, "endpoints: {progression: {rule: recist, visible: 10 mm, every: 10 d}}", 1);
    baseline(&bed, mm(9), 0, 0);
    visit(&bed, 10, mm(1), 0, 0);
    looks(&bed, RLP_RESPONSE_NE, 0, NAN);
    visit(&bed, 20, mm(11), 0, 0);
    looks(&bed, RLP_RESPONSE_PD, 11, NAN);
    assert_true(bed.scans.best_response == RLP_RESPONSE_PD && isnan(bed.scans.best_change_percent));
    bed_close(&bed);
}

/* Of the other forms progression is PD, diameters are of the measure. */
static void every_form_has_responses(void **state) {
    bed_t bed;
    (void)state;
    bed_open(&bed, "endpoints: {progression: {burden: 5.0e9, every: 10 d}}", 1);
    baseline(&bed, mm(20), 0, 0);
    visit(&bed, 10, mm(13.9), 0, 0);
    looks(&bed, RLP_RESPONSE_PR, 13.9, -30.5);
    assert_int_equal(visit(&bed, 20, 5e9, 0, 0), RLP_REASON_BURDEN);
    looks(&bed, RLP_RESPONSE_PD, cbrt(3e4 / M_PI), 100 * (cbrt(3e4 / M_PI) / 20 - 1));
    bed_close(&bed);
    bed_open(&bed, "endpoints: {progression: {relative_to_nadir: 1.1, every: 10 d}}", 1);
    baseline(&bed, mm(20), 0, 0);
    visit(&bed, 10, mm(20.5), 0, 0); /* 1.077 of the cells */
    looks(&bed, RLP_RESPONSE_SD, 20.5, 2.5);
    visit(&bed, 20, mm(21), 0, 0);
    looks(&bed, RLP_RESPONSE_PD, 21, 5);
    bed_close(&bed);
}

/* mrecist sees the living alone: 40 of 50 mm died, and recist on size sees none of it. */
static void mrecist_is_recist_on_viable_tissue(void **state) {
    static const char *const RULES[] = {"endpoints: {progression: {rule: mrecist, every: 10 d}}", "endpoints: {progression: {rule: recist, measure: size, every: 10 d}}",
                                        "endpoints: {progression: {rule: mrecist, measure: viable, every: 10 d}}"};
    (void)state;
    for (int k = 0; k < 3; k++) {
        bed_t bed;
        bed_open(&bed, RULES[k], 1);
        baseline(&bed, mm(50), 0, 0);
        bed.state.dead[0] = (mm(50) - mm(20)) * exp(1);
        bed.state.dead_days = 0;
        visit(&bed, 10, mm(20), 0, 0);
        looks(&bed, k == 1 ? RLP_RESPONSE_SD : RLP_RESPONSE_PR, k == 1 ? 50 : 20, k == 1 ? 0 : -60);
        bed_close(&bed);
    }
}

/* The rule of an arm makes the progression; PD by size comes and goes until then. */
static void untreatable_is_not_for_scans_to_say(void **state) {
    static const char *const FORMS[] = {"endpoints: {progression: {measure: untreatable, every: 28 d, visible: 1 mm}}", "endpoints: {progression: {rule: recist, measure: untreatable, every: 28 d}}",
                                        "endpoints: {progression: {rule: mrecist, measure: untreatable, every: 28 d}}"};
    (void)state;
    for (int k = 0; k < 3; k++) {
        bed_t bed;
        rlp_watch_t watch;
        exam_process("process: {types: {S: {cells: 0, birth: 0, death: 0}, R: {cells: 0, birth: 0, death: 0}, M: {cells: 0, birth: 0, death: 0}}}", &bed.process);
        assert_int_equal(rlp_state_init(&bed.state, &bed.process), RLP_OK);
        char *wrong = read_with(FORMS[k], NULL, 1, &bed.endpoints);
        if (wrong) fail_msg("%s", wrong);
        memset(bed.endpoints.lesions[0].of, 1, 3);
        assert_int_equal(bed.endpoints.progression.measure, RLP_MEASURE_UNTREATABLE);
        assert_int_equal(bed.endpoints.progression.diameters, k == 2 ? RLP_MEASURE_VIABLE : RLP_MEASURE_SIZE);
        assert_false(rlp_endpoint_watch_progression(&bed.endpoints, &watch));
        assert_int_equal(rlp_scans_init(&bed.scans, &bed.endpoints), RLP_OK);
        baseline(&bed, mm(50), 0, 0);
        assert_int_equal(visit(&bed, 28, mm(60.1), 0, 0), RLP_REASON_NONE);
        looks(&bed, RLP_RESPONSE_PD, 60.1, 20.2);
        assert_int_equal(visit(&bed, 56, mm(30), 0, 0), RLP_REASON_NONE);
        looks(&bed, RLP_RESPONSE_PR, 30, -40);
        rlp_scans_progressed(&bed.scans, &bed.state, &bed.process);
        assert_int_equal(visit(&bed, 84, mm(20), 0, 0), RLP_REASON_NONE);
        looks(&bed, RLP_RESPONSE_PD, 20, -60);
        assert_int_equal(bed.scans.best_response, RLP_RESPONSE_PR);
        bed_close(&bed);
    }
}

#define SECOND "second_progression: {after: progression, rule: recist, every: 56 d, visible: 10 mm}"
/* First by the burden, at 60 mm; from there the second has its own baseline, nadir and lesions. */
static void a_second_progression_begins_at_the_first(void **state) {
    bed_t bed;
    (void)state;
    bed_open(&bed, "endpoints: {progression: {rule: recist, every: 56 d}, " SECOND "}", 2);
    baseline(&bed, mm(50), 0, mm(9));
    assert_int_equal(visit(&bed, 56, mm(62), 0, mm(9)), RLP_REASON_GROWTH); /* 59 -> 71 */
    assert_int_equal(bed.look.second, RLP_REASON_NONE);
    looks(&bed, RLP_RESPONSE_PD, 71, 100 * (71 / 59.0 - 1));
    assert_int_equal(visit(&bed, 112, mm(40), 0, mm(9)), RLP_REASON_NONE); /* baseline 62: the 9 mm are not seen by this rule */
    looks(&bed, RLP_RESPONSE_PR, 40, 100 * (40 / 62.0 - 1));
    assert_int_equal(visit(&bed, 168, mm(47.9), 0, mm(9)), RLP_REASON_NONE);
    assert_int_equal(bed.look.second, RLP_REASON_NONE); /* 1.1975 x 40 */
    looks(&bed, RLP_RESPONSE_SD, 47.9, 100 * (47.9 / 62 - 1));
    assert_int_equal(visit(&bed, 224, mm(40), 0, mm(10.01)), RLP_REASON_NONE);
    assert_int_equal(bed.look.second, RLP_REASON_NEW_LESION);
    assert_int_equal(bed.look.response, RLP_RESPONSE_PD);
    visit(&bed, 280, mm(70), 0, mm(70));
    assert_int_equal(bed.look.second, RLP_REASON_NONE); /* once */
    assert_int_equal(bed.look.response, RLP_RESPONSE_PD);
    assert_int_equal(bed.scans.best_response, RLP_RESPONSE_PD); /* of the first line alone */
    baseline(&bed, mm(50), 0, mm(9)); /* the next patient */
    assert_int_equal(visit(&bed, 56, mm(50), 0, mm(9)), RLP_REASON_NONE);
    looks(&bed, RLP_RESPONSE_SD, 59, 0);
    bed_close(&bed);
}

/* The same visit may not be both: the second begins with the state of the first's. */
static void a_second_progression_needs_a_visit_of_its_own(void **state) {
    bed_t bed;
    (void)state;
    bed_open(&bed, "endpoints: {progression: {burden: 1.0e6, every: 56 d}, " SECOND "}", 1);
    baseline(&bed, mm(50), 0, 0);
    assert_int_equal(visit(&bed, 56, mm(50), 0, 0), RLP_REASON_BURDEN);
    assert_int_equal(bed.look.second, RLP_REASON_NONE);
    visit(&bed, 112, mm(60.1), 0, 0);
    assert_int_equal(bed.look.second, RLP_REASON_GROWTH);
    bed_close(&bed);
}

static void a_group_tells_its_living_and_its_dead(void **state) {
    bed_t bed;
    rlp_group_t told;
    (void)state;
    bed_open(&bed, "endpoints: {progression: {rule: recist, measure: size, of: [R, M], every: 56 d}}", 2);
    cells(&bed, 10, 1000, mm(10), 500);
    bed.state.dead[1] = (mm(20) - mm(10)) * exp(1);
    bed.state.dead_days = 0;
    rlp_lesions_tell(&bed.endpoints, 0, &bed.state, &bed.process, &told);
    assert_true(told.viable_cells == 1000 + (double)llround(mm(10)));
    assert_true(fabs(told.size_cells / (1000 + mm(20)) - 1) < 1e-9);
    assert_true(fabs(told.diameter_mm - 20) < 1e-6); /* S is not of it */
    rlp_lesions_tell(&bed.endpoints, 1, &bed.state, &bed.process, &told);
    assert_true(told.viable_cells == 500 && told.size_cells == 500);
    bed_close(&bed);
}

static void what_is_wrong_with_rules_is_said(void **state) {
    (void)state;
    refused("endpoints: {progression: {rule: mrecist, measure: size, every: 5 d}}", NAMES, 1, "mrecist measures viable tissue");
    refused("endpoints: {progression: {measure: untreatable, every: 5 d}}", NAMES, 1, "the process floor has no rules");
    refused("endpoints: {progression: {measure: untreatable}}", NULL, 1, "judged at visits");
    refused("endpoints: {progression: {measure: untreatable, every: 5 d, burden: 5}}", NULL, 1, "a rule of the arm decides");
    refused("endpoints: {progression: {measure: untreatable, every: 5 d, relative_to_nadir: 5}}", NULL, 1, "a rule of the arm decides");
    refused("endpoints: {" SECOND "}", NAMES, 1, "comes after a first one");
    refused("endpoints: {progression: {burden: 5}, " SECOND "}", NAMES, 1, "say the same here");
    refused("endpoints: {progression: {burden: 5, every: 28 d}, " SECOND "}", NAMES, 1, "every 28 d");
    refused("endpoints: {progression: {burden: 5}, second_progression: {after: progression, rule: recist, every: 0 d}}", NAMES, 1, "above 0 d");
    refused("endpoints: {progression: {burden: 5, every: 5 d}, second_progression: {rule: recist, every: 5 d}}", NAMES, 1, "after");
    refused("endpoints: {progression: {burden: 5, every: 5 d}, second_progression: {after: progression, every: 5 d}}", NAMES, 1, "rule");
    refused("endpoints: {progression: {burden: 5, every: 5 d}, second_progression: {after: progression, rule: mrecist, measure: size, every: 5 d}}", NAMES, 1, "viable tissue");
}

static void what_is_wrong_is_said(void **state) {
    (void)state;
    refused("endpoints: {progression: {burden: 5, rule: recist, every: 5 d}}", NAMES, 1, "exactly one of");
    refused("endpoints: {progression: {every: 5 d}}", NAMES, 1, "exactly one of");
    refused("endpoints: {progression: {burden: 0}}", NAMES, 1, "above 0 cells");
    refused("endpoints: {progression: {burden: 5, minimum: 3}}", NAMES, 1, "goes with `relative_to_nadir:`");
    refused("endpoints: {progression: {burden: 5, visible: 3 mm}}", NAMES, 1, "goes with `rule: recist`");
    refused("endpoints: {progression: {relative_to_nadir: 0.9}}", NAMES, 1, "relative_to_nadir");
    refused("endpoints: {progression: {burden: 5, of: [Q]}}", NAMES, 1, "no type is named 'Q'");
    refused("endpoints: {progression: {burden: 5, of: []}}", NAMES, 1, "at least one type");
    refused("endpoints: {progression: {burden: 5, of: [S]}}", NULL, 1, "on the tumour floor every site and type counts");
    refused("endpoints: {progression: {rule: recist}}", NAMES, 2, "judged at visits");
    refused("endpoints: {progression: {rule: recist, visible: 5 mm}}", NAMES, 1, "found at visits");
    refused("endpoints: {progression: {burden: 5, every: -1 d}}", NAMES, 1, "every");
    refused("endpoints: {death: {}}", NAMES, 1, "needs a burden");
    refused("endpoints: {death: {viable: 5, size: 6}}", NAMES, 1, "one burden");
    refused("endpoints: {death: {hazard: 1}, progresion: {burden: 5}}", NAMES, 1, "progression");
}

static void reasons_have_words(void **state) {
    (void)state;
    assert_string_equal(rlp_reason_name(RLP_REASON_NONE), "");
    assert_string_equal(rlp_reason_name(RLP_REASON_BURDEN), "burden");
    assert_string_equal(rlp_reason_name(RLP_REASON_GROWTH), "growth");
    assert_string_equal(rlp_reason_name(RLP_REASON_NEW_LESION), "new lesion");
    assert_string_equal(rlp_reason_name(RLP_REASON_UNTREATABLE), "untreatable");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(burden_at_visits),
        cmocka_unit_test(burden_at_any_instant),
        cmocka_unit_test(relative_over_the_nadir_of_scans),
        cmocka_unit_test(relative_to_the_start_where_it_is_the_nadir),
        cmocka_unit_test(size_counts_the_dead),
        cmocka_unit_test(recist_needs_both),
        cmocka_unit_test(recist_at_any_instant_is_a_sphere),
        cmocka_unit_test(equal_spheres_share_the_cells_of_a_group),
        cmocka_unit_test(new_lesions_are_new_once),
        cmocka_unit_test(lesions_count_only_what_of_names),
        cmocka_unit_test(extinct_is_no_relapse),
        cmocka_unit_test(without_progression_no_scan_tells_anything),
        cmocka_unit_test(responses_by_recist),
        cmocka_unit_test(a_new_lesion_is_progression_however_small_the_sum),
        cmocka_unit_test(complete_without_visible_leaves_nothing),
        cmocka_unit_test(nothing_seen_at_baseline_is_not_evaluated),
        cmocka_unit_test(every_form_has_responses),
        cmocka_unit_test(mrecist_is_recist_on_viable_tissue),
        cmocka_unit_test(untreatable_is_not_for_scans_to_say),
        cmocka_unit_test(a_second_progression_begins_at_the_first),
        cmocka_unit_test(a_second_progression_needs_a_visit_of_its_own),
        cmocka_unit_test(a_group_tells_its_living_and_its_dead),
        cmocka_unit_test(what_is_wrong_with_rules_is_said),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(reasons_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
