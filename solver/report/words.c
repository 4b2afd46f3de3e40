/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sentences for people: what progression measures, and the closing words of a run, for a terminal of 100 columns. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"
#include "relapse/memory.h"
#include "survey.h"

bool words_can_die(const rlp_study_t *study) { return study->endpoints.death.present || study->endpoints.death.hazard_per_day > 0; }
bool words_can_progress(const rlp_study_t *study) { return study->endpoints.progression.form != RLP_PROGRESSION_NONE; }
endpoint_t words_main(const rlp_study_t *study) { return !words_can_progress(study) ? ENDPOINT_OS : words_can_die(study) ? ENDPOINT_PFS : ENDPOINT_TTP; }

/* ---- progression --------------------------------------------------------------------------------------------------------- */
/* "viable cells", "viable cells of R, Q". */
static void add_measure(const job_t *job, rlp_text_t *out) {
    const rlp_study_t *study = job->study;
    const rlp_progression_t *p = &study->endpoints.progression;
    bool all = true, first = true;
    rlp_text_add(out, rlp_study_measure_words(study));
    for (size_t i = 0; i < study->endpoints.n_types; i++) all = all && p->of[i];
    if (all) return;
    for (size_t i = 0; i < study->endpoints.n_types; i++) {
        if (!p->of[i]) continue;
        rlp_text_format(out, "%s%s", first ? " of " : ", ", job->process.type_names[i]);
        first = false;
    }
}

/* 1e5, 6.3e7, 1500. */
static void add_cells(double cells, rlp_text_t *out) {
    char digits[32];
    snprintf(digits, sizeof digits, "%.4g", cells);
    char *exponent = strchr(digits, 'e');
    if (exponent)
        rlp_text_format(out, "%.*se%d", (int)(exponent - digits), digits, atoi(exponent + 1));
    else
        rlp_text_add(out, digits);
}

void words_progression(const job_t *job, rlp_text_t *out) {
    const rlp_study_t *study = job->study;
    const rlp_progression_t *p = &study->endpoints.progression;
    if (p->form == RLP_PROGRESSION_NONE) return;
    if (p->measure == RLP_MEASURE_UNTREATABLE) {
        rlp_text_format(out, "untreatable: a repetition is asked for and forbidden (responses by RECIST 1.1 on %s)",
                        p->diameters == RLP_MEASURE_SIZE ? "size" : "viable cells");
    } else if (p->form == RLP_PROGRESSION_RECIST) {
        rlp_text_add(out, "RECIST 1.1 on ");
        add_measure(job, out);
        rlp_text_format(out, ", diameters >= 1.2 x nadir and 5 mm above it%s", p->visible_mm > 0 ? ", or a new lesion" : "");
    } else {
        add_measure(job, out);
        if (p->form == RLP_PROGRESSION_RELATIVE) rlp_text_format(out, " >= %.4g x nadir and", p->factor);
        rlp_text_add(out, " >= ");
        add_cells(p->form == RLP_PROGRESSION_BURDEN ? p->level : p->minimum_cells, out);
    }
    if (p->every_days > 0)
        rlp_text_format(out, ", at visits every %.4g d", p->every_days);
    else
        rlp_text_add(out, ", at any instant");
}

/* Broken at blanks before column 100; lines after the first are indented. */
static void add_wrapped(const char *text, rlp_text_t *out) {
    size_t column = 0;
    while (*text) {
        size_t word = strcspn(text, " ");
        if (column && column + 1 + word > 98) {
            rlp_text_add(out, "\n ");
            column = 1;
        }
        if (column++) rlp_text_add(out, " ");
        rlp_text_add_bytes(out, text, word);
        column += word;
        text += word + strspn(text + word, " ");
    }
    rlp_text_add(out, "\n");
}

/* ---- tables -------------------------------------------------------------------------------------------------------------- */
#define CELL_BYTES 128
#define COLUMNS 7
typedef struct {
    char cell[COLUMNS][CELL_BYTES];
} line_t;

size_t words_columns(const char *utf8) {
    size_t n = 0;
    for (; *utf8; utf8++) n += ((unsigned char)*utf8 & 0xc0) != 0x80;
    return n;
}

/* A long name is cut at a character and marked. */
void words_name(const char *name, rlp_text_t *out) {
    size_t columns = 0, at = 0;
    bool cut = words_columns(name) > WORDS_NAME_COLUMNS;
    for (; name[at]; at++)
        if (((unsigned char)name[at] & 0xc0) != 0x80 && columns++ == WORDS_NAME_COLUMNS - 2 && cut) break;
    rlp_text_add_bytes(out, name, at);
    if (cut) rlp_text_add(out, "..");
}

static void put_name(char *cell, const char *name, rlp_text_t *out) {
    rlp_text_t cut;
    rlp_text_init(&cut);
    words_name(name, &cut);
    snprintf(cell, CELL_BYTES, "%s", rlp_text_string(&cut));
    if (cut.error) out->error = cut.error;
    rlp_text_free(&cut);
}

/* Numbers as people say them; NR: not reached. */
static void put_number(char *text, size_t room, double x, bool sign) {
    if (isnan(x))
        snprintf(text, room, "NR");
    else
        snprintf(text, room, sign ? "%+.*f" : "%.*f", fabs(x) >= 99.95 ? 0 : fabs(x) >= 0.995 || x == 0 ? 1 : 2, x);
}

static void put_interval(char *cell, double value, double lower, double upper, const char *between, bool sign) {
    char a[CELL_BYTES / 4], b[CELL_BYTES / 4], c[CELL_BYTES / 4];
    put_number(a, sizeof a, value, sign);
    put_number(b, sizeof b, lower, sign);
    put_number(c, sizeof c, upper, sign);
    if (isnan(lower) && isnan(upper))
        snprintf(cell, CELL_BYTES, "%s", a);
    else
        snprintf(cell, CELL_BYTES, "%s (%s%s%s)", a, b, between, c);
}

/* The first `left` columns stand left, the others right. */
static void add_table(const line_t *lines, size_t n, size_t columns, size_t left, rlp_text_t *out) {
    size_t width[COLUMNS] = {0};
    for (size_t k = 0; k < n; k++)
        for (size_t c = 0; c < columns; c++)
            width[c] = words_columns(lines[k].cell[c]) > width[c] ? words_columns(lines[k].cell[c]) : width[c];
    for (size_t k = 0; k < n; k++) {
        for (size_t c = 0; c < columns; c++) {
            int pad = (int)(width[c] - words_columns(lines[k].cell[c]));
            rlp_text_format(out, "  %*s%s%*s", c < left ? 0 : pad, "", lines[k].cell[c], c < left ? pad : 0, "");
        }
        while (out->length && !out->error && out->bytes[out->length - 1] == ' ') out->bytes[--out->length] = '\0';
        rlp_text_add(out, "\n");
    }
}

/* ---- the closing words --------------------------------------------------------------------------------------------------- */
/* Endpoints that say something different: without death, ttp and pfs are one. */
static bool is_told(const rlp_study_t *study, endpoint_t e) {
    if (!has_endpoint(study, e)) return false;
    if (e == ENDPOINT_OS) return words_can_die(study) || !words_can_progress(study);
    return words_can_progress(study) && (e == ENDPOINT_TTP || e == ENDPOINT_PFS2 || words_can_die(study));
}

static void add_summaries(const job_t *job, line_t *lines, rlp_text_t *out) {
    const rlp_study_t *study = job->study;
    line_t head = {{"arm", "", "events", "median, days (95 %)", "in months (95 %)", "", "cured"}};
    size_t n = 0;
    bool missed = false;
    snprintf(head.cell[5], CELL_BYTES, "mean to day %.6g", study->trial.follow_up_days);
    lines[n++] = head;
    for (size_t a = 0; a < study->n_arms; a++) {
        bool named = false;
        for (endpoint_t e = 0; e < ENDPOINTS; e++) {
            const summary_t *s = summary_of(job, a, e);
            line_t *line = &lines[n];
            if (!is_told(study, e)) continue;
            memset(line, 0, sizeof *line);
            if (!named) put_name(line->cell[0], rlp_study_arm_name(study, a), out);
            snprintf(line->cell[1], CELL_BYTES, "%s", ENDPOINT_NAMES[e]);
            snprintf(line->cell[2], CELL_BYTES, "%" PRIu64 "/%" PRIu64, s->events, s->n);
            put_interval(line->cell[3], s->median.value, s->median.lower95, s->median.upper95, "-", false);
            put_interval(line->cell[4], s->median.value / RLP_DAYS_A_MONTH, s->median.lower95 / RLP_DAYS_A_MONTH, s->median.upper95 / RLP_DAYS_A_MONTH,
                         "-", false);
            if (isfinite(s->rmst.value)) {
                char error[CELL_BYTES / 4];
                put_number(line->cell[5], CELL_BYTES / 2, s->rmst.value, false);
                put_number(error, sizeof error, s->rmst.std_err, false);
                strcat(strcat(strcat(line->cell[5], " (SE "), error), ")");
            }
            if (!named && isfinite(s->cured_fraction)) snprintf(line->cell[6], CELL_BYTES, "%.1f %%", 100 * s->cured_fraction);
            missed = missed || isnan(s->median.value) || isnan(s->median.upper95);
            named = true;
            n++;
        }
    }
    add_table(lines, n, COLUMNS, 2, out);
    if (missed) rlp_text_format(out, "  NR: not reached by day %.6g, the end of follow-up\n", study->trial.follow_up_days);
}

static void put_share(char *cell, rlp_interval_t share) {
    if (isnan(share.value))
        cell[0] = '\0';
    else
        snprintf(cell, CELL_BYTES, "%.1f %% (%.1f-%.1f)", 100 * share.value, 100 * share.lower95, 100 * share.upper95);
}

/* Best responses up to progression; a line an arm. */
static void add_responses(const job_t *job, line_t *lines, rlp_text_t *out) {
    const rlp_study_t *study = job->study;
    line_t head = {{"arm", "objective response (95 %)", "disease control (95 %)", "CR/PR/SD/PD/NE", "untreatable"}};
    bool asked = false;
    if (!has_responses(study)) return;
    lines[0] = head;
    for (size_t a = 0; a < study->n_arms; a++) {
        const answers_t *answers = &job->totals.answers[a];
        const uint64_t *best = answers->best;
        line_t *line = &lines[a + 1];
        memset(line, 0, sizeof *line);
        put_name(line->cell[0], rlp_study_arm_name(study, a), out);
        put_share(line->cell[1], answers_objective(answers));
        put_share(line->cell[2], answers_control(answers));
        snprintf(line->cell[3], CELL_BYTES, "%" PRIu64 "/%" PRIu64 "/%" PRIu64 "/%" PRIu64 "/%" PRIu64, best[RLP_RESPONSE_CR], best[RLP_RESPONSE_PR],
                 best[RLP_RESPONSE_SD], best[RLP_RESPONSE_PD], best[RLP_RESPONSE_NE]);
        snprintf(line->cell[4], CELL_BYTES, "%" PRIu64, answers->untreatable);
        asked = asked || answers->untreatable;
    }
    rlp_text_add(out, "\nbest response at visits up to progression:\n");
    add_table(lines, study->n_arms + 1, asked ? 5 : 4, 1, out);
}

static void put_ratio(char *cell, const rlp_cox_t *cox) {
    const double numbers[3] = {cox->hazard_ratio, cox->lower95, cox->upper95};
    char text[3][CELL_BYTES / 4];
    for (size_t k = 0; k < 3; k++)
        snprintf(text[k], sizeof text[k], numbers[k] >= 0.0995 && numbers[k] < 1e4 ? "%.2f" : "%.2g", numbers[k]);
    if (isfinite(cox->hazard_ratio) && isfinite(cox->upper95))
        snprintf(cell, CELL_BYTES, "%s (%s to %s)", text[0], text[1], text[2]);
    else
        snprintf(cell, CELL_BYTES, "no estimate");
}

static void add_comparisons(const job_t *job, line_t *lines, rlp_text_t *out) {
    const rlp_study_t *study = job->study;
    line_t head = {{"arm", "", "hazard ratio (95 %)", "difference of means, days (95 %)"}};
    size_t n = 0;
    if (study->n_arms < 2) return;
    rlp_text_format(out, "\nagainst %s (arms share their patients, and the intervals know it", rlp_study_arm_name(study, study->reference));
    rlp_text_format(out, study->horizon_days < study->trial.follow_up_days ? "; means to day %.6g):\n" : "):\n", study->horizon_days);
    lines[n++] = head;
    for (size_t a = 0; a < study->n_arms; a++) {
        bool named = false;
        for (endpoint_t e = 0; e < ENDPOINTS && a != study->reference; e++) {
            const comparison_t *c = comparison_of(job, a, e);
            if (!is_told(study, e)) continue;
            line_t *line = &lines[n++];
            memset(line, 0, sizeof *line);
            if (!named) put_name(line->cell[0], rlp_study_arm_name(study, a), out);
            named = true;
            snprintf(line->cell[1], CELL_BYTES, "%s", ENDPOINT_NAMES[e]);
            put_ratio(line->cell[2], &c->cox);
            if (isfinite(c->rmst.difference))
                put_interval(line->cell[3], c->rmst.difference, c->rmst.lower95, c->rmst.upper95, " to ", true);
        }
    }
    add_table(lines, n, 4, 2, out);
}

static void add_failures(const job_t *job, rlp_text_t *out) {
    const totals_t *t = &job->totals;
    if (!t->failed) return;
    rlp_text_format(out, "\n%" PRIu64 " of %" PRIu64 " patients failed and are left out of all numbers above", t->failed,
                    job->study->n_tasks * job->study->patients);
    if (t->n_failures) {
        size_t draw, life;
        survey_where(job->study, t->failures[0].arm, &draw, &life);
        rlp_text_format(out, "; the first is patient %" PRIu64 " of arm %s", t->failures[0].patient, rlp_study_arm_name(job->study, t->failures[0].arm));
        if (draw) rlp_text_format(out, " at draw %zu of uncertain.csv", draw);
        if (life > 1) rlp_text_format(out, " in life %zu", life);
        rlp_text_format(out, ":\n  %s", t->failures[0].why);
    }
    rlp_text_add(out, "\n");
}

/* Files of questions, on a line of their own. */
static void add_asked(const rlp_study_t *study, rlp_text_t *out) {
    const struct {
        bool asked;
        const char *files;
    } OF[] = {{study->record_visits, "visits"}, {study->synergy.asked, "synergy"}, {study->attribution.asked, "attribution"}, {study->sweep.asked, "sweep"},
              {study->n_strata > 0, "subgroups"}, {study->printed.asked, "trial"}, {study->uncertain.draws > 0, "uncertain, draws, sensitivity"}, {study->replicates > 1, "luck"}};
    bool any = false;
    for (size_t k = 0; k < sizeof OF / sizeof *OF; k++) {
        if (!OF[k].asked) continue;
        rlp_text_format(out, "%s%s", any ? ", " : ",\n  ", OF[k].files);
        any = true;
    }
}

void words_closing(const job_t *job, const char *answers, rlp_text_t *out) {
    line_t *lines;
    int rc = RLP_NEW(lines, job->study->n_arms * ENDPOINTS + 1);
    if (rc) {
        out->error = rc;
        return;
    }
    if (words_can_progress(job->study)) {
        rlp_text_t sentence;
        rlp_text_init(&sentence);
        rlp_text_add(&sentence, "progression: ");
        words_progression(job, &sentence);
        add_wrapped(rlp_text_string(&sentence), out);
        rlp_text_add(out, "\n");
        if (sentence.error) out->error = sentence.error;
        rlp_text_free(&sentence);
    }
    add_summaries(job, lines, out);
    add_comparisons(job, lines, out);
    add_responses(job, lines, out);
    free(lines);
    rlp_text_add(out, answers);
    add_failures(job, out);
    rlp_text_format(out, "\n%s/: summary, compare, landmark, km, cuminc, survival, patients, events, burden, moments, counts", job->report->folder);
    add_asked(job->study, out);
    rlp_text_add(out, " (.csv),\n  run.json");
}

/* ---- one patient --------------------------------------------------------------------------------------------------------- */
static void add_ending(const job_t *job, const rlp_outcome_t *o, rlp_text_t *out) {
    if (o->ttp_event) {
        rlp_text_format(out, "progression on day %.6g (%s", o->ttp_days, rlp_reason_name((rlp_reason_t)o->reason));
        if (o->cause >= 0) rlp_text_format(out, ", mostly %s", job->process.label_names[o->cause]);
        rlp_text_add(out, "), ");
    }
    if (o->death_cause)
        rlp_text_format(out, "death on day %.6g (%s), ", o->end_days, DEATH_NAMES[o->death_cause]);
    else
        rlp_text_format(out, "followed to day %.6g, ", o->end_days);
    rlp_text_format(out, "cells %.4g -> %.4g, nadir %.4g%s", (double)o->burden_start, (double)o->burden_end, (double)o->burden_nadir,
                    o->cured ? ": cured" : "");
}

void words_patient(const job_t *job, uint64_t patient, const rlp_outcome_t *outcomes, const rlp_told_t *told, rlp_text_t *out) {
    rlp_text_format(out, "patient %" PRIu64 "\n", patient);
    for (size_t a = 0; a < job->study->n_arms; a++) {
        rlp_text_format(out, "  %s: ", rlp_study_arm_name(job->study, a));
        if (outcomes[a].failed)
            rlp_text_format(out, "failed: %s", told[a].why[0] ? told[a].why : rlp_error_sentence(outcomes[a].failed));
        else
            add_ending(job, &outcomes[a], out);
        rlp_text_add(out, "\n");
    }
    rlp_text_format(out, "\n%s/: survival, patients, events, counts%s%s (.csv; counts holds every point of the path), run.json", job->report->folder,
                    job->study->record_visits ? ", visits" : "", job->study->tumour ? ", signals" : "");
}
