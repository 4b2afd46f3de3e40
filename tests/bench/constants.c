/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "constants.h"

#include <stdio.h>
#include <time.h>

#include "../../solver/engine/costs.h"
#include "../../solver/engine/engines.h"
#include "exam.h"

#define ROUNDS 5

/* n types of equal rates that share `cells`; transitions of each type to the next of one kind. */
typedef struct {
    const char *engine;
    int types;
    double cells, days, piece; /* advanced by pieces of so many days */
    const char *kind, *rate;   /* of transitions; NULL: none */
    bool crowded, watched;
} setting_t;

typedef struct {
    exam_t exam;
    double ns, events, steps; /* a trajectory; ns: the least of all rounds */
    uint64_t repeats;
} case_t;

static double now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static void open_case(case_t *c, const setting_t *s) {
    rlp_text_t text;
    rlp_text_init(&text);
    rlp_text_add(&text, "process:\n  types:\n");
    for (int i = 0; i < s->types; i++) rlp_text_format(&text, "    T%d: {cells: %.0f, birth: 0.14, death: 0.14}\n", i, s->cells / s->types);
    if (s->kind) rlp_text_add(&text, "  channels:\n");
    for (int i = 0; i < s->types && s->kind; i++)
        if (i + 1 < s->types || !strcmp(s->kind, "switch")) rlp_text_format(&text, "    - {kind: %s, from: T%d, to: T%d, %s}\n", s->kind, i, (i + 1) % s->types, s->rate);
    if (s->crowded) rlp_text_add(&text, "  capacity: {law: logistic, cells: 1.0e+9}\n");
    exam_open(&c->exam, rlp_engine_find(s->engine), rlp_text_string(&text), s->days);
    rlp_text_free(&text);
}

static void run_case(case_t *c, const setting_t *s, uint64_t repeats) {
    static const unsigned char ALL[64] = {1};
    double events = 0, steps = 0, began = now_ns();
    for (uint64_t k = 1; k <= repeats; k++) {
        exam_start(&c->exam, 91, k);
        rlp_watch_t watch = exam_level(&c->exam, ALL, 1e17);
        for (double t = s->piece; t < s->days * 1.0001; t += s->piece) (void)exam_watch(&c->exam, t, &watch, s->watched);
        events += (double)c->exam.state.events;
        steps += (double)c->exam.state.steps;
    }
    c->ns = fmin(c->ns, (now_ns() - began) / (double)repeats);
    c->events = events / (double)repeats;
    c->steps = steps / (double)repeats;
}

static void line(const char *name, const char *words, double measured, double force) {
    printf("  %-18s %10.3g %10.3g %8.2f  %s\n", name, measured, force, measured / force, words);
}

void bench_constants(double seconds) {
    enum { LARGE, LARGE_MANY, MIDDLE, MIDDLE_MANY, SMALL, SMALL_MANY, CROWDED, JUMP, JUMP_WATCHED, MARKS, STEP, STEP_MANY, STEP_SWITCHING, STEP_FOUNDING, ALL_CASES };
    static const setting_t SETTINGS[ALL_CASES] = {
        [LARGE] = {"direct", 1, 20000, 8, 8, NULL, NULL, false, false},
        [LARGE_MANY] = {"direct", 32, 32000, 8, 8, NULL, NULL, false, false},
        [MIDDLE] = {"direct", 1, 200, 40, 40, NULL, NULL, false, false},
        [MIDDLE_MANY] = {"direct", 32, 320, 40, 40, NULL, NULL, false, false},
        [SMALL] = {"direct", 1, 16, 40, 40, NULL, NULL, false, false},
        [SMALL_MANY] = {"direct", 32, 64, 40, 40, NULL, NULL, false, false},
        [CROWDED] = {"direct", 1, 20000, 8, 8, NULL, NULL, true, false},
        [JUMP] = {"kendall", 8, 8e9, 64, 4, NULL, NULL, false, false},
        [JUMP_WATCHED] = {"kendall", 8, 8e9, 64, 4, NULL, NULL, false, true},
        [MARKS] = {"kendall", 2, 2e9, 8, 8, "mutation", "probability: 1.0e-7", false, false},
        [STEP] = {"leap", 1, 1e9, 64, 4, NULL, NULL, false, false},
        [STEP_MANY] = {"leap", 8, 8e9, 64, 4, NULL, NULL, false, false},
        [STEP_SWITCHING] = {"leap", 8, 8e9, 64, 4, "switch", "rate: 1.0e-3", false, false},
        [STEP_FOUNDING] = {"leap", 2, 2e9, 64, 4, "mutation", "probability: 2.0e-8", false, false},
    };
    static case_t cases[ALL_CASES];
    for (int k = 0; k < ALL_CASES; k++) {
        open_case(&cases[k], &SETTINGS[k]);
        cases[k].ns = INFINITY;
        run_case(&cases[k], &SETTINGS[k], 2);
        cases[k].repeats = (uint64_t)fmax(2, seconds * 1e9 / (ALL_CASES * ROUNDS) / cases[k].ns);
        cases[k].ns = INFINITY;
    }
    for (int round = 0; round < ROUNDS; round++)
        for (int k = 0; k < ALL_CASES; k++) run_case(&cases[k], &SETTINGS[k], cases[k].repeats);
    double event[CROWDED + 1];
    for (int k = 0; k <= CROWDED; k++) event[k] = cases[k].ns / cases[k].events;
    rlp_costs_t m;
    /* over the root of the cells: 200 against 20 000 cells of one type, 320 against 32 000 of 32 types */
    double root = (event[MIDDLE] - event[LARGE]) / (1 / sqrt(200) - 1 / sqrt(20000)), roots = (event[MIDDLE_MANY] - event[LARGE_MANY]) / (1 / sqrt(320) - 1 / sqrt(32000));
    m.direct_root_type = fmax(0.01, (roots - root) / 31);
    m.direct_root = fmax(0.01, root - m.direct_root_type);
    double large = event[LARGE] - root / sqrt(20000), many = event[LARGE_MANY] - roots / sqrt(32000);
    m.direct_event_type = fmax(0.001, (many - large) / 31);
    m.direct_event = large - m.direct_event_type;
    m.direct_single_type = fmax(0.01, (event[SMALL_MANY] - event[SMALL]) / 31);
    m.direct_single = event[SMALL] - m.direct_single_type;
    m.direct_crowded = fmax(0.01, event[CROWDED] - event[LARGE]);
    m.kendall_group = cases[JUMP].ns / 16 / 8;
    m.kendall_check = fmax(1, (cases[JUMP_WATCHED].ns - cases[JUMP].ns) / 16 / (4 + 8));
    m.kendall_mark = cases[MARKS].ns / cases[MARKS].steps;
    m.leap_type = fmax(1, (cases[STEP_MANY].ns / cases[STEP_MANY].steps - cases[STEP].ns / cases[STEP].steps) / 7);
    m.leap_step = fmax(1, cases[STEP].ns / cases[STEP].steps - m.leap_type);
    m.leap_switching = fmax(1, (cases[STEP_SWITCHING].ns / cases[STEP_SWITCHING].steps - cases[STEP_MANY].ns / cases[STEP_MANY].steps) / (8 * 7));
    double founders = 1e9 * 0.14 * 2e-8 * 64 / cases[STEP_FOUNDING].steps;
    m.leap_founder = fmax(1, (cases[STEP_FOUNDING].ns / cases[STEP_FOUNDING].steps - m.leap_step - 2 * m.leap_type) / founders);
    printf("\nConstants by which auto chooses (solver/engine/costs.c), ns\n  %-18s %10s %10s %8s\n", "", "measured", "in force", "ratio");
#define LINE(name, words) line(#name, words, m.name, RLP_COSTS.name);
    RLP_COSTS_LIST(LINE)
    for (int k = 0; k < ALL_CASES; k++) exam_close(&cases[k].exam);
}
