/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For tests: how many parents may wait before an engine `kendall` (what its `prepare` gave) merges groups; at most what it has room for. */
#ifndef RELAPSE_ENGINE_KENDALL_H
#define RELAPSE_ENGINE_KENDALL_H

#include <stddef.h>

void rlp_kendall_let_wait(void *kendall, size_t groups);

#endif
