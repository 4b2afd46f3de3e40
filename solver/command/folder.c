/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The folder of results: its name, and whether there is anything in it. */
#include <dirent.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>

#include "relapse/command.h"

void rlp_folder_name(const rlp_arguments_t *a, const char *suffix, char folder[RLP_FOLDER_BYTES]) {
    char copy[RLP_FOLDER_BYTES];
    snprintf(copy, sizeof copy, "%s", a->input);
    char *stem = basename(copy), *dot = strrchr(stem, '.');
    if (dot && dot != stem && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"))) *dot = '\0';
    if (a->out)
        snprintf(folder, RLP_FOLDER_BYTES, "%s", a->out);
    else
        snprintf(folder, RLP_FOLDER_BYTES, "%.4000s%s", stem, suffix);
}

bool rlp_folder_is_empty(const char *path) {
    DIR *folder = opendir(path);
    bool empty = folder != NULL;
    for (struct dirent *entry; empty && (entry = readdir(folder));) empty = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..");
    if (folder) closedir(folder);
    return empty;
}
