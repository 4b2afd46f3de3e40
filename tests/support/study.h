/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A study from its text, which must be right: else the test fails with the words that say what is not. */
#ifndef RELAPSE_TESTS_STUDY_H
#define RELAPSE_TESTS_STUDY_H

#include "relapse/study.h"

static inline rlp_study_t *study_parse_with(const char *text, rlp_study_options_t options) {
    rlp_study_t *study = NULL;
    rlp_text_t words;
    rlp_diagnostics_t *wrong = rlp_diagnostics_new();
    rlp_text_init(&words);
    assert_int_equal(rlp_study_parse("study", text, strlen(text), &options, wrong, &study), RLP_OK);
    rlp_diagnostics_text(wrong, &words);
    if (!study) fail_msg("%s", rlp_text_string(&words));
    rlp_text_free(&words);
    rlp_diagnostics_free(wrong);
    return study;
}

#endif
