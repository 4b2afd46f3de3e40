/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `mechanisms:`: rows of data, source -> target by a law. No mechanism is named in code: what a row may say is in the tables below.
 *
 * Lists in `from` and `to` make several arrows that share the row's numbers (arrows.c). */
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
    [LAW_LINEAR] = {"linear", false, "slope", NULL, false, false},
    [LAW_FACTOR] = {"factor", true, "slope", NULL, false, false},
    [LAW_INVERSE] = {"inverse", true, "slope", NULL, false, false},
    [LAW_POWER] = {"power", true, NULL, NULL, true, false},
    [LAW_EXP] = {"exp", true, "rate", NULL, false, true},
    [LAW_HILL] = {"hill", false, "max", "half", true, false},
    [LAW_THRESHOLD] = {"threshold", false, "max", "at", false, false},
    [LAW_WINDOW] = {"window", false, "max", "low", false, false},
    [LAW_IMPULSE] = {"impulse", false, NULL, NULL, false, false},
};
static const char *const LAW_KEYS[] = {"slope", "rate", "max", "half", "at", "low", "high", "power", "floor", "times", "add"};

const char *tumour_law_name(tumour_law_t law) { return LAWS[law].name; }

static bool timed(tumour_source_kind_t kind) { return kind == SOURCE_STOP || kind == SOURCE_INTERVENTION; }

static bool law_takes(tumour_law_t law, bool timed_source, const char *key) {
    if (!strcmp(key, "power")) return LAWS[law].takes_power;
    if (!strcmp(key, "floor")) return LAWS[law].takes_floor;
    if (!strcmp(key, "times") || !strcmp(key, "add")) return law == LAW_IMPULSE;
    if (law == LAW_WINDOW && (!strcmp(key, "low") || !strcmp(key, "high"))) return !timed_source;
    return (LAWS[law].strength && !strcmp(key, LAWS[law].strength)) || (LAWS[law].where && !strcmp(key, LAWS[law].where));
}

/* A jump happens at an instant: nothing of a law that acts over time has a meaning. */
static void check_impulse(tumour_reader_t *reader, const rlp_node_t *node) {
    static const char *const meaningless[] = {"window", "origin", "above_rest", "as", "traits"};
    for (size_t i = 0; i < COUNT(meaningless); i++) {
        const rlp_node_t *member = rlp_node_member(node, meaningless[i]);
        if (member) COMPLAIN(reader, member->key_place, "%s has no meaning for the law impulse: the signal jumps at once", meaningless[i]);
    }
    if (!rlp_node_member(node, "times") && !rlp_node_member(node, "add"))
        COMPLAIN(reader, node->key_place, "the law impulse of %s needs 'times' or 'add'", node->key);
}

static void check_law_keys(tumour_reader_t *reader, const rlp_node_t *node, tumour_law_t law, bool timed_source) {
    for (size_t i = 0; i < COUNT(LAW_KEYS); i++) {
        const rlp_node_t *member = rlp_node_member(node, LAW_KEYS[i]);
        bool takes = law_takes(law, timed_source, LAW_KEYS[i]);
        bool optional = law == LAW_IMPULSE || !strcmp(LAW_KEYS[i], "floor") || (!strcmp(LAW_KEYS[i], "power") && law == LAW_HILL);
        if (member && !takes) COMPLAIN(reader, member->key_place, "the law %s has no %s", LAWS[law].name, LAW_KEYS[i]);
        if (!member && takes && !optional)
            COMPLAIN(reader, node->key_place, "the law %s of %s needs '%s'", LAWS[law].name, node->key, LAW_KEYS[i]);
    }
    const rlp_node_t *window = rlp_node_member(node, "window");
    if (law == LAW_IMPULSE) {
        check_impulse(reader, node);
        return;
    }
    if (timed_source && !window)
        COMPLAIN(reader, node->key_place, "%s starts from something that happens at an instant; it needs 'window' (how long it acts)",
                 node->key);
    if (!timed_source && window) COMPLAIN(reader, window->key_place, "window belongs to rows from DRUG.stop or an intervention");
}

/* ---- dimensions ----------------------------------------------------------------------------------------------------------- */
/* Of what is added to a target; pure numbers may be shares (-50 %). */
static rlp_dimension_t dimension_of_target(const rlp_tumour_t *model, tumour_target_t target) {
    switch (target.kind) {
    case TARGET_BIRTH:
    case TARGET_DEATH:
    case TARGET_SEEDING:
    case TARGET_GROWTH: return RLP_DIMENSION_RATE;
    case TARGET_GAIN:
    case TARGET_LOSS: return model->traits[target.index].kind == TRAIT_PLASTIC ? RLP_DIMENSION_RATE : RLP_DIMENSION_SHARE;
    case TARGET_LEVEL:
    case TARGET_HALF: return RLP_DIMENSION_CONCENTRATION;
    default: return RLP_DIMENSION_SHARE;
    }
}

static rlp_dimension_t dimension_of_source(tumour_source_t source) {
    return source.kind == SOURCE_LEVEL     ? RLP_DIMENSION_CONCENTRATION
           : source.kind == SOURCE_DAYS_ON ? RLP_DIMENSION_TIME
                                           : RLP_DIMENSION_SHARE;
}

/* A slope is the target's unit per unit of the source: only per plain number, and per day for days_on, has a name. */
static rlp_dimension_t dimension_of_slope(rlp_dimension_t target, rlp_dimension_t source) {
    if (source == RLP_DIMENSION_SHARE) return target;
    if (source == RLP_DIMENSION_TIME && target == RLP_DIMENSION_SHARE) return RLP_DIMENSION_RATE;
    return RLP_DIMENSION_NUMBER;
}

static size_t read_size(tumour_reader_t *reader, const rlp_node_t *node, const char *key, rlp_dimension_t dimension, double low,
                        double molar_mass) {
    if (!key || !rlp_node_member(node, key)) return NO_PARAMETER;
    return tumour_parameter_as(reader, node, KEYS_ROW, key, dimension, low, 1e9, molar_mass);
}

static const char *unit_of(rlp_dimension_t dimension) {
    return dimension == RLP_DIMENSION_RATE            ? "/d"
           : dimension == RLP_DIMENSION_CONCENTRATION ? "mg/L"
           : dimension == RLP_DIMENSION_TIME          ? "d"
                                                      : "";
}

/* `slope: 0.1 /d` from a level is no slope but a rate; say what it is, and in which unit the plain number is. */
static bool slope_has_a_unit(tumour_reader_t *reader, const rlp_node_t *node, tumour_law_t law, rlp_dimension_t target,
                             tumour_source_t source) {
    const rlp_node_t *slope = LAWS[law].strength ? rlp_node_member(node, LAWS[law].strength) : NULL;
    rlp_dimension_t of = dimension_of_source(source);
    if (!slope || slope->kind != RLP_NODE_SCALAR || dimension_of_slope(target, of) != RLP_DIMENSION_NUMBER) return false;
    char *end;
    (void)strtod(slope->text, &end);
    if (end == slope->text || !*end || !strcmp(end, "%")) return false;
    rlp_text_t name;
    rlp_text_init(&name);
    tumour_source_name(reader->model, source, &name);
    COMPLAIN(reader, slope->place, "%s is '%s'; x is %s in %s, and so %s is a plain number: %s%sper %s", slope->key, slope->text,
             rlp_text_string(&name), unit_of(of), slope->key, unit_of(target), *unit_of(target) ? " " : "", unit_of(of));
    rlp_text_free(&name);
    return true;
}

static void read_numbers(tumour_reader_t *reader, const rlp_node_t *node, tumour_row_t *row, const tumour_arrow_t *first) {
    const rlp_tumour_t *model = reader->model;
    rlp_dimension_t source = dimension_of_source(first->source), target = dimension_of_target(model, first->target);
    if (row->multiplies || row->is_factor) target = RLP_DIMENSION_SHARE;
    bool is_slope = row->law == LAW_LINEAR || row->is_factor;
    double molar = first->source.kind == SOURCE_LEVEL ? model->drugs[first->source.index].molar_mass : 0;
    if (!is_slope || !slope_has_a_unit(reader, node, row->law, target, first->source))
        row->strength = read_size(reader, node, LAWS[row->law].strength, is_slope ? dimension_of_slope(target, source) : target, -1e9, 0);
    bool shifted = rlp_node_member(node, "origin") != NULL, ever = !shifted && row->law == LAW_THRESHOLD && source != RLP_DIMENSION_SHARE;
    row->where = read_size(reader, node, LAWS[row->law].where, source, row->law == LAW_HILL || ever ? 1e-12 : -1e9, molar);
    row->high = read_size(reader, node, row->law == LAW_WINDOW ? "high" : NULL, source, -1e9, molar);
    row->origin = read_size(reader, node, "origin", source, -1e9, molar);
    double least = row->law == LAW_HILL ? 0.01 : -20, most = shifted ? 1e6 : 1; /* at rest a hill is 0 and exp is 1 */
    if (LAWS[row->law].takes_power) row->power = tumour_parameter_as(reader, node, KEYS_ROW, "power", RLP_DIMENSION_NUMBER, least, 20, 0);
    if (LAWS[row->law].takes_floor) row->floor = tumour_parameter_as(reader, node, KEYS_ROW, "floor", RLP_DIMENSION_NUMBER, 0, most, 0);
    row->window = tumour_optional(reader, node, KEYS_ROW, "window");
    row->times = tumour_optional(reader, node, KEYS_ROW, "times");
    row->add = tumour_optional(reader, node, KEYS_ROW, "add");
}

/* A row of which nothing is there keeps its numbers, so that their paths stay known; its dimensions are whatever its units say. */
static void read_numbers_alone(tumour_reader_t *reader, const rlp_node_t *node) {
    static const char *const of_any[] = {"slope", "rate", "max", "half", "at", "low", "high", "origin"};
    static const char *const of_one[] = {"power", "floor", "window", "times", "add"};
    static const rlp_dimension_t known[] = {RLP_DIMENSION_SHARE, RLP_DIMENSION_RATE, RLP_DIMENSION_CONCENTRATION, RLP_DIMENSION_TIME};
    for (size_t i = 0; i < COUNT(of_one); i++) (void)tumour_optional(reader, node, KEYS_ROW, of_one[i]);
    for (size_t i = 0; i < COUNT(of_any); i++) {
        const rlp_node_t *member = rlp_node_member(node, of_any[i]);
        size_t d = 0;
        double value;
        if (!member || member->kind != RLP_NODE_SCALAR) continue;
        while (d + 1 < COUNT(known) && rlp_units_parse_molar(member->text, known[d], 1, &value, NULL)) d++;
        (void)tumour_parameter_as(reader, node, KEYS_ROW, of_any[i], known[d], -1e9, 1e9, 1);
    }
}

/* ---- scope ---------------------------------------------------------------------------------------------------------------- */
static const rlp_node_t *element(const rlp_node_t *node, size_t i) { return node->kind == RLP_NODE_LIST ? node->items[i] : node; }

/* The first thing that is missing is what `check` names. */
static void is_missing(tumour_reader_t *reader, tumour_row_t *row, const char *kind, const char *name) {
    rlp_text_t what;
    rlp_text_init(&what);
    rlp_text_format(&what, "%s%s%s", *kind ? "no " : "", kind, *kind ? " " : "");
    rlp_text_add(&what, name);
    if (what.error || (!row->missing && tumour_keep(reader->model, rlp_text_string(&what), &row->missing)))
        COMPLAIN(reader, row->place, "no memory to keep '%s'", name);
    rlp_text_free(&what);
}

static void read_trait_factors(tumour_reader_t *reader, const rlp_node_t *map, tumour_row_t *row) {
    rlp_key_t key = {.kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_SHARE, .low = 0, .high = 1e6};
    for (size_t i = 0; i < map->n_items; i++) {
        size_t trait = row->if_present ? tumour_find_trait(reader->model, map->items[i]->key) : tumour_trait_of(reader, map->items[i]->key, map->items[i]->key_place);
        if (trait == RLP_NONE && !row->if_present) continue;
        key.name = map->items[i]->key;
        size_t factor = tumour_element(reader, map->items[i], key.name, &key);
        if (trait == RLP_NONE) continue;
        row->trait_factor[trait] = factor;
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
    const char *before = row->missing;
    row->scope = SCOPE_ONLY;
    size_t n = node->kind == RLP_NODE_LIST ? node->n_items : 1;
    for (size_t i = 0; i < n; i++) {
        const rlp_node_t *item = element(node, i);
        if (row->if_present && item->kind == RLP_NODE_SCALAR && tumour_find_trait(reader->model, item->text) == RLP_NONE) {
            is_missing(reader, row, "trait", item->text);
            continue;
        }
        size_t trait = item->kind == RLP_NODE_SCALAR ? tumour_trait_of(reader, item->text, item->place) : RLP_NONE;
        if (trait != RLP_NONE) row->traits |= set_of(trait);
    }
    if (!n) COMPLAIN(reader, node->place, "traits is an empty list: the row would act nowhere");
    if (row->traits) row->missing = before;
}

static void read_sites(tumour_reader_t *reader, const rlp_node_t *node, tumour_row_t *row) {
    const char *before = row->missing;
    row->sites = node ? 0 : SET_ALL;
    if (node && !row->if_present) row->sites = tumour_sites_of(reader, node);
    for (size_t i = 0; node && row->if_present && i < (node->kind == RLP_NODE_LIST ? node->n_items : 1); i++) {
        const rlp_node_t *item = element(node, i);
        bool missing = item->kind == RLP_NODE_SCALAR && tumour_find_site(reader->model, item->text) == RLP_NONE;
        size_t site = missing ? RLP_NONE : tumour_site_of(reader, item);
        if (missing) is_missing(reader, row, "site", item->text);
        if (site != RLP_NONE) row->sites |= set_of(site);
    }
    if (row->sites) row->missing = before;
}

static void check_scope(tumour_reader_t *reader, const rlp_node_t *node, tumour_target_t target) {
    const rlp_node_t *traits = rlp_node_member(node, "traits");
    rlp_text_t name;
    if (!traits ||
        (target.kind != TARGET_RESISTANCE && target.kind != TARGET_SIGNAL && target.kind != TARGET_SPEED && target.kind != TARGET_ROW))
        return;
    rlp_text_init(&name);
    tumour_target_name(reader->model, target, &name);
    COMPLAIN(reader, traits->key_place, "traits has no meaning for a row aimed at %s: it belongs to no kind of cell",
             rlp_text_string(&name));
    rlp_text_free(&name);
}

/* ---- one row -------------------------------------------------------------------------------------------------------------- */
static int add_arrow(tumour_reader_t *reader, size_t row, tumour_source_t source, tumour_target_t target) {
    rlp_tumour_t *model = reader->model;
    int rc = RLP_GROW(model->arrows, model->arrow_capacity, model->n_arrows + 1);
    if (!rc) model->arrows[model->n_arrows++] = (tumour_arrow_t){row, source, target};
    return rc;
}

static bool jumps(tumour_reader_t *reader, const rlp_node_t *from, tumour_source_t source, const rlp_node_t *to, tumour_target_t *target) {
    bool timely = source.kind == SOURCE_INTERVENTION, signal = target->kind == TARGET_SIGNAL;
    target->kind = TARGET_JUMP;
    if (!timely) COMPLAIN(reader, from->place, "the law impulse goes from an intervention, and '%s' is none", from->text);
    if (!signal) COMPLAIN(reader, to->place, "the law impulse goes to a signal, and '%s' is none", to->text);
    return timely && signal;
}

static bool left_out(tumour_reader_t *reader, size_t index, const char *source, const char *target) {
    tumour_row_t *row = &reader->model->rows[index];
    rlp_text_t what;
    rlp_text_init(&what);
    bool out = row->if_present && (tumour_source_lacks(reader->model, source, &what) || tumour_target_lacks(reader->model, target, &what));
    if (out && what.error) COMPLAIN(reader, row->place, "no memory to keep what '%s' lacks", row->name);
    if (out) is_missing(reader, row, "", rlp_text_string(&what));
    rlp_text_free(&what);
    return out;
}

static int read_arrows(tumour_reader_t *reader, const rlp_node_t *from, const rlp_node_t *to, size_t row) {
    size_t n_from = from->kind == RLP_NODE_LIST ? from->n_items : 1, n_to = to->kind == RLP_NODE_LIST ? to->n_items : 1;
    for (size_t i = 0; i < n_from; i++) {
        for (size_t k = 0; k < n_to; k++) {
            const rlp_node_t *source_node = element(from, i), *target_node = element(to, k);
            tumour_source_t source;
            tumour_target_t target;
            if (source_node->kind != RLP_NODE_SCALAR || target_node->kind != RLP_NODE_SCALAR) {
                COMPLAIN(reader, (source_node->kind != RLP_NODE_SCALAR ? source_node : target_node)->place,
                         "expected a name or a list of names");
                continue;
            }
            if (left_out(reader, row, source_node->text, target_node->text)) continue;
            bool good = tumour_source_of(reader, source_node->text, source_node->place, &source);
            good = tumour_target_of(reader, target_node->text, target_node->place, &target) && good;
            if (reader->model->rows[row].law == LAW_IMPULSE) good = good && jumps(reader, source_node, source, target_node, &target);
            int rc = good ? add_arrow(reader, row, source, target) : RLP_OK;
            if (rc) return rc;
        }
    }
    return RLP_OK;
}

/* Arrows of one row share its numbers, so their sources must be of one kind of quantity, and so must be targets to which something is added. */
static void check_alike(tumour_reader_t *reader, const rlp_node_t *node, const tumour_arrow_t *first, size_t n) {
    for (size_t i = 1; i < n; i++) {
        bool sources = dimension_of_source(first[i].source) == dimension_of_source(first[0].source) &&
                       timed(first[i].source.kind) == timed(first[0].source.kind);
        const tumour_row_t *row = &reader->model->rows[first->row];
        bool targets = row->multiplies || row->is_factor || dimension_of_target(reader->model, first[i].target) == dimension_of_target(reader->model, first[0].target);
        if (sources && targets) continue;
        COMPLAIN(reader, node->key_place, "the %s of %s are of different kinds and cannot share one law; write two rows",
                 sources ? "targets" : "sources", node->key);
        return;
    }
}

static void read_flags(tumour_reader_t *reader, const rlp_node_t *node, tumour_row_t *row) {
    const rlp_node_t *instead = rlp_node_member(node, "instead_of");
    row->above_rest = tumour_flag(reader, node, KEYS_ROW, "above_rest");
    row->enabled = tumour_flag(reader, node, KEYS_ROW, "enabled");
    row->interaction = tumour_flag(reader, node, KEYS_ROW, "interaction");
    row->if_present = tumour_flag(reader, node, KEYS_ROW, "if_present");
    row->instead_of = RLP_NONE;
    if (!instead || instead->kind != RLP_NODE_SCALAR) return;
    row->instead_of = row->if_present ? tumour_find_row(reader->model, instead->text) : tumour_row_of(reader, instead->text, instead->place);
}

static int read_row(tumour_reader_t *reader, const rlp_node_t *node, size_t index) {
    rlp_tumour_t *model = reader->model;
    tumour_row_t *row = &model->rows[index];
    const rlp_node_t *from = rlp_node_member(node, "from"), *to = rlp_node_member(node, "to");
    size_t first = model->n_arrows;
    if (!tumour_map(reader, node, KEYS_ROW, "a row of mechanisms") || !from || !to) return RLP_OK;
    row->law = (tumour_law_t)tumour_word(reader, node, KEYS_ROW, "law");
    size_t as = tumour_word(reader, node, KEYS_ROW, "as");
    row->is_factor = LAWS[row->law].is_factor;
    row->multiplies = as ? as == 1 : row->is_factor;
    row->scale = tumour_parameter(reader, node, KEYS_ROW, "scale");
    read_flags(reader, node, row);
    const char *text = tumour_text(reader, node, KEYS_ROW, "source");
    int rc = tumour_keep(model, text ? text : "", &row->source_text);
    if (!rc) rc = read_arrows(reader, from, to, index);
    if (!rc && model->n_arrows > first) row->missing = NULL;
    read_sites(reader, rlp_node_member(node, "in"), row);
    read_traits(reader, rlp_node_member(node, "traits"), row);
    if (!rc && model->n_arrows == first && row->missing) read_numbers_alone(reader, node);
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
        row->scale = row->times = row->add = NO_PARAMETER;
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
    return rc;
}
