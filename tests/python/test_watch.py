"""Streams over real sockets: readers that are too slow, quiet logs, more streams than there are places."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import field_mask_pb2

from client import Devisa, Refusal, every, follow, money, new_request_id
from devisa.event.v1 import event_pb2
from devisa.registry.v1 import organisation_pb2
from devisa.shipment.v1 import shipment_pb2
from server import ON_BOTH, Process

Connect = Callable[[str], Devisa]

PATIENCE = 30.0
"""How long the server waits for a reader."""

UPDATES = 600
"""Each has an event of fifty kilobytes: more than all buffers on the way to a reader hold."""

PLAIN = [("grpc.http2.bdp_probe", 0), ("grpc.use_local_subchannel_pool", 1)]
"""A client on a connection of its own whose windows stay as they are."""

GREEDY = [("grpc.http2.lookahead_bytes", 64 << 20), *PLAIN]
"""A client that lets the server send as much as the socket takes."""


class Valve:
    """Forwards one service's connections. It lets so many bytes of the server's pass and no more,
    until it is opened."""

    def __init__(self, target: str, passes: int) -> None:
        self._passes = passes
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        self._opened = threading.Event()
        self.passed = 0
        """How many bytes of the server's have passed."""
        threading.Thread(target=self._accept, daemon=True).start()

    def open(self) -> None:
        self._opened.set()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            host, port = self._target.split(":")
            server = socket.create_connection((host, int(port)))
            for pump in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pump, args=pump, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, is_servers: bool) -> None:
        try:
            while True:
                if is_servers and self.passed >= self._passes:
                    self._opened.wait()
                piece = source.recv(16_384)
                if not piece:
                    break
                if is_servers:
                    self.passed += len(piece)
                sink.sendall(piece)
        except OSError:
            pass
        for end in (source, sink):
            end.close()


def address_of(server: Any, service: str) -> str:
    """Where a service listens: all on one port, or each on its own."""
    address = server.address
    return address if isinstance(address, str) else str(getattr(address, service))


@pytest.fixture
def shipment(connect: Connect) -> shipment_pb2.Shipment:
    """A large shipment."""
    devisa = connect("writer")
    exporter = devisa.organisations.CreateOrganisation(
        organisation_pb2.CreateOrganisationRequest(
            organisation=organisation_pb2.Organisation(
                display_name="Contoh", region_code="ID",
                roles=[organisation_pb2.Organisation.ROLE_EXPORTER],
            )
        )
    )  # fmt: skip
    line = shipment_pb2.ShipmentLine(description="x" * 200, value=money("USD", "1.00"))
    return devisa.shipments.CreateShipment(
        shipment_pb2.CreateShipmentRequest(
            shipment=shipment_pb2.Shipment(
                exporter=exporter.name, destination_region_code="KR", lines=[line] * 200
            )
        )
    )


def write(
    devisa: Devisa, shipment: shipment_pb2.Shipment, count: int
) -> shipment_pb2.Shipment:
    """Changes a shipment again and again; as it is then."""
    for _ in range(count):
        port = "IDJKT" if shipment.port_of_loading == "IDSUB" else "IDSUB"
        changed = shipment_pb2.Shipment(
            name=shipment.name, port_of_loading=port, etag=shipment.etag
        )
        shipment = devisa.shipments.UpdateShipment(
            shipment_pb2.UpdateShipmentRequest(
                shipment=changed, request_id=new_request_id(),
                update_mask=field_mask_pb2.FieldMask(paths=["port_of_loading"]),
            )
        )  # fmt: skip
    return shipment


def read_to_the_end(call: Any) -> tuple[list[event_pb2.Event], Refusal]:
    """What a watch that ends was sent, and why it ended."""
    seen = []
    with pytest.raises(grpc.RpcError) as caught:
        for message in call:
            if message.WhichOneof("update") == "event":
                seen.append(message.event)
    return seen, Refusal.of(caught.value)


@ON_BOTH
def test_slow_readers_are_ended_and_resume_without_loss(
    server: Any, connect: Connect, shipment: shipment_pb2.Shipment
) -> None:
    devisa = connect("writer")
    log = devisa.shipment_events
    begin = list(every(log.ListEvents, event_pb2.ListEventsRequest(page_size=1_000), "events"))
    after = event_pb2.WatchRequest(after_revision=begin[-1].revision)
    shipment = write(devisa, shipment, UPDATES)
    valve = Valve(address_of(server, "shipment"), passes=200_000)
    with ExitStack() as open_until_the_end:
        open_until_the_end.callback(valve.close)

        def watch(address: str, options: list[tuple[str, int]]) -> Any:
            channel = grpc.insecure_channel(address, options)
            open_until_the_end.enter_context(channel)
            method = channel.unary_stream(
                "/devisa.shipment.v1.EventService/Watch",
                event_pb2.WatchRequest.SerializeToString,
                event_pb2.WatchResponse.FromString,
            )
            return method(after, timeout=120)

        # One never takes a message: the window of its stream is full. One never takes a byte: the
        # sockets are full. One has nothing to read.
        begun = time.monotonic()
        sleepy = watch(address_of(server, "shipment"), PLAIN)
        stuck = watch(valve.address, GREEDY)
        quiet = log.Watch(
            event_pb2.WatchRequest(types=["devisa.shipment.v1.release.cancelled"]), timeout=120
        )
        first = next(quiet)
        write(devisa, shipment, 1)
        # Checkpoints come while nothing matches, and are past what did not.
        later = next(quiet)
        assert {first.WhichOneof("update"), later.WhichOneof("update")} == {"checkpoint"}
        assert later.checkpoint.revision > first.checkpoint.revision
        assert time.monotonic() - begun > 5, "a checkpoint is no heartbeat of every second"
        quiet.cancel()
        # Later the connection itself would count as lost: nobody answers the server's pings.
        time.sleep(begun + PATIENCE + 13 - time.monotonic())
        assert 200_000 <= valve.passed < 400_000, "the valve is shut"
        valve.open()

        listed = event_pb2.ListEventsRequest(page_size=50, after_revision=after.after_revision)
        wanted = list(every(log.ListEvents, listed, "events"))
        assert len(wanted) == UPDATES + 1
        for call in (sleepy, stuck):
            seen, refusal = read_to_the_end(call)
            assert (refusal.code, refusal.reason) == (
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                "SLOW_READER",
            )
            assert refusal.retry_after is not None
            assert 0 < len(seen) < len(wanted), "it was ended in the middle"
            assert refusal.metadata["revision"] == seen[-1].revision
            resume = event_pb2.WatchRequest(after_revision=refusal.metadata["revision"])
            rest = follow(log, resume)
            seen += [next(rest) for _ in range(len(wanted) - len(seen))]
            rest.close()
            assert [event.id for event in seen] == [event.id for event in wanted]


@contextmanager
def narrow(folder: Path) -> Iterator[tuple[Process, Devisa]]:
    """A server with few places."""
    process = Process(
        folder / "narrow.txt", "up", f"--data-dir={folder / 'narrow'}", "--listen=127.0.0.1:0",
        DEVISA_MAX_IN_FLIGHT="4",
    )  # fmt: skip
    try:
        with Devisa(process.address, "watcher") as devisa:
            yield process, devisa
    finally:
        assert process.stop() == 0


def test_watchers_keep_no_service_out(tmp_path: Path) -> None:
    """As deals follow shipments, whoever else watches."""
    with narrow(tmp_path) as (process, devisa):
        log = devisa.shipment_events
        watching = []
        with pytest.raises(grpc.RpcError) as caught:
            for _ in range(8):
                watching.append(log.Watch(event_pb2.WatchRequest(), timeout=60))
                next(watching[-1])
        assert Refusal.of(caught.value).reason == "OVERLOADED"
        with Devisa(process.address, "deal") as service:
            for _ in range(3):
                watching.append(service.shipment_events.Watch(event_pb2.WatchRequest(), timeout=60))
                next(watching[-1])
        for call in watching:
            call.cancel()


def test_streams_have_places_of_their_own(tmp_path: Path) -> None:
    with narrow(tmp_path) as (_, devisa):
        log = devisa.registry_events
        open_streams = [log.Watch(event_pb2.WatchRequest(), timeout=60) for _ in range(4)]
        for call in open_streams:
            next(call)
        with pytest.raises(grpc.RpcError) as caught:
            next(log.Watch(event_pb2.WatchRequest(), timeout=60))
        refusal = Refusal.of(caught.value)
        assert (refusal.code, refusal.reason) == (
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "OVERLOADED",
        )
        assert refusal.metadata["limit"] == "4" and refusal.retry_after is not None
        # Calls have theirs.
        listed = devisa.organisations.ListOrganisations(organisation_pb2.ListOrganisationsRequest())
        assert not listed.organisations
        open_streams.pop().cancel()
        until = time.monotonic() + 10
        while True:
            try:
                next(log.Watch(event_pb2.WatchRequest(), timeout=60))
                break
            except grpc.RpcError as error:
                assert Refusal.of(error).reason == "OVERLOADED"
                assert time.monotonic() < until, "the place is free again"
                time.sleep(0.05)
        for call in open_streams:
            call.cancel()
