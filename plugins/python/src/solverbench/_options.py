"""Options: the fields of a dataclass, and the text in which the harness writes their values."""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
import typing
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from solverbench._errors import Invalid

T = TypeVar("T", float, int, bool, str)


def option(default: T, *, doc: str = "", min: float | None = None, max: float | None = None, choices: Sequence[str] = ()) -> T:
    """A field of an options dataclass, with what people and the harness should know of it.

    The bounds are inclusive and for numbers, choices are for strings. A field without any of these may be plain: `sweeps: int = 100`.
    """
    metadata = {"doc": doc, "min": min, "max": max, "choices": tuple(choices)}
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass(frozen=True)
class Spec:
    """An option as the harness sees it."""

    name: str
    type: type
    default: Any
    doc: str = ""
    min: float | None = None
    max: float | None = None
    choices: tuple[str, ...] = ()

    def parse(self, text: str) -> Any:
        """The value that the text means, or Invalid."""
        value: Any = None
        if self.type is bool:
            value = {**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}.get(text)
        elif self.type is int:
            if re.fullmatch(r"[+-]?[0-9]+", text) and -(2**63) <= int(text) < 2**63:
                value = int(text)
        elif self.type is float:
            if re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text) and math.isfinite(float(text)):
                value = float(text)
        elif not self.choices or text in self.choices:
            value = text
        within = (self.min is None or value is None or value >= self.min) and (self.max is None or value is None or value <= self.max)
        if value is None or not within:
            raise Invalid(f'option {self.name}: "{text}", expected {self.expected()}')
        return value

    def expected(self) -> str:
        """Which values are right, in words."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        kind = {float: "a number", int: "an integer", bool: "true or false", str: "text"}[self.type]
        if self.min is not None and self.max is not None:
            return f"{kind} in [{text(self.min)}, {text(self.max)}]"
        if self.min is not None:
            return f"{kind} ≥ {text(self.min)}"
        if self.max is not None:
            return f"{kind} ≤ {text(self.max)}"
        return kind


_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_FALSE = ("0", "f", "F", "FALSE", "false", "False")


def text(value: Any) -> str:
    """A value as the harness writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(float(value)).removesuffix(".0") if isinstance(value, float) else str(value)


def specs(options: Any) -> list[Spec]:
    """The options of a dataclass, whose mistakes are a TypeError."""
    if options is None:
        return []
    if not dataclasses.is_dataclass(options) or not isinstance(options, type):
        raise TypeError(f"{options!r}: expected options to be a class decorated with @dataclass")
    hints = typing.get_type_hints(options)
    return [_spec(options, field, hints[field.name]) for field in dataclasses.fields(options)]


def _spec(options: type, field: dataclasses.Field[Any], hint: Any) -> Spec:
    where = f"option {field.name} of {options.__qualname__}"
    choices = tuple(field.metadata.get("choices", ()))
    if typing.get_origin(hint) is typing.Literal:
        hint, choices = str, typing.get_args(hint)
    if hint not in (float, int, bool, str):
        raise TypeError(f"{where}: its type is {hint!r}, expected float, int, bool, str or a Literal of strings")
    if field.default is dataclasses.MISSING:
        raise TypeError(f"{where}: it has no default")
    if hint in (bool, str) and (field.metadata.get("min"), field.metadata.get("max")) != (None, None):
        raise TypeError(f"{where}: it has bounds, which are for numbers")
    if hint is not str and choices:
        raise TypeError(f"{where}: it has choices, which are for text")
    default = float(field.default) if hint is float else field.default
    least, most = (bound if bound is None else hint(bound) for bound in (field.metadata.get("min"), field.metadata.get("max")))
    spec = Spec(field.name, hint, default, field.metadata.get("doc", ""), least, most, choices)
    try:
        spec.parse(text(default))
    except Invalid as err:
        raise TypeError(f"{where}: its default is not allowed: {err}") from None
    return spec


def make(options: Any, given: Mapping[str, str]) -> Any:
    """The options with the given values, which are text; a name or value that is wrong is Invalid."""
    known = {spec.name: spec for spec in specs(options)}
    for name in sorted(given):
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f'did you mean "{near[0]}"?' if near else "expected one of " + ", ".join(known) if known else "there are none"
            raise Invalid(f'unknown option "{name}" ({hint})')
    return options and options(**{name: known[name].parse(value) for name, value in given.items()})
