/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rlp_double_shortest in a tenth of the time, with the same bytes: a curve of a million patients is fifty million numbers. */
#ifndef RELAPSE_REPORT_DIGITS_H
#define RELAPSE_REPORT_DIGITS_H

#include "relapse/text.h"

/* Shortest decimal that reads back, as rlp_double_shortest; returns its length. */
size_t digits_shortest(double value, char out[RLP_DOUBLE_TEXT]);

#endif
