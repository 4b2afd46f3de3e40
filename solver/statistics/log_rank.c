/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mantel's log-rank test of two arms (survdiff, rho = 0): at each event time the arm's share of the events against its share of those at
 * risk. */
#include <math.h>
#include <stdlib.h>

#include "observations.h"

static double accumulate(const observation_t *list, size_t n, const size_t size[2], rlp_logrank_t *test) {
    double at_risk[2] = {(double)size[0], (double)size[1]}, variance = 0;
    tie_t tie;
    for (size_t begin = 0; begin < n; begin = tie.end) {
        tie = rlp_observations_tie(list, n, begin);
        double all = at_risk[0] + at_risk[1], events = (double)(tie.events[0] + tie.events[1]);
        if (events > 0) {
            for (int k = 0; k < 2; k++) {
                test->observed[k] += (double)tie.events[k];
                test->expected[k] += events * at_risk[k] / all;
            }
            /* hypergeometric: `events` drawn from `all` without return */
            if (all > 1) variance += events * (at_risk[0] / all) * (at_risk[1] / all) * (all - events) / (all - 1);
        }
        for (int k = 0; k < 2; k++) at_risk[k] -= (double)(tie.events[k] + tie.censored[k]);
    }
    return variance;
}

int rlp_logrank(const rlp_survival_t *reference, const rlp_survival_t *arm, rlp_logrank_t *test) {
    *test = (rlp_logrank_t){.chi2 = 0, .p = NAN};
    const rlp_survival_t *arms[2] = {reference, arm};
    observation_t *list = NULL;
    size_t n;
    int rc = rlp_observations_new(&list, &n, arms, 2);
    if (rc != RLP_OK) return rc;
    double variance = accumulate(list, n, (size_t[2]){reference->n, arm->n}, test);
    free(list);
    if (test->expected[0] == 0 || test->expected[1] == 0) return RLP_OK;
    double excess = test->observed[1] - test->expected[1];
    test->chi2 = variance > 0 ? excess * excess / variance : NAN;
    test->p = erfc(sqrt(test->chi2 / 2)); /* chi squared with 1 degree of freedom is a squared normal */
    return RLP_OK;
}
