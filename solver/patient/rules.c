/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rules on the way: what an arm decides from what is seen of a patient.
 *
 *   at a visit, after its verdict:
 *     toxicities that have come since the last visit are seen
 *     results that are there now are acted on (between visits, too: the life stops for them)
 *     each rule of the arm in order: does its condition hold?
 *         a repetition on demand that at_most, gap or a toxicity forbids: the patient is untreatable
 *         else, unless at_most or gap forbid: a sample is taken for its test, or it acts
 *     untreatable may be the progression: rules that wait for it are judged then
 *   an act goes to the environment, which goes on from here (tumour.h), and is told as the environment tells it
 *
 * The timeline is held at the next instant at which something may be decided; where nothing can be any more, it is not held.
 * Luck: a stream for each test and each toxicity, the same in every arm. The k-th sample of a test takes the k-th draws, the k-th treatment the k-th uniform;
 * a drug harms whenever rate x days on it passes the next of a sum of exponential thresholds: a Poisson process on the days on the drug. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "relapse/memory.h"
#include "relapse/variates.h"

typedef struct {
    uint32_t acted;
    double last_days; /* when it last acted; a test: when the sample was taken */
} memory_t;

typedef struct {
    double t_days;
    size_t rule;
    uint32_t found;
} due_t;

/* Drugs and interventions in one array of harms: drugs first. */
typedef struct {
    uint64_t purpose;
    rlp_stream_t stream;
    double rate;      /* of this patient: a drug's per day on it, an intervention's each time; 0: never */
    double threshold; /* of a drug: the next one */
    double pending;   /* of an intervention: when it harmed, and nobody has seen it; NAN: no */
    bool seen_now;    /* at the visit at hand */
    bool ever;
} harm_t;

typedef struct {
    uint64_t purpose;
    rlp_stream_t stream;
} lab_t;

struct life_rules {
    const rlp_tumour_t *model;
    const rlp_rule_t *rules; /* of the arm at hand */
    const rlp_test_t *tests;
    size_t n_rules, n_tests, n_drugs, n_harms;
    memory_t *memory; /* [n_rules] */
    due_t *due;       /* results to come, earliest first */
    size_t *rule_of;  /* of the k-th act, k from 0 */
    double *last_done; /* [intervention] */
    harm_t *harms;    /* [n_harms] */
    lab_t *labs;      /* [n_tests] */
    size_t n_due, n_acts, most_due, most_acts; /* of the last two: rooms */
    double start[2], nadir[2]; /* viable, size: over the start and the visits */
    bool awake; /* the arm has rules, or something in it may harm */
};

/* ---- how much there may be -------------------------------------------------------------------------------------------------- */
static double visits_of(const rlp_trial_t *trial) {
    const rlp_progression_t *p = &trial->endpoints->progression;
    return p->form != RLP_PROGRESSION_NONE && p->every_days > 0 ? floor(trial->follow_up_days / p->every_days * (1 + 1e-9)) : 0;
}

/* A rule acts at most once a visit. */
static size_t times_of(const rlp_trial_t *trial, const rlp_rule_t *rule) {
    return (size_t)fmin(rule->at_most == RLP_NO_PARAMETER ? 1 : rlp_trial_number(trial, rule->at_most), visits_of(trial));
}

static size_t count(const rlp_act_t *acts, size_t n, bool all, rlp_act_kind_t kind) {
    size_t found = 0;
    for (size_t i = 0; i < n; i++) found += all || acts[i].kind == kind;
    return found;
}

static size_t most_of(const rlp_rule_t *rule, bool all, rlp_act_kind_t kind) {
    size_t then = count(rule->then, rule->n_then, all, kind), otherwise = count(rule->otherwise, rule->n_otherwise, all, kind);
    return then > otherwise ? then : otherwise;
}

/* Things of an arm that may harm: seen at most once a visit each. */
static size_t harmful(const rlp_tumour_t *model, size_t arm) {
    size_t n = 0;
    for (size_t d = 0; d < rlp_tumour_drugs(model); d++) n += rlp_tumour_drug_may_harm(model, arm, d);
    for (size_t i = 0; i < rlp_tumour_interventions(model); i++) n += rlp_tumour_intervention_may_harm(model, arm, i);
    return n;
}

/* An act is told as one event; a course begins and ends, and a pause may delay every course. */
size_t life_rules_most_events(const rlp_trial_t *trial, size_t arm) {
    size_t n, courses = rlp_tumour_most_planned(trial->tumour, arm), events = 0;
    bool repeats = false;
    const rlp_rule_t *rules = rlp_tumour_rules(trial->tumour, arm, &n);
    for (size_t r = 0; r < n; r++) courses += times_of(trial, &rules[r]) * most_of(&rules[r], false, RLP_ACT_GIVE);
    for (size_t r = 0; r < n; r++) {
        size_t each = most_of(&rules[r], true, RLP_ACT_DO) + most_of(&rules[r], false, RLP_ACT_GIVE) + courses * most_of(&rules[r], false, RLP_ACT_PAUSE);
        events += times_of(trial, &rules[r]) * (each + (rules[r].test == RLP_NONE ? 0 : 2)); /* sample and result */
        repeats = repeats || rules[r].repeats;
    }
    return events + repeats + harmful(trial->tumour, arm) * (size_t)visits_of(trial);
}

/* ---- room ------------------------------------------------------------------------------------------------------------------- */
static int purpose_of(const char *kind, const char *name, uint64_t *purpose) {
    rlp_text_t text;
    rlp_text_init(&text);
    rlp_text_format(&text, "%s:%s", kind, name);
    int rc = text.error;
    if (!rc) *purpose = rlp_stream_purpose(rlp_text_string(&text));
    rlp_text_free(&text);
    return rc;
}

static int name_streams(life_rules_t *s) {
    int rc = RLP_OK;
    for (size_t h = 0; h < s->n_harms && !rc; h++) {
        const char *name = h < s->n_drugs ? rlp_tumour_drug_name(s->model, h) : rlp_tumour_intervention_name(s->model, h - s->n_drugs);
        rc = purpose_of("toxicity", name, &s->harms[h].purpose);
    }
    for (size_t t = 0; t < s->n_tests && !rc; t++) rc = purpose_of("test", s->tests[t].name, &s->labs[t].purpose);
    return rc;
}

size_t rlp_life_most_deeds(const rlp_trial_t *trial, size_t arm) {
    size_t n = 0, deeds = 0;
    const rlp_rule_t *rules = trial->tumour ? rlp_tumour_rules(trial->tumour, arm, &n) : NULL;
    for (size_t r = 0; r < n; r++) deeds += times_of(trial, &rules[r]) * most_of(&rules[r], true, RLP_ACT_DO);
    return deeds;
}

/* As large as the arm needs that needs most. */
int life_rules_make_room(life_rules_t *s, const rlp_trial_t *trial) {
    int rc = RLP_OK;
    for (size_t a = 0; s && a < trial->n_arms && !rc; a++) {
        size_t n, due = 0, acts = rlp_life_most_deeds(trial, a);
        const rlp_rule_t *rules = rlp_tumour_rules(trial->tumour, a, &n);
        for (size_t r = 0; r < n; r++) due += rules[r].test == RLP_NONE ? 0 : times_of(trial, &rules[r]);
        rc = RLP_GROW(s->due, s->most_due, due);
        if (!rc) rc = RLP_GROW(s->rule_of, s->most_acts, acts);
    }
    return rc;
}

static size_t most_rules(const rlp_trial_t *trial) {
    size_t n, most = 0;
    for (size_t a = 0; a < trial->n_arms; a++) {
        (void)rlp_tumour_rules(trial->tumour, a, &n);
        most = n > most ? n : most;
    }
    return most;
}

int life_rules_new(const rlp_trial_t *trial, life_rules_t **out) {
    life_rules_t *s;
    *out = NULL;
    if (!trial->tumour) return RLP_OK;
    int rc = RLP_NEW(s, 1);
    if (rc) return rc;
    size_t n_interventions = rlp_tumour_interventions(trial->tumour);
    s->model = trial->tumour;
    s->n_drugs = rlp_tumour_drugs(trial->tumour);
    s->n_harms = s->n_drugs + n_interventions;
    s->tests = rlp_tumour_tests(trial->tumour, &s->n_tests);
    rc = RLP_NEW(s->memory, most_rules(trial));
    if (!rc) rc = RLP_NEW(s->last_done, n_interventions);
    if (!rc) rc = RLP_NEW(s->harms, s->n_harms);
    if (!rc) rc = RLP_NEW(s->labs, s->n_tests);
    if (!rc) rc = name_streams(s);
    if (rc)
        life_rules_free(s);
    else
        *out = s;
    return rc;
}

void life_rules_free(life_rules_t *s) {
    if (!s) return;
    void *const blocks[] = {s->memory, s->due, s->rule_of, s->last_done, s->harms, s->labs, s};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
}

/* ---- a patient begins ----------------------------------------------------------------------------------------------------------- */
static double measure(const life_path_t *path, rlp_measure_t what) {
    const rlp_state_t *state = &path->life->state;
    const rlp_process_t *p = &path->course->process;
    double cells = 0;
    for (size_t i = 0; i < p->n_types; i++) {
        cells += (double)state->cells[i];
        if (what == RLP_MEASURE_SIZE) cells += rlp_state_dead(state, p, i, state->t_days);
    }
    return cells;
}

static void begin_harms(const life_path_t *path) {
    life_rules_t *s = path->life->rules;
    const rlp_trial_t *trial = path->life->trial;
    for (size_t h = 0; h < s->n_harms; h++) {
        harm_t *harm = &s->harms[h];
        harm->rate = h < s->n_drugs ? rlp_tumour_drug_toxicity(s->model, path->life->values, h)
                                    : rlp_tumour_intervention_toxicity(s->model, path->life->values, h - s->n_drugs);
        harm->seen_now = harm->ever = false;
        harm->pending = NAN;
        if (!(harm->rate > 0)) continue;
        rlp_stream_init_again(&harm->stream, trial->seed, path->patient, trial->replicate, harm->purpose);
        if (h < s->n_drugs) harm->threshold = rlp_variate_exponential(&harm->stream);
    }
}

void life_rules_begin(life_path_t *path) {
    life_rules_t *s = path->life->rules;
    if (!s) return;
    s->rules = rlp_tumour_rules(s->model, path->life->arm, &s->n_rules);
    s->n_due = s->n_acts = 0;
    s->awake = s->n_rules || harmful(s->model, path->life->arm);
    if (!s->awake) return;
    for (size_t r = 0; r < s->n_rules; r++) s->memory[r] = (memory_t){.last_days = -INFINITY};
    for (size_t i = 0; i < s->n_harms - s->n_drugs; i++) s->last_done[i] = -INFINITY;
    begin_harms(path);
    for (size_t t = 0; t < s->n_tests && s->n_rules; t++)
        rlp_stream_init_again(&s->labs[t].stream, path->life->trial->seed, path->patient, path->life->trial->replicate, s->labs[t].purpose);
    for (int k = 0; k < 2; k++) s->start[k] = s->nadir[k] = measure(path, k ? RLP_MEASURE_SIZE : RLP_MEASURE_VIABLE);
}

/* ---- harm ------------------------------------------------------------------------------------------------------------------------ */
void life_rules_done(life_path_t *path, size_t intervention, double t_days) {
    life_rules_t *s = path->life->rules;
    if (!s || !s->awake) return;
    harm_t *harm = &s->harms[s->n_drugs + intervention];
    s->last_done[intervention] = t_days;
    if (harm->rate > 0 && rlp_stream_uniform(&harm->stream) < harm->rate && isnan(harm->pending)) harm->pending = t_days;
}

/* Has it harmed since the last visit? What is done on the day of a visit shows at a later one. */
static bool harmed(const life_path_t *path, size_t h, double t_days) {
    life_rules_t *s = path->life->rules;
    harm_t *harm = &s->harms[h];
    bool now = false;
    if (!(harm->rate > 0)) return false;
    if (h >= s->n_drugs) {
        now = harm->pending < t_days;
        if (now) harm->pending = NAN;
        return now;
    }
    double so_far = harm->rate * rlp_environment_days_on(path->course->environment, h, t_days);
    for (; harm->threshold <= so_far; now = true) harm->threshold += rlp_variate_exponential(&harm->stream);
    return now;
}

static void see_harm(life_path_t *path, double t_days) {
    life_rules_t *s = path->life->rules;
    for (size_t h = 0; h < s->n_harms; h++) {
        s->harms[h].seen_now = harmed(path, h, t_days);
        if (!s->harms[h].seen_now) continue;
        s->harms[h].ever = true;
        life_tell(path, t_days, RLP_EVENT_TOXICITY, h, 0);
    }
}

/* ---- tests ----------------------------------------------------------------------------------------------------------------------- */
typedef enum { NO_CELLS, BELOW, AT_LIMIT } amount_t;

/* Of the cells of the test's sites, are enough with the trait? One that no cell has is below any limit, be it 0. */
static amount_t amount_of(const life_path_t *path, const rlp_test_t *test, size_t trait) {
    const rlp_tumour_t *model = path->life->trial->tumour;
    double all = 0, with = 0;
    for (size_t i = 0; i < path->life->n_types; i++) {
        if (!(test->sites >> rlp_tumour_type_site(model, i) & 1)) continue;
        all += (double)path->life->state.cells[i];
        if (rlp_tumour_type_traits(model, i) >> trait & 1) with += (double)path->life->state.cells[i];
    }
    if (!(all > 0)) return NO_CELLS;
    return with > 0 && with / all >= path->life->values[test->limit] ? AT_LIMIT : BELOW;
}

/* Each trait is found or not on its own; the same number of draws whatever is there. */
static uint32_t take_sample(const life_path_t *path, size_t number) {
    life_rules_t *s = path->life->rules;
    const rlp_test_t *test = &s->tests[number];
    const double *v = path->life->values;
    uint32_t found = 0;
    for (size_t trait = 0; trait < rlp_tumour_traits(s->model); trait++) {
        if (!(test->of >> trait & 1)) continue;
        double u = rlp_stream_uniform(&s->labs[number].stream);
        amount_t amount = amount_of(path, test, trait);
        if (amount != NO_CELLS && u < (amount == AT_LIMIT ? v[test->sensitivity] : 1 - v[test->specificity])) found |= UINT32_C(1) << trait;
    }
    return found;
}

/* What tests without errors would find now. */
uint32_t life_rules_detected(const life_path_t *path) {
    const life_rules_t *s = path->life->rules;
    uint32_t detected = 0;
    for (size_t k = 0; s && k < s->n_tests; k++)
        for (size_t trait = 0; trait < rlp_tumour_traits(s->model); trait++)
            if (s->tests[k].of >> trait & 1 && amount_of(path, &s->tests[k], trait) == AT_LIMIT) detected |= UINT32_C(1) << trait;
    return detected;
}

/* ---- acts ------------------------------------------------------------------------------------------------------------------------ */
/* After a toxicity of it an intervention is not done again. */
static bool forbidden_for_good(const life_rules_t *s, const rlp_act_t *act) { return act->kind == RLP_ACT_DO && s->harms[s->n_drugs + act->what].ever; }

static int do_acts(life_path_t *path, size_t rule, const rlp_act_t *acts, size_t n) {
    life_rules_t *s = path->life->rules;
    double t_days = path->life->state.t_days;
    int rc = RLP_OK;
    for (size_t i = 0; i < n && !rc; i++) {
        if (forbidden_for_good(s, &acts[i])) continue;
        RLP_INVARIANT(s->n_acts < s->most_acts);
        s->rule_of[s->n_acts++] = rule;
        if (path->told->deeds) path->told->deeds[s->n_acts - 1] = (rlp_deed_t){t_days, &acts[i]};
        path->told->n_deeds = s->n_acts;
        rc = rlp_environment_act(path->course->environment, &acts[i], t_days, &path->course->process);
        if (!rc) life_tell_planned(path, t_days); /* what was told before stays, and the act adds to it */
    }
    return rc;
}

uint32_t life_rules_reason(const life_path_t *path, size_t act) { return act ? (uint32_t)(1 + path->life->rules->rule_of[act - 1]) : 0; }

static void put_due(life_rules_t *s, due_t due) {
    size_t k = s->n_due++;
    RLP_INVARIANT(k < s->most_due);
    for (; k > 0 && s->due[k - 1].t_days > due.t_days; k--) s->due[k] = s->due[k - 1];
    s->due[k] = due;
}

double life_rules_due_days(const life_path_t *path) {
    const life_rules_t *s = path->life->rules;
    return s && s->awake && s->n_due ? s->due[0].t_days : INFINITY;
}

int life_rules_results(life_path_t *path) {
    life_rules_t *s = path->life->rules;
    double t_days = path->life->state.t_days;
    int rc = RLP_OK;
    while (!rc && !path->over && life_rules_due_days(path) <= t_days) {
        due_t due = s->due[0];
        const rlp_rule_t *rule = &s->rules[due.rule];
        memmove(s->due, s->due + 1, --s->n_due * sizeof *s->due);
        life_tell_planned(path, t_days);
        life_tell(path, t_days, RLP_EVENT_RESULT, rule->test, due.found);
        bool positive = due.found & rule->positive;
        rc = do_acts(path, due.rule, positive ? rule->then : rule->otherwise, positive ? rule->n_then : rule->n_otherwise);
    }
    return rc;
}

/* ---- rules ----------------------------------------------------------------------------------------------------------------------- */
/* What a rule may see at a visit. */
typedef struct {
    double t_days, measure[2];
    rlp_response_t response;
    bool progressed, progressed_again; /* at this visit */
} sight_t;

static bool holds(const life_path_t *path, const rlp_rule_t *rule, const sight_t *sight) {
    const life_rules_t *s = path->life->rules;
    const double *v = path->life->values;
    size_t k = rule->measure == RLP_MEASURE_SIZE;
    double of = rule->share_of == RLP_OF_START ? s->start[k] : rule->share_of == RLP_OF_NADIR ? s->nadir[k] : 1;
    switch (rule->when) {
    case RLP_WHEN_VISIT: return true;
    case RLP_WHEN_PROGRESSION: return sight->progressed;
    case RLP_WHEN_SECOND_PROGRESSION: return sight->progressed_again;
    case RLP_WHEN_BURDEN: return sight->measure[k] > 0 && sight->measure[k] >= v[rule->amount] * of;
    case RLP_WHEN_RESPONSE: return sight->response >= rule->response;
    case RLP_WHEN_TOXICITY: return s->harms[rule->of_intervention ? s->n_drugs + rule->what : rule->what].seen_now;
    case RLP_WHEN_EXPOSURE: return rlp_environment_given_mg(path->course->environment, rule->what, sight->t_days) >= v[rule->amount];
    }
    return false;
}

static double most_times(const life_path_t *path, const rlp_rule_t *rule) { return rule->at_most == RLP_NO_PARAMETER ? 1 : path->life->values[rule->at_most]; }

/* The gap of a repetition counts from the last time that it was done, by whatever item; of others from when the rule last acted. */
static rlp_forbidden_t forbidden(const life_path_t *path, size_t number, double t_days) {
    const life_rules_t *s = path->life->rules;
    const rlp_rule_t *rule = &s->rules[number];
    if (rule->repeats && forbidden_for_good(s, rule->then)) return RLP_FORBIDDEN_TOXICITY;
    if (s->memory[number].acted >= most_times(path, rule)) return RLP_FORBIDDEN_AT_MOST;
    double last_days = rule->repeats ? s->last_done[rule->then->what] : s->memory[number].last_days;
    double gap = rule->gap == RLP_NO_PARAMETER ? 0 : path->life->values[rule->gap];
    return t_days - last_days < gap * (1 - 1e-12) ? RLP_FORBIDDEN_GAP : RLP_FORBIDDEN_NOT;
}

static void become_untreatable(life_path_t *path, size_t rule, rlp_forbidden_t why) {
    double t_days = path->life->state.t_days;
    if (!isnan(path->outcome->untreatable_days)) return;
    path->outcome->untreatable_days = t_days;
    life_tell(path, t_days, RLP_EVENT_UNTREATABLE, path->life->rules->rules[rule].then->what, why);
}

static int judge(life_path_t *path, size_t number, const sight_t *sight) {
    life_rules_t *s = path->life->rules;
    const rlp_rule_t *rule = &s->rules[number];
    if (!holds(path, rule, sight)) return RLP_OK;
    rlp_forbidden_t why = forbidden(path, number, sight->t_days);
    if (why != RLP_FORBIDDEN_NOT) {
        if (rule->repeats) become_untreatable(path, number, why);
        return RLP_OK;
    }
    s->memory[number].acted++;
    s->memory[number].last_days = sight->t_days;
    if (rule->test == RLP_NONE) return do_acts(path, number, rule->then, rule->n_then);
    life_tell(path, sight->t_days, RLP_EVENT_TEST, rule->test, (uint32_t)(1 + number));
    put_due(s, (due_t){sight->t_days + path->life->values[s->tests[rule->test].turnaround], number, take_sample(path, rule->test)});
    return life_rules_results(path); /* some tests tell at once */
}

int life_rules_visit(life_path_t *path, const rlp_look_t *look) {
    life_rules_t *s = path->life->rules;
    if (!s || !s->awake || path->over) return RLP_OK;
    sight_t sight = {.t_days = path->life->state.t_days, .response = look->response, .progressed = look->reason != RLP_REASON_NONE,
                     .progressed_again = look->second != RLP_REASON_NONE};
    for (size_t k = 0; k < 2 && s->n_rules; k++) {
        sight.measure[k] = measure(path, k ? RLP_MEASURE_SIZE : RLP_MEASURE_VIABLE);
        s->nadir[k] = fmin(s->nadir[k], sight.measure[k]);
    }
    life_tell_planned(path, sight.t_days);
    see_harm(path, sight.t_days);
    int rc = life_rules_results(path);
    for (size_t r = 0; r < s->n_rules && !rc; r++) rc = judge(path, r, &sight);
    if (rc || path->outcome->untreatable_days != sight.t_days || !life_untreatable(path)) return rc;
    sight.progressed = true;
    for (size_t r = 0; r < s->n_rules && !rc && !path->over; r++)
        if (s->rules[r].when == RLP_WHEN_PROGRESSION) rc = judge(path, r, &sight);
    return rc;
}

/* ---- what is still open ----------------------------------------------------------------------------------------------------------- */
static bool may_act(const life_path_t *path, size_t number) {
    const life_rules_t *s = path->life->rules;
    const rlp_rule_t *rule = &s->rules[number];
    if (s->memory[number].acted >= most_times(path, rule) || (rule->repeats && forbidden_for_good(s, rule->then))) return false;
    if (rule->when == RLP_WHEN_PROGRESSION) return !path->outcome->ttp_event;
    return rule->when != RLP_WHEN_SECOND_PROGRESSION || isnan(path->outcome->second_days);
}

double life_rules_hold_days(const life_path_t *path, double next_visit_days) {
    const life_rules_t *s = path->life->rules;
    if (!s || !s->awake) return INFINITY;
    bool open = false;
    for (size_t r = 0; r < s->n_rules && !open; r++) open = may_act(path, r);
    return fmin(open ? next_visit_days : INFINITY, life_rules_due_days(path));
}

bool life_rules_wait(const life_path_t *path) { return path->life->rules && path->life->rules->awake; }
