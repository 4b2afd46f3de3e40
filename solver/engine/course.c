/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "course.h"

#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"

void rlp_course_init(rlp_course_t *course, const rlp_process_t *p, size_t type, const size_t *channels, size_t n_channels) {
    *course = (rlp_course_t){.process = p, .type = type, .channels = channels, .n_channels = n_channels};
}

void rlp_course_free(rlp_course_t *course) {
    free(course->rates);
    free(course->blocks);
    memset(course, 0, sizeof *course);
}

double rlp_course_rate(const rlp_course_t *course, size_t row, size_t k) {
    size_t channel = course->channels[k];
    double rate = rlp_process_channel(course->process, row)[channel];
    return course->process->channels[channel].kind == RLP_CHANNEL_DIVISION ? rate * rlp_process_birth(course->process, row)[course->type] : rate;
}

double rlp_course_marks(const rlp_course_t *course, size_t row) {
    double marks = 0;
    for (size_t k = 0; k < course->n_channels; k++) marks += rlp_course_rate(course, row, k);
    return marks;
}

static rlp_course_rates_t *rates_of(rlp_course_t *course, size_t segment) {
    const rlp_process_t *p = course->process;
    size_t row = p->segments[segment].rates;
    rlp_course_rates_t *found = &course->rates[row % RLP_COURSE_RATES];
    if (found->row == row + 1) return found;
    double mutated = 0;
    for (size_t k = 0; k < course->n_channels; k++)
        if (p->channels[course->channels[k]].kind == RLP_CHANNEL_DIVISION) mutated += rlp_process_channel(p, row)[course->channels[k]];
    double birth = rlp_process_birth(p, row)[course->type] * fmax(0, 1 - mutated), death = rlp_process_death(p, row)[course->type];
    *found = (rlp_course_rates_t){.row = row + 1, .days = -1, .rates = rlp_mark_rates(birth, death, rlp_course_marks(course, row))};
    return found;
}

/* The product of the 2^level leaves from `first`: block 2 j - popcount(j) + level, j = the last of them, for leaf j has all complete blocks before it. */
static const rlp_marks_t *block(const rlp_course_t *course, size_t first, unsigned level) {
    size_t last = first + ((size_t)1 << level) - 1;
    return &course->blocks[2 * last - (size_t)__builtin_popcountll(last) + level];
}

static void append(rlp_course_t *course) {
    const rlp_segment_t *segment = &course->process->segments[course->n_leaves];
    rlp_course_rates_t *rates = rates_of(course, course->n_leaves);
    double days = segment[1].start_days - segment[0].start_days;
    if (rates->days != days) {
        rates->days = days;
        rates->whole = rlp_marks_over(&rates->rates, days);
    }
    course->blocks[course->n_blocks++] = rates->whole;
    size_t leaf = course->n_leaves++;
    for (unsigned level = 0; leaf >> level & 1; level++) {
        const rlp_marks_t *first = block(course, leaf + 1 - ((size_t)2 << level), level), *next = &course->blocks[course->n_blocks - 1];
        course->blocks[course->n_blocks++] = rlp_marks_then(first, next);
    }
}

const rlp_mark_rates_t *rlp_course_rates(rlp_course_t *course, size_t segment) { return &rates_of(course, segment)->rates; }

int rlp_course_extend(rlp_course_t *course, const rlp_span_t *span) {
    int rc = course->rates ? RLP_OK : RLP_NEW(course->rates, RLP_COURSE_RATES);
    if (!rc && course->n_leaves < span->whole) rc = RLP_GROW(course->blocks, course->block_capacity, 2 * span->whole);
    while (!rc && course->n_leaves < span->whole) append(course);
    return rc;
}

rlp_span_t rlp_span_to(const rlp_process_t *p, size_t from_segment, double end_days) {
    size_t low = from_segment + 1, high = p->n_segments; /* the first segment that starts at or after the end */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (p->segments[middle].start_days < end_days)
            low = middle + 1;
        else
            high = middle;
    }
    bool open = low == p->n_segments || p->segments[low].start_days > end_days;
    return (rlp_span_t){.end_days = end_days, .whole = open ? low - 1 : low, .open = open};
}

/* The mark falls into a stretch of `longest` days that starts at t_days in `segment`. */
static bool mark_in(rlp_course_t *course, size_t segment, double t_days, double longest, double target, rlp_landing_t *landing) {
    rlp_marks_t before = landing->law;
    landing->segment = segment;
    landing->t_days = t_days + rlp_marks_reach(&before, &rates_of(course, segment)->rates, target, longest, &landing->law);
    return true;
}

/* From leaf *at to leaf `end` by the largest blocks that fit; once one holds the mark, by its halves: true, and *at is the leaf that does. */
static bool pass_blocks(const rlp_course_t *course, size_t *at, size_t end, double target, rlp_marks_t *law) {
    while (*at < end) {
        unsigned level = (unsigned)__builtin_ctzll(*at); /* *at > 0: the segment in which a jump starts is passed by itself */
        while (*at + ((size_t)1 << level) > end) level--;
        for (bool inside = false;; level--) {
            rlp_marks_t passed = rlp_marks_then(law, block(course, *at, level));
            if (passed.mark > target) {
                inside = true;
            } else {
                *law = passed;
                *at += (size_t)1 << level;
                if (!inside) break;
            }
            if (level == 0) return true;
        }
    }
    return false;
}

bool rlp_course_jump(rlp_course_t *course, double t_days, size_t segment, const rlp_span_t *span, double target, rlp_landing_t *landing) {
    const rlp_segment_t *segments = course->process->segments;
    size_t at = segment;
    landing->law = rlp_marks_none();
    for (double start = t_days; at < span->whole || span->open; start = segments[at].start_days) {
        bool last = at >= span->whole;
        double days = (last ? span->end_days : segments[at + 1].start_days) - start;
        rlp_marks_t part = rlp_marks_over(&rates_of(course, at)->rates, days), passed = rlp_marks_then(&landing->law, &part);
        if (passed.mark > target) return mark_in(course, at, start, days, target, landing);
        landing->law = passed;
        if (last || (++at >= span->whole && !span->open)) break;
        if (at < span->whole && pass_blocks(course, &at, span->whole, target, &landing->law))
            return mark_in(course, at, segments[at].start_days, segments[at + 1].start_days - segments[at].start_days, target, landing);
    }
    landing->t_days = span->end_days;
    return false;
}
