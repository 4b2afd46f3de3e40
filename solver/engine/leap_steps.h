/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which steps leap takes: along the timeline, for each span of constant rates, the longest equal steps after which the deviation of leap's means from the moment equations,
 * carried along from the start, stays below its share of engine.error (mean_map.h); shorter where variances or a capacity ask for it. A span may hold many short segments, and a step pass over them (averages.h). No random number enters. */
#ifndef RELAPSE_ENGINE_LEAP_STEPS_H
#define RELAPSE_ENGINE_LEAP_STEPS_H

#include "averages.h"
#include "mean_map.h"
#include "spans.h"

typedef struct {
    const rlp_process_t *process;
    rlp_engine_settings_t settings;
    rlp_averages_t averages; /* all rows of rates here are its rows */
    rlp_mean_map_t map;     /* its switching serves steps too */
    rlp_spans_t spans;
    double *ratio;          /* what leap's means are to the true ones at the start of the last span */
    double *true_end, *end; /* means at its end, the true ones and leap's, */
    double end_known;       /* ... after so many days (NaN: not known) */
    double *biased;         /* work */
    struct rlp_leap_course {
        rlp_averages_t *averages;
        size_t segment, rates[RLP_SPAN_SEGMENTS];
        double start_days, days[RLP_SPAN_SEGMENTS];
    } pieces;               /* of the span at hand */
} rlp_leap_steps_t;

/* Rows of rates that nobody holds on to are forgotten once there are many: to be called where a path begins. */
void rlp_leap_steps_tidy(rlp_leap_steps_t *);
/* Stays where it is: its spans point at it. */
int rlp_leap_steps_init(rlp_leap_steps_t *, const rlp_process_t *, const rlp_engine_settings_t *) RLP_MUST_USE;
void rlp_leap_steps_free(rlp_leap_steps_t *); /* safe on zeros, and twice */

#endif
