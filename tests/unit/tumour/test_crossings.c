/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows by `threshold` and `window` switch at the instant at which their source passes the value, whatever the units of time: integrals of
 * rates against closed forms, or against plain quadrature that knows where to cut. Each within error/10, at two errors. */
#include "tumour_test.h"

#define FALLS "interventions: {set: {signals: {w: {add: 2}}}}\nsignals: {w: {rest: 0, tau: 4 d}, z: {rest: 1, tau: 10 d}}\n"
#define ONCE "arms: {x: [{do: set, at: 0 d}]}\n"

/* The integral of what is added to a rate of core/none; `within` error/10 of what it must be, at errors 0.01 and 0.001. */
static void added(const char *text, bool death, double days, double expected) {
    static const double errors[] = {0.01, 0.001};
    compiled_t c;
    read_text(&c, text);
    must_be_right(&c);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(compile_arm(&c, 0, days, errors[i]), RLP_OK);
        size_t slot = death ? death_of(&c, "core/none") : birth_of(&c, "core/none");
        double base = death ? 0.08 : 0.1;
        assert_near(integral(&c, slot, 0, days) - base * days, expected, errors[i] / 10);
    }
    compiled_free(&c);
}

static void a_threshold_is_passed_when_the_signal_passes_it(void **state) {
    (void)state;
    added(TUMOUR_PLAIN FALLS "mechanisms: {r: {from: w, to: death, law: threshold, max: 1 /d, at: 1.3}}\n" ONCE, true, 60,
          4 * log(2 / 1.3)); /* 1.72313 d */
    added(TUMOUR_PLAIN FALLS "mechanisms: {r: {from: w, to: death, law: threshold, max: 1 /d, at: 1.3, origin: 0.2}}\n" ONCE, true, 60,
          4 * log(2 / 1.5));
    added(TUMOUR_PLAIN FALLS "mechanisms: {r: {from: w, to: death, law: threshold, max: 1 /d, at: 2.7}}\n"
                             "arms: {x: [{do: set, at: [0 d, 1.5 d, 20.3 d]}]}\n",
          true, 60, 4 * log((2 + 2 * exp(-1.5 / 4)) / 2.7)); /* on only after the second push */
}

static void a_window_opens_and_closes_when_the_signal_passes_it(void **state) {
    (void)state;
    added(TUMOUR_PLAIN FALLS "mechanisms: {r: {from: w, to: death, law: window, max: 1 /d, low: 0.4, high: 1.3}}\n" ONCE, true, 60,
          4 * log(1.3 / 0.4));
    added(TUMOUR_TWO FALLS "mechanisms: {r: {from: w, to: death, law: window, max: 1 /d, low: 0.4, high: 1.3, in: core}, q: {from: w, to: "
                           "death, law: threshold, max: 0.5 /d, at: 1.0}}\n" ONCE,
          true, 60, 4 * log(1.3 / 0.4) + 0.5 * 4 * log(2));
}

static void a_window_into_a_signal_pushes_as_long_as_it_is_open(void **state) {
    (void)state;
    added(TUMOUR_PLAIN FALLS "mechanisms: {r: {from: w, to: z, law: window, max: 3, low: 0.5, high: 1.3}, r2: {from: z, to: birth, law: "
                             "factor, slope: 0.1}}\n" ONCE,
          false, 300, 0.1 * 0.1 * 3 * 4 * log(1.3 / 0.5));
}

static void a_window_of_days_into_a_signal_pushes_as_long_as_it_is_open(void **state) {
    (void)state;
    added(TUMOUR_PLAIN FALLS
          "drugs: {x: {dose: 10 mg, pk: {half_life: 1 d, volume: 100 L}}}\nmechanisms: {r: {from: x.days_on, to: z, law: "
          "window, max: 3, low: 3.3 d, high: 7.1 d}, r2: {from: z, to: birth, law: factor, slope: 0.1}}\n"
          "arms: {x: [{give: x, every: 12 h, from: 2 d, until: 20 d}]}\n",
          false, 300, 0.1 * 0.1 * 3 * 3.8);
}

/* z follows w at a distance: z = 2 (exp(-t/10) - exp(-t/4)) 4/6 for tau 10 and 4, with a peak of 0.43431 at 6.109 d. */
static double follower(double t) { return 2.0 * 4 / 6 * (exp(-t / 10) - exp(-t / 4)); }

static double crossing(double (*f)(double), double level, double a, double b) {
    bool up = f(a) < level;
    for (int i = 0; i < 100; i++) {
        double c = 0.5 * (a + b);
        *((f(c) < level) == up ? &a : &b) = c;
    }
    return 0.5 * (a + b);
}

static void a_peak_just_above_the_threshold_is_seen(void **state) {
    const double levels[] = {0.1, 0.4, 0.434};
    double top = log(2.5) / (1.0 / 4 - 1.0 / 10);
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 TUMOUR_PLAIN FALLS "mechanisms: {p: {from: w, to: z, law: linear, slope: 1}, r: {from: z, to: death, law: threshold, max: "
                                    "0.5 /d, at: %g}}\n" ONCE,
                 levels[i]);
        added(text, true, 60, 0.5 * (crossing(follower, levels[i], top, 60) - crossing(follower, levels[i], 0, top)));
    }
}

/* ---- levels: 100 mg every 12 h into 50 L, ka 12 /d, half-life 20 h ----------------------------------------------------------------- */
#define DRUG "drugs: {x: {dose: 100 mg, pk: {ka: 0.5 /h, half_life: 20 h, volume: 50 L}%s}}\n"
#define TWICE_A_DAY "arms: {x: [{give: x, every: 12 h}]}\n"

static double level(double t) {
    double ka = 12, ke = log(2) / (20.0 / 24), sum = 0;
    for (int i = 0; i * 0.5 <= t; i++) sum += exp(-ke * (t - 0.5 * i)) - exp(-ka * (t - 0.5 * i));
    return 100 / 50.0 * ka / (ka - ke) * sum;
}

/* The integral of `f` while x lies in [low, high): Simpson between the crossings, for which each 256th of a day is looked through. */
typedef double (*function_t)(double);
static double while_within(function_t x, function_t f, double low, double high, double days) {
    double sum = 0;
    for (int i = 0; i < days * 256; i++) {
        double cut[4] = {i / 256.0, 0, 0, nextafter((i + 1) / 256.0, 0)};
        for (int k = 1; k < 3; k++) {
            double bound = k == 1 ? low : high;
            cut[k] = (x(cut[0]) < bound) != (x(cut[3]) < bound) ? crossing(x, bound, cut[0], cut[3]) : cut[3];
        }
        double first = fmin(cut[1], cut[2]), second = fmax(cut[1], cut[2]);
        cut[1] = first, cut[2] = second;
        for (int k = 0; k < 3; k++) {
            double a = cut[k], b = cut[k + 1], m = 0.5 * (a + b);
            if (x(m) >= low && x(m) < high) sum += (b - a) / 6 * (f(a) + 4 * f(m) + f(b));
        }
    }
    return sum;
}

static double one(double t) { return 1 + 0 * t; }
static double share(double t) { return level(t) * level(t) / (4 + level(t) * level(t)); } /* of the effect below */
static double occupied(double t) { return level(t) / (2 + level(t)); }
static double kill(double t) { return 0.3 * share(t); }
static double both(double t) { return 20 * (1 + kill(t)); }
static double helped(double t) { return level(t) * (1 + 0.25 * 2 * exp(-t / 4)); }

static void with_drug(const char *effect, const char *row, double days, double expected) {
    char text[1024];
    snprintf(text, sizeof text, TUMOUR_PLAIN FALLS DRUG "mechanisms: {%s}\n%s", effect, row,
             strstr(row, "from: w") ? "arms: {x: [{do: set, at: 0 d}, {give: x, every: 12 h}]}\n" : TWICE_A_DAY);
    added(text, true, days, expected);
}

static void a_threshold_of_a_level_is_passed_with_every_dose(void **state) {
    (void)state;
    with_drug("", "r: {from: x.level, to: death, law: threshold, max: 1 /d, at: 4}", 30, while_within(level, one, 4, INFINITY, 30));
    with_drug("", "r: {from: x.level, to: death, law: threshold, max: 1 /d, at: 5, origin: -0.5}", 30,
              while_within(level, one, 4.5, INFINITY, 30));
    with_drug("", "r: {from: x.level, to: death, law: window, max: 1 /d, low: 3.5, high: 4.6}", 30, while_within(level, one, 3.5, 4.6, 30));
    with_drug(", effect: {changes: birth, max: 0, half: 2}", "r: {from: x.occupancy, to: death, law: threshold, max: 1 /d, at: 0.7}", 30,
              while_within(occupied, one, 0.7, INFINITY, 30));
}

static void a_level_that_a_signal_moves_passes_its_threshold(void **state) {
    (void)state;
    with_drug("", "r: {from: x.level, to: death, law: threshold, max: 1 /d, at: 4.2}, h: {from: w, to: x.level, law: factor, slope: 0.25}",
              30, while_within(helped, one, 4.2, INFINITY, 30));
}

static void a_threshold_of_a_level_multiplies_what_the_drug_does_at_that_time(void **state) {
    (void)state;
    with_drug(", effect: {changes: death, max: 30 %, half: 2, power: 2}",
              "r: {from: x.level, to: death, law: threshold, as: factor, max: 20, at: 4}", 30,
              0.08 * (while_within(level, kill, -INFINITY, INFINITY, 30) + while_within(level, both, 4, INFINITY, 30)));
}

/* ---- more than one crossing at a time ------------------------------------------------------------------------------------------------ */
/* Above 1 the row pulls z, which would go to 2, down to 0: z stays at 1, half of the time pulled. */
static void a_row_that_undoes_itself_slides_along_its_threshold(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_PLAIN "interventions: {set: {signals: {w: {add: 2}}}}\nsignals: {w: {rest: 0, tau: 1.0e+5 d}, z: {rest: 0, tau: 2 "
                              "d}}\nmechanisms: {p: {from: w, to: z, law: linear, slope: 1}, r: {from: z, to: z, law: threshold, max: -2, "
                              "at: 1}, d: {from: z, to: death, law: linear, slope: 0.1 /d}}\n" ONCE,
                 20);
    assert_near(mean_of(&c, death_of(&c, "core/none"), 5, 20), 0.08 + 0.1, 1e-3);
    assert_in_range(c.process.n_segments, 2, 100);
    compiled_free(&c);
}

static void many_sites_and_rows_cross_each_at_its_own_time(void **state) {
    compiled_t c;
    (void)state;
    compile_text(&c,
                 TUMOUR_TWO "interventions: {set: {signals: {w: {add: 2}}}, more: {signals: {w: {add: 1, in: far}}}}\nsignals: {w: {rest: "
                            "0, tau: 4 d}}\nmechanisms: {a: {from: w, to: death, law: threshold, max: 1 /d, at: 1.3}, b: {from: w, to: "
                            "birth, law: threshold, max: 1 /d, at: 1.2999999}, c: {from: w, to: death, law: threshold, max: -0.05 /d, at: "
                            "1.0e-3}}\narms: {x: [{do: set, at: 0 d}, {do: more, at: 0 d}]}\n",
                 60);
    double last = 4 * log(2e3), later = 4 * log(3e3);
    assert_near(integral(&c, death_of(&c, "core/none"), 0, 60), 4.8 + 4 * log(2 / 1.3) - 0.05 * last, 1e-3);
    assert_near(integral(&c, death_of(&c, "far/none"), 0, 60), 4.8 + 4 * log(3 / 1.3) - 0.05 * later, 1e-3);
    assert_near(integral(&c, birth_of(&c, "far/none"), 0, 60), 6 + 4 * log(3 / 1.2999999), 1e-3);
    compiled_free(&c);
}

/* A rate that would be negative beyond the crossing is never asked for. */
static void what_lies_beyond_a_crossing_does_not_count(void **state) {
    (void)state;
    added(TUMOUR_PLAIN FALLS "mechanisms: {r: {from: w, to: death, law: threshold, max: 1 /d, at: 1}, n: {from: w, to: death, law: window, "
                             "max: -0.5 /d, low: 1, high: 3}}\n" ONCE,
          true, 30, 0.5 * 4 * log(2));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_threshold_is_passed_when_the_signal_passes_it),
        cmocka_unit_test(a_window_opens_and_closes_when_the_signal_passes_it),
        cmocka_unit_test(a_window_into_a_signal_pushes_as_long_as_it_is_open),
        cmocka_unit_test(a_window_of_days_into_a_signal_pushes_as_long_as_it_is_open),
        cmocka_unit_test(a_peak_just_above_the_threshold_is_seen),
        cmocka_unit_test(a_threshold_of_a_level_is_passed_with_every_dose),
        cmocka_unit_test(a_level_that_a_signal_moves_passes_its_threshold),
        cmocka_unit_test(a_threshold_of_a_level_multiplies_what_the_drug_does_at_that_time),
        cmocka_unit_test(a_row_that_undoes_itself_slides_along_its_threshold),
        cmocka_unit_test(many_sites_and_rows_cross_each_at_its_own_time),
        cmocka_unit_test(what_lies_beyond_a_crossing_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
