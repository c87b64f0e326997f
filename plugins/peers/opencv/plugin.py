"""Offers OpenCV's methods of restoration. What OpenCV takes in 8 bits only is rounded to them: so are the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import solverbench as sb
from solverbench import restoration


class ImageSolver(sb.Solver):
    """Restores one degradation, image by image."""

    family = "restoration"
    restores: type = object
    what = ""

    def __init__(self) -> None:
        import cv2  # loading OpenCV is no part of the set-up, which the harness times

        self.cv2 = cv2

    def prepare(self, task: restoration.Task, run: sb.Run) -> None:
        if not isinstance(task.degradation, self.restores):
            raise sb.Unsupported(f"restores {self.what} only, and the task is {type(task.degradation).__name__}")
        self.cv2.setNumThreads(run.threads)

    def restore(self, y: Any, number: int, task: restoration.Task, out: Any) -> Any:
        """One image of the task, [H][W] or [H][W][C], which may be made in out."""
        raise NotImplementedError

    def solve(self, task: restoration.Task, run: sb.Run) -> restoration.Solution:
        images, _, _, channels = task.degraded.shape
        out = run.output((images, task.height, task.width, channels))
        for number, y in enumerate(task.degraded):
            run.check()
            into = out[number, ..., 0] if channels == 1 else out[number]
            restored = self.restore(y[..., 0] if channels == 1 else y, number, task, into)
            if restored is not into:
                into[...] = restored
        return restoration.Solution(images=out)


def to_bytes(y: Any) -> Any:
    """[0, 1] rounded to 8 bits; what is outside is cut off."""
    if not np.isfinite(y).all():
        raise sb.Invalid("the image isn't finite, which 8 bits can't say")
    return np.clip(np.rint(y * 255), 0, 255).astype(np.uint8)


class NLMeans(ImageSolver):
    """Non-local means (fastNlMeansDenoising). OpenCV takes 8 bits: the noisy image is cut to [0, 1] and rounded, as is the answer."""

    name = "nl-means"
    restores = restoration.Denoise
    what = "white noise"
    tags = ("direct", "non-local")
    citation = "Buades, Coll & Morel 2011, IPOL 1"
    parallel = True

    @dataclass
    class Options:
        h: float = sb.option(1.0, min=0.01, doc="decay of the weights, in units of the noise")
        template: int = sb.option(7, min=1, doc="side of a patch, odd")
        search: int = sb.option(21, min=1, doc="side of the window in which patches are looked for, odd")

    options: Options

    def restore(self, y: Any, number: int, task: restoration.Task, out: Any) -> Any:
        if task.sigma == 0:
            return y
        o = self.options
        return self.cv2.fastNlMeansDenoising(to_bytes(y), None, o.h * task.sigma * 255, o.template, o.search) / 255.0


@dataclass
class InpaintOptions:
    radius: float = sb.option(3.0, min=1, max=100, doc="of the neighbourhood that a pixel is filled from")


class Inpainting(ImageSolver):
    restores = restoration.Inpaint
    what = "missing pixels"
    Options = InpaintOptions
    options: InpaintOptions
    flag = ""

    def prepare(self, task: restoration.Task, run: sb.Run) -> None:
        super().prepare(task, run)
        assert isinstance(task.degradation, restoration.Inpaint)
        self.missing = (task.degradation.mask == 0).astype(np.uint8)
        self.method = getattr(self.cv2, self.flag)

    def restore(self, y: Any, number: int, task: restoration.Task, out: Any) -> Any:
        missing = self.missing[number]
        filled = self.cv2.inpaint(to_bytes(y), missing, self.options.radius, self.method) / 255.0
        # Known pixels are known better than in 8 bits.
        return np.where((missing if y.ndim == 2 else missing[..., None]) != 0, filled, y)


class Telea(Inpainting):
    """Fills by fast marching inwards (INPAINT_TELEA). OpenCV takes 8 bits: filled pixels are rounded to them."""

    name = "telea"
    flag = "INPAINT_TELEA"
    tags = ("direct", "local")
    citation = "Telea 2004, J. Graphics Tools 9(1)"


class NavierStokes(Inpainting):
    """Fills along lines of equal brightness, as a fluid flows (INPAINT_NS). OpenCV takes 8 bits: filled pixels are rounded to them."""

    name = "navier-stokes"
    flag = "INPAINT_NS"
    tags = ("direct", "local")
    citation = "Bertalmio, Bertozzi & Sapiro 2001, CVPR"


class Resize(ImageSolver):
    """Enlarges in float64 (cv2.resize)."""

    restores = restoration.SuperResolution
    what = "reduction"
    tags = ("direct", "linear")
    parallel = True
    flag = ""

    def prepare(self, task: restoration.Task, run: sb.Run) -> None:
        super().prepare(task, run)
        self.method = getattr(self.cv2, self.flag)

    def restore(self, y: Any, number: int, task: restoration.Task, out: Any) -> Any:
        return self.cv2.resize(y, (task.width, task.height), out, interpolation=self.method)


class Bicubic(Resize):
    """Enlarges by cubic convolution with a = −¾ (INTER_CUBIC)."""

    name = "bicubic"
    flag = "INTER_CUBIC"
    citation = "Keys 1981, IEEE TASSP 29(6)"


class Lanczos(Resize):
    """Enlarges by Lanczos' kernel of 8×8 pixels (INTER_LANCZOS4)."""

    name = "lanczos"
    flag = "INTER_LANCZOS4"
    citation = "Duchon 1979, J. Applied Meteorology 18(8)"


if __name__ == "__main__":
    sb.serve(name="opencv", version="0.1.0", license="Apache-2.0", solvers=[NLMeans, Telea, NavierStokes, Bicubic, Lanczos])
