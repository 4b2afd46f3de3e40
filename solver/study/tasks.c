/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The pool of tasks: (arm of the model, setting, replicate), each once. A task that is asked for again, or that differs only in numbers which its arm cannot feel, is the
 * one that is there: no patient lives the same life twice. */
#include "tasks.h"

#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"

/* Can any patient feel the number in this arm? */
static bool is_felt(const rlp_study_t *study, size_t arm, size_t number) {
    (void)study, (void)arm, (void)number;
    return true;
}

static bool same_setting(const rlp_setting_t *setting, size_t n, const size_t *number, const double *value) {
    return setting->n == n && (!n || (!memcmp(setting->number, number, n * sizeof *number) && !memcmp(setting->value, value, n * sizeof *value)));
}

/* The setting of these changes, a new one if there is none. */
static int find_setting(rlp_study_t *study, size_t n, const size_t *number, const double *value, size_t *found) {
    for (*found = 0; *found < study->n_settings; ++*found)
        if (same_setting(&study->settings[*found], n, number, value)) return RLP_OK;
    int rc = RLP_GROW(study->settings, study->setting_room, study->n_settings + 1);
    if (rc) return rc;
    rlp_setting_t *made = &study->settings[study->n_settings++];
    *made = (rlp_setting_t){.n = n};
    if (!n) return RLP_OK;
    rc = RLP_NEW(made->number, n);
    if (!rc) rc = RLP_NEW(made->value, n);
    if (!rc) memcpy(made->number, number, n * sizeof *number);
    if (!rc) memcpy(made->value, value, n * sizeof *value);
    return rc;
}

/* Changes that the arm feels and that are changes, in rising order of number. */
static size_t keep_felt(const rlp_study_t *study, size_t arm, size_t n, const size_t *number, const double *value, size_t *kept, double *values) {
    size_t m = 0;
    for (size_t k = 0; k < n; k++) {
        if (study->parameters.rows[number[k]].value == value[k] || !is_felt(study, arm, number[k])) continue;
        size_t at = m++;
        for (; at && kept[at - 1] > number[k]; at--) kept[at] = kept[at - 1], values[at] = values[at - 1];
        kept[at] = number[k];
        values[at] = value[k];
    }
    return m;
}

int rlp_study_task(rlp_study_t *study, size_t arm, size_t n, const size_t *number, const double *value, uint32_t replicate, size_t *task) {
    size_t *kept = NULL, none;
    double *values = NULL;
    int rc = find_setting(study, 0, NULL, NULL, &none); /* setting 0 */
    if (!rc) rc = RLP_NEW(kept, n);
    if (!rc) rc = RLP_NEW(values, n);
    size_t m = rc ? 0 : keep_felt(study, arm, n, number, value, kept, values);
    rlp_task_t wanted = {.arm = arm, .replicate = replicate};
    if (!rc) rc = find_setting(study, m, kept, values, &wanted.setting);
    free(kept);
    free(values);
    if (rc) return rc;
    for (*task = 0; *task < study->n_tasks; ++*task) {
        const rlp_task_t *t = &study->tasks[*task];
        if (t->arm == arm && t->setting == wanted.setting && t->replicate == replicate) return RLP_OK;
    }
    rc = RLP_GROW(study->tasks, study->task_room, study->n_tasks + 1);
    if (!rc) study->tasks[study->n_tasks++] = wanted;
    return rc;
}

void rlp_study_written(const rlp_study_t *study, size_t setting, double *values) {
    const rlp_setting_t *s = &study->settings[setting];
    rlp_parameters_values(&study->parameters, values);
    for (size_t k = 0; k < s->n; k++) values[s->number[k]] = s->value[k];
}

size_t rlp_study_drawn(const rlp_study_t *study, size_t draw, size_t task) {
    return draw ? study->uncertain.tasks[(draw - 1) * study->uncertain.n_asked + task] : task;
}

int tasks_expand(rlp_study_t *study) {
    study->uncertain.n_asked = study->n_tasks;
    return RLP_OK;
}

void tasks_free(rlp_study_t *study) {
    for (size_t s = 0; s < study->n_settings; s++) {
        free(study->settings[s].number);
        free(study->settings[s].value);
    }
    free(study->settings);
    free(study->tasks);
    free(study->replicas);
}
