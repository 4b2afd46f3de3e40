/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the compiler takes instead of many small steps: the Gauss rule of a level's measure, and chains of signals in one step. */
#include "../../../solver/tumour/compile.h"
#include "tumour_test.h"

static double mean_hill(const tumour_levels_t *set, size_t k0, size_t k1, double half, double power) {
    double sum = 0, weight = 0;
    for (size_t k = k0; k < k1; k++) {
        double z = pow(set->level[k] / half, power);
        sum += set->weight[k] * z / (1 + z);
        weight += set->weight[k];
    }
    return sum / weight;
}

static void few_nodes_have_the_means_of_many(void **state) {
    static const double powers[] = {1, 1.5, 4};
    (void)state;
    for (size_t p = 0; p < 3; p++) {
        compiled_t c;
        char yaml[600];
        snprintf(yaml, sizeof yaml,
                 TUMOUR_PLAIN "drugs: {x: {dose: 400 mg, pk: {ka: 1 /h, half_life: 37 h, volume: 400 L}, effect: {changes: death, max: 0.01 /d, half: 2 "
                              "mg/L, power: %g}}}\narms: {x: [{give: x, every: 12 h}]}\n",
                 powers[p]);
        compile_text(&c, yaml, 30);
        rlp_environment_t *e = c.environment;
        tumour_levels_t many = {0}, few = {0};
        assert_true(e->rule_fits);
        assert_int_equal(tumour_levels_build(e, 20, 21, &few), RLP_OK);
        e->rule_fits = false;
        assert_int_equal(tumour_levels_build(e, 20, 21, &many), RLP_OK);
        assert_true(many.n >= 40 && few.n <= 12);
        for (double half = 0.3; half < 30; half *= 1.7) { /* both halves of the day, each by itself */
            assert_near(mean_hill(&few, 0, few.half, half, powers[p]), mean_hill(&many, 0, many.half, half, powers[p]), 1e-7);
            assert_near(mean_hill(&few, few.half, few.n, half, powers[p]), mean_hill(&many, many.half, many.n, half, powers[p]), 1e-7);
        }
        tumour_levels_free(&many);
        tumour_levels_free(&few);
        compiled_free(&c);
    }
}

static void a_first_dose_keeps_its_nodes(void **state) {
    compiled_t c;
    tumour_levels_t set = {0};
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN "drugs: {x: {dose: 400 mg, pk: {ka: 1 /h, half_life: 37 h, volume: 400 L}, effect: {changes: death, max: 0.01 /d, half: 2 "
                              "mg/L}}}\narms: {x: [{give: x, every: 12 h}]}\n",
                 30);
    assert_int_equal(tumour_levels_build(c.environment, 0, 0.25, &set), RLP_OK);
    assert_true(set.half > 8); /* the level begins at 0, where hills of a broken power have a branch */
    tumour_levels_free(&set);
    compiled_free(&c);
}

/* b follows a, both by a day: exp(h L) from a to b is 2 h exp(-h), and phi_k its moments, here by Simpson. */
static double moment(double h, int k) {
    enum { N = 4000 };
    double sum = 0;
    for (int i = 0; i <= N; i++) {
        double u = (double)i / N, s = (1 - u) * h, weight = i == 0 || i == N ? 1 : i % 2 ? 4 : 2;
        sum += weight / 3 / N * 2 * s * exp(-s) * (k == 1 ? 1 : k == 2 ? u : u * u / 2);
    }
    return sum;
}

static void a_chain_is_exact_in_one_step(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN "interventions: {x: {signals: {a: {add: 1}}}}\nsignals: {a: {rest: 0, tau: 1 d}, b: {rest: 0, tau: 1 d}}\n"
                              "mechanisms: {ab: {from: a, to: b, law: linear, slope: 2}}\narms: {x: [{do: x, at: 0 d}]}\n",
                 30);
    rlp_environment_t *e = c.environment;
    const tumour_coupling_t *p = &e->coupling;
    size_t to = e->copy_of[e->n_sites], from = e->copy_of[0], at = p->at[to * e->n_copies + from];
    static const double steps[] = {0.25, 0.5, 3, 8, 32};
    assert_int_equal(e->n_forced, 0);
    for (size_t i = 0; i < 5; i++) {
        double h = steps[i];
        tumour_coupling_step(e, h);
        assert_near(p->whole[0][at], 2 * h * exp(-h), 1e-12);
        assert_near(p->half[0][at], h * exp(-h / 2), 1e-12);
        for (int k = 1; k <= 3; k++) assert_near(p->whole[k][at], moment(h, k), 1e-9);
    }
    compiled_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_nodes_have_the_means_of_many),
        cmocka_unit_test(a_first_dose_keeps_its_nodes),
        cmocka_unit_test(a_chain_is_exact_in_one_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
