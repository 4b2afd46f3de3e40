/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Founders: what cells that arise within a step of leap have become at its end, by Kendall's law over what is left of the step.
 *
 * Few are drawn one by one, at times of density ~ e^(l s); more in two batches at the nodes of Gauss's rule; many in one with the mean and the variance of these. */
#ifndef RELAPSE_ENGINE_FOUNDERS_H
#define RELAPSE_ENGINE_FOUNDERS_H

#include "looks.h"

/* Descendants in type `to` at the end of the step that `looks` is prepared for, of founders that arose at times of density ~ e^(l s) within it. RLP_COUNT_MAX + 1: an overflow. */
int64_t rlp_founders_grow(const rlp_looks_t *looks, rlp_stream_t *, int64_t founders, double l, size_t to);

#endif
