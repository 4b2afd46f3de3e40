/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The exact laws of relapse/laws.h in tests: failures are failures of the test, and what one process's law costs is paid once. */
#ifndef RELAPSE_TESTS_LAWS_H
#define RELAPSE_TESTS_LAWS_H

#include <gsl/gsl_randist.h>
#include <stdbool.h>

#include "judge.h"
#include "relapse/laws.h"

static inline void laws_run_generator(const double *up, const double *down, size_t n, double *p, double t) {
    assert_int_equal(rlp_generator_run(up, down, n, p, t), RLP_OK);
}

/* Mean and covariance at t from `start` cells (NULL: the process's). */
static inline rlp_law_pair_t laws_moments(const rlp_process_t *p, const double *start, double t) {
    rlp_law_pair_t x;
    rlp_law_pair(p, start, t, &x);
    return x;
}

/* FNV-1a of all that the law of a process depends on. */
static inline uint64_t laws_hash(uint64_t hash, const void *bytes, size_t n) {
    for (size_t i = 0; i < n; i++) hash = (hash ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3u;
    return hash;
}
static inline uint64_t laws_key(const rlp_process_t *p, double t) {
    uint64_t key = laws_hash(0xcbf29ce484222325u, &t, sizeof t);
    key = laws_hash(key, p->start_cells, p->n_types * sizeof *p->start_cells);
    key = laws_hash(key, p->rates, p->n_rate_rows * p->row_size * sizeof *p->rates);
    key = laws_hash(key, p->survive, p->n_survive_rows * p->n_types * sizeof *p->survive);
    for (size_t s = 0; s < p->n_segments; s++) {
        const double segment[] = {p->segments[s].start_days, (double)p->segments[s].rates, (double)p->segments[s].survive};
        key = laws_hash(key, segment, sizeof segment);
    }
    for (size_t c = 0; c < p->n_channels; c++) {
        const size_t channel[] = {(size_t)p->channels[c].kind, p->channels[c].from, p->channels[c].to};
        key = laws_hash(key, channel, sizeof channel);
    }
    return key;
}

/* All four moments of the cells of one type, remembered: every engine is held against the law of the same few processes, and the law costs more than the engine. */
static inline rlp_law_moments_t laws_of_type(const rlp_process_t *p, size_t type, double t) {
    enum { REMEMBERED = 32 };
    static struct {
        uint64_t key;
        bool has[RLP_LAW_TYPES];
        rlp_law_moments_t law[RLP_LAW_TYPES];
    } known[REMEMBERED];
    static size_t n;
    uint64_t key = laws_key(p, t);
    size_t at = 0, full = n < REMEMBERED ? n : REMEMBERED;
    while (at < full && known[at].key != key) at++;
    if (at == full) {
        at = n++ % REMEMBERED;
        memset(&known[at], 0, sizeof known[at]);
        known[at].key = key;
    }
    if (!known[at].has[type]) assert_int_equal(rlp_law_of_type(p, type, t, &known[at].law[type]), RLP_OK);
    known[at].has[type] = true;
    return known[at].law[type];
}

#endif
