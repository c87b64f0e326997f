from solverbench._proto import common_v1_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import Any as _Any, ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Task(_message.Message):
    __slots__ = ("length", "viscosity", "drag", "mean_flow_x", "mean_flow_y", "vorticity", "forcing", "times", "output_points", "tolerance")
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    VISCOSITY_FIELD_NUMBER: _ClassVar[int]
    DRAG_FIELD_NUMBER: _ClassVar[int]
    MEAN_FLOW_X_FIELD_NUMBER: _ClassVar[int]
    MEAN_FLOW_Y_FIELD_NUMBER: _ClassVar[int]
    VORTICITY_FIELD_NUMBER: _ClassVar[int]
    FORCING_FIELD_NUMBER: _ClassVar[int]
    TIMES_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_POINTS_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    length: float
    viscosity: float
    drag: float
    mean_flow_x: float
    mean_flow_y: float
    vorticity: _common_pb2.Array
    forcing: _common_pb2.Array
    times: _containers.RepeatedScalarFieldContainer[float]
    output_points: int
    tolerance: float
    def __init__(self, length: _Optional[float] = ..., viscosity: _Optional[float] = ..., drag: _Optional[float] = ..., mean_flow_x: _Optional[float] = ..., mean_flow_y: _Optional[float] = ..., vorticity: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ..., forcing: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ..., times: _Optional[_Iterable[float]] = ..., output_points: _Optional[int] = ..., tolerance: _Optional[float] = ...) -> None: ...

class Solution(_message.Message):
    __slots__ = ("vorticity",)
    VORTICITY_FIELD_NUMBER: _ClassVar[int]
    vorticity: _common_pb2.Array
    def __init__(self, vorticity: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ...) -> None: ...
