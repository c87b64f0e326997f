"""Writes scikit-image.json: what scikit-image makes of the images that the tests draw.

Needs numpy, scipy, PyWavelets and scikit-image; run in this folder. The image and the noise are those
of fixture_test.go. Values are clipped to [0, 1] before the PSNR.
"""
import json
import numpy as np
import scipy
import skimage
from scipy import ndimage
from skimage import restoration as R

M = (1 << 64) - 1


class SplitMix:
    def __init__(self, seed):
        self.s = seed

    def uniform(self):
        self.s = (self.s + 0x9E3779B97F4A7C15) & M
        z = self.s
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & M
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & M
        return ((z ^ (z >> 31)) >> 11) / (1 << 53)

    def normal(self):
        return (self.uniform() + self.uniform() + self.uniform() + self.uniform() - 2) * np.sqrt(3)


def phantom(h, w):
    x = np.zeros((h, w))
    for i in range(h):
        for j in range(w):
            r, c = i / h, j / w
            v = 0.35 + 0.25 * r + 0.1 * np.sin(3 * c)
            if (r - 0.3) * (r - 0.3) + (c - 0.35) * (c - 0.35) < 0.04:
                v = 0.85 - 0.5 * c
            if r > 0.55 and r < 0.9 and c > 0.1 and c < 0.45:
                v = 0.5 + 0.25 * np.sin(120 * c + 40 * r)
            if r > 0.5 and c > 0.55 and (r - 0.5) + (c - 0.55) < 0.4:
                v = 0.12
            if abs(r + 0.6 * c - 0.55) < 0.012:
                v = 0.95
            x[i, j] = v
    return x


def noisy(x, seed, sigma):
    s = SplitMix(seed)
    return x + sigma * np.array([s.normal() for _ in range(x.size)]).reshape(x.shape)


def psnr(a, b):
    return -10 * np.log10(np.mean((a - np.clip(b, 0, 1)) ** 2))


def keys(t):
    t = np.abs(t)
    return np.where(t < 1, (1.5 * t - 2.5) * t * t + 1, np.where(t < 2, ((-0.5 * t + 2.5) * t - 4) * t + 2, 0))


def resampling(n, m):
    ratio = n / m
    stretch = max(ratio, 1)
    a = np.zeros((m, n))
    for i in range(m):
        centre = (i + 0.5) * ratio - 0.5
        k = np.arange(int(np.floor(centre - 2 * stretch)), int(np.ceil(centre + 2 * stretch)) + 1)
        weights = keys((k - centre) / stretch)
        for kk, ww in zip(k, weights / weights.sum()):
            kk = -1 - kk if kk < 0 else 2 * n - 1 - kk if kk >= n else kk
            a[i, kk] += ww
    return a


def neighbours(y, patch, window, weight):
    """Weighted means by their definition; weight takes the mean squared difference of patches, dy and dx."""
    pad = patch + window
    p = np.pad(y, pad, mode="symmetric")
    num, den = np.zeros_like(y), np.zeros_like(y)
    n, m = y.shape
    for dy in range(-window, window + 1):
        for dx in range(-window, window + 1):
            d = (p[window:n + 2 * patch + window, window:m + 2 * patch + window]
                 - p[window + dy:n + 2 * patch + window + dy, window + dx:m + 2 * patch + window + dx]) ** 2
            size = 2 * patch + 1
            d = sum(d[a:a + n, b:b + m] for a in range(size) for b in range(size)) / size**2
            wt = weight(d, dy, dx)
            num += wt * p[pad + dy:pad + dy + n, pad + dx:pad + dx + m]
            den += wt
    return num / den


def nl_means(y, sigma, h):
    def weight(d, dy, dx):
        t = np.maximum(d - 2 * sigma**2, 0) / (h * sigma) ** 2
        return np.where(t < 5, np.exp(-t), 0)
    return neighbours(y, 2, 6, weight)


def bilateral(y, place, colour):
    return neighbours(y, 0, int(np.ceil(3 * place)), lambda d, dy, dx: np.exp(-d / (2 * colour**2) - (dy * dy + dx * dx) / (2 * place**2)))


h = w = 128
x = phantom(h, w)
out = dict(
    versions={m.__name__: m.__version__ for m in (skimage, np, scipy)},
    height=h, width=w, first=x[40, 40:44].tolist(), first_noisy=noisy(x, 15, 15 / 255)[0, :4].tolist(), psnr={},
)
record = out["psnr"]
for s in (15, 25, 50):
    sigma = s / 255
    y = noisy(x, s, sigma)
    record[f"none/{s}"] = psnr(x, y)
    record[f"tv/{s}"] = psnr(x, R.denoise_tv_chambolle(y, weight=sigma, eps=1e-5))
    record[f"nl-means/{s}"] = psnr(x, R.denoise_nl_means(y, patch_size=5, patch_distance=6, h=0.8 * sigma, sigma=sigma, fast_mode=True))
    record[f"wavelet/{s}"] = psnr(x, R.denoise_wavelet(y, sigma=sigma, wavelet="db1"))
    record[f"cycle-spin/{s}"] = psnr(x, R.cycle_spin(y, func=R.denoise_wavelet, max_shifts=3, workers=1, func_kw=dict(sigma=sigma, wavelet="db1")))
    record[f"bilateral/{s}"] = psnr(x, R.denoise_bilateral(y, sigma_color=3 * sigma, sigma_spatial=2, mode="symmetric"))
    record[f"nl-means-definition/{s}"] = psnr(x, nl_means(y, sigma, 0.8))
    record[f"bilateral-definition/{s}"] = psnr(x, bilateral(y, 2, 3 * sigma))
    record[f"gaussian/{s}"] = psnr(x, ndimage.gaussian_filter(y, 1, mode="reflect", truncate=4))

g = np.exp(-0.5 * (np.arange(-7, 8) / 1.6) ** 2)
kernel = np.outer(g, g)
kernel /= kernel.sum()
y = noisy(ndimage.convolve(x, kernel, mode="wrap"), 7, 2 / 255)
record["none/blur"] = psnr(x, y)
record["wiener/blur"] = psnr(x, R.wiener(y, kernel, 0.01))
record["richardson-lucy/blur"] = psnr(x, R.richardson_lucy(y, kernel, num_iter=30))
# scikit-image continues images by zeros; the same iteration with this task's periodic edges, from y:
z = np.maximum(y, 1e-6)
for _ in range(30):
    z = z * ndimage.convolve(np.maximum(y, 0) / ndimage.convolve(z, kernel, mode="wrap"), kernel, mode="wrap")
record["richardson-lucy-periodic/blur"] = psnr(x, z)

s = SplitMix(9)
mask = np.array([s.uniform() < 0.5 for _ in range(h * w)]).reshape(h, w)
record["biharmonic/inpaint"] = psnr(x, R.inpaint_biharmonic(x * mask, ~mask))

down, up = resampling(h, h // 2), resampling(h // 2, h)
low = down @ x @ down.T
record["bicubic/2"] = psnr(x, up @ low @ up.T)
record["spline-zoom/2"] = psnr(x, ndimage.zoom(low, 2, order=3, mode="reflect", grid_mode=True))
json.dump(out, open("scikit-image.json", "w"), indent=1)
