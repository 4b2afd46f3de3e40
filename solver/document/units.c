/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Units: a closed list per dimension; UDUNITS-2 says what each is worth. Its own parser never sees user text, since it takes "7 d" for a
 * rate's reciprocal, "1,5" and "5 10" for products, and month and year for astronomical ones. */
#include <math.h>
#include <string.h>
#include <udunits2.h>

#include "tree.h"

typedef struct {
    rlp_dimension_t dimension;
    const char *unit;     /* as users write it */
    const char *standard; /* as UDUNITS reads it */
} unit_t;

static const unit_t UNITS[] = {
    {RLP_DIMENSION_SHARE, "%", "0.01"},
    {RLP_DIMENSION_COUNT, "cells", "1"},
    {RLP_DIMENSION_COUNT, "cell", "1"},
    {RLP_DIMENSION_TIME, "d", "day"},
    {RLP_DIMENSION_TIME, "h", "hour"},
    {RLP_DIMENSION_TIME, "min", "minute"},
    {RLP_DIMENSION_TIME, "wk", "7 day"},
    {RLP_DIMENSION_TIME, "mo", "30.4375 day"},
    {RLP_DIMENSION_TIME, "yr", "365.25 day"},
    {RLP_DIMENSION_TIME, "y", "365.25 day"},
    {RLP_DIMENSION_RATE, "/d", "day-1"},
    {RLP_DIMENSION_RATE, "/h", "hour-1"},
    {RLP_DIMENSION_RATE, "/min", "minute-1"},
    {RLP_DIMENSION_RATE, "/wk", "(7 day)-1"},
    {RLP_DIMENSION_RATE, "/mo", "(30.4375 day)-1"},
    {RLP_DIMENSION_RATE, "/yr", "(365.25 day)-1"},
    {RLP_DIMENSION_RATE, "/y", "(365.25 day)-1"},
    {RLP_DIMENSION_RATE, "%/d", "0.01 day-1"},
    {RLP_DIMENSION_RATE, "%/mo", "(3043.75 day)-1"},
    {RLP_DIMENSION_RATE, "%/yr", "(36525 day)-1"},
    {RLP_DIMENSION_RATE, "%/y", "(36525 day)-1"},
    {RLP_DIMENSION_LENGTH, "mm", "mm"},
    {RLP_DIMENSION_LENGTH, "cm", "cm"},
    {RLP_DIMENSION_LENGTH, "um", "um"},
    {RLP_DIMENSION_MASS, "mg", "mg"},
    {RLP_DIMENSION_MASS, "g", "g"},
    {RLP_DIMENSION_MASS, "ug", "ug"},
    {RLP_DIMENSION_VOLUME, "L", "litre"},
    {RLP_DIMENSION_VOLUME, "mL", "mL"},
    {RLP_DIMENSION_CONCENTRATION, "mg/L", "mg/litre"},
    {RLP_DIMENSION_CONCENTRATION, "ug/mL", "ug/mL"},
    {RLP_DIMENSION_CONCENTRATION, "ng/mL", "ng/mL"},
    {RLP_DIMENSION_CONCENTRATION, "ug/L", "ug/litre"},
    {RLP_DIMENSION_CONCENTRATION, "mg/mL", "mg/mL"},
    {RLP_DIMENSION_MOLAR_MASS, "g/mol", "g/mol"},
    {RLP_DIMENSION_CLEARANCE, "L/h", "litre/hour"},
    {RLP_DIMENSION_CLEARANCE, "L/d", "litre/day"},
    {RLP_DIMENSION_CLEARANCE, "mL/min", "mL/minute"},
    {RLP_DIMENSION_CELL_DENSITY, "/cm3", "cm-3"},
    {RLP_DIMENSION_CELL_DENSITY, "/mm3", "mm-3"},
    {RLP_DIMENSION_CELL_DENSITY, "/mL", "mL-1"},
    {RLP_DIMENSION_WEIGHT, "kg", "kg"},
    {RLP_DIMENSION_AREA, "m2", "m2"},
    {RLP_DIMENSION_DOSE_PER_WEIGHT, "mg/kg", "mg/kg"},
    {RLP_DIMENSION_DOSE_PER_WEIGHT, "g/kg", "g/kg"},
    {RLP_DIMENSION_DOSE_PER_WEIGHT, "ug/kg", "ug/kg"},
    {RLP_DIMENSION_DOSE_PER_AREA, "mg/m2", "mg/m2"},
    {RLP_DIMENSION_DOSE_PER_AREA, "g/m2", "g/m2"},
    {RLP_DIMENSION_DOSE_PER_AREA, "ug/m2", "ug/m2"},
    {RLP_DIMENSION_TEMPERATURE, "C", "K"}, /* a degree is a degree: nothing is converted, and so no zero is either */
    {RLP_DIMENSION_COOLING, "K", "K"},
    {RLP_DIMENSION_FREQUENCY, "/s", "second-1"},
    {RLP_DIMENSION_MOLAR_ENERGY, "J/mol", "J/mol"},
    {RLP_DIMENSION_MOLAR_ENERGY, "kJ/mol", "kJ/mol"},
};
#define N_UNITS (sizeof UNITS / sizeof *UNITS)

/* Amounts of substance per volume, in umol/L: of use only with a molar mass. */
static const struct {
    const char *unit;
    double umol_per_L;
} MOLAR[] = {{"umol/L", 1}, {"uM", 1}, {"nmol/L", 1e-3}, {"nM", 1e-3}, {"mmol/L", 1e3}, {"mM", 1e3}};

static const struct {
    const char *unit, *words, *standard;
} DIMENSIONS[] = {
#define DIMENSION_ROW(name, unit, words) [RLP_DIMENSION_##name] = {unit, words, STANDARD_##name},
#define STANDARD_NUMBER "1"
#define STANDARD_SHARE "1"
#define STANDARD_COUNT "1"
#define STANDARD_TIME "day"
#define STANDARD_RATE "day-1"
#define STANDARD_LENGTH "mm"
#define STANDARD_MASS "mg"
#define STANDARD_VOLUME "litre"
#define STANDARD_CONCENTRATION "mg/litre"
#define STANDARD_MOLAR_MASS "g/mol"
#define STANDARD_CLEARANCE "litre/hour"
#define STANDARD_CELL_DENSITY "cm-3"
#define STANDARD_WEIGHT "kg"
#define STANDARD_AREA "m2"
#define STANDARD_DOSE_PER_WEIGHT "mg/kg"
#define STANDARD_DOSE_PER_AREA "mg/m2"
#define STANDARD_TEMPERATURE "K"
#define STANDARD_COOLING "K"
#define STANDARD_FREQUENCY "second-1"
#define STANDARD_MOLAR_ENERGY "J/mol"
    RLP_DIMENSION_LIST(DIMENSION_ROW)};

const char *rlp_dimension_unit(rlp_dimension_t dimension) { return DIMENSIONS[dimension].unit; }
const char *rlp_dimension_words(rlp_dimension_t dimension) { return DIMENSIONS[dimension].words; }

/* ---- UDUNITS ---------------------------------------------------------------------------------------------------------- */
/* A factor that is a short number, or one over a short number, is made exact, so that a conversion is one rounding (12 h are 0.5 d,
 * 5 % are 0.05) whatever happens inside UDUNITS. */
typedef struct {
    double times, over; /* value * times / over; times 0: not yet known */
} factor_t;

static bool snap(double *value) {
    double near = (double)(float)*value;
    if (fabs(near - *value) > 1e-12 * *value) return false;
    *value = near;
    return true;
}

static factor_t factor_of(double slope) {
    double inverse = 1 / slope;
    if (snap(&slope)) return (factor_t){slope, 1};
    if (snap(&inverse)) return (factor_t){1, inverse};
    return (factor_t){slope, 1};
}

static ut_system *the_system(void) {
    static ut_system *loaded;
    if (loaded) return loaded;
    ut_set_error_message_handler(ut_ignore);
    return loaded = ut_read_xml(NULL);
}

/* What one `from` is in `to`, 0 if that cannot be said. Same dimension means that the quotient has none: ut_are_convertible() would also
 * take reciprocals. */
static double slope_between(ut_system *units, const char *from, const char *to) {
    ut_unit *a = ut_parse(units, from, UT_UTF8), *b = ut_parse(units, to, UT_UTF8), *quotient = a && b ? ut_divide(a, b) : NULL;
    cv_converter *converter = quotient && ut_is_dimensionless(quotient) ? ut_get_converter(a, b) : NULL;
    double slope = converter ? cv_convert_double(converter, 1.0) : 0;
    if (converter) cv_free(converter);
    if (quotient) ut_free(quotient);
    if (b) ut_free(b);
    if (a) ut_free(a);
    return isfinite(slope) && slope > 0 ? slope : 0;
}

static const factor_t *factor(size_t row) {
    static factor_t factors[N_UNITS];
    if (factors[row].times != 0) return &factors[row];
    ut_system *units = the_system();
    double slope = units ? slope_between(units, UNITS[row].standard, DIMENSIONS[UNITS[row].dimension].standard) : 0;
    if (slope == 0) return NULL;
    factors[row] = factor_of(slope);
    return &factors[row];
}

/* ---- number and unit -------------------------------------------------------------------------------------------------- */
#define UNIT_ROOM 24

/* The unit as the tables spell it: no blanks, "u" for a micro sign, "/d" for "1/d", "/cm3" for "cells/cm3". False if too long to be one. */
static bool normalise(const char *text, char unit[UNIT_ROOM]) {
    size_t n = 0;
    bool blank = false;
    for (const char *c = text; *c; c++) {
        if (strchr(" \t\r\n", *c)) {
            blank = n > 0;
            continue;
        }
        bool micro = !strncmp(c, "\xc2\xb5", 2) || !strncmp(c, "\xce\xbc", 2);
        if (blank && *c != '/' && unit[n - 1] != '/') return false; /* two words */
        blank = false;
        if (n + 1 >= UNIT_ROOM) return false;
        unit[n++] = micro ? 'u' : *c;
        c += micro;
    }
    unit[n] = '\0';
    size_t skip = !strncmp(unit, "1/", 2) ? 1 : !strncmp(unit, "cells/", 6) ? 5 : 0;
    memmove(unit, unit + skip, n - skip + 1);
    return true;
}

static const unit_t *find_unit(const char *unit, rlp_dimension_t dimension) {
    for (size_t i = 0; i < N_UNITS; i++)
        if (UNITS[i].dimension == dimension && !strcmp(UNITS[i].unit, unit)) return &UNITS[i];
    return NULL;
}

static bool find_molar(const char *unit, double *umol_per_L) {
    for (size_t i = 0; i < sizeof MOLAR / sizeof *MOLAR; i++)
        if (!strcmp(MOLAR[i].unit, unit)) {
            *umol_per_L = MOLAR[i].umol_per_L;
            return true;
        }
    return false;
}

bool rlp_units_is_molar(const char *text) {
    double value;
    const char *end;
    char unit[UNIT_ROOM];
    return rlp_number_read(text, &value, &end) && normalise(end, unit) && find_molar(unit, &value);
}

bool rlp_units_is_bare(const char *text) {
    double value;
    const char *end;
    return rlp_number_read(text, &value, &end) && !end[strspn(end, " \t\r\n")];
}

static void expected(rlp_text_t *why, rlp_dimension_t dimension) { rlp_text_format(why, "; expected %s", rlp_dimension_words(dimension)); }

int rlp_dimension_noun(rlp_dimension_t dimension) {
    const char *words = rlp_dimension_words(dimension), *list = strstr(words, " (");
    return (int)(list ? (size_t)(list - words) : strlen(words));
}

static void blame_number(rlp_text_t *why, const char *text) {
    const char *c = text + strspn(text, " \t\r\n+-.");
    if (!*text)
        rlp_text_add(why, "it is empty");
    else if (!strncmp(c, "inf", 3) || !strncmp(c, "Inf", 3) || !strncmp(c, "INF", 3) || !strncmp(c, "nan", 3) || !strncmp(c, "NaN", 3) ||
             !strncmp(c, "NAN", 3))
        rlp_text_add(why, "it is not a finite number");
    else
        rlp_text_add(why, "it is not a number");
}

static void blame_rest(rlp_text_t *why, const char *rest, rlp_dimension_t dimension) {
    char unit[UNIT_ROOM];
    double ignored;
    const char *end, *c = rest + strspn(rest, " \t\r\n");
    if (*c == ',' && c == rest) {
        rlp_text_add(why, "a comma does not belong in a number (the decimal sign is a point)");
    } else if (rlp_number_read(c, &ignored, &end) || *c == '.') {
        rlp_text_add(why, "there are two numbers in it");
    } else if ((*c == 'x' || *c == 'X') && c == rest) {
        rlp_text_add(why, "hexadecimal numbers are not read");
    } else if (!normalise(c, unit)) {
        rlp_text_format(why, "'%.40s' is not a unit", c);
    } else if (find_molar(unit, &ignored)) {
        rlp_text_format(why, "'%s' %s", unit,
                        dimension == RLP_DIMENSION_CONCENTRATION ? "needs a molar_mass" : "is the unit of a molar concentration");
    } else {
        size_t i = 0;
        while (i < N_UNITS && strcmp(UNITS[i].unit, unit)) i++;
        if (i < N_UNITS)
            rlp_text_format(why, "'%s' is the unit of %.*s", unit, rlp_dimension_noun(UNITS[i].dimension),
                            rlp_dimension_words(UNITS[i].dimension));
        else
            rlp_text_format(why, "the unit '%s' is not known", unit);
    }
}

static int refuse(rlp_text_t *why, rlp_dimension_t dimension) {
    if (why) expected(why, dimension);
    return RLP_ERROR_INPUT;
}

static int convert(double number, const char *rest, rlp_dimension_t dimension, double molar_mass, double *value, rlp_text_t *why) {
    char unit[UNIT_ROOM];
    double umol_per_L;
    bool is_unit = normalise(rest, unit);
    const unit_t *row = is_unit ? find_unit(unit, dimension) : NULL;
    if (is_unit && !*unit) {
        *value = number;
    } else if (row) {
        const factor_t *f = factor((size_t)(row - UNITS));
        if (!f) {
            if (why) rlp_text_format(why, "UDUNITS-2 cannot convert '%s' here (is its table of units installed?)", unit);
            return RLP_ERROR_INTERNAL;
        }
        *value = number * f->times / f->over;
    } else if (is_unit && dimension == RLP_DIMENSION_CONCENTRATION && molar_mass > 0 && find_molar(unit, &umol_per_L)) {
        *value = number * umol_per_L * molar_mass / 1000; /* umol/L x g/mol = ug/L */
    } else {
        if (why) blame_rest(why, rest, dimension);
        return refuse(why, dimension);
    }
    return RLP_OK;
}

int rlp_units_parse_molar(const char *text, rlp_dimension_t dimension, double molar_mass, double *value, rlp_text_t *why) {
    double number;
    const char *rest;
    *value = 0;
    if (!rlp_number_read(text, &number, &rest)) {
        if (why) blame_number(why, text);
        return refuse(why, dimension);
    }
    int rc = convert(number, rest, dimension, molar_mass, value, why);
    if (rc || isfinite(*value)) return rc;
    *value = 0;
    if (why) rlp_text_add(why, "it is too large for a number");
    return RLP_ERROR_INPUT;
}

int rlp_units_parse(const char *text, rlp_dimension_t dimension, double *value, rlp_text_t *why) {
    return rlp_units_parse_molar(text, dimension, 0, value, why);
}
