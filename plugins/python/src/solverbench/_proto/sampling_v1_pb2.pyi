from solverbench._proto import common_v1_pb2 as _common_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import Any as _Any, ClassVar as _ClassVar, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ScheduleKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCHEDULE_KIND_UNSPECIFIED: _ClassVar[ScheduleKind]
    SCHEDULE_KIND_VP_LINEAR: _ClassVar[ScheduleKind]
SCHEDULE_KIND_UNSPECIFIED: ScheduleKind
SCHEDULE_KIND_VP_LINEAR: ScheduleKind

class Schedule(_message.Message):
    __slots__ = ("kind", "beta_min", "beta_max", "t_start", "t_end")
    KIND_FIELD_NUMBER: _ClassVar[int]
    BETA_MIN_FIELD_NUMBER: _ClassVar[int]
    BETA_MAX_FIELD_NUMBER: _ClassVar[int]
    T_START_FIELD_NUMBER: _ClassVar[int]
    T_END_FIELD_NUMBER: _ClassVar[int]
    kind: ScheduleKind
    beta_min: float
    beta_max: float
    t_start: float
    t_end: float
    def __init__(self, kind: _Optional[_Union[ScheduleKind, str]] = ..., beta_min: _Optional[float] = ..., beta_max: _Optional[float] = ..., t_start: _Optional[float] = ..., t_end: _Optional[float] = ...) -> None: ...

class Task(_message.Message):
    __slots__ = ("schedule", "start", "noise", "max_evaluations")
    SCHEDULE_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    NOISE_FIELD_NUMBER: _ClassVar[int]
    MAX_EVALUATIONS_FIELD_NUMBER: _ClassVar[int]
    schedule: Schedule
    start: _common_pb2.Array
    noise: _common_pb2.Oracle
    max_evaluations: int
    def __init__(self, schedule: _Optional[_Union[Schedule, _Mapping[str, _Any]]] = ..., start: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ..., noise: _Optional[_Union[_common_pb2.Oracle, _Mapping[str, _Any]]] = ..., max_evaluations: _Optional[int] = ...) -> None: ...

class Solution(_message.Message):
    __slots__ = ("samples",)
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    samples: _common_pb2.Array
    def __init__(self, samples: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ...) -> None: ...
