/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "relapse/text.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"

void rlp_text_init(rlp_text_t *text) { memset(text, 0, sizeof *text); }

void rlp_text_free(rlp_text_t *text) {
    free(text->bytes);
    rlp_text_init(text);
}

void rlp_text_clear(rlp_text_t *text) {
    text->length = 0;
    if (text->bytes) text->bytes[0] = '\0';
}

static int make_room(rlp_text_t *text, size_t more) {
    if (text->error) return text->error;
    text->error = rlp_memory_grow((void **)&text->bytes, &text->capacity, text->length + more + 1, 1);
    return text->error;
}

void rlp_text_add_bytes(rlp_text_t *text, const void *bytes, size_t length) {
    if (make_room(text, length)) return;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void rlp_text_add(rlp_text_t *text, const char *string) { rlp_text_add_bytes(text, string, strlen(string)); }

void rlp_text_format(rlp_text_t *text, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length >= 0 && !make_room(text, (size_t)length)) {
        vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

char *rlp_double_shortest(double value, char out[RLP_DOUBLE_TEXT]) {
    if (value == floor(value) && fabs(value) < 1e15) { /* whole numbers read best without an exponent */
        snprintf(out, RLP_DOUBLE_TEXT, "%.0f", value == 0 ? 0.0 : value);
        return out;
    }
    for (int digits = DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
        snprintf(out, RLP_DOUBLE_TEXT, "%.*g", digits, value);
        if (strtod(out, NULL) == value) break;
    }
    return out;
}

void rlp_text_double(rlp_text_t *text, double value) {
    char digits[RLP_DOUBLE_TEXT];
    if (isnan(value)) return;
    if (isinf(value))
        rlp_text_add(text, value > 0 ? "Inf" : "-Inf");
    else
        rlp_text_add(text, rlp_double_shortest(value, digits));
}

void rlp_text_integer(rlp_text_t *text, int64_t value) { rlp_text_format(text, "%" PRId64, value); }

void rlp_text_csv(rlp_text_t *text, const char *field) {
    if (!strpbrk(field, ",\"\r\n")) {
        rlp_text_add(text, field);
        return;
    }
    rlp_text_add(text, "\"");
    for (const char *c = field; *c; c++) {
        if (*c == '"') rlp_text_add(text, "\"");
        rlp_text_add_bytes(text, c, 1);
    }
    rlp_text_add(text, "\"");
}

const char *rlp_text_string(const rlp_text_t *text) { return text->bytes ? text->bytes : ""; }
