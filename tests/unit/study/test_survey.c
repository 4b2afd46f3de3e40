/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Synergy and attribution as tasks behind the arms: which are lived, which are other arms' lives, and that a variant is the arm that a user would write. */
#include "cohort.h"
#include "relapse/memory.h"

/* M45 is neutral at rest by a number that does not vary; M1 reads what only the ablation moves; by_hand is both without M1. */
#define INPUT(interact, more)                                                                                                                                           \
    "tumour: {cells: 3000, birth: 0.14 /d, growth: 0.02 /d, sites: {core: {share: 1}}}\n"                                                                                \
    "drugs: {drug: {dose: 250 mg, pk: {half_life: 48 h, volume: 2370 L}, effect: {changes: death, max: 0.05 /d, half: 0.027 mg/L}}}\n"                                   \
    "interventions: {mwa: {survive: {core: 0.3}, signals: {heat: {add: 1}, perfusion: {times: 0.4}}}}\n"                                                                 \
    "signals: {heat: {rest: 0, tau: 5 d}, perfusion: {rest: 1, tau: 30 d}}\n"                                                                                            \
    "mechanisms:\n"                                                                                                                                                      \
    "  M1: {from: heat, to: drug.level, law: factor, slope: 2, interaction: " interact "}\n"                                                                             \
    "  M45: {from: perfusion, to: drug.level, law: power, power: 0.5, origin: 0, interaction: " interact "}\n"                                                           \
    "  M9: {from: perfusion, to: birth, law: factor, slope: 0.15}\n"                                                                                                     \
    "arms: {none: [], drug: [{give: drug, every: 24 h}], mwa: [{do: mwa, at: 3 d}], both: [{as: mwa}, {give: drug, every: 24 h}], by_hand: [{as: both}, {rows: {M1: false}}]}\n" \
    "compare: {synergy: {none: none, a: drug, b: mwa, both: both}}\nendpoints: {death: {viable: 10000}}\n"                                                               \
    "cohort: {patients: 20, seed: 5, follow_up: 60 d" more "}\n"
enum { NONE, DRUG, MWA, BOTH, BY_HAND, WRITTEN };

static rlp_study_t *read_with(const char *text, bool attribute) { return study_parse_with(text, (rlp_study_options_t){.attribute = attribute}); }

static void without_interactions_nothing_is_lived_again(void **state) {
    (void)state;
    rlp_study_t *study = read_with(INPUT("false", ""), false);
    assert_true(study->synergy.asked);
    assert_int_equal(study->synergy.without, study->synergy.both);
    assert_int_equal(study->n_tasks, WRITTEN);
    assert_int_equal(rlp_study_blocks(study), WRITTEN);
    rlp_study_free(study);
}

static void the_null_is_one_task_more(void **state) {
    (void)state;
    rlp_study_t *study = read_with(INPUT("true", ""), false);
    assert_int_equal(study->synergy.both, BOTH);
    assert_int_equal(study->synergy.without, WRITTEN);
    assert_int_equal(study->n_tasks, WRITTEN + 1);
    assert_int_equal(study->n_arms, WRITTEN);
    assert_string_equal(rlp_study_arm_name(study, WRITTEN), "both without interactions");
    assert_false(study->attribution.asked);
    rlp_study_free(study);
}

/* Only both is touched: without M1, without M45 (the other alone is the same set), and without either. */
static void what_cannot_be_felt_is_not_lived_again(void **state) {
    (void)state;
    rlp_study_t *study = read_with(INPUT("true", ""), true);
    const rlp_attribution_t *a = &study->attribution;
    assert_true(a->asked);
    assert_int_equal(a->n_arms, 4);
    assert_int_equal(a->n_marks, 2);
    assert_int_equal(study->n_tasks, WRITTEN + 3);
    for (size_t k = 0; k < 3; k++)
        for (size_t m = 0; m < 2; m++) assert_true(a->none[k] == a->full[k] && a->marks[m].out[k] == a->full[k] && a->marks[m].in[k] == a->full[k]);
    assert_int_equal(a->none[3], study->synergy.without);
    assert_int_equal(a->marks[0].out[3], a->marks[1].in[3]);
    assert_int_equal(a->marks[1].out[3], a->marks[0].in[3]);
    assert_true(a->marks[0].out[3] >= WRITTEN && a->marks[1].out[3] >= WRITTEN && a->marks[0].out[3] != a->marks[1].out[3]);
    rlp_study_free(study);
}

/* The section alone asks; the switch asks for the section's defaults. */
static void the_section_and_the_switch_ask_for_the_same(void **state) {
    (void)state;
    rlp_study_t *by_section = read_with(INPUT("true", "}\nattribute: {rows: interaction"), false), *by_switch = read_with(INPUT("true", ""), true);
    assert_true(by_section->attribution.asked && by_switch->attribution.asked);
    assert_int_equal(by_section->n_tasks, by_switch->n_tasks);
    assert_int_equal(by_section->attribution.n_marks, by_switch->attribution.n_marks);
    rlp_study_free(by_section);
    rlp_study_free(by_switch);
}

/* A power of perfusion is 1 where nothing moves it, unless perfusion at rest differs between patients. */
static void what_varies_at_rest_is_felt(void **state) {
    (void)state;
    rlp_study_t *study = read_with(INPUT("true", ", variability: {signals.perfusion.rest: {uniform: {low: 0.5, high: 1}}}"), true);
    assert_int_not_equal(study->attribution.marks[1].out[1], study->attribution.full[1]);
    assert_int_equal(study->attribution.marks[0].out[1], study->attribution.full[1]);
    rlp_study_free(study);
}

static void live(const rlp_study_t *study, rlp_life_t *life, uint64_t block, rlp_outcome_t outcomes[20]) {
    rlp_block_t open;
    unsigned char *payload = calloc(1, rlp_block_bytes(study, block));
    assert_non_null(payload);
    assert_int_equal(rlp_block_run(study, life, block, payload, NULL, NULL), RLP_OK);
    rlp_block_open(study, block, payload, &open);
    assert_int_equal(open.patients, 20);
    assert_true((const char *)(open.outcomes + 20) <= open.why);
    memcpy(outcomes, open.outcomes, 20 * sizeof *outcomes);
    free(payload);
}

static void a_variant_is_the_arm_as_one_would_write_it(void **state) {
    (void)state;
    rlp_outcome_t both[20], written[20], variant[20];
    rlp_life_t *life;
    rlp_study_t *study = read_with(INPUT("true", ""), true);
    assert_int_equal(rlp_life_new(&study->trial, &life), RLP_OK);
    live(study, life, BOTH, both);
    live(study, life, BY_HAND, written);
    live(study, life, study->attribution.marks[0].out[3], variant);
    for (int i = 0; i < 20; i++) written[i].n_events = variant[i].n_events;
    assert_memory_equal(written, variant, sizeof variant);
    assert_memory_not_equal(both, variant, sizeof variant);
    assert_true(rlp_block_bytes(study, study->attribution.marks[0].out[3]) < rlp_block_bytes(study, BOTH));
    rlp_life_free(life);
    rlp_study_free(study);
}

static void an_arm_left_out_leaves_synergy_out(void **state) {
    (void)state;
    static const char *const ARMS[] = {"both", "drug"};
    rlp_study_t *study = NULL;
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    rlp_study_options_t options = {.arms = ARMS, .n_arms = 2, .attribute = true};
    assert_int_equal(rlp_study_parse("study", INPUT("true", ""), strlen(INPUT("true", "")), &options, wrong, &study), RLP_OK);
    assert_non_null(study);
    assert_int_equal(rlp_diagnostics_warnings(wrong), 1);
    assert_false(study->synergy.asked);
    assert_int_equal(study->attribution.n_arms, 2);
    assert_int_equal(study->attribution.excess[3], RLP_NONE);
    rlp_diagnostics_free(wrong);
    rlp_study_free(study);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_interactions_nothing_is_lived_again), cmocka_unit_test(the_null_is_one_task_more),  cmocka_unit_test(what_cannot_be_felt_is_not_lived_again),
        cmocka_unit_test(the_section_and_the_switch_ask_for_the_same), cmocka_unit_test(what_varies_at_rest_is_felt),                 cmocka_unit_test(a_variant_is_the_arm_as_one_would_write_it), cmocka_unit_test(an_arm_left_out_leaves_synergy_out),
    };
    return cmocka_run_group_tests_name("survey", tests, NULL, NULL);
}
