/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For 1e-4 <= v < 1e15 and p = 15, 16, 17 digits: scaled = v 10^k has p digits before its point. D = round(scaled) is what printf would
 * print, and D reads back as v iff |scaled - D| < ulp(v) 10^k / 2. 10^k is exact in a long double of 64 bits (k <= 20), so `scaled` is
 * off by half a unit in its last place at most. Whatever comes within that doubt, and all other values, go the slow and obvious way. */
#include "digits.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define LEAST_EXPONENT (-4)
#define MOST_EXPONENT 14

static const long double POWERS[] = {1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,  1e7L,  1e8L,  1e9L, 1e10L,
                                     1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L, 1e20L};

/* D as "123.45", its p digits with the point after digit `exponent`; zeros at the end are left out. */
static size_t place_point(uint64_t d, int p, int exponent, char *out) {
    char digit[24];
    size_t n = 0;
    for (int i = p - 1; i >= 0; i--, d /= 10) digit[i] = (char)('0' + d % 10);
    while (p > 1 && p > exponent + 1 && digit[p - 1] == '0') p--;
    if (exponent < 0) {
        out[n++] = '0';
        out[n++] = '.';
        for (int i = -1; i > exponent; i--) out[n++] = '0';
    }
    for (int i = 0; i < p; i++) {
        if (i == exponent + 1 && exponent >= 0) out[n++] = '.';
        out[n++] = digit[i];
    }
    out[n] = '\0';
    return n;
}

static size_t slowly(double value, char out[RLP_DOUBLE_TEXT]) { return strlen(rlp_double_shortest(value, out)); }

/* Length, or 0 where there is doubt. */
static size_t quickly(double value, char *out) {
    int exponent = MOST_EXPONENT;
    uint64_t bits, ulp_bits;
    double ulp;
    memcpy(&bits, &value, sizeof bits);
    ulp_bits = ((bits >> 52) - 52) << 52;
    memcpy(&ulp, &ulp_bits, sizeof ulp);
    while (exponent > 0 && value < (double)POWERS[exponent]) exponent--;
    if (value < 1)
        for (exponent = -1; value * (double)POWERS[-exponent] < 1;) exponent--;
    if (exponent < LEAST_EXPONENT) return 0; /* below a power of two doubles lie closer, but 2^-13 ... 2^-1 have few digits: off is 0 */
    for (int p = DBL_DIG; p <= DBL_DECIMAL_DIG; p++) {
        long double power = POWERS[p - 1 - exponent], scaled = (long double)value * power, whole = floorl(scaled + 0.5L);
        long double off = fabsl(scaled - whole), half = 0.5L * ulp * power, doubt = scaled * (2 * LDBL_EPSILON);
        if (off > 0.5L - doubt || fabsl(off - half) <= doubt) return 0;
        if (off > half) continue;
        if (whole >= POWERS[p] || whole < POWERS[p - 1]) return 0;
        return place_point((uint64_t)whole, p, exponent, out);
    }
    return 0;
}

size_t digits_shortest(double value, char out[RLP_DOUBLE_TEXT]) {
    size_t n = 0;
    if (LDBL_MANT_DIG < 64 || !(value >= 1e-4 && value < 1e15) || value == floor(value)) return slowly(value, out);
    n = quickly(value, out);
    return n ? n : slowly(value, out);
}
