/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Threefry4x64-20 (words.c) as a buffer of words, a gsl_rng, names of purposes, and the probe of the C library. */
#include "relapse/stream.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

#include "words.h"

#define FIRST_WORDS 16
#define PROBE_POINTS 32768

void rlp_stream_refill(rlp_stream_t *stream) {
    size_t count = stream->filled == 0 ? FIRST_WORDS : 2 * stream->filled;
    if (count > RLP_STREAM_WORDS) count = RLP_STREAM_WORDS;
    rlp_words_make(stream->key, stream->counter, count / 4, stream->words);
    stream->counter[0] += count / 4;
    stream->filled = count;
    stream->next = 0;
}

void rlp_stream_init_again(rlp_stream_t *stream, uint64_t seed, uint64_t patient, uint64_t replicate, uint64_t purpose) {
    const uint64_t key[4] = {seed, patient, replicate, 0}, counter[4] = {0, purpose, 0, 0};
    memcpy(stream->key, key, sizeof key);
    memcpy(stream->counter, counter, sizeof counter);
    stream->next = stream->filled = 0;
}

void rlp_stream_init(rlp_stream_t *stream, uint64_t seed, uint64_t patient, uint64_t purpose) { rlp_stream_init_again(stream, seed, patient, 0, purpose); }

/* FNV-1a, 64 bits. */
#define FNV_START UINT64_C(0xcbf29ce484222325)
static uint64_t fnv_add(uint64_t hash, const void *bytes, size_t length) {
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < length; i++) hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* The finaliser of MurmurHash3: every bit of the hash answers to every byte of the text. */
static uint64_t avalanche(uint64_t hash) {
    hash = (hash ^ (hash >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    hash = (hash ^ (hash >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ (hash >> 33);
}

uint64_t rlp_stream_purpose(const char *text) {
    uint64_t hash = avalanche(fnv_add(FNV_START, text, strlen(text)));
    return hash < 16 ? hash + UINT64_C(0x9e3779b97f4a7c15) : hash; /* 0 .. 15 are the program's own */
}

/* The gsl_rng: its state is one pointer, NULL until rlp_stream_gsl fills it. */
static void gsl_restart(void *state, unsigned long seed) {
    rlp_stream_t *stream = *(rlp_stream_t **)state;
    if (stream) rlp_stream_init_again(stream, seed, stream->key[1], stream->key[2], stream->counter[1]);
}
static unsigned long gsl_word(void *state) { return (unsigned long)(rlp_stream_word(*(rlp_stream_t **)state) >> 32); }
static double gsl_uniform(void *state) { return rlp_stream_uniform(*(rlp_stream_t **)state); }

static const gsl_rng_type gsl_type = {RLP_STREAM_NAME, 0xffffffffUL, 0, sizeof(rlp_stream_t *), gsl_restart, gsl_word, gsl_uniform};
const gsl_rng_type *const rlp_stream_gsl_type = &gsl_type;

gsl_rng *rlp_stream_gsl(rlp_stream_t *stream) {
    gsl_error_handler_t *handler = gsl_set_error_handler_off(); /* GSL would abort where memory runs out */
    gsl_rng *rng = gsl_rng_alloc(rlp_stream_gsl_type);
    gsl_set_error_handler(handler);
    if (rng) *(rlp_stream_t **)rng->state = stream;
    return rng;
}

/* Volatile: no compiler may compute the values in advance. With and without FMA glibc's log differs at one point in 7000, its exp at one
 * in 1400. */
uint64_t rlp_stream_probe(void) {
    uint64_t hash = FNV_START;
    for (int i = 0; i < PROBE_POINTS; i++) {
        volatile double x = (2 * i + 1) * 0x1.3c6ef372fe94fp-16;
        const double values[4] = {exp(-8 * x), log(x), log1p(-x / 4), expm1(-x)};
        hash = fnv_add(hash, values, sizeof values);
    }
    return avalanche(hash);
}
