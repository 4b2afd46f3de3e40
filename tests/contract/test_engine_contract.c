/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The exam that every engine of the table sits: the laws. Exact engines have no bias, approximate ones what they promise (engine.error = 0.01, judge.h).
 *
 * False alarms: below 1e-7 for this program (judge.h). Power, at the threshold of about 6.5 standard errors: W1 shows births or deaths wrong by 0.7 % (they move
 * mean S by 50 d x 0.14 x 0.7 % = 5 %, its standard error is 0.24 %), the mean of R wrong by 5 %; L13 and its total show a mutation beside the division instead of inside
 * it (mean S+R + 16 %); L20 a switch to the wrong type; L11 a survival event lost or doubled; L22 crowding that looks at the burden after the event. */
#define JUDGE_DECISIONS 1000
#include "exam.h"
#include "laws.h"

#define MANY 20000
static int64_t counts[MANY * RLP_LAW_TYPES];

/* One type: its whole law against a Moebius map. */
static void judge_one_type(const char *what, const exam_t *exam, rlp_moebius_t map, unsigned founders) {
    static double p[600];
    rlp_moebius_law(map, founders, p, 600);
    judge_law(what, counts, MANY, p, 600, exam->bias);
}

static void judge_all_moments(const char *what, const exam_t *exam, size_t n, double t) {
    size_t k = exam->process.n_types;
    char text[80];
    for (size_t i = 0; i < k; i++) {
        rlp_law_moments_t law = laws_of_type(&exam->process, i, t);
        rlp_moments_t sample = {0};
        for (size_t path = 0; path < n; path++) rlp_moments_add(&sample, (double)counts[path * k + i]);
        snprintf(text, sizeof text, "%s, %s", what, exam->process.type_names[i]);
        /* The step rule bounds a relative error from one cell on (mean_map.h): rarer types may be off by that share of a cell. */
        judge_mean(text, &sample, &law, exam->bias * fmax(1, 1 / law.mean));
        if (law.mean > 1) judge_variance(text, &sample, &law, exam->bias);
    }
}

static void pure_birth_is_geometric(void **state) {
    exam_t exam;
    exam_open(&exam, *state, "process: {types: {S: {cells: 1, birth: 0.3, death: 0}}}", 10);
    exam_sample(&exam, 101, 10, MANY, counts);
    judge_one_type("Yule", &exam, rlp_moebius_growth(0.3, 0, 10), 1);
    exam_close(&exam);
}

static void pure_death_is_binomial(void **state) {
    exam_t exam;
    exam_open(&exam, *state, "process: {types: {S: {cells: 20, birth: 0, death: 0.1}}}", 10);
    exam_sample(&exam, 102, 10, MANY, counts);
    judge_one_type("pure death", &exam, rlp_moebius_growth(0, 0.1, 10), 20);
    exam_close(&exam);
}

/* L06: the path is taken up four times, so the law also says that split advances change nothing. */
static void extinction_matches_birth_death(void **state) {
    static const double DAYS[] = {5, 10, 20, 40};
    uint64_t extinct[4] = {0};
    exam_t exam;
    exam_open(&exam, *state, "process: {types: {S: {cells: 3, birth: 0.3, death: 0.2}}}", 40);
    for (size_t k = 0; k < MANY; k++) {
        bool gone = false;
        exam_start(&exam, 103, k + 1);
        for (size_t d = 0; d < 4; d++) {
            exam_go(&exam, DAYS[d]);
            assert_true(!gone || !exam.state.cells[0]);
            gone = !exam.state.cells[0];
            extinct[d] += gone;
            if (d == 1) counts[k] = exam.state.cells[0];
        }
    }
    for (size_t d = 0; d < 4; d++) judge_share("extinct", extinct[d], MANY, pow(rlp_moebius_extinct(rlp_moebius_growth(0.3, 0.2, DAYS[d])), 3), exam.bias);
    judge_one_type("birth and death, day 10", &exam, rlp_moebius_growth(0.3, 0.2, 10), 3);
    exam_close(&exam);
}

static void critical_case_has_its_limit(void **state) {
    static const char *const TEXT[] = {"process: {types: {S: {cells: 10, birth: 0.25, death: 0.25}}}",
                                       "process: {types: {S: {cells: 10, birth: 0.25, death: 0.2500000000000001}}}"};
    for (size_t k = 0; k < 2; k++) {
        exam_t exam;
        exam_open(&exam, *state, TEXT[k], 12);
        exam_sample(&exam, 104 + k, 12, MANY, counts);
        judge_one_type("critical", &exam, rlp_moebius_growth(0.25, 0.25, 12), 10);
        exam_close(&exam);
    }
}

#define PIECES "process: {types: {S: {cells: 4, birth: 0.3, death: 0.1}}}\n"
static rlp_moebius_t pieces_law(void) {
    return rlp_moebius_then(rlp_moebius_then(rlp_moebius_growth(0.3, 0.1, 5), rlp_moebius_growth(0.1, 0.4, 7)), rlp_moebius_growth(0.25, 0.2, 8));
}

static void piecewise_rates_compose(void **state) {
    exam_t exam;
    exam_open(&exam, *state, PIECES "arms: {all: {timeline: [{at: 5 d, set: {S: {birth: 0.1, death: 0.4}}}, {at: 12 d, set: {S: {birth: 0.25, death: 0.2}}}]}}", 20);
    exam_sample(&exam, 106, 20, MANY, counts);
    judge_one_type("piecewise rates", &exam, pieces_law(), 4);
    exam_close(&exam);
}

/* The same timeline, made known segment by segment: at the present instant (day 5) and ahead of it (day 12, known at day 7). */
static void timeline_may_grow_between_calls(void **state) {
    for (size_t k = 0; k < MANY; k++) {
        static exam_t exam;
        static const double SECOND[] = {0.1, 0.4}, THIRD[] = {0.25, 0.2};
        size_t row;
        exam_open(&exam, *state, PIECES, 20);
        exam_start(&exam, 107, k + 1);
        exam_go(&exam, 5);
        assert_int_equal(rlp_process_add_rates(&exam.process, SECOND, &row), RLP_OK);
        assert_int_equal(rlp_process_add_segment(&exam.process, 5, row, RLP_NONE), RLP_OK);
        exam_go(&exam, 7);
        assert_int_equal(rlp_process_add_rates(&exam.process, THIRD, &row), RLP_OK);
        assert_int_equal(rlp_process_add_segment(&exam.process, 12, row, RLP_NONE), RLP_OK);
        exam_go(&exam, 20);
        counts[k] = exam.state.cells[0];
        if (k == MANY - 1) judge_one_type("growing timeline", &exam, pieces_law(), 4);
        exam_close(&exam);
    }
}

static void bottleneck_is_binomial(void **state) {
    exam_t exam;
    exam_open(&exam, *state, "process: {types: {S: {cells: 10, birth: 0.3, death: 0.1}}}\narms: {all: {timeline: [{at: 5 d, survive: {S: 0.05}}]}}", 15);
    exam_sample(&exam, 108, 15, MANY, counts);
    judge_one_type("bottleneck", &exam, rlp_moebius_then(rlp_moebius_then(rlp_moebius_growth(0.3, 0.1, 5), rlp_moebius_thin(0.05)), rlp_moebius_growth(0.3, 0.1, 10)), 10);
    for (size_t k = 0; k < MANY; k++) { /* seen at its own time: after it */
        exam_start(&exam, 109, k + 1);
        exam_go(&exam, 5);
        counts[k] = exam.state.cells[0];
    }
    judge_one_type("bottleneck, at its time", &exam, rlp_moebius_then(rlp_moebius_growth(0.3, 0.1, 5), rlp_moebius_thin(0.05)), 10);
    exam_close(&exam);
}

static void immigration_and_death_are_poisson(void **state) {
    static double p[121];
    double q = exp(-0.25 * 6);
    exam_t exam;
    for (unsigned n = 0; n < 121; n++) {
        p[n] = 0;
        for (unsigned j = 0; j <= 5 && j <= n; j++) p[n] += gsl_ran_binomial_pdf(j, q, 5) * gsl_ran_poisson_pdf(n - j, 2 / 0.25 * (1 - q));
    }
    exam_open(&exam, *state, "process: {types: {S: {cells: 5, birth: 0, death: 0.25}}, channels: [{kind: immigration, to: S, rate: 2}]}", 6);
    exam_sample(&exam, 110, 6, MANY, counts);
    judge_law("immigration and death", counts, MANY, p, 121, exam.bias);
    exam_close(&exam);
}

/* L09: an empty type that only immigration fills. */
static void immigration_and_birth_are_negative_binomial(void **state) {
    static double p[200];
    double ratio = rlp_moebius_ratio(rlp_moebius_growth(0.2, 0.3, 8));
    exam_t exam;
    for (unsigned n = 0; n < 200; n++) p[n] = gsl_ran_negative_binomial_pdf(n, 1 - ratio, 2 / 0.2);
    exam_open(&exam, *state, "process: {types: {S: {cells: 0, birth: 0.2, death: 0.3}}, channels: [{kind: immigration, to: S, rate: 2}]}", 8);
    exam_sample(&exam, 111, 8, MANY, counts);
    judge_law("immigration and birth", counts, MANY, p, 200, exam.bias);
    exam_close(&exam);
}

/* L13: S + R is Yule whatever p; a mutation beside the division would add cells. */
static void mutation_is_inside_births(void **state) {
    static double p[600];
    double complex g[RLP_LAW_TYPES + 1] = {0, 1};
    uint64_t none = 0;
    exam_t exam;
    exam_open(&exam, *state,
              "process: {types: {S: {cells: 1, birth: 0.3, death: 0}, R: {cells: 0, birth: 0.3, death: 0}},\n"
              "  channels: [{kind: mutation, from: S, to: R, probability: 0.05}]}", 10);
    exam_sample(&exam, 112, 10, MANY, counts);
    for (size_t k = 0; k < MANY; k++) {
        none += counts[2 * k + 1] == 0;
        counts[k] = counts[2 * k] + counts[2 * k + 1];
    }
    judge_share("no mutant", none, MANY, creal(cexp(rlp_law_log_pgf(&exam.process, g, 10))), exam.bias);
    rlp_moebius_law(rlp_moebius_growth(0.3, 0, 10), 1, p, 600);
    judge_law("S + R", counts, MANY, p, 600, exam.bias);
    exam_close(&exam);
}

static void switching_is_a_telegraph(void **state) {
    static double p[41];
    double pi = 0.25 / 0.35, e = exp(-0.35 * 5);
    exam_t exam;
    for (unsigned n = 0; n <= 40; n++) {
        p[n] = 0;
        for (unsigned j = 0; j <= 10 && j <= n; j++)
            if (n - j <= 30) p[n] += gsl_ran_binomial_pdf(n - j, pi + (1 - pi) * e, 30) * gsl_ran_binomial_pdf(j, pi * (1 - e), 10);
    }
    exam_open(&exam, *state,
              "process: {types: {A: {cells: 30, birth: 0, death: 0}, B: {cells: 10, birth: 0, death: 0}},\n"
              "  channels: [{kind: switch, from: A, to: B, rate: 0.1}, {kind: switch, from: B, to: A, rate: 0.25}]}", 5);
    for (size_t k = 0; k < MANY; k++) {
        exam_start(&exam, 113, k + 1);
        exam_go(&exam, 2);
        exam_go(&exam, 5);
        assert_int_equal(exam.state.cells[0] + exam.state.cells[1], 40);
        counts[k] = exam.state.cells[0];
    }
    judge_law("telegraph", counts, MANY, p, 41, exam.bias);
    exam_close(&exam);
}

/* L21a at a thirtieth of its size: mutation inside and beside births, switch, immigration. */
static void every_channel_has_its_moments(void **state) {
    exam_t exam;
    exam_open(&exam, *state,
              "process: {types: {S: {cells: 300, birth: 0.14, death: 0.13}, R: {cells: 0, birth: 0.14, death: 0.1}},\n"
              "  channels: [{kind: mutation, from: S, to: R, probability: 3.0e-3}, {kind: mutation, from: S, to: R, rate: 3.0e-4},\n"
              "    {kind: switch, from: R, to: S, rate: 0.01}, {kind: immigration, to: S, rate: 2}]}", 50);
    size_t n = 2500;
    exam_sample(&exam, 114, 50, n, counts);
    judge_all_moments("every channel", &exam, n, 50);
    exam_close(&exam);
}

static void three_types_through_a_timeline(void **state) {
    exam_t exam;
    exam_open(&exam, *state,
              "process:\n"
              "  types: {S: {cells: 500, birth: 0.2, death: 0.15}, E: {cells: 50, birth: 0.1, death: 0.05}, R: {cells: 0, birth: 0.25, death: 0.1}}\n"
              "  channels: [{kind: switch, from: S, to: E, rate: 0.02}, {kind: switch, from: E, to: S, rate: 0.05},\n"
              "    {kind: mutation, from: S, to: R, probability: 0.002}, {kind: mutation, from: E, to: R, probability: 0.01},\n"
              "    {kind: mutation, from: E, to: R, rate: 0.001}]\n"
              "arms: {all: {timeline: [{at: 10 d, set: {S: {death: 0.4}}}, {at: 20 d, survive: {S: 0.1, E: 0.5}}, {at: 25 d, set: {S: {birth: 0.3, death: 0.15}}}]}}", 40);
    size_t n = 2500;
    exam_sample(&exam, 115, 40, n, counts);
    judge_all_moments("L21b", &exam, n, 40);
    rlp_law_pair_t law = laws_moments(&exam.process, NULL, 40); /* and the way to the law agrees with the analytic notes */
    assert_true(fabs(law.mean[2] / 1165.13899501 - 1) < 1e-9 && fabs(law.covariance[2][2] / 710227.557864 - 1) < 1e-8);
    assert_true(fabs(law.covariance[0][2] / 2569.26351996 - 1) < 1e-8);
    exam_close(&exam);
}

/* Paths of 10^5 events that the time allows: leap and kendall pass over them, tau takes some hundred to a thousand leaps, auto (its stretches are direct's) a few will do. */
static size_t affordable(const rlp_engine_class_t *class, size_t leap, size_t tau) {
    return !strcmp(class->name, "leap") || !strcmp(class->name, "kendall") ? leap : !strcmp(class->name, "tau") ? tau : exam_every_event(class) ? 200 : 60;
}

static void two_types_w1(void **state) {
    const rlp_engine_class_t *class = *state;
    exam_t exam;
    exam_open(&exam, class,
              "process: {types: {S: {cells: 10000, birth: 0.14, death: 0.13}, R: {cells: 0, birth: 0.14, death: 0.10}},\n"
              "  channels: [{kind: mutation, from: S, to: R, probability: 1.0e-4}]}", 50);
    size_t n = affordable(class, MANY, 3000);
    exam_sample(&exam, 116, 50, n, counts);
    judge_all_moments("W1", &exam, n, 50);
    rlp_law_pair_t law = laws_moments(&exam.process, NULL, 50);
    assert_true(fabs(law.mean[0] - 16475.6757) < 1e-3 && fabs(law.mean[1] - 26.7811) < 1e-4);
    exam_close(&exam);
}

static void eight_phenotypes_w2(void **state) {
    static const double MEANS[] = {3797.8210, 630.0799, 8.2295, 1.3653, 312.8434, 51.9025, 0.6779, 0.1125};
    const rlp_engine_class_t *class = *state;
    rlp_text_t text;
    exam_t exam;
    rlp_text_init(&text);
    rlp_text_add(&text, "process:\n  types:\n");
    for (int i = 0; i < 8; i++)
        rlp_text_format(&text, "    T%d: {cells: %d, birth: 0.14, death: %.3f}\n", i, i ? 0 : 2000, 0.13 - 0.010 * (i & 1) - 0.015 * (i >> 1 & 1) - 0.005 * (i >> 2));
    rlp_text_add(&text, "  channels:\n");
    for (int i = 0; i < 8; i++) {
        rlp_text_format(&text, "    - {kind: switch, from: T%d, to: T%d, rate: %s}\n", i, i ^ 1, i & 1 ? "1.0e-2" : "2.0e-3");
        rlp_text_format(&text, "    - {kind: switch, from: T%d, to: T%d, rate: %s}\n", i, i ^ 4, i & 4 ? "5.0e-3" : "1.0e-3");
        if (!(i & 2)) rlp_text_format(&text, "    - {kind: mutation, from: T%d, to: T%d, probability: 1.0e-4}\n", i, i | 2);
    }
    exam_open(&exam, class, rlp_text_string(&text), 80);
    size_t n = affordable(class, 4000, 400);
    exam_sample(&exam, 117, 80, n, counts);
    judge_all_moments("W2", &exam, n, 80);
    rlp_law_pair_t law = laws_moments(&exam.process, NULL, 80);
    for (size_t i = 0; i < 8; i++) assert_true(fabs(law.mean[i] - MEANS[i]) < 1e-4);
    rlp_text_free(&text);
    exam_close(&exam);
}

static void judge_crowded(const char *what, exam_t *exam, const double *factor, size_t top, uint64_t seed) {
    static const double DAYS[] = {20, 300};
    double up[40], down[40], p[40] = {0};
    size_t n = 4000;
    uint64_t extinct = 0;
    for (size_t k = 0; k <= top; k++) {
        up[k] = 0.4 * (double)k * factor[k];
        down[k] = 0.15 * (double)k;
    }
    for (size_t k = 0; k < n; k++) {
        exam_start(exam, seed, k + 1);
        exam_go(exam, DAYS[0]);
        counts[k] = exam->state.cells[0];
        exam_go(exam, DAYS[1]);
        extinct += exam->state.cells[0] == 0;
    }
    /* Leaps promise the means of large populations; with sixteen cells the crowding of mid-step is no more than a rough guide. */
    double bias = exam->bias > 0 ? 0.1 : 0;
    p[5] = 1;
    laws_run_generator(up, down, top, p, DAYS[0]);
    judge_law(what, counts, n, p, top + 1, bias);
    laws_run_generator(up, down, top, p, DAYS[1] - DAYS[0]);
    judge_share(what, extinct, n, p[0], bias);
}

static void crowding_matches_its_generator(void **state) {
    double factor[40] = {0};
    exam_t exam;
    if (!exam_opens(&exam, *state, "process: {types: {S: {cells: 5, birth: 0.4, death: 0.15}}, capacity: {law: logistic, cells: 16}}", 300)) return;
    for (size_t k = 0; k <= 16; k++) factor[k] = 1 - (double)k / 16;
    judge_crowded("logistic", &exam, factor, 16, 118);
    exam_close(&exam);
    exam_open(&exam, *state, "process: {types: {S: {cells: 5, birth: 0.4, death: 0.15}}, capacity: {law: gompertz, cells: 30}}", 300);
    for (size_t k = 1; k <= 30; k++) factor[k] = fmax(0, 1 - log((double)k) / log(30.0));
    judge_crowded("gompertz", &exam, factor, 30, 119);
    exam_close(&exam);
}

/* L07, L08: gambler's ruin and the time of first passage, from the generator with both ends absorbing. */
static void first_passage_matches_the_generator(void **state) {
    static const double DAYS[] = {20, 40, 60, 80, 120};
    static const unsigned char ALL[] = {1};
    double up[51] = {0}, down[51] = {0}, p[51] = {0};
    uint64_t by[5] = {0}, ever = 0;
    size_t n = 10000;
    exam_t exam;
    exam_open(&exam, *state, "process: {types: {S: {cells: 3, birth: 0.3, death: 0.25}}}", 5000);
    for (size_t k = 0; k < n; k++) {
        exam_start(&exam, 120, k + 1);
        rlp_watch_t watch = exam_level(&exam, ALL, 50);
        rlp_stop_t stop = exam_watch(&exam, 5000, &watch, 1);
        assert_true(stop.fired == 1 ? exam.state.cells[0] == 50 && stop.t_days[0] == exam.state.t_days : exam.state.cells[0] == 0);
        ever += stop.fired;
        for (size_t d = 0; d < 5; d++) by[d] += stop.fired && stop.t_days[0] <= DAYS[d];
    }
    judge_share("50 cells before none", ever, n, (1 - pow(0.25 / 0.3, 3)) / (1 - pow(0.25 / 0.3, 50)), exam.bias);
    for (size_t k = 1; k < 50; k++) up[k] = 0.3 * (double)k, down[k] = 0.25 * (double)k;
    p[3] = 1;
    for (size_t d = 0; d < 5; d++) {
        laws_run_generator(up, down, 50, p, DAYS[d] - (d ? DAYS[d - 1] : 0));
        judge_share("50 cells by then", by[d], n, p[50], exam.bias);
    }
    exam_close(&exam);
}

/* L32 in small: 1.5 x the nadir, from the generator over (count, nadir) by first steps: judged through the jump chain alone.
 * h(n, m) = P(relapse from n with nadir m); up with b/(b+d). */
static void relapse_over_the_nadir_matches_the_jump_chain(void **state) {
    enum { START = 20 };
    static const unsigned char ALL[] = {1};
    double relapse_below = 0, p = 0.2 / 0.45, r = 0.25 / 0.2; /* up; d/b */
    uint64_t hits = 0;
    size_t n = 10000;
    exam_t exam;
    /* From a new nadir m: reach ceil(1.5 m) before m - 1. From m: up first, distances by gambler's ruin with ratio r = d/b. */
    for (int m = 1; m <= START; m++) {
        int top = (int)ceil(1.5 * m);
        double up = (1 - r) / (1 - pow(r, top - m + 1)); /* one step above m - 1, before it */
        relapse_below = m == 1 && top == 1 ? 1 : up + (1 - up) * relapse_below;
    }
    (void)p;
    exam_open(&exam, *state, "process: {types: {S: {cells: 20, birth: 0.2, death: 0.25}}}", 2000);
    for (size_t k = 0; k < n; k++) {
        exam_start(&exam, 121, k + 1);
        rlp_watch_t watch = {.of = ALL, .rule = RLP_WATCH_RELATIVE, .factor = 1.5, .minimum = 0};
        rlp_watch_start(&watch, 20);
        rlp_stop_t stop = exam_watch(&exam, 2000, &watch, 1);
        if (stop.fired) assert_true((double)exam.state.cells[0] >= 1.5 * watch.nadir && exam.state.cells[0] > 1);
        hits += stop.fired;
    }
    judge_share("relapse over the nadir", hits, n, relapse_below, exam.bias);
    exam_close(&exam);
}

/* A path that stops at ten cells and goes on has the law of one that never stopped. */
static void going_on_after_a_stop_keeps_the_law(void **state) {
    static const unsigned char ALL[] = {1};
    exam_t exam;
    exam_open(&exam, *state, "process: {types: {S: {cells: 1, birth: 0.3, death: 0}}}", 10);
    for (size_t k = 0; k < MANY; k++) {
        exam_start(&exam, 122, k + 1);
        rlp_watch_t watch = exam_level(&exam, ALL, 10);
        rlp_stop_t stop = exam_watch(&exam, 10, &watch, 1);
        if (stop.fired) exam_go(&exam, 10);
        counts[k] = exam.state.cells[0];
    }
    judge_one_type("Yule with a stop", &exam, rlp_moebius_growth(0.3, 0, 10), 1);
    exam_close(&exam);
}

int main(void) {
    static const exam_question_t EXAMS[] = {
        EXAM(pure_birth_is_geometric),
        EXAM(pure_death_is_binomial),
        EXAM(extinction_matches_birth_death),
        EXAM(critical_case_has_its_limit),
        EXAM(piecewise_rates_compose),
        EXAM(timeline_may_grow_between_calls),
        EXAM(bottleneck_is_binomial),
        EXAM(immigration_and_death_are_poisson),
        EXAM(immigration_and_birth_are_negative_binomial),
        EXAM(mutation_is_inside_births),
        EXAM(switching_is_a_telegraph),
        EXAM(every_channel_has_its_moments),
        EXAM(three_types_through_a_timeline),
        EXAM(two_types_w1),
        EXAM(eight_phenotypes_w2),
        EXAM(crowding_matches_its_generator),
        EXAM(first_passage_matches_the_generator),
        EXAM(relapse_over_the_nadir_matches_the_jump_chain),
        EXAM(going_on_after_a_stop_keeps_the_law),
    };
    return exam_every_engine("engine_contract", EXAMS, sizeof EXAMS / sizeof *EXAMS);
}
