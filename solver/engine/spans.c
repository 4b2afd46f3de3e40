/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spans.h"

#include <math.h>
#include <stdlib.h>

#include "relapse/memory.h"

#define SPAN_DAYS 64.0 /* stretch of constant rates for which one step is chosen */

int rlp_spans_init(rlp_spans_t *spans) { return RLP_NEW(spans->mean, spans->process->n_types); }

void rlp_spans_free(rlp_spans_t *spans) {
    free(spans->mean);
    free(spans->spans);
    spans->mean = NULL;
    spans->spans = NULL;
    spans->n_spans = spans->capacity = 0;
}

/* Survival events and rescaling: only ratios of means matter once they are large. */
static void enter_means(rlp_spans_t *self, size_t segment) {
    size_t row = self->process->segments[segment].survive, n = self->process->n_types;
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        if (row != RLP_NONE) self->mean[i] *= self->process->survive[row * n + i];
        most = fmax(most, self->mean[i]);
    }
    for (size_t i = 0; i < n && most > 1e100; i++) self->mean[i] *= 1e-80;
}

/* The last segment of a span that begins with `segment`, which steps would be longer than: no survival event within, its end known. */
static size_t join(const rlp_spans_t *self, size_t segment, double start_days, double most_days) {
    const rlp_process_t *p = self->process;
    size_t last = segment;
    while (last - segment + 1 < RLP_SPAN_SEGMENTS && last + 2 < p->n_segments && p->segments[last + 1].survive == RLP_NONE && p->segments[last + 2].start_days - start_days <= most_days) last++;
    return last;
}

static int add_span(rlp_spans_t *self, size_t segment, double start_days) {
    const rlp_process_t *p = self->process;
    int rc = RLP_GROW(self->spans, self->capacity, self->n_spans + 1);
    if (rc) return rc;
    const rlp_span_t *before = self->n_spans ? &self->spans[self->n_spans - 1] : NULL;
    for (size_t i = 0; i < p->n_types && !before; i++) self->mean[i] = (double)p->start_cells[i];
    if (before && start_days > before->start_days) self->carry(self->engine, before, start_days - before->start_days, self->mean);
    if (!before || before->last < segment)
        for (size_t s = before ? before->last + 1 : 0; s <= segment; s++) enter_means(self, s);
    size_t last = self->joins && before ? join(self, segment, start_days, fmin(before->best, SPAN_DAYS)) : segment;
    double end = last + 1 < p->n_segments ? p->segments[last + 1].start_days : INFINITY;
    rlp_span_t *span = &self->spans[self->n_spans++];
    *span = (rlp_span_t){.segment = segment, .last = last, .start_days = start_days, .end_days = start_days + fmin(end - start_days, SPAN_DAYS)};
    self->choose(self->engine, span, self->mean, before);
    return RLP_OK;
}

int rlp_spans_find(rlp_spans_t *self, size_t segment, double t_days, const rlp_span_t **out) {
    const rlp_segment_t *segments = self->process->segments;
    for (;;) {
        size_t low = 0, high = self->n_spans; /* the last span that starts at or before (segment, t) */
        while (low < high) {
            size_t middle = (low + high) / 2;
            const rlp_span_t *span = &self->spans[middle];
            if (span->segment < segment || (span->segment == segment && span->start_days <= t_days))
                low = middle + 1;
            else
                high = middle;
        }
        const rlp_span_t *found = low ? &self->spans[low - 1] : NULL;
        if (found && found->segment <= segment && segment <= found->last && (t_days < found->end_days || low < self->n_spans)) {
            *out = found;
            return RLP_OK;
        }
        RLP_INVARIANT(low == self->n_spans); /* spans are added in order and never skipped */
        size_t next = found ? found->last : 0;
        double start = found ? found->end_days : segments[0].start_days;
        bool over = found && next + 1 < self->process->n_segments && segments[next + 1].start_days <= start;
        if (found && next < segment && !over) over = true; /* a segment was added inside the span */
        if (over) start = segments[++next].start_days;
        int rc = add_span(self, next, start);
        if (rc) return rc;
    }
}

int rlp_spans_at(rlp_spans_t *self, size_t segment, double t_days, double *step, double *span_end_days) {
    const rlp_span_t *span;
    int rc = rlp_spans_find(self, segment, t_days, &span);
    if (rc) return rc;
    *step = span->step;
    *span_end_days = span->end_days > t_days ? span->end_days : INFINITY;
    return RLP_OK;
}
