/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The live environment: what rules do at day t is what an arm that plans it for day t does. Rates are compared by their integrals, which each
 * compile knows within 0.1 error (within its segments, too); what an engine may have entered never changes. */
#include "tumour_test.h"

#include "../../../solver/tumour/compile.h"

#define ERROR 0.01
#define END 300.0
#define WORLD                                                                                                                   \
    TUMOUR_PLAIN                                                                                                                \
    "traits: {met: {kind: genetic, found: 1.0e-6}}\n"                                                                            \
    "signals: {hypoxia: {rest: 0, tau: 6 d}, rebound: {rest: 0, tau: 20 d}}\n"                                                    \
    "drugs:\n"                                                                                                                  \
    "  d: {dose: 200 mg, pk: {ka: 6 /d, half_life: 30 h, volume: 100 L},\n"                                                       \
    "      effect: {changes: death, max: 0.05 /d, half: 2 mg/L, power: 1.5}, resisted: {met: {half: 50}}}\n"                       \
    "  o: {dose: 80 mg, pk: {half_life: 48 h, volume: 500 L}, effect: {changes: birth, max: -40 %, half: 0.1 mg/L}}\n"              \
    "interventions: {burn: {survive: {core: 0.05}, signals: {hypoxia: {add: 2}}}}\n"                                              \
    "mechanisms:\n"                                                                                                             \
    "  H: {from: hypoxia, to: birth, law: factor, slope: 0.2}\n"                                                                  \
    "  S: {from: d.stop, to: rebound, law: window, max: 1, window: 30 d}\n"                                                       \
    "  R: {from: rebound, to: birth, law: factor, slope: 0.1}\n"                                                                  \
    "  T: {from: d.days_on, to: death, law: threshold, at: 100 d, max: -0.01 /d}\n"                                               \
    "  G: {from: d.days_on, to: birth, law: factor, slope: 0.001 /d}\n"                                                           \
    "  W: {from: burn, to: death, law: window, max: 0.01 /d, window: 12 d}\n"

/* ---- a course with holds ----------------------------------------------------------------------------------------------------- */
static void begin(compiled_t *c, size_t arm, double follow_up) {
    rlp_environment_free(c->environment);
    rlp_process_free(&c->process);
    c->environment = NULL;
    c->follow_up = follow_up;
    assert_int_equal(rlp_tumour_process(c->tumour, c->values, &c->process), RLP_OK);
    assert_int_equal(rlp_environment_new(c->tumour, arm, ERROR, follow_up, &c->environment), RLP_OK);
    assert_int_equal(rlp_environment_begin(c->environment, c->values, &c->process), RLP_OK);
}

static void go_to(compiled_t *c, double t) {
    rlp_environment_hold(c->environment, t);
    assert_int_equal(rlp_environment_extend(c->environment, t, &c->process), RLP_OK);
}

static void go_on(compiled_t *c) {
    rlp_environment_hold(c->environment, INFINITY);
    assert_int_equal(rlp_environment_extend(c->environment, c->follow_up, &c->process), RLP_OK);
}

/* The first act of the arm's rule. */
static const rlp_act_t *act_of(const compiled_t *c, size_t arm, size_t rule) {
    size_t n;
    const rlp_rule_t *rules = rlp_tumour_rules(c->tumour, arm, &n);
    assert_true(rule < n && rules[rule].n_then > 0);
    return rules[rule].then;
}

static void act(compiled_t *c, size_t arm, size_t rule, double t) {
    assert_int_equal(rlp_environment_act(c->environment, act_of(c, arm, rule), t, &c->process), RLP_OK);
}

/* Integrals of birth - death of each type, day for day, and survival on the days given. */
static void same_course(compiled_t *live, compiled_t *planned, const double *days, size_t n_days) {
    size_t n = live->process.n_types;
    for (size_t i = 0; i < n; i++) {
        for (double t = 5; t <= END; t += 5) {
            double a = integral(live, i, 0, t) - integral(live, n + i, 0, t), b = integral(planned, i, 0, t) - integral(planned, n + i, 0, t);
            if (fabs(a - b) > 0.2 * ERROR) fail_msg("%s: %.6g live, %.6g planned, up to day %g", live->process.type_names[i], a, b, t);
        }
        for (size_t k = 0; k < n_days; k++)
            assert_near(survival_at(live, live->process.type_names[i], days[k]), survival_at(planned, live->process.type_names[i], days[k]), 1e-12);
    }
}

/* Arm 0 decides on the way, arm 1 plans; `t`: days on which rule 0, 1, ... of arm 0 act. */
static void compare(const char *arms, const double *t, size_t n) {
    compiled_t live, planned;
    char text[8192];
    snprintf(text, sizeof text, "%sarms:\n%s", WORLD, arms);
    read_text(&live, text);
    must_be_right(&live);
    read_text(&planned, text);
    must_be_right(&planned);
    assert_int_equal(compile_arm(&planned, 1, END, ERROR), RLP_OK);
    begin(&live, 0, END);
    for (size_t k = 0; k < n; k++) {
        go_to(&live, t[k]);
        act(&live, 0, k, t[k]);
    }
    go_on(&live);
    same_course(&live, &planned, t, n);
    compiled_free(&live);
    compiled_free(&planned);
}

static void giving_is_as_planned(void **state) {
    (void)state;
    compare("  live: [{give: d, every: 12 h, from: 3 d, doses: 100, when: progression}]\n"
            "  plan: [{give: d, every: 12 h, from: 59 d, doses: 100}]\n",
            (const double[]){56}, 1);
    compare("  live: [{give: o, every: 24 h}, {give: d, every: 24 h, until: 80 d, when: visit}]\n"
            "  plan: [{give: o, every: 24 h}, {give: d, every: 24 h, from: 61.37 d, until: 141.37 d}]\n",
            (const double[]){61.37}, 1);
}

static void stopping_is_as_planned(void **state) {
    (void)state;
    compare("  live: [{give: d, every: 12 h, until: 200 d}, {stop: d, when: progression}]\n"
            "  plan: [{give: d, every: 12 h, until: 112 d}]\n",
            (const double[]){112}, 1);
    compare("  live: [{give: d, every: 12 h, until: progression}, {give: o, every: 24 h, when: visit}]\n"
            "  plan: [{give: d, every: 12 h, until: 56.3 d}, {give: o, every: 24 h, from: 70 d}]\n",
            (const double[]){56.3, 70}, 2);
}

static void doing_is_as_planned(void **state) {
    (void)state;
    compare("  live: [{give: d, every: 12 h}, {do: burn, when: visit}, {do: burn, when: progression}]\n"
            "  plan: [{give: d, every: 12 h}, {do: burn, at: [28 d, 69.123 d]}]\n",
            (const double[]){28, 69.123}, 2);
}

/* A reduced course is a course that ends without a stop, and one that takes over: two courses without rows from d.stop and d.days_on. */
static void reducing_is_as_planned(void **state) {
    (void)state;
    compare("  live: [{give: o, every: 24 h, from: 0.5 d}, {reduce: o, to: 25 %, when: visit}]\n"
            "  plan: [{give: o, every: 24 h, from: 0.5 d, until: 56 d}, {give: o, every: 24 h, from: 56.5 d, dose: 20 mg}]\n",
            (const double[]){56}, 1);
    compare("  live: [{give: o, every: 24 h, doses: 100}, {reduce: o, to: 50 %, when: visit}, {reduce: o, to: 50 %, when: visit}]\n"
            "  plan: [{give: o, every: 24 h, until: 56 d}, {give: o, every: 24 h, from: 56 d, until: 84 d, dose: 40 mg}, "
            "{give: o, every: 24 h, from: 84 d, until: 100 d, dose: 20 mg}]\n",
            (const double[]){56, 84}, 2);
}

static void pausing_is_as_planned(void **state) {
    (void)state;
    compare("  live: [{give: o, every: 24 h, doses: 100}, {pause: o, for: 14 d, when: visit}]\n"
            "  plan: [{give: o, every: 24 h, until: 56 d}, {give: o, every: 24 h, from: 70 d, doses: 44}]\n",
            (const double[]){56}, 1);
    compare("  live: [{give: o, every: 24 h, until: 80 d}, {pause: o, for: 14 d, when: visit}]\n"
            "  plan: [{give: o, every: 24 h, until: 56 d}, {give: o, every: 24 h, from: 70 d, until: 80 d}]\n",
            (const double[]){56}, 1);
    compare("  live: [{give: o, every: 21 d}, {pause: o, for: 5 d, when: visit}, {pause: o, for: 20 d, when: visit}]\n"
            "  plan: [{give: o, every: 21 d, doses: 4}, {give: o, every: 21 d, from: 104 d}]\n",
            (const double[]){28, 84}, 2);
}

/* ---- questions ------------------------------------------------------------------------------------------------------------------ */
static void read_live(compiled_t *c, const char *arm) {
    char text[8192];
    snprintf(text, sizeof text, "%sarms:\n  live: %s\n", WORLD, arm);
    read_text(c, text);
    must_be_right(c);
    begin(c, 0, END);
}

static void days_and_doses_are_counted(void **state) {
    (void)state;
    compiled_t c;
    read_live(&c, "[{give: d, every: 24 h, from: 6 d}, {reduce: d, to: 50 %, when: visit}, {pause: d, for: 10 d, when: visit}, {stop: d, when: visit}]");
    rlp_environment_t *e = c.environment;
    assert_false(rlp_environment_on_drug(e, 0, 5));
    assert_true(rlp_environment_on_drug(e, 0, 6));
    assert_near(rlp_environment_given_mg(e, 0, 5.9), 0, 0);
    assert_near(rlp_environment_given_mg(e, 0, 6), 200, 0);
    go_to(&c, 56.5);
    assert_near(rlp_environment_days_on(e, 0, 56.5), 50.5, 1e-12);
    act(&c, 0, 0, 56.5);
    go_to(&c, 84);
    assert_near(rlp_environment_days_on(e, 0, 84), 51 + 0.5 * 27, 1e-12); /* half from the next dose on, at 57 */
    assert_near(rlp_environment_given_mg(e, 0, 83.5), 51 * 200 + 27 * 100, 1e-9);
    act(&c, 0, 1, 84);
    go_to(&c, 112);
    assert_false(rlp_environment_on_drug(e, 0, 84));
    assert_false(rlp_environment_on_drug(e, 0, 93.9));
    assert_true(rlp_environment_on_drug(e, 0, 94));
    assert_near(rlp_environment_days_on(e, 0, 112), 51 + 0.5 * 27 + 0.5 * 18, 1e-12);
    act(&c, 0, 2, 112);
    assert_false(rlp_environment_on_drug(e, 0, 112));
    go_on(&c);
    assert_near(rlp_environment_days_on(e, 0, END), 51 + 0.5 * 27 + 0.5 * 18, 1e-12);
    assert_near(rlp_environment_given_mg(e, 0, END), 51 * 200 + 27 * 100 + 18 * 100, 1e-9);
    compiled_free(&c);
}

/* What several rules do at one visit, a dose being due: reduced and stopped, reduced and paused, paused and stopped. */
static void acts_of_one_visit_add_up(void **state) {
    (void)state;
    static const rlp_event_kind_t TOLD[] = {RLP_EVENT_STOP, RLP_EVENT_PAUSE, RLP_EVENT_STOP};
    static const size_t FIRST[] = {0, 0, 1}, SECOND[] = {2, 1, 2};
    for (size_t k = 0; k < 3; k++) {
        compiled_t c;
        read_live(&c, "[{give: d, every: 24 h}, {reduce: d, to: 50 %, when: visit}, {pause: d, for: 10 d, when: visit}, {stop: d, when: visit}]");
        rlp_environment_t *e = c.environment;
        go_to(&c, 56);
        act(&c, 0, FIRST[k], 56);
        act(&c, 0, SECOND[k], 56);
        size_t n, told = 0, resumed = 0, windows = 0;
        const rlp_planned_t *planned = rlp_environment_planned(e, &n);
        for (size_t i = 0; i < n; i++) told += planned[i].kind == TOLD[k] && planned[i].t_days == 56, resumed += planned[i].kind == RLP_EVENT_RESUME;
        for (size_t i = 0; i < e->n_breaks; i++) windows += e->breaks[i].stopped == 0;
        assert_int_equal(told, 1);
        assert_int_equal(resumed, TOLD[k] == RLP_EVENT_PAUSE);
        assert_int_equal(windows, 1);
        assert_false(rlp_environment_on_drug(e, 0, 56));
        assert_true(rlp_environment_on_drug(e, 0, 66) == (TOLD[k] == RLP_EVENT_PAUSE));
        go_on(&c);
        assert_near(rlp_environment_given_mg(e, 0, END), 56 * 200 + (TOLD[k] == RLP_EVENT_PAUSE ? 235 * 100 : 0), 1e-9);
        compiled_free(&c);
    }
}

/* Stopped at the instant at which it would go on: told, but no window opens anew. */
static void a_course_may_stop_where_it_would_go_on(void **state) {
    (void)state;
    compiled_t c;
    read_live(&c, "[{give: d, every: 24 h}, {reduce: d, to: 50 %, when: visit}, {pause: d, for: 10 d, when: visit}, {stop: d, when: visit}]");
    go_to(&c, 56);
    act(&c, 0, 0, 56);
    act(&c, 0, 1, 56);
    go_to(&c, 66);
    act(&c, 0, 2, 66);
    size_t n, windows = 0, stops = 0, resumed = 0;
    const rlp_planned_t *planned = rlp_environment_planned(c.environment, &n);
    for (size_t i = 0; i < n; i++) {
        resumed += planned[i].kind == RLP_EVENT_RESUME && planned[i].t_days == 66 && !stops; /* a log has told it before the rule is judged */
        stops += planned[i].kind == RLP_EVENT_STOP && planned[i].t_days == 66;
    }
    for (size_t i = 0; i < c.environment->n_breaks; i++) windows += c.environment->breaks[i].stopped == 0;
    assert_int_equal(windows, 1);
    assert_int_equal(resumed, 1);
    assert_int_equal(stops, 1);
    compiled_free(&c);
}

/* `until: progression` of one item ends its own course only; a course with doses left to give ends later by a pause. */
static void courses_end_when_they_should(void **state) {
    (void)state;
    compiled_t c;
    read_live(&c, "[{give: d, every: 24 h, until: progression}, {give: d, every: 24 h, from: 100 d, doses: 60}, {pause: d, for: 14 d, when: visit}, "
                  "{reduce: d, to: 50 %, when: visit}, {stop: d, when: visit}]");
    rlp_environment_t *e = c.environment;
    go_to(&c, 56);
    act(&c, 0, 0, 56);
    assert_false(rlp_environment_on_drug(e, 0, 56));
    assert_true(rlp_environment_on_drug(e, 0, 100));
    go_to(&c, 112);
    act(&c, 0, 1, 112);
    assert_true(rlp_environment_on_drug(e, 0, 173.9));
    assert_false(rlp_environment_on_drug(e, 0, 174)); /* 60 doses and 14 days from day 100 on */
    go_to(&c, 140);
    act(&c, 0, 2, 140);
    assert_true(rlp_environment_on_drug(e, 0, 173.9));
    assert_false(rlp_environment_on_drug(e, 0, 174));
    go_to(&c, 160);
    act(&c, 0, 3, 160);
    size_t stops = 0;
    for (size_t i = 0; i < e->n_breaks; i++) stops += e->breaks[i].stopped == 0;
    assert_int_equal(stops, 3); /* on days 56, 112 and 160: those planned for later are off, and so are their windows */
    compiled_free(&c);
}

/* Rows from the days on the drug: not anew after a reduction, and without the days of a pause. T: death - 0.01 from day 100 on the drug. */
static void days_on_go_on(void **state) {
    (void)state;
    compiled_t c;
    read_live(&c, "[{give: d, every: 24 h, dose: 1.0e-9 mg}, {reduce: d, to: 50 %, when: visit}, {pause: d, for: 10 d, when: visit}]");
    size_t death = death_of(&c, "core/none"), birth = birth_of(&c, "core/none");
    go_to(&c, 40.5);
    act(&c, 0, 0, 40.5);
    go_to(&c, 60);
    act(&c, 0, 1, 60);
    go_on(&c);
    assert_near(mean_of(&c, death, 70, 110), 0.08, 1e-9);
    assert_near(mean_of(&c, death, 110, 300), 0.07, 1e-9);
    assert_near(mean_of(&c, birth, 45, 55), 0.1 * 1.05, 2e-5);
    assert_near(mean_of(&c, birth, 290, 300), 0.1 * 1.285, 1e-4); /* the rebound after the pause is over */
    compiled_free(&c);
}

/* A pause and a stop open the window of rows from d.stop (S, for 30 days); a reduction does not. */
static void windows_open_at_stops_and_pauses(void **state) {
    (void)state;
    compiled_t c;
    const char *arm = "[{give: d, every: 24 h, dose: 1.0e-9 mg}, {reduce: d, to: 50 %, when: visit}, {pause: d, for: 10 d, when: visit}, {stop: d, when: visit}]";
    read_live(&c, arm);
    set_value(&c, "mechanisms.G.slope", 0);
    begin(&c, 0, END);
    size_t birth = birth_of(&c, "core/none");
    go_to(&c, 40.5);
    act(&c, 0, 0, 40.5);
    go_to(&c, 80);
    assert_near(mean_of(&c, birth, 40, 80), 0.1, 1e-12);
    act(&c, 0, 1, 80);
    go_to(&c, 240);
    double x = 1 - exp(-30.0 / 20); /* the signal where the window closes */
    assert_near(integral(&c, birth, 80, 240), 0.1 * (160 + 0.1 * (30 - 20 * x + 20 * x * (1 - exp(-130.0 / 20)))), 1e-3);
    act(&c, 0, 2, 240);
    go_on(&c);
    assert_near(integral(&c, birth, 240, 300), 0.1 * (60 + 0.1 * (30 - 20 * x + 20 * x * (1 - exp(-30.0 / 20)))), 1e-3);
    compiled_free(&c);
}

/* ---- against a plain list of doses ------------------------------------------------------------------------------------------------ */
#define LISTED                                                                                                                  \
    TUMOUR_PLAIN                                                                                                                \
    "drugs: {d: {dose: 64 mg, pk: {half_life: 8 h, volume: 100 L}}}\n"                                                           \
    "arms:\n"                                                                                                                   \
    "  live:\n"                                                                                                                 \
    "    - {give: d, every: 24 h, from: 3 d, until: 150 d}\n"                                                                     \
    "    - {give: d, every: 60 h, from: 30.25 d, doses: 40}\n"                                                                    \
    "    - {give: d, every: 84 h, from: 1 d, doses: 20, when: visit, at_most: 9}\n"                                               \
    "    - {reduce: d, to: 50 %, when: visit}\n"                                                                                  \
    "    - {pause: d, for: 10 d, when: visit}\n"                                                                                  \
    "    - {pause: d, for: 3.25 d, when: visit}\n"                                                                                \
    "    - {stop: d, when: visit}\n"
enum { LIST_COURSES = 40, LIST_DOSES = 400 };

typedef struct {
    size_t n;
    double every, until, at[LIST_DOSES], mg[LIST_DOSES];
} list_t;

static void list_course(list_t *l, double from, double every, size_t doses, double until) {
    l->n = 0;
    l->every = every;
    l->until = until;
    for (; l->n < doses && from + (double)l->n * every < until; l->n++) l->at[l->n] = from + (double)l->n * every, l->mg[l->n] = 64;
}

static void list_act(list_t *l, size_t rule, double t) {
    double end = t + (rule == 2 ? 10 : 3.25), shift = -1;
    size_t kept = 0;
    for (size_t i = 0; i < l->n; i++) {
        double at = l->at[i], mg = l->mg[i];
        if (at >= t && rule == 4) continue;
        if (at >= t && rule == 1) mg /= 2;
        if (at >= t && (rule == 2 || rule == 3)) { /* the first of them decides by how much all are late */
            if (shift < 0) shift = fmax(0, end - at);
            at += shift;
            if (at >= l->until) continue;
        }
        l->at[kept] = at, l->mg[kept++] = mg;
    }
    l->n = kept;
}

static double list_given(const list_t *lists, size_t n, double t) {
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < lists[k].n; i++) sum += lists[k].at[i] <= t ? lists[k].mg[i] : 0;
    return sum;
}

/* Whatever is done in whatever order, also several things at once and at times at which doses are due. */
static void doses_are_those_of_a_plain_list(void **state) {
    (void)state;
    static list_t lists[LIST_COURSES];
    compiled_t c;
    uint64_t luck = 1;
    read_text(&c, LISTED);
    must_be_right(&c);
    for (size_t path = 0; path < 400; path++) {
        size_t n = 2;
        list_course(&lists[0], 3, 1, LIST_DOSES, 150);
        list_course(&lists[1], 30.25, 2.5, 40, INFINITY);
        begin(&c, 0, END);
        for (double t = 0; n < LIST_COURSES;) {
            luck = luck * 6364136223846793005u + 1442695040888963407u;
            size_t rule = (luck >> 33) % 5, wait = (luck >> 40) % 160;
            if (wait > 40) t += 0.25 * (double)(wait - 40); /* else at the same visit */
            if (t == 0) continue;
            if (t >= END) break;
            if (rule == 4 && luck >> 60 > 2) continue; /* stops end it all: rarely */
            go_to(&c, t);
            assert_near(rlp_environment_given_mg(c.environment, 0, t), list_given(lists, n, t), 1e-9);
            act(&c, 0, rule, t);
            for (size_t k = 0; k < n && rule; k++) list_act(&lists[k], rule, t);
            if (rule == 0) list_course(&lists[n++], t + 1, 3.5, 20, INFINITY);
        }
        go_on(&c);
        for (double t = 0; t < END; t += 7.125) assert_near(rlp_environment_given_mg(c.environment, 0, t), list_given(lists, n, t), 1e-9);
    }
    compiled_free(&c);
}

/* ---- what is told ----------------------------------------------------------------------------------------------------------------- */
#define TOLD                                                                                                                    \
    TUMOUR_PLAIN                                                                                                                \
    "drugs: {d: {dose: 64 mg, pk: {half_life: 8 h, volume: 100 L}}}\n"                                                           \
    "arms:\n"                                                                                                                   \
    "  live:\n"                                                                                                                 \
    "    - {give: d, every: 60 h, doses: 12, when: visit, at_most: 9}\n"                                                         \
    "    - {reduce: d, to: 50 %, when: visit}\n"                                                                                 \
    "    - {pause: d, for: 10 d, when: visit}\n"                                                                                 \
    "    - {pause: d, for: 0.75 d, when: visit}\n"                                                                               \
    "    - {stop: d, when: visit}\n"                                                                                             \
    "    - {give: d, every: 36 h, from: 4 d, until: 40 d, when: visit, at_most: 9}\n"
enum { TOLD_LENGTH = 4000 };

/* As a log is kept: what is told of the past is never taken back, and read once. */
typedef struct {
    size_t n;
    rlp_planned_t told[TOLD_LENGTH];
} diary_t;

static void write_diary(diary_t *d, const compiled_t *c, double t) {
    size_t n;
    const rlp_planned_t *planned = rlp_environment_planned(c->environment, &n);
    for (size_t i = 0; i < d->n; i++) assert_true(i < n && planned[i].t_days == d->told[i].t_days && planned[i].kind == d->told[i].kind);
    for (; d->n < n && planned[d->n].t_days <= t; d->n++) {
        assert_true(d->n < TOLD_LENGTH);
        d->told[d->n] = planned[d->n];
    }
}

/* Begun once and ended once in turn; a paused drug may be stopped or paused again. */
static void doses_are_given_where_it_is_told(const diary_t *d, const compiled_t *c) {
    bool on = false, paused = false;
    double before = 0, given = 0;
    for (size_t i = 0; i <= d->n; i++) {
        double t = i < d->n ? d->told[i].t_days : END, now = rlp_environment_given_mg(c->environment, 0, t - 1e-6);
        rlp_event_kind_t kind = i < d->n ? d->told[i].kind : RLP_EVENT_STOP;
        if (!on && t > before) assert_near(now, given, 1e-9);
        if (on && t > before + 2.5) assert_true(now > given);
        if (t > before) given = now;
        before = t;
        if (i == d->n) break;
        switch (kind) {
        case RLP_EVENT_START: assert_true(!on && !paused); on = true; break;
        case RLP_EVENT_RESUME: assert_true(!on && paused); on = true, paused = false; break;
        case RLP_EVENT_PAUSE: assert_true(on); on = false, paused = true; break;
        case RLP_EVENT_STOP: assert_true(on || paused); on = paused = false; break;
        default: assert_int_equal(kind, RLP_EVENT_REDUCE);
        }
    }
}

/* Whatever is done to one course after another, in any order at one visit, and at times at which it begins or goes on. */
static void what_is_told_is_what_is_given(void **state) {
    (void)state;
    static diary_t d;
    compiled_t c;
    uint64_t luck = 1;
    size_t at_once = 0;
    read_text(&c, TOLD);
    must_be_right(&c);
    for (size_t path = 0; path < 400; path++) {
        double begun = -1;
        d.n = 0;
        begin(&c, 0, END);
        for (double t = 0;;) {
            luck = luck * 6364136223846793005u + 1442695040888963407u;
            size_t rule = (luck >> 33) % 6, wait = (luck >> 40) % 160;
            if (wait > 60) t += 0.25 * (double)(wait - 60);
            if (t == 0) continue;
            if (t >= END) break;
            go_to(&c, t);
            write_diary(&d, &c, t);
            bool gives = rule == 0 || rule == 5, open = false;
            for (size_t i = 0; i < c.environment->n_courses; i++)
                open = open || (c.environment->courses[i].doses >= 1 && c.environment->courses[i].stop > t);
            if (gives && open) continue; /* one course at a time: of two the log tells both beginnings */
            act(&c, 0, rule, t);
            write_diary(&d, &c, t);
            at_once += begun == t && (rule == 2 || rule == 3);
            if (rule == 0) begun = t;
        }
        go_on(&c);
        write_diary(&d, &c, END);
        doses_are_given_where_it_is_told(&d, &c);
    }
    assert_true(at_once > 50);
    compiled_free(&c);
}

static size_t told(const compiled_t *c, rlp_event_kind_t kind, double t) {
    size_t n, found = 0;
    const rlp_planned_t *planned = rlp_environment_planned(c->environment, &n);
    for (size_t i = 0; i < n; i++) {
        if (i) assert_true(planned[i - 1].t_days <= planned[i].t_days);
        found += planned[i].kind == kind && (isnan(t) || planned[i].t_days == t);
    }
    return found;
}

static void plans_follow_what_is_done(void **state) {
    (void)state;
    compiled_t c;
    read_live(&c, "[{give: d, every: 24 h, until: 200 d}, {give: d, every: 24 h, from: 220 d}, {pause: d, for: 10 d, when: visit}, {reduce: d, to: 50 %, when: visit}, "
                  "{stop: d, when: visit}, {do: burn, when: visit}]");
    assert_int_equal(told(&c, RLP_EVENT_START, NAN), 2);
    assert_int_equal(told(&c, RLP_EVENT_STOP, 200), 1);
    go_to(&c, 50);
    act(&c, 0, 0, 50);
    assert_int_equal(told(&c, RLP_EVENT_PAUSE, 50), 1);
    assert_int_equal(told(&c, RLP_EVENT_RESUME, 60), 1);
    assert_int_equal(told(&c, RLP_EVENT_STOP, 200), 1);
    go_to(&c, 70);
    act(&c, 0, 1, 70);
    assert_int_equal(told(&c, RLP_EVENT_REDUCE, 70), 1);
    assert_int_equal(told(&c, RLP_EVENT_STOP, 200), 1);
    go_to(&c, 90);
    act(&c, 0, 3, 90);
    assert_int_equal(told(&c, RLP_EVENT_DO, 90), 1);
    act(&c, 0, 2, 90);
    assert_int_equal(told(&c, RLP_EVENT_STOP, NAN), 1);
    assert_int_equal(told(&c, RLP_EVENT_STOP, 90), 1);
    assert_int_equal(told(&c, RLP_EVENT_START, NAN), 1);
    go_on(&c);
    size_t n, last = 0;
    const rlp_planned_t *planned = rlp_environment_planned(c.environment, &n);
    for (size_t i = 0; i < n; i++) last = planned[i].act > last ? planned[i].act : last;
    assert_int_equal(planned[0].act, 0);
    assert_int_equal(last, 4);
    compiled_free(&c);
}

/* ---- holds -------------------------------------------------------------------------------------------------------------------------- */
/* Segments that were there stay as they are, and none begins past the day held at. */
static void nothing_is_computed_past_a_hold(void **state) {
    (void)state;
    compiled_t c;
    read_live(&c, "[{give: d, every: 12 h}, {do: burn, at: 56 d}, {do: burn, when: visit}]");
    for (double t = 28; t <= 280; t += 28) {
        size_t before = c.process.n_segments;
        rlp_segment_t last = before ? c.process.segments[before - 1] : (rlp_segment_t){0};
        rlp_environment_hold(c.environment, t);
        assert_int_equal(rlp_environment_extend(c.environment, END, &c.process), RLP_OK);
        size_t n = c.process.n_segments;
        assert_true(n >= before && c.process.segments[n - 1].start_days <= t);
        if (t == 56) assert_near(survival_at(&c, "core/none", 56), 0.05, 0); /* planned for the visit's own day: it is in */
        if (before) assert_memory_equal(&c.process.segments[before - 1], &last, sizeof last);
        assert_int_equal(c.process.sealed, n);
        if (t == 56) {
            act(&c, 0, 0, t);
            act(&c, 0, 0, t); /* two at once are one event of the products, apart from what was planned for that day */
            go_to(&c, 57);
            assert_true(c.process.segments[n].start_days == 56 && c.process.segments[n].survive != RLP_NONE);
            assert_near(c.process.survive[c.process.segments[n].survive * c.process.n_types], 0.0025, 1e-15);
        }
    }
    compiled_free(&c);
}

/* Holding at every visit gives the same integrals as not holding, also where visits are at odd times. */
static void holds_change_no_rate(void **state) {
    (void)state;
    const double every[] = {56, 28.31, 7};
    compiled_t free_one, held;
    const char *text = WORLD "arms: {a: [{give: d, every: 12 h, from: 3 d}, {do: burn, at: [0 d, 70 d]}, {give: o, every: 3 d, from: 20 d, until: 150 d}]}\n";
    read_text(&free_one, text);
    must_be_right(&free_one);
    assert_int_equal(compile_arm(&free_one, 0, END, ERROR), RLP_OK);
    for (size_t k = 0; k < 3; k++) {
        read_text(&held, text);
        must_be_right(&held);
        begin(&held, 0, END);
        for (size_t v = 1; (double)v * every[k] < END; v++) go_to(&held, (double)v * every[k]);
        go_on(&held);
        same_course(&held, &free_one, (const double[]){0, 70}, 2);
        compiled_free(&held);
    }
    compiled_free(&free_one);
}

/* A drug that swings from dose to dose: its segments repeat, in phase with its doses wherever the holds are. */
#define SWINGS                                                                                                                  \
    TUMOUR_PLAIN                                                                                                                \
    "drugs: {p: {dose: 500 mg, pk: {half_life: 8 h, volume: 100 L}, effect: {changes: death, max: 0.4 /d, half: 1 mg/L, power: 2}}}\n" \
    "arms: {a: [{give: p, every: 2 d, from: 0.25 d}]}\n"

static void what_repeats_keeps_its_phase_over_holds(void **state) {
    (void)state;
    const double every[] = {56, 28.31, 33.7};
    compiled_t free_one, held;
    compile_text(&free_one, SWINGS, END);
    size_t net[] = {birth_of(&free_one, "core/none"), death_of(&free_one, "core/none")};
    for (size_t k = 0; k < 3; k++) {
        read_text(&held, SWINGS);
        must_be_right(&held);
        begin(&held, 0, END);
        for (size_t v = 1; (double)v * every[k] < END; v++) go_to(&held, (double)v * every[k]);
        go_on(&held);
        for (double t = 0.3; t < END; t += 0.3) assert_near(integral(&held, net[1], 0, t), integral(&free_one, net[1], 0, t), 0.2 * ERROR);
        assert_near(integral(&held, net[0], 0, END), 0.1 * END, 1e-9);
        compiled_free(&held);
    }
    compiled_free(&free_one);
}

/* Nothing changes at a hold, so that it costs next to nothing where things rest or repeat, and a few units where they move. At an odd time the grid
 * of units begins anew: it does not go down to minutes. */
static void holding_costs_little(void **state) {
    (void)state;
    static const char *const ARMS[] = {"[]", "[{give: o, every: 24 h}]", "[{give: d, every: 12 h}]", "[{give: o, every: 12 h}, {do: burn, at: [0 d, 100 d]}]"};
    static const double MOST_UNITS[] = {1, 1, 1.5, 1}, MOST_EVALUATIONS[] = {0, 2.5, 2, 2}; /* more, a hold */
    const double every[] = {7, 56, 60.37};
    for (size_t a = 0; a < sizeof ARMS / sizeof *ARMS; a++) {
        for (size_t k = 0; k < 3; k++) {
            compiled_t c;
            double holds = 0;
            read_live(&c, ARMS[a]);
            go_on(&c);
            double units = (double)c.environment->units, evaluations = (double)c.environment->evaluations;
            begin(&c, 0, END);
            for (; (holds + 1) * every[k] < END; holds++) go_to(&c, (holds + 1) * every[k]);
            go_on(&c);
            print_message("%s every %g d: %g units more a hold, %g evaluations\n", ARMS[a], every[k], ((double)c.environment->units - units) / holds,
                          ((double)c.environment->evaluations - evaluations) / holds);
            assert_true((double)c.environment->units <= units + MOST_UNITS[a] * holds);
            assert_true((double)c.environment->evaluations <= evaluations + MOST_EVALUATIONS[a] * holds);
            compiled_free(&c);
        }
    }
}

/* On the last day, too. */
static void what_is_done_on_the_last_day_is_in(void **state) {
    (void)state;
    compiled_t c;
    read_live(&c, "[{do: burn, when: visit}]");
    go_to(&c, END);
    act(&c, 0, 0, END);
    go_on(&c);
    assert_near(survival_at(&c, "core/none", END), 0.05, 0);
    compiled_free(&c);
}

/* Memory that runs out in an act is an error, and the environment can be freed. */
static void acts_without_memory_are_errors(void **state) {
    (void)state;
    for (size_t n = 1, done = 0; !done; n++) {
        compiled_t c;
        int rc = RLP_OK;
        read_live(&c, "[{give: d, every: 24 h}, {reduce: d, to: 50 %, when: visit}, {pause: d, for: 10 d, when: visit}, {do: burn, when: visit}, {give: o, every: 24 h, when: visit}, "
                      "{stop: d, when: visit}]");
        go_to(&c, 28);
        (void)rlp_memory_fail_at(n);
        for (size_t k = 0; k < 5 && !rc; k++) rc = rlp_environment_act(c.environment, act_of(&c, 0, k), 28, &c.process);
        rlp_environment_hold(c.environment, INFINITY);
        if (!rc) rc = rlp_environment_extend(c.environment, END, &c.process);
        done = rlp_memory_fail_at(0) < n;
        assert_int_equal(rc, done ? RLP_OK : RLP_ERROR_MEMORY);
        compiled_free(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(giving_is_as_planned),
        cmocka_unit_test(stopping_is_as_planned),
        cmocka_unit_test(doing_is_as_planned),
        cmocka_unit_test(reducing_is_as_planned),
        cmocka_unit_test(pausing_is_as_planned),
        cmocka_unit_test(days_and_doses_are_counted),
        cmocka_unit_test(acts_of_one_visit_add_up),
        cmocka_unit_test(doses_are_those_of_a_plain_list),
        cmocka_unit_test(a_course_may_stop_where_it_would_go_on),
        cmocka_unit_test(courses_end_when_they_should),
        cmocka_unit_test(days_on_go_on),
        cmocka_unit_test(windows_open_at_stops_and_pauses),
        cmocka_unit_test(what_is_told_is_what_is_given),
        cmocka_unit_test(plans_follow_what_is_done),
        cmocka_unit_test(nothing_is_computed_past_a_hold),
        cmocka_unit_test(holds_change_no_rate),
        cmocka_unit_test(what_repeats_keeps_its_phase_over_holds),
        cmocka_unit_test(holding_costs_little),
        cmocka_unit_test(what_is_done_on_the_last_day_is_in),
        cmocka_unit_test(acts_without_memory_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
