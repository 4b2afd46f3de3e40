/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside report: what is uncertain, as drawn, and all answers at each draw. */
#ifndef RELAPSE_REPORT_IGNORANCE_H
#define RELAPSE_REPORT_IGNORANCE_H

#include "draws.h"

typedef struct ignorance {
    sheet_t draws;
} ignorance_t;

/* Opens the files where something is drawn, and ties itself to the job: draws_keep() finds it there. */
int ignorance_open(ignorance_t *, job_t *) RLP_MUST_USE;
int ignorance_finish(ignorance_t *, const job_t *) RLP_MUST_USE;
void ignorance_free(ignorance_t *); /* safe after a failed open */

#endif
