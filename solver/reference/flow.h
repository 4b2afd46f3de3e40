/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Flow: autonomous differential equations over stretches of constant rates, by GSL's rk8pd with steps of our own, because the error is measured
 * against |y| + |h y'| of each component (0 that begins to grow keeps its digits) or, for complex ones, of real and imaginary part together. What
 * begins as a high power of time (the end of a chain of mutations) has no digits at first, however short the step: errors below `floor` are none. */
#ifndef RELAPSE_REFERENCE_FLOW_H
#define RELAPSE_REFERENCE_FLOW_H

#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>
#include <stdbool.h>
#include <stddef.h>

#include "relapse/error.h"

typedef void (*flow_slope_t)(const double *y, double *slope, void *context);
/* What the error of each component is measured against instead of |y|. */
typedef void (*flow_size_t)(const double *y, double *size, void *context);

typedef struct {
    size_t n;      /* components */
    double floor;  /* of errors */
    size_t paired; /* component k < paired and component k + paired are one complex number; 0: none */
    flow_slope_t slope;
    flow_size_t size; /* NULL: |y| */
    void *context;
    gsl_odeiv2_system system;
    gsl_odeiv2_step *step;
    gsl_error_handler_t *handler; /* GSL's own aborts; ours is put back by flow_free */
    double *work;                 /* y before, error, slope before and after, sizes: 5 n */
    double h;                     /* the last step that was right: the next stretch begins with it */
} flow_t;

int flow_init(flow_t *, size_t n, size_t paired, double floor, flow_slope_t, void *context) RLP_MUST_USE;
void flow_free(flow_t *); /* safe after a failed init */
/* y over `days` of constant rates. RLP_ERROR_RATE where it leaves the range of doubles. */
int flow_run(flow_t *, double *y, double days) RLP_MUST_USE;

#endif
