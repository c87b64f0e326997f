# Made by tools/generate.py from solverbench/common/v1/common.proto: do not edit.
"""Messages shared by every family."""

from __future__ import annotations

import dataclasses

__all__ = ["Oracle"]


@dataclasses.dataclass(eq=False, kw_only=True)
class Oracle:
    """Oracle names a function that the harness serves while a solver solves.
    The harness counts its evaluations.
    """

    name: str = ""
    """Name to call it by."""
    doc: str = ""
    """What it computes, for people."""
    scalars: tuple[str, ...] = ()
    """Names of the scalar arguments, in order."""
    input_shape: tuple[int, ...] = ()
    """Shape of the array argument; evaluations on fewer leading entries (a smaller
    batch) are allowed.
    """
    output_shape: tuple[int, ...] = ()
    """Shape of the result."""
