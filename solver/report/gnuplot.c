/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * gnuplot, who draws the pictures: what a script needs to be safe, and running it in a folder, without a shell. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "parts.h"

extern char **environ;

const char *const GNUPLOT_COLOURS[GNUPLOT_COLOURS_N] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"};

void gnuplot_quote(rlp_text_t *out, const char *text) {
    rlp_text_add(out, "'");
    for (const char *c = text; *c; c++) {
        if (*c == '\'') rlp_text_add(out, "'");
        rlp_text_add_bytes(out, (unsigned char)*c < 0x20 ? " " : c, 1);
    }
    rlp_text_add(out, "'");
}

/* Runs it in the folder, without a shell; what it says goes to `said`. *status is waitpid's. An errno value, or 0. */
static int run_gnuplot(const char *folder, char *script, rlp_text_t *said, int *status) {
    char *arguments[] = {"gnuplot", script, NULL};
    posix_spawn_file_actions_t actions;
    int ends[2];
    pid_t child;
    if (pipe2(ends, O_CLOEXEC)) return errno;
    int bad = posix_spawn_file_actions_init(&actions);
    if (!bad) {
        bad = posix_spawn_file_actions_addchdir_np(&actions, folder);
        if (!bad) bad = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        if (!bad) bad = posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
        if (!bad) bad = posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
        if (!bad) bad = posix_spawnp(&child, "gnuplot", &actions, NULL, arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    close(ends[1]);
    if (!bad) {
        char bytes[4096];
        ssize_t got;
        while ((got = read(ends[0], bytes, sizeof bytes)) > 0 || (got < 0 && errno == EINTR))
            if (got > 0 && said->length < 100 * sizeof bytes) rlp_text_add_bytes(said, bytes, (size_t)got);
        while (waitpid(child, status, 0) < 0 && errno == EINTR) {
        }
    }
    close(ends[0]);
    return bad;
}

/* The first line that says something. */
static void add_first_line(const rlp_text_t *said, rlp_text_t *words) {
    const char *at = rlp_text_string(said) + strspn(rlp_text_string(said), " \t\r\n");
    rlp_text_add_bytes(words, at, strcspn(at, "\r\n"));
}

static int remove_pictures(const char *folder, const char *stem) {
    static const char *const ENDS[] = {".png", ".svg"};
    int rc = RLP_OK;
    for (size_t k = 0; k < 2 && !rc; k++) {
        char *path = NULL;
        rc = sheet_path(&path, folder, stem, ENDS[k]);
        if (!rc) unlink(path);
        free(path);
    }
    return rc;
}

int gnuplot_draw(const char *folder, const char *stem, rlp_text_t *words) {
    rlp_text_t said;
    char script[64];
    int status = 0, rc = RLP_OK;
    snprintf(script, sizeof script, "%s.gp", stem);
    rlp_text_init(&said);
    int bad = run_gnuplot(folder, script, &said, &status);
    if (bad == ENOENT) {
        rlp_text_format(words, ", %s (no picture: gnuplot is not installed here; `gnuplot %s` draws it)\n", script, script);
    } else if (bad || !WIFEXITED(status) || WEXITSTATUS(status)) {
        rlp_text_format(words, ", %s (no picture)\nwarning: gnuplot failed: ", script);
        if (bad)
            rlp_text_add(words, strerror(bad));
        else
            add_first_line(&said, words);
        rlp_text_add(words, "\n");
        rc = remove_pictures(folder, stem);
    } else {
        rlp_text_format(words, ", %s.png, .svg\n", stem);
    }
    if (!rc) rc = said.error;
    rlp_text_free(&said);
    return rc;
}
