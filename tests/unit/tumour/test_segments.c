/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The timeline: segments that do not depend on who asks, hold the integral, and are no more than needed; and the shipped scenarios. */
#include "tumour_test.h"

#define BOTH 3 /* the arm tace_then_sorafenib of scenario B: what is planned, TACE on day 0 and sorafenib from day 3 */

static void read_shipped(compiled_t *c, const char *name) {
    char path[512];
    memset(c, 0, sizeof *c);
    snprintf(path, sizeof path, "%s/inputs/%s", SOURCE_DIR, name);
    c->diagnostics = rlp_diagnostics_new();
    assert_non_null(c->diagnostics);
    assert_int_equal(rlp_document_read(path, c->diagnostics, &c->document), RLP_OK);
    rlp_parameters_init(&c->parameters);
    assert_int_equal(rlp_tumour_read(rlp_document_root(c->document), &c->parameters, c->diagnostics, &c->tumour), RLP_OK);
    must_be_right(c);
}

static void shipped_scenarios_compile_to_few_segments(void **state) {
    static const char *const files[] = {"hcc-tace-sorafenib.yaml", "lung-gefitinib-mwa.yaml"};
    static const size_t types[] = {54, 135};
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        compiled_t c;
        read_shipped(&c, files[f]);
        for (size_t arm = 0; arm < rlp_tumour_arms(c.tumour); arm++) {
            assert_int_equal(compile_arm(&c, arm, 1826.25, 0.01), RLP_OK);
            assert_int_equal(c.process.n_types, types[f]);
            assert_in_range(c.process.n_segments, 1, 120); /* untreated: 1 */
        }
        compiled_free(&c);
    }
}

static void segments_do_not_depend_on_how_the_caller_cuts(void **state) {
    compiled_t c;
    rlp_process_t cut;
    rlp_environment_t *e;
    (void)state;
    read_shipped(&c, "hcc-tace-sorafenib.yaml");
    assert_int_equal(compile_arm(&c, BOTH, 400, 0.01), RLP_OK);
    assert_int_equal(rlp_tumour_process(c.tumour, c.values, &cut), RLP_OK);
    assert_int_equal(rlp_environment_new(c.tumour, BOTH, 0.01, 400, &e), RLP_OK);
    assert_int_equal(rlp_environment_begin(e, c.values, &cut), RLP_OK);
    for (double t = 0.7; t < 401; t += 3.3) {
        assert_int_equal(rlp_environment_extend(e, t, &cut), RLP_OK);
        assert_true(cut.n_segments > 0 && cut.segments[0].start_days == 0);
        if (t < 200) assert_true(cut.n_segments < c.process.n_segments); /* and no further than asked */
    }
    assert_int_equal(cut.n_segments, c.process.n_segments);
    assert_int_equal(cut.n_rate_rows, c.process.n_rate_rows);
    for (size_t k = 0; k < cut.n_segments; k++) assert_memory_equal(&cut.segments[k], &c.process.segments[k], sizeof cut.segments[k]);
    assert_memory_equal(cut.rates, c.process.rates, cut.n_rate_rows * cut.row_size * sizeof *cut.rates);
    rlp_environment_free(e);
    rlp_process_free(&cut);
    compiled_free(&c);
}

static double net_integral(const compiled_t *c, size_t type, double from, double to) {
    return integral(c, type, from, to) - integral(c, c->process.n_types + type, from, to);
}

/* Against a timeline of a hundredth of the error: at any day the integral of each type's growth is within error/10, and at the end far
 * closer. */
static void halves_of_segments_agree_within_a_tenth_of_error(void **state) {
    compiled_t coarse, fine;
    double worst = 0, last = 0;
    (void)state;
    read_shipped(&coarse, "hcc-tace-sorafenib.yaml");
    read_shipped(&fine, "hcc-tace-sorafenib.yaml");
    assert_int_equal(compile_arm(&coarse, BOTH, 365, 0.01), RLP_OK);
    assert_int_equal(compile_arm(&fine, BOTH, 365, 0.0001), RLP_OK);
    for (size_t i = 0; i < coarse.process.n_types; i++) {
        for (double t = 0.4; t < 365; t += 1.7) worst = fmax(worst, fabs(net_integral(&coarse, i, 0, t) - net_integral(&fine, i, 0, t)));
        last = fmax(last, fabs(net_integral(&coarse, i, 0, 365) - net_integral(&fine, i, 0, 365)));
    }
    assert_true(worst < 1e-3 + 1e-5);
    assert_true(worst > 1e-5); /* else segments are finer than they need to be */
    assert_true(last < 1e-4);
    compiled_free(&coarse);
    compiled_free(&fine);
}

/* The same patient by the plainest means: fourth-order Runge-Kutta in steps of a quarter hour, doses as jumps of the gut, no averages
 * anywhere. Numbers are those of the shipped scenario B and of the library, written here a second time. Site core; TACE on day 0,
 * sorafenib from day 3. */
enum { P, H, V, F, B, K, SUP, A, D, E, W, GUT, C, N };
static double level(const double *x, double t) {
    return x[C] * (t > 3 ? fmax(0.5, exp(-0.005 * (t - 3))) : 1) * sqrt(x[P]) / (1 + 0.5 * (x[B] - 1));
}

static void slopes(const double *x, double t, double *y) {
    double l = level(x, t), ke = log(2) / (37.0 / 24);
    y[P] = (1 - x[P]) / 30 * (1 + (x[V] - 1)) * (1 - 0.5 * l / (1.4 + l));
    y[H] = -(x[P] - 1) - x[H];
    y[V] = 1 + 1.15 * x[H] + 0.2 * (x[SUP] - 1) - x[V];
    y[F] = (1 - 0.3 * x[H] - x[F]) / 14;
    y[B] = (1 - x[B]) / 21;
    y[K] = -x[K] / 2;
    y[SUP] = (1 + 0.5 * x[H] - x[SUP]) / 14;
    y[A] = -x[A] / 7;
    y[D] = (x[A] - x[D]) / 3;
    y[E] = (0.1 + 3.6 * x[D] - 1.2 * (x[E] - 0.1) + 0.072 * x[W] - x[E]) / 24;
    y[W] = (2.5 * (x[E] - 0.1) - x[W]) / 50;
    y[GUT] = -24 * x[GUT];
    y[C] = 24 * x[GUT] / 405 - ke * x[C];
}

static double hill(double x) { return pow(x, 1.5) / (1 + pow(x, 1.5)); }

static void nets(const double *x, double t, double net[3]) {
    double b = 0.07, g = 0.0070, l = level(x, t), inside = l / (1 + 0.5 * (x[F] - 1)), kill = 0.15 * x[K] * (t >= 13 ? 1.2 : 1);
    double immune = 0.01 * x[E] / (1 + x[E]) / (1 + x[SUP]) - 0.01 * (0.1 / 1.1) / 2, supply = 1 + 0.15 * (x[P] - 1);
    net[0] = b * supply * (1 - 0.55 * hill(l / 1.4) * g / b) - (b - g) - kill - immune;
    net[1] = (b - 0.02 * g) * supply * (1 - 0.55 * hill(inside / 2.8) * g / b) - (b - g) - 0.3 * kill - immune;
    net[2] = 0.5 * b * supply * (1 - 0.55 * 0.3 * hill(l / 1.4) * g / b) - 0.5 * (b - g) - 0.3 * kill - 0.5 * immune;
}

static void twin_step(double *x, double t, double h, double sum[3]) {
    double k[4][N], at[N], net[3][3];
    nets(x, t, net[0]);
    slopes(x, t, k[0]);
    for (int s = 1; s < 4; s++) {
        double part = s == 3 ? h : h / 2;
        for (int i = 0; i < N; i++) at[i] = x[i] + part * k[s - 1][i];
        slopes(at, t + part, k[s]);
        if (s == 1) nets(at, t + part, net[1]);
    }
    for (int i = 0; i < N; i++) x[i] += h / 6 * (k[0][i] + 2 * k[1][i] + 2 * k[2][i] + k[3][i]);
    nets(x, t + h, net[2]);
    for (int i = 0; i < 3; i++) sum[i] += h / 6 * (net[0][i] + 4 * net[1][i] + net[2][i]);
}

static void scenario_b_agrees_with_its_plain_twin(void **state) {
    compiled_t c;
    double x[N] = {1, 0, 1, 1, 1, 0, 1, 0, 0, 0.1, 0, 0, 0}, sum[3] = {0, 0, 0};
    (void)state;
    read_shipped(&c, "hcc-tace-sorafenib.yaml");
    assert_int_equal(compile_arm(&c, BOTH, 200, 0.01), RLP_OK);
    for (int i = 0; i < 200 * 96; i++) {
        if (i == 0) {
            x[P] *= 0.39, x[B] *= 0.7, x[F] *= 0.7;
            x[V] += 0.3, x[K] += 1, x[A] += 0.3;
        }
        if (i >= 3 * 96 && i % 48 == 0) x[GUT] += 400;
        twin_step(x, i / 96.0, 1 / 96.0, sum);
    }
    assert_near(net_integral(&c, type_of(&c, "core/none"), 0, 200), sum[0], 2e-4);
    assert_near(net_integral(&c, type_of(&c, "core/efflux"), 0, 200), sum[1], 2e-4);
    assert_near(net_integral(&c, type_of(&c, "core/stem"), 0, 200), sum[2], 2e-4);
    compiled_free(&c);
}

static void steady_days_are_one_segment(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN "drugs: {x: {dose: 100 mg, pk: {ka: 1 /h, half_life: 24 h, volume: 50 L}, effect: {changes: death, max: 0.01 "
                              "/d, half: 2 mg/L}}}\narms: {x: [{give: x, every: 12 h}]}\n",
                 1826);
    assert_in_range(c.process.n_segments, 1, 12);
    compiled_free(&c);
}

static void days_of_a_strong_short_drug_are_cut(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN "drugs: {x: {dose: 100 mg, pk: {ka: 2 /h, half_life: 2 h, volume: 50 L}, effect: {changes: death, max: 0.2 "
                              "/d, half: 0.5 mg/L, power: 2}}}\narms: {x: [{give: x, every: 24 h}]}\n",
                 40);
    assert_true(c.process.n_segments >= 80); /* kill comes and goes within each day */
    assert_in_range(c.process.n_rate_rows, 2, 400);
    compiled_free(&c);
}

static void events_are_in_at_their_day_and_on_the_last(void **state) {
    compiled_t c;
    (void)state;
    compile_text(
        &c,
        TUMOUR_TWO
        "interventions: {cut: {survive: {core: 0.25}}, burn: {survive: {core: 0.5, far: 0.1}}}\n"
        "arms: {x: [{do: cut, at: 0 d}, {do: cut, at: 12.5 d}, {do: burn, at: 12.5 d}, {do: cut, at: 30 d}, {do: cut, at: 31 d}]}\n",
        30);
    assert_near(survival_at(&c, "core/none", 0), 0.25, 0);
    assert_near(survival_at(&c, "core/none", 12.5), 0.125, 1e-15);
    assert_near(survival_at(&c, "far/none", 12.5), 0.1, 0);
    assert_near(survival_at(&c, "core/none", 30), 0.25, 0);
    assert_int_equal(c.process.n_segments, 3);
    size_t n;
    (void)rlp_environment_planned(c.environment, &n);
    assert_int_equal(n, 4);
    compiled_free(&c);
}

static void an_environment_serves_one_patient_after_the_other(void **state) {
    compiled_t c;
    rlp_process_t again;
    (void)state;
    read_shipped(&c, "hcc-tace-sorafenib.yaml");
    assert_int_equal(compile_arm(&c, BOTH, 300, 0.01), RLP_OK);
    double *others = malloc(c.parameters.n * sizeof *others);
    assert_non_null(others);
    memcpy(others, c.values, c.parameters.n * sizeof *others);
    others[rlp_parameters_find(&c.parameters, "tumour.growth")] = 0.01;
    for (int turn = 0; turn < 2; turn++) {
        assert_int_equal(rlp_tumour_process(c.tumour, c.values, &again), RLP_OK);
        assert_int_equal(rlp_environment_begin(c.environment, turn ? c.values : others, &again), RLP_OK);
        assert_int_equal(rlp_environment_extend(c.environment, 300, &again), RLP_OK);
        if (turn) assert_int_equal(again.n_segments, c.process.n_segments);
        if (turn) assert_memory_equal(again.rates, c.process.rates, again.n_rate_rows * again.row_size * sizeof *again.rates);
        rlp_process_free(&again);
    }
    free(others);
    compiled_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_scenarios_compile_to_few_segments),
        cmocka_unit_test(segments_do_not_depend_on_how_the_caller_cuts),
        cmocka_unit_test(halves_of_segments_agree_within_a_tenth_of_error),
        cmocka_unit_test(scenario_b_agrees_with_its_plain_twin),
        cmocka_unit_test(steady_days_are_one_segment),
        cmocka_unit_test(days_of_a_strong_short_drug_are_cut),
        cmocka_unit_test(events_are_in_at_their_day_and_on_the_last),
        cmocka_unit_test(an_environment_serves_one_patient_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
