/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "relapse/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    int code;
    int status;
    const char *name;
    const char *sentence;
} error_row_t;

static const error_row_t ERRORS[] = {
#define RLP_ERROR_ROW(name, status, sentence) {RLP_ERROR_##name, status, #name, sentence},
    RLP_ERROR_LIST(RLP_ERROR_ROW)
#undef RLP_ERROR_ROW
};

static char message[2048];

static const error_row_t *find(int code) {
    for (size_t i = 0; i < sizeof ERRORS / sizeof *ERRORS; i++)
        if (ERRORS[i].code == code) return &ERRORS[i];
    return NULL;
}

int rlp_fail(int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return code;
}

const char *rlp_fail_message(void) { return message; }

const char *rlp_error_name(int code) {
    const error_row_t *row = find(code);
    return code == RLP_OK ? "OK" : row ? row->name : "UNKNOWN";
}

const char *rlp_error_sentence(int code) {
    const error_row_t *row = find(code);
    return code == RLP_OK ? "no error" : row ? row->sentence : "an unknown error";
}

int rlp_error_status(int code) {
    const error_row_t *row = find(code);
    return code == RLP_OK ? 0 : row ? row->status : 70;
}

_Noreturn void rlp_panic(const char *file, int line, const char *what) {
    fprintf(stderr, "relapse: internal error at %s:%d: %s does not hold\n", file, line, what);
    abort();
}
