/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading `endpoints:`: exactly one form of progression, perhaps a second one, and death by burden, hazard or both. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/endpoint.h"
#include "relapse/memory.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define CELLS(key, text) {.name = key, .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_COUNT, .low = 0, .high = 4e18, .fallback = 0, .meaning = text}

static const rlp_key_t ENDPOINT_KEYS[] = {
    {.name = "progression", .kind = RLP_KEY_MAP, .meaning = "when the disease has progressed: burden, relative_to_nadir or a rule"},
    {.name = "second_progression", .kind = RLP_KEY_MAP, .meaning = "progression once more, since the visit of the first"},
    {.name = "death", .kind = RLP_KEY_MAP, .meaning = "when a patient dies: a burden, a hazard, or whichever comes first"},
};
static const rlp_key_t PROGRESSION_KEYS[] = {
    CELLS("burden", "progression at this many cells or more"),
    {.name = "relative_to_nadir", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_NUMBER, .low = 1, .high = 1e6, .fallback = NAN,
     .meaning = "progression at this many times the least burden so far (1.728 is +20 % of a diameter)"},
    CELLS("minimum", "with relative_to_nadir: and at this many cells or more"),
    {.name = "rule", .kind = RLP_KEY_WORD, .words = "recist|mrecist", .meaning = "+20 % and +5 mm of the sum of diameters over its nadir, or a new lesion; mrecist: of viable tissue"},
    {.name = "measure", .kind = RLP_KEY_WORD, .words = "viable|size|untreatable",
     .meaning = "living cells; living cells and dead tissue not yet cleared; or a rule of the arm that asks for a treatment that is forbidden (tumour floor)"},
    {.name = "every", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_TIME, .low = 0, .high = 1e5, .fallback = 0, .meaning = "days between visits; 0: at any instant"},
    {.name = "of", .kind = RLP_KEY_LIST, .meaning = "the types that count; default all (process floor)"},
    {.name = "visible", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_LENGTH, .low = 0, .high = 1e3, .fallback = 0,
     .meaning = "with rule recist: diameter from which a lesion is seen; one that was below it at baseline and reaches it is new"},
    {.name = "cells_per_cm3", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_CELL_DENSITY, .low = 1e3, .high = 1e12, .fallback = NAN,
     .meaning = "cells per volume, for diameters (process floor; default 1e9)"},
};
static const rlp_key_t SECOND_KEYS[] = {
    {.name = "after", .kind = RLP_KEY_WORD, .words = "progression", .required = true, .meaning = "what it begins with: the visit of the first progression is its baseline"},
    {.name = "rule", .kind = RLP_KEY_WORD, .words = "recist|mrecist", .required = true, .meaning = "as of progression"},
    {.name = "every", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_TIME, .low = 0, .high = 1e5, .fallback = NAN, .required = true, .meaning = "as progression's, for the visits are the same"},
    {.name = "measure", .kind = RLP_KEY_WORD, .words = "viable|size", .meaning = "as of progression"},
    {.name = "visible", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_LENGTH, .low = 0, .high = 1e3, .fallback = 0,
     .meaning = "diameter from which a lesion is seen; one that was below it at the first progression and reaches it is new"},
};
static const rlp_key_t DEATH_KEYS[] = {
    CELLS("burden", "death at this many living cells (the same as viable)"),
    CELLS("viable", "death at this many living cells"),
    CELLS("size", "death at this many cells, dead tissue included"),
    {.name = "of", .kind = RLP_KEY_LIST, .meaning = "the types that count; default all (process floor)"},
    {.name = "hazard", .kind = RLP_KEY_NUMBER, .dimension = RLP_DIMENSION_RATE, .low = 0, .high = 1e4, .fallback = 0,
     .meaning = "rate of death from other causes, drawn from a stream of its own, the same draw in each arm"},
};
const rlp_key_section_t RLP_ENDPOINT_SECTIONS[] = {
    {"endpoints", ENDPOINT_KEYS, COUNT(ENDPOINT_KEYS)},
    {"endpoints.progression", PROGRESSION_KEYS, COUNT(PROGRESSION_KEYS)},
    {"endpoints.second_progression", SECOND_KEYS, COUNT(SECOND_KEYS)},
    {"endpoints.death", DEATH_KEYS, COUNT(DEATH_KEYS)},
};
const size_t RLP_ENDPOINT_SECTION_COUNT = COUNT(RLP_ENDPOINT_SECTIONS);

#define ERROR(...) rlp_diagnose(wrong, RLP_DIAGNOSTIC_ERROR, __VA_ARGS__)

static void forget_rows(rlp_progression_t *p) { p->level_of = p->factor_of = p->minimum_of = p->every_of = p->visible_of = RLP_NO_PARAMETER; }

int rlp_endpoints_init(rlp_endpoints_t *e, size_t n_types, size_t n_lesions) {
    memset(e, 0, sizeof *e);
    forget_rows(&e->progression);
    forget_rows(&e->second);
    e->death.level_of = e->death.hazard_of = e->density_of = RLP_NO_PARAMETER;
    e->n_types = n_types;
    e->n_lesions = n_lesions;
    e->cells_per_mm3 = 1e6;
    int rc = RLP_NEW(e->lesions, n_lesions);
    if (!rc) rc = RLP_NEW(e->progression.of, n_types);
    if (!rc) rc = RLP_NEW(e->second.of, n_types);
    if (!rc) rc = RLP_NEW(e->death.of, n_types);
    for (size_t i = 0; i < n_lesions && !rc; i++) {
        e->lesions[i].lesions = 1;
        rc = RLP_NEW(e->lesions[i].of, n_types);
    }
    if (rc)
        rlp_endpoints_free(e);
    else
        memset(e->progression.of, 1, n_types); /* diameters are told without a progression too */
    return rc;
}

void rlp_endpoints_free(rlp_endpoints_t *e) {
    for (size_t i = 0; e->lesions && i < e->n_lesions; i++) {
        free(e->lesions[i].of);
        free(e->lesions[i].name);
    }
    free(e->lesions);
    free(e->progression.of);
    free(e->second.of);
    free(e->death.of);
    memset(e, 0, sizeof *e);
}

static void read_of(const rlp_node_t *map, const char *const *names, size_t n_types, rlp_diagnostics_t *wrong, unsigned char *of) {
    const rlp_node_t *list = rlp_node_member(map, "of");
    memset(of, !list, n_types);
    if (!list) return;
    if (!names) {
        ERROR(list->key_place, "`of:` names types of the process floor; on the tumour floor every site and type counts");
        return;
    }
    if (list->kind == RLP_NODE_LIST && !list->n_items) ERROR(list->place, "`of:` needs at least one type");
    for (size_t k = 0; list->kind == RLP_NODE_LIST && k < list->n_items; k++) {
        const char *name = list->items[k]->kind == RLP_NODE_SCALAR ? list->items[k]->text : "?";
        size_t i = 0;
        while (i < n_types && strcmp(names[i], name)) i++;
        const char *near = i < n_types ? NULL : rlp_nearest(name, names, n_types);
        if (i < n_types)
            of[i] = 1;
        else if (near)
            ERROR(list->items[k]->place, "no type is named '%s'; did you mean '%s'?", name, near);
        else
            ERROR(list->items[k]->place, "no type is named '%s'", name);
    }
}

static void positive(const rlp_node_t *map, const char *name, double value, rlp_diagnostics_t *wrong) {
    const rlp_node_t *node = rlp_node_member(map, name);
    if (node && !(value > 0)) ERROR(node->place, "`%s:` must be above 0 cells", name);
}

/* ---- numbers ------------------------------------------------------------------------------------------------------------------- */
#define LEAST_CELLS 0.5 /* a burden is above 0 cells */
#define LEAST_DAYS 0.01 /* from visit to visit, where there are visits */

typedef struct {
    const rlp_node_t *map;
    const rlp_key_t *keys;
    size_t n;
    rlp_parameters_t *parameters;
    rlp_diagnostics_t *wrong;
} numbers_t;

/* One number for all patients, as a row; least: what it may not fall below, if that is more than its key says. */
static double shared_number(const numbers_t *from, const char *name, double least, size_t *row) {
    *row = rlp_read_parameter(from->map, from->keys, from->n, name, from->parameters, from->wrong);
    if (*row == RLP_NO_PARAMETER) return rlp_key_find(from->keys, from->n, name)->fallback; /* no memory, and said so */
    rlp_parameter_t *made = &from->parameters->rows[*row];
    made->shared = true;
    made->low = fmax(made->low, fmin(least, made->value));
    return made->value;
}

static double plain_number(const numbers_t *from, const char *name) { return rlp_read_number(from->map, from->keys, from->n, name, from->wrong); }

static void settle(double *number, size_t row, const double *values) {
    if (row != RLP_NO_PARAMETER) *number = values[row];
}

static void settle_progression(rlp_progression_t *p, const double *values) {
    settle(&p->level, p->level_of, values);
    settle(&p->factor, p->factor_of, values);
    settle(&p->minimum_cells, p->minimum_of, values);
    settle(&p->every_days, p->every_of, values);
    settle(&p->visible_mm, p->visible_of, values);
}

void rlp_endpoints_settle(rlp_endpoints_t *e, const double *values) {
    settle_progression(&e->progression, values);
    settle_progression(&e->second, values);
    if (e->second.form != RLP_PROGRESSION_NONE) e->second.every_days = e->progression.every_days;
    settle(&e->death.level, e->death.level_of, values);
    settle(&e->death.hazard_per_day, e->death.hazard_of, values);
    if (e->density_of != RLP_NO_PARAMETER) e->cells_per_mm3 = values[e->density_of] / 1000;
}

/* recist at any instant is only defined for one lesion that is always seen. */
static void check_recist(const rlp_node_t *map, const rlp_endpoints_t *e, rlp_diagnostics_t *wrong) {
    const rlp_progression_t *p = &e->progression;
    if (p->every_days > 0) return;
    if (e->n_lesions > 1) ERROR(map->place, "rule recist over several lesions is judged at visits: say how often with `every:` (56 d is usual)");
    if (p->visible_mm > 0) ERROR(map->place, "new lesions (`visible:`) are found at visits: say how often with `every:` (56 d is usual)");
}

/* `rule:` and `measure:` of a map: recist measures what `measure:` says, mrecist viable tissue. */
static void read_rule(const rlp_node_t *map, const rlp_key_t *keys, size_t n, rlp_diagnostics_t *wrong, rlp_progression_t *p) {
    const rlp_node_t *measure = rlp_node_member(map, "measure");
    bool modified = rlp_read_word(map, keys, n, "rule", wrong) == 1;
    p->measure = (rlp_measure_t)rlp_read_word(map, keys, n, "measure", wrong);
    if (modified && measure && p->measure == RLP_MEASURE_SIZE) ERROR(measure->place, "rule mrecist measures viable tissue: say `measure: viable` or leave it away, or say `rule: recist`");
    p->diameters = p->measure != RLP_MEASURE_UNTREATABLE ? p->measure : modified ? RLP_MEASURE_VIABLE : RLP_MEASURE_SIZE;
}

/* A rule of the arm makes the progression; sizes only tell responses. */
static void check_untreatable(const rlp_node_t *map, const char *const *names, const rlp_progression_t *p, rlp_diagnostics_t *wrong) {
    const rlp_node_t *measure = rlp_node_member(map, "measure");
    if (names) ERROR(measure->place, "untreatable is what a rule of an arm finds (`do:` with `when:`): the process floor has no rules");
    if (rlp_node_member(map, "burden") || rlp_node_member(map, "relative_to_nadir"))
        ERROR(map->place, "with measure untreatable a rule of the arm decides: leave `burden:` and `relative_to_nadir:` away");
    if (!(p->every_days > 0)) ERROR(map->place, "measure untreatable is judged at visits: say how often with `every:` (56 d is usual)");
}

/* What the form asks for; what it does not is read all the same, so that all errors are told. */
static void read_numbers(const numbers_t *from, bool recist, rlp_progression_t *p) {
    p->factor = 1;
    if (p->form == RLP_PROGRESSION_BURDEN)
        p->level = shared_number(from, "burden", LEAST_CELLS, &p->level_of);
    else
        p->level = plain_number(from, "burden");
    if (p->form == RLP_PROGRESSION_RELATIVE) {
        p->factor = shared_number(from, "relative_to_nadir", 0, &p->factor_of);
        p->minimum_cells = shared_number(from, "minimum", 0, &p->minimum_of);
    } else {
        p->minimum_cells = plain_number(from, "minimum");
    }
    p->every_days = plain_number(from, "every");
    if (p->every_days > 0) p->every_days = shared_number(from, "every", LEAST_DAYS, &p->every_of);
    if (recist && p->every_days > 0)
        p->visible_mm = shared_number(from, "visible", 0, &p->visible_of);
    else
        p->visible_mm = plain_number(from, "visible");
}

static void read_progression(const rlp_node_t *map, const char *const *names, rlp_parameters_t *parameters, rlp_diagnostics_t *wrong, rlp_endpoints_t *e) {
    rlp_progression_t *p = &e->progression;
    size_t n = COUNT(PROGRESSION_KEYS);
    const numbers_t from = {map, PROGRESSION_KEYS, n, parameters, wrong};
    if (!rlp_map_check(map, PROGRESSION_KEYS, n, "progression", wrong)) return;
    const rlp_node_t *burden = rlp_node_member(map, "burden"), *relative = rlp_node_member(map, "relative_to_nadir"), *rule = rlp_node_member(map, "rule");
    read_rule(map, PROGRESSION_KEYS, n, wrong, p);
    bool untreatable = p->measure == RLP_MEASURE_UNTREATABLE, recist = rule || untreatable;
    if (!untreatable && !!burden + !!relative + !!rule != 1)
        ERROR(map->place, "progression has exactly one of `burden:`, `relative_to_nadir:` and `rule:` (recist or mrecist)");
    p->form = recist ? RLP_PROGRESSION_RECIST : relative ? RLP_PROGRESSION_RELATIVE : RLP_PROGRESSION_BURDEN;
    read_numbers(&from, recist, p);
    positive(map, "burden", p->level, wrong);
    if (rlp_node_member(map, "minimum") && !relative) ERROR(rlp_node_member(map, "minimum")->key_place, "`minimum:` goes with `relative_to_nadir:`");
    if (rlp_node_member(map, "visible") && !recist) ERROR(rlp_node_member(map, "visible")->key_place, "`visible:` goes with `rule: recist` or mrecist");
    const rlp_node_t *density = rlp_node_member(map, "cells_per_cm3");
    if (density && !names)
        ERROR(density->key_place, "on the tumour floor `cells_per_cm3:` stands under `tumour:`");
    else if (density)
        e->cells_per_mm3 = shared_number(&from, "cells_per_cm3", 0, &e->density_of) / 1000;
    read_of(map, names, e->n_types, wrong, p->of);
    if (untreatable)
        check_untreatable(map, names, p, wrong);
    else if (rule)
        check_recist(map, e, wrong);
}

static void read_second(const rlp_node_t *map, rlp_parameters_t *parameters, rlp_diagnostics_t *wrong, rlp_endpoints_t *e) {
    rlp_progression_t *p = &e->second;
    size_t n = COUNT(SECOND_KEYS);
    const numbers_t from = {map, SECOND_KEYS, n, parameters, wrong};
    if (!rlp_map_check(map, SECOND_KEYS, n, "second_progression", wrong)) return;
    const rlp_node_t *every = rlp_node_member(map, "every");
    p->form = RLP_PROGRESSION_RECIST;
    p->factor = 1;
    rlp_read_word(map, SECOND_KEYS, n, "after", wrong);
    read_rule(map, SECOND_KEYS, n, wrong, p);
    p->every_days = rlp_read_number(map, SECOND_KEYS, n, "every", wrong);
    p->visible_mm = shared_number(&from, "visible", 0, &p->visible_of);
    memset(p->of, 1, e->n_types);
    if (e->progression.form == RLP_PROGRESSION_NONE)
        ERROR(map->place, "a second progression comes after a first one: say what `progression:` is");
    else if (every && !(p->every_days > 0))
        ERROR(every->place, "a second progression is judged at visits: `every:` must be above 0 d, here and under `progression:`");
    else if (every && p->every_days != e->progression.every_days)
        ERROR(every->place, "the visits are those of the first progression, every %g d: say the same here", e->progression.every_days);
}

static void read_death(const rlp_node_t *map, const char *const *names, rlp_parameters_t *parameters, rlp_diagnostics_t *wrong, rlp_endpoints_t *e) {
    static const char *const BURDENS[] = {"burden", "viable", "size"};
    rlp_death_t *d = &e->death;
    size_t n = COUNT(DEATH_KEYS);
    const numbers_t from = {map, DEATH_KEYS, n, parameters, wrong};
    if (!rlp_map_check(map, DEATH_KEYS, n, "death", wrong)) return;
    for (size_t k = 0; k < COUNT(BURDENS); k++) {
        const rlp_node_t *burden = rlp_node_member(map, BURDENS[k]);
        if (!burden) continue;
        if (d->present) ERROR(burden->key_place, "death has one burden: `viable:` (or `burden:`) or `size:`");
        d->present = true;
        d->measure = k == 2 ? RLP_MEASURE_SIZE : RLP_MEASURE_VIABLE;
        d->level = shared_number(&from, BURDENS[k], LEAST_CELLS, &d->level_of);
        positive(map, BURDENS[k], d->level, wrong);
    }
    d->hazard_per_day = shared_number(&from, "hazard", 0, &d->hazard_of);
    if (!d->present && !rlp_node_member(map, "hazard")) ERROR(map->place, "death needs a burden (`viable:` or `size:`), a `hazard:`, or both");
    read_of(map, names, e->n_types, wrong, d->of);
}

int rlp_endpoints_read(const rlp_node_t *map, const char *const *names, rlp_parameters_t *parameters, rlp_diagnostics_t *wrong, rlp_endpoints_t *e) {
    if (!map || !rlp_map_check(map, ENDPOINT_KEYS, COUNT(ENDPOINT_KEYS), "endpoints", wrong)) return RLP_OK;
    const rlp_node_t *progression = rlp_node_member(map, "progression"), *death = rlp_node_member(map, "death");
    const rlp_node_t *second = rlp_node_member(map, "second_progression");
    if (progression) read_progression(progression, names, parameters, wrong, e);
    if (second) read_second(second, parameters, wrong, e);
    if (death) read_death(death, names, parameters, wrong, e);
    return RLP_OK;
}
