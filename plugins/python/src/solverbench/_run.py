"""A solver's link to the harness during one session."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from solverbench._errors import Cancelled, Failed
from solverbench._oracle import Oracle
from solverbench._segment import INLINE_LIMIT, Segment, align_up

if TYPE_CHECKING:
    from solverbench import common

PROGRESS_INTERVAL = 0.1


class Call:
    """A call of the harness, which it may give up. Each has an object of its own, so that giving up one that is over stops no later one."""

    stopped = False


class Run:
    """A solver's link to the harness during one session, for use in prepare and solve.

    Members with a leading underscore are the SDK's.
    """

    threads: int
    """How many threads the solver may use, at least 1."""
    seed: int
    """For solvers that draw random numbers: equal seeds, equal answers."""

    def __init__(self, threads: int, seed: int) -> None:
        self.threads, self.seed = max(threads, 1), seed
        self._call = Call()
        self._get_oracle: Callable[[common.Oracle], Oracle] | None = None
        self._send_progress: Callable[[float, str], None] | None = None
        self._send_checkpoint: Callable[[float, Any], None] | None = None
        # The output area: solutions grow up from what prepare kept, checkpoints down from the top.
        self._segment: Segment | None = None
        self._low = self._next = self._top = self._kept = 0
        self._small_too = False  # with slots loaded, whatever their size arrays lie in their slot
        self._checkpoints_left, self._iterations = 0, 0
        self._next_checkpoint = self._sending = self._told = self._started = 0.0
        self._begin(0)

    @property
    def cancelled(self) -> bool:
        """Whether the harness has asked to stop.

        Python code need not look: Cancelled is raised in it. Code that runs long outside the interpreter, or on threads of
        the solver's own, should.
        """
        return self._call.stopped

    def output(self, shape: int | tuple[int, ...]) -> NDArray[np.float64]:
        """A zeroed array to build the solution in.

        It lies in memory shared with the harness if there is room, so that returning it copies nothing. It is valid until
        the next solve or, if taken in prepare, until the session ends.
        """
        extents = (shape,) if isinstance(shape, int) else tuple(shape)
        n = 8 * int(math.prod(extents))
        place = self._reserve(n)
        if place is None or self._segment is None:
            return np.zeros(extents)
        data = self._segment.view(place, n, self._low, self._top)
        data.fill(0)
        return data.view("<f8").reshape(extents)

    def progress(self, fraction: float = 0.0, message: str = "") -> None:
        """Tells people how far the solve is: the share done, or 0 if unknown. At most ten a second are sent."""
        now = time.perf_counter()
        if self._send_progress is not None and now - self._told >= PROGRESS_INTERVAL:
            self._told = now
            self._send_progress(float(fraction), message)

    def want_checkpoint(self) -> bool:
        """Whether it is time for a checkpoint: some were asked for, and since the last one the time has grown by a quarter."""
        return self._checkpoints_left > 0 and self._elapsed() >= self._next_checkpoint

    @property
    def checkpoints_left(self) -> int:
        """How many more checkpoints this solve may send; once it is 0, none will be wanted."""
        return self._checkpoints_left

    def checkpoint(self, solution: Any) -> None:
        """Sends an intermediate solution, as solve returns it.

        It is copied: the solver may go on changing it. The time that this takes is not counted as the solver's.
        """
        if self._send_checkpoint is None or self._checkpoints_left == 0:
            return
        at, begin = self._elapsed(), time.perf_counter()
        self._checkpoints_left -= 1
        self._next_checkpoint = at + at / 4
        try:
            self._send_checkpoint(at, solution)
        finally:
            self._sending += time.perf_counter() - begin

    def iterations(self, n: int) -> None:
        """Records how many iterations or steps the solve took."""
        self._iterations = int(n)

    def oracle(self, spec: common.Oracle) -> Oracle:
        """The function that a task names."""
        if self._get_oracle is None:
            raise Failed(f'oracle "{spec.name}": nobody serves it in this session')
        return self._get_oracle(spec)

    def check(self) -> None:
        """Raises Cancelled if the harness has asked to stop."""
        if self._call.stopped:
            raise Cancelled

    def _begin(self, max_checkpoints: int) -> None:
        """Starts the clock and forgets the last solve."""
        self._checkpoints_left, self._next_checkpoint, self._sending = max_checkpoints, 0.0, 0.0
        self._iterations, self._told = 0, 0.0
        self._started = time.perf_counter()

    def _elapsed(self) -> float:
        """The solver's own time since the solve began."""
        return time.perf_counter() - self._started - self._sending

    def _reserve(self, n: int) -> int | None:
        """Takes n bytes of the output area."""
        size = align_up(n)
        if self._segment is None or (n < INLINE_LIMIT and not self._small_too) or self._top - self._next < size:
            return None
        at = self._next
        self._next += size
        return at

    def _place_solution(self, array: NDArray[Any]) -> int | None:
        """Where an array of the solution lies in the output area; one that lies elsewhere is copied there."""
        if self._segment is None:
            return None
        at = self._segment.offset(array)
        if at is not None and self._low <= at < self._segment.layout.output_end:
            return at
        return self._copy(array, self._reserve(array.nbytes))

    def _place_checkpoint(self, array: NDArray[Any]) -> int | None:
        """Copies an array to the top of the output area, where the solver's own arrays do not reach."""
        size = align_up(array.nbytes)
        if self._segment is None or self._small_too or array.nbytes < INLINE_LIMIT or self._top - self._next < size:
            return None
        self._copy(array, self._top - size)
        self._top -= size
        return self._top

    def _copy(self, array: NDArray[Any], at: int | None) -> int | None:
        if at is not None and self._segment is not None:
            self._segment.view(at, array.nbytes, self._low, self._top)[:] = array.reshape(-1).view(np.uint8)
        return at
