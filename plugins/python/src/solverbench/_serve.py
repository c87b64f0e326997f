"""The process of a plugin: handshake, transport, and the main thread on which solvers work."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from solverbench._errors import Cancelled, Diverged, Failed, Invalid, SolverError, Unsupported
from solverbench._options import Spec, text
from solverbench._run import Call
from solverbench._solver import Solver, about, check, schema

if TYPE_CHECKING:
    from solverbench._session import Session

COOKIE = ("SOLVERBENCH_PLUGIN", "a8c1f0d3-solverbench")
PROTOCOL_VERSION = 1
LIFELINE_ENV, LIFELINE_FD = "SOLVERBENCH_LIFELINE", 3
STOP_SIGNAL = signal.SIGRTMIN + 7
"""Which this process sends itself to be heard in the main thread."""


def serve(*, name: str, version: str, solvers: Sequence[type[Solver]], license: str = "", language: str = "python") -> None:
    """Serves the plugin until the harness that launched this process is done with it, and returns then.

    Call it from the main program, below `if __name__ == "__main__":`. Launched by hand it explains itself and exits. `license` is an SPDX
    expression. What is printed from here on goes to standard error.
    """
    offers: list[tuple[type[Solver], list[Spec]]] = []
    try:
        if not name or not solvers:
            raise TypeError(f'plugin name "{name}" with {len(solvers)} solvers, expected a name and at least one solver')
        for solver in solvers:
            offers.append((solver, check(solver)))
            if any((s.name, s.family) == (solver.name, solver.family) for s, _ in offers[:-1]):
                raise TypeError(f'two solvers are named "{solver.name}" for the family {solver.family}, expected unique names')
    except TypeError as err:
        sys.exit(f"solverbench: {err}")
    if os.environ.pop(COOKIE[0], "") != COOKIE[1]:  # taken out: programs that the solver starts are no plugins
        sys.exit(_explanation(name, version, solvers))
    stdout = _keep_stdout()
    _end_with_harness()
    main = MainThread()
    server, socket = _start(Plugin(name, version, license, language, offers, main))
    os.write(stdout, f"1|{PROTOCOL_VERSION}|unix|{socket}|grpc\n".encode())
    import gc

    gc.collect()
    gc.freeze()  # what is there now stays: later collections need not look at it
    _keep_freed_memory()
    main.work()
    server.stop(1).wait()  # the answer to Shutdown is still on its way


def _explanation(name: str, version: str, solvers: Sequence[type[Solver]]) -> str:
    lines = [f"This is the solverbench plugin {name} {version}. The harness launches it:", ""]
    lines += [f"  solverbench run PROBLEM --plugin {sys.argv[0]}", "", "Its solvers:"]
    return "\n".join(lines + [f"  {s.name:<16} takes {schema(s)}" for s in solvers])


def _keep_stdout() -> int:
    """Keeps standard output for the handshake, and sends what anybody prints to standard error."""
    kept = os.dup(1)
    sys.stdout.flush()
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return kept


def _keep_freed_memory() -> None:
    """Has the C library keep what is freed for the next array.

    glibc gives back arrays above 128 KiB until a larger one has been freed, which raises that limit to the larger one's size. Without this
    the time of a solve would depend on what happened to be freed before: a twofold difference for small tasks, in fresh pages.
    """
    import numpy as np

    np.empty(31 << 20, np.uint8)  # of at most 32 MiB; none of it is touched


def _end_with_harness() -> None:
    """Ends the process, with what it has started, when the harness has gone without saying so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the harness, which tells us
    if not os.environ.get(LIFELINE_ENV):
        return
    os.set_inheritable(LIFELINE_FD, False)

    def watch() -> None:
        os.read(LIFELINE_FD, 1)  # nothing is ever written: it returns when the other end closes
        if os.getpgrp() == os.getpid():  # the harness has made it so
            os.killpg(0, signal.SIGKILL)  # ends us too
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="lifeline").start()


class MainThread:
    """The main thread, on which everything of a solver's runs: some libraries want that, and there it can be interrupted."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._running: Call | None = None
        self._thread = threading.get_ident()
        self.busy = False
        signal.signal(STOP_SIGNAL, self._raise)

    def work(self) -> None:
        """Does jobs until there are no more."""
        while (job := self._jobs.get()) is not None:
            self.busy = True
            job()
            self.busy = False

    def submit(self, job: Callable[[], None]) -> None:
        self._jobs.put(job)

    def call(self, f: Callable[[], Any]) -> Any:
        """Calls f on the main thread. It raises nothing."""
        answers: SimpleQueue[Any] = SimpleQueue()
        self.submit(lambda: answers.put(f()))
        return answers.get()

    def end(self) -> None:
        """Lets work return; a solver that is still at work ends with the process."""
        if self.busy:
            threading.Timer(0.05, os._exit, (0,)).start()  # after the answer has gone out
        self._jobs.put(None)

    def attempt(self, call: Call, f: Callable[[], Any], failed: Callable[[Any], Any]) -> Any:
        """Calls f, which giving up the call interrupts, and turns what it raises into a Failure."""
        try:
            try:
                self._running = call
                if call.stopped:
                    raise Cancelled  # it was given up while the job waited
                return f()
            finally:
                self._running = None
        except BaseException as err:
            return failed(_failure(err, call))

    def cancel(self, call: Call) -> None:
        """Gives up a call, by an exception in the main thread if it is at work on it."""
        call.stopped = True
        if self._running is call:
            signal.pthread_kill(self._thread, STOP_SIGNAL)

    def _raise(self, *_: Any) -> None:
        call = self._running
        if call is not None and call.stopped:
            self._running = None  # once
            raise Cancelled


def _failure(err: BaseException, call: Call) -> Any:
    """The Failure that an exception means."""
    from solverbench._proto import plugin_v1_pb2 as pb

    kinds = {Unsupported: 1, Failed: 2, Diverged: 3, Invalid: 4}
    if isinstance(err, Cancelled) or call.stopped:
        return pb.Failure(kind=5, message="cancelled")  # type: ignore[arg-type]
    if isinstance(err, SolverError):
        kind = next((k for c, k in kinds.items() if isinstance(err, c)), 2)
        return pb.Failure(kind=kind, message=str(err))  # type: ignore[arg-type]
    return pb.Failure(kind=2, message=_tell(err).encode("utf-8", "replace").decode())  # type: ignore[arg-type]


def _tell(err: BaseException) -> str:
    """An exception in a line with the place in the plugin's own code; its traceback without the SDK goes to standard error."""
    at = err.__traceback__
    while at is not None and _ours(at.tb_frame.f_code.co_filename):
        at = at.tb_next
    traceback.print_exception(type(err), err, at or err.__traceback__, file=sys.stderr)
    home = os.path.dirname(os.path.abspath(sys.argv[0]))
    frames = traceback.extract_tb(at)
    own = [f for f in frames if f.filename.startswith(home + os.sep) and "site-packages" not in f.filename] or frames
    place = f" ({os.path.basename(own[-1].filename)}:{own[-1].lineno}, in {own[-1].name})" if own else ""
    return (f"{type(err).__name__}: {err}" if str(err) else type(err).__name__) + place


def _ours(path: str) -> bool:
    return os.path.dirname(path) == os.path.dirname(__file__)


class Plugin:
    """The services of the protocol, on the transport's threads."""

    def __init__(
        self, name: str, version: str, license: str, language: str, offers: list[tuple[type[Solver], list[Spec]]], main: MainThread
    ) -> None:
        self.name, self.version, self.license, self.language, self.offers, self.main = name, version, license, language, offers, main
        self.sessions: dict[str, Session] = {}  # of the main thread

    def describe(self, request: Any, context: Any) -> Any:
        from solverbench._proto import plugin_v1_pb2 as pb

        answer = pb.DescribeResponse(name=self.name, version=self.version, license=self.license, language=self.language)
        for solver, options in self.offers:
            answer.solvers.append(
                pb.SolverDescription(
                    name=solver.name, doc=about(solver), schema=schema(solver), tags=solver.tags, parallel=solver.parallel,
                    citation=solver.citation, options=[_describe(spec) for spec in options],
                )
            )  # fmt: skip
        return answer

    def open(self, request: Any, context: Any) -> Any:
        from solverbench._proto import plugin_v1_pb2 as pb
        from solverbench._session import Session

        def work() -> Any:
            if request.session in self.sessions:
                raise Failed(f'session "{request.session}" is open already')
            wanted = request.task.type_url.rsplit("/", 1)[-1]
            for solver, _ in self.offers:
                if solver.name == request.solver and schema(solver) == wanted:
                    self.sessions[request.session] = Session.open(solver, request)
                    return pb.OpenResponse()
            raise Unsupported(f'no solver "{request.solver}" for {wanted} here')

        return self.main.call(lambda: self.main.attempt(Call(), work, lambda f: pb.OpenResponse(failure=f)))

    def prepare(self, request: Any, context: Any) -> Any:
        from solverbench._proto import plugin_v1_pb2 as pb

        def answer(session: Session) -> Any:
            return pb.PrepareResponse(seconds=session.prepare())

        return self.main.call(lambda: self._work(request, context, answer, lambda f: pb.PrepareResponse(failure=f)))

    def load(self, request: Any, context: Any) -> Any:
        from solverbench._proto import plugin_v1_pb2 as pb

        def answer(session: Session) -> Any:
            session.load(request)
            return pb.LoadResponse()

        return self.main.call(lambda: self._work(request, context, answer, lambda f: pb.LoadResponse(failure=f)))

    def solve(self, request: Any, context: Any) -> Iterator[Any]:
        from solverbench._proto import plugin_v1_pb2 as pb

        events: SimpleQueue[Any] = SimpleQueue()

        def answer(session: Session) -> Any:
            return pb.SolveResponse(result=session.solve(request.repeat, request.max_checkpoints, events.put))

        def work() -> None:
            events.put(self._work(request, context, answer, lambda f: pb.SolveResponse(failure=f)))

        self.main.submit(work)
        while True:
            event = events.get()
            yield event
            if event.HasField("result") or event.HasField("failure"):
                return

    def close(self, request: Any, context: Any) -> Any:
        from solverbench._proto import plugin_v1_pb2 as pb

        def work() -> Any:
            session = self.sessions.pop(request.session, None)
            if session is not None:
                session.close()
            return pb.CloseResponse()

        return self.main.call(lambda: self.main.attempt(Call(), work, lambda f: pb.CloseResponse()))

    def _work(self, request: Any, context: Any, answer: Callable[[Session], Any], failed: Callable[[Any], Any]) -> Any:
        """Does what a session is asked for, on the main thread, until the call is given up."""
        session = self.sessions.get(request.session)
        if session is None:
            return failed(_failure(Failed(f'session "{request.session}" is not open'), Call()))
        call = session.run._call = Call()
        if not context.add_callback(lambda: self.main.cancel(call)):
            call.stopped = True  # given up already
        return self.main.attempt(call, lambda: answer(session), failed)

    def shutdown(self, request: bytes, context: Any) -> bytes:
        self.main.end()
        return b""


def _describe(spec: Spec) -> Any:
    from solverbench._proto import plugin_v1_pb2 as pb

    kinds = {float: 1, int: 2, bool: 3, str: 4}
    bounds = ["" if bound is None else text(bound) for bound in (spec.min, spec.max)]
    return pb.OptionDescription(
        name=spec.name, type=kinds[spec.type], default_value=text(spec.default), doc=spec.doc,  # type: ignore[arg-type]
        minimum=bounds[0], maximum=bounds[1], choices=spec.choices,
    )  # fmt: skip


def _start(plugin: Plugin) -> tuple[Any, str]:
    """Serves the plugin on a socket of its own, whose path it returns."""
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # it would write of its own affairs to standard error
    from concurrent.futures import ThreadPoolExecutor

    import grpc

    from solverbench._proto import plugin_v1_pb2 as pb

    service = "/solverbench.plugin.v1.SolverService/"
    methods: dict[str, Any] = {}
    for name, f in (
        ("Describe", plugin.describe), ("Open", plugin.open), ("Prepare", plugin.prepare), ("Load", plugin.load),
        ("Solve", plugin.solve), ("Close", plugin.close),
    ):  # fmt: skip
        make = grpc.unary_stream_rpc_method_handler if name == "Solve" else grpc.unary_unary_rpc_method_handler
        request, response = getattr(pb, name + "Request"), getattr(pb, name + "Response")
        methods[service + name] = make(f, request.FromString, response.SerializeToString)
    # The messages of these two are empty or known: HealthCheckResponse{status: SERVING}.
    methods["/grpc.health.v1.Health/Check"] = grpc.unary_unary_rpc_method_handler(lambda request, context: b"\x08\x01")
    methods["/plugin.GRPCController/Shutdown"] = grpc.unary_unary_rpc_method_handler(plugin.shutdown)

    class Handlers(grpc.GenericRpcHandler):
        def service(self, details: Any) -> Any:
            return methods.get(details.method)

    # A call of a session waits on its thread until the solver is done, others go by it.
    server = grpc.server(
        ThreadPoolExecutor(8, "calls"),
        handlers=[Handlers()],
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1), ("grpc.so_reuseport", 0)],
    )
    folder = os.environ.get("PLUGIN_UNIX_SOCKET_DIR") or os.environ.get("TMPDIR", "/tmp")
    socket = os.path.join(folder, f"plugin-{os.getpid()}-{time.monotonic_ns() % 10**6}")
    if server.add_insecure_port("unix:" + socket) == 0:
        sys.exit(f"solverbench: no socket could be made at {socket}")
    server.start()
    return server, socket
