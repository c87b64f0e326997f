/*
 * krylov.h: PETSc's matrix, Krylov solver and preconditioner for a system of poisson.h, and solves with them. All functions that
 * return a PetscErrorCode leave what went wrong in k->error.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KRYLOV_H
#define KRYLOV_H

#include "mg.h"

#include <ctype.h>

_Static_assert(sizeof(PetscInt) == sizeof(int) && sizeof(PetscScalar) == sizeof(double), "PETSc of 32-bit integers and real numbers");

/* What a solve asks while it goes on; both get `run`. checkpoint is given what there is of the answer. */
typedef struct hooks {
    void *run;
    int (*cancelled)(void *run);
    int (*want_checkpoint)(void *run);
    void (*checkpoint)(void *run, const double *u);
} hooks;

typedef struct krylov {
    po_system *system;
    int max_iterations;
    PetscOptions options; /* those of this session alone */
    Mat A;
    Vec x;
    KSP ksp;

    /* Of a solve. */
    hooks hooks;
    int iterations, cancelled, stalled;
    double residual;         /* relative, as last computed */
    double start, threshold; /* the norm that PETSc has at first, and that at which the residual is computed */
    KSPConvergedReason reason;
    char error[256];
} krylov;

/* Keeps the first message of an error, and prints nothing. */
static inline PetscErrorCode krylov_error(MPI_Comm comm, int line, const char *function, const char *file, PetscErrorCode code,
                                          PetscErrorType type, const char *message, void *k)
{
    (void)comm, (void)line, (void)file;
    if (type != PETSC_ERROR_REPEAT || !((krylov *)k)->error[0])
        snprintf(((krylov *)k)->error, sizeof((krylov *)k)->error, "%s: %s", function, message ? message : "unknown error");
    return code;
}

/* PETSc starts once in a process, and stays: it can't be started again. Neither signals nor files of options are its business. */
static inline PetscErrorCode krylov_start(void)
{
    char *words[] = {"petsc", "-skip_petscrc", "-no_signal_handler", NULL}, **argv = words;
    int argc = 3;
    PetscBool started;
    TRY(PetscInitialized(&started));
    return started ? 0 : PetscInitialize(&argc, &argv, NULL, NULL);
}

/* The word of an options string that is neither an option nor the value of one; NULL if all are. PETSc would pass over it. */
static inline const char *krylov_stray(const char *text)
{
    int value = 0; /* whether a value may come */
    for (const char *c = text; *c;) {
        while (isspace((unsigned char)*c))
            c++;
        if (!*c)
            break;
        int option = *c == '-' && isalpha((unsigned char)c[1]);
        if (!option && !value)
            return c;
        value = option;
        while (*c && !isspace((unsigned char)*c))
            c++;
    }
    return NULL;
}

/* Options that nothing has asked for are none of PETSc's. */
static inline PetscErrorCode krylov_unknown(krylov *k)
{
    PetscInt count;
    char **names, **values;
    TRY(PetscOptionsLeftGet(k->options, &count, &names, &values));
    if (count > 0)
        snprintf(k->error, sizeof k->error, "option -%s is unknown to PETSc, or of no use to this solver", names[0]);
    PetscErrorCode code = count > 0 ? PETSC_ERR_ARG_WRONG : 0;
    TRY(PetscOptionsLeftRestore(k->options, &count, &names, &values));
    return code;
}

static inline PetscErrorCode krylov_done(KSP ksp, PetscInt it, PetscReal norm, KSPConvergedReason *reason, void *ctx);

static inline PetscErrorCode krylov_matrix(krylov *k)
{
    po_system *p = k->system;
    if (!po_rows(p))
        return snprintf(k->error, sizeof k->error, "%s", p->error), PETSC_ERR_MEM;
    TRY(MatCreateSeqAIJWithArrays(PETSC_COMM_SELF, p->n, p->n, p->row, p->column, p->entry, &k->A));
    TRY(MatSetOption(k->A, MAT_SYMMETRIC, PETSC_TRUE));
    TRY(MatSetOption(k->A, MAT_SYMMETRY_ETERNAL, PETSC_TRUE));
    if (!p->singular)
        return MatSetOption(k->A, MAT_SPD, PETSC_TRUE);
    MatNullSpace constants;
    TRY(MatNullSpaceCreate(PETSC_COMM_SELF, PETSC_TRUE, 0, NULL, &constants));
    TRY(MatSetNullSpace(k->A, constants));
    return MatNullSpaceDestroy(&constants);
}

static inline PetscErrorCode krylov_precondition(krylov *k, const char *name, const mg_grids *grids)
{
    PC pc;
    TRY(KSPGetPC(k->ksp, &pc));
    if (strcmp(name, "mg") == 0)
        return mg_setup(pc, grids, k->system);
    return PCSetType(pc, name);
}

/* Makes everything that depends on the operator alone. `method` is cg, gmres or minres; `grids` is for pc=mg. */
static inline PetscErrorCode krylov_make(krylov *k, const char *method, const char *pc, const char *options, const mg_grids *grids)
{
    TRY(PetscOptionsInsertString(k->options, options));
    TRY(krylov_matrix(k));
    TRY(VecCreateSeq(PETSC_COMM_SELF, k->system->n, &k->x));
    TRY(KSPCreate(PETSC_COMM_SELF, &k->ksp));
    TRY(KSPSetOperators(k->ksp, k->A, k->A));
    TRY(KSPSetType(k->ksp, method));
    if (strcmp(method, KSPGMRES) == 0)
        TRY(KSPSetPCSide(k->ksp, PC_RIGHT)); /* so that its residual is that of the system */
    TRY(KSPSetNormType(k->ksp, strcmp(method, KSPMINRES) == 0 ? KSP_NORM_PRECONDITIONED : KSP_NORM_UNPRECONDITIONED));
    TRY(KSPSetConvergenceTest(k->ksp, krylov_done, k, NULL));
    TRY(krylov_precondition(k, pc, grids));
    TRY(KSPSetFromOptions(k->ksp));
    TRY(KSPSetUp(k->ksp));
    TRY(KSPSetUpOnBlocks(k->ksp));
    return krylov_unknown(k);
}

/* Sets the solver up; 0 if it cannot, with k->error. */
static inline int krylov_prepare(krylov *k, po_system *p, const char *method, const char *pc, const char *options, const mg_grids *grids)
{
    k->system = p;
    if (krylov_start() || PetscPushErrorHandler(krylov_error, k))
        return snprintf(k->error, sizeof k->error, "PETSc does not start"), 0;
    PetscErrorCode code = PetscOptionsCreate(&k->options);
    if (!code) {
        PetscOptionsPush(k->options);
        code = krylov_make(k, method, pc, options, grids);
        PetscOptionsPop();
    }
    PetscPopErrorHandler();
    if (code && !k->error[0])
        snprintf(k->error, sizeof k->error, "PETSc's error %d", (int)code);
    return !code;
}

/* Computes the residual of what there is of an answer. */
static inline PetscErrorCode krylov_look(krylov *k, int checkpoint)
{
    Vec v;
    const double *u;
    TRY(KSPBuildSolution(k->ksp, NULL, &v));
    TRY(VecGetArrayRead(v, &u));
    if (checkpoint)
        k->hooks.checkpoint(k->hooks.run, u);
    else
        k->residual = po_residual(k->system, u);
    return VecRestoreArrayRead(v, &u);
}

/*
 * Whether PETSc should stop. Its norm is not the harness's: that of MINRES is preconditioned, a grid with Neumann sides is weighted, and
 * recurrences drift. Where it has fallen far enough to hope for, the residual is computed; if that is still too large, the next look is
 * after as much more.
 */
static inline PetscErrorCode krylov_done(KSP ksp, PetscInt it, PetscReal norm, KSPConvergedReason *reason, void *ctx)
{
    krylov *k = ctx;
    double target = po_target(k->system), before = k->residual;
    (void)ksp;
    *reason = KSP_CONVERGED_ITERATING;
    if (k->hooks.cancelled && k->hooks.cancelled(k->hooks.run)) {
        k->cancelled = 1;
        *reason = KSP_DIVERGED_NULL;
        return 0;
    }
    if (k->hooks.want_checkpoint && it > 0 && k->hooks.want_checkpoint(k->hooks.run))
        TRY(krylov_look(k, 1));
    if (it == 0) {
        k->start = norm;
        k->threshold = norm * fmin(target / k->residual, 0.5);
        k->stalled = 0;
        return 0;
    }
    if (!isfinite(norm) || norm > 1e5 * k->start) {
        *reason = isfinite(norm) ? KSP_DIVERGED_DTOL : KSP_DIVERGED_NANORINF;
        return 0;
    }
    if (norm > k->threshold)
        return 0;
    TRY(krylov_look(k, 0));
    k->threshold = norm * fmin(0.9 * target / k->residual, 0.5);
    k->stalled = k->residual < 0.9 * before ? 0 : k->stalled + 1;
    if (k->residual <= target)
        *reason = KSP_CONVERGED_RTOL;
    else if (k->stalled == 3) /* rounding: the solve begins again from where it is */
        *reason = KSP_CONVERGED_HAPPY_BREAKDOWN;
    return 0;
}

/* Computes the residual of x. */
static inline PetscErrorCode krylov_measure(krylov *k)
{
    const double *u;
    TRY(VecGetArrayRead(k->x, &u));
    k->residual = po_residual(k->system, u);
    return VecRestoreArrayRead(k->x, &u);
}

static inline PetscErrorCode krylov_iterate(krylov *k)
{
    po_system *p = k->system;
    double before = INFINITY, target = po_target(p);
    Vec b;
    TRY(VecCreateSeqWithArray(PETSC_COMM_SELF, 1, p->n, p->b, &b));
    TRY(VecSet(k->x, 0));
    TRY(krylov_measure(k));
    while (k->residual > target && k->residual < before / 2 && k->iterations < k->max_iterations && !k->cancelled) {
        PetscInt it;
        before = k->residual;
        TRY(KSPSetInitialGuessNonzero(k->ksp, k->iterations > 0 ? PETSC_TRUE : PETSC_FALSE));
        TRY(KSPSetTolerances(k->ksp, PETSC_DEFAULT, PETSC_DEFAULT, PETSC_DEFAULT, k->max_iterations - k->iterations));
        TRY(KSPSolve(k->ksp, b, k->x));
        TRY(KSPGetConvergedReason(k->ksp, &k->reason));
        TRY(KSPGetIterationNumber(k->ksp, &it));
        k->iterations += it;
        TRY(krylov_measure(k));
        if (it == 0)
            break;
    }
    return VecDestroy(&b);
}

/* Solves for the data that po_load has read into u: 1 if PETSc ends as it should, well or short of the target, 0 if it fails, with
 * k->error. */
static inline int krylov_solve(krylov *k, hooks h, double *u)
{
    const double *x;
    k->hooks = h;
    k->iterations = k->cancelled = 0;
    k->reason = KSP_CONVERGED_ITERATING;
    k->error[0] = 0;
    PetscPushErrorHandler(krylov_error, k);
    PetscErrorCode code = krylov_iterate(k);
    if (!code)
        code = VecGetArrayRead(k->x, &x);
    if (!code) {
        memcpy(u, x, sizeof(double) * (size_t)k->system->n);
        code = VecRestoreArrayRead(k->x, &x);
    }
    PetscPopErrorHandler();
    if (code && !k->error[0])
        snprintf(k->error, sizeof k->error, "PETSc's error %d", (int)code);
    return !code;
}

static inline void krylov_free(krylov *k)
{
    if (!k->options)
        return;
    PetscPushErrorHandler(krylov_error, k);
    KSPDestroy(&k->ksp);
    VecDestroy(&k->x);
    MatDestroy(&k->A);
    PetscOptionsDestroy(&k->options);
    PetscPopErrorHandler();
}

#endif
