/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A study read, resolved and read again; its patients in blocks. */
#include "cohort.h"
#include "relapse/memory.h"

#define INPUT                                                                                                                                                          \
    "title: two arms\nprocess: {types: {S: {cells: 40, birth: 0.2 /d, death: 0.15 /d}, R: {cells: 2, birth: 0.2 /d, death: 0.1 /d}},\n"                              \
    "  channels: [{kind: mutation, from: S, to: R, probability: 1e-2}]}\narms: {untreated: {}, pulsed: {timeline: [{at: 2 wk, survive: {S: 10 %}}]}, late: {timeline: []}}\n" \
    "endpoints: {progression: {burden: 120, every: 7 d}, death: {burden: 400}}\ncohort: {patients: 150, seed: 5, follow_up: 60 d}\nrecord: {times: [0 d, 14 d, 60 d], patients: 100}\n"

static rlp_study_t *parse_with(const char *text, const rlp_study_options_t *options) {
    rlp_study_t *study = NULL;
    rlp_text_t words;
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    assert_int_equal(rlp_study_parse("study", text, strlen(text), options, wrong, &study), RLP_OK);
    rlp_text_init(&words);
    rlp_diagnostics_text(wrong, &words);
    if (!study) fail_msg("%s", rlp_text_string(&words));
    rlp_text_free(&words);
    rlp_diagnostics_free(wrong);
    return study;
}

static void refused(const char *text, const rlp_study_options_t *options, const char *words) {
    rlp_study_t *study = NULL;
    rlp_text_t said;
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    assert_int_equal(rlp_study_parse("study", text, strlen(text), options, wrong, &study), RLP_OK);
    rlp_text_init(&said);
    rlp_diagnostics_text(wrong, &said);
    if (study || !strstr(rlp_text_string(&said), words)) fail_msg("not refused with '%s' but: %s", words, rlp_text_string(&said));
    rlp_text_free(&said);
    rlp_diagnostics_free(wrong);
}

/* 150 patients in 3 arms: blocks of 64, 64, 22, arm after arm; the first 100 recorded. */
static void blocks_cover(const char *input, bool visits) {
    rlp_study_t *study = cohort_parse(input);
    assert_int_equal(rlp_study_blocks(study), 9);
    for (uint64_t b = 0; b < 9; b++) {
        rlp_block_t open;
        static const uint64_t FIRST[] = {1, 65, 129}, PATIENTS[] = {64, 64, 22}, RECORDED[] = {64, 36, 0};
        size_t bytes = rlp_block_bytes(study, b);
        unsigned char *payload = calloc(1, bytes);
        assert_non_null(payload);
        assert_int_equal(rlp_block_task(study, b), b / 3);
        assert_int_equal(rlp_block_first(study, b), FIRST[b % 3]);
        assert_int_equal(rlp_block_patients(study, b), PATIENTS[b % 3]);
        rlp_block_open(study, b, payload, &open);
        assert_int_equal(open.first, FIRST[b % 3]);
        assert_int_equal(open.recorded, RECORDED[b % 3]);
        /* parts one after the other, each aligned, all inside */
        assert_ptr_equal(open.outcomes, payload);
        assert_ptr_equal(open.events, open.outcomes + open.patients);
        assert_int_equal(open.most_events, b / 3 == 1 ? 4 : 3); /* what ends a life, and the pulse */
        assert_ptr_equal(open.n_seen, open.events + open.patients * open.most_events);
        assert_ptr_equal(open.burden, open.n_seen + open.patients);
        assert_ptr_equal(open.counts, open.burden + open.patients * 3 * RLP_BURDENS);
        assert_ptr_equal(open.n_visits, open.counts + open.recorded * 6);
        assert_int_equal(open.most_visits, visits ? 8 : 0); /* every 7 d for 60 d, one group of lesions */
        assert_ptr_equal(open.visits, open.n_visits + open.recorded);
        assert_ptr_equal(open.moments, open.visits + open.recorded * open.most_visits);
        assert_true((const char *)(open.moments + 6) == open.why && open.why < (const char *)payload + bytes);
        assert_true(((uintptr_t)open.events | (uintptr_t)open.n_seen | (uintptr_t)open.burden | (uintptr_t)open.visits | (uintptr_t)open.moments) % 8 == 0);
        free(payload);
    }
    rlp_study_free(study);
}

static void blocks_cover_every_patient_once(void **state) {
    char text[2000];
    (void)state;
    blocks_cover(INPUT, false);
    snprintf(text, sizeof text, "%.*s, visits: true}\n", (int)strlen(INPUT) - 2, INPUT);
    blocks_cover(text, true);
}

static unsigned char *run(const rlp_study_t *study, rlp_life_t *life, uint64_t block) {
    unsigned char *payload = calloc(1, rlp_block_bytes(study, block));
    assert_non_null(payload);
    assert_int_equal(rlp_block_run(study, life, block, payload, NULL, NULL), RLP_OK);
    return payload;
}

/* Backwards with one life, forwards with another, from the resolved text of the first: the same bytes. */
static void a_payload_is_a_function_of_study_and_block(void **state) {
    static const char *const ENGINES[] = {"engine: {name: direct}", "engine: {name: leap}"};
    (void)state;
    for (size_t e = 0; e < 2; e++) {
        char text[2000];
        rlp_life_t *life, *other_life;
        snprintf(text, sizeof text, "%s%s", INPUT, ENGINES[e]);
        rlp_study_t *study = cohort_parse(text), *other = cohort_parse(rlp_text_string(&study->resolved));
        assert_int_equal(rlp_life_new(&study->trial, &life), RLP_OK);
        assert_int_equal(rlp_life_new(&other->trial, &other_life), RLP_OK);
        unsigned char *payloads[9];
        for (uint64_t b = 9; b-- > 0;) payloads[b] = run(study, life, b);
        for (uint64_t b = 0; b < 9; b++) {
            unsigned char *again = run(other, other_life, b);
            assert_int_equal(rlp_block_bytes(study, b), rlp_block_bytes(other, b));
            assert_memory_equal(payloads[b], again, rlp_block_bytes(study, b));
            free(again);
            free(payloads[b]);
        }
        rlp_life_free(life);
        rlp_life_free(other_life);
        rlp_study_free(study);
        rlp_study_free(other);
    }
}

/* Moments are those of all patients still followed, recorded or not. */
static void moments_are_over_all_who_are_followed(void **state) {
    cohort_t c;
    (void)state;
    cohort_run(&c, INPUT);
    for (size_t arm = 0; arm < 3; arm++)
        for (size_t r = 0; r < 3; r++) {
            uint64_t followed = 0;
            for (uint64_t k = 1; k <= 150; k++) {
                const rlp_outcome_t *o = cohort_outcome(&c, arm, k);
                followed += c.study->record_days[r] <= o->end_days;
                assert_true((c.n_seen[arm * 150 + k - 1] > r) == (c.study->record_days[r] <= o->end_days));
            }
            assert_int_equal(cohort_moments(&c, arm, r, 0)->n, followed);
            assert_true(r == 2 || followed > 100);
        }
    assert_true(cohort_moments(&c, 0, 0, 0)->mean == 40 && cohort_moments(&c, 0, 0, 1)->m2 == 0);
    /* the two arms without treatment are one */
    for (uint64_t k = 1; k <= 150; k++) assert_memory_equal(cohort_outcome(&c, 0, k), cohort_outcome(&c, 2, k), sizeof(rlp_outcome_t));
    cohort_free(&c);
}

static int stop_after(void *left, uint64_t done) { return done && (int)done == *(int *)left; }

static void a_stop_between_patients_gives_the_block_up(void **state) {
    rlp_study_t *study = cohort_parse(INPUT);
    rlp_life_t *life;
    int left = 10;
    (void)state;
    assert_int_equal(rlp_life_new(&study->trial, &life), RLP_OK);
    unsigned char *payload = calloc(1, rlp_block_bytes(study, 0));
    assert_non_null(payload);
    assert_int_equal(rlp_block_run(study, life, 0, payload, stop_after, &left), RLP_ERROR_STOPPED);
    rlp_block_t open;
    rlp_block_open(study, 0, payload, &open);
    assert_true(open.outcomes[9].end_days > 0 && open.outcomes[10].end_days == 0);
    free(payload);
    rlp_life_free(life);
    rlp_study_free(study);
}

/* Asked for the n-th time, within a patient or after one, it says stop. */
typedef struct {
    uint64_t asked, stop_at, last_done, within;
} ear_t;
static int hear(void *context, uint64_t done) {
    ear_t *ear = context;
    assert_true(done == ear->last_done || done == ear->last_done + 1);
    ear->within += done == ear->last_done;
    ear->last_done = done;
    return ++ear->asked == ear->stop_at;
}

static rlp_study_t *small_tumour(const char *engine) {
    char set[64];
    snprintf(set, sizeof set, "engine.name=%s", engine);
    const char *const sets[] = {set, "cohort.patients=3"};
    rlp_study_options_t options = {.sets = sets, .n_sets = 2};
    rlp_study_t *study = NULL;
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    assert_int_equal(rlp_study_read(TESTS_DIR "/input/good/small-tumour.yaml", &options, wrong, &study), RLP_OK);
    assert_non_null(study);
    rlp_diagnostics_free(wrong);
    return study;
}

/* Wherever a block is given up, the next run of it by the same life gives the bytes of an undisturbed one. */
static void given_up_anywhere(rlp_study_t *study) {
    rlp_life_t *life;
    ear_t ear = {0};
    size_t bytes = rlp_block_bytes(study, 0);
    unsigned char *payload = calloc(1, bytes);
    assert_non_null(payload);
    assert_int_equal(rlp_life_new(&study->trial, &life), RLP_OK);
    unsigned char *undisturbed = run(study, life, 0);
    assert_int_equal(rlp_block_run(study, life, 0, payload, hear, &ear), RLP_OK);
    assert_memory_equal(payload, undisturbed, bytes);
    assert_true(ear.within >= 2 && ear.last_done == rlp_block_patients(study, 0));
    uint64_t asked = ear.asked, step = 1 + asked / 8;
    for (uint64_t at = 1; at <= asked; at += step) {
        ear = (ear_t){.stop_at = at};
        memset(payload, 0, bytes);
        assert_int_equal(rlp_block_run(study, life, 0, payload, hear, &ear), RLP_ERROR_STOPPED);
        assert_int_equal(ear.asked, at);
        unsigned char *again = run(study, life, 0);
        assert_memory_equal(again, undisturbed, bytes);
        free(again);
    }
    free(undisturbed);
    free(payload);
    rlp_life_free(life);
    rlp_study_free(study);
}

static void a_stop_within_a_patient_leaves_no_trace(void **state) {
    static const char *const ENGINES[] = {"direct", "kendall", "leap", "tau", "auto"};
    static const char *const SETS[] = {"cohort.patients=5"};
    const rlp_study_options_t few = {.sets = SETS, .n_sets = 1};
    (void)state;
    for (size_t e = 0; e < 5; e++) {
        char text[2000];
        snprintf(text, sizeof text, "%sengine: {name: %s}", INPUT, ENGINES[e]);
        given_up_anywhere(parse_with(text, &few)); /* the course is shared by all patients */
    }
    given_up_anywhere(small_tumour("auto")); /* every patient has one, compiled as he goes */
}

/* A meter is told of each phase and of the way back; what is computed does not know it. */
typedef struct {
    rlp_phase_t phase;
    uint64_t entered[RLP_PHASES];
} diary_t;
static rlp_phase_t write_down(void *context, rlp_phase_t phase) {
    diary_t *diary = context;
    rlp_phase_t before = diary->phase;
    diary->entered[phase]++;
    diary->phase = phase;
    return before;
}

static void a_meter_is_told_and_changes_nothing(void **state) {
    diary_t diary = {.phase = RLP_PHASE_OTHER};
    rlp_meter_t meter = {.enter = write_down, .context = &diary};
    rlp_study_t *study = small_tumour("auto");
    rlp_life_t *life;
    (void)state;
    assert_int_equal(rlp_life_new(&study->trial, &life), RLP_OK);
    unsigned char *unmetered = run(study, life, 0);
    study->trial.meter = &meter;
    unsigned char *metered = run(study, life, 0);
    assert_memory_equal(metered, unmetered, rlp_block_bytes(study, 0));
    assert_int_equal(diary.phase, RLP_PHASE_OTHER);
    uint64_t compiled = diary.entered[RLP_PHASE_COMPILING];
    assert_true(compiled >= 3 * 2);                                        /* patients: the course, then at least one stretch of it */
    assert_int_equal(diary.entered[RLP_PHASE_SIMULATING], 3 + compiled);  /* back from each */
    assert_int_equal(diary.entered[RLP_PHASE_STATISTICS], 1 + 3);
    assert_int_equal(diary.entered[RLP_PHASE_WAITING] + diary.entered[RLP_PHASE_LEDGER] + diary.entered[RLP_PHASE_FILES], 0);
    free(unmetered);
    free(metered);
    rlp_life_free(life);
    rlp_study_free(study);
}

/* Only some arms: the same patients, the same lives. */
static void chosen_arms_live_the_same_lives(void **state) {
    static const char *const ARMS[] = {"pulsed"};
    rlp_study_options_t options = {.arms = ARMS, .n_arms = 1};
    rlp_study_t *all = cohort_parse(INPUT), *one = parse_with(INPUT, &options);
    rlp_life_t *life, *other;
    (void)state;
    assert_int_equal(rlp_study_blocks(one), 3);
    assert_string_equal(rlp_study_arm_name(one, 0), "pulsed");
    assert_int_equal(rlp_life_new(&all->trial, &life), RLP_OK);
    assert_int_equal(rlp_life_new(&one->trial, &other), RLP_OK);
    for (uint64_t b = 0; b < 3; b++) {
        unsigned char *x = run(all, life, 3 + b), *y = run(one, other, b);
        assert_memory_equal(x, y, rlp_block_bytes(one, b));
        free(x);
        free(y);
    }
    rlp_life_free(life);
    rlp_life_free(other);
    rlp_study_free(all);
    rlp_study_free(one);
    static const char *const WRONG[] = {"pulsd"};
    options.arms = WRONG;
    refused(INPUT, &options, "did you mean 'pulsed'");
}

static void fingerprint(const rlp_study_t *study, rlp_text_t *out) {
    rlp_text_clear(out);
    rlp_study_fingerprint(study, out);
}

/* Resolved text -> study -> the same resolved text and fingerprint; --set and --arm are in it, comments and layout are not. */
static void resolved_text_reads_back_as_itself(void **state) {
    static const char *const SETS[] = {"cohort.seed=6", "engine.error=0.02", "arms.pulsed.timeline.1.survive.S=0.25"};
    rlp_study_options_t plain = {0}, set = {.sets = SETS, .n_sets = 3};
    rlp_text_t a, b;
    (void)state;
    rlp_text_init(&a);
    rlp_text_init(&b);
    rlp_study_t *study = parse_with(INPUT, &set), *again = parse_with(rlp_text_string(&study->resolved), &plain);
    fingerprint(study, &a);
    fingerprint(again, &b);
    assert_string_equal(rlp_text_string(&a), rlp_text_string(&b));
    assert_string_equal(rlp_text_string(&study->resolved), rlp_text_string(&again->resolved));
    assert_true(study->seed == 6 && again->seed == 6 && again->trial.error == 0.02 && study->patients == 150);
    assert_string_equal(again->title, "two arms");
    rlp_study_free(again);
    again = parse_with(INPUT, &plain);
    fingerprint(again, &b);
    assert_true(strcmp(rlp_text_string(&a), rlp_text_string(&b)) != 0); /* another seed is another study */
    rlp_study_free(study);
    study = parse_with("# a remark\n" INPUT "# and another\n", &plain);
    fingerprint(study, &a);
    assert_string_equal(rlp_text_string(&a), rlp_text_string(&b));
    rlp_study_free(again);
    rlp_study_free(study);
    rlp_text_free(&a);
    rlp_text_free(&b);
}

static void defaults_are_those_of_the_reference(void **state) {
    rlp_study_t *study = cohort_parse("process: {types: {S: {cells: 1, birth: 0, death: 0}}}\ncohort: {follow_up: 2 yr}");
    (void)state;
    assert_true(study->patients == 1000 && study->seed == 1 && study->trial.follow_up_days == 730.5 && study->trial.until == RLP_UNTIL_FOLLOW_UP);
    assert_true(study->trial.error == 0.01 && study->n_arms == 1 && study->n_records == 0 && study->reference == 0);
    assert_string_equal(study->trial.engine->name, "auto");
    assert_string_equal(rlp_study_arm_name(study, 0), "all");
    assert_int_equal(study->endpoints.progression.form, RLP_PROGRESSION_NONE);
    rlp_study_free(study);
    study = cohort_parse(INPUT "compare: {reference: pulsed}");
    assert_int_equal(study->reference, 1);
    rlp_study_free(study);
}

static void what_is_wrong_is_said(void **state) {
    rlp_study_options_t none = {0};
    (void)state;
#define PROCESS "process: {types: {S: {cells: 1, birth: 0, death: 0}}}\n"
    refused(PROCESS, &none, "cohort");
    refused(PROCESS "cohort: {follow_up: 10 d, until: progression}", &none, "needs `endpoints: {progression");
    refused(PROCESS "cohort: {follow_up: 10 d}\nrecord: {times: [5 d, 5 d]}", &none, "record times rise");
    refused(PROCESS "cohort: {follow_up: 10 d}\nrecord: {times: [11 d]}", &none, "11");
    refused(PROCESS "cohort: {follow_up: 10 d}\nengine: {name: kendal}", &none, "no engine is named");
    refused(PROCESS "cohort: {follow_up: 10 d}\ntumour: {}", &none, "not both");
    refused(PROCESS "cohort: {follow_up: 10 d}\ntraits: {}", &none, "belongs to the tumour floor");
    refused(PROCESS "cohort: {follow_up: 10 d}\ncompare: {reference: x}", &none, "no arm is named 'x'");
    refused("cohort: {follow_up: 10 d}", &none, "an input needs `process:`");
    refused("process: {types: {S: {cells: 1, birth: 0, death: 0}, R: {cells: 1, birth: 0, death: 0}, Q: {cells: 1, birth: 0, death: 0}}, channels: [{kind: mutation, from: S, to: R, probability: 0.6},\n"
            "  {kind: mutation, from: S, to: Q, probability: 0.5}]}\ncohort: {follow_up: 10 d}", &none, "sum to 1.1");
    refused(PROCESS "cohort: {follow_up: 10 d}\narms: {a: {timeline: [{at: 5 d, survive: {S: 0.5}}, {at: 4 d, survive: {S: 0.5}}]}}", &none, "time order");
}

static void running_out_of_memory_is_polite(void **state) {
    (void)state;
    for (size_t n = 1;; n++) {
        rlp_study_t *study = NULL;
        rlp_life_t *life = NULL;
        rlp_study_options_t options = {0};
        rlp_diagnostics_t *wrong = rlp_diagnostics_new();
        rlp_memory_fail_at(n);
        int rc = rlp_study_parse("study", INPUT, strlen(INPUT), &options, wrong, &study);
        if (!rc && study) rc = rlp_life_new(&study->trial, &life);
        unsigned char *payload = !rc && study ? calloc(1, rlp_block_bytes(study, 2)) : NULL;
        if (payload) rc = rlp_block_run(study, life, 2, payload, NULL, NULL);
        rlp_memory_fail_at(0);
        bool done = !rc && study && payload;
        assert_true(done || rc == RLP_ERROR_MEMORY || rlp_diagnostics_errors(wrong) > 0);
        free(payload);
        rlp_life_free(life);
        rlp_study_free(study);
        rlp_diagnostics_free(wrong);
        if (done) break;
        assert_true(n < 5000);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_cover_every_patient_once),
        cmocka_unit_test(a_payload_is_a_function_of_study_and_block),
        cmocka_unit_test(moments_are_over_all_who_are_followed),
        cmocka_unit_test(a_stop_between_patients_gives_the_block_up),
        cmocka_unit_test(a_stop_within_a_patient_leaves_no_trace),
        cmocka_unit_test(a_meter_is_told_and_changes_nothing),
        cmocka_unit_test(chosen_arms_live_the_same_lives),
        cmocka_unit_test(resolved_text_reads_back_as_itself),
        cmocka_unit_test(defaults_are_those_of_the_reference),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(running_out_of_memory_is_polite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
