"""The class that a solver derives from."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

from solverbench._options import Spec, specs

if TYPE_CHECKING:
    from solverbench._run import Run


class Solver:
    """A solver of the tasks of one family. Each session has an instance of its own, made without arguments.

    The class's docstring is what people are told of it.
    """

    name: ClassVar[str]
    """Unique among the plugin's solvers of one family."""
    family: ClassVar[str]
    """Of the tasks: "poisson", "semilinear", "nse", "restoration" or "sampling"."""
    tags: ClassVar[tuple[str, ...]] = ()
    """The approach: "direct", "iterative", "spectral", "stochastic", …"""
    citation: ClassVar[str] = ""
    """Where the method comes from: authors, year, equation."""
    parallel: ClassVar[bool] = False
    """Whether `run.threads` above one is used."""
    Options: ClassVar[Any] = None
    """A dataclass, whose fields with their defaults are the options."""

    options: Any = None
    """The options of this session: an instance of Options."""

    def prepare(self, task: Any, run: Run) -> None:
        """Does what is worth keeping between solves: factorisations, plans, hierarchies. It is timed apart from solve.

        It may rely on the task's scalars, shapes and operator, but not on its data (right-hand side, initial state, …: what
        the family's documentation calls so), which change from solve to solve.
        """

    def solve(self, task: Any, run: Run) -> Any:
        """Returns the whole answer to the task: a Solution of the family, or the array in it.

        It is called many times in a session, with tasks that differ in their data. The arrays of the task are read-only.
        """
        raise NotImplementedError(f"{type(self).__name__} has no method solve")

    def close(self) -> None:
        """Is called when the session ends."""


def schema(solver: type[Solver]) -> str:
    """The full name of the task message."""
    return f"solverbench.{solver.family}.v1.Task"


def about(solver: type[Solver]) -> str:
    """The solver's docstring as one paragraph."""
    own = solver.__doc__ if solver.__doc__ != Solver.__doc__ else ""
    return " ".join(inspect.cleandoc(own or "").split())


def types(family: str) -> ModuleType:
    """The classes of a family's messages."""
    return importlib.import_module(f"solverbench._proto.{family}_v1")


def check(solver: type[Solver]) -> list[Spec]:
    """The options of a solver class, after looking for mistakes in what it declares."""
    if not isinstance(solver, type) or not issubclass(solver, Solver):
        raise TypeError(f"{solver!r}: expected a class that derives from solverbench.Solver")
    for attribute in ("name", "family"):
        if not isinstance(getattr(solver, attribute, None), str) or not getattr(solver, attribute):
            raise TypeError(f"{solver.__qualname__}: it has no {attribute}, expected a class attribute of text")
    if solver.family in ("common", "plugin") or importlib.util.find_spec(f"solverbench._proto.{solver.family}_v1") is None:
        raise TypeError(f'{solver.__qualname__}: there is no family "{solver.family}"')
    if isinstance(solver.tags, str):
        raise TypeError(f'{solver.__qualname__}: tags is the text "{solver.tags}", expected a tuple of texts')
    return specs(solver.Options)
