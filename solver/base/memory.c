/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "relapse/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static size_t asked, fail_at;

static int refused(void) {
    asked++;
    return fail_at && asked == fail_at;
}

size_t rlp_memory_fail_at(size_t n) {
    size_t before = asked;
    asked = 0;
    fail_at = n;
    return before;
}

int rlp_memory_new(void **pointer, size_t count, size_t size) {
    *pointer = refused() ? NULL : calloc(count ? count : 1, size);
    if (!*pointer) return rlp_fail(RLP_ERROR_MEMORY, "no memory for %zu items of %zu bytes", count, size);
    return RLP_OK;
}

int rlp_memory_grow(void **pointer, size_t *capacity, size_t need, size_t size) {
    if (need <= *capacity) return RLP_OK;
    size_t room = *capacity ? *capacity : 8;
    while (room < need) room = room > SIZE_MAX / 2 ? need : 2 * room;
    void *bigger = refused() || room > SIZE_MAX / size ? NULL : realloc(*pointer, room * size);
    if (!bigger) return rlp_fail(RLP_ERROR_MEMORY, "no memory for %zu items of %zu bytes", room, size);
    memset((char *)bigger + *capacity * size, 0, (room - *capacity) * size);
    *pointer = bigger;
    *capacity = room;
    return RLP_OK;
}

int rlp_memory_copy_text(char **copy, const char *text) {
    *copy = NULL;
    if (!text) return RLP_OK;
    size_t length = strlen(text) + 1;
    int rc = rlp_memory_new((void **)copy, length, 1);
    if (rc == RLP_OK) memcpy(*copy, text, length);
    return rc;
}
