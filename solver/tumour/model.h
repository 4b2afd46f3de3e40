/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tumour model inside its room: what an input says, with row numbers of parameters wherever it has numbers.
 *
 * One file reads each concept (sites.c, traits.c, drugs.c, interventions.c, signals.c, mechanisms.c with arrows.c, arms.c) and types.c
 * says which types there are. Nothing here changes after rlp_tumour_read but that variants (variants.c) join the arms, before the first environment. Environments (compile.h)
 * borrow it. */
#ifndef RELAPSE_TUMOUR_MODEL_H
#define RELAPSE_TUMOUR_MODEL_H

#include "relapse/tumour.h"

#define TUMOUR_SITES_MAX 32
#define TUMOUR_TRAITS_MAX 32
#define TUMOUR_RUNGS_MAX 16
#define TUMOUR_NAMES_MAX 512
#define TUMOUR_TYPES_MAX 4096

#define NO_PARAMETER RLP_NO_PARAMETER
#define COUNT(table) (sizeof(table) / sizeof *(table))

typedef uint32_t tumour_set_t; /* of sites or traits, one bit each */
#define SET_ALL ((tumour_set_t)-1)
static inline bool set_has(tumour_set_t set, size_t i) { return (set >> i) & 1u; }
static inline tumour_set_t set_of(size_t i) { return (tumour_set_t)1 << i; }

/* ---- sites -------------------------------------------------------------------------------------------------------------- */
typedef struct {
    const char *name;
    size_t share; /* parameter */
    double lesions;
    size_t part_of; /* site whose spheres it shares, or RLP_NONE */
} tumour_site_t;

typedef struct {
    tumour_set_t from;
    size_t to; /* site */
    size_t rate;
} tumour_seeding_t;

/* ---- traits ------------------------------------------------------------------------------------------------------------- */
typedef enum { TRAIT_GENETIC, TRAIT_LADDER, TRAIT_PLASTIC } tumour_kind_t;

typedef struct {
    size_t parameter; /* NO_PARAMETER: no change */
    bool is_rate;     /* else a factor on what the cell would have */
} tumour_change_t;

typedef struct {
    const char *name;
    tumour_kind_t kind;
    size_t rungs;                          /* ladder; 1 for others */
    size_t found, gain, loss, start, cost; /* parameters; NO_PARAMETER where the kind has none */
    tumour_change_t birth, death;
} tumour_trait_t;

/* A trait set: the rung of each trait, 0 where it is absent. */
typedef unsigned char tumour_rungs_t[TUMOUR_TRAITS_MAX];

typedef struct {
    size_t site, genotype, plastic; /* indices into the model's tables */
    tumour_rungs_t rungs;
    tumour_set_t traits;
} tumour_type_t;

typedef enum { CHANNEL_FOUND, CHANNEL_GAIN, CHANNEL_LOSS, CHANNEL_SEEDING } tumour_channel_role_t;
typedef struct {
    tumour_channel_role_t role;
    size_t trait; /* RLP_NONE for seeding */
    size_t from, to;
    size_t parameter;
    rlp_channel_kind_t kind;
} tumour_channel_t;

/* ---- drugs and interventions -------------------------------------------------------------------------------------------- */
typedef enum { EFFECT_NONE, EFFECT_DEATH, EFFECT_BIRTH, EFFECT_GROWTH } tumour_effect_t;

/* A row of a `resisted:` table: what cells with all of `traits` change. The rung of `ladder` picks the number where there is a list. */
typedef struct {
    tumour_set_t traits;
    size_t ladder;                                           /* trait, or RLP_NONE */
    size_t half[TUMOUR_RUNGS_MAX], effect[TUMOUR_RUNGS_MAX]; /* parameters; NO_PARAMETER: unchanged */
} tumour_resisted_t;

/* Is a dose for everybody, for each kg of body weight or for each m2 of body surface? */
typedef enum { DOSE_AS_IT_IS, DOSE_PER_WEIGHT, DOSE_PER_AREA } tumour_per_t;
typedef struct {
    size_t amount; /* parameter, NO_PARAMETER: none */
    tumour_per_t per;
} tumour_dose_t;

typedef struct {
    const char *name;
    rlp_place_t place;
    double molar_mass; /* g/mol, 0: not given */
    tumour_dose_t dose, light; /* light: instead, of patients below `light_below` kg */
    size_t light_below;        /* parameter, NO_PARAMETER: all get the same */
    size_t toxicity;           /* parameter: events per day on it */
    size_t ka, half_life, clearance, volume; /* ka NO_PARAMETER: into the blood at once; one of half_life, clearance */
    tumour_effect_t changes;
    bool effect_is_rate; /* else a share of the cell's own rate (growth: of the patient's net growth) */
    size_t max, half, power; /* half: NO_PARAMETER where there is no occupancy; max: where there is no effect */
    tumour_resisted_t *resisted;
    size_t n_resisted;
    tumour_set_t named; /* traits that some row of `resisted` names */
} tumour_drug_t;

typedef struct {
    size_t signal;
    size_t add, times; /* parameters, either may be NO_PARAMETER */
    tumour_set_t sites;
} tumour_push_t;

/* Cells with all of `traits` survive with the power-th power of the survival of others. */
typedef struct {
    tumour_set_t traits;
    size_t power; /* parameter */
} tumour_hardened_t;

/* Arrhenius: parameters; a site without temperature is not heated. */
typedef struct {
    size_t temperature[TUMOUR_SITES_MAX], sink[TUMOUR_SITES_MAX], duration, frequency_factor, activation_energy;
} tumour_thermal_t;

typedef struct {
    const char *name;
    size_t toxicity; /* parameter: probability each time */
    size_t survive[TUMOUR_SITES_MAX];
    tumour_push_t *pushes;
    size_t n_pushes;
    tumour_hardened_t *resisted;
    size_t n_resisted;
    tumour_set_t named; /* traits that some row of `resisted` names */
    tumour_thermal_t thermal;
} tumour_intervention_t;

/* ---- signals ------------------------------------------------------------------------------------------------------------ */
typedef struct {
    const char *name;
    size_t rest, tau;
    tumour_set_t sites; /* where it lives; elsewhere it stays at rest */
    bool per_patient;
    size_t leak[TUMOUR_SITES_MAX]; /* parameters or NO_PARAMETER */
    bool leaks;
} tumour_signal_t;

/* ---- mechanisms --------------------------------------------------------------------------------------------------------- */
typedef enum { LAW_LINEAR, LAW_FACTOR, LAW_INVERSE, LAW_POWER, LAW_EXP, LAW_HILL, LAW_THRESHOLD, LAW_WINDOW, LAW_IMPULSE } tumour_law_t;
typedef enum {
    SOURCE_SIGNAL,
    SOURCE_LEVEL,
    SOURCE_OCCUPANCY,
    SOURCE_DAYS_ON,
    SOURCE_STOP,
    SOURCE_INTERVENTION,
    SOURCE_ALWAYS
} tumour_source_kind_t;
typedef enum {
    TARGET_BIRTH,
    TARGET_DEATH,
    TARGET_SEEDING,
    TARGET_GROWTH, /* the patient's net growth, through birth */
    TARGET_GAIN,
    TARGET_LOSS,
    TARGET_RESISTANCE,
    TARGET_LEVEL,
    TARGET_HALF,
    TARGET_SIGNAL,
    TARGET_SPEED,
    TARGET_ROW,
    TARGET_SURVIVE,
    TARGET_JUMP /* a signal, by the law impulse: not at any rate but at once */
} tumour_target_kind_t;

typedef struct {
    tumour_source_kind_t kind;
    size_t index; /* of the signal, drug or intervention; always: 0 */
} tumour_source_t;
typedef struct {
    tumour_target_kind_t kind;
    size_t index; /* of the trait, drug, signal, row or intervention */
} tumour_target_t;

typedef enum { SCOPE_ALL, SCOPE_ONLY, SCOPE_FACTORS } tumour_scope_t;

typedef struct {
    const char *name, *source_text;
    rlp_place_t place;
    tumour_law_t law;
    bool is_factor;                            /* the law's own value is 1 at rest (factor, inverse, power, exp), else 0 */
    bool multiplies;                           /* how it joins its target: `as:` may have turned the law's own way round */
    size_t strength;                           /* parameter: slope, rate or max */
    size_t where;                              /* half, at or low */
    size_t high, power, floor, origin, window; /* as their keys; NO_PARAMETER where the law has none */
    size_t scale, times, add;                  /* scale: of the whole row; impulse: times, add */
    bool above_rest, enabled, interaction, if_present;
    const char *missing; /* if_present: what of the row the input does not have ("no trait stem"), so that it is in force nowhere; else NULL */
    size_t instead_of; /* row or RLP_NONE */
    tumour_set_t sites;
    tumour_scope_t scope;
    tumour_set_t traits;
    size_t trait_factor[TUMOUR_TRAITS_MAX];
} tumour_row_t;

/* One source to one target: a row with lists is several arrows that share its numbers. */
typedef struct {
    size_t row;
    tumour_source_t source;
    tumour_target_t target;
} tumour_arrow_t;

/* ---- arms --------------------------------------------------------------------------------------------------------------- */
typedef enum { ITEM_GIVE, ITEM_DO } tumour_item_kind_t;
typedef struct {
    tumour_item_kind_t kind;
    const char *name;                       /* or NULL */
    size_t what;                            /* drug or intervention */
    size_t every, from, until, doses;       /* give; until, doses may be NO_PARAMETER */
    size_t missed;                          /* give; share of doses, or NO_PARAMETER */
    tumour_dose_t dose;                     /* give; instead of the drug's own */
    size_t *at;                             /* do: parameters */
    size_t n_at;
} tumour_item_t;

/* A drug or intervention that a rule of the arm presupposes. */
typedef struct {
    bool of_intervention;
    size_t what;
    rlp_place_t place;
    const char *key; /* "stop", "reduce", "toxicity", ... */
} tumour_use_t;

typedef struct {
    const char *name;
    rlp_place_t place;
    size_t *items; /* planned, in order, those of `as:` arms at their place; indices into the model's items */
    size_t n_items, item_capacity;
    unsigned char *switched; /* [row] TUMOUR_AS_WRITTEN, ...: what its `rows:` say; NULL: nothing */
    bool *row_on;            /* [row] in force here: switched on, there, and no such row stands instead of it */
    size_t *order;           /* arrows in the order in which their values can be computed here */
    bool is_variant;         /* of the arm `base`, with rows taken out of force (variants.c) */
    size_t base;
    bool *felt;              /* [arrow] can be felt here, whoever the patient is; NULL until a variant asks */
    rlp_rule_t *rules; /* in order, those of `as:` arms at their place; their acts are the model's */
    size_t n_rules, rule_capacity;
    tumour_use_t *uses; /* by its own rules */
    size_t n_uses, use_capacity;
} tumour_arm_t;
enum { TUMOUR_AS_WRITTEN, TUMOUR_SWITCHED_ON, TUMOUR_SWITCHED_OFF };

/* ---- the model ---------------------------------------------------------------------------------------------------------- */
struct rlp_tumour {
    bool is_whole; /* read without an error */
    size_t cells, birth, growth, clearance; /* parameters */
    size_t weight, bsa;                     /* of the patient; NO_PARAMETER: not said */
    double cells_per_cm3;
    tumour_site_t sites[TUMOUR_SITES_MAX];
    size_t n_sites;
    bool seeds;
    tumour_seeding_t seeding;
    tumour_trait_t traits[TUMOUR_TRAITS_MAX];
    size_t n_traits;
    tumour_drug_t *drugs;
    size_t n_drugs, drug_capacity;
    tumour_intervention_t *interventions;
    size_t n_interventions, intervention_capacity;
    tumour_signal_t *signals;
    size_t n_signals, signal_capacity;
    tumour_row_t *rows;
    size_t n_rows, row_capacity;
    tumour_arrow_t *arrows;
    size_t n_arrows, arrow_capacity;
    tumour_item_t *items;
    size_t n_items, item_capacity;
    rlp_test_t *tests;
    size_t n_tests, test_capacity;
    rlp_act_t **acts; /* lists that rules point to; owned */
    size_t n_acts, act_capacity;
    tumour_arm_t *arms;
    size_t n_arms, arm_capacity;
    /* types: site x genotype x plastic state, in that order */
    tumour_rungs_t *genotypes, *plastics;
    size_t n_genotypes, genotype_capacity, n_plastics, plastic_capacity;
    tumour_type_t *types;
    size_t n_types;
    tumour_channel_t *channels;
    size_t n_channels, channel_capacity;
    size_t n_parameters;
    char **kept; /* names, owned */
    size_t n_kept, kept_capacity;
};

static inline size_t tumour_type_index(const rlp_tumour_t *model, size_t site, size_t genotype, size_t plastic) {
    return (site * model->n_genotypes + genotype) * model->n_plastics + plastic;
}

/* ---- reading ------------------------------------------------------------------------------------------------------------ */
typedef struct {
    rlp_tumour_t *model;
    rlp_parameters_t *parameters;
    rlp_diagnostics_t *diagnostics;
    const rlp_node_t *root;
} tumour_reader_t;

#define COMPLAIN(reader, place, ...) rlp_diagnose((reader)->diagnostics, RLP_DIAGNOSTIC_ERROR, place, __VA_ARGS__)

/* The tables of keys, in keys.c; also the exported sections, in this order. */
typedef enum {
    KEYS_TUMOUR,
    KEYS_NECROSIS,
    KEYS_SITE,
    KEYS_SEEDING,
    KEYS_TRAIT,
    KEYS_COMBINE,
    KEYS_DRUG,
    KEYS_PK,
    KEYS_EFFECT,
    KEYS_RESISTED,
    KEYS_INTERVENTION,
    KEYS_PUSH,
    KEYS_HARDENED,
    KEYS_THERMAL,
    KEYS_SIGNAL,
    KEYS_ROW,
    KEYS_GIVE,
    KEYS_DO,
    KEYS_AS,
    KEYS_ROWS,
    KEYS_PATIENT,
    KEYS_LIGHT,
    KEYS_STOP,
    KEYS_REDUCE,
    KEYS_PAUSE,
    KEYS_BY_TEST,
    KEYS_WHEN,
    KEYS_TEST,
    KEYS_SECTIONS
} tumour_keys_t;

/* reading.c: what all readers share. */
int tumour_keep(rlp_tumour_t *, const char *text, const char **kept) RLP_MUST_USE;
bool tumour_map(tumour_reader_t *, const rlp_node_t *map, tumour_keys_t, const char *what); /* rlp_map_check by section */
size_t tumour_parameter(tumour_reader_t *, const rlp_node_t *map, tumour_keys_t, const char *key);
size_t tumour_optional(tumour_reader_t *, const rlp_node_t *map, tumour_keys_t, const char *key); /* absent: NO_PARAMETER */
/* With another dimension and range than the table says (a law's slope has the dimension of its target). */
size_t tumour_parameter_as(tumour_reader_t *, const rlp_node_t *map, tumour_keys_t, const char *key, rlp_dimension_t, double low,
                           double high, double molar_mass);
/* A scalar whose path is `prefix`.`name`; and one whose path is that of the list or map that holds it + `name`. */
size_t tumour_scalar(tumour_reader_t *, const rlp_node_t *scalar, const char *prefix, const char *name, const rlp_key_t *row);
size_t tumour_element(tumour_reader_t *, const rlp_node_t *scalar, const char *name, const rlp_key_t *row);
double tumour_number(tumour_reader_t *, const rlp_node_t *map, tumour_keys_t, const char *key);
long long tumour_whole(tumour_reader_t *, const rlp_node_t *map, tumour_keys_t, const char *key);
const char *tumour_text(tumour_reader_t *, const rlp_node_t *map, tumour_keys_t, const char *key);
size_t tumour_word(tumour_reader_t *, const rlp_node_t *map, tumour_keys_t, const char *key);
bool tumour_flag(tumour_reader_t *, const rlp_node_t *map, tumour_keys_t, const char *key);
bool tumour_written_as_rate(const rlp_node_t *scalar); /* "0.003 /d", not "0.5" or "50 %" */
bool tumour_name_fits(tumour_reader_t *, const rlp_node_t *member, const char *what);
/* "unknown site 'marginn' in what; did you mean 'margin'?" */
void tumour_unknown(tumour_reader_t *, rlp_place_t, const char *kind, const char *word, const char *const *known, size_t n);

size_t tumour_find_site(const rlp_tumour_t *, const char *name); /* RLP_NONE: no such thing; so the others */
size_t tumour_find_trait(const rlp_tumour_t *, const char *name);
size_t tumour_find_drug(const rlp_tumour_t *, const char *name);
size_t tumour_find_intervention(const rlp_tumour_t *, const char *name);
size_t tumour_find_signal(const rlp_tumour_t *, const char *name);
size_t tumour_find_row(const rlp_tumour_t *, const char *name);
size_t tumour_find_arm(const rlp_tumour_t *, const char *name);
size_t tumour_site_of(tumour_reader_t *, const rlp_node_t *scalar);       /* complains */
size_t tumour_trait_of(tumour_reader_t *, const char *name, rlp_place_t); /* complains */
size_t tumour_drug_of(tumour_reader_t *, const char *name, rlp_place_t);
size_t tumour_intervention_of(tumour_reader_t *, const char *name, rlp_place_t);
size_t tumour_signal_of(tumour_reader_t *, const char *name, rlp_place_t);
size_t tumour_row_of(tumour_reader_t *, const char *name, rlp_place_t);
tumour_set_t tumour_sites_of(tumour_reader_t *, const rlp_node_t *name_or_list); /* complains */
/* "t790m+c797s" -> the set of its traits; false after a complaint. */
bool tumour_trait_set_of(tumour_reader_t *, const char *text, rlp_place_t, tumour_set_t *);
bool tumour_traits_known(const rlp_tumour_t *, const char *text); /* are all of them traits of the study? Says nothing */
/* The name of a trait set, "none", "met2", "t790m+efflux". */
void tumour_trait_set_name(const rlp_tumour_t *, const tumour_rungs_t, rlp_text_t *);

/* One reader per concept; 0 or RLP_ERROR_MEMORY, everything else goes to the diagnostics. */
int tumour_read_sites(tumour_reader_t *, const rlp_node_t *tumour) RLP_MUST_USE;
int tumour_read_traits(tumour_reader_t *, const rlp_node_t *traits) RLP_MUST_USE;
int tumour_read_patient(tumour_reader_t *, const rlp_node_t *patient) RLP_MUST_USE;
int tumour_read_drugs(tumour_reader_t *, const rlp_node_t *drugs) RLP_MUST_USE;
int tumour_read_signals(tumour_reader_t *, const rlp_node_t *signals) RLP_MUST_USE;
int tumour_read_interventions(tumour_reader_t *, const rlp_node_t *interventions) RLP_MUST_USE;
int tumour_read_mechanisms(tumour_reader_t *, const rlp_node_t *mechanisms) RLP_MUST_USE;
int tumour_read_tests(tumour_reader_t *, const rlp_node_t *tests) RLP_MUST_USE;
int tumour_read_arms(tumour_reader_t *, const rlp_node_t *arms) RLP_MUST_USE;
int tumour_build_types(tumour_reader_t *, const rlp_node_t *combine) RLP_MUST_USE;
/* switches.c: `{rows: {M17: false}}` of an arm, those that it takes over by `as:`, and, once all arms are read, which rows are in force in each. */
int tumour_read_switches(tumour_reader_t *, const rlp_node_t *item, size_t arm) RLP_MUST_USE;
int tumour_take_switches(rlp_tumour_t *, size_t from, size_t arm) RLP_MUST_USE;
int tumour_settle_rows(tumour_reader_t *) RLP_MUST_USE;
bool tumour_row_enabled(const rlp_tumour_t *, size_t arm, size_t row);
size_t tumour_row_replaced(const rlp_tumour_t *, size_t arm, size_t row); /* the enabled row that stands instead of it, or RLP_NONE */
/* false: its rows wait for each other in a circle, which has been said. */
int tumour_order_arrows(tumour_reader_t *, size_t arm, bool *good) RLP_MUST_USE;

/* ---- items of arms (arms.c) and rules (rules.c) ---------------------------------------------------------------------------- */
/* "PREFIX.NAME", or the item's number where it has no name: how variability and sweeps call its numbers. */
void tumour_item_path(const rlp_node_t *, const char *prefix, size_t number, rlp_text_t *path);
/* A member as a parameter below `path`; absent: NO_PARAMETER where it is `optional` or required, else the fallback of its row. */
size_t tumour_item_number(tumour_reader_t *, const rlp_node_t *, tumour_keys_t, const char *key, const char *path, bool optional);
/* The numbers of `give`, added to the model's items; *item is RLP_NONE if something was wrong. `until: progression` and the like is *ends, to be
 * made a rule by tumour_add_end. */
int tumour_read_give(tumour_reader_t *, const rlp_node_t *, const char *path, size_t *item, const rlp_node_t **ends) RLP_MUST_USE;
/* Does the item wait for a condition, or only change what is given? */
bool tumour_is_rule(const rlp_node_t *);
int tumour_read_rule(tumour_reader_t *, const rlp_node_t *, size_t arm, const char *path) RLP_MUST_USE;
int tumour_add_rule(rlp_tumour_t *, size_t arm, const rlp_rule_t *) RLP_MUST_USE;
/* The rule that stops the courses of an item at `ends` (a scalar: progression, second_progression); NULL: none. */
int tumour_add_end(tumour_reader_t *, size_t arm, size_t item, const rlp_node_t *ends) RLP_MUST_USE;
/* Complain of rules that speak of a drug that the arm never gives, of an intervention that it never does. */
void tumour_check_uses(tumour_reader_t *, size_t arm);
bool tumour_arm_gives(const rlp_tumour_t *, size_t arm, size_t drug); /* planned, or by some rule */
bool tumour_arm_does(const rlp_tumour_t *, size_t arm, size_t intervention);

/* One readable line of a rule, for `check`. */
void tumour_describe_rule(const rlp_tumour_t *, const double *values, const rlp_rule_t *, rlp_text_t *);

/* Must arrow `before` be known to compute `after`? */
bool tumour_arrow_before(const rlp_tumour_t *, const tumour_arrow_t *before, const tumour_arrow_t *after);
/* "sorafenib.level", "met.gain", ...; false after a complaint. */
bool tumour_source_of(tumour_reader_t *, const char *text, rlp_place_t, tumour_source_t *);
bool tumour_target_of(tumour_reader_t *, const char *text, rlp_place_t, tumour_target_t *);
/* Does the input have no such thing (so that a row with if_present is left out), and what is it: "no drug sorafenib". */
bool tumour_source_lacks(const rlp_tumour_t *, const char *text, rlp_text_t *what);
bool tumour_target_lacks(const rlp_tumour_t *, const char *text, rlp_text_t *what);
const char *tumour_law_name(tumour_law_t);
/* sheet.c: the table of rows over these arms. */
int tumour_sheet(const rlp_tumour_t *, const double *values, const size_t *arms, size_t n_arms, rlp_text_t *out) RLP_MUST_USE;
void tumour_source_name(const rlp_tumour_t *, tumour_source_t, rlp_text_t *);
void tumour_target_name(const rlp_tumour_t *, tumour_target_t, rlp_text_t *);

/* ---- numbers of one patient --------------------------------------------------------------------------------------------- */
static inline double value_or(const double *values, size_t parameter, double otherwise) {
    return parameter == NO_PARAMETER ? otherwise : values[parameter];
}
/* mg of one administration: the item's dose, or the drug's own (of light patients theirs), times weight or surface. */
double tumour_dose_mg(const rlp_tumour_t *, const double *values, const tumour_item_t *);
/* A dose is written in mg, mg/kg or mg/m2: how, and in which dimension it then is a parameter. Complains where the patient lacks what it needs. */
tumour_per_t tumour_dose_written(tumour_reader_t *, const rlp_node_t *scalar, rlp_dimension_t *);
static inline bool tumour_has_occupancy(const tumour_drug_t *drug) { return drug->half != NO_PARAMETER; }
/* Growth varies through death: death = birth - growth, growth capped at 0.9 birth. */
double tumour_growth(const rlp_tumour_t *, const double *values);
/* Birth and death of a type without drug and mechanism: traits' changes, then costs. */
void tumour_resting_rates(const rlp_tumour_t *, const double *values, size_t type, double *birth, double *death);

#endif
