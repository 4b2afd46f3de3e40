/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PETSc kept in its place: no options but those that the command was given, no signal handlers, no abort. */
#include <petscsys.h>
#include <stdio.h>
#include <stdlib.h>

#include "failure.h"
#include "relapse/memory.h"
#include "relapse/projection.h"

static bool started;

int petsc_code(int code) {
    const char *text = NULL;
    char *specific = NULL;
    if (!code) return RLP_OK;
    PetscErrorMessage(code, &text, &specific);
    const char *said = specific && specific[0] ? specific : text ? text : "unknown";
    return rlp_fail(code == PETSC_ERR_MEM ? RLP_ERROR_MEMORY : RLP_ERROR_INTERNAL, "PETSc: error %d: %s", code, said);
}

/* PetscInitialize reads PETSC_OPTIONS, ~/.petscrc, ./.petscrc and ./petscrc even when it is given no arguments; -skip_petscrc is heeded only among the
 * arguments. So it gets made-up ones, and the variables are taken away. */
int rlp_petsc_start(char **options, int n_options) {
    static char *words[] = {"relapse-projection", "-skip_petscrc", "-no_signal_handler"};
    char **arguments;
    int n = (int)(sizeof words / sizeof *words) + n_options, rc = RLP_NEW(arguments, (size_t)n + 1);
    if (rc) return rc;
    for (int i = 0; i < n; i++) arguments[i] = i < n - n_options ? words[i] : options[i - (n - n_options)];
    unsetenv("PETSC_OPTIONS");
    unsetenv("PETSC_OPTIONS_YAML");
    char **passed = arguments; /* PETSc keeps the pointer: the array stays for the life of the program */
    PetscErrorCode code = PetscInitialize(&n, &passed, NULL, NULL);
    if (code) return petsc_code(code);
    started = true;
    return petsc_code(PetscPushErrorHandler(PetscReturnErrorHandler, NULL));
}

int rlp_petsc_check_unused(void) {
    PetscInt n = 0;
    char **names = NULL, **values = NULL;
    int rc = petsc_code(PetscOptionsLeftGet(NULL, &n, &names, &values));
    if (rc) return rc;
    if (n) rc = rlp_fail(RLP_ERROR_USAGE, "PETSc has no use for the option '-%s'%s given after --petsc", names[0], n > 1 ? " (and others)" : "");
    PetscErrorCode code = PetscOptionsLeftRestore(NULL, &n, &names, &values);
    return rc ? rc : petsc_code(code);
}

void rlp_petsc_version(char text[32]) {
    PetscInt major = 0, minor = 0, subminor = 0, release = 0;
    if (PetscGetVersionNumber(&major, &minor, &subminor, &release)) major = minor = subminor = 0;
    snprintf(text, 32, "%d.%d.%d", (int)major, (int)minor, (int)subminor);
}

void rlp_petsc_finish(void) {
    if (started && PetscFinalize()) fputs("relapse: warning: PETSc could not finish in order; the results stand\n", stderr);
    started = false;
}
