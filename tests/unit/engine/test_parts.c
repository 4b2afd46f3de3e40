/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The parts of engines by themselves: Kendall's law, switching, the order of mutations, expected events, who carries what. */
#include "../../../solver/engine/kendall_law.h"
#include "../../../solver/engine/mean_map.h"
#include "exam.h"
#include "laws.h"
#include "relapse/memory.h"

static void close_to(double a, double b, double relative) {
    if (!(fabs(a - b) <= relative * fabs(b))) fail_msg("%.17g is not %.17g", a, b);
}

static void kendall_law_keeps_its_digits(void **state) {
    (void)state;
    rlp_kendall_t law = rlp_kendall_law(0.3, 0.2, 10);
    double e = exp(1), below = 0.3 * e - 0.2; /* Kendall's own form */
    close_to(1 - law.alive, 0.2 * (e - 1) / below, 1e-14);
    close_to(law.ratio, 0.3 * (e - 1) / below, 1e-14);
    law = rlp_kendall_law(0.25, 0.25, 12);
    close_to(law.alive, 0.25, 1e-15);
    close_to(law.ratio, 0.75, 1e-15);
    rlp_kendall_t near = rlp_kendall_law(0.25, 0.2500000000000001, 12);
    close_to(near.alive, 0.25, 1e-14);
    close_to(near.ratio, 0.75, 1e-14);
    law = rlp_kendall_law(0, 0.5, 3);
    close_to(law.alive, exp(-1.5), 1e-15);
    assert_true(law.ratio == 0 && law.one_minus_ratio == 1);
    law = rlp_kendall_law(0.5, 0, 3);
    close_to(law.alive, 1, 1e-15);
    close_to(law.one_minus_ratio, exp(-1.5), 1e-14);
    law = rlp_kendall_law(0, 0, 100);
    assert_true(law.alive == 1 && law.ratio == 0);
    law = rlp_kendall_law(0.1, 2, 20); /* a chance of 3e-17 in digits: l E/(l - b + ...) */
    close_to(law.alive, exp(-38) / (1 + 0.1 / 1.9 * (1 - exp(-38))), 1e-13);
    law = rlp_kendall_law(1e4, 0, 64);
    assert_true(fabs(law.alive - 1) < 1e-12 && law.one_minus_ratio > 0 && law.one_minus_ratio < 1e-200);
    for (double h = 0.01; h < 100; h *= 1.7) { /* the mean is e^(lh) */
        law = rlp_kendall_law(0.14, 0.13, h);
        close_to(law.alive / law.one_minus_ratio, exp(0.01 * h), 1e-13);
    }
}

static void counts_add_up_to_the_overflow_and_no_further(void **state) {
    (void)state;
    assert_true(rlp_count_sum(3, 4) == 7 && rlp_count_sum(RLP_COUNT_MAX, 0) == RLP_COUNT_MAX);
    assert_true(rlp_count_sum(RLP_COUNT_MAX, 1) == RLP_COUNT_MAX + 1 && rlp_count_sum(RLP_COUNT_MAX + 1, RLP_COUNT_MAX + 1) == RLP_COUNT_MAX + 1);
}

/* Two independent traits on three genotypes, rates over six decades, against the two-state closed form. */
static void switching_is_the_matrix_exponential(void **state) {
    static const double UP[] = {2e-3, 1e-7}, DOWN[] = {1e-2, 3.0}, H[] = {0.01, 1, 10, 1000};
    rlp_process_t p;
    rlp_switching_t s;
    double row[12 * 2 + 24] = {0};
    size_t c = 0, index;
    (void)state;
    assert_int_equal(rlp_process_init(&p, 12, 24), RLP_OK);
    for (size_t i = 0; i < 12; i++)
        for (size_t trait = 0; trait < 2; trait++, c++) {
            bool on = i >> trait & 1;
            p.channels[c] = (rlp_channel_t){.kind = RLP_CHANNEL_SWITCH, .from = i, .to = i ^ (size_t)1 << trait};
            row[24 + c] = on ? DOWN[trait] : UP[trait];
        }
    assert_int_equal(rlp_process_add_rates(&p, row, &index), RLP_OK);
    assert_int_equal(rlp_switching_init(&s, &p), RLP_OK);
    for (size_t k = 0; k < 4; k++)
        for (size_t i = 0; i < 12; i++) {
            double mean[12] = {0}, work[12], whole = 0;
            mean[i] = 1;
            rlp_switching_set(&s, (rlp_switch_span_t){index, H[k]}, NULL);
            assert_int_equal(s.plan->n_parts, 2);
            rlp_switching_means(&s, mean, work);
            for (size_t r = 0; r < 12; r++) {
                double want = r >> 2 == i >> 2; /* never to another genotype */
                for (size_t trait = 0; trait < 2; trait++) {
                    double total = UP[trait] + DOWN[trait], e = exp(-total * H[k]);
                    bool from = i >> trait & 1, to = r >> trait & 1;
                    double leave = from ? DOWN[trait] : UP[trait], come = from ? UP[trait] : DOWN[trait];
                    want *= from == to ? (come + leave * e) / total : leave * -expm1(-total * H[k]) / total;
                }
                close_to(mean[r], want, 1e-10);
                whole += mean[r];
            }
            close_to(whole, 1, 1e-13);
        }
    rlp_switching_free(&s);
    rlp_switching_free(&s);
    rlp_process_free(&p);
}

/* Traits that know of each other are not drawn one after the other; two stretches in turn are the product of both. */
static void switching_in_parts_needs_rates_that_commute(void **state) {
    static const double RATES[2][8] = {{0.1, 0.2, 0.3, 0.2, 0.1, 0.4, 0.3, 0.4}, {0.1, 0.2, 0.3, 0.25, 0.1, 0.4, 0.3, 0.4}};
    rlp_process_t p;
    rlp_switching_t s;
    size_t index[2];
    (void)state;
    assert_int_equal(rlp_process_init(&p, 4, 8), RLP_OK);
    for (size_t i = 0; i < 4; i++)
        for (size_t trait = 0; trait < 2; trait++) p.channels[2 * i + trait] = (rlp_channel_t){.kind = RLP_CHANNEL_SWITCH, .from = i, .to = i ^ (size_t)1 << trait};
    for (size_t k = 0; k < 2; k++) {
        double row[16] = {0};
        memcpy(row + 8, RATES[k], sizeof RATES[k]);
        assert_int_equal(rlp_process_add_rates(&p, row, &index[k]), RLP_OK);
    }
    assert_int_equal(rlp_switching_init(&s, &p), RLP_OK);
    for (size_t i = 0; i < 4; i++) {
        double turns[4] = {0}, both[4] = {0}, work[4];
        turns[i] = both[i] = 1;
        for (size_t k = 0; k < 2; k++) {
            rlp_switching_set(&s, (rlp_switch_span_t){index[k], 1.5}, NULL);
            assert_int_equal(s.plan->n_parts, k ? 1 : 2);
            rlp_switching_means(&s, turns, work);
        }
        rlp_switching_set(&s, (rlp_switch_span_t){index[0], 1.5}, &(rlp_switch_span_t){index[1], 1.5});
        assert_int_equal(s.plan->n_parts, 1);
        rlp_switching_means(&s, both, work);
        for (size_t k = 0; k < 4; k++) close_to(both[k], turns[k], 1e-13);
    }
    rlp_switching_free(&s);
    rlp_process_free(&p);
}

static void rare_switches_keep_their_digits(void **state) {
    rlp_process_t p;
    rlp_switching_t s;
    (void)state;
    exam_process("process: {types: {A: {cells: 1, birth: 0, death: 0}, B: {cells: 0, birth: 0, death: 0}, C: {cells: 0, birth: 0, death: 0}},\n"
                 "  channels: [{kind: switch, from: A, to: B, rate: 1.0e-9}, {kind: switch, from: B, to: C, rate: 1.0e-5}, {kind: switch, from: C, to: A, rate: 2}]}", &p);
    assert_int_equal(rlp_switching_init(&s, &p), RLP_OK);
    double row[3] = {1}, work[3];
    rlp_switching_set(&s, (rlp_switch_span_t){0, 0.5}, NULL);
    rlp_switching_means(&s, row, work);
    close_to(row[1], 0.5e-9 * (1 - 0.25e-9 - 0.25e-5), 1e-9);
    /* A -> B -> C -> back: 1e-14 int_0^h (h - s) e^(-2s) ds to first order = 1e-14 (h/2 - (1 - e^(-2h))/4) */
    close_to(row[2], 1e-14 * (0.25 - (1 - exp(-1)) / 4), 1e-5);
    rlp_switching_free(&s);
    rlp_process_free(&p);
}

static void sources_have_their_turn_before_targets(void **state) {
    rlp_process_t p;
    size_t order[3];
    (void)state;
    exam_process("process: {types: {A: {cells: 1, birth: 1, death: 0}, B: {cells: 0, birth: 1, death: 0}, C: {cells: 0, birth: 1, death: 0}, D: {cells: 0, birth: 1, death: 0}},\n"
                 "  channels: [{kind: mutation, from: C, to: D, probability: 0.1}, {kind: mutation, from: B, to: C, rate: 0.1}, {kind: switch, from: D, to: A, rate: 1},\n"
                 "    {kind: immigration, to: A, rate: 1}, {kind: mutation, from: A, to: B, probability: 0.1}]}", &p);
    assert_int_equal(rlp_mutation_order(&p, order), 3);
    assert_true(order[0] == 4 && order[1] == 1 && order[2] == 0);
    double pure[4];
    rlp_pure_births(&p, 0, pure);
    assert_true(fabs(pure[0] - 0.9) < 1e-15 && pure[1] == 1 && fabs(pure[2] - 0.9) < 1e-15 && pure[3] == 1);
    rlp_process_free(&p);
}

#define W1 "process: {types: {S: {cells: 10000, birth: 0.14, death: 0.13}, R: {cells: 0, birth: 0.14, death: 0.10}},\n" \
           "  channels: [{kind: mutation, from: S, to: R, probability: 1.0e-4}]}\n"

static void expected_events_of_w1(void **state) {
    rlp_process_t p;
    double events;
    (void)state;
    exam_process(W1, &p);
    assert_int_equal(rlp_engine_expected_events(&p, 50, 1e9, &events), RLP_OK);
    close_to(events, 175194, 1e-3);
    assert_int_equal(rlp_engine_expected_events(&p, 1000, 1e6, &events), RLP_OK);
    assert_true(events >= 1e6 && events < 1.2e6); /* counts no further than it must */
    rlp_process_free(&p);
    exam_process(W1 "arms: {a: {timeline: [{at: 25 d, survive: {S: 0, R: 0}}]}}", &p);
    assert_int_equal(rlp_engine_expected_events(&p, 50, 1e9, &events), RLP_OK);
    close_to(events, 2700 * expm1(0.25) / 0.01, 2e-3);
    rlp_process_free(&p);
}

static void engines_are_found_by_name(void **state) {
    (void)state;
    for (size_t e = 0; e < RLP_ENGINE_COUNT; e++) assert_ptr_equal(rlp_engine_find(RLP_ENGINES[e]->name), RLP_ENGINES[e]);
    assert_null(rlp_engine_find("directly"));
    assert_null(rlp_engine_find(""));
}

static void engines_open_or_fail_politely(void **state) {
    rlp_process_t p;
    (void)state;
    exam_process(W1, &p);
    for (size_t e = 0; e < RLP_ENGINE_COUNT; e++)
        for (size_t n = 1;; n++) {
            rlp_engine_settings_t settings = {.error = 0.01, .horizon_days = 50};
            rlp_engine_t *engine;
            rlp_memory_fail_at(n);
            int rc = rlp_engine_open(RLP_ENGINES[e], &p, &settings, &engine);
            if (!rc) {
                rlp_engine_close(engine);
                break;
            }
            assert_true(rc == RLP_ERROR_MEMORY && !engine && n < 500);
        }
    rlp_memory_fail_at(0);
    rlp_engine_close(NULL);
    rlp_process_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kendall_law_keeps_its_digits),
        cmocka_unit_test(counts_add_up_to_the_overflow_and_no_further),
        cmocka_unit_test(switching_is_the_matrix_exponential),
        cmocka_unit_test(switching_in_parts_needs_rates_that_commute),
        cmocka_unit_test(rare_switches_keep_their_digits),
        cmocka_unit_test(sources_have_their_turn_before_targets),
        cmocka_unit_test(expected_events_of_w1),
        cmocka_unit_test(engines_are_found_by_name),
        cmocka_unit_test(engines_open_or_fail_politely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
