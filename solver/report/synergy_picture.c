/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * synergy.gp: a gnuplot script that stands for itself; then synergy.png and synergy.svg, if gnuplot is there.
 *
 * Above, where synergy is asked for: restricted means of the combined arm, of the same without the rows marked `interaction: true`, of the later of each patient's two
 * times, and of the single arms. The interval at each is that of its difference from the combined arm, on the same patients: where it reaches the line there may be no
 * difference. Below, where attribution is asked for: what each row of mechanisms brings last (bar, paired interval) and first (circle), the largest on top, and the
 * remainder. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "survey.h"

#define WIDTH 1400.0
#define ROW 34.0       /* heights, in pixels */
#define HEAD 92.0
#define PANEL_HEAD 58.0
#define PANEL_FOOT 84.0
#define LETTER 9.2     /* width of a letter of font 14 */
#define BARS_MOST 40   /* the largest; the others are in the file */
enum { FULL, WITHOUT, LATER, ARM_A, ARM_B, NOTHING, POINTS };

typedef struct {
    const job_t *job;
    endpoint_t endpoint;
    double horizon, unit;
    const attribution_t *told; /* bars are its largest and the remainder */
    size_t n_points, n_bars;
    double rmst[POINTS];
    rlp_contrast_t less[POINTS]; /* the combined arm less this */
    rlp_text_t *out;
} picture_t;

/* ---- restricted means ------------------------------------------------------------------------------------------------------------------ */
/* scores: the point's own, of rmst[point]. */
static void judge_point(picture_t *p, int point, double *scores, const double *full) {
    size_t patients = (size_t)p->job->study->patients;
    for (size_t i = 0; i < patients; i++) scores[i] = full[i] - scores[i];
    p->less[point] = rlp_contrast_judge(p->rmst[FULL] - p->rmst[point], scores, patients);
}

static int find_points(picture_t *p) {
    const rlp_synergy_t *s = &p->job->study->synergy;
    const size_t tasks[POINTS] = {[FULL] = s->both, [WITHOUT] = s->without, [ARM_A] = s->a, [ARM_B] = s->b, [NOTHING] = s->none};
    size_t patients = (size_t)p->job->study->patients;
    times_t times[POINTS] = {0};
    double *full = NULL, *scores = NULL;
    int rc = RLP_NEW(full, patients);
    if (!rc) rc = RLP_NEW(scores, patients);
    for (int k = 0; k < POINTS && !rc; k++)
        if (k != LATER) rc = survey_times(p->job, tasks[k], &times[k]);
    rlp_survival_t a = times_of(&times[ARM_A], p->endpoint), b = times_of(&times[ARM_B], p->endpoint);
    for (int k = 0; k < POINTS && !rc; k++) {
        rlp_survival_t survival = times_of(&times[k], p->endpoint);
        if (k == LATER) rc = rlp_later_scores(&a, &b, p->horizon, patients, &p->rmst[k], scores);
        else rc = rlp_rmst_scores(&survival, p->horizon, patients, &p->rmst[k], k == FULL ? full : scores);
        if (!rc && k != FULL) judge_point(p, k, scores, full);
    }
    p->n_points = isfinite(p->rmst[FULL]) ? POINTS : 0;
    for (int k = 0; k < POINTS; k++) times_free(&times[k]);
    free(full);
    free(scores);
    return rc;
}

/* ---- the script ------------------------------------------------------------------------------------------------------------------------- */
static double height_of(const picture_t *p) {
    double height = HEAD;
    if (p->n_points) height += PANEL_HEAD + PANEL_FOOT + ROW * (double)p->n_points;
    if (p->n_bars) height += PANEL_HEAD + PANEL_FOOT + ROW * (double)p->n_bars;
    return height;
}

static void point_name(const picture_t *p, int point, rlp_text_t *name) {
    const rlp_synergy_t *s = &p->job->study->synergy;
    const size_t tasks[POINTS] = {[FULL] = s->both, [WITHOUT] = s->both, [ARM_A] = s->a, [ARM_B] = s->b, [NOTHING] = s->none};
    if (point == LATER) {
        rlp_text_add(name, "the later of the two in each patient");
        return;
    }
    words_name(rlp_study_arm_name(p->job->study, tasks[point]), name);
    if (point == WITHOUT) rlp_text_add(name, ", interactions off");
}

static void add_quoted(rlp_text_t *out, const rlp_text_t *words) {
    gnuplot_quote(out, rlp_text_string(words));
    if (words->error) out->error = words->error;
}

/* From the largest on; the last one is the remainder. */
static const worth_t *bar_of(const picture_t *p, size_t k) { return &p->told->worths[k + 1 < p->n_bars ? k : p->told->n]; }

/* Room for names left of the panels, in pixels. */
static double left_of(const picture_t *p) {
    size_t columns = 8;
    for (size_t k = 0; k < p->n_bars; k++)
        if (words_columns(bar_of(p, k)->name) > columns) columns = words_columns(bar_of(p, k)->name);
    for (size_t k = 0; k < p->n_points; k++) {
        rlp_text_t name;
        rlp_text_init(&name);
        point_name(p, (int)k, &name);
        if (words_columns(rlp_text_string(&name)) > columns) columns = words_columns(rlp_text_string(&name));
        if (name.error) p->out->error = name.error;
        rlp_text_free(&name);
    }
    return fmin(40 + LETTER * (double)columns, 0.36 * WIDTH);
}

/* Signs are kept, and a minus is one; a panel's numbers have digits alike. */
static void add_signed(const picture_t *p, double days, int digits, rlp_text_t *out) {
    double value = days / p->unit;
    rlp_text_format(out, "%s%.*f", value < 0 ? "\xe2\x88\x92" : value > 0 ? "+" : "", value == 0 ? 0 : digits, fabs(value));
}

static int digits_for(double most) { return most < 0.5 ? 3 : most < 20 ? 2 : 1; }

static void add_estimate(picture_t *p, double row, int digits, double value, double lower, double upper) {
    rlp_text_format(p->out, "set label '");
    add_signed(p, value, digits, p->out);
    if (isfinite(lower) && isfinite(upper) && lower < upper) {
        rlp_text_add(p->out, " (");
        add_signed(p, lower, digits, p->out);
        rlp_text_add(p->out, " to ");
        add_signed(p, upper, digits, p->out);
        rlp_text_add(p->out, ")");
    }
    rlp_text_format(p->out, "' at graph 1.015, first %g left font ',13'\n", row);
}

static void begin_panel(picture_t *p, double top, size_t rows, const char *title, const char *right) {
    double height = height_of(p), left = left_of(p);
    rlp_text_format(p->out, "\nunset label; unset arrow\nset lmargin at screen %.4f; set rmargin at screen 0.80; set tmargin at screen %.4f; set bmargin at screen %.4f\n", left / WIDTH,
                    1 - (top + PANEL_HEAD) / height, 1 - (top + PANEL_HEAD + ROW * (double)rows) / height);
    rlp_text_add(p->out, "set label ");
    gnuplot_quote(p->out, title);
    rlp_text_format(p->out, " at screen %.4f, screen %.4f left font ',16'\nset label '%s' at screen 0.81, screen %.4f left font ',13' tc rgb '#555555'\n", 20 / WIDTH,
                    1 - (top + PANEL_HEAD - 30) / height, right, 1 - (top + PANEL_HEAD - 14) / height);
    rlp_text_format(p->out, "set yrange [%g:0.5]\n", (double)rows + 0.5);
}

static const char *unit_word(const picture_t *p) { return p->unit > 1 ? "months" : "days"; }

/* Row, mean, the ends of the interval of its difference, colour. */
static double add_point_data(picture_t *p) {
    static const char *const COLOURS[POINTS] = {"#0072B2", "#009E73", "#D55E00", "#777777", "#777777", "#777777"};
    double most = 0;
    rlp_text_add(p->out, "$points << EOD\n");
    for (int k = 0; k < POINTS; k++) {
        double x = p->rmst[k], half = k == FULL || isnan(p->less[k].std_err) ? 0 : (p->less[k].upper95 - p->less[k].lower95) / 2;
        most = fmax(most, x + half);
        rlp_text_format(p->out, "%d %.9g %.9g %.9g %s\n", k + 1, x / p->unit, (x - half) / p->unit, (x + half) / p->unit, COLOURS[k]);
    }
    rlp_text_add(p->out, "EOD\n");
    return most;
}

static void add_points(picture_t *p, double most) {
    rlp_text_t *out = p->out;
    begin_panel(p, HEAD, POINTS, "Restricted means, and the intervals of their differences from the combined arm", "combined arm less this");
    rlp_text_add(out, "set ytics scale 0 (");
    for (int k = 0; k < POINTS; k++) {
        rlp_text_t name;
        rlp_text_init(&name);
        point_name(p, k, &name);
        add_quoted(out, &name);
        rlp_text_format(out, " %d%s", k + 1, k + 1 < POINTS ? ", " : ")\n");
        rlp_text_free(&name);
    }
    for (int k = 1; k < POINTS; k++) add_estimate(p, k + 1, digits_for(most / p->unit), p->less[k].value, p->less[k].lower95, p->less[k].upper95);
    rlp_text_format(out, "set xrange [0:%.9g]; set xlabel 'mean to %s %.4g, %s'\n", 1.05 * most / p->unit, p->unit > 1 ? "month" : "day", p->horizon / p->unit, unit_word(p));
    rlp_text_format(out, "set arrow from first %.9g, graph 0 to first %.9g, graph 1 nohead lw 1.2 dt 2 lc rgb '#0072B2'\n", p->rmst[FULL] / p->unit, p->rmst[FULL] / p->unit);
    rlp_text_add(out, "plot $points using 2:1:3:4 with xerrorbars pt 0 lw 2.2 lc rgb '#333333' notitle, '' using 2:1:(colour(strcol(5))) with points pt 7 ps 1.7 lc rgb variable notitle\n");
}

/* Row, last_out with its interval, first_in, colour. */
static void add_bar_data(picture_t *p, double *low, double *high) {
    *low = *high = 0;
    rlp_text_add(p->out, "$bars << EOD\n");
    for (size_t k = 0; k < p->n_bars; k++) {
        const worth_t *bar = bar_of(p, k);
        const rlp_contrast_t *c = &bar->last_out;
        double lower = isfinite(c->lower95) ? c->lower95 : c->value, upper = isfinite(c->upper95) ? c->upper95 : c->value;
        *low = fmin(*low, fmin(bar->first_in, lower));
        *high = fmax(*high, fmax(bar->first_in, upper));
        rlp_text_format(p->out, "%zu %.9g %.9g %.9g %.9g %s\n", k + 1, c->value / p->unit, lower / p->unit, upper / p->unit, bar->first_in / p->unit,
                        k + 1 == p->n_bars ? "#aaaaaa" : c->value < 0 ? "#D55E00" : "#009E73");
    }
    rlp_text_add(p->out, "EOD\n");
}

static void add_bars(picture_t *p, double low, double high) {
    rlp_text_t *out = p->out;
    char title[600];
    double top = HEAD + (p->n_points ? PANEL_HEAD + PANEL_FOOT + ROW * POINTS : 0);
    bool excess = p->told->of_excess;
    snprintf(title, sizeof title, "Which rows of mechanisms carry %s%.200s", excess ? "the excess, both " "\xe2\x88\x92" " a " "\xe2\x88\x92" " b + none" : "", excess ? "" : rlp_study_arm_name(p->job->study, p->told->task));
    begin_panel(p, top, p->n_bars, title, "taken out of all");
    rlp_text_add(out, "set ytics scale 0 (");
    for (size_t k = 0; k < p->n_bars; k++) {
        gnuplot_quote(out, bar_of(p, k)->name);
        rlp_text_format(out, " %zu%s", k + 1, k + 1 < p->n_bars ? ", " : ")\n");
    }
    for (size_t k = 0; k < p->n_bars; k++) {
        const rlp_contrast_t *c = &bar_of(p, k)->last_out;
        add_estimate(p, (double)k + 1, digits_for(fmax(high, -low) / p->unit), c->value, c->lower95, c->upper95);
    }
    double pad = high > low ? 0.06 * (high - low) : p->unit;
    rlp_text_format(out, "set xrange [%.9g:%.9g]; set xlabel '%s of mean to %s %.4g; bar: taken out of all, with its paired 95 %% interval; circle: put in alone%s", (low - pad) / p->unit,
                    (high + pad) / p->unit, unit_word(p), p->unit > 1 ? "month" : "day", p->job->study->attribution.horizon_days / p->unit,
                    p->n_bars < p->told->n + 1 ? "; the largest of attribution.csv" : "");
    if (p->told->idle) rlp_text_format(out, "; %zu row%s change%s nobody", p->told->idle, p->told->idle == 1 ? "" : "s", p->told->idle == 1 ? "s" : "");
    rlp_text_add(out, "' font ',13'\n");
    rlp_text_add(out, "set arrow from first 0, graph 0 to first 0, graph 1 nohead lw 1.2 lc rgb '#333333'\n"
                      "plot $bars using 2:1:(0):2:($1 - 0.3):($1 + 0.3):(colour(strcol(6))) with boxxyerror fs solid 0.75 noborder lc rgb variable notitle, \\\n"
                      "    '' using 2:1:3:4 with xerrorbars pt 0 lw 1.8 lc rgb '#222222' notitle, '' using 5:1 with points pt 6 ps 1.4 lw 2 lc rgb '#222222' notitle\n");
}

static void write_script(picture_t *p) {
    const rlp_study_t *study = p->job->study;
    rlp_text_t *out = p->out;
    double most = 0, low = 0, high = 0;
    rlp_text_format(out, "# Made by relapse %s. In this folder, `gnuplot synergy.gp` draws synergy.png and synergy.svg again.\n", RELAPSE_VERSION);
    rlp_text_add(out, "set encoding utf8\nset datafile separator whitespace\ncolour(text) = int('0x' . text[2:*])\n");
    if (p->n_points) most = add_point_data(p);
    if (p->n_bars) add_bar_data(p, &low, &high);
    rlp_text_add(out, "do for [picture in 'png svg'] {\n");
    rlp_text_format(out,
                    "if (picture eq 'png') { set terminal pngcairo noenhanced size %.0f, %.0f font 'Sans,14' background rgb 'white' } \\\n"
                    "else { set terminal svg noenhanced size %.0f, %.0f dynamic font 'Helvetica,Arial,sans-serif,15' background rgb 'white' }\n",
                    WIDTH, height_of(p), WIDTH, height_of(p));
    rlp_text_add(out, "set output 'synergy.' . picture\nset multiplot\nset border 3 lw 1.2 lc rgb '#333333'; set tics nomirror out scale 0.6; set grid xtics lw 0.7 lt 1 lc rgb '#e6e6e6'\n"
                      "set format '%g'\nunset key\nset label 1001 ");
    gnuplot_quote(out, study->title[0] ? study->title : "relapse");
    rlp_text_format(out, " at screen 0.0143, screen %.4f left font ',20'\nset label 1002 '%s of the same %llu patients in every arm' at screen 0.0143, screen %.4f left font ',14' tc rgb '#555555'\n",
                    1 - 30 / height_of(p), ENDPOINT_AXES[p->endpoint], (unsigned long long)study->patients, 1 - 64 / height_of(p));
    /* the labels go with the first panel */
    rlp_text_add(out, "set lmargin at screen 0; set rmargin at screen 1; set bmargin at screen 0; set tmargin at screen 1; unset border; unset tics\n"
                      "set xrange [0:1]; set yrange [0:1]\nplot NaN notitle\nset border 3; set xtics nomirror out scale 0.6\n");
    if (p->n_points) add_points(p, most);
    if (p->n_bars) add_bars(p, low, high);
    rlp_text_add(out, "unset multiplot\nunset output\nunset label; unset arrow\n}\n");
}

static int draw(picture_t *p, rlp_text_t *words) {
    rlp_text_t script;
    char *path = NULL;
    if (words->length && words->bytes[words->length - 1] == '\n') words->bytes[--words->length] = '\0'; /* the list of files goes on */
    rlp_text_init(&script);
    p->out = &script;
    write_script(p);
    int rc = script.error ? script.error : sheet_path(&path, p->job->report->folder, "synergy.gp", "");
    if (!rc) rc = rlp_file_write_whole(path, script.bytes, script.length);
    if (!rc) rc = gnuplot_draw(p->job->report->folder, "synergy", words);
    free(path);
    rlp_text_free(&script);
    return rc;
}

/* ---- a curve of survival.png ------------------------------------------------------------------------------------------------------------ */
bool synergy_has_curve(const rlp_study_t *study) { return study->synergy.asked && study->synergy.without != study->synergy.both; }

/* No more corners than a picture can show. */
int synergy_curve(const job_t *job, endpoint_t endpoint, double unit_days, rlp_text_t *out) {
    times_t times = {0};
    rlp_km_t km = {0};
    double before = 1;
    int rc = survey_times(job, job->study->synergy.without, &times);
    rlp_survival_t survival = times_of(&times, endpoint);
    if (!rc) rc = rlp_km_init(&km, &survival);
    rlp_text_add(out, "$without << EOD\n0 100\n");
    for (size_t k = 0; k < km.rows && !rc; k++) {
        const rlp_km_row_t *row = &km.row[k];
        if (k + 1 < km.rows && before - row->survival < 5e-4) continue;
        rlp_text_format(out, "%.9g %.6g\n%.9g %.6g\n", row->time / unit_days, 100 * before, row->time / unit_days, 100 * row->survival);
        before = row->survival;
    }
    rlp_text_add(out, "EOD\n\n");
    rlp_km_free(&km);
    times_free(&times);
    return rc;
}

int synergy_picture_write(const job_t *job, const attribution_t *told, rlp_text_t *words) {
    const rlp_study_t *study = job->study;
    const rlp_attribution_t *a = &study->attribution;
    picture_t p = {.job = job, .told = told, .horizon = study->synergy.asked ? study->synergy.horizon_days : a->horizon_days};
    p.endpoint = a->asked ? ENDPOINT_OF[a->endpoint] : words_main(study);
    p.unit = study->trial.follow_up_days > 180 ? RLP_DAYS_A_MONTH : 1;
    int rc = study->synergy.asked && has_endpoint(study, p.endpoint) ? find_points(&p) : RLP_OK;
    if (told->worths && told->n && isfinite(told->worths[told->n].last_out.value)) p.n_bars = (told->n < BARS_MOST ? told->n : BARS_MOST - 1) + 1;
    if (!rc && (p.n_points || p.n_bars)) rc = draw(&p, words);
    return rc;
}
