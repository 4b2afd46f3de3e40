/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The cells at time 0: totals to the cell, shares, and the law of the clones that were there before treatment. Seeds are fixed; false-
 * alarm rates of the statistical tests, had they been free: 1e-4 or less each. */
#include "tumour_test.h"

#include "relapse/variates.h"

#define SITES "sites: {core: {share: 0.7}, far: {share: 0.3}}"

static void draw(const compiled_t *c, uint64_t patient, int64_t *cells) {
    rlp_stream_t stream;
    rlp_stream_init(&stream, 7, patient, RLP_PURPOSE_START);
    assert_int_equal(rlp_tumour_start(c->tumour, c->values, &stream, cells), RLP_OK);
}

static int64_t total(const compiled_t *c, const int64_t *cells, const char *prefix) {
    int64_t sum = 0;
    for (size_t i = 0; i < c->process.n_types; i++)
        if (!strncmp(c->process.type_names[i], prefix, strlen(prefix))) sum += cells[i];
    return sum;
}

static void totals_and_sites_are_kept_to_the_cell(void **state) {
    compiled_t c;
    int64_t cells[64];
    (void)state;
    compile_text(&c,
                 "tumour: {cells: 1.0e+10, birth: 0.1 /d, growth: 0.01 /d, " SITES "}\n"
                 "traits:\n  a: {kind: genetic, found: 1.0e-5}\n  m: {kind: ladder, rungs: 3, found: 1.0e-6, gain: 0.02, loss: 0.01}\n  p: "
                 "{kind: plastic, gain: 0 /d, loss: 0 /d, start: 5 %}\n"
                 "arms: {none: []}\n",
                 1);
    for (uint64_t patient = 0; patient < 50; patient++) {
        if (patient)
            draw(&c, patient, cells);
        else
            assert_int_equal(rlp_tumour_start(c.tumour, c.values, NULL, cells), RLP_OK);
        for (size_t i = 0; i < c.process.n_types; i++) assert_true(cells[i] >= 0);
        assert_int_equal(total(&c, cells, "core/"), 7000000000);
        assert_int_equal(total(&c, cells, "far/"), 3000000000);
    }
    compiled_free(&c);
}

static void plastic_shares_hold_in_every_genotype(void **state) {
    compiled_t c;
    int64_t cells[64];
    double sum[4] = {0, 0, 0, 0}, square = 0;
    (void)state;
    compile_text(&c,
                 "tumour: {cells: 10000, birth: 0.1 /d, growth: 0.01 /d, sites: {core: {share: 1}}}\n"
                 "traits:\n  p: {kind: plastic, gain: 0 /d, loss: 0 /d, start: 10 %}\n  q: {kind: plastic, gain: 0 /d, loss: 0 /d, start: "
                 "20 %}\n  combine: {plastic: 2}\narms: {none: []}\n",
                 1);
    for (uint64_t patient = 1; patient <= 4000; patient++) {
        draw(&c, patient, cells);
        for (size_t i = 0; i < 4; i++) sum[i] += (double)cells[i];
        square += pow((double)cells[type_of(&c, "core/p")] - 800, 2);
    }
    assert_near(sum[type_of(&c, "core/p+q")] / 4000, 200, 4 * sqrt(200.0 * 0.98 / 4000));
    assert_near(sum[type_of(&c, "core/p")] / 4000, 800, 4 * sqrt(800.0 * 0.92 / 4000));
    assert_near(sum[type_of(&c, "core/q")] / 4000, 1800, 4 * sqrt(1800.0 * 0.82 / 4000));
    assert_near(square / 4000 / (800 * 0.92), 1, 4 * sqrt(2.0 / 4000));
    compiled_free(&c);
}

static void no_clone_with_the_probability_of_no_living_founder(void **state) {
    compiled_t c;
    int64_t cells[8];
    int none = 0, only_far = 0;
    (void)state;
    compile_text(&c,
                 "tumour: {cells: 1.0e+6, birth: 0.1 /d, growth: 0.01 /d, " SITES
                 "}\ntraits: {a: {kind: genetic, found: 1.0e-6}}\narms: {none: []}\n",
                 1);
    for (uint64_t patient = 1; patient <= 20000; patient++) {
        draw(&c, patient, cells);
        bool core = cells[type_of(&c, "core/a")] > 0, far = cells[type_of(&c, "far/a")] > 0;
        none += !core && !far;
        only_far += !core && far;
    }
    double living = 1 / 0.9 * log(10), p = exp(-living), q = exp(-0.7 * living) - p; /* M u/delta x -ln(1 - delta); clones sit by share */
    assert_near(none / 20000.0, p, 4 * sqrt(p * (1 - p) / 20000));
    assert_near(only_far / 20000.0, q, 4 * sqrt(q * (1 - q) / 20000));
    compiled_free(&c);
}

/* The notes word by word: founders one by one, the dead ones too. */
static double one_by_one(rlp_stream_t *stream, double cells, double u, double b, double d) {
    int64_t founders = rlp_variate_poisson(stream, cells * u * b / (b - d));
    double sum = 0;
    for (int64_t i = 0; i < founders; i++) {
        double x = rlp_stream_uniform(stream), q = (1 - d / b) / (1 - d / b * x), mean = 1 / x / q;
        if (rlp_stream_uniform(stream) > q) continue;
        sum += 1 + floor(log(rlp_stream_uniform(stream)) / log1p(-1 / mean));
    }
    return sum;
}

static int rising(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void many_clones_in_bands_have_the_law_of_clones_one_by_one(void **state) {
    enum { SAMPLES = 4000 };
    static double ours[SAMPLES], theirs[SAMPLES];
    compiled_t c;
    int64_t cells[8];
    rlp_stream_t stream;
    double apart = 0;
    (void)state;
    compile_text(&c,
                 "tumour: {cells: 1.0e+9, birth: 0.1 /d, growth: 0.02 /d, " SITES
                 "}\ntraits: {a: {kind: genetic, found: 1.0e-6}}\narms: {none: []}\n",
                 1);
    rlp_stream_init(&stream, 11, 1, 99);
    for (int i = 0; i < SAMPLES; i++) {
        draw(&c, (uint64_t)i + 1, cells);
        ours[i] = (double)(cells[type_of(&c, "core/a")] + cells[type_of(&c, "far/a")]);
        theirs[i] = one_by_one(&stream, 1e9, 1e-6, 0.1, 0.08);
    }
    qsort(ours, SAMPLES, sizeof *ours, rising);
    qsort(theirs, SAMPLES, sizeof *theirs, rising);
    for (int i = 0, k = 0; i < SAMPLES; i++) {
        while (k < SAMPLES && theirs[k] <= ours[i]) k++;
        apart = fmax(apart, abs(i + 1 - k) / (double)SAMPLES);
    }
    assert_true(apart < 2.23 * sqrt(2.0 / SAMPLES)); /* Kolmogorov-Smirnov, false alarm 1e-4 */
    compiled_free(&c);
}

static void expected_clones_are_founders_times_their_growth(void **state) {
    compiled_t c;
    int64_t cells[64];
    double rung[5] = {0}, M = 1e12, u = 1e-6, b = 0.1, g = 0.02;
    (void)state;
    compile_text(&c,
                 "tumour: {cells: 1.0e+12, birth: 0.1 /d, growth: 0.02 /d, " SITES "}\n"
                 "traits:\n  a: {kind: genetic, found: 1.0e-6}\n  m: {kind: ladder, rungs: 4, found: 1.0e-6, gain: 0.02, loss: 0}\narms: "
                 "{none: []}\n",
                 1);
    assert_int_equal(rlp_tumour_start(c.tumour, c.values, NULL, cells), RLP_OK);
    assert_near((double)(cells[type_of(&c, "core/a")] + cells[type_of(&c, "far/a")]) / (M * u * b / g * log(M)), 1, 1e-6);
    for (int i = 0; i < 20000; i++) { /* over ln E: rungs climbed are Poisson with mean b gain ln E / g */
        double lnE = log(M) * (i + 0.5) / 20000, mean = b * 0.02 * lnE / g, term = exp(-mean), left = 1;
        for (int k = 1; k <= 4; k++) {
            rung[k] += M * u * b / g * log(M) / 20000 * (k < 4 ? term : left);
            left -= term;
            term *= mean / k;
        }
    }
    for (int k = 1; k <= 4; k++) {
        char name[2][32];
        snprintf(name[0], sizeof name[0], "core/m%d", k);
        snprintf(name[1], sizeof name[1], "far/m%d", k);
        assert_near((double)(cells[type_of(&c, name[0])] + cells[type_of(&c, name[1])]) / rung[k], 1, 1e-3);
    }
    compiled_free(&c);
}

static void loss_leads_off_the_ladder(void **state) {
    compiled_t c;
    int64_t cells[64];
    (void)state;
    compile_text(&c,
                 "tumour: {cells: 1.0e+12, birth: 0.1 /d, growth: 0.02 /d, " SITES "}\n"
                 "traits: {m: {kind: ladder, rungs: 2, found: 1.0e-6, gain: 0, loss: 0.1}}\narms: {none: []}\n",
                 1);
    assert_int_equal(rlp_tumour_start(c.tumour, c.values, NULL, cells), RLP_OK);
    /* founders grow at g and lose b loss = g/2: K x integral of E^(1/2) dx = K x 2 (1 - M^-1/2), over ln E */
    assert_near((double)(cells[type_of(&c, "core/m1")] + cells[type_of(&c, "far/m1")]) / (1e12 * 1e-6 * 5 * 2), 1, 2e-3);
    compiled_free(&c);
}

static void rungs_are_left_downwards_too(void **state) {
    compiled_t c;
    int64_t cells[64];
    double first = 1, second = 0, sum[2] = {0, 0}, step = log(1e12) / 200000;
    (void)state;
    compile_text(&c,
                 "tumour: {cells: 1.0e+12, birth: 0.1 /d, growth: 0.02 /d, " SITES "}\n"
                 "traits: {m: {kind: ladder, rungs: 2, found: 1.0e-6, gain: 0.03, loss: 0.05}}\narms: {none: []}\n",
                 1);
    assert_int_equal(rlp_tumour_start(c.tumour, c.values, NULL, cells), RLP_OK);
    for (int i = 0; i < 200000; i++) { /* shares of a line of division by age ln E/growth; 0.15 and 0.25 are b gain/g and b loss/g */
        double up = 0.15 * first * step, down = 0.25 * second * step, off = 0.25 * first * step;
        sum[0] += first * step, sum[1] += second * step;
        first += down - up - off, second += up - down;
    }
    assert_near((double)(cells[type_of(&c, "core/m1")] + cells[type_of(&c, "far/m1")]) / (1e12 * 1e-6 * 5 * sum[0]), 1, 1e-3);
    assert_near((double)(cells[type_of(&c, "core/m2")] + cells[type_of(&c, "far/m2")]) / (1e12 * 1e-6 * 5 * sum[1]), 1, 1e-3);
    compiled_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(totals_and_sites_are_kept_to_the_cell),
        cmocka_unit_test(plastic_shares_hold_in_every_genotype),
        cmocka_unit_test(no_clone_with_the_probability_of_no_living_founder),
        cmocka_unit_test(many_clones_in_bands_have_the_law_of_clones_one_by_one),
        cmocka_unit_test(expected_clones_are_founders_times_their_growth),
        cmocka_unit_test(loss_leads_off_the_ladder),
        cmocka_unit_test(rungs_are_left_downwards_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
