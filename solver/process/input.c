/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The process floor: a table of keys per map, a reader per map. Every number goes into the parameters; the model keeps row numbers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "relapse/memory.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define RATE_MAX 1e4 /* per day: a division every nine seconds is beyond anything alive */

static const rlp_key_t PROCESS_KEYS[] = {
    {.name = "types", .kind = RLP_KEY_MAP, .required = true, .meaning = "classes of cells that share per-capita rates, by name"},
    {.name = "channels", .kind = RLP_KEY_LIST, .meaning = "mutation, switch and immigration between types"},
    {.name = "capacity", .kind = RLP_KEY_MAP, .meaning = "crowding: scales every birth rate by the total burden"},
    {.name = "necrosis", .kind = RLP_KEY_MAP, .meaning = "what becomes of cells that a survival event kills"},
    {.name = "cells_per_cm3", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_CELL_DENSITY, .low = 1e3, .high = 1e12, .fallback = 1e9,
     .meaning = "cells in a cubic centimetre of tumour, for diameters"},
};
static const rlp_key_t TYPE_KEYS[] = {
    {.name = "cells", .kind = RLP_KEY_WHOLE, .required = true, .dimension = RLP_DIMENSION_COUNT, .low = 0, .high = 4e18, .fallback = 0,
     .meaning = "cells at time 0"},
    {.name = "birth", .kind = RLP_KEY_NUMBER, .required = true, .dimension = RLP_DIMENSION_RATE, .low = 0, .high = RATE_MAX, .fallback = 0,
     .meaning = "divisions per cell and day"},
    {.name = "death", .kind = RLP_KEY_NUMBER, .required = true, .dimension = RLP_DIMENSION_RATE, .low = 0, .high = RATE_MAX, .fallback = 0,
     .meaning = "deaths per cell and day"},
};
static const rlp_key_t CHANNEL_KEYS[] = {
    {.name = "kind", .kind = RLP_KEY_WORD, .required = true, .words = "mutation|switch|immigration", .meaning = "what happens"},
    {.name = "from", .kind = RLP_KEY_TEXT, .meaning = "the type that divides or switches; not for immigration"},
    {.name = "to", .kind = RLP_KEY_TEXT, .required = true, .meaning = "the type that gains a cell"},
    {.name = "probability", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_NUMBER, .low = 0, .high = 1, .fallback = 0,
     .meaning = "mutation per division: one daughter is of type `to`"},
    {.name = "rate", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_RATE, .low = 0, .high = 1e15, .fallback = 0,
     .meaning = "per cell and day (mutation beside division, switch), or cells per day (immigration)"},
    {.name = "name", .kind = RLP_KEY_TEXT, .meaning = "a name by which a timeline can set the channel"},
};
static const rlp_key_t CAPACITY_KEYS[] = {
    {.name = "law", .kind = RLP_KEY_WORD, .words = "none|logistic|gompertz", .meaning = "birth x max(0, 1 - N/K), or x max(0, 1 - ln N/ln K)"},
    {.name = "cells", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_COUNT, .low = 1, .high = 4e18, .fallback = NAN, .meaning = "the capacity K"},
};
static const rlp_key_t NECROSIS_KEYS[] = {
    {.name = "clearance", .kind = RLP_KEY_NUMBER, .required = true, .dimension = RLP_DIMENSION_RATE, .low = 0, .high = RATE_MAX, .fallback = 0,
     .meaning = "rate at which dead tissue from survival events is cleared"},
};
static const rlp_key_t ARM_KEYS[] = {
    {.name = "timeline", .kind = RLP_KEY_LIST, .meaning = "rows in time order: at, survive, set"},
};
static const rlp_key_t ROW_KEYS[] = {
    {.name = "at", .kind = RLP_KEY_NUMBER, .required = true, .dimension = RLP_DIMENSION_TIME, .low = 0, .high = 1e6, .fallback = 0, .meaning = "day of the row"},
    {.name = "survive", .kind = RLP_KEY_MAP, .meaning = "type: probability that each of its cells lives on; others keep 1"},
    {.name = "set", .kind = RLP_KEY_MAP, .meaning = "type: {birth, death}, or a named channel: {rate} or {probability}; holds until set again"},
};
static const rlp_key_t SET_TYPE_KEYS[] = {
    {.name = "birth", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_RATE, .low = 0, .high = RATE_MAX, .fallback = 0, .meaning = "divisions per cell and day from here on"},
    {.name = "death", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_RATE, .low = 0, .high = RATE_MAX, .fallback = 0, .meaning = "deaths per cell and day from here on"},
};
static const rlp_key_t SET_RATE_KEYS[] = {
    {.name = "rate", .kind = RLP_KEY_NUMBER, .required = true, .dimension = RLP_DIMENSION_RATE, .low = 0, .high = 1e15, .fallback = 0, .meaning = "the channel's rate from here on"},
};
static const rlp_key_t SET_PROBABILITY_KEYS[] = {
    {.name = "probability", .kind = RLP_KEY_NUMBER, .required = true, .dimension = RLP_DIMENSION_NUMBER, .low = 0, .high = 1, .fallback = 0,
     .meaning = "the channel's probability from here on"},
};

const rlp_key_section_t RLP_PROCESS_SECTIONS[] = {
    {"process", PROCESS_KEYS, COUNT(PROCESS_KEYS)},
    {"process.types.TYPE", TYPE_KEYS, COUNT(TYPE_KEYS)},
    {"process.channels.N", CHANNEL_KEYS, COUNT(CHANNEL_KEYS)},
    {"process.capacity", CAPACITY_KEYS, COUNT(CAPACITY_KEYS)},
    {"process.necrosis", NECROSIS_KEYS, COUNT(NECROSIS_KEYS)},
    {"arms.ARM", ARM_KEYS, COUNT(ARM_KEYS)},
    {"arms.ARM.timeline.N", ROW_KEYS, COUNT(ROW_KEYS)},
};
const size_t RLP_PROCESS_SECTION_COUNT = COUNT(RLP_PROCESS_SECTIONS);

typedef struct {
    rlp_process_model_t *model;
    rlp_parameters_t *parameters;
    rlp_diagnostics_t *wrong;
} reader_t;

#define ERROR(reader, place, ...) rlp_diagnose((reader)->wrong, RLP_DIAGNOSTIC_ERROR, (place), __VA_ARGS__)

/* ---- types and channels ------------------------------------------------------------------------------------------------ */
static size_t find_name(const char *const *names, size_t n, const char *name) {
    for (size_t i = 0; i < n; i++)
        if (names[i] && !strcmp(names[i], name)) return i;
    return RLP_NONE;
}

static size_t find_type(const reader_t *reader, const char *name) {
    return find_name((const char *const *)reader->model->type_names, reader->model->n_types, name);
}

static size_t known_type(reader_t *reader, const char *name, rlp_place_t place) {
    size_t type = find_type(reader, name);
    if (type != RLP_NONE) return type;
    const char *near = rlp_nearest(name, (const char *const *)reader->model->type_names, reader->model->n_types);
    if (near)
        ERROR(reader, place, "no type is named '%s'; did you mean '%s'?", name, near);
    else
        ERROR(reader, place, "no type is named '%s'", name);
    return RLP_NONE;
}

static int read_types(reader_t *reader, const rlp_node_t *types) {
    if (!types || types->kind != RLP_NODE_MAP) return RLP_OK;
    rlp_process_model_t *model = reader->model;
    if (!types->n_items) ERROR(reader, types->place, "a process needs at least one type");
    int rc = RLP_NEW(model->types, types->n_items);
    if (!rc) rc = RLP_NEW(model->type_names, types->n_items);
    for (size_t i = 0; i < types->n_items && !rc; i++) {
        const rlp_node_t *type = types->items[i];
        rc = rlp_memory_copy_text(&model->type_names[i], type->key);
        model->n_types = i + 1;
        rlp_map_check(type, TYPE_KEYS, COUNT(TYPE_KEYS), "a type", reader->wrong);
        model->types[i] = (model_type_t){
            .cells = rlp_read_parameter(type, TYPE_KEYS, COUNT(TYPE_KEYS), "cells", reader->parameters, reader->wrong),
            .birth = rlp_read_parameter(type, TYPE_KEYS, COUNT(TYPE_KEYS), "birth", reader->parameters, reader->wrong),
            .death = rlp_read_parameter(type, TYPE_KEYS, COUNT(TYPE_KEYS), "death", reader->parameters, reader->wrong),
        };
    }
    return rc;
}

/* The one number of a channel: a probability or a rate, whichever is written; both or neither is wrong. */
static void read_channel_value(reader_t *reader, const rlp_node_t *item, rlp_channel_kind_t kind, model_channel_t *channel) {
    const rlp_node_t *probability = rlp_node_member(item, "probability"), *rate = rlp_node_member(item, "rate");
    if (kind == RLP_CHANNEL_DIVISION && !!probability == !!rate)
        ERROR(reader, item->place, "a mutation has either `probability:` (per division) or `rate:` (per cell, beside division)");
    if (kind != RLP_CHANNEL_DIVISION && probability)
        ERROR(reader, probability->key_place, "`probability:` belongs to a mutation; this channel has a `rate:`");
    if (kind != RLP_CHANNEL_DIVISION && !rate) ERROR(reader, item->place, "this channel needs a `rate:`");
    channel->shape.kind = kind == RLP_CHANNEL_DIVISION && !probability ? RLP_CHANNEL_BESIDE : kind;
    channel->value = rlp_read_parameter(item, CHANNEL_KEYS, COUNT(CHANNEL_KEYS), channel->shape.kind == RLP_CHANNEL_DIVISION ? "probability" : "rate",
                                        reader->parameters, reader->wrong);
}

static int read_channel(reader_t *reader, const rlp_node_t *item, size_t index) {
    static const rlp_channel_kind_t KINDS[] = {RLP_CHANNEL_DIVISION, RLP_CHANNEL_SWITCH, RLP_CHANNEL_IMMIGRATION};
    rlp_process_model_t *model = reader->model;
    model_channel_t *channel = &model->channels[index];
    *channel = (model_channel_t){.shape = {.from = RLP_NONE, .to = RLP_NONE}, .value = RLP_NO_PARAMETER, .place = item->place};
    if (!rlp_map_check(item, CHANNEL_KEYS, COUNT(CHANNEL_KEYS), "a channel", reader->wrong)) return RLP_OK;
    rlp_channel_kind_t kind = KINDS[rlp_read_word(item, CHANNEL_KEYS, COUNT(CHANNEL_KEYS), "kind", reader->wrong)];
    const rlp_node_t *from = rlp_node_member(item, "from"), *to = rlp_node_member(item, "to"), *name = rlp_node_member(item, "name");
    if (kind == RLP_CHANNEL_IMMIGRATION) {
        if (from) ERROR(reader, from->key_place, "immigration comes from nowhere: it has no `from:`");
    } else if (!from) {
        ERROR(reader, item->place, "this channel needs `from:`, the type it leaves");
    } else if (from->kind == RLP_NODE_SCALAR) {
        channel->shape.from = known_type(reader, from->text, from->place);
    }
    if (to && to->kind == RLP_NODE_SCALAR) channel->shape.to = known_type(reader, to->text, to->place);
    if (channel->shape.from != RLP_NONE && channel->shape.from == channel->shape.to)
        ERROR(reader, item->place, "a channel leads from one type to another; here both are '%s'", to->text);
    read_channel_value(reader, item, kind, channel);
    if (!name || name->kind != RLP_NODE_SCALAR) return RLP_OK;
    if (find_type(reader, name->text) != RLP_NONE) ERROR(reader, name->place, "'%s' is the name of a type; a channel needs another name", name->text);
    for (size_t i = 0; i < index; i++)
        if (model->channel_names[i] && !strcmp(model->channel_names[i], name->text)) ERROR(reader, name->place, "another channel is named '%s'", name->text);
    return rlp_memory_copy_text(&model->channel_names[index], name->text);
}

static int read_channels(reader_t *reader, const rlp_node_t *list) {
    if (!list || list->kind != RLP_NODE_LIST) return RLP_OK;
    rlp_process_model_t *model = reader->model;
    int rc = RLP_NEW(model->channels, list->n_items);
    if (!rc) rc = RLP_NEW(model->channel_names, list->n_items);
    if (rc) return rc;
    model->n_channels = list->n_items;
    for (size_t i = 0; i < list->n_items && !rc; i++) rc = read_channel(reader, list->items[i], i);
    return rc;
}

static void read_capacity(reader_t *reader, const rlp_node_t *capacity) {
    static const rlp_capacity_law_t LAWS[] = {RLP_CAPACITY_NONE, RLP_CAPACITY_LOGISTIC, RLP_CAPACITY_GOMPERTZ};
    rlp_process_model_t *model = reader->model;
    model->capacity_cells = RLP_NO_PARAMETER;
    if (!capacity || !rlp_map_check(capacity, CAPACITY_KEYS, COUNT(CAPACITY_KEYS), "capacity", reader->wrong)) return;
    model->capacity_law = LAWS[rlp_read_word(capacity, CAPACITY_KEYS, COUNT(CAPACITY_KEYS), "law", reader->wrong)];
    if (model->capacity_law == RLP_CAPACITY_NONE) return;
    const rlp_node_t *cells = rlp_node_member(capacity, "cells");
    if (!cells) {
        ERROR(reader, capacity->place, "a capacity needs `cells:`, the burden at which births stop");
        return;
    }
    model->capacity_cells = rlp_read_parameter(capacity, CAPACITY_KEYS, COUNT(CAPACITY_KEYS), "cells", reader->parameters, reader->wrong);
    if (model->capacity_law == RLP_CAPACITY_GOMPERTZ && reader->parameters->rows[model->capacity_cells].value <= 1)
        ERROR(reader, cells->place, "a gompertz capacity must be above 1 cell");
}

/* ---- timelines --------------------------------------------------------------------------------------------------------- */
static int add_assignment(model_row_t *row, size_t slot, size_t parameter) {
    int rc = RLP_GROW(row->assignments, row->assignment_capacity, row->n_assignments + 1);
    if (!rc) row->assignments[row->n_assignments++] = (model_assignment_t){.slot = slot, .parameter = parameter};
    return rc;
}

static int read_survive(reader_t *reader, const rlp_node_t *survive, model_row_t *row) {
    static const rlp_key_t SHARE = {.name = "survive", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_SHARE, .low = 0, .high = 1, .fallback = 1,
                                    .meaning = "probability that each cell of the type lives on"};
    if (!survive || survive->kind != RLP_NODE_MAP) return RLP_OK;
    int rc = RLP_NEW(row->survive, survive->n_items);
    for (size_t i = 0; i < survive->n_items && !rc; i++) {
        const rlp_node_t *item = survive->items[i];
        rlp_key_t key = SHARE;
        key.name = item->key;
        size_t type = known_type(reader, item->key, item->key_place);
        size_t parameter = rlp_read_parameter(survive, &key, 1, item->key, reader->parameters, reader->wrong);
        if (type != RLP_NONE) row->survive[row->n_survive++] = (model_assignment_t){.slot = type, .parameter = parameter};
    }
    return rc;
}

static int set_type(reader_t *reader, const rlp_node_t *item, size_t type, model_row_t *row) {
    size_t n_types = reader->model->n_types;
    int rc = RLP_OK;
    if (!rlp_map_check(item, SET_TYPE_KEYS, COUNT(SET_TYPE_KEYS), "a type in `set:`", reader->wrong)) return rc;
    for (size_t k = 0; k < COUNT(SET_TYPE_KEYS) && !rc; k++) {
        if (!rlp_node_member(item, SET_TYPE_KEYS[k].name)) continue;
        size_t parameter = rlp_read_parameter(item, SET_TYPE_KEYS, COUNT(SET_TYPE_KEYS), SET_TYPE_KEYS[k].name, reader->parameters, reader->wrong);
        rc = add_assignment(row, k * n_types + type, parameter);
    }
    return rc;
}

static int set_channel(reader_t *reader, const rlp_node_t *item, size_t channel, model_row_t *row) {
    bool division = reader->model->channels[channel].shape.kind == RLP_CHANNEL_DIVISION;
    const rlp_key_t *keys = division ? SET_PROBABILITY_KEYS : SET_RATE_KEYS;
    if (!rlp_map_check(item, keys, 1, division ? "a mutation in `set:`" : "a channel in `set:`", reader->wrong)) return RLP_OK;
    size_t parameter = rlp_read_parameter(item, keys, 1, keys[0].name, reader->parameters, reader->wrong);
    return add_assignment(row, 2 * reader->model->n_types + channel, parameter);
}

static void unknown_in_set(reader_t *reader, const rlp_node_t *item) {
    const rlp_process_model_t *model = reader->model;
    const char *near = rlp_nearest(item->key, (const char *const *)model->type_names, model->n_types);
    for (size_t i = 0; i < model->n_channels && !near; i++)
        if (model->channel_names[i]) near = rlp_nearest(item->key, (const char *const *)&model->channel_names[i], 1);
    if (near)
        ERROR(reader, item->key_place, "no type or named channel is '%s'; did you mean '%s'?", item->key, near);
    else
        ERROR(reader, item->key_place, "no type or named channel is '%s'", item->key);
}

static int read_set(reader_t *reader, const rlp_node_t *set, model_row_t *row) {
    if (!set || set->kind != RLP_NODE_MAP) return RLP_OK;
    const rlp_process_model_t *model = reader->model;
    int rc = RLP_OK;
    for (size_t i = 0; i < set->n_items && !rc; i++) {
        const rlp_node_t *item = set->items[i];
        size_t type = find_type(reader, item->key);
        size_t channel = find_name((const char *const *)model->channel_names, model->n_channels, item->key);
        if (type != RLP_NONE)
            rc = set_type(reader, item, type, row);
        else if (channel != RLP_NONE)
            rc = set_channel(reader, item, channel, row);
        else
            unknown_in_set(reader, item);
    }
    return rc;
}

static int read_timeline(reader_t *reader, const rlp_node_t *timeline, model_arm_t *arm) {
    if (!timeline || timeline->kind != RLP_NODE_LIST) return RLP_OK;
    int rc = RLP_NEW(arm->rows, timeline->n_items);
    double before = 0;
    for (size_t i = 0; i < timeline->n_items && !rc; i++) {
        const rlp_node_t *item = timeline->items[i];
        model_row_t *row = &arm->rows[arm->n_rows];
        if (!rlp_map_check(item, ROW_KEYS, COUNT(ROW_KEYS), "a row of a timeline", reader->wrong)) continue;
        arm->n_rows++;
        row->at = rlp_read_parameter(item, ROW_KEYS, COUNT(ROW_KEYS), "at", reader->parameters, reader->wrong);
        if (row->at == RLP_NO_PARAMETER) return RLP_ERROR_MEMORY;
        double at = reader->parameters->rows[row->at].value;
        if (at < before) ERROR(reader, item->place, "rows of a timeline stand in time order: day %g comes after day %g", at, before);
        before = at;
        if (!rlp_node_member(item, "survive") && !rlp_node_member(item, "set")) ERROR(reader, item->place, "a row of a timeline needs `survive:` or `set:`");
        rc = read_survive(reader, rlp_node_member(item, "survive"), row);
        if (!rc) rc = read_set(reader, rlp_node_member(item, "set"), row);
    }
    return rc;
}

static int read_arms(reader_t *reader, const rlp_node_t *arms) {
    rlp_process_model_t *model = reader->model;
    bool named = arms && arms->kind == RLP_NODE_MAP && arms->n_items;
    if (arms && arms->kind == RLP_NODE_MAP && !named) ERROR(reader, arms->place, "`arms:` needs at least one arm by name; without `arms:` there is one, 'all'");
    size_t n = named ? arms->n_items : 1;
    int rc = RLP_NEW(model->arms, n);
    for (size_t i = 0; i < n && !rc; i++) {
        const rlp_node_t *arm = named ? arms->items[i] : NULL;
        rc = rlp_memory_copy_text(&model->arms[i].name, named ? arm->key : "all");
        model->n_arms = i + 1;
        if (rc || !arm || arm->kind == RLP_NODE_NULL) continue;
        if (arm->kind == RLP_NODE_LIST) {
            ERROR(reader, arm->place, "an arm of the process floor is a map, {timeline: [...]}; a list of give and do belongs to the tumour floor");
            continue;
        }
        if (!rlp_map_check(arm, ARM_KEYS, COUNT(ARM_KEYS), "an arm", reader->wrong)) continue;
        rc = read_timeline(reader, rlp_node_member(arm, "timeline"), &model->arms[i]);
    }
    return rc;
}

/* ---- the model --------------------------------------------------------------------------------------------------------- */

/* The last mutation of the type whose written probabilities sum above 1; none if only a timeline makes them. */
static const model_channel_t *crowded_channel(const rlp_process_model_t *model, const double *values) {
    for (size_t c = model->n_channels; c-- > 0;) {
        double sum = 0;
        for (size_t k = 0; k < model->n_channels; k++)
            if (model->channels[k].shape.kind == RLP_CHANNEL_DIVISION && model->channels[k].shape.from == model->channels[c].shape.from)
                sum += values[model->channels[k].value];
        if (model->channels[c].shape.kind == RLP_CHANNEL_DIVISION && sum > 1) return &model->channels[c];
    }
    return NULL;
}

/* Mutation probabilities of one type exclude each other: at no time may they sum above 1. Judged on the written values. */
static int check_probabilities(reader_t *reader, const rlp_node_t *arms) {
    if (rlp_diagnostics_errors(reader->wrong)) return RLP_OK;
    double *values;
    int rc = RLP_NEW(values, reader->parameters->n);
    if (rc) return rc;
    rlp_parameters_values(reader->parameters, values);
    for (size_t a = 0; a < reader->model->n_arms; a++) {
        rlp_process_t process;
        if (rlp_process_model_build(reader->model, a, values, &process)) {
            const model_channel_t *crowded = crowded_channel(reader->model, values);
            ERROR(reader, crowded ? crowded->place : arms ? arms->items[a]->key_place : (rlp_place_t){0}, "%s", rlp_fail_message());
            if (crowded) break; /* the same in every arm */
            continue;
        }
        rlp_process_free(&process);
    }
    free(values);
    return RLP_OK;
}

int rlp_process_model_read(const rlp_node_t *root, rlp_parameters_t *parameters, rlp_diagnostics_t *wrong, rlp_process_model_t **out) {
    int rc = RLP_NEW(*out, 1);
    if (rc) return rc;
    reader_t reader = {.model = *out, .parameters = parameters, .wrong = wrong};
    const rlp_node_t *process = rlp_node_member(root, "process");
    (*out)->capacity_cells = (*out)->clearance = (*out)->cells_per_cm3 = RLP_NO_PARAMETER;
    if (!process || !rlp_map_check(process, PROCESS_KEYS, COUNT(PROCESS_KEYS), "process", wrong)) return RLP_OK;
    rc = read_types(&reader, rlp_node_member(process, "types"));
    if (!rc) rc = read_channels(&reader, rlp_node_member(process, "channels"));
    if (rc) goto out;
    read_capacity(&reader, rlp_node_member(process, "capacity"));
    const rlp_node_t *necrosis = rlp_node_member(process, "necrosis");
    if (necrosis && rlp_map_check(necrosis, NECROSIS_KEYS, COUNT(NECROSIS_KEYS), "necrosis", wrong))
        (*out)->clearance = rlp_read_parameter(necrosis, NECROSIS_KEYS, COUNT(NECROSIS_KEYS), "clearance", parameters, wrong);
    (*out)->cells_per_cm3 = rlp_read_parameter(process, PROCESS_KEYS, COUNT(PROCESS_KEYS), "cells_per_cm3", parameters, wrong);
    rc = read_arms(&reader, rlp_node_member(root, "arms"));
    if (!rc) rc = check_probabilities(&reader, rlp_node_member(root, "arms"));
out:
    if (rc) {
        rlp_process_model_free(*out);
        *out = NULL;
    }
    return rc;
}
