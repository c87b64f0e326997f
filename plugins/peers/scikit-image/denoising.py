"""Methods against white Gaussian noise of known size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import solverbench as sb
from solverbench import restoration

from images import ImageSolver


class Denoiser(ImageSolver):
    restores = restoration.Denoise
    what = "white noise"

    def ready(self, task: restoration.Task, run: sb.Run) -> None:
        if not task.sigma > 0:
            raise sb.Unsupported("images without noise")


class TVChambolle(Denoiser):
    """Total variation by Chambolle's projections."""

    name = "tv-chambolle"
    function = "restoration.denoise_tv_chambolle"
    tags = ("iterative", "variational")
    citation = "Chambolle 2004, J. Math. Imaging Vision 20"

    @dataclass
    class Options:
        weight: float = sb.option(0.85, min=0, doc="of the total variation, in units of the noise")
        eps: float = sb.option(1e-5, min=0, doc="relative change of the energy at which it stops")
        iterations: int = sb.option(200, min=1, doc="most iterations")

    options: Options

    def restore(self, y: Any, number: int, task: restoration.Task, run: sb.Run) -> Any:
        o = self.options
        return self.method(y, weight=o.weight * task.sigma, eps=o.eps, max_num_iter=o.iterations, channel_axis=self.channel_axis)


class TVBregman(Denoiser):
    """Total variation by split Bregman iteration."""

    name = "tv-bregman"
    function = "restoration.denoise_tv_bregman"
    tags = ("iterative", "variational")
    citation = "Goldstein & Osher 2009, SIAM J. Imaging Sci. 2(2); Getreuer 2012, IPOL 2"

    @dataclass
    class Options:
        weight: float = sb.option(0.85, min=1e-3, doc="of the total variation, in units of the noise, as for tv-chambolle")
        eps: float = sb.option(1e-3, min=0, doc="change at which it stops")
        iterations: int = sb.option(100, min=1, doc="most iterations")
        isotropic: bool = sb.option(True, doc="lengths of gradients, not sums of their parts")

    options: Options

    def restore(self, y: Any, number: int, task: restoration.Task, run: sb.Run) -> Any:
        o = self.options
        # Its weight is that of the data: half the inverse of Chambolle's states the same problem. It takes no read-only images.
        return self.method(
            y.copy(),
            weight=0.5 / (o.weight * task.sigma),
            eps=o.eps,
            max_num_iter=o.iterations,
            isotropic=o.isotropic,
            channel_axis=self.channel_axis,
        )


class NLMeans(Denoiser):
    """Non-local means in fast mode: integral images for each offset."""

    name = "nl-means"
    function = "restoration.denoise_nl_means"
    tags = ("direct", "non-local")
    citation = "Buades, Coll & Morel 2005, CVPR; Darbon et al. 2008, ISBI"

    @dataclass
    class Options:
        h: float = sb.option(0.8, min=0, doc="decay of the weights, in units of the noise")
        patch_size: int = sb.option(5, min=1, doc="side of a patch")
        patch_distance: int = sb.option(6, min=1, doc="how far away patches are looked for")
        fast_mode: bool = sb.option(True, doc="integral images instead of sums with a Gaussian window")

    options: Options

    def restore(self, y: Any, number: int, task: restoration.Task, run: sb.Run) -> Any:
        o = self.options
        return self.method(
            y,
            patch_size=o.patch_size,
            patch_distance=o.patch_distance,
            h=o.h * task.sigma,
            sigma=task.sigma,
            fast_mode=o.fast_mode,
            preserve_range=True,
            channel_axis=self.channel_axis,
        )


@dataclass
class WaveletOptions:
    wavelet: str = sb.option("db1", doc="a discrete wavelet of PyWavelets")
    method: str = sb.option("BayesShrink", choices=("BayesShrink", "VisuShrink"), doc="choice of thresholds")
    mode: str = sb.option("soft", choices=("soft", "hard"), doc="kind of thresholds")


class Wavelet(Denoiser):
    """Shrinkage of wavelet coefficients."""

    name = "wavelet"
    function = "restoration.denoise_wavelet"
    tags = ("direct", "multiscale")
    citation = "Chang, Yu & Vetterli 2000, IEEE TIP 9(9)"
    Options = WaveletOptions
    options: WaveletOptions

    def __init__(self) -> None:
        super().__init__()
        import pywt

        self.known = pywt.wavelist(kind="discrete")

    def ready(self, task: restoration.Task, run: sb.Run) -> None:
        super().ready(task, run)
        if self.options.wavelet not in self.known:
            raise sb.Invalid(f'option wavelet: "{self.options.wavelet}", expected a discrete one of PyWavelets, db1 for example')

    def arguments(self, task: restoration.Task) -> dict[str, Any]:
        o = self.options
        return dict(sigma=task.sigma, wavelet=o.wavelet, method=o.method, mode=o.mode, channel_axis=self.channel_axis)

    def restore(self, y: Any, number: int, task: restoration.Task, run: sb.Run) -> Any:
        return self.method(y, **self.arguments(task))


@dataclass
class CycleSpinOptions(WaveletOptions):
    shifts: int = sb.option(3, min=1, max=16, doc="most pixels shifted along each axis")


class WaveletCycleSpin(Wavelet):
    """Shrinkage of wavelet coefficients, averaged over shifts of the image."""

    name = "wavelet-cycle-spin"
    citation = "Coifman & Donoho 1995, in Wavelets and Statistics; Chang, Yu & Vetterli 2000, IEEE TIP 9(9)"
    Options = CycleSpinOptions
    options: CycleSpinOptions

    def __init__(self) -> None:
        super().__init__()
        import inspect

        from skimage.restoration import cycle_spin

        self.spin = cycle_spin
        # The argument's name has changed with version 0.26. One worker: others are processes or threads of dask.
        self.workers = "workers" if "workers" in inspect.signature(cycle_spin).parameters else "num_workers"

    def restore(self, y: Any, number: int, task: restoration.Task, run: sb.Run) -> Any:
        return self.spin(
            y,
            func=self.method,
            max_shifts=self.options.shifts,
            func_kw=self.arguments(task),
            channel_axis=self.channel_axis,
            **{self.workers: 1},
        )


class Bilateral(Denoiser):
    """Averages of pixels close both in place and in colour."""

    name = "bilateral"
    function = "restoration.denoise_bilateral"
    tags = ("direct", "local")
    citation = "Tomasi & Manduchi 1998, ICCV"

    @dataclass
    class Options:
        sigma_color: float = sb.option(1.5, min=0.01, doc="width in colour, in units of the noise")
        sigma_spatial: float = sb.option(2.0, min=0.1, doc="width in pixels")

    options: Options

    def restore(self, y: Any, number: int, task: restoration.Task, run: sb.Run) -> Any:
        o = self.options
        # It takes colours not below 0 only, which noise can make of black.
        low = min(float(y.min()), 0.0)
        return low + self.method(
            y - low, sigma_color=o.sigma_color * task.sigma, sigma_spatial=o.sigma_spatial, mode="symmetric", channel_axis=self.channel_axis
        )


SOLVERS: list[type[sb.Solver]] = [TVChambolle, TVBregman, NLMeans, Wavelet, WaveletCycleSpin, Bilateral]
