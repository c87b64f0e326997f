# Made by tools/generate.py from solverbench/semilinear/v1/semilinear.proto: do not edit.
"""Semilinear evolution equations in one periodic dimension:
u_t = Σ_m c_m ∂_x^m u − a u u_x   on [0, L).
Kuramoto–Sivashinsky is c_2 = c_4 = −1, a = 1.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

__all__ = ["Solution", "Task"]


@dataclasses.dataclass(eq=False, kw_only=True)
class Task:
    """Task of the family semilinear."""

    length: float = 0.0
    """Period L."""
    initial: NDArray[np.float64]
    """u(x, 0) at x = L·i/n, float64 [n]; band-limited to what n points resolve.
    Data: it changes between the solves of a session.
    """
    times: tuple[float, ...] = ()
    """Times at which u is asked for, ascending; the last one ends the run."""
    output_points: int = 0
    """Points of the output grid, x = L·i/output_points."""
    linear: tuple[float, ...] = ()
    """c_0, c_1, …"""
    advection: float = 0.0
    """a."""
    tolerance: float = 0.0
    """Relative L2 error asked for at the last time."""


@dataclasses.dataclass(eq=False)
class Solution:
    """Solution of the family semilinear."""

    u: NDArray[np.float64]
    """u at the times asked for, float64 [times][output_points]."""
