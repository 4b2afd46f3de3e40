/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * "Did you mean": optimal string alignment distance (Damerau 1964, Levenshtein 1966: insert, delete, replace, swap neighbours). */
#include <string.h>

#include "relapse/document.h"

#define LONGEST 64

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static size_t distance(const char *a, size_t n, const char *b, size_t m) {
    size_t rows[3][LONGEST + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= m; j++) last[j] = j;
    for (size_t i = 1; i <= n; i++) {
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            now[j] = least(least(last[j] + 1, now[j - 1] + 1), last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = least(now[j], before[j - 2] + 1);
        }
        size_t *free_row = before;
        before = last;
        last = now;
        now = free_row;
    }
    return last[m];
}

const char *rlp_nearest(const char *word, const char *const *known, size_t n) {
    size_t length = strlen(word), best = length / 3 > 1 ? length / 3 : 1;
    const char *nearest = NULL;
    if (!length || length > LONGEST) return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t other = strlen(known[i]);
        if (!other || other > LONGEST) continue;
        size_t d = distance(word, length, known[i], other);
        if (d > best || (nearest && d == best) || d >= (length > other ? length : other)) continue; /* all letters new is no likeness */
        best = d;
        nearest = known[i];
    }
    return nearest;
}
