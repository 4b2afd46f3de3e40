/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside report: how much of what differs between patients is who they are, and how much is luck. */
#ifndef RELAPSE_REPORT_LUCK_H
#define RELAPSE_REPORT_LUCK_H

#include "parts.h"

typedef struct luck {
    rlp_components_t *of; /* [arm][endpoint]; owned */
} luck_t;

/* luck.csv where patients live more than once. */
int luck_write(const job_t *, luck_t *) RLP_MUST_USE;
void luck_free(luck_t *); /* safe after a failed write */
void luck_words(const job_t *, const luck_t *, rlp_text_t *);

#endif
