/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Doses that a patient misses: which ones, and what is then in the blood. */
#include "relapse/stream.h"
#include "tumour_test.h"

#define KA 24.0
#define KE (0.69314718055994531 / 1.5)
#define DRUGS                                                                                                                              \
    "drugs:\n  x: {dose: 100 mg, pk: {ka: 1 /h, half_life: 36 h, volume: 50 L}}\n"                                                         \
    "  y: {dose: 100 mg, pk: {half_life: 36 h, volume: 50 L}}\n"                                                                           \
    "mechanisms: {A: {from: x.level, to: death, law: linear, slope: 0.001}, B: {from: y.level, to: birth, law: linear, slope: 0.001}}\n"
#define DAYS 120
#define EXACT 5e-5 /* of some 500 mg d/L: 1e-7, at which a course counts as steady; one dose is 4 */

/* Death by 0.001 x level: its integral is that of the level. */
static void begin(compiled_t *c, const char *yaml) {
    read_text(c, yaml);
    must_be_right(c);
    c->follow_up = DAYS;
    assert_int_equal(rlp_tumour_process(c->tumour, c->values, &c->process), RLP_OK);
    assert_int_equal(rlp_environment_new(c->tumour, 0, 0.01, DAYS, &c->environment), RLP_OK);
}

static void compile_patient(compiled_t *c, uint64_t patient) {
    rlp_tumour_process_again(c->tumour, c->values, &c->process);
    rlp_environment_luck(c->environment, 7, patient, 0);
    assert_int_equal(rlp_environment_begin(c->environment, c->values, &c->process), RLP_OK);
    assert_int_equal(rlp_environment_extend(c->environment, DAYS, &c->process), RLP_OK);
}

static double level_integral(const compiled_t *c, double from, double to) {
    return (integral(c, death_of(c, "core/none"), from, to) - 0.08 * (to - from)) / 0.001;
}

/* The k-th slot's uniform, from the stream as the page says. */
static bool misses(uint64_t patient, const char *drug, size_t slot, double p) {
    rlp_stream_t stream;
    char name[64];
    snprintf(name, sizeof name, "missed:%s", drug);
    rlp_stream_init(&stream, 7, patient, rlp_stream_purpose(name));
    for (size_t k = 0; k < slot; k++) (void)rlp_stream_word(&stream);
    return rlp_stream_uniform(&stream) < p;
}

/* Integral of the level over (from, to), dose by dose: doses at start + k T before stop. */
static double brute(uint64_t patient, const char *drug, double p, double start, double T, double stop, bool oral, double from, double to) {
    double sum = 0;
    for (size_t k = 0; start + (double)k * T < fmin(stop, to); k++) {
        double t = start + (double)k * T, a = fmax(0, from - t), b = to - t;
        if (misses(patient, drug, (size_t)(start / T + 1e-6) + k, p)) continue;
        double slow = (exp(-KE * a) - exp(-KE * b)) / KE, fast = (exp(-KA * a) - exp(-KA * b)) / KA;
        sum += oral ? 2 * KA / (KA - KE) * (slow - fast) : 2 * slow;
    }
    return sum;
}

static void levels_are_those_of_the_doses_taken(void **state) {
    compiled_t c;
    (void)state;
    begin(&c, TUMOUR_PLAIN DRUGS "arms: {x: [{give: x, every: 12 h, from: 3 d, until: 80 d, missed: 20 %}, {give: y, every: 3 d, missed: 0.4}]}\n");
    for (uint64_t patient = 1; patient <= 5; patient++) {
        compile_patient(&c, patient);
        assert_near(level_integral(&c, 0, DAYS), brute(patient, "x", 0.2, 3, 0.5, 80, true, 0, DAYS), EXACT);
        assert_near((integral(&c, birth_of(&c, "core/none"), 0, DAYS) - 0.1 * DAYS) / 0.001, brute(patient, "y", 0.4, 0, 3, 1e9, false, 0, DAYS), EXACT);
        for (double t = 0; t < DAYS; t += 10) assert_near(level_integral(&c, t, t + 10), brute(patient, "x", 0.2, 3, 0.5, 80, true, t, t + 10), 1); /* error/10 of rate x time */
    }
    compiled_free(&c);
}

/* Rare misses: between them levels are steady, and what repeats is not computed again. */
static void between_rare_misses_levels_repeat(void **state) {
    compiled_t c;
    (void)state;
    begin(&c, TUMOUR_PLAIN DRUGS "arms: {x: [{give: x, every: 1 d, missed: 2 %}]}\n");
    for (uint64_t patient = 1; patient <= 20; patient++) {
        compile_patient(&c, patient);
        assert_near(level_integral(&c, 0, DAYS), brute(patient, "x", 0.02, 0, 1, 1e9, true, 0, DAYS), EXACT);
    }
    compiled_free(&c);
}

/* Mean exposure is 1 - p of the full one: per patient the number of n doses taken is binomial. |z| < 3.29: false alarm 0.1 %. */
static void exposure_falls_by_the_share_missed(void **state) {
    compiled_t c;
    size_t patients = 400;
    double sum = 0, square = 0, mg = 0;
    (void)state;
    begin(&c, TUMOUR_PLAIN DRUGS "arms: {x: [{give: x, every: 1 d, until: 100 d, missed: 10 %}]}\n");
    compile_patient(&c, 0);
    double full = level_integral(&c, 0, DAYS);
    assert_near(full, brute(1, "x", 0, 0, 1, 100, true, 0, DAYS), EXACT); /* the nominal patient misses nothing */
    assert_near(rlp_environment_given_mg(c.environment, 0, DAYS), 10000, 0);
    for (uint64_t patient = 1; patient <= patients; patient++) {
        compile_patient(&c, patient);
        double share = level_integral(&c, 0, DAYS) / full, given = rlp_environment_given_mg(c.environment, 0, DAYS) / 10000;
        assert_near(share, given, 1e-4); /* each dose weighs the same, but for what is left on day 120 */
        sum += share;
        square += share * share;
        mg += given;
    }
    double mean = sum / (double)patients, sd = sqrt(square / (double)patients - mean * mean);
    assert_near((mean - 0.9) / (sqrt(0.1 * 0.9 / 100 / (double)patients)), 0, 3.29);
    assert_near(sd * sd / (0.1 * 0.9 / 100), 1, 3.29 * sqrt(2.0 / (double)patients)); /* doses are missed on their own */
    compiled_free(&c);
}

/* The same days in each arm, also where a course begins later, and no fewer at a larger share. */
static void the_same_doses_are_missed_whatever_else_is_done(void **state) {
    compiled_t c, d;
    (void)state;
    begin(&c, TUMOUR_PLAIN DRUGS "arms: {x: [{give: x, every: 1 d, missed: 30 %}]}\n");
    begin(&d, TUMOUR_PLAIN DRUGS "arms: {x: [{give: y, every: 1 d, missed: 50 %}, {give: x, every: 1 d, from: 14 d, missed: 30 %}]}\n");
    for (uint64_t patient = 1; patient <= 5; patient++) {
        compile_patient(&c, patient);
        compile_patient(&d, patient);
        for (double t = 14.5; t < DAYS; t++) {
            double a = rlp_environment_given_mg(c.environment, 0, t) - rlp_environment_given_mg(c.environment, 0, 13.5);
            assert_near(a, rlp_environment_given_mg(d.environment, 0, t), 0);
        }
        assert_true(rlp_environment_given_mg(c.environment, 0, DAYS) < 12100);
    }
    compiled_free(&c);
    compiled_free(&d);
    begin(&c, TUMOUR_PLAIN DRUGS "arms: {x: [{give: x, every: 1 d, missed: 100 %}]}\n");
    compile_patient(&c, 1);
    assert_near(level_integral(&c, 0, DAYS), 0, EXACT); /* the first, too */
    compiled_free(&c);
}

/* A course that is reduced and then paused on the way misses as the one that goes on would. */
static void rules_leave_the_days_missed_as_they_are(void **state) {
    compiled_t c;
    (void)state;
    begin(&c, TUMOUR_PLAIN DRUGS "arms: {x: [{give: x, every: 12 h, missed: 25 %}, {reduce: x, to: 50 %, when: visit}]}\n");
    for (uint64_t patient = 1; patient <= 5; patient++) {
        size_t n;
        const rlp_rule_t *rules = rlp_tumour_rules(c.tumour, 0, &n);
        assert_int_equal(n, 1);
        rlp_tumour_process_again(c.tumour, c.values, &c.process);
        rlp_environment_luck(c.environment, 7, patient, 0);
        assert_int_equal(rlp_environment_begin(c.environment, c.values, &c.process), RLP_OK);
        rlp_environment_hold(c.environment, 40);
        assert_int_equal(rlp_environment_extend(c.environment, DAYS, &c.process), RLP_OK);
        assert_int_equal(rlp_environment_act(c.environment, &rules[0].then[0], 40, &c.process), RLP_OK);
        rlp_environment_hold(c.environment, INFINITY);
        assert_int_equal(rlp_environment_extend(c.environment, DAYS, &c.process), RLP_OK);
        double before = brute(patient, "x", 0.25, 0, 0.5, 40, true, 0, DAYS), all = brute(patient, "x", 0.25, 0, 0.5, 1e9, true, 0, DAYS);
        assert_near(level_integral(&c, 0, DAYS), before + 0.5 * (all - before), EXACT);
    }
    compiled_free(&c);
}

/* The n-th life of a patient has days of its own. */
static void another_life_misses_other_doses(void **state) {
    compiled_t c;
    (void)state;
    double missed[3];
    begin(&c, TUMOUR_PLAIN DRUGS "arms: {x: [{give: x, every: 12 h, missed: 25 %}]}\n");
    for (uint32_t replicate = 0; replicate < 3; replicate++) {
        rlp_tumour_process_again(c.tumour, c.values, &c.process);
        rlp_environment_luck(c.environment, 7, 3, replicate);
        assert_int_equal(rlp_environment_begin(c.environment, c.values, &c.process), RLP_OK);
        assert_int_equal(rlp_environment_extend(c.environment, DAYS, &c.process), RLP_OK);
        missed[replicate] = level_integral(&c, 0, DAYS);
        for (uint32_t other = 0; other < replicate; other++) assert_true(fabs(missed[other] - missed[replicate]) > 1e-3 * missed[0]);
    }
    compiled_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_are_those_of_the_doses_taken),
        cmocka_unit_test(between_rare_misses_levels_repeat),
        cmocka_unit_test(exposure_falls_by_the_share_missed),
        cmocka_unit_test(the_same_doses_are_missed_whatever_else_is_done),
        cmocka_unit_test(rules_leave_the_days_missed_as_they_are),
        cmocka_unit_test(another_life_misses_other_doses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
