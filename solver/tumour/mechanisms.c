/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `mechanisms:`: rows of data, source -> target by a law. No mechanism is named in code: what a row may say is in the tables below.
 *
 * Lists in `from` and `to` make several arrows that share the row's numbers. Arrows are put in an order in which each can be computed: after
 * the rows aimed at it, and after the rows aimed at the level or half that it reads. A circle of such is an error; circles through signals are not,
 * since a signal remembers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "relapse/memory.h"

/* ---- laws: which keys each needs ------------------------------------------------------------------------------------------ */
static const struct {
    const char *name;
    bool is_factor;
    const char *strength; /* the key of its size; NULL: none */
    const char *where;    /* the key of its place on the x axis */
    bool takes_power, takes_floor;
} LAWS[] = {
    [LAW_LINEAR] = {"linear", false, "slope", NULL, false, false},   [LAW_FACTOR] = {"factor", true, "slope", NULL, false, false},
    [LAW_INVERSE] = {"inverse", true, "slope", NULL, false, false},  [LAW_POWER] = {"power", true, NULL, NULL, true, false},
    [LAW_EXP] = {"exp", true, "rate", NULL, false, true},            [LAW_HILL] = {"hill", false, "max", "half", true, false},
    [LAW_THRESHOLD] = {"threshold", false, "max", "at", false, false}, [LAW_WINDOW] = {"window", false, "max", "low", false, false},
};
static const char *const LAW_KEYS[] = {"slope", "rate", "max", "half", "at", "low", "high", "power", "floor"};

const char *tumour_law_name(tumour_law_t law) { return LAWS[law].name; }

static bool timed(tumour_source_kind_t kind) { return kind == SOURCE_STOP || kind == SOURCE_INTERVENTION; }

static bool law_takes(tumour_law_t law, bool timed_source, const char *key) {
    if (!strcmp(key, "power")) return LAWS[law].takes_power;
    if (!strcmp(key, "floor")) return LAWS[law].takes_floor;
    if (law == LAW_WINDOW && (!strcmp(key, "low") || !strcmp(key, "high"))) return !timed_source;
    return (LAWS[law].strength && !strcmp(key, LAWS[law].strength)) || (LAWS[law].where && !strcmp(key, LAWS[law].where));
}

static void check_law_keys(tumour_reader_t *reader, const rlp_node_t *node, tumour_law_t law, bool timed_source) {
    for (size_t i = 0; i < COUNT(LAW_KEYS); i++) {
        const rlp_node_t *member = rlp_node_member(node, LAW_KEYS[i]);
        bool takes = law_takes(law, timed_source, LAW_KEYS[i]);
        bool optional = !strcmp(LAW_KEYS[i], "floor") || (!strcmp(LAW_KEYS[i], "power") && law == LAW_HILL);
        if (member && !takes) COMPLAIN(reader, member->key_place, "the law %s has no %s", LAWS[law].name, LAW_KEYS[i]);
        if (!member && takes && !optional) COMPLAIN(reader, node->key_place, "the law %s of %s needs '%s'", LAWS[law].name, node->key, LAW_KEYS[i]);
    }
    const rlp_node_t *window = rlp_node_member(node, "window");
    if (timed_source && !window) COMPLAIN(reader, node->key_place, "%s starts from something that happens at an instant; it needs 'window' (how long it acts)", node->key);
    if (!timed_source && window) COMPLAIN(reader, window->key_place, "window belongs to rows from DRUG.stop or an intervention");
}

/* ---- sources and targets -------------------------------------------------------------------------------------------------- */
static const struct {
    const char *suffix;
    tumour_source_kind_t kind;
} SOURCES[] = {{"level", SOURCE_LEVEL}, {"occupancy", SOURCE_OCCUPANCY}, {"days_on", SOURCE_DAYS_ON}, {"stop", SOURCE_STOP}};
static const struct {
    const char *suffix;
    tumour_target_kind_t kind;
} TARGETS[] = {{"gain", TARGET_GAIN},   {"loss", TARGET_LOSS},   {"resistance", TARGET_RESISTANCE}, {"level", TARGET_LEVEL},
               {"half", TARGET_HALF},   {"speed", TARGET_SPEED}, {"survive", TARGET_SURVIVE}};
static const char *const RATES[] = {"birth", "death", "seeding"};

void tumour_source_name(const rlp_tumour_t *model, tumour_source_t source, rlp_text_t *out) {
    if (source.kind == SOURCE_SIGNAL)
        rlp_text_add(out, model->signals[source.index].name);
    else if (source.kind == SOURCE_INTERVENTION)
        rlp_text_add(out, model->interventions[source.index].name);
    for (size_t i = 0; i < COUNT(SOURCES); i++)
        if (SOURCES[i].kind == source.kind) rlp_text_format(out, "%s.%s", model->drugs[source.index].name, SOURCES[i].suffix);
}

void tumour_target_name(const rlp_tumour_t *model, tumour_target_t target, rlp_text_t *out) {
    const char *owner = "", *suffix = NULL;
    switch (target.kind) {
    case TARGET_BIRTH:
    case TARGET_DEATH:
    case TARGET_SEEDING: owner = RATES[target.kind - TARGET_BIRTH]; break;
    case TARGET_GAIN:
    case TARGET_LOSS:
    case TARGET_RESISTANCE: owner = model->traits[target.index].name; break;
    case TARGET_LEVEL:
    case TARGET_HALF: owner = model->drugs[target.index].name; break;
    case TARGET_SIGNAL:
    case TARGET_SPEED: owner = model->signals[target.index].name; break;
    case TARGET_ROW: owner = model->rows[target.index].name; break;
    case TARGET_SURVIVE: owner = model->interventions[target.index].name; break;
    }
    for (size_t i = 0; i < COUNT(TARGETS); i++)
        if (TARGETS[i].kind == target.kind) suffix = TARGETS[i].suffix;
    rlp_text_format(out, "%s%s%s", owner, suffix ? "." : "", suffix ? suffix : "");
}

/* "sorafenib.level" -> "sorafenib" in `owner`, returns "level"; NULL without a point. */
static const char *split(const char *text, char owner[64]) {
    const char *point = strrchr(text, '.');
    size_t length = point ? (size_t)(point - text) : strlen(text);
    if (length > 63) length = 63;
    memcpy(owner, text, length);
    owner[length] = '\0';
    return point ? point + 1 : NULL;
}

static void unknown_suffix(tumour_reader_t *reader, rlp_place_t place, const char *text, const char *suffix, const char *const *known, size_t n) {
    const char *near = rlp_nearest(suffix, known, n);
    rlp_text_t list;
    rlp_text_init(&list);
    for (size_t i = 0; i < n; i++) rlp_text_format(&list, "%s.%s", i ? ", " : "", known[i]);
    if (near)
        COMPLAIN(reader, place, "'%s': did you mean '.%s'?", text, near);
    else
        COMPLAIN(reader, place, "'%s': known are %s", text, rlp_text_string(&list));
    rlp_text_free(&list);
}

static bool source_of(tumour_reader_t *reader, const char *text, rlp_place_t place, tumour_source_t *source) {
    const rlp_tumour_t *model = reader->model;
    char owner[64];
    const char *suffix = split(text, owner), *known[TUMOUR_NAMES_MAX], *suffixes[COUNT(SOURCES)];
    size_t n = 0;
    if (suffix) {
        for (size_t i = 0; i < COUNT(SOURCES); i++) {
            suffixes[i] = SOURCES[i].suffix;
            if (strcmp(suffix, suffixes[i])) continue;
            *source = (tumour_source_t){SOURCES[i].kind, tumour_drug_of(reader, owner, place)};
            return source->index != RLP_NONE;
        }
        unknown_suffix(reader, place, text, suffix, suffixes, COUNT(SOURCES));
        return false;
    }
    *source = (tumour_source_t){SOURCE_SIGNAL, tumour_find_signal(model, text)};
    if (source->index == RLP_NONE) *source = (tumour_source_t){SOURCE_INTERVENTION, tumour_find_intervention(model, text)};
    if (source->index != RLP_NONE) return true;
    for (size_t i = 0; i < model->n_signals && n < TUMOUR_NAMES_MAX; i++) known[n++] = model->signals[i].name;
    for (size_t i = 0; i < model->n_interventions && n < TUMOUR_NAMES_MAX; i++) known[n++] = model->interventions[i].name;
    tumour_unknown(reader, place, "source (a signal, DRUG.level, .days_on, .stop, .occupancy, or an intervention)", text, known, n);
    return false;
}

static size_t target_index(tumour_reader_t *reader, tumour_target_kind_t kind, const char *owner, rlp_place_t place) {
    switch (kind) {
    case TARGET_GAIN:
    case TARGET_LOSS:
    case TARGET_RESISTANCE: return tumour_trait_of(reader, owner, place);
    case TARGET_LEVEL:
    case TARGET_HALF: return tumour_drug_of(reader, owner, place);
    case TARGET_SPEED: return tumour_signal_of(reader, owner, place);
    default: return tumour_intervention_of(reader, owner, place);
    }
}

/* The target itself must be there: a genetic trait has no gain, a drug without effect no half. */
static bool target_exists(tumour_reader_t *reader, const char *text, rlp_place_t place, tumour_target_t target) {
    const rlp_tumour_t *model = reader->model;
    if (target.index == RLP_NONE) return false;
    bool gain = target.kind == TARGET_GAIN, loss = target.kind == TARGET_LOSS;
    if ((gain && model->traits[target.index].gain == NO_PARAMETER) || (loss && model->traits[target.index].loss == NO_PARAMETER)) {
        COMPLAIN(reader, place, "'%s': the genetic trait %s has no %s", text, model->traits[target.index].name, gain ? "gain" : "loss");
        return false;
    }
    if (target.kind == TARGET_HALF && model->drugs[target.index].changes == EFFECT_NONE) {
        COMPLAIN(reader, place, "'%s': %s has no effect, and so no half", text, model->drugs[target.index].name);
        return false;
    }
    return true;
}

static bool plain_target(tumour_reader_t *reader, const char *text, rlp_place_t place, tumour_target_t *target) {
    const rlp_tumour_t *model = reader->model;
    const char *known[TUMOUR_NAMES_MAX];
    size_t n = 0;
    for (size_t i = 0; i < COUNT(RATES); i++) {
        known[n++] = RATES[i];
        *target = (tumour_target_t){(tumour_target_kind_t)(TARGET_BIRTH + i), 0};
        if (!strcmp(text, RATES[i])) {
            if (target->kind != TARGET_SEEDING || model->seeds) return true;
            COMPLAIN(reader, place, "a row is aimed at seeding, but tumour: has no seeding");
            return false;
        }
    }
    *target = (tumour_target_t){TARGET_SIGNAL, tumour_find_signal(model, text)};
    if (target->index == RLP_NONE) *target = (tumour_target_t){TARGET_ROW, tumour_find_row(model, text)};
    if (target->index != RLP_NONE) return true;
    for (size_t i = 0; i < model->n_signals && n < TUMOUR_NAMES_MAX; i++) known[n++] = model->signals[i].name;
    for (size_t i = 0; i < model->n_rows && n < TUMOUR_NAMES_MAX; i++) known[n++] = model->rows[i].name;
    tumour_unknown(reader, place, "target", text, known, n);
    return false;
}

static bool target_of(tumour_reader_t *reader, const char *text, rlp_place_t place, tumour_target_t *target) {
    char owner[64];
    const char *suffix = split(text, owner), *suffixes[COUNT(TARGETS)];
    if (!suffix) return plain_target(reader, text, place, target);
    for (size_t i = 0; i < COUNT(TARGETS); i++) {
        suffixes[i] = TARGETS[i].suffix;
        if (strcmp(suffix, suffixes[i])) continue;
        *target = (tumour_target_t){TARGETS[i].kind, target_index(reader, TARGETS[i].kind, owner, place)};
        return target_exists(reader, text, place, *target);
    }
    unknown_suffix(reader, place, text, suffix, suffixes, COUNT(TARGETS));
    return false;
}

/* ---- dimensions ----------------------------------------------------------------------------------------------------------- */
/* Of what is added to a target; pure numbers may be shares (-50 %). */
static rlp_dimension_t dimension_of_target(const rlp_tumour_t *model, tumour_target_t target) {
    switch (target.kind) {
    case TARGET_BIRTH:
    case TARGET_DEATH:
    case TARGET_SEEDING: return RLP_DIMENSION_RATE;
    case TARGET_GAIN:
    case TARGET_LOSS: return model->traits[target.index].kind == TRAIT_PLASTIC ? RLP_DIMENSION_RATE : RLP_DIMENSION_SHARE;
    case TARGET_LEVEL:
    case TARGET_HALF: return RLP_DIMENSION_CONCENTRATION;
    default: return RLP_DIMENSION_SHARE;
    }
}

static rlp_dimension_t dimension_of_source(tumour_source_t source) {
    return source.kind == SOURCE_LEVEL ? RLP_DIMENSION_CONCENTRATION : source.kind == SOURCE_DAYS_ON ? RLP_DIMENSION_TIME : RLP_DIMENSION_SHARE;
}

/* A slope is the target's unit per unit of the source: only per plain number, and per day for days_on, has a name. */
static rlp_dimension_t dimension_of_slope(rlp_dimension_t target, rlp_dimension_t source) {
    if (source == RLP_DIMENSION_SHARE) return target;
    if (source == RLP_DIMENSION_TIME && target == RLP_DIMENSION_SHARE) return RLP_DIMENSION_RATE;
    return RLP_DIMENSION_NUMBER;
}

static size_t read_size(tumour_reader_t *reader, const rlp_node_t *node, const char *key, rlp_dimension_t dimension, double low, double molar_mass) {
    if (!key || !rlp_node_member(node, key)) return NO_PARAMETER;
    return tumour_parameter_as(reader, node, KEYS_ROW, key, dimension, low, 1e9, molar_mass);
}

static void read_numbers(tumour_reader_t *reader, const rlp_node_t *node, tumour_row_t *row, const tumour_arrow_t *first) {
    const rlp_tumour_t *model = reader->model;
    rlp_dimension_t source = dimension_of_source(first->source), target = dimension_of_target(model, first->target);
    if (row->multiplies || row->is_factor) target = RLP_DIMENSION_SHARE;
    bool is_slope = row->law == LAW_LINEAR || row->is_factor;
    double molar = first->source.kind == SOURCE_LEVEL ? model->drugs[first->source.index].molar_mass : 0;
    row->strength = read_size(reader, node, LAWS[row->law].strength, is_slope ? dimension_of_slope(target, source) : target, -1e9, 0);
    row->where = read_size(reader, node, LAWS[row->law].where, source, row->law == LAW_HILL ? 1e-12 : -1e9, molar);
    row->high = read_size(reader, node, row->law == LAW_WINDOW ? "high" : NULL, source, -1e9, molar);
    row->origin = read_size(reader, node, "origin", source, -1e9, molar);
    row->power = LAWS[row->law].takes_power ? tumour_parameter(reader, node, KEYS_ROW, "power") : NO_PARAMETER;
    row->floor = LAWS[row->law].takes_floor ? tumour_parameter(reader, node, KEYS_ROW, "floor") : NO_PARAMETER;
    row->window = tumour_optional(reader, node, KEYS_ROW, "window");
}

/* ---- scope ---------------------------------------------------------------------------------------------------------------- */
static void read_trait_factors(tumour_reader_t *reader, const rlp_node_t *map, tumour_row_t *row) {
    rlp_key_t key = {.kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_SHARE, .low = 0, .high = 1e6};
    for (size_t i = 0; i < map->n_items; i++) {
        size_t trait = tumour_trait_of(reader, map->items[i]->key, map->items[i]->key_place);
        if (trait == RLP_NONE) continue;
        key.name = map->items[i]->key;
        row->trait_factor[trait] = tumour_element(reader, map->items[i], key.name, &key);
        row->traits |= set_of(trait);
    }
}

static void read_traits(tumour_reader_t *reader, const rlp_node_t *node, tumour_row_t *row) {
    for (size_t t = 0; t < TUMOUR_TRAITS_MAX; t++) row->trait_factor[t] = NO_PARAMETER;
    if (!node) return;
    if (node->kind == RLP_NODE_MAP) {
        row->scope = SCOPE_FACTORS;
        read_trait_factors(reader, node, row);
        return;
    }
    row->scope = SCOPE_ONLY;
    size_t n = node->kind == RLP_NODE_LIST ? node->n_items : 1;
    for (size_t i = 0; i < n; i++) {
        const rlp_node_t *item = node->kind == RLP_NODE_LIST ? node->items[i] : node;
        size_t trait = item->kind == RLP_NODE_SCALAR ? tumour_trait_of(reader, item->text, item->place) : RLP_NONE;
        if (trait != RLP_NONE) row->traits |= set_of(trait);
    }
    if (!n) COMPLAIN(reader, node->place, "traits is an empty list: the row would act nowhere");
}

static void check_scope(tumour_reader_t *reader, const rlp_node_t *node, tumour_target_t target) {
    const rlp_node_t *traits = rlp_node_member(node, "traits");
    rlp_text_t name;
    if (!traits || (target.kind != TARGET_RESISTANCE && target.kind != TARGET_SIGNAL && target.kind != TARGET_SPEED && target.kind != TARGET_ROW)) return;
    rlp_text_init(&name);
    tumour_target_name(reader->model, target, &name);
    COMPLAIN(reader, traits->key_place, "traits has no meaning for a row aimed at %s: it belongs to no kind of cell", rlp_text_string(&name));
    rlp_text_free(&name);
}

/* ---- one row -------------------------------------------------------------------------------------------------------------- */
static int add_arrow(tumour_reader_t *reader, size_t row, tumour_source_t source, tumour_target_t target) {
    rlp_tumour_t *model = reader->model;
    int rc = RLP_GROW(model->arrows, model->arrow_capacity, model->n_arrows + 1);
    if (!rc) model->arrows[model->n_arrows++] = (tumour_arrow_t){row, source, target};
    return rc;
}

static const rlp_node_t *element(const rlp_node_t *node, size_t i) { return node->kind == RLP_NODE_LIST ? node->items[i] : node; }

static int read_arrows(tumour_reader_t *reader, const rlp_node_t *from, const rlp_node_t *to, size_t row) {
    size_t n_from = from->kind == RLP_NODE_LIST ? from->n_items : 1, n_to = to->kind == RLP_NODE_LIST ? to->n_items : 1;
    for (size_t i = 0; i < n_from; i++) {
        for (size_t k = 0; k < n_to; k++) {
            const rlp_node_t *source_node = element(from, i), *target_node = element(to, k);
            tumour_source_t source;
            tumour_target_t target;
            if (source_node->kind != RLP_NODE_SCALAR || target_node->kind != RLP_NODE_SCALAR) {
                COMPLAIN(reader, (source_node->kind != RLP_NODE_SCALAR ? source_node : target_node)->place, "expected a name or a list of names");
                continue;
            }
            bool good = source_of(reader, source_node->text, source_node->place, &source);
            good = target_of(reader, target_node->text, target_node->place, &target) && good;
            int rc = good ? add_arrow(reader, row, source, target) : RLP_OK;
            if (rc) return rc;
        }
    }
    return RLP_OK;
}

/* Arrows of one row share its numbers, so their sources must be of one kind of quantity, and their targets too. */
static void check_alike(tumour_reader_t *reader, const rlp_node_t *node, const tumour_arrow_t *first, size_t n) {
    for (size_t i = 1; i < n; i++) {
        bool sources = dimension_of_source(first[i].source) == dimension_of_source(first[0].source) && timed(first[i].source.kind) == timed(first[0].source.kind);
        bool targets = dimension_of_target(reader->model, first[i].target) == dimension_of_target(reader->model, first[0].target);
        if (sources && targets) continue;
        COMPLAIN(reader, node->key_place, "the %s of %s are of different kinds and cannot share one law; write two rows", sources ? "targets" : "sources", node->key);
        return;
    }
}

static void read_flags(tumour_reader_t *reader, const rlp_node_t *node, tumour_row_t *row) {
    const rlp_node_t *instead = rlp_node_member(node, "instead_of");
    row->above_rest = tumour_flag(reader, node, KEYS_ROW, "above_rest");
    row->enabled = tumour_flag(reader, node, KEYS_ROW, "enabled");
    row->interaction = tumour_flag(reader, node, KEYS_ROW, "interaction");
    row->instead_of = RLP_NONE;
    if (!instead || instead->kind != RLP_NODE_SCALAR) return;
    row->instead_of = tumour_find_row(reader->model, instead->text);
    if (row->instead_of == RLP_NONE) {
        const char *known[TUMOUR_NAMES_MAX];
        size_t n = 0;
        for (; n < reader->model->n_rows && n < TUMOUR_NAMES_MAX; n++) known[n] = reader->model->rows[n].name;
        tumour_unknown(reader, instead->place, "row", instead->text, known, n);
    }
}

static int read_row(tumour_reader_t *reader, const rlp_node_t *node, size_t index) {
    rlp_tumour_t *model = reader->model;
    tumour_row_t *row = &model->rows[index];
    const rlp_node_t *from = rlp_node_member(node, "from"), *to = rlp_node_member(node, "to"), *in = rlp_node_member(node, "in");
    size_t first = model->n_arrows;
    if (!tumour_map(reader, node, KEYS_ROW, "a row of mechanisms") || !from || !to) return RLP_OK;
    row->law = (tumour_law_t)tumour_word(reader, node, KEYS_ROW, "law");
    size_t as = tumour_word(reader, node, KEYS_ROW, "as");
    row->is_factor = LAWS[row->law].is_factor;
    row->multiplies = as ? as == 1 : row->is_factor;
    row->sites = in ? tumour_sites_of(reader, in) : SET_ALL;
    read_flags(reader, node, row);
    read_traits(reader, rlp_node_member(node, "traits"), row);
    const char *text = tumour_text(reader, node, KEYS_ROW, "source");
    int rc = tumour_keep(model, text ? text : "", &row->source_text);
    if (!rc) rc = read_arrows(reader, from, to, index);
    if (rc || model->n_arrows == first || !rlp_node_member(node, "law")) return rc;
    check_law_keys(reader, node, row->law, timed(model->arrows[first].source.kind));
    check_alike(reader, node, &model->arrows[first], model->n_arrows - first);
    for (size_t i = first; i < model->n_arrows; i++) check_scope(reader, node, model->arrows[i].target);
    read_numbers(reader, node, row, &model->arrows[first]);
    return RLP_OK;
}

/* Names first, so that rows may aim at rows further down. */
static int name_rows(tumour_reader_t *reader, const rlp_node_t *mechanisms) {
    rlp_tumour_t *model = reader->model;
    for (size_t i = 0; i < mechanisms->n_items; i++) {
        int rc = RLP_GROW(model->rows, model->row_capacity, model->n_rows + 1);
        if (rc) return rc;
        tumour_row_t *row = &model->rows[model->n_rows];
        *row = (tumour_row_t){.place = mechanisms->items[i]->key_place, .instead_of = RLP_NONE, .sites = SET_ALL, .source_text = ""};
        row->strength = row->where = row->high = row->power = row->floor = row->origin = row->window = NO_PARAMETER;
        if ((rc = tumour_keep(model, mechanisms->items[i]->key, &row->name))) return rc;
        (void)tumour_name_fits(reader, mechanisms->items[i], "a row of mechanisms");
        model->n_rows++;
    }
    return RLP_OK;
}

int tumour_read_mechanisms(tumour_reader_t *reader, const rlp_node_t *mechanisms) {
    if (!mechanisms) return RLP_OK;
    if (mechanisms->kind != RLP_NODE_MAP) {
        COMPLAIN(reader, mechanisms->place, "mechanisms must be a map of rows by name");
        return RLP_OK;
    }
    int rc = name_rows(reader, mechanisms);
    for (size_t i = 0; i < mechanisms->n_items && !rc; i++) rc = read_row(reader, mechanisms->items[i], i);
    return rc ? rc : tumour_order_arrows(reader);
}

bool tumour_row_on(const rlp_tumour_t *model, size_t row) {
    if (!model->rows[row].enabled) return false;
    for (size_t i = 0; i < model->n_rows; i++)
        if (model->rows[i].instead_of == row && model->rows[i].enabled) return false;
    return true;
}

/* ---- order ---------------------------------------------------------------------------------------------------------------- */
/* Must arrow `before` be known to compute `after`? */
bool tumour_arrow_before(const rlp_tumour_t *model, const tumour_arrow_t *before, const tumour_arrow_t *after) {
    bool reads_level = after->source.kind == SOURCE_LEVEL || after->source.kind == SOURCE_OCCUPANCY;
    switch (before->target.kind) {
    case TARGET_ROW: return before->target.index == after->row;
    case TARGET_LEVEL: return reads_level && before->target.index == after->source.index && model->rows[before->row].scope == SCOPE_ALL;
    case TARGET_HALF: return after->source.kind == SOURCE_OCCUPANCY && before->target.index == after->source.index && model->rows[before->row].scope == SCOPE_ALL;
    default: return false;
    }
}

typedef struct {
    tumour_reader_t *reader;
    unsigned char *state; /* 0 not seen, 1 on the way, 2 placed */
    size_t *way, depth, placed;
} ordering_t;

static void complain_of_circle(ordering_t *o, size_t again) {
    const rlp_tumour_t *model = o->reader->model;
    rlp_text_t circle;
    size_t start = 0;
    rlp_text_init(&circle);
    while (o->way[start] != again) start++;
    for (size_t i = o->depth; i > start; i--) rlp_text_format(&circle, "%s -> ", model->rows[model->arrows[o->way[i - 1]].row].name);
    rlp_text_add(&circle, model->rows[model->arrows[o->way[o->depth - 1]].row].name);
    COMPLAIN(o->reader, model->rows[model->arrows[again].row].place, "rows that wait for each other cannot be evaluated: %s (let a signal stand between them)",
             rlp_text_string(&circle));
    rlp_text_free(&circle);
}

static void place_arrow(ordering_t *o, size_t arrow) {
    rlp_tumour_t *model = o->reader->model;
    if (o->state[arrow] == 2) return;
    if (o->state[arrow] == 1) {
        complain_of_circle(o, arrow);
        return;
    }
    o->state[arrow] = 1;
    o->way[o->depth++] = arrow;
    for (size_t i = 0; i < model->n_arrows; i++) {
        bool both = tumour_row_on(model, model->arrows[i].row) && tumour_row_on(model, model->arrows[arrow].row);
        if (both && tumour_arrow_before(model, &model->arrows[i], &model->arrows[arrow])) place_arrow(o, i);
    }
    o->depth--;
    o->state[arrow] = 2;
    model->order[o->placed++] = arrow;
}

int tumour_order_arrows(tumour_reader_t *reader) {
    rlp_tumour_t *model = reader->model;
    ordering_t o = {.reader = reader};
    int rc = RLP_NEW(model->order, model->n_arrows);
    if (!rc) rc = RLP_NEW(o.state, model->n_arrows);
    if (!rc) rc = RLP_NEW(o.way, model->n_arrows + 1);
    for (size_t i = 0; i < model->n_arrows && !rc; i++) place_arrow(&o, i);
    free(o.state);
    free(o.way);
    return rc;
}
