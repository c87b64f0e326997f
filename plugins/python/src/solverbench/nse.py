"""Two-dimensional incompressible Navier–Stokes in vorticity form, periodic:
ω_t + (u + U)·∇ω = ν Δω − μ ω + f,  u = (ψ_y, −ψ_x),  −Δψ = ω  on [0, L)².
"""

from solverbench._proto.nse_v1 import Solution, Task

__all__ = ["Solution", "Task"]
