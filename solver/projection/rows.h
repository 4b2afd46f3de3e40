/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One arm on its way, and the rows that it leaves in the tables. Probabilities are lower bounds, but survival, which is an upper one: the truth lies within
 * `truncated` above, or below. */
#ifndef RELAPSE_PROJECTION_ROWS_H
#define RELAPSE_PROJECTION_ROWS_H

#include "relapse/projection.h"

/* Functions of the end that are carried backward: progressed, no cell left, truncated; and died, where a burden kills. */
enum { BACK_PROGRESSED, BACK_EXTINCT, BACK_TRUNCATED, BACK_DIED };

typedef struct {
    rlp_parallel_t *parallel;
    const rlp_study_t *study;
    const rlp_projection_options_t *options;
    const char *arm;
    double at_hand; /* bytes */
    rlp_projection_tables_t *tables;
    rlp_process_t process;
    rlp_states_t states;
    rlp_projector_t *projector;
    rlp_passage_t passage;
    double *law;                   /* rank 0 */
    double *curve_days, *curve;    /* [n_curve], [n_curve][n_sinks] */
    rlp_text_t moments, marginals; /* of the pass at hand */
    bool records_here;             /* this pass is the one whose records are kept */
    double truncated, sinks[RLP_STATES_SINKS_MAX], adjoint;
    size_t n_functions; /* backward */
    uint64_t products;
} projection_t;

void rows_headers(const rlp_study_t *, rlp_projection_tables_t *);
int rows_of_record(projection_t *, size_t record, const double *law); /* moments and marginals */
void rows_of_curves(projection_t *, bool also_os);                    /* ttp, pfs, and os where progression ends nothing */
void rows_of_survival(projection_t *);                                /* os, of the pass beyond progression */
void rows_of_residual(const projection_t *, double t_days, const double *vectors, rlp_text_t *out); /* n_functions of n + n_sinks each */
void rows_json_string(rlp_text_t *, const char *); /* RFC 8259 */
void facts_begin(projection_t *); /* this arm in the run's JSON: states, bounds, truncated mass, forward */
void facts_end(projection_t *);   /* backward, products */

#endif
