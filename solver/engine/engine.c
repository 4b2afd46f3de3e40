/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of engines: a new engine is one file and one row here. */
#include "relapse/engine.h"

#include <stdlib.h>
#include <string.h>

#include "engines.h"
#include "relapse/memory.h"

const rlp_engine_class_t *const RLP_ENGINES[] = {&rlp_engine_direct, &rlp_engine_kendall, &rlp_engine_leap, &rlp_engine_tau, &rlp_engine_auto};
const size_t RLP_ENGINE_COUNT = sizeof RLP_ENGINES / sizeof *RLP_ENGINES;

struct rlp_engine {
    const rlp_engine_class_t *class;
    void *self;
};

const rlp_engine_class_t *rlp_engine_find(const char *name) {
    for (size_t i = 0; i < RLP_ENGINE_COUNT; i++)
        if (!strcmp(RLP_ENGINES[i]->name, name)) return RLP_ENGINES[i];
    return NULL;
}

int rlp_engine_open(const rlp_engine_class_t *class, const rlp_process_t *process, const rlp_engine_settings_t *settings, rlp_engine_t **out) {
    RLP_INVARIANT(process->n_segments && process->segments[0].start_days == 0);
    int rc = class->accepts(process);
    *out = NULL;
    if (!rc) rc = RLP_NEW(*out, 1);
    if (rc) return rc;
    (*out)->class = class;
    rc = class->prepare(process, settings, &(*out)->self);
    if (rc) {
        free(*out);
        *out = NULL;
    }
    return rc;
}

void rlp_engine_close(rlp_engine_t *engine) {
    if (!engine) return;
    engine->class->release(engine->self);
    free(engine);
}

int rlp_engine_advance(rlp_engine_t *engine, rlp_state_t *state, double until_days, rlp_watch_t *watches, size_t n_watches, rlp_stream_t *stream,
                       const rlp_observer_t *observer, rlp_stop_t *stop) {
    RLP_INVARIANT(n_watches <= RLP_WATCHES_MAX && until_days >= state->t_days && (!state->clones || engine->class->clones));
    double before_days = state->t_days, direct_days = state->carried_days[RLP_CARRIER_DIRECT];
    int rc = engine->class->advance(engine->self, state, until_days, watches, n_watches, stream, observer, stop);
    rlp_carry(state, engine->class->carrier, before_days, direct_days);
    return rc;
}

const char *rlp_engine_carrier(rlp_engine_t *engine, const rlp_state_t *state) {
    return engine->class == &rlp_engine_auto ? rlp_engine_auto_carrier(engine->self, state) : engine->class->name;
}
