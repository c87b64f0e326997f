# Made by tools/generate.py from solverbench/restoration/v1/restoration.proto: do not edit.
"""Image restoration: recover x from y = D(x) + noise. Images are float64
[N][H][W][C] with nominal range [0, 1]; C is 1 (luminance) or 3 (RGB).
"""

from __future__ import annotations

import dataclasses
import enum

import numpy as np
from numpy.typing import NDArray

__all__ = ["Blur", "Denoise", "Edge", "Inpaint", "Jpeg", "LowLight", "Solution", "SuperResolution", "Task"]


class Edge(enum.IntEnum):
    """Edge says how images continue beyond their edges."""

    UNSPECIFIED = 0
    PERIODIC = 1
    REFLECT = 2
    """Half-sample symmetric reflection: … b a | a b c | c b …"""


@dataclasses.dataclass(eq=False)
class Denoise:
    """Denoise: D is the identity."""


@dataclasses.dataclass(eq=False, kw_only=True)
class Blur:
    """Blur: D is convolution with a kernel, each channel alike."""

    kernel: NDArray[np.float64]
    """float64 [kh][kw], odd extents, centred, sum 1."""
    edge: Edge = Edge.UNSPECIFIED


@dataclasses.dataclass(eq=False)
class Inpaint:
    """Inpaint: pixels are known where the mask is 1; y is 0 elsewhere."""

    mask: NDArray[np.uint8]
    """uint8 [N][H][W]."""


@dataclasses.dataclass(eq=False, kw_only=True)
class SuperResolution:
    """SuperResolution: D is antialiased bicubic (Keys, a = −½) reduction by an
    integer factor: the kernel is stretched by the factor, taps are normalised to sum
    1, edges are reflected; output pixel i is centred at input (i + ½)·scale − ½.
    """

    scale: int = 0


@dataclasses.dataclass(eq=False, kw_only=True)
class Jpeg:
    """Jpeg: D is 8×8 DCT quantisation with the ISO 10918-1 Annex K luminance table scaled by
    quality as libjpeg does, in each channel, without subsampling or entropy coding.
    """

    quality: int = 0
    """1 … 100."""
    steps: NDArray[np.float64]
    """The 8×8 quantisation steps used, in units of 1/255, float64 [8][8], row = vertical frequency."""


@dataclasses.dataclass(eq=False, kw_only=True)
class LowLight:
    """LowLight: y = Poisson(peak·x)/peak + Gaussian noise of Task.sigma."""

    peak: float = 0.0
    """Expected photon count of a pixel of value 1."""


@dataclasses.dataclass(eq=False, kw_only=True)
class Task:
    """Task of the family restoration."""

    degraded: NDArray[np.float64]
    """y, float64 [N][h][w][C]. Data: it changes between the solves of a session, while
    kernels, masks and quantisation steps stay.
    """
    height: int = 0
    """Height and width of the images asked for."""
    width: int = 0
    sigma: float = 0.0
    """Standard deviation of the Gaussian part of the noise."""
    degradation: Denoise | Blur | Inpaint | SuperResolution | Jpeg | LowLight | None = None


@dataclasses.dataclass(eq=False)
class Solution:
    """Solution of the family restoration."""

    images: NDArray[np.float64]
    """x, float64 [N][H][W][C]."""
