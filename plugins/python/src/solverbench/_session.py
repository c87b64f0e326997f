"""A solver opened on a task: the life between Open and Close, without the transport."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solverbench import _codec, _options
from solverbench._errors import Failed, Invalid
from solverbench._oracle import OracleClient
from solverbench._proto import plugin_v1_pb2 as pb
from solverbench._run import Run
from solverbench._segment import Bytes, Segment, align_up
from solverbench._solver import Solver, types

Send = Callable[[Any], None]


class Session:
    """A solver, its options and the tasks it is to solve."""

    def __init__(self, solver: type[Solver], options: Mapping[str, str], run: Run) -> None:
        self.types = types(solver.family)
        self.family = solver.family
        self.run = run
        self.solver = solver()
        self.solver.options = _options.make(solver.Options, options)
        self.tasks: list[Any] = []
        self.slots: Segment | None = None
        self.stride = 0
        self.client: OracleClient | None = None

    @classmethod
    def open(cls, solver: type[Solver], request: Any) -> Session:
        """What Open asks for."""
        run = Run(request.threads, request.seed)
        session = cls(solver, request.options, run)
        segment = Segment(request.segment) if request.HasField("segment") else None
        session.tasks = [session._decode(request.task.value, _no_segment if segment is None else segment.input)]
        if segment is not None:
            layout = segment.layout
            run._segment, run._low, run._top = segment, layout.output_begin, layout.output_end
            run._kept = run._next = run._low
        if request.oracle_socket:
            session.client = OracleClient(request.session, request.oracle_socket, segment)
            run._get_oracle = session.client.oracle
        return session

    def _decode(self, task: bytes, view: _codec.View) -> Any:
        message = _codec.messages(self.family).Task()
        try:
            message.ParseFromString(task)
        except Exception as err:  # protobuf's runtimes differ in its class
            raise Invalid(f"decoding the task: {err}") from None
        return _codec.decode(message, self.types, view)

    def prepare(self) -> float:
        """Lets the solver set up and returns the seconds that it took."""
        self.run._begin(0)
        self.run._next = self.run._kept
        begin = time.perf_counter()
        self.solver.prepare(self.tasks[0], self.run)
        took = time.perf_counter() - begin
        self.run._kept = self.run._next
        return took

    def load(self, request: Any) -> None:
        """Takes the slots in place of the task."""
        if not request.HasField("segment") or request.slots == 0 or not request.HasField("task"):
            raise Invalid("loading slots: expected a segment, a task and at least one slot")
        segment = Segment(request.segment)
        begin = segment.layout.slots_begin

        def slot(k: int) -> _codec.View:
            return lambda at, n: segment.input(at + k * request.input_stride if at >= begin else at, n)

        self.tasks = [self._decode(request.task.value, slot(k)) for k in range(request.slots)]
        self.slots, self.stride = segment, request.output_stride
        self.run._segment, self.run._small_too = segment, True

    def solve(self, repeat: int, max_checkpoints: int, send: Send) -> Any:
        """Solves so many times and returns the Result."""
        run, solver, tasks = self.run, self.solver, self.tasks
        run._send_progress = lambda fraction, message: send(pb.SolveResponse(progress=pb.Progress(fraction=fraction, message=message)))
        run._send_checkpoint = lambda at, solution: send(self._checkpoint(at, solution))
        answer: dict[str, NDArray[Any]] = {}
        run._begin(max_checkpoints)
        if self.slots is None and run._segment is not None:
            run._top = run._segment.layout.output_end
        for i in range(max(repeat, 1)):
            k = i % len(tasks)
            self._room(k)
            answer = _codec.fields(solver.solve(tasks[k], run), self.types)
            if self.slots is not None:
                answer = self._settle(answer, k)
            run.check()
        took = run._elapsed()
        return pb.Result(
            solution=_codec.encode(answer, self.family, run._place_solution),
            seconds=took, checkpoint_seconds=run._sending, iterations=run._iterations,
        )  # fmt: skip

    def _room(self, k: int) -> None:
        """Says where the next solution goes."""
        run = self.run
        if self.slots is None:
            run._next = run._kept
        else:
            begin = self.slots.layout.output_begin
            run._low, run._next, run._top = begin, begin + k * self.stride, begin + (k + 1) * self.stride

    def _settle(self, answer: dict[str, NDArray[Any]], k: int) -> dict[str, NDArray[Any]]:
        """Sees to it that a solution lies where the harness looks for slot k's."""
        assert self.slots is not None
        at = self.slots.layout.output_begin + k * self.stride
        high = min(at + self.stride, self.slots.layout.output_end)
        for name, array in answer.items():
            try:
                place = self.slots.view(at, array.nbytes, at, high)
            except ValueError as err:
                raise Failed(f"solution: {name} does not fit its slot: {err}") from None
            if (found := self.slots.offset(array)) != at:
                data = array.reshape(-1).view(np.uint8)
                place[:] = data if found is None else data.copy()  # within the segment they may overlap
                answer[name] = place.view("<f8").reshape(array.shape)
            at += align_up(array.nbytes)
        return answer

    def _checkpoint(self, at: float, solution: Any) -> Any:
        packed = _codec.encode(_codec.fields(solution, self.types), self.family, self.run._place_checkpoint)
        return pb.SolveResponse(checkpoint=pb.Checkpoint(seconds=at, solution=packed))

    def close(self) -> None:
        """Ends the session. Its memory goes with the last reference to it."""
        try:
            self.solver.close()
        finally:
            if self.client is not None:
                self.client.close()
            self.__dict__.clear()
            gc.collect()


def _no_segment(offset: int, n: int) -> Bytes:
    raise ValueError("the array lies in a segment, and none was named")
