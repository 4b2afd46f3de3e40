/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * relapse check: what an input means and costs, without simulating more than a few patients; --process prints the compiled process. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/command.h"
#include "relapse/memory.h"

static const char USAGE[] =
    "relapse check INPUT.yaml [options]\n"
    "\n"
    "What an input means and what it costs: for core-hours a few patients are lived, for about a second.\n"
    "\n"
    "  --process         print the compiled process as an input of the process floor (17 digits); running it gives the same environment\n"
    "  --patient N       with --process: that of patient N, with his drawn parameters and cells (default: the values as written)\n"
    "  --graph FILE      write who moves whom (signals, drugs, interventions, rows) as a graph in Graphviz's dot language; - is standard output\n"
    "  --attribute       as `run --attribute`: attribution by its defaults where the input has no `attribute:`\n"
    "  --arm NAME        only this arm; may be repeated\n"
    "  --set PATH=VALUE  change a number or a subtree of the input; may be repeated\n"
    "\n"
    "Exit status: 0 the input is right; 64 usage; 65 the input is wrong; 66 it cannot be read.\n";

/* ---- what the input means -------------------------------------------------------------------------------------------------------- */
static void describe_recist(const rlp_progression_t *p, rlp_text_t *out) {
    rlp_text_add(out, "RECIST: +20 % and +5 mm of the sum of diameters over its nadir");
    if (p->visible_mm > 0) rlp_text_format(out, ", or a new lesion of %g mm", p->visible_mm);
}

static void describe_endpoints(const rlp_study_t *study, rlp_text_t *out) {
    const rlp_progression_t *p = &study->endpoints.progression, *second = &study->endpoints.second;
    const rlp_death_t *d = &study->endpoints.death;
    rlp_text_add(out, "progression  ");
    if (p->form == RLP_PROGRESSION_NONE) rlp_text_add(out, "none");
    if (p->form == RLP_PROGRESSION_BURDEN) rlp_text_format(out, "%g cells or more", p->level);
    if (p->form == RLP_PROGRESSION_RELATIVE) rlp_text_format(out, "%g x the nadir and at least %g cells", p->factor, p->minimum_cells);
    if (p->measure == RLP_MEASURE_UNTREATABLE) rlp_text_add(out, "untreatable: a repetition on demand is asked for and forbidden; responses by ");
    if (p->form == RLP_PROGRESSION_RECIST) describe_recist(p, out);
    if (p->form != RLP_PROGRESSION_NONE) {
        rlp_text_format(out, "; measures %s; ", rlp_study_measure_words(study));
        if (p->every_days > 0)
            rlp_text_format(out, "judged every %g d", p->every_days);
        else
            rlp_text_add(out, "at any instant");
    }
    if (second->form != RLP_PROGRESSION_NONE) {
        rlp_text_add(out, "\n             second, since the visit of the first: ");
        describe_recist(second, out);
        rlp_text_format(out, "; measures %s", second->diameters == RLP_MEASURE_SIZE ? "size" : "viable cells");
    }
    rlp_text_add(out, "\ndeath        ");
    if (d->present) rlp_text_format(out, "%g cells (%s)", d->level, d->measure == RLP_MEASURE_SIZE ? "size" : "viable");
    if (d->hazard_per_day > 0) rlp_text_format(out, "%shazard %g /d (a median of %.1f months by itself)", d->present ? ", or " : "", d->hazard_per_day, log(2) / d->hazard_per_day / RLP_DAYS_A_MONTH);
    if (!d->present && !(d->hazard_per_day > 0)) rlp_text_add(out, "none");
    rlp_text_add(out, "\n");
}

static const char *plural(size_t n) { return n == 1 ? "" : "s"; }

/* What `auto` begins with; later stretches may go by another engine. */
static int describe_carrier(const rlp_study_t *study, const rlp_process_t *process, rlp_text_t *out) {
    rlp_engine_settings_t settings = {.error = study->trial.error, .horizon_days = study->trial.follow_up_days, .epsilon = study->trial.epsilon};
    rlp_engine_t *engine;
    rlp_state_t state;
    int rc = rlp_engine_open(study->trial.engine, process, &settings, &engine);
    if (rc) return rc;
    rc = rlp_state_init(&state, process);
    if (!rc) rlp_text_format(out, ": auto begins with %s", rlp_engine_carrier(engine, &state));
    if (!rc) rlp_state_free(&state);
    rlp_engine_close(engine);
    return rc;
}

static int describe_arm(const rlp_study_t *study, size_t arm, const double *values, rlp_text_t *out) {
    rlp_process_t process;
    double events, enough = 1e6;
    int rc = rlp_life_compile(&study->trial, study->tasks[arm].arm, 0, &process);
    if (rc) return rc;
    rc = study->trial.engine->accepts(&process); /* as `run` would refuse */
    if (!rc) rc = rlp_engine_expected_events(&process, study->trial.follow_up_days, enough, &events);
    if (rc) {
        rlp_process_free(&process);
        return rc;
    }
    int64_t cells = 0;
    for (size_t i = 0; i < process.n_types; i++) cells += process.start_cells[i];
    rlp_text_format(out, "arm %s\n  %zu type%s, %zu channel%s, %.4g cells at the start; %zu segment%s of constant rates\n", rlp_study_arm_name(study, arm),
                    process.n_types, plural(process.n_types), process.n_channels, plural(process.n_channels), (double)cells, process.n_segments,
                    plural(process.n_segments));
    rlp_text_format(out, events < enough ? "  about %.3g events a patient expected" : "  more than %.0g events a patient expected", events < enough ? events : enough);
    if (!rc && !strcmp(study->trial.engine->name, "auto")) rc = describe_carrier(study, &process, out);
    rlp_text_add(out, "\n");
    rlp_process_free(&process);
    if (!rc && study->tumour) rc = rlp_tumour_describe_arm(study->tumour, study->tasks[arm].arm, values, out);
    return rc;
}

static void describe_survey(const rlp_study_t *study, rlp_text_t *out) {
    const rlp_synergy_t *s = &study->synergy;
    const rlp_attribution_t *a = &study->attribution;
    if (s->asked)
        rlp_text_format(out, "synergy      of %s and %s in %s, against %s; means to day %g; without interactions %s\n", rlp_study_arm_name(study, s->a), rlp_study_arm_name(study, s->b),
                        rlp_study_arm_name(study, s->both), rlp_study_arm_name(study, s->none), s->horizon_days, s->without == s->both ? "nothing changes: not run again" : "one more task");
    if (a->asked)
        rlp_text_format(out, "attribution  %zu row%s or pairs in %zu arm%s, means to day %g\n", a->n_marks, plural(a->n_marks), a->n_arms, plural(a->n_arms), a->horizon_days);
}

static void describe_spread(const rlp_study_t *study, rlp_text_t *out) {
    if (study->uncertain.draws)
        rlp_text_format(out, "uncertain    %zu path%s, drawn %zu times for the whole cohort: each question is asked so many times more\n", study->uncertain.of.n, plural(study->uncertain.of.n),
                        study->uncertain.draws);
    else if (study->uncertain.of.n)
        rlp_text_format(out, "uncertain    %zu path%s, but without `draws:` each number is as written\n", study->uncertain.of.n, plural(study->uncertain.of.n));
    if (study->replicates > 1) rlp_text_format(out, "luck         each patient lives %u times in each arm\n", (unsigned)study->replicates);
}

static void describe_sweep(const rlp_study_t *study, rlp_text_t *out) {
    static const char *const OF[] = {[RLP_TIME_TTP] = "time to progression", [RLP_TIME_PFS] = "pfs", [RLP_TIME_OS] = "os"};
    const rlp_sweep_t *s = &study->sweep;
    size_t more = 0;
    if (!s->asked) return;
    for (size_t t = study->n_arms; t < study->n_tasks; t++)
        for (size_t c = 0; c < s->n_cells; c++)
            if (s->cells[c] == t) {
                more++;
                break;
            }
    rlp_text_format(out, "sweep        of %s over", rlp_study_arm_name(study, s->arm));
    for (size_t p = 0; p < s->n_paths; p++) rlp_text_format(out, "%s %s (%zu value%s)", p ? " x" : "", s->paths[p].path, s->paths[p].n, plural(s->paths[p].n));
    rlp_text_format(out, ": %zu cell%s, %zu task%s beside the arms; mean %s to day %g\n", s->n_cells, plural(s->n_cells), more, plural(more), OF[s->endpoint], s->horizon_days);
}

static void describe_strata(const rlp_study_t *study, rlp_text_t *out) {
    if (study->horizon_days < study->trial.follow_up_days) rlp_text_format(out, "compare      means to day %g\n", study->horizon_days);
    for (size_t s = 0; s < study->n_strata; s++) {
        const rlp_stratum_t *stratum = &study->strata[s];
        rlp_text_format(out, "%s%s: ", s ? "             " : "strata       ", stratum->name);
        for (size_t l = 0; l < stratum->n_levels; l++)
            rlp_text_format(out, "%s%s (%llu patients)", l ? ", " : "", stratum->levels[l], (unsigned long long)stratum->n[l]);
        rlp_text_add(out, "\n");
    }
}

static void describe_trial(const rlp_study_t *study, rlp_text_t *out) {
    const rlp_printed_t *t = &study->printed;
    const char *comma = "";
    if (!t->asked) return;
    rlp_text_add(out, "trial        ");
    for (size_t a = 0; a < study->n_arms; a++)
        if (t->per_arm[a]) rlp_text_format(out, "%s%s %llu%s", comma, rlp_study_arm_name(study, a), (unsigned long long)t->per_arm[a], a == t->reference ? " (the reference)" : ""), comma = ", ";
    rlp_text_format(out, " patients, entering over %g d, followed for %g d more, %g %% a year lost; %llu trials drawn, %zu published number%s\n", t->accrual_days, t->after_days,
                    -100 * expm1(-t->dropout_per_day * 365.25), (unsigned long long)t->repeats, t->n_published, plural(t->n_published));
}

/* Numbers of the model's arms that run. */
static void list_arms(const rlp_study_t *study, size_t *arms) {
    for (size_t a = 0; a < study->n_arms; a++) arms[a] = study->tasks[a].arm;
}

#define COST_SECONDS 0.8    /* of living patients to see what they cost */
#define BLOCKS_COUNTED 100000 /* more are taken to be as large on average */

/* Tasks behind the arms as written are all of one size. */
static double ledger_bytes(const rlp_study_t *study) {
    uint64_t each = rlp_study_blocks_per_task(study), written = each * study->n_arms;
    double bytes = 0, behind = 0;
    for (uint64_t b = 0; b < written && b < BLOCKS_COUNTED; b++) bytes += (double)rlp_block_bytes(study, b);
    for (uint64_t b = written; study->n_tasks > study->n_arms && b < written + each && b < written + BLOCKS_COUNTED; b++) behind += (double)rlp_block_bytes(study, b);
    bytes *= fmax(1, (double)written / BLOCKS_COUNTED);
    return bytes + behind * fmax(1, (double)each / BLOCKS_COUNTED) * (double)(study->n_tasks - study->n_arms);
}

/* Its second line is the only one of `check` that differs from time to time. */
static int describe_work(const rlp_study_t *study, rlp_text_t *out) {
    rlp_cost_t cost;
    rlp_text_add(out, "work         ");
    if (study->n_tasks > study->n_arms) rlp_text_format(out, "%zu tasks (%zu arms as written, %zu for questions); ", study->n_tasks, study->n_arms, study->n_tasks - study->n_arms);
    rlp_text_format(out, "%llu block%s of up to %d patients; about %.2g MB of ledger\n", (unsigned long long)rlp_study_blocks(study), plural((size_t)rlp_study_blocks(study)), RLP_BLOCK_PATIENTS,
                    ledger_bytes(study) / 1e6);
    int rc = rlp_study_cost(study, COST_SECONDS, &cost);
    if (!rc)
        rlp_text_format(out, "cost         %s %.2g core-hours", cost.at_least ? "more than" : "about", cost.core_hours);
    if (!rc && cost.core_hours < 0.02) rlp_text_format(out, " (%.2g s of one core)", cost.core_hours * 3600);
    if (!rc) rlp_text_format(out, ": measured on %llu patient%s on this machine\n", (unsigned long long)cost.patients, plural((size_t)cost.patients));
    return rc;
}

static int describe(const rlp_study_t *study, const char *path, rlp_text_t *out) {
    double *values;
    size_t arms[study->n_arms];
    list_arms(study, arms);
    int rc = RLP_NEW(values, study->parameters.n);
    if (rc) return rc;
    rlp_parameters_values(&study->parameters, values);
    rlp_text_format(out, "%s is right: %s\n", path, study->title[0] ? study->title : "(no title)");
    rlp_text_format(out, "cohort       %llu patients an arm, seed %llu, followed for %g d%s; %zu path%s between patients\n", (unsigned long long)study->patients,
                    (unsigned long long)study->seed, study->trial.follow_up_days, study->trial.until == RLP_UNTIL_PROGRESSION ? " or until progression" : "",
                    study->variability.n, study->variability.n == 1 ? " varies" : "s vary");
    describe_endpoints(study, out);
    bool tau = !strcmp(study->trial.engine->name, "tau");
    if (tau && study->trial.epsilon > 0) rlp_text_format(out, "engine       tau, epsilon %g, which no error bounds: %s\n", study->trial.epsilon, study->trial.engine->sentence);
    else rlp_text_format(out, "engine       %s, error %g: %s\n", study->trial.engine->name, study->trial.error, study->trial.engine->sentence);
    if (study->record_clones) rlp_text_format(out, "clones       followed in the first %llu patients of each arm\n", (unsigned long long)study->record_patients);
    describe_survey(study, out);
    describe_sweep(study, out);
    describe_spread(study, out);
    describe_strata(study, out);
    describe_trial(study, out);
    rc = describe_work(study, out);
    if (!rc && study->tumour) rc = rlp_tumour_describe(study->tumour, values, arms, study->n_arms, out);
    for (size_t a = 0; a < study->n_arms && !rc; a++) rc = describe_arm(study, a, values, out);
    free(values);
    return rc;
}

/* ---- the compiled process ---------------------------------------------------------------------------------------------------------- */
static void write_of(const rlp_study_t *study, const unsigned char *of, rlp_text_t *out) {
    size_t n = 0;
    for (size_t i = 0; i < study->endpoints.n_types; i++) n += of[i];
    if (!study->process || n == study->endpoints.n_types) return;
    rlp_text_add(out, ", of: [");
    const char *comma = "";
    for (size_t i = 0; i < study->endpoints.n_types; i++)
        if (of[i]) rlp_text_format(out, "%s'%s'", comma, rlp_process_model_type_names(study->process)[i]), comma = ", ";
    rlp_text_add(out, "]");
}

static void write_second(const rlp_progression_t *p, rlp_text_t *out) {
    if (p->form == RLP_PROGRESSION_NONE) return;
    rlp_text_format(out, "  second_progression: {after: progression, rule: recist, measure: %s, every: %.17g d}\n", p->diameters == RLP_MEASURE_SIZE ? "size" : "viable", p->every_days);
}

/* Endpoints in the words of the process floor; lesions of a tumour have none there, and that is said. */
static void write_endpoints(const rlp_study_t *study, rlp_text_t *out) {
    const rlp_progression_t *p = &study->endpoints.progression;
    const rlp_death_t *d = &study->endpoints.death;
    const char *measure = p->diameters == RLP_MEASURE_SIZE ? "size" : "viable";
    if (p->form == RLP_PROGRESSION_NONE && !d->present && !(d->hazard_per_day > 0)) return;
    rlp_text_add(out, "endpoints:\n");
    if (study->endpoints.n_lesions > 1 || p->visible_mm > 0) rlp_text_add(out, "  # the tumour floor judges lesions one by one; here the whole burden is one sphere\n");
    if (p->measure == RLP_MEASURE_UNTREATABLE) rlp_text_add(out, "  # there are no rules on this floor: where an arm's made the progression, recist stands\n");
    if (p->form == RLP_PROGRESSION_BURDEN) rlp_text_format(out, "  progression: {burden: %.17g", p->level);
    if (p->form == RLP_PROGRESSION_RELATIVE) rlp_text_format(out, "  progression: {relative_to_nadir: %.17g, minimum: %.17g", p->factor, p->minimum_cells);
    if (p->form == RLP_PROGRESSION_RECIST) rlp_text_format(out, "  progression: {rule: recist, cells_per_cm3: %.17g", study->endpoints.cells_per_mm3 * 1000);
    if (p->form != RLP_PROGRESSION_NONE) {
        rlp_text_format(out, ", measure: %s, every: %.17g d", measure, p->every_days);
        write_of(study, p->of, out);
        rlp_text_add(out, "}\n");
    }
    write_second(&study->endpoints.second, out);
    if (!d->present && !(d->hazard_per_day > 0)) return;
    rlp_text_add(out, "  death: {");
    if (d->present) rlp_text_format(out, "%s: %.17g", d->measure == RLP_MEASURE_SIZE ? "size" : "viable", d->level);
    if (d->present) write_of(study, d->of, out);
    if (d->hazard_per_day > 0) rlp_text_format(out, "%shazard: %.17g /d", d->present ? ", " : "", d->hazard_per_day);
    rlp_text_add(out, "}\n");
}

static int write_arms(const rlp_study_t *study, uint64_t patient, double **base, rlp_text_t *out) {
    int rc = RLP_OK;
    for (size_t a = 0; a < study->n_arms && !rc; a++) {
        rlp_process_t process;
        rc = rlp_life_compile(&study->trial, study->tasks[a].arm, patient, &process);
        if (rc) break;
        if (!a) {
            if (patient)
                rlp_text_format(out, "title: 'patient %llu of %s'\n", (unsigned long long)patient, study->title[0] ? "the study" : "a study");
            else
                rlp_text_add(out, "title: 'compiled process, values as written'\n");
            rlp_process_write(&process, out);
            rlp_text_add(out, "arms:\n");
            rc = RLP_NEW(*base, process.row_size);
            if (!rc) memcpy(*base, process.rates + process.segments[0].rates * process.row_size, process.row_size * sizeof **base);
        }
        if (!rc) rlp_process_write_arm(&process, *base, rlp_study_arm_name(study, a), out);
        rlp_process_free(&process);
    }
    return rc;
}

static int write_process(const rlp_study_t *study, uint64_t patient, rlp_text_t *out) {
    double *base = NULL;
    int rc = write_arms(study, patient, &base, out);
    free(base);
    if (rc) return rc;
    write_endpoints(study, out);
    rlp_text_format(out, "cohort: {patients: %llu, seed: %llu, follow_up: %.17g d, until: %s}\n", (unsigned long long)study->patients, (unsigned long long)study->seed,
                    study->trial.follow_up_days, study->trial.until == RLP_UNTIL_PROGRESSION ? "progression" : "follow_up");
    if (study->n_records || study->record_clones || study->record_visits) {
        rlp_text_add(out, "record: {times: [");
        for (size_t k = 0; k < study->n_records; k++) rlp_text_format(out, "%s%.17g d", k ? ", " : "", study->record_days[k]);
        rlp_text_format(out, "], patients: %llu%s%s}\n", (unsigned long long)study->record_patients, study->record_clones ? ", clones: true" : "",
                        study->record_visits ? ", visits: true" : "");
    }
    rlp_text_format(out, "engine: {name: %s, error: %.17g", study->trial.engine->name, study->trial.error);
    if (study->trial.epsilon > 0) rlp_text_format(out, ", epsilon: %.17g", study->trial.epsilon);
    rlp_text_add(out, "}\n");
    return out->error;
}

/* ---- the graph ----------------------------------------------------------------------------------------------------------------------- */
static int write_graph(const rlp_study_t *study, const char *path, rlp_text_t *out) {
    double *values;
    rlp_text_t dot;
    bool to_file = strcmp(path, "-") != 0;
    size_t arms[study->n_arms];
    list_arms(study, arms);
    if (!study->tumour) return rlp_fail(RLP_ERROR_USAGE, "--graph draws mechanisms, and this input has a `process:`, no `tumour:`");
    int rc = RLP_NEW(values, study->parameters.n);
    if (rc) return rc;
    rlp_parameters_values(&study->parameters, values);
    rlp_text_init(&dot);
    rc = rlp_tumour_graph(study->tumour, values, study->title, arms, study->n_arms, to_file ? &dot : out);
    if (!rc && to_file && rlp_launched_rank() == 0) rc = rlp_file_write_whole(path, rlp_text_string(&dot), strlen(rlp_text_string(&dot)));
    rlp_text_free(&dot);
    free(values);
    return rc;
}

/* ---- the command ---------------------------------------------------------------------------------------------------------------------- */
/* Rows of a tumour that act at rest, and interactions that change a single treatment: legal, but hardly meant. */
static int warn_of_rows(const rlp_study_t *study, rlp_diagnostics_t *wrong) {
    double *values;
    int rc = study->tumour ? RLP_NEW(values, study->parameters.n) : RLP_OK;
    if (rc || !study->tumour) return rc;
    rlp_parameters_values(&study->parameters, values);
    rc = rlp_tumour_check(study->tumour, values, study->trial.error, study->trial.follow_up_days, wrong);
    free(values);
    return rc;
}

static int check(const rlp_arguments_t *a) {
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    rlp_study_t *study = NULL;
    rlp_text_t out;
    bool speaks = rlp_launched_rank() == 0;
    rlp_text_init(&out);
    if (!wrong) return rlp_command_fail(RLP_ERROR_MEMORY);
    rlp_study_options_t options = {.sets = (const char *const *)a->sets, .n_sets = a->n_sets, .arms = (const char *const *)a->arms, .n_arms = a->n_arms, .attribute = a->attribute};
    int rc = rlp_study_read(a->input, &options, wrong, &study);
    if (!rc && study && !a->process) rc = warn_of_rows(study, wrong);
    size_t errors = rlp_diagnostics_errors(wrong);
    if (speaks) rlp_diagnostics_print(wrong, stderr);
    rlp_diagnostics_free(wrong);
    if (!rc && errors) rc = rlp_fail(RLP_ERROR_INPUT, "%s has %zu error%s", a->input, errors, errors == 1 ? "" : "s");
    if (!rc && a->patient > study->patients) rc = rlp_fail(RLP_ERROR_USAGE, "--patient %llu: the cohort has %llu", (unsigned long long)a->patient, (unsigned long long)study->patients);
    bool only_graph = a->graph && !strcmp(a->graph, "-");
    if (!rc && a->graph) rc = write_graph(study, a->graph, &out);
    if (!rc && !only_graph) rc = a->process ? write_process(study, a->patient, &out) : describe(study, a->input, &out);
    if (!rc && speaks) fputs(rlp_text_string(&out), stdout);
    rlp_text_free(&out);
    rlp_study_free(study);
    return rc ? rlp_command_fail(rc) : 0;
}

static int command(int argc, char **argv) {
    rlp_arguments_t arguments;
    int status = rlp_arguments_read(&rlp_command_check, "axpiGA", argc, argv, &arguments);
    if (!status && !arguments.help) status = check(&arguments);
    rlp_arguments_free(&arguments);
    return status;
}

const rlp_command_t rlp_command_check = {
    .name = "check",
    .sentence = "say what an input means, or what is wrong with it",
    .usage = USAGE,
    .run = command,
};
