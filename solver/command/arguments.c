/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The command line: one table of options, each with the letter by which a command allows it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/command.h"
#include "relapse/memory.h"

typedef enum { TAKES_NOTHING, TAKES_TEXT, TAKES_NUMBER } takes_t;
typedef struct {
    const char *name;
    char letter;
    takes_t takes;
} option_t;

static const option_t OPTIONS[] = {
    {"--out", 'o', TAKES_TEXT},       {"--patients", 'n', TAKES_NUMBER}, {"--seed", 's', TAKES_NUMBER},     {"--engine", 'e', TAKES_TEXT},
    {"--arm", 'a', TAKES_TEXT},       {"--set", 'x', TAKES_TEXT},        {"--only", '1', TAKES_NUMBER},     {"--resume", 'r', TAKES_NOTHING},
    {"--force", 'f', TAKES_NOTHING},  {"--quiet", 'q', TAKES_NOTHING},   {"--process", 'p', TAKES_NOTHING}, {"--patient", 'i', TAKES_NUMBER},
    {"--graph", 'G', TAKES_TEXT},      {"--profile", 't', TAKES_NOTHING}, {"--method", 'm', TAKES_TEXT},
    {"--attribute", 'A', TAKES_NOTHING},
    {"--case", 'c', TAKES_TEXT},      {"--engine", 'E', TAKES_TEXT},     {"--patients", 'N', TAKES_NUMBER}, {"--seed", 'S', TAKES_NUMBER},
    {"--input", 'I', TAKES_TEXT},     {"--help", 'h', TAKES_NOTHING},
};
#define N_OPTIONS (sizeof OPTIONS / sizeof *OPTIONS)

int rlp_launched_rank(void) {
    static const char *const NAMES[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (getenv(NAMES[i])) return atoi(getenv(NAMES[i]));
    return 0;
}

int rlp_command_fail(int code) {
    const char *said = rlp_fail_message();
    if (rlp_launched_rank() == 0) fprintf(stderr, "relapse: error: %s\n", said[0] ? said : rlp_error_sentence(code));
    return rlp_error_status(code);
}

static int wrong(const rlp_command_t *command, const char *format, const char *what, const char *also) {
    if (rlp_launched_rank() == 0) {
        fprintf(stderr, "relapse %s: error: ", command->name);
        fprintf(stderr, format, what, also);
        fprintf(stderr, "; see `relapse %s --help`\n", command->name);
    }
    return 64;
}

static const option_t *find(const char *name, size_t length, const char *allowed) {
    for (size_t i = 0; i < N_OPTIONS; i++)
        if (strlen(OPTIONS[i].name) == length && !strncmp(OPTIONS[i].name, name, length) && (strchr(allowed, OPTIONS[i].letter) || OPTIONS[i].letter == 'h'))
            return &OPTIONS[i];
    return NULL;
}

static int unknown(const rlp_command_t *command, const char *name, size_t length, const char *allowed) {
    char word[64];
    const char *known[N_OPTIONS];
    size_t n = 0;
    snprintf(word, sizeof word, "%.*s", (int)length, name);
    for (size_t i = 0; i < N_OPTIONS; i++)
        if (strchr(allowed, OPTIONS[i].letter)) known[n++] = OPTIONS[i].name;
    const char *near = rlp_nearest(word, known, n);
    return near ? wrong(command, "no option is named '%s'; did you mean '%s'?", word, near) : wrong(command, "no option is named '%s'%s", word, "");
}

/* Keep "key=value" as a --set. */
static int keep_set(rlp_arguments_t *a, const char *key, const char *value) {
    char *text;
    rlp_text_t made;
    rlp_text_init(&made);
    rlp_text_format(&made, "%s=%s", key, value);
    int rc = made.error ? made.error : rlp_memory_copy_text(&text, rlp_text_string(&made));
    rlp_text_free(&made);
    if (rc) return rlp_command_fail(rc);
    a->owned[a->n_owned++] = text;
    a->sets[a->n_sets++] = text;
    return 0;
}

static bool whole(const char *text, uint64_t *value) {
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && !*end && !errno;
}

static int take(const rlp_command_t *command, rlp_arguments_t *a, char letter, const char *name, const char *value) {
    uint64_t number = 0;
    if (strchr("ns1iNS", letter) && !whole(value, &number)) return wrong(command, "%s takes a whole number; '%s' is none", name, value);
    if (strchr("n1N", letter) && !number) return wrong(command, "%s takes a whole number from 1%s", name, "");
    switch (letter) {
    case 'o': a->out = value; break;
    case 'n': return keep_set(a, "cohort.patients", value);
    case 's': return keep_set(a, "cohort.seed", value);
    case 'e': return keep_set(a, "engine.name", value);
    case 'a': a->arms[a->n_arms++] = value; break;
    case 'm': a->methods[a->n_methods++] = value; break;
    case 'x': a->sets[a->n_sets++] = value; break;
    case 'c': a->cases[a->n_cases++] = value; break;
    case 'E': a->engines[a->n_engines++] = value; break;
    case 'N': a->patients = number; break;
    case 'S': a->seed = number, a->seeded = true; break;
    case 'I': a->input = value; break;
    case '1': a->only = number; break;
    case 'i': a->patient = number; break;
    case 'G': a->graph = value; break;
    case 'r': a->resume = true; break;
    case 'f': a->force = true; break;
    case 'q': a->quiet = true; break;
    case 'p': a->process = true; break;
    case 't': a->profile = true; break;
    case 'A': a->attribute = true; break;
    default: a->help = true;
    }
    return 0;
}

static int read_option(const rlp_command_t *command, const char *allowed, int argc, char **argv, int *at, rlp_arguments_t *a) {
    const char *word = argv[*at], *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const option_t *option = find(word, length, allowed);
    if (!option) return unknown(command, word, length, allowed);
    if (option->takes == TAKES_NOTHING) return equals ? wrong(command, "%s takes no value%s", option->name, "") : take(command, a, option->letter, option->name, "");
    const char *value = equals ? equals + 1 : *at + 1 < argc ? argv[++*at] : NULL;
    if (!value || !value[0]) return wrong(command, "%s needs a value%s", option->name, "");
    return take(command, a, option->letter, option->name, value);
}

int rlp_arguments_read(const rlp_command_t *command, const char *allowed, int argc, char **argv, rlp_arguments_t *a) {
    memset(a, 0, sizeof *a);
    size_t room = (size_t)argc + 1;
    int rc = RLP_NEW(a->sets, room);
    if (!rc) rc = RLP_NEW(a->owned, room);
    if (!rc) rc = RLP_NEW(a->arms, room);
    if (!rc) rc = RLP_NEW(a->cases, room);
    if (!rc) rc = RLP_NEW(a->engines, room);
    if (!rc) rc = RLP_NEW(a->methods, room);
    if (rc) return rlp_command_fail(rc);
    for (int at = 0; at < argc; at++) {
        if (argv[at][0] == '-' && argv[at][1]) {
            rc = read_option(command, allowed, argc, argv, &at, a);
            if (rc) return rc;
        } else if (strchr(allowed, 'I')) {
            return wrong(command, "'%s' is no option; your own input goes by --input FILE%s", argv[at], "");
        } else if (a->input) {
            return wrong(command, "one input at a time: '%s' and '%s'", a->input, argv[at]);
        } else {
            a->input = argv[at];
        }
    }
    if (a->help) {
        if (rlp_launched_rank() == 0) fputs(command->usage, stdout);
        return 0;
    }
    if (!a->input && !strchr(allowed, 'I')) return wrong(command, "which input? (a YAML file)%s%s", "", "");
    if (a->resume && a->force) return wrong(command, "%s and %s exclude each other", "--resume", "--force");
    return 0;
}

void rlp_arguments_free(rlp_arguments_t *a) {
    for (size_t i = 0; i < a->n_owned; i++) free(a->owned[i]);
    free(a->owned);
    free(a->sets);
    free(a->arms);
    free(a->cases);
    free(a->engines);
    free(a->methods);
    memset(a, 0, sizeof *a);
}
