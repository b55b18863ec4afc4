"""Calls by their full names, on channels that find a server again quickly."""

from __future__ import annotations

import time
from typing import Any

import grpc

from client import Refusal

OPTIONS = [
    ("grpc.initial_reconnect_backoff_ms", 50),
    # Also how long it may take until the connection is there.
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 200),
    ("grpc.use_local_subchannel_pool", 1),
]


DEADLINE = 2.0
"""Of a probe, in seconds."""


class Peer:
    """A service at one address, called as one principal over a connection of its own."""

    def __init__(self, address: str, principal: str, waits: bool = False) -> None:
        """`waits` is for who does not try again: until the connection is there."""
        self._waits = waits
        self._channel = grpc.insecure_channel(address, OPTIONS)
        self._metadata = [("devisa-principal", principal)]

    def call(self, method: str, request: Any, answer: type, timeout: float = 3.0) -> Any:
        """A unary call."""
        return self.begin(method, request, answer, timeout).result()

    def begin(self, method: str, request: Any, answer: type, timeout: float = 3.0) -> Any:
        """The same without waiting for the answer."""
        stub = self._channel.unary_unary(
            f"/{method}", type(request).SerializeToString, answer.FromString
        )
        return stub.future(
            request, timeout=timeout, metadata=self._metadata, wait_for_ready=self._waits
        )

    def stream(self, method: str, request: Any, answer: type) -> Any:
        """A server stream, without a deadline."""
        stub = self._channel.unary_stream(
            f"/{method}", type(request).SerializeToString, answer.FromString
        )
        return stub(request, metadata=self._metadata)

    def close(self) -> None:
        """Gives the connection back."""
        self._channel.close()


def probe(address: str, method: str, request: Any, answer: type) -> str:
    """One call with a deadline; the reason that the service itself gave, and in time."""
    peer = Peer(address, "probe", waits=True)
    begun = time.monotonic()
    try:
        peer.call(method, request, answer, timeout=DEADLINE)
        return ""
    except grpc.RpcError as error:
        # grpc ends the call by itself at its deadline; then there is no reason of the service's.
        assert time.monotonic() - begun < DEADLINE + 0.2
        return Refusal.of(error).reason
    finally:
        peer.close()


def may_succeed_later(error: grpc.RpcError) -> bool:
    """Whether the same call is to be sent again.

    Devisa's own refusals have a reason; those to be repeated say so, but for a deadline. A failure
    without a reason is the network's, and nobody knows what became of the call.
    """
    refusal = Refusal.of(error)
    if not refusal.reason:
        return refusal.code is not grpc.StatusCode.UNIMPLEMENTED
    return refusal.retry_after is not None or refusal.reason == "DEADLINE_EXCEEDED"
