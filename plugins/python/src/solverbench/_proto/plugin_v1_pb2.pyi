from google.protobuf import any_pb2 as _any_pb2
from solverbench._proto import common_v1_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import Any as _Any, ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OptionType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPTION_TYPE_UNSPECIFIED: _ClassVar[OptionType]
    OPTION_TYPE_FLOAT: _ClassVar[OptionType]
    OPTION_TYPE_INT: _ClassVar[OptionType]
    OPTION_TYPE_BOOL: _ClassVar[OptionType]
    OPTION_TYPE_STRING: _ClassVar[OptionType]
OPTION_TYPE_UNSPECIFIED: OptionType
OPTION_TYPE_FLOAT: OptionType
OPTION_TYPE_INT: OptionType
OPTION_TYPE_BOOL: OptionType
OPTION_TYPE_STRING: OptionType

class DescribeRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DescribeResponse(_message.Message):
    __slots__ = ("name", "version", "language", "license", "solvers")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    LICENSE_FIELD_NUMBER: _ClassVar[int]
    SOLVERS_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: str
    language: str
    license: str
    solvers: _containers.RepeatedCompositeFieldContainer[SolverDescription]
    def __init__(self, name: _Optional[str] = ..., version: _Optional[str] = ..., language: _Optional[str] = ..., license: _Optional[str] = ..., solvers: _Optional[_Iterable[_Union[SolverDescription, _Mapping[str, _Any]]]] = ...) -> None: ...

class SolverDescription(_message.Message):
    __slots__ = ("name", "doc", "schema", "options", "tags", "parallel", "citation")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DOC_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    PARALLEL_FIELD_NUMBER: _ClassVar[int]
    CITATION_FIELD_NUMBER: _ClassVar[int]
    name: str
    doc: str
    schema: str
    options: _containers.RepeatedCompositeFieldContainer[OptionDescription]
    tags: _containers.RepeatedScalarFieldContainer[str]
    parallel: bool
    citation: str
    def __init__(self, name: _Optional[str] = ..., doc: _Optional[str] = ..., schema: _Optional[str] = ..., options: _Optional[_Iterable[_Union[OptionDescription, _Mapping[str, _Any]]]] = ..., tags: _Optional[_Iterable[str]] = ..., parallel: bool = ..., citation: _Optional[str] = ...) -> None: ...

class OptionDescription(_message.Message):
    __slots__ = ("name", "type", "default_value", "doc", "minimum", "maximum", "choices")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_VALUE_FIELD_NUMBER: _ClassVar[int]
    DOC_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: OptionType
    default_value: str
    doc: str
    minimum: str
    maximum: str
    choices: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., type: _Optional[_Union[OptionType, str]] = ..., default_value: _Optional[str] = ..., doc: _Optional[str] = ..., minimum: _Optional[str] = ..., maximum: _Optional[str] = ..., choices: _Optional[_Iterable[str]] = ...) -> None: ...

class Segment(_message.Message):
    __slots__ = ("path", "size", "input_end", "output_begin", "output_end", "oracle_begin", "oracle_end", "slots_begin")
    PATH_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    INPUT_END_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_BEGIN_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_END_FIELD_NUMBER: _ClassVar[int]
    ORACLE_BEGIN_FIELD_NUMBER: _ClassVar[int]
    ORACLE_END_FIELD_NUMBER: _ClassVar[int]
    SLOTS_BEGIN_FIELD_NUMBER: _ClassVar[int]
    path: str
    size: int
    input_end: int
    output_begin: int
    output_end: int
    oracle_begin: int
    oracle_end: int
    slots_begin: int
    def __init__(self, path: _Optional[str] = ..., size: _Optional[int] = ..., input_end: _Optional[int] = ..., output_begin: _Optional[int] = ..., output_end: _Optional[int] = ..., oracle_begin: _Optional[int] = ..., oracle_end: _Optional[int] = ..., slots_begin: _Optional[int] = ...) -> None: ...

class OpenRequest(_message.Message):
    __slots__ = ("session", "solver", "options", "task", "segment", "oracle_socket", "threads", "seed")
    class OptionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SESSION_FIELD_NUMBER: _ClassVar[int]
    SOLVER_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    ORACLE_SOCKET_FIELD_NUMBER: _ClassVar[int]
    THREADS_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    session: str
    solver: str
    options: _containers.ScalarMap[str, str]
    task: _any_pb2.Any
    segment: Segment
    oracle_socket: str
    threads: int
    seed: int
    def __init__(self, session: _Optional[str] = ..., solver: _Optional[str] = ..., options: _Optional[_Mapping[str, str]] = ..., task: _Optional[_Union[_any_pb2.Any, _Mapping[str, _Any]]] = ..., segment: _Optional[_Union[Segment, _Mapping[str, _Any]]] = ..., oracle_socket: _Optional[str] = ..., threads: _Optional[int] = ..., seed: _Optional[int] = ...) -> None: ...

class OpenResponse(_message.Message):
    __slots__ = ("failure",)
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    failure: Failure
    def __init__(self, failure: _Optional[_Union[Failure, _Mapping[str, _Any]]] = ...) -> None: ...

class PrepareRequest(_message.Message):
    __slots__ = ("session",)
    SESSION_FIELD_NUMBER: _ClassVar[int]
    session: str
    def __init__(self, session: _Optional[str] = ...) -> None: ...

class PrepareResponse(_message.Message):
    __slots__ = ("failure", "seconds")
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    failure: Failure
    seconds: float
    def __init__(self, failure: _Optional[_Union[Failure, _Mapping[str, _Any]]] = ..., seconds: _Optional[float] = ...) -> None: ...

class LoadRequest(_message.Message):
    __slots__ = ("session", "segment", "slots", "input_stride", "output_stride", "task")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    INPUT_STRIDE_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_STRIDE_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    session: str
    segment: Segment
    slots: int
    input_stride: int
    output_stride: int
    task: _any_pb2.Any
    def __init__(self, session: _Optional[str] = ..., segment: _Optional[_Union[Segment, _Mapping[str, _Any]]] = ..., slots: _Optional[int] = ..., input_stride: _Optional[int] = ..., output_stride: _Optional[int] = ..., task: _Optional[_Union[_any_pb2.Any, _Mapping[str, _Any]]] = ...) -> None: ...

class LoadResponse(_message.Message):
    __slots__ = ("failure",)
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    failure: Failure
    def __init__(self, failure: _Optional[_Union[Failure, _Mapping[str, _Any]]] = ...) -> None: ...

class SolveRequest(_message.Message):
    __slots__ = ("session", "repeat", "max_checkpoints")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    REPEAT_FIELD_NUMBER: _ClassVar[int]
    MAX_CHECKPOINTS_FIELD_NUMBER: _ClassVar[int]
    session: str
    repeat: int
    max_checkpoints: int
    def __init__(self, session: _Optional[str] = ..., repeat: _Optional[int] = ..., max_checkpoints: _Optional[int] = ...) -> None: ...

class SolveResponse(_message.Message):
    __slots__ = ("progress", "checkpoint", "result", "failure")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    progress: Progress
    checkpoint: Checkpoint
    result: Result
    failure: Failure
    def __init__(self, progress: _Optional[_Union[Progress, _Mapping[str, _Any]]] = ..., checkpoint: _Optional[_Union[Checkpoint, _Mapping[str, _Any]]] = ..., result: _Optional[_Union[Result, _Mapping[str, _Any]]] = ..., failure: _Optional[_Union[Failure, _Mapping[str, _Any]]] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("fraction", "message")
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    fraction: float
    message: str
    def __init__(self, fraction: _Optional[float] = ..., message: _Optional[str] = ...) -> None: ...

class Checkpoint(_message.Message):
    __slots__ = ("seconds", "solution")
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    SOLUTION_FIELD_NUMBER: _ClassVar[int]
    seconds: float
    solution: _any_pb2.Any
    def __init__(self, seconds: _Optional[float] = ..., solution: _Optional[_Union[_any_pb2.Any, _Mapping[str, _Any]]] = ...) -> None: ...

class Result(_message.Message):
    __slots__ = ("solution", "seconds", "checkpoint_seconds", "iterations")
    SOLUTION_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    ITERATIONS_FIELD_NUMBER: _ClassVar[int]
    solution: _any_pb2.Any
    seconds: float
    checkpoint_seconds: float
    iterations: int
    def __init__(self, solution: _Optional[_Union[_any_pb2.Any, _Mapping[str, _Any]]] = ..., seconds: _Optional[float] = ..., checkpoint_seconds: _Optional[float] = ..., iterations: _Optional[int] = ...) -> None: ...

class Failure(_message.Message):
    __slots__ = ("kind", "message")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Failure.Kind]
        KIND_UNSUPPORTED: _ClassVar[Failure.Kind]
        KIND_FAILED: _ClassVar[Failure.Kind]
        KIND_DIVERGED: _ClassVar[Failure.Kind]
        KIND_INVALID: _ClassVar[Failure.Kind]
        KIND_CANCELLED: _ClassVar[Failure.Kind]
    KIND_UNSPECIFIED: Failure.Kind
    KIND_UNSUPPORTED: Failure.Kind
    KIND_FAILED: Failure.Kind
    KIND_DIVERGED: Failure.Kind
    KIND_INVALID: Failure.Kind
    KIND_CANCELLED: Failure.Kind
    KIND_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    kind: Failure.Kind
    message: str
    def __init__(self, kind: _Optional[_Union[Failure.Kind, str]] = ..., message: _Optional[str] = ...) -> None: ...

class CloseRequest(_message.Message):
    __slots__ = ("session",)
    SESSION_FIELD_NUMBER: _ClassVar[int]
    session: str
    def __init__(self, session: _Optional[str] = ...) -> None: ...

class CloseResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class EvaluateRequest(_message.Message):
    __slots__ = ("session", "oracle", "input", "scalars", "output_offset")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    ORACLE_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    SCALARS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_OFFSET_FIELD_NUMBER: _ClassVar[int]
    session: str
    oracle: str
    input: _common_pb2.Array
    scalars: _containers.RepeatedScalarFieldContainer[float]
    output_offset: int
    def __init__(self, session: _Optional[str] = ..., oracle: _Optional[str] = ..., input: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ..., scalars: _Optional[_Iterable[float]] = ..., output_offset: _Optional[int] = ...) -> None: ...

class EvaluateResponse(_message.Message):
    __slots__ = ("output",)
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    output: _common_pb2.Array
    def __init__(self, output: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ...) -> None: ...
