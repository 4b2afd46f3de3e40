/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * run.json: what made the numbers, so that they can be made again. Written last but for the picture: where it stands, the CSV files are
 * whole. */
#include <inttypes.h>
#include <math.h>
#include <sys/types.h>

#include <gsl/gsl_version.h>
#include <libfyaml.h>
#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "parts.h"
#include "relapse/stream.h"
#include "survey.h"

/* udunits2.h does not tell its version; the build may. */
#ifndef RELAPSE_UDUNITS_VERSION
#define RELAPSE_UDUNITS_VERSION NULL
#endif

/* ---- JSON (RFC 8259) ----------------------------------------------------------------------------------------------------- */
/* Bytes of the UTF-8 sequence at `at`, 0 if it is none. */
static size_t utf8_bytes(const unsigned char *at) {
    size_t n = at[0] < 0x80 ? 1 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : (at[0] & 0xf0) == 0xe0 ? 3 : at[0] >= 0xf0 && at[0] < 0xf5 ? 4 : 0;
    for (size_t i = 1; i < n; i++)
        if ((at[i] & 0xc0) != 0x80) return 0;
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] >= 0xa0) || (at[0] == 0xf0 && at[1] < 0x90) ||
        (at[0] == 0xf4 && at[1] >= 0x90))
        return 0;
    return n;
}

/* A file name may hold any bytes; those that are no UTF-8 become U+FFFD. */
static void add_string(rlp_text_t *out, const char *string) {
    if (!string) {
        rlp_text_add(out, "null");
        return;
    }
    rlp_text_add(out, "\"");
    for (const unsigned char *at = (const unsigned char *)string; *at;) {
        size_t n = utf8_bytes(at);
        if (*at == '"' || *at == '\\')
            rlp_text_format(out, "\\%c", *at);
        else if (*at < 0x20 || *at == 0x7f)
            rlp_text_format(out, "\\u%04x", *at);
        else if (n)
            rlp_text_add_bytes(out, at, n);
        else
            rlp_text_add(out, "\\ufffd");
        at += n ? n : 1;
    }
    rlp_text_add(out, "\"");
}

static void begin_member(rlp_text_t *out, const char *indent, const char *name) {
    if (out->length && out->bytes[out->length - 1] != '{') rlp_text_add(out, ",");
    rlp_text_format(out, "\n%s\"%s\": ", indent, name);
}

static void member_string(rlp_text_t *out, const char *indent, const char *name, const char *value) {
    begin_member(out, indent, name);
    add_string(out, value);
}

static void member_whole(rlp_text_t *out, const char *indent, const char *name, uint64_t value) {
    begin_member(out, indent, name);
    rlp_text_format(out, "%" PRIu64, value);
}

static void member_number(rlp_text_t *out, const char *indent, const char *name, double value) {
    begin_member(out, indent, name);
    if (isfinite(value))
        rlp_text_double(out, value);
    else
        rlp_text_add(out, "null");
}

static void member_spread(rlp_text_t *out, const char *name, const rlp_spread_of_ranks_t *s, double share) {
    begin_member(out, "      ", name);
    rlp_text_add(out, "{");
    member_number(out, "        ", "least", s->least);
    member_number(out, "        ", "mean", s->mean);
    member_number(out, "        ", "most", s->most);
    if (isfinite(share)) member_number(out, "        ", "share", share);
    rlp_text_add(out, "\n      }");
}

/* ---- sections ------------------------------------------------------------------------------------------------------------ */
static void add_input(const job_t *job, rlp_text_t *out) {
    const rlp_text_t *resolved = &job->study->resolved;
    SHA2_CTX context;
    char digest[SHA256_DIGEST_STRING_LENGTH];
    SHA256Init(&context);
    SHA256Update(&context, (const uint8_t *)rlp_text_string(resolved), resolved->length);
    SHA256End(&context, digest);
    member_string(out, "  ", "title", job->study->title);
    member_string(out, "  ", "input", job->report->facts.input_path);
    member_string(out, "  ", "input_sha256", digest);
}

static void add_simulation(const job_t *job, uint64_t only, rlp_text_t *out) {
    const rlp_study_t *study = job->study;
    const rlp_progression_t *p = &study->endpoints.progression;
    rlp_text_t words;
    rlp_text_init(&words);
    words_progression(job, &words);
    if (words.error) out->error = words.error;
    member_whole(out, "  ", "seed", study->seed);
    member_string(out, "  ", "random_streams", RLP_STREAM_NAME);
    member_string(out, "  ", "engine", study->trial.engine->name);
    member_number(out, "  ", "engine_error", study->trial.error);
    begin_member(out, "  ", "arms");
    for (size_t a = 0; a < study->n_arms; a++) {
        rlp_text_add(out, a ? ", " : "[");
        add_string(out, rlp_study_arm_name(study, a));
    }
    rlp_text_add(out, "]");
    member_string(out, "  ", "reference", rlp_study_arm_name(study, study->reference));
    member_whole(out, "  ", "patients", study->patients);
    if (only) member_whole(out, "  ", "only_patient", only);
    member_number(out, "  ", "follow_up_days", study->trial.follow_up_days);
    member_string(out, "  ", "progression", words.length ? rlp_text_string(&words) : NULL);
    member_string(out, "  ", "nadir",
                  p->form != RLP_PROGRESSION_NONE && p->every_days > 0
                      ? "least burden over the start and the visits"
                      : "least burden at any instant since time 0, as finely as the engine steps");
    rlp_text_free(&words);
}

static void add_machine(const rlp_run_facts_t *facts, rlp_text_t *out) {
    char probe[24];
    snprintf(probe, sizeof probe, "%016" PRIx64, facts->probe);
    member_string(out, "  ", "command_line", facts->command_line);
    member_string(out, "  ", "started", facts->started);
    member_number(out, "  ", "wall_seconds", facts->seconds);
    member_whole(out, "  ", "ranks", (uint64_t)facts->ranks);
    member_whole(out, "  ", "hosts", (uint64_t)facts->hosts);
    member_whole(out, "  ", "cores", (uint64_t)facts->cores);
    begin_member(out, "  ", "busy_seconds_per_rank");
    rlp_text_add(out, "{");
    member_number(out, "    ", "least", facts->busy_min);
    member_number(out, "    ", "mean", facts->busy_mean);
    member_number(out, "    ", "most", facts->busy_max);
    rlp_text_add(out, "\n  }");
    member_whole(out, "  ", "blocks_found", facts->blocks_found);
    member_string(out, "  ", "mathematics_probe", probe);
    begin_member(out, "  ", "libraries");
    rlp_text_add(out, "{");
    member_string(out, "    ", "mpi", facts->mpi_library);
    member_string(out, "    ", "gsl", gsl_version);
    member_string(out, "    ", "libfyaml", fy_library_version());
    member_string(out, "    ", "udunits2", RELAPSE_UDUNITS_VERSION);
    member_string(out, "    ", "zlib", zlibVersion());
    rlp_text_add(out, "\n  }");
}

/* Up to here, for the picture is still to come. */
static void add_profile(const rlp_run_facts_t *facts, rlp_text_t *out) {
    rlp_profile_t profile;
    if (!facts->profile) return;
    facts->profile(facts->profile_context, &profile);
    begin_member(out, "  ", "profile");
    rlp_text_add(out, "{");
    member_string(out, "    ", "until", "the writing of this file");
    member_number(out, "    ", "wall_seconds", profile.wall_seconds);
    begin_member(out, "    ", "seconds_per_rank");
    rlp_text_add(out, "{");
    for (rlp_phase_t p = 0; p < RLP_PHASES; p++) member_spread(out, rlp_phase_name(p), &profile.seconds[p], profile.share[p]);
    rlp_text_add(out, "\n    }");
    member_number(out, "    ", "processor_seconds", profile.processor_seconds);
    member_number(out, "    ", "patient_processor_seconds", profile.patient_processor_seconds);
    member_number(out, "    ", "patients", profile.patients);
    member_number(out, "    ", "events", profile.events);
    member_number(out, "    ", "steps", profile.steps);
    begin_member(out, "    ", "per_second_and_rank");
    rlp_text_add(out, "{");
    member_spread(out, "patients", &profile.patients_per_second, NAN);
    member_spread(out, "events", &profile.events_per_second, NAN);
    member_spread(out, "steps", &profile.steps_per_second, NAN);
    rlp_text_add(out, "\n    }\n  }");
}

/* A member for each arm: its name may hold any characters. */
static void begin_arm(const job_t *job, size_t arm, rlp_text_t *out) {
    rlp_text_add(out, out->length && out->bytes[out->length - 1] != '{' ? ",\n    " : "\n    ");
    add_string(out, rlp_study_arm_name(job->study, arm));
    rlp_text_add(out, ": {");
}

/* Simulated days by arm and by the engine that carried them: what `auto` chose, and what kendall, leap and tau gave to `direct`. */
static void add_carriers(const job_t *job, rlp_text_t *out) {
    begin_member(out, "  ", "carried_days");
    rlp_text_add(out, "{");
    for (size_t a = 0; a < job->totals.n_carried; a++) {
        begin_arm(job, a, out);
        for (size_t e = 0; e < RLP_CARRIERS; e++) member_number(out, "      ", RLP_CARRIER_NAMES[e], job->totals.carried[a].days[e]);
        rlp_text_add(out, "\n    }");
    }
    rlp_text_add(out, "\n  }");
}

/* Where `tau` ran: the epsilon that each patient held to, over the patients of an arm. */
static void add_epsilon(const job_t *job, rlp_text_t *out) {
    bool any = false;
    for (size_t a = 0; a < job->totals.n_carried; a++) any = any || job->totals.carried[a].most_epsilon > 0;
    if (!any) return;
    begin_member(out, "  ", "tau_epsilon");
    rlp_text_add(out, "{");
    for (size_t a = 0; a < job->totals.n_carried; a++) {
        if (!(job->totals.carried[a].most_epsilon > 0)) continue;
        begin_arm(job, a, out);
        member_number(out, "      ", "least", job->totals.carried[a].least_epsilon);
        member_number(out, "      ", "most", job->totals.carried[a].most_epsilon);
        rlp_text_add(out, "\n    }");
    }
    rlp_text_add(out, "\n  }");
}

static void member_interval(rlp_text_t *out, const char *name, rlp_interval_t share) {
    begin_member(out, "      ", name);
    rlp_text_add(out, "{");
    member_number(out, "        ", "share", share.value);
    member_number(out, "        ", "lower95", share.lower95);
    member_number(out, "        ", "upper95", share.upper95);
    rlp_text_add(out, "\n      }");
}

/* Where visits are judged: best responses up to progression. */
static void add_responses(const job_t *job, rlp_text_t *out) {
    if (!has_responses(job->study)) return;
    begin_member(out, "  ", "responses");
    rlp_text_add(out, "{");
    for (size_t a = 0; a < job->totals.n_carried; a++) {
        const answers_t *answers = &job->totals.answers[a];
        begin_arm(job, a, out);
        for (size_t r = RESPONSES; r-- > 0;) member_whole(out, "      ", rlp_response_name((rlp_response_t)r), answers->best[r]);
        member_interval(out, "objective_response", answers_objective(answers));
        member_interval(out, "disease_control", answers_control(answers));
        member_whole(out, "      ", "untreatable", answers->untreatable);
        rlp_text_add(out, "\n    }");
    }
    rlp_text_add(out, "\n  }");
}

static void add_totals(const job_t *job, rlp_text_t *out) {
    const totals_t *totals = &job->totals;
    member_whole(out, "  ", "events_simulated", totals->events);
    member_whole(out, "  ", "steps_simulated", totals->steps);
    member_whole(out, "  ", "patients_that_left_the_exact_engine", totals->leapt);
    member_whole(out, "  ", "patients_with_capped_growth", totals->capped);
    member_whole(out, "  ", "failed_patients", totals->failed);
    begin_member(out, "  ", "failures");
    rlp_text_add(out, "[");
    for (size_t k = 0, draw, life; k < totals->n_failures; k++) {
        rlp_text_add(out, k ? ",\n    {\"arm\": " : "\n    {\"arm\": ");
        add_string(out, rlp_study_arm_name(job->study, totals->failures[k].arm));
        survey_where(job->study, totals->failures[k].arm, &draw, &life);
        rlp_text_format(out, ", \"patient\": %" PRIu64, totals->failures[k].patient);
        if (draw) rlp_text_format(out, ", \"draw\": %zu", draw);
        if (life > 1) rlp_text_format(out, ", \"life\": %zu", life);
        rlp_text_add(out, ", \"why\": ");
        add_string(out, totals->failures[k].why);
        rlp_text_add(out, "}");
    }
    rlp_text_add(out, totals->n_failures ? "\n  ]" : "]");
    add_carriers(job, out);
    add_epsilon(job, out);
    add_responses(job, out);
}

int record_write(const job_t *job, uint64_t only) {
    rlp_text_t out;
    char *path = NULL;
    rlp_text_init(&out);
    rlp_text_add(&out, "{");
    member_string(&out, "  ", "program", "relapse");
    member_string(&out, "  ", "version", RELAPSE_VERSION);
    add_input(job, &out);
    add_simulation(job, only, &out);
    add_machine(&job->report->facts, &out);
    add_profile(&job->report->facts, &out);
    add_totals(job, &out);
    begin_member(&out, "  ", "resolved_input");
    rlp_node_write_json(rlp_document_root(job->study->document), &out);
    while (out.length && out.bytes[out.length - 1] == '\n') out.bytes[--out.length] = '\0';
    rlp_text_add(&out, "\n}\n");
    int rc = out.error ? out.error : sheet_path(&path, job->report->folder, "run.json", "");
    if (!rc) rc = rlp_file_write_whole(path, out.bytes, out.length);
    free(path);
    rlp_text_free(&out);
    return rc;
}
