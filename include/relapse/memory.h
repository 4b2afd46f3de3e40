/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Memory: allocation that fails politely, and arrays that grow.
 *
 * rlp_new() and rlp_grow() return 0 or RLP_ERROR_MEMORY and never touch the old block on failure.
 * Nothing here is called inside an event loop.
 * A test can make the n-th allocation fail: rlp_memory_fail_at(n). */
#ifndef RELAPSE_MEMORY_H
#define RELAPSE_MEMORY_H

#include <stddef.h>

#include "relapse/error.h"

/* *pointer = zeroed room for `count` items of `size` bytes (count 0 gives a non-NULL block). Owned by the caller: free(). */
int rlp_memory_new(void **pointer, size_t count, size_t size) RLP_MUST_USE;

/* Make room for at least `need` items in *pointer (holding *capacity); doubles; new items are zeroed. */
int rlp_memory_grow(void **pointer, size_t *capacity, size_t need, size_t size) RLP_MUST_USE;

/* Typed forms. `pointer` is a T*; expressions yield an error code. */
#define RLP_NEW(pointer, count) rlp_memory_new((void **)&(pointer), (count), sizeof *(pointer))
#define RLP_GROW(pointer, capacity, need) rlp_memory_grow((void **)&(pointer), &(capacity), (need), sizeof *(pointer))

/* A copy of `text` (NULL gives NULL). Owned by the caller. */
int rlp_memory_copy_text(char **copy, const char *text) RLP_MUST_USE;

/* For tests: the n-th allocation from now (1 = the next) fails; 0 = none. Returns how many were asked since the last call. */
size_t rlp_memory_fail_at(size_t n);

#endif
