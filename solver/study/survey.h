/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside study: what questions ask for, as tasks behind the arms as written. */
#ifndef RELAPSE_STUDY_SURVEY_H
#define RELAPSE_STUDY_SURVEY_H

#include "relapse/study.h"

enum { N_SYNERGY_KEYS = 5, N_ATTRIBUTE_KEYS = 7 };
extern const rlp_key_t SYNERGY_KEYS[N_SYNERGY_KEYS], ATTRIBUTE_KEYS[N_ATTRIBUTE_KEYS];

/* study.c */
size_t study_find_arm(const rlp_study_t *, const char *name); /* number of the model's arm, or RLP_NONE */
/* Where a model could not be read so far, a section's names are what the input says; of a section that is no map any may be meant. */
bool study_is_written(const rlp_study_t *, const char *section, const char *name);
void study_unknown_arm(const rlp_study_t *, const char *name, rlp_place_t, rlp_diagnostics_t *);

/* The task of a written arm, or RLP_NONE: unknown (an error), or left out by --arm. */
size_t survey_task(const rlp_study_t *, const char *name, rlp_place_t, rlp_diagnostics_t *);
/* `horizon:` of a section, in days, at most the end of follow-up (beyond it: an error); `otherwise` where it is not given. */
double survey_horizon(const rlp_study_t *, const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, double otherwise, rlp_diagnostics_t *);

/* `endpoint:` of a section; os is an error where patients end at progression. */
#define SURVEY_ENDPOINT_WORDS "pfs|ttp|os"
rlp_time_t survey_endpoint(const rlp_study_t *, const rlp_node_t *map, const rlp_key_t *keys, size_t n_keys, rlp_diagnostics_t *);

/* Read `compare: {synergy:}` and `attribute:`, in whatever state the study is: their errors come in one round with all others. */
int survey_judge(rlp_study_t *, const rlp_node_t *root, const rlp_study_options_t *, rlp_diagnostics_t *) RLP_MUST_USE;
/* Of a study that is right up to here: add the tasks of its questions. */
int survey_read(rlp_study_t *, const rlp_node_t *root, rlp_diagnostics_t *) RLP_MUST_USE;
void survey_free(rlp_study_t *);

#endif
