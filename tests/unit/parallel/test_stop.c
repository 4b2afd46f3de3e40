/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Stop requests set a flag and do nothing else, however often they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "relapse/parallel.h"

static void each_signal_sets_the_flag_and_repeats_do_no_harm(void **state) {
    (void)state;
    static const int SIGNALS[] = {SIGINT, SIGTERM, SIGUSR1};
    rlp_stop_watch();
    for (size_t i = 0; i < 3; i++) {
        rlp_stop_forget();
        assert_int_equal(rlp_stop_requested(), 0);
        for (int times = 0; times < 3; times++) assert_int_equal(raise(SIGNALS[i]), 0);
        assert_int_equal(rlp_stop_requested(), SIGNALS[i]);
    }
}

static void the_first_signal_is_remembered(void **state) {
    (void)state;
    rlp_stop_watch();
    rlp_stop_forget();
    raise(SIGUSR1);
    raise(SIGTERM);
    rlp_stop_watch();
    assert_int_equal(rlp_stop_requested(), SIGUSR1);
}

static void interrupted_reads_go_on(void **state) {
    (void)state;
    int ends[2];
    char byte = 0;
    assert_int_equal(pipe(ends), 0);
    rlp_stop_watch();
    rlp_stop_forget();
    pid_t child = fork();
    if (child == 0) { /* signals the parent while it reads, then writes */
        nanosleep(&(struct timespec){0, 100000000}, NULL);
        kill(getppid(), SIGUSR1);
        nanosleep(&(struct timespec){0, 100000000}, NULL);
        _exit(write(ends[1], "x", 1) != 1);
    }
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_int_equal(byte, 'x');
    assert_int_equal(rlp_stop_requested(), SIGUSR1);
    close(ends[0]);
    close(ends[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_signal_sets_the_flag_and_repeats_do_no_harm),
        cmocka_unit_test(the_first_signal_is_remembered),
        cmocka_unit_test(interrupted_reads_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
