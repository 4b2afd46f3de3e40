/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * survival.gp: a gnuplot script that stands for itself in the folder and reads km.csv; then survival.png and survival.svg, if gnuplot is
 * there.
 *
 * Kaplan-Meier curves by arm with their pointwise 95 % bands, medians in the key, numbers at risk below. Main panel: progression-free
 * survival (time to progression where nobody can die); beside it overall survival where patients can die. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"
#include "survey.h"

#define LONG_DAYS 180.0
#define PANEL_TOP 0.83    /* of the picture's height */
#define TABLE_ARMS_MAX 10 /* more arms: no numbers at risk, they would fill the picture */

/* ---- the time axis ------------------------------------------------------------------------------------------------------- */
static double unit_days(const rlp_study_t *study) { return study->trial.follow_up_days > LONG_DAYS ? RLP_DAYS_A_MONTH : 1; }

/* At most eleven ticks: steps that calendars know, else 1, 2, 5 times a power of ten. */
static double tick_step(const rlp_study_t *study) {
    static const double MONTHS[] = {1, 2, 3, 6, 12, 24, 36, 60, 120}, DAYS[] = {1, 2, 7, 14, 28};
    bool months = unit_days(study) > 1;
    double length = study->trial.follow_up_days / unit_days(study);
    const double *steps = months ? MONTHS : DAYS;
    size_t n = months ? sizeof MONTHS / sizeof *MONTHS : sizeof DAYS / sizeof *DAYS;
    for (size_t k = 0; k < n && length >= 4 * steps[0]; k++)
        if (length <= 10 * steps[k]) return steps[k];
    double power = pow(10, floor(log10(length / 10)));
    return length <= 20 * power ? 2 * power : length <= 50 * power ? 5 * power : 10 * power;
}

size_t picture_ticks(const rlp_study_t *study, double *t_days) {
    double step = tick_step(study) * unit_days(study);
    size_t n = 0;
    for (; n < TICKS_MAX && (double)n * step <= study->trial.follow_up_days; n++) t_days[n] = (double)n * step;
    return n;
}

/* ---- the script ---------------------------------------------------------------------------------------------------------- */
typedef struct {
    const job_t *job;
    rlp_text_t *out;
    endpoint_t panels[2];
    size_t n_panels, name_columns;
    bool has_table;
} script_t;

static bool is_drawn(const script_t *s, size_t arm) { return summary_of(s->job, arm, s->panels[0])->n > 0; }

static void add_opening(script_t *s) {
    rlp_text_t *out = s->out;
    bool thinned = curves_are_thinned(s->job), months = unit_days(s->job->study) > 1;
    rlp_text_format(out, "# Made by relapse %s. In this folder, `gnuplot survival.gp` draws survival.png and survival.svg again.\n",
                    RELAPSE_VERSION);
    rlp_text_format(out, "data = '%s'%s\n", thinned ? THINNED_NAME : "km.csv",
                    thinned ? "   # km.csv thinned to what a picture can show, its arms by number" : "");
    rlp_text_format(out, "unit = %.6g   # %s\n\n", unit_days(s->job->study), months ? "days in a month" : "days");
    rlp_text_add(out, "set encoding utf8\n"
                      "set datafile separator comma\n"
                      "set datafile columnheaders\n\n"
                      "# A curve as the corners of its steps: time, survival, lower and upper end of the 95 % band, in per cent. At 0 and "
                      "1 the band has no\n"
                      "# width (its fields are empty there). Rows of other curves put the state back to its start.\n"
                      "mine(x) = strcol('arm') eq arm && strcol('endpoint') eq endpoint\n"
                      "band(name) = s > 0 && s < 1 ? column(name) : s\n"
                      "corner = '%.9g %.6g %.6g %.6g'\n"
                      "corners = corner . \"\\n\" . corner\n\n");
}

static void add_curve(script_t *s, size_t arm, endpoint_t e) {
    rlp_text_t *out = s->out;
    rlp_text_add(out, "# ");
    gnuplot_quote(out, rlp_study_arm_name(s->job->study, arm));
    rlp_text_add(out, "\narm = ");
    if (curves_are_thinned(s->job))
        rlp_text_format(out, "'%zu'", arm + 1);
    else
        gnuplot_quote(out, rlp_study_arm_name(s->job->study, arm));
    rlp_text_format(out, "; endpoint = '%s'; s = l = u = 1\n", ENDPOINT_NAMES[e]);
    rlp_text_add(out, "set table $rows\n"
                      "plot data using (sprintf(corners, t = column('time_days') / unit, 100 * s, 100 * l, 100 * u, t, 100 * (s = mine(0) "
                      "? column('survival') : 1), \\\n"
                      "    100 * (l = mine(0) ? band('lower95') : 1), 100 * (u = mine(0) ? band('upper95') : 1))) with table if (mine(0))\n"
                      "unset table\n");
    rlp_text_format(out, "set print $%s_%zu\nprint '0 100 100 100'\ndo for [i = 1:|$rows|] { print $rows[i] }\nunset print\n\n",
                    ENDPOINT_NAMES[e], arm + 1);
}

/* ---- the heading --------------------------------------------------------------------------------------------------------- */
static void replace_all(rlp_text_t *text, const char *ascii, const char *sign) {
    rlp_text_t out;
    const char *from = rlp_text_string(text), *at;
    rlp_text_init(&out);
    for (; (at = strstr(from, ascii)); from = at + strlen(ascii)) {
        rlp_text_add_bytes(&out, from, (size_t)(at - from));
        rlp_text_add(&out, sign);
    }
    rlp_text_add(&out, from);
    if (text->error) out.error = text->error;
    rlp_text_free(text);
    *text = out;
}

static void add_heading(script_t *s) {
    const rlp_study_t *study = s->job->study;
    rlp_text_t words;
    rlp_text_init(&words);
    if (words_can_progress(study)) rlp_text_add(&words, "Progression: ");
    words_progression(s->job, &words);
    replace_all(&words, ">=", "\xe2\x89\xa5");
    replace_all(&words, " x nadir", " \xc3\x97 nadir");
    rlp_text_add(s->out, "set label 1001 ");
    gnuplot_quote(s->out, study->title[0] ? study->title : "relapse");
    rlp_text_add(s->out, " at screen 0.02, screen 0.965 left font ',21'\nset label 1002 ");
    gnuplot_quote(s->out, rlp_text_string(&words));
    rlp_text_format(s->out, " at screen 0.02, screen 0.925 left font ',%d' tc rgb '#555555'\n",
                    words_columns(rlp_text_string(&words)) > 140 ? 12 : 14);
    if (words.error) s->out->error = words.error;
    rlp_text_free(&words);
}

/* ---- one panel ----------------------------------------------------------------------------------------------------------- */
static const char *const PANEL_TITLES[ENDPOINTS] = {"Time to progression", "Progression-free survival", "Second progression-free survival", "Overall survival"};

static void key_title(const script_t *s, size_t arm, endpoint_t e, bool brief, rlp_text_t *title) {
    const summary_t *sum = summary_of(s->job, arm, e);
    double unit = unit_days(s->job->study);
    const char *word = unit > 1 ? "mo" : "d";
    words_name(rlp_study_arm_name(s->job->study, arm), title);
    rlp_text_add(title, ": ");
    if (isnan(sum->median.value))
        rlp_text_add(title, "median not reached");
    else if (brief || isnan(sum->median.lower95) || isnan(sum->median.upper95))
        rlp_text_format(title, "median %.1f %s", sum->median.value / unit, word);
    else
        rlp_text_format(title, "median %.1f %s (%.1f\xe2\x80\x93%.1f)", sum->median.value / unit, word, sum->median.lower95 / unit,
                        sum->median.upper95 / unit);
}

/* Where the key hides no curve: the corner above them, the corner below them, else above the panel, which becomes lower. Sizes are
 * shares of the picture. */
typedef struct {
    const char *where;
    double top;
} key_place_t;

/* The combined arm without its interactions stands in the main panel. */
#define NULL_TITLE "the combination, interactions off"
static bool has_null(const script_t *s, endpoint_t e) { return e == s->panels[0] && synergy_has_curve(s->job->study); }

static double key_width(script_t *s, endpoint_t e, bool brief) {
    size_t columns = has_null(s, e) ? strlen(NULL_TITLE) : 0;
    for (size_t a = 0; a < s->job->study->n_arms; a++) {
        rlp_text_t title;
        rlp_text_init(&title);
        key_title(s, a, e, brief, &title);
        if (words_columns(rlp_text_string(&title)) > columns) columns = words_columns(rlp_text_string(&title));
        if (title.error) s->out->error = title.error;
        rlp_text_free(&title);
    }
    return 0.0067 * (double)columns + 0.085; /* letters at font 13; the line, and the margin that gnuplot leaves */
}

static key_place_t place_key(script_t *s, endpoint_t e, double width) {
    size_t n = has_null(s, e);
    for (size_t a = 0; a < s->job->study->n_arms; a++) n += is_drawn(s, a);
    bool brief = key_width(s, e, false) > width;
    double wide = key_width(s, e, brief) / width, high = (0.031 * (double)n + 0.02) / 0.6;
    bool above = wide < 1, below = wide < 1;
    for (size_t a = 0; a < s->job->study->n_arms && wide < 1; a++) {
        const summary_t *sum = summary_of(s->job, a, e);
        if (!is_drawn(s, a)) continue;
        if (sum->upper[(size_t)((1 - wide) * (SAMPLES - 1))] > 1 - high) above = false;
        if (sum->lower[(size_t)(wide * (SAMPLES - 1)) + 1] < high) below = false;
    }
    if (above) return (key_place_t){"top right", PANEL_TOP};
    if (below) return (key_place_t){"bottom left", PANEL_TOP};
    if (!has_null(s, e)) n += has_null(s, s->panels[0]); /* panels stay as high as each other */
    return (key_place_t){NULL, PANEL_TOP - 0.031 * (double)n};
}

static void add_name(script_t *s, size_t arm) {
    rlp_text_t name;
    rlp_text_init(&name);
    words_name(rlp_study_arm_name(s->job->study, arm), &name);
    gnuplot_quote(s->out, rlp_text_string(&name));
    if (name.error) s->out->error = name.error;
    rlp_text_free(&name);
}

/* Numbers at risk: a row an arm in the arm's colour, below the axis; names stand left of the first panel. */
static void add_table(script_t *s, size_t panel, double left, double bottom) {
    double ticks[TICKS_MAX], unit = unit_days(s->job->study);
    size_t n = picture_ticks(s->job->study, ticks), row = 0;
    rlp_text_t *out = s->out;
    if (!s->has_table) return;
    if (!panel)
        rlp_text_format(out, "set label 'at risk' at screen %.4f, screen %.4f right font ',12' tc rgb '#555555'\n", left - 0.022,
                        bottom - 0.092);
    for (size_t a = 0; a < s->job->study->n_arms; a++) {
        const summary_t *sum = summary_of(s->job, a, s->panels[panel]);
        const char *colour = GNUPLOT_COLOURS[a % GNUPLOT_COLOURS_N];
        if (!is_drawn(s, a)) continue;
        double y = bottom - 0.122 - 0.029 * (double)row++;
        if (!panel) {
            rlp_text_add(out, "set label ");
            add_name(s, a);
            rlp_text_format(out, " at screen %.4f, screen %.4f right font ',12' tc rgb '%s'\n", left - 0.022, y, colour);
        }
        for (size_t k = 0; k < n; k++)
            rlp_text_format(out,
                            sum->n < 100000 ? "set label '%" PRIu64 "' at first %.9g, screen %.4f center font ',12' tc rgb '%s'\n"
                                            : "set label '%" PRIu64 "k' at first %.9g, screen %.4f center font ',12' tc rgb '%s'\n",
                            sum->n < 100000 ? sum->at_risk[k] : (sum->at_risk[k] + 500) / 1000, ticks[k] / unit, y, colour);
    }
}

static void add_curves(script_t *s, endpoint_t e, double width) {
    rlp_text_t *out = s->out;
    bool brief = key_width(s, e, false) > width;
    rlp_text_add(out, "plot 50 with lines lw 1 dt 3 lc rgb '#999999' notitle");
    for (size_t a = 0; a < s->job->study->n_arms; a++)
        if (is_drawn(s, a))
            rlp_text_format(out, ", \\\n    $%s_%zu using 1:3:4 with filledcurves fs transparent solid 0.18 noborder fc rgb '%s' notitle",
                            ENDPOINT_NAMES[e], a + 1, GNUPLOT_COLOURS[a % GNUPLOT_COLOURS_N]);
    for (size_t a = 0; a < s->job->study->n_arms; a++) {
        rlp_text_t title;
        if (!is_drawn(s, a)) continue;
        rlp_text_init(&title);
        key_title(s, a, e, brief, &title);
        rlp_text_format(out, ", \\\n    $%s_%zu using 1:2 with lines lw 2.5 dt %zu lc rgb '%s' title ", ENDPOINT_NAMES[e], a + 1,
                        a / GNUPLOT_COLOURS_N + 1, GNUPLOT_COLOURS[a % GNUPLOT_COLOURS_N]);
        gnuplot_quote(out, rlp_text_string(&title));
        if (title.error) out->error = title.error;
        rlp_text_free(&title);
    }
    if (has_null(s, e)) rlp_text_format(out, ", \\\n    $without using 1:2 with lines lw 1.6 dt (6,5) lc rgb '#000000' title '" NULL_TITLE "'");
    rlp_text_add(out, "\n");
}

static void add_panel(script_t *s, size_t panel, double left, double right, double bottom, double top) {
    rlp_text_t *out = s->out;
    endpoint_t e = s->panels[panel];
    double unit = unit_days(s->job->study);
    key_place_t key = place_key(s, e, right - left);
    rlp_text_format(out,
                    "\nset lmargin at screen %.4f; set rmargin at screen %.4f; set bmargin at screen %.4f; set tmargin at screen %.4f\n",
                    left, right, bottom, top);
    rlp_text_add(out, "unset label\n");
    add_table(s, panel, left, bottom);
    if (!panel) add_heading(s);
    rlp_text_format(out, "set label 1003 '%s' at screen %.4f, screen %.4f left font ',17'\n", PANEL_TITLES[e], left, PANEL_TOP + 0.035);
    if (key.where && top == PANEL_TOP)
        rlp_text_format(out, "set key %s Left reverse\n", key.where);
    else
        rlp_text_format(out, "set key at screen %.4f, screen %.4f top left Left reverse\n", left, PANEL_TOP + 0.012);
    rlp_text_format(out, "set ylabel '%s'\n", panel ? "" : "patients (%)");
    rlp_text_format(out, "set xlabel '%s since day 0'\n", unit > 1 ? "months" : "days");
    rlp_text_format(out, "set xrange [0:%.9g]; set xtics %.9g\n", s->job->study->trial.follow_up_days / unit, tick_step(s->job->study));
    add_curves(s, e, right - left);
}

/* ---- the whole picture --------------------------------------------------------------------------------------------------- */
static void add_picture(script_t *s) {
    double table = s->has_table ? 0.03 + 0.029 * (double)s->job->study->n_arms : 0;
    double bottom = 0.11 + table, left = 0.06, gap = 0.045;
    double names = s->has_table ? 0.0075 * (double)s->name_columns + 0.025 : 0;
    if (names > left) left = names < 0.22 ? names : 0.22;
    double middle = s->n_panels == 2 ? left + 0.53 * (0.975 - left) : 0.975;
    rlp_text_add(s->out,
                 "set datafile separator whitespace\nset datafile nocolumnheaders\n"
                 "do for [picture in 'png svg'] {\n"
                 "if (picture eq 'png') { set terminal pngcairo noenhanced size 1400, 900 font 'Sans,14' background rgb 'white' } \\\n"
                 "else { set terminal svg noenhanced size 1400, 900 dynamic font 'Helvetica,Arial,sans-serif,15' background rgb 'white' }\n"
                 "set output 'survival.' . picture\n"
                 "set multiplot\n"
                 "set border 3 lw 1.2 lc rgb '#333333'; set tics nomirror out scale 0.6; set grid ytics lw 0.7 lt 1 lc rgb '#e6e6e6'\n"
                 "set format '%g'; set yrange [0:100]; set ytics 20\n"
                 "set key samplen 1.6 spacing 1.25 font ',13'\n");
    double from[2] = {left, middle + gap}, to[2] = {middle, 0.975}, top = PANEL_TOP;
    for (size_t p = 0; p < s->n_panels; p++) top = fmin(top, place_key(s, s->panels[p], to[p] - from[p]).top);
    for (size_t p = 0; p < s->n_panels; p++) add_panel(s, p, from[p], to[p], bottom, top);
    rlp_text_add(s->out, "unset multiplot\nunset output\n}\n");
}

static void write_script(const job_t *job, rlp_text_t *out) {
    const rlp_study_t *study = job->study;
    script_t s = {.job = job, .out = out, .has_table = study->n_arms <= TABLE_ARMS_MAX};
    bool dies = words_can_die(study);
    if (words_can_progress(study)) s.panels[s.n_panels++] = dies ? ENDPOINT_PFS : ENDPOINT_TTP;
    if (dies && has_endpoint(study, ENDPOINT_OS)) s.panels[s.n_panels++] = ENDPOINT_OS;
    for (size_t a = 0; a < study->n_arms; a++) {
        size_t columns = words_columns(rlp_study_arm_name(study, a));
        s.name_columns = columns > WORDS_NAME_COLUMNS ? WORDS_NAME_COLUMNS : columns > s.name_columns ? columns : s.name_columns;
    }
    add_opening(&s);
    for (size_t p = 0; p < s.n_panels; p++)
        for (size_t a = 0; a < study->n_arms; a++)
            if (is_drawn(&s, a)) add_curve(&s, a, s.panels[p]);
    int rc = synergy_has_curve(study) ? synergy_curve(job, s.panels[0], unit_days(study), out) : RLP_OK;
    if (rc) out->error = rc;
    add_picture(&s);
}

int picture_write(const job_t *job, rlp_text_t *words) {
    rlp_text_t script;
    char *path = NULL;
    bool any = false;
    for (size_t a = 0; a < job->study->n_arms; a++) any = any || summary_of(job, a, ENDPOINT_TTP)->n;
    if (!any || (!words_can_progress(job->study) && !words_can_die(job->study))) {
        rlp_text_add(words, "\n");
        return RLP_OK;
    }
    rlp_text_init(&script);
    write_script(job, &script);
    int rc = script.error ? script.error : sheet_path(&path, job->report->folder, "survival.gp", "");
    if (!rc) rc = rlp_file_write_whole(path, script.bytes, script.length);
    if (!rc) rc = gnuplot_draw(job->report->folder, "survival", words);
    free(path);
    rlp_text_free(&script);
    return rc;
}
