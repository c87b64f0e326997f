from solverbench._proto import common_v1_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import Any as _Any, ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Task(_message.Message):
    __slots__ = ("length", "initial", "times", "output_points", "linear", "advection", "tolerance")
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    INITIAL_FIELD_NUMBER: _ClassVar[int]
    TIMES_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_POINTS_FIELD_NUMBER: _ClassVar[int]
    LINEAR_FIELD_NUMBER: _ClassVar[int]
    ADVECTION_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    length: float
    initial: _common_pb2.Array
    times: _containers.RepeatedScalarFieldContainer[float]
    output_points: int
    linear: _containers.RepeatedScalarFieldContainer[float]
    advection: float
    tolerance: float
    def __init__(self, length: _Optional[float] = ..., initial: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ..., times: _Optional[_Iterable[float]] = ..., output_points: _Optional[int] = ..., linear: _Optional[_Iterable[float]] = ..., advection: _Optional[float] = ..., tolerance: _Optional[float] = ...) -> None: ...

class Solution(_message.Message):
    __slots__ = ("u",)
    U_FIELD_NUMBER: _ClassVar[int]
    u: _common_pb2.Array
    def __init__(self, u: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ...) -> None: ...
