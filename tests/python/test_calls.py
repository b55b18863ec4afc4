"""What a server may do, and a client must bear, that the real one does only on a bad day."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from client import Devisa, Refusal, every, follow_on, new_request_id, repeating
from devisa.event.v1 import event_pb2
from devisa.shipment.v1 import event_service_pb2_grpc, shipment_pb2, shipment_pb2_grpc
from server import ROOT

PAGES = {
    "": (["shipments/a"], "1"),
    "1": ([], "2"),
    "2": ([], "3"),
    "3": (["shipments/b", "shipments/c"], "4"),
    "4": ([], ""),
}
"""Pages by token: some have nothing that the filter lets through, and yet others follow."""


class Scripted(
    shipment_pb2_grpc.ShipmentServiceServicer, event_service_pb2_grpc.EventServiceServicer
):
    """A server that fails as often as it is told."""

    def __init__(self) -> None:
        self.address = ""
        self.failures = 0
        self.calls = 0
        self.resumed_after: list[str] = []

    def ListShipments(self, request: Any, context: Any) -> shipment_pb2.ListShipmentsResponse:
        names, token = PAGES[request.page_token]
        shipments = [shipment_pb2.Shipment(name=name) for name in names]
        return shipment_pb2.ListShipmentsResponse(shipments=shipments, next_page_token=token)

    def GetShipment(self, request: Any, context: Any) -> shipment_pb2.Shipment:
        self.calls += 1
        self._fail(context)
        return shipment_pb2.Shipment(name=request.name)

    def CreateShipment(self, request: Any, context: Any) -> shipment_pb2.Shipment:
        self.calls += 1
        self._fail(context)
        return shipment_pb2.Shipment(name=f"shipments/{request.shipment_id}")

    def Watch(self, request: Any, context: Any) -> Iterator[event_pb2.WatchResponse]:
        self.resumed_after.append(request.after_revision)
        first = int(request.after_revision or 0) + 1
        for revision in range(first, first + 2):
            event = event_pb2.Event(revision=str(revision))
            yield event_pb2.WatchResponse(event=event)
        yield event_pb2.WatchResponse(checkpoint=event_pb2.Checkpoint(revision=str(revision)))
        self._fail(context)

    def _fail(self, context: Any) -> None:
        if self.failures > 0:
            self.failures -= 1
            context.abort(grpc.StatusCode.UNAVAILABLE, "going down")


def connect_as_configured(address: str) -> Devisa:
    config = (ROOT / "proto" / "service_config.json").read_text()
    return Devisa(address, "reader", options=[("grpc.service_config", config)])


@pytest.fixture
def script() -> Iterator[Scripted]:
    """The server, running."""
    script = Scripted()
    server = grpc.server(ThreadPoolExecutor(2))
    shipment_pb2_grpc.add_ShipmentServiceServicer_to_server(script, server)
    event_service_pb2_grpc.add_EventServiceServicer_to_server(script, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    script.address = f"127.0.0.1:{port}"
    yield script
    server.stop(None).wait()


@pytest.fixture
def devisa(script: Scripted) -> Iterator[Devisa]:
    """A client of it."""
    with Devisa(script.address, "reader") as connected:
        yield connected


def test_an_empty_page_is_not_the_last_one(devisa: Devisa) -> None:
    request = shipment_pb2.ListShipmentsRequest()
    listed = every(devisa.shipments.ListShipments, request, "shipments")
    assert [shipment.name for shipment in listed] == ["shipments/a", "shipments/b", "shipments/c"]


def test_a_read_is_repeated_as_the_service_config_says(script: Scripted) -> None:
    script.failures = 1
    request = shipment_pb2.GetShipmentRequest(name="shipments/a")
    with connect_as_configured(script.address) as devisa:
        assert devisa.shipments.GetShipment(request).name == "shipments/a"
    assert script.calls == 2


def test_a_write_is_repeated_until_it_is_answered(script: Scripted, devisa: Devisa) -> None:
    script.failures = 2
    request = shipment_pb2.CreateShipmentRequest(shipment_id="a", request_id=new_request_id())
    assert repeating(devisa.shipments.CreateShipment, request).name == "shipments/a"
    assert script.calls == 3

    script.failures = 2
    with pytest.raises(grpc.RpcError) as caught:
        repeating(devisa.shipments.CreateShipment, request, attempts=2)
    refusal = Refusal.of(caught.value)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAVAILABLE, "")
    with pytest.raises(ValueError, match="request_id"):
        repeating(devisa.shipments.CreateShipment, shipment_pb2.CreateShipmentRequest())


def test_a_watch_is_opened_again_after_its_last_event(script: Scripted, devisa: Devisa) -> None:
    script.failures = 2
    watching = follow_on(devisa.shipment_events)
    revisions = [event.revision for event in itertools.islice(watching, 5)]
    watching.close()
    assert revisions == ["1", "2", "3", "4", "5"]
    assert script.resumed_after == ["", "2", "4"]
