/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is wrong in an input is said: each line below is one mistake and words that its message must have. All are found in one reading. */
#include "tumour_test.h"

#define HEAD                                                                                                                          \
    TUMOUR_TWO "traits: {a: {kind: genetic, found: 0}, b: {kind: genetic, found: 0}, m: {kind: ladder, rungs: 3, found: 0, gain: 0, " \
               "loss: 0}, p: {kind: plastic, gain: 0 /d, loss: 0 /d}}\n"
#define DRUG(more)                                                                                                                     \
    HEAD "drugs: {gefitinib: {dose: 1 mg, pk: {half_life: 1 d, volume: 1 L}, effect: {changes: death, max: 0.1 /d, half: 1 mg/L}" more \
         "}}\n"
#define SIGNALS                                                                                                                        \
    DRUG("")                                                                                                                           \
    "interventions: {tace: {survive: {core: 0.1}, signals: {vegf: {add: 1}}}}\nsignals: {vegf: {rest: 1, tau: 1 d}, chemo: {rest: 0, " \
    "tau: 1 d, in: core}, wide: {rest: 0, tau: 1 d, per: patient}}\n"
#define ROW(row) SIGNALS "mechanisms: {M: {" row "}}\n"
#define ARM(arm) SIGNALS "arms: {x: [" arm "], y: []}\n"

static const struct {
    const char *yaml, *words[3];
} MISTAKES[] = {
    {"arms: {}\n", {"needs 'tumour:'"}},
    {"tumour: {cells: 1, birth: 0.1 /d, growth: 0.01 /d, sites: {core: {share: 0.5}, far: {share: 0.4}}}\n",
     {"shares", "0.9", "must make 1"}},
    {"tumour: {cells: 1, birth: 0.1 /d, growth: 0.01 /d, sites: {}}\n", {"at least one site"}},
    {"tumour: {cells: 1, birth: 0.1 d, growth: 0.01 /d, sites: {core: {share: 1}}}\n", {"birth", "a rate"}},
    {"tumour: {cells: 1, birth: 0.1 /d, growht: 0.01 /d, growth: 1, sites: {core: {share: 1}}}\n", {"growht", "did you mean 'growth'"}},
    {"tumour: {cells: 1, birth: 0.1 /d, growth: 0.01 /d, sites: {core: {share: 0.5}, margin: {share: 0.5, part_of: cor}}}\n",
     {"unknown site 'cor'", "did you mean 'core'"}},
    {"tumour: {cells: 1, birth: 0.1 /d, growth: 0.01 /d, sites: {core: {share: 1}}, seeding: {from: core, to: core, rate: 1 /d}}\n",
     {"seeding", "itself"}},
    {TUMOUR_TWO "traits: {a: {kind: genetic}}\n", {"genetic trait a needs 'found'"}},
    {TUMOUR_TWO "traits: {a: {kind: genetic, found: 0, start: 5 %}}\n", {"start has no meaning for the genetic trait a"}},
    {TUMOUR_TWO "traits: {m: {kind: ladder, rungs: 99, found: 0, gain: 0, loss: 0}}\n", {"rungs", "99", "16"}},
    {TUMOUR_TWO "traits: {p: {kind: plastic, gain: 0.1, loss: 5 %}}\n", {"loss", "5 %", "a rate"}},
    {TUMOUR_TWO
     "traits: {p: {kind: plastic, gain: 0 /d, loss: 0 /d, start: 0.7}, q: {kind: plastic, gain: 0 /d, loss: 0 /d, start: 0.6}}\n",
     {"start shares", "1.3"}},
    {TUMOUR_TWO "traits: {a: {kind: genetic, found: 0}, combine: {genetic: [a+z]}}\n", {"unknown trait 'z'"}},
    {TUMOUR_TWO "traits: {a: {kind: genetic, found: 0}, p: {kind: plastic, gain: 0, loss: 0}, combine: {plastic: [a+p]}}\n",
     {"a+p", "not plastic"}},
    {TUMOUR_TWO "traits: {none: {kind: genetic, found: 0}}\n", {"cannot be called none"}},
    {DRUG(", resisted: {met: {half: 2}}"), {"unknown trait 'met'"}},
    {DRUG(", resisted: {m: {half: [1, 2]}}"), {"2 numbers", "3 rungs"}},
    {DRUG(", resisted: {a: {half: [1, 2]}}"), {"one number per rung", "no ladder"}},
    {DRUG(", resisted: {a+b: {half: 2}, b+a: {half: 3}}"), {"same traits"}},
    {DRUG(", resisted: {a: {efect: 2}}"), {"efect", "did you mean 'effect'"}},
    {HEAD "drugs: {x: {dose: 1 mg, pk: {volume: 1 L}}}\n", {"half_life or clearance"}},
    {HEAD "drugs: {x: {dose: 1 mg, pk: {half_life: 1 d, clearance: 1 L/h, volume: 1 L}}}\n", {"both half_life and clearance"}},
    {HEAD "drugs: {x: {dose: 15 mg/kg, pk: {half_life: 1 d, volume: 1 L}}}\n", {"dose", "mg/kg"}},
    {HEAD "drugs: {x: {dose: 1 mg, pk: {half_life: 1 d, volume: 1 L}, effect: {changes: death, max: 0.1 /d, half: 0.06 umol/L}}}\n",
     {"half", "molar_mass"}},
    {HEAD "drugs: {x: {dose: 1 mg, pk: {half_life: 1 d, volume: 1 L}, effect: {changes: growth, max: 0.1 /d, half: 1}}}\n",
     {"share of the patient's own net growth"}},
    {HEAD "signals: {s: {rest: 0, tau: 1 d, in: coer}}\n", {"unknown site 'coer'", "core"}},
    {HEAD "signals: {birth: {rest: 0, tau: 1 d}}\n", {"cannot be called birth"}},
    {HEAD "signals: {s: {rest: 0, tau: 1 d, per: patient, in: core}}\n", {"one copy per patient"}},
    {HEAD "signals: {s: {rest: 0, tau: 1 d, in: core, leak: {far: 0.1}}}\n", {"does not live in far"}},
    {SIGNALS "interventions: {}\n", {"interventions"}}, /* a duplicate key, found by the parser */
    {HEAD "interventions: {t: {survive: {croe: 0.1}}}\n", {"unknown site 'croe'"}},
    {HEAD "interventions: {t: {survive: {core: 1.1}}}\n", {"core", "1.1", "between 0 and 1"}},
    {HEAD "interventions: {t: {signals: {perfusion: {add: 1}}}}\n", {"unknown signal 'perfusion'"}},
    {HEAD "interventions: {t: {signals: {s: {}}}}\nsignals: {s: {rest: 0, tau: 1 d}}\n", {"needs add or times"}},
    {ROW("from: vegff, to: birth, law: linear, slope: 1"), {"unknown source", "did you mean 'vegf'"}},
    {ROW("from: gefitinib.levle, to: birth, law: linear, slope: 1"), {"gefitinib.levle", "did you mean '.level'"}},
    {ROW("from: gefitnib.level, to: birth, law: linear, slope: 1"), {"unknown drug 'gefitnib'", "gefitinib"}},
    {ROW("from: vegf, to: brith, law: linear, slope: 1"), {"unknown target 'brith'", "birth"}},
    {ROW("from: vegf, to: a.gain, law: factor, slope: 1"), {"genetic trait a has no gain"}},
    {ROW("from: vegf, to: seeding, law: factor, slope: 1"), {"no seeding"}},
    {ROW("from: vegf, to: birth, law: liner, slope: 1"), {"law", "liner", "linear"}},
    {ROW("from: vegf, to: birth, law: hill, max: 1 /d"), {"the law hill of M needs 'half'"}},
    {ROW("from: vegf, to: birth, law: factor, slope: 1, half: 2"), {"the law factor has no half"}},
    {ROW("from: vegf, to: birth, law: linear, slope: 1 mg"), {"slope", "1 mg", "a rate"}},
    {ROW("from: gefitinib.level, to: death, law: linear, slope: 0.1 /d"), {"gefitinib.level in mg/L", "a plain number: /d per mg/L"}},
    {ROW("from: gefitinib.days_on, to: death, law: linear, slope: 0.1 /d"), {"gefitinib.days_on in d", "a plain number: /d per d"}},
    {ROW("from: tace, to: birth, law: factor, slope: 1"), {"needs 'window'"}},
    {ROW("from: vegf, to: birth, law: factor, slope: 1, window: 3 d"), {"window belongs to"}},
    {ROW("from: vegf, to: chemo, law: linear, slope: 1, traits: [a]"), {"traits has no meaning", "chemo"}},
    {ROW("from: vegf, to: birth, law: factor, slope: 1, traits: [zz]"), {"unknown trait 'zz'"}},
    {ROW("from: vegf, to: birth, law: factor, slope: 1, in: [core, here]"), {"unknown site 'here'"}},
    {ROW("from: vegf, to: birth, law: factor, slope: 1, instead_of: N"), {"unknown row 'N'"}},
    {ROW("from: [vegf, gefitinib.level], to: birth, law: factor, slope: 1"), {"different kinds"}},
    {SIGNALS "mechanisms: {A: {from: vegf, to: B, law: factor, slope: 1}, B: {from: vegf, to: A, law: factor, slope: 1}}\n",
     {"cannot be evaluated", "A", "B"}},
    {ROW("from: gefitinib.level, to: gefitinib.level, law: factor, slope: 1"), {"cannot be evaluated"}},
    {ARM("{give: gefitinb, every: 1 d}"), {"unknown drug 'gefitinb'", "did you mean 'gefitinib'"}},
    {ARM("{give: gefitinib}"), {"needs 'every'"}},
    {ARM("{give: gefitinib, every: 1 d, until: progresion}"), {"until", "progresion", "second_progression"}},
    {ARM("{do: tcae, at: 1 d}"), {"unknown intervention 'tcae'"}},
    {ARM("{do: tace}"), {"needs `at`"}},
    {ARM("{do: tace, when: {viable: 50 % of top}, gap: 42 d}"), {"viable", "50 % of top", "of nadir"}},
    {ARM("{when: progression, then: []}"), {"needs what it does"}},
    {ARM("{as: z}"), {"unknown arm 'z'"}},
    {ARM("{as: x}"), {"defined by itself"}},
    {ARM("{giv: gefitinib}"), {"one of give, do, stop, reduce, pause, test, as and rows", "did you mean 'give'"}},
    {ARM("{do: tace, at: 1 d, name: n}, {do: tace, at: 2 d, name: n}"), {"two items", "'n'"}},
    {ARM("gefitinib"), {"expected an item"}},
};

static void each_mistake_is_said_with_its_place(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof MISTAKES / sizeof *MISTAKES; i++) {
        compiled_t c;
        rlp_text_t said;
        read_text(&c, MISTAKES[i].yaml);
        rlp_text_init(&said);
        rlp_diagnostics_text(c.diagnostics, &said);
        if (!rlp_diagnostics_errors(c.diagnostics)) fail_msg("nothing was said about\n%s", MISTAKES[i].yaml);
        if (!strstr(rlp_text_string(&said), "test.yaml:")) fail_msg("no place in\n%s", rlp_text_string(&said));
        for (size_t k = 0; k < 3 && MISTAKES[i].words[k]; k++)
            if (!strstr(rlp_text_string(&said), MISTAKES[i].words[k]))
                fail_msg("'%s' is not in\n%s", MISTAKES[i].words[k], rlp_text_string(&said));
        rlp_text_free(&said);
        compiled_free(&c);
    }
}

static void every_number_has_a_path(void **state) {
    static const char *const paths[] = {"tumour.cells",
                                        "tumour.sites.core.share",
                                        "traits.m.gain",
                                        "drugs.gefitinib.effect.max",
                                        "drugs.gefitinib.pk.half_life",
                                        "drugs.gefitinib.resisted.m.half.2",
                                        "drugs.gefitinib.resisted.a+b.half",
                                        "interventions.tace.survive.core",
                                        "interventions.tace.signals.vegf.add",
                                        "signals.vegf.tau",
                                        "mechanisms.M.slope",
                                        "mechanisms.M.traits.a",
                                        "mechanisms.H.half",
                                        "arms.x.1.from",
                                        "arms.x.drug.every",
                                        "arms.x.3.at.2",
                                        "arms.y.go.at"};
    compiled_t c;
    (void)state;
    read_text(&c, DRUG(", resisted: {m: {half: [1, 2, 3]}, a+b: {half: 9}}") "interventions: {tace: {survive: {core: 0.1}, signals: {vegf: "
                                                                             "{add: 1}}}}\nsignals: {vegf: {rest: 1, tau: 1 d}}\n"
                                                                             "mechanisms: {M: {from: vegf, to: death, law: linear, slope: "
                                                                             "1 /d, traits: {a: 0.5}}, H: {from: gefitinib.level, to: "
                                                                             "birth, law: hill, as: factor, max: -0.5, half: 3 mg/L}}\n"
                                                                             "arms: {x: [{give: gefitinib, every: 1 d}, {give: gefitinib, "
                                                                             "every: 12 h, name: drug}, {do: tace, at: [1 d, 2 wk]}], y: "
                                                                             "[{as: x}, {do: tace, at: 3 d, name: go}]}\n");
    must_be_right(&c);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (rlp_parameters_find(&c.parameters, paths[i]) == RLP_NO_PARAMETER) fail_msg("no parameter %s", paths[i]);
    assert_true(c.values[rlp_parameters_find(&c.parameters, "arms.x.3.at.2")] == 14);
    assert_true(c.values[rlp_parameters_find(&c.parameters, "arms.x.drug.every")] == 0.5);
    assert_int_equal(compile_arm(&c, 1, 20, 0.01), RLP_OK); /* `as` brings all items of the other arm */
    assert_near(survival_at(&c, "core/none", 1), 0.1, 0);
    assert_near(survival_at(&c, "core/none", 3), 0.1, 0);
    compiled_free(&c);
}

static void memory_that_runs_out_is_an_error_and_leaves_nothing(void **state) {
    static const char yaml[] =
        DRUG(", resisted: {m: {half: [1, 2, 3]}}") "interventions: {tace: {survive: {core: 0.1}, signals: {vegf: {add: 1}}, resisted: {p: {power: 0.5}}}}\nsignals: "
                                                   "{vegf: {rest: 1, tau: 1 d}}\n"
                                                   "mechanisms: {M: {from: vegf, to: death, law: linear, slope: 0.1 /d}, J: {from: tace, to: vegf, law: "
                                                   "impulse, times: 2}, L: {from: vegf, to: stem.gain, law: factor, slope: 1, if_present: true}}\narms: {x: "
                                                   "[{give: gefitinib, every: 1 d, until: progression, name: first}, {do: tace, at: [1 d, 2 d]}, {do: tace, when: {viable: 50 % of start}, gap: 3 d},"
                                                   "{when: visit, test: t, positive: m, then: [{reduce: gefitinib, to: 50 %}], else: [{give: gefitinib, every: 1 d}]}, {rows: {M: false}}], y: [{as: x}]}\n"
                                                   "tests: {t: {of: [m], limit: 1 %}}\n";
    (void)state;
    for (size_t n = 1, done = 0; !done; n++) {
        compiled_t c;
        memset(&c, 0, sizeof c);
        c.diagnostics = rlp_diagnostics_new();
        assert_int_equal(rlp_document_parse("test.yaml", yaml, strlen(yaml), c.diagnostics, &c.document), RLP_OK);
        rlp_parameters_init(&c.parameters);
        (void)rlp_memory_fail_at(n);
        int rc = rlp_tumour_read(rlp_document_root(c.document), &c.parameters, c.diagnostics, &c.tumour);
        size_t asked = rlp_memory_fail_at(0);
        done = asked < n;
        if (!done && rc != RLP_ERROR_MEMORY && !rlp_diagnostics_errors(c.diagnostics)) fail_msg("allocation %zu was missed", n);
        if (done) assert_int_equal(rc, RLP_OK);
        compiled_free(&c);
    }
}

static void an_environment_without_memory_is_an_error(void **state) {
    compiled_t c;
    (void)state;
    read_text(&c, SIGNALS "mechanisms: {M: {from: vegf, to: death, law: linear, slope: 0.1 /d}, J: {from: tace, to: vegf, law: impulse, times: 2}, K: {from: "
                          "always, to: J, law: factor, slope: 1}}\narms: {x: [{give: gefitinib, every: 1 d}, {do: tace, at: 3 d}]}\n");
    must_be_right(&c);
    for (size_t n = 1, done = 0; !done; n++) {
        rlp_environment_t *e = NULL;
        rlp_process_t process;
        memset(&process, 0, sizeof process);
        (void)rlp_memory_fail_at(n);
        int rc = rlp_tumour_process(c.tumour, c.values, &process);
        if (!rc) rc = rlp_environment_new(c.tumour, 0, 0.01, 30, &e);
        if (!rc) rc = rlp_environment_begin(e, c.values, &process);
        if (!rc) rc = rlp_environment_extend(e, 30, &process);
        done = rlp_memory_fail_at(0) < n;
        assert_int_equal(rc, done ? RLP_OK : RLP_ERROR_MEMORY);
        rlp_environment_free(e);
        rlp_process_free(&process);
    }
    compiled_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake_is_said_with_its_place),
        cmocka_unit_test(every_number_has_a_path),
        cmocka_unit_test(memory_that_runs_out_is_an_error_and_leaves_nothing),
        cmocka_unit_test(an_environment_without_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
