/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Candidates: the kernel that this processor runs gives the bytes of the plain one, and those are what windows_table.h says in words. Nothing is left to chance: fixed words. */
#include "../../../solver/engine/candidates.h"
#include "exam.h"

#define WORDS 531

/* Tables of 2, 4, ... 64 slots of cuts, places and offsets of all sizes. */
static void fill(rlp_candidates_t *table, rlp_stream_t *stream, unsigned log_slots) {
    memset(table, 0, sizeof *table);
    table->shift = 64 - log_slots;
    for (size_t s = 0; s < (size_t)1 << log_slots; s++) {
        table->cut[s] = s % 5 == 1 ? UINT64_MAX : s % 5 == 2 ? 0 : rlp_stream_word(stream);
        for (size_t part = s; part < RLP_CANDIDATES_PARTS; part += RLP_CANDIDATES_SLOTS) {
            table->places[part] = exp(20 * rlp_stream_uniform(stream) - 3);
            table->base[part] = s % 7 == 3 ? 1e300 : s % 7 == 4 ? -1e300 : table->places[part] + floor(100 * rlp_stream_uniform(stream)) - 1;
        }
    }
}

static void each_width_draws_the_same_candidates(void **state) {
    (void)state;
    rlp_stream_t stream;
    rlp_stream_init(&stream, 71, 1, RLP_PURPOSE_PATH);
    for (unsigned log_slots = 1; log_slots <= 6; log_slots++)
        for (size_t n = 0; n <= 40; n += n < 18 ? 1 : 11) {
            rlp_candidates_t table;
            uint64_t words[40];
            uint8_t parts[2][41] = {{0}}, reach[2][41] = {{0}};
            fill(&table, &stream, log_slots);
            for (size_t i = 0; i < n; i++) words[i] = i % 6 == 2 ? table.cut[1] : i % 6 == 3 ? UINT64_MAX : rlp_stream_word(&stream);
            rlp_candidates_draw(&table, words, n, parts[0], reach[0]);
            rlp_candidates_draw_plainly(&table, words, n, parts[1], reach[1]);
            assert_memory_equal(parts[0], parts[1], sizeof *parts);
            assert_memory_equal(reach[0], reach[1], sizeof *reach);
        }
}

/* By long arithmetic: part, and 1 + floor(place - offset) within 0 .. 255; a place within 2^-30 of a whole number may fall to either side. */
static void candidates_are_where_their_words_say(void **state) {
    (void)state;
    rlp_stream_t stream;
    rlp_stream_init(&stream, 72, 1, RLP_PURPOSE_PATH);
    size_t told = 0;
    for (size_t k = 0; k < WORDS; k++) {
        rlp_candidates_t table;
        uint8_t part, reach;
        uint64_t word = rlp_stream_word(&stream);
        fill(&table, &stream, 5);
        for (size_t p = 0; p < RLP_CANDIDATES_PARTS; p++) table.base[p] = table.places[p] + floor(100 * rlp_stream_uniform(&stream)) - 1;
        rlp_candidates_draw_plainly(&table, &word, 1, &part, &reach);
        size_t slot = (size_t)(word >> 59);
        uint64_t within = word << 5;
        bool beyond = within >= table.cut[slot];
        assert_int_equal(part, slot + (beyond ? RLP_CANDIDATES_SLOTS : 0));
        long double at = (long double)(beyond ? within - table.cut[slot] : within) * 0x1p-64L * (long double)table.places[part];
        long double x = at - (long double)(table.base[part] - table.places[part]);
        if (fabsl(x - roundl(x)) < 0x1p-30L * (1 + (long double)table.places[part])) continue;
        assert_int_equal(reach, x < 0 ? 0 : x > 255 ? 255 : (int)floorl(x));
        told++;
    }
    assert_true(told > WORDS / 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_width_draws_the_same_candidates), cmocka_unit_test(candidates_are_where_their_words_say)};
    return cmocka_run_group_tests_name("candidates", tests, NULL, NULL);
}
