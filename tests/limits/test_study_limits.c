/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Analytic limits through the whole pipe: input text -> study -> blocks -> outcomes and moments, for each engine.
 *
 * False alarms: below 1e-7 for this program (judge.h). Power: at 20 000 patients a probability near 1/2 that is off by 2.5 % and a mean off by half a standard
 * deviation in ten show; two-type means to 1 %. Values in comments are of the analytic notes (L numbers). */
#define JUDGE_DECISIONS 400
#include "cohort.h"
#include "exam.h"
#include "laws.h"

static double bias_of(const char *engine) { return rlp_engine_find(engine)->exact ? 0 : EXAM_ERROR; }

static void run(cohort_t *c, const char *engine, const char *rest) {
    char text[4000];
    snprintf(text, sizeof text, "%s\nengine: {name: %s, error: %g}\n", rest, engine, EXAM_ERROR);
    cohort_run(c, text);
    for (size_t k = 0; k < c->n_arms * c->patients; k++) assert_int_equal(c->outcomes[k].failed, 0);
}

static void judge_counts(const char *what, const cohort_t *c, size_t record, moebius_t map, unsigned founders, double bias) {
    static double p[600];
    static int64_t values[20000];
    const rlp_moments_t *sample = cohort_moments(c, 0, record, 0);
    double alpha = moebius_extinct(map), ratio = moebius_ratio(map), mean = (1 - alpha) / (1 - ratio);
    moebius_law(map, founders, p, 600);
    for (uint64_t k = 0; k < c->patients; k++) values[k] = cohort_counts(c, 0, k + 1, record)[0];
    judge_law(what, values, c->patients, p, 600, bias);
    assert_int_equal(sample->n, c->patients); /* extinct patients stay in */
    judge_share(what, sample->extinct, sample->n, p[0], bias);
    judge_moments_t law = {.mean = founders * mean, .variance = founders * mean * (alpha + ratio) / (1 - ratio)};
    double centred[2] = {0};
    for (size_t k = 0; k < 600; k++) {
        double x = ((double)k - law.mean) / sqrt(law.variance);
        centred[0] += p[k] * x * x * x;
        centred[1] += p[k] * x * x * x * x;
    }
    law.skewness = centred[0];
    law.excess = centred[1] - 3;
    judge_mean(what, sample, &law, bias);
    judge_variance(what, sample, &law, bias);
}

static void pure_birth(void **state) {
    cohort_t c;
    run(&c, *state,
        "process: {types: {S: {cells: 1, birth: 0.3 /d, death: 0 /d}}}\ncohort: {patients: 20000, seed: 1, follow_up: 10 d}\nrecord: {times: [10 d], patients: 20000}");
    judge_counts("L01", &c, 0, moebius_growth(0.3, 0, 10), 1, bias_of(*state));
    cohort_free(&c);
}

static void extinction(void **state) {
    static const double DAYS[] = {5, 10, 20, 40};
    cohort_t c;
    uint64_t cured = 0;
    run(&c, *state,
        "process: {types: {S: {cells: 3, birth: 0.3 /d, death: 0.2 /d}}}\ncohort: {patients: 20000, seed: 2, follow_up: 40 d}\n"
        "record: {times: [5 d, 10 d, 20 d, 40 d], patients: 20000}");
    for (size_t r = 0; r < 4; r++) { /* 0.0854070515057, 0.174069112442, 0.25436966836, 0.290836243323 */
        const rlp_moments_t *m = cohort_moments(&c, 0, r, 0);
        judge_share("L06", m->extinct, m->n, pow(moebius_extinct(moebius_growth(0.3, 0.2, DAYS[r])), 3), bias_of(*state));
    }
    for (uint64_t k = 1; k <= c.patients; k++) cured += cohort_outcome(&c, 0, k)->cured;
    assert_int_equal(cured, cohort_moments(&c, 0, 3, 0)->extinct);
    judge_counts("L02", &c, 1, moebius_growth(0.3, 0.2, 10), 3, bias_of(*state));
    cohort_free(&c);
}

static void bottleneck(void **state) {
    cohort_t c;
    run(&c, *state,
        "process: {types: {S: {cells: 10, birth: 0.3 /d, death: 0.1 /d}}}\narms: {all: {timeline: [{at: 5 d, survive: {S: 5 %}}]}}\n"
        "cohort: {patients: 20000, seed: 3, follow_up: 15 d}\nrecord: {times: [15 d], patients: 20000}");
    judge_counts("L11", &c, 0, moebius_then(moebius_then(moebius_growth(0.3, 0.1, 5), moebius_thin(0.05)), moebius_growth(0.3, 0.1, 10)), 10, bias_of(*state));
    cohort_free(&c);
}

/* L21a in small; the law comes from the process that the same text gives. */
static void two_types(void **state) {
    static const char TEXT[] =
        "process: {types: {S: {cells: 1000, birth: 0.14 /d, death: 0.13 /d}, R: {cells: 0, birth: 0.14 /d, death: 0.1 /d}}, channels: [\n"
        "  {kind: mutation, from: S, to: R, probability: 1.0e-3}, {kind: mutation, from: S, to: R, rate: 1.0e-4 /d}, {kind: switch, from: R, to: S, rate: 1.0e-3 /d},\n"
        "  {kind: immigration, to: S, rate: 2 /d}]}\narms: {all: {timeline: [{at: 20 d, survive: {S: 0.5}, set: {R: {death: 0.12 /d}}}]}}\n";
    char text[2000];
    cohort_t c;
    rlp_process_t p;
    snprintf(text, sizeof text, "%scohort: {patients: 1500, seed: 4, follow_up: 50 d}\nrecord: {times: [10 d, 50 d], patients: 5}", TEXT);
    run(&c, *state, text);
    exam_process(TEXT, &p);
    for (size_t r = 0; r < 2; r++)
        for (size_t i = 0; i < 2; i++) {
            judge_moments_t law = laws_of_type(&p, i, r ? 50 : 10);
            judge_mean("two types", cohort_moments(&c, 0, r, i), &law, bias_of(*state));
            judge_variance("two types", cohort_moments(&c, 0, r, i), &law, bias_of(*state));
        }
    assert_int_equal(c.study->record_patients, 5);
    rlp_process_free(&p);
    cohort_free(&c);
}

/* L29: looked at on days 10, 20, 30, 40 and not at 0 or 45. */
static void progression_at_visits(void **state) {
    static const double P[] = {0.245261169827, 0.62057614387, 0.777269177324, 0.835002598224};
    cohort_t c;
    uint64_t by[4] = {0};
    run(&c, *state,
        "process: {types: {S: {cells: 5, birth: 0.3 /d, death: 0.2 /d}}}\nendpoints: {progression: {burden: 20, every: 10 d}}\n"
        "cohort: {patients: 20000, seed: 5, follow_up: 45 d, until: progression}");
    for (uint64_t k = 1; k <= c.patients; k++) {
        const rlp_outcome_t *o = cohort_outcome(&c, 0, k);
        assert_true(o->ttp_event ? o->ttp_days == 10 || o->ttp_days == 20 || o->ttp_days == 30 || o->ttp_days == 40 : o->ttp_days == 45);
        for (size_t v = 0; v < 4; v++) by[v] += o->ttp_event && o->ttp_days <= 10 * (double)(v + 1);
    }
    for (size_t v = 0; v < 4; v++) judge_share("L29", by[v], c.patients, P[v], bias_of(*state));
    cohort_free(&c);
}

/* L07 and L08 at any instant. */
static void progression_at_any_instant(void **state) {
    static const double DAYS[] = {20, 40, 60, 80, 120, 400}, P[] = {0.0193144761409, 0.18554416204, 0.32160477377, 0.383200255548, 0.416151792156, 0.421342591522};
    cohort_t c;
    uint64_t by[6] = {0};
    run(&c, *state,
        "process: {types: {S: {cells: 3, birth: 0.3 /d, death: 0.25 /d}}}\nendpoints: {progression: {burden: 50}}\n"
        "cohort: {patients: 10000, seed: 6, follow_up: 400 d, until: progression}");
    for (uint64_t k = 1; k <= c.patients; k++)
        for (size_t d = 0; d < 6; d++) by[d] += cohort_outcome(&c, 0, k)->ttp_event && cohort_outcome(&c, 0, k)->ttp_days <= DAYS[d];
    for (size_t d = 0; d < 6; d++) judge_share("L08", by[d], c.patients, P[d], bias_of(*state));
    cohort_free(&c);
}

/* L16: the first R cell is progression, 200 cells are death; a patient whose first R cell is the 200th cell has both. */
static void resistance_before_a_burden(void **state) {
    cohort_t c;
    uint64_t first = 0, without = 0, both = 0;
    run(&c, *state,
        "process: {types: {S: {cells: 1, birth: 0.3 /d, death: 0.15 /d}, R: {cells: 0, birth: 0.3 /d, death: 0.15 /d}},\n"
        "  channels: [{kind: mutation, from: S, to: R, probability: 0.01}]}\n"
        "endpoints: {progression: {burden: 1, of: [R]}, death: {burden: 200}}\ncohort: {patients: 20000, seed: 7, follow_up: 5000 d, until: death}");
    for (uint64_t k = 1; k <= c.patients; k++) {
        const rlp_outcome_t *o = cohort_outcome(&c, 0, k);
        first += o->ttp_event;
        without += o->os_event && !o->ttp_event;
        both += o->os_event && o->ttp_event && o->os_days == o->ttp_days;
        assert_true(!o->ttp_event || o->ttp_days <= o->os_days);
    }
    judge_share("L16, a mutant", first, c.patients, 0.494870982266, bias_of(*state));
    judge_share("L16, none", without, c.patients, 0.00998520069881, bias_of(*state));
    assert_true(both < 100);
    cohort_free(&c);
}

/* L18 with fewer cells: P(extinct) through an ablation and a drug 21 days on and 7 off, by the backward equation. */
static void cure_through_a_course(void **state) {
    static const char TEXT[] =
        "process: {types: {S: {cells: 20000, birth: 0.14 /d, death: 0.13 /d}, R: {cells: 40, birth: 0.14 /d, death: 0.13 /d}},\n"
        "  channels: [{kind: mutation, from: S, to: R, probability: 1.0e-4}]}\n"
        "arms: {all: {timeline: [{at: 7 d, survive: {S: 0.01, R: 0.1}}, {at: 14 d, set: {S: {death: 0.3 /d}, R: {death: 0.16 /d}}}, {at: 35 d, set: {S: {death: 0.12 /d}, R: {death: 0.12 /d}}},\n"
        "  {at: 42 d, set: {S: {death: 0.3 /d}, R: {death: 0.16 /d}}}, {at: 63 d, set: {S: {death: 0.12 /d}, R: {death: 0.12 /d}}}]}}\n";
    char text[3000];
    double complex both[LAWS_TYPES + 1] = {1, 1};
    rlp_process_t p;
    cohort_t c;
    uint64_t cured = 0;
    bool slow = exam_every_event(rlp_engine_find(*state));
    snprintf(text, sizeof text, "%scohort: {patients: %d, seed: 8, follow_up: 80 d}", TEXT, slow ? 1000 : 5000);
    run(&c, *state, text);
    exam_process(TEXT, &p);
    for (uint64_t k = 1; k <= c.patients; k++) cured += cohort_outcome(&c, 0, k)->cured;
    double exact = creal(cexp(laws_log_pgf(&p, both, 80)));
    assert_true(exact > 0.3 && exact < 0.9);
    judge_share("cured", cured, c.patients, exact, bias_of(*state));
    rlp_process_free(&p);
    cohort_free(&c);
}

int main(void) {
    static char *const ENGINES[] = {"direct", "kendall", "leap", "tau", "auto"};
    static const struct {
        const char *name;
        CMUnitTestFunction run;
    } LIMITS[] = {
#define LIMIT(name) {#name, name}
        LIMIT(pure_birth),           LIMIT(extinction),           LIMIT(bottleneck),      LIMIT(two_types), LIMIT(progression_at_visits), LIMIT(progression_at_any_instant),
        LIMIT(resistance_before_a_burden), LIMIT(cure_through_a_course),
    };
    enum { N = sizeof LIMITS / sizeof *LIMITS, E = sizeof ENGINES / sizeof *ENGINES };
    static struct CMUnitTest tests[E * N + 1];
    static char names[E * N][96];
    size_t n = 0;
    for (size_t e = 0; e < E; e++)
        for (size_t k = 0; k < N; k++, n++) {
            snprintf(names[n], sizeof names[n], "%s: %s", ENGINES[e], LIMITS[k].name);
            tests[n] = (struct CMUnitTest){.name = names[n], .test_func = LIMITS[k].run, .initial_state = ENGINES[e]};
        }
    tests[n++] = (struct CMUnitTest){.name = "judge_decisions_stay_within_their_number", .test_func = judge_decisions_stay_within_their_number};
    return _cmocka_run_group_tests("study_limits", tests, n, NULL, NULL);
}
