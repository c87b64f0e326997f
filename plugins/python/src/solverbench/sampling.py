"""Diffusion sampling with an exact score: turn x_T into samples of p_0 with few
evaluations of the noise prediction ε(x, t) that the harness serves.
"""

from solverbench._proto.sampling_v1 import Schedule, ScheduleKind, Solution, Task

__all__ = ["Schedule", "ScheduleKind", "Solution", "Task"]
