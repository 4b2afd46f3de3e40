/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * patient.gp: one patient as a picture, a column an arm; then patient.png and patient.svg, if gnuplot is there. The script holds what it draws.
 *
 *   marks     what was done and what came of it, above lines through all panels
 *   burden    living cells by site, and with dead tissue dashed; ticks on the axis are visits
 *   given     bars while a drug was given
 *   signals   a row each: departure from rest as a share of the largest in any arm, at the site where that is
 *   levels    of drugs, as a share of the highest in any arm; sites of which one is as the other are drawn once */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "portrait.h"
#include "relapse/memory.h"

#define LONG_DAYS 180.0
#define VISITS_MOST 100.0
#define ROW 19.0         /* pixels from line to line of a key */
#define RIDGE 30.0       /* and from signal to signal */

/* ---- room ---------------------------------------------------------------------------------------------------------------- */
static void lay_out(portrait_t *p) {
    static const double COLUMNS[] = {860, 560, 460};
    double n = (double)p->album->n_arms, signals = (double)p->n_signals, levels = (double)(p->n_curves - p->n_signals);
    double heights[4] = {330, ROW * (double)p->n_drugs, RIDGE * signals, fmax(levels ? 120 : 0, ROW * levels)}, at = 262;
    p->left = 114;
    p->gap = 36;
    p->column = n < 4 ? COLUMNS[(size_t)n - 1] : 400;
    p->key = p->left + n * p->column + (n - 1) * p->gap + 24;
    p->width = p->key + 300;
    for (size_t k = 0; k < 4; k++) {
        p->tops[k] = at;
        p->bottoms[k] = at + heights[k];
        if (heights[k] > 0) at += heights[k] + (k == BURDEN ? 18 : 34);
    }
    p->height = at + 46;
    p->unit = p->end_days > LONG_DAYS ? RLP_DAYS_A_MONTH : 1;
}

static double across(const portrait_t *p, double pixels) { return pixels / p->width; }
static double up(const portrait_t *p, double pixels) { return 1 - pixels / p->height; }
static double left_of(const portrait_t *p, size_t arm) { return p->left + (double)arm * (p->column + p->gap); }
/* Where a day lies, in pixels. */
static double place_of(const portrait_t *p, size_t arm, double t_days) { return left_of(p, arm) + p->column * t_days / p->end_days; }

static double tick_step(const portrait_t *p) {
    static const double MONTHS[] = {1, 2, 3, 6, 12, 24, 36, 60, 120}, DAYS[] = {1, 2, 7, 14, 28};
    bool months = p->unit > 1;
    const double *steps = months ? MONTHS : DAYS;
    size_t n = months ? sizeof MONTHS / sizeof *MONTHS : sizeof DAYS / sizeof *DAYS;
    double length = p->end_days / p->unit, most = p->column / 50;
    for (size_t k = 0; k < n; k++)
        if (length <= most * steps[k]) return steps[k];
    return pow(10, ceil(log10(length / most)));
}

/* ---- data ---------------------------------------------------------------------------------------------------------------- */
static void add_cells(portrait_t *p, size_t arm) {
    const burdens_t *b = &p->album->burdens[arm];
    rlp_text_format(p->out, "$cells_%zu << EOD\n", arm + 1);
    for (size_t k = 0; k < b->n; k++) {
        rlp_text_format(p->out, "%.7g", b->t_days[k] / p->unit);
        for (size_t c = 0; c < 2 * b->n_sites; c++) rlp_text_format(p->out, " %.4g", fmax(0.1, b->cells[k * 2 * b->n_sites + c]));
        rlp_text_add(p->out, "\n");
    }
    rlp_text_add(p->out, b->n ? "EOD\n" : "0 NaN\nEOD\n");
}

static void add_environment(portrait_t *p, size_t arm) {
    const replay_t *r = &p->album->replays[arm];
    rlp_text_format(p->out, "$seen_%zu << EOD\n", arm + 1);
    for (size_t k = 0; k < r->n_days; k++) {
        rlp_text_format(p->out, "%.7g", r->t_days[k] / p->unit);
        for (size_t c = 0; c < p->n_curves; c++) {
            size_t i = portrait_series(r, &p->curves[c].seen);
            double value = i == RLP_NONE ? p->curves[c].rest : r->values[k * r->n_series + i];
            rlp_text_format(p->out, " %.4g", value);
        }
        rlp_text_add(p->out, "\n");
    }
    rlp_text_add(p->out, r->n_days ? "EOD\n" : "0 NaN\nEOD\n");
}

/* ---- marks --------------------------------------------------------------------------------------------------------------- */
static bool is_marked(const rlp_event_t *e) { return e->kind != RLP_EVENT_START && e->kind != RLP_EVENT_STOP && e->kind != RLP_EVENT_RESUME; }

static const char *harmer(const portrait_t *p, size_t what) {
    size_t n = rlp_tumour_drugs(p->model);
    return what < n ? rlp_tumour_drug_name(p->model, what) : rlp_tumour_intervention_name(p->model, what - n);
}

static void mark_words(const portrait_t *p, const rlp_event_t *e, rlp_text_t *out) {
    static const char *const DEATHS[] = {"", " (tumour)", " (hazard)"};
    size_t n;
    const rlp_test_t *tests = rlp_tumour_tests(p->model, &n);
    switch ((rlp_event_kind_t)e->kind) {
    case RLP_EVENT_DO: rlp_text_add(out, rlp_tumour_intervention_name(p->model, e->what)); return;
    case RLP_EVENT_REDUCE: rlp_text_format(out, "%s reduced", rlp_tumour_drug_name(p->model, e->what)); return;
    case RLP_EVENT_PAUSE: rlp_text_format(out, "%s paused", rlp_tumour_drug_name(p->model, e->what)); return;
    case RLP_EVENT_TEST: rlp_text_format(out, "test %s", tests[e->what].name); return;
    case RLP_EVENT_RESULT:
        rlp_text_format(out, "%s:", tests[e->what].name);
        for (size_t t = 0; t < rlp_tumour_traits(p->model); t++)
            if (e->reason >> t & 1) rlp_text_format(out, " %s", rlp_tumour_trait_name(p->model, t));
        if (!e->reason) rlp_text_add(out, " negative");
        return;
    case RLP_EVENT_TOXICITY: rlp_text_format(out, "toxicity of %s", harmer(p, e->what)); return;
    case RLP_EVENT_UNTREATABLE: rlp_text_format(out, "no %s any more", rlp_tumour_intervention_name(p->model, e->what)); return;
    case RLP_EVENT_PROGRESSION: rlp_text_add(out, "progression"); return;
    case RLP_EVENT_SECOND_PROGRESSION: rlp_text_add(out, "second progression"); return;
    case RLP_EVENT_DEATH: rlp_text_format(out, "death%s", DEATHS[e->reason]); return;
    default: return;
    }
}

static const char *mark_style(const rlp_event_t *e) {
    if (e->kind == RLP_EVENT_DO) return "lw 1.2 lc rgb '#333333'";
    if (e->kind == RLP_EVENT_PROGRESSION || e->kind == RLP_EVENT_SECOND_PROGRESSION) return "lw 1.2 dt 2 lc rgb '#C00000'";
    return "lw 1 dt 3 lc rgb '#777777'";
}

static void add_lines(portrait_t *p, size_t arm) {
    for (size_t k = 0; k < p->told[arm].n_events; k++) {
        const rlp_event_t *e = &p->told[arm].events[k];
        double x = e->t_days / p->unit;
        if (is_marked(e)) rlp_text_format(p->out, "set arrow from first %.9g, graph 0 to first %.9g, graph 1 nohead back %s\n", x, x, mark_style(e));
    }
}

/* Upright above their lines; those that would touch move to the right, and what has no room is left out. */
static void add_marks(portrait_t *p, size_t arm) {
    double free_from = 0;
    for (size_t k = 0; k < p->told[arm].n_events; k++) {
        const rlp_event_t *e = &p->told[arm].events[k];
        double at = fmax(place_of(p, arm, e->t_days), free_from);
        if (!is_marked(e) || at > left_of(p, arm) + p->column + 12) continue;
        rlp_text_t words;
        rlp_text_init(&words);
        mark_words(p, e, &words);
        rlp_text_add(p->out, "set label ");
        gnuplot_quote(p->out, rlp_text_string(&words));
        rlp_text_format(p->out, " at screen %.5f, screen %.5f left rotate by 90 font ',11' tc rgb '%s'\n", across(p, at), up(p, p->tops[BURDEN] - 6),
                        e->kind == RLP_EVENT_PROGRESSION || e->kind == RLP_EVENT_SECOND_PROGRESSION ? "#C00000" : "#333333");
        if (words.error) p->out->error = words.error;
        rlp_text_free(&words);
        free_from = at + 14;
    }
}

static void add_visits(portrait_t *p, size_t arm) {
    double every = p->job->study->endpoints.progression.every_days, end = p->album->replays[arm].end_days;
    if (p->job->study->endpoints.progression.form == RLP_PROGRESSION_NONE || !(every > 0) || p->end_days / every > VISITS_MOST) return;
    for (double t = every; t <= end; t += every)
        rlp_text_format(p->out, "set arrow from first %.9g, graph 0 to first %.9g, graph 0.03 nohead front lw 1.5 lc rgb '#333333'\n", t / p->unit, t / p->unit);
}

/* ---- keys ---------------------------------------------------------------------------------------------------------------- */
/* Line `row`, so many pixels high, of a panel's key; style NULL: words alone. */
static void add_key(portrait_t *p, size_t panel, double step, size_t row, const char *style, const char *words) {
    double y = up(p, p->tops[panel] + step * ((double)row + 0.5));
    if (style)
        rlp_text_format(p->out, "set arrow from screen %.5f, screen %.5f to screen %.5f, screen %.5f nohead %s\n", across(p, p->key), y, across(p, p->key + 26), y, style);
    rlp_text_add(p->out, "set label ");
    gnuplot_quote(p->out, words);
    rlp_text_format(p->out, " at screen %.5f, screen %.5f left font ',11'\n", across(p, p->key + (style ? 33 : 0)), y);
}

static void key_of_burden(portrait_t *p) {
    bool dead = false;
    size_t row = 0;
    char style[64];
    for (size_t s = 0; s < rlp_tumour_sites(p->model); s++, row++) {
        snprintf(style, sizeof style, "lw 2.2 lc rgb '%s'", GNUPLOT_COLOURS[s % GNUPLOT_COLOURS_N]);
        add_key(p, BURDEN, ROW, row, style, rlp_tumour_site_name(p->model, s));
        dead = dead || portrait_has_dead(p, s);
    }
    if (dead) add_key(p, BURDEN, ROW, row++, "lw 1.4 dt 2 lc rgb '#333333'", "with dead tissue");
    if (p->job->study->endpoints.progression.every_days > 0 && p->end_days / p->job->study->endpoints.progression.every_days <= VISITS_MOST)
        add_key(p, BURDEN, ROW, row, NULL, "ticks on the axis: visits");
}

/* A level: its drug by colour, sites by dashes. */
static void level_style(const portrait_t *p, size_t c, char *style, size_t room) {
    static const int DASHES[] = {1, 2, 4};
    size_t colour = 0, first = c;
    while (first > p->n_signals && p->curves[first - 1].seen.what == p->curves[c].seen.what) first--;
    while (p->drugs[colour] != p->curves[c].seen.what) colour++;
    size_t dash = c - first;
    snprintf(style, room, "lw 2 dt %d lc rgb '%s'", DASHES[dash % 3], GNUPLOT_COLOURS[colour % GNUPLOT_COLOURS_N]);
}

/* "hypoxia, core: 0 -> 0.93" beside its ridge; "sorafenib, core: 6.2 mg/L", the highest at any site, so that it is said once. */
static void key_of_curves(portrait_t *p, size_t panel, size_t from, size_t to) {
    for (size_t c = from; c < to; c++) {
        const curve_t *curve = &p->curves[c];
        const char *site = seen_site(p->model, &curve->seen);
        char style[64];
        rlp_text_t words;
        rlp_text_init(&words);
        if (panel == LEVELS) level_style(p, c, style, sizeof style);
        rlp_text_format(&words, "%s%s%s", seen_name(p->model, &curve->seen), *site ? ", " : "", site);
        if (panel == SIGNALS)
            rlp_text_format(&words, ": %.3g \xe2\x86\x92 %.3g", curve->rest, curve->farthest);
        else if (c == from || curve[-1].seen.what != curve->seen.what)
            rlp_text_format(&words, ": 1 = %.3g mg/L", curve->span);
        add_key(p, panel, panel == SIGNALS ? RIDGE : ROW, c - from, panel == SIGNALS ? NULL : style, rlp_text_string(&words));
        if (words.error) p->out->error = words.error;
        rlp_text_free(&words);
    }
}

/* ---- panels -------------------------------------------------------------------------------------------------------------- */
static void open_panel(portrait_t *p, size_t arm, size_t panel, const char *label, bool last) {
    rlp_text_t *out = p->out;
    double left = left_of(p, arm);
    rlp_text_format(out, "\nunset label; unset arrow; unset object; unset key\nset lmargin at screen %.5f; set rmargin at screen %.5f; set tmargin at screen %.5f; "
                         "set bmargin at screen %.5f\n",
                    across(p, left), across(p, left + p->column), up(p, p->tops[panel]), up(p, p->bottoms[panel]));
    rlp_text_format(out, "set xrange [0:%.9g]; set xtics %.9g; set format x '%s'; set xlabel '%s'\n", p->end_days / p->unit, tick_step(p), last ? "%g" : "",
                    last ? p->unit > 1 ? "months since day 0" : "days since day 0" : "");
    if (!arm)
        rlp_text_format(out, "set label '%s' at screen %.5f, screen %.5f %s font ',12'\n", label, across(p, panel == GIVEN ? left - 10 : 18),
                        up(p, (p->tops[panel] + p->bottoms[panel]) / 2), panel == GIVEN ? "right" : "center rotate by 90");
    add_lines(p, arm);
}

static void add_heading(portrait_t *p, size_t arm, uint64_t patient) {
    const rlp_study_t *study = p->job->study;
    rlp_text_t words;
    rlp_text_init(&words);
    words_name(rlp_study_arm_name(study, arm), &words);
    rlp_text_add(p->out, "set label ");
    gnuplot_quote(p->out, rlp_text_string(&words));
    rlp_text_format(p->out, " at screen %.5f, screen %.5f left font ',16'\n", across(p, left_of(p, arm)), up(p, 92));
    if (p->outcomes[arm].failed)
        rlp_text_format(p->out, "set label 'failed' at screen %.5f, screen %.5f left font ',12'\n", across(p, left_of(p, arm)), up(p, 116));
    if (words.error) p->out->error = words.error;
    rlp_text_free(&words);
    if (arm) return;
    rlp_text_add(p->out, "set label ");
    gnuplot_quote(p->out, study->title[0] ? study->title : "relapse");
    rlp_text_format(p->out, " at screen %.5f, screen %.5f left font ',19'\nset label 'patient %" PRIu64 "' at screen %.5f, screen %.5f left font ',14' tc rgb '#555555'\n",
                    across(p, 24), up(p, 30), patient, across(p, 24), up(p, 58));
}

static void draw_burden(portrait_t *p, size_t arm, uint64_t patient) {
    rlp_text_t *out = p->out;
    bool some = p->most_cells >= 1;
    open_panel(p, arm, BURDEN, "cells", false);
    add_heading(p, arm, patient);
    add_marks(p, arm);
    add_visits(p, arm);
    if (arm + 1 == p->album->n_arms) key_of_burden(p);
    rlp_text_format(out, "set grid ytics lw 0.7 lt 1 lc rgb '#e6e6e6'; set logscale y; set yrange [%.3g:%.3g]; set ytics autofreq; set format y '%s'\nplot ", some ? pow(10, floor(log10(p->least_cells))) : 1,
                    some ? pow(10, ceil(log10(p->most_cells * 1.05))) : 10, arm ? "" : "%.0e");
    for (size_t s = 0; s < rlp_tumour_sites(p->model); s++) {
        const char *colour = GNUPLOT_COLOURS[s % GNUPLOT_COLOURS_N];
        if (portrait_has_dead(p, s)) rlp_text_format(out, "$cells_%zu using 1:%zu with lines lw 1.4 dt 2 lc rgb '%s', ", arm + 1, 2 * s + 3, colour);
        rlp_text_format(out, "$cells_%zu using 1:%zu with lines lw 2.2 lc rgb '%s'%s", arm + 1, 2 * s + 2, colour, s + 1 < rlp_tumour_sites(p->model) ? ", " : "\n");
    }
    rlp_text_add(out, "unset logscale y\n");
}

/* A bar from each start or resume to the next stop or pause, or the end. */
static void add_bars(portrait_t *p, size_t arm, size_t row) {
    size_t drug = p->drugs[row], running = 0;
    double from = 0;
    const rlp_told_t *told = &p->told[arm];
    for (size_t k = 0; k <= told->n_events; k++) {
        const rlp_event_t *e = k < told->n_events ? &told->events[k] : NULL;
        if (e && (e->kind > RLP_EVENT_RESUME || e->kind == RLP_EVENT_DO || e->kind == RLP_EVENT_REDUCE || e->what != drug)) continue;
        bool begins = e && (e->kind == RLP_EVENT_START || e->kind == RLP_EVENT_RESUME);
        double now = e ? e->t_days : p->album->replays[arm].end_days;
        if (begins && !running++) from = now;
        if (begins || !running || (e && --running)) continue;
        rlp_text_format(p->out, "set object rect from first %.9g, first %.3f to first %.9g, first %.3f fc rgb '%s' fs solid 0.75 noborder\n", from / p->unit,
                        (double)row + 0.2, now / p->unit, (double)row + 0.8, GNUPLOT_COLOURS[row % GNUPLOT_COLOURS_N]);
    }
}

static void draw_given(portrait_t *p, size_t arm) {
    if (!p->n_drugs) return;
    open_panel(p, arm, GIVEN, "given", p->n_curves == 0);
    for (size_t row = 0; row < p->n_drugs; row++) {
        add_bars(p, arm, row);
        if (arm + 1 == p->album->n_arms) add_key(p, GIVEN, ROW, row, NULL, rlp_tumour_drug_name(p->model, p->drugs[row]));
    }
    rlp_text_format(p->out, "set yrange [%zu:0]; set ytics ('' 0); set format y ''\nunset grid\nplot NaN\n", p->n_drugs);
}

/* What the key of a panel says, above it. */
static void add_caption(portrait_t *p, size_t panel, const char *words) {
    rlp_text_format(p->out, "set label '%s' at screen %.5f, screen %.5f left font ',11' tc rgb '#777777'\n", words, across(p, p->key), up(p, p->tops[panel] - 10));
}

static void draw_signals(portrait_t *p, size_t arm, bool last) {
    if (!p->n_signals) return;
    open_panel(p, arm, SIGNALS, "signals", last);
    if (arm + 1 == p->album->n_arms) {
        add_caption(p, SIGNALS, "rest \xe2\x86\x92 farthest from it in any arm");
        key_of_curves(p, SIGNALS, 0, p->n_signals);
    }
    rlp_text_format(p->out, "set yrange [%zu:0]; set ytics ('' 0); set format y ''\nunset grid\nplot ", p->n_signals);
    for (size_t c = 0; c < p->n_signals; c++) {
        const char *colour = GNUPLOT_COLOURS[c % GNUPLOT_COLOURS_N];
        double at = (double)c + 0.5;
        rlp_text_format(p->out, "%.1f with lines lw 0.6 lc rgb '#cccccc', ", at);
        rlp_text_format(p->out, "$seen_%zu using 1:(%.1f):(%.1f - 0.46 * ($%zu - %.9g) / %.9g) with filledcurves fs transparent solid 0.45 noborder fc rgb '%s', ", arm + 1, at, at,
                        c + 2, p->curves[c].rest, p->curves[c].span, colour);
        rlp_text_format(p->out, "$seen_%zu using 1:(%.1f - 0.46 * ($%zu - %.9g) / %.9g) with lines lw 1.3 lc rgb '%s'%s", arm + 1, at, c + 2, p->curves[c].rest,
                        p->curves[c].span, colour, c + 1 < p->n_signals ? ", \\\n    " : "\n");
    }
}

static void draw_levels(portrait_t *p, size_t arm) {
    if (p->n_signals == p->n_curves) return;
    open_panel(p, arm, LEVELS, "levels", true);
    if (arm + 1 == p->album->n_arms) {
        add_caption(p, LEVELS, "1: highest at any site in any arm");
        key_of_curves(p, LEVELS, p->n_signals, p->n_curves);
    }
    rlp_text_format(p->out, "set yrange [0:1.05]; set ytics 0.5; set format y '%s'\nset grid ytics lw 0.7 lt 1 lc rgb '#e6e6e6'\nplot ", arm ? "" : "%g");
    for (size_t c = p->n_signals; c < p->n_curves; c++) {
        char style[64];
        level_style(p, c, style, sizeof style);
        rlp_text_format(p->out, "$seen_%zu using 1:($%zu / %.9g) with lines %s%s", arm + 1, c + 2, p->curves[c].span, style, c + 1 < p->n_curves ? ", " : "\n");
    }
}

static void write_script(portrait_t *p, uint64_t patient) {
    rlp_text_t *out = p->out;
    bool levels = p->n_curves > p->n_signals;
    rlp_text_format(out, "# Made by relapse %s. In this folder, `gnuplot patient.gp` draws patient.png and patient.svg again; the numbers are those of signals.csv.\n",
                    RELAPSE_VERSION);
    for (size_t a = 0; a < p->album->n_arms; a++) add_cells(p, a);
    for (size_t a = 0; a < p->album->n_arms && p->n_curves; a++) add_environment(p, a);
    rlp_text_format(out,
                    "set encoding utf8\nset samples 2\n"
                    "do for [picture in 'png svg'] {\n"
                    "if (picture eq 'png') { set terminal pngcairo noenhanced size %.0f, %.0f font 'Sans,13' background rgb 'white' } \\\n"
                    "else { set terminal svg noenhanced size %.0f, %.0f dynamic font 'Helvetica,Arial,sans-serif,14' background rgb 'white' }\n"
                    "set output 'patient.' . picture\n"
                    "set multiplot\n"
                    "set border 3 lw 1.2 lc rgb '#333333'; set tics nomirror out scale 0.6; set grid ytics lw 0.7 lt 1 lc rgb '#e6e6e6'\n",
                    p->width, p->height, p->width, p->height);
    for (size_t a = 0; a < p->album->n_arms; a++) {
        draw_burden(p, a, patient);
        draw_given(p, a);
        draw_signals(p, a, !levels);
        draw_levels(p, a);
    }
    rlp_text_add(out, "unset multiplot\nunset output\n}\n");
}

int portrait_write(const job_t *job, uint64_t patient, const rlp_outcome_t *outcomes, const rlp_told_t *told, const album_t *album, rlp_text_t *words) {
    rlp_text_t script;
    char *path = NULL;
    portrait_t p = {.job = job, .model = job->study->tumour, .told = told, .outcomes = outcomes, .album = album, .out = &script};
    rlp_text_init(&script);
    int rc = portrait_choose(&p);
    if (!rc && !(p.end_days > 0)) {
        rlp_text_add(words, "\n"); /* he failed everywhere */
        goto out;
    }
    lay_out(&p);
    if (!rc) write_script(&p, patient);
    if (!rc) rc = script.error;
    if (!rc) rc = sheet_path(&path, job->report->folder, "patient.gp", "");
    if (!rc) rc = rlp_file_write_whole(path, script.bytes, script.length);
    if (!rc) rc = gnuplot_draw(job->report->folder, "patient", words);
out:
    free(path);
    free(p.curves);
    free(p.drugs);
    rlp_text_free(&script);
    return rc;
}
