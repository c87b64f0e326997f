"""A plugin that shows what solvers see and may do, for the tests here and those in Go."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import solverbench as sb
from solverbench import nse, poisson, restoration, sampling, semilinear


class Witness(sb.Solver):
    """Misbehaves as it is told,
    or answers with a multiple of the right-hand side."""

    name, family, tags = "witness", "poisson", ("test",)
    citation = "nobody"

    @dataclass
    class Options:
        mode: Literal["copy", "maps", "print", "raise", "unsupported", "failed", "diverged", "shape", "write", "spin", "sleep", "exit"] = (
            "copy"
        )
        factor: float = sb.option(1.0, min=-10, max=10, doc="the answer is the right-hand side times this")
        steps: int = sb.option(1, min=1)
        loud: bool = False

    options: Options

    def prepare(self, task: poisson.Task, run: sb.Run) -> None:
        if self.options.loud:
            print("preparing", flush=True)
        if self.options.mode == "unsupported":
            raise sb.Unsupported("axis 0 is too short")

    def solve(self, task: poisson.Task, run: sb.Run) -> Any:
        if self.options.mode not in ("copy", "maps"):
            return misbehave(self.options.mode, task, run)
        u = run.output(task.rhs.shape)
        for step in range(self.options.steps):
            np.multiply(task.rhs, self.options.factor * (step + 1) / self.options.steps, out=u)
            run.checkpoint(u)
        if self.options.mode == "maps":
            u.flat[:2] = shared(task.rhs), shared(u)
        run.iterations(self.options.steps)
        return u


def misbehave(mode: str, task: poisson.Task, run: sb.Run) -> Any:
    match mode:
        case "print":
            print("a greeting, where it may not be", flush=True)
            return task.rhs
        case "raise":
            return np.zeros(3) / np.zeros(4)
        case "failed":
            raise sb.Failed("no convergence")
        case "diverged":
            raise sb.Diverged("residual is nan")
        case "shape":
            return "no array"
        case "write":
            task.rhs[...] = 0
        case "spin":
            while True:
                pass
        case "sleep":
            time.sleep(60)
        case "exit":
            sys.exit("leaving")
    return task.rhs


def shared(array: NDArray[Any]) -> bool:
    """Whether an array lies in memory that other processes see."""
    at = array.__array_interface__["data"][0]
    with open("/proc/self/maps") as maps:
        for line in maps:
            span, flags = line.split()[:2]
            low, high = (int(x, 16) for x in span.split("-"))
            if low <= at < high:
                return flags[3] == "s"
    return False


class Waves(sb.Solver):
    """Scales its initial value by each of the times."""

    name, family = "waves", "semilinear"

    def solve(self, task: semilinear.Task, run: sb.Run) -> semilinear.Solution:
        u = run.output((len(task.times), task.output_points))
        u[:] = np.multiply.outer(task.times, task.initial[: task.output_points]) * task.linear[2] + task.advection + task.length
        return semilinear.Solution(u)


class Flow(sb.Solver):
    """Scales its initial value by each of the times, and adds the forcing."""

    name, family = "flow", "nse"

    def solve(self, task: nse.Task, run: sb.Run) -> nse.Solution:
        forcing = 0 if task.forcing is None else task.forcing
        return nse.Solution(np.stack([t * task.vorticity + forcing for t in task.times]))


class Paint(sb.Solver):
    """Hands back what is known, or the sum of the kernel where the image is blurred."""

    name, family = "paint", "restoration"

    def solve(self, task: restoration.Task, run: sb.Run) -> restoration.Solution:
        x = run.output((task.degraded.shape[0], task.height, task.width, task.degraded.shape[3]))
        match task.degradation:
            case restoration.Inpaint(mask=mask):
                x[...] = task.degraded * mask[..., None]
            case restoration.Blur(kernel=kernel, edge=restoration.Edge.REFLECT):
                x[...] = kernel.sum()
            case restoration.Denoise():
                x[...] = task.degraded
            case other:
                raise sb.Unsupported(f"a degradation {type(other).__name__}")
        return restoration.Solution(x)


class Steps(sb.Solver):
    """Asks the oracle once with the whole batch and once with one entry."""

    name, family = "steps", "sampling"

    def solve(self, task: sampling.Task, run: sb.Run) -> sampling.Solution:
        noise = run.oracle(task.noise)
        x = run.output(task.start.shape)
        noise(task.start, task.schedule.t_start, out=x)
        x[:1] += noise(task.start[:1], task.schedule.t_end)
        return sampling.Solution(x)


if __name__ == "__main__":
    sb.serve(name="witness", version="1.2.3", license="MIT", solvers=[Witness, Waves, Flow, Paint, Steps])
