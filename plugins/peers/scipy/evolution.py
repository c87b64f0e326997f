"""Semilinear evolution equations by solve_ivp, in Fourier space.

The unknowns are the coefficients c_k of u = c_0 + 2 Re Σ_{k>0} c_k exp(2πikx/L), real and imaginary parts in turn. There the stiff part is
diagonal (a block of two where it has odd derivatives), so that Newton's matrix of the implicit methods is tridiagonal: its factors
cost next to nothing, and leaving the advection out of it costs few iterations, as that isn't stiff. The product u² is made on a grid
with half as many points again, which leaves no aliasing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import solverbench as sb
from solverbench import semilinear


@dataclass
class EvolutionOptions:
    modes: int = sb.option(0, min=0, doc="Fourier coefficients kept, the mean one of them; 0 chooses from the data and the tolerance")
    rtol: float = sb.option(0.0, min=0, max=1, doc="relative tolerance of a step; 0 chooses from that of the task")
    atol: float = sb.option(0.0, min=0, doc="absolute tolerance of a step; 0 is rtol times the largest initial coefficient")


class Evolution(sb.Solver):
    """What the methods share: the equation in Fourier space and its tolerances."""

    family = "semilinear"
    Options = EvolutionOptions
    options: EvolutionOptions
    method = ""
    safety = 1.0  # the task's tolerance over that of a step, found by trial

    def __init__(self) -> None:
        # Loading SciPy is no part of the set-up, which the harness times.
        import scipy.fft
        import scipy.integrate
        import scipy.sparse

        self.solve_ivp: Any = scipy.integrate.solve_ivp

    def prepare(self, task: semilinear.Task, run: sb.Run) -> None:
        if not (task.length > 0 and task.initial.ndim == 1 and task.times and task.output_points > 0):
            raise sb.Unsupported("no period, no initial data or no output is asked for")
        if list(task.times) != sorted(task.times) or task.times[0] < 0:
            raise sb.Unsupported(f"times {list(task.times)}, expected ascending from 0")
        if symbol(task, np.array([1e3 * (1 + task.initial.size)])).real[0] > 1e3:
            raise sb.Unsupported(f"linear coefficients {list(task.linear)} amplify short waves")
        self.set_up(task, self.options.modes or modes(task))

    def set_up(self, task: semilinear.Task, count: int) -> None:
        self.space = Space(task, count)
        self.constant = self.jacobian(self.space)

    def solve(self, task: semilinear.Task, run: sb.Run) -> semilinear.Solution:
        count = self.options.modes or modes(task)
        if count != self.space.modes:
            self.set_up(task, count)
        space = self.space
        y = space.coefficients(task.initial).view(np.float64)
        rtol = self.options.rtol or self.step_tolerance(task)
        atol = self.options.atol or rtol * float(np.abs(y).max())
        out = run.output((len(task.times), task.output_points))
        answer = self.solve_ivp(
            space.slope, (0.0, task.times[-1]), y, method=self.method, t_eval=task.times, rtol=rtol, atol=atol, **self.constant
        )
        run.iterations(answer.nfev)
        if not answer.success:
            raise sb.Diverged(answer.message)
        for row, state in zip(out, answer.y.T):
            row[:] = space.values(np.ascontiguousarray(state).view(np.complex128), task.output_points)
        return semilinear.Solution(u=out)

    def step_tolerance(self, task: semilinear.Task) -> float:
        """That of the task less a safety factor and the growth of errors: in chaos at about a third of the fastest linear growth."""
        growth = max(0.0, float(self.space.linear.real.max()))
        wanted = task.tolerance if task.tolerance > 0 else 1e-6
        return max(wanted / self.safety * math.exp(-growth * task.times[-1] / 3), 1e-12)

    def jacobian(self, space: Space) -> dict[str, Any]:
        return {}


class Space:
    """The equation on so many Fourier coefficients."""

    def __init__(self, task: semilinear.Task, modes: int) -> None:
        from scipy.fft import irfft, next_fast_len, rfft

        self.irfft, self.rfft = irfft, rfft
        self.modes = modes
        self.grid = next_fast_len(3 * modes, real=True)
        k = np.arange(modes)
        self.linear = symbol(task, k)
        # irfft divides by the size of the grid, twice in a product.
        self.advection = -0.5 * task.advection * self.grid * 2j * np.pi * k / task.length

    def coefficients(self, u: Any) -> Any:
        c = np.zeros(self.modes, complex)
        spectrum = self.rfft(u) / u.size
        if u.size % 2 == 0:
            spectrum[-1] /= 2  # shared by ±n/2
        kept = min(self.modes, spectrum.size)
        c[:kept] = spectrum[:kept]
        return c

    def values(self, c: Any, points: int) -> Any:
        """u on a grid of so many points; if they are few, waves fold."""
        fine = points * math.ceil(2 * self.modes / points)
        return self.irfft(c, fine)[:: fine // points] * fine

    def slope(self, t: float, y: Any) -> Any:
        c = y.view(np.complex128)
        u = self.irfft(c, self.grid)
        u *= u
        slope = self.rfft(u)[: self.modes]
        slope *= self.advection
        slope += self.linear * c
        return slope.view(np.float64)

    def bands(self) -> Any:
        """The linear part as three diagonals, upper to lower, aligned by columns."""
        bands = np.zeros((3, 2 * self.modes))
        bands[0, 1::2] = -self.linear.imag
        bands[1] = np.repeat(self.linear.real, 2)
        bands[2, 0::2] = self.linear.imag
        return bands


def symbol(task: semilinear.Task, k: Any) -> Any:
    """The linear part at wave numbers k."""
    return np.polynomial.polynomial.polyval(2j * np.pi * k / task.length, np.array(task.linear, complex))


def modes(task: semilinear.Task) -> int:
    """How many coefficients to keep: the solution decays exponentially beyond the wave number where the linear part is as strong as
    advection, so far that what is left out is below the tolerance. The initial data count as well."""
    tolerance = min(max(task.tolerance, 1e-12), 0.1) if task.tolerance > 0 else 1e-6
    k = np.arange(1, 2 * task.initial.size + 1)
    rate = symbol(task, k)
    speed = abs(task.advection) * 2 * np.pi * k / task.length
    size = float(np.abs(task.initial).max())
    growing = (rate.real > 0) & (speed > 0)
    if growing.any():  # an instability grows until advection balances it
        size = max(size, float((9 * rate.real[growing] / speed[growing]).max()))
    weaker = np.flatnonzero(np.abs(rate) >= speed * size)
    balance = float(k[weaker[0]]) if weaker.size else float(k[-1])
    spectrum = np.abs(np.fft.rfft(task.initial))
    data = int(np.flatnonzero(spectrum >= 0.1 * tolerance * spectrum.max())[-1])
    return 1 + math.ceil(max(0.45 * (1 - math.log10(tolerance)) * balance, 1.25 * data, 8))


class Radau(Evolution):
    """Radau IIA of order 5, implicit."""

    name = "radau"
    method = "Radau"
    tags = ("implicit", "spectral")
    citation = "Hairer & Wanner 1996, Solving Ordinary Differential Equations II, § IV.8"
    safety = 3.0

    def jacobian(self, space: Space) -> dict[str, Any]:
        from scipy.sparse import dia_matrix

        size = 2 * space.modes
        return {"jac": dia_matrix((space.bands(), [1, 0, -1]), shape=(size, size)).tocsc()}


class BDF(Radau):
    """Backward differentiation of orders 1 to 5, implicit."""

    name = "bdf"
    method = "BDF"
    citation = "Shampine & Reichelt 1997, SIAM J. Sci. Comput. 18(1)"
    safety = 100.0


class LSODA(Evolution):
    """ODEPACK's LSODA: Adams or backward differentiation, as stiffness asks for."""

    name = "lsoda"
    method = "LSODA"
    tags = ("implicit", "spectral")
    citation = "Petzold 1983, SIAM J. Sci. Stat. Comput. 4(1); Hindmarsh 1983, ODEPACK"
    safety = 100.0

    def jacobian(self, space: Space) -> dict[str, Any]:
        bands = space.bands()
        return {"jac": lambda t, y: bands, "lband": 1, "uband": 1}


class DOP853(Evolution):
    """Dormand & Prince's explicit Runge–Kutta method of order 8. Stiffness limits its steps."""

    name = "dop853"
    method = "DOP853"
    tags = ("explicit", "spectral")
    citation = "Hairer, Nørsett & Wanner 1993, Solving Ordinary Differential Equations I, § II.10"
    safety = 30.0


SOLVERS: list[type[sb.Solver]] = [Radau, BDF, LSODA, DOP853]
