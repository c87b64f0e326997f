"""Shared memory: a file that harness and plugin map."""

from __future__ import annotations

import mmap
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

ALIGN = 64
"""Arrays begin at multiples of this."""

INLINE_LIMIT = 4096
"""From this many bytes on arrays go to the segment."""


def align_up(n: int) -> int:
    return (n + ALIGN - 1) & -ALIGN


def address(array: NDArray[Any]) -> int:
    return int(array.__array_interface__["data"][0])


class Segment:
    """A mapped segment: what the harness wrote is read-only here, and a solver that writes to it all the same faults.

    It is unmapped when the last view of it is gone, so that no view can outlive it.
    """

    def __init__(self, layout: Any) -> None:
        self.layout = layout
        ours = [b for b, e in ((layout.output_begin, layout.output_end), (layout.oracle_begin, layout.oracle_end)) if e > b]
        self._base: int = min(ours, default=layout.size) // mmap.ALLOCATIONGRANULARITY * mmap.ALLOCATIONGRANULARITY
        fd = os.open(layout.path, os.O_RDWR | os.O_CLOEXEC)
        try:
            if os.fstat(fd).st_size < layout.size or layout.input_end > layout.size:
                raise ValueError(f"{os.fstat(fd).st_size} bytes, expected {layout.size}, of them {layout.input_end} input")
            flags = mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0)
            self._input = self._output = np.empty(0, np.uint8)
            if layout.input_end:
                self._input = np.frombuffer(mmap.mmap(fd, layout.input_end, flags, mmap.PROT_READ), np.uint8)
            if layout.size > self._base:
                rest = mmap.mmap(fd, layout.size - self._base, flags, mmap.PROT_READ | mmap.PROT_WRITE, offset=self._base)
                self._output = np.frombuffer(rest, np.uint8)
        except (OSError, ValueError) as err:
            raise ValueError(f"shared segment {layout.path}: {err}") from err
        finally:
            os.close(fd)
        self._address = address(self._output)

    def input(self, offset: int, n: int) -> Bytes:
        """A view of what the harness wrote."""
        if offset + n > self.layout.input_end:
            raise ValueError(f"{n} bytes at offset {offset} are outside the input of the shared segment, [0, {self.layout.input_end})")
        return self._input[offset : offset + n]

    def view(self, offset: int, n: int, low: int, high: int) -> Bytes:
        """A writable view within [low, high)."""
        if offset < low or offset + n > high or high > self.layout.size:
            raise ValueError(f"{n} bytes at offset {offset} are outside [{low}, {high}) of the shared segment")
        return self._output[offset - self._base : offset - self._base + n]

    def offset(self, array: NDArray[Any]) -> int | None:
        """Where a contiguous array begins in the writable part, if it lies in it."""
        at = address(array) - self._address
        if array.nbytes == 0 or at < 0 or at + array.nbytes > self._output.nbytes:
            return None
        return at + self._base
