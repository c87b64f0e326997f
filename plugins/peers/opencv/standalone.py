"""Times OpenCV's methods on exported tasks of grey images, without the harness: see taskdir.py for the command line."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np

import taskdir
from taskdir import Setup, Solve, Task


def planes(task: Task) -> Any:
    images = task.array("degraded")
    if images.shape[3] != 1:
        raise SystemExit("the images aren't grey")
    return images[..., 0]


def to_bytes(y: Any) -> Any:
    return np.clip(np.rint(y * 255), 0, 255).astype(np.uint8)


def nl_means(first: Task, o: SimpleNamespace) -> Solve:
    def solve(task: Task) -> Any:
        h = o.h * task.number("sigma") * 255
        return np.stack([cv2.fastNlMeansDenoising(to_bytes(y), None, h, o.template, o.search) / 255.0 for y in planes(task)])

    return solve


def inpainting(flag: int) -> Setup:
    def setup(first: Task, o: SimpleNamespace) -> Solve:
        missing = (first.array("inpaint.mask") == 0).astype(np.uint8)

        def fill(y: Any, mask: Any) -> Any:
            return np.where(mask != 0, cv2.inpaint(to_bytes(y), mask, o.radius, flag) / 255.0, y)

        return lambda task: np.stack([fill(y, mask) for y, mask in zip(planes(task), missing)])

    return setup


def resize(flag: int) -> Setup:
    def setup(first: Task, o: SimpleNamespace) -> Solve:
        size = (int(first.number("width")), int(first.number("height")))
        return lambda task: np.stack([cv2.resize(y, size, interpolation=flag) for y in planes(task)])

    return setup


if __name__ == "__main__":
    cv2.setNumThreads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    taskdir.main(
        {
            "nl-means": (nl_means, {"h": 1.0, "template": 7, "search": 21}),
            "telea": (inpainting(cv2.INPAINT_TELEA), {"radius": 3.0}),
            "navier-stokes": (inpainting(cv2.INPAINT_NS), {"radius": 3.0}),
            "bicubic": (resize(cv2.INTER_CUBIC), {}),
            "lanczos": (resize(cv2.INTER_LANCZOS4), {}),
        }
    )
