"""Offers shrinkage of PyWavelets' coefficients against white noise of known size, by the thresholds of BayesShrink."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import solverbench as sb
from solverbench import restoration

AXES = (1, 2)  # rows and columns of [N][H][W][C]: all images and channels are transformed at once


class Shrinkage(sb.Solver):
    """What the transforms share."""

    family = "restoration"
    tags = ("direct", "multiscale")
    options: Any

    def __init__(self) -> None:
        import pywt  # loading it is no part of the set-up, which the harness times

        self.pywt = pywt

    def prepare(self, task: restoration.Task, run: sb.Run) -> None:
        if not isinstance(task.degradation, restoration.Denoise):
            raise sb.Unsupported(f"restores white noise only, and the task is {type(task.degradation).__name__}")
        if not task.sigma > 0:
            raise sb.Unsupported("images without noise")
        if self.options.wavelet not in self.pywt.wavelist(kind="discrete"):
            raise sb.Invalid(f'option wavelet: "{self.options.wavelet}", expected a discrete one of PyWavelets, sym4 for example')
        self.wavelet = self.pywt.Wavelet(self.options.wavelet)
        if not self.wavelet.orthogonal:
            raise sb.Unsupported(f"wavelet {self.options.wavelet} isn't orthogonal: noise would not be white in its coefficients")

    def shrink(self, details: tuple[Any, ...], noise: float) -> tuple[Any, ...]:
        """Soft thresholds noise² / (size of the signal), for each band of each image."""
        return tuple(self.pywt.threshold(d, noise**2 / signal(d, noise), "soft") for d in details)


def signal(d: Any, noise: float) -> Any:
    """The standard deviation of coefficients without that of the noise."""
    left = np.mean(d * d, axis=AXES, keepdims=True) - noise**2
    return np.sqrt(np.maximum(left, np.finfo(float).tiny))


class Decimated(Shrinkage):
    """BayesShrink on the discrete wavelet transform (wavedec2)."""

    name = "dwt"
    citation = "Chang, Yu & Vetterli 2000, IEEE TIP 9(9)"

    @dataclass
    class Options:
        wavelet: str = sb.option("sym4", doc="a discrete, orthogonal wavelet of PyWavelets")
        levels: int = sb.option(4, min=1, max=12, doc="levels, fewer for small images")

    options: Options

    def solve(self, task: restoration.Task, run: sb.Run) -> restoration.Solution:
        y = task.degraded
        levels = min(self.options.levels, self.pywt.dwt_max_level(min(y.shape[1:3]), self.wavelet.dec_len))
        coarse, *details = self.pywt.wavedec2(y, self.wavelet, "symmetric", levels, AXES)
        shrunk = [self.shrink(d, task.sigma) for d in details]
        x = self.pywt.waverec2([coarse, *shrunk], self.wavelet, "symmetric", AXES)
        out = run.output(y.shape)
        out[:] = x[:, : y.shape[1], : y.shape[2]]
        return restoration.Solution(images=out)


class Stationary(Shrinkage):
    """BayesShrink on the stationary wavelet transform (swt2), which amounts to the mean over all shifts of the image."""

    name = "swt"
    citation = "Coifman & Donoho 1995, in Wavelets and Statistics; Chang, Yu & Vetterli 2000, IEEE TIP 9(9)"

    @dataclass
    class Options:
        wavelet: str = sb.option("haar", doc="a discrete, orthogonal wavelet of PyWavelets")
        levels: int = sb.option(4, min=1, max=8, doc="levels; images are continued to a multiple of two to this power")

    options: Options

    def solve(self, task: restoration.Task, run: sb.Run) -> restoration.Solution:
        _, height, width, _ = task.degraded.shape
        levels = self.options.levels
        more = [(0, 0), (0, -height % 2**levels), (0, -width % 2**levels), (0, 0)]
        y = np.pad(task.degraded, more, mode="symmetric")
        coarse, *details = self.pywt.swt2(y, self.wavelet, levels, axes=AXES, trim_approx=True, norm=True)
        # With norm=True the transform keeps energy, so that each level has half the noise of the next finer one.
        shrunk = [self.shrink(d, task.sigma / 2 ** (levels - k)) for k, d in enumerate(details)]
        x = self.pywt.iswt2([coarse, *shrunk], self.wavelet, norm=True, axes=AXES)
        out = run.output(task.degraded.shape)
        out[:] = x[:, :height, :width]
        return restoration.Solution(images=out)


if __name__ == "__main__":
    sb.serve(name="pywavelets", version="0.1.0", license="Apache-2.0", solvers=[Decimated, Stationary])
