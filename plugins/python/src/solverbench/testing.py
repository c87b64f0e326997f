"""Calls a solver without the harness, for tests of it.

    from solverbench import poisson, testing

    task = poisson.Task(kind=poisson.Kind.DISCRETE, axes=(axis, axis), rhs=f, tolerance=1e-8)
    got = testing.solve(Mine, task, options={"omega": 1.5}, checkpoints=5)
    assert np.allclose(got.solution.u, expected)

Options, the task's arrays, outputs, checkpoints and failures are as the harness has them: arrays of the task are read-only, an answer of
the wrong type or shape is an error, and what the solver raises comes out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solverbench import _codec, _oracle, _solver
from solverbench._errors import Failed, Unsupported
from solverbench._options import make, text
from solverbench._oracle import Oracle, OracleFunction
from solverbench._proto import common_v1
from solverbench._run import Run
from solverbench._solver import Solver

__all__ = ["Solved", "solve"]


@dataclasses.dataclass(frozen=True)
class Solved:
    """What a solver has answered."""

    solution: Any
    """The Solution of the family, a copy."""
    seconds: float
    """Of the last solve, without what checkpoints took."""
    prepare_seconds: float
    iterations: int
    """As the solver counts them."""
    checkpoints: tuple[tuple[float, Any], ...]
    """Of the first solve: the seconds after it began, and a Solution."""
    progress: tuple[tuple[float, str], ...]
    """Of all solves."""
    evaluations: int
    """Calls of oracles in the last solve."""


def solve(
    solver: type[Solver],
    task: Any,
    *,
    options: Mapping[str, Any] | None = None,
    oracles: Mapping[str, OracleFunction] | None = None,
    threads: int = 1,
    seed: int = 0,
    checkpoints: int = 0,
    repeat: int = 1,
) -> Solved:
    """Makes an instance of the solver, and lets it prepare for the task and solve it.

    Options are values or their texts. Oracles are functions f(x, *scalars) by the names that the task has for them. With `repeat` it
    is solved that often, as the harness does: each answer must be a whole one.
    """
    _solver.check(solver)
    types = _solver.types(solver.family)
    if not isinstance(task, types.Task):
        raise Unsupported(f"a {type(task).__module__}.{type(task).__name__}, and {solver.name} takes {types.Task.__module__}.Task")
    task = _read_only(task)
    run = Run(threads, seed)
    counts: list[str] = []
    run._get_oracle = lambda spec: _counted(spec, oracles or {}, counts)
    told: list[tuple[float, str]] = []
    kept: list[tuple[float, Any]] = []
    run._send_progress = lambda fraction, message: told.append((fraction, message))
    run._send_checkpoint = lambda at, solution: kept.append((at, _answer(solution, types, task)))

    instance = solver()
    given = {name: value if isinstance(value, str) else text(value) for name, value in (options or {}).items()}
    instance.options = make(solver.Options, given)
    try:
        run._begin(0)
        instance.prepare(task, run)
        prepared = run._elapsed()
        for i in range(max(repeat, 1)):
            counts.clear()
            run._begin(checkpoints if i == 0 else 0)
            answer = instance.solve(task, run)
            took = run._elapsed()
        solution = _answer(answer, types, task)
    finally:
        instance.close()
    return Solved(solution, took, prepared, run._iterations, tuple(kept), tuple(told), len(counts))


def _answer(solution: Any, types: Any, task: Any) -> Any:
    """A copy of a solution, if it is what the task asks for."""
    arrays = _codec.fields(solution, types)
    for (name, array), shape in zip(arrays.items(), shapes(task)):
        if array.shape != shape:
            raise Failed(f"solution: {name} has the shape {array.shape}, expected {shape}")
    return types.Solution(**{name: array.copy() for name, array in arrays.items()})


def shapes(task: Any) -> list[tuple[int, ...]]:
    """The shapes of the arrays of a task's solution."""
    family = type(task).__module__.rsplit(".", 1)[-1].removesuffix("_v1")
    if family == "semilinear":
        return [(len(task.times), task.output_points)]
    if family == "nse":
        return [(len(task.times), task.output_points, task.output_points)]
    if family == "restoration":
        n, _, _, channels = task.degraded.shape
        return [(n, task.height, task.width, channels)]
    return [task.start.shape if family == "sampling" else task.rhs.shape]


def _read_only(value: Any) -> Any:
    """A copy whose arrays can't be written to, as in shared memory."""
    if isinstance(value, np.ndarray):
        value = np.array(value, order="C")
        value.flags.writeable = False
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.replace(value, **{f.name: _read_only(getattr(value, f.name)) for f in dataclasses.fields(value)})
    return tuple(_read_only(v) for v in value) if isinstance(value, tuple) else value


def _counted(spec: common_v1.Oracle, functions: Mapping[str, OracleFunction], counts: list[str]) -> Oracle:
    if spec.name not in functions:
        raise Failed(f'oracle "{spec.name}": no function of that name was given, expected it in oracles')

    def function(x: NDArray[np.float64], *scalars: float) -> Any:
        counts.append(spec.name)
        return functions[spec.name](x, *scalars)

    return _oracle.local(spec, function)
