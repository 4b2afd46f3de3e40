/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Costs: what a stretch costs each engine, as `auto` sees it. The constants stand in one table (costs.c); `tests/run.sh bench` prints them beside what it measures. */
#ifndef RELAPSE_ENGINE_COSTS_H
#define RELAPSE_ENGINE_COSTS_H

#include <stdbool.h>

/* Nanoseconds; only their ratios matter. */
#define RLP_COSTS_LIST(X)                                                                                   \
    X(direct_event, "direct: an event, by windows")                                                         \
    X(direct_event_type, "direct: ... for each type that lives")                                            \
    X(direct_root, "direct: ... and more, over the root of the cells: small windows")                       \
    X(direct_root_type, "direct: ... for each type that lives")                                             \
    X(direct_single, "direct: an event by itself, where windows do not pay")                                \
    X(direct_single_type, "direct: ... for each type that lives")                                           \
    X(direct_crowded, "direct: more for an event under a capacity")                                         \
    X(kendall_mark, "kendall: a transition")                                                                \
    X(kendall_group, "kendall: a type that lives, to the end of a jump")                                    \
    X(kendall_check, "kendall: is a jump safe for a watch? for each of types, channels and 4")              \
    X(leap_step, "leap: a step")                                                                            \
    X(leap_type, "leap: ... for each type that lives")                                                      \
    X(leap_switching, "leap: ... and for each type that its cells may switch to, at once or in turn")       \
    X(leap_founder, "leap: a founder grown by itself")
typedef struct {
#define RLP_COSTS_FIELD(name, words) double name;
    RLP_COSTS_LIST(RLP_COSTS_FIELD)
#undef RLP_COSTS_FIELD
} rlp_costs_t;
extern const rlp_costs_t RLP_COSTS;

/* A stretch from the state at its start. */
typedef struct {
    double events, marks;     /* expected; marks NaN with a capacity */
    double steps;             /* that leap's rule takes */
    double cells, occupied;   /* all cells on the way, types that live now */
    double types, channels, least_cells; /* of the process; from so many cells on windows pay */
    double targets;           /* types that the cells of one may switch to, on average */
    bool crowded;             /* has a capacity */
    double watches;           /* at any instant */
    bool near;                /* a threshold may be reached */
} rlp_stretch_t;

double rlp_cost_direct(const rlp_stretch_t *);
double rlp_cost_kendall(const rlp_stretch_t *); /* INFINITY with a capacity */
double rlp_cost_leap(const rlp_stretch_t *);

#endif
