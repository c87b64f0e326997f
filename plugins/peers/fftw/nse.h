/*
 * nse.h: the vorticity equation w_t + (u + U).grad w = nu lap w - mu w + f on a periodic square by Runge-Kutta of order 4 on the
 * integrating-factor variable (Canuto, Hussaini, Quarteroni & Zang 2006), pseudo-spectral, two-thirds dealiased. Advection takes four
 * real transforms a stage (Basdevant 1983): -u.grad w = (dyy - dxx)(uv) - dxy(vv - uu).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NSE_H
#define NSE_H

#include "ks.h"

typedef struct nse {
    /* the equation */
    int given, out, time_count;
    double length, viscosity, drag, flow[2], tolerance, strength, times[KS_TIMES];
    /* what is asked for: 0 chooses */
    int modes_asked;
    double dt_asked;
    unsigned planner;
    /* the space: n x n points, columns kx < kept of row ky */
    int n, columns, kept;
    double h;
    double *u, *v;                                     /* velocities, then their products */
    double complex *a, *b;                             /* the transforms' */
    double complex *w, *stage, *sum, *rate, *half, *f; /* on the columns that are kept, n rows each */
    fftw_plan forward, backward;
    /* data: initial vorticity, forcing, answer */
    int forced;
    double *points, *force_points;
    double complex *initial, *force, *square;
    fftw_plan read, read_force, sample;
    long steps;
    char error[160];
} nse;

static inline void nse_free_space(nse *s)
{
    fftw_free(s->u), fftw_free(s->v), fftw_free(s->a), fftw_free(s->b), free(s->w);
    if (s->forward)
        fftw_destroy_plan(s->forward), fftw_destroy_plan(s->backward);
    s->u = s->v = NULL, s->a = s->b = s->w = NULL, s->forward = s->backward = NULL, s->n = 0, s->h = 0;
}

static inline void nse_free(nse *s)
{
    nse_free_space(s);
    fftw_plan plan[] = {s->read, s->read_force, s->sample};
    for (int i = 0; i < 3; i++)
        if (plan[i])
            fftw_destroy_plan(plan[i]);
    fftw_free(s->points), fftw_free(s->force_points), fftw_free(s->initial), fftw_free(s->force), fftw_free(s->square);
    memset(s, 0, sizeof *s);
}

static inline int nse_fail(nse *s, const char *why)
{
    snprintf(s->error, sizeof s->error, "%s", why);
    return 0;
}

/* The wave number, with its sign, of row or column i of n. */
static inline int nse_wave(int i, int n) { return 2 * i < n ? i : i - n; }

/* Reads the equation and plans what depends on it alone. */
static inline int nse_prepare(nse *s, const po_reader *from, int modes, double dt, unsigned planner)
{
    int64_t count, times, force;
    memset(s, 0, sizeof *s);
    s->modes_asked = modes, s->dt_asked = dt, s->planner = planner;
    s->length = from->number(from->from, "length"), s->viscosity = from->number(from->from, "viscosity");
    s->drag = from->number(from->from, "drag"), s->flow[0] = from->number(from->from, "mean_flow_x");
    s->flow[1] = from->number(from->from, "mean_flow_y"), s->out = (int)from->number(from->from, "output_points");
    s->tolerance = fmin(fmax(from->number(from->from, "tolerance"), 1e-11), 0.1);
    from->elements(from->from, "vorticity", &count);
    const double *t = from->elements(from->from, "times", &times), *f = from->elements(from->from, "forcing", &force);
    s->given = (int)lround(sqrt((double)count)), s->forced = (int)lround(sqrt((double)force));
    if (s->given < 2 || s->out < 1 || !t || times < 1 || times > KS_TIMES || !(s->length > 0))
        return nse_fail(s, "the task lacks vorticity or times, or has more times than this solver keeps");
    memcpy(s->times, t, sizeof *t * (size_t)times);
    s->time_count = (int)times;
    size_t g = (size_t)s->given, m = (size_t)s->forced, p = (size_t)s->out;
    s->points = fftw_alloc_real(g * g), s->initial = fftw_alloc_complex(g * (g / 2 + 1)), s->square = fftw_alloc_complex(p * p);
    if (!s->points || !s->initial || !s->square)
        return nse_fail(s, "no memory");
    s->read = fftw_plan_dft_r2c_2d(s->given, s->given, s->points, s->initial, planner);
    s->sample = fftw_plan_dft_2d(s->out, s->out, s->square, s->square, FFTW_BACKWARD, planner);
    if (!s->read || !s->sample)
        return nse_fail(s, "FFTW made no plan");
    if (m == 0)
        return 1;
    s->force_points = fftw_alloc_real(m * m), s->force = fftw_alloc_complex(m * (m / 2 + 1));
    s->read_force = s->force_points && s->force ? fftw_plan_dft_r2c_2d(s->forced, s->forced, s->force_points, s->force, FFTW_ESTIMATE) : NULL;
    if (!s->read_force)
        return nse_fail(s, "no memory");
    memcpy(s->force_points, f, sizeof *f * m * m);
    fftw_execute(s->read_force);
    for (size_t i = 0; i < m * (m / 2 + 1); i++)
        s->force[i] /= (double)(m * m);
    return 1;
}

/* Copies a spectrum of m x m points to the modes that the space keeps. */
static inline void nse_copy(const nse *s, double complex *to, const double complex *from, int m)
{
    memset(to, 0, sizeof *to * (size_t)s->n * (size_t)s->kept);
    for (int j = 0; j < m; j++) {
        int ky = nse_wave(j, m), row = (ky + s->n) % s->n;
        for (int kx = 0; abs(ky) < s->kept && kx < s->kept && 2 * kx < m && 2 * abs(ky) < m; kx++)
            to[(size_t)row * (size_t)s->kept + (size_t)kx] = from[(size_t)j * (size_t)(m / 2 + 1) + (size_t)kx];
    }
}

/* As ks_discretise. */
static inline int nse_discretise(nse *s, int n, ks_stop stop, void *asker)
{
    nse_free_space(s);
    s->n = n, s->columns = n / 2 + 1, s->kept = (n + 2) / 3; /* |k| < n/3 */
    size_t points = (size_t)n * (size_t)n, modes = (size_t)n * (size_t)s->columns, kept = (size_t)n * (size_t)s->kept;
    s->u = fftw_alloc_real(points), s->v = fftw_alloc_real(points);
    s->a = fftw_alloc_complex(modes), s->b = fftw_alloc_complex(modes);
    s->w = calloc(6 * kept, sizeof *s->w);
    if (!s->u || !s->v || !s->a || !s->b || !s->w)
        return nse_fail(s, "no memory");
    s->stage = s->w + kept, s->sum = s->stage + kept, s->rate = s->sum + kept, s->half = s->rate + kept, s->f = s->half + kept;
    s->forward = fftw_plan_dft_r2c_2d(n, n, s->u, s->a, s->planner);
    if (stop(asker)) {
        nse_free_space(s);
        return -1;
    }
    s->backward = fftw_plan_dft_c2r_2d(n, n, s->a, s->u, s->planner);
    if (s->forced)
        nse_copy(s, s->f, s->force, s->forced);
    return s->forward && s->backward ? 1 : nse_fail(s, "FFTW made no plan");
}

/* The velocity of a vorticity, on the points. */
static inline void nse_velocity(nse *s, const double complex *w)
{
    double unit = 2 * M_PI / s->length;
    size_t all = (size_t)s->n * (size_t)s->columns;
    memset(s->a, 0, sizeof *s->a * all), memset(s->b, 0, sizeof *s->b * all);
    for (int j = 0; j < s->n; j++) {
        double ky = unit * nse_wave(j, s->n);
        if (fabs(ky) >= unit * s->kept)
            continue;
        const double complex *restrict from = w + (size_t)j * (size_t)s->kept;
        double complex *restrict a = s->a + (size_t)j * (size_t)s->columns, *restrict b = s->b + (size_t)j * (size_t)s->columns;
        for (int i = j == 0; i < s->kept; i++) {
            double kx = unit * i;
            double complex psi = I * from[i] / (kx * kx + ky * ky);
            a[i] = ky * psi, b[i] = -kx * psi;
        }
    }
    fftw_execute_dft_c2r(s->backward, s->a, s->u);
    fftw_execute_dft_c2r(s->backward, s->b, s->v);
}

/* rate = advection and forcing of a vorticity. */
static inline void nse_rate(nse *s, const double complex *w)
{
    double unit = 2 * M_PI / s->length, scale = unit * unit / ((double)s->n * s->n);
    nse_velocity(s, w);
    double *restrict u = s->u, *restrict v = s->v;
    for (size_t i = 0; i < (size_t)s->n * (size_t)s->n; i++) {
        double uv = u[i] * v[i], difference = (v[i] - u[i]) * (v[i] + u[i]);
        u[i] = uv, v[i] = difference;
    }
    fftw_execute_dft_r2c(s->forward, s->u, s->a);
    fftw_execute_dft_r2c(s->forward, s->v, s->b);
    for (int j = 0; j < s->n; j++) {
        int ky = nse_wave(j, s->n);
        if (abs(ky) >= s->kept)
            continue;
        size_t row = (size_t)j * (size_t)s->kept;
        const double complex *restrict a = s->a + (size_t)j * (size_t)s->columns, *restrict b = s->b + (size_t)j * (size_t)s->columns;
        for (int kx = 0; kx < s->kept; kx++)
            s->rate[row + (size_t)kx] =
                scale * ((double)(kx * kx - ky * ky) * a[kx] + (double)(kx * ky) * b[kx]) + s->f[row + (size_t)kx];
    }
}

static inline void nse_factor(nse *s, double h)
{
    if (h == s->h)
        return;
    s->h = h;
    double unit = 2 * M_PI / s->length;
    for (int j = 0; j < s->n; j++)
        for (int i = 0; i < s->kept; i++) {
            double kx = unit * i, ky = unit * nse_wave(j, s->n);
            s->half[(size_t)j * (size_t)s->kept + (size_t)i] =
                cexp(h / 2 * (-s->viscosity * (kx * kx + ky * ky) - s->drag - I * (s->flow[0] * kx + s->flow[1] * ky)));
        }
}

static inline void nse_step(nse *s)
{
    double complex *restrict w = s->w, *restrict stage = s->stage, *restrict sum = s->sum, *restrict r = s->rate;
    const double complex *restrict e = s->half;
    double h = s->h;
    size_t all = (size_t)s->n * (size_t)s->kept;
    nse_rate(s, w);
    for (size_t i = 0; i < all; i++)
        sum[i] = e[i] * (w[i] + h / 6 * r[i]), stage[i] = e[i] * (w[i] + h / 2 * r[i]);
    nse_rate(s, stage);
    for (size_t i = 0; i < all; i++)
        sum[i] += h / 3 * r[i], stage[i] = e[i] * w[i] + h / 2 * r[i];
    nse_rate(s, stage);
    for (size_t i = 0; i < all; i++)
        sum[i] = e[i] * (sum[i] + h / 3 * r[i]), stage[i] = e[i] * (e[i] * w[i] + h * r[i]);
    nse_rate(s, stage);
    for (size_t i = 0; i < all; i++)
        w[i] = sum[i] + h / 6 * r[i];
    s->steps++;
}

/* Samples the vorticity at the points of the answer: modes that these do not tell from lower ones are folded onto them. */
static inline void nse_sample(nse *s, double *out)
{
    int p = s->out;
    memset(s->square, 0, sizeof *s->square * (size_t)p * (size_t)p);
    for (int j = 0; j < s->n; j++) {
        int ky = nse_wave(j, s->n), up = (ky % p + p) % p, down = (p - up) % p;
        for (int kx = 0; abs(ky) < s->kept && kx < s->kept; kx++) {
            double complex c = s->w[(size_t)j * (size_t)s->kept + (size_t)kx];
            s->square[(size_t)up * (size_t)p + (size_t)(kx % p)] += c;
            if (kx > 0)
                s->square[(size_t)down * (size_t)p + (size_t)((p - kx % p) % p)] += conj(c);
        }
    }
    fftw_execute(s->sample);
    for (size_t i = 0; i < (size_t)p * (size_t)p; i++)
        out[i] = creal(s->square[i]);
}

/* From the initial data through the times. 1 if done, -1 if stopped, -2 if it diverged. */
static inline int nse_march(nse *s, double dt, double *out, ks_stop stop, void *asker)
{
    double now = 0;
    nse_copy(s, s->w, s->initial, s->given);
    for (int i = 0; i < s->time_count; i++) {
        double interval = s->times[i] - now;
        long steps = interval > 0 ? (long)ceil(interval / dt * (1 - 1e-12)) : 0;
        if (steps > 0)
            nse_factor(s, interval / (double)steps);
        for (long k = 0; k < steps; k++) {
            if (stop(asker))
                return -1;
            nse_step(s);
            if (!isfinite(creal(s->w[s->kept > 1])))
                return -2;
        }
        nse_sample(s, out + (size_t)i * (size_t)s->out * (size_t)s->out);
        now = s->times[i];
    }
    return 1;
}

/* What the forcing leads to by the last time, its strongest mode held against viscosity and drag: vorticity and speed. */
static inline void nse_forced(const nse *s, double *vorticity, double *speed)
{
    double unit = 2 * M_PI / s->length, end = s->times[s->time_count - 1];
    *vorticity = *speed = 0;
    for (int j = 0; j < s->forced; j++)
        for (int i = 0; i <= s->forced / 2; i++) {
            double k = unit * hypot(i, nse_wave(j, s->forced));
            double w = 2 * cabs(s->force[(size_t)j * (size_t)(s->forced / 2 + 1) + (size_t)i]) * fmin(end, 1 / (s->viscosity * k * k + s->drag));
            if (k > 0 && w > *vorticity)
                *vorticity = w, *speed = w / k;
        }
}

/* The highest wave number of a spectrum of m x m points whose size matters at a fraction of the largest. */
static inline int nse_resolved(const double complex *c, int m, double fraction)
{
    double all = 0;
    int top = 0;
    for (int i = 0; i < m * (m / 2 + 1); i++)
        all = fmax(all, cabs(c[i]));
    for (int j = 0; j < m; j++)
        for (int i = 0; i <= m / 2; i++)
            if (cabs(c[j * (m / 2 + 1) + i]) > fraction * all) {
                int ky = abs(nse_wave(j, m)), k = i > ky ? i : ky;
                top = k > top ? k : top;
            }
    return top;
}

/* The size of the last eighth of the state's spectrum, relative to the largest. */
static inline double nse_tail(const nse *s)
{
    double all = 0, tail = 0;
    int from = s->kept - (s->kept / 8 > 1 ? s->kept / 8 : 1);
    for (int j = 0; j < s->n; j++)
        for (int i = 0; i < s->kept; i++) {
            double c = cabs(s->w[(size_t)j * (size_t)s->kept + (size_t)i]);
            all = fmax(all, c);
            if (i >= from || abs(nse_wave(j, s->n)) >= from)
                tail = fmax(tail, c);
        }
    return all > 0 ? tail / all : 0;
}

/* Solves for the data of a task, as nse_march, or 0 if it failed. Too few modes and an unstable step are mended, if they were not asked for. */
static inline int nse_solve(nse *s, const po_reader *from, double *out, ks_stop stop, void *asker)
{
    int64_t count;
    size_t g = (size_t)s->given;
    const double *w0 = from->elements(from->from, "vorticity", &count);
    if (!w0 || count != (int64_t)(g * g))
        return nse_fail(s, "vorticity of another size than before");
    memcpy(s->points, w0, sizeof *w0 * g * g);
    s->strength = 0, s->steps = 0;
    for (size_t i = 0; i < g * g; i++)
        s->strength = fmax(s->strength, fabs(w0[i]));
    fftw_execute(s->read);
    for (size_t i = 0; i < g * (g / 2 + 1); i++)
        s->initial[i] /= (double)(g * g);
    double forced, more;
    nse_forced(s, &forced, &more);
    double strongest = fmax(s->strength, forced);
    int n = s->modes_asked;
    if (n == 0) {
        double viscous = s->viscosity > 0 ? 0.4 * (1 - log10(s->tolerance)) * sqrt(strongest / s->viscosity) * s->length / (2 * M_PI) : 0;
        double data = 1.2 * nse_resolved(s->initial, s->given, 0.01 * s->tolerance);
        if (s->forced)
            data = fmax(data, 1.2 * nse_resolved(s->force, s->forced, 0.01 * s->tolerance));
        n = ks_size(3 * ((int)ceil(fmin(fmax(fmax(viscous, data), 8), 4096)) + 1));
        if (s->n >= n)
            n = s->n; /* found to be needed before */
    }
    for (double cut = 1; cut > 0.02;) {
        int made = n == s->n ? 1 : nse_discretise(s, n, stop, asker);
        if (made != 1)
            return made;
        double dt = s->dt_asked;
        if (dt == 0) {
            double speed = more;
            nse_copy(s, s->w, s->initial, s->given);
            nse_velocity(s, s->w);
            for (size_t i = 0; i < (size_t)n * (size_t)n; i++)
                speed = fmax(speed, hypot(s->u[i], s->v[i]) + more);
            dt = s->times[s->time_count - 1];
            if (strongest > 0)
                dt = fmin(dt, 2.5 * pow(s->tolerance, 0.25) / strongest);
            if (speed > 0)
                dt = fmin(dt, 1.5 * s->length / (2 * M_PI * speed * s->kept));
            dt *= cut;
        }
        int done = nse_march(s, dt, out, stop, asker);
        if (done == -2 && s->dt_asked == 0)
            cut /= 2;
        else if (done != 1 || s->modes_asked > 0 || nse_tail(s) < 0.1 * s->tolerance || n >= 4096)
            return done;
        else
            n = ks_size(n * 3 / 2);
    }
    return -2;
}

#endif
