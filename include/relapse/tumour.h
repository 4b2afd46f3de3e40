/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tumour floor: sites, traits, drugs, interventions, signals, mechanisms and arms, compiled into a process.
 *
 * A model is read once (every number a row of rlp_parameters_t). Per arm and patient an *environment* runs forward in time, without
 * randomness and without cell counts, and appends segments of time-averaged rates to a process: a pure function of (model, arm, values).
 *
 *   types    site x genotype x plastic state; label = trait set ("none", "met2", "efflux", "target+efflux")
 *   signals  x' = (rest + pushes - x) speed / tau, one copy a site or one a patient; products held over a grid step
 *   drugs    one-compartment oral PK, level = plasma level x rows aimed at `drug.level`; effect by Emax (hill) on death, birth or growth
 *   rows     mechanisms: source -> target by a law; data, never named in code
 *   segments hold time averages; a segment splits until its two halves change the integral of birth - death by less than error/10 */
#ifndef RELAPSE_TUMOUR_H
#define RELAPSE_TUMOUR_H

#include "relapse/document.h"
#include "relapse/endpoint.h"
#include "relapse/parameters.h"
#include "relapse/process.h"
#include "relapse/stream.h"

typedef struct rlp_tumour rlp_tumour_t;

/* Read tumour:, traits:, drugs:, interventions:, signals:, mechanisms:, arms: from the root map of an input. All errors go to the diagnostics; the
 * model is usable only if there were none. Owned: rlp_tumour_free. */
int rlp_tumour_read(const rlp_node_t *root, rlp_parameters_t *, rlp_diagnostics_t *, rlp_tumour_t **out) RLP_MUST_USE;
bool rlp_tumour_is_whole(const rlp_tumour_t *); /* there were no errors. Else only names of arms and rows may be asked for, as far as they were read */
void rlp_tumour_free(rlp_tumour_t *);

size_t rlp_tumour_arms(const rlp_tumour_t *);
const char *rlp_tumour_arm_name(const rlp_tumour_t *, size_t arm);
/* Is this patient's growth capped at 0.9 of birth? (growth varies through death: death = birth - growth) */
bool rlp_tumour_capped(const rlp_tumour_t *, const double *values);
/* The scan's view: lesions per site (`part_of` joined), cells per mm3. Fills n_types, lesions and cells_per_mm3 of fresh endpoints. */
int rlp_tumour_lesions(const rlp_tumour_t *, rlp_endpoints_t *) RLP_MUST_USE;
/* Types, channels, names, labels, capacity none, clearance: everything but the timeline and start counts. */
int rlp_tumour_process(const rlp_tumour_t *, const double *values, rlp_process_t *out) RLP_MUST_USE;
/* The same for another patient, from the process of an earlier one: its timeline is dropped. */
void rlp_tumour_process_again(const rlp_tumour_t *, const double *values, rlp_process_t *);
/* Draw the cells present at time 0 into cells[n_types] (plastic shares multinomial, pre-existing genetic clones one by one or by their mean
 * where thousands; a clone sits in one site): total = tumour.cells. stream NULL: the expected counts, rounded. */
int rlp_tumour_start(const rlp_tumour_t *, const double *values, rlp_stream_t *, int64_t *cells) RLP_MUST_USE;

/* ---- rules: what an arm decides on the way ------------------------------------------------------------------------------------
 * A rule is data: a condition judged at visits (after the visit's own verdict), perhaps a test, and what is then done. The model reads
 * rules; the life (patient.h) sees counts, judges and tells the environment what is done. Numbers are parameters, so that paths can vary. */
typedef enum {
    RLP_WHEN_VISIT,              /* at every visit */
    RLP_WHEN_PROGRESSION,        /* at the first progression */
    RLP_WHEN_SECOND_PROGRESSION,
    RLP_WHEN_BURDEN,             /* measure >= amount (cells, or a share of the start or of the nadir) */
    RLP_WHEN_RESPONSE,           /* the visit's response is `response` or better */
    RLP_WHEN_TOXICITY,           /* a toxicity of `what` has come since the last visit */
    RLP_WHEN_EXPOSURE            /* mg of the drug `what` given so far >= amount */
} rlp_when_t;
typedef enum { RLP_OF_CELLS, RLP_OF_START, RLP_OF_NADIR } rlp_share_of_t;

typedef enum { RLP_ACT_GIVE, RLP_ACT_STOP, RLP_ACT_REDUCE, RLP_ACT_PAUSE, RLP_ACT_DO } rlp_act_kind_t;
typedef struct {
    rlp_act_kind_t kind;
    size_t what;   /* drug; DO: intervention */
    size_t item;   /* GIVE: the model's own number of the item (its every, from, dose, ... are in there). STOP: only its courses. RLP_NONE: none, all */
    size_t amount; /* parameter: REDUCE: share of the present dose that is left; PAUSE: days; else RLP_NO_PARAMETER */
} rlp_act_t;

typedef struct {
    const char *name; /* NULL: none; borrowed, as all of it */
    rlp_when_t when;
    rlp_measure_t measure;   /* BURDEN */
    rlp_share_of_t share_of; /* BURDEN */
    size_t amount;           /* BURDEN, EXPOSURE: parameter */
    rlp_response_t response; /* RESPONSE */
    bool of_intervention;    /* TOXICITY: `what` is an intervention, else a drug */
    size_t what;             /* TOXICITY, EXPOSURE */
    size_t gap;              /* parameter: least days since the rule last acted (of `do` rules: since that intervention was last done, by whatever item); RLP_NO_PARAMETER: none */
    size_t at_most;          /* parameter: times that the rule acts; RLP_NO_PARAMETER: once */
    size_t test;             /* test that decides between `then` and `otherwise` once its result is there; RLP_NONE: no test */
    uint32_t positive;       /* traits (bits) of which one positive makes the test positive */
    bool repeats;            /* a `do` on demand: what `measure: untreatable` asks about */
    const rlp_act_t *then, *otherwise;
    size_t n_then, n_otherwise;
} rlp_rule_t;
/* The rules of an arm in the order of the input (those of `as:` at their place); `give ... until: progression` is the rule that stops it. */
const rlp_rule_t *rlp_tumour_rules(const rlp_tumour_t *, size_t arm, size_t *n);

typedef struct {
    const char *name;
    uint32_t of;                                           /* traits that it looks for, as bits */
    size_t limit, sensitivity, specificity, turnaround;    /* parameters: share of cells, shares, days */
    uint32_t sites;                                        /* whose cells it sees, as bits */
} rlp_test_t;
const rlp_test_t *rlp_tumour_tests(const rlp_tumour_t *, size_t *n);

/* ---- variants: an arm without some rows ---------------------------------------------------------------------------------------- */
size_t rlp_tumour_rows(const rlp_tumour_t *);
const char *rlp_tumour_row_name(const rlp_tumour_t *, size_t row);
bool rlp_tumour_row_interacts(const rlp_tumour_t *, size_t row);     /* marked `interaction: true` */
size_t rlp_tumour_base(const rlp_tumour_t *, size_t arm); /* the written arm that a variant is made of; of a written one itself */
bool rlp_tumour_row_on(const rlp_tumour_t *, size_t arm, size_t row); /* in force by the switches of the rows and of the arm */
/* The written arm `arm` without the rows in without[n_rows], as an arm of its own: *same is its number. Where what is taken out cannot be felt, whoever the patient is
 * (values: nominal; varied[parameters]: differ between patients), it is the number of the arm, or of its earlier variant, that is lived in the same way. Before
 * any environment is made. RLP_ERROR_RATE: a rate at rest is out of range. */
int rlp_tumour_vary(rlp_tumour_t *, size_t arm, const bool *without, const double *values, const bool *varied, const char *name, size_t *same) RLP_MUST_USE;

/* felt[parameters->n]: which numbers can be felt in the arm, whoever the patient is and whatever they are: a life there is the same, bit by bit, at any values of the others.
 * Before any environment is kept. */
int rlp_tumour_feels(const rlp_tumour_t *, size_t arm, const rlp_parameters_t *, bool *felt) RLP_MUST_USE;

size_t rlp_tumour_traits(const rlp_tumour_t *);
const char *rlp_tumour_trait_name(const rlp_tumour_t *, size_t trait);
size_t rlp_tumour_drugs(const rlp_tumour_t *);
const char *rlp_tumour_drug_name(const rlp_tumour_t *, size_t drug);
size_t rlp_tumour_interventions(const rlp_tumour_t *);
const char *rlp_tumour_intervention_name(const rlp_tumour_t *, size_t intervention);
uint32_t rlp_tumour_type_traits(const rlp_tumour_t *, size_t type); /* bits */
size_t rlp_tumour_type_site(const rlp_tumour_t *, size_t type);
size_t rlp_tumour_sites(const rlp_tumour_t *);
const char *rlp_tumour_site_name(const rlp_tumour_t *, size_t site);
/* Toxicity of a drug: events per day on it (at the dose as written; in proportion to a reduced one); of an intervention: probability each time. 0: none. */
double rlp_tumour_drug_toxicity(const rlp_tumour_t *, const double *values, size_t drug);
double rlp_tumour_intervention_toxicity(const rlp_tumour_t *, const double *values, size_t intervention);
/* Does the arm give the drug (do the intervention), planned or by a rule, and has it a toxicity in the input? */
bool rlp_tumour_drug_may_harm(const rlp_tumour_t *, size_t arm, size_t drug);
bool rlp_tumour_intervention_may_harm(const rlp_tumour_t *, size_t arm, size_t intervention);

/* What happens to a patient, told in events.csv. Those up to DO are planned or done by rules. */
typedef enum {
    RLP_EVENT_START,
    RLP_EVENT_STOP,
    RLP_EVENT_DO,
    RLP_EVENT_REDUCE,
    RLP_EVENT_PAUSE,
    RLP_EVENT_RESUME,
    RLP_EVENT_TEST,     /* a sample is taken */
    RLP_EVENT_RESULT,   /* its result is there */
    RLP_EVENT_TOXICITY,
    RLP_EVENT_UNTREATABLE,
    RLP_EVENT_PROGRESSION,
    RLP_EVENT_SECOND_PROGRESSION,
    RLP_EVENT_DEATH
} rlp_event_kind_t;
typedef struct {
    double t_days;
    rlp_event_kind_t kind;
    const char *what; /* drug or intervention; borrowed from the model */
    size_t act;       /* 0: planned; k: brought by the patient's k-th call of rlp_environment_act */
} rlp_planned_t;

typedef struct rlp_environment rlp_environment_t;
/* The environment of one arm, reusable for many patients. `error` is engine.error. */
int rlp_environment_new(const rlp_tumour_t *, size_t arm, double error, double follow_up_days, rlp_environment_t **) RLP_MUST_USE;
void rlp_environment_free(rlp_environment_t *);
/* Whose luck it is that decides on missed doses (`missed:`), from the next begin on; patient 0, as at first: the nominal one, who misses none. */
void rlp_environment_luck(rlp_environment_t *, uint64_t seed, uint64_t patient, uint32_t replicate);
/* Start a patient at time 0 with his values (borrowed until the next begin); process must come from rlp_tumour_process with the same values and
 * hold no segments yet. */
int rlp_environment_begin(rlp_environment_t *, const double *values, rlp_process_t *) RLP_MUST_USE;
/* Append segments and survival events to the process, up to and including `until_days` (events at exactly until_days are in). RLP_ERROR_RATE with row, site, type and
 * day when a rate becomes negative. */
int rlp_environment_extend(rlp_environment_t *, double until_days, rlp_process_t *) RLP_MUST_USE;
/* In an arm with rules the timeline is known only up to the next decision: `extend` goes no further than the day held at (INFINITY: no hold; begin
 * sets INFINITY), whatever it is asked for, and segments end there. */
void rlp_environment_hold(rlp_environment_t *, double t_days);
/* At t_days, to which the process is extended and at which it is held: do it. What is appended begins at t_days, after all that was planned for that
 * instant, and never changes what an engine has entered. Planned events told by rlp_environment_planned follow (a stopped course is no longer told to
 * stop later).
 *   GIVE    a course by the item's numbers, `from` and `until` counted from t_days
 *   STOP    the courses of the drug (of the item) end; no dose at t_days or later. Planned ones that have not begun are off
 *   REDUCE  from the next dose on the present dose is so much of what it was; days on the drug go on, no `stop` window opens
 *   PAUSE   no dose for so many days; then the course goes on, with the doses and the days on the drug that it had. A `stop` window opens
 *   DO      the intervention, at t_days */
int rlp_environment_act(rlp_environment_t *, const rlp_act_t *, double t_days, rlp_process_t *) RLP_MUST_USE;
/* Days on the drug up to t (a day at a reduced dose counts in proportion), mg given up to and including t, and does a course of it run at t? */
double rlp_environment_days_on(const rlp_environment_t *, size_t drug, double t_days);
double rlp_environment_given_mg(const rlp_environment_t *, size_t drug, double t_days);
bool rlp_environment_on_drug(const rlp_environment_t *, size_t drug, double t_days);
/* Planned events of the arm for these values, sorted by time, up to follow-up. Borrowed until the next begin. */
const rlp_planned_t *rlp_environment_planned(const rlp_environment_t *, size_t *n);

/* ---- what an environment is on the way, for people to read -------------------------------------------------------------------
 * The signals that something in the arm can move, a copy a site or one a patient (the others are at rest for ever), then the levels of the drugs that
 * the arm may give and, of those with a `half`, their occupancies, a site each; in the order of the input. */
typedef enum { RLP_SEEN_SIGNAL, RLP_SEEN_LEVEL, RLP_SEEN_OCCUPANCY } rlp_seen_kind_t;
typedef struct {
    rlp_seen_kind_t kind;
    size_t what; /* signal; drug */
    size_t site; /* RLP_NONE: of the whole patient */
} rlp_seen_t;
/* What there is to see in this arm, the same for every patient; returns how many. out may be NULL. */
size_t rlp_environment_seen(const rlp_environment_t *, rlp_seen_t *out);
/* Its values on the day to which the environment is extended and at which it is held, after all that was done then. Signals are those of that instant.
 * Levels (mg/L, with the unscoped rows aimed at DRUG.level as they are at that instant) and occupancies (of cells without resistance) are means over the
 * day that ends then: doses make them swing. Nothing of the timeline changes. */
int rlp_environment_see(rlp_environment_t *, double *values) RLP_MUST_USE;
size_t rlp_tumour_signals(const rlp_tumour_t *);
const char *rlp_tumour_signal_name(const rlp_tumour_t *, size_t signal);
double rlp_tumour_signal_rest(const rlp_tumour_t *, const double *values, size_t signal);

/* At most so many of them in an arm, whatever the values: an upper bound from the input alone (what rules do comes on top). */
size_t rlp_tumour_most_planned(const rlp_tumour_t *, size_t arm);

/* For `relapse check`: the types and the table of rows, in which of these arms they are in force, and why not in the others; and what one arm
 * gives and does. */
int rlp_tumour_describe(const rlp_tumour_t *, const double *values, const size_t *arms, size_t n_arms, rlp_text_t *out) RLP_MUST_USE;
/* The same as a picture in Graphviz's dot language: nodes by kind, an edge a row, dashed where it is in force in none of these arms. */
int rlp_tumour_graph(const rlp_tumour_t *, const double *values, const char *title, const size_t *arms, size_t n_arms, rlp_text_t *out) RLP_MUST_USE;
int rlp_tumour_describe_arm(const rlp_tumour_t *, size_t arm, const double *values, rlp_text_t *out) RLP_MUST_USE;

/* For `check`: warn of rows that act while nothing has happened (growth without treatment is then not tumour.growth), and of rows marked
 * `interaction: true` that change an arm with a single treatment; the arm is compiled with and without the row. A rate out of range is an
 * error at the place of the row or drug that makes it so. */
int rlp_tumour_check(const rlp_tumour_t *, const double *values, double error, double follow_up_days, rlp_diagnostics_t *) RLP_MUST_USE;

/* Where the input says what made the last RLP_ERROR_RATE of an environment (a row, a drug); its source is NULL where no single one did. */
rlp_place_t rlp_tumour_blamed(void);

extern const rlp_key_section_t RLP_TUMOUR_SECTIONS[];
extern const size_t RLP_TUMOUR_SECTION_COUNT;

#endif
