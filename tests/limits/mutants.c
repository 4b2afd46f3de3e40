/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mutants: the whole program with one thing wrong, put in at the link (ld --wrap), so that the program itself knows nothing of it. `relapse limits` must fail on
 * each of them (mutants.sh). One executable a mutant, by MUTANT_<NAME>. */
#include <math.h>

#include "relapse/engine.h"
#include "relapse/patient.h"
#include "relapse/variates.h"

int __real_rlp_engine_open(const rlp_engine_class_t *, const rlp_process_t *, const rlp_engine_settings_t *, rlp_engine_t **);
int __wrap_rlp_engine_open(const rlp_engine_class_t *, const rlp_process_t *, const rlp_engine_settings_t *, rlp_engine_t **);
int64_t __real_rlp_variate_binomial(rlp_stream_t *, int64_t, double);
int64_t __wrap_rlp_variate_binomial(rlp_stream_t *, int64_t, double);
int __real_rlp_life_run(rlp_life_t *, size_t, uint64_t, const rlp_observer_t *, rlp_outcome_t *, rlp_told_t *);
int __wrap_rlp_life_run(rlp_life_t *, size_t, uint64_t, const rlp_observer_t *, rlp_outcome_t *, rlp_told_t *);
double __real_rlp_process_crowding(const rlp_process_t *, double);
double __wrap_rlp_process_crowding(const rlp_process_t *, double);

#if defined MUTANT_BIRTH || defined MUTANT_MUTATION
/* The engines' process; the laws of the exam build their own. */
int __wrap_rlp_engine_open(const rlp_engine_class_t *class, const rlp_process_t *borrowed, const rlp_engine_settings_t *settings, rlp_engine_t **out) {
    rlp_process_t *p = (rlp_process_t *)(uintptr_t)borrowed;
    for (size_t r = 0; r < p->n_rate_rows; r++) {
        double *row = p->rates + r * p->row_size;
#ifdef MUTANT_BIRTH /* every birth 1 % too fast */
        for (size_t i = 0; i < p->n_types; i++) row[i] *= 1.01;
#else               /* a mutation at a division adds a cell beside the two daughters */
        for (size_t c = 0; c < p->n_channels; c++)
            if (p->channels[c].kind == RLP_CHANNEL_DIVISION) row[2 * p->n_types + c] *= row[p->channels[c].from];
#endif
    }
#ifdef MUTANT_MUTATION
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].kind == RLP_CHANNEL_DIVISION) p->channels[c].kind = RLP_CHANNEL_BESIDE;
#endif
    return __real_rlp_engine_open(class, p, settings, out);
}
#endif

#ifdef MUTANT_BINOMIAL /* a binomial of 1.02 p */
int64_t __wrap_rlp_variate_binomial(rlp_stream_t *stream, int64_t n, double p) { return __real_rlp_variate_binomial(stream, n, fmin(1, 1.02 * p)); }
#endif

#ifdef MUTANT_RECORD /* the last record is lost */
int __wrap_rlp_life_run(rlp_life_t *life, size_t arm, uint64_t patient, const rlp_observer_t *observer, rlp_outcome_t *outcome, rlp_told_t *told) {
    int rc = __real_rlp_life_run(life, arm, patient, observer, outcome, told);
    if (told->n_seen) --told->n_seen;
    return rc;
}
#endif

#ifdef MUTANT_MIDSTEP /* crowding as it was when a step began, in place of mid-step: predicted totals are no whole numbers */
double __wrap_rlp_process_crowding(const rlp_process_t *p, double cells) {
    static double began = 1;
    if (cells == floor(cells)) began = __real_rlp_process_crowding(p, cells);
    return began;
}
#endif
