/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every row of inputs/library.yaml: its direction and its size, on compiled rates, against its law worked out by hand. Each row is compiled as
 * shipped, switched off, half as strong (`scale: 0.5`), and replaced by a row a quarter as strong (`instead_of`). Arrows of the list that are
 * no rows have their tests in test_library_elsewhere.c.
 *
 * A law below is a function of the scale: 1 as shipped, 0 switched off. The tolerance is engine.error/10 of the row's own effect,
 * and 5e-5 of the rate for what stands still and yet loses a hundred-thousandth a day. */
#include "library_test.h"

#define ERROR 0.01

/* ---- arithmetic ------------------------------------------------------------------------------------------------------------ */
#define T 20.0 /* days that are compiled, and that means are over */
static double fade(double tau) { return tau / T * (1 - exp(-T / tau)); } /* mean of a jump of 1 that returns */
static double rise(double tau) { return 1 - fade(tau); }                 /* mean of what a step of 1 pulls along */
static double hill(double z, double power) { return pow(z, power) / (1 + pow(z, power)); }
static double factor(double value, double scale) { return 1 + (value - 1) * scale; }
static double probe(double departure) { return DEATH + PROBED * departure; }
static double tki(double level, double shift) { return DEATH + 0.05 * hill(level / shift, 1.5); } /* in units of the half level */
static double sorafenib(double level, double shift) { return BIRTH - 0.55 * GROWTH * hill(level / shift, 1.5); }
static double met4(double f) { return tki(10, 1 + 99 * f); } /* shift 100, protection times f, at ten half levels */

/* ---- the laws, in the order of the library ------------------------------------------------------------------------------------ */
static double m03(double s) { return probe((pow(0.39, s) - 1) * fade(30)); }
static double m03h(double s) { return probe(0.61 * s * rise(1)); }
static double m06(double s) { return probe(1.15 * 0.6 * s * rise(1)); }
static double m06_leak(double s) { return probe(0.2 * 1.15 * 0.6 * s * (1 - 2 / T)); } /* two steps of 1 d in a row */
static double m06i(double s) { return probe(0.3 * s * fade(1)); }
static double m07(double s) { return probe(-0.5 * fade(30 / (1 + 0.7 * s))); }
static double m08(double s) { return probe(-0.5 * fade(30 / (1 - 0.25 * s))); }
static double m08l(double s) { return 0.003 + probe(-0.5 * fade(30 / (1 - 0.4 * s))); }
static double m08v(double s) { return probe(-0.5 * fade(30 / (1 - 0.4 * s))); }
static double m09(double s) { return BIRTH * (1 - 0.15 * 0.5 * s); }
static double m47(double s) { return probe(-0.15 * s * rise(30)); }
static double m47d(double s) { return BIRTH - 0.25 * 0.5 * s * GROWTH; }
static double m47e(double s) { return sorafenib(1, 1) * (1 - 0.25 * 0.5 * s * GROWTH / BIRTH); }
static double m02i(double s) { return probe(s * fade(2)); }
static double m02(double s) { return DEATH + 0.15 * 0.5 * s; }
static double m02_stem(double s) { return 0.5 * DEATH + 0.15 * 0.5 * 0.3 * s; }
static double m38(double s) { return DEATH + 0.15 * 0.5 * (1 + 0.2 * s * (T - 10) / T); }
static double m45(double s) { return tki(factor(0.7, s), 1); }
static double m45_sorafenib(double s) { return sorafenib(factor(0.7, s), 1); }
static double m45m(double s) { return tki(factor(1 / 0.85, s), 1); }
static double m11(double s) { return probe((pow(0.7, s) - 1) * fade(21)); }
static double m11h(double s) { return probe((pow(0.6, s) - 1) * fade(21)); }
static double m39(double s) { return sorafenib(factor(0.7, s), 1); }
static double m39c(double s) { return DEATH + 0.15 * 0.5 * factor(0.7, s); }
static double m40(double s) {
    double sum = 0;
    for (int i = 0; i < 1000; i++) sum += sorafenib(factor(exp(-0.005 * (i + 0.5) * T / 1000), s), 1) / 1000;
    return sum;
}
static double m12(double s) { return probe((pow(0.7, s) - 1) * fade(14)); }
static double m12b(double s) { return probe((pow(1.9, s) - 1) * fade(14)); }
static double m12c(double s) { return probe((pow(1.2, s) - 1) * fade(14)); }
static double m12d(double s) { return probe((pow(0.9, s) - 1) * fade(14)); }
static double m12e(double s) { return probe((pow(0.35, s) - 1) * fade(14)); }
static double m12h(double s) { return probe(-0.3 * 0.6 * s * rise(14)); }
static double m12i(double s) { return probe(0.5 * 0.6 * s * rise(14)); }
static double m13(double s) { return tki(factor(1 / 0.85, s), 2); }
static double m28(double s) { return 1e-3 * (1 + 2 * 0.5 * s); }
static double m04(double s) { return probe(0.3 * 0.6 * s * rise(2)); }
static double m05(double s) { return tki(1, factor(1 / 1.3, s)); }
static double m05b(double s) { return tki(1, 1 + 1.5 * 0.6 * s); }
static double m50(double s) { return sorafenib(1, factor(1 / 1.3, s)); }
static double m50b(double s) { return sorafenib(1, 1 + 1.5 * 0.6 * s); }
static double m14i(double s) { return probe(s * fade(5)); }
static double m14i_late(double s) { return probe(s * fade(14)); }
static double m17(double s) { return met4(factor(exp(-1.2 * 0.5), s)); }
static double m17b(double s) { return met4(1 + 0.5 * 0.5 * s); }
static double m27i(double s) { return probe(s * fade(5)); }
static double m27(double s) { return DEATH + 0.025 * (1 - 0.8 * (1 - 0.5 * 0.5 * s)); }
static double m27m(double s) { return met4(1 - 0.5 * 0.5 * s); }
static double m33(double s) { return BIRTH * (1 + 0.1 * 0.5 * s); }
static double m34(double s) { return 1e-3 * (1 + 2 * s * 14 / T); }
static double m29(double s) { return 2e-4 * (1 + 2 * 0.6 * s); }
static double m29h(double s) { return 2e-4 * (1 + 0.5 * s); }
static double m30(double s) { return 2e-4 * (1 - 0.8 * 0.5 * s); }
static double m30l(double s) { return 0.01 * (1 + 3.2 * 0.5 * s); }
static double m32(double s) { return 3e-5 * (1 + 3 * 0.5 * s); }
static double m48(double s) { return 0.5 * DEATH + 0.016 * 0.5 * s; }
static double m49(double s) { return 3e-5 * (1 + 2 * 0.5 * s); }
static double m49_stem(double s) { return 2e-4 * (1 + 2 * 0.5 * s); }
static double m49k(double s) { return 3e-5 * (1 + 0.5 * s); }
static double m51(double s) { return 0.003 + 0.025 * (1 - 0.9 * (1 - s)); }
static double m51b(double s) { return 0.003 + 0.025 * 0.1 + 0 * s; }
static double m10(double s) { return probe(0.3 * s * fade(7)); }
static double m18(double s) { return probe((pow(0.4, s) - 1) * fade(14)); }
static double m19(double s) { return probe(s * fade(7)); }
static double m19d(double s) { return probe(0.5 * s * rise(3)); }
static double m19e(double s) { return probe(3.6 * 0.1 * s * rise(24)); }
static double m20(double s) { return DEATH + 0.01 * (0.5 - 0.1 / 1.1) * s; }
static double m20_stem(double s) { return 0.5 * DEATH + 0.5 * 0.01 * (0.5 - 0.1 / 1.1) * s; }
static double m20s(double s) { return DEATH + 0.01 * (0.5 * factor(1.0 / 3, s) - 0.1 / 1.1 * factor(0.5, s)); }
static double m21(double s) { return DEATH + 0.01 * (0.5 * (1 + 2 * 0.5 * s) - 0.1 / 1.1); }
static double m21x(double s) { return probe(0.9 * fade(24 / (1 + 1.2 * s))); }
static double m21e(double s) { return probe(0.9 * fade(24 / (1 + 1.2 * (1 - 0.5 * s)))); }
static double m22(double s) { return probe(2.5 * 0.9 * s * rise(50)); }
static double m22e(double s) { return probe(0.072 * 0.5 * s * rise(24)); }
static double m23(double s) { return probe(0.5 * 0.6 * s * rise(14)); }
static double m46(double s) { return probe(0.2 * s * rise(1)); }
static double m25(double s) { return met4(1 - 0.5 * s); }
static double m41(double s) { return BIRTH * (1 + 0.2 * s * (T - 3) / T); } /* three doses; the window of 21 d is open from day 3 */

/* ---- the cases -------------------------------------------------------------------------------------------------------------------- */
#define STAYS(signal) signal ": {tau: 1.0e+5 d}"
#define SET(signal, add) "SET_" signal ": {from: set, to: " signal ", law: impulse, add: " add "}"
#define PROBE(signal) "PROBE: {from: " signal ", to: death, law: factor, slope: 0.5}"
#define DO(what) "{do: " what ", at: 0 d}"

typedef enum { OF_BIRTH, OF_DEATH, OF_CHANNEL } of_t;
typedef struct {
    const char *name, *row, *with; /* of the case; the row; other rows that are on */
    const char *stays, *more;      /* signals that stand still; rows of the case's own, two at most */
    const char *more_too, *arm;
    of_t of;
    const char *what; /* a type, or a channel */
    double (*law)(double scale);
    const char *untouched; /* a type or channel that the row must leave alone */
} case_t;

static const case_t CASES[] = {
    {"M03 perfusion falls", "M03", "", "", PROBE("perfusion"), "", DO("tace"), OF_DEATH, "core/none", m03, "distant/none"},
    {"M03h hypoxia", "M03h", "", STAYS("perfusion"), SET("perfusion", "-0.61"), PROBE("hypoxia"), DO("set"), OF_DEATH, "margin/none", m03h, "distant/none"},
    {"M06 VEGF", "M06", "", STAYS("hypoxia"), SET("hypoxia", "0.6"), PROBE("vegf"), DO("set"), OF_DEATH, "core/none", m06, NULL},
    {"M06 VEGF at distant sites", "M06", "", STAYS("hypoxia"), SET("hypoxia", "0.6"), PROBE("vegf"), DO("set"), OF_DEATH, "distant/none", m06_leak, NULL},
    {"M06i VEGF at once", "M06i", "", "", PROBE("vegf"), "", DO("tace"), OF_DEATH, "core/none", m06i, NULL},
    {"M07 vessels grow again", "M07", "", STAYS("vegf"), SET("vegf", "0.7") ", " SET("perfusion", "-0.5"), PROBE("perfusion"), DO("set"), OF_DEATH, "core/none", m07, "distant/none"},
    {"M08 sorafenib slows vessels", "M08", "", "", SET("perfusion", "-0.5"), PROBE("perfusion"), DO("set") ", " ONCE("sorafenib", SORAFENIB), OF_DEATH, "core/none", m08, "distant/none"},
    {"M08l lenvatinib slows vessels", "M08l", "", "", SET("perfusion", "-0.5"), PROBE("perfusion"), DO("set") ", " ONCE("lenvatinib", LENVATINIB), OF_DEATH, "core/none", m08l, "distant/none"},
    {"M08v apatinib slows vessels", "M08v", "", "", SET("perfusion", "-0.5"), PROBE("perfusion"), DO("set") ", " ONCE("apatinib", "0.05"), OF_DEATH, "core/none", m08v, "distant/none"},
    {"M08v bevacizumab slows vessels", "M08v", "", "", SET("perfusion", "-0.5"), PROBE("perfusion"), DO("set") ", " ONCE("bevacizumab", "10"), OF_DEATH, "core/none", m08v, "distant/none"},
    {"M09 supply feeds growth", "M09", "", STAYS("perfusion"), SET("perfusion", "-0.5"), "", DO("set"), OF_BIRTH, "core/none", m09, "distant/none"},
    {"M47 anti-angiogenics and perfusion", "M47", "", "", PROBE("perfusion"), "", ONCE("apatinib", "0.05"), OF_DEATH, "core/none", m47, "distant/none"},
    {"M47d and micrometastases", "M47d", "", "", "", "", ONCE("apatinib", "0.05"), OF_BIRTH, "distant/none", m47d, "core/none"},
    {"M47e sorafenib and micrometastases", "M47e", "", "", "", "", ONCE("sorafenib", SORAFENIB), OF_BIRTH, "distant/none", m47e, "core/none"},
    {"M02i the emulsion's drug", "M02i", "", "", PROBE("chemo"), "", DO("tace"), OF_DEATH, "core/none", m02i, "distant/none"},
    {"M02 local chemotherapy", "M02", "", STAYS("chemo"), SET("chemo", "0.5"), "", DO("set"), OF_DEATH, "core/none", m02, "distant/none"},
    {"M02 protects stem-like cells", "M02", "", STAYS("chemo"), SET("chemo", "0.5"), "", DO("set"), OF_DEATH, "core/stem", m02_stem, "distant/stem"},
    {"M38 drug before TACE", "M38", "M02", STAYS("chemo"), SET("chemo", "0.5"), "", DO("set") ", {give: sorafenib, every: 1 d}", OF_DEATH, "core/none", m38, "distant/none"},
    {"M45 delivery follows flow", "M45", "", STAYS("perfusion"), SET("perfusion", "-0.51"), "", DO("set") ", " ONCE("gefitinib", GEFITINIB), OF_DEATH, "core/none", m45, "distant/none"},
    {"M45 sorafenib's delivery", "M45", "", STAYS("perfusion"), SET("perfusion", "-0.51"), "", DO("set") ", " ONCE("sorafenib", SORAFENIB), OF_BIRTH, "margin/none", m45_sorafenib, "distant/none"},
    {"M45m delivery through the matrix", "M45m", "", STAYS("barrier"), SET("barrier", "-0.3"), "", DO("set") ", " ONCE("gefitinib", GEFITINIB), OF_DEATH, "core/none", m45m, "distant/none"},
    {"M11 TACE loosens the matrix", "M11", "", "", PROBE("barrier"), "", DO("tace"), OF_DEATH, "core/none", m11, "distant/none"},
    {"M11h heat loosens the matrix", "M11h", "", "", PROBE("barrier"), "", DO("rfa"), OF_DEATH, "margin/none", m11h, "distant/none"},
    {"M39 too strong", "M39", "", "", "", "", ONCE("sorafenib", SORAFENIB), OF_BIRTH, "core/none", m39, "distant/none"},
    {"M39c too strong for chemotherapy", "M39c", "M02", STAYS("chemo"), SET("chemo", "0.5"), "", DO("set"), OF_DEATH, "core/none", m39c, "distant/none"},
    {"M40 exposure falls", "M40", "", "", "", "", "{give: sorafenib, every: 1.0e+5 d, dose: 1.4 mg}", OF_BIRTH, "distant/none", m40, NULL},
    {"M12 pumps fall (review)", "M12", "", "", PROBE("efflux_activity"), "", DO("tace"), OF_DEATH, "core/none", m12, "distant/none"},
    {"M12b infusion", "M12b", "", "", PROBE("efflux_activity"), "", DO("tace"), OF_DEATH, "core/none", m12b, "distant/none"},
    {"M12c oil", "M12c", "", "", PROBE("efflux_activity"), "", DO("tace"), OF_DEATH, "core/none", m12c, "distant/none"},
    {"M12d oil and sponge", "M12d", "", "", PROBE("efflux_activity"), "", DO("tace"), OF_DEATH, "core/none", m12d, "distant/none"},
    {"M12e ethanol-oil and sponge", "M12e", "", "", PROBE("efflux_activity"), "", DO("tace"), OF_DEATH, "core/none", m12e, "distant/none"},
    {"M12h hypoxia lowers pumps (review)", "M12h", "", STAYS("hypoxia"), SET("hypoxia", "0.6"), PROBE("efflux_activity"), DO("set"), OF_DEATH, "core/none", m12h, "distant/none"},
    {"M12i hypoxia raises pumps (published)", "M12i", "", STAYS("hypoxia"), SET("hypoxia", "0.6"), PROBE("efflux_activity"), DO("set"), OF_DEATH, "core/none", m12i, "distant/none"},
    {"M13 pumps and the level within", "M13", "", STAYS("efflux_activity"), SET("efflux_activity", "-0.3"), "", DO("set") ", " ONCE("gefitinib", GEFITINIB), OF_DEATH, "core/efflux", m13, "core/none"},
    {"M28 pumps under drug", "M28", "", "", "", "", ONCE("gefitinib", GEFITINIB), OF_CHANNEL, "distant/none->distant/efflux", m28, "distant/efflux->distant/none"},
    {"M04 hypoxia and the target", "M04", "", STAYS("hypoxia"), SET("hypoxia", "0.6"), PROBE("expression"), DO("set"), OF_DEATH, "core/none", m04, "distant/none"},
    {"M05 more target, better drug (review)", "M05", "", STAYS("expression"), SET("expression", "0.3"), "", DO("set") ", " ONCE("gefitinib", GEFITINIB), OF_DEATH, "core/none", m05, "distant/none"},
    {"M05b hypoxia raises the IC50 (published)", "M05b", "", STAYS("hypoxia"), SET("hypoxia", "0.6"), "", DO("set") ", " ONCE("gefitinib", GEFITINIB), OF_DEATH, "core/none", m05b, "distant/none"},
    {"M50 more target, better sorafenib", "M50", "", STAYS("expression"), SET("expression", "0.3"), "", DO("set") ", " ONCE("sorafenib", SORAFENIB), OF_BIRTH, "core/none", m50, "distant/none"},
    {"M50b the opposite", "M50b", "", STAYS("hypoxia"), SET("hypoxia", "0.6"), "", DO("set") ", " ONCE("sorafenib", SORAFENIB), OF_BIRTH, "core/none", m50b, "distant/none"},
    {"M14i sublethal heat", "M14i", "", "", PROBE("heat"), "", DO("mwa"), OF_DEATH, "margin/none", m14i, "core/none"},
    {"M14i its late part", "M14i", "", "", PROBE("late_heat"), "", DO("rfa"), OF_DEATH, "margin/none", m14i_late, "core/none"},
    {"M17 heat lowers MET (review)", "M17", "", STAYS("heat"), SET("heat", "0.5"), "", DO("set") ", " ONCE("gefitinib", "0.26814"), OF_DEATH, "margin/met4", m17, "core/met4"},
    {"M17b heat raises MET (published)", "M17b", "", STAYS("heat"), SET("heat", "0.5"), "", DO("set") ", " ONCE("gefitinib", "0.26814"), OF_DEATH, "margin/met4", m17b, "margin/t790m"},
    {"M27i shock", "M27i", "", "", PROBE("shock"), "", DO("tace"), OF_DEATH, "core/none", m27i, "distant/none"},
    {"M27 interventions and bypass", "M27", "", STAYS("shock"), SET("shock", "0.5"), "", DO("set") ", " ONCE("gefitinib", GEFITINIB), OF_DEATH, "core/bypass", m27, "core/unknown"},
    {"M27m interventions and MET", "M27m", "", STAYS("shock"), SET("shock", "0.5"), "", DO("set") ", " ONCE("gefitinib", "0.26814"), OF_DEATH, "core/met4", m27m, "distant/met4"},
    {"M33 survivors of heat grow faster", "M33", "", STAYS("late_heat"), SET("late_heat", "0.5"), "", DO("set"), OF_BIRTH, "margin/none", m33, "core/none"},
    {"M34 incomplete ablation seeds", "M34", "", "", "", "", DO("rfa"), OF_CHANNEL, "margin/none->distant/none", m34, "core/none->distant/none"},
    {"M29 hypoxia and stem-like cells", "M29", "", STAYS("hypoxia"), SET("hypoxia", "0.6"), "", DO("set"), OF_CHANNEL, "core/none->core/stem", m29, "distant/none->distant/stem"},
    {"M29h heat and stem-like cells", "M29h", "", STAYS("heat"), SET("heat", "0.5"), "", DO("set"), OF_CHANNEL, "margin/none->margin/stem", m29h, "core/none->core/stem"},
    {"M30 Notch/Wnt inhibitor, gain", "M30", "", "", "", "", ONCE("notch_wnt", "0.2"), OF_CHANNEL, "distant/none->distant/stem", m30, "core/none->core/quiet"},
    {"M30l Notch/Wnt inhibitor, loss", "M30l", "", "", "", "", ONCE("notch_wnt", "0.2"), OF_CHANNEL, "core/stem->core/none", m30l, "core/quiet->core/none"},
    {"M32 drug drives cells to rest", "M32", "", "", "", "", ONCE("gefitinib", GEFITINIB), OF_CHANNEL, "core/none->core/quiet", m32, "core/none->core/stem"},
    {"M48 Notch/Wnt inhibitor kills stem-like cells", "M48", "", "", "", "", ONCE("notch_wnt", "0.2"), OF_DEATH, "core/stem", m48, "core/none"},
    {"M49 heat drives cells to rest", "M49", "", STAYS("heat"), SET("heat", "0.5"), "", DO("set"), OF_CHANNEL, "margin/none->margin/quiet", m49, "core/none->core/quiet"},
    {"M49 heat and stem-like gain", "M49", "", STAYS("heat"), SET("heat", "0.5"), "", DO("set"), OF_CHANNEL, "margin/none->margin/stem", m49_stem, "core/none->core/stem"},
    {"M49k chemotherapy drives cells to rest", "M49k", "", STAYS("chemo"), SET("chemo", "0.5"), "", DO("set"), OF_CHANNEL, "core/none->core/quiet", m49k, "distant/none->distant/quiet"},
    {"M51 drug clears resting cells (review)", "M51", "", "", "", "", ONCE("gefitinib", GEFITINIB), OF_DEATH, "core/quiet", m51, "core/none"},
    {"M51b resting cells survive (published)", "M51b", "", "", "", "", ONCE("gefitinib", GEFITINIB), OF_DEATH, "core/quiet", m51b, "core/none"},
    {"M10 TACE and antigen", "M10", "", "", PROBE("antigen"), "", DO("tace"), OF_DEATH, "distant/none", m10, NULL},
    {"M18 heat and suppressor cells", "M18", "", "", PROBE("suppressor"), "", DO("mwa"), OF_DEATH, "margin/none", m18, "distant/none"},
    {"M19 heat and antigen", "M19", "", "", PROBE("antigen"), "", DO("rfa"), OF_DEATH, "distant/none", m19, NULL},
    {"M19d maturation", "M19d", "", STAYS("antigen"), SET("antigen", "0.5"), PROBE("dendritic"), DO("set"), OF_DEATH, "core/none", m19d, NULL},
    {"M19e priming", "M19e", "", STAYS("dendritic"), SET("dendritic", "0.1"), PROBE("effector"), DO("set"), OF_DEATH, "core/none", m19e, NULL},
    {"M20 T cells kill", "M20", "", STAYS("effector"), SET("effector", "0.9"), "", DO("set"), OF_DEATH, "distant/none", m20, NULL},
    {"M20 stem-like cells half", "M20", "", STAYS("effector"), SET("effector", "0.9"), "", DO("set"), OF_DEATH, "core/stem", m20_stem, NULL},
    {"M20s suppressors", "M20s", "M20", STAYS("effector") ", " STAYS("suppressor"), SET("effector", "0.9") ", " SET("suppressor", "1"), "", DO("set"), OF_DEATH, "core/none", m20s, NULL},
    {"M21 blockade", "M21", "M20", STAYS("effector"), SET("effector", "0.9"), "", DO("set") ", " ONCE("pembrolizumab", "1"), OF_DEATH, "core/none", m21, NULL},
    {"M21x exhaustion", "M21x", "", "", SET("effector", "0.9"), PROBE("effector"), DO("set"), OF_DEATH, "core/none", m21x, NULL},
    {"M21e blockade defers exhaustion", "M21e", "M21x", "", SET("effector", "0.9"), PROBE("effector"), DO("set") ", " ONCE("pembrolizumab", "1"), OF_DEATH, "core/none", m21e, NULL},
    {"M22 memory", "M22", "", STAYS("effector"), SET("effector", "0.9"), PROBE("memory"), DO("set"), OF_DEATH, "core/none", m22, NULL},
    {"M22e recall", "M22e", "", STAYS("memory"), SET("memory", "0.5"), PROBE("effector"), DO("set"), OF_DEATH, "core/none", m22e, NULL},
    {"M23 hypoxia and suppressors", "M23", "", STAYS("hypoxia"), SET("hypoxia", "0.6"), PROBE("suppressor"), DO("set"), OF_DEATH, "core/none", m23, "distant/none"},
    {"M46 suppressors and VEGF", "M46", "", STAYS("suppressor"), SET("suppressor", "1"), PROBE("vegf"), DO("set"), OF_DEATH, "core/none", m46, NULL},
    {"M25 a MET inhibitor", "M25", "", "", "", "", ONCE("capmatinib", "0.0008248") ", " ONCE("gefitinib", "0.26814"), OF_DEATH, "distant/met4", m25, "distant/bypass"},
    {"M41 flare", "M41", "", "", "", "", "{give: gefitinib, every: 1 d, doses: 3}", OF_BIRTH, "distant/none", m41, NULL},
};
#define N_CASES (sizeof CASES / sizeof *CASES)

/* ---- one compile -------------------------------------------------------------------------------------------------------------------- */
/* The row's own keys but for `enabled` and `instead_of`, as a row that stands instead of it. */
static void write_replacement(rlp_text_t *out, const rlp_node_t *row) {
    rlp_text_add(out, "  REPLACED: {");
    for (size_t i = 0; i < row->n_items; i++) {
        if (!strcmp(row->items[i]->key, "enabled") || !strcmp(row->items[i]->key, "instead_of")) continue;
        rlp_text_format(out, "%s: ", row->items[i]->key);
        rlp_node_write(row->items[i], out);
        rlp_text_add(out, ", ");
    }
    rlp_text_format(out, "scale: 0.25, instead_of: %s}\n", row->key);
}

typedef enum { SHIPPED, OFF, HALF, REPLACED } how_t;
static const double SCALE[] = {[SHIPPED] = 1, [OFF] = 0, [HALF] = 0.5, [REPLACED] = 0.25};
static const char *const WORDS[] = {"as shipped", "switched off", "half as strong", "replaced"};

static void write_study(rlp_text_t *out, const case_t *c, const rlp_node_t *rows, how_t how) {
    char on[128];
    snprintf(on, sizeof on, "%s %s", c->with, how == OFF ? "" : c->row);
    rlp_text_format(out, STUDY STILL_DRUGS SETTING "signals: {%s}\nmechanisms:\n", c->stays);
    for (size_t i = 0; i < rows->n_items; i++) {
        const char *name = rows->items[i]->key;
        bool scaled = how == HALF && !strcmp(name, c->row);
        rlp_text_format(out, "  %s: {enabled: %s%s}\n", name, is_listed(on, name) ? "true" : "false", scaled ? ", scale: 0.5" : "");
        if (how == REPLACED && !strcmp(name, c->row)) write_replacement(out, rows->items[i]);
    }
    const char *more[] = {c->more, c->more_too};
    for (size_t i = 0; i < 2; i++) {
        const char *from = more[i], *comma;
        while ((comma = strstr(from, "}, "))) { /* one row a line */
            rlp_text_add(out, "  ");
            rlp_text_add_bytes(out, from, (size_t)(comma - from) + 1);
            rlp_text_add(out, "\n");
            from = comma + 3;
        }
        rlp_text_format(out, "  %s\n", from);
    }
    rlp_text_format(out, "arms: {x: [%s]}\n", c->arm);
}

static size_t slot_of(const compiled_t *compiled, of_t of, const char *what) {
    return of == OF_BIRTH ? birth_of(compiled, what) : of == OF_DEATH ? death_of(compiled, what) : rate_of(compiled, what);
}

static double compiled_rate(const case_t *c, const rlp_node_t *rows, how_t how, double *untouched) {
    compiled_t compiled;
    rlp_text_t text;
    rlp_text_init(&text);
    write_study(&text, c, rows, how);
    read_text(&compiled, rlp_text_string(&text));
    must_be_right(&compiled);
    assert_int_equal(compile_arm(&compiled, 0, T, ERROR), RLP_OK);
    double rate = mean_of(&compiled, slot_of(&compiled, c->of, c->what), 0, T);
    *untouched = c->untouched ? mean_of(&compiled, slot_of(&compiled, c->of, c->untouched), 0, T) : 0;
    compiled_free(&compiled);
    rlp_text_free(&text);
    return rate;
}

static void a_row_has_its_direction_and_size(void **state) {
    const case_t *c = *state;
    rlp_diagnostics_t *diagnostics;
    rlp_document_t *library;
    const rlp_node_t *rows = library_rows(&diagnostics, &library);
    double effect = fabs(c->law(1) - c->law(0)), untouched[4], found[4];
    for (int how = SHIPPED; how <= REPLACED; how++) {
        found[how] = compiled_rate(c, rows, (how_t)how, &untouched[how]);
        double expected = c->law(SCALE[how]), within = ERROR / 10 * effect + 5e-5 * expected;
        if (!(fabs(found[how] - expected) <= within))
            fail_msg("%s, %s: %.9g, by hand %.9g within %.2g", c->row, WORDS[how], found[how], expected, within);
        if (fabs(untouched[how] - untouched[SHIPPED]) > 1e-12)
            fail_msg("%s, %s: %s is %.12g, and %.12g as shipped", c->row, WORDS[how], c->untouched, untouched[how], untouched[SHIPPED]);
    }
    assert_true((found[SHIPPED] - found[OFF]) * (c->law(1) - c->law(0)) >= 0);
    rlp_document_free(library);
    rlp_diagnostics_free(diagnostics);
}

static void every_row_of_the_library_has_a_case_and_a_source(void **state) {
    (void)state;
    rlp_diagnostics_t *diagnostics;
    rlp_document_t *library;
    const rlp_node_t *rows = library_rows(&diagnostics, &library);
    for (size_t i = 0; i < rows->n_items; i++) {
        size_t k = 0;
        while (k < N_CASES && strcmp(CASES[k].row, rows->items[i]->key)) k++;
        if (k == N_CASES) fail_msg("no case for %s", rows->items[i]->key);
        if (!rlp_node_member(rows->items[i], "source")) fail_msg("%s has no source", rows->items[i]->key);
    }
    rlp_document_free(library);
    rlp_diagnostics_free(diagnostics);
}

int main(void) {
    struct CMUnitTest tests[N_CASES + 1];
    for (size_t i = 0; i < N_CASES; i++)
        tests[i] = (struct CMUnitTest){CASES[i].name, a_row_has_its_direction_and_size, NULL, NULL, (void *)(uintptr_t)&CASES[i]};
    tests[N_CASES] = (struct CMUnitTest)cmocka_unit_test(every_row_of_the_library_has_a_case_and_a_source);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
