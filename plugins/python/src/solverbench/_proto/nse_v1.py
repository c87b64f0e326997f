# Made by tools/generate.py from solverbench/nse/v1/nse.proto: do not edit.
"""Two-dimensional incompressible Navier–Stokes in vorticity form, periodic:
ω_t + (u + U)·∇ω = ν Δω − μ ω + f,  u = (ψ_y, −ψ_x),  −Δψ = ω  on [0, L)².
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

__all__ = ["Solution", "Task"]


@dataclasses.dataclass(eq=False, kw_only=True)
class Task:
    """Task of the family nse."""

    length: float = 0.0
    """Side L of the square."""
    viscosity: float = 0.0
    """ν."""
    drag: float = 0.0
    """μ, linear drag."""
    mean_flow_x: float = 0.0
    """Mean flow U in x and y."""
    mean_flow_y: float = 0.0
    vorticity: NDArray[np.float64]
    """ω(x, y, 0) on an n×n grid, float64 [n][n]; row = y, column = x, from 0, spacing L/n.
    Data: it changes between the solves of a session.
    """
    forcing: NDArray[np.float64] | None = None
    """f on an m×m grid in the same layout; absent means zero. Operator: it stays."""
    times: tuple[float, ...] = ()
    """Times at which ω is asked for, ascending; the last one ends the run."""
    output_points: int = 0
    """Points per side of the output grid."""
    tolerance: float = 0.0
    """Relative L2 error of ω asked for at the last time."""


@dataclasses.dataclass(eq=False)
class Solution:
    """Solution of the family nse."""

    vorticity: NDArray[np.float64]
    """ω at the times asked for, float64 [times][output_points][output_points]."""
