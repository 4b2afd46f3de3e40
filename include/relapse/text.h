/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Text: a string that grows, numbers as text, and files that appear whole.
 *
 * A rlp_text_t remembers its first failure (no memory) in `error`, so that a writer appends freely and asks once at the end.
 * Numbers: rlp_text_double gives the shortest decimal that reads back as the same double ("" for NaN: undefined is an empty field),
 * always with '.', whatever the locale.
 * Files: rlp_file_write_whole writes beside the target, fsyncs, renames: a reader sees the old file or the new one, never a part. */
#ifndef RELAPSE_TEXT_H
#define RELAPSE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "relapse/error.h"

typedef struct {
    char *bytes; /* NUL-terminated once anything was appended; owned */
    size_t length;
    size_t capacity;
    int error; /* first failure, or 0 */
} rlp_text_t;

void rlp_text_init(rlp_text_t *text);
void rlp_text_free(rlp_text_t *text); /* safe twice */
void rlp_text_clear(rlp_text_t *text);
void rlp_text_add(rlp_text_t *text, const char *string);
void rlp_text_add_bytes(rlp_text_t *text, const void *bytes, size_t length);
void rlp_text_format(rlp_text_t *text, const char *format, ...) RLP_PRINTF(2, 3);
void rlp_text_double(rlp_text_t *text, double value);  /* shortest that reads back; NaN: nothing; inf: Inf */
void rlp_text_integer(rlp_text_t *text, int64_t value); /* plain digits */
void rlp_text_csv(rlp_text_t *text, const char *field); /* RFC 4180: quoted where needed */
const char *rlp_text_string(const rlp_text_t *text);    /* never NULL; borrowed */

#define RLP_DOUBLE_TEXT 32
/* Shortest decimal of a finite double into `out`; returns out. */
char *rlp_double_shortest(double value, char out[RLP_DOUBLE_TEXT]);

/* Write the whole file: temporary name beside it, fsync, rename, fsync of the folder. RLP_ERROR_CREATE or RLP_ERROR_IO. */
int rlp_file_write_whole(const char *path, const void *bytes, size_t length) RLP_MUST_USE;
/* Read the whole file (owned, NUL-terminated). RLP_ERROR_NO_INPUT. */
int rlp_file_read_whole(const char *path, char **bytes, size_t *length) RLP_MUST_USE;

#endif
