/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The picture is a guest: gnuplot that is not there, or fails, is told in words and the run stands. */
#include "report_test.h"

static char *old_path;

static void without_gnuplot_there_is_a_script_and_a_word(void **state) {
    (void)state;
    cohort_t cohort;
    setenv("PATH", "/nonexistent", 1);
    begin(&cohort, TINY("follow_up"));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_non_null(strstr(rlp_text_string(&cohort.words), "gnuplot is not installed"));
    assert_contains(&cohort, "survival.gp", "# 'say \"a, b\"'\narm = '1'; endpoint = 'os'");
    assert_contains(&cohort, "survival.gp", "data = 'curves.csv'");
    assert_contains(&cohort, "curves.csv", "\n1,os,40.5,2,1,0,0.5,");
    end(&cohort);
}

static void a_gnuplot_that_fails_is_a_warning_with_its_words(void **state) {
    (void)state;
    cohort_t cohort;
    char path[512];
    begin(&cohort, TINY("follow_up"));
    snprintf(path, sizeof path, "%s/gnuplot", cohort.folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("#!/bin/sh\n: > survival.png\necho; echo no fonts >&2; exit 1\n", file);
    fclose(file);
    chmod(path, 0700);
    setenv("PATH", cohort.folder, 1);
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_non_null(strstr(rlp_text_string(&cohort.words), "warning: gnuplot failed: no fonts\n"));
    assert_int_equal(names_in(cohort.folder, ".png", false), 0); /* no half picture */
    end(&cohort);
}

static void gnuplot_draws_png_and_svg(void **state) {
    (void)state;
    cohort_t cohort;
    static const char *const SETS[] = {"title=it's 50 % \"more\" \\n {x}_1", "arms={it's_one: {}, two: {}}", "compare={}"};
    setenv("PATH", old_path, 1);
    begin_of(&cohort, study_of(TINY("follow_up"), SETS, 3));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    const char *words = rlp_text_string(&cohort.words);
    if (strstr(words, "not installed")) {
        end(&cohort);
        skip();
    }
    if (!strstr(words, "survival.png, .svg\n")) fail_msg("%s", words);
    char *bytes = content(&cohort, "survival.png");
    assert_memory_equal(bytes, "\x89PNG", 4);
    free(bytes);
    assert_contains(&cohort, "survival.svg", "one: median 20.0 d");
    assert_contains(&cohort, "survival.svg", "Overall survival");
    assert_contains(&cohort, "survival.svg", "</svg>");
    end(&cohort);
}

/* What gnuplot drew for an arm of this name: every path of survival.svg. NULL: gnuplot is not there. */
static char *paths_with(const char *name) {
    cohort_t cohort;
    rlp_text_t arms;
    rlp_text_init(&arms);
    rlp_text_add(&arms, "arms={\"");
    for (const char *c = name; *c; c++) rlp_text_format(&arms, strchr("\"\\", *c) ? "\\%c" : "%c", *c);
    rlp_text_add(&arms, "\": {}, two: {}}");
    const char *const sets[] = {rlp_text_string(&arms), "compare={}"};
    setenv("PATH", old_path, 1);
    begin_of(&cohort, study_of(TINY("follow_up"), sets, 2));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    const char *words = rlp_text_string(&cohort.words);
    if (strstr(words, "warning")) fail_msg("%s: %s", name, words);
    char *bytes = strstr(words, "not installed") ? NULL : content(&cohort, "survival.svg"), *to = bytes;
    for (char *at = bytes; at && (at = strstr(at, "<path"));)
        for (const char *end = strchr(at, '>') + 1; at < end;) *to++ = *at++;
    if (bytes) *to = '\0';
    rlp_text_free(&arms);
    end(&cohort);
    return bytes;
}

/* Whatever an arm is called, its curve is drawn; all names have as many characters, for the key is as wide as they are. */
static void every_name_has_its_curve(void **state) {
    static const char *const NAMES[] = {"a, b__", "a\",\"b_", " b\\n, ", "#1____", "it's__"};
    (void)state;
    char *plain = paths_with("arm_a_");
    if (!plain) skip();
    assert_true(strlen(plain) > 2000);
    for (size_t k = 0; k < sizeof NAMES / sizeof *NAMES; k++) {
        char *drawn = paths_with(NAMES[k]);
        assert_non_null(drawn);
        if (strcmp(drawn, plain) != 0) fail_msg("an arm named [%s] is drawn otherwise", NAMES[k]);
        free(drawn);
    }
    free(plain);
}

static void without_any_endpoint_there_is_no_picture(void **state) {
    (void)state;
    cohort_t cohort;
    static const char *const SETS[] = {"endpoints={}"};
    begin_of(&cohort, study_of(TINY("follow_up"), SETS, 1));
    assert_int_equal(write_all_of(&cohort), RLP_OK);
    assert_int_equal(names_in(cohort.folder, ".gp", false), 0);
    end(&cohort);
}

int main(void) {
    old_path = strdup(getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_gnuplot_there_is_a_script_and_a_word),
        cmocka_unit_test(a_gnuplot_that_fails_is_a_warning_with_its_words),
        cmocka_unit_test(gnuplot_draws_png_and_svg),
        cmocka_unit_test(every_name_has_its_curve),
        cmocka_unit_test(without_any_endpoint_there_is_no_picture),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    free(old_path);
    return rc;
}
