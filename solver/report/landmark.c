/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * landmark.csv: the share still without the event at milestones (`compare: {landmarks:}`), as trials print it: "OS at 24 months". Kaplan and Meier's curve there, with the
 * interval of km.csv; at_risk is just before the milestone. */
#include "parts.h"

int landmark_open(sheet_t *sheet, const char *folder) { return sheet_open(sheet, folder, "landmark.csv", "arm,endpoint,time_days,survival,std_err,lower95,upper95,at_risk"); }

void landmark_write(sheet_t *sheet, const job_t *job, size_t arm, endpoint_t endpoint, const rlp_km_t *km) {
    for (size_t k = 0; k < job->study->n_landmarks; k++) {
        rlp_km_row_t at = rlp_km_at(km, job->study->landmark_days[k]);
        sheet_raw(sheet, rlp_text_string(&job->arm_cells[arm]));
        sheet_raw(sheet, ENDPOINT_NAMES[endpoint]);
        sheet_number(sheet, job->study->landmark_days[k]);
        sheet_number(sheet, at.survival);
        sheet_number(sheet, at.std_err);
        sheet_number(sheet, at.lower95);
        sheet_number(sheet, at.upper95);
        sheet_whole(sheet, (int64_t)at.at_risk);
        sheet_end_row(sheet);
    }
}
