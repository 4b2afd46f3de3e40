/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Three files of what nobody knows:
 *
 *   uncertain.csv     each uncertain number at every draw (draw 0: as written)
 *   draws.csv         each answer of each question at every draw
 *   sensitivity.csv   of each answer and path: Spearman's rank correlation of answer and path over the draws, and the share of the answer's variance over the draws that
 *                     the path explains by itself (statistics/influence_of.c)
 *
 * The variance over the draws is taken as it is. It holds some noise, for a cohort is finite; but the patients and their luck are the same at each draw, so that most of an
 * answer's error is the same at each draw too, and moves nothing. To take off std_err^2, which is what other patients would change, would take off the common part as well
 * and make shares too large. So shares are a little too small, never too large: the rest is what paths do together, bends that a parabola has not, and noise. */
#include "ignorance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"

static const char DRAWS_HEADER[] = "draw,question,answer,endpoint,estimate,std_err,lower95,upper95";
static const char SENSITIVITY_HEADER[] = "question,answer,endpoint,path,rank_correlation,lower95,upper95,first_order_share";

/* ---- uncertain.csv --------------------------------------------------------------------------------------------------------------------- */
static void write_numbers(sheet_t *sheet, const rlp_study_t *study, size_t draw, const double *values) {
    const rlp_variability_t *of = &study->uncertain.of;
    sheet_whole(sheet, (int64_t)draw);
    for (size_t s = 0; s < of->n; s++)
        for (size_t k = 0; k < of->spreads[s].n; k++) sheet_number(sheet, values[of->spreads[s].rows[k]]);
    sheet_end_row(sheet);
}

static int write_draws(ignorance_t *kept, sheet_t *sheet, const rlp_study_t *study, double *values) {
    const rlp_uncertain_t *uncertain = &study->uncertain;
    size_t n = uncertain->of.n;
    int rc = RLP_OK;
    rlp_parameters_values(&study->parameters, values);
    write_numbers(sheet, study, 0, values);
    for (size_t d = 0; d < uncertain->draws && !rc; d++) {
        for (size_t s = 0; s < n && !rc; s++) {
            rc = rlp_spread_value(&uncertain->of.spreads[s], &study->parameters, NULL, uncertain->drawn[d * n + s], values);
            kept->values[d * n + s] = values[uncertain->of.spreads[s].rows[0]];
        }
        write_numbers(sheet, study, d + 1, values);
    }
    return rc;
}

static int write_uncertain(ignorance_t *kept, const job_t *job) {
    const rlp_study_t *study = job->study;
    const rlp_variability_t *of = &study->uncertain.of;
    double *values = NULL;
    rlp_text_t header;
    sheet_t sheet;
    sheet_init(&sheet);
    rlp_text_init(&header);
    rlp_text_add(&header, "draw");
    for (size_t s = 0; s < of->n; s++)
        for (size_t k = 0; k < of->spreads[s].n; k++) {
            rlp_text_add(&header, ",");
            rlp_text_csv(&header, study->parameters.rows[of->spreads[s].rows[k]].path);
        }
    int rc = header.error ? header.error : sheet_open(&sheet, job->report->folder, "uncertain.csv", rlp_text_string(&header));
    if (!rc) rc = RLP_NEW(values, study->parameters.n);
    if (!rc) rc = write_draws(kept, &sheet, study, values);
    if (!rc) rc = sheet_finish(&sheet);
    sheet_free(&sheet);
    rlp_text_free(&header);
    free(values);
    return rc;
}

/* ---- one answer ------------------------------------------------------------------------------------------------------------------------ */
static void write_draw(sheet_t *sheet, size_t draw, const char *question, const drawn_name_t *name, const rlp_contrast_t *c) {
    sheet_whole(sheet, (int64_t)draw);
    sheet_raw(sheet, question);
    sheet_word(sheet, name->answer ? name->answer : "");
    sheet_raw(sheet, name->endpoint ? name->endpoint : "");
    sheet_number(sheet, c->value);
    sheet_number(sheet, c->std_err);
    sheet_number(sheet, c->lower95);
    sheet_number(sheet, c->upper95);
    sheet_end_row(sheet);
}

static void write_influence(sheet_t *sheet, const judged_t *judged, const char *path, const rlp_influence_of_t *of) {
    sheet_raw(sheet, judged->question);
    sheet_word(sheet, judged->answer);
    sheet_raw(sheet, judged->endpoint);
    sheet_word(sheet, path);
    sheet_number(sheet, of->rank_correlation.value);
    sheet_number(sheet, of->rank_correlation.lower95);
    sheet_number(sheet, of->rank_correlation.upper95);
    sheet_number(sheet, of->first_order);
    sheet_end_row(sheet);
}

/* A path as its quantile among all its draws, so that more of u is more of the number. A bernoulli path is a yes or no: two values, each in the middle of its share. */
static double quantile_of(const rlp_spread_t *s, double u, double written) {
    if (s->law != RLP_LAW_BERNOULLI) return u;
    double share = s->spread;
    bool keeps = u < share, low = s->low < written;
    if (low) return keeps ? 1 - share / 2 : (1 - share) / 2;
    return keeps ? share / 2 : share + (1 - share) / 2;
}

/* The draws in which the answer is defined. */
static void gather(ignorance_t *kept, const drawn_t *drawn, size_t row, judged_t *judged) {
    judged->written = draws_row(drawn, 0, row)->value;
    judged->draws = drawn->n_draws;
    judged->least = INFINITY;
    judged->most = -INFINITY;
    for (size_t d = 1; d <= drawn->n_draws; d++) {
        const rlp_contrast_t *c = draws_row(drawn, d, row);
        if (isnan(c->value)) continue;
        bool holds = draws_holds(drawn, d, row);
        judged->holds += holds;
        judged->clear += holds && (c->lower95 > 0 || c->upper95 < 0);
        judged->least = fmin(judged->least, c->value);
        judged->most = fmax(judged->most, c->value);
        kept->y[judged->defined] = c->value;
        kept->at[judged->defined++] = d - 1;
    }
}

static bool moves_more(const rlp_influence_of_t *a, const rlp_influence_of_t *b) {
    if (a->first_order != b->first_order) return a->first_order > b->first_order;
    return fabs(a->rank_correlation.value) > fabs(b->rank_correlation.value);
}

static void judge_paths(ignorance_t *kept, const rlp_study_t *study, judged_t *judged) {
    const rlp_uncertain_t *uncertain = &study->uncertain;
    judged->path = RLP_NONE;
    for (size_t s = 0; s < uncertain->of.n; s++) {
        const rlp_spread_t *spread = &uncertain->of.spreads[s];
        double written = study->parameters.rows[spread->rows[0]].value;
        for (size_t k = 0; k < judged->defined; k++) kept->u[k] = quantile_of(spread, uncertain->drawn[kept->at[k] * uncertain->of.n + s], written);
        rlp_influence_of_t of = rlp_influence_of(judged->defined, kept->u, kept->y, 0);
        write_influence(&kept->sensitivity, judged, spread->path, &of);
        if (isnan(of.first_order) || (judged->path != RLP_NONE && !moves_more(&of, &judged->by))) continue;
        judged->path = s;
        judged->by = of;
    }
}

static int by_value(const void *a, const void *b) {
    const drawn_pair_t *one = a, *other = b;
    if (one->value != other->value) return one->value < other->value ? -1 : 1;
    return (one->estimate > other->estimate) - (one->estimate < other->estimate);
}

/* Where between the values of the path that moves it most the answer is large. */
static void judge_thirds(ignorance_t *kept, const rlp_study_t *study, judged_t *judged) {
    size_t n = judged->defined, first = 0;
    if (judged->path == RLP_NONE) return;
    for (size_t k = 0; k < n; k++)
        kept->pairs[k] = (drawn_pair_t){kept->values[kept->at[k] * study->uncertain.of.n + judged->path], kept->y[k]};
    qsort(kept->pairs, n, sizeof *kept->pairs, by_value);
    for (size_t t = 0; t < 3; t++) {
        third_t *third = &judged->thirds[t];
        size_t last = (t + 1) * n / 3;
        while (last > first && last < n && kept->pairs[last].value == kept->pairs[last - 1].value) last++;
        if (last <= first) continue;
        *third = (third_t){.n = last - first, .from = kept->pairs[first].value, .to = kept->pairs[last - 1].value};
        for (; first < last; first++) third->mean += kept->pairs[first].estimate / (double)third->n;
    }
}

int draws_keep(const job_t *job, const char *question, const drawn_t *drawn) {
    ignorance_t *kept = job->ignorance;
    if (drawn->error) return drawn->error;
    if (!kept || !drawn->n_draws) return RLP_OK;
    for (size_t r = 0; r < drawn->n_rows; r++) {
        const drawn_name_t *name = &drawn->names[r];
        int rc = RLP_GROW(kept->judged, kept->judged_room, kept->n_judged + 1);
        if (rc) return rc;
        judged_t *judged = &kept->judged[kept->n_judged];
        *judged = (judged_t){.question = question, .endpoint = name->endpoint ? name->endpoint : ""};
        rc = rlp_memory_copy_text(&judged->answer, name->answer ? name->answer : "");
        if (rc) return rc;
        kept->n_judged++;
        for (size_t d = 0; d <= drawn->n_draws; d++) write_draw(&kept->draws, d, question, name, draws_row(drawn, d, r));
        gather(kept, drawn, r, judged);
        judge_paths(kept, job->study, judged);
        judge_thirds(kept, job->study, judged);
    }
    return kept->draws.error ? kept->draws.error : kept->sensitivity.error;
}

/* ---- the files ------------------------------------------------------------------------------------------------------------------------- */
int ignorance_open(ignorance_t *kept, job_t *job) {
    size_t draws = job->study->uncertain.draws;
    const char *folder = job->report->folder;
    *kept = (ignorance_t){0};
    sheet_init(&kept->draws);
    sheet_init(&kept->sensitivity);
    if (!draws) return RLP_OK;
    job->ignorance = kept;
    int rc = RLP_NEW(kept->at, draws);
    if (!rc) rc = RLP_NEW(kept->u, draws);
    if (!rc) rc = RLP_NEW(kept->y, draws);
    if (!rc) rc = RLP_NEW(kept->pairs, draws);
    if (!rc) rc = RLP_NEW(kept->values, draws * job->study->uncertain.of.n);
    if (!rc) rc = write_uncertain(kept, job);
    if (!rc) rc = sheet_open(&kept->draws, folder, "draws.csv", DRAWS_HEADER);
    return rc ? rc : sheet_open(&kept->sensitivity, folder, "sensitivity.csv", SENSITIVITY_HEADER);
}

int ignorance_finish(ignorance_t *kept, const job_t *job) {
    if (!job->ignorance) return RLP_OK;
    int rc = sheet_finish(&kept->draws);
    return rc ? rc : sheet_finish(&kept->sensitivity);
}

void ignorance_free(ignorance_t *kept) {
    sheet_free(&kept->draws);
    sheet_free(&kept->sensitivity);
    for (size_t k = 0; k < kept->n_judged; k++) free(kept->judged[k].answer);
    free(kept->judged);
    free(kept->at);
    free(kept->u);
    free(kept->y);
    free(kept->values);
    free(kept->pairs);
    kept->judged = NULL;
    kept->n_judged = 0;
    kept->at = NULL;
    kept->u = kept->y = kept->values = NULL;
    kept->pairs = NULL;
}

/* ---- words ----------------------------------------------------------------------------------------------------------------------------- */
#define WORTH_TELLING 0.05 /* share of the variance below which a path is not named */

/* What rows of mechanisms that interact are worth, where synergy is asked for; else each arm against the reference, by PFS; else whatever was asked first. */
static bool is_main(const ignorance_t *kept, const rlp_study_t *study, size_t k) {
    const judged_t *judged = &kept->judged[k];
    if (study->synergy.asked) return !strcmp(judged->question, "synergy") && !strcmp(judged->answer, "interaction") && !strcmp(judged->endpoint, "pfs");
    if (study->n_arms > 1) return !strcmp(judged->question, "compare") && !strcmp(judged->endpoint, "pfs");
    return !k;
}

static double months(double days) { return days / RLP_DAYS_A_MONTH; }

static void add_signs(const judged_t *judged, rlp_text_t *out) {
    bool interaction = !strcmp(judged->answer, "interaction"), pfs = !strcmp(judged->endpoint, "pfs");
    rlp_text_format(out, "  %s, %s: %+.2f months as written", interaction ? "what rows that make one treatment depend on the other are worth" : judged->answer, pfs ? "PFS" : judged->endpoint,
                    months(judged->written));
    if (judged->defined) rlp_text_format(out, ", %+.2f to %+.2f over the draws", months(judged->least), months(judged->most));
    rlp_text_format(out, ";\n    holds its sign in %zu of %zu draws, in %zu of them with an interval clear of 0;\n", judged->holds, judged->draws, judged->clear);
}

static const third_t *largest(const judged_t *judged, bool least) {
    const third_t *best = NULL;
    for (size_t t = 0; t < 3; t++) {
        const third_t *third = &judged->thirds[t];
        if (third->n && (!best || (least ? third->mean < best->mean : third->mean > best->mean))) best = third;
    }
    return best;
}

static void add_third(const char *before, const third_t *third, const char *unit, const char *after, rlp_text_t *out) {
    rlp_text_format(out, "%s%+.2f months where it is %.3g", before, months(third->mean), third->from);
    if (third->to > third->from) rlp_text_format(out, " to %.3g", third->to);
    rlp_text_format(out, "%s%s%s", *unit ? " " : "", unit, after);
}

static void add_mover(const judged_t *judged, const rlp_study_t *study, rlp_text_t *out) {
    if (judged->path == RLP_NONE) {
        rlp_text_add(out, judged->least < judged->most ? "    fewer than ten draws cannot tell what moves it most\n" : "    nothing that is uncertain moves it\n");
        return;
    }
    if (!(judged->by.first_order >= WORTH_TELLING)) {
        rlp_text_add(out, "    nothing that is uncertain moves it much by itself\n");
        return;
    }
    const rlp_spread_t *spread = &study->uncertain.of.spreads[judged->path];
    const rlp_parameter_t *number = &study->parameters.rows[spread->rows[0]];
    const third_t *high = largest(judged, false), *low = largest(judged, true);
    rlp_text_format(out, "    what moves it most: %s (rank correlation %.2f, %.0f %% of the variance);\n", spread->path, judged->by.rank_correlation.value, 100 * judged->by.first_order);
    if (!high || high == low) return;
    add_third("    on average ", high, rlp_dimension_unit(number->dimension), ", ", out);
    add_third("", low, rlp_dimension_unit(number->dimension), "", out);
    if (spread->n > 1) rlp_text_format(out, " (%s; the others with it)", number->path);
    rlp_text_add(out, "\n");
}

void ignorance_words(const job_t *job, rlp_text_t *out) {
    const ignorance_t *kept = job->ignorance;
    if (!kept || !kept->n_judged) return;
    const rlp_uncertain_t *uncertain = &job->study->uncertain;
    rlp_text_format(out, "\nwhat nobody knows: %zu uncertain path%s, drawn %zu times for the whole cohort\n", uncertain->of.n, uncertain->of.n == 1 ? "" : "s", uncertain->draws);
    for (size_t k = 0; k < kept->n_judged; k++) {
        if (!is_main(kept, job->study, k) || isnan(kept->judged[k].written)) continue;
        add_signs(&kept->judged[k], out);
        add_mover(&kept->judged[k], job->study, out);
    }
}
