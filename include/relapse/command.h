/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Commands: main and one file per command; they only join rooms. Each takes the arguments after its name and returns an exit status (sysexits):
 * 0 done; 64 usage; 65 input wrong; 66 input unreadable; 70 internal (or patients that failed); 73 output not created; 74 I/O; 75 stopped early. */
#ifndef RELAPSE_COMMAND_H
#define RELAPSE_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "relapse/study.h"

typedef struct {
    const char *name;
    const char *sentence;
    const char *usage; /* the text of `relapse NAME --help` */
    int (*run)(int argc, char **argv);
} rlp_command_t;

extern const rlp_command_t rlp_command_run, rlp_command_check, rlp_command_reference, rlp_command_limits;

/* What commands take from the command line. */
typedef struct {
    const char *input;
    const char *out, *graph;
    bool resume, force, quiet, process, profile, attribute, help;
    uint64_t only, patient;       /* 0: not asked */
    const char **sets;            /* --set, and --patients, --seed, --engine turned into it; owned */
    char **owned;                 /* texts made here; owned */
    size_t n_sets, n_owned;
    const char **arms;            /* owned array, borrowed names */
    size_t n_arms;
    const char **cases, **engines; /* of limits; owned arrays, borrowed names */
    size_t n_cases, n_engines;
    uint64_t patients, seed;      /* of limits; 0: not asked */
    bool seeded;
    const char **methods;         /* owned array, borrowed names */
    size_t n_methods;
} rlp_arguments_t;

/* Parse; `allowed` is a string of option letters of this command (see arguments.c). On a mistake prints one line and returns 64. */
int rlp_arguments_read(const rlp_command_t *, const char *allowed, int argc, char **argv, rlp_arguments_t *);
void rlp_arguments_free(rlp_arguments_t *);

/* Where results go: --out, or the input's name with `suffix` for its .yaml, in this folder. */
#define RLP_FOLDER_BYTES 4096
void rlp_folder_name(const rlp_arguments_t *, const char *suffix, char folder[RLP_FOLDER_BYTES]);
bool rlp_folder_is_empty(const char *path); /* false too where it cannot be read */

/* Which rank a launcher says this process is, without MPI: 0 if none. */
int rlp_launched_rank(void);
/* "relapse: error: sentence" on standard error; returns the exit status of the code. */
int rlp_command_fail(int code);

#endif
