/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "relapse/meter.h"

static const struct {
    const char *name, *words;
} PHASES[RLP_PHASES] = {
#define X(phase, name, words) {name, words},
    RLP_PHASE_LIST(X)
#undef X
};

const char *rlp_phase_name(rlp_phase_t phase) { return PHASES[phase].name; }
const char *rlp_phase_words(rlp_phase_t phase) { return PHASES[phase].words; }
