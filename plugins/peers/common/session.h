/* session.h: poisson.h's reader of the task of a session, and what an answer is to the harness. SPDX-License-Identifier: Apache-2.0 */
#ifndef SESSION_H
#define SESSION_H

#include "poisson.h"
#include "solverbench.h"

static inline double session_number(void *run, const char *path)
{
    const sb_value *v = ((sb_run *)run)->field(run, path, 0);
    return v ? (v->as & SB_AS_LIST ? (double)v->integer : v->number) : 0;
}

static inline const void *session_elements(void *run, const char *path, int64_t *count)
{
    const sb_array *a = sb_get_array(run, path);
    *count = a ? a->count : 0;
    return a ? a->data : NULL;
}

static inline po_reader session_reader(sb_run *run) { return (po_reader){run, session_number, session_elements}; }

/* What a solve for p is that ended with u at a relative residual: short of the target, other than by rounding, it has failed. */
static inline int session_verdict(sb_run *run, const po_system *p, const double *u, double residual)
{
    double target = po_target(p);
    if (!isfinite(residual) || residual > 1e3)
        return sb_fail(run, SB_DIVERGED, "relative residual %g after %lld iterations", residual, (long long)run->iterations);
    if (residual > target && residual > po_rounding(p, u))
        return sb_fail(run, SB_FAILED, "relative residual %g after %lld iterations, expected %g", residual, (long long)run->iterations, target);
    return SB_OK;
}

#endif
