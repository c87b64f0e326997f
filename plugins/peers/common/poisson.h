/*
 * poisson.h: a task of the family poisson as a symmetric linear system, for libraries of sparse linear algebra.
 *
 * The peers that solve such systems share it, the plugins and their stand-alone programs; each folder has it by a symbolic link.
 * Tasks are read by path through a po_reader, so that it knows neither solverbench.h nor files.
 *
 * The operator of the schema isn't symmetric where a side is Neumann: the row of a boundary vertex has its inner neighbour
 * twice. Rows are multiplied by the trapezoidal weight of their vertex, a half for each such side, which makes it symmetric:
 * W A u = W b. Residuals are measured without W.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef POISSON_H
#define POISSON_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fields of a task by path. An absent number is 0, an absent array NULL; so are elements that aren't known yet. */
typedef struct po_reader {
    void *from;
    double (*number)(void *from, const char *path);
    const void *(*elements)(void *from, const char *path, int64_t *count);
} po_reader;

/* As numbered in the schema. */
enum { PO_DIRICHLET = 1, PO_NEUMANN = 2, PO_PERIODIC = 3 };
enum { PO_DISCRETE = 1, PO_CONTINUOUS = 2, PO_MATRIX = 3 };

typedef struct po_axis {
    int n, sides[2];
    double h, k;
    const double *faces; /* NULL: k everywhere */
} po_axis;

/* A step from a vertex to a neighbour, slowest axis first. */
typedef struct po_offset {
    int by[3];
} po_offset;

typedef struct po_system {
    int kind, dim, singular, n, variable;
    double tolerance, cross;
    po_axis axis[3]; /* slowest first; only the last `dim` are of the problem, the others have one vertex and k = 0 */

    /* On grids: the diagonal, and the couplings with the later neighbour of each pair, value[k*n + i] that of i and i + offset[k];
     * 0 where there is none. Neighbours wrap on periodic axes. */
    int offset_count;
    po_offset offset[5];
    double *value, *diagonal;
    double *weight; /* NULL: all are 1 */

    /* By rows, columns ascending, both triangles; on grids made by po_rows. */
    int *row, *column;
    double *entry;

    /* Of the data, made by po_load. */
    const double *f;
    double *b;        /* W b, without what a singular operator cannot reach */
    double reference; /* norm of f, or of b where f is 0 */
    double *r;        /* room for a residual */
    char error[200];  /* why po_read or po_load has failed */
    int malformed;    /* if it did: whether the task says what no task may */
} po_system;

static inline void po_free(po_system *s)
{
    free(s->value), free(s->diagonal), free(s->weight), free(s->row), free(s->column), free(s->entry), free(s->b), free(s->r);
    memset(s, 0, sizeof *s);
}

static inline int po_inner(const po_system *s, int a)
{
    int n = 1;
    for (int b = a + 1; b < 3; b++)
        n *= s->axis[b].n;
    return n;
}

/* Place of vertex i along axis a. */
static inline int po_place(const po_system *s, int a, int i) { return i / po_inner(s, a) % s->axis[a].n; }

/* The vertex at an offset from i, or -1 beyond a side. */
static inline int po_neighbour(const po_system *s, int i, const int by[3], int sign)
{
    int at = 0;
    for (int a = 0; a < 3; a++) {
        const po_axis *x = &s->axis[a];
        int p = po_place(s, a, i) + sign * by[a];
        if (p < 0 || p >= x->n) {
            if (x->sides[0] != PO_PERIODIC)
                return -1;
            p = (p + x->n) % x->n;
        }
        at = at * x->n + p;
    }
    return at;
}

/* The trapezoidal weight of vertex i along axis a. */
static inline double po_weight(const po_system *s, int a, int i)
{
    const po_axis *x = &s->axis[a];
    int p = po_place(s, a, i);
    return (p == 0 && x->sides[0] == PO_NEUMANN ? 0.5 : 1) * (p == x->n - 1 && x->sides[1] == PO_NEUMANN ? 0.5 : 1);
}

/* The coefficient on the lower (0) or upper (1) face of vertex i across axis a; on a Neumann side that of the mirrored face. */
static inline double po_face(const po_system *s, int a, int i, int upper)
{
    const po_axis *x = &s->axis[a];
    if (!x->faces)
        return x->k;
    int inner = po_inner(s, a), p = po_place(s, a, i), face = p + upper;
    if (face == 0 && x->sides[0] == PO_NEUMANN && x->n > 1)
        face = 1;
    if (face == x->n && x->sides[1] == PO_NEUMANN && x->n > 1)
        face = x->n - 1;
    return x->faces[((int64_t)(i / inner / x->n) * (x->n + 1) + face) * inner + i % inner];
}

/* Adds the differences along axis a as couplings k. */
static inline void po_add_axis(po_system *s, int a, int k)
{
    const po_axis *x = &s->axis[a];
    const double scale = 1 / (x->h * x->h);
    s->offset[k].by[a] = 1;
    for (int i = 0; i < s->n; i++) {
        double w = scale;
        for (int b = 0; b < 3; b++)
            w *= b == a ? 1 : po_weight(s, b, i);
        int p = po_place(s, a, i), next = po_neighbour(s, i, s->offset[k].by, 1);
        if (p == 0 && x->sides[0] == PO_DIRICHLET)
            s->diagonal[i] += w * po_face(s, a, i, 0);
        double c = w * po_face(s, a, i, 1);
        if (next >= 0) {
            s->value[(int64_t)k * s->n + i] = -c;
            s->diagonal[i] += c;
            s->diagonal[next] += c;
        } else if (x->sides[1] == PO_DIRICHLET) {
            s->diagonal[i] += c;
        }
    }
}

/* Adds -2 c u_xy as couplings k and k+1. */
static inline void po_add_cross(po_system *s, int k)
{
    double e = s->cross / (2 * s->axis[1].h * s->axis[2].h);
    s->offset[k] = (po_offset){{0, 1, 1}};
    s->offset[k + 1] = (po_offset){{0, 1, -1}};
    for (int i = 0; i < s->n; i++)
        for (int j = 0; j < 2; j++)
            if (po_neighbour(s, i, s->offset[k + j].by, 1) >= 0)
                s->value[(int64_t)(k + j) * s->n + i] = j ? e : -e;
}

static inline int po_fail(po_system *s, const char *why)
{
    snprintf(s->error, sizeof s->error, "%s", why);
    return 0;
}

static inline int po_malformed(po_system *s, const char *why)
{
    s->malformed = 1;
    return po_fail(s, why);
}

/* Whether an axis may have these sides. */
static inline int po_sides(int lower, int upper)
{
    return lower >= PO_DIRICHLET && lower <= PO_PERIODIC && upper >= PO_DIRICHLET && upper <= PO_PERIODIC &&
           (lower == PO_PERIODIC) == (upper == PO_PERIODIC);
}

static inline int po_read_axis(po_system *s, const po_reader *from, int i)
{
    po_axis *x = &s->axis[3 - s->dim + i];
    char path[64];
#define PO_AXIS(name) (snprintf(path, sizeof path, "axes.%d." name, i), path)
    x->n = (int)from->number(from->from, PO_AXIS("points"));
    x->sides[0] = (int)from->number(from->from, PO_AXIS("lower_boundary"));
    x->sides[1] = (int)from->number(from->from, PO_AXIS("upper_boundary"));
    x->k = from->number(from->from, PO_AXIS("coefficient"));
    if (x->k == 0)
        x->k = 1;
    double length = from->number(from->from, PO_AXIS("upper")) - from->number(from->from, PO_AXIS("lower"));
    if (!po_sides(x->sides[0], x->sides[1]))
        return po_fail(s, "a side that is neither Dirichlet nor Neumann, nor periodic as the other");
    if (!(length > 0) || !isfinite(length))
        return po_malformed(s, "an axis whose upper end is not above its lower one");
    int walls = (x->sides[0] == PO_DIRICHLET) + (x->sides[1] == PO_DIRICHLET);
    int m = x->sides[0] == PO_PERIODIC ? x->n : x->n - 1 + walls;
    if (x->n < (x->sides[0] == PO_PERIODIC ? 3 : 2))
        return po_fail(s, "an axis of fewer points than 2, or 3 where it is periodic");
    x->h = length / m;
    int64_t count = 0, others = s->n / x->n;
    x->faces = from->elements(from->from, PO_AXIS("face_coefficients"), &count);
#undef PO_AXIS
    s->variable |= x->faces != NULL;
    if (count != (x->faces ? others * (x->n + 1) : 0))
        return po_malformed(s, "face coefficients of another shape than the grid's, or not float64");
    return 1;
}

static inline int po_read_matrix(po_system *s, const po_reader *from)
{
    int64_t rows, columns, entries;
    const int64_t *row = from->elements(from->from, "matrix.row_pointers", &rows);
    const int32_t *column = from->elements(from->from, "matrix.columns", &columns);
    const double *entry = from->elements(from->from, "matrix.values", &entries);
    if (!row || !column || !entry || rows != s->n + 1 || row[s->n] != columns || columns != entries)
        return po_malformed(s, "a matrix whose rows, columns and values don't fit each other, or aren't int64, int32 and float64");
    if (columns > INT32_MAX)
        return po_fail(s, "a matrix of more than 2^31-1 entries");
    s->row = malloc(sizeof(int) * (size_t)rows);
    s->column = malloc(sizeof(int) * (size_t)(columns + 1));
    s->entry = malloc(sizeof(double) * (size_t)(columns + 1));
    if (!s->row || !s->column || !s->entry)
        return po_fail(s, "no memory for the matrix");
    for (int i = 0; i <= s->n; i++)
        s->row[i] = (int)row[i];
    memcpy(s->column, column, sizeof(int) * (size_t)columns);
    memcpy(s->entry, entry, sizeof(double) * (size_t)columns);
    return 1;
}

/* Reads the operator; 0 if it cannot, with s->error. */
static inline int po_read(po_system *s, const po_reader *from)
{
    int64_t n = 0;
    from->elements(from->from, "rhs", &n);
    memset(s, 0, sizeof *s);
    if (n < 1 || n > INT32_MAX / 8)
        return po_fail(s, "more than 2^28 unknowns, or none");
    s->n = (int)n;
    s->kind = (int)from->number(from->from, "kind");
    s->tolerance = from->number(from->from, "tolerance");
    s->b = malloc(sizeof(double) * (size_t)n);
    s->r = malloc(sizeof(double) * (size_t)n);
    if (!s->b || !s->r)
        return po_fail(s, "no memory for vectors");
    if (s->kind == PO_MATRIX)
        return po_read_matrix(s, from);
    if (s->kind != PO_DISCRETE && s->kind != PO_CONTINUOUS)
        return po_fail(s, "a kind of problem that isn't known");
    s->dim = (int)from->number(from->from, "axes");
    s->cross = from->number(from->from, "cross_coefficient");
    if (s->dim < 1 || s->dim > 3)
        return po_fail(s, "a grid of other than 1, 2 or 3 dimensions");
    for (int a = 0; a < 3 - s->dim; a++)
        s->axis[a] = (po_axis){.n = 1, .sides = {PO_DIRICHLET, PO_DIRICHLET}, .h = 1};
    int neumann = 0;
    s->singular = 1;
    for (int i = 0; i < s->dim; i++) {
        if (!po_read_axis(s, from, i))
            return 0;
        for (int side = 0; side < 2; side++) {
            neumann |= s->axis[3 - s->dim + i].sides[side] == PO_NEUMANN;
            s->singular &= s->axis[3 - s->dim + i].sides[side] != PO_DIRICHLET;
        }
    }
    if (s->cross != 0 && (s->dim != 2 || neumann))
        return po_fail(s, "a cross coefficient with Neumann sides, or in other than two dimensions");
    int count = s->dim + (s->cross != 0 ? 2 : 0);
    s->value = calloc((size_t)n * (size_t)count, sizeof(double));
    s->diagonal = calloc((size_t)n, sizeof(double));
    if (neumann)
        s->weight = malloc(sizeof(double) * (size_t)n);
    if (!s->value || !s->diagonal || (neumann && !s->weight))
        return po_fail(s, "no memory for the operator");
    for (int a = 3 - s->dim; a < 3; a++)
        po_add_axis(s, a, s->offset_count++);
    if (s->cross != 0)
        po_add_cross(s, s->dim), s->offset_count += 2;
    for (int i = 0; neumann && i < s->n; i++)
        s->weight[i] = po_weight(s, 0, i) * po_weight(s, 1, i) * po_weight(s, 2, i);
    return 1;
}

/* Makes the rows of the matrix of a grid; 0 if there is no memory. */
static inline int po_rows(po_system *s)
{
    if (s->row)
        return 1;
    size_t most = (size_t)s->n * (size_t)(2 * s->offset_count + 1);
    s->row = malloc(sizeof(int) * ((size_t)s->n + 1));
    s->column = malloc(sizeof(int) * most);
    s->entry = malloc(sizeof(double) * most);
    if (!s->row || !s->column || !s->entry)
        return po_fail(s, "no memory for the matrix");
    int nnz = 0;
    for (int i = 0; i < s->n; i++) {
        int first = s->row[i] = nnz;
        s->column[nnz] = i, s->entry[nnz++] = s->diagonal[i];
        for (int k = 0; k < s->offset_count; k++)
            for (int sign = -1; sign <= 1; sign += 2) {
                int j = po_neighbour(s, i, s->offset[k].by, sign);
                double v = j < 0 ? 0 : s->value[(int64_t)k * s->n + (sign > 0 ? i : j)];
                if (v == 0)
                    continue;
                int at = nnz++; /* insertion keeps columns ascending */
                for (; at > first && s->column[at - 1] > j; at--)
                    s->column[at] = s->column[at - 1], s->entry[at] = s->entry[at - 1];
                s->column[at] = j, s->entry[at] = v;
            }
    }
    s->row[s->n] = nnz;
    return 1;
}

static inline double po_norm(const double *v, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += v[i] * v[i];
    return sqrt(sum);
}

/* Moves the data of a side of an axis into s->b, in row form. */
static inline int po_add_side(po_system *s, const po_reader *from, int i, int upper)
{
    int a = 3 - s->dim + i, inner = po_inner(s, a);
    const po_axis *x = &s->axis[a];
    char path[64];
    int64_t count = 0;
    snprintf(path, sizeof path, "axes.%d.%s_values", i, upper ? "upper" : "lower");
    const double *g = from->elements(from->from, path, &count);
    if (!g && count == 0)
        return 1;
    if (!g || count != s->n / x->n || x->sides[upper] == PO_PERIODIC)
        return po_malformed(s, "boundary values of another shape than the side's, not float64, or on a periodic one");
    double factor = x->sides[upper] == PO_NEUMANN ? 2 / x->h : 1 / (x->h * x->h);
    for (int j = 0; j < count; j++) {
        if (g[j] != 0 && s->cross != 0)
            return po_fail(s, "a cross coefficient with boundary data: the corners are not given");
        int at = (j / inner * x->n + (upper ? x->n - 1 : 0)) * inner + j % inner;
        s->b[at] += factor * po_face(s, a, at, upper) * g[j];
    }
    return 1;
}

/* Reads the data: the right-hand side in symmetric form, s->b. 0 if it cannot, with s->error. */
static inline int po_load(po_system *s, const po_reader *from)
{
    int64_t count = 0;
    s->f = from->elements(from->from, "rhs", &count);
    if (!s->f || count != s->n)
        return po_malformed(s, "a right-hand side of another shape than the first, or not float64");
    memcpy(s->b, s->f, sizeof(double) * (size_t)s->n);
    for (int i = 0; i < s->dim; i++)
        if (!po_add_side(s, from, i, 0) || !po_add_side(s, from, i, 1))
            return 0;
    s->reference = po_norm(s->f, s->n);
    double whole = po_norm(s->b, s->n);
    if (!isfinite(s->reference) || !isfinite(whole))
        return po_malformed(s, "a right-hand side or boundary values that aren't finite");
    if (s->reference == 0)
        s->reference = whole;
    if (s->weight)
        for (int i = 0; i < s->n; i++)
            s->b[i] *= s->weight[i];
    if (s->singular) {
        double sum = 0, total = 0;
        for (int i = 0; i < s->n; i++)
            sum += s->b[i], total += s->weight ? s->weight[i] : 1;
        for (int i = 0; i < s->n; i++)
            s->b[i] -= sum / total * (s->weight ? s->weight[i] : 1);
    }
    return 1;
}

/* The relative residual to reach: a little below what is asked for, so that rounding in someone else's residual does not decide.
 * For the continuous problem, where an error is asked for, a hundredth of that, as the bundled solvers do. */
static inline double po_target(const po_system *s)
{
    if (s->kind == PO_CONTINUOUS)
        return s->tolerance > 0 ? fmin(s->tolerance / 100, 1e-6) : 1e-8;
    return s->tolerance > 0 ? 0.9 * s->tolerance : 1e-10;
}

/* One stretch of a row of the grid: r[i] -= c[i]*u[i]. */
static inline void po_subtract(double *restrict r, const double *restrict c, const double *restrict u, int n)
{
    for (int i = 0; i < n; i++)
        r[i] -= c[i] * u[i];
}

/* Subtracts coupling k from the residual, along whole rows of the grid. */
static inline void po_subtract_coupling(const po_system *s, int k, const double *u)
{
    const double *c = s->value + (int64_t)k * s->n;
    const int *by = s->offset[k].by, nx = s->axis[2].n, dx = by[2];
    for (int start = 0; start < s->n; start += nx) {
        int from = dx < 0 ? 1 : 0, length = nx - (dx != 0);
        int other = po_neighbour(s, start, (const int[3]){by[0], by[1], 0}, 1);
        if (other < 0)
            continue;
        po_subtract(s->r + start + from, c + start + from, u + other + from + dx, length);
        po_subtract(s->r + other + from + dx, c + start + from, u + start + from, length);
        if (dx != 0 && s->axis[2].sides[0] == PO_PERIODIC) {
            int here = start + (dx > 0 ? nx - 1 : 0), there = other + (dx > 0 ? 0 : nx - 1);
            s->r[here] -= c[here] * u[there];
            s->r[there] -= c[here] * u[here];
        }
    }
}

/* Sets s->r = W (b - A u) and returns its norm without W, relative to the right-hand side: what the harness measures. */
static inline double po_residual(const po_system *s, const double *u)
{
    double sum = 0;
    if (s->kind == PO_MATRIX) {
        for (int i = 0; i < s->n; i++) {
            double r = s->b[i];
            for (int j = s->row[i]; j < s->row[i + 1]; j++)
                r -= s->entry[j] * u[s->column[j]];
            s->r[i] = r;
        }
    } else {
        for (int i = 0; i < s->n; i++)
            s->r[i] = s->b[i] - s->diagonal[i] * u[i];
        for (int k = 0; k < s->offset_count; k++)
            po_subtract_coupling(s, k, u);
    }
    for (int i = 0; i < s->n; i++) {
        double r = s->weight ? s->r[i] / s->weight[i] : s->r[i];
        sum += r * r;
    }
    return s->reference > 0 ? sqrt(sum) / s->reference : 0;
}

/* The relative residual that rounding in A u leaves, at most: where it is above the target, an answer is as good as any. */
static inline double po_rounding(const po_system *s, const double *u)
{
    double largest = 0;
    for (int i = 0; s->diagonal && i < s->n; i++)
        largest = fmax(largest, s->weight ? s->diagonal[i] / s->weight[i] : s->diagonal[i]);
    for (int j = 0; !s->diagonal && j < s->row[s->n]; j++)
        largest = fmax(largest, fabs(s->entry[j]));
    return 16 * 0x1p-53 * largest * po_norm(u, s->n) / s->reference;
}

/* For a singular operator, takes what W b cannot have off s->r after po_residual, so that it can be a right-hand side. */
static inline void po_project(po_system *s)
{
    double sum = 0;
    for (int i = 0; s->singular && i < s->n; i++)
        sum += s->r[i];
    for (int i = 0; s->singular && i < s->n; i++)
        s->r[i] -= sum / s->n;
}

#endif
