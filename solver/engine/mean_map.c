/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mean_map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kendall_law.h"
#include "relapse/memory.h"

#define STEPS_MAX ((size_t)1 << 20)
#define SERIES_LONGEST 16.0 /* norm of the exponent that one series of the moment equations takes */
#define SERIES_END 1e-17    /* ... and the term, relative to the sum, after which it ends, */
#define SERIES_LEAST 10     /* ... but not sooner: a type several transitions away keeps its digits */
#define TRIES 12
#define ROOM_LEAST 0.02    /* of the tolerance */
#define LEAST_CELLS 1e-6 /* errors are relative to means of at least this: what a rare type misses early it never makes good */

void rlp_pure_births(const rlp_process_t *p, size_t rates, double *pure) {
    const double *channel = rlp_process_channel(p, rates), *birth = rlp_process_birth(p, rates);
    for (size_t i = 0; i < p->n_types; i++) pure[i] = 1;
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].kind == RLP_CHANNEL_DIVISION) pure[p->channels[c].from] -= channel[c];
    for (size_t i = 0; i < p->n_types; i++) pure[i] = birth[i] * fmax(0, pure[i]);
}

static bool mutates(const rlp_channel_t *channel) { return channel->kind == RLP_CHANNEL_DIVISION || channel->kind == RLP_CHANNEL_BESIDE; }

/* Depth of each type = longest path of mutations to it, as far as cycles allow; channels sorted by the depth of their source. */
size_t rlp_mutation_order(const rlp_process_t *p, size_t *order) {
    size_t n = 0, depth = 0;
    size_t *depths = calloc(p->n_types ? p->n_types : 1, sizeof *depths);
    if (!depths) return RLP_NONE;
    for (size_t round = 0; round < p->n_types; round++)
        for (size_t c = 0; c < p->n_channels; c++) {
            const rlp_channel_t *channel = &p->channels[c];
            if (mutates(channel) && depths[channel->to] <= depths[channel->from] && depths[channel->from] < p->n_types)
                depths[channel->to] = depths[channel->from] + 1;
        }
    for (; depth <= p->n_types; depth++)
        for (size_t c = 0; c < p->n_channels; c++)
            if (mutates(&p->channels[c]) && depths[p->channels[c].from] == depth) order[n++] = c;
    free(depths);
    return n;
}

int rlp_mean_map_init(rlp_mean_map_t *map, const rlp_process_t *p) {
    memset(map, 0, sizeof *map);
    map->process = p;
    map->pure_rates = map->grown_rates = RLP_NONE;
    for (size_t c = 0; c < p->n_channels; c++) map->immigration = map->immigration || p->channels[c].kind == RLP_CHANNEL_IMMIGRATION;
    int rc = rlp_switching_init(&map->switching, p);
    if (!rc) rc = RLP_NEW(map->order, p->n_channels);
    if (!rc) rc = RLP_NEW(map->before, p->n_types);
    if (!rc) rc = RLP_NEW(map->work, p->n_types + 1);
    if (!rc) rc = RLP_NEW(map->pairs, 3 * p->n_types + 3);
    if (!rc) rc = RLP_NEW(map->middle, p->n_types);
    if (!rc) rc = RLP_NEW(map->diagonal, p->n_types + 1);
    if (!rc) rc = RLP_NEW(map->flows, p->n_channels);
    if (!rc) rc = RLP_NEW(map->coarse, p->n_types);
    if (!rc) rc = RLP_NEW(map->fine, p->n_types);
    if (!rc) rc = RLP_NEW(map->pure, p->n_types);
    if (!rc) rc = RLP_NEW(map->gain, p->n_channels);
    if (!rc) rc = RLP_NEW(map->growth, p->n_types);
    if (!rc) rc = RLP_NEW(map->net, p->n_types);
    if (!rc) rc = RLP_NEW(map->counted, p->n_channels);
    if (!rc) {
        map->n_order = rlp_mutation_order(p, map->order);
        if (map->n_order == RLP_NONE) rc = rlp_fail(RLP_ERROR_MEMORY, "no memory for the order of mutations");
    }
    if (rc) rlp_mean_map_free(map);
    return rc;
}

void rlp_mean_map_free(rlp_mean_map_t *map) {
    rlp_switching_free(&map->switching);
    free(map->order);
    free(map->before);
    free(map->work);
    free(map->pairs);
    free(map->diagonal);
    free(map->flows);
    free(map->middle);
    free(map->coarse);
    free(map->fine);
    free(map->pure);
    free(map->gain);
    free(map->growth);
    free(map->net);
    free(map->counted);
    memset(map, 0, sizeof *map);
}

static void switch_means(rlp_mean_map_t *map, size_t rates, double h, double *mean) {
    rlp_switching_set(&map->switching, (rlp_switch_span_t){rates, h}, NULL);
    rlp_switching_means(&map->switching, mean, map->work);
}

static double total_of(const double *mean, size_t n) {
    double total = 0;
    for (size_t i = 0; i < n; i++) total += mean[i];
    return total;
}

/* Crowding at mid-step, from growth at the crowding of its start. */
static double mid_crowding(const rlp_process_t *p, size_t rates, double h, const double *mean) {
    if (p->capacity_law == RLP_CAPACITY_NONE) return 1;
    double now = rlp_process_crowding(p, total_of(mean, p->n_types)), middle = 0;
    const double *birth = rlp_process_birth(p, rates), *death = rlp_process_death(p, rates), *channel = rlp_process_channel(p, rates);
    for (size_t i = 0; i < p->n_types; i++)
        if (mean[i] > 0) middle += mean[i] * exp((birth[i] * now - death[i]) * h / 2);
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].kind == RLP_CHANNEL_BESIDE || p->channels[c].kind == RLP_CHANNEL_IMMIGRATION)
            middle += channel[c] * (p->channels[c].from == RLP_NONE ? 1 : mean[p->channels[c].from]) * h / 2;
    return rlp_process_crowding(p, middle);
}

/* What founders at density e^(l s) on (0, h) become, int e^(l s) e^(m (h - s)) ds, from growths already known. */
static double divided_growth(double l, double m, double growth_l, double growth_m, double h) {
    double apart = (l - m) * h;
    return fabs(apart) > 1e-4 ? (growth_l - growth_m) / (l - m) : growth_m * h * (1 + apart / 2 + apart * apart / 6);
}

/* Growth of each type over h and what each mutation adds for each cell of its source, counted at both ends. */
static void prepare_growth(rlp_mean_map_t *map, size_t rates, double h, double crowding) {
    const rlp_process_t *p = map->process;
    if (map->grown_rates == rates && map->grown_h == h && map->grown_crowding == crowding) return;
    const double *death = rlp_process_death(p, rates), *channel = rlp_process_channel(p, rates), *birth = rlp_process_birth(p, rates);
    for (size_t i = 0; i < p->n_types; i++) {
        map->net[i] = map->pure[i] * crowding - death[i];
        map->growth[i] = exp(map->net[i] * h);
    }
    for (size_t k = 0; k < map->n_order; k++) {
        const rlp_channel_t *c = &p->channels[map->order[k]];
        double rate = channel[map->order[k]] * (c->kind == RLP_CHANNEL_DIVISION ? birth[c->from] * crowding : 1);
        map->gain[k] = rate == 0 ? 0 : rate / (1 + map->growth[c->from]) * divided_growth(map->net[c->from], map->net[c->to], map->growth[c->from], map->growth[c->to], h);
    }
    map->grown_rates = rates;
    map->grown_h = h;
    map->grown_crowding = crowding;
}

/* Founders of every mutation, linear in both end counts of the source; immigrants of the step are among those at its end. A source that gains newcomers after its turn (a cycle of gain and loss) has a
 * second turn for them, so that two mutations within a step are kept to second order whatever the order of channels. */
static void found_means(rlp_mean_map_t *map, double *mean) {
    const rlp_process_t *p = map->process;
    for (int turn = 0; turn < 2; turn++)
        for (size_t k = 0; k < map->n_order; k++) {
            const rlp_channel_t *c = &p->channels[map->order[k]];
            double now = mean[c->from], from = turn ? now - map->counted[k] : map->before[c->from] + now;
            map->counted[k] = now;
            mean[c->to] += map->gain[k] * from;
        }
}

static void grow_means(rlp_mean_map_t *map, size_t rates, double h, double *mean) {
    const rlp_process_t *p = map->process;
    const double *channel = rlp_process_channel(p, rates);
    prepare_growth(map, rates, h, mid_crowding(p, rates, h, mean));
    memcpy(map->before, mean, p->n_types * sizeof *mean);
    for (size_t i = 0; i < p->n_types; i++) mean[i] *= map->growth[i];
    for (size_t c = 0; map->immigration && c < p->n_channels; c++)
        if (p->channels[c].kind == RLP_CHANNEL_IMMIGRATION) mean[p->channels[c].to] += channel[c] * rlp_growth_integral(map->net[p->channels[c].to], h);
    found_means(map, mean);
}

/* Expected births, deaths and transitions over a step that begins with `mean`. */
static double events_of(const rlp_mean_map_t *map, size_t rates, double h, const double *mean) {
    const rlp_process_t *p = map->process;
    const double *death = rlp_process_death(p, rates), *channel = rlp_process_channel(p, rates), *birth = rlp_process_birth(p, rates);
    double crowding = mid_crowding(p, rates, h, mean), events = 0;
    for (size_t i = 0; i < p->n_types; i++)
        if (mean[i] > 0) events += mean[i] * rlp_growth_integral(map->pure[i] * crowding - death[i], h) * (birth[i] * crowding + death[i]);
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].kind != RLP_CHANNEL_DIVISION) events += channel[c] * h * (p->channels[c].from == RLP_NONE ? 1 : mean[p->channels[c].from]);
    return events;
}

static void enter_rates(rlp_mean_map_t *map, size_t rates) {
    if (map->pure_rates != rates) rlp_pure_births(map->process, rates, map->pure);
    map->pure_rates = rates;
}

void rlp_mean_map_run(rlp_mean_map_t *map, size_t rates, double days, size_t steps, double *mean, double *events) {
    double h = days / (double)steps;
    enter_rates(map, rates);
    switch_means(map, rates, h / 2, mean);
    for (size_t k = 0; k < steps; k++) {
        if (events) *events += events_of(map, rates, h, mean);
        grow_means(map, rates, h, mean);
        switch_means(map, rates, k + 1 < steps ? h : h / 2, mean);
    }
}

static rlp_mean_part_t part_of(const rlp_mean_course_t *course, double from_days, double to_days) {
    return course->part ? course->part(course->rows, from_days, to_days) : (rlp_mean_part_t){course->rates[0], course->rates[0], course->rates[0], 0.5};
}

void rlp_mean_course_run(rlp_mean_map_t *map, const rlp_mean_course_t *course, size_t steps, double *mean) {
    double h = course->all_days / (double)steps;
    rlp_mean_part_t now = part_of(course, 0, steps > 1 ? h : course->all_days);
    switch_means(map, now.first, h * now.centre, mean);
    for (size_t k = 0; k < steps; k++) {
        enter_rates(map, now.rates);
        grow_means(map, now.rates, h, mean);
        bool more = k + 1 < steps;
        rlp_mean_part_t next = more ? part_of(course, (double)(k + 1) * h, k + 2 < steps ? (double)(k + 2) * h : course->all_days) : now;
        if (more && next.first == now.second) switch_means(map, next.first, h * (1 - now.centre + next.centre), mean);
        else switch_means(map, now.second, h * (1 - now.centre), mean);
        if (more && next.first != now.second) switch_means(map, next.first, h * next.centre, mean);
        now = next;
    }
}

void rlp_mean_map_forget(rlp_mean_map_t *map) {
    map->pure_rates = map->grown_rates = RLP_NONE;
    rlp_switching_forget(&map->switching);
}

double rlp_mean_map_fastest(const rlp_mean_map_t *map, size_t rates) {
    const rlp_process_t *p = map->process;
    const double *channel = rlp_process_channel(p, rates), *birth = rlp_process_birth(p, rates), *death = rlp_process_death(p, rates);
    double most = 0;
    memset(map->work, 0, p->n_types * sizeof *map->work);
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].kind == RLP_CHANNEL_SWITCH) map->work[p->channels[c].from] += channel[c];
    for (size_t i = 0; i < p->n_types; i++) most = fmax(most, map->work[i] + fabs(birth[i] - death[i]));
    return most;
}

/* ---- the moment equations ------------------------------------------------------------------------------------------------------ */

/* A of x' = A x, as a diagonal and flows; x[n_types] = 1 stands for what immigrants come from. Returns the shift that makes A + shift non-negative (the diagonal
 * has it already) and a bound on its norm, without immigrants, whose measure is free. */
static double generator(rlp_mean_map_t *map, size_t rates, double *norm) {
    const rlp_process_t *p = map->process;
    const double *channel = rlp_process_channel(p, rates), *birth = rlp_process_birth(p, rates), *death = rlp_process_death(p, rates);
    size_t n = p->n_types;
    double shift = 0;
    for (size_t i = 0; i < n; i++) map->diagonal[i] = map->pure[i] - death[i];
    map->diagonal[n] = 0;
    memset(map->work, 0, (n + 1) * sizeof *map->work);
    map->n_flows = 0;
    for (size_t c = 0; c < p->n_channels; c++) {
        const rlp_channel_t *k = &p->channels[c];
        size_t from = k->from == RLP_NONE ? n : k->from;
        double rate = channel[c] * (k->kind == RLP_CHANNEL_DIVISION ? birth[from] : 1);
        if (rate == 0) continue;
        map->flows[map->n_flows++] = (rlp_mean_flow_t){from, k->to, rate};
        map->work[from] += rate;
        if (k->kind == RLP_CHANNEL_SWITCH) map->diagonal[from] -= rate;
    }
    for (size_t i = 0; i < n; i++) shift = fmax(shift, -map->diagonal[i]);
    *norm = shift;
    for (size_t i = 0; i <= n; i++) map->diagonal[i] += shift;
    for (size_t i = 0; i < n; i++) *norm = fmax(*norm, map->diagonal[i] + map->work[i]);
    return shift;
}

/* mean = exp(A days) mean = e^(-shift days) sum_k ((A + shift) days)^k / k! mean. */
typedef rlp_mean_pair_t pair_t;

/* `other`, if not NULL, is carried along: what two share is paid once. */
static void solve_moments(rlp_mean_map_t *map, size_t rates, double days, double *mean, double *other) {
    size_t n = map->process->n_types;
    double norm, shift = generator(map, rates, &norm), cuts = fmax(1, ceil(norm * days / SERIES_LONGEST)), h = days / cuts;
    for (double cut = 0; cut < cuts; cut++) {
        pair_t *restrict x = map->pairs, *restrict y = map->pairs + n + 1, *restrict all = map->pairs + 2 * (n + 1);
        double size = 1, sum = 1, weight = exp(-shift * h);
        for (size_t i = 0; i < n; i++) all[i] = x[i] = (pair_t){mean[i], other ? other[i] : 0};
        x[n] = (pair_t){1, 1};
        for (double k = 1; size > SERIES_END * sum || k < SERIES_LEAST; k++) {
            double scale = h / k;
            for (size_t i = 0; i <= n; i++) y[i] = map->diagonal[i] * x[i];
            for (size_t f = 0; f < map->n_flows; f++) y[map->flows[f].to] += map->flows[f].rate * x[map->flows[f].from];
            for (size_t i = 0; i <= n; i++) y[i] *= scale;
            for (size_t i = 0; i < n; i++) all[i] += y[i];
            pair_t *swap = x;
            x = y;
            y = swap;
            size *= norm * scale;
            sum += size;
        }
        for (size_t i = 0; i < n; i++) {
            mean[i] = all[i][0] * weight;
            if (other) other[i] = all[i][1] * weight;
        }
    }
}

void rlp_mean_map_exact(rlp_mean_map_t *map, size_t rates, double days, size_t steps, double *mean) {
    enter_rates(map, rates);
    if (!(days > 0)) return;
    if (map->process->capacity_law == RLP_CAPACITY_NONE) solve_moments(map, rates, days, mean, NULL);
    else rlp_mean_map_run(map, rates, days, (size_t)fmin(fmax((double)steps, ceil(days * rlp_mean_map_fastest(map, rates))), (double)STEPS_MAX), mean, NULL);
}

void rlp_mean_course_exact(rlp_mean_map_t *map, const rlp_mean_course_t *course, size_t steps, double *mean) {
    for (size_t k = 0; k < course->n; k++) rlp_mean_map_exact(map, course->rates[k], course->days[k], steps, mean);
}

/* ---- the step rule ---------------------------------------------------------------------------------------------------------------- */

/* Steps that would keep the tolerance: of each type the deviation that it brings along, plus its own error, which falls with the square of their number. Who brings too
 * much (a type that was too rare to be judged) may add a little, or no number of steps would do. */
static double steps_needed(const rlp_mean_map_t *map, double steps, double tolerance) {
    double most = 0;
    for (size_t i = 0; i < map->process->n_types; i++) {
        double x = fmax(map->fine[i], LEAST_CELLS), brought = (map->middle[i] - map->fine[i]) / x, own = (map->coarse[i] - map->middle[i]) / x;
        double room = fmax(tolerance - (own > 0 ? brought : -brought), ROOM_LEAST * tolerance);
        most = fmax(most, fabs(own) / room);
    }
    return steps * sqrt(most);
}

static void reference(rlp_mean_map_t *map, const rlp_mean_course_t *course, size_t steps, const double *mean, const double *biased) {
    size_t size = map->process->n_types * sizeof *mean;
    memcpy(map->fine, mean, size);
    if (biased) memcpy(map->middle, biased, size);
    if (biased && map->process->capacity_law == RLP_CAPACITY_NONE) {
        for (size_t k = 0; k < course->n; k++) enter_rates(map, course->rates[k]), solve_moments(map, course->rates[k], course->days[k], map->fine, map->middle);
        return;
    }
    rlp_mean_course_exact(map, course, steps, map->fine);
    if (biased) rlp_mean_course_exact(map, course, steps, map->middle);
    else memcpy(map->middle, map->fine, size);
}

size_t rlp_mean_course_steps(rlp_mean_map_t *map, const rlp_mean_course_t *course, const double *mean, const double *biased, double tolerance, size_t guess, double *best_days) {
    bool linear = map->process->capacity_law == RLP_CAPACITY_NONE;
    size_t steps = guess ? guess : 1, kept = 0, failed = 0, last = 0, known = 0;
    double needed = 0;
    for (int tries = 0; last != kept || !kept || tries < TRIES; tries++) {
        if (steps > STEPS_MAX) steps = STEPS_MAX;
        if (!tries || (!linear && known < 4 * steps && known < STEPS_MAX)) reference(map, course, known = 8 * steps, mean, biased);
        memcpy(map->coarse, biased ? biased : mean, map->process->n_types * sizeof *mean);
        rlp_mean_course_run(map, course, last = steps, map->coarse);
        if (steps == kept) break;
        needed = steps_needed(map, (double)steps, tolerance);
        if (needed <= (double)steps || steps == STEPS_MAX) {
            kept = steps;
            double fewer = fmax(ceil(needed * 1.02), (double)failed + 1);
            if (fewer >= 0.9 * (double)steps || steps == STEPS_MAX) break;
            steps = tries < TRIES ? (size_t)fewer : kept;
        } else {
            failed = steps;
            double more = fmin(fmax(ceil(needed * 1.05), (double)steps + 1), 8 * (double)steps);
            steps = kept && (more >= (double)kept || tries >= TRIES) ? kept : (size_t)more;
        }
    }
    *best_days = course->all_days / fmax(needed, 1. / 64);
    return kept;
}

size_t rlp_mean_map_steps(rlp_mean_map_t *map, size_t rates, double days, const double *mean, const double *biased, double tolerance, size_t guess, double *best_days) {
    return rlp_mean_course_steps(map, &(rlp_mean_course_t){.n = 1, .rates = &rates, .days = &days, .all_days = days}, mean, biased, tolerance, guess, best_days);
}

double rlp_mean_map_unpaired(rlp_mean_map_t *map, size_t rates, double h, const double *mean) {
    size_t n = map->process->n_types;
    double worst = 0;
    enter_rates(map, rates);
    memcpy(map->middle, mean, n * sizeof *mean);
    switch_means(map, rates, h / 2, map->middle);
    grow_means(map, rates, h, map->middle);
    memcpy(map->coarse, mean, n * sizeof *mean);
    grow_means(map, rates, h, map->coarse);
    switch_means(map, rates, h / 2, map->coarse);
    for (size_t i = 0; i < n; i++) worst = fmax(worst, fabs(map->middle[i] - map->coarse[i]) / fmax(map->coarse[i], LEAST_CELLS));
    return worst;
}
