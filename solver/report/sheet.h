/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A CSV file that is written row by row and appears whole: rows go to NAME.part beside it, sheet_finish() renames. The first failure
 * stands; what follows it is not written, so that writers ask once at the end.
 *
 * Cells follow one another, commas come by themselves. Row by row is for size: a million patients do not fit a text in memory. */
#ifndef RELAPSE_REPORT_SHEET_H
#define RELAPSE_REPORT_SHEET_H

#include <stdbool.h>

#include "relapse/text.h"

typedef struct {
    rlp_text_t text;   /* rows not yet on disk */
    char *path, *part; /* owned */
    int fd;            /* -1: not open */
    int error;
    bool inside_row;
    double last; /* its text is kept: ttp, pfs and os are often one number */
    char last_text[RLP_DOUBLE_TEXT];
    size_t last_length;
} sheet_t;

void sheet_init(sheet_t *);
/* Opens; `header` is the first line, without its end. RLP_ERROR_CREATE. */
int sheet_open(sheet_t *, const char *folder, const char *name, const char *header) RLP_MUST_USE;
void sheet_word(sheet_t *, const char *text); /* quoted where needed */
void sheet_raw(sheet_t *, const char *text);  /* cells ready made */
void sheet_number(sheet_t *, double value);   /* NaN: empty */
void sheet_whole(sheet_t *, int64_t value);
void sheet_empty(sheet_t *, size_t cells);
void sheet_end_row(sheet_t *);
/* The file in its place. RLP_ERROR_IO, or the first failure before. */
int sheet_finish(sheet_t *) RLP_MUST_USE;
void sheet_free(sheet_t *); /* what was not finished is taken away; safe twice */

/* folder/name; owned. */
int sheet_path(char **path, const char *folder, const char *name, const char *suffix) RLP_MUST_USE;

#endif
