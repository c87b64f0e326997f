"""Oracles: functions that the harness computes and counts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from solverbench import _codec
from solverbench._errors import Failed
from solverbench._proto import common_v1
from solverbench._segment import Bytes, Segment, align_up

OracleFunction = Callable[..., ArrayLike]
"""Computes an oracle in this process: f(x, *scalars)."""


class Oracle:
    """A function that the harness computes and counts."""

    spec: common_v1.Oracle
    """What the task says of it."""

    def __init__(self, spec: common_v1.Oracle, evaluate: Callable[[NDArray[np.float64], tuple[float, ...]], NDArray[np.float64]]) -> None:
        if not spec.input_shape or not spec.output_shape:
            raise Failed(f"oracle {spec.name}: shapes {spec.input_shape} → {spec.output_shape}, expected a leading batch axis on both")
        self.spec = spec
        self._evaluate = evaluate

    def __call__(self, x: NDArray[np.float64], *scalars: float, out: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Computes it at x, a batch of at most the declared size, and returns an array of its own, or out."""
        if x.ndim == 0 or x.shape[1:] != self.spec.input_shape[1:]:
            raise ValueError(f"oracle {self.spec.name}: an input of shape {x.shape}, expected {('batch', *self.spec.input_shape[1:])}")
        if len(scalars) != len(self.spec.scalars):
            raise ValueError(f"oracle {self.spec.name}: {len(scalars)} scalars, expected {list(self.spec.scalars)}")
        answer = self._evaluate(np.ascontiguousarray(x, "<f8"), tuple(float(s) for s in scalars))
        shape = (x.shape[0], *self.spec.output_shape[1:])
        if answer.shape != shape:
            raise Failed(f"oracle {self.spec.name}: an answer of shape {answer.shape}, expected {shape}")
        if out is None:
            return answer.copy()
        out[...] = answer
        return out


def local(spec: common_v1.Oracle, function: OracleFunction) -> Oracle:
    """An oracle that is computed in this process."""
    return Oracle(spec, lambda x, scalars: np.asarray(function(x, *scalars), np.float64))


class OracleClient:
    """The way to the harness's oracles in one session."""

    def __init__(self, session: str, socket: str, segment: Segment | None) -> None:
        import grpc

        from solverbench._proto import plugin_v1_pb2 as pb

        unlimited = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        self._session, self._segment, self._request = session, segment, pb.EvaluateRequest
        self._channel = grpc.insecure_channel("unix:" + socket, options=unlimited)
        self._call = self._channel.unary_unary(
            "/solverbench.plugin.v1.OracleService/Evaluate",
            request_serializer=pb.EvaluateRequest.SerializeToString,
            response_deserializer=pb.EvaluateResponse.FromString,
        )
        self._error = grpc.RpcError

    def oracle(self, spec: common_v1.Oracle) -> Oracle:
        segment = self._segment
        room_in, room_out = (align_up(8 * math.prod(shape)) for shape in (spec.input_shape, spec.output_shape))
        if segment is None or segment.layout.oracle_end - segment.layout.oracle_begin < room_in + room_out:
            return Oracle(spec, lambda x, scalars: self._evaluate(spec, x, scalars, lambda _: None, 0))
        low, high = segment.layout.oracle_begin, segment.layout.oracle_end

        def place(x: NDArray[Any]) -> int | None:
            if x.nbytes > room_in:
                return None
            segment.view(low, x.nbytes, low, high)[:] = x.reshape(-1).view(np.uint8)
            return int(low)

        def evaluate(x: NDArray[np.float64], scalars: tuple[float, ...]) -> NDArray[np.float64]:
            output = low + room_in if x.shape[0] <= min(spec.input_shape[0], spec.output_shape[0]) else 0
            return self._evaluate(spec, x, scalars, place, output)

        return Oracle(spec, evaluate)

    def _evaluate(
        self, spec: common_v1.Oracle, x: NDArray[np.float64], scalars: tuple[float, ...], place: _codec.Place, output: int
    ) -> NDArray[np.float64]:
        request = self._request(session=self._session, oracle=spec.name, input=_codec.pack(x, place), scalars=scalars, output_offset=output)
        try:
            answer = self._call(request)
        except self._error as err:
            raise Failed(err.details()) from None  # the harness names the oracle
        return _codec.array(answer.output, self._answered, f"oracle {spec.name}")

    def _answered(self, offset: int, n: int) -> Bytes:
        if self._segment is None:
            raise ValueError("an offset without a segment")
        layout = self._segment.layout
        return self._segment.view(offset, n, layout.oracle_begin, layout.oracle_end)

    def close(self) -> None:
        self._channel.close()
