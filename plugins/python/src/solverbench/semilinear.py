"""Semilinear evolution equations in one periodic dimension:
u_t = Σ_m c_m ∂_x^m u − a u u_x   on [0, L).
Kuramoto–Sivashinsky is c_2 = c_4 = −1, a = 1.
"""

from solverbench._proto.semilinear_v1 import Solution, Task

__all__ = ["Solution", "Task"]
