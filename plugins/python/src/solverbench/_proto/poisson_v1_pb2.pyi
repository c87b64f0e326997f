from solverbench._proto import common_v1_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import Any as _Any, ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Boundary(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BOUNDARY_UNSPECIFIED: _ClassVar[Boundary]
    BOUNDARY_DIRICHLET: _ClassVar[Boundary]
    BOUNDARY_NEUMANN: _ClassVar[Boundary]
    BOUNDARY_PERIODIC: _ClassVar[Boundary]

class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KIND_UNSPECIFIED: _ClassVar[Kind]
    KIND_DISCRETE: _ClassVar[Kind]
    KIND_CONTINUOUS: _ClassVar[Kind]
    KIND_MATRIX: _ClassVar[Kind]
BOUNDARY_UNSPECIFIED: Boundary
BOUNDARY_DIRICHLET: Boundary
BOUNDARY_NEUMANN: Boundary
BOUNDARY_PERIODIC: Boundary
KIND_UNSPECIFIED: Kind
KIND_DISCRETE: Kind
KIND_CONTINUOUS: Kind
KIND_MATRIX: Kind

class Axis(_message.Message):
    __slots__ = ("points", "lower", "upper", "lower_boundary", "upper_boundary", "lower_values", "upper_values", "coefficient", "face_coefficients")
    POINTS_FIELD_NUMBER: _ClassVar[int]
    LOWER_FIELD_NUMBER: _ClassVar[int]
    UPPER_FIELD_NUMBER: _ClassVar[int]
    LOWER_BOUNDARY_FIELD_NUMBER: _ClassVar[int]
    UPPER_BOUNDARY_FIELD_NUMBER: _ClassVar[int]
    LOWER_VALUES_FIELD_NUMBER: _ClassVar[int]
    UPPER_VALUES_FIELD_NUMBER: _ClassVar[int]
    COEFFICIENT_FIELD_NUMBER: _ClassVar[int]
    FACE_COEFFICIENTS_FIELD_NUMBER: _ClassVar[int]
    points: int
    lower: float
    upper: float
    lower_boundary: Boundary
    upper_boundary: Boundary
    lower_values: _common_pb2.Array
    upper_values: _common_pb2.Array
    coefficient: float
    face_coefficients: _common_pb2.Array
    def __init__(self, points: _Optional[int] = ..., lower: _Optional[float] = ..., upper: _Optional[float] = ..., lower_boundary: _Optional[_Union[Boundary, str]] = ..., upper_boundary: _Optional[_Union[Boundary, str]] = ..., lower_values: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ..., upper_values: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ..., coefficient: _Optional[float] = ..., face_coefficients: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ...) -> None: ...

class Task(_message.Message):
    __slots__ = ("kind", "axes", "rhs", "tolerance", "cross_coefficient", "matrix")
    KIND_FIELD_NUMBER: _ClassVar[int]
    AXES_FIELD_NUMBER: _ClassVar[int]
    RHS_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    CROSS_COEFFICIENT_FIELD_NUMBER: _ClassVar[int]
    MATRIX_FIELD_NUMBER: _ClassVar[int]
    kind: Kind
    axes: _containers.RepeatedCompositeFieldContainer[Axis]
    rhs: _common_pb2.Array
    tolerance: float
    cross_coefficient: float
    matrix: CsrMatrix
    def __init__(self, kind: _Optional[_Union[Kind, str]] = ..., axes: _Optional[_Iterable[_Union[Axis, _Mapping[str, _Any]]]] = ..., rhs: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ..., tolerance: _Optional[float] = ..., cross_coefficient: _Optional[float] = ..., matrix: _Optional[_Union[CsrMatrix, _Mapping[str, _Any]]] = ...) -> None: ...

class CsrMatrix(_message.Message):
    __slots__ = ("row_pointers", "columns", "values")
    ROW_POINTERS_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    row_pointers: _common_pb2.Array
    columns: _common_pb2.Array
    values: _common_pb2.Array
    def __init__(self, row_pointers: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ..., columns: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ..., values: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ...) -> None: ...

class Solution(_message.Message):
    __slots__ = ("u",)
    U_FIELD_NUMBER: _ClassVar[int]
    u: _common_pb2.Array
    def __init__(self, u: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ...) -> None: ...
