/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rules through whole lives: large tumours, of which it is sure what they do, and frequencies of many small ones, judged at a false-alarm rate of 1e-7 (judge.h). */
#define JUDGE_DECISIONS 30
#include "cohort.h"
#include "relapse/memory.h"

/* net growth 0.02 /d, doubling in 35 days, and nothing else: of 1e7 cells the third digit is luck */
#define TUMOUR                                                                                                                                     \
    "tumour: {cells: %g, birth: 0.03 /d, growth: 0.02 /d, sites: {core: {share: 0.9}, distant: {share: 0.1}}}\n"                             \
    "drugs:\n"                                                                                                                                     \
    "  gef: {dose: 250 mg, toxicity: %g /d, pk: {ka: 1 /h, half_life: 37 h, volume: 405 L}, effect: {changes: growth, law: hill, max: -1 %%, half: 1 mg/L, power: 1}}\n" \
    "  osi: {dose: 80 mg, pk: {ka: 1 /h, half_life: 37 h, volume: 405 L}, effect: {changes: growth, law: hill, max: -1 %%, half: 1 mg/L, power: 1}}\n" \
    "interventions: {freeze: {survive: {core: 1, distant: 1}}, burn: {survive: {core: 0.1, distant: 0.1}, toxicity: %g}}\n"
#define RECIST "endpoints: {progression: {rule: recist, every: %g d}}\n"
#define TRAITS "traits: {met: {kind: plastic, gain: 0, loss: 0, start: 50 %%}, efflux: {kind: plastic, gain: 0, loss: 0, start: 0}}\n"
#define TEST "tests: {tissue: {of: [met, efflux], limit: 10 %%, sensitivity: 0.8, specificity: 0.9, turnaround: 10 d}}\n"

enum { GEF, OSI };
enum { FREEZE, BURN };
static cohort_t c;

#define live(...) cohort_live(&c, __VA_ARGS__)

typedef struct {
    double t_days;
    rlp_event_kind_t kind;
    size_t what;
    uint32_t reason;
} line_t;

static void expect_log(size_t arm, uint64_t patient, const line_t *lines, size_t n) {
    const rlp_event_t *e = cohort_events(&c, arm, patient);
    assert_false(cohort_outcome(&c, arm, patient)->failed);
    for (size_t k = 0; k < n && k < cohort_outcome(&c, arm, patient)->n_events; k++)
        if (e[k].t_days != lines[k].t_days || e[k].kind != lines[k].kind || e[k].what != lines[k].what || e[k].reason != lines[k].reason)
            fail_msg("event %zu: day %.17g kind %u what %u reason %u, not day %.17g kind %u what %zu reason %u", k, e[k].t_days, e[k].kind, e[k].what, e[k].reason,
                     lines[k].t_days, lines[k].kind, lines[k].what, lines[k].reason);
    assert_int_equal(cohort_outcome(&c, arm, patient)->n_events, n);
}
#define EXPECT(arm, patient, ...)                                               \
    do {                                                                       \
        const line_t expected[] = {__VA_ARGS__};                        \
        expect_log(arm, patient, expected, sizeof expected / sizeof *expected); \
    } while (0)

/* The k-th event of a kind, or NULL. */
static const rlp_event_t *find(size_t arm, uint64_t patient, rlp_event_kind_t kind, size_t k) {
    const rlp_event_t *e = cohort_events(&c, arm, patient);
    for (size_t i = 0; i < cohort_outcome(&c, arm, patient)->n_events; i++)
        if (e[i].kind == kind && k-- == 0) return &e[i];
    return NULL;
}

/* ---- repetition on demand ------------------------------------------------------------------------------------------------------- */
/* A tenth is left; e^(0.02 t) / 10 is above a half of the start from day 80.5 on, and after each repetition at the first visit where it is again: 90, 210, and at 330 it
 * is asked for once too often. */
static void an_intervention_is_repeated_when_it_is_due(void **state) {
    (void)state;
    live(TUMOUR "arms: {demand: [{do: burn, at: 0 d}, {do: burn, when: {viable: 50 %% of start}, at_most: 2, name: again}],\n"
                "       size: [{do: burn, at: 0 d}, {do: burn, when: {size: 4e6}, at_most: 1}]}\n"
                "endpoints: {progression: {burden: 1e12, every: 30 d}}\ncohort: {patients: 5, seed: 7, follow_up: 365 d}\n"
                "record: {times: [90 d, 91 d, 209 d, 211 d], patients: 5}",
         1e7, 0., 0.);
    for (uint64_t k = 1; k <= 5; k++) {
        const rlp_outcome_t *o = cohort_outcome(&c, 0, k);
        assert_int_equal(o->treatments, 3);
        assert_true(o->untreatable_days == 330);
        assert_true(find(0, k, RLP_EVENT_DO, 0)->t_days == 0 && find(0, k, RLP_EVENT_DO, 0)->reason == 0 && find(0, k, RLP_EVENT_DO, 0)->what == BURN);
        assert_true(find(0, k, RLP_EVENT_DO, 1)->t_days == 90 && find(0, k, RLP_EVENT_DO, 1)->reason == 1);
        assert_true(find(0, k, RLP_EVENT_DO, 2)->t_days == 210 && find(0, k, RLP_EVENT_DO, 2)->reason == 1);
        assert_null(find(0, k, RLP_EVENT_DO, 3));
        assert_true(find(0, k, RLP_EVENT_UNTREATABLE, 0)->reason == RLP_FORBIDDEN_AT_MOST && !find(0, k, RLP_EVENT_UNTREATABLE, 1));
        /* the visit and the record of day 90 see the state before it, and a day later a tenth is left and has grown for a day */
        double cells[4];
        for (size_t r = 0; r < 4; r++) cells[r] = (double)(cohort_counts(&c, 0, k, r)[0] + cohort_counts(&c, 0, k, r)[1]);
        assert_true(fabs(cells[1] / cells[0] / (0.1 * exp(0.02)) - 1) < 0.01);
        assert_true(fabs(cells[3] / cells[2] / (0.1 * exp(0.04)) - 1) < 0.02);
        assert_true(cohort_outcome(&c, 1, k)->untreatable_days > 0); /* dead tissue has no clearance here: it is asked for at once */
    }
    cohort_free(&c);
}

/* The gap counts from the last time that it was done, by whatever item. */
static void a_gap_forbids_until_it_is_over(void **state) {
    (void)state;
    live(TUMOUR "arms: {a: [{do: burn, at: 0 d}, {do: burn, when: {viable: 50 %% of start}, gap: 130 d}]}\n"
                "endpoints: {progression: {burden: 1e12, every: 30 d}}\ncohort: {patients: 2, seed: 7, follow_up: 200 d}",
         1e6, 0., 0.);
    for (uint64_t k = 1; k <= 2; k++)
        EXPECT(0, k, {0, RLP_EVENT_DO, BURN, 0}, {90, RLP_EVENT_UNTREATABLE, BURN, RLP_FORBIDDEN_GAP}, {150, RLP_EVENT_DO, BURN, 1});
    assert_true(cohort_outcome(&c, 0, 1)->untreatable_days == 90 && !cohort_outcome(&c, 0, 1)->ttp_event);
    cohort_free(&c);
}

/* `measure: untreatable` makes it the progression, and rules that wait for progression are judged then. */
static void untreatable_may_be_the_progression(void **state) {
    (void)state;
    live(TUMOUR "arms: {a: [{give: gef, every: 24 h, until: progression, name: drug}, {do: burn, at: 0 d}, {do: burn, when: {viable: 50 %% of start}}]}\n"
                "endpoints: {progression: {measure: untreatable, every: 30 d}, second_progression: {after: progression, rule: mrecist, every: 30 d}}\n"
                "cohort: {patients: 1, seed: 7, follow_up: 300 d}",
         1e10, 0., 0.);
    EXPECT(0, 1, {0, RLP_EVENT_START, GEF, 0}, {0, RLP_EVENT_DO, BURN, 0}, {90, RLP_EVENT_DO, BURN, 2}, {210, RLP_EVENT_UNTREATABLE, BURN, RLP_FORBIDDEN_AT_MOST},
           {210, RLP_EVENT_PROGRESSION, 0, RLP_REASON_UNTREATABLE}, {210, RLP_EVENT_STOP, GEF, 1}, {240, RLP_EVENT_SECOND_PROGRESSION, 0, RLP_REASON_GROWTH});
    const rlp_outcome_t *o = cohort_outcome(&c, 0, 1);
    assert_true(o->ttp_days == 210 && o->ttp_event && o->reason == RLP_REASON_UNTREATABLE && o->untreatable_days == 210 && o->second_days == 240 && o->second_event);
    cohort_free(&c);
    /* with until: progression the patient ends there, and nothing is done any more */
    live(TUMOUR "arms: {a: [{give: gef, every: 24 h, until: progression}, {do: burn, at: 0 d}, {do: burn, when: {viable: 50 %% of start}}]}\n"
                "endpoints: {progression: {measure: untreatable, every: 30 d}}\ncohort: {patients: 1, seed: 7, follow_up: 300 d, until: progression}",
         1e8, 0., 0.);
    assert_int_equal(cohort_events(&c, 0, 1)[cohort_outcome(&c, 0, 1)->n_events - 1].kind, RLP_EVENT_PROGRESSION);
    assert_true(cohort_outcome(&c, 0, 1)->end_days == 210);
    cohort_free(&c);
}

/* ---- drugs ------------------------------------------------------------------------------------------------------------------------- */
/* Which rule did it is told, also of what comes later of it. */
static void drugs_are_changed_on_the_way(void **state) {
    (void)state;
    live(TUMOUR "arms:\n"
                "  line: [{give: gef, every: 24 h, until: progression, name: first}, {give: osi, every: 24 h, from: 2 d, doses: 10, when: progression}]\n"
                "  late: [{give: gef, every: 24 h, from: 90 d, until: progression}]\n"
                "  pause: [{give: gef, every: 24 h}, {pause: gef, for: 40 d, when: visit}]\n"
                "  reduce: [{give: gef, every: 24 h}, {reduce: gef, to: 50 %%, when: {exposure: {gef: 10000 mg}}}, {stop: gef, when: {exposure: {gef: 13000 mg}}}]\n"
                "  gap: [{do: freeze, at: 100 d}, {when: visit, test: blood, then: [{do: freeze}], else: [{do: freeze}], at_most: 3, gap: 60 d}]\n"
                "traits: {met: {kind: plastic, gain: 0, loss: 0, start: 0}}\ntests: {blood: {of: met, limit: 10 %%, sensitivity: 1, specificity: 1, turnaround: 0 d}}\n"
                "endpoints: {progression: {burden: 5e6, every: 30 d}}\ncohort: {patients: 1, seed: 7, follow_up: 250 d}",
         1e6, 0., 0.);
    EXPECT(0, 1, {0, RLP_EVENT_START, GEF, 0}, {90, RLP_EVENT_PROGRESSION, 0, RLP_REASON_BURDEN}, {90, RLP_EVENT_STOP, GEF, 1}, {92, RLP_EVENT_START, OSI, 2},
           {102, RLP_EVENT_STOP, OSI, 2});
    /* a course that should begin at the very visit that ends it: what was told stays told, and no dose is given */
    EXPECT(1, 1, {90, RLP_EVENT_START, GEF, 0}, {90, RLP_EVENT_PROGRESSION, 0, RLP_REASON_BURDEN}, {90, RLP_EVENT_STOP, GEF, 1});
    EXPECT(2, 1, {0, RLP_EVENT_START, GEF, 0}, {30, RLP_EVENT_PAUSE, GEF, 1}, {70, RLP_EVENT_RESUME, GEF, 1}, {90, RLP_EVENT_PROGRESSION, 0, RLP_REASON_BURDEN});
    /* 40 doses until day 39, seen at day 60, when 61 x 250 mg are given: both rules hold, in the order of the input */
    EXPECT(3, 1, {0, RLP_EVENT_START, GEF, 0}, {60, RLP_EVENT_REDUCE, GEF, 1}, {60, RLP_EVENT_STOP, GEF, 2}, {90, RLP_EVENT_PROGRESSION, 0, RLP_REASON_BURDEN});
    /* the gap of a rule by test counts from its last sample, not from what was done */
    EXPECT(4, 1, {30, RLP_EVENT_TEST, 0, 1}, {30, RLP_EVENT_RESULT, 0, 0}, {30, RLP_EVENT_DO, FREEZE, 1}, {90, RLP_EVENT_PROGRESSION, 0, RLP_REASON_BURDEN},
           {90, RLP_EVENT_TEST, 0, 1}, {90, RLP_EVENT_RESULT, 0, 0}, {90, RLP_EVENT_DO, FREEZE, 1}, {100, RLP_EVENT_DO, FREEZE, 0}, {150, RLP_EVENT_TEST, 0, 1},
           {150, RLP_EVENT_RESULT, 0, 0}, {150, RLP_EVENT_DO, FREEZE, 1});
    assert_int_equal(cohort_outcome(&c, 4, 1)->treatments, 4);
    cohort_free(&c);
}

/* A drug that a rule gives and the next one pauses at the same visit is told as begun, paused and gone on with, not as taken. */
static void a_drug_paused_as_it_begins_is_told_as_paused(void **state) {
    (void)state;
    live(TUMOUR "arms:\n"
                "  on: [{give: gef, every: 12 h, when: visit}, {pause: gef, for: 14 d, when: {exposure: {gef: 0 mg}}}]\n"
                "  off: [{give: gef, every: 12 h, when: visit, at_most: 2}, {pause: gef, for: 14 d, when: {exposure: {gef: 0 mg}}, at_most: 2}, {stop: gef, when: visit, at_most: 2}]\n"
                "endpoints: {progression: {burden: 1e12, every: 30 d}}\ncohort: {patients: 1, seed: 7, follow_up: 80 d}",
         1e5, 0., 0.);
    EXPECT(0, 1, {30, RLP_EVENT_START, GEF, 1}, {30, RLP_EVENT_PAUSE, GEF, 2}, {44, RLP_EVENT_RESUME, GEF, 2});
    EXPECT(1, 1, {30, RLP_EVENT_START, GEF, 1}, {30, RLP_EVENT_PAUSE, GEF, 2}, {30, RLP_EVENT_STOP, GEF, 3}, {60, RLP_EVENT_START, GEF, 1},
           {60, RLP_EVENT_PAUSE, GEF, 2}, {60, RLP_EVENT_STOP, GEF, 3});
    cohort_free(&c);
}

/* Response at a visit: the tenth that is left is a partial response at the first visit, and no longer so once the diameter is 0.7 of the baseline's. */
static void a_response_is_a_condition(void **state) {
    (void)state;
    live(TUMOUR "arms: {a: [{do: burn, at: 0 d}, {do: freeze, when: {response: PR}, at_most: 9}], b: [{do: freeze, when: {response: SD}, at_most: 2}]}\n"
                "endpoints: {progression: {rule: mrecist, every: 30 d}}\ncohort: {patients: 1, seed: 7, follow_up: 200 d}",
         1e9, 0., 0.);
    EXPECT(0, 1, {0, RLP_EVENT_DO, BURN, 0}, {30, RLP_EVENT_DO, FREEZE, 1}, {60, RLP_EVENT_DO, FREEZE, 1}, {120, RLP_EVENT_PROGRESSION, 0, RLP_REASON_GROWTH});
    assert_int_equal(cohort_outcome(&c, 0, 1)->best_response, RLP_RESPONSE_PR);
    assert_true(fabs(cohort_outcome(&c, 0, 1)->best_change_percent - 100 * (cbrt(0.1 * exp(0.6)) - 1)) < 0.5);
    assert_int_equal(cohort_outcome(&c, 1, 1)->best_response, RLP_RESPONSE_SD);
    cohort_free(&c);
}

/* ---- tests --------------------------------------------------------------------------------------------------------------------------- */
/* Half of the cells have one trait, none the other: found with 0.8 and 0.1, on their own; each of two samples and in both arms alike, whatever was done. */
static void samples_err_as_the_input_says(void **state) {
    uint64_t n = 3000, met = 0, efflux = 0, both = 0, twice = 0;
    (void)state;
    live(TUMOUR TRAITS TEST "arms: {a: [{when: visit, test: tissue, positive: met, then: [{do: burn}], else: [{give: osi, every: 24 h}], at_most: 2}],\n"
                            "       b: [{do: freeze, at: 3 d}, {when: visit, test: tissue, positive: efflux, then: [{do: freeze}], at_most: 2}]}\n" RECIST
                            "cohort: {patients: %d, seed: 11, follow_up: 66 d}",
         2000., 0., 0., 28., (int)n);
    for (uint64_t k = 1; k <= n; k++) {
        const rlp_event_t *first = find(0, k, RLP_EVENT_RESULT, 0), *second = find(0, k, RLP_EVENT_RESULT, 1);
        assert_true(find(0, k, RLP_EVENT_TEST, 0)->t_days == 28 && find(0, k, RLP_EVENT_TEST, 0)->reason == 1);
        assert_true(first->t_days == 38 && second->t_days == 66);
        met += first->reason & 1;
        efflux += first->reason >> 1 & 1;
        both += first->reason == 3;
        twice += first->reason & second->reason & 1;
        /* then or else at once */
        bool positive = first->reason & 1;
        assert_int_equal(first[1].kind, positive ? RLP_EVENT_DO : RLP_EVENT_START);
        assert_true(first[1].t_days == 38 && first[1].reason == 1);
        /* the same luck in the other arm, the same truth: the same result */
        assert_int_equal(find(1, k, RLP_EVENT_RESULT, 0)->reason, first->reason);
        assert_int_equal(find(1, k, RLP_EVENT_RESULT, 1)->reason, second->reason);
    }
    judge_share("true positives", met, n, 0.8, 0);
    judge_share("false positives", efflux, n, 0.1, 0);
    judge_share("both", both, n, 0.08, 0);
    judge_share("two samples", twice, n, 0.64, 0);
    cohort_free(&c);
}

/* A sample of sites where no cell is left is negative. The true share at progression, against the limit and without luck, is the outcome's. */
static void no_cells_are_negative_and_detection_is_the_truth(void **state) {
    (void)state;
    live("tumour: {cells: 1e5, birth: 0.03 /d, growth: 0.02 /d, sites: {core: {share: 0.9}, distant: {share: 0.1}}}\n" TRAITS
         "interventions: {cut: {survive: {distant: 0}}}\n"
         "tests: {far: {of: [met, efflux], limit: 0, sensitivity: 1, specificity: 1, turnaround: 1 d, site: distant}, near: {of: [met, efflux], limit: 49 %%, sensitivity: 0, specificity: 1, turnaround: 1 d, site: core}}\n"
         "arms: {a: [{do: cut, at: 1 d}, {when: visit, test: far, then: [{do: cut}]}, {when: visit, test: near, then: [{do: cut}]}], b: [{when: visit, test: far, then: [{do: cut}]}]}\n"
         "endpoints: {progression: {burden: 1.2e5, every: 10 d}}\ncohort: {patients: 1, seed: 5, follow_up: 60 d}");
    assert_int_equal(find(0, 1, RLP_EVENT_RESULT, 0)->reason, 0);
    assert_int_equal(find(0, 1, RLP_EVENT_RESULT, 1)->reason, 0);
    assert_int_equal(find(1, 1, RLP_EVENT_RESULT, 0)->reason, 1); /* limit 0: any share is at it, but no cell has the other */
    assert_int_equal(cohort_outcome(&c, 0, 1)->detected, 1);      /* half of the core */
    assert_int_equal(cohort_outcome(&c, 1, 1)->detected, 1);
    cohort_free(&c);
    live("tumour: {cells: 1e5, birth: 0.03 /d, growth: 0.02 /d, sites: {core: {share: 0.9}, distant: {share: 0.1}}}\n" TRAITS "interventions: {cut: {survive: {distant: 0}}}\n"
         "tests: {far: {of: [met, efflux], limit: 0, sensitivity: 0, specificity: 0, turnaround: 1 d, site: distant}}\n"
         "arms: {a: [{do: cut, at: 1 d}, {when: visit, test: far, then: [{do: cut}]}], b: [{when: visit, test: far, then: [{do: cut}]}]}\n"
         "endpoints: {progression: {burden: 1.2e5, every: 10 d}}\ncohort: {patients: 1, seed: 5, follow_up: 60 d}");
    assert_int_equal(find(0, 1, RLP_EVENT_RESULT, 0)->reason, 0); /* nothing to look at: not even a false one */
    assert_int_equal(find(1, 1, RLP_EVENT_RESULT, 0)->reason, 2); /* always wrong */
    cohort_free(&c);
}

/* Who dies, or is no longer followed, has a sample and no result, and nothing follows from it. */
static void death_comes_before_a_result(void **state) {
    (void)state;
    live(TUMOUR TRAITS TEST "arms: {a: [{when: visit, test: tissue, then: [{do: burn}], else: [{do: burn}]}]}\n"
                            "endpoints: {progression: {rule: recist, every: 28 d}, death: {viable: 1.9e5}}\ncohort: {patients: 3, seed: 11, follow_up: 66 d}",
         1e5, 0., 0.);
    for (uint64_t k = 1; k <= 3; k++) {
        const rlp_outcome_t *o = cohort_outcome(&c, 0, k);
        assert_true(o->os_event && o->os_days > 30 && o->os_days < 36 && o->n_events == 2 && o->treatments == 0);
        EXPECT(0, k, {28, RLP_EVENT_TEST, 0, 1}, {cohort_events(&c, 0, k)[1].t_days, RLP_EVENT_DEATH, 0, 1});
    }
    cohort_free(&c);
    live(TUMOUR TRAITS TEST "arms: {a: [{when: visit, test: tissue, then: [{do: burn}], else: [{do: burn}]}]}\n" RECIST "cohort: {patients: 1, seed: 11, follow_up: 37.9 d}", 1e5, 0., 0., 28.);
    EXPECT(0, 1, {28, RLP_EVENT_TEST, 0, 1});
    cohort_free(&c);
}

/* ---- toxicity --------------------------------------------------------------------------------------------------------------------------- */
#define VISIT_DAYS 5.
#define VISITS 40
#define HARM 0.02

/* Visit of the first toxicity at or after `from`; VISITS + 1: none. */
static int64_t first_harm(size_t arm, uint64_t patient) {
    const rlp_event_t *e = find(arm, patient, RLP_EVENT_TOXICITY, 0);
    return e ? (int64_t)lround(e->t_days / VISIT_DAYS) : VISITS + 1;
}

/* Seen at the first visit at which rate x days on the drug has passed an Exp(1): from day 50 on in one arm; halved days count half. The number of visits with one is
 * that of a Poisson process; and the thresholds are the patient's, in every arm. */
static void drugs_harm_in_proportion_to_the_days_on_them(void **state) {
    enum { N = 3000 };
    static int64_t full[N], late[N], half[N];
    double p[3][VISITS + 1] = {{0}};
    uint64_t seen = 0;
    (void)state;
    live(TUMOUR "arms: {full: [{give: gef, every: 24 h}], late: [{give: gef, every: 24 h, from: 50 d}], half: [{give: gef, every: 24 h}, {reduce: gef, to: 50 %%, when: visit}],\n"
                "       other: [{give: osi, every: 24 h}]}\nendpoints: {progression: {burden: 1e12, every: %g d}}\ncohort: {patients: %d, seed: 13, follow_up: %g d}",
         50., HARM, 0., VISIT_DAYS, N, VISITS * VISIT_DAYS);
    for (uint64_t k = 1; k <= N; k++) {
        full[k - 1] = first_harm(0, k), late[k - 1] = first_harm(1, k), half[k - 1] = first_harm(2, k);
        for (size_t i = 0; find(0, k, RLP_EVENT_TOXICITY, i); i++) seen++;
        assert_true(find(3, k, RLP_EVENT_TOXICITY, 0) == NULL);
        if (full[k - 1] <= VISITS - 10) assert_int_equal(late[k - 1], full[k - 1] + 10);
        if (full[k - 1] <= 1 || half[k - 1] > VISITS) continue;
        /* a threshold within (5 (k - 1), 5 k] full days, the first five of which are full in both */
        assert_true(half[k - 1] - 1 >= 2 * (full[k - 1] - 2) && half[k - 1] - 1 <= 2 * (full[k - 1] - 1) + 1);
    }
    for (int v = 1; v <= VISITS; v++) {
        double end[3] = {5. * v, fmax(0, 5. * (v - 10)), 5 + 2.5 * (v - 1)}, start[3] = {5. * (v - 1), fmax(0, 5. * (v - 11)), v == 1 ? 0 : 5 + 2.5 * (v - 2)};
        for (int a = 0; a < 3; a++) p[a][v] = exp(-HARM * start[a]) - exp(-HARM * end[a]);
    }
    judge_law("first toxicity", full, N, p[0], VISITS + 1, 0);
    judge_law("first toxicity from day 50 on", late, N, p[1], VISITS + 1, 0);
    judge_law("first toxicity at half the dose", half, N, p[2], VISITS + 1, 0);
    judge_share("visits with a toxicity", seen, (uint64_t)N * VISITS, -expm1(-HARM * VISIT_DAYS), 0);
    cohort_free(&c);
}

/* Of an intervention each time on its own; seen at the first visit after it; then it is not repeated, and that is untreatable. */
static void interventions_harm_each_time_and_are_not_repeated_then(void **state) {
    uint64_t n = 3000, first = 0, second = 0;
    (void)state;
    live(TUMOUR "arms: {a: [{do: burn, at: 10 d}, {do: burn, when: visit, at_most: 2}], b: [{do: freeze, at: 30 d}, {do: burn, at: 60 d}],\n"
                "       c: [{do: burn, at: 30 d}, {when: visit, test: none, then: [{do: burn}], else: [{do: burn}, {give: osi, every: 24 h}], at_most: 9}]}\n"
                "traits: {met: {kind: plastic, gain: 0, loss: 0, start: 0}}\ntests: {none: {of: met, limit: 1, sensitivity: 1, specificity: 1, turnaround: 0 d}}\n"
                "endpoints: {progression: {burden: 1e12, every: 30 d}}\ncohort: {patients: %d, seed: 17, follow_up: 130 d}",
         1000., 0., 0.25, (int)n);
    for (uint64_t k = 1; k <= n; k++) {
        const rlp_event_t *harm = find(0, k, RLP_EVENT_TOXICITY, 0), *forbidden = find(0, k, RLP_EVENT_UNTREATABLE, 0);
        size_t done = cohort_outcome(&c, 0, k)->treatments;
        bool at_once = harm && harm->t_days == 30;
        first += at_once;
        second += harm && harm->t_days == 60; /* of the one at the visit of day 30: not before the next visit */
        assert_true(!harm || harm->what == 2 + BURN);
        assert_int_equal(done, at_once ? 1 : harm && harm->t_days == 60 ? 2 : 3);
        assert_true(forbidden->t_days == (at_once ? 30 : harm && harm->t_days == 60 ? 60 : 90));
        assert_int_equal(forbidden->reason, harm && harm->t_days <= 90 ? RLP_FORBIDDEN_TOXICITY : RLP_FORBIDDEN_AT_MOST);
        /* the first treatment takes the first draw, whenever it comes; what is done on the day of a visit shows at the next */
        const rlp_event_t *other = find(1, k, RLP_EVENT_TOXICITY, 0);
        assert_int_equal(at_once, other && other->t_days == 90);
        /* by whatever item it would be: after the toxicity only the other act of the list is left */
        const rlp_event_t *third = find(2, k, RLP_EVENT_TOXICITY, 0);
        for (size_t i = 0; third && find(2, k, RLP_EVENT_DO, i); i++) assert_true(find(2, k, RLP_EVENT_DO, i)->t_days < third->t_days);
        assert_int_equal(find(2, k, RLP_EVENT_UNTREATABLE, 0) != NULL, 0);
    }
    judge_share("toxicities of the first", first, n, 0.25, 0);
    judge_share("toxicities of the second", second, n, 0.75 * 0.25, 0);
    cohort_free(&c);
}

/* A toxicity that has come since the last visit is a condition of this visit alone. */
static void a_toxicity_is_a_condition(void **state) {
    (void)state;
    live(TUMOUR "arms: {a: [{give: gef, every: 24 h}, {stop: gef, when: {toxicity: gef}}, {do: freeze, when: {toxicity: gef}, at_most: 9}]}\n"
                "endpoints: {progression: {burden: 1e12, every: 10 d}}\ncohort: {patients: 50, seed: 19, follow_up: 400 d}",
         50., HARM, 0.);
    for (uint64_t k = 1; k <= 50; k++) {
        const rlp_event_t *harm = find(0, k, RLP_EVENT_TOXICITY, 0);
        if (!harm) continue;
        assert_true(harm[1].kind == RLP_EVENT_STOP && harm[1].t_days == harm->t_days && harm[1].reason == 1);
        assert_true(harm[2].kind == RLP_EVENT_DO && harm[2].reason == 2);
        assert_null(find(0, k, RLP_EVENT_TOXICITY, 1)); /* off the drug */
        assert_null(find(0, k, RLP_EVENT_DO, 1));
    }
    assert_true(find(0, 1, RLP_EVENT_TOXICITY, 0) || find(0, 2, RLP_EVENT_TOXICITY, 0));
    cohort_free(&c);
}

/* ---- the same patient ----------------------------------------------------------------------------------------------------------------- */
#define BUSY                                                                                                                                              \
    TUMOUR TRAITS TEST                                                                                                                                    \
    "arms: {a: [{give: gef, every: 24 h, until: progression}, {pause: gef, for: 9 d, when: {toxicity: gef}, at_most: 5}, {do: burn, when: {viable: 120 %% of nadir}, gap: 50 d, at_most: 3},\n"  \
    "           {when: progression, test: tissue, then: [{give: osi, every: 24 h}], else: [{do: burn}]}], b: [{do: freeze, when: visit}], c: [{do: freeze, at: 28 d}]}\n"

/* Told or not, one after the other or alone: his life is his. */
static void a_life_with_rules_depends_on_nothing_but_its_number(void **state) {
    (void)state;
    live(BUSY RECIST "cohort: {patients: 40, seed: 23, follow_up: 300 d}\nrecord: {times: [50 d], patients: 20, visits: true}", 3e4, HARM, 0.2, 28.);
    for (uint64_t k = 40; k > 0; k -= 3) {
        rlp_life_t *life;
        rlp_outcome_t o;
        rlp_told_t nothing = {0};
        assert_int_equal(rlp_life_new(&c.study->trial, &life), RLP_OK);
        if (k % 2) assert_int_equal(rlp_life_run(life, k % 3, 1000 + k, NULL, &o, &nothing), RLP_OK);
        assert_int_equal(rlp_life_run(life, 0, k, NULL, &o, &nothing), RLP_OK);
        assert_memory_equal(&o, cohort_outcome(&c, 0, k), sizeof o);
        rlp_life_free(life);
        if (k < 3) break;
    }
    cohort_free(&c);
}

/* What a rule does at a visit is what a plan does on that day: the same law of what follows (freeze kills nobody, so the counts before and after agree exactly in law;
 * here that both arms live on, and are told alike). */
static void a_rule_does_what_a_plan_does(void **state) {
    (void)state;
    live(TUMOUR "arms: {rule: [{do: burn, when: visit}], plan: [{do: burn, at: 28 d}]}\n" RECIST "cohort: {patients: 200, seed: 29, follow_up: 60 d}\nrecord: {times: [29 d, 60 d], patients: 200}",
         1e5, 0., 0., 28.);
    rlp_moments_t rule = {0}, plan = {0};
    for (uint64_t k = 1; k <= 200; k++) {
        rlp_moments_add(&rule, (double)(cohort_counts(&c, 0, k, 1)[0] + cohort_counts(&c, 0, k, 1)[1]));
        rlp_moments_add(&plan, (double)(cohort_counts(&c, 1, k, 1)[0] + cohort_counts(&c, 1, k, 1)[1]));
        assert_true(find(0, k, RLP_EVENT_DO, 0)->t_days == 28 && find(1, k, RLP_EVENT_DO, 0)->t_days == 28);
    }
    double z = (rule.mean - plan.mean) / sqrt((rlp_moments_variance(&rule) + rlp_moments_variance(&plan)) / 200);
    assert_true(fabs(z) < 5.9); /* 4e-9 */
    assert_true(fabs(rule.mean / (1e4 * exp(0.02 * 60)) - 1) < 0.01);
    cohort_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_intervention_is_repeated_when_it_is_due),
        cmocka_unit_test(a_gap_forbids_until_it_is_over),
        cmocka_unit_test(untreatable_may_be_the_progression),
        cmocka_unit_test(drugs_are_changed_on_the_way),
        cmocka_unit_test(a_drug_paused_as_it_begins_is_told_as_paused),
        cmocka_unit_test(a_response_is_a_condition),
        cmocka_unit_test(samples_err_as_the_input_says),
        cmocka_unit_test(no_cells_are_negative_and_detection_is_the_truth),
        cmocka_unit_test(death_comes_before_a_result),
        cmocka_unit_test(drugs_harm_in_proportion_to_the_days_on_them),
        cmocka_unit_test(interventions_harm_each_time_and_are_not_repeated_then),
        cmocka_unit_test(a_toxicity_is_a_condition),
        cmocka_unit_test(a_life_with_rules_depends_on_nothing_but_its_number),
        cmocka_unit_test(a_rule_does_what_a_plan_does),
        cmocka_unit_test(judge_decisions_stay_within_their_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
