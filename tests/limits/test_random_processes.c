/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random processes: every engine on 200 processes that nobody thought of, each against the finite state projection by one p value; the p values of an exact
 * engine must be uniform, those of one with a stated bias uniform or greater.
 *
 * False alarms: below 1e-7 for this program (judge.h): each engine takes six decisions (one with a bias two) at 1e-7/20. Power: random_mutants.c.
 *
 *   RELAPSE_RANDOM_PATIENTS=100000   more patients a process and engine (the test limits/random_processes_long, label long)
 *   RELAPSE_RANDOM_NUMBER=17         this one alone, shown as an input, with what every engine makes of it
 *   RELAPSE_RANDOM_SEED=5            other processes */
#define JUDGE_DECISIONS 20
#include "random_verdict.h"

#define PROCESSES 200
#define PATIENTS 5000
#define SEED 20260100

static random_process_t drawn[PROCESSES];
static finding_t findings[8][PROCESSES];
static size_t which[8][PROCESSES], n_findings[8];
static uint64_t seed = SEED, patients = PATIENTS;

static uint64_t setting(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text && text[0] ? strtoull(text, NULL, 10) : otherwise;
}

static void print_finding(const random_process_t *r, const rlp_engine_class_t *class, const finding_t *f) {
    printf("process %llu of seed %llu, engine %s, %s", (unsigned long long)r->number, (unsigned long long)seed, class->name, QUESTION_NAMES[r->kind]);
    if (r->kind == QUESTION_LAW) printf(" of cells, worst: %lld to %lld among %lld to %lld", (long long)f->from, (long long)f->to, (long long)f->within[0], (long long)f->within[1]);
    else printf(" of %lld cells and more", (long long)r->level);
    printf(" of types");
    for (size_t i = 0; i < r->process.n_types; i++)
        if (r->of[i]) printf(" %s", r->process.type_names[i]);
    printf(" by day %.17g: expected %.8g, found %.8g, p = %.3g (%llu patients; %zu states, truncated %.1e)\n", r->t_days, f->expected, f->found, f->p,
           (unsigned long long)patients, r->states, r->truncated);
}

static void print_input(const random_process_t *r, const char *engine) {
    rlp_text_t text;
    rlp_text_init(&text);
    random_process_write(r, seed, patients, engine, &text);
    printf("%s\n", rlp_text_string(&text));
    rlp_text_free(&text);
}

/* ---- the sample -------------------------------------------------------------------------------------------------------------------------------- */
static void sit(size_t k) {
    for (size_t e = 0; e < RLP_ENGINE_COUNT; e++) {
        if (!random_process_allows(&drawn[k], RLP_ENGINES[e])) continue;
        which[e][n_findings[e]] = k;
        findings[e][n_findings[e]++] = random_process_judge(&drawn[k], RLP_ENGINES[e], seed, patients);
    }
}

static int draw_all(void **state) {
    (void)state;
    for (size_t k = 0; k < PROCESSES; k++) {
        random_process_draw(&drawn[k], seed, k + 1);
        sit(k);
    }
    return 0;
}

static int free_all(void **state) {
    (void)state;
    for (size_t k = 0; k < PROCESSES; k++) rlp_process_free(&drawn[k].process);
    return 0;
}

/* ---- laws ---------------------------------------------------------------------------------------------------------------------------------------- */
static void print_row(const rlp_engine_class_t *class, const uniformity_t *u) {
    printf("| %-8s | %4zu | %.4f | %-7.2g | %-8.2g | %-7.2g | ", class->name, u->n, u->distance, u->p, u->least, u->least_p);
    if (!class->exact) printf("may be greater than uniform                                      |\n");
    else
        printf("%-8.2g | %-7.2g | %.4f | %-7.2g | %+5.2f | %5.2f | %+5.2f | %5.2f |\n", 1 - u->greatest, u->greatest_p, u->directed_distance, u->directed_p, u->z[0], u->z_power[0],
               u->z[1], u->z_power[1]);
}

static void p_values_are_uniform(void **state) {
    size_t e = *(const size_t *)*state;
    const rlp_engine_class_t *class = RLP_ENGINES[e];
    uniformity_t u = uniformity_of(findings[e], n_findings[e], class->exact);
    double level = judge_level();
    if (!e) printf("| engine   |    n | KS p   | its p   | least p  | its p   | 1 - most | its p   | KS u   | its p   | births z, of +1 %% | deaths z, of +1 %% |\n");
    print_row(class, &u);
    if (class->exact) judge_decisions += 5;
    else judge_decisions++;
    if (u.least_p < 0.01) print_finding(&drawn[which[e][u.worst]], class, &findings[e][u.worst]);
    if (uniformity_least(&u) >= level) return;
    print_finding(&drawn[which[e][u.worst]], class, &findings[e][u.worst]);
    print_input(&drawn[which[e][u.worst]], class->name);
    fail_msg("%s: the p values of %zu random processes are not uniform (least of the verdicts %.2g)", class->name, u.n, uniformity_least(&u));
}

/* They reach what they are for. */
static void the_sample_has_every_kind(void **state) {
    size_t kinds[QUESTIONS] = {0}, channels[4] = {0}, crowded[3] = {0}, events = 0, redrawn = 0, types[RANDOM_TYPES + 1] = {0};
    (void)state;
    for (size_t k = 0; k < PROCESSES; k++) {
        const rlp_process_t *p = &drawn[k].process;
        kinds[drawn[k].kind]++;
        crowded[p->capacity_law]++;
        types[p->n_types]++;
        redrawn += drawn[k].redrawn;
        for (size_t c = 0; c < p->n_channels; c++) channels[p->channels[c].kind]++;
        for (size_t s = 0; s < p->n_segments; s++) events += p->segments[s].survive != RLP_NONE && p->segments[s].start_days <= drawn[k].t_days;
        assert_true(drawn[k].truncated < RANDOM_TRUNCATED);
    }
    printf("types 2: %zu, 3: %zu, 4: %zu, 5: %zu; channels at division %zu, beside %zu, switch %zu, immigration %zu; logistic %zu, gompertz %zu; survival events %zu; "
           "law %zu, share %zu, passage %zu, visits %zu; redrawn %zu\n",
           types[2], types[3], types[4], types[5], channels[0], channels[1], channels[2], channels[3], crowded[1], crowded[2], events, kinds[0], kinds[1], kinds[2], kinds[3],
           redrawn);
    for (size_t k = 0; k < QUESTIONS; k++) assert_true(kinds[k] >= PROCESSES / 10 && channels[k] >= PROCESSES / 10);
    for (size_t n = 2; n <= RANDOM_TYPES; n++) assert_true(types[n] >= PROCESSES / 20);
    assert_true(crowded[1] >= PROCESSES / 20 && crowded[2] >= PROCESSES / 20 && events >= PROCESSES / 4);
}

/* ---- one alone ------------------------------------------------------------------------------------------------------------------------------------- */
static uint64_t number;
static void one_alone(void **state) {
    random_process_t r;
    (void)state;
    random_process_draw(&r, seed, number);
    print_input(&r, "direct");
    for (size_t e = 0; e < RLP_ENGINE_COUNT; e++) {
        if (!random_process_allows(&r, RLP_ENGINES[e])) continue;
        finding_t f = random_process_judge(&r, RLP_ENGINES[e], seed, patients);
        print_finding(&r, RLP_ENGINES[e], &f);
        assert_true(f.p > judge_level());
    }
    rlp_process_free(&r.process);
}

int main(void) {
    static const size_t ENGINE[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    struct CMUnitTest tests[10] = {cmocka_unit_test(the_sample_has_every_kind)}, alone[] = {cmocka_unit_test(one_alone)};
    static char names[8][64];
    size_t n = 1;
    seed = setting("RELAPSE_RANDOM_SEED", SEED);
    patients = setting("RELAPSE_RANDOM_PATIENTS", PATIENTS);
    number = setting("RELAPSE_RANDOM_NUMBER", 0);
    if (number) return cmocka_run_group_tests(alone, NULL, NULL);
    for (size_t e = 0; e < RLP_ENGINE_COUNT; e++, n++) {
        snprintf(names[e], sizeof names[e], "p_values_are_uniform, %s", RLP_ENGINES[e]->name);
        tests[n] = (struct CMUnitTest){.name = names[e], .test_func = p_values_are_uniform, .initial_state = (void *)(uintptr_t)&ENGINE[e]};
    }
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(judge_decisions_stay_within_their_number);
    return _cmocka_run_group_tests("random_processes", tests, n, draw_all, free_all);
}
