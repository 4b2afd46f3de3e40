/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "averages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/error.h"
#include "relapse/memory.h"

#define ROWS_MOST 512

int rlp_averages_init(rlp_averages_t *a, const rlp_process_t *p) {
    memset(a, 0, sizeof *a);
    a->process = p;
    a->rows = *p;
    a->rows.rates = NULL;
    a->rows.n_rate_rows = a->rows.rate_capacity = 0;
    for (size_t k = 0; k < RLP_AVERAGES_SLOTS; k++) a->slot[k] = RLP_NONE;
    int rc = RLP_NEW(a->sum, p->n_types);
    if (!rc) rc = RLP_NEW(a->dipping, p->n_types);
    if (!rc) rc = RLP_NEW(a->peak, p->n_types);
    if (!rc) rc = RLP_NEW(a->trough, p->n_types);
    if (rc) rlp_averages_free(a);
    return rc;
}

void rlp_averages_free(rlp_averages_t *a) {
    void *owned[] = {a->rows.rates, a->about, a->living, a->own, a->sum, a->dipping, a->peak, a->trough};
    for (size_t k = 0; k < sizeof owned / sizeof *owned; k++) free(owned[k]);
    memset(a, 0, sizeof *a);
}

/* A new row, its contents not set. */
static size_t add_row(rlp_averages_t *a, double from_days, double to_days) {
    size_t row = a->rows.n_rate_rows, n = a->process->n_types;
    int rc = RLP_GROW(a->rows.rates, a->rows.rate_capacity, (row + 1) * a->rows.row_size);
    if (!rc) rc = RLP_GROW(a->about, a->about_capacity, row + 1);
    if (!rc) rc = RLP_GROW(a->living, a->living_capacity, (row + 1) * n);
    if (rc) {
        a->failed = rc;
        return RLP_NONE;
    }
    a->about[row] = (rlp_average_t){.from_days = from_days, .to_days = to_days, .centre = 0.5};
    a->rows.n_rate_rows++;
    return row;
}

size_t rlp_averages_own(rlp_averages_t *a, size_t rates) {
    if (rates >= a->n_own) {
        int rc = RLP_GROW(a->own, a->own_capacity, rates + 1);
        if (rc) {
            a->failed = rc;
            return 0;
        }
        while (a->n_own <= rates) a->own[a->n_own++] = RLP_NONE;
    }
    if (a->own[rates] != RLP_NONE) return a->own[rates];
    size_t row = add_row(a, NAN, NAN);
    if (row == RLP_NONE) return 0;
    memcpy(a->rows.rates + row * a->rows.row_size, a->process->rates + rates * a->rows.row_size, a->rows.row_size * sizeof(double));
    return a->own[rates] = row;
}

/* ---- one average -------------------------------------------------------------------------------------------------------------- */

/* (e^x - 1)/x where rates hardly change anything: six terms, 1e-13 of it at 0.05. */
static double grown_share(double x) {
    return fabs(x) < 0.05 ? 1 + x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5 * (1 + x / 6)))) : expm1(x) / x;
}

/* Add h days under a row of the process to the sums of average `row`. */
static void add_piece(rlp_averages_t *a, size_t row, size_t rates, double h) {
    const rlp_process_t *p = a->process;
    size_t n = p->n_types;
    const double *birth = rlp_process_birth(p, rates), *death = rlp_process_death(p, rates), *channel = rlp_process_channel(p, rates);
    double *sums = a->rows.rates + row * a->rows.row_size, *living = a->living + row * n;
    for (size_t i = 0; i < n; i++) {
        sums[i] += h * birth[i];
        sums[n + i] += h * death[i];
        living[i] = birth[i]; /* less mutations at division: the rate of births of its kind, for now in the place of J */
    }
    for (size_t c = 0; c < p->n_channels; c++) {
        size_t from = p->channels[c].from;
        double weight = p->channels[c].kind == RLP_CHANNEL_DIVISION ? birth[from] : 1;
        sums[2 * n + c] += h * weight * channel[c];
        if (p->channels[c].kind == RLP_CHANNEL_DIVISION) living[from] -= birth[from] * channel[c];
        if (p->channels[c].kind == RLP_CHANNEL_SWITCH) a->dipping[from] -= h * channel[c];
    }
}

/* Composes J, and follows the logarithm of growth from its start: a->sum with, a->dipping less what switches away. `before` holds J so far. Returns by how much more
 * the fastest type grows than the slowest. */
static double compose(rlp_averages_t *a, size_t row, size_t rates, double h, const double *before) {
    size_t n = a->process->n_types;
    const double *death = rlp_process_death(a->process, rates);
    double *living = a->living + row * n, most = -INFINITY, least = INFINITY;
    for (size_t i = 0; i < n; i++) {
        double birth = fmax(0, living[i]), x = (birth - death[i]) * h, share = grown_share(x);
        living[i] = before[i] * (1 + x * share) + birth * h * share;
        a->sum[i] += x;
        a->dipping[i] += x;
        a->peak[i] = fmax(a->peak[i], a->sum[i]);
        a->trough[i] = fmax(a->trough[i], -a->dipping[i]);
        most = x > most ? x : most;
        least = x < least ? x : least;
    }
    return most - least;
}

static void finish(rlp_averages_t *a, size_t row, double days) {
    const rlp_process_t *p = a->process;
    size_t n = p->n_types;
    double *sums = a->rows.rates + row * a->rows.row_size;
    for (size_t c = 0; c < p->n_channels; c++) {
        double births = p->channels[c].kind == RLP_CHANNEL_DIVISION ? sums[p->channels[c].from] : days;
        sums[2 * n + c] = births > 0 ? sums[2 * n + c] / births : 0;
    }
    for (size_t i = 0; i < 2 * n; i++) sums[i] /= days;
    for (size_t i = 0; i < n; i++) {
        a->about[row].swing = fmax(a->about[row].swing, a->peak[i] - fmax(0, a->sum[i]));
        a->about[row].dip = fmax(a->about[row].dip, a->trough[i] - fmax(0, -a->dipping[i]));
    }
}

/* Rates of switches before growth and after it: days weigh by the share of the spread that is still to come, or has been. */
static void part_switches(rlp_averages_t *a, size_t row, size_t segment, const double *apart, double spread) {
    const rlp_process_t *p = a->process;
    const rlp_average_t *about = &a->about[row];
    double *first = a->rows.rates + (row + 1) * a->rows.row_size, *second = first + a->rows.row_size, done = 0, days = about->to_days - about->from_days;
    memset(first, 0, 2 * a->rows.row_size * sizeof *first);
    for (double t = about->from_days; t < about->to_days; segment++) {
        double end = segment + 1 < p->n_segments ? fmin(p->segments[segment + 1].start_days, about->to_days) : about->to_days;
        if (!(end > t)) continue;
        const double *channel = rlp_process_channel(p, p->segments[segment].rates);
        double been = spread > 0 ? (done + *apart / 2) / spread : 0.5, before = (end - t) * (1 - been) / (days * about->centre), after = (end - t) * been / (days * (1 - about->centre));
        for (size_t c = 0; c < p->n_channels; c++) {
            if (p->channels[c].kind != RLP_CHANNEL_SWITCH) continue;
            first[2 * p->n_types + c] += before * channel[c];
            second[2 * p->n_types + c] += after * channel[c];
        }
        done += *apart++;
        t = end;
    }
}

static size_t average(rlp_averages_t *a, size_t segment, double from_days, double to_days) {
    const rlp_process_t *p = a->process;
    size_t n = p->n_types, row = add_row(a, from_days, to_days), pieces = 0, from_segment = segment;
    if (row == RLP_NONE || add_row(a, NAN, NAN) == RLP_NONE || add_row(a, NAN, NAN) == RLP_NONE) return 0;
    double *so_far = a->living + (row + 1) * n, apart[RLP_AVERAGES_PIECES], spread = 0, moment = 0;
    memset(a->rows.rates + row * a->rows.row_size, 0, a->rows.row_size * sizeof(double));
    memset(so_far, 0, n * sizeof *so_far);
    memset(a->sum, 0, n * sizeof *a->sum);
    memset(a->dipping, 0, n * sizeof *a->dipping);
    memset(a->peak, 0, n * sizeof *a->peak);
    memset(a->trough, 0, n * sizeof *a->trough);
    for (double t = from_days; t < to_days; segment++) {
        double end = segment + 1 < p->n_segments ? fmin(p->segments[segment + 1].start_days, to_days) : to_days;
        if (!(end > t)) continue;
        RLP_INVARIANT(pieces < RLP_AVERAGES_PIECES);
        add_piece(a, row, p->segments[segment].rates, end - t);
        apart[pieces] = compose(a, row, p->segments[segment].rates, end - t, so_far);
        spread += apart[pieces];
        moment += apart[pieces++] * ((end + t) / 2 - from_days);
        memcpy(so_far, a->living + row * n, n * sizeof *so_far);
        t = end;
    }
    finish(a, row, to_days - from_days);
    if (spread > 0) a->about[row].centre = moment / spread / (to_days - from_days);
    part_switches(a, row, from_segment, apart, spread);
    return row;
}

size_t rlp_averages_over(rlp_averages_t *a, size_t segment, double from_days, double to_days) {
    const rlp_process_t *p = a->process;
    if (segment + 1 >= p->n_segments || p->segments[segment + 1].start_days >= to_days) return rlp_averages_own(a, p->segments[segment].rates);
    uint64_t bits[2];
    memcpy(&bits[0], &from_days, sizeof *bits);
    memcpy(&bits[1], &to_days, sizeof *bits);
    size_t *slot = &a->slot[((bits[0] + 3 * bits[1]) * UINT64_C(0x9e3779b97f4a7c15)) >> 54]; /* 10 bits: round days differ in high bits alone */
    if (*slot != RLP_NONE && a->about[*slot].from_days == from_days && a->about[*slot].to_days == to_days) return *slot;
    return *slot = average(a, segment, from_days, to_days);
}

bool rlp_averages_full(const rlp_averages_t *a) { return a->rows.n_rate_rows > ROWS_MOST; }

void rlp_averages_forget(rlp_averages_t *a) {
    a->rows.n_rate_rows = 0;
    a->n_own = 0;
    for (size_t k = 0; k < RLP_AVERAGES_SLOTS; k++) a->slot[k] = RLP_NONE;
}
