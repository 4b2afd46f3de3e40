/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tables of keys of the tumour floor: what each map may hold, in which unit and range. */
#include <float.h>
#include <math.h>

#include "model.h"

#define RATE_MAX 1e4
#define ABOVE_0 DBL_MIN
#define TEXT(key, words) \
    { .name = key, .kind = RLP_KEY_TEXT, .meaning = words }
#define ANY(key, words) \
    { .name = key, .kind = RLP_KEY_ANY, .meaning = words }
#define MAP(key, words) \
    { .name = key, .kind = RLP_KEY_MAP, .meaning = words }
#define NUMBER(key, unit, least, most, absent, words)                                                                           \
    {                                                                                                                           \
        .name = key, .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_##unit, .low = least, .high = most, .fallback = absent, \
        .meaning = words                                                                                                        \
    }
#define NEEDED(key, unit, least, most, words)                                                                                 \
    {                                                                                                                         \
        .name = key, .kind = RLP_KEY_NUMBER, .required = true, .dimension = RLP_DIMENSION_##unit, .low = least, .high = most, \
        .fallback = NAN, .meaning = words                                                                                     \
    }
#define WHOLE(key, need, unit, least, most, absent, words)                                                                   \
    {                                                                                                                        \
        .name = key, .kind = RLP_KEY_WHOLE, .required = need, .dimension = RLP_DIMENSION_##unit, .low = least, .high = most, \
        .fallback = absent, .meaning = words                                                                                 \
    }
#define SOURCE TEXT("source", "where the numbers come from")

static const rlp_key_t TUMOUR_KEYS[] = {
    WHOLE("cells", true, COUNT, 1, 4e18, NAN, "viable cells in all sites at time 0"),
    NEEDED("birth", RATE, ABOVE_0, RATE_MAX, "divisions per cell and day of a sensitive cell without drug"),
    NEEDED("growth", RATE, -RATE_MAX, RATE_MAX, "birth - death of a sensitive cell without drug; at most 0.9 of birth is taken"),
    NUMBER("cells_per_cm3", CELL_DENSITY, 1e3, 1e12, 1e9, "cells in a cubic centimetre of tumour, for diameters"),
    MAP("necrosis", "what becomes of cells that an intervention kills"),
    {.name = "sites", .kind = RLP_KEY_MAP, .required = true, .meaning = "where cells sit, by name"},
    MAP("seeding", "cells that move from site to site"),
    SOURCE,
};
static const rlp_key_t NECROSIS_KEYS[] = {
    {.name = "clearance",
     .kind = RLP_KEY_NUMBER,
     .required = true,
     .dimension = RLP_DIMENSION_RATE,
     .low = 0,
     .high = RATE_MAX,
     .fallback = 0,
     .meaning = "rate at which dead tissue is cleared"},
    SOURCE,
};
static const rlp_key_t SITE_KEYS[] = {
    NEEDED("share", SHARE, 0, 1, "share of the cells at time 0; all shares make 1"),
    WHOLE("lesions", false, NUMBER, 1, 1e6, 1, "how many equal spheres a scan sees"),
    TEXT("part_of", "the site whose spheres it shares; it is never a new lesion"),
    SOURCE,
};
static const rlp_key_t SEEDING_KEYS[] = {
    {.name = "from", .kind = RLP_KEY_ANY, .required = true, .meaning = "a site or a list of sites"},
    {.name = "to", .kind = RLP_KEY_TEXT, .required = true, .meaning = "the site that gains the cell"},
    NEEDED("rate", RATE, 0, RATE_MAX, "per cell and day; the cell moves"),
    SOURCE,
};
static const rlp_key_t TRAIT_KEYS[] = {
    {.name = "kind", .kind = RLP_KEY_WORD, .required = true, .words = "genetic|ladder|plastic", .meaning = "how it is acquired"},
    NUMBER("found", SHARE, 0, 1, 0, "genetic, ladder: probability per division that one daughter has it (rung 1)"),
    WHOLE("rungs", false, NUMBER, 1, TUMOUR_RUNGS_MAX, 1, "ladder: how many rungs"),
    ANY("gain", "ladder: per division, to the next rung; plastic: per day"),
    ANY("loss", "ladder: per division, to the rung below, from rung 1 off the ladder; plastic: per day"),
    NUMBER("start", SHARE, 0, 1, 0, "plastic: share of cells that have it at time 0"),
    NUMBER("cost", SHARE, 0, 1, 0, "share of net growth that it costs (k times on rung k)"),
    ANY("birth", "a number is a factor, a number with a unit is the rate"),
    ANY("death", "a number is a factor, a number with a unit is the rate"),
    SOURCE,
};
static const rlp_key_t COMBINE_KEYS[] = {
    ANY("genetic", "how many genetic traits a cell may have at once, or a list of the pairs allowed ([t790m+c797s])"),
    ANY("plastic", "how many plastic traits at once, or a list"),
};
static const rlp_key_t DRUG_KEYS[] = {
    NEEDED("dose", MASS, 0, 1e6, "of one administration: mg, mg/kg or mg/m2"),
    MAP("light", "another dose for light patients: {below: 60 kg, dose: 8 mg}"),
    NUMBER("toxicity", RATE, 0, RATE_MAX, 0, "toxic events per day on the drug, at the dose as written"),
    NUMBER("molar_mass", MOLAR_MASS, 1, 1e6, NAN, "needed where a concentration is in umol/L"),
    {.name = "pk", .kind = RLP_KEY_MAP, .required = true, .meaning = "one compartment: ka, half_life or clearance, volume"},
    MAP("effect", "what the drug does to cells"),
    MAP("resisted", "trait or trait+trait: change of half and of effect"),
    {.name = "if_present", .kind = RLP_KEY_FLAG, .meaning = "rows of resisted that name a trait which the study does not have are left out"},
    SOURCE,
};
static const rlp_key_t LIGHT_KEYS[] = {
    NEEDED("below", WEIGHT, 30, 300, "patients below this weight"),
    NEEDED("dose", MASS, 0, 1e6, "get this instead of the drug's own dose: mg, mg/kg or mg/m2"),
    SOURCE,
};
static const rlp_key_t PATIENT_KEYS[] = {
    NUMBER("weight", WEIGHT, 30, 300, NAN, "body weight, for doses in mg/kg and `light:`"),
    NUMBER("bsa", AREA, 0.5, 3.5, NAN, "body surface area, for doses in mg/m2"),
    SOURCE,
};
static const rlp_key_t PK_KEYS[] = {
    NUMBER("ka", RATE, ABOVE_0, 1e5, NAN, "absorption; without it the dose enters the blood at once"),
    NUMBER("half_life", TIME, 1e-4, 1e5, NAN, "of elimination; this or clearance"),
    NUMBER("clearance", CLEARANCE, ABOVE_0, 1e6, NAN, "over the available share of the dose (CL/F); this or half_life"),
    NEEDED("volume", VOLUME, ABOVE_0, 1e9, "over the available share of the dose (V/F)"),
    SOURCE,
};
static const rlp_key_t EFFECT_KEYS[] = {
    {.name = "changes", .kind = RLP_KEY_WORD, .required = true, .words = "death|birth|growth|none", .meaning = "what it acts on"},
    {.name = "law", .kind = RLP_KEY_WORD, .words = "hill", .meaning = "max (x/half)^power / (1 + (x/half)^power)"},
    {.name = "max",
     .kind = RLP_KEY_ANY,
     .meaning = "with /d: added to the rate; else a share (growth: of the patient's own net growth)"},
    NEEDED("half", CONCENTRATION, ABOVE_0, 1e9, "level of half the effect"),
    NUMBER("power", NUMBER, 0.01, 20, 1, "steepness"),
    SOURCE,
};
static const rlp_key_t RESISTED_KEYS[] = {
    ANY("half", "how many times the half level; a list has one number per rung"),
    ANY("effect", "share of the effect that is left; a list has one number per rung"),
    SOURCE,
};
static const rlp_key_t INTERVENTION_KEYS[] = {
    MAP("survive", "site: probability that a cell lives on; sites not named keep 1"),
    MAP("signals", "signal: {add, times, in}"),
    NUMBER("toxicity", SHARE, 0, 1, 0, "probability of a toxic event each time that it is done"),
    MAP("resisted", "trait or trait+trait: {power}"),
    MAP("thermal", "temperatures that kill by Arrhenius' law, where survive does not say it"),
    {.name = "if_present", .kind = RLP_KEY_FLAG, .meaning = "rows of resisted that name a trait which the study does not have are left out"},
    SOURCE,
};
static const rlp_key_t PUSH_KEYS[] = {
    NUMBER("add", NUMBER, -1e6, 1e6, 0, "added to the signal at once"),
    NUMBER("times", NUMBER, 0, 1e6, 1, "the signal is multiplied by it at once, before `add`"),
    ANY("in", "a site or a list of sites; all where the signal lives otherwise"),
    SOURCE,
};
static const rlp_key_t HARDENED_KEYS[] = {
    NEEDED("power", NUMBER, 0, 100, "survival s is s^power in cells with these traits"),
    SOURCE,
};
static const rlp_key_t THERMAL_KEYS[] = {
    {.name = "temperature", .kind = RLP_KEY_MAP, .required = true, .meaning = "site: temperature held in it; sites not named are not heated"},
    NEEDED("duration", TIME, 0, 10, "how long it is held"),
    MAP("sink", "site: kelvins that vessels take off"),
    NEEDED("frequency_factor", FREQUENCY, 0, 1e300, "A of A exp(-E/(R T))"),
    NEEDED("activation_energy", MOLAR_ENERGY, 0, 1e7, "E"),
    SOURCE,
};
static const rlp_key_t SIGNAL_KEYS[] = {
    NEEDED("rest", NUMBER, -1e6, 1e6, "value that it returns to"),
    NEEDED("tau", TIME, 0.01, 1e5, "time of return"),
    ANY("in", "a site or a list of sites; elsewhere it stays at rest"),
    {.name = "per", .kind = RLP_KEY_WORD, .words = "site|patient", .meaning = "one copy a site, or one a patient"},
    MAP("leak", "site: share of the mean departure at the other sites that reaches it"),
    SOURCE,
};
static const rlp_key_t ROW_KEYS[] = {
    {.name = "from",
     .kind = RLP_KEY_ANY,
     .required = true,
     .meaning = "a signal, DRUG.level, .days_on, .stop or .occupancy, an intervention, always (1); or a list"},
    {.name = "to",
     .kind = RLP_KEY_ANY,
     .required = true,
     .meaning = "birth, death, seeding, growth, TRAIT.gain, .loss or .resistance, DRUG.level or .half, a signal, SIGNAL.speed, a row, "
                "INTERVENTION.survive; or a list"},
    {.name = "law",
     .kind = RLP_KEY_WORD,
     .required = true,
     .words = "linear|factor|inverse|power|exp|hill|threshold|window|impulse",
     .meaning = "x is the source less its rest (or origin)"},
    ANY("slope", "linear: slope x; factor: 1 + slope x; inverse: 1/(1 + slope x)"),
    NUMBER("power", NUMBER, -20, 20, 1, "power: x^power; hill: steepness"),
    ANY("rate", "exp: exp(rate x)"),
    NUMBER("floor", NUMBER, 0, 1e6, 0, "exp: never below"),
    ANY("max", "hill, threshold, window: the value reached"),
    ANY("half", "hill: x of half the value"),
    ANY("at", "threshold: value from this x on"),
    ANY("low", "window: value from this x on"),
    ANY("high", "window: up to this x"),
    ANY("origin", "x counts from here instead of from rest"),
    NUMBER("window", TIME, 0, 1e5, NAN, "DRUG.stop and interventions: how long the source is 1"),
    NUMBER("times", NUMBER, 0, 1e6, 1, "impulse: the signal is multiplied by it at once, before `add`"),
    NUMBER("add", NUMBER, -1e6, 1e6, 0, "impulse: added to the signal at once"),
    NUMBER("scale", NUMBER, 0, 1000, 1, "of the whole row: value x scale, factor 1 + (value - 1) scale; impulse: times^scale, add x scale"),
    ANY("in", "a site or a list of sites: where the row acts"),
    ANY("traits", "[a, b]: only cells with one of them; {a: f}: all cells, f times as strong in those with a"),
    {.name = "as", .kind = RLP_KEY_WORD, .words = "law|factor|add", .meaning = "factor: times 1 + value; add: plus value - 1"},
    {.name = "above_rest", .kind = RLP_KEY_FLAG, .meaning = "its value less the same with every source at rest"},
    SOURCE,
    TEXT("instead_of", "the row that it replaces when both are enabled"),
    {.name = "enabled", .kind = RLP_KEY_FLAG, .fallback = 1, .meaning = "false: read and checked, not in force"},
    {.name = "if_present", .kind = RLP_KEY_FLAG, .meaning = "a row that names what the input does not have is not in force, no error"},
    {.name = "interaction", .kind = RLP_KEY_FLAG, .meaning = "makes one treatment depend on another"},
};
#define WHEN ANY("when", "the condition on which it is done: a word, or a map of one key")
#define HOW_OFTEN                                                                                       \
    NUMBER("gap", TIME, 0, 1e5, NAN, "least time from one act to the next"),                            \
        WHOLE("at_most", false, NUMBER, 1, 1000, 1, "times that the rule acts")
static const rlp_key_t GIVE_KEYS[] = {
    {.name = "give", .kind = RLP_KEY_TEXT, .required = true, .meaning = "a drug"},
    NEEDED("every", TIME, 1e-3, 1e5, "from dose to dose"),
    NUMBER("from", TIME, 0, 1e6, 0, "first dose; with `when` counted from then"),
    NUMBER("until", TIME, 0, 1e6, NAN, "no dose from this day on (with `when` counted from then); or progression, second_progression"),
    WHOLE("doses", false, NUMBER, 0, 1e6, NAN, "no more than so many"),
    NUMBER("dose", MASS, 0, 1e6, NAN, "instead of the drug's own: mg, mg/kg or mg/m2"),
    NUMBER("missed", SHARE, 0, 1, NAN, "probability that a dose is missed, each on its own"),
    WHEN,
    HOW_OFTEN,
    TEXT("name", "for paths: arms.ARM.NAME.from"),
    SOURCE,
};
static const rlp_key_t DO_KEYS[] = {
    {.name = "do", .kind = RLP_KEY_TEXT, .required = true, .meaning = "an intervention"},
    {.name = "at", .kind = RLP_KEY_ANY, .dimension = RLP_DIMENSION_TIME, .low = 0, .high = 1e6, .fallback = 0, .meaning = "a time or a list of times; this or `when`"},
    WHEN,
    HOW_OFTEN,
    TEXT("name", "for paths: arms.ARM.NAME.at"),
    SOURCE,
};
static const rlp_key_t STOP_KEYS[] = {
    {.name = "stop", .kind = RLP_KEY_TEXT, .required = true, .meaning = "a drug; all its courses end"},
    WHEN,
    HOW_OFTEN,
    TEXT("name", "for paths: arms.ARM.NAME.when"),
    SOURCE,
};
static const rlp_key_t REDUCE_KEYS[] = {
    {.name = "reduce", .kind = RLP_KEY_TEXT, .required = true, .meaning = "a drug"},
    NEEDED("to", SHARE, ABOVE_0, 1, "share of the present dose that is left"),
    WHEN,
    HOW_OFTEN,
    TEXT("name", "for paths: arms.ARM.NAME.to"),
    SOURCE,
};
static const rlp_key_t PAUSE_KEYS[] = {
    {.name = "pause", .kind = RLP_KEY_TEXT, .required = true, .meaning = "a drug"},
    NEEDED("for", TIME, 1e-3, 1e5, "no dose for so long"),
    WHEN,
    HOW_OFTEN,
    TEXT("name", "for paths: arms.ARM.NAME.for"),
    SOURCE,
};
static const rlp_key_t BY_TEST_KEYS[] = {
    WHEN,
    {.name = "test", .kind = RLP_KEY_TEXT, .required = true, .meaning = "the test whose result decides"},
    ANY("positive", "a trait or a list of traits of which one decides for `then`; all that the test looks for otherwise"),
    {.name = "then", .kind = RLP_KEY_LIST, .meaning = "items without `when`, done if the result is positive"},
    {.name = "else", .kind = RLP_KEY_LIST, .meaning = "items without `when`, done if it is not"},
    HOW_OFTEN,
    TEXT("name", "for paths: arms.ARM.NAME.gap"),
    SOURCE,
};
static const rlp_key_t WHEN_KEYS[] = {
    ANY("viable", "living cells at or above a number of cells, or `50 % of start`, `120 % of nadir`"),
    ANY("size", "the same of living cells and dead tissue"),
    {.name = "response", .kind = RLP_KEY_WORD, .words = "CR|PR|SD", .meaning = "the response at the visit is this or better"},
    TEXT("toxicity", "a drug or an intervention whose toxicity came since the last visit"),
    MAP("exposure", "{DRUG: mg}: at least so much of it given so far"),
};
static const rlp_key_t TEST_KEYS[] = {
    {.name = "of", .kind = RLP_KEY_ANY, .required = true, .meaning = "a trait or a list of traits that it looks for"},
    NEEDED("limit", SHARE, 0, 1, "share of the cells that have the trait from which on it is seen"),
    NUMBER("sensitivity", SHARE, 0, 1, 1, "probability that a trait at or above the limit is found"),
    NUMBER("specificity", SHARE, 0, 1, 1, "probability that a trait below the limit is not found"),
    NUMBER("turnaround", TIME, 0, 1e5, 0, "from the sample to its result"),
    ANY("site", "any, a site or a list of sites: whose cells it sees"),
    SOURCE,
};
static const rlp_key_t AS_KEYS[] = {
    {.name = "as", .kind = RLP_KEY_TEXT, .required = true, .meaning = "everything of another arm"},
};
static const rlp_key_t ROWS_KEYS[] = {
    {.name = "rows", .kind = RLP_KEY_MAP, .required = true, .meaning = "ROW: true or false, for this arm only"},
    SOURCE,
};

const rlp_key_section_t RLP_TUMOUR_SECTIONS[] = {
    [KEYS_TUMOUR] = {"tumour", TUMOUR_KEYS, COUNT(TUMOUR_KEYS)},
    [KEYS_NECROSIS] = {"tumour.necrosis", NECROSIS_KEYS, COUNT(NECROSIS_KEYS)},
    [KEYS_SITE] = {"tumour.sites.SITE", SITE_KEYS, COUNT(SITE_KEYS)},
    [KEYS_SEEDING] = {"tumour.seeding", SEEDING_KEYS, COUNT(SEEDING_KEYS)},
    [KEYS_TRAIT] = {"traits.TRAIT", TRAIT_KEYS, COUNT(TRAIT_KEYS)},
    [KEYS_COMBINE] = {"traits.combine", COMBINE_KEYS, COUNT(COMBINE_KEYS)},
    [KEYS_DRUG] = {"drugs.DRUG", DRUG_KEYS, COUNT(DRUG_KEYS)},
    [KEYS_PK] = {"drugs.DRUG.pk", PK_KEYS, COUNT(PK_KEYS)},
    [KEYS_EFFECT] = {"drugs.DRUG.effect", EFFECT_KEYS, COUNT(EFFECT_KEYS)},
    [KEYS_RESISTED] = {"drugs.DRUG.resisted.TRAITS", RESISTED_KEYS, COUNT(RESISTED_KEYS)},
    [KEYS_INTERVENTION] = {"interventions.INTERVENTION", INTERVENTION_KEYS, COUNT(INTERVENTION_KEYS)},
    [KEYS_PUSH] = {"interventions.INTERVENTION.signals.SIGNAL", PUSH_KEYS, COUNT(PUSH_KEYS)},
    [KEYS_HARDENED] = {"interventions.INTERVENTION.resisted.TRAITS", HARDENED_KEYS, COUNT(HARDENED_KEYS)},
    [KEYS_THERMAL] = {"interventions.INTERVENTION.thermal", THERMAL_KEYS, COUNT(THERMAL_KEYS)},
    [KEYS_SIGNAL] = {"signals.SIGNAL", SIGNAL_KEYS, COUNT(SIGNAL_KEYS)},
    [KEYS_ROW] = {"mechanisms.ROW", ROW_KEYS, COUNT(ROW_KEYS)},
    [KEYS_GIVE] = {"arms.ARM.N (give)", GIVE_KEYS, COUNT(GIVE_KEYS)},
    [KEYS_DO] = {"arms.ARM.N (do)", DO_KEYS, COUNT(DO_KEYS)},
    [KEYS_AS] = {"arms.ARM.N (as)", AS_KEYS, COUNT(AS_KEYS)},
    [KEYS_ROWS] = {"arms.ARM.N (rows)", ROWS_KEYS, COUNT(ROWS_KEYS)},
    [KEYS_PATIENT] = {"patient", PATIENT_KEYS, COUNT(PATIENT_KEYS)},
    [KEYS_LIGHT] = {"drugs.DRUG.light", LIGHT_KEYS, COUNT(LIGHT_KEYS)},
    [KEYS_STOP] = {"arms.ARM.N (stop)", STOP_KEYS, COUNT(STOP_KEYS)},
    [KEYS_REDUCE] = {"arms.ARM.N (reduce)", REDUCE_KEYS, COUNT(REDUCE_KEYS)},
    [KEYS_PAUSE] = {"arms.ARM.N (pause)", PAUSE_KEYS, COUNT(PAUSE_KEYS)},
    [KEYS_BY_TEST] = {"arms.ARM.N (test)", BY_TEST_KEYS, COUNT(BY_TEST_KEYS)},
    [KEYS_WHEN] = {"arms.ARM.N.when", WHEN_KEYS, COUNT(WHEN_KEYS)},
    [KEYS_TEST] = {"tests.TEST", TEST_KEYS, COUNT(TEST_KEYS)},
};
const size_t RLP_TUMOUR_SECTION_COUNT = KEYS_SECTIONS;
