/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <string.h>

#include "relapse/parallel.h"

/* Launchers repeat signals (mpirun forwards one USR1 twice to one of the ranks), so the handler stays in place and the first one is kept. */
static volatile sig_atomic_t caught;

static void note(int signal_number) {
    if (!caught) caught = signal_number;
}

void rlp_stop_watch(void) {
    static const int WATCHED[] = {SIGINT, SIGTERM, SIGUSR1};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note;
    action.sa_flags = SA_RESTART; /* a write at hand goes on; whoever works asks rlp_stop_requested() */
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof WATCHED / sizeof *WATCHED; i++) (void)sigaction(WATCHED[i], &action, NULL);
}

int rlp_stop_requested(void) { return caught; }

void rlp_stop_forget(void) { caught = 0; }
