/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * clones.csv of real lives: rows of recorded patients alone, numbered by founding time, with what they add up to; the same numbers in all other files. */
#include "report_test.h"

#include "relapse/clones.h"

#define STUDY(record, engine)                                                                                                                      \
    "title: clones\nprocess:\n  types:\n    A: {cells: 3, birth: 0, death: 0}\n    'C, \"c\"': {cells: 0, birth: 0.2, death: 0.1}\n    B: {cells: 0, birth: 0.1, death: 0.1}\n" \
    "  channels:\n    - {kind: mutation, from: A, to: 'C, \"c\"', rate: 0.5}\n    - {kind: mutation, from: 'C, \"c\"', to: B, probability: 0.1}\n"  \
    "    - {kind: switch, from: B, to: 'C, \"c\"', rate: 0.02}\n"                                                                                  \
    "arms: {plain: {}, 'struck, hard': {timeline: [{at: 20 d, survive: {'C, \"c\"': 0.5}}]}}\n"                                                      \
    "endpoints: {progression: {burden: 60}, death: {burden: 90}}\n"                                                                                \
    "cohort: {patients: 100, seed: 7, follow_up: 30 d}\nrecord: {times: [10 d, 30 d], patients: 70" record "}\nengine: {name: " engine "}\n"

static rlp_life_t *life;

static int live_block(void *context, uint64_t block, unsigned char *payload) {
    const cohort_t *cohort = context;
    memset(payload, 0, rlp_block_bytes(cohort->study, block));
    return rlp_block_run(cohort->study, life, block, payload, NULL, NULL);
}

static void write_lives(cohort_t *cohort, const char *yaml) {
    begin(cohort, yaml);
    cohort->report.read = live_block;
    assert_int_equal(rlp_life_new(&cohort->study->trial, &life), RLP_OK);
    assert_int_equal(write_all_of(cohort), RLP_OK);
    rlp_life_free(life);
}

/* burden_end of a patient in survival.csv: eight cells stand behind it, none of them quoted. */
static long burden_end(const char *survival, const char *arm, long patient) {
    char row[80];
    snprintf(row, sizeof row, "\n%s,%ld,", arm, patient);
    const char *at = strstr(survival, row);
    assert_non_null(at);
    at = strchr(at + 1, '\n');
    for (int c = 0; c < 9; at--) c += at[-1] == ',';
    at++;
    return strtol(at, NULL, 10);
}

static void judge_rows(const cohort_t *cohort) {
    char *clones = content(cohort, "clones.csv"), *survival = content(cohort, "survival.csv");
    const char *at = strchr(clones, '\n') + 1, *arm = "plain";
    long patient = 1, number = 0, left = burden_end(survival, arm, 1) - 3, rows = 0, children = 0; /* the three cells A are clone 0 */
    double founded = 0;
    assert_memory_equal(clones, "arm,patient,clone,parent,trait,site,founded_days,cells\n", 55);
    for (; *at; at = strchr(at, '\n') + 1, rows++) {
        char trait[20], *end;
        bool struck = !strncmp(at, "\"struck, hard\",", 15);
        assert_true(struck || !strncmp(at, "plain,", 6));
        long who = strtol(at + (struck ? 15 : 6), &end, 10), clone = strtol(end + 1, &end, 10), parent = strtol(end + 1, &end, 10);
        if (struck != (arm[0] == '"') || who != patient) {
            assert_true(left == 0 && (struck != (arm[0] == '"') || who > patient) && who <= 70);
            arm = struck ? "\"struck, hard\"" : "plain";
            patient = who;
            number = 0;
            founded = 0;
            left = burden_end(survival, arm, patient) - 3;
        }
        const char *name = *++end == '"' ? "\"C, \"\"c\"\"\"" : "B";
        snprintf(trait, sizeof trait, "%s,,", name);
        assert_true(!strncmp(end, trait, strlen(trait)));
        double day = strtod(end + strlen(trait), &end);
        long cells = strtol(end + 1, &end, 10);
        assert_true(*end == '\n' && clone > number && parent >= 0 && parent < clone && cells > 0 && day >= founded && day <= 30 && (parent > 0) == (name[0] == 'B'));
        children += parent > 0;
        left -= cells;
        number = clone;
        founded = day;
    }
    assert_true(left == 0 && rows > 500 && children > 50);
    free(clones);
    free(survival);
}

static void clones_add_up_and_are_numbered_by_time(void **state) {
    cohort_t cohort;
    (void)state;
    write_lives(&cohort, STUDY(", clones: true", "kendall"));
    judge_rows(&cohort);
    end(&cohort);
    write_lives(&cohort, STUDY(", clones: true", "direct"));
    judge_rows(&cohort);
    end(&cohort);
}

static void nothing_else_changes_with_clones(void **state) {
    static const char *const NAMES[] = {"survival.csv", "counts.csv", "moments.csv", "km.csv", "patients.csv", "events.csv"};
    cohort_t with, without;
    (void)state;
    write_lives(&with, STUDY(", clones: true", "kendall"));
    write_lives(&without, STUDY("", "kendall"));
    for (size_t k = 0; k < sizeof NAMES / sizeof *NAMES; k++) {
        char *bytes = content(&with, NAMES[k]);
        assert_content(&without, NAMES[k], bytes);
        free(bytes);
    }
    assert_int_equal(names_in(with.folder, "clones.csv", false), 1);
    assert_int_equal(names_in(without.folder, "clones.csv", false), 0);
    end(&with);
    end(&without);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(clones_add_up_and_are_numbered_by_time), cmocka_unit_test(nothing_else_changes_with_clones)};
    return cmocka_run_group_tests_name("clones", tests, NULL, NULL);
}
