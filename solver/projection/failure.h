/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PETSc's failures as the program's own. */
#ifndef RELAPSE_PROJECTION_FAILURE_H
#define RELAPSE_PROJECTION_FAILURE_H

/* The code and sentence for a PETSc error code (0: RLP_OK). */
int petsc_code(int code);

#endif
