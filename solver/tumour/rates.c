/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rates of all types and channels at one instant, averaged over the levels of a stretch of time.
 *
 *   rate = resting rate x product(factors) + sum(summands)
 * Drugs' effects (hills.c) are such factors and summands, too.
 * Rows aimed at growth act through birth: 1 + (product(factors) - 1) growth/birth, their summands join those of birth.
 * A scoped row acts f times as strongly: a factor is 1 + (v - 1) f, a summand v f. */
#include <math.h>
#include <string.h>

#include "compile.h"

/* ---- one patient's tables ---------------------------------------------------------------------------------------------------------- */
static int check_divisions(rlp_environment_t *e, const double *row, double t) {
    const rlp_tumour_t *m = e->model;
    double *sum = e->times;
    memset(sum, 0, m->n_types * sizeof *sum);
    for (size_t c = 0; c < m->n_channels; c++)
        if (m->channels[c].kind == RLP_CHANNEL_DIVISION) sum[m->channels[c].from] += row[2 * m->n_types + c];
    for (size_t i = 0; i < m->n_types; i++) {
        if (sum[i] <= 1) continue;
        rlp_text_t name;
        rlp_text_init(&name);
        tumour_trait_set_name(m, m->types[i].rungs, &name);
        int rc = rlp_fail(RLP_ERROR_RATE, "the probabilities of change at a division of %s/%s sum to %g on day %g, more than 1",
                          m->sites[m->types[i].site].name, rlp_text_string(&name), sum[i], t);
        rlp_text_free(&name);
        return rc;
    }
    return RLP_OK;
}

int tumour_rates_begin(rlp_environment_t *e) {
    const rlp_tumour_t *m = e->model;
    e->birth = e->values[m->birth];
    e->growth = tumour_growth(m, e->values);
    for (size_t i = 0; i < m->n_types; i++) tumour_resting_rates(m, e->values, i, &e->base[i], &e->base[m->n_types + i]);
    for (size_t c = 0; c < m->n_channels; c++) e->base[2 * m->n_types + c] = e->values[m->channels[c].parameter];
    for (size_t a = 0; a < m->n_arrows; a++)
        for (size_t q = 0; q < e->n_sets; q++) e->scope[a * e->n_sets + q] = tumour_row_scope(e, a, q);
    tumour_hills_begin(e);
    double *const rows[] = {e->row_a, e->row_b, e->row_d};
    for (size_t i = 0; i < COUNT(rows); i++) memcpy(rows[i], e->base, e->row_size * sizeof *e->base);
    return check_divisions(e, e->base, 0);
}

/* ---- rows aimed at rates ---------------------------------------------------------------------------------------------------------------
 * */
static void apply(double *times, double *plus, bool multiplies, double value, double f) {
    if (multiplies)
        *times *= 1 + (value - 1) * f;
    else
        *plus += value * f;
}

static void apply_to_types(rlp_environment_t *e, size_t arrow) {
    const tumour_row_t *row = &e->model->rows[e->model->arrows[arrow].row];
    const double *scope = &e->scope[arrow * e->n_sets];
    tumour_target_kind_t kind = e->model->arrows[arrow].target.kind;
    size_t offset = kind == TARGET_DEATH ? e->model->n_types : 0;
    double *times = kind == TARGET_GROWTH ? e->growth_times : e->times + offset, *plus = e->plus + offset;
    for (size_t s = 0; s < e->n_sites; s++) {
        double value = e->arrow_value[arrow * e->n_sites + s];
        if (value == (row->multiplies ? 1 : 0)) continue;
        for (size_t q = 0, i = s * e->n_sets; q < e->n_sets; q++, i++) apply(&times[i], &plus[i], row->multiplies, value, scope[q]);
    }
}

bool tumour_arrow_moves(const tumour_arrow_t *arrow, const tumour_channel_t *channel) {
    switch (arrow->target.kind) {
    case TARGET_BIRTH:
    case TARGET_DEATH:
    case TARGET_GROWTH: return false;
    case TARGET_SEEDING: return channel->role == CHANNEL_SEEDING;
    case TARGET_GAIN: return channel->role == CHANNEL_GAIN && channel->trait == arrow->target.index;
    default: return channel->role == CHANNEL_LOSS && channel->trait == arrow->target.index;
    }
}

static bool of_type(tumour_target_kind_t kind) { return kind == TARGET_BIRTH || kind == TARGET_DEATH || kind == TARGET_GROWTH; }

static void apply_to_channels(rlp_environment_t *e, size_t arrow) {
    const rlp_tumour_t *m = e->model;
    const tumour_row_t *row = &m->rows[m->arrows[arrow].row];
    bool neutral = true;
    for (size_t s = 0; s < e->n_sites; s++) neutral = neutral && e->arrow_value[arrow * e->n_sites + s] == (row->multiplies ? 1 : 0);
    for (size_t k = 0; k < e->n_moving_channels && !neutral; k++) {
        const tumour_channel_t *channel = &m->channels[e->moving_channels[k]];
        if (!tumour_arrow_moves(&m->arrows[arrow], channel)) continue;
        size_t s = channel->from / e->n_sets, slot = 2 * m->n_types + e->moving_channels[k];
        apply(&e->times[slot], &e->plus[slot], row->multiplies, e->arrow_value[arrow * e->n_sites + s],
              e->scope[arrow * e->n_sets + channel->from % e->n_sets]);
    }
}

static void apply_rows(rlp_environment_t *e) {
    size_t n = e->growth_moves ? e->model->n_types : 0;
    for (size_t i = 0; i < n; i++) e->growth_times[i] = 1;
    for (size_t i = 0; i < e->n_on_rates; i++) {
        size_t a = e->on_rates[i];
        if (of_type(e->model->arrows[a].target.kind))
            apply_to_types(e, a);
        else
            apply_to_channels(e, a);
    }
    for (size_t i = 0; i < n; i++) e->times[i] *= 1 + (e->growth_times[i] - 1) * (e->growth / e->birth);
}

/* ---- a rate below 0
 * ------------------------------------------------------------------------------------------------------------------------ */
static rlp_place_t blamed;
rlp_place_t rlp_tumour_blamed(void) { return blamed; }
void tumour_blame(rlp_place_t place) { blamed = place; }

static bool aims_at_slot(const rlp_tumour_t *m, const tumour_arrow_t *arrow, size_t slot) {
    if (slot >= 2 * m->n_types) return tumour_arrow_moves(arrow, &m->channels[slot - 2 * m->n_types]);
    if (slot >= m->n_types) return arrow->target.kind == TARGET_DEATH;
    return arrow->target.kind == TARGET_BIRTH || arrow->target.kind == TARGET_GROWTH;
}

/* Who pulls hardest towards what the rate has become: down below 0, or up without bound. */
typedef struct {
    double most;
    const char *kind, *name; /* "row", "drug" */
    rlp_place_t place;
} culprit_t;

static void suspect(culprit_t *c, double pull, const char *kind, const char *name, rlp_place_t place) {
    if (pull > c->most || isnan(pull)) *c = (culprit_t){isnan(pull) ? INFINITY : pull, kind, name, place};
}

static void suspect_rows(const rlp_environment_t *e, size_t slot, size_t type, double sign, culprit_t *c) {
    const rlp_tumour_t *m = e->model;
    for (size_t i = 0; i < e->n_on_rates; i++) {
        size_t a = e->on_rates[i];
        const tumour_row_t *row = &m->rows[m->arrows[a].row];
        if (!aims_at_slot(m, &m->arrows[a], slot)) continue;
        double value = e->arrow_value[a * e->n_sites + type / e->n_sets], f = e->scope[a * e->n_sets + type % e->n_sets];
        double of = m->arrows[a].target.kind == TARGET_GROWTH ? e->base[slot] * e->growth / e->birth : e->base[slot];
        suspect(c, sign * (row->multiplies ? (value - 1) * f * of : value * f), "row", row->name, row->place);
    }
}

/* What each drug does is found by doing it again, alone. */
static void suspect_drugs(rlp_environment_t *e, size_t slot, double sign, const tumour_levels_t *set, size_t k0, size_t k1, culprit_t *c) {
    const rlp_tumour_t *m = e->model;
    for (size_t d = 0; d < m->n_drugs && slot < 2 * m->n_types; d++) {
        if (!e->drug_given[d] || m->drugs[d].changes == EFFECT_NONE || set->none) continue;
        for (size_t i = 0; i < 2 * m->n_types; i++) e->times[i] = 1, e->plus[i] = 0;
        tumour_hills_apply(e, d, set, k0, k1);
        suspect(c, sign * (e->base[slot] * (e->times[slot] - 1) + e->plus[slot]), "drug", m->drugs[d].name, m->drugs[d].place);
    }
}

static int complain(rlp_environment_t *e, size_t slot, double rate, double t, const tumour_levels_t *set, size_t k0, size_t k1) {
    static const char *const words[] = {"birth", "death"};
    const rlp_tumour_t *m = e->model;
    bool is_channel = slot >= 2 * m->n_types;
    size_t type = is_channel ? m->channels[slot - 2 * m->n_types].from : slot % m->n_types;
    culprit_t who = {.most = 0, .kind = "what is aimed at it", .name = ""};
    rlp_text_t name;
    rlp_text_init(&name);
    suspect_rows(e, slot, type, rate < 0 ? -1 : 1, &who);
    suspect_drugs(e, slot, rate < 0 ? -1 : 1, set, k0, k1, &who);
    tumour_blame(who.place);
    tumour_trait_set_name(m, m->types[type].rungs, &name);
    int rc = rlp_fail(RLP_ERROR_RATE, "%s%s%s makes the rate of %s of %s at site %s %g on day %g; a rate cannot be %s", who.kind,
                      *who.name ? " " : "", who.name, is_channel ? "change" : words[slot / m->n_types], rlp_text_string(&name),
                      m->sites[m->types[type].site].name, rate, t, rate < 0 ? "negative" : "without bound");
    rlp_text_free(&name);
    return rc;
}

/* ---- the row of rates
 * ---------------------------------------------------------------------------------------------------------------------- */
static int rates_once(rlp_environment_t *e, double t, const double *y, const tumour_levels_t *set, size_t k0, size_t k1, double *row) {
    const rlp_tumour_t *m = e->model;
    tumour_rows_evaluate(e, &e->of_rates, t, y, set, k0, k1);
    for (size_t i = 0; i < e->n_moving; i++) e->times[e->moving[i]] = 1, e->plus[e->moving[i]] = 0;
    apply_rows(e);
    for (size_t d = 0; d < m->n_drugs; d++)
        if (e->drug_given[d] && m->drugs[d].changes != EFFECT_NONE && !set->none) tumour_hills_apply(e, d, set, k0, k1);
    for (size_t k = 0; k < e->n_moving; k++) {
        size_t i = e->moving[k];
        row[i] = e->base[i] * e->times[i] + e->plus[i];
        if (!(row[i] >= 0 && row[i] < 1e9)) return complain(e, i, row[i], t, set, k0, k1);
    }
    e->evaluations++;
    return RLP_OK;
}

int tumour_rates_at(rlp_environment_t *e, double t, const double *y, const tumour_levels_t *set, size_t k0, size_t k1, double *row) {
    double weight = 0;
    if (!e->expand || k1 - k0 == 1) return rates_once(e, t, y, set, k0, k1, row);
    double *sum = e->row_c;
    memset(sum, 0, e->row_size * sizeof *sum);
    for (size_t k = k0; k < k1; k++) {
        int rc = rates_once(e, t, y, set, k, k + 1, row);
        if (rc) return rc;
        for (size_t i = 0; i < e->n_moving; i++) sum[e->moving[i]] += set->weight[k] * row[e->moving[i]];
        weight += set->weight[k];
    }
    for (size_t i = 0; i < e->n_moving; i++) row[e->moving[i]] = sum[e->moving[i]] / weight;
    return RLP_OK;
}
