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
    assert_contains(&cohort, "survival.gp", "arm = 'say \"a, b\"'; endpoint = 'os'");
    assert_contains(&cohort, "survival.gp", "data = 'km.csv'");
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
        cmocka_unit_test(without_any_endpoint_there_is_no_picture),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    free(old_path);
    return rc;
}
