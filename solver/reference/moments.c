/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Means and covariances: m' = A m + nu, C' = T + T' + D with T = A C (Bartlett 1949), D the sum of v v' rate(m) over channels.
 *
 *   A_ii = c b_i (1 - sum p) - d_i - sum w;  A_ji += c b_i p, r or w for a channel i -> j;  c = crowding at the mean burden (1 without capacity)
 * With capacity the births flow into type k at c phi_k, so that T also gains (dc/dN) phi_k times the sums of the columns of C: the linear noise
 * approximation (van Kampen 1961), whose means are those of the mean field. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "relapse/memory.h"
#include "relapse/reference.h"

#define CELL_FLOOR 1e-60

typedef struct {
    const rlp_process_t *p;
    size_t rates;    /* row in force */
    bool covariance; /* or means alone */
    double *full;    /* n x n: C unpacked */
    double *product; /* n x n: T */
    double *net, *births, *columns; /* n each */
} moments_t;

static size_t packed(size_t n) { return n * (n + 1) / 2; }

/* dc/dN at a burden of `cells`. */
static double crowding_slope(const rlp_process_t *p, double cells) {
    double at = fmax(cells, 1);
    if (p->capacity_law == RLP_CAPACITY_NONE || at >= p->capacity_cells || cells < 1) return 0;
    return p->capacity_law == RLP_CAPACITY_LOGISTIC ? -1 / p->capacity_cells : -1 / (at * log(p->capacity_cells));
}

/* A count of cells is 0 or at least 1: below 1 a mean is crowded as one cell. */
static double crowding(const rlp_process_t *p, double cells) { return rlp_process_crowding(p, fmax(cells, 1)); }

/* The rate of channel c per cell of its `from` (immigration: per day). */
static double channel_rate(const moments_t *at, size_t c, double crowd) {
    const rlp_process_t *p = at->p;
    double rate = rlp_process_channel(p, at->rates)[c];
    return p->channels[c].kind == RLP_CHANNEL_DIVISION ? rate * crowd * rlp_process_birth(p, at->rates)[p->channels[c].from] : rate;
}

/* net[i] = A_ii, births[k] = phi_k, and the slope of the means. */
static void mean_slope(moments_t *at, const double *m, double crowd, double *slope) {
    const rlp_process_t *p = at->p;
    const double *birth = rlp_process_birth(p, at->rates), *death = rlp_process_death(p, at->rates);
    for (size_t i = 0; i < p->n_types; i++) at->net[i] = crowd * birth[i] - death[i], at->births[i] = birth[i] * m[i];
    for (size_t c = 0; c < p->n_channels; c++) {
        const rlp_channel_t *channel = &p->channels[c];
        double rate = channel_rate(at, c, crowd), share = rlp_process_channel(p, at->rates)[c];
        if (channel->kind == RLP_CHANNEL_DIVISION || channel->kind == RLP_CHANNEL_SWITCH) at->net[channel->from] -= rate;
        if (channel->kind != RLP_CHANNEL_DIVISION) continue;
        at->births[channel->from] -= share * birth[channel->from] * m[channel->from];
        at->births[channel->to] += share * birth[channel->from] * m[channel->from];
    }
    for (size_t i = 0; i < p->n_types; i++) slope[i] = at->net[i] * m[i];
    for (size_t c = 0; c < p->n_channels; c++) slope[p->channels[c].to] += channel_rate(at, c, crowd) * (p->channels[c].from == RLP_NONE ? 1 : m[p->channels[c].from]);
}

static void unpack(const double *upper, size_t n, double *full) {
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++) full[i * n + j] = full[j * n + i] = *upper++;
}

/* T = A C. */
static void multiply(moments_t *at, double crowd, double crowd_slope) {
    const rlp_process_t *p = at->p;
    size_t n = p->n_types;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) at->product[i * n + j] = at->net[i] * at->full[i * n + j];
    for (size_t c = 0; c < p->n_channels; c++) {
        if (p->channels[c].from == RLP_NONE) continue;
        double rate = channel_rate(at, c, crowd), *to = at->product + p->channels[c].to * n;
        const double *from = at->full + p->channels[c].from * n;
        for (size_t j = 0; j < n && rate > 0; j++) to[j] += rate * from[j];
    }
    if (!(crowd_slope < 0)) return;
    memset(at->columns, 0, n * sizeof *at->columns);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) at->columns[j] += at->full[i * n + j];
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) at->product[i * n + j] += crowd_slope * at->births[i] * at->columns[j];
}

/* D onto T, half of each so that T + T' has the whole. */
static void add_noise(moments_t *at, const double *m, double crowd) {
    const rlp_process_t *p = at->p;
    const double *death = rlp_process_death(p, at->rates);
    size_t n = p->n_types;
    for (size_t i = 0; i < n; i++) at->product[i * n + i] += (crowd * at->births[i] + death[i] * m[i]) / 2; /* births and mutants at division add one cell each */
    for (size_t c = 0; c < p->n_channels; c++) {
        const rlp_channel_t *channel = &p->channels[c];
        double flux = channel_rate(at, c, crowd) * (channel->from == RLP_NONE ? 1 : m[channel->from]);
        if (channel->kind == RLP_CHANNEL_DIVISION) continue;
        at->product[channel->to * n + channel->to] += flux / 2;
        if (channel->kind != RLP_CHANNEL_SWITCH) continue;
        at->product[channel->from * n + channel->from] += flux / 2;
        at->product[channel->from * n + channel->to] -= flux; /* whole: its mirror stays 0 */
    }
}

static void slope(const double *y, double *out, void *context) {
    moments_t *at = context;
    size_t n = at->p->n_types;
    double cells = 0;
    for (size_t i = 0; i < n; i++) cells += y[i];
    double crowd = crowding(at->p, cells);
    mean_slope(at, y, crowd, out);
    if (!at->covariance) return;
    unpack(y + n, n, at->full);
    multiply(at, crowd, crowding_slope(at->p, cells));
    add_noise(at, y, crowd);
    out += n;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++) *out++ = at->product[i * n + j] + at->product[j * n + i];
}

/* A covariance has its digits as a correlation: where births and switches all but cancel, it is 0 up to what rounding leaves. */
static void sizes(const double *y, double *out, void *context) {
    const moments_t *at = context;
    size_t n = at->p->n_types;
    const double *upper = y + n;
    for (size_t i = 0; i < n; i++) out[i] = fabs(y[i]);
    for (size_t i = 0; i < n && at->covariance; upper += n - i, i++) at->columns[i] = sqrt(fabs(*upper));
    out += n;
    for (size_t i = 0; i < n && at->covariance; i++)
        for (size_t j = i; j < n; j++) *out++ = at->columns[i] * at->columns[j];
}

/* Each cell lives with its probability on its own. */
static void thin(const moments_t *at, const double *survive, double *y) {
    size_t n = at->p->n_types;
    double *upper = y + n;
    for (size_t i = 0; i < n && at->covariance; i++)
        for (size_t j = i; j < n; j++) {
            *upper *= survive[i] * survive[j];
            if (j == i) *upper += survive[i] * (1 - survive[i]) * y[i];
            upper++;
        }
    for (size_t i = 0; i < n; i++) y[i] *= survive[i];
}

/* From `*now` to t, with every event up to and at t; *entered counts the segments whose events have acted. */
static int carry(moments_t *at, flow_t *flow, double *y, double *now, size_t *entered, double t) {
    const rlp_process_t *p = at->p;
    RLP_INVARIANT(t >= *now);
    for (int rc; *entered < p->n_segments && p->segments[*entered].start_days <= t; ++*entered) {
        const rlp_segment_t *segment = &p->segments[*entered];
        if (*entered && (rc = flow_run(flow, y, segment->start_days - *now))) return rc;
        *now = segment->start_days;
        if (segment->survive != RLP_NONE) thin(at, p->survive + segment->survive * p->n_types, y);
        at->rates = segment->rates;
    }
    int rc = flow_run(flow, y, t - *now);
    *now = t;
    return rc;
}

const char *rlp_reference_closure(const rlp_process_t *p) { return p->capacity_law == RLP_CAPACITY_NONE ? "exact" : "linear noise"; }

int rlp_reference_moments(const rlp_process_t *p, const double *t_days, size_t n_times, double *means, double *covariances) {
    size_t n = p->n_types, size = n + (covariances ? packed(n) : 0), entered = 0, square = covariances ? n * n : 0;
    moments_t at = {.p = p, .covariance = covariances != NULL};
    flow_t flow = {0};
    double *y = NULL, now = 0;
    int rc = RLP_NEW(y, size);
    if (!rc) rc = RLP_NEW(at.full, square);
    if (!rc) rc = RLP_NEW(at.product, square);
    if (!rc) rc = RLP_NEW(at.net, 3 * n);
    if (!rc) rc = flow_init(&flow, size, 0, CELL_FLOOR, slope, &at);
    if (rc) goto out;
    flow.size = sizes;
    at.births = at.net + n;
    at.columns = at.births + n;
    for (size_t i = 0; i < n; i++) y[i] = (double)p->start_cells[i];
    for (size_t k = 0; k < n_times && !rc; k++) {
        rc = carry(&at, &flow, y, &now, &entered, t_days[k]);
        memcpy(means + k * n, y, n * sizeof *y);
        if (covariances) unpack(y + n, n, covariances + k * square);
    }
out:
    flow_free(&flow);
    free(at.net);
    free(at.product);
    free(at.full);
    free(y);
    return rc;
}
