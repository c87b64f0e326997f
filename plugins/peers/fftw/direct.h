/*
 * direct.h: the direct solution of constant-coefficient Poisson problems by FFTW's sine, cosine and Fourier transforms: one
 * transform, a division by the eigenvalues, one transform back, both in place.
 *
 * Which transform diagonalises the differences along an axis depends on its sides (Strang 1999; FFTW manual, "1d Real-even DFTs"):
 * Dirichlet DST-I, Neumann DCT-I, one of each DST-III and DCT-III with their inverses, periodic the real Fourier transform.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DIRECT_H
#define DIRECT_H

#include "poisson.h"

#include <complex.h> /* before FFTW, whose complex numbers are C's then */
#include <fftw3.h>

typedef struct direct_axis {
    int n, sides[2];
    double h, k;
    fftw_r2r_kind forward, backward;
    double scale;   /* of forward and backward together */
    double *lambda; /* k times the eigenvalues */
} direct_axis;

typedef struct direct {
    int dim, n, singular, continuous, spectral;
    direct_axis axis[3]; /* slowest first; those that the problem lacks have one point */
    double *work, *inverse;
    fftw_plan forward, backward;
    char error[160];
} direct;

static inline void direct_free(direct *d)
{
    for (int a = 0; a < 3; a++)
        free(d->axis[a].lambda);
    if (d->forward)
        fftw_destroy_plan(d->forward);
    if (d->backward)
        fftw_destroy_plan(d->backward);
    fftw_free(d->work), fftw_free(d->inverse);
    memset(d, 0, sizeof *d);
}

static inline int direct_fail(direct *d, const char *why)
{
    snprintf(d->error, sizeof d->error, "%s", why);
    return 0;
}

static inline int direct_kinds(direct *d, direct_axis *x, double length)
{
    int lower = x->sides[0], upper = x->sides[1], n = x->n;
    double shift = 1, intervals = n;
    if (lower == PO_PERIODIC)
        x->forward = FFTW_R2HC, x->backward = FFTW_HC2R, x->scale = n, shift = 0;
    else if (lower == PO_DIRICHLET && upper == PO_DIRICHLET)
        x->forward = x->backward = FFTW_RODFT00, x->scale = 2.0 * (n + 1), intervals = n + 1;
    else if (lower == PO_NEUMANN && upper == PO_NEUMANN)
        x->forward = x->backward = FFTW_REDFT00, x->scale = 2.0 * (n - 1), intervals = n - 1, shift = 0;
    else if (lower == PO_DIRICHLET)
        x->forward = FFTW_RODFT01, x->backward = FFTW_RODFT10, x->scale = 2.0 * n, shift = 0.5;
    else
        x->forward = FFTW_REDFT01, x->backward = FFTW_REDFT10, x->scale = 2.0 * n, shift = 0.5;
    if (intervals < 1)
        return direct_fail(d, "an axis with a single vertex between Neumann sides");
    x->h = length / intervals;
    x->lambda = malloc(sizeof(double) * (size_t)n);
    if (!x->lambda)
        return direct_fail(d, "no memory");
    for (int i = 0; i < n; i++) {
        double wave; /* number of half waves along the axis */
        if (lower == PO_PERIODIC)
            wave = 2.0 * (i <= n / 2 ? i : n - i);
        else
            wave = i + shift;
        double angle = M_PI * wave / intervals, root = d->spectral ? angle : 2 * sin(angle / 2);
        x->lambda[i] = x->k * root * root / (x->h * x->h);
    }
    return 1;
}

static inline int direct_read_axis(direct *d, const po_reader *from, int i)
{
    char path[64];
    direct_axis *x = &d->axis[3 - d->dim + i];
#define FIELD(name) (snprintf(path, sizeof path, "axes.%d." name, i), path)
    double lower = from->number(from->from, FIELD("lower")), upper = from->number(from->from, FIELD("upper"));
    x->n = (int)from->number(from->from, FIELD("points"));
    x->sides[0] = (int)from->number(from->from, FIELD("lower_boundary"));
    x->sides[1] = (int)from->number(from->from, FIELD("upper_boundary"));
    x->k = from->number(from->from, FIELD("coefficient"));
    if (x->k == 0)
        x->k = 1;
    if (!po_sides(x->sides[0], x->sides[1]))
        return direct_fail(d, "a side that is neither Dirichlet nor Neumann, nor periodic as the other");
    int64_t faces, below, above;
    from->elements(from->from, FIELD("face_coefficients"), &faces);
    from->elements(from->from, FIELD("lower_values"), &below);
    from->elements(from->from, FIELD("upper_values"), &above);
    if (faces)
        return direct_fail(d, "the coefficient varies: transforms diagonalise constant ones");
    if (below || above)
        d->spectral = 0; /* the data of sides enter through differences */
#undef FIELD
    if (x->n < 1)
        return direct_fail(d, "an axis without points");
    x->h = upper - lower; /* for now */
    return 1;
}

/* Reads the operator and makes plans; 0 if it cannot, with d->error. symbol is difference, spectral or auto. */
static inline int direct_prepare(direct *d, const po_reader *from, const char *symbol, unsigned planner)
{
    memset(d, 0, sizeof *d);
    int kind = (int)from->number(from->from, "kind");
    d->dim = (int)from->number(from->from, "axes");
    if (kind != PO_DISCRETE && kind != PO_CONTINUOUS)
        return direct_fail(d, kind == PO_MATRIX ? "a matrix without a grid" : "a kind of problem that isn't known");
    if (d->dim < 1 || d->dim > 3)
        return direct_fail(d, "not a grid of one to three dimensions");
    if (from->number(from->from, "cross_coefficient") != 0)
        return direct_fail(d, "a cross coefficient: transforms do not diagonalise it");
    d->continuous = kind == PO_CONTINUOUS;
    d->spectral = strcmp(symbol, "difference") != 0 && d->continuous;
    for (int a = 0; a < 3; a++)
        d->axis[a] = (direct_axis){.n = 1};
    for (int i = 0; i < d->dim; i++)
        if (!direct_read_axis(d, from, i))
            return 0;
    if (strcmp(symbol, "spectral") == 0 && !d->spectral)
        return direct_fail(d, "symbol spectral is for continuous problems without boundary data");
    d->n = 1, d->singular = 1;
    fftw_r2r_kind forward[3], backward[3];
    int shape[3];
    double scale = 1;
    for (int i = 0; i < d->dim; i++) {
        direct_axis *x = &d->axis[3 - d->dim + i];
        if (!direct_kinds(d, x, x->h))
            return 0;
        forward[i] = x->forward, backward[i] = x->backward, shape[i] = x->n;
        scale *= x->scale, d->n *= x->n;
        d->singular &= x->sides[0] != PO_DIRICHLET && x->sides[1] != PO_DIRICHLET;
    }
    d->work = fftw_alloc_real((size_t)d->n);
    d->inverse = fftw_alloc_real((size_t)d->n);
    if (!d->work || !d->inverse)
        return direct_fail(d, "no memory");
    static double none = 0;
    for (int i = 0; i < d->n; i++) {
        double lambda = 0;
        for (int a = 0, rest = i, inner = d->n; a < 3; a++) {
            inner /= d->axis[a].n;
            lambda += (d->axis[a].lambda ? d->axis[a].lambda : &none)[rest / inner];
            rest %= inner;
        }
        d->inverse[i] = i == 0 && d->singular ? 0 : 1 / (scale * lambda);
    }
    d->forward = fftw_plan_r2r(d->dim, shape, d->work, d->work, forward, planner);
    d->backward = fftw_plan_r2r(d->dim, shape, d->work, d->work, backward, planner);
    if (!d->forward || !d->backward)
        return direct_fail(d, "FFTW made no plan");
    return 1;
}

/* Adds the data of a side to the right-hand side u. */
static inline int direct_side(direct *d, const po_reader *from, double *u, int i, int upper)
{
    char path[64];
    int a = 3 - d->dim + i, inner = 1, outer = 1;
    int64_t count;
    const direct_axis *x = &d->axis[a];
    snprintf(path, sizeof path, "axes.%d.%s_values", i, upper ? "upper" : "lower");
    const double *g = from->elements(from->from, path, &count);
    if (!g && count == 0)
        return 1;
    for (int b = 0; b < 3; b++)
        *(b < a ? &outer : &inner) *= b == a ? 1 : d->axis[b].n;
    if (!g || count != (int64_t)inner * outer)
        return direct_fail(d, "boundary values of another size than their side, or not float64");
    double factor = x->sides[upper] == PO_DIRICHLET ? x->k / (x->h * x->h) : 2 * x->k / x->h;
    int at = upper ? x->n - 1 : 0;
    for (int o = 0; o < outer; o++)
        for (int k = 0; k < inner; k++)
            u[((size_t)o * x->n + at) * inner + k] += factor * g[(size_t)o * inner + k];
    return 1;
}

/* Solves for the data of a task into u; 0 if it cannot, with d->error. */
static inline int direct_solve(direct *d, const po_reader *from, double *u)
{
    int64_t count;
    const double *f = from->elements(from->from, "rhs", &count);
    if (!f || count != d->n)
        return direct_fail(d, "a right-hand side of another size than the grid, or not float64");
    double *v = fftw_alignment_of(u) == fftw_alignment_of(d->work) ? u : d->work;
    memcpy(v, f, sizeof(double) * (size_t)d->n);
    for (int i = 0; i < d->dim; i++)
        if (!direct_side(d, from, v, i, 0) || !direct_side(d, from, v, i, 1))
            return 0;
    fftw_execute_r2r(d->forward, v, v);
    const double *restrict inverse = d->inverse;
    for (int i = 0; i < d->n; i++)
        v[i] *= inverse[i];
    fftw_execute_r2r(d->backward, v, v);
    if (v != u)
        memcpy(u, v, sizeof(double) * (size_t)d->n);
    return 1;
}

/* The planner flag of an option's value. */
static inline unsigned planner_flag(const char *planner)
{
    return strcmp(planner, "estimate") == 0 ? FFTW_ESTIMATE : strcmp(planner, "patient") == 0 ? FFTW_PATIENT : FFTW_MEASURE;
}

#endif
