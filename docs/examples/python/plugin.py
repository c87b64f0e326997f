"""A plugin with two solvers: conjugate gradients for the discrete Poisson equation, and DDIM for diffusion sampling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import solverbench as sb
from solverbench import poisson, sampling


class ConjugateGradients(sb.Solver):
    """Conjugate gradients for the 5-point Laplacian with zero Dirichlet data."""

    name, family, tags = "cg-py", "poisson", ("iterative",)
    citation = "Hestenes & Stiefel 1952"

    @dataclass
    class Options:
        max_iterations: int = sb.option(10_000, min=1, doc="give up after this many iterations")

    options: Options

    def prepare(self, task: poisson.Task, run: sb.Run) -> None:
        plain = task.kind == poisson.Kind.DISCRETE and len(task.axes) == 2 and task.cross_coefficient == 0
        if not plain or any(varies(axis) for axis in task.axes):
            raise sb.Unsupported("only the 2-D Laplacian with zero Dirichlet data")
        self.h = [(axis.upper - axis.lower) / (axis.points + 1) for axis in task.axes]

    def solve(self, task: poisson.Task, run: sb.Run) -> poisson.Solution:
        u = run.output(task.rhs.shape)
        r = task.rhs.copy()
        p = r.copy()
        rr = np.vdot(r, r)
        target = rr * task.tolerance**2
        for k in range(self.options.max_iterations + 1):
            if rr <= target:
                run.iterations(k)
                return poisson.Solution(u)
            q = self.laplacian(p)
            alpha = rr / np.vdot(p, q)
            u += alpha * p
            r -= alpha * q
            rr, old = np.vdot(r, r), rr
            p = r + rr / old * p
            if run.want_checkpoint():
                run.checkpoint(poisson.Solution(u))
            run.progress(message=f"iteration {k}")
        raise sb.Failed(f"no convergence in {self.options.max_iterations} iterations")

    def laplacian(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        hy, hx = self.h
        out = (2 / hy**2 + 2 / hx**2) * u
        out[1:] -= u[:-1] / hy**2
        out[:-1] -= u[1:] / hy**2
        out[:, 1:] -= u[:, :-1] / hx**2
        out[:, :-1] -= u[:, 1:] / hx**2
        return out


def varies(axis: poisson.Axis) -> bool:
    """Whether an axis has more than a Laplacian and zero Dirichlet data."""
    sides = {axis.lower_boundary, axis.upper_boundary}
    given = (axis.lower_values, axis.upper_values, axis.face_coefficients)
    return sides != {poisson.Boundary.DIRICHLET} or axis.coefficient not in (0, 1) or any(a is not None for a in given)


class Ddim(sb.Solver):
    """DDIM: the noise prediction is constant over a step."""

    name, family, tags = "ddim-py", "sampling", ("deterministic", "probability-flow")
    citation = "Song, Meng & Ermon 2021, eq. 12 with η = 0"

    @dataclass
    class Options:
        steps: int = sb.option(20, min=1, max=100_000, doc="steps, uniform in the logarithm of the signal-to-noise ratio")

    options: Options

    def prepare(self, task: sampling.Task, run: sb.Run) -> None:
        schedule, steps = task.schedule, self.options.steps
        if schedule.kind != sampling.ScheduleKind.VP_LINEAR:
            raise sb.Unsupported(f"schedule {schedule.kind.name}, expected VP_LINEAR")
        if 0 < task.max_evaluations < steps:
            raise sb.Unsupported(f"{steps} steps take as many evaluations, the task allows {task.max_evaluations}")
        ends = np.array([schedule.t_start, schedule.t_end])
        growth = schedule.beta_max - schedule.beta_min
        log_alpha = -(ends**2) * growth / 4 - ends * schedule.beta_min / 2
        ratio = log_alpha - 0.5 * np.log(-np.expm1(2 * log_alpha))  # ln(α/σ)
        log_alpha = -0.5 * np.log1p(np.exp(-2 * np.linspace(ratio[0], ratio[1], steps + 1)))
        self.times = -4 * log_alpha / (schedule.beta_min + np.sqrt(schedule.beta_min**2 - 4 * growth * log_alpha))
        self.alpha, self.sigma = np.exp(log_alpha), np.sqrt(-np.expm1(2 * log_alpha))

    def solve(self, task: sampling.Task, run: sb.Run) -> sampling.Solution:
        noise = run.oracle(task.noise)
        x = run.output(task.start.shape)
        x[...] = task.start
        e = np.empty_like(x)
        for i in range(self.options.steps):
            noise(x, self.times[i], out=e)
            clean = (x - self.sigma[i] * e) / self.alpha[i]
            x[...] = self.alpha[i + 1] * clean + self.sigma[i + 1] * e
            if run.want_checkpoint():
                run.checkpoint(sampling.Solution(clean))
            run.progress((i + 1) / self.options.steps)
        run.iterations(self.options.steps)
        return sampling.Solution(x)


if __name__ == "__main__":
    sb.serve(name="example-python", version="0.1.0", license="Apache-2.0", solvers=[ConjugateGradients, Ddim])
