"""Protobuf messages to and from the classes that solvers see."""

from __future__ import annotations

import dataclasses
import functools
import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solverbench._errors import Invalid, Unsupported
from solverbench._proto import common_v1
from solverbench._proto.common_v1_pb2 import Array
from solverbench._segment import Bytes

ELEMENTS: dict[int, np.dtype[Any]] = {1: np.dtype("<f8"), 2: np.dtype("<f4"), 3: np.dtype("<i4"), 4: np.dtype("<i8"), 5: np.dtype("u1")}
"""By the number of the protocol's ElementType."""

View = Callable[[int, int], Bytes]
"""The bytes at an offset, so many."""

Place = Callable[[NDArray[Any]], "int | None"]
"""Sees to it that an array lies in shared memory, and says where; None if it must go inline."""


def decode(message: Any, types: ModuleType, view: View) -> Any:
    """The task in a message. Arrays are views of the segment or of the message's own bytes, and read-only."""
    return _message(message, types, view, "task")


def _message(message: Any, types: ModuleType, view: View, path: str) -> Any:
    name = message.DESCRIPTOR.full_name
    if name == "solverbench.common.v1.Array":
        return array(message, view, path)
    owner = common_v1 if name.startswith("solverbench.common.") else types
    cls = getattr(owner, message.DESCRIPTOR.name)
    names = {field.name for field in dataclasses.fields(cls)}
    values: dict[str, Any] = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        where = f"{path}.{field.name}"
        if field.containing_oneof is not None:
            if message.HasField(field.name):
                values[field.containing_oneof.name] = _message(value, types, view, where)
        elif _repeated(field):
            nested = field.message_type is not None
            values[field.name] = tuple(_message(v, types, view, f"{where}.{i}") if nested else v for i, v in enumerate(value))
        elif field.message_type is not None:
            if message.HasField(field.name):
                values[field.name] = _message(value, types, view, where)
        elif field.enum_type is not None:
            values[field.name] = _enum(getattr(types, field.enum_type.name), value, where)
        else:
            values[field.name] = value
    try:
        return cls(**{name: value for name, value in values.items() if name in names})
    except TypeError:
        missing = [f.name for f in dataclasses.fields(cls) if f.default is dataclasses.MISSING and f.name not in values]
        raise Invalid(f"{path}: {', '.join(missing)} is absent") from None


def _repeated(field: Any) -> bool:
    return bool(field.is_repeated) if hasattr(field, "is_repeated") else field.label == field.LABEL_REPEATED


def _enum(cls: Any, value: int, path: str) -> Any:
    try:
        return cls(value)
    except ValueError:
        raise Unsupported(f"{path} is {value}, which this version of the SDK does not know") from None


def array(message: Any, view: View, path: str) -> NDArray[Any]:
    """The array in a message."""
    dtype = ELEMENTS.get(message.element_type)
    shape = tuple(message.shape)
    if dtype is None:
        raise Unsupported(f"{path}: element type {message.element_type}, which this version of the SDK does not know")
    if any(n < 0 for n in shape):
        raise Invalid(f"{path}: shape {shape}, expected no negative extents")
    size = dtype.itemsize
    for n in shape:
        size *= n
    try:
        inline = message.WhichOneof("place") != "offset"
        data = np.frombuffer(message.inline, np.uint8) if inline else view(message.offset, size)
        if data.nbytes != size:
            raise ValueError(f"{data.nbytes} bytes, expected {size} for shape {shape} of {dtype}")
    except ValueError as err:
        raise Invalid(f"{path}: {err}") from None
    return data.view(dtype).reshape(shape)


def pack(array: NDArray[Any], place: Place) -> Any:
    """The message of an array of float64."""
    message = Array(element_type=1, shape=array.shape)  # type: ignore[arg-type]
    offset = place(array)
    if offset is None:
        message.inline = array.tobytes()
    else:
        message.offset = offset
    return message


def fields(solution: Any, types: ModuleType) -> dict[str, NDArray[Any]]:
    """The arrays of a solution by name, in the order of the protocol, contiguous and float64.

    An array that is so already is not copied. A bare array is a solution where the family's has one field.
    """
    names = _names(types.Solution)
    if not isinstance(solution, types.Solution) and len(names) == 1 and isinstance(solution, np.ndarray):
        solution = types.Solution(solution)
    if not isinstance(solution, types.Solution):
        raise TypeError(f"the solver returned {type(solution).__name__}, expected {types.Solution.__name__} or an array")
    out = {}
    for name in names:
        a = np.asarray(getattr(solution, name))
        if a.dtype.kind not in "fiub":
            raise TypeError(f"solution: {name} is an array of {a.dtype}, expected float64")
        out[name] = np.asarray(a, "<f8", order="C")
    return out


@functools.cache
def _names(cls: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cls))


def encode(solution: dict[str, NDArray[Any]], family: str, place: Place) -> Any:
    """The Any with a solution."""
    from google.protobuf.any_pb2 import Any as Packed

    message = messages(family).Solution(**{name: pack(a, place) for name, a in solution.items()})
    return Packed(type_url=f"type.googleapis.com/{message.DESCRIPTOR.full_name}", value=message.SerializeToString())


def messages(family: str) -> Any:
    """The protobuf classes of a family."""
    return importlib.import_module(f"solverbench._proto.{family}_v1_pb2")
