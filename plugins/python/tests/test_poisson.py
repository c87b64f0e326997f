"""`System` against the stencil as the schema words it, applied point by point."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import solverbench as sb
from solverbench import poisson
from solverbench.poisson import Boundary

pytest.importorskip("scipy.sparse")
D, N, P = Boundary.DIRICHLET, Boundary.NEUMANN, Boundary.PERIODIC
SIDES = [(D, D), (D, N), (N, D), (N, N), (P, P)]
RANDOM = np.random.default_rng(3)


def spacing(axis: poisson.Axis) -> float:
    n = axis.points
    return (axis.upper - axis.lower) / {0: n if axis.lower_boundary == P else n - 1, 1: n, 2: n + 1}[
        (axis.lower_boundary, axis.upper_boundary).count(D)
    ]


def residual(task: poisson.Task, u: NDArray[np.float64]) -> NDArray[np.float64]:
    """f − Au with the boundary data, by the words of the schema."""
    out = np.array(task.rhs)
    for at in itertools.product(*map(range, u.shape)):
        for a, axis in enumerate(task.axes):
            i, n, h = at[a], axis.points, spacing(axis)

            def point(k: int, a: int = a, at: tuple[int, ...] = at) -> float:
                return float(u[(*at[:a], k, *at[a + 1 :])])

            faces = axis.face_coefficients
            for step, side, values in ((-1, axis.lower_boundary, axis.lower_values), (1, axis.upper_boundary, axis.upper_values)):
                face = i if step < 0 else i + 1
                inside = 0 <= i + step < n
                if faces is None:
                    coefficient = axis.coefficient or 1.0
                else:
                    mirrored = {0: 1, n: n - 1}[face] if not inside and side == N else face
                    coefficient = float(faces[(*at[:a], mirrored, *at[a + 1 :])])
                given = 0.0 if values is None else float(np.asarray(values).reshape(u.shape[:a] + u.shape[a + 1 :])[at[:a] + at[a + 1 :]])
                if inside:
                    neighbour = point(i + step)
                elif side == P:
                    neighbour = point((i + step) % n)
                elif side == D:
                    neighbour = given
                else:
                    neighbour = point(i - step) + 2 * h * given
                out[at] -= coefficient * (point(i) - neighbour) / h**2
    return out


def grid(sides: Any, faces: bool = False, values: bool = False) -> poisson.Task:
    shape = tuple(4 + i for i in range(len(sides)))
    axes = []
    for a, (lower, upper) in enumerate(sides):
        axis = poisson.Axis(points=shape[a], lower=-0.5, upper=1.0 + a, lower_boundary=lower, upper_boundary=upper, coefficient=a + 2.0)
        if faces:
            axis.face_coefficients = RANDOM.random([n + (b == a) for b, n in enumerate(shape)]) + 0.5
            if lower == N:  # the mirror image of the first inner face
                axis.face_coefficients[(slice(None),) * a + (0,)] = axis.face_coefficients[(slice(None),) * a + (1,)]
            if lower == P:
                axis.face_coefficients[(slice(None),) * a + (-1,)] = axis.face_coefficients[(slice(None),) * a + (0,)]
        if values and lower != P:
            across = shape[:a] + shape[a + 1 :]
            axis.lower_values, axis.upper_values = RANDOM.random(across), RANDOM.random(across)
        axes.append(axis)
    return poisson.Task(kind=poisson.Kind.DISCRETE, axes=tuple(axes), rhs=RANDOM.random(shape), tolerance=1e-8)


@pytest.mark.parametrize("faces", [False, True])
@pytest.mark.parametrize("sides", [[s] for s in SIDES] + [[a, b] for a in SIDES for b in SIDES] + [[(D, N), (P, P), (N, N)]])
def test_matrix(sides: Any, faces: bool) -> None:
    task = grid(sides, faces, values=True)
    system = poisson.System(task)
    matrix = system.matrix()
    b, _ = system.load(task)
    u = RANDOM.random(task.rhs.shape)
    weight = 1.0 if system.weight is None else system.weight
    want = system.project(weight * residual(task, u).ravel())
    assert np.allclose(b - matrix @ u.ravel(), want, atol=1e-9)
    assert abs(matrix - matrix.T).max() < 1e-12, "it is symmetric"
    assert matrix.indices.dtype == np.int32 and matrix.has_sorted_indices
    assert system.singular == all(side != D for pair in sides for side in pair)
    assert system.singular == (np.abs(matrix @ np.ones(u.size)).max() < 1e-9)


def test_cross_coefficient() -> None:
    for sides in ([(D, D), (D, D)], [(P, P), (D, D)], [(P, P), (P, P)]):
        task = grid(sides)
        plain = poisson.System(task).matrix()
        task.cross_coefficient = 0.3
        system = poisson.System(task)
        u = RANDOM.random(task.rhs.shape)
        padded = np.pad(u, 1)
        for a, (lower, _) in enumerate(sides):
            if lower == P:
                first, last = [(slice(None),) * a + (k,) for k in (0, -1)]
                padded[first], padded[last] = np.take(padded, -2, a), np.take(padded, 1, a)
        mixed = padded[2:, 2:] - padded[2:, :-2] - padded[:-2, 2:] + padded[:-2, :-2]
        want = plain @ u.ravel() - (2 * 0.3 * mixed / (4 * spacing(task.axes[0]) * spacing(task.axes[1]))).ravel()
        assert np.allclose(system.matrix() @ u.ravel(), want)


def test_given_matrix() -> None:
    matrix = poisson.CsrMatrix(np.array([0, 2, 4]), np.array([0, 1, 0, 1], np.int32), np.array([2.0, -1.0, -1.0, 2.0]))
    task = poisson.Task(kind=poisson.Kind.MATRIX, rhs=np.array([1.0, 2.0]), matrix=matrix, tolerance=1e-6)
    system = poisson.System(task)
    b, reference = system.load(task)
    assert system.matrix().toarray().tolist() == [[2, -1], [-1, 2]]
    assert b.tolist() == [1, 2] and reference == pytest.approx(5**0.5) and not system.singular
    assert system.target(reference) < 1e-6 * reference
    task.matrix = None
    with pytest.raises(sb.Invalid, match="task.matrix is absent"):
        poisson.System(task)


def test_refusals() -> None:
    unequal = grid([(P, D)])
    with pytest.raises(sb.Invalid, match="expected both periodic or neither"):
        poisson.System(unequal)
    neumann = grid([(N, D), (D, D)])
    neumann.cross_coefficient = 1.0
    with pytest.raises(sb.Unsupported, match="cross coefficient with Neumann"):
        poisson.System(neumann)
    line = grid([(D, D)])
    line.cross_coefficient = 1.0
    with pytest.raises(sb.Unsupported, match="in 1 dimensions"):
        poisson.System(line)
    with pytest.raises(sb.Unsupported, match="problems in 4 dimensions"):
        poisson.System(grid([(D, D)] * 4))
