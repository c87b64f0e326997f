"""Times BM3D on exported tasks of grey images, without the harness: see taskdir.py for the command line."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import numpy as np

import bm3d
from bm3d import profiles

import taskdir
from taskdir import Solve, Task


def restoration(first: Task, o: SimpleNamespace) -> Solve:
    kinds = {"np": "BM3DProfile", "refilter": "BM3DProfileRefilter", "vn": "BM3DProfileVN", "high": "BM3DProfileHigh"}
    profile = getattr(profiles, kinds[o.profile])()
    profile.num_threads = int(os.environ.get("OMP_NUM_THREADS", "1"))

    def restore(y: Any, sigma: float) -> Any:
        return bm3d.bm3d(y, sigma, profile)

    def solve(task: Task) -> Any:
        return np.stack([restore(np.ascontiguousarray(y[..., 0]), task.number("sigma")) for y in task.array("degraded")])

    return solve


if __name__ == "__main__":
    taskdir.main({"bm3d": (restoration, {"profile": "np"})})
