/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sweep.gp: how far each cell lies behind the best, with the simultaneous intervals of the paired differences; then sweep.png and sweep.svg, if gnuplot is there.
 *
 *   one number that takes several values     the difference against it, with a band; the values tied with the best are shaded
 *   two                                      against the first, a curve for each value of the second
 *   three or more                            a line a cell, in order
 *
 * Filled points are tied with the best. The numbers stand in the script, sorted along the axis. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "sweep.h"

#define LONG_DAYS 180.0
#define LOG_RATIO 50.0 /* values that reach so far are drawn on a logarithmic axis */
#define ROWS_MOST 60   /* more cells than a page can name */

typedef struct {
    const job_t *job;
    const rlp_sweep_t *asked;
    const sweep_t *found;
    rlp_text_t *out;
    size_t n_axes, *axes; /* paths with more than one value; owned */
    size_t *order;        /* cells along a curve, or the lines; owned */
    double unit;          /* of differences, in days */
    double low, high;     /* along the first axis */
    bool logarithmic;
} plot_t;

static const char *unit_word(const plot_t *p) { return p->unit > 1 ? "months" : "days"; }

static double value_of(const plot_t *p, size_t cell, size_t axis) { return p->asked->paths[p->axes[axis]].values[rlp_sweep_at(p->asked, cell, p->axes[axis])]; }

static const char *dimension_of(const plot_t *p, size_t axis) { return rlp_dimension_unit(p->job->study->parameters.rows[p->asked->paths[p->axes[axis]].parameter].dimension); }

static bool is_drawn(const plot_t *p, size_t cell) { return !isnan(p->found->cells[cell].difference); }

static void quote(plot_t *p, rlp_text_t *words) {
    gnuplot_quote(p->out, rlp_text_string(words));
    if (words->error) p->out->error = words->error;
    rlp_text_free(words);
}

/* ---- the heading --------------------------------------------------------------------------------------------------------------------- */
static void add_opening(plot_t *p, int height) {
    rlp_text_format(p->out, "# Made by relapse %s. In this folder, `gnuplot sweep.gp` draws sweep.png and sweep.svg again.\n"
                            "# Columns: where, difference from the best and its simultaneous 95 %% interval (%s), 1 if tied with the best.\n",
                    RELAPSE_VERSION, unit_word(p));
    rlp_text_format(p->out, "set encoding utf8\nheight = %d\n", height);
}

static void add_picture(plot_t *p) {
    rlp_text_add(p->out, "do for [picture in 'png svg'] {\n"
                         "if (picture eq 'png') { set terminal pngcairo noenhanced size 1200, height font 'Sans,14' background rgb 'white' } \\\n"
                         "else { set terminal svg noenhanced size 1200, height dynamic font 'Helvetica,Arial,sans-serif,15' background rgb 'white' }\n"
                         "set output 'sweep.' . picture\n"
                         "set border 3 lw 1.2 lc rgb '#333333'; set tics nomirror out scale 0.6; set format '%g'\n"
                         "set tmargin at screen 1 - 110.0 / height; set bmargin at screen 80.0 / height; set rmargin at screen 0.97\n");
}

static void add_heading(plot_t *p) {
    const rlp_study_t *study = p->job->study;
    const cell_t *best = &p->found->cells[p->found->best];
    rlp_text_t words;
    rlp_text_add(p->out, "set label 1001 ");
    gnuplot_quote(p->out, study->title[0] ? study->title : "relapse");
    rlp_text_add(p->out, " at screen 0.02, screen 1 - 32.0 / height left font ',19'\nset label 1002 ");
    rlp_text_init(&words);
    rlp_text_format(&words, "Arm %s, mean %s to %.4g %s; best: ", rlp_study_arm_name(study, p->asked->arm), ENDPOINT_AXES[p->found->endpoint], p->asked->horizon_days / p->unit, unit_word(p));
    sweep_values(study, p->found->best, &words);
    rlp_text_format(&words, ", with %.2f %s", best->rmst.value / p->unit, unit_word(p));
    bool is_long = words_columns(rlp_text_string(&words)) > 115;
    quote(p, &words);
    rlp_text_format(p->out, " at screen 0.02, screen 1 - 62.0 / height left font ',%d' tc rgb '#333333'\n", is_long ? 11 : 14);
    rlp_text_format(p->out, "set label 1003 'Paired differences with simultaneous 95 %% intervals over all pairs of cells. Filled points%s: tied with the best' "
                            "at screen 0.02, screen 1 - 86.0 / height left font ',12' tc rgb '#555555'\n",
                    p->n_axes == 2 ? "" : ", grey");
}

/* ---- curves ----------------------------------------------------------------------------------------------------------------------------- */
/* The cells at value j of the second axis, rising along the first. */
static size_t collect(plot_t *p, size_t j) {
    size_t n = 0;
    for (size_t c = 0; c < p->found->n; c++) {
        if (!is_drawn(p, c) || (p->n_axes == 2 && rlp_sweep_at(p->asked, c, p->axes[1]) != j)) continue;
        size_t at = n++;
        for (; at && value_of(p, p->order[at - 1], 0) > value_of(p, c, 0); at--) p->order[at] = p->order[at - 1];
        p->order[at] = c;
    }
    return n;
}

static void add_row(plot_t *p, double where, size_t cell) {
    const cell_t *found = &p->found->cells[cell];
    rlp_text_format(p->out, "%.9g %.6g %.6g %.6g %d\n", where, found->difference / p->unit, found->lower95 / p->unit, found->upper95 / p->unit, found->tied);
}

static void add_curve(plot_t *p, size_t j) {
    size_t n = collect(p, j);
    rlp_text_format(p->out, "$curve_%zu << end\n", j + 1);
    for (size_t k = 0; k < n; k++) add_row(p, value_of(p, p->order[k], 0), p->order[k]);
    rlp_text_add(p->out, "end\n");
}

static double between(const plot_t *p, double a, double b) { return p->logarithmic ? sqrt(a * b) : (a + b) / 2; }

/* Grey from half way to the neighbour on the left to half way to that on the right. */
static void add_shades(plot_t *p) {
    size_t n = collect(p, 0);
    for (size_t k = 0; k < n; k++) {
        size_t last = k;
        if (!p->found->cells[p->order[k]].tied) continue;
        while (last + 1 < n && p->found->cells[p->order[last + 1]].tied) last++;
        rlp_text_add(p->out, "set object rectangle from ");
        if (k)
            rlp_text_format(p->out, "first %.9g", between(p, value_of(p, p->order[k - 1], 0), value_of(p, p->order[k], 0)));
        else
            rlp_text_add(p->out, "graph 0");
        rlp_text_add(p->out, ", graph 0 to ");
        if (last + 1 < n)
            rlp_text_format(p->out, "first %.9g", between(p, value_of(p, p->order[last], 0), value_of(p, p->order[last + 1], 0)));
        else
            rlp_text_add(p->out, "graph 1");
        rlp_text_add(p->out, ", graph 1 behind fillcolor rgb '#ececec' fillstyle solid noborder\n");
        k = last;
    }
}

static void add_curve_title(plot_t *p, size_t j) {
    rlp_text_t words;
    const char *unit = p->n_axes == 2 ? dimension_of(p, 1) : "";
    if (p->n_axes < 2) {
        rlp_text_add(p->out, "notitle");
        return;
    }
    rlp_text_init(&words);
    rlp_text_format(&words, "%s %.6g%s%s", p->asked->paths[p->axes[1]].path, p->asked->paths[p->axes[1]].values[j], *unit ? " " : "", unit);
    rlp_text_add(p->out, "title ");
    quote(p, &words);
}

/* The key stands below the end of the first axis at which the curves stay higher. */
static const char *key_place(const plot_t *p) {
    double lowest[2] = {INFINITY, INFINITY};
    if (p->n_axes < 2) return "off";
    for (size_t c = 0; c < p->found->n; c++) {
        double x = value_of(p, c, 0), y = p->found->cells[c].lower95;
        if (is_drawn(p, c)) lowest[x > between(p, p->low, p->high)] = fmin(lowest[x > between(p, p->low, p->high)], y);
    }
    return lowest[1] > lowest[0] ? "bottom right" : "bottom left";
}

static void add_axes(plot_t *p) {
    rlp_text_t words;
    const char *unit = dimension_of(p, 0);
    rlp_text_init(&words);
    rlp_text_format(&words, "%s%s%s%s", p->asked->paths[p->axes[0]].path, *unit ? " (" : "", unit, *unit ? ")" : "");
    rlp_text_add(p->out, "set xlabel ");
    quote(p, &words);
    rlp_text_format(p->out, "\nset ylabel 'difference from the best (%s)'\nset lmargin at screen 0.085\n", unit_word(p));
    rlp_text_format(p->out, "set grid ytics lw 0.7 lt 1 lc rgb '#dddddd'\nset offsets 0, 0, graph 0.06, graph 0.04\nset key %s Left reverse samplen 2 font ',13'\n%s",
                    key_place(p), p->logarithmic ? "set logscale x\n" : "");
    double from = p->low, to = p->high, margin = 0.04 * (to - from), factor = pow(to / from, 0.04);
    rlp_text_format(p->out, "set xrange [%.9g:%.9g]\nset arrow from graph 0, first 0 to graph 1, first 0 nohead back lw 1.2 dt 3 lc rgb '#777777'\n",
                    p->logarithmic ? from / factor : from - margin, p->logarithmic ? to * factor : to + margin);
}

/* Where a point of curve j of n stands: beside its value, so that no curve hides another's intervals. */
static void put_place(const plot_t *p, size_t j, size_t n, char place[40]) {
    double step = ((double)j - ((double)n - 1) / 2) * fmin(0.006, 0.03 / (double)n);
    if (p->n_axes < 2)
        snprintf(place, 40, "1");
    else
        snprintf(place, 40, p->logarithmic ? "($1 * %.6g)" : "($1 + %.6g)", p->logarithmic ? pow(p->high / p->low, step) : step * (p->high - p->low));
}

static void add_curves(plot_t *p) {
    size_t n = p->n_axes == 2 ? p->asked->paths[p->axes[1]].n : 1;
    char x[40];
    add_axes(p);
    if (p->n_axes == 1) add_shades(p);
    rlp_text_add(p->out, "plot ");
    for (size_t j = 0; j < n; j++) {
        put_place(p, j, n, x);
        rlp_text_format(p->out, "%s$curve_%zu using %s:3:4 with filledcurves fs transparent solid %.2f noborder fc rgb '%s' notitle", j ? ", \\\n    " : "", j + 1, x, n > 2 ? 0.08 : 0.16, GNUPLOT_COLOURS[j % GNUPLOT_COLOURS_N]);
    }
    for (size_t j = 0; j < n; j++) {
        const char *colour = GNUPLOT_COLOURS[j % GNUPLOT_COLOURS_N];
        put_place(p, j, n, x);
        rlp_text_format(p->out, ", \\\n    $curve_%zu using %s:2 with lines lw 2 dt %zu lc rgb '%s' ", j + 1, x, j / GNUPLOT_COLOURS_N + 1, colour);
        add_curve_title(p, j);
        rlp_text_format(p->out, ", \\\n    '' using %s:2:3:4 with yerrorbars pt 6 ps 0 lw 1.4 lc rgb '%s' notitle", x, colour);
        rlp_text_format(p->out, ", \\\n    '' using %s:($5 > 0 ? $2 : 1/0) with points pt 7 ps 1.5 lc rgb '%s' notitle", x, colour);
        rlp_text_format(p->out, ", \\\n    '' using %s:($5 > 0 ? 1/0 : $2) with points pt 7 ps 1.5 lc rgb 'white' notitle, '' using %s:($5 > 0 ? 1/0 : $2) with points pt 6 ps 1.5 lw 2 lc rgb '%s' notitle", x, x,
                        colour);
    }
    rlp_text_add(p->out, "\n");
}

/* ---- a line a cell ------------------------------------------------------------------------------------------------------------------------ */
/* In the order of the study; where there are too many, the best ones. */
static size_t choose_lines(plot_t *p) {
    size_t n = 0;
    for (size_t c = 0; c < p->found->n; c++) {
        size_t better = 0;
        for (size_t k = 0; k < p->found->n; k++) {
            double d = p->found->cells[k].difference - p->found->cells[c].difference;
            better += d > 0 || (d == 0 && k < c);
        }
        if (is_drawn(p, c) && better < ROWS_MOST) p->order[n++] = c;
    }
    return n;
}

static void add_line_data(plot_t *p, size_t n) {
    rlp_text_add(p->out, "$lines << end\n");
    for (size_t k = 0; k < n; k++) add_row(p, (double)k + 1, p->order[k]);
    rlp_text_add(p->out, "end\n");
}

static size_t add_names(plot_t *p, size_t n) {
    size_t widest = 0;
    rlp_text_add(p->out, "set ytics (");
    for (size_t k = 0; k < n; k++) {
        rlp_text_t words;
        rlp_text_init(&words);
        for (size_t a = 0; a < p->n_axes; a++)
            rlp_text_format(&words, "%s%.6g%s%s", a ? ", " : "", value_of(p, p->order[k], a), *dimension_of(p, a) ? " " : "", dimension_of(p, a));
        if (words_columns(rlp_text_string(&words)) > widest) widest = words_columns(rlp_text_string(&words));
        rlp_text_add(p->out, k ? ", " : "");
        quote(p, &words);
        rlp_text_format(p->out, " %zu", k + 1);
    }
    rlp_text_add(p->out, ") font ',11'\n");
    return widest;
}

static void add_lines(plot_t *p, size_t n) {
    size_t widest = add_names(p, n);
    rlp_text_t words;
    rlp_text_format(p->out, "set bmargin at screen 100.0 / height\nset lmargin at screen %.4f\nset yrange [%zu.6:0.4]\nset xlabel 'difference from the best (%s)'\nset grid xtics lw 0.7 lt 1 lc rgb '#dddddd'\nset key off\n",
                    fmin(0.5, 0.04 + 0.0062 * (double)widest), n, unit_word(p));
    rlp_text_init(&words);
    for (size_t a = 0; a < p->n_axes; a++) rlp_text_format(&words, "%s%s", a ? ", " : "", p->asked->paths[p->axes[a]].path);
    if (n < p->found->n) rlp_text_format(&words, " (the best %zu of %zu cells)", n, p->found->n);
    rlp_text_add(p->out, "set label 1004 ");
    quote(p, &words);
    rlp_text_add(p->out, " at screen 0.02, screen 13.0 / height left font ',11' tc rgb '#555555'\n");
    for (size_t k = 0; k < n; k++)
        if (p->found->cells[p->order[k]].tied)
            rlp_text_format(p->out, "set object rectangle from graph 0, first %.1f to graph 1, first %.1f behind fillcolor rgb '#ececec' fillstyle solid noborder\n", (double)k + 0.5, (double)k + 1.5);
    rlp_text_format(p->out, "set arrow from 0, graph 0 to 0, graph 1 nohead dt 3 lc rgb '#777777'\n"
                            "plot $lines using 2:1:3:4 with xerrorbars pt 6 ps 0 lw 1.4 lc rgb '%s', '' using ($5 > 0 ? $2 : 1/0):1 with points pt 7 ps 1.3 lc rgb '%s', \\\n"
                            "    '' using ($5 > 0 ? 1/0 : $2):1 with points pt 6 ps 1.3 lw 2 lc rgb '%s'\n",
                    GNUPLOT_COLOURS[0], GNUPLOT_COLOURS[0], GNUPLOT_COLOURS[0]);
}

/* ---- the whole picture ---------------------------------------------------------------------------------------------------------------------- */
static void write_script(plot_t *p) {
    size_t n_lines = p->n_axes > 2 ? choose_lines(p) : 0, curves = p->n_axes == 2 ? p->asked->paths[p->axes[1]].n : 1;
    add_opening(p, n_lines ? 240 + 20 * (int)n_lines : 720);
    for (size_t j = 0; j < curves && !n_lines; j++) add_curve(p, j);
    if (n_lines) add_line_data(p, n_lines);
    add_picture(p);
    add_heading(p);
    if (n_lines)
        add_lines(p, n_lines);
    else
        add_curves(p);
    rlp_text_add(p->out, "unset output\n}\n");
}

static void find_range(plot_t *p) {
    const rlp_swept_t *first = &p->asked->paths[p->axes[0]];
    p->low = p->high = first->values[0];
    for (size_t k = 1; k < first->n; k++) p->low = fmin(p->low, first->values[k]), p->high = fmax(p->high, first->values[k]);
    p->logarithmic = p->low > 0 && p->high >= LOG_RATIO * p->low;
}

static int draw(plot_t *p, rlp_text_t *words) {
    const char *folder = p->job->report->folder;
    char *path = NULL;
    find_range(p);
    write_script(p);
    int rc = p->out->error ? p->out->error : sheet_path(&path, folder, "sweep.gp", "");
    if (!rc) rc = rlp_file_write_whole(path, p->out->bytes, p->out->length);
    rlp_text_t came; /* ", sweep.png, ...": a line of its own, for the one before is closed */
    rlp_text_init(&came);
    if (!rc) rc = gnuplot_draw(folder, "sweep", &came);
    if (!rc) rlp_text_format(words, "  %s", rlp_text_string(&came) + strspn(rlp_text_string(&came), ", "));
    rlp_text_free(&came);
    free(path);
    return rc;
}

int sweep_picture(const job_t *job, const sweep_t *found, rlp_text_t *words) {
    rlp_text_t script;
    plot_t p = {.job = job, .asked = &job->study->sweep, .found = found, .out = &script, .unit = job->study->sweep.horizon_days > LONG_DAYS ? RLP_DAYS_A_MONTH : 1};
    if (found->n < 2 || found->best == RLP_NONE) return RLP_OK;
    rlp_text_init(&script);
    int rc = RLP_NEW(p.axes, p.asked->n_paths);
    if (!rc) rc = RLP_NEW(p.order, found->n);
    for (size_t k = 0; k < p.asked->n_paths && !rc; k++)
        if (p.asked->paths[k].n > 1) p.axes[p.n_axes++] = k;
    if (!rc) rc = draw(&p, words);
    free(p.axes);
    free(p.order);
    rlp_text_free(&script);
    return rc;
}
