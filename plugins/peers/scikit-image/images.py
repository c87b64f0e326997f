"""What all solvers here share: one degradation each, images restored one by one."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, ClassVar

import solverbench as sb
from solverbench import restoration


class ImageSolver(sb.Solver):
    """Restores one degradation, image by image. scikit-image uses one thread for each."""

    family = "restoration"
    restores: ClassVar[type] = object
    what: ClassVar[str] = ""
    function: ClassVar[str] = ""
    """Of scikit-image's, with its module."""

    def __init__(self) -> None:
        # Loading scikit-image is no part of the set-up, which the harness times. It loads a module when a name in it is used.
        module, _, name = self.function.rpartition(".")
        self.method: Callable[..., Any] = getattr(importlib.import_module("skimage." + module), name)

    def prepare(self, task: restoration.Task, run: sb.Run) -> None:
        if not isinstance(task.degradation, self.restores):
            raise sb.Unsupported(f"restores {self.what} only, and the task is {type(task.degradation).__name__}")
        # For colour, scikit-image is told where the channels are; grey images have no axis for them.
        self.channel_axis = -1 if task.degraded.shape[3] > 1 else None
        self.ready(task, run)

    def ready(self, task: restoration.Task, run: sb.Run) -> None:
        """Makes what doesn't depend on the data."""

    def restore(self, y: Any, number: int, task: restoration.Task, run: sb.Run) -> Any:
        """One image of the task, [H][W] or [H][W][C]."""
        raise NotImplementedError

    def solve(self, task: restoration.Task, run: sb.Run) -> restoration.Solution:
        images, _, _, channels = task.degraded.shape
        out = run.output((images, task.height, task.width, channels))
        for number, y in enumerate(task.degraded):
            run.check()
            restored = self.restore(y[..., 0] if channels == 1 else y, number, task, run)
            out[number] = restored.reshape(out.shape[1:])
        return restoration.Solution(images=out)
