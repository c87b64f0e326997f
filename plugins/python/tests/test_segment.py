"""That arrays are views of shared memory is seen from their addresses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness import SharedFile, inline

from solverbench import _codec
from solverbench._proto import plugin_v1_pb2 as pb
from solverbench._proto import poisson_v1, poisson_v1_pb2
from solverbench._run import Run
from solverbench._segment import Segment, address

F = np.random.default_rng(0).random((32, 32))


def mapped(file: SharedFile) -> Segment:
    return Segment(pb.Segment(**file.layout()))


def test_task_arrays_are_views(tmp_path: Path) -> None:
    file = SharedFile(tmp_path, output=0)
    file.put(np.ones(3))
    message = poisson_v1_pb2.Task(rhs=file.put(F))
    segment = mapped(file)
    task = _codec.decode(message, poisson_v1, segment.input)
    assert address(task.rhs) == address(segment.input(0, 1)) + 64
    assert np.array_equal(task.rhs, F) and not task.rhs.flags.writeable
    with file.path.open("r+b") as f:  # what the harness writes later is seen
        f.seek(64)
        f.write(np.float64(-1).tobytes())
    assert task.rhs[0, 0] == -1


def test_inline_arrays_are_views_of_the_message(tmp_path: Path) -> None:
    a = _codec.array(inline(np.arange(6, dtype=np.int32).reshape(2, 3)), lambda at, n: np.empty(0, np.uint8), "x")
    assert a.dtype == np.int32 and a.shape == (2, 3) and a.base is not None and not a.flags.writeable


def test_outputs_are_not_copied(tmp_path: Path) -> None:
    file = SharedFile(tmp_path, output=4 * F.nbytes)
    file.put(F)
    segment, run = mapped(file), Run(1, 0)
    layout = segment.layout
    run._segment, run._low, run._next, run._top = segment, layout.output_begin, layout.output_begin, layout.output_end
    u = run.output(F.shape)
    u[...] = F
    packed = _codec.pack(u, run._place_solution)
    assert packed.offset == segment.offset(u) == layout.output_begin and not packed.inline
    assert np.array_equal(file.read(packed), F), "another process sees it"
    part = _codec.pack(np.asarray(u[1:]), run._place_solution)
    assert part.offset == layout.output_begin + F[0].nbytes, "a part of an output need not be copied either"
    elsewhere = _codec.pack(F, run._place_solution)
    assert elsewhere.offset == layout.output_begin + F.nbytes and np.array_equal(file.read(elsewhere), F)


def test_outputs_without_room_are_inline(tmp_path: Path) -> None:
    file = SharedFile(tmp_path, output=F.nbytes)
    segment, run = mapped(file), Run(1, 0)
    run._segment, run._low, run._next, run._top = segment, 0, 0, F.nbytes
    small = run.output(3)
    first, second = run.output(F.shape), run.output(F.shape)
    assert [segment.offset(a) for a in (small, first, second)] == [None, 0, None]
    assert _codec.pack(second, run._place_solution).inline == second.tobytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"offset": 4096}, "task.rhs: 8192 bytes at offset 4096 are outside the input of the shared segment"),
        ({"shape": [32, -1]}, "expected no negative extents"),
    ],
)
def test_wrong_places(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    file = SharedFile(tmp_path, output=64)
    placed = file.put(F)
    for name, value in change.items():
        placed.ClearField(name)
        placed.MergeFrom(type(placed)(**{name: value}))
    segment = mapped(file)
    with pytest.raises(Exception, match=message):
        _codec.decode(poisson_v1_pb2.Task(rhs=placed), poisson_v1, segment.input)
    with pytest.raises(ValueError, match="outside"):
        segment.view(segment.layout.output_begin, 65, segment.layout.output_begin, segment.layout.output_end)


def test_a_file_that_is_too_short(tmp_path: Path) -> None:
    layout = SharedFile(tmp_path, output=4096).layout()
    with pytest.raises(ValueError, match="4096 bytes, expected 5000"):
        Segment(pb.Segment(**{**layout, "size": 5000}))


def test_solutions() -> None:
    types = poisson_v1
    for good in (F, types.Solution(F), types.Solution(F.astype(np.float32)), types.Solution(F.T)):
        (array,) = _codec.fields(good, types).values()
        assert array.dtype == np.float64 and array.flags.c_contiguous
    assert _codec.fields(F, types)["u"] is F
    for wrong, message in ((None, "returned NoneType"), ([1.0], "returned list"), (F + 1j, "an array of complex128")):
        with pytest.raises(TypeError, match=message):
            _codec.fields(wrong, types)
