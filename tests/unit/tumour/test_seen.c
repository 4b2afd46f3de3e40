/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What there is on a day: signals against their decay, levels and occupancies against the integrals of their exponentials over the day before. */
#include "tumour_test.h"

#define ERROR 0.01
#define MOST 64
/* An infusion of 200 mg into 100 L, half gone in a day; half effect at 1 mg/L. */
#define KE 0.69314718055994530942
#define DRUG "drugs: {d: {dose: 200 mg, pk: {half_life: 24 h, volume: 100 L}, effect: {changes: death, max: 0.01 /d, half: 1 mg/L, power: 1}}}\n"

typedef struct {
    compiled_t c;
    rlp_seen_t seen[MOST];
    double values[MOST];
    size_t n;
} view_t;

static void begin(view_t *v, const char *yaml, size_t arm) {
    read_text(&v->c, yaml);
    must_be_right(&v->c);
    assert_int_equal(rlp_tumour_process(v->c.tumour, v->c.values, &v->c.process), RLP_OK);
    assert_int_equal(rlp_environment_new(v->c.tumour, arm, ERROR, 365, &v->c.environment), RLP_OK);
    assert_int_equal(rlp_environment_begin(v->c.environment, v->c.values, &v->c.process), RLP_OK);
    v->n = rlp_environment_seen(v->c.environment, NULL);
    assert_true(v->n <= MOST);
    assert_int_equal(rlp_environment_seen(v->c.environment, v->seen), v->n);
}

static void go_to(view_t *v, double t) {
    rlp_environment_hold(v->c.environment, t);
    assert_int_equal(rlp_environment_extend(v->c.environment, t, &v->c.process), RLP_OK);
}

static void look(view_t *v) { assert_int_equal(rlp_environment_see(v->c.environment, v->values), RLP_OK); }

static void look_at(view_t *v, double t) {
    go_to(v, t);
    look(v);
}

static double value(const view_t *v, rlp_seen_kind_t kind, size_t what, size_t site) {
    for (size_t i = 0; i < v->n; i++)
        if (v->seen[i].kind == kind && v->seen[i].what == what && v->seen[i].site == site) return v->values[i];
    fail_msg("kind %d of %zu at %zu is not seen", kind, what, site);
    return NAN;
}

static void a_signal_is_seen_where_it_moves_and_decays(void **state) {
    (void)state;
    view_t v;
    begin(&v,
          TUMOUR_TWO "interventions: {hit: {signals: {s: {add: 2, in: core}, whole: {add: 1}}}}\n"
                     "signals: {s: {rest: 1, tau: 6 d}, still: {rest: 3, tau: 1 d}, whole: {rest: 0, tau: 20 d, per: patient}}\n"
                     "mechanisms:\n  S: {from: s, to: birth, law: factor, slope: 0.01}\n  U: {from: still, to: birth, law: factor, slope: 0.01}\n"
                     "  W: {from: whole, to: birth, law: factor, slope: 0.01}\n"
                     "arms: {x: [{do: hit, at: 5 d}]}\n",
          0);
    assert_int_equal(v.n, 3); /* s at two sites, whole; nothing moves `still` */
    look_at(&v, 4);
    assert_true(value(&v, RLP_SEEN_SIGNAL, 0, 0) == 1 && value(&v, RLP_SEEN_SIGNAL, 2, RLP_NONE) == 0);
    for (double t = 5; t < 40; t += 3.25) {
        look_at(&v, t); /* on day 5: after the hit */
        assert_near(value(&v, RLP_SEEN_SIGNAL, 0, 0), 1 + 2 * exp(-(t - 5) / 6), 1e-9);
        assert_near(value(&v, RLP_SEEN_SIGNAL, 0, 1), 1, 1e-12);
        assert_near(value(&v, RLP_SEEN_SIGNAL, 2, RLP_NONE), exp(-(t - 5) / 20), 1e-9);
    }
    assert_near(rlp_tumour_signal_rest(v.c.tumour, v.c.values, 1), 3, 0);
    assert_string_equal(rlp_tumour_signal_name(v.c.tumour, 2), "whole");
    compiled_free(&v.c);
}

/* Mean of 2 e^(-ke s) and of its occupancy over the day that ends t days after the infusion. */
static double mean_level(double t) { return 2 / KE * (exp(-KE * (t - 1)) - exp(-KE * t)); }
static double mean_occupancy(double t) { return (log1p(2 * exp(-KE * (t - 1))) - log1p(2 * exp(-KE * t))) / KE; }

static void a_level_is_the_mean_of_its_day(void **state) {
    (void)state;
    view_t v;
    begin(&v, TUMOUR_PLAIN DRUG "arms: {none: [], x: [{give: d, every: 24 h, from: 3 d, doses: 1}]}\n", 1);
    assert_int_equal(v.n, 2);
    look_at(&v, 2.5);
    assert_true(value(&v, RLP_SEEN_LEVEL, 0, 0) == 0 && value(&v, RLP_SEEN_OCCUPANCY, 0, 0) == 0);
    look_at(&v, 3.5); /* half of the day before it had nothing */
    assert_near(value(&v, RLP_SEEN_LEVEL, 0, 0), 2 / KE * (1 - exp(-KE * 0.5)), 1e-6);
    for (double t = 4; t < 9; t += 1.5) {
        look_at(&v, t);
        assert_near(value(&v, RLP_SEEN_LEVEL, 0, 0), mean_level(t - 3), 1e-6);
        assert_near(value(&v, RLP_SEEN_OCCUPANCY, 0, 0), mean_occupancy(t - 3), 1e-6);
    }
    compiled_free(&v.c);
    begin(&v, TUMOUR_PLAIN DRUG "arms: {none: [], x: [{give: d, every: 24 h, from: 3 d, doses: 1}]}\n", 0);
    assert_int_equal(v.n, 0); /* of drugs that the arm never gives there is nothing to see */
    compiled_free(&v.c);
}

/* At steady state the mean is dose / (ke V interval), whatever the hour; rows aimed at the level act at their site. */
static void rows_aimed_at_a_level_are_in_it(void **state) {
    (void)state;
    view_t v;
    begin(&v,
          TUMOUR_TWO DRUG "interventions: {hit: {signals: {flow: {times: 0.25, in: core}}}}\nsignals: {flow: {rest: 1, tau: 30 d}}\n"
                          "mechanisms:\n  F: {from: flow, to: d.level, law: factor, slope: 0.5}\n"
                          "arms: {x: [{give: d, every: 12 h}, {do: hit, at: 50.3 d}]}\n",
          0);
    for (double t = 50.3; t < 80; t += 9.1) {
        look_at(&v, t);
        assert_near(value(&v, RLP_SEEN_LEVEL, 0, 0), 2 / (KE * 0.5) * (1 - 0.5 * 0.75 * exp(-(t - 50.3) / 30)), 1e-4);
        assert_near(value(&v, RLP_SEEN_LEVEL, 0, 1), 2 / (KE * 0.5), 1e-4);
    }
    compiled_free(&v.c);
}

static void what_a_rule_does_is_seen(void **state) {
    (void)state;
    view_t v;
    size_t n;
    begin(&v, TUMOUR_PLAIN DRUG "arms: {x: [{give: d, every: 24 h}, {reduce: d, to: 50 %, when: visit}, {stop: d, when: progression}]}\n", 0);
    const rlp_rule_t *rules = rlp_tumour_rules(v.c.tumour, 0, &n);
    go_to(&v, 100);
    assert_int_equal(rlp_environment_act(v.c.environment, rules[0].then, 100, &v.c.process), RLP_OK);
    look_at(&v, 100);
    assert_near(value(&v, RLP_SEEN_LEVEL, 0, 0), 2 / KE, 1e-5);
    go_to(&v, 200);
    assert_int_equal(rlp_environment_act(v.c.environment, rules[1].then, 200, &v.c.process), RLP_OK);
    look_at(&v, 200);
    assert_near(value(&v, RLP_SEEN_LEVEL, 0, 0), 1 / KE, 1e-5); /* the day before */
    look_at(&v, 201);
    assert_near(value(&v, RLP_SEEN_LEVEL, 0, 0), 0.5 / KE, 1e-5); /* no dose since: half a day later it is half */
    compiled_free(&v.c);
}

/* Looking leaves the timeline as it is. */
static void looking_changes_nothing(void **state) {
    (void)state;
    view_t v, w;
    static const char text[] = TUMOUR_TWO DRUG
        "interventions: {hit: {signals: {s: {add: 2, in: core}}}}\nsignals: {s: {rest: 0, tau: 6 d}}\n"
        "mechanisms:\n  S: {from: s, to: d.level, law: inverse, slope: 0.5}\n  B: {from: d.level, to: s, law: linear, slope: 0.1}\n"
        "arms: {x: [{give: d, every: 12 h, until: 60 d}, {do: hit, at: [5 d, 33 d]}]}\n";
    begin(&v, text, 0);
    begin(&w, text, 0);
    for (double t = 7; t <= 98; t += 7) {
        look_at(&v, t);
        go_to(&w, t);
    }
    assert_int_equal(v.c.process.n_segments, w.c.process.n_segments);
    assert_int_equal(v.c.process.n_rate_rows, w.c.process.n_rate_rows);
    assert_memory_equal(v.c.process.rates, w.c.process.rates, v.c.process.n_rate_rows * v.c.process.row_size * sizeof(double));
    assert_memory_equal(v.c.process.segments, w.c.process.segments, v.c.process.n_segments * sizeof(rlp_segment_t));
    compiled_free(&v.c);
    compiled_free(&w.c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_is_seen_where_it_moves_and_decays), cmocka_unit_test(a_level_is_the_mean_of_its_day),
        cmocka_unit_test(rows_aimed_at_a_level_are_in_it),            cmocka_unit_test(what_a_rule_does_is_seen),
        cmocka_unit_test(looking_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
