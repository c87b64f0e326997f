"""Times shrinkage of PyWavelets' coefficients on exported tasks, without the harness: see taskdir.py for the command line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pywt

import taskdir
from taskdir import Solve, Task

AXES = (1, 2)


def shrink(details: Any, noise: float) -> Any:
    out = []
    for d in details:
        left = np.mean(d * d, axis=AXES, keepdims=True) - noise**2
        out.append(pywt.threshold(d, noise**2 / np.sqrt(np.maximum(left, np.finfo(float).tiny)), "soft"))
    return tuple(out)


def dwt(first: Task, o: SimpleNamespace) -> Solve:
    wavelet = pywt.Wavelet(o.wavelet)

    def solve(task: Task) -> Any:
        y, sigma = task.array("degraded"), task.number("sigma")
        levels = min(o.levels, pywt.dwt_max_level(min(y.shape[1:3]), wavelet.dec_len))
        coarse, *details = pywt.wavedec2(y, wavelet, "symmetric", levels, AXES)
        x = pywt.waverec2([coarse, *(shrink(d, sigma) for d in details)], wavelet, "symmetric", AXES)
        return x[:, : y.shape[1], : y.shape[2]]

    return solve


def swt(first: Task, o: SimpleNamespace) -> Solve:
    wavelet, levels = pywt.Wavelet(o.wavelet), o.levels

    def solve(task: Task) -> Any:
        y, sigma = task.array("degraded"), task.number("sigma")
        _, height, width, _ = y.shape
        y = np.pad(y, [(0, 0), (0, -height % 2**levels), (0, -width % 2**levels), (0, 0)], mode="symmetric")
        coarse, *details = pywt.swt2(y, wavelet, levels, axes=AXES, trim_approx=True, norm=True)
        shrunk = [shrink(d, sigma / 2 ** (levels - k)) for k, d in enumerate(details)]
        return pywt.iswt2([coarse, *shrunk], wavelet, norm=True, axes=AXES)[:, :height, :width]

    return solve


if __name__ == "__main__":
    taskdir.main({"dwt": (dwt, {"wavelet": "sym4", "levels": 4}), "swt": (swt, {"wavelet": "haar", "levels": 4})})
