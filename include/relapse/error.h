/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Errors of the program: one list makes code, name, exit status and sentence.
 *
 * A function that can fail returns 0 (RLP_OK) or one negative code; its result must be used.
 * rlp_fail() records a sentence beside the code; the last one stands until the next failure.
 * Outcomes (why an engine stopped, what a rule decided) never share the integer with errors.
 * Errors in an input file are data, not codes: see relapse/document.h (rlp_diagnostics_t).
 * One process, one thread: the message is a plain static buffer. */
#ifndef RELAPSE_ERROR_H
#define RELAPSE_ERROR_H

/* name, exit status (sysexits), sentence */
#define RLP_ERROR_LIST(X)                                                  \
    X(MEMORY, 70, "memory ran out")                                        \
    X(INTERNAL, 70, "an invariant of the program does not hold")           \
    X(USAGE, 64, "the command line is wrong")                              \
    X(INPUT, 65, "the input is wrong")                                     \
    X(NO_INPUT, 66, "the input cannot be read")                            \
    X(CREATE, 73, "the output cannot be created")                          \
    X(IO, 74, "an input or output error")                                  \
    X(STOPPED, 75, "stopped early with everything finished so far kept")   \
    X(OVERFLOW, 70, "a cell count passed 4e18")                            \
    X(RATE, 70, "a rate left its range")                                   \
    X(REFUSED, 65, "the engine cannot simulate this process")

typedef enum {
    RLP_OK = 0,
    RLP_ERROR_BEFORE_FIRST = -1000,
#define RLP_ERROR_ENUM(name, status, sentence) RLP_ERROR_##name,
    RLP_ERROR_LIST(RLP_ERROR_ENUM)
#undef RLP_ERROR_ENUM
    RLP_ERROR_AFTER_LAST
} rlp_error_t;

#if defined(__GNUC__)
#define RLP_MUST_USE __attribute__((warn_unused_result))
#define RLP_PRINTF(nth, first) __attribute__((format(printf, nth, first)))
#else
#define RLP_MUST_USE
#define RLP_PRINTF(nth, first)
#endif

/* Record a sentence (printf style) for `code` and return `code`. */
int rlp_fail(int code, const char *format, ...) RLP_PRINTF(2, 3);

/* The sentence of the last rlp_fail(); "" if none. Borrowed, overwritten by the next failure. */
const char *rlp_fail_message(void);

/* "MEMORY", "INPUT", ...; "OK" for 0; "UNKNOWN" for anything else. */
const char *rlp_error_name(int code);

/* The general sentence of a code. */
const char *rlp_error_sentence(int code);

/* The process exit status that a code becomes (0 for RLP_OK, 70 for anything unknown). */
int rlp_error_status(int code);

/* Broken invariant: print where and abort. For what can only be a bug, never for input. */
_Noreturn void rlp_panic(const char *file, int line, const char *what);
#define RLP_INVARIANT(condition)                                     \
    do {                                                             \
        if (!(condition)) rlp_panic(__FILE__, __LINE__, #condition); \
    } while (0)

#endif
