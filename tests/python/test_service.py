"""What every gRPC service owes its users: health, reflection, and an orderly way to go."""

from __future__ import annotations

import http.client
import itertools
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2

from client import Devisa, Refusal, every, follow
from devisa.event.v1 import event_pb2
from devisa.registry.v1 import programme_pb2, village_pb2
from server import Process, Server

SERVICES = [
    *(
        f"devisa.registry.v1.{name}Service"
        for name in (
            "Village",
            "Programme",
            "Decree",
            "Enrolment",
            "Organisation",
            "Product",
            "ExchangeRate",
            "Summary",
            "Event",
        )
    ),
    *(
        f"devisa.shipment.v1.{name}Service"
        for name in ("Release", "Shipment", "Milestone", "Sponsorship", "Summary", "Event")
    ),
    *(
        f"devisa.deal.v1.{name}Service"
        for name in ("Session", "Deal", "Realisation", "Summary", "Event")
    ),
]


@pytest.mark.parametrize("service", ["", *SERVICES])
def test_health_tells_of_every_service(connect: Callable[[str], Devisa], service: str) -> None:
    health = health_pb2_grpc.HealthStub(connect("probe").channel)
    answer = health.Check(health_pb2.HealthCheckRequest(service=service), timeout=5)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_health_does_not_know_other_services(connect: Callable[[str], Devisa]) -> None:
    health = health_pb2_grpc.HealthStub(connect("probe").channel)
    with pytest.raises(grpc.RpcError) as caught:
        health.Check(health_pb2.HealthCheckRequest(service="devisa.none.v1.None"), timeout=5)
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND


def reflect(
    channel: grpc.Channel, request: reflection_pb2.ServerReflectionRequest
) -> reflection_pb2.ServerReflectionResponse:
    """Asks the server about itself.

    The Python package has the messages of `v1alpha` alone. Those of `v1`, which Devisa serves, are
    the same but for the package's name.
    """
    ask = channel.stream_stream(
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    [answer] = ask(iter([request]), timeout=10)
    return answer


def test_reflection_lists_the_services(connect: Callable[[str], Devisa]) -> None:
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    answer = reflect(connect("probe").channel, request)
    listed = {service.name for service in answer.list_services_response.service}
    assert listed >= {*SERVICES, "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"}
    assert {name for name in listed if name.startswith("devisa.")} == set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_reflection_describes_them(connect: Callable[[str], Devisa], service: str) -> None:
    request = reflection_pb2.ServerReflectionRequest(file_containing_symbol=service)
    answer = reflect(connect("probe").channel, request)
    assert answer.WhichOneof("message_response") == "file_descriptor_response"
    assert answer.file_descriptor_response.file_descriptor_proto


def ask_as_a_browser(
    address: str, method: str, request: Any, **headers: str
) -> tuple[http.client.HTTPResponse, list[tuple[int, bytes]]]:
    """A call by gRPC-Web: HTTP/1.1, and the trailers in a last frame of the body."""
    message = request.SerializeToString()
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.request(
        "POST",
        f"/{method}",
        body=struct.pack(">BI", 0, len(message)) + message,
        headers={"content-type": "application/grpc-web+proto", "x-grpc-web": "1", **headers},
    )
    answer = connection.getresponse()
    body, frames = answer.read(), []
    while body:
        kind, length = struct.unpack_from(">BI", body)
        frames.append((kind, body[5 : 5 + length]))
        body = body[5 + length :]
    connection.close()
    return answer, frames


def test_browsers_call_by_grpc_web(server: Server) -> None:
    method = "devisa.registry.v1.VillageService/GetVillage"
    wedani = village_pb2.GetVillageRequest(name="villages/35.25.11.2009")
    answer, [message, trailers] = ask_as_a_browser(server.address, method, wedani)
    assert answer.getheader("content-type") == "application/grpc-web+proto"
    assert (message[0], village_pb2.Village.FromString(message[1]).display_name) == (0, "Wedani")
    assert trailers[0] == 0x80
    assert b"grpc-status:0" in trailers[1]

    nowhere = village_pb2.GetVillageRequest(name="villages/35.80.01.2001")
    answer, frames = ask_as_a_browser(server.address, method, nowhere)
    told = b"".join(text for _, text in frames) or str(answer.getheader("grpc-status")).encode()
    assert told.startswith((b"grpc-status:5", b"5")), "NOT_FOUND"


def test_pages_of_named_origins_may_call(tmp_path: Path) -> None:
    """A browser asks beforehand, and tells its page only what the server lets it."""
    portal, method = "https://portal.example", "/devisa.registry.v1.VillageService/GetVillage"
    process = Process(
        tmp_path / "log", "up", f"--data-dir={tmp_path / 'data'}", "--listen=127.0.0.1:0",
        DEVISA_CORS_ORIGINS=f"{portal}, http://localhost:5173",
    )  # fmt: skip
    try:
        asked = {
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type,grpc-timeout,x-grpc-web",
        }
        for origin, let_in in ((portal, portal), ("https://elsewhere.example", None)):
            connection = http.client.HTTPConnection(process.address, timeout=10)
            connection.request("OPTIONS", method, headers=asked | {"origin": origin})
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            assert answer.getheader("access-control-allow-origin") == let_in
            connection.close()
        nowhere = village_pb2.GetVillageRequest(name="villages/35.80.01.2001")
        answer, _ = ask_as_a_browser(process.address, method[1:], nowhere, origin=portal)
        assert answer.getheader("access-control-allow-origin") == portal
        assert answer.getheader("access-control-expose-headers") == (
            "grpc-status,grpc-message,grpc-status-details-bin"
        )
    finally:
        assert process.stop() == 0


def create(devisa: Devisa, programme_id: str) -> programme_pb2.Programme:
    return devisa.programmes.CreateProgramme(
        programme_pb2.CreateProgrammeRequest(
            programme_id=programme_id,
            programme=programme_pb2.Programme(display_name=programme_id),
        )
    )


def test_a_watch_survives_a_restart(tmp_path: Path) -> None:
    """Going down ends it with the revision after which to resume, on the same data."""
    server = Server(tmp_path)
    try:
        with Devisa(server.address, "watcher") as devisa:
            first = create(devisa, "first")
            watching = devisa.registry_events.Watch(event_pb2.WatchRequest(), timeout=60)
            events = (each.event for each in watching if each.WhichOneof("update") == "event")
            assert next(events).subject == first.name
            server.terminate()
            with pytest.raises(grpc.RpcError) as caught:
                next(events)
            refusal = Refusal.of(caught.value)
            assert refusal.code == grpc.StatusCode.UNAVAILABLE
            assert refusal.reason == "SERVER_DRAINING"
            assert refusal.retry_after is not None, "another replica may answer at once"
            revision = refusal.metadata["revision"]
    finally:
        assert server.wait() == 0

    again = Server(tmp_path)
    try:
        with Devisa(again.address, "watcher") as devisa:
            request = programme_pb2.ListProgrammesRequest()
            assert list(every(devisa.programmes.ListProgrammes, request, "programmes")) == [first]
            second = create(devisa, "second")
            resume = event_pb2.WatchRequest(after_revision=revision)
            [event] = itertools.islice(follow(devisa.registry_events, resume), 1)
            assert (event.subject, event.actor) == (second.name, "watcher")
    finally:
        assert again.stop() == 0
