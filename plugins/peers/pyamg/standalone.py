"""Times PyAMG's solvers on exported tasks, without the harness: see taskdir.py for the command line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

import pyamg

import taskdir
from grid_matrix import matrix
from taskdir import Setup, Solve, Task


def multigrid(classical: bool, accel: str | None) -> Setup:
    def setup(first: Task, options: SimpleNamespace) -> Solve:
        a = matrix(first)
        np.random.seed(0)
        if classical:
            strength = ("classical", {"theta": options.theta})
            levels = pyamg.ruge_stuben_solver(a, strength=strength, CF=options.coarsening, max_coarse=options.max_coarse)
        else:
            levels = pyamg.smoothed_aggregation_solver(
                a,
                symmetry="symmetric",
                strength=("symmetric", {"theta": options.theta}),
                smooth=options.smooth,
                max_coarse=options.max_coarse,
            )

        def solve(task: Task) -> Any:
            b = task.array("rhs").ravel()
            target = 0.9 * task.number("tolerance") * np.linalg.norm(b)
            u, goal, most = np.zeros(b.size), target, options.max_cycles
            for _ in range(8):
                u = levels.solve(b, x0=u, tol=goal / np.linalg.norm(b), maxiter=most, cycle=options.cycle, accel=accel)
                norm = np.linalg.norm(b - a @ u)
                if norm <= target:
                    return u
                goal = 0.5 * min(goal, target * goal / norm)
            raise SystemExit(f"the residual is {norm}, expected {target}")

        return solve

    return setup


CLASSICAL = {"theta": 0.25, "coarsening": "RS", "cycle": "V", "max_coarse": 100, "max_cycles": 1000}
AGGREGATION = {"theta": 0.08, "smooth": "jacobi", "cycle": "V", "max_coarse": 100, "max_cycles": 1000}

if __name__ == "__main__":
    taskdir.main(
        {
            "ruge-stuben": (multigrid(True, None), CLASSICAL),
            "ruge-stuben-cg": (multigrid(True, "cg"), CLASSICAL),
            "smoothed-aggregation": (multigrid(False, None), AGGREGATION),
            "smoothed-aggregation-cg": (multigrid(False, "cg"), AGGREGATION),
        }
    )
