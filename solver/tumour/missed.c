/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Doses that a patient misses: each with the item's probability, on its own.
 *
 * Time is cut into slots of one interval `every` from day 0 on, and the k-th slot has the k-th uniform of the patient's stream
 * "missed:DRUG": a dose in it is missed where that is below `missed`. So the same patient misses the same days in every arm, before and after a
 * pause, and who misses at 10 % misses no less at 20 %. Levels stay closed: a missed dose is a course of one dose taken off. What is
 * older than MEMORY is nothing any more, so that the work for a stretch of time is bounded, however long the course. */
#include <math.h>
#include <stdlib.h>

#include "compile.h"
#include "relapse/memory.h"

#define MEMORY 21.0 /* exp(-21) < 1e-9 of a dose */
#define WORDS_A_BLOCK 4

void rlp_environment_luck(rlp_environment_t *e, uint64_t seed, uint64_t patient, uint32_t replicate) {
    e->seed = seed;
    e->patient = patient;
    e->replicate = replicate;
}

static void start_at(rlp_stream_t *stream, const rlp_environment_t *e, size_t drug, uint64_t slot) {
    rlp_stream_init_again(stream, e->seed, e->patient, e->replicate, e->missing[drug]);
    stream->counter[0] = slot / WORDS_A_BLOCK;
    for (uint64_t i = 0; i < slot % WORDS_A_BLOCK; i++) (void)rlp_stream_word(stream);
}

int tumour_missed_plan(rlp_environment_t *e) {
    rlp_text_t name;
    int rc = RLP_NEW(e->missing, e->n_drugs);
    for (size_t d = 0; d < e->n_drugs && !rc; d++) {
        rlp_text_init(&name);
        rlp_text_format(&name, "missed:%s", e->model->drugs[d].name);
        rc = name.error;
        if (!rc) e->missing[d] = rlp_stream_purpose(rlp_text_string(&name));
        rlp_text_free(&name);
    }
    return rc;
}

int tumour_missed_draw(rlp_environment_t *e, tumour_course_t *c) {
    double p = value_or(e->values, e->model->items[c->item].missed, 0), first = floor(c->from / c->every + 1e-6);
    rlp_stream_t stream;
    int rc = RLP_OK;
    c->first_missed = e->n_missed;
    c->n_missed = 0;
    if (!(p > 0) || !e->patient) return RLP_OK;
    start_at(&stream, e, c->drug, (uint64_t)first);
    for (double k = 0; k < c->doses && c->from + k * c->every <= e->follow_up && !rc; k++) {
        if (!(rlp_stream_uniform(&stream) < p)) continue;
        rc = RLP_GROW(e->missed, e->missed_capacity, e->n_missed + 1);
        if (!rc) e->missed[e->n_missed++] = k, c->n_missed++;
    }
    return rc;
}

static double time_of(const rlp_environment_t *e, const tumour_course_t *c, size_t i) { return c->from + e->missed[c->first_missed + i] * c->every; }

/* How many of the course's missed doses come before t. */
static size_t before(const rlp_environment_t *e, const tumour_course_t *c, double t) {
    size_t low = 0, high = c->n_missed;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (time_of(e, c, middle) < t && e->missed[c->first_missed + middle] < c->doses)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

double tumour_missed_doses(const rlp_environment_t *e, const tumour_course_t *c, double t) {
    return (double)before(e, c, nextafter(t, INFINITY));
}

bool tumour_missed_dose(const rlp_environment_t *e, const tumour_course_t *c, double dose) {
    size_t i = c->n_missed ? before(e, c, c->from + (dose - 0.5) * c->every) : 0;
    return i < c->n_missed && e->missed[c->first_missed + i] == dose;
}

double tumour_missed_memory(const tumour_pk_t *pk) { return MEMORY / fmin(pk->ka, pk->ke); }

double tumour_missed_next(const rlp_environment_t *e, double t) {
    double next = INFINITY;
    for (size_t i = 0; i < e->n_courses; i++) {
        const tumour_course_t *c = &e->courses[i];
        size_t k = before(e, c, t);
        if (k < c->n_missed && e->missed[c->first_missed + k] < c->doses) next = fmin(next, time_of(e, c, k));
    }
    return next;
}

bool tumour_missed_lately(const rlp_environment_t *e, const tumour_course_t *c, double t) {
    if (!c->n_missed) return false;
    return before(e, c, nextafter(t, INFINITY)) > before(e, c, t - tumour_missed_memory(&e->pk[c->drug]));
}

void tumour_missed_parts(const rlp_environment_t *e, const tumour_course_t *c, double t, double counted, double scale, double *slow, double *fast) {
    const tumour_pk_t *pk = &e->pk[c->drug];
    if (!c->n_missed) return;
    for (size_t i = before(e, c, t - tumour_missed_memory(pk)); i < c->n_missed; i++) {
        double at = time_of(e, c, i), s = fmax(0, t - at);
        if (at > counted || !(e->missed[c->first_missed + i] < c->doses)) return;
        *slow -= scale * exp(-pk->ke * s);
        if (!isinf(pk->ka)) *fast -= scale * exp(-pk->ka * s);
    }
}
