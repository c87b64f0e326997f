"""Offers BM3D as its authors publish it, for non-commercial use: see README.md."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import solverbench as sb
from solverbench import restoration


class BM3D(sb.Solver):
    """Block matching and 3-D filtering, both stages."""

    name = "bm3d"
    family = "restoration"
    tags = ("direct", "non-local", "multiscale")
    citation = "Dabov, Foi, Katkovnik & Egiazarian 2007, IEEE TIP 16(8); Mäkinen, Azzari & Foi 2020, IEEE TIP 29"
    parallel = True

    @dataclass
    class Options:
        profile: str = sb.option(
            "np", choices=("np", "refilter", "vn", "high"), doc="settings: normal, refiltered, for strong noise, high quality"
        )

    options: Options

    def __init__(self) -> None:
        import bm3d  # loading it is no part of the set-up, which the harness times
        from bm3d import profiles

        self.profiles, self.denoise = profiles, bm3d.bm3d

    def prepare(self, task: restoration.Task, run: sb.Run) -> None:
        if not isinstance(task.degradation, restoration.Denoise):
            raise sb.Unsupported(f"restores white noise only, and the task is {type(task.degradation).__name__}")
        if not task.sigma > 0:
            raise sb.Unsupported("images without noise")
        kinds = {"np": "BM3DProfile", "refilter": "BM3DProfileRefilter", "vn": "BM3DProfileVN", "high": "BM3DProfileHigh"}
        self.profile = getattr(self.profiles, kinds[self.options.profile])()
        self.profile.num_threads = run.threads

    def solve(self, task: restoration.Task, run: sb.Run) -> restoration.Solution:
        out = run.output(task.degraded.shape)
        for number, y in enumerate(task.degraded):
            for channel in range(y.shape[2]):
                run.check()
                out[number, ..., channel] = interruptible(self.denoise, np.ascontiguousarray(y[..., channel]), task.sigma, self.profile)
        return restoration.Solution(images=out)


working = threading.Lock()


def interruptible(f: Callable[..., Any], *args: Any) -> Any:
    """Calls f, which takes seconds outside of the interpreter, on another thread: this one can be told to stop meanwhile.

    The call goes on to its end then, and the next one waits for that.
    """
    answer: list[Any] = []

    def work() -> None:
        with working:
            try:
                answer.append(f(*args))
            except Exception as err:
                answer.append(err)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join()
    if isinstance(answer[0], Exception):
        raise answer[0]
    return answer[0]


if __name__ == "__main__":
    sb.serve(name="bm3d", version="0.1.0", license="Apache-2.0 AND LicenseRef-BM3D-non-commercial", solvers=[BM3D])
