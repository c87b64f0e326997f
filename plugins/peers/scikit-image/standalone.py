"""Times scikit-image's methods on exported tasks of grey images, without the harness: see taskdir.py for the command line."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import numpy as np
from skimage import restoration, transform
from skimage.restoration import uft

import taskdir
from taskdir import Setup, Solve, Task

PERIODIC = 1


def planes(task: Task) -> Any:
    images = task.array("degraded")
    if images.shape[3] != 1:
        raise SystemExit("the images aren't grey")
    return images[..., 0]


def denoiser(method: Any) -> Setup:
    """The set-up of a function of an image, the noise and the options."""

    def setup(first: Task, o: SimpleNamespace) -> Solve:
        return lambda task: np.stack([method(y, task.number("sigma"), o) for y in planes(task)])

    return setup


def wavelet(y: Any, sigma: float, o: SimpleNamespace) -> Any:
    return restoration.denoise_wavelet(y, sigma=sigma, wavelet=o.wavelet, method=o.method, mode=o.mode)


WORKERS = "workers" if "workers" in inspect.signature(restoration.cycle_spin).parameters else "num_workers"


def cycle_spin(y: Any, sigma: float, o: SimpleNamespace) -> Any:
    arguments = {"sigma": sigma, "wavelet": o.wavelet, "method": o.method, "mode": o.mode}
    return restoration.cycle_spin(y, func=restoration.denoise_wavelet, max_shifts=o.shifts, func_kw=arguments, **{WORKERS: 1})


def bilateral(y: Any, sigma: float, o: SimpleNamespace) -> Any:
    low = min(y.min(), 0.0)
    return low + restoration.denoise_bilateral(y - low, sigma_color=o.sigma_color * sigma, sigma_spatial=o.sigma_spatial, mode="symmetric")


def deconvolution(periodic: bool, make: Any) -> Setup:
    """The set-up of a deconvolution, which `make` makes of the kernel, the shape of padded images and the options."""

    def setup(first: Task, o: SimpleNamespace) -> Solve:
        kernel, wraps = first.array("blur.kernel"), first.number("blur.edge") == PERIODIC
        n, h, w, _ = first.array("degraded").shape
        rows, columns = (0, 0) if wraps and periodic or not getattr(o, "pad", True) else (kernel.shape[0] - 1, kernel.shape[1] - 1)
        method = make(kernel, (h + 2 * rows, w + 2 * columns), o)

        def restore(y: Any) -> Any:
            if rows or columns:
                y = np.pad(y, ((rows, rows), (columns, columns)), mode="wrap" if wraps else "symmetric")
            return method(y)[rows : rows + h, columns : columns + w]

        return lambda task: np.stack([restore(y) for y in planes(task)])

    return setup


def spectra(kernel: Any, shape: Any) -> tuple[Any, Any]:
    return uft.ir2tf(kernel, shape, dim=2, is_real=True), uft.laplacian(2, shape, is_real=True)[0]


def wiener(kernel: Any, shape: Any, o: SimpleNamespace) -> Any:
    response, laplacian = spectra(kernel, shape)
    return lambda y: restoration.wiener(y, response, o.balance, reg=laplacian, clip=False)


def unsupervised_wiener(kernel: Any, shape: Any, o: SimpleNamespace) -> Any:
    response, laplacian = spectra(kernel, shape)
    chosen = {"threshold": o.threshold, "burnin": o.burnin, "max_num_iter": o.max_iter}
    return lambda y: restoration.unsupervised_wiener(y, response, reg=laplacian, clip=False, user_params=chosen, rng=0)[0]


def richardson_lucy(kernel: Any, shape: Any, o: SimpleNamespace) -> Any:
    return lambda y: restoration.richardson_lucy(np.maximum(y, 0), kernel, num_iter=o.iterations, clip=False, filter_epsilon=1e-6)


def biharmonic(first: Task, o: SimpleNamespace) -> Solve:
    missing = first.array("inpaint.mask") == 0

    def solve(task: Task) -> Any:
        return np.stack([restoration.inpaint_biharmonic(y, m, split_into_regions=o.split) for y, m in zip(planes(task), missing)])

    return solve


def bicubic(first: Task, o: SimpleNamespace) -> Solve:
    shape = (int(first.number("height")), int(first.number("width")))

    def enlarge(y: Any) -> Any:
        return transform.resize(y, shape, order=3, mode="symmetric", anti_aliasing=False, clip=False, preserve_range=True)

    return lambda task: np.stack([enlarge(y) for y in planes(task)])


WAVELET = {"wavelet": "db1", "method": "BayesShrink", "mode": "soft"}

if __name__ == "__main__":
    taskdir.main(
        {
            "tv-chambolle": (
                denoiser(lambda y, s, o: restoration.denoise_tv_chambolle(y, weight=o.weight * s, eps=o.eps, max_num_iter=o.iterations)),
                {"weight": 0.85, "eps": 1e-5, "iterations": 200},
            ),
            "tv-bregman": (
                denoiser(
                    lambda y, s, o: restoration.denoise_tv_bregman(
                        y.copy(), weight=0.5 / (o.weight * s), eps=o.eps, max_num_iter=o.iterations, isotropic=o.isotropic
                    )
                ),
                {"weight": 0.85, "eps": 1e-3, "iterations": 100, "isotropic": True},
            ),
            "nl-means": (
                denoiser(
                    lambda y, s, o: restoration.denoise_nl_means(
                        y,
                        patch_size=o.patch_size,
                        patch_distance=o.patch_distance,
                        h=o.h * s,
                        sigma=s,
                        fast_mode=o.fast_mode,
                        preserve_range=True,
                    )
                ),
                {"h": 0.8, "patch_size": 5, "patch_distance": 6, "fast_mode": True},
            ),
            "wavelet": (denoiser(wavelet), WAVELET),
            "wavelet-cycle-spin": (denoiser(cycle_spin), {**WAVELET, "shifts": 3}),
            "bilateral": (denoiser(bilateral), {"sigma_color": 1.5, "sigma_spatial": 2.0}),
            "wiener": (deconvolution(True, wiener), {"balance": 0.01}),
            "unsupervised-wiener": (deconvolution(True, unsupervised_wiener), {"threshold": 1e-4, "burnin": 15, "max_iter": 200}),
            "richardson-lucy": (deconvolution(False, richardson_lucy), {"iterations": 30, "pad": True}),
            "biharmonic": (biharmonic, {"split": False}),
            "bicubic": (bicubic, {}),
        }
    )
