"""Times SciPy's solvers on exported tasks, without the harness: see taskdir.py for the command line."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import scipy.fft as fft
import scipy.integrate
import scipy.sparse as sparse
import scipy.sparse.linalg as linalg

import taskdir
from grid_matrix import matrix
from taskdir import Solve, Task


def improved(a: Any, task: Task, correction: Any) -> Any:
    """A solution of the task's system to its tolerance."""
    b = task.array("rhs").ravel()
    target = 0.9 * task.number("tolerance") * np.linalg.norm(b)
    u, r, goal = None, b, target
    for _ in range(8):
        d = correction(r, goal)
        u = d if u is None else u + d
        r = b - a @ u
        norm = np.linalg.norm(r)
        if norm <= target:
            return u
        goal = 0.5 * min(goal, target * goal / norm)
    raise SystemExit(f"the residual is {norm}, expected {target}")


def splu(task: Task, options: SimpleNamespace) -> Solve:
    a = matrix(task)
    lu = linalg.splu(a.tocsc(), permc_spec=options.ordering, diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    return lambda task: improved(a, task, lambda r, goal: lu.solve(r))


def preconditioner(a: Any, options: SimpleNamespace) -> Any:
    if options.precond == "none":
        return None
    if options.precond == "jacobi":
        inverse = 1 / a.diagonal()
        return linalg.LinearOperator(a.shape, matvec=lambda r: inverse * np.ravel(r), dtype=float)
    ilu = linalg.spilu(
        a.tocsc(),
        drop_tol=options.drop_tol,
        fill_factor=options.fill_factor,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    return linalg.LinearOperator(a.shape, matvec=ilu.solve, dtype=float)


def cg(task: Task, options: SimpleNamespace) -> Solve:
    a = matrix(task)
    m = preconditioner(a, options)
    return lambda task: improved(a, task, lambda r, goal: linalg.cg(a, r, rtol=0.0, atol=goal, maxiter=10 * r.size, M=m)[0])


def minres(task: Task, options: SimpleNamespace) -> Solve:
    a = matrix(task)
    m = preconditioner(a, options)

    def correction(r: Any, goal: float) -> Any:
        return linalg.minres(a, r, rtol=goal / np.linalg.norm(r) / 20, maxiter=10 * r.size, M=m)[0]

    return lambda task: improved(a, task, correction)


def gmres(task: Task, options: SimpleNamespace) -> Solve:
    a = matrix(task)
    m, restart = preconditioner(a, options), options.restart

    def correction(r: Any, goal: float) -> Any:
        return linalg.gmres(a, r, rtol=0.0, atol=goal, restart=restart, maxiter=1 + 10 * r.size // restart, M=m)[0]

    return lambda task: improved(a, task, correction)


def lgmres(task: Task, options: SimpleNamespace) -> Solve:
    a = matrix(task)
    m, inner = preconditioner(a, options), options.inner

    def correction(r: Any, goal: float) -> Any:
        return linalg.lgmres(a, r, rtol=0.0, atol=goal, inner_m=inner, outer_k=options.outer_k, maxiter=1 + 10 * r.size // inner, M=m)[0]

    return lambda task: improved(a, task, correction)


solve_ivp: Any = scipy.integrate.solve_ivp


def evolution(method: str, safety: float) -> Any:
    """The set-up of a method of solve_ivp: Fourier coefficients, real and imaginary parts in turn."""

    def setup(first: Task, options: SimpleNamespace) -> Solve:
        length, a = first.number("length"), first.number("advection")
        tolerance, linear = first.number("tolerance"), first.numbers("linear").astype(complex)

        def symbol(k: Any) -> Any:
            return np.polynomial.polynomial.polyval(2j * np.pi * k / length, linear)

        def modes(initial: Any) -> Any:
            k = np.arange(1, 2 * initial.size + 1)
            rate, speed = symbol(k), abs(a) * 2 * np.pi * k / length
            growing = (rate.real > 0) & (speed > 0)
            size = max([np.abs(initial).max(), *(9 * rate.real[growing] / speed[growing])])
            weaker = np.flatnonzero(np.abs(rate) >= speed * size)
            balance = k[weaker[0]] if weaker.size else k[-1]
            spectrum = np.abs(np.fft.rfft(initial))
            data = np.flatnonzero(spectrum >= 0.1 * tolerance * spectrum.max())[-1]
            return 1 + math.ceil(max(0.45 * (1 - math.log10(tolerance)) * balance, 1.25 * data, 8))

        def equation(n: int) -> tuple[Any, ...]:
            grid, rate = fft.next_fast_len(3 * n, real=True), symbol(np.arange(n))
            advection = -0.5 * a * grid * 2j * np.pi * np.arange(n) / length

            def slope(t: float, y: Any) -> Any:
                c = y.view(complex)
                u = fft.irfft(c, grid)
                u *= u
                s = fft.rfft(u)[:n]
                s *= advection
                s += rate * c
                return s.view(float)

            bands = np.zeros((3, 2 * n))
            bands[0, 1::2], bands[1], bands[2, 0::2] = -rate.imag, np.repeat(rate.real, 2), rate.imag
            jacobian: dict[str, Any] = {}
            if method == "LSODA":
                jacobian = {"jac": lambda t, y: bands, "lband": 1, "uband": 1}
            elif method != "DOP853":
                jacobian = {"jac": sparse.dia_matrix((bands, [1, 0, -1]), shape=(2 * n, 2 * n)).tocsc()}
            return slope, jacobian, max(0.0, rate.real.max())

        count = options.modes or modes(first.array("initial"))
        prepared = {count: equation(count)}

        def solve(task: Task) -> Any:
            initial, times, points = task.array("initial"), task.numbers("times"), int(task.number("output_points"))
            n = options.modes or modes(initial)
            if n not in prepared:
                prepared[n] = equation(n)
            slope, jacobian, growth = prepared[n]
            c = np.zeros(n, complex)
            spectrum = fft.rfft(initial) / initial.size
            if initial.size % 2 == 0:
                spectrum[-1] /= 2
            c[: min(n, spectrum.size)] = spectrum[:n]
            y = c.view(float)
            rtol = options.rtol or max(tolerance / safety * math.exp(-growth * times[-1] / 3), 1e-12)
            atol = options.atol or rtol * np.abs(y).max()
            answer = solve_ivp(slope, (0.0, times[-1]), y, method=method, t_eval=times, rtol=rtol, atol=atol, **jacobian)
            fine = points * math.ceil(2 * n / points)
            return [fft.irfft(np.ascontiguousarray(s).view(complex), fine)[:: fine // points] * fine for s in answer.y.T]

        return solve

    return setup


KRYLOV = {"precond": "jacobi", "drop_tol": 1e-4, "fill_factor": 10.0}
EVOLUTION = {"modes": 0, "rtol": 0.0, "atol": 0.0}

if __name__ == "__main__":
    taskdir.main(
        {
            "splu": (splu, {"ordering": "MMD_AT_PLUS_A"}),
            "cg": (cg, KRYLOV),
            "minres": (minres, KRYLOV),
            "gmres": (gmres, {**KRYLOV, "precond": "ilu", "restart": 30}),
            "lgmres": (lgmres, {**KRYLOV, "precond": "ilu", "inner": 30, "outer_k": 3}),
            "radau": (evolution("Radau", 3.0), EVOLUTION),
            "bdf": (evolution("BDF", 100.0), EVOLUTION),
            "lsoda": (evolution("LSODA", 100.0), EVOLUTION),
            "dop853": (evolution("DOP853", 30.0), EVOLUTION),
        }
    )
