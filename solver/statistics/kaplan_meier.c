/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Kaplan & Meier's curve, its quantiles and its restricted mean, with the numbers and the conventions of R's survfit. */
#include <math.h>
#include <stdlib.h>

#include "observations.h"
#include "relapse/memory.h"

/* Kalbfleisch & Prentice's log(-log S) interval: stays inside (0, 1). */
static void set_interval(rlp_km_row_t *row, double log_std_err) {
    row->lower95 = row->upper95 = NAN;
    if (row->survival <= 0 || row->survival >= 1) return;
    double centre = log(-log(row->survival)), half = Z_95 * log_std_err / log(row->survival);
    row->lower95 = exp(-exp(centre - half));
    row->upper95 = exp(-exp(centre + half));
}

static void make_rows(rlp_km_t *km, const observation_t *list, size_t n) {
    double survival = 1, greenwood = 0;
    tie_t tie;
    for (size_t begin = 0; begin < n; begin = tie.end) {
        tie = rlp_observations_tie(list, n, begin);
        double at_risk = (double)(n - begin), left = (double)(n - begin - tie.events[0]);
        survival *= left / at_risk;
        greenwood += (double)tie.events[0] / (at_risk * left); /* infinite when nobody is left, and survival is 0 then */
        rlp_km_row_t *row = &km->row[km->rows++];
        *row = (rlp_km_row_t){
            .time = tie.time, .at_risk = n - begin, .events = tie.events[0], .censored = tie.censored[0], .survival = survival};
        row->std_err = survival > 0 ? survival * sqrt(greenwood) : NAN;
        set_interval(row, sqrt(greenwood));
    }
}

int rlp_km_init(rlp_km_t *km, const rlp_survival_t *arm) {
    *km = (rlp_km_t){0};
    observation_t *list = NULL;
    size_t n, distinct = 0;
    int rc = rlp_observations_new(&list, &n, &arm, 1);
    if (rc != RLP_OK) goto out;
    for (size_t i = 0; i < n; i++) distinct += i == 0 || list[i].time != list[i - 1].time;
    rc = RLP_NEW(km->row, distinct);
    if (rc == RLP_OK) make_rows(km, list, n);
out:
    free(list);
    return rc;
}

void rlp_km_free(rlp_km_t *km) {
    free(km->row);
    *km = (rlp_km_t){0};
}

rlp_km_row_t rlp_km_at(const rlp_km_t *km, double time) {
    size_t low = 0, high = km->rows; /* rows before `low` are at or before `time`, rows from `high` on are after */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (km->row[middle].time <= time)
            low = middle + 1;
        else
            high = middle;
    }
    rlp_km_row_t at = {.survival = 1, .std_err = 0, .lower95 = 1, .upper95 = 1};
    if (low > 0) at = km->row[low - 1];
    bool on_row = low > 0 && at.time == time;
    if (!on_row) at.at_risk = low < km->rows ? km->row[low].at_risk : 0;
    if (low == km->rows && !on_row && !(low > 0 && at.survival == 0)) at.survival = at.std_err = at.lower95 = at.upper95 = NAN;
    at.time = time;
    at.events = at.censored = 0;
    return at;
}

static double band_survival(const rlp_km_row_t *row) { return row->survival; }
static double band_lower(const rlp_km_row_t *row) { return row->lower95; }
static double band_upper(const rlp_km_row_t *row) { return row->upper95; }

/* survival:::survmean's rule for the median, at any level. Rows where the band is undefined are passed over. */
static double first_below(const rlp_km_t *km, double level, double (*band)(const rlp_km_row_t *)) {
    const double tolerance = 1.4901161193847656e-08; /* sqrt(DBL_EPSILON): 1/2 reached by products of fractions */
    size_t i = 0;
    while (i < km->rows && !(band(&km->row[i]) < level + tolerance)) i++;
    if (i == km->rows) return NAN;
    double flat = band(&km->row[i]);
    if (fabs(flat - level) >= tolerance) return km->row[i].time;
    for (size_t j = i + 1; j < km->rows; j++)
        if (band(&km->row[j]) < flat) return (km->row[i].time + km->row[j].time) / 2;
    return km->row[i].time;
}

rlp_interval_t rlp_km_quantile(const rlp_km_t *km, double p) {
    return (rlp_interval_t){.value = first_below(km, 1 - p, band_survival),
                            .lower95 = first_below(km, 1 - p, band_lower),
                            .upper95 = first_below(km, 1 - p, band_upper)};
}

rlp_estimate_t rlp_km_rmst(const rlp_km_t *km, double horizon) {
    if (km->rows == 0) return (rlp_estimate_t){NAN, NAN};
    double area = 0, variance = 0, until = horizon; /* from the horizon back to 0, so that the area to the right is at hand */
    for (size_t i = km->rows; i-- > 0;) {
        const rlp_km_row_t *row = &km->row[i];
        if (row->time > horizon) continue;
        area += row->survival * (until - row->time);
        until = row->time;
        double n = (double)row->at_risk, d = (double)row->events;
        if (d < n) variance += area * area * d / (n * (n - d));
    }
    return (rlp_estimate_t){area + until, sqrt(variance)};
}
