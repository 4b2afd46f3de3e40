/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The states of a shape: counted, numbered, walked. The shape is closed downwards, so below every prefix (n_1 ... n_l) the next count takes all values
 * from 0 to a greatest one: a tree whose nodes keep where their children begin gives number from counts and back in k steps, without a table of the box. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "relapse/states.h"

/* What a prefix has used up of each bound on a sum. */
typedef struct {
    int64_t total, progression, death;
} used_t;

static void use(const rlp_shape_t *s, size_t type, int64_t cells, used_t *used) {
    used->total += cells;
    if (s->progression.of[type]) used->progression += cells;
    if (s->death.of[type]) used->death += cells;
}

/* Greatest count of `type` below a prefix, or -1. */
static int64_t greatest(const rlp_shape_t *s, size_t type, const used_t *used) {
    int64_t most = s->bound[type];
    if (s->total - used->total < most) most = s->total - used->total;
    if (s->progression.present && s->progression.of[type] && s->progression.level - 1 - used->progression < most) most = s->progression.level - 1 - used->progression;
    if (s->death.present && s->death.of[type] && s->death.level - 1 - used->death < most) most = s->death.level - 1 - used->death;
    return most;
}

int64_t rlp_shape_greatest(const rlp_shape_t *s, size_t type) { return greatest(s, type, &(used_t){0}); }

/* ---- counting ------------------------------------------------------------------------------------------------------------------------ */
static double count_below(const rlp_shape_t *s, size_t type, used_t used, double enough, double *prefixes) {
    int64_t most = greatest(s, type, &used);
    if (type + 1 == s->n_types) return (double)most + 1;
    double count = 0;
    for (int64_t cells = 0; cells <= most && count <= enough && *prefixes <= enough; cells++) {
        used_t below = used;
        use(s, type, cells, &below);
        *prefixes += 1;
        count += count_below(s, type + 1, below, enough, prefixes);
    }
    return count;
}

/* Points of the simplex n_1 + ... + n_m <= level - 1. */
static double simplex(const rlp_threshold_t *t, size_t n_types) {
    double count = 1, m = 0;
    for (size_t i = 0; i < n_types; i++)
        if (t->of[i]) m++, count *= ((double)t->level - 1 + m) / m;
    return count;
}

static double upper_count(const rlp_shape_t *s) {
    double box = 1, rest_p = 1, rest_d = 1;
    for (size_t i = 0; i < s->n_types; i++) {
        double width = (double)(s->bound[i] < s->total ? s->bound[i] : s->total) + 1;
        box *= width;
        if (!s->progression.of[i]) rest_p *= width;
        if (!s->death.of[i]) rest_d *= width;
    }
    if (s->progression.present) box = fmin(box, simplex(&s->progression, s->n_types) * rest_p);
    if (s->death.present) box = fmin(box, simplex(&s->death, s->n_types) * rest_d);
    return box;
}

double rlp_states_count(const rlp_shape_t *s, double enough) {
    double prefixes = 0;
    double count = count_below(s, 0, (used_t){0}, enough, &prefixes);
    return count <= enough && prefixes <= enough ? count : fmax(count, upper_count(s));
}

double rlp_states_bytes(const rlp_shape_t *s, double n_states) {
    return s->n_types > 1 ? 2 * sizeof(size_t) * n_states + sizeof(used_t) * n_states : 16; /* every level is at most as long as the last */
}

/* ---- numbering ------------------------------------------------------------------------------------------------------------------------ */
/* Level `type` of the tree from the sums of its nodes; the sums of the level below in *below, except at the last. */
static int grow_level(rlp_states_t *states, size_t type, size_t n_nodes, const used_t *sums, used_t **below, size_t *n_below) {
    const rlp_shape_t *s = &states->shape;
    int rc = RLP_NEW(states->first[type], n_nodes + 1);
    if (rc) return rc;
    size_t *first = states->first[type];
    for (size_t node = 0; node < n_nodes; node++) first[node + 1] = first[node] + (size_t)(greatest(s, type, &sums[node]) + 1);
    *n_below = first[n_nodes];
    if (type + 1 == s->n_types) return RLP_OK;
    rc = RLP_NEW(*below, *n_below);
    for (size_t node = 0; node < n_nodes && !rc; node++) {
        for (size_t child = first[node]; child < first[node + 1]; child++) {
            (*below)[child] = sums[node];
            use(s, type, (int64_t)(child - first[node]), &(*below)[child]);
        }
    }
    return rc;
}

static void add_move(rlp_states_t *states, rlp_move_kind_t kind, size_t from, size_t to) {
    for (size_t m = 0; m < states->n_moves; m++)
        if (states->moves[m].kind == kind && states->moves[m].from == from && states->moves[m].to == to) return;
    states->moves[states->n_moves++] = (rlp_move_t){.kind = kind, .from = from, .to = to};
}

static void list_moves(rlp_states_t *states, const rlp_process_t *p) {
    for (size_t i = 0; i < p->n_types; i++) add_move(states, RLP_MOVE_UP, RLP_NONE, i);
    for (size_t i = 0; i < p->n_types; i++) add_move(states, RLP_MOVE_DOWN, i, RLP_NONE);
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].kind == RLP_CHANNEL_SWITCH && p->channels[c].from != p->channels[c].to) add_move(states, RLP_MOVE_SWITCH, p->channels[c].from, p->channels[c].to);
}

int rlp_states_init(rlp_states_t *states, const rlp_shape_t *shape, const rlp_process_t *p) {
    memset(states, 0, sizeof *states);
    states->shape = *shape;
    states->n_sinks = RLP_SINK_TRUNCATED + 1 + shape->n_types;
    list_moves(states, p);
    used_t *sums = NULL;
    size_t n_nodes = 1;
    int rc = RLP_NEW(sums, 1);
    for (size_t type = 0; type < shape->n_types && !rc; type++) {
        used_t *below = NULL;
        size_t n_below = 0;
        rc = grow_level(states, type, n_nodes, sums, &below, &n_below);
        free(sums);
        sums = below;
        n_nodes = n_below;
    }
    free(sums);
    if (rc) rlp_states_free(states);
    states->n = rc ? 0 : n_nodes;
    return rc;
}

void rlp_states_free(rlp_states_t *states) {
    for (size_t type = 0; type < RLP_STATES_TYPES_MAX; type++) free(states->first[type]);
    memset(states, 0, sizeof *states);
}

size_t rlp_states_index(const rlp_states_t *states, const int64_t *cells) {
    size_t node = 0;
    for (size_t type = 0; type < states->shape.n_types; type++) {
        size_t begin = states->first[type][node], width = states->first[type][node + 1] - begin;
        if (cells[type] < 0 || (uint64_t)cells[type] >= width) return RLP_NONE;
        node = begin + (size_t)cells[type];
    }
    return node;
}

static bool reached(const rlp_threshold_t *t, size_t n_types, const int64_t *cells) {
    int64_t sum = 0;
    for (size_t i = 0; i < n_types; i++) sum += t->of[i] ? cells[i] : 0;
    return t->present && sum >= t->level;
}

size_t rlp_states_sink(const rlp_states_t *states, const int64_t *cells) {
    const rlp_shape_t *s = &states->shape;
    if (reached(&s->progression, s->n_types, cells)) return RLP_SINK_PROGRESSED;
    if (reached(&s->death, s->n_types, cells)) return RLP_SINK_DIED;
    for (size_t i = 0; i < s->n_types; i++)
        if (cells[i] > s->bound[i]) return RLP_SINK_TRUNCATED + 1 + i;
    return RLP_SINK_TRUNCATED;
}

double rlp_states_truncated(const rlp_states_t *states, const double *vector) {
    double sum = 0;
    for (size_t s = RLP_SINK_TRUNCATED; s < states->n_sinks; s++) sum += vector[states->n + s];
    return sum;
}

/* ---- walking ---------------------------------------------------------------------------------------------------------------------------- */
void rlp_cursor_start(const rlp_states_t *states, rlp_cursor_t *at) {
    (void)states;
    memset(at, 0, sizeof *at); /* state 0 is the first leaf: child 0 all the way down */
}

bool rlp_cursor_next(const rlp_states_t *states, rlp_cursor_t *at) {
    size_t k = states->shape.n_types;
    if (at->index + 1 >= states->n) return false;
    at->index++;
    for (size_t level = k; level-- > 0;) {
        size_t node = at->node[level];
        if (++at->node[level + 1] < states->first[level][node + 1]) {
            at->cells[level]++;
            return true;
        }
        at->cells[level] = 0; /* the next node of this level is a child of the next parent: go up; the number just counted on is right already */
    }
    return true;
}

/* ---- what can be projected ------------------------------------------------------------------------------------------------------------------ */
static void set_threshold(rlp_threshold_t *t, const unsigned char *of, double level, size_t n_types) {
    t->present = true;
    t->level = (int64_t)ceil(level); /* counts are whole: >= 10.5 is >= 11 */
    memcpy(t->of, of, n_types);
}

/* With a capacity nothing divides at or above it; then the total passes it only by arrivals that the capacity does not hold back. */
static int64_t greatest_total(const rlp_process_t *p) {
    double most = ceil(p->capacity_cells), start = 0;
    if (p->capacity_law == RLP_CAPACITY_NONE) return INT64_MAX;
    for (size_t c = 0; c < p->n_channels; c++)
        if (p->channels[c].kind == RLP_CHANNEL_IMMIGRATION || p->channels[c].kind == RLP_CHANNEL_BESIDE) return INT64_MAX;
    for (size_t i = 0; i < p->n_types; i++) start += (double)p->start_cells[i];
    most = fmax(most, start);
    return most < 4e18 ? (int64_t)most : INT64_MAX;
}

#define REFUSE(...) return rlp_fail(RLP_ERROR_REFUSED, __VA_ARGS__)

int rlp_shape_of(const rlp_process_t *p, const rlp_endpoints_t *e, bool progression, rlp_shape_t *shape) {
    const rlp_progression_t *rule = &e->progression;
    memset(shape, 0, sizeof *shape);
    shape->n_types = p->n_types;
    if (p->n_types > RLP_STATES_TYPES_MAX)
        REFUSE("the projection takes at most %d types of cells, this process has %zu: `--method moments` and `--method backward` take any number", RLP_STATES_TYPES_MAX, p->n_types);
    shape->total = greatest_total(p);
    if (e->death.present && e->death.measure == RLP_MEASURE_SIZE)
        REFUSE("death by `size:` counts dead tissue, which is no whole number of cells: the projection knows `viable:` alone; `relapse run --engine direct` answers this input");
    if (e->death.present) set_threshold(&shape->death, e->death.of, e->death.level, p->n_types);
    if (!progression || rule->form == RLP_PROGRESSION_NONE) return RLP_OK;
    if (rule->form != RLP_PROGRESSION_BURDEN)
        REFUSE("progression by %s needs the nadir of each path beside its counts: the projection knows `burden:` alone; `relapse run --engine direct` answers this input",
               rule->form == RLP_PROGRESSION_RELATIVE ? "`relative_to_nadir:`" : "`rule: recist`");
    if (rule->measure == RLP_MEASURE_SIZE)
        REFUSE("progression by `measure: size` counts dead tissue, which is no whole number of cells: the projection knows `viable` alone; `relapse run --engine direct` answers this input");
    if (!(rule->every_days > 0)) set_threshold(&shape->progression, rule->of, rule->level, p->n_types);
    return RLP_OK;
}
