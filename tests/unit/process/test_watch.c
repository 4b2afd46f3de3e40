/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Watches: measures, thresholds of each rule, the nadir. */
#include "exam.h"
#include "relapse/watch.h"

static const unsigned char ONE[] = {1};

static void level_fires_at_its_level(void **state) {
    rlp_watch_t watch = {.of = ONE, .rule = RLP_WATCH_LEVEL, .level = 1000};
    (void)state;
    rlp_watch_start(&watch, 500);
    assert_false(rlp_watch_sees(&watch, 999));
    assert_true(rlp_watch_sees(&watch, 1000) && rlp_watch_sees(&watch, 1001));
    assert_false(rlp_watch_sees(&watch, 3));
    assert_true(watch.nadir == 3 && watch.threshold == 1000);
}

static void relative_follows_the_nadir_and_its_floor(void **state) {
    rlp_watch_t watch = {.of = ONE, .rule = RLP_WATCH_RELATIVE, .factor = 1.5, .minimum = 200};
    (void)state;
    rlp_watch_start(&watch, 1000);
    assert_true(watch.threshold == 1500);
    assert_false(rlp_watch_sees(&watch, 400));
    assert_true(watch.threshold == 600);
    assert_false(rlp_watch_sees(&watch, 599)); /* a rise moves nothing */
    assert_true(watch.nadir == 400 && rlp_watch_sees(&watch, 600));
    assert_false(rlp_watch_sees(&watch, 10));
    assert_true(watch.threshold == 200); /* both must hold: 1.5 x 10 and 200 */
    assert_false(rlp_watch_sees(&watch, 199));
    assert_true(rlp_watch_sees(&watch, 200));
}

static void no_cell_is_no_relapse(void **state) {
    rlp_watch_t watch = {.of = ONE, .rule = RLP_WATCH_RELATIVE, .factor = 1.5, .minimum = 0};
    (void)state;
    rlp_watch_start(&watch, 100);
    assert_false(rlp_watch_sees(&watch, 0));
    assert_false(rlp_watch_sees(&watch, 0));
    assert_true(rlp_watch_sees(&watch, 1)); /* anything is more than 1.5 times nothing */
}

/* RECIST on one sphere: 20 % and 5 mm of diameter. 1e6 cells a mm3: 50 mm is 6.545e10 cells. */
static void sphere_needs_a_fifth_and_five_millimetres(void **state) {
    static const double NADIR_MM[] = {50, 25, 10, 0}, WANT_MM[] = {60, 30, 15, 5};
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        rlp_watch_t watch = {.of = ONE, .rule = RLP_WATCH_SPHERE, .cells_per_mm3 = 1e6};
        rlp_watch_start(&watch, 1e13);
        double nadir = rlp_sphere_cells(NADIR_MM[k], 1e6), want = rlp_sphere_cells(WANT_MM[k], 1e6);
        assert_false(rlp_watch_sees(&watch, nadir));
        assert_true(fabs(watch.threshold / want - 1) < 1e-12);
        assert_false(rlp_watch_sees(&watch, want * (1 - 1e-9)));
        assert_true(rlp_watch_sees(&watch, want * (1 + 1e-9)));
    }
    assert_true(fabs(pow(1.2, 3) - 1.728) < 1e-12);
}

static void sphere_and_cells_are_inverse(void **state) {
    (void)state;
    assert_true(rlp_sphere_diameter_mm(0, 1e6) == 0);
    assert_true(fabs(rlp_sphere_diameter_mm(1e9, 1e6) - 12.407009817988) < 1e-9); /* cbrt(6000/pi) mm */
    for (double cells = 1; cells < 1e18; cells *= 7)
        for (double density = 1e3; density < 1e8; density *= 10)
            assert_true(fabs(rlp_sphere_cells(rlp_sphere_diameter_mm(cells, density), density) / cells - 1) < 1e-13);
}

static void measure_takes_its_types_and_their_dead(void **state) {
    static const unsigned char FIRST[] = {1, 0}, BOTH[] = {1, 1};
    rlp_process_t p;
    rlp_state_t s;
    (void)state;
    exam_process("process: {types: {S: {cells: 70, birth: 0, death: 0}, R: {cells: 5, birth: 0, death: 0}}, necrosis: {clearance: 0.5 /d}}", &p);
    assert_int_equal(rlp_state_init(&s, &p), RLP_OK);
    s.dead[0] = 40;
    s.dead[1] = 8;
    s.dead_days = 1;
    s.t_days = 3;
    rlp_watch_t watch = {.of = FIRST};
    assert_true(rlp_watch_measure(&watch, &s, &p) == 70);
    watch.of = BOTH;
    assert_true(rlp_watch_measure(&watch, &s, &p) == 75);
    watch.with_dead = true;
    assert_true(fabs(rlp_watch_measure(&watch, &s, &p) - 75 - 48 * exp(-1)) < 1e-12);
    watch.of = FIRST;
    assert_true(fabs(rlp_watch_measure(&watch, &s, &p) - 70 - 40 * exp(-1)) < 1e-12);
    rlp_state_free(&s);
    rlp_process_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(level_fires_at_its_level),
        cmocka_unit_test(relative_follows_the_nadir_and_its_floor),
        cmocka_unit_test(no_cell_is_no_relapse),
        cmocka_unit_test(sphere_needs_a_fifth_and_five_millimetres),
        cmocka_unit_test(sphere_and_cells_are_inverse),
        cmocka_unit_test(measure_takes_its_types_and_their_dead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
