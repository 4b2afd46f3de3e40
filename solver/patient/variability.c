/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who a patient is: a distribution for any numeric path, one draw per patient, the same in every arm. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "relapse/patient.h"
#include "relapse/variates.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define OUTSIDE_MAX 1e-4 /* chance of a draw outside the range above which a law is refused */
#define TRIES_MAX 10000

/* Numbers inside a law are read in the dimension of the path that it varies. */
static const rlp_key_t SPREAD_KEYS[] = {
    {.name = "lognormal", .kind = RLP_KEY_MAP, .meaning = "{median, sigma}: ln is normal; median defaults to the value in the input"},
    {.name = "normal", .kind = RLP_KEY_MAP, .meaning = "{mean, sd}: mean defaults to the value in the input"},
    {.name = "logitnormal", .kind = RLP_KEY_MAP, .meaning = "{median, sigma}: ln(x/(1-x)) is normal; for shares; 0 and 1 stay"},
    {.name = "uniform", .kind = RLP_KEY_MAP, .meaning = "{low, high}"},
    {.name = "bernoulli", .kind = RLP_KEY_MAP, .meaning = "{share, else}: the value in the input for this share of patients, `else` for the others"},
    {.name = "draw", .kind = RLP_KEY_WORD, .words = "shared|each", .meaning = "with a `*` in the path: one draw for all that it names, or one for each"},
    {.name = "truncate", .kind = RLP_KEY_LIST, .meaning = "[low, high]: draws outside are made again"},
};
const rlp_key_section_t RLP_PATIENT_SECTIONS[] = {{"cohort.variability.PATH", SPREAD_KEYS, COUNT(SPREAD_KEYS)}};
const size_t RLP_PATIENT_SECTION_COUNT = COUNT(RLP_PATIENT_SECTIONS);

#define ERROR(...) rlp_diagnose(wrong, RLP_DIAGNOSTIC_ERROR, __VA_ARGS__)

typedef struct {
    const char *centre, *spread; /* key names of the two numbers */
    const char *centre_words, *spread_words;
} law_keys_t;
static const law_keys_t LAW_KEYS[] = {
    {"median", "sigma", "the value in the middle", "the standard deviation of ln x"},
    {"mean", "sd", "the value in the middle", "the standard deviation"},
    {"median", "sigma", "the value in the middle", "the standard deviation of ln(x/(1-x))"},
    {"low", "high", "the least value", "the greatest value"},
    {"share", "else", "the share of patients who keep the value in the input", "the value of the others"},
};

static void read_law(const rlp_node_t *map, rlp_spread_t *spread, const rlp_parameter_t *first, rlp_diagnostics_t *wrong) {
    const law_keys_t *names = &LAW_KEYS[spread->law];
    rlp_dimension_t own = first->dimension;
    bool plain_spread = spread->law == RLP_LAW_LOGNORMAL || spread->law == RLP_LAW_LOGITNORMAL, bernoulli = spread->law == RLP_LAW_BERNOULLI;
    bool bounds = spread->law == RLP_LAW_UNIFORM;
    rlp_key_t keys[] = {
        {.name = names->centre, .kind = RLP_KEY_NUMBER, .required = bounds || bernoulli, .dimension = bernoulli ? RLP_DIMENSION_SHARE : own,
         .low = bernoulli ? 0 : first->low, .high = bernoulli ? 1 : first->high, .fallback = NAN, .meaning = names->centre_words},
        {.name = names->spread, .kind = RLP_KEY_NUMBER, .required = true, .dimension = plain_spread ? RLP_DIMENSION_NUMBER : own,
         .low = bounds || bernoulli ? first->low : 0, .high = bounds || bernoulli ? first->high : INFINITY, .fallback = NAN, .meaning = names->spread_words},
    };
    if (plain_spread) keys[1].high = 20;
    if (!rlp_map_check(map, keys, 2, map->key, wrong)) return;
    double centre = rlp_node_member(map, names->centre) ? rlp_read_number(map, keys, 2, names->centre, wrong) : NAN;
    double second = rlp_node_member(map, names->spread) ? rlp_read_number(map, keys, 2, names->spread, wrong) : NAN;
    spread->centre = bounds || bernoulli ? NAN : centre;
    spread->spread = bernoulli ? centre : second;
    spread->low = bernoulli ? second : centre;
    spread->high = second;
    if (bounds && spread->low > spread->high) ERROR(map->place, "`low:` is above `high:`");
    if (spread->n > 1 && isfinite(spread->centre)) ERROR(map->place, "`%s:` cannot be given for a path that names several numbers; each keeps its own value", names->centre);
}

/* P(outside [low, high]) for one parameter. */
static double chance_outside(const rlp_spread_t *s, double value, double low, double high) {
    double centre = isfinite(s->centre) ? s->centre : value;
    if (s->law == RLP_LAW_UNIFORM || s->law == RLP_LAW_BERNOULLI) return (s->low < low) || ((s->law == RLP_LAW_UNIFORM ? s->high : s->low) > high);
    if (s->law == RLP_LAW_LOGITNORMAL || s->spread == 0) return centre < low || centre > high;
    if (s->law == RLP_LAW_NORMAL) return gsl_cdf_ugaussian_P((low - centre) / s->spread) + gsl_cdf_ugaussian_Q((high - centre) / s->spread);
    double below = low > 0 ? gsl_cdf_ugaussian_P(log(low / centre) / s->spread) : 0;
    return below + (isfinite(high) ? gsl_cdf_ugaussian_Q(log(high / centre) / s->spread) : 0);
}

static void check_ranges(const rlp_node_t *node, const rlp_spread_t *s, const rlp_parameters_t *parameters, rlp_diagnostics_t *wrong) {
    for (size_t k = 0; k < s->n; k++) {
        const rlp_parameter_t *row = &parameters->rows[s->rows[k]];
        if (s->law == RLP_LAW_LOGITNORMAL && (row->low < 0 || row->high > 1)) {
            ERROR(node->place, "logitnormal is for shares; %s is %s", row->path, rlp_dimension_words(row->dimension));
            return;
        }
        double centre = isfinite(s->centre) ? s->centre : row->value;
        if (s->law == RLP_LAW_LOGNORMAL && !(centre >= 0)) ERROR(node->place, "a lognormal needs a median above 0; %s is %g", row->path, centre);
        double low = s->truncated ? s->from : row->low, high = s->truncated ? s->to : row->high, outside = chance_outside(s, row->value, low, high);
        if (s->truncated && (low < row->low || high > row->high))
            ERROR(node->place, "`truncate:` [%g, %g] reaches beyond the range of %s, %g to %g", low, high, row->path, row->low, row->high);
        else if (outside > (s->truncated ? 0.99 : OUTSIDE_MAX))
            ERROR(node->place, "this law leaves the range of %s (%g to %g%s%s) with probability %.2g%s", row->path, low, high,
                  *rlp_dimension_unit(row->dimension) ? " " : "", rlp_dimension_unit(row->dimension), outside, s->truncated ? ": truncated draws would hardly ever succeed" : "; narrow it, or cut it with `truncate: [low, high]`");
    }
}

static void read_truncate(const rlp_node_t *node, rlp_spread_t *s, const rlp_parameter_t *first, rlp_diagnostics_t *wrong) {
    const rlp_node_t *list = rlp_node_member(node, "truncate");
    if (!list) return;
    if (list->kind != RLP_NODE_LIST || list->n_items != 2) {
        ERROR(list->place, "`truncate:` is a list of two numbers, [low, high]");
        return;
    }
    rlp_key_t key = {.name = "truncate", .kind = RLP_KEY_NUMBER, .dimension = first->dimension, .low = first->low, .high = first->high, .meaning = "bound"};
    s->truncated = true;
    s->from = rlp_read_scalar(list->items[0], &key, wrong);
    s->to = rlp_read_scalar(list->items[1], &key, wrong);
    if (s->from > s->to) ERROR(list->place, "`truncate:` has its bounds the wrong way round");
}

/* Paths near a wrong one, for the message. */
const char *rlp_variability_near(const char *path, const rlp_parameters_t *parameters) {
    const char **known = calloc(parameters->n ? parameters->n : 1, sizeof *known);
    if (!known) return NULL;
    for (size_t i = 0; i < parameters->n; i++) known[i] = parameters->rows[i].path;
    const char *near = rlp_nearest(path, known, parameters->n);
    free(known);
    return near;
}

/* Rows have list items by number; a user may write their `name:`. A member that is not written, but has its default as a row, goes by the node that it would stand in. */
int rlp_variability_path(const rlp_node_t *node, const rlp_parameters_t *parameters, rlp_text_t *path) {
    const rlp_node_t *root = node, *named = NULL;
    const char *rest = strrchr(node->key, '.');
    while (root->parent) root = root->parent;
    if (!rlp_parameters_match(parameters, node->key, NULL, 0)) {
        named = rlp_node_at(root, node->key);
        if (!named && rest) {
            rlp_text_t holder;
            rlp_text_init(&holder);
            rlp_text_add_bytes(&holder, node->key, (size_t)(rest - node->key));
            if (!holder.error) named = rlp_node_at(root, rlp_text_string(&holder));
            if (holder.error) path->error = holder.error;
            rlp_text_free(&holder);
        } else {
            rest = "";
        }
    }
    if (named) {
        rlp_node_path(named, path);
        rlp_text_add(path, rest);
    } else {
        rlp_text_add(path, node->key);
    }
    return path->error;
}

static int find_rows(const rlp_node_t *node, const char *path, const rlp_parameters_t *parameters, rlp_diagnostics_t *wrong, rlp_spread_t *s) {
    s->n = rlp_parameters_match(parameters, path, NULL, 0);
    if (!s->n) {
        const char *near = rlp_variability_near(node->key, parameters);
        if (near)
            ERROR(node->key_place, "no number of the input has the path '%s'; did you mean '%s'?", node->key, near);
        else
            ERROR(node->key_place, "no number of the input has the path '%s' (numbers of cohort, engine and record stay as they are)", node->key);
        return RLP_OK;
    }
    int rc = RLP_NEW(s->rows, s->n);
    if (!rc) rc = RLP_NEW(s->purposes, s->n);
    if (!rc) rlp_parameters_match(parameters, path, s->rows, s->n);
    return rc;
}

static void name_purposes(rlp_spread_t *s, const rlp_parameters_t *parameters) {
    for (size_t k = 0; k < s->n; k++) s->purposes[k] = rlp_stream_purpose(s->each ? parameters->rows[s->rows[k]].path : s->path);
}

static int read_spread(const rlp_node_t *node, const rlp_parameters_t *parameters, rlp_diagnostics_t *wrong, rlp_spread_t *s) {
    size_t laws = 0;
    const rlp_node_t *law = NULL;
    rlp_text_t path;
    rlp_text_init(&path);
    int rc = rlp_memory_copy_text(&s->path, node->key);
    if (!rc) rc = rlp_variability_path(node, parameters, &path);
    if (!rc) rc = find_rows(node, rlp_text_string(&path), parameters, wrong, s);
    rlp_text_free(&path);
    if (rc || !s->n || !rlp_map_check(node, SPREAD_KEYS, COUNT(SPREAD_KEYS), "a distribution", wrong)) return rc;
    for (size_t k = 0; k < COUNT(LAW_KEYS); k++)
        if (rlp_node_member(node, SPREAD_KEYS[k].name)) {
            law = rlp_node_member(node, SPREAD_KEYS[k].name);
            s->law = (rlp_law_t)k;
            laws++;
        }
    if (laws != 1) {
        ERROR(node->place, "a distribution has exactly one law: lognormal, normal, logitnormal, uniform or bernoulli");
        return RLP_OK;
    }
    const rlp_node_t *draw = rlp_node_member(node, "draw");
    if (strchr(node->key, '*') && !draw) ERROR(node->place, "a path with `*` needs `draw: shared` or `draw: each`");
    s->each = rlp_read_word(node, SPREAD_KEYS, COUNT(SPREAD_KEYS), "draw", wrong) == 1;
    name_purposes(s, parameters);
    size_t before = rlp_diagnostics_errors(wrong);
    read_law(law, s, &parameters->rows[s->rows[0]], wrong);
    read_truncate(node, s, &parameters->rows[s->rows[0]], wrong);
    if (rlp_diagnostics_errors(wrong) == before) check_ranges(node, s, parameters, wrong);
    return RLP_OK;
}

/* One number may be varied once. */
static void check_overlap(const rlp_node_t *map, const rlp_variability_t *v, const rlp_parameters_t *parameters, rlp_diagnostics_t *wrong) {
    for (size_t a = 0; a < v->n; a++)
        for (size_t b = a + 1; b < v->n; b++)
            for (size_t i = 0; i < v->spreads[a].n; i++)
                for (size_t j = 0; j < v->spreads[b].n; j++)
                    if (v->spreads[a].rows[i] == v->spreads[b].rows[j])
                        ERROR(map->items[b]->key_place, "'%s' is varied by '%s' already", parameters->rows[v->spreads[b].rows[j]].path, v->spreads[a].path);
}

int rlp_variability_read(const rlp_node_t *map, const rlp_parameters_t *parameters, rlp_diagnostics_t *wrong, rlp_variability_t *v) {
    memset(v, 0, sizeof *v);
    if (!map || map->kind != RLP_NODE_MAP) return RLP_OK;
    int rc = RLP_NEW(v->spreads, map->n_items);
    for (size_t i = 0; i < map->n_items && !rc; i++) {
        v->n = i + 1;
        rc = read_spread(map->items[i], parameters, wrong, &v->spreads[i]);
    }
    if (!rc) check_overlap(map, v, parameters, wrong);
    return rc;
}

void rlp_variability_free(rlp_variability_t *v) {
    for (size_t i = 0; i < v->n; i++) {
        free(v->spreads[i].path);
        free(v->spreads[i].rows);
        free(v->spreads[i].purposes);
    }
    free(v->spreads);
    memset(v, 0, sizeof *v);
}

/* The parameter's value when the patient's standard draw is z (or u for uniform and bernoulli). */
static double apply(const rlp_spread_t *s, double value, double z) {
    double centre = isfinite(s->centre) ? s->centre : value;
    switch (s->law) {
    case RLP_LAW_LOGNORMAL: return centre * exp(s->spread * z);
    case RLP_LAW_NORMAL: return centre + s->spread * z;
    case RLP_LAW_LOGITNORMAL: return centre <= 0 || centre >= 1 ? centre : 1 / (1 + (1 - centre) / centre * exp(-s->spread * z));
    case RLP_LAW_UNIFORM: return s->low + (s->high - s->low) * z;
    case RLP_LAW_BERNOULLI: return z < s->spread ? value : s->low;
    }
    return value;
}

static double standard_draw(const rlp_spread_t *s, rlp_stream_t *stream) {
    return s->law == RLP_LAW_UNIFORM || s->law == RLP_LAW_BERNOULLI ? rlp_stream_uniform(stream) : rlp_variate_normal(stream);
}

static double written_value(const rlp_parameters_t *parameters, const double *written, size_t row) { return written ? written[row] : parameters->rows[row].value; }

/* Apply one draw to parameters first .. last-1; false if one leaves its range or the cut. */
static bool inside(const rlp_spread_t *s, const rlp_parameters_t *parameters, const double *written, size_t first, size_t last, double z, double *values) {
    for (size_t k = first; k < last; k++) {
        const rlp_parameter_t *row = &parameters->rows[s->rows[k]];
        double x = apply(s, written_value(parameters, written, s->rows[k]), z);
        if (row->whole) x = round(x);
        if (x < row->low || x > row->high || (s->truncated && (x < s->from || x > s->to))) return false;
        values[s->rows[k]] = x;
    }
    return true;
}

static int draw_spread(const rlp_spread_t *s, const rlp_parameters_t *parameters, const double *written, uint64_t seed, uint64_t patient, double *values) {
    for (size_t first = 0; first < s->n;) {
        size_t last = s->each ? first + 1 : s->n, tries = 0;
        rlp_stream_t stream;
        rlp_stream_init(&stream, seed, patient, s->purposes[first]);
        while (!inside(s, parameters, written, first, last, standard_draw(s, &stream), values))
            if (++tries == TRIES_MAX) return rlp_fail(RLP_ERROR_RATE, "no draw of '%s' fell inside its range in %d tries", s->path, TRIES_MAX);
        first = last;
    }
    return RLP_OK;
}

int rlp_variability_draw(const rlp_variability_t *v, const rlp_parameters_t *parameters, const double *written, uint64_t seed, uint64_t patient, double *values) {
    if (written)
        memcpy(values, written, parameters->n * sizeof *values);
    else
        rlp_parameters_values(parameters, values);
    for (size_t i = 0; i < v->n; i++) {
        int rc = draw_spread(&v->spreads[i], parameters, written, seed, patient, values);
        if (rc) return rc;
    }
    return RLP_OK;
}

/* ---- the law at a quantile ------------------------------------------------------------------------------------------------------ */
/* Draws: z of a normal or u of a uniform, as in apply. */
typedef struct {
    double low, high;
} span_t;

/* What a draw of the row may become: its range and the cut; of whole numbers what rounds into them. */
static span_t values_of(const rlp_spread_t *s, const rlp_parameter_t *row) {
    span_t span = {row->low, row->high};
    if (s->truncated) span = (span_t){fmax(row->low, s->from), fmin(row->high, s->to)};
    return row->whole ? (span_t){ceil(span.low) - 0.5, floor(span.high) + 0.5} : span;
}

static double logit(double x) { return x <= 0 ? -INFINITY : x >= 1 ? INFINITY : log(x) - log1p(-x); }

/* The draws that fall into [low, high]; of a law that moves nothing all, or none. */
static span_t scaled(double low, double high, double spread) {
    if (spread > 0) return (span_t){low / spread, high / spread};
    return low <= 0 && high >= 0 ? (span_t){-INFINITY, INFINITY} : (span_t){INFINITY, -INFINITY};
}

static span_t draws_of(const rlp_spread_t *s, const rlp_parameter_t *row, double value) {
    span_t x = values_of(s, row);
    double centre = isfinite(s->centre) ? s->centre : value;
    bool stays = (s->law == RLP_LAW_LOGNORMAL && !(centre > 0)) || (s->law == RLP_LAW_LOGITNORMAL && (centre <= 0 || centre >= 1));
    if (stays) return scaled(x.low - centre, x.high - centre, 0);
    switch (s->law) {
    case RLP_LAW_LOGNORMAL: return scaled(x.low > 0 ? log(x.low / centre) : -INFINITY, x.high > 0 ? log(x.high / centre) : -INFINITY, s->spread);
    case RLP_LAW_NORMAL: return scaled(x.low - centre, x.high - centre, s->spread);
    case RLP_LAW_LOGITNORMAL: return scaled(logit(x.low) - logit(centre), logit(x.high) - logit(centre), s->spread);
    case RLP_LAW_UNIFORM: {
        span_t u = scaled(x.low - s->low, x.high - s->low, s->high - s->low);
        return (span_t){fmax(u.low, 0), fmin(u.high, 1)};
    }
    case RLP_LAW_BERNOULLI: return (span_t){value < x.low || value > x.high ? s->spread : 0, s->low < x.low || s->low > x.high ? s->spread : 1};
    }
    return (span_t){-INFINITY, INFINITY};
}

/* The u-th quantile of a standard normal cut to the span; in the upper half by upper tails, which keep their digits there. */
static double normal_within(span_t z, double u) {
    if (z.low > 0) {
        double most = gsl_cdf_ugaussian_Q(z.low), least = gsl_cdf_ugaussian_Q(z.high);
        return gsl_cdf_ugaussian_Qinv(most - u * (most - least));
    }
    double least = gsl_cdf_ugaussian_P(z.low), most = gsl_cdf_ugaussian_P(z.high);
    return gsl_cdf_ugaussian_Pinv(least + u * (most - least));
}

int rlp_spread_value(const rlp_spread_t *s, const rlp_parameters_t *parameters, const double *written, double u, double *values) {
    bool of_uniform = s->law == RLP_LAW_UNIFORM || s->law == RLP_LAW_BERNOULLI;
    span_t all = {-INFINITY, INFINITY};
    for (size_t k = 0; k < s->n; k++) {
        span_t one = draws_of(s, &parameters->rows[s->rows[k]], written_value(parameters, written, s->rows[k]));
        all = (span_t){fmax(all.low, one.low), fmin(all.high, one.high)};
    }
    if (!(all.low <= all.high)) return rlp_fail(RLP_ERROR_RATE, "no draw of '%s' falls inside its range", s->path);
    double z = of_uniform ? all.low + u * (all.high - all.low) : normal_within(all, u);
    for (size_t k = 0; k < s->n; k++) {
        const rlp_parameter_t *row = &parameters->rows[s->rows[k]];
        span_t x = {s->truncated ? fmax(row->low, s->from) : row->low, s->truncated ? fmin(row->high, s->to) : row->high};
        double value = apply(s, written_value(parameters, written, s->rows[k]), z);
        values[s->rows[k]] = fmin(fmax(row->whole ? round(value) : value, row->whole ? ceil(x.low) : x.low), row->whole ? floor(x.high) : x.high);
    }
    return RLP_OK;
}
