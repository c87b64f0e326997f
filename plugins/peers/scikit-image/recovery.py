"""Methods against blur, missing pixels and reduction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import solverbench as sb
from solverbench import restoration

from images import ImageSolver


class Deconvolution(ImageSolver):
    """Undoes a known blur, channel by channel. scikit-image knows periodic edges (Wiener) and black ones (Richardson–Lucy): images are
    continued as the task says, by the kernel's radius, and cut again."""

    restores = restoration.Blur
    what = "blur"
    periodic = True  # what scikit-image's method takes edges for

    def ready(self, task: restoration.Task, run: sb.Run) -> None:
        blur = task.degradation
        assert isinstance(blur, restoration.Blur)
        self.kernel = np.array(blur.kernel)
        wraps = blur.edge == restoration.Edge.PERIODIC
        self.mode: Literal["wrap", "symmetric"] = "wrap" if wraps else "symmetric"
        self.margin = (0, 0) if wraps and self.periodic else tuple(extent - 1 for extent in self.kernel.shape)
        self.transform((task.height + 2 * self.margin[0], task.width + 2 * self.margin[1]))

    def transform(self, shape: tuple[int, int]) -> None:
        """Makes what depends on the kernel only, for images of this shape."""

    def deconvolve(self, y: Any, run: sb.Run) -> Any:
        raise NotImplementedError

    def restore(self, y: Any, number: int, task: restoration.Task, run: sb.Run) -> Any:
        if y.ndim == 3:
            return np.stack([self.restore(y[..., c], number, task, run) for c in range(y.shape[2])], axis=-1)
        (rows, columns), (h, w) = self.margin, y.shape
        if rows or columns:
            y = np.pad(y, ((rows, rows), (columns, columns)), mode=self.mode)
        return self.deconvolve(y, run)[rows : rows + h, columns : columns + w]


class WienerBase(Deconvolution):
    tags: ClassVar[tuple[str, ...]] = ("direct", "linear", "spectral")

    def __init__(self) -> None:
        super().__init__()
        from skimage.restoration import uft

        self.uft = uft

    def transform(self, shape: tuple[int, int]) -> None:
        self.response = self.uft.ir2tf(self.kernel, shape, dim=2, is_real=True)
        self.laplacian = self.uft.laplacian(2, shape, is_real=True)[0]


class Wiener(WienerBase):
    """Wiener–Hunt deconvolution with a Laplacian prior; the kernel's transform is kept."""

    name = "wiener"
    function = "restoration.wiener"
    citation = "Hunt 1971, IEEE TAE 19(4); Orieux, Giovannelli & Rodet 2010, JOSA A 27(7)"

    @dataclass
    class Options:
        balance: float = sb.option(0.01, min=0, doc="weight of the prior")

    options: Options

    def deconvolve(self, y: Any, run: sb.Run) -> Any:
        return self.method(y, self.response, self.options.balance, reg=self.laplacian, clip=False)


class UnsupervisedWiener(WienerBase):
    """Wiener–Hunt deconvolution whose weights are sampled: it needs neither the noise nor the balance."""

    name = "unsupervised-wiener"
    function = "restoration.unsupervised_wiener"
    tags = ("spectral", "stochastic")
    citation = "Orieux, Giovannelli & Rodet 2010, JOSA A 27(7)"

    @dataclass
    class Options:
        threshold: float = sb.option(1e-4, min=0, doc="change of the mean at which it stops")
        burnin: int = sb.option(15, min=0, doc="samples left out of the mean")
        max_iter: int = sb.option(200, min=1, doc="most samples")

    options: Options

    def deconvolve(self, y: Any, run: sb.Run) -> Any:
        o = self.options
        chosen = {"threshold": o.threshold, "burnin": o.burnin, "max_num_iter": o.max_iter}
        return self.method(y, self.response, reg=self.laplacian, clip=False, user_params=chosen, rng=run.seed)[0]


class RichardsonLucy(Deconvolution):
    """Richardson & Lucy's multiplicative iteration."""

    name = "richardson-lucy"
    function = "restoration.richardson_lucy"
    tags = ("iterative",)
    citation = "Richardson 1972, JOSA 62; Lucy 1974, AJ 79"
    periodic = False

    @dataclass
    class Options:
        iterations: int = sb.option(30, min=1, doc="iterations")
        pad: bool = sb.option(True, doc="continue images as the task says; false leaves them black outside, as the function does")

    options: Options

    def transform(self, shape: tuple[int, int]) -> None:
        if not self.options.pad:
            self.margin = (0, 0)

    def deconvolve(self, y: Any, run: sb.Run) -> Any:
        return self.method(np.maximum(y, 0), self.kernel, num_iter=self.options.iterations, clip=False, filter_epsilon=1e-6)


class BiharmonicInpainting(ImageSolver):
    """Fills by the biharmonic equation."""

    name = "biharmonic"
    function = "restoration.inpaint_biharmonic"
    restores = restoration.Inpaint
    what = "missing pixels"
    tags = ("direct", "linear")
    citation = "Damelin & Hoang 2018, Int. J. Math. Math. Sci. 3950312"

    @dataclass
    class Options:
        split: bool = sb.option(False, doc="solve for connected regions one by one: faster for few large holes")

    options: Options

    def ready(self, task: restoration.Task, run: sb.Run) -> None:
        assert isinstance(task.degradation, restoration.Inpaint)
        self.missing = task.degradation.mask == 0

    def restore(self, y: Any, number: int, task: restoration.Task, run: sb.Run) -> Any:
        return self.method(y, self.missing[number], split_into_regions=self.options.split, channel_axis=self.channel_axis)


class Bicubic(ImageSolver):
    """Enlarges by cubic splines, edges reflected."""

    name = "bicubic"
    function = "transform.resize"
    restores = restoration.SuperResolution
    what = "reduction"
    tags = ("direct", "linear")
    citation = "Unser 1999, IEEE Signal Processing Magazine 16(6)"

    def restore(self, y: Any, number: int, task: restoration.Task, run: sb.Run) -> Any:
        shape = (task.height, task.width, *y.shape[2:])
        return self.method(y, shape, order=3, mode="symmetric", anti_aliasing=False, clip=False, preserve_range=True)


SOLVERS: list[type[sb.Solver]] = [Wiener, UnsupervisedWiener, RichardsonLucy, BiharmonicInpainting, Bicubic]
