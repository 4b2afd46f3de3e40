/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A sweep as tasks: its cells in order, which of them is the arm itself, and that a cell is the arm that a user would write with these numbers. */
#include "cohort.h"
#include "relapse/memory.h"

/* The drug's start is not written, the ablation's day is. */
#define INPUT(sweep)                                                                                                                                                          \
    "tumour: {cells: 3000, birth: 0.14 /d, growth: 0.02 /d, sites: {core: {share: 1}}}\n"                                                                                      \
    "drugs: {drug: {dose: 250 mg, pk: {half_life: 48 h, volume: 2370 L}, effect: {changes: death, max: 0.05 /d, half: 0.15 mg/L}}}\n"                                           \
    "interventions: {mwa: {survive: {core: 0.3}}}\n"                                                                                                                           \
    "arms: {none: [], both: [{do: mwa, at: 3 d, name: mwa}, {give: drug, every: 24 h, name: drug}]}\n"                                                                         \
    "endpoints: {progression: {burden: 4000}, death: {viable: 10000}}\ncohort: {patients: 70, seed: 5, follow_up: 60 d, variability: {tumour.growth: {lognormal: {sigma: 0.3}}}}\n" \
    "sweep: {" sweep "}\n"
enum { NONE, BOTH, WRITTEN };

static void cells_are_all_combinations_the_last_path_fastest(void **state) {
    (void)state;
    rlp_study_t *study = cohort_parse(INPUT("arms.both.drug.from: [1 wk, 0 d], drugs.drug.dose: [0.5 g, 250 mg, 1], horizon: 50 d, endpoint: ttp"));
    const rlp_sweep_t *s = &study->sweep;
    static const double FROM[] = {7, 7, 7, 0, 0, 0}, DOSE[] = {500, 250, 1, 500, 250, 1};
    double *values = calloc(study->parameters.n, sizeof *values);
    assert_non_null(values);
    assert_true(s->asked && s->n_paths == 2 && s->n_cells == 6);
    assert_int_equal(s->arm, BOTH); /* the arm that a path is in */
    assert_int_equal(s->endpoint, RLP_TIME_TTP);
    assert_float_equal(s->horizon_days, 50, 0);
    for (size_t c = 0; c < 6; c++) {
        rlp_study_written(study, study->tasks[s->cells[c]].setting, values);
        assert_float_equal(values[s->paths[0].parameter], FROM[c], 1e-12);
        assert_float_equal(values[s->paths[1].parameter], DOSE[c], 1e-9);
        assert_float_equal(s->paths[0].values[rlp_sweep_at(s, c, 0)], FROM[c], 1e-12);
        assert_float_equal(s->paths[1].values[rlp_sweep_at(s, c, 1)], DOSE[c], 1e-9);
        assert_int_equal(study->tasks[s->cells[c]].arm, study->tasks[BOTH].arm);
        assert_true(c == 4 ? s->cells[c] == BOTH : s->cells[c] >= WRITTEN); /* as written: the arm itself */
    }
    assert_int_equal(study->n_tasks, WRITTEN + 5);
    free(values);
    rlp_study_free(study);
}

/* All tasks of the sweep against an input with the numbers in place. */
static void a_cell_is_the_arm_as_one_would_write_it(void **state) {
    (void)state;
    const char *const text = INPUT("arms.both.drug.from: [14 d], arms.both.mwa.at: [20 d], tumour.growth: [0.03 /d]");
    const char *const sets[] = {"arms.both.drug.from=14 d", "arms.both.mwa.at=20 d", "tumour.growth=0.03 /d"};
    rlp_study_t *swept = cohort_parse(text), *written = study_parse_with(text, (rlp_study_options_t){.sets = sets, .n_sets = 3});
    rlp_life_t *one, *other;
    assert_int_equal(swept->sweep.n_cells, 1);
    assert_int_equal(written->sweep.cells[0], BOTH);
    assert_int_equal(rlp_life_new(&swept->trial, &one), RLP_OK);
    assert_int_equal(rlp_life_new(&written->trial, &other), RLP_OK);
    int differ = 0;
    for (uint64_t b = 0; b < rlp_study_blocks_per_task(swept); b++) {
        uint64_t n = rlp_study_blocks_per_task(swept), block[2] = {swept->sweep.cells[0] * n + b, BOTH * n + b};
        rlp_block_t open[3];
        unsigned char *payload[3];
        const rlp_study_t *of[3] = {swept, written, swept};
        rlp_life_t *life[3] = {one, other, one};
        for (int k = 0; k < 3; k++) {
            uint64_t number = block[k > 0];
            payload[k] = calloc(1, rlp_block_bytes(of[k], number));
            assert_non_null(payload[k]);
            assert_int_equal(rlp_block_run(of[k], life[k], number, payload[k], NULL, NULL), RLP_OK);
            rlp_block_open(of[k], number, payload[k], &open[k]);
        }
        for (uint64_t p = 0; p < open[0].patients; p++) {
            assert_memory_equal(&open[0].outcomes[p], &open[1].outcomes[p], sizeof(rlp_outcome_t));
            differ += open[0].outcomes[p].pfs_days != open[2].outcomes[p].pfs_days; /* the arm as written is another */
        }
        for (int k = 0; k < 3; k++) free(payload[k]);
    }
    assert_true(differ > 20);
    rlp_life_free(one);
    rlp_life_free(other);
    rlp_study_free(swept);
    rlp_study_free(written);
}

/* ---- what is said ------------------------------------------------------------------------------------------------------------------- */
static rlp_study_t *read_and_hear(const char *text, rlp_study_options_t options, rlp_text_t *said) {
    rlp_study_t *study;
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    rlp_text_clear(said);
    assert_int_equal(rlp_study_parse("study", text, strlen(text), &options, wrong, &study), RLP_OK);
    rlp_diagnostics_text(wrong, said);
    rlp_diagnostics_free(wrong);
    assert_non_null(study);
    return study;
}

static void an_arm_left_out_leaves_the_sweep_out(void **state) {
    (void)state;
    const char *const arms[] = {"none"};
    rlp_text_t said;
    rlp_text_init(&said);
    rlp_study_t *study = read_and_hear(INPUT("arms.both.drug.from: [0 d, 7 d]"), (rlp_study_options_t){.arms = arms, .n_arms = 1}, &said);
    assert_non_null(strstr(rlp_text_string(&said), "warning: --arm leaves out the arm that is swept"));
    assert_false(study->sweep.asked);
    assert_int_equal(study->n_tasks, 1);
    rlp_study_free(study);
    study = read_and_hear(INPUT("drugs.drug.dose: [10 mg, 20 mg]"), (rlp_study_options_t){.arms = (const char *const[]){"both"}, .n_arms = 1}, &said); /* the only one that runs */
    assert_string_equal(rlp_text_string(&said), "");
    assert_true(study->sweep.asked);
    assert_string_equal(rlp_study_arm_name(study, study->sweep.arm), "both");
    rlp_study_free(study);
    rlp_text_free(&said);
}

static void what_an_arm_cannot_feel_is_warned_of_and_not_lived_again(void **state) {
    (void)state;
    rlp_text_t said;
    rlp_text_init(&said);
    rlp_study_t *study = read_and_hear(INPUT("drugs.drug.dose: [100 mg, 200 mg], tumour.growth: [0.02 /d, 0.03 /d], arm: none"), (rlp_study_options_t){0}, &said);
    assert_non_null(strstr(rlp_text_string(&said), "warning: nobody in arm 'none' can feel 'drugs.drug.dose': all its values give the same lives"));
    assert_null(strstr(rlp_text_string(&said), "can feel 'tumour.growth'"));
    const size_t *cells = study->sweep.cells;
    assert_true(cells[0] == NONE && cells[2] == NONE && cells[1] == WRITTEN && cells[3] == WRITTEN);
    assert_int_equal(study->n_tasks, WRITTEN + 1);
    rlp_study_free(study);
    rlp_text_free(&said);
}

static void a_cell_is_named_by_its_values(void **state) {
    (void)state;
    rlp_study_t *study = cohort_parse(INPUT("arms.both.drug.from: [1 wk, 0 d], interventions.mwa.survive.core: [5 %]"));
    rlp_text_t words;
    rlp_text_init(&words);
    rlp_sweep_words(study, 0, &words);
    assert_string_equal(rlp_text_string(&words), "arms.both.drug.from 7 d, interventions.mwa.survive.core 0.05");
    rlp_text_free(&words);
    rlp_study_free(study);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_all_combinations_the_last_path_fastest), cmocka_unit_test(a_cell_is_the_arm_as_one_would_write_it),
        cmocka_unit_test(an_arm_left_out_leaves_the_sweep_out), cmocka_unit_test(a_cell_is_named_by_its_values),
        cmocka_unit_test(what_an_arm_cannot_feel_is_warned_of_and_not_lived_again),
    };
    return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
