/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Streams: the generator's published answers, words that do not depend on how they were fetched, uniforms, GSL, purposes. */
#include "../../../solver/numerics/words.h"
#include "judge.h"

#include <Random123/threefry.h>
#include <gsl/gsl_rng.h>

/* threefry4x64 with 20 rounds, from Random123's kat_vectors: counter, key, answer. */
static void words_match_the_published_answers(void **state) {
    static const uint64_t known[3][12] = {
        {0, 0, 0, 0, 0, 0, 0, 0, 0x09218ebde6c85537, 0x55941f5266d86105, 0x4bd25e16282434dc, 0xee29ec846bd2e40b},
        {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 0x29c24097942bba1b,
         0x0371bbfb0f6f4e11, 0x3c231ffa33f83a1c, 0xcd29113fde32d168},
        {0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89, 0x452821e638d01377, 0xbe5466cf34e90c6c,
         0xbe5466cf34e90c6c, 0xc0ac29b7c97c50dd, 0xa7e8fde591651bd9, 0xbaafd0c30138319b, 0x84a5c1a729e685b9, 0x901d406ccebc1ba4},
    };
    (void)state;
    for (int i = 0; i < 3; i++) {
        rlp_stream_t stream;
        rlp_stream_init(&stream, 0, 0, 0);
        memcpy(stream.counter, known[i], sizeof stream.counter);
        memcpy(stream.key, known[i] + 4, sizeof stream.key);
        for (int j = 0; j < 4; j++) assert_true(rlp_stream_word(&stream) == known[i][8 + j]);
    }
}

static void word_i_is_word_i_mod_4_of_block_i_over_4(void **state) {
    rlp_stream_t stream;
    (void)state;
    rlp_stream_init(&stream, 20, 17, RLP_PURPOSE_DEATH);
    for (uint64_t i = 0; i < 2000; i++) {
        threefry4x64_ctr_t counter = {{i / 4, RLP_PURPOSE_DEATH, 0, 0}};
        threefry4x64_key_t key = {{20, 17, 0, 0}};
        assert_true(rlp_stream_word(&stream) == threefry4x64(counter, key).v[i % 4]);
    }
}

/* Every kernel that this processor runs makes the same words, whatever the number of blocks, and none beyond them. */
static void kernels_of_every_width_make_the_same_words(void **state) {
    static const uint64_t key[4] = {0x452821e638d01377, 3, UINT64_MAX, 1};
    (void)state;
    for (size_t k = 0; k < rlp_words_kernel_count; k++)
        for (size_t blocks = 0; blocks <= 33; blocks++) {
            uint64_t counter[4] = {UINT64_MAX - 40 + 3 * blocks, 1, UINT64_MAX, 2}, words[4 * 33 + 1];
            if (!rlp_words_kernels[k].runs()) continue;
            words[4 * blocks] = 7;
            rlp_words_kernels[k].make(key, counter, blocks, words);
            assert_true(words[4 * blocks] == 7);
            for (size_t i = 0; i < blocks; i++, counter[0]++) {
                threefry4x64_key_t own = {{key[0], key[1], key[2], key[3]}};
                threefry4x64_ctr_t block = {{counter[0], counter[1], counter[2], counter[3]}};
                block = threefry4x64_R(20, block, own);
                assert_memory_equal(words + 4 * i, block.v, sizeof block.v);
            }
        }
}

static void a_short_life_fills_little(void **state) {
    rlp_stream_t stream;
    size_t filled[7] = {16, 32, 64, 128, 256, 256, 256};
    (void)state;
    rlp_stream_init(&stream, 1, 1, RLP_PURPOSE_PATH);
    assert_int_equal(stream.filled, 0);
    for (int i = 0; i < 7; i++) {
        rlp_stream_word(&stream);
        assert_int_equal(stream.filled, filled[i]);
        for (size_t j = 1; j < filled[i]; j++) rlp_stream_word(&stream);
    }
}

static void draws_of_one_purpose_never_shift_another(void **state) {
    (void)state;
    for (int before = 0; before < 600; before += 37) {
        rlp_stream_t path, clones, alone;
        rlp_stream_init(&path, 5, 9, RLP_PURPOSE_PATH);
        rlp_stream_init(&clones, 5, 9, RLP_PURPOSE_CLONES);
        rlp_stream_init(&alone, 5, 9, RLP_PURPOSE_CLONES);
        for (int i = 0; i < before; i++) rlp_stream_word(&path);
        for (int i = 0; i < 300; i++) {
            assert_true(rlp_stream_word(&clones) == rlp_stream_word(&alone));
            rlp_stream_word(&path);
        }
    }
}

/* Seeds, patients and purposes beside each other share no word (10^4 words of 64 bits would do so with probability 3e-12). */
static void neighbouring_streams_share_no_word(void **state) {
    enum { STREAMS = 27, EACH = 400 };
    static uint64_t words[STREAMS * EACH];
    size_t n = 0;
    (void)state;
    for (uint64_t s = 0; s < STREAMS; s++) {
        rlp_stream_t stream;
        rlp_stream_init(&stream, s / 9, s / 3 % 3, 1 + s % 3);
        for (int i = 0; i < EACH; i++) words[n++] = rlp_stream_word(&stream);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (words[i] == words[j]) fail_msg("words %zu and %zu agree", i, j);
        }
    }
}

/* A stream that hands out the words given. */
static rlp_stream_t scripted(size_t n, const uint64_t *words) {
    rlp_stream_t stream;
    rlp_stream_init(&stream, 0, 0, 0);
    memcpy(stream.words, words, n * sizeof *words);
    stream.filled = n;
    return stream;
}

static void uniforms_are_never_0_or_1(void **state) {
    const uint64_t words[6] = {0, 1, 2047, 2048, UINT64_MAX, UINT64_MAX - 2048};
    const double expected[6] = {0x1p-54, 0x1p-54, 0x1p-54, 0x1p-53, 1 - 0x1p-53, 1 - 0x1p-52};
    rlp_stream_t stream = scripted(6, words), fine = scripted(6, words);
    (void)state;
    for (int i = 0; i < 6; i++) assert_true(rlp_stream_uniform(&stream) == expected[i]);
    double u = rlp_stream_uniform_fine(&fine);
    assert_true(u > 0 && u < 0x1p-43);
    assert_true(rlp_stream_uniform_fine(&fine) < 1);
}

static void uniforms_have_53_bits(void **state) {
    rlp_stream_t stream;
    int64_t ones[53] = {0};
    const int draws = 200000;
    (void)state;
    rlp_stream_init(&stream, 3, 1, RLP_PURPOSE_PATH);
    for (int i = 0; i < draws; i++) {
        uint64_t bits = (uint64_t)(rlp_stream_uniform(&stream) * 0x1p53);
        for (int j = 0; j < 53; j++) ones[j] += (int64_t)(bits >> j & 1);
    }
    for (int j = 0; j < 53; j++) judge_z(((double)ones[j] - draws / 2.0) / sqrt(draws / 4.0), "a bit of the uniform");
}

static void uniforms_fill_their_interval(void **state) {
    enum { CELLS = 1024, DRAWS = 1000000 };
    rlp_stream_t stream;
    static double probability[CELLS];
    static int64_t seen[CELLS], pairs[CELLS];
    (void)state;
    rlp_stream_init(&stream, 4, 1, RLP_PURPOSE_PATH);
    for (int i = 0; i < CELLS; i++) probability[i] = 1.0 / CELLS;
    for (int i = 0; i < DRAWS; i++) {
        double u = rlp_stream_uniform(&stream), v = rlp_stream_uniform(&stream);
        seen[(int)(CELLS * u)]++;
        pairs[(int)(32 * u) * 32 + (int)(32 * v)]++;
    }
    judge_chi_square(CELLS, probability, seen, DRAWS, "uniform");
    judge_chi_square(CELLS, probability, pairs, DRAWS, "pairs of uniforms");
}

/* -log2 of a uniform is geometric across 2^-11, where the second word comes in; then the place within its octave is uniform. */
static void fine_uniforms_are_uniform_where_small(void **state) {
    enum { DRAWS = 4000000, CELLS = 18 };
    rlp_stream_t stream;
    double probability[CELLS + 1], octave[8];
    int64_t seen[CELLS + 1] = {0}, within[8] = {0}, small = 0;
    (void)state;
    rlp_stream_init(&stream, 6, 1, RLP_PURPOSE_PATH);
    for (int i = 0; i < DRAWS; i++) {
        int exponent;
        double u = rlp_stream_uniform_fine(&stream), mantissa = frexp(u, &exponent);
        seen[-exponent < CELLS ? -exponent : CELLS]++;
        if (-exponent < 11) continue;
        within[(int)(16 * mantissa) - 8]++;
        small++;
    }
    for (int i = 0; i < CELLS; i++) probability[i] = ldexp(1, -i - 1);
    probability[CELLS] = ldexp(1, -CELLS);
    for (int i = 0; i < 8; i++) octave[i] = 0.125;
    judge_chi_square(CELLS + 1, probability, seen, DRAWS, "octaves of the fine uniform");
    judge_chi_square(8, octave, within, (double)small, "small fine uniforms");
}

static void gsl_draws_the_same_words(void **state) {
    rlp_stream_t lent, twin;
    (void)state;
    rlp_stream_init(&lent, 8, 2, RLP_PURPOSE_START);
    twin = lent;
    gsl_rng *rng = rlp_stream_gsl(&lent);
    assert_non_null(rng);
    assert_string_equal(gsl_rng_name(rng), RLP_STREAM_NAME);
    assert_true(gsl_rng_min(rng) == 0 && gsl_rng_max(rng) == 0xffffffffUL);
    for (int i = 0; i < 500; i++) {
        assert_true(gsl_rng_get(rng) == rlp_stream_word(&twin) >> 32);
        assert_true(gsl_rng_uniform(rng) == rlp_stream_uniform(&twin));
        assert_true(gsl_rng_uniform_pos(rng) == rlp_stream_uniform(&twin));
        assert_true(gsl_ran_exponential(rng, 2) == -2 * log1p(-rlp_stream_uniform(&twin)));
    }
    gsl_rng_set(rng, 9);
    rlp_stream_init(&twin, 9, 2, RLP_PURPOSE_START);
    assert_true(gsl_rng_uniform(rng) == rlp_stream_uniform(&twin));
    gsl_rng_free(rng);
}

/* Results on disk depend on these numbers: FNV-1a, then MurmurHash3's finaliser, worked out apart from the program. */
static void purposes_keep_their_numbers(void **state) {
    (void)state;
    assert_true(rlp_stream_purpose("") == 0xefd01f60ba992926);
    assert_true(rlp_stream_purpose("a") == 0x82a2a958a9bece5b);
    assert_true(rlp_stream_purpose("types.S.birth") == 0x6c1179c50c5f8eb5);
}

static void purposes_differ_and_leave_the_programs_own_alone(void **state) {
    enum { PATHS = 4000 };
    static uint64_t hash[PATHS];
    double flipped = 0;
    (void)state;
    for (int i = 0; i < PATHS; i++) {
        char text[40];
        snprintf(text, sizeof text, "variability.%d.rate", i);
        hash[i] = rlp_stream_purpose(text);
        assert_true(hash[i] > 15);
        for (int j = 0; j < i; j++) assert_true(hash[i] != hash[j]);
        for (uint64_t bits = i ? hash[i] ^ hash[i - 1] : 0; bits; bits &= bits - 1) flipped++;
    }
    judge_z((flipped - 32.0 * (PATHS - 1)) / sqrt(16.0 * (PATHS - 1)), "bits that change from path to path");
}

static void the_probe_of_one_machine_is_one_number(void **state) {
    (void)state;
    assert_true(rlp_stream_probe() == rlp_stream_probe());
    assert_true(rlp_stream_probe() != 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_match_the_published_answers),
        cmocka_unit_test(word_i_is_word_i_mod_4_of_block_i_over_4),
        cmocka_unit_test(kernels_of_every_width_make_the_same_words),
        cmocka_unit_test(a_short_life_fills_little),
        cmocka_unit_test(draws_of_one_purpose_never_shift_another),
        cmocka_unit_test(neighbouring_streams_share_no_word),
        cmocka_unit_test(uniforms_are_never_0_or_1),
        cmocka_unit_test(uniforms_have_53_bits),
        cmocka_unit_test(uniforms_fill_their_interval),
        cmocka_unit_test(fine_uniforms_are_uniform_where_small),
        cmocka_unit_test(gsl_draws_the_same_words),
        cmocka_unit_test(purposes_keep_their_numbers),
        cmocka_unit_test(purposes_differ_and_leave_the_programs_own_alone),
        cmocka_unit_test(the_probe_of_one_machine_is_one_number),
        cmocka_unit_test(judge_verdicts_stay_within_their_number),
    };
    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
