/*
 * ks.h: semilinear equations u_t = sum c_m d^m u - a u u_x on a periodic interval by ETDRK4 (Cox & Matthews 2002, eq. 26-29, with the
 * contour means of Kassam & Trefethen 2005), pseudo-spectral, two-thirds dealiased: two real transforms of FFTW's a stage.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef KS_H
#define KS_H

#include "direct.h"

#include <fftw3.h>

#define KS_ORDERS 16
#define KS_TIMES 4096

/* How the solver is asked to stop: returns 1 if so. */
typedef int (*ks_stop)(void *from);

typedef struct ks {
    /* the equation */
    int given, out, time_count, order_count; /* points of the initial data and of the answer */
    double length, advection, tolerance, amplitude, times[KS_TIMES], linear[KS_ORDERS];
    /* what is asked for: 0 chooses */
    int modes_asked;
    double dt_asked;
    unsigned planner;
    /* the space */
    int modes, kept;
    double h; /* step that the coefficients are for */
    double *x;
    double complex *v, *stage, *n1, *n2, *n3, *hat, *half, *full, *q, *f1, *f2, *f3, *initial;
    fftw_plan to_x, to_k, read, sample;
    double *points; /* given or out of them */
    double complex *coefficients;
    long steps;
    char error[160];
} ks;

static inline void ks_free_space(ks *s)
{
    fftw_free(s->x), fftw_free(s->hat);
    free(s->v); /* with what follows it */
    if (s->to_x)
        fftw_destroy_plan(s->to_x), fftw_destroy_plan(s->to_k);
    s->x = NULL, s->hat = NULL, s->v = NULL, s->to_x = s->to_k = NULL, s->modes = 0, s->h = 0;
}

static inline void ks_free(ks *s)
{
    ks_free_space(s);
    if (s->read)
        fftw_destroy_plan(s->read), fftw_destroy_plan(s->sample);
    fftw_free(s->points), fftw_free(s->coefficients), free(s->initial);
    memset(s, 0, sizeof *s);
}

static inline int ks_fail(ks *s, const char *why)
{
    snprintf(s->error, sizeof s->error, "%s", why);
    return 0;
}

static inline double complex ks_symbol(const ks *s, double mode)
{
    double complex ik = 2 * M_PI * mode / s->length * I, sum = 0;
    for (int m = s->order_count - 1; m >= 0; m--)
        sum = sum * ik + s->linear[m];
    return sum;
}

/* Reads the equation and plans what depends on it alone. */
static inline int ks_prepare(ks *s, const po_reader *from, int modes, double dt, unsigned planner)
{
    int64_t n, times, orders;
    memset(s, 0, sizeof *s);
    s->modes_asked = modes, s->dt_asked = dt, s->planner = planner;
    s->length = from->number(from->from, "length"), s->advection = from->number(from->from, "advection");
    s->tolerance = fmin(fmax(from->number(from->from, "tolerance"), 1e-12), 0.1);
    s->out = (int)from->number(from->from, "output_points");
    from->elements(from->from, "initial", &n);
    const double *t = from->elements(from->from, "times", &times), *c = from->elements(from->from, "linear", &orders);
    s->given = (int)n;
    if (n < 2 || s->out < 1 || !t || times < 1 || times > KS_TIMES || !c || orders > KS_ORDERS || !(s->length > 0))
        return ks_fail(s, "the task lacks initial data, times or coefficients, or has more than this solver keeps");
    memcpy(s->times, t, sizeof *t * (size_t)times), memcpy(s->linear, c, sizeof *c * (size_t)orders);
    s->time_count = (int)times, s->order_count = (int)orders;
    int most = s->given > s->out ? s->given : s->out;
    s->points = fftw_alloc_real((size_t)most);
    s->coefficients = fftw_alloc_complex((size_t)most / 2 + 1);
    s->initial = calloc((size_t)s->given / 2 + 1, sizeof *s->initial);
    if (!s->points || !s->coefficients || !s->initial)
        return ks_fail(s, "no memory");
    s->read = fftw_plan_dft_r2c_1d(s->given, s->points, s->coefficients, planner);
    s->sample = fftw_plan_dft_c2r_1d(s->out, s->coefficients, s->points, planner);
    return s->read && s->sample ? 1 : ks_fail(s, "FFTW made no plan");
}

/* The least even 2^a 3^b 5^c that is at least n. */
static inline int ks_size(int n)
{
    for (n += n % 2;; n += 2) {
        int rest = n;
        for (int p = 2; p <= 5; p++)
            while (rest % p == 0)
                rest /= p;
        if (rest == 1)
            return n;
    }
}

/* Estimates the size U of u, and the mode at which the linear part is as strong as advection, a U k. */
static inline void ks_scales(const ks *s, double *size, double *balance)
{
    double unit = 2 * M_PI / s->length, a = fabs(s->advection);
    *size = s->amplitude;
    for (int k = 1; k <= 2 * s->given; k++) { /* an instability saturates where advection balances its growth */
        double growth = creal(ks_symbol(s, k));
        if (growth > 0 && a != 0)
            *size = fmax(*size, 9 * growth / (a * unit * k));
    }
    *balance = 1;
    while (*balance < 1e6 && cabs(ks_symbol(s, *balance)) < a * *size * unit * *balance)
        *balance *= 1.1;
}

/* 1 if done, 0 if it failed, -1 if stopped: a plan can take FFTW half a second, in which it is not to be interrupted. */
static inline int ks_discretise(ks *s, int modes, ks_stop stop, void *asker)
{
    ks_free_space(s);
    s->modes = modes, s->kept = (modes + 2) / 3; /* k < modes/3 */
    size_t kept = (size_t)s->kept;
    s->x = fftw_alloc_real((size_t)modes);
    s->hat = fftw_alloc_complex((size_t)modes / 2 + 1);
    s->v = calloc(11 * kept, sizeof *s->v);
    if (!s->x || !s->hat || !s->v)
        return ks_fail(s, "no memory");
    double complex **part[] = {&s->stage, &s->n1, &s->n2, &s->n3, &s->half, &s->full, &s->q, &s->f1, &s->f2, &s->f3};
    for (int i = 0; i < 10; i++)
        *part[i] = s->v + (size_t)(i + 1) * kept;
    s->to_x = fftw_plan_dft_c2r_1d(modes, s->hat, s->x, s->planner);
    if (stop(asker)) {
        ks_free_space(s);
        return -1;
    }
    s->to_k = fftw_plan_dft_r2c_1d(modes, s->x, s->hat, s->planner);
    return s->to_x && s->to_k ? 1 : ks_fail(s, "FFTW made no plan");
}

/* The functions of Cox & Matthews over h; near 0, where their formulas cancel, the means over a circle. */
static inline void ks_functions(double complex z, double complex f[4])
{
    int points = cabs(z) > 4 ? 1 : 32;
    memset(f, 0, 4 * sizeof *f);
    for (int j = 0; j < points; j++) {
        double complex w = points == 1 ? z : z + cexp(2 * M_PI * (j + 0.5) / points * I), e = cexp(w), w3 = w * w * w;
        f[0] += (cexp(w / 2) - 1) / w / points;
        f[1] += (-4 - w + e * (4 - 3 * w + w * w)) / w3 / points;
        f[2] += (2 + w + e * (w - 2)) / w3 / points;
        f[3] += (-4 - 3 * w - w * w + e * (4 - w)) / w3 / points;
    }
}

static inline void ks_coefficients(ks *s, double h)
{
    if (h == s->h)
        return;
    s->h = h;
    for (int k = 0; k < s->kept; k++) {
        double complex f[4], z = h * ks_symbol(s, k);
        ks_functions(z, f);
        s->half[k] = cexp(z / 2), s->full[k] = cexp(z);
        s->q[k] = h * f[0], s->f1[k] = h * f[1], s->f2[k] = h * f[2], s->f3[k] = h * f[3];
    }
}

/* n = -a (u^2)_x / 2 of the state v. */
static inline void ks_nonlinear(ks *s, const double complex *v, double complex *n)
{
    memcpy(s->hat, v, sizeof *v * (size_t)s->kept);
    memset(s->hat + s->kept, 0, sizeof *v * (size_t)(s->modes / 2 + 1 - s->kept));
    fftw_execute(s->to_x);
    double *restrict x = s->x;
    for (int i = 0; i < s->modes; i++)
        x[i] *= x[i];
    fftw_execute(s->to_k);
    double scale = -s->advection * M_PI / s->length / s->modes;
    for (int k = 0; k < s->kept; k++)
        n[k] = scale * k * (I * s->hat[k]);
}

static inline void ks_step(ks *s)
{
    double complex *v = s->v, *a = s->stage;
    int kept = s->kept;
    ks_nonlinear(s, v, s->n1);
    for (int k = 0; k < kept; k++)
        a[k] = s->half[k] * v[k] + s->q[k] * s->n1[k];
    ks_nonlinear(s, a, s->n2);
    /* the second stage in n3, as a is needed for the third */
    for (int k = 0; k < kept; k++)
        s->n3[k] = s->half[k] * v[k] + s->q[k] * s->n2[k];
    ks_nonlinear(s, s->n3, s->n3);
    for (int k = 0; k < kept; k++)
        a[k] = s->half[k] * a[k] + s->q[k] * (2 * s->n3[k] - s->n1[k]);
    for (int k = 0; k < kept; k++)
        s->n2[k] += s->n3[k];
    ks_nonlinear(s, a, s->n3);
    for (int k = 0; k < kept; k++)
        v[k] = s->full[k] * v[k] + s->f1[k] * s->n1[k] + 2 * s->f2[k] * s->n2[k] + s->f3[k] * s->n3[k];
    s->steps++;
}

/* Samples the state at the points of the answer: modes that these do not tell from lower ones are folded onto them. */
static inline void ks_sample(ks *s, double *u)
{
    int n = s->out;
    double complex *c = s->coefficients;
    memset(c, 0, sizeof *c * (size_t)(n / 2 + 1));
    c[0] = s->v[0];
    for (int k = 1; k < s->kept; k++) {
        int at = k % n;
        if (at == 0 || 2 * at == n)
            c[at] += 2 * creal(s->v[k]);
        else if (2 * at < n)
            c[at] += s->v[k];
        else
            c[n - at] += conj(s->v[k]);
    }
    fftw_execute(s->sample);
    memcpy(u, s->points, sizeof *u * (size_t)n);
}

/* From the initial data through the times. 1 if done, 0 if it failed, -1 if stopped, -2 if it diverged. */
static inline int ks_march(ks *s, double dt, double *u, ks_stop stop, void *from)
{
    double now = 0;
    int copied = s->given / 2 + 1 < s->kept ? s->given / 2 + 1 : s->kept;
    memset(s->v, 0, sizeof *s->v * (size_t)s->kept);
    memcpy(s->v, s->initial, sizeof *s->v * (size_t)copied);
    for (int i = 0; i < s->time_count; i++) {
        double interval = s->times[i] - now;
        long steps = interval > 0 ? (long)ceil(interval / dt * (1 - 1e-12)) : 0;
        if (steps > 0)
            ks_coefficients(s, interval / (double)steps);
        for (long k = 0; k < steps; k++) {
            if ((k % 32 == 0 || s->modes > 8192) && stop(from))
                return -1;
            ks_step(s);
        }
        if (!isfinite(creal(s->v[s->kept > 1])))
            return -2;
        ks_sample(s, u + (size_t)i * (size_t)s->out);
        now = s->times[i];
    }
    return 1;
}

/* Solves for the data of a task. As ks_march; more modes are taken until the spectrum's end is small. */
static inline int ks_solve(ks *s, const po_reader *from, double *u, ks_stop stop, void *asker)
{
    int64_t n;
    const double *u0 = from->elements(from->from, "initial", &n);
    if (!u0 || n != s->given)
        return ks_fail(s, "initial data of another size than before");
    memcpy(s->points, u0, sizeof *u0 * (size_t)n);
    s->amplitude = 0, s->steps = 0;
    for (int i = 0; i < n; i++)
        s->amplitude = fmax(s->amplitude, fabs(u0[i]));
    fftw_execute(s->read);
    for (int k = 0; k <= n / 2; k++)
        s->initial[k] = s->coefficients[k] / (2 * k == n ? 2 * n : n);
    double size, balance;
    ks_scales(s, &size, &balance);
    double rate = fabs(s->advection) * size * 2 * M_PI * balance / s->length;
    double dt = s->dt_asked > 0 ? s->dt_asked : rate > 0 ? 2 * pow(s->tolerance, 0.25) / rate : s->length;
    int modes = s->modes_asked;
    if (modes == 0) {
        double cutoff = fmax(0.7 * (1 - log10(s->tolerance)) * balance, 8);
        modes = ks_size(3 * ((int)ceil(cutoff) + 1));
        if (s->modes >= modes)
            modes = s->modes; /* found to be needed before */
    }
    for (;; modes *= 2) {
        int done = modes == s->modes ? 1 : ks_discretise(s, modes, stop, asker);
        if (done == 1)
            done = ks_march(s, dt, u, stop, asker);
        if (done != 1)
            return done;
        double all = 0, tail = 0;
        for (int k = 0; k < s->kept; k++) {
            all = fmax(all, cabs(s->v[k]));
            if (8 * (k + 1) > 7 * s->kept)
                tail = fmax(tail, cabs(s->v[k]));
        }
        if (s->modes_asked > 0 || tail <= 0.1 * s->tolerance * all || modes >= 1 << 20)
            return done;
    }
}

#endif
