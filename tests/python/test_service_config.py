"""A stock gRPC client takes `proto/service_config.json` and does as it says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest

CONFIG = Path(__file__).resolve().parents[2] / "proto" / "service_config.json"
READ = "/devisa.registry.v1.ProgrammeService/GetProgramme"
TOTAL = "/devisa.shipment.v1.SummaryService/SummarizeShipments"
MUTATION = "/devisa.deal.v1.DealService/SignDeal"
STREAM = "/devisa.registry.v1.EventService/Watch"


class Flaky(grpc.GenericRpcHandler):
    """Answers any call with its own bytes: late, and after failing it as often as it is told."""

    def __init__(self) -> None:
        self.failures = 0
        self.code = grpc.StatusCode.UNAVAILABLE
        self.delay = 0.0
        self.calls = 0

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        return grpc.unary_unary_rpc_method_handler(self.answer)

    def answer(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        self.calls += 1
        time.sleep(self.delay)
        if self.calls <= self.failures:
            context.abort(self.code, "not now")
        return request


@contextmanager
def connected(flaky: Flaky, config: str) -> Iterator[grpc.Channel]:
    """A channel with the config to the server."""
    server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[flaky])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    options = [("grpc.service_config", config)]
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
        yield channel
    server.stop(None)


@pytest.fixture
def flaky() -> Flaky:
    return Flaky()


@pytest.fixture
def channel(flaky: Flaky) -> Iterator[grpc.Channel]:
    with connected(flaky, CONFIG.read_text()) as channel:
        yield channel


def call(channel: grpc.Channel, method: str) -> bytes:
    return channel.unary_unary(method)(b"as sent")


@pytest.mark.parametrize(("method", "attempts"), [(READ, 4), (TOTAL, 3), (MUTATION, 3)])
def test_what_is_unavailable_is_asked_again(
    channel: grpc.Channel, flaky: Flaky, method: str, attempts: int
) -> None:
    flaky.failures = attempts - 1
    assert call(channel, method) == b"as sent", "the same request every time"
    assert flaky.calls == attempts


@pytest.mark.parametrize(("method", "attempts"), [(READ, 4), (MUTATION, 3)])
def test_it_gives_up(channel: grpc.Channel, flaky: Flaky, method: str, attempts: int) -> None:
    flaky.failures = 100
    with pytest.raises(grpc.RpcError) as caught:
        call(channel, method)
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
    assert flaky.calls == attempts


def test_a_refusal_is_not_repeated(channel: grpc.Channel, flaky: Flaky) -> None:
    flaky.failures, flaky.code = 1, grpc.StatusCode.ABORTED
    with pytest.raises(grpc.RpcError):
        call(channel, MUTATION)
    assert flaky.calls == 1


def test_a_call_has_a_deadline_and_a_stream_has_none(flaky: Flaky) -> None:
    # The file's deadlines are long for a test.
    config = CONFIG.read_text().replace('"timeout": "10s"', '"timeout": "0.2s"')
    flaky.delay = 0.6
    with connected(flaky, config) as channel:
        with pytest.raises(grpc.RpcError) as caught:
            call(channel, READ)
        assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
        assert call(channel, STREAM) == b"as sent"


def test_a_stream_is_not_repeated(channel: grpc.Channel, flaky: Flaky) -> None:
    flaky.failures = 1
    with pytest.raises(grpc.RpcError):
        call(channel, STREAM)
    assert flaky.calls == 1
