"""Reads exported tasks and times solves of them, for stand-alone programs: no harness, no SDK.

    python standalone.py TASKDIR SOLVER REPS [OPTION=VALUE ...]

TASKDIR has a folder for each input, 0, 1, ...: scalars by path in task.txt, each array in a file of its own.
One solve of input 0 comes first and isn't counted; then REPS lines are printed, the seconds of each solve. Where REPS is "-", each line of
standard input says how many solves to make, and the mean seconds of one are printed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np


class Task:
    """One task: its scalars as text and its arrays, by path."""

    def __init__(self, folder: Path) -> None:
        lines = (line.partition(" ") for line in (folder / "task.txt").read_text().splitlines())
        self.scalars = {path: value for path, _, value in lines}
        self.arrays: dict[str, Any] = {}
        for path in [p.removesuffix(".type") for p in self.scalars if p.endswith(".type")]:
            shape = [int(extent) for extent in self.scalars[path + ".shape"].split()]
            self.arrays[path] = np.fromfile(folder / (path + ".bin"), self.scalars[path + ".type"]).reshape(shape)

    def number(self, path: str, absent: float = 0.0) -> float:
        return float(self.scalars.get(path, absent))

    def numbers(self, path: str) -> Any:
        """A list of numbers."""
        return np.array([self.number(f"{path}.{i}") for i in range(int(self.number(path + ".count")))])

    def array(self, path: str) -> Any:
        """The array, or None."""
        return self.arrays.get(path)


# A set-up takes the first task, the options and the seed of random numbers, and returns what solves a task.
Solve = Callable[[Task], Any]
Setup = Callable[[Task, SimpleNamespace], Solve]


def options(text: list[str], defaults: dict[str, Any]) -> SimpleNamespace:
    """The defaults with OPTION=VALUE put in their place; dashes of names are underscores."""
    chosen = dict(defaults)
    for item in text:
        name, _, value = item.partition("=")
        name = name.replace("-", "_")
        if name not in defaults:
            raise SystemExit(f"option {name} is unknown, expected one of {', '.join(sorted(defaults)) or 'none'}")
        kind = type(defaults[name])
        chosen[name] = value == "true" if kind is bool else kind(value)
    return SimpleNamespace(**chosen)


def main(solvers: dict[str, tuple[Setup, dict[str, Any]]]) -> None:
    """Runs the command line; solvers have a set-up and the defaults of their options."""
    if len(sys.argv) < 4 or sys.argv[2] not in solvers:
        raise SystemExit(f"usage: standalone.py TASKDIR {'|'.join(solvers)} REPS [OPTION=VALUE ...]")
    folder = Path(sys.argv[1])
    calls = (int(line) for line in sys.stdin) if sys.argv[3] == "-" else repeat(1, int(sys.argv[3]))
    setup, defaults = solvers[sys.argv[2]]
    tasks = [Task(folder / str(k)) for k in range(len([p for p in folder.iterdir() if p.name.isdigit()]))]
    solve = setup(tasks[0], options(sys.argv[4:], defaults))
    # glibc gives freed arrays back to the system, and has fresh pages for the next ones, until a large one has been freed. Without this
    # times would depend on whether the set-up happened to do so.
    np.empty(31 << 20, np.uint8)
    # Answers are kept, as the harness keeps them: whether their memory is in the caches already matters.
    answers: list[Any] = [np.array(a) for a in [solve(tasks[0])] * len(tasks)]
    k = 0
    for solves in calls:
        seconds = 0.0
        for _ in range(solves):
            k = (k + 1) % len(tasks)
            start = time.perf_counter()
            answers[k] = solve(tasks[k])
            seconds += time.perf_counter() - start
        print(f"{seconds / solves:.9f}", flush=True)
