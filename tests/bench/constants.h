/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The constants of the cost model of `auto`, measured each by small processes that differ in one thing, beside those in force. */
#ifndef RELAPSE_TESTS_CONSTANTS_H
#define RELAPSE_TESTS_CONSTANTS_H

/* About so many CPU seconds; prints a table. */
void bench_constants(double seconds);

#endif
