/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where the time went, as a table for people: seconds of a rank by phase, and what a rank did in a second of work on patients. */
#include <stdio.h>

#include "relapse/report.h"

#define NAME_COLUMNS 42

static void add_spread(const rlp_profile_t *profile, const rlp_spread_of_ranks_t *s, const char *format, rlp_text_t *out) {
    const double values[3] = {s->least, s->mean, s->most};
    for (int k = profile->ranks > 1 ? 0 : 1; k < (profile->ranks > 1 ? 3 : 2); k++) {
        char digits[32];
        snprintf(digits, sizeof digits, format, values[k]);
        rlp_text_format(out, "%12s", digits);
    }
}

static void add_heads(const rlp_profile_t *profile, const char *of_one, rlp_text_t *out) {
    rlp_text_format(out, "  %-*s", NAME_COLUMNS, "");
    if (profile->ranks > 1)
        rlp_text_format(out, "%12s%12s%12s", "least", "mean", "most");
    else
        rlp_text_format(out, "%12s", of_one);
}

static void add_rate(const rlp_profile_t *profile, const char *name, const rlp_spread_of_ranks_t *s, rlp_text_t *out) {
    rlp_text_format(out, "  %-*s", NAME_COLUMNS, name);
    add_spread(profile, s, "%.4g", out);
    rlp_text_add(out, "\n");
}

void rlp_report_profile(const rlp_profile_t *profile, rlp_text_t *out) {
    rlp_text_format(out, "\nwhere the time went: %.2f s", profile->wall_seconds);
    rlp_text_format(out, profile->ranks > 1 ? " on each of %d ranks\n" : "\n", profile->ranks);
    add_heads(profile, "seconds", out);
    rlp_text_add(out, "     share\n");
    for (rlp_phase_t p = 0; p < RLP_PHASES; p++) {
        if (!(profile->seconds[p].most > 0)) continue;
        rlp_text_format(out, "  %-*s", NAME_COLUMNS, rlp_phase_words(p));
        add_spread(profile, &profile->seconds[p], "%.3f", out);
        rlp_text_format(out, "%8.1f %%\n", 100 * profile->share[p]);
    }
    rlp_text_format(out, "\nprocessors were busy for %.2f s on all ranks, %.2f s of them on patients\n", profile->processor_seconds, profile->patient_processor_seconds);
    rlp_text_format(out, "\nin a second of work on patients (%.10g lived in this run)%s\n", profile->patients, profile->ranks > 1 ? ", by rank" : "");
    if (profile->ranks > 1) {
        add_heads(profile, "", out);
        rlp_text_add(out, "\n");
    }
    add_rate(profile, "patients", &profile->patients_per_second, out);
    add_rate(profile, "events", &profile->events_per_second, out);
    add_rate(profile, "steps", &profile->steps_per_second, out);
}
