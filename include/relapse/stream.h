/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Streams: counter-based random words, so that a patient's luck depends on nothing but who the patient is.
 *
 * Threefry4x64 with 20 rounds (Salmon, Moraes, Dror & Shaw 2011, Random123). Key = (seed, patient, replicate, 0); counter = (block,
 * purpose, 0, 0): a new draw in one purpose never shifts another; arms share keys, so patient 17 has the same luck in each arm where it
 * can be shared. Words come from a buffer that starts small and doubles (a patient that needs little fills little). Uniforms have 53
 * bits and are never 0 or 1. */
#ifndef RELAPSE_STREAM_H
#define RELAPSE_STREAM_H

#include <gsl/gsl_rng.h>
#include <stddef.h>
#include <stdint.h>

#define RLP_STREAM_NAME "threefry4x64-20"
#define RLP_STREAM_WORDS 256

typedef struct {
    uint64_t key[4];
    uint64_t counter[4]; /* of the next block of four words */
    size_t next;         /* word to hand out */
    size_t filled;       /* words in the buffer */
    uint64_t words[RLP_STREAM_WORDS];
} rlp_stream_t;

/* Purposes known to the program; rlp_stream_purpose(text) makes others from a path (a 64-bit hash, never one of these). */
enum { RLP_PURPOSE_PATH = 1, RLP_PURPOSE_START = 2, RLP_PURPOSE_DEATH = 3, RLP_PURPOSE_CLONES = 4 };
uint64_t rlp_stream_purpose(const char *text);

void rlp_stream_init(rlp_stream_t *, uint64_t seed, uint64_t patient, uint64_t purpose);
/* The same purpose in the patient's n-th life (replicate 0: the first, as above). */
void rlp_stream_init_again(rlp_stream_t *, uint64_t seed, uint64_t patient, uint64_t replicate, uint64_t purpose);
void rlp_stream_refill(rlp_stream_t *); /* internal to the inline functions below */

static inline uint64_t rlp_stream_word(rlp_stream_t *stream) {
    if (stream->next == stream->filled) rlp_stream_refill(stream);
    return stream->words[stream->next++];
}
/* Uniform on (0,1): k 2^-53 with k the top 53 bits, and 2^-54 where k = 0: P(U < j 2^-53) = j 2^-53 to the letter, and never 0 or 1.
 * (The midpoint (k + 1/2) 2^-53 would need 54 bits: its largest value rounds to 1.) */
static inline double rlp_stream_uniform(rlp_stream_t *stream) {
    double u = (double)(int64_t)(rlp_stream_word(stream) >> 11) * 0x1p-53;
    return u > 0 ? u : 0x1p-54;
}
/* The same law with 42 or more significant bits at any small value, where the grid above would show: for events rarer than 1e-10, for
 * logarithms. It takes a second word once in 2048 times. */
static inline double rlp_stream_uniform_fine(rlp_stream_t *stream) {
    double u = rlp_stream_uniform(stream), scale = 1;
    while (u < 0x1p-11 && scale > 0x1p-900) {
        scale *= 0x1p-11;
        u = rlp_stream_uniform(stream);
    }
    return u * scale;
}

/* The same words for GSL's distributions: a gsl_rng whose state borrows `stream` (get: 32 bits; get_double: the uniform above).
 * gsl_rng_free it. gsl_rng_set starts the stream again under another seed; clones share the stream. */
extern const gsl_rng_type *const rlp_stream_gsl_type;
gsl_rng *rlp_stream_gsl(rlp_stream_t *stream); /* NULL: no memory */

/* A hash of exp, log, log1p and expm1 at 32768 points each (256 miss every other change of variant): C libraries choose variants by
 * processor, and paths follow their last bits. Ranks and resumes whose probes differ must not mix. */
uint64_t rlp_stream_probe(void);

#endif
