"""Sparse linear systems: SuperLU, and Krylov methods with no, a diagonal or an incomplete-LU preconditioner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import solverbench as sb
from solverbench import poisson

ORDERINGS = ("MMD_AT_PLUS_A", "MMD_ATA", "COLAMD", "NATURAL")


class Linear(sb.Solver):
    """What the solvers share: the matrix, and answers that are improved until their residual is what the task asks for."""

    family = "poisson"

    def __init__(self) -> None:
        import scipy.sparse.linalg  # loading SciPy is no part of the set-up, which the harness times

        self.linalg: Any = scipy.sparse.linalg

    def prepare(self, task: poisson.Task, run: sb.Run) -> None:
        self.system = poisson.System(task)
        self.matrix = self.system.matrix()
        self.factor()

    def factor(self) -> None:
        """Makes what depends on the matrix only."""
        raise NotImplementedError

    def correction(self, r: Any, goal: float, watch: Watch) -> Any:
        """An approximate solution of A d = r whose residual has at most the norm goal."""
        raise NotImplementedError

    def solve(self, task: poisson.Task, run: sb.Run) -> poisson.Solution:
        b, reference = self.system.load(task)
        target = self.system.target(reference)
        watch = Watch(run, self.system.shape)
        u, r, goal = None, b, target
        # The methods stop by a residual of their own: carried along, weighted or estimated. What counts is the true one.
        for _ in range(8):
            d = self.correction(r, goal, watch)
            u = d if u is None else u + d
            r = self.system.project(b - self.matrix @ u)
            norm = self.system.norm(r)
            if norm <= target:
                return poisson.Solution(u=u.reshape(self.system.shape))
            if not np.isfinite(norm):
                raise sb.Diverged(f"the residual is {norm}")
            watch.base = u
            goal = 0.5 * min(goal, target, target * goal / norm if norm > 0 else goal)
        raise sb.Failed(f"the relative residual is {norm / reference:.3g}, expected at most {target / reference:.3g}")


class Watch:
    """Called by the methods at each iterate."""

    def __init__(self, run: sb.Run, shape: tuple[int, ...]) -> None:
        self.run, self.shape, self.count = run, shape, 0
        self.base: Any = None

    def __call__(self, x: Any) -> None:
        self.count += 1
        self.run.iterations(self.count)
        self.run.check()
        if self.run.want_checkpoint():
            iterate = x if self.base is None else x + self.base
            self.run.checkpoint(poisson.Solution(u=iterate.reshape(self.shape)))


class SuperLU(Linear):
    """Sparse LU by SuperLU, ordered for symmetric matrices, factors kept from solve to solve."""

    name = "splu"
    tags = ("direct",)
    citation = "Demmel, Eisenstat, Gilbert, Li & Liu 1999, SIAM J. Matrix Anal. Appl. 20(3)"

    @dataclass
    class Options:
        ordering: str = sb.option("MMD_AT_PLUS_A", choices=ORDERINGS, doc="fill-reducing ordering")

    options: Options

    def factor(self) -> None:
        # A singular system determines all but a constant: the last unknown is 0.
        a = self.matrix[:-1, :-1] if self.system.singular else self.matrix
        self.lu = self.linalg.splu(a.tocsc(), permc_spec=self.options.ordering, diag_pivot_thresh=0.0, options={"SymmetricMode": True})

    def correction(self, r: Any, goal: float, watch: Watch) -> Any:
        if self.system.singular:
            return np.append(self.lu.solve(r[:-1]), 0.0)
        return self.lu.solve(r)


@dataclass
class KrylovOptions:
    precond: str = sb.option("jacobi", choices=("none", "jacobi", "ilu"), doc="preconditioner")
    drop_tol: float = sb.option(1e-4, min=0, max=1, doc="ilu: entries below this part of their column's norm are dropped")
    fill_factor: float = sb.option(10.0, min=1, doc="ilu: most entries, as a multiple of the matrix's")


class Krylov(Linear):
    Options = KrylovOptions
    options: KrylovOptions
    tags = ("iterative", "krylov")

    def factor(self) -> None:
        self.precondition = None
        if self.options.precond == "jacobi":
            inverse = 1 / self.matrix.diagonal()
            self.precondition = self.linalg.LinearOperator(self.matrix.shape, matvec=lambda r: inverse * np.ravel(r), dtype=np.float64)
        elif self.options.precond == "ilu":
            if self.system.singular:
                raise sb.Unsupported("incomplete factors of a singular matrix: without a Dirichlet side use precond=jacobi")
            # Ordered and pivoted as suits a symmetric matrix: with the defaults of spilu the factors are several times worse.
            ilu = self.linalg.spilu(
                self.matrix.tocsc(),
                drop_tol=self.options.drop_tol,
                fill_factor=self.options.fill_factor,
                permc_spec="MMD_AT_PLUS_A",
                diag_pivot_thresh=0.0,
                options={"SymmetricMode": True},
            )
            self.precondition = self.linalg.LinearOperator(self.matrix.shape, matvec=ilu.solve, dtype=np.float64)


class CG(Krylov):
    """Conjugate gradients."""

    name = "cg"
    citation = "Hestenes & Stiefel 1952, J. Res. NBS 49(6)"

    def correction(self, r: Any, goal: float, watch: Watch) -> Any:
        return self.linalg.cg(self.matrix, r, rtol=0.0, atol=goal, maxiter=10 * r.size, M=self.precondition, callback=watch)[0]


class MINRES(Krylov):
    """Minimal residuals for symmetric matrices."""

    name = "minres"
    citation = "Paige & Saunders 1975, SIAM J. Numer. Anal. 12(4)"

    def correction(self, r: Any, goal: float, watch: Watch) -> Any:
        # Its tolerance is relative to an estimate of ‖A‖‖x‖, for which ‖r‖ stands in: often too loose a goal, sometimes too strict.
        relative = goal / np.linalg.norm(r) / 20
        return self.linalg.minres(self.matrix, r, rtol=relative, maxiter=10 * r.size, M=self.precondition, callback=watch)[0]


@dataclass
class GMRESOptions(KrylovOptions):
    precond: str = sb.option("ilu", choices=("none", "jacobi", "ilu"), doc="preconditioner")
    restart: int = sb.option(30, min=1, doc="Krylov vectors kept between restarts")


class GMRES(Krylov):
    """Generalised minimal residuals, restarted."""

    name = "gmres"
    citation = "Saad & Schultz 1986, SIAM J. Sci. Stat. Comput. 7(3)"
    Options = GMRESOptions
    options: GMRESOptions

    def correction(self, r: Any, goal: float, watch: Watch) -> Any:
        cycles = 1 + 10 * r.size // self.options.restart
        return self.linalg.gmres(
            self.matrix,
            r,
            rtol=0.0,
            atol=goal,
            restart=self.options.restart,
            maxiter=cycles,
            M=self.precondition,
            callback=watch,
            callback_type="x",
        )[0]


@dataclass
class LGMRESOptions(KrylovOptions):
    precond: str = sb.option("ilu", choices=("none", "jacobi", "ilu"), doc="preconditioner")
    inner: int = sb.option(30, min=1, doc="inner iterations in each outer one")
    outer_k: int = sb.option(3, min=0, doc="vectors carried from one outer iteration to the next")


class LGMRES(Krylov):
    """GMRES that carries vectors over its restarts."""

    name = "lgmres"
    citation = "Baker, Jessup & Manteuffel 2005, SIAM J. Matrix Anal. Appl. 26(4)"
    Options = LGMRESOptions
    options: LGMRESOptions

    def correction(self, r: Any, goal: float, watch: Watch) -> Any:
        cycles = 1 + 10 * r.size // self.options.inner
        return self.linalg.lgmres(
            self.matrix,
            r,
            rtol=0.0,
            atol=goal,
            inner_m=self.options.inner,
            outer_k=self.options.outer_k,
            maxiter=cycles,
            M=self.precondition,
            callback=watch,
        )[0]


SOLVERS: list[type[sb.Solver]] = [SuperLU, CG, MINRES, GMRES, LGMRES]
