/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Decimal numbers as text. The form is checked here (strtod alone would take hex, inf, nan and the locale's comma). */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"

static double in_c_locale(const char *digits) {
    static locale_t c_locale;
    if (!c_locale) c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c_locale) return strtod(digits, NULL);
    locale_t before = uselocale(c_locale);
    double value = strtod(digits, NULL);
    uselocale(before);
    return value;
}

static bool digit(char c) { return c >= '0' && c <= '9'; }

bool rlp_number_read(const char *text, double *value, const char **end) {
    const char *start = text + strspn(text, " \t\r\n"), *c = start;
    size_t digits = 0;
    if (*c == '+' || *c == '-') c++;
    for (; digit(*c); c++) digits++;
    if (*c == '.') {
        c++;
        for (; digit(*c); c++) digits++;
    }
    if (!digits) return false;
    if (*c == 'e' || *c == 'E') {
        const char *power = c + 1 + (c[1] == '+' || c[1] == '-');
        if (digit(*power)) {
            while (digit(*power)) power++;
            c = power;
        }
    }
    *value = *start == '0' && (start[1] == 'x' || start[1] == 'X') ? 0 : in_c_locale(start); /* strtod would read on in hex */
    *end = c;
    return true;
}
