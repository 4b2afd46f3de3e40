/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "relapse/command.h"

static const rlp_command_t *const COMMANDS[] = {&rlp_command_run, &rlp_command_check, &rlp_command_reference, &rlp_command_limits};
#define N_COMMANDS (sizeof COMMANDS / sizeof *COMMANDS)

static void list_commands(FILE *to) {
    fprintf(to, "relapse " RELAPSE_VERSION ": simulates how a treated tumour escapes\n\n");
    for (size_t i = 0; i < N_COMMANDS; i++) fprintf(to, "  relapse %-9s %s\n", COMMANDS[i]->name, COMMANDS[i]->sentence);
    fprintf(to, "\n  relapse COMMAND --help   what a command takes\n  relapse --version\n\n"
                "First steps: relapse check inputs/two-type.yaml; relapse run inputs/two-type.yaml. Keys: inputs/README.md.\n");
}

static int unknown(const char *name) {
    const char *names[N_COMMANDS];
    for (size_t i = 0; i < N_COMMANDS; i++) names[i] = COMMANDS[i]->name;
    const char *near = rlp_nearest(name, names, N_COMMANDS);
    if (near)
        fprintf(stderr, "relapse: error: no command is named '%s'; did you mean '%s'?\n", name, near);
    else
        fprintf(stderr, "relapse: error: no command is named '%s'; `relapse` alone lists them\n", name);
    return 64;
}

int main(int argc, char **argv) {
    bool speaks = rlp_launched_rank() == 0;
    const char *name = argc > 1 ? argv[1] : NULL;
    if (!name || !strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
        if (speaks) list_commands(name ? stdout : stderr);
        return name ? 0 : 64;
    }
    if (!strcmp(name, "--version")) {
        if (speaks) printf("relapse %s\n", RELAPSE_VERSION);
        return 0;
    }
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (!strcmp(name, COMMANDS[i]->name)) return COMMANDS[i]->run(argc - 2, argv + 2);
    return speaks ? unknown(name) : 64;
}
