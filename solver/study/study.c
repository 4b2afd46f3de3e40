/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Composing a study from its rooms: each reads its own keys; here are only the root, cohort, record and engine. */
#include "relapse/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "printed.h"
#include "strata.h"
#include "survey.h"
#include "sweep.h"
#include "tasks.h"
#include "uncertain.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const rlp_key_t ROOT_KEYS[] = {
    {.name = "title", .kind = RLP_KEY_TEXT, .meaning = "one line for tables and plots"},
    {.name = "include", .kind = RLP_KEY_ANY, .meaning = "a file or list of files whose keys lie below this one's"},
    {.name = "process", .kind = RLP_KEY_MAP, .meaning = "the process floor: types, channels, capacity"},
    {.name = "tumour", .kind = RLP_KEY_MAP, .meaning = "the tumour floor: cells, growth, sites"},
    {.name = "traits", .kind = RLP_KEY_MAP, .meaning = "what a cell can acquire (tumour floor)"},
    {.name = "patient", .kind = RLP_KEY_MAP, .meaning = "body weight and surface, for doses (tumour floor)"},
    {.name = "drugs", .kind = RLP_KEY_MAP, .meaning = "dose, pharmacokinetics, effect (tumour floor)"},
    {.name = "interventions", .kind = RLP_KEY_MAP, .meaning = "survival per site and pushes on signals (tumour floor)"},
    {.name = "signals", .kind = RLP_KEY_MAP, .meaning = "environment variables of a site over time (tumour floor)"},
    {.name = "mechanisms", .kind = RLP_KEY_MAP, .meaning = "arrows from signals and treatments to rates (tumour floor)"},
    {.name = "tests", .kind = RLP_KEY_MAP, .meaning = "what a sample of the tumour can tell (tumour floor)"},
    {.name = "arms", .kind = RLP_KEY_MAP, .meaning = "treatment schedules, each given to the whole cohort"},
    {.name = "compare", .kind = RLP_KEY_MAP, .meaning = "which arm the others are held against"},
    {.name = "attribute", .kind = RLP_KEY_MAP, .meaning = "which rows of mechanisms carry the benefit (tumour floor)"},
    {.name = "sweep", .kind = RLP_KEY_MAP, .meaning = "an arm at many values of some numbers"},
    {.name = "trial", .kind = RLP_KEY_MAP, .meaning = "how large a trial was and what it printed"},
    {.name = "endpoints", .kind = RLP_KEY_MAP, .meaning = "progression and death"},
    {.name = "cohort", .kind = RLP_KEY_MAP, .meaning = "how many patients, how long, how they differ"},
    {.name = "record", .kind = RLP_KEY_MAP, .meaning = "when counts are kept"},
    {.name = "engine", .kind = RLP_KEY_MAP, .meaning = "how the process is simulated"},
};
static const rlp_key_t COHORT_KEYS[] = {
    {.name = "patients", .kind = RLP_KEY_WHOLE, .dimension = RLP_DIMENSION_NUMBER, .low = 1, .high = 1e9, .fallback = 1000, .meaning = "patients in each arm"},
    {.name = "seed", .kind = RLP_KEY_WHOLE, .dimension = RLP_DIMENSION_NUMBER, .low = 0, .high = 4e18, .fallback = 1, .meaning = "key of all random numbers"},
    {.name = "follow_up", .kind = RLP_KEY_NUMBER, .required = true, .dimension = RLP_DIMENSION_TIME, .low = 1e-6, .high = 1e6, .fallback = 1,
     .meaning = "days that a patient is followed"},
    {.name = "until", .kind = RLP_KEY_WORD, .words = "follow_up|progression|death", .meaning = "when a patient's simulation ends; death always ends it"},
    {.name = "variability", .kind = RLP_KEY_MAP, .meaning = "a distribution for any numeric path, drawn once per patient"},
    {.name = "uncertain", .kind = RLP_KEY_MAP, .meaning = "what nobody knows: a distribution for any numeric path, drawn once for a whole cohort"},
    {.name = "draws", .kind = RLP_KEY_WHOLE, .dimension = RLP_DIMENSION_NUMBER, .low = 2, .high = 100000, .fallback = 0,
     .meaning = "so many times what is uncertain is drawn, and every question asked again"},
    {.name = "replicates", .kind = RLP_KEY_WHOLE, .dimension = RLP_DIMENSION_NUMBER, .low = 1, .high = 1000, .fallback = 1,
     .meaning = "lives of each patient in each arm: the same person with other luck"},
};
static const rlp_key_t RECORD_KEYS[] = {
    {.name = "times", .kind = RLP_KEY_LIST, .meaning = "days at which counts are kept, rising"},
    {.name = "patients", .kind = RLP_KEY_WHOLE, .dimension = RLP_DIMENSION_NUMBER, .low = 0, .high = 1e9, .fallback = 0,
     .meaning = "counts.csv holds the first so many patients; moments.csv all"},
    {.name = "clones", .kind = RLP_KEY_FLAG, .meaning = "clones.csv: the clones alive at the end of each of these patients"},
    {.name = "visits", .kind = RLP_KEY_FLAG, .meaning = "visits.csv: what each visit of these patients saw, one row a site"},
};
static const rlp_key_t ENGINE_KEYS[] = {
    {.name = "name", .kind = RLP_KEY_TEXT, .meaning = "direct, kendall, leap, tau or auto"},
    {.name = "error", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_NUMBER, .low = 1e-6, .high = 0.5, .fallback = 0.01,
     .meaning = "relative bias of mean counts and survival times that an approximate engine may have"},
    {.name = "epsilon", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_NUMBER, .low = 1e-6, .high = 0.5, .fallback = NAN,
     .meaning = "of tau-leaping alone: relative change of propensities in one leap; default: chosen so that error holds"},
};
const rlp_key_section_t RLP_STUDY_SECTIONS[] = {
    {"", ROOT_KEYS, COUNT(ROOT_KEYS)},         {"compare", COMPARE_KEYS, COUNT(COMPARE_KEYS)}, {"cohort", COHORT_KEYS, COUNT(COHORT_KEYS)},
    {"record", RECORD_KEYS, COUNT(RECORD_KEYS)}, {"engine", ENGINE_KEYS, COUNT(ENGINE_KEYS)},
    {"compare.synergy", SYNERGY_KEYS, N_SYNERGY_KEYS}, {"compare.strata.N", STRATUM_KEYS, N_STRATUM_KEYS}, {"attribute", ATTRIBUTE_KEYS, N_ATTRIBUTE_KEYS},
    {"sweep", SWEEP_KEYS, N_SWEEP_KEYS}, {"trial", PRINTED_KEYS, N_PRINTED_KEYS}, {"trial.published.N", PUBLISHED_KEYS, N_PUBLISHED_KEYS},
};
const size_t RLP_STUDY_SECTION_COUNT = COUNT(RLP_STUDY_SECTIONS);

#define TRANSITIONS_MANY 1e8 /* half a minute of kendall */
#define ERROR(...) rlp_diagnose(wrong, RLP_DIAGNOSTIC_ERROR, __VA_ARGS__)
#define WARNING(...) rlp_diagnose(wrong, RLP_DIAGNOSTIC_WARNING, __VA_ARGS__)

static rlp_place_t place_of(const rlp_node_t *node, const rlp_node_t *root) { return node ? node->place : root->place; }

/* ---- the root's own sections ------------------------------------------------------------------------------------------------- */
static size_t model_arms(const rlp_study_t *study) {
    return study->process ? rlp_process_model_arms(study->process) : study->tumour ? rlp_tumour_arms(study->tumour) : 0;
}

static const char *model_arm_name(const rlp_study_t *study, size_t arm) {
    return study->process ? rlp_process_model_arm_name(study->process, arm) : rlp_tumour_arm_name(study->tumour, arm);
}

const char *rlp_study_arm_name(const rlp_study_t *study, size_t arm) { return model_arm_name(study, study->tasks[arm].arm); }

size_t rlp_study_types(const rlp_study_t *study) { return study->endpoints.n_types; }

size_t study_find_arm(const rlp_study_t *study, const char *name) {
    for (size_t a = 0; a < model_arms(study); a++)
        if (!strcmp(model_arm_name(study, a), name)) return a;
    return RLP_NONE;
}

static const char *near_arm(const rlp_study_t *study, const char *name) {
    const char *best = NULL, *names[256];
    size_t n = 0;
    for (; n < model_arms(study) && n < COUNT(names); n++) names[n] = model_arm_name(study, n);
    best = rlp_nearest(name, names, n);
    return best;
}

bool study_is_written(const rlp_study_t *study, const char *section, const char *name) {
    const rlp_node_t *map = rlp_node_member(rlp_document_root(study->document), section);
    return map && (map->kind != RLP_NODE_MAP || rlp_node_member(map, name));
}

void study_unknown_arm(const rlp_study_t *study, const char *name, rlp_place_t place, rlp_diagnostics_t *wrong) {
    if (study_is_written(study, "arms", name)) return;
    const char *near = near_arm(study, name);
    ERROR(place, "no arm is named '%s'%s%s%s", name, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int choose_arms(rlp_study_t *study, const rlp_node_t *root, const rlp_study_options_t *options, rlp_diagnostics_t *wrong) {
    size_t n = model_arms(study);
    int rc = RLP_OK;
    bool wanted[n ? n : 1];
    memset(wanted, !options->n_arms, sizeof wanted);
    for (size_t k = 0; k < options->n_arms; k++) {
        size_t arm = study_find_arm(study, options->arms[k]);
        if (arm == RLP_NONE)
            study_unknown_arm(study, options->arms[k], (rlp_place_t){0}, wrong);
        else
            wanted[arm] = true;
    }
    for (size_t a = 0; a < n; a++)
        if (wanted[a] && !rc) {
            size_t task;
            rc = rlp_study_task(study, a, 0, NULL, NULL, 0, &task);
            study->n_arms += !rc;
        }
    if (rc) return rc;
    const rlp_node_t *compare = rlp_node_member(root, "compare");
    if (!compare || !rlp_map_check(compare, COMPARE_KEYS, COUNT(COMPARE_KEYS), "compare", wrong)) return RLP_OK;
    const char *reference = rlp_read_text(compare, COMPARE_KEYS, COUNT(COMPARE_KEYS), "reference", wrong);
    size_t arm = reference ? study_find_arm(study, reference) : RLP_NONE;
    if (reference && arm == RLP_NONE) study_unknown_arm(study, reference, rlp_node_member(compare, "reference")->place, wrong);
    for (size_t k = 0; k < study->n_arms; k++)
        if (study->tasks[k].arm == arm) study->reference = k;
    return RLP_OK;
}

/* What is one number for all patients does not vary between them. */
static void refuse_shared(const rlp_study_t *study, const rlp_node_t *variability, rlp_diagnostics_t *wrong) {
    for (size_t s = 0; s < study->variability.n; s++) {
        const rlp_spread_t *spread = &study->variability.spreads[s];
        if (spread->n == 1 && study->parameters.rows[spread->rows[0]].shared)
            ERROR(variability->items[s]->key_place, "'%s' is one number for all patients, and cannot vary between them; it can be swept (`sweep:`), or be uncertain (`cohort: {uncertain: ...}`)", spread->path);
    }
}

static int read_cohort(rlp_study_t *study, const rlp_node_t *root, rlp_diagnostics_t *wrong) {
    static const rlp_until_t UNTIL[] = {RLP_UNTIL_FOLLOW_UP, RLP_UNTIL_PROGRESSION, RLP_UNTIL_FOLLOW_UP};
    const rlp_node_t *cohort = rlp_node_member(root, "cohort");
    size_t n = COUNT(COHORT_KEYS);
    if (!cohort) ERROR(root->place, "a study needs `cohort:` with at least `follow_up:`");
    if (!cohort || !rlp_map_check(cohort, COHORT_KEYS, n, "cohort", wrong)) return RLP_OK;
    study->patients = (uint64_t)rlp_read_whole(cohort, COHORT_KEYS, n, "patients", wrong);
    study->seed = (uint64_t)rlp_read_whole(cohort, COHORT_KEYS, n, "seed", wrong);
    study->replicates = (uint32_t)rlp_read_whole(cohort, COHORT_KEYS, n, "replicates", wrong);
    size_t errors = rlp_diagnostics_errors(wrong);
    study->trial.follow_up_days = rlp_read_number(cohort, COHORT_KEYS, n, "follow_up", wrong);
    if (rlp_diagnostics_errors(wrong) > errors || !rlp_node_member(cohort, "follow_up")) study->trial.follow_up_days = 0; /* not known: nothing lies beyond it */
    size_t until = rlp_read_word(cohort, COHORT_KEYS, n, "until", wrong);
    study->trial.until = UNTIL[until];
    const rlp_node_t *endpoints = rlp_node_member(root, "endpoints");
    if (until == 1 && (!endpoints || !rlp_node_member(endpoints, "progression")))
        ERROR(rlp_node_member(cohort, "until")->place, "`until: progression` needs `endpoints: {progression: ...}`");
    else if (until == 1 && rlp_node_member(endpoints, "second_progression"))
        ERROR(rlp_node_member(cohort, "until")->place, "`until: progression` ends a patient at the first: leave it away, or `second_progression:`");
    const rlp_node_t *variability = rlp_node_member(cohort, "variability");
    int rc = rlp_variability_read(variability, &study->parameters, wrong, &study->variability);
    if (!rc) refuse_shared(study, variability, wrong);
    return rc;
}

static int read_record(rlp_study_t *study, const rlp_node_t *root, rlp_diagnostics_t *wrong) {
    const rlp_node_t *record = rlp_node_member(root, "record");
    if (!record || !rlp_map_check(record, RECORD_KEYS, COUNT(RECORD_KEYS), "record", wrong)) return RLP_OK;
    study->record_patients = (uint64_t)rlp_read_whole(record, RECORD_KEYS, COUNT(RECORD_KEYS), "patients", wrong);
    study->record_clones = rlp_read_flag(record, RECORD_KEYS, COUNT(RECORD_KEYS), "clones", wrong);
    study->record_visits = rlp_read_flag(record, RECORD_KEYS, COUNT(RECORD_KEYS), "visits", wrong);
    const rlp_node_t *times = rlp_node_member(record, "times");
    if (!times || times->kind != RLP_NODE_LIST) return RLP_OK;
    rlp_key_t key = {.name = "times", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_TIME, .low = 0, .high = INFINITY, .meaning = "day"};
    int rc = RLP_NEW(study->record_days, times->n_items);
    double before = -1, end = study->trial.follow_up_days;
    for (size_t k = 0; k < times->n_items && !rc; k++) {
        size_t errors = rlp_diagnostics_errors(wrong);
        double day = rlp_read_scalar(times->items[k], &key, wrong);
        study->record_days[study->n_records++] = day;
        if (rlp_diagnostics_errors(wrong) > errors) continue;
        if (day <= before) ERROR(times->items[k]->place, "record times rise: %g d comes after %g d", day, before);
        if (end > 0 && day > end) ERROR(times->items[k]->place, "the record time %g d lies beyond the end of follow-up, %g d", day, end);
        before = day;
    }
    return rc;
}

static void read_engine(rlp_study_t *study, const rlp_node_t *root, rlp_diagnostics_t *wrong) {
    const rlp_node_t *engine = rlp_node_member(root, "engine");
    study->trial.engine = rlp_engine_find("auto");
    study->trial.error = 0.01;
    study->trial.epsilon = NAN;
    if (!engine || !rlp_map_check(engine, ENGINE_KEYS, COUNT(ENGINE_KEYS), "engine", wrong)) return;
    study->trial.error = rlp_read_number(engine, ENGINE_KEYS, COUNT(ENGINE_KEYS), "error", wrong);
    study->trial.epsilon = rlp_read_number(engine, ENGINE_KEYS, COUNT(ENGINE_KEYS), "epsilon", wrong);
    const char *name = rlp_read_text(engine, ENGINE_KEYS, COUNT(ENGINE_KEYS), "name", wrong);
    if (!name) return;
    const rlp_engine_class_t *found = rlp_engine_find(name);
    if (found)
        study->trial.engine = found;
    else
        ERROR(rlp_node_member(engine, "name")->place, "no engine is named '%s'; there are direct, kendall, leap, tau and auto", name);
}

/* An engine that cannot follow clones would leave clones.csv empty. */
static void refuse_clones(const rlp_study_t *study, const rlp_node_t *root, rlp_diagnostics_t *wrong) {
    if (study->record_clones && !study->trial.engine->clones)
        ERROR(place_of(rlp_node_at(root, "record.clones"), root), "engine '%s' cannot tell clones apart; with `record: {clones: true}` choose `engine: {name: kendall}` or `direct`",
              study->trial.engine->name);
}

/* Rules are judged at visits; what they wait for must be able to come. */
static void refuse_rules(const rlp_study_t *study, const rlp_node_t *root, rlp_diagnostics_t *wrong) {
    const rlp_progression_t *p = &study->endpoints.progression;
    bool visits = p->form != RLP_PROGRESSION_NONE && p->every_days > 0, repeats = false;
    const rlp_node_t *arms = rlp_node_member(root, "arms");
    if (!study->tumour || rlp_diagnostics_errors(wrong)) return;
    for (size_t a = 0; a < rlp_tumour_arms(study->tumour); a++) {
        size_t n;
        const char *arm = rlp_tumour_arm_name(study->tumour, a);
        const rlp_rule_t *rules = rlp_tumour_rules(study->tumour, a, &n);
        rlp_place_t place = place_of(arms ? rlp_node_member(arms, arm) : NULL, root);
        if (n && !visits) ERROR(place, "arm '%s' has rules, and they are judged at visits: say how often with `endpoints: {progression: {every: 56 d}}`", arm);
        for (size_t r = 0; r < n; r++) {
            repeats = repeats || rules[r].repeats;
            if (rules[r].when == RLP_WHEN_SECOND_PROGRESSION && study->endpoints.second.form == RLP_PROGRESSION_NONE)
                ERROR(place, "arm '%s' waits for a second progression: say what it is with `endpoints: {second_progression: ...}`", arm);
        }
    }
    if (p->measure == RLP_MEASURE_UNTREATABLE && !repeats)
        WARNING(place_of(rlp_node_at(root, "endpoints.progression"), root), "measure untreatable: no arm repeats an intervention on demand (`do:` with `when:`), so nobody can progress");
}

/* ---- floors -------------------------------------------------------------------------------------------------------------------- */
static int read_process_floor(rlp_study_t *study, const rlp_node_t *root, rlp_diagnostics_t *wrong) {
    static const char *const TUMOUR_ONLY[] = {"traits", "patient", "drugs", "interventions", "signals", "mechanisms", "tests", "attribute"};
    for (size_t k = 0; k < COUNT(TUMOUR_ONLY); k++) {
        const rlp_node_t *node = rlp_node_member(root, TUMOUR_ONLY[k]);
        if (node) ERROR(node->key_place, "`%s:` belongs to the tumour floor; this input has `process:`", TUMOUR_ONLY[k]);
    }
    int rc = rlp_process_model_read(root, &study->parameters, wrong, &study->process);
    if (rc) return rc;
    size_t n = rlp_process_model_types(study->process);
    rc = rlp_endpoints_init(&study->endpoints, n, 1);
    if (rc) return rc;
    memset(study->endpoints.lesions[0].of, 1, n);
    double *values;
    rc = RLP_NEW(values, study->parameters.n);
    if (rc) return rc;
    rlp_parameters_values(&study->parameters, values);
    study->endpoints.cells_per_mm3 = rlp_process_model_cells_per_mm3(study->process, values);
    free(values);
    return rlp_endpoints_read(rlp_node_member(root, "endpoints"), rlp_process_model_type_names(study->process), &study->parameters, wrong, &study->endpoints);
}

static int read_tumour_floor(rlp_study_t *study, const rlp_node_t *root, rlp_diagnostics_t *wrong) {
    int rc = rlp_tumour_read(root, &study->parameters, wrong, &study->tumour);
    if (rc) return rc;
    if (rlp_diagnostics_errors(wrong)) /* the model is not to be used: look at the endpoints all the same */
        rc = rlp_endpoints_init(&study->endpoints, 1, 1);
    else
        rc = rlp_tumour_lesions(study->tumour, &study->endpoints);
    return rc ? rc : rlp_endpoints_read(rlp_node_member(root, "endpoints"), NULL, &study->parameters, wrong, &study->endpoints);
}

static int read_floor(rlp_study_t *study, const rlp_node_t *root, rlp_diagnostics_t *wrong) {
    const rlp_node_t *process = rlp_node_member(root, "process"), *tumour = rlp_node_member(root, "tumour");
    if (process && tumour) ERROR(tumour->key_place, "an input has `process:` or `tumour:`, not both");
    if (!process && !tumour) ERROR(root->place, "an input needs `process:` (the mathematics) or `tumour:` (the biology)");
    if (process) return read_process_floor(study, root, wrong);
    if (tumour) return read_tumour_floor(study, root, wrong);
    return rlp_endpoints_init(&study->endpoints, 1, 1);
}

/* ---- warnings: legal, but hardly meant -------------------------------------------------------------------------------------------- */
static void warn(const rlp_study_t *study, const rlp_node_t *root, rlp_diagnostics_t *wrong) {
    const rlp_progression_t *p = &study->endpoints.progression;
    const rlp_node_t *endpoints = rlp_node_member(root, "endpoints"), *record = rlp_node_member(root, "record");
    if (record && rlp_node_member(record, "patients") && study->record_patients && !study->n_records && !study->record_clones && !study->record_visits)
        WARNING(place_of(rlp_node_member(record, "patients"), root), "`record: {patients: ...}` without `times:` records nothing");
    if (isfinite(study->trial.epsilon) && strcmp(study->trial.engine->name, "tau"))
        WARNING(place_of(rlp_node_at(root, "engine.epsilon"), root), "`epsilon` is for engine tau alone: %s keeps to `error`", study->trial.engine->name);
    if (study->record_clones && !study->record_patients)
        WARNING(rlp_node_member(record, "clones")->place, "`record: {clones: true}` without `patients:` follows nobody");
    if (study->record_visits && !study->record_patients) WARNING(rlp_node_member(record, "visits")->place, "`record: {visits: true}` without `patients:` tells of nobody's visits");
    if (study->record_visits && !rlp_life_most_visits(&study->trial))
        WARNING(rlp_node_member(record, "visits")->place, "`record: {visits: true}`, but there are no visits: say how often progression is looked for with `every:`");
    if (p->form != RLP_PROGRESSION_NONE && p->every_days > study->trial.follow_up_days)
        WARNING(place_of(rlp_node_member(endpoints, "progression"), root), "the first visit, day %g, lies beyond follow-up, day %g: nobody can progress", p->every_days,
                study->trial.follow_up_days);
    uncertain_warn(study, root, wrong);
    if (p->measure == RLP_MEASURE_SIZE && study->process) {
        const rlp_node_t *necrosis = rlp_node_at(root, "process.necrosis");
        if (!necrosis)
            WARNING(place_of(rlp_node_member(endpoints, "progression"), root), "`measure: size` without `process: {necrosis: {clearance: ...}}`: dead tissue never clears");
    }
}

/* `kendall` pays for each transition: where switching is frequent in a large tumour a patient may take hours. */
static int warn_of_cost(const rlp_study_t *study, const rlp_process_t *process, const rlp_node_t *root, rlp_diagnostics_t *wrong) {
    double count;
    if (strcmp(study->trial.engine->name, "kendall")) return RLP_OK;
    int rc = rlp_engine_expected_transitions(process, study->trial.follow_up_days, TRANSITIONS_MANY, &count);
    if (!rc && count >= TRANSITIONS_MANY)
        WARNING(place_of(rlp_node_at(root, "engine.name"), root), "kendall simulates every transition, and more than %.0g a patient are expected by day %g, if death or progression does not end it before: minutes to hours each; leap and auto are made for this",
                TRANSITIONS_MANY, study->trial.follow_up_days);
    return rc;
}

/* Thresholds that are over at the start, on the written values of each arm. */
static int warn_at_start(const rlp_study_t *study, const rlp_node_t *root, rlp_diagnostics_t *wrong) {
    const rlp_node_t *endpoints = rlp_node_member(root, "endpoints");
    rlp_process_t process;
    rlp_state_t state;
    rlp_watch_t watch;
    int rc = rlp_life_compile(&study->trial, study->tasks[0].arm, 0, &process);
    if (rc == RLP_ERROR_MEMORY || rc == RLP_ERROR_INTERNAL) return rc;
    if (rc) {
        rlp_place_t blamed = study->tumour ? rlp_tumour_blamed() : root->place; /* the drug or row that pulls hardest */
        ERROR(blamed.source ? blamed : root->place, "%s", rlp_fail_message());
        return RLP_OK;
    }
    rc = rlp_state_init(&state, &process);
    if (!rc) {
        if (rlp_endpoint_watch_death(&study->endpoints, &watch)) {
            rlp_watch_start(&watch, 0);
            if (rlp_watch_measure(&watch, &state, &process) >= watch.threshold)
                WARNING(place_of(rlp_node_member(endpoints, "death"), root), "death is reached at the start: patients die on day 0");
        }
        if (study->endpoints.progression.form == RLP_PROGRESSION_BURDEN && rlp_endpoint_watch_progression(&study->endpoints, &watch)) {
            rlp_watch_start(&watch, 0);
            if (rlp_watch_measure(&watch, &state, &process) >= watch.threshold)
                WARNING(place_of(rlp_node_member(endpoints, "progression"), root), "progression is reached at the start: it is an event of day 0");
        }
        rc = warn_of_cost(study, &process, root, wrong);
        if (!rlp_state_total(&state, &process) && !process.n_channels) WARNING(root->place, "no cells at the start and no immigration: nothing will happen");
        rlp_state_free(&state);
    }
    rlp_process_free(&process);
    return rc;
}

/* ---- the whole ------------------------------------------------------------------------------------------------------------------ */
static void tie_trial(rlp_study_t *study) {
    rlp_trial_t *trial = &study->trial;
    trial->process = study->process;
    trial->tumour = study->tumour;
    trial->parameters = &study->parameters;
    trial->variability = &study->variability;
    trial->endpoints = &study->endpoints;
    trial->n_arms = model_arms(study);
    trial->seed = study->seed;
    trial->record_days = study->record_days;
    trial->n_records = study->n_records;
    trial->every_visit = study->record_visits;
}

/* Behind what the questions ask for: the same at each draw, and the replicates. */
static int expand_tasks(rlp_study_t *study, const rlp_node_t *root, rlp_diagnostics_t *wrong) {
    int rc = tasks_expand(study);
    if (rc != RLP_ERROR_RATE) return rc;
    ERROR(place_of(rlp_node_at(root, "cohort.uncertain"), root), "%s", rlp_fail_message());
    return RLP_OK;
}

static int compose(rlp_study_t *study, const rlp_study_options_t *options, rlp_diagnostics_t *wrong) {
    rlp_node_t *root = rlp_document_root(study->document);
    rlp_map_check(root, ROOT_KEYS, COUNT(ROOT_KEYS), "an input", wrong);
    const char *title = rlp_read_text(root, ROOT_KEYS, COUNT(ROOT_KEYS), "title", wrong);
    int rc = rlp_memory_copy_text(&study->title, title ? title : "");
    if (!rc) rc = read_floor(study, root, wrong);
    if (!rc) rc = read_cohort(study, root, wrong);
    if (!rc) rc = uncertain_read(study, root, COHORT_KEYS, COUNT(COHORT_KEYS), wrong);
    bool known = !rc && !rlp_diagnostics_errors(wrong); /* arms and who patients are */
    if (!rc) rc = read_record(study, root, wrong);
    read_engine(study, root, wrong);
    refuse_clones(study, root, wrong);
    refuse_rules(study, root, wrong);
    if (!rc) rc = choose_arms(study, root, options, wrong);
    if (!rc) rc = milestones_read(study, rlp_node_member(root, "compare"), wrong);
    if (!rc) rc = survey_judge(study, root, options, wrong);
    if (!rc && known) rc = strata_read(study, rlp_node_member(root, "compare"), wrong);
    if (!rc && known) rc = printed_read(study, root, wrong);
    if (!rc && !rlp_diagnostics_errors(wrong)) rc = survey_read(study, root, wrong);
    if (!rc && !rlp_diagnostics_errors(wrong)) rc = expand_tasks(study, root, wrong);
    if (rc || rlp_diagnostics_errors(wrong)) return rc;
    if (study->record_patients > study->patients) study->record_patients = study->patients;
    tie_trial(study);
    warn(study, root, wrong);
    rc = warn_at_start(study, root, wrong);
    if (!rc && !rlp_diagnostics_errors(wrong)) rc = study_sweep_compile(study, rlp_node_member(root, "sweep"), wrong);
    rlp_node_write(root, &study->resolved);
    if (!rc) rc = study->resolved.error;
    return rc || rlp_diagnostics_errors(wrong) || options->without_levels ? rc : strata_fill(study, root, wrong);
}

/* `--set cohort.patients=50` must work where the input leaves cohort or engine to their defaults. */
static int apply_sets(rlp_document_t *document, const rlp_study_options_t *options, rlp_diagnostics_t *wrong) {
    static const char *const SECTIONS[] = {"cohort", "engine", "record"};
    int rc = RLP_OK;
    for (size_t k = 0; k < options->n_sets && !rc; k++) {
        for (size_t s = 0; s < COUNT(SECTIONS) && !rc; s++) {
            size_t length = strlen(SECTIONS[s]);
            char empty[32];
            if (strncmp(options->sets[k], SECTIONS[s], length) || options->sets[k][length] != '.') continue;
            if (rlp_node_member(rlp_document_root(document), SECTIONS[s])) continue;
            snprintf(empty, sizeof empty, "%s={}", SECTIONS[s]);
            rc = rlp_document_set(document, empty, wrong);
        }
        if (!rc) rc = rlp_document_set(document, options->sets[k], wrong);
    }
    return rc;
}

static int finish(rlp_document_t *document, const rlp_study_options_t *options, rlp_diagnostics_t *wrong, rlp_study_t **out) {
    rlp_study_t *study;
    int rc = RLP_NEW(study, 1);
    if (rc) {
        rlp_document_free(document);
        return rc;
    }
    study->document = document;
    rlp_parameters_init(&study->parameters);
    rlp_text_init(&study->resolved);
    rc = apply_sets(document, options, wrong);
    if (!rc) rc = compose(study, options, wrong);
    if (rc || rlp_diagnostics_errors(wrong)) {
        rlp_study_free(study);
        return rc;
    }
    *out = study;
    return RLP_OK;
}

int rlp_study_read(const char *path, const rlp_study_options_t *options, rlp_diagnostics_t *wrong, rlp_study_t **out) {
    rlp_document_t *document = NULL;
    *out = NULL;
    int rc = rlp_document_read(path, wrong, &document);
    if (rc) return rc;
    if (!rlp_diagnostics_errors(wrong)) return finish(document, options, wrong, out);
    rlp_document_free(document); /* what cannot be parsed is not judged further */
    return RLP_OK;
}

int rlp_study_parse(const char *name, const char *text, size_t length, const rlp_study_options_t *options, rlp_diagnostics_t *wrong, rlp_study_t **out) {
    rlp_document_t *document = NULL;
    *out = NULL;
    int rc = rlp_document_parse(name, text, length, wrong, &document);
    if (rc) return rc;
    if (!rlp_diagnostics_errors(wrong)) return finish(document, options, wrong, out);
    rlp_document_free(document);
    return RLP_OK;
}

void rlp_study_free(rlp_study_t *study) {
    if (!study) return;
    free(study->title);
    free(study->record_days);
    tasks_free(study);
    uncertain_free(study);
    strata_free(study);
    printed_free(study);
    survey_free(study);
    rlp_variability_free(&study->variability);
    rlp_endpoints_free(&study->endpoints);
    rlp_process_model_free(study->process);
    rlp_tumour_free(study->tumour);
    rlp_parameters_free(&study->parameters);
    rlp_text_free(&study->resolved);
    rlp_document_free(study->document);
    free(study);
}

const char *rlp_study_measure_words(const rlp_study_t *study) {
    return study->endpoints.progression.diameters == RLP_MEASURE_SIZE ? "size (viable cells and dead tissue not yet cleared)" : "viable cells";
}

/* The input without `trial:`: nobody is lived for it, so that a finished cohort may be held against another trial. */
static void add_lived(const rlp_node_t *root, rlp_text_t *out) {
    const char *between = "{";
    for (size_t k = 0; k < root->n_items; k++) {
        if (!strcmp(root->items[k]->key, "trial")) continue;
        rlp_text_format(out, "%s%s: ", between, root->items[k]->key);
        rlp_node_write(root->items[k], out);
        between = ", ";
    }
    rlp_text_add(out, "}");
}

void rlp_study_fingerprint(const rlp_study_t *study, rlp_text_t *out) {
    rlp_text_format(out, "{relapse: '%s', block: %d, arms: [", RELAPSE_VERSION, RLP_BLOCK_PATIENTS);
    for (size_t a = 0; a < study->n_arms; a++) rlp_text_format(out, "%s'%s'", a ? ", " : "", rlp_study_arm_name(study, a));
    rlp_text_add(out, study->attribution.asked ? "], attribute: true, input: " : "], input: ");
    add_lived(rlp_document_root(study->document), out);
    rlp_text_add(out, "}\n");
}
