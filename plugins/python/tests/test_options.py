from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

import solverbench as sb
from solverbench import _options


@dataclass
class Options:
    omega: float = sb.option(1.5, min=0, max=2, doc="relaxation factor")
    sweeps: int = 100
    fast: bool = False
    order: Literal["red-black", "lexicographic"] = "red-black"
    smoother: str = sb.option("jacobi", choices=["jacobi", "sor"])
    note: str = ""


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("omega", "1", 1.0),
        ("omega", "2e-1", 0.2),
        ("omega", ".5", 0.5),
        ("omega", "+1.", 1.0),
        ("sweeps", "-3", -3),
        ("sweeps", "9223372036854775807", 2**63 - 1),
        ("fast", "true", True),
        ("fast", "0", False),
        ("order", "lexicographic", "lexicographic"),
        ("smoother", "sor", "sor"),
        ("note", "any text, =", "any text, ="),
    ],
)
def test_values(name: str, text: str, value: Any) -> None:
    got = getattr(_options.make(Options, {name: text}), name)
    assert got == value and type(got) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("omega", "2.5", 'option omega: "2.5", expected a number in [0, 2]'),
        ("omega", "nan", 'option omega: "nan", expected a number in [0, 2]'),
        ("omega", "1e999", 'option omega: "1e999", expected a number in [0, 2]'),
        ("omega", "1_0", 'option omega: "1_0", expected a number in [0, 2]'),
        ("omega", " 1", 'option omega: " 1", expected a number in [0, 2]'),
        ("sweeps", "1e3", 'option sweeps: "1e3", expected an integer'),
        ("sweeps", "9223372036854775808", 'option sweeps: "9223372036854775808", expected an integer'),
        ("sweeps", "٣", 'option sweeps: "٣", expected an integer'),
        ("fast", "", 'option fast: "", expected true or false'),
        ("order", "reverse", 'option order: "reverse", expected one of red-black, lexicographic'),
        ("smoother", "SOR", 'option smoother: "SOR", expected one of jacobi, sor'),
        ("sweep", "1", 'unknown option "sweep" (did you mean "sweeps"?)'),
        ("xyz", "1", 'unknown option "xyz" (expected one of omega, sweeps, fast, order, smoother, note)'),
    ],
)
def test_wrong_values(name: str, text: str, message: str) -> None:
    with pytest.raises(sb.Invalid) as caught:
        _options.make(Options, {name: text})
    assert str(caught.value) == message


def test_defaults_and_none() -> None:
    assert _options.make(Options, {}) == Options()
    assert _options.make(None, {}) is None
    with pytest.raises(sb.Invalid, match="there are none"):
        _options.make(None, {"omega": "1"})


def test_bounds_in_words() -> None:
    @dataclass
    class Bounded:
        a: float = sb.option(0.5, min=0)
        b: int = sb.option(3, max=1e7)
        c: float = sb.option(1.0, min=1e-9, max=1e20)

    assert [spec.expected() for spec in _options.specs(Bounded)] == ["a number ≥ 0", "an integer ≤ 10000000", "a number in [1e-09, 1e+20]"]
    assert [_options.text(v) for v in (1.0, 0.1, 1e-10, 1e300, True, 7)] == ["1", "0.1", "1e-10", "1e+300", "true", "7"]


def test_mistakes_in_the_class() -> None:
    @dataclass
    class NoDefault:
        a: float

    @dataclass
    class WrongType:
        a: list[float] = field(default_factory=list)

    @dataclass
    class OutOfBounds:
        a: int = sb.option(0, min=1)

    @dataclass
    class Bounds:
        a: str = sb.option("x", min=1)

    @dataclass
    class Choices:
        a: int = sb.option(1, choices=["1"])

    class NoDataclass:
        a: int = 1

    for options, message in (
        (NoDefault, "option a of .*NoDefault: it has no default"),
        (WrongType, "option a of .*WrongType: its type is .*, expected float, int, bool, str or a Literal of strings"),
        (OutOfBounds, 'option a of .*: its default is not allowed: option a: "0", expected an integer ≥ 1'),
        (Bounds, "option a of .*: it has bounds, which are for numbers"),
        (Choices, "option a of .*: it has choices, which are for text"),
        (NoDataclass, "expected options to be a class decorated with @dataclass"),
    ):
        with pytest.raises(TypeError, match=message):
            _options.specs(options)
