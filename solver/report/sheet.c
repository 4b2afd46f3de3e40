/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sheet.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digits.h"
#include "relapse/memory.h"

#define FLUSH_BYTES (1u << 18)

void sheet_init(sheet_t *sheet) {
    memset(sheet, 0, sizeof *sheet);
    rlp_text_init(&sheet->text);
    sheet->fd = -1;
    sheet->last = NAN;
}

int sheet_path(char **path, const char *folder, const char *name, const char *suffix) {
    size_t room = strlen(folder) + strlen(name) + strlen(suffix) + 2;
    int rc = RLP_NEW(*path, room);
    if (!rc) snprintf(*path, room, "%s/%s%s", folder, name, suffix);
    return rc;
}

int sheet_open(sheet_t *sheet, const char *folder, const char *name, const char *header) {
    int rc = sheet_path(&sheet->path, folder, name, "");
    if (!rc) rc = sheet_path(&sheet->part, folder, name, ".part");
    if (rc) return rc;
    sheet->fd = open(sheet->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (sheet->fd < 0) return rlp_fail(RLP_ERROR_CREATE, "%s: %s", sheet->path, strerror(errno));
    sheet_raw(sheet, header);
    sheet_end_row(sheet);
    return sheet->error;
}

/* ---- cells --------------------------------------------------------------------------------------------------------------- */
static void separate(sheet_t *sheet) {
    if (sheet->inside_row) rlp_text_add_bytes(&sheet->text, ",", 1);
    sheet->inside_row = true;
}

void sheet_word(sheet_t *sheet, const char *text) {
    separate(sheet);
    rlp_text_csv(&sheet->text, text);
}

void sheet_raw(sheet_t *sheet, const char *text) {
    separate(sheet);
    rlp_text_add(&sheet->text, text);
}

void sheet_number(sheet_t *sheet, double value) {
    separate(sheet);
    if (isnan(value)) return;
    if (isinf(value)) {
        rlp_text_double(&sheet->text, value);
        return;
    }
    if (value != sheet->last) sheet->last_length = digits_shortest(sheet->last = value, sheet->last_text);
    rlp_text_add_bytes(&sheet->text, sheet->last_text, sheet->last_length);
}

/* Millions of rows of small integers: digits by hand take a tenth of printf's time. */
void sheet_whole(sheet_t *sheet, int64_t value) {
    char digits[24];
    size_t at = sizeof digits;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do digits[--at] = (char)('0' + left % 10);
    while (left /= 10);
    if (value < 0) digits[--at] = '-';
    separate(sheet);
    rlp_text_add_bytes(&sheet->text, digits + at, sizeof digits - at);
}

void sheet_empty(sheet_t *sheet, size_t cells) {
    while (cells--) separate(sheet);
}

/* ---- the file ------------------------------------------------------------------------------------------------------------ */
static void flush(sheet_t *sheet) {
    const char *bytes = rlp_text_string(&sheet->text);
    size_t left = sheet->text.length;
    if (!sheet->error) sheet->error = sheet->text.error;
    while (left && !sheet->error) {
        ssize_t wrote = write(sheet->fd, bytes, left);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) {
            sheet->error = rlp_fail(RLP_ERROR_IO, "%s: %s", sheet->path, strerror(wrote ? errno : ENOSPC));
            break;
        }
        bytes += wrote;
        left -= (size_t)wrote;
    }
    rlp_text_clear(&sheet->text);
}

void sheet_end_row(sheet_t *sheet) {
    rlp_text_add_bytes(&sheet->text, "\n", 1);
    sheet->inside_row = false;
    if (sheet->text.length > FLUSH_BYTES || sheet->text.error) flush(sheet);
}

int sheet_finish(sheet_t *sheet) {
    flush(sheet);
    if (sheet->error) return sheet->error;
    bool bad = fsync(sheet->fd) != 0;
    int why = errno;
    if (close(sheet->fd) && !bad) bad = true, why = errno;
    sheet->fd = -1;
    if (!bad && rename(sheet->part, sheet->path)) bad = true, why = errno;
    if (!bad) {
        free(sheet->part);
        sheet->part = NULL;
        return RLP_OK;
    }
    return sheet->error = rlp_fail(RLP_ERROR_IO, "%s: %s", sheet->path, strerror(why));
}

void sheet_free(sheet_t *sheet) {
    bool began = sheet->fd >= 0 || sheet->error;
    if (sheet->fd >= 0) close(sheet->fd);
    if (sheet->part && began) unlink(sheet->part);
    rlp_text_free(&sheet->text);
    free(sheet->path);
    free(sheet->part);
    sheet_init(sheet);
}
