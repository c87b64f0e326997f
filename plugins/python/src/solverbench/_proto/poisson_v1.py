# Made by tools/generate.py from solverbench/poisson/v1/poisson.proto: do not edit.
"""Elliptic problems −∇·(K∇u) = f on a box, and symmetric positive definite systems."""

from __future__ import annotations

import dataclasses
import enum

import numpy as np
from numpy.typing import NDArray

__all__ = ["Axis", "Boundary", "CsrMatrix", "Kind", "Solution", "Task"]


class Boundary(enum.IntEnum):
    """Boundary is the condition on one side of one axis."""

    UNSPECIFIED = 0
    DIRICHLET = 1
    """u is given; vertices on the side are not unknowns."""
    NEUMANN = 2
    """∂u/∂n (outward) is given; vertices on the side are unknowns."""
    PERIODIC = 3
    """Both sides of the axis are one; the lower one holds unknowns."""


class Kind(enum.IntEnum):
    """Kind says what is asked for."""

    UNSPECIFIED = 0
    DISCRETE = 1
    """The linear system defined by the stencil below is the problem. Measured:
    ‖f − Au‖₂/‖f‖₂ by the harness's own operator.
    """
    CONTINUOUS = 2
    """The differential equation is the problem; f is sampled at the unknowns and any
    method will do. Measured: error of u at the same points against the exact
    solution.
    """
    MATRIX = 3
    """Au = f with the matrix in `matrix`."""


@dataclasses.dataclass(eq=False, kw_only=True)
class Axis:
    """Axis is one direction of the grid. With n unknowns between lower and upper the
    spacing is h = (upper − lower)/m with m = n+1 (Dirichlet on both sides),
    n (Dirichlet on one side, or periodic) or n−1 (Neumann on both sides); the first
    unknown is at lower + h (Dirichlet at the lower side) or at lower.
    """

    points: int = 0
    lower: float = 0.0
    upper: float = 0.0
    lower_boundary: Boundary = Boundary.UNSPECIFIED
    upper_boundary: Boundary = Boundary.UNSPECIFIED
    lower_values: NDArray[np.float64] | None = None
    """Boundary data on the lower and upper side: u or ∂u/∂n at the unknowns' positions
    along the other axes, in their order (a scalar in 1-D). Absent means zero.
    Data: they change between the solves of a session; whether they are there does
    not.
    """
    upper_values: NDArray[np.float64] | None = None
    coefficient: float = 0.0
    """Constant coefficient K_aa of this axis, 1 unless set (0 means 1)."""
    face_coefficients: NDArray[np.float64] | None = None
    """Coefficients on the faces across this axis, for variable K: the grid's shape
    with points+1 entries along this axis; entry i lies between unknowns i−1 and i
    (or the boundary vertex). Absent means constant. Operator: they stay.
    """


@dataclasses.dataclass(eq=False)
class CsrMatrix:
    """CsrMatrix is a symmetric positive definite matrix by rows, both triangles stored,
    columns ascending in each row.
    """

    row_pointers: NDArray[np.int64]
    """int64 [n+1]."""
    columns: NDArray[np.int32]
    """int32 [nnz]."""
    values: NDArray[np.float64]
    """float64 [nnz]."""


@dataclasses.dataclass(eq=False, kw_only=True)
class Task:
    """Task. The discrete operator of KIND_DISCRETE at an unknown is, summed over axes,
    [F_i (u_i − u_{i−1}) + F_{i+1} (u_i − u_{i+1})] / h²,
    F the face coefficients or the constant; u beyond a Dirichlet side is the boundary
    value; beyond a Neumann side the mirror image plus twice h times the data, so that
    the row of a boundary vertex is 2F(u_0 − u_1)/h² on the left and f + 2Fg/h on the
    right. A constant cross coefficient c = K_xy adds −2c·u_xy by the four diagonal
    neighbours, (u_{++} − u_{+−} − u_{−+} + u_{−−})/(4 hx hy), to the 2-D operator.
    Periodic and pure Neumann problems determine u up to a constant: f is
    compatible, and the harness compares after removing means.
    """

    kind: Kind = Kind.UNSPECIFIED
    axes: tuple[Axis, ...] = ()
    """Axes, slowest first (z, y, x). Empty for KIND_MATRIX."""
    rhs: NDArray[np.float64]
    """f at the unknowns, float64, in the grid's shape; [n] for KIND_MATRIX. Data: it
    changes between the solves of a session.
    """
    tolerance: float = 0.0
    """Relative residual (discrete, matrix) or relative L2 error (continuous) asked for."""
    cross_coefficient: float = 0.0
    """Constant off-diagonal coefficient K_xy of 2-D problems."""
    matrix: CsrMatrix | None = None
    """Absent unless kind is KIND_MATRIX. Operator: it stays."""


@dataclasses.dataclass(eq=False)
class Solution:
    """Solution of the family poisson."""

    u: NDArray[np.float64]
    """u at the unknowns, float64, in the shape of Task.rhs."""
