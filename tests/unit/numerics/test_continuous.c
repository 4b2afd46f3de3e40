/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Exponential, normal, gamma: Kolmogorov-Smirnov and moments against GSL's laws; tails; the ziggurat's table from its equation. */
#include "judge.h"

#include "../../../solver/numerics/exponential_table.h"
#include "../../../solver/numerics/normal_table.h"

enum { SORTED = 100000, MANY = 1000000 };
static double u[SORTED];

static void exponential_matches_its_law(void **state) {
    rlp_stream_t stream;
    double sum = 0, squares = 0;
    (void)state;
    rlp_stream_init(&stream, 1, 1, 101);
    for (int i = 0; i < SORTED; i++) u[i] = gsl_cdf_exponential_P(rlp_variate_exponential(&stream), 1);
    judge_uniform(u, SORTED, "exponential");
    for (int i = 0; i < MANY; i++) {
        double x = rlp_variate_exponential(&stream);
        assert_true(x > 0 && isfinite(x));
        sum += x;
        squares += (x - 1) * (x - 1);
    }
    judge_z((sum / MANY - 1) * sqrt(MANY), "mean of exponential");
    judge_z((squares / MANY - 1) / sqrt(8.0 / MANY), "variance of exponential");
}

/* 2e6 draws in 400 cells of equal width, so that wedges, box edges and the tail are each seen. */
static void exponential_matches_its_law_cell_by_cell(void **state) {
    enum { CELLS = 400 };
    rlp_stream_t stream;
    static double probability[CELLS];
    static int64_t seen[CELLS];
    const double width = 0.025;
    (void)state;
    rlp_stream_init(&stream, 1, 1, 108);
    for (int i = 0; i < CELLS; i++) probability[i] = exp(-width * i) - (i + 1 < CELLS ? exp(-width * (i + 1)) : 0);
    for (int i = 0; i < 2 * MANY; i++) {
        double at = floor(rlp_variate_exponential(&stream) / width);
        seen[at < CELLS ? (int)at : CELLS - 1]++;
    }
    judge_chi_square(CELLS, probability, seen, 2 * MANY, "exponential");
}

static void exponential_layers_have_equal_areas(void **state) {
    double r = exponential_x[1], area = (r + 1) * exp(-r);
    (void)state;
    assert_true(exponential_x[EXPONENTIAL_LAYERS] == 0);
    assert_true(fabs(exponential_x[0] * exp(-r) - area) < 1e-17);
    for (int i = 1; i < EXPONENTIAL_LAYERS; i++) {
        double x = exponential_x[i], above = exponential_x[i + 1], layer = x * (exp(-above) - exp(-x));
        assert_true(above < x);
        if (fabs(layer - area) > 1e-15 * (x + 1)) fail_msg("layer %d: %.17g is not %.17g", i, layer, area);
    }
}

static void ziggurat_layers_have_equal_areas(void **state) {
    double r = ZIGGURAT_TAIL, area = r * exp(-r * r / 2) + sqrt(acos(-1) / 2) * erfc(r / sqrt(2));
    (void)state;
    assert_true(ziggurat_x[1] == r && ziggurat_x[ZIGGURAT_LAYERS] == 0);
    assert_true(fabs(ziggurat_x[0] * exp(-r * r / 2) - area) < 1e-16);
    for (int i = 1; i < ZIGGURAT_LAYERS; i++) {
        double x = ziggurat_x[i], above = ziggurat_x[i + 1], layer = x * (exp(-above * above / 2) - exp(-x * x / 2));
        assert_true(above < x);
        if (fabs(layer - area) > 1e-14 * (x + 1)) fail_msg("layer %d: %.17g is not %.17g", i, layer, area);
    }
}

/* 2e6 draws in 400 cells of equal width, so that wedges, box edges and both tails are each seen. */
static void normal_matches_its_law_cell_by_cell(void **state) {
    enum { CELLS = 400 };
    rlp_stream_t stream;
    static double probability[CELLS];
    static int64_t seen[CELLS];
    const double low = -5, width = 0.025;
    (void)state;
    rlp_stream_init(&stream, 1, 1, 102);
    for (int i = 0; i < CELLS; i++) {
        double from = i ? low + width * i : -INFINITY, to = i + 1 < CELLS ? low + width * (i + 1) : INFINITY;
        probability[i] =
            from < 0 ? gsl_cdf_ugaussian_P(to) - gsl_cdf_ugaussian_P(from) : gsl_cdf_ugaussian_Q(from) - gsl_cdf_ugaussian_Q(to);
    }
    for (int i = 0; i < 2 * MANY; i++) {
        double at = floor((rlp_variate_normal(&stream) - low) / width);
        seen[at < 0 ? 0 : at < CELLS ? (int)at : CELLS - 1]++;
    }
    judge_chi_square(CELLS, probability, seen, 2 * MANY, "normal");
}

static void normal_matches_its_law(void **state) {
    rlp_stream_t stream;
    double m[5] = {0};
    int64_t far = 0;
    (void)state;
    rlp_stream_init(&stream, 1, 1, 103);
    for (int i = 0; i < SORTED; i++) u[i] = gsl_cdf_ugaussian_P(rlp_variate_normal(&stream));
    judge_uniform(u, SORTED, "normal");
    for (int i = 0; i < 4 * MANY; i++) {
        double x = rlp_variate_normal(&stream), power = 1;
        for (int j = 1; j <= 4; j++) m[j] += (power *= x);
        far += fabs(x) > 4;
    }
    const double mean[5] = {1, 0, 1, 0, 3}, variance[5] = {0, 1, 2, 15, 96};
    for (int j = 1; j <= 4; j++) judge_z((m[j] / (4.0 * MANY) - mean[j]) / sqrt(variance[j] / (4.0 * MANY)), "moment of normal");
    double expected = 4.0 * MANY * 2 * gsl_cdf_ugaussian_Q(4); /* beyond the ziggurat's tail */
    judge_z(((double)far - expected) / sqrt(expected), "tail of normal");
}

/* One draw in 3800 is beyond the last layer: here a scripted word (layer 0, minus, its far end) sends each draw there. */
static void normal_tail_matches_its_law(void **state) {
    rlp_stream_t stream;
    (void)state;
    rlp_stream_init(&stream, 1, 1, 105);
    for (int i = 0; i < SORTED; i++) {
        if (stream.next == stream.filled) rlp_stream_refill(&stream);
        stream.words[stream.next] = ~UINT64_C(255);
        double x = -rlp_variate_normal(&stream);
        assert_true(x >= ZIGGURAT_TAIL);
        u[i] = gsl_cdf_ugaussian_Q(x) / gsl_cdf_ugaussian_Q(ZIGGURAT_TAIL);
    }
    judge_uniform(u, SORTED, "tail of normal");
}

static void gamma_matches_its_law(void **state) {
    static const double shapes[] = {0.05, 0.5, 0.99, 1, 1.5, 2, 3.7, 10, 100, 1e3, 1e6, 1e9, 1e12, 1e15, 4e18};
    (void)state;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        rlp_stream_t stream;
        char text[80];
        double a = shapes[s], sum = 0, squares = 0;
        rlp_stream_init(&stream, 1, s, 104);
        for (int i = 0; i < MANY / 2; i++) {
            double x = rlp_variate_gamma(&stream, a), z = (x - a) / sqrt(a);
            assert_true(x >= 0);
            /* From shape 1e5 on by Wilson & Hilferty's cube root, which is then closer than GSL's function: error below 1e-3/sqrt(shape). */
            if (i < SORTED)
                u[i] = a < 1e5 ? gsl_cdf_gamma_P(x, a, 1) : gsl_cdf_ugaussian_P((cbrt(1 + z / sqrt(a)) - 1 + 1 / (9 * a)) * 3 * sqrt(a));
            sum += z;
            squares += z * z;
        }
        snprintf(text, sizeof text, "gamma of shape %g", a);
        judge_uniform(u, SORTED, text);
        judge_z(sum / sqrt(MANY / 2), text);
        judge_z((squares / (MANY / 2) - 1) / sqrt((2 + 6 / a) / (MANY / 2)), text);
    }
}

static void draw_gamma_of_0(void) {
    rlp_stream_t stream;
    rlp_stream_init(&stream, 1, 1, 1);
    rlp_variate_gamma(&stream, 0);
}
static void draw_gamma_of_nan(void) {
    rlp_stream_t stream;
    rlp_stream_init(&stream, 1, 1, 1);
    rlp_variate_gamma(&stream, NAN);
}
static void shapes_outside_their_range_are_broken_invariants(void **state) {
    (void)state;
    assert_true(judge_aborts(draw_gamma_of_0));
    assert_true(judge_aborts(draw_gamma_of_nan));
}

/* Magnitudes that a plain sum loses. */
static void compensated_sum_keeps_small_terms(void **state) {
    rlp_sum_t sum = {0, 0}, tenth = {0, 0};
    (void)state;
    const double terms[4] = {1, 1e100, 1, -1e100};
    for (int i = 0; i < 4; i++) rlp_sum_add(&sum, terms[i]);
    assert_true(rlp_sum_value(&sum) == 2);
    for (int i = 0; i < MANY; i++) rlp_sum_add(&tenth, 0.1);
    assert_true(rlp_sum_value(&tenth) == 100000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exponential_matches_its_law),
        cmocka_unit_test(exponential_matches_its_law_cell_by_cell), cmocka_unit_test(exponential_layers_have_equal_areas), cmocka_unit_test(ziggurat_layers_have_equal_areas),
        cmocka_unit_test(normal_matches_its_law_cell_by_cell),
        cmocka_unit_test(normal_matches_its_law),
        cmocka_unit_test(normal_tail_matches_its_law),
        cmocka_unit_test(gamma_matches_its_law),
        cmocka_unit_test(shapes_outside_their_range_are_broken_invariants),
        cmocka_unit_test(compensated_sum_keeps_small_terms),
        cmocka_unit_test(judge_verdicts_stay_within_their_number),
    };
    return cmocka_run_group_tests_name("continuous", tests, NULL, NULL);
}
