"""Offers PyAMG's solvers: hierarchies of Ruge & Stüben and of smoothed aggregation, alone and inside conjugate gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import solverbench as sb
from solverbench import poisson


@dataclass
class RugeStubenOptions:
    theta: float = sb.option(0.25, min=0, max=1, doc="strength of connection, classical")
    coarsening: str = sb.option("RS", choices=("RS", "PMIS", "CLJP"), doc="splitting into coarse and fine points")
    cycle: str = sb.option("V", choices=("V", "W", "F"), doc="multigrid cycle")
    max_coarse: int = sb.option(100, min=1, doc="most unknowns of the coarsest level")
    max_cycles: int = sb.option(1000, min=1, doc="give up after this many cycles")


@dataclass
class AggregationOptions:
    theta: float = sb.option(0.08, min=0, max=1, doc="strength of connection, symmetric")
    smooth: str = sb.option("jacobi", choices=("jacobi", "energy", "richardson"), doc="smoother of the prolongation")
    cycle: str = sb.option("V", choices=("V", "W", "F"), doc="multigrid cycle")
    max_coarse: int = sb.option(100, min=1, doc="most unknowns of the coarsest level")
    max_cycles: int = sb.option(1000, min=1, doc="give up after this many cycles")


class Multigrid(sb.Solver):
    """A hierarchy, set up once, and solves of it down to the task's residual."""

    family = "poisson"
    tags: ClassVar[tuple[str, ...]] = ("iterative", "multigrid", "algebraic")
    accel: str | None = None
    options: RugeStubenOptions | AggregationOptions

    def __init__(self) -> None:
        import pyamg  # loading PyAMG is no part of the set-up, which the harness times

        self.pyamg = pyamg

    def hierarchy(self, matrix: Any) -> Any:
        raise NotImplementedError

    def prepare(self, task: poisson.Task, run: sb.Run) -> None:
        self.system = poisson.System(task)
        self.matrix = self.system.matrix()
        np.random.seed(run.seed % 2**32)  # PyAMG estimates spectral radii from random vectors
        self.levels = self.hierarchy(self.matrix)
        coarsest = self.levels.levels[-1].A
        self.levels.coarse_solver(coarsest, np.zeros(coarsest.shape[0]))  # inverts it, which the first cycle would do otherwise

    def solve(self, task: poisson.Task, run: sb.Run) -> poisson.Solution:
        b, reference = self.system.load(task)
        target = self.system.target(reference)
        u = np.zeros(b.size)
        count = 0

        def watch(x: Any) -> None:
            nonlocal count
            count += 1
            run.iterations(count)
            run.check()
            if run.want_checkpoint():
                run.checkpoint(poisson.Solution(u=x.reshape(self.system.shape)))

        # PyAMG's residual is the weighted one, relative to b: where the true one is still too large, it goes on.
        goal, norm = target, self.system.norm(b)
        if not np.isfinite(norm):
            raise sb.Invalid("the right-hand side isn't finite")
        while norm > target and count < self.options.max_cycles and goal > 0:
            u = self.levels.solve(
                b,
                x0=u,
                tol=goal / np.linalg.norm(b),
                maxiter=self.options.max_cycles - count,
                cycle=self.options.cycle,
                accel=self.accel,
                callback=watch,
            )
            norm = self.system.norm(self.system.project(b - self.matrix @ u))
            if not np.isfinite(norm):
                raise sb.Diverged(f"the residual is {norm}")
            goal = 0.5 * min(goal, target * goal / norm) if norm > target else goal
        if norm > target:
            raise sb.Failed(f"after {count} cycles the relative residual is {norm / reference:.3g}, expected {target / reference:.3g}")
        return poisson.Solution(u=u.reshape(self.system.shape))


class RugeStuben(Multigrid):
    """Classical algebraic multigrid, symmetric Gauss–Seidel smoothing."""

    name = "ruge-stuben"
    citation = "Ruge & Stüben 1987, in Multigrid Methods, SIAM; Bell, Olson & Schroder 2022, JOSS 7(72)"
    Options = RugeStubenOptions
    options: RugeStubenOptions

    def hierarchy(self, matrix: Any) -> Any:
        return self.pyamg.ruge_stuben_solver(
            matrix, strength=("classical", {"theta": self.options.theta}), CF=self.options.coarsening, max_coarse=self.options.max_coarse
        )


class RugeStubenCG(RugeStuben):
    """Conjugate gradients with a cycle of classical algebraic multigrid."""

    name = "ruge-stuben-cg"
    tags = (*Multigrid.tags, "krylov")
    accel = "cg"


class SmoothedAggregation(Multigrid):
    """Algebraic multigrid by smoothed aggregation, symmetric block Gauss–Seidel smoothing."""

    name = "smoothed-aggregation"
    citation = "Vaněk, Mandel & Brezina 1996, Computing 56; Bell, Olson & Schroder 2022, JOSS 7(72)"
    Options = AggregationOptions
    options: AggregationOptions

    def hierarchy(self, matrix: Any) -> Any:
        return self.pyamg.smoothed_aggregation_solver(
            matrix,
            symmetry="symmetric",
            strength=("symmetric", {"theta": self.options.theta}),
            smooth=self.options.smooth,
            max_coarse=self.options.max_coarse,
        )


class SmoothedAggregationCG(SmoothedAggregation):
    """Conjugate gradients with a cycle of smoothed aggregation."""

    name = "smoothed-aggregation-cg"
    tags = (*Multigrid.tags, "krylov")
    accel = "cg"


if __name__ == "__main__":
    sb.serve(
        name="pyamg", version="0.1.0", license="Apache-2.0", solvers=[RugeStuben, RugeStubenCG, SmoothedAggregation, SmoothedAggregationCG]
    )
