/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Types, channels and resting rates: which there are, and what cells without drug and mechanism do. */
#include "tumour_test.h"

#define TRAITS_OF_LIVER                                                                   \
    "traits:\n"                                                                           \
    "  target: {kind: genetic, found: 1.0e-7, cost: 5 %}\n"                               \
    "  met: {kind: ladder, rungs: 4, found: 7.0e-7, gain: 0.02, loss: 0.01, cost: 5 %}\n" \
    "  efflux: {kind: plastic, gain: 1.0e-3 /d, loss: 0.02 /d, start: 5 %, cost: 2 %}\n"  \
    "  stem: {kind: plastic, gain: 2.0e-4 /d, loss: 0.01 /d, birth: 0.5, death: 0.5}\n"

static void untreated_is_one_segment_of_resting_rates(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN
                 "signals: {p: {rest: 1, tau: 3 d}}\nmechanisms: {M: {from: p, to: birth, law: factor, slope: 0.5}}\narms: {none: []}\n",
                 1826);
    assert_int_equal(c.process.n_segments, 1);
    assert_true(rate_at(&c, birth_of(&c, "core/none"), 0) == 0.1);
    assert_true(rate_at(&c, death_of(&c, "core/none"), 0) == 0.1 - 0.02);
    compiled_free(&c);
}

static void one_genetic_and_one_plastic_make_18_states(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c, TUMOUR_TWO TRAITS_OF_LIVER "  combine: {genetic: 1, plastic: 1}\narms: {none: []}\n", 10);
    assert_int_equal(c.process.n_types, 2 * 6 * 3);
    assert_int_equal(c.process.n_labels, 18);
    assert_string_equal(c.process.label_names[c.process.label_of_type[type_of(&c, "far/met2+efflux")]], "met2+efflux");
    assert_int_equal(c.process.label_of_type[type_of(&c, "core/met2")], c.process.label_of_type[type_of(&c, "far/met2")]);
    /* a site: founding 2 x 3 states, 3 gains and 4 losses x 3, two plastic traits up and down x 6 genotypes */
    assert_int_equal(c.process.n_channels, 2 * (6 + 21 + 24));
    compiled_free(&c);
}

static void listed_pairs_are_reached_one_trait_at_a_time(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN "traits:\n  a: {kind: genetic, found: 1.0e-7}\n  b: {kind: genetic, found: 2.0e-7}\n  m: {kind: ladder, "
                              "rungs: 2, found: 3.0e-7, gain: 0.1, loss: 0}\n"
                              "  combine: {genetic: [a+b, a+m]}\narms: {none: []}\n",
                 10);
    assert_int_equal(c.process.n_types, 1 + 1 + 1 + 2 + 1 + 2);
    assert_true(rate_at(&c, rate_of(&c, "core/none->core/a"), 0) == 1e-7);
    assert_true(rate_at(&c, rate_of(&c, "core/b->core/a+b"), 0) == 1e-7);
    assert_true(rate_at(&c, rate_of(&c, "core/a+m1->core/a+m2"), 0) == 0.1);
    for (size_t k = 0; k < c.process.n_channels; k++) assert_string_not_equal(c.process.channel_names[k], "core/b->core/b+m1");
    compiled_free(&c);
}

static void genetic_at_division_plastic_by_rate_and_rung_one_leaves_the_ladder(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c, TUMOUR_PLAIN TRAITS_OF_LIVER "arms: {none: []}\n", 10);
    assert_int_equal(c.process.channels[channel_of(&c, "core/none->core/target")].kind, RLP_CHANNEL_DIVISION);
    assert_int_equal(c.process.channels[channel_of(&c, "core/met1->core/met2")].kind, RLP_CHANNEL_DIVISION);
    assert_int_equal(c.process.channels[channel_of(&c, "core/met1->core/none")].kind, RLP_CHANNEL_DIVISION);
    assert_true(rate_at(&c, rate_of(&c, "core/met1->core/none"), 0) == 0.01);
    assert_int_equal(c.process.channels[channel_of(&c, "core/none->core/efflux")].kind, RLP_CHANNEL_SWITCH);
    assert_true(rate_at(&c, rate_of(&c, "core/met3+efflux->core/met3"), 0) == 0.02);
    compiled_free(&c);
}

static void seeding_moves_cells_of_one_trait_set(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 "tumour: {cells: 1000, birth: 0.1 /d, growth: 0.02 /d, sites: {core: {share: 0.5}, far: {share: 0.5}}, seeding: {from: "
                 "core, to: far, rate: 1.0e-3 /d}}\n"
                 "traits: {a: {kind: genetic, found: 0}}\narms: {none: []}\n",
                 10);
    assert_int_equal(c.process.channels[channel_of(&c, "core/a->far/a")].kind, RLP_CHANNEL_SWITCH);
    assert_true(rate_at(&c, rate_of(&c, "core/a->far/a"), 0) == 1e-3);
    assert_int_equal(c.process.n_channels, 2 + 2);
    compiled_free(&c);
}

static double net(const compiled_t *c, const char *type) { return rate_at(c, birth_of(c, type), 0) - rate_at(c, death_of(c, type), 0); }

static void costs_are_shares_of_net_growth_through_birth(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c, TUMOUR_PLAIN TRAITS_OF_LIVER "  combine: {genetic: 1, plastic: 1}\narms: {none: []}\n", 10);
    assert_near(net(&c, "core/none"), 0.02, 1e-17);
    assert_near(net(&c, "core/target"), 0.02 * 0.95, 1e-16);
    assert_near(net(&c, "core/met3"), 0.02 * 0.95 * 0.95 * 0.95, 1e-16);
    assert_near(net(&c, "core/target+efflux"), 0.02 * 0.95 * 0.98, 1e-16);
    assert_true(rate_at(&c, death_of(&c, "core/met3"), 0) == rate_at(&c, death_of(&c, "core/none"), 0));
    assert_near(net(&c, "core/target+stem"), 0.01 * 0.95, 1e-16); /* half the turnover, and the same share of it */
    compiled_free(&c);
}

static void a_number_is_a_factor_and_a_unit_makes_it_the_rate(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN
                 "traits: {quiet: {kind: plastic, gain: 0 /d, loss: 0 /d, cost: 50 %, birth: 0, death: 0.003 /d}}\narms: {none: []}\n",
                 10);
    assert_true(rate_at(&c, birth_of(&c, "core/quiet"), 0) == 0);
    assert_true(rate_at(&c, death_of(&c, "core/quiet"), 0) == 0.003);
    set_value(&c, "tumour.growth", 0.05);
    assert_int_equal(compile_arm(&c, 0, 10, 0.01), RLP_OK);
    assert_true(rate_at(&c, death_of(&c, "core/none"), 0) == 0.1 - 0.05); /* growth varies through death */
    assert_true(rate_at(&c, death_of(&c, "core/quiet"), 0) == 0.003);
    compiled_free(&c);
}

static void growth_is_capped_at_nine_tenths_of_birth(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c, TUMOUR_PLAIN "arms: {none: []}\n", 10);
    assert_false(rlp_tumour_capped(c.tumour, c.values));
    set_value(&c, "tumour.growth", 0.5);
    assert_true(rlp_tumour_capped(c.tumour, c.values));
    assert_int_equal(compile_arm(&c, 0, 10, 0.01), RLP_OK);
    assert_near(net(&c, "core/none"), 0.09, 1e-16);
    compiled_free(&c);
}

static void part_of_joins_the_spheres_of_its_site(void **state) {
    compiled_t c;
    rlp_endpoints_t e;
    (void)state;
    compile_text(&c,
                 "tumour: {cells: 1000, birth: 0.1 /d, growth: 0.02 /d, cells_per_cm3: 2.0e+8, sites: {core: {share: 0.5}, margin: {share: "
                 "0.2, part_of: core}, far: {share: 0.3, lesions: 3}}}\n"
                 "traits: {a: {kind: genetic, found: 0}}\narms: {none: []}\n",
                 10);
    assert_int_equal(rlp_tumour_lesions(c.tumour, &e), RLP_OK);
    assert_int_equal(e.n_lesions, 2);
    assert_true(e.lesions[0].of[type_of(&c, "core/a")] && e.lesions[0].of[type_of(&c, "margin/none")] &&
                !e.lesions[0].of[type_of(&c, "far/none")]);
    assert_true(e.lesions[1].of[type_of(&c, "far/a")] && !e.lesions[1].of[type_of(&c, "margin/none")]);
    assert_true(e.lesions[0].lesions == 1 && e.lesions[1].lesions == 3 && e.cells_per_mm3 == 2e5);
    rlp_endpoints_free(&e);
    compiled_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(untreated_is_one_segment_of_resting_rates),
        cmocka_unit_test(one_genetic_and_one_plastic_make_18_states),
        cmocka_unit_test(listed_pairs_are_reached_one_trait_at_a_time),
        cmocka_unit_test(genetic_at_division_plastic_by_rate_and_rung_one_leaves_the_ladder),
        cmocka_unit_test(seeding_moves_cells_of_one_trait_set),
        cmocka_unit_test(costs_are_shares_of_net_growth_through_birth),
        cmocka_unit_test(a_number_is_a_factor_and_a_unit_makes_it_the_rate),
        cmocka_unit_test(growth_is_capped_at_nine_tenths_of_birth),
        cmocka_unit_test(part_of_joins_the_spheres_of_its_site),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
