from solverbench._proto import common_v1_pb2 as _common_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import Any as _Any, ClassVar as _ClassVar, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Edge(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EDGE_UNSPECIFIED: _ClassVar[Edge]
    EDGE_PERIODIC: _ClassVar[Edge]
    EDGE_REFLECT: _ClassVar[Edge]
EDGE_UNSPECIFIED: Edge
EDGE_PERIODIC: Edge
EDGE_REFLECT: Edge

class Denoise(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Blur(_message.Message):
    __slots__ = ("kernel", "edge")
    KERNEL_FIELD_NUMBER: _ClassVar[int]
    EDGE_FIELD_NUMBER: _ClassVar[int]
    kernel: _common_pb2.Array
    edge: Edge
    def __init__(self, kernel: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ..., edge: _Optional[_Union[Edge, str]] = ...) -> None: ...

class Inpaint(_message.Message):
    __slots__ = ("mask",)
    MASK_FIELD_NUMBER: _ClassVar[int]
    mask: _common_pb2.Array
    def __init__(self, mask: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ...) -> None: ...

class SuperResolution(_message.Message):
    __slots__ = ("scale",)
    SCALE_FIELD_NUMBER: _ClassVar[int]
    scale: int
    def __init__(self, scale: _Optional[int] = ...) -> None: ...

class Jpeg(_message.Message):
    __slots__ = ("quality", "steps")
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    quality: int
    steps: _common_pb2.Array
    def __init__(self, quality: _Optional[int] = ..., steps: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ...) -> None: ...

class LowLight(_message.Message):
    __slots__ = ("peak",)
    PEAK_FIELD_NUMBER: _ClassVar[int]
    peak: float
    def __init__(self, peak: _Optional[float] = ...) -> None: ...

class Task(_message.Message):
    __slots__ = ("degraded", "height", "width", "sigma", "denoise", "blur", "inpaint", "super_resolution", "jpeg", "low_light")
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    SIGMA_FIELD_NUMBER: _ClassVar[int]
    DENOISE_FIELD_NUMBER: _ClassVar[int]
    BLUR_FIELD_NUMBER: _ClassVar[int]
    INPAINT_FIELD_NUMBER: _ClassVar[int]
    SUPER_RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    JPEG_FIELD_NUMBER: _ClassVar[int]
    LOW_LIGHT_FIELD_NUMBER: _ClassVar[int]
    degraded: _common_pb2.Array
    height: int
    width: int
    sigma: float
    denoise: Denoise
    blur: Blur
    inpaint: Inpaint
    super_resolution: SuperResolution
    jpeg: Jpeg
    low_light: LowLight
    def __init__(self, degraded: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ..., height: _Optional[int] = ..., width: _Optional[int] = ..., sigma: _Optional[float] = ..., denoise: _Optional[_Union[Denoise, _Mapping[str, _Any]]] = ..., blur: _Optional[_Union[Blur, _Mapping[str, _Any]]] = ..., inpaint: _Optional[_Union[Inpaint, _Mapping[str, _Any]]] = ..., super_resolution: _Optional[_Union[SuperResolution, _Mapping[str, _Any]]] = ..., jpeg: _Optional[_Union[Jpeg, _Mapping[str, _Any]]] = ..., low_light: _Optional[_Union[LowLight, _Mapping[str, _Any]]] = ...) -> None: ...

class Solution(_message.Message):
    __slots__ = ("images",)
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    images: _common_pb2.Array
    def __init__(self, images: _Optional[_Union[_common_pb2.Array, _Mapping[str, _Any]]] = ...) -> None: ...
