"""Elliptic problems −∇·(K∇u) = f on a box, and symmetric positive definite systems.

`System` makes a task a sparse linear system, for solvers that want a matrix.

The operator of the schema isn't symmetric where a side is Neumann: the row of a boundary vertex has its inner neighbour twice. Its
rows are multiplied by the trapezoidal weight of their vertex, a half for each such side, which makes it symmetric: W A u = W b.
Residuals are measured without W.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solverbench._errors import Invalid, Unsupported
from solverbench._proto.poisson_v1 import Axis, Boundary, CsrMatrix, Kind, Solution, Task

__all__ = ["Axis", "Boundary", "CsrMatrix", "Kind", "Solution", "System", "Task"]

Vector = NDArray[np.float64]


class System:
    """W A u = W b. Made of a task's operator; `load` takes its data, or those of later ones."""

    def __init__(self, task: Task) -> None:
        self.kind, self.tolerance, self.cross = task.kind, task.tolerance, task.cross_coefficient
        self.shape = task.rhs.shape
        self.weight: Vector | None = None
        """The diagonal of W, flat; None if all of it is 1."""
        self.singular = False
        """Whether constants are in the kernel: no side is Dirichlet. `project` takes the part of a residual away that A can't reach."""
        self._lines: list[_Line] = []
        if self.kind == Kind.MATRIX:
            if task.matrix is None:
                raise Invalid("task.matrix is absent, expected the matrix of a KIND_MATRIX task")
            self._matrix = task.matrix
            return
        if not 1 <= len(task.axes) <= 3:
            raise Unsupported(f"problems in {len(task.axes)} dimensions, expected 1 to 3")
        self._lines = [_Line(axis, f"axes.{i}", i, self.shape) for i, axis in enumerate(task.axes)]
        self.singular = all(line.lower != Boundary.DIRICHLET and line.upper != Boundary.DIRICHLET for line in self._lines)
        if any(Boundary.NEUMANN in (line.lower, line.upper) for line in self._lines):
            self.weight = np.ravel(self._weights(np.ones(self.shape)))
        if self.cross != 0:
            self._check_cross()

    def matrix(self) -> Any:
        """W A, a scipy.sparse.csr_matrix with int32 indices and sorted columns."""
        from scipy import sparse

        if self.kind == Kind.MATRIX:
            m = self._matrix
            return sparse.csr_matrix((m.values, m.columns, m.row_pointers.astype(np.int32)), shape=(self.shape[0],) * 2)
        numbers = np.arange(math.prod(self.shape), dtype=np.int32).reshape(self.shape)
        diagonal = np.zeros(self.shape)
        rows, columns, values = [], [], []

        def couple(a: Any, b: Any, value: Any) -> None:
            for row, column in ((a, b), (b, a)):
                rows.append(row.ravel())
                columns.append(column.ravel())
                values.append(np.broadcast_to(value, a.shape).ravel())

        for line in self._lines:
            faces = line.faces / line.h**2
            at, d = line.first(numbers), line.first(diagonal)
            d += line.first(self._weights(np.ones(self.shape))) * (faces[:-1] + faces[1:])
            others = line.first(self._weights(np.ones(self.shape), without=line.number))
            couple(at[:-1], at[1:], -faces[1:-1] * others[1:])
            if line.lower == Boundary.PERIODIC:
                couple(at[-1:], at[:1], -faces[:1] * others[:1])
        if self.cross != 0:
            self._couple_diagonally(numbers, couple)
        couple_diagonal = numbers.ravel()
        entries = (
            np.concatenate([*values, diagonal.ravel()]),
            (np.concatenate([*rows, couple_diagonal]), np.concatenate([*columns, couple_diagonal])),
        )
        return sparse.coo_matrix(entries).tocsr()

    def load(self, task: Task) -> tuple[Vector, float]:
        """W b of a task's data, flat, and the 2-norm that residuals are relative to. Not to be written to: it may be the task's."""
        sides = []
        for line, axis in zip(self._lines, task.axes):
            for upper, values in ((False, axis.lower_values), (True, axis.upper_values)):
                if values is not None and np.any(values):
                    if self.cross != 0:
                        raise Unsupported("a cross coefficient with boundary data: the corners are not given")
                    sides.append((line, values, upper))
        changes = sides or self.weight is not None or self.singular
        b = np.array(task.rhs, dtype=np.float64) if changes else np.asarray(task.rhs, dtype=np.float64)
        for line, values, upper in sides:
            line.add(b, values, upper)
        reference = float(np.linalg.norm(task.rhs)) or float(np.linalg.norm(b))
        b = b.ravel()
        if self.weight is not None:
            b *= self.weight
        return self.project(b), reference

    def project(self, r: Vector) -> Vector:
        """Takes the part that a singular A can't reach off a residual W(b − Au), in place."""
        if self.singular:
            if self.weight is None:
                r -= r.mean()
            else:
                r -= self.weight * (r.sum() / self.weight.sum())
        return r

    def norm(self, r: Vector) -> float:
        """The 2-norm of b − Au given W(b − Au)."""
        return float(np.linalg.norm(r if self.weight is None else r / self.weight))

    def target(self, reference: float) -> float:
        """The residual norm to reach: a little below the tolerance, so that rounding in another's residual doesn't decide. For the
        continuous problem, where an error is asked for, a hundredth of it."""
        if self.kind == Kind.CONTINUOUS:
            return reference * (min(self.tolerance / 100, 1e-6) if self.tolerance > 0 else 1e-8)
        return reference * (0.9 * self.tolerance if self.tolerance > 0 else 1e-10)

    def _weights(self, ones: Vector, without: int = -1) -> Vector:
        for line in self._lines:
            along = line.first(ones)
            if line.number != without:
                along[0] *= 0.5 if line.lower == Boundary.NEUMANN else 1
                along[-1] *= 0.5 if line.upper == Boundary.NEUMANN else 1
        return ones

    def _check_cross(self) -> None:
        if len(self._lines) != 2:
            raise Unsupported(f"a cross coefficient in {len(self._lines)} dimensions, expected 2")
        if self.weight is not None:
            raise Unsupported("a cross coefficient with Neumann sides: the mirrored operator isn't symmetric")

    def _couple_diagonally(self, numbers: Any, couple: Any) -> None:
        y, x = self._lines
        value = -2 * self.cross / (4 * y.h * x.h)
        for sign in (1, -1):
            a, b = numbers[:, ::sign], numbers[:, ::sign]
            if y.lower == Boundary.PERIODIC:
                b = np.roll(b, -1, axis=0)
            else:
                a, b = a[:-1], b[1:]
            if x.lower == Boundary.PERIODIC:
                b = np.roll(b, -1, axis=1)
            else:
                a, b = a[:, :-1], b[:, 1:]
            couple(a, b, sign * value)


class _Line:
    """An axis, checked."""

    def __init__(self, axis: Axis, path: str, number: int, shape: tuple[int, ...]) -> None:
        self.number, self.lower, self.upper = number, axis.lower_boundary, axis.upper_boundary
        n = shape[number]
        sides = (self.lower, self.upper)
        if Boundary.UNSPECIFIED in sides or (self.lower == Boundary.PERIODIC) != (self.upper == Boundary.PERIODIC):
            raise Invalid(f"task.{path}: boundaries {self.lower.name} and {self.upper.name}, expected both periodic or neither")
        least = 3 if self.lower == Boundary.PERIODIC else 2 if Boundary.NEUMANN in sides else 1
        if n < least:
            raise Unsupported(f"{n} points along {path} with these boundaries, expected at least {least}")
        intervals = n if self.lower == Boundary.PERIODIC else n - 1 + sides.count(Boundary.DIRICHLET)
        self.h = (axis.upper - axis.lower) / intervals
        faces = axis.face_coefficients
        if faces is None:
            faces = np.full([m + (a == number) for a, m in enumerate(shape)], axis.coefficient or 1.0)
        self.faces = np.moveaxis(np.array(faces, dtype=np.float64), number, 0)
        """Coefficients, this axis first. On a Neumann side that of the mirrored inner face."""
        if self.lower == Boundary.NEUMANN:
            self.faces[0] = self.faces[1]
        if self.upper == Boundary.NEUMANN:
            self.faces[-1] = self.faces[-2]

    def first(self, field: Any) -> Any:
        """A view of a field with this axis first."""
        return np.moveaxis(field, self.number, 0)

    def add(self, b: Vector, values: Vector, upper: bool) -> None:
        """Moves the data of a side into the right-hand side."""
        end = -1 if upper else 0
        side = self.upper if upper else self.lower
        factor = 2 / self.h if side == Boundary.NEUMANN else 1 / self.h**2
        self.first(b)[end] += factor * self.faces[end] * values.reshape(self.faces[end].shape)
