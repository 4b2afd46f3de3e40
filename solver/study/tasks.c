/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The pool of tasks: (arm of the model, setting, replicate), each once. A task that is asked for again, or that differs only in numbers which its arm cannot feel, is the
 * one that is there: no patient lives the same life twice. */
#include "tasks.h"

#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"

/* ---- what an arm can feel ------------------------------------------------------------------------------------------------------------- */
/* On the process floor: everything but the timelines of other arms. */
static void feel_process(const rlp_study_t *study, size_t arm, bool *felt) {
    const char *name = rlp_process_model_arm_name(study->process, arm);
    size_t n = strlen(name);
    for (size_t i = 0; i < study->parameters.n; i++) {
        const char *path = study->parameters.rows[i].path;
        felt[i] = strncmp(path, "arms.", 5) || (!strncmp(path + 5, name, n) && path[5 + n] == '.');
    }
}

/* Which numbers any patient can feel in the arm; once an arm. */
static int find_felt(rlp_study_t *study, size_t arm, const bool **felt) {
    int rc = RLP_GROW(study->felt, study->felt_room, arm + 1);
    if (rc) return rc;
    for (; study->n_felt <= arm; study->n_felt++) study->felt[study->n_felt] = NULL;
    bool *made = NULL;
    if (!study->felt[arm]) {
        rc = RLP_NEW(made, study->parameters.n);
        if (!rc && study->tumour)
            rc = rlp_tumour_feels(study->tumour, arm, &study->parameters, made);
        else if (!rc)
            feel_process(study, arm, made);
        if (rc) {
            free(made);
            return rc;
        }
        study->felt[arm] = made;
    }
    *felt = study->felt[arm];
    return RLP_OK;
}

/* ---- what is there already ------------------------------------------------------------------------------------------------------- */
static uint64_t mixed(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
    return hash ^ (hash >> 32);
}

static uint64_t hash_setting(const rlp_setting_t *s) {
    uint64_t hash = s->n, bits;
    for (size_t k = 0; k < s->n; k++) {
        memcpy(&bits, &s->value[k], sizeof bits);
        hash = mixed(mixed(hash, s->number[k]), bits);
    }
    return hash;
}

static bool same_setting(const rlp_setting_t *a, const rlp_setting_t *b) {
    return a->n == b->n && (!a->n || (!memcmp(a->number, b->number, a->n * sizeof *a->number) && !memcmp(a->value, b->value, a->n * sizeof *a->value)));
}

static uint64_t hash_task(const rlp_task_t *t) { return mixed(mixed(mixed(1, t->arm), t->setting), t->replicate); }
static bool same_task(const rlp_task_t *a, const rlp_task_t *b) { return a->arm == b->arm && a->setting == b->setting && a->replicate == b->replicate; }

/* Room for one more, at most half full; what is in there is put in its new place by its hash. */
static int make_room(const rlp_study_t *study, rlp_found_t *found, uint64_t (*hash_of)(const rlp_study_t *, size_t)) {
    if (2 * (found->n + 1) <= found->room) return RLP_OK;
    rlp_found_t larger = {.room = found->room ? 2 * found->room : 64, .n = found->n};
    int rc = RLP_NEW(larger.slots, larger.room);
    if (rc) return rc;
    for (size_t i = 0; i < found->room; i++) {
        if (!found->slots[i]) continue;
        size_t at = hash_of(study, found->slots[i] - 1) & (larger.room - 1);
        while (larger.slots[at]) at = (at + 1) & (larger.room - 1);
        larger.slots[at] = found->slots[i];
    }
    free(found->slots);
    *found = larger;
    return RLP_OK;
}

/* The slot of the one that is as wanted, or the empty one where it belongs. */
static size_t *slot_of(const rlp_study_t *study, const rlp_found_t *found, uint64_t hash, bool (*is)(const rlp_study_t *, size_t, const void *), const void *wanted) {
    size_t at = hash & (found->room - 1);
    while (found->slots[at] && !is(study, found->slots[at] - 1, wanted)) at = (at + 1) & (found->room - 1);
    return &found->slots[at];
}

static uint64_t hash_of_setting(const rlp_study_t *study, size_t k) { return hash_setting(&study->settings[k]); }
static uint64_t hash_of_task(const rlp_study_t *study, size_t k) { return hash_task(&study->tasks[k]); }
static bool is_setting(const rlp_study_t *study, size_t k, const void *wanted) { return same_setting(&study->settings[k], wanted); }
static bool is_task(const rlp_study_t *study, size_t k, const void *wanted) { return same_task(&study->tasks[k], wanted); }

static int copy_setting(const rlp_setting_t *from, rlp_setting_t *to) {
    *to = (rlp_setting_t){.n = from->n};
    if (!to->n) return RLP_OK;
    int rc = RLP_NEW(to->number, to->n);
    if (!rc) rc = RLP_NEW(to->value, to->n);
    if (rc) {
        free(to->number);
        return rc;
    }
    memcpy(to->number, from->number, to->n * sizeof *to->number);
    memcpy(to->value, from->value, to->n * sizeof *to->value);
    return RLP_OK;
}

/* The setting of these changes, a new one if there is none. */
static int find_setting(rlp_study_t *study, const rlp_setting_t *wanted, size_t *number) {
    rlp_found_t *found = &study->setting_found;
    int rc = make_room(study, found, hash_of_setting);
    if (!rc) rc = RLP_GROW(study->settings, study->setting_room, study->n_settings + 1);
    if (rc) return rc;
    size_t *slot = slot_of(study, found, hash_setting(wanted), is_setting, wanted);
    if (!*slot) {
        rc = copy_setting(wanted, &study->settings[study->n_settings]);
        if (rc) return rc;
        *slot = ++study->n_settings;
        found->n++;
    }
    *number = *slot - 1;
    return RLP_OK;
}

static int find_task(rlp_study_t *study, const rlp_task_t *wanted, size_t *number) {
    rlp_found_t *found = &study->task_found;
    int rc = make_room(study, found, hash_of_task);
    if (!rc) rc = RLP_GROW(study->tasks, study->task_room, study->n_tasks + 1);
    if (rc) return rc;
    size_t *slot = slot_of(study, found, hash_task(wanted), is_task, wanted);
    if (!*slot) {
        study->tasks[study->n_tasks] = *wanted;
        *slot = ++study->n_tasks;
        found->n++;
    }
    *number = *slot - 1;
    return RLP_OK;
}

/* ---- asking for one ------------------------------------------------------------------------------------------------------------------ */
/* Changes that the arm feels and that are changes, in rising order of number. */
static size_t keep_felt(const rlp_study_t *study, const bool *felt, size_t n, const size_t *number, const double *value, size_t *kept, double *values) {
    size_t m = 0;
    for (size_t k = 0; k < n; k++) {
        if (study->parameters.rows[number[k]].value == value[k] || !felt[number[k]]) continue;
        size_t at = m++;
        for (; at && kept[at - 1] > number[k]; at--) kept[at] = kept[at - 1], values[at] = values[at - 1];
        kept[at] = number[k];
        values[at] = value[k];
    }
    return m;
}

int rlp_study_task(rlp_study_t *study, size_t arm, size_t n, const size_t *number, const double *value, uint32_t replicate, size_t *task) {
    static const rlp_setting_t as_written;
    rlp_setting_t kept = {0};
    rlp_task_t wanted = {.arm = arm, .replicate = replicate};
    size_t zero;
    const bool *felt = NULL;
    int rc = n ? find_felt(study, arm, &felt) : RLP_OK;
    if (!rc) rc = find_setting(study, &as_written, &zero); /* setting 0 */
    if (!rc) rc = RLP_NEW(kept.number, n);
    if (!rc) rc = RLP_NEW(kept.value, n);
    if (!rc) kept.n = keep_felt(study, felt, n, number, value, kept.number, kept.value);
    if (!rc) rc = find_setting(study, &kept, &wanted.setting);
    free(kept.number);
    free(kept.value);
    return rc ? rc : find_task(study, &wanted, task);
}

void rlp_study_written(const rlp_study_t *study, size_t setting, double *values) {
    const rlp_setting_t *s = &study->settings[setting];
    rlp_parameters_values(&study->parameters, values);
    for (size_t k = 0; k < s->n; k++) values[s->number[k]] = s->value[k];
}

size_t rlp_study_drawn(const rlp_study_t *study, size_t draw, size_t task) {
    return draw ? study->uncertain.tasks[(draw - 1) * study->uncertain.n_asked + task] : task;
}

/* ---- the trial of one ---------------------------------------------------------------------------------------------------------------- */
int rlp_task_trial_init(const rlp_study_t *study, size_t task, rlp_task_trial_t *of) {
    const rlp_task_t *t = &study->tasks[task];
    *of = (rlp_task_trial_t){.trial = study->trial, .endpoints = study->endpoints};
    of->trial.replicate = t->replicate;
    if (!study->settings[t->setting].n) return RLP_OK;
    int rc = RLP_NEW(of->written, study->parameters.n);
    if (rc) return rc;
    rlp_study_written(study, t->setting, of->written);
    of->trial.written = of->written;
    if (study->process) of->endpoints.cells_per_mm3 = rlp_process_model_cells_per_mm3(study->process, of->written);
    rlp_endpoints_settle(&of->endpoints, of->written);
    of->trial.endpoints = &of->endpoints;
    return RLP_OK;
}

void rlp_task_trial_free(rlp_task_trial_t *of) { free(of->written); }

/* ---- draws and replicates -------------------------------------------------------------------------------------------------------------- */
typedef struct {
    rlp_study_t *study;
    double *base, *values; /* [parameters.n] of the setting, and at the draw */
    size_t *number;        /* those that changed */
    double *value;
} draw_t;

/* A task at a draw: the numbers of its setting first, then what is uncertain, drawn about them. */
static int at_draw(draw_t *d, size_t draw, size_t task, size_t *out) {
    rlp_study_t *study = d->study;
    const rlp_uncertain_t *u = &study->uncertain;
    size_t n = 0;
    int rc = RLP_OK;
    rlp_study_written(study, study->tasks[task].setting, d->base);
    memcpy(d->values, d->base, study->parameters.n * sizeof *d->values);
    for (size_t k = 0; k < u->of.n && !rc; k++) rc = rlp_spread_value(&u->of.spreads[k], &study->parameters, d->base, u->drawn[draw * u->of.n + k], d->values);
    for (size_t i = 0; i < study->parameters.n && !rc; i++)
        if (d->values[i] != study->parameters.rows[i].value) d->number[n] = i, d->value[n++] = d->values[i];
    return rc ? rc : rlp_study_task(study, study->tasks[task].arm, n, d->number, d->value, study->tasks[task].replicate, out);
}

static int add_draws(rlp_study_t *study) {
    rlp_uncertain_t *u = &study->uncertain;
    draw_t d = {.study = study};
    size_t n = study->parameters.n;
    int rc = RLP_NEW(u->tasks, u->draws * u->n_asked);
    if (!rc) rc = RLP_NEW(d.base, n);
    if (!rc) rc = RLP_NEW(d.values, n);
    if (!rc) rc = RLP_NEW(d.number, n);
    if (!rc) rc = RLP_NEW(d.value, n);
    for (size_t s = 0; s < u->draws && !rc; s++)
        for (size_t t = 0; t < u->n_asked && !rc; t++) rc = at_draw(&d, s, t, &u->tasks[s * u->n_asked + t]);
    free(d.base);
    free(d.values);
    free(d.number);
    free(d.value);
    return rc;
}

static int add_replicates(rlp_study_t *study) {
    if (study->replicates < 2) return RLP_OK;
    int rc = RLP_NEW(study->replicas, (study->replicates - 1) * study->n_arms);
    for (uint32_t r = 1; r < study->replicates && !rc; r++)
        for (size_t a = 0; a < study->n_arms && !rc; a++) rc = rlp_study_task(study, study->tasks[a].arm, 0, NULL, NULL, r, &study->replicas[(r - 1) * study->n_arms + a]);
    return rc;
}

int tasks_expand(rlp_study_t *study) {
    study->uncertain.n_asked = study->n_tasks;
    int rc = study->uncertain.draws ? add_draws(study) : RLP_OK;
    return rc ? rc : add_replicates(study);
}

void tasks_free(rlp_study_t *study) {
    for (size_t s = 0; s < study->n_settings; s++) {
        free(study->settings[s].number);
        free(study->settings[s].value);
    }
    free(study->settings);
    for (size_t a = 0; a < study->n_felt; a++) free(study->felt[a]);
    free(study->felt);
    free(study->tasks);
    free(study->replicas);
    free(study->task_found.slots);
    free(study->setting_found.slots);
    free(study->uncertain.tasks);
}
