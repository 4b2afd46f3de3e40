/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relapse/memory.h"
#include "relapse/reference.h"

#define ORDER 8

static int slope(double t, const double y[], double dydt[], void *context) {
    const flow_t *flow = context;
    (void)t;
    flow->slope(y, dydt, flow->context);
    return GSL_SUCCESS;
}

int flow_init(flow_t *flow, size_t n, size_t paired, double floor_of_errors, flow_slope_t how, void *context) {
    memset(flow, 0, sizeof *flow);
    flow->n = n;
    flow->paired = paired;
    flow->floor = floor_of_errors;
    flow->slope = how;
    flow->context = context;
    flow->system = (gsl_odeiv2_system){.function = slope, .dimension = n, .params = flow};
    flow->handler = gsl_set_error_handler_off();
    flow->step = gsl_odeiv2_step_alloc(gsl_odeiv2_step_rk8pd, n);
    int rc = flow->step ? RLP_NEW(flow->work, 5 * n) : RLP_ERROR_MEMORY;
    if (rc) flow_free(flow);
    return rc;
}

void flow_free(flow_t *flow) {
    if (!flow->n) return;
    if (flow->step) gsl_odeiv2_step_free(flow->step);
    free(flow->work);
    gsl_set_error_handler(flow->handler);
    memset(flow, 0, sizeof *flow);
}

/* The largest error of a step over what it may be; NaN where something is not finite. Of the slopes before and after the lesser counts: a step that ran
 * away ends where the slope is enormous, and must not excuse itself by it. */
static double worst(const flow_t *flow, const double *y, const double *error, const double *in, const double *out, double h) {
    double *sizes = flow->work + 4 * flow->n;
    if (flow->size) flow->size(y, sizes, flow->context);
    double most = 0;
    for (size_t k = 0; k < (flow->paired ? flow->paired : flow->n); k++) {
        double off = fabs(error[k]), size = (flow->size ? sizes[k] : fabs(y[k])) + h * fmin(fabs(in[k]), fabs(out[k]));
        if (flow->paired) {
            size_t m = k + flow->paired;
            off += fabs(error[m]);
            size += fabs(y[m]) + h * fmin(fabs(in[m]), fabs(out[m]));
        }
        double ratio = off / (RLP_REFERENCE_TOLERANCE * size + flow->floor);
        if (!(ratio <= most)) most = ratio;
        if (isnan(most)) return most;
    }
    return most;
}

int flow_run(flow_t *flow, double *y, double days) {
    double *before = flow->work, *error = before + flow->n, *in = error + flow->n, *out = in + flow->n, done = 0;
    size_t bytes = flow->n * sizeof *y;
    if (!(days > 0)) return RLP_OK;
    if (!(flow->h > 0)) flow->h = days;
    flow->slope(y, in, flow->context);
    while (done < days) {
        double left = days - done, h = flow->h < left * 0.9999 ? flow->h : left;
        memcpy(before, y, bytes);
        if (gsl_odeiv2_step_apply(flow->step, 0, h, y, error, in, out, &flow->system)) return rlp_fail(RLP_ERROR_INTERNAL, "the solver of differential equations failed");
        double ratio = worst(flow, y, error, in, out, h);
        if (ratio <= 1.1) {
            done = h == left ? days : done + h;
            memcpy(in, out, bytes);
            double grown = h * (ratio > 1e-8 ? fmin(5, 0.9 * pow(ratio, -1.0 / (ORDER + 1))) : 5);
            flow->h = ratio > 0.5 ? grown : fmax(grown, flow->h); /* a stretch's short last step says nothing about the next */
            continue;
        }
        memcpy(y, before, bytes);
        flow->h = h * (isnan(ratio) ? 0.2 : fmax(0.2, 0.9 * pow(ratio, -1.0 / ORDER)));
        if (!(flow->h > 1e-14 * days)) return rlp_fail(RLP_ERROR_RATE, "the deterministic equations leave the range of numbers within %g days", days);
    }
    return RLP_OK;
}
