/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside study: the pool of tasks, grown by rlp_study_task. */
#ifndef RELAPSE_STUDY_TASKS_H
#define RELAPSE_STUDY_TASKS_H

#include "relapse/study.h"

/* Behind all tasks that the questions named: each of them at each draw, and the replicates of the arms as written. */
int tasks_expand(rlp_study_t *) RLP_MUST_USE;
/* Settings, tasks and where they are found; replicas and uncertain.tasks (not the rest of uncertain). */
void tasks_free(rlp_study_t *);

#endif
