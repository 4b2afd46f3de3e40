/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Arrows of mechanisms: what a source or a target may be called, and the order in which arrows can be computed.
 *
 * An arrow comes after the rows aimed at its own row, and after the rows aimed at the level or half that it reads. A circle of such is
 * an error; circles through signals are not, since a signal remembers. */
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "relapse/memory.h"

/* ---- sources and targets -------------------------------------------------------------------------------------------------- */
static const struct {
    const char *suffix;
    tumour_source_kind_t kind;
} SOURCES[] = {{"level", SOURCE_LEVEL}, {"occupancy", SOURCE_OCCUPANCY}, {"days_on", SOURCE_DAYS_ON}, {"stop", SOURCE_STOP}};
static const struct {
    const char *suffix;
    tumour_target_kind_t kind;
} TARGETS[] = {{"gain", TARGET_GAIN}, {"loss", TARGET_LOSS},   {"resistance", TARGET_RESISTANCE}, {"level", TARGET_LEVEL},
               {"half", TARGET_HALF}, {"speed", TARGET_SPEED}, {"survive", TARGET_SURVIVE}};
static const char *const RATES[] = {"birth", "death", "seeding", "growth"};
#define ALWAYS "always"

void tumour_source_name(const rlp_tumour_t *model, tumour_source_t source, rlp_text_t *out) {
    if (source.kind == SOURCE_SIGNAL)
        rlp_text_add(out, model->signals[source.index].name);
    else if (source.kind == SOURCE_INTERVENTION)
        rlp_text_add(out, model->interventions[source.index].name);
    else if (source.kind == SOURCE_ALWAYS)
        rlp_text_add(out, ALWAYS);
    for (size_t i = 0; i < COUNT(SOURCES); i++)
        if (SOURCES[i].kind == source.kind) rlp_text_format(out, "%s.%s", model->drugs[source.index].name, SOURCES[i].suffix);
}

void tumour_target_name(const rlp_tumour_t *model, tumour_target_t target, rlp_text_t *out) {
    const char *owner = "", *suffix = NULL;
    switch (target.kind) {
    case TARGET_BIRTH:
    case TARGET_DEATH:
    case TARGET_SEEDING:
    case TARGET_GROWTH: owner = RATES[target.kind - TARGET_BIRTH]; break;
    case TARGET_GAIN:
    case TARGET_LOSS:
    case TARGET_RESISTANCE: owner = model->traits[target.index].name; break;
    case TARGET_LEVEL:
    case TARGET_HALF: owner = model->drugs[target.index].name; break;
    case TARGET_SIGNAL:
    case TARGET_JUMP:
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

static void unknown_suffix(tumour_reader_t *reader, rlp_place_t place, const char *text, const char *suffix, const char *const *known,
                           size_t n) {
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

static bool source_exists(tumour_reader_t *reader, const char *text, rlp_place_t place, tumour_source_t source) {
    const tumour_drug_t *drug = &reader->model->drugs[source.index];
    if (source.kind != SOURCE_OCCUPANCY || tumour_has_occupancy(drug)) return true;
    COMPLAIN(reader, place, "'%s': %s has no effect, and so no occupancy; one without an effect of its own is `effect: {changes: none, half: ...}`", text,
             drug->name);
    return false;
}

bool tumour_source_of(tumour_reader_t *reader, const char *text, rlp_place_t place, tumour_source_t *source) {
    const rlp_tumour_t *model = reader->model;
    char owner[64];
    const char *suffix = split(text, owner), *known[TUMOUR_NAMES_MAX], *suffixes[COUNT(SOURCES)];
    size_t n = 0;
    if (suffix) {
        for (size_t i = 0; i < COUNT(SOURCES); i++) {
            suffixes[i] = SOURCES[i].suffix;
            if (strcmp(suffix, suffixes[i])) continue;
            *source = (tumour_source_t){SOURCES[i].kind, tumour_drug_of(reader, owner, place)};
            return source->index != RLP_NONE && source_exists(reader, text, place, *source);
        }
        unknown_suffix(reader, place, text, suffix, suffixes, COUNT(SOURCES));
        return false;
    }
    *source = (tumour_source_t){SOURCE_ALWAYS, 0};
    if (!strcmp(text, ALWAYS)) return true;
    *source = (tumour_source_t){SOURCE_SIGNAL, tumour_find_signal(model, text)};
    if (source->index == RLP_NONE) *source = (tumour_source_t){SOURCE_INTERVENTION, tumour_find_intervention(model, text)};
    if (source->index != RLP_NONE) return true;
    for (size_t i = 0; i < model->n_signals && n < TUMOUR_NAMES_MAX; i++) known[n++] = model->signals[i].name;
    for (size_t i = 0; i < model->n_interventions && n < TUMOUR_NAMES_MAX; i++) known[n++] = model->interventions[i].name;
    tumour_unknown(reader, place, "source (a signal, DRUG.level, .days_on, .stop, .occupancy, an intervention, or always)", text, known, n);
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
    if (target.kind == TARGET_HALF && !tumour_has_occupancy(&model->drugs[target.index])) {
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

bool tumour_target_of(tumour_reader_t *reader, const char *text, rlp_place_t place, tumour_target_t *target) {
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

/* ---- if_present ----------------------------------------------------------------------------------------------------------- */
static bool lacks(rlp_text_t *what, const char *kind, const char *name) {
    rlp_text_format(what, "no %s %s", kind, name);
    return true;
}

bool tumour_source_lacks(const rlp_tumour_t *model, const char *text, rlp_text_t *what) {
    char owner[64];
    const char *suffix = split(text, owner);
    for (size_t i = 0; suffix && i < COUNT(SOURCES); i++)
        if (!strcmp(suffix, SOURCES[i].suffix)) return tumour_find_drug(model, owner) == RLP_NONE && lacks(what, "drug", owner);
    if (suffix || !strcmp(text, ALWAYS)) return false; /* a suffix that nothing has is a mistake */
    bool there = tumour_find_signal(model, text) != RLP_NONE || tumour_find_intervention(model, text) != RLP_NONE;
    return !there && lacks(what, "signal or intervention", text);
}

static bool owner_lacks(const rlp_tumour_t *model, tumour_target_kind_t kind, const char *owner, rlp_text_t *what) {
    switch (kind) {
    case TARGET_GAIN:
    case TARGET_LOSS:
    case TARGET_RESISTANCE: return tumour_find_trait(model, owner) == RLP_NONE && lacks(what, "trait", owner);
    case TARGET_LEVEL:
    case TARGET_HALF: return tumour_find_drug(model, owner) == RLP_NONE && lacks(what, "drug", owner);
    case TARGET_SPEED: return tumour_find_signal(model, owner) == RLP_NONE && lacks(what, "signal", owner);
    default: return tumour_find_intervention(model, owner) == RLP_NONE && lacks(what, "intervention", owner);
    }
}

bool tumour_target_lacks(const rlp_tumour_t *model, const char *text, rlp_text_t *what) {
    char owner[64];
    const char *suffix = split(text, owner);
    for (size_t i = 0; suffix && i < COUNT(TARGETS); i++)
        if (!strcmp(suffix, TARGETS[i].suffix)) return owner_lacks(model, TARGETS[i].kind, owner, what);
    if (suffix) return false;
    for (size_t i = 0; i < COUNT(RATES); i++)
        if (!strcmp(text, RATES[i])) return TARGET_BIRTH + i == TARGET_SEEDING && !model->seeds && lacks(what, "rate", text);
    bool there = tumour_find_signal(model, text) != RLP_NONE || tumour_find_row(model, text) != RLP_NONE;
    return !there && lacks(what, "signal or row", text);
}

/* ---- order ---------------------------------------------------------------------------------------------------------------- */
/* Must arrow `before` be known to compute `after`? */
bool tumour_arrow_before(const rlp_tumour_t *model, const tumour_arrow_t *before, const tumour_arrow_t *after) {
    bool reads_level = after->source.kind == SOURCE_LEVEL || after->source.kind == SOURCE_OCCUPANCY;
    switch (before->target.kind) {
    case TARGET_ROW: return before->target.index == after->row;
    case TARGET_LEVEL: return reads_level && before->target.index == after->source.index && model->rows[before->row].scope == SCOPE_ALL;
    case TARGET_HALF:
        return after->source.kind == SOURCE_OCCUPANCY && before->target.index == after->source.index &&
               model->rows[before->row].scope == SCOPE_ALL;
    default: return false;
    }
}

typedef struct {
    tumour_reader_t *reader;
    tumour_arm_t *arm;
    bool good;
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
    COMPLAIN(o->reader, model->rows[model->arrows[again].row].place,
             "rows that wait for each other cannot be evaluated%s%s: %s (let a signal stand between them)", o->arm->switched ? " in the arm " : "",
             o->arm->switched ? o->arm->name : "", rlp_text_string(&circle));
    o->good = false;
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
        bool both = o->arm->row_on[model->arrows[i].row] && o->arm->row_on[model->arrows[arrow].row];
        if (both && tumour_arrow_before(model, &model->arrows[i], &model->arrows[arrow])) place_arrow(o, i);
    }
    o->depth--;
    o->state[arrow] = 2;
    o->arm->order[o->placed++] = arrow;
}

int tumour_order_arrows(tumour_reader_t *reader, size_t arm, bool *good) {
    rlp_tumour_t *model = reader->model;
    ordering_t o = {.reader = reader, .arm = &model->arms[arm], .good = true};
    int rc = RLP_NEW(o.arm->order, model->n_arrows);
    if (!rc) rc = RLP_NEW(o.state, model->n_arrows);
    if (!rc) rc = RLP_NEW(o.way, model->n_arrows + 1);
    for (size_t i = 0; i < model->n_arrows && !rc; i++) place_arrow(&o, i);
    free(o.state);
    free(o.way);
    *good = o.good;
    return rc;
}
