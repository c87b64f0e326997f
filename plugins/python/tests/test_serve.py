"""The process of a plugin, over its socket."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from harness import COOKIE, WITNESS, Plugin, SharedFile, inline, launch, oracles

from solverbench._proto import nse_v1_pb2, poisson_v1_pb2, restoration_v1_pb2, sampling_v1_pb2, semilinear_v1_pb2
from solverbench._proto import plugin_v1_pb2 as pb

F = np.arange(1.0, 13.0).reshape(3, 4)


@pytest.fixture(scope="module")
def witness() -> Iterator[Plugin]:
    with launch() as plugin:
        yield plugin


@pytest.fixture
def plugin(witness: Plugin) -> Iterator[Plugin]:
    yield witness
    witness.call("Close", session="s")


def grid(f: Any = F) -> Any:
    return poisson_v1_pb2.Task(kind=1, rhs=inline(f), axes=[{"points": n, "upper": 1.0} for n in f.shape])  # type: ignore[arg-type]


def test_handshake_and_end() -> None:
    with launch() as plugin:
        fields = plugin.handshake.rstrip("\n").split("|")
        assert fields[:3] == ["1", "1", "unix"] and fields[4:] == ["grpc"]
        assert plugin.raw("/grpc.health.v1.Health/Check") == b"\x08\x01"
        assert plugin.shut_down() == (0, "", "")


def test_unknown_calls_are_unimplemented(witness: Plugin) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        witness.raw("/solverbench.plugin.v1.SolverService/Grease12345678")
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_describe(witness: Plugin) -> None:
    got = witness.call("Describe")
    assert (got.name, got.version, got.license, got.language) == ("witness", "1.2.3", "MIT", "python")
    assert [(s.name, s.schema) for s in got.solvers] == [
        ("witness", "solverbench.poisson.v1.Task"),
        ("waves", "solverbench.semilinear.v1.Task"),
        ("flow", "solverbench.nse.v1.Task"),
        ("paint", "solverbench.restoration.v1.Task"),
        ("steps", "solverbench.sampling.v1.Task"),
    ]
    first = got.solvers[0]
    assert first.doc == "Misbehaves as it is told, or answers with a multiple of the right-hand side."
    assert (list(first.tags), first.citation, first.parallel) == (["test"], "nobody", False)
    mode, factor, steps, loud = first.options
    assert (mode.name, mode.type, mode.default_value, len(mode.choices)) == ("mode", 4, "copy", 12)
    assert (factor.type, factor.default_value, factor.minimum, factor.maximum) == (1, "1", "-10", "10")
    assert factor.doc == "the answer is the right-hand side times this"
    assert (steps.type, steps.default_value, steps.minimum, steps.maximum) == (2, "1", "1", "")
    assert (loud.type, loud.default_value) == (3, "false")


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"factr": "1"}, 4, 'unknown option "factr" (did you mean "factor"?)'),
        ({"factor": "11"}, 4, 'option factor: "11", expected a number in [-10, 10]'),
        ({"steps": "1.5"}, 4, 'option steps: "1.5", expected an integer ≥ 1'),
        ({"loud": "yes"}, 4, 'option loud: "yes", expected true or false'),
        ({"mode": "none"}, 4, 'option mode: "none", expected one of copy, maps, '),
    ],
)
def test_wrong_options(plugin: Plugin, options: dict[str, str], kind: int, message: str) -> None:
    got = plugin.open("poisson", "witness", grid(), options=options)
    assert got.failure.kind == kind
    assert got.failure.message.startswith(message)


def test_wrong_requests(plugin: Plugin) -> None:
    assert plugin.open("poisson", "nobody", grid()).failure.message == 'no solver "nobody" for solverbench.poisson.v1.Task here'
    assert plugin.open("nse", "witness", grid()).failure.kind == 1
    assert plugin.call("Prepare", session="?").failure.message == 'session "?" is not open'
    short = grid()
    short.rhs.inline = b"12345678"
    got = plugin.open("poisson", "witness", short)
    assert (got.failure.kind, got.failure.message) == (4, "task.rhs: 8 bytes, expected 96 for shape (3, 4) of float64")
    absent = grid()
    absent.ClearField("rhs")
    assert plugin.open("poisson", "witness", absent).failure.message == "task: rhs is absent"
    new = grid()
    new.kind = 77
    assert plugin.open("poisson", "witness", new).failure.kind == 1
    assert not plugin.open("poisson", "witness", grid()).HasField("failure")
    assert plugin.open("poisson", "witness", grid()).failure.message == 'session "s" is open already'


@pytest.mark.parametrize(
    ("mode", "kind", "message"),
    [
        ("raise", 2, r"ValueError: operands could not be broadcast .* \(witness.py:\d+, in misbehave\)"),
        ("failed", 2, "no convergence"),
        ("diverged", 3, "residual is nan"),
        ("shape", 2, "TypeError: the solver returned str, expected Solution or an array"),
        ("write", 2, r"ValueError: .*read-only \(witness.py:\d+, in misbehave\)"),
        ("exit", 2, r"SystemExit: leaving .*"),
    ],
)
def test_failures(plugin: Plugin, mode: str, kind: int, message: str) -> None:
    import re

    plugin.open("poisson", "witness", grid(), options={"mode": mode})
    for _ in range(2):  # the session goes on
        (event,) = plugin.solving()
        assert event.failure.kind == kind
        assert re.fullmatch(message, event.failure.message), event.failure.message


def test_unsupported_in_prepare(plugin: Plugin) -> None:
    plugin.open("poisson", "witness", grid(), options={"mode": "unsupported"})
    got = plugin.call("Prepare", session="s")
    assert (got.failure.kind, got.failure.message) == (1, "axis 0 is too short")


def test_printing_and_tracebacks_go_to_standard_error() -> None:
    with launch() as plugin:
        for mode in ("print", "raise"):
            plugin.open("poisson", "witness", grid(), options={"mode": mode, "loud": "true"})
            plugin.call("Prepare", session="s")
            list(plugin.solving())
            plugin.call("Close", session="s")
        status, out, err = plugin.shut_down()
    assert (status, out) == (0, "")
    assert "preparing\na greeting, where it may not be\n" in err
    assert "Traceback" in err and "ValueError" in err and "in misbehave" in err
    assert "_serve.py" not in err and "_session.py" not in err


def test_inline(plugin: Plugin) -> None:
    plugin.open("poisson", "witness", grid(), options={"factor": "-1.5e0"})
    assert plugin.call("Prepare", session="s").seconds >= 0
    message, events = plugin.solve("poisson", repeat=3)
    assert np.array_equal(np.frombuffer(message.u.inline), -1.5 * F.ravel()) and list(message.u.shape) == [3, 4]
    assert (events[-1].result.iterations, len(events)) == (1, 1)
    assert 0 < events[-1].result.seconds < 1


def test_segment(plugin: Plugin, tmp_path: Path) -> None:
    f = np.random.default_rng(0).random((40, 50))
    file = SharedFile(tmp_path, output=5 * f.nbytes)
    task = grid(f)
    task.rhs.CopyFrom(file.put(f))
    plugin.open("poisson", "witness", task, segment=file.layout(), options={"mode": "maps", "steps": "2"})
    plugin.call("Prepare", session="s")
    message, events = plugin.solve("poisson", repeat=1, max_checkpoints=2)
    u = np.array(file.read(message.u))
    assert list(u.flat[:2]) == [1, 1], "the input, or the output, was a copy"
    assert np.array_equal(u.ravel()[2:], f.ravel()[2:])
    assert len(events) == 3
    begin = file.layout()["output_begin"]
    places = [begin, message.u.offset]
    for event in events[:2]:
        kept = poisson_v1_pb2.Solution()
        kept.ParseFromString(event.checkpoint.solution.value)
        places.append(kept.u.offset)
        assert event.checkpoint.seconds <= events[-1].result.seconds
    assert len(set(places[1:])) == 3 and min(places) >= begin


def test_slots(plugin: Plugin, tmp_path: Path) -> None:
    plugin.open("poisson", "witness", grid())
    plugin.call("Prepare", session="s")
    for slots in (2, 5):
        file = SharedFile(tmp_path, output=slots * 128)
        first = file.put(F)
        for k in range(1, slots):
            assert file.put((k + 1) * F).offset == k * 128
        task = grid()
        task.rhs.CopyFrom(first)
        packed = {"type_url": "type.googleapis.com/solverbench.poisson.v1.Task", "value": task.SerializeToString()}
        layout = file.layout()
        got = plugin.call("Load", session="s", slots=slots, task=packed, segment=layout, input_stride=128, output_stride=128)
        assert not got.HasField("failure")
        message, _ = plugin.solve("poisson", repeat=slots + 1)
        assert message.u.offset == layout["output_begin"], "the last answer is that of slot 0"
        for k in range(slots):
            answer = np.frombuffer(file.bytes(layout["output_begin"] + 128 * k, F.nbytes))
            assert np.array_equal(answer, (k + 1) * F.ravel())


def test_slot_that_is_too_small(plugin: Plugin, tmp_path: Path) -> None:
    plugin.open("poisson", "witness", grid())
    file = SharedFile(tmp_path, output=64)
    task = grid()
    task.rhs.CopyFrom(file.put(F))
    packed = {"type_url": "type.googleapis.com/solverbench.poisson.v1.Task", "value": task.SerializeToString()}
    plugin.call("Load", session="s", slots=1, task=packed, segment=file.layout(), input_stride=128, output_stride=64)
    (event,) = plugin.solving()
    assert event.failure.message.startswith("solution: u does not fit its slot")


def test_semilinear(plugin: Plugin) -> None:
    u = np.linspace(0, 1, 8)
    task = semilinear_v1_pb2.Task(length=22.0, initial=inline(u), times=[0.5, 2.0], output_points=4, linear=[0, 0, -1], advection=1.0)
    plugin.open("semilinear", "waves", task)
    message, _ = plugin.solve("semilinear")
    assert np.array_equal(np.frombuffer(message.u.inline), np.ravel([-0.5 * u[:4] + 23, -2 * u[:4] + 23]))


@pytest.mark.parametrize("forced", [False, True])
def test_nse(plugin: Plugin, forced: bool) -> None:
    w = np.ones((4, 4))
    task = nse_v1_pb2.Task(length=1.0, vorticity=inline(w), times=[2.0, 3.0], output_points=4)
    if forced:
        task.forcing.CopyFrom(inline(w))
    plugin.open("nse", "flow", task)
    message, _ = plugin.solve("nse")
    assert list(message.vorticity.shape) == [2, 4, 4]
    assert np.array_equal(np.frombuffer(message.vorticity.inline), np.repeat([2.0 + forced, 3.0 + forced], 16))


def test_restoration(plugin: Plugin) -> None:
    y = np.full((1, 2, 3, 1), 0.5)
    mask = np.array([[[0, 1, 1], [1, 1, 0]]], np.uint8)
    size = {"height": 2, "width": 3, "degraded": inline(y)}
    for degradation, want in (
        ({"inpaint": {"mask": inline(mask)}}, 0.5 * mask.ravel()),
        ({"blur": {"kernel": inline(np.full((3, 3), 1 / 9)), "edge": 2}}, np.ones(6)),
        ({"denoise": {}}, y.ravel()),
        ({"super_resolution": {"scale": 2}}, None),
    ):
        plugin.open("restoration", "paint", restoration_v1_pb2.Task(**size, **degradation))  # type: ignore[arg-type]
        if want is None:
            (event,) = plugin.solving()
            assert event.failure.message == "a degradation SuperResolution"
        else:
            message, _ = plugin.solve("restoration")
            assert np.allclose(np.frombuffer(message.images.inline), want)
        plugin.call("Close", session="s")


@pytest.mark.parametrize("batch", [3, 1000])
def test_sampling(plugin: Plugin, tmp_path: Path, batch: int) -> None:
    start = np.random.default_rng(1).random((batch, 2))
    oracle = {"name": "noise", "scalars": ["t"], "input_shape": start.shape, "output_shape": start.shape}
    task = sampling_v1_pb2.Task(schedule={"t_start": 1.0, "t_end": 0.25}, noise=oracle, start=inline(start))
    file = SharedFile(tmp_path, output=3 * start.nbytes, oracle=2 * (start.nbytes + 64))
    segment = {"segment": file.layout()} if batch > 3 else {}
    places = set()

    def noise(request: Any) -> Any:
        x = np.frombuffer(request.input.inline) if not segment else file.read(request.input).ravel()
        places.add((request.oracle, request.session, request.input.offset > 0, request.output_offset > 0))
        y = x * request.scalars[0]
        answer = inline(y.reshape(-1, 2))
        if segment:
            answer.offset = request.output_offset
            with file.path.open("r+b") as f:
                f.seek(request.output_offset)
                f.write(y.tobytes())
        return pb.EvaluateResponse(output=answer)

    with oracles(noise) as socket:
        plugin.open("sampling", "steps", task, oracle_socket=socket, **segment)
        message, _ = plugin.solve("sampling")
    got = file.read(message.samples) if segment else np.frombuffer(message.samples.inline).reshape(-1, 2)
    want = start.copy()
    want[:1] *= 1.25
    assert np.allclose(got, want)
    assert places == {("noise", "s", bool(segment), bool(segment))}


def test_oracle_that_refuses(plugin: Plugin) -> None:
    def refuse(request: Any) -> Any:
        raise ValueError("oracle noise: t = 1, expected less")

    start = np.zeros((2, 2))
    oracle = {"name": "noise", "scalars": ["t"], "input_shape": start.shape, "output_shape": start.shape}
    task = sampling_v1_pb2.Task(schedule={"t_start": 1.0}, noise=oracle, start=inline(start))
    with oracles(refuse) as socket:
        plugin.open("sampling", "steps", task, oracle_socket=socket)
        (event,) = plugin.solving()
    assert event.failure.message == "oracle noise: t = 1, expected less"


@pytest.mark.parametrize("mode", ["spin", "sleep"])
def test_cancelled_solves_stop_and_the_session_goes_on(plugin: Plugin, mode: str) -> None:
    plugin.open("poisson", "witness", grid(), options={"mode": mode})
    began = time.monotonic()
    with pytest.raises(grpc.RpcError) as caught:
        list(plugin.solving(timeout=0.2))
    assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    assert not plugin.call("Prepare", session="s").HasField("failure"), "this call is not the one that was given up"
    assert time.monotonic() - began < 5
    stream = plugin.solving()
    time.sleep(0.1)
    stream.cancel()
    plugin.call("Close", session="s")
    assert time.monotonic() - began < 10


def test_calls_in_quick_succession_are_not_taken_for_cancelled_ones(plugin: Plugin) -> None:
    plugin.open("poisson", "witness", grid())
    for _ in range(300):
        plugin.solve("poisson")


def test_sessions_one_after_the_other(plugin: Plugin, tmp_path: Path) -> None:
    for _ in range(3):
        file = SharedFile(tmp_path, output=2 * 4096 * 8)
        f = np.ones((64, 64))
        task = grid(f)
        task.rhs.CopyFrom(file.put(f))
        plugin.open("poisson", "witness", task, segment=file.layout())
        file.path.unlink()  # as the harness does
        assert plugin.solve("poisson")[0].u.offset > 0
        plugin.call("Close", session="s")
    maps = Path(f"/proc/{plugin.process.pid}/maps").read_text()
    assert str(tmp_path) not in maps, "a segment is still mapped"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGKILL, -signal.SIGKILL)])
def test_signals_end_it_without_a_word(number: int, status: int) -> None:
    with launch() as plugin:
        plugin.process.send_signal(number)
        assert plugin.process.communicate(timeout=10) == ("", "")
        assert plugin.process.returncode == status


def test_interrupts_are_left_to_the_harness() -> None:
    with launch() as plugin:
        plugin.process.send_signal(signal.SIGINT)
        assert plugin.raw("/grpc.health.v1.Health/Check") == b"\x08\x01"
        assert plugin.shut_down() == (0, "", "")


def test_shutdown_ends_a_solver_at_work() -> None:
    with launch() as plugin:
        plugin.open("poisson", "witness", grid(), options={"mode": "spin"})
        stream = plugin.solving()
        time.sleep(0.1)
        began = time.monotonic()
        assert plugin.shut_down()[0] == 0
        assert time.monotonic() - began < 2
        stream.cancel()


def test_it_ends_with_the_harness(tmp_path: Path) -> None:
    ours, theirs = os.pipe()
    # It must be descriptor 3, and no other process may hold the writing end.
    code = f"import os, sys; os.dup2({ours}, 3); os.execv(sys.executable, [sys.executable, {str(WITNESS)!r}])"
    env = {**os.environ, **COOKIE, "SOLVERBENCH_LIFELINE": "3", "PLUGIN_UNIX_SOCKET_DIR": "/tmp"}
    process = subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, pass_fds=(ours,), start_new_session=True)
    os.close(ours)
    assert process.stdout is not None
    socket = process.stdout.readline().decode().split("|")[3]
    os.close(theirs)
    assert process.wait(10) == -signal.SIGKILL
    process.stdout.close()
    os.unlink(socket)


def test_launched_by_hand() -> None:
    env = {k: v for k, v in os.environ.items() if k not in COOKIE}
    got = subprocess.run([sys.executable, WITNESS], env=env, capture_output=True, text=True)
    assert (got.returncode, got.stdout) == (1, "")
    assert "solverbench run PROBLEM --plugin" in got.stderr and "solverbench.sampling.v1.Task" in got.stderr


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("solvers=[]", 'plugin name "p" with 0 solvers'),
        ("solvers=[int]", "expected a class that derives from solverbench.Solver"),
        ("solvers=[type('A', (sb.Solver,), {'name': 'a'})]", "A: it has no family"),
        ("solvers=[type('A', (sb.Solver,), {'name': 'a', 'family': 'heat'})]", 'A: there is no family "heat"'),
        ("solvers=2 * [type('A', (sb.Solver,), {'name': 'a', 'family': 'nse'})]", 'two solvers are named "a"'),
        ("solvers=[type('A', (sb.Solver,), {'name': 'a', 'family': 'nse', 'tags': 'x'})]", "expected a tuple of texts"),
        ("solvers=[type('A', (sb.Solver,), {'name': 'a', 'family': 'nse', 'Options': 3})]", "decorated with @dataclass"),
    ],
)
def test_mistakes_in_what_is_declared(body: str, message: str) -> None:
    code = f"import solverbench as sb\nsb.serve(name='p', version='1', {body})"
    got = subprocess.run([sys.executable, "-c", code], env={**os.environ, **COOKIE}, capture_output=True, text=True)
    assert (got.returncode, got.stdout) == (1, "")
    assert message in got.stderr and "Traceback" not in got.stderr
