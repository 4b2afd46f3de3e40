/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The pool of tasks: what is the same is one, a task in a setting is the study as one would write it, and what is asked at draws and for replicates. */
#include "../../../solver/study/tasks.h"
#include "cohort.h"

#define FREE "process: {types: {S: {cells: 40, birth: %s, death: %s}}}\nendpoints: {progression: {burden: 300, every: 0 d}}\narms: {a: {}, b: {timeline: [{at: 5 d, survive: {S: 0.5}}]}}\n"
#define TUMOUR                                                                                                                                                          \
    "tumour: {cells: 3000, birth: %s /d, growth: %s /d, sites: {core: {share: 1}}}\n"                                                                                    \
    "drugs: {drug: {dose: 250 mg, pk: {half_life: 48 h, volume: 2370 L}, effect: {changes: death, max: 0.05 /d, half: 0.027 mg/L}}}\n"                                   \
    "arms: {a: [], b: [{give: drug, every: 24 h}]}\nendpoints: {progression: {rule: recist, every: 20 d}}\n"
#define COHORT "cohort: {patients: 70, seed: 3, follow_up: 90 d, variability: {%s: {lognormal: {sigma: 0.05}}}}\n"

static size_t row_of(const rlp_study_t *study, const char *path) {
    size_t row = rlp_parameters_find(&study->parameters, path);
    if (row == RLP_NO_PARAMETER) fail_msg("no parameter has the path %s", path);
    return row;
}

static rlp_study_t *study_of(const char *floor, const char *birth, const char *other, const char *varied) {
    char text[3000], cohort[300];
    snprintf(text, sizeof text, floor, birth, other);
    snprintf(cohort, sizeof cohort, COHORT, varied);
    strcat(text, cohort);
    return cohort_parse(text);
}

static void what_is_the_same_is_one_task(void **state) {
    (void)state;
    rlp_study_t *study = study_of(FREE, "0.2", "0.1", "process.types.S.birth");
    size_t birth = row_of(study, "process.types.S.birth"), death = row_of(study, "process.types.S.death"), one, other;
    const size_t there[] = {birth, death}, back[] = {death, birth};
    assert_int_equal(study->n_tasks, 2);
    assert_int_equal(rlp_study_task(study, 0, 2, there, (double[]){0.3, 0.15}, 0, &one), RLP_OK);
    assert_int_equal(one, 2);
    assert_int_equal(rlp_study_task(study, 0, 2, back, (double[]){0.15, 0.3}, 0, &other), RLP_OK);
    assert_int_equal(other, one);
    assert_int_equal(rlp_study_task(study, 0, 2, there, (double[]){0.3, 0.15}, 1, &other), RLP_OK);
    assert_int_equal(other, 3);
    assert_int_equal(rlp_study_task(study, 1, 2, there, (double[]){0.3, 0.15}, 0, &other), RLP_OK);
    assert_int_equal(other, 4);
    assert_int_equal(rlp_study_task(study, 1, 2, there, (double[]){0.2, 0.1}, 0, &other), RLP_OK); /* as written */
    assert_int_equal(other, 1);
    assert_int_equal(study->n_settings, 2);
    /* Many: each is found again. */
    for (int round = 0; round < 2; round++)
        for (size_t k = 0; k < 500; k++) {
            assert_int_equal(rlp_study_task(study, k & 1, 1, &birth, (double[]){0.3 + (double)k * 1e-3}, 0, &other), RLP_OK);
            assert_int_equal(other, 5 + k);
        }
    rlp_study_free(study);
}

static rlp_outcome_t *live(const rlp_study_t *study, rlp_life_t *life, size_t task) {
    rlp_outcome_t *all = calloc(study->patients, sizeof *all);
    assert_non_null(all);
    for (uint64_t b = task * rlp_study_blocks_per_task(study); b < (task + 1) * rlp_study_blocks_per_task(study); b++) {
        rlp_block_t open;
        unsigned char *payload = calloc(1, rlp_block_bytes(study, b));
        assert_non_null(payload);
        assert_int_equal(rlp_block_run(study, life, b, payload, NULL, NULL), RLP_OK);
        rlp_block_open(study, b, payload, &open);
        memcpy(all + open.first - 1, open.outcomes, open.patients * sizeof *all);
        free(payload);
    }
    return all;
}

/* Tasks in turn on one life, as of a study with these numbers in its input. */
static void a_task_in_a_setting_is_the_study_as_one_would_write_it(void **state) {
    (void)state;
    static const char *const FLOORS[] = {FREE, FREE, TUMOUR}, *const VARIED[] = {"process.types.S.birth", "process.types.S.cells", "tumour.birth"},
                      *const PATHS[][2] = {{"process.types.S.birth", "process.types.S.death"}, {"process.types.S.birth", "process.types.S.death"}, {"tumour.birth", "tumour.growth"}};
    for (size_t f = 0; f < 3; f++) {
        rlp_life_t *life, *plain;
        rlp_study_t *study = study_of(FLOORS[f], "0.2", f == 2 ? "0.02" : "0.1", VARIED[f]), *written = study_of(FLOORS[f], "0.21", f == 2 ? "0.025" : "0.11", VARIED[f]);
        const size_t number[] = {row_of(study, PATHS[f][0]), row_of(study, PATHS[f][1])};
        size_t task[2];
        for (size_t a = 0; a < 2; a++) assert_int_equal(rlp_study_task(study, a, 2, number, (double[]){0.21, f == 2 ? 0.025 : 0.11}, 0, &task[a]), RLP_OK);
        assert_int_equal(rlp_life_new(&study->trial, &life), RLP_OK);
        assert_int_equal(rlp_life_new(&written->trial, &plain), RLP_OK);
        for (size_t a = 0; a < 2; a++) {
            rlp_outcome_t *before = live(study, life, a), *there = live(study, life, task[a]), *by_hand = live(written, plain, a), *again = live(study, life, a);
            for (uint64_t k = 0; k < study->patients; k++) by_hand[k].n_events = there[k].n_events, again[k].n_events = before[k].n_events;
            assert_memory_equal(there, by_hand, study->patients * sizeof *there);
            assert_memory_equal(before, again, study->patients * sizeof *there);
            assert_memory_not_equal(before, there, study->patients * sizeof *there);
            free(before), free(there), free(by_hand), free(again);
        }
        rlp_life_free(life);
        rlp_life_free(plain);
        rlp_study_free(study);
        rlp_study_free(written);
    }
}

/* A cell of a sweep at birth 0.4, and birth uncertain about what is written: 0.4 times the same factor; death has a centre of its own. */
static void a_draw_follows_the_cell_unless_its_law_has_a_centre(void **state) {
    (void)state;
    enum { DRAWS = 3 };
    rlp_study_t *study = study_of(FREE, "0.2", "0.1", "process.types.S.cells");
    rlp_study_t *laws = cohort_parse("process: {types: {S: {cells: 40, birth: 0.2, death: 0.1}}}\narms: {a: {}, b: {timeline: [{at: 5 d, survive: {S: 0.5}}]}}\n"
                                     "cohort: {follow_up: 1 d, variability: {process.types.S.birth: {lognormal: {sigma: 0.1}}, process.types.S.death: {lognormal: {median: 0.1, sigma: 0.1}}}}");
    size_t birth = row_of(study, "process.types.S.birth"), death = row_of(study, "process.types.S.death"), cell;
    assert_int_equal(rlp_study_task(study, 0, 2, (size_t[]){birth, death}, (double[]){0.4, 0.3}, 0, &cell), RLP_OK);
    rlp_uncertain_t *u = &study->uncertain;
    u->of = laws->variability;
    laws->variability = (rlp_variability_t){0};
    u->draws = DRAWS;
    u->drawn = calloc(DRAWS * u->of.n, sizeof *u->drawn);
    assert_non_null(u->drawn);
    for (size_t k = 0; k < DRAWS * u->of.n; k++) u->drawn[k] = (double)(k + 1) / (DRAWS * 2 + 1);
    study->replicates = 3;
    assert_int_equal(tasks_expand(study), RLP_OK);
    assert_int_equal(u->n_asked, 3);
    assert_int_equal(study->n_tasks, 3 + DRAWS * 3 + 2 * 2);
    for (size_t d = 1; d <= DRAWS; d++) {
        double *plain = calloc(study->parameters.n, sizeof *plain), *there = calloc(study->parameters.n, sizeof *there);
        assert_true(plain && there);
        size_t a = rlp_study_drawn(study, d, 0), c = rlp_study_drawn(study, d, cell);
        rlp_study_written(study, study->tasks[a].setting, plain);
        rlp_study_written(study, study->tasks[c].setting, there);
        assert_true(fabs(there[birth] - 2 * plain[birth]) < 1e-15 && there[death] == plain[death]);
        assert_true(fabs(plain[birth] - 0.2 * exp(0.1 * gsl_cdf_ugaussian_Pinv(u->drawn[(d - 1) * 2]))) < 1e-14);
        assert_int_equal(study->tasks[a].arm, 0);
        assert_int_equal(study->tasks[rlp_study_drawn(study, d, 1)].arm, 1);
        assert_int_equal(rlp_study_drawn(study, 0, cell), cell);
        free(plain);
        free(there);
    }
    for (uint32_t r = 1; r < 3; r++)
        for (size_t a = 0; a < 2; a++) {
            const rlp_task_t *t = &study->tasks[study->replicas[(r - 1) * 2 + a]];
            assert_true(t->replicate == r && t->arm == a && study->settings[t->setting].n == 0);
        }
    rlp_variability_free(&u->of);
    free(u->drawn);
    u->drawn = NULL;
    rlp_study_free(study);
    rlp_study_free(laws);
}

/* Endpoints and at_most are shared rows: another setting has others, and lives as if they had been written. */
#define RULES                                                                                                                                                          \
    "tumour: {cells: 3000, birth: 0.14 /d, growth: 0.02 /d, sites: {core: {share: 1}}}\n"                                                                               \
    "interventions: {burn: {survive: {core: 0.4}}}\n"                                                                                                                  \
    "arms: {a: [{do: burn, when: {viable: 120 %% of nadir}, at_most: %d, name: again}], b: []}\n"                                                                       \
    "endpoints: {progression: {rule: recist, every: %g d, visible: 1 mm}, second_progression: {after: progression, rule: recist, every: %g d},\n"                         \
    "            death: {viable: %g, hazard: %g /d}}\n"                                                                                                               \
    "cohort: {patients: 70, seed: 3, follow_up: 200 d}\n"
static rlp_study_t *ruled(int at_most, double every, double viable, double hazard) {
    char text[3000];
    snprintf(text, sizeof text, RULES, at_most, every, every, viable, hazard);
    return cohort_parse(text);
}

static void endpoints_and_at_most_are_numbers_of_a_setting(void **state) {
    (void)state;
    static const char *const PATHS[] = {"arms.a.again.at_most", "endpoints.progression.every", "endpoints.death.viable", "endpoints.death.hazard"};
    static const double OTHER[] = {9, 7, 30000, 0.004};
    rlp_study_t *study = ruled(1, 20, 90000, 0.001);
    rlp_life_t *life;
    assert_int_equal(rlp_life_new(&study->trial, &life), RLP_OK);
    rlp_outcome_t *before = live(study, life, 0);
    for (size_t k = 0; k <= 4; k++) { /* each alone, then all */
        double now[] = {1, 20, 90000, 0.001};
        size_t number[4], n = 0, task;
        double value[4];
        for (size_t j = 0; j < 4; j++)
            if (j == k || k == 4) now[j] = OTHER[j], number[n] = row_of(study, PATHS[j]), value[n++] = OTHER[j];
        for (size_t j = 0; j < n; j++) assert_true(study->parameters.rows[number[j]].shared);
        assert_int_equal(rlp_study_task(study, 0, n, number, value, 0, &task), RLP_OK);
        rlp_study_t *written = ruled((int)now[0], now[1], now[2], now[3]);
        rlp_life_t *plain;
        assert_int_equal(rlp_life_new(&written->trial, &plain), RLP_OK);
        rlp_outcome_t *there = live(study, life, task), *by_hand = live(written, plain, 0);
        assert_memory_equal(there, by_hand, study->patients * sizeof *there);
        assert_memory_not_equal(there, before, study->patients * sizeof *there);
        free(there), free(by_hand);
        rlp_life_free(plain);
        rlp_study_free(written);
    }
    free(before);
    rlp_life_free(life);
    rlp_study_free(study);
}

/* A few patients of each arm are lived, of a small cohort all and no more; every task is paid for, and a patient who takes too long is left. */
static void the_cost_is_that_of_all_tasks(void **state) {
    (void)state;
    rlp_study_t *study = study_of(FREE, "0.2", "0.1", "process.types.S.birth");
    rlp_cost_t all, one, none;
    assert_int_equal(rlp_study_cost(study, 100, &all), RLP_OK);
    assert_int_equal(all.patients, 2 * 64);
    assert_true(all.core_hours > 0 && !all.at_least);
    study->patients = 30;
    assert_int_equal(rlp_study_cost(study, 100, &one), RLP_OK);
    assert_int_equal(one.patients, 2 * 30);
    size_t task;
    for (uint32_t r = 1; r <= 2000; r++) assert_int_equal(rlp_study_task(study, r & 1, 0, NULL, NULL, r, &task), RLP_OK);
    assert_int_equal(rlp_study_cost(study, 100, &all), RLP_OK);
    assert_true(all.core_hours > 50 * one.core_hours); /* a thousand times in the mean */
    assert_int_equal(rlp_study_cost(study, 0, &none), RLP_OK);
    assert_true(none.patients == 2 && none.core_hours > 0);
    rlp_study_free(study);
    study = cohort_parse("process: {types: {S: {cells: 1000000, birth: 1, death: 1}}}\nendpoints: {progression: {burden: 1000000000, every: 1 d}}\nengine: {name: direct}\ncohort: {patients: 9, follow_up: 3650 d}\n");
    assert_int_equal(rlp_study_cost(study, 0.05, &none), RLP_OK);
    assert_true(none.patients == 1 && none.at_least);
    rlp_study_free(study);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_the_same_is_one_task),
        cmocka_unit_test(a_task_in_a_setting_is_the_study_as_one_would_write_it),
        cmocka_unit_test(endpoints_and_at_most_are_numbers_of_a_setting),
        cmocka_unit_test(the_cost_is_that_of_all_tasks),
        cmocka_unit_test(a_draw_follows_the_cell_unless_its_law_has_a_centre),
    };
    return cmocka_run_group_tests_name("tasks", tests, NULL, NULL);
}
