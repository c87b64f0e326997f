"""Image restoration: recover x from y = D(x) + noise. Images are float64
[N][H][W][C] with nominal range [0, 1]; C is 1 (luminance) or 3 (RGB).
"""

from solverbench._proto.restoration_v1 import Blur, Denoise, Edge, Inpaint, Jpeg, LowLight, Solution, SuperResolution, Task

__all__ = ["Blur", "Denoise", "Edge", "Inpaint", "Jpeg", "LowLight", "Solution", "SuperResolution", "Task"]
