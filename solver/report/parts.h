/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The report inside its room: one pass over the blocks, arm after arm.
 *
 *   report.c    the order of things
 *   cohort.c    one arm's times and totals, from its blocks
 *   survival.c  survival.csv, visits.csv
 *   curves.c    km.csv, summary.csv, compare.csv; landmark.c landmark.csv
 *   incidence.c cuminc.csv
 *   burden.c    burden.csv
 *   patients.c  patients.csv: who they are
 *   survey.c    tasks behind the arms: their times; synergy.c synergy.csv, attribution.c attribution.csv, synergy_picture.c synergy.gp
 *   sweep.c     sweep.csv: an arm at many values of some numbers; sweep_picture.c sweep.gp
 *   subgroups.c subgroups.csv: for whom; trial.c trial.csv: what a trial of that size would print
 *   draws.c     answers at every draw of what is uncertain; ignorance.c uncertain.csv, draws.csv, sensitivity.csv
 *   luck.c      luck.csv: patients who live again
 *   clones.c    clones.csv: the clones alive at their ends
 *   events.c    events.csv: what happened to them
 *   replay.c    one patient's environment, day by day
 *   signals.c   signals.csv: what it was, and his burden
 *   portrait.c  patient.gp: the same as a picture
 *   record.c    run.json
 *   sheet.c     a CSV file row by row; digits.c its numbers
 *   picture.c   survival.gp
 *   gnuplot.c   who draws
 *   words.c     sentences and the closing words
 *   profile.c   where the time went, as a table */
#ifndef RELAPSE_REPORT_PARTS_H
#define RELAPSE_REPORT_PARTS_H

#include "relapse/report.h"
#include "sheet.h"

/* PFS2: progression once more after the first, or death; only where the input asks for it. */
typedef enum { ENDPOINT_TTP, ENDPOINT_PFS, ENDPOINT_PFS2, ENDPOINT_OS, ENDPOINTS } endpoint_t;
extern const char *const ENDPOINT_NAMES[ENDPOINTS];
extern const char *const ENDPOINT_WORDS[ENDPOINTS]; /* in a sentence: "time to progression", "PFS" */
extern const char *const ENDPOINT_AXES[ENDPOINTS];  /* in a picture: "progression-free survival" */
extern const endpoint_t ENDPOINT_OF[3];             /* of an rlp_time_t */

#define DEATH_CAUSES 3 /* none, tumour, hazard: rlp_outcome_t.death_cause */
extern const char *const DEATH_NAMES[DEATH_CAUSES];
#define RESPONSES 5

#define TICKS_MAX 16
#define SAMPLES 64

/* ---- what one pass collects ---------------------------------------------------------------------------------------------- */
/* One arm's patients that did not fail. */
typedef struct {
    size_t n, cured;
    size_t patient_room, cause_room, death_room, time_room[ENDPOINTS], event_room[ENDPOINTS];
    uint64_t *patient;       /* owned */
    int32_t *cause;          /* label at progression; owned */
    uint8_t *death;          /* its cause; owned */
    double *time[ENDPOINTS]; /* owned */
    bool *event[ENDPOINTS];  /* owned */
} times_t;

typedef struct {
    uint64_t n, events;
    rlp_interval_t median;
    rlp_estimate_t rmst;
    double cured_fraction;
    uint64_t at_risk[TICKS_MAX];           /* just before each tick of the picture */
    double upper[SAMPLES], lower[SAMPLES]; /* of the band over follow-up, for the picture's key; NaN: nothing is drawn there */
} summary_t;

typedef struct {
    rlp_logrank_t logrank;
    rlp_cox_t cox;
    rlp_rmst_comparison_t rmst;
} comparison_t;

/* The first failed patient of a block. */
typedef struct {
    size_t arm;
    uint64_t patient;
    char *why; /* owned */
} failure_t;

/* Who carried the patients of an arm: simulated days, in block order; the least and the largest of the epsilons that `tau` took, each patient's least. */
typedef struct {
    double days[RLP_CARRIERS], least_epsilon, most_epsilon;
} carried_t;

/* Best responses of an arm's patients that did not fail, by rlp_response_t, and how many became untreatable. */
typedef struct {
    uint64_t best[RESPONSES], n, untreatable;
} answers_t;

typedef struct {
    uint64_t events, steps, leapt, failed;
    carried_t *carried; /* per arm; owned */
    answers_t *answers; /* per arm; owned */
    size_t n_carried, carried_room, answers_room;
    uint64_t capped; /* patients whose growth is capped at 0.9 of birth (tumour floor) */
    failure_t *failures; /* owned */
    size_t n_failures, failure_room;
} totals_t;

typedef struct {
    const rlp_report_t *report;
    const rlp_study_t *study;
    rlp_process_t process; /* of the nominal values: names of types and labels */
    bool has_process;
    rlp_text_t *arm_cells;     /* n_arms: the arm's name as a cell of a CSV file; owned */
    summary_t *summaries;      /* [arm][endpoint]; owned */
    comparison_t *comparisons; /* [arm][endpoint]; owned */
    uint64_t curve_rows;       /* of km.csv */
    totals_t totals;
    struct ignorance *ignorance; /* borrowed; NULL where nothing is uncertain (ignorance.h) */
} job_t;

#define FAILURES_MAX 100 /* told one by one in run.json */

static inline bool has_endpoint(const rlp_study_t *study, endpoint_t endpoint) {
    if (endpoint == ENDPOINT_PFS2) return study->endpoints.second.form != RLP_PROGRESSION_NONE;
    return endpoint != ENDPOINT_OS || study->trial.until != RLP_UNTIL_PROGRESSION;
}
/* Without visits there are no responses. */
static inline bool has_responses(const rlp_study_t *study) {
    return study->endpoints.progression.form != RLP_PROGRESSION_NONE && study->endpoints.progression.every_days > 0;
}
static inline const summary_t *summary_of(const job_t *job, size_t arm, endpoint_t endpoint) {
    return &job->summaries[arm * ENDPOINTS + endpoint];
}
static inline const comparison_t *comparison_of(const job_t *job, size_t arm, endpoint_t endpoint) {
    return &job->comparisons[arm * ENDPOINTS + endpoint];
}

/* ---- cohort.c ------------------------------------------------------------------------------------------------------------ */
void times_free(times_t *);
void times_clear(times_t *);
int times_add(times_t *, uint64_t patient, const rlp_outcome_t *) RLP_MUST_USE;
rlp_survival_t times_of(const times_t *, endpoint_t);
void totals_free(totals_t *);
int totals_add(totals_t *, size_t arm, const rlp_block_t *) RLP_MUST_USE;
rlp_interval_t answers_objective(const answers_t *); /* share with CR or PR */
rlp_interval_t answers_control(const answers_t *);   /* and SD */

/* ---- survival.c ---------------------------------------------------------------------------------------------------------- */
int survival_open(sheet_t *, const job_t *) RLP_MUST_USE;
int survival_write(sheet_t *, const job_t *, size_t arm, uint64_t patient, const rlp_outcome_t *) RLP_MUST_USE;
/* A cell with the traits of these bits, joined by ';'. */
int survival_write_traits(sheet_t *, const rlp_tumour_t *, uint32_t traits) RLP_MUST_USE;
/* Of studies that record visits; of others these do nothing. */
int visits_open(sheet_t *, const job_t *) RLP_MUST_USE;
void visits_write_patient(sheet_t *, const job_t *, size_t arm, uint64_t patient, const rlp_visit_t *, size_t n);
int visits_finish(sheet_t *, const job_t *) RLP_MUST_USE;

/* ---- incidence.c, burden.c ----------------------------------------------------------------------------------------------- */
int incidence_open(sheet_t *, const job_t *) RLP_MUST_USE;
int incidence_write_arm(sheet_t *, const job_t *, size_t arm, const times_t *) RLP_MUST_USE;
int burden_open(sheet_t *, const job_t *) RLP_MUST_USE;
int burden_write_arm(sheet_t *, const job_t *, size_t arm) RLP_MUST_USE;

/* ---- curves.c ------------------------------------------------------------------------------------------------------------ */
typedef struct {
    sheet_t km, summary, compare;
    sheet_t landmark;
    sheet_t thinned; /* km.csv with no more rows than a picture can show, and arms by number */
} curves_t;
void curves_init(curves_t *);
int curves_open(curves_t *, const char *folder) RLP_MUST_USE;
int curves_write_arm(curves_t *, job_t *, size_t arm, const times_t *, const times_t *reference) RLP_MUST_USE;
int curves_finish(curves_t *, const job_t *) RLP_MUST_USE;
void curves_free(curves_t *);
bool curves_are_thinned(const job_t *); /* the picture reads THINNED_NAME, for km.csv is too long for it or holds names that gnuplot cannot read */
#define THINNED_NAME "curves.csv"
int landmark_open(sheet_t *, const char *folder) RLP_MUST_USE;
void landmark_write(sheet_t *, const job_t *, size_t arm, endpoint_t, const rlp_km_t *);

/* ---- patients.c ---------------------------------------------------------------------------------------------------------- */
/* patients.csv of patients first .. last. */
/* *capped: how many of them have their growth capped. */
/* clones.csv of patients first .. last, where the input asks for it. */
int clones_write(const job_t *, uint64_t first, uint64_t last) RLP_MUST_USE;
int patients_write(const job_t *, uint64_t first, uint64_t last, uint64_t *capped) RLP_MUST_USE;

/* ---- events.c ------------------------------------------------------------------------------------------------------------ */
int events_open(sheet_t *, const job_t *) RLP_MUST_USE;
void events_write_patient(sheet_t *, const job_t *, size_t arm, uint64_t patient, const rlp_event_t *, size_t n);

/* ---- replay.c, signals.c: one patient alone, on the tumour floor --------------------------------------------------------- */
/* In one arm; zeroed: he failed there. */
typedef struct {
    double end_days;
    size_t n_days, n_series, day_room;
    double *t_days;     /* rising, from 0 to the end; owned */
    rlp_seen_t *series; /* owned */
    double *values;     /* [day][series]; owned */
} replay_t;
int replay_make(const rlp_study_t *, size_t arm, uint64_t patient, const double *values, double end_days, const rlp_told_t *, replay_t *) RLP_MUST_USE;
void replay_free(replay_t *);

typedef struct {
    size_t n, n_sites, day_room, cell_room;
    double *t_days; /* owned */
    double *cells;  /* [point][site][viable, size]; owned */
} burdens_t;

typedef struct {
    size_t n_arms;
    replay_t *replays;  /* owned, as all of it */
    burdens_t *burdens;
    double *values; /* of the patient's parameters */
} album_t;
int album_make(const job_t *, uint64_t patient, const rlp_outcome_t *, const rlp_told_t *, const rlp_point_t *, size_t n_points, album_t *) RLP_MUST_USE;
void album_free(album_t *);
int burdens_make(const job_t *, const replay_t *, const rlp_point_t *, size_t n_points, burdens_t *) RLP_MUST_USE; /* points of one arm */
void burdens_free(burdens_t *);
const char *seen_name(const rlp_tumour_t *, const rlp_seen_t *);
const char *seen_site(const rlp_tumour_t *, const rlp_seen_t *); /* "": of the whole patient */
int signals_write(const job_t *, uint64_t patient, const album_t *) RLP_MUST_USE;

/* ---- record.c ------------------------------------------------------------------------------------------------------------ */
int record_write(const job_t *, uint64_t only) RLP_MUST_USE; /* only: 0, or the one patient that was run */

/* ---- gnuplot.c ----------------------------------------------------------------------------------------------------------- */
/* Okabe & Ito's colours, told apart by the colour blind (https://jfly.uni-koeln.de/color/), dark ones first. */
#define GNUPLOT_COLOURS_N 7
extern const char *const GNUPLOT_COLOURS[GNUPLOT_COLOURS_N];
/* A string of gnuplot's: nothing is special between single quotes but the quote. */
void gnuplot_quote(rlp_text_t *out, const char *text);
/* Runs stem.gp in the folder; what came of it (pictures, or what went wrong: no error) is added to the list of files in `words`. */
int gnuplot_draw(const char *folder, const char *stem, rlp_text_t *words) RLP_MUST_USE;

/* ---- portrait.c ---------------------------------------------------------------------------------------------------------- */
int portrait_write(const job_t *, uint64_t patient, const rlp_outcome_t *, const rlp_told_t *, const album_t *, rlp_text_t *words) RLP_MUST_USE;

/* ---- picture.c ----------------------------------------------------------------------------------------------------------- */
size_t picture_ticks(const rlp_study_t *, double *t_days); /* ticks of the time axis, with numbers at risk; at most TICKS_MAX */
/* survival.gp, then gnuplot. What went wrong with gnuplot is words, not an error. */
int picture_write(const job_t *, rlp_text_t *words) RLP_MUST_USE;

/* ---- words.c ------------------------------------------------------------------------------------------------------------- */
bool words_can_die(const rlp_study_t *);
bool words_can_progress(const rlp_study_t *);
endpoint_t words_main(const rlp_study_t *); /* the one that is told where one is: PFS; without death time to progression, which is the same; where nobody progresses OS */
/* "viable cells reach 1e+06, looked at at any instant", ...; "" if there is no progression. */
void words_progression(const job_t *, rlp_text_t *);
size_t words_columns(const char *utf8); /* characters */
#define WORDS_NAME_COLUMNS 24
void words_name(const char *name, rlp_text_t *); /* cut to that many */
void words_closing(const job_t *, const char *answers, rlp_text_t *); /* answers: what the questions said */
void words_patient(const job_t *, uint64_t patient, const rlp_outcome_t *, const rlp_told_t *, rlp_text_t *);

#endif
