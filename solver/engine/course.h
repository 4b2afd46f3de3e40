/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The course of one type: its law with marks (mark_law.h) over any part of a timeline of rates, at a cost that is logarithmic in the segments.
 *
 * A segment whose end is known is a leaf; every complete block of 2^k leaves that starts at a multiple of 2^k has its product, in one array to which
 * leaves are only appended (the block of level k that ends with leaf j stands k places behind that leaf). The last segment, whose end is open, and parts of
 * segments are made when asked for. Survival events are not in here: engines stop at them, for they make dead tissue. */
#ifndef RELAPSE_ENGINE_COURSE_H
#define RELAPSE_ENGINE_COURSE_H

#include "mark_law.h"
#include "relapse/process.h"

#define RLP_COURSE_RATES 32 /* rows of rates kept ready, and the law over a whole segment of each: equal days share it */

typedef struct {
    size_t row; /* of the process's table + 1; 0: none */
    double days;
    rlp_mark_rates_t rates;
    rlp_marks_t whole; /* over `days` */
} rlp_course_rates_t;

typedef struct {
    const rlp_process_t *process;
    size_t type;
    const size_t *channels; /* borrowed: those that leave the type */
    size_t n_channels;
    rlp_course_rates_t *rates; /* [RLP_COURSE_RATES], made at the first extension */
    rlp_marks_t *blocks;
    size_t n_leaves, n_blocks, block_capacity;
} rlp_course_t;

/* Where a jump ends: whole segments up to `whole`, then, if open, a part of segment `whole`. */
typedef struct {
    double end_days;
    size_t whole;
    bool open;
} rlp_span_t;

/* A place on the course, and the law from where one came to it. */
typedef struct {
    double t_days;
    size_t segment;
    rlp_marks_t law;
} rlp_landing_t;

void rlp_course_init(rlp_course_t *, const rlp_process_t *, size_t type, const size_t *channels, size_t n_channels);
void rlp_course_free(rlp_course_t *); /* safe on zeros */
/* Make ready for jumps up to `span`: RLP_ERROR_MEMORY. */
int rlp_course_extend(rlp_course_t *, const rlp_span_t *span) RLP_MUST_USE;
/* The jump that ends at end_days; segment `from_segment` holds where it starts. */
rlp_span_t rlp_span_to(const rlp_process_t *, size_t from_segment, double end_days);
/* What holds in a segment; until the next call. The course has been extended. */
const rlp_mark_rates_t *rlp_course_rates(rlp_course_t *, size_t segment);
/* Rate per cell of the k-th channel that leaves the type, and of all, under a row of rates. */
double rlp_course_rate(const rlp_course_t *, size_t row, size_t k);
double rlp_course_marks(const rlp_course_t *, size_t row);
/* From t_days in `segment` to where the probability of a mark from one cell reaches `target` (true), else to the end of the span (false). */
bool rlp_course_jump(rlp_course_t *, double t_days, size_t segment, const rlp_span_t *span, double target, rlp_landing_t *landing);

#endif
