"""The helper that calls solvers without the harness, and with it the example."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import solverbench as sb
from solverbench import common, poisson, sampling, testing

EXAMPLE = Path(__file__).parents[3] / "docs/examples/python/plugin.py"


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("example", path)
    assert spec is not None and spec.loader is not None
    module = sys.modules["example"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def example() -> ModuleType:
    if not EXAMPLE.exists():
        pytest.skip(f"{EXAMPLE} is not here")
    return load(EXAMPLE)


def square(n: int, tolerance: float = 1e-10) -> tuple[poisson.Task, NDArray[np.float64]]:
    """The discrete Poisson equation whose solution is an eigenvector of the operator."""
    h = 1 / (n + 1)
    x = h * np.arange(1, n + 1)
    u = np.outer(np.sin(2 * np.pi * x), np.sin(np.pi * x))
    eigenvalue = (4 - 2 * np.cos(np.pi * h) - 2 * np.cos(2 * np.pi * h)) / h**2
    side = poisson.Boundary.DIRICHLET
    axis = poisson.Axis(points=n, upper=1.0, lower_boundary=side, upper_boundary=side)
    task = poisson.Task(kind=poisson.Kind.DISCRETE, axes=(axis, axis), rhs=eigenvalue * u, tolerance=tolerance)
    return task, u


def test_conjugate_gradients(example: ModuleType) -> None:
    task, u = square(20)
    task.rhs += 1  # not an eigenvector any more: that would take one iteration
    got = testing.solve(example.ConjugateGradients, task, checkpoints=3, repeat=2)
    h = 1 / 21
    padded = np.pad(got.solution.u, 1)
    applied = (4 * got.solution.u - padded[2:, 1:-1] - padded[:-2, 1:-1] - padded[1:-1, 2:] - padded[1:-1, :-2]) / h**2
    assert np.linalg.norm(applied - task.rhs) <= 1.1e-10 * np.linalg.norm(task.rhs)
    assert 10 < got.iterations < 100
    assert 1 <= len(got.checkpoints) <= 3 and got.checkpoints[0][0] <= got.seconds * 100
    assert np.any(got.checkpoints[0][1].u != got.solution.u)
    assert got.progress[0] == (0, "iteration 0") and got.evaluations == 0


def test_conjugate_gradients_refuses(example: ModuleType) -> None:
    task, _ = square(5)
    with pytest.raises(sb.Failed, match="no convergence in 1 iterations"):
        task.rhs[0, 0] += 1
        testing.solve(example.ConjugateGradients, task, options={"max_iterations": 1})
    with pytest.raises(sb.Invalid, match="option max_iterations"):
        testing.solve(example.ConjugateGradients, task, options={"max_iterations": 0})
    axis = dataclasses.replace(task.axes[0], lower_boundary=poisson.Boundary.NEUMANN)
    for changed in ({"axes": (axis, task.axes[1])}, {"axes": task.axes[:1]}, {"kind": poisson.Kind.CONTINUOUS}, {"cross_coefficient": 0.5}):
        with pytest.raises(sb.Unsupported):
            testing.solve(example.ConjugateGradients, dataclasses.replace(task, **changed))


def gaussian(batch: int, sd: float) -> tuple[sampling.Task, Any]:
    """Samples of a normal distribution, whose noise prediction is linear in x."""
    schedule = sampling.Schedule(kind=sampling.ScheduleKind.VP_LINEAR, beta_min=0.1, beta_max=20.0, t_start=1.0, t_end=1e-3)
    shape = (batch, 2)
    noise = common.Oracle(name="noise", scalars=("t",), input_shape=shape, output_shape=shape)

    def predict(x: NDArray[np.float64], t: float) -> NDArray[np.float64]:
        alpha2 = np.exp(-(t**2) * 19.9 / 2 - t * 0.1)
        return np.asarray(x * np.sqrt(1 - alpha2) / (alpha2 * sd**2 + 1 - alpha2))

    return sampling.Task(schedule=schedule, start=np.random.default_rng(0).normal(size=shape), noise=noise), predict


def test_ddim(example: ModuleType) -> None:
    task, predict = gaussian(100, sd=0.5)
    errors = []
    for steps in (20, 40):
        got = testing.solve(example.Ddim, task, options={"steps": steps}, oracles={"noise": predict}, checkpoints=4)
        assert got.evaluations == got.iterations == steps
        errors.append(np.abs(got.solution.samples - 0.5 * task.start).max())
    assert errors[0] < 0.15 and errors[1] < 0.6 * errors[0], "first order"
    assert len(got.checkpoints) > 0
    limited = dataclasses.replace(task, max_evaluations=10)
    with pytest.raises(sb.Unsupported, match="20 steps take as many evaluations, the task allows 10"):
        testing.solve(example.Ddim, limited, oracles={"noise": predict})
    with pytest.raises(sb.Failed, match='oracle "noise": no function of that name'):
        testing.solve(example.Ddim, task)


class Careless(sb.Solver):
    """Does what it should not."""

    name, family = "careless", "poisson"

    @dataclasses.dataclass
    class Options:
        what: str = "write"

    options: Options

    def solve(self, task: poisson.Task, run: sb.Run) -> Any:
        if self.options.what == "write":
            task.rhs[0, 0] = 1
        return task.rhs[1:]


def test_carelessness_shows() -> None:
    task, _ = square(4)
    with pytest.raises(ValueError, match="read-only"):
        testing.solve(Careless, task)
    with pytest.raises(sb.Failed, match=r"solution: u has the shape \(3, 4\), expected \(4, 4\)"):
        testing.solve(Careless, task, options={"what": "slice"})
    with pytest.raises(sb.Unsupported, match=r"careless takes solverbench._proto.poisson_v1.Task"):
        testing.solve(Careless, gaussian(1, 1.0)[0])


def test_oracles_are_called_as_they_must_be() -> None:
    task, predict = gaussian(5, 1.0)
    calls: list[Any] = []

    class Wrong(sb.Solver):
        name, family = "wrong", "sampling"

        def solve(self, task: sampling.Task, run: sb.Run) -> Any:
            noise = run.oracle(task.noise)
            for x, scalars in ((task.start[0], [1.0]), (task.start[:, :1], [1.0]), (task.start, []), (task.start, [1.0, 2.0])):
                with pytest.raises(ValueError, match="oracle noise: .*expected"):
                    noise(x, *scalars)
                calls.append(x)
            assert noise(task.start[:2], 0.5).shape == (2, 2)
            return noise(task.start, 0.5)

    assert testing.solve(Wrong, task, oracles={"noise": predict}).evaluations == 2
    assert len(calls) == 4
