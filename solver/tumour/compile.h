/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The compiler inside its room: one arm of a model, run forward for one patient after the other.
 *
 *   pharmacokinetics.c  courses of doses -> plasma levels in closed form; nodes and weights for averages over a stretch of time
 *   nodes.c             fewer nodes for the same averages
 *   rows.c              laws, and the values of all arrows at one instant
 *   coupling.c          the linear part of the signals
 *   dynamics.c          signals over one unit of time
 *   crossings.c         where thresholds and windows are passed
 *   hills.c             what drugs do to the rates
 *   rates.c             rates of all types and channels, averaged over the nodes of a stretch
 *   schedule.c          the calendar: courses, breaks, what is told
 *   missed.c            doses that a patient misses
 *   live.c              what rules do to the calendar on the way
 *   segments.c          units of time, joined into segments
 *   seen.c              what there is on a day, for people to read
 *   felt.c              which numbers the arm can feel
 *   environment.c       room for it, and the beginning of a patient
 *
 * Two scales of time: levels swing within a day, everything else moves over days. Over a *unit* (a quarter of a day just after an
 * intervention, up to 32 days when little happens) signals are taken at two Gauss nodes, and at each of them the laws are averaged over
 * the levels of that half unit. The average of a product of a slow and a fast quantity within one unit is taken as the product of
 * averages; units are short where that matters. */
#ifndef RELAPSE_TUMOUR_COMPILE_H
#define RELAPSE_TUMOUR_COMPILE_H

#include <math.h>

#include "model.h"

/* ---- pharmacokinetics ------------------------------------------------------------------------------------------------------ */
#define TUMOUR_NODES 4 /* of Gauss, in a panel */
#define TUMOUR_DECAYS 16
/* What is left of the two exponentials at the nodes of a panel of some length, and at its end. */
typedef struct {
    double length, slow[TUMOUR_NODES + 1], fast[TUMOUR_NODES + 1];
} tumour_decay_t;

typedef struct {
    double ka, ke, volume; /* per day, per day, L; ka infinite: into the blood at once */
    double slow, fast;     /* the two exponentials where the next panel begins */
    tumour_decay_t decays[TUMOUR_DECAYS]; /* panels have few lengths */
    size_t n_decays;
} tumour_pk_t;

typedef struct {
    size_t drug, item;
    double from, every, dose, stop; /* days, mg; stop: the course ends (INFINITY: never) */
    double doses;                   /* how many in all (INFINITY: no end) */
    double until;                   /* no dose from this day on, whatever `doses` says (INFINITY: no such day) */
    double zero, share;             /* days on the drug count from here; share of the dose as written */
    double steady, gone;            /* when its levels begin to repeat, and when nothing is left */
    double seen;                    /* doses up to the panel at hand */
    size_t first_missed, n_missed;  /* missed.c: which doses, in the environment's list */
    bool continues, seamless;       /* takes over from a course that was reduced or paused; from a reduced one without a gap */
} tumour_course_t;

/* Plasma level of one course at t in mg/L: superposition of all doses so far as geometric sums. */
double tumour_course_level(const tumour_pk_t *, const tumour_course_t *, double t);
/* From when on the course's levels repeat from dose to dose (relative difference below 1e-7). */
double tumour_course_steady(const tumour_pk_t *, const tumour_course_t *);
/* From when on nothing is left of it (1e-14 of one dose). */
double tumour_course_gone(const tumour_pk_t *, const tumour_course_t *);

/* Levels of all drugs at the nodes of a stretch of time; weights sum to 1. */
typedef struct {
    size_t n, capacity, half; /* nodes; those before the middle of the stretch */
    double *weight, *at;
    double *level;       /* [drug][capacity] */
    double *powered;     /* the same, to the power of the drug's effect */
    double *work;        /* nodes.c */
    bool none;           /* no drug there: one node, all 0 */
    double *length;      /* of the time for which a node stands; 0: an instant. With the next two only where rows step on levels */
    double *slow, *fast; /* [drug][capacity] the two exponentials of the level where that time begins */
} tumour_levels_t;

/* ---- the environment -------------------------------------------------------------------------------------------------------- */
/* A day on which something begins, ends or is done; pieces of time lie between them. */
typedef struct {
    double t_days;
    size_t intervention; /* done here, or RLP_NONE */
    size_t stopped;      /* drug whose course ends here, or RLP_NONE */
} tumour_break_t;

typedef struct {
    double offset; /* days after the start of a period */
    size_t rates;
} tumour_repeat_t;

/* A plasma level at which a row switches. */
typedef struct {
    size_t drug;
    double level;
} tumour_cut_t;

/* The numbers of a law for one patient. */
typedef struct {
    tumour_law_t law;
    double strength, where, high, power, floor, scale;
} tumour_numbers_t;

/* An arrow at one site: arrow_value = law(x) times + plus, which goes `into` a place where a target collects. */
typedef struct {
    const tumour_row_t *row;
    const tumour_numbers_t *numbers;
    tumour_source_t source;
    size_t arrow, site, at, copy; /* at: [arrow][site]; copy of the signal that is read, or RLP_NONE */
    double rest, origin;          /* x = rest + departure - origin */
    const double *times, *plus;   /* rows aimed at this row */
    double *into;                 /* NULL: nowhere */
    tumour_set_t mean_over;       /* not empty: what goes there is the arrow's mean over these sites */
    bool again, steps;            /* again: the term before is of the same arrow */
} tumour_term_t;

typedef struct {
    tumour_term_t *terms;
    double **ones, **zeros; /* places in which factors and summands are collected */
    size_t n_terms, n_ones, n_zeros;
} tumour_program_t;

/* A copy of a signal that something pushes, speeds up or leaks into; at: [signal][site]. */
typedef struct {
    size_t signal, site, at, copy;
} tumour_forced_t;

/* hills.c: a class of cells to a drug, and the rows of `resisted:` that apply to it. */
typedef struct {
    size_t row;
    bool shifts, weakens; /* says something of half, of the effect */
    double half, effect;
} tumour_shield_t;
typedef struct {
    size_t first, n;                    /* shields */
    bool moves, scoped;                 /* rows may move its protection; scoped rows meet it */
    double half, effect, scale;         /* protection at rest: shift of half, share of the effect left; shift^-power */
    size_t leader, leader_apart;        /* the first class that meets the drug as it does: at rest, and where resistance is moved */
} tumour_class_t;

/* coupling.c: matrices over copies, of which only entries (to, from) are kept that links, near or far, make different from 0. */
typedef struct {
    size_t to, from;
} tumour_entry_t;
typedef struct {
    size_t into, a, b; /* entries: into += a b */
} tumour_product_t;
typedef struct {
    size_t *at; /* [to][from]: entry, or RLP_NONE */
    tumour_entry_t *entries;
    tumour_product_t *products;
    size_t n, n_products;
    double *generator, norm;             /* L, per day */
    double h, *whole[4], *half[4], *work; /* exp, phi1, phi2, phi3 of h L and h L/2 */
} tumour_coupling_t;

static inline double tumour_raised(double x, double power) {
    return power == 1 ? x : power == 0.5 ? sqrt(x) : power == 1.5 ? x * sqrt(x) : power == 2 ? x * x : pow(x, power);
}

#define TUMOUR_UNIT_LEAST 0x1p-10 /* days: a minute and a half */
enum { TUMOUR_BELOW, TUMOUR_WITHIN, TUMOUR_ABOVE };

struct rlp_environment {
    const rlp_tumour_t *model;
    size_t arm;
    bool *row_on;        /* [row] the arm's mask, less the row that is left out */
    const size_t *order; /* the arm's */
    size_t n_sites, n_sets, n_drugs, n_copies, row_size;
    double follow_up, unit_tolerance, tolerance; /* together error/10: within units, and for joining them */
    const double *values;

    /* of the arm: plan.c */
    bool *drug_given, *done; /* drugs and interventions that the arm may give or do */
    bool *arrow_on;          /* [arrow] its row is in force and can do something: silence.c */
    bool *arrow_used;        /* [arrow] and a rate or a signal asks for it; else its thresholds and windows cut nothing */
    bool *signal_moves, *arrow_changes;
    size_t *jumps; /* arrows by the law impulse, in the order of the input */
    size_t n_jumps;
    bool jumps_scaled; /* a row is aimed at one of them */
    size_t *for_signals, *for_rates; /* arrows in order: those that signals need, those that rates need */
    size_t *on_rates, *on_levels;    /* of these, those aimed at rates and channels, and scoped ones at levels and halves */
    size_t *steps, *level_steps;     /* arrows by threshold or window from signals, and from levels of drugs that are given */
    size_t *pushing;                 /* for_signals without what coupling.c holds */
    size_t n_pushing, n_for_signals, n_for_rates, n_on_rates, n_on_levels, n_steps, n_level_steps;
    bool may_be_pushed, signals_read_levels, survival_moves, resistance_moves, growth_moves;
    bool expand;                              /* fast quantities multiply each other: every node is evaluated apart */
    size_t *copy_of;                          /* [signal][site], RLP_NONE: at rest there */
    size_t *copy_signal;                      /* [copy] */
    size_t *moving, *moving_channels;         /* slots of a row of rates, and channels, that something is aimed at */
    size_t n_moving, n_moving_channels;
    tumour_forced_t *forced;                  /* copies that something is aimed at */
    size_t n_forced;
    tumour_set_t *mean_over;                  /* [arrow]: sites whose mean a patient-wide target takes */
    tumour_program_t all, of_signals, of_rates; /* every arrow that is on; for_signals and for_rates */
    size_t *class_of, *class_set, *n_classes; /* [drug][set], [drug][class], [drug]: trait sets that are alike to a drug */

    /* of the patient: schedule.c and rates.c */
    tumour_pk_t *pk;
    tumour_course_t *courses;
    size_t n_courses, course_capacity;
    uint64_t seed, patient, replicate, *missing; /* his luck (patient 0: he misses nothing); [drug]: purpose of its stream */
    double *missed;                   /* numbers of doses, from 0, of each course that has some */
    size_t n_missed, missed_capacity;
    tumour_break_t *breaks;
    size_t n_breaks, break_capacity, next_break;
    rlp_planned_t *planned;
    size_t n_planned, planned_capacity, acts;
    double birth, growth;              /* of a sensitive cell */
    double *base;                      /* resting row of rates */
    tumour_numbers_t *numbers;         /* [row] */
    double *scope;                     /* [arrow][set]: how strongly a scoped row acts */
    tumour_class_t *classes;           /* [drug][set]: n_classes of them */
    tumour_shield_t *shields;
    tumour_set_t moving_resistance;    /* traits */
    double *rest_value;                /* [arrow][site]: for above_rest */
    bool *days_running;                /* [drug] in the present piece */
    double *days_from;                 /* [drug]: from when days_on of the running course counts */
    double inside;                     /* a time within the piece: steps on days_on are at breaks, so that it stands for all of it */
    bool *window_open;                 /* [arrow]: a stop or intervention acts in the present piece */

    /* signals: dynamics.c */
    double *y, *slope;           /* departures from rest and their derivatives, now */
    double *y_next, *slope_next; /* at the end of the unit */
    double *work, *y_within, *tau; /* tau: [copy] */
    tumour_coupling_t coupling;
    unsigned char *band; /* [arrow][site] of `steps`: TUMOUR_BELOW, ...; it does not change within a unit */
    double *crossed;     /* [arrow][site] when it last did */
    tumour_cut_t *cuts;  /* levels at which panels are cut */
    size_t n_cuts;
    bool pushed; /* something other than signals pushes signals: rest is no fixed point */
    bool resting;
    double tau_least;

    /* values of one instant: rows.c; [what][site] */
    double *arrow_value, *row_times, *row_plus, *level_times, *level_plus, *half_times, *half_plus, *resistance_times, *resistance_plus,
        *push_times, *push_plus, *speed_times, *speed_plus;
    double *times, *plus;                            /* of each slot of a row of rates */
    double *growth_times;                            /* [type]: rows aimed at growth */
    double *hills, *hill_raw, *hill_keys, *hill_values, *weak; /* of one drug at one instant: [site][class], [class], ..., [row of resisted] */
    tumour_levels_t whole, profile, one;             /* levels of a unit, a period, an instant */
    bool profile_known, rule_fits;
    double profile_period, rule_power;

    /* time and segments: segments.c */
    double now, hold;       /* hold: nothing is computed past this day */
    double since, grid;     /* days since the last break or crossing; since units begin at multiples of themselves */
    double last_event, longest;
    double longest_untried; /* for so many units more: half a period, in which levels swing too much for a whole one */
    unsigned untried;
    double closed_to, segment_start;
    double *segment_sum, *segment_row, *funnel_low, *funnel_high, *integral, *survive;
    double *row_a, *row_b, *row_c, *row_d;
    size_t last_rates;
    tumour_repeat_t *pattern; /* segments of one period, while `recording` and to be repeated */
    size_t n_pattern, pattern_capacity;
    double repeat_start;
    double pattern_period, even_period; /* the pattern, and the even row in row_a, hold on after a hold at such periods; -1: they do not */
    bool recording, segment_open, segment_even, survive_pending, finished, held;
    int failed;
    double failed_at;
    char failure[320];
    uint64_t units, evaluations;
};

static inline bool course_running(const tumour_course_t *c, double t) { return t >= c->from && t < c->stop; }

/* environment.c: an environment in which one row is left out (RLP_NONE: none). */
int tumour_environment_without(const rlp_tumour_t *, size_t arm, size_t row, double error, double follow_up_days,
                               rlp_environment_t **) RLP_MUST_USE;

/* The arrows' values while nothing has happened, in arrow_value. *out may be there on an error too; free it. */
int tumour_environment_at_rest(const rlp_tumour_t *, size_t arm, const double *values, double error, rlp_environment_t **out) RLP_MUST_USE;

/* plan.c: what of the model an arm needs. */
int tumour_plan(rlp_environment_t *) RLP_MUST_USE;
void tumour_plan_free(rlp_environment_t *);

/* silence.c: arrow_on and signal_moves from row_on, drug_given and done. */
int tumour_silence(rlp_environment_t *) RLP_MUST_USE;

/* schedule.c: courses, breaks and what is told, for one patient; and what is open from a break on. */
int tumour_schedule(rlp_environment_t *) RLP_MUST_USE;
/* A course by an item's numbers, counted from t_days; false: it gives nothing. */
bool tumour_schedule_course(const rlp_environment_t *, size_t item, double t_days, tumour_course_t *);
/* Add it with its breaks. What is told is up to the caller. */
int tumour_schedule_add(rlp_environment_t *, tumour_course_t) RLP_MUST_USE;
/* A break, and those at which windows opened by it close. */
int tumour_schedule_break(rlp_environment_t *, double t_days, size_t intervention, size_t stopped) RLP_MUST_USE;
int tumour_schedule_tell(rlp_environment_t *, double t_days, rlp_event_kind_t, const char *what) RLP_MUST_USE;
void tumour_schedule_sort(rlp_environment_t *);
void tumour_schedule_open(rlp_environment_t *, double t);
bool tumour_schedule_even(const rlp_environment_t *, double from, double to); /* no row from days_on moves between */

/* missed.c */
int tumour_missed_plan(rlp_environment_t *) RLP_MUST_USE;
int tumour_missed_draw(rlp_environment_t *, tumour_course_t *) RLP_MUST_USE; /* afresh, for a course that is not yet or again in the list */
double tumour_missed_doses(const rlp_environment_t *, const tumour_course_t *, double t); /* up to and including t */
bool tumour_missed_dose(const rlp_environment_t *, const tumour_course_t *, double dose); /* its number, from 0 */
double tumour_missed_memory(const tumour_pk_t *);                                         /* days after which a dose is nothing any more */
double tumour_missed_next(const rlp_environment_t *, double t);                           /* of any course, at or after t; INFINITY: none */
bool tumour_missed_lately(const rlp_environment_t *, const tumour_course_t *, double t);  /* does t still remember one? */
/* What the missed doses would have left, as tumour_levels_parts; scale: of one dose. */
void tumour_missed_parts(const rlp_environment_t *, const tumour_course_t *, double t, double counted, double scale, double *slow, double *fast);

/* pharmacokinetics.c */
int tumour_levels_build(rlp_environment_t *, double from, double to, tumour_levels_t *) RLP_MUST_USE;
void tumour_levels_free(tumour_levels_t *);
/* The common period of all running courses if their levels repeat from t on and nothing else is in the blood; 0 otherwise. */
double tumour_levels_period(const rlp_environment_t *, double t);
/* The levels at one instant, as a set of one node. */
int tumour_levels_instant(rlp_environment_t *, double t, tumour_levels_t *) RLP_MUST_USE;
/* The two exponentials at t of all courses of a drug, counting doses up to `counted` (t or a little later). */
void tumour_levels_parts(const rlp_environment_t *, size_t drug, double t, double counted, double *slow, double *fast);
bool tumour_levels_any(const rlp_environment_t *, double from, double to);

/* nodes.c: nodes in time -> few nodes in level, where all laws that read levels are smooth and one drug is in the blood. */
bool tumour_rule_fits_rows(const rlp_environment_t *);
double tumour_rule_power(const rlp_environment_t *); /* the steepest hill of the patient */
void tumour_rule_shorten(const rlp_environment_t *, size_t drug, tumour_levels_t *);

/* rows.c: a program at time t with departures y, averaged over nodes k0 <= k < k1 of `levels`. */
void tumour_rows_evaluate(rlp_environment_t *, const tumour_program_t *, double t, const double *y, const tumour_levels_t *, size_t k0, size_t k1);
int tumour_program_build(const rlp_environment_t *, const size_t *arrows, size_t n, tumour_program_t *) RLP_MUST_USE;
void tumour_program_free(tumour_program_t *);
void tumour_rows_begin(rlp_environment_t *); /* the patient's numbers into the programs */
double tumour_row_law(const tumour_numbers_t *, double x);
double tumour_row_x(const rlp_environment_t *, const tumour_row_t *, size_t signal, size_t site, const double *y); /* from a signal */
double tumour_row_scope(const rlp_environment_t *, size_t arrow, size_t set);

/* crossings.c */
bool tumour_row_steps(const tumour_row_t *);
int tumour_crossings_plan(rlp_environment_t *) RLP_MUST_USE;
void tumour_bands_find(rlp_environment_t *, const double *y); /* afresh: at the beginning, after a jump, at rest */
/* After tumour_signals_step: how long the unit may be so that no row leaves its band before its end; `crosses`: one does so there. */
double tumour_bands_left(const rlp_environment_t *, double t, double h, bool *crosses);
bool tumour_bands_pass(rlp_environment_t *, double t); /* after tumour_signals_accept: has a band changed? */
/* The share of time in which a row that steps on a level is on, over nodes k0 <= k < k1; false: that is not known. */
bool tumour_levels_share(const rlp_environment_t *, const tumour_row_t *, tumour_source_t, size_t site, const tumour_levels_t *, size_t k0,
                         size_t k1, double *share);
int tumour_cuts_find(rlp_environment_t *, double t) RLP_MUST_USE;
size_t tumour_cuts_within(const rlp_environment_t *, double start, double length, double *out); /* at most two a cut */

/* coupling.c */
bool tumour_arrow_coupled(const rlp_environment_t *, size_t arrow);
int tumour_coupling_plan(rlp_environment_t *) RLP_MUST_USE;
void tumour_coupling_free(tumour_coupling_t *);
void tumour_coupling_begin(rlp_environment_t *);
void tumour_coupling_step(rlp_environment_t *, double h);
void tumour_coupling_add(const tumour_coupling_t *, const double *table, double factor, const double *y, double *out);

/* dynamics.c */
int tumour_forced_plan(rlp_environment_t *) RLP_MUST_USE;
void tumour_signals_begin(rlp_environment_t *);
/* An intervention at t: first its own jumps, then those of rows by the law impulse, sized by the state just before it. */
int tumour_signals_jump(rlp_environment_t *, size_t intervention, double t) RLP_MUST_USE;
/* Signals from t to t + h into y_next, slope_next; false if h is too long. */
bool tumour_signals_step(rlp_environment_t *, double t, double h, const tumour_levels_t *);
void tumour_signals_accept(rlp_environment_t *);
/* Departures at t + theta h, by Hermite's cubic. */
void tumour_signals_within(const rlp_environment_t *, double h, double theta, double *y);

/* rates.c: mean row of rates over nodes k0 <= k < k1 at time t with departures y. RLP_ERROR_RATE. */
int tumour_rates_begin(rlp_environment_t *) RLP_MUST_USE;
bool tumour_arrow_moves(const tumour_arrow_t *, const tumour_channel_t *);
int tumour_rates_at(rlp_environment_t *, double t, const double *y, const tumour_levels_t *, size_t k0, size_t k1,
                    double *row) RLP_MUST_USE;
void tumour_blame(rlp_place_t); /* what rlp_tumour_blamed tells */
int tumour_rates_survive(rlp_environment_t *, size_t intervention, double t, double *survive) RLP_MUST_USE;

/* hills.c: what a drug does to the rates, averaged over nodes k0 <= k < k1, into times and plus of the environment. */
int tumour_hills_plan(rlp_environment_t *) RLP_MUST_USE; /* after tumour_plan */
void tumour_hills_free(rlp_environment_t *);
void tumour_hills_begin(rlp_environment_t *); /* one patient's tables; scopes are known */
void tumour_hills_apply(rlp_environment_t *, size_t drug, const tumour_levels_t *, size_t k0, size_t k1);

#endif
