# Made by tools/generate.py from solverbench/sampling/v1/sampling.proto: do not edit.
"""Diffusion sampling with an exact score: turn x_T into samples of p_0 with few
evaluations of the noise prediction ε(x, t) that the harness serves.
"""

from __future__ import annotations

import dataclasses
import enum

import numpy as np
from numpy.typing import NDArray

from solverbench._proto import common_v1 as _common

__all__ = ["Schedule", "ScheduleKind", "Solution", "Task"]


class ScheduleKind(enum.IntEnum):
    """ScheduleKind names a noise schedule x_t = α_t x_0 + σ_t ε."""

    UNSPECIFIED = 0
    VP_LINEAR = 1
    """ln α = −t²(β_max − β_min)/4 − t β_min/2, σ = √(1 − α²)."""


@dataclasses.dataclass(eq=False, kw_only=True)
class Schedule:
    """Schedule of the family sampling."""

    kind: ScheduleKind = ScheduleKind.UNSPECIFIED
    beta_min: float = 0.0
    beta_max: float = 0.0
    t_start: float = 0.0
    """Sampling starts at t_start and ends at t_end < t_start."""
    t_end: float = 0.0


@dataclasses.dataclass(eq=False, kw_only=True)
class Task:
    """Task of the family sampling."""

    schedule: Schedule
    start: NDArray[np.float64]
    """x at t_start, float64 [batch][d]. Data: it changes between the solves of a
    session, while the oracle stays.
    """
    noise: _common.Oracle
    """ε(x, t): scalar t, array x [batch][d] → [batch][d]. One evaluation is one call on a batch."""
    max_evaluations: int = 0
    """Evaluations allowed; 0 means no limit."""


@dataclasses.dataclass(eq=False)
class Solution:
    """Solution of the family sampling."""

    samples: NDArray[np.float64]
    """x at t_end, float64 [batch][d]."""
