"""As much of a harness as tests of the SDK need, in Python."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import numpy as np
from numpy.typing import NDArray

from solverbench import _codec
from solverbench._proto import plugin_v1_pb2 as pb
from solverbench._proto.common_v1_pb2 import Array

WITNESS = Path(__file__).with_name("witness.py")
COOKIE = {"SOLVERBENCH_PLUGIN": "a8c1f0d3-solverbench"}


class Plugin:
    """A launched plugin."""

    def __init__(self, script: Path, folder: Path, env: dict[str, str]) -> None:
        environment = {**os.environ, **COOKIE, "PLUGIN_UNIX_SOCKET_DIR": str(folder), **env}
        self.process = subprocess.Popen(
            [sys.executable, script], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.handshake = self.process.stdout.readline()
        if not self.handshake:
            raise RuntimeError(self.process.communicate()[1])
        self.channel = grpc.insecure_channel("unix:" + self.handshake.split("|")[3])

    def call(self, name: str, timeout: float = 30, **fields: Any) -> Any:
        """A call that has one answer."""
        method = self.channel.unary_unary(
            f"/solverbench.plugin.v1.SolverService/{name}",
            request_serializer=getattr(pb, name + "Request").SerializeToString,
            response_deserializer=getattr(pb, name + "Response").FromString,
        )
        return method(getattr(pb, name + "Request")(**fields), timeout=timeout)

    def solving(self, timeout: float = 30, **fields: Any) -> Any:
        """The stream of a solve."""
        method = self.channel.unary_stream(
            "/solverbench.plugin.v1.SolverService/Solve",
            request_serializer=pb.SolveRequest.SerializeToString,
            response_deserializer=pb.SolveResponse.FromString,
        )
        return method(pb.SolveRequest(session="s", **fields), timeout=timeout)

    def open(self, family: str, solver: str, task: Any, **fields: Any) -> Any:
        packed = {"type_url": f"type.googleapis.com/solverbench.{family}.v1.Task", "value": task.SerializeToString()}
        return self.call("Open", session="s", solver=solver, task=packed, **fields)

    def solve(self, family: str, **fields: Any) -> tuple[Any, list[Any]]:
        """The solution's message and all events, of which the last must be a result."""
        events = list(self.solving(**fields))
        assert events[-1].HasField("result"), events[-1]
        message = _codec.messages(family).Solution()
        message.ParseFromString(events[-1].result.solution.value)
        return message, events

    def raw(self, method: str, request: bytes = b"") -> bytes:
        call: Any = self.channel.unary_unary(method)
        return bytes(call(request, timeout=10))

    def shut_down(self) -> tuple[int, str, str]:
        """Ends it as the harness does; its exit status and what it printed after the handshake."""
        self.raw("/plugin.GRPCController/Shutdown")
        out, err = self.process.communicate(timeout=10)
        return self.process.returncode, out, err


@contextlib.contextmanager
def launch(script: Path = WITNESS, env: dict[str, str] | None = None) -> Iterator[Plugin]:
    with tempfile.TemporaryDirectory() as folder:  # pytest's are too long for a socket
        plugin = Plugin(script, Path(folder), env or {})
        try:
            yield plugin
        finally:
            plugin.channel.close()
            plugin.process.kill()
            plugin.process.communicate()


def inline(array: NDArray[Any]) -> Array:
    kind = next(k for k, dtype in _codec.ELEMENTS.items() if dtype == array.dtype)
    return Array(element_type=kind, shape=array.shape, inline=array.tobytes())  # type: ignore[arg-type]


class SharedFile:
    """A segment as the harness makes it: arrays of the task, then room for output, then that of oracles."""

    def __init__(self, folder: Path, output: int, oracle: int = 0) -> None:
        self.path = folder / "segment"
        self.input = bytearray()
        self.output, self.oracle = output, oracle

    def put(self, array: NDArray[Any]) -> Array:
        """The message of an array in the segment."""
        self.input += bytes(-len(self.input) % 64)
        message = inline(array)
        message.offset = len(self.input)
        self.input += array.tobytes()
        return message

    def layout(self) -> dict[str, Any]:
        """Writes the file, and says where things are."""
        self.input += bytes(-len(self.input) % 4096)
        begin = len(self.input)
        end, size = begin + self.output, begin + self.output + self.oracle
        self.path.write_bytes(bytes(self.input) + bytes(size - begin))
        spans = {"input_end": begin, "output_begin": begin, "output_end": end, "oracle_begin": end, "oracle_end": size}
        return {"path": str(self.path), "size": size, **spans}

    def read(self, array: Array) -> NDArray[np.float64]:
        """The array at a message's offset."""
        return np.memmap(self.path, "<f8", "r", array.offset, tuple(array.shape))

    def bytes(self, offset: int, n: int) -> bytearray:
        with self.path.open("rb") as f:
            f.seek(offset)
            return bytearray(f.read(n))


@contextlib.contextmanager
def oracles(answer: Callable[[Any], Any]) -> Iterator[str]:
    """Serves an oracle, and is its socket."""

    def evaluate(request: Any, context: Any) -> Any:
        try:
            return answer(request)
        except ValueError as err:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(err))

    handler = grpc.unary_unary_rpc_method_handler(evaluate, pb.EvaluateRequest.FromString, pb.EvaluateResponse.SerializeToString)
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("solverbench.plugin.v1.OracleService", {"Evaluate": handler})])
    with tempfile.TemporaryDirectory() as folder:
        server.add_insecure_port(f"unix:{folder}/o")
        server.start()
        try:
            yield f"{folder}/o"
        finally:
            server.stop(None).wait()
