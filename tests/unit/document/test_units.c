/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Numbers and units. */
#include <locale.h>
#include <math.h>

#include "document_test.h"

#define D(name) RLP_DIMENSION_##name

static void written_numbers_have_exactly_this_value(void **state) {
    (void)state;
    static const struct {
        const char *text;
        rlp_dimension_t dimension;
        double value;
    } CASES[] = {
        {"0.14 /d", D(RATE), 0.14},
        {"0.14/d", D(RATE), 0.14},
        {"0.14 1/d", D(RATE), 0.14},
        {"1/d", D(RATE), 1},
        {"5 %/d", D(RATE), 0.05},
        {"36525 %/yr", D(RATE), 1},
        {"5 % / yr", D(RATE), 0.05 / 365.25},
        {"0.14", D(RATE), 0.14},
        {"0.14 / d", D(RATE), 0.14},
        {"1 /h", D(RATE), 24},
        {"7 /wk", D(RATE), 1},
        {"30.4375 /mo", D(RATE), 1},
        {"365.25 /yr", D(RATE), 1},
        {"1 /y", D(RATE), 1 / 365.25},
        {"0.02 /mo", D(RATE), 0.02 / 30.4375},
        {"1 /min", D(RATE), 1440},
        {"12 h", D(TIME), 0.5},
        {"12h", D(TIME), 0.5},
        {"37 h", D(TIME), 37.0 / 24},
        {"28 d", D(TIME), 28},
        {"2 wk", D(TIME), 14},
        {"1 mo", D(TIME), 30.4375},
        {"5 y", D(TIME), 1826.25},
        {"5 yr", D(TIME), 1826.25},
        {"90 min", D(TIME), 0.0625},
        {"5 %", D(SHARE), 0.05},
        {"5%", D(SHARE), 0.05},
        {"0.14 %", D(SHARE), 0.14 / 100},
        {"-55 %", D(SHARE), -0.55},
        {"0.3", D(SHARE), 0.3},
        {"3.0e+10", D(COUNT), 3e10},
        {"3e10 cells", D(COUNT), 3e10},
        {"1 cell", D(COUNT), 1},
        {"250 mg", D(MASS), 250},
        {"0.25 g", D(MASS), 250},
        {"250000 ug", D(MASS), 250},
        {"250 \xc2\xb5g", D(MASS), 0.25},
        {"1.5 cm", D(LENGTH), 15},
        {"10 mm", D(LENGTH), 10},
        {"100 um", D(LENGTH), 0.1},
        {"405 L", D(VOLUME), 405},
        {"250 mL", D(VOLUME), 0.25},
        {"1.4 mg/L", D(CONCENTRATION), 1.4},
        {"1.4 ug/mL", D(CONCENTRATION), 1.4},
        {"27 ng/mL", D(CONCENTRATION), 0.027},
        {"446.9 g/mol", D(MOLAR_MASS), 446.9},
        {"14.2 L/h", D(CLEARANCE), 14.2},
        {"24 L/d", D(CLEARANCE), 1},
        {"1e9 /cm3", D(CELL_DENSITY), 1e9},
        {"1e6 cells/mm3", D(CELL_DENSITY), 1e9},
        {"1e9 /mL", D(CELL_DENSITY), 1e9},
        {"72.5 kg", D(WEIGHT), 72.5},
        {"1.8 m2", D(AREA), 1.8},
        {"15 mg/kg", D(DOSE_PER_WEIGHT), 15},
        {"0.015 g/kg", D(DOSE_PER_WEIGHT), 15},
        {"300 ug/kg", D(DOSE_PER_WEIGHT), 0.3},
        {"50 mg/m2", D(DOSE_PER_AREA), 50},
        {"1 g/m2", D(DOSE_PER_AREA), 1000},
        {"800 ug/m2", D(DOSE_PER_AREA), 0.8},
        {"52 C", D(TEMPERATURE), 52},
        {"90", D(TEMPERATURE), 90},
        {"3 K", D(COOLING), 3},
        {"3.27e91 /s", D(FREQUENCY), 3.27e91},
        {"578 kJ/mol", D(MOLAR_ENERGY), 578000},
        {"578000 J/mol", D(MOLAR_ENERGY), 578000},
        {"1e-4", D(NUMBER), 1e-4},
        {"+.5", D(NUMBER), 0.5},
        {"5.", D(NUMBER), 5},
        {"-0", D(NUMBER), 0},
        {" 7 ", D(NUMBER), 7},
        {"1E3", D(NUMBER), 1000},
        {"007", D(NUMBER), 7},
        {"1e-320", D(NUMBER), 1e-320},
        {"9007199254740993", D(NUMBER), 9007199254740992.0},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        double value = NAN;
        rlp_text_t why;
        rlp_text_init(&why);
        int rc = rlp_units_parse(CASES[i].text, CASES[i].dimension, &value, &why);
        if (rc || value != CASES[i].value)
            fail_msg("%s: rc %d, %.17g, expected %.17g (%s)", CASES[i].text, rc, value, CASES[i].value, rlp_text_string(&why));
        rlp_text_free(&why);
    }
}

static void a_product_of_units_is_right_to_rounding(void **state) {
    (void)state;
    double value;
    assert_int_equal(rlp_units_parse("50 mL/min", D(CLEARANCE), &value, NULL), RLP_OK);
    assert_true(fabs(value - 3) < 1e-14);
}

static void other_texts_are_refused_and_say_why(void **state) {
    (void)state;
    static const struct {
        const char *text;
        rlp_dimension_t dimension;
        const char *says;
    } CASES[] = {
        {"7 d", D(RATE), "'d' is the unit of a time; expected a rate (/d, /h, /min, /wk, /mo, /yr or /y)"},
        {"7 /d", D(TIME), "'/d' is the unit of a rate; expected a time ("},
        {"5 %", D(RATE), "'%' is the unit of a share"},
        {"5 %", D(NUMBER), "'%' is the unit of a share; expected a plain number"},
        {"5 mg", D(LENGTH), "'mg' is the unit of a mass"},
        {"5 mg", D(CONCENTRATION), "'mg' is the unit of a mass"},
        {"5 mL/d", D(CLEARANCE), "the unit 'mL/d' is not known"},
        {"3 furlong", D(LENGTH), "the unit 'furlong' is not known; expected a length (mm, cm, um)"},
        {"325 K", D(TEMPERATURE), "'K' is the unit of a difference of temperatures; expected a temperature in degrees Celsius (C)"},
        {"3 C", D(COOLING), "'C' is the unit of a temperature in degrees Celsius"},
        {"5 /min", D(FREQUENCY), "'/min' is the unit of a rate"},
        {"3 days", D(TIME), "the unit 'days' is not known"},
        {"3 M", D(TIME), "the unit 'M' is not known"},
        {"3 D", D(TIME), "the unit 'D' is not known"},
        {"3 month", D(TIME), "the unit 'month' is not known"},
        {"1 d-1", D(RATE), "the unit 'd-1' is not known"},
        {"5 umol/L", D(CONCENTRATION), "'umol/L' needs a molar_mass"},
        {"5 umol/L", D(MASS), "is the unit of a molar concentration"},
        {"1,5", D(NUMBER), "the decimal sign is a point"},
        {"1,000 cells", D(COUNT), "the decimal sign is a point"},
        {"1 2", D(NUMBER), "two numbers"},
        {"1 000", D(NUMBER), "two numbers"},
        {"1.5.2", D(NUMBER), "two numbers"},
        {"1-2", D(NUMBER), "two numbers"},
        {"5 d 3 h", D(TIME), "'d 3 h' is not a unit"},
        {"5 d later", D(TIME), "'d later' is not a unit"},
        {"50 % of start", D(SHARE), "is not a unit"},
        {"0x10", D(NUMBER), "hexadecimal"},
        {"0x1p3", D(NUMBER), "hexadecimal"},
        {"inf", D(NUMBER), "not a finite number"},
        {"-Infinity", D(NUMBER), "not a finite number"},
        {".inf", D(NUMBER), "not a finite number"},
        {"nan", D(NUMBER), "not a finite number"},
        {".NaN", D(NUMBER), "not a finite number"},
        {"1e400", D(NUMBER), "too large"},
        {"-1e308 /min", D(RATE), "too large"},
        {"", D(NUMBER), "it is empty"},
        {"d", D(TIME), "it is not a number"},
        {"/d", D(RATE), "it is not a number"},
        {"+", D(NUMBER), "it is not a number"},
        {".", D(NUMBER), "it is not a number"},
        {"e5", D(NUMBER), "it is not a number"},
        {"- 5", D(NUMBER), "it is not a number"},
        {"--5", D(NUMBER), "it is not a number"},
        {"1e", D(NUMBER), "the unit 'e' is not known"},
        {"1_000", D(NUMBER), "the unit '_000' is not known"},
        {"5 \xd0\xbc\xd0\xb3", D(MASS), "is not known"},
        {"5 dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", D(TIME), "is not a unit"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        double value = NAN;
        rlp_text_t why;
        rlp_text_init(&why);
        int rc = rlp_units_parse(CASES[i].text, CASES[i].dimension, &value, &why);
        if (rc != RLP_ERROR_INPUT || !strstr(rlp_text_string(&why), CASES[i].says))
            fail_msg("%s: rc %d, said '%s'", CASES[i].text, rc, rlp_text_string(&why));
        assert_int_equal(rlp_units_parse(CASES[i].text, CASES[i].dimension, &value, NULL), RLP_ERROR_INPUT);
        rlp_text_free(&why);
    }
}

static void molar_concentrations_need_a_molar_mass(void **state) {
    (void)state;
    double value;
    assert_true(rlp_units_is_molar("0.06 umol/L"));
    assert_true(rlp_units_is_molar("60 nM"));
    assert_false(rlp_units_is_molar("0.06 mg/L"));
    assert_false(rlp_units_is_molar("umol/L"));
    assert_int_equal(rlp_units_parse_molar("0.06 umol/L", D(CONCENTRATION), 446.9, &value, NULL), RLP_OK);
    assert_true(fabs(value - 0.026814) < 1e-15);
    assert_int_equal(rlp_units_parse_molar("60 nM", D(CONCENTRATION), 446.9, &value, NULL), RLP_OK);
    assert_true(fabs(value - 0.026814) < 1e-15);
    assert_int_equal(rlp_units_parse_molar("1.4 mg/L", D(CONCENTRATION), 446.9, &value, NULL), RLP_OK);
    assert_true(value == 1.4);
    assert_int_equal(rlp_units_parse_molar("0.06 umol/L", D(CONCENTRATION), NAN, &value, NULL), RLP_ERROR_INPUT);
    assert_int_equal(rlp_units_parse_molar("0.06 umol/L", D(MASS), 446.9, &value, NULL), RLP_ERROR_INPUT);
}

static void bare_numbers_are_known_as_such(void **state) {
    (void)state;
    assert_true(rlp_units_is_bare("0.5"));
    assert_true(rlp_units_is_bare(" 5e3 "));
    assert_false(rlp_units_is_bare("0.5 /d"));
    assert_false(rlp_units_is_bare("x"));
}

/* The words of a dimension are what an error shows as allowed: each unit in them must be taken. */
static void every_unit_that_a_message_offers_is_taken(void **state) {
    (void)state;
    for (int d = 0; d < RLP_DIMENSIONS; d++) {
        const char *list = strchr(rlp_dimension_words((rlp_dimension_t)d), '(');
        if (!list || d == RLP_DIMENSION_SHARE) continue;
        char copy[200], *save = NULL;
        snprintf(copy, sizeof copy, "%s", list + 1);
        copy[strcspn(copy, ");")] = '\0';
        for (char *unit = strtok_r(copy, ", ", &save); unit; unit = strtok_r(NULL, ", ", &save)) {
            char text[64];
            double value;
            if (!strcmp(unit, "or")) continue;
            snprintf(text, sizeof text, "2 %s", unit);
            if (rlp_units_parse(text, (rlp_dimension_t)d, &value, NULL) || !(value > 0)) fail_msg("%s", text);
        }
    }
}

static void the_locale_does_not_matter(void **state) {
    (void)state;
    static const char *const COMMA[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8", "ru_RU.UTF-8"};
    const char *set = NULL;
    for (size_t i = 0; i < sizeof COMMA / sizeof *COMMA && !set; i++) set = setlocale(LC_ALL, COMMA[i]);
    if (!set) skip();
    double value;
    int rc = rlp_units_parse("0.14 /d", D(RATE), &value, NULL);
    setlocale(LC_ALL, "C");
    assert_int_equal(rc, RLP_OK);
    assert_true(value == 0.14);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_numbers_have_exactly_this_value),
        cmocka_unit_test(a_product_of_units_is_right_to_rounding),
        cmocka_unit_test(other_texts_are_refused_and_say_why),
        cmocka_unit_test(molar_concentrations_need_a_molar_mass),
        cmocka_unit_test(bare_numbers_are_known_as_such),
        cmocka_unit_test(every_unit_that_a_message_offers_is_taken),
        cmocka_unit_test(the_locale_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
