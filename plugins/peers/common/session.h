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
    int type = strcmp(path, "matrix.row_pointers") == 0 ? SB_INT64 : strcmp(path, "matrix.columns") == 0 ? SB_INT32 : SB_FLOAT64;
    *count = a ? a->count : 0;
    return a && a->type == type ? a->data : NULL;
}

static inline po_reader session_reader(sb_run *run) { return (po_reader){run, session_number, session_elements}; }

/* Whether the right-hand side has the grid's shape: SB_OK, or the error, which is told. */
static inline int session_shape(sb_run *run)
{
    const sb_array *f = sb_get_array(run, "rhs");
    int64_t axes = sb_count(run, "axes"), rank = session_number(run, "kind") == PO_MATRIX ? 1 : axes;
    if (!f || f->type != SB_FLOAT64 || f->rank != rank)
        return sb_fail(run, SB_INVALID, "rhs: expected an array of float64 with %lld axes", (long long)rank);
    for (int i = 0; i < axes && i < rank; i++) {
        char path[64];
        snprintf(path, sizeof path, "axes.%d.points", i);
        if (f->shape[i] != sb_integer(run, path))
            return sb_fail(run, SB_INVALID, "rhs: %lld entries along axis %d, expected %lld", (long long)f->shape[i], i, (long long)sb_integer(run, path));
    }
    return SB_OK;
}

/* Reads the operator, and the data, of the task: SB_OK, or the error, which is told. */
static inline int session_read(sb_run *run, po_system *p)
{
    po_reader reader = session_reader(run);
    int wrong = session_shape(run);
    if (wrong || po_read(p, &reader))
        return wrong;
    return sb_fail(run, p->malformed ? SB_INVALID : SB_UNSUPPORTED, "%s", p->error);
}

static inline int session_load(sb_run *run, po_system *p)
{
    po_reader reader = session_reader(run);
    if (po_load(p, &reader))
        return SB_OK;
    return sb_fail(run, p->malformed ? SB_INVALID : SB_UNSUPPORTED, "%s", p->error);
}

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
