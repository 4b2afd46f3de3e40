/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Text that grows, shortest doubles, CSV fields, files that appear whole, errors, memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "relapse/memory.h"
#include "relapse/stream.h"
#include "relapse/text.h"

static void text_grows(void **state) {
    rlp_text_t text;
    (void)state;
    rlp_text_init(&text);
    assert_string_equal(rlp_text_string(&text), "");
    for (int i = 0; i < 10000; i++) rlp_text_format(&text, "%d,", i % 10);
    assert_int_equal(text.length, 20000);
    assert_int_equal(strlen(rlp_text_string(&text)), 20000);
    assert_memory_equal(text.bytes + 19994, "7,8,9,", 7);
    rlp_text_clear(&text);
    assert_string_equal(rlp_text_string(&text), "");
    rlp_text_add_bytes(&text, "a\0b", 3);
    assert_true(text.length == 3 && !text.error);
    rlp_text_free(&text);
    rlp_text_free(&text);
}

static void first_failure_is_remembered(void **state) {
    rlp_text_t text;
    (void)state;
    rlp_text_init(&text);
    rlp_text_add(&text, "before");
    rlp_memory_fail_at(1);
    for (int i = 0; i < 100; i++) rlp_text_add(&text, "more and more");
    rlp_memory_fail_at(0);
    assert_int_equal(text.error, RLP_ERROR_MEMORY);
    assert_memory_equal(rlp_text_string(&text), "before", 6);
    rlp_text_free(&text);
}

static void shortest(double value, const char *want) {
    char out[RLP_DOUBLE_TEXT];
    assert_string_equal(rlp_double_shortest(value, out), want);
}

static void doubles_are_short(void **state) {
    (void)state;
    shortest(0.1, "0.1");
    shortest(0.1 + 0.2, "0.30000000000000004");
    shortest(1.0 / 3, "0.3333333333333333");
    shortest(0, "0");
    shortest(-0.0, "0");
    shortest(730, "730");
    shortest(-12, "-12");
    shortest(123456789012345, "123456789012345");
    shortest(1e-5, "1e-05");
    shortest(1e22, "1e+22");
    shortest(100000, "100000");
    shortest(0.5, "0.5");
}

static void doubles_read_back_the_same(void **state) {
    rlp_stream_t stream;
    char out[RLP_DOUBLE_TEXT];
    static const double EDGES[] = {DBL_MAX, -DBL_MAX, DBL_MIN, DBL_MIN / 2, 4.9406564584124654e-324, 0x1p53, 1e15, 1e15 + 1, 4e18, 0x1p-1074, DBL_EPSILON};
    (void)state;
    rlp_stream_init(&stream, 71, 1, 1);
    for (int i = 0; i < 200000; i++) {
        uint64_t bits = rlp_stream_word(&stream);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (i % 2) value = rlp_stream_uniform(&stream) * 1000;
        if (!isfinite(value)) continue;
        rlp_double_shortest(value, out);
        assert_true(strtod(out, NULL) == value && strlen(out) < RLP_DOUBLE_TEXT);
    }
    for (size_t i = 0; i < sizeof EDGES / sizeof *EDGES; i++) assert_true(strtod(rlp_double_shortest(EDGES[i], out), NULL) == EDGES[i]);
}

/* Written out in the fewest digits: no shorter decimal reads back. */
static void doubles_have_no_shorter_form(void **state) {
    rlp_stream_t stream;
    char out[RLP_DOUBLE_TEXT], fewer[400];
    (void)state;
    rlp_stream_init(&stream, 72, 1, 1);
    for (int i = 0; i < 20000; i++) {
        double value = ldexp(rlp_stream_uniform(&stream), (int)(rlp_stream_word(&stream) % 200) - 100);
        if (i % 3 == 0) value = strtod((snprintf(fewer, sizeof fewer, "%.*g", 1 + i % 15, value), fewer), NULL);
        int digits = 0;
        rlp_double_shortest(value, out);
        if (value == floor(value) && fabs(value) < 1e15) continue;
        const char *c = out;
        while (*c == '0' || *c == '.' || *c == '-') c++;
        for (; *c && *c != 'e'; c++) digits += *c != '.';
        if (digits < 2) continue;
        snprintf(fewer, sizeof fewer, "%.*g", digits - 1, value);
        assert_true(strtod(fewer, NULL) != value);
    }
}

static void undefined_is_nothing(void **state) {
    rlp_text_t text;
    (void)state;
    rlp_text_init(&text);
    rlp_text_double(&text, NAN);
    assert_int_equal(text.length, 0);
    rlp_text_double(&text, INFINITY);
    rlp_text_add(&text, " ");
    rlp_text_double(&text, -INFINITY);
    rlp_text_add(&text, " ");
    rlp_text_integer(&text, INT64_MIN);
    rlp_text_add(&text, " ");
    rlp_text_integer(&text, 4000000000000000000);
    assert_string_equal(rlp_text_string(&text), "Inf -Inf -9223372036854775808 4000000000000000000");
    rlp_text_free(&text);
}

static void fields_are_quoted_where_needed(void **state) {
    rlp_text_t text;
    static const char *const FIELDS[] = {"plain", "a,b", "say \"no\"", "two\nlines", "", "S+met/core"};
    (void)state;
    rlp_text_init(&text);
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++) {
        rlp_text_csv(&text, FIELDS[i]);
        rlp_text_add(&text, "|");
    }
    assert_string_equal(rlp_text_string(&text), "plain|\"a,b\"|\"say \"\"no\"\"\"|\"two\nlines\"||S+met/core|");
    rlp_text_free(&text);
}

static void files_appear_whole(void **state) {
    char folder[] = "/tmp/relapse-text.XXXXXX", path[64], part[80], *bytes;
    size_t length;
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/file", folder);
    snprintf(part, sizeof part, "%s.part", path);
    assert_int_equal(rlp_file_write_whole(path, "first", 5), RLP_OK);
    char *big = malloc(300000);
    assert_non_null(big);
    for (size_t i = 0; i < 300000; i++) big[i] = (char)(i * 7);
    assert_int_equal(rlp_file_write_whole(path, big, 300000), RLP_OK); /* replaces */
    assert_int_equal(rlp_file_read_whole(path, &bytes, &length), RLP_OK);
    assert_int_equal(length, 300000);
    assert_memory_equal(bytes, big, 300000);
    assert_true(bytes[length] == '\0' && access(part, F_OK));
    free(bytes);
    assert_int_equal(rlp_file_write_whole(path, "", 0), RLP_OK);
    assert_int_equal(rlp_file_read_whole(path, &bytes, &length), RLP_OK);
    assert_true(length == 0 && bytes && bytes[0] == '\0');
    free(bytes);
    free(big);
    assert_int_equal(unlink(path), 0);
    /* What cannot be put in place leaves nothing beside it, and says so. */
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(rlp_file_write_whole(path, "x", 1), RLP_ERROR_IO);
    assert_true(access(part, F_OK) != 0);
    assert_int_equal(rlp_file_read_whole(path, &bytes, &length), RLP_ERROR_NO_INPUT);
    assert_null(bytes);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(rlp_file_write_whole(path, "x", 1), RLP_ERROR_CREATE); /* the folder is gone */
    assert_non_null(strstr(rlp_fail_message(), path));
    assert_int_equal(rlp_file_read_whole(path, &bytes, &length), RLP_ERROR_NO_INPUT);
}

static void full_disks_are_an_io_error(void **state) {
    (void)state;
    if (access("/dev/full", W_OK)) skip();
    char folder[] = "/tmp/relapse-text.XXXXXX", path[64], part[80];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/file", folder);
    snprintf(part, sizeof part, "%s.part", path);
    assert_int_equal(rlp_file_write_whole(path, "old", 3), RLP_OK);
    assert_int_equal(symlink("/dev/full", part), 0);
    assert_int_equal(rlp_file_write_whole(path, "new", 3), RLP_ERROR_IO);
    char *bytes;
    size_t length;
    assert_int_equal(rlp_file_read_whole(path, &bytes, &length), RLP_OK); /* the old file stands */
    assert_string_equal(bytes, "old");
    free(bytes);
    (void)unlink(part);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void errors_come_from_one_list(void **state) {
    static const struct {
        int code, status;
        const char *name;
    } WANT[] = {{RLP_OK, 0, "OK"},
                {RLP_ERROR_USAGE, 64, "USAGE"},
                {RLP_ERROR_INPUT, 65, "INPUT"},
                {RLP_ERROR_NO_INPUT, 66, "NO_INPUT"},
                {RLP_ERROR_CREATE, 73, "CREATE"},
                {RLP_ERROR_IO, 74, "IO"},
                {RLP_ERROR_STOPPED, 75, "STOPPED"},
                {RLP_ERROR_INTERNAL, 70, "INTERNAL"},
                {RLP_ERROR_MEMORY, 70, "MEMORY"},
                {12345, 70, "UNKNOWN"}};
    (void)state;
    for (size_t i = 0; i < sizeof WANT / sizeof *WANT; i++) {
        assert_int_equal(rlp_error_status(WANT[i].code), WANT[i].status);
        assert_string_equal(rlp_error_name(WANT[i].code), WANT[i].name);
        assert_true(WANT[i].code == RLP_OK || WANT[i].code > 0 || (WANT[i].code < 0 && strlen(rlp_error_sentence(WANT[i].code)) > 5));
    }
    assert_int_equal(rlp_fail(RLP_ERROR_IO, "%s: %d", "file", 7), RLP_ERROR_IO);
    assert_string_equal(rlp_fail_message(), "file: 7");
}

static void memory_grows_zeroed_and_fails_politely(void **state) {
    int *items = NULL;
    size_t capacity = 0;
    (void)state;
    for (size_t n = 1; n < 1000; n++) {
        size_t before = capacity;
        assert_int_equal(RLP_GROW(items, capacity, n), RLP_OK);
        for (size_t i = before; i < capacity; i++) assert_int_equal(items[i], 0);
        items[n - 1] = (int)n;
    }
    int *old = items;
    size_t had = capacity;
    rlp_memory_fail_at(1);
    assert_int_equal(RLP_GROW(items, capacity, 5000), RLP_ERROR_MEMORY);
    rlp_memory_fail_at(0);
    assert_true(items == old && capacity == had && items[998] == 999);
    assert_int_equal(rlp_memory_grow((void **)&items, &capacity, SIZE_MAX / 2, sizeof *items), RLP_ERROR_MEMORY); /* bytes beyond size_t */
    assert_true(items == old && capacity == had);
    free(items);
    char *copy;
    assert_int_equal(rlp_memory_copy_text(&copy, NULL), RLP_OK);
    assert_null(copy);
    void *none;
    assert_int_equal(rlp_memory_new(&none, 0, 8), RLP_OK);
    assert_non_null(none);
    free(none);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows),
        cmocka_unit_test(first_failure_is_remembered),
        cmocka_unit_test(doubles_are_short),
        cmocka_unit_test(doubles_read_back_the_same),
        cmocka_unit_test(doubles_have_no_shorter_form),
        cmocka_unit_test(undefined_is_nothing),
        cmocka_unit_test(fields_are_quoted_where_needed),
        cmocka_unit_test(files_appear_whole),
        cmocka_unit_test(full_disks_are_an_io_error),
        cmocka_unit_test(errors_come_from_one_list),
        cmocka_unit_test(memory_grows_zeroed_and_fails_politely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
